//! The bounds of each item: absolute, relative to its current spend, from its state, and from
//! `--max-change`. The tighter holds, and each remembers where it came from.

use super::input::Input;
use crate::cli::args::{Allocate, ChangeReference};
use crate::config::ConfigError;
use crate::domain::Notes;
use crate::error::{Error, NamedLimit, amount};
use crate::ingest::{CurveTable, IngestError, ItemState};
use crate::numeric::sum::ExactSum;

/// Bounds this close are the same bound reached in two ways.
const SAME: f64 = 1e-12;

/// Bounds of the items. Vectors have the shape: items.
#[derive(Default)]
pub(super) struct Bounds {
    /// Least spend, money.
    pub(super) lower: Vec<f64>,
    /// Most spend, money.
    pub(super) upper: Vec<f64>,
    /// Nothing or at least this, money.
    pub(super) minimum: Vec<f64>,
    /// Column or flag of the lower bound; empty where there is none.
    lower_from: Vec<&'static str>,
    /// Column or flag of the upper bound; empty where there is none.
    upper_from: Vec<&'static str>,
    /// Items whose bounds contradict each other, ascending. Theirs are the other way round: between the two, what
    /// either bound gives way costs the same.
    pub(super) crossed: Vec<usize>,
    /// What relative limits are relative to, in words; none where nothing is relative.
    pub(super) references: Vec<String>,
}

/// The largest change of an item and what it is relative to.
struct Change {
    share: f64,
    /// What current spend is multiplied with.
    scale: f64,
}

impl Bounds {
    /// Bounds of every item.
    ///
    /// # Errors
    /// Something is relative to a current spend that is not there.
    pub(super) fn of(args: &Allocate, input: &Input, notes: &mut Notes) -> Result<Self, Error> {
        let table = &input.table;
        check_current(args, table)?;
        let change = change(args, table)?;
        let mut bounds = Self { references: references(table, change.as_ref()), ..Self::default() };
        let (mut barred, mut stuck) = (0, 0);
        for row in 0..table.id.len() {
            let mut item = item(table, row, change.as_ref());
            if item.lower > item.upper && item.lower <= item.upper * (1.0 + SAME) {
                item.lower = item.upper;
            }
            if item.lower > item.upper {
                bounds.crossed.push(row);
                (item.lower, item.upper) = (item.upper, item.lower);
            }
            barred += usize::from(item.barred);
            let relative = matches!(item.upper_from, "upper_rel" | "--max-change");
            stuck += usize::from(relative && item.upper <= 0.0 && table.current_spend[row] <= 0.0);
            bounds.lower.push(item.lower);
            bounds.upper.push(item.upper);
            bounds.minimum.push(item.minimum);
            bounds.lower_from.push(item.lower_from);
            bounds.upper_from.push(item.upper_from);
        }
        notes.add("minimum-above-upper", barred, "items whose minimum is above their upper bound: they get nothing");
        notes.add(
            "nothing-to-scale",
            stuck,
            "items spend nothing today and a limit relative to that keeps them at 0: give them the state `new`",
        );
        Ok(bounds)
    }

    /// The name of a bound: `side` is `lower` or `upper`.
    pub(super) fn name(&self, side: &'static str, table: &CurveTable, row: usize) -> NamedLimit {
        let from = if side == "lower" { self.lower_from[row] } else { self.upper_from[row] };
        named(side, table, row, from)
    }
}

fn named(side: &'static str, table: &CurveTable, row: usize, from: &str) -> NamedLimit {
    let place = format!("{}, line {}", table.file, table.line[row]);
    let source = match from {
        "" => place,
        flag if flag.starts_with("--") => format!("`{flag}`, {place}"),
        column => format!("{place}, column `{column}`"),
    };
    NamedLimit {
        kind: if side == "lower" { "item-lower" } else { "item-upper" },
        id: Some(table.id[row].clone()),
        words: format!("the {side} bound of `{}`", table.id[row]),
        source,
    }
}

/// Bounds of one item.
struct Item {
    lower: f64,
    upper: f64,
    minimum: f64,
    lower_from: &'static str,
    upper_from: &'static str,
    /// Its minimum leaves it nothing.
    barred: bool,
}

impl Item {
    fn at_least(&mut self, lower: f64, from: &'static str) {
        if lower > self.lower {
            (self.lower, self.lower_from) = (lower, from);
        }
    }

    fn at_most(&mut self, upper: f64, from: &'static str) {
        if upper < self.upper {
            (self.upper, self.upper_from) = (upper, from);
        }
    }
}

fn item(table: &CurveTable, row: usize, change: Option<&Change>) -> Item {
    let current = table.current_spend[row];
    let kept = |spend| Item {
        lower: spend,
        upper: spend,
        minimum: 0.0,
        lower_from: "state",
        upper_from: "state",
        barred: false,
    };
    let state = table.state[row];
    match state {
        ItemState::Fixed => return kept(current),
        ItemState::Paused => return kept(0.0),
        ItemState::Active | ItemState::New => {}
    }
    let mut item =
        Item { lower: 0.0, upper: f64::INFINITY, minimum: 0.0, lower_from: "", upper_from: "", barred: false };
    item.at_least(table.lower[row], "lower");
    item.at_most(table.upper[row], "upper");
    if state == ItemState::Active {
        let (lower, upper) = (table.lower_rel[row], table.upper_rel[row]);
        if !lower.is_nan() {
            item.at_least(lower * current, "lower_rel");
        }
        // an infinite multiple is no bound, of nothing neither
        if upper.is_finite() {
            item.at_most(upper * current, "upper_rel");
        }
        if let Some(change) = change {
            let reference = current * change.scale;
            item.at_least(reference * (1.0 - change.share), "--max-change");
            item.at_most(reference * (1.0 + change.share), "--max-change");
        }
    }
    let minimum = table.minimum[row];
    if item.lower > 0.0 {
        // what gets something anyway gets its minimum
        item.at_least(minimum, "minimum");
    } else if minimum > item.upper {
        item.barred = true;
        item.at_most(0.0, "minimum");
    } else {
        item.minimum = minimum;
    }
    item
}

/// Refuses blank current spends where something is relative to them.
fn check_current(args: &Allocate, table: &CurveTable) -> Result<(), IngestError> {
    let all = args.max_change.is_some() || args.max_turnover.is_some() || args.turnover_price.is_some();
    if all && !table.has_current_spend {
        return Err(table.lacks_current_spend());
    }
    let mut refused = Vec::new();
    for row in 0..table.id.len() {
        let relative = !table.lower_rel[row].is_nan() || !table.upper_rel[row].is_nan();
        let needed = match table.state[row] {
            ItemState::New => false,
            ItemState::Fixed => true,
            ItemState::Paused => all,
            ItemState::Active => all || relative,
        };
        if needed && table.current_spend[row].is_nan() {
            let rule = "is blank, and a limit relative to it or the state `fixed` needs it; what starts is `new`";
            refused.push(table.refused(row, "current_spend", "", rule));
        }
    }
    CurveTable::finish(refused)
}

/// Spend today, money; new items start from 0, and so does what is blank.
pub(super) fn current(table: &CurveTable) -> Vec<f64> {
    let spend = |(state, spend): (&ItemState, &f64)| match state {
        ItemState::New => 0.0,
        _ if spend.is_nan() => 0.0,
        _ => *spend,
    };
    table.state.iter().zip(&table.current_spend).map(spend).collect()
}

fn change(args: &Allocate, table: &CurveTable) -> Result<Option<Change>, ConfigError> {
    let Some(share) = args.max_change else { return Ok(None) };
    let total = current(table).into_iter().collect::<ExactSum>().value();
    let scale = match (args.change_reference, args.budget) {
        (Some(ChangeReference::Scaled), None) => {
            let rule = "`current` where no `--budget` is given";
            return Err(ConfigError::value("change-reference", "scaled", rule));
        }
        (Some(ChangeReference::Current), _) | (None, None) => 1.0,
        (_, Some(budget)) => {
            if total > 0.0 {
                budget / total
            } else {
                1.0
            }
        }
    };
    Ok(Some(Change { share, scale }))
}

fn references(table: &CurveTable, change: Option<&Change>) -> Vec<String> {
    let relative = table.lower_rel.iter().chain(&table.upper_rel).any(|bound| !bound.is_nan());
    let mut words = Vec::new();
    if relative {
        words.push("bounds relative to current_spend".to_owned());
    }
    if let Some(Change { share, scale }) = change {
        let scaled = (scale - 1.0).abs() > SAME;
        let of = if scaled { format!("current_spend × {}", amount(*scale)) } else { "current_spend".to_owned() };
        words.push(format!("changes of at most {}% relative to {of}", plain(100.0 * share)));
    }
    words
}

/// A percentage without needless decimals.
fn plain(number: f64) -> String {
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
