//! A row that is the sum of all others.
//!
//! Exports end with a total, and counting it as a term would double the account. It is told by its
//! numbers alone, whatever it is called: every measure, impressions included, equals in every period the sum of that measure
//! over all other terms, with three others at least, and clicks and conversions that are not zero. A row that has a match
//! type, a campaign or an ad group where other rows have one is a term's. Rows that are called totals have been told before, file by
//! file (see `totals`).

use crate::counts::Counts;
use crate::domain::{Notes, TermKey, quoted};
use crate::numeric::sum::ExactSum;
use std::ops::Range;

/// Fewest other terms that make the coincidence incredible.
const OTHERS: usize = 3;

/// Whether a value is what is left of a total.
fn is_rest(value: f64, total: f64) -> bool {
    // 1e-9: sums of decimals in binary, far below a cent of any account
    2.0f64.mul_add(value, -total).abs() <= 1e-9 * total.abs()
}

/// Whether one of the names stands beside the term that totals lack.
fn has_names(key: &TermKey) -> bool {
    [&key.match_type, &key.campaign, &key.ad_group]
        .iter()
        .any(|name| name.as_deref().is_some_and(|name| !name.is_empty()))
}

/// Whether the cells of a term are in every period the sum of all others.
fn is_rest_by_period(counts: &Counts, own: Range<usize>, measure: &[f64]) -> bool {
    let sums = counts.by_period(measure);
    let mut values = vec![0.0; sums.len()];
    for cell in own {
        values[counts.cells.period[cell] as usize] += measure[cell];
    }
    sums.into_iter().zip(values).all(|(sum, value)| is_rest(value, sum))
}

/// Leaves a total row out, with a note.
pub(super) fn set_apart(counts: Counts, notes: &mut Notes) -> Counts {
    if counts.terms.len() <= OTHERS {
        return counts;
    }
    let cells = &counts.cells;
    let optional = [&cells.impressions, &cells.cost, &cells.revenue].into_iter().filter_map(Option::as_ref);
    let measures: Vec<&[f64]> =
        [&cells.clicks, &cells.conversions].into_iter().chain(optional).map(Vec::as_slice).collect();
    let own = |term: usize| cells.offsets[term]..cells.offsets[term + 1];
    // hardly any term has half of all clicks, so the other measures need hardly ever be looked at
    let clicks = counts.by_term(&cells.clicks);
    let total = clicks.iter().copied().collect::<ExactSum>().value();
    if total <= 0.0 {
        return counts;
    }
    let is_half = |measure: &[f64], term: usize| {
        let value = measure[own(term)].iter().copied().collect::<ExactSum>().value();
        is_rest(value, ExactSum::of(measure).value())
    };
    let named = counts.terms.iter().any(|term| has_names(&term.key));
    let found = (0..counts.terms.len()).filter(|&term| is_rest(clicks[term], total)).find(|&term| {
        let own = own(term);
        measures[1..].iter().all(|measure| is_half(measure, term))
            && measures[..2].iter().all(|measure| measure[own.clone()].iter().any(|&value| value > 0.0))
            && !(named && has_names(&counts.terms[term].key))
            && measures.iter().all(|measure| is_rest_by_period(&counts, own.clone(), measure))
    });
    let Some(term) = found else { return counts };
    notes.add(
        "total-row",
        1,
        format!(
            "{} is the sum of all other rows: it is their total and is not counted",
            quoted(&counts.terms[term].key.term)
        ),
    );
    let mut counts = counts.without(term);
    counts.reports.triangle.halve();
    counts
}

#[cfg(test)]
mod tests {
    use crate::ingest::{IngestSettings, read};
    use std::path::PathBuf;

    /// How many terms and clicks are counted, and whether a total was left out by the sums over terms.
    fn counts(text: &str) -> (usize, f64, bool) {
        let folder = tempfile::TempDir::new().unwrap();
        let file: PathBuf = folder.path().join("t.csv");
        std::fs::write(&file, text).unwrap();
        let read = read(&[file], &IngestSettings::default()).unwrap();
        let noted = read.notes.0.iter().any(|note| note.code == "total-row");
        assert_eq!(read.totals, read.counts.totals());
        (read.counts.terms.len(), read.totals.clicks, noted)
    }

    #[test]
    fn a_total_is_told_by_its_numbers_and_not_by_its_name() {
        let rows = "term,clicks,cost,conversions\na,10,5.10,1\ntotal gym,20,7.20,2\nc,30,9.30,3\n";
        assert_eq!(counts(rows), (3, 60.0, false));
        assert_eq!(counts(&format!("{rows}Together,60,21.60,6\n")), (3, 60.0, true));
        assert_eq!(counts(&format!("{rows}Together,60,21.61,6\n")), (4, 120.0, false));
        // a total is so in every measure and every week, and has no names of its own
        let named =
            "Keyword,Campaign,Impr.,Clicks,Conversions\nbrand,Brand,60,10,2\na,NB,10,5,1\nb,NB,20,3,1\nc,NB,30,2,0\n";
        assert_eq!(counts(named), (4, 20.0, false));
        let shown = "Keyword,Impr.,Clicks,Conversions\nbrand,99999,10,2\na,10,5,1\nb,20,3,1\nc,30,2,0\n";
        assert_eq!(counts(shown), (4, 20.0, false));
        assert_eq!(counts(&shown.replace("99999", "60")), (3, 10.0, true));
        let dated = "Keyword,Week,Clicks,Conversions\nbrand,2026-01-05,10,2\na,2026-01-12,5,1\nb,2026-01-12,3,1\nc,2026-01-12,2,0\n";
        assert_eq!(counts(dated), (4, 20.0, false));
        assert_eq!(counts(&dated.replace("01-05", "01-12")), (3, 10.0, true));
        // with fewer others the name has to say it too
        let two = "term,clicks,cost,conversions\nbig gym,10,5.10,1\nb,20,7.20,2\n";
        assert_eq!(counts(&format!("{two}together,30,12.30,3\n")), (3, 60.0, false));
    }
}
