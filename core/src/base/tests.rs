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

#[test]
fn addresses_are_equal_when_they_lead_to_the_same_place() {
    let same = [
        ("email:Anna@North.example", "email:anna@north.EXAMPLE"),
        ("email:Почта@Пример.рф", "email:почта@пример.рф"),
        ("phone:+7 (495) 000-00-01", "phone:+74950000001"),
    ];
    for (one, other) in same {
        let [one, other] = [one, other].map(|text| text.parse::<Address>().expect("an address"));
        assert_eq!((one.key(), &one), (other.key(), &other));
    }
    let other =
        ["messenger:telegram:Anna", "messenger:telegram:anna", "messenger:max:anna", "email:anna@max"];
    let other: Vec<Address> = other.map(|text| text.parse().expect("an address")).into();
    assert!(other.iter().enumerate().all(|(n, one)| other[n + 1..].iter().all(|rest| one != rest)));
}

#[test]
fn an_address_prints_as_it_is_read_and_hides_from_debug_output() {
    let texts = ["email:Anna.P+desk@north-1.example", "phone:+74950000001", "messenger:telegram:@anna:1"];
    for text in texts {
        let address: Address = text.parse().expect("an address");
        assert_eq!(address.to_string(), text);
        let json = serde_json::to_string(&address).expect("a text");
        assert_eq!(serde_json::from_str::<Address>(&json).expect("an address"), address);
        assert!(!format!("{address:?}").contains("anna"), "{address:?}");
    }
}

#[test]
fn what_is_no_address_is_not_taken() {
    let long = format!("email:{}@{}.example", "a".repeat(64), "b.".repeat(90));
    let texts = [
        "anna@north.example",
        "email:anna",
        "email:@north.example",
        "email:anna@",
        "email:an na@north.example",
        "email:.anna@north.example",
        "email:an..na@north.example",
        "email:anna@north..example",
        "email:anna@-north.example",
        "email:anna@[127.0.0.1]",
        "email:anna\u{0}@north.example",
        &long,
        "phone:84950000001",
        "phone:+04950000001",
        "phone:+123456",
        "phone:+1234567890123456",
        "phone:+7495x000001",
        "messenger:telegram",
        "messenger:telegram:",
        "messenger:tele gram:anna",
        "messenger:telegram:an na",
        "fax:+74950000001",
    ];
    for text in texts {
        assert!(text.parse::<Address>().is_err(), "{text}");
    }
    let longest = format!("messenger:telegram:{}", "ж".repeat(limits::ADDRESS_CHARS_MAX));
    assert!(longest.parse::<Address>().is_ok());
    assert!(format!("{longest}ж").parse::<Address>().is_err());
}

#[test]
fn words_are_masked_however_they_are_written() {
    let mut words = Words::default();
    ["Анна Петрова", "anna@north.example", "An"].into_iter().for_each(|word| words.add(word));
    assert_eq!(words.len(), 2, "what is too short would be found everywhere");
    let masked = |text: &str| words.mask(text);
    assert_eq!(masked("Ask АННА ПЕТРОВА, please").as_deref(), Some("Ask █, please"));
    assert_eq!(masked("ANNA@North.Example!").as_deref(), Some("█!"));
    assert_eq!(masked("Анна Петрова и Анна Петрова").as_deref(), Some("█ и █"));
    for text in ["", "Анна Петровавна", "joanna@north.example", "Anna"] {
        assert_eq!(masked(text), None, "{text}");
    }
}

#[test]
fn a_masked_text_keeps_everything_around_a_word_whose_key_has_another_length() {
    let mut words = Words::default();
    words.add("Straße Ёлкин");
    let text = "\u{301}ＡＢＣ STRASSE Е\u{308}ЛКИН — й";
    assert_eq!(words.mask(text).as_deref(), Some("\u{301}ＡＢＣ █ — й"));
}
