//! Who sees and gets which files.

use okno::engine::DeskError;
use okno::life::request::{CopyAccess, Visibility};
use okno::{RequestCommand, RequestId};
use okno_tests::{Who, on_every_store};

use super::bench::{Office, code_of, on_all};

#[test]
fn what_is_listed_is_what_can_be_had_for_everybody() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let mut all = Vec::new();
        for service in ["IT-01", "HR-01"] {
            let id = office.center.submit(service).await;
            let boss = Who::Supervisor;
            all.push((id, office.attach(Who::Requester, id, b"from the requester").await));
            all.push((id, office.attach_as(boss, id, b"between us", Visibility::Internal).await));
            all.push((id, office.attach_as(boss, id, b"for the requester", Visibility::Public).await));
        }
        let removed = office.attach(Who::Requester, all[0].0, b"by mistake").await;
        let remove = RequestCommand::RemoveAttachment { attachment: removed.id };
        office.center.requests(Who::Requester).step(all[0].0, remove).await.expect("it is their own");
        all.push((all[0].0, removed));

        let mut seen = Vec::new();
        for who in Who::ALL {
            let mut count = 0;
            for (id, attachment) in &all {
                let requests = office.center.requests(who);
                let listed = requests.attachments(*id).await.unwrap_or_default();
                let listed = listed.iter().any(|listed| listed.id == attachment.id);
                let shown = requests.attachment(attachment.id).await;
                let had = office.download(who, attachment.id).await;
                assert_eq!((listed, listed), (shown.is_ok(), had.is_ok()), "{who:?}: {attachment:?}");
                assert!([shown.err(), had.err()].iter().flatten().all(DeskError::is_not_found), "{who:?}");
                count += usize::from(listed);
            }
            seen.push((who, count));
        }
        let expected = |who| match who {
            Who::Supervisor => 6,
            Who::Requester => 4,
            Who::Operator | Who::Colleague | Who::Clerk => 3,
            _ => 0,
        };
        assert_eq!(seen, Who::ALL.map(|who| (who, expected(who))));
    });
}

#[test]
fn numbers_of_what_requesters_see_do_not_count_the_rest() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        office.attach(Who::Requester, id, b"a photograph").await;
        office.attach_as(Who::Supervisor, id, b"between us", Visibility::Internal).await;
        let last = office.attach(Who::Requester, id, b"another photograph").await;
        for (who, expected) in [(Who::Supervisor, vec![1, 2, 3]), (Who::Requester, vec![1, 2])] {
            let requests = office.center.requests(who);
            let listed = requests.attachments(id).await.expect("they see the request");
            assert_eq!(listed.iter().map(|listed| listed.number).collect::<Vec<_>>(), expected);
            let shown = requests.attachment(last.id).await.expect("they see it");
            assert_eq!(Some(&shown), listed.last(), "{who:?}");
            let had = requests.download(last.id).await.expect("they have it").attachment;
            assert_eq!(had, shown, "{who:?}");
        }
    });
}

#[test]
fn tenants_never_meet_over_files() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id = office.center.submit("IT-01").await;
        let attachment = office.attach(Who::Requester, id, b"ours").await;
        let theirs = office.center.neighbour().await;
        for who in Who::ALL {
            let requests = theirs.requests(who);
            assert!(requests.attachments(id).await.expect_err("no such request").is_not_found());
            assert!(requests.attachment(attachment.id).await.expect_err("no such file").is_not_found());
            assert!(requests.download(attachment.id).await.expect_err("no such file").is_not_found());
        }
        assert_eq!((office.kept(office.center.tenant).await, office.kept(theirs.tenant).await), (1, 0));
        let swept = office.center.desk.sweep_blobs(theirs.tenant, okno::Timestamp::MAX).await;
        assert_eq!(swept.expect("it is swept").blobs, 0);
        assert_eq!(office.kept(office.center.tenant).await, 1);
    });
}

#[test]
fn who_was_copied_in_to_write_attaches_and_who_was_to_read_only_reads() {
    on_every_store(async |store| {
        for (access, may) in [(CopyAccess::Update, true), (CopyAccess::View, false)] {
            let mut office = Office::open(store, okno_tests::BLOB_STORES[0]).await;
            let id = office.center.submit("IT-01").await;
            let attachment = office.attach(Who::Requester, id, b"abc").await;
            let party = Who::Neighbour.party(office.center.tenant);
            office.center.step(id, RequestCommand::CopyIn { party, access }).await;
            assert!(office.download(Who::Neighbour, attachment.id).await.is_ok());
            let upload = office.upload(Who::Neighbour, b"mine").await;
            let requests = office.center.requests(Who::Neighbour);
            let done = requests.attach(id, super::bench::file(upload), Visibility::Public).await;
            assert_eq!(done.is_ok(), may, "{access:?}");
        }
    });
}

#[test]
fn a_removed_file_is_gone_for_everybody() {
    on_all(async |store, blobs| {
        let mut office = Office::open(store, blobs).await;
        let id: RequestId = office.center.submit("IT-01").await;
        let attachment = office.attach(Who::Requester, id, b"abc").await;
        let remove = RequestCommand::RemoveAttachment { attachment: attachment.id };
        office.center.step(id, remove.clone()).await;
        assert!(office.attachments(id).await.is_empty());
        for who in Who::ALL {
            assert_eq!(code_of(office.download(who, attachment.id).await), "not_found");
        }
        assert_eq!(code_of(office.center.requests(Who::Supervisor).step(id, remove).await), "not_found");
        assert_eq!(office.center.request(id).await.attachments, 0);
    });
}
