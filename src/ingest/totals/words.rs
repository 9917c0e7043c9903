//! Words of labels: of totals, and of what the platform hides, in four languages.

pub(super) const TOTAL: [&str; 8] =
    ["total", "gesamt", "summe", "insgesamt", "suma", "sous-total", "ensemble", "totaux"];
pub(super) const OTHER: [&str; 5] = ["other", "sonstige", "andere", "autres", "otros"];
pub(super) const TERMS: [&str; 6] = ["search term", "suchbegriff", "termes", "t\u{e9}rminos", "terminos", "queries"];

/// Whether a text is nothing but the label of a total: `Total`, `Total: Search`, `Gesamt - Konto`. Names of campaigns
/// and real terms may begin with the same word.
pub(in crate::ingest) fn is_label(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let rest = TOTAL.iter().filter_map(|word| lower.strip_prefix(word)).map(str::trim_start);
    rest.into_iter().any(|rest| rest.is_empty() || rest.starts_with([':', '-', '\u{2013}', '\u{2014}']))
}

/// Whether a word of the text is one of these.
pub(super) fn has_word(text: &str, words: &[&str]) -> bool {
    let lower = text.to_lowercase();
    lower.split(|letter: char| !letter.is_alphanumeric() && letter != '-').any(|word| words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::is_label;

    #[test]
    fn labels_are_no_names() {
        for text in ["Total", " total ", "Total: Search", "Gesamt - Konto", "Summe:", "TOTAL \u{2013} all"] {
            assert!(is_label(text), "{text}");
        }
        for text in ["Total Comfort", "totals", "Sum", "My Total", "", "-"] {
            assert!(!is_label(text), "{text}");
        }
    }
}
