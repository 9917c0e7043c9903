//! A report directory read back: rows of its tables by the names of their columns, and its summary.

use super::ExplainError;
use crate::domain::unguarded;
use crate::report::records::Records;
use crate::report::sha256_hex;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A report directory.
pub(super) struct Stored {
    folder: PathBuf,
    pub(super) summary: Value,
    manifest: Value,
    /// Files whose bytes are not those that the run wrote.
    changed: RefCell<BTreeSet<&'static str>>,
}

/// A row of a table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    heads: Rc<Vec<String>>,
    cells: Vec<String>,
}

impl Row {
    /// A cell; `None` where it is empty or there is no such column.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        let at = self.heads.iter().position(|head| head == column)?;
        self.cells.get(at).map(|cell| unguarded(cell)).filter(|cell| !cell.is_empty())
    }

    /// A number; `None` where it is not there.
    pub(super) fn number(&self, column: &str) -> Option<f64> {
        self.text(column)?.parse().ok()
    }

    /// Whether both are of one term.
    pub(super) fn same_term(&self, other: &Self) -> bool {
        ["term", "match_type", "campaign", "ad_group", "channel"].iter().all(|key| self.text(key) == other.text(key))
    }
}

impl Stored {
    /// Opens the report of a run of `recommend`.
    ///
    /// # Errors
    /// No such directory, or one that holds something else.
    pub(super) fn open(folder: &Path) -> Result<Self, ExplainError> {
        let not_a_run = |missing| ExplainError::NotARun { folder: folder.into(), missing };
        let json = |name: &'static str| -> Result<Value, ExplainError> {
            let bytes = std::fs::read(folder.join(name)).map_err(|_| not_a_run(name))?;
            serde_json::from_slice(&bytes).map_err(|_| ExplainError::Damaged { path: folder.join(name), line: None })
        };
        let summary = json("summary.json")?;
        // a weekly run that was held before it planned has no plan
        let planned =
            summary["command"] == "recommend" || summary["command"] == "weekly" && summary["plan"].is_object();
        if !planned {
            return Err(not_a_run("a plan: its summary.json is of another command"));
        }
        let manifest = json("manifest.json")?;
        let stored = Self { folder: folder.into(), summary, manifest, changed: RefCell::default() };
        let path = folder.join("summary.json");
        let bytes = std::fs::read(&path).map_err(|_| not_a_run("summary.json"))?;
        if stored.is_weekly() && !stored.is_as_written("summary.json", &bytes) {
            return Err(ExplainError::Changed { path });
        }
        Ok(stored)
    }

    /// Whether it is a run of a state.
    fn is_weekly(&self) -> bool {
        self.summary["command"] == "weekly"
    }

    /// Whether bytes are those that the manifest has of a file, as far as it lists it.
    fn is_as_written(&self, name: &str, bytes: &[u8]) -> bool {
        let written = self.manifest["outputs"].as_array().into_iter().flatten().find(|output| output["path"] == name);
        written.is_none_or(|output| output["sha256"] == sha256_hex(bytes))
    }

    /// Rows of a table that match.
    ///
    /// # Errors
    /// A file that is gone or cannot be read as a table.
    pub(super) fn rows(&self, name: &'static str, matches: impl Fn(&Row) -> bool) -> Result<Vec<Row>, ExplainError> {
        let path = self.folder.join(name);
        let bytes =
            std::fs::read(&path).map_err(|_| ExplainError::NotARun { folder: self.folder.clone(), missing: name })?;
        if !self.is_as_written(name, &bytes) {
            if self.is_weekly() {
                return Err(ExplainError::Changed { path });
            }
            self.changed.borrow_mut().insert(name);
        }
        let damaged = |line| ExplainError::Damaged { path: path.clone(), line };
        std::str::from_utf8(&bytes).map_err(|_| damaged(None))?;
        let mut records = Records::new(&bytes);
        let heads = Rc::new(records.next().ok_or_else(|| damaged(Some(1)))?);
        let mut found = Vec::new();
        while let Some(cells) = records.next() {
            if cells.len() != heads.len() {
                return Err(damaged(Some(records.line())));
            }
            let row = Row { heads: Rc::clone(&heads), cells };
            if matches(&row) {
                found.push(row);
            }
        }
        Ok(found)
    }

    /// Files that were read and are not as the run wrote them.
    pub(super) fn changed(&self) -> Vec<&'static str> {
        self.changed.borrow().iter().copied().collect()
    }

    /// A number of the summary's plan, by its path.
    pub(super) fn plan(&self, pointer: &str) -> Option<f64> {
        self.summary.pointer(&format!("/plan/{pointer}"))?.as_f64()
    }

    /// A text of the summary's plan, by its path.
    pub(super) fn plan_text(&self, pointer: &str) -> Option<&str> {
        self.summary.pointer(&format!("/plan/{pointer}"))?.as_str()
    }
}
