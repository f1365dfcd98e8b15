use super::{Snippet, TextQuery, TextQueryError, Wanted, tokens};
use crate::base::limits::{SEARCHED_WORDS_MAX, SNIPPET_CHARS_MAX, TOKEN_PLACES_MAX, TOKENS_MAX};

fn shown(text: &str) -> Vec<String> {
    tokens(text).into_iter().flatten().collect()
}

fn finds(query: &str, text: &str) -> bool {
    TextQuery::parse(query).expect("a query").matches(&tokens(text))
}

fn marked(query: &str, text: &str) -> Vec<String> {
    let Snippet { text, marks } = TextQuery::parse(query).expect("a query").snippet(text).expect("found");
    marks.into_iter().map(|mark| text[mark].to_owned()).collect()
}

#[test]
fn forms_of_one_word_are_one_token() {
    let families = [
        "заявка Заявки ЗАЯВОК заявкам заявкой заявками заявке",
        "ошибка ошибки ошибок ошибками",
        "настройка настроек настройками",
        "ячейка ячеек ячейками",
        "звонок звонка звонки звонков",
        "письмо писем письмам",
        "окно окон окнам",
        "счёт счет счета счетов счетами",
        "отчёт отчет отчеты отчетов",
        "принтер принтера принтеры ПРИНТЕРОВ",
        "день дни дня дней",
        "request Requests REQUEST requested requesting",
        "printer printers printer's",
    ];
    for family in families {
        let mut forms = shown(family);
        forms.dedup();
        assert_eq!(forms.len(), 1, "{family}: {forms:?}");
    }
}

#[test]
fn other_words_stay_apart() {
    for pair in ["заявка заявление", "срок сорок", "человек чек", "порок порог", "печать печень"]
    {
        let words = shown(pair);
        assert_ne!(words[0], words[1], "{pair}");
    }
}

#[test]
fn letters_fold_and_words_of_both_scripts_are_written_in_one() {
    assert_eq!(shown("Ёлка ЁЛКИ елка и\u{306}од"), ["елк", "елк", "елк", "йод"]);
    // The first letter of each second word is of the other script.
    for (right, wrong) in [("сканер", "cканер"), ("Server", "Sеrver"), ("Кассир", "Kaccир")]
    {
        assert_eq!(shown(right), shown(wrong), "{right}");
    }
    assert_eq!(shown("Wi-Fi USB-кабель 1С"), ["wi", "fi", "usb", "кабел", "1", "с"]);
    assert_eq!(shown("ﬁle №5 ½ 中文"), ["file", "5", "1⁄2", "中", "文"]);
}

#[test]
fn numbers_addresses_and_codes_are_found_as_a_whole_and_by_their_parts() {
    let text = "Счёт ТН-2041/Б от 03.02.2026 для ivan.petrov@example.org, заявка IT-000123";
    let found = [
        "ТН-2041/Б",
        "тн-2041/б",
        "ТН",
        "2041",
        "2041/Б",
        "ТН-20*",
        "03.02.2026",
        "2026",
        "IT-000123",
        "000123",
        "123",
        "it-123",
        "ivan.petrov@example.org",
        "IVAN.PETROV@EXAMPLE.ORG",
        "petrov",
        "example.org",
        "ivan.pet*",
        "\"ТН-2041/Б от\"",
        "\"Счет ТН\"",
    ];
    for query in found {
        assert!(finds(query, text), "{query}");
    }
    for query in ["ТН-2042/Б", "2041-ТН", "petrov.ivan", "ivan@example.org", "12", "204", "\"ТН от\""]
    {
        assert!(!finds(query, text), "{query}");
    }
}

#[test]
fn every_term_has_to_occur_and_a_phrase_in_a_row() {
    let text = "The printer on the second floor prints nothing";
    assert!(finds("nothing printer", text));
    assert!(!finds("nothing scanner", text));
    assert!(finds("\"second floor\"", text) && !finds("\"floor second\"", text));
    assert!(finds("\"second floor", text), "a phrase that nobody closed goes to the end");
    assert!(finds("flo*", text) && !finds("flo", text) && !finds("loor*", text));
    assert!(finds("p*", "p") && !finds("p*", text), "one letter is no beginning");
}

#[test]
fn the_last_word_of_what_is_typed_is_a_beginning() {
    let beginning = |text: &str| {
        let query = TextQuery::typing(text).expect("a query");
        let last = query.terms().last().and_then(|term| term.words().last()).expect("a word").clone();
        matches!(last, Wanted::Beginning { .. })
    };
    for text in ["прин", "принтер", "new прин", "ТН-20", "\"a b\" прин"] {
        assert!(beginning(text), "{text}");
    }
    for text in ["прин ", "прин,", "\"прин", "\"прин\"", "п"] {
        assert!(!beginning(text), "{text}");
    }
    // Whoever has typed a whole form finds the others.
    for typed in ["заявк", "заявка", "заявок", "заявками", "зая"] {
        assert!(TextQuery::typing(typed).expect("a query").matches(&tokens("Две заявки")), "{typed}");
    }
}

#[test]
fn what_cannot_be_searched_for_is_told() {
    for text in ["", "  ", "\"", "*", "…", "- / @", "\"\"\"\""] {
        assert_eq!(TextQuery::parse(text), Err(TextQueryError::Empty), "{text}");
        assert_eq!(TextQuery::typing(text), Err(TextQueryError::Empty), "{text}");
    }
    let many = "a ".repeat(SEARCHED_WORDS_MAX + 1);
    let error = TextQuery::parse(&many).expect_err("too many");
    assert_eq!(error.to_string(), "33 words are searched for, at most 32 are allowed");
    let long = TextQuery::parse(&"ы".repeat(501)).expect_err("too long");
    assert_eq!(long.to_string(), "1002 bytes are searched for, at most 1000 are allowed");
}

#[test]
fn a_text_has_so_many_tokens_and_each_so_many_places() {
    let text = format!("{} last", "word ".repeat(TOKENS_MAX));
    let found = tokens(&text);
    assert_eq!(found.len(), TOKENS_MAX);
    assert_eq!(found.iter().flatten().count(), TOKEN_PLACES_MAX);
    assert!(!finds("last", &text));
    let within = format!("{} last", "word ".repeat(TOKENS_MAX - 1));
    assert!(finds("last", &within) && finds("\"word word\"", &within) && !finds("\"word last\"", &within));
}

#[test]
fn a_snippet_shows_what_was_found_as_it_is_written() {
    assert_eq!(marked("заявка ёлка", "Срочные ЗАЯВКИ: «Елки»"), ["ЗАЯВКИ", "Елки"]);
    assert_eq!(marked("ТН-2041/Б", "по ТН-2041/Б срочно, 2041"), ["ТН", "2041", "Б"]);
    assert_eq!(marked("прин*", "Принтер печатает"), ["Принтер"]);
    assert!(TextQuery::parse("сканер").expect("a query").snippet("принтер").is_none());
}

#[test]
fn a_snippet_is_a_part_of_a_long_text_around_the_first_hit() {
    let long = format!("{} цель стоит здесь {}", "слово ".repeat(100), "дальше ".repeat(100));
    let snippet = TextQuery::parse("цель").expect("a query").snippet(&long).expect("found");
    assert!(snippet.text.starts_with("…слово") && snippet.text.ends_with("дальше…"), "{}", snippet.text);
    assert!(snippet.text.chars().count() <= SNIPPET_CHARS_MAX);
    assert_eq!(snippet.marks.len(), 1);
    assert_eq!(&snippet.text[snippet.marks[0].clone()], "цель");
    let endless = "б".repeat(5_000);
    let snippet =
        TextQuery::parse(&endless[..400]).expect("a query").snippet(&endless).expect("by its beginning");
    assert!(snippet.text.chars().count() <= SNIPPET_CHARS_MAX);
    let whole = 0..snippet.text.len() - "…".len();
    assert_eq!(snippet.marks, vec![whole]);
}

mod properties {
    use proptest::prelude::*;

    use super::{TextQuery, tokens};
    use crate::base::limits::{SNIPPET_CHARS_MAX, TOKEN_BYTES_MAX};

    proptest! {
        #[test]
        fn whatever_is_written_is_found_by_each_of_its_words(text in "(\\PC|[а-яё]|[a-z]|[ '\"*.@/-]|[0-9]){0,60}") {
            let found = tokens(&text);
            for token in found.iter().flatten() {
                prop_assert!(!token.is_empty() && token.len() <= TOKEN_BYTES_MAX);
                prop_assert!(token.chars().all(|c| !c.is_ascii() || c.is_ascii_lowercase() || c.is_ascii_digit()));
            }
            for word in text.split_whitespace() {
                for query in [TextQuery::parse(word), TextQuery::typing(word)].into_iter().flatten() {
                    prop_assert!(query.matches(&found), "{word:?} in {text:?}: {found:?} {query:?}");
                    let snippet = query.snippet(&text).expect("it matches");
                    prop_assert!(snippet.text.chars().count() <= SNIPPET_CHARS_MAX);
                    let mut end = 0;
                    for mark in snippet.marks {
                        prop_assert!(end <= mark.start && mark.start < mark.end);
                        prop_assert!(snippet.text.get(mark.clone()).is_some());
                        end = mark.end;
                    }
                }
            }
        }
    }
}
