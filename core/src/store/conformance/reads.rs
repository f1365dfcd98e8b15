use std::sync::Arc;

use chrono::NaiveDate;
use uuid::Uuid;

use super::bench::{Bench, FIRST, Fill, claim, id, instant, sample};
use super::sample::{DIRECTORY, GROWING, LABELS, Label, SAMPLES, Sample};
use crate::base::limits::{LOOKUP_ROWS_MAX, READ_KEYS_MAX};
use crate::base::{CommandId, Decimal, Text, Timestamp};
use crate::condition::{Slot, Value};
use crate::store::{Lookup, Read, Store, StoreError, Version};

/// A load answers every key and claim asked for, with nothing where there is none.
pub async fn a_load_answers_everything_asked_for(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let batch = bench.batch().put(sample(1), Version::ABSENT).claim("mail", "a", id(1));
    bench.commit(batch.note(SAMPLES.key(id(1)), 1)).await;
    let keys = vec![SAMPLES.key(id(1)), SAMPLES.key(id(2)), GROWING.key(id(1)), LABELS.key(id(1))];
    let claims = vec![claim("mail", "a", id(1)).key(), claim("mail", "b", id(1)).key()];
    let command = Some(CommandId(id(1)));
    let read = Read { keys: keys.clone(), claims, command, ..Read::new(bench.tenant) };
    let view = bench.store.load(read).await.expect("the view is read");
    let found: Vec<_> = keys.iter().map(|key| view.records.get(key).map(Option::is_some)).collect();
    assert_eq!(found, [Some(true), Some(false), Some(false), Some(false)]);
    assert_eq!(view.claims.values().copied().collect::<Vec<_>>(), [Some(id(1)), None]);
    assert_eq!((&view.first, view.head.position), (&None, 1));
    let (record, version) = view.record::<Sample>(keys[0]).flatten().expect("the record is a sample");
    assert_eq!((&*record, version), (&sample(1), FIRST));
}

/// A record is read back as it was written, whatever its columns hold.
pub async fn a_record_is_read_back_as_it_was_written(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let texts =
        ["", " ", "Ёж и ёлка", "ЖЁЛТЫЙ ﬁle", "100%_\\'\"", "a\tb\r\nc", "😀 e\u{301}", "DROP TABLE--;"];
    let mut samples: Vec<_> = texts.iter().zip(10..).map(|(text, number)| worded(number, text)).collect();
    samples.push(Sample::new(&SAMPLES, id(1)));
    samples.push(extreme(id(2), i64::MIN, Timestamp::MIN, NaiveDate::from_ymd_opt(1900, 1, 1)));
    samples.push(extreme(Uuid::max(), i64::MAX, Timestamp::MAX, NaiveDate::from_ymd_opt(2199, 12, 31)));
    samples.push(extreme(Uuid::nil(), 0, instant(-1), NaiveDate::from_ymd_opt(2024, 2, 29)));
    samples.push(Sample { rest: "длинный текст ".repeat(40_000), ..sample(3) });
    samples.push(Sample { kind: &DIRECTORY, ..sample(4) });
    bench.put_all(samples.clone()).await;
    for sample in samples {
        let loaded = bench.record(sample.kind.key(sample.id)).await.expect("the record is there");
        assert_eq!(loaded.record.kind(), sample.kind);
        assert_eq!(*loaded.of::<Sample>().expect("it is a sample"), sample);
    }
    let label = Label { id: id(1), sample: id(1), name: "red".to_owned(), weight: -1 };
    bench.commit(bench.batch().put(label.clone(), Version::ABSENT)).await;
    let loaded = bench.record(LABELS.key(id(1))).await.expect("the label is there");
    assert_eq!(loaded.of::<Label>().as_deref(), Some(&label));
}

fn worded(number: u64, text: &str) -> Sample {
    let title = Text::new(text).ok();
    Sample { code: Some(text.to_owned()), title, rest: text.to_owned(), ..sample(number) }
}

fn extreme(id: Uuid, number: i64, at: Timestamp, day: Option<NaiveDate>) -> Sample {
    Sample {
        flag: Some(number > 0),
        number: Some(number),
        amount: Some(Decimal::from_units(number.max(-i64::MAX))),
        at: Some(at),
        day,
        place: Some(id),
        ..Sample::new(&SAMPLES, id)
    }
}

async fn looked_up(bench: &Bench, equal: &[(Slot, Value)], limit: usize) -> Vec<Uuid> {
    let lookup = Lookup { kind: &GROWING, equal: equal.to_vec(), limit };
    let read = Read { lookups: vec![lookup.clone()], ..Read::new(bench.tenant) };
    let mut view = bench.store.load(read).await.expect("the lookup is answered");
    let (asked, found) = view.lookups.remove(0);
    assert_eq!(asked, lookup);
    found.iter().map(|loaded| loaded.record.id()).collect()
}

/// A lookup returns the records whose columns equal its values, by id, up to its limit.
pub async fn a_lookup_returns_records_by_an_index(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let place = |number: u64| Some(id(100 + number));
    // Numbers fall while ids rise: the order is that of ids, not that of the index.
    let samples = (0..9_u64).map(|n| Sample {
        kind: &GROWING,
        number: Some(-(n as i64)),
        place: place(n % 3),
        ..sample(n)
    });
    bench.put_all(samples).await;
    bench.put_all([Sample { kind: &GROWING, place: None, number: None, ..sample(20) }]).await;
    bench.of_tenant(2).put_all([Sample { kind: &GROWING, place: place(1), ..sample(30) }]).await;
    let at_place = (Sample::PLACE, Value::Id(id(101)));
    assert_eq!(looked_up(&bench, std::slice::from_ref(&at_place), 10).await, [id(1), id(4), id(7)]);
    assert_eq!(looked_up(&bench, std::slice::from_ref(&at_place), 2).await, [id(1), id(4)]);
    let both = [at_place.clone(), (Sample::NUMBER, Value::Int(-4))];
    assert_eq!(looked_up(&bench, &both, 10).await, [id(4)]);
    assert_eq!(looked_up(&bench, &[(Sample::CODE, Value::Code("c5".into()))], 10).await, [id(5)]);
    assert!(looked_up(&bench, &[(Sample::CODE, Value::Code("C5".into()))], 10).await.is_empty());
}

/// A lookup finds texts by their keys, and nothing by an absent value.
pub async fn a_lookup_compares_as_conditions_do(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let titled = |n: u64, text: &str| Sample { kind: &GROWING, title: Text::new(text).ok(), ..sample(n) };
    bench.put_all([titled(1, "Ёлка"), titled(2, "ЕЛКА"), titled(3, "ёлка "), titled(4, "елки")]).await;
    bench.put_all([Sample { kind: &GROWING, code: None, ..sample(5) }]).await;
    let text = |text: &str| Value::Text(Text::new(text).expect("it holds no U+0000"));
    assert_eq!(looked_up(&bench, &[(Sample::TITLE, text("елка"))], 10).await, [id(1), id(2)]);
    assert!(looked_up(&bench, &[(Sample::CODE, Value::Absent)], 10).await.is_empty());
}

/// A lookup by columns that begin no index is refused.
pub async fn a_lookup_without_an_index_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    for slots in
        [vec![Sample::NUMBER], vec![Sample::NUMBER, Sample::PLACE], vec![Sample::CODE, Sample::TITLE]]
    {
        let equal: Vec<_> = slots.into_iter().map(|slot| (slot, Value::Int(1))).collect();
        let lookup = Lookup { kind: &SAMPLES, equal, limit: 1 };
        let read = Read { lookups: vec![lookup], ..Read::new(bench.tenant) };
        let error = bench.store.load(read).await.expect_err("no index serves the lookup");
        assert!(matches!(error, StoreError::Unindexed { .. }), "{error:?}");
    }
}

/// A load over a limit is refused, and one as large as the limit is answered.
pub async fn a_load_over_a_limit_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all([sample(5)]).await;
    let keys: Vec<_> = (0..READ_KEYS_MAX as u64).map(|number| SAMPLES.key(id(number))).collect();
    let large = Read { keys, ..Read::new(bench.tenant) };
    let view = bench.store.load(large.clone()).await.expect("the load is as large as the limit");
    assert_eq!(view.records.values().flatten().count(), 1);
    let too_many = Read { claims: vec![claim("mail", "a", id(1)).key()], ..large };
    let equal = vec![(Sample::CODE, Value::Code("a".into()))];
    let lookup = Lookup { kind: &SAMPLES, equal, limit: LOOKUP_ROWS_MAX + 1 };
    let too_wide = Read { lookups: vec![lookup], ..Read::new(bench.tenant) };
    for read in [too_many, too_wide] {
        let error = bench.store.load(read).await.expect_err("the limit is passed");
        assert!(matches!(error, StoreError::Limit { .. }), "{error:?}");
    }
}

/// Everything that a load returns is of one moment.
pub async fn a_load_is_of_one_moment(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (a, b) = (SAMPLES.key(id(1)), GROWING.key(id(2)));
    let writer = {
        let bench = bench.clone();
        tokio::spawn(async move {
            for version in (0..60).map(Version) {
                let batch = bench.batch().put(sample(1), version);
                let batch = batch.put(Sample { kind: &GROWING, ..sample(2) }, version);
                bench.commit(batch.note(a, 1)).await;
            }
        })
    };
    let equal = vec![(Sample::CODE, Value::Code("c2".into()))];
    let lookup = Lookup { kind: &GROWING, equal, limit: 10 };
    let read = Read { keys: vec![a, b], lookups: vec![lookup], ..Read::new(bench.tenant) };
    loop {
        let view = bench.store.load(read.clone()).await.expect("the view is read");
        let version =
            |key| view.records.get(key).and_then(Option::as_ref).map_or(0, |loaded| loaded.version.0);
        let looked_up = view.lookups[0].1.first().map_or(0, |loaded| loaded.version.0);
        let seen = [version(&a), version(&b), looked_up, view.head.position];
        assert_eq!(seen, [seen[0]; 4]);
        if seen[0] == 60 {
            break;
        }
        tokio::task::yield_now().await;
    }
    writer.await.expect("the writer ends");
}

/// A record that was changed or deleted is no longer found by its old values.
pub async fn a_changed_record_is_not_found_by_old_values(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let of_place = |number: i64, place: u64| Sample {
        kind: &GROWING,
        number: Some(number),
        place: Some(id(place)),
        ..sample(1)
    };
    let place = |place: u64| [(Sample::PLACE, Value::Id(id(place)))];
    bench.put_all([of_place(1, 100)]).await;
    bench.commit(bench.batch().put(of_place(2, 101), FIRST)).await;
    assert!(looked_up(&bench, &place(100), 10).await.is_empty());
    assert_eq!(looked_up(&bench, &place(101), 10).await, [id(1)]);
    bench.commit(bench.batch().delete(GROWING.key(id(1)), Version(2))).await;
    assert!(looked_up(&bench, &place(101), 10).await.is_empty());
    assert!(bench.record(GROWING.key(id(1))).await.is_none());
}

/// The store's time does not run backwards.
pub async fn the_time_of_the_store_does_not_run_backwards(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let mut before = bench.now().await;
    for _ in 0..20 {
        let now = bench.now().await;
        assert!(now >= before);
        before = now;
    }
}
