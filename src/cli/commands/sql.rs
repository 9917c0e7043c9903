//! `termwise sql`: the query that makes the canonical table of raw events.

use crate::cli::args::Sql;
use crate::cli::{settings, terminal::Printer};
use crate::error::Error;
use crate::ingest::{SqlSettings, sql};
use crate::report::SummaryBuilder;

pub(in crate::cli) fn run(args: &Sql) -> Result<(), Error> {
    let mut config = settings::base(&args.common)?;
    config.data.period = args.period.unwrap_or(config.data.period);
    config.validate()?;
    let reading = config.ingest();
    let text = sql(&SqlSettings {
        dialect: args.dialect,
        events: args.events.clone(),
        purchases: args.purchases.clone(),
        map: args.map.clone(),
        purchase_map: args.purchase_map.clone(),
        min_count: args.min_count.unwrap_or(reading.min_count),
        period: reading.period,
        week_start: reading.week_start,
    })?;
    if args.common.json {
        return super::print_summary(true, &SummaryBuilder::new(super::VERSION, "sql").with("sql", text).build());
    }
    Printer::data(&text)
}
