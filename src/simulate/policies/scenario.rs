//! The worlds in which policies are compared, stated once and not tuned to any of them.

use super::limits::{SpendLimits, sum};
use super::{PolicyError, oracle};
use crate::domain::{Status, stable_hash};
use crate::numeric::order::sample_quantile;
use crate::numeric::stream::Stream;
use crate::simulate::observation::{Cell, Rows};
use crate::simulate::{Misallocation, SimulateSettings, Simulated, play_week, simulate};

/// How an account stands when the policies take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// As the settings give it.
    AsGiven,
    /// Run well: over the second half of its history the account followed the oracle.
    Well,
    /// Money leans to the poor terms ([`Misallocation::Inverted`]).
    Bad,
    /// Bids set by habit, and rates that move: by 5% a week for each term, 3% for each campaign, 2% for the account.
    Drifting,
    /// Bids set by habit, and a third of the terms new: no history and no spend.
    Unknown,
}

impl Scenario {
    /// The four stated ones.
    pub const STATED: [Self; 4] = [Self::Well, Self::Bad, Self::Drifting, Self::Unknown];

    /// The name used in settings and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AsGiven => "as-given",
            Self::Well => "well",
            Self::Bad => "bad",
            Self::Drifting => "drifting",
            Self::Unknown => "unknown",
        }
    }

    /// The scenario of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::AsGiven].into_iter().chain(Self::STATED).find(|scenario| scenario.name() == name)
    }

    /// What it is, in a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::AsGiven => "the account as its settings give it",
            Self::Well => "run by the oracle over the second half of its history",
            Self::Bad => "money leans to the poor terms at the start",
            Self::Drifting => "rates move by 5% a week a term, 3% a campaign, 2% for the account",
            Self::Unknown => "a third of the terms are new",
        }
    }

    /// The settings of its world.
    pub(super) fn settings(self, given: &SimulateSettings, seed: u64) -> SimulateSettings {
        let settings = SimulateSettings { seed, ..given.clone() };
        match self {
            Self::AsGiven | Self::Unknown => settings,
            Self::Well => SimulateSettings { weeks: given.weeks.div_ceil(2), ..settings },
            Self::Bad => SimulateSettings { misallocation: Misallocation::Inverted, ..settings },
            Self::Drifting => SimulateSettings { drift: 0.05, group_drift: 0.03, common_drift: 0.02, ..settings },
        }
    }
}

/// An account at the moment at which the policies take over.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub(super) account: Simulated,
    pub(super) settings: SimulateSettings,
    /// Most that all terms spend in an average week, account currency, whole cents.
    pub(super) budget: f64,
    /// Most that a term without spend may be given at once, account currency a week.
    pub(super) opening: f64,
}

impl Start {
    /// Makes the account of a scenario and seed.
    ///
    /// # Errors
    /// Settings out of range.
    pub(super) fn new(
        scenario: Scenario,
        given: &SimulateSettings,
        seed: u64,
        max_change: f64,
    ) -> Result<Self, PolicyError> {
        let settings = scenario.settings(given, seed);
        let mut account = simulate(&settings)?;
        if scenario == Scenario::Unknown {
            forget_a_third(&mut account, seed);
        }
        let mut start = Self { budget: 0.0, opening: 0.0, account, settings };
        start.measure();
        if scenario == Scenario::Well {
            for _ in start.settings.weeks..given.weeks {
                let best = oracle::best(&start.account.truth, &start.limits(max_change))?;
                play_week(&mut start.account, &start.settings, &best)?;
            }
            start.measure();
        }
        Ok(start)
    }

    /// Limits of the next week.
    pub(super) fn limits(&self, max_change: f64) -> SpendLimits {
        let account = &self.account;
        SpendLimits::new(&account.observation, &account.truth.current_spend, self.budget, max_change, self.opening)
    }

    /// Budget and opening from what is spent now.
    fn measure(&mut self) {
        let mut spend = self.account.truth.current_spend.clone();
        // up to a cent more than now, so that staying is always within it
        self.budget = (sum(&spend) * 100.0).ceil() / 100.0;
        spend.retain(|&spend| spend > 0.0);
        spend.sort_by(f64::total_cmp);
        self.opening = 0.5 * sample_quantile(&spend, 0.5).unwrap_or(0.0);
    }
}

/// Takes history and spend from a third of the enabled terms; each keeps one row, in the last week, as a term does that
/// was just added.
fn forget_a_third(account: &mut Simulated, seed: u64) {
    let observation = &mut account.observation;
    let mut stream = Stream::new(seed, stable_hash(&["unknown terms"]));
    let unknown: Vec<bool> =
        observation.terms.iter().map(|term| stream.uniform() < 1.0 / 3.0 && term.status == Status::Enabled).collect();
    let old = std::mem::take(&mut observation.rows);
    let last = u32::try_from(observation.weeks.len() - 1).unwrap_or(u32::MAX);
    let mut rows = Rows::with_capacity(old.len());
    for row in 0..old.len() {
        let term = old.term[row];
        let ends = old.term.get(row + 1) != Some(&term);
        if !unknown[term as usize] {
            rows.push(term, old.week[row], &old.cell(row));
        } else if ends {
            rows.push(term, last, &Cell { impressions: 1.0, max_cpc: old.max_cpc[row], ..Cell::default() });
        }
    }
    observation.rows = rows;
    for (spend, _) in account.truth.current_spend.iter_mut().zip(&unknown).filter(|(_, unknown)| **unknown) {
        *spend = 0.0;
    }
}
