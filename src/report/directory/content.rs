//! What a directory holds: whether it is a report, an equal one, or something else.

use super::super::{Artifact, ReportError, TIMINGS};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Directories that a report has of its own.
const FOLDERS: [&str; 2] = ["charts", "import"];

/// Files below a directory by their name inside it, with `/` between parts.
pub(super) fn files_in(directory: &Path) -> Result<BTreeMap<String, PathBuf>, ReportError> {
    let mut files = BTreeMap::new();
    let mut rest = vec![(directory.to_owned(), String::new())];
    while let Some((place, prefix)) = rest.pop() {
        for (name, path) in entries(&place)? {
            let name = format!("{prefix}{name}");
            if fs::symlink_metadata(&path).is_ok_and(|kind| kind.is_dir()) {
                // any other directory makes the content differ, so there is no need to walk it
                if FOLDERS.contains(&name.split('/').next().unwrap_or_default()) {
                    rest.push((path, format!("{name}/")));
                } else {
                    files.insert(name, path);
                }
            } else {
                files.insert(name, path);
            }
        }
    }
    Ok(files)
}

pub(super) fn entries(directory: &Path) -> Result<Vec<(String, PathBuf)>, ReportError> {
    let failed = |source| ReportError::Io { action: "read", path: directory.to_owned(), source };
    fs::read_dir(directory)
        .map_err(failed)?
        .map(|entry| {
            let entry = entry.map_err(failed)?;
            Ok((entry.file_name().to_string_lossy().into_owned(), entry.path()))
        })
        .collect()
}

pub(super) fn is_empty(directory: &Path) -> Result<bool, ReportError> {
    Ok(entries(directory)?.is_empty())
}

/// Whether a directory is something else than a report: it has no manifest, but directories.
pub(super) fn is_foreign(directory: &Path) -> Result<bool, ReportError> {
    if directory.join("manifest.json").is_file() {
        return Ok(false);
    }
    Ok(entries(directory)?.iter().any(|(name, path)| !FOLDERS.contains(&name.as_str()) && path.is_dir()))
}

pub(super) fn same_content(artifacts: &[Artifact], files: &BTreeMap<String, PathBuf>) -> Result<bool, ReportError> {
    // timings may differ, and may be absent where a report is kept under version control
    let lasting = || artifacts.iter().filter(|artifact| artifact.name != TIMINGS);
    if lasting().count() != files.keys().filter(|name| name.as_str() != TIMINGS).count() {
        return Ok(false);
    }
    for artifact in lasting() {
        let Some(path) = files.get(&artifact.name) else { return Ok(false) };
        let Ok(kind) = fs::metadata(path) else { return Ok(false) };
        if !kind.is_file() || kind.len() != artifact.bytes.len() as u64 {
            return Ok(false);
        }
        let failed = |source| ReportError::Io { action: "read", path: path.clone(), source };
        if fs::read(path).map_err(failed)? != artifact.bytes {
            return Ok(false);
        }
    }
    Ok(true)
}
