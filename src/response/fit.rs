//! One curve per term: clicks a week against spend a week, through the term's current point.
//!
//! In: counts, the baseline window, settings. Out: [`Responses`]. The elasticity is learned from moves of bids and
//! budgets ([`super::elasticity`]), a stated prior where nothing moved (`curve_basis`), and impression shares say where clicks
//! end ([`super::headroom`]). It is wrong where no share is reported and searches run out, and far from the range of
//! spends that was seen.

use super::Curve;
use super::demand::{Demand, demand};
use super::elasticity::{ElasticityEvidence, ElasticitySd, elasticities};
use super::headroom::{CampaignRoom, Headroom, LeverChoice, highest_spend, room};
use crate::counts::{Baseline, Counts, Groups};
use crate::domain::{Date, Notes, metrics};
use crate::numeric::sum::ExactSum;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Where a curve's elasticity comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CurveBasis {
    /// The term's own response to moves of its lever.
    Data,
    /// What the platform's simulator says of the term.
    Simulator,
    /// The responses of terms like it.
    Pooled,
    /// A stated prior; the data were not asked.
    Prior,
}

impl CurveBasis {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Simulator => "simulator",
            Self::Pooled => "pooled",
            Self::Prior => "prior",
        }
    }
}

/// Settings of the response curves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ResponseSettings {
    /// Prior mean of the elasticity of clicks in spend, in (0, 1).
    pub elasticity: f64,
    /// Prior standard deviation of the elasticity; serves intervals, and caution beyond what was seen.
    pub elasticity_sd: f64,
    /// What moves a campaign's spend: `bid`, `budget`, or `auto` for the budget where impressions are lost to it.
    pub lever: LeverChoice,
    /// Rise of a term's spend, ratio, up to which its elasticity is trusted although no week had that much.
    pub trusted_change: f64,
    /// Day of the week that is planned for; `None` is the first week after the data. `plan.week` in the config.
    #[serde(skip)]
    pub week: Option<Date>,
    /// Whether the same weeks of earlier years tell how much is searched in that week.
    pub seasonality: bool,
    /// Most that a term without spend may get, money a week; `None` derives a cautious cap.
    pub new_term_cap: Option<f64>,
    /// Share of the budget that all terms without spend may get together.
    pub new_terms_share: f64,
}

impl Default for ResponseSettings {
    fn default() -> Self {
        Self {
            elasticity: 0.7,
            elasticity_sd: 0.15,
            lever: LeverChoice::Auto,
            trusted_change: 0.3,
            week: None,
            seasonality: true,
            new_term_cap: None,
            new_terms_share: 0.05,
        }
    }
}

impl ResponseSettings {
    /// The same where `share` of the budget is spent on learning: terms without spend, of which least is known, may get that
    /// much more together.
    #[must_use]
    pub fn exploring(self, share: f64) -> Self {
        Self { new_terms_share: (self.new_terms_share + share).min(1.0), ..self }
    }
}

/// One response curve per term and what it was made from. Shape of every vector: terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Responses {
    /// Clicks a week against spend a week.
    pub curves: Vec<Curve>,
    /// Point elasticity at current spend; `None` for a term without spend (its curve is exponential).
    pub elasticity: Vec<Option<f64>>,
    /// Standard deviation of the elasticity, ratio.
    pub elasticity_sd: Vec<ElasticitySd>,
    /// What the elasticities were learned from.
    pub evidence: ElasticityEvidence,
    /// Where the elasticity comes from.
    pub basis: Vec<CurveBasis>,
    /// Spend a week now, account currency.
    pub current_spend: Vec<f64>,
    /// Clicks a week now.
    pub current_clicks: Vec<f64>,
    /// Clicks a week that cost nothing: they come whatever is spent.
    pub free_clicks: Vec<f64>,
    /// Absolute cap of a term without spend, account currency a week.
    pub cap: Vec<Option<f64>>,
    /// How clicks go on from today; `None` for a term without spend.
    pub headroom: Vec<Option<Headroom>>,
    /// Impression share in the baseline weeks, least and most, ratio; `None` where it is not known.
    pub impression_share: Vec<Option<[f64; 2]>>,
    /// How much the planned week is searched.
    pub demand: Demand,
    /// That of each term's campaign, ratio. Shape: terms.
    pub demand_index: Vec<f64>,
    /// Whether a period is one of the baseline's, which `demand_index` is relative to. Shape: periods of the calendar.
    pub baseline: Vec<bool>,
    /// What campaigns can spend before their bids have to rise, where their budget is what holds them.
    pub rooms: Vec<CampaignRoom>,
    /// What the reader should know of the curves.
    pub notes: Notes,
}

impl Responses {
    /// Expected clicks a week of a term at a spend, free ones included.
    #[must_use]
    pub fn clicks(&self, term: usize, spend: f64) -> f64 {
        self.free_clicks[term] + self.curves[term].value(spend)
    }

    /// Moves today's point along the curves to what the levers are set to, where that is known: the mean of the baseline weeks
    /// lags behind levers that move every week. A rise of `trusted_change` is trusted from there.
    ///
    /// `before` is what the levers were set to on average over the baseline weeks. What a click costs depends on the lever and
    /// clicks on the lever and on luck and season, so a curve first goes through that spend at the price of a click of these
    /// weeks: spends that levers are set to are those of an average week. Not a number where it is not known. Shape of both:
    /// terms, money a week.
    pub fn set_to(&mut self, spend: &[f64], before: &[f64], trusted_change: f64) {
        for (term, (&spend, &before)) in spend.iter().zip(before).enumerate() {
            if let (Some(room), Some(elasticity)) = (&mut self.headroom[term], self.elasticity[term]) {
                if before > 0.0 {
                    *room = room.at(before / room.spend);
                }
                room.seen = room.seen.max((1.0 + trusted_change) * spend / room.spend);
                self.curves[term] = room.curve(elasticity, room.point());
            }
            self.current_spend[term] = spend;
            self.current_clicks[term] = self.clicks(term, spend);
        }
    }

    /// Spend of a term at which every search is reached, account currency a week; `None` where no share is known.
    #[must_use]
    pub fn full_spend(&self, term: usize) -> Option<f64> {
        let spend = self.headroom[term]?.full_spend(self.elasticity[term]?);
        spend.is_finite().then_some(spend)
    }

    /// Spend of a term beyond which its curve is cautious, account currency a week.
    #[must_use]
    pub fn seen_spend(&self, term: usize) -> Option<f64> {
        self.headroom[term].filter(|room| room.caution > 0.0).map(|room| room.seen * room.spend)
    }
}

/// Builds the curves.
///
/// # Formula
/// ```text
/// spend x₀ > 0, clicks Q₀ > 0:   Q(x) = Q₀ (x / x₀)^ε                    (0 < ε < 1, bent as in `headroom`)
/// spend x₀ > 0, no clicks yet:   as above with Q₀ = x₀ / CPC of the group, halved
/// no spend:                      Q(x) = (c / CPC) (1 − e^(−x / c))       (exponential, c = cap, CPC the
///                                term's own earlier one, shrunk to its group's by 20 clicks)
/// ```
/// If cost per click rises with volume as Q^κ then ε = 1 / (1 + κ). The exponential starts at the
/// group's CPC and reaches 63% of the clicks that CPC would buy at the cap: nothing is known of a
/// term without spend, so its first unit of money is priced like its group's and the rest less.
/// `budget` scales the caps: all terms without spend together get at most
/// `settings.new_terms_share` of it.
#[must_use]
pub fn respond(counts: &Counts, baseline: &Baseline, budget: f64, settings: &ResponseSettings) -> Responses {
    let groups = Groups::by_campaign(counts);
    let clicks = counts.by_term(&counts.cells.clicks);
    let cost = counts.cells.cost.as_deref().map_or_else(|| vec![0.0; clicks.len()], |cost| counts.by_term(cost));
    let cpc = group_cpc(&clicks, &cost, &groups);
    let terms = counts.terms.len();
    let caps = new_term_caps(counts, baseline, &groups, budget, settings);
    let bent: Vec<bool> = caps.iter().map(Option::is_none).collect();
    let mut room = room(counts, baseline, &groups, settings.lever);
    let held: Vec<bool> = room.straight.iter().map(Option::is_some).collect();
    let learned = elasticities(counts, baseline, &bent, &held, settings);
    let mut notes = learned.notes;
    let highest = highest_spend(counts, baseline);
    let demand =
        if settings.seasonality { demand(counts, baseline, &groups, settings.week) } else { Demand::unknown() };
    demand.tell(&mut notes);
    for campaign in &mut room.campaigns {
        // what today's bids could win is searched that much more or less
        campaign.spend *= demand.of(groups.of_term[campaign.members[0] as usize] as usize);
    }
    let is_without_clicks = |&term: &usize| caps[term].is_none() && baseline.clicks[term] <= 0.0;
    let without_clicks = (0..terms).filter(is_without_clicks).count();
    let (rooms, curves): (Vec<Option<Headroom>>, Vec<Curve>) = (0..terms)
        .into_par_iter()
        .map(|term| {
            let spend = baseline.spend[term];
            let group_cpc = cpc[groups.of_term[term] as usize];
            let own_cpc = PSEUDO_CLICKS.mul_add(group_cpc, cost[term]) / (clicks[term] + PSEUDO_CLICKS);
            if let Some(cap) = caps[term] {
                return (None, Curve::Exp { a: cap / own_cpc, k: cap });
            }
            let mut current = baseline.clicks[term];
            if current <= 0.0 {
                current = 0.5 * spend / group_cpc;
            }
            let headroom = room.of(term, [current, spend, highest[term]], learned.sd[term].total(), settings);
            let headroom = headroom.at(demand.of(groups.of_term[term] as usize));
            (Some(headroom), headroom.curve(learned.mean[term], headroom.point()))
        })
        .unzip();
    notes.add(
        "budget-held",
        room.campaigns.len(),
        "campaigns lose impressions to their budget: up to what their bids could win a click costs what it costs today, and the campaign's terms share that headroom",
    );
    notes.add(
        "budget-untold",
        room.untold,
        "campaigns to be moved by their budget that do not say what share of impressions they have and lose to it: their clicks are taken to answer bids",
    );
    notes.add(
        "spend-without-clicks",
        without_clicks,
        "terms with spend and no clicks in the baseline: half their group's clicks per unit of money assumed",
    );
    let fundable = |t: usize| counts.terms[t].status == crate::domain::Status::Enabled && baseline.clicks[t] <= 0.0;
    let unpriced = (0..terms).filter(|&t| caps[t].is_some() && fundable(t)).count();
    notes.add(
        "new-terms",
        unpriced,
        format!(
            "terms without spend in the baseline: priced at their own earlier CPC and their campaign's, each capped, together at most {:.0}% of the budget",
            100.0 * settings.new_terms_share
        ),
    );
    let elasticity = caps.iter().zip(&learned.mean).map(|(cap, &mean)| cap.is_none().then_some(mean)).collect();
    let free_clicks: Vec<f64> = (0..terms).map(|t| if caps[t].is_some() { baseline.clicks[t] } else { 0.0 }).collect();
    let free = free_clicks.iter().filter(|&&clicks| clicks > 0.0).count();
    notes.add("free-clicks", free, "terms with clicks that cost nothing: no price to plan with, kept as they are");
    let current_clicks =
        curves.par_iter().enumerate().map(|(t, curve)| free_clicks[t] + curve.value(baseline.spend[t])).collect();
    // a curve without elasticity is an assumption
    let basis = caps
        .iter()
        .zip(&learned.basis)
        .map(|(cap, &basis)| if cap.is_some() { CurveBasis::Prior } else { basis })
        .collect();
    Responses {
        elasticity,
        elasticity_sd: learned.sd,
        evidence: learned.evidence,
        basis,
        current_spend: baseline.spend.clone(),
        current_clicks,
        free_clicks,
        cap: caps,
        headroom: rooms,
        impression_share: room.share,
        demand_index: groups.of_term.iter().map(|&group| demand.of(group as usize)).collect(),
        demand,
        baseline: baseline.inside.clone(),
        rooms: room.campaigns,
        curves,
        notes,
    }
}

impl Responses {
    /// The same for another budget, which the caps of terms without spend are a share of; the rest must be what the curves
    /// were made from.
    #[must_use]
    pub fn for_budget(&self, counts: &Counts, baseline: &Baseline, budget: f64, settings: &ResponseSettings) -> Self {
        let mut other = self.clone();
        other.cap = new_term_caps(counts, baseline, &Groups::by_campaign(counts), budget, settings);
        for (curve, cap) in other.curves.iter_mut().zip(&other.cap) {
            if let (Curve::Exp { a, k }, Some(cap)) = (&*curve, *cap) {
                *curve = Curve::Exp { a: a / k * cap, k: cap };
            }
        }
        other
    }
}

/// Clicks' worth of the wider group in a price.
const PSEUDO_CLICKS: f64 = 20.0;

/// Cost per click of each group over all periods, shrunk to the account's by 20 clicks' worth.
///
/// Twenty clicks are few enough that any group with traffic speaks for itself; an account without
/// a single paid click has no price, and 1 unit of money a click stands in.
fn group_cpc(clicks: &[f64], cost: &[f64], groups: &Groups) -> Vec<f64> {
    let sum = |values: &[f64]| values.iter().copied().collect::<ExactSum>().value();
    let account = metrics::cpc(sum(cost), sum(clicks)).filter(|&cpc| cpc > 0.0).unwrap_or(1.0);
    let mut group_clicks = vec![ExactSum::default(); groups.names.len()];
    let mut group_cost = vec![ExactSum::default(); groups.names.len()];
    for (term, &group) in groups.of_term.iter().enumerate() {
        group_clicks[group as usize].add(clicks[term]);
        group_cost[group as usize].add(cost[term]);
    }
    group_clicks
        .iter()
        .zip(&group_cost)
        .map(|(clicks, cost)| PSEUDO_CLICKS.mul_add(account, cost.value()) / (clicks.value() + PSEUDO_CLICKS))
        .collect()
}

/// Cap of each term without spend: the smallest of the user's cap, half the median spend of its
/// group's terms, and an equal part of the share that new terms may get together.
fn new_term_caps(
    counts: &Counts,
    baseline: &Baseline,
    groups: &Groups,
    budget: f64,
    settings: &ResponseSettings,
) -> Vec<Option<f64>> {
    let is_new: Vec<bool> = baseline.spend.iter().map(|&spend| spend <= 0.0).collect();
    let fundable =
        is_new.iter().zip(&counts.terms).filter(|(new, term)| **new && term.status == crate::domain::Status::Enabled);
    let equal_part = settings.new_terms_share * budget / (fundable.count().max(1) as f64);
    let median = |mut spends: Vec<f64>| {
        spends.retain(|&spend| spend > 0.0);
        spends.sort_by(f64::total_cmp);
        spends.get(spends.len() / 2).copied()
    };
    let account = median(baseline.spend.clone()).unwrap_or(budget);
    let medians: Vec<f64> = groups
        .members()
        .into_iter()
        .map(|members| median(members.into_iter().map(|term| baseline.spend[term]).collect()).unwrap_or(account))
        .collect();
    (0..is_new.len())
        .map(|term| {
            let cautious = settings.new_term_cap.unwrap_or(0.5 * medians[groups.of_term[term] as usize]);
            // a cap of zero would leave no curve to draw; a ten-thousandth of a unit rounds to no money
            is_new[term].then(|| cautious.min(equal_part).max(1e-4))
        })
        .collect()
}
