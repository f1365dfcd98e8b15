use std::sync::Arc;

use uuid::Uuid;

use super::directory::{Directory, UnitId};
use crate::base::Timestamp;
use crate::condition::{Env, Value, ValueRef};
use crate::config::catalog::{CategoryCode, CheckedCatalog};
use crate::store::Head;

/// The directory and the definitions of a tenant as of one moment: what every decision looks at.
#[derive(Debug, Clone)]
pub struct World {
    /// Where the tenant stood when they were read.
    pub head: Head,
    /// The people.
    pub directory: Directory,
    /// The catalog.
    pub catalog: Arc<CheckedCatalog>,
    /// The release of the zone rules by which its deadlines were computed; none of them was before it is noted.
    pub zone_data: Option<String>,
}

/// A world at an instant: what conditions ask about time and trees.
#[derive(Debug, Clone, Copy)]
pub struct WorldAt<'a> {
    /// The world.
    pub world: &'a World,
    /// The instant.
    pub now: Timestamp,
}

impl Env for WorldAt<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn is_under(&self, tree: &str, node: ValueRef<'_>, ancestor: ValueRef<'_>) -> bool {
        match (tree, node, ancestor) {
            ("unit", ValueRef::Id(node), ValueRef::Id(above)) => {
                self.world.directory.lineage(UnitId(node)).any(|unit| unit.0 == above)
            }
            ("category", ValueRef::Code(node), ValueRef::Code(above)) => {
                self.world.catalog.lineage(node).any(|category| category == above)
            }
            _ => false,
        }
    }

    fn nodes_under(&self, tree: &str, ancestor: ValueRef<'_>) -> Vec<Value> {
        match (tree, ancestor) {
            ("unit", ValueRef::Id(above)) => {
                let units = self.world.directory.units_under(UnitId(above));
                units.into_iter().map(|unit| Value::Id(Uuid::from(unit))).collect()
            }
            ("category", ValueRef::Code(above)) => {
                let codes = self.world.catalog.category_codes().map(CategoryCode::as_str);
                let below =
                    codes.filter(|code| self.world.catalog.lineage(code).any(|category| category == above));
                below.map(|code| Value::Code(code.into())).collect()
            }
            _ => Vec::new(),
        }
    }
}
