//! A file's own totals.
//!
//! In: the records that stand above or below all rows and lack the names every row has, and the sums over the
//! rows. Out: which of them are totals, what they say against the rows, and what the platform hides. They are
//! told by their place and by what they lack, never by a word alone: real terms begin with "total". A word
//! only says that a record with other numbers is a total all the same, and that a pool is hidden terms.
//!
//! A total may be of all rows, of one segment (`Computers`), of the account with the hidden terms, or of a part
//! of the account that has no rows at all; several may overlap. None of them is counted.

mod words;

use super::cell::{Record, Value, is_empty, read_number, shorten};
use super::delimited::{Header, Records};
use super::number::Kind;
use super::plan::{Plan, Wanted};
use super::rows::{CLICKS, CONVERSIONS, COST, END, IMPRESSIONS, MEASURES, Part, REVENUE, Row, SIGNALS};
use super::rules::Reader;
use crate::counts::Totals;
use crate::domain::Notes;
use crate::numeric::sum::ExactSum;
use serde::Serialize;
use std::collections::BTreeMap;
use words::{OTHER, TERMS, TOTAL, has_word};

pub(super) use words::is_label;

/// The name of what the platform hides.
pub(super) const HIDDEN: &str = "(other search terms)";
/// Sums of rows that were each rounded to cents differ from the rounded sum by less than this a row.
const ROUNDING: f64 = 0.0051;
/// Rows that round the same way, at most.
const ROUNDED: usize = 100;
/// Differences above this are shown: half a cent.
const SHOWN: f64 = 0.005;

/// A cell of a record that was put aside.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Blank,
    Text(String),
    Number(f64),
    Day(i32),
}

/// A record that may be a total.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Aside {
    pub line: u64,
    cells: Vec<Cell>,
}

impl Aside {
    pub(super) fn new<'v>(line: u64, values: impl Iterator<Item = Value<'v>>) -> Self {
        let cell = |value| match value {
            Value::Blank => Cell::Blank,
            Value::Text(text) => Cell::Text(text.to_owned()),
            Value::Number(number) => Cell::Number(number),
            Value::Day(day) => Cell::Day(day),
        };
        Self { line, cells: values.map(cell).collect() }
    }
}

impl Record for Aside {
    fn value(&self, column: usize) -> Value<'_> {
        match &self.cells[column] {
            Cell::Blank => Value::Blank,
            Cell::Text(text) => Value::Text(text),
            Cell::Number(number) => Value::Number(*number),
            Cell::Day(day) => Value::Day(*day),
        }
    }

    fn width(&self) -> usize {
        self.cells.len()
    }
}

/// A total that a file gives itself, against the sum of the rows it is of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileTotal {
    /// The file, as given.
    pub file: String,
    /// Physical line; the row number in a Parquet file.
    pub line: u64,
    /// Its label in the file.
    pub label: String,
    /// What the rows below the total have in common, as `Device: Computers`; `None` for all rows.
    pub segment: Option<String>,
    /// The measures it gives.
    pub measures: Vec<Compared>,
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

type Sums = [f64; MEASURES];
const NAMES: [&str; MEASURES] = ["impressions", "clicks", "cost", "conversions", "revenue"];

/// What became of a file's totals.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub totals: Vec<FileTotal>,
    /// Sums of what the platform hides, with how many of its pools there were.
    pub hidden: Option<Sums>,
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

/// Tells the totals among the records put aside; the others become rows. `rows` is the text of the rows, if
/// they are of text, for sums by segment.
pub(super) fn settle(part: &mut Part, plan: &Plan<'_>, rows: Option<(&str, &Header)>) -> Settled {
    let aside = std::mem::take(&mut part.aside);
    let (first, last) = part.lines.0.unwrap_or((u64::MAX, 0));
    let (ends, within): (Vec<Aside>, Vec<Aside>) =
        aside.into_iter().partition(|aside| aside.line < first || aside.line > last);
    let mut back = within;
    let mut settled = Settled::default();
    let (candidates, unread): (Vec<_>, Vec<_>) =
        ends.into_iter().map(|aside| (sums_of(&aside, plan), aside)).partition(|(sums, _)| sums.is_some());
    back.extend(unread.into_iter().map(|(_, aside)| aside));
    let candidates: Vec<Candidate> =
        candidates.into_iter().filter_map(|(sums, aside)| Some(Candidate::new(aside, sums?, plan))).collect();
    if !candidates.is_empty() && last > 0 {
        let body = Body::new(part, plan, &candidates, rows);
        back.extend(body.judge(candidates, plan, &mut settled));
    } else {
        // a file of totals alone has no terms
        let named = |candidate: &Candidate| is_label(&candidate.label);
        back.extend(candidates.into_iter().filter(|candidate| !named(candidate)).map(|candidate| candidate.aside));
    }
    back.sort_by_key(|aside| aside.line);
    let mut reader = Reader::new(plan);
    for aside in &back {
        reader.read_row(aside.line, aside);
    }
    part.merge(reader.part, 0);
    part.refused.sort_by_key(|refused| refused.line);
    settled
}

/// Says how the files' totals compare with their rows.
pub(super) fn describe(notes: &mut Notes, totals: &[FileTotal]) {
    let (agree, differ): (Vec<_>, Vec<_>) = totals.iter().partition(|total| total.agrees());
    notes.add("totals-agree", agree.len(), "total rows are not counted, and agree with the sums of the rows");
    for total in differ {
        let differences: Vec<String> = total
            .measures
            .iter()
            .filter(|measure| measure.difference().abs() > SHOWN)
            .map(|measure| format!("{} {:.2} and not {:.2}", measure.measure, measure.total, measure.rows))
            .collect();
        let FileTotal { file, line, label, .. } = total;
        let message = format!(
            "`{file}`, line {line}, `{label}` is not counted, and differs from the sum of its rows: {}",
            differences.join(", ")
        );
        notes.add("totals-differ", 1, message);
    }
}

/// Adds what the platform hides as one item; only rows without dates have a period it can stand in.
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

/// The measures of a record, nothing where it has none; `None` if one cannot be read.
fn sums_of(record: &impl Record, plan: &Plan<'_>) -> Option<Sums> {
    let mut sums = [0.0; MEASURES];
    for (measure, column) in plan.measures.iter().enumerate() {
        let Some(column) = *column else { continue };
        let read = read_number(plan.value(record, column), Kind::Amount, plan.marks(column)).ok()?;
        sums[measure] = read.unwrap_or(0.0) / plan.divisors[measure];
    }
    Some(sums)
}

/// A record that may be a total, read.
struct Candidate {
    aside: Aside,
    sums: Sums,
    label: String,
    /// Texts by column that rows may have, too.
    segments: Vec<(usize, String)>,
}

impl Candidate {
    fn new(aside: Aside, sums: Sums, plan: &Plan<'_>) -> Self {
        let texts: Vec<(usize, String)> = (0..plan.width)
            .filter(|&at| plan.wanted(at) == Wanted::Text && Some(at) != plan.currency)
            .filter_map(|at| match aside.value(at) {
                Value::Text(text) if !is_empty(Value::Text(text)) => Some((at, text.trim().to_owned())),
                _ => None,
            })
            .filter(|(_, text)| super::number::shape_of(text) == super::number::Shape::Wrong)
            .collect();
        let is_label = |(at, text): &&(usize, String)| *at == plan.key[0] || has_word(text, &TOTAL);
        let label = texts.iter().find(is_label).cloned();
        let shown = label.as_ref().or(texts.first()).map(|(_, text)| text.clone()).unwrap_or_default();
        // what no word tells to be a label may be the segment itself
        let segments = texts.into_iter().filter(|text| label.as_ref() != Some(text)).collect();
        Self { aside, sums, label: shown, segments }
    }

    fn is_nothing(&self) -> bool {
        self.sums.iter().all(|&sum| sum <= 0.0)
    }

    fn is_labelled(&self) -> bool {
        has_word(&self.label, &TOTAL)
    }

    /// Whether the label names terms that are not shown.
    fn names_hidden(&self) -> bool {
        let label = self.label.to_lowercase();
        has_word(&self.label, &OTHER) && TERMS.iter().any(|word| label.contains(word))
    }
}

/// The rows, summed.
struct Body {
    rows: usize,
    all: Sums,
    /// For each candidate the segments that rows have, and the sums over the rows in all of them.
    segments: Vec<(Vec<usize>, Sums)>,
    /// Whether all rows were counted; where some were left out, sums cannot agree.
    whole: bool,
}

impl Body {
    fn new(part: &Part, plan: &Plan<'_>, candidates: &[Candidate], rows: Option<(&str, &Header)>) -> Self {
        let all = std::array::from_fn(|measure| {
            part.rows.iter().flat_map(|rows| rows.measures[measure].iter().copied()).collect::<ExactSum>().value()
        });
        let segments = match rows {
            Some((text, header)) if candidates.iter().any(|candidate| !candidate.segments.is_empty()) => {
                by_segment(text, header, plan, candidates)
            }
            _ => candidates.iter().map(|_| (Vec::new(), all)).collect(),
        };
        let whole = part.refused_total == 0 && part.tally.after_as_of == 0;
        Self { rows: part.rows.iter().map(|rows| rows.key.len()).sum(), all, segments, whole }
    }

    /// Whether two sums agree up to the rounding of the rows.
    fn agree(&self, a: &Sums, b: &Sums, plan: &Plan<'_>) -> bool {
        let most = ROUNDING * self.rows.min(ROUNDED) as f64;
        self.whole
            && (0..MEASURES).all(|at| plan.measures[at].is_none() || (a[at] - b[at]).abs() <= most.max(1e-9 * a[at]))
    }

    /// Judges the candidates; those that are no totals are given back.
    fn judge(&self, candidates: Vec<Candidate>, plan: &Plan<'_>, settled: &mut Settled) -> Vec<Aside> {
        let plus = |a: &Sums, b: &Sums| -> Sums { std::array::from_fn(|at| a[at] + b[at]) };
        let is_hidden = |candidate: &Candidate| {
            let with_rows = plus(&self.all, &candidate.sums);
            let proved =
                candidates.iter().any(|other| !other.is_nothing() && self.agree(&other.sums, &with_rows, plan));
            let is_rows = self.agree(&candidate.sums, &self.all, plan);
            !candidate.is_nothing() && (candidate.names_hidden() || (proved && !is_rows && candidate.is_labelled()))
        };
        let hidden: Vec<bool> = candidates.iter().map(is_hidden).collect();
        for (candidate, _) in candidates.iter().zip(&hidden).filter(|(_, hidden)| **hidden) {
            settled.hidden = Some(settled.hidden.map_or(candidate.sums, |sums| plus(&sums, &candidate.sums)));
        }
        let account = settled.hidden.map(|hidden| plus(&self.all, &hidden));
        let mut back = Vec::new();
        for (at, candidate) in candidates.into_iter().enumerate() {
            let (of_rows, segment) = &self.segments[at];
            let matches = |sums: &Sums| self.agree(&candidate.sums, sums, plan);
            let against = if matches(segment) {
                Some((*segment, !of_rows.is_empty()))
            } else {
                account.filter(|account| matches(account)).map(|account| (account, false))
            };
            if hidden[at] || candidate.is_nothing() {
                continue;
            }
            match against {
                Some((rows, segmented)) => {
                    settled.totals.push(compared(&candidate, plan, &rows, segmented.then_some(of_rows)));
                }
                None if candidate.is_labelled() => {
                    let rows = account.filter(|_| of_rows.is_empty()).unwrap_or(*segment);
                    settled.totals.push(compared(
                        &candidate,
                        plan,
                        &rows,
                        Some(of_rows).filter(|of_rows| !of_rows.is_empty()),
                    ));
                }
                None => back.push(candidate.aside),
            }
        }
        if !self.whole {
            // rows were left out on purpose, so the file's totals are of more
            for total in &mut settled.totals {
                total.measures.clear();
            }
        }
        back
    }
}

fn compared(candidate: &Candidate, plan: &Plan<'_>, rows: &Sums, segments: Option<&Vec<usize>>) -> FileTotal {
    let name = |&at: &usize| {
        let (column, text) = &candidate.segments[at];
        format!("{}: {}", plan.schema.names[*column], shorten(text))
    };
    let measures = (0..MEASURES).filter(|&at| plan.measures[at].is_some());
    FileTotal {
        file: plan.file.to_owned(),
        line: candidate.aside.line,
        label: shorten(&candidate.label),
        segment: segments.map(|segments| segments.iter().map(name).collect::<Vec<_>>().join(", ")),
        measures: measures
            .map(|at| Compared { measure: NAMES[at], total: candidate.sums[at], rows: rows[at] })
            .collect(),
    }
}

/// For each candidate: which of its texts rows have in the same column, and the sums over the rows that have
/// all of those. A text that no row has is a label.
fn by_segment(text: &str, header: &Header, plan: &Plan<'_>, candidates: &[Candidate]) -> Vec<(Vec<usize>, Sums)> {
    let mut sums: Vec<BTreeMap<u32, [ExactSum; MEASURES]>> = vec![BTreeMap::new(); candidates.len()];
    let aside: Vec<u64> = candidates.iter().map(|candidate| candidate.aside.line).collect();
    let mut records = Records::new(&text[header.end..header.until], header.separator);
    while let Some(line) = records.advance() {
        if records.width() != header.names.len() || aside.contains(&(line + header.line - 1)) {
            continue;
        }
        let Some(values) = sums_of(&records, plan) else { continue };
        for (candidate, sums) in candidates.iter().zip(&mut sums) {
            let has = candidate.segments.iter().take(32).enumerate();
            let mask = has.fold(0_u32, |mask, (bit, (column, text))| {
                mask | u32::from(records.text(*column).trim() == text) << bit
            });
            let entry = sums.entry(mask).or_default();
            for (sum, value) in entry.iter_mut().zip(values) {
                sum.add(value);
            }
        }
    }
    let settle = |sums: BTreeMap<u32, [ExactSum; MEASURES]>| {
        let known = sums.keys().fold(0, |known, mask| known | mask);
        let mut total: [ExactSum; MEASURES] = Default::default();
        for (_, part) in sums.iter().filter(|(mask, _)| **mask & known == known) {
            for (sum, part) in total.iter_mut().zip(part) {
                sum.merge(*part);
            }
        }
        let bits = (0..32).filter(|bit| known >> bit & 1 == 1).collect();
        (bits, total.map(|sum| sum.value()))
    };
    sums.into_iter().map(settle).collect()
}
