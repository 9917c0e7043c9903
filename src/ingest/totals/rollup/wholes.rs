//! Whether a file may have totals over names at all.
//!
//! In: its rows, one after another. Out: whether a column of names holds names in some rows, and blanks or labels in others. Most
//! files have none, and are not gone through again.

use super::is_whole;
use crate::ingest::cell::{Record, Value};
use crate::ingest::plan::Plan;

/// Which columns of names hold names, and which blanks or labels, one bit a column of [`Plan::rolls`].
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ingest) struct Wholes {
    own: u32,
    whole: u32,
}

impl Wholes {
    /// Looks at the names of one row; what is known of a column is not looked at again.
    pub(in crate::ingest) fn see(&mut self, record: &(impl Record + ?Sized), plan: &Plan<'_>) {
        for (bit, &column) in plan.rolls.iter().enumerate() {
            let bit = 1_u32 << bit;
            if self.own & self.whole & bit == 0 && Some(column) != plan.when {
                match is_whole(plan.value(record, column), column, plan) {
                    Some(_) => self.whole |= bit,
                    None => self.own |= bit,
                }
            }
        }
    }

    /// Looks at a day that cannot be read.
    pub(in crate::ingest) fn see_day(&mut self, value: Value<'_>, plan: &Plan<'_>) {
        let Some(column) = plan.when else { return };
        if let Some(bit) = plan.rolls.iter().position(|&own| own == column)
            && is_whole(value, column, plan).is_some()
        {
            self.own |= 1 << bit;
            self.whole |= 1 << bit;
        }
    }

    pub(in crate::ingest) fn add(&mut self, other: Self) {
        self.own |= other.own;
        self.whole |= other.whole;
    }

    /// Whether a column has both.
    pub(super) fn are_mixed(self) -> bool {
        self.own & self.whole != 0
    }
}
