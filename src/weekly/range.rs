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
const CONSISTENT: f64 = 1.4826;
/// Weeks below which nothing is usual.
pub(super) const FEWEST: usize = 6;

/// A figure out of its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Out {
    /// The figure over the median of the weeks before, ratio.
    pub(super) ratio: f64,
    /// Ends of the range around that median, ratios.
    pub(super) lower: f64,
    pub(super) upper: f64,
}

/// Judges `figure` by those of the weeks before, the latest last; `None` where it is in its range or nothing is usual.
/// Figures that are not above zero are no figures.
pub(super) fn out_of_range(before: &[f64], figure: f64, deviations: f64, change: f64) -> Option<Out> {
    let logs: Vec<f64> = before.iter().filter(|x| **x > 0.0 && x.is_finite()).map(|x| x.ln()).collect();
    if logs.len() < FEWEST {
        return None;
    }
    let steps: Vec<f64> = logs.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (center, spread) = robust(&logs)?;
    let (_, step_spread) = robust(&steps)?;
    let floor = change.ln_1p();
    let around = |spread: f64| (deviations * spread).max(floor);
    let out = |ratio: f64| Out { ratio, lower: (-around(spread)).exp(), upper: around(spread).exp() };
    if !figure.is_finite() || figure <= 0.0 {
        // nothing at all where there always was something
        return Some(out(0.0));
    }
    let log = figure.ln();
    let far = (log - center).abs() > around(spread);
    let step = (log - logs[logs.len() - 1]).abs() > around(step_spread);
    (far && step).then(|| out((log - center).exp()))
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
