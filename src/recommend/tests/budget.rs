//! What a larger budget is worth, what a term is sure of where nobody else moves, and plans that move nothing.

use super::limits::attempt;
use super::*;

fn worth(plan: &Plan) -> f64 {
    plan.limits.iter().find(|row| row.kind == "budget").unwrap().worth.unwrap()
}

#[test]
fn a_larger_budget_is_worth_what_planning_anew_with_it_brings() {
    let account = account(Some(0.35));
    let current = resolve_budget(&account.counts, &account.baseline, &settings()).unwrap();
    let floor = Targets { min_marginal_return: Some(1.5), ..Targets::default() };
    let asked =
        |objective, targets: &Targets| PolicySettings { objective: Some(objective), targets: *targets, ..settings() };
    let none = Targets::default();
    let goals = [
        asked(Objective::Revenue, &none),
        asked(Objective::Conversions, &none),
        asked(Objective::Profit, &none),
        asked(Objective::Revenue, &floor),
    ];
    let (mut below, mut unlike) = (0, 0);
    for goal in &goals {
        for share in [0.3, 0.7, 1.0, 1.4] {
            let with = |budget: f64| {
                let budget = Some(f64::from(u32::try_from(cents(budget)).unwrap()) / 100.0);
                attempt(&account, &PolicySettings { budget, ..goal.clone() }).unwrap()
            };
            let plan = with(share * current);
            let objective = plan.summary.objective;
            let reached = |plan: &Plan| plan.summary.planned.of(objective).unwrap();
            // half a percent more, as a person would try
            let (more, told) = (with(1.005 * share * current), worth(&plan));
            let seen = (reached(&more) - reached(&plan)) / (more.summary.budget - plan.summary.budget);
            // it bends with the budget, and caps of new terms grow a little with it: both by far less than the price of money
            let price = plan.summary.certificate.lambda.unwrap();
            assert!((told - seen).abs() < 0.05 * price, "{objective:?} at {share}: {told} against {seen}");
            below += usize::from(told < -0.01);
            let net = if objective == Objective::Profit { price - 1.0 } else { price };
            unlike += usize::from((net - told).abs() > 0.2 * price);
        }
    }
    // the cases have some in which the multiplier would mislead, in sign as well
    assert!(unlike > 0 && below > 0, "{below} below zero, {unlike} unlike");
}

#[test]
fn a_term_that_alone_may_move_has_no_direction_to_be_sure_of() {
    let account = account(None);
    let asked = PolicySettings { objective: Some(Objective::Revenue), ..settings() };
    let free = attempt(&account, &asked).unwrap();
    let term =
        free.rows.iter().filter(|row| row.moves()).max_by(|a, b| a.current_spend.total_cmp(&b.current_spend)).unwrap();
    let rule = |row: &Recommendation| match row.state {
        State::New => TermRule { term: Some(row.key.term.clone()), upper: Some(0.0), ..TermRule::default() },
        _ => TermRule { term: Some(row.key.term.clone()), fixed: true, ..TermRule::default() },
    };
    let rules = free.rows.iter().filter(|row| row.key.term != term.key.term).map(rule).collect();
    let budget = Some(f64::from(u32::try_from(cents(1.02 * free.summary.budget)).unwrap()) / 100.0);
    let alone = attempt(&account, &PolicySettings { budget, rules, ..asked.clone() }).unwrap();
    let moving: Vec<&Recommendation> =
        alone.rows.iter().filter(|row| row.moves() && row.state == State::Active).collect();
    assert!(!moving.is_empty() && moving.len() <= 2, "{}", moving.len());
    assert!(free.rows.iter().filter(|row| row.moves()).filter(|row| row.p_direction.is_some()).count() > 20);
    for row in moving {
        assert_eq!(row.p_direction, None, "{row:?}");
    }
}

#[test]
fn a_change_limit_of_zero_moves_nothing() {
    let account = account(Some(0.35));
    for objective in [Objective::Conversions, Objective::Revenue, Objective::Profit] {
        let asked = PolicySettings { objective: Some(objective), max_change: 0.0, ..settings() };
        let plan = attempt(&account, &asked).unwrap();
        let moving: Vec<&Recommendation> = plan.rows.iter().filter(|row| row.moves()).collect();
        assert!(moving.is_empty(), "{objective:?}: {moving:?}");
        assert_eq!(cents(plan.summary.spend) + cents(plan.summary.unallocated), cents(plan.summary.budget));
    }
}

#[test]
fn a_margin_given_beside_the_data_s_own_is_noted() {
    let mut account = account(None);
    let noted = |account: &Account| {
        let plan = attempt(account, &PolicySettings { margin: Some(0.35), ..settings() }).unwrap();
        plan.notes.0.iter().find(|note| note.code == "margin-of-the-data").map(|note| note.count)
    };
    assert_eq!(noted(&account), None);
    account.counts.terms[0].margin = Some(0.35);
    assert_eq!(noted(&account), None);
    account.counts.terms[1].margin = Some(0.5);
    assert_eq!(noted(&account), Some(1));
}
