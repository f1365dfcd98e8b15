//! Reading records on behalf of somebody: what each handle then shows is its own affair.

use std::sync::Arc;

use super::desk::Acting;
use super::error::DeskError;
use crate::base::TenantId;
use crate::base::limits::{PAGE_ROWS_MAX, READ_ROUNDS_MAX};
use crate::life::World;
use crate::store::{Head, Key, Loaded, Page, Query, Read, StoreError, Stored, Version};

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
            let head = answer.as_ref().ok().map(|page| page.head);
            match self.moved(&world, head).await? {
                None => return answer,
                Some(stands) => world = stands,
            }
        }
        Err(unsettled(self.actor.tenant))
    }

    /// The world at a head, or of this moment, if it is another one: what was asked in the former is asked again, since
    /// what was refused there may be right here.
    pub(super) async fn moved(
        &self,
        world: &Arc<World>,
        head: Option<Head>,
    ) -> Result<Option<Arc<World>>, DeskError> {
        let stands = match head {
            Some(head) => self.desk.world_at(self.actor.tenant, head).await?,
            None => self.desk.current_world(self.actor.tenant).await?,
        };
        Ok((!Arc::ptr_eq(world, &stands)).then_some(stands))
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

/// The directory or the definitions changed each time that something was asked: asking once more can succeed.
pub(super) fn unsettled(tenant: TenantId) -> DeskError {
    StoreError::Outdated { tenant }.into()
}
