//! Limits that contradict each other: the changes told work, are the smallest, and name nothing else.

use super::limits::{attempt, campaign_limit, cents_of, raised_campaign};
use super::*;

fn refused(account: &Account, settings: &PolicySettings) -> (String, NamedRelaxation) {
    let error = attempt(account, settings).expect_err("no plan satisfies these limits");
    (error.to_string(), error.relaxation().expect("limits that contradict each other"))
}

#[test]
fn a_turnover_limit_that_the_budget_forces_over_is_named_with_the_money_it_takes() {
    let account = account(None);
    let now = attempt(&account, &settings()).unwrap().summary.budget;
    let with = |limit: f64| {
        let turnover = TurnoverSettings { limit: Some(limit), ..TurnoverSettings::default() };
        // the change limits ask for 70% of twice of today from every term
        PolicySettings { budget: Some(cents_of(2.0 * now)), turnover, ..settings() }
    };
    let (text, relaxation) = refused(&account, &with(10.0));
    let [change] = relaxation.changes.as_slice() else { panic!("{relaxation:?}") };
    assert_eq!((change.source.as_str(), change.from), ("`limits.max_turnover`", 10.0));
    assert!(text.contains("turnover (`limits.max_turnover`) is 10.00"), "{text}");
    assert!((relaxation.total - (change.to - 10.0)).abs() < 1e-9, "{relaxation:?}");
    assert!(attempt(&account, &with(change.to)).is_ok(), "{relaxation:?}");
    assert!(attempt(&account, &with(change.to - 0.05)).is_err(), "{relaxation:?}");
}

#[test]
fn a_rule_above_the_budget_and_a_campaign_limit_gives_way_to_both_at_once() {
    let account = account(None);
    let free = attempt(&account, &settings()).unwrap();
    let budget = free.summary.budget;
    let largest = (0..account.baseline.spend.len())
        .max_by(|&a, &b| account.baseline.spend[a].total_cmp(&account.baseline.spend[b]))
        .unwrap();
    let key = &account.counts.terms[largest].key;
    let campaign = free.campaigns.iter().find(|campaign| campaign.campaign == key.campaign).unwrap();
    let with = |lower: f64, upper: f64| {
        let rule = TermRule {
            term: Some(key.term.clone()),
            campaign: key.campaign.clone(),
            match_type: key.match_type.clone(),
            lower: Some(lower),
            upper: Some(4.0 * budget),
            ..TermRule::default()
        };
        let group = GroupLimit { campaign: key.campaign.clone(), upper: Some(upper), ..GroupLimit::default() };
        PolicySettings { rules: vec![rule], groups: vec![group], ..settings() }
    };
    let (lower, upper) = (cents_of(1.5 * budget), cents_of(campaign.current_spend));
    let (text, relaxation) = refused(&account, &with(lower, upper));
    // a unit off the rule does for the budget and for the campaign: raising the budget would be a change too many
    let to = |source: &str| relaxation.changes.iter().find(|change| change.source == source).map(|change| change.to);
    assert!(to("`plan.budget`, `--budget`").is_none(), "{relaxation:?}");
    let rule = to("`limits.terms` 1").unwrap();
    assert!(text.contains("`limits.terms` 1"), "{text}");
    // what the campaign gives way is taken off what the rule would have to
    let alone = lower - (upper - 0.7 * (campaign.current_spend - account.baseline.spend[largest]));
    assert!((relaxation.total / alone - 1.0).abs() < 0.02, "{alone}: {relaxation:?}");
    assert!(attempt(&account, &with(rule, to("`limits.groups` 1").unwrap_or(upper))).is_ok(), "{relaxation:?}");
}

#[test]
fn only_limits_that_give_way_are_named() {
    let account = account(None);
    let free = attempt(&account, &settings()).unwrap();
    let campaign = raised_campaign(&free);
    let lower = Some(cents_of(3.0 * campaign.current_spend));
    let groups = vec![GroupLimit { lower, ..campaign_limit(campaign) }];
    let (text, relaxation) = refused(&account, &PolicySettings { groups, ..settings() });
    assert!(text.contains("`limits.groups` 1") && !text.contains("max_change"), "{text}");
    assert!(relaxation.needs.is_empty(), "{relaxation:?}");
    // terms that the campaign's limit is too small for ask for no more than their change limits, all alike
    let upper = Some(cents_of(0.5 * campaign.current_spend));
    let groups = vec![GroupLimit { upper, ..campaign_limit(campaign) }];
    let (text, relaxation) = refused(&account, &PolicySettings { groups, ..settings() });
    assert!(text.contains("`limits.groups` 1") && !text.contains("max_change"), "{text}");
    assert!(relaxation.needs.is_empty(), "{relaxation:?}");
}
