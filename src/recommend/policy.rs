//! The policy: which terms may move, and how far.

use super::RecommendError;
use crate::allocate::Binding;
use crate::counts::Counts;
use crate::domain::{Notes, Objective, State, Status, Term};
use crate::numeric::sum::ExactSum;
use crate::response::Responses;
use serde::{Deserialize, Serialize};

/// Settings of the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicySettings {
    /// What to maximise; `None` follows the data (see [`super::resolve_objective`]).
    pub objective: Option<Objective>,
    /// Share of revenue that is margin, for terms whose rows do not say.
    pub margin: Option<f64>,
    /// Money a week (or period); `None` is the current spend of the terms that may be funded.
    pub budget: Option<f64>,
    /// Largest change of a term, ratio of its reference (see [`Limits`]).
    pub max_change: f64,
    /// Whether paused terms may be funded as if they were new.
    pub restart_paused: bool,
    /// Rules for single terms, campaigns or labels; later rules win.
    pub rules: Vec<TermRule>,
    /// Level of intervals.
    pub level: f64,
    /// Posterior draws behind intervals and probabilities.
    pub draws: usize,
    /// Seed of all randomness.
    pub seed: u64,
    /// Standard deviation of the elasticity, for intervals.
    pub elasticity_sd: f64,
}

/// A limit on the terms that match every field that is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TermRule {
    /// Text of the term, exactly.
    pub term: Option<String>,
    /// Match type, exactly.
    pub match_type: Option<String>,
    /// Campaign, exactly.
    pub campaign: Option<String>,
    /// Ad group, exactly.
    pub ad_group: Option<String>,
    /// One of the term's labels.
    pub label: Option<String>,
    /// Keep at current spend.
    pub fixed: bool,
    /// Least spend, money a week.
    pub lower: Option<f64>,
    /// Most spend, money a week.
    pub upper: Option<f64>,
}

impl TermRule {
    fn matches(&self, term: &Term) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| wanted.is_none() || wanted.as_deref() == found;
        same(&self.term, Some(&term.key.term))
            && same(&self.match_type, term.key.match_type.as_deref())
            && same(&self.campaign, term.key.campaign.as_deref())
            && same(&self.ad_group, term.key.ad_group.as_deref())
            && self.label.as_ref().is_none_or(|wanted| {
                term.label.as_deref().unwrap_or_default().split(';').any(|label| label.trim() == wanted)
            })
    }
}

/// Where a bound comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Change,
    Rule,
    NewCap,
    Fixed,
    Paused,
}

/// Bounds of every term, money a week. Shape of every vector: terms.
///
/// # Formula
/// ```text
/// active:  (1 − c) r ≤ x ≤ (1 + c) r,   r = current_spend × F / Σ current_spend of active terms
/// new:     0 ≤ x ≤ cap          fixed: x = current_spend          paused: x = 0
/// ```
/// with c the largest change and F the budget less the fixed terms' spend, so that a doubled budget
/// can be spent. For profit the budget is a cap that need not be spent, so the lower end uses
/// min(r, `current_spend`) and the upper end max(r, `current_spend`): a smaller cap forces nobody down while
/// money is left. A rule's bounds replace these where it gives them.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// What the plan may do with each term.
    pub state: Vec<State>,
    /// Least spend.
    pub lower: Vec<f64>,
    /// Most spend.
    pub upper: Vec<f64>,
    /// F / Σ `current_spend` of active terms.
    pub change_reference: f64,
    pub(super) lower_origin: Vec<Origin>,
    pub(super) upper_origin: Vec<Origin>,
}

/// What the plan may do with each term, before any bound.
///
/// A term whose clicks cost nothing has no price to plan with: it is kept where it is.
pub(super) fn states(
    counts: &Counts,
    spend: &[f64],
    clicks: &[f64],
    settings: &PolicySettings,
    notes: &mut Notes,
) -> Vec<State> {
    let fixed: Vec<&TermRule> = settings.rules.iter().filter(|rule| rule.fixed).collect();
    let unmatched = settings.rules.iter().filter(|rule| !counts.terms.iter().any(|term| rule.matches(term))).count();
    notes.add("rule-without-term", unmatched, "rules in `limits.terms` that match no term of the data");
    counts
        .terms
        .iter()
        .zip(spend.iter().zip(clicks))
        .map(|(term, (&spend, &clicks))| {
            if term.status != Status::Enabled && !settings.restart_paused {
                State::Paused
            } else if fixed.iter().any(|rule| rule.matches(term)) || (spend <= 0.0 && clicks > 0.0) {
                State::Fixed
            } else if spend <= 0.0 {
                State::New
            } else {
                State::Active
            }
        })
        .collect()
}

/// Rounds to whole cents.
pub(super) fn cents(money: f64) -> f64 {
    (money * 100.0).round() / 100.0
}

fn sum_where(values: &[f64], state: &[State], wanted: State) -> f64 {
    values.iter().zip(state).filter(|(_, s)| **s == wanted).map(|(value, _)| *value).collect::<ExactSum>().value()
}

/// Current spend of the terms that may be funded: the budget when none is given, in whole cents.
pub(super) fn current_budget(spend: &[f64], state: &[State]) -> f64 {
    let fixed: f64 = spend
        .iter()
        .zip(state)
        .filter(|(_, s)| **s == State::Fixed)
        .map(|(x, _)| cents(*x))
        .collect::<ExactSum>()
        .value();
    cents(sum_where(spend, state, State::Active) + fixed)
}

impl Limits {
    /// Derives the bounds from states, budget and rules.
    ///
    /// # Errors
    /// A rule whose lower bound lies above its upper bound.
    pub(super) fn new(
        counts: &Counts,
        responses: &Responses,
        state: Vec<State>,
        budget: f64,
        objective: Objective,
        settings: &PolicySettings,
    ) -> Result<Self, RecommendError> {
        let spend = &responses.current_spend;
        let active = sum_where(spend, &state, State::Active);
        let free = (budget - sum_where(spend, &state, State::Fixed)).max(0.0);
        let change_reference = if active > 0.0 { free / active } else { 1.0 };
        let down = match objective {
            Objective::Profit => change_reference.min(1.0),
            Objective::Conversions | Objective::Revenue => change_reference,
        } * (1.0 - settings.max_change).max(0.0);
        let up = match objective {
            Objective::Profit => change_reference.max(1.0),
            Objective::Conversions | Objective::Revenue => change_reference,
        } * (1.0 + settings.max_change);
        let terms = state.len();
        let mut limits = Self {
            lower: vec![0.0; terms],
            upper: vec![0.0; terms],
            lower_origin: vec![Origin::Change; terms],
            upper_origin: vec![Origin::Change; terms],
            change_reference,
            state,
        };
        for (term, &spend) in spend.iter().enumerate() {
            let (lower, upper, origin) = match limits.state[term] {
                State::Active => (down * spend, up * spend, Origin::Change),
                State::New => (0.0, responses.cap[term].unwrap_or(0.0), Origin::NewCap),
                State::Fixed => (cents(spend), cents(spend), Origin::Fixed),
                State::Paused => (0.0, 0.0, Origin::Paused),
            };
            limits.lower[term] = lower;
            limits.upper[term] = upper;
            limits.lower_origin[term] = origin;
            limits.upper_origin[term] = origin;
        }
        for (number, rule) in settings.rules.iter().enumerate().filter(|(_, rule)| !rule.fixed) {
            limits.apply(number, rule, counts)?;
        }
        limits.check(counts, spend, budget, down / change_reference)?;
        Ok(limits)
    }

    /// Holds the lower bounds against the budget.
    ///
    /// # Errors
    /// They need more, with the smallest budget that works: the change limits' own lower bounds grow with
    /// the budget, so it is B = (L + F − c s F / A) / (1 − c s / A), with L what rules and F what fixed terms
    /// need, c the lower end of the change limit, s the current spend it binds and A that of all active terms.
    fn check(&self, counts: &Counts, spend: &[f64], budget: f64, c: f64) -> Result<(), RecommendError> {
        let sum = |keep: &dyn Fn(usize) -> bool, values: &[f64]| {
            (0..values.len()).filter(|&term| keep(term)).map(|term| values[term]).collect::<ExactSum>().value()
        };
        let least = sum(&|_| true, &self.lower);
        // less than half a cent is rounding, of terms as of the budget
        if least <= budget + 0.005 {
            return Ok(());
        }
        let rules = sum(&|term| self.lower_origin[term] == Origin::Rule, &self.lower);
        let fixed = sum(&|term| self.lower_origin[term] == Origin::Fixed, &self.lower);
        let active = sum(&|term| self.state[term] == State::Active, spend);
        let bound = sum(&|term| self.state[term] == State::Active && self.lower_origin[term] == Origin::Change, spend);
        let share = if active > 0.0 { c * bound / active } else { 0.0 };
        let needed = (share.mul_add(-fixed, rules + fixed) / (1.0 - share).max(1e-9)).max(rules + fixed);
        let named = (0..self.lower.len())
            .filter(|&term| matches!(self.lower_origin[term], Origin::Rule | Origin::Fixed) && self.lower[term] > 0.0)
            .max_by(|&a, &b| self.lower[a].total_cmp(&self.lower[b]).then(b.cmp(&a)));
        Err(RecommendError::Infeasible {
            budget,
            least,
            needed: (needed * 100.0).ceil() / 100.0,
            largest: named.map(|term| (counts.terms[term].key.term.clone(), self.lower[term])),
        })
    }

    fn apply(&mut self, number: usize, rule: &TermRule, counts: &Counts) -> Result<(), RecommendError> {
        for (term, attributes) in counts.terms.iter().enumerate() {
            if !matches!(self.state[term], State::Active | State::New) || !rule.matches(attributes) {
                continue;
            }
            if let Some(lower) = rule.lower {
                self.lower[term] = lower;
                self.lower_origin[term] = Origin::Rule;
                // a floor above the change limit moves the ceiling with it: the user's word counts
                if rule.upper.is_none() && self.upper[term] < lower {
                    self.upper[term] = lower;
                    self.upper_origin[term] = Origin::Rule;
                }
            }
            if let Some(upper) = rule.upper {
                self.upper[term] = upper;
                self.upper_origin[term] = Origin::Rule;
                if rule.lower.is_none() && self.lower[term] > upper {
                    self.lower[term] = upper;
                    self.lower_origin[term] = Origin::Rule;
                }
            }
            if self.lower[term] > self.upper[term] {
                return Err(RecommendError::RuleBounds {
                    rule: number + 1,
                    term: attributes.key.term.clone(),
                    lower: self.lower[term],
                    upper: self.upper[term],
                });
            }
        }
        Ok(())
    }

    /// The spend that directions are measured from: current spend, scaled where the whole budget is spent.
    pub(super) fn reference(&self, current: &[f64], objective: Objective) -> Vec<f64> {
        let scale = if objective == Objective::Profit { 1.0 } else { self.change_reference };
        current
            .iter()
            .zip(&self.state)
            .map(|(spend, s)| if *s == State::Active { scale * spend } else { *spend })
            .collect()
    }

    /// The limit that holds a term's spend, in words; empty when none does.
    pub(super) fn binding(&self, term: usize, binding: Binding) -> &'static str {
        let words = |origin: Origin, lower: bool| match (origin, lower) {
            (Origin::Change, true) => "change limit (lower)",
            (Origin::Change, false) => "change limit (upper)",
            (Origin::Rule, true) => "rule (lower)",
            (Origin::Rule, false) => "rule (upper)",
            (Origin::NewCap, true) => "zero",
            (Origin::NewCap, false) => "cap of new terms",
            (Origin::Fixed, _) => "fixed",
            (Origin::Paused, _) => "paused",
        };
        match binding {
            Binding::None => "",
            Binding::Lower => words(self.lower_origin[term], true),
            Binding::Upper | Binding::Fixed => words(self.upper_origin[term], false),
        }
    }
}
