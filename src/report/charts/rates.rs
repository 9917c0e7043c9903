//! Shrinkage: posterior rates with intervals against the rates as counted.

use super::super::format;
use super::super::top::top;
use super::super::{ReportError, Run};
use super::canvas::{self, Anchor, GRID, INK, LESS, MUTED, PLAN, WIDTH};
use super::label::fitted;
use super::scale::Scale;
use super::{Cell, Chart, ChartColumn, column};
use crate::domain::metrics;
use crate::recommend::Recommendation;

pub(super) const STEM: &str = "rates";
const LARGEST: usize = 24;
const EXTREME: usize = 8;
const ROW: f64 = 25.0;
/// Height of a section's heading, rows.
const HEADING: f64 = 1.6;
const LEFT: f64 = 350.0;
const RIGHT: f64 = 150.0;

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("term", "text", "search term or keyword"),
    column("campaign", "text", "campaign; empty where the data have none"),
    column("shown_as", "text", "largest (by clicks) or extreme (highest rate as counted of the others)"),
    column("clicks", "clicks", "clicks over the whole data"),
    column("cvr_raw", "conversions per click", "rate as counted; empty without clicks"),
    column("cvr_mean", "conversions per click", "posterior mean of the rate"),
    column("cvr_p05", "conversions per click", "lower end of the {level} credible interval"),
    column("cvr_p95", "conversions per click", "upper end of the {level} credible interval"),
    column("own_data_weight", "share", "share of the posterior mean that is the term's own data"),
];

/// Terms with most clicks, and of the others those with the highest rates as counted.
fn chosen<'a>(run: &Run<'a>) -> (Vec<&'a Recommendation>, Vec<&'a Recommendation>) {
    let largest = top(run.plan.rows.iter(), LARGEST, |row| row.clicks_seen);
    let mut shown: Vec<usize> = largest.iter().map(|row| row.index).collect();
    shown.sort_unstable();
    let is_extreme = |row: &&Recommendation| {
        row.cvr_raw.is_some_and(|raw| raw > row.cvr_p95) && shown.binary_search(&row.index).is_err()
    };
    let extreme = top(run.plan.rows.iter().filter(is_extreme), EXTREME, |row| row.cvr_raw.unwrap_or(0.0));
    (largest, extreme)
}

pub(super) fn chart(run: &Run) -> Result<Chart, ReportError> {
    let (largest, extreme) = chosen(run);
    let level = format::share(run.posterior.rate.level);
    let totals = run.counts.totals();
    let account = metrics::cvr(totals.conversions, totals.clicks).unwrap_or(run.posterior.rate.account_rate);
    let title = "Conversion rates: estimated against counted".to_owned();
    let description = format!(
        "Posterior mean and {level} interval of the conversion rate of the {} with most clicks, and of {} with \
         extreme rates as counted. The account's rate is {}.",
        format::counted(largest.len(), "term", "terms"),
        format::counted(extreme.len(), "term", "terms"),
        format::percent(account)
    );
    let sections = [("most clicks", &largest), ("highest counted of the rest", &extreme)];
    let shown: f64 =
        sections.iter().filter(|(_, rows)| !rows.is_empty()).map(|(_, rows)| rows.len() as f64 + HEADING).sum();
    let height = ROW.mul_add(shown.max(3.0), 126.0);
    let svg = canvas::sheet(STEM, &title, &description, height, |canvas| {
        let (top, bottom) = (60.0, height - 54.0);
        let all = || largest.iter().chain(&extreme);
        let widest = all().map(|row| row.cvr_p95).fold(account, f64::max);
        // counted rates of 100% would squash everything else: they are held at the edge and labeled
        let counted = largest.iter().filter_map(|row| row.cvr_raw).filter(|&raw| raw < 1.6 * widest);
        let scale = Scale::with_zero(counted.chain([1.02 * widest]), LEFT, WIDTH - RIGHT, 8);
        canvas.x_axis(&scale, top - 8.0, bottom, 15.0, format::percent_tick)?;
        canvas.text("conversions per click", (WIDTH - RIGHT, bottom + 40.0), 15.0, MUTED, Anchor::Right)?;
        let account_x = scale.at(account);
        canvas.dashed((account_x, top - 8.0), (account_x, bottom), MUTED)?;
        legend(canvas, &level, account)?;
        let mut y = top;
        for (heading, rows) in sections.iter().filter(|(_, rows)| !rows.is_empty()) {
            canvas.bold(heading, (LEFT - 92.0, 0.6f64.mul_add(ROW, y)), 13.0, MUTED, Anchor::Right)?;
            canvas.line(&[(24.0, y), (WIDTH - 24.0, y)], GRID, 1.0)?;
            if y < top + 1.0 {
                canvas.text("clicks", (LEFT - 16.0, 0.6f64.mul_add(ROW, y)), 13.0, MUTED, Anchor::Right)?;
                canvas.text("own data", (WIDTH - 24.0, 0.6f64.mul_add(ROW, y)), 13.0, MUTED, Anchor::Right)?;
            }
            y += HEADING * ROW;
            for row in *rows {
                draw_row(canvas, &scale, row, y)?;
                y += ROW;
            }
        }
        Ok(())
    })?;
    let table = [("largest", largest), ("extreme", extreme)]
        .into_iter()
        .flat_map(|(shown_as, rows)| rows.into_iter().map(move |row| cells(shown_as, row)))
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, columns: COLUMNS, rows: table })
}

fn legend(canvas: &canvas::Canvas, level: &str, account: f64) -> Result<(), ReportError> {
    canvas.line(&[(LEFT, 28.0), (LEFT + 36.0, 28.0)], PLAN, 3.0)?;
    canvas.dot((LEFT + 18.0, 28.0), 6.0, PLAN)?;
    canvas.text(&format!("estimated, with {level} interval"), (LEFT + 46.0, 28.0), 16.0, INK, Anchor::Left)?;
    canvas.diamond((LEFT + 330.0, 28.0), 7.0, LESS)?;
    canvas.text("as counted", (LEFT + 344.0, 28.0), 16.0, INK, Anchor::Left)?;
    canvas.dashed((LEFT + 470.0, 28.0), (LEFT + 506.0, 28.0), MUTED)?;
    canvas.text(&format!("account: {}", format::percent(account)), (LEFT + 514.0, 28.0), 16.0, INK, Anchor::Left)
}

fn draw_row(canvas: &canvas::Canvas, scale: &Scale, row: &Recommendation, y: f64) -> Result<(), ReportError> {
    canvas.text(&fitted(&row.key.term, 15.0, LEFT - 92.0 - 24.0), (LEFT - 92.0, y), 15.0, INK, Anchor::Right)?;
    canvas.text(&format::observed(row.clicks_seen), (LEFT - 16.0, y), 14.0, MUTED, Anchor::Right)?;
    canvas.line(&[(scale.at(row.cvr_p05), y), (scale.at(row.cvr_p95), y)], PLAN, 3.0)?;
    if let Some(raw) = row.cvr_raw {
        canvas.diamond((scale.at(raw), y), 6.5, LESS)?;
        if raw > scale.high {
            canvas.text(
                &format!("{} ›", format::percent(raw)),
                (scale.at(raw) - 12.0, y),
                13.0,
                LESS,
                Anchor::Right,
            )?;
        }
    }
    canvas.dot((scale.at(row.cvr_mean), y), 5.5, PLAN)?;
    canvas.text(&format::share(row.own_data_weight), (WIDTH - 24.0, y), 14.0, MUTED, Anchor::Right)
}

fn cells(shown_as: &str, row: &Recommendation) -> Vec<Cell> {
    vec![
        Cell::text(row.key.term.as_str()),
        Cell::text(row.key.campaign.clone().unwrap_or_default()),
        Cell::text(shown_as),
        Cell::Count(Some(row.clicks_seen)),
        Cell::Rate(row.cvr_raw),
        Cell::Rate(Some(row.cvr_mean)),
        Cell::Rate(Some(row.cvr_p05)),
        Cell::Rate(Some(row.cvr_p95)),
        Cell::Rate(Some(row.own_data_weight)),
    ]
}
