//! Blocks → hits: what of a log's lines matters.
//!
//! In: blocks of lines. Out: one hit for each page that a person got, with a keyed hash in place of the visitor,
//! and tallies of all that was left out. Addresses and user agents end here: nothing after this step has them, and
//! the key that their hashes hang on lives in memory alone and dies with the run. Pure, so blocks are read in
//! parallel.

use super::address::{self, Searched};
use super::blocks::Block;
use super::engines::Engines;
use super::error::LogError;
use super::line::{Fault, Line, Parser};
use super::robots::is_robot;
use super::sessions::Hashed;
use super::{LogSettings, Purchases};
use crate::ingest::number::{self, Kind, Marks};
use crate::ingest::privacy;
use memchr::memchr_iter;
use siphasher::sip::SipHasher13;
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// User agents whose nature is kept; a log with more is full of invented ones.
const AGENTS: usize = 1 << 16;

/// A page that a person got.
#[derive(Debug)]
pub(super) struct Hit {
    /// Keyed hash of address and user agent.
    pub visitor: u64,
    /// Seconds since 1970 in UTC.
    pub time: i64,
    /// The day on the server's clock, days since the beginning of year 1.
    pub day: i32,
    pub act: Option<Box<Act>>,
}

/// What makes a hit more than a sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// The visitor came from a search.
    Search(String),
    /// The visitor bought.
    Purchase {
        /// Keyed hash of the page's address: the same page again is the same purchase.
        page: u64,
        /// Millionths of the currency; `None` where it cannot be read.
        value: Option<i64>,
    },
}

/// What was seen in some blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Lines that are not blank.
    pub lines: u64,
    /// Lines that cannot be read, by kind, and the first of each.
    pub faults: [(u64, u64); Fault::ALL.len()],
    pub robots: u64,
    pub failed: u64,
    pub not_get: u64,
    pub hidden_terms: u64,
    pub masked: u64,
    pub unvalued: u64,
    /// Least and largest offset of the clock from UTC, seconds.
    pub offsets: Option<(i32, i32)>,
}

impl Tally {
    /// Adds the tally of a later block of the same file.
    pub(super) fn add(&mut self, later: &Self) {
        self.lines += later.lines;
        for ((count, first), (more, line)) in self.faults.iter_mut().zip(later.faults) {
            if *count == 0 {
                *first = line;
            }
            *count += more;
        }
        self.robots += later.robots;
        self.failed += later.failed;
        self.not_get += later.not_get;
        self.hidden_terms += later.hidden_terms;
        self.masked += later.masked;
        self.unvalued += later.unvalued;
        self.offsets = match (self.offsets, later.offsets) {
            (Some((least, most)), Some((less, more))) => Some((least.min(less), most.max(more))),
            (one, other) => one.or(other),
        };
    }

    /// Lines that cannot be read.
    pub(super) fn unread(&self) -> u64 {
        self.faults.iter().map(|(count, _)| count).sum()
    }

    fn fault(&mut self, fault: Fault, line: u64) {
        let (count, first) = &mut self.faults[fault as usize];
        if *count == 0 {
            *first = line;
        }
        *count += 1;
    }
}

/// The hits of a block, in the order of its lines.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub hits: Vec<Hit>,
    pub tally: Tally,
}

/// A key for hashes that nobody else has, from the operating system.
///
/// Source: Aumasson, Bernstein, "`SipHash`: a fast short-input PRF" (2012), with one and three rounds.
#[derive(Clone, Copy)]
pub(super) struct Secret(SipHasher13);

impl Secret {
    /// A new key.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub(super) fn new() -> Result<Self, LogError> {
        let mut key = [0; 16];
        getrandom::fill(&mut key).map_err(|error| LogError::NoKey { problem: error.to_string() })?;
        Ok(Self(SipHasher13::new_with_key(&key)))
    }

    fn of(self, text: &[u8]) -> u64 {
        self.0.hash(text)
    }
}

/// Reads blocks.
pub(super) struct Reader<'s> {
    engines: Engines<'s>,
    purchases: Option<&'s Purchases>,
    secret: Secret,
    parser: Parser,
    /// Whether a user agent, by its keyed hash, is a program's.
    robots: HashMap<u64, bool, BuildHasherDefault<Hashed>>,
    visitor: Vec<u8>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(settings: &'s LogSettings, purchases: Option<&'s Purchases>, secret: Secret) -> Self {
        let (parser, robots, visitor) = (Parser::default(), HashMap::default(), Vec::new());
        let engines = Engines::new(&settings.engines);
        Self { engines, purchases, secret, parser, robots, visitor }
    }

    /// Reads one block.
    pub(super) fn read(&mut self, block: &Block) -> Batch {
        // lines are hardly ever shorter
        const LINE: usize = 128;
        let mut batch = Batch { hits: Vec::with_capacity(block.bytes.len() / LINE), ..Batch::default() };
        if block.skipped {
            batch.tally.lines += 1;
            batch.tally.fault(Fault::Long, block.first_line - 1);
        }
        let (mut start, mut number) = (0, block.first_line);
        for end in memchr_iter(b'\n', &block.bytes).chain([block.bytes.len()]) {
            let line = &block.bytes[start..end];
            (start, number) = (end + 1, number + 1);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            batch.tally.lines += 1;
            match self.parser.parse(line) {
                Ok(line) => self.take(&line, &mut batch),
                Err(fault) => batch.tally.fault(fault, number - 1),
            }
        }
        batch
    }

    fn take(&mut self, line: &Line<'_>, batch: &mut Batch) {
        let tally = &mut batch.tally;
        if line.method != b"GET" {
            tally.not_get += 1;
            return;
        }
        if !(200..400).contains(&line.status) {
            tally.failed += 1;
            return;
        }
        let agent = line.agent.map_or(0, |agent| self.secret.of(agent));
        if line.agent.is_some_and(|text| self.is_robot(agent, text)) {
            tally.robots += 1;
            return;
        }
        let offset = line.time.offset;
        tally.offsets = tally.offsets.map_or(Some((offset, offset)), |(a, b)| Some((a.min(offset), b.max(offset))));
        self.visitor.clear();
        self.visitor.extend(agent.to_le_bytes());
        self.visitor.extend(line.address);
        let visitor = self.secret.of(&self.visitor);
        let before = batch.hits.len();
        let (path, query) = address::split(line.target);
        let purchase = self.purchase(line, path, query, tally);
        let search = self.search(line, query, tally).map(Act::Search);
        for act in search.into_iter().chain(purchase) {
            batch.hits.push(Hit { visitor, time: line.time.utc, day: line.time.day, act: Some(Box::new(act)) });
        }
        if batch.hits.len() == before {
            batch.hits.push(Hit { visitor, time: line.time.utc, day: line.time.day, act: None });
        }
    }

    fn is_robot(&mut self, hash: u64, agent: &[u8]) -> bool {
        if let Some(&known) = self.robots.get(&hash) {
            return known;
        }
        if self.robots.len() >= AGENTS {
            self.robots.clear();
        }
        let robot = is_robot(agent);
        self.robots.insert(hash, robot);
        robot
    }

    /// The masked term of a visit that came from a search. The advertiser's own tag goes before the referrer.
    fn search(&mut self, line: &Line<'_>, query: &[u8], tally: &mut Tally) -> Option<String> {
        let term = match address::tagged(query) {
            Some(term) => term,
            None => match address::searched(line.referrer, &mut self.engines) {
                Searched::Term(term) => term,
                Searched::Hidden => {
                    tally.hidden_terms += 1;
                    return None;
                }
                Searched::Not => return None,
            },
        };
        Some(match privacy::mask(&term) {
            Cow::Borrowed(_) => term,
            Cow::Owned(masked) => {
                tally.masked += 1;
                masked
            }
        })
    }

    fn purchase(&self, line: &Line<'_>, path: &[u8], query: &[u8], tally: &mut Tally) -> Option<Act> {
        let purchases = self.purchases?;
        let begins = path.starts_with(purchases.beginning.as_bytes());
        if !(begins && std::str::from_utf8(path).is_ok_and(|path| purchases.pattern.matches(path))) {
            return None;
        }
        let value = purchases.value.as_ref().and_then(|name| {
            let value = address::parameter(query, name.as_bytes()).and_then(|raw| money(&address::decode(raw)));
            tally.unvalued += u64::from(value.is_none());
            value
        });
        Some(Act::Purchase { page: self.secret.of(line.target), value })
    }
}

/// Millionths of the currency; `49.90`, `1,234.50` and `49,90` are read.
fn money(text: &str) -> Option<i64> {
    let text = text.trim();
    let decimal = text.rsplit_once(',').filter(|(_, cents)| matches!(cents.len(), 1 | 2) && !cents.contains('.'));
    let read = number::parse(text, Kind::Amount, if decimal.is_some() { Marks::Comma } else { Marks::Point });
    // at most 1e18, by the largest amount that is read
    #[allow(clippy::cast_possible_truncation)]
    read.ok().filter(|_| !number::is_blank(text)).map(|value| (value * 1e6).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn amounts_in_addresses() {
        for (text, millionths) in [
            ("49.90", Some(49_900_000)),
            ("49,90", Some(49_900_000)),
            ("1.249,9", Some(1_249_900_000)),
            ("1,249.90", Some(1_249_900_000)),
            ("0", Some(0)),
            ("-5", None),
            ("", None),
            ("free", None),
            ("1e400", None),
        ] {
            assert_eq!(money(text), millionths, "{text}");
        }
    }
}
