//! The only file that prints. Standard output carries data, standard error everything else.

use crate::domain::{Notes, counted};
use crate::error::Error;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};

/// What the user wants to see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Printer {
    quiet: bool,
    color: bool,
}

impl Printer {
    pub(super) fn new(quiet: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { quiet, color: !plain && std::io::stderr().is_terminal() }
    }

    /// A line for people.
    pub(super) fn say(self, line: &str) {
        if !self.quiet {
            note(line);
        }
    }

    /// A line for people who asked for quiet, too: something is wrong that the exit code does not say.
    #[allow(clippy::unused_self)] // as its neighbours
    pub(super) fn warn(self, line: &str) {
        note(line);
    }

    /// Notes of a run, one line each, at most `most` of them.
    pub(super) fn notes(self, notes: &Notes, most: usize) {
        for note in notes.0.iter().take(most) {
            self.say(&format!("{} {} [{}, {}]", self.paint("note:", "1;33"), note.message, note.code, note.count));
        }
        if notes.0.len() > most {
            let more = counted(notes.0.len() - most, "more note");
            self.say(&format!("… and {more}, all in the report"));
        }
    }

    /// Why the command stopped, with its hint.
    pub(super) fn error(self, error: &Error) {
        note(&format!("{} {error}", self.paint("error:", "1;31")));
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            note(&format!("  caused by: {cause}"));
            source = cause.source();
        }
        if let Some(hint) = error.hint() {
            note(&format!("\n{} {hint}", self.paint("hint:", "1;36")));
        }
    }

    /// Data on standard output; a closed pipe is the reader's choice, not a failure.
    pub(super) fn data(text: &str) -> Result<(), Error> {
        let mut out = std::io::stdout().lock();
        let done = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
        match done {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
            _ => Ok(()),
        }
    }

    /// A table on standard error, so that standard output stays data.
    pub(super) fn table(self, text: &str) {
        self.say(text.trim_end());
    }

    /// A spinner that names the stage, when somebody is looking.
    pub(super) fn progress(self) -> Progress {
        let visible = !self.quiet && std::io::stderr().is_terminal();
        let bar = if visible { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if visible {
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(std::time::Duration::from_millis(120));
        }
        Progress(bar)
    }

    fn paint(self, text: &str, code: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A line on standard error; where nobody can read it, the work goes on.
fn note(line: &str) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n"));
}

/// A spinner; gone when dropped.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Names the stage that begins.
    pub(super) fn stage(&self, stage: &'static str) {
        self.0.set_message(stage);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
