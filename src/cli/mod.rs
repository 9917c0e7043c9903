//! The command line: one short file per command, settings → stages → outputs.

mod args;
mod commands;
mod settings;
mod terminal;

use crate::error::Error;
use args::{Cli, Command};
use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;
use terminal::Printer;

/// Runs the program on its arguments and answers its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let (printer, done) = match &cli.command {
        Command::Recommend(args) => with(args.common.quiet, |printer| commands::recommend::run(args, printer)),
        Command::Check(args) => with(args.common.quiet, |printer| commands::check::run(args, printer)),
        Command::Fit(args) => with(args.common.quiet, |printer| commands::fit::run(args, printer)),
        Command::Allocate(args) => with(args.common.quiet, |printer| commands::allocate::run(args, printer)),
        Command::Simulate(args) => with(args.common.quiet, |printer| commands::simulate::run(args, printer)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn with(quiet: bool, command: impl FnOnce(Printer) -> Result<(), Error>) -> (Printer, Result<(), Error>) {
    let printer = Printer::new(quiet);
    (printer, command(printer))
}
