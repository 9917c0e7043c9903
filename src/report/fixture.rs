//! A made-up account for the tests of the report: about forty terms, some of them awkward.

#![allow(clippy::too_many_lines)] // one list of figures, read from top to bottom

use super::{Input, Mapping, Run, RunContext};
use crate::allocate::{AllocationStatus, Certificate};
use crate::counts::{Calendar, Cells, Counts, Period, PeriodUnit};
use crate::domain::{Date, LeverKind, Notes, Objective, State, Term, TermKey, metrics};
use crate::estimate::{Posterior, RateModel, RatePosterior, ValuePosterior};
use crate::recommend::{Action, CampaignPlan, FrontierPoint, Outcome, Plan, PlanSummary, Recommendation};
use crate::response::{Curve, CurveBasis, Responses};
use chrono::Days;

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
    let mut posterior = Posterior {
        rate: RatePosterior {
            model: RateModel::GammaPoisson,
            level: 0.9,
            mean: vec![],
            sd: vec![],
            lower: vec![],
            upper: vec![],
            own_data_weight: vec![],
            account_rate: 0.031,
        },
        value: Some(ValuePosterior {
            model: "gamma-gamma",
            level: 0.9,
            mean: vec![],
            sd: vec![],
            lower: vec![],
            upper: vec![],
            account_mean: 80.0,
        }),
        notes: Notes::default(),
    };
    let mut responses = Responses {
        curves: vec![],
        elasticity: vec![],
        basis: vec![],
        current_spend: vec![],
        current_clicks: vec![],
        cap: vec![],
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
        posterior.rate.mean.push(mean);
        posterior.rate.sd.push(sd);
        posterior.rate.lower.push(1.64f64.mul_add(-sd, mean).max(0.0));
        posterior.rate.upper.push(1.64f64.mul_add(sd, mean));
        posterior.rate.own_data_weight.push(weight);
        if let Some(value) = &mut posterior.value {
            value.mean.push(80.0 + x);
            value.sd.push(9.0);
            value.lower.push(66.0);
            value.upper.push(95.0);
        }
        let elasticity = (current > 0.0).then_some(0.7);
        responses.curves.push(curve);
        responses.elasticity.push(elasticity);
        responses.basis.push(CurveBasis::Prior);
        responses.current_spend.push(current);
        responses.current_clicks.push(clicks_now);
        responses.cap.push((current <= 0.0).then_some(8.0));
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
            index,
            key,
            label: (index % 3 == 1).then(|| "brand".to_owned()),
            state,
            action,
            current_spend: current,
            recommended_spend: recommended,
            change,
            change_pct: metrics::ratio(change, current).or((change.abs() < 0.005 && current > 0.0).then_some(0.0)),
            spend_p05: (state == State::Active).then_some(recommended * 0.9),
            spend_p95: (state == State::Active).then_some(recommended * 1.05),
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
            clicks_seen: clicks,
            conversions_seen: conversions,
            cvr_raw: raw,
            cvr_mean: mean,
            cvr_p05: 1.64f64.mul_add(-sd, mean).max(0.0),
            cvr_p95: 1.64f64.mul_add(sd, mean),
            own_data_weight: weight,
            value_mean: Some(value),
            elasticity,
            curve_basis: "prior",
            lever: if current > 0.0 { LeverKind::MaxCpc } else { LeverKind::Advisory },
            lever_now: (current > 0.0).then_some(0.8),
            lever_plan: (current > 0.0).then_some(0.8 * factor.powf(0.3)),
            binding: if factor > 1.27 {
                "change limit (upper)"
            } else if factor < 0.73 {
                "change limit (lower)"
            } else if state == State::New {
                "cap of new terms"
            } else {
                ""
            },
            reason: format!("the next unit of money returns {:.2} in margin, against the account's 1.31; {conversions} conversions on {clicks} clicks", 1.31 * wobble),
        });
    }
    responses.notes.add(
        "elasticity-prior",
        terms,
        "elasticity of clicks in spend is a prior, 0.70 ± 0.15, not estimated from this account",
    );
    context.totals = counts.totals();
    let plan = plan(rows);
    Fixture { context, counts, posterior, responses, plan }
}

fn plan(rows: Vec<Recommendation>) -> Plan {
    let sum = |figure: fn(&Recommendation) -> f64, of: &dyn Fn(&Recommendation) -> bool| -> f64 {
        rows.iter().filter(|row| of(row)).map(figure).sum()
    };
    let now = |of: &dyn Fn(&Recommendation) -> bool| Outcome {
        clicks: sum(|row| row.clicks_now, of),
        conversions: sum(|row| row.conversions_now, of),
        revenue: Some(sum(|row| row.revenue_now.unwrap_or(0.0), of)),
        profit: Some(sum(|row| row.profit_now.unwrap_or(0.0), of)),
    };
    let planned = |of: &dyn Fn(&Recommendation) -> bool| Outcome {
        clicks: sum(|row| row.clicks_plan, of),
        conversions: sum(|row| row.conversions_plan, of),
        revenue: Some(sum(|row| row.revenue_plan.unwrap_or(0.0), of)),
        profit: Some(sum(|row| row.profit_plan.unwrap_or(0.0), of)),
    };
    let all: &dyn Fn(&Recommendation) -> bool = &|_| true;
    let (before, after) = (now(all), planned(all));
    let scaled = |factor: f64| Outcome {
        clicks: after.clicks * factor,
        conversions: after.conversions * factor,
        revenue: after.revenue.map(|revenue| revenue * factor),
        profit: after.profit.map(|profit| profit * 2.0f64.mul_add(factor, -1.0)),
    };
    let (current, spend) =
        (sum(|row| row.current_spend, all), (100.0 * sum(|row| row.recommended_spend, all)).round() / 100.0);
    let names: Vec<String> = ["Brand", "Competitors & Co", "Generic"].map(str::to_owned).to_vec();
    let campaigns = names
        .into_iter()
        .filter(|name| rows.iter().any(|row| row.key.campaign.as_ref() == Some(name)))
        .map(|name| {
            let of: &dyn Fn(&Recommendation) -> bool = &|row| row.key.campaign.as_ref() == Some(&name);
            let (current, spend) = (sum(|row| row.current_spend, of), sum(|row| row.recommended_spend, of));
            CampaignPlan {
                campaign: Some(name.clone()),
                channel: None,
                terms: rows.iter().filter(|row| of(row)).count(),
                raised: rows.iter().filter(|row| of(row) && row.change > 0.5).count(),
                cut: rows.iter().filter(|row| of(row) && row.change < -0.5).count(),
                current_spend: current,
                recommended_spend: spend,
                change: spend - current,
                change_pct: metrics::ratio(spend - current, current),
                daily_budget_set: (name == "Brand").then_some(150.0),
                daily_budget_now: Some(current / 7.0),
                daily_budget_plan: Some(spend / 7.0),
                now: now(of),
                planned: planned(of),
            }
        })
        .collect();
    let frontier = (1..=20)
        .map(|step| {
            let share = f64::from(step) / 10.0;
            let gross = 0.4 * after.revenue.unwrap_or(0.0) * share.powf(0.7) * 1.06;
            let profit = spend.mul_add(-share, gross);
            FrontierPoint {
                budget: spend * share,
                spend: spend * share,
                outcome: Outcome {
                    clicks: after.clicks * share.powf(0.7),
                    conversions: after.conversions * share.powf(0.7),
                    revenue: Some(gross / 0.4),
                    profit: Some(profit),
                },
                objective_p05: Some(profit * 0.85),
                objective_p95: Some(profit * 1.16),
                marginal_return: Some(0.7 * gross / (spend * share)),
            }
        })
        .collect();
    let mut notes = Notes::default();
    notes.add(
        "advisory-rows",
        7,
        "terms have no lever in the data: their rows are advice, set through campaign budgets",
    );
    Plan {
        summary: PlanSummary {
            objective: Objective::Profit,
            budget: spend + 120.0,
            spend,
            unallocated: 120.0,
            current_spend: current,
            weekly: true,
            now: before,
            planned: after,
            planned_p05: Some(scaled(0.93)),
            planned_p95: Some(scaled(1.07)),
            gain_p05: Some(11.2),
            gain_p95: Some(402.9),
            probability_better: Some(0.968),
            compared_with: "the current split at its current spend",
            level: 0.9,
            margin: Some(0.4),
            max_change: 0.3,
            change_reference: 1.02,
            certificate: Certificate {
                status: AllocationStatus::BudgetNotExhausted,
                objective: 1234.5,
                upper_bound: 1_234.500_001,
                relative_gap: 3.2e-13,
                lambda: Some(1.31),
                max_violation: 0.0,
                rounding_loss: Some(0.0012),
                iterations: 14,
            },
        },
        rows,
        campaigns,
        frontier,
        notes,
    }
}
