//! Names beside drawings, cut to the room that they have.
//!
//! The drawing has no font to measure with, so widths are those of a common sans-serif face, a little on the wide side; what
//! is cut stands whole in the chart's table and on the page.

use super::super::format;
use unicode_width::UnicodeWidthChar as _;

/// Width of a character, as a share of the font's size.
fn width(c: char) -> f64 {
    match c {
        ' ' | '!' | '\'' | '(' | ')' | ',' | '.' | '/' | ':' | ';' | '[' | ']' | '|' | 'I' | 'f' | 'i' | 'j' | 'l'
        | 'r' | 't' => 0.34,
        '%' | '@' | 'M' | 'W' | 'm' | 'w' => 0.95,
        '…' => 1.0,
        'A'..='Z' => 0.72,
        _ => match c.width() {
            Some(0) | None => 0.0,
            Some(1) => 0.58,
            Some(_) => 1.02,
        },
    }
}

/// Whether a character is of a script that is written from right to left; `None` where it is of no script.
fn leftward(c: char) -> Option<bool> {
    match c {
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' => Some(true),
        _ if c.is_alphanumeric() => Some(false),
        _ => None,
    }
}

/// A name, cut with `…` to `room` logical pixels at a font size, and named where it is blank.
pub(super) fn fitted(name: &str, size: f64, room: f64) -> String {
    let name = format::whole_name(name);
    let room = room / size;
    if name.chars().map(width).sum::<f64>() <= room {
        return name;
    }
    let mut used = width('…');
    let mut short: String = name
        .chars()
        .take_while(|&c| {
            used += width(c);
            used <= room
        })
        .collect();
    // a joiner without what it joined would attach to the dots
    let kept = short.trim_end_matches(|c: char| c == '\u{200d}' || c.is_whitespace()).len();
    short.truncate(kept);
    short.push('…');
    // the dots end what they cut, on its left where that is where it ends
    if name.chars().take(short.chars().count()).filter_map(leftward).last() == Some(true) {
        short.push('\u{200f}');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_by_the_room_they_take() {
        assert_eq!(fitted("boots", 16.0, 300.0), "boots");
        assert_eq!(fitted(" ", 16.0, 300.0), "(no text)");
        let narrow = fitted(&"i".repeat(200), 16.0, 300.0).chars().count();
        let wide = fitted(&"w".repeat(200), 16.0, 300.0).chars().count();
        assert!(narrow > 2 * wide && wide < 20, "{narrow} and {wide}");
        let chinese = fitted(&"靴".repeat(200), 16.0, 300.0);
        assert!(chinese.ends_with('…') && chinese.chars().count() < 19, "{chinese}");
        assert_eq!(fitted("boots for walking", 10.0, 0.0), "…");
    }

    #[test]
    fn dots_stand_where_the_text_ends() {
        assert!(fitted(&"חולצה ".repeat(40), 16.0, 200.0).ends_with("…\u{200f}"));
        assert!(fitted(&"C1 حقيبة ".repeat(40), 16.0, 60.0).ends_with("…\u{200f}"));
        assert!(fitted(&format!("{}boots and socks", "x".repeat(20)), 16.0, 200.0).ends_with('…'));
    }
}
