//! How bytes come in: streamed, limited, once.

use okno::base::CommandId;
use okno::base::limits::ATTACHMENT_BYTES_MAX;
use okno::engine::DeskError;
use okno::life::request::{Message, RequestEvent, Visibility};
use okno::store::{BlobError, read_whole};
use okno::{RequestCommand, RequestId, Submit};
use okno_tests::{BLOB_STORES, Center, STORES, Who, code, on_every_store, runtime, text};
use uuid::Uuid;

use super::bench::{Office, Stream, code_of, file, on_all};

#[test]
fn five_megabytes_in_small_pieces_come_back_as_they_went_in() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let size = 5 << 20;
        let requester = office.center.requests(Who::Requester);
        let upload = requester.upload(&mut Stream { left: size, piece: 1_000 }).await.expect("it is taken");
        requester.attach(id, file(upload), Visibility::Public).await.expect("the requester may");
        let attachment = office.attachments(id).await.remove(0);
        assert_eq!(attachment.bytes, size as u64);
        let expected = read_whole(&mut Stream { left: size, piece: size }, u64::MAX).await;
        let found = office.download(Who::Operator, attachment.id).await.expect("the operator may");
        assert!(found == expected.expect("it is read"));
    });
}

#[test]
fn more_than_an_attachment_has_is_refused_while_it_comes() {
    for blobs in BLOB_STORES {
        runtime().block_on(async {
            let office = Office::open(STORES[0], *blobs).await;
            let mut source = Stream { left: ATTACHMENT_BYTES_MAX as usize + (5 << 20), piece: 1 << 20 };
            let error = office.center.requests(Who::Requester).upload(&mut source).await;
            let error = error.expect_err("it is too large");
            assert!(
                matches!(error, DeskError::Blobs(BlobError::TooLarge { bytes_max: ATTACHMENT_BYTES_MAX })),
                "{error}"
            );
            assert!(!error.is_retryable() && source.left > 0, "the rest was not even read");
            assert_eq!(office.kept(office.center.tenant).await, 0);
        });
    }
}

#[test]
fn the_same_bytes_twice_are_kept_once_and_attached_twice() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let first = office.attach(Who::Requester, id, b"the same").await;
        let second = office.attach(Who::Operator, id, b"the same").await;
        assert_eq!((first.digest, office.kept(office.center.tenant).await), (second.digest, 1));
        assert_eq!(office.attachments(id).await.len(), 2);
        assert_eq!(office.center.request(id).await.attachments, 2);
    });
}

#[test]
fn an_answer_and_a_submission_carry_their_files_in_one_decision() {
    on_all(async |store, blobs| {
        let office = Office::open(store, blobs).await;
        let files = vec![file(office.upload(Who::Requester, b"a photo").await)];
        let submit =
            Submit { files, text: "See there.".into(), ..Submit::new(code("IT-01"), text("Broken")) };
        let receipt = office.center.requests(Who::Requester).submit(submit).await.expect("it is submitted");
        let id = RequestId(receipt.subject);
        let files = vec![file(office.upload(Who::Operator, b"a manual").await)];
        let answer = RequestCommand::Answer(Message { files, ..Message::from("Read this.") });
        let operator = office.center.requests(Who::Operator);
        let before = office.center.head().await.position;
        let after = operator.step(id, answer).await.expect("an operator may").position;
        assert_eq!(after - before, 2, "the entry and the attachment");
        let entries = operator.entries(id).await.expect("the operator sees all");
        let attached = office.attachments(id).await;
        let of_entry: Vec<_> = attached.iter().map(|attachment| attachment.entry).collect();
        assert_eq!(of_entry, entries.iter().map(|entry| Some(entry.id)).collect::<Vec<_>>());
        assert_eq!(office.download(Who::Requester, attached[1].id).await.expect("they may"), b"a manual");
    });
}

#[test]
fn an_upload_is_attached_once_and_a_command_that_comes_again_gets_its_answer() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let upload = office.upload(Who::Requester, b"once").await;
        let once = office.center.acting(Who::Requester).once(CommandId(Uuid::from_u128(77)));
        let attach = async || once.requests().attach(id, file(upload), Visibility::Public).await;
        let first = attach().await.expect("the requester may");
        assert_eq!(attach().await.expect("the first answer"), first);
        assert_eq!(office.attachments(id).await.len(), 1);
        let again = office.center.requests(Who::Requester).attach(id, file(upload), Visibility::Public).await;
        assert_eq!(code_of(again), "not_found");
        assert_eq!(office.center.times("attached").await, 1);
    });
}

#[test]
fn what_one_brought_another_cannot_attach() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let upload = office.upload(Who::Requester, b"mine").await;
        let stolen = office.center.requests(Who::Operator).attach(id, file(upload), Visibility::Public).await;
        assert_eq!(code_of(stolen), "not_found");
        let theirs = office.center.neighbour().await;
        let foreign = theirs.requests(Who::Requester).attach(id, file(upload), Visibility::Public).await;
        assert_eq!(code_of(foreign), "not_found");
    });
}

#[test]
fn after_a_crash_between_upload_and_attachment_another_node_attaches() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let upload = office.upload(Who::Requester, b"half way").await;
        office.center.desk = office.center.node(2).with_blobs(office.blobs.clone());
        let done = office.center.requests(Who::Requester).attach(id, file(upload), Visibility::Public).await;
        done.expect("the upload outlived the node");
        let attachment = office.attachments(id).await.remove(0);
        assert_eq!(office.download(Who::Requester, attachment.id).await.expect("they may"), b"half way");
    });
}

#[test]
fn a_desk_without_a_blob_store_says_so() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let bare = center.node(2).acting(Who::Requester.actor(center.tenant));
        let upload = bare.requests().upload(&mut &b"abc"[..]).await;
        assert_eq!(code_of(upload), "no_blob_store");
    });
}

#[test]
fn bytes_that_are_gone_are_told_as_a_fault_and_not_as_an_empty_file() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let attachment = office.attach(Who::Requester, id, b"abc").await;
        let deleted =
            office.blobs.delete(office.center.tenant, attachment.digest, okno::Timestamp::MAX).await;
        assert!(deleted.expect("the store answers"));
        let error = office.download(Who::Requester, attachment.id).await.expect_err("they are gone");
        assert!(
            matches!(error, DeskError::Blobs(BlobError::Missing { digest }) if digest == attachment.digest)
        );
    });
}

#[test]
fn the_journal_holds_no_file_name_in_its_bodies() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        office.attach(Who::Requester, id, b"abc").await;
        let journal = office.center.journal().await;
        let event = journal.last().expect("something happened");
        let Some(RequestEvent::Attached(attached)) = event.of() else { panic!("{event:?}") };
        assert_eq!(attached.name, text("Счёт.pdf"));
        assert!(!event.fact.encode().expect("facts can be written").contains("Счёт"));
    });
}
