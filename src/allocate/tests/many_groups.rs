//! Trees of many groups and deep chains.

use super::groups::{TREE_GAP, VIOLATION, group};
use super::groups_oracle::mixed;
use super::*;

/// Many items in a tree of a given shape, half the groups limited below what they would spend and a quarter above.
fn large(items: u32, parents: Vec<Option<u32>>) -> Problem {
    let part = |item: u32, step: f64| (f64::from(item) * step).fract();
    let leaf = |item: u32| item % u32::try_from(parents.len()).unwrap();
    let mut problem = Problem::default();
    for item in 0..items {
        let k = 1.0 + 9.0 * part(item, 0.618_033_988_749_895);
        let a = k * (0.5 + 4.0 * part(item, 0.414_213_562_373_095));
        problem.curves.push(mixed(a, k, 0.2 + 0.6 * part(item, 0.732_050_807_568_877)));
        problem.lower.push(0.0);
        problem.upper.push(20.0);
        problem.group_of.push(Some(leaf(item)));
    }
    problem.budget = 2.0 * f64::from(items);
    problem.groups = parents.into_iter().map(|parent| group(parent, 0.0, f64::INFINITY)).collect();
    let free = allocate(&problem, &AllocatorSettings::default()).unwrap();
    // in a chain the deeper a group the tighter, so that every limit binds
    let chain = problem.groups.iter().skip(1).all(|group| group.parent.is_some());
    let count = problem.groups.len() as f64;
    for (at, spend) in (0_u32..).zip(&free.group_spend) {
        let limited = &mut problem.groups[at as usize];
        match at % 4 {
            _ if chain => limited.upper = Amount::Money(spend * (0.9 - 0.8 * f64::from(at) / count)),
            0 | 2 => limited.upper = Amount::Money(spend * (0.7 + 0.25 * part(at, 0.236_067_977_499_79))),
            1 => limited.lower = Amount::Money(spend * (0.1 + 0.3 * part(at, 0.645_751_311_064_59))),
            _ => {}
        }
    }
    problem
}

/// Solves a large tree in which many limits bind; gives the prices tried for it as well.
fn counted(problem: &Problem) -> (usize, Allocation) {
    let allocation = allocate(problem, &AllocatorSettings::default()).unwrap();
    let certificate = &allocation.certificate;
    // the first group of a chain holds everything, and its limit leaves money
    assert_ne!(certificate.status, AllocationStatus::IterationLimit);
    assert!(certificate.relative_gap <= TREE_GAP, "{certificate:?}");
    assert!(certificate.max_violation <= VIOLATION * problem.budget, "{certificate:?}");
    let binding = allocation.group_price.iter().filter(|price| **price != 0.0).count();
    assert!(binding > 20, "only {binding} limits bind");
    (certificate.iterations, allocation)
}

/// Parents of so many groups.
type Shape<'a> = &'a (dyn Fn(u32) -> Vec<Option<u32>> + Sync);

#[test]
fn many_groups_and_deep_chains_take_work_in_proportion_and_the_same_bytes_on_one_thread() {
    let flat = |count: u32| (0..count).map(|_| None).collect::<Vec<_>>();
    // four levels of ten groups each
    let deep = |count: u32| (0..count).map(|at| (at >= 10).then(|| at / 10 - 1)).collect::<Vec<_>>();
    let chain = |count: u32| (0..count).map(|at| at.checked_sub(1)).collect::<Vec<_>>();
    let shapes: [(&str, Shape<'_>, u32, u32); 4] = [
        ("100 items a group", &flat, 20_000, 200),
        ("four levels", &deep, 20_000, 2_000),
        ("one item a group", &flat, 10_000, 10_000),
        ("a chain", &chain, 2_000, 200),
    ];
    for (name, shape, items, groups) in shapes {
        let (small, allocation) = counted(&large(items, shape(groups)));
        let problem = large(5 * items, shape(5 * groups));
        let (more, _) = counted(&problem);
        // a price tried for a group costs its own items alone, so the work grows with the prices a group
        assert!(more <= 8 * small, "{name}: {small} prices, then {more}");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let alone = pool.install(|| counted(&large(items, shape(groups))).1);
        assert_eq!(alone, allocation, "{name}");
    }
}
