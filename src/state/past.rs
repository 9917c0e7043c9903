//! What stays of runs whose files the retention removes: record, summary, message and manifest, as the run wrote them.
//!
//! In: runs. Out: a directory for each under `past/`, whole or not at all, written before the run's own is removed. Later runs read both
//! alike, so that nothing that was held, drawn or seen is forgotten; only the table of terms is gone.

use super::{Lock, MANIFEST, PAST, RECORD, RUNS, RunId, State, StateError, remove, sync};
use std::fs;
use std::path::PathBuf;

const SUMMARY: &str = "summary.json";
const MESSAGE: &str = "message.md";

impl State {
    /// Where a run is, or what the retention left of it.
    #[must_use]
    pub fn kept(&self, id: &RunId) -> PathBuf {
        if self.is_whole(id) { self.place(id) } else { self.folder.join(PAST).join(id.to_string()) }
    }

    /// Whether a run has its files, and not what the retention leaves of it.
    #[must_use]
    pub fn is_whole(&self, id: &RunId) -> bool {
        self.place(id).join(RECORD).is_file()
    }

    /// All runs that were ever made, those among them that the retention removed, ascending by week and number.
    ///
    /// # Errors
    /// A directory cannot be read.
    pub fn known_ids(&self) -> Result<Vec<RunId>, StateError> {
        let mut ids = self.ids()?;
        ids.extend(self.ids_in(PAST)?);
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Removes all but the newest `keep` runs, and never one of `needed`. How many were removed. What later runs know them by stays:
    /// record, summary, message and manifest.
    ///
    /// # Errors
    /// One of them cannot be removed.
    pub fn prune(&self, _lock: &Lock, keep: usize, needed: &[RunId]) -> Result<usize, StateError> {
        let ids = self.ids()?;
        let old = &ids[..ids.len().saturating_sub(keep)];
        let mut removed = 0;
        for id in old.iter().filter(|id| !needed.contains(id)) {
            let place = self.place(id);
            self.remember(*id)?;
            // hidden first, so that no half of a run is ever seen
            let hidden = self.folder.join(RUNS).join(format!(".{id}.old.tmp"));
            let failed = |source| StateError::Io { action: "remove", path: place.clone(), source };
            fs::rename(&place, &hidden).map_err(failed)?;
            remove(&hidden)?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Copies what stays of a run, whole or not at all.
    fn remember(&self, id: RunId) -> Result<(), StateError> {
        let past = self.folder.join(PAST);
        let target = past.join(id.to_string());
        if target.join(RECORD).is_file() {
            // a run that was killed in between had copied it
            return Ok(());
        }
        let hidden = past.join(format!(".{id}.tmp"));
        let failed = |source| StateError::Io { action: "write", path: target.clone(), source };
        fs::create_dir_all(&hidden).map_err(failed)?;
        for name in [RECORD, SUMMARY, MESSAGE, MANIFEST] {
            let from = self.place(&id).join(name);
            if from.is_file() {
                let to = hidden.join(name);
                fs::copy(&from, &to).and_then(|_| fs::File::open(&to)?.sync_all()).map_err(failed)?;
            }
        }
        sync(&hidden);
        fs::rename(&hidden, &target).map_err(failed)?;
        sync(&past);
        Ok(())
    }
}
