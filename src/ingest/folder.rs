//! Patterns and folders → files.
//!
//! In: what was typed. Out: paths, sorted and each once. Of a folder, also of one divided into `week=…` folders,
//! all tables count; what has another ending, or a name that begins with a point or an underscore, does not.

#![cfg(feature = "cli")]

use super::error::IngestError;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Endings of tables, and of tables that are packed.
const TABLES: [&str; 9] = ["csv", "tsv", "tab", "txt", "parquet", "pq", "xlsx", "xls", "xlsb"];
const PACKED: [&str; 3] = ["gz", "zst", "zstd"];
/// How deep folders are looked into; links may go round in circles.
const DEPTH: usize = 16;

/// Expands glob patterns and folders into files, sorted and each once. A pattern that is the name of an existing
/// file is that file, whatever brackets it contains; `-` stays standard input.
///
/// # Errors
/// A pattern that is malformed or matches nothing, a folder without tables or not readable.
pub fn expand(patterns: &[String]) -> Result<Vec<PathBuf>, IngestError> {
    let mut files = BTreeSet::new();
    for pattern in patterns {
        let folder = Path::new(pattern);
        if !folder.is_dir() {
            let (found, folders) = matches(pattern)?;
            files.extend(found);
            for folder in folders {
                files.extend(tables_in(&folder)?);
            }
            continue;
        }
        let found = tables_in(folder)?;
        if found.is_empty() {
            return Err(IngestError::NoTables { folder: pattern.clone() });
        }
        files.extend(found);
    }
    Ok(files.into_iter().collect())
}

/// As [`expand`] for files that are no tables: a folder is not looked into.
///
/// # Errors
/// A pattern that is malformed or matches no file.
pub fn expand_files(patterns: &[String]) -> Result<Vec<PathBuf>, IngestError> {
    let mut files = BTreeSet::new();
    for pattern in patterns {
        let (found, _) = matches(pattern)?;
        if found.is_empty() {
            return Err(IngestError::NoMatch { pattern: pattern.clone() });
        }
        files.extend(found);
    }
    Ok(files.into_iter().collect())
}

/// The files and the folders that a pattern matches, at least one of them.
fn matches(pattern: &str) -> Result<(Vec<PathBuf>, Vec<PathBuf>), IngestError> {
    if !pattern.contains(['*', '?', '[']) || Path::new(pattern).exists() {
        return Ok((vec![PathBuf::from(pattern)], Vec::new()));
    }
    let malformed = |error: &dyn std::fmt::Display| IngestError::Pattern {
        pattern: pattern.to_owned(),
        problem: error.to_string(),
    };
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for path in glob::glob(pattern).map_err(|error| malformed(&error))? {
        let path = path.map_err(|error| IngestError::Unreadable {
            file: error.path().display().to_string(),
            problem: error.error().to_string(),
        })?;
        if path.is_file() {
            files.push(path);
        } else if path.is_dir() {
            folders.push(path);
        }
    }
    if files.is_empty() && folders.is_empty() {
        return Err(IngestError::NoMatch { pattern: pattern.to_owned() });
    }
    Ok((files, folders))
}

/// The tables in a folder and the folders in it.
fn tables_in(folder: &Path) -> Result<Vec<PathBuf>, IngestError> {
    let mut tables = Vec::new();
    let mut folders = vec![(folder.to_path_buf(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let unreadable = |error: std::io::Error| IngestError::Unreadable {
            file: folder.display().to_string(),
            problem: error.to_string(),
        };
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // hidden, set aside, or the lock of an open workbook
            if name.starts_with(['.', '_', '~']) {
                continue;
            }
            if path.is_dir() && depth < DEPTH {
                folders.push((path, depth + 1));
            } else if path.is_file() && is_table(&name) {
                tables.push(path);
            }
        }
    }
    Ok(tables)
}

fn is_table(name: &str) -> bool {
    let lower = name.to_lowercase();
    let name = PACKED.iter().find_map(|ending| lower.strip_suffix(ending)?.strip_suffix('.')).unwrap_or(&lower);
    name.rsplit_once('.').is_some_and(|(_, ending)| TABLES.contains(&ending))
}
