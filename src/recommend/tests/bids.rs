//! Bids in whole cents, against every choice there is.

use super::*;
use crate::domain::LeverKind;

/// A small account whose clicks are cheap, so that a cent is a large step.
pub(super) fn cheap() -> Account {
    let mut account =
        made(&SimulateSettings { terms: 14, weeks: 40, seed: 5, margin: Some(0.4), ..SimulateSettings::default() });
    for term in &mut account.counts.terms {
        // bids of today, about a tenth of what they are: only their ratio to the plan's counts
        term.levers.max_cpc = term.levers.max_cpc.map(|bid| (bid * 10.0).ceil() / 100.0);
    }
    account
}

/// Spend at a bid by bisection on the price of a click, and today's price.
pub(super) fn spend_at(responses: &Responses, row: &Recommendation, bid: f64) -> f64 {
    let cpc = |spend: f64| spend / responses.clicks(row.index, spend);
    let now = match &responses.headroom[row.index] {
        Some(room) => room.spend / room.clicks,
        None => cpc(row.current_spend),
    };
    let wanted = now * bid / row.lever_now.unwrap();
    let (mut low, mut high) = (row.current_spend * 1e-3, row.current_spend * 1e3);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if cpc(middle) < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The bid that the plan asks for, in full precision, by the price of a click.
fn exact(responses: &Responses, row: &Recommendation) -> f64 {
    let (mut low, mut high) = (row.lever_now.unwrap() * 0.05, row.lever_now.unwrap() * 20.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if spend_at(responses, row, middle) < row.recommended_spend {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Spends of the two bids in whole cents around a row's and of today's where that is above them, those beyond its change limit
/// left out.
pub(super) fn neighbours(responses: &Responses, row: &Recommendation, summary: &PlanSummary) -> Vec<(f64, f64)> {
    let (now, exact) = (row.lever_now.unwrap(), exact(responses, row));
    let (mut low, mut high) = ((exact * 100.0).floor() / 100.0, (exact * 100.0).ceil() / 100.0);
    if now <= exact {
        low = low.max(now);
    } else {
        high = high.min(now);
    }
    let [down, up] = summary.change_factors;
    let ends =
        [down * (1.0 - summary.max_change), up * (1.0 + summary.max_change)].map(|part| part * row.current_spend);
    let fits = |spend: f64| spend >= ends[0] * (1.0 - 1e-9) && spend <= ends[1] * (1.0 + 1e-9);
    let today = if now > high + 1e-9 { now } else { 0.0 };
    let bids = [low, high, today].into_iter().filter(|bid| *bid > 0.0).map(|bid| (bid, spend_at(responses, row, bid)));
    bids.filter(|(_, spend)| fits(*spend)).collect()
}

fn objective(plan: &Plan, account: &Account, responses: &Responses, row: &Recommendation, spend: f64) -> f64 {
    let worth = account.posterior.rate.mean[row.index]
        * account.posterior.pair_factor(row.index)
        * account.posterior.value.as_ref().unwrap().mean[row.index];
    let revenue = worth * responses.clicks(row.index, spend);
    match plan.summary.objective {
        Objective::Profit => 0.4 * revenue - spend,
        Objective::Revenue | Objective::Conversions => revenue,
    }
}

#[test]
fn no_other_choice_of_neighbouring_cents_is_better_by_more_than_one_step() {
    let account = cheap();
    let budget = planned(&account, &settings()).0.summary.budget;
    let mut tested = 0;
    for (objective_of, budget) in
        [(Objective::Profit, None), (Objective::Revenue, None), (Objective::Revenue, Some(budget * 1.2))]
    {
        let budget = budget.map(|budget: f64| (budget * 100.0).round() / 100.0);
        let asked = PolicySettings { objective: Some(objective_of), budget, max_change: 0.6, ..settings() };
        let (plan, responses) = planned(&account, &asked);
        let bids = plan.summary.bids.expect("bids move");
        let moved: Vec<&Recommendation> =
            plan.rows.iter().filter(|row| row.lever == LeverKind::MaxCpc && row.moves()).collect();
        assert_eq!(bids.terms, moved.len());
        let all: Vec<Vec<(f64, f64)>> = moved.iter().map(|row| neighbours(&responses, row, &plan.summary)).collect();
        // every bid is one of its neighbours that keep the change limit, or there is none and it is told
        let without = all.iter().filter(|options| options.is_empty()).count();
        assert_eq!(bids.outside, without);
        if without > 0 {
            continue;
        }
        for (row, options) in moved.iter().zip(&all) {
            let bid = row.lever_plan.unwrap();
            assert!(options.iter().any(|(one, _)| (one - bid).abs() < 1e-9), "{bid} of {options:?} in {row:?}");
        }
        let value = |at: usize, spend: f64| objective(&plan, &account, &responses, moved[at], spend);
        let planned: f64 = moved.iter().map(|row| row.recommended_spend).sum();
        let money = planned + plan.summary.unallocated + 1e-6;
        // all choices
        let values: Vec<Vec<f64>> =
            all.iter().enumerate().map(|(at, own)| own.iter().map(|own| value(at, own.1)).collect()).collect();
        let mut best = f64::NEG_INFINITY;
        let mut picked = vec![0; all.len()];
        'choices: loop {
            if picked.iter().zip(&all).map(|(pick, own)| own[*pick].1).sum::<f64>() <= money {
                best = best.max(picked.iter().zip(&values).map(|(pick, own)| own[*pick]).sum());
            }
            for (pick, own) in picked.iter_mut().zip(&all) {
                *pick = (*pick + 1) % own.len();
                if *pick > 0 {
                    continue 'choices;
                }
            }
            break;
        }
        let own: Vec<f64> = moved.iter().map(|row| spend_at(&responses, row, row.lever_plan.unwrap())).collect();
        let reached: f64 = own.iter().enumerate().map(|(at, spend)| value(at, *spend)).sum();
        let whole: f64 = moved.iter().enumerate().map(|(at, row)| value(at, row.recommended_spend)).sum();
        let step = values.iter().flat_map(|own| own.windows(2).map(|pair| pair[1] - pair[0])).fold(0.0, f64::max);
        assert!(own.iter().sum::<f64>() <= money, "{own:?} of {money}");
        assert!(reached <= best + 1e-6 && reached >= best - step - 1e-6, "{reached} of {best}, a step is {step}");
        if plan.summary.unallocated > 10.0 {
            // with money to spare each term stands for itself
            assert!((reached - best).abs() < 1e-6 * best.abs().max(1.0), "{reached} of {best}");
        }
        // leaving every bid alone is one of the choices, and never better where it is within limits
        let alone: f64 = moved.iter().enumerate().map(|(at, row)| value(at, row.current_spend)).sum();
        let today: f64 = moved.iter().map(|row| row.current_spend).sum();
        let kept = moved.iter().zip(&all).all(|(row, own)| own.iter().any(|one| one.0 == row.lever_now.unwrap()));
        assert!(!kept || today > money || reached >= alone - step - 1e-6, "{reached} below {alone}");
        // what is told is what these bids do
        assert!((bids.loss - (whole - reached)).abs() < 1e-5 * whole.abs().max(1.0), "{bids:?} {whole} {reached}");
        assert!((bids.spend - own.iter().sum::<f64>()).abs() < 1e-5 * bids.spend, "{bids:?} {own:?}");
        assert!((bids.planned_spend - planned).abs() < 1e-6, "{bids:?} {planned}");
        tested += 1;
    }
    assert!(tested >= 2, "{tested}");
}

#[test]
fn a_loss_that_matters_is_told_and_a_small_one_is_not() {
    let told = |plan: &Plan| plan.notes.0.iter().any(|note| note.code == "bids-in-cents");
    let (plan, _) = planned(&cheap(), &settings());
    let bids = plan.summary.bids.unwrap();
    assert!(bids.share_of_gain.unwrap() > 0.01 && told(&plan), "{bids:?}");
    let mut dear = cheap();
    for term in &mut dear.counts.terms {
        term.levers.max_cpc = term.levers.max_cpc.map(|bid| bid * 1000.0);
    }
    let (plan, _) = planned(&dear, &settings());
    let bids = plan.summary.bids.unwrap();
    assert!(bids.share_of_gain.unwrap() < 0.01 && !told(&plan), "{bids:?}");
}
