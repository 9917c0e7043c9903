//! What bids in steps of the currency do to the plan, told as notes.

use super::BidRounding;
use crate::domain::{Coin, Notes, Objective, quoted};
use crate::recommend::Recommendation;
use crate::recommend::goal::{Aim, GoalKind};

/// Says what bids in whole cents cost, where it is material, which target or limit they miss, and whose bids keep no bound.
/// `per` is what money is per, `coin` the steps that bids have.
pub(in crate::recommend) fn tell_bids(
    bids: Option<BidRounding>,
    rows: &[Recommendation],
    aim: &Aim,
    (objective, per, coin): (Objective, &str, Coin),
    notes: &mut Notes,
) {
    let Some(bids) = bids else { return };
    let (whole, one, digits) = (coin.in_words(), coin.one(), coin.decimals());
    let shown = |figure: f64| match objective {
        Objective::Conversions => format!("{figure:.2}"),
        Objective::Revenue | Objective::Profit => format!("{figure:.digits$}"),
    };
    let most = bids.most.map_or_else(String::new, |(term, loss)| {
        format!(", {} of it by the term {}", shown(loss), quoted(&rows[term].key.term))
    });
    let share = bids
        .share_of_gain
        .map_or_else(|| ", more than it gains".to_owned(), |share| format!(", {:.1}% of its gain", 100.0 * share));
    notes.add(
        "bids-in-cents",
        if bids.material { bids.terms } else { 0 },
        format!(
            "bids move, and platforms take them in {whole}: set as written they spend {:.digits$} {per} of the {:.digits$} planned for them and bring \
             {} {per} less in {} than the plan says{share}{most}; {one} is a large step for a cheap click, and a \
             wider change limit for such a term lets the next step through",
            bids.spend,
            bids.planned_spend,
            shown(bids.loss),
            objective.name(),
        ),
    );
    notes.add(
        "bids-outside-bounds",
        bids.outside,
        format!("terms that no bid in {whole} keeps within their bounds: they have the one that breaks them least"),
    );
    let figures = bids.goal.zip(aim.target).map(|(figure, target)| match aim.kind {
        GoalKind::TargetRoas => format!("a ROAS of {figure:.4} where {target} is the target"),
        GoalKind::TargetCpa => format!("a cost per conversion of {figure:.4} where {target} is the target"),
        GoalKind::WantedConversions | GoalKind::MostResponse => {
            format!("{figure:.2} conversions {per} where {target} are wanted")
        }
    });
    notes.add(
        "bids-miss-target",
        usize::from(bids.misses_goal),
        format!(
            "set as written, bids in {whole} give {}: no others of these terms keep it within their limits",
            figures.unwrap_or_default()
        ),
    );
    notes.add(
        "bids-turned",
        bids.turned,
        format!("terms whose bid goes the other way than the spend that is planned for them: in {whole} the target is kept only so"),
    );
    notes.add(
        "bids-above-budget",
        usize::from(bids.above_budget > 0.0),
        format!(
            "set as written, bids in {whole} spend {:.digits$} {per} more than the budget: no lower ones keep the terms' limits",
            bids.above_budget
        ),
    );
    notes.add(
        "bids-miss-limits",
        bids.limits_missed,
        format!("limits that terms share and that bids in {whole} miss by less than a step of some terms' bids"),
    );
}
