#![allow(clippy::suboptimal_flops)] // formulas as they are written

use super::filter::{Evidence, ln_negative_binomial, shape};
use super::level::{Index, learn as learn_level, path};
use super::*;
use crate::counts::{Calendar, Cells, Period};
use crate::domain::{Term, TermKey};
use crate::numeric::special::ln_gamma;
use crate::numeric::stream::Stream;
use approx::assert_relative_eq;

/// What moves in a made-up account.
#[derive(Clone, Copy, Default)]
struct Moves {
    own: f64,
    noise: f64,
    common: f64,
    passing: f64,
    group: f64,
}

/// Rates of 2 to 10%, clicks of some e^`ln_clicks` a period, Poisson conversions.
fn account(terms: usize, groups: usize, periods: usize, ln_clicks: f64, moves: Moves, seed: u64) -> (Counts, Groups) {
    let mut stream = Stream::new(seed, 0);
    let mut course = |sd: f64| {
        let mut level = 0.0;
        (0..periods)
            .map(|_| {
                level += sd * stream.normal();
                level
            })
            .collect::<Vec<f64>>()
    };
    let common = course(moves.common);
    let of_group: Vec<Vec<f64>> = (0..groups).map(|_| course(moves.group)).collect();
    let passing: Vec<f64> = (0..periods).map(|_| moves.passing * stream.normal()).collect();
    let mut cells = Cells { offsets: vec![0], ..Cells::default() };
    let mut names = Vec::new();
    for term in 0..terms {
        let group = term % groups;
        let base = [0.03, 0.05, 0.02, 0.1][group % 4] * stream.gamma(4.0) / 4.0;
        let clicks = (ln_clicks + stream.normal()).exp();
        let mut own = 0.0;
        for t in 0..periods {
            own += moves.own * (stream.normal() - 0.5 * moves.own);
            let n = stream.poisson(clicks);
            let shape = 1.0 / moves.noise.powi(2);
            let noise = if moves.noise > 0.0 { stream.gamma(shape) / shape } else { 1.0 };
            let rate = base * (own + common[t] + of_group[group][t] + passing[t]).exp() * noise;
            if n > 0.0 {
                cells.period.push(u32::try_from(t).unwrap());
                cells.clicks.push(n);
                cells.conversions.push(stream.poisson(n * rate));
            }
        }
        cells.offsets.push(cells.period.len());
        names.push(Term { key: TermKey { term: format!("{term:05}"), ..TermKey::default() }, ..Term::default() });
    }
    let of_term = (0..terms).map(|term| u32::try_from(term % groups).unwrap()).collect();
    let calendar = Calendar { periods: vec![Period::default(); periods], ..Calendar::default() };
    let counts = Counts { terms: names, calendar, cells, ..Counts::default() };
    (counts, Groups { names: (0..groups).map(|g| format!("g{g}")).collect(), of_term })
}

fn reported(completion: Vec<f64>) -> Delay {
    Delay { completion, ..Delay::default() }
}

fn tracked(counts: &Counts, groups: &Groups) -> Tracked {
    track(counts, groups, &reported(vec![1.0; counts.calendar.periods.len()]), &mut Notes::default())
}

#[test]
fn negative_binomial_is_a_distribution() {
    for (shape, mean) in [(0.01, 0.5), (0.7, 3.0), (40.0, 12.0), (1e6, 9.0)] {
        let pmf = |y: f64| (ln_negative_binomial(y, shape, mean) - ln_gamma(y + 1.0)).exp();
        let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
        for y in 0..4000 {
            let (y, p) = (f64::from(y), pmf(f64::from(y)));
            total += p;
            first += p * y;
            second += p * y * y;
        }
        // ln Γ differences at a shape of 1e6 keep ten digits
        assert_relative_eq!(total, 1.0, max_relative = 1e-8);
        assert_relative_eq!(first, mean, max_relative = 1e-7);
        assert_relative_eq!(second - first * first, mean + mean * mean / shape, max_relative = 1e-6);
    }
}

#[test]
fn still_rates_keep_all_evidence_and_a_walk_settles_where_the_local_level_model_does() {
    let cells = || (0..400).map(|t| (t, 1000.0, 50.0));
    let still = Dynamics { strength: 20.0, walk: 0.0, dispersion: 0.0 };
    let all = walk(cells(), 0.05, still, 400, |_, _, _, _| {});
    assert_eq!(all, Evidence { exposure: 400_000.0, conversions: 20_000.0 });

    // steady state of a local level with steps of variance q and observations of variance v:
    // predicted variance p solves p² − q p − q v = 0
    let (q, v) = (0.004, 1.0 / 50.0);
    let moving = walk(cells(), 0.05, Dynamics { walk: q, ..still }, 400, |_, _, _, _| {});
    let predicted = 0.5 * (q + (q * q + 4.0 * q * v).sqrt());
    assert_relative_eq!(1.0 / moving.conversions, predicted, max_relative = 1e-6);

    // noise of each period adds φ to the variance of an observation
    let noisy = walk(cells(), 0.05, Dynamics { walk: q, dispersion: 0.03, ..still }, 400, |_, _, _, _| {});
    let v = v + 0.03;
    let predicted = 0.5 * (q + (q * q + 4.0 * q * v).sqrt());
    assert_relative_eq!(1.0 / noisy.conversions, predicted, max_relative = 1e-6);
}

#[test]
fn what_is_predicted_has_the_moments_of_its_parts() {
    // relative variance of rate × noise: (1 + 1/a)(1 + φ) − 1
    let (a, dispersion) = (7.0, 0.2);
    assert_relative_eq!(1.0 / shape(a, dispersion), (1.0 + 1.0 / a) * (1.0 + dispersion) - 1.0, max_relative = 1e-12);
}

/// Solves a symmetric positive definite system by elimination.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for k in 0..n {
        for i in k + 1..n {
            let factor = matrix[i][k] / matrix[k][k];
            let pivot = matrix[k].clone();
            for (entry, above) in matrix[i].iter_mut().zip(&pivot) {
                *entry -= factor * above;
            }
            right[i] -= factor * right[k];
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| matrix[k][j] * right[j]).sum();
        right[k] = (right[k] - known) / matrix[k][k];
    }
    right
}

#[test]
fn paths_are_those_of_the_joint_normal_distribution() {
    let observed =
        [Some((0.2, 0.01)), None, Some((0.5, 0.04)), Some((0.1, 0.02)), Some((0.4, 0.5)), None, Some((0.3, 0.03))];
    let index: Index = observed.to_vec();
    let movement = Movement { walk: 0.02, noise: 0.015 };
    let found = path(&index, movement);
    // unknowns: levels a₀ … a₆ and a₇ of the next period; precision of the walk plus that of the observations
    let n = observed.len() + 1;
    let mut precision = vec![vec![0.0; n]; n];
    let mut right = vec![0.0; n];
    for t in 1..n {
        for (i, j, sign) in [(t, t, 1.0), (t - 1, t - 1, 1.0), (t, t - 1, -1.0), (t - 1, t, -1.0)] {
            precision[i][j] += sign / movement.walk;
        }
    }
    for (t, observation) in observed.iter().enumerate() {
        if let Some((z, chance)) = observation {
            precision[t][t] += 1.0 / (movement.noise + chance);
            right[t] += z / (movement.noise + chance);
        }
    }
    let levels = solve(precision.clone(), right);
    assert_relative_eq!(found.next, levels[n - 1], max_relative = 1e-9);
    let unit: Vec<f64> = (0..n).map(|t| f64::from(u8::from(t == n - 1))).collect();
    let variance = solve(precision, unit)[n - 1] + movement.noise;
    assert_relative_eq!(found.variance, variance, max_relative = 1e-9);
    for (t, observation) in observed.iter().enumerate() {
        let own = observation.map_or(0.0, |(z, chance)| movement.noise / (movement.noise + chance) * (z - levels[t]));
        assert_relative_eq!(found.log[t], levels[t] + own, max_relative = 1e-9);
    }
}

#[test]
fn nothing_moves_where_nothing_moves() {
    // the rule lets one account in fifty move for each variance: four of thirty-six is beyond one in a thousand
    let mut moving = 0;
    for (seed, (terms, ln_clicks)) in (0..9).zip([(300, 2.5), (60, 6.0), (1000, 0.5)].into_iter().cycle()) {
        let (counts, groups) = account(terms, 6, 26, ln_clicks, Moves::default(), seed);
        let drift = tracked(&counts, &groups).drift;
        let sds = [
            drift.own_walk,
            drift.own_noise,
            drift.common_walk + drift.common_noise,
            drift.group_walk + drift.group_noise,
        ];
        moving += sds.iter().filter(|&&sd| sd > 0.0).count();
    }
    assert!(moving <= 3, "{moving} of 36");
}

#[test]
fn a_few_periods_keep_both_a_walk_and_passing_deviations_and_many_tell_them_apart() {
    let mut stream = Stream::new(12, 0);
    let mut index = |periods: usize, walk: f64, noise: f64| -> Index {
        let mut level = 0.0;
        let mut at = || {
            level += walk * stream.normal();
            Some((level + noise * stream.normal() + 0.01 * stream.normal(), 1e-4))
        };
        (0..periods).map(|_| at()).collect()
    };
    // up once and then to and fro: no reader could say whether the level rose for good
    let few: Index = [0.0, 0.3, 0.2, 0.35, 0.25].map(|z| Some((z, 1e-4))).to_vec();
    let both = learn_level(&[&few]);
    assert!(both.walk > 0.1 * both.noise && both.noise > 0.1 * both.walk, "{both:?}");
    // three hundred periods know either variance to a tenth; the other one is below a hundredth of it
    let walking = learn_level(&[&index(300, 0.1, 0.0)]);
    assert!((walking.walk / 0.01 - 1.0).abs() < 0.3 && walking.noise < 2e-4, "{walking:?}");
    let passing = learn_level(&[&index(300, 0.0, 0.1)]);
    assert!((passing.noise / 0.01 - 1.0).abs() < 0.3 && passing.walk < 1e-4, "{passing:?}");
}

#[test]
fn one_campaign_does_not_set_the_movement_of_all() {
    // six campaigns, of which only the first has enough terms behind its sum to be followed, and strays
    let (mut counts, mut groups) = account(60, 1, 26, 5.0, Moves { passing: 0.3, ..Moves::default() }, 3);
    let (rest, _) = account(10, 5, 26, 8.0, Moves::default(), 4);
    let before = counts.cells.period.len();
    counts.terms.extend(rest.terms);
    counts.cells.offsets.extend(rest.cells.offsets[1..].iter().map(|end| before + end));
    counts.cells.period.extend(rest.cells.period);
    counts.cells.clicks.extend(rest.cells.clicks);
    counts.cells.conversions.extend(rest.cells.conversions);
    groups.of_term = (0..70).map(|term| if term < 60 { 0 } else { 1 + (term - 60) % 5 }).collect();
    groups.names = (0..6).map(|group| format!("campaign {group}")).collect();
    let drift = tracked(&counts, &groups).drift;
    assert_eq!((drift.group_walk, drift.group_noise), (0.0, 0.0), "{drift:?}");
}

#[test]
fn campaigns_that_do_not_differ_are_not_told_to_move() {
    // three to thirty conversions of a campaign in a period, where the logarithm of a count is least normal
    let mut moving = 0;
    for (seed, ln_clicks) in (20..30).zip([1.3, 2.3, 3.3].into_iter().cycle()) {
        let (counts, groups) = account(800, 80, 26, ln_clicks, Moves::default(), seed);
        let drift = tracked(&counts, &groups).drift;
        moving += usize::from(drift.group_walk > 0.0) + usize::from(drift.group_noise > 0.0);
    }
    // the rule lets one account in fifty move for each variance
    assert!(moving <= 2, "{moving} of 20");
}

#[test]
fn what_moves_is_found_and_told_apart() {
    // three hundred terms with some 30 conversions a period: a single standard deviation is known to a tenth
    // or so; common ones rest on forty periods and are known to a fifth. The bands are three times that.
    let near = |found: f64, truth: f64, part: f64| {
        assert!((found - truth).abs() <= part * truth, "{found} instead of {truth}");
    };
    let drift = |moves: Moves, seed: u64| {
        let (counts, groups) = account(300, 10, 40, 6.0, moves, seed);
        tracked(&counts, &groups).drift
    };
    let own = drift(Moves { own: 0.06, ..Moves::default() }, 1);
    near(own.own_walk, 0.06, 0.2);
    assert!(own.own_noise < 0.03 && own.common_walk < 0.02, "{own:?}");
    let noise = drift(Moves { noise: 0.2, ..Moves::default() }, 2);
    near(noise.own_noise, 0.2, 0.15);
    assert!(noise.own_walk < 0.02 && noise.common_noise < 0.03, "{noise:?}");
    let common = drift(Moves { common: 0.05, ..Moves::default() }, 3);
    near(common.common_walk, 0.05, 0.5);
    assert!(common.own_walk < 0.01 && common.group_walk < 0.02, "{common:?}");
    let passing = drift(Moves { passing: 0.08, ..Moves::default() }, 4);
    near(passing.common_noise, 0.08, 0.5);
    assert!(passing.common_walk < 0.03 && passing.own_walk < 0.01, "{passing:?}");
    let group = drift(Moves { group: 0.06, ..Moves::default() }, 5);
    near(group.group_walk, 0.06, 0.3);
    assert!(group.own_walk < 0.01 && group.common_noise < 0.03, "{group:?}");
}

#[test]
fn threads_and_other_groups_change_nothing() {
    let moves = Moves { own: 0.05, noise: 0.1, common: 0.03, group: 0.03, ..Moves::default() };
    let (counts, groups) = account(700, 7, 20, 3.0, moves, 9);
    let with = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| tracked(&counts, &groups))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn unreported_conversions_are_not_taken_for_a_fall() {
    let (mut counts, groups) = account(200, 4, 30, 4.0, Moves::default(), 11);
    let completion: Vec<f64> = (0..30).map(|t| if t < 27 { 1.0 } else { [0.9, 0.6, 0.3][t - 27] }).collect();
    let mut stream = Stream::new(3, 3);
    let cells = &mut counts.cells;
    for (conversions, &period) in cells.conversions.iter_mut().zip(&cells.period) {
        *conversions = stream.binomial(*conversions, completion[period as usize]);
    }
    let known = track(&counts, &groups, &reported(completion.clone()), &mut Notes::default());
    assert!(known.drift.is_none(), "{:?}", known.drift);
    let evidence = known.exposure.unwrap();
    let raw = counts.by_term(&counts.cells.clicks);
    assert!(evidence.clicks.iter().zip(&raw).all(|(exposure, clicks)| exposure <= clicks));
    let ignored = tracked(&counts, &groups).drift;
    assert!(ignored.common_walk + ignored.common_noise > 0.05, "{ignored:?}");

    // without a lag, weeks that look unfinished are left out rather than followed down
    let last_weeks = Delay { left_out: 3, ..reported(vec![1.0; 30]) };
    let cut = track(&counts, &groups, &last_weeks, &mut Notes::default());
    assert!(cut.drift.is_none(), "{:?}", cut.drift);
    let before = counts.first_periods(27);
    assert_eq!(cut.exposure.unwrap().conversions, before.by_term(&before.cells.conversions));
}

#[test]
fn thin_data_say_nothing_and_break_nothing() {
    let period = |clicks: f64, conversions: f64| {
        let cells = Cells {
            offsets: vec![0, 5],
            period: (0..5).collect(),
            clicks: vec![clicks; 5],
            conversions: vec![conversions; 5],
            ..Cells::default()
        };
        let calendar = Calendar { periods: vec![Period::default(); 5], ..Calendar::default() };
        Counts { terms: vec![Term::default()], calendar, cells, ..Counts::default() }
    };
    let groups = Groups { names: vec![String::new()], of_term: vec![0] };
    for (clicks, conversions) in [(0.0, 0.0), (3.0, 0.0), (1e8, 0.0), (1e8, 1e6), (5.0, 5.0), (0.0, 2.0), (2.0, 900.0)]
    {
        let tracked = tracked(&period(clicks, conversions), &groups);
        let drift = &tracked.drift;
        let sds = [drift.own_walk, drift.own_noise, drift.common_walk, drift.common_noise, tracked.common_variance];
        assert!(sds.iter().all(|sd| sd.is_finite() && *sd < 3.0), "{clicks} {conversions}: {drift:?}");
        if let Some(evidence) = tracked.exposure {
            assert!(evidence.clicks[0].is_finite() && evidence.conversions[0].is_finite());
        }
    }
}
