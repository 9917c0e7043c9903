//! Plans in currencies that have no cents, or thousandths.

use super::*;
use crate::domain::LeverKind;

/// An account of a currency, in which a unit is `worth` as much as many of the simulated one.
fn account_in(currency: &str, worth: f64) -> Account {
    let mut account =
        made(&SimulateSettings { terms: 60, weeks: 30, seed: 3, margin: Some(0.4), ..SimulateSettings::default() });
    account.counts.currency = Some(currency.to_owned());
    for cells in [&mut account.counts.cells.cost, &mut account.counts.cells.revenue].into_iter().flatten() {
        for money in cells.iter_mut() {
            *money = (*money * worth * 1000.0).round() / 1000.0;
        }
    }
    for levers in account.counts.terms.iter_mut().map(|term| &mut term.levers) {
        for money in [&mut levers.max_cpc, &mut levers.target_cpa, &mut levers.campaign_budget] {
            *money = money.map(|money| (money * worth * 1000.0).round() / 1000.0);
        }
    }
    account.baseline = Baseline::new(&account.counts, 4);
    rest_paused(&account.counts, &mut account.baseline, &settings());
    account.posterior =
        estimate(&account.counts, &EstimateSettings { level: 0.9, ..EstimateSettings::default() }).unwrap();
    account
}

#[test]
fn spends_and_bids_are_in_whole_yen_and_in_thousandths_of_a_dinar() {
    for (currency, worth, unit) in [("JPY", 150.0, 1.0), ("KWD", 0.3, 1000.0)] {
        let account = account_in(currency, worth);
        let (plan, _) = planned(&account, &PolicySettings { objective: Some(Objective::Revenue), ..settings() });
        let whole = |money: f64| (money * unit - (money * unit).round()).abs() < 1e-6;
        let mut bids = 0;
        for row in &plan.rows {
            assert!(whole(row.recommended_spend), "{currency}: {row:?}");
            if row.lever == LeverKind::MaxCpc && row.lever_plan != row.lever_now {
                assert!(whole(row.lever_plan.unwrap()), "{currency}: {row:?}");
                bids += 1;
            }
        }
        assert!(bids > 10, "{currency}: {bids}");
        // and finer than cents where the currency is
        let cents = |money: f64| (money * 100.0 - (money * 100.0).round()).abs() < 1e-6;
        assert_eq!(plan.rows.iter().any(|row| !cents(row.recommended_spend)), currency == "KWD");
        let summary = &plan.summary;
        assert!(whole(summary.budget) && whole(summary.unallocated), "{summary:?}");
        let total: f64 = plan.rows.iter().map(|row| row.recommended_spend).sum();
        assert!((total + summary.unallocated - summary.budget).abs() < 1e-6 * summary.budget);
        for campaign in &plan.campaigns {
            assert!(campaign.daily_budget_to_set.is_none_or(&whole), "{campaign:?}");
        }
        let with = |budget| {
            resolve_budget(&account.counts, &account.baseline, &PolicySettings { budget: Some(budget), ..settings() })
        };
        assert_eq!(with(1000.5).is_ok(), currency == "KWD");
        assert_eq!(with(1000.125).is_ok(), currency == "KWD");
        assert!(matches!(with(1000.0005), Err(RecommendError::BudgetCents { .. })));
    }
}

#[test]
fn no_change_in_yen_moves_no_term() {
    let account = account_in("JPY", 150.0);
    let (plan, _) = planned(&account, &PolicySettings { max_change: 0.0, ..settings() });
    assert!(plan.rows.iter().all(|row| !row.moves()), "{:?}", plan.rows.iter().find(|row| row.moves()));
    assert!(plan.summary.changes_nothing);
}
