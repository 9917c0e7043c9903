use super::{account, sum};
use crate::domain::Date;
use crate::simulate::{SimulateSettings, observation_csv, simulate, truth_csv};

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
    assert!(refused(|s| s.group_drift = 0.3).starts_with("`group_drift` is 0.3"));
    assert!(refused(|s| s.common_drift = -0.1).starts_with("`common_drift` is -0.1"));
    assert!(refused(|s| s.dispersion = 2.5).starts_with("`dispersion` is 2.5"));
    assert!(refused(|s| s.delay = f64::INFINITY).starts_with("`delay` is inf"));
    assert!(refused(|s| s.value_tail = 0.5).starts_with("`value_tail` is 0.5"));
    assert_eq!(refused(|s| s.exports = 0), "`exports` is 0, but it lies between 1 and the number of weeks");
    assert!(refused(|s| s.exports = 79).starts_with("`exports` is 79"));
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

#[test]
fn enormous_and_tiny_budgets_stay_finite() {
    for budget in [1e-9, 1e12] {
        let made = account(|settings| {
            settings.weekly_budget = Some(budget);
            settings.terms = 60;
            settings.weeks = 8;
        });
        let rows = &made.observation.rows;
        for measure in [&rows.clicks, &rows.cost, &rows.conversions, &rows.revenue] {
            assert!(measure.iter().all(|value| value.is_finite() && *value >= 0.0));
        }
        assert!(rows.impressions.iter().all(|shown| shown.is_finite()));
    }
}

#[test]
fn the_observation_knows_no_truth() {
    let source = include_str!("../observation.rs");
    assert!(!source.contains("truth::") && !source.contains("account::") && !source.contains("history::"));
}
