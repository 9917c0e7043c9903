//! Columns of the tables above the terms: campaigns, frontier, and the items of a bare allocation.

use super::super::csv::Line;
use super::{Column, DIGITS, Keyed, Presence, column, key_columns};
use crate::domain::TermKey;
use crate::recommend::{CampaignPlan, Candidate, FrontierPoint};

/// Columns of `campaigns.csv`.
pub(in super::super) fn campaigns(presence: Presence) -> Vec<Column<CampaignPlan>> {
    let mut columns = vec![column(
        "campaign",
        "text",
        "campaign; empty where the data have none and the row is the whole account",
        |row: &CampaignPlan, line: &mut Line| {
            line.optional_text(row.campaign.as_deref());
        },
    )];
    if presence.channel {
        columns.push(column("channel", "text", "engine, network or publisher", |row, line| {
            line.optional_text(row.channel.as_deref());
        }));
    }
    columns.extend([
        column("terms", "terms", "terms in it", |row: &CampaignPlan, line: &mut Line| line.integer(row.terms)),
        column("raised", "terms", "terms raised, explored ones included", |row, line| line.integer(row.raised)),
        column("cut", "terms", "terms cut", |row, line| line.integer(row.cut)),
        column("current_spend", "money a period", "mean spend of the baseline window", |row, line| {
            line.money(row.current_spend);
        }),
        column("recommended_spend", "money a period", "spend under the plan", |row, line| {
            line.money(row.recommended_spend);
        }),
        column("change", "money a period", "recommended minus current spend", |row, line| line.money(row.change)),
        column("change_pct", "ratio", "change over current spend; empty without current spend", |row, line| {
            line.figure(row.change_pct, DIGITS);
        }),
        column(
            "daily_budget_set",
            "money a day",
            "daily budget as it is set; empty where the data do not say",
            |row, line| line.money(row.daily_budget_set),
        ),
        column(
            "daily_budget_now",
            "money a day",
            "current spend a day; empty where the length of the period is not known",
            |row, line| {
                line.money(row.daily_budget_now);
            },
        ),
        column("daily_budget_plan", "money a day", "recommended spend a day", |row, line| {
            line.money(row.daily_budget_plan);
        }),
        column(
            "daily_budget_to_set",
            "money a day",
            "daily budget to set: the recommended spend a day where the budget is the lever or today's is not known; else \
             today's, or the recommended spend a day where that is more",
            |row, line| line.money(row.daily_budget_to_set),
        ),
        column("clicks_now", "clicks a period", "expected clicks at current spend", |row, line| {
            line.figure(row.now.clicks, DIGITS);
        }),
        column("clicks_plan", "clicks a period", "expected clicks under the plan", |row, line| {
            line.figure(row.planned.clicks, DIGITS);
        }),
        column("conversions_now", "conversions a period", "expected conversions at current spend", |row, line| {
            line.figure(row.now.conversions, DIGITS);
        }),
        column("conversions_plan", "conversions a period", "expected conversions under the plan", |row, line| {
            line.figure(row.planned.conversions, DIGITS);
        }),
        column(
            "conversions_plan_p05",
            "conversions a period",
            "lower end of the {level} interval of expected conversions under the plan; empty where the account is too large to hold all draws",
            |row, line| {
                line.figure(row.planned_p05.map(|low| low.conversions), DIGITS);
            },
        ),
        column("conversions_plan_p95", "conversions a period", "upper end of that interval", |row, line| {
            line.figure(row.planned_p95.map(|high| high.conversions), DIGITS);
        }),
        column("revenue_now", "money a period", "expected revenue at current spend", |row, line| {
            line.money(row.now.revenue);
        }),
        column("revenue_plan", "money a period", "expected revenue under the plan", |row, line| {
            line.money(row.planned.revenue);
        }),
        column("profit_now", "money a period", "expected margin on revenue minus spend, now", |row, line| {
            line.money(row.now.profit);
        }),
        column(
            "profit_plan",
            "money a period",
            "expected margin on revenue minus spend, under the plan",
            |row, line| line.money(row.planned.profit),
        ),
        column(
            "profit_plan_p05",
            "money a period",
            "lower end of the {level} interval of expected profit under the plan",
            |row, line| line.money(row.planned_p05.and_then(|low| low.profit)),
        ),
        column("profit_plan_p95", "money a period", "upper end of that interval", |row, line| {
            line.money(row.planned_p95.and_then(|high| high.profit));
        }),
    ]);
    columns
}

/// One row of the table that `allocate` writes.
pub(in super::super) struct ItemRow<'a> {
    pub(in super::super) id: &'a str,
    pub(in super::super) spend: f64,
    pub(in super::super) response: f64,
    pub(in super::super) marginal: f64,
    pub(in super::super) binding: &'a str,
}

/// Columns of the table that `allocate` writes.
pub(in super::super) fn items<'a>() -> Vec<Column<ItemRow<'a>>> {
    vec![
        column("id", "text", "identifier of the curve, as given", |row: &ItemRow, line: &mut Line| line.text(row.id)),
        column("spend", "money", "spend, full precision", |row, line| line.full(row.spend)),
        column("response", "response", "the curve at that spend, full precision", |row, line| line.full(row.response)),
        column("marginal", "response per money", "its slope there, full precision", |row, line| {
            line.full(row.marginal);
        }),
        column(
            "binding",
            "text",
            "what holds the spend: lower, upper or fixed, minimum, turnover, group:id, class:id, or none",
            |row, line| {
                line.text(row.binding);
            },
        ),
    ]
}

/// One group or class of the table that `allocate` writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LimitRow {
    /// Identifier, as given.
    pub id: String,
    /// Identifier of the group above; `None` directly under the budget, and for classes.
    pub parent: Option<String>,
    /// Least spend, money; `None` where there is no limit.
    pub lower: Option<f64>,
    /// Most spend, money; `None` where there is no limit.
    pub upper: Option<f64>,
    /// Spend under the plan, money.
    pub spend: f64,
    /// What one more unit of money of its limit would earn; negative where the lower limit binds.
    pub price: f64,
    /// `lower`, `upper` or `none`.
    pub binding: &'static str,
    /// `group` or `class`.
    pub kind: &'static str,
}

/// Columns of the table of groups and classes.
pub(in super::super) fn limits() -> Vec<Column<LimitRow>> {
    vec![
        column("id", "text", "identifier of the group or class, as given", |row: &LimitRow, line: &mut Line| {
            line.text(&row.id);
        }),
        column("parent", "text", "the group above; empty directly under the budget", |row, line| {
            line.optional_text(row.parent.as_deref());
        }),
        column("lower", "money", "least spend; empty without limit", |row, line| line.full(row.lower)),
        column("upper", "money", "most spend; empty without limit", |row, line| line.full(row.upper)),
        column("spend", "money", "spend under the plan", |row, line| line.full(row.spend)),
        column("price", "response per money", "what one more unit of its limit would earn", |row, line| {
            line.full(row.price);
        }),
        column("binding", "text", "which limit holds the spend: lower, upper or none", |row, line| {
            line.text(row.binding);
        }),
        column("kind", "text", "group or class", |row, line| line.text(row.kind)),
    ]
}

impl Keyed for Candidate {
    fn key(&self) -> &TermKey {
        &self.key
    }
}

/// Columns of `candidates.csv`.
pub(in super::super) fn candidates(presence: Presence) -> Vec<Column<Candidate>> {
    let mut columns = vec![column(
        "candidate",
        "text",
        "negative: to be excluded (a search term) or paused (a keyword); exact: to be taken up as an exact keyword with a bid of its own",
        |row: &Candidate, line: &mut Line| line.text(row.kind.name()),
    )];
    columns.extend(key_columns(presence));
    columns.extend([
        column("current_spend", "money a period", "mean spend of the baseline window", |row: &Candidate, line: &mut Line| {
            line.money(row.spend);
        }),
        column("clicks_seen", "clicks", "clicks over the whole data", |row, line| line.figure(row.clicks, DIGITS)),
        column("conversions_seen", "conversions", "conversions over the whole data", |row, line| {
            line.figure(row.conversions, DIGITS);
        }),
        column("cpc_now", "money a click", "price of a click now", |row, line| line.figure(row.cpc, DIGITS)),
        column("cvr_mean", "conversions per click", "posterior mean of the rate", |row, line| {
            line.figure(row.cvr[0], DIGITS);
        }),
        column("cvr_p05", "conversions per click", "lower end of its {level} interval", |row, line| {
            line.figure(row.cvr[1], DIGITS);
        }),
        column("cvr_p95", "conversions per click", "upper end of its {level} interval", |row, line| {
            line.figure(row.cvr[2], DIGITS);
        }),
        column("return_mean", "objective per money", "what a unit of today's spend brings on average, at today's price of a click; the last unit brings less", |row, line| {
            line.figure(row.returns[0], DIGITS);
        }),
        column("return_p05", "objective per money", "the same at the lower end of the rate's interval", |row, line| {
            line.figure(row.returns[1], DIGITS);
        }),
        column("return_p95", "objective per money", "the same at the upper end of the rate's interval", |row, line| {
            line.figure(row.returns[2], DIGITS);
        }),
        column("return_elsewhere", "objective per money", "what the plan's last unit of money earns: a negative stays below it at the upper end even if clicks cost half as much, an exact keyword above it at the lower end", |row, line| {
            line.figure(row.price, DIGITS);
        }),
    ]);
    columns
}

/// Columns of `frontier.csv`.
pub(in super::super) fn frontier() -> Vec<Column<FrontierPoint>> {
    let mut columns = vec![column(
        "point",
        "text",
        "budget: the best for a budget; profit maximum: where the next unit of money earns the unit that it costs; target ROAS, target CPA: the most of the objective that keeps the target of the config",
        |row: &FrontierPoint, line: &mut Line| line.text(row.kind.name()),
    )];
    columns.extend(frontier_figures());
    columns
}

/// A row that holds a point of a frontier.
pub(in super::super) trait Pointed {
    fn point(&self) -> &FrontierPoint;
}

impl Pointed for FrontierPoint {
    fn point(&self) -> &FrontierPoint {
        self
    }
}

/// Its figures.
pub(in super::super) fn frontier_figures<R: Pointed>() -> Vec<Column<R>> {
    vec![
        column("budget", "money a period", "budget", |row: &R, line: &mut Line| line.money(row.point().budget)),
        column(
            "spend",
            "money a period",
            "spend at the optimum; less than the budget where more would lose money",
            |row, line| line.money(row.point().spend),
        ),
        column("clicks", "clicks a period", "expected clicks", |row, line| {
            line.figure(row.point().outcome.clicks, DIGITS);
        }),
        column("conversions", "conversions a period", "expected conversions", |row, line| {
            line.figure(row.point().outcome.conversions, DIGITS);
        }),
        column("revenue", "money a period", "expected revenue; empty without revenue data", |row, line| {
            line.money(row.point().outcome.revenue);
        }),
        column(
            "profit",
            "money a period",
            "expected margin on revenue minus spend; empty without a margin",
            |row, line| line.money(row.point().outcome.profit),
        ),
        column("objective_p05", "objective", "lower end of the {level} interval of what is maximized", |row, line| {
            line.figure(row.point().objective_p05, DIGITS);
        }),
        column("objective_p95", "objective", "upper end of that interval", |row, line| {
            line.figure(row.point().objective_p95, DIGITS);
        }),
        column(
            "marginal_return",
            "objective per money",
            "what the next unit of money brings at that budget",
            |row, line| {
                line.figure(row.point().marginal_return, DIGITS);
            },
        ),
    ]
}
