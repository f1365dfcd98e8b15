use crate::life::archive::TOMBSTONE;
use crate::life::definitions::CATALOG;
use crate::life::directory::{ABSENCE, CONTACT, DELEGATION, EMPLOYEE, GRANT, MEMBER, TENANT, UNIT};
use crate::life::erasure::ERASURE;
use crate::life::job::{JOB, JOB_ITEM};
use crate::life::rebase::REBASE;
use crate::life::request::{
    ATTACHMENT, DRAFT, ENTRY, ENTRY_REVISION, FIELD_VALUE, INVOLVEMENT, NUMBER_BLOCK, READ_MARK, REQUEST,
    TAG, UPLOAD,
};
use crate::life::series::SERIES;
use crate::life::view::SAVED_VIEW;
use crate::store::Kinds;

/// Every kind of record that the engine keeps: what a store is opened with.
#[must_use]
pub fn kinds() -> Kinds {
    Kinds::new([
        &TENANT,
        &UNIT,
        &EMPLOYEE,
        &CONTACT,
        &MEMBER,
        &GRANT,
        &ABSENCE,
        &DELEGATION,
        &CATALOG,
        &REQUEST,
        &ENTRY,
        &ATTACHMENT,
        &UPLOAD,
        &INVOLVEMENT,
        &NUMBER_BLOCK,
        &ENTRY_REVISION,
        &DRAFT,
        &TAG,
        &FIELD_VALUE,
        &JOB,
        &JOB_ITEM,
        &SERIES,
        &READ_MARK,
        &SAVED_VIEW,
        &ERASURE,
        &TOMBSTONE,
        &REBASE,
    ])
}

#[cfg(test)]
mod tests {
    use super::kinds;
    use crate::life::erasure::part;

    #[test]
    fn every_kind_says_what_it_holds_of_people() {
        let silent: Vec<&str> =
            kinds().iter().map(|kind| kind.name).filter(|name| part(name).is_none()).collect();
        assert_eq!(silent, [""; 0], "an erasure would pass over these kinds");
    }
}
