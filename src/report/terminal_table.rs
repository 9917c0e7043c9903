//! The plan on a terminal: totals and the ten largest moves, plain text, at most 80 columns.

use super::format::{self, Money};
use super::top::{largest_changes, trifling};
use super::{bids, change_limit, dated};
use crate::domain::Objective;
use crate::recommend::Plan;
use std::fmt::Write as _;

const COLUMNS: usize = 79;
const MOVES: usize = 10;

/// The plan in a few lines of plain text, each at most 79 columns wide and ended by a line end.
///
/// Money and counts are per week (per period for undated data), with `currency` as a code or sign.
#[must_use]
pub fn terminal_table(plan: &Plan, currency: Option<&str>) -> String {
    let money = Money::new(currency);
    let mut text = String::new();
    totals(&mut text, plan, &money);
    if let Some(dated) = &plan.dated {
        text.push_str("\nall weeks planned together, of which the above is the first:\n");
        text.push_str(&dated::terminal(dated, &money));
    }
    let changed = plan.rows.iter().filter(|row| row.moves()).count();
    let rows = largest_changes(&plan.rows, MOVES);
    if rows.is_empty() {
        text.push_str("\nno term changes\n");
    } else if trifling(plan) {
        let moved: f64 = plan.rows.iter().filter(|row| row.moves()).map(|row| row.change.abs()).sum();
        let _ = writeln!(text, "\nleave all as it is: the plan moves {} in all", money.exact(moved));
    } else {
        // without the currency, which stands in the head
        let bare = money.bare();
        let amount = |amount: f64| bare.sum(amount);
        let cells: Vec<[String; 5]> = rows
            .iter()
            .map(|row| {
                [
                    row.action.name().to_owned(),
                    amount(row.current_spend),
                    amount(row.recommended_spend),
                    row.change_pct.map_or_else(|| "new".to_owned(), format::change),
                    format::or_none(row.p_direction, format::probability),
                ]
            })
            .collect();
        let head = ["action", "now", "plan", "change", "sure"].map(str::to_owned);
        let widths: Vec<usize> = (0..head.len())
            .map(|column| cells.iter().chain([&head]).map(|row| format::width(&row[column])).max().unwrap_or(0))
            .collect();
        let rest: usize = widths.iter().map(|width| width + 2).sum();
        let term_width = COLUMNS.saturating_sub(rest).clamp(8, 40);
        let unit = if money.unit().is_empty() { String::new() } else { format!(", {}", money.unit()) };
        let per = plan.per();
        let _ =
            writeln!(text, "\nlargest of {} (spend per {per}{unit}):", format::counted(changed, "change", "changes"));
        let mut line = |term: &str, cells: &[String; 5]| {
            let term = format::shorten(term, term_width);
            let mut row = format!("{term}{}", " ".repeat(term_width.saturating_sub(format::width(&term))));
            for (number, (cell, &width)) in cells.iter().zip(&widths).enumerate() {
                let space = " ".repeat(width.saturating_sub(format::width(cell)));
                row += "  ";
                let (before, after) = if number == 0 { ("", space.as_str()) } else { (space.as_str(), "") };
                row.extend([before, cell.as_str(), after]);
            }
            text.push_str(row.trim_end());
            text.push('\n');
        };
        line("term", &head);
        for (row, cells) in rows.iter().zip(&cells) {
            line(&row.key.term, cells);
        }
    }
    // plain signs: not every terminal font has the typographic ones
    text.replace('−', "-").replace(format::NONE, "-").replace('\u{a0}', " ")
}

fn totals(text: &mut String, plan: &Plan, money: &Money) {
    let summary = &plan.summary;
    let level = format::share(summary.level);
    let ends = |figure: fn(&crate::recommend::Outcome) -> Option<f64>, show: &dyn Fn(f64) -> String| {
        let low = summary.planned_p05.as_ref().and_then(figure);
        let high = summary.planned_p95.as_ref().and_then(figure);
        low.zip(high).map_or_else(String::new, |(low, high)| format!("{} to {}", show(low), show(high)))
    };
    let exact = |amount: f64| money.sum(amount);
    let short = |amount: f64| money.short(amount);
    let made = |money: &Money, unit: String| {
        let short = |amount: f64| money.short(amount);
        let mut rows = vec![
            [unit, "now".to_owned(), "plan".to_owned(), format!("{level} interval")],
            ["spend".to_owned(), money.sum(summary.current_spend), money.sum(summary.spend), String::new()],
            [
                "conversions".to_owned(),
                format::count(summary.now.conversions),
                format::count(summary.planned.conversions),
                ends(|outcome| Some(outcome.conversions), &format::count),
            ],
        ];
        let mut add = |name: &str, figure: fn(&crate::recommend::Outcome) -> Option<f64>| {
            if let (Some(now), Some(planned)) = (figure(&summary.now), figure(&summary.planned)) {
                rows.push([name.to_owned(), short(now), short(planned), ends(figure, &short)]);
            }
        };
        add("revenue", |outcome| outcome.of(Objective::Revenue));
        add("profit", |outcome| outcome.of(Objective::Profit));
        rows
    };
    let widths = |rows: &[[String; 4]]| {
        [0, 1, 2, 3].map(|column| rows.iter().map(|row| format::width(&row[column])).max().unwrap_or(0))
    };
    let mut rows = made(money, String::new());
    // the currency stands once where lines would be too long
    if widths(&rows).iter().sum::<usize>() + 6 > COLUMNS {
        rows = made(&money.bare(), format!("in {}", money.unit()));
    }
    let widths = widths(&rows);
    for row in &rows {
        let mut line = format!("{}{}", row[0], " ".repeat(widths[0] - format::width(&row[0])));
        for column in 1..4 {
            line += "  ";
            line += &" ".repeat(widths[column] - format::width(&row[column]));
            line += &row[column];
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if summary.unallocated >= 0.005 {
        let _ =
            writeln!(text, "left unspent of the budget of {}: {}", exact(summary.budget), exact(summary.unallocated));
    }
    let gain = summary.gain_p05.zip(summary.gain_p95).map(|(low, high)| {
        let show =
            |figure| if summary.objective == Objective::Conversions { format::count(figure) } else { short(figure) };
        format!("gain in {}: {level} interval {} to {}", summary.objective.name(), show(low), show(high))
    });
    let probability = summary
        .probability_better
        .map(|probability| format!("probability of a gain: {}", format::probability(probability)));
    let nothing = summary.changes_nothing.then(|| "the plan changes nothing: no gain, and no loss".to_owned());
    let told = gain.into_iter().chain(probability).filter(|_| !trifling(plan));
    let gains: Vec<String> = told.chain(nothing).collect();
    if !gains.is_empty() {
        let compared = format!("(compared with {})", summary.compared_with);
        for line in gains.iter().chain([&compared]) {
            let _ = writeln!(text, "{}", format::shorten(line, COLUMNS));
        }
    }
    if let Some(limit) = change_limit::brief(plan) {
        let _ = writeln!(text, "{}", format::shorten(&limit, COLUMNS));
    }
    for line in bids::lines(plan, money) {
        let _ = writeln!(text, "{}", format::shorten(&line, COLUMNS));
    }
}

/// Cells in columns, the first to the left and the others to the right.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..columns).map(|column| rows.iter().map(|row| format::width(&row[column])).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let space = " ".repeat(widths[column].saturating_sub(format::width(cell)));
            if column == 0 {
                line.extend([cell.as_str(), &space]);
            } else {
                line.extend(["  ", &space, cell.as_str()]);
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Words in lines of at most [`COLUMNS`].
pub(super) fn wrapped(sentence: &str) -> String {
    let mut text = String::new();
    let mut used = 0;
    for word in sentence.split(' ') {
        let width = format::width(word);
        if used > 0 && used + 1 + width > COLUMNS {
            text.push('\n');
            used = 0;
        }
        if used > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += width;
    }
    text.push('\n');
    text
}
