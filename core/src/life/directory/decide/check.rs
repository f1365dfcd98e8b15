use super::Draft;
use crate::base::limits::{ADDRESSES_MAX, LANGUAGES_MAX, SCOPE_LIST_MAX, SUBJECT_CHARS_MAX, UNIT_DEPTH_MAX};
use crate::base::{PartyKind, Text};
use crate::life::directory::record::{
    Contact, Employee, EmployeeId, Grant, Member, Only, Person, Placement, Scope, Unit, UnitId,
};
use crate::life::refusal::Refusal;

impl Draft<'_> {
    pub(super) fn check_place(&self, unit: &Unit, parent: UnitId) -> Result<(), Refusal> {
        self.check_unit("unit.parent", parent)?;
        if self.directory.lineage(parent).any(|above| above == unit.id) {
            return Err(Refusal::rule("unit_cycle", format!("`{}` would belong to itself", unit.name)));
        }
        let depth = self.directory.lineage(parent).count() + self.directory.depth_under(unit.id);
        if depth > UNIT_DEPTH_MAX {
            let reason =
                format!("the tree of units would have {depth} levels; at most {UNIT_DEPTH_MAX} are taken");
            return Err(Refusal::rule("units_too_deep", reason));
        }
        Ok(())
    }

    pub(super) fn check_employee(&self, employee: &Employee) -> Result<(), Refusal> {
        check_person(["employee.person.name", "employee.person.addresses"], &employee.person)?;
        check_languages(&employee.languages)?;
        self.check_placement(employee.id, &employee.placement())
    }

    pub(super) fn check_placement(&self, employee: EmployeeId, to: &Placement) -> Result<(), Refusal> {
        check_length("employee.position", &to.position)?;
        self.check_unit("employee.unit", to.unit)?;
        match to.manager {
            Some(manager) => self.check_manager(employee, manager),
            None => Ok(()),
        }
    }

    pub(super) fn check_manager(&self, employee: EmployeeId, manager: EmployeeId) -> Result<(), Refusal> {
        let known = self.directory.employee(employee).and_then(|employee| employee.manager);
        // A manager who left stays until somebody names another: employees are not changed behind their backs.
        if known != Some(manager) {
            self.check_works("employee.manager", manager)?;
        }
        let above = |id: &EmployeeId| self.directory.employee(*id).and_then(|employee| employee.manager);
        let chain = std::iter::successors(Some(manager), above).take(UNIT_DEPTH_MAX + 1);
        let (length, circle) =
            chain.fold((0, false), |(length, circle), id| (length + 1, circle || id == employee));
        if circle || length > UNIT_DEPTH_MAX {
            return Err(Refusal::rule("manager_cycle", "the chain of managers would not end"));
        }
        Ok(())
    }

    /// Takes an employee who works here.
    pub(super) fn check_works(&self, field: &'static str, employee: EmployeeId) -> Result<(), Refusal> {
        match self.directory.employee(employee) {
            Some(found) if found.active => Ok(()),
            Some(_) => Err(Refusal::invalid(field, format!("`{employee}` has left"))),
            None => Err(Refusal::invalid(field, format!("there is no employee `{employee}`"))),
        }
    }

    pub(super) fn check_contact(&self, contact: &Contact) -> Result<(), Refusal> {
        check_person(["contact.person.name", "contact.person.addresses"], &contact.person)?;
        contact.unit.map_or(Ok(()), |unit| self.check_unit("contact.unit", unit))
    }

    pub(super) fn check_member(&self, member: &Member) -> Result<(), Refusal> {
        let unknown = || Refusal::invalid("member.line", format!("there is no line `{}`", member.line));
        let line = self.catalog.line(&member.line).ok_or_else(unknown)?;
        if member.active {
            self.check_works("member.employee", member.employee)?;
        }
        if member.tier == 0 || member.tier > line.tiers {
            let reason = format!("`{}` has the tiers 1 to {}", line.code, line.tiers);
            return Err(Refusal::invalid("member.tier", reason));
        }
        Ok(())
    }

    pub(super) fn check_grant(&self, grant: &Grant) -> Result<(), Refusal> {
        if self.catalog.role(grant.role.as_str()).is_none() {
            return Err(Refusal::invalid("grant.role", format!("there is no role `{}`", grant.role)));
        }
        if grant.role.as_str() == "system" {
            return Err(Refusal::invalid("grant.role", "the engine's own role is given to nobody"));
        }
        if grant.active && grant.holder.kind == PartyKind::Employee {
            self.check_works("grant.holder", EmployeeId(grant.holder.id))?;
        }
        let fields = ["grant.scope", "grant.scope.units", "grant.scope.lines", "grant.scope.services"];
        self.check_scope(fields, &grant.scope)
    }

    /// Takes a scope whose parts exist; the fields are those of the scope, its units, its lines and its services.
    pub(super) fn check_scope(&self, fields: [&'static str; 4], scope: &Scope) -> Result<(), Refusal> {
        let Scope { units, services, lines, .. } = scope;
        let longest = units.len().max(services.len()).max(lines.len());
        if longest > SCOPE_LIST_MAX {
            let reason = format!("a list of {longest} is longer than {SCOPE_LIST_MAX}");
            return Err(Refusal::invalid(fields[0], reason));
        }
        if let Only::These(units) = units {
            units.iter().try_for_each(|unit| self.check_unit(fields[1], *unit))?;
        }
        if let Only::These(lines) = lines
            && let Some(line) = lines.iter().find(|line| self.catalog.line(line).is_none())
        {
            return Err(Refusal::invalid(fields[2], format!("there is no line `{line}`")));
        }
        if let Only::These(services) = services
            && let Some(service) = services.iter().find(|service| self.catalog.service(service).is_none())
        {
            return Err(Refusal::invalid(fields[3], format!("there is no service `{service}`")));
        }
        Ok(())
    }

    pub(super) fn check_unit(&self, field: &'static str, unit: UnitId) -> Result<(), Refusal> {
        match self.directory.unit(unit) {
            Some(_) => Ok(()),
            None => Err(Refusal::invalid(field, format!("there is no unit `{unit}`"))),
        }
    }
}

/// Takes a name that says something and keeps to its limit.
pub(crate) fn check_name(field: &'static str, name: &Text) -> Result<(), Refusal> {
    let length = name.as_str().chars().count();
    if name.as_str().trim().is_empty() || length > SUBJECT_CHARS_MAX {
        return Err(Refusal::invalid(field, format!("1 to {SUBJECT_CHARS_MAX} characters are expected")));
    }
    Ok(())
}

pub(super) fn check_length(field: &'static str, text: &Text) -> Result<(), Refusal> {
    if text.as_str().chars().count() > SUBJECT_CHARS_MAX {
        return Err(Refusal::invalid(field, format!("at most {SUBJECT_CHARS_MAX} characters are taken")));
    }
    Ok(())
}

/// Takes a person with a name and with addresses of which none stands twice.
fn check_person([name, addresses]: [&'static str; 2], person: &Person) -> Result<(), Refusal> {
    check_name(name, &person.name)?;
    if person.addresses.len() > ADDRESSES_MAX {
        return Err(Refusal::invalid(addresses, format!("at most {ADDRESSES_MAX} addresses are taken")));
    }
    let earlier = |n: usize| &person.addresses[..n];
    let mut all = person.addresses.iter().enumerate();
    match all.find(|(n, known)| earlier(*n).iter().any(|other| other.address == known.address)) {
        Some((_, twice)) => {
            Err(Refusal::invalid(addresses, format!("the same {} stands there twice", twice.address.kind())))
        }
        None => Ok(()),
    }
}

fn check_languages(languages: &[String]) -> Result<(), Refusal> {
    let is_code = |code: &String| code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_lowercase());
    if languages.len() > LANGUAGES_MAX || !languages.iter().all(is_code) {
        let reason = format!("at most {LANGUAGES_MAX} codes of two small letters are expected, like `ru`");
        return Err(Refusal::invalid("employee.languages", reason));
    }
    Ok(())
}
