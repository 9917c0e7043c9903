//! Guards that ask the data alone, before anything is fitted.
//!
//! In: the account's weeks as they look now, what earlier runs saw of them, and which week is due. Out: findings, in
//! the order of [`Guard::ALL`]. Wrong where the account itself does what a broken export would look like: that is
//! what accepting a guard is for.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::guard::{Finding, Guard, GuardSettings};
use super::range::{self, median, out_of_range};
use super::record::Record;
use super::weeks::WeekTotals;
use crate::domain::Date;
use chrono::Days;

/// What the guards look at.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// The account's weeks, ascending.
    pub weeks: &'a [WeekTotals],
    /// Weeks that the config leaves out, and broken ones. Shape: weeks.
    pub left_out: &'a [bool],
    /// Price levels, NaN where they are not known. Shape: weeks.
    pub prices: &'a [f64],
    /// Share of each week's conversions that is reported. Shape: weeks.
    pub reported: &'a [f64],
    /// Weeks as the runs that planned after them first saw them, ascending: rates of like age.
    pub first_seen: &'a [WeekTotals],
    /// Last day of the week that is due.
    pub due: Date,
    /// Complete weeks averaged into current spend.
    pub baseline_weeks: usize,
    /// Currency of the data, and that of the last run.
    pub currency: [Option<&'a str>; 2],
}

/// Standard deviations that conversions have to be too few by.
const SURE: f64 = 4.0;

/// Conversions above this many times what a held run saw of its week, and one more: the week was reported anew.
const REPORTED_ANEW: f64 = 1.5;

/// Weeks in which conversions broke and which nobody accepted, as far as the data still have them so: a fit would take them for
/// rates that fell. `past`: of each week the run that counts. Shape: weeks.
#[must_use]
pub fn broken_weeks(weeks: &[WeekTotals], past: &[Record]) -> Vec<bool> {
    let broken: Vec<&WeekTotals> =
        past.iter().filter(|record| record.broke()).filter_map(|record| record.week.as_ref()).collect();
    weeks
        .iter()
        .map(|week| {
            let same = broken.iter().filter(|seen| seen.start == week.start);
            same.map(|seen| REPORTED_ANEW * seen.conversions + 1.0).any(|most| week.conversions <= most)
        })
        .collect()
}

/// What the guards of the data find.
#[must_use]
pub fn watch(watched: &Watched, settings: &GuardSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let usable: Vec<usize> = (0..watched.weeks.len())
        .filter(|&at| watched.weeks[at].complete && !watched.left_out[at])
        .filter(|&at| watched.weeks[at].last.is_some_and(|last| last <= watched.due))
        .collect();
    findings.extend(due_week(watched));
    findings.extend(gaps(watched, &usable));
    if let [Some(now), Some(before)] = watched.currency
        && now != before
    {
        findings.push(Finding::new(Guard::Currency, format!("amounts are in {now}, and were in {before}"), None, None));
    }
    // a week that a person left out is not judged
    let week_is_due = |at: &&usize| watched.weeks[**at].last.is_some_and(|last| last + Days::new(7) > watched.due);
    if let Some(&last) = usable.last().filter(week_is_due) {
        let before = &usable[..usable.len() - 1];
        let before = &before[before.len().saturating_sub(settings.window_weeks)..];
        findings.extend(tracking(watched, last, before, settings));
        findings.extend(ranges(watched, last, before, settings));
        findings.extend(volume(watched, last, before, settings));
        findings.extend(price_shift(watched, last, before, settings));
        findings.sort_by_key(|finding| Guard::ALL.iter().position(|guard| *guard == finding.guard));
    }
    findings.retain(|finding| settings.is_on(finding.guard));
    findings
}

/// Whether the week that is due is there, and whole.
fn due_week(watched: &Watched) -> Option<Finding> {
    let rows = || watched.weeks.iter().zip(watched.left_out).filter(|(week, _)| week.rows > 0);
    let recent = |week: &WeekTotals| week.last.is_some_and(|last| last + Days::new(7) > watched.due);
    let whole = rows().any(|(week, left_out)| (week.complete || *left_out) && recent(week));
    if whole {
        return None;
    }
    let due = watched.due;
    if rows().any(|(week, _)| recent(week)) {
        let message = format!("the week to {due} is not complete");
        return Some(Finding::new(Guard::PartialWeek, message, None, None));
    }
    let message = match rows().filter_map(|(week, _)| week.last).next_back() {
        Some(last) => format!("the week to {due} is not there: the data end with the week to {last}"),
        None => format!("the week to {due} is not there: the data have no dated week"),
    };
    Some(Finding::new(Guard::StaleWeek, message, None, None))
}

/// Weeks without rows among those that current spend is taken from.
fn gaps(watched: &Watched, usable: &[usize]) -> Option<Finding> {
    let baseline = &usable[usable.len().saturating_sub(watched.baseline_weeks)..];
    let missing = baseline.iter().map(|&at| &watched.weeks[at]).filter(|week| week.rows == 0);
    let days: Vec<String> = missing.filter_map(|week| week.start).map(|day| day.to_string()).collect();
    (!days.is_empty()).then(|| {
        let message = format!("no rows in a week that current spend is taken from: begun {}", days.join(", "));
        Finding::new(Guard::MissingWeek, message, None, None)
    })
}

/// Whether conversions collapse while clicks hold.
fn tracking(watched: &Watched, last: usize, before: &[usize], settings: &GuardSettings) -> Option<Finding> {
    let rate = |week: &WeekTotals| (week.clicks > 0.0).then(|| week.conversions / week.clicks);
    let start = watched.weeks[last].start;
    let seen: Vec<f64> = watched.first_seen.iter().filter(|week| week.start < start).filter_map(rate).collect();
    let week = &watched.weeks[last];
    // what was reported of earlier weeks when they were as young as this one says most
    let (rates, reported) = if seen.len() >= range::FEWEST {
        (seen[seen.len().saturating_sub(settings.window_weeks)..].to_vec(), 1.0)
    } else {
        let finished = |&at: &usize| Some(rate(&watched.weeks[at])? / watched.reported[at].max(f64::MIN_POSITIVE));
        (before.iter().filter_map(finished).collect(), watched.reported[last])
    };
    if rates.len() < range::FEWEST {
        return None;
    }
    let usual = median(rates.clone())?;
    let scatter = 1.4826 * median(rates.iter().map(|rate| (rate - usual).abs()).collect())?;
    let usual_clicks = median(before.iter().map(|&at| watched.weeks[at].clicks).collect())?;
    let expected = usual * week.clicks * reported;
    let deviation = (expected + (scatter * week.clicks * reported).powi(2)).sqrt();
    let holds = week.clicks >= settings.tracking_clicks * usual_clicks;
    let collapsed =
        week.conversions < settings.tracking_ratio * expected && expected - week.conversions > SURE * deviation;
    (holds && collapsed).then(|| {
        let message = format!(
            "{:.1} conversions in the week to {} where {:.0} clicks led to expect {expected:.0}: tracking may have broken",
            week.conversions,
            week.last.unwrap_or(watched.due),
            week.clicks,
        );
        Finding::new(Guard::TrackingBreak, message, Some(week.conversions / expected), Some(settings.tracking_ratio))
    })
}

/// A figure of a week; `None` where it has none.
type Figure = fn(&WeekTotals) -> Option<f64>;

/// Figures out of their ranges.
fn ranges<'w>(
    watched: &'w Watched<'w>,
    last: usize,
    before: &'w [usize],
    settings: &'w GuardSettings,
) -> impl Iterator<Item = Finding> + 'w {
    let figures: [(Guard, &str, f64, Figure); 4] = [
        (Guard::SpendRange, "the spend", settings.spend_change, |week| week.cost),
        (Guard::RowsRange, "the number of rows", settings.rows_change, |week| Some(week.rows as f64)),
        (Guard::PriceRange, "the cost of a click", settings.price_change, WeekTotals::price),
        (Guard::ValueRange, "the revenue of a conversion", settings.value_change, WeekTotals::value),
    ];
    figures.into_iter().filter_map(move |(guard, name, change, figure)| {
        let weeks: Vec<f64> = before.iter().filter_map(|&at| figure(&watched.weeks[at])).collect();
        let now = figure(&watched.weeks[last])?;
        let out = out_of_range(&weeks, now, settings.range_deviations, change)?;
        let message = format!(
            "{name} in the week to {} is {:.3} times the usual; {:.3} to {:.3} times is its range",
            watched.weeks[last].last.unwrap_or(watched.due),
            out.ratio,
            out.lower,
            out.upper,
        );
        let limit = if out.ratio < 1.0 { out.lower } else { out.upper };
        Some(Finding::new(guard, message, Some(out.ratio), Some(limit)))
    })
}

/// Share of the deviations that is enough where two figures have to be out.
const TWO: f64 = 0.6;

/// Impressions and clicks, both out of their ranges on the same side: a week that was counted twice, or in part.
fn volume(watched: &Watched, last: usize, before: &[usize], settings: &GuardSettings) -> Option<Finding> {
    let out = |figure: Figure| {
        let weeks: Vec<f64> = before.iter().filter_map(|&at| figure(&watched.weeks[at])).collect();
        let now = figure(&watched.weeks[last])?;
        out_of_range(&weeks, now, TWO * settings.range_deviations, settings.volume_change)
    };
    let (shown, clicked) = (out(|week| week.impressions)?, out(|week| Some(week.clicks))?);
    if (shown.ratio > 1.0) != (clicked.ratio > 1.0) {
        return None;
    }
    let message = format!(
        "impressions and clicks in the week to {} are {:.2} and {:.2} times the usual: the week may be counted twice, or in part",
        watched.weeks[last].last.unwrap_or(watched.due),
        shown.ratio,
        clicked.ratio,
    );
    let limit = if clicked.ratio < 1.0 { clicked.lower } else { clicked.upper };
    Some(Finding::new(Guard::VolumeRange, message, Some(clicked.ratio), Some(limit)))
}

/// The price of a click on most terms at once.
fn price_shift(watched: &Watched, last: usize, before: &[usize], settings: &GuardSettings) -> Option<Finding> {
    let level = |at: usize| watched.prices.get(at).copied().filter(|level| level.is_finite());
    let levels: Vec<f64> = before.iter().filter_map(|&at| level(at)).collect();
    let out = out_of_range(&levels, level(last)?, settings.range_deviations, settings.price_shift)?;
    let message = format!(
        "a click costs {:.3} times the usual on most terms at once in the week to {}; {:.3} to {:.3} times is the range: amounts may be in \
         another currency",
        out.ratio,
        watched.weeks[last].last.unwrap_or(watched.due),
        out.lower,
        out.upper,
    );
    let limit = if out.ratio < 1.0 { out.lower } else { out.upper };
    Some(Finding::new(Guard::PriceShift, message, Some(out.ratio), Some(limit)))
}
