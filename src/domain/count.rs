//! Counts in messages.

use std::fmt::Display;

/// A number with its noun, in the plural unless it is one: "1 term", "3 terms", "0.5 conversions".
pub fn counted(number: impl Copy + Display + PartialEq + From<u8>, noun: &str) -> String {
    let plural = if number == 1.into() { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(1_usize, "term"), "1 term");
        assert_eq!(counted(0_u64, "term"), "0 terms");
        assert_eq!(counted(1.5, "conversion"), "1.5 conversions");
    }
}
