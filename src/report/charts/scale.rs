//! From figures to pixels: axes with round ticks, linear or logarithmic.

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    from: f64,
    to: f64,
    /// Whether equal ratios are equally far apart.
    logarithmic: bool,
    /// Where grid lines and labels stand.
    pub(super) ticks: Vec<f64>,
}

impl Scale {
    /// An axis from pixel `from` to pixel `to` that holds all finite `figures` and zero, with about
    /// `ticks` round ticks; degenerate figures get an axis from 0 to 1.
    pub(super) fn with_zero(figures: impl IntoIterator<Item = f64>, from: f64, to: f64, ticks: usize) -> Self {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for figure in figures.into_iter().filter(|figure| figure.is_finite()) {
            low = low.min(figure);
            high = high.max(figure);
        }
        Self::rounded(low, high, from, to, ticks)
    }

    /// An axis from `low` to `high`, widened to round ticks.
    pub(super) fn rounded(low: f64, high: f64, from: f64, to: f64, ticks: usize) -> Self {
        let (low, high) = if high - low > 1e-12 * high.abs().max(low.abs()) && (high - low).is_finite() {
            (low, high)
        } else if low.abs() > 0.0 && low.is_finite() {
            (low.min(0.0), low.max(0.0))
        } else {
            (0.0, 1.0)
        };
        let step = round_step((high - low) / ticks.max(1) as f64);
        let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
        let count = (last - first).clamp(1.0, 50.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 1..=50
        let ticks = (0..=count as u32).map(|number| (first + f64::from(number)) * step).collect();
        Self { low: first * step, high: last * step, from, to, logarithmic: false, ticks }
    }

    /// A logarithmic axis that holds all finite positive `figures`, with ticks at 1, 2 and 5 times powers of ten, or at
    /// powers of ten alone where those are more than four; figures of zero or less are held at its lower end.
    pub(super) fn ratios(figures: impl IntoIterator<Item = f64>, from: f64, to: f64) -> Self {
        const FEW: i32 = 4;
        /// Farther than this nothing is measured.
        const FARTHEST: f64 = 15.0;
        let drawn = |figure: &f64| figure.is_finite() && *figure > 0.0;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for figure in figures.into_iter().filter(drawn) {
            let power = figure.log10().clamp(-FARTHEST, FARTHEST);
            (low, high) = (low.min(power), high.max(power));
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        } else if high - low < 1e-9 {
            // one figure stands in the middle
            (low, high) = (low - 0.25, high + 0.25);
        }
        #[allow(clippy::cast_possible_truncation)] // both are within 15 of zero
        let (first, last) = ((low + 1e-9).floor() as i32, (high - 1e-9).ceil() as i32);
        let steps: &[f64] = if last - first > FEW { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let all = (first..=last).flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
        let all: Vec<f64> = all.collect();
        // the tick at or below the least, and the one at or above the largest
        let (least, largest) = (10_f64.powf(low) * (1.0 + 1e-9), 10_f64.powf(high) * (1.0 - 1e-9));
        let start = all.iter().rposition(|&tick| tick <= least).unwrap_or(0);
        let end = all.iter().position(|&tick| tick >= largest).unwrap_or(all.len() - 1).max(start + 1);
        let ticks: Vec<f64> = all[start..=end.min(all.len() - 1)].to_vec();
        Self { low: ticks[0], high: ticks[ticks.len() - 1], from, to, logarithmic: true, ticks }
    }

    /// The pixel of a figure; figures outside are held at the ends.
    pub(super) fn at(&self, figure: f64) -> f64 {
        let along = if self.logarithmic {
            (figure.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (figure - self.low) / (self.high - self.low)
        };
        let share = along.clamp(0.0, 1.0);
        if share.is_nan() { self.from } else { (self.to - self.from).mul_add(share, self.from) }
    }
}

/// The round number (1, 2, 2.5 or 5 times a power of ten) next above.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| step <= factor * power * (1.0 + 1e-9));
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_the_figures() {
        let scale = Scale::with_zero([3.0, 97.0], 0.0, 100.0, 5);
        assert_eq!(scale.ticks, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(scale.at(50.0), 50.0);
        assert_eq!(scale.at(200.0), 100.0);
        let negative = Scale::with_zero([-70.0, 20.0], 0.0, 1.0, 4);
        assert!(negative.low <= -70.0 && negative.high >= 20.0 && negative.ticks.contains(&0.0));
    }

    #[test]
    fn nothing_to_show_still_makes_an_axis() {
        for figures in [vec![], vec![0.0], vec![f64::NAN], vec![0.0, f64::INFINITY]] {
            let scale = Scale::with_zero(figures, 0.0, 100.0, 5);
            assert!(scale.high > scale.low && scale.at(0.0) == 0.0 && scale.ticks.len() > 1);
        }
        assert!(Scale::rounded(1e9, 1e9, 0.0, 1.0, 4).high >= 1e9);
        assert!(Scale::with_zero([1e-12], 0.0, 1.0, 4).high >= 1e-12);
    }

    #[test]
    fn ratios_are_equally_far_apart() {
        let scale = Scale::ratios([0.3, 7.0], 0.0, 100.0);
        assert_eq!(scale.ticks, [0.2, 0.5, 1.0, 2.0, 5.0, 10.0]);
        assert!((scale.at(1.0) - scale.at(0.5) - (scale.at(10.0) - scale.at(5.0))).abs() < 1e-9);
        assert_eq!((scale.at(0.0), scale.at(-1.0), scale.at(1e9)), (0.0, 0.0, 100.0));
        assert_eq!(Scale::ratios([1.0, 2e6], 0.0, 1.0).ticks.len(), 8);
        assert_eq!(Scale::ratios([1.0], 0.0, 1.0).ticks, [0.5, 1.0, 2.0]);
        for figures in [vec![], vec![0.0], vec![-3.0, f64::NAN], vec![f64::INFINITY], vec![1e-300, 1e300], vec![5e9]] {
            let scale = Scale::ratios(figures.clone(), 0.0, 100.0);
            assert!(scale.high > scale.low && scale.low > 0.0 && scale.ticks.len() > 1, "{figures:?}");
            assert_eq!(scale.at(f64::NAN), 0.0);
        }
    }
}
