//! The names in a row: its key, its label, and whatever else is text that most rows share with the row before.
//!
//! In: records. Out: whether one has the names of the row that was kept last. In tables that are sorted by term most
//! have, and nothing that follows from the names alone need be found out again. Text and blanks are compared; a row
//! that is named by numbers or days counts as new.

use super::cell::{Record, Value};
use super::plan::Plan;
use super::rows::END;

/// Cells in the order of [`Plan::named`], each closed by [`END`]; empty where nothing is known.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<u8>);

impl Names {
    /// Whether any are known.
    pub(super) fn are_known(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether a record has these names.
    pub(super) fn are_in<R: Record>(&self, record: &R, plan: &Plan<'_>) -> bool {
        let mut rest = self.0.as_slice();
        let is_next = |&at: &usize| {
            let text = match plan.value(record, at) {
                Value::Text(text) => text.as_bytes(),
                Value::Blank => b"",
                Value::Number(_) | Value::Day(_) => return false,
            };
            match rest.split_at_checked(text.len()) {
                Some((own, [END, after @ ..])) if own == text => {
                    rest = after;
                    true
                }
                _ => false,
            }
        };
        self.are_known() && plan.named.iter().all(is_next)
    }

    /// Keeps the names in a record.
    pub(super) fn keep<R: Record>(&mut self, record: &R, plan: &Plan<'_>) {
        self.0.clear();
        for &at in &plan.named {
            match plan.value(record, at) {
                Value::Text(text) => self.0.extend_from_slice(text.as_bytes()),
                Value::Blank => {}
                Value::Number(_) | Value::Day(_) => {
                    self.0.clear();
                    return;
                }
            }
            self.0.push(END);
        }
    }

    /// Knows of no row.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}
