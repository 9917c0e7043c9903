//! The tables of `termwise allocate`: response curves and limits that the user brings.
//!
//! In: a CSV, TSV or Parquet file with `id, family, a, k, h` and what limits each curve's spend, for
//! curves of the family `points` a companion with `id, spend, response`, and tables of groups and
//! classes (`limits`). Out: columns as vectors, every number finite and zero or above. What a family
//! needs, and what the columns mean together, is decided by the caller.

mod limits;
pub(super) mod sheet;

pub use limits::{LimitCell, LimitTable, read_classes, read_groups};

use super::error::{IngestError, Refused};
use sheet::{Numbers, Sheet, cell, finish};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// What may happen to an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ItemState {
    /// Spend moves within its bounds.
    #[default]
    Active,
    /// Kept at its current spend.
    Fixed,
    /// Kept at 0.
    Paused,
    /// Starts from 0, so that nothing is relative to its current spend.
    New,
}

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
    /// Least spend as a multiple of the current one; NaN where blank.
    pub lower_rel: Vec<f64>,
    /// Most spend as a multiple of the current one; NaN where blank.
    pub upper_rel: Vec<f64>,
    /// Spend today, money; NaN where blank.
    pub current_spend: Vec<f64>,
    /// Nothing or at least this, money; 0 where blank.
    pub minimum: Vec<f64>,
    /// Units of the target's measure in a unit of response; 1 where blank.
    pub measure: Vec<f64>,
    /// What may happen to it.
    pub state: Vec<ItemState>,
    /// Innermost group, text; empty where blank.
    pub group: Vec<String>,
    /// Classes, separated by `;`; empty where blank.
    pub classes: Vec<String>,
    /// Whether the file has a column `current_spend`.
    pub has_current_spend: bool,
    /// Columns of the file that mean nothing here.
    pub unused: Vec<String>,
    /// The file, as given.
    pub file: String,
    /// Physical line of each row; the row number in a Parquet file.
    pub line: Vec<u64>,
    columns: Vec<String>,
    points: BTreeMap<String, Vec<(f64, f64)>>,
}

impl CurveTable {
    /// A cell that the caller cannot use.
    #[must_use]
    pub fn refused(&self, row: usize, column: &str, value: &str, rule: &'static str) -> Refused {
        cell(&self.file, self.line[row], column, value, rule)
    }

    /// The error for one such cell.
    #[must_use]
    pub fn refuse(&self, row: usize, column: &str, value: &str, rule: &'static str) -> IngestError {
        IngestError::Refused { refused: vec![self.refused(row, column, value, rule)], total: 1 }
    }

    /// The error for cells that the caller cannot use, if there are any.
    ///
    /// # Errors
    /// There are.
    pub fn finish(refused: Vec<Refused>) -> Result<(), IngestError> {
        finish(refused)
    }

    /// The error for a file without the column `current_spend`, which something is relative to.
    #[must_use]
    pub fn lacks_current_spend(&self) -> IngestError {
        let missing = vec!["current_spend".to_owned()];
        IngestError::CurveColumns { file: self.file.clone(), missing, found: self.columns.clone() }
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

    /// Points of a row, ascending in spend; `None` where its id has none.
    #[must_use]
    pub fn points_of(&self, row: usize) -> Option<&[(f64, f64)]> {
        self.points.get(&self.id[row]).map(Vec::as_slice)
    }
}

/// The columns that a table of curves may have beside `id` and `family`.
const OPTIONAL: [&str; 13] = [
    "a",
    "k",
    "h",
    "lower",
    "upper",
    "lower_rel",
    "upper_rel",
    "current_spend",
    "minimum",
    "measure",
    "state",
    "group",
    "classes",
];

/// Reads curves and, where given, their points.
///
/// # Errors
/// A file that cannot be read, a column that is absent, a cell that is not a number, an id given twice.
pub fn read_curves(curves: &Path, points: Option<&Path>) -> Result<CurveTable, IngestError> {
    let sheet = Sheet::open(curves)?;
    let columns = sheet.columns(&["id", "family"], &OPTIONAL)?;
    let mut table = CurveTable {
        file: sheet.file.clone(),
        line: sheet.line.clone(),
        columns: sheet.names.clone(),
        unused: sheet.unused(&columns),
        has_current_spend: columns.has("current_spend"),
        ..CurveTable::default()
    };
    let mut seen = HashMap::new();
    let mut numbers = Numbers { sheet: &sheet, columns: &columns, refused: Vec::new() };
    for row in 0..sheet.rows.len() {
        let text = |name: &str| sheet.cell(&columns, row, name);
        table.a.push(numbers.number(row, "a", f64::NAN));
        table.k.push(numbers.number(row, "k", f64::NAN));
        table.h.push(numbers.number(row, "h", f64::NAN));
        let (lower, upper) = (numbers.number(row, "lower", 0.0), numbers.open_ended(row, "upper", f64::INFINITY));
        if upper < lower {
            numbers.refuse(row, "upper", "is below the lower bound");
        }
        let relative = [numbers.number(row, "lower_rel", f64::NAN), numbers.open_ended(row, "upper_rel", f64::NAN)];
        if relative[1] < relative[0] {
            numbers.refuse(row, "upper_rel", "is below lower_rel");
        }
        table.lower.push(lower);
        table.upper.push(upper);
        table.lower_rel.push(relative[0]);
        table.upper_rel.push(relative[1]);
        table.current_spend.push(numbers.number(row, "current_spend", f64::NAN));
        table.minimum.push(numbers.number(row, "minimum", 0.0));
        table.measure.push(numbers.number(row, "measure", 1.0));
        let state = match text("state").to_lowercase().as_str() {
            "" | "active" => ItemState::Active,
            "fixed" => ItemState::Fixed,
            "paused" => ItemState::Paused,
            "new" => ItemState::New,
            _ => {
                numbers.refuse(row, "state", "is not one of active, fixed, paused and new");
                ItemState::Active
            }
        };
        table.state.push(state);
        table.group.push(text("group").to_owned());
        table.classes.push(text("classes").to_owned());
        table.family.push(text("family").to_lowercase());
        table.id.push(text("id").to_owned());
        if text("id").is_empty() {
            numbers.refuse(row, "id", "is blank");
        } else if seen.insert(text("id"), row).is_some() {
            numbers.refuse(row, "id", "stands in an earlier row too");
        }
    }
    finish(numbers.refused)?;
    if let Some(points) = points {
        table.points = read_points(points)?;
    }
    Ok(table)
}

fn read_points(path: &Path) -> Result<BTreeMap<String, Vec<(f64, f64)>>, IngestError> {
    let sheet = Sheet::open(path)?;
    let columns = sheet.columns(&["id", "spend", "response"], &[])?;
    let mut points: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    let mut numbers = Numbers { sheet: &sheet, columns: &columns, refused: Vec::new() };
    for row in 0..sheet.rows.len() {
        let point = (numbers.number(row, "spend", f64::NAN), numbers.number(row, "response", f64::NAN));
        for (name, blank) in [("spend", point.0), ("response", point.1)] {
            if blank.is_nan() && sheet.cell(&columns, row, name).is_empty() {
                numbers.refuse(row, name, "is blank");
            }
        }
        points.entry(sheet.cell(&columns, row, "id").to_owned()).or_default().push(point);
    }
    finish(numbers.refused)?;
    for list in points.values_mut() {
        list.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    }
    Ok(points)
}
