//! Columns of the main table: what to do with each term, and why.

use super::super::csv::Line;
use super::{Column, DIGITS, Keyed, Presence, column, key_columns};
use crate::domain::TermKey;
use crate::domain::Verdict;
use crate::recommend::Recommendation;

impl Keyed for Recommendation {
    fn key(&self) -> &TermKey {
        &self.key
    }
}

/// Columns of `recommendations.csv`.
pub(in super::super) fn recommendations(presence: Presence) -> Vec<Column<Recommendation>> {
    let mut columns = key_columns(presence);
    columns.extend([
        column("label", "text", "labels of the term, separated by `;`", |row: &Recommendation, line: &mut Line| {
            line.optional_text(row.label.as_deref());
        }),
        column("state", "text", "what the plan may do: active, fixed (kept), paused (kept at 0), new (no spend in the baseline)", |row, line| {
            line.text(row.state.name());
        }),
        column("action", "text", "what to do: raise, cut, hold, pause, explore (money on a term without history, only where exploration is on)", |row, line| {
            line.text(row.action.name());
        }),
        column("current_spend", "money a period", "mean spend of the baseline window", |row, line| line.money(row.current_spend)),
        column("recommended_spend", "money a period", "spend under the plan; with the unallocated money it adds up to the budget", |row, line| {
            line.money(row.recommended_spend);
        }),
        column("change", "money a period", "recommended minus current spend", |row, line| line.money(row.change)),
        column("change_pct", "ratio", "change over current spend (0.3 = 30%); empty without current spend", |row, line| {
            line.figure(row.change_pct, DIGITS);
        }),
        column("spend_p05", "money a period", "lower end of the {level} interval of the best spend over posterior draws", |row, line| {
            line.money(row.spend_p05);
        }),
        column("spend_p95", "money a period", "upper end of that interval", |row, line| line.money(row.spend_p95)),
        column("spend_p05_cut", "text", "lower or upper where that bound of the term cuts the lower end: without the bound the interval would reach further; empty where none does", |row, line| {
            line.text(row.spend_p05_cut);
        }),
        column("spend_p95_cut", "text", "the same for the upper end", |row, line| line.text(row.spend_p95_cut)),
        column("p_direction", "probability", "probability that the direction is right: share of draws in which the next unit of money at current spend (scaled to the budget where all of it is spent) returns more than the price of money, for a cut less; small where a limit forces the move, empty where no other term could give or take the money", |row, line| {
            line.figure(row.p_direction, 4);
        }),
        column("clicks_now", "clicks a period", "expected clicks at current spend", |row, line| line.figure(row.clicks_now, DIGITS)),
        column("clicks_plan", "clicks a period", "expected clicks at recommended spend", |row, line| line.figure(row.clicks_plan, DIGITS)),
        column("conversions_now", "conversions a period", "expected conversions at current spend", |row, line| {
            line.figure(row.conversions_now, DIGITS);
        }),
        column("conversions_plan", "conversions a period", "expected conversions at recommended spend", |row, line| {
            line.figure(row.conversions_plan, DIGITS);
        }),
        column("conversions_plan_p05", "conversions a period", "lower end of the {level} interval of expected conversions under the plan", |row, line| {
            line.figure(row.conversions_plan_p05, DIGITS);
        }),
        column("conversions_plan_p95", "conversions a period", "upper end of that interval", |row, line| {
            line.figure(row.conversions_plan_p95, DIGITS);
        }),
        column("revenue_now", "money a period", "expected revenue at current spend; empty without revenue data", |row, line| line.money(row.revenue_now)),
        column("revenue_plan", "money a period", "expected revenue at recommended spend", |row, line| line.money(row.revenue_plan)),
        column("profit_now", "money a period", "expected margin on revenue minus spend, now; empty without a margin", |row, line| {
            line.money(row.profit_now);
        }),
        column("profit_plan", "money a period", "expected margin on revenue minus spend, under the plan", |row, line| line.money(row.profit_plan)),
        column("cpa_plan", "money a conversion", "recommended spend per expected conversion", |row, line| line.money(row.cpa_plan)),
        column("roas_plan", "ratio", "expected revenue per unit of recommended spend", |row, line| line.figure(row.roas_plan, DIGITS)),
        column("marginal_return_now", "objective per money", "what the next unit of money brings at current spend (for profit: margin, before that unit is subtracted)", |row, line| {
            line.figure(row.marginal_return_now, DIGITS);
        }),
        column("marginal_return_plan", "objective per money", "the same at recommended spend", |row, line| {
            line.figure(row.marginal_return_plan, DIGITS);
        }),
        column("marginal_return_plan_p05", "objective per money", "lower end of the {level} interval of that, given today's clicks and spend", |row, line| {
            line.figure(row.marginal_return_plan_p05, DIGITS);
        }),
        column("marginal_return_plan_p95", "objective per money", "upper end of that interval", |row, line| {
            line.figure(row.marginal_return_plan_p95, DIGITS);
        }),
        column("cvr_raw", "conversions per click", "conversions over clicks as counted; empty without clicks, may exceed 1", |row, line| {
            line.figure(row.cvr_raw, DIGITS);
        }),
        column("cvr_mean", "conversions per click", "posterior mean of the conversion rate: what the plan uses", |row, line| {
            line.figure(row.cvr_mean, DIGITS);
        }),
        column("cvr_p05", "conversions per click", "lower end of its {level} credible interval", |row, line| line.figure(row.cvr_p05, DIGITS)),
        column("cvr_p95", "conversions per click", "upper end of its {level} credible interval", |row, line| line.figure(row.cvr_p95, DIGITS)),
        column("own_data_weight", "share", "share of the posterior mean that is the term's own data; the rest is its group's", |row, line| {
            line.figure(row.own_data_weight, 4);
        }),
        column("value_mean", "money a conversion", "posterior mean of revenue per conversion; empty without revenue data", |row, line| {
            line.money(row.value_mean);
        }),
    ]);
    columns.extend(curve_columns());
    columns.extend([
        column("lever", "text", "what to set on the platform: max_cpc, campaign_budget, target_cpa, target_roas, status, advisory (nothing can be set)", |row: &Recommendation, line: &mut Line| {
            line.text(row.lever.name());
        }),
        column("lever_now", "money or ratio", "its setting now; a campaign budget is money a day", |row, line| line.figure(row.lever_now, DIGITS)),
        column("lever_plan", "money or ratio", "its setting under the plan; a bid is in the whole cents that lose least, within the term's limits", |row, line| line.figure(row.lever_plan, DIGITS)),
        column("max_cpc_now", "money a click", "highest bid as it is set today, whether or not it is the lever", |row, line| line.figure(row.max_cpc_now, DIGITS)),
        column("max_cpc_plan", "money a click", "highest bid that reaches the recommended spend; today's where something else is the lever, empty where nothing is to be spent", |row, line| line.figure(row.max_cpc_plan, DIGITS)),
        column("binding", "text", "the limit that holds the spend: its own bound, else a limit that it shares with others (see limits.csv), else turnover; empty when none does", |row, line| line.text(&row.binding)),
        column("reason", "text", "why, in a sentence", |row, line| line.text(&row.reason)),
    ]);
    columns.extend(decision_columns());
    columns
}

/// How clicks answer to spend, and what they are worth.
fn curve_columns() -> [Column<Recommendation>; 8] {
    [
        column(
            "elasticity",
            "ratio",
            "percent more clicks for one percent more spend, at current spend; empty without spend",
            |row: &Recommendation, line: &mut Line| {
                line.figure(row.elasticity, DIGITS);
            },
        ),
        column(
            "elasticity_sd",
            "ratio",
            "posterior standard deviation of the elasticity; the plan uses the elasticity itself, intervals its uncertainty",
            |row, line| {
                line.figure(row.elasticity_sd, DIGITS);
            },
        ),
        column(
            "curve_basis",
            "text",
            "where the elasticity comes from: data (own moves), simulator (the platform's), pooled (similar terms), prior (assumed)",
            |row, line| {
                line.text(row.curve_basis);
            },
        ),
        column(
            "impression_share",
            "share",
            "searches of the baseline weeks that showed the ad; the middle of what is known, empty where nothing is",
            |row, line| {
                line.figure(row.impression_share, 4);
            },
        ),
        column(
            "full_spend",
            "money a period",
            "spend at which every search is reached: more buys nothing; empty where no impression share is known",
            |row, line| {
                line.money(row.full_spend);
            },
        ),
        column(
            "seen_spend",
            "money a period",
            "spend beyond which the curve is cautious: above the highest period and more than a small step from today",
            |row, line| {
                line.money(row.seen_spend);
            },
        ),
        column(
            "demand_index",
            "ratio",
            "searches of its campaign in the planned week over those of the baseline weeks, from the same weeks of earlier years",
            |row, line| {
                line.figure(Some(row.demand_index), 4);
            },
        ),
        column(
            "incrementality",
            "ratio",
            "share of the counted conversions that the ad really brings, as configured; conversions, revenue and profit of this row are multiplied with it",
            |row, line| {
                line.figure(Some(row.incrementality), 4);
            },
        ),
    ]
}

/// What a person fills in.
fn decision_columns() -> [Column<Recommendation>; 2] {
    [
        column(
            "decision",
            "text",
            "to be filled in, and the file given back as `--decisions`: lock (keep recommended_spend), reject (keep current_spend), set (spend decision_spend) or empty",
            |row, line| line.text(row.decision.map_or("", Verdict::name)),
        ),
        column("decision_spend", "money a period", "the amount to set; empty otherwise", |row, line| {
            line.money((row.decision == Some(Verdict::Set)).then_some(row.recommended_spend));
        }),
    ]
}
