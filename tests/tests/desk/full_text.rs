//! Requests found by what is written in them.

use okno::base::Span;
use okno::condition::Condition;
use okno::engine::{Hit, HitPlace, Search, SearchCursor, SearchPage};
use okno::life::request::{NewFile, Redaction, Visibility};
use okno::store::StoreError;
use okno::{DeskError, RequestCommand, RequestId, Submit};
use okno_tests::{Center, Who, code, on_every_store, text};

#[test]
fn hits_come_by_the_field_that_has_the_text_and_then_the_latest_first() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let [a, b, c, d, e] =
            submitted(&mut center, ["Заявка на принтер", "Мышь", "Две заявки", "Окно", "Стол"]).await;
        let operator = center.requests(Who::Operator);
        operator.note(b, "Смотри заявку на принтер").await.expect("an operator notes");
        operator.answer(a, "По вашей заявке").await.expect("an operator answers");
        operator.answer(d, "Заявок много").await.expect("an operator answers");
        attach(&center, e, "Заявка.pdf").await;
        attach(&center, b, "заявки.txt").await;
        let found = search(&center, Who::Operator, "заявок").await;
        assert_eq!(
            places(&found),
            [(c, "subject"), (a, "subject"), (d, "entry"), (b, "entry"), (e, "attachment")]
        );
        let marked = |hit: &Hit| {
            let marks = hit.snippet.marks.iter().map(|mark| hit.snippet.text[mark.clone()].to_owned());
            marks.collect::<Vec<_>>()
        };
        let marks: Vec<_> = found.iter().flat_map(marked).collect();
        assert_eq!(marks, ["заявки", "Заявка", "Заявок", "заявку", "Заявка"]);
        assert_eq!(found[3].snippet.text, "Смотри заявку на принтер");

        let number = center.request(d).await.number;
        for text in [number.as_str(), &number.to_lowercase(), number.trim_start_matches("IT-")] {
            assert_eq!(places(&search(&center, Who::Operator, text).await)[0], (d, "number"), "{text}");
        }
        // Everything is the requester's, so that its name finds what has the word nowhere else.
        operator.answer(e, "Requester knows").await.expect("an operator answers");
        let named = search(&center, Who::Operator, "requester").await;
        assert_eq!(places(&named), [e, d, c, b, a].map(|id| (id, "contact")));
    });
}

#[test]
fn words_are_found_in_all_their_forms_and_codes_by_their_parts() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let subjects =
            ["Счёт ТН-2041/Б не оплачен", "Письмо на ivan.petrov@example.org", "USB-кабель и cканер"];
        let [a, b, c] = submitted(&mut center, subjects).await;
        let found = async |text: &str| {
            let hits = search(&center, Who::Operator, text).await;
            hits.iter().map(|hit| hit.request).collect::<Vec<_>>()
        };
        for text in ["счета", "СЧЕТ", "ТН-2041/Б", "тн 2041", "2041", "\"счет тн-2041\"", "оплачен счет"]
        {
            assert_eq!(found(text).await, [a], "{text}");
        }
        for text in ["писем", "ivan.petrov@example.org", "petrov", "example.org", "ivan.pet*"] {
            assert_eq!(found(text).await, [b], "{text}");
        }
        for text in ["кабели", "usb", "сканеры"] {
            assert_eq!(found(text).await, [c], "{text}");
        }
        for text in ["2042", "petrov.ivan", "\"тн счет\"", "скан", "счет сканер"] {
            assert_eq!(found(text).await, [], "{text}");
        }
        let typing = Search { typing: true, ..Search::of("скан") };
        let page = center.requests(Who::Operator).search(&typing).await.expect("it can be searched for");
        assert_eq!(page.hits.iter().map(|hit| hit.request).collect::<Vec<_>>(), [c]);
    });
}

#[test]
fn pages_hold_each_request_once_however_many_entries_have_the_text() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let [a, b, c, d] = submitted(&mut center, ["One", "Two printers", "Three", "Four"]).await;
        let operator = center.requests(Who::Operator);
        for (id, words) in [
            (a, "a printer"),
            (c, "the printer"),
            (a, "printers"),
            (d, "no"),
            (b, "a printer"),
            (c, "printer"),
            (a, "printer"),
            (a, "that printer"),
        ] {
            operator.answer(id, words).await.expect("an operator answers");
        }
        for id in [a, d, d] {
            attach(&center, id, "printer.log").await;
        }
        let expected = [(b, "subject"), (a, "entry"), (c, "entry"), (d, "attachment")];
        for limit in [1, 2, 3, 4, 100] {
            let search = Search { limit, ..Search::of("printer") };
            let (hits, pages) = all(&center, Who::Operator, search).await;
            assert_eq!(places(&hits), expected, "by {limit}");
            assert!(pages <= 20, "{pages} pages by {limit}");
        }
        let first = Search { limit: 2, ..Search::of("printer") };
        let page = operator.search(&first).await.expect("it can be searched for");
        let json = serde_json::to_string(&page.next).expect("a cursor is written");
        let after: Option<SearchCursor> = serde_json::from_str(&json).expect("a cursor is read");
        assert_eq!(after, page.next);
        // The latest of its entries is shown.
        let HitPlace::Entry(entry) = page.hits[1].place else { panic!("{page:?}") };
        assert_eq!(page.hits[1].snippet.text, "that printer");
        assert!(center.entries(a).await.iter().any(|found| found.id == entry));
    });
}

#[test]
fn requesters_find_what_is_public_of_their_own_requests() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let [a, b] = submitted(&mut center, ["One", "Two"]).await;
        let operator = center.requests(Who::Operator);
        operator.note(a, "A secret printer").await.expect("an operator notes");
        operator.answer(b, "A known printer").await.expect("an operator answers");
        operator
            .save_draft(a, okno::life::request::EntryKind::Answer, "A drafted printer")
            .await
            .expect("saved");
        for (visibility, name) in [(Visibility::Internal, "secret.txt"), (Visibility::Public, "known.txt")] {
            let file = file(&center, name).await;
            center.requests(Who::Operator).attach(a, file, visibility).await.expect("attached");
        }
        let own = async |who, text: &str| {
            let page = center.requests(who).search_own(&Search::own(text)).await.expect("searched");
            page.hits.iter().map(|hit| (hit.request, name(&hit.place))).collect::<Vec<_>>()
        };
        assert_eq!(places(&search(&center, Who::Operator, "printer").await), [(b, "entry"), (a, "entry")]);
        assert_eq!(own(Who::Requester, "printer").await, [(b, "entry")]);
        assert_eq!(own(Who::Requester, "secret").await, []);
        assert_eq!(own(Who::Requester, "known").await, [(b, "entry"), (a, "attachment")]);
        assert_eq!(own(Who::Requester, "drafted").await, []);
        assert_eq!(places(&search(&center, Who::Operator, "drafted").await), []);
        for who in [Who::Neighbour, Who::Clerk, Who::Program] {
            assert_eq!(own(who, "printer").await, [], "{who:?}");
            assert_eq!(places(&search(&center, who, "printer").await), [], "{who:?}");
        }
        let internal = Search { columns: vec!["line".to_owned()], ..Search::own("printer") };
        let refused =
            center.requests(Who::Requester).search_own(&internal).await.expect_err("it is internal");
        assert!(refused.to_string().contains("unknown field `line`"), "{refused}");
    });
}

#[test]
fn what_was_edited_redacted_or_removed_is_not_found() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let [a] = submitted(&mut center, ["One"]).await;
        let supervisor = center.requests(Who::Supervisor);
        supervisor.answer(a, "Call Ivanov about the invoice").await.expect("a supervisor answers");
        let entry = center.entries(a).await.pop().expect("an entry").id;
        supervisor.edit(a, entry, "Call Petrov about the invoice").await.expect("in time");
        let found = async |text: &str| places(&search(&center, Who::Supervisor, text).await);
        assert_eq!(found("Ivanov").await, []);
        assert_eq!(found("Petrov").await, [(a, "entry")]);
        let passages = Redaction::Passages { passages: vec!["Petrov".to_owned()] };
        supervisor.redact(a, entry, passages, "personal").await.expect("a supervisor may");
        assert_eq!((found("Petrov").await, found("invoice").await), (vec![], vec![(a, "entry")]));
        supervisor.redact(a, entry, Redaction::Whole, "personal").await.expect("a supervisor may");
        assert_eq!(found("invoice").await, []);
        attach(&center, a, "contract.pdf").await;
        assert_eq!(found("contract").await, [(a, "attachment")]);
        let attachment = center.attachments(a).await[0].id;
        let remove = RequestCommand::RemoveAttachment { attachment };
        supervisor.step(a, remove).await.expect("a supervisor may");
        assert_eq!(found("contract").await, []);
    });
}

#[test]
fn what_went_on_elsewhere_is_found_by_whoever_reads_it_there() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let submit = Submit::new(code("IT-01"), text("Mine"));
        let receipt = center.requests(Who::Neighbour).submit(submit).await.expect("the neighbour may submit");
        let theirs = RequestId(receipt.subject);
        let [own] = submitted(&mut center, ["Ours"]).await;
        let operator = center.requests(Who::Operator);
        operator.answer(theirs, "The toner is empty").await.expect("an operator answers");
        operator.note(theirs, "The toner was stolen").await.expect("an operator notes");
        operator.merge(theirs, own).await.expect("both are open");
        let seen = async |who| {
            let page = center.requests(who).search_own(&Search::own("toner")).await.expect("searched");
            page.hits
                .iter()
                .map(|hit| (hit.request, RequestId(hit.row.id), hit.snippet.text.clone()))
                .collect::<Vec<_>>()
        };
        let answer = "The toner is empty".to_owned();
        assert_eq!(seen(Who::Requester).await, [(theirs, own, answer.clone())]);
        assert_eq!(seen(Who::Neighbour).await, [(theirs, theirs, answer)]);
        let hits = search(&center, Who::Operator, "toner").await;
        assert_eq!(
            hits.iter().map(|hit| (hit.request, hit.row.id)).collect::<Vec<_>>(),
            [(theirs, theirs.0)]
        );
        assert_eq!(hits[0].snippet.text, "The toner was stolen");
        operator.unmerge(theirs).await.expect("it is merged");
        assert_eq!(seen(Who::Requester).await, []);
    });
}

#[test]
fn a_search_is_narrowed_by_a_condition_and_shows_the_columns_asked_for() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let [a, b, c] = submitted(&mut center, ["Printer one", "Printer two", "Other"]).await;
        let operator = center.requests(Who::Operator);
        operator.tag(a, code("vip")).await.expect("an operator may");
        operator.tag(c, code("vip")).await.expect("an operator may");
        operator.answer(c, "The printer again").await.expect("an operator answers");
        let filter = Condition::all([Condition::eq("tags", "vip"), Condition::eq("line", "it")]);
        let columns = vec!["subject".to_owned(), "tags".to_owned()];
        let narrow = Search { filter, columns, ..Search::of("printer") };
        let page = operator.search(&narrow).await.expect("it can be searched for");
        assert_eq!(places(&page.hits), [(a, "subject"), (c, "entry")]);
        assert!(page.hits.iter().all(|hit| hit.row.values.len() == 2), "{page:?}");
        let others = Search { filter: Condition::has("tags").negate(), ..Search::of("printer") };
        let page = operator.search(&others).await.expect("it can be searched for");
        assert_eq!(places(&page.hits), [(b, "subject")]);
    });
}

#[test]
fn what_cannot_be_searched_for_is_told() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        submitted(&mut center, ["One"]).await;
        let operator = center.requests(Who::Operator);
        let refused = async |search: Search| operator.search(&search).await.expect_err("it is refused");
        for text in ["", " … ", "\"\""] {
            let error = refused(Search::of(text)).await;
            assert!(matches!(error, DeskError::Search(_)) && !error.is_retryable(), "{error:?}");
            assert_eq!(error.to_string(), "there is no word to search for");
        }
        let error = refused(Search::of("a ".repeat(400))).await;
        assert_eq!(error.to_string(), "400 words are searched for, at most 32 are allowed");
        let error = refused(Search { filter: Condition::has("nothing"), ..Search::of("one") }).await;
        assert!(matches!(error, DeskError::Problems(_)), "{error:?}");
        let error = refused(Search { limit: 1_001, ..Search::of("one") }).await;
        assert!(matches!(error, DeskError::Store(StoreError::Limit { .. })), "{error:?}");
        let bad = r#"{"field":"subject","after":{"values":[],"id":"00000000-0000-0000-0000-000000000000"}}"#;
        let after = Some(serde_json::from_str(bad).expect("a cursor"));
        let error = refused(Search { after, ..Search::of("one") }).await;
        assert!(matches!(error, DeskError::Store(StoreError::BadCursor)), "{error:?}");
        let nothing =
            operator.search(&Search { limit: 0, ..Search::of("one") }).await.expect("it is answered");
        assert!(nothing.hits.is_empty());
    });
}

/// Requests with subjects, a minute apart.
async fn submitted<const N: usize>(center: &mut Center, subjects: [&str; N]) -> [RequestId; N] {
    let mut ids = Vec::new();
    for subject in subjects {
        let submit = Submit::new(code("IT-01"), text(subject));
        let receipt = center.requests(Who::Requester).submit(submit).await.expect("the requester may submit");
        ids.push(RequestId(receipt.subject));
        center.wait(Span::minutes(1));
    }
    ids.try_into().expect("as many as asked")
}

async fn file(center: &Center, name: &str) -> NewFile {
    let upload = center.requests(Who::Operator).upload(&mut name.as_bytes()).await.expect("uploaded");
    NewFile { upload, name: text(name), media_type: "text/plain".parse().expect("a media type") }
}

async fn attach(center: &Center, id: RequestId, name: &str) {
    let file = file(center, name).await;
    center.requests(Who::Operator).attach(id, file, Visibility::Public).await.expect("an operator may");
}

async fn search(center: &Center, who: Who, text: &str) -> Vec<Hit> {
    all(center, who, Search::of(text)).await.0
}

/// The hits of every page, and how many pages there are.
async fn all(center: &Center, who: Who, mut search: Search) -> (Vec<Hit>, usize) {
    let (mut hits, mut pages) = (Vec::new(), 0);
    loop {
        let SearchPage { hits: found, next } =
            center.requests(who).search(&search).await.expect("it can be searched for");
        assert!(found.len() <= search.limit);
        hits.extend(found);
        pages += 1;
        match next {
            Some(cursor) => search.after = Some(cursor),
            None => return (hits, pages),
        }
    }
}

fn places(hits: &[Hit]) -> Vec<(RequestId, &'static str)> {
    hits.iter().map(|hit| (hit.request, name(&hit.place))).collect()
}

fn name(place: &HitPlace) -> &'static str {
    match place {
        HitPlace::Number => "number",
        HitPlace::Subject => "subject",
        HitPlace::Contact(_) => "contact",
        HitPlace::Entry(_) => "entry",
        HitPlace::Attachment(_) => "attachment",
    }
}
