//! Files are scanned before they are handed out.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use okno::base::limits::{ATTEMPTS_MAX, BLOB_PIECE_BYTES};
use okno::base::{Clock, ManualClock, Span};
use okno::engine::{ScanError, Scanner, Tick};
use okno::life::request::{Next, Scan, ScanVerdict, Standing};
use okno::store::{ByteSource, Queue};
use okno::{Desk, RequestCommand, TenantId};
use okno_tests::{Who, catalog, code};

use super::bench::{Office, code_of, on_all};

#[test]
fn a_file_is_handed_out_when_it_was_found_clean() {
    on_all(async |store, blobs| {
        let mut office = Office::scanning(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let attachment = office.attach(Who::Requester, id, b"harmless").await.id;
        assert_eq!(office.attachments(id).await[0].scan, Scan::Pending);
        for who in [Who::Requester, Who::Operator, Who::Supervisor] {
            assert_eq!(code_of(office.download(who, attachment).await), "not_scanned", "{who:?}");
        }
        let refused = office.download_unscanned(Who::Requester, attachment).await;
        assert!(refused.expect_err("a requester says nothing").is_denied());
        let expressly = office.download_unscanned(Who::Operator, attachment).await;
        assert_eq!(expressly.expect("an operator may say so"), b"harmless");

        assert_eq!((office.center.tick().await.done, office.lab.scans()), (1, 1));
        assert_eq!(office.attachments(id).await[0].scan, Scan::Clean);
        assert_eq!(office.download(Who::Requester, attachment).await.expect("it is clean"), b"harmless");
        assert_eq!((office.center.tick().await.done, office.lab.scans()), (0, 1), "once is enough");
    });
}

#[test]
fn an_infected_file_is_given_to_nobody() {
    on_all(async |store, blobs| {
        let mut office = Office::scanning(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let attachment = office.attach(Who::Requester, id, b"a virus in it").await.id;
        office.center.tick().await;
        assert_eq!(office.attachments(id).await[0].scan, Scan::Infected { name: "Test.Virus".to_owned() });
        for who in [Who::Requester, Who::Operator, Who::Supervisor] {
            assert_eq!(code_of(office.download(who, attachment).await), "infected");
        }
        assert_eq!(code_of(office.download_unscanned(Who::Supervisor, attachment).await), "infected");
        let again = RequestCommand::ScanAttachment { attachment };
        assert_eq!(code_of(office.center.requests(Who::Operator).step(id, again).await), "infected");
        assert_eq!(code_of(office.download_unscanned(Who::Operator, attachment).await), "infected");
    });
}

#[test]
fn a_scanner_that_fails_is_asked_again_until_it_works() {
    on_all(async |store, blobs| {
        let mut office = Office::scanning(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let attachment = office.attach(Who::Requester, id, b"harmless").await.id;
        for tries in 1..=3 {
            office.lab.fail(true);
            let tick = office.center.tick().await;
            assert_eq!((tick.retried, office.lab.scans()), (1, tries));
            assert_eq!(office.attachments(id).await[0].scan, Scan::Pending);
            office.center.wait(Span::hours(6));
        }
        office.center.tick().await;
        assert!(office.download(Who::Requester, attachment).await.is_ok());
    });
}

#[test]
fn a_scan_that_cannot_be_done_is_parked_and_set_going_again() {
    on_all(async |store, blobs| {
        let mut office = Office::scanning(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let attachment = office.attach(Who::Requester, id, b"harmless").await.id;
        office.lab.fail(false);
        assert_eq!(office.center.tick().await.parked, 1);
        assert_eq!(office.attachments(id).await[0].scan, Scan::Failed);
        assert_eq!(code_of(office.download(Who::Requester, attachment).await), "scan_failed");
        assert!(office.download_unscanned(Who::Operator, attachment).await.is_ok());
        let parked = office.center.work(Queue::Timers, Some(id), true).await;
        assert_eq!(parked.len(), 1, "{parked:?}");
        let standing = office.center.request(id).await.standing();
        assert_eq!(standing, Standing::Open(Next::Line(code("root"))), "administrators look at it");

        let retry = office.center.requests(Who::Administrator).step(id, RequestCommand::Retry).await;
        retry.expect("an administrator sets it going");
        assert_eq!(office.center.tick().await.done, 1);
        assert_eq!(office.attachments(id).await[0].scan, Scan::Clean);
        assert!(office.center.request(id).await.stuck.is_empty());
        assert!(office.download(Who::Requester, attachment).await.is_ok());
    });
}

#[test]
fn nothing_unscanned_is_handed_out_by_a_node_without_a_scanner() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let before = office.attach(Who::Requester, id, b"before").await;
        assert_eq!(before.scan, Scan::NotScanned);
        assert!(office.download(Who::Requester, before.id).await.is_ok(), "nobody spoke of scanning yet");
        let scanned = okno::Catalog { scan_attachments: true, ..catalog() };
        let administration = office.center.acting(Who::Administrator).administration();
        administration.publish(scanned).await.expect("an administrator may");
        let after = office.attach(Who::Requester, id, b"after").await;
        for attachment in [&before, &after] {
            assert_eq!(code_of(office.download(Who::Requester, attachment.id).await), "not_scanned");
        }
        for _ in 0..ATTEMPTS_MAX {
            office.center.tick().await;
            office.center.wait(Span::hours(6));
        }
        let stuck = office.center.request(id).await.stuck;
        assert_eq!(stuck.len(), 1);
        assert_eq!(stuck[0].reason, "this node has no scanner");

        office.center.desk = office.center.desk.clone().with_scanner(office.lab.clone());
        for attachment in [&before, &after] {
            let scan = RequestCommand::ScanAttachment { attachment: attachment.id };
            office.center.step(id, scan).await;
        }
        office.center.tick().await;
        for attachment in [&before, &after] {
            assert!(office.download(Who::Requester, attachment.id).await.is_ok());
        }
        assert!(office.center.request(id).await.stuck.is_empty());
    });
}

#[test]
fn a_verdict_is_noted_once_on_however_many_nodes() {
    on_all(async |store, blobs| {
        let mut office = Office::scanning(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        for number in 0..5_u8 {
            office.attach(Who::Requester, id, &[number]).await;
        }
        let nodes: Vec<_> = (2..5)
            .map(|seed| {
                let node = office.center.node(seed).with_blobs(office.blobs.clone());
                (node.with_scanner(Arc::clone(&office.lab) as _), office.center.now())
            })
            .map(|(node, now)| tokio::spawn(async move { node.tick(now).await }))
            .collect();
        for node in nodes {
            node.await.expect("the task ends").expect("the store does its part");
        }
        office.center.tick().await;
        assert_eq!(office.center.times("attachment_scanned").await, 5);
        assert!(office.attachments(id).await.iter().all(|attachment| attachment.scan == Scan::Clean));
    });
}

#[test]
fn nobody_scans_what_was_removed() {
    on_all(async |store, blobs| {
        let mut office = Office::scanning(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let attachment = office.attach(Who::Requester, id, b"a mistake").await.id;
        let remove = RequestCommand::RemoveAttachment { attachment };
        office.center.requests(Who::Requester).step(id, remove).await.expect("it is their own");
        office.center.tick().await;
        assert_eq!(office.lab.scans(), 0);
        assert!(office.center.work(Queue::Timers, Some(id), false).await.is_empty());
    });
}

#[test]
fn bytes_that_are_gone_are_not_tried_again() {
    on_all(async |store, blobs| {
        let mut office = Office::scanning(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let attachment = office.attach(Who::Requester, id, b"abc").await;
        let deleted =
            office.blobs.delete(office.center.tenant, attachment.digest, okno::Timestamp::MAX).await;
        assert!(deleted.expect("the store answers"));
        assert_eq!(office.center.tick().await.parked, 1);
        assert!(office.center.request(id).await.stuck[0].reason.contains("is gone"));
    });
}

/// A scanner that takes most of a second for each piece, and lets another node look for work when it is done.
#[derive(Debug)]
struct Slow {
    clock: Arc<ManualClock>,
    other: Desk,
    found: Mutex<Option<Tick>>,
}

#[async_trait]
impl Scanner for Slow {
    async fn scan(&self, _: TenantId, source: &mut dyn ByteSource) -> Result<ScanVerdict, ScanError> {
        while source.next().await?.is_some() {
            self.clock.set(self.clock.now() + Span::from_millis(800));
        }
        let tick = self.other.tick(self.clock.now()).await.expect("the store does its part");
        *self.found.lock().expect("nothing panics") = Some(tick);
        Ok(ScanVerdict::Clean)
    }
}

#[test]
fn a_long_scan_keeps_its_lease_as_long_as_it_reads() {
    on_all(async |store, blobs| {
        let mut office = Office::scanning(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        // 80 pieces: more than a minute, and more than a lease.
        let attachment = office.attach(Who::Requester, id, &vec![7; 80 * BLOB_PIECE_BYTES]).await.id;
        let other = office.center.desk.clone();
        let slow = Arc::new(Slow { clock: office.center.clock.clone(), other, found: Mutex::default() });
        office.center.desk = office.center.desk.clone().with_scanner(slow.clone());
        let begun = office.center.now();
        assert_eq!(office.center.tick().await.done, 1);
        assert!(office.center.now() - begun > Span::minutes(1));
        assert_eq!(*slow.found.lock().expect("nothing panics"), Some(Tick::default()));
        assert_eq!(office.center.times("attachment_scanned").await, 1);
        assert!(office.download(Who::Requester, attachment).await.is_ok());
    });
}
