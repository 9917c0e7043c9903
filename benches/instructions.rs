//! One kernel of the allocator, called so often: what is counted twice and once differs by one call.
//!
//! ```text
//! cargo bench --no-default-features --bench instructions -- certified 1000 2
//! ```
//!
//! `benches/commands.py --instructions` runs it under valgrind, where instructions do not depend on what else the machine does.

#![allow(missing_docs)]
#![allow(clippy::print_stdout)] // how it is used is the output

mod problems;

use std::hint::black_box;
use termwise::allocate::{AllocatorSettings, Workspace, allocate, round_to_step, solve_spend};

/// Calls a kernel; `None` if there is none of that name, or the problem has no plan.
fn call(kernel: &str, items: u32, calls: u32) -> Option<()> {
    let (problem, settings) = (problems::mixed(items), AllocatorSettings::default());
    match kernel {
        "certified" => {
            for _ in 0..calls {
                black_box(allocate(black_box(&problem), &settings).ok()?);
            }
        }
        "spend-only" => {
            let mut workspace = Workspace::new();
            for _ in 0..calls {
                black_box(solve_spend(black_box(&problem), &settings, &mut workspace).ok()?);
            }
        }
        "round-to-cents" => {
            let allocation = allocate(&problem, &settings).ok()?;
            for _ in 0..calls {
                black_box(round_to_step(black_box(&problem), &allocation, 0.01));
            }
        }
        _ => return None,
    }
    Some(())
}

fn main() {
    // cargo adds a flag of its own
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let done = match words.as_slice() {
        [kernel, items, calls] => {
            items.parse().ok().zip(calls.parse().ok()).and_then(|(items, calls)| call(kernel, items, calls))
        }
        _ => None,
    };
    if done.is_none() {
        println!("expected a kernel (certified, spend-only, round-to-cents), a number of items and a number of calls");
        std::process::exit(2);
    }
}
