//! What can be wrong with a state.

use super::RunId;
use crate::ingest::IngestError;
use crate::report::ReportError;
use std::io;
use std::path::{Path, PathBuf};

/// Why a state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another run is at work.
    #[error("state `{}` is in use by {holder}", .path.display())]
    Locked {
        /// The state.
        path: PathBuf,
        /// Who holds it.
        holder: String,
    },
    /// The place cannot be written to.
    #[error("state `{}` can't be written", .path.display())]
    NotWritable {
        /// The state.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What should be the link to the latest run is something else.
    #[error("`{}` is not the link that runs make, and would be replaced", .path.display())]
    NoLink {
        /// What is there.
        path: PathBuf,
    },
    /// What should be the lock is a link, or no file.
    #[error("`{}` is a link or no file, and what it points to would be emptied", .path.display())]
    NoLock {
        /// What is there.
        path: PathBuf,
    },
    /// An input cannot be read.
    #[error("can't read input `{}`", .path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An input changed while it was read.
    #[error("input `{file}` changed while it was read")]
    Changed {
        /// The file.
        file: String,
    },
    /// Reading or writing failed on the way.
    #[error("can't {action} `{}`", .path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A stored file is not what a run wrote.
    #[error("`{}` is damaged: {problem}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A stored file is of a newer program.
    #[error("`{}` is of schema {schema}, and this program reads up to {}", .path.display(), crate::weekly::SCHEMA)]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        schema: u64,
    },
    /// The stored terms cannot be read.
    #[error("the stored plan can't be read: {0}")]
    Terms(IngestError),
    /// There is no state there.
    #[error("`{}` holds no runs", .path.display())]
    NoState {
        /// Where.
        path: PathBuf,
    },
    /// There is no run of that name.
    #[error("there is no run `{name}` in `{}`", .path.display())]
    NoRun {
        /// The name.
        name: String,
        /// The state.
        path: PathBuf,
        /// The newest run there.
        last: Option<RunId>,
    },
    /// The files of a run are gone, as the retention has it.
    #[error("run `{0}` has no table of terms any more: `weekly.keep_runs` removed its files")]
    Removed(RunId),
    /// Runs that cannot be compared.
    #[error("amounts of one run are in {}, of the other in {}", .0[0], .0[1])]
    Currencies([String; 2]),
    /// Writing a run.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl StateError {
    /// Exit code of the program: 2 where another place or name helps, 3 for input, else 1, as for a disk that is full.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotWritable { source, .. } if is_full(source) => 1,
            Self::Currencies(_)
            | Self::Removed(_)
            | Self::NotWritable { .. }
            | Self::NoLink { .. }
            | Self::NoLock { .. }
            | Self::NoState { .. }
            | Self::NoRun { .. } => 2,
            Self::Input { .. } => 3,
            Self::Report(error) => error.exit_code(),
            _ => 1,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Locked { .. } => "wait until it has ended; a run that was killed holds no lock".to_owned(),
            Self::NotWritable { source, .. } if is_full(source) => {
                "free space or inodes, then run again; the last run is as it was".to_owned()
            }
            Self::NoLink { .. } | Self::NoLock { .. } => {
                "move it away, or name another directory as `weekly.state`".to_owned()
            }
            Self::NotWritable { .. } => "make the directory writable, or name another as `weekly.state`".to_owned(),
            Self::Input { .. } => "check `weekly.inputs` and that this user can read the file".to_owned(),
            Self::Changed { .. } => "run again when the export is finished; nothing was written".to_owned(),
            Self::Io { .. } => "check free space and permissions, then run again; the last run is as it was".to_owned(),
            Self::Damaged { path, .. } => {
                // a chart lies a directory deeper
                let is_run = |place: &&Path| {
                    place.file_name().is_some_and(|name| name.to_string_lossy().parse::<RunId>().is_ok())
                };
                let run = path.ancestors().find(is_run).or(path.parent()).unwrap_or(path);
                format!(
                    "move `{}` out of the state and run its week again, or bring it back from a copy",
                    run.display()
                )
            }
            Self::Newer { .. } => "use the program that wrote it, or a newer one".to_owned(),
            Self::Terms(error) => return error.hint(),
            Self::NoState { .. } => "name the directory that `weekly.state` names".to_owned(),
            Self::NoRun { last: Some(last), .. } => {
                format!("the newest run is `{last}`; `termwise runs list` shows all")
            }
            Self::Removed(_) => {
                "its record is left: `termwise runs show`; compare runs that have their files".to_owned()
            }
            Self::Currencies(_) => "compare runs of one currency".to_owned(),
            Self::NoRun { .. } => "there are no runs yet".to_owned(),
            Self::Report(error) => return error.hint(),
        })
    }
}

/// Whether there is no room: neither rights nor another name help.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_is_no_fault_of_the_usage() {
        let code = |kind: io::ErrorKind| {
            StateError::NotWritable { path: PathBuf::from("state"), source: kind.into() }.exit_code()
        };
        // out of inodes is ENOSPC, too
        assert_eq!((code(io::ErrorKind::StorageFull), code(io::ErrorKind::QuotaExceeded)), (1, 1));
        assert_eq!((code(io::ErrorKind::PermissionDenied), code(io::ErrorKind::ReadOnlyFilesystem)), (2, 2));
    }
}
