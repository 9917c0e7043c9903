//! What tells a total from a term, before any sum is made.
//!
//! In: the records that may be totals, and a way through the rows. Out: those that are rows by their structure, and what the
//! rows have of the texts of the others. The rule, in the order in which it is asked:
//!
//! 1. **Names.** A total adds terms up, so it lacks a name that every term has: the term itself, a match type, a campaign, an
//!    ad group, a day, a device. A record with a term of its own and all these names is a row of that term, whatever word
//!    it begins with and whatever its numbers are: sums are the same by chance, names are not. This holds for whole files
//!    of such terms (`total war`, `totalenergies`), too, so that the total among them is held against them.
//! 2. **Labels.** Where such a term is nothing but a label (`Total`), or names rows of the file (`Brand total` beside
//!    the campaign `Brand`), or stands first or last in a file without names, its names do not decide: some queries repeat them
//!    (`ROLLUP`). It is a total if its numbers are the sums of those rows in every measure, and a term if not, or if the total of
//!    all rows agrees with it only. Either is told by name.
//! 3. **Numbers.** They prove a total where at least two rows with something in them add up to it and chance does not: as many
//!    impressions, clicks, conversions, and cents a click as it has are as many ways to differ. One click of
//!    0.50 is the sum of some two rows in any account, 1,240 impressions and 83 clicks are not.
//! 4. **Position.** A label without names above or below all rows is a total whose numbers may differ, and they are shown.
//!
//! What passes none of these is a row, or refused by its line where it lacks what terms have and is no sum either
//! (see `judge`).

use super::aside::{self, Candidate, Class};
use super::segments::Walk;
use super::words;
use crate::ingest::cell::{is_empty, write_text};
use crate::ingest::error::IngestError;
use crate::ingest::plan::Plan;
use std::collections::{BTreeMap, HashMap, HashSet};

/// One of so many rows may lack a name that all others have.
const LACKING: usize = 20;

/// What the rows have.
#[derive(Debug)]
pub(super) struct Survey {
    /// Which texts of the candidates rows have, by column.
    known: BTreeMap<usize, HashMap<String, bool>>,
    /// Columns of names, and how many rows have one there.
    names: Vec<(usize, usize)>,
    rows: usize,
}

impl Survey {
    /// Goes through the rows of which no candidate is made.
    ///
    /// # Errors
    /// The rows cannot be read again.
    fn make(read: &[Option<Candidate>], plan: &Plan<'_>, rows: &dyn Walk) -> Result<Self, IngestError> {
        let columns = aside::columns(plan);
        let own: HashSet<u64> = read.iter().flatten().map(|candidate| candidate.aside.line).collect();
        let mut known: BTreeMap<usize, HashMap<String, bool>> = BTreeMap::new();
        for candidate in read.iter().flatten() {
            for (at, text) in &candidate.texts {
                known.entry(*at).or_default().insert(text.clone(), false);
            }
            for &at in &columns {
                if let Some(subject) = &candidate.subject {
                    known.entry(at).or_default().insert(subject.clone(), false);
                }
            }
        }
        let names = plan.names.iter().chain(&plan.when).chain(&plan.segments).map(|&at| (at, 0)).collect();
        let mut survey = Self { known, names, rows: 0 };
        if own.is_empty() {
            return Ok(survey);
        }
        let mut cell = Vec::new();
        rows.walk(plan, &mut |line, record| {
            if own.contains(&line) {
                return;
            }
            survey.rows += 1;
            for (at, filled) in &mut survey.names {
                *filled += usize::from(!is_empty(plan.value(record, *at)));
            }
            for (&at, texts) in &mut survey.known {
                cell.clear();
                write_text(&mut cell, plan.value(record, at));
                if let Some(known) = std::str::from_utf8(&cell).ok().and_then(|text| texts.get_mut(text)) {
                    *known = true;
                }
            }
        })?;
        Ok(survey)
    }

    /// Whether some row has a text in a column.
    pub(super) fn has(&self, at: usize, text: &str) -> bool {
        self.known.get(&at).is_some_and(|texts| texts.get(text) == Some(&true))
    }

    /// Whether a candidate names rows of the file, or the file as a whole.
    fn is_of_rows(&self, candidate: &Candidate) -> bool {
        let known = |subject: &str| self.known.values().any(|texts| texts.get(subject) == Some(&true));
        candidate.subject.as_deref().is_some_and(|subject| words::is_whole(subject) || known(subject))
    }

    /// The columns of names in which rows have one; where all records may be totals those of which most of them have one.
    fn common(&self, read: &[Option<Candidate>], plan: &Plan<'_>) -> Vec<usize> {
        let words: Vec<&Candidate> = read.iter().flatten().filter(|candidate| may_be_term(candidate)).collect();
        let is_common = |&&(at, filled): &&(usize, usize)| {
            if self.rows > 0 {
                return (self.rows - filled) * LACKING <= self.rows;
            }
            let have = words.iter().filter(|word| !is_empty(plan.value(&word.aside, at))).count();
            2 * have > words.len()
        };
        self.names.iter().filter(is_common).map(|(at, _)| *at).collect()
    }
}

/// Whether a record has a term that is more than a label.
fn may_be_term(candidate: &Candidate) -> bool {
    let is_term = candidate.has_term && matches!(candidate.class, Class::Word | Class::Plain);
    is_term && !candidate.of_segments
}

/// Takes the rows out of the candidates, says of the others which names they lack, and returns what the rows have, with the
/// first and the last line of the rows taken out. `ends`: the first and last line of the other rows.
///
/// # Errors
/// The rows cannot be read again.
pub(super) fn tell(
    read: &mut [Option<Candidate>],
    plan: &Plan<'_>,
    rows: &dyn Walk,
    ends: Option<(u64, u64)>,
) -> Result<(Survey, Option<(u64, u64)>), IngestError> {
    let mut survey = Survey::make(read, plan, rows)?;
    let common = survey.common(read, plan);
    let lines = || read.iter().flatten().filter(|one| may_be_term(one)).map(|one| one.aside.line);
    let all = lines().chain(ends.into_iter().flat_map(|(first, last)| [first, last]));
    let (first, last) = all.fold((u64::MAX, 0), |(first, last), line| (first.min(line), last.max(line)));
    let mut taken: Option<(u64, u64)> = None;
    for place in read {
        let Some(candidate) = place else { continue };
        let lacks = |at: &usize| is_empty(plan.value(&candidate.aside, *at));
        candidate.lacks = common.iter().copied().filter(lacks).collect();
        let line = candidate.aside.line;
        let is_last = plan.names.is_empty() && (line == first || line == last);
        let is_row = may_be_term(candidate) && candidate.named && candidate.lacks.is_empty();
        if !is_row || is_last || survey.is_of_rows(candidate) {
            continue;
        }
        taken = Some(taken.map_or((line, line), |(first, last)| (first.min(line), last.max(line))));
        for (at, text) in &candidate.texts {
            if let Some(known) = survey.known.get_mut(at).and_then(|texts| texts.get_mut(text)) {
                *known = true;
            }
        }
        *place = None;
    }
    Ok((survey, taken))
}
