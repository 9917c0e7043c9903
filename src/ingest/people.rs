//! People in the cells of a row.
//!
//! In: records. Out: the first value that identifies somebody, outside the terms, which are masked; and of each column that
//! is not read whether all its values are card or phone numbers.

use super::aliases::Column;
use super::cell::{Record, Value};
use super::file::File;
use super::number;
use super::privacy::{self, Persons};
use super::rows::Person;
use super::rules::Reader;
use super::schema::Schema;
use super::source::Table;
use std::cell::RefCell;
use std::collections::HashSet;

/// Whether the values of a column are card or phone numbers: one alone may be an id that happens to be written like them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// No value yet.
    Unseen,
    /// All so far: what they are, and the line from which on.
    All(&'static str, u64),
    Not,
}

impl Numbers {
    /// What one value shows.
    pub(super) fn of(text: &str, line: u64) -> Self {
        privacy::numbered(text).map_or(Self::Not, |what| Self::All(what, line))
    }

    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unseen, known) | (known, Self::Unseen) => known,
            (Self::All(what, first), Self::All(other, second)) if what == other => Self::All(what, first.min(second)),
            _ => Self::Not,
        }
    }

    /// What they are and the line of the first, if all values are.
    pub(super) fn first(self) -> Option<(&'static str, u64)> {
        if let Self::All(what, line) = self { Some((what, line)) } else { None }
    }

    pub(super) fn move_down(&mut self, lines: u64) {
        if let Self::All(_, line) = self {
            *line += lines;
        }
    }
}

/// The first column that is called as names are and holds people's, among those that are not read.
pub(super) fn named(file: &File, table: &Table<'_>, schema: &Schema) -> Option<String> {
    let width = schema.names.len() - schema.constants.len();
    let term = schema.position(Column::Term).filter(|&at| at < width);
    let is_open = |&at: &usize| schema.mapped[at].is_none() && privacy::may_name_people(&schema.names[at]);
    (0..width).filter(is_open).find_map(|at| {
        let (persons, terms) = (RefCell::new(Persons::default()), RefCell::new(HashSet::new()));
        table.has(file, at, &|text| {
            persons.borrow_mut().see(text);
            false
        });
        if let Some(term) = term {
            table.has(file, term, &|text| {
                terms.borrow_mut().insert(text.to_lowercase());
                false
            });
        }
        let are_people = persons.borrow().are_people(|value| terms.borrow().contains(value));
        are_people.then(|| schema.names[at].clone())
    })
}

impl Reader<'_> {
    /// Keeps the first value that identifies somebody, outside the terms, which are masked.
    pub(super) fn look_for_people<R: Record>(&mut self, line: u64, record: &R) {
        let plan = self.plan;
        let shown = plan.key[1..].iter().chain(&plan.label).chain(&plan.currency);
        self.look(line, record, shown, |_, text| privacy::wholly_personal(text));
    }

    /// The same in columns that are not read.
    pub(super) fn look_beside<R: Record>(&mut self, line: u64, record: &R) {
        let plan = self.plan;
        self.look(line, record, plan.unread.iter(), |column, text| privacy::beside(text, plan.allowed[column]));
        if let Some(owner) = plan.owner
            && let Value::Text(text) = record.value(owner)
        {
            self.part.owners.see(text);
        }
        self.part.numbered.resize(plan.width, Numbers::Unseen);
        for &column in &plan.unread {
            let numbers = &mut self.part.numbered[column];
            if *numbers != Numbers::Not
                && let Value::Text(text) = record.value(column)
                && !number::is_blank(text)
            {
                *numbers = numbers.and(Numbers::of(text, line));
            }
        }
    }

    fn look<'c, R: Record>(
        &mut self,
        line: u64,
        record: &R,
        columns: impl Iterator<Item = &'c usize>,
        personal: impl Fn(usize, &str) -> Option<&'static str>,
    ) {
        if self.part.person.is_some() {
            return;
        }
        let plan = self.plan;
        let text = |column: usize| if let Value::Text(text) = plan.value(record, column) { text } else { "" };
        let found = columns.copied().find_map(|column| Some((column, personal(column, text(column))?)));
        self.part.person = found.map(|(column, what)| Person { line, column, what });
    }
}
