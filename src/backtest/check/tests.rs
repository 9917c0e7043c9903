use super::*;
use crate::simulate::{SimulateSettings, simulate};

fn account() -> Counts {
    let settings = SimulateSettings { terms: 40, campaigns: Some(2), weeks: 12, ..SimulateSettings::default() };
    simulate(&settings).expect("an account").observation.to_counts()
}

#[test]
fn a_sample_holds_whole_terms_within_its_cells() {
    let counts = account();
    let all = counts.cells.period.len();
    assert!(matches!(sample(&counts, all), Cow::Borrowed(_)));
    let some = sample(&counts, all / 3);
    assert!(some.cells.period.len() <= all / 3 && some.terms.len() >= 5, "{}", some.terms.len());
    for (number, term) in some.terms.iter().enumerate() {
        let at = counts.terms.iter().position(|own| own.key == term.key).expect("of the account");
        let of = |counts: &Counts, term: usize| {
            let range = counts.cells.of_term(term);
            (counts.cells.period[range.clone()].to_vec(), counts.cells.clicks[range].to_vec())
        };
        assert_eq!(of(&some, number), of(&counts, at));
    }
    // one term is too much already, and is there all the same
    assert_eq!(sample(&counts, 1).terms.len(), 1);
}

#[test]
fn a_check_of_everything_is_the_backtest() {
    let counts = account();
    let settings = BacktestSettings { folds: 2, ..BacktestSettings::default() };
    let check = check(&counts, &settings, usize::MAX).expect("checked");
    assert_eq!(check.backtest, backtest(&counts, &settings).expect("backtested"));
    assert_eq!(check.terms, check.of);
}
