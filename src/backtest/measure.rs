//! Ratios of sums over term-periods, with standard errors that know what the terms of a period share.
//!
//! # Formula
//! ```text
//! r = Σ_f A_f / Σ_f B_f          A_f, B_f   sums over the terms of fold f
//! se² = F/(F − 1) Σ_f (A_f − r B_f)² / (Σ_f B_f)²
//! ```
//! The linearised variance of a ratio under cluster sampling (Cochran 1977, "Sampling Techniques", equation 6.10 with
//! clusters as units). A site that is down for a week moves all terms of that week: taking the terms as
//! independent would make errors too small by a factor of ten. With fewer than four folds there is no telling,
//! and terms are taken as independent after all.

/// Folds from which standard errors take the fold as the unit.
const FEWEST_CLUSTERS: usize = 4;

/// A figure with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The figure.
    pub value: f64,
    /// Its standard error; `None` where it cannot be told, as where all folds are alike.
    pub standard_error: Option<f64>,
}

impl Measured {
    /// How many standard errors the figure lies above `expected`; 0 where there is no telling.
    #[must_use]
    pub fn deviation(&self, expected: f64) -> f64 {
        let away = self.value - expected;
        match self.standard_error {
            Some(error) if error > 0.0 => away / error,
            _ => 0.0,
        }
    }
}

/// Whether this many folds are enough to be the unit of standard errors.
pub(super) fn is_clustered(folds: usize) -> bool {
    folds >= FEWEST_CLUSTERS
}

/// Sums over the terms of one fold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) above: f64,
    pub(super) below: f64,
    squares: [f64; 3],
    rows: usize,
}

impl Tally {
    pub(super) fn mean(&self) -> Option<f64> {
        (self.below > 0.0).then(|| self.above / self.below)
    }
}

impl FromIterator<(f64, f64)> for Tally {
    fn from_iter<I: IntoIterator<Item = (f64, f64)>>(pairs: I) -> Self {
        let mut tally = Self::default();
        for (above, below) in pairs {
            tally.above += above;
            tally.below += below;
            tally.squares[0] += above * above;
            tally.squares[1] += above * below;
            tally.squares[2] += below * below;
            tally.rows += 1;
        }
        tally
    }
}

/// The ratio of the sums over all folds; `None` where the lower sum is zero.
pub(super) fn ratio(folds: &[Tally]) -> Option<Measured> {
    let (value, held) = value(folds)?;
    let standard_error = if is_clustered(held.len()) { by_fold(value, &held) } else { by_row(value, &held) };
    Some(Measured { value, standard_error })
}

/// The same with the larger of two errors, between folds and between rows taken as independent: a few folds that happen to
/// agree say nothing of how the rows differ.
pub(super) fn difference(folds: &[Tally]) -> Option<Measured> {
    let (value, held) = value(folds)?;
    let between = if is_clustered(held.len()) { by_fold(value, &held) } else { None };
    let standard_error = between.into_iter().chain(by_row(value, &held)).reduce(f64::max);
    Some(Measured { value, standard_error })
}

/// The ratio, and the folds that have rows: those without are no observations.
fn value(folds: &[Tally]) -> Option<(f64, Vec<&Tally>)> {
    let sum = |of: fn(&Tally) -> f64| folds.iter().map(of).sum::<f64>();
    let below = sum(|fold| fold.below);
    let value = sum(|fold| fold.above) / below;
    (below > 0.0 && value.is_finite()).then(|| (value, folds.iter().filter(|fold| fold.rows > 0).collect()))
}

fn by_fold(value: f64, held: &[&Tally]) -> Option<f64> {
    error(value, held, held.len(), held.iter().map(|fold| (fold.above - value * fold.below).powi(2)).sum())
}

fn by_row(value: f64, held: &[&Tally]) -> Option<f64> {
    let [aa, ab, bb] = [0, 1, 2].map(|k| held.iter().map(|fold| fold.squares[k]).sum::<f64>());
    let rows = held.iter().map(|fold| fold.rows).sum();
    error(value, held, rows, (aa - 2.0 * value * ab + value * value * bb).max(0.0))
}

/// Error of so many units with this sum of squares; units that do not differ at all tell nothing of how much they might.
fn error(value: f64, held: &[&Tally], units: usize, square: f64) -> Option<f64> {
    let below: f64 = held.iter().map(|fold| fold.below).sum();
    (units > 1)
        .then(|| (units as f64 / (units as f64 - 1.0) * square).sqrt() / below)
        // below that it is rounding
        .filter(|&error| error > 1e-15 * value.abs() && error.is_finite() && error > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn fold(pairs: &[(f64, f64)]) -> Tally {
        pairs.iter().copied().collect()
    }

    #[test]
    fn few_folds_count_rows_and_many_count_folds() {
        let rows = [(1.0, 1.0), (0.0, 1.0), (1.0, 1.0), (1.0, 1.0)];
        let independent = ratio(&[fold(&rows)]).unwrap();
        assert_eq!(independent.value, 0.75);
        // n/(n − 1) · p (1 − p)/n
        assert_relative_eq!(independent.standard_error.unwrap(), (0.75_f64 * 0.25 / 3.0).sqrt());
        let alike = ratio(&[fold(&rows); 5]).unwrap();
        assert_eq!(alike.standard_error, None);
        let shared =
            [fold(&[(1.0, 1.0); 50]), fold(&[(0.0, 1.0); 50]), fold(&[(1.0, 1.0); 50]), fold(&[(1.0, 1.0); 50])];
        // four observations, however many rows stand behind each
        assert_relative_eq!(ratio(&shared).unwrap().standard_error.unwrap(), (0.75_f64 * 0.25 / 3.0).sqrt());
    }

    #[test]
    fn folds_that_happen_to_agree_leave_the_error_of_rows() {
        let rows = [(0.03, 1.0), (-0.01, 1.0), (0.02, 1.0), (0.0, 1.0)];
        let alike = difference(&[fold(&rows); 5]).unwrap();
        // the rows' own variance over twenty of them
        assert_relative_eq!(alike.value, 0.01, max_relative = 1e-12);
        assert_relative_eq!(alike.standard_error.unwrap(), (5.0 * 0.001_f64 / 19.0 / 20.0).sqrt(), max_relative = 1e-9);
        let apart = [fold(&[(0.5, 1.0); 4]), fold(&rows), fold(&rows), fold(&rows)];
        assert_eq!(difference(&apart), ratio(&apart));
    }

    #[test]
    fn nothing_has_no_ratio_and_one_row_no_error() {
        assert_eq!(ratio(&[fold(&[])]), None);
        assert_eq!(ratio(&[fold(&[(2.0, 1.0)])]).unwrap().standard_error, None);
    }
}
