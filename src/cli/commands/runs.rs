//! `termwise runs`: lists, shows and compares weekly runs.

use super::weekly::{terms_of, told_of, without_record};
use super::{VERSION, print_summary};
use crate::cli::args::{Runs, RunsAction};
use crate::cli::{settings, terminal::Printer};
use crate::config::ConfigError;
use crate::error::Error;
use crate::report::{Stored, SummaryBuilder, compare_runs, compared_json, runs_table};
use crate::state::{State, StateError};
use crate::weekly::Record;
use serde_json::{Value, json};

pub(in crate::cli) fn run(args: &Runs, _printer: Printer) -> Result<(), Error> {
    let folder = match &args.state {
        Some(folder) => folder.clone(),
        None => settings::base(&args.common)?.weekly_places()?.1,
    };
    let state = State::new(&folder);
    state.exists()?;
    match (args.action, args.ids.as_slice()) {
        (RunsAction::List, []) => {
            let records: Vec<Record> = state.records()?.into_iter().map(|(_, record)| record).collect();
            let latest = state.latest().map(|id| id.to_string());
            let mut text = match &latest {
                Some(latest) => format!("{}latest: {latest}\n", runs_table(&records)),
                None => runs_table(&records),
            };
            let bare = without_record(&state)?;
            if let Some(told) = told_of(&bare) {
                text.push_str(&told);
            }
            tell(args, &json!({"latest": latest, "runs": records, "without_record": bare}), text.trim_end())
        }
        (RunsAction::Show, [id]) => {
            let id = state.find(id)?;
            let record = state.record(&id)?;
            let text = state.file(&id, &record, "message.md")?;
            tell(args, &json!({"run": record}), String::from_utf8_lossy(&text).trim_end())
        }
        (RunsAction::Compare, [one, other]) => {
            let load = |name: &str| -> Result<_, Error> {
                let id = state.find(name)?;
                let record = state.record(&id)?;
                let terms = terms_of(&state, id, &record)?;
                Ok((record, terms))
            };
            let ((one, one_terms), (other, other_terms)) = (load(one)?, load(other)?);
            if !one.shares_currency(other.currency.as_deref()) {
                let currencies = [one, other].map(|run| run.currency.unwrap_or_default());
                return Err(StateError::Currencies(currencies).into());
            }
            let pair = [Stored { record: &one, terms: &one_terms }, Stored { record: &other, terms: &other_terms }];
            tell(args, &compared_json(pair), compare_runs(pair).trim_end())
        }
        (action, ids) => {
            let rule = match action {
                RunsAction::List => "none for `list`",
                RunsAction::Show => "the name of one run for `show`",
                RunsAction::Compare => "the names of two runs for `compare`",
            };
            Err(ConfigError::value("id", format!("given {} times", ids.len()), rule).into())
        }
    }
}

fn tell(args: &Runs, value: &Value, text: &str) -> Result<(), Error> {
    if args.common.json {
        return print_summary(true, &SummaryBuilder::new(VERSION, "runs").with("runs", value.clone()).build());
    }
    Printer::data(text)
}
