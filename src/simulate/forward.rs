//! Carries an account on, week by week, under a plan.
//!
//! In: an account, the settings that made it, and a spend for every term. Out: the account with one
//! week more, and what the plan was expected to bring in that week. The luck of a term in a week
//! comes from a stream keyed by term and date, so that policies compared on one account meet the
//! same demand and the same drift of rates.

use super::Simulated;
use super::account::{draw_campaign, season, term_stream};
use super::drift::rate_noise;
use super::history::{CellMaker, HIGHEST_RATE, Set, unheld};
use super::observation::{Cell, Observation, Rows};
use super::reporting;
use super::settings::{MOST_WEEKS, SimulateError, SimulateSettings};
use super::texts;
use super::truth::{Outcome, Truth};
use crate::domain::{Date, Status};
use crate::numeric::sum::ExactSum;
use chrono::Days;
use rayon::prelude::*;

/// Plays one more week in which bids are set for `spend` and adds it to the account.
///
/// `spend` is what a term would cost in an average week (shape: terms, account currency a week);
/// in a week whose demand is d times the average it costs about d times that, as bids do, and no more than that where a
/// budget holds its campaign. A term
/// given 0 is not shown; a paused one given more is enabled. After the week the true rates drift
/// on, and `current_spend` is `spend`. Answers with the expectation for the week just played, by the
/// truth as it stood in that week and without the luck of the draw.
///
/// # Errors
/// [`SimulateError::PlanLength`] and [`SimulateError::PlanSpend`] for a plan that does not fit, and
/// [`SimulateError::Setting`] for settings out of range or a history of 1,040 weeks already. The
/// account is unchanged then.
pub fn play_week(
    account: &mut Simulated,
    settings: &SimulateSettings,
    spend: &[f64],
) -> Result<Outcome, SimulateError> {
    settings.validate()?;
    account.truth.check(spend)?;
    let week = account.observation.weeks.len();
    if week >= MOST_WEEKS {
        let rule = "a history of 1040 weeks cannot be carried on";
        return Err(SimulateError::Setting { field: "weeks", value: week.to_string(), rule });
    }
    let longer = SimulateSettings { weeks: week + 1, ..settings.clone() };
    let date = settings.start + Days::new(7 * week as u64);
    carry_demand_on(account, &longer, week);
    let shared = account.truth.log_rates.step(&account.truth.campaigns, settings, date);
    let truth = &account.truth;
    let budgets = budgets(truth, spend);
    let played: Vec<Played> = (0..truth.terms.len())
        .into_par_iter()
        .map(|index| {
            let demand = truth.season[week] * truth.campaigns[truth.campaign[index] as usize].demand[week];
            let maker = CellMaker::new(truth, index, settings.fractional);
            let mut stream = term_stream(settings.seed, &truth.terms[index], &format!("week {date}"));
            // the drift comes first, so that it does not depend on the plan
            let drift = settings.drift * (stream.normal() - settings.drift / 2.0);
            let shared = shared[truth.campaign[index] as usize];
            let set = set((truth, settings), index, spend[index], demand, budgets[truth.campaign[index] as usize]);
            let cost = set.served.unwrap_or(1.0) * set.intensity * demand * truth.reference_spend[index];
            let mut noise = term_stream(settings.seed, &truth.terms[index], &format!("dispersion {date}"));
            let rate = (truth.cvr[index] * rate_noise(settings.dispersion, &mut noise)).min(HIGHEST_RATE);
            Played {
                cell: maker.draw(demand, set, rate, &mut stream),
                clicks: truth.clicks(index, cost, demand),
                spend: cost,
                next_rate: (truth.cvr[index] * (drift + shared).exp()).min(HIGHEST_RATE),
            }
        })
        .collect();
    let outcome = expectation(account, &played);
    let cells: Vec<Cell> = played.iter().map(|term| term.cell).collect();
    // what is known of the earlier weeks is drawn anew from what they will come to
    if let Some(reporting) = account.truth.reporting.take() {
        account.observation.rows.conversions = reporting.conversions;
        account.observation.rows.revenue = reporting.revenue;
    }
    add_week(&mut account.observation, date, &cells);
    account.truth.reporting = reporting::hold_back(&mut account.observation, settings);
    for (index, term) in played.iter().enumerate() {
        account.truth.cvr[index] = term.next_rate;
        if spend[index] > 0.0 {
            account.observation.terms[index].status = Status::Enabled;
        }
    }
    account.truth.current_spend = spend.to_vec();
    Ok(outcome)
}

/// Daily budgets of the campaigns that their budget holds, account currency; 0 for the others. Shape: campaigns.
fn budgets(truth: &Truth, spend: &[f64]) -> Vec<f64> {
    let mut sums = vec![ExactSum::default(); truth.campaigns.len()];
    for (index, &spend) in spend.iter().enumerate().filter(|(index, _)| truth.straight[*index].is_some()) {
        sums[truth.campaign[index] as usize].add(spend);
    }
    sums.iter().map(|sum| (sum.value() / 7.0 * 100.0).ceil() / 100.0).collect()
}

/// How bid and budget of a term are set for a spend in an average week. Below what its bid could win a budget holds it, and
/// is used up earlier in a week of more demand; beyond, the bid is raised.
fn set((truth, settings): (&Truth, &SimulateSettings), index: usize, spend: f64, demand: f64, budget: f64) -> Set {
    match truth.straight[index] {
        Some(wanted) if spend <= wanted => Set {
            intensity: wanted / truth.reference_spend[index],
            served: Some((spend / (demand * wanted)).min(1.0)),
            budget,
        },
        _ => Set { intensity: spend / truth.reference_spend[index], served: unheld(settings), budget },
    }
}

/// One term's week.
struct Played {
    cell: Cell,
    /// Expected clicks.
    clicks: f64,
    /// Expected cost, account currency.
    spend: f64,
    next_rate: f64,
}

/// Season and campaign demand of the new week, from the streams that gave the earlier ones.
fn carry_demand_on(account: &mut Simulated, longer: &SimulateSettings, week: usize) {
    account.truth.season = season(longer);
    let count = account.truth.campaigns.len();
    for (number, campaign) in account.truth.campaigns.iter_mut().enumerate() {
        let (drawn, _) = draw_campaign(&texts::title(number, count), longer);
        campaign.demand.push(drawn.demand[week]);
    }
}

fn expectation(account: &Simulated, played: &[Played]) -> Outcome {
    let truth = &account.truth;
    let total = |value: &dyn Fn(usize, &Played) -> f64| {
        played.iter().enumerate().map(|(index, term)| value(index, term)).collect::<ExactSum>().value()
    };
    let spend = total(&|_, term| term.spend);
    let revenue = total(&|index, term| term.clicks * truth.cvr[index] * truth.order_value[index]);
    Outcome {
        spend,
        clicks: total(&|_, term| term.clicks),
        conversions: total(&|index, term| term.clicks * truth.cvr[index]),
        revenue,
        profit: truth.margin.map(|margin| margin.mul_add(revenue, -spend)),
    }
}

/// Adds a week at the end of every term's rows; a term without impressions gets none.
fn add_week(observation: &mut Observation, date: Date, cells: &[Cell]) {
    let number = u32::try_from(observation.weeks.len()).unwrap_or(u32::MAX);
    let old = std::mem::take(&mut observation.rows);
    let mut rows = Rows::with_capacity(old.len() + cells.len());
    let mut row = 0;
    for (term, cell) in (0_u32..).zip(cells) {
        while row < old.len() && old.term[row] == term {
            rows.push(term, old.week[row], &old.cell(row));
            row += 1;
        }
        if cell.impressions > 0.0 {
            rows.push(term, number, cell);
            let levers = &mut observation.terms[term as usize].levers;
            levers.max_cpc = Some(cell.max_cpc);
            levers.campaign_budget = Some(cell.campaign_budget).filter(|&budget| budget > 0.0);
        }
    }
    observation.rows = rows;
    observation.weeks.push(date);
}
