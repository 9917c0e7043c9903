//! Terms that are added by a scenario.

use super::*;

fn added(account: &Account, term: &str) -> AddedTerm {
    let key = TermKey { term: term.to_owned(), ..account.counts.terms[0].key.clone() };
    AddedTerm {
        key,
        label: None,
        margin: Some(0.4),
        cpc: Some(0.8),
        clicks: Some(250.0),
        conversion_rate: Some(0.5),
        value: Some(60.0),
    }
}

#[test]
fn an_added_term_is_what_is_said_of_it_and_no_other_plan_sees_it() {
    let revenue = || PolicySettings { objective: Some(Objective::Revenue), ..policy() };
    let without = account(revenue());
    let (one, other) = (added(&without, "aardvark boots"), added(&without, "zebra boots"));
    assert_eq!(one.check(&without.counts), Ok(()));
    let account = account_with(revenue(), &[one.clone(), other.clone()]);
    let mut adds = Scenario { add: vec![one.clone()], ..account.scenario("adds") };
    let restarts =
        Scenario { policy: PolicySettings { restart_paused: true, ..revenue() }, ..account.scenario("restarts") };
    adds.suppose_added(&account.fit());
    let plans = account.compared(&[adds.clone(), account.scenario("same"), restarts]);
    let base = &without.compared(&[])[0];
    // terms without data take part in no estimate, but in the order of its sums
    let near = |one: Option<f64>, other: Option<f64>| (one.unwrap() - other.unwrap()).abs() <= 1e-9 * other.unwrap();
    for same in [&plans[0], &plans[2]] {
        assert!(
            near(Some(same.spend), Some(base.spend)) && near(same.revenue.mean, base.revenue.mean),
            "{}",
            same.name
        );
        assert!(near(same.revenue.upper, base.revenue.upper) && same.terms_moved == 0, "{}", same.name);
    }
    // 0.5 conversions of 60 each on 250 (1 − e^(−x / 200)) clicks, and the unit of money that it is taken from
    let moved = plans[1].moves.iter().find(|moved| account.counts.terms[moved.term].key == one.key).unwrap();
    let spend = moved.spend;
    let slope = 0.5 * 60.0 * 250.0 / 200.0 * (-spend / 200.0_f64).exp();
    let price = plans[1].marginal_return.unwrap();
    assert!(spend > 100.0 && spend <= 200.005, "{spend}");
    assert!((slope - price).abs() < 1e-3 * price || (spend - 200.0).abs() < 0.006 && slope > price, "{slope} {price}");
    assert!(plans[1].difference.mean.unwrap() > 0.0);
    let funds =
        |plan: &Compared, key: &TermKey| plan.moves.iter().any(|moved| account.counts.terms[moved.term].key == *key);
    assert!(!funds(&plans[1], &other.key) && !funds(&plans[3], &one.key) && !funds(&plans[3], &other.key));
    // its revenue is what the formula says: all else is what the curves of the other terms have
    let outcome = account_with_plan(&account, &adds);
    let own = outcome.rows.iter().find(|row| row.key == one.key).unwrap();
    let wanted = 0.5 * 60.0 * 250.0 * (1.0 - (-own.recommended_spend / 200.0).exp());
    assert!((own.revenue_plan.unwrap() - wanted).abs() < 1e-6 * wanted, "{:?} {wanted}", own.revenue_plan);
}

fn account_with_plan(account: &Account, scenario: &Scenario) -> crate::recommend::Plan {
    let fit = account.fit();
    let responses = scenario.responses(&fit, account.budget);
    plan(&account.counts, &account.baseline, &account.posterior, &responses, account.budget, &scenario.policy).unwrap()
}

#[test]
fn terms_that_cannot_be_added_are_named() {
    let account = account(policy());
    let known = AddedTerm { key: account.counts.terms[3].key.clone(), ..added(&account, "x") };
    let mut missing = added(&account, "x");
    missing.key.campaign = None;
    let mut foreign = added(&account, "x");
    foreign.key.channel = Some("Google".to_owned());
    assert_eq!(known.check(&account.counts), Err(Unaddable::Known));
    assert_eq!(missing.check(&account.counts), Err(Unaddable::Missing("campaign")));
    assert_eq!(foreign.check(&account.counts), Err(Unaddable::Foreign("channel")));
    let scenario = Scenario { add: vec![added(&account, "fine"), missing], ..account.scenario("adds") };
    let error = scenario.check_added(&account.counts, 7).unwrap_err();
    assert_eq!((error.index, error.at.as_str()), (Some(7), "add[1]"));
}
