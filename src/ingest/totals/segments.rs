//! Sums over the parts of a file that its totals may be of.
//!
//! In: the candidates and a way through the rows. Out: for every combination of their texts that rows have the
//! sums over those rows.

use super::aside::{self, Candidate, Sums};
use super::structure::Survey;
use crate::ingest::cell::{Record, write_text};
use crate::ingest::error::IngestError;
use crate::ingest::plan::Plan;
use crate::ingest::rows::MEASURES;
use crate::numeric::sum::ExactSum;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Candidates on each side up to which the rows between are looked at.
const BLOCKS: usize = 8;
/// Ends each text of a key; UTF-8 never contains it.
const END: u8 = 0xff;

/// Goes through the rows of a file with their lines.
pub(in crate::ingest) trait Walk {
    /// Calls `see` with every row.
    ///
    /// # Errors
    /// The file cannot be read.
    fn walk(&self, plan: &Plan<'_>, see: &mut dyn FnMut(u64, &dyn Record)) -> Result<(), IngestError>;
}

/// The sums over the rows of one part.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Segment {
    pub rows: usize,
    /// Those with something in them.
    pub active: usize,
    sums: [ExactSum; MEASURES],
}

impl Segment {
    pub(super) fn sums(&self) -> Sums {
        self.sums.map(|sum| sum.value())
    }
}

impl Segment {
    pub(super) fn add(&mut self, values: [Option<f64>; MEASURES]) {
        self.rows += 1;
        self.active += usize::from(values.iter().flatten().any(|&value| value > 0.0));
        for (sum, value) in self.sums.iter_mut().zip(values) {
            sum.add(value.unwrap_or_default());
        }
    }
}

/// The sums over all parts.
#[derive(Debug, Default)]
pub(super) struct Segments {
    /// Columns of each kind of part; the first has none and is of all rows.
    kinds: Vec<Vec<usize>>,
    sums: Vec<HashMap<Vec<u8>, Segment>>,
    /// For each candidate, in the order of their lines, the rows above it.
    above: Vec<Segment>,
}

impl Segments {
    /// Sums up the rows of which no candidate is made, and leaves each candidate the texts that they have.
    ///
    /// # Errors
    /// The rows cannot be read again.
    pub(super) fn find(
        candidates: &mut [Candidate],
        survey: &Survey,
        plan: &Plan<'_>,
        rows: &dyn Walk,
    ) -> Result<Self, IngestError> {
        let aside: HashSet<u64> = candidates.iter().map(|candidate| candidate.aside.line).collect();
        let columns = aside::columns(plan);
        for candidate in candidates.iter_mut() {
            candidate.keep_known(&columns, |at, text| survey.has(at, text));
        }
        let mut all = Self {
            kinds: vec![Vec::new()],
            sums: vec![HashMap::from([(Vec::new(), Segment::default())])],
            above: Vec::new(),
        };
        for candidate in candidates.iter() {
            for part in parts(&candidate.texts) {
                all.add(&part);
            }
        }
        let lines: Vec<u64> = candidates.iter().map(|candidate| candidate.aside.line).collect();
        let mut so_far = Segment::default();
        let mut key = Vec::new();
        rows.walk(plan, &mut |line, record| {
            let Some(given) = aside::measures_of(record, plan).filter(|_| !aside.contains(&line)) else { return };
            for (kind, sums) in all.kinds.iter().zip(&mut all.sums) {
                write_key(&mut key, kind, plan, record);
                if let Some(segment) = sums.get_mut(key.as_slice()) {
                    segment.add(given);
                }
            }
            while lines.get(all.above.len()).is_some_and(|&above| above < line) {
                all.above.push(so_far);
            }
            so_far.add(given);
        })?;
        all.above.resize(lines.len(), so_far);
        Ok(all)
    }

    fn add(&mut self, part: &[(usize, String)]) {
        let columns: Vec<usize> = part.iter().map(|(at, _)| *at).collect();
        let kind = self.kinds.iter().position(|kind| *kind == columns).unwrap_or_else(|| {
            self.kinds.push(columns);
            self.sums.push(HashMap::new());
            self.kinds.len() - 1
        });
        self.sums[kind].entry(key_of(part)).or_default();
    }

    /// The rows that have all these texts.
    pub(super) fn of(&self, part: &[(usize, String)]) -> Segment {
        let kind = self.kinds.iter().position(|kind| kind.iter().eq(part.iter().map(|(at, _)| at)));
        kind.and_then(|kind| self.sums[kind].get(&key_of(part))).copied().unwrap_or_default()
    }

    /// The rows between a candidate and others near it, with the numbers of these candidates, those above first: reports
    /// that are grouped have their totals so.
    pub(super) fn blocks(&self, candidate: usize) -> impl Iterator<Item = (Segment, Range<usize>)> + '_ {
        let between = |from: Segment, until: Segment| Segment {
            rows: until.rows - from.rows,
            active: until.active - from.active,
            sums: std::array::from_fn(|at| {
                let mut sum = until.sums[at];
                sum.merge(from.sums[at].negated());
                sum
            }),
        };
        let own = self.above[candidate];
        let above =
            (0..candidate).rev().take(BLOCKS).map(move |other| (between(self.above[other], own), other + 1..candidate));
        let first = std::iter::once((own, 0..candidate));
        let later = candidate + 1..self.above.len();
        let below = later.take(BLOCKS).map(move |other| (between(own, self.above[other]), candidate + 1..other));
        above.chain(first).chain(below)
    }

    /// Sums by part over some of the candidates, as rows.
    pub(super) fn over<'c>(&self, some: impl Iterator<Item = &'c Candidate>, plan: &Plan<'_>) -> Apart {
        let mut sums: HashMap<Vec<u8>, (usize, Sums)> = HashMap::new();
        let mut key = Vec::new();
        for candidate in some {
            for (number, kind) in self.kinds.iter().enumerate() {
                write_key(&mut key, kind, plan, &candidate.aside);
                if self.sums[number].contains_key(key.as_slice()) {
                    let (rows, own) = sums.entry(numbered(number, &key)).or_default();
                    *rows += 1;
                    for (sum, value) in own.iter_mut().zip(candidate.sums()) {
                        *sum += value;
                    }
                }
            }
        }
        Apart(sums)
    }

    /// How many of those candidates there are in a part, and what they have.
    pub(super) fn of_apart(&self, apart: &Apart, part: &[(usize, String)]) -> (usize, Sums) {
        let kind = self.kinds.iter().position(|kind| kind.iter().eq(part.iter().map(|(at, _)| at)));
        kind.and_then(|kind| apart.0.get(&numbered(kind, &key_of(part)))).copied().unwrap_or_default()
    }
}

/// Sums over candidates and how many they are, by the number of the kind of part and its key.
#[derive(Debug)]
pub(super) struct Apart(HashMap<Vec<u8>, (usize, Sums)>);

fn numbered(kind: usize, key: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], key].concat()
}

/// The parts that a total with these texts may be of, the likeliest first: all texts, all but one, one, none.
pub(super) fn parts(texts: &[(usize, String)]) -> Vec<Vec<(usize, String)>> {
    let mut parts = vec![texts.to_vec()];
    if texts.len() > 1 {
        for left_out in (0..texts.len()).rev() {
            let mut part = texts.to_vec();
            part.remove(left_out);
            parts.push(part);
        }
    }
    if texts.len() > 2 {
        parts.extend(texts.iter().map(|text| vec![text.clone()]));
    }
    if !texts.is_empty() {
        parts.push(Vec::new());
    }
    parts
}

fn key_of(part: &[(usize, String)]) -> Vec<u8> {
    part.iter().flat_map(|(_, text)| text.bytes().chain([END])).collect()
}

fn write_key(key: &mut Vec<u8>, columns: &[usize], plan: &Plan<'_>, record: &(impl Record + ?Sized)) {
    key.clear();
    for &at in columns {
        write_text(key, plan.value(record, at));
        key.push(END);
    }
}
