//! A made-up account for the tests of the report: about forty terms, some of them awkward.

#![allow(clippy::too_many_lines)] // one list of figures, read from top to bottom

mod plan;

use super::{Input, Mapping, Run, RunContext};
use crate::counts::{Calendar, Cells, Counts, Period, PeriodUnit};
use crate::domain::{Coin, Date, LeverKind, Notes, State, Term, TermKey, metrics};
use crate::estimate::{EstimateSettings, Posterior, RateModel, estimate};
use crate::recommend::{Action, Plan, Recommendation};
use crate::response::{Curve, CurveBasis, Demand, ElasticityEvidence, ElasticitySd, Responses};
use chrono::Days;
use std::sync::OnceLock;

/// Everything that a [`Run`] borrows.
#[derive(Clone, Debug)]
pub(super) struct Fixture {
    pub(super) context: RunContext,
    pub(super) counts: Counts,
    pub(super) posterior: Posterior,
    pub(super) responses: Responses,
    pub(super) plan: Plan,
}

impl Fixture {
    pub(super) fn run(&self) -> Run<'_> {
        Run {
            context: &self.context,
            counts: &self.counts,
            posterior: &self.posterior,
            responses: &self.responses,
            plan: &self.plan,
        }
    }
}

const NAMES: [&str; 40] = [
    "running shoes",
    "trail running shoes women",
    "best running shoes 2026",
    "marathon shoes",
    "<script>alert(1)</script>",
    "buy running shoes online",
    "cheap sneakers",
    "+broad running +shoes",
    "-shoes",
    "=HYPERLINK(\"x\",\"y\")",
    "ランニングシューズ レディース おすすめ",
    "أحذية الجري للرجال",
    "shoe store near me",
    "running shoes flat feet",
    "acme shoes",
    "acme running",
    "acme discount code",
    "waterproof trail shoes",
    "barefoot shoes",
    "carbon plate racing shoes",
    "kids running shoes",
    "running shoes sale",
    "orthopedic shoes",
    "walking shoes men",
    "nordic walking shoes",
    "shoes, \"wide\" fit",
    "total running shoes",
    "gym shoes",
    "cross training shoes",
    "tennis shoes",
    "hiking boots",
    "mountain boots",
    "running socks",
    "compression socks",
    "insoles for running",
    "shoe cleaner",
    "gps watch",
    "heart rate monitor",
    "hydration vest",
    "a",
];

/// What the made-up posterior says, whatever the estimator would say of these counts.
#[derive(Debug, Default)]
struct Known {
    mean: Vec<f64>,
    sd: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    weight: Vec<f64>,
    value: Vec<f64>,
}

impl Known {
    fn posterior(self, counts: &Counts) -> Posterior {
        let mut posterior = base();
        posterior.rate.group = vec![0; counts.terms.len()];
        posterior.notes = Notes::default();
        let rate = &mut posterior.rate;
        (rate.model, rate.account_rate, rate.strength) = (RateModel::GammaPoisson, 0.031, 250.0);
        (rate.mean, rate.sd, rate.lower, rate.upper) = (self.mean, self.sd, self.lower, self.upper);
        rate.own_data_weight = self.weight;
        let value = posterior.value.as_mut().expect("the account has revenue");
        value.sd = vec![9.0; self.value.len()];
        value.lower = self.value.iter().map(|mean| 0.85 * mean).collect();
        value.upper = self.value.iter().map(|mean| 1.15 * mean).collect();
        value.mean = self.value;
        posterior
    }
}

/// A posterior to write over: only the estimator makes one, and takes a second for it in tests.
fn base() -> Posterior {
    static BASE: OnceLock<Posterior> = OnceLock::new();
    let fit = || {
        let cells = Cells {
            offsets: vec![0, 1],
            period: vec![0],
            clicks: vec![100.0],
            conversions: vec![3.0],
            revenue: Some(vec![240.0]),
            ..Cells::default()
        };
        let calendar = Calendar { periods: vec![Period::default()], ..Calendar::default() };
        let counts = Counts { terms: vec![Term::default()], calendar, cells, ..Counts::default() };
        estimate(&counts, &EstimateSettings::default()).expect("whole counts of a term")
    };
    BASE.get_or_init(fit).clone()
}

/// The account, with `terms` terms of the list (the last one has a very long name).
pub(super) fn account(terms: usize) -> Fixture {
    let mut context = RunContext {
        version: "0.1.0",
        command: "recommend".into(),
        seed: 20_260_607,
        settings: serde_json::json!({"level": 0.9, "max_change": 0.3, "baseline_weeks": 4, "margin": 0.4}),
        inputs: vec![Input { path: "data/sample.csv".into(), sha256: "ab".repeat(32), rows: 1040, bytes: 81_234 }],
        mapping: [
            ("Search term", Some("term")),
            ("Week", Some("week")),
            ("Cost", Some("cost")),
            ("Quality Score", None),
        ]
        .map(|(column, to)| Mapping {
            file: "data/sample.csv".into(),
            column: column.into(),
            mapped_to: to.map(Into::into),
        })
        .to_vec(),
        currency: Some("EUR".into()),
        timings: vec![("load".into(), 0.12), ("fit".into(), 0.34)],
        ..RunContext::default()
    };
    context.notes.add("partial-last-week", 1, "the last week is not complete and is left out of the baseline");
    let day = |number| Date::from_ymd_opt(2026, 3, 9).map(|first| first + Days::new(number));
    let mut counts = Counts { currency: Some("EUR".into()), ..Counts::default() };
    counts.calendar = Calendar {
        unit: PeriodUnit::Week,
        periods: (0..13).map(|week| Period { start: day(7 * week), end: day(7 * week + 7), complete: true }).collect(),
        as_of: Date::from_ymd_opt(2026, 6, 7),
    };
    counts.cells =
        Cells { offsets: vec![0], impressions: None, cost: Some(vec![]), revenue: Some(vec![]), ..Cells::default() };
    let mut rows = Vec::new();
    let mut known = Known::default();
    let mut responses = Responses {
        curves: vec![],
        elasticity: vec![],
        elasticity_sd: vec![],
        evidence: ElasticityEvidence::default(),
        basis: vec![],
        current_spend: vec![],
        current_clicks: vec![],
        free_clicks: vec![],
        cap: vec![],
        headroom: vec![],
        impression_share: vec![],
        demand: Demand::unknown(),
        demand_index: vec![],
        baseline: vec![],
        rooms: vec![],
        notes: Notes::default(),
    };
    for (index, name) in NAMES.into_iter().take(terms).enumerate() {
        let x = index as f64;
        let clicks = if index % 11 == 9 {
            f64::from(u32::try_from(index % 4).unwrap_or(0))
        } else {
            (4200.0 / 0.5f64.mul_add(x, 1.0)).round()
        };
        let wobble = ((x * 2.399).sin() + 1.05) / 1.05;
        let conversions = if index % 11 == 9 { clicks } else { (clicks * 0.031 * wobble).round() };
        let term = if index == 39 { "a".repeat(200) } else { name.to_owned() };
        let campaign = ["Generic", "Brand", "Competitors & Co"][index % 3];
        let key =
            TermKey { term, match_type: Some("phrase".into()), campaign: Some(campaign.into()), ..TermKey::default() };
        counts.terms.push(Term { key: key.clone(), ..Term::default() });
        counts.cells.period.push(0);
        counts.cells.clicks.push(clicks);
        counts.cells.conversions.push(conversions);
        if let (Some(cost), Some(revenue)) = (&mut counts.cells.cost, &mut counts.cells.revenue) {
            cost.push(clicks * 0.8);
            revenue.push(conversions * 80.0);
        }
        counts.cells.offsets.push(index + 1);
        let weight = clicks / (clicks + 250.0);
        let raw = metrics::cvr(conversions, clicks);
        let mean = weight.mul_add(raw.unwrap_or(0.0), (1.0 - weight) * 0.031);
        let sd = (mean / (clicks + 250.0)).sqrt();
        let state = if index % 11 == 9 {
            State::New
        } else if index % 13 == 12 {
            State::Paused
        } else {
            State::Active
        };
        let current = if state == State::Active { clicks * 0.2 } else { 0.0 };
        let factor = if state == State::Active { 0.3f64.mul_add((wobble - 1.0).clamp(-1.0, 1.0), 1.0) } else { 1.0 };
        let recommended = match state {
            State::Active => (100.0 * current * factor).round() / 100.0,
            State::New => 4.5,
            _ => 0.0,
        };
        let curve = if current > 0.0 {
            Curve::Power { a: clicks / 4.0, k: current, h: 0.7 }
        } else {
            Curve::Exp { a: 10.0, k: 8.0 }
        };
        let (clicks_now, clicks_plan) = (curve.value(current), curve.value(recommended));
        known.mean.push(mean);
        known.sd.push(sd);
        known.lower.push(1.64f64.mul_add(-sd, mean).max(0.0));
        known.upper.push(1.64f64.mul_add(sd, mean));
        known.weight.push(weight);
        known.value.push(80.0 + x);
        let elasticity = (current > 0.0).then_some(0.7);
        responses.curves.push(curve);
        responses.elasticity.push(elasticity);
        responses.elasticity_sd.push(ElasticitySd::prior(0.15));
        responses.basis.push(CurveBasis::Prior);
        responses.current_spend.push(current);
        responses.current_clicks.push(clicks_now);
        responses.free_clicks.push(0.0);
        responses.cap.push((current <= 0.0).then_some(8.0));
        responses.headroom.push(None);
        responses.impression_share.push(None);
        responses.demand_index.push(1.0);
        let change = recommended - current;
        let value = 80.0 + x;
        let action = match state {
            State::Paused => Action::Pause,
            State::New => Action::Explore,
            _ if change > 0.5 => Action::Raise,
            _ if change < -0.5 => Action::Cut,
            _ => Action::Hold,
        };
        rows.push(Recommendation {
            decision: None,
            index,
            key,
            label: (index % 3 == 1).then(|| "brand".to_owned()),
            state,
            action,
            current_spend: current,
            recommended_spend: recommended,
            change,
            coin: Coin::default(),
            change_pct: metrics::ratio(change, current).or((change.abs() < 0.005 && current > 0.0).then_some(0.0)),
            spend_p05: (state == State::Active).then_some(recommended * 0.9),
            spend_p95: (state == State::Active).then_some(recommended * 1.05),
            spend_p05_cut: "",
            spend_p95_cut: if factor > 1.27 { "upper" } else { "" },
            p_direction: (change.abs() > 0.5).then_some(0.49f64.mul_add(change.abs() / (change.abs() + 5.0), 0.5)),
            clicks_now,
            clicks_plan,
            conversions_now: clicks_now * mean,
            conversions_plan: clicks_plan * mean,
            conversions_plan_p05: Some(clicks_plan * 1.64f64.mul_add(-sd, mean).max(0.0)),
            conversions_plan_p95: Some(clicks_plan * 1.64f64.mul_add(sd, mean)),
            revenue_now: Some(clicks_now * mean * value),
            revenue_plan: Some(clicks_plan * mean * value),
            profit_now: Some((0.4 * clicks_now * mean).mul_add(value, -current)),
            profit_plan: Some((0.4 * clicks_plan * mean).mul_add(value, -recommended)),
            cpa_plan: metrics::cpa(recommended, clicks_plan * mean),
            roas_plan: metrics::roas(clicks_plan * mean * value, recommended),
            marginal_return_now: metrics::ratio(0.7 * 0.4 * clicks_now * mean * value, current),
            marginal_return_plan: metrics::ratio(0.7 * 0.4 * clicks_plan * mean * value, recommended),
            marginal_return_plan_p05: metrics::ratio(0.6 * 0.4 * clicks_plan * mean * value, recommended),
            marginal_return_plan_p95: metrics::ratio(0.8 * 0.4 * clicks_plan * mean * value, recommended),
            clicks_seen: clicks,
            conversions_seen: conversions,
            cvr_raw: raw,
            cvr_mean: mean,
            cvr_p05: 1.64f64.mul_add(-sd, mean).max(0.0),
            cvr_p95: 1.64f64.mul_add(sd, mean),
            own_data_weight: weight,
            value_mean: Some(value),
            elasticity,
            elasticity_sd: elasticity.map(|_| 0.15),
            curve_basis: "prior",
            impression_share: None,
            full_spend: None,
            seen_spend: elasticity.map(|_| 1.3 * current),
            demand_index: 1.0,
            incrementality: 1.0,
            lever: if current > 0.0 { LeverKind::MaxCpc } else { LeverKind::Advisory },
            lever_now: (current > 0.0).then_some(0.8),
            lever_plan: (current > 0.0).then_some(0.8 * factor.powf(0.3)),
            max_cpc_now: (current > 0.0).then_some(0.8),
            max_cpc_plan: (current > 0.0).then_some(0.8 * factor.powf(0.3)),
            binding: if factor > 1.27 {
                "change limit (upper)"
            } else if factor < 0.73 {
                "change limit (lower)"
            } else if state == State::New {
                "cap of new terms"
            } else {
                ""
            }
            .into(),
            reason: format!("the next unit of money returns {:.2} in margin, against the account's 1.31; {conversions} conversions on {clicks} clicks", 1.31 * wobble),
        });
    }
    responses.notes.add(
        "elasticity-prior",
        terms,
        "elasticity of clicks in spend is a prior, 0.70 ± 0.15, not estimated from this account",
    );
    context.totals = counts.totals();
    let plan = plan::plan(rows);
    let posterior = known.posterior(&counts);
    Fixture { context, counts, posterior, responses, plan }
}
