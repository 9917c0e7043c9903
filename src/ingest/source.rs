//! The table in a file, whatever the file is.
//!
//! In: an opened file. Out: the names of its columns, and its rows once it is decided what the columns are. Text
//! is read with what a sample says of marks and dates, and once more where the rest of the file says otherwise:
//! the whole column decides, and files that are written plainly are read once.

mod noted;

use super::IngestSettings;
use super::aliases::{Column, normalize, recognize};
use super::cell::Record;
use super::delimited::{self, Header, Records};
use super::encoding::Decoded;
use super::error::{IngestError, Place, list};
use super::evidence::{Context, Evidence, Styles};
use super::file::{ENDLESS, File, Kind};
use super::layout::{self, Layout};
use super::parquet::{self, Typed};
use super::plan::Plan;
use super::privacy::{self, Accounts};
use super::rows::Part;
use super::schema::is_ignore;
use super::span::{self, Span};
use super::totals::Walk;
use super::workbook;
use crate::domain::Notes;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Component, Path};

/// Text that decides at first how the columns are written, bytes.
const SAMPLE: usize = 1 << 20;
/// Rows that show whether a column holds days.
const ROWS: usize = 1000;
/// Columns known by their names that make a sheet one with data.
const OTHER_TABLE: usize = 2;
/// What some warehouses write for no value.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The table in a file.
pub(super) enum Table<'f> {
    Text { text: Cow<'f, str>, layout: Layout, from: Origin },
    Parquet { columns: Vec<Typed> },
}

/// What a text was before.
#[derive(Debug, Default)]
pub(super) struct Origin {
    /// `None` for UTF-8.
    encoding: Option<&'static str>,
    /// Whether its lines ended with carriage returns alone.
    returns: bool,
    /// The sheet of a workbook.
    sheet: Option<String>,
    /// Sheets with columns of the same kind, which are not read.
    other_sheets: Vec<String>,
}

/// The rows of a file, which can be gone through again.
pub(super) struct FileRows<'t>(pub &'t File, pub &'t Table<'t>);

impl Walk for FileRows<'_> {
    fn walk(&self, plan: &Plan<'_>, see: &mut dyn FnMut(u64, &dyn Record)) -> Result<(), IngestError> {
        let Self(file, table) = self;
        match table {
            Table::Parquet { columns } => parquet::walk(file, columns, plan, see),
            Table::Text { text, layout: Layout { header, .. }, .. } => {
                let mut records = Records::new(&text[header.end..header.until], header.separator);
                while let Some(line) = records.advance() {
                    if records.width() == header.names.len() {
                        see(line + header.line - 1, &records);
                    }
                }
                Ok(())
            }
        }
    }
}

impl<'f> Table<'f> {
    /// Finds the table.
    ///
    /// # Errors
    /// The file is damaged or holds none.
    pub(super) fn find(file: &'f File, settings: &IngestSettings) -> Result<Self, IngestError> {
        let known = |name: &str| match settings.target_of(name) {
            Some(target) => Column::from_name(target),
            None => recognize(name).map(|found| found.column),
        };
        match file.kind {
            Kind::Parquet => Ok(Self::Parquet { columns: parquet::columns(file)? }),
            Kind::Text => {
                let Decoded { mut text, encoding } = file.text()?;
                // as old spreadsheets of the Macintosh save
                let returns = memchr::memchr(b'\n', text.as_bytes()).is_none() && text.contains('\r');
                if returns {
                    text = Cow::Owned(text.replace('\r', "\n"));
                }
                let layout = layout::find(&text, &known);
                if layout.header.endless {
                    return Err(IngestError::NotATable { file: file.name.clone(), looks_like: ENDLESS });
                }
                Ok(Self::Text { text, layout, from: Origin { encoding, returns, ..Origin::default() } })
            }
            Kind::Workbook => {
                let sheets = workbook::read(&file.name, &file.bytes)?.into_iter();
                let mut found: Vec<_> = sheets.map(|sheet| (layout::find(&sheet.text, &known), sheet)).collect();
                // of equal ones the first
                let best = (0..found.len()).rev().max_by_key(|&at| found[at].0.known);
                let best = best.ok_or_else(|| IngestError::Empty { file: file.name.clone() })?;
                let (layout, sheet) = found.remove(best);
                let others = found.into_iter().filter(|(layout, _)| layout.known >= OTHER_TABLE);
                let other_sheets = others.map(|(_, sheet)| sheet.name).collect();
                let from = Origin { sheet: Some(sheet.name), other_sheets, ..Origin::default() };
                Ok(Self::Text { text: Cow::Owned(sheet.text), layout, from })
            }
        }
    }

    /// Names of the columns.
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::Text { layout, .. } => layout.header.names.clone(),
            Self::Parquet { columns } => columns.iter().map(|column| column.name.clone()).collect(),
        }
    }

    /// The text with the place of its rows.
    pub(super) fn rows(&self) -> Option<(&str, &Header)> {
        match self {
            Self::Text { text, layout, .. } => Some((text, &layout.header)),
            Self::Parquet { .. } => None,
        }
    }

    /// Which of some columns that are named like people's hold accounts or counts. The rows are gone through once.
    pub(super) fn accounts(&self, file: &File, columns: &[usize], settings: &IngestSettings) -> BTreeSet<usize> {
        let names = self.names();
        let judge = |name: &str| privacy::judged(name, settings.target_of(name).is_some_and(is_ignore));
        let judged = |&column: &usize| judge(&names[column]).map(|accounts| (column, accounts));
        let mut accounts: Vec<(usize, Accounts)> = columns.iter().filter_map(judged).collect();
        match self {
            Self::Parquet { .. } => {
                for (column, values) in &mut accounts {
                    parquet::values(file, *column, usize::MAX, &mut |value| values.see(value));
                }
            }
            Self::Text { text, layout: Layout { header, .. }, .. } => {
                let mut records = Records::new(&text[header.end..header.until], header.separator);
                while !accounts.is_empty() && records.advance().is_some() {
                    accounts.retain_mut(|(column, values)| values.see(records.text(*column)));
                }
            }
        }
        accounts.into_iter().filter(|(_, values)| values.are_harmless()).map(|(column, _)| column).collect()
    }

    /// Whether a cell of a column, among the first rows, is something.
    pub(super) fn has(&self, file: &File, column: usize, is: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Parquet { .. } => {
                let mut found = false;
                parquet::values(file, column, ROWS, &mut |text| {
                    found |= is(text.trim());
                    !found
                });
                found
            }
            Self::Text { text, layout: Layout { header, .. }, .. } => {
                let mut records = Records::new(&text[header.end..header.until], header.separator);
                (0..ROWS)
                    .any(|_| records.advance().is_some() && column < records.width() && is(records.text(column).trim()))
            }
        }
    }

    /// What the lines of its rows are.
    pub(super) fn place(&self) -> Place {
        match self {
            Self::Parquet { .. } => Place::Row,
            Self::Text { .. } => Place::Line,
        }
    }

    /// The days that the lines above the header name.
    pub(super) fn span(&self, settings: &IngestSettings) -> Option<Span> {
        match self {
            Self::Text { layout, .. } => {
                span::read(&layout.preamble, settings.date_order.or(span::order(&layout.preamble)))
            }
            Self::Parquet { .. } => None,
        }
    }

    /// Says what was found around the table.
    pub(super) fn note(&self, file: &str, notes: &mut Notes) {
        let Self::Text { layout, from, .. } = self else { return };
        if let Some(encoding) = from.encoding {
            notes.add("encoding", 1, format!("`{file}` was read as {encoding}"));
        }
        notes.add(
            "line-ends",
            usize::from(from.returns),
            format!("`{file}` ends its lines with carriage returns alone"),
        );
        if let Some(sheet) = &from.sheet {
            notes.add("sheet", 1, format!("`{file}` was read from its sheet `{sheet}`"));
        }
        let others = &from.other_sheets;
        let message = format!("`{file}` has other sheets with data, which are not read: {}", list(others));
        notes.add("other-sheets", others.len(), message);
        let lines = &layout.preamble;
        notes.add("preamble", lines.len(), format!("`{file}` has lines above the header: {}", list(lines)));
        let lines = span::contradictions(&layout.preamble, span::order(&layout.preamble));
        let message = format!(
            "`{file}` has lines that name a week and days of another, and none of them is taken: {}",
            list(&lines)
        );
        notes.add("contradiction", lines.len(), message);
        let lines = &layout.footer;
        notes.add("footer", lines.len(), format!("`{file}` has lines below the rows: {}", list(lines)));
    }

    /// Reads the rows.
    ///
    /// # Errors
    /// Dates that can be read both ways; a Parquet file that is damaged.
    pub(super) fn read(
        &self,
        file: &File,
        plan: &mut Plan<'_>,
        settings: &IngestSettings,
    ) -> Result<Part, IngestError> {
        match self {
            Self::Parquet { columns } => {
                plan.styles = Styles::plain(plan.width, settings.date_order);
                plan.segments.retain(|&at| columns[at].is_text());
                plan.styles.blanks = (0..plan.width).map(|at| plan.segments.contains(&at)).collect();
                parquet::read(file, columns, plan)
            }
            Self::Text { text, layout, .. } => {
                let header = &layout.header;
                let rows = &text[header.end..header.until];
                let order = span::order(&layout.preamble);
                let context = Context {
                    chosen: settings.date_order,
                    order,
                    span: span::read(&layout.preamble, settings.date_order.or(order)),
                    weekly: plan.schema.position(Column::Week).is_some_and(|at| plan.when == Some(at)),
                };
                let sample = sample(rows);
                let whole = sample.len() == rows.len();
                let decide = |plan: &Plan<'_>, pieces: &[&str], whole| {
                    Evidence::gather(pieces, header, plan).decide(header, plan, &context, whole)
                };
                plan.styles = decide(plan, &[sample], whole)?;
                let part = delimited::read(text, header, plan);
                if whole || part.refused_total == 0 {
                    return Ok(part);
                }
                let styles = decide(plan, &delimited::pieces(rows), true)?;
                if styles == plan.styles {
                    return Ok(part);
                }
                plan.styles = styles;
                Ok(delimited::read(text, header, plan))
            }
        }
    }
}

/// The first lines, whole ones.
fn sample(rows: &str) -> &str {
    if rows.len() <= SAMPLE {
        return rows;
    }
    let head = &rows.as_bytes()[..SAMPLE];
    // a quote may hold line feeds, so the last line is left out even where it seems whole
    match memchr::memrchr(b'\n', head) {
        Some(end) => &rows[..=end],
        None => rows,
    }
}

/// Columns that stand in the path: `week=2026-01-05` as a folder's name.
pub(super) fn partitions(path: &Path) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let folders = path.parent().into_iter().flat_map(Path::components);
    for folder in folders {
        let Component::Normal(name) = folder else { continue };
        let Some((name, value)) = name.to_str().and_then(|name| name.split_once('=')) else { continue };
        let value = if value == NO_VALUE { String::new() } else { unescaped(value) };
        if !normalize(name).is_empty() {
            found.retain(|(other, _)| normalize(other) != normalize(name));
            found.push((name.to_owned(), value));
        }
    }
    join_day(&mut found);
    found
}

/// `year=2026/month=01/day=05` is one day.
fn join_day(found: &mut Vec<(String, String)>) {
    let part = |name: &str| {
        let value = found.iter().find(|(other, _)| normalize(other) == name).map(|(_, value)| value.as_str())?;
        value.parse::<u32>().ok().filter(|_| value.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if let (Some(year), Some(month), Some(day)) = (part("year"), part("month"), part("day")) {
        found.retain(|(name, _)| !matches!(normalize(name).as_str(), "year" | "month" | "day"));
        found.push(("date".to_owned(), format!("{year:04}-{month:02}-{day:02}")));
    }
}

/// `%20` and the like undone; as it stands where that is not UTF-8.
fn unescaped(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = (byte == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(escaped) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(escaped);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_columns() {
        let found = partitions(Path::new("data/country=de/week=2026-01-05/part%20-0=1.parquet"));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(found, [pair("country", "de"), pair("week", "2026-01-05")]);
        let found = partitions(Path::new("a=1/a=b%20c/d=__HIVE_DEFAULT_PARTITION__/x.csv"));
        assert_eq!(found, [pair("a", "b c"), pair("d", "")]);
        let found = partitions(Path::new("a=1/year=2026/month=1/day=05/x.csv"));
        assert_eq!(found, [pair("a", "1"), pair("date", "2026-01-05")]);
    }
}
