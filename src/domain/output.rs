//! In which forms tables are written.

use serde::{Deserialize, Serialize};
use std::fmt::{Display, Formatter};
use std::str::FromStr;

/// A form of the tables beside CSV, which is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// An array of objects a table.
    Json,
    /// One page of Markdown, for a chat or a mail.
    Md,
    /// One workbook with a sheet a table.
    Xlsx,
}

/// All of them with their names.
const NAMES: [(&str, Format); 4] =
    [("csv", Format::Csv), ("json", Format::Json), ("md", Format::Md), ("xlsx", Format::Xlsx)];

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
        found.map(|(_, format)| *format).ok_or_else(|| "one of csv, json, md and xlsx".to_owned())
    }
}

impl Display for Format {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let name = NAMES.iter().find(|(_, format)| format == self).map_or("", |(name, _)| name);
        formatter.write_str(name)
    }
}
