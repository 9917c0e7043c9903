//! The canonical table as a query, for the engine that holds the raw events.
//!
//! In: a dialect, the tables of events and what their columns are. Out: the text of one `SELECT` whose rows, read as a
//! table, are the counts that reading the events themselves would give: the same term keys, weeks, pools and fold, sums
//! exact. Nothing is run and nothing is connected to. The reader does the rest when it reads the table: it masks, and tells
//! the match type from marks, so that a fold by `min_count` in the query goes by terms as they were typed.
//!
//! Rows below zero (refunds) are added up, where the reader refuses them in a file; a sum below zero it refuses too.

mod columns;
mod dialect;
mod error;
mod fold;
mod names;

pub use dialect::Dialect;
pub use error::SqlError;

use super::PeriodChoice;
use super::aliases::{Column, is_money};
use columns::{Cell, Layout, Source};
use fold::fold;
use names::{named, trimmed};

/// What to query.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlSettings {
    /// Whose SQL it is.
    pub dialect: Dialect,
    /// Table of clicks or of reports, as `catalog.schema.table`; a part with points in it stands in double quotes.
    pub events: String,
    /// Table of purchases, if they have one of their own.
    pub purchases: Option<String>,
    /// Source column → canonical column, of both tables; the column `*` counts rows, `ignore` leaves a column out.
    pub map: Vec<(String, String)>,
    /// The same for the purchases alone.
    pub purchase_map: Vec<(String, String)>,
    /// Clicks that a term needs to be named; 0: all are named.
    pub min_count: u32,
    /// Sums by week or by day.
    pub period: PeriodChoice,
    /// First day of a week.
    pub week_start: chrono::Weekday,
}

/// Type of every measure: exact in any order of rows, and 1e16 of anything.
const AMOUNT: &str = "DECIMAL(28, 12)";
/// Digits behind the point of a sum; three fewer than of a row, so that thirds add up to one.
const DIGITS: u32 = 9;

/// Names that all steps share.
#[derive(Debug)]
struct Shape {
    dialect: Dialect,
    /// The term first.
    keys: Vec<&'static str>,
    measures: Vec<&'static str>,
}

impl Shape {
    /// The keys' names, behind a prefix such as `t.`.
    fn keys(&self, prefix: &str) -> Vec<String> {
        self.keys.iter().map(|key| format!("{prefix}{key}")).collect()
    }

    /// Sums of the measures under their own names.
    fn sums(&self, prefix: &str) -> impl Iterator<Item = String> {
        self.measures.iter().map(move |measure| format!("SUM({prefix}{measure}) AS {measure}"))
    }
}

/// The query, without a semicolon, so that it can stand inside another statement.
///
/// # Errors
/// Columns that do not make a table of counts, names that no engine takes.
pub fn sql(settings: &SqlSettings) -> Result<String, SqlError> {
    let layout = Layout::decide(settings)?;
    let shape = Shape {
        dialect: settings.dialect,
        keys: std::iter::once(Column::Term).chain(layout.keys.iter().copied()).map(Column::name).collect(),
        measures: layout.measures.iter().map(|column| column.name()).collect(),
    };
    let weekly = settings.period == PeriodChoice::Week;
    let rows: Vec<String> =
        layout.sources.iter().map(|source| rows(source, &layout, settings.dialect)).collect::<Result<_, _>>()?;
    let mut steps = vec![step("termwise_rows", "", &rows.join("\n  UNION ALL\n")), sums(&shape, settings)];
    steps.push(trimmed(&shape));
    steps.push(named(&shape));
    let mut last = "termwise_named";
    if settings.min_count > 0 {
        steps.extend(fold(&shape, settings.min_count));
        last = "termwise_folded";
    }
    if weekly {
        steps.push(step(
            "termwise_span",
            "",
            "  SELECT MIN(week) AS first_week, MIN(first_day) AS first_day, MAX(week) AS last_week, MAX(last_day) AS last_day\n  \
             FROM termwise_sums",
        ));
    }
    Ok(format!("{}WITH\n{}\n{}", head(settings, weekly), steps.join(",\n"), whole(&shape, last, weekly)))
}

/// What a reader of the query should know. Nothing that was typed stands here: a name could end the line.
fn head(settings: &SqlSettings, weekly: bool) -> String {
    let mut lines = vec![
        format!(
            "The table that termwise reads: one row per term and {}, from `termwise sql`.",
            if weekly { "week" } else { "day" }
        ),
        "Days are those of the session's time zone. What has no value counts as 0. Refunds may be negative amounts."
            .to_owned(),
    ];
    if settings.dialect == Dialect::Spark {
        lines.push(
            "Spark before version 4 needs spark.sql.ansi.enabled: without it what is no number or date has no value."
                .to_owned(),
        );
    }
    if weekly {
        lines.push(
            "`date` is the first day of the week, but in the first and the last week the first and the last day there is,"
                .to_owned(),
        );
        lines.push("so that termwise sees which weeks are not complete.".to_owned());
    }
    if settings.min_count > 0 {
        lines.push(format!(
            "Terms with fewer than {} clicks are folded into (other terms): by campaign, or, where that is still too few,",
            settings.min_count
        ));
        lines.push("in the account.".to_owned());
    }
    format!("-- {}\n", lines.join("\n-- "))
}

/// One named step of the query, with why it is there.
fn step(name: &str, why: &str, body: &str) -> String {
    let why = if why.is_empty() { String::new() } else { format!("-- {why}\n") };
    format!("{why}{name} AS (\n{body}\n)")
}

/// A `SELECT` with one column a line.
fn select(columns: &[String], rest: &str) -> String {
    format!("  SELECT\n    {}\n  {rest}", columns.join(",\n    "))
}

/// The rows of a table, with the types and names that all steps work on.
fn rows(source: &Source, layout: &Layout, dialect: Dialect) -> Result<String, SqlError> {
    let cell = |column: Column| source.columns.get(&column);
    let cast = |column: Column, to: &str, name: &str| match cell(column) {
        Some(Cell::Named(own)) => Ok(format!("CAST({} AS {to}) AS {name}", dialect.identifier(own)?)),
        _ => Err(SqlError::Required { name: column.name() }),
    };
    let mut columns = vec![cast(Column::Term, dialect.text(), "term")?];
    for &key in &layout.keys {
        columns.push(cast(key, dialect.text(), key.name())?);
    }
    columns.push(cast(Column::Date, "DATE", "day")?);
    for &measure in &layout.measures {
        let amount = match cell(measure) {
            None => format!("CAST(0 AS {AMOUNT})"),
            Some(Cell::EachRow) => format!("CAST(1 AS {AMOUNT})"),
            Some(Cell::Named(own)) => {
                let name = dialect.identifier(own)?;
                if is_money(measure) && columns::in_micros(own) {
                    format!("CAST(CAST({name} AS DECIMAL(22, 6)) * 0.000001 AS {AMOUNT})")
                } else {
                    format!("CAST({name} AS {AMOUNT})")
                }
            }
        };
        columns.push(format!("{amount} AS {}", measure.name()));
    }
    Ok(select(&columns, &format!("FROM {}", dialect.table(&source.table)?)))
}

/// Sums by raw key and period: names are cleaned once a sum, not once a row.
fn sums(shape: &Shape, settings: &SqlSettings) -> String {
    let week = match settings.period {
        PeriodChoice::Day => "day".to_owned(),
        PeriodChoice::Week => shape.dialect.week("day", settings.week_start),
    };
    let mut columns = shape.keys("");
    columns.push(format!("{week} AS week"));
    if settings.period == PeriodChoice::Week {
        columns.extend(["MIN(day) AS first_day".to_owned(), "MAX(day) AS last_day".to_owned()]);
    }
    columns.extend(shape.sums(""));
    let group = format!("FROM termwise_rows\n  GROUP BY {}, {week}", shape.keys("").join(", "));
    step("termwise_sums", "there are fewer sums than rows to clean the names of", &select(&columns, &group))
}

/// The last step: what is now one key is one row.
fn whole(shape: &Shape, from: &str, weekly: bool) -> String {
    let mut columns = shape.keys("w.");
    let (joined, bounds) = if weekly {
        columns.push(
            "CASE WHEN w.week = s.last_week THEN s.last_day WHEN w.week = s.first_week THEN s.first_day ELSE w.week END AS date"
                .to_owned(),
        );
        ("\nCROSS JOIN termwise_span AS s", ", s.first_week, s.first_day, s.last_week, s.last_day")
    } else {
        columns.push("w.week AS date".to_owned());
        ("", "")
    };
    let sum = |measure: &&str| format!("CAST(ROUND(COALESCE(SUM(w.{measure}), 0), {DIGITS}) AS DOUBLE) AS {measure}");
    columns.extend(shape.measures.iter().map(sum));
    format!(
        "SELECT\n  {}\nFROM {from} AS w{joined}\nGROUP BY {}, w.week{bounds}",
        columns.join(",\n  "),
        shape.keys("w.").join(", ")
    )
}

#[cfg(test)]
mod tests;
