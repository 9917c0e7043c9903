//! Who is at work: one run at a time.
//!
//! The file is locked by the system, which gives the lock back when the process ends, killed or not, so a lock is never
//! stale. What stands in the file only says who holds it: process, host and time. A run empties it at its end, so that the
//! next one knows of a run that died.

use super::StateError;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::SystemTime;

const NAME: &str = "lock";

/// What stands in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Holder {
    process: u32,
    host: String,
    since: String,
}

impl Holder {
    fn me() -> Self {
        let now = chrono::DateTime::<chrono::Utc>::from(SystemTime::now());
        Self { process: std::process::id(), host: host(), since: now.format("%Y-%m-%d %H:%M:%S UTC").to_string() }
    }

    fn said(&self) -> String {
        format!("process {} on {}, at work since {}", self.process, self.host, self.since)
    }
}

/// Name of this machine, as far as the system tells it in a file.
fn host() -> String {
    let told =
        std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::fs::read_to_string("/etc/hostname"));
    told.map_or_else(|_| "this host".to_owned(), |name| name.trim().to_owned())
}

/// The lock, held until it goes out of scope.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of a state; also who held it and died.
    ///
    /// # Errors
    /// Another run holds it, or the file cannot be made.
    pub(super) fn take(folder: &Path) -> Result<(Self, Option<String>), StateError> {
        let path = folder.join(NAME);
        let denied = |source| StateError::NotWritable { path: folder.to_owned(), source };
        // through a link what it points to would be emptied
        if path.symlink_metadata().is_ok_and(|kind| !kind.is_file()) {
            return Err(StateError::NoLock { path });
        }
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(denied)?;
        let mut told = String::new();
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let _ = file.read_to_string(&mut told);
                let holder = serde_json::from_str::<Holder>(&told)
                    .map_or_else(|_| "another run".to_owned(), |holder| holder.said());
                return Err(StateError::Locked { path: folder.to_owned(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(StateError::Io { action: "lock", path, source }),
        }
        let _ = file.read_to_string(&mut told);
        let died = serde_json::from_str::<Holder>(&told)
            .ok()
            .map(|holder| format!("the run before did not end: {}; its lock is taken over", holder.said()));
        let text = serde_json::to_string(&Holder::me()).unwrap_or_default();
        let written =
            file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).and_then(|_| file.write_all(text.as_bytes()));
        written.map_err(denied)?;
        Ok((Self { file }, died))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // the system gives the lock back in any case; the text is for people
        let _ = self.file.set_len(0);
    }
}
