//! Every family under every goal and any limits, against all plans on a grid.

use super::grid::{best, broken, worth};
use super::properties::in_money_units;
use super::*;
use crate::numeric::stream::Stream;
use crate::response::Headroom;

/// Steps of the grid: with three items all plans in steps are tried.
const STEPS: u32 = 20;
/// Money of a problem, a unit a step.
const BUDGET: f64 = 20.0;

/// A curve of any family, worth 5 to 35 or so within the budget.
fn any(random: &mut Stream) -> Curve {
    let (a, k) = (5.0 + 30.0 * random.uniform(), 2.0 + 6.0 * random.uniform());
    let h = random.uniform();
    match (9.0 * random.uniform()).floor() {
        0.0 => Curve::Hill { a, k, h: 0.2 + 0.7 * h },
        1.0 => Curve::Hill { a, k, h: 1.0 },
        2.0 | 3.0 => Curve::Hill { a, k, h: 1.2 + 3.0 * h },
        4.0 => Curve::Exp { a, k },
        5.0 => Curve::Power { a: 0.5 * a, k, h: 0.2 + 0.8 * h },
        6.0 => Curve::Log { a: 0.5 * a, k },
        7.0 => {
            let seen = 1.0 + 2.0 * random.uniform();
            let straight = (random.uniform() < 0.5).then_some(1.5);
            let ceiling = [if random.uniform() < 0.5 { f64::INFINITY } else { 1.0 + 4.0 * random.uniform() }; 2];
            let room = Headroom { spend: k, clicks: 0.5 * a, straight, ceiling, seen, caution: 0.3 * h };
            room.curve(0.3 + 0.6 * h, room.point())
        }
        _ => {
            let mut at = (0.0, 0.0);
            let mut climb = || {
                at = (at.0 + 1.0 + 4.0 * random.uniform(), at.1 + 0.4 * a * random.uniform());
                at
            };
            Curve::Points((0..5).map(|_| climb()).collect())
        }
    }
}

/// No limit, a limit in money or one in shares of what is spent.
fn limits(random: &mut Stream, share: f64) -> (Amount, Amount) {
    let upper = share * (0.5 + random.uniform());
    let lower = if random.uniform() < 0.3 { 0.6 * upper * random.uniform() } else { 0.0 };
    if random.uniform() < 0.5 {
        (Amount::Money(lower * BUDGET), Amount::Money(upper * BUDGET))
    } else {
        (Amount::Share(lower), Amount::Share(upper.min(1.0)))
    }
}

/// Three items with bounds, minimums, groups, a class and a limit on what moves, each there or not.
fn limited(random: &mut Stream) -> Problem {
    let curves: Vec<Curve> = (0..3).map(|_| any(random)).collect();
    let mut bounds = Vec::new();
    for _ in 0..3 {
        let upper = if random.uniform() < 0.3 { f64::INFINITY } else { 6.0 + 12.0 * random.uniform() };
        bounds.push((if random.uniform() < 0.3 { (3.0 * random.uniform()).floor() } else { 0.0 }, upper));
    }
    let mut problem = problem(curves, &bounds, BUDGET);
    if random.uniform() < 0.4 {
        let least = |_| if random.uniform() < 0.6 { 1.0 + (5.0 * random.uniform()).floor() } else { 0.0 };
        problem.minimum = (0..3).map(least).collect();
    }
    if random.uniform() < 0.6 {
        let (lower, upper) = limits(random, 0.7);
        problem.groups = vec![Group { parent: None, lower, upper }];
        problem.group_of = vec![Some(0), Some(0), None];
        if random.uniform() < 0.4 {
            let (lower, upper) = limits(random, 0.4);
            problem.groups.push(Group { parent: Some(0), lower, upper });
            problem.group_of[1] = Some(1);
        }
    }
    if random.uniform() < 0.3 {
        let (lower, upper) = limits(random, 0.6);
        problem.classes = vec![Class { members: vec![1, 2], lower, upper }];
    }
    if random.uniform() < 0.3 {
        let current = (0..3).map(|_| (8.0 * random.uniform()).floor()).collect();
        let limit = if random.uniform() < 0.5 { f64::INFINITY } else { 4.0 + 12.0 * random.uniform() };
        problem.turnover = Some(Turnover { current, price: 0.1 * random.uniform(), limit });
    }
    problem
}

/// The same with each goal in turn, that binds; `None` where the limits contradict each other.
pub(super) fn drawn(seed: u64) -> Option<Problem> {
    let mut random = Stream::new(seed, 83);
    let mut problem = limited(&mut random);
    let plain = allocate(&problem, &AllocatorSettings::default());
    if let Err(error) = &plain {
        assert!(best(&problem, STEPS, true).is_none(), "seed {seed}: {error}");
    }
    let plain = plain.ok()?;
    let reached = plain.certificate.objective;
    let average = reached / plain.spend.iter().sum::<f64>().max(1.0);
    match seed % 5 {
        0 => {}
        1 => problem.price_floor = average * random.uniform(),
        2 => problem.goal = Goal::AverageReturn { ratio: average * (0.9 + 0.6 * random.uniform()), measure: vec![] },
        3 => {
            let measure = (0..3).map(|_| 0.6 + 0.8 * random.uniform()).collect();
            problem.goal = Goal::AverageReturn { ratio: average * (0.9 + 0.4 * random.uniform()), measure };
        }
        _ => problem.goal = Goal::Volume { response: reached * (0.3 + 0.6 * random.uniform()) },
    }
    Some(problem)
}

/// The same with money in other units.
fn in_units(problem: &Problem, factor: f64) -> Problem {
    let amount = |amount: Amount| match amount {
        Amount::Money(money) => Amount::Money(money * factor),
        Amount::Share(_) => amount,
    };
    let all = |values: &[f64]| values.iter().map(|value| value * factor).collect();
    let mut scaled = problem.clone();
    scaled.curves = problem.curves.iter().map(|curve| in_money_units(curve, factor)).collect();
    (scaled.lower, scaled.upper) = (all(&problem.lower), all(&problem.upper));
    (scaled.minimum, scaled.budget) = (all(&problem.minimum), problem.budget * factor);
    scaled.price_floor /= factor;
    for group in &mut scaled.groups {
        (group.lower, group.upper) = (amount(group.lower), amount(group.upper));
    }
    for class in &mut scaled.classes {
        (class.lower, class.upper) = (amount(class.lower), amount(class.upper));
    }
    if let Some(turnover) = &mut scaled.turnover {
        turnover.current = all(&turnover.current);
        (turnover.price, turnover.limit) = (turnover.price / factor, turnover.limit * factor);
    }
    if let Goal::AverageReturn { ratio, .. } = &mut scaled.goal {
        *ratio /= factor;
    }
    scaled
}

#[test]
fn probe() {
    let range = std::env::var("SEEDS").unwrap_or("0..1000".into());
    let (from, to) = range.split_once("..").unwrap();
    let only = std::env::var("SHOW").is_ok();
    let mut counts = std::collections::BTreeMap::<&str, Vec<String>>::new();
    let (mut infeasible, mut solved, mut nonopt) = (0, 0, 0);
    for seed in from.parse::<u64>().unwrap()..to.parse().unwrap() {
        let mut say = |what: &'static str, text: String| counts.entry(what).or_default().push(format!("{seed} {text}"));
        let Some(problem) = drawn(seed) else { infeasible += 1; continue };
        let volume = matches!(problem.goal, Goal::Volume { .. });
        let moving = problem.turnover.as_ref().is_some_and(|t| t.price > 0.0);
        let fixed = problem.price_floor <= 0.0 && problem.goal == Goal::MostResponse;
        let begin = std::time::Instant::now();
        let allocation = allocate(&problem, &AllocatorSettings::default());
        let took = begin.elapsed().as_secs_f64();
        if took > 0.2 { say("slow", format!("{took:.2}")); }
        let grid = best(&problem, STEPS, fixed && moving);
        let allocation = match allocation {
            Ok(a) => a,
            Err(e) => {
                if let Some(g) = &grid { say("error", format!("{e} {g:?} {e:?}")); if only { println!("{problem:?}"); } }
                continue;
            }
        };
        solved += 1;
        if only { println!("{seed} {problem:#?}\n{allocation:#?}\n{grid:?}"); }
        let c = &allocation.certificate;
        if c.status != AllocationStatus::Optimal { nonopt += 1; }
        let (limits, goal) = broken(&problem, &allocation.spend);
        if limits > 1e-9 * BUDGET { say("limits", format!("{limits:e} {:?}", c.status)); }
        if goal > 1e-9 { say("goal", format!("{goal:e} {:?}", c.status)); }
        let own = worth(&problem, &allocation.spend);
        if let Some((best, plan)) = &grid {
            let size = best.abs().max(own.abs());
            if !(fixed && moving && allocation.unallocated > 0.0) {
                if own < best - 1e-6 * size {
                    say(if volume { "worse volume" } else { "worse" }, format!("lost {:.4} {own} {best} {plan:?} gap {:.2e} {:?}", (best - own) / size, c.relative_gap, c.status));
                }
                if !volume && c.upper_bound < best - 1e-8 * size {
                    say("bound", format!("{} {best} {plan:?}", c.upper_bound));
                }
            }
        }
        if c.status == AllocationStatus::Optimal && c.relative_gap > 1e-6 {
            say(if volume { "optimal with gap, volume" } else { "optimal with gap" }, format!("{:.2e}", c.relative_gap));
        }
        if fixed && allocation.unallocated > 1e-9 * BUDGET && !moving {
            for item in 0..3 {
                for share in [1.0, 0.5, 0.1] {
                    let mut plan = allocation.spend.clone();
                    plan[item] += share * allocation.unallocated;
                    let (limits, _) = broken(&problem, &plan);
                    if limits <= 1e-9 * BUDGET && worth(&problem, &plan) > own * (1.0 + 1e-9) {
                        say("unspent", format!("{} item {item} {share}", allocation.unallocated));
                    }
                }
            }
        }
        for factor in [1e-6, 1e6] {
            match allocate(&in_units(&problem, factor), &AllocatorSettings::default()) {
                Ok(other) => {
                    let spend: Vec<f64> = other.spend.iter().map(|s| s / factor).collect();
                    let theirs = worth(&problem, &spend);
                    if (theirs - own).abs() > 1e-9 * own.abs() {
                        say("scale", format!("{factor:e} {own} {theirs} {:.1e} gap {:.1e}", (theirs - own).abs() / own.abs(), c.relative_gap));
                    }
                    if other.certificate.status != c.status { say("scale status", format!("{:?} {:?}", other.certificate.status, c.status)); }
                }
                Err(e) => say("scale error", format!("{factor:e} {e}")),
            }
        }
        match plan_in_steps(&problem, &allocation, 1.0) {
            Ok(rounded) => {
                let out = !rounded.outside_limits.is_empty() || !rounded.outside_bounds.is_empty();
                if let Some((best, plan)) = &grid {
                    if out { say("rounded outside", format!("{:?} {:?} {:?}; grid {plan:?} {best}", rounded.spend, rounded.outside_limits, rounded.outside_bounds)); }
                    let theirs = worth(&problem, &rounded.spend);
                    let size = best.abs().max(1.0);
                    if !out && theirs < best - 1e-9 * size && !(fixed && moving && allocation.unallocated > 0.0) { say("rounded worse", format!("{:.4} {:?} {plan:?}", (best - theirs) / size, rounded.spend)); }
                }
            }
            Err(e) => say("rounding error", format!("{e}")),
        }
    }
    println!("infeasible {infeasible} solved {solved} not optimal {nonopt}");
    for (what, list) in counts { println!("== {what}: {}", list.len()); for l in list.iter().take(40) { println!("   {l}"); } }
}
