//! The smallest change of the limits that lets a plan exist, every limit named as the user wrote it.

use super::goal::Aim;
use super::origin::Origin;
use super::policy::Limits;
use super::sums::{Place, SumLimits};
use crate::allocate::{Change, LimitRef, Relaxation};
use crate::counts::Counts;
use crate::domain::Coin;
use serde::Serialize;

/// A limit that would have to give way, or that needs the money.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamedChange {
    /// The limit in words: `campaign limit (lower): Trail Running`.
    pub limit: String,
    /// Where it was given: config key with the number of the entry, or flag.
    pub source: String,
    /// What it is, in `unit`.
    pub from: f64,
    /// What it has to become, in `unit`.
    pub to: f64,
    /// `money`, or the unit of a target.
    pub unit: &'static str,
}

impl NamedChange {
    /// "raise the budget (`plan.budget`, `--budget`) from 100.00 to 500.00".
    fn words(&self) -> String {
        let verb = if self.to > self.from { "raise" } else { "lower" };
        let to = if self.unit == "money" { format!("{:.2}", self.to) } else { self.target() };
        format!("{verb} {} ({}) from {} to {to}", self.limit, self.source, self.show(self.from))
    }

    fn show(&self, figure: f64) -> String {
        if self.unit == "money" { format!("{figure:.2}") } else { format!("{figure}") }
    }

    /// A target to four decimals, to the side that suffices.
    fn target(&self) -> String {
        let scaled = self.to * 1e4;
        let whole = if (scaled - scaled.round()).abs() <= 1e-6 {
            scaled.round()
        } else if self.to > self.from {
            scaled.ceil()
        } else {
            scaled.floor()
        };
        format!("{}", whole / 1e4)
    }
}

/// The smallest relaxation that works.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NamedRelaxation {
    /// Limits that have to give way, all of them.
    pub changes: Vec<NamedChange>,
    /// The largest rules and fixed terms under the upper limits that give way: what needs the money.
    pub needs: Vec<NamedChange>,
    /// Money over all changes of limits in money.
    pub total: f64,
}

impl NamedRelaxation {
    /// The changes in a sentence; `hint` of the error.
    pub(super) fn hint(&self) -> String {
        /// More changes than this are counted, not listed.
        const LISTED: usize = 8;
        let mut words: Vec<String> = self.changes.iter().take(LISTED).map(NamedChange::words).collect();
        if self.changes.len() > LISTED {
            words.push(format!("and {} more (all with `--json`)", self.changes.len() - LISTED));
        }
        format!("the smallest change that works: {}", words.join("; "))
    }

    /// The limits that have to give way as they are now, for a sentence; empty where none is named.
    pub(super) fn given(&self) -> String {
        /// More limits than this are counted, not listed.
        const LISTED: usize = 3;
        let mut words: Vec<String> = self
            .changes
            .iter()
            .take(LISTED)
            .map(|change| format!("{} ({}) is {}", change.limit, change.source, change.show(change.from)))
            .collect();
        if self.changes.len() > LISTED {
            words.push(format!("{} more", self.changes.len() - LISTED));
        }
        if words.is_empty() { String::new() } else { format!(" together: {}", words.join(", ")) }
    }
}

/// What the names are taken from.
pub(super) struct Naming<'a> {
    pub(super) counts: &'a Counts,
    pub(super) limits: &'a Limits,
    pub(super) sums: &'a SumLimits,
    pub(super) aim: &'a Aim,
    pub(super) max_change: f64,
}

/// Knows where limits come from.
pub(super) trait Origins {
    /// Name, where it was given, and unit of a limit.
    fn limit(&self, limit: LimitRef) -> (String, String, &'static str);

    /// What money is in.
    fn coin(&self) -> Coin;

    /// Whether somebody asked for it: change limits are every term's alike, and none of them is at fault.
    fn asked(&self, limit: LimitRef) -> bool;
}

/// A relaxation in the user's words.
pub(super) fn name(origins: &dyn Origins, relaxation: &Relaxation) -> NamedRelaxation {
    let coin = origins.coin();
    let named = |change: Change| {
        let (limit, source, unit) = origins.limit(change.limit);
        let (from, to) = match (change.limit, unit) {
            // a CPA target is the reciprocal of the ratio that is solved with
            (LimitRef::AverageReturn, "money a conversion") => (1.0 / change.from, 1.0 / change.to),
            // whole cents on the side that works
            (_, "money") if change.to > change.from => (change.from, coin.up(change.to).max(0.0)),
            (_, "money") => (change.from, coin.down(change.to).max(0.0)),
            _ => (change.from, change.to),
        };
        NamedChange { limit, source, from, to, unit }
    };
    let changes: Vec<NamedChange> = relaxation.changes.iter().map(|change| named(*change)).collect();
    let total =
        changes.iter().filter(|change| change.unit == "money").map(|change| (change.to - change.from).abs()).sum();
    let needs = relaxation.needs.iter().filter(|need| origins.asked(need.limit)).map(|need| named(*need)).collect();
    NamedRelaxation { changes, needs, total }
}

impl Origins for Naming<'_> {
    fn coin(&self) -> Coin {
        Coin::of(self.counts.currency.as_deref())
    }

    fn asked(&self, limit: LimitRef) -> bool {
        match limit {
            LimitRef::ItemLower(term) => {
                matches!(self.limits.lower_origin[term], Origin::Rule(_) | Origin::Fixed | Origin::HeldBack)
            }
            _ => true,
        }
    }

    fn limit(&self, limit: LimitRef) -> (String, String, &'static str) {
        let sum = |place: Place, end: &str| match self.sums.at(place) {
            Some(limit) => (format!("{} ({end}): {}", limit.kind, limit.name), limit.source.clone(), "money"),
            None => (format!("limit ({end})"), "`limits`".to_owned(), "money"),
        };
        match limit {
            LimitRef::Budget => ("the budget".to_owned(), "`plan.budget`, `--budget`".to_owned(), "money"),
            LimitRef::GroupUpper(at) => sum(Place::Group(at), "upper"),
            LimitRef::GroupLower(at) => sum(Place::Group(at), "lower"),
            LimitRef::ClassUpper(at) => sum(Place::Class(at), "upper"),
            LimitRef::ClassLower(at) => sum(Place::Class(at), "lower"),
            LimitRef::ItemLower(at) => self.bound(at, true),
            LimitRef::ItemUpper(at) => self.bound(at, false),
            LimitRef::Turnover => ("turnover".to_owned(), "`limits.max_turnover`".to_owned(), "money"),
            LimitRef::AverageReturn if self.aim.kind == super::GoalKind::TargetCpa => {
                ("target CPA".to_owned(), "`plan.target_cpa`, `--target-cpa`".to_owned(), "money a conversion")
            }
            LimitRef::AverageReturn => {
                ("target ROAS".to_owned(), "`plan.target_roas`, `--target-roas`".to_owned(), "revenue per money")
            }
            LimitRef::Volume => (
                "wanted conversions".to_owned(),
                "`plan.wanted_conversions`, `--wanted-conversions`".to_owned(),
                "conversions",
            ),
        }
    }
}

impl Naming<'_> {
    fn bound(&self, term: usize, lower: bool) -> (String, String, &'static str) {
        let name = self.counts.terms.get(term).map_or("", |term| &term.key.term);
        let origin = if lower { self.limits.lower_origin[term] } else { self.limits.upper_origin[term] };
        let source = match origin {
            Origin::Change => format!("`limits.max_change` {}", self.max_change),
            Origin::Rule(number) => format!("`limits.terms` {}", number + 1),
            Origin::Decision => "`--decisions`".to_owned(),
            Origin::Reached => "impression share".to_owned(),
            Origin::NewCap => "`response.new_term_cap`".to_owned(),
            Origin::NoConversions => "no conversions in the account".to_owned(),
            Origin::Fixed => "`limits.terms`, fixed".to_owned(),
            Origin::HeldBack => "`weekly.holdback`".to_owned(),
            Origin::Paused => "`limits.restart_paused`".to_owned(),
        };
        (format!("{}: `{name}`", self.limits.words(term, lower)), source, "money")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_what_from_where_and_how_far() {
        let change = NamedChange {
            limit: "campaign limit (lower): Trail".to_owned(),
            source: "`limits.groups` 2".to_owned(),
            from: 900.0,
            to: 500.5,
            unit: "money",
        };
        let relaxation = NamedRelaxation { changes: vec![change], needs: Vec::new(), total: 399.5 };
        assert_eq!(
            relaxation.hint(),
            "the smallest change that works: lower campaign limit (lower): Trail (`limits.groups` 2) from 900.00 to 500.50"
        );
    }
}
