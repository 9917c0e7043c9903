//! Synthetic search accounts with known truth.
//!
//! Owns the making of an account whose true rates, order values and response curves are known, so
//! that estimates and plans can be held against them. In: [`SimulateSettings`]. Out: [`Truth`] and
//! [`Observation`], two types that do not refer to each other, and their tables as text;
//! [`play_week`] carries an account on under a plan. Every term
//! draws from a random stream of its own, so the result is the same for any number of threads.
//! Wrong where real accounts are: no competition between terms, no seasonal difference between
//! products, no ceiling on what money buys unless asked for; conversions of all terms are reported with one lag.

mod account;
mod drift;
mod forward;
mod hidden;
mod history;
mod observation;
pub mod policies;
mod reporting;
mod settings;
mod tables;
mod texts;
mod truth;
mod words;

#[cfg(test)]
mod tests;

pub use drift::SharedWalks;
pub use forward::play_week;
pub use hidden::{OTHER_TERMS, hide_small_terms, lost_text, share_text};
pub use observation::{Cell, Observation, Rows};
pub use reporting::{Export, Reporting, exports};
pub use settings::{Misallocation, SimulateError, SimulateSettings};
pub use tables::{export_csv, observation_csv, truth_csv};
pub use truth::{Outcome, TrueCampaign, Truth};

/// An account as it is and as it looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// What really drives it.
    pub truth: Truth,
    /// What the platform would report.
    pub observation: Observation,
}

/// Makes an account of any size in bounded memory: its terms come in order, `chunk` (1 or more) at a time, each with all
/// its weeks, numbered within the chunk. The rows are those of [`simulate`].
///
/// # Errors
/// [`SimulateError`] for a setting out of range; what `each` answers with.
pub fn simulate_in_chunks<E: From<SimulateError>>(
    settings: &SimulateSettings,
    chunk: usize,
    mut each: impl FnMut(Observation) -> Result<(), E>,
) -> Result<Truth, E> {
    settings.validate()?;
    let mut account = account::draw(settings);
    let terms = account.truth.terms.len();
    let mut ends = Vec::with_capacity(terms);
    for first in (0..terms).step_by(chunk.max(1)) {
        let (mut observation, left) = history::play_terms(&account, first..terms.min(first + chunk.max(1)), settings);
        // streams belong to terms and weeks, so a chunk holds back what the whole account would
        reporting::hold_back(&mut observation, settings);
        ends.extend(left);
        each(observation)?;
    }
    account.truth.leave(&ends);
    Ok(account.truth)
}

/// Makes an account.
///
/// # Errors
/// [`SimulateError`] names the first setting that is out of range.
pub fn simulate(settings: &SimulateSettings) -> Result<Simulated, SimulateError> {
    settings.validate()?;
    let (truth, observation) = history::play(account::draw(settings), settings);
    Ok(Simulated { truth, observation })
}
