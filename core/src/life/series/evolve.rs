use super::event::{Occurrence, SeriesEvent};
use super::record::Series;
use crate::base::Text;
use crate::life::request::Submit;

impl Series {
    /// The series that its first event makes; `None` for another event.
    #[must_use]
    pub fn begun(event: &SeriesEvent) -> Option<Self> {
        let SeriesEvent::SeriesSaved { id, schedule, catch_up, active, next, .. } = event else {
            return None;
        };
        let mut series = Self {
            id: *id,
            name: Text::default(),
            schedule: schedule.clone(),
            catch_up: *catch_up,
            submit: None,
            active: *active,
            next: *next,
            made: 0,
            last: None,
            missed: 0,
            refused: None,
        };
        series.evolve(event);
        Some(series)
    }

    /// Applies what happened. A stored fact is a fact, so this cannot fail.
    pub fn evolve(&mut self, event: &SeriesEvent) {
        match event {
            SeriesEvent::SeriesSaved { id, schedule, catch_up, active, next, what } => {
                (self.id, self.catch_up, self.active, self.next) = (*id, *catch_up, *active, *next);
                self.schedule = schedule.clone();
                self.take(what.as_deref());
            }
            SeriesEvent::SeriesErased { goes_on, what } => {
                if !goes_on {
                    (self.active, self.next) = (false, None);
                }
                self.take(what.as_deref());
            }
            SeriesEvent::Occurred { what, missed, next, .. } => {
                (self.next, self.missed) = (*next, self.missed + missed);
                match what {
                    Occurrence::Submitted(request) => {
                        (self.made, self.last, self.refused) = (self.made + 1, Some(*request), None);
                    }
                    Occurrence::TooLate => self.missed += 1,
                    Occurrence::Refused(rule) => self.refused = Some(rule.clone()),
                }
            }
        }
    }

    /// Its name and what it submits, unless that was erased.
    fn take(&mut self, what: Option<&(Text, Submit)>) {
        (self.name, self.submit) = match what {
            Some((name, submit)) => (name.clone(), Some(submit.clone())),
            None => (Text::default(), None),
        };
    }
}
