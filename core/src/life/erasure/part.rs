//! What every kind of record holds of people.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::personal::Personal;
use super::record::ERASURE;
use crate::base::{Party, Timestamp, Words};
use crate::life::archive::TOMBSTONE;
use crate::life::definitions::CATALOG;
use crate::life::directory::{ABSENCE, Absence, CONTACT, DELEGATION, EMPLOYEE, GRANT, MEMBER, TENANT, UNIT};
use crate::life::job::{JOB, JOB_ITEM, Job, JobItem};
use crate::life::rebase::REBASE;
use crate::life::request::{
    ATTACHMENT, Attachment, DRAFT, Draft, ENTRY, ENTRY_REVISION, Entry, EntryRevision, FIELD_VALUE,
    INVOLVEMENT, NUMBER_BLOCK, READ_MARK, REQUEST, Request, RequestId, TAG, UPLOAD, Upload,
};
use crate::life::series::{SERIES, Series};
use crate::life::view::{SAVED_VIEW, SavedView};
use crate::store::{Fact, Kind, Loaded, Stored};

/// What the records of a kind hold of people.
#[derive(Debug)]
pub(crate) struct Part {
    /// The kind.
    pub(crate) kind: &'static Kind,
    /// What they hold.
    pub(crate) holds: Holds,
}

/// What a record can hold of people.
#[derive(Debug)]
pub(crate) enum Holds {
    /// Ids, codes and figures, or what the center says of itself.
    Nothing,
    /// Who somebody is: erased by a command of the directory.
    Persons,
    /// What people write.
    Texts(Texts),
    /// Everything of a request, in a bundle of the blob store.
    Bundles,
}

/// How the records of a kind with texts are erased.
#[derive(Debug)]
pub(crate) struct Texts {
    /// Whether texts stand in the journal of the request that a record belongs to.
    pub(super) in_request: bool,
    /// What erasing does to a record.
    pub(crate) trace: fn(&Loaded, &Traces<'_>) -> Option<Trace>,
    /// The request that a record belongs to.
    pub(crate) below: fn(&Loaded) -> Option<RequestId>,
    /// What its own journal says of it.
    pub(super) told: fn(&dyn Stored, bool) -> Option<Arc<dyn Fact>>,
}

/// Who is erased.
#[derive(Debug)]
pub(crate) struct Traces<'a> {
    /// Everybody who is the person.
    pub(crate) identities: &'a [Party],
    /// By which words they were known.
    pub(crate) words: &'a Words,
    /// The requests of the person among those that are asked about.
    pub(crate) requests: BTreeSet<RequestId>,
    /// The present instant.
    pub(crate) at: Timestamp,
}

/// What erasing does to a record.
#[derive(Debug)]
pub(crate) enum Trace {
    /// It is deleted.
    Gone,
    /// It is written anew: it was the person's.
    Forgotten(Arc<dyn Stored>),
    /// It is written anew: it named the person.
    Masked(Arc<dyn Stored>),
}

impl Traces<'_> {
    /// Whether a request is the person's.
    pub(crate) fn owns(&self, request: &Request) -> bool {
        request.people().iter().any(|party| self.identities.contains(party))
    }
}

impl Texts {
    const fn of<T: Personal>() -> Holds {
        Holds::Texts(Self {
            in_request: T::IN_REQUEST,
            trace: trace::<T>,
            below: |loaded| loaded.of::<T>()?.below(),
            told: told::<T>,
        })
    }
}

fn trace<T: Personal>(loaded: &Loaded, traces: &Traces<'_>) -> Option<Trace> {
    let record = loaded.of::<T>()?;
    let own = record.people().iter().any(|party| traces.identities.contains(party))
        || record.below().is_some_and(|request| traces.requests.contains(&request));
    if own && T::GOES {
        return Some(Trace::Gone);
    }
    let mut changed = (*record).clone();
    if own {
        changed.forget(traces.at);
    } else {
        changed.rewrite(&|text| traces.words.mask(text));
    }
    if changed == *record {
        return None;
    }
    Some(if own { Trace::Forgotten(Arc::new(changed)) } else { Trace::Masked(Arc::new(changed)) })
}

fn told<T: Personal>(record: &dyn Stored, own: bool) -> Option<Arc<dyn Fact>> {
    let any: &dyn Any = record;
    any.downcast_ref::<T>()?.told(own)
}

/// What a kind holds of people.
pub(crate) fn part(kind: &str) -> Option<&'static Part> {
    PARTS.iter().find(|part| part.kind.name == kind)
}

const fn without(kind: &'static Kind) -> Part {
    Part { kind, holds: Holds::Nothing }
}

const fn persons(kind: &'static Kind) -> Part {
    Part { kind, holds: Holds::Persons }
}

const fn texts<T: Personal>(kind: &'static Kind) -> Part {
    Part { kind, holds: Texts::of::<T>() }
}

/// Every kind, in the order in which an erasure looks at them: a new kind of record says here what it holds.
pub(crate) static PARTS: &[Part] = &[
    persons(&EMPLOYEE),
    persons(&CONTACT),
    texts::<Absence>(&ABSENCE),
    texts::<SavedView>(&SAVED_VIEW),
    texts::<Series>(&SERIES),
    texts::<Job>(&JOB),
    texts::<JobItem>(&JOB_ITEM),
    texts::<Upload>(&UPLOAD),
    texts::<Attachment>(&ATTACHMENT),
    texts::<Draft>(&DRAFT),
    texts::<EntryRevision>(&ENTRY_REVISION),
    texts::<Entry>(&ENTRY),
    texts::<Request>(&REQUEST),
    Part { kind: &TOMBSTONE, holds: Holds::Bundles },
    // What the center says of itself.
    without(&TENANT),
    without(&UNIT),
    without(&CATALOG),
    // Ids, codes and figures.
    without(&MEMBER),
    without(&GRANT),
    without(&DELEGATION),
    without(&INVOLVEMENT),
    without(&NUMBER_BLOCK),
    without(&READ_MARK),
    without(&REBASE),
    without(&TAG),
    // It says what the request says, and goes with it.
    without(&FIELD_VALUE),
    // Its words are forgotten when it ends.
    without(&ERASURE),
];
