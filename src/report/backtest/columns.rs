//! The CSV tables of a backtest, column by column.

use super::BacktestRun;
use crate::backtest::{CoverageRow, Fold, FoldScore, Measured, ModelScore};
use crate::domain::{Coin, TermKey, metrics};
use crate::report::Artifact;
use crate::report::columns::{Column, DIGITS, Keyed, Presence, column, key_columns};
use crate::report::csv::Line;
use crate::report::tables::table;

/// Number of the 90% level in the levels of intervals.
const NINETY: usize = 2;
/// Digits of scores and probabilities.
const FINE: usize = 8;

/// A fold and a model.
pub(super) struct ScoreRow<'a> {
    fold: &'a Fold,
    model: &'a ModelScore,
    score: FoldScore,
}

/// A fold and one of its rows.
pub(super) struct ForecastRow<'a> {
    fold: &'a Fold,
    row: usize,
    key: &'a TermKey,
    interval: [f64; 2],
}

impl Keyed for ForecastRow<'_> {
    fn key(&self) -> &TermKey {
        self.key
    }
}

/// A figure of the calibration.
pub(super) struct CalibrationRow {
    what: String,
    forecasts: Option<usize>,
    mean_forecast: Option<f64>,
    figure: Option<Measured>,
}

/// All tables of the directory.
pub(super) fn artifacts(run: &BacktestRun) -> Vec<Artifact> {
    let tested = run.backtest;
    let (folds, models) = (&tested.folds, &tested.models);
    let scores = table(Coin::default(), &scores(), folds.len() * models.len(), |number, write| {
        let (fold, model) = (number / models.len(), number % models.len());
        write(&ScoreRow { fold: &folds[fold], model: &models[model], score: models[model].by_fold[fold] });
    });
    let rows: Vec<(u32, u32)> = (0_u32..)
        .zip(folds)
        .flat_map(|(number, fold)| (0_u32..).zip(&fold.terms).map(move |(row, _)| (number, row)))
        .collect();
    let forecasts = table(Coin::default(), &forecasts(presence(run)), rows.len(), |number, write| {
        let (fold, row) = (&folds[rows[number].0 as usize], rows[number].1 as usize);
        let key = &run.counts.terms[fold.terms[row] as usize].key;
        write(&ForecastRow { fold, row, key, interval: fold.scores[0].interval_90(row) });
    });
    let calibrated = calibrated(run);
    vec![
        Artifact::new("backtest.csv", scores),
        Artifact::new("forecasts.csv", forecasts),
        Artifact::new(
            "coverage.csv",
            table(Coin::default(), &coverage(), tested.coverage.len(), |row, write| write(&tested.coverage[row])),
        ),
        Artifact::new(
            "calibration.csv",
            table(Coin::default(), &calibration(), calibrated.len(), |row, write| write(&calibrated[row])),
        ),
        Artifact::new("totals.csv", table(Coin::default(), &totals(), folds.len(), |row, write| write(&folds[row]))),
    ]
}

/// Which columns identify a term.
pub(super) fn presence(run: &BacktestRun) -> Presence {
    Presence::of(run.counts, false)
}

fn calibrated(run: &BacktestRun) -> Vec<CalibrationRow> {
    let calibration = &run.backtest.calibration;
    let line =
        |what: &str, figure| CalibrationRow { what: what.to_owned(), forecasts: None, mean_forecast: None, figure };
    let mut rows = vec![line("slope", calibration.slope), line("intercept", calibration.intercept)];
    rows.extend(calibration.deciles.iter().enumerate().map(|(number, decile)| CalibrationRow {
        what: format!("decile {}", number + 1),
        forecasts: Some(decile.forecasts),
        mean_forecast: Some(decile.mean_forecast),
        figure: Some(decile.mean_actual),
    }));
    rows
}

fn day(fold: &Fold, line: &mut Line) {
    line.text(&fold.start.map(|day| day.to_string()).unwrap_or_default());
}

/// A column of a figure and one of its standard error would repeat themselves: both cells of one closure.
fn value(figure: Option<Measured>, line: &mut Line) {
    line.figure(figure.map(|figure| figure.value), FINE);
}

fn error(figure: Option<Measured>, line: &mut Line) {
    line.figure(figure.and_then(|figure| figure.standard_error), DIGITS);
}

/// Columns of `backtest.csv`.
pub(super) fn scores<'a>() -> Vec<Column<ScoreRow<'a>>> {
    vec![
        column(
            "period_start",
            "date",
            "first day of the period that was forecast",
            |row: &ScoreRow, line: &mut Line| {
                day(row.fold, line);
            },
        ),
        column("train_periods", "periods", "periods before it, which the forecast was made from", |row, line| {
            line.integer(row.fold.period);
        }),
        column("model", "text", "whose forecasts: termwise or a simpler one", |row, line| {
            line.text(row.model.model.name());
        }),
        column("terms", "terms", "terms with clicks in the period", |row, line| line.integer(row.fold.terms.len())),
        column("log_score", "nats", "mean logarithm of the probability of what came, more is better", |row, line| {
            line.figure(row.score.log_score, FINE);
        }),
        column("crps", "conversions", "mean continuous ranked probability score, less is better", |row, line| {
            line.figure(row.score.crps, FINE);
        }),
        column("coverage_90_terms", "share", "terms whose 90% interval held, by randomised PIT", |row, line| {
            line.figure(row.score.coverage_90_terms, DIGITS);
        }),
        column("raw_coverage_90_terms", "share", "the same as it is, not randomised", |row, line| {
            line.figure(row.score.raw_coverage_90_terms, DIGITS);
        }),
        column("raw_coverage_90_clicks", "share", "the same weighted by clicks, not randomised", |row, line| {
            line.figure(row.score.coverage_90_clicks, DIGITS);
        }),
        column("forecast", "conversions", "conversions expected in all", |row, line| {
            line.figure(row.score.forecast, FINE);
        }),
        column("actual", "conversions", "conversions that came in all", |row, line| line.full(row.score.actual)),
        column("actual_over_forecast", "ratio", "the one over the other", |row, line| {
            line.figure(metrics::ratio(row.score.actual, row.score.forecast), DIGITS);
        }),
    ]
}

/// Columns of `forecasts.csv`.
pub(super) fn forecasts<'a>(presence: Presence) -> Vec<Column<ForecastRow<'a>>> {
    let mut columns = vec![column(
        "period_start",
        "date",
        "first day of the period that was forecast",
        |row: &ForecastRow, line: &mut Line| {
            day(row.fold, line);
        },
    )];
    columns.extend(key_columns(presence));
    columns.extend([
        column(
            "new_term",
            "yes or no",
            "whether the term had no click before",
            |row: &ForecastRow, line: &mut Line| {
                line.text(if row.fold.unseen[row.row] { "yes" } else { "no" });
            },
        ),
        column("clicks", "clicks", "clicks in the period, known to the forecast", |row, line| {
            line.full(row.fold.clicks[row.row]);
        }),
        column("forecast", "conversions", "conversions expected", |row, line| {
            line.figure(row.fold.scores[0].mean[row.row], FINE);
        }),
        column("forecast_p05", "conversions", "lower end of the 90% interval of whole counts (mid-P)", |row, line| {
            line.full(row.interval[0]);
        }),
        column("forecast_p95", "conversions", "upper end of it, whole", |row, line| line.full(row.interval[1])),
        column(
            "interval_mass",
            "probability",
            "probability that the forecast gives to that interval, ends included: about 0.9, above it where counts are tiny",
            |row, line| line.figure(row.fold.interval_mass[row.row][NINETY], FINE),
        ),
        column(
            "shape",
            "number",
            "shape of the negative binomial: its variance is m + m²/shape; empty for a Poisson forecast, negative (minus the trials) for a binomial one",
            |row, line| {
                line.figure(row.fold.scores[0].shape[row.row], FINE);
            },
        ),
        column("actual", "conversions", "conversions that came", |row, line| line.full(row.fold.actual[row.row])),
        column(
            "pit",
            "probability",
            "randomised probability integral transform: even between 0 and 1 where forecasts are right",
            |row, line| line.figure(row.fold.scores[0].pit[row.row], FINE),
        ),
        column("log_score", "nats", "logarithm of the probability of what came", |row, line| {
            line.figure(row.fold.scores[0].log_score[row.row], FINE);
        }),
        column("crps", "conversions", "continuous ranked probability score", |row, line| {
            line.figure(row.fold.scores[0].crps[row.row], FINE);
        }),
    ]);
    columns
}

/// Columns of `coverage.csv`.
pub(super) fn coverage() -> Vec<Column<CoverageRow>> {
    vec![
        column(
            "band",
            "text",
            "by conversions expected of a term in a period; `new terms` had no click before and are in the other bands too",
            |row: &CoverageRow, line: &mut Line| line.text(row.band.name()),
        ),
        column("level", "share", "level of the intervals: what should hold", |row, line| {
            line.figure(row.level, DIGITS);
        }),
        column("term_periods", "term-periods", "forecasts in the band", |row, line| line.integer(row.forecasts)),
        column("clicks", "clicks", "their clicks", |row, line| line.full(row.clicks)),
        column("forecast", "conversions", "conversions expected of them", |row, line| line.figure(row.forecast, FINE)),
        column("actual", "conversions", "conversions that came", |row, line| line.full(row.actual)),
        column("coverage_terms", "share", "forecasts whose interval held, by randomised PIT", |row, line| {
            value(row.terms, line);
        }),
        column("coverage_terms_se", "share", "its standard error", |row, line| error(row.terms, line)),
        column("raw_coverage_terms", "share", "the same as it is, not randomised", |row, line| {
            value(row.raw_terms, line);
        }),
        column("raw_coverage_terms_se", "share", "its standard error", |row, line| error(row.raw_terms, line)),
        column(
            "coverage_clicks",
            "share",
            "clicks of forecasts whose interval held, by randomised PIT",
            |row, line| {
                value(row.clicks_inside, line);
            },
        ),
        column("coverage_clicks_se", "share", "its standard error", |row, line| error(row.clicks_inside, line)),
        column("raw_coverage_clicks", "share", "the same as it is, not randomised", |row, line| {
            value(row.raw_clicks_inside, line);
        }),
        column("raw_coverage_clicks_se", "share", "its standard error", |row, line| error(row.raw_clicks_inside, line)),
        column(
            "expected_raw_coverage_terms",
            "share",
            "what `raw_coverage_terms` would be if the forecasts were right: the probability that they give to their own \
             intervals of whole counts",
            |row, line| line.figure(row.expected_raw_terms, DIGITS),
        ),
        column("excess_terms_se", "share", "standard error of the difference of the two", |row, line| {
            error(row.excess_terms, line);
        }),
        column("expected_raw_coverage_clicks", "share", "the same for `raw_coverage_clicks`", |row, line| {
            line.figure(row.expected_raw_clicks, DIGITS);
        }),
        column("excess_clicks_se", "share", "standard error of the difference of the two", |row, line| {
            error(row.excess_clicks, line);
        }),
    ]
}

/// Columns of `calibration.csv`.
pub(super) fn calibration() -> Vec<Column<CalibrationRow>> {
    vec![
        column(
            "what",
            "text",
            "slope and intercept of what came in the logarithm of the forecast, or a tenth of the forecasts by size",
            |row: &CalibrationRow, line: &mut Line| line.text(&row.what),
        ),
        column("term_periods", "term-periods", "forecasts of the tenth", |row, line| {
            line.full(row.forecasts.map(|forecasts| forecasts as f64));
        }),
        column("mean_forecast", "conversions", "their mean forecast", |row, line| line.figure(row.mean_forecast, FINE)),
        column(
            "figure",
            "number or conversions",
            "slope (1 is right), intercept (0 is right), or mean of what came",
            |row, line| {
                value(row.figure, line);
            },
        ),
        column("figure_se", "as the figure", "its standard error", |row, line| error(row.figure, line)),
    ]
}

/// Columns of `totals.csv`.
pub(super) fn totals() -> Vec<Column<Fold>> {
    vec![
        column("period_start", "date", "first day of the period that was forecast", |fold: &Fold, line: &mut Line| {
            day(fold, line);
        }),
        column("train_periods", "periods", "periods before it", |fold, line| line.integer(fold.period)),
        column("terms", "terms", "terms with clicks in it", |fold, line| line.integer(fold.terms.len())),
        column("new_terms", "terms", "of them without a click before", |fold, line| {
            line.integer(fold.unseen.iter().filter(|&&unseen| unseen).count());
        }),
        column("clicks", "clicks", "clicks in it", |fold, line| line.full(fold.total.clicks)),
        column("forecast", "conversions", "conversions expected", |fold, line| line.figure(fold.total.forecast, FINE)),
        column(
            "forecast_p05",
            "conversions",
            "lower end of the 90% interval of the total, from joint draws",
            |fold, line| {
                line.figure(fold.total.lower, DIGITS);
            },
        ),
        column("forecast_p95", "conversions", "upper end of it", |fold, line| line.figure(fold.total.upper, DIGITS)),
        column("actual", "conversions", "conversions that came", |fold, line| line.full(fold.total.actual)),
        column("inside", "yes or no", "whether the interval held; empty where there is none", |fold, line| {
            line.text(match fold.total.is_inside() {
                Some(true) => "yes",
                Some(false) => "no",
                None => "",
            });
        }),
        column(
            "own_walk",
            "relative",
            "standard deviation of a term's own rate from period to period; empty where rates were taken as still",
            |fold, line| {
                line.figure(fold.drift.as_ref().map(|drift| drift.own_walk), DIGITS);
            },
        ),
        column("own_noise", "relative", "standard deviation of a period's own noise on a term's rate", |fold, line| {
            line.figure(fold.drift.as_ref().map(|drift| drift.own_noise), DIGITS);
        }),
        column(
            "common_walk",
            "relative",
            "standard deviation of the account's level from period to period",
            |fold, line| {
                line.figure(fold.drift.as_ref().map(|drift| drift.common_walk), DIGITS);
            },
        ),
        column(
            "common_noise",
            "relative",
            "standard deviation of a period's own deviation of that level",
            |fold, line| {
                line.figure(fold.drift.as_ref().map(|drift| drift.common_noise), DIGITS);
            },
        ),
    ]
}
