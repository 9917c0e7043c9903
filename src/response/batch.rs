//! Value and slope of many curves at once, family by family on vectors.
//!
//! Results are those of [`Curve::value`] and `Curve::value_and_marginal` to the last bit, in any order: the
//! same formulas serve both.

use super::{Curve, exponential, hill, logarithmic, power};
use crate::numeric::elementary::widest;

/// Curves taken at a time: their numbers fit the nearest cache.
const TILE: usize = 256;

/// Numbers of the curves of one family, and where they stand in the tile.
struct Family {
    at: [u16; TILE],
    a: [f64; TILE],
    k: [f64; TILE],
    h: [f64; TILE],
    x: [f64; TILE],
    count: usize,
}

impl Family {
    fn new() -> Self {
        Self { at: [0; TILE], a: [0.0; TILE], k: [0.0; TILE], h: [0.0; TILE], x: [0.0; TILE], count: 0 }
    }

    fn push(&mut self, at: u16, [a, k, h]: [f64; 3], x: f64) {
        let next = self.count;
        if next < TILE {
            (self.at[next], self.a[next], self.k[next], self.h[next], self.x[next]) = (at, a, k, h, x);
            self.count = next + 1;
        }
    }

    /// Writes value and slope of every curve of the family to its place. `both` has to be a closure that is always inlined:
    /// a call would keep its loop from being vectorized.
    #[allow(clippy::inline_always)] // each family has its own loop
    #[inline(always)]
    fn evaluate(&mut self, both: impl Fn(f64, f64, f64, f64) -> (f64, f64), values: &mut [f64], marginals: &mut [f64]) {
        let count = self.count.min(TILE);
        let Self { at, a, k, h, x, .. } = self;
        // value and slope take the place of `a` and `x`
        let (a, k, h, x) = (&mut a[..count], &k[..count], &h[..count], &mut x[..count]);
        widest(
            #[inline(always)]
            || {
                for at in 0..count {
                    (a[at], x[at]) = both(a[at], k[at], h[at], x[at]);
                }
            },
        );
        for ((&at, &value), &marginal) in at[..count].iter().zip(&*a).zip(&*x) {
            values[usize::from(at)] = value;
            marginals[usize::from(at)] = marginal;
        }
        self.count = 0;
    }
}

/// Scratch of [`Batch::evaluate`], one a task.
pub(crate) struct Batch {
    hill: Family,
    exponential: Family,
    power: Family,
    logarithmic: Family,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { hill: Family::new(), exponential: Family::new(), power: Family::new(), logarithmic: Family::new() }
    }

    /// Response and slope of each curve at its spend. Shapes: as many of each.
    pub(crate) fn evaluate<'a>(
        &mut self,
        mut curves: impl Iterator<Item = &'a Curve>,
        spend: &[f64],
        values: &mut [f64],
        marginals: &mut [f64],
    ) {
        let outputs = values.chunks_mut(TILE).zip(marginals.chunks_mut(TILE));
        for (spend, (values, marginals)) in spend.chunks(TILE).zip(outputs) {
            self.tile(&mut curves, spend, values, marginals);
        }
    }

    #[allow(clippy::redundant_closure)] // a function by its name is called, a closure inlined
    fn tile<'a>(
        &mut self,
        curves: &mut impl Iterator<Item = &'a Curve>,
        spend: &[f64],
        values: &mut [f64],
        marginals: &mut [f64],
    ) {
        // the spends first, so that no curve is taken beyond the tile's
        for (at, (&x, curve)) in (0_u16..).zip(spend.iter().zip(curves)) {
            match *curve {
                Curve::Hill { a, k, h } if x > 0.0 && a > 0.0 && !hill::is_one(h) => self.hill.push(at, [a, k, h], x),
                Curve::Power { a, k, h } if x > 0.0 && a > 0.0 && h < 1.0 => self.power.push(at, [a, k, h], x),
                Curve::Exp { a, k } => self.exponential.push(at, [a, k, 1.0], x),
                Curve::Log { a, k } => self.logarithmic.push(at, [a, k, 1.0], x),
                _ => (values[usize::from(at)], marginals[usize::from(at)]) = curve.value_and_marginal(x),
            }
        }
        self.hill.evaluate(
            #[inline(always)]
            |a, k, h, x| hill::value_and_marginal(a, k, h, x),
            values,
            marginals,
        );
        self.power.evaluate(
            #[inline(always)]
            |a, k, h, x| power::value_and_marginal(a, k, h, x),
            values,
            marginals,
        );
        self.exponential.evaluate(
            #[inline(always)]
            |a, k, _, x| (exponential::value(a, k, x), exponential::marginal(a, k, x)),
            values,
            marginals,
        );
        self.logarithmic.evaluate(
            #[inline(always)]
            |a, k, _, x| (logarithmic::value(a, k, x), logarithmic::marginal(a, k, x)),
            values,
            marginals,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;

    #[test]
    fn many_curves_have_the_values_of_each() {
        let mut random = Stream::new(5, 0);
        let curves: Vec<Curve> = (0..1_000)
            .map(|item| {
                let (a, k) = (if item % 11 == 0 { 0.0 } else { random.normal().exp() }, random.normal().exp());
                match item % 7 {
                    0 | 1 => Curve::Hill { a, k, h: 0.2 + 1.5 * random.uniform() },
                    2 => Curve::Hill { a, k, h: 1.0 },
                    3 => Curve::Exp { a, k },
                    4 => Curve::Log { a, k },
                    5 => Curve::Power { a, k, h: if item % 2 == 0 { 1.0 } else { 0.5 } },
                    _ => Curve::Points([(k, a)].into()),
                }
            })
            .collect();
        let spend: Vec<f64> =
            (0..1_000).map(|item| if item % 13 == 0 { 0.0 } else { 3.0 * random.uniform() }).collect();
        let (mut values, mut marginals) = (vec![f64::NAN; 1_000], vec![f64::NAN; 1_000]);
        Batch::new().evaluate(curves.iter(), &spend, &mut values, &mut marginals);
        for (at, (curve, &x)) in curves.iter().zip(&spend).enumerate() {
            let (value, marginal) = curve.value_and_marginal(x);
            assert_eq!(values[at].to_bits(), curve.value(x).to_bits(), "{curve:?} at {x}");
            assert_eq!((values[at].to_bits(), marginals[at].to_bits()), (value.to_bits(), marginal.to_bits()));
        }
    }
}
