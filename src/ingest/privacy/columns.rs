//! Names of columns that identify people, in English, German, French and Spanish.
//!
//! In: a column's name. Out: whether it identifies people. Names are compared without case, accents, spaces and
//! punctuation. A word for a name that may be a campaign's (`Name`, `Nom`, `Nombre`) does not.

use super::account::{Accounts, Counted};
use super::names::{
    ACCOUNTS, COUNTED, COUNTED_WAYS, ENDS, FIRST, ID_FIRST, ID_WORDS, NAME_OF, NAMES, OF, ORDERED, OWNERS, OWNERS_LAST,
    PEOPLE, PERSONS, REACH, REACHED, REFERENCES, WHOLE,
};
use super::personal;
use crate::ingest::aliases::normalize;

/// Whether a column of this name may be the account's, which its values tell.
pub(in crate::ingest) fn may_be_account(column: &str) -> bool {
    ACCOUNTS.contains(&plain(column).as_str())
}

/// What tells from its values whether a column of this name is of people, if they tell it; `ignored`: whether the user
/// leaves it out.
pub(in crate::ingest) fn judged(column: &str, ignored: bool) -> Option<Accounts> {
    let counted = counted(column);
    (counted != Counted::Nothing || may_be_account(column)).then(|| Accounts::new(counted, ignored))
}

/// Whether the user may say that a column of this name is nobody's.
pub(in crate::ingest) fn may_be_vouched(column: &str) -> bool {
    counted(column) == Counted::Ways
}

/// Whether a column of this name may count people.
pub(in crate::ingest) fn may_count_people(column: &str) -> bool {
    counted(column) == Counted::People
}

/// What a column of this name may count, beside being of people.
fn counted(column: &str) -> Counted {
    let name = plain(column);
    if COUNTED.contains(&name.as_str()) {
        Counted::People
    } else if COUNTED_WAYS.contains(&name.as_str()) {
        Counted::Ways
    } else {
        Counted::Nothing
    }
}

/// Whether a column of this name holds versions, which are written like addresses of machines.
pub(in crate::ingest) fn holds_versions(column: &str) -> bool {
    let lower = column.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| word.starts_with("version") || (word.ends_with("version") && !word.ends_with("conversion")))
}

/// A table's columns that identify people. In tables of Google Ads' own names `customer_id` is the
/// account; elsewhere `is_account` tells it from the values of a column, given its number: that they are accounts or counts.
pub(in crate::ingest) fn identifying<'n>(names: &'n [String], is_account: &dyn Fn(usize) -> bool) -> Vec<&'n String> {
    let metric = |name: &String| {
        let name = name.trim().to_ascii_lowercase();
        name.starts_with("metrics") || name.ends_with("cost_micros")
    };
    let is_report = names.iter().any(metric);
    let is_counted = |name: &str| counted(name) != Counted::Nothing;
    let is_own = |at: usize, name: &str| {
        (is_report && normalize(name) == "customerid") || ((may_be_account(name) || is_counted(name)) && is_account(at))
    };
    let found = |&(at, name): &(usize, &String)| {
        ((identifies(name) || is_counted(name)) && !is_own(at, name)) || personal(name).is_some()
    };
    names.iter().enumerate().filter(found).map(|(_, name)| name).collect()
}

/// A name without the number that tells several of one kind apart: `Customer name 2`.
fn unnumbered(name: &str) -> &str {
    name.trim_end_matches(|letter: char| letter.is_ascii_digit())
}

fn plain(column: &str) -> String {
    // the raised letters of `N\u{ba}` and the like say nothing
    normalize(column).chars().filter(|letter| !matches!(letter, '\u{aa}' | '\u{ba}')).map(without_accent).collect()
}

/// Whether a column of this name identifies people.
fn identifies(column: &str) -> bool {
    let name = plain(column);
    let id_of = |owner: &str| name.strip_prefix(owner).is_some_and(|rest| ID_WORDS.contains(&rest));
    let id_before = |owner: &str| name.strip_suffix(owner).is_some_and(|rest| ID_FIRST.contains(&rest));
    let contact_of = |owner: &str| name.strip_prefix(owner).is_some_and(|rest| WHOLE.contains(&rest));
    let reached = |way: &str| {
        let beside = name.strip_prefix(way).or_else(|| name.strip_suffix(way));
        // several of one person are numbered
        beside.is_some_and(|word| REACHED.contains(&word))
            || name.strip_prefix(way).is_some_and(|number| matches!(number.as_bytes(), [b'0'..=b'9']))
    };
    WHOLE.contains(&name.as_str())
        || REACH.iter().any(|way| reached(way))
        || OWNERS.iter().any(|owner| id_of(owner) || contact_of(owner))
        || PEOPLE.iter().any(|owner| id_of(owner) || contact_of(owner) || id_before(owner))
        || OWNERS_LAST.iter().any(|owner| id_before(owner))
        || ENDS.iter().any(|end| name.ends_with(end))
        || NAME_OF.contains(&unnumbered(&name))
        || is_named(unnumbered(&name))
        || is_of_person(&name)
        || is_order(&name)
}

/// `Passenger name`, `Name of the second guest` apart: a person and a name, whatever stands before them.
fn is_named(name: &str) -> bool {
    let owner = |rest: &str| {
        // `customer's name`
        let bare = rest.strip_suffix('s').unwrap_or(rest);
        PEOPLE.iter().any(|person| rest.ends_with(person) || bare.ends_with(person))
    };
    let people = || PEOPLE.iter().chain(&PERSONS).chain(&FIRST).copied();
    // `Name Kunde`, `nom_client`
    let behind = |rest: &str| people().any(|person| rest == person);
    NAMES.iter().chain(&["id"]).filter_map(|word| name.strip_suffix(word)).any(owner)
        || NAMES.iter().filter_map(|word| name.strip_prefix(word)).any(behind)
}

/// Something of a person, who stands behind it: `E-Mail-Adresse des Kunden`.
fn is_of_person(name: &str) -> bool {
    let own = |thing: &str| NAMES.contains(&thing) || ID_WORDS.contains(&thing) || WHOLE.contains(&thing);
    let of = |rest: &str| OF.iter().filter_map(|of| rest.strip_suffix(of)).any(own);
    PERSONS.iter().chain(PEOPLE).filter_map(|person| name.strip_suffix(person)).any(of)
}

/// The number of what one person ordered: `Booking reference`, `Numéro de réservation`.
fn is_order(name: &str) -> bool {
    let is_reference = |rest: &str| REFERENCES.contains(&rest);
    let before = |rest: &str| is_reference(rest) || OF.iter().filter_map(|of| rest.strip_suffix(of)).any(is_reference);
    ORDERED
        .iter()
        .any(|order| name.strip_prefix(order).is_some_and(is_reference) || name.strip_suffix(order).is_some_and(before))
}

fn without_accent(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' => 'o',
        'ù' | 'ú' | 'û' => 'u',
        other => other,
    }
}

#[cfg(test)]
mod tests;
