//! Weeks in a column of days.
//!
//! In: the cells of a column such as `Date`, each a day or a week (`KW 6 2026`, `2026-02-02 - 2026-02-08`). Out: whether all are
//! weeks, so that the rows are of seven days each whatever the column is called. A column with both is refused: its rows are of
//! one day here and of seven there.

use super::error::Refused;

/// What a week is among days.
pub(super) const MIXED: &str = "is a week, and other cells of the column are days";

/// What was seen of the cells.
#[derive(Debug, Default)]
pub(super) struct Grain {
    /// Whether some are days.
    days: bool,
    /// The first week.
    week: Option<Box<Refused>>,
}

impl Grain {
    /// Sees a cell; `cell`: what is refused if it is a week and others are days.
    pub(super) fn see(&mut self, is_week: bool, cell: impl FnOnce() -> Refused) {
        if !is_week {
            self.days = true;
        } else if self.week.is_none() {
            self.week = Some(Box::new(cell()));
        }
    }

    /// Whether all are weeks.
    pub(super) fn is_of_weeks(&self) -> bool {
        self.week.is_some() && !self.days
    }

    /// A week among days, if there is one.
    pub(super) fn mixed(&self) -> Option<Refused> {
        self.week.as_deref().filter(|_| self.days).cloned()
    }

    /// Takes in what was seen further down, or in a later file.
    pub(super) fn merge(&mut self, later: Self) {
        self.days |= later.days;
        self.week = self.week.take().or(later.week);
    }

    /// Adds to the line number.
    pub(super) fn move_down(&mut self, lines: u64) {
        if let Some(cell) = &mut self.week {
            cell.line += lines;
        }
    }
}
