//! The curve table of `termwise allocate`: response curves that the user brings.
//!
//! In: a CSV, TSV or Parquet file with `id, family, a, k, h, lower, upper, current_spend`, and, for
//! curves of the family `points`, a companion with `id, spend, response`. Out: columns as vectors.
//! What a family needs is checked by the caller, which knows the families.

use super::cell::Record;
use super::delimited::{Records, header};
use super::error::{IngestError, Refused};
use super::file::{File, Kind};
use super::parquet;
use std::collections::BTreeMap;
use std::path::Path;

/// Curves as read. Shape of every vector: rows. Blank parameters are NaN.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurveTable {
    /// Identifier, text.
    pub id: Vec<String>,
    /// Family: hill, exp, power, log or points.
    pub family: Vec<String>,
    /// First parameter: scale of the response.
    pub a: Vec<f64>,
    /// Second parameter: scale of the spend, money.
    pub k: Vec<f64>,
    /// Third parameter: shape.
    pub h: Vec<f64>,
    /// Least spend, money; 0 where blank.
    pub lower: Vec<f64>,
    /// Most spend, money; infinite where blank.
    pub upper: Vec<f64>,
    file: String,
    line: Vec<u64>,
    points: BTreeMap<String, Vec<(f64, f64)>>,
}

impl CurveTable {
    /// The error for a cell that the caller cannot use.
    #[must_use]
    pub fn refuse(&self, row: usize, column: &str, value: &str, rule: &'static str) -> IngestError {
        one(&self.file, self.line[row], column, value, rule)
    }

    /// The error for a curve whose parameters do not fit its family.
    #[must_use]
    pub fn refuse_curve(&self, row: usize, problem: &str) -> IngestError {
        IngestError::Curve {
            file: self.file.clone(),
            line: self.line[row],
            id: self.id[row].clone(),
            problem: problem.to_owned(),
        }
    }

    /// Points of a row, ascending in spend.
    ///
    /// # Errors
    /// None were given for its id.
    pub fn points_of(&self, row: usize) -> Result<Vec<(f64, f64)>, IngestError> {
        self.points
            .get(&self.id[row])
            .cloned()
            .ok_or_else(|| self.refuse(row, "family", "points", "has no points for this id in the file of `--points`"))
    }
}

/// Reads curves and, where given, their points.
///
/// # Errors
/// A file that cannot be read, a column that is absent, a cell that is not a number, an id given twice.
pub fn read_curves(curves: &Path, points: Option<&Path>) -> Result<CurveTable, IngestError> {
    let sheet = Sheet::open(curves)?;
    let columns = sheet.columns(&["id", "family"], &["a", "k", "h", "lower", "upper", "current_spend"])?;
    let mut table = CurveTable { file: sheet.file.clone(), ..CurveTable::default() };
    let mut seen = BTreeMap::new();
    let mut refused = Vec::new();
    for (row, cells) in sheet.rows.iter().enumerate() {
        let text = |name: &str| columns[name].map_or("", |column| cells[column].trim());
        let line = sheet.line[row];
        let mut number = |name: &str, blank: f64| {
            let text = text(name);
            if text.is_empty() {
                return blank;
            }
            text.parse::<f64>().ok().filter(|value| !value.is_nan()).unwrap_or_else(|| {
                refused.push(cell(&sheet.file, line, name, text, "is not a number"));
                f64::NAN
            })
        };
        table.a.push(number("a", f64::NAN));
        table.k.push(number("k", f64::NAN));
        table.h.push(number("h", f64::NAN));
        let (lower, upper, current) =
            (number("lower", 0.0), number("upper", f64::INFINITY), number("current_spend", 0.0));
        if lower < 0.0 || lower.is_infinite() {
            refused.push(cell(&sheet.file, line, "lower", text("lower"), "is not money, zero or above"));
        }
        if upper < lower {
            refused.push(cell(&sheet.file, line, "upper", text("upper"), "is below the lower bound"));
        }
        if current < 0.0 || current.is_infinite() {
            refused.push(cell(
                &sheet.file,
                line,
                "current_spend",
                text("current_spend"),
                "is not money, zero or above",
            ));
        }
        if text("id").is_empty() {
            refused.push(cell(&sheet.file, line, "id", "", "is blank"));
        }
        table.lower.push(lower);
        table.upper.push(upper);
        table.family.push(text("family").to_lowercase());
        table.id.push(text("id").to_owned());
        table.line.push(line);
        if seen.insert(text("id").to_owned(), line).is_some() {
            refused.push(cell(&sheet.file, line, "id", text("id"), "stands in an earlier row too"));
        }
    }
    finish(refused)?;
    if let Some(points) = points {
        table.points = read_points(points)?;
    }
    Ok(table)
}

fn read_points(path: &Path) -> Result<BTreeMap<String, Vec<(f64, f64)>>, IngestError> {
    let sheet = Sheet::open(path)?;
    let columns = sheet.columns(&["id", "spend", "response"], &[])?;
    let mut points: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    let mut refused = Vec::new();
    for (row, cells) in sheet.rows.iter().enumerate() {
        let text = |name: &str| columns[name].map_or("", |column| cells[column].trim());
        let mut number = |name: &str| {
            text(name).parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0).unwrap_or_else(|| {
                refused.push(cell(&sheet.file, sheet.line[row], name, text(name), "is not a number, zero or above"));
                0.0
            })
        };
        let point = (number("spend"), number("response"));
        points.entry(text("id").to_owned()).or_default().push(point);
    }
    finish(refused)?;
    for list in points.values_mut() {
        list.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    }
    Ok(points)
}

/// A small table, all cells as text.
struct Sheet {
    file: String,
    names: Vec<String>,
    rows: Vec<Vec<String>>,
    line: Vec<u64>,
}

impl Sheet {
    fn open(path: &Path) -> Result<Self, IngestError> {
        let file = File::open(path)?;
        let sheet = match file.kind {
            Kind::Text => Self::text(&file)?,
            Kind::Parquet => {
                let (names, rows) = parquet::texts(&file)?;
                // a Parquet file has no lines: rows are counted from 1, below the header as in text
                let line = (0..rows.len()).map(|row| row as u64 + 2).collect();
                Self { file: file.name, names, rows, line }
            }
        };
        if sheet.rows.is_empty() {
            return Err(IngestError::HeaderOnly { file: sheet.file });
        }
        Ok(sheet)
    }

    fn text(file: &File) -> Result<Self, IngestError> {
        let text = file.text()?;
        let header = header(text);
        let mut records = Records::new(&text[header.end..], header.separator);
        let (mut rows, mut line, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(begins) = records.advance() {
            let begins = begins + header.line - 1;
            let cells: Vec<String> = (0..records.width()).map(|column| records.text(column).to_owned()).collect();
            if cells.len() != header.names.len() {
                refused.push(cell(
                    &file.name,
                    begins,
                    "",
                    &cells.join(","),
                    "has another number of cells than the header",
                ));
            }
            rows.push(cells);
            line.push(begins);
        }
        finish(refused)?;
        Ok(Self { file: file.name.clone(), names: header.names, rows, line })
    }

    /// Where each wanted column stands; optional ones may stand nowhere.
    fn columns<'n>(
        &self,
        required: &[&'n str],
        optional: &[&'n str],
    ) -> Result<BTreeMap<&'n str, Option<usize>>, IngestError> {
        let place = |name: &str| self.names.iter().position(|found| found.trim().eq_ignore_ascii_case(name));
        let missing: Vec<String> =
            required.iter().filter(|name| place(name).is_none()).map(|name| (*name).to_owned()).collect();
        if !missing.is_empty() {
            return Err(IngestError::CurveColumns { file: self.file.clone(), missing, found: self.names.clone() });
        }
        Ok(required.iter().chain(optional).map(|&name| (name, place(name))).collect())
    }
}

fn cell(file: &str, line: u64, column: &str, value: &str, rule: &'static str) -> Refused {
    Refused { file: file.to_owned(), line, column: column.to_owned(), value: value.to_owned(), rule }
}

fn one(file: &str, line: u64, column: &str, value: &str, rule: &'static str) -> IngestError {
    IngestError::Refused { refused: vec![cell(file, line, column, value, rule)], total: 1 }
}

fn finish(refused: Vec<Refused>) -> Result<(), IngestError> {
    let total = refused.len() as u64;
    if total == 0 {
        Ok(())
    } else {
        Err(IngestError::Refused { refused: refused.into_iter().take(1000).collect(), total })
    }
}
