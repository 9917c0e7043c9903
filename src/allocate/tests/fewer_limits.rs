//! Bounds from fewer limits: above every plan of a grid, and used where the search's own is worth little.

use super::crossing::drawn;
use super::grid::best;
use super::*;

/// The bound may round by this share of what is at stake.
const BOUND: f64 = 1e-8;
/// Steps of the grid.
const STEPS: u32 = 20;

#[test]
fn a_bound_from_fewer_limits_is_above_every_plan() {
    let (mut checked, mut met) = (0, 0);
    for seed in 0..80 {
        let problem = drawn(seed);
        let Some((most, plan)) = best(&problem, STEPS, false) else { continue };
        let bound = looser::bound(&problem, &AllocatorSettings::default());
        assert!(bound >= most - BOUND * most.abs(), "seed {seed}: {bound} below {most} of {plan:?}");
        checked += 1;
        met += u32::from(bound <= most * 1.05);
    }
    // it is no bound that says nothing: often it is near the best plan of the grid
    assert!(checked > 60 && 4 * met >= checked, "{met} of {checked}");
}

#[test]
fn a_search_cut_short_is_given_the_bound_from_fewer_limits() {
    let settings = AllocatorSettings { max_branches: 1, max_iterations: 3, ..AllocatorSettings::default() };
    let mut taken = 0;
    for seed in 0..80 {
        let problem = drawn(seed);
        let Some((most, plan)) = best(&problem, STEPS, false) else { continue };
        let prepared = || {
            let mut workspace = Workspace::new();
            workspace.prepare(&problem);
            workspace
        };
        let (Ok(own), Ok(all)) = (
            branch::solve_parts(&mut prepared(), &problem, &settings),
            branch::solve(&mut prepared(), &problem, &settings),
        ) else {
            continue;
        };
        let bound = |solution: &branch::Solution| solution.appraisal.objective + solution.appraisal.gap;
        assert!(bound(&all) >= most - BOUND * most.abs(), "seed {seed}: {} below {most} of {plan:?}", bound(&all));
        assert!(all.appraisal.gap <= own.appraisal.gap, "seed {seed}");
        taken += u32::from(all.appraisal.gap < own.appraisal.gap);
    }
    assert!(taken > 10, "{taken}");
}
