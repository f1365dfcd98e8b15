use super::*;

#[test]
fn a_text_key_folds_case_width_and_yo() {
    assert_eq!(text_key("ЁЛКА"), text_key("елка"));
    assert_eq!(text_key("Straße"), text_key("STRASSE"));
    assert_eq!(text_key("ＡＢＣ"), "abc");
    assert_eq!(text_key("е\u{308}"), "е", "a combining diaeresis composes to ё first");
}

#[test]
fn a_span_reads_what_it_prints() {
    for text in ["0s", "36h", "2h30m", "500ms", "-1m", "1h1ms"] {
        assert_eq!(text.parse::<Span>().expect("a span").to_string(), text);
    }
    assert_eq!("5d".parse::<Span>().expect("a span"), Span::hours(120));
    for text in ["", "-", "5", "h", "5 h", "5x", "99999999999999999d"] {
        assert!(text.parse::<Span>().is_err(), "{text}");
    }
}

#[test]
fn an_instant_outside_the_range_is_refused() {
    assert!("1899-12-31T23:59:59Z".parse::<Timestamp>().is_err());
    assert!("2200-01-01T00:00:00Z".parse::<Timestamp>().is_err());
    let last: Timestamp = "2199-12-31T23:59:59.9999Z".parse().expect("in range");
    assert_eq!(last, Timestamp::MAX, "finer fractions are cut");
}

#[test]
fn a_decimal_reads_what_it_prints() {
    for units in [i64::MIN, -1, i64::MAX] {
        let decimal = Decimal::from_units(units);
        assert_eq!(decimal.to_string().parse(), Ok(decimal));
    }
    for text in ["0", "-1.5", "12.0001", "922337203685477.5807"] {
        assert_eq!(text.parse::<Decimal>().expect("a decimal").to_string(), text);
    }
    for text in ["", "1.", ".5", "1.00001", "1e3", "922337203685478", "+1"] {
        assert!(text.parse::<Decimal>().is_err(), "{text}");
    }
}

#[test]
fn seeded_ids_repeat_and_never_collide() {
    let (a, b) = (SeededIds::new(7), SeededIds::new(7));
    let at = Timestamp::from_millis(0).expect("in range");
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..1_000 {
        let (mut x, mut y) = (IdGen::new(at, a.seed()), IdGen::new(at, b.seed()));
        for _ in 0..3 {
            let id = x.fresh();
            assert_eq!(id, y.fresh());
            assert!(seen.insert(id));
        }
    }
}

#[test]
fn texts_with_nul_are_refused() {
    assert_eq!(Text::new("a\0b"), Err(TextError::Nul));
}
