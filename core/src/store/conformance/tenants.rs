use std::sync::Arc;

use super::bench::{Bench, FIRST, Fill, ascending, effect, ground, id, instant, sample};
use super::sample::{DIRECTORY, LABELS, Label, SAMPLES, Sample};
use crate::base::{CommandId, Span};
use crate::condition::{Expr, Filter, Place, Related, Value};
use crate::store::{GroupBy, Head, Lease, Lookup, Query, Read, Select, Store, StoreError, Version};

/// Tenants never meet: no call returns or counts another tenant's row.
pub async fn tenants_never_meet(store: Arc<dyn Store>) {
    let ours = Bench::new(store);
    let theirs = ours.of_tenant(2);
    let batch = theirs.batch_of(7).put(sample(1), Version::ABSENT).claim("mail", "a", id(1));
    let batch = batch.put(Sample { kind: &DIRECTORY, ..sample(1) }, Version::ABSENT);
    theirs.commit(batch.note(SAMPLES.key(id(1)), 1).set(effect(1, instant(0)))).await;

    nothing_is_loaded(&ours).await;
    nothing_is_found(&ours).await;
    assert!(ours.whole_journal().await.is_empty());
    assert!(ours.journal(0, Some(SAMPLES.key(id(1))), 10).await.is_empty());
    assert!(ours.work(false).await.is_empty() && ours.work(true).await.is_empty());
}

async fn nothing_is_loaded(ours: &Bench) {
    let equal = vec![(Sample::CODE, Value::Code("c1".into()))];
    let read = Read {
        keys: vec![SAMPLES.key(id(1))],
        lookups: vec![Lookup { kind: &SAMPLES, equal, limit: 10 }],
        claims: vec![super::bench::claim("mail", "a", id(1)).key()],
        command: Some(CommandId(id(7))),
        ..Read::new(ours.tenant)
    };
    let view = ours.store.load(read).await.expect("the view is read");
    assert_eq!(view.head, Head::default());
    assert!(view.records.values().all(Option::is_none));
    assert!(view.lookups[0].1.is_empty());
    assert!(view.claims.values().all(Option::is_none));
    assert_eq!(view.first, None);
}

async fn nothing_is_found(ours: &Bench) {
    let query = ours.query(&SAMPLES, Filter::everything(), &[]);
    let count = crate::store::Query { select: Select::Count, ..query.clone() };
    assert!(ours.page(query).await.rows.is_empty());
    assert_eq!(ours.page(count).await.count, Some(0));
}

/// Tenants can use the same ids, command ids, claimed values and keys of items.
pub async fn tenants_can_use_the_same_names(store: Arc<dyn Store>) {
    let ours = Bench::new(store);
    let theirs = ours.of_tenant(2);
    for bench in [&ours, &theirs] {
        let batch = bench.batch_of(7).put(sample(1), Version::ABSENT).claim("mail", "a", id(1));
        let batch = batch.note(SAMPLES.key(id(1)), 1).set(effect(1, instant(0)));
        assert_eq!(bench.commit(batch).await.position, 1);
    }
    ours.commit(ours.batch().delete(SAMPLES.key(id(1)), FIRST).release("mail", "a", id(1))).await;
    assert_eq!(theirs.version(SAMPLES.key(id(1))).await, FIRST);
    assert_eq!(theirs.owner("mail", "a").await, Some(id(1)));
    assert_eq!(ours.lease(instant(0), Span::hours(1)).await.len(), 2);
    assert_eq!(theirs.work(false).await.len(), 1);
}

/// A lease of one tenant neither finishes nor renews the same item of another.
pub async fn a_lease_of_another_tenant_is_fenced(store: Arc<dyn Store>) {
    let ours = Bench::new(store);
    let leased = ours.leased(1, Span::hours(1)).await;
    let theirs = ours.of_tenant(2);
    theirs.set(1, instant(0)).await;
    let error =
        theirs.refused(theirs.batch().change(leased.lease.finish(crate::store::Finished::Done))).await;
    assert!(matches!(error, StoreError::Fenced { .. }), "{error:?}");
    let stolen = Lease { tenant: theirs.tenant, ..leased.lease };
    let error = theirs.store.renew(stolen, Span::hours(1)).await.expect_err("the lease is another tenant's");
    assert!(matches!(error, StoreError::Fenced { .. }), "{error:?}");
    assert_eq!(theirs.work(false).await.len(), 1);
}

/// A row of a relation of another tenant belongs to no row of this one.
pub async fn relations_stay_within_a_tenant(store: Arc<dyn Store>) {
    let ours = Bench::new(store);
    ours.put_all([sample(1)]).await;
    let theirs = ours.of_tenant(2);
    let label = Label { id: id(5), sample: id(1), name: "red".to_owned(), weight: 1 };
    theirs.commit(theirs.batch().put(label, Version::ABSENT)).await;
    assert_eq!(theirs.version(LABELS.key(id(5))).await, FIRST);
    let labelled = ground(&Expr::Exists("labels", Box::new(Expr::All(Vec::new()))));
    let query = ours.query(&SAMPLES, labelled, &[]);
    assert!(ours.page(query).await.rows.is_empty());
    let name = || Place::from(Related { relation: "labels", guard: None, slot: Label::NAME });
    let query = ours.query(&SAMPLES, Filter::everything(), &[ascending(name())]);
    let page = ours.page(Query { select: Select::Columns(vec![name()]), ..query.clone() }).await;
    assert_eq!(page.rows[0].values, [Value::Absent]);
    let select = Select::Groups(GroupBy::Value(name()));
    assert_eq!(ours.page(Query { select, ..query }).await.groups, [(Value::Absent, 1)]);
}
