//! Limits that are shares of what the whole plan spends.

use super::grid::{CONCAVE, against};
use super::*;
use crate::numeric::stream::Stream;

/// A grid of a fortieth of the budget misses an optimum by about this share.
const NEAR: f64 = 0.1;

fn three() -> Vec<Curve> {
    vec![Curve::Hill { a: 30.0, k: 4.0, h: 0.8 }, Curve::Exp { a: 12.0, k: 3.0 }, Curve::Log { a: 6.0, k: 2.0 }]
}

fn group(lower: Amount, upper: Amount) -> Group {
    Group { parent: None, lower, upper }
}

/// Each item in a group of its own with a share between two numbers.
fn shared(shares: [(f64, f64); 3], budget: f64) -> Problem {
    Problem {
        groups: shares.iter().map(|share| group(Amount::Share(share.0), Amount::Share(share.1))).collect(),
        group_of: vec![Some(0), Some(1), Some(2)],
        ..free(three(), budget)
    }
}

#[test]
fn shares_of_a_fixed_budget_are_limits_in_money() {
    let problem = shared([(0.0, 0.4), (0.1, 0.3), (0.35, 1.0)], 20.0);
    let allocation = against(&problem, 40, NEAR);
    let mut in_money = problem.clone();
    for group in &mut in_money.groups {
        let money = |amount| if let Amount::Share(share) = amount { Amount::Money(share * 20.0) } else { amount };
        (group.lower, group.upper) = (money(group.lower), money(group.upper));
    }
    let same = allocate(&in_money, &AllocatorSettings::default()).unwrap();
    assert_eq!(allocation.spend, same.spend);
    assert_eq!(allocation.group_spend, same.group_spend);
    assert_eq!(allocation.unallocated, 0.0);
}

#[test]
fn profit_with_shares_finds_the_spend_and_its_split() {
    for shares in [
        [(0.0, 0.4), (0.1, 0.3), (0.35, 1.0)],
        [(0.0, 1.0), (0.0, 1.0), (0.5, 1.0)],
        [(0.3, 0.3), (0.3, 0.3), (0.4, 0.4)],
    ] {
        for price_floor in [0.3, 1.0, 2.0, 5.0, 100.0] {
            let problem = Problem { price_floor, ..shared(shares, 60.0) };
            // where next to nothing pays, steps of the grid do not meet the shares
            let allocation = against(&problem, 120, if price_floor < 3.0 { NEAR } else { 1.0 });
            assert!(allocation.certificate.relative_gap <= CONCAVE, "{:?}", allocation.certificate);
        }
    }
}

#[test]
fn a_spend_bound_by_shares_has_the_closed_form() {
    // half each, so the profit of 4 ln(1 + s/2) + 8 ln(1 + s/2) − s is at its top where 6/(1 + s/2) = 1
    let curves = vec![Curve::Log { a: 4.0, k: 1.0 }, Curve::Log { a: 8.0, k: 1.0 }];
    let half = group(Amount::Share(0.5), Amount::Share(0.5));
    let problem =
        Problem { groups: vec![half, half], group_of: vec![Some(0), Some(1)], price_floor: 1.0, ..free(curves, 100.0) };
    let allocation = against(&problem, 100, NEAR);
    for spend in &allocation.spend {
        // the top is flat: rounding of the slope in the spend
        assert!((spend - 5.0).abs() <= 1e-9, "{allocation:?}");
    }
    assert!((allocation.unallocated - 90.0).abs() <= 1e-9);
}

#[test]
fn nothing_is_spent_where_nothing_pays_within_its_share() {
    let problem = Problem { price_floor: 300.0, ..shared([(0.2, 0.4), (0.3, 1.0), (0.3, 1.0)], 60.0) };
    let allocation = against(&problem, 60, NEAR);
    // less than a share of 1e-9 of the budget
    assert!(allocation.spend.iter().sum::<f64>() <= 60e-9, "{allocation:?}");
}

#[test]
fn straight_pieces_with_shares_are_certified() {
    let points = |a: f64| Curve::Points([(4.0, 3.0 * a), (8.0, 4.0 * a), (20.0, 5.0 * a)].into());
    for price_floor in [0.1, 0.2, 0.4, 0.9, 2.0] {
        let problem = Problem {
            curves: vec![points(2.0), points(1.0), points(3.0)],
            price_floor,
            ..shared([(0.0, 0.5), (0.3, 1.0), (0.1, 0.3)], 40.0)
        };
        let allocation = against(&problem, 40, NEAR);
        assert!(allocation.certificate.relative_gap <= CONCAVE, "{:?}", allocation.certificate);
    }
}

#[test]
fn shares_that_do_not_add_up_spend_the_most_they_can() {
    // two groups of at most 0.4 each leave a fifth to the item outside, which takes 3 at most
    let mut problem = shared([(0.0, 0.4), (0.0, 0.4), (0.0, 1.0)], 60.0);
    problem.group_of[2] = None;
    problem.upper[2] = 3.0;
    let allocation = against(&problem, 60, 2.0);
    assert_eq!(allocation.certificate.status, AllocationStatus::BudgetNotExhausted);
    let spend: f64 = allocation.spend.iter().sum();
    assert!((spend - 15.0).abs() <= 1e-10, "{allocation:?}");
    assert!((allocation.unallocated - 45.0).abs() <= 1e-10);
    // without that item nothing can be spent
    problem.upper[2] = 0.0;
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    assert!(allocation.spend.iter().all(|spend| *spend <= 1e-12 * problem.budget), "{:?}", allocation.spend);
    assert_eq!(allocation.certificate.status, AllocationStatus::BudgetNotExhausted);
}

#[test]
fn upper_bounds_hold_the_spend_that_shares_are_of() {
    // group 1 may take half; the rest takes 7 at most: 14 in all
    let mut problem = shared([(0.0, 0.5), (0.0, 1.0), (0.0, 1.0)], 30.0);
    problem.upper = vec![f64::INFINITY, 4.0, 3.0];
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    assert!((allocation.spend.iter().sum::<f64>() - 14.0).abs() <= 1e-10, "{allocation:?}");
    // lower bounds in money against upper limits in shares: at least 20 must be spent for 10 to be half
    problem.upper = vec![f64::INFINITY; 3];
    problem.lower = vec![10.0, 0.0, 0.0];
    problem.price_floor = 50.0;
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    assert!((allocation.spend.iter().sum::<f64>() - 20.0).abs() <= 1e-9, "{allocation:?}");
    // and lower limits in shares against an upper limit in money: the parent's 12 is half of 24 at most
    let nested = Problem {
        groups: vec![
            group(Amount::Money(0.0), Amount::Money(12.0)),
            Group { parent: Some(0), lower: Amount::Share(0.3), upper: Amount::Share(1.0) },
            Group { parent: Some(0), lower: Amount::Share(0.2), upper: Amount::Share(1.0) },
        ],
        group_of: vec![Some(1), Some(2), None],
        ..free(three(), 60.0)
    };
    let allocation = allocate(&nested, &AllocatorSettings::default()).unwrap();
    assert!((allocation.spend.iter().sum::<f64>() - 24.0).abs() <= 1e-10, "{allocation:?}");
    assert_eq!(allocation.certificate.status, AllocationStatus::BudgetNotExhausted);
}

#[test]
fn shares_that_contradict_each_other_are_refused_with_a_change_that_works() {
    let problem = shared([(0.5, 1.0), (0.4, 1.0), (0.3, 1.0)], 60.0);
    let mut problem = Problem { lower: vec![1.0; 3], ..problem };
    let Err(AllocateError::Infeasible { relaxation }) = allocate(&problem, &AllocatorSettings::default()) else {
        panic!("a sum of shares of 1.2 is no plan");
    };
    for change in &relaxation.changes {
        match change.limit {
            LimitRef::GroupLower(at) => problem.groups[at].lower = Amount::Money(change.to),
            LimitRef::ItemLower(at) => problem.lower[at] = change.to,
            other => panic!("{other}"),
        }
    }
    assert!(allocate(&problem, &AllocatorSettings::default()).is_ok(), "{relaxation:?}");
}

#[test]
fn a_class_in_shares_of_a_spend_to_be_found() {
    let class = |lower, upper| Class { members: vec![0, 1], lower: Amount::Share(lower), upper: Amount::Share(upper) };
    for limits in [(0.0, 0.5), (0.9, 1.0), (0.2, 0.6)] {
        for price_floor in [0.0, 1.0] {
            let problem = Problem { classes: vec![class(limits.0, limits.1)], price_floor, ..free(three(), 40.0) };
            against(&problem, 40, NEAR);
        }
    }
    // a class of everything that may have 0.8 of the spend lets nothing be spent
    let problem = Problem {
        classes: vec![Class { members: vec![0, 1, 2], lower: Amount::Share(0.0), upper: Amount::Share(0.8) }],
        ..free(three(), 40.0)
    };
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    assert!(allocation.spend.iter().sum::<f64>() <= 1e-9, "{allocation:?}");
    assert_eq!(allocation.certificate.status, AllocationStatus::BudgetNotExhausted);
}

#[test]
fn a_class_that_may_have_less_than_the_budget_leaves_the_rest() {
    let problem = Problem {
        classes: vec![Class { members: vec![0, 1, 2], lower: Amount::Money(0.0), upper: Amount::Money(25.0) }],
        ..free(three(), 40.0)
    };
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    assert!((allocation.spend.iter().sum::<f64>() - 25.0).abs() <= 1e-7, "{allocation:?}");
    assert_eq!(allocation.certificate.status, AllocationStatus::BudgetNotExhausted);
    assert!(allocation.certificate.relative_gap <= 1e-6, "{:?}", allocation.certificate);
}

#[test]
fn goals_hold_under_shares_of_the_spend() {
    let mut solved = 0;
    for seed in 0..60_u64 {
        let mut random = Stream::new(seed, 4);
        let curves: Vec<Curve> = (0..3)
            .map(|_| {
                let (a, k) = (5.0 + 30.0 * random.uniform(), 2.0 + 8.0 * random.uniform());
                if random.uniform() < 0.5 { Curve::Exp { a, k } } else { Curve::Log { a, k } }
            })
            .collect();
        let tenths = |random: &mut Stream, from: f64, to: f64| (from + (to - from) * random.uniform()).round() / 10.0;
        let shares = [0, 1, 2].map(|_| (tenths(&mut random, 0.0, 3.0), tenths(&mut random, 4.0, 8.0)));
        let base = Problem { curves, ..shared(shares, 40.0) };
        let Ok(plain) = allocate(&base, &AllocatorSettings::default()) else { continue };
        let reached = plain.response.iter().sum::<f64>();
        let goals = [
            Goal::MostResponse,
            Goal::AverageReturn { ratio: reached / 40.0 * (0.9 + 0.6 * random.uniform()), measure: vec![] },
            Goal::AverageReturn {
                ratio: reached / 40.0 * (0.9 + 0.6 * random.uniform()),
                measure: vec![1.1, 0.7, 1.0],
            },
            Goal::Volume { response: reached * random.uniform() },
        ];
        for goal in goals {
            against(&Problem { goal, price_floor: 0.3, ..base.clone() }, 40, 0.2);
            solved += 1;
        }
    }
    assert!(solved > 150, "{solved}");
}

#[test]
fn a_hundred_items_with_shares_take_a_blink() {
    let curves: Vec<Curve> = (1..=100).map(|i| Curve::Log { a: f64::from(i), k: 1.0 + f64::from(i % 7) }).collect();
    let groups = (0..10).map(|i| group(Amount::Share(0.02), Amount::Share(0.05 + 0.02 * f64::from(i)))).collect();
    let base =
        Problem { groups, group_of: (0..100).map(|i| Some(i % 10)).collect(), price_floor: 2.0, ..free(curves, 1e5) };
    for goal in
        [Goal::MostResponse, Goal::AverageReturn { ratio: 5.0, measure: vec![] }, Goal::Volume { response: 9e3 }]
    {
        let problem = Problem { goal, ..base.clone() };
        let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
        // work is counted in prices tried: a search for the goal over searches for the spend over those for prices
        assert!(allocation.certificate.iterations <= 50_000, "{:?}", allocation.certificate);
        assert!(allocation.certificate.relative_gap <= CONCAVE, "{:?}", allocation.certificate);
    }
}

/// With a floor the best plan may spend money that earns less than it costs, for the room that it gives a group whose limit is
/// a share of the whole; and a group held up by its share may keep the whole small. Whole cents change neither.
#[test]
fn whole_cents_keep_shares_of_what_the_plan_spends() {
    let mut held = [0; 2];
    for seed in 0..60 {
        let mut random = Stream::new(seed, 5);
        let items = 14;
        let curves = (0..items).map(|_| Curve::Power { a: 50.0 + 200.0 * random.uniform(), k: 60.0, h: 0.6 }).collect();
        let group_of = (0..items).map(|at| (at < 4).then_some(0)).collect();
        let share = 0.05 + 0.3 * random.uniform();
        let upper = seed % 2 == 0;
        let (lower, top) = if upper {
            (Amount::Money(0.0), Amount::Share(share))
        } else {
            (Amount::Share(share), Amount::Money(f64::INFINITY))
        };
        let problem = Problem {
            curves,
            lower: vec![10.0; items],
            upper: vec![if upper { 140.0 } else { 60.0 }; items],
            budget: 1500.0,
            price_floor: if upper { 1.0 } else { 0.0 },
            groups: vec![Group { parent: None, lower, upper: top }],
            group_of,
            ..Problem::default()
        };
        let Ok(plan) = allocate(&problem, &AllocatorSettings::default()) else { continue };
        let rounded = round_to_step(&problem, &plan, 0.01);
        let total: f64 = rounded.spend.iter().sum();
        let group: f64 = rounded.spend[..4].iter().sum();
        // a step of the group, and the share of half a step of the whole
        let beyond = if upper { group - share * total } else { share * total - group };
        assert!(beyond <= 0.016, "seed {seed}: {group} of {total}, share {share}");
        let gross: f64 = plan.response.iter().sum();
        // a cent an item moves the objective by its slope's distance from the price, some tenths of a cent
        assert!(rounded.loss.abs() <= 1e-4 * gross, "seed {seed}: loss {}", rounded.loss);
        held[usize::from(upper)] += usize::from(beyond > -0.05);
    }
    assert!(held[0] > 5 && held[1] > 5, "the shares hold plans: {held:?}");
}
