//! Tables and flags → the problem, and the user's name for each of its limits.

use super::bounds::{self, Bounds};
use super::crossed;
use super::input::{self, Input};
use crate::allocate::{AllocateError, Amount, Change, Class, Goal, Group, LimitRef, Problem, Short, Turnover};
use crate::cli::args::{Allocate, TurnoverLimit};
use crate::config::ConfigError;
use crate::domain::Notes;
use crate::error::{Error, Infeasible, NamedChange, NamedLimit, amount};
use crate::ingest::{CurveTable, IngestError, LimitCell, LimitTable};
use crate::numeric::sum::ExactSum;
use std::collections::HashMap;

/// The problem and what the user called its parts.
pub(super) struct Posed<'a> {
    pub(super) problem: Problem,
    pub(super) input: &'a Input,
    pub(super) bounds: Bounds,
    /// Spend of each item today, money; `None` where the file has no column for it.
    pub(super) current: Option<Vec<f64>>,
    /// Whether the budget was given, and not the sum of the upper bounds.
    budget_given: bool,
    pub(super) notes: Notes,
}

/// Poses the problem.
///
/// # Errors
/// Flags that do not fit the tables, cells that do not fit each other, bounds that contradict.
pub(super) fn pose<'a>(args: &Allocate, input: &'a Input) -> Result<Posed<'a>, Error> {
    let table = &input.table;
    let mut notes = input.notes();
    let bounds = Bounds::of(args, input, &mut notes)?;
    let current = bounds::current(table);
    let budget = match args.budget {
        Some(budget) => budget,
        None => sum_of_uppers(&bounds)?,
    };
    let goal = match (args.min_average_return, args.wanted_response) {
        (Some(ratio), _) => Goal::AverageReturn { ratio, measure: table.measure.clone() },
        (None, Some(response)) => Goal::Volume { response },
        (None, None) => Goal::MostResponse,
    };
    let limit = args.max_turnover.map(|limit| match limit {
        TurnoverLimit::Money(money) => money,
        TurnoverLimit::Share(share) => share * current.iter().copied().collect::<ExactSum>().value(),
    });
    let turnover = (limit.is_some() || args.turnover_price.is_some()).then(|| Turnover {
        current: current.clone(),
        price: args.turnover_price.unwrap_or(0.0),
        limit: limit.unwrap_or(f64::INFINITY),
    });
    let minimum = if bounds.minimum.iter().any(|&minimum| minimum > 0.0) { bounds.minimum.clone() } else { Vec::new() };
    let problem = Problem {
        curves: input.curves.clone(),
        lower: bounds.lower.clone(),
        upper: bounds.upper.clone(),
        minimum,
        budget,
        price_floor: args.min_marginal_return.unwrap_or(0.0),
        goal,
        groups: groups(&input.groups),
        group_of: group_of(args, input, &mut notes)?,
        classes: classes(args, input, &mut notes)?,
        turnover,
    };
    let current = table.has_current_spend.then_some(current);
    let posed = Posed { problem, input, bounds, current, budget_given: args.budget.is_some(), notes };
    if posed.bounds.crossed.is_empty() { Ok(posed) } else { Err(crossed::explain(&posed)) }
}

/// The cap where none is given: nothing can spend more.
fn sum_of_uppers(bounds: &Bounds) -> Result<f64, ConfigError> {
    let sum = bounds.upper.iter().copied().filter(|upper| upper.is_finite()).collect::<ExactSum>().value();
    if bounds.upper.iter().all(|upper| upper.is_finite()) {
        return Ok(sum);
    }
    let rule = "given as a cap, because an item has no upper bound";
    Err(ConfigError::value("budget", "absent", rule))
}

fn money_or_share(limit: Option<LimitCell>, none: f64) -> Amount {
    limit.map_or(Amount::Money(none), |limit| {
        if limit.share { Amount::Share(limit.amount) } else { Amount::Money(limit.amount) }
    })
}

fn groups(table: &LimitTable) -> Vec<Group> {
    let place = places(table);
    let group = |&row: &usize| Group {
        parent: table.parent[row].map(|parent| place[parent]),
        lower: money_or_share(table.lower[row], 0.0),
        upper: money_or_share(table.upper[row], f64::INFINITY),
    };
    table.order.iter().map(group).collect()
}

/// Index in the problem of each row of the table of groups.
pub(super) fn places(table: &LimitTable) -> Vec<u32> {
    let mut place = vec![0; table.id.len()];
    for (index, &row) in (0_u32..).zip(&table.order) {
        place[row] = index;
    }
    place
}

fn group_of(args: &Allocate, input: &Input, notes: &mut Notes) -> Result<Vec<Option<u32>>, IngestError> {
    let (table, groups) = (&input.table, &input.groups);
    if args.groups.is_none() {
        let named = table.group.iter().filter(|group| !group.is_empty()).count();
        notes.add("groups-without-limits", named, "items name a group, and no limits are given with --groups");
        return Ok(Vec::new());
    }
    let (rows, place) = (groups.rows(), places(groups));
    let mut used = vec![false; groups.id.len()];
    let mut refused = Vec::new();
    let mut group_of = Vec::with_capacity(table.id.len());
    for (item, name) in table.group.iter().enumerate() {
        let row = rows.get(name.as_str()).copied();
        if row.is_none() && !name.is_empty() {
            refused.push(table.refused(item, "group", name, "is not the id of a group in the file of `--groups`"));
        }
        let mut up = row;
        while let Some(group) = up.filter(|&group| !used[group]) {
            used[group] = true;
            up = groups.parent[group];
        }
        group_of.push(row.map(|row| place[row]));
    }
    CurveTable::finish(refused)?;
    note_empty("groups-without-items", groups, &used, notes);
    Ok(group_of)
}

fn classes(args: &Allocate, input: &Input, notes: &mut Notes) -> Result<Vec<Class>, IngestError> {
    let (table, classes) = (&input.table, &input.classes);
    if args.classes.is_none() {
        let named = table.classes.iter().filter(|classes| !classes.is_empty()).count();
        notes.add("classes-without-limits", named, "items name classes, and no limits are given with --classes");
        return Ok(Vec::new());
    }
    let rows: HashMap<&str, usize> = classes.rows();
    let mut members = vec![Vec::new(); classes.id.len()];
    let mut refused = Vec::new();
    for (item, names) in (0_u32..).zip(&table.classes) {
        for name in class_names(names) {
            match rows.get(name) {
                // a class named twice in one cell is named once
                Some(&row) if members[row].last() != Some(&item) => members[row].push(item),
                Some(_) => {}
                None => {
                    let rule = "is not the id of a class in the file of `--classes`";
                    refused.push(table.refused(item as usize, "classes", name, rule));
                }
            }
        }
    }
    CurveTable::finish(refused)?;
    let used: Vec<bool> = members.iter().map(|members| !members.is_empty()).collect();
    note_empty("classes-without-items", classes, &used, notes);
    let limits = |(row, members)| Class {
        members,
        lower: money_or_share(classes.lower[row], 0.0),
        upper: money_or_share(classes.upper[row], f64::INFINITY),
    };
    Ok(members.into_iter().enumerate().map(limits).collect())
}

/// The names in a cell of the column `classes`.
fn class_names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|name| !name.is_empty())
}

fn note_empty(code: &'static str, table: &LimitTable, used: &[bool], notes: &mut Notes) {
    let empty: Vec<&str> = (0..used.len()).filter(|&row| !used[row]).map(|row| table.id[row].as_str()).collect();
    let few = empty.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    let more = if empty.len() > 5 { ", …" } else { "" };
    notes.add(code, empty.len(), format!("rows of {} have no item: {few}{more}", table.file));
}

impl Posed<'_> {
    /// Names of items, the first few.
    pub(super) fn few(&self, items: &[usize]) -> String {
        let names = items.iter().take(5).map(|&item| self.input.table.id[item].as_str());
        let more = if items.len() > 5 { ", …" } else { "" };
        names.collect::<Vec<_>>().join(", ") + more
    }

    /// Why the budget cannot take the lower bounds in whole steps.
    pub(super) fn short(&self, short: Short, step: f64) -> Error {
        let mut budget = self.name(LimitRef::Budget);
        budget.source = format!("{}; lower bounds in whole steps of {}", budget.source, amount(step));
        let lower = &self.problem.lower;
        let mut items: Vec<usize> = (0..lower.len()).filter(|&item| lower[item] > 0.0).collect();
        items.sort_by(|&a, &b| lower[b].total_cmp(&lower[a]).then(a.cmp(&b)));
        let need = |&item: &usize| NamedChange {
            limit: self.name(LimitRef::ItemLower(item)),
            from: lower[item],
            to: lower[item],
        };
        Infeasible {
            changes: vec![NamedChange { limit: budget, from: self.problem.budget, to: short.needed }],
            needs: items.iter().map(need).collect(),
        }
        .into()
    }

    /// What the user called a limit.
    pub(super) fn name(&self, limit: LimitRef) -> NamedLimit {
        let plan = |kind, words: &str, source: &str| NamedLimit {
            kind,
            id: None,
            words: words.to_owned(),
            source: source.to_owned(),
        };
        let (groups, classes) = (&self.input.groups, &self.input.classes);
        match limit {
            LimitRef::Budget if self.budget_given => plan("budget", "the budget", "`--budget`"),
            LimitRef::Budget => plan("budget", "the sum of the upper bounds", "no `--budget` given"),
            LimitRef::GroupUpper(group) => {
                limit_name("group-upper", "upper limit of group", groups, groups.order[group])
            }
            LimitRef::GroupLower(group) => {
                limit_name("group-lower", "lower limit of group", groups, groups.order[group])
            }
            LimitRef::ClassUpper(class) => limit_name("class-upper", "upper limit of class", classes, class),
            LimitRef::ClassLower(class) => limit_name("class-lower", "lower limit of class", classes, class),
            LimitRef::ItemLower(item) => self.bounds.name("lower", &self.input.table, item),
            LimitRef::ItemUpper(item) => self.bounds.name("upper", &self.input.table, item),
            LimitRef::Turnover => plan("turnover", "the turnover limit", "`--max-turnover`"),
            LimitRef::AverageReturn => plan("average-return", "the least average return", "`--min-average-return`"),
            LimitRef::Volume => plan("volume", "the wanted response", "`--wanted-response`"),
        }
    }

    /// The solver's error in the user's words: which file, line, column and value.
    pub(super) fn explain(&self, error: AllocateError) -> Error {
        let table = &self.input.table;
        match error {
            AllocateError::Infeasible { relaxation } => {
                let named =
                    |change: &Change| NamedChange { limit: self.name(change.limit), from: change.from, to: change.to };
                Infeasible {
                    changes: relaxation.changes.iter().map(named).collect(),
                    needs: relaxation.needs.iter().map(named).collect(),
                }
                .into()
            }
            AllocateError::Bound { item, field, value } => {
                let column = if field == "current" { "current_spend" } else { field };
                table.refuse(item, column, &value.to_string(), "must be a finite number, zero or above").into()
            }
            AllocateError::BoundsCross { item, lower, .. } => {
                table.refuse(item, "lower", &lower.to_string(), "is above the upper bound").into()
            }
            AllocateError::Curve { item, source } => match input::misfit(table, item, &source) {
                Some(cell) => IngestError::Refused { refused: vec![cell], total: 1 }.into(),
                None => table.refuse_curve(item, &source.to_string()).into(),
            },
            AllocateError::Limit { kind: "group", index, rule } => {
                let groups = &self.input.groups;
                let row = groups.order[index];
                groups.refuse(row, "id", &groups.id[row], rule).into()
            }
            AllocateError::Limit { index, rule, .. } => {
                let classes = &self.input.classes;
                classes.refuse(index, "id", &classes.id[index], rule).into()
            }
            other => other.into(),
        }
    }
}

fn limit_name(kind: &'static str, words: &str, table: &LimitTable, row: usize) -> NamedLimit {
    let cell = if kind.ends_with("upper") { table.upper[row] } else { table.lower[row] };
    let column = cell.map_or_else(String::new, |cell| format!(", column `{}`", cell.column));
    NamedLimit {
        kind,
        id: Some(table.id[row].clone()),
        words: format!("the {words} `{}`", table.id[row]),
        source: format!("{}, line {}{column}", table.file, table.line[row]),
    }
}
