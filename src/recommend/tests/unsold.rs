//! An account without a single conversion.

use super::limits::{attempt, cents_of};
use super::*;

fn unsold() -> Account {
    let mut account = account(None);
    account.counts.cells.conversions.fill(0.0);
    account.counts.cells.revenue.as_mut().unwrap().fill(0.0);
    account.posterior =
        estimate(&account.counts, &EstimateSettings { level: 0.9, ..EstimateSettings::default() }).unwrap();
    account
}

#[test]
fn terms_keep_their_share_and_are_told_why() {
    let account = unsold();
    let current = attempt(&account, &settings()).unwrap().summary.budget;
    for budget in [None, Some(cents_of(0.6 * current)), Some(cents_of(1.7 * current))] {
        let plan = attempt(&account, &PolicySettings { budget, ..settings() }).unwrap();
        assert_eq!(plan.summary.objective, Objective::Conversions);
        let scale = plan.summary.change_reference;
        for row in &plan.rows {
            let kept = if row.state == State::Active { scale * row.current_spend } else { row.recommended_spend };
            assert!((row.recommended_spend - kept).abs() < 0.0101, "{row:?}");
            assert!(row.state != State::New || row.recommended_spend == 0.0, "{row:?}");
            let told = row.reason.contains("no conversions that would tell terms apart");
            assert!(told || row.state == State::Paused, "{row:?}");
            assert!(budget.is_some() || matches!(row.action, Action::Hold | Action::Pause), "{row:?}");
        }
        assert_eq!(cents(plan.summary.spend) + cents(plan.summary.unallocated), cents(plan.summary.budget));
        assert!(plan.summary.unallocated < 0.005);
        // neither a gain nor a loss, so no probability of one
        assert!(plan.summary.changes_nothing && plan.summary.probability_better.is_none(), "{:?}", plan.summary);
        assert_eq!((plan.summary.gain_p05, plan.summary.gain_p95), (None, None));
        assert_eq!(plan.notes.0.iter().filter(|note| note.code == "held-without-conversions").count(), 1);
    }
}

#[test]
fn rules_still_move_terms() {
    let account = unsold();
    let free = attempt(&account, &settings()).unwrap();
    let row = free.rows.iter().max_by(|a, b| a.current_spend.total_cmp(&b.current_spend)).unwrap();
    let upper = cents_of(0.5 * row.current_spend);
    let rule = TermRule {
        term: Some(row.key.term.clone()),
        campaign: row.key.campaign.clone(),
        match_type: row.key.match_type.clone(),
        upper: Some(upper),
        ..TermRule::default()
    };
    let plan = attempt(&account, &PolicySettings { rules: vec![rule], ..settings() }).unwrap();
    let ruled = &plan.rows[row.index];
    assert_eq!(cents(ruled.recommended_spend), cents(upper));
    assert!(ruled.reason.contains("held by the rule"), "{}", ruled.reason);
    // what the rule takes goes nowhere else
    assert!((plan.summary.unallocated - (row.current_spend - upper)).abs() < 1.0, "{:?}", plan.summary);
}

#[test]
fn one_conversion_is_enough_to_plan_with() {
    let mut account = unsold();
    account.counts.cells.conversions[0] = 1.0;
    account.posterior = estimate(&account.counts, &EstimateSettings::default()).unwrap();
    let plan = attempt(&account, &settings()).unwrap();
    assert!(plan.notes.0.iter().all(|note| note.code != "held-without-conversions"));
    assert!(!plan.summary.changes_nothing && plan.summary.probability_better.is_some());
}
