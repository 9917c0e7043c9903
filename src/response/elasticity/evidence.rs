//! What is known of each term before any is pooled: likelihoods, and how much of them tells a campaign.
//!
//! In: what terms say against the rest of their campaign ([`super::terms`]), what their own courses say against the rest of the
//! account, what campaigns say as a whole ([`super::campaigns`]). Out: one likelihood a term, and one a campaign, in which no
//! click counts twice. Wrong where the demand of one term moves with its own bid and that of the rest of the account does not.

use super::Surveyed;
use super::campaigns::{Account, Course, FEWEST_CLICKS};
use super::grid::nodes;
use super::hierarchy::{Campaign, Evidence};
use super::terms::Told;
use super::track::Track;
use rayon::prelude::*;

/// Periods' worth of the over-dispersion of terms of like size in a term's own.
const PRIOR_WEEKS: f64 = 10.0;

/// Variance of an elasticity that is anywhere before, by its log-likelihood.
fn spread_of(likelihood: &[f64]) -> f64 {
    let top = likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sums = likelihood.iter().zip(nodes()).fold([0.0; 3], |[mass, first, second], (value, node)| {
        let weight = (value - top).exp();
        [mass + weight, first + weight * node, second + weight * node * node]
    });
    let mean = sums[1] / sums[0];
    sums[2] / sums[0] - mean * mean
}

/// Likelihoods divided by the over-dispersion of terms of like size, and by what neighbouring weeks have in common.
pub(super) fn weighed(told: &[Vec<Told>], common: &[Option<Vec<f64>>], alone: &[Vec<Alone>]) -> Vec<Campaign> {
    let all = || told.iter().flatten();
    let squares: f64 = all().map(|told| told.squares).sum();
    let memory = (all().map(|told| told.products).sum::<f64>() / squares.max(1e-300)).clamp(0.0, 0.8);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a small count
    let band = |told: &Told| told.clicks.ln_1p().min(62.0) as usize;
    let mut bands = [(0.0, 0.0); 64];
    for told in all() {
        let sums = &mut bands[band(told)];
        *sums = (sums.0 + told.squares, sums.1 + told.freedom);
    }
    let dispersion = |told: &Told| {
        let (squares, freedom) = bands[band(told)];
        let like = squares / freedom.max(1.0);
        let own = (PRIOR_WEEKS * like + told.squares) / (PRIOR_WEEKS + told.freedom);
        own.max(1.0) * (1.0 + memory) / (1.0 - memory)
    };
    told.par_iter()
        .zip(common)
        .zip(alone)
        .map(|((told, common), alone)| {
            let terms = told
                .iter()
                .map(|told| Evidence {
                    term: told.term,
                    likelihood: told.likelihood.iter().map(|value| value / dispersion(told)).collect(),
                    weight: told.own,
                    size: Some(told.size),
                })
                .collect();
            let mut campaign = Campaign { terms, common: common.clone() };
            add_alone(&mut campaign, alone);
            campaign
        })
        .collect()
}

/// What a term's own course against the rest of the account says.
pub(super) struct Alone {
    term: usize,
    likelihood: Vec<f64>,
    /// Its share of the campaign's clicks, ratio.
    share: f64,
}

/// Of the terms of a campaign, those with a course that tells.
pub(super) fn alone(account: &Account, surveyed: &Surveyed, campaign: usize, grid: &[f64]) -> Vec<Alone> {
    let Some(panel) = &surveyed.panel else { return Vec::new() };
    let all: f64 = panel.tracks.iter().flat_map(|track| &track.clicks).sum();
    let tell = |(&term, track): (&usize, &Track)| {
        let clicks: f64 = track.clicks.iter().sum();
        // below this logs are no measure
        if clicks < FEWEST_CLICKS * track.clicks.len() as f64 {
            return None;
        }
        let course = Course::of_term(track, panel.clicks.len())?;
        let likelihood = account.tell_term(&course, campaign, grid)?;
        Some(Alone { term, likelihood, share: clicks / all })
    };
    panel.terms.iter().zip(&panel.tracks).filter_map(tell).collect()
}

/// Takes the word of a term's own course where it is the sharper one, not the comparison with the rest of its campaign: both
/// share the term's clicks, so they are not added up. Demand of the campaign is the error of all of these alike:
/// together they tell the campaign as much as one.
fn add_alone(campaign: &mut Campaign, alone: &[Alone]) {
    let mut share = 0.0;
    for own in alone {
        let Alone { term, likelihood, share: weight } = own;
        let place = campaign.terms.binary_search_by_key(term, |evidence| evidence.term);
        match place {
            Ok(at) if spread_of(likelihood) < spread_of(&campaign.terms[at].likelihood) => {
                let evidence = &mut campaign.terms[at];
                (evidence.likelihood, evidence.weight) = (likelihood.clone(), *weight);
                share += weight;
            }
            Ok(_) => {}
            Err(at) => {
                let evidence = Evidence { term: *term, likelihood: likelihood.clone(), weight: *weight, size: None };
                campaign.terms.insert(at, evidence);
                share += weight;
            }
        }
    }
    // what the campaign did as a whole is then mostly what these did
    if share > 0.5 {
        campaign.common = None;
    }
}
