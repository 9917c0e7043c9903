//! Where the table stands in a text file.
//!
//! In: text, and which names are known as columns. Out: separator, header, the rows' range, and the lines
//! above and below that are no rows: titles, date ranges, copyright. The header is the record with the most
//! known names, the first of several; where nothing is known it is the first of the widest records. Only the
//! beginning and the end of the text are looked at. Lines below the table are none of its rows if they have one cell, or
//! two and fewer than the header, and an empty line, quotes or their own words set them off; a file that was cut short is
//! still told by its last row, which has no end.

use super::aliases::Column;
use super::cell::Record;
use super::delimited::{Header, Records};
use std::collections::BTreeSet;

/// The separators that are tried, commas first.
const SEPARATORS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Text looked through for the header, bytes and records.
const HEAD: usize = 1 << 20;
const RECORDS: usize = 100;
/// Lines below the table, at most.
const FOOTER: usize = 40;

/// Where the table stands.
#[derive(Debug)]
pub(super) struct Layout {
    pub header: Header,
    /// The lines above the header, without their separators.
    pub preamble: Vec<String>,
    /// The lines below the rows, from the first.
    pub footer: Vec<String>,
    /// How many columns are known by their names.
    pub known: usize,
}

/// A record that may be the header.
#[derive(Clone, Copy, Debug)]
struct Found {
    separator: u8,
    start: usize,
    line: u64,
    known: usize,
    width: usize,
}

impl Found {
    /// Whether it is more like a header than another.
    fn beats(&self, other: &Self) -> bool {
        let rank = |found: &Self| (found.known, if found.known == 0 { found.width } else { 0 });
        match rank(self).cmp(&rank(other)) {
            std::cmp::Ordering::Equal => (self.start, other.width) < (other.start, self.width),
            order => order.is_gt(),
        }
    }
}

/// Finds the table; `known` tells the column of a name.
pub(super) fn find(text: &str, known: &dyn Fn(&str) -> Option<Column>) -> Layout {
    let head = beginning(text);
    let mut best: Option<Found> = None;
    for separator in SEPARATORS {
        let mut records = Records::new(head, separator);
        for _ in 0..RECORDS {
            let Some(line) = records.advance() else { break };
            let columns: BTreeSet<Column> = (0..records.width()).filter_map(|at| known(records.text(at))).collect();
            let (start, known, width) = (records.start(), columns.len(), records.width());
            let found = Found { separator, start, line, known, width };
            if best.is_none_or(|best| found.beats(&best)) {
                best = Some(found);
            }
        }
    }
    let found = best.unwrap_or(Found { separator: SEPARATORS[0], start: 0, line: 1, known: 0, width: 0 });
    let preamble = lines(&text[..found.start], found.separator);
    let mut header = Header::read(&text[found.start..], found.separator);
    header.end += found.start;
    header.line += found.line - 1;
    let (until, footer) = footer(text, &header);
    header.until = until;
    Layout { header, preamble, footer, known: found.known }
}

/// The first part of the text, whole characters.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(HEAD)]
}

/// Texts of the records that have any.
fn lines(text: &str, separator: u8) -> Vec<String> {
    let mut records = Records::new(text, separator);
    let mut lines = Vec::new();
    while records.advance().is_some() {
        let cells: Vec<&str> =
            (0..records.width()).map(|at| records.text(at).trim()).filter(|cell| !cell.is_empty()).collect();
        if !cells.is_empty() {
            lines.push(cells.join(" "));
        }
    }
    lines
}

/// Where the rows end, and the lines below them.
fn footer(text: &str, header: &Header) -> (usize, Vec<String>) {
    let mut until = text.len();
    let mut found: Vec<(&str, Remark)> = Vec::new();
    if header.names.len() < 2 {
        return (until, Vec::new());
    }
    for _ in 0..FOOTER {
        let rows = text[header.end..until].trim_end_matches(['\n', '\r']);
        let line = &rows[rows.rfind('\n').map_or(0, |at| at + 1)..];
        let Some(remark) = remark(line, header) else { break };
        found.push((line, remark));
        until = header.end + rows.len() - line.len();
    }
    let above = text[header.end..until].trim_end_matches('\r');
    let set_off = above.ends_with("\n\n") || above.ends_with("\n\r\n") || above.trim().is_empty();
    // a file that was cut has no end of its last line
    let ends = text.ends_with('\n') || found.len() > 1;
    let told = |(line, remark): &(&str, Remark)| match remark {
        Remark::Short => ends || is_sentence(line),
        Remark::Padded => is_sentence(line),
        Remark::Pair => false,
    };
    let single = found.iter().all(|(_, remark)| *remark != Remark::Pair);
    let quoted = text.ends_with('\n') && single && found.iter().all(|(line, _)| line.trim_start().starts_with('"'));
    let pairs = ends && found.iter().any(|(line, _)| is_sentence(line));
    let told = found.iter().all(|pair| told(pair) || (pairs && pair.1 == Remark::Pair));
    if found.is_empty() || !((set_off && (single || ends)) || quoted || told) {
        return (text.len(), Vec::new());
    }
    found.reverse();
    (until, found.iter().flat_map(|(line, _)| lines(line, header.separator)).collect())
}

/// How a line that may be a remark is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remark {
    /// One cell, or fewer than the header has and nothing in the others.
    Short,
    /// One cell, and as many empty ones as the header has.
    Padded,
    /// Two cells where the header has more, as `Rows:,60`.
    Pair,
}

/// A line of one or two cells of text, and fewer than the rows have.
fn remark(line: &str, header: &Header) -> Option<Remark> {
    let mut records = Records::new(line, header.separator);
    if line.trim().is_empty() || records.advance().is_none() || records.is_open() {
        return None;
    }
    // a quote that is not the line's own belongs to a cell that began lines before
    let quotes = line.matches('"').count();
    let own = quotes.is_multiple_of(2) && (quotes == 0 || line.trim_start().starts_with('"'));
    let filled: Vec<usize> = (0..records.width()).filter(|&at| !records.text(at).trim().is_empty()).collect();
    let short = records.width() < header.names.len();
    match filled.as_slice() {
        [0] if own && short => Some(Remark::Short),
        [0] if own => Some(Remark::Padded),
        [0, 1] if short && header.names.len() > 2 => Some(Remark::Pair),
        _ => None,
    }
}

/// Whether a line says something of a report, as no term does.
fn is_sentence(line: &str) -> bool {
    const WORDS: [&str; 14] = [
        "\u{a9}",
        "(c)",
        "rights reserved",
        "copyright",
        "generated",
        "exported",
        "downloaded",
        "created",
        "erstellt",
        "heruntergeladen",
        "g\u{e9}n\u{e9}r\u{e9}",
        "generado",
        "rows:",
        "zeilen:",
    ];
    let lower = line.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::aliases::recognize;

    fn find_in(text: &str) -> Layout {
        find(text, &|name| recognize(name).map(|found| found.column))
    }

    fn rows<'t>(text: &'t str, layout: &Layout) -> &'t str {
        &text[layout.header.end..layout.header.until]
    }

    #[test]
    fn the_header_stands_below_titles() {
        let text =
            "Search terms report\n\"January 5, 2026 - February 3, 2026\"\nSearch term,Clicks,Conversions\na,1,0\n";
        let layout = find_in(text);
        assert_eq!(layout.preamble, ["Search terms report", "January 5, 2026 - February 3, 2026"]);
        assert_eq!((layout.header.names.len(), layout.header.line, rows(text, &layout)), (3, 4, "a,1,0\n"));
        let padded = "Keyword report (Jun 14, 2016)\t\t\r\nKeyword\tClicks\tConversions\r\na\t1\t0\r\n";
        let layout = find_in(padded);
        assert_eq!((layout.header.separator, layout.header.line), (b'\t', 3));
        assert_eq!(layout.preamble, ["Keyword report (Jun 14, 2016)"]);
    }

    #[test]
    fn a_footer_is_set_off() {
        for (footer, expected) in [
            ("\n\"(c) A company\"\n", 1),
            ("\nDownloaded by a person\nAll rights reserved", 2),
            ("\"(c) A company\"\n", 1),
            ("\n(c) A company,,\n", 1),
            // a row that was cut short
            ("lonely", 0),
            ("lonely\n", 1),
            ("Downloaded by a person", 1),
            ("Exported by,a person\n", 1),
            ("Rows:,60\nAll rights reserved\n", 2),
            ("(c) A company,,\n", 1),
            ("lonely,,\n", 0),
            ("lonely,1\n", 0),
            ("lonely,1", 0),
            ("\"two\nlines\",1,0\n", 0),
            ("x,1,\"two\nlines\"\n", 0),
            ("\nx,1,0\n", 0),
        ] {
            let text = format!("Keyword,Clicks,Conversions\na,1,0\n{footer}");
            let layout = find_in(&text);
            assert_eq!(layout.footer.len(), expected, "{footer:?}");
            let end = if expected > 0 { "a,1,0" } else { footer.trim_end() };
            assert!(rows(&text, &layout).trim_end().ends_with(end), "{footer:?}");
        }
    }

    #[test]
    fn data_that_look_like_names_are_no_header() {
        let layout = find_in("term,clicks,conversions\nclicks,1,0\nconversions,2,0\n");
        assert_eq!(layout.header.line, 2);
        // nothing is known: the first of the widest
        let layout = find_in("a title\nfoo;bar;baz\n1;2;3\n");
        assert_eq!(layout.header.names, ["foo", "bar", "baz"]);
    }

    #[test]
    fn a_header_larger_than_what_is_looked_at_is_whole() {
        let names: Vec<String> = (0..60_000).map(|number| format!("column {number:050}")).collect();
        let text = format!("term,clicks,conversions,{}\n", names.join(","));
        assert!(text.len() > HEAD);
        let header = find_in(&text).header;
        assert_eq!((header.names.len(), header.endless), (60_003, false));
    }
}
