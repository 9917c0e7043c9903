//! How much the week that is planned for is searched, against the baseline weeks: last year's answer.
//!
//! In: impressions (over the share of them that was won where it is known; clicks where there are none) by campaign and week.
//! Out: a factor on searches for each campaign. Wrong
//! where holidays move (Easter), where this year is not like the last, and where a budget holds impressions down. Without
//! the same weeks of a year before there is no answer: the week is taken to be like the baseline weeks, with a doubt that grows with
//! its distance from them, `0.3² min(1, weeks / 13) + 0.1²`.
//!
//! # Formula
//! ```text
//! z_g = ln (searches about the same week a year before / searches in the baseline weeks a year before)
//! z_g ~ N(ζ_g, φ (1/N + 1/N₀) + s²),     ζ_g ~ N(ζ, τ²),     ζ ~ N(0, 0.3²),     and a year repeats to ± 0.1
//! index_g = e^E[ζ_g]
//! ```
//! Ratios within one year, of terms that ran in both windows: growth from year to year cancels. What a campaign's own bids
//! and budgets did in between is not season: where impression shares are known they are taken out (s = 0.1), elsewhere campaigns
//! differ from the account only where many years or large differences say so (s = 0.25). A week counts with both neighbours (1, 2, 1), as dates move against weeks. τ² by the method of moments
//! (`DerSimonian` and Laird, 1986, equation 8).

use crate::counts::{Baseline, Counts, Groups, PeriodUnit};
use crate::domain::{Date, Notes};
use crate::numeric::sum::ExactSum;
use chrono::{Datelike, Days};
use std::collections::HashMap;

/// Deviation of the log of a seasonal index that is expected before any is seen.
const PRIOR_SD: f64 = 0.3;
/// Weeks within which a season may change by that much.
const QUARTER: f64 = 13.0;
/// Deviation with which a year's log ratio repeats in the next.
const YEARLY_SD: f64 = 0.1;
/// Deviation of a campaign's log ratio for reasons of its own: bids and budgets that were moved between the two windows.
const CAMPAIGN_SD: f64 = 0.25;
/// The same where impressions are put over the share of them that was won, which takes those moves out.
const SHARED_SD: f64 = 0.1;
/// Share of a campaign's impressions that need a known share for that.
const MOSTLY: f64 = 0.9;
/// Widest interval of an impression share, over its middle, that counts as known: `> 90%` does, `< 10%` does not.
const WIDEST: f64 = 0.2;
/// Variance of counts of searches over their mean: they come in bursts.
const DISPERSION: f64 = 4.0;
/// Earlier years that are looked at.
const MOST_YEARS: u64 = 20;
/// Days of a year, in whole weeks.
const YEAR: u64 = 364;

/// Searches in the planned week over those in the baseline weeks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    /// First day of the week that is planned for; `None` for data without weeks.
    pub week: Option<Date>,
    /// Of the whole account, ratio; 1 where nothing is known.
    pub account: f64,
    /// Standard deviation of its log.
    pub sd: f64,
    /// Earlier years that it was seen in, count.
    pub years: usize,
    /// Of each campaign, ratio; empty where nothing is known. Shape: groups.
    pub(super) groups: Vec<f64>,
}

impl Demand {
    /// Nothing is known: any week is searched like the baseline weeks.
    #[must_use]
    pub fn unknown() -> Self {
        Self { account: 1.0, ..Self::default() }
    }

    /// Says which week is planned for, and what is expected of it.
    pub(crate) fn tell(&self, notes: &mut Notes) {
        let Some(week) = self.week else { return };
        let percent = 100.0 * (self.account - 1.0);
        notes.add(
            "demand-index",
            self.years,
            format!(
                "planned for the week of {week}: searches {percent:+.1}% against the baseline weeks, as about the same weeks of \
                 earlier years had it (standard deviation {:.0}%)",
                100.0 * self.sd
            ),
        );
        notes.add(
            "demand-unknown",
            usize::from(self.years == 0),
            format!(
                "planned for the week of {week} as if it were searched like the baseline weeks: there is no earlier year to tell \
                 its season (standard deviation {:.0}%)",
                100.0 * self.sd
            ),
        );
    }

    /// Of a group, ratio.
    pub(super) fn of(&self, group: usize) -> f64 {
        self.groups.get(group).copied().unwrap_or(1.0)
    }
}

/// Log ratio of one group, and its variance from counting; summed over years.
#[derive(Clone, Copy)]
struct Ratio {
    log: f64,
    variance: f64,
}

/// The index of the week of `wanted`, or of the first one after the data.
pub(super) fn demand(counts: &Counts, baseline: &Baseline, groups: &Groups, wanted: Option<Date>) -> Demand {
    let none = |week: Option<Date>| Demand {
        week,
        sd: week.map_or(0.0, |week| unseen(counts, baseline, week)),
        ..Demand::unknown()
    };
    let periods = &counts.calendar.periods;
    let first = periods.first().and_then(|period| period.start);
    let (PeriodUnit::Week, Some(first)) = (counts.calendar.unit, first) else { return none(None) };
    let next = counts.calendar.as_of.map(|day| day + Days::new(1));
    let Some(week) = wanted.or(next).map(|day| start_of_week(day, first)) else { return none(None) };
    // a week without any row, or one that is left out, tells nothing of its season
    let mut told = vec![false; periods.len()];
    counts.cells.period.iter().for_each(|&period| told[period as usize] = true);
    let place: HashMap<Date, usize> = periods
        .iter()
        .enumerate()
        .filter(|(at, _)| told[*at])
        .filter_map(|(at, period)| Some((period.start?, at)))
        .collect();
    let inside = baseline_starts(counts, baseline);
    let earlier = |date: Date, days: u64| date.checked_sub_days(Days::new(days));
    let reaches = |back: &u64| {
        let oldest = inside.first().map_or(week, |&oldest| oldest.min(week));
        earlier(oldest, *back).is_some_and(|oldest| oldest >= first)
    };
    let windows: Vec<Window> = (1..=MOST_YEARS)
        .map(|year| year * YEAR)
        .take_while(reaches)
        .filter_map(|back| Window::new(back, week, &inside, &place))
        .collect();
    let seen: Vec<Vec<Seen>> = windows.iter().map(|window| window.searches(counts, groups)).collect();
    let all: Vec<Seen> =
        seen.iter().map(|groups| groups.iter().fold(Seen::default(), |sum, own| sum.add(*own))).collect();
    let Some(account) = ratio(&all, 0.0) else { return none(Some(week)) };
    let years = windows.len();
    let repeats = YEARLY_SD * YEARLY_SD / years as f64;
    let pull = |prior: f64, noise: f64| prior / (prior + noise);
    let prior = PRIOR_SD * PRIOR_SD;
    let weight = pull(prior, account.variance + repeats);
    let mean = weight * account.log;
    let of_group = |group: usize| {
        let seen: Vec<Seen> = seen.iter().map(|groups| groups[group]).collect();
        ratio(&seen, campaign_sd(&seen))
    };
    let ratios: Vec<Option<Ratio>> = (0..groups.names.len()).map(of_group).collect();
    let between = between(&ratios);
    let group = |ratio: &Option<Ratio>| {
        let own = ratio.map_or(0.0, |ratio| pull(between, ratio.variance + repeats) * (ratio.log - account.log));
        (mean + own).exp()
    };
    Demand {
        week: Some(week),
        account: mean.exp(),
        // next year's own noise, beside what is not known of the index
        sd: (prior * (1.0 - weight) + repeats).sqrt(),
        years,
        groups: ratios.iter().map(group).collect(),
    }
}

/// First days of the weeks of the baseline.
fn baseline_starts(counts: &Counts, baseline: &Baseline) -> Vec<Date> {
    let periods = counts.calendar.periods.iter().zip(&baseline.inside);
    periods.filter(|(_, inside)| **inside).filter_map(|(period, _)| period.start).collect()
}

/// Deviation of the log of searches in a week whose season was never seen: as a week repeats, and a season that grows with the
/// weeks from the middle of the baseline.
fn unseen(counts: &Counts, baseline: &Baseline, week: Date) -> f64 {
    let starts = baseline_starts(counts, baseline);
    let days = starts.iter().map(|&start| (week - start).num_days() as f64).sum::<f64>() / starts.len().max(1) as f64;
    let share = (days.abs() / 7.0 / QUARTER).min(1.0);
    (PRIOR_SD * PRIOR_SD).mul_add(share, YEARLY_SD * YEARLY_SD).sqrt()
}

/// First day of the week of a day; weeks begin on the weekday of `first`.
#[must_use]
pub fn start_of_week(day: Date, first: Date) -> Date {
    let weekday = |date: Date| u64::from(date.weekday().num_days_from_monday());
    day - Days::new((7 + weekday(day) - weekday(first)) % 7)
}

/// The same weeks in an earlier year: indices of periods, those about the planned week with weights.
struct Window {
    about: Vec<(usize, f64)>,
    base: Vec<usize>,
}

impl Window {
    /// `None` where weeks of it are missing.
    fn new(back: u64, week: Date, inside: &[Date], place: &HashMap<Date, usize>) -> Option<Self> {
        let at = |date: Date, days: u64| place.get(&date.checked_sub_days(Days::new(days))?).copied();
        let about = [(back + 7, 1.0), (back, 2.0), (back - 7, 1.0)];
        let about: Option<Vec<(usize, f64)>> =
            about.iter().map(|&(days, weight)| Some((at(week, days)?, weight))).collect();
        let base: Option<Vec<usize>> = inside.iter().map(|&date| at(date, back)).collect();
        Some(Self { about: about?, base: base? })
    }
}

/// Searches a week about the planned week and in the baseline weeks, both a year or more before, and how many of each
/// were counted.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    near: f64,
    base: f64,
    counted: [f64; 2],
    /// Those among both whose share of the searches is known.
    shared: f64,
}

impl Seen {
    fn add(self, other: Self) -> Self {
        let counted = [self.counted[0] + other.counted[0], self.counted[1] + other.counted[1]];
        Self { near: self.near + other.near, base: self.base + other.base, counted, shared: self.shared + other.shared }
    }
}

impl Window {
    /// Searches of the terms that had some in both windows: others came or went. Shape: groups.
    ///
    /// Impressions over the share of them that was won where it is known for all cells of a term, else impressions, or
    /// clicks where there are none.
    fn searches(&self, counts: &Counts, groups: &Groups) -> Vec<Seen> {
        let cells = &counts.cells;
        let measure = cells.impressions.as_ref().unwrap_or(&cells.clicks);
        let mut weights = vec![[0.0; 2]; counts.calendar.periods.len()];
        let all: f64 = self.about.iter().map(|(_, weight)| weight).sum();
        for &(at, weight) in &self.about {
            weights[at][0] += weight / all;
        }
        for &at in &self.base {
            weights[at][1] += 1.0 / self.base.len() as f64;
        }
        let shares = counts.cells.signals.impression_share.as_ref().filter(|_| cells.impressions.is_some());
        let share = |cell: usize| {
            let (lower, upper) = (shares?.lower[cell], shares?.upper[cell]);
            let middle = f64::midpoint(lower, upper);
            (middle > 0.0 && upper - lower <= WIDEST * middle).then_some(middle)
        };
        let mut sums = vec![[ExactSum::default(); 5]; groups.names.len()];
        for (term, &group) in groups.of_term.iter().enumerate() {
            let mut own = [0.0; 5];
            let read = || cells.of_term(term).map(|cell| (cell, weights[cells.period[cell] as usize], measure[cell]));
            let is_shared = read()
                .filter(|(_, [near, base], count)| near + base > 0.0 && *count > 0.0)
                .all(|(cell, _, _)| share(cell).is_some());
            for (cell, [near, base], count) in read() {
                let searches = if is_shared { count / share(cell).unwrap_or(1.0) } else { count };
                own[0] += near * searches;
                own[1] += base * searches;
                own[2] += if near > 0.0 { count } else { 0.0 };
                own[3] += if base > 0.0 { count } else { 0.0 };
            }
            own[4] = if is_shared { own[2] + own[3] } else { 0.0 };
            if own[0] > 0.0 && own[1] > 0.0 {
                sums[group as usize].iter_mut().zip(own).for_each(|(sum, own)| sum.add(own));
            }
        }
        let seen = |sums: [ExactSum; 5]| {
            let [near, base, about, inside, shared] = sums.map(|sum| sum.value());
            Seen { near, base, counted: [about, inside], shared }
        };
        sums.into_iter().map(seen).collect()
    }
}

/// What a campaign's ratio of a year may be off by for reasons of its own.
fn campaign_sd(seen: &[Seen]) -> f64 {
    let counted: f64 = seen.iter().flat_map(|seen| seen.counted).sum();
    let shared: f64 = seen.iter().map(|seen| seen.shared).sum();
    if shared >= MOSTLY * counted { SHARED_SD } else { CAMPAIGN_SD }
}

/// Mean log ratio over the years; `None` where a year has nothing to count. `sd` is what a year's ratio may be off by for
/// other reasons than counting.
fn ratio(seen: &[Seen], sd: f64) -> Option<Ratio> {
    let years = seen.len() as f64;
    let (mut log, mut variance) = (0.0, 0.0);
    for Seen { near, base, counted, .. } in seen {
        if *near <= 0.0 || *base <= 0.0 {
            return None;
        }
        log += (near / base).ln() / years;
        variance += (DISPERSION * (1.0 / counted[0] + 1.0 / counted[1]) + sd * sd) / (years * years);
    }
    (years > 0.0).then_some(Ratio { log, variance })
}

/// Variance between groups beyond what counting explains.
fn between(ratios: &[Option<Ratio>]) -> f64 {
    let known: Vec<Ratio> = ratios.iter().flatten().copied().collect();
    let weights: Vec<f64> = known.iter().map(|ratio| 1.0 / ratio.variance).collect();
    let sum: f64 = weights.iter().sum();
    let mean = known.iter().zip(&weights).map(|(ratio, weight)| weight * ratio.log).sum::<f64>() / sum;
    let scatter: f64 = known.iter().zip(&weights).map(|(ratio, weight)| weight * (ratio.log - mean).powi(2)).sum();
    let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
    let slack = sum - squares / sum;
    if known.len() < 2 || slack <= 0.0 { 0.0 } else { ((scatter - (known.len() - 1) as f64) / slack).max(0.0) }
}

#[cfg(test)]
mod tests;
