//! What nothing refers to is swept, and nothing else.

use okno::base::limits::{BLOB_GRACE_HOURS, SWEEP_ROWS, UPLOAD_HOURS};
use okno::base::{Span, Timestamp};
use okno::engine::Swept;
use okno::life::request::Visibility;
use okno::{RequestCommand, RequestId};
use okno_tests::Who;

use super::bench::{Office, code_of, file, on_all};

const GRACE: Span = Span::hours(BLOB_GRACE_HOURS);
const MOMENT: Span = Span::from_millis(1);

impl Office {
    async fn sweep(&self) -> Swept {
        self.center.desk.sweep_blobs(self.center.tenant, self.center.now()).await.expect("it is swept")
    }

    async fn remove(&self, id: RequestId, attachment: okno::life::request::AttachmentId) {
        self.center.step(id, RequestCommand::RemoveAttachment { attachment }).await;
    }
}

#[test]
fn bytes_stay_as_long_as_an_attachment_refers_to_them() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let first = office.attach(Who::Requester, id, b"the same").await.id;
        let second = office.attach(Who::Requester, id, b"the same").await.id;
        office.center.wait(GRACE);
        office.center.wait(MOMENT);
        assert_eq!(office.sweep().await, Swept::default());
        office.remove(id, first).await;
        assert_eq!(office.sweep().await, Swept::default());
        assert_eq!(office.download(Who::Requester, second).await.expect("it is there"), b"the same");
        office.remove(id, second).await;
        assert_eq!(office.sweep().await, Swept { blobs: 1, uploads: 0 });
        assert_eq!(office.kept(office.center.tenant).await, 0);
    });
}

#[test]
fn what_was_never_attached_is_swept_when_its_grace_has_passed() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let begun = office.center.now();
        let upload = office.upload(Who::Requester, b"forgotten").await;
        office.center.wait(Span::hours(UPLOAD_HOURS));
        office.center.wait(MOMENT);
        assert_eq!(office.sweep().await, Swept::default());
        let late = office.center.requests(Who::Requester).attach(id, file(upload), Visibility::Public).await;
        assert_eq!(code_of(late), "upload_expired");
        office.center.clock.set(begun + GRACE);
        assert_eq!(office.sweep().await, Swept::default(), "the grace ends now, and has not passed");
        office.center.wait(MOMENT);
        assert_eq!(office.sweep().await, Swept { blobs: 1, uploads: 1 });
        let gone = office.center.requests(Who::Requester).attach(id, file(upload), Visibility::Public).await;
        assert_eq!(code_of(gone), "not_found");
    });
}

#[test]
fn bytes_that_come_again_within_the_grace_are_safe() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let first = office.attach(Who::Requester, id, b"again").await.id;
        office.remove(id, first).await;
        office.center.wait(GRACE);
        office.center.wait(MOMENT);
        let upload = office.upload(Who::Requester, b"again").await;
        assert_eq!(office.sweep().await, Swept::default(), "somebody is about to attach them");
        office.center.wait(Span::hours(UPLOAD_HOURS));
        assert_eq!(office.sweep().await, Swept::default());
        let done = office.center.requests(Who::Requester).attach(id, file(upload), Visibility::Public).await;
        done.expect("the upload is young enough");
        office.center.wait(GRACE);
        office.center.wait(GRACE);
        assert_eq!(office.sweep().await, Swept::default());
        let attachment = office.attachments(id).await.remove(0).id;
        assert_eq!(office.download(Who::Requester, attachment).await.expect("it is there"), b"again");
    });
}

#[test]
fn a_sweep_goes_on_over_many_pages() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let kept = office.attach(Who::Requester, id, b"kept").await.id;
        let tenant = office.center.tenant;
        let many = SWEEP_ROWS + 30;
        for number in 0..many {
            let bytes = number.to_be_bytes();
            let put = office.blobs.put(tenant, &mut &bytes[..], 100, office.center.now()).await;
            put.expect("the blob is kept");
        }
        assert_eq!(office.sweep().await, Swept::default());
        let swept = office.center.desk.sweep_blobs(tenant, Timestamp::MAX).await.expect("it is swept");
        assert_eq!(swept, Swept { blobs: many, uploads: 0 });
        assert_eq!(office.kept(tenant).await, 1);
        assert!(office.download(Who::Requester, kept).await.is_ok());
    });
}
