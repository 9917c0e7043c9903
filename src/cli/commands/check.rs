//! `termwise check`: reads and validates, writes nothing.

use super::{context, data_summary, print_summary};
use crate::cli::args::Check;
use crate::cli::{settings, terminal::Printer};
use crate::domain::counted;
use crate::error::Error;
use crate::estimate::completion;
use crate::ingest::{expand, read};

pub(in crate::cli) fn run(args: &Check, printer: Printer) -> Result<(), Error> {
    let config = settings::reading(&args.common, &args.input, None)?;
    let inputs = expand(&args.input.inputs)?;
    let progress = printer.progress();
    progress.stage("read");
    let mut ingested = read(&inputs, &config.ingest())?;
    // what is known of late reports decides how far recent weeks can be believed
    ingested.notes.extend(completion(&ingested.counts, &config.estimate().delay).notes);
    drop(progress);

    let context = context("check", &ingested, &config);
    print_summary(args.common.json, &data_summary(&context, &ingested.counts, &ingested.notes).build())?;
    for file in &ingested.files {
        printer.say(&format!("{}: {}", file.path, counted(file.rows, "row")));
        for column in ingested.mapping.iter().filter(|column| column.file == file.path) {
            printer.say(&format!("  {:<28} {}", column.column, column.mapped_to.unwrap_or("(not used)")));
        }
    }
    let calendar = &ingested.counts.calendar;
    let span = match (calendar.periods.first().and_then(|period| period.start), calendar.as_of) {
        (Some(first), Some(last)) => {
            format!("{} from {first} to {last}", counted(calendar.periods.len(), "period"))
        }
        _ => "one period without dates".to_owned(),
    };
    printer.say(&format!("{}, {span}", counted(ingested.counts.terms.len(), "term")));
    let totals = ingested.totals;
    let lines = [
        ("impressions", totals.impressions),
        ("clicks", Some(totals.clicks)),
        ("cost", totals.cost),
        ("conversions", Some(totals.conversions)),
        ("revenue", totals.revenue),
    ];
    for (name, total) in lines {
        let text = total.map_or_else(|| "not in the data".to_owned(), |total| format!("{total:.2}"));
        printer.say(&format!("  {name:<12} {text:>20}"));
    }
    printer.notes(&ingested.notes, usize::MAX);
    Ok(())
}
