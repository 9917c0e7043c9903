//! Accounts that stand in columns named like people's.
//!
//! In: the values of a column such as `Customer ID` or `Client name`. Out: whether they are accounts: an agency's export has
//! one of them, or few, on very many rows, where people would differ from row to row. A column such as `Nutzer` may also
//! count people: then all its values are numbers.

use crate::ingest::number::{self, Shape};
use std::collections::HashMap;

/// Accounts of one file, at most.
const MOST: usize = 20;
/// Rows of each, at least, where there are several.
const ROWS: usize = 10;

/// The values of one column, with how often each occurs.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Accounts {
    rows: HashMap<String, usize>,
    /// Whether a value is a person's, or there are too many.
    refuted: bool,
    /// Whether all values are numbers where numbers are counts.
    counts: bool,
}

impl Accounts {
    /// No values yet; `counts`: whether numbers would be counts of people.
    pub(super) fn new(counts: bool) -> Self {
        Self { counts, ..Self::default() }
    }

    /// Sees one value; whether they may still be accounts, or counts.
    pub(in crate::ingest) fn see(&mut self, value: &str) -> bool {
        let value = value.trim();
        self.counts &= number::is_blank(value) || number::shape_of(value) != Shape::Wrong;
        if value.is_empty() || self.refuted {
            return self.counts || !self.refuted;
        }
        if let Some(rows) = self.rows.get_mut(value) {
            *rows += 1;
        } else if self.rows.len() > MOST || super::personal(value).is_some() {
            self.refuted = true;
        } else {
            self.rows.insert(value.to_owned(), 1);
        }
        self.counts || !self.refuted
    }

    /// Whether the values are counts, or the names or ids of accounts.
    pub(in crate::ingest) fn are_harmless(&self) -> bool {
        self.counts || self.are_accounts()
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

/// The number of an advertising account as the interfaces write it: `123-456-7890`.
fn is_number_of_account(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [3, 3, 4] && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::Accounts;

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
        let counts = |values: &[&str]| {
            let mut accounts = Accounts::new(true);
            for value in values {
                accounts.see(value);
            }
            accounts.are_harmless()
        };
        assert!(counts(&many.iter().map(String::as_str).collect::<Vec<_>>()) && counts(&["1,234", "", "--", "7"]));
        assert!(!counts(&["12", "Jane Doe"]) && !counts(&["Jane Doe", "John Roe"]) && !counts(&["u-17", "u-18"]));
    }
}
