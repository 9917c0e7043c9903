//! A table as an array of objects, one a line.

use super::{Kind, Written, kind};
use crate::domain::unguarded;
use crate::report::records::Records;
use serde_json::Value;

/// Texts as they came, numbers as numbers, empty cells as null.
pub(super) fn rows(table: &Written) -> String {
    let kinds: Vec<Kind> = table.described.heads.iter().map(|head| kind(&head.unit)).collect();
    let mut records = Records::new(table.csv);
    let heads = records.next().unwrap_or_default();
    let mut text = String::from("[");
    for (at, cells) in records.enumerate() {
        text.push_str(if at == 0 { "\n{" } else { ",\n{" });
        for (column, (head, cell)) in heads.iter().zip(&cells).enumerate() {
            if column > 0 {
                text.push_str(", ");
            }
            let kind = kinds.get(column).copied().unwrap_or(Kind::Text);
            text.push_str(&Value::from(head.as_str()).to_string());
            text.push_str(": ");
            text.push_str(&value(cell, kind).to_string());
        }
        text.push('}');
    }
    text.push_str("\n]\n");
    text
}

fn value(cell: &str, kind: Kind) -> Value {
    match kind {
        _ if cell.is_empty() => Value::Null,
        Kind::Text => Value::from(unguarded(cell)),
        // infinite prices are written in words
        _ => {
            cell.parse::<f64>().ok().filter(|number| number.is_finite()).map_or_else(|| Value::from(cell), Value::from)
        }
    }
}
