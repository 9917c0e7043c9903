//! Levers, shares of auctions and the status in a row.
//!
//! In: the cells of one record. Out: numbers, intervals of shares, a status; or every rule they break. A lever that is blank is not set.

use super::Reader;
use crate::domain::Status;
use crate::ingest::aliases::Column;
use crate::ingest::attributes::{self, NUMBERS};
use crate::ingest::cell::{Record, Value, read_number, read_share, shorten};
use crate::ingest::number::{self, Kind};
use crate::ingest::plan::LEVERS;
use crate::ingest::rows::SIGNALS;
use crate::ingest::text;

impl Reader<'_> {
    pub(super) fn read_levers<R: Record>(&mut self, line: u64, record: &R) -> [Option<f64>; NUMBERS] {
        let plan = self.plan;
        let mut numbers = [None; NUMBERS];
        for (lever, column) in plan.levers.iter().enumerate() {
            let Some(column) = *column else { continue };
            let value = plan.value(record, column);
            let ratio = matches!(LEVERS[lever], Column::TargetRoas | Column::Margin);
            let read = read_number(value, if ratio { Kind::Ratio } else { Kind::Amount }, plan.marks(column));
            match read {
                Ok(Some(number)) if LEVERS[lever] == Column::Margin && number > 1.0 => {
                    self.refuse(line, column, value, "is not a share between 0 and 1 (write 0.35 or 35%)");
                }
                Ok(number) => {
                    numbers[lever] = number.map(|number| number / plan.lever_divisors[lever]);
                }
                Err(_) if text::is_error(value) => self.part.tally.not_computed += 1,
                Err(rule) => self.refuse(line, column, value, rule),
            }
        }
        numbers
    }

    /// The two levers that show how clicks answer to spend, and the shares of the auctions.
    pub(super) fn read_signals<R: Record>(
        &mut self,
        line: u64,
        record: &R,
        levers: &[Option<f64>; NUMBERS],
    ) -> [Option<f64>; SIGNALS] {
        let plan = self.plan;
        let mut signals = [None; SIGNALS];
        for (signal, lever) in [(0, Column::MaxCpc), (1, Column::CampaignBudget)] {
            let at = LEVERS.iter().position(|&known| known == lever).unwrap_or_default();
            // a bid of nothing is none
            signals[signal] = plan.levers[at].map(|_| levers[at].filter(|&set| set > 0.0).unwrap_or(f64::NAN));
        }
        let units = self.units;
        for (share, column) in plan.shares.iter().enumerate() {
            let Some(column) = *column else { continue };
            let value = plan.value(record, column);
            let ends = read_share(value, plan.marks(column), units[share]).unwrap_or_else(|rule| {
                if text::is_error(value) {
                    self.part.tally.not_computed += 1;
                } else {
                    self.refuse(line, column, value, rule);
                }
                None
            });
            let (lower, upper) = ends.unwrap_or((f64::NAN, f64::NAN));
            (signals[2 + 2 * share], signals[3 + 2 * share]) = (Some(lower), Some(upper));
        }
        signals
    }

    /// The status of a word; words that are not known count as enabled and are listed.
    pub(super) fn read_status(&mut self, value: Value<'_>) -> Option<Status> {
        let Value::Text(word) = value else {
            return None;
        };
        if number::is_blank(word) {
            return None;
        }
        if self.last_status.0 != word {
            self.last_status.1 = attributes::status(word);
            word.clone_into(&mut self.last_status.0);
        }
        if self.last_status.1.is_none() {
            let word = shorten(word.trim());
            *self.part.unknown_status.entry(word).or_default() += 1;
        }
        Some(self.last_status.1.unwrap_or_default())
    }
}
