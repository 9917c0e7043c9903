//! Which limit holds a term's spend, in words.

use super::policy::Limits;
use super::sums::{Place, SumLimits};
use crate::allocate::{Allocation, Binding, Turnover};
use std::borrow::Cow;

/// What holds terms.
pub(super) struct Holds<'a> {
    pub(super) limits: &'a Limits,
    pub(super) sums: &'a SumLimits,
    pub(super) allocation: &'a Allocation,
    pub(super) turnover: Option<&'a Turnover>,
}

/// A term left where it is because moving it would not pay.
pub(super) const LEFT_ALONE: &str = "left alone: moving would not pay";

impl Holds<'_> {
    /// The limit that holds a term: its own bound, else the innermost group, else a class, else turnover;
    /// empty when none does.
    pub(super) fn of(&self, term: usize) -> Cow<'static, str> {
        let own = self.allocation.binding[term];
        if own != Binding::None {
            return Cow::Borrowed(self.limits.binding(term, own));
        }
        for limit in self.sums.of_term(term) {
            let price = match limit.place {
                Place::Group(at) => self.allocation.group_price[at],
                Place::Class(at) => self.allocation.class_price[at],
            };
            if price != 0.0 {
                let end = if price > 0.0 { "upper" } else { "lower" };
                return Cow::Owned(format!("{} ({end}): {}", limit.kind, limit.name));
            }
        }
        let Some(turnover) = self.turnover else { return Cow::Borrowed("") };
        let current = turnover.current[term];
        let stays = (self.allocation.spend[term] - current).abs() <= 1e-9 * current;
        let limited = self.allocation.turnover_price > 0.0;
        Cow::Borrowed(match (limited, stays) {
            (true, _) => "turnover",
            (false, true) if turnover.price > 0.0 => LEFT_ALONE,
            _ => "",
        })
    }
}
