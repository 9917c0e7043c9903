//! What `sql` was told.

use super::{Common, parse_map, parse_period};
use crate::config::PeriodName;
use crate::ingest::Dialect;
use clap::Args;

pub(super) const HELP: &str = "\
The query adds events up to one row per term and week, as termwise itself would read them: the
same term keys, weeks, pools and threshold, money in exact decimals. It is one SELECT without a
semicolon, so that it stands inside another statement. Write its rows as CSV or Parquet, in one
file or in folders (`date=2026-01-05/...`), and give them to `termwise recommend`.

Columns have their canonical names unless --map says otherwise: term, date, clicks, cost,
conversions, revenue; and match_type, campaign, ad_group, channel and impressions where --map
names them. The column `*` counts rows. With --purchases the events have clicks and cost, and each
row of the other table is a purchase, on the day of the click that brought it; --map speaks of
both tables.

Examples:
  termwise sql --dialect duckdb --events ads.daily --map spend_usd=cost --map campaign=campaign
  termwise sql --dialect spark --events clicks --map '*=clicks' --purchases orders
  termwise sql --dialect duckdb --events '\"events/*.parquet\"' --map revenue=ignore --min-count 10
  duckdb ads.db \"COPY ($(termwise sql --dialect duckdb --events daily)) TO 'counts.parquet'\"
  spark-sql -e \"CREATE TABLE t USING parquet AS $(termwise sql --dialect spark --events daily)\"";

#[derive(Debug, Args)]
pub(in crate::cli) struct Sql {
    /// Whose SQL: duckdb or spark; other warehouses take one of them with little change
    #[arg(long, value_name = "NAME", value_parser = parse_dialect)]
    pub(in crate::cli) dialect: Dialect,
    /// Table of clicks or of daily reports, as catalog.schema.table; a part with points in it stands in double quotes
    #[arg(long, value_name = "TABLE")]
    pub(in crate::cli) events: String,
    /// Table of purchases, where they have one of their own
    #[arg(long, value_name = "TABLE")]
    pub(in crate::cli) purchases: Option<String>,
    /// Maps a column of the tables onto a canonical one, or onto `ignore`; repeatable
    #[arg(long, value_name = "COLUMN=NAME", value_parser = parse_map)]
    pub(in crate::cli) map: Vec<(String, String)>,
    /// The same for the purchases alone, where a column has another name there
    #[arg(long, value_name = "COLUMN=NAME", value_parser = parse_map, requires = "purchases")]
    pub(in crate::cli) purchase_map: Vec<(String, String)>,
    /// Clicks that a term needs to be named; others are folded into "(other terms)" [default: `privacy.min_count`, or 0]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) min_count: Option<u32>,
    /// Sums by `week` or by `day`
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    pub(in crate::cli) period: Option<PeriodName>,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
}

fn parse_dialect(text: &str) -> Result<Dialect, String> {
    match text.to_lowercase().as_str() {
        "duckdb" => Ok(Dialect::DuckDb),
        "spark" => Ok(Dialect::Spark),
        _ => Err("expected duckdb or spark".to_owned()),
    }
}
