//! Random numbers: one independent stream per key.
//!
//! In: a seed (from the settings) and a key (a hash of what is drawn for). Out: draws. A stream
//! depends on nothing else, so results don't change with the number of threads, the order of rows,
//! or the platform. Generator: `ChaCha8`, seeded by the seed, its stream number set to the key.
//!
//! Pinned by a golden test: a new version of the random number crates that changes the draws is
//! noticed. Parameters that are out of range give `NaN`; nothing panics.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Binomial, Distribution, Gamma, Open01, Poisson, StandardNormal};

/// Means above this are drawn as rounded normal: the count no longer fits the sampler's integers.
const LARGEST_COUNT: f64 = 1e15;

/// A stream of random numbers.
#[derive(Debug)]
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Stream {
    /// The stream of `key` under `seed`.
    #[must_use]
    pub fn new(seed: u64, key: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(key);
        Self { generator }
    }

    /// Uniform on the open interval (0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.generator.sample(Open01)
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        self.generator.sample(StandardNormal)
    }

    /// Gamma with the given shape and rate 1; `NaN` unless the shape is positive and finite.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        self.ln_gamma(shape).exp()
    }

    /// Logarithm of a gamma draw: keeps digits where a tiny shape makes the draw itself underflow.
    ///
    /// For shapes below one, G(shape) = G(shape + 1) · U^(1/shape) (Marsaglia and Tsang, 2000).
    pub fn ln_gamma(&mut self, shape: f64) -> f64 {
        if !(shape > 0.0 && shape < f64::INFINITY) {
            return f64::NAN;
        }
        let (lifted, ln_power) = if shape < 1.0 { (shape + 1.0, self.uniform().ln() / shape) } else { (shape, 0.0) };
        match Gamma::new(lifted, 1.0) {
            Ok(gamma) => gamma.sample(&mut self.generator).ln() + ln_power,
            Err(_) => f64::NAN,
        }
    }

    /// Beta(a, b), as a ratio of gammas; `NaN` unless both are positive and finite.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let ln_a = self.ln_gamma(a);
        let ln_b = self.ln_gamma(b);
        1.0 / (1.0 + (ln_b - ln_a).exp())
    }

    /// Poisson count; 0 at mean 0, `NaN` unless the mean is finite and not negative.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if !(0.0..f64::INFINITY).contains(&mean) {
            return f64::NAN;
        }
        if mean <= 0.0 {
            return 0.0;
        }
        if mean > LARGEST_COUNT {
            return self.normal().mul_add(mean.sqrt(), mean).round();
        }
        match Poisson::new(mean) {
            Ok(poisson) => poisson.sample(&mut self.generator),
            Err(_) => f64::NAN,
        }
    }

    /// Binomial count of `n` trials (rounded to an integer) with probability `p`; `NaN` out of range.
    pub fn binomial(&mut self, n: f64, p: f64) -> f64 {
        if !((0.0..f64::INFINITY).contains(&n) && (0.0..=1.0).contains(&p)) {
            return f64::NAN;
        }
        let n = n.round();
        if n > LARGEST_COUNT {
            let draw = self.normal().mul_add((n * p * (1.0 - p)).sqrt(), n * p);
            return draw.round().clamp(0.0, n);
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // an integer in 0..=10¹⁵
        let trials = n as u64;
        match Binomial::new(trials, p) {
            Ok(binomial) => binomial.sample(&mut self.generator) as f64,
            Err(_) => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests;
