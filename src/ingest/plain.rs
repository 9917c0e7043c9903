//! A table as it stands: names and cells, nothing mapped and nothing checked. For what this program wrote itself.

use super::error::IngestError;
use super::file::{File, Kind};
use super::parquet;
use std::path::Path;

/// A table as it stands, all cells as texts that read back as the same values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainTable {
    /// Names of the columns.
    pub names: Vec<String>,
    /// Rows of cells; a cell without a value is empty.
    pub rows: Vec<Vec<String>>,
}

impl PlainTable {
    /// A cell; `None` where the table has no such column.
    #[must_use]
    pub fn cell(&self, row: usize, name: &str) -> Option<&str> {
        let column = self.names.iter().position(|other| other == name)?;
        self.rows.get(row)?.get(column).map(String::as_str)
    }
}

/// Reads a Parquet table.
///
/// # Errors
/// It cannot be read, or is no Parquet.
pub fn read_plain(path: &Path) -> Result<PlainTable, IngestError> {
    let file = File::open(path)?;
    if file.kind != Kind::Parquet {
        return Err(IngestError::Parquet { file: file.name, problem: "it is no Parquet".into() });
    }
    let (names, rows) = parquet::texts(&file)?;
    Ok(PlainTable { names, rows })
}
