//! Accounts that stand in columns named like people's.
//!
//! In: the values of a column such as `Customer ID` or `Client name`. Out: whether they are accounts: an agency's export has
//! one of them, or few, on very many rows, where people would differ from row to row.

use std::collections::HashMap;

/// Accounts of one file, at most.
const MOST: usize = 20;
/// Rows of each, at least, where there are several.
const ROWS: usize = 10;

/// Whether the values of a column are the names or ids of accounts.
pub(in crate::ingest) fn is_account(values: impl Iterator<Item = String>) -> bool {
    let mut rows: HashMap<String, usize> = HashMap::new();
    for value in values.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) {
        if super::personal(&value).is_some() || rows.len() > MOST {
            return false;
        }
        *rows.entry(value).or_default() += 1;
    }
    let written = rows.keys().all(|value| is_number_of_account(value));
    match rows.len() {
        0 => true,
        1 => written || rows.values().all(|&rows| rows > 1),
        2..=MOST => written || rows.values().all(|&rows| rows >= ROWS),
        _ => false,
    }
}

/// The number of an advertising account as the interfaces write it: `123-456-7890`.
fn is_number_of_account(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [3, 3, 4] && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::is_account;

    #[test]
    fn accounts_are_few_and_people_are_many() {
        let is = |values: &[&str]| is_account(values.iter().map(ToString::to_string));
        assert!(is(&["123-456-7890"]) && is(&["Acme", "Acme", ""]) && is(&["123-456-7890", "123-456-7891"]));
        assert!(is(&["A"; 10].into_iter().chain(["B"; 10]).collect::<Vec<_>>()));
        assert!(!is(&["55"]) && !is(&["1", "2"]) && !is(&["1", "1", "2", "2"]));
        let many: Vec<String> = (0..30).map(|number| number.to_string()).collect();
        assert!(!is_account(many.iter().cycle().take(3000).cloned()));
        assert!(!is(&["jane@example.com", "jane@example.com"]));
    }
}
