//! The allocator's figures, as ratios within one run.
//!
//! ```text
//! cargo bench --no-default-features --bench allocator
//! cargo bench --no-default-features --bench allocator -- --sizes 1000,100000 --only solve,heap --runs 5
//! ```
//!
//! Sections: `solve` (time, gap, violation, ratio to the floor, linearity), `heap` (working memory and
//! allocations), `draws` (re-solves for the intervals), `tree` (campaigns in channels). The floor is one
//! `exp` and one `ln` an item on the same threads: no solver that looks at every item can be faster than a
//! few such passes. Times are wall-clock, so a busy machine raises them; the best run is the one to compare.

#![allow(missing_docs)]
#![allow(clippy::print_stdout)] // the figures are the output

mod heap;
mod problems;

use rayon::prelude::*;
use std::hint::black_box;
use std::time::Instant;
use termwise::allocate::{AllocationStatus, AllocatorSettings, Problem, Workspace, allocate, solve_spend};

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

const SECTIONS: [&str; 4] = ["solve", "heap", "draws", "tree"];

/// What to measure.
struct Options {
    sizes: Vec<u32>,
    only: Vec<String>,
    runs: usize,
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            sizes: vec![1_000, 10_000, 100_000, 1_000_000],
            only: SECTIONS.map(str::to_owned).to_vec(),
            runs: 9,
        };
        while let Some(word) = words.next() {
            // cargo adds it
            if word == "--bench" {
                continue;
            }
            let value = words.next().ok_or_else(|| format!("`{word}` needs a value"))?;
            let number = |text: &str| text.parse::<u32>().map_err(|error| format!("`{word} {value}`: {error}"));
            match word.as_str() {
                "--sizes" => options.sizes = value.split(',').map(number).collect::<Result<_, _>>()?,
                "--only" => options.only = value.split(',').map(str::to_owned).collect(),
                "--runs" => options.runs = number(&value)?.max(1) as usize,
                _ => return Err(format!("`{word}` is not an option: --sizes, --only, --runs")),
            }
        }
        match options.only.iter().find(|section| !SECTIONS.contains(&section.as_str())) {
            Some(section) => Err(format!("`{section}` is not a section: {}", SECTIONS.join(", "))),
            None => Ok(options),
        }
    }
}

/// Seconds of several runs: the first (fresh memory, cold caches), the best, the median.
struct Seconds {
    first: f64,
    best: f64,
    median: f64,
}

fn time<T>(runs: usize, mut work: impl FnMut() -> T) -> Seconds {
    let mut seconds: Vec<f64> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed().as_secs_f64()
        })
        .collect();
    let first = seconds[0];
    seconds.sort_by(f64::total_cmp);
    Seconds { first, best: seconds[0], median: seconds[runs / 2] }
}

/// One `exp` and one `ln` an item.
fn floor(items: usize, runs: usize) -> Seconds {
    /// Up to here one thread is faster than handing work over.
    const SERIAL: usize = 4096;
    let values: Vec<f64> = (0..items).map(|at| 0.5 + at as f64 / items as f64).collect();
    let mut results = vec![0.0; items];
    time(runs, || {
        let pass = |(value, result): (&f64, &mut f64)| *result = value.exp() + value.ln();
        if items <= SERIAL {
            values.iter().zip(&mut results).for_each(pass);
        } else {
            values.par_iter().zip(&mut results).with_min_len(SERIAL / 4).for_each(pass);
        }
        black_box(&mut results);
    })
}

/// Largest amount by which a plan breaks a bound, the budget or a limit of a group, as a share of that limit
/// (of the budget where the limit is zero), and the number of groups at a limit.
fn violation(problem: &Problem, spend: &[f64]) -> (f64, usize) {
    /// A sum this near to a limit is at it.
    const NEAR: f64 = 1e-9;
    let share = |excess: f64, limit: f64| if excess > 0.0 { excess / limit.max(1e-12 * problem.budget) } else { 0.0 };
    let bounds = spend.iter().zip(&problem.lower).zip(&problem.upper).map(|((&spend, &lower), &upper)| {
        share(lower - spend, lower).max(if upper.is_finite() { share(spend - upper, upper) } else { 0.0 })
    });
    let budget = share(spend.iter().sum::<f64>() - problem.budget, problem.budget);
    let mut worst = bounds.fold(budget, f64::max);
    let mut at_limit = 0;
    for (group, sum) in problem.groups.iter().zip(problems::group_spend(problem, spend)) {
        let (lower, upper) = problems::limits(problem, group);
        worst =
            worst.max(share(lower - sum, lower)).max(if upper.is_finite() { share(sum - upper, upper) } else { 0.0 });
        at_limit += usize::from((sum - lower).abs() <= NEAR * lower || (sum - upper).abs() <= NEAR * upper);
    }
    (worst, at_limit)
}

fn solve(options: &Options) {
    println!("\nsolve: certified `allocate`, and `solve_spend` with a workspace kept between solves");
    println!(
        "{:>9} {:<9} {:>9} {:>9} {:>9} {:>8} {:>9} {:>8} {:>8} {:>9} {:>7}",
        "items",
        "how",
        "first ms",
        "best ms",
        "median ms",
        "ns/item",
        "floor ms",
        "x floor",
        "gap",
        "violation",
        "prices"
    );
    let settings = AllocatorSettings::default();
    let mut nanoseconds = Vec::new();
    for &items in &options.sizes {
        let problem = problems::mixed(items);
        let floor = floor(items as usize, options.runs);
        let row = |how: &str, seconds: &Seconds, quality: [String; 2], prices: usize| {
            println!(
                "{items:>9} {how:<9} {:>9.3} {:>9.3} {:>9.3} {:>8.1} {:>9.3} {:>8.1} {:>8} {:>9} {prices:>7}",
                1e3 * seconds.first,
                1e3 * seconds.best,
                1e3 * seconds.median,
                1e9 * seconds.best / f64::from(items),
                1e3 * floor.best,
                seconds.best / floor.best,
                quality[0],
                quality[1]
            );
        };
        let certified = time(options.runs, || allocate(black_box(&problem), &settings));
        let allocation = allocate(&problem, &settings).expect("the mixed problem is sound");
        let certificate = &allocation.certificate;
        if certificate.status != AllocationStatus::Optimal {
            println!("{items:>9} is not optimal: {:?}", certificate.status);
        }
        let quality = [certificate.relative_gap, violation(&problem, &allocation.spend).0].map(|x| format!("{x:.1e}"));
        row("certified", &certified, quality, certificate.iterations);
        let mut workspace = Workspace::new();
        let spend_only = time(options.runs, || solve_spend(black_box(&problem), &settings, &mut workspace));
        let solved = solve_spend(&problem, &settings, &mut workspace).expect("the mixed problem is sound");
        let violation = format!("{:.1e}", violation(&problem, workspace.spend()).0);
        row("spend", &spend_only, [String::new(), violation], solved.iterations);
        nanoseconds.push([certified.best, spend_only.best].map(|seconds| seconds / f64::from(items)));
    }
    for (sizes, each) in options.sizes.windows(2).zip(nanoseconds.windows(2)) {
        println!(
            "time an item at {} over {}: certified {:.2}, spend {:.2}",
            sizes[1],
            sizes[0],
            each[1][0] / each[0][0],
            each[1][1] / each[0][1]
        );
    }
}

fn memory(options: &Options) {
    println!("\nheap: peak bytes an item, and allocations of a second `solve_spend` in the same workspace");
    println!(
        "{:>9} {:>16} {:>16} {:>12} {:>12} {:>12}",
        "items", "certified B/item", "spend B/item", "allocations", "their bytes", "a price more"
    );
    for &items in &options.sizes {
        let problem = problems::mixed(items);
        let settings = AllocatorSettings::default();
        let mut workspace = Workspace::new();
        // on a thread of the pool, so that handing the work over is not counted
        rayon::scope(|_| {
            let each = |used: heap::Use| used.peak as f64 / f64::from(items);
            let (_, certified) = heap::measure(|| allocate(&problem, &settings));
            let (_, first) = heap::measure(|| solve_spend(&problem, &settings, &mut workspace));
            let (solved, second) = heap::measure(|| solve_spend(&problem, &settings, &mut workspace));
            // the same, stopped one price earlier: what a turn of the loop allocates
            let prices = solved.map_or(1, |solved| solved.iterations);
            let short = AllocatorSettings { max_iterations: prices.saturating_sub(1), ..settings.clone() };
            let (_, shorter) = heap::measure(|| solve_spend(&problem, &short, &mut workspace));
            println!(
                "{items:>9} {:>16.1} {:>16.1} {:>12} {:>12} {:>12}",
                each(certified),
                each(first),
                second.calls,
                second.bytes,
                second.calls.saturating_sub(shorter.calls)
            );
        });
    }
}

fn draws(options: &Options) {
    const ITEMS: u32 = 5_000;
    const DRAWS: u64 = 200;
    let problem = problems::mixed(ITEMS);
    let price = allocate(&problem, &AllocatorSettings::default()).ok().and_then(|plan| plan.certificate.lambda);
    let warm = AllocatorSettings { initial_price: price, ..AllocatorSettings::default() };
    let prices = |number| {
        let mut workspace = Workspace::new();
        solve_spend(&problems::draw(&problem, number), &warm, &mut workspace).map_or(0, |solved| solved.iterations)
    };
    let most = (0..DRAWS).map(prices).max().unwrap_or(0);
    let all = time(options.runs.min(5), || {
        (0..DRAWS)
            .into_par_iter()
            .map_init(Workspace::new, |workspace, number| {
                let drawn = problems::draw(&problem, number);
                solve_spend(&drawn, &warm, workspace).ok().map(|_| workspace.spend().to_vec())
            })
            .collect::<Vec<_>>()
    });
    println!("\ndraws: {DRAWS} re-solves of {ITEMS} items from the plan's price, drawing the curves included");
    println!(
        "best {:.3} s, median {:.3} s, {:.2} ms a draw, at most {most} prices",
        all.best,
        all.median,
        1e3 * all.best / DRAWS as f64
    );
}

fn tree(options: &Options) {
    const CHANNELS: u32 = 10;
    println!(
        "\ntree: campaigns of 1,000 items (of 4 too at `--sizes 200000`) in {CHANNELS} channels, limits that bind on about a third of the groups"
    );
    println!(
        "{:>9} {:>7} {:>9} {:>9} {:>9} {:>8} {:>7} {:>8} {:>9} {:>7} {:>8}",
        "items",
        "groups",
        "first ms",
        "best ms",
        "median ms",
        "x floor",
        "x flat",
        "gap",
        "violation",
        "prices",
        "at limit"
    );
    let settings = AllocatorSettings::default();
    let large = options.sizes.iter().filter(|items| **items >= 20_000);
    // and as many groups as there can be, of four items each
    let small = options.sizes.iter().filter(|items| **items == 200_000).map(|&items| (items, items / 4));
    for (items, campaigns) in large.map(|&items| (items, items / 1_000)).chain(small) {
        let problem = problems::tree(items, campaigns, CHANNELS);
        let flat = Problem { groups: Vec::new(), group_of: Vec::new(), ..problem.clone() };
        let floor = floor(items as usize, options.runs);
        let seconds = time(options.runs, || allocate(black_box(&problem), &settings));
        let flat = time(options.runs, || allocate(black_box(&flat), &settings));
        match allocate(&problem, &settings) {
            Ok(allocation) => {
                let (violation, at_limit) = violation(&problem, &allocation.spend);
                println!(
                    "{items:>9} {:>7} {:>9.3} {:>9.3} {:>9.3} {:>8.1} {:>7.2} {:>8.1e} {violation:>9.1e} {:>7} {at_limit:>8}",
                    problem.groups.len(),
                    1e3 * seconds.first,
                    1e3 * seconds.best,
                    1e3 * seconds.median,
                    seconds.best / floor.best,
                    seconds.best / flat.best,
                    allocation.certificate.relative_gap,
                    allocation.certificate.iterations,
                );
            }
            Err(error) => println!("{items:>9} {:>7} {error}", problem.groups.len()),
        }
    }
}

fn main() -> std::process::ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            println!("{message}");
            return std::process::ExitCode::from(2);
        }
    };
    println!("{} threads, best of {} runs", rayon::current_num_threads(), options.runs);
    let sections: [fn(&Options); SECTIONS.len()] = [solve, memory, draws, tree];
    for (name, section) in SECTIONS.iter().zip(sections) {
        if options.only.iter().any(|only| only == name) {
            section(&options);
        }
    }
    std::process::ExitCode::SUCCESS
}
