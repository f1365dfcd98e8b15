use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::record::{Contact, ContactId, Employee, EmployeeId, Grant, GrantId, Member, Tenant, Unit, UnitId};
use super::standing_in::{Absence, AbsenceId, Delegation, DelegationId};
use crate::base::limits::{IDENTITIES_MAX, UNIT_DEPTH_MAX};
use crate::base::{Address, Party, PartyKind};
use crate::config::catalog::{LineCode, RoleCode};
use crate::store::Loaded;

/// Everything in the directory of a tenant, as of one moment.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    tenant: Option<Arc<Tenant>>,
    units: BTreeMap<UnitId, Arc<Unit>>,
    children: BTreeMap<UnitId, Vec<UnitId>>,
    employees: BTreeMap<EmployeeId, Arc<Employee>>,
    contacts: BTreeMap<ContactId, Arc<Contact>>,
    addresses: BTreeMap<Address, ContactId>,
    merged: BTreeMap<ContactId, BTreeSet<ContactId>>,
    members: BTreeMap<EmployeeId, BTreeMap<LineCode, Arc<Member>>>,
    grants: BTreeMap<Party, BTreeMap<GrantId, Arc<Grant>>>,
    absences: BTreeMap<EmployeeId, BTreeMap<AbsenceId, Arc<Absence>>>,
    delegations: BTreeMap<EmployeeId, BTreeMap<DelegationId, Arc<Delegation>>>,
}

impl Directory {
    /// Takes a record in, or its later state.
    pub(crate) fn take(&mut self, loaded: &Loaded) {
        if let Some(unit) = loaded.of::<Unit>() {
            self.take_unit(unit);
        } else if let Some(employee) = loaded.of::<Employee>() {
            self.employees.insert(employee.id, employee);
        } else if let Some(contact) = loaded.of::<Contact>() {
            self.take_contact(contact);
        } else if let Some(member) = loaded.of::<Member>() {
            self.members.entry(member.employee).or_default().insert(member.line.clone(), member);
        } else if let Some(grant) = loaded.of::<Grant>() {
            // A grant that changed hands leaves its former holder.
            self.grants.values_mut().for_each(|held| drop(held.remove(&grant.id)));
            self.grants.entry(grant.holder).or_default().insert(grant.id, grant);
        } else if let Some(absence) = loaded.of::<Absence>() {
            self.absences.entry(absence.employee).or_default().insert(absence.id, absence);
        } else if let Some(delegation) = loaded.of::<Delegation>() {
            self.delegations.entry(delegation.principal).or_default().insert(delegation.id, delegation);
        } else if let Some(tenant) = loaded.of::<Tenant>() {
            self.tenant = Some(tenant);
        }
    }

    fn take_unit(&mut self, unit: Arc<Unit>) {
        if let Some(former) = self.units.get(&unit.id).and_then(|unit| unit.parent) {
            self.children.entry(former).or_default().retain(|child| *child != unit.id);
        }
        if let Some(parent) = unit.parent {
            self.children.entry(parent).or_default().push(unit.id);
        }
        self.units.insert(unit.id, unit);
    }

    fn take_contact(&mut self, contact: Arc<Contact>) {
        if let Some(former) = self.contacts.get(&contact.id) {
            // An address that somebody else was seen to have meanwhile is theirs.
            for address in former.claimed() {
                if self.addresses.get(address) == Some(&contact.id) {
                    self.addresses.remove(address);
                }
            }
            if let Some(stood) = former.merged_into.and_then(|into| self.merged.get_mut(&into)) {
                stood.remove(&contact.id);
            }
        }
        self.addresses.extend(contact.claimed().map(|address| (address.clone(), contact.id)));
        if let Some(into) = contact.merged_into {
            self.merged.entry(into).or_default().insert(contact.id);
        }
        self.contacts.insert(contact.id, contact);
    }

    /// Every record.
    #[cfg(test)]
    pub(crate) fn records(&self) -> Vec<Arc<dyn crate::store::Stored>> {
        fn all<'a, K: 'a, T: crate::store::Stored>(
            records: impl IntoIterator<Item = (&'a K, &'a Arc<T>)>,
        ) -> impl Iterator<Item = Arc<dyn crate::store::Stored>> {
            records.into_iter().map(|(_, record)| record.clone() as Arc<dyn crate::store::Stored>)
        }
        let single = all(&self.units).chain(all(&self.employees)).chain(all(&self.contacts));
        let members = self.members.values().flat_map(all);
        let grants = self.grants.values().flat_map(all);
        let absences = self.absences.values().flat_map(all);
        let delegations = self.delegations.values().flat_map(all);
        let tenant = self.tenant.clone().map(|tenant| tenant as Arc<dyn crate::store::Stored>);
        single.chain(members).chain(grants).chain(absences).chain(delegations).chain(tenant).collect()
    }

    /// The tenant; none when there is no such tenant.
    #[must_use]
    pub fn tenant(&self) -> Option<&Arc<Tenant>> {
        self.tenant.as_ref()
    }

    /// Finds a unit.
    #[must_use]
    pub fn unit(&self, id: UnitId) -> Option<&Arc<Unit>> {
        self.units.get(&id)
    }

    /// Finds an employee.
    #[must_use]
    pub fn employee(&self, id: EmployeeId) -> Option<&Arc<Employee>> {
        self.employees.get(&id)
    }

    /// Finds a contact.
    #[must_use]
    pub fn contact(&self, id: ContactId) -> Option<&Arc<Contact>> {
        self.contacts.get(&id)
    }

    /// Finds the active contact that has an address, verified or not, as it was saved: it may be merged into another.
    #[must_use]
    pub fn contact_at(&self, address: &Address) -> Option<&Arc<Contact>> {
        self.addresses.get(address).and_then(|id| self.contacts.get(id))
    }

    /// The active employees who have an address.
    pub fn employees_at<'a>(&'a self, address: &'a Address) -> impl Iterator<Item = &'a Arc<Employee>> {
        self.employees.values().filter(|employee| employee.active && employee.person.has(address))
    }

    /// The party that stands for a party: the contact into which a contact was merged, or the party itself.
    #[must_use]
    pub fn standing_for(&self, party: Party) -> Party {
        if party.kind != PartyKind::Contact {
            return party;
        }
        // Invariant: a contact is merged into one that is not merged, so the way up ends.
        let above = |id: &ContactId| self.contacts.get(id).and_then(|contact| contact.merged_into);
        let last = std::iter::successors(Some(ContactId(party.id)), above).take(IDENTITIES_MAX + 1).last();
        last.map_or(party, Party::from)
    }

    /// Everybody who is the same person as a party since contacts were merged, the one who stands for all first.
    #[must_use]
    pub fn identities(&self, party: Party) -> Vec<Party> {
        let mut found = vec![self.standing_for(party)];
        let mut next = 0;
        while let Some(party) = found.get(next).copied() {
            if party.kind == PartyKind::Contact {
                let merged = self.merged.get(&ContactId(party.id)).into_iter().flatten();
                found.extend(merged.map(|id| Party::from(*id)));
            }
            next += 1;
        }
        found
    }

    /// The unit and the units that it belongs to, upwards.
    pub fn lineage(&self, unit: UnitId) -> impl Iterator<Item = UnitId> {
        std::iter::successors(Some(unit), |unit| self.units.get(unit)?.parent).take(UNIT_DEPTH_MAX)
    }

    /// The unit and every unit below it.
    #[must_use]
    pub fn units_under(&self, unit: UnitId) -> Vec<UnitId> {
        let mut found = vec![unit];
        let mut seen = BTreeSet::from([unit]);
        let mut next = 0;
        while let Some(unit) = found.get(next) {
            let children = self.children.get(unit).into_iter().flatten().copied();
            found.extend(children.filter(|child| seen.insert(*child)));
            next += 1;
        }
        found
    }

    /// How many levels lie from the unit down to the deepest unit below it, itself included.
    #[must_use]
    pub fn depth_under(&self, unit: UnitId) -> usize {
        let deepest = |found: UnitId| self.lineage(found).take_while(|above| *above != unit).count() + 1;
        self.units_under(unit).into_iter().map(deepest).max().unwrap_or(1)
    }

    /// The places of an employee on lines, those given up left out.
    pub fn places(&self, employee: EmployeeId) -> impl Iterator<Item = &Arc<Member>> {
        let places = self.members.get(&employee).into_iter().flat_map(BTreeMap::values);
        places.filter(|member| member.active)
    }

    /// The employees who work on a line.
    pub fn members_of<'a>(&'a self, line: &'a LineCode) -> impl Iterator<Item = EmployeeId> + 'a {
        let places = self.members.values().filter_map(|places| places.get(line));
        places.filter(|member| member.active).map(|member| member.employee)
    }

    /// Who was granted a role, whatever for.
    pub fn holders_of<'a>(&'a self, role: &'a RoleCode) -> impl Iterator<Item = Party> + 'a {
        let holds = |grant: &Arc<Grant>| grant.active && grant.role == *role;
        self.grants.iter().filter(move |(_, held)| held.values().any(holds)).map(|(holder, _)| *holder)
    }

    /// The absences of an employee, those withdrawn left out.
    pub fn absences(&self, employee: EmployeeId) -> impl Iterator<Item = &Arc<Absence>> {
        let absences = self.absences.get(&employee).into_iter().flat_map(BTreeMap::values);
        absences.filter(|absence| absence.active)
    }

    /// The delegations by which others may act for an employee, those withdrawn left out.
    pub fn delegations_of(&self, principal: EmployeeId) -> impl Iterator<Item = &Arc<Delegation>> {
        let delegations = self.delegations.get(&principal).into_iter().flat_map(BTreeMap::values);
        delegations.filter(|delegation| delegation.active)
    }

    /// The delegations by which an employee may act for others, those withdrawn left out.
    pub fn delegations_to(&self, delegate: EmployeeId) -> impl Iterator<Item = &Arc<Delegation>> {
        self.delegations().filter(move |delegation| delegation.delegate == delegate)
    }

    /// Every delegation, those withdrawn left out.
    pub(super) fn delegations(&self) -> impl Iterator<Item = &Arc<Delegation>> {
        self.delegations.values().flat_map(BTreeMap::values).filter(|delegation| delegation.active)
    }

    /// The grants of a party that are in force.
    pub fn grants(&self, holder: Party) -> impl Iterator<Item = &Arc<Grant>> {
        let grants = self.grants.get(&holder).into_iter().flat_map(BTreeMap::values);
        grants.filter(|grant| grant.active)
    }

    /// Whether a party is known and may act; programs and the engine itself always may.
    #[must_use]
    pub fn is_active(&self, party: Party) -> bool {
        match party.kind {
            PartyKind::Employee => {
                self.employee(EmployeeId(party.id)).is_some_and(|employee| employee.active)
            }
            PartyKind::Contact => {
                // Whoever was merged acts as the contact that stands for both.
                let active =
                    |party: Party| self.contact(ContactId(party.id)).is_some_and(|contact| contact.active);
                active(party) && active(self.standing_for(party))
            }
            PartyKind::Bot | PartyKind::Integration | PartyKind::System => true,
        }
    }

    /// The unit that a person belongs to or speaks for.
    #[must_use]
    pub fn unit_of(&self, party: Party) -> Option<UnitId> {
        match party.kind {
            PartyKind::Employee => self.employee(EmployeeId(party.id)).map(|employee| employee.unit),
            PartyKind::Contact => self.contact(ContactId(party.id)).and_then(|contact| contact.unit),
            PartyKind::Bot | PartyKind::Integration | PartyKind::System => None,
        }
    }

    /// What people call a party.
    #[must_use]
    pub fn name_of(&self, party: Party) -> String {
        let name = match party.kind {
            PartyKind::Employee => self.employee(EmployeeId(party.id)).map(|employee| &employee.person.name),
            PartyKind::Contact => self.contact(ContactId(party.id)).map(|contact| &contact.person.name),
            PartyKind::Bot | PartyKind::Integration | PartyKind::System => None,
        };
        name.map_or_else(|| party.to_string(), ToString::to_string)
    }
}
