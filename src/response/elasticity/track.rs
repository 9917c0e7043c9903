//! The weeks of one term: clicks, cost, and where its bid stood.

use crate::counts::Counts;

/// A term's complete periods from its first to its last, without gaps: in a period without a row the bid stood where it was,
/// and there were no clicks, unless [`Track::ran`] doubts that the term ran. Shape of the vectors: those periods.
pub(super) struct Track {
    /// Index of the first period.
    pub(super) first: usize,
    pub(super) clicks: Vec<f64>,
    pub(super) cost: Vec<f64>,
    /// Log of the highest bid; 0 throughout where no bid is known.
    pub(super) bid: Vec<f64>,
    /// Impressions that could have been had while the campaign's budget lasted: a bid wins nothing after that. NaN where the share is not known as a number. `None` if that is so for more
    /// than a fifth of the periods.
    pub(super) eligible: Option<Vec<f64>>,
    /// Whether the term ran, for the whole period, and could have been clicked more often: where it won nearly all searches that
    /// there were, a higher bid buys nothing, which says nothing of the elasticity before that.
    pub(super) ran: Vec<bool>,
    /// Periods in which it could not.
    pub(super) full: usize,
}

/// Clicks, or impressions, of a usual period: with as many a period without a row is one in which the term did not run, as
/// chance leaves out one in 150 (Poisson).
const NEVER_MISSED: f64 = 5.0;
/// Impression share from which on hardly any search is left; platforms print all above as `> 90%`, ratio.
const FULL: f64 = 0.9;
/// Share of the periods with all searches above which a term is no measure of its campaign.
const OFTEN_FULL: f64 = 0.05;

impl Track {
    /// The track of a term; `None` without a complete period.
    pub(super) fn of(counts: &Counts, term: usize) -> Option<Self> {
        let cells = &counts.cells;
        let is_complete = |cell: &usize| counts.calendar.periods[cells.period[*cell] as usize].complete;
        let own: Vec<usize> = cells.of_term(term).filter(is_complete).collect();
        let first = cells.period[*own.first()?] as usize;
        let length = cells.period[*own.last()?] as usize + 1 - first;
        let mut track = Self {
            first,
            clicks: vec![0.0; length],
            cost: vec![0.0; length],
            bid: vec![f64::NAN; length],
            eligible: None,
            ran: vec![false; length],
            full: 0,
        };
        let mut full = Vec::new();
        let usual = usual(counts, &own);
        let shares = cells.signals.impression_share.as_ref().zip(cells.impressions.as_ref());
        let mut eligible = shares.map(|_| vec![f64::NAN; length]);
        for cell in own {
            let at = cells.period[cell] as usize - first;
            track.ran[at] = true;
            track.clicks[at] = cells.clicks[cell];
            track.cost[at] = cells.cost.as_ref().map_or(0.0, |cost| cost[cell]);
            if cells.signals.impression_share.as_ref().is_some_and(|shares| shares.lower[cell] >= FULL) {
                full.push(at);
            }
            track.bid[at] = cells.signals.max_cpc.as_ref().map_or(f64::NAN, |bids| bids[cell].ln());
            if let (Some((shares, impressions)), Some(eligible)) = (shares, &mut eligible) {
                let share = shares.known(cell, 0.0).filter(|&share| share > 0.0 && impressions[cell] > 0.0);
                let lost = cells.signals.lost_to_budget.as_ref().and_then(|lost| lost.known(cell, 0.0)).unwrap_or(0.0);
                eligible[at] = share.map_or(f64::NAN, |share| impressions[cell] / (share + lost));
            }
        }
        carry(&mut track.bid);
        if usual < NEVER_MISSED {
            track.ran.fill(true);
        }
        track.full = full.len();
        for at in full {
            track.ran[at] = false;
        }
        // who came after the account's first period may have come in the middle of one
        if first > 0 {
            track.ran[0] = false;
        }
        track.eligible =
            eligible.filter(|eligible| 5 * eligible.iter().filter(|e| e.is_finite()).count() >= 4 * length);
        Some(track)
    }

    /// Periods in which the term ran, and their clicks and bids.
    pub(super) fn weeks(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        let all = self.clicks.iter().zip(&self.bid).zip(&self.ran).enumerate();
        all.filter(|(_, (_, ran))| **ran).map(|(at, ((&clicks, &bid), _))| (self.first + at, clicks, bid))
    }

    /// Whether it had all searches so often that its clicks are no measure of what its campaign's bids do.
    pub(super) fn is_often_full(&self) -> bool {
        self.full as f64 > OFTEN_FULL * self.clicks.len() as f64
    }

    /// Its place in the vectors.
    pub(super) fn at(&self, period: usize) -> usize {
        period - self.first
    }
}

/// Impressions, or clicks where these are not known, of a period with a row, mean count.
fn usual(counts: &Counts, own: &[usize]) -> f64 {
    let of = counts.cells.impressions.as_ref().unwrap_or(&counts.cells.clicks);
    own.iter().map(|&cell| of[cell]).sum::<f64>() / own.len() as f64
}

/// What is not a number becomes what came before, and at the start what comes next.
fn carry(values: &mut [f64]) {
    let mut last = values.iter().copied().find(|value| value.is_finite()).unwrap_or(0.0);
    for value in values {
        if value.is_finite() {
            last = *value;
        } else {
            *value = last;
        }
    }
}
