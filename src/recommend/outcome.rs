//! What a spend is expected to bring, and how two of them differ.

use crate::domain::Objective;
use serde::Serialize;

/// Expected outcome of a spend, per week (per period for undated data).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// Clicks.
    pub clicks: f64,
    /// Conversions.
    pub conversions: f64,
    /// Revenue, money.
    pub revenue: Option<f64>,
    /// Margin on revenue minus spend, money.
    pub profit: Option<f64>,
}

impl Outcome {
    /// The figure that the objective speaks of.
    #[must_use]
    pub fn of(&self, objective: Objective) -> Option<f64> {
        match objective {
            Objective::Conversions => Some(self.conversions),
            Objective::Revenue => self.revenue,
            Objective::Profit => self.profit,
        }
    }
}

/// Intervals of plan less now, both in the same draws; `None` where a figure is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Differences {
    /// Clicks.
    pub clicks: Option<(f64, f64)>,
    /// Conversions.
    pub conversions: Option<(f64, f64)>,
    /// Revenue, money.
    pub revenue: Option<(f64, f64)>,
    /// Margin on revenue minus spend, money.
    pub profit: Option<(f64, f64)>,
    /// Spend per conversion, money.
    pub cpa: Option<(f64, f64)>,
    /// Revenue per spend, ratio.
    pub roas: Option<(f64, f64)>,
}

impl Differences {
    /// The interval of what an objective speaks of.
    #[must_use]
    pub fn of(&self, objective: Objective) -> Option<(f64, f64)> {
        match objective {
            Objective::Conversions => self.conversions,
            Objective::Revenue => self.revenue,
            Objective::Profit => self.profit,
        }
    }
}
