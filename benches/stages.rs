//! Where the time of a plan goes: seconds of each stage after reading, on a simulated account in memory, shortest of the runs,
//! and the growth from one size to the next (1 is linear).
//!
//! ```text
//! cargo bench --no-default-features --bench stages
//! cargo bench --no-default-features --bench stages -- 30000 300000 --weeks 26 --runs 3
//! ```

#![allow(missing_docs)]
#![allow(clippy::print_stdout)] // the figures are the output

use std::time::Instant;
use termwise::counts::Baseline;
use termwise::estimate::{EstimateSettings, estimate};
use termwise::recommend::{PolicySettings, plan, resolve_budget, rest_paused};
use termwise::response::{ResponseSettings, respond};
use termwise::simulate::{SimulateSettings, simulate};

const STAGES: [&str; 4] = ["fit", "curves", "solve", "all"];

/// What the command line asks for.
struct Options {
    terms: Vec<usize>,
    weeks: usize,
    runs: usize,
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { terms: Vec::new(), weeks: 26, runs: 1 };
        while let Some(word) = words.next() {
            let number = |word: Option<String>| {
                let word = word.unwrap_or_default();
                word.parse::<usize>().map_err(|_| format!("`{word}` is not a number"))
            };
            match word.as_str() {
                "--bench" => {}
                "--weeks" => options.weeks = number(words.next())?,
                "--runs" => options.runs = number(words.next())?.max(1),
                _ => options.terms.push(number(Some(word))?),
            }
        }
        if options.terms.is_empty() {
            options.terms = vec![1_000, 10_000, 100_000];
        }
        Ok(options)
    }
}

/// Seconds of each stage for an account of some terms; the last is their sum.
fn measure(terms: usize, options: &Options) -> Result<[f64; 4], String> {
    let settings = SimulateSettings { terms, weeks: options.weeks, zipf: Some(1.0), ..SimulateSettings::default() };
    let counts = simulate(&settings).map_err(|error| error.to_string())?.observation.to_counts();
    let (policy, response) = (PolicySettings::default(), ResponseSettings::default());
    let mut best = [f64::INFINITY; 4];
    for _ in 0..options.runs {
        let mut at = Instant::now();
        let mut lap = || std::mem::replace(&mut at, Instant::now()).elapsed().as_secs_f64();
        let posterior = estimate(&counts, &EstimateSettings::default()).map_err(|error| error.to_string())?;
        let fit = lap();
        let mut baseline = Baseline::new(&counts, 4);
        rest_paused(&counts, &mut baseline, &policy);
        let budget = resolve_budget(&counts, &baseline, &policy).map_err(|error| error.to_string())?;
        let responses = respond(&counts, &baseline, budget, &response);
        let curves = lap();
        let made =
            plan(&counts, &baseline, &posterior, &responses, budget, &policy).map_err(|error| error.to_string())?;
        let solve = lap();
        std::hint::black_box(made);
        for (best, own) in best.iter_mut().zip([fit, curves, solve, fit + curves + solve]) {
            *best = best.min(own);
        }
    }
    Ok(best)
}

fn run() -> Result<(), String> {
    let options = Options::read(std::env::args().skip(1))?;
    println!("{} weeks, {} threads, best of {}", options.weeks, rayon::current_num_threads(), options.runs);
    println!("{:>10}{:>10}{:>10}{:>10}{:>10}   growth of each", "terms", "fit s", "curves s", "solve s", "all s");
    let mut before: Option<(usize, [f64; 4])> = None;
    for &terms in &options.terms {
        let seconds = measure(terms, &options)?;
        print!("{terms:>10}");
        for seconds in seconds {
            print!("{seconds:>10.3}");
        }
        print!("  ");
        if let Some((fewer, earlier)) = before {
            let ratio = (terms as f64 / fewer as f64).ln();
            for (stage, (now, then)) in STAGES.iter().zip(seconds.iter().zip(earlier)) {
                print!(" {stage} {:.2}", (now / then).ln() / ratio);
            }
        }
        println!();
        before = Some((terms, seconds));
    }
    Ok(())
}

fn main() {
    if let Err(message) = run() {
        println!("{message}");
        std::process::exit(2);
    }
}
