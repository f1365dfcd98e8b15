//! Texts as people write them to a service desk: Russian, about 600 bytes.

/// A source of numbers that follow from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Starts with a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `below`.
    pub fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) % below.max(1) as u64) as usize
    }

    /// A text of at least so many bytes.
    pub fn text(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 32);
        while text.len() < bytes {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(WORDS[self.below(WORDS.len())]);
        }
        text.push('.');
        text
    }
}

/// Bytes of what a requester writes.
pub(super) const MESSAGE_BYTES: usize = 600;
/// Bytes of a subject.
pub(super) const SUBJECT_BYTES: usize = 60;
/// Bytes of a reply, an answer or a resolution.
pub(super) const REPLY_BYTES: usize = 200;

const WORDS: [&str; 72] = [
    "принтер",
    "принтера",
    "печатает",
    "не",
    "на",
    "третьем",
    "этаже",
    "бумага",
    "закончилась",
    "заявка",
    "заявку",
    "доступ",
    "к",
    "серверу",
    "почта",
    "почту",
    "письмо",
    "отправлено",
    "вчера",
    "сегодня",
    "утром",
    "после",
    "обеда",
    "обновления",
    "система",
    "системе",
    "ошибка",
    "ошибку",
    "отчёт",
    "отчёта",
    "квартал",
    "договор",
    "договора",
    "оплата",
    "счёт",
    "счёта",
    "поставщик",
    "поставщика",
    "бухгалтерия",
    "согласование",
    "прошу",
    "помогите",
    "срочно",
    "пожалуйста",
    "монитор",
    "клавиатура",
    "ноутбук",
    "пароль",
    "пароля",
    "сбросить",
    "войти",
    "сеть",
    "сети",
    "кабинет",
    "кабинете",
    "отпуск",
    "справка",
    "справку",
    "командировка",
    "больничный",
    "номер",
    "телефон",
    "работает",
    "медленно",
    "зависает",
    "программа",
    "установить",
    "лицензия",
    "проектор",
    "переговорная",
    "и",
    "в",
];
