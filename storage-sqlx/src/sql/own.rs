use std::collections::BTreeMap;

/// The indexes that migrations make on the store's own tables, by name, with the text that makes each: what is made again
/// when somebody dropped it.
pub(crate) fn own_indexes(migrations: &[&'static str]) -> BTreeMap<&'static str, &'static str> {
    let statements = migrations.iter().flat_map(|text| text.split(';'));
    let indexes = statements.filter_map(|statement| {
        // Comments stand before it.
        let text = statement.get(statement.find("CREATE INDEX ")?..)?.trim_end();
        Some((text.split_whitespace().nth(2)?, text))
    });
    indexes.collect()
}

#[cfg(test)]
mod tests {
    use super::own_indexes;

    #[test]
    fn every_index_of_a_migration_is_known_with_its_text() {
        let text = "-- A table.\nCREATE TABLE t (a INTEGER);\n-- Why.\nCREATE INDEX t_a ON t\n    (a);\nANALYZE t;\n";
        let found: Vec<_> = own_indexes(&[text, "CREATE INDEX t_b ON t (b)"]).into_iter().collect();
        assert_eq!(found, [("t_a", "CREATE INDEX t_a ON t\n    (a)"), ("t_b", "CREATE INDEX t_b ON t (b)")]);
    }
}
