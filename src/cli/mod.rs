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
    let (name, common) = match &cli.command {
        Command::Recommend(args) => ("recommend", &args.common),
        Command::Scenarios(args) => ("scenarios", &args.plan.common),
        Command::Check(args) => ("check", &args.common),
        Command::Backtest(args) => ("backtest", &args.common),
        Command::Fit(args) => ("fit", &args.common),
        Command::Allocate(args) => ("allocate", &args.common),
        Command::Simulate(args) => ("simulate", &args.common),
        Command::Aggregate(args) => ("aggregate", &args.common),
        Command::Sql(args) => ("sql", &args.common),
        Command::Explain(args) => ("explain", &args.common),
        Command::Config(args) => ("config", &args.common),
        Command::Weekly(args) => ("weekly", &args.common),
        Command::Runs(args) => ("runs", &args.common),
    };
    let printer = Printer::new(common.quiet);
    let done = match &cli.command {
        Command::Recommend(args) => commands::recommend::run(args, printer),
        Command::Scenarios(args) => commands::scenarios::run(args, printer),
        Command::Check(args) => commands::check::run(args, printer),
        Command::Backtest(args) => commands::backtest::run(args, printer),
        Command::Fit(args) => commands::fit::run(args, printer),
        Command::Allocate(args) => commands::allocate::run(args, printer),
        Command::Simulate(args) => commands::simulate::run(args, printer),
        Command::Config(args) => commands::config::run(args, printer),
        Command::Explain(args) => commands::explain::run(args, printer),
        Command::Aggregate(args) => commands::aggregate::run(args, printer),
        Command::Sql(args) => commands::sql::run(args),
        Command::Weekly(args) => commands::weekly::run(args, printer),
        Command::Runs(args) => commands::runs::run(args, printer),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer.error(&error);
            // a run that was held has told its own summary
            if common.json && !matches!(error, Error::Held { .. }) {
                commands::print_failure(name, &error);
            }
            ExitCode::from(error.exit_code())
        }
    }
}
