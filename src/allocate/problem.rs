//! The problem: items with curves and bounds, one budget, limits on groups of items, and what is
//! wanted of it. Checked before anything is computed.

use super::chunk::CHUNK;
use super::error::AllocateError;
use super::goal::ANY;
use crate::response::Curve;
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// What to allocate. Vectors have the shape: items; those marked optional may be empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problem {
    /// Response curve of each item.
    pub curves: Vec<Curve>,
    /// Least spend of each item, money.
    pub lower: Vec<f64>,
    /// Most spend of each item, money; may be infinite.
    pub upper: Vec<f64>,
    /// Optional: each item gets nothing or at least this, money; 0 asks for nothing.
    pub minimum: Vec<f64>,
    /// Money to spend.
    pub budget: f64,
    /// Spend only while the marginal is at least this, response per unit of money.
    ///
    /// 0 spends as far as the limits allow; with responses in money, 1 maximizes profit with the
    /// budget as a cap.
    pub price_floor: f64,
    /// What is wanted.
    pub goal: Goal,
    /// Groups with limits, a forest; a parent stands before its children.
    pub groups: Vec<Group>,
    /// Optional: the innermost group of each item.
    pub group_of: Vec<Option<u32>>,
    /// Classes with limits, which may cut across groups and each other.
    pub classes: Vec<Class>,
    /// Cost and limit of moving money away from today's spends.
    pub turnover: Option<Turnover>,
}

/// What is wanted of the plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Goal {
    /// Most response for the budget, net of the price floor.
    #[default]
    MostResponse,
    /// Most response, net of the price floor, whose measure is at least `ratio` for each unit of money
    /// spent: `Σ mᵢ fᵢ(xᵢ) ≥ ratio · Σ xᵢ`.
    ///
    /// With revenue as response and measure, `ratio` is the least average ROAS. With conversions as
    /// measure it is 1 / the largest CPA.
    AverageReturn {
        /// Measure per unit of money.
        ratio: f64,
        /// `mᵢ`: units of the measure in a unit of response, items; empty where the two are the same.
        measure: Vec<f64>,
    },
    /// Least spend, at most the budget, that brings this response, net of the price of turnover.
    Volume {
        /// Wanted response.
        response: f64,
    },
}

/// A limit on a sum of spends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// Money.
    Money(f64),
    /// Share of what the whole plan spends.
    Share(f64),
}

impl Amount {
    pub(super) fn is_share(self) -> bool {
        matches!(self, Self::Share(_))
    }
}

/// A group of items: those assigned to it and those of the groups below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// The group above; `None` directly under the budget.
    pub parent: Option<u32>,
    /// Least spend.
    pub lower: Amount,
    /// Most spend; may be infinite money.
    pub upper: Amount,
}

/// Items that share limits across groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Its items, ascending.
    pub members: Vec<u32>,
    /// Least spend.
    pub lower: Amount,
    /// Most spend; may be infinite money.
    pub upper: Amount,
}

/// Moving money away from today's spends.
#[derive(Clone, Debug, PartialEq)]
pub struct Turnover {
    /// Spend of each item today, money.
    pub current: Vec<f64>,
    /// Response that moving one unit of money costs: `price · Σ |xᵢ − currentᵢ|` is taken off the objective. Above 0, the
    /// budget is a cap: what is not worth moving stays unspent.
    /// An item is left alone unless its marginal differs from the price of money by more than this.
    pub price: f64,
    /// Most that `Σ |xᵢ − currentᵢ|` may be, money; may be infinite.
    pub limit: f64,
}

/// How far the numbers of a problem reach, which its sums must have room for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    /// Points of all curves together.
    pub(super) points: usize,
    /// Greatest lower bound, money.
    pub(super) lower: f64,
}

impl Extent {
    fn merge(self, other: Self) -> Self {
        Self { points: self.points + other.points, lower: self.lower.max(other.lower) }
    }
}

impl Problem {
    /// Whether limits cut across the tree: classes, or one on what moves; and shares of a spend that a goal leaves open,
    /// where so many parts of the problem have to be solved that searches inside searches take too long.
    pub(super) fn crosses(&self) -> bool {
        let moving = self.turnover.as_ref().is_some_and(|turnover| turnover.limit.is_finite());
        let shared = || self.groups.iter().any(|group| group.lower.is_share() || group.upper.is_share());
        !self.classes.is_empty() || moving || self.goal != Goal::MostResponse && shared() && !self.is_concave()
    }

    /// What moving one unit of money costs, response; 0 without a price.
    #[must_use]
    pub fn moving_price(&self) -> f64 {
        self.turnover.as_ref().map_or(0.0, |turnover| turnover.price)
    }

    /// What moving an item's money to a spend costs, response.
    #[must_use]
    pub fn moving_cost(&self, item: usize, spend: f64) -> f64 {
        self.turnover.as_ref().map_or(0.0, |turnover| turnover.price * (spend - turnover.current[item]).abs())
    }

    /// Response of an item at a spend, net of the price floor and of what moving costs.
    #[must_use]
    pub fn net(&self, item: usize, spend: f64) -> f64 {
        self.curves[item].value(spend) - self.price_floor * spend - self.moving_cost(item, spend)
    }

    /// The problem as it is meant where moving money has a price: money moves only where that pays, so the budget is a cap.
    /// A volume asks for the least spend anyway.
    pub(super) fn worth_moving(&self) -> Cow<'_, Self> {
        if self.moving_price() > 0.0 && self.price_floor <= 0.0 && !matches!(self.goal, Goal::Volume { .. }) {
            Cow::Owned(Self { price_floor: ANY, ..self.clone() })
        } else {
            Cow::Borrowed(self)
        }
    }

    /// Whether every curve is concave and no item has a minimum.
    pub(super) fn is_concave(&self) -> bool {
        self.minimum.iter().all(|minimum| *minimum <= 0.0) && self.curves.iter().all(Curve::is_concave)
    }

    /// Groups with limits that are shares, where other limits cut across the tree: with a spend that is to be found
    /// theirs cut across it too.
    pub(super) fn shared_groups(&self) -> impl Iterator<Item = usize> {
        let crosses = self.crosses();
        let shared = move |group: &Group| crosses && (group.lower.is_share() || group.upper.is_share());
        (0..self.groups.len()).filter(move |&group| shared(&self.groups[group]))
    }

    /// Checks every number; returns how far they reach.
    pub(super) fn check(&self) -> Result<Extent, AllocateError> {
        self.check_limits()?;
        self.check_all_items()
    }

    /// Checks every number but those of the items.
    pub(super) fn check_limits(&self) -> Result<(), AllocateError> {
        let items = self.curves.len();
        for (field, found) in [("lower", self.lower.len()), ("upper", self.upper.len())] {
            if found != items {
                return Err(AllocateError::Length { field, found, items });
            }
        }
        let optional = [("minimum", self.minimum.len()), ("group_of", self.group_of.len())];
        let turnover = self.turnover.as_ref().map(|turnover| ("current", turnover.current.len()));
        let measure = match &self.goal {
            Goal::AverageReturn { measure, .. } => Some(("measure", measure.len())),
            Goal::MostResponse | Goal::Volume { .. } => None,
        };
        for (field, found) in optional.into_iter().chain(measure).filter(|vector| vector.1 > 0).chain(turnover) {
            if found != items {
                return Err(AllocateError::Length { field, found, items });
            }
        }
        let goal = match self.goal {
            Goal::MostResponse => None,
            Goal::AverageReturn { ratio, .. } => Some(("ratio", ratio)),
            Goal::Volume { response } => Some(("response", response)),
        };
        let price = self.turnover.as_ref().map(|turnover| ("turnover price", turnover.price));
        for (field, value) in
            [("budget", self.budget), ("price_floor", self.price_floor)].into_iter().chain(goal).chain(price)
        {
            if !(value.is_finite() && value >= 0.0) {
                return Err(AllocateError::Value { field, value });
            }
        }
        if let Some(limit) = self.turnover.as_ref().map(|turnover| turnover.limit)
            && (limit.is_nan() || limit < 0.0)
        {
            return Err(AllocateError::Value { field: "turnover limit", value: limit });
        }
        self.check_groups()
    }

    /// Checks the items; returns how far they reach.
    pub(super) fn check_all_items(&self) -> Result<Extent, AllocateError> {
        let items = self.curves.len();
        if items <= CHUNK {
            self.check_items(0..items)
        } else {
            let parts = (0..items.div_ceil(CHUNK)).into_par_iter().with_min_len(4);
            let parts = parts.map(|part| self.check_items(part * CHUNK..items.min((part + 1) * CHUNK)));
            // the first error, whichever thread finds one first
            parts.reduce(|| Ok(Extent::default()), |a, b| a.and_then(|a| Ok(a.merge(b?))))
        }
    }

    /// Whether there is nothing but curves, bounds and a budget.
    pub(super) fn is_plain(&self) -> bool {
        self.minimum.is_empty()
            && self.turnover.is_none()
            && self.classes.is_empty()
            && self.groups.is_empty()
            && self.goal == Goal::MostResponse
    }

    /// The extent of items known to be sound.
    pub(super) fn extent(&self) -> Extent {
        let own = |(curves, lower): (&[Curve], &[f64])| {
            let points = |curve: &Curve| if let Curve::Points(points) = curve { points.len() } else { 0 };
            Extent { points: curves.iter().map(points).sum(), lower: lower.iter().copied().fold(0.0, f64::max) }
        };
        if self.curves.len() <= CHUNK {
            return own((&self.curves, &self.lower));
        }
        let parts = self.curves.par_chunks(CHUNK).zip(self.lower.par_chunks(CHUNK)).with_min_len(4);
        parts.map(own).reduce(Extent::default, Extent::merge)
    }

    /// Checks a range of items; returns their extent.
    #[allow(clippy::needless_bitwise_bool, clippy::manual_range_contains)] // no branches, for speed
    fn check_items(&self, range: Range<usize>) -> Result<Extent, AllocateError> {
        let plain = self.minimum.is_empty() && self.turnover.is_none() && self.goal == Goal::MostResponse;
        let (curves, lower) = (&self.curves[range.clone()], &self.lower[range.clone()]);
        let bounds = lower.iter().zip(&self.upper[range.clone()]);
        // without leaving early, for speed: nearly always all is well
        let none = (plain, 0.0);
        let (sound, greatest) = curves.iter().zip(bounds).fold(none, |(sound, greatest), (curve, (&lower, &upper))| {
            let own = (lower >= 0.0) & (lower <= f64::MAX) & (lower <= upper) & curve.is_sound();
            (sound & own, if lower > greatest { lower } else { greatest })
        });
        if sound {
            return Ok(Extent { points: 0, lower: greatest });
        }
        for item in range {
            self.check_item(item)?;
        }
        let points = |curve: &Curve| if let Curve::Points(points) = curve { points.len() } else { 0 };
        Ok(Extent { points: curves.iter().map(points).sum(), lower: greatest })
    }

    fn check_item(&self, item: usize) -> Result<(), AllocateError> {
        let (lower, upper) = (self.lower[item], self.upper[item]);
        if !(lower.is_finite() && lower >= 0.0) {
            return Err(AllocateError::Bound { item, field: "lower", value: lower });
        }
        if upper.is_nan() || upper < 0.0 {
            return Err(AllocateError::Bound { item, field: "upper", value: upper });
        }
        if lower > upper {
            return Err(AllocateError::BoundsCross { item, lower, upper });
        }
        // what gets something anyway gets its minimum
        if let Some(&minimum) = self.minimum.get(item).filter(|minimum| lower > 0.0 && **minimum > upper) {
            return Err(AllocateError::BoundsCross { item, lower: minimum, upper });
        }
        let measure = match &self.goal {
            Goal::AverageReturn { measure, .. } => measure.get(item),
            Goal::MostResponse | Goal::Volume { .. } => None,
        };
        let current = self.turnover.as_ref().map(|turnover| &turnover.current[item]);
        for (field, value) in [("minimum", self.minimum.get(item)), ("measure", measure), ("current", current)] {
            if let Some(&value) = value.filter(|value| !(value.is_finite() && **value >= 0.0)) {
                return Err(AllocateError::Bound { item, field, value });
            }
        }
        self.curves[item].validate().map_err(|source| AllocateError::Curve { item, source })
    }

    fn check_groups(&self) -> Result<(), AllocateError> {
        let sound = |amount: Amount, finite: bool| match amount {
            Amount::Money(money) => money >= 0.0 && (money.is_finite() || !finite),
            Amount::Share(share) => (0.0..=1.0).contains(&share),
        };
        let limits = |kind, index, lower, upper| {
            let rule = if !sound(lower, true) || !sound(upper, false) {
                "a limit must be money, zero or above, or a share from 0 to 1"
            } else if crossed(lower, upper) {
                "its lower limit is above its upper limit"
            } else {
                return Ok(());
            };
            Err(AllocateError::Limit { kind, index, rule })
        };
        for (index, group) in self.groups.iter().enumerate() {
            limits("group", index, group.lower, group.upper)?;
            if group.parent.is_some_and(|parent| parent as usize >= index) {
                let rule = "its parent must stand before it";
                return Err(AllocateError::Limit { kind: "group", index, rule });
            }
        }
        if let Some(item) =
            self.group_of.iter().position(|group| group.is_some_and(|group| group as usize >= self.groups.len()))
        {
            let value = self.group_of[item].map_or(f64::NAN, f64::from);
            return Err(AllocateError::Bound { item, field: "group_of", value });
        }
        for (index, class) in self.classes.iter().enumerate() {
            limits("class", index, class.lower, class.upper)?;
            let ascending = class.members.windows(2).all(|pair| pair[0] < pair[1]);
            let known = class.members.last().is_none_or(|last| (*last as usize) < self.curves.len());
            if !ascending || !known {
                let rule = "its members must be items, ascending";
                return Err(AllocateError::Limit { kind: "class", index, rule });
            }
        }
        Ok(())
    }
}

/// Whether two limits of the same kind cross.
fn crossed(lower: Amount, upper: Amount) -> bool {
    match (lower, upper) {
        (Amount::Money(lower), Amount::Money(upper)) | (Amount::Share(lower), Amount::Share(upper)) => lower > upper,
        (Amount::Money(_), Amount::Share(_)) | (Amount::Share(_), Amount::Money(_)) => false,
    }
}
