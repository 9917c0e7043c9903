//! Plans over dated weeks, held against plans of one week and against what scaling says.

use super::*;
use crate::domain::{Date, Status};
use crate::recommend::{Dated, HorizonEnd, HorizonSettings, plan_weeks, spent_since};
use chrono::Days;

/// Two plans that are the same before rounding differ by what rounding moves: a cent or two of small spends, and of large
/// ones, whose slope is flat, as much as all the others' cents come to.
const CENTS: f64 = 0.02;
const SHIFT: f64 = 1e-3;

fn wide() -> Account {
    made(&SimulateSettings { terms: 80, weeks: 80, seed: 4, margin: Some(0.4), ..SimulateSettings::default() })
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// The day after the data, which is the first of a week.
fn next(account: &Account) -> Date {
    account.counts.calendar.as_of.unwrap() + Days::new(1)
}

fn horizon(weeks: u32) -> HorizonSettings {
    HorizonSettings {
        from: None,
        end: HorizonEnd::Weeks(weeks),
        total: None,
        spent: None,
        ends: [None; 2],
        weeks: Vec::new(),
    }
}

fn attempt(account: &Account, settings: &PolicySettings, horizon: &HorizonSettings) -> Result<Plan, RecommendError> {
    let Account { counts, baseline, posterior, .. } = account;
    let budget = resolve_budget(counts, baseline, settings).unwrap();
    let response = ResponseSettings::default();
    let responses = respond(counts, baseline, budget, &response);
    let spent = horizon.from.map_or((0.0, false), |from| spent_since(counts, from));
    let in_week = |day: Date, budget: f64| {
        responses.for_budget(counts, baseline, budget, &response).in_week(counts, baseline, day)
    };
    plan_weeks(counts, baseline, posterior, &responses, budget, settings, (horizon, spent), &in_week)
}

fn dated(account: &Account, settings: &PolicySettings, horizon: &HorizonSettings) -> (Plan, Dated) {
    let mut plan = attempt(account, settings, horizon).unwrap();
    let dated = plan.dated.take().unwrap();
    (plan, dated)
}

#[test]
fn one_week_is_the_plan_of_one_week() {
    let account = wide();
    for objective in [Objective::Revenue, Objective::Profit] {
        let settings = PolicySettings { objective: Some(objective), ..settings() };
        let (alone, _) = planned(&account, &settings);
        let (first, dated) = dated(&account, &settings, &horizon(1));
        assert_eq!(spend(&alone), spend(&first));
        assert_eq!(dated.weeks[0].spend, spend(&first));
        let (alone_gets, dated_gets) = (alone.summary.planned.revenue.unwrap(), dated.planned.revenue.unwrap());
        assert!((alone_gets - dated_gets).abs() <= 1e-12 * alone_gets);
        assert_eq!(cents(dated.unallocated), cents(alone.summary.unallocated));
    }
}

#[test]
fn money_adds_up_to_the_cent() {
    let account = wide();
    let settings = PolicySettings { objective: Some(Objective::Revenue), ..settings() };
    let from = next(&account) - Days::new(17);
    let until = next(&account) + Days::new(37);
    let spent = spent_since(&account.counts, from);
    assert!(spent.1 && spent.0 > 0.0);
    let total = (spent.0 * 3.4 * 100.0).round() / 100.0;
    let wanted = HorizonSettings { from: Some(from), end: HorizonEnd::Until(until), total: Some(total), ..horizon(1) };
    let (plan, dated) = dated(&account, &settings, &wanted);
    assert_eq!(dated.weeks.iter().map(|week| week.span.days()).collect::<Vec<_>>(), [7, 7, 7, 7, 7, 3]);
    assert_eq!((dated.pace.days_gone, dated.pace.days_left), (17, 38));
    assert_eq!(cents(dated.pace.spent) + cents(dated.spend) + cents(dated.unallocated), cents(total));
    for week in &dated.weeks {
        assert_eq!(week.spend.iter().map(|&spend| cents(spend)).sum::<i64>(), cents(week.total));
    }
    let sum = |figures: &mut dyn Iterator<Item = f64>| figures.map(cents).sum::<i64>();
    assert_eq!(sum(&mut dated.weeks.iter().map(|week| week.total)), cents(dated.spend));
    assert_eq!(sum(&mut dated.months.iter().map(|month| month.spend)), cents(dated.spend));
    assert_eq!(sum(&mut plan.rows.iter().map(|row| row.recommended_spend)), cents(dated.weeks[0].total));
    assert!(dated.certificate.relative_gap <= 1e-9 && dated.certificate.max_violation < 0.01);
}

/// With one demand index for all terms of a week, `Q_w(x) = g d Q(x / (g d))` makes the best split of every week the same
/// but for its scale `g d`: the money of weeks is in proportion to it.
#[test]
fn weeks_of_one_account_are_scaled_by_their_demand_and_days() {
    let mut account = wide();
    for (term, spend) in account.counts.terms.iter_mut().zip(&account.baseline.spend) {
        term.key.campaign = None;
        // the cap of terms without history is money a week, whatever the week is searched
        if *spend <= 0.0 {
            term.status = Status::Paused;
        }
    }
    let settings = PolicySettings { objective: Some(Objective::Revenue), ..settings() };
    let until = next(&account) + Days::new(30);
    let (_, dated) = dated(&account, &settings, &HorizonSettings { end: HorizonEnd::Until(until), ..horizon(1) });
    let scale = |at: usize| dated.weeks[at].demand * dated.weeks[at].span.share();
    let spread: Vec<f64> = (0..dated.weeks.len()).map(scale).collect();
    assert!(spread.iter().any(|scale| (scale - spread[0]).abs() > 0.01), "{spread:?}");
    for (week, scale) in dated.weeks.iter().zip(&spread) {
        let wanted = dated.spend * scale / spread.iter().sum::<f64>();
        // each term is rounded to the cent
        assert!((week.total - wanted).abs() <= 0.01 * week.spend.len() as f64, "{} {wanted}", week.total);
        for (own, first) in week.spend.iter().zip(&dated.weeks[0].spend) {
            let wanted = first * scale / spread[0];
            assert!((own - wanted).abs() <= CENTS + SHIFT * wanted, "{own} {wanted}");
        }
    }
}

/// Where no change limit holds, what is left of the money and the weeks is planned later as it is planned now.
#[test]
fn planning_again_in_mid_flight_keeps_the_rest_of_the_plan() {
    let account = wide();
    let settings = PolicySettings { objective: Some(Objective::Revenue), max_change: 50.0, ..settings() };
    let (_, whole) = dated(&account, &settings, &horizon(5));
    let later = HorizonSettings {
        from: Some(next(&account) + Days::new(14)),
        end: HorizonEnd::Weeks(3),
        total: Some(((whole.spend - whole.weeks[0].total - whole.weeks[1].total) * 100.0).round() / 100.0),
        ..horizon(3)
    };
    let (_, rest) = dated(&account, &settings, &later);
    for (now, then) in rest.weeks.iter().zip(&whole.weeks[2..]) {
        assert_eq!(now.span, then.span);
        for (now, then) in now.spend.iter().zip(&then.spend) {
            assert!((now - then).abs() <= CENTS + SHIFT * then, "{now} {then}");
        }
    }
}

#[test]
fn limits_of_weeks_hold_and_cost_what_they_say() {
    let account = wide();
    let settings = PolicySettings { objective: Some(Objective::Revenue), max_change: 0.6, ..settings() };
    let (_, free) = dated(&account, &settings, &horizon(4));
    let most = (free.weeks[1].total * 0.9 * 100.0).round() / 100.0;
    let least = (free.weeks[2].total * 1.05 * 100.0).round() / 100.0;
    let second = free.weeks[1].span.start + Days::new(3);
    let limited = |most: f64| HorizonSettings {
        weeks: vec![(second, [None, Some(most)]), (free.weeks[2].span.end, [Some(least), None])],
        ..horizon(4)
    };
    let (_, held) = dated(&account, &settings, &limited(most));
    assert_eq!(cents(held.weeks[1].total), cents(most));
    assert_eq!(cents(held.weeks[2].total), cents(least));
    assert_eq!(held.weeks.iter().map(|week| week.binds).collect::<Vec<_>>(), ["", "upper", "lower", ""]);
    let price = |at: usize| held.weeks[at].marginal_return.unwrap();
    assert!(price(1) > price(0) && price(2) < price(0) && (price(3) - price(0)).abs() < 1e-12);
    assert!(held.planned.revenue < free.planned.revenue && held.certificate.relative_gap <= 1e-9);
    // the price of the limit, against the same plan with ten more
    let (_, more) = dated(&account, &settings, &limited(most + 10.0));
    let gained = more.planned.revenue.unwrap() - held.planned.revenue.unwrap();
    let wanted = 10.0 * (price(1) - price(0));
    assert!((gained - wanted).abs() < 0.05 * wanted + 0.01, "{gained} {wanted}");
}

#[test]
fn shares_hold_over_all_weeks_and_money_in_each() {
    let account = wide();
    let campaign = account.counts.terms[0].key.campaign.clone();
    let base = PolicySettings { objective: Some(Objective::Revenue), ..settings() };
    let of = |dated: &Dated, at: usize| -> f64 {
        let own = |term: &usize| account.counts.terms[*term].key.campaign == campaign;
        (0..account.counts.terms.len()).filter(own).map(|term| dated.weeks[at].spend[term]).sum()
    };
    let until = next(&account) + Days::new(17);
    let span = HorizonSettings { end: HorizonEnd::Until(until), ..horizon(1) };
    let (_, free) = dated(&account, &base, &span);
    let share = 0.95 * (0..3).map(|at| of(&free, at)).sum::<f64>() / free.spend;
    let limit = GroupLimit { campaign: campaign.clone(), upper_share: Some(share), ..GroupLimit::default() };
    let (plan, held) = dated(&account, &PolicySettings { groups: vec![limit], ..base.clone() }, &span);
    let own: f64 = (0..3).map(|at| of(&held, at)).sum();
    assert!(own <= share * held.spend + 0.02 && own > 0.999 * share * held.spend, "{own}");
    assert_eq!((held.limits.len(), held.limits[0].binds), (1, "upper"));
    assert!(plan.rows.iter().any(|row| row.binding.starts_with("campaign limit (upper)")));
    assert_eq!(plan.limits.iter().map(|row| row.kind).collect::<Vec<_>>(), ["budget", "campaign limit"]);
    // what the share leaves the first week holds in the draws behind intervals, too
    for row in &plan.rows {
        if let Some((low, high)) = row.spend_p05.zip(row.spend_p95) {
            assert!(low - 0.02 <= row.recommended_spend && row.recommended_spend <= high + 0.02, "{row:?}");
        }
    }
    // the last week has four days
    let money = 0.97 * of(&free, 0);
    let limit = GroupLimit { campaign: campaign.clone(), upper: Some(money), ..GroupLimit::default() };
    let (_, held) = dated(&account, &PolicySettings { groups: vec![limit], ..base }, &span);
    assert!(of(&held, 0) <= money + 0.005 && of(&held, 1) <= money + 0.005);
    assert!(of(&held, 2) <= money * 4.0 / 7.0 + 0.01);
}

#[test]
fn targets_are_averages_over_all_weeks() {
    let account = wide();
    let free = PolicySettings { objective: Some(Objective::Revenue), ..settings() };
    let (_, most) = dated(&account, &free, &horizon(3));
    let roas = 1.1 * most.planned.revenue.unwrap() / most.spend;
    let settings = PolicySettings { targets: Targets { roas: Some(roas), ..Targets::default() }, ..free };
    let (_, dated) = dated(&account, &settings, &horizon(3));
    let reached = dated.planned.revenue.unwrap() / dated.spend;
    assert!((reached - roas).abs() < 1e-5 * roas, "{reached} {roas}");
    assert!(dated.spend < most.spend && dated.goal.target == Some(roas));
}

#[test]
fn decisions_hold_in_every_week_and_cost_what_the_free_plan_has_more() {
    let account = wide();
    let base = PolicySettings { objective: Some(Objective::Profit), ..settings() };
    let (free_plan, free) = dated(&account, &base, &horizon(3));
    let moved = free_plan.rows.iter().max_by(|one, other| one.change.abs().total_cmp(&other.change.abs())).unwrap();
    let decision = crate::domain::Decision {
        key: moved.key.clone(),
        verdict: crate::domain::Verdict::Set,
        spend: (moved.current_spend * 100.0).round() / 100.0,
    };
    let kept = decision.spend;
    let index = moved.index;
    let (plan, dated) = dated(&account, &PolicySettings { decisions: vec![decision], ..base }, &horizon(3));
    assert!(dated.weeks.iter().all(|week| cents(week.spend[index]) == cents(kept)));
    let cost = plan.summary.decisions.unwrap().cost.unwrap();
    let wanted = free.planned.profit.unwrap() - dated.planned.profit.unwrap();
    assert!(cost > 0.0 && (cost - wanted).abs() < 1e-9 * wanted.abs().max(1.0), "{cost} {wanted}");
}

#[test]
fn what_cannot_be_planned_is_said() {
    let account = wide();
    let settings = PolicySettings { objective: Some(Objective::Revenue), ..settings() };
    let past = HorizonSettings { end: HorizonEnd::Until(day("2020-01-01")), ..horizon(1) };
    assert!(matches!(attempt(&account, &settings, &past), Err(RecommendError::Horizon { .. })));
    let from = next(&account) - Days::new(70);
    let spent = HorizonSettings { from: Some(from), total: Some(10.0), ..horizon(2) };
    assert!(matches!(attempt(&account, &settings, &spent), Err(RecommendError::HorizonSpent { .. })));
    let risky = PolicySettings { exploration: 0.1, ..settings.clone() };
    assert!(matches!(attempt(&account, &risky, &horizon(2)), Err(RecommendError::Unsupported { .. })));
    let mut undated = wide();
    undated.counts.calendar.as_of = None;
    assert!(matches!(attempt(&undated, &settings, &horizon(2)), Err(RecommendError::Horizon { .. })));
    // the least of one week is more than all the money
    let weeks = vec![(next(&account), [Some(1e7), None])];
    let error = attempt(&account, &settings, &HorizonSettings { weeks, ..horizon(2) }).unwrap_err();
    let relaxation = error.relaxation().unwrap();
    assert!(relaxation.changes.iter().any(|change| change.limit.starts_with("money in the week of")), "{relaxation:?}");
}

#[test]
fn a_wanted_volume_is_of_all_weeks_and_the_total_caps_it() {
    let account = wide();
    let wanted = |conversions| PolicySettings {
        targets: Targets { conversions: Some(conversions), ..Targets::default() },
        ..settings()
    };
    let free = PolicySettings { objective: Some(Objective::Conversions), ..settings() };
    let (_, most) = dated(&account, &free, &horizon(3));
    let a_week = 0.9 * most.planned.conversions / 3.0;
    let (_, open) = dated(&account, &wanted(a_week), &horizon(3));
    assert!((open.planned.conversions - 3.0 * a_week).abs() < 1e-3 * a_week, "{} {a_week}", open.planned.conversions);
    assert!((open.goal.target.unwrap() - 3.0 * a_week).abs() < 1e-9 * a_week && open.spend < most.spend);
    let total = |money: f64| HorizonSettings { total: Some((money * 100.0).round() / 100.0), ..horizon(3) };
    let (_, capped) = dated(&account, &wanted(a_week), &total(1.05 * open.spend));
    assert!((capped.spend - open.spend).abs() < 0.03 * open.spend);
    assert!(matches!(
        attempt(&account, &wanted(a_week), &total(0.9 * open.spend)),
        Err(RecommendError::Contradiction { .. })
    ));
}

#[test]
fn what_is_locked_in_a_short_first_week_stays_there() {
    let account = wide();
    let base = PolicySettings { objective: Some(Objective::Revenue), ..settings() };
    let span = HorizonSettings {
        from: Some(next(&account) + Days::new(3)),
        end: HorizonEnd::Until(next(&account) + Days::new(16)),
        ..horizon(1)
    };
    let (plan, free) = dated(&account, &base, &span);
    assert_eq!(free.weeks[0].span.days(), 4);
    let lock = |row: &&Recommendation| row.state == State::Active && row.recommended_spend > 1.0;
    let decisions: Vec<_> = (plan.rows.iter().filter(lock).take(5))
        .map(|row| crate::domain::Decision {
            key: row.key.clone(),
            verdict: crate::domain::Verdict::Lock,
            spend: row.recommended_spend,
        })
        .collect();
    let (again, _) = dated(&account, &PolicySettings { decisions: decisions.clone(), ..base }, &span);
    for decision in &decisions {
        let row = again.rows.iter().find(|row| row.key == decision.key).unwrap();
        assert_eq!(cents(row.recommended_spend), cents(decision.spend));
    }
}
