//! The estimates' figures: seconds after reading, on the machine as it is.
//!
//! ```text
//! cargo bench --no-default-features --bench estimates
//! cargo bench --no-default-features --bench estimates -- --terms 100000 --weeks 26 --campaigns 40 --runs 3
//! cargo bench --no-default-features --bench estimates -- --rows 2
//! cargo bench --no-default-features --bench estimates -- --terms 600 --weeks 52 --campaigns 12 --rate 0
//! ```
//!
//! Rows: one period (beta-binomial, means and quantiles, one group and in campaigns), then dated data with still rates, with drift, and
//! with drift and attributes. Beside each stands the floor: one pass of `exp` and one of `ln` over the cells,
//! on the same threads. Times are wall-clock, so a busy machine raises them; the best run is the one to compare.

#![allow(missing_docs)]
#![allow(clippy::print_stdout)] // the figures are the output

use rayon::prelude::*;
use std::hint::black_box;
use std::time::Instant;
use termwise::counts::{Counts, Period, PeriodUnit};
use termwise::domain::{Term, TermKey};
use termwise::estimate::{EstimateSettings, estimate};
use termwise::numeric::stream::Stream;

/// What to measure.
struct Options {
    terms: u32,
    weeks: u32,
    campaigns: Option<u32>,
    runs: usize,
    /// The first so many rows of the table.
    rows: usize,
    /// Mean conversion rate, conversions per 10,000 clicks.
    rate: u32,
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { terms: 1_000_000, weeks: 26, campaigns: None, runs: 3, rows: usize::MAX, rate: 400 };
        while let Some(word) = words.next() {
            // cargo adds it
            if word == "--bench" {
                continue;
            }
            let value = words.next().ok_or_else(|| format!("`{word}` needs a value"))?;
            let number = value.parse::<u32>().map_err(|error| format!("`{word} {value}`: {error}"))?;
            if word == "--rate" {
                options.rate = number;
                continue;
            }
            let number = number.max(1);
            match word.as_str() {
                "--terms" => options.terms = number,
                "--weeks" => options.weeks = number,
                "--campaigns" => options.campaigns = Some(number),
                "--runs" => options.runs = number as usize,
                "--rows" => options.rows = number as usize,
                _ => {
                    return Err(format!(
                        "`{word}` is not an option: --terms, --weeks, --campaigns, --runs, --rows, --rate"
                    ));
                }
            }
        }
        Ok(options)
    }
}

/// Terms in campaigns; clicks log-normal (median 2.7 a week), rates gamma around `mean`, walking by 4% a week.
fn account(terms: u32, weeks: u32, campaigns: u32, mean: f64) -> Counts {
    let mut stream = Stream::new(5, 0);
    let mut counts = Counts::default();
    counts.calendar.periods = vec![Period::default(); weeks as usize];
    if weeks == 1 {
        counts.calendar.unit = PeriodUnit::Undated { days: None };
    }
    counts.cells.offsets.push(0);
    for term in 0..terms {
        let rate = mean * stream.gamma(3.0) / 3.0;
        let volume = (1.0 + 1.3 * stream.normal()).exp() * if weeks == 1 { 26.0 } else { 1.0 };
        let mut moved = 0.0;
        for week in 0..weeks {
            moved += 0.04 * stream.normal();
            let clicks = stream.poisson(volume);
            if clicks > 0.0 {
                counts.cells.period.push(week);
                counts.cells.clicks.push(clicks);
                counts.cells.conversions.push(stream.binomial(clicks, (rate * f64::exp(moved)).min(1.0)));
            }
        }
        counts.cells.offsets.push(counts.cells.period.len());
        counts.terms.push(Term {
            key: TermKey {
                term: format!("{term:07}"),
                campaign: Some(format!("c{:05}", term % campaigns)),
                ..TermKey::default()
            },
            ..Term::default()
        });
    }
    counts
}

/// The shortest of several runs, in seconds.
fn best<T>(runs: usize, mut work: impl FnMut() -> T) -> f64 {
    (0..runs)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

fn row(name: &str, counts: &Counts, settings: &EstimateSettings, runs: usize) -> Result<(), String> {
    let mut refused = None;
    let seconds = best(runs, || estimate(counts, settings).map_err(|error| refused = Some(error.to_string())));
    if let Some(why) = refused {
        return Err(format!("{name}: {why}"));
    }
    let clicks = &counts.cells.clicks;
    let floor = best(runs, || clicks.par_iter().map(|n| n.ln() + (-n).exp()).sum::<f64>());
    println!("{name:<24}{:>12}{seconds:>10.3} s{:>12.0} ×", clicks.len(), seconds / floor);
    Ok(())
}

fn run() -> Result<(), String> {
    let Options { terms, weeks, campaigns, runs, rows, rate } = Options::read(std::env::args().skip(1))?;
    let campaigns = campaigns.unwrap_or_else(|| terms.isqrt());
    println!("{terms} terms, {campaigns} campaigns, {} threads", rayon::current_num_threads());
    println!("{:<24}{:>12}{:>12}{:>14}", "", "cells", "best", "the floor");
    let learned = EstimateSettings::default();
    let plain = EstimateSettings { attributes: false, ..learned.clone() };
    let still = EstimateSettings { drift: false, ..plain.clone() };
    let table = [
        ("one period, flat", 1, 1, &still),
        ("one period, campaigns", 1, campaigns, &still),
        ("dated, still", weeks, campaigns, &still),
        ("dated, drift", weeks, campaigns, &plain),
        ("dated, drift, attributes", weeks, campaigns, &learned),
    ];
    for (name, weeks, campaigns, settings) in table.into_iter().take(rows) {
        row(name, &account(terms, weeks, campaigns, f64::from(rate) / 1e4), settings, runs)?;
    }
    Ok(())
}

fn main() {
    if let Err(message) = run() {
        println!("{message}");
        std::process::exit(2);
    }
}
