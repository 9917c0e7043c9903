//! Targets and limits of every kind, on a simulated account.

use super::*;
use std::collections::BTreeSet;

/// Cents of rounding, of the plan and of the limit, over a few hundred terms.
const CENTS: f64 = 0.02;

pub(super) fn attempt(account: &Account, settings: &PolicySettings) -> Result<Plan, RecommendError> {
    let budget = resolve_budget(&account.counts, &account.baseline, settings)?;
    let responses = respond(&account.counts, &account.baseline, budget, &ResponseSettings::default());
    plan(&account.counts, &account.baseline, &account.posterior, &responses, budget, settings)
}

/// The campaign that a plan without limits raises most.
pub(super) fn raised_campaign(plan: &Plan) -> &CampaignPlan {
    plan.campaigns.iter().max_by(|a, b| a.change.total_cmp(&b.change)).unwrap()
}

pub(super) fn campaign_limit(campaign: &CampaignPlan) -> GroupLimit {
    GroupLimit { campaign: campaign.campaign.clone(), channel: campaign.channel.clone(), ..GroupLimit::default() }
}

fn row<'a>(plan: &'a Plan, kind: &str) -> &'a LimitRow {
    plan.limits.iter().find(|row| row.kind == kind).unwrap()
}

fn objective(plan: &Plan) -> f64 {
    plan.summary.certificate.objective
}

#[test]
fn a_campaign_limit_holds_is_named_and_is_worth_what_a_unit_more_earns() {
    let account = account(None);
    let free = attempt(&account, &settings()).unwrap();
    let campaign = raised_campaign(&free);
    let upper = cents_of(campaign.current_spend);
    assert!(campaign.recommended_spend > upper + 1.0, "the limit must bind");
    let with = |upper: f64| {
        let groups = vec![GroupLimit { upper: Some(upper), ..campaign_limit(campaign) }];
        attempt(&account, &PolicySettings { groups, ..settings() }).unwrap()
    };
    let plan = with(upper);
    let limit = row(&plan, "campaign limit");
    assert!(limit.planned.unwrap() <= upper + CENTS, "{limit:?}");
    assert_eq!((limit.binds, limit.upper), ("upper", Some(upper)));
    let held = format!("campaign limit (upper): {}", limit.name);
    assert!(plan.rows.iter().any(|row| row.binding == held && row.reason.contains(&held)));
    // central difference over two units of money: the objective is smooth there, so its error is far below 1%
    let worth = 0.5 * (objective(&with(upper + 1.0)) - objective(&with(upper - 1.0)));
    assert!((limit.worth.unwrap() / worth - 1.0).abs() < 0.01, "{limit:?} against {worth}");
    assert_eq!(cents(plan.summary.spend) + cents(plan.summary.unallocated), cents(plan.summary.budget));
}

#[test]
fn limits_in_shares_and_ratios_say_what_they_refer_to() {
    let account = account(None);
    let free = attempt(&account, &settings()).unwrap();
    let campaign = raised_campaign(&free);
    let share = 0.9 * campaign.recommended_spend / free.summary.spend;
    let groups = vec![
        GroupLimit { upper_share: Some(share), ..campaign_limit(campaign) },
        GroupLimit { upper_rel: Some(1.02), ..campaign_limit(campaign) },
    ];
    let plan = attempt(&account, &PolicySettings { groups, ..settings() }).unwrap();
    let of = |at: usize| plan.limits.iter().filter(|row| row.kind == "campaign limit").nth(at).unwrap();
    assert!(of(0).planned.unwrap() <= share * plan.summary.spend + CENTS);
    assert!(of(0).upper_given.ends_with("of planned spend"));
    let reference = plan.summary.change_reference * campaign.current_spend;
    assert!((of(1).upper.unwrap() - 1.02 * reference).abs() < CENTS, "{:?}", of(1));
    assert_eq!(of(1).upper_given, format!("102% of {reference:.2}"));
    assert!(of(1).planned.unwrap() <= of(1).upper.unwrap() + CENTS);
}

#[test]
fn a_class_that_cuts_across_campaigns_holds_and_prints_its_gap() {
    let account = account(None);
    let free = attempt(&account, &settings()).unwrap();
    let class = |row: &Recommendation| row.key.match_type.as_deref() == Some("exact");
    let mixed = |campaign: &&CampaignPlan| {
        let within = |row: &&Recommendation| row.key.campaign == campaign.campaign && row.current_spend > 0.0;
        campaign.change > 1.0
            && [true, false].iter().all(|is| free.rows.iter().filter(within).any(|row| class(row) == *is))
    };
    let campaign = free.campaigns.iter().find(mixed).unwrap();
    let planned: f64 = free.rows.iter().filter(|row| class(row)).map(|row| row.recommended_spend).sum();
    let upper = cents_of(0.97 * planned);
    let classes = vec![ClassLimit { match_type: Some("exact".into()), upper: Some(upper), ..ClassLimit::default() }];
    let groups = vec![GroupLimit { upper: Some(cents_of(campaign.current_spend)), ..campaign_limit(campaign) }];
    let plan = attempt(&account, &PolicySettings { groups, classes, ..settings() }).unwrap();
    let limit = row(&plan, "match type limit");
    let spend: f64 = plan.rows.iter().filter(|row| class(row)).map(|row| row.recommended_spend).sum();
    assert!(spend <= upper + CENTS, "{spend} above {upper}");
    assert!(limit.gap.is_some_and(|gap| (0.0..0.01).contains(&gap)), "{limit:?}");
    assert!(plan.notes.0.iter().any(|note| note.code == "limits-cross"));
    assert!(plan.rows.iter().any(|row| row.binding == "match type limit (upper): exact"));
}

#[test]
fn a_limit_for_no_term_is_noted_and_limits_nothing() {
    let account = account(None);
    let groups = vec![GroupLimit { campaign: Some("no such".into()), lower: Some(9e9), ..GroupLimit::default() }];
    let plan = attempt(&account, &PolicySettings { groups, ..settings() }).unwrap();
    let note = plan.notes.0.iter().find(|note| note.code == "limit-without-term").unwrap();
    assert_eq!(note.count, 1);
    assert!(note.message.ends_with(r#"`limits.groups` 1 (campaign = "no such")"#), "{}", note.message);
    let rule = |label: &str| TermRule { label: Some(label.to_owned()), fixed: true, ..TermRule::default() };
    let rules = ["one", "two", "three", "four"].map(rule).to_vec();
    let plan_with_rules = attempt(&account, &PolicySettings { rules, ..settings() }).unwrap();
    let note = plan_with_rules.notes.0.iter().find(|note| note.code == "rule-without-term").unwrap();
    assert_eq!(note.count, 4);
    assert!(note.message.contains(r#"`limits.terms` 2 (label = "two")"#), "{}", note.message);
    assert!(note.message.ends_with("and 1 more"), "{}", note.message);
    assert_eq!(spend(&plan), spend(&attempt(&account, &settings()).unwrap()));
}

#[test]
fn targets_are_met_over_all_that_the_account_spends_and_earns() {
    let account = account(Some(0.35));
    // hundredths of a cent of rounding over an account of hundreds of units of money
    let near = 1e-4;
    for goal in [Objective::Conversions, Objective::Revenue, Objective::Profit] {
        let asked = PolicySettings { objective: Some(goal), ..settings() };
        let free = attempt(&account, &asked).unwrap().summary;
        let (roas, cpa) = (free.planned.revenue.unwrap() / free.spend, free.spend / free.planned.conversions);
        let target = Targets { roas: Some(1.002 * roas), ..Targets::default() };
        let plan = attempt(&account, &PolicySettings { targets: target, ..asked.clone() }).unwrap();
        let found = plan.summary.planned.revenue.unwrap() / plan.summary.spend;
        assert!(found >= 1.002 * roas * (1.0 - near), "{goal:?}: {found} against {}", 1.002 * roas);
        assert_eq!(row(&plan, "target ROAS").binds, "lower");
        assert!(plan.summary.planned.of(goal) <= free.planned.of(goal));
        let target = Targets { cpa: Some(0.998 * cpa), ..Targets::default() };
        let plan = attempt(&account, &PolicySettings { targets: target, ..asked }).unwrap();
        let found = plan.summary.spend / plan.summary.planned.conversions;
        assert!(found <= 0.998 * cpa * (1.0 + near), "{goal:?}: {found} against {}", 0.998 * cpa);
        assert_eq!(plan.summary.goal.kind, GoalKind::TargetCpa);
    }
}

#[test]
fn what_comes_for_free_counts_toward_a_target_and_the_target_has_a_price() {
    let mut account = account(None);
    let spends = &account.baseline.spend;
    let largest = (0..spends.len()).max_by(|&a, &b| spends[a].total_cmp(&spends[b])).unwrap();
    account.baseline.spend[largest] = 0.0;
    let asked = PolicySettings { objective: Some(Objective::Conversions), ..settings() };
    let free = attempt(&account, &asked).unwrap();
    assert_eq!((free.rows[largest].state, free.rows[largest].recommended_spend), (State::Fixed, 0.0));
    assert!(free.rows[largest].conversions_plan > 0.01 * free.summary.planned.conversions);
    for (goal, least) in
        [(asked.clone(), 1.003), (PolicySettings { objective: Some(Objective::Revenue), ..asked }, 1.003)]
    {
        let free = attempt(&account, &goal).unwrap().summary;
        let roas = least * free.planned.revenue.unwrap() / free.spend;
        let with = |roas: f64| {
            let targets = Targets { roas: Some(roas), ..Targets::default() };
            attempt(&account, &PolicySettings { targets, ..goal.clone() }).unwrap()
        };
        let plan = with(roas);
        let found = plan.summary.planned.revenue.unwrap() / plan.summary.spend;
        // met, and by no more than rounding: without the free clicks it would be out of reach or missed by far
        assert!((found / roas - 1.0).abs() < 1e-4, "{found} against {roas}");
        assert_eq!(cents(plan.rows[largest].recommended_spend), 0);
        // a central difference over a target 0.1% higher and lower, in units of revenue at the plan's spend
        let gained = objective(&with(roas * 0.999)) - objective(&with(roas * 1.001));
        let worth = gained / (0.002 * roas * plan.summary.spend);
        let told = row(&plan, "target ROAS").worth.unwrap();
        assert!((told / worth - 1.0).abs() < 0.1, "{told} against {worth}");
    }
}

#[test]
fn wanted_conversions_take_the_least_spend_that_a_budget_plan_needs_for_them() {
    let account = account(None);
    let conversions = PolicySettings { objective: Some(Objective::Conversions), ..settings() };
    let now = attempt(&account, &conversions).unwrap().summary.now.conversions;
    let wanted = Targets { conversions: Some(1.02 * now), ..Targets::default() };
    let plan = attempt(&account, &PolicySettings { targets: wanted, ..settings() }).unwrap();
    let summary = &plan.summary;
    assert_eq!((summary.objective, cents(summary.unallocated)), (Objective::Conversions, 0));
    assert_eq!(cents(summary.budget), cents(summary.spend));
    // no less and, within a cent or two of rounding, no more than wanted
    assert!(
        (summary.planned.conversions / (1.02 * now) - 1.0).abs() < 1e-5,
        "{} of {now}",
        summary.planned.conversions
    );
    // of concave curves the least spend is where every term between its bounds has the same marginal return
    let price = summary.certificate.lambda.unwrap();
    for row in plan.rows.iter().filter(|row| row.recommended_spend > 1.0) {
        let marginal = row.marginal_return_plan.unwrap() / price;
        // a cent moves the marginal of a unit of money by less than a hundredth
        let fine = match &*row.binding {
            "" => (marginal - 1.0).abs() < 0.01,
            held if held.contains("lower") => marginal < 1.01,
            _ => marginal > 0.99,
        };
        assert!(fine, "{marginal}: {row:?}");
    }
    let too_many = Targets { conversions: Some(9.0 * now), ..Targets::default() };
    let refused = attempt(&account, &PolicySettings { targets: too_many, ..settings() }).err();
    let Some(RecommendError::Contradiction { relaxation }) = refused else { panic!("{refused:?}") };
    let change = relaxation.changes.iter().find(|change| change.unit == "conversions").unwrap();
    assert!(change.source.contains("--wanted-conversions") && change.to < 9.0 * now, "{relaxation:?}");
    let fewer = Targets { conversions: Some(change.to * (1.0 - 1e-9)), ..Targets::default() };
    assert!(attempt(&account, &PolicySettings { targets: fewer, ..settings() }).is_ok());
}

#[test]
fn a_least_marginal_return_leaves_money_where_it_earns_less() {
    let account = account(Some(0.35));
    let free = attempt(&account, &settings()).unwrap();
    let least = 1.2 * free.summary.certificate.lambda.unwrap();
    let targets = Targets { min_marginal_return: Some(least), ..Targets::default() };
    let plan = attempt(&account, &PolicySettings { targets, ..settings() }).unwrap();
    assert!(plan.summary.spend < free.summary.spend - 1.0);
    for row in plan.rows.iter().filter(|row| row.binding.is_empty() && row.recommended_spend > 1.0) {
        // a cent of rounding moves a marginal by less than a hundredth where a unit or more is spent
        assert!(row.marginal_return_plan.unwrap() >= 0.99 * least, "{row:?}");
    }
}

#[test]
fn money_moves_only_where_the_move_pays_and_no_more_than_the_turnover() {
    let account = account(Some(0.35));
    let free = attempt(&account, &settings()).unwrap();
    let moved =
        |plan: &Plan| plan.rows.iter().map(|row| (row.recommended_spend - row.current_spend).abs()).sum::<f64>();
    let priced =
        PolicySettings { turnover: TurnoverSettings { price: 0.2, ..TurnoverSettings::default() }, ..settings() };
    let plan = attempt(&account, &priced).unwrap();
    assert!(moved(&plan) < moved(&free));
    let price = plan.summary.certificate.lambda.unwrap();
    let left: Vec<&Recommendation> =
        plan.rows.iter().filter(|row| row.binding == "left alone: moving would not pay").collect();
    assert!(!left.is_empty());
    for row in left {
        let marginal = row.marginal_return_now.unwrap();
        assert!((marginal - price).abs() <= 0.2 * (1.0 + 1e-6), "{marginal} against {price}");
        // a few cents of rounding
        assert!(row.change.abs() <= CENTS, "{row:?}");
    }
    // twice the money is there, and most of it not worth moving
    let rich = PolicySettings { max_change: 2.0, objective: Some(Objective::Revenue), ..priced };
    let dear = PolicySettings { turnover: TurnoverSettings { price: 8.0, ..TurnoverSettings::default() }, ..rich };
    let budget = cents_of(2.0 * free.summary.budget);
    let kept = attempt(&account, &PolicySettings { budget: Some(budget), ..dear }).unwrap();
    assert!(kept.summary.unallocated > 0.1 * budget, "{}", kept.summary.unallocated);
    assert!(kept.notes.0.iter().any(|note| note.code == "not-worth-moving"));
    let limit = 0.5 * moved(&free);
    let limited = TurnoverSettings { limit: Some(limit), ..TurnoverSettings::default() };
    let plan = attempt(&account, &PolicySettings { turnover: limited, ..settings() }).unwrap();
    // in whole cents too, though what is spent today is no whole cents
    assert!(moved(&plan) <= limit * (1.0 + 1e-12), "{} above {limit}", moved(&plan));
    assert!(plan.summary.certificate.max_violation <= 1e-9, "{:?}", plan.summary.certificate);
    let row = row(&plan, "turnover");
    assert_eq!(row.binds, "upper");
    assert!(row.worth.unwrap() > 0.0 && plan.rows.iter().any(|row| row.binding == "turnover"));
}

#[test]
fn a_minimum_gives_nothing_or_at_least_that_much() {
    let account = account(None);
    let spends = &account.baseline.spend;
    let small = spends.iter().copied().filter(|spend| *spend > 0.0).fold(f64::INFINITY, f64::min);
    let minimum = cents_of(3.0 * small);
    let rules = vec![TermRule { minimum: Some(minimum), ..TermRule::default() }];
    let plan = attempt(&account, &PolicySettings { rules, ..settings() }).unwrap();
    let free = attempt(&account, &settings()).unwrap();
    let between = |plan: &Plan| {
        plan.rows.iter().filter(|row| row.recommended_spend > 0.0 && row.recommended_spend < minimum - 1e-9).count()
    };
    assert!(between(&free) > 0, "the minimum must matter");
    assert_eq!(between(&plan), 0);
    assert_eq!(cents(plan.summary.unallocated), 0);
}

#[test]
fn spends_are_multiples_of_the_step_and_add_up() {
    let account = account(None);
    let plan = attempt(&account, &PolicySettings { step: 5.0, ..settings() }).unwrap();
    let multiples = |row: &&Recommendation| row.state != State::Fixed;
    assert!(plan.rows.iter().filter(multiples).all(|row| cents(row.recommended_spend) % 500 == 0));
    let total: i64 = plan.rows.iter().map(|row| cents(row.recommended_spend)).sum();
    assert_eq!(total + cents(plan.summary.unallocated), cents(plan.summary.budget));
    assert!(plan.summary.unallocated < 5.0);
}

#[test]
fn limits_that_contradict_each_other_are_named_as_written_and_the_relaxation_works() {
    let account = account(None);
    let free = attempt(&account, &settings()).unwrap();
    let campaign = raised_campaign(&free);
    let budget = free.summary.budget;
    let with = |lower: f64| {
        let groups = vec![
            GroupLimit { upper: Some(budget), ..GroupLimit::default() },
            GroupLimit { lower: Some(lower), ..campaign_limit(campaign) },
        ];
        attempt(&account, &PolicySettings { groups, ..settings() })
    };
    // the change limits of the campaign's own terms do not let it spend that much
    let refused = with(cents_of(3.0 * campaign.current_spend));
    let Some(error @ RecommendError::Contradiction { .. }) = refused.err() else {
        panic!("a plan was found, or another error")
    };
    let relaxation = error.relaxation().unwrap();
    assert!(!relaxation.changes.is_empty() && relaxation.total > 0.0, "{relaxation:?}");
    let named = relaxation.changes.iter().find(|change| change.source == "`limits.groups` 2");
    if let Some(change) = named {
        assert!(error.hint().unwrap().contains(campaign.campaign.as_deref().unwrap()));
        if relaxation.changes.len() == 1 {
            assert!(with(change.to).is_ok(), "{relaxation:?}");
            assert!(with(change.to + 0.05).is_err(), "{relaxation:?}");
        }
    } else {
        assert!(relaxation.changes.iter().all(|change| change.source.contains("limits.max_change")), "{relaxation:?}");
    }
}

#[test]
fn a_cautious_plan_gives_up_mean_for_its_worst_draws() {
    let account = account(Some(0.35));
    let risk = RiskSettings { kind: RiskKind::TailMean, tail: 0.1, aversion: 0.0 };
    let plan = attempt(&account, &PolicySettings { risk, ..settings() }).unwrap();
    let (cautious, expected) = (plan.summary.risk.plan.unwrap(), plan.summary.risk.expected_plan.unwrap());
    // the search stops at a gap of 1e-6 of the mean response
    let slack = 1e-5 * expected.mean.abs().max(1.0);
    assert!(cautious.tail_mean >= expected.tail_mean - slack, "{:?}", plan.summary.risk);
    assert!(cautious.mean <= expected.mean + slack, "{:?}", plan.summary.risk);
    // cents change the expectation by cents, whatever measure the plan is certified by: a term's last cent earns
    // some times itself
    let loss = plan.summary.certificate.rounding_loss.unwrap();
    assert!(loss.abs() <= 0.01 * plan.rows.len() as f64, "{loss}");
    assert_eq!(cents(plan.summary.spend) + cents(plan.summary.unallocated), cents(plan.summary.budget));
}

#[test]
fn exploration_is_off_by_default_and_prints_what_it_costs_and_buys() {
    let account = account(Some(0.35));
    let free = attempt(&account, &settings()).unwrap();
    assert!(free.summary.exploration.is_none());
    let plan = attempt(&account, &PolicySettings { exploration: 0.2, ..settings() }).unwrap();
    let exploration = plan.summary.exploration.unwrap();
    assert!(exploration.expected_cost >= 0.0 && exploration.moved > 0.0 && exploration.terms > 0, "{exploration:?}");
    assert!(exploration.moved <= 0.2 * plan.summary.budget + CENTS);
    assert!(exploration.perfect_information > 0.0);
    let lost = free.summary.planned.profit.unwrap() - plan.summary.planned.profit.unwrap();
    // each term is rounded by less than a cent, whose margin less itself is below one
    let rounding = 0.01 * plan.rows.len() as f64;
    assert!((lost - exploration.expected_cost).abs() < rounding, "{lost} against {exploration:?}");
    assert!(plan.notes.0.iter().any(|note| note.code == "exploration"));
}

pub(super) fn cents_of(money: f64) -> f64 {
    (money * 100.0).round() / 100.0
}

#[test]
fn the_worth_of_bounds_is_what_the_plan_gains_where_they_give_way() {
    let account = account(None);
    let with = |lower: f64, upper: f64| {
        let rule = TermRule { lower_rel: Some(lower), upper_rel: Some(upper), ..TermRule::default() };
        let campaigns: BTreeSet<Option<String>> =
            account.counts.terms.iter().map(|term| term.key.campaign.clone()).collect();
        let rules = campaigns.into_iter().map(|campaign| TermRule { campaign, ..rule.clone() }).collect();
        attempt(&account, &PolicySettings { rules, ..settings() }).unwrap()
    };
    let plan = with(0.8, 1.2);
    for (side, sign, bound) in [("lower", -1.0_f64, 0.8_f64), ("upper", 1.0, 1.2)] {
        let held = plan.held.iter().find(|row| row.kind == "rule" && row.binds == side).unwrap();
        // both ways by a thousandth: the bounds of the terms that are held move by that part of their sum
        let step = 1e-3;
        let [more, less] = [step, -step].map(|step| {
            let moved = sign.mul_add(step * bound, bound);
            objective(&if side == "lower" { with(moved, 1.2) } else { with(0.8, moved) })
        });
        let money = held.upper.or(held.lower).unwrap();
        let worth = (more - less) / (2.0 * step * money);
        assert!(held.terms.unwrap() >= 10, "{held:?}");
        assert!((held.worth.unwrap() / worth - 1.0).abs() < 0.02, "{held:?} against {worth}");
    }
}

#[test]
fn a_minimum_beyond_the_change_limit_is_told() {
    let account = account(None);
    let spends = &account.baseline.spend;
    let term = (0..spends.len()).max_by(|&a, &b| spends[a].total_cmp(&spends[b])).unwrap();
    let name = &account.counts.terms[term].key.term;
    let told = |minimum: f64| {
        let rules = vec![TermRule { term: Some(name.clone()), minimum: Some(minimum), ..TermRule::default() }];
        let plan = attempt(&account, &PolicySettings { rules, ..settings() }).unwrap();
        plan.notes.0.iter().find(|note| note.code == "minimum-beyond-change").map(|note| note.message.clone())
    };
    let minimum = cents_of(2.0 * spends[term]);
    let words = told(minimum).expect("twice the spend is more than the change limit allows");
    assert!(words.contains(&format!("`{name}` nothing or at least {minimum:.2} (change limit: ")), "{words}");
    // a minimum that the change limit keeps anyway takes nothing away
    assert_eq!(told(cents_of(0.1 * spends[term])), None);
}
