use super::{account, sum};
use crate::counts::Counts;
use crate::simulate::{Misallocation, SimulateError, Simulated};

/// Expected conversions given the clicks.
fn expected_conversions(made: &Simulated, counts: &Counts) -> f64 {
    let clicks = counts.by_term(&counts.cells.clicks);
    clicks.iter().zip(&made.truth.cvr).map(|(clicks, rate)| clicks * rate).sum()
}

#[test]
fn rates_and_order_values_are_recovered_on_average() {
    for fractional in [false, true] {
        let made = account(|settings| (settings.drift, settings.fractional) = (0.0, fractional));
        let counts = made.observation.to_counts();
        let conversions = counts.by_term(&counts.cells.conversions);
        let mean = expected_conversions(&made, &counts);
        // four standard deviations of a Poisson count; shares only make it steadier
        assert!((sum(&conversions) - mean).abs() < 4.0 * mean.sqrt(), "{} for {mean}", sum(&conversions));
        let value: f64 = conversions.iter().zip(&made.truth.order_value).map(|(count, value)| count * value).sum();
        let revenue = counts.totals().revenue.expect("has revenue");
        assert!((revenue / value - 1.0).abs() < 0.02, "{revenue} for {value}");
    }
}

#[test]
fn clicks_and_cost_follow_the_true_curves() {
    let made = account(|settings| {
        (settings.lever_moves, settings.drift, settings.terms) = (0.0, 0.0, 600);
        settings.misallocation = Misallocation::Volume;
    });
    let counts = made.observation.to_counts();
    let (truth, cells) = (&made.truth, &counts.cells);
    let (mut clicks, mut cost, mut planned_clicks, mut planned_cost) = (0.0, 0.0, 0.0, 0.0);
    for term in 0..truth.terms.len() {
        // at the reference spend and all the time on air
        if (truth.current_spend[term] / truth.reference_spend[term] - 1.0).abs() > 1e-9 {
            continue;
        }
        let range = cells.offsets[term]..cells.offsets[term + 1];
        for cell in range {
            let week = cells.period[cell] as usize;
            let season = truth.season[week] * truth.campaigns[truth.campaign[term] as usize].demand[week];
            clicks += cells.clicks[cell];
            cost += cells.cost.as_ref().expect("has cost")[cell];
            planned_clicks += truth.clicks(term, season * truth.reference_spend[term], season);
            planned_cost += season * truth.reference_spend[term];
        }
    }
    assert!((clicks / planned_clicks - 1.0).abs() < 0.01, "{clicks} for {planned_clicks}");
    assert!((cost / planned_cost - 1.0).abs() < 0.01, "{cost} for {planned_cost}");
}

#[test]
fn moves_of_the_bid_show_the_true_elasticity() {
    let made = account(|settings| {
        (settings.season, settings.drift, settings.lever_moves) = (0.0, 0.0, 20.0);
    });
    let (rows, truth) = (&made.observation.rows, &made.truth);
    // slope of ln clicks on ln max_cpc is ε / (1 − ε)
    let mut checked = 0;
    for term in 0..truth.terms.len() {
        let from = rows.term.partition_point(|&owner| (owner as usize) < term);
        let to = rows.term.partition_point(|&owner| (owner as usize) <= term);
        if sum(&rows.clicks[from..to]) < 40_000.0 || to - from < 78 {
            continue;
        }
        let demand = &truth.campaigns[truth.campaign[term] as usize].demand;
        let points: Vec<(f64, f64)> = (from..to)
            .map(|row| {
                let week = rows.week[row] as usize;
                (rows.max_cpc[row].ln(), (rows.clicks[row] / demand[week] / truth.season[week]).ln())
            })
            .collect();
        let n = points.len() as f64;
        let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / n, y + point.1 / n));
        let covariance: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
        let slope = covariance / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>();
        let elasticity = slope / (1.0 + slope);
        assert!((elasticity - truth.elasticity[term]).abs() < 0.12, "{elasticity} for {}", truth.elasticity[term]);
        checked += 1;
    }
    assert!(checked > 0);
}

#[test]
fn plans_are_scored_on_the_true_curves() {
    let truth = account(|settings| settings.weeks = 1).truth;
    let at_reference = truth.expected(&truth.reference_spend).expect("a full plan");
    assert!((at_reference.clicks / sum(&truth.demand) - 1.0).abs() < 1e-12);
    assert!((at_reference.spend / sum(&truth.reference_spend) - 1.0).abs() < 1e-12);
    let profit = 0.35_f64.mul_add(at_reference.revenue, -at_reference.spend);
    assert!((at_reference.profit.expect("has a margin") - profit).abs() < 1e-6);
    let double: Vec<f64> = truth.reference_spend.iter().map(|spend| 2.0 * spend).collect();
    let more = truth.expected(&double).expect("a full plan");
    assert!(more.clicks > at_reference.clicks && more.clicks < 2.0 * at_reference.clicks);
    // a season stretches both axes
    let season = truth.expected_in(&double, 2.0).expect("a full plan");
    assert!((season.clicks / at_reference.clicks - 2.0).abs() < 1e-12);
    let nothing = truth.expected(&vec![0.0; 400]).expect("a full plan");
    assert_eq!((nothing.spend, nothing.clicks, nothing.profit), (0.0, 0.0, Some(0.0)));
    for (term, curve) in truth.click_curves().iter().enumerate() {
        let spend = 0.7 * truth.reference_spend[term];
        assert!((curve.value(spend) / truth.clicks(term, spend, 1.0) - 1.0).abs() < 1e-12);
    }
}

#[test]
fn plans_that_cannot_be_scored_are_refused() {
    let truth = account(|settings| settings.weeks = 1).truth;
    assert_eq!(truth.expected(&[1.0]), Err(SimulateError::PlanLength { given: 1, terms: 400 }));
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        let mut plan = vec![1.0; 400];
        plan[3] = bad;
        let error = truth.expected(&plan).expect_err("a bad spend");
        assert!(matches!(error, SimulateError::PlanSpend { index: 3, .. }), "{error}");
        assert!(error.hint().is_some());
    }
}
