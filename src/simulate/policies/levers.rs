//! What an advertiser remembers of its own levers: what each term was set to spend in the last weeks.

use super::scenario::Start;
use std::collections::VecDeque;

/// Spends that terms were set to in the last weeks, account currency in an average week.
pub(super) struct LeverBook {
    /// The latest last; not a number where it is not known. Shape: weeks × terms.
    weeks: VecDeque<Vec<f64>>,
}

impl LeverBook {
    /// At the start of a contest: in weeks in which a term's bid stood where it stands now, it was set to what it is now.
    pub(super) fn new(start: &Start, weeks: usize) -> Self {
        let (observation, truth) = (&start.account.observation, &start.account.truth);
        let rows = &observation.rows;
        let mut spends: VecDeque<Vec<f64>> = vec![truth.current_spend.clone(); weeks].into();
        let first = observation.weeks.len().saturating_sub(weeks);
        for row in (0..rows.term.len()).filter(|&row| rows.week[row] as usize >= first) {
            let term = rows.term[row] as usize;
            let now = observation.terms[term].levers.max_cpc;
            if now.is_none_or(|now| (now - rows.max_cpc[row]).abs() > 0.0) {
                spends[rows.week[row] as usize - first][term] = f64::NAN;
            }
        }
        Self { weeks: spends }
    }

    /// Adds a week, and forgets the oldest one.
    pub(super) fn add(&mut self, spend: Vec<f64>) {
        self.weeks.pop_front();
        self.weeks.push_back(spend);
    }

    /// Mean of the weeks; not a number where one of them is not known. Shape: terms.
    pub(super) fn mean(&self) -> Vec<f64> {
        let terms = self.weeks.front().map_or(0, Vec::len);
        let count = self.weeks.len() as f64;
        (0..terms).map(|term| self.weeks.iter().map(|week| week[term]).sum::<f64>() / count).collect()
    }
}
