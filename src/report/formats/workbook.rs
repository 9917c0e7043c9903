//! The tables as a workbook: a sheet each, with sums that follow the filter, columns that are computed from others as formulas,
//! and what a column means as a note on its head.
//!
//! Sums stand above the heads, so that they are in sight whatever is scrolled and filtered. A formula holds the figure that the
//! CSV has, for programs that show it without computing. Terms are written as texts, which no program runs.

use super::{Block, Kind, Written, kind};
use crate::domain::{guarded, unguarded};
use crate::numeric::sum::ExactSum;
use crate::report::records::Records;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, Formula, Note, Workbook, Worksheet, XlsxError, utility::row_col_to_cell,
};

/// Rows of a table that a sheet can hold beside sums and heads.
const MOST_ROWS: usize = 1_048_576 - 3;
/// Row of the sums, and of the heads.
const SUMS: u32 = 0;
const HEADS: u32 = 1;
const FIRST: u32 = 2;

/// Tables whose rows add up.
const ADDITIVE: [&str; 6] = ["recommendations", "campaigns", "weeks", "week_plan", "week_budgets", "months"];
/// Columns that add up.
const SUMMED: [&str; 22] = [
    "current_spend",
    "recommended_spend",
    "change",
    "clicks_now",
    "clicks_plan",
    "conversions_now",
    "conversions_plan",
    "revenue_now",
    "revenue_plan",
    "profit_now",
    "profit_plan",
    "clicks_seen",
    "conversions_seen",
    "terms",
    "raised",
    "cut",
    "spend",
    "even_spend",
    "clicks",
    "conversions",
    "revenue",
    "profit",
];

/// A column that follows from two others of its row.
struct Computed {
    name: &'static str,
    from: [&'static str; 2],
    formula: fn(&str, &str) -> String,
    /// What the formula gives; `None` for an empty text.
    result: fn(f64, f64) -> Option<f64>,
}

const fn ratio(name: &'static str, from: [&'static str; 2]) -> Computed {
    Computed {
        name,
        from,
        formula: |part, whole| format!("IF({whole}=0,\"\",{part}/{whole})"),
        result: |part, whole| (whole.abs() > 0.0).then(|| part / whole),
    }
}

const COMPUTED: [Computed; 4] = [
    Computed {
        name: "change",
        from: ["recommended_spend", "current_spend"],
        formula: |plan, now| format!("{plan}-{now}"),
        result: |plan, now| Some(plan - now),
    },
    ratio("change_pct", ["change", "current_spend"]),
    ratio("cpa_plan", ["recommended_spend", "conversions_plan"]),
    ratio("roas_plan", ["revenue_plan", "recommended_spend"]),
];

/// How cells look.
struct Looks {
    head: Format,
    kinds: [(Kind, Format, Format); 4],
    guarded: Format,
}

impl Looks {
    fn new() -> Self {
        let of = |pattern: &str| {
            let plain = Format::new().set_num_format(pattern);
            let sum = plain.clone().set_bold().set_background_color("#EEF3F7");
            (plain, sum)
        };
        let look = |kind: Kind, pattern: &str| {
            let (plain, sum) = of(pattern);
            (kind, plain, sum)
        };
        Self {
            head: Format::new().set_bold().set_background_color("#DCE6EF").set_text_wrap(),
            kinds: [
                look(Kind::Money, "#,##0.00"),
                look(Kind::Share, "0.0%"),
                look(Kind::Number, "#,##0.###"),
                look(Kind::Text, "@"),
            ],
            guarded: Format::new().set_num_format("@").set_quote_prefix(),
        }
    }

    fn of(&self, kind: Kind, sum: bool) -> &Format {
        let found = self.kinds.iter().find(|(own, ..)| *own == kind).unwrap_or(&self.kinds[3]);
        if sum { &found.2 } else { &found.1 }
    }
}

/// The workbook; its first sheet has what the page says.
pub(super) fn workbook(tables: &[Written], blocks: &[Block]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // the same bytes whenever it is written
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(
        &DocProperties::new().set_title("termwise").set_author("termwise").set_creation_datetime(&made),
    );
    let looks = Looks::new();
    front(book.add_worksheet(), tables, blocks, &looks)?;
    for table in tables {
        sheet(book.add_worksheet(), table, &looks)?;
    }
    book.save_to_buffer()
}

/// What the plan says, and which sheets there are.
fn front(sheet: &mut Worksheet, tables: &[Written], blocks: &[Block], looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name("plan")?.set_column_width(0, 34)?;
    for column in 1..=8 {
        sheet.set_column_width(column, 18)?;
    }
    let mut row = 0;
    let bold = Format::new().set_bold().set_font_size(13);
    for block in blocks {
        match block {
            Block::Head(_, words) => {
                sheet.write_string_with_format(row + u32::from(row > 0), 0, words, &bold)?;
                row += 1 + u32::from(row > 0);
            }
            Block::Words(words) => {
                sheet.write_string(row, 0, words)?;
                row += 1;
            }
            Block::Table(table) => {
                for (column, (head, _)) in (0..).zip(table.heads()) {
                    sheet.write_string_with_format(row, column, head, &looks.head)?;
                }
                row += 1;
                for cells in &table.rows {
                    for (column, cell) in (0..).zip(cells) {
                        let (text, detail) = cell.words();
                        let shown = if detail.is_empty() { text.to_owned() } else { format!("{text} ({detail})") };
                        sheet.write_string_with_format(row, column, shown, text_look(text, looks))?;
                    }
                    row += 1;
                }
            }
        }
    }
    row += 1;
    sheet.write_string_with_format(row, 0, "Sheets", &bold)?;
    for table in tables {
        row += 1;
        let name = sheet_name(table.name());
        sheet.write_string(row, 0, &name)?;
        sheet.write_string(row, 1, &table.described.about)?;
    }
    let words = "Sums stand above the heads and follow the filter; a note on each head says what the column is. An empty cell was \
                 not computed or does not apply.";
    sheet.write_string(row + 2, 0, words)?;
    Ok(())
}

/// A text that a spreadsheet would take for a formula is marked as one that is not.
fn text_look<'a>(text: &str, looks: &'a Looks) -> &'a Format {
    if guarded(text).len() > text.len() { &looks.guarded } else { looks.of(Kind::Text, false) }
}

/// Names of sheets have 31 letters at most.
fn sheet_name(name: &str) -> String {
    name.replace('/', " ").chars().take(31).collect()
}

fn sheet(sheet: &mut Worksheet, table: &Written, looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name(sheet_name(table.name()))?;
    let mut records = Records::new(table.csv);
    let heads = records.next().unwrap_or_default();
    let about = |head: &str| table.described.heads.iter().find(|known| known.name == head);
    let kinds: Vec<Kind> = heads.iter().map(|head| about(head).map_or(Kind::Text, |head| kind(&head.unit))).collect();
    let place = |name: &str| heads.iter().position(|head| head == name).and_then(|at| u16::try_from(at).ok());
    // formulas by column, of those whose columns are all there
    let mut computed: Vec<Option<(&Computed, [u16; 2])>> = vec![None; heads.len()];
    for column in &COMPUTED {
        if let (Some(own), [Some(one), Some(other)]) = (place(column.name), column.from.map(place)) {
            computed[usize::from(own)] = Some((column, [one, other]));
        }
    }
    let mut sums = vec![ExactSum::default(); heads.len()];
    let mut row = FIRST;
    let mut left_out = 0_usize;
    for cells in records {
        if (row - FIRST) as usize >= MOST_ROWS {
            left_out += 1;
            continue;
        }
        let mut numbers: Vec<Option<f64>> = cells.iter().map(|cell| cell.parse().ok()).collect();
        for (column, cell) in (0_u16..).zip(&cells).filter(|(_, cell)| !cell.is_empty()) {
            let at = usize::from(column);
            let look = looks.of(kinds[at], false);
            let Some(number) = numbers[at].filter(|_| kinds[at] != Kind::Text) else {
                let text = unguarded(cell);
                sheet.write_string_with_format(row, column, text, text_look(text, looks))?;
                continue;
            };
            let from = computed[at].and_then(|(computed, [one, other])| {
                let both = numbers[usize::from(one)].zip(numbers[usize::from(other)])?;
                Some((computed, [one, other], (computed.result)(both.0, both.1)?))
            });
            // what the formula gives, which may be a cent off what was computed before it was rounded
            numbers[at] = from.as_ref().map_or(Some(number), |(.., result)| Some(*result));
            match from {
                Some((computed, [one, other], result)) => {
                    let formula = (computed.formula)(&row_col_to_cell(row, one), &row_col_to_cell(row, other));
                    let formula = Formula::new(format!("={formula}")).set_result(result.to_string());
                    sheet.write_formula_with_format(row, column, formula, look)?;
                }
                None => {
                    sheet.write_number_with_format(row, column, number, look)?;
                }
            }
            sums[at].add(numbers[at].unwrap_or(number));
        }
        row += 1;
    }
    let last = row.saturating_sub(1).max(HEADS);
    let adds_up = ADDITIVE.contains(&table.name()) && last >= FIRST;
    for ((column, head), kind) in (0_u16..).zip(&heads).zip(&kinds) {
        sheet.write_string_with_format(HEADS, column, head.replace('_', " "), &looks.head)?;
        if let Some(about) = about(head) {
            let unit = if about.unit == "text" { String::new() } else { format!("\n({})", about.unit) };
            let note = Note::new(format!("{}{unit}", about.meaning)).add_author_prefix(false).set_width(260);
            sheet.insert_note(HEADS, column, &note)?;
        }
        let width = if *kind == Kind::Text { 22 } else { 13 };
        sheet.set_column_width(column, width)?;
        if adds_up && SUMMED.contains(&head.as_str()) {
            let range = format!("{}:{}", row_col_to_cell(FIRST, column), row_col_to_cell(last, column));
            let sum = sums[usize::from(column)].value();
            let formula = Formula::new(format!("=SUBTOTAL(109,{range})")).set_result(sum.to_string());
            sheet.write_formula_with_format(SUMS, column, formula, looks.of(*kind, true))?;
        }
    }
    if adds_up {
        sheet.write_string_with_format(SUMS, 0, "sum of what is shown", looks.of(Kind::Text, true))?;
    }
    if left_out > 0 {
        let words = format!("{left_out} rows more than a sheet holds are in {} alone", table.described.file);
        sheet.write_string(last + 1, 0, words)?;
    }
    sheet.set_freeze_panes(FIRST, 1)?;
    if let Some(width) = u16::try_from(heads.len()).ok().and_then(|width| width.checked_sub(1)) {
        sheet.autofilter(HEADS, 0, last, width)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::dictionary::{Described, Head};
    use calamine::{Data, DataType, Reader, Xlsx};
    use std::io::Cursor;

    const CSV: &str = "term,current_spend,recommended_spend,change,change_pct,note\n\
                       '=cmd(),10.00,12.50,2.50,0.25,\nshoes,0.00,1.25,1.25,,\"a, b\"\n";

    fn made() -> Vec<u8> {
        let head = |name, unit: &str| Head { name, unit: unit.to_owned(), meaning: format!("what {name} is") };
        let described = Described {
            file: "recommendations.csv".to_owned(),
            about: "rows".to_owned(),
            heads: vec![
                head("term", "text"),
                head("current_spend", "money a period"),
                head("recommended_spend", "money a period"),
                head("change", "money a period"),
                head("change_pct", "ratio"),
                head("note", "text"),
            ],
        };
        let blocks = [Block::Head(1, "Plan".to_owned()), Block::Words("=SUM(1)".to_owned())];
        workbook(&[Written { described: &described, csv: CSV.as_bytes() }], &blocks).unwrap()
    }

    #[test]
    fn sheets_hold_the_figures_and_formulas_that_give_them() {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(made())).unwrap();
        assert_eq!(book.sheet_names(), ["plan", "recommendations"]);
        let cells = book.worksheet_range("recommendations").unwrap();
        let number = |row, column| cells.get_value((row, column)).and_then(Data::get_float).unwrap();
        assert_eq!(cells.get_value((2, 0)), Some(&Data::String("=cmd()".to_owned())));
        assert_eq!(cells.get_value((3, 5)), Some(&Data::String("a, b".to_owned())));
        assert_eq!([number(0, 1), number(0, 2), number(0, 3)], [10.0, 13.75, 3.75]);
        assert_eq!([number(2, 3), number(2, 4), number(3, 3)], [2.5, 0.25, 1.25]);
        assert!(matches!(cells.get_value((3, 4)), None | Some(Data::Empty)));
        let formulas = book.worksheet_formula("recommendations").unwrap();
        let formula = |row, column| formulas.get_value((row, column)).cloned().unwrap_or_default();
        assert_eq!(formula(0, 2), "SUBTOTAL(109,C3:C4)");
        assert_eq!(formula(2, 3), "C3-B3");
        assert_eq!(formula(2, 4), "IF(B3=0,\"\",D3/B3)");
        assert_eq!((formula(2, 0), formula(3, 2)), (String::new(), String::new()));
    }

    #[test]
    fn the_same_tables_give_the_same_bytes() {
        assert_eq!(made(), made());
    }
}
