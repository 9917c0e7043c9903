//! All files of one run, gathered.
//!
//! In: paths, one after another. Out: one part with the rows of all of them, once it is certain that
//! the files can be added up: the same measures, the same key, all dated alike, none twice. What is wrong
//! with a file does not keep the others from being read: everything that is refused is said in one run.

use super::aliases::{Column, normalize};
use super::dating::Dating;
use super::error::{IngestError, Place, Refused, list};
use super::file::File;
use super::money;
use super::plan::{KEY, Plan};
use super::rows::{MEASURES, Part, Person};
use super::schema::Schema;
use super::source::{self, FileRows, Table};
use super::span::Span;
use super::totals::{self, FileTotal};
use super::{
    IngestSettings, Ingested, InputFile, MappedColumn, TermUnit, assemble, date, people, privacy, summary, text,
};
use crate::domain::Notes;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Columns that all files of a run have or lack together: the sums and the keys depend on them.
const SHARED: [Column; 12] = [
    Column::MatchType,
    Column::Campaign,
    Column::AdGroup,
    Column::Channel,
    Column::Week,
    Column::Date,
    Column::StartDate,
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
    /// Which of the files are of searches.
    pub searches: Vec<bool>,
    /// Which days the titles of the files name.
    pub spans: Vec<Option<Span>>,
    pub totals: Vec<FileTotal>,
    /// What the platform hides, summed over the files.
    pub hidden: Option<[f64; MEASURES]>,
    /// Whether some of it is not among the rows.
    pub left_out: bool,
    /// What the days of the rows stand for.
    pub dating: Dating,
    /// Whether the terms of all files are keywords.
    pub keywords: bool,
    /// Which of [`KEY`] belong to the key, by configuration.
    allowed: [bool; 5],
    /// The first file's name and which of [`SHARED`] it has.
    first: Option<(String, [bool; SHARED.len()])>,
    /// Which columns the files have, by number.
    present: BTreeSet<Column>,
    fingerprints: BTreeMap<String, String>,
    unused: BTreeSet<String>,
    other_unit: BTreeSet<String>,
    /// The column that names the account.
    owner: Option<String>,
    /// What is noted of single files.
    notes: Notes,
    /// What is wrong with single files.
    errors: Vec<IngestError>,
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
            searches: Vec::new(),
            spans: Vec::new(),
            totals: Vec::new(),
            hidden: None,
            left_out: false,
            dating: Dating::default(),
            keywords: true,
            allowed,
            first: None,
            present: BTreeSet::new(),
            fingerprints: BTreeMap::new(),
            unused: BTreeSet::new(),
            other_unit: BTreeSet::new(),
            owner: None,
            notes: Notes::default(),
            errors: Vec::new(),
        })
    }

    /// Reads one file. What is wrong with it is kept until [`Self::finish`].
    ///
    /// # Errors
    /// What is wrong with the settings, or more rows than can be held.
    pub(super) fn read(&mut self, path: &Path, settings: &IngestSettings) -> Result<(), IngestError> {
        match self.read_file(path, settings) {
            Err(error) if error.is_of_settings() => Err(error),
            Err(error) => {
                self.errors.push(error);
                Ok(())
            }
            Ok(()) => {
                let limit = u64::from(u32::MAX);
                if self.part.records >= limit { Err(IngestError::TooManyRows { limit }) } else { Ok(()) }
            }
        }
    }

    fn read_file(&mut self, path: &Path, settings: &IngestSettings) -> Result<(), IngestError> {
        let file = File::open(path)?;
        let constants = source::partitions(path);
        let content = format!("{} {constants:?}", file.sha256);
        if let Some(first) = self.fingerprints.insert(content, file.name.clone()) {
            return Err(IngestError::SameContent { first, second: file.name });
        }
        let as_of = settings.as_of.map(date::number);
        let table = Table::find(&file, settings)?;
        let schema = self.decide(&file, &table, &constants, settings)?;
        if let Some(column) = people::named(&file, &table, &schema) {
            return Err(IngestError::Identifies { file: file.name, column });
        }
        self.errors.extend(schema.complete(&file.name));
        table.note(&file.name, &mut self.notes);
        let mut plan = Plan::new(&file.name, &schema, self.allowed, as_of);
        plan.unread_days =
            settings.unread.iter().map(|&(first, last)| (date::number(first), date::number(last))).collect();
        let place = table.place();
        plan.place = place;
        let mut part = table.read(&file, &mut plan, settings)?;
        if let Some(Person { line, column, what }) = part.person {
            let column = schema.names[column].clone();
            return Err(IngestError::Personal { file: file.name, line, place, column, what });
        }
        table.note_marks(&plan, settings, &mut self.notes);
        let numbered =
            part.numbered.iter().zip(&schema.names).find_map(|(numbers, name)| Some((name, numbers.first()?)));
        // accounts are numbered as phones of North America are
        if let Some((column, (what, line))) = numbered.filter(|(name, _)| !privacy::numbers_accounts(name)) {
            return Err(IngestError::Personal { file: file.name, line, place, column: column.clone(), what });
        }
        let mut rolled = totals::find_rolled(&part, &plan, &FileRows(&file, &table))?;
        if !rolled.rows.is_empty() {
            plan.rolled = std::mem::take(&mut rolled.rows);
            part = table.read(&file, &mut plan, settings)?;
        }
        rolled.settle(&mut part, &mut self.notes);
        let settled = totals::settle(&mut part, &plan, &FileRows(&file, &table))?;
        totals::note_counted(&mut self.notes, &settled.counted);
        self.settle_unmeasured(&mut part);
        if part.records == 0 && part.refused_total == 0 && settled.hidden.is_none() {
            return Err(IngestError::HeaderOnly { file: file.name });
        }
        if let Some(hidden) = settled.hidden {
            let sums = self.hidden.unwrap_or_default();
            self.hidden = Some(std::array::from_fn(|measure| sums[measure] + hidden[measure]));
            self.left_out |= settled.left_out;
        }
        self.owner = self.owner.take().or_else(|| plan.owner.map(|at| schema.names[at].clone()));
        self.totals.extend(settled.totals);
        see_header_currency(&file.name, &schema, &mut part);
        self.dating.see(&file.name, &plan, &mut part, table.span(settings));
        if settings.exports && !self.has(Column::ReportedOn) {
            part.report_on_last_day(as_of);
        }
        part.of_file(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.searches.push(schema.searches);
        self.spans.push(table.span(settings));
        self.files.push(InputFile { path: file.name, sha256: file.sha256, rows: part.records, bytes: file.size });
        self.part.merge(part, 0);
        Ok(())
    }

    /// Settles what the blank cells of a file's conversions are.
    fn settle_unmeasured(&mut self, part: &mut Part) {
        match std::mem::take(&mut part.unmeasured).settle() {
            Ok(zeros) => {
                let message = "blank cells in conversions count as zero: the column has numbers and never a zero";
                self.notes.add("blank-as-zero", zeros, message);
            }
            Err((cells, total)) => part.refuse_late(cells, total),
        }
    }

    fn decide(
        &mut self,
        file: &File,
        table: &Table<'_>,
        constants: &[(String, String)],
        settings: &IngestSettings,
    ) -> Result<Schema, IngestError> {
        let names = table.names();
        let suspects: Vec<usize> =
            (0..names.len()).filter(|&at| privacy::judged(&names[at], false).is_some()).collect();
        let accounts = if suspects.is_empty() { BTreeSet::new() } else { table.accounts(file, &suspects, settings) };
        let is_account = |column: usize| accounts.contains(&column);
        let mut schema = Schema::with_constants(&file.name, names, constants, settings, &is_account)?;
        if let Some((keyword, match_type)) = schema.doubtful_match_type(settings)
            && (table.has(file, keyword, &|text| text::marked(text).is_some())
                || table.has(file, match_type, &text::is_variant))
        {
            schema.drop_match_type();
        }
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
        self.keywords &= schema.keywords;
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

    /// Whether keywords tell their match type by their marks alone, and it may be part of the key.
    pub(super) fn marks_tell(&self) -> bool {
        self.keywords && self.allowed[1] && !self.has(Column::MatchType)
    }

    /// Which of [`KEY`] are part of the term key.
    pub(super) fn key(&self) -> [bool; 5] {
        let mut key = self.allowed;
        for (is_key, &column) in key.iter_mut().zip(&KEY) {
            *is_key &= self.has(column);
        }
        key
    }

    /// Ends the reading; what is noted goes with what is refused, too.
    ///
    /// # Errors
    /// No file, everything that was refused, a mapping that was never used.
    pub(super) fn finish(mut self, settings: &IngestSettings) -> Result<Ingested, (IngestError, Notes)> {
        if let Err(error) = self.check(settings) {
            let mut notes = self.notes(settings.unit);
            summary::describe(&mut notes, &self.part, 0, 0);
            return Err((error, notes));
        }
        let notes = self.notes(settings.unit);
        let so_far = notes.clone();
        assemble::assemble(self, notes, settings).map_err(|error| (error, so_far))
    }

    /// # Errors
    /// As [`Self::finish`].
    fn check(&mut self, settings: &IngestSettings) -> Result<(), IngestError> {
        let mut errors = std::mem::take(&mut self.errors);
        if self.files.is_empty() && errors.is_empty() {
            return Err(IngestError::NoInput);
        }
        if self.part.refused_total > 0 {
            let refused = std::mem::take(&mut self.part.refused);
            errors.push(IngestError::Refused { refused, total: self.part.refused_total });
        }
        if let Some(cell) = self.part.grain.mixed() {
            errors.push(IngestError::Refused { refused: vec![cell], total: 1 });
        }
        let currencies = &self.part.currencies;
        if currencies.keys().any(|a| currencies.keys().any(|b| money::differ(a, b))) {
            errors.push(IngestError::Currencies { cells: currencies.values().cloned().collect() });
        }
        errors.extend(self.dating.problem(settings.exports));
        match errors.len() {
            0 => {}
            1 => return Err(errors.remove(0)),
            _ => return Err(IngestError::Several { errors }),
        }
        for source in settings.map.keys() {
            let normal = normalize(source);
            if !self.mapping.iter().any(|mapped| normalize(&mapped.column) == normal) {
                return Err(IngestError::UnknownSource { column: source.clone() });
            }
        }
        Ok(())
    }

    /// What the files and their headers call for.
    fn notes(&mut self, unit: TermUnit) -> Notes {
        let mut notes = std::mem::take(&mut self.notes);
        self.part.owners.note(self.owner.as_deref(), &mut notes);
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

/// A currency in the header of a column of money is that of its cells.
fn see_header_currency(file: &str, schema: &Schema, part: &mut Part) {
    for column in [Column::Cost, Column::Revenue] {
        let Some(name) = schema.position(column).map(|at| &schema.names[at]) else { continue };
        let code = money::in_header(name).or_else(|| money::behind_header(name).map(|(_, code)| code));
        if let Some(code) = code {
            let rule = "is another currency than that of other columns";
            let (file, column) = (file.to_owned(), name.clone());
            let first = Refused { file, line: 0, place: Place::Line, column, value: code.to_owned(), rule };
            part.currencies.entry(code.to_owned()).or_insert(first);
        }
    }
}
