//! termwise: splits a search budget across search terms.

use std::process::ExitCode;

fn main() -> ExitCode {
    termwise::cli::run(std::env::args_os())
}
