//! Requests found by what is written in them.

use serde::{Deserialize, Serialize};

use super::error::DeskError;
use super::reading::unsettled;
use super::requests::Requests;
use super::searching::Searching;
use crate::base::Party;
use crate::base::limits::{PAGE_ROWS_MAX, READ_ROUNDS_MAX};
use crate::condition::Condition;
use crate::config::catalog::Action;
use crate::life::request::{AttachmentId, EntryId, RequestId};
use crate::store::{Cursor, PageRow, StoreError};
use crate::text::{Snippet, TextQuery};

/// What to search for among requests.
#[derive(Debug, Clone)]
pub struct Search {
    /// What somebody wrote into the search box; see [`TextQuery`].
    pub text: String,
    /// Whether they are still typing, so that the last word may go on.
    pub typing: bool,
    /// What the requests must meet as well.
    pub filter: Condition,
    /// The columns wanted of each request.
    pub columns: Vec<String>,
    /// The page after this place.
    pub after: Option<SearchCursor>,
    /// At most so many hits.
    pub limit: usize,
}

impl Search {
    /// Searches for a text in requests.
    #[must_use]
    pub fn of(text: impl Into<String>) -> Self {
        let columns = ["number", "subject", "status", "priority", "line", "created_at"];
        Self {
            text: text.into(),
            typing: false,
            filter: Condition::all([]),
            columns: columns.map(str::to_owned).to_vec(),
            after: None,
            limit: 20,
        }
    }

    /// The same with columns that a requester sees.
    #[must_use]
    pub fn own(text: impl Into<String>) -> Self {
        let columns = ["number", "subject", "status", "priority", "created_at"];
        Self { columns: columns.map(str::to_owned).to_vec(), ..Self::of(text) }
    }

    fn query(&self) -> Result<TextQuery, DeskError> {
        Ok(if self.typing { TextQuery::typing(&self.text) } else { TextQuery::parse(&self.text) }?)
    }
}

/// One page of what was found.
#[derive(Debug, Clone, Default)]
pub struct SearchPage {
    /// The requests, each with the first place in which all words stand.
    pub hits: Vec<Hit>,
    /// Where the next page begins; `None` on the last one. A page may hold fewer hits than asked for while there is one.
    pub next: Option<SearchCursor>,
}

/// A request that was found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The request that holds the text.
    pub request: RequestId,
    /// The row that shows it: its own, or that of the request in which it goes on.
    pub row: PageRow,
    /// Where the text stands.
    pub place: HitPlace,
    /// The text around what was found.
    pub snippet: Snippet,
}

/// Where the words that were searched for stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "of", rename_all = "snake_case")]
pub enum HitPlace {
    /// In the number.
    Number,
    /// In the subject.
    Subject,
    /// In the name of somebody who asked for it, or whom it concerns.
    Contact(Party),
    /// In an entry.
    Entry(EntryId),
    /// In the name of an attachment.
    Attachment(AttachmentId),
}

/// A place between two hits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchCursor {
    pub(super) field: SearchField,
    pub(super) after: Option<Cursor>,
}

/// A field that is searched, in the order in which hits come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SearchField {
    #[default]
    Number,
    Subject,
    Contact,
    Entry,
    Attachment,
}

impl SearchField {
    pub(super) fn next(self) -> Option<Self> {
        match self {
            Self::Number => Some(Self::Subject),
            Self::Subject => Some(Self::Contact),
            Self::Contact => Some(Self::Entry),
            Self::Entry => Some(Self::Attachment),
            Self::Attachment => None,
        }
    }
}

impl Requests {
    /// One page of the requests that the actor may see as an operator and in which all words stand: in the number, in the
    /// subject, in a name, in an entry, or in the name of a file, in this order; within each the latest first. Each request
    /// comes once, with the first of these places. Of people, [`PAGE_ROWS_MAX`] employees and as many contacts whose names have
    /// the words are looked at, those last written.
    ///
    /// # Errors
    /// Nothing to search for, the problems of the filter, an unknown column, a cursor of another search.
    pub async fn search(&self, search: &Search) -> Result<SearchPage, DeskError> {
        self.searched(search, Action::See).await
    }

    /// The same of the requests that the actor asked for or that concern the actor, in what is public of them.
    ///
    /// # Errors
    /// Nothing to search for, the problems of the filter, an unknown or internal column.
    pub async fn search_own(&self, search: &Search) -> Result<SearchPage, DeskError> {
        self.searched(search, Action::SeeOwn).await
    }

    async fn searched(&self, search: &Search, action: Action) -> Result<SearchPage, DeskError> {
        StoreError::within("rows of a page", search.limit, PAGE_ROWS_MAX)?;
        let text = search.query()?;
        let mut world = self.0.desk.known_world(self.0.actor.tenant).await?;
        for _ in 0..READ_ROUNDS_MAX {
            let searching = Searching::new(self, world.clone(), (search, text.clone()), action);
            let (answer, head) = match searching {
                Ok(mut searching) => (searching.page(search).await, searching.head()),
                Err(refused) => (Err(refused), None),
            };
            match self.0.moved(&world, head).await? {
                None => return answer,
                Some(stands) => world = stands,
            }
        }
        Err(unsettled(self.0.actor.tenant))
    }
}

impl From<SearchField> for SearchCursor {
    fn from(field: SearchField) -> Self {
        Self { field, after: None }
    }
}
