//! Scores and baselines against arithmetic by hand.

use super::*;
use crate::estimate::CountForecast;
use crate::numeric::negative_binomial::NegativeBinomial;
use approx::assert_relative_eq;

const POISSON: f64 = f64::INFINITY;

fn scored(forecast: (f64, f64), actual: f64, uniform: f64) -> Scores {
    Scores::new(&[CountForecast { mean: forecast.0, shape: forecast.1 }], &[actual], &[uniform])
}

/// What intervals of a forecast hold at each level when it is right.
fn masses(mean: f64, shape: f64) -> [f64; LEVELS.len()] {
    NegativeBinomial::new(mean, shape).intervals(LEVELS).map(|interval| interval.mass)
}

#[test]
fn a_poisson_forecast_is_scored_as_by_hand() {
    let scores = scored((2.0, POISSON), 1.0, 0.25);
    let (zero, one) = ((-2.0_f64).exp(), 2.0 * (-2.0_f64).exp());
    assert_relative_eq!(scores.log_score[0], one.ln(), max_relative = 1e-12);
    assert_relative_eq!(scores.pit[0], zero + 0.25 * one, max_relative = 1e-12);
    assert_eq!(scores.interval_90(0), [0.0, 4.0]);
    // the middles of the steps are 0.068, 0.271, 0.541, 0.767, 0.902, 0.965: 0 to 4 (90%), 1 and 2 (50%)
    for (actual, inside) in
        [(0.0, [false, true]), (1.0, [true, true]), (2.0, [true, true]), (3.0, [false, true]), (5.0, [false, false])]
    {
        let scores = scored((2.0, POISSON), actual, 0.5);
        assert_eq!([scores.inside(0, 0, Inside::Raw), scores.inside(0, 2, Inside::Raw)], inside, "{actual}");
    }
}

#[test]
fn raw_intervals_agree_with_their_ends() {
    for (mean, shape) in [(0.02, POISSON), (0.4, 0.8), (3.3, 2.0), (60.0, 30.0), (900.0, POISSON)] {
        for actual in [0.0, 0.5, 1.0, 2.0, 2.5, 6.0, 7.0, 50.0, 83.0, 84.0, 850.0, 949.0, 950.5] {
            let scores = scored((mean, shape), actual, 0.5);
            let [low, high] = scores.interval_90(0);
            let whole = actual.round();
            assert_eq!(scores.inside(0, 2, Inside::Raw), (low..=high).contains(&whole), "{mean} {shape} {actual}");
        }
    }
}

#[test]
fn pit_of_right_forecasts_is_uniform() {
    let (mut forecasts, mut actual, mut uniform) = (Vec::new(), Vec::new(), Vec::new());
    for term in 0..20_000 {
        let mut stream = Stream::new(9, term);
        let (mean, shape) = ((1.5 * stream.normal() - 1.0).exp(), 2.0);
        actual.push({
            let rate = mean * stream.gamma(shape) / shape;
            stream.poisson(rate)
        });
        forecasts.push(CountForecast { mean, shape });
        uniform.push(stream.uniform());
    }
    let scores = Scores::new(&forecasts, &actual, &uniform);
    for (number, level) in LEVELS.into_iter().enumerate() {
        let share = |how| (0..20_000).filter(|&row| scores.inside(row, number, how)).count() as f64 / 20_000.0;
        // three standard errors of a share of 20,000
        assert!(
            (share(Inside::Pit) - level).abs() < 3.0 * (0.25_f64 / 20_000.0).sqrt(),
            "{level}: {}",
            share(Inside::Pit)
        );
    }
}

#[test]
fn right_forecasts_hold_what_they_expect_to() {
    // rows of two folds, a third of them large, with outcomes drawn from the forecasts themselves
    let fold = |number: u64| {
        let (mut forecasts, mut actual, mut uniform, mut clicks) = (vec![], vec![], vec![], vec![]);
        for term in 0..10_000 {
            let mut stream = Stream::new(11 + number, term);
            let mean = if term % 3 == 0 { 25.0 } else { 0.15 };
            actual.push({
                let rate = mean * stream.gamma(4.0) / 4.0;
                stream.poisson(rate)
            });
            forecasts.push(CountForecast { mean, shape: 4.0 });
            uniform.push(stream.uniform());
            clicks.push(40.0 * mean);
        }
        let mass = masses(25.0, 4.0);
        let small = masses(0.15, 4.0);
        let mut fold = folds::run(&weekly(&still(3, 8, 1)), 7, 1.0, &BacktestSettings::default()).unwrap();
        fold.interval_mass = (0..10_000).map(|term| if term % 3 == 0 { mass } else { small }).collect();
        (fold.terms, fold.unseen) = ((0..10_000).collect(), vec![false; 10_000]);
        fold.scores[0] = Scores::new(&forecasts, &actual, &uniform);
        (fold.actual, fold.clicks) = (actual, clicks);
        fold
    };
    let rows = coverage::rows(&[fold(0), fold(1)]);
    for row in rows.iter().filter(|row| row.band == Band::All) {
        for excess in [row.excess_terms, row.excess_clicks].map(Option::unwrap) {
            assert!(excess.deviation(0.0).abs() < 3.5 && excess.standard_error.unwrap() < 0.01, "{row:?}");
        }
        // clicks are those of counts around 25
        assert!((row.expected_raw_clicks.unwrap() - row.level).abs() < 0.04, "{row:?}");
    }
    // by terms small counts decide: the 50% interval of a mean of 0.15 is zero alone
    let half = rows.iter().find(|row| row.level == 0.5).unwrap();
    let zero = (4.0_f64 / 4.15).powi(4);
    let large = masses(25.0, 4.0)[0];
    assert_relative_eq!(half.expected_raw_terms.unwrap(), (6666.0 * zero + 3334.0 * large) / 1e4, max_relative = 1e-9);
}

#[test]
fn folds_where_all_intervals_held_are_still_uncertain() {
    let tested = backtest(&weekly(&still(6, 12, 4)), &BacktestSettings::default()).unwrap();
    let mut folds = tested.folds;
    for fold in &mut folds {
        fold.actual.fill(0.0);
        let rows = fold.actual.len();
        let forecasts = vec![CountForecast { mean: 0.2, shape: POISSON }; rows];
        fold.interval_mass = vec![masses(0.2, POISSON); rows];
        fold.scores[0] = Scores::new(&forecasts, &fold.actual, &vec![0.5; rows]);
    }
    let row = coverage::rows(&folds).into_iter().find(|row| row.level == 0.9).unwrap();
    // a count of mean 0.2 is 0 or 1 with 98.2%: all inside is what chance brings
    assert_eq!(row.raw_terms.unwrap().standard_error, None);
    let inside = 1.2 * (-0.2_f64).exp();
    assert_relative_eq!(row.expected_raw_terms.unwrap(), inside, max_relative = 1e-9);
    let error = (inside * (1.0 - inside) / row.forecasts as f64).sqrt();
    assert_relative_eq!(row.excess_terms.unwrap().standard_error.unwrap(), error, max_relative = 1e-9);
}

#[test]
fn baselines_are_the_sums_of_the_past() {
    let mut cells = vec![vec![(10.0, 1.0); 8], vec![(10.0, 0.0); 8], vec![(20.0, 2.0); 8], vec![(30.0, 3.0); 8]];
    cells[0][..4].fill((10.0, 3.0));
    // last in period 3, then in the period that is forecast
    cells[2][4..7].fill((0.0, 0.0));
    let counts = weekly(&cells);
    let fold = folds::run(&counts, 7, 1.0, &BacktestSettings::default()).unwrap();
    let of = |model: Model| &fold.scores[Model::ALL.iter().position(|&one| one == model).unwrap()];
    // 15 conversions on 70 clicks; half a conversion on 70; 8 on 80; 21 on 210
    let raw = [15.0 / 7.0, 0.5 / 7.0, 2.0, 3.0];
    // the last four periods are 3 to 6; the third term's have clicks in period 3 only
    let last = [6.0 / 4.0, 0.5 / 4.0, 2.0, 3.0];
    // terms 0 and 3 share a campaign
    let group = [10.0 * 36.0 / 280.0, 0.5 / 7.0, 2.0, 30.0 * 36.0 / 280.0];
    for (model, expected) in [(Model::RawRate, raw), (Model::LastPeriods, last), (Model::GroupMean, group)] {
        for (row, expected) in expected.into_iter().enumerate() {
            assert_relative_eq!(of(model).mean[row], expected, max_relative = 1e-12);
            assert!(of(model).shape[row].is_infinite());
        }
    }
    let forecast = fold.scores[0].mean.iter().sum::<f64>();
    assert_eq!((fold.total.clicks, fold.total.actual, fold.total.forecast), (70.0, 6.0, forecast));
}

#[test]
fn slope_of_two_sizes_is_that_of_their_means() {
    let mut tested = backtest(&weekly(&still(6, 12, 4)), &BacktestSettings::default()).unwrap();
    for fold in &mut tested.folds {
        let rows = fold.terms.len();
        for row in 0..rows {
            let large = row % 2 == 0;
            fold.scores[0].mean[row] = if large { 8.0 } else { 2.0 };
            fold.actual[row] = if large { 6.0 } else { 3.0 };
        }
    }
    let calibration = calibration::calibration(&tested.folds);
    // ln(6/3) / ln(8/2), through (2, 3)
    assert_relative_eq!(calibration.slope.unwrap().value, 0.5, max_relative = 1e-8);
    assert_relative_eq!(calibration.intercept.unwrap().value, 3.0_f64.ln() - 0.5 * 2.0_f64.ln(), max_relative = 1e-8);
    assert_relative_eq!(calibration.slope.unwrap().standard_error.unwrap(), 0.0, epsilon = 1e-8);
}

#[test]
fn fractional_outcomes_lie_between_their_neighbours() {
    let score = |actual| scored((1.7, 3.0), actual, 0.5);
    assert!(score(0.5).pit[0] > score(0.0).pit[0] && score(0.5).pit[0] < score(1.0).pit[0]);
    assert!(score(1.0).log_score[0] > score(1.5).log_score[0] && score(1.5).log_score[0] > score(2.0).log_score[0]);
}

#[test]
fn a_share_of_a_conversion_is_no_miss_of_an_interval_of_none() {
    assert!(scored((0.01, POISSON), 0.02, 0.5).inside(0, 2, Inside::Raw));
    assert!(!scored((0.01, POISSON), 0.6, 0.5).inside(0, 2, Inside::Raw));
}
