//! Reading records on behalf of somebody: what each handle then shows is its own affair.

use std::sync::Arc;

use super::desk::Acting;
use super::error::DeskError;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::life::World;
use crate::store::{Key, Loaded, Query, Read, Stored, Version};

impl Acting {
    /// A record, and a world that is not older.
    pub(super) async fn find<T: Stored>(
        &self,
        key: Key,
    ) -> Result<(Arc<World>, Option<(Arc<T>, Version)>), DeskError> {
        let read = Read { keys: vec![key], ..Read::new(self.actor.tenant) };
        let view = self.desk.store().load(read).await?;
        let world = self.desk.world_at(self.actor.tenant, view.head).await?;
        Ok((world, view.record::<T>(key).flatten()))
    }

    /// Every record that a query finds, page by page.
    pub(super) async fn records<T: Stored>(&self, mut query: Query) -> Result<Vec<Arc<T>>, DeskError> {
        query.limit = PAGE_ROWS_MAX;
        let mut found = Vec::new();
        loop {
            let page = self.desk.store().query(query.clone()).await?;
            found.extend(page.rows.iter().filter_map(|row| row.record.as_ref().and_then(Loaded::of)));
            match page.next {
                Some(cursor) => query.after = Some(cursor),
                None => return Ok(found),
            }
        }
    }
}
