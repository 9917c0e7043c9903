//! Which records are totals.
//!
//! In: the candidates, without those that are rows by their structure (see `structure`, where the rule stands), and the sums over
//! the rows. Out: a verdict on each. A total is proved by its numbers: every measure that it gives is the sum over the rows of
//! some part, with or without the rows that have no term and with or without what the platform hides. Words decide only
//! where a record also stands outside the rows and lacks their names; where names, label and numbers disagree nobody can
//! tell, and the record is refused.

mod agree;
mod labels;
mod unknown;

use super::aside::{Candidate, Class, Sums, TELLING};
use super::segments::Segments;
use crate::ingest::aliases::Column;
use crate::ingest::plan::Plan;
use crate::ingest::rows::{CLICKS, MEASURES};
use std::cmp::Ordering;
use unknown::{MAY_BE_SUM, MAY_BE_TERM, NO_NAMES, NO_SUM};

/// Sums of rows that were each rounded to cents differ from the rounded sum by less than this a row.
pub(super) const ROUNDING: f64 = 0.0051;
/// Rows that round the same way, at most.
pub(super) const ROUNDED: usize = 100;
/// Rounds in which totals are told from the rows that other totals add up, at most.
const ROUNDS: usize = 4;
/// Candidates among which pairs are looked at, at most.
const PAIRS: usize = 100;

/// Clicks of a label alone that is a total which differs, of those of all rows, at most; a term may be called so, too.
const NEAR: f64 = 1.5;

/// Rarity of what is no chance: one of five hundred.
pub(super) const RARE: f64 = 6.2;

/// What a record is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    Row,
    Hidden,
    /// A total of nothing, or of nothing else.
    Nothing,
    /// A total, with what it is held against; no sums where no rows are known to be its.
    Total(Option<Sums>, Of),
    /// Nobody can tell.
    Unknown(&'static str),
}

/// Texts by column.
type Texts = [(usize, String)];

/// The rows that a total is of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Of {
    /// All that have these texts by column; all rows without any.
    Texts(Vec<(usize, String)>),
    /// Those that stand next to it.
    Block,
}

/// The part whose sum a candidate is.
#[derive(Clone, Debug)]
struct Match {
    sums: Sums,
    of: Of,
    /// How rarely it is so by chance, as a logarithm; 0 where no two rows add up to it.
    rarity: f64,
}

impl Match {
    /// Whether it cannot be by chance.
    fn is_strong(&self) -> bool {
        self.rarity >= RARE
    }

    /// Whether it is of all rows.
    fn is_of_all(&self) -> bool {
        matches!(&self.of, Of::Texts(texts) if texts.is_empty())
    }
}

/// Judges the candidates. `outside`: whether a line stands above or below all rows.
pub(super) fn judge(
    candidates: &[Candidate],
    segments: &Segments,
    plan: &Plan<'_>,
    outside: impl Fn(u64) -> bool,
) -> Vec<Verdict> {
    let at_end: Vec<bool> = candidates.iter().map(|candidate| outside(candidate.aside.line)).collect();
    let terms = vec![false; candidates.len()];
    let mut court = Court {
        candidates,
        segments,
        plan,
        at_end,
        hidden: Vec::new(),
        terms,
        found: Vec::new(),
        close: Close::Nothing,
        over_segments: false,
    };
    court.hidden = candidates.iter().map(|candidate| candidate.class == Class::Hidden).collect();
    court.search();
    if court.search_hidden() {
        court.search();
    }
    if court.search_terms() {
        court.search();
    }
    let blank = court.blank();
    (0..candidates.len()).map(|at| court.verdict(at, blank)).collect()
}

/// What most records without a term are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blank {
    Totals,
    /// They are the sums of their parts, each of which may be one by chance.
    Unsure,
    Rows,
}

struct Court<'c> {
    candidates: &'c [Candidate],
    segments: &'c Segments,
    plan: &'c Plan<'c>,
    at_end: Vec<bool>,
    hidden: Vec<bool>,
    /// Which are terms that have the name of a total: they count to the sums as other rows do.
    terms: Vec<bool>,
    found: Vec<Option<Match>>,
    /// Whether sums that differ a little are looked for, and also of rows without a term.
    close: Close,
    /// Whether most of the records that may be the totals of a term over its segments are.
    over_segments: bool,
}

/// What may differ a little from its sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Close {
    Nothing,
    /// What is called a total, or has no names.
    Labels,
    /// Rows without a term, too.
    All,
}

impl Court<'_> {
    /// Finds the parts that candidates are the sums of. A row without a term counts to its part until it is one itself.
    fn search(&mut self) {
        self.found = vec![None; self.candidates.len()];
        self.search_rounds();
        // what no sums agree with to the cent may differ from its own; rows without a term where all of them are so
        self.close = Close::Labels;
        self.search_rounds();
        self.close = Close::All;
        let before = self.found.clone();
        self.search_rounds();
        let blanks = self.blanks();
        if blanks.len() < 2 || blanks.iter().any(|&at| self.found[at].is_none()) {
            self.found = before;
        }
        self.close = Close::Nothing;
        self.search_segments();
    }

    /// A row of all segments, or of none that is named, is one total among many or none: of those whose terms have several
    /// segments most must agree.
    fn search_segments(&mut self) {
        let of_several = |at: &usize| {
            let candidate = &self.candidates[*at];
            candidate.of_segments && !candidate.is_nothing() && self.segments.of(&candidate.texts).rows > 1
        };
        let all: Vec<usize> = (0..self.candidates.len()).filter(of_several).collect();
        let agree = all.iter().filter(|&&at| self.found[at].is_some()).count();
        self.over_segments = agree > 0 && 2 * agree > all.len();
        for (candidate, found) in self.candidates.iter().zip(&mut self.found) {
            if candidate.of_segments && !self.over_segments {
                *found = None;
            }
        }
    }

    fn search_rounds(&mut self) {
        for _ in 0..ROUNDS {
            let numbers = 0..self.candidates.len();
            let may_be_row = |at: &usize| self.is_row(*at);
            let own = |at: usize| &self.candidates[at];
            let loose = self.segments.over(numbers.clone().filter(may_be_row).map(own), self.plan);
            let hidden = self.segments.over(numbers.clone().filter(|&at| self.hidden[at]).map(own), self.plan);
            let more: Vec<(usize, Match)> = numbers
                .filter(|&at| self.found[at].is_none() && !self.hidden[at] && !self.terms[at])
                .filter(|&at| !self.candidates[at].is_nothing())
                .filter_map(|at| {
                    let is_loose = may_be_row(&at);
                    let with = |part: &[(usize, String)]| {
                        let own = if is_loose { self.candidates[at].sums() } else { Sums::default() };
                        let (rows, loose) = self.segments.of_apart(&loose, part);
                        let others = rows.saturating_sub(usize::from(is_loose));
                        (others, minus(&loose, &own), self.segments.of_apart(&hidden, part).1)
                    };
                    Some((at, self.matching(at, &with, &may_be_row)?))
                })
                .collect();
            if more.is_empty() {
                return;
            }
            for (at, found) in more {
                self.found[at] = Some(found);
            }
        }
    }

    /// Totals of the account are told from those of the rows by what they have above them; whether any was found.
    fn search_hidden(&mut self) -> bool {
        let everything = self.everything();
        let rows = self.segments.of(&[]).rows;
        let open = |at: &usize| self.at_end[*at] && !self.candidates[*at].is_nothing();
        let unproved = |at: &usize| {
            self.found[*at].is_none()
                && !self.hidden[*at]
                && !self.candidates[*at].named
                && matches!(self.candidates[*at].class, Class::Label | Class::Word)
        };
        let all: Vec<usize> = (0..self.candidates.len()).filter(open).take(PAIRS).collect();
        let found = all.iter().copied().filter(unproved).find(|&at| {
            let sums = plus(&everything, &self.candidates[at].sums());
            all.iter().any(|&other| other != at && self.agree(&self.candidates[other], &sums, rows))
        });
        if let Some(at) = found {
            self.hidden[at] = true;
        }
        found.is_some()
    }

    /// Whether a candidate counts to the sums as a row, as far as is known.
    fn is_row(&self, at: usize) -> bool {
        let open = self.candidates[at].may_be_row() && self.found[at].is_none() && !self.hidden[at];
        open || self.terms[at]
    }

    /// All rows, those without a term and what is hidden included.
    fn everything(&self) -> Sums {
        let counted = |at: &usize| self.hidden[*at] || self.is_row(*at);
        let sums = (0..self.candidates.len()).filter(counted).map(|at| self.candidates[at].sums());
        sums.fold(self.segments.of(&[]).sums(), |all, own| plus(&all, &own))
    }

    /// The candidates that have names and no term, and something in them.
    fn blanks(&self) -> Vec<usize> {
        let is_blank = |at: &usize| {
            let candidate = &self.candidates[*at];
            candidate.class == Class::Blank && candidate.named && !candidate.is_nothing()
        };
        (0..self.candidates.len()).filter(is_blank).collect()
    }

    fn blank(&self) -> Blank {
        let all = self.blanks();
        let found: Vec<&Match> = all.iter().filter_map(|&at| self.found[at].as_ref()).collect();
        let strong = found.iter().map(|found| found.rarity).sum::<f64>() >= RARE;
        match (2 * found.len()).cmp(&all.len()) {
            Ordering::Greater | Ordering::Equal if strong => Blank::Totals,
            Ordering::Greater => Blank::Unsure,
            _ => Blank::Rows,
        }
    }

    /// Whether rows have more names than a match type, which some terms lack.
    fn names_tell(&self) -> bool {
        let match_type = self.plan.schema.position(Column::MatchType);
        self.plan.names.iter().any(|&at| Some(at) != match_type)
    }

    /// Whether a candidate has less of something than the rows of its part, and so is no total.
    fn is_less(&self, candidate: &Candidate) -> bool {
        let own = self.segments.of(&candidate.texts);
        let segment = if own.rows > 0 { own } else { self.segments.of(&[]) };
        let (sums, most) = (segment.sums(), ROUNDING * segment.rows.min(ROUNDED) as f64);
        (0..MEASURES).any(|at| candidate.given[at].is_some_and(|given| given < sums[at] - most.max(1e-9 * sums[at])))
    }

    fn verdict(&self, at: usize, blank: Blank) -> Verdict {
        let candidate = &self.candidates[at];
        let found = self.found[at].as_ref();
        let total = |found: &Match| Verdict::Total(Some(found.sums), found.of.clone());
        // among rows without a term that are none, some are the sums of small parts by chance
        let certain = found.filter(|found| found.is_strong() && candidate.sums()[CLICKS] >= TELLING);
        let strong = found.filter(|found| found.is_strong());
        if self.hidden[at] {
            return Verdict::Hidden;
        }
        if self.terms[at] {
            return Verdict::Row;
        }
        // without rows of its segments it is the only one of its term
        if candidate.of_segments {
            let own = self.segments.of(&candidate.texts);
            let is_other = self.over_segments && candidate.is_whole() && own.rows > 1 && !candidate.is_nothing();
            let differs = || Verdict::Total(Some(own.sums()), Of::Texts(candidate.texts.clone()));
            return match found {
                Some(found) => total(found),
                None if is_other && candidate.class == Class::Label => differs(),
                None if is_other => Verdict::Unknown(NO_SUM),
                None => Verdict::Row,
            };
        }
        if candidate.is_nothing() {
            let row = match candidate.class {
                Class::Blank if candidate.named => blank != Blank::Totals,
                Class::Word | Class::Plain => true,
                Class::Label => self.is_term_of_nothing(at),
                _ => false,
            };
            return if row { Verdict::Row } else { Verdict::Nothing };
        }
        match (candidate.class, candidate.named) {
            (Class::Blank, true) => match (blank, found, certain) {
                (Blank::Totals, Some(found), _) | (Blank::Rows, _, Some(found)) => total(found),
                (Blank::Unsure, Some(_), _) => Verdict::Unknown(MAY_BE_SUM),
                (Blank::Totals, None, _) if !self.is_less(candidate) => Verdict::Unknown(NO_SUM),
                _ => Verdict::Row,
            },
            (Class::Word | Class::Plain, true) => {
                found.filter(|found| self.is_of_its_rows(at, found)).map_or(Verdict::Row, total)
            }
            (Class::Label, _) => match found {
                Some(found) if self.is_sum_by_chance(at, found) => Verdict::Unknown(MAY_BE_TERM),
                Some(found) => total(found),
                None => self.labelled(at),
            },
            (Class::Word, false) if self.at_end[at] && found.is_none() && !self.is_less(candidate) => {
                self.outside(candidate)
            }
            (Class::Plain, false) if self.at_end[at] && found.is_none() && !self.is_less(candidate) => {
                if candidate.has_term && !self.names_tell() {
                    return Verdict::Row;
                }
                Verdict::Unknown(NO_NAMES)
            }
            (_, false) => if self.at_end[at] { found } else { strong }.map_or(Verdict::Row, total),
            (Class::Hidden, true) => Verdict::Hidden,
        }
    }
}

fn plus(a: &Sums, b: &Sums) -> Sums {
    std::array::from_fn(|at| a[at] + b[at])
}

fn minus(a: &Sums, b: &Sums) -> Sums {
    std::array::from_fn(|at| a[at] - b[at])
}
