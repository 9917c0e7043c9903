use super::*;

fn codes(counts: &Counts) -> (Option<ValuePosterior>, Vec<(&'static str, u64)>) {
    let mut notes = Notes::default();
    let posterior = fitted_with(counts, &mut notes);
    (posterior, notes.0.iter().map(|note| (note.code, note.count)).collect())
}

fn rows_of(counts: &Counts) -> Vec<Vec<(f64, f64)>> {
    let cells = &counts.cells;
    let revenue = cells.revenue.as_ref().unwrap();
    let row = |range: &[usize]| (range[0]..range[1]).map(|cell| (cells.conversions[cell], revenue[cell])).collect();
    cells.offsets.windows(2).map(row).collect()
}

fn is_sound(posterior: &ValuePosterior) {
    assert!(posterior.spread.q > 2.0 && posterior.account_mean > 0.0 && posterior.account_mean.is_finite());
    for i in 0..posterior.mean.len() {
        assert!(posterior.sd[i] > 0.0 && posterior.sd[i].is_finite(), "sd {}", posterior.sd[i]);
        assert!(posterior.lower[i] > 0.0 && posterior.lower[i] < posterior.mean[i]);
        assert!(posterior.mean[i] < posterior.upper[i] && posterior.upper[i].is_finite());
        assert!((0.0..=1.0).contains(&posterior.own_data_weight[i]));
    }
}

#[test]
fn few_terms_lean_on_the_prior() {
    let cases: [(&[f64], &[f64]); 6] = [
        (&[1.0], &[50.0]),
        (&[1.0, 0.0], &[1e6, 0.0]),
        (&[2.0, 1.0, 0.0], &[90.0, 5000.0, 0.0]),
        (&[0.3, 1e6], &[10.0, 5e7]),
        (&[10.0, 10.0, 10.0, 10.0], &[100.0, 100.0, 100.0, 100.0]),
        (&[1e-6, 3.0], &[1e-9, 1e-3]),
    ];
    for (conversions, revenue) in cases {
        let posterior = fitted(&undated(conversions, revenue));
        is_sound(&posterior);
        let rate = revenue.iter().sum::<f64>() / conversions.iter().sum::<f64>();
        assert!(posterior.account_mean > 0.02 * rate && posterior.account_mean < 50.0 * rate);
    }
}

#[test]
fn odd_rows_are_noted() {
    let (posterior, notes) = codes(&undated(&[0.0, 3.0, 4.0, 5.0], &[20.0, 0.0, 200.0, 300.0]));
    let posterior = posterior.unwrap();
    assert_eq!(notes, [("value-without-conversions", 1), ("conversions-without-value", 1)]);
    is_sound(&posterior);
    // sold for nothing: below the campaign's mean, but not zero
    assert!(posterior.mean[1] < 0.7 * posterior.campaigns[0].mean);
    assert_relative_eq!(posterior.mean[0], posterior.campaigns[0].mean, max_relative = 1e-12);
    assert!(codes(&undated(&[0.0, 1.0], &[5.0, 0.0])).0.is_none());
    assert_eq!(codes(&undated(&[0.0, 1.0], &[5.0, 0.0])).1.last().unwrap().0, "no-value");
}

#[test]
fn refunds_and_sales_for_nothing() {
    let mut rows: Vec<Vec<(f64, f64)>> = rows_of(&World { periods: 8, ..WORLD }.draw(3).0);
    // sells for nothing; refunds of all and of more than all; a refund without an order that week
    rows[0] = vec![(5.0, 0.0); 8];
    rows[1] = vec![(1.0, 50.0), (1.0, -50.0)];
    rows[2] = vec![(1.0, -80.0), (2.0, 30.0)];
    rows[3] = vec![(4.0, 200.0), (0.0, -50.0)];
    let (posterior, notes) = codes(&counts(&rows, 6));
    let posterior = posterior.unwrap();
    is_sound(&posterior);
    assert!(notes.contains(&("negative-revenue", 3)) && notes.contains(&("conversions-without-value", 3)));
    assert!(posterior.mean[0] < 0.1 * posterior.campaigns[0].mean);
    for i in [1, 2] {
        assert!(posterior.mean[i] < posterior.campaigns[i].mean);
    }
    let plain = rows.iter().map(|row| row.iter().map(|cell| cell.1.max(0.0)).sum::<f64>()).sum::<f64>();
    assert!(plain > 0.0 && (added_up(&counts(&rows, 6), &posterior) - 1.0).abs() < 1e-9);
    // nothing left after refunds
    assert!(codes(&counts(&[vec![(1.0, 50.0), (1.0, -60.0)]], 1)).0.is_none());
}

#[test]
fn currency_only_scales() {
    for single in [Orders::LogNormal(0.8), Orders::Gamma(2.0)] {
        let (euros, _) = World { single, terms: 100, ..WORLD }.draw(4);
        let mut cents = euros.clone();
        cents.cells.revenue.as_mut().unwrap().iter_mut().for_each(|r| *r *= 100.0);
        let (euros, cents) = (fitted(&euros), fitted(&cents));
        assert_eq!(euros.model, cents.model);
        for i in 0..100 {
            assert_relative_eq!(100.0 * euros.mean[i], cents.mean[i], max_relative = 1e-6);
            assert_relative_eq!(100.0 * euros.upper[i], cents.upper[i], max_relative = 1e-6);
        }
    }
}

#[test]
fn values_add_up_to_the_revenue() {
    for single in [Orders::LogNormal(0.8), Orders::Gamma(2.0)] {
        let (counts, _) = World { single, terms: 1000, ..WORLD }.draw(5);
        assert_relative_eq!(added_up(&counts, &fitted(&counts)), 1.0, epsilon = 0.02);
    }
}

#[test]
fn campaigns_have_their_own_level() {
    let (counts, _) = World { spread: (0.2, 1.0), ..WORLD }.draw(6);
    let posterior = fitted(&counts);
    let orders = counts.by_term(&counts.cells.conversions);
    let revenue = counts.by_term(counts.cells.revenue.as_ref().unwrap());
    for (group, campaign) in posterior.campaigns.iter().enumerate() {
        let sum = |values: &[f64]| values.iter().skip(group).step_by(6).sum::<f64>();
        assert_relative_eq!(campaign.mean, sum(&revenue) / sum(&orders), max_relative = 0.15);
    }
}

#[test]
fn draws_have_the_moments_of_the_posterior() {
    for single in [Orders::LogNormal(0.8), Orders::Gamma(2.0)] {
        let (counts, _) = World { single, terms: 60, ..WORLD }.draw(8);
        let posterior = fitted(&counts);
        let n = 4000;
        let shared = posterior.shared(n, 3);
        let (mut mean, mut sd, mut below) = (0.0, 0.0, 0.0);
        for term in 0..60 {
            let mut draws = vec![0.0; n];
            posterior.draw(&shared, term, &mut Stream::new(4, term as u64), &mut draws);
            let average = draws.iter().sum::<f64>() / n as f64;
            let variance = draws.iter().map(|x| (x - average).powi(2)).sum::<f64>() / n as f64;
            mean += average / posterior.mean[term] / 60.0;
            sd += variance.sqrt() / posterior.sd[term] / 60.0;
            below += draws.iter().filter(|&&x| x < posterior.lower[term]).count() as f64 / (n * 60) as f64;
        }
        // what terms share moves all of them: the mean of 4,000 draws is good to half a hundredth
        assert_relative_eq!(mean, 1.0, epsilon = 0.01);
        assert_relative_eq!(sd, 1.0, epsilon = 0.04);
        assert_relative_eq!(below, 0.05, epsilon = 0.006);
    }
}

#[test]
fn a_change_of_values_is_told() {
    let (mut counts, _) = World { terms: 200, ..WORLD }.draw(9);
    assert!(!codes(&counts).1.iter().any(|code| code.0 == "values-changed"));
    let periods = counts.cells.period.clone();
    for (r, period) in counts.cells.revenue.as_mut().unwrap().iter_mut().zip(periods) {
        *r *= if period >= 8 { 0.7 } else { 1.0 };
    }
    let mut notes = Notes::default();
    let _ = fitted_with(&counts, &mut notes);
    let note = notes.0.iter().find(|note| note.code == "values-changed").unwrap();
    assert!(note.message.contains("% less in the last third"), "{}", note.message);
}

#[test]
fn threads_change_nothing() {
    let (counts, _) = World { terms: 3000, ..WORLD }.draw(10);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fitted(&counts))
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn orders_of_one_price_settle() {
    // from a handful of orders to more than any account has: there is no spread, and no search for one that fails
    for orders in [1.0, 3.0, 200.0, 2e6] {
        let rows: Vec<Vec<(f64, f64)>> = (0..12).map(|_| vec![(orders, 50.0 * orders); 20]).collect();
        let (posterior, notes) = codes(&counts(&rows, 1));
        let posterior = posterior.unwrap();
        assert_eq!(notes, [], "{orders}");
        is_sound(&posterior);
        assert_relative_eq!(posterior.account_mean, 50.0, max_relative = 1e-2);
    }
}
