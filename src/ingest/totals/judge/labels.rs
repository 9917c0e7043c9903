//! What a word or a label decides beside the numbers.
//!
//! In: a candidate that is called as totals are, and the part whose sum it is, if any. Out: whether the sum is of the rows that it
//! says, or may be one by chance; and what a label is whose numbers are no part's sum.

use super::unknown::{NESTED, NO_TOTAL};
use super::{Court, Match, NEAR, Of, PAIRS, RARE, ROUNDED, ROUNDING, Verdict, plus};
use crate::ingest::rows::{CLICKS, MEASURES};
use crate::ingest::totals::aside::{Candidate, Class, Sums, TELLING};
use crate::ingest::totals::words;

impl Court<'_> {
    /// Labels with names whose numbers are no part's sum are terms of that name: `total`, `total: war`; so are those without which
    /// the total of all rows does not agree. Whether any was found.
    pub(super) fn search_terms(&mut self) -> bool {
        let is_open = |at: &usize| {
            let candidate = &self.candidates[*at];
            let open = !self.hidden[*at] && !candidate.is_nothing() && !candidate.of_segments;
            open && candidate.class == Class::Label
        };
        let labels: Vec<usize> = (0..self.candidates.len()).filter(is_open).collect();
        let counted = if self.has_label() { Vec::new() } else { self.counted_by_total(&labels) };
        let is_term = |at: usize| {
            let is_none = self.found[at].is_none() && self.candidates[at].named && self.labelled(at) == Verdict::Row;
            counted.contains(&at) || (is_none && labels.contains(&at))
        };
        self.terms = (0..self.candidates.len()).map(is_term).collect();
        self.terms.contains(&true)
    }

    /// The labels with all names that the total of all rows counts: where another label outside the rows agrees with them only.
    fn counted_by_total(&self, labels: &[usize]) -> Vec<usize> {
        let rows = self.segments.of(&[]).rows;
        let all = self.everything();
        let outside = labels.iter().filter(|&&at| self.at_end[at]).take(PAIRS);
        let found = outside.copied().find_map(|total| {
            let own: Vec<usize> =
                labels.iter().copied().filter(|&at| at != total && self.candidates[at].is_like_a_term()).collect();
            let sums = own.iter().fold(all, |all, &at| plus(&all, &self.candidates[at].sums()));
            (!own.is_empty() && self.agree(&self.candidates[total], &sums, rows)).then_some(own)
        });
        found.unwrap_or_default()
    }

    /// Whether the sum that a record with a term and names is, is of the rows that it says: it lacks a name, names these rows,
    /// or stands at the end of a file without names.
    pub(super) fn is_of_its_rows(&self, at: usize, found: &Match) -> bool {
        let candidate = &self.candidates[at];
        let subject = candidate.subject.as_deref();
        let named = matches!(&found.of, Of::Texts(texts) if texts.iter().any(|(_, text)| subject == Some(text)));
        let whole = found.is_of_all() && subject.is_some_and(words::is_whole);
        let last = found.is_of_all() && self.at_end[at] && self.plan.names.is_empty() && !self.has_label();
        // a single word for a total, where totals stand, needs no more
        let said = last && found.rarity > 0.0 && words::is_bare(&candidate.label) && candidate.is_telling();
        said || (found.is_strong() && (!candidate.lacks.is_empty() || named || whole || last))
    }

    /// Whether the total of all rows has a label, so that it is no other record.
    fn has_label(&self) -> bool {
        let is_grand = |found: &Option<Match>| found.as_ref().is_some_and(Match::is_of_all);
        let mut pairs = self.candidates.iter().zip(&self.found);
        pairs.any(|(candidate, found)| candidate.class == Class::Label && is_grand(found))
    }

    /// Whether a label that has all the names that terms have may be a term whose numbers are a sum by chance.
    pub(super) fn is_sum_by_chance(&self, at: usize, found: &Match) -> bool {
        let candidate = &self.candidates[at];
        let last = found.of != Of::Block && self.at_end[at] && self.plan.names.is_empty();
        if candidate.of_segments || !candidate.is_like_a_term() || last {
            return false;
        }
        // rows that its names do not name
        let beside = found.of == Of::Block && !self.plan.names.is_empty();
        beside || !self.labels_are_totals(at)
    }

    /// Whether a label with nothing in it that has all the names that terms have is a term: its part has something.
    pub(super) fn is_term_of_nothing(&self, at: usize) -> bool {
        let candidate = &self.candidates[at];
        let part = self.segments.of(&candidate.texts);
        candidate.is_like_a_term() && (part.active > 0 || !self.labels_are_totals(at))
    }

    /// Whether the labels that have all the names that terms have are, together, sums by more than chance; where this one stands
    /// outside the rows, with all labels that do.
    pub(super) fn labels_are_totals(&self, at: usize) -> bool {
        let counts = |&other: &usize| {
            let candidate = &self.candidates[other];
            let is_like = candidate.is_like_a_term() || (self.at_end[at] && self.at_end[other]);
            candidate.class == Class::Label && is_like
        };
        // a total of all rows that agrees without them
        let known = self.candidates.iter().zip(&self.found).any(|(candidate, found)| {
            let is_of_all = found.as_ref().is_some_and(|found| found.is_of_all() && found.is_strong());
            candidate.class == Class::Label && !candidate.is_like_a_term() && is_of_all
        });
        let rarity = |other: usize| self.found[other].as_ref().map_or(0.0, |found| found.rarity);
        known || (0..self.candidates.len()).filter(counts).map(rarity).sum::<f64>() >= RARE
    }

    /// Whether a candidate has half of everything that all rows have, or a third, where more than one kind of total is among them.
    fn is_half(&self, candidate: &Candidate) -> bool {
        let (own, all) = (candidate.sums(), self.everything());
        let rows = self.segments.of(&[]).rows;
        let most = ROUNDING * rows.min(ROUNDED) as f64;
        let is =
            |times: f64| (0..MEASURES).all(|at| (times * own[at] - all[at]).abs() <= times * most.max(1e-9 * all[at]));
        rows > 3 && own[CLICKS] >= TELLING && (is(2.0) || is(3.0))
    }

    /// A record with a total's label and other numbers than any part.
    pub(super) fn labelled(&self, at: usize) -> Verdict {
        let candidate = &self.candidates[at];
        let among_totals = || {
            let proved = |other: usize| self.candidates[other].class == Class::Label && self.found[other].is_some();
            candidate.subject.is_some() && (0..self.candidates.len()).any(proved)
        };
        let bare = !candidate.named || self.plan.names.is_empty();
        // the last row of a file without names, which has about as much as all rows together
        let is_near = || {
            let (own, all) = (candidate.sums()[CLICKS], self.everything()[CLICKS]);
            own <= NEAR * all && all <= NEAR * own
        };
        let is_last = || candidate.subject.is_none() && is_near();
        if self.at_end[at] && self.is_half(candidate) {
            return Verdict::Unknown(NESTED);
        }
        if self.at_end[at] && (!candidate.named || (bare && (among_totals() || is_last()))) {
            self.outside(candidate)
        } else if self.is_less(candidate) || (candidate.is_like_a_term() && self.plan.names.len() > 1) {
            Verdict::Row
        } else {
            Verdict::Unknown(NO_TOTAL)
        }
    }

    /// A total that agrees with nothing: held against the rows that it names, or all.
    pub(super) fn outside(&self, candidate: &Candidate) -> Verdict {
        let own = self.segments.of(&candidate.texts);
        if !candidate.texts.is_empty() && own.rows > 0 {
            return Verdict::Total(Some(own.sums()), Of::Texts(candidate.texts.clone()));
        }
        // rows of what it names are not known by that name
        let other = candidate.subject.as_deref().is_some_and(|subject| !words::is_whole(subject));
        let sums = [self.segments.of(&[]).sums(), self.everything()];
        let far = |sums: &Sums| (candidate.sums()[CLICKS] - sums[CLICKS]).abs();
        let nearest = sums.into_iter().min_by(|a, b| far(a).total_cmp(&far(b)));
        Verdict::Total(nearest.filter(|_| !other), Of::Texts(Vec::new()))
    }
}
