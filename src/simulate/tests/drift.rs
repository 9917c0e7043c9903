use super::{account, on_threads, sum};
use crate::simulate::{SimulateSettings, observation_csv, play_week, simulate};

/// Steps of a walk that ends at zero after its last week.
fn steps(walk: &[f64]) -> Vec<f64> {
    walk.iter().zip(walk[1..].iter().chain(&[0.0])).map(|(level, next)| level - next).collect()
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = sum(values) / n;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0))
}

#[test]
fn the_demo_is_what_the_defaults_give() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/demo/account.csv");
    let demo = std::fs::read_to_string(path).expect("the demo is part of the project");
    let made = account(|_| ());
    assert!(demo == observation_csv(&made.observation), "switches that are off change the account");
    assert!(made.truth.log_rates.common.iter().all(|&level| level == 0.0));
    assert_eq!(made.truth.reporting, None);
}

#[test]
fn shared_walks_have_the_stated_spread_and_end_at_the_truth() {
    let made = account(|settings| {
        (settings.terms, settings.weeks, settings.campaigns) = (40, 300, Some(40));
        (settings.group_drift, settings.common_drift) = (0.05, 0.08);
    });
    let walks = &made.truth.log_rates;
    assert_eq!((walks.common.len(), walks.campaigns.len(), walks.campaigns[7].len()), (300, 40, 300));
    let (mean, variance) = moments(&steps(&walks.common));
    // standard errors: sd/√300 of the mean, √(2/299) of the variance
    assert!((mean + 0.0032).abs() < 4.0 * 0.08 / 300_f64.sqrt(), "{mean}");
    assert!((variance / 0.0064 - 1.0).abs() < 4.0 * (2.0_f64 / 299.0).sqrt(), "{variance}");
    let all: Vec<f64> = walks.campaigns.iter().flat_map(|walk| steps(walk)).collect();
    let (mean, variance) = moments(&all);
    assert!((mean + 0.00125).abs() < 4.0 * 0.05 / 12_000_f64.sqrt(), "{mean}");
    assert!((variance / 0.0025 - 1.0).abs() < 4.0 * (2.0_f64 / 11_999.0).sqrt(), "{variance}");
    assert_ne!(walks.campaigns[0], walks.campaigns[1]);
}

#[test]
fn the_rates_of_all_terms_follow_the_shared_walk() {
    let made = account(|settings| {
        (settings.weeks, settings.drift, settings.common_drift, settings.lever_moves) = (60, 0.0, 0.15, 0.0);
    });
    let rows = &made.observation.rows;
    let (mut expected, mut seen) = (vec![0.0; 60], vec![0.0; 60]);
    for row in 0..rows.len() {
        let week = rows.week[row] as usize;
        expected[week] += rows.clicks[row] * made.truth.cvr[rows.term[row] as usize];
        seen[week] += rows.conversions[row];
    }
    let walk = &made.truth.log_rates.common;
    for week in 0..60 {
        let mean = expected[week] * walk[week].exp();
        assert!((seen[week] - mean).abs() < 5.0 * mean.sqrt(), "week {week}: {} for {mean}", seen[week]);
    }
}

#[test]
fn dispersion_adds_its_square_to_the_variance_of_a_busy_term() {
    let relative = |dispersion: f64| {
        let made = account(|settings| {
            (settings.terms, settings.weeks, settings.campaigns) = (60, 400, Some(4));
            (settings.drift, settings.dispersion, settings.lever_moves) = (0.0, dispersion, 0.0);
            settings.weekly_budget = Some(300_000.0);
        });
        let rows = &made.observation.rows;
        let (mut squares, mut ratios, mut count) = (0.0, 0.0, 0.0);
        for row in 0..rows.len() {
            let mean = rows.clicks[row] * made.truth.cvr[rows.term[row] as usize];
            if mean > 200.0 {
                let ratio = rows.conversions[row] / mean;
                squares += (ratio - 1.0).powi(2) - 1.0 / mean;
                ratios += ratio;
                count += 1.0;
            }
        }
        assert!(count > 2_000.0, "only {count} busy weeks");
        (squares / count, ratios / count, count)
    };
    let (variance, mean, count) = relative(0.3);
    assert!((mean - 1.0).abs() < 4.0 * 0.32 / count.sqrt(), "{mean}");
    assert!((variance / 0.09 - 1.0).abs() < 0.12, "{variance}");
    assert!(relative(0.0).0.abs() < 0.002);
}

#[test]
fn a_week_played_on_carries_the_walks_on() {
    let settings = SimulateSettings {
        terms: 60,
        weeks: 10,
        group_drift: 0.05,
        common_drift: 0.1,
        dispersion: 0.4,
        drift: 0.0,
        ..SimulateSettings::default()
    };
    let before = simulate(&settings).expect("the settings are in range");
    let mut after = before.clone();
    let plan = before.truth.reference_spend.clone();
    play_week(&mut after, &settings, &plan).expect("a full plan");
    let (old, new) = (&before.truth, &after.truth);
    assert_eq!((new.log_rates.common.len(), new.log_rates.campaigns[0].len()), (11, 11));
    for (term, &campaign) in old.campaign.iter().enumerate() {
        for week in 0..10 {
            // the rate of a week is the same seen from either end
            let was = old.cvr[term] * old.log_rates.at(campaign as usize, week).exp();
            let is = new.cvr[term] * new.log_rates.at(campaign as usize, week).exp();
            assert!((was / is - 1.0).abs() < 1e-9, "{was} and {is}");
        }
        assert!(old.cvr[term] != new.cvr[term]);
    }
}

#[test]
fn heavy_tails_keep_the_mean() {
    let of = |tail: f64| {
        let made = account(|settings| (settings.terms, settings.weeks, settings.value_tail) = (900, 60, tail));
        let rows = &made.observation.rows;
        let mut expected = 0.0;
        let mut largest = 0.0_f64;
        for row in 0..rows.len() {
            expected += rows.conversions[row] * made.truth.order_value[rows.term[row] as usize];
            if rows.conversions[row] > 0.0 {
                largest = largest.max(rows.revenue[row] / rows.conversions[row]);
            }
        }
        (sum(&rows.revenue) / expected, largest, made.truth.order_log_sd[0])
    };
    let ((usual, usual_largest, sd), (heavy, heavy_largest, wide)) = (of(1.0), of(2.0));
    assert!((usual - 1.0).abs() < 0.01 && (heavy - 1.0).abs() < 0.03, "{usual} and {heavy}");
    assert!(heavy_largest > 3.0 * usual_largest, "{heavy_largest} and {usual_largest}");
    assert!((wide / sd - 2.0).abs() < 1e-12);
}

#[test]
fn all_switches_together_do_not_depend_on_threads() {
    let settings = SimulateSettings {
        terms: 200,
        weeks: 16,
        group_drift: 0.03,
        common_drift: 0.03,
        dispersion: 0.5,
        delay: 1.2,
        exports: 3,
        value_tail: 2.0,
        ..SimulateSettings::default()
    };
    let (one, three) = (on_threads(1, &settings), on_threads(3, &settings));
    assert_eq!(one, three);
    assert_eq!(crate::simulate::exports(&one, &settings), crate::simulate::exports(&three, &settings));
}
