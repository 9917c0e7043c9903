//! What a run keeps of every term, so that a later one can hold the plan against what happened.
//!
//! In: a plan with its posterior and curves. Out: one [`StoredTerm`] a term, and rows of plain cells that a table of any
//! kind can carry: numbers in full precision, so that what is read back is what was written. Curves are texts:
//! family and parameters, `power a k h`, or `bent a:k:h:to …`.

use crate::counts::Counts;
use crate::domain::{LeverKind, TermKey};
use crate::estimate::Posterior;
use crate::recommend::Plan;
use crate::response::{Curve, Responses, Stretch};
use std::fmt::Write as _;

/// One term of a stored plan. Money and counts are a week.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTerm {
    /// What identifies it.
    pub key: TermKey,
    /// Spend when the plan was made, money.
    pub current_spend: f64,
    /// Spend planned, money.
    pub recommended_spend: f64,
    /// Clicks that cost nothing.
    pub free_clicks: f64,
    /// Clicks against spend.
    pub curve: Curve,
    /// Posterior mean of conversions per click.
    pub rate: f64,
    /// Its standard deviation.
    pub rate_sd: f64,
    /// What was expected of the rate before the term's own clicks; `None` in runs of earlier versions.
    pub prior_rate: Option<f64>,
    /// Expected revenue of a conversion, money, with the factor of its pairing with the rate; `None` without revenue.
    pub value: Option<f64>,
    /// Spend when the campaigns were drawn of which some are held back, money; `None` without a draw.
    pub old_spend: Option<f64>,
    /// What can be set.
    pub lever: LeverKind,
    /// Its setting when the plan was made.
    pub lever_now: Option<f64>,
    /// Its setting under the plan.
    pub lever_plan: Option<f64>,
}

impl StoredTerm {
    /// Expected clicks at a spend, free ones included.
    #[must_use]
    pub fn clicks(&self, spend: f64) -> f64 {
        self.free_clicks + self.curve.value(spend)
    }

    /// Whether it was paused when the plan was made: it is then at rest, and nothing is forecast of what it spends.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.lever == LeverKind::Status && self.current_spend <= 0.0 && self.recommended_spend <= 0.0
    }
}

/// What a run keeps of its terms. Shape: terms, in their order.
#[must_use]
pub fn stored_terms(counts: &Counts, posterior: &Posterior, responses: &Responses, plan: &Plan) -> Vec<StoredTerm> {
    plan.rows
        .iter()
        .map(|row| StoredTerm {
            key: counts.terms[row.index].key.clone(),
            current_spend: row.current_spend,
            recommended_spend: row.recommended_spend,
            free_clicks: responses.free_clicks[row.index],
            curve: responses.curves[row.index].clone(),
            rate: posterior.rate.mean[row.index],
            rate_sd: posterior.rate.sd[row.index],
            prior_rate: Some(posterior.rate.prior_mean(row.index)),
            value: posterior.value.as_ref().map(|value| value.mean[row.index] * posterior.pair_factor(row.index)),
            old_spend: None,
            lever: row.lever,
            lever_now: row.lever_now,
            lever_plan: row.lever_plan,
        })
        .collect()
}

/// Texts of a table's rows: names of the columns that hold text, as [`StoredTerm::texts`] gives them.
pub const TEXTS: [&str; 7] = ["term", "match_type", "campaign", "ad_group", "channel", "lever", "curve"];
/// Names of the columns that hold numbers, as [`StoredTerm::numbers`] gives them.
pub const NUMBERS: [&str; 10] = [
    "current_spend",
    "recommended_spend",
    "free_clicks",
    "cvr_mean",
    "cvr_sd",
    "cvr_prior",
    "value_mean",
    "old_spend",
    "lever_now",
    "lever_plan",
];

impl StoredTerm {
    /// The cells that hold text; `None` where there is none.
    #[must_use]
    pub fn texts(&self) -> [Option<String>; TEXTS.len()] {
        let key = &self.key;
        [
            Some(key.term.clone()),
            key.match_type.clone(),
            key.campaign.clone(),
            key.ad_group.clone(),
            key.channel.clone(),
            Some(self.lever.name().to_owned()),
            Some(written(&self.curve)),
        ]
    }

    /// The cells that hold numbers; `None` where there is none.
    #[must_use]
    pub fn numbers(&self) -> [Option<f64>; NUMBERS.len()] {
        [
            Some(self.current_spend),
            Some(self.recommended_spend),
            Some(self.free_clicks),
            Some(self.rate),
            Some(self.rate_sd),
            self.prior_rate,
            self.value,
            self.old_spend,
            self.lever_now,
            self.lever_plan,
        ]
    }

    /// The term of a row of such cells; `None` where they are damaged. Columns that a table lacks are no cells.
    #[must_use]
    pub fn from_cells(text: impl Fn(&str) -> Option<String>, number: impl Fn(&str) -> Option<f64>) -> Option<Self> {
        let lever = serde_json::from_value(serde_json::Value::String(text("lever")?)).ok()?;
        Some(Self {
            key: TermKey {
                term: text("term")?,
                match_type: text("match_type"),
                campaign: text("campaign"),
                ad_group: text("ad_group"),
                channel: text("channel"),
            },
            current_spend: number("current_spend")?,
            recommended_spend: number("recommended_spend")?,
            free_clicks: number("free_clicks")?,
            curve: curve(&text("curve")?)?,
            rate: number("cvr_mean")?,
            rate_sd: number("cvr_sd")?,
            prior_rate: number("cvr_prior"),
            value: number("value_mean"),
            old_spend: number("old_spend"),
            lever,
            lever_now: number("lever_now"),
            lever_plan: number("lever_plan"),
        })
    }
}

/// A curve as text.
fn written(curve: &Curve) -> String {
    let mut text = curve.family().to_owned();
    let mut add = |numbers: &[f64]| {
        let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
        let _ = write!(text, " {}", numbers.join(":"));
    };
    match curve {
        Curve::Hill { a, k, h } | Curve::Power { a, k, h } => add(&[*a, *k, *h]),
        Curve::Exp { a, k } | Curve::Log { a, k } => add(&[*a, *k]),
        Curve::Points(points) => points.iter().for_each(|&(spend, response)| add(&[spend, response])),
        Curve::Bent(stretches) => stretches.iter().for_each(|s| add(&[s.a, s.k, s.h, s.to])),
    }
    text
}

/// The curve of a text; `None` where it is none.
fn curve(text: &str) -> Option<Curve> {
    let mut parts = text.split(' ');
    let family = parts.next()?;
    let groups: Vec<Vec<f64>> = parts
        .map(|part| part.split(':').map(str::parse).collect::<Result<Vec<f64>, _>>().ok())
        .collect::<Option<_>>()?;
    let one = || groups.first().map(Vec::as_slice);
    match (family, one()) {
        ("hill", Some(&[a, k, h])) => Some(Curve::Hill { a, k, h }),
        ("power", Some(&[a, k, h])) => Some(Curve::Power { a, k, h }),
        ("exp", Some(&[a, k])) => Some(Curve::Exp { a, k }),
        ("log", Some(&[a, k])) => Some(Curve::Log { a, k }),
        ("points", _) => {
            let pair = |group: &Vec<f64>| Some((*group.first()?, *group.get(1)?));
            groups.iter().map(pair).collect::<Option<Vec<_>>>().map(|points| Curve::Points(points.into()))
        }
        ("bent", _) => {
            let stretch = |group: &Vec<f64>| match group[..] {
                [a, k, h, to] => Some(Stretch { a, k, h, to }),
                _ => None,
            };
            groups.iter().map(stretch).collect::<Option<Vec<_>>>().map(|stretches| Curve::Bent(stretches.into()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_come_back_to_the_last_bit() {
        let third = 1.0 / 3.0;
        let stretch = |to| Stretch { a: 12.3 * third, k: 4e-7, h: 0.7, to };
        let curves = [
            Curve::Hill { a: third, k: 1e9, h: 0.9 },
            Curve::Exp { a: 3.25, k: third },
            Curve::Power { a: third, k: third, h: 0.61 },
            Curve::Log { a: 2.0, k: 5.5 },
            Curve::Points(vec![(0.0, 0.0), (1.5, third)].into()),
            Curve::Bent(vec![stretch(17.25), stretch(f64::INFINITY)].into()),
        ];
        for given in curves {
            assert_eq!(curve(&written(&given)), Some(given));
        }
        for damaged in ["", "power 1:2", "bent 1:2:3", "cubic 1", "power 1:x:2"] {
            assert_eq!(curve(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn a_term_comes_back_from_its_cells() {
        let term = StoredTerm {
            key: TermKey { term: "trail shoes".into(), campaign: Some(String::new()), ..TermKey::default() },
            current_spend: 12.34,
            recommended_spend: 0.1 + 0.2,
            free_clicks: 0.0,
            curve: Curve::Power { a: 1.0, k: 2.0, h: 0.5 },
            rate: 0.031,
            rate_sd: 0.004,
            prior_rate: Some(0.02),
            value: None,
            old_spend: Some(7.5),
            lever: LeverKind::MaxCpc,
            lever_now: Some(0.8),
            lever_plan: None,
        };
        let (texts, numbers) = (term.texts(), term.numbers());
        let text = |name: &str| TEXTS.iter().position(|other| *other == name).and_then(|at| texts[at].clone());
        let number = |name: &str| NUMBERS.iter().position(|other| *other == name).and_then(|at| numbers[at]);
        assert_eq!(StoredTerm::from_cells(text, number), Some(term));
        assert_eq!(StoredTerm::from_cells(text, |_| None), None);
    }
}
