//! Limits of the joint problem by the names the user knows, with the week that they are of.

use super::joint::{Joint, Part, PosedWeek};
use crate::allocate::LimitRef;
use crate::counts::Counts;
use crate::domain::Coin;
use crate::recommend::goal::Aim;
use crate::recommend::relaxation::{Naming, Origins};
use crate::recommend::sums::SumLimits;

/// What the names are taken from.
pub(super) struct Names<'a> {
    pub(super) counts: &'a Counts,
    pub(super) weeks: &'a [PosedWeek],
    pub(super) shares: &'a SumLimits,
    pub(super) joint: &'a Joint,
    pub(super) aim: &'a Aim,
    pub(super) max_change: f64,
}

/// What names a limit of the whole plan that the money is short for.
const TOTAL: (&str, &str, &str) = ("the money for all weeks", "`horizon.total`, `--total`", "money");

impl Names<'_> {
    fn week(&self, week: usize) -> Naming<'_> {
        let posed = &self.weeks[week].posed;
        Naming {
            counts: self.counts,
            limits: &posed.limits,
            sums: &posed.sums,
            aim: self.aim,
            max_change: self.max_change,
        }
    }

    fn share(&self, at: usize, upper: bool) -> (String, String, &'static str) {
        let end = if upper { "upper" } else { "lower" };
        let limit = &self.shares.limits[at];
        (format!("{} ({end}): {}", limit.kind, limit.name), limit.source.clone(), "money")
    }
}

impl Origins for Names<'_> {
    fn coin(&self) -> Coin {
        Coin::of(self.counts.currency.as_deref())
    }

    fn limit(&self, limit: LimitRef) -> (String, String, &'static str) {
        let of_week = |week: usize| format!(" in the week of {}", self.weeks[week].span.start);
        match self.joint.part(limit) {
            Part::Week(week, own) => {
                let (name, source, unit) = self.week(week).limit(own);
                (name + &of_week(week), source, unit)
            }
            Part::Money(week, upper) => {
                let end = if upper { "upper" } else { "lower" };
                let source =
                    if self.weeks[week].entry { "`horizon.limits`".to_owned() } else { format!("`horizon.{end}`") };
                (format!("money{} ({end})", of_week(week)), source, "money")
            }
            Part::Share(at, upper) => self.share(at, upper),
            Part::Whole(LimitRef::Budget) => {
                let (name, source, unit) = TOTAL;
                (name.to_owned(), source.to_owned(), unit)
            }
            Part::Whole(other) => self.week(0).limit(other),
        }
    }

    fn asked(&self, limit: LimitRef) -> bool {
        match self.joint.part(limit) {
            Part::Week(week, own) => self.week(week).asked(own),
            _ => true,
        }
    }
}
