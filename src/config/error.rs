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
    #[error("`{key}` is {value}, and must be {rule}")]
    Value {
        /// The key, as in the file.
        key: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
}

impl ConfigError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("check the path given with `--config`".to_owned()),
            Self::Parse { nearest, .. } => nearest.as_ref().map(|key| format!("did you mean `{key}`?")),
            Self::Value { key, .. } => Some(format!("change `{key}` in the config, or its flag on the command line")),
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
