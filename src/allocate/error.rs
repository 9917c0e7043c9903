//! Why a problem cannot be solved, and the smallest change that would let it.

use crate::response::CurveError;

/// Why a problem cannot be solved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AllocateError {
    /// Vectors of different lengths.
    #[error("`{field}` has {found} entries for {items} items")]
    Length {
        /// The vector.
        field: &'static str,
        /// Its length.
        found: usize,
        /// Number of curves.
        items: usize,
    },
    /// A number that is not one, infinite or negative.
    #[error("`{field}` is {value}, and must be finite and zero or above")]
    Value {
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number of an item that is not one, negative, or infinite where it may not be.
    #[error("`{field}` of item {} is {value}, and must be a number, zero or above", item + 1)]
    Bound {
        /// Index of the item, from 0.
        item: usize,
        /// The field, such as `lower`.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// Bounds that cross.
    #[error("`lower` of item {} is {lower}, above its `upper` {upper}", item + 1)]
    BoundsCross {
        /// Index of the item, from 0.
        item: usize,
        /// Lower bound, money.
        lower: f64,
        /// Upper bound, money.
        upper: f64,
    },
    /// A curve with unusable parameters.
    #[error("the curve of item {}", item + 1)]
    Curve {
        /// Index of the item, from 0.
        item: usize,
        /// What is wrong with it.
        source: CurveError,
    },
    /// A group or class with an unusable limit, parent or member.
    #[error("{kind} {}: {rule}", index + 1)]
    Limit {
        /// `group` or `class`.
        kind: &'static str,
        /// Index of the group or class, from 0.
        index: usize,
        /// What is wrong with it.
        rule: &'static str,
    },
    /// A combination of goals and limits that is not solved.
    #[error("{0}")]
    Unsupported(&'static str),
    /// A search gave up: the best plan found breaks a limit.
    #[error("no plan within all limits was found: the best one found breaks a limit by {violation}")]
    Missed {
        /// By how much, money.
        violation: f64,
    },
    /// No plan was found in which every item may stand where it does, and nothing shows that there is none.
    #[error(
        "no plan was found that meets goal and limits and gives every item nothing or at least its minimum, though there may be one"
    )]
    NotFound,
    /// No plan satisfies the limits.
    #[error("the limits contradict each other: {relaxation}")]
    Infeasible {
        /// The smallest change that lets a plan exist.
        relaxation: Relaxation,
    },
}

impl AllocateError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Infeasible { relaxation } => Some(relaxation.hint()),
            Self::BoundsCross { .. } => Some("raise `upper` or lower `lower`".to_owned()),
            Self::Curve { source, .. } => source.hint(),
            Self::Missed { .. } => Some("loosen limits that cut across groups, or the limit on what moves".to_owned()),
            Self::NotFound => Some("widen the limits around items with a minimum, or ask for less".to_owned()),
            Self::Unsupported(_)
            | Self::Length { .. }
            | Self::Value { .. }
            | Self::Bound { .. }
            | Self::Limit { .. } => None,
        }
    }
}

/// A limit of a problem. Indices count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitRef {
    /// The budget.
    Budget,
    /// Upper limit of a group.
    GroupUpper(usize),
    /// Lower limit of a group.
    GroupLower(usize),
    /// Upper limit of a class.
    ClassUpper(usize),
    /// Lower limit of a class.
    ClassLower(usize),
    /// Lower bound of an item.
    ItemLower(usize),
    /// Upper bound of an item.
    ItemUpper(usize),
    /// The turnover limit.
    Turnover,
    /// The least average return: response per unit of money, not money.
    AverageReturn,
    /// The wanted volume: response, not money.
    Volume,
}

/// One limit that has to give way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Which limit.
    pub limit: LimitRef,
    /// What it is, money (or as the limit says).
    pub from: f64,
    /// What it has to be at least or at most, money (or as the limit says).
    pub to: f64,
}

/// The smallest change of the limits, in money over all of them, that lets a plan exist.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relaxation {
    /// The changes, in the order of the limits' kinds and indices.
    pub changes: Vec<Change>,
    /// The largest lower bounds of items under the upper limits that change: what needs the money, and would *not*
    /// have to change.
    pub needs: Vec<Change>,
}

impl Relaxation {
    /// Money over all limits.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.changes.iter().map(|change| (change.to - change.from).abs()).sum()
    }

    /// What to do, with the limits named by `name`.
    #[must_use]
    pub fn hint_with(&self, name: impl Fn(LimitRef) -> String) -> String {
        /// More changes than this are counted, not listed.
        const LISTED: usize = 5;
        let mut words: Vec<String> = self
            .changes
            .iter()
            .take(LISTED)
            .map(|change| {
                let verb = if change.to > change.from { "raise" } else { "lower" };
                format!("{verb} {} from {} to {}", name(change.limit), change.from, change.to)
            })
            .collect();
        if self.changes.len() > LISTED {
            words.push(format!("and {} more", self.changes.len() - LISTED));
        }
        words.join(", ")
    }

    /// What to do, with the limits named by their numbers.
    #[must_use]
    pub fn hint(&self) -> String {
        self.hint_with(|limit| limit.to_string())
    }
}

impl std::fmt::Display for LimitRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Budget => write!(f, "the budget"),
            Self::GroupUpper(at) => write!(f, "the upper limit of group {}", at + 1),
            Self::GroupLower(at) => write!(f, "the lower limit of group {}", at + 1),
            Self::ClassUpper(at) => write!(f, "the upper limit of class {}", at + 1),
            Self::ClassLower(at) => write!(f, "the lower limit of class {}", at + 1),
            Self::ItemLower(at) => write!(f, "the lower bound of item {}", at + 1),
            Self::ItemUpper(at) => write!(f, "the upper bound of item {}", at + 1),
            Self::Turnover => write!(f, "the turnover limit"),
            Self::AverageReturn => write!(f, "the average return"),
            Self::Volume => write!(f, "the wanted volume"),
        }
    }
}

impl std::fmt::Display for Relaxation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of them must give way", self.changes.len())
    }
}
