use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use super::definition::{
    Catalog, Category, CategoryCode, Line, LineCode, REQUEST_EVENTS, Service, ServiceCode,
};
use super::role::{Action, Role, RoleCode};
use crate::base::limits::SUBJECT_CHARS_MAX;
use crate::base::{Problems, Span, closest};
use crate::config::agreement::{Agreement, AgreementRef, CalendarCode, CompiledAgreement};
use crate::config::calendar::{Calendar, CalendarDefinition};

/// A catalog without errors, with its parts by code: the only form that the engine accepts.
#[derive(Debug, Clone)]
pub struct CheckedCatalog {
    definition: Catalog,
    services: BTreeMap<ServiceCode, Arc<Service>>,
    categories: BTreeMap<CategoryCode, Category>,
    lines: BTreeMap<LineCode, Line>,
    roles: BTreeMap<RoleCode, Role>,
    calendars: BTreeMap<CalendarCode, Calendar>,
    agreements: Vec<CompiledAgreement>,
    /// Earlier revisions, for the work that was born with them.
    former: Vec<CompiledAgreement>,
    warnings: Problems,
}

impl CheckedCatalog {
    /// The definition that was checked.
    #[must_use]
    pub fn definition(&self) -> &Catalog {
        &self.definition
    }

    /// What is likely a mistake, and no error.
    #[must_use]
    pub fn warnings(&self) -> &Problems {
        &self.warnings
    }

    /// Finds a calendar.
    #[must_use]
    pub fn calendar(&self, code: &CalendarCode) -> Option<&Calendar> {
        self.calendars.get(code)
    }

    /// The agreements in force.
    pub fn agreements(&self) -> impl Iterator<Item = &CompiledAgreement> {
        self.agreements.iter()
    }

    /// Finds an agreement as it stood when some work was born with it.
    #[must_use]
    pub fn agreement(&self, of: &AgreementRef) -> Option<&CompiledAgreement> {
        let mut all = self.agreements.iter().chain(&self.former);
        all.find(|known| known.agreement.code == of.code && known.agreement.revision == of.revision)
    }

    /// Finds a service.
    #[must_use]
    pub fn service(&self, code: &ServiceCode) -> Option<&Arc<Service>> {
        self.services.get(code)
    }

    /// Finds a category.
    #[must_use]
    pub fn category(&self, code: &CategoryCode) -> Option<&Category> {
        self.categories.get(code)
    }

    /// Finds a line.
    #[must_use]
    pub fn line(&self, code: &LineCode) -> Option<&Line> {
        self.lines.get(code)
    }

    /// Finds a role by its code.
    #[must_use]
    pub fn role(&self, code: &str) -> Option<&Role> {
        self.roles.iter().find(|(known, _)| known.as_str() == code).map(|(_, role)| role)
    }

    /// The category and the categories that it belongs to, upwards.
    pub fn lineage<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::successors(Some(code), |code| {
            let category = self.categories.iter().find(|(known, _)| known.as_str() == *code)?.1;
            category.parent.as_ref().map(CategoryCode::as_str)
        })
    }

    /// The codes of every category.
    pub fn category_codes(&self) -> impl Iterator<Item = &CategoryCode> {
        self.categories.keys()
    }
}

impl Catalog {
    /// Holds the catalog against its rules.
    ///
    /// # Errors
    /// Every problem at once: codes that occur twice or lead nowhere, categories in a circle, a matrix with holes,
    /// prefixes that would not make a number, missing roles.
    pub fn check(self) -> Result<CheckedCatalog, Problems> {
        let mut problems = Problems::default();
        let checked = self.gather(&mut problems);
        checked.definition.check_services(&checked.lines, &mut problems);
        checked.definition.check_categories(&checked.categories, &mut problems);
        checked.definition.check_lines(&checked.lines, &mut problems);
        checked.definition.check_priorities(&mut problems);
        checked.definition.check_roles(&mut problems);
        checked.definition.check_notifications(&mut problems);
        checked.definition.check_fields(&mut problems);
        checked.definition.check_replies(&mut problems);
        checked.definition.check_macros(&mut problems);
        checked.definition.check_agreements(&mut problems);
        if problems.has_errors() {
            return Err(problems);
        }
        Ok(CheckedCatalog { warnings: problems, ..checked })
    }

    /// Takes a catalog that was checked when it was published, the earlier revisions of its agreements, and the calendars
    /// that do not rule as they are written, because their past was edited: a rule that came later does not undo it.
    pub(crate) fn compile(
        self,
        former: &[Agreement],
        ruling: &BTreeMap<CalendarCode, CalendarDefinition>,
    ) -> CheckedCatalog {
        let compiled = |agreement: &Agreement| CompiledAgreement::new(agreement.clone(), &self.fields);
        let former = former.iter().map(compiled).collect();
        let mut checked = CheckedCatalog { former, ..self.gather(&mut Problems::default()) };
        for (code, definition) in ruling {
            if let Ok(calendar) = definition.clone().check() {
                checked.calendars.insert(code.clone(), calendar.compile());
            }
        }
        checked
    }

    fn gather(self, problems: &mut Problems) -> CheckedCatalog {
        let services = by_code(problems, "services", &self.services, |s| (&s.code, &s.name));
        let categories = by_code(problems, "categories", &self.categories, |c| (&c.code, &c.name));
        let lines = by_code(problems, "lines", &self.lines, |l| (&l.code, &l.name));
        let roles = by_code(problems, "roles", &self.roles, |r| (&r.code, r.code.as_str()));
        by_code(problems, "fields", &self.fields, |field| (&field.code, &field.name));
        by_code(problems, "replies", &self.replies, |reply| (&reply.code, &reply.name));
        by_code(problems, "macros", &self.macros, |of| (&of.code, &of.name));
        by_code(problems, "agreements", &self.agreements, |of| (&of.code, &of.name));
        let services = services.into_iter().map(|(code, service)| (code, Arc::new(service))).collect();
        let calendars = self.compile_calendars(problems);
        let compiled = |agreement: &Agreement| CompiledAgreement::new(agreement.clone(), &self.fields);
        let agreements = self.agreements.iter().map(compiled).collect();
        let (former, warnings) = (Vec::new(), Problems::default());
        CheckedCatalog {
            definition: self,
            services,
            categories,
            lines,
            roles,
            calendars,
            agreements,
            former,
            warnings,
        }
    }

    fn compile_calendars(&self, problems: &mut Problems) -> BTreeMap<CalendarCode, Calendar> {
        let mut calendars = BTreeMap::new();
        for (code, definition) in &self.calendars {
            let found = match definition.clone().check() {
                Ok(checked) => {
                    calendars.insert(code.clone(), checked.compile());
                    checked.warnings().0.clone()
                }
                Err(found) => found.0,
            };
            problems.0.extend(found.into_iter().map(|mut problem| {
                problem.path = format!("calendars.{code}.{}", problem.path);
                problem
            }));
        }
        calendars
    }

    fn check_roles(&self, problems: &mut Problems) {
        for needed in ["requester", "participant", "viewer", "operator", "system"] {
            if !self.roles.iter().any(|role| role.code.as_str() == needed) {
                problems.error("missing_role", "roles", format!("there is no role `{needed}`"));
            }
        }
        let wakes = |role: &Role| role.code.as_str() != "system" || role.reach(Action::Wake).is_some();
        if let Some(n) = self.roles.iter().position(|role| !wakes(role)) {
            let message = "without the permission `wake` no timer would take effect";
            problems.error("missing_permission", format!("roles[{n}].permissions"), message);
        }
    }

    fn check_notifications(&self, problems: &mut Problems) {
        for (n, notification) in self.notifications.iter().enumerate() {
            if REQUEST_EVENTS.contains(&notification.on.as_str()) {
                continue;
            }
            let message = format!("nothing that happens is called `{}`", notification.on);
            let problem = problems.error("unknown_event", format!("notifications[{n}].on"), message);
            if let Some(hint) = closest(&notification.on, REQUEST_EVENTS.iter().copied()) {
                problem.hint(format!("did you mean `{hint}`?"));
            }
        }
    }

    fn check_services(&self, lines: &BTreeMap<LineCode, Line>, problems: &mut Problems) {
        if self.services.is_empty() {
            problems.error("no_service", "services", "a catalog needs at least one service");
        }
        for (n, service) in self.services.iter().enumerate() {
            let path = format!("services[{n}]");
            match lines.get(&service.line) {
                None => unknown(problems, format!("{path}.line"), "line", &service.line, lines.keys()),
                Some(line) if line.confidentiality < service.confidentiality => {
                    let message = format!("nobody on the line `{}` would see its requests", line.code);
                    problems.error("line_below_service", format!("{path}.confidentiality"), message);
                }
                Some(_) => {}
            }
            let prefix = &service.prefix;
            let good = |c: char| c.is_uppercase() || c.is_ascii_digit();
            if prefix.is_empty() || prefix.chars().count() > 16 || !prefix.chars().all(good) {
                let message =
                    format!("`{prefix}` is not a prefix: 1 to 16 capital letters and digits are expected");
                problems.error("bad_prefix", format!("{path}.prefix"), message);
            }
            for (field, span) in [
                ("reopen_within", service.reopen_within),
                ("close_after", service.close_after),
                ("edit_within", service.edit_within),
                ("rating_window", Some(service.rating_window)),
            ] {
                if span.is_some_and(|span| span <= Span::ZERO) {
                    problems.error("bad_span", format!("{path}.{field}"), "a span above zero is expected");
                }
            }
        }
    }

    fn check_categories(&self, known: &BTreeMap<CategoryCode, Category>, problems: &mut Problems) {
        for (n, category) in self.categories.iter().enumerate() {
            let path = format!("categories[{n}].parent");
            let mut seen = BTreeSet::from([&category.code]);
            let mut parent = category.parent.as_ref();
            while let Some(code) = parent {
                if !seen.insert(code) {
                    problems.error("category_cycle", path, format!("`{}` belongs to itself", category.code));
                    break;
                }
                let Some(above) = known.get(code) else {
                    unknown(problems, path, "category", code, known.keys());
                    break;
                };
                parent = above.parent.as_ref();
            }
        }
    }

    fn check_lines(&self, lines: &BTreeMap<LineCode, Line>, problems: &mut Problems) {
        if !lines.contains_key(&self.administrators) {
            unknown(problems, "administrators".to_owned(), "line", &self.administrators, lines.keys());
        }
        for (n, line) in self.lines.iter().enumerate() {
            if line.tiers == 0 {
                problems.error("no_tier", format!("lines[{n}].tiers"), "a line has at least one tier");
            }
            if let Some(code) = line.calendar.as_ref().filter(|code| !self.calendars.contains_key(code)) {
                unknown(problems, format!("lines[{n}].calendar"), "calendar", code, self.calendars.keys());
            }
            let mut passed = BTreeSet::from([&line.code]);
            let mut next = line.next.as_ref();
            while let Some(code) = next {
                let path = format!("lines[{n}].next");
                if !passed.insert(code) {
                    problems.error("line_cycle", path, format!("`{}` comes next after itself", line.code));
                    break;
                }
                let Some(line) = lines.get(code) else {
                    unknown(problems, path, "line", code, lines.keys());
                    break;
                };
                next = line.next.as_ref();
            }
        }
    }

    fn check_priorities(&self, problems: &mut Problems) {
        let cells = &self.priorities.cells;
        let width = cells.first().map_or(0, Vec::len);
        if width == 0 {
            problems.error("empty_matrix", "priorities.cells", "the matrix has no cell");
        }
        for (n, row) in cells.iter().enumerate() {
            if row.len() != width {
                let message = format!("the row has {} cells, the first one {width}", row.len());
                problems.error("ragged_matrix", format!("priorities.cells[{n}]"), message);
            }
            if row.contains(&0) {
                problems.error("bad_priority", format!("priorities.cells[{n}]"), "priorities begin at 1");
            }
        }
    }
}

fn by_code<T: Clone, C: Ord + Clone + Display>(
    problems: &mut Problems,
    path: &str,
    parts: &[T],
    code_and_name: impl Fn(&T) -> (&C, &str),
) -> BTreeMap<C, T> {
    let mut known = BTreeMap::new();
    for (n, part) in parts.iter().enumerate() {
        let (code, name) = code_and_name(part);
        if name.trim().is_empty() || name.contains('\0') || name.chars().count() > SUBJECT_CHARS_MAX {
            let message = format!("`{code}` needs a name of 1 to {SUBJECT_CHARS_MAX} characters");
            problems.error("bad_name", format!("{path}[{n}].name"), message);
        }
        if known.insert(code.clone(), part.clone()).is_some() {
            problems.error("duplicate_code", format!("{path}[{n}].code"), format!("`{code}` occurs twice"));
        }
    }
    known
}

fn unknown<'a, C: Display + 'a>(
    problems: &mut Problems,
    path: String,
    what: &str,
    code: &C,
    known: impl Iterator<Item = &'a C>,
) {
    let known: Vec<String> = known.map(ToString::to_string).collect();
    let problem = problems.error("dangling_reference", path, format!("there is no {what} `{code}`"));
    if let Some(hint) = closest(&code.to_string(), known.iter().map(String::as_str)) {
        problem.hint(format!("did you mean `{hint}`?"));
    }
}
