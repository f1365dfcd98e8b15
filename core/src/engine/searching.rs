//! A search while it goes on: one field after the other, each in pages of its own.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::desk::Desk;
use super::error::DeskError;
use super::list::List;
use super::requests::Requests;
use super::search::{Hit, HitPlace, Search, SearchCursor, SearchField, SearchPage};
use crate::base::limits::{MERGE_DEPTH_MAX, PAGE_ROWS_MAX, SEARCH_ROUNDS_MAX};
use crate::base::{Party, PartyKind};
use crate::condition::{Comparison, Expr, FieldRef, Filter, Slot, Unasked, Value, ValueRef};
use crate::config::catalog::Action;
use crate::life::World;
use crate::life::directory::{CONTACT, EMPLOYEE};
use crate::life::request::{
    ATTACHMENT, AttachmentId, ENTRY, EntryId, REQUEST, RequestId, Role, attachment_column, entry_column,
    involvement_column, request_column,
};
use crate::store::{Cursor, Direction, Head, Kind, Loaded, Page, PageRow, Query, Select, SortBy, TextFilter};
use crate::text::{Snippet, TextQuery};

/// A search on behalf of somebody.
pub(super) struct Searching {
    desk: Desk,
    world: Arc<World>,
    action: Action,
    text: TextQuery,
    /// The requests that the actor may see and that meet the filter, with the columns asked for and, behind them, those
    /// that say in which field a request is found first.
    list: Query,
    /// Where the tenant stood when the last question was answered.
    head: Option<Head>,
    /// The people whose names have the text, with their names, once they were looked for.
    people: Option<Arc<People>>,
    /// The requests whose parts were looked at since the field began, if it began in this search.
    passed: Option<BTreeSet<RequestId>>,
}

/// People by the ids that requests may name them by.
type People = BTreeMap<Uuid, (Party, String)>;

/// What a round finds, and where the search goes on.
type Round = (Vec<Hit>, Option<SearchCursor>);

/// An entry or an attachment that has the text.
struct Part {
    id: Uuid,
    request: RequestId,
    loaded: Loaded,
}

impl Searching {
    pub(super) fn new(
        requests: &Requests,
        world: Arc<World>,
        (search, text): (&Search, TextQuery),
        action: Action,
    ) -> Result<Self, DeskError> {
        let list =
            List { sort: Vec::new(), columns: search.columns.clone(), ..List::of(search.filter.clone()) };
        let mut list = requests.list_query(&list, action, &world)?;
        if let Select::Columns(columns) = &mut list.select {
            columns.extend(Known::PLACES.map(Into::into));
        }
        let desk = requests.0.desk.clone();
        Ok(Self { desk, world, action, text, list, head: None, people: None, passed: None })
    }

    /// Where the tenant stood when the first question was answered.
    pub(super) fn head(&self) -> Option<Head> {
        self.head
    }

    /// Searches from a place on until the page is full, or at least half full where a field goes on.
    pub(super) async fn page(&mut self, search: &Search) -> Result<SearchPage, DeskError> {
        let mut place = search.after.clone().unwrap_or_default();
        let (mut hits, mut rounds) = (Vec::new(), 0);
        while hits.len() < search.limit && rounds < SEARCH_ROUNDS_MAX {
            let (found, next) = self.round(&place, search.limit - hits.len()).await?;
            hits.extend(found);
            let Some(next) = next else { return Ok(SearchPage { hits, next: None }) };
            let goes_on = next.after.is_some();
            rounds += usize::from(goes_on);
            place = next;
            // Another round for the few that are missing would cost as much as the next page.
            if goes_on && hits.len() * 2 >= search.limit {
                break;
            }
        }
        Ok(SearchPage { hits, next: Some(place) })
    }

    /// Searches one field from a place on.
    pub(super) async fn round(&mut self, place: &SearchCursor, limit: usize) -> Result<Round, DeskError> {
        let SearchCursor { field, after } = place.clone();
        let found = match field {
            SearchField::Number if after.is_none() => return self.own_texts(limit).await,
            SearchField::Number => self.own_text(NUMBER, after, limit).await,
            SearchField::Subject => self.own_text(SUBJECT, after, limit).await,
            SearchField::Contact => self.contacts(after, limit).await,
            SearchField::Entry => self.parts(&ENTRIES, after, limit).await,
            SearchField::Attachment => self.parts(&FILES, after, limit).await,
        };
        let (hits, after) = found?;
        if after.is_none() {
            return Ok((hits, field.next().map(SearchCursor::from)));
        }
        Ok((hits, Some(SearchCursor { field, after })))
    }

    /// Requests whose number or subject has the text: all of both when they are few, else those with the number.
    async fn own_texts(&mut self, limit: usize) -> Result<Round, DeskError> {
        let page = self.ask(self.with_text(&["number", "subject"], None, limit)).await?;
        if page.next.is_none() {
            let mut found = self.found(page.rows);
            // Stable: of each field, the latest stays first.
            found.sort_by_key(|hit| hit.place != HitPlace::Number);
            return Ok((found, Some(SearchField::Contact.into())));
        }
        let (hits, after) = self.own_text(NUMBER, None, limit).await?;
        let field = if after.is_some() { SearchField::Number } else { SearchField::Subject };
        Ok((hits, Some(SearchCursor { field, after })))
    }

    /// Requests whose number has the text, or whose subject has it and not the number.
    async fn own_text(
        &mut self,
        (text, place): (&'static str, HitPlace),
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<(Vec<Hit>, Option<Cursor>), DeskError> {
        let page = self.ask(self.with_text(&[text], after, limit)).await?;
        let mut found = self.found(page.rows);
        found.retain(|hit| hit.place == place);
        Ok((found, page.next))
    }

    fn with_text(&self, texts: &[&'static str], after: Option<Cursor>, limit: usize) -> Query {
        let text = Some(TextFilter::new(self.text.clone(), texts));
        Query { text, after, limit, ..self.list.clone() }
    }

    /// The hits of rows that have the text themselves.
    fn found(&self, rows: Vec<PageRow>) -> Vec<Hit> {
        let found = rows.into_iter().filter_map(|row| {
            let (row, known) = Known::split(row);
            let (place, snippet) = known.own_text(&self.text)?;
            Some(Hit { request: RequestId(row.id), row, place, snippet })
        });
        found.collect()
    }

    /// Requests of people whose names have the text.
    async fn contacts(
        &mut self,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<(Vec<Hit>, Option<Cursor>), DeskError> {
        let people = self.people().await?;
        if people.is_empty() {
            return Ok((Vec::new(), None));
        }
        let newest_first = vec![SortBy::new(request_column::created_at, Direction::Descending)];
        let filter = self.list.filter.clone().and(asked_for_by(&people));
        let page = self.ask(Query { filter, sort: newest_first, after, limit, ..self.list.clone() }).await?;
        let found = page.rows.into_iter().filter_map(|row| {
            let (row, known) = Known::split(row);
            let (party, name) = known.person(&people).filter(|_| known.own_text(&self.text).is_none())?;
            let (request, snippet) = (RequestId(row.id), self.text.snippet(name)?);
            Some(Hit { request, row, place: HitPlace::Contact(*party), snippet })
        });
        Ok((found.collect(), page.next))
    }

    /// The people whose names have the text, and the other contacts that stand for them.
    async fn people(&mut self) -> Result<Arc<People>, DeskError> {
        if let Some(people) = &self.people {
            return Ok(people.clone());
        }
        let mut people = People::new();
        for (kind, party) in [(&EMPLOYEE, PartyKind::Employee), (&CONTACT, PartyKind::Contact)] {
            let text = Some(TextFilter::new(self.text.clone(), &["name"]));
            let everybody = Query::records(self.list.tenant, kind, Filter::everything());
            let page = self.ask(Query { text, ..everybody }).await?;
            for row in &page.rows {
                let found = Party { kind: party, id: row.id };
                let name = row.record.as_ref().and_then(|loaded| loaded.record.text(0)).unwrap_or_default();
                let identities = self.world.directory.identities(found).into_iter().chain([found]);
                people.extend(identities.map(|identity| (identity.id, (found, name.to_owned()))));
            }
        }
        let people = Arc::new(people);
        self.people = Some(people.clone());
        Ok(people)
    }

    /// Requests with an entry or an attachment that has the text, each with the latest one.
    async fn parts(
        &mut self,
        of: &Parts,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<(Vec<Hit>, Option<Cursor>), DeskError> {
        let is_first = after.is_none();
        let page = self.ask(Query { after, limit, ..self.having(of, None) }).await?;
        let next = page.next;
        let mut parts: BTreeMap<RequestId, Part> = BTreeMap::new();
        let mut order = Vec::new();
        for part in page.rows.into_iter().filter_map(|row| Part::of(of, row)) {
            if let Entry::Vacant(free) = parts.entry(part.request) {
                order.push(part.request);
                free.insert(part);
            }
        }
        self.drop_passed(of, is_first, &mut parts).await?;
        if of.kind == &ATTACHMENT {
            let in_entries = self.latest(&ENTRIES, parts.keys()).await?;
            parts.retain(|request, _| !in_entries.contains_key(request));
        }
        let mut rows = self.rows_of(parts.keys()).await?;
        let people = self.people().await?;
        let found = order.into_iter().filter_map(|request| {
            let part = parts.remove(&request)?;
            let (row, known) = Known::split(rows.remove(&request)?);
            // What went on elsewhere is shown there, whatever that request is found by itself.
            let is_own = row.id == request.0;
            if is_own && (known.own_text(&self.text).is_some() || known.person(&people).is_some()) {
                return None;
            }
            let snippet = self.text.snippet(part.loaded.record.text(0)?)?;
            Some(Hit { request, row, place: (of.place)(part.id), snippet })
        });
        Ok((found.collect(), next))
    }

    /// Drops the parts of requests that came before: by what this search passed since the field began, or by asking for
    /// the latest part of each.
    async fn drop_passed(
        &mut self,
        of: &Parts,
        is_first: bool,
        parts: &mut BTreeMap<RequestId, Part>,
    ) -> Result<(), DeskError> {
        if is_first {
            self.passed = Some(BTreeSet::new());
        }
        if let Some(passed) = &mut self.passed {
            parts.retain(|request, _| passed.insert(*request));
            return Ok(());
        }
        let latest = self.latest(of, parts.keys()).await?;
        parts.retain(|request, part| latest.get(request) == Some(&part.id));
        Ok(())
    }

    /// Asks for the parts that have the text and that the actor may read, of all requests or of some.
    fn having(&self, of: &Parts, requests: Option<Vec<Value>>) -> Query {
        let merged = Expr::Has(FieldRef::new(request_column::merged_into, "merged_into"));
        // What went on in another request can be read there as well, which is looked at when it was found.
        let readable = Expr::Any(vec![self.list.filter.expr().clone(), merged]);
        let mut parts = vec![Expr::Exists("request", Box::new(readable))];
        if self.action == Action::SeeOwn {
            let public = FieldRef::new(of.public, "public");
            parts.push(Expr::Compare(public, Comparison::Eq, Value::Bool(true)));
        }
        parts.extend(requests.map(|ids| Expr::In(FieldRef::new(of.request, "request"), ids)));
        let text = Some(TextFilter::new(self.text.clone(), &[of.text]));
        let filter = Expr::All(parts).ground(&Unasked);
        Query { text, ..Query::records(self.list.tenant, of.kind, filter) }
    }

    /// The latest part that has the text of each of some requests. Each answer settles at least one of them, and mostly all.
    async fn latest(
        &mut self,
        of: &Parts,
        requests: impl Iterator<Item = &RequestId>,
    ) -> Result<BTreeMap<RequestId, Uuid>, DeskError> {
        let mut open: BTreeSet<RequestId> = requests.copied().collect();
        let mut latest = BTreeMap::new();
        while !open.is_empty() {
            let ids = open.iter().map(|id| Value::Id(id.0)).collect();
            let select = Select::Columns(vec![of.request.into()]);
            let page = self.ask(Query { select, ..self.having(of, Some(ids)) }).await?;
            for row in &page.rows {
                if let [Value::Id(request)] = row.values[..] {
                    let request = RequestId(request);
                    latest.entry(request).or_insert(row.id);
                    open.remove(&request);
                }
            }
            if page.next.is_none() {
                break;
            }
        }
        Ok(latest)
    }

    /// The rows that show some requests: their own, or those of the requests in which they go on, as far as the actor may
    /// see them and they meet the filter.
    async fn rows_of(
        &mut self,
        requests: impl Iterator<Item = &RequestId>,
    ) -> Result<BTreeMap<RequestId, PageRow>, DeskError> {
        let requests: BTreeSet<RequestId> = requests.copied().collect();
        let mut rows: BTreeMap<RequestId, PageRow> = BTreeMap::new();
        // Which requests are shown by a request that is still to be looked for.
        let mut held: BTreeMap<RequestId, Vec<RequestId>> =
            requests.iter().map(|request| (*request, vec![*request])).collect();
        for _ in 0..=MERGE_DEPTH_MAX {
            if held.is_empty() {
                break;
            }
            for row in self.listed(held.keys()).await? {
                let shown = held.remove(&RequestId(row.id)).unwrap_or_default();
                rows.extend(shown.into_iter().map(|request| (request, row.clone())));
            }
            held = self.masters(held).await?;
        }
        Ok(rows)
    }

    async fn listed(
        &mut self,
        requests: impl Iterator<Item = &RequestId>,
    ) -> Result<Vec<PageRow>, DeskError> {
        let ids = Expr::In(FieldRef::new(Slot::ID, "id"), requests.map(|id| Value::Id(id.0)).collect());
        let filter = self.list.filter.clone().and(ids.ground(&Unasked));
        Ok(self.ask(Query { filter, limit: PAGE_ROWS_MAX, ..self.list.clone() }).await?.rows)
    }

    /// The requests in which those go on that hold some others.
    async fn masters(
        &mut self,
        held: BTreeMap<RequestId, Vec<RequestId>>,
    ) -> Result<BTreeMap<RequestId, Vec<RequestId>>, DeskError> {
        let ids = held.keys().map(|id| Value::Id(id.0)).collect();
        let filter = Expr::In(FieldRef::new(Slot::ID, "id"), ids).ground(&Unasked);
        let select = Select::Columns(vec![request_column::merged_into.into()]);
        let page = self.ask(Query { select, ..Query::records(self.list.tenant, &REQUEST, filter) }).await?;
        let mut masters: BTreeMap<RequestId, Vec<RequestId>> = BTreeMap::new();
        for row in page.rows {
            if let [Value::Id(master)] = row.values[..] {
                let shown = held.get(&RequestId(row.id)).cloned().unwrap_or_default();
                masters.entry(RequestId(master)).or_default().extend(shown);
            }
        }
        Ok(masters)
    }

    async fn ask(&mut self, query: Query) -> Result<Page, DeskError> {
        let page = self.desk.store().query(query).await?;
        self.head = Some(page.head);
        Ok(page)
    }
}

impl Part {
    fn of(of: &Parts, row: PageRow) -> Option<Self> {
        let loaded = row.record?;
        let ValueRef::Id(request) = loaded.record.value(of.request) else { return None };
        Some(Self { id: row.id, request: RequestId(request), loaded })
    }
}

/// Texts of a request itself.
const NUMBER: (&str, HitPlace) = ("number", HitPlace::Number);
const SUBJECT: (&str, HitPlace) = ("subject", HitPlace::Subject);

/// What belongs to requests and is searched.
struct Parts {
    kind: &'static Kind,
    /// Its text.
    text: &'static str,
    request: Slot,
    public: Slot,
    place: fn(Uuid) -> HitPlace,
}

const ENTRIES: Parts = Parts {
    kind: &ENTRY,
    text: "text",
    request: entry_column::request,
    public: entry_column::public,
    place: |id| HitPlace::Entry(EntryId(id)),
};

const FILES: Parts = Parts {
    kind: &ATTACHMENT,
    text: "name",
    request: attachment_column::request,
    public: attachment_column::public,
    place: |id| HitPlace::Attachment(AttachmentId(id)),
};

/// Requests that one of some people asked for, or that concern one of them.
fn asked_for_by(people: &People) -> Filter {
    let ids = people.keys().map(|id| Value::Id(*id)).collect();
    let roles = [Role::Requester, Role::Recipient].map(|role| Value::Code(role.code().into()));
    let of_people = Expr::All(vec![
        Expr::In(FieldRef::new(involvement_column::party, "party"), ids),
        Expr::In(FieldRef::new(involvement_column::role, "role"), roles.to_vec()),
    ]);
    Expr::Exists("involvement", Box::new(of_people)).ground(&Unasked)
}

/// What of a request says in which field it is found first.
struct Known([Value; Self::PLACES.len()]);

impl Known {
    const PLACES: [Slot; 4] = [
        request_column::number,
        request_column::subject,
        request_column::requester,
        request_column::recipient,
    ];

    /// Takes what was read behind the columns that the caller wants.
    fn split(mut row: PageRow) -> (PageRow, Self) {
        let asked = row.values.len().saturating_sub(Self::PLACES.len());
        let mut known = row.values.split_off(asked).into_iter();
        (row, Self(std::array::from_fn(|_| known.next().unwrap_or(Value::Absent))))
    }

    /// The number or the subject, if it has the text.
    fn own_text(&self, text: &TextQuery) -> Option<(HitPlace, Snippet)> {
        let [number, subject, ..] = &self.0;
        let in_number = match number {
            Value::Code(number) => text.snippet(number),
            _ => None,
        };
        let in_subject = || match subject {
            Value::Text(subject) => text.snippet(subject.as_str()),
            _ => None,
        };
        let number = in_number.map(|snippet| (HitPlace::Number, snippet));
        number.or_else(|| in_subject().map(|snippet| (HitPlace::Subject, snippet)))
    }

    /// Who asked for it, or whom it concerns, of some people.
    fn person<'p>(&self, people: &'p People) -> Option<&'p (Party, String)> {
        let [.., requester, recipient] = &self.0;
        let find = |person: &Value| match person {
            Value::Id(id) => people.get(id),
            _ => None,
        };
        find(requester).or_else(|| find(recipient))
    }
}
