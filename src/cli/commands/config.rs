//! `termwise config`: a file to begin with, every key explained, a schema for editors.

use super::refuse_overwriting;
use crate::cli::args::ConfigArgs;
use crate::cli::{settings, terminal::Printer};
use crate::config::{reference, schema, starter};
use crate::error::Error;
use crate::ingest::expand;
use crate::pipeline;
use crate::report::{SummaryBuilder, write_file};

pub(in crate::cli) fn run(args: &ConfigArgs, printer: Printer) -> Result<(), Error> {
    let text = if args.reference {
        reference()
    } else if args.schema {
        serde_json::to_string_pretty(&schema()).unwrap_or_default()
    } else {
        begun(args, printer)?
    };
    let text = text.trim_end();
    let Some(out) = &args.out else {
        let whole = if args.common.json {
            let summary = SummaryBuilder::new(super::VERSION, "config").with("text", text).build();
            serde_json::to_string_pretty(&summary).unwrap_or_default()
        } else {
            text.to_owned()
        };
        return Printer::data(&whole);
    };
    write_file(out, format!("{text}\n").as_bytes(), args.force)?;
    let path = out.display().to_string();
    let summary = SummaryBuilder::new(super::VERSION, "config").outputs(std::slice::from_ref(&path)).build();
    super::print_summary(args.common.json, &summary)?;
    printer.say(&format!("Written: {path}"));
    Ok(())
}

/// The file to begin with.
fn begun(args: &ConfigArgs, printer: Printer) -> Result<String, Error> {
    let config = settings::base(&args.common)?;
    config.validate()?;
    let inputs = expand(&args.init)?;
    if let Some(out) = &args.out {
        refuse_overwriting(out, &inputs)?;
    }
    let progress = printer.progress();
    let (counts, baseline) = pipeline::observed(&inputs, &config, &|stage| progress.stage(stage))?;
    drop(progress);
    Ok(starter(&args.init.join(" "), &counts, &baseline))
}
