//! `manifest.json` and `timings.json`: what was computed from what, and how long it took.

use super::{Artifact, RunContext};
use crate::counts::Counts;
use rayon::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// SHA-256 of some bytes, hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The manifest of the files rendered so far.
pub(super) fn manifest(context: &RunContext, counts: &Counts, artifacts: &[Artifact]) -> String {
    let mut sorted: Vec<&Artifact> = artifacts.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    let outputs: Vec<Value> = sorted
        .into_par_iter()
        .map(|artifact| {
            json!({
                "path": artifact.name,
                "sha256": sha256_hex(&artifact.bytes),
                "bytes": artifact.bytes.len(),
                "rows": rows(artifact),
            })
        })
        .collect();
    pretty(&json!({
        "program": "termwise",
        "version": context.version,
        "command": context.command,
        "seed": context.seed,
        "settings": context.settings,
        "inputs": context.inputs,
        "terms": counts.terms.len(),
        "periods": counts.calendar.periods.len(),
        "cells": counts.cells.period.len(),
        "outputs": outputs,
    }))
}

/// Records of a table without its header; null for other files. Quoted line ends do not count.
fn rows(artifact: &Artifact) -> Option<usize> {
    if artifact.name.rsplit('.').next() != Some("csv") {
        return None;
    }
    let mut quoted = false;
    let mut records = 0_usize;
    for &byte in &artifact.bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => records += 1,
            _ => {}
        }
    }
    Some(records.saturating_sub(1))
}

/// Seconds of each stage, in the order of the stages.
pub(super) fn timings(stages: &[(String, f64)]) -> String {
    let total: f64 = stages.iter().map(|stage| stage.1).sum();
    let stages: Vec<Value> =
        stages.iter().map(|(stage, seconds)| json!({"stage": stage, "seconds": seconds})).collect();
    pretty(&json!({"stages": stages, "seconds": total}))
}

/// Indented JSON with a final line end.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_of_abc_is_the_published_one() {
        // FIPS 180-2, appendix B.1
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn records_are_counted_past_quoted_line_ends() {
        assert_eq!(rows(&Artifact::new("a.csv", "h\n\"x\ny\"\nz\n")), Some(2));
        assert_eq!(rows(&Artifact::new("a.svg", "h\n")), None);
    }
}
