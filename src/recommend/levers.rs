//! What has to be set on the platform for a planned spend to come about.
//!
//! A term has no budget of its own anywhere, so each row names something that can be set. The new
//! setting follows from the term's own curve; it is wrong where a platform's bidding ignores the
//! lever (automated bidding ignores a keyword's bid) or where another limit binds first.

use crate::domain::{Coin, LeverKind, Levers, State};

/// A lever, its setting now and under the plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lever {
    pub(super) kind: LeverKind,
    pub(super) now: Option<f64>,
    pub(super) plan: Option<f64>,
}

/// What the lever's new setting is computed from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    /// Cost per click planned over now; `None` without clicks now.
    pub(super) cpc_ratio: Option<f64>,
    /// The campaign's spend planned over now; `None` without spend now.
    pub(super) campaign_ratio: Option<f64>,
    /// What the plan spends in the campaign a day, money; `None` where the length of the period is not known.
    pub(super) daily_spend: Option<f64>,
    /// Whether the campaign spends the budget that is set: one that is left over moves nothing when it is moved.
    pub(super) budget_is_spent: bool,
}

/// Chooses the lever: the first that is set today of bid, target CPA, target ROAS, campaign budget (if it is spent); only the
/// budget where `budget_holds`, as bids do not move the spend then. A bid is in full precision: which whole cents lose least is
/// not a matter of one term (`bids`).
///
/// # Formula
/// ```text
/// max_cpc, target_cpa  × CPC(plan) / CPC(now)        (the rate does not depend on spend)
/// target_roas          ÷ CPC(plan) / CPC(now)
/// campaign_budget      the campaign's planned spend a day; × its spend(plan) / spend(now) where days are not known
/// ```
pub(super) fn lever(state: State, levers: &Levers, movement: Move, budget_holds: bool, coin: Coin) -> Lever {
    match state {
        State::Paused => return Lever { kind: LeverKind::Status, now: None, plan: None },
        // without spend nothing is known of which setting would bring any
        State::New => return Lever { kind: LeverKind::Advisory, now: None, plan: None },
        State::Active | State::Fixed => {}
    }
    let set = |now: Option<f64>| now.filter(|&value| value > 0.0);
    let levers =
        if budget_holds { Levers { campaign_budget: levers.campaign_budget, ..Levers::default() } } else { *levers };
    // without a ratio the setting of today stays
    let exact = |now: f64, ratio: Option<f64>| Some(ratio.map_or(now, |ratio| now * ratio));
    let scaled = |kind, now: f64, ratio: Option<f64>| Lever {
        kind,
        now: Some(now),
        // platforms take what the currency is divided into, and two decimals of a ratio
        plan: exact(now, ratio).map(|plan| match (ratio, kind) {
            (None, _) => plan,
            (Some(_), LeverKind::TargetRoas) => Coin::default().round(plan),
            (Some(_), _) => coin.round(plan),
        }),
    };
    if let Some(now) = set(levers.max_cpc) {
        Lever { kind: LeverKind::MaxCpc, now: Some(now), plan: exact(now, movement.cpc_ratio) }
    } else if let Some(now) = set(levers.target_cpa) {
        scaled(LeverKind::TargetCpa, now, movement.cpc_ratio)
    } else if let Some(now) = set(levers.target_roas) {
        scaled(LeverKind::TargetRoas, now, movement.cpc_ratio.map(f64::recip))
    } else if let Some(now) = set(levers.campaign_budget).filter(|_| movement.budget_is_spent || budget_holds) {
        let scaled = scaled(LeverKind::CampaignBudget, now, movement.campaign_ratio);
        Lever { plan: movement.daily_spend.map(|spend| coin.up(spend)).or(scaled.plan), ..scaled }
    } else {
        Lever { kind: LeverKind::Advisory, now: None, plan: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOVE: Move =
        Move { cpc_ratio: Some(1.1), campaign_ratio: Some(1.5), daily_spend: Some(14.0), budget_is_spent: true };

    #[test]
    fn bid_follows_cost_per_click() {
        let levers = Levers { max_cpc: Some(2.0), campaign_budget: Some(10.0), ..Levers::default() };
        let lever = lever(State::Active, &levers, MOVE, false, Coin::default());
        assert_eq!((lever.kind, lever.now, lever.plan), (LeverKind::MaxCpc, Some(2.0), Some(2.0 * 1.1)));
    }

    #[test]
    fn return_target_falls_when_more_is_bought() {
        let levers = Levers { target_roas: Some(4.4), ..Levers::default() };
        let plan = lever(State::Active, &levers, MOVE, false, Coin::default()).plan.expect("set");
        assert!((plan - 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_bid_does_not_move_what_the_budget_holds() {
        let levers = Levers { max_cpc: Some(2.0), campaign_budget: Some(10.0), ..Levers::default() };
        let lever = lever(State::Active, &levers, MOVE, true, Coin::default());
        assert_eq!((lever.kind, lever.plan), (LeverKind::CampaignBudget, Some(14.0)));
        let without_days =
            super::lever(State::Active, &levers, Move { daily_spend: None, ..MOVE }, true, Coin::default());
        assert_eq!(without_days.plan, Some(15.0));
    }

    #[test]
    fn a_budget_that_is_left_over_is_no_lever() {
        let levers = Levers { campaign_budget: Some(10.0), ..Levers::default() };
        let left_over = Move { budget_is_spent: false, ..MOVE };
        assert_eq!(lever(State::Active, &levers, MOVE, false, Coin::default()).kind, LeverKind::CampaignBudget);
        assert_eq!(lever(State::Active, &levers, left_over, false, Coin::default()).kind, LeverKind::Advisory);
        // what shares of impressions lost to the budget say is better known
        assert_eq!(lever(State::Active, &levers, left_over, true, Coin::default()).kind, LeverKind::CampaignBudget);
    }

    #[test]
    fn nothing_to_set_is_advice_only() {
        assert_eq!(lever(State::Active, &Levers::default(), MOVE, false, Coin::default()).kind, LeverKind::Advisory);
        assert_eq!(lever(State::Paused, &Levers::default(), MOVE, false, Coin::default()).kind, LeverKind::Status);
    }
}
