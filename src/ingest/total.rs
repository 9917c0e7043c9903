//! A row that is the sum of all others.
//!
//! Exports end with a total, and counting it as a term would double the account. It is told by its
//! numbers alone, whatever it is called: every measure equals the sum of that measure over all other terms, with three
//! others at least, and clicks and conversions that are not zero. Rows that are called totals have been told before, file by
//! file (see `totals`).

use crate::counts::Counts;
use crate::domain::Notes;

/// Fewest other terms that make the coincidence incredible.
const OTHERS: usize = 3;

/// Leaves a total row out, with a note.
pub(super) fn set_apart(counts: Counts, notes: &mut Notes) -> Counts {
    if counts.terms.len() <= OTHERS {
        return counts;
    }
    let cells = &counts.cells;
    let measures = [Some(&cells.clicks), Some(&cells.conversions), cells.cost.as_ref(), cells.revenue.as_ref()];
    let by_term: Vec<(Vec<f64>, f64)> = measures
        .into_iter()
        .flatten()
        .map(|measure| {
            let values = counts.by_term(measure);
            let total = values.iter().copied().collect::<crate::numeric::sum::ExactSum>().value();
            (values, total)
        })
        .collect();
    // 1e-9: sums of decimals in binary, far below a cent of any account
    let is_rest = |value: f64, total: f64| (2.0 * value - total).abs() <= 1e-9 * total.abs();
    let found = (0..counts.terms.len()).find(|&term| {
        by_term.iter().all(|(values, total)| is_rest(values[term], *total))
            && by_term[..2].iter().all(|(values, _)| values[term] > 0.0)
    });
    let Some(term) = found else { return counts };
    notes.add(
        "total-row",
        1,
        format!("`{}` is the sum of all other rows: it is their total and is not counted", counts.terms[term].key.term),
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
        // with fewer others the name has to say it too
        let two = "term,clicks,cost,conversions\nbig gym,10,5.10,1\nb,20,7.20,2\n";
        assert_eq!(counts(&format!("{two}together,30,12.30,3\n")), (3, 60.0, false));
    }
}
