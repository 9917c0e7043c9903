#![allow(clippy::suboptimal_flops)] // formulas as they are written

use super::compress::Component;
use super::*;
use crate::numeric::quantile::{beta_quantile, gamma_quantile};
use crate::numeric::special::{beta_cdf, gamma_cdf, ln_beta, ln_gamma};
use crate::numeric::stream::Stream;
use approx::assert_relative_eq;

const MODELS: [RateModel; 2] = [RateModel::BetaBinomial, RateModel::GammaPoisson];

fn flat(terms: &[(f64, f64)]) -> (Exposure, Groups) {
    grouped(&terms.iter().map(|&(n, y)| (0, n, y)).collect::<Vec<_>>(), 1)
}

fn grouped(terms: &[(u32, f64, f64)], groups: usize) -> (Exposure, Groups) {
    let exposure = Exposure {
        clicks: terms.iter().map(|term| term.1).collect(),
        conversions: terms.iter().map(|term| term.2).collect(),
    };
    let names = (0..groups).map(|g| format!("campaign {g}")).collect();
    (exposure, Groups { names, of_term: terms.iter().map(|term| term.0).collect() })
}

fn fitted(model: RateModel, data: &(Exposure, Groups)) -> RatePosterior {
    fit(model, 0.9, data.0.clone(), &data.1, SharedMovement::none(data.1.names.len()), None, &mut Notes::default())
}

/// ln of the marginal likelihood of one term, written down from the densities.
fn ln_marginal(model: RateModel, mean: f64, strength: f64, (n, y): (f64, f64)) -> f64 {
    let a = mean * strength;
    match model {
        RateModel::BetaBinomial => {
            let b = (1.0 - mean) * strength;
            ln_beta(a + y, b + n - y) - ln_beta(a, b)
        }
        RateModel::GammaPoisson => a * strength.ln() - ln_gamma(a) + ln_gamma(a + y) - (a + y) * (strength + n).ln(),
    }
}

/// Mean and ln density (with respect to t) of the prior with the given shape parameters.
fn ln_prior(model: RateModel, t: f64, a: f64, b: f64) -> (f64, f64) {
    match model {
        RateModel::BetaBinomial => {
            let mean = 1.0 / (1.0 + (-t).exp());
            (mean, a * mean.ln() + b * (1.0 - mean).ln() - ln_beta(a, b))
        }
        RateModel::GammaPoisson => (t.exp(), a * t - b * t.exp() + a * b.ln() - ln_gamma(a)),
    }
}

fn conditional(model: RateModel, mean: f64, strength: f64, (n, y): (f64, f64)) -> (f64, f64) {
    match model {
        RateModel::BetaBinomial => (mean * strength + y, (1.0 - mean) * strength + n - y),
        RateModel::GammaPoisson => (mean * strength + y, strength + n),
    }
}

fn conditional_moments(model: RateModel, (a, b): (f64, f64)) -> (f64, f64) {
    match model {
        RateModel::BetaBinomial => (a / (a + b), a * b / (a + b).powi(2) / (a + b + 1.0)),
        RateModel::GammaPoisson => (a / b, a / b / b),
    }
}

fn conditional_cdf(model: RateModel, x: f64, (a, b): (f64, f64)) -> f64 {
    match model {
        RateModel::BetaBinomial => beta_cdf(x, a, b),
        RateModel::GammaPoisson => gamma_cdf(x, a, b),
    }
}

/// Mean, sd and the probabilities below `at` of a term under a weighted list of (weight, μ, κ).
fn brute_summary(model: RateModel, hyper: &[(f64, f64, f64)], term: (f64, f64), at: [f64; 2]) -> (f64, f64, [f64; 2]) {
    let total: f64 = hyper.iter().map(|point| point.0).sum();
    let (mut first, mut second, mut below) = (0.0, 0.0, [0.0; 2]);
    for &(weight, mean, strength) in hyper.iter().filter(|point| point.0 > 1e-13 * total) {
        let parameters = conditional(model, mean, strength, term);
        let (m, v) = conditional_moments(model, parameters);
        first += weight * m / total;
        second += weight * (v + m * m) / total;
        for k in 0..2 {
            below[k] += weight * conditional_cdf(model, at[k], parameters) / total;
        }
    }
    (first, (second - first * first).sqrt(), below)
}

#[test]
fn single_campaign_agrees_with_brute_force() {
    let terms = [(40.0, 3.0), (1200.0, 25.0), (0.0, 0.0), (7.0, 0.0), (300.0, 21.0), (90.0, 2.0)];
    for model in MODELS {
        let posterior = fitted(model, &flat(&terms));
        // wide and fine: 0.12 in t and 0.15 in ln κ are far below every width, tails end at e⁻²⁵
        let mut hyper = Vec::new();
        let mut top = f64::NEG_INFINITY;
        for i in 0..160 {
            let t = -14.0 + 0.12 * f64::from(i);
            for j in 0..400 {
                let u = -26.0 + 0.15 * f64::from(j);
                let (mean, prior) = ln_prior(model, t, 1.0, 1.0);
                let strength = f64::exp(u);
                let mut ln = prior + u - 2.0 * strength.ln_1p();
                for &term in &terms {
                    ln += ln_marginal(model, mean, strength, term);
                }
                top = top.max(ln);
                hyper.push((ln, mean, strength));
            }
        }
        for point in &mut hyper {
            point.0 = (point.0 - top).exp();
        }
        hyper.retain(|point| point.0 > 1e-11);
        for (i, &term) in terms.iter().enumerate() {
            let at = [posterior.lower[i], posterior.upper[i]];
            let (mean, sd, below) = brute_summary(model, &hyper, term, at);
            assert_relative_eq!(posterior.mean[i], mean, max_relative = 2e-6);
            // gamma-Poisson without data: the variance has a 1/κ in it, so the tails of κ count for more
            assert_relative_eq!(posterior.sd[i], sd, max_relative = 2e-5);
            assert_relative_eq!(below[0], 0.05, epsilon = 2e-6);
            assert_relative_eq!(below[1], 0.95, epsilon = 2e-6);
        }
    }
}

#[test]
fn several_campaigns_agree_with_brute_force() {
    let terms = [(0, 60.0, 4.0), (0, 400.0, 13.0), (1, 150.0, 1.0), (1, 900.0, 40.0), (2, 20.0, 0.0)];
    for model in MODELS {
        let data = grouped(&terms, 3);
        let posterior = fitted(model, &data);
        let times: Vec<f64> = (0..650).map(|i| -10.0 + 0.02 * f64::from(i)).collect();
        let outer: Vec<(f64, f64)> = (0..36)
            .flat_map(|i| (0..21).map(move |j| (-9.0 + 0.3 * f64::from(i), -0.7 + 0.6 * f64::from(j))))
            .collect();
        let strengths: Vec<f64> = (0..36).map(|k| f64::exp(-7.0 + 0.6 * f64::from(k))).collect();
        let priors: Vec<Vec<f64>> = outer
            .iter()
            .map(|&(t0, u)| {
                let (mean, _) = ln_prior(model, t0, 1.0, 1.0);
                let a = mean * u.exp();
                let b = if model == RateModel::BetaBinomial { (1.0 - mean) * u.exp() } else { u.exp() };
                let mut prior: Vec<f64> = times.iter().map(|&t| ln_prior(model, t, a, b).1.exp()).collect();
                // all that lies below the first node, where every likelihood is flat or nothing
                prior[0] += conditional_cdf(model, ln_prior(model, times[0], 1.0, 1.0).0, (a, b)) / 0.02;
                prior
            })
            .collect();
        let mut hyper: Vec<Vec<(f64, f64, f64)>> = vec![Vec::new(); 3];
        for &strength in &strengths {
            let likelihood: Vec<Vec<f64>> = (0..3)
                .map(|c| {
                    let ln = |t: f64| {
                        let mean = ln_prior(model, t, 1.0, 1.0).0;
                        let own = terms.iter().filter(|term| term.0 == c);
                        own.map(|term| ln_marginal(model, mean, strength, (term.1, term.2))).sum::<f64>()
                    };
                    times.iter().map(|&t| (ln(t) + 240.0).exp()).collect()
                })
                .collect();
            let mut mass = vec![vec![0.0; times.len()]; 3];
            for (prior, &(t0, u)) in priors.iter().zip(&outer) {
                let z: Vec<f64> =
                    likelihood.iter().map(|row| row.iter().zip(prior).map(|(l, p)| l * p).sum()).collect();
                let (_, prior_t0) = ln_prior(model, t0, 1.0, 1.0);
                let weight = (prior_t0 - 0.5 * ((u - 200_f64.ln()) / 1.5).powi(2)).exp() * strength
                    / (1.0 + strength).powi(2)
                    * z.iter().product::<f64>();
                for c in 0..3 {
                    for j in 0..times.len() {
                        mass[c][j] += weight / z[c].max(1e-250) * prior[j] * likelihood[c][j];
                    }
                }
            }
            for c in 0..3 {
                let means = times.iter().map(|&t| ln_prior(model, t, 1.0, 1.0).0);
                hyper[c].extend(mass[c].iter().zip(means).map(|(&w, mean)| (w, mean, strength)));
            }
        }
        for (i, &(c, n, y)) in terms.iter().enumerate() {
            let at = [posterior.lower[i], posterior.upper[i]];
            let (mean, sd, below) = brute_summary(model, &hyper[c as usize], (n, y), at);
            assert_relative_eq!(posterior.mean[i], mean, max_relative = 2e-4);
            assert_relative_eq!(posterior.sd[i], sd, max_relative = 1e-3);
            // the last term may well have no rate at all: its lower end is a millionth of its mean, deep in a
            // tail that the few nodes of the mixture don't resolve
            let tolerance = if at[0] < 1e-4 * mean { 4e-3 } else { 5e-5 };
            assert_relative_eq!(below[0], 0.05, epsilon = tolerance);
            assert_relative_eq!(below[1], 0.95, epsilon = 1e-4);
        }
    }
}

/// An account drawn from the model itself: terms and their true rates.
fn simulated(model: RateModel, groups: u32, per_group: usize, seed: u64) -> (Vec<(u32, f64, f64)>, Vec<f64>) {
    let (mean, between, strength) = (0.04, 150.0, 60.0);
    let mut stream = Stream::new(seed, 0);
    let (mut terms, mut truth) = (Vec::new(), Vec::new());
    for group in 0..groups {
        let center = match model {
            RateModel::BetaBinomial => stream.beta(mean * between, (1.0 - mean) * between),
            RateModel::GammaPoisson => stream.gamma(mean * between) / between,
        };
        for _ in 0..per_group {
            let n = (3.5 + 1.3 * stream.normal()).exp().round();
            let (rate, y) = match model {
                RateModel::BetaBinomial => {
                    let rate = stream.beta(center * strength, (1.0 - center) * strength);
                    (rate, stream.binomial(n, rate))
                }
                RateModel::GammaPoisson => {
                    let rate = stream.gamma(center * strength) / strength;
                    (rate, stream.poisson(n * rate))
                }
            };
            terms.push((group, n, y));
            truth.push(rate);
        }
    }
    (terms, truth)
}

#[test]
fn intervals_cover_what_they_promise() {
    for model in MODELS {
        let (mut inside, mut all) = (0.0, 0.0);
        for seed in 0..12 {
            let (terms, truth) = simulated(model, 12, 50, seed);
            let posterior = fitted(model, &grouped(&terms, 12));
            for (i, &rate) in truth.iter().enumerate() {
                inside += f64::from(u8::from(posterior.lower[i] <= rate && rate <= posterior.upper[i]));
                all += 1.0;
            }
        }
        // 7,200 terms: standard error 0.0035 if they were independent, perhaps 0.005 as they share a fit
        let coverage: f64 = inside / all;
        assert!((0.88..0.92).contains(&coverage), "{model:?} covers {coverage}");
    }
}

#[test]
fn few_components_are_as_good_as_all() {
    for model in MODELS {
        for (groups, per_group) in [(1, 400), (1, 12), (9, 40), (6, 2)] {
            let (mut terms, _) = simulated(model, groups, per_group, 5);
            terms.extend([(0, 0.0, 0.0), (0, 30_000.0, 1234.0), (0, 500.0, 0.0)]);
            let data = grouped(&terms, groups as usize);
            let family = Family(model);
            let summary = |detail| {
                let hyper = hyper(family, &data.0, &data.1, detail, &mut Notes::default());
                let few: Vec<Vec<Component>> = hyper.integral.components;
                let count = few.iter().map(Vec::len).max().unwrap();
                (
                    terms::posteriors(
                        family,
                        (0.9, detail),
                        &Sorted::new(&data.0, &data.1, None),
                        &few,
                        &SharedMovement::none(few.len()),
                        None,
                    ),
                    count,
                )
            };
            let ((few, count), (all, _)) = (summary(Detail::Compressed), summary(Detail::Full));
            // the weakest accounts keep their planes: nothing is interpolated there
            assert!(count <= 42 || per_group <= 12, "{count} components");
            for i in 0..terms.len() {
                assert_relative_eq!(few.mean[i], all.mean[i], max_relative = 1e-5);
                assert_relative_eq!(few.sd[i], all.sd[i], max_relative = 1e-5);
                // a lower end far below the mean lies in a tail that the few nodes don't resolve
                let epsilon = 1e-3 * all.mean[i];
                assert_relative_eq!(few.lower[i], all.lower[i], max_relative = 1e-5, epsilon = epsilon);
                let tolerance = if per_group > 12 { 1e-5 } else { 3e-5 };
                assert_relative_eq!(few.upper[i], all.upper[i], max_relative = tolerance);
            }
        }
    }
}

fn sensible(model: RateModel, posterior: &RatePosterior) {
    let ends = posterior.lower.iter().zip(&posterior.upper);
    for (i, (&lower, &upper)) in ends.enumerate() {
        let (mean, sd) = (posterior.mean[i], posterior.sd[i]);
        assert!(lower >= 0.0 && lower <= upper && upper.is_finite(), "{model:?} term {i}: {lower} to {upper}");
        assert!(mean > 0.0 && mean.is_finite() && sd > 0.0 && sd.is_finite(), "{model:?} term {i}: {mean} ± {sd}");
        assert!(model == RateModel::GammaPoisson || upper <= 1.0);
        assert!((0.0..=1.0 + 1e-12).contains(&posterior.own_data_weight[i]));
    }
    assert!(posterior.account_rate > 0.0 && posterior.account_rate.is_finite());
    assert!(posterior.hyper.iter().all(|group| group.mean_rate > 0.0 && group.sd > 0.0 && group.sd.is_finite()));
}

#[test]
fn survives_one_term() {
    for model in MODELS {
        for term in [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (100.0, 3.0), (1e8, 2e6)] {
            sensible(model, &fitted(model, &flat(&[term])));
        }
    }
}

#[test]
fn coarse_components_keep_a_thousandth_in_large_accounts() {
    let cases = [(1, 2000), (20, 100), (400, 6), (1, 400)].map(|case| MODELS.map(|model| (model, case)));
    for (model, (groups, per_group)) in cases.into_iter().flatten() {
        let (terms, _) = simulated(model, groups, per_group, 6);
        let data = grouped(&terms, groups as usize);
        let summary = |detail| {
            let hyper = hyper(Family(model), &data.0, &data.1, detail, &mut Notes::default());
            let components = &hyper.integral.components;
            let still = SharedMovement::none(components.len());
            let sorted = Sorted::new(&data.0, &data.1, None);
            terms::posteriors(Family(model), (0.9, detail), &sorted, components, &still, None)
        };
        let (coarse, all) = (summary(Detail::Coarse), summary(Detail::Full));
        let mut worst = 0.0_f64;
        for i in 0..terms.len() {
            let sd = all.sd[i];
            for (few, all) in [
                (coarse.mean[i], all.mean[i]),
                (coarse.sd[i], all.sd[i]),
                (coarse.lower[i], all.lower[i]),
                (coarse.upper[i], all.upper[i]),
            ] {
                // a thousandth of itself, or where it is all but zero of the standard deviation
                worst = worst.max((few - all).abs() / all.max(sd));
            }
        }
        assert!(worst < 1e-3, "{model:?}, {groups} groups of {per_group}: {worst}");
    }
}

#[test]
fn next_to_no_conversions_do_not_tell_terms_apart() {
    for model in MODELS {
        // nothing in 24,000 clicks: by the rule of three a common rate lies below 1.3e-4 with 95%
        let none = fitted(model, &flat(&[(1200.0, 0.0); 20]));
        assert!(none.upper.iter().zip(&none.mean).all(|(upper, mean)| upper > mean), "{model:?}");
        assert!(none.upper.iter().all(|upper| (1e-4..3e-3).contains(upper)), "{model:?}: {}", none.upper[0]);
        // all conversions in one term: the others had none in 1,200 clicks each
        let mut lone = vec![(1200.0, 0.0); 19];
        lone.push((1200.0, 76.0));
        let lone = fitted(model, &flat(&lone));
        assert!(lone.upper.iter().zip(&lone.mean).all(|(upper, mean)| upper > mean), "{model:?}: {:?}", lone.upper);
        // rates of 5 in 10,000: accounts with one conversion or so
        let mut stream = Stream::new(12, 0);
        let (mut inside, mut all) = (0.0, 0.0);
        for _ in 0..20 {
            let terms: Vec<(f64, f64)> = (0..24).map(|_| (100.0, stream.binomial(100.0, 5e-4))).collect();
            let posterior = fitted(model, &flat(&terms));
            inside +=
                posterior.upper.iter().zip(&posterior.lower).filter(|(u, l)| **l < 5e-4 && 5e-4 < **u).count() as f64;
            all += 24.0;
        }
        assert!(inside / all > 0.85, "{model:?}: {}", inside / all);
    }
}

#[test]
fn survives_rates_of_zero_and_one() {
    for model in MODELS {
        sensible(model, &fitted(model, &flat(&[(50.0, 0.0); 30])));
        sensible(model, &fitted(model, &flat(&[(50.0, 50.0); 30])));
        sensible(
            model,
            &fitted(model, &grouped(&[(0, 50.0, 50.0), (0, 20.0, 20.0), (1, 60.0, 0.0), (1, 9.0, 0.0)], 2)),
        );
        let mut terms = vec![(0, 80.0, 0.0); 40];
        terms.extend([(1, 50.0, 25.0), (2, 10.0, 0.0)]);
        sensible(model, &fitted(model, &grouped(&terms, 3)));
        for term in &mut terms {
            term.2 = 0.0;
        }
        sensible(model, &fitted(model, &grouped(&terms, 3)));
    }
}

#[test]
fn survives_huge_counts() {
    for model in MODELS {
        let posterior = fitted(model, &grouped(&[(0, 1e8, 3e6), (0, 10.0, 0.0), (1, 1e7, 1e5), (1, 100.0, 4.0)], 2));
        sensible(model, &posterior);
        assert_relative_eq!(posterior.mean[0], 0.03, max_relative = 1e-4);
        let sd = (0.03 * if model == RateModel::BetaBinomial { 0.97 } else { 1.0 } / 1e8_f64).sqrt();
        assert_relative_eq!(posterior.sd[0], sd, max_relative = 1e-3);
        assert_relative_eq!(posterior.own_data_weight[0], 1.0, epsilon = 1e-4);
    }
}

#[test]
fn survives_empty_and_tiny_campaigns() {
    for model in MODELS {
        let posterior =
            fitted(model, &grouped(&[(0, 500.0, 20.0), (0, 300.0, 9.0), (1, 0.0, 0.0), (2, 800.0, 24.0)], 3));
        sensible(model, &posterior);
        // a campaign without clicks is expected at the account's rate, give or take
        assert_relative_eq!(posterior.hyper[1].mean_rate, posterior.account_rate, max_relative = 1e-3);
        let (terms, _) = simulated(model, 200, 2, 3);
        sensible(model, &fitted(model, &grouped(&terms, 200)));
    }
}

#[test]
fn no_data_is_the_prior() {
    for model in MODELS {
        let posterior = fitted(model, &flat(&[(0.0, 0.0)]));
        let mean = if model == RateModel::BetaBinomial { 0.5 } else { 1.0 };
        assert_relative_eq!(posterior.mean[0], mean, max_relative = 1e-5);
        assert_eq!(posterior.own_data_weight[0], 0.0);
    }
}

#[test]
fn a_large_uniform_account_approaches_one_rate() {
    // 4,000 terms with exactly the same rate: κ is large and a term's own luck hardly matters
    for model in MODELS {
        let mut terms = vec![(100.0, 5.0); 4000];
        terms.push((100.0, 9.0));
        let posterior = fitted(model, &flat(&terms));
        assert_relative_eq!(posterior.mean[4000], 0.05, max_relative = 0.02);
        assert!(posterior.strength > 5e3);
        let (lower, upper) = match model {
            RateModel::BetaBinomial => {
                (beta_quantile(0.05, 20_005.0, 380_095.0), beta_quantile(0.95, 20_005.0, 380_095.0))
            }
            RateModel::GammaPoisson => {
                (gamma_quantile(0.05, 20_005.0, 400_100.0), gamma_quantile(0.95, 20_005.0, 400_100.0))
            }
        };
        assert!(posterior.lower[0] < lower && upper < posterior.upper[0]);
    }
}

#[test]
fn campaigns_of_one_term_each_are_shrunk_to_the_account() {
    let clicks: Vec<f64> = (0..1000).map(|i| 20.0 + f64::from(i % 40)).collect();
    let conversions: Vec<f64> = (0..1000).map(|i| f64::from(i % 5)).collect();
    let exposure = Exposure { clicks, conversions };
    let each = Groups { names: (0..1000).map(|c| format!("c{c:04}")).collect(), of_term: (0..1000).collect() };
    let flat = Groups { names: vec![String::new()], of_term: vec![0; 1000] };
    let mut notes = Notes::default();
    let told = telling(&exposure, &each, &mut notes).into_owned();
    let fit = |groups: &Groups| {
        let still = SharedMovement::none(groups.names.len());
        fit(RateModel::GammaPoisson, 0.9, exposure.clone(), groups, still, None, &mut Notes::default())
    };
    let several = fit(&told);
    assert!(notes.0.iter().any(|note| note.code == "campaign-level-skipped"));
    let one = fit(&flat);
    assert_eq!(several.mean, one.mean);
    assert_eq!(several.upper, one.upper);
}
