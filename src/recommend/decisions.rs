//! Terms that a person has decided on: kept where they are said to be, and the rest planned around them.

use super::PolicySettings;
use super::selector::listed;
use crate::counts::Counts;
use crate::domain::{Decision, Notes, TermKey, Verdict};
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
    /// Finds the terms; those that the data do not have are told.
    pub(super) fn new(counts: &Counts, settings: &PolicySettings, notes: &mut Notes) -> Self {
        if settings.decisions.is_empty() {
            return Self::default();
        }
        let mut wanted: HashMap<&TermKey, &Decision> = settings.decisions.iter().map(|one| (&one.key, one)).collect();
        let of_term = |key: &TermKey| wanted.remove(key).map(|decision| (decision.verdict, decision.spend));
        let by_term = counts.terms.iter().map(|term| &term.key).map(of_term).collect();
        let mut unknown: Vec<String> = wanted.into_keys().map(|key| format!("\"{}\"", key.term)).collect();
        unknown.sort_unstable();
        notes.add(
            "decision-without-term",
            unknown.len(),
            format!("decisions on terms that the data do not have: {}", listed(&unknown)),
        );
        Self { by_term }
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
