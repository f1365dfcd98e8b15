use std::collections::BTreeMap;
use std::sync::Arc;

use okno::base::{CommandId, TenantId};
use okno::store::{
    ClaimKey, Event, Head, Key, Kind, Queue, Remembered, Snapshot, StoreError, Version, WorkSlot, Writes,
};
use uuid::Uuid;

use crate::tenant::Tenant;
use crate::work::Work;

/// Everything that a store holds.
#[derive(Debug, Default)]
pub(crate) struct State {
    tenants: BTreeMap<TenantId, Arc<Tenant>>,
    pub(crate) work: Work,
}

impl State {
    /// The events that a group erases, as they stand without their content.
    ///
    /// # Errors
    /// What a fact says that cannot be written, or read back without its content.
    pub(crate) fn blanked(&self, writes: &Writes) -> Result<Vec<Event>, StoreError> {
        let mut blanked = Vec::new();
        for ((tenant, subject), upto) in &writes.erased {
            if let Some(tenant) = self.tenants.get(tenant) {
                tenant.blank(*subject, *upto, &mut blanked)?;
            }
        }
        Ok(blanked)
    }

    /// Applies what a batch changes, with the events whose content it erases.
    pub(crate) fn apply(&mut self, writes: Writes, blanked: Vec<Event>) {
        let Writes { heads, records, claims, work, events, erased: _, born, receipts } = writes;
        for (tenant, head) in heads {
            self.tenant_mut(tenant).head = head;
        }
        for ((tenant, key), write) in records {
            self.tenant_mut(tenant).write(key, write);
        }
        for (tenant, count) in born {
            self.tenant_mut(tenant).born += count;
        }
        for ((tenant, claim), owner) in claims {
            self.tenant_mut(tenant).set_owner(claim, owner);
        }
        for event in blanked {
            self.tenant_mut(event.tenant).replace(event);
        }
        for event in events {
            self.tenant_mut(event.tenant).append(event);
        }
        for ((tenant, command), (_, remembered)) in receipts {
            self.tenant_mut(tenant).receipts.insert(command, remembered);
        }
        for ((tenant, queue, key), write) in work {
            self.work.apply((tenant, queue, key), write);
        }
    }

    /// An immutable view of a tenant in which the texts of a kind can be searched; the first search makes the index.
    pub(crate) fn searchable(&mut self, tenant: TenantId, kind: &'static Kind) -> Arc<Tenant> {
        if self.tenants.get(&tenant).is_some_and(|found| !found.is_searchable(kind)) {
            self.tenant_mut(tenant).make_searchable(kind);
        }
        self.snapshot(tenant)
    }

    /// An immutable view of a tenant.
    pub(crate) fn snapshot(&self, tenant: TenantId) -> Arc<Tenant> {
        self.tenants.get(&tenant).cloned().unwrap_or_default()
    }

    /// The tenant, copied first when a reader still looks at it.
    fn tenant_mut(&mut self, tenant: TenantId) -> &mut Tenant {
        Arc::make_mut(self.tenants.entry(tenant).or_default())
    }
}

impl Snapshot for State {
    fn head(&self, tenant: TenantId) -> Head {
        self.tenants.get(&tenant).map(|tenant| tenant.head).unwrap_or_default()
    }

    fn version(&self, tenant: TenantId, key: Key) -> Version {
        let found = self.tenants.get(&tenant).and_then(|tenant| tenant.record(key));
        found.map_or(Version::ABSENT, |loaded| loaded.version)
    }

    fn owner(&self, tenant: TenantId, claim: &ClaimKey) -> Option<Uuid> {
        self.tenants.get(&tenant)?.owner(claim)
    }

    fn first(&self, tenant: TenantId, command: CommandId) -> Option<Remembered> {
        self.tenants.get(&tenant)?.receipts.get(&command).cloned()
    }

    fn work(&self, tenant: TenantId, queue: Queue, key: Uuid) -> Option<WorkSlot> {
        self.work.slot((tenant, queue, key))
    }
}
