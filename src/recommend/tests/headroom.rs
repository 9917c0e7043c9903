//! Limits of impression shares and budgets, the planned week, and incrementality in a plan.

use super::*;
use crate::domain::Notes;
use crate::response::LeverChoice;

/// An account with an end to its searches, half of its campaigns held by their budget.
fn held() -> Account {
    made(&SimulateSettings {
        terms: 160,
        weeks: 30,
        seed: 3,
        ceiling: Some(1.4),
        budget_limited: 0.6,
        lever_moves: 0.0,
        ..SimulateSettings::default()
    })
}

fn planned_by(account: &Account, settings: &PolicySettings, response: &ResponseSettings) -> (Plan, Responses) {
    let budget = resolve_budget(&account.counts, &account.baseline, settings).unwrap();
    let responses = respond(&account.counts, &account.baseline, budget, response);
    let plan = plan(&account.counts, &account.baseline, &account.posterior, &responses, budget, settings).unwrap();
    (plan, responses)
}

#[test]
fn no_plan_goes_beyond_the_searches_there_are() {
    let account = held();
    let current = planned(&account, &settings()).0.summary.budget;
    for budget in [current, 2.0 * current, 6.0 * current] {
        let asked = PolicySettings { budget: Some(budget), objective: Some(Objective::Revenue), ..settings() };
        let (plan, responses) = planned(&account, &asked);
        let mut reached = 0;
        for row in &plan.rows {
            let full = responses.full_spend(row.index).unwrap_or(f64::INFINITY);
            // whole cents
            assert!(row.recommended_spend <= full + 0.011, "{row:?}");
            reached += usize::from(row.binding == "searches there are");
            assert_eq!(row.full_spend, responses.full_spend(row.index));
        }
        for room in &responses.rooms {
            let spend: f64 = room.members.iter().map(|&term| plan.rows[term as usize].recommended_spend).sum();
            assert!(spend <= room.spend + 0.011, "{spend} in {room:?}");
        }
        assert!(plan.frontier.iter().all(|point| point.spend <= point.budget + 1e-6));
        if budget > 3.0 * current {
            // there is less to buy than the budget: it stays unspent, and says so
            assert!(plan.summary.unallocated > 0.0 && reached > 20, "{reached}");
        }
    }
}

#[test]
fn the_headroom_of_a_held_campaign_is_a_limit_of_the_plan() {
    let account = held();
    let current = planned(&account, &settings()).0.summary.budget;
    let budget = (150.0 * current).round() / 100.0;
    let asked = PolicySettings { budget: Some(budget), objective: Some(Objective::Revenue), ..settings() };
    let (plan, _) = planned(&account, &asked);
    let rooms: Vec<&LimitRow> = plan.limits.iter().filter(|row| row.kind == "campaign headroom").collect();
    assert!(!rooms.is_empty());
    assert!(rooms.iter().all(|row| row.source.ends_with("of impressions lost to the budget")), "{rooms:?}");
    assert!(rooms.iter().any(|row| row.binds == "upper"));
    // what is set there is the budget
    let levers: Vec<_> = plan.rows.iter().filter(|row| row.lever == crate::domain::LeverKind::CampaignBudget).collect();
    assert!(!levers.is_empty());
    // of a budget there is one figure, wherever it is read
    let own =
        |row: &Recommendation| plan.campaigns.iter().find(|campaign| campaign.campaign == row.key.campaign).unwrap();
    let mut moved = 0;
    for row in levers.iter().filter(|row| row.moves()) {
        assert_eq!(own(row).daily_budget_to_set, row.lever_plan, "{row:?}");
        moved += 1;
    }
    assert!(moved > 0);
    for campaign in
        plan.campaigns.iter().filter(|campaign| levers.iter().all(|row| row.key.campaign != campaign.campaign))
    {
        // where bids move the spend the budget only has to leave room for it
        let room = campaign.daily_budget_set.unwrap_or(0.0).max(campaign.daily_budget_plan.unwrap());
        assert!((campaign.daily_budget_to_set.unwrap() - room).abs() < 0.01, "{campaign:?}");
    }
    // with bids as the lever there is no such limit
    let by_bids = ResponseSettings { lever: LeverChoice::Bid, ..ResponseSettings::default() };
    let (plan, _) = planned_by(&account, &asked, &by_bids);
    assert!(plan.limits.iter().all(|row| row.kind != "campaign headroom"));
}

#[test]
fn incrementality_scales_what_a_class_brings_and_widens_its_interval() {
    let account = account(Some(0.35));
    let brand = |rule: &IncrementalityRule| PolicySettings { incrementality: vec![rule.clone()], ..settings() };
    let rule =
        IncrementalityRule { label: Some("brand".to_owned()), factor: Some(0.4), ..IncrementalityRule::default() };
    // what is not known of the season would drown it
    let response = ResponseSettings { seasonality: false, ..ResponseSettings::default() };
    let planned = |settings: &PolicySettings| planned_by(&account, settings, &response);
    let (without, _) = planned(&settings());
    let (with, _) = planned(&brand(&rule));
    let mut seen = 0;
    for (one, other) in without.rows.iter().zip(&with.rows) {
        let is_brand = one.label.as_deref() == Some("brand");
        let factor = if is_brand { 0.4 } else { 1.0 };
        assert_eq!(other.incrementality, factor);
        assert!((other.conversions_now - factor * one.conversions_now).abs() <= 1e-9 * one.conversions_now.max(1.0));
        assert_eq!(one.cvr_mean, other.cvr_mean);
        assert!(!is_brand || other.recommended_spend <= one.recommended_spend + 0.011);
        seen += usize::from(is_brand);
    }
    assert!(seen > 0);
    let brand_note =
        |plan: &Plan, code: &str| plan.notes.0.iter().find(|note| note.code == code).map(|note| note.count);
    assert_eq!(brand_note(&without, "brand-incrementality"), Some(seen as u64));
    assert_eq!(brand_note(&with, "brand-incrementality"), None);
    assert_eq!(brand_note(&with, "incrementality"), Some(seen as u64));
    let unsure = IncrementalityRule { sd: Some(0.2), ..rule };
    let (unsure, _) = planned(&brand(&unsure));
    let width = |plan: &Plan| {
        let planned = plan.summary.planned_p95.unwrap();
        planned.conversions - plan.summary.planned_p05.unwrap().conversions
    };
    assert!(width(&unsure) > width(&with), "{} {}", width(&unsure), width(&with));
}

#[test]
fn a_week_of_more_searches_needs_lower_bids_for_the_same_spend() {
    let account = account(Some(0.35));
    let (_, plain) = planned(&account, &settings());
    let term = (0..plain.curves.len()).find(|&term| plain.headroom[term].is_some()).unwrap();
    let room = plain.headroom[term].unwrap();
    let (spend, elasticity) = (room.spend, plain.elasticity[term].unwrap());
    let busy = room.at(1.5).curve(elasticity, f64::INFINITY);
    // 1.5 · Q₀ (x / 1.5 x₀)^ε
    let expected = 1.5 * room.clicks * (1.0 / 1.5_f64).powf(elasticity);
    assert!((busy.value(spend) - expected).abs() <= 1e-12 * expected);
    let mut notes = Notes::default();
    plain.demand.tell(&mut notes);
    assert_eq!(notes.0[0].code, "demand-unknown");
}
