//! Terms that a person has decided on: kept where they are said to be, and the rest planned around them.

use super::selector::listed;
use super::{PolicySettings, RecommendError};
use crate::counts::Counts;
use crate::domain::{Notes, State, TermKey, Verdict};
use serde::Serialize;
use std::collections::HashMap;

/// Decisions by term.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Decided {
    /// Verdict and spend, money; empty where nothing is decided. Shape: terms.
    by_term: Vec<Option<(Verdict, f64)>>,
}

/// How many rows were decided by hand, and what that costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct DecisionSummary {
    /// Terms kept at what a plan recommended.
    pub locked: usize,
    /// Terms kept at what they spend now.
    pub rejected: usize,
    /// Terms set to an amount.
    pub set: usize,
    /// Objective given up for them: that of the plan without decisions less that of this one; `None` where no plan
    /// satisfies the limits without them.
    pub cost: Option<f64>,
}

impl Decided {
    /// Finds the terms; columns that a decision lacks match anything. `state` says which of them may be decided on.
    ///
    /// # Errors
    /// A decision on a term that the data do not have, or on several at once.
    pub(super) fn new(
        counts: &Counts,
        state: &[State],
        settings: &PolicySettings,
        notes: &mut Notes,
    ) -> Result<Self, RecommendError> {
        if settings.decisions.is_empty() {
            return Ok(Self::default());
        }
        let by_key: HashMap<&TermKey, usize> =
            counts.terms.iter().enumerate().map(|(at, term)| (&term.key, at)).collect();
        let mut by_text: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, term) in counts.terms.iter().enumerate() {
            by_text.entry(term.key.term.as_str()).or_default().push(at);
        }
        let (mut by_term, mut paused) = (vec![None; counts.terms.len()], Vec::new());
        for decision in &settings.decisions {
            let one_of = |own: &Option<String>, other: &Option<String>| own.is_none() || own == other;
            let fits = |at: &usize| {
                let (own, other) = (&decision.key, &counts.terms[*at].key);
                one_of(&own.match_type, &other.match_type)
                    && one_of(&own.campaign, &other.campaign)
                    && one_of(&own.ad_group, &other.ad_group)
                    && one_of(&own.channel, &other.channel)
            };
            let found: Vec<usize> = match by_key.get(&decision.key) {
                Some(&at) => vec![at],
                None => by_text.get(decision.key.term.as_str()).into_iter().flatten().copied().filter(fits).collect(),
            };
            let [at] = found[..] else {
                return Err(RecommendError::Decision { term: decision.key.term.clone(), terms: found.len() });
            };
            if state[at] == State::Paused {
                paused.push(format!("\"{}\"", decision.key.term));
            } else {
                by_term[at] = Some((decision.verdict, decision.spend));
            }
        }
        notes.add(
            "decided-paused",
            paused.len(),
            format!("decisions on paused terms, which stay at zero: {}", listed(&paused)),
        );
        Ok(Self { by_term })
    }

    /// What was decided of a term.
    pub(super) fn of(&self, term: usize) -> Option<(Verdict, f64)> {
        self.by_term.get(term).copied().flatten()
    }

    /// How many of each, without what they cost; `None` without any.
    pub(super) fn summary(&self) -> Option<DecisionSummary> {
        let count = |wanted| self.by_term.iter().flatten().filter(|(verdict, _)| *verdict == wanted).count();
        let (locked, rejected, set) = (count(Verdict::Lock), count(Verdict::Reject), count(Verdict::Set));
        (locked + rejected + set > 0).then_some(DecisionSummary { locked, rejected, set, cost: None })
    }
}
