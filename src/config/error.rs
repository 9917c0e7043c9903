//! What can be wrong with a config, and the key that was probably meant.

use std::path::PathBuf;

/// A config that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("can't read config `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a config.
    #[error("config `{}`, line {line}, column {column}: {message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
        /// The key that was probably meant.
        nearest: Option<String>,
    },
    /// A value out of range, from file or command line.
    #[error("`{key}`{} is {value}, and must be {rule}", numbered(*entry))]
    Value {
        /// The key, as in the file.
        key: &'static str,
        /// Index of the entry, where the key is of a list.
        entry: Option<usize>,
        /// Its value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// One of these in a scenario.
    #[error("{}scenario `{name}`: {error}", placed(place.as_ref()))]
    Scenario {
        /// Where, if it was read from a file.
        place: Option<Place>,
        /// Name of the scenario.
        name: String,
        /// What.
        error: Box<ConfigError>,
    },
    /// One of these at its place in the file.
    #[error("{place}: {error}")]
    Placed {
        /// Where.
        place: Place,
        /// What.
        error: Box<ConfigError>,
    },
}

/// A place in a config file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("config `{}`, line {line}, column {column}", path.display())]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

/// A place before a message.
pub(crate) fn placed(place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| format!("{place}, "))
}

fn numbered(entry: Option<usize>) -> String {
    entry.map_or_else(String::new, |entry| format!(" {}", entry + 1))
}

impl ConfigError {
    /// A value out of range.
    pub(crate) fn value(key: &'static str, value: impl Into<String>, rule: &'static str) -> Self {
        Self::Value { key, entry: None, value: value.into(), rule }
    }

    /// The same, said of one entry of a list.
    pub(super) fn of_entry(self, at: usize) -> Self {
        match self {
            Self::Value { key, value, rule, .. } => Self::Value { key, entry: Some(at), value, rule },
            other => other,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("check the path given with `--config`".to_owned()),
            Self::Parse { nearest, .. } => nearest.as_ref().map(|key| format!("did you mean `{key}`?")),
            Self::Value { key, .. } => Some(format!("change `{key}` in the config, or its flag on the command line")),
            Self::Placed { error, .. } => error.hint(),
            Self::Scenario { .. } => Some("change the scenario in the config".to_owned()),
        }
    }
}

/// The nearest of the expected names in serde's message "unknown field `x`, expected one of `a`, `b`".
pub(super) fn nearest(message: &str) -> Option<String> {
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next().filter(|_| message.starts_with("unknown"))?;
    names
        .map(|name| (strsim::jaro_winkler(unknown, name), name))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|(similarity, _)| *similarity > 0.6)
        .map(|(_, name)| name.to_owned())
}
