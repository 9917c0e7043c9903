//! Joint draws from the posterior, for everything that has no closed form.

use super::Posterior;
use super::rate::SharedDraws;
use super::value::SharedValues;
use crate::counts::Counts;
use crate::domain::stable_hash;
use crate::numeric::stream::Stream;
use rayon::prelude::*;

/// Draws from the posterior. Shape of the vectors: terms × draws, term by term.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// Draws a term.
    pub draws: usize,
    /// Conversions per click.
    pub rate: Vec<f64>,
    /// Revenue per conversion, times the factor of its pairing with the rate, account currency; `None` where the
    /// data have no revenue.
    pub value: Option<Vec<f64>>,
}

/// Draws one term at a time, for accounts whose draws do not fit in memory together.
#[derive(Debug)]
pub struct Drawer<'a> {
    posterior: &'a Posterior,
    counts: &'a Counts,
    shared: SharedDraws,
    values: Option<SharedValues>,
    seed: u64,
}

impl Drawer<'_> {
    /// Draws the rate of a term. Shape of `into`: draws.
    pub fn rate(&self, term: usize, into: &mut [f64]) {
        self.posterior.rate.draw(&self.shared, term, &mut self.stream(term, "rate"), into);
    }

    /// Draws the value of a conversion of a term, times the factor of its pairing with the rate, so that products
    /// of draws have the mean of the product; false, and nothing written, where the data have no
    /// revenue. Shape of `into`: draws.
    pub fn value(&self, term: usize, into: &mut [f64]) -> bool {
        let (Some(value), Some(shared)) = (&self.posterior.value, &self.values) else { return false };
        value.draw(shared, term, &mut self.stream(term, "value"), into);
        let factor = self.posterior.pair_factor(term);
        for into in into {
            *into *= factor;
        }
        true
    }

    fn stream(&self, term: usize, what: &str) -> Stream {
        Stream::new(self.seed, self.counts.terms[term].key.stable_hash() ^ stable_hash(&[what]))
    }
}

impl Posterior {
    /// Draws rate and value of every term, `n` times; `counts` must be those of the fit.
    ///
    /// Draw `d` of all terms shares one set of hyper-parameters, so that sums over terms carry what
    /// terms have in common. Otherwise each term has its own stream, from `seed` and the hash of its
    /// key: other terms, their order and the number of threads change nothing.
    #[must_use]
    pub fn draws(&self, counts: &Counts, n: usize, seed: u64) -> Draws {
        let drawer = self.drawer(counts, n, seed);
        let mut rate = vec![0.0; counts.terms.len() * n];
        rate.par_chunks_mut(n.max(1)).enumerate().for_each(|(term, into)| drawer.rate(term, into));
        let value = self.value.as_ref().map(|_| {
            let mut drawn = vec![0.0; counts.terms.len() * n];
            drawn.par_chunks_mut(n.max(1)).enumerate().for_each(|(term, into)| {
                drawer.value(term, into);
            });
            drawn
        });
        Draws { draws: n, rate, value }
    }

    /// The same draws as [`Self::draws`], a term at a time.
    #[must_use]
    pub fn drawer<'a>(&'a self, counts: &'a Counts, n: usize, seed: u64) -> Drawer<'a> {
        let names: Vec<&str> = self.rate.hyper.iter().map(|group| group.name.as_str()).collect();
        let shared = self.rate.shocks.draw(&names, n, seed);
        let values = self.value.as_ref().map(|value| value.shared(n, seed));
        Drawer { posterior: self, counts, shared, values, seed }
    }
}
