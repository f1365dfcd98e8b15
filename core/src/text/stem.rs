//! What a word is indexed by.

use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};

use crate::base::limits::TOKEN_BYTES_MAX;
use crate::base::text_key;

static RUSSIAN: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::Russian));
static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::English));

/// The key of a word: folded, its letters of one script where that can be, without leading zeros and at most
/// [`TOKEN_BYTES_MAX`] long.
pub(super) fn key(word: &str) -> String {
    let mut key = text_key(word);
    one_script(&mut key);
    let number = key.trim_start_matches('0');
    if number.len() < key.len() && key.bytes().all(|b| b.is_ascii_digit()) {
        key = if number.is_empty() { "0".to_owned() } else { number.to_owned() };
    }
    key
}

/// The token of a key: its stem by its script, letters and digits only.
pub(super) fn stem(key: &str) -> String {
    let stemmed = if key.chars().all(is_russian) {
        russian(key)
    } else if key.bytes().all(|b| b.is_ascii_lowercase() || b == b'\'') {
        ENGLISH.stem(key).into_owned()
    } else {
        key.to_owned()
    };
    token(&stemmed)
}

/// What stands in an index: signs of ASCII keep tokens apart there, so that none is in one.
pub(super) fn token(key: &str) -> String {
    let mut token: String = key.chars().filter(|c| !c.is_ascii() || c.is_ascii_alphanumeric()).collect();
    while token.len() > TOKEN_BYTES_MAX {
        token.pop();
    }
    if token.is_empty() { NOTHING.to_owned() } else { token }
}

/// The token of a word of which nothing is left.
const NOTHING: &str = "\u{fffd}";

fn is_russian(c: char) -> bool {
    matches!(c, 'а'..='я')
}

/// Snowball keeps the vowel that the genitive plural has before its last letter and no other case has: `заявок`, `заявка`.
fn russian(key: &str) -> String {
    let mut stem = RUSSIAN.stem(key).into_owned();
    if let Some((_, regular)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == stem) {
        return (*regular).to_owned();
    }
    let mut last = stem.chars().rev();
    let (Some('к'), Some(vowel), Some(before)) = (last.next(), last.next(), last.next()) else {
        return stem;
    };
    if last.count() < 2 || !matches!(vowel, 'о' | 'е') {
        return stem;
    }
    let cut = stem.len() - 2 * 'к'.len_utf8();
    match before {
        'а' | 'е' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я' if vowel == 'е' => {
            stem.replace_range(cut.., "йк");
        }
        'а' | 'е' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я' => {}
        _ => stem.replace_range(cut.., "к"),
    }
    stem
}

/// Stems of forms that the rules make other words of.
const IRREGULAR: &[(&str, &str)] = &[
    ("времен", "врем"),
    ("денег", "деньг"),
    ("дне", "ден"),
    ("дни", "ден"),
    ("дня", "ден"),
    ("имен", "им"),
    ("кресел", "кресл"),
    ("окон", "окн"),
    ("пис", "письм"),
    ("стекол", "стекл"),
    ("чисел", "числ"),
];

/// Letters that look alike in both scripts.
const ALIKE: [(char, char); 12] = [
    ('a', 'а'),
    ('b', 'в'),
    ('c', 'с'),
    ('e', 'е'),
    ('h', 'н'),
    ('k', 'к'),
    ('m', 'м'),
    ('o', 'о'),
    ('p', 'р'),
    ('t', 'т'),
    ('x', 'х'),
    ('y', 'у'),
];

/// Writes a word of both scripts in one, if all letters of the other look like letters of it.
fn one_script(key: &mut String) {
    let latin = key.bytes().any(|b| b.is_ascii_lowercase());
    if !latin || key.is_ascii() || !key.chars().any(is_russian) {
        return;
    }
    let cyrillic = |c: char| ALIKE.iter().find(|(latin, _)| *latin == c).map(|(_, cyrillic)| *cyrillic);
    let roman = |c: char| ALIKE.iter().find(|(_, cyrillic)| *cyrillic == c).map(|(latin, _)| *latin);
    let turned = |from: fn(char) -> bool, to: &dyn Fn(char) -> Option<char>| {
        key.chars().map(|c| if from(c) { to(c) } else { Some(c) }).collect::<Option<String>>()
    };
    let other = turned(|c| c.is_ascii_lowercase(), &cyrillic).or_else(|| turned(is_russian, &roman));
    if let Some(other) = other {
        *key = other;
    }
}
