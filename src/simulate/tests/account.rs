use super::{account, sum};
use crate::domain::Status;
use crate::simulate::{Misallocation, Truth, observation_csv};

#[test]
fn the_default_account_is_plausible() {
    let made = account(|_| ());
    let totals = made.observation.to_counts().totals();
    let (cost, revenue) = (totals.cost.expect("has cost"), totals.revenue.expect("has revenue"));
    let between = |what: &str, value: f64, low: f64, high: f64| {
        assert!(value > low && value < high, "{what} is {value}, not in {low}..{high}");
    };
    between("spend a week", cost / 78.0, 18_000.0, 32_000.0);
    between("price of a click", cost / totals.clicks, 0.5, 3.0);
    between("conversion rate", totals.conversions / totals.clicks, 0.01, 0.07);
    between("order value", revenue / totals.conversions, 30.0, 150.0);
    between("return on ad spend", revenue / cost, 2.0, 6.0);
    between("megabytes", observation_csv(&made.observation).len() as f64 / 1e6, 1.0, 3.0);
    let rates = made.truth.cvr.iter().filter(|&&rate| (0.002..0.08).contains(&rate)).count();
    between("share of rates that are usual", rates as f64 / 400.0, 0.8, 1.0);
}

#[test]
fn traffic_has_a_heavy_head_and_a_long_tail() {
    let made = account(|_| ());
    let counts = made.observation.to_counts();
    let mut clicks = counts.by_term(&counts.cells.clicks);
    let conversions = counts.by_term(&counts.cells.conversions);
    let without = conversions.iter().filter(|&&count| count < 0.5).count();
    assert!(without > 60, "only {without} of 400 terms without a conversion");
    clicks.sort_by(|a, b| b.total_cmp(a));
    assert!(sum(&clicks[..40]) > 0.5 * sum(&clicks));
    assert!(clicks[0] < 0.2 * sum(&clicks));
}

#[test]
fn rows_are_what_a_platform_would_report() {
    let made = account(|_| ());
    let rows = &made.observation.rows;
    let whole_cents = |value: f64| ((value * 100.0).round() / 100.0 - value).abs() < 1e-8;
    let mut odd = 0;
    for row in 0..rows.len() {
        let cell = rows.cell(row);
        assert!(cell.impressions > 0.0, "a week without impressions has no row");
        assert!(cell.max_cpc >= 0.01 && whole_cents(cell.max_cpc));
        assert!(whole_cents(cell.cost) && whole_cents(cell.revenue));
        assert!((cell.clicks > 0.0) == (cell.cost > 0.0));
        assert!(cell.conversions <= cell.clicks && cell.conversions.fract() == 0.0);
        assert!((cell.conversions > 0.0) == (cell.revenue > 0.0));
        odd += usize::from(cell.clicks > cell.impressions);
    }
    assert!(odd > 0 && odd * 100 < rows.len(), "{odd} rows with more clicks than impressions");
    assert!(rows.len() < 400 * 78, "some weeks are missing");
}

#[test]
fn some_terms_are_paused_and_some_are_new() {
    let made = account(|_| ());
    let counts = made.observation.to_counts();
    let last_weeks = |term: usize| {
        let range = counts.cells.offsets[term]..counts.cells.offsets[term + 1];
        counts.cells.period[range].iter().all(|&week| week >= 70)
    };
    let paused: Vec<usize> = (0..400).filter(|&term| counts.terms[term].status == Status::Paused).collect();
    assert!((3..40).contains(&paused.len()), "{} paused", paused.len());
    assert!(paused.iter().all(|&term| made.truth.current_spend[term] == 0.0));
    let new = (0..400).filter(|&term| last_weeks(term)).count();
    assert!((8..60).contains(&new), "{new} new");
}

#[test]
fn fractional_conversions_are_hundredths() {
    let made = account(|settings| settings.fractional = true);
    let conversions = &made.observation.rows.conversions;
    assert!(conversions.iter().any(|count| count.fract() > 0.0));
    assert!(conversions.iter().all(|count| ((count * 100.0).round() / 100.0 - count).abs() < 1e-12));
}

#[test]
fn a_weekly_budget_sets_the_scale() {
    let made = account(|settings| {
        (settings.weekly_budget, settings.lever_moves, settings.terms) = (Some(5_000.0), 0.0, 500);
    });
    // without moves only paused terms are missing from what was asked for
    let spend = sum(&made.truth.current_spend);
    assert!(spend > 4_000.0 && spend <= 5_000.0 + 1e-6, "{spend}");
}

#[test]
fn the_start_is_misallocated_as_stated() {
    let of = |misallocation| {
        account(|settings| {
            (settings.misallocation, settings.lever_moves, settings.weeks) = (misallocation, 0.0, 2);
        })
        .truth
    };
    let correlation = |truth: &Truth, with: &dyn Fn(usize) -> f64| {
        let points: Vec<(f64, f64)> = (0..truth.terms.len())
            .map(|term| ((truth.current_spend[term] / truth.reference_spend[term]).ln(), with(term).ln()))
            .collect();
        let n = points.len() as f64;
        let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / n, y + point.1 / n));
        points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>() / n
    };
    let volume = of(Misallocation::Volume);
    assert!(volume.current_spend.iter().zip(&volume.reference_spend).all(|(now, at)| (now / at - 1.0).abs() < 1e-12));
    let inverted = of(Misallocation::Inverted);
    assert!(correlation(&inverted, &|term| inverted.value_per_click(term) / inverted.cpc[term]) < -0.1);
    let heavy = of(Misallocation::TopHeavy);
    assert!(correlation(&heavy, &|term| heavy.demand[term]) > 0.1);
    let scattered = of(Misallocation::Scattered);
    let value = correlation(&scattered, &|term| scattered.value_per_click(term) / scattered.cpc[term]);
    assert!(value.abs() < 0.1, "{value}");
}

/// Log traffic falls with log rank by the exponent; the top is left out, where ranks are draws of a few, and what is cut off is beyond.
#[test]
fn traffic_follows_zipf_where_asked() {
    for exponent in [0.7, 1.0, 1.3] {
        let made = account(|settings| (settings.terms, settings.zipf) = (4_000, Some(exponent)));
        let mut demand = made.truth.demand.clone();
        demand.sort_unstable_by(|a, b| b.total_cmp(a));
        let slope = (demand[40] / demand[2_000]).ln() / (2_001.0_f64 / 41.0).ln();
        // the rank of the 41st of 4,000 draws is known to 1/√41 of itself: ± 0.16 of a log, over 3.9, three times
        assert!((slope - exponent).abs() < 3.0 * 0.16 / 3.9 * exponent, "{exponent}: {slope:.3}");
        let mean = sum(&demand) / 4_000.0;
        assert!((20.0..120.0).contains(&mean), "{exponent}: {mean:.1} clicks a term");
    }
}

#[test]
fn match_types_can_be_switched_off() {
    let made = account(|settings| settings.match_types = false);
    assert!(made.truth.terms.iter().all(|key| key.match_type.as_deref() == Some("exact")));
}

#[test]
fn without_season_and_noise_of_the_account_demand_does_not_turn_with_the_year() {
    let swing = |season: f64| {
        let made = account(|settings| (settings.season, settings.weeks) = (season, 104));
        // the week of the peak against that of the trough, both years
        let year = |from: usize| (made.truth.season[from + 47] / made.truth.season[from + 21]).ln();
        0.5 * (year(0) + year(52))
    };
    // noise of 3% in each of four weeks
    assert!(swing(0.0).abs() < 3.0 * 0.03 && swing(0.4) > 0.6, "{} {}", swing(0.0), swing(0.4));
}
