//! Notes: what a reader should know about a run that went through.

use serde::Serialize;

/// One thing worth knowing about data, model or plan; not an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Stable identifier in kebab case, for machines: `partial-last-week`.
    pub code: &'static str,
    /// How many rows, terms or periods it concerns.
    pub count: u64,
    /// One sentence for people, without a final full stop.
    pub message: String,
}

/// Notes collected in the order they arose; codes may repeat with different messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Notes(pub Vec<Note>);

impl Notes {
    /// Adds a note unless `count` is zero.
    pub fn add(&mut self, code: &'static str, count: usize, message: impl Into<String>) {
        if count > 0 {
            self.0.push(Note { code, count: count as u64, message: message.into() });
        }
    }

    /// Appends all notes of a later stage.
    pub fn extend(&mut self, later: Self) {
        self.0.extend(later.0);
    }
}

/// A name as a message carries it, between backticks: more of them than stand in the name itself, so that nothing in it ends or
/// begins what is code (`CommonMark`, code spans).
#[must_use]
pub fn quoted(name: &str) -> String {
    if !name.contains('`') {
        return format!("`{name}`");
    }
    let longest = name.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    format!("{fence} {name} {fence}")
}
