use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::desk::Desk;
use super::error::DeskError;
use crate::base::TenantId;
use crate::base::limits::READ_ROUNDS_MAX;
use crate::condition::{Comparison, Condition, Fields, Unasked};
use crate::config::calendar::{is_older_zone_data, zone_data_version};
use crate::life::definitions::Published;
use crate::life::directory::{
    ABSENCE, CONTACT, DELEGATION, Directory, EMPLOYEE, GRANT, MEMBER, TENANT, UNIT,
};
use crate::life::{Refusal, World};
use crate::store::{Head, Kind, Query, Read, StoreError, View};

/// The worlds that a desk knows.
#[derive(Debug, Default)]
pub(super) struct Worlds(RwLock<HashMap<TenantId, Known>>);

#[derive(Debug)]
struct Known {
    world: Arc<World>,
    /// Whether it is known to have changed since.
    outdated: bool,
}

impl Worlds {
    /// The world of a tenant as it was read last.
    fn get(&self, tenant: TenantId) -> Option<Arc<World>> {
        self.known().get(&tenant).map(|known| known.world.clone())
    }

    /// The same, unless it is known to have changed since.
    pub(super) fn standing(&self, tenant: TenantId) -> Option<Arc<World>> {
        self.known().get(&tenant).filter(|known| !known.outdated).map(|known| known.world.clone())
    }

    /// Notes that a world that was read up to a position of the journal changed.
    pub(super) fn outdate(&self, tenant: TenantId, read_to: u64) {
        let mut worlds = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = worlds.get_mut(&tenant).filter(|known| known.world.head.position <= read_to) {
            known.outdated = true;
        }
    }

    fn known(&self) -> RwLockReadGuard<'_, HashMap<TenantId, Known>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a world unless a later one is known.
    fn keep(&self, tenant: TenantId, world: Arc<World>) {
        let mut worlds = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = worlds.get(&tenant).map_or(0, |known| known.world.head.position);
        if known <= world.head.position {
            worlds.insert(tenant, Known { world, outdated: false });
        }
    }
}

const DIRECTORY: [&Kind; 8] = [&TENANT, &UNIT, &EMPLOYEE, &CONTACT, &MEMBER, &GRANT, &ABSENCE, &DELEGATION];

impl Desk {
    /// The world as it stands in the store at this moment.
    pub(super) async fn current_world(&self, tenant: TenantId) -> Result<Arc<World>, DeskError> {
        let head = self.store.load(Read::new(tenant)).await?.head;
        self.world_at(tenant, head).await
    }

    /// The world that the desk knows, which may have become stale, or the one of this moment.
    pub(super) async fn known_world(&self, tenant: TenantId) -> Result<Arc<World>, DeskError> {
        match self.worlds.get(tenant) {
            Some(world) => Ok(world),
            None => self.current_world(tenant).await,
        }
    }

    /// A world that is not older than a head.
    pub(super) async fn world_at(&self, tenant: TenantId, head: Head) -> Result<Arc<World>, DeskError> {
        let known = self.worlds.get(tenant);
        if let Some(world) = known
            .as_ref()
            .filter(|world| world.head.directory >= head.directory && world.head.blueprint >= head.blueprint)
        {
            if self.worlds.standing(tenant).is_none() {
                self.worlds.keep(tenant, world.clone());
            }
            return Ok(world.clone());
        }
        let world = Arc::new(self.read_world(tenant, known.as_deref()).await?);
        self.worlds.keep(tenant, world.clone());
        Ok(world)
    }

    /// Reads what changed since a known world, or everything; looks again when the directory changed meanwhile.
    async fn read_world(&self, tenant: TenantId, known: Option<&World>) -> Result<World, DeskError> {
        let mut read = Read::new(tenant);
        read.keys = vec![Published::key(tenant)];
        let mut view = self.store.load(read.clone()).await?;
        let since = known.map(|world| world.head.position);
        for _ in 0..READ_ROUNDS_MAX {
            let mut directory = known.map_or_else(Directory::default, |world| world.directory.clone());
            for kind in DIRECTORY {
                self.read_directory(tenant, kind, since, &mut directory).await?;
            }
            let after = self.store.load(read.clone()).await?;
            if (after.head.directory, after.head.blueprint) == (view.head.directory, view.head.blueprint) {
                let unknown = || Refusal::UnknownTenant { tenant };
                directory.tenant().ok_or_else(unknown)?;
                let (catalog, zone_data) =
                    match known.filter(|world| world.head.blueprint == view.head.blueprint) {
                        Some(world) => (world.catalog.clone(), world.zone_data.clone()),
                        None => {
                            let published = published(&view, tenant)?;
                            (Arc::new(published.compile()), published.zone_data.clone())
                        }
                    };
                return Ok(World { head: view.head, directory, catalog, zone_data });
            }
            view = after;
        }
        let found = READ_ROUNDS_MAX as usize + 1;
        Err(StoreError::Limit { what: "rounds of reading a directory", found, max: found - 1 }.into())
    }

    async fn read_directory(
        &self,
        tenant: TenantId,
        kind: &'static Kind,
        since: Option<u64>,
        directory: &mut Directory,
    ) -> Result<(), DeskError> {
        let since = since.map_or(-1, |since| i64::try_from(since).unwrap_or(i64::MAX));
        let changed = Condition::compare("position", Comparison::Gt, since).check(kind as &dyn Fields)?;
        let filter = changed.ground(&Unasked);
        let mut query = Query::records(tenant, kind, filter);
        loop {
            let page = self.store.query(query.clone()).await?;
            page.rows.iter().filter_map(|row| row.record.as_ref()).for_each(|loaded| directory.take(loaded));
            match page.next {
                Some(cursor) => query.after = Some(cursor),
                None => return Ok(()),
            }
        }
    }
}

fn published(view: &View, tenant: TenantId) -> Result<Arc<Published>, DeskError> {
    match view.record::<Published>(Published::key(tenant)) {
        Some(Some((published, _))) => Ok(published),
        _ => Err(Refusal::UnknownTenant { tenant }.into()),
    }
}

/// Refuses to compute deadlines with older zone data than those by which they were computed: the nodes would not agree.
pub(super) fn check_zone_data(world: &World) -> Result<(), DeskError> {
    let node = zone_data_version();
    match &world.zone_data {
        Some(noted) if is_older_zone_data(node, noted) => {
            Err(DeskError::OlderZoneData { noted: noted.clone(), node })
        }
        Some(_) | None => Ok(()),
    }
}
