//! Which column of which table is what.
//!
//! In: the names that were typed. Out: for each table its columns by canonical name, the keys beside the term, and the
//! measures. Without a word of the user the columns have their canonical names; where purchases have a table of their
//! own, each of its rows is one, and the events have the rest.

use super::SqlSettings;
use super::error::SqlError;
use crate::ingest::aliases::{Column, nearest, normalize};
use crate::ingest::plan::KEY;
use std::collections::BTreeMap;

use Column as C;

/// Where a table has a canonical column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// In a column.
    Named(String),
    /// In every row, once.
    EachRow,
}

/// One table.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// As typed.
    pub table: String,
    pub columns: BTreeMap<Column, Cell>,
}

/// What all tables have.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub sources: Vec<Source>,
    /// Beside the term, in the order of the key.
    pub keys: Vec<Column>,
    pub measures: Vec<Column>,
}

/// Flags, for messages.
const MAP: &str = "map";
const PURCHASE_MAP: &str = "purchase-map";

const MEASURES: [Column; 5] = [C::Impressions, C::Clicks, C::Cost, C::Conversions, C::Revenue];

/// Whether amounts of a column are in millionths, by its name, as the reader has it.
pub(super) fn in_micros(name: &str) -> bool {
    normalize(name).ends_with("micros")
}

fn is_dimension(column: Column) -> bool {
    column == C::Date || KEY.contains(&column)
}

fn is_of_purchases(column: Column) -> bool {
    matches!(column, C::Conversions | C::Revenue)
}

impl Layout {
    /// Decides what each column is.
    ///
    /// # Errors
    /// A name that is none of the columns, two columns for one, a required column left out.
    pub(super) fn decide(settings: &SqlSettings) -> Result<Self, SqlError> {
        let table = |table: &String, own: &[Column]| Source {
            table: table.clone(),
            columns: own.iter().map(|&column| (column, Cell::Named(column.name().to_owned()))).collect(),
        };
        let mut sources = match &settings.purchases {
            None => vec![table(&settings.events, &[C::Term, C::Date, C::Clicks, C::Cost, C::Conversions, C::Revenue])],
            Some(purchases) => {
                let mut own = table(purchases, &[C::Term, C::Date, C::Revenue]);
                own.columns.insert(C::Conversions, Cell::EachRow);
                vec![table(&settings.events, &[C::Term, C::Date, C::Clicks, C::Cost]), own]
            }
        };
        let last = sources.len() - 1;
        let takes = |number: usize, column: Column| {
            is_dimension(column) || last == 0 || (is_of_purchases(column) == (number == last))
        };
        let map = Mapping::read(MAP, &settings.map)?;
        for (number, source) in sources.iter_mut().enumerate() {
            for (&column, cell) in map.columns.iter().filter(|(column, _)| takes(number, **column)) {
                source.columns.insert(column, cell.clone());
            }
        }
        let own = Mapping::read(PURCHASE_MAP, &settings.purchase_map)?;
        if let Some(&column) = own.columns.keys().find(|&&column| !takes(last, column)) {
            return Err(SqlError::OfEvents { name: column.name() });
        }
        sources[last].columns.extend(own.columns);
        map.leave_out(&mut sources)?;
        own_leave_out(&own.ignored, &mut sources[last])?;
        Self::complete(sources)
    }

    fn complete(sources: Vec<Source>) -> Result<Self, SqlError> {
        let has = |source: &Source, column: &Column| source.columns.contains_key(column);
        for column in [C::Term, C::Date, C::Clicks, C::Conversions] {
            let found = if is_dimension(column) {
                sources.iter().all(|source| has(source, &column))
            } else {
                sources.iter().any(|source| has(source, &column))
            };
            if !found {
                return Err(SqlError::Required { name: column.name() });
            }
        }
        let keys: Vec<Column> =
            KEY[1..].iter().copied().filter(|key| sources.iter().any(|source| has(source, key))).collect();
        if let Some(key) = keys.iter().find(|key| !sources.iter().all(|source| has(source, key))) {
            return Err(SqlError::OneTable { name: key.name() });
        }
        let measures =
            MEASURES.into_iter().filter(|measure| sources.iter().any(|source| has(source, measure))).collect();
        Ok(Self { sources, keys, measures })
    }
}

/// What one flag said.
#[derive(Debug)]
struct Mapping {
    columns: BTreeMap<Column, Cell>,
    /// Source columns that are left out.
    ignored: Vec<String>,
}

impl Mapping {
    fn read(flag: &'static str, pairs: &[(String, String)]) -> Result<Self, SqlError> {
        let mut mapping = Self { columns: BTreeMap::new(), ignored: Vec::new() };
        for (source, target) in pairs {
            if normalize(target) == "ignore" {
                mapping.ignored.push(source.clone());
                continue;
            }
            let column = match Column::from_name(target) {
                // a week is a day of it
                Some(C::Week) => C::Date,
                Some(column) if is_dimension(column) || MEASURES.contains(&column) => column,
                Some(column) => return Err(SqlError::not_summed(flag, source, column.name())),
                None => return Err(SqlError::unknown(flag, source, target, nearest(target), is_canonical(source))),
            };
            let cell = match source.as_str() {
                "*" if matches!(column, C::Impressions | C::Clicks | C::Conversions) => Cell::EachRow,
                "*" => return Err(SqlError::EachRow { name: column.name() }),
                name => Cell::Named(name.to_owned()),
            };
            if mapping.columns.insert(column, cell).is_some() {
                return Err(SqlError::Twice { flag, name: column.name() });
            }
        }
        Ok(mapping)
    }

    /// Takes the columns that are to be ignored out of all tables.
    fn leave_out(&self, sources: &mut [Source]) -> Result<(), SqlError> {
        for name in &self.ignored {
            let mut found = false;
            for source in &mut *sources {
                found |= remove(source, name);
            }
            if !found {
                return Err(SqlError::unused(MAP, name));
            }
        }
        Ok(())
    }
}

fn own_leave_out(ignored: &[String], source: &mut Source) -> Result<(), SqlError> {
    ignored
        .iter()
        .try_for_each(|name| if remove(source, name) { Ok(()) } else { Err(SqlError::unused(PURCHASE_MAP, name)) })
}

/// Takes a column out of a table; whether it was there.
fn remove(source: &mut Source, name: &str) -> bool {
    let before = source.columns.len();
    source.columns.retain(|_, cell| !matches!(cell, Cell::Named(own) if own == name));
    source.columns.len() < before
}

fn is_canonical(name: &str) -> bool {
    Column::from_name(name).is_some()
}
