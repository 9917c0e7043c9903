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
    let sum = |of: fn(&Tally) -> f64| folds.iter().map(of).sum::<f64>();
    let below = sum(|fold| fold.below);
    let value = sum(|fold| fold.above) / below;
    if !(below > 0.0 && value.is_finite()) {
        return None;
    }
    // folds without such rows are no observations
    let held: Vec<&Tally> = folds.iter().filter(|fold| fold.rows > 0).collect();
    let rows: usize = held.iter().map(|fold| fold.rows).sum();
    let (units, square) = if is_clustered(held.len()) {
        (held.len(), held.iter().map(|fold| (fold.above - value * fold.below).powi(2)).sum::<f64>())
    } else {
        let [aa, ab, bb] = [0, 1, 2].map(|k| held.iter().map(|fold| fold.squares[k]).sum::<f64>());
        (rows, (aa - 2.0 * value * ab + value * value * bb).max(0.0))
    };
    // units that do not differ at all tell nothing of how much they might
    let standard_error = (units > 1)
        .then(|| (units as f64 / (units as f64 - 1.0) * square).sqrt() / below)
        .filter(|&error| error > 0.0 && error.is_finite());
    Some(Measured { value, standard_error })
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
    fn nothing_has_no_ratio_and_one_row_no_error() {
        assert_eq!(ratio(&[fold(&[])]), None);
        assert_eq!(ratio(&[fold(&[(2.0, 1.0)])]).unwrap().standard_error, None);
    }
}
