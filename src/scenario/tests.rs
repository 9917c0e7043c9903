//! Scenarios on a simulated account, held against full plans and against what they suppose.

mod added;

use super::*;
use crate::counts::{Baseline, Counts};
use crate::domain::{Coin, Objective, TermKey};
use crate::estimate::{EstimateSettings, Posterior, estimate};
use crate::recommend::{Change, ClassLimit, FrontierKind, TermSelector, plan, resolve_budget};
use crate::response::{ResponseSettings, Responses, respond};
use crate::simulate::{SimulateSettings, simulate};

struct Account {
    counts: Counts,
    baseline: Baseline,
    posterior: Posterior,
    responses: Responses,
    response: ResponseSettings,
    budget: f64,
    policy: PolicySettings,
}

fn policy() -> PolicySettings {
    PolicySettings { draws: 60, ..PolicySettings::default() }
}

fn account(policy: PolicySettings) -> Account {
    account_with(policy, &[])
}

/// The same account with terms that scenarios add.
fn account_with(policy: PolicySettings, added: &[AddedTerm]) -> Account {
    let settings =
        SimulateSettings { terms: 150, weeks: 60, seed: 5, margin: Some(0.4), ..SimulateSettings::default() };
    let mut counts = simulate(&settings).unwrap().observation.to_counts();
    let terms: Vec<_> = added.iter().map(|added| added.term(&counts)).collect();
    counts.add_terms(terms);
    let baseline = Baseline::new(&counts, 4);
    let posterior = estimate(&counts, &EstimateSettings { level: 0.9, ..EstimateSettings::default() }).unwrap();
    let budget = resolve_budget(&counts, &baseline, &policy).unwrap();
    let response = ResponseSettings::default();
    let responses = respond(&counts, &baseline, budget, &response);
    Account { counts, baseline, posterior, responses, response, budget, policy }
}

impl Account {
    fn fit(&self) -> Fit<'_> {
        Fit {
            counts: &self.counts,
            baseline: &self.baseline,
            posterior: &self.posterior,
            responses: &self.responses,
            response: &self.response,
            budget: self.budget,
            policy: &self.policy,
        }
    }

    fn scenario(&self, name: &str) -> Scenario {
        let own = OwnEntries::default();
        Scenario {
            name: name.to_owned(),
            policy: self.policy.clone(),
            budget_ratio: None,
            week: None,
            add: Vec::new(),
            own,
        }
    }

    fn compared(&self, scenarios: &[Scenario]) -> Vec<Compared> {
        compare(&self.fit(), scenarios).unwrap().plans
    }

    /// A campaign with some terms that are paid for.
    fn campaign(&self) -> String {
        let spend = |at: &usize| self.responses.current_spend[*at];
        let most = (0..self.counts.terms.len()).max_by(|one, other| spend(one).total_cmp(&spend(other))).unwrap();
        self.counts.terms[most].key.campaign.clone().unwrap()
    }
}

#[test]
fn a_scenario_that_changes_nothing_is_the_base_plan() {
    let account = account(policy());
    let plans = account.compared(&[account.scenario("same")]);
    let (base, same) = (&plans[0], &plans[1]);
    assert_eq!((same.spend, same.profit, same.moved, same.terms_moved), (base.spend, base.profit, 0.0, 0));
    assert_eq!(same.difference, Figure { mean: Some(0.0), lower: Some(0.0), upper: Some(0.0) });
    assert_eq!((same.probability_more, same.kept), (None, base.profit.mean));
    assert_eq!(base.difference, Figure::default());
    assert!(same.identical() && !base.identical());
}

#[test]
fn a_plan_among_scenarios_is_the_plan_alone() {
    let account = account(policy());
    let more = Scenario { budget_ratio: Some(1.25), ..account.scenario("more") };
    let revenue = Scenario {
        policy: PolicySettings { objective: Some(Objective::Revenue), ..policy() },
        ..account.scenario("for revenue")
    };
    let plans = account.compared(&[more.clone(), revenue.clone()]);
    for (scenario, among) in [more, revenue].iter().zip(&plans[1..]) {
        let budget = scenario.budget(account.budget, Coin::default());
        let responses = respond(&account.counts, &account.baseline, budget, &account.response);
        let Account { counts, baseline, posterior, .. } = &account;
        let alone = plan(counts, baseline, posterior, &responses, budget, &scenario.policy).unwrap();
        let summary = &alone.summary;
        assert_eq!((among.budget, among.objective), (summary.budget, summary.objective));
        // curves of terms without spend are rescaled instead of made anew: rounding of a division, a cent of spend at most
        let near = |one: f64, other: f64, tolerance: f64| assert!((one - other).abs() <= tolerance, "{one} {other}");
        near(among.spend, summary.spend, 0.011);
        near(among.conversions.mean.unwrap(), summary.planned.conversions, 1e-6 * summary.planned.conversions);
        near(among.revenue.mean.unwrap(), summary.planned.revenue.unwrap(), 1e-6 * summary.planned.revenue.unwrap());
        near(among.revenue.lower.unwrap(), summary.planned_p05.unwrap().revenue.unwrap(), 1e-4 * among.spend);
    }
}

#[test]
fn dearer_clicks_and_more_searches_move_every_point_of_a_curve() {
    let account = account(policy());
    let terms = account.counts.terms.len();
    let (demand, cpc) = (vec![1.3; terms], vec![1.1; terms]);
    let other = account.responses.what_if(&demand, &cpc);
    for term in 0..terms {
        for x in [0.01, 0.4, 3.0, 50.0, 900.0] {
            let wanted = 1.3 * account.responses.curves[term].value(x / (1.1 * 1.3));
            let found = other.curves[term].value(x);
            // a power of a product against the product of powers: rounding
            assert!((found - wanted).abs() <= 1e-12 * wanted, "term {term} at {x}: {found} for {wanted}");
        }
        assert_eq!(other.current_spend[term], account.responses.current_spend[term]);
        assert!((other.free_clicks[term] - 1.3 * account.responses.free_clicks[term]).abs() < 1e-12);
    }
}

#[test]
fn factors_on_rate_and_value_multiply_outcomes() {
    let account = account(policy());
    let with = |change: Change| {
        let policy = PolicySettings { changes: vec![change], objective: Some(Objective::Revenue), ..policy() };
        Scenario { policy, ..account.scenario("x") }
    };
    let rate = with(Change { conversion_rate: Some(0.8), ..Change::default() });
    let value = with(Change { value: Some(1.5), ..Change::default() });
    let same = with(Change { margin: Some(0.5), ..Change::default() });
    let plans = account.compared(&[
        Scenario { name: "rate".to_owned(), ..rate },
        Scenario { name: "value".to_owned(), ..value },
        Scenario { name: "same".to_owned(), ..same },
    ]);
    // revenue of the whole account is scaled, so the split stays what it is
    let (rate, value, same) = (&plans[1], &plans[2], &plans[3]);
    for (one, other) in [
        (rate.revenue.mean.unwrap(), 0.8 * same.revenue.mean.unwrap()),
        (rate.revenue.upper.unwrap(), 0.8 * same.revenue.upper.unwrap()),
        (rate.conversions.mean.unwrap(), 0.8 * same.conversions.mean.unwrap()),
        (value.revenue.lower.unwrap(), 1.5 * same.revenue.lower.unwrap()),
        (value.conversions.mean.unwrap(), same.conversions.mean.unwrap()),
    ] {
        // the split itself may differ by cents
        assert!((one / other - 1.0).abs() < 1e-5, "{one} {other}");
    }
    let margin = same.profit.mean.unwrap() + same.spend;
    assert!((margin - 0.5 * 0.4 * same.revenue.mean.unwrap()).abs() < 1e-6 * margin, "half of a margin of 40%");
}

#[test]
fn excluded_terms_get_nothing_and_the_rest_the_budget() {
    let far = PolicySettings { objective: Some(Objective::Revenue), max_change: 1e3, ..policy() };
    let account = account(far);
    let campaign = account.campaign();
    let excluded = vec![TermSelector { campaign: Some(campaign.clone()), ..TermSelector::default() }];
    let policy = PolicySettings { excluded, ..account.policy.clone() };
    let without = Scenario { policy, ..account.scenario("without") };
    let plans = account.compared(&[without]);
    let plan = &plans[1];
    assert!((plan.spend + plan.unallocated - account.budget).abs() < 0.005, "{plan:?}");
    let named = |term: usize| account.counts.terms[term].key.campaign.as_deref() == Some(campaign.as_str());
    let gone: Vec<_> = plan.moves.iter().filter(|moved| named(moved.term)).collect();
    assert!(!gone.is_empty() && gone.iter().all(|moved| moved.spend == 0.0 && moved.binding == "paused"));
    assert!(plan.difference.mean.unwrap() < 0.0, "fewer terms never bring more");
}

#[test]
fn planning_anew_never_brings_less_than_the_base_plans_spends() {
    let account = account(policy());
    let campaign = account.campaign();
    let change = |factor: f64| Change { campaign: Some(campaign.clone()), cpc: Some(factor), ..Change::default() };
    let scenarios: Vec<Scenario> = [0.7, 1.2, 1.8]
        .into_iter()
        .map(|factor| Scenario {
            policy: PolicySettings { changes: vec![change(factor)], ..policy() },
            ..account.scenario(&format!("{factor}"))
        })
        .collect();
    for plan in &account.compared(&scenarios)[1..] {
        let (anew, kept) = (plan.profit.mean.unwrap(), plan.kept.unwrap());
        // rounding to cents
        assert!(anew >= kept - 0.01 * plan.certificate.objective.abs().max(1.0) * 1e-4, "{}: {anew} {kept}", plan.name);
        let [lower, upper] = [plan.difference.lower, plan.difference.upper].map(Option::unwrap);
        assert!(lower <= plan.difference.mean.unwrap() + 1.0 && upper + 1.0 >= plan.difference.mean.unwrap());
    }
}

#[test]
fn a_scenario_is_the_same_among_others_and_alone() {
    let account = account(policy());
    let cut = Scenario { budget_ratio: Some(0.8), ..account.scenario("cut") };
    let many: Vec<Scenario> = (0..6)
        .map(|at| Scenario { budget_ratio: Some(0.5 + 0.1 * f64::from(at)), ..account.scenario(&at.to_string()) })
        .chain([cut.clone()])
        .collect();
    assert_eq!(account.compared(&many).pop(), account.compared(&[cut]).pop());
}

#[test]
fn a_limit_of_its_own_holds_and_is_named() {
    let account = account(PolicySettings { objective: Some(Objective::Revenue), ..policy() });
    let campaign = account.campaign();
    let class = ClassLimit { campaign: Some(campaign.clone()), upper_share: Some(0.03), ..ClassLimit::default() };
    let policy = PolicySettings { classes: vec![class], max_change: 0.9, ..account.policy.clone() };
    let own = OwnEntries { classes: 1, ..OwnEntries::default() };
    let capped = Scenario { policy, own, ..account.scenario("capped") };
    let plan = account.compared(&[capped]).pop().unwrap();
    let limit = plan.limits.iter().find(|limit| limit.name == campaign).unwrap();
    // rounding to cents
    assert!(limit.planned.unwrap() <= 0.03 * plan.spend + 0.01 && limit.binds == "upper", "{limit:?}");
    assert!(limit.worth.unwrap() > 0.0);
}

#[test]
fn names_that_match_nothing_are_refused_with_their_place() {
    let account = account(policy());
    let nobody = TermSelector { campaign: Some("nobody".to_owned()), ..TermSelector::default() };
    let change = Change { label: Some("none".to_owned()), cpc: Some(1.1), ..Change::default() };
    let class = ClassLimit { label: Some("none".to_owned()), upper: Some(5.0), ..ClassLimit::default() };
    let own = OwnEntries { classes: 1, ..OwnEntries::default() };
    let cases = [
        (PolicySettings { excluded: vec![nobody], ..policy() }, OwnEntries::default(), "exclude[0]"),
        (PolicySettings { changes: vec![change], ..policy() }, OwnEntries::default(), "change[0]"),
        (PolicySettings { classes: vec![class], ..policy() }, own, "limits.classes[0]"),
        (PolicySettings { margin: Some(0.3), ..policy() }, OwnEntries::default(), "margin"),
    ];
    for (policy, own, at) in cases {
        let scenario = Scenario { policy, own, ..account.scenario("odd") };
        let error = compare(&account.fit(), &[account.scenario("fine"), scenario]).unwrap_err();
        assert_eq!((error.index, error.name.as_str(), error.at.as_str()), (Some(1), "odd", at), "{error}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn contradictory_limits_are_told_with_the_relaxation() {
    let account = account(policy());
    let limit = |lower, upper| ClassLimit {
        campaign: Some(account.campaign()),
        lower_share: lower,
        upper_share: upper,
        ..ClassLimit::default()
    };
    let classes = vec![limit(Some(0.5), None), limit(None, Some(0.1))];
    let own = OwnEntries { classes: 2, ..OwnEntries::default() };
    let scenario = Scenario { policy: PolicySettings { classes, ..policy() }, own, ..account.scenario("odd") };
    let error = compare(&account.fit(), &[scenario]).unwrap_err();
    let ScenarioReason::Plan(error) = &error.reason else { panic!("{error}") };
    assert!(error.relaxation().is_some(), "{error}");
}

#[test]
fn another_delay_is_another_fit_and_moves_the_terms_that_it_is_about() {
    let account = account(PolicySettings { objective: Some(Objective::Revenue), ..policy() });
    let mut asked = std::cell::RefCell::new(Vec::new());
    let refit = |table: Vec<f64>| {
        asked.borrow_mut().push(table.clone());
        let delay = crate::estimate::DelaySettings::with_table(table).unwrap();
        let settings = EstimateSettings { level: 0.9, delay, ..EstimateSettings::default() };
        Some(estimate(&account.counts, &settings).unwrap().rate.mean)
    };
    let scenarios = delay_sensitivity(&account.posterior, Objective::Revenue, &account.policy, refit);
    assert_eq!((scenarios.len(), asked.get_mut().as_slice()), (1, &[vec![0.9, 1.0]][..]));
    // late conversions are conversions: no rate falls, and by a tenth in one of sixty weeks none rises by more than that
    assert!(scenarios[0].policy.rates.iter().all(|factor| (1.0 - 1e-9..1.12).contains(factor)));
    let plans = account.compared(&scenarios);
    assert!(plans[1].difference.mean.unwrap() > 0.0 && plans[1].terms_moved > 0);
    // the outcome under the supposition is that of a plan made from the other fit
    let delay = crate::estimate::DelaySettings::with_table(vec![0.9, 1.0]).unwrap();
    let settings = EstimateSettings { level: 0.9, delay, ..EstimateSettings::default() };
    let other = estimate(&account.counts, &settings).unwrap();
    let policy = PolicySettings { objective: Some(Objective::Conversions), ..account.policy.clone() };
    let fitted = plan(&account.counts, &account.baseline, &other, &account.responses, account.budget, &policy).unwrap();
    let supposed = Scenario {
        policy: PolicySettings { rates: scenarios[0].policy.rates.clone(), ..policy },
        ..account.scenario("delay")
    };
    let plans = account.compared(&[supposed]);
    let (one, two) = (fitted.summary.planned.conversions, plans[1].conversions.mean.unwrap());
    assert!((one - two).abs() < 1e-6 * one, "{one} {two}");
}

#[test]
fn half_as_much_again_to_come_is_half_as_much_again_of_what_is_known() {
    let account = account(PolicySettings { objective: Some(Objective::Revenue), ..policy() });
    let mut posterior = account.posterior.clone();
    posterior.delay.by_age = vec![0.4, 0.7, 0.9, 1.0];
    let tables = std::cell::RefCell::new(Vec::new());
    let refit = |table: Vec<f64>| {
        tables.borrow_mut().push(table);
        Some(posterior.rate.mean.clone())
    };
    assert_eq!(delay_sensitivity(&posterior, Objective::Revenue, &account.policy, refit).len(), 2);
    // of 40 known 60 are to come: 30 and 90 of them
    for (table, factor) in tables.borrow().iter().zip([0.5, 1.5]) {
        for (share, known) in table.iter().zip(&posterior.delay.by_age) {
            let to_come = known * (1.0 / share - 1.0);
            assert!((to_come - factor * (1.0 - known)).abs() < 1e-12, "{table:?}");
        }
    }
}

#[test]
fn campaigns_have_lines_with_bands_and_the_only_campaign_has_the_accounts() {
    let mut account = account(PolicySettings { objective: Some(Objective::Revenue), ..policy() });
    let frontiers = compare(&account.fit(), &[]).unwrap().frontiers;
    assert!(frontiers.campaigns.len() > 1);
    for point in frontiers.campaigns.iter().flat_map(|line| &line.points).filter(|point| point.spend > 0.0) {
        let (low, high) = (point.objective_p05.unwrap(), point.objective_p95.unwrap());
        let revenue = point.outcome.revenue.unwrap();
        assert!(low <= high && (0.5 * low..1.5 * high).contains(&revenue), "{point:?}");
    }
    // one campaign is the account: the same terms, the same draws
    account.counts.terms.iter_mut().for_each(|term| term.key.campaign = None);
    let frontiers = compare(&account.fit(), &[]).unwrap().frontiers;
    let line: Vec<_> = frontiers.account.iter().filter(|point| point.kind == FrontierKind::Budget).collect();
    let own: Vec<_> = frontiers.campaigns[0].points.iter().collect();
    assert_eq!((frontiers.campaigns.len(), own.len()), (1, line.len()));
    for (one, other) in own.iter().zip(&line) {
        // the budget is in cents, what is spent now is not
        let near = |one: f64, other: f64| (one - other).abs() <= 1e-4 * other.abs().max(1.0);
        assert!(near(one.budget, other.budget) && near(one.objective_p05.unwrap(), other.objective_p05.unwrap()));
        assert!(near(one.objective_p95.unwrap(), other.objective_p95.unwrap()), "{one:?} {other:?}");
    }
}
