use super::*;
use crate::counts::Counts;
use crate::domain::{Date, Status, TermKey};
use std::collections::{HashMap, HashSet};

fn account(change: impl FnOnce(&mut SimulateSettings)) -> Simulated {
    let mut settings = SimulateSettings::default();
    change(&mut settings);
    simulate(&settings).expect("the settings are in range")
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

fn on_threads(threads: usize, settings: &SimulateSettings) -> Simulated {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool can be built");
    pool.install(|| simulate(settings)).expect("the settings are in range")
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let settings = SimulateSettings { terms: 300, weeks: 20, ..SimulateSettings::default() };
    let (one, three) = (on_threads(1, &settings), on_threads(3, &settings));
    assert_eq!(one, three);
    assert_eq!(observation_csv(&one.observation), observation_csv(&three.observation));
    assert_eq!(truth_csv(&one.truth), truth_csv(&three.truth));
}

#[test]
fn another_seed_gives_another_account() {
    let change = |seed| move |settings: &mut SimulateSettings| settings.seed = seed;
    assert_ne!(account(change(1)).observation.rows, account(change(2)).observation.rows);
}

#[test]
fn more_terms_leave_the_first_ones_as_they_were() {
    let of = |terms| account(|settings| (settings.terms, settings.campaigns, settings.weeks) = (terms, Some(8), 12));
    let (small, large) = (of(150), of(260));
    let histories = |made: &Simulated| {
        let rows = &made.observation.rows;
        let mut histories: HashMap<TermKey, (f64, Vec<Cell>)> = HashMap::new();
        for row in 0..rows.len() {
            let term = rows.term[row] as usize;
            let entry = histories.entry(made.truth.terms[term].clone());
            entry.or_insert_with(|| (made.truth.cvr[term], Vec::new())).1.push(rows.cell(row));
        }
        histories
    };
    let (before, after) = (histories(&small), histories(&large));
    assert_eq!(before.len(), 150);
    assert_eq!(after.len(), 260);
    assert!(before.iter().all(|(key, history)| after.get(key) == Some(history)));
}

#[test]
fn keys_are_unique_sorted_and_shared_by_truth_and_counts() {
    for (terms, campaigns) in [(1, None), (2, None), (400, None), (3000, Some(1)), (2000, Some(700))] {
        let made = account(|settings| (settings.terms, settings.campaigns, settings.weeks) = (terms, campaigns, 2));
        let distinct: HashSet<&TermKey> = made.truth.terms.iter().collect();
        assert_eq!(distinct.len(), terms);
        assert!(made.truth.terms.is_sorted());
        let counts = made.observation.to_counts();
        assert!(counts.terms.iter().map(|term| &term.key).eq(&made.truth.terms));
        let names: HashSet<&String> = made.truth.campaigns.iter().map(|campaign| &campaign.name).collect();
        assert_eq!(names.len(), made.truth.campaigns.len());
    }
}

#[test]
fn terms_read_like_searches() {
    let made = account(|settings| settings.weeks = 1);
    let words: Vec<usize> = made.truth.terms.iter().map(|key| key.term.split(' ').count()).collect();
    assert!(words.iter().all(|&count| (1..=9).contains(&count)));
    let several = words.iter().filter(|&&count| count > 1).count();
    assert!(several * 10 > words.len() * 9, "{several} of {} have several words", words.len());
    for key in &made.truth.terms {
        assert_eq!(key.term, key.term.to_lowercase());
        assert!(matches!(key.match_type.as_deref(), Some("exact" | "phrase" | "broad")));
        assert!(key.campaign.is_some() && key.ad_group.is_some());
    }
}

#[test]
fn only_the_brand_campaign_is_labelled() {
    let made = account(|settings| settings.weeks = 1);
    for term in &made.observation.terms {
        let brand = term.key.campaign.as_deref() == Some("Brand");
        assert_eq!(term.label.as_deref(), brand.then_some("brand"));
    }
    assert!(made.observation.terms.iter().any(|term| term.label.is_some()));
}

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

/// Expected conversions given the clicks, and their variance.
fn expected_conversions(made: &Simulated, counts: &Counts) -> (f64, f64) {
    let clicks = counts.by_term(&counts.cells.clicks);
    let mean = clicks.iter().zip(&made.truth.cvr).map(|(clicks, rate)| clicks * rate).sum();
    (mean, mean)
}

#[test]
fn rates_and_order_values_are_recovered_on_average() {
    for fractional in [false, true] {
        let made = account(|settings| (settings.drift, settings.fractional) = (0.0, fractional));
        let counts = made.observation.to_counts();
        let conversions = counts.by_term(&counts.cells.conversions);
        let (mean, variance) = expected_conversions(&made, &counts);
        // four standard deviations of a Poisson count; shares only make it steadier
        assert!((sum(&conversions) - mean).abs() < 4.0 * variance.sqrt(), "{} for {mean}", sum(&conversions));
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
    let made = account(|settings| (settings.season, settings.drift, settings.lever_moves) = (0.0, 0.0, 20.0));
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
fn rows_are_what_a_platform_would_report() {
    let made = account(|_| ());
    let rows = &made.observation.rows;
    let whole_cents = |value: f64| ((value * 100.0).round() - value * 100.0).abs() < 1e-6;
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
        account(|settings| (settings.misallocation, settings.lever_moves, settings.weeks) = (misallocation, 0.0, 2)).truth
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

#[test]
fn plans_are_scored_on_the_true_curves() {
    let truth = account(|settings| settings.weeks = 1).truth;
    let at_reference = truth.expected(&truth.reference_spend).expect("a full plan");
    assert!((at_reference.clicks / sum(&truth.demand) - 1.0).abs() < 1e-12);
    assert!((at_reference.spend / sum(&truth.reference_spend) - 1.0).abs() < 1e-12);
    let profit = 0.35 * at_reference.revenue - at_reference.spend;
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

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let refused = |change: fn(&mut SimulateSettings)| {
        let mut settings = SimulateSettings::default();
        change(&mut settings);
        let error = simulate(&settings).expect_err("the setting is out of range");
        assert!(error.hint().is_some());
        error.to_string()
    };
    assert_eq!(refused(|s| s.terms = 0), "`terms` is 0, but it lies between 1 and 5000000");
    assert!(refused(|s| s.terms = usize::MAX).starts_with("`terms` is "));
    assert!(refused(|s| s.campaigns = Some(0)).starts_with("`campaigns` is 0"));
    assert!(refused(|s| s.campaigns = Some(401)).starts_with("`campaigns` is 401"));
    assert!(refused(|s| s.weeks = 0).starts_with("`weeks` is 0"));
    assert!(refused(|s| s.weeks = 1_041).starts_with("`weeks` is 1041"));
    assert!(refused(|s| s.margin = Some(0.0)).starts_with("`margin` is 0"));
    assert!(refused(|s| s.margin = Some(f64::NAN)).starts_with("`margin` is NaN"));
    assert!(refused(|s| s.weekly_budget = Some(-5.0)).starts_with("`weekly_budget` is -5"));
    assert!(refused(|s| s.currency = String::new()).starts_with("`currency` is \"\""));
    assert!(refused(|s| s.drift = f64::NAN).starts_with("`drift` is NaN"));
    assert!(refused(|s| s.season = 0.6).starts_with("`season` is 0.6"));
    assert!(refused(|s| s.lever_moves = -1.0).starts_with("`lever_moves` is -1"));
    assert!(refused(|s| s.start = Date::MAX).starts_with("`start` is "));
    let tuesday = refused(|s| s.start = Date::from_ymd_opt(2024, 1, 2).expect("a date"));
    assert_eq!(tuesday, "`start` is 2024-01-02, a Tue, but weeks start on Monday");
}

#[test]
fn the_default_start_is_a_monday() {
    use chrono::Datelike;
    assert_eq!(SimulateSettings::default().start.weekday(), chrono::Weekday::Mon);
}

#[test]
fn the_shortest_and_smallest_accounts_work() {
    for (terms, weeks) in [(1, 1), (1, 6), (5, 7), (50, 1)] {
        let made = account(|settings| (settings.terms, settings.weeks) = (terms, weeks));
        assert_eq!(made.observation.terms.len(), terms);
        assert_eq!(made.observation.weeks.len(), weeks);
        let counts = made.observation.to_counts();
        assert!(counts.cells.offsets.windows(2).all(|range| range[0] < range[1]), "every term has a row");
        assert!(made.truth.demand.iter().all(|demand| demand.is_finite() && *demand > 0.0));
    }
}

#[test]
fn tables_are_quoted_and_complete() {
    let mut made = account(|settings| (settings.terms, settings.weeks) = (30, 4));
    made.observation.terms[0].key.term = "shoes, \"wide\"".to_owned();
    made.truth.terms[0].term = "shoes, \"wide\"".to_owned();
    let (account, truth) = (observation_csv(&made.observation), truth_csv(&made.truth));
    assert!(account.starts_with("term,match_type,campaign,ad_group,label,status,week,impressions,clicks,cost,"));
    assert_eq!(account.lines().count(), made.observation.rows.len() + 1);
    assert!(account.lines().nth(1).expect("has rows").starts_with("\"shoes, \"\"wide\"\"\","));
    assert!(account.lines().skip(2).filter(|line| !line.contains('"')).all(|line| line.matches(',').count() == 14));
    assert!(truth.starts_with("term,match_type,campaign,ad_group,cvr,value,cpc,elasticity,demand,"));
    assert_eq!(truth.lines().count(), 31);
    let parsed: f64 = account
        .lines()
        .skip(1)
        .map(|line| line.rsplit(',').nth(5).expect("has a cost column").parse::<f64>().expect("is a number"))
        .sum();
    assert!((parsed - sum(&made.observation.rows.cost)).abs() < 0.005);
}

#[test]
fn no_margin_means_no_margin_column_and_no_profit() {
    let made = account(|settings| (settings.margin, settings.weeks) = (None, 2));
    assert!(!observation_csv(&made.observation).lines().next().expect("has a header").contains("margin"));
    assert_eq!(made.truth.expected(&made.truth.current_spend).expect("a full plan").profit, None);
}
