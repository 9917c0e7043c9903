//! What could be otherwise: terms left out, and factors on prices, searches, elasticities, rates, values and margins of a class
//! of terms.
//!
//! In: entries of a scenario. Out: [`Factors`], one figure a term, through which curves and worth are seen. The estimates
//! themselves stay as they are: a scenario is a supposition, not evidence.

use super::PolicySettings;
use super::selector::{Selector, selector};
use crate::counts::Counts;
use crate::domain::Term;
use crate::response::Responses;
use serde::{Deserialize, Serialize};

/// Terms by what they match: every field that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TermSelector {
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
}

impl TermSelector {
    /// Whether no field is given, so that every term matches.
    #[must_use]
    pub fn matches_all(&self) -> bool {
        self.selector().is_empty()
    }

    pub(super) fn selector(&self) -> Selector<'_> {
        selector!(self)
    }
}

/// A supposition on a class of terms, or on all of them: factors on what the data say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Change {
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
    /// Price of a click over today's, ratio: 1.1 for 10% dearer.
    pub cpc: Option<f64>,
    /// Searches over those expected, ratio.
    pub demand: Option<f64>,
    /// Elasticity of clicks in spend over that learned, ratio; elasticities stay between 0.05 and 1.
    pub elasticity: Option<f64>,
    /// Conversions per click over those estimated, ratio.
    pub conversion_rate: Option<f64>,
    /// Revenue per conversion over that estimated, ratio.
    pub value: Option<f64>,
    /// Share of revenue that is margin over that given, ratio: 0.9 turns 40% into 36%.
    pub margin: Option<f64>,
}

/// Largest factor of a supposition, and one over the smallest: beyond, a share was likely taken for a percentage.
const LARGEST: f64 = 20.0;

impl Change {
    /// Checks the factors; answers with the key, the value and the rule that is broken.
    ///
    /// # Errors
    /// A factor out of range, or none.
    pub fn validate(&self) -> Result<(), (&'static str, String, &'static str)> {
        let given = [
            ("cpc", self.cpc),
            ("demand", self.demand),
            ("elasticity", self.elasticity),
            ("conversion_rate", self.conversion_rate),
            ("value", self.value),
            ("margin", self.margin),
        ];
        let fine = |factor: f64| (1.0 / LARGEST..=LARGEST).contains(&factor);
        match given.iter().find(|(_, factor)| factor.is_some_and(|factor| !fine(factor))) {
            Some((key, factor)) => {
                let value = format!("{key} = {:?}", factor.unwrap_or_default());
                Err(("change", value, "a factor from 0.05 to 20 (1.1 for 10% more)"))
            }
            None if given.iter().all(|(_, factor)| factor.is_none()) => Err((
                "change",
                "an entry without a factor".to_owned(),
                "an entry with `cpc`, `demand`, `elasticity`, `conversion_rate`, `value` or `margin`",
            )),
            None => Ok(()),
        }
    }

    pub(super) fn selector(&self) -> Selector<'_> {
        selector!(self)
    }
}

/// Factors of all terms; an empty vector is all ones. Shape of each: terms, ratio.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Factors {
    cpc: Vec<f64>,
    demand: Vec<f64>,
    elasticity: Vec<f64>,
    rate: Vec<f64>,
    value: Vec<f64>,
    margin: Vec<f64>,
}

impl Factors {
    /// Products of all entries that match a term.
    #[must_use]
    pub fn new(counts: &Counts, changes: &[Change]) -> Self {
        let mut factors = Self::default();
        for change in changes {
            let members: Vec<usize> = matching(counts, |term| change.selector().matches(term)).collect();
            let given = [
                (&mut factors.cpc, change.cpc),
                (&mut factors.demand, change.demand),
                (&mut factors.elasticity, change.elasticity),
                (&mut factors.rate, change.conversion_rate),
                (&mut factors.value, change.value),
                (&mut factors.margin, change.margin),
            ];
            for (into, factor) in given.into_iter().filter_map(|(into, factor)| Some((into, factor?))) {
                into.resize(counts.terms.len(), 1.0);
                for &term in &members {
                    into[term] *= factor;
                }
            }
        }
        factors
    }

    /// With factors on the rates of single terms, too; none where it is empty. Shape of `rates`: terms, ratio.
    #[must_use]
    pub fn with_rates(mut self, rates: &[f64]) -> Self {
        if self.rate.is_empty() {
            self.rate = rates.to_vec();
        } else {
            self.rate.iter_mut().zip(rates).for_each(|(own, rate)| *own *= rate);
        }
        self
    }

    /// An elasticity as it is supposed, ratio.
    pub(super) fn elastic(&self, term: usize, elasticity: f64) -> f64 {
        match self.elasticity.get(term) {
            Some(factor) if (factor - 1.0).abs() > 0.0 => supposed(elasticity, *factor),
            _ => elasticity,
        }
    }

    /// Whether elasticities are supposed to be others.
    pub(super) fn bends(&self) -> bool {
        !self.elasticity.is_empty()
    }

    /// On conversions per click.
    pub(super) fn rate(&self, term: usize) -> f64 {
        self.rate.get(term).copied().unwrap_or(1.0)
    }

    /// On revenue per conversion.
    pub(super) fn value(&self, term: usize) -> f64 {
        self.value.get(term).copied().unwrap_or(1.0)
    }

    /// On the margin.
    pub(super) fn margin(&self, term: usize) -> f64 {
        self.margin.get(term).copied().unwrap_or(1.0)
    }

    /// Curves with prices, searches and elasticities as supposed; `None` where they stay as they are.
    #[must_use]
    pub fn responses(&self, responses: &Responses) -> Option<Responses> {
        let ones = || vec![1.0; responses.curves.len()];
        let given = |factors: &Vec<f64>| if factors.is_empty() { ones() } else { factors.clone() };
        let priced = (!self.cpc.is_empty() || !self.demand.is_empty())
            .then(|| responses.what_if(&given(&self.demand), &given(&self.cpc)));
        if self.elasticity.is_empty() {
            return priced;
        }
        let bent = |factors: &[f64], responses: &Responses| {
            responses.bent(|term, elasticity| supposed(elasticity, factors[term]))
        };
        Some(bent(&self.elasticity, priced.as_ref().unwrap_or(responses)))
    }
}

/// An elasticity times a factor, within what an elasticity can be.
fn supposed(elasticity: f64, factor: f64) -> f64 {
    (elasticity * factor).clamp(0.05, 1.0)
}

/// How many entries of each list of a plan's settings, its last ones, are a scenario's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnEntries {
    /// Of `rules`.
    pub terms: usize,
    /// Of `groups`.
    pub groups: usize,
    /// Of `classes`.
    pub classes: usize,
}

/// The first own entry that matches no term: where it stands in the scenario (`limits.groups[0]`), and it as written.
#[must_use]
pub fn unmatched(counts: &Counts, settings: &PolicySettings, own: OwnEntries) -> Option<(String, String)> {
    let any = |matches: &dyn Fn(&Term) -> bool| counts.terms.iter().any(matches);
    let one = |selector: Selector<'_>| any(&|term| selector.matches(term));
    let excluded = settings.excluded.iter().map(|terms| ("exclude", terms.selector()));
    let changes = settings.changes.iter().map(|change| ("change", change.selector()));
    let first = |list: &str, at: usize, selector: Selector<'_>| {
        (!one(selector)).then(|| (format!("{list}[{at}]"), selector.named(list, at + 1)))
    };
    let rules = settings.rules.iter().skip(settings.rules.len() - own.terms).map(|rule| rule.selector());
    let classes = settings.classes.iter().skip(settings.classes.len() - own.classes).map(|limit| limit.selector());
    let mut groups = settings.groups.iter().skip(settings.groups.len() - own.groups).enumerate();
    excluded
        .enumerate()
        .chain(changes.enumerate())
        .chain(rules.map(|selector| ("limits.terms", selector)).enumerate())
        .chain(classes.map(|selector| ("limits.classes", selector)).enumerate())
        .find_map(|(at, (list, selector))| first(list, at, selector))
        .or_else(|| {
            groups.find_map(|(at, limit)| {
                (!any(&|term| limit.matches(term))).then(|| (format!("limits.groups[{at}]"), limit.named(at + 1)))
            })
        })
}

/// Terms that an entry selects, ascending.
fn matching(counts: &Counts, matches: impl Fn(&Term) -> bool) -> impl Iterator<Item = usize> {
    counts.terms.iter().enumerate().filter(move |(_, term)| matches(term)).map(|(at, _)| at)
}
