//! Totals of a term over its names: over its match types, campaigns, ad groups, channels or days.
//!
//! In: a plan and a way through the rows. Out: which rows are such totals, which cannot be told, and what to say of both. A row
//! may be one where a name that other rows have is blank in it, or nothing but a label (`Total`, `Alle`, `(all)`), as
//! spreadsheets and the `ROLLUP` and `CUBE` of warehouses write them; several levels may stand in one file. It is held against
//! the rows of its term that agree with it in all its other names; those that are totals themselves are not counted there. Which
//! of them are totals says `levels`. Rows without a term are judged elsewhere (see `judge`).

mod levels;
mod wholes;

use super::aside::{self, Sums};
use super::segments::Walk;
use super::words;
use crate::domain::Notes;
use crate::ingest::cell::{Record, Value, is_empty, shorten, write_text};
use crate::ingest::error::{IngestError, Refused};
use crate::ingest::number;
use crate::ingest::plan::Plan;
use crate::ingest::rows::{CLICKS, COST, Part};
use crate::ingest::rules::ASIDE;
use crate::ingest::text;
use levels::{Group, Verdict};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher};

pub(in crate::ingest) use wholes::Wholes;

/// Rows that may be totals, at most: where more rows lack a name they have none.
const MOST: usize = 4 << 20;
/// Totals that are named one by one, at most.
const NAMED: usize = 5;

/// What a cell of a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Blank,
    Label,
    Own(u64),
}

/// The columns that a row may be a total over: names, channel, days and segments.
pub(in crate::ingest) fn columns(plan: &Plan<'_>) -> Vec<usize> {
    let days = plan.when.iter().chain(&plan.until).chain(&plan.report);
    let all = plan.names.iter().chain(&plan.key[1..]).chain(days).chain(&plan.segments);
    let mut columns: Vec<usize> = Vec::new();
    for &column in all.filter(|&&column| column < plan.width) {
        if !columns.contains(&column) && columns.len() < 31 {
            columns.push(column);
        }
    }
    columns
}

/// Whether a name is blank, `Some(false)`, or nothing but a label, `Some(true)`.
fn is_whole(value: Value<'_>, column: usize, plan: &Plan<'_>) -> Option<bool> {
    match value {
        Value::Blank => Some(false),
        Value::Text(text) if number::is_blank(text) => Some(false),
        Value::Text(text) if plan.segments.contains(&column) => words::is_whole_segment(text).then_some(true),
        Value::Text(text) => words::is_name_of_all(text).then_some(true),
        Value::Number(_) | Value::Day(_) => None,
    }
}

/// What tells a record from others: all its cells that are read.
pub(in crate::ingest) fn identity(record: &(impl Record + ?Sized), plan: &Plan<'_>, buffer: &mut Vec<u8>) -> u64 {
    buffer.clear();
    for &column in &plan.read {
        write_text(buffer, record.value(column));
        buffer.push(0xff);
    }
    hash(buffer)
}

// the same in every run
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Which names a row lacks, and which of them are labels: one bit a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Level {
    whole: u32,
    labels: u32,
}

impl Level {
    /// Whether its rows are parts of those of another level.
    fn is_below(self, other: Self) -> bool {
        let lacks_more = self.whole & other.whole == self.whole && self.whole != other.whole;
        // a row whose name is blank is a part of one that is called a total
        let is_called = self.whole == other.whole && self.labels & other.labels == self.labels;
        lacks_more || (is_called && self.labels != other.labels)
    }
}

/// The names of a row.
#[derive(Clone, Debug)]
struct Names {
    term: u64,
    own: Vec<Name>,
}

impl Names {
    /// `None` where the row has no term, or a label for one.
    fn of(record: &dyn Record, plan: &Plan<'_>, buffer: &mut Vec<u8>) -> Option<Self> {
        let value = plan.value(record, plan.key[0]);
        let term = match value {
            _ if is_empty(value) => return None,
            Value::Text(text) if words::is_label(text) || words::is_bare(text) => return None,
            Value::Text(text) => {
                let match_type = plan.match_type.map(|at| plan.value(record, at));
                hash(text::term(text.trim(), match_type).0.as_bytes())
            }
            other => {
                buffer.clear();
                write_text(buffer, other);
                hash(buffer)
            }
        };
        let mut name = |&column: &usize| {
            let value = plan.value(record, column);
            // of a segment all rows may be blank that are of no total
            let is_segment = plan.segments.contains(&column) && plan.styles.blanks.get(column) != Some(&true);
            match (is_whole(value, column, plan), value) {
                (Some(true), _) => Name::Label,
                (Some(false), _) if !is_segment => Name::Blank,
                (_, Value::Day(day)) => Name::Own(day.unsigned_abs().into()),
                (_, value) => {
                    buffer.clear();
                    write_text(buffer, value);
                    Name::Own(hash(buffer))
                }
            }
        };
        let own = plan.rolls.iter().map(&mut name).collect();
        Some(Self { term, own })
    }

    /// What it lacks of the names that rows have.
    fn level(&self, known: u32) -> Level {
        let bits = |is: &dyn Fn(Name) -> bool| {
            let own = self.own.iter().enumerate().filter(|(_, name)| is(**name));
            own.fold(0, |bits, (bit, _)| bits | (1_u32 << bit)) & known
        };
        Level { whole: bits(&|name| !matches!(name, Name::Own(_))), labels: bits(&|name| name == Name::Label) }
    }

    /// The names that are not of the level, as one number.
    fn key(&self, level: Level) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.term);
        for (bit, name) in self.own.iter().enumerate().filter(|(bit, _)| level.whole & (1 << bit) == 0) {
            // a blank of a column that has no names is none that is lacking
            hasher.write_u64(if let Name::Own(name) = name { *name } else { bit as u64 });
        }
        hasher.finish()
    }
}

/// A row that lacks a name.
#[derive(Debug)]
struct Lacking {
    line: u64,
    identity: u64,
    names: Names,
    given: [Option<f64>; crate::ingest::rows::MEASURES],
    /// For messages, masked.
    term: Box<str>,
}

impl Lacking {
    fn sums(&self) -> Sums {
        self.given.map(Option::unwrap_or_default)
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Rolled {
    /// What tells the totals from other records.
    pub rows: HashSet<u64>,
    refused: Vec<Refused>,
    notes: Vec<(&'static str, usize, String)>,
}

impl Rolled {
    /// Says what was found, and refuses what nobody can tell; sums of files of which rows were refused cannot agree.
    pub(in crate::ingest) fn settle(self, part: &mut Part, notes: &mut Notes) {
        if part.refused_total == 0 {
            for refused in self.refused {
                part.refuse(|| refused);
            }
        }
        for (code, count, message) in self.notes {
            notes.add(code, count, message);
        }
    }
}

/// Finds the totals of terms over their names.
///
/// # Errors
/// The rows cannot be read again.
pub(in crate::ingest) fn find(part: &Part, plan: &Plan<'_>, rows: &dyn Walk) -> Result<Rolled, IngestError> {
    let mut rolled = Rolled::default();
    if !part.wholes.are_mixed() && !part.aside_full {
        return Ok(rolled);
    }
    let (mut lacking, mut known, mut buffer, mut crowded) = (Vec::new(), 0_u32, Vec::new(), false);
    rows.walk(plan, &mut |line, record| {
        let Some(names) = Names::of(record, plan, &mut buffer) else { return };
        let level = names.level(u32::MAX);
        for (bit, name) in names.own.iter().enumerate() {
            known |= u32::from(matches!(name, Name::Own(_))) << bit;
        }
        let Some(given) = aside::measures_of(record, plan).filter(|_| level.whole != 0) else { return };
        crowded |= lacking.len() >= MOST;
        if !crowded {
            let identity = identity(record, plan, &mut buffer);
            buffer.clear();
            write_text(&mut buffer, plan.value(record, plan.key[0]));
            let term = shorten(&String::from_utf8_lossy(&buffer)).into();
            lacking.push(Lacking { line, identity, names, given, term });
        }
    })?;
    if crowded {
        let message =
            format!("`{}` has too many rows that lack a name: whether they are totals is not looked at", plan.file);
        rolled.notes.push(("totals-unknown", lacking.len(), message));
        return Ok(rolled);
    }
    let mut levels: BTreeMap<Level, Vec<usize>> = BTreeMap::new();
    for (at, row) in lacking.iter().enumerate() {
        levels.entry(row.names.level(known)).or_default().push(at);
    }
    levels.remove(&Level { whole: 0, labels: 0 });
    let mut levels: Vec<(Level, Vec<usize>)> = levels.into_iter().collect();
    levels.sort_by_key(|(level, _)| (level.whole.count_ones(), level.labels.count_ones(), *level));
    let mut groups: Vec<HashMap<u64, Group>> = Vec::with_capacity(levels.len());
    for (level, own) in &levels {
        let mut of_level: HashMap<u64, Group> = HashMap::new();
        for &at in own {
            of_level.entry(lacking[at].names.key(*level)).or_default().rows.push(at);
        }
        groups.push(of_level);
    }
    rows.walk(plan, &mut |_, record| {
        let Some(names) = Names::of(record, plan, &mut buffer).filter(|names| names.level(known).whole == 0) else {
            return;
        };
        let Some(given) = aside::measures_of(record, plan) else { return };
        for ((level, _), groups) in levels.iter().zip(&mut groups) {
            if let Some(group) = groups.get_mut(&names.key(*level)) {
                group.parts.add(given);
            }
        }
    })?;
    for at in 0..levels.len() {
        let (level, own) = &levels[at];
        let verdicts = levels::judge(&lacking, &groups[at], plan, *level);
        let is_told = |row: &&usize| verdicts.get(*row).is_none_or(|verdict| !verdict.is_total());
        for row in own.iter().filter(is_told) {
            let row = &lacking[*row];
            for (higher, of_higher) in levels.iter().zip(&mut groups).skip(at + 1) {
                if level.is_below(higher.0)
                    && let Some(group) = of_higher.get_mut(&row.names.key(higher.0))
                {
                    group.parts.add(row.given);
                }
            }
        }
        // totals over devices alone are told beside those of the file, as long as those are kept
        let of_segments = (0..plan.rolls.len())
            .filter(|bit| level.whole & (1 << bit) != 0)
            .all(|bit| plan.segments.contains(&plan.rolls[bit]));
        if !of_segments || own.len() > ASIDE {
            rolled.take(&lacking, &verdicts, plan, *level);
        }
    }
    Ok(rolled)
}

impl Rolled {
    fn take(&mut self, lacking: &[Lacking], verdicts: &BTreeMap<usize, Verdict>, plan: &Plan<'_>, level: Level) {
        let place = |row: &Lacking| format!("`{}` ({} {})", row.term, plan.place, row.line);
        let columns: Vec<usize> = (0..plan.rolls.len()).filter(|bit| level.whole & (1 << bit) != 0).collect();
        let named = |bit: &usize| {
            let name = format!("`{}`", plan.schema.names[plan.rolls[*bit]]);
            if level.labels & (1 << bit) == 0 { format!("{name}, where they are blank") } else { name }
        };
        let over = columns.iter().map(named).collect::<Vec<_>>().join(" and ");
        let (mut totals, mut sums) = (0, Sums::default());
        let (mut differ, mut counted_rows): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for (&at, verdict) in verdicts {
            let row = &lacking[at];
            match verdict {
                Verdict::Total | Verdict::Differs(_) => {
                    totals += 1;
                    self.rows.insert(row.identity);
                    sums.iter_mut().zip(row.sums()).for_each(|(sum, own)| *sum += own);
                    if let Verdict::Differs(parts) = verdict {
                        let [own, of_parts] = [row.sums()[CLICKS], parts[CLICKS]];
                        differ.push(format!("{} with {own} clicks and not {of_parts}", place(row)));
                    }
                }
                Verdict::Counted => counted_rows.push(place(row)),
                Verdict::Unknown(rule) => self.refused.push(Refused {
                    file: plan.file.to_owned(),
                    line: row.line,
                    place: plan.place,
                    column: plan.schema.names[plan.rolls[columns[0]]].clone(),
                    value: row.term.to_string(),
                    rule,
                }),
            }
        }
        let first = |rows: &[String]| {
            let more = rows.len().saturating_sub(NAMED);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{rest}", rows[..rows.len() - more].join(", "))
        };
        let cost = plan.measures[COST].map(|_| format!(" and cost {:.2}", sums[COST])).unwrap_or_default();
        let differing = if differ.is_empty() {
            String::new()
        } else {
            format!("; {} differ from their rows: {}", differ.len(), first(&differ))
        };
        let message = format!(
            "rows of `{}` are totals of a term over {over}, and are not counted, with {} clicks{cost}{differing}",
            plan.file, sums[CLICKS]
        );
        self.notes.push(("totals-of-terms", totals, message));
        let message = format!(
            "rows of `{}` lack a name, as totals over {over} do, and are counted as their numbers do not show that they are: {}; \
             delete them if they are totals",
            plan.file,
            first(&counted_rows)
        );
        self.notes.push(("totals-counted", counted_rows.len(), message));
    }
}

/// The rows without the totals of terms over their names.
pub(in crate::ingest) struct Without<'w>(pub &'w dyn Walk);

impl Walk for Without<'_> {
    fn walk(&self, plan: &Plan<'_>, see: &mut dyn FnMut(u64, &dyn Record)) -> Result<(), IngestError> {
        let mut buffer = Vec::new();
        self.0.walk(plan, &mut |line, record| {
            if plan.rolled.is_empty() || !plan.rolled.contains(&identity(record, plan, &mut buffer)) {
                see(line, record);
            }
        })
    }
}

#[cfg(test)]
mod tests;
