//! What stops the reading of access logs.

/// Why logs cannot be counted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// No line of a file is one of an access log.
    #[error(
        "`{file}` is not an access log in Common or Combined Log Format: none of its first {lines} lines can be read"
    )]
    NotALog {
        /// The file.
        file: String,
        /// How many lines were tried.
        lines: u64,
    },
    /// A line without an end.
    #[error("`{file}`, line {line}: goes on for more than {mebibytes} MiB without a line feed")]
    Endless {
        /// The file.
        file: String,
        /// Physical line.
        line: u64,
        /// How much of it was read, MiB.
        mebibytes: u64,
    },
    /// Compressed data that hold hardly anything but repetition.
    #[error("`{file}` unpacks to more than {times} times its size, as no log does")]
    Bomb {
        /// The file.
        file: String,
        /// The limit.
        times: u64,
    },
    /// Many lines of what can be read but once are far out of order in time.
    #[error("`{file}`: {late} lines and more are dated more than an hour before lines above them")]
    Disorder {
        /// The file.
        file: String,
        /// How many.
        late: u64,
    },
    /// No visit came with a search term.
    #[error("none of {lines} lines is a visit that came with a search term")]
    NoTerms {
        /// Lines that were read.
        lines: u64,
    },
    /// The operating system has no random numbers.
    #[error("no random key can be had from the operating system: {problem}")]
    NoKey {
        /// What it said.
        problem: String,
    },
}

impl LogError {
    /// What the user can change.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotALog { .. } => {
                "a line looks like `192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 \
                                     512 \"REFERRER\" \"AGENT\"`; set the server's log format to `combined`"
                    .into()
            }
            Self::Endless { .. } | Self::Bomb { .. } => {
                "check where the file comes from; leave it out, or copy it again".into()
            }
            Self::Disorder { .. } => {
                "write standard input and pipes to files and name those: lines in files may stand in any order, \
                                      and those of a pipe in the order of time, but for an hour"
                    .into()
            }
            Self::NoTerms { .. } => "most search engines keep terms to themselves; tag the landing pages of ads with \
                                     `utm_term={keyword}`, or name further engines with `--engine HOST=PARAMETER`"
                .into(),
            Self::NoKey { .. } => "visitors cannot be told apart without one; run it on another machine".into(),
        }
    }
}
