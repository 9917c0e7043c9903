//! Columns of the tables of what is known of each term: its posterior and its curve.

use super::super::csv::Line;
use super::{Column, DIGITS, Keyed, Presence, column, key_columns};
use crate::domain::{Term, TermKey};
use crate::response::{Curve, Stretch};

/// One row of `posterior.csv`.
pub(in super::super) struct PosteriorRow<'a> {
    pub(in super::super) term: &'a Term,
    pub(in super::super) clicks: f64,
    pub(in super::super) conversions: f64,
    pub(in super::super) cvr_raw: Option<f64>,
    pub(in super::super) cvr_prior: f64,
    pub(in super::super) cvr_mean: f64,
    pub(in super::super) cvr_sd: f64,
    pub(in super::super) cvr_lower: f64,
    pub(in super::super) cvr_upper: f64,
    pub(in super::super) own_data_weight: f64,
    pub(in super::super) value: Option<(f64, f64)>,
}

impl Keyed for PosteriorRow<'_> {
    fn key(&self) -> &TermKey {
        &self.term.key
    }
}

/// Columns of `posterior.csv`; those of the value only where the data have revenue.
pub(in super::super) fn posterior<'a>(presence: Presence) -> Vec<Column<PosteriorRow<'a>>> {
    let mut columns = key_columns(presence);
    columns.extend([
        column("clicks", "clicks", "clicks over the whole data", |row: &PosteriorRow, line: &mut Line| {
            line.full(row.clicks);
        }),
        column("conversions", "conversions", "conversions over the whole data", |row, line| line.full(row.conversions)),
        column(
            "cvr_raw",
            "conversions per click",
            "conversions over clicks as counted; empty without clicks, may exceed 1",
            |row, line| {
                line.figure(row.cvr_raw, 9);
            },
        ),
        column(
            "cvr_prior",
            "conversions per click",
            "what is expected of a term of its campaign and kind before its own clicks",
            |row, line| line.figure(row.cvr_prior, 9),
        ),
        column("cvr_mean", "conversions per click", "posterior mean of the conversion rate", |row, line| {
            line.figure(row.cvr_mean, 9);
        }),
        column(
            "cvr_sd",
            "conversions per click",
            "posterior standard deviation of the conversion rate",
            |row, line| line.figure(row.cvr_sd, 9),
        ),
        column("cvr_p05", "conversions per click", "lower end of the {level} credible interval", |row, line| {
            line.figure(row.cvr_lower, 9);
        }),
        column("cvr_p95", "conversions per click", "upper end of the {level} credible interval", |row, line| {
            line.figure(row.cvr_upper, 9);
        }),
        column(
            "own_data_weight",
            "share",
            "share of the posterior mean that is the term's own data; the rest is its group's",
            |row, line| {
                line.figure(row.own_data_weight, 6);
            },
        ),
    ]);
    if presence.value {
        columns.extend([
            column(
                "value_mean",
                "money a conversion",
                "posterior mean of revenue per conversion",
                |row: &PosteriorRow, line: &mut Line| {
                    line.figure(row.value.map(|value| value.0), 9);
                },
            ),
            column(
                "value_sd",
                "money a conversion",
                "posterior standard deviation of revenue per conversion",
                |row, line| {
                    line.figure(row.value.map(|value| value.1), 9);
                },
            ),
        ]);
    }
    columns
}

/// One row of `response_curves.csv`.
pub(in super::super) struct CurveRow<'a> {
    pub(in super::super) term: &'a Term,
    pub(in super::super) curve: &'a Curve,
    pub(in super::super) current_spend: f64,
    pub(in super::super) current_clicks: f64,
    pub(in super::super) cap: Option<f64>,
    pub(in super::super) elasticity: Option<f64>,
    pub(in super::super) basis: &'static str,
}

impl CurveRow<'_> {
    /// Parameters a, k, h; those that the family does not have are `None`.
    fn parameters(&self) -> (Option<f64>, Option<f64>, Option<f64>) {
        match *self.curve {
            Curve::Hill { a, k, h } | Curve::Power { a, k, h } => (Some(a), Some(k), Some(h)),
            Curve::Exp { a, k } | Curve::Log { a, k } => (Some(a), Some(k), None),
            Curve::Points(_) => (None, None, None),
            Curve::Bent(ref stretches) => {
                let now = stretches.iter().find(|stretch| self.current_spend <= stretch.to).or(stretches.last());
                now.map_or((None, None, None), |stretch| (Some(stretch.a), Some(stretch.k), Some(stretch.h)))
            }
        }
    }

    /// `a:k:h:to` of every stretch; the last may end nowhere.
    fn stretches(&self) -> String {
        let Curve::Bent(stretches) = self.curve else { return String::new() };
        let words = |stretch: &Stretch| {
            let end = if stretch.to.is_finite() { stretch.to.to_string() } else { String::new() };
            format!("{}:{}:{}:{end}", stretch.a, stretch.k, stretch.h)
        };
        stretches.iter().map(words).collect::<Vec<_>>().join(";")
    }

    fn points(&self) -> String {
        let Curve::Points(points) = self.curve else { return String::new() };
        let pairs: Vec<String> = points.iter().map(|(spend, clicks)| format!("{spend}:{clicks}")).collect();
        pairs.join(";")
    }
}

impl Keyed for CurveRow<'_> {
    fn key(&self) -> &TermKey {
        &self.term.key
    }
}

/// Columns of `response_curves.csv`.
pub(in super::super) fn curves<'a>(presence: Presence) -> Vec<Column<CurveRow<'a>>> {
    let mut columns = key_columns(presence);
    columns.extend([
        column("family", "text", "clicks at spend x: hill a·xʰ/(kʰ+xʰ), exp a·(1−e^(−x/k)), power a·(x/k)ʰ, log a·ln(1+x/k), points (piecewise linear), bent (power on each of its stretches, flat beyond the last)", |row: &CurveRow, line: &mut Line| {
            line.text(row.curve.family());
        }),
        column("a", "clicks a period", "scale of the curve (of a bent one: of the stretch at current spend), full precision", |row, line| line.full(row.parameters().0)),
        column("k", "money a period", "spend scale of the curve, full precision", |row, line| line.full(row.parameters().1)),
        column("h", "ratio", "exponent of the curve, full precision; empty where the family has none", |row, line| line.full(row.parameters().2)),
        column("points", "money:clicks", "the points of a piecewise linear curve, `spend:clicks` pairs separated by `;`", |row, line| {
            line.text(&row.points());
        }),
        column("stretches", "clicks:money:ratio:money", "stretches of a bent curve, `a:k:h:to` separated by `;`: clicks a·(x/k)ʰ up to spend `to`, without end where it is empty", |row, line| {
            line.text(&row.stretches());
        }),
        column("current_spend", "money a period", "mean spend of the baseline window, full precision", |row, line| line.full(row.current_spend)),
        column("current_clicks", "clicks a period", "clicks that the curve gives at current spend", |row, line| line.figure(row.current_clicks, 9)),
        column("cap", "money a period", "most that a term without spend may get; empty for others", |row, line| line.money(row.cap)),
        column("elasticity", "ratio", "percent more clicks for one percent more spend, at current spend", |row, line| line.figure(row.elasticity, DIGITS)),
        column("curve_basis", "text", "where the elasticity comes from: data, simulator, pooled, prior", |row, line| line.text(row.basis)),
    ]);
    columns
}
