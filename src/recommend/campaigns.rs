//! The roll-up to campaigns, which is where platforms take budgets.

use super::{Action, CampaignPlan, Outcome, Recommendation};
use crate::counts::{Counts, Groups};
use crate::domain::{Coin, LeverKind, metrics};
use crate::numeric::sum::ExactSum;

/// Says which daily budgets are to be set, from the levers of the rows: in whole coins, so that the spend fits in.
pub(super) fn set_budgets(campaigns: &mut [CampaignPlan], groups: &Groups, rows: &[Recommendation], coin: Coin) {
    let mut levers: Vec<Option<f64>> = vec![None; campaigns.len()];
    for row in rows.iter().filter(|row| row.lever == LeverKind::CampaignBudget) {
        let own = &mut levers[groups.of_term[row.index] as usize];
        let amounts = own.iter().copied().chain(row.lever_plan.filter(|_| row.moves()));
        *own = amounts.max_by(f64::total_cmp);
    }
    for (campaign, lever) in campaigns.iter_mut().zip(levers) {
        campaign.daily_budget_to_set = campaign.daily_budget_plan.map(|plan| match campaign.daily_budget_set {
            None => coin.up(plan),
            Some(set) => lever.unwrap_or_else(|| set.max(coin.up(plan))),
        });
    }
}

/// One row per campaign, without the budgets that are to be set. `days` is the length of the period that money is per, `None` if unknown; `bands` gives the interval of
/// the planned outcome of some terms.
pub(super) fn roll_up(
    counts: &Counts,
    groups: &Groups,
    rows: &[Recommendation],
    days: Option<f64>,
    bands: impl Fn(&[usize]) -> Option<(Outcome, Outcome)>,
) -> Vec<CampaignPlan> {
    groups
        .members()
        .into_iter()
        .filter(|members| !members.is_empty())
        .map(|members| {
            let of = |pick: &dyn Fn(&Recommendation) -> f64| {
                members.iter().map(|&term| pick(&rows[term])).collect::<ExactSum>().value()
            };
            // a figure that one row lacks is lacking for the campaign: a partial sum would mislead
            let all = |pick: &dyn Fn(&Recommendation) -> Option<f64>| {
                members.iter().map(|&term| pick(&rows[term])).collect::<Option<ExactSum>>().map(|sum| sum.value())
            };
            let counted = |wanted: &[Action]| members.iter().filter(|&&t| wanted.contains(&rows[t].action)).count();
            let current_spend = of(&|row| row.current_spend);
            let recommended_spend = of(&|row| row.recommended_spend);
            let first = &counts.terms[members[0]];
            let change = recommended_spend - current_spend;
            let bands = bands(&members);
            CampaignPlan {
                campaign: first.key.campaign.clone(),
                channel: first.key.channel.clone(),
                terms: members.len(),
                raised: counted(&[Action::Raise, Action::Explore]),
                cut: counted(&[Action::Cut]),
                current_spend,
                recommended_spend,
                change,
                change_pct: metrics::ratio(change, current_spend),
                daily_budget_set: members
                    .iter()
                    .filter_map(|&term| counts.terms[term].levers.campaign_budget)
                    .max_by(f64::total_cmp),
                daily_budget_now: days.map(|days| current_spend / days),
                daily_budget_plan: days.map(|days| recommended_spend / days),
                daily_budget_to_set: None,
                now: Outcome {
                    clicks: of(&|row| row.clicks_now),
                    conversions: of(&|row| row.conversions_now),
                    revenue: all(&|row| row.revenue_now),
                    profit: all(&|row| row.profit_now),
                },
                planned: Outcome {
                    clicks: of(&|row| row.clicks_plan),
                    conversions: of(&|row| row.conversions_plan),
                    revenue: all(&|row| row.revenue_plan),
                    profit: all(&|row| row.profit_plan),
                },
                planned_p05: bands.map(|(lower, _)| lower),
                planned_p95: bands.map(|(_, upper)| upper),
            }
        })
        .collect()
}
