//! Where in a config file a key stands: messages about values name the line.

use super::ConfigError;
use super::error::Place;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The file that a config was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl Source {
    /// Where a path such as `scenarios[2].limits.groups[0].upper` stands, as far as the file has it: the innermost part
    /// that is there. `None` where not even the first is.
    pub(super) fn place(&self, path: &str) -> Option<Place> {
        let table = DeTable::parse(&self.text).ok()?;
        let start = locate(table.get_ref(), path)?.0;
        Some(self.at(start))
    }

    /// Where a path stands; `None` where the file does not have all of it.
    pub(super) fn exact(&self, path: &str) -> Option<Place> {
        let table = DeTable::parse(&self.text).ok()?;
        let (start, _, whole) = locate(table.get_ref(), path)?;
        whole.then(|| self.at(start))
    }

    /// The error at the place of its key, where the file has that key with the value that is complained of; otherwise as it
    /// is, since the command line may have given the value.
    pub(super) fn placed(&self, error: ConfigError) -> ConfigError {
        let ConfigError::Value { key, entry, value, .. } = &error else { return error };
        let path = entry.map_or_else(|| (*key).to_owned(), |at| format!("{key}[{at}]"));
        let found = || {
            let table = DeTable::parse(&self.text).ok()?;
            let (start, end, whole) = locate(table.get_ref(), &path)?;
            let own = entry.is_some() || same_value(self.text.get(start..end)?, value);
            (whole && own).then(|| self.at(start))
        };
        match found() {
            Some(place) => ConfigError::Placed { place, error: Box::new(error) },
            None => error,
        }
    }

    /// Line and column of a byte of the text.
    pub(super) fn at(&self, byte: usize) -> Place {
        let before = self.text.get(..byte.min(self.text.len())).unwrap_or_default();
        Place {
            path: self.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1,
        }
    }
}

/// Whether a value as written in the file is the one that a message shows.
fn same_value(written: &str, shown: &str) -> bool {
    let number = |text: &str| text.trim().replace('_', "").parse::<f64>().ok();
    written.trim().trim_matches(['"', '\'']) == shown
        || number(written).zip(number(shown)).is_some_and(|(one, other)| one.total_cmp(&other).is_eq())
        || shown.starts_with(written.trim().trim_matches(['"', '\'']))
}

/// Bytes of the innermost part of a path that is there, and whether that is the whole path.
fn locate(root: &DeTable<'_>, path: &str) -> Option<(usize, usize, bool)> {
    let mut parts = path.split(['.', '[', ']']).filter(|part| !part.is_empty());
    let span = |value: &Spanned<DeValue<'_>>| (value.span().start, value.span().end);
    let mut at: &Spanned<DeValue<'_>> = entry(root, parts.next()?)?;
    for part in parts {
        let inner = match (at.get_ref(), part.parse::<usize>()) {
            (DeValue::Array(values), Ok(index)) => values.get(index),
            (DeValue::Table(table), _) => entry(table, part),
            _ => None,
        };
        let Some(inner) = inner else { return Some((span(at).0, span(at).1, false)) };
        at = inner;
    }
    Some((span(at).0, span(at).1, true))
}

fn entry<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<&'t Spanned<DeValue<'i>>> {
    table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value)
}
