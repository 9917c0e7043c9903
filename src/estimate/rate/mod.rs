//! Conversion rate per term: a hierarchy account → campaign → term, integrated by quadrature.
//!
//! # Model
//! ```text
//! yᵢ     conversions of term i on nᵢ clicks        c(i)   its campaign
//! pᵢ     its rate                                  κ      pseudo-clicks behind a term's prior
//! μ_c    mean rate of campaign c                   M₀     pseudo-clicks behind a campaign's prior
//! μ₀     mean rate of the account
//!
//! beta-binomial   yᵢ ~ binomial(nᵢ, pᵢ)   pᵢ ~ Beta(μ_c κ, (1 − μ_c) κ)   μ_c ~ Beta(μ₀ M₀, (1 − μ₀) M₀)
//! gamma-Poisson   yᵢ ~ Poisson(nᵢ pᵢ)     pᵢ ~ Gamma(μ_c κ, rate κ)       μ_c ~ Gamma(μ₀ M₀, rate M₀)
//!
//! p(κ) ∝ (1 + κ)⁻²; with few terms its geometric mean with ln κ ~ N(ln 200, 1.5²)
//! ln M₀ ~ N(ln 200, 1.5²)
//! μ₀ ~ uniform(0, 1) for beta-binomial, exponential with mean 1 for gamma-Poisson
//! ```
//! With a single campaign its mean has the prior of μ₀ and there is no M₀. All hyper-parameters are integrated,
//! none is plugged in: intervals of accounts with few terms would otherwise be too short (Tak, Kelly and
//! Morris 2017). Given them, a term's posterior is again beta or gamma, so its posterior is a mixture.
//!
//! # When it is wrong
//! What moves over time has to be in the evidence already: discounted counts, and the variance of what terms share
//! in the next period. Terms of a campaign are exchangeable, but for the offsets that `effects` finds. One κ serves the whole
//! account: of a campaign of two terms with κ = 5 among forty terms with κ = 60 intervals hold 79%, of new terms there 62%. The
//! relative spread of rates does not depend on volume: where Beta(200 p, 200 (1 − p)) gives rates that grow as clicks^0.35
//! about 3%, so that those of few clicks spread most, intervals of terms of one to ten clicks in eight weeks hold 54%. The
//! prior of μ₀ takes all rates for alike: rates of 0.5% with one to three terms are overstated 1.6 to 2.3 times.
//! Where an account has next to no conversions the prior of κ alone would explain zeros by terms that never convert,
//! with intervals far too short: below ten conversions a factor exp(−1 / μκ) on the prior keeps terms alike (with up to
//! ten terms, where the prior of κ says more, only below two).
//! Intervals are right on average over the prior. At a given κ they need not be: with three terms of some eighty clicks
//! at a mean rate of 4%, 90% intervals hold 80% for κ = 10, 89% for κ = 60 and 93% for κ = 1000, most of the rest below
//! the lower end.
//! Fractional conversions use the same kernel, a quasi-likelihood.

mod compress;
mod gauss;
mod group;
mod histogram;
mod integrate;
mod interpolate;
mod lattice;
mod rising;
mod shocks;
mod strength;
mod terms;

pub(super) use rising::ln_rising;
pub(super) use shocks::{SharedDraws, SharedMovement, Shocks};

use super::RateModel;
use crate::counts::Groups;
use crate::domain::Notes;
use crate::numeric::stream::Stream;
use compress::Detail;
use group::{Family, Group};
use integrate::{Integral, integrate};
use lattice::Lattice;
use rayon::prelude::*;
use strength::StrengthPrior;
use terms::Sorted;

/// Points with a density below e^−this of the highest are left out: with several campaigns each
/// point is dear, and what lies beyond five standard deviations moves no estimate by 1e-5 of itself.
const DEPTH: f64 = 15.0;
const DEPTH_FEW: f64 = 17.0;
/// The same for a single campaign, where points cost little: seven standard deviations.
const DEPTH_SINGLE: f64 = 26.0;
/// Mass at the rim that calls for a wider lattice; beyond the rim lies less than a hundredth of it.
const RIM: f64 = 1e-3;
const RIM_FEW: f64 = 2e-3;
const RIM_SINGLE: f64 = 1e-7;

/// What is known of the conversion rates. Vectors have the shape: terms, unless said otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct RatePosterior {
    /// Likelihood that was used.
    pub model: RateModel,
    /// Level of the equal-tailed credible intervals.
    pub level: f64,
    /// Posterior mean, conversions per click.
    pub mean: Vec<f64>,
    /// Posterior standard deviation, conversions per click.
    pub sd: Vec<f64>,
    /// Lower end of the credible interval, conversions per click; 0 if below 10⁻¹².
    pub lower: Vec<f64>,
    /// Upper end of the credible interval, conversions per click; 0 if below 10⁻¹².
    pub upper: Vec<f64>,
    /// Share of the posterior mean that is the term's own data, ratio: E[n / (n + κ)].
    pub own_data_weight: Vec<f64>,
    /// Posterior mean of the account's mean rate μ₀, conversions per click: the rate expected of a
    /// term about which nothing is known, in a campaign about which nothing is known.
    pub account_rate: f64,
    /// Posterior geometric mean of κ, pseudo-clicks: how many clicks of its own a term needs to count as much
    /// as its campaign.
    pub strength: f64,
    /// Campaign by campaign. Shape: campaigns, in the order of [`Groups::by_campaign`].
    pub hyper: Vec<GroupHyper>,
    /// Campaign of each term, index into `hyper`.
    pub group: Vec<u32>,
    /// What draws need of the hyper-parameters.
    pub(super) shocks: Shocks,
    evidence: Evidence,
}

impl RatePosterior {
    /// Draws of one term's rate, conversions per click, into `into`. Shape: draws.
    pub(super) fn draw(&self, shared: &SharedDraws, term: usize, stream: &mut Stream, into: &mut [f64]) {
        self.shocks.term(shared, (term, self.group[term] as usize), &self.evidence, stream, into);
    }
}

impl RatePosterior {
    /// What attributes make of a term's rate, ratio.
    pub(super) fn factor(&self, term: usize) -> f64 {
        self.evidence.offsets.as_ref().map_or(1.0, |offsets| offsets.log[term].exp())
    }

    /// What is expected of a term before its own clicks, conversions per click.
    #[must_use]
    pub fn prior_mean(&self, term: usize) -> f64 {
        let group = &self.hyper[self.group[term] as usize];
        // the group's mean is that of its terms, at their factors
        self.factor(term) / group.typical * group.mean_rate
    }
}

/// What is known of one campaign's mean rate.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupHyper {
    /// Name of the campaign; empty where the data have no campaigns.
    pub name: String,
    /// Terms in it.
    pub terms: usize,
    /// Posterior mean of its mean rate, conversions per click.
    pub mean_rate: f64,
    /// Posterior standard deviation of its mean rate, conversions per click.
    pub sd: f64,
    /// Posterior geometric mean of the strength κ (shared by all campaigns), pseudo-clicks.
    pub strength: f64,
    /// Mean of its terms' factors, which its mean rate has in it, ratio.
    pub(super) typical: f64,
}

/// Clicks and conversions of a term as the likelihood takes them. Shape of both: terms.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exposure {
    pub(super) clicks: Vec<f64>,
    pub(super) conversions: Vec<f64>,
}

impl Exposure {
    /// The terms' clicks and the conversions that say something of a rate per click.
    ///
    /// Conversions of a term without clicks (late ones, or clicks the platform hides) don't: they count in all sums,
    /// but not here.
    pub(super) fn per_click(clicks: Vec<f64>, mut conversions: Vec<f64>) -> Self {
        for (conversions, &clicks) in conversions.iter_mut().zip(&clicks) {
            if clicks <= 0.0 {
                *conversions = 0.0;
            }
        }
        Self { clicks, conversions }
    }
}

/// What attributes say about the terms' rates. Shape of the vectors: terms.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Offsets {
    /// Logarithm of the factor on the prior's mean.
    pub(super) log: Vec<f64>,
    /// What is not known of it, effect by effect. Shape: effects of a term × terms.
    pub(super) doubts: Vec<Vec<Doubt>>,
}

/// What is not known of one effect on a term's rate, shared by all terms that have it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Doubt {
    /// Which effect.
    pub(super) key: u64,
    /// Standard deviation of what it adds to the logarithm, with the sign of what the term takes of it; 0 for none.
    pub(super) sd: f64,
}

impl Offsets {
    /// What is not known of a term's effects.
    fn doubts(&self, term: usize) -> impl Iterator<Item = Doubt> {
        self.doubts.iter().map(move |effects| effects[term]).filter(|doubt| doubt.sd != 0.0)
    }

    /// Variance of the logarithm of a term's factor.
    pub(super) fn variance(&self, term: usize) -> f64 {
        self.doubts(term).map(|doubt| doubt.sd * doubt.sd).sum()
    }
}

/// Evidence as draws need it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Evidence {
    /// Exposure × factor, and conversions.
    exposure: Exposure,
    offsets: Option<Offsets>,
}

/// Different posteriors beyond which intervals are kept to 1e-3.
const MANY: usize = 20_000;
/// Up to so many campaigns the level stays in any case: the prior of M₀ carries it, and the grid is cheap.
const FEWEST_CAMPAIGNS: usize = 8;
/// Campaigns with two terms or more that have clicks, below which the campaign level is left out.
const FEWEST_TELLING: usize = 2;
/// Points of the grid times campaigns above which it is not widened any more.
const LARGEST: usize = 10_000_000;

/// The campaigns, or one group for all where the data cannot tell campaigns from terms.
///
/// With a single term in a campaign, a high rate may be the campaign's or the term's own: κ and M₀ are
/// then known only together. An account of such campaigns is shrunk to the account, which is the
/// same model with the two spreads in one, and takes seconds less.
pub(super) fn telling<'g>(
    exposure: &Exposure,
    campaigns: &'g Groups,
    notes: &mut Notes,
) -> std::borrow::Cow<'g, Groups> {
    let mut clicked = vec![0_usize; campaigns.names.len()];
    for (&group, &clicks) in campaigns.of_term.iter().zip(&exposure.clicks) {
        clicked[group as usize] += usize::from(clicks > 0.0);
    }
    let several = clicked.iter().filter(|&&terms| terms >= 2).count();
    let with_any = clicked.iter().filter(|&&terms| terms >= 1).count();
    // a twentieth: with fewer, the two spreads still cannot be told apart and the grid grows long
    if campaigns.names.len() <= FEWEST_CAMPAIGNS || several >= FEWEST_TELLING.max(with_any / 20) {
        return std::borrow::Cow::Borrowed(campaigns);
    }
    notes.add(
        "campaign-level-skipped",
        campaigns.names.len(),
        "hardly any campaign has two terms with clicks: terms are shrunk to the account, not to their campaigns",
    );
    std::borrow::Cow::Owned(Groups { names: vec![String::new()], of_term: vec![0; campaigns.of_term.len()] })
}

struct Hyper {
    lattice: Lattice,
    integral: Integral,
}

/// Conversions of the whole account below which they can't tell terms apart.
const FEW_CONVERSIONS: f64 = 10.0;
/// The same with few terms, where the bound fades as conversions come: their prior keeps them together.
const FEWEST_CONVERSIONS: f64 = 2.0;
/// The same where all conversions are those of fewer terms than this, of four times as many.
const FEW_CONVERTING: usize = 3;
/// c of the factor exp(−c / μκ) on the prior in those cases; μκ is the shape of the terms' rates, their relative
/// spread is 1 / √(μκ).
const BOUND: f64 = 1.0;

fn hyper(family: Family, exposure: &Exposure, campaigns: &Groups, detail: Detail, notes: &mut Notes) -> Hyper {
    let total = |values: &[f64]| values.iter().copied().collect::<crate::numeric::sum::ExactSum>().value();
    let (clicks, conversions) = (total(&exposure.clicks), total(&exposure.conversions));
    let with_any = |values: &[f64]| values.iter().filter(|&&value| value > 0.0).count();
    let prior = StrengthPrior::of(with_any(&exposure.clicks));
    let is_lone = with_any(&exposure.conversions) < FEW_CONVERTING && with_any(&exposure.clicks) >= 4 * FEW_CONVERTING;
    let of_many = if conversions < FEW_CONVERSIONS || is_lone { prior.of_many() } else { 0.0 };
    let of_few = (1.0 - prior.of_many()) * (1.0 - conversions / FEWEST_CONVERSIONS).max(0.0);
    let bound = BOUND * (of_many + of_few);
    let groups: Vec<Group> = campaigns
        .members()
        .par_iter()
        .map(|members| {
            let terms: Vec<(f64, f64)> =
                members.iter().map(|&i| (exposure.clicks[i], exposure.conversions[i])).collect();
            Group::new(family, &terms, bound)
        })
        .collect();
    let misses = if family.is_beta() { clicks - conversions } else { clicks };
    let start = Family::location(conversions + 0.5, misses + 0.5);
    let (mut depth, rim) = match groups.len() {
        1 => (DEPTH_SINGLE, RIM_SINGLE),
        2..=lattice::FEW => (DEPTH_FEW, RIM_FEW),
        _ => (DEPTH, RIM),
    };
    let mut widened = 0;
    loop {
        let lattice = Lattice::new(family, &groups, prior, depth, start);
        let integral = integrate(family, &groups, &lattice, depth, detail);
        let size = groups.len() * integral.weights.iter().map(Vec::len).sum::<usize>();
        if integral.rim > rim && widened < 2 && size < LARGEST {
            widened += 1;
            depth += 8.0;
            continue;
        }
        notes.add(
            "hyper-grid-capped",
            usize::from(lattice.capped),
            "the grid over the hyper-parameters hit its size limit, rates are approximate",
        );
        notes.add(
            "hyper-grid-edge",
            usize::from(integral.rim > 10.0 * rim),
            format!("{:.1e} of the hyper-parameters' posterior lies at the edge of its grid", integral.rim),
        );
        notes.add(
            "hyper-grid-coarse",
            integral.spread,
            format!("{} campaigns' mean rates were integrated on a coarser grid than intended", integral.spread),
        );
        return Hyper { lattice, integral };
    }
}

/// Fits the hierarchy and gives every term its posterior; `campaigns` are those of [`telling`].
pub(super) fn fit(
    model: RateModel,
    level: f64,
    mut exposure: Exposure,
    campaigns: &Groups,
    movement: SharedMovement,
    offsets: Option<Offsets>,
    notes: &mut Notes,
) -> RatePosterior {
    let family = Family(model);
    if let Some(offsets) = &offsets {
        // rate = factor × a rate with the campaign's prior, so exposure × factor has that prior
        for (clicks, log) in exposure.clicks.iter_mut().zip(&offsets.log) {
            *clicks *= log.exp();
        }
    }
    let exposure = &exposure;
    let sorted = Sorted::new(exposure, campaigns, offsets.as_ref());
    let detail = if sorted.distinct() <= MANY { Detail::Compressed } else { Detail::Coarse };
    let hyper = hyper(family, exposure, campaigns, detail, notes);
    let terms =
        terms::posteriors(family, (level, detail), &sorted, &hyper.integral.components, &movement, offsets.as_ref());
    let shocks = Shocks::new(family, &hyper.lattice, &hyper.integral, movement);
    let strength = shocks.typical_strength();
    let account_rate = if campaigns.names.len() == 1 {
        hyper.integral.means[0].0
    } else {
        let planes = hyper.lattice.planes.iter().zip(&hyper.integral.weights);
        planes
            .flat_map(|(plane, weights)| plane.points.iter().zip(weights))
            .map(|(point, weight)| weight * family.mean(hyper.lattice.outers[point.0].at[0]).0)
            .sum()
    };
    let mut sizes = vec![0; campaigns.names.len()];
    let mut factors = vec![0.0; campaigns.names.len()];
    for (term, &group) in campaigns.of_term.iter().enumerate() {
        sizes[group as usize] += 1;
        factors[group as usize] += offsets.as_ref().map_or(1.0, |offsets| offsets.log[term].exp());
    }
    // means are those at offset zero; readers expect the mean over the terms that there are
    let typical = factors.iter().sum::<f64>() / campaigns.of_term.len().max(1) as f64;
    RatePosterior {
        model,
        level,
        mean: terms.mean,
        sd: terms.sd,
        lower: terms.lower,
        upper: terms.upper,
        own_data_weight: terms.own_data_weight,
        account_rate: account_rate * typical,
        strength,
        hyper: campaigns
            .names
            .iter()
            .zip(&hyper.integral.means)
            .zip(sizes.iter().zip(&factors))
            .map(|((name, &(mean, sd)), (&terms, factors))| {
                let typical = if terms > 0 { factors / terms as f64 } else { 1.0 };
                GroupHyper { name: name.clone(), terms, mean_rate: mean * typical, sd: sd * typical, strength, typical }
            })
            .collect(),
        group: campaigns.of_term.clone(),
        shocks,
        evidence: Evidence { exposure: exposure.clone(), offsets },
    }
}

#[cfg(test)]
mod tests;
