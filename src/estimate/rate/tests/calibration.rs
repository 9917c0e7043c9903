//! Whether intervals hold what they promise, over accounts drawn from the model.

use super::*;

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

/// Clicks, conversions and rates of an account whose hyper-parameters come from their own prior.
fn from_prior(model: RateModel, groups: u32, per_group: usize, stream: &mut Stream) -> (Vec<(u32, f64, f64)>, f64) {
    let draw = |stream: &mut Stream, mean: f64, strength: f64| match model {
        RateModel::BetaBinomial => stream.beta((mean * strength).max(1e-290), ((1.0 - mean) * strength).max(1e-290)),
        RateModel::GammaPoisson => stream.gamma((mean * strength).max(1e-290)) / strength,
    };
    // by rejection: the normal part alone, kept as often as the other part allows
    let strength = loop {
        let ln_strength = 200_f64.ln() + 1.5 * 2_f64.sqrt() * stream.normal();
        let normal = -0.5 * (ln_strength - 200_f64.ln()).powi(2) / (2.0 * 1.5 * 1.5);
        if stream.uniform() < 2.0 * (ln_prior_strength(ln_strength) - normal).exp() {
            break ln_strength.exp();
        }
    };
    let account = if model == RateModel::BetaBinomial { stream.uniform() } else { stream.gamma(1.0) };
    let between = (200_f64.ln() + 1.5 * stream.normal()).exp();
    let (mut terms, mut truth) = (Vec::new(), 0.0);
    for group in 0..groups {
        let mean = if groups == 1 { account } else { draw(stream, account, between) };
        for term in 0..per_group {
            let clicks = (3.5 + 1.3 * stream.normal()).exp().round();
            let rate = draw(stream, mean, strength);
            let conversions = if model == RateModel::BetaBinomial {
                stream.binomial(clicks, rate.min(1.0))
            } else {
                stream.poisson(clicks * rate)
            };
            if group == 0 && term == 0 {
                truth = rate;
            }
            terms.push((group, clicks, conversions));
        }
    }
    (terms, truth)
}

/// Where the first term's rate of accounts with at least ten conversions falls: below, inside, above the interval of
/// each level, from the outermost to the innermost. One term of each account, so all are independent.
fn places(model: RateModel, groups: u32, accounts: usize, levels: &[f64]) -> Vec<f64> {
    let mut stream = Stream::new(31, 0);
    let mut places = vec![0.0; 2 * levels.len() + 1];
    for _ in 0..accounts {
        let (terms, truth) = from_prior(model, groups, 3, &mut stream);
        // few have another prior; to leave accounts out by their data leaves the rest calibrated
        if terms.iter().map(|term| term.2).sum::<f64>() < FEW_CONVERSIONS {
            continue;
        }
        let (exposure, campaigns) = grouped(&terms, groups as usize);
        let mut ends = Vec::new();
        for &level in levels {
            let still = SharedMovement::none(groups as usize);
            let posterior = fit(model, level, exposure.clone(), &campaigns, still, None, &mut Notes::default());
            ends.extend([posterior.lower[0], posterior.upper[0]]);
        }
        places[ends.iter().filter(|&&end| end < truth).count()] += 1.0;
    }
    places
}

/// Pearson's statistic against the given shares.
fn chi_square(counts: &[f64], shares: &[f64]) -> f64 {
    let total: f64 = counts.iter().sum();
    counts.iter().zip(shares).map(|(count, share)| (count - total * share).powi(2) / (total * share)).sum()
}

/// Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari and Gelman 2018) for the smallest groups.
#[test]
fn rates_of_three_terms_fall_where_they_should() {
    for model in MODELS {
        let places = places(model, 1, 1500, &[0.9, 0.5]);
        // four degrees of freedom at a level of one in a thousand
        assert!(chi_square(&places, &[0.05, 0.2, 0.5, 0.2, 0.05]) < 18.5, "{model:?}: {places:?}");
    }
    let places = places(RateModel::BetaBinomial, 2, 150, &[0.9]);
    // two degrees of freedom, the same level
    assert!(chi_square(&places, &[0.05, 0.9, 0.05]) < 13.8, "{places:?}");
}

/// What is expected of a term without clicks beside one, two, three or six that convert at 5%: near them, not at what
/// the prior of an account's rate alone would say (37% for two of a thousand clicks, 18% for three of four hundred).
#[test]
fn few_siblings_keep_a_new_term_near_them() {
    for model in MODELS {
        for (siblings, most) in [(1, 0.25), (2, 0.10), (3, 0.075), (6, 0.06)] {
            let mut terms = vec![(1000.0, 50.0); siblings];
            terms.push((0.0, 0.0));
            let posterior = fitted(model, &flat(&terms));
            let (mean, upper) = (posterior.mean[siblings], posterior.upper[siblings]);
            assert!((0.05..most).contains(&mean), "{model:?}, {siblings} siblings: {mean}");
            assert!(posterior.lower[siblings] < 0.04 && upper > 0.06, "{model:?}, {siblings} siblings: up to {upper}");
        }
    }
}

#[test]
fn intervals_of_three_terms_at_given_strengths_hold_what_is_said_of_them() {
    // standard error 0.01 to 0.015; the bands are three of them
    for (strength, from, to) in [(10.0, 0.75, 0.85), (60.0, 0.85, 0.93), (1000.0, 0.89, 0.97)] {
        let mut stream = Stream::new(7, 0);
        let (mut inside, mut below, mut all) = (0.0, 0.0, 0.0);
        for _ in 0..300 {
            let center = stream.beta(0.04 * 150.0, 0.96 * 150.0);
            let (mut terms, mut truth) = (Vec::new(), Vec::new());
            for _ in 0..3 {
                let clicks = (3.5 + 1.3 * stream.normal()).exp().round();
                let rate = stream.beta(center * strength, (1.0 - center) * strength);
                terms.push((clicks, stream.binomial(clicks, rate)));
                truth.push(rate);
            }
            let posterior = fitted(RateModel::BetaBinomial, &flat(&terms));
            for (i, &rate) in truth.iter().enumerate() {
                below += f64::from(u8::from(rate < posterior.lower[i]));
                inside += f64::from(u8::from(posterior.lower[i] <= rate && rate <= posterior.upper[i]));
                all += 1.0;
            }
        }
        let coverage: f64 = inside / all;
        assert!((from..to).contains(&coverage), "{strength}: {coverage}");
        assert!(below > 0.55 * (all - inside), "{strength}: {below} of {}", all - inside);
    }
}
