//! Reading as a whole: files in, counts out.

mod files;
mod layouts;
mod overlaps;
mod parquet;
mod people;
mod periods;
mod planted;
mod reports;
mod sources;
mod terms;
mod totals;
mod values;
mod workbooks;

use super::*;
use std::fs;
use tempfile::TempDir;

const HEADER: &str = "term,week,impressions,clicks,cost,conversions,revenue\n";

/// Files in a directory of their own, which goes when this does.
struct Files {
    directory: TempDir,
    paths: Vec<PathBuf>,
}

impl Files {
    fn new(contents: &[(&str, &[u8])]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let write = |(name, bytes): &(&str, &[u8])| {
            let path = directory.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        };
        let paths = contents.iter().map(write).collect();
        Self { directory, paths }
    }
}

fn read_with(contents: &[&str], settings: &IngestSettings) -> Result<Ingested, IngestError> {
    let names: Vec<String> = (0..contents.len()).map(|number| format!("{number}.csv")).collect();
    let pairs: Vec<(&str, &[u8])> =
        names.iter().map(String::as_str).zip(contents.iter().map(|text| text.as_bytes())).collect();
    let files = Files::new(&pairs);
    read(&files.paths, settings)
}

fn read_text(text: &str) -> Result<Ingested, IngestError> {
    read_with(&[text], &IngestSettings::default())
}

/// The refused cells as line, column, value and rule.
fn refused(text: &str) -> Vec<(u64, String, String, &'static str)> {
    match read_text(text) {
        Err(IngestError::Refused { refused, total }) => {
            assert_eq!(refused.len() as u64, total);
            refused.into_iter().map(|cell| (cell.line, cell.column, cell.value, cell.rule)).collect()
        }
        other => panic!("not refused: {other:?}"),
    }
}

fn note(ingested: &Ingested, code: &str) -> u64 {
    ingested.notes.0.iter().filter(|note| note.code == code).map(|note| note.count).sum()
}

fn day(text: &str) -> Option<Date> {
    Some(text.parse().unwrap())
}

/// Texts of the terms, in order.
fn terms(ingested: &Ingested) -> Vec<&str> {
    ingested.counts.terms.iter().map(|term| term.key.term.as_str()).collect()
}
