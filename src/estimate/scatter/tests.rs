use super::*;
use crate::counts::{Calendar, Cells, Period, PeriodUnit};
use crate::domain::{Term, TermKey};
use crate::estimate::{EstimateSettings, estimate};
use crate::numeric::stream::Stream;
use approx::assert_relative_eq;

/// Dated terms over so many periods, from their clicks and a rate that follows a period's number.
fn account(seed: u64, terms: u64, periods: u32, rate: f64, count: fn(&mut Stream, f64, f64) -> f64) -> Counts {
    let mut cells = Cells { offsets: vec![0], ..Cells::default() };
    for term in 0..terms {
        let mut stream = Stream::new(seed, term);
        let own = (rate * stream.gamma(8.0) / 8.0).min(0.95);
        for period in 0..periods {
            let clicks = 1.0 + stream.poisson(6.0);
            cells.period.push(period);
            cells.clicks.push(clicks);
            cells.conversions.push(count(&mut stream, clicks, own));
        }
        cells.offsets.push(cells.clicks.len());
    }
    let key = |term: u64| TermKey { term: format!("term {term:05}"), ..TermKey::default() };
    Counts {
        terms: (0..terms).map(|term| Term { key: key(term), ..Term::default() }).collect(),
        calendar: Calendar { unit: PeriodUnit::Week, periods: vec![Period::default(); periods as usize], as_of: None },
        cells,
        ..Counts::default()
    }
}

fn scatter_of(counts: &Counts) -> f64 {
    estimate(counts, &EstimateSettings::default()).unwrap().scatter
}

#[test]
fn moments_are_those_of_enumeration() {
    // every way to spread five conversions over four periods
    let exposure = [1.0, 2.5, 4.0, 0.5];
    let all: f64 = exposure.iter().sum();
    let factorial = |y: u32| (1..=y).map(f64::from).product::<f64>();
    let (mut mean, mut square) = (0.0, 0.0);
    let mut said = Said::default();
    for a in 0..=5_u32 {
        for b in 0..=5 - a {
            for c in 0..=5 - a - b {
                let y = [a, b, c, 5 - a - b - c];
                let mut probability = factorial(5);
                for (y, e) in y.into_iter().zip(exposure) {
                    probability *= (e / all).powi(y.cast_signed()) / factorial(y);
                }
                said = Said::of(exposure.into_iter().zip(y.map(f64::from)));
                mean += probability * said.statistic;
                square += probability * said.statistic * said.statistic;
            }
        }
    }
    assert_relative_eq!(mean, said.freedom, max_relative = 1e-12);
    assert_relative_eq!(square - mean * mean, said.variance, max_relative = 1e-12);
}

#[test]
fn clicks_that_convert_once_scatter_less_and_others_do_not() {
    let once: fn(&mut Stream, f64, f64) -> f64 = Stream::binomial;
    let often: fn(&mut Stream, f64, f64) -> f64 = |stream, clicks, rate| stream.poisson(clicks * rate);
    let of = |seed| scatter_of(&account(seed, 100, 12, 0.5, once));
    for seed in 0..5 {
        assert!((0.4..0.65).contains(&of(seed)), "{}", of(seed));
        assert_eq!(scatter_of(&account(seed, 100, 12, 0.5, often)), 1.0);
        // a twentieth: nothing that anybody would notice
        assert_eq!(scatter_of(&account(seed, 100, 12, 0.05, once)), 1.0);
    }
    // three terms over three weeks can't tell
    assert_eq!(scatter_of(&account(1, 3, 3, 0.5, once)), 1.0);
}

#[test]
fn rates_are_the_same_and_better_known() {
    let counts = account(1, 100, 12, 0.5, Stream::binomial);
    let known = estimate(&counts, &EstimateSettings { drift: false, ..EstimateSettings::default() }).unwrap();
    let note = known.notes.0.iter().find(|note| note.code == "even-counts").unwrap();
    assert!(note.message.contains("few clicks convert more than once"), "{note:?}");
    let forecast = known.forecast(0, 40.0);
    // the posterior's, and less than a Poisson count's own
    let relative = known.rate.sd[0] / known.rate.mean[0];
    let variance = forecast.mean + forecast.mean * forecast.mean / forecast.shape;
    let expected = known.scatter * forecast.mean + (forecast.mean * relative).powi(2);
    assert_relative_eq!(variance, expected, max_relative = 1e-9);
}
