//! `termwise check`: reads and validates, writes nothing.

use super::{context, data_summary, print_summary};
use crate::cli::args::Check;
use crate::cli::{settings, terminal::Printer};
use crate::counts::Totals;
use crate::domain::counted;
use crate::error::Error;
use crate::estimate::completion;
use crate::ingest::{FileTotal, SHOWN, expand, read_noting};

/// Totals of the files that are printed, at most; the JSON has all.
const TOTALS: usize = 20;

pub(in crate::cli) fn run(args: &Check, printer: Printer) -> Result<(), Error> {
    let config = settings::reading(&args.common, &args.input, None)?;
    let inputs = expand(&args.input.inputs)?;
    let progress = printer.progress();
    progress.stage("read");
    let mut ingested = read_noting(&inputs, &config.ingest()).inspect_err(|(error, notes)| {
        // what was noted may explain what was refused
        printer.notes(notes, usize::MAX);
        let cells = error.refused();
        for cell in cells.iter().filter(|_| cells.len() > SHOWN) {
            printer.say(&format!("refused: {cell}"));
        }
    })?;
    // what is known of late reports decides how far recent weeks can be believed
    ingested.notes.extend(completion(&ingested.counts, &config.estimate().delay).notes);
    drop(progress);

    let context = context("check", &ingested, &config);
    let summary = data_summary(&context, &ingested.counts, &ingested.notes)
        .with("file_totals", serde_json::json!(ingested.file_totals))
        .with("refused", serde_json::json!([]));
    print_summary(args.common.json, &summary.build())?;
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
    print_totals(printer, &ingested.totals);
    if let Some(hidden) = &ingested.hidden {
        printer.say("of it not shown term by term by the platform");
        print_totals(printer, hidden);
    }
    let totals = &ingested.file_totals;
    // of many only those that say something
    let few = totals.len() <= TOTALS;
    for total in totals.iter().filter(|total| few || !total.agrees()).take(TOTALS) {
        print_file_total(printer, total);
    }
    printer.notes(&ingested.notes, usize::MAX);
    Ok(())
}

fn print_totals(printer: Printer, totals: &Totals) {
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
}

/// A file's own total, and what it says beside what its rows add up to.
fn print_file_total(printer: Printer, total: &FileTotal) {
    let segment = total.segment.as_ref().map(|segment| format!(" ({segment})")).unwrap_or_default();
    let verdict = match (total.measures.is_empty(), total.agrees()) {
        (true, _) => "not compared: no rows are known to be its",
        (false, true) => "agrees with the rows",
        (false, false) => "differs from the rows",
    };
    printer.say(&format!("{}, {} {}, `{}`{segment}: {verdict}", total.file, total.place, total.line, total.label));
    for measure in total.measures.iter().filter(|_| !total.agrees()) {
        let (of_file, of_rows) = (format!("{:.2}", measure.total), format!("{:.2}", measure.rows));
        printer.say(&format!("  {:<12} {of_file:>20} {of_rows:>20} {:>+14.2}", measure.measure, measure.difference()));
    }
}
