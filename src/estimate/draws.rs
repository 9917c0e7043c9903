//! Joint draws from the posterior, for everything that has no closed form.

use super::{Posterior, exposure};
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
    /// Revenue per conversion, account currency; `None` where the data have no revenue.
    pub value: Option<Vec<f64>>,
}

impl Posterior {
    /// Draws rate and value of every term, `n` times; `counts` must be those of the fit.
    ///
    /// Draw `d` of all terms shares one set of hyper-parameters, so that sums over terms carry what
    /// terms have in common. Otherwise each term has its own stream, from `seed` and the hash of its
    /// key: other terms, their order and the number of threads change nothing.
    #[must_use]
    pub fn draws(&self, counts: &Counts, n: usize, seed: u64) -> Draws {
        let exposure = exposure(counts, self.rate.model);
        let names: Vec<&str> = self.rate.hyper.iter().map(|group| group.name.as_str()).collect();
        let shared = self.rate.shocks.draw(&names, n, seed);
        let stream =
            |term: usize, what: &str| Stream::new(seed, counts.terms[term].key.stable_hash() ^ stable_hash(&[what]));
        let mut rate = vec![0.0; counts.terms.len() * n];
        rate.par_chunks_mut(n.max(1)).enumerate().for_each(|(term, into)| {
            let evidence = (exposure.clicks[term], exposure.conversions[term]);
            let group = self.rate.group[term] as usize;
            self.rate.shocks.term(&shared, group, evidence, &mut stream(term, "rate"), into);
        });
        let value = self.value.as_ref().map(|value| {
            let mut drawn = vec![0.0; counts.terms.len() * n];
            drawn.par_chunks_mut(n.max(1)).enumerate().for_each(|(term, into)| {
                let mut stream = stream(term, "value");
                for into in into {
                    *into = value.draw(term, &mut stream);
                }
            });
            drawn
        });
        Draws { draws: n, rate, value }
    }
}
