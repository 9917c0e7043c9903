//! Files reach the disk whole or not at all.
//!
//! A directory is written beside its target and renamed into place; over existing content it is
//! exchanged in one step where the system can do that, so that a reader sees the old report or the
//! new one and never a mixture. What was begun and not finished is removed, also on failure.

mod content;

use super::{Artifact, ReportError};
use content::{files_in, is_empty, is_foreign, same_content};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What became of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It did not exist, or was an empty directory.
    New,
    /// It held the same content already and was not touched.
    Unchanged,
    /// It held other content, which is gone.
    Replaced,
}

/// Whether [`write_directory`] can succeed, as far as can be known before there is anything to
/// write: the place is writable and the target is not something that must not be replaced.
///
/// # Errors
/// [`ReportError::NotWritable`], [`ReportError::WrongKind`], or [`ReportError::Exists`] for a
/// directory that is not a report and holds other directories, which even `force` does not remove.
pub fn preflight(out: &Path, force: bool) -> Result<(), ReportError> {
    let target = resolve(out)?;
    if let Ok(kind) = fs::metadata(&target) {
        if !kind.is_dir() {
            return Err(ReportError::WrongKind { path: out.to_owned(), wanted: "directory" });
        }
        if force && is_foreign(&target)? {
            return Err(ReportError::Exists { path: out.to_owned() });
        }
    }
    can_write_at(&target, out)
}

/// The same for [`write_file`]; also whether a file stands there already, which stays unless the new one is equal or
/// replacing it is asked for.
///
/// # Errors
/// [`ReportError::NotWritable`] or [`ReportError::WrongKind`].
pub fn preflight_file(path: &Path) -> Result<bool, ReportError> {
    let target = resolve(path)?;
    match fs::metadata(&target) {
        Ok(kind) if kind.is_dir() => Err(ReportError::WrongKind { path: path.to_owned(), wanted: "file" }),
        Ok(kind) if !kind.is_file() => Ok(false),
        found => can_write_at(&target, path).map(|()| found.is_ok()),
    }
}

/// Whether something can be made where the target is to be.
fn can_write_at(target: &Path, out: &Path) -> Result<(), ReportError> {
    let mut place = parent(target);
    while !place.exists() {
        place = parent(&place);
    }
    let denied = |source| ReportError::NotWritable { path: out.to_owned(), source };
    if !place.is_dir() {
        return Err(denied(io::Error::from(io::ErrorKind::NotADirectory)));
    }
    let (file, guard) = Temporary::file(&place, "check").map_err(denied)?;
    drop(file);
    drop(guard);
    Ok(())
}

/// Writes all artifacts as the directory `out`, whole or not at all.
///
/// A target with the same files (whatever its `timings.json` says) is left alone. A target with
/// other content is replaced only with `force`, by an atomic exchange; a directory that is not a
/// report and has directories in it is never replaced, since it may hold anything.
///
/// # Errors
/// [`ReportError::Exists`], [`ReportError::WrongKind`], [`ReportError::NotWritable`],
/// [`ReportError::Io`]; the target is then as it was before.
pub fn write_directory(artifacts: &[Artifact], out: &Path, force: bool) -> Result<Written, ReportError> {
    match write_once(artifacts, out, force) {
        // another run finished there in the meantime: what it left is looked at like any other target
        Err(ReportError::Io { action: RENAME, .. }) => write_once(artifacts, out, force),
        done => done,
    }
}

/// Writes a directory whose content is too large for memory: `fill` writes its files into a temporary place, which then
/// takes the target's. A target that holds anything is replaced only with `force`.
///
/// # Errors
/// As [`write_directory`], and what `fill` answers with; nothing is left behind then.
pub fn write_large<E: From<ReportError>>(
    out: &Path,
    force: bool,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    preflight(out, force)?;
    let target = resolve(out)?;
    let exists = target.exists();
    if exists && !is_empty(&target)? && (!force || is_foreign(&target)?) {
        return Err(ReportError::Exists { path: out.to_owned() }.into());
    }
    let place = parent(&target);
    let denied = |source| ReportError::NotWritable { path: out.to_owned(), source };
    fs::create_dir_all(&place).map_err(denied)?;
    let temporary = Temporary::directory(&place, &target).map_err(denied)?;
    fill(&temporary.path)?;
    let failed = |source| ReportError::Io { action: RENAME, path: out.to_owned(), source };
    let renamed = if exists { exchange(&temporary.path, &target) } else { fs::rename(&temporary.path, &target) };
    renamed.map_err(failed)?;
    sync_directory(&place);
    Ok(())
}

/// What is being done when a finished report takes its place.
const RENAME: &str = "rename a finished report to";

fn write_once(artifacts: &[Artifact], out: &Path, force: bool) -> Result<Written, ReportError> {
    let target = resolve(out)?;
    let existing = match fs::metadata(&target) {
        Ok(kind) if !kind.is_dir() => {
            return Err(ReportError::WrongKind { path: out.to_owned(), wanted: "directory" });
        }
        Ok(_) => Some(files_in(&target)?),
        Err(_) => None,
    };
    if let Some(files) = &existing {
        if same_content(artifacts, files)? {
            return Ok(Written::Unchanged);
        }
        if !is_empty(&target)? && (!force || is_foreign(&target)?) {
            return Err(ReportError::Exists { path: out.to_owned() });
        }
    }
    let place = parent(&target);
    let denied = |source| ReportError::NotWritable { path: out.to_owned(), source };
    fs::create_dir_all(&place).map_err(denied)?;
    let temporary = Temporary::directory(&place, &target).map_err(denied)?;
    fill(artifacts, &temporary.path)?;
    let failed = |source| ReportError::Io { action: RENAME, path: out.to_owned(), source };
    match existing {
        None => fs::rename(&temporary.path, &target).map_err(failed)?,
        // the guard removes what the exchange left in the temporary place: the old content
        Some(_) => exchange(&temporary.path, &target).map_err(failed)?,
    }
    sync_directory(&place);
    Ok(if existing.is_some_and(|files| !files.is_empty()) { Written::Replaced } else { Written::New })
}

/// Writes one file, whole or not at all: into a temporary file beside it, synced, then renamed.
///
/// A target with the same content is left alone; one with other content is replaced only with
/// `force`. Devices and pipes are written to directly.
///
/// # Errors
/// As [`write_directory`].
pub fn write_file(path: &Path, bytes: &[u8], force: bool) -> Result<Written, ReportError> {
    stage(path, bytes, force)?.commit()
}

/// Writes several files: all of them are on the disk under temporary names before the first takes its
/// place, so that a place that cannot be written to leaves every target as it was.
///
/// # Errors
/// As [`write_file`].
pub fn write_files(files: &[(&Path, &[u8])], force: bool) -> Result<(), ReportError> {
    let staged = files.iter().map(|(path, bytes)| stage(path, bytes, force)).collect::<Result<Vec<_>, _>>()?;
    for file in staged {
        file.commit()?;
    }
    Ok(())
}

/// A file that is on the disk beside its target, or needs no writing.
enum Staged<'p> {
    /// The target holds the content already.
    Unchanged,
    /// A device or pipe, written to directly.
    Stream { path: &'p Path, target: PathBuf, bytes: &'p [u8] },
    /// A finished file that waits for its place.
    Ready { path: &'p Path, target: PathBuf, temporary: Temporary, written: Written },
}

impl Staged<'_> {
    fn commit(self) -> Result<Written, ReportError> {
        let failed = |action, path: &Path, source| ReportError::Io { action, path: path.to_owned(), source };
        match self {
            Self::Unchanged => Ok(Written::Unchanged),
            Self::Stream { path, target, bytes } => {
                fs::write(target, bytes).map_err(|source| failed("write", path, source))?;
                Ok(Written::Replaced)
            }
            Self::Ready { path, target, temporary, written } => {
                let action = "rename a finished file to";
                fs::rename(&temporary.path, &target).map_err(|source| failed(action, path, source))?;
                sync_directory(&parent(&target));
                Ok(written)
            }
        }
    }
}

fn stage<'p>(path: &'p Path, bytes: &'p [u8], force: bool) -> Result<Staged<'p>, ReportError> {
    let target = resolve(path)?;
    let failed = |action| move |source| ReportError::Io { action, path: path.to_owned(), source };
    let mut written = Written::New;
    if let Ok(kind) = fs::metadata(&target) {
        if kind.is_dir() {
            return Err(ReportError::WrongKind { path: path.to_owned(), wanted: "file" });
        }
        if !kind.is_file() {
            return Ok(Staged::Stream { path, target, bytes });
        }
        if kind.len() == bytes.len() as u64 && fs::read(&target).map_err(failed("read"))? == bytes {
            return Ok(Staged::Unchanged);
        }
        if !force {
            return Err(ReportError::Exists { path: path.to_owned() });
        }
        written = Written::Replaced;
    }
    let place = parent(&target);
    let denied = |source| ReportError::NotWritable { path: path.to_owned(), source };
    fs::create_dir_all(&place).map_err(denied)?;
    let (mut file, temporary) = Temporary::file(&place, "part").map_err(denied)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed("write"))?;
    drop(file);
    Ok(Staged::Ready { path, target, temporary, written })
}

/// A file or directory that is removed when it goes out of scope and still is where it was made.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    fn directory(place: &Path, target: &Path) -> io::Result<Self> {
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let ((), path) = unused(place, &name, |path| fs::create_dir(path))?;
        Ok(Self { path })
    }

    fn file(place: &Path, name: &str) -> io::Result<(File, Self)> {
        let (file, path) = unused(place, name, |path| File::create_new(path))?;
        Ok((file, Self { path }))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // nothing more can be done about a failure here, and usually the path was renamed away
        let _ = if self.path.is_dir() { fs::remove_dir_all(&self.path) } else { fs::remove_file(&self.path) };
    }
}

/// Makes something under a hidden name that nobody uses.
fn unused<T>(place: &Path, name: &str, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    const ATTEMPTS: usize = 1000;
    let process = std::process::id();
    for attempt in 0..ATTEMPTS {
        let path = place.join(format!(".{name}.{process}-{attempt}.tmp"));
        match make(&path) {
            Ok(made) => return Ok((made, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

fn fill(artifacts: &[Artifact], directory: &Path) -> Result<(), ReportError> {
    let mut written = Vec::with_capacity(artifacts.len());
    for artifact in artifacts {
        let path = directory.join(&artifact.name);
        let failed = |source| ReportError::Io { action: "write", path: path.clone(), source };
        fs::create_dir_all(parent(&path)).map_err(failed)?;
        let mut file = File::create_new(&path).map_err(failed)?;
        file.write_all(&artifact.bytes).map_err(failed)?;
        written.push((path, file));
    }
    // all are written before the first is synced, so that most are on the disk with it
    for (path, file) in &written {
        file.sync_all().map_err(|source| ReportError::Io { action: "write", path: path.clone(), source })?;
    }
    // the names of the files, too, before the directory takes its place
    let folders: BTreeSet<PathBuf> = written.iter().map(|(path, _)| parent(path)).collect();
    for folder in &folders {
        sync_directory(folder);
    }
    sync_directory(directory);
    Ok(())
}

/// Exchanges two directories in one step where the system can, else by three renames that are
/// undone on failure.
fn exchange(new: &Path, target: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE) {
            Ok(()) => return Ok(()),
            // kernels and file systems that cannot exchange
            Err(Errno::NOSYS | Errno::INVAL | Errno::OPNOTSUPP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    exchange_by_steps(new, target)
}

/// The exchange where there is no single step for it: for a moment the target is missing.
fn exchange_by_steps(new: &Path, target: &Path) -> io::Result<()> {
    let mut aside = OsString::from(new);
    aside.push(".old");
    let aside = PathBuf::from(aside);
    fs::rename(target, &aside)?;
    if let Err(error) = fs::rename(new, target) {
        fs::rename(&aside, target)?;
        return Err(error);
    }
    fs::rename(&aside, new)
}

/// The target with symbolic links followed, so that a link keeps pointing where it did.
fn resolve(path: &Path) -> Result<PathBuf, ReportError> {
    if fs::symlink_metadata(path).is_ok() {
        let failed = |source| ReportError::Io { action: "follow", path: path.to_owned(), source };
        return fs::canonicalize(path).map_err(failed);
    }
    Ok(path.to_owned())
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) => PathBuf::from("."),
        None => path.to_owned(),
    }
}

/// Makes a rename survive a power cut; systems that cannot sync a directory are left at that.
fn sync_directory(place: &Path) {
    if let Ok(directory) = File::open(place) {
        let _ = directory.sync_all();
    }
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
