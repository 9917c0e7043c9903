//! What can go wrong when a report is rendered or written.

use std::io;
use std::path::PathBuf;

/// Why a report was not rendered or not written. Nothing is left behind in either case.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The place cannot be written to.
    #[error("`{}` can't be written", .path.display())]
    NotWritable {
        /// Where the report should have gone.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The target exists with other content and replacing it was not asked for.
    #[error("`{}` exists with other content", .path.display())]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// The target is a file where a directory is wanted, or the other way round.
    #[error("`{}` is not a {wanted}", .path.display())]
    WrongKind {
        /// The target.
        path: PathBuf,
        /// `directory` or `file`.
        wanted: &'static str,
    },
    /// The workbook could not be made.
    #[error("the workbook can't be made: {message}")]
    Workbook {
        /// Why.
        message: String,
    },
    /// Reading or writing failed on the way.
    #[error("can't {action} `{}`", .path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A chart could not be drawn.
    #[error("chart `{chart}` can't be drawn: {message}")]
    Chart {
        /// Its name.
        chart: &'static str,
        /// What the drawing library said.
        message: String,
    },
    /// The page could not be filled.
    #[error("the page can't be rendered: {message}")]
    Template {
        /// What the template engine said.
        message: String,
    },
}

impl ReportError {
    /// Exit code of the program: 2 where another place or `--force` helps, else 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotWritable { .. } | Self::Exists { .. } | Self::WrongKind { .. } => 2,
            Self::Io { .. } | Self::Chart { .. } | Self::Template { .. } | Self::Workbook { .. } => 1,
        }
    }

    /// What the user can change.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotWritable { .. } => {
                Some("choose another place with `--out`, or make its directory writable".into())
            }
            Self::Exists { .. } => Some("replace it with `--force`, or choose another place with `--out`".into()),
            Self::WrongKind { path, .. } => {
                Some(format!("move `{}` away, or choose another place with `--out`", path.display()))
            }
            Self::Io { .. } => Some("check free space and permissions, then run again; nothing was left behind".into()),
            Self::Chart { .. } | Self::Template { .. } | Self::Workbook { .. } => None,
        }
    }
}
