//! `termwise fit`: the posterior of every term.

use super::{context, data_summary, print_summary, refuse_overwriting};
use crate::cli::args::Fit;
use crate::cli::{settings, terminal::Printer};
use crate::domain::counted;
use crate::error::Error;
use crate::ingest::expand;
use crate::pipeline;
use crate::report::{posterior_csv, write_file};

pub(in crate::cli) fn run(args: &Fit, printer: Printer) -> Result<(), Error> {
    let config = settings::reading(&args.common, &args.input, Some(&args.model))?;
    let inputs = expand(&args.input.inputs)?;
    refuse_overwriting(&args.out, &inputs)?;
    let progress = printer.progress();
    let fitted = pipeline::fit(&inputs, &config, &|stage| progress.stage(stage))?;
    let (counts, posterior) = (&fitted.ingested.counts, &fitted.posterior);
    write_file(&args.out, posterior_csv(counts, posterior).as_bytes(), args.force)?;
    drop(progress);

    let context = context("fit", &fitted.ingested, &config);
    let mut notes = fitted.ingested.notes.clone();
    notes.extend(posterior.notes.clone());
    let out = args.out.display().to_string();
    let summary =
        data_summary(&context, counts, &notes).model(posterior, None).outputs(std::slice::from_ref(&out)).build();
    print_summary(args.common.json, &summary)?;
    printer.notes(&notes, 8);
    printer.say(&format!("{}: {out}", counted(counts.terms.len(), "term")));
    Ok(())
}
