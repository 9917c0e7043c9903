#![allow(clippy::suboptimal_flops)] // formulas as they are written

use super::*;
use crate::counts::{Calendar, Cells, Period, PeriodUnit};
use crate::domain::Date;
use crate::domain::{Term, TermKey};
use crate::numeric::stream::Stream;
use approx::assert_relative_eq;

/// Campaign, clicks, conversions, revenue.
type Row = (&'static str, f64, f64, Option<f64>);

fn counts(rows: &[Row], periods: usize) -> Counts {
    let key =
        |i: usize| TermKey { term: format!("term {i:05}"), campaign: Some(rows[i].0.to_owned()), ..TermKey::default() };
    Counts {
        terms: (0..rows.len()).map(|i| Term { key: key(i), ..Term::default() }).collect(),
        calendar: Calendar {
            unit: PeriodUnit::Undated { days: None },
            periods: vec![Period::default(); periods],
            as_of: None,
        },
        cells: Cells {
            offsets: (0..=rows.len()).collect(),
            period: vec![0; rows.len()],
            clicks: rows.iter().map(|row| row.1).collect(),
            conversions: rows.iter().map(|row| row.2).collect(),
            revenue: rows.iter().map(|row| row.3).collect(),
            ..Cells::default()
        },
        ..Counts::default()
    }
}

fn codes(posterior: &Posterior) -> Vec<&'static str> {
    posterior.notes.0.iter().map(|note| note.code).collect()
}

fn model_of(rows: &[Row], periods: usize) -> RateModel {
    estimate(&counts(rows, periods), &EstimateSettings::default()).unwrap().rate.model
}

#[test]
fn model_follows_the_data() {
    let whole = [("a", 10.0, 1.0, None), ("a", 5.0, 0.0, None)];
    assert_eq!(model_of(&whole, 1), RateModel::BetaBinomial);
    assert_eq!(model_of(&whole, 3), RateModel::GammaPoisson);
    assert_eq!(model_of(&[("a", 10.0, 0.5, None), ("a", 5.0, 0.0, None)], 1), RateModel::GammaPoisson);
    assert_eq!(model_of(&[("a", 10.0, 11.0, None), ("a", 5.0, 0.0, None)], 1), RateModel::GammaPoisson);
}

#[test]
fn beta_binomial_refuses_what_it_cannot_describe() {
    let settings =
        EstimateSettings { rate_model: Some(RateModel::BetaBinomial), level: 0.9, ..EstimateSettings::default() };
    let counts = counts(&[("a", 10.0, 1.0, None), ("a", 5.0, 6.0, None), ("a", 5.0, 0.5, None)], 1);
    let error = estimate(&counts, &settings).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the beta-binomial model can't describe term `term 00001`: 6 conversions on 5 clicks"
    );
    assert!(error.hint().unwrap().starts_with("2 such terms"));
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn bad_input_is_refused() {
    let settings = EstimateSettings::default();
    assert_eq!(estimate(&Counts::default(), &settings).unwrap_err(), EstimateError::NoTerms);
    let rows = [("a", 10.0, 1.0, None)];
    for level in [0.0, 1.0, f64::NAN] {
        let error = estimate(&counts(&rows, 1), &EstimateSettings { level, ..settings.clone() }).unwrap_err();
        assert!(matches!(error, EstimateError::Level { .. }) && error.hint().is_some());
    }
    for (clicks, conversions) in [(-1.0, 0.0), (f64::NAN, 0.0), (1.0, f64::INFINITY)] {
        let error = estimate(&counts(&[("a", clicks, conversions, None)], 1), &settings).unwrap_err();
        assert!(matches!(error, EstimateError::NotACount { .. }) && error.exit_code() == 3);
    }
}

#[test]
fn notes_say_what_is_odd() {
    let settings = EstimateSettings::default();
    let none = estimate(&counts(&[("a", 10.0, 0.0, None), ("b", 0.0, 0.0, None)], 1), &settings).unwrap();
    assert_eq!(codes(&none), ["no-conversions", "static-rates"]);
    let odd = estimate(&counts(&[("a", 10.0, 0.5, None), ("a", 0.0, 1.0, None)], 2), &settings).unwrap();
    assert_eq!(codes(&odd), ["conversions-without-clicks", "fractional-conversions", "static-rates"]);
    // a rate per click needs a click
    assert_eq!(odd.rate.own_data_weight[1], 0.0);
}

fn account() -> Counts {
    let mut stream = Stream::new(8, 8);
    let rows: Vec<Row> = (0..240)
        .map(|i| {
            let name = ["brand", "generic", "rivals", "test"][i % 4];
            let rate = [0.12, 0.03, 0.02, 0.05][i % 4] * stream.gamma(4.0) / 4.0;
            let clicks = (3.0 + 1.5 * stream.normal()).exp().round();
            let conversions = stream.binomial(clicks, rate.min(1.0));
            (name, clicks, conversions, Some(conversions * 30.0 * stream.gamma(3.0)))
        })
        .collect();
    counts(&rows, 1)
}

#[test]
fn threads_change_nothing() {
    let counts = account();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let posterior = estimate(&counts, &EstimateSettings::default()).unwrap();
            let draws = posterior.draws(&counts, 20, 7);
            (posterior, draws)
        })
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn draws_have_the_moments_of_the_posterior() {
    let counts = account();
    for rate_model in [RateModel::BetaBinomial, RateModel::GammaPoisson] {
        let settings = EstimateSettings { rate_model: Some(rate_model), level: 0.9, ..EstimateSettings::default() };
        let posterior = estimate(&counts, &settings).unwrap();
        let n = 4000;
        let draws = posterior.draws(&counts, n, 3);
        let (mut rates, mut sds, mut values, mut below) = (0.0, 0.0, 0.0, 0.0);
        let terms = counts.terms.len();
        for i in 0..terms {
            let own = &draws.rate[i * n..(i + 1) * n];
            let mean = own.iter().sum::<f64>() / n as f64;
            let variance = own.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
            rates += (mean / posterior.rate.mean[i] - 1.0) / terms as f64;
            sds += (variance.sqrt() / posterior.rate.sd[i] - 1.0) / terms as f64;
            below += own.iter().filter(|&&x| x < posterior.rate.lower[i]).count() as f64 / (n * terms) as f64;
            let value = &draws.value.as_ref().unwrap()[i * n..(i + 1) * n];
            let mean = value.iter().sum::<f64>() / n as f64;
            values += (mean / posterior.value.as_ref().unwrap().mean[i] - 1.0) / terms as f64;
        }
        // averages over 240 terms of relative errors; what terms share is drawn by an approximation
        assert_relative_eq!(rates, 0.0, epsilon = 0.01);
        assert_relative_eq!(sds, 0.0, epsilon = 0.02);
        assert_relative_eq!(values, 0.0, epsilon = 0.01);
        assert_relative_eq!(below, 0.05, epsilon = 0.003);
    }
}

#[test]
fn draws_share_what_terms_have_in_common() {
    // many terms without data of their own: their sum is as uncertain as the campaign's mean
    let mut rows: Vec<Row> = vec![("a", 400.0, 12.0, None); 8];
    rows.extend(vec![("a", 0.0, 0.0, None); 400]);
    let counts = counts(&rows, 1);
    let posterior = estimate(&counts, &EstimateSettings::default()).unwrap();
    let n = 1000;
    let draws = posterior.draws(&counts, n, 1);
    let sums: Vec<f64> = (0..n).map(|d| (8..408).map(|i| draws.rate[i * n + d]).sum::<f64>() / 400.0).collect();
    let mean = sums.iter().sum::<f64>() / n as f64;
    let sd = (sums.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    assert_relative_eq!(mean, posterior.rate.hyper[0].mean_rate, max_relative = 0.05);
    assert_relative_eq!(sd, posterior.rate.hyper[0].sd, max_relative = 0.15);
}

#[test]
fn a_term_draws_from_its_own_stream() {
    let counts = account();
    let posterior = estimate(&counts, &EstimateSettings::default()).unwrap();
    let draws = posterior.draws(&counts, 5, 1);
    assert_eq!(draws, posterior.draws(&counts, 5, 1));
    assert_ne!(draws.rate, posterior.draws(&counts, 5, 2).rate);
    assert_ne!(draws.rate[0..5], draws.rate[20..25]);
    assert_eq!(posterior.draws(&counts, 0, 1).rate.len(), 0);
}

/// Four campaigns of ad groups whose rates differ by 30%, as their terms' do, over eight weeks; some sixty clicks a term.
/// Gives the true rate and the ad group of every term, too.
fn in_ad_groups(seed: u64, ad_groups: u32, terms: u32) -> (Counts, Vec<f64>, Vec<u32>) {
    let mut stream = Stream::new(seed, 77);
    let mut cells = Cells { offsets: vec![0], ..Cells::default() };
    let (mut made, mut truth, mut member) = (Vec::new(), Vec::new(), Vec::new());
    for campaign in 0..4 {
        let level = 0.04 * (0.3 * stream.normal()).exp();
        for ad_group in 0..ad_groups {
            let rate = level * (0.3 * stream.normal()).exp();
            for term in 0..terms {
                let own = rate * stream.gamma(11.0) / 11.0;
                let size = 7.5 * (stream.normal() - 0.5).exp();
                for period in 0..8 {
                    let clicks = stream.poisson(size);
                    cells.period.push(period);
                    cells.clicks.push(clicks);
                    cells.conversions.push(stream.binomial(clicks, own));
                }
                cells.offsets.push(cells.clicks.len());
                let key = TermKey {
                    term: format!("term {campaign} {ad_group:02} {term:02}"),
                    campaign: Some(format!("campaign {campaign}")),
                    ad_group: Some(format!("ad group {ad_group:02}")),
                    ..TermKey::default()
                };
                made.push(Term { key, ..Term::default() });
                truth.push(own);
                member.push(campaign * ad_groups + ad_group);
            }
        }
    }
    let calendar = Calendar { unit: PeriodUnit::Week, periods: vec![Period::default(); 8], as_of: None };
    (Counts { terms: made, calendar, cells, ..Counts::default() }, truth, member)
}

#[test]
fn terms_and_ad_groups_lie_in_their_intervals() {
    const DRAWS: usize = 400;
    for (ad_groups, terms) in [(3, 3), (10, 3), (5, 12)] {
        let (mut held, mut all) = ([0.0; 2], [0.0; 2]);
        for seed in 0..16 {
            let (counts, truth, member) = in_ad_groups(seed, ad_groups, terms);
            let posterior = estimate(&counts, &EstimateSettings::default()).unwrap();
            let rate = &posterior.rate;
            let inside = |term: &usize| (rate.lower[*term]..=rate.upper[*term]).contains(&truth[*term]);
            held[0] += (0..truth.len()).filter(inside).count() as f64;
            all[0] += truth.len() as f64;
            // conversions expected of an ad group's terms together: what they share does not average out
            let draws = posterior.draws(&counts, DRAWS, 5).rate;
            let clicks = counts.by_term(&counts.cells.clicks);
            for group in 0..4 * ad_groups {
                let members: Vec<usize> = (0..truth.len()).filter(|&term| member[term] == group).collect();
                let sum =
                    |rate: &dyn Fn(usize) -> f64| members.iter().map(|&term| clicks[term] * rate(term)).sum::<f64>();
                let mut sums: Vec<f64> = (0..DRAWS).map(|draw| sum(&|term| draws[term * DRAWS + draw])).collect();
                sums.sort_by(f64::total_cmp);
                held[1] += f64::from(u8::from((sums[19]..=sums[380]).contains(&sum(&|term| truth[term]))));
                all[1] += 1.0;
            }
        }
        let shares = [held[0] / all[0], held[1] / all[1]];
        // 85 to 95%, within two standard errors: 0.01 by terms, 0.015 by ad groups
        assert!((0.83..0.97).contains(&shares[0]), "{ad_groups} of {terms}: {shares:?}");
        assert!((0.82..0.98).contains(&shares[1]), "{ad_groups} of {terms}: {shares:?}");
    }
}

#[test]
fn one_period_uses_attributes_where_they_tell() {
    let (mut counts, ..) = in_ad_groups(3, 10, 12);
    counts.cells.period.fill(0);
    counts.calendar = Calendar { periods: vec![Period::default()], ..Calendar::default() };
    let sums = [&counts.cells.clicks, &counts.cells.conversions].map(|measure| counts.by_term(measure));
    let [clicks, conversions] = sums;
    counts.cells = Cells {
        offsets: (0..=clicks.len()).collect(),
        period: vec![0; clicks.len()],
        clicks,
        conversions,
        ..Cells::default()
    };
    let model = |counts: &Counts, settings: &EstimateSettings| {
        let posterior = estimate(counts, settings).unwrap();
        (posterior.rate.model, posterior.effects.iter().any(|kind| kind.used))
    };
    assert_eq!(model(&counts, &EstimateSettings::default()), (RateModel::GammaPoisson, true));
    // what is expected of the terms of a campaign is its mean rate on average, whatever their attributes
    let rate = estimate(&counts, &EstimateSettings::default()).unwrap().rate;
    for (group, hyper) in rate.hyper.iter().enumerate() {
        let own = (0..counts.terms.len()).filter(|&term| rate.group[term] as usize == group);
        let mean = own.map(|term| rate.prior_mean(term)).sum::<f64>() / hyper.terms as f64;
        assert_relative_eq!(mean, hyper.mean_rate, max_relative = 1e-12);
    }
    let without = EstimateSettings { attributes: false, ..EstimateSettings::default() };
    assert_eq!(model(&counts, &without), (RateModel::BetaBinomial, false));
    let demanded = EstimateSettings { rate_model: Some(RateModel::BetaBinomial), ..EstimateSettings::default() };
    assert_eq!(model(&counts, &demanded), (RateModel::BetaBinomial, false));
    for term in &mut counts.terms {
        term.key.ad_group = None;
    }
    assert_eq!(model(&counts, &EstimateSettings::default()), (RateModel::BetaBinomial, false));
}

/// One period of one campaign without any column of attributes, where rates go with a power of clicks. Gives true rates, too.
fn by_volume(seed: u64, terms: usize, power: f64) -> (Counts, Vec<f64>) {
    let mut stream = Stream::new(seed, 35);
    let (mut rows, mut truth): (Vec<Row>, Vec<f64>) = (Vec::new(), Vec::new());
    for _ in 0..terms {
        let clicks = (4.0 + 1.5 * stream.normal()).exp().floor() + 1.0;
        let rate = (0.03 * (clicks / 55.0).powf(power) * stream.gamma(6.0) / 6.0).min(0.9);
        rows.push(("a", clicks, stream.binomial(clicks, rate), None));
        truth.push(rate);
    }
    (counts(&rows, 1), truth)
}

#[test]
fn one_period_uses_the_volume_of_terms_where_it_tells() {
    const BANDS: [(f64, f64); 4] = [(1.0, 10.0), (10.0, 50.0), (50.0, 200.0), (200.0, f64::INFINITY)];
    let (mut held, mut sums) = ([[0.0; 2]; 4], [[0.0; 2]; 4]);
    for seed in 0..3 {
        let (counts, truth) = by_volume(seed, 1500, 0.35);
        let rate = estimate(&counts, &EstimateSettings::default()).unwrap().rate;
        assert_eq!(rate.model, RateModel::GammaPoisson);
        for (term, &truth) in truth.iter().enumerate() {
            let clicks = counts.cells.clicks[term];
            let band = BANDS.iter().position(|&(from, to)| (from..to).contains(&clicks)).unwrap();
            held[band][0] += f64::from(u8::from((rate.lower[term]..=rate.upper[term]).contains(&truth)));
            held[band][1] += 1.0;
            sums[band][0] += rate.mean[term];
            sums[band][1] += truth;
        }
    }
    // the beta-binomial model gives terms of up to ten clicks three times their rates, and holds 57% of them
    for band in 0..4 {
        let (share, ratio) = (held[band][0] / held[band][1], sums[band][0] / sums[band][1]);
        assert!((0.85..0.95).contains(&share) && (0.9..1.1).contains(&ratio), "{:?}: {share}, {ratio}", BANDS[band]);
    }
    // where it tells nothing, two nats come by chance once in fifty
    let models = (0..20).map(|seed| {
        let (counts, _) = by_volume(100 + seed, [60, 200, 600, 1500][usize::try_from(seed % 4).unwrap()], 0.0);
        estimate(&counts, &EstimateSettings::default()).unwrap().rate.model
    });
    let taken = models.filter(|&model| model == RateModel::GammaPoisson).count();
    assert!(taken <= 2, "{taken} of 20");
}

#[test]
fn what_does_not_differ_is_a_factor_of_one_and_a_prior_weighs_most_where_data_are_few() {
    let rows = [("a", 4000.0, 130.0, None), ("a", 60.0, 2.0, None), ("a", 5.0, 0.0, None), ("a", 900.0, 40.0, None)];
    let counts = counts(&rows, 3);
    let posterior = estimate(&counts, &EstimateSettings::default()).unwrap();
    let same = Learned::of(&posterior);
    let means: Vec<Option<f64>> = (0..rows.len()).map(|term| Some(posterior.rate.prior_mean(term))).collect();
    let prior = Some(PriorThen { means: &means, strength: same.strength });
    let factors = rate_factors(&counts, &posterior, Some(&same), Some(&same), prior);
    assert!(factors.iter().all(|factor| (factor - 1.0).abs() < 1e-12), "{factors:?}");
    let doubled: Vec<Option<f64>> = means.iter().map(|mean| mean.map(|mean| 2.0 * mean)).collect();
    let prior = Some(PriorThen { means: &doubled, strength: same.strength });
    let factors = rate_factors(&counts, &posterior, None, None, prior);
    // without a conversion the prior is all there is
    assert!(factors.iter().all(|factor| *factor > 1.0 && *factor <= 2.0), "{factors:?}");
    // the fewer clicks, the more of it
    assert!(factors[2] > factors[1] && factors[1] > factors[3] && factors[3] > factors[0], "{factors:?}");
    // half of the last conversions were thought to be still on their way
    let late = Learned { delay: vec![0.5], ..same.clone() };
    let day = |week: i64| Some("2026-01-05".parse::<Date>().unwrap() + chrono::TimeDelta::days(7 * week));
    let weeks = [0, 1, 2].map(|week| Period { start: day(week), end: day(week + 1), complete: true });
    let dated = Counts {
        calendar: Calendar { unit: PeriodUnit::Week, periods: weeks.to_vec(), as_of: weeks[2].end },
        cells: Cells { period: vec![2; rows.len()], ..counts.cells.clone() },
        ..counts.clone()
    };
    let held = rate_factors(&dated, &posterior, None, Some(&late), None);
    assert!(held.iter().zip(&rows).all(|(factor, row)| *factor > 1.0 || row.2 == 0.0), "{held:?}");
}
