//! Columns that are called as names are, and may hold people's: `Name`, `Kunde`, `Client`.
//!
//! In: a column's name, and its values. Out: whether they are names of people: two or three capitalised words each, most of
//! them different. An account's name stands in many rows, and so does a campaign's.

use crate::ingest::aliases::normalize;
use crate::ingest::number;
use std::collections::HashSet;

/// Names of such columns, as a whole.
const COLUMNS: [&str; 22] = [
    "name",
    "names",
    "nom",
    "noms",
    "nombre",
    "nombres",
    "mitarbeiter",
    "mitarbeiterin",
    "kunde",
    "kunden",
    "kundin",
    "client",
    "clients",
    "cliente",
    "clientes",
    "customer",
    "customers",
    "employee",
    "empleado",
    "empleada",
    "person",
    "persona",
];
/// Words of firms and of campaigns.
const OTHERS: [&str; 22] = [
    "gmbh", "ag", "kg", "inc", "ltd", "llc", "corp", "co", "sa", "sarl", "sl", "group", "shop", "store", "sale",
    "brand", "generic", "campaign", "kampagne", "search", "exact", "broad",
];

/// Whether a column of this name may hold people's names.
pub(in crate::ingest) fn may_name_people(column: &str) -> bool {
    COLUMNS.contains(&normalize(column).as_str())
}

/// The values of such a column.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Persons {
    seen: usize,
    alike: usize,
    distinct: HashSet<String>,
}

impl Persons {
    /// Sees one value.
    pub(in crate::ingest) fn see(&mut self, value: &str) {
        if !number::is_blank(value) {
            self.seen += 1;
            self.alike += usize::from(is_person(value));
            self.distinct.insert(value.trim().to_lowercase());
        }
    }

    /// Whether most are names of people, and most of them differ; `is_term`: whether a value is a term of the file.
    pub(in crate::ingest) fn are_people(&self, is_term: impl Fn(&str) -> bool) -> bool {
        let terms = self.distinct.iter().filter(|value| is_term(value)).count();
        self.distinct.len() > 1
            && 4 * self.alike >= 3 * self.seen
            && 2 * self.distinct.len() > self.seen
            && 2 * terms < self.distinct.len()
    }
}

/// Whether a text looks like somebody's name: `Jane Doe`, `Doe, Jane`, `J. O'Neil`.
fn is_person(text: &str) -> bool {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let is_name = |word: &&str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase)
            && letters.clone().next().is_some()
            && letters.all(|letter| letter.is_alphabetic() || matches!(letter, '-' | '\'' | '.' | '\u{2019}'))
            && !OTHERS.contains(&word.trim_end_matches('.').to_lowercase().as_str())
    };
    matches!(words.len(), 2 | 3) && words.iter().all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(values: &[&str]) -> bool {
        let mut persons = Persons::default();
        for value in values {
            persons.see(value);
        }
        persons.are_people(|value| value == "oak bed" || value == "pine bed")
    }

    #[test]
    fn names_of_people_are_told_from_those_of_accounts() {
        assert!(people(&["Jane Doe", "John Roe", "Max Muster"]));
        assert!(people(&["Doe, Jane", "J. O'Neil", "Ana Mar\u{ed}a L\u{f3}pez", "", "--"]));
        for values in [
            &["Jane Doe"][..],
            &["Jane Doe", "Jane Doe", "Jane Doe", "John Roe", "John Roe"],
            &["Acme GmbH", "Beta Ltd"],
            &["Oak Bed", "Pine Bed"],
            &["brand", "generic"],
            &["Spring Sale", "Summer Sale"],
            &["Client 1", "Client 2"],
        ] {
            assert!(!people(values), "{values:?}");
        }
        for name in ["Name", "NOM", "Kunde", "Client", "Customer", "Mitarbeiter"] {
            assert!(may_name_people(name), "{name}");
        }
        assert!(!may_name_people("Campaign name") && !may_name_people("Customer ID"));
    }
}
