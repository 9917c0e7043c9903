//! Any bytes as a table and as an access log: read or refused, and never a panic, a hang, or memory without bound.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fs;
use std::sync::LazyLock;
use tempfile::TempDir;
use termwise::ingest::{IngestSettings, LogSettings, read, read_logs};

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a temporary folder"));

fuzz_target!(|bytes: &[u8]| {
    let file = FOLDER.path().join("input");
    fs::write(&file, bytes).expect("the temporary folder can be written to");
    if let Ok(ingested) = read(std::slice::from_ref(&file), &IngestSettings::default()) {
        // what was read adds up
        assert_eq!(ingested.totals, ingested.counts.totals());
    }
    let _ = read_logs(std::slice::from_ref(&file), &LogSettings::default());
});
