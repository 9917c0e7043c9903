//! What a platform says that other bids or budgets would have brought.

use serde::Serialize;

/// What a simulator moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SimulatedLever {
    /// Highest bid for a click.
    Bid,
    /// The campaign's daily budget.
    Budget,
}

/// One simulator: clicks against cost at other settings of one lever.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedCurve {
    /// The keyword or search term, lower case; `None` for a whole campaign.
    pub term: Option<String>,
    /// Match type, if the table has the column.
    pub match_type: Option<String>,
    /// Campaign, if the table has the column.
    pub campaign: Option<String>,
    /// Ad group, if the table has the column.
    pub ad_group: Option<String>,
    /// What was moved.
    pub lever: SimulatedLever,
    /// Days that cost and clicks are of; `None` where the table does not say: a week.
    pub days: Option<f64>,
    /// Cost (account currency) and clicks over those days, by ascending lever; both above zero.
    pub points: Vec<(f64, f64)>,
}
