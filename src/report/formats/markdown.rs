//! One page of Markdown: what the report's page says, without charts, for a chat, a mail or a wiki.

use crate::report::html::Table;
use std::fmt::Write as _;

/// A part of the page.
#[derive(Clone, Debug)]
pub(in crate::report) enum Block {
    /// A head and its level, 1 to 3.
    Head(usize, String),
    /// A paragraph.
    Words(String),
    /// A table under its caption; nothing where it has no rows.
    Table(Table),
}

/// The page as text.
pub(in crate::report) fn page(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        match block {
            Block::Head(level, words) => {
                let _ = writeln!(text, "{} {}\n", "#".repeat(*level), escaped(words));
            }
            Block::Words(words) if words.is_empty() => {}
            Block::Words(words) => {
                let _ = writeln!(text, "{}\n", escaped(words));
            }
            Block::Table(table) if table.rows.is_empty() => {}
            Block::Table(table) => text.push_str(&grid(table)),
        }
    }
    text
}

fn grid(table: &Table) -> String {
    let mut text = String::new();
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    text += &line(table.heads().map(|(head, _)| escaped(head)).collect());
    text += &line(table.heads().map(|(_, number)| if number { "---:" } else { "---" }.to_owned()).collect());
    for row in &table.rows {
        let cell = |(text, detail): (&str, &str)| {
            if detail.is_empty() { escaped(text) } else { format!("{} ({})", escaped(text), escaped(detail)) }
        };
        text += &line(row.iter().map(|one| cell(one.words())).collect());
    }
    text.push('\n');
    text
}

/// A text that Markdown shows as it is: neither a table's border nor a mark nor HTML, and in one line.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '~' | '#' => shown.extend(['\\', letter]),
            '<' => shown.push_str("&lt;"),
            // a quotation where it begins a line
            '>' if shown.is_empty() => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            letter if letter.is_control() => shown.push(' '),
            letter => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::html::Cell;

    #[test]
    fn hostile_texts_stay_texts() {
        let mut table = Table::new("Terms", &["Term", "#Spend"]);
        table.rows.push(vec![Cell::new("a | b\n<script>*x*</script>"), Cell::detailed("1.00", "now 2.00")]);
        let blocks = [Block::Head(2, "All # of it".to_owned()), Block::Words(String::new()), Block::Table(table)];
        let wanted = "## All \\# of it\n\n| Term | Spend |\n| --- | ---: |\n\
                      | a \\| b &lt;script>\\*x\\*&lt;/script> | 1.00 (now 2.00) |\n\n";
        assert_eq!(page(&blocks), wanted);
    }
}
