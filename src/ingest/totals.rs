//! A file's own totals.
//!
//! In: the records that lack names that rows have, or are named as totals are, and a way through the rows. Out: which of them
//! are totals, what they say against the rows, and what the platform hides. They are told by their names, numbers and
//! place, never by a word alone: real terms begin with "total" (the rule stands in `structure`).
//!
//! A total may be of all rows, of a part (`Computers`, a week, a campaign), of the account with the hidden terms, or of a
//! part of the account that has no rows at all; several may overlap. None of them is counted.

mod aside;
mod judge;
mod rollup;
mod segments;
mod structure;
mod words;

use super::cell::{Value, is_empty, shorten};
use super::error::{IngestError, Place, Refused};
use super::plan::Plan;
use super::rows::{CLICKS, CONVERSIONS, COST, END, IMPRESSIONS, MEASURES, Part, REVENUE, Row, SIGNALS};
use super::rules::{ASIDE, NAMED_ASIDE, Reader};
use super::text;
use crate::counts::Totals;
use crate::domain::{Notes, counted};
use aside::{Candidate, Class, Sums};
use judge::{Of, Verdict};
use rollup::Without;
use segments::Segments;
use serde::Serialize;

pub(super) use aside::Aside;
pub(super) use rollup::{Wholes, columns as rolled_columns, find as find_rolled, identity};
pub(super) use segments::Walk;
pub(super) use words::{POOL_LETTERS, POOLS, REST, is_label, is_whole_segment};

/// The name of what the platform hides.
pub(super) const HIDDEN: &str = "(other search terms)";
/// Totals that differ are shown one by one up to so many.
const DIFFER: usize = 20;
/// A total where not all that may be totals were looked at.
const TOO_MANY: &str =
    "is a total, and the file has more rows that may be totals than are looked at: export it without totals";
/// Differences above this are shown: half a cent.
const SHOWN: f64 = 0.005;

/// A total that a file gives itself, against the sum of the rows it is of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileTotal {
    /// The file, as given.
    pub file: String,
    /// Physical line; the row number in a Parquet file.
    pub line: u64,
    /// What `line` counts.
    pub place: Place,
    /// Its label in the file.
    pub label: String,
    /// What the rows below the total have in common, as `Device: Computers`; `None` for all rows.
    pub segment: Option<String>,
    /// The measures it gives; none where no rows are known to be its.
    pub measures: Vec<Compared>,
    /// Whether it has a term and all the names that terms have, so that a term may be called so.
    pub may_be_term: bool,
}

impl FileTotal {
    /// Whether all measures agree to half a cent.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.measures.iter().all(|measure| measure.difference().abs() <= SHOWN)
    }
}

/// One measure of a total.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Canonical name.
    pub measure: &'static str,
    /// What the file says.
    pub total: f64,
    /// The sum over the rows, with the hidden terms where the total has them.
    pub rows: f64,
}

impl Compared {
    /// What the file says above what its rows add up to.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.total - self.rows
    }
}

const NAMES: [&str; MEASURES] = ["impressions", "clicks", "cost", "conversions", "revenue"];

/// What became of a file's totals.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub totals: Vec<FileTotal>,
    /// Sums of what the platform hides.
    pub hidden: Option<Sums>,
    /// Whether some of it has no day, where rows have, and is left out.
    pub left_out: bool,
    /// Rows that are called totals and are counted as terms.
    pub counted: Vec<String>,
}

/// The measures a file has.
pub(super) fn as_totals(sums: &Sums, has: impl Fn(usize) -> bool) -> Totals {
    let optional = |measure: usize| has(measure).then(|| sums[measure]);
    Totals {
        impressions: optional(IMPRESSIONS),
        clicks: sums[CLICKS],
        cost: optional(COST),
        conversions: sums[CONVERSIONS],
        revenue: optional(REVENUE),
    }
}

/// Tells the totals among the records put aside; the others become rows, and so does what the platform hides.
///
/// # Errors
/// The rows cannot be read again.
pub(super) fn settle(part: &mut Part, plan: &Plan<'_>, rows: &dyn Walk) -> Result<Settled, IngestError> {
    let rows: &dyn Walk = &Without(rows);
    let mut aside = std::mem::take(&mut part.aside);
    aside.sort_by_key(|aside| aside.line);
    // where every row lacks names, as in a pivot table that names each group once, those with a term are rows
    let ends = |is_row: &dyn Fn(&Candidate) -> bool| {
        let mut rows = aside.iter().filter(|aside| Candidate::read(aside, plan).is_some_and(|read| is_row(&read)));
        let first = rows.next()?.line;
        Some((first, rows.next_back().map_or(first, |last| last.line)))
    };
    let lines = part.lines.0.or_else(|| ends(&is_plain));
    let (first, last) = lines.unwrap_or((u64::MAX, 0));
    let mut settled = Settled::default();
    // where rows were refused sums cannot agree, and nothing is counted
    let (whole, full) = (part.refused_total == 0, aside.len() >= NAMED_ASIDE);
    // as many as one reader keeps, however many have read: so many rows without names are no totals
    let crowded = part.aside_full || aside.len() > ASIDE;
    // among the rows a record with a term and without names is a row whose names stand above it
    let is_row = |read: &Candidate| is_plain(read) && (crowded || (first..=last).contains(&read.aside.line));
    let read = |aside: &Aside| Candidate::read(aside, plan).filter(|read| !is_row(read));
    let mut read: Vec<Option<Candidate>> = aside.iter().map(read).collect();
    let (survey, taken) = structure::tell(&mut read, plan, rows, lines)?;
    let taken = taken.or_else(|| lines.is_none().then(|| ends(&Candidate::may_be_row)).flatten());
    let (first, last) = taken.map_or((first, last), |(from, until)| (first.min(from), last.max(until)));
    let mut candidates: Vec<Candidate> = read.iter().flatten().cloned().collect();
    let verdicts = if candidates.is_empty() || last == 0 {
        candidates.iter().map(alone).collect()
    } else {
        let segments = Segments::find(&mut candidates, &survey, plan, rows)?;
        judge::judge(&candidates, &segments, plan, |line| line < first || line > last)
    };
    let mut judged = candidates.iter().zip(&verdicts);
    let mut reader = Reader::new(plan);
    let mut pooled: Option<Sums> = None;
    for (aside, read) in aside.iter().zip(&read) {
        let Some((candidate, verdict)) = read.as_ref().and_then(|_| judged.next()) else {
            reader.read_row(aside.line, aside);
            continue;
        };
        match verdict {
            Verdict::Row => {
                if candidate.class == Class::Label && !candidate.of_segments {
                    settled.counted.push(named(&candidate.label, plan.file, plan.place, candidate.aside.line));
                }
                reader.read_row(aside.line, aside);
            }
            Verdict::Unknown(rule) if whole => refuse(&mut reader.part, plan, candidate, rule),
            Verdict::Nothing | Verdict::Unknown(_) => {}
            Verdict::Total(..) if full => refuse(&mut reader.part, plan, candidate, TOO_MANY),
            Verdict::Total(sums, of) => {
                settled.totals.push(compared(candidate, plan, sums.as_ref().filter(|_| whole), of));
            }
            Verdict::Hidden => {
                let own = candidate.sums();
                settled.hidden = Some(settled.hidden.map_or(own, |sums| plus(&sums, &own)));
                match plan.when.map(|at| is_empty(plan.value(aside, at))) {
                    Some(true) => settled.left_out = true,
                    None if !candidate.named => pooled = Some(pooled.map_or(own, |sums| plus(&sums, &own))),
                    _ => reader.read_hidden(aside.line, aside),
                }
            }
        }
    }
    part.merge(reader.part, 0);
    part.refused.sort_by_key(|refused| refused.line);
    if let Some(pooled) = pooled {
        pool(part, plan, &pooled);
    }
    Ok(settled)
}

/// A term without the names that others have.
fn is_plain(read: &Candidate) -> bool {
    read.class == Class::Plain && read.has_term && !read.named
}

/// What a record is in a file that has no other rows: a file of totals alone has no terms.
fn alone(candidate: &Candidate) -> Verdict {
    match candidate.class {
        _ if candidate.of_segments => Verdict::Row,
        Class::Label => Verdict::Nothing,
        Class::Hidden => Verdict::Hidden,
        _ => Verdict::Row,
    }
}

fn refuse(part: &mut Part, plan: &Plan<'_>, candidate: &Candidate, rule: &'static str) {
    part.refuse(|| Refused {
        file: plan.file.to_owned(),
        line: candidate.aside.line,
        place: plan.place,
        column: plan.schema.names[plan.key[0]].clone(),
        value: if candidate.class == Class::Blank { String::new() } else { shorten(&candidate.label) },
        rule,
    });
}

fn plus(a: &Sums, b: &Sums) -> Sums {
    std::array::from_fn(|at| a[at] + b[at])
}

/// Says how the files' totals compare with their rows.
pub(super) fn describe(notes: &mut Notes, totals: &[FileTotal]) {
    let (apart, compared): (Vec<_>, Vec<_>) = totals.iter().partition(|total| total.measures.is_empty());
    let (agree, differ): (Vec<_>, Vec<_>) = compared.into_iter().partition(|total| total.agrees());
    notes.add("totals-apart", apart.len(), "total rows are not counted, and no rows are known to be theirs");
    notes.add("totals-agree", agree.len(), "total rows are not counted, and agree with the sums of the rows");
    let doubtful: Vec<String> = totals
        .iter()
        .filter(|total| total.may_be_term)
        .map(|total| named(&total.label, &total.file, total.place, total.line))
        .collect();
    let message = format!(
        "total rows have the names that terms have, and are told by their numbers: {}; give one another name if it is a term",
        first_of(&doubtful)
    );
    notes.add("totals-named", doubtful.len(), message);
    let more = differ.len().saturating_sub(DIFFER);
    for total in differ.into_iter().take(DIFFER) {
        let differences: Vec<String> = total
            .measures
            .iter()
            .filter(|measure| measure.difference().abs() > SHOWN)
            .map(|measure| format!("{} {:.2} and not {:.2}", measure.measure, measure.total, measure.rows))
            .collect();
        let FileTotal { file, line, place, label, .. } = total;
        let message = format!(
            "`{file}`, {place} {line}, `{label}` is not counted, and differs from the sum of its rows: {}",
            differences.join(", ")
        );
        notes.add("totals-differ", 1, message);
    }
    notes.add("totals-differ", more, format!("{} more that differ are not counted either", counted(more, "total row")));
}

/// Says which rows are called totals and are counted.
pub(super) fn note_counted(notes: &mut Notes, counted: &[String]) {
    let message = format!(
        "rows are called totals and are counted as terms, as they have the names that terms have: {}; delete one if it is a total",
        first_of(counted)
    );
    notes.add("totals-counted", counted.len(), message);
}

/// A row by its label and place.
fn named(label: &str, file: &str, place: Place, line: u64) -> String {
    format!("`{}` (`{file}`, {place} {line})", shorten(label))
}

/// The first of several, and how many more there are.
fn first_of(rows: &[String]) -> String {
    let more = rows.len().saturating_sub(DIFFER);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", rows[..rows.len() - more].join(", "))
}

/// Adds what the platform hides without a name of its own as one item.
pub(super) fn pool(part: &mut Part, plan: &Plan<'_>, hidden: &Sums) {
    let mut key = Vec::new();
    for field in 0..plan.key.len() {
        key.extend_from_slice(if field == 0 { HIDDEN.as_bytes() } else { b"" });
        key.push(END);
    }
    let measures = std::array::from_fn(|measure| plan.measures[measure].map(|_| hidden[measure]));
    let signals: [Option<f64>; SIGNALS] = std::array::from_fn(|signal| {
        part.rows.last().filter(|rows| !rows.signals[signal].is_empty()).map(|_| f64::NAN)
    });
    part.push(&Row { key: &key, measures, signals, ..Row::default() });
}

/// A total against the sums of the rows it is of, if they are known.
fn compared(candidate: &Candidate, plan: &Plan<'_>, rows: Option<&Sums>, of: &Of) -> FileTotal {
    let name = |(column, text): &(usize, String)| format!("{}: {}", plan.schema.names[*column], shorten(text));
    let segment = match of {
        Of::Block => Some("the rows beside it".to_owned()),
        Of::Texts(texts) if texts.is_empty() => None,
        Of::Texts(texts) => Some(texts.iter().map(name).collect::<Vec<_>>().join(", ")),
    };
    let measures = (0..MEASURES).filter(|&at| plan.measures[at].is_some());
    let given = measures.filter_map(|at| Some((at, candidate.given[at]?, rows?[at])));
    FileTotal {
        file: plan.file.to_owned(),
        line: candidate.aside.line,
        place: plan.place,
        label: shorten(&candidate.label),
        segment,
        measures: given.map(|(at, total, rows)| Compared { measure: NAMES[at], total, rows }).collect(),
        may_be_term: candidate.is_like_a_term()
            && !candidate.of_segments
            && (!(candidate.class == Class::Label || words::is_bare(&candidate.label))
                || !(plan.names.is_empty() && matches!(of, Of::Texts(texts) if texts.is_empty()))),
    }
}

/// Whether a record may be a total although it has names that rows have: it has no term, or one that totals have, too.
pub(super) fn is_doubtful(term: Value<'_>) -> bool {
    match term {
        Value::Text(text) => {
            is_empty(term)
                || words::may_be_label(text)
                || words::is_bare(text)
                || words::is_pool(text)
                || words::is_rest(text)
                || text == text::NONE
        }
        Value::Blank => true,
        Value::Number(_) | Value::Day(_) => false,
    }
}
