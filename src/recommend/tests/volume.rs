//! The least spend for wanted conversions, and what draws say of it.

use super::limits::attempt;
use super::*;

fn asked(conversions: f64) -> PolicySettings {
    PolicySettings { targets: Targets { conversions: Some(conversions), ..Targets::default() }, ..settings() }
}

/// Conversions today, and the most that the limits allow.
fn today_and_most(account: &Account) -> (f64, f64) {
    let conversions = PolicySettings { objective: Some(Objective::Conversions), ..settings() };
    let now = attempt(account, &conversions).unwrap().summary.now.conversions;
    let refused = attempt(account, &asked(99.0 * now)).err().and_then(|error| error.relaxation()).unwrap();
    (now, refused.changes.iter().find(|change| change.unit == "conversions").unwrap().to)
}

fn count(plan: &Plan, code: &str) -> u64 {
    plan.notes.0.iter().filter(|note| note.code == code).map(|note| note.count).sum()
}

#[test]
fn intervals_of_a_wanted_volume_hold_the_plan() {
    let account = account(None);
    let (now, most) = today_and_most(&account);
    for wanted in [0.95 * now, 1.02 * now, f64::midpoint(now, most), 0.99 * most] {
        let plan = attempt(&account, &asked(wanted)).unwrap();
        let (mut outside, mut rows, mut wide) = (Vec::new(), 0, 0);
        for row in &plan.rows {
            let (Some(lower), Some(upper)) = (row.spend_p05, row.spend_p95) else { continue };
            rows += 1;
            wide += usize::from(upper > lower + 1.0);
            if row.recommended_spend < lower - 1e-9 || row.recommended_spend > upper + 1e-9 {
                outside.push((row.key.term.as_str(), lower, row.recommended_spend, upper));
            }
        }
        assert!(outside.is_empty(), "{wanted} of {most}: {} of {rows}: {outside:?}", outside.len());
        assert!(rows > 100 && wide > 0, "{wide} of {rows}");
        assert_eq!(count(&plan, "draws-without-plan"), 0);
        // near the most there is, about half of the draws cannot bring it
        let short = count(&plan, "draws-short-of-volume");
        assert_eq!(short > 15, wanted > 0.98 * most, "{short} for {wanted} of {most}");
    }
}
