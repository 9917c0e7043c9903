//! The tables of `--groups` and `--classes`: limits on sums of spends.
//!
//! In: a CSV, TSV or Parquet file with `id, parent, lower, upper` (classes: without `parent`), in any
//! order of rows. Out: limits in the order of the file and an order that has parents first. A limit is
//! money, or a share of what the plan spends: `30%`, or 0.3 in a column `lower_share` or `upper_share`.

use super::sheet::{Columns, Numbers, Sheet, cell, finish, sound};
use crate::ingest::error::{IngestError, Refused};
use std::collections::HashMap;
use std::path::Path;

/// One limit as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitCell {
    /// Money, or a share of what the plan spends from 0 to 1.
    pub amount: f64,
    /// Whether it is a share.
    pub share: bool,
    /// The column it stands in.
    pub column: &'static str,
}

/// Groups or classes as read. Shape of the vectors: rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LimitTable {
    /// Identifier, text.
    pub id: Vec<String>,
    /// Row of the parent; `None` directly under the budget.
    pub parent: Vec<Option<usize>>,
    /// Least spend; `None` where there is no limit.
    pub lower: Vec<Option<LimitCell>>,
    /// Most spend; `None` where there is no limit.
    pub upper: Vec<Option<LimitCell>>,
    /// All rows, each after its parent.
    pub order: Vec<usize>,
    /// The file, as given.
    pub file: String,
    /// Physical line of each row.
    pub line: Vec<u64>,
    /// Columns that mean nothing here.
    pub unused: Vec<String>,
}

impl LimitTable {
    /// The error for a row that the caller cannot use.
    #[must_use]
    pub fn refuse(&self, row: usize, column: &str, value: &str, rule: &'static str) -> IngestError {
        IngestError::Refused { refused: vec![cell(&self.file, self.line[row], column, value, rule)], total: 1 }
    }

    /// Row of each identifier.
    #[must_use]
    pub fn rows(&self) -> HashMap<&str, usize> {
        self.id.iter().enumerate().map(|(row, id)| (id.as_str(), row)).collect()
    }
}

/// Reads the groups.
///
/// # Errors
/// A file that cannot be read, cells that are no limits, an id given twice, a parent that is not
/// there or that leads back to the group.
pub fn read_groups(path: &Path) -> Result<LimitTable, IngestError> {
    read(path, &["parent", "lower", "upper", "lower_share", "upper_share"])
}

/// Reads the classes.
///
/// # Errors
/// As [`read_groups`].
pub fn read_classes(path: &Path) -> Result<LimitTable, IngestError> {
    read(path, &["lower", "upper", "lower_share", "upper_share"])
}

fn read(path: &Path, optional: &[&'static str]) -> Result<LimitTable, IngestError> {
    let sheet = Sheet::open(path)?;
    let columns = sheet.columns(&["id"], optional)?;
    let mut table = LimitTable {
        file: sheet.file.clone(),
        line: sheet.line.clone(),
        unused: sheet.unused(&columns),
        ..LimitTable::default()
    };
    let mut numbers = Numbers { sheet: &sheet, columns: &columns, refused: Vec::new() };
    let mut rows: HashMap<&str, usize> = HashMap::new();
    for row in 0..sheet.rows.len() {
        let id = sheet.cell(&columns, row, "id");
        if id.is_empty() {
            numbers.refuse(row, "id", "is blank");
        } else if rows.insert(id, row).is_some() {
            numbers.refuse(row, "id", "stands in an earlier row too");
        }
        table.id.push(id.to_owned());
        let lower = limit(&mut numbers, row, "lower", "lower_share");
        let upper = limit(&mut numbers, row, "upper", "upper_share");
        if let (Some(lower), Some(upper)) = (lower, upper)
            && lower.share == upper.share
            && upper.amount < lower.amount
        {
            numbers.refuse(row, upper.column, "is below the lower limit");
        }
        // a lower limit that is infinite was refused; an upper one is none
        table.lower.push(lower);
        table.upper.push(upper.filter(|limit| limit.amount.is_finite()));
    }
    for row in 0..sheet.rows.len() {
        let name = sheet.cell(&columns, row, "parent");
        let parent = rows.get(name).copied();
        if parent.is_none() && !name.is_empty() {
            numbers.refuse(row, "parent", "is not the id of a row of this file");
        }
        table.parent.push(parent);
    }
    let mut refused = numbers.refused;
    table.order = parents_first(&table.parent, |row| refused.push(circle(&sheet, &columns, row)));
    finish(refused)?;
    Ok(table)
}

fn circle(sheet: &Sheet, columns: &Columns, row: usize) -> Refused {
    let rule = "leads round in a circle and never to the budget";
    cell(&sheet.file, sheet.line[row], "parent", sheet.cell(columns, row, "parent"), rule)
}

/// All rows with parents first, otherwise in the order of the file; rows that no way leads to from the
/// top are handed to `lost`.
fn parents_first(parent: &[Option<usize>], mut lost: impl FnMut(usize)) -> Vec<usize> {
    let mut children = vec![Vec::new(); parent.len()];
    let mut order = Vec::with_capacity(parent.len());
    for (row, parent) in parent.iter().enumerate() {
        match parent {
            Some(parent) => children[*parent].push(row),
            None => order.push(row),
        }
    }
    let mut next = 0;
    while let Some(&row) = order.get(next) {
        order.extend_from_slice(&children[row]);
        next += 1;
    }
    let mut seen = vec![false; parent.len()];
    for &row in &order {
        seen[row] = true;
    }
    for row in (0..parent.len()).filter(|&row| !seen[row]) {
        lost(row);
    }
    order
}

/// The limit of one side, from its column of money or its column of shares.
fn limit(numbers: &mut Numbers, row: usize, money: &'static str, share: &'static str) -> Option<LimitCell> {
    let [in_money, in_share] = [money, share].map(|column| numbers.sheet.cell(numbers.columns, row, column));
    if !in_money.is_empty() && !in_share.is_empty() {
        numbers.refuse(row, share, "is a second limit beside the one in money: leave one of them blank");
        return None;
    }
    let infinite = money == "upper";
    let (column, read) = if !in_share.is_empty() {
        (share, if in_share.ends_with('%') { percent(in_share) } else { fraction(in_share, 1.0) })
    } else if in_money.is_empty() {
        return None;
    } else if in_money.ends_with('%') {
        (money, percent(in_money))
    } else {
        (money, sound(in_money, infinite).map_err(|rule| if rule == "is not a number" { NO_LIMIT } else { rule }))
    };
    match read {
        Ok(amount) => {
            let share = column == share || in_money.ends_with('%');
            Some(LimitCell { amount, share, column })
        }
        Err(rule) => {
            numbers.refuse(row, column, rule);
            None
        }
    }
}

/// What a cell that holds no limit is told.
const NO_LIMIT: &str = "is neither money, such as 250, nor a share of the spend, such as 30%";

fn percent(text: &str) -> Result<f64, &'static str> {
    fraction(text.trim_end_matches('%').trim_end(), 100.0)
}

/// A share from 0 to 1, written as so many of `whole`.
fn fraction(text: &str, whole: f64) -> Result<f64, &'static str> {
    let value = text.parse::<f64>().map_err(|_| NO_LIMIT)?;
    if (0.0..=whole).contains(&value) { Ok(value / whole) } else { Err("is not a share from 0 to 100%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_stand_before_their_children_and_circles_are_found() {
        let mut lost = Vec::new();
        // 0 under 2 under the top; 3 and 4 under each other, 5 under 4
        let order = parents_first(&[Some(2), None, None, Some(4), Some(3), Some(4)], |row| lost.push(row));
        assert_eq!(order, [1, 2, 0]);
        assert_eq!(lost, [3, 4, 5]);
    }

    #[test]
    fn shares_are_percents_or_fractions() {
        assert_eq!(percent("30 %"), Ok(0.3));
        assert_eq!(fraction("0.3", 1.0), Ok(0.3));
        assert!(percent("12%x").is_err());
        assert!(percent("101%").is_err());
        assert!(percent("NaN%").is_err());
        assert!(fraction("30", 1.0).is_err());
    }
}
