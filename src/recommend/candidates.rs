//! Terms to exclude, and terms to take up as exact keywords.
//!
//! In: rows of a plan and the price of money. Out: [`Candidate`]s with their evidence. What a term's clicks return at today's
//! price is held against what money earns elsewhere, at both ends of the term's credible interval of its rate; its value
//! per conversion counts by its mean. A term to exclude has to fall short even where its clicks cost half as much. Only terms whose rate is mostly their own data are judged: of the others nothing is shown yet.
//! Wrong where a term brings what is counted elsewhere (a first search that another one ends).

use super::Recommendation;
use super::items::Items;
use crate::domain::{State, TermKey, metrics};
use serde::Serialize;
use std::collections::HashSet;

/// What a term is a candidate for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CandidateKind {
    /// To be excluded: a negative keyword where the row is a search term, a keyword to be paused where it is one.
    Negative,
    /// To be taken up as an exact keyword with a bid of its own.
    Exact,
}

impl CandidateKind {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Exact => "exact",
        }
    }
}

/// A term and what speaks for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidate {
    /// For what.
    pub kind: CandidateKind,
    /// Index of the row.
    pub index: usize,
    /// What identifies the term.
    pub key: TermKey,
    /// Spend now, money a week (or period).
    pub spend: f64,
    /// Clicks over the whole data, count.
    pub clicks: f64,
    /// Conversions over the whole data, count.
    pub conversions: f64,
    /// Price of a click now, money.
    pub cpc: f64,
    /// Posterior mean of the conversion rate, and the ends of its interval.
    pub cvr: [f64; 3],
    /// Objective that a unit of money brings at today's price: mean, and at the ends of that interval.
    pub returns: [f64; 3],
    /// What a unit of money earns elsewhere, in the same units.
    pub price: f64,
}

/// Least share of own data in a rate that is judged.
const OWN_DATA: f64 = 0.5;

/// A term that a lower bid mends is cut, not excluded: it has to fall short at this part of today's price, too.
const CHEAPER: f64 = 0.5;

/// Candidates: those to exclude first, each kind by spend.
pub(super) fn candidates(rows: &[Recommendation], items: &Items, price: f64) -> Vec<Candidate> {
    let folded = |row: &Recommendation| row.key.term.to_lowercase();
    let is = |row: &Recommendation, wanted: &str| {
        row.key.match_type.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(wanted))
    };
    let exact: HashSet<String> = rows.iter().filter(|row| is(row, "exact")).map(folded).collect();
    // what somebody holds where it is is not to be excluded
    let held = |row: &Recommendation| row.decision.is_some() || row.binding.starts_with("rule");
    let judged = |row: &&Recommendation| {
        row.state == State::Active && row.own_data_weight >= OWN_DATA && row.current_spend > 0.0 && price.is_finite()
    };
    let mut found: Vec<Candidate> = (rows.iter().filter(judged))
        .filter_map(|row| {
            let cpc = metrics::cpc(row.current_spend, row.clicks_now)?;
            let value = items.has_value().then(|| items.value(row.index));
            let at = |rate: f64| items.worth(row.index, rate * row.incrementality, value) / cpc;
            let returns = [at(row.cvr_mean), at(row.cvr_p05), at(row.cvr_p95)];
            let kind = if returns[2] < CHEAPER * price && !held(row) {
                CandidateKind::Negative
            } else if returns[1] > price && (is(row, "broad") || is(row, "phrase")) && !exact.contains(&folded(row)) {
                CandidateKind::Exact
            } else {
                return None;
            };
            Some(Candidate {
                kind,
                index: row.index,
                key: row.key.clone(),
                spend: row.current_spend,
                clicks: row.clicks_seen,
                conversions: row.conversions_seen,
                cpc,
                cvr: [row.cvr_mean, row.cvr_p05, row.cvr_p95],
                returns,
                price,
            })
        })
        .collect();
    // one text once as an exact keyword: its largest row speaks
    let order = |kind: CandidateKind| usize::from(kind == CandidateKind::Exact);
    found.sort_by(|one, other| {
        order(one.kind)
            .cmp(&order(other.kind))
            .then(other.spend.total_cmp(&one.spend))
            .then(one.index.cmp(&other.index))
    });
    let mut seen = HashSet::new();
    found.retain(|one| one.kind == CandidateKind::Negative || seen.insert(one.key.term.to_lowercase()));
    found
}
