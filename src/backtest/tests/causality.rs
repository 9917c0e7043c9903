//! The past is all that a forecast knows, and nothing but data and seed decides.

use super::*;
use proptest::prelude::*;

fn settings() -> BacktestSettings {
    BacktestSettings { folds: 3, ..BacktestSettings::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn prop_later_periods_change_no_earlier_fold(
        seed in 0..1000_u64,
        from in 9..12_usize,
        factor in 0.0..30.0_f64,
        newcomers in 0..5_usize,
    ) {
        let cells = still(25, 12, seed);
        let before = backtest(&weekly(&cells), &settings()).unwrap();
        let mut changed = cells;
        for term in &mut changed {
            for cell in &mut term[from..] {
                *cell = ((cell.0 * factor).round(), (cell.1 * factor).round() + 1.0);
            }
        }
        for _ in 0..newcomers {
            let mut term = vec![(0.0, 0.0); from];
            term.resize(12, (40.0, 2.0));
            changed.push(term);
        }
        let after = backtest(&weekly(&changed), &settings()).unwrap();
        for (before, after) in before.folds.iter().zip(&after.folds).filter(|(fold, _)| fold.period < from) {
            prop_assert_eq!(before, after);
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_figures() {
    let counts = weekly(&still(80, 14, 2));
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| backtest(&counts, &settings())).unwrap()
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn the_seed_moves_what_is_random_and_nothing_else() {
    let counts = weekly(&still(40, 14, 2));
    let of = |seed| backtest(&counts, &BacktestSettings { seed, ..settings() }).unwrap();
    let (one, other) = (of(1), of(2));
    assert_eq!(one.ours().log_score, other.ours().log_score);
    assert_eq!(one.ours().crps, other.ours().crps);
    assert_ne!(one.folds[0].scores[0].pit, other.folds[0].scores[0].pit);
}
