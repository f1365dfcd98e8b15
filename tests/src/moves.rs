//! Random moves: what people might do next, sensible or not.

use okno::base::{Span, TenantId};
use okno::condition::Value;
use okno::config::catalog::OnParentEnd;
use okno::life::directory::UnitId;
use okno::life::request::{
    CopyAccess, EntryId, EntryKind, FieldChanges, HoldFor, HoldReason, LinkKind, LogWork, Message, Redaction,
    Release, Values, Visibility,
};
use okno::{RequestCommand as C, Submit};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use uuid::Uuid;

use crate::world::{LINES, SERVICES, Who, branch, code, founding, sales, start, text};

/// Something that somebody does.
#[derive(Debug, Clone)]
pub struct Move {
    /// Who.
    pub who: Who,
    /// For whom, when not for themselves.
    pub acting_for: Option<Who>,
    /// About which of the requests so far.
    pub about: usize,
    /// After how many minutes.
    pub wait_minutes: i64,
    /// What.
    pub what: What,
}

/// What somebody does.
#[derive(Debug, Clone)]
pub enum What {
    /// Submits a request.
    Submit(Submit),
    /// Asks for a step.
    Step(C),
    /// Does something to one of the entries of a request.
    Entry(usize, OfEntry),
    /// Asks for a step that is about another of the requests so far as well.
    Tie {
        /// Which one; for a split, which entry.
        other: usize,
        /// What.
        tie: Tie,
    },
    /// Uploads a file and attaches it.
    Attach(Visibility),
    /// Lets somebody act in one's place from now on.
    Delegate(Who),
    /// Moves a unit.
    MoveUnit(UnitId, Option<UnitId>),
    /// Lets the engine do what is due.
    Tick,
}

/// What somebody does to an entry.
#[derive(Debug, Clone)]
pub enum OfEntry {
    /// Edits it.
    Edit(String),
    /// Blanks it.
    Redact(Redaction),
    /// Retracts the work that it logs.
    Retract,
}

impl OfEntry {
    /// The step, for an entry.
    #[must_use]
    pub fn step(&self, entry: EntryId) -> C {
        match self.clone() {
            Self::Edit(text) => C::EditEntry { entry, text },
            Self::Redact(what) => C::RedactEntry { entry, what, reason: "personal".to_owned() },
            Self::Retract => C::RetractWork { entry },
        }
    }
}

/// A step between two requests.
#[derive(Debug, Clone)]
pub enum Tie {
    /// Merges into the other one.
    Merge(Option<CopyAccess>),
    /// Links with the other one.
    Link(LinkKind),
    /// Ends a link.
    Unlink(LinkKind),
    /// Becomes a child of the other one.
    Join(Option<OnParentEnd>),
    /// Splits an entry off.
    Split(Box<Submit>),
}

/// Some moves, the first of which submit something.
pub fn moves(at_most: usize) -> impl Strategy<Value = Vec<Move>> {
    let first = vec(a_move(submits().boxed()), 2..5);
    let others = prop_oneof![
        2 => submits().boxed(),
        20 => steps().prop_map(What::Step),
        4 => (any::<usize>(), of_entries()).prop_map(|(entry, what)| What::Entry(entry, what)),
        8 => (any::<usize>(), ties()).prop_map(|(other, tie)| What::Tie { other, tie }),
        2 => select(vec![Visibility::Public, Visibility::Internal]).prop_map(What::Attach),
        1 => select(&Who::ALL[..]).prop_map(What::Delegate),
        1 => unit_moves(),
        2 => Just(What::Tick),
    ];
    let further = vec(a_move(others.boxed()), 0..at_most);
    (first, standing_in(), further).prop_map(|(first, standing_in, further)| {
        [first, standing_in, further].into_iter().flatten().collect()
    })
}

/// Some moves of a supervisor who merges, links and splits a few requests, and undoes it.
pub fn tangles(at_most: usize) -> impl Strategy<Value = Vec<Move>> {
    let submit =
        || What::Submit(Submit { text: "It blinks.".to_owned(), ..Submit::new(code("IT-01"), text("?")) });
    let others = prop_oneof![
        8 => (any::<usize>(), ties()).prop_map(|(other, tie)| What::Tie { other, tie }),
        4 => select(vec![C::Unmerge, C::LeaveParent, C::DeclareMajor, C::Demote]).prop_map(What::Step),
        2 => steps().prop_map(What::Step),
        1 => Just(What::Tick),
    ];
    let supervised =
        |what: What, about| Move { who: Who::Supervisor, acting_for: None, about, wait_minutes: 1, what };
    let further = vec((others, any::<usize>()), 0..at_most);
    further.prop_map(move |further| {
        let further = further.into_iter().map(|(what, about)| supervised(what, about));
        (0..4).map(|about| supervised(submit(), about)).chain(further).collect()
    })
}

/// Who stands in for whom in about every other story: the substitute and the principal.
pub const SUBSTITUTES: [(Who, Who); 2] = [(Who::Neighbour, Who::Supervisor), (Who::Clerk, Who::Operator)];

fn standing_in() -> impl Strategy<Value = Vec<Move>> {
    subsequence(SUBSTITUTES.to_vec(), 0..=2).prop_map(|named| {
        let delegates = |(substitute, principal)| {
            let what = What::Delegate(substitute);
            Move { who: principal, acting_for: None, about: 0, wait_minutes: 0, what }
        };
        named.into_iter().map(delegates).collect()
    })
}

fn a_move(what: BoxedStrategy<What>) -> impl Strategy<Value = Move> {
    // Whoever may do much does most, so that stories get on.
    let alone = prop_oneof![select(&Who::ALL[..]), Just(Who::Supervisor), Just(Who::Operator)];
    let anybody = (select(&Who::ALL[..]), select(&Who::ALL[..7]));
    let for_another = prop_oneof![4 => select(&SUBSTITUTES[..]), 1 => anybody];
    let who = prop_oneof![
        8 => alone.prop_map(|who| (who, None)),
        1 => for_another.prop_map(|(who, principal)| (who, Some(principal))),
    ];
    let wait = prop_oneof![4 => 0..90_i64, 1 => 0..15_000_i64];
    (who, any::<usize>(), wait, what).prop_map(|((who, acting_for), about, wait_minutes, what)| Move {
        who,
        acting_for,
        about,
        wait_minutes,
        what,
    })
}

fn submits() -> impl Strategy<Value = What> {
    let level = || option::of(1..=4_u8);
    let party = || option::weighted(0.3, select(&Who::ALL[..]));
    let line = option::weighted(0.2, select(&LINES[..]));
    (select(&SERVICES[..]), party(), party(), level(), level(), line, values()).prop_map(
        |(service, requester, recipient, impact, urgency, line, fields)| {
            let party = |who: Who| who.party(TENANT);
            let submit = Submit::new(code(service), text("Где пропуск? Ёлка"));
            What::Submit(Submit {
                text: "It blinks red.".to_owned(),
                requester: requester.map(party),
                recipient: recipient.map(party),
                impact,
                urgency,
                line: line.map(code),
                fields: fields.into_iter().filter_map(|(code, value)| Some((code, value?))).collect(),
                ..submit
            })
        },
    )
}

fn unit_moves() -> impl Strategy<Value = What> {
    let top = founding(TENANT).unit();
    let units = vec![top, branch(), sales()];
    (select(units.clone()), option::of(select(units))).prop_map(|(unit, parent)| What::MoveUnit(unit, parent))
}

/// The tenant of [`Center`](crate::Center); people of the other tenants have the same ids but for the administrator.
const TENANT: TenantId = TenantId(Uuid::from_u128(1));

/// Any step that somebody can ask for.
pub fn steps() -> impl Strategy<Value = C> {
    let who = || select(&Who::ALL[..]).prop_map(|who| who.employee(TENANT));
    let reason = || select(&["fixed", "not_needed", "no reason"][..]).prop_map(str::to_owned);
    let words = || select(&["", "Спасибо, всё работает", "It is back."][..]).prop_map(str::to_owned);
    let service = option::of(select(&SERVICES[..]).prop_map(code));
    let category = option::of(select(&["hw", "disk", "nothing"][..]).prop_map(code));
    let resolve = (reason(), words()).prop_map(|(code, text)| C::Resolve { code, text });
    prop_oneof![
        1 => (service, category).prop_map(|(service, category)| C::Classify { service, category }),
        1 => (1..=4_u8, 1..=4_u8).prop_map(|(impact, urgency)| C::Prioritize { impact, urgency }),
        1 => select(&LINES[..]).prop_map(|line| C::Move { line: code(line) }),
        1 => who().prop_map(|operator| C::Assign { operator }),
        1 => select(vec![C::Claim, C::Release, C::Start, C::Resume, C::Confirm]),
        3 => holds().prop_map(C::Hold),
        1 => select(&["delivered", "paid"][..]).prop_map(|name| C::Signal { name: name.to_owned() }),
        3 => resolve,
        1 => (reason(), words()).prop_map(|(code, text)| C::AmendResolution { code, text }),
        1 => reason().prop_map(|reason| C::AmendClosing { reason }),
        1 => reason().prop_map(|reason| C::Close { reason }),
        2 => (words(), option::of(holds())).prop_map(|(text, hold)| C::Reopen { text, hold }),
        1 => reason().prop_map(|reason| C::Cancel { reason }),
        1 => reason().prop_map(|reason| C::Reject { reason }),
        1 => words().prop_map(|text| C::Reply(text.into())),
        1 => words().prop_map(|text| C::Answer(text.into())),
        1 => words().prop_map(|text| C::Note(text.into())),
        1 => changes().prop_map(C::ChangeFields),
        2 => copies(),
        1 => select(vec![C::Watch, C::Unwatch]),
        2 => drafts(),
        2 => (any::<bool>(), select(&["vip", "old"][..])).prop_map(|(on, tag)| {
            if on { C::Tag { tag: code(tag) } } else { C::Untag { tag: code(tag) } }
        }),
        1 => (0..90_i64, words()).prop_map(|(minutes, text)| {
            C::LogWork(LogWork { spent: Span::minutes(minutes), at: None, text })
        }),
        1 => (0..7_u8, words()).prop_map(|(score, comment)| C::Rate { score, comment }),
        2 => values().prop_map(|values| C::SetFields { values }),
        1 => select(&["hello", "nothing"][..]).prop_map(|reply| C::AnswerWith { reply: code(reply), language: None }),
        2 => select(&["take", "away", "vip"][..]).prop_map(|of| C::Run { code: code(of) }),
        3 => select(vec![C::Unmerge, C::LeaveParent, C::DeclareMajor, C::Demote]),
        1 => words().prop_map(|text| C::Broadcast(text.into())),
    ]
}

fn ties() -> impl Strategy<Value = Tie> {
    let kind = || select(&LinkKind::ALL[..]);
    let policy = select(vec![OnParentEnd::Leave, OnParentEnd::Follow, OnParentEnd::Refuse]);
    let access = select(vec![CopyAccess::View, CopyAccess::Update]);
    let split = (select(&SERVICES[..]), option::weighted(0.3, select(&Who::ALL[..])));
    prop_oneof![
        3 => option::weighted(0.8, access).prop_map(Tie::Merge),
        2 => kind().prop_map(Tie::Link),
        3 => kind().prop_map(Tie::Unlink),
        3 => option::weighted(0.3, policy).prop_map(Tie::Join),
        2 => split.prop_map(|(service, requester)| {
            let requester = requester.map(|who| who.party(TENANT));
            Tie::Split(Box::new(Submit { requester, ..Submit::new(code(service), text("Отдельный вопрос")) }))
        }),
    ]
}

fn of_entries() -> impl Strategy<Value = OfEntry> {
    let passages =
        || Redaction::Passages { passages: vec!["blinks".to_owned(), "работает".to_owned()] };
    let text = select(&["It blinks blue.", " ", "Спасибо, не работает"][..]).prop_map(str::to_owned);
    prop_oneof![
        3 => text.prop_map(OfEntry::Edit),
        1 => Just(OfEntry::Redact(passages())),
        1 => Just(OfEntry::Redact(Redaction::Whole)),
        1 => Just(OfEntry::Retract),
    ]
}

/// Drafts, and messages that were drafts or mention somebody.
fn drafts() -> impl Strategy<Value = C> {
    let kind = select(vec![EntryKind::Message, EntryKind::Answer, EntryKind::Note, EntryKind::Work]);
    let mentioned = option::of(select(&Who::ALL[..]));
    let message = (any::<bool>(), mentioned).prop_map(|(from_draft, who)| Message {
        mentions: who.map(|who| who.employee(TENANT)).into_iter().collect(),
        from_draft,
        ..Message::from("Das Gerät blinkt.")
    });
    (0..5_u8, kind, message).prop_map(|(what, kind, message)| match what {
        0 => C::SaveDraft { kind, text: message.text },
        1 => C::DiscardDraft { kind },
        2 => C::Reply(message),
        3 => C::Answer(message),
        _ => C::Note(message),
    })
}

fn values() -> impl Strategy<Value = Values> {
    let amount =
        option::of((0..5_i64).prop_map(|n| Value::Decimal(n.to_string().parse().expect("a decimal"))));
    let color = option::of(select(&["red", "blue", "green"][..]).prop_map(|color| Value::Code(color.into())));
    let passport = option::of(Just(Value::Code("4010".into())));
    let remark = option::of(Just(Value::Text(text("Срочно"))));
    let set = |field: &'static str, value: BoxedStrategy<Option<Value>>| {
        option::of(value).prop_map(move |value| value.map(|value| (code(field), value)))
    };
    let all = (
        set("amount", amount.boxed()),
        set("color", color.boxed()),
        set("passport", passport.boxed()),
        set("remark", remark.boxed()),
    );
    all.prop_map(|(a, b, c, d)| [a, b, c, d].into_iter().flatten().collect())
}

fn copies() -> impl Strategy<Value = C> {
    let access = select(vec![CopyAccess::View, CopyAccess::Update]);
    (select(&Who::ALL[..]), option::weighted(0.8, access)).prop_map(|(who, access)| {
        let party = who.party(TENANT);
        access.map_or(C::CopyOut { party }, |access| C::CopyIn { party, access })
    })
}

fn holds() -> impl Strategy<Value = HoldFor> {
    use HoldReason::{Approval, Internal, Requester, Scheduled, ThirdParty};
    let reason = select(vec![Requester, ThirdParty, Approval, Scheduled, Internal]);
    let until = option::of((1..600_i64).prop_map(|hours| start() + Span::hours(hours)));
    let release = (any::<bool>(), option::of(Just("delivered".to_owned())))
        .prop_map(|(on_reply, on_signal)| Release { on_reply, on_signal });
    (reason, until, option::of(release)).prop_map(|(reason, until, release)| HoldFor {
        reason,
        until,
        release,
    })
}

fn changes() -> impl Strategy<Value = FieldChanges> {
    let subject = option::of(select(&["Новая тема", " "][..]).prop_map(text));
    (subject, option::of(Just(start())), option::of(Just(branch())))
        .prop_map(|(subject, occurred_at, unit)| FieldChanges { subject, occurred_at, unit })
}
