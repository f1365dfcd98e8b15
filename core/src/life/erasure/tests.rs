use std::collections::BTreeSet;

use super::part::PARTS;
use crate::base::Words;

#[test]
fn a_kind_stands_once_in_the_table_of_what_kinds_hold() {
    let names: BTreeSet<&str> = PARTS.iter().map(|part| part.kind.name).collect();
    assert_eq!(names.len(), PARTS.len());
}
