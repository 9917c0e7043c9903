//! Groups as a tree, against brute force, the cone solver and the dual function of the prices reported.

use super::oracle::{dual_bound, members_of};
use super::properties::{curve, in_money_units};
use super::*;
use proptest::prelude::*;

/// Limits hold to this share of the budget: sums of spends that are rounded once each.
pub(super) const VIOLATION: f64 = 1e-12;

/// Of the gap in trees: rounding, once a level.
pub(super) const TREE_GAP: f64 = 1e-13;

/// The dual function sums large numbers that cancel; its own rounding, as a share of what is at stake.
pub(super) const DUAL: f64 = 1e-11;

pub(super) fn group(parent: Option<u32>, lower: f64, upper: f64) -> Group {
    Group { parent, lower: Amount::Money(lower), upper: Amount::Money(upper) }
}

pub(super) fn money(amount: Amount) -> f64 {
    match amount {
        Amount::Money(money) => money,
        Amount::Share(_) => panic!("in money"),
    }
}

/// What is at stake: responses and the spend at its price.
pub(super) fn stake(allocation: &Allocation) -> f64 {
    let spend: f64 = allocation.spend.iter().sum();
    allocation.response.iter().sum::<f64>() + allocation.certificate.lambda.unwrap_or(0.0).abs() * spend
}

/// Solves, and checks limits, sums and optimality by nothing but the reported prices.
pub(super) fn sound(problem: &Problem) -> Allocation {
    let allocation = allocate(problem, &AllocatorSettings::default()).unwrap();
    check_sound(problem, &allocation);
    allocation
}

fn check_sound(problem: &Problem, allocation: &Allocation) {
    check_limits(problem, allocation, VIOLATION);
    let certificate = &allocation.certificate;
    assert_ne!(certificate.status, AllocationStatus::IterationLimit);
    let priced = certificate.lambda.is_some() && allocation.group_price.iter().all(|price| price.is_finite());
    if priced && problem.curves.iter().all(Curve::is_concave) {
        let bound = dual_bound(problem, allocation);
        let short = bound - certificate.objective;
        let room = DUAL * stake(allocation) + f64::MIN_POSITIVE;
        assert!(short <= room, "short by {short} of {bound}: {allocation:?}");
        assert!(certificate.relative_gap <= TREE_GAP, "{certificate:?}");
    }
}

/// Bounds, sums and limits of the groups, to a share of the budget.
pub(super) fn check_limits(problem: &Problem, allocation: &Allocation, violation: f64) {
    let room = violation * problem.budget;
    for (at, spec) in problem.groups.iter().enumerate() {
        let spend: f64 = members_of(problem, at).iter().map(|&item| allocation.spend[item]).sum();
        assert!((spend - allocation.group_spend[at]).abs() <= room, "group {at}: {spend} of {allocation:?}");
        assert!(spend <= money(spec.upper) + room, "group {at}: {spend} > {:?}", spec.upper);
        assert!(spend >= money(spec.lower) - room, "group {at}: {spend} < {:?}", spec.lower);
    }
    let total: f64 = allocation.spend.iter().sum();
    assert!((total + allocation.unallocated - problem.budget).abs() <= room, "{allocation:?}");
    for at in 0..problem.curves.len() {
        let spend = allocation.spend[at];
        assert!(spend >= problem.lower[at] && spend <= problem.upper[at], "item {at} of {allocation:?}");
    }
    assert!(allocation.certificate.max_violation <= room, "{:?}", allocation.certificate);
}

/// A feasible problem: every limit is drawn around a plan that meets them all.
#[derive(Clone)]
pub(super) struct Drawn {
    pub(super) problem: Problem,
    /// The plan that meets every limit.
    pub(super) witness: Vec<f64>,
}

impl std::fmt::Debug for Drawn {
    /// On one line, whatever the width asked for: failures print hundreds of numbers.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&format!("{:?} {:?}", self.problem, self.witness))
    }
}

/// A limit around what the witness spends: none, slack, tight, or exact.
fn limits() -> impl Strategy<Value = (u8, f64, u8, f64)> {
    (0..4_u8, 0.0..1.0, 0..4_u8, 0.0..1.0)
}

fn limit_around(spend: f64, (low, down, high, up): (u8, f64, u8, f64)) -> (f64, f64) {
    let lower = match low {
        0 | 1 => 0.0,
        2 => spend * down,
        _ => spend,
    };
    let upper = match high {
        0 => f64::INFINITY,
        1 | 2 => spend * (1.0 + up),
        _ => spend,
    };
    (lower, upper)
}

prop_compose! {
    pub(super) fn drawn()(
        items in prop::collection::vec((curve(), 0..4_u8, 0.0..5.0, 0.0..50.0, 0.0..1.0, any::<u32>()), 1..14),
        groups in prop::collection::vec((any::<u32>(), limits()), 1..8),
        twins in any::<bool>(),
        budget in 0..3_u8,
        more in 0.0..60.0,
        floor in prop_oneof![2 => Just(0.0), 1 => 0.0..3.0],
    ) -> Drawn {
        let mut problem = Problem { price_floor: floor, ..Problem::default() };
        let mut witness = Vec::new();
        for (at, (curve, kind, lower, width, share, place)) in items.iter().enumerate() {
            // twins: exact ties inside and across groups
            problem.curves.push(if twins && at % 3 > 0 { items[at - at % 3].0.clone() } else { curve.clone() });
            let upper = match kind { 0 => *lower, 1 => f64::INFINITY, _ => lower + width };
            problem.lower.push(*lower);
            problem.upper.push(upper);
            witness.push(lower + share * upper.min(lower + width).max(*lower) - share * lower);
            // one in (groups + 1) directly under the budget
            let place = *place as usize % (groups.len() + 1);
            problem.group_of.push((place > 0).then(|| u32::try_from(place - 1).unwrap()));
        }
        for (at, (parent, _)) in groups.iter().enumerate() {
            let parent = *parent as usize % (at + 1);
            problem.groups.push(group((parent > 0).then(|| u32::try_from(parent - 1).unwrap()), 0.0, f64::INFINITY));
        }
        for (at, (_, around)) in groups.iter().enumerate() {
            let spend = members_of(&problem, at).iter().map(|&item| witness[item]).sum();
            let (lower, upper) = limit_around(spend, *around);
            (problem.groups[at].lower, problem.groups[at].upper) = (Amount::Money(lower), Amount::Money(upper));
        }
        let total: f64 = witness.iter().sum();
        problem.budget = if budget == 0 { total } else { total + more };
        Drawn { problem, witness }
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_tree_is_solved_exactly_within_its_limits(drawn in drawn()) {
        let allocation = sound(&drawn.problem);
        // and the plan that the limits were drawn around is no better
        let net = |(at, &spend): (usize, &f64)| drawn.problem.curves[at].value(spend) - drawn.problem.price_floor * spend;
        let witness: f64 = drawn.witness.iter().enumerate().map(net).sum();
        prop_assert!(allocation.certificate.objective >= witness - DUAL * stake(&allocation));
    }

    #[test]
    fn slack_limits_change_not_a_byte(drawn in drawn(), around in prop::collection::vec((0.0..1.0, 0.0..1.0), 8)) {
        let mut bare = drawn.problem;
        for group in &mut bare.groups {
            (group.lower, group.upper) = (Amount::Money(0.0), Amount::Money(f64::INFINITY));
        }
        let allocation = sound(&bare);
        let mut slack = bare.clone();
        for ((group, spend), (down, up)) in slack.groups.iter_mut().zip(&allocation.group_spend).zip(around) {
            // beyond the rounding of the sum
            (group.lower, group.upper) = (Amount::Money(spend * 0.999 * down), Amount::Money(spend * (1.001 + up) + 1e-9));
        }
        let again = sound(&slack);
        prop_assert_eq!(&again.spend, &allocation.spend);
        prop_assert!(again.group_price.iter().all(|price| *price == 0.0));
    }

    #[test]
    fn tightening_a_limit_never_helps(drawn in drawn(), at in 0_usize..8, share in 0.0..1.0) {
        let before = sound(&drawn.problem);
        let mut tight = drawn.problem.clone();
        let at = at % tight.groups.len();
        let spend: f64 = members_of(&tight, at).iter().map(|&item| drawn.witness[item]).sum();
        let toward = |limit: f64| if limit.is_finite() { limit + share * (spend - limit) } else { 2.0 * spend };
        let group = &mut tight.groups[at];
        (group.lower, group.upper) = (Amount::Money(toward(money(group.lower)).min(spend)), Amount::Money(toward(money(group.upper)).max(spend)));
        let after = sound(&tight);
        prop_assert!(after.certificate.objective <= before.certificate.objective + DUAL * stake(&before));
    }

    #[test]
    fn more_budget_is_never_worth_less_in_a_tree(drawn in drawn(), more in 0.0..50.0) {
        let before = sound(&drawn.problem);
        let after = sound(&Problem { budget: drawn.problem.budget + more, ..drawn.problem });
        prop_assert!(after.certificate.objective >= before.certificate.objective - DUAL * stake(&before));
    }

    #[test]
    fn the_order_of_rows_and_groups_changes_no_byte(drawn in drawn(), turn in 1_usize..13, keys in prop::collection::vec(any::<u32>(), 8)) {
        let problem = drawn.problem;
        let allocation = sound(&problem);
        let count = problem.curves.len();
        // groups by depth, then by a drawn key: parents stay before their children
        let depth = |mut at: usize| {
            let mut depth = 0;
            while let Some(parent) = problem.groups[at].parent { at = parent as usize; depth += 1; }
            depth
        };
        let mut order: Vec<usize> = (0..problem.groups.len()).collect();
        order.sort_by_key(|&at| (depth(at), keys[at]));
        let place = |old: u32| u32::try_from(order.iter().position(|&at| at == old as usize).unwrap()).unwrap();
        let mut turned = problem.clone();
        turned.groups = order.iter().map(|&at| Group { parent: problem.groups[at].parent.map(place), ..problem.groups[at] }).collect();
        turned.group_of = problem.group_of.iter().map(|group| group.map(place)).collect();
        turned.curves.rotate_left(turn % count);
        turned.lower.rotate_left(turn % count);
        turned.upper.rotate_left(turn % count);
        turned.group_of.rotate_left(turn % count);
        let again = sound(&turned);
        let mut expected = allocation.spend.clone();
        expected.rotate_left(turn % count);
        prop_assert_eq!(again.spend, expected);
        for (new, &old) in order.iter().enumerate() {
            prop_assert_eq!(again.group_price[new], allocation.group_price[old]);
            prop_assert_eq!(again.group_spend[new], allocation.group_spend[old]);
        }
    }

    #[test]
    fn units_do_not_matter_in_a_tree(drawn in drawn(), money in -6_i32..7, response in -12_i32..13) {
        let problem = drawn.problem;
        let (money, response) = (10_f64.powi(money), 10_f64.powi(response));
        let amount = |amount| if let Amount::Money(own) = amount { Amount::Money(own * money) } else { amount };
        let scaled = Problem {
            curves: problem.curves.iter().map(|curve| in_money_units(curve, money).scaled(response)).collect(),
            lower: problem.lower.iter().map(|bound| bound * money).collect(),
            upper: problem.upper.iter().map(|bound| bound * money).collect(),
            groups: problem.groups.iter().map(|own| Group { lower: amount(own.lower), upper: amount(own.upper), ..*own }).collect(),
            budget: problem.budget * money,
            price_floor: problem.price_floor * response / money,
            ..problem.clone()
        };
        let (before, after) = (sound(&problem), sound(&scaled));
        let (x, y) = (before.certificate.objective, after.certificate.objective / response);
        prop_assert!((x - y).abs() <= DUAL * stake(&before), "{x} and {y}");
    }

    #[test]
    fn shares_of_a_spent_budget_are_limits_in_money(drawn in drawn()) {
        let mut problem = drawn.problem;
        problem.price_floor = 0.0;
        let allocation = sound(&problem);
        prop_assume!(allocation.unallocated == 0.0);
        let mut shares = problem.clone();
        let budget = problem.budget;
        for group in &mut shares.groups {
            let share = |amount: Amount| match money(amount) {
                own if own <= budget => Amount::Share(own / budget),
                own => Amount::Money(own),
            };
            (group.lower, group.upper) = (share(group.lower), share(group.upper));
        }
        let again = allocate(&shares, &AllocatorSettings::default()).unwrap();
        let (x, y) = (allocation.certificate.objective, again.certificate.objective);
        prop_assert!((x - y).abs() <= DUAL * stake(&allocation), "{x} and {y}");
        prop_assert!(again.certificate.relative_gap <= 1e-12, "{:?}", again.certificate);
    }
}

/// Best of all plans on a grid of units, within the limits of the groups and of any other kind.
pub(super) fn grid(problem: &Problem, unit: f64, allowed: impl Fn(&[f64]) -> bool) -> f64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let steps = (problem.budget / unit).round() as u32;
    let count = problem.curves.len();
    let values: Vec<Vec<f64>> =
        problem.curves.iter().map(|curve| (0..=steps).map(|at| curve.value(f64::from(at) * unit)).collect()).collect();
    let members: Vec<Vec<usize>> = (0..problem.groups.len()).map(|at| members_of(problem, at)).collect();
    let room = 1e-9 * problem.budget;
    let mut plan = vec![0_u32; count];
    let mut spend = vec![0.0; count];
    let mut best = f64::NEG_INFINITY;
    loop {
        let used: u32 = plan.iter().sum();
        if used <= steps {
            spend.iter_mut().zip(&plan).for_each(|(spend, &at)| *spend = f64::from(at) * unit);
            let bounds =
                (0..count).all(|at| spend[at] >= problem.lower[at] - room && spend[at] <= problem.upper[at] + room);
            let groups = problem.groups.iter().zip(&members).all(|(group, members)| {
                let sum: f64 = members.iter().map(|&item| spend[item]).sum();
                sum >= money(group.lower) - room && sum <= money(group.upper) + room
            });
            if bounds && groups && allowed(&spend) {
                let response: f64 = plan.iter().zip(&values).map(|(&at, values)| values[at as usize]).sum();
                let moved: f64 = problem.turnover.as_ref().map_or(0.0, |turnover| {
                    turnover.price
                        * spend.iter().zip(&turnover.current).map(|(x, today)| (x - today).abs()).sum::<f64>()
                });
                best = best.max(response - problem.price_floor * spend.iter().sum::<f64>() - moved);
            }
        }
        // odometer over the items
        let Some(at) = plan.iter().position(|&at| at < steps) else { return best };
        plan[at] += 1;
        plan[..at].fill(0);
    }
}

#[test]
fn no_plan_on_a_grid_within_the_groups_is_better() {
    let curves = [
        Curve::Hill { a: 30.0, k: 4.0, h: 0.8 },
        Curve::Exp { a: 12.0, k: 3.0 },
        Curve::Points([(2.0, 8.0), (5.0, 14.0), (9.0, 17.0)].into()),
        Curve::Log { a: 6.0, k: 2.0 },
    ];
    // four levels; upper and lower limits that bind against each other's wish
    let trees = [
        vec![group(None, 0.0, 6.0), group(Some(0), 2.0, 3.0), group(None, 0.0, 5.0)],
        vec![group(None, 10.0, 12.0), group(Some(0), 0.0, 9.0), group(Some(1), 1.0, 7.0), group(Some(2), 0.0, 2.0)],
        vec![group(None, 0.0, 5.0), group(Some(0), 4.0, 9.0), group(None, 0.0, 3.0), group(Some(2), 0.0, 1.0)],
    ];
    for (at, groups) in trees.into_iter().enumerate() {
        for floor in [0.0, 1.2, 3.0] {
            for turn in 0..4 {
                let mut curves = curves.to_vec();
                curves.rotate_left(turn);
                let bounds = [(0.0, 8.0), (1.0, f64::INFINITY), (0.0, 5.0), (0.0, 9.0)];
                let last = u32::try_from(groups.len() - 1).unwrap();
                let problem = Problem {
                    groups: groups.clone(),
                    group_of: vec![Some(0), Some(1), Some(last), None],
                    price_floor: floor,
                    ..problem(curves, &bounds, 16.0)
                };
                let objective = sound(&problem).certificate.objective;
                let best = grid(&problem, 0.5, |_| true);
                assert!(objective >= best - 1e-12 * best.abs(), "tree {at}: {objective} against {best}");
                // a grid of 0.5 misses the optimum by the curvature times its square
                let size = best + floor * problem.budget;
                assert!(objective <= best + 2e-2 * size, "tree {at}: {objective} against {best}");
            }
        }
    }
}
