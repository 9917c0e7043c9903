//! All files of one run, gathered.
//!
//! In: paths, one after another. Out: one part with the rows of all of them, once it is certain that
//! the files can be added up: the same measures, the same key, all dated alike, none twice.

use super::aliases::{Column, normalize};
use super::delimited;
use super::error::{IngestError, list};
use super::file::{File, Kind};
use super::plan::{KEY, Plan};
use super::rows::{Part, Person};
use super::schema::Schema;
use super::{IngestSettings, Ingested, InputFile, MappedColumn, TermUnit, assemble, date, parquet};
use crate::domain::Notes;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Columns that all files of a run have or lack together: the sums and the keys depend on them.
const SHARED: [Column; 11] = [
    Column::MatchType,
    Column::Campaign,
    Column::AdGroup,
    Column::Channel,
    Column::Week,
    Column::Date,
    Column::Impressions,
    Column::Cost,
    Column::Revenue,
    Column::ConversionDate,
    Column::ReportedOn,
];

/// What the files hold so far.
#[derive(Debug)]
pub(super) struct Gathered {
    pub part: Part,
    pub mapping: Vec<MappedColumn>,
    pub files: Vec<InputFile>,
    /// Which of [`KEY`] belong to the key, by configuration.
    allowed: [bool; 5],
    /// The first file's name and which of [`SHARED`] it has.
    first: Option<(String, [bool; SHARED.len()])>,
    /// Which columns the files have, by number.
    present: BTreeSet<Column>,
    fingerprints: BTreeMap<String, String>,
    unused: BTreeSet<String>,
    other_unit: BTreeSet<String>,
}

impl Gathered {
    /// Nothing yet.
    ///
    /// # Errors
    /// A key column that cannot be one.
    pub(super) fn new(settings: &IngestSettings) -> Result<Self, IngestError> {
        let mut allowed =
            [true, settings.key.is_none(), settings.key.is_none(), settings.key.is_none(), settings.key.is_none()];
        for name in settings.key.iter().flatten() {
            let normal = normalize(name);
            match KEY.iter().position(|column| normalize(column.name()) == normal) {
                Some(at) => allowed[at] = true,
                None => return Err(IngestError::UnknownKey { name: name.clone() }),
            }
        }
        Ok(Self {
            part: Part::default(),
            mapping: Vec::new(),
            files: Vec::new(),
            allowed,
            first: None,
            present: BTreeSet::new(),
            fingerprints: BTreeMap::new(),
            unused: BTreeSet::new(),
            other_unit: BTreeSet::new(),
        })
    }

    /// Reads one file.
    ///
    /// # Errors
    /// See [`super::read`]; refused cells are kept until [`Self::finish`].
    pub(super) fn read(&mut self, path: &Path, settings: &IngestSettings) -> Result<(), IngestError> {
        let file = File::open(path)?;
        if let Some(first) = self.fingerprints.insert(file.sha256.clone(), file.name.clone()) {
            return Err(IngestError::SameContent { first, second: file.name });
        }
        let as_of = settings.as_of.map(date::number);
        let before = self.mapping.len();
        let part = match file.kind {
            Kind::Text => {
                let text = file.text()?;
                let header = delimited::header(text);
                let schema = self.decide(&file, header.names.clone(), settings)?;
                // where semicolons separate cells, a comma between digits is usually a decimal comma
                let plan = Plan::new(&file.name, &schema, self.allowed, as_of, header.separator != b';');
                delimited::read(text, &header, &plan)
            }
            Kind::Parquet => {
                let schema = self.decide(&file, parquet::names(&file)?, settings)?;
                let plan = Plan::new(&file.name, &schema, self.allowed, as_of, true);
                parquet::read(&file, &plan)?
            }
        };
        if let Some(Person { line, column, what }) = part.person {
            let (file, column) = (file.name, self.mapping[before + column].column.clone());
            return Err(IngestError::Personal { file, line, column, what });
        }
        if part.records == 0 {
            return Err(IngestError::HeaderOnly { file: file.name });
        }
        let mut part = part;
        if settings.exports && !self.has(Column::ReportedOn) {
            part.report_on_last_day(as_of);
        }
        self.files.push(InputFile {
            path: file.name,
            sha256: file.sha256,
            rows: part.records,
            bytes: file.bytes.len() as u64,
        });
        self.part.merge(part, 0);
        let limit = u64::from(u32::MAX);
        if self.part.records >= limit { Err(IngestError::TooManyRows { limit }) } else { Ok(()) }
    }

    fn decide(&mut self, file: &File, names: Vec<String>, settings: &IngestSettings) -> Result<Schema, IngestError> {
        let schema = Schema::decide(&file.name, names, settings)?;
        let has = SHARED.map(|column| schema.position(column).is_some());
        match &self.first {
            None => self.first = Some((file.name.clone(), has)),
            Some((first, had)) => {
                if let Some(at) = (0..SHARED.len()).find(|&at| has[at] != had[at]) {
                    let (with, without) = if has[at] { (&file.name, first) } else { (first, &file.name) };
                    let column = SHARED[at].name();
                    return Err(IngestError::ColumnsDiffer { column, with: with.clone(), without: without.clone() });
                }
            }
        }
        for (column, mapped) in schema.names.iter().zip(&schema.mapped) {
            self.mapping.push(MappedColumn {
                file: file.name.clone(),
                column: column.clone(),
                mapped_to: mapped.map(Column::name),
            });
            self.present.extend(*mapped);
        }
        self.unused.extend(schema.unused.iter().cloned());
        if schema.other_unit {
            self.other_unit.insert(file.name.clone());
        }
        Ok(schema)
    }

    /// Whether the files have a column.
    pub(super) fn has(&self, column: Column) -> bool {
        match SHARED.iter().position(|&shared| shared == column) {
            Some(at) => self.first.as_ref().is_some_and(|(_, has)| has[at]),
            None => self.present.contains(&column),
        }
    }

    /// Which of [`KEY`] are part of the term key.
    pub(super) fn key(&self) -> [bool; 5] {
        let mut key = self.allowed;
        for (is_key, &column) in key.iter_mut().zip(&KEY) {
            *is_key &= self.has(column);
        }
        key
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// No file, cells that were refused, several currencies, a mapping that was never used.
    pub(super) fn finish(mut self, settings: &IngestSettings) -> Result<Ingested, IngestError> {
        if self.files.is_empty() {
            return Err(IngestError::NoInput);
        }
        for source in settings.map.keys() {
            let normal = normalize(source);
            if !self.mapping.iter().any(|mapped| normalize(&mapped.column) == normal) {
                return Err(IngestError::UnknownSource { column: source.clone() });
            }
        }
        if self.part.refused_total > 0 {
            let refused = std::mem::take(&mut self.part.refused);
            return Err(IngestError::Refused { refused, total: self.part.refused_total });
        }
        if self.part.currencies.len() > 1 {
            let currencies = self.part.currencies.into_keys().collect();
            return Err(IngestError::Currencies { currencies });
        }
        let notes = self.notes(settings.unit);
        assemble::assemble(self, notes, settings)
    }

    /// What the headers call for.
    fn notes(&self, unit: TermUnit) -> Notes {
        let mut notes = Notes::default();
        let unused: Vec<&String> = self.unused.iter().collect();
        notes.add("unused-column", unused.len(), format!("recognized but not used: {}", list(&unused)));
        let wanted = match unit {
            TermUnit::Keyword => "keyword",
            TermUnit::SearchTerm => "search term",
        };
        let message = format!("no column for the {wanted}; the terms are what the file has instead");
        notes.add("other-unit", self.other_unit.len(), message);
        notes
    }
}
