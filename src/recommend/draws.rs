//! Posterior draws of everything that is uncertain, and outcomes of a plan in each of them.
//!
//! In: posterior and curves. Out: [`Draws`], drawn once and good for any plan of the same fit, scenarios included: what
//! these suppose of rates and values is a factor in [`Items`], and what they suppose of searches is in the curves.
//! Elasticity enters a plan by its point value and is drawn here only. What the terms of an account or of a campaign do not
//! know together moves them together in a draw.

#![allow(clippy::inline_always)] // a call would keep the loops from being vectorized

use super::Outcome;
use super::incrementality::Incrementality;
use super::items::Items;
use crate::counts::{Counts, Groups};
use crate::domain::stable_hash;
use crate::estimate::Posterior;
use crate::numeric::elementary::widest;
use crate::numeric::stream::Stream;
use crate::response::{Curve, Headroom, Responses, Searches};
use rayon::prelude::*;
use std::borrow::Cow;

/// Draws of everything that is uncertain. Matrices are terms × draws, a term's draws side by side.
pub(super) struct Draws {
    pub(super) count: usize,
    rate: Vec<f64>,
    value: Option<Vec<f64>>,
    elasticity: Vec<f64>,
    /// Places of impression shares within what is known of them; empty where all are known.
    place: Vec<f64>,
    /// Searches over those expected, in standard deviations. Shape: draws.
    shocks: Vec<f64>,
}

/// Largest number of (term, draw) pairs held in memory and solved: about 100 MB and a few seconds.
const LARGEST: usize = 4_000_000;
/// Below this an interval's ends are not worth printing.
const FEWEST: usize = 40;

impl Draws {
    /// Draws, or `None` where the account is too large for enough of them.
    pub(super) fn new(
        counts: &Counts,
        posterior: &Posterior,
        responses: &Responses,
        incrementality: &Incrementality,
        wanted: usize,
        seed: u64,
    ) -> Option<Self> {
        let terms = counts.terms.len().max(1);
        let count = wanted.min(LARGEST / terms);
        if count < FEWEST {
            return None;
        }
        let mut drawn = posterior.draws(counts, count, seed);
        let factors = incrementality.draws(count, seed);
        for (term, rate) in drawn.rate.chunks_mut(count).enumerate() {
            incrementality.apply(&factors, term, rate);
        }
        let shared = Elasticity::new(counts, count, seed);
        let elasticity = (0..counts.terms.len())
            .into_par_iter()
            .flat_map_iter(|term| {
                let mut into = vec![0.0; count];
                shared.draw(counts, responses, term, &mut into);
                into
            })
            .collect();
        let open = responses.headroom.iter().flatten().any(Headroom::is_open);
        let place = if open {
            (0..counts.terms.len())
                .into_par_iter()
                .flat_map_iter(|term| {
                    let mut into = vec![MIDDLE; count];
                    draw_places(counts, responses, term, seed, &mut into);
                    into
                })
                .collect()
        } else {
            Vec::new()
        };
        Some(Self {
            count,
            rate: drawn.rate,
            value: drawn.value,
            elasticity,
            place,
            shocks: demand_shocks(count, seed),
        })
    }

    /// Searches over those expected in every draw, shared by all terms. Shape: draws.
    pub(super) fn searches(&self, responses: &Responses) -> Searches {
        Searches::new(demands(responses, &self.shocks))
    }

    /// The curve of a term in a draw; `demand` is that of the draw.
    pub(super) fn curve(&self, items: &Items, responses: &Responses, term: usize, draw: usize, demand: f64) -> Curve {
        let at = term * self.count + draw;
        responses.drawn(term, items.factors.elastic(term, self.elasticity[at]), self.place(at), demand)
    }

    fn place(&self, at: usize) -> f64 {
        self.place.get(at).copied().unwrap_or(MIDDLE)
    }

    /// Conversions per click of a term in a draw, as `items` suppose them.
    pub(super) fn rate(&self, items: &Items, term: usize, draw: usize) -> f64 {
        self.rate[term * self.count + draw] * items.factors.rate(term)
    }

    /// Revenue per conversion of a term in a draw, as `items` suppose it; `None` where the data have no revenue.
    pub(super) fn value(&self, items: &Items, term: usize, draw: usize) -> Option<f64> {
        Some(self.value.as_ref()?[term * self.count + draw] * items.factors.value(term))
    }

    /// Clicks of a term at a spend in every draw, written to `into`. Shape: draws.
    fn clicks(
        &self,
        items: &Items,
        responses: &Responses,
        (term, spend): (usize, f64),
        searches: &Searches,
        into: &mut [f64],
    ) {
        let (elasticity, ceiling) = self.bends(items, responses, term);
        responses.clicks_drawn(term, spend, (&elasticity, &ceiling), searches, into);
    }

    /// Elasticities of a term and its ceilings in every draw, as `items` suppose them. Shape of both: draws; no ceilings for
    /// a term without spend.
    fn bends(&self, items: &Items, responses: &Responses, term: usize) -> (Cow<'_, [f64]>, Vec<f64>) {
        let own = term * self.count..(term + 1) * self.count;
        let ceiling: Vec<f64> = match (&responses.headroom[term], self.place.get(own.clone())) {
            (None, _) => Vec::new(),
            (Some(room), Some(places)) => places.iter().map(|&place| room.ceiling_at(place)).collect(),
            (Some(room), None) => vec![room.point(); self.count],
        };
        let elasticity = &self.elasticity[own];
        let elasticity = if items.factors.bends() {
            elasticity.iter().map(|&one| items.factors.elastic(term, one)).collect()
        } else {
            Cow::Borrowed(elasticity)
        };
        (elasticity, ceiling)
    }

    /// What the next unit of money returns at a spend of a term, in every draw. Shape: draws.
    pub(super) fn returns(
        &self,
        items: &Items,
        responses: &Responses,
        (term, spend): (usize, f64),
        searches: &Searches,
    ) -> Vec<f64> {
        let mut slopes = vec![0.0; self.count];
        let (elasticity, ceiling) = self.bends(items, responses, term);
        responses.slopes_drawn(term, spend, (&elasticity, &ceiling), searches, &mut slopes);
        for (draw, slope) in slopes.iter_mut().enumerate() {
            *slope *= self.weight(items, term, draw);
        }
        slopes
    }

    /// Outcome of `spend` in every draw. Shape: draws.
    pub(super) fn outcomes(&self, items: &Items, responses: &Responses, spend: &[f64]) -> Vec<Outcome> {
        self.outcomes_of(items, responses, spend.iter().copied().enumerate())
    }

    /// The same of some terms and their spends.
    pub(super) fn outcomes_of(
        &self,
        items: &Items,
        responses: &Responses,
        spends: impl Iterator<Item = (usize, f64)>,
    ) -> Vec<Outcome> {
        let mut spent = 0.0;
        let searches = self.searches(responses);
        let mut clicks = vec![0.0; self.count];
        let [mut all_clicks, mut conversions, mut revenue, mut gross] = [(); 4].map(|()| vec![0.0; self.count]);
        for (term, spend) in spends {
            spent += spend;
            self.clicks(items, responses, (term, spend), &searches, &mut clicks);
            let own = term * self.count..(term + 1) * self.count;
            let (rates, supposed) = (&self.rate[own.clone()], items.factors.rate(term));
            widest(
                #[inline(always)]
                || {
                    for ((all, own), rate) in all_clicks.iter_mut().zip(&mut clicks).zip(rates) {
                        *all += *own;
                        // from here on what they bring
                        *own *= rate * supposed;
                    }
                    for (all, own) in conversions.iter_mut().zip(&clicks) {
                        *all += own;
                    }
                },
            );
            let Some(value) = &self.value else { continue };
            let (values, supposed) = (&value[own], items.factors.value(term));
            let margin = items.margin[term].unwrap_or(0.0);
            widest(
                #[inline(always)]
                || {
                    let brought = clicks.iter().zip(values);
                    for ((revenue, gross), (brought, value)) in revenue.iter_mut().zip(&mut gross).zip(brought) {
                        let own = brought * (value * supposed);
                        *revenue += own;
                        *gross += own * margin;
                    }
                },
            );
        }
        (0..self.count)
            .map(|draw| Outcome {
                clicks: all_clicks[draw],
                conversions: conversions[draw],
                revenue: self.value.is_some().then_some(revenue[draw]),
                profit: (self.value.is_some() && items.all_margins).then_some(gross[draw] - spent),
            })
            .collect()
    }

    /// Conversions of one term at a spend, in every draw. Shape: draws.
    pub(super) fn conversions(
        &self,
        items: &Items,
        responses: &Responses,
        term: usize,
        spend: f64,
        searches: &Searches,
    ) -> Vec<f64> {
        let mut conversions = vec![0.0; self.count];
        self.clicks(items, responses, (term, spend), searches, &mut conversions);
        for (draw, conversions) in conversions.iter_mut().enumerate() {
            *conversions *= self.rate(items, term, draw);
        }
        conversions
    }

    /// Objective a click of a term in a draw.
    pub(super) fn weight(&self, items: &Items, term: usize, draw: usize) -> f64 {
        items.worth(term, self.rate(items, term, draw), self.value(items, term, draw))
    }

    /// Worth of a click of every term in every draw over its expectation. Shape: terms × draws.
    pub(super) fn factors(&self, items: &Items) -> Vec<f64> {
        let terms = items.curves.len();
        (0..terms)
            .into_par_iter()
            .flat_map_iter(|term| {
                let mean = items.weight(term);
                // a term that is worth nothing is worth nothing in every draw
                (0..self.count).map(move |draw| if mean > 0.0 { self.weight(items, term, draw) / mean } else { 1.0 })
            })
            .collect()
    }
}

/// The middle of what is known of an impression share.
pub(super) const MIDDLE: f64 = 0.5;

/// Draws of searches, in standard deviations. Shape: draws.
pub(super) fn demand_shocks(count: usize, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, stable_hash(&["demand"]));
    (0..count).map(|_| stream.normal()).collect()
}

/// Searches over those expected, log-normal with mean 1, from their shocks. Shape: draws.
pub(super) fn demands(responses: &Responses, shocks: &[f64]) -> Vec<f64> {
    let sd = responses.demand.sd;
    shocks.iter().map(|shock| if sd > 0.0 { sd.mul_add(*shock, -0.5 * sd * sd).exp() } else { 1.0 }).collect()
}

/// Draws where the impression share of a term lies within what is known of it. Shape of `into`: draws.
pub(super) fn draw_places(counts: &Counts, responses: &Responses, term: usize, seed: u64, into: &mut [f64]) {
    if responses.headroom[term].is_some_and(|room| room.is_open()) {
        let key = counts.terms[term].key.stable_hash();
        let mut stream = Stream::new(seed, key ^ stable_hash(&["impression share"]));
        for place in into {
            *place = stream.uniform();
        }
    }
}

/// Draws of elasticities, a term at a time.
pub(super) struct Elasticity {
    seed: u64,
    /// What all terms of a draw share, in standard deviations. Shape: draws.
    shared: Vec<f64>,
    /// What those of a campaign share. Shape: campaigns × draws.
    campaigns: Vec<f64>,
    of_term: Vec<u32>,
}

impl Elasticity {
    pub(super) fn new(counts: &Counts, count: usize, seed: u64) -> Self {
        let normals = |key: u64| {
            let mut stream = Stream::new(seed, key);
            (0..count).map(|_| stream.normal()).collect::<Vec<f64>>()
        };
        let groups = Groups::by_campaign(counts);
        let of_campaign = |members: Vec<usize>| {
            let key = &counts.terms[members[0]].key;
            let channel = key.channel.as_deref().filter(|_| key.campaign.is_some());
            normals(stable_hash(&[channel.unwrap_or(""), key.campaign.as_deref().unwrap_or(""), "elasticity"]))
        };
        let campaigns = groups.members().into_iter().flat_map(of_campaign).collect();
        let shared = normals(stable_hash(&["shared elasticity"]));
        Self { seed, shared, campaigns, of_term: groups.of_term }
    }

    /// Draws the elasticity of a term. Shape of `into`: draws.
    pub(super) fn draw(&self, counts: &Counts, responses: &Responses, term: usize, into: &mut [f64]) {
        let key = &counts.terms[term].key;
        let mut stream = Stream::new(self.seed, key.stable_hash() ^ stable_hash(&["elasticity"]));
        let point = responses.elasticity[term].unwrap_or(1.0);
        let sd = responses.elasticity_sd[term];
        for (into, shared) in into.iter_mut().zip(&self.shared) {
            *into = sd.own.mul_add(stream.normal(), point + sd.account * shared);
        }
        if sd.campaign > 0.0 {
            let count = self.shared.len();
            let first = self.of_term[term] as usize * count;
            for (into, shared) in into.iter_mut().zip(&self.campaigns[first..first + count]) {
                *into = sd.campaign.mul_add(*shared, *into);
            }
        }
        for into in into {
            *into = into.clamp(0.05, 1.0);
        }
    }
}
