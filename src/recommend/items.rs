//! The terms as the allocator sees them: one curve of the objective each.

use super::incrementality::Incrementality;
use super::what_if::Factors;
use super::{Outcome, PolicySettings, RecommendError};
use crate::counts::Counts;
use crate::domain::{Notes, Objective, Term};
use crate::estimate::Posterior;
use crate::numeric::sum::{ExactSum, PIECE};
use crate::response::{Curve, Responses};
use rayon::prelude::*;

/// The terms as the allocator sees them. Shape of every vector: terms.
pub(super) struct Items {
    pub(super) objective: Objective,
    /// Objective against spend.
    pub(super) curves: Vec<Curve>,
    pub(super) margin: Vec<Option<f64>>,
    pub(super) all_margins: bool,
    /// Below this marginal return money is better kept: 1 for profit, else 0.
    pub(super) price_floor: f64,
    pub(super) incrementality: Incrementality,
    /// What is supposed of rates, values and margins.
    pub(super) factors: Factors,
    /// Conversions a click that the ads really bring.
    rate: Vec<f64>,
    value: Option<Vec<f64>>,
    /// Objective a click, terms.
    weight: Vec<f64>,
}

impl Items {
    pub(super) fn new(
        counts: &Counts,
        posterior: &Posterior,
        responses: &Responses,
        objective: Objective,
        settings: &PolicySettings,
        notes: &mut Notes,
    ) -> Result<Self, RecommendError> {
        let factors = Factors::new(counts, &settings.changes).with_rates(&settings.rates);
        let supposed = |(at, term): (usize, &Term)| Some(term.margin.or(settings.margin)? * factors.margin(at));
        let margin: Vec<Option<f64>> = counts.terms.iter().enumerate().map(supposed).collect();
        for (term, margin) in counts.terms.iter().zip(&margin) {
            if let Some(margin) = margin.filter(|margin| !(0.0..=1.0).contains(margin)) {
                return Err(RecommendError::Margin { term: term.key.term.clone(), margin });
            }
        }
        let missing = margin.iter().filter(|margin| margin.is_none()).count();
        if objective == Objective::Profit && missing > 0 {
            let first = margin
                .iter()
                .position(Option::is_none)
                .map_or_else(String::new, |at| counts.terms[at].key.term.clone());
            return Err(RecommendError::NoMargin { terms: missing, first });
        }
        let incrementality = Incrementality::new(counts, settings, notes);
        let brought = |(term, mean): (usize, &f64)| mean * incrementality.factor(term) * factors.rate(term);
        let rate: Vec<f64> = posterior.rate.mean.iter().enumerate().map(brought).collect();
        // worth of a conversion of this term's: rates and values that go together differ from the product of their means
        let paired = |(term, mean): (usize, &f64)| mean * posterior.pair_factor(term) * factors.value(term);
        let value: Option<Vec<f64>> =
            posterior.value.as_ref().map(|value| value.mean.iter().enumerate().map(paired).collect());
        if objective != Objective::Conversions && value.is_none() {
            return Err(RecommendError::NoRevenue { objective: objective.name() });
        }
        let weight_of = |term: usize| {
            let value = value.as_ref().map_or(1.0, |value| value[term]);
            match objective {
                Objective::Conversions => rate[term],
                Objective::Revenue => rate[term] * value,
                Objective::Profit => rate[term] * value * margin[term].unwrap_or(0.0),
            }
        };
        let weight: Vec<f64> = (0..counts.terms.len()).map(weight_of).collect();
        let curves = responses.curves.par_iter().zip(&weight).map(|(curve, &weight)| curve.scaled(weight)).collect();
        let price_floor = if objective == Objective::Profit { 1.0 } else { 0.0 };
        Ok(Self {
            objective,
            curves,
            margin,
            all_margins: missing == 0,
            price_floor,
            incrementality,
            factors,
            rate,
            value,
            weight,
        })
    }

    /// Whether revenue per conversion is known.
    pub(super) fn has_value(&self) -> bool {
        self.value.is_some()
    }

    /// Expected revenue per conversion; 1 where it is not known.
    pub(super) fn value(&self, term: usize) -> f64 {
        self.value.as_ref().map_or(1.0, |value| value[term])
    }

    /// Objective a click of a term, from a rate and a value.
    pub(super) fn worth(&self, term: usize, rate: f64, value: Option<f64>) -> f64 {
        let value = value.unwrap_or(1.0);
        match self.objective {
            Objective::Conversions => rate,
            Objective::Revenue => rate * value,
            Objective::Profit => rate * value * self.margin[term].unwrap_or(0.0),
        }
    }

    /// Expected objective a click.
    pub(super) fn weight(&self, term: usize) -> f64 {
        self.weight[term]
    }

    /// Expected conversions from clicks that cost nothing.
    pub(super) fn free_conversions(&self, responses: &Responses) -> f64 {
        responses.free_clicks.iter().zip(&self.rate).map(|(clicks, rate)| clicks * rate).collect::<ExactSum>().value()
    }

    /// Expected outcome of one term.
    pub(super) fn term_outcome(&self, responses: &Responses, term: usize, spend: f64) -> Outcome {
        let clicks = responses.clicks(term, spend);
        let conversions = clicks * self.rate[term];
        let revenue = self.value.as_ref().map(|value| conversions * value[term]);
        let profit = revenue.zip(self.margin[term]).map(|(revenue, margin)| revenue.mul_add(margin, -spend));
        Outcome { clicks, conversions, revenue, profit }
    }

    /// Expected outcome of a spend for every term. Shape of `spend`: terms.
    pub(super) fn outcome(&self, responses: &Responses, spend: &[f64]) -> Outcome {
        self.sum(responses, spend.len(), |at| (at, spend[at]))
    }

    /// The same of some terms. Shape of `spend`: terms.
    pub(super) fn outcome_of(&self, responses: &Responses, members: &[usize], spend: &[f64]) -> Outcome {
        self.sum(responses, members.len(), |at| (members[at], spend[members[at]]))
    }

    /// Sums over `count` terms with their spends; exact, so that it does not matter who adds what.
    fn sum(&self, responses: &Responses, count: usize, of: impl Fn(usize) -> (usize, f64) + Sync) -> Outcome {
        let part = |part: usize| {
            let mut sums = [ExactSum::default(); 4];
            for at in part * PIECE..count.min((part + 1) * PIECE) {
                let (term, spend) = of(at);
                let Outcome { clicks, conversions, revenue, profit } = self.term_outcome(responses, term, spend);
                let figures = [clicks, conversions, revenue.unwrap_or(0.0), profit.unwrap_or(0.0)];
                for (sum, figure) in sums.iter_mut().zip(figures) {
                    sum.add(figure);
                }
            }
            sums
        };
        let join = |mut one: [ExactSum; 4], other: [ExactSum; 4]| {
            for (one, other) in one.iter_mut().zip(other) {
                one.merge(other);
            }
            one
        };
        let parts = (0..count.div_ceil(PIECE)).into_par_iter().map(part);
        let [clicks, conversions, revenue, profit] = parts.reduce(Default::default, join);
        Outcome {
            clicks: clicks.value(),
            conversions: conversions.value(),
            revenue: self.value.is_some().then(|| revenue.value()),
            profit: (self.value.is_some() && self.all_margins).then(|| profit.value()),
        }
    }
}

/// The objective: as asked, else conversions where a number of them is wanted, else profit if a margin is
/// given, else revenue if there is revenue, else conversions. A margin is never assumed.
///
/// `has_value` says whether revenue per conversion could be estimated: revenue alone, without
/// conversions, is nothing to plan with.
#[must_use]
pub fn resolve_objective(counts: &Counts, has_value: bool, settings: &PolicySettings) -> Objective {
    let has_margin = settings.margin.is_some() || counts.terms.iter().any(|term| term.margin.is_some());
    let has_revenue = has_value && counts.cells.revenue.iter().flatten().any(|&revenue| revenue > 0.0);
    settings.objective.unwrap_or(match (has_margin, has_revenue) {
        _ if settings.targets.conversions.is_some() => Objective::Conversions,
        (true, true) => Objective::Profit,
        (false, true) => Objective::Revenue,
        (_, false) => Objective::Conversions,
    })
}
