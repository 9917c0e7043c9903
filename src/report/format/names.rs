//! Names become text here: cleaned of what would disturb where they are shown, shortened where room is short.

use unicode_width::UnicodeWidthChar;

/// What stands for a name without a letter.
const UNNAMED: &str = "(no text)";

/// Text that cannot disturb where it is shown: control and direction-override characters, which
/// terminals obey and XML forbids, become the replacement character.
pub(in super::super) fn clean(text: &str) -> String {
    text.chars().map(|c| if hostile(c) { '\u{fffd}' } else { c }).collect()
}

fn hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
}

/// Columns that a text takes on a terminal; a wide character takes two.
pub(in super::super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The text cleaned and cut to `columns`, with `…` where something was cut.
pub(in super::super) fn shorten(text: &str, columns: usize) -> String {
    let text = clean(text);
    if width(&text) <= columns {
        return text;
    }
    let mut used = 1;
    let mut short = String::new();
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        short.push(c);
    }
    // a joiner without what it joined would attach to the dots
    let kept = short.trim_end_matches(|c: char| c == '\u{200d}' || c.is_whitespace()).len();
    short.truncate(kept);
    short + "…"
}

/// A term or campaign as people read it: cleaned, cut to `columns`, and named where it is blank.
pub(in super::super) fn name(text: &str, columns: usize) -> String {
    if text.trim().is_empty() { UNNAMED.to_owned() } else { shorten(text, columns) }
}

/// As [`name`], whole however long: what shows it wraps.
pub(in super::super) fn whole_name(text: &str) -> String {
    if text.trim().is_empty() { UNNAMED.to_owned() } else { clean(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_by_width_and_disarmed() {
        assert_eq!(shorten("short", 10), "short");
        assert_eq!(shorten("a much longer name", 8), "a much…");
        assert_eq!(shorten("検索広告の検索語", 7), "検索広…");
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c"), "a\u{fffd}[31mb\u{fffd}c");
    }
}
