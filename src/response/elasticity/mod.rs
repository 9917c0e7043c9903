//! Elasticity of clicks in spend, learned from deliberate moves of bids and budgets.
//!
//! In: counts with the bid of each week, a prior. Out: a posterior a term. Spend itself is mostly an outcome of demand, so
//! clicks are never regressed on spend: what identifies the answer is a move of the lever. Three sources, told apart by
//! where demand comes from: a term's own moves against the rest of its campaign or against eligible impressions
//! ([`terms`]), and moves that a campaign made as a whole against its other weeks ([`campaigns`]); a hierarchy pools them
//! ([`hierarchy`]). Without a move the answer is the prior, and a small test is proposed ([`proposal`]).
//!
//! Wrong where bids are moved because demand for this very term is about to change (the rest of the campaign does not
//! show that), where terms of a campaign take each other's clicks, where an answer takes longer than the weeks between
//! moves, and where the bid is not what decides (an automatic strategy that ignores it).

mod campaigns;
mod evidence;
mod grid;
mod hierarchy;
mod panel;
mod proposal;
mod simulated;
mod survey;
mod terms;
#[cfg(test)]
mod tests;
mod track;

use super::{CurveBasis, ResponseSettings};
use crate::counts::{Baseline, Counts, Groups};
use crate::domain::Notes;
use campaigns::{Account, Course};
use evidence::{Alone, alone, weighed};
use grid::nodes;
use hierarchy::{Known, learn};
use panel::Panel;
use rayon::prelude::*;
pub(crate) use survey::SPENT;
use survey::{Surveyed, price_response, survey};
use terms::Told;

/// Standard deviation of an elasticity, in parts that terms share. Draws add one shock of each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ElasticitySd {
    /// What all terms of the account share.
    pub account: f64,
    /// What the terms of a campaign share.
    pub campaign: f64,
    /// The term's own.
    pub own: f64,
}

impl ElasticitySd {
    /// Of the prior alone: half of the variance is shared, as not knowing how an account responds is mostly not knowing it
    /// for every term at once.
    #[must_use]
    pub fn prior(sd: f64) -> Self {
        let half = sd * std::f64::consts::FRAC_1_SQRT_2;
        Self { account: half, campaign: 0.0, own: half }
    }

    /// Of all parts together.
    #[must_use]
    pub fn total(self) -> f64 {
        self.account.mul_add(self.account, self.campaign.mul_add(self.campaign, self.own * self.own)).sqrt()
    }
}

/// Posterior of the elasticities. Shape of the vectors: terms.
pub(super) struct Elasticities {
    pub(super) mean: Vec<f64>,
    pub(super) sd: Vec<ElasticitySd>,
    pub(super) basis: Vec<CurveBasis>,
    pub(super) evidence: ElasticityEvidence,
    pub(super) notes: Notes,
}

/// What the elasticities were learned from.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct ElasticityEvidence {
    /// Terms whose own moves say something, count.
    pub moved_terms: usize,
    /// Campaigns that moved as a whole, count.
    pub moved_campaigns: usize,
    /// Terms of which a simulator says something, count.
    pub simulated_terms: usize,
    /// The same of campaigns.
    pub simulated_campaigns: usize,
    /// Share of the weeks of all terms in which the lever stood elsewhere than mostly, ratio.
    pub informed_weeks: f64,
    /// Percent that the price of a click moves with one percent of the bid; 1 is the prior.
    pub price_response: f64,
}

/// Least share of the variance that a term's own evidence takes away, to be called data.
const DATA: f64 = 0.2;
/// The same of all evidence, to be called pooled.
const POOLED: f64 = 0.1;

/// Times that demand and elasticities are fitted in turn, at most.
const ROUNDS: usize = 3;
/// The last time is one that moves elasticities by less than this on average: the next would by a tenth of it or less.
const STILL: f64 = 1e-3;

/// Learns from the counts. `bent` are the terms whose curve has an elasticity; notes speak of them. `held` are those whose
/// campaign's budget holds them, as shares of impressions say. Shape of both: terms.
pub(super) fn elasticities(
    counts: &Counts,
    baseline: &Baseline,
    bent: &[bool],
    held: &[bool],
    settings: &ResponseSettings,
) -> Elasticities {
    let (prior, sd) = (settings.elasticity, settings.elasticity_sd);
    let groups = Groups::by_campaign(counts);
    let members = groups.members();
    if sd <= 0.0 {
        return untold(counts, settings, &groups, &[]);
    }
    let mut surveyed: Vec<Surveyed> = members.par_iter().map(|members| survey(counts, members)).collect();
    let price_response = price_response(&surveyed);
    let grid = nodes();
    let answers: Vec<f64> = grid.iter().map(|&node| answer(node, price_response)).collect();
    let courses: Vec<&Course> = surveyed.iter().map(|surveyed| &surveyed.course).collect();
    let account = Account::new(&courses);
    let common = account.tell(&grid);
    let simulated = simulated::tell(counts, baseline, &groups, held, &grid);
    let is_untold = simulated.is_empty() && common.iter().all(Option::is_none);
    if is_untold && surveyed.iter().all(|surveyed| surveyed.panel.is_none()) {
        return untold(counts, settings, &groups, &courses).after(simulated.notes);
    }
    let alone: Vec<Vec<Alone>> = surveyed
        .par_iter()
        .enumerate()
        .map(|(campaign, surveyed)| alone(&account, surveyed, campaign, &grid))
        .collect();
    let mut all = vec![(Known { mean: prior, ..Known::default() }, CurveBasis::Prior); counts.terms.len()];
    let mut moved_terms = 0;
    // after the first time, the demand that the rest of a campaign shows is cleared of their moves at what was learned
    for _ in 0..ROUNDS {
        let tell = |panel: &mut Panel| -> Vec<Told> {
            let own: Vec<f64> = panel.terms.iter().map(|&term| answer(all[term].0.mean, price_response)).collect();
            panel.fit(&own);
            let panel = &*panel;
            (0..own.len()).into_par_iter().filter_map(|at| terms::tell(panel, at, own[at], &answers)).collect()
        };
        let told: Vec<Vec<Told>> =
            surveyed.par_iter_mut().map(|surveyed| surveyed.panel.as_mut().map(tell).unwrap_or_default()).collect();
        moved_terms = told.iter().map(Vec::len).sum();
        if is_untold && moved_terms == 0 {
            let courses: Vec<&Course> = surveyed.iter().map(|surveyed| &surveyed.course).collect();
            return untold(counts, settings, &groups, &courses).after(simulated.notes);
        }
        let mut evidence = weighed(&told, &common, &alone);
        simulated.add_to(&mut evidence, &groups);
        let known = learn(&evidence, prior, sd);
        let without_own = |term: usize| known.campaign[groups.of_term[term] as usize];
        let before: Vec<f64> = all.iter().map(|(known, _)| known.mean).collect();
        for (term, slot) in all.iter_mut().enumerate() {
            *slot = (without_own(term), basis(without_own(term), without_own(term), sd));
        }
        for (evidence, &known) in evidence.iter().flat_map(|campaign| &campaign.terms).zip(known.terms.iter().flatten())
        {
            all[evidence.term] = (known, basis(known, without_own(evidence.term), sd));
        }
        for &term in simulated.terms.keys() {
            let own = &told[groups.of_term[term] as usize];
            let is_moved = own.binary_search_by_key(&term, |told| told.term).is_ok();
            if !is_moved && all[term].1 == CurveBasis::Data {
                all[term].1 = CurveBasis::Simulator;
            }
        }
        let moved = all.iter().zip(&before).map(|((known, _), before)| (known.mean - before).abs()).sum::<f64>();
        if moved < STILL * before.len() as f64 {
            break;
        }
    }
    let weeks: f64 = surveyed.iter().map(|surveyed| surveyed.weeks).sum();
    let evidence = ElasticityEvidence {
        moved_terms,
        moved_campaigns: common.iter().filter(|told| told.is_some()).count(),
        simulated_terms: simulated.terms.len(),
        simulated_campaigns: simulated.campaigns.len(),
        informed_weeks: surveyed.iter().map(|surveyed| surveyed.moved).sum::<f64>() / weeks.max(1.0),
        price_response,
    };
    let mut told = Elasticities {
        mean: all.iter().map(|(known, _)| known.mean).collect(),
        sd: all.iter().map(|(known, _)| spread(*known)).collect(),
        basis: all.iter().map(|(_, basis)| *basis).collect(),
        evidence,
        notes: simulated.notes,
    };
    told.say(bent, settings);
    let is_prior = |term: usize| bent[term] && told.basis[term] == CurveBasis::Prior;
    let prior = (0..bent.len()).filter(|&term| is_prior(term)).count();
    // one bid that moved does not tell of all others
    if 2 * prior > bent.iter().filter(|&&bent| bent).count() {
        let courses: Vec<&Course> = surveyed.iter().map(|surveyed| &surveyed.course).collect();
        told.propose(counts, settings, &groups, &courses);
    }
    told
}

/// The answer of log clicks to the log bid at an elasticity.
fn answer(elasticity: f64, price_response: f64) -> f64 {
    price_response * elasticity / (1.0 - elasticity)
}

/// Deviation of the error that all elasticities of an account share however much data there are, ratio: the model is not the
/// world. Means over simulated accounts, in which that is known, are off by up to 0.03.
const SHARED_ERROR: f64 = 0.02;

fn spread(known: Known) -> ElasticitySd {
    let [account, campaign, own] = known.variance;
    let account = SHARED_ERROR.mul_add(SHARED_ERROR, account);
    ElasticitySd { account: account.sqrt(), campaign: campaign.sqrt(), own: own.sqrt() }
}

fn basis(known: Known, without_own: Known, sd: f64) -> CurveBasis {
    if known.total() < (1.0 - DATA) * without_own.total() {
        CurveBasis::Data
    } else if known.total() < (1.0 - POOLED) * sd * sd {
        CurveBasis::Pooled
    } else {
        CurveBasis::Prior
    }
}

/// The prior, said aloud.
fn untold(counts: &Counts, settings: &ResponseSettings, groups: &Groups, courses: &[&Course]) -> Elasticities {
    let terms = counts.terms.len();
    let mut notes = Notes::default();
    notes.add(
        "elasticity-prior",
        terms,
        format!(
            "elasticity of clicks in spend is a prior, {:.2} with standard deviation {:.2}, not estimated from this account",
            settings.elasticity, settings.elasticity_sd
        ),
    );
    let mut told = Elasticities {
        mean: vec![settings.elasticity; terms],
        sd: vec![ElasticitySd::prior(settings.elasticity_sd); terms],
        basis: vec![CurveBasis::Prior; terms],
        evidence: ElasticityEvidence { price_response: 1.0, ..ElasticityEvidence::default() },
        notes,
    };
    told.propose(counts, settings, groups, courses);
    told
}

impl Elasticities {
    /// Proposes a test of bids.
    fn propose(&mut self, counts: &Counts, settings: &ResponseSettings, groups: &Groups, courses: &[&Course]) {
        if let Some(proposal) = proposal::propose(counts, settings, courses) {
            self.notes.add("lever-test", proposal.campaigns.len(), proposal.message(settings, groups));
        }
    }

    /// With notes of an earlier step.
    fn after(self, mut earlier: Notes) -> Self {
        earlier.extend(self.notes);
        Self { notes: earlier, ..self }
    }

    fn say(&mut self, bent: &[bool], settings: &ResponseSettings) {
        let count =
            |wanted: CurveBasis| self.basis.iter().zip(bent).filter(|&(&basis, &bent)| bent && basis == wanted).count();
        let [data, pooled, prior, simulator] =
            [CurveBasis::Data, CurveBasis::Pooled, CurveBasis::Prior, CurveBasis::Simulator].map(count);
        let mean = self.mean.iter().zip(bent).filter(|(_, bent)| **bent).map(|(mean, _)| mean).sum::<f64>()
            / (bent.iter().filter(|&&bent| bent).count().max(1) as f64);
        let evidence = &self.evidence;
        let has_moves = evidence.moved_terms + evidence.moved_campaigns > 0;
        let has_simulators = evidence.simulated_terms + evidence.simulated_campaigns > 0;
        let sources = match (has_moves, has_simulators) {
            (true, false) => "moves of bids and budgets",
            (false, _) => "the platform's simulators",
            (true, true) => "moves of bids and budgets and the platform's simulators",
        };
        let by_simulator = if has_simulators {
            format!(
                ", {simulator} by simulators of their own (a simulator's slope is believed to a standard deviation of 0.1)"
            )
        } else {
            String::new()
        };
        self.notes.add(
            "elasticity-learned",
            data + pooled + simulator,
            format!(
                "elasticity of clicks in spend, {mean:.2} on average, is learned from {sources}: {data} \
                 by their own moves{by_simulator}, {pooled} by those of terms like them; {:.0}% of all weeks of terms stood \
                 at another bid than usual",
                100.0 * evidence.informed_weeks
            ),
        );
        self.notes.add(
            "elasticity-prior",
            prior,
            format!(
                "elasticity of clicks in spend is mostly a prior, {:.2} with standard deviation {:.2}: what was moved says little of these terms",
                settings.elasticity, settings.elasticity_sd
            ),
        );
    }
}
