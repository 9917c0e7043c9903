//! What a run was made from, as one hash: equal hashes, equal runs.

use super::StateError;
use crate::weekly::StoredInput;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Bytes read at a time.
const BLOCK: usize = 1 << 16;

/// The files with their hashes, in the order given.
///
/// # Errors
/// One of them cannot be read.
pub fn stored_inputs(paths: &[PathBuf]) -> Result<Vec<StoredInput>, StateError> {
    paths.iter().map(|path| stored_input(path)).collect()
}

fn stored_input(path: &Path) -> Result<StoredInput, StateError> {
    let failed = |source| StateError::Input { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let (mut hash, mut bytes, mut block) = (Sha256::new(), 0, vec![0; BLOCK]);
    loop {
        let read = file.read(&mut block).map_err(failed)?;
        if read == 0 {
            break;
        }
        hash.update(&block[..read]);
        bytes += read as u64;
    }
    Ok(StoredInput { path: path.display().to_string(), sha256: hexadecimal(&hash.finalize()), bytes })
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The hash of a run: what files hold and not what they are called, and everything else that decides of it.
#[must_use]
pub fn fingerprint(inputs: &[StoredInput], rest: &Value) -> String {
    let mut hashes: Vec<&str> = inputs.iter().map(|input| input.sha256.as_str()).collect();
    hashes.sort_unstable();
    let text = format!("{}\n{rest}", hashes.join("\n"));
    hexadecimal(&Sha256::digest(text.as_bytes()))
}
