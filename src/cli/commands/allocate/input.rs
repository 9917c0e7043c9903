//! Files → curves and tables: what a row means before any flag is looked at.

use crate::cli::args::Allocate;
use crate::domain::Notes;
use crate::ingest::{CurveTable, IngestError, LimitTable, Refused, read_classes, read_curves, read_groups};
use crate::response::{Curve, CurveError};
use std::path::PathBuf;

/// What was read.
pub(super) struct Input {
    pub(super) table: CurveTable,
    pub(super) curves: Vec<Curve>,
    pub(super) groups: LimitTable,
    pub(super) classes: LimitTable,
}

impl Input {
    /// Every file named on the command line.
    pub(super) fn files(args: &Allocate) -> Vec<PathBuf> {
        [Some(&args.curves), args.points.as_ref(), args.groups.as_ref(), args.classes.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Reads them; tables that were not named are empty.
    pub(super) fn read(args: &Allocate) -> Result<Self, IngestError> {
        let table = read_curves(&args.curves, args.points.as_deref())?;
        let curves = curves(&table)?;
        let groups = args.groups.as_deref().map(read_groups).transpose()?.unwrap_or_default();
        let classes = args.classes.as_deref().map(read_classes).transpose()?.unwrap_or_default();
        Ok(Self { table, curves, groups, classes })
    }

    /// Columns that were read by nobody: a misspelt bound would otherwise be no bound.
    pub(super) fn notes(&self) -> Notes {
        let mut notes = Notes::default();
        let files = [
            (&self.table.file, &self.table.unused),
            (&self.groups.file, &self.groups.unused),
            (&self.classes.file, &self.classes.unused),
        ];
        for (file, unused) in files {
            notes.add("unused-columns", unused.len(), format!("columns of {file} are not used: {}", unused.join(", ")));
        }
        notes
    }
}

/// The curves, in the order of the rows. All cells that do not fit are refused together.
fn curves(table: &CurveTable) -> Result<Vec<Curve>, IngestError> {
    let mut refused = Vec::new();
    let mut curves = Vec::with_capacity(table.id.len());
    for row in 0..table.id.len() {
        let Some(curve) = curve(table, row, &mut refused) else { continue };
        if let Err(error) = curve.validate() {
            match misfit(table, row, &error) {
                Some(cell) => refused.push(cell),
                None => return Err(table.refuse_curve(row, &error.to_string())),
            }
        }
        curves.push(curve);
    }
    CurveTable::finish(refused)?;
    Ok(curves)
}

/// A parameter outside its range, as a refused cell; `None` for what is wrong with points.
pub(super) fn misfit(table: &CurveTable, row: usize, error: &CurveError) -> Option<Refused> {
    let CurveError::Parameter { parameter, .. } = error else { return None };
    let (value, rule) = match *parameter {
        "a" => (table.a[row], "must be finite and zero or above"),
        "k" => (table.k[row], "must be finite and above 0"),
        "h" if table.family[row] == "power" => {
            (table.h[row], "must be above 0 and at most 1 for a power curve; `hill` can be S-shaped")
        }
        _ => (table.h[row], "must be finite and above 0"),
    };
    Some(table.refused(row, parameter, &value.to_string(), rule))
}

fn curve(table: &CurveTable, row: usize, refused: &mut Vec<Refused>) -> Option<Curve> {
    let before = refused.len();
    let mut parameter = |column: &'static str, values: &[f64]| {
        if values[row].is_nan() {
            refused.push(table.refused(row, column, "", "is blank and this family needs it"));
        }
        values[row]
    };
    let curve = match table.family[row].as_str() {
        "hill" => {
            Some(Curve::Hill { a: parameter("a", &table.a), k: parameter("k", &table.k), h: parameter("h", &table.h) })
        }
        "exp" => Some(Curve::Exp { a: parameter("a", &table.a), k: parameter("k", &table.k) }),
        "power" => {
            Some(Curve::Power { a: parameter("a", &table.a), k: parameter("k", &table.k), h: parameter("h", &table.h) })
        }
        "log" => Some(Curve::Log { a: parameter("a", &table.a), k: parameter("k", &table.k) }),
        "points" => {
            let points = table.points_of(row).map(|points| Curve::Points(points.into()));
            if points.is_none() {
                let rule = "has no points for this id in the file of `--points`";
                refused.push(table.refused(row, "family", "points", rule));
            }
            points
        }
        other => {
            refused.push(table.refused(row, "family", other, "is not one of hill, exp, power, log and points"));
            None
        }
    };
    curve.filter(|_| refused.len() == before)
}
