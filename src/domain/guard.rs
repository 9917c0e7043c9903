//! Texts that a spreadsheet would run as a formula, and the sign that keeps it from doing so.
//!
//! Search terms are typed by strangers. A cell that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet, and
//! a formula can send data away. An apostrophe before it makes it a text; the program's own reader takes it off again.
//! Source: OWASP, "CSV injection".

use std::borrow::Cow;

/// Whether a spreadsheet may take a text for a formula, however many apostrophes stand before it.
fn is_formula(text: &str) -> bool {
    let formula = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    text.trim_start_matches('\'').starts_with(formula)
}

/// A text as a cell of a file that a spreadsheet may open.
#[must_use]
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that was guarded; a text that never was stays as it is.
#[must_use]
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_come_back() {
        for text in ["=HYPERLINK(\"http://x\")", "+broad", "-1", "@sum", "\ttab", "'=x", "''+x", "\u{ff1d}1"] {
            assert_eq!(guarded(text), format!("'{text}"));
            assert_eq!(unguarded(&guarded(text)), text);
        }
        for text in ["", "shoes", "'quoted'", "a=b", "5 - 3", "'", "l'eau"] {
            assert_eq!((guarded(text), unguarded(text)), (Cow::Borrowed(text), text));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back(text in "['=+@a -]{0,6}") {
            let cell = guarded(&text);
            proptest::prop_assert_eq!(unguarded(&cell), text.as_str());
        }
    }
}
