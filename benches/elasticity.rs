//! How good elasticities are on simulated accounts: coverage of 90% intervals, and mean absolute errors against those of
//! the slope of log clicks in log cost. No times are measured; the same figures come out everywhere.
//!
//! ```text
//! cargo bench --no-default-features --bench elasticity
//! cargo bench --no-default-features --bench elasticity -- 10      # seeds, 5 if not given
//! ```

#![allow(missing_docs)]
#![allow(clippy::print_stdout)] // the figures are the output

use termwise::counts::{Baseline, Counts};
use termwise::response::{CurveBasis, ResponseSettings, respond};
use termwise::simulate::{SimulateSettings, simulate};

/// Sums over terms with a curve that bends.
#[derive(Clone, Copy, Default)]
struct Sums {
    terms: f64,
    held: f64,
    error: f64,
    naive: f64,
}

/// Slope of log clicks in log cost, least squares; `None` with fewer than four weeks.
fn naive(counts: &Counts, term: usize) -> Option<f64> {
    let cost = counts.cells.cost.as_ref()?;
    let is_paid = |cell: &usize| counts.cells.clicks[*cell] > 0.0 && cost[*cell] > 0.0;
    let rows: Vec<(f64, f64)> = counts
        .cells
        .of_term(term)
        .filter(is_paid)
        .map(|cell| (cost[cell].ln(), counts.cells.clicks[cell].ln()))
        .collect();
    let count = rows.len() as f64;
    let (x, y) = (rows.iter().map(|row| row.0).sum::<f64>() / count, rows.iter().map(|row| row.1).sum::<f64>() / count);
    let xx: f64 = rows.iter().map(|row| (row.0 - x) * (row.0 - x)).sum();
    let xy: f64 = rows.iter().map(|row| (row.0 - x) * (row.1 - y)).sum();
    (rows.len() > 3 && xx > 0.0).then_some(xy / xx)
}

fn main() {
    let seeds = std::env::args().skip(1).find_map(|word| word.parse::<u64>().ok()).unwrap_or(5);
    let year = SimulateSettings { weeks: 52, ..SimulateSettings::default() };
    let scenarios = [
        ("400 terms, 52 weeks", year.clone()),
        ("the same, impression shares", SimulateSettings { ceiling: Some(4.0), ..year.clone() }),
        ("400 terms, 26 weeks", SimulateSettings { weeks: 26, ..year.clone() }),
        ("40 terms, 52 weeks", SimulateSettings { terms: 40, ..year.clone() }),
        ("2,000 terms, 52 weeks", SimulateSettings { terms: 2_000, ..year.clone() }),
        ("bids never moved", SimulateSettings { lever_moves: 0.0, ..year }),
    ];
    println!(
        "{:<30}{:>8}{:>10}{:>8}{:>8}   by basis: terms, coverage",
        "account", "terms", "coverage", "error", "naive"
    );
    for (name, settings) in scenarios {
        let mut sums = [Sums::default(); 4];
        for seed in 1..=seeds {
            let made = simulate(&SimulateSettings { seed, ..settings.clone() }).expect("settings in range");
            let counts = made.observation.to_counts();
            let baseline = Baseline::new(&counts, 4);
            let budget = baseline.spend.iter().sum();
            let told = respond(&counts, &baseline, budget, &ResponseSettings::default());
            for term in 0..counts.terms.len() {
                let (Some(mean), Some(slope)) = (told.elasticity[term], naive(&counts, term)) else { continue };
                let at = made.truth.terms.binary_search(&counts.terms[term].key).expect("a term of the account");
                let miss = (made.truth.elasticity[at] - mean).abs();
                let basis = match told.basis[term] {
                    CurveBasis::Data | CurveBasis::Simulator => 1,
                    CurveBasis::Pooled => 2,
                    CurveBasis::Prior => 3,
                };
                for row in [0, basis] {
                    let sums = &mut sums[row];
                    sums.terms += 1.0;
                    // 1.645 standard deviations hold 90% of a normal
                    sums.held += f64::from(u8::from(miss < 1.645 * told.elasticity_sd[term].total()));
                    sums.error += miss;
                    sums.naive += (made.truth.elasticity[at] - slope).abs();
                }
            }
        }
        let [all, parts @ ..] = sums;
        print!(
            "{name:<30}{:>8}{:>10.3}{:>8.3}{:>8.3}  ",
            all.terms,
            all.held / all.terms,
            all.error / all.terms,
            all.naive / all.terms
        );
        for (basis, part) in ["data", "pooled", "prior"].into_iter().zip(parts).filter(|(_, part)| part.terms > 0.0) {
            print!(" {basis} {} {:.3}", part.terms, part.held / part.terms);
        }
        println!();
    }
}
