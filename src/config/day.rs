//! Days in a config: TOML's own dates and dates in quotes.

use crate::domain::Date;
use serde::de::{Deserialize, Deserializer, Error};

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Written {
    Toml(toml::value::Datetime),
    Text(String),
}

/// Reads `2026-12-21` with or without quotes.
///
/// # Errors
/// Anything else.
pub(super) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let refuse = |given: &str| D::Error::custom(format!("`{given}` is no day such as 2026-12-21"));
    match Option::<Written>::deserialize(deserializer)
        .map_err(|_| D::Error::custom("expected a day such as 2026-12-21"))?
    {
        None => Ok(None),
        Some(Written::Text(text)) => text.trim().parse().map(Some).map_err(|_| refuse(&text)),
        Some(Written::Toml(written)) => match (written.date, written.time) {
            (Some(date), None) => {
                let day = Date::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day));
                day.map(Some).ok_or_else(|| refuse(&date.to_string()))
            }
            _ => Err(refuse(&written.to_string())),
        },
    }
}
