//! How many of the counted conversions would not have come without the ad.
//!
//! In: rules of the config, by class of terms, from a geo experiment or a judgement. Out: a factor a term with its
//! uncertainty, on which conversions, revenue and profit of the plan, now and then, are multiplied. Terms that no rule
//! names have a factor of 1: every counted conversion is taken for one that the ad brought. Wrong where the factor changes
//! with the spend, as when only the last searches reached would have come anyway.
//!
//! # Formula
//! ```text
//! factor and sd:              κ ~ log-normal of that mean and standard deviation
//! lower and upper:            κ ~ N(½ (u + l), ((u − l) / 2z)²), κ > 0:  no ad takes conversions away
//! ```
//! So κ has the interval, but for what lies below zero. A factor within the interval is the mean that κ is scaled to.

use super::PolicySettings;
use super::selector::{Selector, listed, selector};
use crate::counts::Counts;
use crate::domain::{Notes, Term, stable_hash};
use crate::numeric::special::{normal_cdf, normal_pdf, normal_quantile};
use crate::numeric::stream::Stream;
use serde::{Deserialize, Serialize};

/// `[[incrementality]]`: the share of counted conversions that a class of terms really brings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct IncrementalityRule {
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
    /// Conversions that the ad brought over conversions counted, ratio; the mean that `lower` and `upper` imply by default.
    pub factor: Option<f64>,
    /// Standard deviation of the factor, ratio.
    pub sd: Option<f64>,
    /// Lower end of an experiment's interval for the factor, ratio.
    pub lower: Option<f64>,
    /// Upper end of that interval, ratio.
    pub upper: Option<f64>,
    /// Level of that interval.
    pub level: Option<f64>,
}

/// Largest factor: ads that bring four conversions for each one that is counted.
const LARGEST: f64 = 5.0;
/// Level of an interval that does not say.
const LEVEL: f64 = 0.90;

impl IncrementalityRule {
    /// Checks the numbers; answers with the key and the rule that is broken.
    ///
    /// # Errors
    /// A factor or a deviation out of range, or an interval with one end.
    pub fn validate(&self) -> Result<(), (&'static str, String, &'static str)> {
        let (key, shown) = ("incrementality", |value: f64| value.to_string());
        let factor = (0.0..=LARGEST).contains(&self.factor().mean);
        match (self.lower, self.upper) {
            (None, None) => {}
            (Some(lower), Some(upper)) if (-upper..=upper).contains(&lower) && upper > 0.0 && upper <= LARGEST => {
                if let Some(factor) = self.factor.filter(|factor| !(lower..=upper).contains(factor)) {
                    return Err((key, shown(factor), "a factor between the `lower` and `upper` beside it"));
                }
            }
            (lower, upper) => {
                let end = lower.or(upper).unwrap_or(0.0);
                let rule = "an interval with `lower` and `upper` in this order, `upper` above 0 and at most 5, mostly above zero \
                            (`factor = 0` where an experiment found nothing)";
                return Err((key, shown(end), rule));
            }
        }
        if self.factor.is_none() && self.lower.is_none() {
            return Err((
                key,
                "an entry without a factor".to_owned(),
                "an entry with `factor`, or `lower` and `upper`",
            ));
        }
        if self.sd.is_some() && self.lower.is_some() {
            return Err((key, "given twice".to_owned(), "uncertain by `sd` or by `lower` and `upper`, not both"));
        }
        if !factor {
            return Err((
                key,
                shown(self.factor().mean),
                "a factor from 0 to 5 (0.3: three in ten would not have come anyway)",
            ));
        }
        if let Some(sd) = self.sd.filter(|sd| !(0.0..=LARGEST).contains(sd)) {
            return Err((key, shown(sd), "a standard deviation from 0 to 5"));
        }
        if let Some(level) = self.level.filter(|level| !(0.5..1.0).contains(level)) {
            return Err((key, shown(level), "a level of at least 0.5 and below 1"));
        }
        if self.selector().is_empty() {
            let rule = "an entry that says which terms it is for: label, campaign, ad_group, match_type or term";
            return Err((key, "an entry for all terms".to_owned(), rule));
        }
        Ok(())
    }

    /// What the entry says of the factor.
    fn factor(&self) -> Factor {
        let width = 2.0 * normal_quantile(0.5 + 0.5 * self.level.unwrap_or(LEVEL));
        let (mean, spread) = match (self.lower, self.upper) {
            (Some(lower), Some(upper)) if lower >= upper => (lower, Spread::LogNormal { sd: 0.0 }),
            (Some(lower), Some(upper)) => {
                let (middle, sd) = (f64::midpoint(lower, upper), (upper - lower) / width);
                let below = normal_cdf(-middle / sd);
                let mean = middle + sd * normal_pdf(middle / sd) / (1.0 - below);
                (mean, Spread::Truncated { middle, sd, below, mean })
            }
            _ => {
                let mean = self.factor.unwrap_or(1.0);
                let ratio = if mean > 0.0 { self.sd.unwrap_or(0.0) / mean } else { 0.0 };
                (mean, Spread::LogNormal { sd: ratio.powi(2).ln_1p().sqrt() })
            }
        };
        Factor { mean: self.factor.unwrap_or(mean), spread }
    }

    fn selector(&self) -> Selector<'_> {
        selector!(self)
    }
}

/// The factor of a rule.
#[derive(Clone, Copy, Debug)]
struct Factor {
    /// Ratio.
    mean: f64,
    spread: Spread,
}

/// How a factor is uncertain.
#[derive(Clone, Copy, Debug)]
enum Spread {
    /// `sd`: of its log.
    LogNormal { sd: f64 },
    /// Normal without what is `below` 0, probability; `mean`: of what is left.
    Truncated { middle: f64, sd: f64, below: f64, mean: f64 },
}

impl Factor {
    /// A draw over the mean, ratio.
    fn draw(self, stream: &mut Stream) -> f64 {
        match self.spread {
            Spread::LogNormal { sd } => sd.mul_add(stream.normal(), -0.5 * sd * sd).exp(),
            Spread::Truncated { middle, sd, below, mean } => {
                let quantile = normal_quantile((1.0 - below).mul_add(stream.uniform(), below));
                sd.mul_add(quantile, middle).max(0.0) / mean
            }
        }
    }
}

/// Factors of all terms.
pub(super) struct Incrementality {
    /// Of each rule.
    factors: Vec<Factor>,
    /// Rule of each term; empty where there are no rules. Shape: terms.
    rule: Vec<Option<u32>>,
}

impl Incrementality {
    /// Later rules win. Says which rules match nothing, and for which brand terms nothing was said.
    pub(super) fn new(counts: &Counts, settings: &PolicySettings, notes: &mut Notes) -> Self {
        let rules = &settings.incrementality;
        let of_term = |term: &Term| {
            (0_u32..).zip(rules).filter(|(_, rule)| rule.selector().matches(term)).map(|(at, _)| at).last()
        };
        let rule: Vec<Option<u32>> =
            if rules.is_empty() { Vec::new() } else { counts.terms.iter().map(of_term).collect() };
        let unmatched: Vec<String> = (1..)
            .zip(rules)
            .filter(|(_, rule)| !counts.terms.iter().any(|term| rule.selector().matches(term)))
            .map(|(number, rule)| rule.selector().named("incrementality", number))
            .collect();
        notes.add(
            "rule-without-term",
            unmatched.len(),
            format!("incrementality entries that match no term of the data: {}", listed(&unmatched)),
        );
        let told = rule.iter().flatten().count();
        notes.add(
            "incrementality",
            told,
            "terms whose conversions, revenue and profit, now and planned, are those that the ads really bring: what is counted times a factor from the config",
        );
        let untold = |(at, term): &(usize, &Term)| is_brand(term) && rule.get(*at).copied().flatten().is_none();
        notes.add(
            "brand-incrementality",
            counts.terms.iter().enumerate().filter(untold).count(),
            "brand terms are taken to bring every conversion that is counted (incrementality 1), though many who search for a \
             brand would have come anyway; `[[incrementality]]` with `label` or `campaign` and a `factor` says otherwise",
        );
        Self { factors: rules.iter().map(IncrementalityRule::factor).collect(), rule }
    }

    /// Factor of a term, ratio.
    pub(super) fn factor(&self, term: usize) -> f64 {
        self.rule.get(term).copied().flatten().map_or(1.0, |rule| self.factors[rule as usize].mean)
    }

    /// Draws of the factor of each rule over its mean, all terms of a rule alike. Shape: rules × draws.
    pub(super) fn draws(&self, count: usize, seed: u64) -> Vec<Vec<f64>> {
        let drawn = |(number, factor): (usize, &Factor)| {
            let mut stream = Stream::new(seed, stable_hash(&["incrementality", &number.to_string()]));
            (0..count).map(|_| factor.draw(&mut stream)).collect()
        };
        self.factors.iter().enumerate().map(drawn).collect()
    }

    /// Multiplies draws of a term's rate with its factor; `drawn` as [`Self::draws`] gives it. Shape of `rate`: draws.
    pub(super) fn apply(&self, drawn: &[Vec<f64>], term: usize, rate: &mut [f64]) {
        if let Some(rule) = self.rule.get(term).copied().flatten() {
            let mean = self.factors[rule as usize].mean;
            for (rate, factor) in rate.iter_mut().zip(&drawn[rule as usize]) {
                *rate *= mean * factor;
            }
        }
    }
}

/// Whether a label or the campaign says that people search for the brand itself.
fn is_brand(term: &Term) -> bool {
    let says = |text: &str| {
        let words: Vec<String> = text
            .split(|sign: char| !sign.is_alphanumeric())
            .map(str::to_lowercase)
            .filter(|word| !word.is_empty())
            .collect();
        let brand = |at: usize| matches!(words[at].as_str(), "brand" | "branded" | "marke");
        (0..words.len()).any(|at| brand(at) && !(at > 0 && matches!(words[at - 1].as_str(), "non" | "not" | "no")))
    };
    let labels = term.label.as_deref().unwrap_or_default();
    labels.split(';').any(says) || term.key.campaign.as_deref().is_some_and(says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TermKey;

    fn term(label: &str, campaign: &str) -> Term {
        let key = TermKey { campaign: Some(campaign.to_owned()), ..TermKey::default() };
        Term { key, label: Some(label.to_owned()), ..Term::default() }
    }

    #[test]
    fn brand_terms_are_known_by_label_and_campaign() {
        assert!(
            is_brand(&term("brand", ""))
                && is_brand(&term("x; Brand", ""))
                && is_brand(&term("", "DE | Brand - exact"))
        );
        assert!(!is_brand(&term("non-brand", "Non Brand")) && !is_brand(&term("generic", "Brandenburg")));
    }

    fn drawn(rule: &IncrementalityRule) -> (f64, Vec<f64>) {
        let incrementality = Incrementality { factors: vec![rule.factor()], rule: vec![Some(0)] };
        let draws = incrementality.draws(DRAWS, 3);
        let mut rate = vec![1.0; DRAWS];
        incrementality.apply(&draws, 0, &mut rate);
        rate.sort_unstable_by(f64::total_cmp);
        (rule.factor().mean, rate)
    }

    const DRAWS: usize = 20_000;

    #[test]
    fn an_interval_of_an_experiment_is_that_of_the_draws() {
        for (lower, upper, level) in [(0.2, 0.6, 0.95), (0.4, 0.9, 0.8), (0.9, 1.1, 0.9)] {
            let rule = IncrementalityRule {
                lower: Some(lower),
                upper: Some(upper),
                level: Some(level),
                ..IncrementalityRule::default()
            };
            let (mean, draws) = drawn(&rule);
            for (bound, tail) in [(lower, 0.5 - 0.5 * level), (upper, 0.5 + 0.5 * level)] {
                let below = draws.iter().filter(|&&draw| draw < bound).count() as f64 / DRAWS as f64;
                // four standard errors of a share of 20,000 draws
                assert!((below - tail).abs() < 4.0 * (tail * (1.0 - tail) / DRAWS as f64).sqrt(), "{bound}: {below}");
            }
            let drawn = draws.iter().sum::<f64>() / DRAWS as f64;
            let sd = (draws.iter().map(|draw| (draw - drawn).powi(2)).sum::<f64>() / DRAWS as f64).sqrt();
            assert!((drawn - mean).abs() < 4.0 * sd / (DRAWS as f64).sqrt(), "{drawn} {mean}");
        }
    }

    #[test]
    fn an_interval_that_reaches_below_zero_takes_nothing_away() {
        let rule = IncrementalityRule { lower: Some(-0.1), upper: Some(0.5), ..IncrementalityRule::default() };
        assert_eq!(rule.validate().map_err(|error| error.0), Err("incrementality"), "it says for no terms");
        assert!(IncrementalityRule { label: Some("x".to_owned()), ..rule.clone() }.validate().is_ok());
        let (mean, draws) = drawn(&rule);
        assert!(draws[0] >= 0.0);
        let drawn = draws.iter().sum::<f64>() / DRAWS as f64;
        // by the midpoint rule over the density, 0.2 and 0.3 / 1.645 being the parameters before it is cut
        let sd = 0.3 / 1.644_853_627;
        let steps = (0..200_000).map(|step| (f64::from(step) + 0.5) * 1e-5);
        let sums = steps.fold((0.0, 0.0), |sum, x| {
            let density = (-0.5 * ((x - 0.2) / sd).powi(2)).exp();
            (sum.0 + density, sum.1 + density * x)
        });
        assert!((mean - sums.1 / sums.0).abs() < 1e-8, "{mean}");
        assert!((drawn - mean).abs() < 4.0 * sd / (DRAWS as f64).sqrt());
    }

    #[test]
    fn draws_keep_the_mean() {
        let rule = IncrementalityRule { factor: Some(0.4), sd: Some(0.1), ..IncrementalityRule::default() };
        let (_, rate) = drawn(&rule);
        let mean = rate.iter().sum::<f64>() / 2e4;
        let sd = (rate.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / 2e4).sqrt();
        // four standard errors of a mean and of a deviation of 20,000 draws
        assert!((mean - 0.4).abs() < 4.0 * 0.1 / 2e4_f64.sqrt() && (sd - 0.1).abs() < 4.0 * 0.1 / 4e4_f64.sqrt());
    }
}
