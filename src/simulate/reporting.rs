//! When conversions become known.
//!
//! Owns the lag between a click and the report of its conversion. In: an account with all its
//! conversions. Out: the account as it looks at the end of a week, and what it will come to. A click
//! falls at a uniform time of its week, and its conversion is reported after a lag that is exponential
//! with a mean of m weeks, so that by the end of the week that is d weeks after the click's own
//!
//! ```text
//! F(d) = 1 − m (1 − e^(−1/m)) e^(−d/m)
//! ```
//!
//! of the conversions are known (exponential delay: Chapelle, 2014). Conversions are held
//! back one by one, binomially; a fractional count in as many equal parts as it has begun units.
//! Revenue is known in the same share as its conversions, so a week's mean order value does not
//! change while it is being reported. Wrong where reports are revised downwards, where valuable orders
//! take longer, and where some terms convert more slowly than others.

use super::account::term_stream;
use super::observation::{Observation, Rows};
use super::settings::SimulateSettings;
use crate::domain::{Date, Status};
use crate::numeric::stream::Stream;
use chrono::Days;
use rayon::prelude::*;

/// What is known of an account's conversions when, and what the observed rows will come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Reporting {
    /// Share of a week's conversions reported by its age in whole weeks since its end; 1 at the last
    /// age and beyond. Ascending.
    pub completion: Vec<f64>,
    /// Final conversions. Shape: rows of the observation.
    pub conversions: Vec<f64>,
    /// Final revenue, account currency. Shape: rows of the observation.
    pub revenue: Vec<f64>,
}

/// The account as it looked at the end of a week.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// Last day of the week, the day of the report.
    pub reported_on: Date,
    /// The rows up to that week.
    pub observation: Observation,
}

/// Less than this share of a week's conversions outstanding is none.
const NEGLIGIBLE: f64 = 1e-9;

/// A lag of 26 weeks, the longest, leaves nothing after 540.
const MOST_AGES: u32 = 1_000;

/// F by age for a mean lag in weeks, up to the age at which nothing is outstanding.
fn completion(delay: f64) -> Vec<f64> {
    let first = -delay * (-1.0 / delay).exp_m1();
    let mut outstanding: Vec<f64> = (0..MOST_AGES)
        .map(|age| first * (-f64::from(age) / delay).exp())
        .take_while(|&share| share > NEGLIGIBLE)
        .collect();
    outstanding.push(0.0);
    outstanding.into_iter().map(|share| 1.0 - share).collect()
}

/// Holds back what is not reported by the end of the last week; `None` without a delay.
pub(super) fn hold_back(observation: &mut Observation, settings: &SimulateSettings) -> Option<Reporting> {
    (settings.delay > 0.0).then(|| {
        let finals = Reporting {
            completion: completion(settings.delay),
            conversions: observation.rows.conversions.clone(),
            revenue: observation.rows.revenue.clone(),
        };
        let last = observation.weeks.len() - 1;
        let rows: Vec<usize> = (0..observation.rows.len()).collect();
        let known = known(&finals, observation, &rows, last, settings.seed);
        (observation.rows.conversions, observation.rows.revenue) = known.into_iter().unzip();
        finals
    })
}

/// Conversions and revenue of the given rows as known at the end of week `last`.
fn known(finals: &Reporting, observation: &Observation, rows: &[usize], last: usize, seed: u64) -> Vec<(f64, f64)> {
    rows.par_iter()
        .map(|&row| {
            let (conversions, revenue) = (finals.conversions[row], finals.revenue[row]);
            let week = observation.rows.week[row] as usize;
            let key = &observation.terms[observation.rows.term[row] as usize].key;
            if conversions <= 0.0 || last - week >= finals.completion.len() {
                return (conversions, revenue);
            }
            // one stream a row, read from age 0 on: what was known earlier is part of what is known now
            let mut stream = term_stream(seed, key, &format!("report {}", observation.weeks[week]));
            let share = reported(conversions.ceil(), &finals.completion[..=last - week], &mut stream);
            let hundredths = |value: f64| (value * share * 100.0).round() / 100.0;
            // a share of a whole count is whole but for rounding
            let count = if conversions.fract() > 0.0 { hundredths(conversions) } else { (conversions * share).round() };
            (count, hundredths(revenue))
        })
        .collect()
}

/// Share of `parts` equal parts that is known at the last of the ages in `completion`.
fn reported(parts: f64, completion: &[f64], stream: &mut Stream) -> f64 {
    let (mut known, mut before) = (0.0, 0.0);
    for &share in completion {
        if known >= parts {
            break;
        }
        known += stream.binomial(parts - known, ((share - before) / (1.0 - before)).clamp(0.0, 1.0));
        before = share;
    }
    known / parts
}

/// The account as it looked at the end of each of the last `settings.exports` weeks, oldest first;
/// the last one is the observation itself. Of the same click week a later export never has fewer
/// conversions. `settings` are those that made the account; more exports than weeks are all weeks.
#[must_use]
pub fn exports(simulated: &super::Simulated, settings: &SimulateSettings) -> Vec<Export> {
    let observation = &simulated.observation;
    let weeks = observation.weeks.len();
    (weeks - settings.exports.min(weeks)..weeks)
        .map(|last| {
            let rows: Vec<usize> =
                (0..observation.rows.len()).filter(|&row| observation.rows.week[row] as usize <= last).collect();
            let known = match &simulated.truth.reporting {
                Some(finals) => known(finals, observation, &rows, last, settings.seed),
                None => {
                    rows.iter().map(|&row| (observation.rows.conversions[row], observation.rows.revenue[row])).collect()
                }
            };
            Export {
                reported_on: observation.weeks[last] + Days::new(6),
                observation: view(observation, &rows, &known, last),
            }
        })
        .collect()
}

/// The observation reduced to some of its rows; terms without a row are not in it.
fn view(whole: &Observation, rows: &[usize], known: &[(f64, f64)], last: usize) -> Observation {
    let mut seen = Observation {
        terms: Vec::new(),
        weeks: whole.weeks[..=last].to_vec(),
        rows: Rows::with_capacity(rows.len()),
        currency: whole.currency.clone(),
    };
    let mut owner = None;
    for (&row, &(conversions, revenue)) in rows.iter().zip(known) {
        let term = whole.rows.term[row];
        if owner != Some(term) {
            owner = Some(term);
            seen.terms.push(whole.terms[term as usize].clone());
        }
        let cell = super::Cell { conversions, revenue, ..whole.rows.cell(row) };
        let number = u32::try_from(seen.terms.len() - 1).unwrap_or(u32::MAX);
        seen.rows.push(number, whole.rows.week[row], &cell);
        if let Some(term) = seen.terms.last_mut() {
            term.levers.max_cpc = Some(cell.max_cpc);
            // a term that is shown later was not paused yet
            let later = whole.rows.term.get(row + 1) == whole.rows.term.get(row);
            term.status = if later { Status::Enabled } else { whole.terms[owner.unwrap_or(0) as usize].status };
        }
    }
    seen
}
