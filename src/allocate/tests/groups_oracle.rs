//! Groups against the cone solver, and their prices against what moving their limits is worth.

use super::groups::{group, money, sound};
use super::oracle::{Cones, OBJECTIVE, PRICE, by_cones, members_of, random_problem};
use super::*;

/// 30 items in two or three levels, with limits around an even plan that bind above and below.
pub(super) fn random_tree(seed: u64, family: impl Fn(f64, f64, f64) -> Curve) -> Problem {
    let mut random = crate::numeric::stream::Stream::new(seed, 11);
    let mut problem = random_problem(seed, 30, family);
    let levels = [None, None, None, Some(0), Some(0), Some(1), Some(1), Some(3), Some(3)];
    problem.group_of = (0..30_u32).map(|item| Some([2, 4, 5, 6, 7, 8, 0, 1][item as usize % 8])).collect();
    problem.groups = levels.iter().map(|&parent| group(parent, 0.0, f64::INFINITY)).collect();
    let free = solve(&problem);
    let even: Vec<f64> = (0..30).map(|at| 0.6 * problem.lower[at] + 0.4 * problem.upper[at]).collect();
    for at in 0..problem.groups.len() {
        let members = members_of(&problem, at);
        let sum = |plan: &[f64]| members.iter().map(|&item| plan[item]).sum::<f64>();
        // between what the free plan spends and the even one, so that every limit bites
        let limit = sum(&even) + (0.2 + 0.6 * random.uniform()) * (sum(&free.spend) - sum(&even));
        if sum(&free.spend) > sum(&even) {
            problem.groups[at].upper = Amount::Money(limit);
        } else {
            problem.groups[at].lower = Amount::Money(limit);
        }
    }
    problem
}

pub(super) fn mixed(a: f64, k: f64, h: f64) -> Curve {
    match h {
        h if h < 0.4 => Curve::Exp { a, k },
        h if h < 0.6 => Curve::Log { a, k },
        h => Curve::Power { a, k, h },
    }
}

#[test]
fn trees_agree_with_the_cone_solver_in_worth_and_prices() {
    for seed in 0..20 {
        let mut problem = random_tree(seed, mixed);
        if seed % 4 == 3 {
            problem.price_floor = 0.8
                * solve(&Problem { groups: vec![], group_of: vec![], ..problem.clone() }).certificate.lambda.unwrap();
            problem.budget *= 1.1;
        }
        let allocation = sound(&problem);
        let Cones { objective, price, group_price, .. } = by_cones(&problem);
        let own = allocation.certificate.objective;
        assert!((own - objective).abs() <= OBJECTIVE * objective, "seed {seed}: {own} against {objective}");
        let lambda = allocation.certificate.lambda.unwrap();
        let scale = lambda.max(price);
        assert!((lambda - problem.price_floor - price).abs() <= PRICE * scale, "seed {seed}: {lambda} against {price}");
        for (at, (own, cone)) in allocation.group_price.iter().zip(&group_price).enumerate() {
            assert!((own - cone).abs() <= PRICE * scale, "seed {seed}, group {at}: {own} against {cone}");
        }
        let binding = group_price.iter().filter(|price| price.abs() > 1e-3 * scale).count();
        assert!(binding >= 2, "seed {seed}: only {binding} limits bind");
    }
}

#[test]
fn the_price_of_a_group_is_what_its_limit_is_worth() {
    for seed in 0..10 {
        let problem = random_tree(seed, mixed);
        let allocation = sound(&problem);
        for (at, &price) in allocation.group_price.iter().enumerate() {
            let worth = |change: f64| {
                let mut moved = problem.clone();
                let own = &mut moved.groups[at];
                let moved_by = |amount: Amount| Amount::Money(money(amount) + change);
                if money(own.lower) > 0.0 {
                    own.lower = moved_by(own.lower);
                } else {
                    own.upper = moved_by(own.upper);
                }
                sound(&moved).certificate.objective
            };
            // central differences: error of the order of the step squared, and rounding over the step
            let step = 1e-5 * problem.budget;
            let difference = (worth(step) - worth(-step)) / (2.0 * step);
            let scale = allocation.certificate.lambda.unwrap();
            assert!(
                (price - difference).abs() <= 1e-5 * scale,
                "seed {seed}, group {at}: {price} against {difference}"
            );
        }
    }
}
