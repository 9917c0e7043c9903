//! The same tables in other forms: JSON, a page of Markdown, a workbook.
//!
//! In: the tables as written, and what the data dictionary says of their columns. Out: more [`Artifact`]s beside them. A figure is
//! read back from the CSV, so that no two forms of it can differ.

mod json;
mod markdown;
mod workbook;

pub(super) use markdown::{Block, page};

use super::dictionary::Described;
use super::{Artifact, ReportError, RunContext};
use crate::domain::Format;

/// A table as described and as written.
pub(super) struct Written<'a> {
    pub(super) described: &'a Described,
    pub(super) csv: &'a [u8],
}

impl Written<'_> {
    /// `recommendations` of `recommendations.csv`.
    pub(super) fn name(&self) -> &str {
        self.described.file.strip_suffix(".csv").unwrap_or(&self.described.file)
    }
}

/// What cells of a column are, by its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Money,
    Share,
    Number,
}

pub(super) fn kind(unit: &str) -> Kind {
    match unit {
        "text" | "date" | "clicks:money:ratio:money" | "money:clicks" => Kind::Text,
        "probability" | "share" | "conversions per click" => Kind::Share,
        _ if unit.starts_with("money") => Kind::Money,
        _ => Kind::Number,
    }
}

/// The tables among the artifacts that are described, in the order of their description.
fn written<'a>(artifacts: &'a [Artifact], described: &'a [Described]) -> Vec<Written<'a>> {
    let of = |described: &'a Described| {
        let own = artifacts.iter().find(|artifact| artifact.name == described.file)?;
        Some(Written { described, csv: &own.bytes })
    };
    described.iter().filter_map(of).collect()
}

/// Adds the wanted forms. `name` is that of the workbook and of the page, `blocks` what the page says.
///
/// # Errors
/// [`ReportError::Workbook`] where the workbook cannot be made.
pub(super) fn add(
    artifacts: &mut Vec<Artifact>,
    described: &[Described],
    context: &RunContext,
    name: &str,
    blocks: impl FnOnce() -> Vec<Block>,
) -> Result<(), ReportError> {
    let wanted = |format: Format| context.formats.contains(&format);
    let tables = written(artifacts, described);
    let mut more = Vec::new();
    if wanted(Format::Json) {
        more.extend(tables.iter().map(|table| Artifact::new(format!("{}.json", table.name()), json::rows(table))));
    }
    if wanted(Format::Md) || wanted(Format::Xlsx) {
        let blocks = blocks();
        if wanted(Format::Md) {
            more.push(Artifact::new(format!("{name}.md"), page(&blocks)));
        }
        if wanted(Format::Xlsx) {
            let bytes = workbook::workbook(&tables, &blocks)
                .map_err(|error| ReportError::Workbook { message: error.to_string() })?;
            more.push(Artifact::new(format!("{name}.xlsx"), bytes));
        }
    }
    artifacts.extend(more);
    Ok(())
}
