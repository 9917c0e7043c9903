//! Which assumptions a plan hangs on: the same plan with each of them a little otherwise.
//!
//! In: the base plan's settings and the data. Out: scenarios in pairs, one assumption lower and higher by a stated share, all
//! else as it is. What differs most between them and the base is what is worth finding out. Elasticities by a fifth, which is
//! about their prior deviation; prices, searches, rates, values and margins by a tenth; the reporting
//! delay by a fit of its own; what brand terms really bring by three tenths.

use super::Scenario;
use crate::counts::Counts;
use crate::domain::Objective;
use crate::estimate::Posterior;
use crate::recommend::{Change, OwnEntries, PolicySettings};

/// An assumption, by how much it is moved, and how.
struct Assumption {
    name: &'static str,
    share: f64,
    change: fn(f64) -> Change,
    needs: fn(&Known) -> bool,
}

/// What there is to be assumed about.
struct Known {
    objective: Objective,
    brand: Option<String>,
}

const ASSUMPTIONS: [Assumption; 7] = [
    Assumption {
        name: "elasticities",
        share: 0.2,
        change: |factor| Change { elasticity: Some(factor), ..Change::default() },
        needs: |_| true,
    },
    Assumption {
        name: "prices of clicks",
        share: 0.1,
        change: |factor| Change { cpc: Some(factor), ..Change::default() },
        needs: |_| true,
    },
    Assumption {
        name: "searches",
        share: 0.1,
        change: |factor| Change { demand: Some(factor), ..Change::default() },
        needs: |_| true,
    },
    Assumption {
        name: "conversion rates",
        share: 0.1,
        change: |factor| Change { conversion_rate: Some(factor), ..Change::default() },
        needs: |_| true,
    },
    Assumption {
        name: "values",
        share: 0.1,
        change: |factor| Change { value: Some(factor), ..Change::default() },
        needs: |known| known.objective != Objective::Conversions,
    },
    Assumption {
        name: "margins",
        share: 0.1,
        change: |factor| Change { margin: Some(factor), ..Change::default() },
        needs: |known| known.objective == Objective::Profit,
    },
    Assumption {
        name: "yield of brand terms",
        share: 0.3,
        change: |factor| Change { conversion_rate: Some(factor), ..Change::default() },
        needs: |known| known.brand.is_some(),
    },
];

/// What is still to be reported of the last period, where nobody knows of any delay.
const UNREPORTED: f64 = 0.1;

/// Scenarios of other reporting delays. `refit` gives the rates of all terms for a table of completed shares by age; their
/// ratio to those of `posterior` is what a scenario supposes. Where a delay is known, what is still to be reported is taken as half as
/// much and as half as much again; where none is, a tenth of the last period. `objective` is the base plan's.
#[must_use]
pub fn delay_sensitivity(
    posterior: &Posterior,
    objective: Objective,
    policy: &PolicySettings,
    refit: impl Fn(Vec<f64>) -> Option<Vec<f64>>,
) -> Vec<Scenario> {
    let known = &posterior.delay.by_age;
    // of what is known a part (1 − F) / F is still to come
    let scaled = |factor: f64| known.iter().map(|share| 1.0 / (1.0 + factor * (1.0 / share - 1.0))).collect();
    let tables: Vec<(String, Vec<f64>)> = if known.iter().any(|&share| share < 1.0) {
        vec![
            ("fewer conversions still to be reported, by 50%".to_owned(), scaled(0.5)),
            ("more conversions still to be reported, by 50%".to_owned(), scaled(1.5)),
        ]
    } else {
        let name = format!("conversions of the last week still to be reported, {:.0}%", 100.0 * UNREPORTED);
        vec![(name, vec![1.0 - UNREPORTED, 1.0])]
    };
    let scenario = |(name, table): (String, Vec<f64>)| {
        let rates = refit(table)?;
        let factor = |(other, own): (&f64, &f64)| if *own > 0.0 { other / own } else { 1.0 };
        let rates = rates.iter().zip(&posterior.rate.mean).map(factor).collect();
        let policy = PolicySettings { objective: Some(objective), rates, ..policy.clone() };
        let own = OwnEntries::default();
        Some(Scenario { name, policy, budget_ratio: None, week: None, add: Vec::new(), own })
    };
    tables.into_iter().filter_map(scenario).collect()
}

/// Scenarios, a lower and a higher one for each assumption that the plan makes. `objective` is the base plan's.
#[must_use]
pub fn sensitivity(counts: &Counts, objective: Objective, policy: &PolicySettings) -> Vec<Scenario> {
    let labels = counts.terms.iter().filter_map(|term| term.label.as_deref()).flat_map(|labels| labels.split(';'));
    let brand =
        labels.map(str::trim).find(|label| matches!(label.to_lowercase().as_str(), "brand" | "branded" | "marke"));
    let known = Known { objective, brand: brand.map(str::to_owned) };
    let assumptions = ASSUMPTIONS.iter().filter(|assumption| (assumption.needs)(&known));
    let pair = |assumption: &Assumption| {
        let is_brand = assumption.name.contains("brand");
        let scenario = |sign: f64| {
            let mut change = (assumption.change)(sign.mul_add(assumption.share, 1.0));
            if is_brand {
                change.label.clone_from(&known.brand);
            }
            let mut policy = PolicySettings { objective: Some(objective), ..policy.clone() };
            policy.changes.push(change);
            let way = if sign < 0.0 { "lower" } else { "higher" };
            Scenario {
                name: format!("{way} {}, by {:.0}%", assumption.name, 100.0 * assumption.share),
                policy,
                budget_ratio: None,
                week: None,
                add: Vec::new(),
                own: OwnEntries::default(),
            }
        };
        let lower = std::iter::once(scenario(-1.0));
        // brand ads do not bring more than is counted
        lower.chain((!is_brand).then(|| scenario(1.0))).collect::<Vec<_>>()
    };
    assumptions.flat_map(pair).collect()
}
