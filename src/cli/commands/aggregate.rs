//! `termwise aggregate`: access logs → aggregate counts.

use super::{VERSION, print_summary, refuse_overwriting};
use crate::cli::args::Aggregate;
use crate::cli::{settings, terminal::Printer};
use crate::config::ConfigError;
use crate::domain::counted;
use crate::error::Error;
use crate::ingest::{LogSettings, expand_files, read_logs};
use crate::report::{SummaryBuilder, counts_csv, counts_parquet, preflight_file, write_file};

pub(in crate::cli) fn run(args: &Aggregate, printer: Printer) -> Result<(), Error> {
    let mut config = settings::base(&args.common)?;
    config.data.period = args.period.unwrap_or(config.data.period);
    config.validate()?;
    let defaults = LogSettings::default();
    let reading = config.ingest();
    let configured = Some(config.privacy.min_count).filter(|&least| least > 0);
    let chosen = LogSettings {
        purchase: args.purchase.clone(),
        value: args.value.clone(),
        session: args.session,
        min_count: args.min_count.or(configured).unwrap_or(defaults.min_count),
        engines: args.engine.clone(),
        period: reading.period,
        week_start: reading.week_start,
    };
    let ending = args.out.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let parquet = match ending.as_deref() {
        Some("csv") => false,
        Some("parquet") => true,
        _ => {
            let value = args.out.display().to_string();
            return Err(ConfigError::value("out", value, "a file that ends in .csv or .parquet").into());
        }
    };
    let logs = expand_files(&args.logs)?;
    refuse_overwriting(&args.out, &logs)?;
    if preflight_file(&args.out)? && !args.force {
        let out = args.out.display();
        printer.say(&format!("`{out}` exists: it stays if the counts are the same, else give `--force` to replace it"));
    }
    let progress = printer.progress();
    progress.stage("read");
    let logged = read_logs(&logs, &chosen)?;
    let counts = &logged.counts;
    let bytes = if parquet { counts_parquet(counts, &args.out)? } else { counts_csv(counts).into_bytes() };
    write_file(&args.out, &bytes, args.force)?;
    drop(progress);

    let totals = counts.totals();
    let out = args.out.display().to_string();
    let summary = SummaryBuilder::new(VERSION, "aggregate")
        .counts(counts)
        .totals(&totals, None)
        .with("lines", logged.lines)
        .notes(&logged.notes)
        .outputs(std::slice::from_ref(&out))
        .build();
    print_summary(args.common.json, &summary)?;
    printer.notes(&logged.notes, usize::MAX);
    let visits = counted(totals.clicks, "visit");
    let purchases = counted(totals.conversions, "purchase");
    printer.say(&format!("{}, {visits}, {purchases}: {out}", counted(counts.terms.len(), "term")));
    Ok(())
}
