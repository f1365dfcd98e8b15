use super::attachment::Scan;
use super::entry::EntryKind;
use super::event::RequestEvent;
use super::hold::HoldReason;
use super::reason::{CloseReason, ReleaseReason, ResumeReason};
use super::tie::LinkKind;
use crate::base::Party;
use crate::config::catalog::{FieldCode, PriorityReason};
use crate::life::directory::{Directory, DirectoryEvent};
use crate::store::{Event, Fact};

/// A language that the engine writes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Russian.
    Russian,
}

/// Writes what happened as sentences: who did what, for whom, and why.
#[derive(Debug, Clone, Copy)]
pub struct Narrator<'a> {
    directory: &'a Directory,
    language: Language,
}

impl<'a> Narrator<'a> {
    /// Writes with the names of a directory, in a language.
    #[must_use]
    pub fn new(directory: &'a Directory, language: Language) -> Self {
        Self { directory, language }
    }

    /// One line for an event of the journal.
    #[must_use]
    pub fn line(&self, event: &Event) -> String {
        let actor = self.name(event.origin.actor);
        let who = match event.origin.principal {
            Some(principal) => {
                let between = self.say("for", "за");
                format!("{actor} {between} {}", self.name(principal))
            }
            None => actor,
        };
        let what = match (event.of::<RequestEvent>(), event.of::<DirectoryEvent>()) {
            (Some(event), _) => self.request_event(event),
            _ => event.fact.name().replace('_', " "),
        };
        format!("{}  {who}: {what}", event.at)
    }

    /// What happened to a request.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "one arm for each event")]
    pub fn request_event(&self, event: &RequestEvent) -> String {
        match event {
            RequestEvent::Submitted(facts) => {
                let priority = self.priority(facts.priority, facts.priority_reason);
                let text = self.say("submitted", "подана заявка");
                let line = self.say("on line", "на линию");
                format!("{text} {} “{}” {line} {}, {priority}", facts.number, facts.subject, facts.line)
            }
            RequestEvent::Classified { service, category, .. } => {
                let category = category.as_ref().map(|category| format!(" / {category}")).unwrap_or_default();
                format!("{} {service}{category}", self.say("classified as", "классифицирована как"))
            }
            RequestEvent::Prioritized { priority, reason, .. } => self.priority(*priority, *reason),
            RequestEvent::PriorityRaised { from, priority } => {
                self.priority(*priority, PriorityReason::Raised { from: *from })
            }
            RequestEvent::Moved { from, to, .. } => {
                format!("{} {from} → {to}", self.say("moved", "передана с линии на линию"))
            }
            RequestEvent::Assigned { operator, .. } => {
                format!("{} {}", self.say("assigned to", "назначена:"), self.name((*operator).into()))
            }
            RequestEvent::Claimed { .. } => {
                self.say("took the request", "взята в работу оператором").to_owned()
            }
            RequestEvent::Released { reason: ReleaseReason::Asked, .. } => {
                self.say("gave the request back", "возвращена на линию").to_owned()
            }
            RequestEvent::Released { reason: ReleaseReason::OperatorLeft, .. } => self
                .say("gave the request back: its operator left", "возвращена на линию: оператор уволился")
                .to_owned(),
            RequestEvent::Started => self.say("started work", "начата работа").to_owned(),
            RequestEvent::Held { hold } => {
                let until = hold
                    .until
                    .map(|until| format!(", {} {until}", self.say("until", "до")))
                    .unwrap_or_default();
                format!("{} {}{until}", self.say("put on hold:", "приостановлена:"), self.hold(hold.reason))
            }
            RequestEvent::Resumed { reason, .. } => {
                format!("{} {}", self.say("resumed:", "возобновлена:"), self.resumed(reason))
            }
            RequestEvent::Resolved { code, .. } => format!("{} {code}", self.say("resolved:", "решена:")),
            RequestEvent::ResolutionAmended { code, .. } => {
                format!("{} {code}", self.say("amended the resolution:", "решение исправлено:"))
            }
            RequestEvent::Closed { reason } => {
                format!("{} {}", self.say("closed:", "закрыта:"), self.closed(reason))
            }
            RequestEvent::ClosingAmended { reason } => {
                format!("{} {reason}", self.say("amended the closing:", "закрытие исправлено:"))
            }
            RequestEvent::Reopened { .. } => self.say("reopened", "возвращена в работу").to_owned(),
            RequestEvent::Cancelled { reason } => format!("{} {reason}", self.say("cancelled:", "отменена:")),
            RequestEvent::Rejected { reason } => format!("{} {reason}", self.say("rejected:", "отклонена:")),
            RequestEvent::Written { kind, .. } => self.written(*kind).to_owned(),
            RequestEvent::FieldsChanged(_) => self.say("changed fields", "изменены поля").to_owned(),
            RequestEvent::CopiedIn { copied } => {
                format!("{} {}", self.say("copied in", "в копию:"), self.name(copied.party))
            }
            RequestEvent::CopiedOut { party } => {
                format!("{} {}", self.say("no longer copied in:", "из копии:"), self.name(*party))
            }
            RequestEvent::Watched { .. } => self.say("watches", "наблюдает").to_owned(),
            RequestEvent::Unwatched { .. } => self.say("no longer watches", "больше не наблюдает").to_owned(),
            RequestEvent::Attached(attached) => {
                format!("{} “{}”", self.say("attached", "приложен файл"), attached.name)
            }
            RequestEvent::AttachmentScanned { scan, .. } => {
                format!("{} {}", self.say("file scanned:", "проверка файла:"), self.scan(scan))
            }
            RequestEvent::AttachmentRemoved { .. } => {
                self.say("removed an attachment", "вложение удалено").to_owned()
            }
            RequestEvent::Parked { stuck } => {
                format!(
                    "{} {}: {}",
                    self.say("parked on line", "отложено на линию"),
                    stuck.line,
                    stuck.reason
                )
            }
            RequestEvent::Archived { .. } => self.say("archived", "передана в архив").to_owned(),
            RequestEvent::Erased { .. } => {
                self.say("personal values were erased", "персональные данные стёрты").to_owned()
            }
            RequestEvent::Retried { .. } => self.say("set going again", "запущено снова").to_owned(),
            RequestEvent::EntryEdited { .. } => self.say("edited an entry", "изменена запись").to_owned(),
            RequestEvent::EntryRedacted { reason, .. } => {
                format!("{} {reason}", self.say("blanked an entry:", "скрыт текст записи:"))
            }
            RequestEvent::Tagged { tag } => format!("{} {tag}", self.say("tagged", "добавлена метка")),
            RequestEvent::Untagged { tag } => format!("{} {tag}", self.say("untagged", "снята метка")),
            RequestEvent::WorkLogged { spent, .. } => {
                format!("{} {spent}", self.say("logged work:", "учтена работа:"))
            }
            RequestEvent::WorkRetracted { spent, .. } => {
                format!("{} {spent}", self.say("retracted work:", "отозвана работа:"))
            }
            RequestEvent::Rated { score } => {
                format!("{} {score}", self.say("rated the service:", "поставлена оценка:"))
            }
            RequestEvent::ValuesSet { values } => {
                let codes: Vec<&str> = values.keys().map(FieldCode::as_str).collect();
                format!("{} {}", self.say("changed fields:", "изменены поля:"), codes.join(", "))
            }
            RequestEvent::MergedInto { .. }
            | RequestEvent::Unmerged { .. }
            | RequestEvent::Absorbed { .. }
            | RequestEvent::GaveBack { .. }
            | RequestEvent::Linked { .. }
            | RequestEvent::Unlinked { .. }
            | RequestEvent::ParentJoined { .. }
            | RequestEvent::ParentLeft { .. }
            | RequestEvent::ChildJoined { .. }
            | RequestEvent::ChildLeft { .. }
            | RequestEvent::SplitFrom { .. }
            | RequestEvent::SplitOff { .. } => self.tie(event),
            RequestEvent::DeclaredMajor { .. } => {
                self.say("declared a major incident", "объявлена крупным инцидентом").to_owned()
            }
            RequestEvent::Demoted => {
                self.say("no longer a major incident", "больше не крупный инцидент").to_owned()
            }
            RequestEvent::AgreementChosen { choice } => self.agreement(choice.as_ref()),
            RequestEvent::Rebased(rebased) => self.rebased(rebased),
            RequestEvent::Clocked { ticks } => self.clocks(ticks),
            RequestEvent::Escalated(escalation) => self.escalation(escalation),
            RequestEvent::FollowRefused { child, rule } => {
                format!(
                    "{} {child}: {rule}",
                    self.say("a child did not follow:", "дочерняя заявка не последовала:")
                )
            }
        }
    }

    /// What happened between two requests.
    fn tie(&self, event: &RequestEvent) -> String {
        let (what, other) = match event {
            RequestEvent::MergedInto { master } => (self.say("merged into", "объединена с"), *master),
            RequestEvent::Unmerged { master, .. } => (self.say("taken out of", "отделена от"), *master),
            RequestEvent::Absorbed { absorbed } => match &absorbed[..] {
                [first, ..] => (self.say("took up", "присоединена заявка"), first.request),
                [] => return self.say("took up nothing", "ничего не присоединено").to_owned(),
            },
            RequestEvent::GaveBack { request } => (self.say("gave back", "отделена заявка"), *request),
            RequestEvent::Linked { link } => (self.link(link.kind), link.request),
            RequestEvent::Unlinked { link } => {
                let what = format!("{} {}", self.say("no longer", "больше не"), self.link(link.kind));
                return format!("{what} {}", link.request);
            }
            RequestEvent::ParentJoined { parent } => {
                (self.say("became a child of", "стала дочерней для"), parent.request)
            }
            RequestEvent::ParentLeft { parent } => {
                (self.say("no longer a child of", "больше не дочерняя для"), *parent)
            }
            RequestEvent::ChildJoined { child } => (self.say("got the child", "получила дочернюю"), *child),
            RequestEvent::ChildLeft { child } => (self.say("lost the child", "лишилась дочерней"), *child),
            RequestEvent::SplitFrom { from, .. } => (self.say("split off from", "выделена из"), from.request),
            RequestEvent::SplitOff { request, .. } => {
                (self.say("split off the new request", "выделена новая заявка"), *request)
            }
            other => return other.name().replace('_', " "),
        };
        format!("{what} {other}")
    }

    fn link(&self, kind: LinkKind) -> &'static str {
        match kind {
            LinkKind::DuplicateOf => self.say("a duplicate of", "дубль заявки"),
            LinkKind::DuplicatedBy => self.say("duplicated by", "имеет дубль"),
            LinkKind::Relates => self.say("related to", "связана с"),
            LinkKind::DependsOn => self.say("dependent on", "зависит от"),
            LinkKind::NeededBy => self.say("needed by", "нужна для"),
        }
    }

    fn name(&self, party: Party) -> String {
        if party == Party::SYSTEM {
            self.say("okno", "okno").to_owned()
        } else {
            self.directory.name_of(party)
        }
    }

    fn priority(&self, priority: u8, reason: PriorityReason) -> String {
        let name = self.say("priority", "приоритет");
        match reason {
            PriorityReason::Matrix { impact, urgency } => {
                let because = self.say("impact, urgency", "влияние, срочность");
                format!("{name} {priority} ({because}: {impact}, {urgency})")
            }
            PriorityReason::Unknown => {
                let because = self.say("impact or urgency unknown", "влияние или срочность не указаны");
                format!("{name} {priority} ({because})")
            }
            PriorityReason::Raised { from } => {
                let because = self.say("raised by an escalation, was", "повышен эскалацией, был");
                format!("{name} {priority} ({because} {from})")
            }
        }
    }

    pub(super) fn hold(&self, reason: HoldReason) -> &'static str {
        match reason {
            HoldReason::Requester => self.say("awaiting the requester", "ожидание заявителя"),
            HoldReason::ThirdParty => self.say("awaiting a third party", "ожидание третьей стороны"),
            HoldReason::Approval => self.say("awaiting approval", "ожидание согласования"),
            HoldReason::Scheduled => self.say("scheduled", "запланирована"),
            HoldReason::Internal => self.say("awaiting another team", "ожидание другой группы"),
        }
    }

    fn resumed(&self, reason: &ResumeReason) -> String {
        match reason {
            ResumeReason::Asked => self.say("by hand", "вручную").to_owned(),
            ResumeReason::Replied => self.say("the requester replied", "заявитель ответил").to_owned(),
            ResumeReason::DateCame => self.say("the date came", "наступила дата").to_owned(),
            ResumeReason::Signalled { name } => format!("{} {name}", self.say("event", "событие")),
        }
    }

    fn closed<'r>(&self, reason: &'r CloseReason) -> &'r str {
        match reason {
            CloseReason::Confirmed => self.say("the requester confirmed", "заявитель подтвердил"),
            CloseReason::Silence => self.say("the requester was silent", "заявитель не ответил"),
            CloseReason::Asked { reason } => reason,
        }
    }

    fn scan(&self, scan: &Scan) -> String {
        let said = match scan {
            Scan::NotScanned => self.say("not asked for", "не запрошена"),
            Scan::Pending => self.say("asked for", "запрошена"),
            Scan::Clean => self.say("nothing found", "ничего не найдено"),
            Scan::Infected { name } => return format!("{} {name}", self.say("found", "найдено")),
            Scan::Failed => self.say("not possible", "не удалась"),
        };
        said.to_owned()
    }

    fn written(&self, kind: EntryKind) -> &'static str {
        match kind {
            EntryKind::Message => self.say("wrote a message", "сообщение заявителя"),
            EntryKind::Answer => self.say("answered", "ответ заявителю"),
            EntryKind::Note => self.say("wrote an internal note", "внутренняя заметка"),
            EntryKind::Resolution => self.say("wrote the resolution", "описано решение"),
            EntryKind::Work => self.say("wrote down work", "запись о работе"),
            EntryKind::Rating => self.say("commented on the service", "отзыв о работе"),
        }
    }

    pub(super) fn say(&self, english: &'static str, russian: &'static str) -> &'static str {
        match self.language {
            Language::English => english,
            Language::Russian => russian,
        }
    }
}
