//! Quantiles of samples.
//!
//! In: draws in ascending order. Out: quantiles by linear interpolation between neighbors. For quantiles of
//! distributions see `quantile`.

/// Quantile of ascending draws, by linear interpolation between order statistics; `None` without any.
///
/// Source: Hyndman and Fan (1996), "Sample quantiles in statistical packages", definition 7.
#[must_use]
pub fn sample_quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = p * last as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // an index of `sorted`
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    Some((position - below as f64).mul_add(sorted[above] - sorted[below], sorted[below]))
}

#[cfg(test)]
mod tests {
    use super::sample_quantile;

    #[test]
    fn quantiles_lie_between_neighbors() {
        assert_eq!(sample_quantile(&[], 0.5), None);
        assert_eq!(sample_quantile(&[3.0], 0.9), Some(3.0));
        assert_eq!(sample_quantile(&[1.0, 2.0, 4.0], 0.0), Some(1.0));
        assert_eq!(sample_quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!(sample_quantile(&[1.0, 2.0, 4.0], 1.0), Some(4.0));
    }
}
