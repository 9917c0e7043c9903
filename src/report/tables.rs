//! The CSV tables: rows of the plan, of the posterior, of the curves, of the frontier.

use super::columns::{self, Column, CurveRow, ItemRow, LimitRow, PosteriorRow, Presence};
use super::csv::Line;
use super::{Artifact, Run};
use crate::allocate::Allocation;
use crate::counts::Counts;
use crate::domain::{Coin, metrics};
use crate::estimate::Posterior;
use rayon::prelude::*;
use std::borrow::Cow;

/// Rows that one thread writes at a time.
const CHUNK: usize = 8192;

/// All tables of the directory.
pub(super) fn artifacts(run: &Run) -> Vec<Artifact> {
    let presence = presence(run);
    let (plan, coin) = (run.plan, run.coin());
    vec![
        Artifact::new(
            "recommendations.csv",
            table(coin, &columns::recommendations(presence), plan.rows.len(), |row, write| write(&plan.rows[row])),
        ),
        Artifact::new(
            "campaigns.csv",
            table(coin, &columns::campaigns(presence), plan.campaigns.len(), |row, write| write(&plan.campaigns[row])),
        ),
        Artifact::new(
            "candidates.csv",
            table(coin, &columns::candidates(presence), plan.candidates.len(), |row, write| {
                write(&plan.candidates[row]);
            }),
        ),
        Artifact::new("posterior.csv", posterior_csv(run.counts, run.posterior)),
        Artifact::new("response_curves.csv", response_curves(run, presence)),
        Artifact::new(
            "frontier.csv",
            table(coin, &columns::frontier(), plan.frontier.len(), |row, write| write(&plan.frontier[row])),
        ),
        Artifact::new(
            "limits.csv",
            table(coin, &columns::shared_limits(), plan.limits.len() + plan.held.len(), |row, write| {
                write(plan.limits.get(row).unwrap_or_else(|| &plan.held[row - plan.limits.len()]));
            }),
        ),
    ]
}

/// Which columns the run's tables have.
pub(super) fn presence(run: &Run) -> Presence {
    Presence::of(run.counts, run.posterior.value.is_some())
}

/// The posterior, one row per term: key columns, clicks, conversions, `cvr_raw, cvr_mean, cvr_sd,
/// cvr_p05, cvr_p95, own_data_weight`, and with revenue `value_mean, value_sd`.
///
/// Rates are conversions per click with nine significant digits, value is account currency a
/// conversion; a figure that does not exist is an empty cell.
#[must_use]
pub fn posterior_csv(counts: &Counts, posterior: &Posterior) -> String {
    let clicks = counts.by_term(&counts.cells.clicks);
    let conversions = counts.by_term(&counts.cells.conversions);
    let rate = &posterior.rate;
    let columns = columns::posterior(Presence::of(counts, posterior.value.is_some()));
    table(Coin::of(counts.currency.as_deref()), &columns, counts.terms.len(), |row, write| {
        write(&PosteriorRow {
            term: &counts.terms[row],
            clicks: clicks[row],
            conversions: conversions[row],
            cvr_raw: metrics::cvr(conversions[row], clicks[row]),
            cvr_prior: rate.prior_mean(row),
            cvr_mean: rate.mean[row],
            cvr_sd: rate.sd[row],
            cvr_lower: rate.lower[row],
            cvr_upper: rate.upper[row],
            own_data_weight: rate.own_data_weight[row],
            value: posterior.value.as_ref().map(|value| (value.mean[row], value.sd[row])),
        });
    })
}

/// The table that `allocate` writes, one row per item: `id, spend, response, marginal, binding`,
/// in full precision, in the order of the items. Shape of `ids` and `binding`: items.
#[must_use]
pub fn allocation_csv(ids: &[String], allocation: &Allocation, binding: &[Cow<'_, str>]) -> String {
    table(Coin::default(), &columns::items(), ids.len(), |row, write| {
        write(&ItemRow {
            id: &ids[row],
            spend: allocation.spend[row],
            response: allocation.response[row],
            marginal: allocation.marginal[row],
            binding: &binding[row],
        });
    })
}

/// The table of groups and classes that `allocate` writes:
/// `id, parent, lower, upper, spend, price, binding, kind`, in full precision.
#[must_use]
pub fn limits_csv(rows: &[LimitRow]) -> String {
    table(Coin::default(), &columns::limits(), rows.len(), |row, write| write(&rows[row]))
}

fn response_curves(run: &Run, presence: Presence) -> String {
    let responses = run.responses;
    table(run.coin(), &columns::curves(presence), responses.curves.len(), |row, write| {
        write(&CurveRow {
            term: &run.counts.terms[row],
            curve: &responses.curves[row],
            current_spend: responses.current_spend[row],
            current_clicks: responses.current_clicks[row],
            cap: responses.cap[row],
            elasticity: responses.elasticity[row],
            basis: responses.basis[row].name(),
        });
    })
}

/// Header and rows, with money in the decimals of `coin`; chunks are written in parallel and joined in order. `row` hands the row of a
/// number to the writer it is given, so that a row may borrow or be made on the spot.
pub(super) fn table<R>(
    coin: Coin,
    columns: &[Column<R>],
    rows: usize,
    row: impl Fn(usize, &mut dyn FnMut(&R)) + Sync,
) -> String
where
    Column<R>: Sync,
{
    let mut header = Line::default();
    for column in columns {
        header.text(column.name);
    }
    header.end();
    let chunks: Vec<String> = (0..rows.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let range = chunk * CHUNK..rows.min((chunk + 1) * CHUNK);
            let mut line = Line::with_capacity(range.len() * columns.len() * 10).of(coin);
            for number in range {
                row(number, &mut |row| {
                    for column in columns {
                        (column.cell)(row, &mut line);
                    }
                    line.end();
                });
            }
            line.finish()
        })
        .collect();
    let mut text = header.finish();
    text.reserve(chunks.iter().map(String::len).sum());
    for chunk in chunks {
        text.push_str(&chunk);
    }
    text
}
