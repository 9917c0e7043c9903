#![allow(clippy::suboptimal_flops)] // formulas as they are written

use super::*;
use crate::domain::{Term, TermKey};
use crate::numeric::stream::Stream;

/// A made-up account: terms in campaigns and ad groups, with a factor on the rate for each attribute.
#[derive(Clone, Copy, Default)]
struct Truth {
    match_type: f64,
    ad_group: f64,
    volume: f64,
    words: f64,
}

const MATCH_TYPES: [(&str, f64); 3] = [("broad", -1.0), ("exact", 1.0), ("phrase", 0.0)];

/// Gives counts, groups, evidence, and the log of the factor of every term.
fn account(terms: usize, truth: Truth, seed: u64) -> (Counts, Groups, Exposure, Vec<f64>) {
    let mut stream = Stream::new(seed, 0);
    let ad_groups: Vec<f64> = (0..terms / 5).map(|_| truth.ad_group * stream.normal()).collect();
    let words: Vec<f64> = (0..20).map(|_| truth.words * stream.normal()).collect();
    let mut counts = Counts::default();
    let (mut exposure, mut factors) = (Exposure { clicks: Vec::new(), conversions: Vec::new() }, Vec::new());
    for term in 0..terms {
        let (match_type, push) = MATCH_TYPES[term % 3];
        let ad_group = (term / 5) % ad_groups.len();
        let campaign = ad_group % 6;
        let clicks = (3.5 + 1.2 * stream.normal()).exp().round();
        let word = (7 * term + 3) % words.len();
        let log =
            truth.match_type * push + ad_groups[ad_group] + words[word] + truth.volume * (clicks.max(1.0).ln() - 3.5);
        let base = [0.03, 0.05, 0.02, 0.08, 0.04, 0.06][campaign];
        let rate = base * log.exp() * stream.gamma(8.0) / 8.0;
        let key = TermKey {
            term: format!("word{word} {term:05}"),
            match_type: Some(match_type.to_owned()),
            campaign: Some(format!("c{campaign}")),
            ad_group: Some(format!("a{ad_group:04}")),
            channel: None,
        };
        counts.terms.push(Term { key, ..Term::default() });
        exposure.clicks.push(clicks);
        exposure.conversions.push(stream.poisson(clicks * rate));
        factors.push(log);
    }
    let groups = Groups::by_campaign(&counts);
    (counts, groups, exposure, factors)
}

fn used(kinds: &[EffectKind]) -> Vec<&'static str> {
    kinds.iter().filter(|kind| kind.used).map(|kind| kind.kind).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(usize) -> f64| (0..a.len()).map(f).sum::<f64>();
    let cross = sum(&|i| (a[i] - ma) * (b[i] - mb));
    cross / (sum(&|i| (a[i] - ma).powi(2)) * sum(&|i| (b[i] - mb).powi(2))).sqrt()
}

#[test]
fn attributes_that_say_nothing_are_left_out() {
    // an attribute has to bring two nats: by chance one in fifty does, so three of sixty-four is beyond one in ten
    let mut taken = 0;
    for (seed, terms) in (0..16).zip([60, 200, 600, 1500].into_iter().cycle()) {
        let (counts, groups, exposure, _) = account(terms, Truth::default(), seed);
        let kinds = learn(&counts, &groups, &exposure, true).1;
        // ad groups are a level of the hierarchy, there unless the data speak against it
        taken += used(&kinds).iter().filter(|&&kind| kind != "ad_group").count();
        let ad_groups = kinds.iter().find(|kind| kind.kind == "ad_group").unwrap();
        assert!(!ad_groups.used || ad_groups.sd < 0.3, "{ad_groups:?}");
    }
    assert!(taken <= 3, "{taken} of 64");
}

#[test]
fn each_kind_is_found_where_it_matters() {
    for (name, truth) in [
        ("match_type", Truth { match_type: 0.4, ..Truth::default() }),
        ("ad_group", Truth { ad_group: 0.5, ..Truth::default() }),
        ("volume", Truth { volume: 0.25, ..Truth::default() }),
        ("words", Truth { words: 0.5, ..Truth::default() }),
    ] {
        let (counts, groups, exposure, factors) = account(900, truth, 3);
        let (offsets, kinds) = learn(&counts, &groups, &exposure, true);
        assert!(used(&kinds).contains(&name), "{name}: {kinds:?}");
        let offsets = offsets.unwrap();
        // ad groups of five terms keep about a third of their variance unknown, and campaigns take up the part that
        // their ad groups share; words of some forty terms keep a tenth, the other kinds next to nothing
        let least = match name {
            "ad_group" => 0.75,
            "words" => 0.9,
            _ => 0.95,
        };
        let agreement = correlation(&offsets.log, &factors);
        assert!(agreement > least, "{name}: correlation {agreement} with the truth");
    }
}

#[test]
fn offsets_err_by_as_much_as_they_say() {
    let truth = Truth { match_type: 0.3, ad_group: 0.4, ..Truth::default() };
    let (mut squares, mut said) = (0.0, 0.0);
    for seed in 0..6 {
        let (counts, groups, exposure, factors) = account(600, truth, 20 + seed);
        let offsets = learn(&counts, &groups, &exposure, false).0.unwrap();
        // campaigns take up what all their terms share: compare within campaigns
        for campaign in 0..groups.names.len() {
            let members: Vec<usize> = (0..600).filter(|&term| groups.of_term[term] as usize == campaign).collect();
            let errors: Vec<f64> = members.iter().map(|&term| offsets.log[term] - factors[term]).collect();
            let mean = errors.iter().sum::<f64>() / errors.len() as f64;
            squares += errors.iter().map(|error| (error - mean).powi(2)).sum::<f64>();
            said += members.iter().map(|&term| offsets.variance(term)).sum::<f64>();
        }
    }
    // 720 ad groups: the ratio of variances is known to some five per cent; shrinkage and Laplace take their part
    let ratio: f64 = squares / said;
    assert!((0.75..1.3).contains(&ratio), "{ratio}");
}

#[test]
fn thin_and_odd_data_break_nothing() {
    let (counts, groups, exposure, _) = account(40, Truth::default(), 5);
    let zero = vec![0.0; 40];
    let odd = [
        Exposure { clicks: zero.clone(), conversions: zero.clone() },
        Exposure { conversions: zero.clone(), ..exposure.clone() },
        Exposure { clicks: vec![1e8; 40], conversions: zero.iter().enumerate().map(|(i, _)| 1e6 * i as f64).collect() },
        Exposure { conversions: exposure.clicks.clone(), clicks: exposure.clicks.clone() },
    ];
    for exposure in odd {
        let (offsets, kinds) = learn(&counts, &groups, &exposure, true);
        assert!(kinds.iter().all(|kind| kind.gain.is_finite() && kind.sd.is_finite()), "{kinds:?}");
        if let Some(offsets) = offsets {
            assert!((0..40).all(|term| offsets.log[term].is_finite() && offsets.variance(term).is_finite()));
        }
    }
}
