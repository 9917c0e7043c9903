//! Where the weekly runs are kept: a directory, no server.
//!
//! ```text
//! STATE/lock               who is at work; the system gives the lock back when the process ends, however it ends
//! STATE/runs/2026-11-29/   one run: its record, terms, report and import files; .2, .3 … further runs of the same week
//! STATE/past/2024-11-24/   what stays of a run that the retention removed: its record, summary, message and manifest
//! STATE/latest             link to the newest run that was not held
//! ```
//! Owns names, the lock and the order of writing: a run is written under a hidden name, synced and renamed, and only then
//! does `latest` move, by a rename as well. A crash at any instant leaves the runs that were there; what was begun is removed by
//! the next run. Runs are never changed: what is run again beside a run is a further run.

mod error;
mod fingerprint;
mod id;
mod lock;
mod past;

pub use error::StateError;
pub use fingerprint::{fingerprint, stored_inputs};
pub use id::RunId;
pub use lock::Lock;

use crate::ingest::{PlainTable, read_plain};
use crate::report::{Artifact, sha256_hex, write_directory};
use crate::weekly::{Record, StoredTerm, Unreadable};
use serde_json::Value;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Name of the record in a run's directory.
pub const RECORD: &str = "run.json";
/// Name of the table of terms in a run's directory.
pub const TERMS: &str = "terms.parquet";
const MANIFEST: &str = "manifest.json";
const RUNS: &str = "runs";
const PAST: &str = "past";
const LATEST: &str = "latest";

/// A directory of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    folder: PathBuf,
}

impl State {
    /// The state in a directory, which need not be there yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Takes the state for writing: makes the directory, locks it and removes what a run that died left behind. Also what to
    /// tell of that.
    ///
    /// # Errors
    /// Another run is at work; the place cannot be written to.
    pub fn take(&self) -> Result<(Lock, Option<String>), StateError> {
        let denied = |source| StateError::NotWritable { path: self.folder.clone(), source };
        fs::create_dir_all(self.folder.join(RUNS)).map_err(denied)?;
        let link = self.folder.join(LATEST);
        if link.symlink_metadata().is_ok_and(|kind| !kind.is_symlink()) && self.latest().is_none() {
            return Err(StateError::NoLink { path: link });
        }
        let (lock, died) = Lock::take(&self.folder)?;
        let places = [self.folder.clone(), self.folder.join(RUNS), self.folder.join(PAST)];
        for place in places.iter().filter(|place| place.is_dir()) {
            for path in entries(place)? {
                let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
                if is_hidden && path.extension().is_some_and(|ending| ending == "tmp") {
                    remove(&path)?;
                }
            }
        }
        Ok((lock, died))
    }

    /// The directory of a run.
    #[must_use]
    pub fn place(&self, id: &RunId) -> PathBuf {
        self.folder.join(RUNS).join(id.to_string())
    }

    /// All runs that have their files, ascending by week and number.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn ids(&self) -> Result<Vec<RunId>, StateError> {
        self.ids_in(RUNS)
    }

    fn ids_in(&self, name: &str) -> Result<Vec<RunId>, StateError> {
        let place = self.folder.join(name);
        if !place.is_dir() {
            return Ok(Vec::new());
        }
        let mut ids: Vec<RunId> = entries(&place)?
            .iter()
            .filter(|path| path.join(RECORD).is_file())
            .filter_map(|path| path.file_name()?.to_str()?.parse().ok())
            .collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// The records of all runs, in the order of [`Self::known_ids`].
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn records(&self) -> Result<Vec<(RunId, Record)>, StateError> {
        self.known_ids()?.into_iter().map(|id| Ok((id, self.record(&id)?))).collect()
    }

    /// Directories that are named like runs and have no record: begun by other hands, or damaged. They are no runs.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn without_record(&self) -> Result<Vec<RunId>, StateError> {
        let place = self.folder.join(RUNS);
        if !place.is_dir() {
            return Ok(Vec::new());
        }
        let all = entries(&place)?;
        let bare = all.iter().filter(|path| !path.join(RECORD).is_file());
        let mut ids: Vec<RunId> = bare.filter_map(|path| path.file_name()?.to_str()?.parse().ok()).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// The record of a run, its bytes those that the run wrote.
    ///
    /// # Errors
    /// There is none, or it is damaged or of a newer program.
    pub fn record(&self, id: &RunId) -> Result<Record, StateError> {
        let path = self.kept(id).join(RECORD);
        let bytes = self.listed(id, RECORD)?;
        let record = Record::from_json(&bytes).map_err(|error| match error {
            Unreadable::Damaged(problem) => StateError::Damaged { path, problem },
            Unreadable::Newer(schema) => StateError::Newer { path, schema },
        })?;
        // earlier versions, which list no files, may have been kept without it
        let manifest = self.kept(id).join(MANIFEST);
        if !record.files.is_empty() && !manifest.is_file() {
            let problem = "it is gone, and with it the hashes of the run's files".to_owned();
            return Err(StateError::Damaged { path: manifest, problem });
        }
        Ok(record)
    }

    /// Holds every file of a run that has its files against its hash: those that its manifest lists, and those that its record does.
    ///
    /// # Errors
    /// One is gone, or its bytes are others.
    pub fn check(&self, id: &RunId, record: &Record) -> Result<(), StateError> {
        if !self.is_whole(id) {
            return Ok(());
        }
        record.files.iter().try_for_each(|file| self.file(id, record, &file.path).map(|_| ()))?;
        let manifest = self.manifest(*id)?;
        outputs(&manifest).try_for_each(|(name, hash)| self.checked(*id, name, Some(hash)).map(|_| ()))
    }

    /// The manifest of a run; nothing where it has none, as runs of other versions may.
    fn manifest(&self, id: RunId) -> Result<Value, StateError> {
        let path = self.kept(&id).join(MANIFEST);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Value::Null),
            Err(source) => Err(StateError::Io { action: "read", path, source }),
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|error| StateError::Damaged { path, problem: error.to_string() })
            }
        }
    }

    /// A file of a run that its manifest lists, held against the hash there; runs of other versions may have no manifest.
    ///
    /// # Errors
    /// It is gone, or its bytes are others.
    pub fn listed(&self, id: &RunId, name: &str) -> Result<Vec<u8>, StateError> {
        let manifest = self.manifest(*id)?;
        let hash = outputs(&manifest).find(|(path, _)| *path == name).map(|(_, hash)| hash);
        self.checked(*id, name, hash)
    }

    /// A file of a run that its record lists, held against the hash there; runs of earlier versions list none.
    ///
    /// # Errors
    /// It is gone, or its bytes are others.
    pub fn file(&self, id: &RunId, record: &Record, name: &str) -> Result<Vec<u8>, StateError> {
        let hash = record.files.iter().find(|file| file.path == name).map(|file| file.sha256.as_str());
        self.checked(*id, name, hash)
    }

    fn checked(&self, id: RunId, name: &str, hash: Option<&str>) -> Result<Vec<u8>, StateError> {
        let path = self.kept(&id).join(name);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && hash.is_some() => {
                return Err(StateError::Damaged { path, problem: "it is gone".to_owned() });
            }
            Err(source) => return Err(StateError::Io { action: "read", path, source }),
            Ok(bytes) => bytes,
        };
        if hash.is_some_and(|hash| hash != sha256_hex(&bytes)) {
            let problem = "its bytes are not those that the run wrote (SHA-256)".to_owned();
            return Err(StateError::Damaged { path, problem });
        }
        Ok(bytes)
    }

    /// The terms of a run that planned, the table's bytes those that the run wrote.
    ///
    /// # Errors
    /// The table is gone or damaged.
    pub fn terms(&self, id: &RunId, record: &Record) -> Result<Vec<StoredTerm>, StateError> {
        if !self.is_whole(id) {
            return Err(StateError::Removed(*id));
        }
        let path = self.place(id).join(TERMS);
        self.file(id, record, TERMS)?;
        let table = read_plain(&path).map_err(StateError::Terms)?;
        let damaged =
            |row: usize| StateError::Damaged { path: path.clone(), problem: format!("row {} of its terms", row + 1) };
        (0..table.rows.len()).map(|row| term(&table, row).ok_or_else(|| damaged(row))).collect()
    }

    /// The run that `latest` points to.
    #[must_use]
    pub fn latest(&self) -> Option<RunId> {
        let link = self.folder.join(LATEST);
        let target = target(&link).ok()?;
        target.file_name()?.to_str()?.parse().ok()
    }

    /// A name for a further run of a week.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn next_id(&self, as_of: crate::domain::Date) -> Result<RunId, StateError> {
        // also names without a record, whatever they are
        let places = [RUNS, PAST].map(|name| self.folder.join(name));
        let taken = |id: &RunId| places.iter().any(|place| place.join(id.to_string()).symlink_metadata().is_ok());
        let mut id = RunId { as_of, number: 1 };
        while taken(&id) {
            id.number += 1;
        }
        Ok(id)
    }

    /// Writes a run, whole or not at all.
    ///
    /// # Errors
    /// The place cannot be written to; nothing is left behind then.
    pub fn write(&self, _lock: &Lock, id: &RunId, artifacts: &[Artifact]) -> Result<(), StateError> {
        write_directory(artifacts, &self.place(id), false)?;
        Ok(())
    }

    /// Makes a run the latest in one step. Whether it was not before.
    ///
    /// # Errors
    /// The link cannot be made.
    pub fn point(&self, _lock: &Lock, id: &RunId) -> Result<bool, StateError> {
        if self.latest() == Some(*id) {
            return Ok(false);
        }
        let target = Path::new(RUNS).join(id.to_string());
        let temporary = self.folder.join(format!(".{LATEST}.{}.tmp", std::process::id()));
        let link = self.folder.join(LATEST);
        let failed = |source| StateError::Io { action: "point", path: link.clone(), source };
        pointer(&target, &temporary).and_then(|()| fs::rename(&temporary, &link)).map_err(failed)?;
        sync(&self.folder);
        Ok(true)
    }

    /// Whether there is a state at all.
    ///
    /// # Errors
    /// There is none.
    pub fn exists(&self) -> Result<(), StateError> {
        if self.folder.join(RUNS).is_dir() { Ok(()) } else { Err(StateError::NoState { path: self.folder.clone() }) }
    }

    /// The run of a name, `latest`, or a week's last run.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, name: &str) -> Result<RunId, StateError> {
        self.exists()?;
        let ids = self.known_ids()?;
        let found = match name.parse::<RunId>() {
            Ok(id) => ids.iter().copied().find(|other| *other == id),
            Err(_) if name == LATEST => self.latest(),
            Err(_) => None,
        };
        found.ok_or_else(|| StateError::NoRun {
            name: name.to_owned(),
            path: self.folder.clone(),
            last: ids.last().copied(),
        })
    }
}

/// Files that a manifest lists, with their hashes.
fn outputs(manifest: &Value) -> impl Iterator<Item = (&str, &str)> {
    let outputs = manifest["outputs"].as_array().map(Vec::as_slice).unwrap_or_default();
    outputs.iter().filter_map(|output| Some((output["path"].as_str()?, output["sha256"].as_str()?)))
}

/// The term in a row of the table of terms.
fn term(table: &PlainTable, row: usize) -> Option<StoredTerm> {
    let cell = |name: &str| table.cell(row, name);
    StoredTerm::from_cells(|name| cell(name).map(str::to_owned), |name| cell(name)?.parse().ok())
}

/// What [`pointer`] made points to.
fn target(link: &Path) -> io::Result<PathBuf> {
    #[cfg(unix)]
    {
        fs::read_link(link)
    }
    #[cfg(not(unix))]
    {
        fs::read_to_string(link).map(|text| PathBuf::from(text.trim()))
    }
}

/// A symbolic link, so that `latest` is a directory like any other; a file with the path where there are none.
fn pointer(target: &Path, link: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(target, link)
    }
    #[cfg(not(unix))]
    {
        fs::write(link, target.to_string_lossy().as_bytes())
    }
}

fn entries(place: &Path) -> Result<Vec<PathBuf>, StateError> {
    let failed = |source| StateError::Io { action: "read", path: place.to_owned(), source };
    fs::read_dir(place).map_err(failed)?.map(|entry| Ok(entry.map_err(failed)?.path())).collect()
}

fn remove(path: &Path) -> Result<(), StateError> {
    let is_folder = path.symlink_metadata().is_ok_and(|kind| kind.is_dir());
    let done = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    done.map_err(|source| StateError::Io { action: "remove", path: path.to_owned(), source })
}

/// Makes a rename survive a power cut; systems that cannot sync a directory are left at that.
fn sync(folder: &Path) {
    if let Ok(folder) = fs::File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests;
