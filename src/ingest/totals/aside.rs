//! Records put aside, and what they may be.
//!
//! In: a record. Out: its cells, and read as a total: measures, label, and the texts that may say which rows it is of.

use super::words;
use crate::ingest::cell::{Record, Value, is_empty, read_number, write_text};
use crate::ingest::number::{Kind, Shape, shape_of};
use crate::ingest::plan::{Plan, Wanted};
use crate::ingest::rows::{CLICKS, COST, IMPRESSIONS, MEASURES};
use crate::ingest::text;

/// Texts that say which rows a total is of, at most.
const TEXTS: usize = 8;
/// Clicks below this are the same by chance too often.
pub(super) const TELLING: f64 = 10.0;

pub(super) type Sums = [f64; MEASURES];

/// A cell of a record that was put aside.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Blank,
    Text(Box<str>),
    Number(f64),
    Day(i32),
}

/// A record that may be a total.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ingest) struct Aside {
    pub line: u64,
    cells: Vec<Cell>,
}

impl Aside {
    pub(in crate::ingest) fn new<'v>(line: u64, values: impl Iterator<Item = Value<'v>>) -> Self {
        let cell = |value| match value {
            Value::Blank => Cell::Blank,
            Value::Text(text) => Cell::Text(text.into()),
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

/// What the words of a record say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// It has no term.
    Blank,
    /// It is labelled as a total and nothing else.
    Label,
    /// A word of it may be a total's, or a term's.
    Word,
    /// It is named as what the platform hides.
    Hidden,
    /// Nothing of the kind.
    Plain,
}

/// A record that may be a total, read.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub aside: Aside,
    pub class: Class,
    /// Whether it has names that rows have, besides a label.
    pub named: bool,
    pub has_term: bool,
    /// Nothing where it gives none.
    pub given: [Option<f64>; MEASURES],
    pub label: String,
    /// Texts by column that rows may have, too: those of the key first, then days, then others.
    pub texts: Vec<(usize, String)>,
    /// What its label says it is of.
    pub subject: Option<String>,
    /// Whether it is a row of its term but for a segment, of which it names all or none.
    pub of_segments: bool,
    /// Columns of names that rows have and it lacks.
    pub lacks: Vec<usize>,
    /// How many of its texts, from the first, say which term and when.
    own: usize,
}

impl Candidate {
    /// `None` if a measure cannot be read.
    pub(super) fn read(aside: &Aside, plan: &Plan<'_>) -> Option<Self> {
        let given = measures_of(aside, plan)?;
        let term = plan.key[0];
        let all: Vec<(usize, String)> =
            (0..plan.width).filter_map(|at| Some((at, text_at(aside, plan, at)?))).collect();
        let own = all.iter().find(|(at, _)| *at == term).map(|(_, text)| text.as_str());
        let own = own.filter(|&own| own != text::NONE);
        let texts_of = |columns: &[usize]| -> Vec<&str> {
            all.iter().filter(|(at, _)| columns.contains(at)).map(|(_, text)| text.as_str()).collect()
        };
        let names = texts_of(&plan.names);
        let named = match (plan.names.is_empty(), own) {
            (true, own) => own.is_some(),
            (false, Some(_)) => !names.is_empty(),
            // some reports write the label where a campaign's name stands
            (false, None) => !names.is_empty() && !names.iter().any(|name| words::is_label(name)),
        };
        let label = own
            .map(str::to_owned)
            .or_else(|| all.iter().map(|(_, text)| text).find(|text| words::has_total(text)).cloned())
            .or_else(|| all.first().map(|(_, text)| text.clone()))
            .unwrap_or_default();
        let class = class(own, named, &label, &given);
        let whole = plan.whole_of(aside).filter(|_| matches!(class, Class::Plain) && named);
        let of_segments = whole.is_some();
        let (class, label) = match whole.map(|at| text_at(aside, plan, at)) {
            Some(Some(name)) => (Class::Label, name),
            Some(None) => (Class::Word, label),
            None => (class, label),
        };
        let rank = |at: usize| match at {
            at if plan.key.contains(&at) || plan.names.contains(&at) => 0,
            at if plan.wanted(at) == Wanted::Date => 1,
            _ => 2,
        };
        let mut texts: Vec<(usize, String)> =
            all.iter().filter(|(at, _)| *at != term || of_segments).cloned().collect();
        texts.sort_by_key(|&(at, _)| (rank(at), at));
        let subject = words::subject(&label).map(str::to_owned);
        let has_term = own.is_some();
        let subject = subject.filter(|_| !of_segments);
        let own = texts.iter().take_while(|&&(at, _)| rank(at) < 2).count();
        Some(Self {
            aside: aside.clone(),
            class,
            named,
            has_term,
            given,
            label,
            texts,
            subject,
            of_segments,
            lacks: Vec::new(),
            own,
        })
    }

    /// The measures, nothing where it gives none.
    pub(super) fn sums(&self) -> Sums {
        self.given.map(Option::unwrap_or_default)
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.sums().iter().all(|&sum| sum <= 0.0)
    }

    /// Whether its numbers are large enough to be looked for among the rows beside it.
    pub(super) fn is_telling(&self) -> bool {
        let sums = self.sums();
        sums[CLICKS] >= TELLING || sums[COST] > 0.0
    }

    /// Whether it has a term and all the names that terms have, so that it may be one that is called a total.
    pub(super) fn is_like_a_term(&self) -> bool {
        self.has_term && self.named && self.lacks.is_empty()
    }

    /// Whether it may be a row as far as its words say.
    pub(super) fn may_be_row(&self) -> bool {
        (self.named || self.has_term) && !self.of_segments && !matches!(self.class, Class::Label | Class::Hidden)
    }

    /// Whether rows have all texts that say which term it is of, and when.
    pub(super) fn is_whole(&self) -> bool {
        self.own > 0
    }

    /// Keeps the texts that `known` says rows have, and adds the subject where rows have it.
    pub(super) fn keep_known(&mut self, columns: &[usize], known: impl Fn(usize, &str) -> bool) {
        // a part of them is of other terms
        if !self.texts.iter().take(self.own).all(|(at, text)| known(*at, text)) {
            self.own = 0;
        }
        self.texts.retain(|(at, text)| known(*at, text));
        if let Some(subject) = &self.subject {
            let free = |at: &&usize| self.texts.iter().all(|(other, _)| other != *at);
            if let Some(&at) = columns.iter().filter(free).find(|&&at| known(at, subject)) {
                self.texts.insert(0, (at, subject.clone()));
            }
        }
        self.texts.truncate(TEXTS);
    }
}

fn class(term: Option<&str>, named: bool, label: &str, given: &[Option<f64>; MEASURES]) -> Class {
    // clicks that nothing was shown for are those of pooled terms
    let unseen =
        given[IMPRESSIONS].is_some_and(|shown| shown <= 0.0) && given[CLICKS].is_some_and(|clicks| clicks > 0.0);
    let subject = words::subject(label).unwrap_or(label);
    match term {
        _ if words::is_pool(subject) && (term.is_some() || !named) => Class::Hidden,
        _ if !named && words::names_pool(label) => Class::Hidden,
        Some(term) if words::is_rest(term) && (!named || unseen) => Class::Hidden,
        None if named => Class::Blank,
        _ if words::is_label(label) => Class::Label,
        Some(term) if !named && words::is_bare(term) => Class::Label,
        Some(term) if words::may_be_label(term) || words::is_bare(term) => Class::Word,
        _ if !named && words::has_total(label) => Class::Word,
        None => Class::Blank,
        Some(_) => Class::Plain,
    }
}

/// The columns whose texts may divide the rows into parts, the term's aside.
pub(super) fn columns(plan: &Plan<'_>) -> Vec<usize> {
    (0..plan.width).filter(|&at| at != plan.key[0] && divides(plan, at)).collect()
}

fn divides(plan: &Plan<'_>, at: usize) -> bool {
    plan.wanted(at) != Wanted::Number && Some(at) != plan.currency
}

/// The text of a cell that may say which rows a total is of.
fn text_at(record: &Aside, plan: &Plan<'_>, at: usize) -> Option<String> {
    let value = record.value(at);
    if !divides(plan, at) || is_empty(value) {
        return None;
    }
    let mut bytes = Vec::new();
    write_text(&mut bytes, value);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // numbers of columns that are not read are rates and the like
    let is_name = plan.key.contains(&at) || plan.names.contains(&at) || plan.wanted(at) == Wanted::Date;
    (is_name || shape_of(&text) == Shape::Wrong).then_some(text)
}

/// The measures of a record; `None` if one cannot be read.
pub(super) fn measures_of(record: &(impl Record + ?Sized), plan: &Plan<'_>) -> Option<[Option<f64>; MEASURES]> {
    let mut given = [None; MEASURES];
    for (measure, column) in plan.measures.iter().enumerate() {
        let Some(column) = *column else { continue };
        let read = read_number(plan.value(record, column), Kind::Amount, plan.marks(column)).ok()?;
        given[measure] = read.map(|number| number / plan.divisors[measure]);
    }
    Some(given)
}
