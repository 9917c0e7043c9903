//! What bids in the currency's steps do to a plan, in words for the page and the terminal.
//!
//! In: the plan with its bids to set. Out: sentences and lines; empty where no bid moves.

use super::Run;
use super::format::{self, Money};
use crate::domain::Objective;
use crate::recommend::{BidRounding, GoalKind, Plan};

/// What the goal asks for and what the bids to set give, as `a cost per conversion of €14.29 against the target of €14.00`;
/// `None` without a target.
fn goal(plan: &Plan, bids: &BidRounding, money: &Money) -> Option<String> {
    let goal = plan.summary.goal;
    let (figure, target) = bids.goal.zip(goal.target)?;
    let (name, show): (&str, &dyn Fn(f64) -> String) = match goal.kind {
        GoalKind::MostResponse => return None,
        GoalKind::TargetRoas => ("a return on ad spend of ", &format::ratio),
        GoalKind::TargetCpa => ("a cost per conversion of ", &|amount| money.exact(amount)),
        GoalKind::WantedConversions => {
            let [figure, target] = [figure, target].map(format::count);
            return Some(format!("{figure} conversions of the {target} wanted"));
        }
    };
    let mut shown = [figure, target].map(show);
    if bids.misses_goal && shown[0] == shown[1] {
        shown = [figure, target].map(|figure| format::significant_trimmed(figure, 6));
    }
    Some(format!("{name}{} against the target of {}", shown[0], shown[1]))
}

/// What the bids to set spend more than planned where the plan is the least spend for a volume, money; else 0.
fn dearer(plan: &Plan, bids: &BidRounding) -> f64 {
    let volume = plan.summary.goal.kind == GoalKind::WantedConversions;
    if volume { (bids.spend - bids.planned_spend).max(0.0) } else { 0.0 }
}

/// What follows the outcome in the decision: `; the bids to set, in whole cents, bring €3,120`, and which target they miss;
/// empty where neither matters.
pub(super) fn beside_outcome(plan: &Plan, planned: f64, money: &Money) -> String {
    let summary = &plan.summary;
    let told = |bids: &BidRounding| {
        bids.material || bids.misses_goal || bids.above_budget > 0.0 || dearer(plan, bids) > 0.01 * summary.spend
    };
    let Some(bids) = summary.bids.filter(told) else { return String::new() };
    let dearer = match dearer(plan, &bids) {
        more if more > 0.01 * summary.spend => format!(" for {} more than planned", money.short(more)),
        _ => String::new(),
    };
    let brought = show(summary.objective, money, planned - bids.loss);
    let missed = goal(plan, &bids, money)
        .filter(|_| bids.misses_goal)
        .map_or_else(String::new, |goal| format!(" and miss the target, with {goal}"));
    let above = if bids.above_budget > 0.0 {
        format!(", for {} more than the budget", money.exact(bids.above_budget))
    } else {
        String::new()
    };
    format!("; the bids to set, in {}, bring {brought}{dearer}{above}{missed}", money.steps())
}

/// What bids in whole cents cost; empty where no bid moves.
pub(super) fn words(run: &Run, money: &Money) -> String {
    let summary = &run.plan.summary;
    let Some(bids) = summary.bids else { return String::new() };
    let (objective, per) = (summary.objective, run.plan.a_period());
    let share = bids
        .share_of_gain
        .map_or_else(String::new, |share| format!(", {} of the plan’s gain", format::share(share.max(0.0))));
    let loss = if bids.loss >= 0.005 {
        let most = bids.most.map_or_else(String::new, |(term, loss)| {
            let name = format::name(&run.plan.rows[term].key.term, 60);
            format!("; the most, {}, is lost by “{name}”", show(objective, money, loss))
        });
        let (of, loss) = (loss_of(objective), show(objective, money, bids.loss));
        format!("they bring {loss}{of} {per} less than the figures on this page{share}{most}")
    } else {
        "that costs the plan nothing that shows".to_owned()
    };
    let kept = match bids.outside {
        0 => "all terms".to_owned(),
        outside => format!("all terms but {}", format::whole(outside)),
    };
    let goal = goal(run.plan, &bids, money).map_or_else(String::new, |goal| {
        if bids.misses_goal {
            format!(" They give {goal}: no others of these terms keep it within their limits.")
        } else {
            let turned = match bids.turned {
                0 => String::new(),
                1 => "; for that one bid goes the other way than the planned spend".to_owned(),
                more => format!("; for that {} bids go the other way than the planned spend", format::whole(more)),
            };
            format!(" They give {goal}, and so keep it{turned}.")
        }
    });
    let above = if bids.above_budget > 0.0 {
        format!(
            " They spend {} {per} more than the budget: no lower ones keep the terms’ limits.",
            money.exact(bids.above_budget)
        )
    } else {
        String::new()
    };
    let limits = match bids.limits_missed {
        0 => String::new(),
        1 => " One limit that terms share is missed by less than a step of some bids.".to_owned(),
        more => {
            format!(" {} limits that terms share are missed by less than a step of some bids.", format::whole(more))
        }
    };
    format!(
        "Platforms take bids in {}, and for a cheap click {} is a large step. The bids to set keep {kept} within their \
         limits and lose as little as can be: by the plan’s curves they spend {} {per} where {} is planned, and {loss}.{goal}{above}{limits}",
        money.steps(),
        money.step(),
        money.sum(bids.spend),
        money.sum(bids.planned_spend),
    )
}

/// The same in lines for a terminal.
pub(super) fn lines(plan: &Plan, money: &Money) -> Vec<String> {
    let summary = &plan.summary;
    let Some(bids) = summary.bids else { return Vec::new() };
    let mut lines = Vec::new();
    // less than a cent, or a hundredth of a conversion, shows in no figure
    if bids.loss >= 0.005 {
        let loss = match summary.objective {
            Objective::Conversions => format::count(bids.loss),
            Objective::Revenue | Objective::Profit => money.short(bids.loss),
        };
        let of = bids.share_of_gain.map_or_else(String::new, |share| format!(", {} of the gain", format::share(share)));
        let (steps, per) = (money.steps(), plan.a_period());
        lines.push(format!("bids in {steps}: {loss} {per} of {} less{of}", summary.objective.name()));
    }
    let more = dearer(plan, &bids);
    if more >= money.coin().step() {
        let (steps, per) = (money.steps(), plan.a_period());
        lines.push(format!("bids in {steps} spend {} {per} more than planned", money.short(more)));
    }
    if let Some((figure, target)) = bids.goal.zip(summary.goal.target) {
        let (name, show): (&str, &dyn Fn(f64) -> String) = match summary.goal.kind {
            GoalKind::TargetRoas => ("ROAS ", &format::ratio),
            GoalKind::TargetCpa => ("CPA ", &|amount| money.exact(amount)),
            GoalKind::WantedConversions | GoalKind::MostResponse => ("conversions ", &format::count),
        };
        let verdict = if bids.misses_goal { "MISSED" } else { "kept" };
        lines.push(format!("target at the bids to set: {name}{} of {}: {verdict}", show(figure), show(target)));
    }
    if bids.above_budget > 0.0 {
        lines.push(format!("the bids to set spend {} above the budget", money.exact(bids.above_budget)));
    }
    lines
}

fn show(objective: Objective, money: &Money, figure: f64) -> String {
    match objective {
        Objective::Conversions => format!("{} conversions", format::count(figure)),
        Objective::Revenue | Objective::Profit => money.short(figure),
    }
}

/// What a figure in money is of, after it.
fn loss_of(objective: Objective) -> &'static str {
    match objective {
        Objective::Conversions => "",
        Objective::Revenue => " of revenue",
        Objective::Profit => " of profit",
    }
}
