use std::collections::BTreeMap;
use std::sync::Arc;

use okno::base::{CommandId, TenantId};
use okno::store::{ClaimKey, Head, Key, Queue, Remembered, Snapshot, Version, WorkSlot, Writes};
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
    /// Applies what a group changes.
    pub(crate) fn apply(&mut self, writes: Writes) {
        let Writes { heads, records, claims, work, events, receipts } = writes;
        for (tenant, head) in heads {
            self.tenant_mut(tenant).head = head;
        }
        for ((tenant, key), write) in records {
            self.tenant_mut(tenant).write(key, write);
        }
        for ((tenant, claim), owner) in claims {
            self.tenant_mut(tenant).set_owner(claim, owner);
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
