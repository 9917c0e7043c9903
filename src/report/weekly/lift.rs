//! Lift in words: what was measured with campaigns held back, or why nothing was.

use super::WeeklyRun;
use crate::report::format::{self, Money};
use crate::report::html::{Cell, Table};
use crate::weekly::{Holdback, Lift, Record};

/// A figure of the objective.
fn shown(record: &Record, money: &Money, figure: f64) -> String {
    let counts = record.plan.as_ref().is_some_and(|plan| plan.objective == "conversions");
    if counts { format::count_signed(figure) } else { money.signed(figure) }
}

fn campaigns(count: usize) -> String {
    format::counted(count, "campaign", "campaigns")
}

/// Why lift is empty, without a full stop.
pub(super) fn why_empty(record: &Record) -> String {
    match &record.holdback {
        None => "no campaign is held back at random".to_owned(),
        Some(drawn) => match drawn.held().len() {
            0 => format!("{} with spend are too few to hold one back", campaigns(drawn.campaigns.len())),
            1 => "one campaign held back tells no chance from lift: at least two are needed on either side".to_owned(),
            held => format!("{} held back since {}, and no whole week has come since", campaigns(held), since(drawn)),
        },
    }
}

fn since(drawn: &Holdback) -> String {
    drawn.since.map(|day| day.to_string()).unwrap_or_default()
}

/// The measured lift, or why there is none; a sentence without a full stop.
pub(super) fn sentence(record: &Record, money: &Money) -> String {
    let Some(lift) = &record.lift else { return format!("Lift is not measured: {}", why_empty(record)) };
    let show = |figure: f64| shown(record, money, figure);
    let promised = match (lift.promised, lift.ratio, lift.ratio_lower, lift.ratio_upper) {
        (Some(promised), Some(ratio), Some(lower), Some(upper)) => {
            // records of earlier versions do not say of how many
            let known = lift.promised_rotations;
            let of = if known == 0 || known == lift.rotations {
                String::new()
            } else {
                format!(" in {known} of {} rotations, the promise of the others not being known", lift.rotations)
            };
            let there = if of.is_empty() { "" } else { " in these" };
            format!(
                "; {} a week were promised for the moves made{of}, so {} of it was realised{there} ({} to {}, 90%)",
                show(promised),
                format::ratio(ratio),
                format::ratio(lower),
                format::ratio(upper),
            )
        }
        _ => "; too little was promised for the moves made to be held against it".to_owned(),
    };
    format!(
        "Lift measured over {}: {} a week ({} to {}, 90%), {} held back{} against {}{promised}",
        format::counted(lift.weeks, "week", "weeks"),
        show(lift.realised),
        show(lift.lower),
        show(lift.upper),
        campaigns(lift.held),
        if lift.rotations > 1 { " in turn" } else { "" },
        format::whole(lift.adopted),
    )
}

/// What the plan promises over today's spends, corrected by what earlier ones realised, a sentence without a full stop; `None`
/// where nothing corrects it.
pub(super) fn corrected(record: &Record, money: &Money) -> Option<String> {
    let (corrected, gain) = (record.corrected_gain()?, record.plan.as_ref()?.gain()?);
    Some(format!(
        "Promised beyond today's spends: {} a week; corrected by the lift that earlier plans realised: {} ({} times)",
        shown(record, money, gain),
        shown(record, money, corrected),
        format::ratio(record.lift.as_ref()?.correction?),
    ))
}

/// What stands under the card of the ratio.
pub(super) fn detail(record: &Record) -> String {
    match &record.lift {
        None => why_empty(record),
        Some(Lift { ratio_lower: Some(lower), ratio_upper: Some(upper), .. }) => {
            format!("{} to {}, 90%", format::ratio(*lower), format::ratio(*upper))
        }
        Some(_) => "hardly any move was made to be held against".to_owned(),
    }
}

/// The campaigns of the draw, for the page.
pub(super) fn drawn_table(run: &WeeklyRun) -> Table {
    let money = run.money();
    let Some(drawn) = &run.record.holdback else { return Table::default() };
    let until = drawn.until().map(|day| day.to_string()).unwrap_or_default();
    let caption = format!("Drawn for the week of {} with seed {}; drawn anew for {until}", since(drawn), drawn.seed);
    let mut table = Table::new(caption, &["Campaign", "#Spend when drawn", "#Stratum", "Held back"]);
    table.rows = drawn
        .campaigns
        .iter()
        .map(|one| {
            vec![
                Cell::detailed(
                    format::name(one.campaign.campaign.as_deref().unwrap_or_default(), 60),
                    format::shorten(one.campaign.channel.as_deref().unwrap_or_default(), 30),
                ),
                Cell::new(money.exact(one.spend)),
                Cell::new(format::whole(one.stratum + 1)),
                Cell::new(if one.held { "held back" } else { "" }),
            ]
        })
        .collect();
    table
}
