//! Reading records on behalf of somebody: what each handle then shows is its own affair.

use std::sync::Arc;

use super::desk::Acting;
use super::error::DeskError;
use crate::base::limits::{PAGE_ROWS_MAX, READ_ROUNDS_MAX};
use crate::life::World;
use crate::store::{Key, Loaded, Page, Query, Read, StoreError, Stored, Version};

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

    /// Asks a query that follows from the world, as it stands where the page is of. It is asked of the world that the desk
    /// knows, and again only when the answer tells of another one.
    pub(super) async fn ask(
        &self,
        query: impl Fn(&World) -> Result<Query, DeskError>,
    ) -> Result<Page, DeskError> {
        let mut world = self.desk.known_world(self.actor.tenant).await?;
        for _ in 0..READ_ROUNDS_MAX {
            let answer = match query(&world) {
                Ok(query) => self.desk.store().query(query).await.map_err(DeskError::from),
                Err(refused) => Err(refused),
            };
            // What is refused in one world may be right in the next.
            let stands = match &answer {
                Ok(page) => self.desk.world_at(self.actor.tenant, page.head).await?,
                Err(_) => self.desk.current_world(self.actor.tenant).await?,
            };
            if Arc::ptr_eq(&world, &stands) {
                return answer;
            }
            world = stands;
        }
        let found = READ_ROUNDS_MAX as usize + 1;
        Err(StoreError::Limit { what: "rounds of asking in a world", found, max: found - 1 }.into())
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
