//! Accounts that stand in columns named like people's.
//!
//! In: the values of a column such as `Customer ID` or `Client name`. Out: whether they are accounts: an agency's export has
//! one of them, or few, on very many rows, where people would differ from row to row. A column such as `Nutzer` may also
//! count people, and one such as `Mobile` what came by that way: then all its values are counts, and a count has fewer
//! digits than a phone number. What the user says to ignore may also be a few words, such as `yes` and `no`.

use crate::ingest::number::{self, Shape};
use std::collections::HashMap;

/// Accounts of one file, at most.
const MOST: usize = 20;
/// Rows of each, at least, where there are several.
const ROWS: usize = 10;

/// Digits of a count in one piece where the column may hold phone numbers or ids of browsers, at most.
const DIGITS: usize = 6;
/// The same where the user leaves the column out.
const DIGITS_IGNORED: usize = 8;
/// People are numbered from so many digits on: of those who searched for a term, most are fewer.
const DIGITS_OF_ID: usize = 7;
/// The same where the user leaves the column out: of no term there are hundreds of millions.
const DIGITS_OF_ID_IGNORED: usize = 9;
/// What stands for no count.
const NO_COUNT: [&str; 6] = ["n/a", "#n/a", "na", "nan", "none", "n.a."];

/// What numbers in a column may count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Counted {
    /// Nothing: they are ids.
    #[default]
    Nothing,
    /// People.
    People,
    /// What came by a device or a way to reach people, whose own numbers are longer.
    Ways,
}

/// The values of one column, with how often each occurs.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Accounts {
    rows: HashMap<String, usize>,
    /// Whether a value is a person's, or there are too many.
    refuted: bool,
    counted: Counted,
    /// Whether all values are counts.
    counts: bool,
    /// Values, and those of them that are as long as the numbers that people have.
    seen: usize,
    long: usize,
    /// Whether the user leaves the column out.
    ignored: bool,
}

impl Accounts {
    /// No values yet; `ignored`: whether the user leaves the column out.
    pub(super) fn new(counted: Counted, ignored: bool) -> Self {
        Self { counted, counts: counted != Counted::Nothing, ignored, ..Self::default() }
    }

    /// Whether the user says that a few words are nobody's.
    fn is_vouched(&self) -> bool {
        self.ignored && self.counted == Counted::Ways
    }

    /// Sees one value; whether they may still be accounts, or counts.
    pub(in crate::ingest) fn see(&mut self, value: &str) -> bool {
        let value = value.trim();
        self.counts = self.counts && self.is_count(value);
        if self.counts && !number::is_blank(value) {
            let least = if self.ignored { DIGITS_OF_ID_IGNORED } else { DIGITS_OF_ID };
            self.seen += 1;
            self.long += usize::from(digits_in_one_piece(value) >= least);
        }
        if value.is_empty() || self.refuted {
            return self.counts || !self.refuted;
        }
        if let Some(rows) = self.rows.get_mut(value) {
            *rows += 1;
        } else if self.rows.len() > MOST || self.is_personal(value) {
            self.refuted = true;
        } else {
            self.rows.insert(value.to_owned(), 1);
        }
        self.counts || !self.refuted
    }

    fn is_count(&self, value: &str) -> bool {
        if number::is_blank(value) || NO_COUNT.iter().any(|none| value.eq_ignore_ascii_case(none)) {
            return true;
        }
        // thousands and millions
        let number = value.strip_suffix(['k', 'K', 'm', 'M']).unwrap_or(value).trim_end();
        let short = || {
            let digits = number.split(['.', ',']).next().unwrap_or_default();
            let most = if self.is_vouched() { DIGITS_IGNORED } else { DIGITS };
            digits.len() <= most && (digits == "0" || !digits.starts_with('0'))
        };
        number::shape_of(number) != Shape::Wrong && (self.counted != Counted::Ways || short())
    }

    fn is_personal(&self, value: &str) -> bool {
        // a phone number without its leading zero
        let long = || value.len() > DIGITS_IGNORED && value.bytes().all(|byte| byte.is_ascii_digit());
        super::personal(value).is_some()
            || (self.counted == Counted::Ways && (long() || super::numbered(value).is_some()))
    }

    /// Whether the values are counts, or the names or ids of accounts.
    pub(in crate::ingest) fn are_harmless(&self) -> bool {
        (self.counts && !self.are_ids())
            || self.are_accounts()
            || (self.is_vouched() && !self.refuted && self.rows.len() <= MOST)
    }

    /// Whether numbers are those that people have: most of them long, as counts of people by term never are.
    fn are_ids(&self) -> bool {
        2 * self.long > self.seen
    }

    fn are_accounts(&self) -> bool {
        let rows = &self.rows;
        let written = rows.keys().all(|value| is_number_of_account(value));
        let are = match rows.len() {
            0 => true,
            1 => written || rows.values().all(|&rows| rows > 1),
            2..=MOST => written || rows.values().all(|&rows| rows >= ROWS),
            _ => false,
        };
        are && !self.refuted
    }
}

/// Digits of a whole number in one piece, which counts in the millions seldom are; also of one that a spreadsheet or a
/// program of statistics has written its own way, `1.23E+09` or `1234567.0`.
fn digits_in_one_piece(value: &str) -> usize {
    let whole = value.strip_suffix(".0").unwrap_or(value);
    if whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return whole.len();
    }
    let exponent = value.split_once(['e', 'E']).and_then(|(_, exponent)| exponent.parse::<usize>().ok());
    exponent.map_or(0, |exponent| exponent.saturating_add(1))
}

/// The number of an advertising account as the interfaces write it: `123-456-7890`.
fn is_number_of_account(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [3, 3, 4] && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::{Accounts, Counted};

    #[test]
    fn accounts_are_few_and_people_are_many() {
        let is = |values: &[&str]| {
            let mut accounts = Accounts::default();
            for value in values {
                accounts.see(value);
            }
            accounts.are_accounts()
        };
        assert!(is(&["123-456-7890"]) && is(&["Acme", "Acme", ""]) && is(&["123-456-7890", "123-456-7891"]));
        assert!(is(&["A"; 10].into_iter().chain(["B"; 10]).collect::<Vec<_>>()));
        assert!(!is(&["55"]) && !is(&["1", "2"]) && !is(&["1", "1", "2", "2"]));
        let many: Vec<String> = (0..30).map(|number| number.to_string()).collect();
        assert!(!is(&many.iter().cycle().take(3000).map(String::as_str).collect::<Vec<_>>()));
        assert!(!is(&["jane@example.com", "jane@example.com"]));
        let counts = |values: &[&str]| harmless(Counted::People, false, values);
        assert!(counts(&many.iter().map(String::as_str).collect::<Vec<_>>()) && counts(&["1,234", "", "--", "7"]));
        assert!(counts(&["n/a", "1.2K", "3", "NaN", "4 M", "12345678"]));
        assert!(
            !counts(&["10482211.0", "10482212.0"])
                && !counts(&["10482211", "10482212", ""])
                && !counts(&["1.23E+09", "1.048E+07", "7"])
                && !counts(&["10482211", "10482212", "482"])
                && counts(&["10482211", "482"])
                && counts(&["1.2E+03", "4"])
                && counts(&["1,048,221"])
        );
        assert!(!counts(&["12", "Jane Doe"]) && !counts(&["Jane Doe", "John Roe"]) && !counts(&["u-17", "u-18"]));
    }

    fn harmless(counted: Counted, ignored: bool, values: &[&str]) -> bool {
        let mut accounts = Accounts::new(counted, ignored);
        for value in values {
            accounts.see(value);
        }
        accounts.are_harmless()
    }

    #[test]
    fn ways_to_reach_people_are_counted_and_not_listed() {
        let counts = |values: &[&str]| harmless(Counted::Ways, false, values);
        for values in [["0", "7"], ["1,234,567", "12.0"], ["n/a", "999999"], ["0.5", ""], ["12%", "1.2K"]] {
            assert!(counts(&values), "{values:?}");
        }
        let people = [
            ["01701234567", "01701234568"],
            ["1701234567", "1701234568"],
            ["555-234-5678", "7"],
            ["jane@example.com", "7"],
            ["Jane Doe", "7"],
            ["0170", "7"],
            ["+49", "491711234567.0"],
        ];
        for values in people {
            assert!(!counts(&values), "{values:?}");
        }
        let ignored = |values: &[&str]| harmless(Counted::Ways, true, values);
        assert!(!counts(&["yes", "no"]) && ignored(&["yes", "no"]) && ignored(&["1234567", "x"]));
        for values in &people[..4] {
            assert!(!ignored(values), "{values:?}");
        }
        let many: Vec<String> = (0..30).map(|number| format!("name {number}")).collect();
        assert!(!ignored(&many.iter().map(String::as_str).collect::<Vec<_>>()));
        assert!(!harmless(Counted::People, true, &["Jane Doe", "John Roe"]));
        // counts in the millions, which the user leaves out; nobody has hundreds of millions
        assert!(harmless(Counted::People, true, &["10482211", "4482211"]));
        assert!(!harmless(Counted::People, true, &["1048221133", "1048221134"]));
    }
}
