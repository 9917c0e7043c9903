//! Terms that a rule's minimum takes beyond the change limit: remembered while rules are applied, told in a note.

use super::origin::Origin;
use super::policy::Limits;
use crate::counts::Counts;
use crate::domain::{Notes, quoted};

/// What a rule's minimum and the change limit would have of a term, money.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretched {
    term: usize,
    minimum: f64,
    /// The change limit's ends.
    lower: f64,
    upper: f64,
}

impl Limits {
    /// Remembers an end of the change limit that a minimum takes away; `given` are the ends that the same rule gives.
    pub(super) fn stretch(&mut self, term: usize, minimum: f64, given: [Option<f64>; 2]) {
        let (lower, upper) = (self.lower[term], self.upper[term]);
        let falls = given[0].is_none() && self.lower_origin[term] == Origin::Change && 0.0 < lower && lower < minimum;
        let rises = given[1].is_none() && self.upper_origin[term] == Origin::Change && upper < minimum;
        if falls || rises {
            self.stretched.retain(|known| known.term != term);
            self.stretched.push(Stretched { term, minimum, lower, upper });
        }
    }

    /// Names them, the first few.
    pub(super) fn tell_stretched(&self, counts: &Counts, notes: &mut Notes) {
        /// As many as fit a message.
        const LISTED: usize = 3;
        // a decision takes a term's minimum away
        let held: Vec<&Stretched> = self.stretched.iter().filter(|known| self.minimum[known.term] > 0.0).collect();
        let words = |known: &&Stretched| {
            let Stretched { term, minimum, lower, upper } = **known;
            let name = quoted(&counts.terms[term].key.term);
            format!("{name} nothing or at least {minimum:.2} (change limit: {lower:.2} to {upper:.2})")
        };
        let few: Vec<String> = held.iter().take(LISTED).map(words).collect();
        let more = if held.len() > LISTED { "; …" } else { "" };
        notes.add(
            "minimum-beyond-change",
            held.len(),
            format!(
                "terms may be taken beyond the change limit by `minimum` in `limits.terms`, down to nothing or up to the \
                 minimum: {}{more}",
                few.join("; ")
            ),
        );
    }
}
