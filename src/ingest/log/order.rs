//! Several logs in the order of time.
//!
//! In: paths in any order. Out: their hits, the log that lags behind most going first, with the time before which
//! no further hit will come. Within a log, lines stand in the order in which requests ended, not began, so an hour
//! of disorder is allowed; what is later than that is left out and told, and too much of it is an error, after which files
//! can be read in another way ([`super::shuffled`]). One line whose clock ran ahead is left out as well, or all lines after it
//! would be late.

use super::blocks::Blocks;
use super::error::LogError;
use super::hits::{Batch, Hit, Reader, Secret, Tally};
use super::{LogSettings, Purchases};
use crate::ingest::IngestError;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// How long before lines above it a line may be dated, seconds.
const DISORDER: i64 = 3600;
/// A clock that is further ahead than this, for a single line, is wrong, seconds.
const AHEAD: i64 = 86_400;
/// Blocks of a log that is short enough to be read in one go.
const SHORT: usize = 2;
/// Lines of a file that must hold one that can be read.
const TRIED: u64 = 1000;
/// Share of late lines that ends the run, as one in so many.
pub(super) const LATE: u64 = 100;
/// Share of late lines after which the rest need not be read, and lines that show it.
const HOPELESS: (u64, u64) = (10, 100_000);

/// One log on its way.
struct Stream {
    path: PathBuf,
    /// `None` before it is begun, and after its end.
    blocks: Option<Blocks>,
    /// Time of the latest hit so far, or of the first one to come.
    position: Option<i64>,
    /// Read and not yet handed on.
    ahead: Vec<Batch>,
    /// The last hit, while the one after it must say whether its clock was right.
    held: Option<Hit>,
    /// Whether the log is so short that it is read in one go, in whatever order its lines stand.
    whole: bool,
    tally: Tally,
    late: u64,
    hits: u64,
    ended: bool,
}

/// What is known of a file once it is read.
pub(super) struct Done {
    pub name: String,
    pub tally: Tally,
    /// Hits left out as far out of order.
    pub late: u64,
}

/// All logs.
pub(super) struct Order<'s> {
    settings: &'s LogSettings,
    purchases: Option<&'s Purchases>,
    secret: Secret,
    streams: Vec<Stream>,
}

impl<'s> Order<'s> {
    /// Looks into every log for the time it begins at.
    ///
    /// # Errors
    /// A log that cannot be opened, or that is none.
    pub(super) fn new(
        paths: &[&Path],
        settings: &'s LogSettings,
        purchases: Option<&'s Purchases>,
    ) -> Result<Self, IngestError> {
        let mut order = Self::unopened(settings, purchases)?;
        for &path in paths {
            let mut stream = Stream::open(path)?;
            order.read(&mut stream, SHORT)?;
            stream.whole = stream.ended;
            while begins(&stream.ahead, false).is_none() && !stream.ended {
                order.read(&mut stream, 1)?;
            }
            stream.position = begins(&stream.ahead, stream.whole);
            // a file is begun again when its turn comes: a year of daily logs is not held in memory
            if path.is_file() && path.as_os_str() != "-" {
                (stream.blocks, stream.ahead, stream.tally, stream.ended) = (None, Vec::new(), Tally::default(), false);
            }
            order.streams.push(stream);
        }
        Ok(order)
    }

    /// Nothing to read yet.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub(super) fn unopened(settings: &'s LogSettings, purchases: Option<&'s Purchases>) -> Result<Self, IngestError> {
        Ok(Self { settings, purchases, secret: Secret::new()?, streams: Vec::new() })
    }

    /// Hands on all hits of one more log as its lines stand.
    ///
    /// # Errors
    /// A log that cannot be read, or that is none.
    pub(super) fn each(&self, path: &Path, mut take: impl FnMut(&Hit)) -> Result<Done, IngestError> {
        let mut stream = Stream::open(path)?;
        while !stream.ended {
            self.read(&mut stream, rayon::current_num_threads().max(SHORT))?;
            for hit in stream.ahead.drain(..).flat_map(|batch| batch.hits) {
                take(&hit);
            }
        }
        Ok(Done { name: path.display().to_string(), tally: stream.tally, late: 0 })
    }

    /// Hands on the next hits; answers the time before which no further one comes, `None` at the end.
    ///
    /// # Errors
    /// A log that cannot be read on, or that is in no order at all.
    pub(super) fn advance(&mut self, mut take: impl FnMut(&Hit)) -> Result<Option<i64>, IngestError> {
        let lagging = |(_, stream): &(usize, &Stream)| (stream.position, stream.path.clone());
        let Some((at, _)) = self.streams.iter().enumerate().filter(|(_, stream)| !stream.is_done()).min_by_key(lagging)
        else {
            return Ok(None);
        };
        let mut stream = self.streams.swap_remove(at);
        if stream.ahead.is_empty() && !stream.ended {
            if stream.blocks.is_none() {
                stream.blocks = Some(Blocks::open(&stream.path)?);
            }
            self.read(&mut stream, rayon::current_num_threads().max(SHORT))?;
        }
        stream.hand_on(&mut take);
        let (share, lines) = HOPELESS;
        if stream.hits > lines && stream.late > stream.hits / share {
            return Err(stream.disorder());
        }
        self.streams.push(stream);
        let behind = self.streams.iter().filter(|stream| !stream.is_done()).filter_map(|stream| stream.position).min();
        Ok(Some(behind.map_or(i64::MAX, |time| time - DISORDER)))
    }

    /// What was seen in each log, by name.
    ///
    /// # Errors
    /// A log that is far out of order.
    pub(super) fn finish(self) -> Result<Vec<Done>, IngestError> {
        let mut done = Vec::new();
        for stream in self.streams {
            if stream.late > stream.hits / LATE {
                return Err(stream.disorder());
            }
            done.push(Done { name: stream.path.display().to_string(), tally: stream.tally, late: stream.late });
        }
        done.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(done)
    }

    /// Reads up to so many blocks, in parallel.
    fn read(&self, stream: &mut Stream, most: usize) -> Result<(), IngestError> {
        let Some(blocks) = &mut stream.blocks else { return Ok(()) };
        let mut read = Vec::new();
        while read.len() < most
            && let Some(block) = blocks.next()?
        {
            read.push(block);
        }
        if read.len() < most {
            stream.ended = true;
        }
        let (settings, purchases, secret) = (self.settings, self.purchases, self.secret);
        let begin = || Reader::new(settings, purchases, secret);
        let batches: Vec<Batch> = read.par_iter().map_init(begin, Reader::read).collect();
        blocks.recycle(read);
        for batch in &batches {
            stream.tally.add(&batch.tally);
        }
        let tally = &stream.tally;
        // the last lines of a file may be few
        let tried = tally.lines >= TRIED || (stream.ended && tally.lines > 0);
        if tried && tally.unread() == tally.lines {
            return Err(LogError::NotALog { file: blocks.name.clone(), lines: tally.lines }.into());
        }
        if stream.ended {
            stream.blocks = None;
        }
        stream.ahead.extend(batches);
        Ok(())
    }
}

/// When a log begins: by all of it, or by its first two hits, so that one clock that ran ahead does not matter.
fn begins(batches: &[Batch], whole: bool) -> Option<i64> {
    let times = batches.iter().flat_map(|batch| &batch.hits).map(|hit| hit.time);
    if whole { times.min() } else { times.take(2).min() }
}

impl Stream {
    fn open(path: &Path) -> Result<Self, IngestError> {
        Ok(Self {
            path: path.to_owned(),
            blocks: Some(Blocks::open(path)?),
            position: None,
            ahead: Vec::new(),
            held: None,
            whole: false,
            tally: Tally::default(),
            late: 0,
            hits: 0,
            ended: false,
        })
    }

    fn disorder(&self) -> IngestError {
        LogError::Disorder { file: self.path.display().to_string(), late: self.late }.into()
    }

    fn is_done(&self) -> bool {
        self.ended && self.ahead.is_empty() && self.held.is_none()
    }

    /// Hands on what was read, but for what is far out of order.
    fn hand_on(&mut self, take: &mut impl FnMut(&Hit)) {
        let batches = std::mem::take(&mut self.ahead);
        let mut hits = batches.into_iter().flat_map(|batch| batch.hits);
        let Some(mut hit) = self.held.take().or_else(|| hits.next()) else { return };
        for next in hits {
            self.sort_out(&hit, next.time, take);
            hit = next;
        }
        if self.ended {
            let time = hit.time;
            self.sort_out(&hit, time, take);
        } else {
            self.held = Some(hit);
        }
    }

    /// Hands on a hit, unless it is far out of order. `next`: the time of the hit after it.
    fn sort_out(&mut self, hit: &Hit, next: i64, take: &mut impl FnMut(&Hit)) {
        let latest = self.position.unwrap_or(hit.time);
        self.hits += 1;
        let ran_ahead = hit.time > latest + AHEAD && next <= latest + AHEAD;
        if ran_ahead || (hit.time < latest - DISORDER && !self.whole) {
            self.late += 1;
            return;
        }
        self.position = Some(latest.max(hit.time));
        take(hit);
    }
}
