//! Words of labels: of totals, and of what the platform hides, in four languages.

/// Beginnings and ends of labels of totals.
const TOTAL: [&str; 8] = ["total", "gesamt", "summe", "insgesamt", "suma", "sous-total", "ensemble", "totaux"];
/// Longer labels, as pivot tables and spreadsheets write them.
const WHOLE: [&str; 11] = [
    "grand total",
    "subtotal",
    "sub-total",
    "sub total",
    "zwischensumme",
    "gesamtsumme",
    "gesamtergebnis",
    "total general",
    "total g\u{e9}n\u{e9}ral",
    "sous total",
    "suma total",
];
/// Ends of labels of totals of a part: `Brand Total`, `Brand Ergebnis`.
const ENDS: [&str; 5] = [" total", " gesamt", " summe", " ergebnis", " subtotal"];
/// Labels that are one word, which may be the beginning of a term: nothing else may stand beside them.
const BARE: [&str; 28] = [
    "totals",
    "totales",
    "totale",
    "totali",
    "totais",
    "totaal",
    "sum",
    "sums",
    "somme",
    "somma",
    "summa",
    "soma",
    "all",
    "alle",
    "tous",
    "toutes",
    "todos",
    "\u{5408}\u{8ba1}",
    "\u{5408}\u{8a08}",
    "\u{603b}\u{8ba1}",
    "\u{438}\u{442}\u{43e}\u{433}\u{43e}",
    "\u{432}\u{441}\u{435}\u{433}\u{43e}",
    // of spreadsheets and warehouses
    "(all)",
    "[all]",
    "__all__",
    "(total)",
    "[total]",
    "*",
];
/// First letters of labels.
const FIRST: [u8; 7] = *b"agistez";
/// Words before what is all of.
const ALL: [&str; 6] = ["all ", "alle ", "tous les ", "toutes les ", "todos los ", "todas las "];
/// What a name may be all of.
const NAMED: [&str; 17] = [
    "match types",
    "campaigns",
    "ad groups",
    "channels",
    "kampagnen",
    "anzeigengruppen",
    "\u{fc}bereinstimmungstypen",
    "keyword-optionen",
    "campagnes",
    "groupes d'annonces",
    "types de correspondance",
    "campa\u{f1}as",
    "grupos de anuncios",
    "tipos de concordancia",
    "tipos de coincidencia",
    "days",
    "weeks",
];
const OTHER: [&str; 5] = ["other", "sonstige", "andere", "autres", "otros"];
const TERMS: [&str; 6] = ["search term", "suchbegriff", "termes", "t\u{e9}rminos", "terminos", "queries"];
/// What the platforms call the terms that they do not show.
pub(in crate::ingest) const POOLS: [&str; 14] = [
    "other search terms",
    "other search queries",
    "other queries",
    "sonstige suchbegriffe",
    "andere suchbegriffe",
    "autres termes de recherche",
    "otros t\u{e9}rminos de b\u{fa}squeda",
    "otros terminos de busqueda",
    "other keywords",
    "weitere suchbegriffe",
    "autres requ\u{ea}tes",
    "otras b\u{fa}squedas",
    "search terms not shown",
    // Apple, in brackets
    "low volume terms",
];
/// First letters of their names, in brackets or not.
pub(in crate::ingest) const POOL_LETTERS: [u8; 5] = *b"(osaw";
/// Single words that may stand for the same, or be a term.
pub(in crate::ingest) const REST: [&str; 7] = ["other", "others", "sonstige", "andere", "autres", "otros", "sonstiges"];
/// Subjects of totals of the whole report.
const ACCOUNT: [&str; 13] = [
    "account", "konto", "compte", "cuenta", "term", "begriff", "keyword", "mot", "palabra", "all", "filter", "report",
    "camp",
];

fn begins<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

fn ends<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (rest, tail) = text.split_at_checked(text.len().checked_sub(word.len())?)?;
    tail.eq_ignore_ascii_case(word).then_some(rest)
}

fn is_mark(letter: char) -> bool {
    matches!(letter, ':' | '-' | '\u{2013}' | '\u{2014}' | '(')
}

/// Whether a text is nothing but the label of a total: `Total`, `Total: Search`, `Gesamt - Konto`, `Grand total`. Names of
/// campaigns and real terms may begin with the same word.
pub(in crate::ingest) fn is_label(text: &str) -> bool {
    let text = text.trim();
    let mut rests = TOTAL.iter().chain(&WHOLE).filter_map(|word| begins(text, word)).map(str::trim_start);
    rests.any(|rest| rest.is_empty() || rest.starts_with(is_mark))
}

/// Whether a text is one of the single words that label totals; a term may be the same word.
pub(super) fn is_bare(text: &str) -> bool {
    let text = text.trim().trim_end_matches(':').trim_end();
    // most terms are longer
    text.len() <= 16 && BARE.contains(&text.to_lowercase().as_str())
}

/// Whether a name is nothing but the label of a total: `Total`, `Alle`, `(all)`, `All campaigns`.
pub(super) fn is_name_of_all(text: &str) -> bool {
    let text = text.trim().trim_end_matches(':').trim_end();
    // most names begin otherwise, or are longer
    let first = text.bytes().next().unwrap_or_default();
    if text.len() > 32 || (first.is_ascii_alphanumeric() && !FIRST.contains(&first.to_ascii_lowercase())) {
        return false;
    }
    is_bare(text)
        || TOTAL.iter().chain(&WHOLE).any(|word| begins(text, word).is_some_and(str::is_empty))
        || ALL
            .iter()
            .filter_map(|word| begins(text, word))
            .any(|rest| NAMED.contains(&rest.trim().to_lowercase().as_str()))
}

/// Whether a text begins or ends as labels of totals do; terms may, too.
pub(in crate::ingest) fn may_be_label(text: &str) -> bool {
    let text = text.trim();
    let apart = |rest: &str| !rest.starts_with(|letter: char| letter.is_alphanumeric());
    TOTAL.iter().chain(&WHOLE).any(|word| begins(text, word).is_some_and(apart))
        || ENDS.iter().any(|word| ends(text, word).is_some())
}

/// Whether the name of a segment is that of all segments: `All devices`, `Total`, `Gesamt`.
pub(in crate::ingest) fn is_whole_segment(text: &str) -> bool {
    const ALL: [&str; 6] = ["all ", "alle ", "tous ", "toutes ", "todos ", "todas "];
    let other = |rest: &str| has_word(rest, &OTHER) || has_word(rest, &["anderen", "\u{fc}brigen", "dem\u{e1}s"]);
    is_label(text) || is_bare(text) || ALL.iter().any(|word| begins(text.trim(), word).is_some_and(|rest| !other(rest)))
}

/// What a label says the total is of: `A` in `Total: A`, `Total - A`, `Total for A`, `A Total`.
pub(super) fn subject(text: &str) -> Option<&str> {
    let text = text.trim();
    if is_bare(text) {
        return None;
    }
    let behind = TOTAL.iter().chain(&WHOLE).filter_map(|word| begins(text, word)).min_by_key(|rest| rest.len());
    let subject = match behind {
        Some(rest) => {
            let rest = rest.trim().trim_start_matches(is_mark).trim_end_matches(')').trim();
            ["for ", "of "].iter().find_map(|word| begins(rest, word)).unwrap_or(rest)
        }
        None => ENDS.iter().find_map(|word| ends(text, word))?.trim(),
    };
    (!subject.is_empty()).then_some(subject)
}

/// Whether the subject of a total is the report as a whole.
pub(super) fn is_whole(subject: &str) -> bool {
    let lower = subject.to_lowercase();
    ACCOUNT.iter().any(|word| lower.contains(word))
}

/// Whether a word of the text is one of a total's.
pub(super) fn has_total(text: &str) -> bool {
    has_word(text, &TOTAL)
}

/// Whether a text names terms that are not shown, and nothing else.
pub(in crate::ingest) fn is_pool(text: &str) -> bool {
    let text = text.trim();
    let bare = text.trim_start_matches('(').trim_end_matches(')');
    let is = |name: &str| POOLS.iter().any(|pool| begins(name, pool).is_some_and(str::is_empty));
    // most terms begin with none of these letters
    text.bytes().next().is_some_and(|letter| POOL_LETTERS.contains(&letter.to_ascii_lowercase()))
        && (is(bare) || (bare.len() < text.len() && is_rest(bare)))
}

/// Whether a text is a single word that may stand for what is not shown.
pub(in crate::ingest) fn is_rest(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 9 && REST.iter().any(|word| begins(text, word).is_some_and(str::is_empty))
}

/// Whether a label names terms that are not shown.
pub(super) fn names_pool(label: &str) -> bool {
    let lower = label.to_lowercase();
    has_word(label, &OTHER) && TERMS.iter().any(|word| lower.contains(word))
}

fn has_word(text: &str, words: &[&str]) -> bool {
    let lower = text.to_lowercase();
    lower.split(|letter: char| !letter.is_alphanumeric() && letter != '-').any(|word| words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_no_names() {
        for text in [
            "Total",
            " total ",
            "Total: Search",
            "Gesamt - Konto",
            "Summe:",
            "TOTAL \u{2013} all",
            "Grand Total",
            "Total (A)",
        ] {
            assert!(is_label(text) && may_be_label(text), "{text}");
        }
        for text in ["Total Comfort", "totals", "Sum", "My Total", "", "-", "grand totals"] {
            assert!(!is_label(text), "{text}");
        }
        for (text, may) in [("total gym", true), ("Brand Total", true), ("totals", false), ("subtotaling", false)] {
            assert_eq!(may_be_label(text), may, "{text}");
        }
    }

    #[test]
    fn single_words_are_labels_alone() {
        for text in ["Totals", " ALL ", "Sum:", "Somme", "\u{5408}\u{8ba1}", "\u{418}\u{442}\u{43e}\u{433}\u{43e}"] {
            assert!(is_bare(text), "{text}");
        }
        for text in ["all inclusive", "sum 41", "bed", ""] {
            assert!(!is_bare(text), "{text}");
        }
    }

    #[test]
    fn labels_name_what_they_are_of() {
        for (text, of) in [
            ("Total: A", Some("A")),
            ("Total - Search", Some("Search")),
            ("Total (A)", Some("A")),
            ("Total for A", Some("A")),
            ("A Total", Some("A")),
            ("A Ergebnis", Some("A")),
            ("Total", None),
            ("bed", None),
        ] {
            assert_eq!(subject(text), of, "{text}");
        }
    }

    #[test]
    fn pools_are_named_wholly() {
        for text in [
            "Other search terms",
            "(other search terms)",
            "Sonstige Suchbegriffe",
            "(other)",
            "(Other)",
            "Weitere Suchbegriffe",
        ] {
            assert!(is_pool(text), "{text}");
        }
        for text in ["other", "other search terms for beds", "others", "(bed)", "andere"] {
            assert!(!is_pool(text), "{text}");
        }
        assert!(is_rest("Other") && is_rest("Sonstige") && !is_rest("other beds"));
    }
}
