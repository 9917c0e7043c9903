//! Guards: what may hold a week's plan back, and the thresholds.
//!
//! Owns names, settings and the answer of a guard. Who asks the data is `watch`, who asks the plan is `judge`.

use serde::{Deserialize, Serialize};

/// What may hold a plan back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// The data end before the week that is due.
    StaleWeek,
    /// A week among those that the plan is made from has no rows.
    MissingWeek,
    /// The data do not cover the last week wholly.
    PartialWeek,
    /// Conversions collapse while clicks hold.
    TrackingBreak,
    /// The account's spend is out of its range.
    SpendRange,
    /// The number of rows is out of its range.
    RowsRange,
    /// Impressions and clicks are both out of their ranges.
    VolumeRange,
    /// What a click costs is out of its range.
    PriceRange,
    /// The price of a click moved for all terms at once.
    PriceShift,
    /// What a conversion is worth is out of its range.
    ValueRange,
    /// The currency is another one than in the last run, or there are two.
    Currency,
    /// The plan moves too much money.
    Turnover,
    /// The plan's outcome is too uncertain.
    IntervalWidth,
    /// Earlier plans promised more than came.
    PromiseRatio,
}

impl Guard {
    /// All guards, in the order in which reasons are given.
    pub const ALL: [Self; 14] = [
        Self::StaleWeek,
        Self::MissingWeek,
        Self::PartialWeek,
        Self::Currency,
        Self::TrackingBreak,
        Self::SpendRange,
        Self::RowsRange,
        Self::VolumeRange,
        Self::PriceRange,
        Self::PriceShift,
        Self::ValueRange,
        Self::Turnover,
        Self::IntervalWidth,
        Self::PromiseRatio,
    ];

    /// Whether it finds that counts or amounts are not what they seem, so that a week with such data measures nothing.
    #[must_use]
    pub fn is_of_broken_data(self) -> bool {
        matches!(self, Self::PartialWeek | Self::TrackingBreak | Self::VolumeRange | Self::Currency)
    }

    /// Whether it judges the figures of the week itself, so that a week it held teaches later plans nothing until a person accepts
    /// it or it is put right. Gaps, late weeks and plans are of something else.
    #[must_use]
    pub fn is_of_the_week(self) -> bool {
        matches!(
            self,
            Self::PartialWeek
                | Self::TrackingBreak
                | Self::SpendRange
                | Self::RowsRange
                | Self::VolumeRange
                | Self::PriceRange
                | Self::PriceShift
                | Self::ValueRange
        )
    }

    /// Whether it judges plans, and not the data: what it finds depends on settings and on what runs before came to.
    #[must_use]
    pub fn is_of_plans(self) -> bool {
        matches!(self, Self::Turnover | Self::IntervalWidth | Self::PromiseRatio)
    }

    /// What a person can do about what it finds, a command.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::TrackingBreak => "correct the data, or give the lag if they are reported late (`[delay] completed`)",
            Self::Turnover => "let the plan move less (`limits.max_change`, `limits.max_turnover_share`)",
            Self::IntervalWidth => "give it more weeks of data",
            Self::PromiseRatio => "look whether conversions are counted and reported as they were",
            _ => "correct the data",
        }
    }

    /// The name used in settings, on the command line and in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StaleWeek => "stale-week",
            Self::MissingWeek => "missing-week",
            Self::PartialWeek => "partial-week",
            Self::TrackingBreak => "tracking-break",
            Self::SpendRange => "spend-range",
            Self::RowsRange => "rows-range",
            Self::VolumeRange => "volume-range",
            Self::PriceRange => "price-range",
            Self::PriceShift => "price-shift",
            Self::ValueRange => "value-range",
            Self::Currency => "currency",
            Self::Turnover => "turnover",
            Self::IntervalWidth => "interval-width",
            Self::PromiseRatio => "promise-ratio",
        }
    }
}

/// `[guards]`: what holds a week's plan back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct GuardSettings {
    /// Guards that are switched off.
    pub off: Vec<Guard>,
    /// Complete weeks before the last one that say what is usual.
    pub window_weeks: usize,
    /// `tracking-break`: conversions below this share of what the clicks led to expect.
    pub tracking_ratio: f64,
    /// `tracking-break`: clicks that hold, as a share of the usual.
    pub tracking_clicks: f64,
    /// Robust standard deviations (of the median absolute deviation) that a week may lie from the usual, on a log scale.
    pub range_deviations: f64,
    /// `spend-range`: change that is never held, ratio: 0.5 for half more or a third less.
    pub spend_change: f64,
    /// `rows-range`: the same for the number of rows.
    pub rows_change: f64,
    /// `volume-range`: the same for impressions and clicks, both of which have to be out, by three fifths of the deviations.
    pub volume_change: f64,
    /// `price-range`: the same for what a click costs.
    pub price_change: f64,
    /// `price-shift`: the same for what a click costs on the median term, against its own price before.
    pub price_shift: f64,
    /// `value-range`: the same for what a conversion is worth.
    pub value_change: f64,
    /// `turnover`: most that a plan may move, sum of all changes as a share of the spend now.
    pub max_turnover_share: f64,
    /// `interval-width`: widest interval of the planned outcome, as a share of it, beside what so few conversions scatter by themselves.
    pub max_interval_width: f64,
    /// `promise-ratio`: least conversions that came for each one forecast, over the weeks of `promise_weeks`.
    pub min_promise_ratio: f64,
    /// Last weeks that the promise ratio is taken over; weeks that were held do not count, nor what a plan promised that is older than
    /// these weeks, nor anything up to a week in which `--accept promise-ratio` was said: from there on as many are waited for.
    pub promise_weeks: usize,
}

impl Default for GuardSettings {
    fn default() -> Self {
        Self {
            off: Vec::new(),
            window_weeks: 12,
            tracking_ratio: 0.5,
            tracking_clicks: 0.6,
            range_deviations: 5.0,
            spend_change: 0.5,
            rows_change: 0.5,
            volume_change: 0.5,
            price_change: 0.3,
            price_shift: 0.08,
            value_change: 0.5,
            max_turnover_share: 0.6,
            max_interval_width: 1.5,
            min_promise_ratio: 0.7,
            promise_weeks: 4,
        }
    }
}

impl GuardSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// Key, value and rule of the first that is broken.
    pub fn validate(&self) -> Result<(), (&'static str, String, &'static str)> {
        let share = "a share above 0 and below 1";
        let above = "above zero, and finite";
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let open = |x: f64| x > 0.0 && x < 1.0;
        let rules: [(&'static str, f64, bool, &'static str); 12] = [
            ("guards.tracking_ratio", self.tracking_ratio, open(self.tracking_ratio), share),
            ("guards.tracking_clicks", self.tracking_clicks, open(self.tracking_clicks), share),
            ("guards.range_deviations", self.range_deviations, positive(self.range_deviations), above),
            ("guards.spend_change", self.spend_change, positive(self.spend_change), above),
            ("guards.rows_change", self.rows_change, positive(self.rows_change), above),
            ("guards.volume_change", self.volume_change, positive(self.volume_change), above),
            ("guards.price_shift", self.price_shift, positive(self.price_shift), above),
            ("guards.price_change", self.price_change, positive(self.price_change), above),
            ("guards.value_change", self.value_change, positive(self.value_change), above),
            ("guards.max_turnover_share", self.max_turnover_share, positive(self.max_turnover_share), above),
            ("guards.max_interval_width", self.max_interval_width, positive(self.max_interval_width), above),
            ("guards.min_promise_ratio", self.min_promise_ratio, open(self.min_promise_ratio), share),
        ];
        for (key, value, fine, rule) in rules {
            if !fine {
                return Err((key, value.to_string(), rule));
            }
        }
        let weeks = [("guards.window_weeks", self.window_weeks, 4), ("guards.promise_weeks", self.promise_weeks, 1)];
        for (key, value, least) in weeks {
            if value < least || value > 520 {
                let rule = if least == 4 { "4 to 520" } else { "1 to 520" };
                return Err((key, value.to_string(), rule));
            }
        }
        Ok(())
    }

    /// Whether a guard is watching.
    #[must_use]
    pub fn is_on(&self, guard: Guard) -> bool {
        !self.off.contains(&guard)
    }
}

/// What a guard found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which guard.
    pub guard: Guard,
    /// What it saw, in a sentence without a full stop.
    pub message: String,
    /// The figure that was judged; `None` where there is none.
    pub figure: Option<f64>,
    /// The limit it was held against.
    pub limit: Option<f64>,
    /// Whether a person accepted it for this run.
    pub accepted: bool,
}

impl Finding {
    /// A finding that nobody has accepted.
    #[must_use]
    pub fn new(guard: Guard, message: impl Into<String>, figure: Option<f64>, limit: Option<f64>) -> Self {
        let finite = |figure: Option<f64>| figure.filter(|figure| figure.is_finite());
        Self { guard, message: message.into(), figure: finite(figure), limit: finite(limit), accepted: false }
    }
}

/// Whether findings hold the plan back: one that nobody accepted is enough.
#[must_use]
pub fn is_held(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| !finding.accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_file_and_each_guard_is_listed_once() {
        for guard in Guard::ALL {
            assert_eq!(serde_json::to_value(guard).unwrap(), guard.name());
        }
        let mut all = Guard::ALL.to_vec();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), Guard::ALL.len());
    }

    #[test]
    fn thresholds_out_of_range_are_named() {
        assert_eq!(GuardSettings::default().validate(), Ok(()));
        let broken = GuardSettings { tracking_ratio: 50.0, ..GuardSettings::default() };
        assert_eq!(broken.validate().unwrap_err().0, "guards.tracking_ratio");
        let broken = GuardSettings { window_weeks: 2, ..GuardSettings::default() };
        assert_eq!(broken.validate().unwrap_err().0, "guards.window_weeks");
        let broken = GuardSettings { price_change: f64::NAN, ..GuardSettings::default() };
        assert_eq!(broken.validate().unwrap_err().0, "guards.price_change");
    }
}
