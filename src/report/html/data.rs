//! What the page says of data, files and the solver's proof, as tables.

use super::super::format::{self, Money};
use super::super::{Run, RunContext};
use super::{Cell, Table};
use crate::counts::Totals;
use crate::domain::Notes;

/// Notes of all stages.
pub(in crate::report) fn notes(notes: &Notes) -> Table {
    let mut table = Table::new("What to know about data and model", &["Note", "#Count", "Code"]);
    table.rows = notes
        .0
        .iter()
        .map(|note| {
            let count = format::observed(note.count as f64);
            vec![Cell::marked(format::clean(&note.message)), Cell::new(count), Cell::new(note.code)]
        })
        .collect();
    table
}

/// The files that were read.
pub(in crate::report) fn inputs(context: &RunContext) -> Table {
    let mut table = Table::new("Files read", &["File", "#Rows", "#Bytes", "SHA-256"]);
    table.rows = context
        .inputs
        .iter()
        .map(|input| {
            let figure = |figure: u64| Cell::new(format::observed(figure as f64));
            let hash: String = input.sha256.chars().take(16).collect();
            vec![
                Cell::new(format::clean(&input.path)),
                figure(input.rows),
                figure(input.bytes),
                Cell::new(format!("{hash}…")),
            ]
        })
        .collect();
    table
}

/// How columns were understood.
pub(in crate::report) fn mapping(context: &RunContext) -> Table {
    let mut table = Table::new("Columns as understood", &["Column", "Used as", "File"]);
    table.rows = context
        .mapping
        .iter()
        .map(|mapping| {
            let to = mapping.mapped_to.clone().unwrap_or_else(|| "not used".to_owned());
            vec![Cell::new(format::clean(&mapping.column)), Cell::new(to), Cell::new(format::clean(&mapping.file))]
        })
        .collect();
    table
}

/// Sums of everything read.
pub(in crate::report) fn totals(context: &RunContext, money: &Money) -> Table {
    let mut table =
        Table::new("Sums of the data", &["", "#Impressions", "#Clicks", "#Cost", "#Conversions", "#Revenue"]);
    let mut add = |name: &str, totals: &Totals| {
        let observed = |figure: Option<f64>| Cell::new(format::or_none(figure, format::observed));
        let amount = |figure: Option<f64>| Cell::new(format::or_none(figure, |amount| money.sum(amount)));
        table.rows.push(vec![
            Cell::new(name),
            observed(totals.impressions),
            observed(Some(totals.clicks)),
            amount(totals.cost),
            observed(Some(totals.conversions)),
            amount(totals.revenue),
        ]);
    };
    add("everything read", &context.totals);
    if let Some(hidden) = &context.hidden_terms {
        add("of it hidden by the platform", hidden);
    }
    table
}

/// The certificate's figures.
pub(super) fn certificate(run: &Run, money: &Money) -> Table {
    let objective = run.plan.summary.objective;
    let unit = format!("{} {}", money.objective(objective), run.plan.a_period());
    let certificate = &run.plan.summary.certificate;
    let mut table = Table::new("Certificate", &["", "#Figure"]);
    let mut add = |name: &str, figure: Option<f64>, digits| {
        table.rows.push(vec![
            Cell::new(name),
            Cell::new(format::or_none(figure, |figure| format::significant_trimmed(figure, digits))),
        ]);
    };
    let per_one = format!("{} per {}", money.brought(objective), money.one());
    let coin = if money.unit().is_empty() { "money" } else { money.unit() };
    add(&format!("objective of the continuous plan, {unit}"), Some(certificate.objective), 10);
    add(&format!("upper bound of any plan, {unit}"), Some(certificate.upper_bound), 10);
    add("relative gap, ratio", Some(certificate.relative_gap), 2);
    add(&format!("λ, the return at which money is exchanged, {per_one}"), certificate.lambda, 6);
    add(&format!("largest violation of a limit by the plan as written, {coin}"), Some(certificate.max_violation), 3);
    add(&format!("largest distance of a slope from its price, {per_one}"), Some(certificate.kkt_residual), 3);
    let steps = money.steps();
    add(&format!("cost of rounding spends to {steps}, {unit}"), certificate.rounding_loss, 3);
    if let Some(bids) = run.plan.summary.bids {
        add(&format!("cost of setting bids in {steps}, {unit}"), Some(bids.loss), 4);
    }
    add("iterations", Some(certificate.iterations as f64), 12);
    table
}
