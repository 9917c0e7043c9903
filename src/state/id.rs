//! The name of a run: the last day of its week, and a number from the second run on.

use crate::domain::Date;
use std::fmt;
use std::str::FromStr;

/// Name of a run; ordered by week and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId {
    /// Last day of the week that it was made from.
    pub as_of: Date,
    /// 1 for the first run of a week.
    pub number: u32,
}

impl fmt::Display for RunId {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}", self.as_of)?;
        if self.number > 1 { write!(to, ".{}", self.number) } else { Ok(()) }
    }
}

/// A text that is no name of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRunId;

impl FromStr for RunId {
    type Err = NoRunId;

    fn from_str(text: &str) -> Result<Self, NoRunId> {
        let (day, number) = text.split_once('.').map_or((text, Ok(1)), |(day, number)| (day, number.parse()));
        let id = Self { as_of: day.parse().map_err(|_| NoRunId)?, number: number.map_err(|_| NoRunId)? };
        // one name for each run
        if id.to_string() == text { Ok(id) } else { Err(NoRunId) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_in_order() {
        let id = |text: &str| text.parse::<RunId>();
        for text in ["2026-11-29", "2026-11-29.2", "2026-11-29.10"] {
            assert_eq!(id(text).unwrap().to_string(), text);
        }
        let ordered = ["2026-11-29", "2026-11-29.2", "2026-11-29.10", "2026-12-06"].map(|text| id(text).unwrap());
        assert!(ordered.is_sorted_by(|one, other| one < other));
        for text in ["", "2026-11-29.1", "2026-11-29.", "2026-11-29.02", "latest", ".2026-11-29.7-0.tmp", "2026-13-01"]
        {
            assert_eq!(id(text), Err(NoRunId), "{text}");
        }
    }
}
