use super::definition::Comparison;
use super::expr::{Expr, FieldRef, Slot};
use super::value::Value;

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a column of the row itself.
    Own(Slot),
    /// In rows that belong to the row.
    Related(Related),
}

/// A column of the rows of a relation that belong to a row: its tags, or its value of a further field.
///
/// A row with several has the least of them where one value is asked for, and nothing where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The relation.
    pub relation: &'static str,
    /// The column that says which field a row of the relation holds, and this one's name there.
    pub guard: Option<(Slot, Value)>,
    /// The column of the value.
    pub slot: Slot,
}

impl From<Slot> for Place {
    fn from(slot: Slot) -> Self {
        Self::Own(slot)
    }
}

impl From<Related> for Place {
    fn from(related: Related) -> Self {
        Self::Related(related)
    }
}

impl Place {
    /// The column of the value, in whichever rows it stands.
    #[must_use]
    pub fn slot(&self) -> Slot {
        match self {
            Self::Own(slot) => *slot,
            Self::Related(related) => related.slot,
        }
    }
}

/// A term over a field whose value stands in rows of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelatedTerm {
    related: Related,
    term: Expr,
    /// What one row of the relation has to meet: the guard and the term.
    row: Expr,
}

impl RelatedTerm {
    /// Says that one of the rows that hold the field meets the term.
    #[must_use]
    pub fn new(related: Related, code: &str, term: Expr) -> Self {
        let row = match &related.guard {
            // Messages name the field, and not the column that its name stands in.
            Some((slot, name)) => {
                let guard = FieldRef { slot: *slot, code: code.to_owned().into() };
                Expr::All(vec![Expr::Compare(guard, Comparison::Eq, name.clone()), term.clone()])
            }
            None => term.clone(),
        };
        Self { related, term, row }
    }

    /// Where the field's value stands.
    #[must_use]
    pub fn related(&self) -> &Related {
        &self.related
    }

    /// The term over the field.
    #[must_use]
    pub fn term(&self) -> &Expr {
        &self.term
    }

    /// What one row of the relation has to meet.
    #[must_use]
    pub fn row(&self) -> &Expr {
        &self.row
    }
}
