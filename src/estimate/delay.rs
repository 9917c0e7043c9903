//! How much of each period's conversions is reported already.
//!
//! Owns the correction for late reports. In: counts, with the reporting triangle where they have one,
//! and the lag that the user knows. Out: for every period the share of its final conversions that is
//! counted by now: the exposure of a cell is its clicks times that share. What the user says goes
//! before what the reports show, and those before the assumption that everything is finished, which
//! is never made silently.
//!
//! One lag holds for all terms and all times, and revenue is taken to be reported like conversions.
//! Wrong where some terms convert more slowly than others, where the lag changed, and where the reports
//! reach back less far than the lag: beyond the last age everything is taken as reported.

mod ladder;
mod recent;

use crate::counts::{Counts, PeriodUnit, ReportSource};
use crate::domain::{Notes, counted};
use ladder::Ladder;
use serde::Serialize;

/// What the user knows of the lag.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DelaySettings {
    completed: Option<Vec<f64>>,
}

impl Delay {
    /// Whether conversions of some periods are still to be reported, or look so.
    pub(super) fn is_felt(&self) -> bool {
        self.left_out > 0 || self.completion.iter().any(|&share| share < 1.0)
    }
}

impl DelaySettings {
    /// A lag table: share of a period's final conversions that is known at its end, one period later,
    /// and so on; 1 beyond the last.
    ///
    /// # Errors
    /// The rule broken: shares above 0 and not above 1, none below the one before, at least one.
    pub fn with_table(completed: Vec<f64>) -> Result<Self, &'static str> {
        let fine = completed.iter().all(|&share| share > 0.0 && share <= 1.0) && completed.is_sorted();
        if fine && !completed.is_empty() {
            Ok(Self { completed: Some(completed) })
        } else {
            Err("shares above 0 and not above 1, none below the one before, as in 0.3, 0.55, 0.75, 0.9, 1")
        }
    }
}

/// Where the shares come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DelaySource {
    /// Nothing is known: all periods are taken as finished.
    #[default]
    None,
    /// The user's lag table.
    LagTable,
    /// Successive exports of the same periods.
    Exports,
    /// Days of click and conversion.
    ConversionDates,
}

impl DelaySource {
    /// The name used in tables and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::LagTable => "lag table",
            Self::Exports => "exports",
            Self::ConversionDates => "conversion dates",
        }
    }
}

/// How much of each period's conversions is reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Delay {
    /// Where it is known from.
    pub source: DelaySource,
    /// Share of each period's final conversions that is counted, in (0, 1]. Shape: periods.
    pub completion: Vec<f64>,
    /// Standard deviation of `completion` by counting error; `None` where it was not measured.
    /// Shape: periods.
    pub sd: Option<Vec<f64>>,
    /// The share by age, whole periods since a period's end; 1 beyond the last.
    pub by_age: Vec<f64>,
    /// Last periods that look unfinished while no delay is known; rates are estimated without them.
    pub left_out: usize,
    /// Conversions that the shares were measured on, count; `None` where they were not.
    pub measured_on: Option<f64>,
    /// What the reader should know of it.
    #[serde(skip)]
    pub notes: Notes,
}

/// The share of every period's final conversions that is counted by now.
///
/// ```text
/// completion(w) = F(age of w),   F(d) = ∏_{k ≥ d} (1 − g(k)),   F = 1 beyond the last age
/// ```
///
/// with g(k) the share of what is known at age k + 1 that was not at age k (see `Ladder`). A period
/// that had not ended counts as of age 0, whatever part of it has passed: its clicks are its clicks
/// so far. Undated counts are one finished period.
#[must_use]
pub fn completion(counts: &Counts, settings: &DelaySettings) -> Delay {
    let undated = matches!(counts.calendar.unit, PeriodUnit::Undated { .. });
    let ladder = Ladder::new(&counts.reports.triangle);
    let mut notes = Notes::default();
    let delay = match (&settings.completed, counts.reports.source, ladder) {
        (Some(_), ..) if undated => {
            notes.add("delay-ignored", 1, "the rows carry no date, so the lag table has no effect");
            Delay::default()
        }
        (Some(table), _, ladder) => {
            compare(table, ladder.as_ref(), &mut notes);
            Delay { source: DelaySource::LagTable, by_age: table.clone(), ..Delay::default() }
        }
        (None, Some(source), Some(ladder)) => measured(source, &ladder, counts, &mut notes),
        (None, source, _) => {
            if !undated {
                let few = source.is_some();
                let message = "no period has reports of two ages with conversions, so the delay can't be measured";
                notes.add("delay-not-measured", usize::from(few), message);
                let left_out = unknown(counts, &mut notes);
                return spread(Delay { left_out, ..Delay::default() }, counts, notes);
            }
            Delay::default()
        }
    };
    let mut delay = spread(delay, counts, notes);
    if delay.source == DelaySource::LagTable {
        let mut notes = std::mem::take(&mut delay.notes);
        table_used(&delay, counts, &mut notes);
        delay.notes = notes;
    }
    delay
}

/// What a lag table does to the periods, and whether they look as it says.
fn table_used(delay: &Delay, counts: &Counts, notes: &mut Notes) {
    let unit = unit(counts);
    let changed = delay.completion.iter().filter(|&&share| share < 1.0).count();
    let message = match delay.completion.last() {
        Some(newest) if changed > 0 => format!(
            "the lag table completes the last {}: {:.0}% of the newest one's conversions are taken as known",
            counted(changed, unit),
            100.0 * newest
        ),
        _ => format!("the lag table takes every {unit} as finished"),
    };
    notes.add("delay-table-used", changed.max(1), message);
    let last = delay.by_age.last().copied().unwrap_or(1.0);
    notes.add(
        "delay-table-ends-early",
        usize::from(last < 1.0),
        format!(
            "the lag table ends at {}%: a {unit} that is {} or more past its end is taken as finished all the same; add the \
             shares that follow if it is not",
            // 99.7% is not 100%
            (1000.0 * last).floor() / 10.0,
            counted(delay.by_age.len(), unit),
        ),
    );
    if let Some(found) = recent::contradicted(counts, &delay.completion) {
        let recent::Compared { weeks, rate, counted: seen, earlier, earlier_rate } = found;
        let (many, as_counted) = (rate / earlier_rate, seen / earlier_rate);
        notes.add(
            "delay-table-doubtful",
            weeks,
            format!(
                "completed by the lag table the last {} have {many:.2} times the conversions per click of the {} before ({:.2}% \
                 and {:.2}%; as counted {as_counted:.2} times), more than chance explains: unless rates really changed, {}",
                counted(weeks, "week"),
                counted(earlier, "week"),
                100.0 * rate,
                100.0 * earlier_rate,
                if many > 1.0 {
                    "less is outstanding than the table says (`--delay 1`: nothing is)"
                } else {
                    "more is outstanding than the table says"
                },
            ),
        );
    }
}

/// Shares by age of the report → shares by period.
fn spread(mut delay: Delay, counts: &Counts, notes: Notes) -> Delay {
    let reported = &counts.reports.ages;
    let ages: Vec<Option<u32>> = if reported.len() == counts.calendar.periods.len() {
        reported.iter().copied().map(Some).collect()
    } else {
        counts.calendar.ages()
    };
    let at = |shares: &[f64], beyond: f64| {
        let share = |age: &Option<u32>| age.and_then(|age| shares.get(age as usize).copied()).unwrap_or(beyond);
        ages.iter().map(share).collect::<Vec<f64>>()
    };
    delay.completion = at(&delay.by_age, 1.0);
    delay.sd = delay.sd.map(|by_age| at(&by_age, 0.0));
    delay.notes = notes;
    delay
}

fn measured(source: ReportSource, ladder: &Ladder, counts: &Counts, notes: &mut Notes) -> Delay {
    let source = match source {
        ReportSource::Exports => DelaySource::Exports,
        ReportSource::ConversionDates => DelaySource::ConversionDates,
    };
    let unit = unit(counts);
    let youngest = ladder.completion.first().copied().unwrap_or(1.0);
    notes.add(
        "delay-measured",
        1,
        format!(
            "{:.0}% of a {unit}'s conversions are known at its end, measured by {} on {:.0} conversions; \
             the rest is allowed for",
            100.0 * youngest,
            source.name(),
            ladder.conversions
        ),
    );
    notes.add(
        "delay-tail",
        usize::from(ladder.beyond > MENTIONED),
        format!(
            "the reports follow a {unit} for {} {unit}s; by their course some {:.0}% of its conversions come later \
             and are not allowed for",
            ladder.completion.len() - 1,
            100.0 * ladder.beyond
        ),
    );
    notes.add(
        "reports-fell",
        ladder.fell,
        format!("ages of a {unit} at which conversions were taken back on the whole; they count as no change"),
    );
    Delay {
        source,
        by_age: ladder.completion.clone(),
        sd: Some(ladder.sd.clone()),
        measured_on: Some(ladder.conversions),
        ..Delay::default()
    }
}

/// A lag table against what the reports show.
fn compare(table: &[f64], ladder: Option<&Ladder>, notes: &mut Notes) {
    let Some(ladder) = ladder else { return };
    let (Some(&said), Some(&seen), Some(&sd)) = (table.first(), ladder.completion.first(), ladder.sd.first()) else {
        return;
    };
    // three standard deviations by counting, and a tenth, as the lag is not the same every week
    let far = (said - seen).abs() > (3.0 * sd).max(0.1 * seen);
    notes.add(
        "delay-differs",
        usize::from(far),
        format!(
            "the lag table has {:.0}% known at a period's end and is used; the reports show {:.0}%",
            100.0 * said,
            100.0 * seen
        ),
    );
}

/// Notes for dated counts of which no delay is known.
/// Says that nothing is known of the delay; gives how many of the last periods look unfinished.
///
/// A fall of the last weeks is a late report or a real one. Taken for real, a level that moves would follow it down
/// and promise a fraction of what will come; left out, a real fall is seen some weeks late. The note says how to
/// tell the program which it is.
fn unknown(counts: &Counts, notes: &mut Notes) -> usize {
    let remedy = "give the lag (`--delay` or `[delay] completed`), several exports of the same weeks, or the day of each \
                  conversion beside that of its click (`--map \"COLUMN=conversion_date\"`)";
    let Some(fallen) = recent::fallen(counts) else {
        notes.add("delay-unknown", 1, format!("recent weeks are taken as finished, as no delay is known: {remedy}"));
        return 0;
    };
    let length = if counts.calendar.unit == PeriodUnit::Day { 7 } else { 1 };
    let incomplete = counts.calendar.periods.iter().rev().take_while(|period| !period.complete).count();
    notes.add(
        "recent-weeks-low",
        recent::RECENT,
        format!(
            "the last {} weeks have {:.0}% fewer conversions per click than the weeks before, more than chance explains: \
             they look unfinished, and rates are estimated without the last {}; {remedy}, or say `--delay 1` if the \
             fall is real",
            recent::RECENT,
            100.0 * (1.0 - fallen),
            recent::UNFINISHED,
        ),
    );
    (recent::UNFINISHED * length + incomplete).min(counts.calendar.periods.len().saturating_sub(1))
}

fn unit(counts: &Counts) -> &'static str {
    if counts.calendar.unit == PeriodUnit::Day { "day" } else { "week" }
}

/// Shares below this are not worth a note, ratio.
const MENTIONED: f64 = 0.005;

#[cfg(test)]
mod tests;
