//! What campaigns brought and what plans promised of them, from counts and records: the input of [`super::lift`].
//!
//! In: today's counts and plan, the records of earlier runs. Out: one [`Rotation`] a draw.
//!
//! # Formula
//! ```text
//! figure of a week   conversions / s, revenue / s, or margin · revenue / s − cost, each times incrementality; s share reported
//! promised           Σ over terms of adopted campaigns  F(x) − F(g o)       x planned, o spend when the campaigns were drawn
//! g                  spend now of the campaigns held back over that when they were drawn: how spend moved without a plan
//! F(x)               (free clicks + Q(x)) w, less x for profit              Q clicks at a spend, w objective a click
//! ```

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::holdback::{Drawn, Holdback, campaign_of};
use super::lift::{Measured, Rotation};
use super::{Record, StoredTerm};
use crate::counts::Counts;
use crate::domain::{Date, Objective, TermKey, stable_hash};
use crate::estimate::Posterior;
use crate::recommend::{HeldBack, Plan, Recommendation};
use std::collections::BTreeMap;

/// Standard errors above which moves are taken to have been made.
const SURE: f64 = 2.0;

/// Weeks before a draw that its campaigns are compared with, at most.
const BEFORE: usize = 8;

/// Gives terms the spend they had when the campaigns were drawn: that of the run before where the draw goes on, else
/// today's.
pub fn keep_old_spends(terms: &mut [StoredTerm], before: Option<&[StoredTerm]>) {
    let known: BTreeMap<&TermKey, f64> =
        before.into_iter().flatten().filter_map(|term| Some((&term.key, term.old_spend?))).collect();
    for term in terms {
        term.old_spend = Some(known.get(&term.key).copied().unwrap_or(term.current_spend));
    }
}

/// What a plan promises of the adopted campaigns beyond their old spends, in the objective's units a week; `None` where
/// nothing is held back. Shape of `terms`: rows of the plan.
#[must_use]
pub fn promised(plan: &Plan, terms: &[StoredTerm], drawn: &Holdback) -> Option<f64> {
    let side: BTreeMap<(Option<&str>, Option<&str>), bool> =
        drawn.campaigns.iter().map(|drawn| (named(&drawn.campaign), drawn.held)).collect();
    let of = |key: &TermKey| side.get(&(key.channel.as_deref(), key.campaign.as_deref())).copied();
    let (mut now, mut then) = (0.0, 0.0);
    for term in terms.iter().filter(|term| of(&term.key) == Some(true)) {
        now += term.current_spend;
        then += term.old_spend?;
    }
    if then <= 0.0 {
        return None;
    }
    let moved = now / then;
    let mut sum = 0.0;
    for (row, term) in plan.rows.iter().zip(terms).filter(|(_, term)| of(&term.key) == Some(false)) {
        let worth = worth_of_click(plan.summary.objective, row)?;
        let cost = if plan.summary.objective == Objective::Profit { 1.0 } else { 0.0 };
        let figure = |spend: f64| term.clicks(spend) * worth - cost * spend;
        sum += figure(term.recommended_spend) - figure(moved * term.old_spend?);
    }
    Some(sum)
}

fn named(campaign: &HeldBack) -> (Option<&str>, Option<&str>) {
    (campaign.channel.as_deref(), campaign.campaign.as_deref())
}

/// Objective a click, gross of spend; `None` where the plan has no such figure.
fn worth_of_click(objective: Objective, row: &Recommendation) -> Option<f64> {
    let at = |clicks: f64, spend: f64, conversions: f64, revenue: Option<f64>, profit: Option<f64>| {
        let figure = match objective {
            Objective::Conversions => conversions,
            Objective::Revenue => revenue?,
            Objective::Profit => profit? + spend,
        };
        Some(figure / clicks)
    };
    if row.clicks_plan > 0.0 {
        at(row.clicks_plan, row.recommended_spend, row.conversions_plan, row.revenue_plan, row.profit_plan)
    } else if row.clicks_now > 0.0 {
        at(row.clicks_now, row.current_spend, row.conversions_now, row.revenue_now, row.profit_now)
    } else {
        Some(0.0)
    }
}

/// The rotations of earlier runs and today's, as far as weeks have come since. `past` are records of weeks before, ascending.
#[must_use]
pub fn rotations(
    counts: &Counts,
    posterior: &Posterior,
    plan: &Plan,
    margin: Option<f64>,
    past: &[Record],
    today: &Record,
) -> Vec<Rotation> {
    let mut draws: Vec<(&Holdback, Option<Date>)> = Vec::new();
    for record in past.iter().chain([today]) {
        let Some(drawn) = record.holdback.as_ref().filter(|drawn| drawn.campaigns.iter().any(|drawn| drawn.held))
        else {
            continue;
        };
        // a draw ends where the next begins, or where nothing is held back any more
        if draws.last().is_none_or(|(last, _)| last.since != drawn.since) {
            draws.push((drawn, None));
        }
        if let Some(last) = draws.last_mut() {
            last.1 = record.planned_week;
        }
    }
    if draws.is_empty() {
        return Vec::new();
    }
    let Some(weeks) = figures(counts, posterior, plan, margin) else { return Vec::new() };
    draws
        .into_iter()
        .filter_map(|(drawn, last)| rotation(counts, &weeks, drawn, (drawn.since?, last?), past.iter().chain([today])))
        .collect()
}

fn rotation<'r>(
    counts: &Counts,
    weeks: &Figures<'_>,
    drawn: &Holdback,
    (since, last): (Date, Date),
    records: impl Iterator<Item = &'r Record> + Clone,
) -> Option<Rotation> {
    let periods = &counts.calendar.periods;
    let complete = |at: &usize| periods[*at].complete;
    let starts = |at: &usize| periods[*at].start;
    let after: Vec<usize> = (0..periods.len())
        .filter(complete)
        .filter(|at| starts(at).is_some_and(|start| since <= start && start <= last))
        .collect();
    let mut before: Vec<usize> =
        (0..periods.len()).filter(complete).filter(|at| starts(at).is_some_and(|start| start < since)).collect();
    before.drain(..before.len().saturating_sub(BEFORE));
    if after.is_empty() || before.is_empty() {
        return None;
    }
    let mean = |campaign: &HeldBack, chosen: &[usize]| {
        let own = weeks.get(&named(campaign));
        own.map_or(0.0, |own| chosen.iter().map(|&at| own[at]).sum::<f64>() / chosen.len() as f64)
    };
    let name = |campaign: &HeldBack| {
        let (channel, campaign) = named(campaign);
        stable_hash(&[channel.unwrap_or_default(), campaign.unwrap_or_default()])
    };
    let measured = |drawn: &Drawn| Measured {
        campaign: name(&drawn.campaign),
        spend: drawn.spend,
        before: mean(&drawn.campaign, &before),
        since: mean(&drawn.campaign, &after),
        held: drawn.held,
    };
    // of every week the plan that was in force, as far as it was followed
    let promise: BTreeMap<&str, f64> = records
        .clone()
        .filter_map(|record| Some((record.id.as_str(), record.holdback.as_ref()?, record)))
        .filter(|(_, own, _)| own.since == drawn.since)
        .filter_map(|(id, own, _)| Some((id, own.promised?)))
        .collect();
    // noise of single weeks averages out, unless it is cut at nothing
    let made: BTreeMap<Date, (f64, f64)> = records
        .filter_map(Record::followed)
        .filter_map(|review| {
            let promised = *promise.get(review.plan.as_str())?;
            Some((review.week?, (review.adoption? * promised, review.adoption_error.unwrap_or_default() * promised)))
        })
        .collect();
    let known: Vec<(f64, f64)> = after.iter().filter_map(|&at| made.get(&periods[at].start?).copied()).collect();
    Some(Rotation {
        weeks: after.len(),
        campaigns: drawn.campaigns.iter().map(measured).collect(),
        // weeks without a review, such as those that guards held, are taken to be like the others
        promised: (2 * known.len() >= after.len()).then(|| followed(&known)).flatten(),
    })
}

/// What was promised of the moves that were made, a week, from each week's with its standard error; `None` where it is not
/// surely more than nothing, as where nobody follows and spends scatter.
fn followed(weeks: &[(f64, f64)]) -> Option<f64> {
    let sum: f64 = weeks.iter().map(|week| week.0).sum();
    let error = weeks.iter().map(|week| week.1 * week.1).sum::<f64>().sqrt();
    (sum.abs() > SURE * error).then(|| sum / weeks.len() as f64)
}

/// Figure by campaign.
type Figures<'c> = BTreeMap<(Option<&'c str>, Option<&'c str>), Vec<f64>>;

/// The objective's figure of every campaign in every week. Shape of each: periods.
fn figures<'c>(counts: &'c Counts, posterior: &Posterior, plan: &Plan, margin: Option<f64>) -> Option<Figures<'c>> {
    let cells = &counts.cells;
    let objective = plan.summary.objective;
    let reported = |period: usize| posterior.delay.completion.get(period).copied().unwrap_or(1.0);
    let mut weeks: Figures<'c> = BTreeMap::new();
    for row in &plan.rows {
        let term = &counts.terms[row.index];
        let Some(_) = campaign_of(term) else { continue };
        let own = weeks
            .entry((term.key.channel.as_deref(), term.key.campaign.as_deref()))
            .or_insert_with(|| vec![0.0; counts.calendar.periods.len()]);
        let share = term.margin.or(margin);
        for cell in cells.of_term(row.index) {
            let period = cells.period[cell] as usize;
            let came = |measure: f64| row.incrementality * measure / reported(period);
            own[period] += match objective {
                Objective::Conversions => came(cells.conversions[cell]),
                Objective::Revenue => came(cells.revenue.as_ref()?[cell]),
                Objective::Profit => share? * came(cells.revenue.as_ref()?[cell]) - cells.cost.as_ref()?[cell],
            };
        }
    }
    Some(weeks)
}

#[cfg(test)]
mod tests {
    use super::followed;

    #[test]
    fn what_nobody_followed_promised_nothing() {
        assert_eq!(followed(&[(50.0, 10.0), (70.0, 0.0)]), Some(60.0));
        // spends that scatter around no move
        assert_eq!(followed(&[(30.0, 20.0), (-25.0, 20.0), (10.0, 20.0)]), None);
        assert_eq!(followed(&[(0.0, 0.0)]), None);
    }
}
