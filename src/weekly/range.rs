//! Whether a figure is out of its range: robust, on a log scale, and told once.
//!
//! # Formula
//! ```text
//! u_t = ln x_t                        figures of the weeks before, t = 1 … n
//! out  ⇔  |u − median(u)|      > max(k · 1.4826 · mad(u), ln(1 + c))
//!     and |u − u_n|            > max(k · 1.4826 · mad(Δu), ln(1 + c))
//! ```
//! with k the deviations and c the change that is never held. Both must be out: a level that has shifted is told in its
//! week and not again in the next, whose step is small; a week that returns from an outlier makes a large step and is
//! back in the range. A slow slope is never told. Source of the factor: Rousseeuw and Croux (1993), "Alternatives to
//! the median absolute deviation".

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

/// Median absolute deviation → standard deviation of a normal distribution.
pub(super) const CONSISTENT: f64 = 1.4826;
/// Weeks below which nothing is usual.
pub(super) const FEWEST: usize = 6;

/// How far a figure may lie from the usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limits {
    /// Robust standard deviations, k.
    pub(super) deviations: f64,
    /// Change that is never held, c, ratio.
    pub(super) change: f64,
    /// What the figure's own error explains, on the log scale.
    pub(super) error: f64,
}

/// A figure held against the weeks before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Judged {
    /// The figure over the median of the weeks before, ratio.
    pub(super) ratio: f64,
    /// Ends of the range around that median, ratios.
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// Whether it is far from the median.
    pub(super) far: bool,
    /// Whether it is far from the week right before.
    pub(super) step: bool,
}

impl Judged {
    /// Whether it is out of its range.
    pub(super) fn is_out(&self) -> bool {
        self.far && self.step
    }

    /// Whether a week keeps the level that `first` came to, which was held against the same weeks: at least half of the way is left.
    pub(super) fn keeps(&self, first: &Self) -> bool {
        self.ratio.ln() / first.ratio.ln() >= 0.5
    }
}

/// Of logs of ratios.
const ROUNDING: f64 = 1e-9;

/// Judges `figure` by those of the weeks before, the latest last, and by `previous`, that of the week right before, which need not
/// be among them. `None` where nothing is usual. Figures that are not above zero are no figures.
pub(super) fn judged(before: &[f64], previous: Option<f64>, figure: f64, limits: Limits) -> Option<Judged> {
    let Limits { deviations, change, error } = limits;
    let is_figure = |x: &f64| *x > 0.0 && x.is_finite();
    let logs: Vec<f64> = before.iter().filter(|x| is_figure(x)).map(|x| x.ln()).collect();
    if logs.len() < FEWEST {
        return None;
    }
    let steps: Vec<f64> = logs.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (center, spread) = robust(&logs)?;
    let (_, step_spread) = robust(&steps)?;
    let floor = change.ln_1p().max(error);
    // the rounding of logarithms is no change: exactly half more is not beyond half more
    let around = |spread: f64| (deviations * spread).max(floor) + ROUNDING;
    let with = |ratio: f64, far: bool, step: bool| Judged {
        ratio,
        lower: (ROUNDING - around(spread)).exp(),
        upper: (around(spread) - ROUNDING).exp(),
        far,
        step,
    };
    if !is_figure(&figure) {
        // nothing at all where there always was something; a week that counts and had nothing either was accepted
        return Some(with(0.0, true, before.last().is_some_and(is_figure)));
    }
    let log = figure.ln();
    let from = previous.filter(is_figure).map_or(logs[logs.len() - 1], f64::ln);
    Some(with((log - center).exp(), (log - center).abs() > around(spread), (log - from).abs() > around(step_spread)))
}

/// Median and robust standard deviation.
fn robust(values: &[f64]) -> Option<(f64, f64)> {
    let center = median(values.to_vec())?;
    let away = values.iter().map(|value| (value - center).abs()).collect();
    Some((center, CONSISTENT * median(away)?))
}

/// The middle of some figures; the mean of the two middle ones of an even number.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = *values.get(half)?;
    Some(if values.len().is_multiple_of(2) { 0.5 * (values[half - 1] + upper) } else { upper })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: [f64; 8] = [100.0, 104.0, 97.0, 101.0, 99.0, 103.0, 98.0, 100.0];

    #[test]
    fn exactly_the_limit_is_within_it() {
        for (from, to) in [(2.0, 3.0), (3.0, 2.0), (20.0, 30.0), (200.0, 300.0), (6.0, 4.0)] {
            assert_eq!(out_of_range(&[from; 8], to, 4.0, 0.5), None, "{from} {to}");
        }
        assert!(out_of_range(&[200.0; 8], 301.0, 4.0, 0.5).is_some());
    }

    fn out_of_range(before: &[f64], figure: f64, deviations: f64, change: f64) -> Option<Judged> {
        judged(before, None, figure, Limits { deviations, change, error: 0.0 }).filter(Judged::is_out)
    }

    #[test]
    fn a_week_that_does_not_say_what_is_usual_still_says_what_is_no_news() {
        let limits = Limits { deviations: 5.0, change: 0.5, error: 0.0 };
        let ask = |previous: f64, figure: f64| judged(&CALM, Some(previous), figure, limits).unwrap();
        let first = ask(100.0, 180.0);
        assert!(first.is_out());
        // the level stays, or most of it
        for figure in [180.0, 150.0] {
            let next = ask(180.0, figure);
            assert!(!next.is_out() && next.keeps(&first), "{figure}: {next:?}");
        }
        // it was a slip; or it goes on from there
        assert!(!ask(180.0, 101.0).keeps(&first) && !ask(180.0, 101.0).is_out());
        assert!(ask(180.0, 330.0).is_out());
        // what a figure's own error explains is no news
        assert!(!judged(&CALM, None, 180.0, Limits { error: 0.7, ..limits }).unwrap().is_out());
        // nothing at all is news until a week without anything counts
        assert!(ask(100.0, 0.0).is_out());
        let accepted: Vec<f64> = CALM.iter().copied().chain([0.0]).collect();
        assert!(!judged(&accepted, None, 0.0, limits).unwrap().is_out());
    }

    #[test]
    fn a_jump_is_told_in_its_week_and_a_new_level_not_again() {
        let out = out_of_range(&CALM, 180.0, 5.0, 0.5).unwrap();
        assert!((out.ratio - 1.8).abs() < 0.02 && (out.upper - 1.5).abs() < 1e-9, "{out:?}");
        let shifted: Vec<f64> = CALM.iter().copied().chain([180.0]).collect();
        assert_eq!(out_of_range(&shifted, 178.0, 5.0, 0.5), None, "the level stays");
        assert_eq!(out_of_range(&shifted, 101.0, 5.0, 0.5), None, "back in the range");
        // and a second jump is told again
        assert!(out_of_range(&shifted, 330.0, 5.0, 0.5).is_some());
    }

    #[test]
    fn what_always_scatters_is_no_jump_and_few_weeks_tell_nothing() {
        let wild = [100.0, 190.0, 60.0, 150.0, 80.0, 210.0, 70.0, 120.0];
        assert_eq!(out_of_range(&wild, 200.0, 5.0, 0.5), None);
        assert_eq!(out_of_range(&CALM[..5], 900.0, 5.0, 0.5), None);
        // without any scatter the floor alone decides
        assert_eq!(out_of_range(&[50.0; 8], 74.0, 5.0, 0.5), None);
        assert!(out_of_range(&[50.0; 8], 76.0, 5.0, 0.5).is_some());
        assert!(out_of_range(&[50.0; 8], 33.0, 5.0, 0.5).is_some());
    }

    #[test]
    fn nothing_where_there_always_was_something_is_out() {
        assert!(out_of_range(&CALM, 0.0, 5.0, 0.5).is_some());
        assert!(out_of_range(&CALM, f64::NAN, 5.0, 0.5).is_some());
    }

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }
}
