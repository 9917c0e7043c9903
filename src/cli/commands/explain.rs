//! `termwise explain`: everything known about one recommendation.

use crate::cli::args::Explain;
use crate::cli::terminal::Printer;
use crate::error::Error;
use crate::report::{Question, SummaryBuilder, explain};

pub(in crate::cli) fn run(args: &Explain, _printer: Printer) -> Result<(), Error> {
    let question =
        Question { name: args.name.clone(), campaign: args.campaign.clone(), match_type: args.match_type.clone() };
    let explained = explain(&args.run, &question)?;
    if args.common.json {
        let summary = SummaryBuilder::new(super::VERSION, "explain").with("explained", explained.json).build();
        return super::print_summary(true, &summary);
    }
    Printer::data(explained.text.trim_end())
}
