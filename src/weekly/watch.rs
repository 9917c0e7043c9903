//! Guards that ask the data alone, before anything is fitted.
//!
//! In: the account's weeks as they look now, what earlier runs saw of them, and which week is due. Out: findings, in
//! the order of [`Guard::ALL`]. Wrong where the account itself does what a broken export would look like: that is
//! what accepting a guard is for.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::guard::{Finding, Guard, GuardSettings};
use super::prices::PriceLevel;
use super::range::{self, CONSISTENT, Judged, Limits, judged, median};
use super::record::Record;
use super::weeks::{WeekTotals, reaches_week_of};
use crate::domain::Date;
use serde::{Deserialize, Serialize};

/// What the guards look at.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// The account's weeks, ascending.
    pub weeks: &'a [WeekTotals],
    /// Weeks that the config leaves out, and those that could not be read. Shape: weeks.
    pub left_out: &'a [bool],
    /// Weeks that were held and that nobody accepted or put right: they do not say what is usual. Shape: weeks.
    pub apart: &'a [bool],
    /// Price levels and the errors of their last steps. Shape: weeks.
    pub prices: &'a [PriceLevel],
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

/// Standard deviations that conversions have to be too few by, and that a step of prices has to be sure by.
const SURE: f64 = 4.0;

/// Standard deviations of a count that the week before the last has to be low by, where reports come late.
const LOW: f64 = 2.0;

/// Conversions above this many times what a held run saw of its week, and one more: the week was reported anew.
const REPORTED_ANEW: f64 = 1.5;
/// Clicks above this many times those of a week that was not whole: the rest has come. Platforms take single clicks off again.
const PARTIAL_ANEW: f64 = 1.02;

/// A week that was held and that nobody accepted or put right: plans do without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apart {
    /// Its first day.
    pub week: Option<Date>,
    /// Last day of the week of the run that held it; its own last day where it came late.
    pub as_of: Date,
    /// The guards whose findings still stand.
    pub guards: Vec<Guard>,
    /// Whether its data came after its own run, so that a later one judged it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
}

impl Apart {
    /// The week with what held it.
    #[must_use]
    pub fn named(&self) -> String {
        let day = self.week.map(|day| day.to_string()).unwrap_or_default();
        let guards: Vec<&str> = self.guards.iter().map(|guard| guard.name()).collect();
        format!("{day} ({})", guards.join(", "))
    }
}

/// The weeks that plans do without, by the runs that held them and as the data are now; `watched.apart` is not looked at. A week counts again
/// where a person accepted it, where the guard finds nothing any more in what the data have now, where the guard is switched
/// off, and where the weeks after keep the level that it came to: then it was no slip. `past`: of each week the run that
/// counts. Shape: weeks.
#[must_use]
pub fn held_weeks(watched: &Watched, past: &[Record], settings: &GuardSettings) -> Vec<Option<Apart>> {
    let weeks = watched.weeks;
    let mut held: Vec<Option<Apart>> = vec![None; weeks.len()];
    for (at, week) in weeks.iter().enumerate().filter(|(at, week)| !watched.left_out[*at] && week.rows > 0) {
        if is_late(week, past, watched.due) {
            held[at] = judged_late(watched, at, &held, settings);
            continue;
        }
        let record = past.iter().filter(|record| record.held).find_map(|record| {
            let as_of = record.as_of.filter(|as_of| week.is_last_by(*as_of))?;
            Some((record, as_of))
        });
        let Some((record, as_of)) = record else { continue };
        let before = before_apart(watched, at, &held, settings);
        let still = |guard: &Guard| match guard {
            Guard::PartialWeek => record.partial.as_ref().is_some_and(|seen| week.clicks <= PARTIAL_ANEW * seen.clicks),
            // a few that came late put nothing right
            Guard::TrackingBreak => {
                record.week.as_ref().is_some_and(|seen| week.conversions <= REPORTED_ANEW * seen.conversions + 1.0)
                    || before.as_ref().is_some_and(|before| tracking(watched, before, settings).is_some())
            }
            guard => before.as_ref().is_some_and(|before| stands(watched, *guard, before, settings)),
        };
        let open = record.findings.iter().filter(|finding| !finding.accepted).map(|finding| finding.guard);
        let guards: Vec<Guard> =
            open.filter(|guard| guard.is_of_the_week() && settings.is_on(*guard)).filter(still).collect();
        held[at] = (!guards.is_empty()).then_some(Apart { week: week.start, as_of, guards, late: false });
    }
    held
}

/// The week and those before it that count.
fn before_apart(watched: &Watched, at: usize, held: &[Option<Apart>], settings: &GuardSettings) -> Option<Before> {
    let known: Vec<bool> = held.iter().map(Option::is_some).collect();
    Before::of(&Watched { apart: &known, ..*watched }, at, settings)
}

/// Whether a week before the one that is due is there now, and was not when it was due: its run did not see it, or it had none although
/// there were runs before.
#[must_use]
pub fn is_late(week: &WeekTotals, past: &[Record], due: Date) -> bool {
    let Some(last) = week.last.filter(|last| *last <= due && !week.is_last_by(due)) else { return false };
    let is_of = |record: &&Record| record.as_of.is_some_and(|as_of| week.is_last_by(as_of));
    match past.iter().find(is_of) {
        Some(record) => record.week.or(record.partial).is_none_or(|seen| seen.start != week.start),
        None => past.first().and_then(|record| record.as_of).is_some_and(|first| first < last),
    }
}

/// A late week as the guards of figures find it now; `None` where it is like the weeks before, and where its level stayed.
fn judged_late(watched: &Watched, at: usize, held: &[Option<Apart>], settings: &GuardSettings) -> Option<Apart> {
    let (before, week) = (before_apart(watched, at, held, settings)?, &watched.weeks[at]);
    let finds = |guard: &Guard| match guard {
        Guard::TrackingBreak => tracking(watched, &before, settings).is_some(),
        guard => stands(watched, *guard, &before, settings),
    };
    let all = [Guard::TrackingBreak].into_iter().chain(FIGURES);
    let guards: Vec<Guard> = all.filter(|guard| settings.is_on(*guard)).filter(finds).collect();
    (!guards.is_empty()).then_some(Apart { week: week.start, as_of: week.last?, guards, late: true })
}

/// Whether a finding about a figure is still one: no week after it that makes no step of its own keeps the level (two, where the level is a
/// wild one), or the weeks after went back.
fn stands(watched: &Watched, guard: Guard, before: &Before, settings: &GuardSettings) -> bool {
    let Some(own) = out_of_range(watched, guard, before, settings) else { return false };
    let seen = |at: &usize| is_seen(watched, *at) && watched.weeks[*at].rows > 0;
    let later: Vec<usize> = (before.at..watched.weeks.len()).filter(seen).collect();
    let after = |pair: &[usize]| {
        let after = Before { at: pair[1], usual: before.usual.clone(), previous: Some(pair[0]) };
        figure_of(watched, guard, &after, settings)
    };
    let later: Vec<Judged> = later.windows(2).take(LATER).filter_map(after).collect();
    let kept = later.iter().filter(|next| !next.step && next.keeps(&own)).count();
    let came_back = later.last().is_none_or(|last| !last.keeps(&own));
    kept < if is_wild(&own) { 2 } else { 1 } || came_back
}

/// Weeks after a held one that tell whether it was a slip.
const LATER: usize = 4;
/// Times the usual, or parts of it, that no account comes to in a week: cents for euros, another unit.
const WILD: f64 = 3.0;

fn is_wild(own: &Judged) -> bool {
    !(1.0 / WILD..=WILD).contains(&own.ratio)
}

/// Whether a week has figures that can be looked at.
fn is_seen(watched: &Watched, at: usize) -> bool {
    let week = &watched.weeks[at];
    week.complete && !watched.left_out[at] && week.last.is_some_and(|last| last <= watched.due)
}

/// A week and those that it is held against.
struct Before {
    at: usize,
    /// Weeks that say what is usual, ascending.
    usual: Vec<usize>,
    /// The week right before, which may be one that was held.
    previous: Option<usize>,
}

impl Before {
    /// `None` where the week cannot be looked at.
    fn of(watched: &Watched, at: usize, settings: &GuardSettings) -> Option<Self> {
        let seen: Vec<usize> = (0..=at).filter(|&at| is_seen(watched, at)).collect();
        let (&own, earlier) = seen.split_last()?;
        if own != at {
            return None;
        }
        let usual: Vec<usize> = earlier.iter().copied().filter(|&at| !watched.apart[at]).collect();
        let usual = usual[usual.len().saturating_sub(settings.window_weeks)..].to_vec();
        Some(Self { at, usual, previous: earlier.last().copied() })
    }
}

/// What the guards of the data find.
#[must_use]
pub fn watch(watched: &Watched, settings: &GuardSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let usable: Vec<usize> =
        (0..watched.weeks.len()).filter(|&at| is_seen(watched, at) && !watched.apart[at]).collect();
    findings.extend(due_week(watched));
    findings.extend(gaps(watched, &usable));
    if let [Some(now), Some(before)] = watched.currency
        && now != before
    {
        findings.push(Finding::new(Guard::Currency, format!("amounts are in {now}, and were in {before}"), None, None));
    }
    // a week that a person left out is not judged
    let due = usable.last().filter(|at| watched.weeks[**at].is_last_by(watched.due));
    if let Some(before) = due.and_then(|&at| Before::of(watched, at, settings)) {
        findings.extend(tracking(watched, &before, settings));
        findings.extend(FIGURES.iter().filter_map(|&guard| figure_found(watched, guard, &before, settings)));
        findings.sort_by_key(|finding| Guard::ALL.iter().position(|guard| *guard == finding.guard));
    }
    findings.retain(|finding| settings.is_on(finding.guard));
    findings
}

/// Whether the week that is due is there, and whole.
fn due_week(watched: &Watched) -> Option<Finding> {
    let rows = || watched.weeks.iter().zip(watched.left_out).filter(|(week, _)| week.rows > 0);
    let recent = |week: &WeekTotals| week.last.is_some_and(|last| reaches_week_of(last, watched.due));
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
fn tracking(watched: &Watched, week: &Before, settings: &GuardSettings) -> Option<Finding> {
    let (last, before) = (week.at, week.usual.as_slice());
    let rate = |week: &WeekTotals| (week.clicks > 0.0).then(|| week.conversions / week.clicks);
    let start = watched.weeks[last].start;
    let seen: Vec<f64> = watched.first_seen.iter().filter(|week| week.start < start).filter_map(rate).collect();
    let week = &watched.weeks[last];
    // what was reported of earlier weeks when they were as young as this one says most
    let (rates, reported) = if seen.len() >= range::FEWEST {
        (seen[seen.len().saturating_sub(settings.window_weeks)..].to_vec(), 1.0)
    } else {
        let finished = |&at: &usize| Some(rate(&watched.weeks[at])? / watched.reported[at].max(f64::MIN_POSITIVE));
        let rates: Vec<f64> = before.iter().filter_map(finished).collect();
        let young = before.last().map_or(1.0, |&at| young_share(watched, at, &rates, settings));
        // where a lag is known it is in the shares reported
        (rates, if watched.reported[last] < 1.0 { watched.reported[last] } else { young })
    };
    if rates.len() < range::FEWEST {
        return None;
    }
    let usual = median(rates.clone())?;
    let scatter = CONSISTENT * median(rates.iter().map(|rate| (rate - usual).abs()).collect())?;
    let usual_clicks = median(before.iter().map(|&at| watched.weeks[at].clicks).collect())?;
    let expected = usual * week.clicks * reported;
    let deviation = (expected + (scatter * week.clicks * reported).powi(2)).sqrt();
    let holds = week.clicks >= settings.tracking_clicks * usual_clicks;
    let few = |rate: f64| week.conversions < settings.tracking_ratio * rate * week.clicks * reported;
    let collapsed = few(usual) && expected - week.conversions > SURE * deviation;
    // a level that a person accepted in the week before
    let accepted = rates.last().is_some_and(|&latest| latest < settings.tracking_ratio * usual && !few(latest));
    (holds && collapsed && !accepted).then(|| {
        let message = format!(
            "{:.1} conversions in the week to {} where {:.0} clicks led to expect {expected:.0}: tracking may have broken",
            week.conversions,
            week.last.unwrap_or(watched.due),
            week.clicks,
        );
        Finding::new(Guard::TrackingBreak, message, Some(week.conversions / expected), Some(settings.tracking_ratio))
    })
}

/// Share of the last week's conversions that is reported, as far as the week before it, at `at`, tells: where that one is surely low as well,
/// and not so low that it broke itself, reports come late. With a share s at the age of two weeks, and as many of those left
/// reported each week as in the first, it is 1 − √(1 − s) at the age of one.
fn young_share(watched: &Watched, at: usize, rates: &[f64], settings: &GuardSettings) -> f64 {
    let week = &watched.weeks[at];
    let Some(usual) = median(rates.to_vec()).filter(|usual| *usual > 0.0 && week.clicks > 0.0) else { return 1.0 };
    let expected = usual * week.clicks;
    let share = week.conversions / expected;
    let sure = expected - week.conversions > LOW * expected.sqrt();
    if sure && share >= settings.tracking_ratio { 1.0 - (1.0 - share).sqrt() } else { 1.0 }
}

/// A figure of a week; `None` where it has none.
type Figure = fn(&WeekTotals) -> Option<f64>;

/// Guards of single figures.
const FIGURES: [Guard; 6] =
    [Guard::SpendRange, Guard::RowsRange, Guard::VolumeRange, Guard::PriceRange, Guard::PriceShift, Guard::ValueRange];

/// Share of the deviations that is enough where two figures have to be out.
const TWO: f64 = 0.6;

/// The figure of a guard against the weeks before; `None` where there is none, or nothing is usual.
fn figure_of(watched: &Watched, guard: Guard, week: &Before, settings: &GuardSettings) -> Option<Judged> {
    let limits = |change: f64| Limits { deviations: settings.range_deviations, change, error: 0.0 };
    let of = |figure: Figure, limits: Limits| {
        let before: Vec<f64> = week.usual.iter().filter_map(|&at| figure(&watched.weeks[at])).collect();
        let previous = week.previous.and_then(|at| figure(&watched.weeks[at]));
        judged(&before, previous, figure(&watched.weeks[week.at])?, limits)
    };
    match guard {
        Guard::SpendRange => of(|week| week.cost, limits(settings.spend_change)),
        Guard::RowsRange => of(|week| Some(week.rows as f64), limits(settings.rows_change)),
        Guard::PriceRange => of(WeekTotals::price, limits(settings.price_change)),
        Guard::ValueRange => of(WeekTotals::value, limits(settings.value_change)),
        // both on the same side: a week that was counted twice, or in part
        Guard::VolumeRange => {
            let deviations = TWO * settings.range_deviations;
            let limits = Limits { deviations, ..limits(settings.volume_change) };
            let (shown, clicked) = (of(|week| week.impressions, limits)?, of(|week| Some(week.clicks), limits)?);
            let both = (shown.ratio > 1.0) == (clicked.ratio > 1.0);
            let is_far = both && shown.far && clicked.far;
            Some(Judged { far: is_far, step: both && shown.step && clicked.step, ..clicked })
        }
        // the price of a click on most terms at once
        Guard::PriceShift => {
            let level = |at: usize| watched.prices.get(at).filter(|level| level.ratio.is_finite());
            let before: Vec<f64> = week.usual.iter().filter_map(|&at| Some(level(at)?.ratio)).collect();
            let (own, previous) = (level(week.at)?, week.previous.and_then(level).map(|level| level.ratio));
            let error = if own.error.is_finite() { SURE * own.error } else { 0.0 };
            judged(&before, previous, own.ratio, Limits { error, ..limits(settings.price_shift) })
        }
        _ => None,
    }
}

/// A figure that is out of its range; one more week of a wild level is, too: it is held against the last week that counts.
fn out_of_range(watched: &Watched, guard: Guard, week: &Before, settings: &GuardSettings) -> Option<Judged> {
    let counted = Before { at: week.at, usual: week.usual.clone(), previous: week.usual.last().copied() };
    let is_wild_still = || figure_of(watched, guard, &counted, settings).is_some_and(|own| own.is_out());
    figure_of(watched, guard, week, settings).filter(|own| own.is_out() || (is_wild(own) && is_wild_still()))
}

/// What a guard of a figure finds.
fn figure_found(watched: &Watched, guard: Guard, week: &Before, settings: &GuardSettings) -> Option<Finding> {
    let out = out_of_range(watched, guard, week, settings)?;
    let totals = &watched.weeks[week.at];
    let last = totals.last.unwrap_or(watched.due);
    let range = format!("{:.3} to {:.3} times is", out.lower, out.upper);
    let message = match guard {
        Guard::VolumeRange => {
            let usual = median(week.usual.iter().filter_map(|&at| watched.weeks[at].impressions).collect());
            let shown = usual.zip(totals.impressions).map_or(f64::NAN, |(usual, now)| now / usual);
            format!(
                "impressions and clicks in the week to {last} are {shown:.2} and {:.2} times the usual: the week may be counted twice, or \
                 in part",
                out.ratio
            )
        }
        Guard::PriceShift => format!(
            "a click costs {:.3} times the usual on most terms at once in the week to {last}; {range} the range: amounts may be in another \
             currency",
            out.ratio
        ),
        _ => {
            let name = match guard {
                Guard::SpendRange => "the spend",
                Guard::RowsRange => "the number of rows",
                Guard::PriceRange => "the cost of a click",
                _ => "the revenue of a conversion",
            };
            format!("{name} in the week to {last} is {:.3} times the usual; {range} its range", out.ratio)
        }
    };
    let limit = if out.ratio < 1.0 { out.lower } else { out.upper };
    Some(Finding::new(guard, message, Some(out.ratio), Some(limit)))
}
