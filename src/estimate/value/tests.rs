use super::*;
use approx::assert_relative_eq;

/// Terms drawn from the model: conversions, revenue and true values.
fn simulated(terms: usize, seed: u64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let (p, q, gamma) = (3.0, 6.0, 100.0);
    let mut stream = Stream::new(seed, 1);
    let (mut conversions, mut revenue, mut truth) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..terms {
        let scale = stream.gamma(q) / gamma;
        let y = stream.poisson(4.0);
        conversions.push(y);
        revenue.push(if y > 0.0 { stream.gamma(p * y) / scale } else { 0.0 });
        truth.push(p / scale);
    }
    (conversions, revenue, truth)
}

fn fitted(conversions: &[f64], revenue: &[f64]) -> ValuePosterior {
    fit(conversions, revenue, 0.9, &mut Notes::default()).unwrap()
}

#[test]
fn finds_the_parameters_it_was_drawn_from() {
    let (conversions, revenue, _) = simulated(6000, 1);
    let posterior = fitted(&conversions, &revenue);
    assert_relative_eq!(posterior.p, 3.0, max_relative = 0.1);
    assert_relative_eq!(posterior.q, 6.0, max_relative = 0.15);
    assert_relative_eq!(posterior.account_mean, 60.0, max_relative = 0.03);
}

#[test]
fn posterior_mean_is_a_weighted_average() {
    let (conversions, revenue, _) = simulated(300, 2);
    let posterior = fitted(&conversions, &revenue);
    for i in 0..300 {
        let own = posterior.p * conversions[i] / (posterior.p * conversions[i] + posterior.q - 1.0);
        let mean = if conversions[i] > 0.0 { own * revenue[i] / conversions[i] } else { 0.0 };
        assert_relative_eq!(posterior.mean[i], mean + (1.0 - own) * posterior.account_mean, max_relative = 1e-10);
    }
}

#[test]
fn intervals_cover_what_they_promise() {
    let (mut inside, mut all) = (0.0, 0.0);
    for seed in 0..8 {
        let (conversions, revenue, truth) = simulated(600, 10 + seed);
        let posterior = fitted(&conversions, &revenue);
        for (i, &value) in truth.iter().enumerate() {
            inside += f64::from(u8::from(posterior.lower[i] <= value && value <= posterior.upper[i]));
            all += 1.0;
        }
    }
    // 4,800 terms: standard error 0.0043
    let coverage: f64 = inside / all;
    assert!((0.88..0.92).contains(&coverage), "covers {coverage}");
}

#[test]
fn values_add_up_to_the_revenue() {
    let (conversions, revenue, _) = simulated(2000, 3);
    let posterior = fitted(&conversions, &revenue);
    let expected: f64 = conversions.iter().zip(&posterior.mean).map(|(y, v)| y * v).sum();
    assert_relative_eq!(expected, revenue.iter().sum::<f64>(), max_relative = 0.02);
}

#[test]
fn currency_only_scales() {
    let (conversions, revenue, _) = simulated(100, 4);
    let cents: Vec<f64> = revenue.iter().map(|r| 100.0 * r).collect();
    let (euros, cents) = (fitted(&conversions, &revenue), fitted(&conversions, &cents));
    for i in 0..100 {
        assert_relative_eq!(100.0 * euros.mean[i], cents.mean[i], max_relative = 1e-9);
        assert_relative_eq!(100.0 * euros.upper[i], cents.upper[i], max_relative = 1e-9);
    }
}

#[test]
fn few_terms_lean_on_the_prior() {
    let cases: [(&[f64], &[f64]); 5] = [
        (&[1.0], &[50.0]),
        (&[1.0, 0.0], &[1e6, 0.0]),
        (&[2.0, 1.0, 0.0], &[90.0, 5000.0, 0.0]),
        (&[0.3, 1e6], &[10.0, 5e7]),
        (&[10.0, 10.0, 10.0, 10.0], &[100.0, 100.0, 100.0, 100.0]),
    ];
    for (conversions, revenue) in cases {
        let posterior = fitted(conversions, revenue);
        assert!(posterior.q > 2.0 && posterior.q.is_finite());
        let rate = revenue.iter().sum::<f64>() / conversions.iter().sum::<f64>();
        assert!(posterior.account_mean > 0.02 * rate && posterior.account_mean < 50.0 * rate);
        for i in 0..conversions.len() {
            assert!(posterior.sd[i] > 0.0 && posterior.sd[i].is_finite());
            assert!(posterior.lower[i] > 0.0 && posterior.lower[i] < posterior.mean[i]);
            assert!(posterior.mean[i] < posterior.upper[i] && posterior.upper[i].is_finite());
        }
    }
}

#[test]
fn odd_rows_are_noted() {
    let mut notes = Notes::default();
    let posterior = fit(&[0.0, 3.0, 4.0, 5.0], &[20.0, 0.0, 200.0, 300.0], 0.9, &mut notes).unwrap();
    let codes: Vec<_> = notes.0.iter().map(|note| (note.code, note.count)).collect();
    assert_eq!(codes, [("value-without-conversions", 1), ("conversions-without-value", 1)]);
    // sold for nothing: below the account's mean, but not zero
    assert!(posterior.mean[1] > 0.0 && posterior.mean[1] < posterior.account_mean);
    assert_relative_eq!(posterior.mean[0], posterior.account_mean, max_relative = 1e-12);
    assert!(fit(&[0.0, 1.0], &[5.0, 0.0], 0.9, &mut notes).is_none());
    assert_eq!(notes.0.last().unwrap().code, "no-value");
}
