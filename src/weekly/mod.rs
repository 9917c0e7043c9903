//! The weekly run: guards on the data and the plan, and the plan in force held against what came.
//!
//! Pure: no files, no clock, no printing. In: counts, plans, and what earlier runs stored. Out: [`Finding`]s, a [`Review`],
//! and the [`Record`] of a run. Where runs are kept is `state`, how they are shown is `report`, and their order is
//! `pipeline`'s and the command's.
//!
//! # What holds a plan
//! Nobody watches the run, so it does the right thing or nothing: where a [`Guard`] finds something that a person has not
//! accepted, the plan before stays the latest. A guard that is wrong costs a look; a plan from broken data costs money.

mod adoption;
mod diff;
mod guard;
mod holdback;
mod judge;
mod lift;
mod measure;
mod prices;
mod range;
mod record;
mod review;
mod spread;
mod stored;
mod watch;
mod weeks;

pub use diff::{CAUSES, Cause, Diff, DiffPart, DiffRow, Spends, compare_plans, fold_unnamed, in_cents, largest};
pub use guard::{Finding, Guard, GuardSettings, is_held};
pub use holdback::{Drawn, Holdback, HoldbackSettings, campaign_of, draw};
pub use judge::{is_asked, judge, promises};
pub use lift::{Lift, Measured, Rotation, lift};
pub use measure::{keep_old_spends, promised, rotations};
pub use prices::{PriceLevel, price_levels};
pub use record::{Record, SCHEMA, StoredInput, StoredOutcome, StoredPlan, Unreadable};
pub use review::{PlanInForce, Review, Scattering, review};
pub use spread::scattering;
pub use stored::{NUMBERS, StoredTerm, TEXTS, stored_terms};
pub use watch::{Apart, Watched, held_weeks, is_late, watch};
pub use weeks::{WeekTotals, reaches_week_of, week_totals};

#[cfg(test)]
mod tests;
