//! Nothing is allocated in the solver's loop: counted by an allocator that counts.

use super::*;
use crate::numeric::stream::Stream;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Allocations of this thread: other tests run beside this one.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[allow(unsafe_code)] // the trait's methods are unsafe; they only count and pass on
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // a thread that is ending has no counter any more
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A problem whose search takes several prices, small enough to be solved on this thread alone.
fn mixed(groups: bool) -> Problem {
    let mut random = Stream::new(3, 1);
    let mut bounds = Vec::new();
    let curves = (0..900)
        .map(|item| {
            let (a, k, h) = (5.0 + 20.0 * random.uniform(), 1.0 + 9.0 * random.uniform(), 0.2 + 0.6 * random.uniform());
            bounds.push((0.1 * k, 3.0 * k));
            match item % 4 {
                0 => Curve::Hill { a, k, h },
                1 => Curve::Exp { a, k },
                2 => Curve::Power { a, k, h },
                _ => Curve::Log { a, k },
            }
        })
        .collect();
    let mut problem = problem(curves, &bounds, 5000.0);
    if groups {
        let half = solve(&problem).spend.iter().take(450).sum::<f64>();
        problem.groups = vec![Group { parent: None, lower: Amount::Money(0.0), upper: Amount::Money(0.9 * half) }];
        problem.group_of = (0..900).map(|item| (item < 450).then_some(0)).collect();
    }
    problem
}

/// Allocations of a solve that may try so many prices, with a workspace that has seen the problem before.
fn allocations(problem: &Problem, max_iterations: usize) -> (usize, usize) {
    let settings = AllocatorSettings { max_iterations, ..AllocatorSettings::default() };
    let mut workspace = Workspace::new();
    for _ in 0..2 {
        solve_spend(problem, &settings, &mut workspace).unwrap();
    }
    let before = COUNT.get();
    let solved = solve_spend(problem, &settings, &mut workspace).unwrap();
    (COUNT.get() - before, solved.iterations)
}

#[test]
fn another_price_allocates_nothing() {
    let problem = mixed(false);
    let (few, tried) = allocations(&problem, 2);
    let (many, all) = allocations(&problem, 200);
    assert!(tried == 2 && all > 2, "{tried} and {all} prices");
    // a search cut short combines two plans, a whole one needs no more than a step
    assert!(many <= few, "{few} allocations, {many} with {} prices more", all - tried);
}

#[test]
fn the_counter_counts() {
    let before = COUNT.get();
    let vector = std::hint::black_box(vec![1_u8; 100]);
    assert_eq!(COUNT.get() - before, 1);
    drop(vector);
}

#[test]
fn another_price_of_a_group_allocates_nothing() {
    // a limit that binds is looked for in a round of its own, which may allocate; its prices do not
    let problem = mixed(true);
    let (few, tried) = allocations(&problem, 2);
    let (many, all) = allocations(&problem, 200);
    assert!(all > tried + 6, "{tried} and {all} prices");
    // a search cut short takes no round after its first; a whole one takes two more, of some twenty each
    assert!(many <= few + 60, "{few} allocations for {tried} prices, {many} for {all}");
}
