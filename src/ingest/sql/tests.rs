//! The text of queries. What they answer is held against the reader on real engines, by `tests/engines/check.py`.

use super::names::ENDS;
use super::*;
use crate::ingest::number::{BLANKS, is_blank};
use crate::ingest::totals::{POOL_LETTERS, POOLS};
use chrono::Weekday;
use proptest::prelude::*;

fn pairs(map: &[(&str, &str)]) -> Vec<(String, String)> {
    map.iter().map(|&(column, name)| (column.to_owned(), name.to_owned())).collect()
}

fn settings(dialect: Dialect, map: &[(&str, &str)]) -> SqlSettings {
    SqlSettings {
        dialect,
        events: "daily".to_owned(),
        purchases: None,
        map: pairs(map),
        purchase_map: Vec::new(),
        min_count: 0,
        period: PeriodChoice::Week,
        week_start: Weekday::Mon,
    }
}

fn two_tables(dialect: Dialect) -> SqlSettings {
    let map =
        [("*", "clicks"), ("query", "term"), ("campaign", "campaign"), ("cost_micros", "cost"), ("amount", "revenue")];
    SqlSettings {
        events: "web.clicks".to_owned(),
        purchases: Some("shop.\"orders.2026\"".to_owned()),
        purchase_map: pairs(&[("utm_term", "term")]),
        min_count: 10,
        week_start: Weekday::Sun,
        ..settings(dialect, &map)
    }
}

#[test]
fn queries_are_those_that_were_looked_at_and_run() {
    let simple = settings(Dialect::DuckDb, &[("spend_usd", "cost")]);
    for (settings, golden) in [
        (simple, include_str!("../../../tests/golden/sql/duckdb_daily.sql")),
        (two_tables(Dialect::DuckDb), include_str!("../../../tests/golden/sql/duckdb_folded.sql")),
        (two_tables(Dialect::Spark), include_str!("../../../tests/golden/sql/spark_folded.sql")),
    ] {
        assert_eq!(format!("{}\n", sql(&settings).unwrap()), golden);
    }
}

#[test]
fn days_stay_days_without_a_span() {
    let query = sql(&SqlSettings { period: PeriodChoice::Day, ..settings(Dialect::Spark, &[]) }).unwrap();
    assert!(query.contains("w.week AS date") && !query.contains("termwise_span") && !query.contains("weekday"));
}

#[test]
fn weeks_begin_on_the_day_that_is_asked_for() {
    for (dialect, start, wanted) in [
        (Dialect::DuckDb, Weekday::Mon, "day - CAST(isodow(day) - 1 AS INTEGER)"),
        // Sunday is day 7, so that seven days before it are nought
        (Dialect::DuckDb, Weekday::Sun, "day - CAST((isodow(day) + 0) % 7 AS INTEGER)"),
        (Dialect::Spark, Weekday::Mon, "date_sub(day, weekday(day))"),
        (Dialect::Spark, Weekday::Sat, "date_sub(day, (weekday(day) + 2) % 7)"),
    ] {
        assert_eq!(dialect.week("day", start), wanted);
    }
}

#[test]
fn constants_are_those_of_the_reader() {
    assert!(BLANKS.iter().all(|text| is_blank(text)) && !is_blank("--- "));
    // every pool's name passes the reader's first look, in brackets at least
    assert!(POOLS.iter().all(|name| POOL_LETTERS.contains(&name.as_bytes()[0]) || *name == "low volume terms"));
    assert!(ENDS.is_ascii(), "white space in a literal would not be seen");
}

#[test]
fn table_names_have_parts() {
    for (typed, wanted) in [
        ("daily", "\"daily\""),
        (" a.b.c ", "\"a\".\"b\".\"c\""),
        ("\"data/*.parquet\"", "\"data/*.parquet\""),
        ("a.\"b.c\"\"d\"", "\"a\".\"b.c\"\"d\""),
    ] {
        assert_eq!(Dialect::DuckDb.table(typed).unwrap(), wanted, "{typed}");
    }
    assert_eq!(Dialect::Spark.table("a.`b`").unwrap(), "`a`.```b```");
    for typed in ["", "a.", ".a", "a..b", "\"a", "\"a\"b", "a\nb", "a\u{0}"] {
        let error = Dialect::DuckDb.table(typed).unwrap_err();
        assert!(matches!(error, SqlError::Name { .. }), "{typed:?}: {error}");
    }
}

#[test]
fn maps_that_make_no_table_of_counts_are_refused_with_a_way_out() {
    let one = |map: &[(&str, &str)]| sql(&settings(Dialect::DuckDb, map)).unwrap_err();
    let two = |map: &[(&str, &str)], own: &[(&str, &str)]| {
        let purchases = Some("orders".to_owned());
        sql(&SqlSettings { purchases, purchase_map: pairs(own), ..settings(Dialect::DuckDb, map) }).unwrap_err()
    };
    for (error, message, hint) in [
        (one(&[("x", "clik")]), "there is no column `clik`", "did you mean `clicks`?"),
        (one(&[("cost", "spend_usd")]), "`spend_usd`", "--map 'spend_usd=cost'"),
        (one(&[("x", "max_cpc")]), "`max_cpc` is not part", "match_type"),
        (one(&[("a", "cost"), ("b", "cost")]), "two columns for `cost`", "view"),
        (one(&[("fee", "ignore")]), "does not use a column `fee`", "in the table"),
        (one(&[("clicks", "ignore")]), "needs a column for `clicks`", "'*=clicks'"),
        (one(&[("date", "ignore")]), "needs a column for `date`", "'COLUMN=date'"),
        (one(&[("*", "cost")]), "`cost` is no count", "*=clicks"),
        (one(&[("a\tb", "cost")]), "control character", "double quotes"),
        (two(&[], &[("fee", "cost")]), "over `--events`", "--map 'COLUMN=cost'"),
        (two(&[], &[("ort", "campaign")]), "only one of the two tables", "--purchase-map"),
        (two(&[], &[("fee", "ignore")]), "--purchase-map 'fee=ignore'", "in the table"),
    ] {
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
    }
}

#[test]
fn columns_go_where_they_are_counted() {
    let query = sql(&SqlSettings {
        purchases: Some("orders".to_owned()),
        ..settings(Dialect::DuckDb, &[("revenue", "ignore")])
    });
    let query = query.unwrap();
    assert!(query.contains("CAST(1 AS DECIMAL(28, 12)) AS conversions") && !query.contains("revenue"));
    // a week is a day of it, and a blank campaign an empty one
    let query = sql(&settings(Dialect::Spark, &[("week", "week"), ("network", "channel")])).unwrap();
    assert!(query.contains("CAST(`week` AS DATE) AS day") && query.contains("CAST(`network` AS STRING) AS channel"));
}

proptest! {
    #[test]
    fn a_hostile_name_is_never_more_than_an_identifier(name in "[a\"'`;.\\\\ -]{1,9}|\\PC{1,9}") {
        // names that say something of their own
        let known = ["*", "term", "date", "clicks", "conversions", "revenue"];
        prop_assume!(!known.contains(&name.as_str()) && !name.ends_with("micros"));
        for dialect in [Dialect::DuckDb, Dialect::Spark] {
            let quote = if dialect == Dialect::DuckDb { '"' } else { '`' };
            let identifier = dialect.identifier(&name).unwrap();
            // an engine reads it back as the name, and nothing is left behind it
            let (inside, twice) = (&identifier[1..identifier.len() - 1], String::from_iter([quote, quote]));
            prop_assert!(identifier.starts_with(quote) && identifier.ends_with(quote));
            prop_assert_eq!(inside.replace(&twice, "").find(quote), None);
            prop_assert_eq!(inside.replace(&twice, &quote.to_string()), name.clone());
            // and the rest of the query does not depend on it
            let typed = format!("\"{}\"", name.replace('"', "\"\""));
            let hostile = SqlSettings { events: typed, ..settings(dialect, &[(&name, "cost")]) };
            let plain = SqlSettings { events: "plainly".to_owned(), ..settings(dialect, &[("plainly", "cost")]) };
            let query = sql(&hostile).unwrap().replacen(&identifier, "NAME", 2);
            let identifier = dialect.identifier("plainly").unwrap();
            prop_assert_eq!(query, sql(&plain).unwrap().replacen(&identifier, "NAME", 2));
        }
    }
}
