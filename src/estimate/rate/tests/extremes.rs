//! Data too thin, too large or too even: sensible answers, no NaN.

use super::*;
use crate::numeric::quantile::{beta_quantile, gamma_quantile};
use approx::assert_relative_eq;

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
