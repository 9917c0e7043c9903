//! Hits → visits: who came how often, without knowing who.
//!
//! In: hits in any order within the disorder that logs have. Out: visits, each with the term that the visitor came
//! with first and what was bought after it. A session is a chain of hits with no pause longer than the window; as
//! chains grow and join the same whatever order their hits come in, so do the visits. What is in memory are the
//! sessions that a hit still to come could belong to.

use super::hits::{Act, Hit};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

/// A session that has ended, with a search in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// Keyed hash.
    pub visitor: u64,
    pub term: u32,
    /// Day of the search, as in [`Hit::day`].
    pub day: i32,
    /// Purchases after the search.
    pub purchases: u64,
    /// What they were worth, millionths of the currency.
    pub value: i128,
}

/// One chain of hits.
#[derive(Debug)]
struct Session {
    first: i64,
    last: i64,
    /// What was done in it beside looking at pages, as in few.
    acts: Option<Box<Acts>>,
}

#[derive(Debug, Default)]
struct Acts {
    /// Time, day and term of the earliest search.
    search: Option<(i64, i32, u32)>,
    /// By page: time of the first, and its value.
    purchases: BTreeMap<u64, (i64, i64)>,
}

/// The sessions of a visitor that are open; nearly always one.
#[derive(Debug)]
struct Visitor {
    session: Session,
    others: Vec<Session>,
}

/// Terms by number, each text once.
#[derive(Debug, Default)]
pub(super) struct Terms {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Terms {
    /// The number of a text.
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        // far more texts than memory holds
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.into(), number);
        self.texts.push(text.into());
        number
    }

    /// The texts, by number.
    pub(super) fn into_texts(self) -> Vec<Box<str>> {
        self.texts
    }
}

/// Sessions that are not looked through for ended ones.
const FEW: usize = 1 << 14;

/// Sessions that are still open.
#[derive(Debug)]
pub(super) struct Sessions {
    /// Longest pause within a session, seconds.
    window: i64,
    open: HashMap<u64, Visitor, BuildHasherDefault<Hashed>>,
    /// Sessions begun since those that had ended were closed, and those that were left then.
    begun: usize,
    left: usize,
    pub terms: Terms,
    /// Purchases in sessions without a search, or before it.
    pub uncredited: u64,
}

impl Sessions {
    pub(super) fn new(window: i64) -> Self {
        Self { window, open: HashMap::default(), begun: 0, left: 0, terms: Terms::default(), uncredited: 0 }
    }

    /// Takes in one hit.
    pub(super) fn take(&mut self, hit: &Hit) {
        let session = match self.open.entry(hit.visitor) {
            Entry::Vacant(place) => {
                self.begun += 1;
                &mut place.insert(Visitor { session: Session::at(hit.time), others: Vec::new() }).session
            }
            Entry::Occupied(place) => {
                let visitor = place.into_mut();
                let before = visitor.others.len();
                let at = visitor.find(hit.time, self.window, &self.terms);
                self.begun += usize::from(visitor.others.len() > before);
                visitor.at(at)
            }
        };
        session.first = session.first.min(hit.time);
        session.last = session.last.max(hit.time);
        match hit.act.as_deref() {
            None => {}
            Some(Act::Search(term)) => {
                let term = self.terms.number(term);
                session.acts().search((hit.time, hit.day, term), &self.terms);
            }
            Some(&Act::Purchase { page, value }) => session.acts().purchase(page, hit.time, value.unwrap_or(0)),
        }
    }

    /// Whether so many sessions were begun that those that have ended should be closed: often enough to bound the
    /// memory, and so seldom that each session is looked at a few times.
    pub(super) fn are_many(&self) -> bool {
        self.begun > self.left.max(FEW)
    }

    /// Ends all sessions that no hit from `time` on could belong to; all of them for `None`.
    pub(super) fn close(&mut self, time: Option<i64>, mut visit: impl FnMut(Visit)) {
        let (window, uncredited) = (self.window, &mut self.uncredited);
        let mut goes_on = |visitor: u64, session: &Session| {
            let open = time.is_some_and(|time| session.last + window >= time);
            if !open {
                *uncredited += session.end(visitor, &mut visit);
            }
            open
        };
        let mut left = 0;
        self.open.retain(|&number, visitor| {
            visitor.others.retain(|session| goes_on(number, session));
            if !goes_on(number, &visitor.session) {
                match visitor.others.pop() {
                    Some(other) => visitor.session = other,
                    None => return false,
                }
            }
            left += 1 + visitor.others.len();
            true
        });
        (self.begun, self.left) = (0, left);
    }

    /// Whether more sessions are open than so many; counted only when they may be.
    pub(super) fn are_more_than(&mut self, most: usize) -> bool {
        if self.begun + self.left <= most {
            return false;
        }
        // those that became one are no longer two
        (self.begun, self.left) = (0, self.open());
        // a few less, or they would be counted again at once
        self.left > most - most / 8
    }

    /// Drops the sessions of all visitors above a number, as if they had not been seen.
    pub(super) fn forget_above(&mut self, last: u64) {
        self.open.retain(|&visitor, _| visitor <= last);
        self.open.shrink_to_fit();
        (self.begun, self.left) = (0, self.open());
    }

    /// How many sessions are open.
    pub(super) fn open(&self) -> usize {
        self.open.values().map(|visitor| 1 + visitor.others.len()).sum()
    }
}

impl Visitor {
    /// The place of the session that a moment belongs to, 0 for the first: one that it is near to, two that it makes
    /// one, or a new one.
    fn find(&mut self, time: i64, window: i64, terms: &Terms) -> usize {
        let near = |session: &Session| time >= session.first - window && time <= session.last + window;
        let from = if near(&self.session) {
            0
        } else if let Some(at) = self.others.iter().position(near) {
            at + 1
        } else {
            self.others.push(Session::at(time));
            return self.others.len();
        };
        if let Some(other) = self.others[from..].iter().position(near) {
            let other = self.others.swap_remove(from + other);
            self.at(from).join(other, terms);
        }
        from
    }

    fn at(&mut self, place: usize) -> &mut Session {
        match place.checked_sub(1) {
            None => &mut self.session,
            Some(other) => &mut self.others[other],
        }
    }
}

impl Session {
    fn at(time: i64) -> Self {
        Self { first: time, last: time, acts: None }
    }

    fn acts(&mut self) -> &mut Acts {
        self.acts.get_or_insert_default()
    }

    fn join(&mut self, other: Self, terms: &Terms) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        let Some(acts) = other.acts else { return };
        if let Some(search) = acts.search {
            self.acts().search(search, terms);
        }
        for (page, (time, value)) in acts.purchases {
            self.acts().purchase(page, time, value);
        }
    }

    /// Tells the visit, if it is one; answers how many purchases belong to none.
    fn end(&self, visitor: u64, visit: &mut impl FnMut(Visit)) -> u64 {
        let Some(Acts { search, purchases: all }) = self.acts.as_deref() else { return 0 };
        let Some((time, day, term)) = *search else {
            return all.len() as u64;
        };
        let after = || all.values().filter(|(bought, _)| *bought >= time);
        let purchases = after().count() as u64;
        let value = after().map(|&(_, value)| i128::from(value)).sum();
        visit(Visit { visitor, term, day, purchases, value });
        all.len() as u64 - purchases
    }
}

impl Acts {
    /// Keeps the earliest search; of two at once the one whose text comes first, whatever their numbers.
    fn search(&mut self, new: (i64, i32, u32), terms: &Terms) {
        let rank = |(time, day, term): (i64, i32, u32)| (time, &terms.texts[term as usize], day);
        if self.search.is_none_or(|old| rank(new) < rank(old)) {
            self.search = Some(new);
        }
    }

    fn purchase(&mut self, page: u64, time: i64, value: i64) {
        let first = self.purchases.entry(page).or_insert((time, value));
        first.0 = first.0.min(time);
    }
}

/// Keys that are hashes already.
#[derive(Debug, Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 << 8) | u64::from(byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(time: i64, act: Option<Act>) -> Hit {
        Hit { visitor: 7, time, day: 735_000, act: act.map(Box::new) }
    }

    fn search(time: i64, term: &str) -> Hit {
        hit(time, Some(Act::Search(term.to_owned())))
    }

    fn bought(time: i64, page: u64, value: i64) -> Hit {
        hit(time, Some(Act::Purchase { page, value: Some(value) }))
    }

    /// Term, purchases and value of each visit, sorted; and the purchases of none.
    fn visits(hits: &[&Hit]) -> (Vec<(String, u64, i128)>, u64) {
        let mut sessions = Sessions::new(1800);
        for hit in hits {
            sessions.take(hit);
        }
        let mut ended = Vec::new();
        sessions.close(None, |visit| ended.push(visit));
        let uncredited = sessions.uncredited;
        let texts = sessions.terms.into_texts();
        let mut visits: Vec<(String, u64, i128)> =
            ended.into_iter().map(|v| (texts[v.term as usize].to_string(), v.purchases, v.value)).collect();
        visits.sort();
        (visits, uncredited)
    }

    #[test]
    fn a_pause_of_the_window_goes_on_and_a_second_more_ends() {
        let (a, b, late) = (search(0, "a"), search(1800, "b"), search(1801, "b"));
        assert_eq!(visits(&[&a, &b]).0, [("a".to_owned(), 0, 0)], "the first search is the visit's");
        assert_eq!(visits(&[&a, &late]).0, [("a".to_owned(), 0, 0), ("b".to_owned(), 0, 0)]);
        // a page in between carries it on
        assert_eq!(visits(&[&a, &late, &hit(900, None)]).0, [("a".to_owned(), 0, 0)]);
    }

    #[test]
    fn purchases_belong_to_the_search_before_them() {
        let hits = [bought(-60, 1, 5), search(0, "a"), bought(60, 2, 7), bought(90, 2, 7), bought(100, 3, 1)];
        assert_eq!(visits(&hits.iter().collect::<Vec<_>>()), (vec![("a".to_owned(), 2, 8)], 1));
        assert_eq!(visits(&[&bought(0, 1, 5)]), (vec![], 1));
        // a page that was first seen before the search was bought before it
        let again = [bought(-60, 1, 5), search(0, "a"), bought(60, 1, 5)];
        assert_eq!(visits(&again.iter().collect::<Vec<_>>()), (vec![("a".to_owned(), 0, 0)], 1));
    }

    #[test]
    fn the_order_of_hits_does_not_matter() {
        let hits =
            [search(0, "b"), search(0, "a"), hit(1700, None), bought(3400, 1, 9), search(3500, "c"), search(9000, "d")];
        let expected = visits(&hits.iter().collect::<Vec<_>>());
        assert_eq!(expected.0, [("a".to_owned(), 1, 9), ("d".to_owned(), 0, 0)]);
        let mut order: Vec<usize> = (0..hits.len()).collect();
        // Heap's algorithm: all 720 orders
        let mut counters = vec![0; order.len()];
        let mut at = 0;
        while at < order.len() {
            if counters[at] < at {
                order.swap(if at % 2 == 0 { 0 } else { counters[at] }, at);
                assert_eq!(visits(&order.iter().map(|&index| &hits[index]).collect::<Vec<_>>()), expected, "{order:?}");
                counters[at] += 1;
                at = 0;
            } else {
                counters[at] = 0;
                at += 1;
            }
        }
    }

    #[test]
    fn ended_sessions_are_looked_for_now_and_then() {
        let mut sessions = Sessions::new(1800);
        let (mut ended, mut searches) = (0, 0);
        for time in 0..1_000_000_i64 {
            sessions.take(&Hit { visitor: time.unsigned_abs(), ..search(time, "a") });
            if sessions.are_many() {
                sessions.close(Some(time), |_| ended += 1);
                searches += 1;
            }
            assert!(time % 1000 > 0 || sessions.open() <= FEW + 1802, "{}", sessions.open());
        }
        assert!(ended > 900_000 && searches < 70, "{ended} {searches}");
    }

    #[test]
    fn memory_is_bounded_by_the_window() {
        let mut sessions = Sessions::new(1800);
        let mut ended = 0;
        for time in 0..100_000_i64 {
            sessions.take(&Hit { visitor: time.unsigned_abs(), ..search(time, "a") });
            if time % 1000 == 0 {
                sessions.close(Some(time), |_| ended += 1);
                assert!(sessions.open() <= 2801, "{}", sessions.open());
            }
        }
        sessions.close(None, |_| ended += 1);
        assert_eq!(ended, 100_000);
    }
}
