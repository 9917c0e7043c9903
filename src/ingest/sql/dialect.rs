//! What differs between engines.
//!
//! In: names and parts of the query. Out: their text. A name that was typed is always a quoted identifier, whatever
//! stands in it; a name that no engine takes is refused.

use super::error::{NameProblem, SqlError};
use chrono::Weekday;

/// Whose SQL it is. Other warehouses take one of the two with little change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `DuckDB`, near to `PostgreSQL`: names in double quotes.
    DuckDb,
    /// Apache Spark SQL, near to Hive and `BigQuery`: names in backticks.
    Spark,
}

impl Dialect {
    /// The name of the type of texts.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::DuckDb => "VARCHAR",
            Self::Spark => "STRING",
        }
    }

    fn quote(self) -> char {
        match self {
            Self::DuckDb => '"',
            Self::Spark => '`',
        }
    }

    /// A name as a quoted identifier.
    ///
    /// # Errors
    /// It is empty or holds control characters.
    pub(super) fn identifier(self, name: &str) -> Result<String, SqlError> {
        let problem = if name.is_empty() {
            Some(NameProblem::Empty)
        } else {
            name.chars().any(char::is_control).then_some(NameProblem::Control)
        };
        if let Some(problem) = problem {
            return Err(SqlError::name(name, problem));
        }
        let quote = self.quote();
        Ok(format!("{quote}{}{quote}", name.replace(quote, &String::from_iter([quote, quote]))))
    }

    /// A table's name of several parts. A part in double quotes may hold points, and a double quote as two.
    ///
    /// # Errors
    /// A part is empty, or its quotes are not closed.
    pub(super) fn table(self, typed: &str) -> Result<String, SqlError> {
        let mut parts = Vec::new();
        let mut rest = typed.trim();
        loop {
            let (part, after) = if let Some(inside) = rest.strip_prefix('"') {
                quoted(inside).ok_or_else(|| SqlError::name(typed, NameProblem::Open))?
            } else {
                let (own, after) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
                (own.trim().to_owned(), after)
            };
            parts.push(self.identifier(&part).map_err(|error| error.of_table(typed))?);
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None if after.is_empty() => return Ok(parts.join(".")),
                None => return Err(SqlError::name(typed, NameProblem::Open)),
            }
        }
    }

    /// A text of our own as a literal.
    pub(super) fn literal(self, text: &str) -> String {
        let text = text.replace('\'', "''");
        match self {
            Self::DuckDb => format!("'{text}'"),
            // two literals side by side are one there: a quote is written with a backslash
            Self::Spark => format!("'{}'", text.replace('\\', "\\\\").replace("''", "\\'")),
        }
    }

    /// `value` with every match of a pattern taken out.
    pub(super) fn without(self, value: &str, pattern: &str) -> String {
        let all = if self == Self::DuckDb { ", 'g'" } else { "" };
        format!("regexp_replace({value}, {}, ''{all})", self.literal(pattern))
    }

    /// The first day of the week that a day is in.
    pub(super) fn week(self, day: &str, start: Weekday) -> String {
        // days of the week: 1 to 7 in DuckDB, 0 to 6 in Spark
        let (own, from_start) = (start.num_days_from_monday(), 7 - start.num_days_from_monday());
        match (self, own) {
            (Self::DuckDb, 0) => format!("{day} - CAST(isodow({day}) - 1 AS INTEGER)"),
            (Self::DuckDb, _) => format!("{day} - CAST((isodow({day}) + {}) % 7 AS INTEGER)", from_start - 1),
            (Self::Spark, 0) => format!("date_sub({day}, weekday({day}))"),
            (Self::Spark, _) => format!("date_sub({day}, (weekday({day}) + {from_start}) % 7)"),
        }
    }
}

/// What stands before the closing quote, and what follows it.
fn quoted(inside: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut rest = inside;
    loop {
        let (before, after) = rest.split_once('"')?;
        part.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                part.push('"');
                rest = next;
            }
            None => return Some((part, after)),
        }
    }
}
