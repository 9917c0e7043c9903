//! termwise
pub mod allocate;
pub mod counts;
pub mod domain;
pub mod estimate;
#[cfg(feature = "tables")]
pub mod ingest;
pub mod numeric;
pub mod recommend;
#[cfg(feature = "charts")]
pub mod report;
pub mod response;
pub mod simulate;
