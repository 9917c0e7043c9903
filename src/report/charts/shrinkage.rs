//! Shrinkage against evidence: how far each rate is drawn away from what was counted, by how many clicks stand behind it.

use super::super::format;
use super::super::{ReportError, Run};
use super::canvas::{self, Anchor, Canvas, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::scale::Scale;
use super::{AD_GROUP, CAMPAIGN, CHANNEL, Cell, Chart, ChartColumn, MATCH_TYPE, column, key_cells};
use crate::domain::metrics;
use crate::recommend::Recommendation;
use plotters::style::Color as _;

pub(super) const STEM: &str = "shrinkage";
/// More terms would hide one another.
const TERMS: usize = 140;
const HEIGHT: f64 = 620.0;
/// Pixels to the left and right of the axes, and width: of the sheet, and of that for a phone.
const WIDE: [f64; 3] = [90.0, 40.0, WIDTH];
const PHONE: [f64; 3] = [52.0, 12.0, NARROW];

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("term", "text", "search term or keyword"),
    CAMPAIGN,
    AD_GROUP,
    MATCH_TYPE,
    CHANNEL,
    column("clicks", "clicks", "clicks over the whole data"),
    column("cvr_raw", "conversions per click", "rate as counted"),
    column("cvr_mean", "conversions per click", "posterior mean of the rate"),
    column("cvr_p05", "conversions per click", "lower end of the {level} credible interval"),
    column("cvr_p95", "conversions per click", "upper end of the {level} credible interval"),
    column("own_data_weight", "share", "share of the posterior mean that is the term's own data"),
];

/// Terms with clicks, from most to fewest; where they are many, every so many-th of that order.
fn chosen<'a>(run: &Run<'a>) -> (Vec<&'a Recommendation>, usize) {
    let drawable = |row: &&Recommendation| {
        row.clicks_seen > 0.0 && row.clicks_seen.is_finite() && row.cvr_raw.is_some_and(f64::is_finite)
    };
    let mut rows: Vec<&Recommendation> = run.plan.rows.iter().filter(drawable).collect();
    rows.sort_by(|one, other| other.clicks_seen.total_cmp(&one.clicks_seen).then(one.index.cmp(&other.index)));
    let all = rows.len();
    if all > TERMS {
        rows = (0..TERMS).map(|number| rows[number * (all - 1) / (TERMS - 1)]).collect();
    }
    (rows, all)
}

pub(super) fn chart(run: &Run) -> Result<Chart, ReportError> {
    let (rows, all) = chosen(run);
    let level = format::share(run.posterior.rate.level);
    let totals = run.counts.totals();
    let account = metrics::cvr(totals.conversions, totals.clicks).unwrap_or(run.posterior.rate.account_rate);
    let title = "How far rates are drawn towards their group".to_owned();
    let shown = if rows.len() < all {
        format!(
            "{} of {} with clicks, evenly from most clicks to fewest",
            format::whole(rows.len()),
            format::whole(all)
        )
    } else {
        format!("{} with clicks", format::counted(all, "term", "terms"))
    };
    let description = format!(
        "Rate as counted and estimated rate with its {level} interval against clicks, of {shown}{}. The fewer the clicks, the \
         farther the estimate lies from what was counted and the nearer to the rate of its group. Over all clicks of the account {} were counted.",
        super::counted_in_all(run),
        format::percent(account)
    );
    let layouts = [(&WIDE, HEIGHT), (&PHONE, HEIGHT)];
    let draw = |canvas: &Canvas, size: &_| draw(canvas, *size, &rows, account, &level);
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, draw)?;
    let table = rows.iter().map(|row| {
        let figures = [
            Cell::Count(Some(row.clicks_seen)),
            Cell::Rate(row.cvr_raw),
            Cell::Rate(Some(row.cvr_mean)),
            Cell::Rate(Some(row.cvr_p05)),
            Cell::Rate(Some(row.cvr_p95)),
            Cell::Rate(Some(row.own_data_weight)),
        ];
        key_cells(Some(&row.key)).into_iter().chain(figures).collect()
    });
    let rows = table.collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows })
}

fn draw(
    canvas: &Canvas,
    [left, right, width]: [f64; 3],
    rows: &[&Recommendation],
    account: f64,
    level: &str,
) -> Result<(), ReportError> {
    let wide = width > NARROW;
    let (top, bottom, right) = (if wide { 84.0 } else { 136.0 }, HEIGHT - 70.0, width - right);
    let x = Scale::ratios(rows.iter().map(|row| row.clicks_seen), left + 16.0, right - 16.0);
    // counted rates of 100% would squash everything else: they are held at the edge, and said
    let widest = rows.iter().map(|row| row.cvr_p95).filter(|end| end.is_finite()).fold(account, f64::max);
    let y = Scale::with_zero([1.02 * widest], bottom, top, 7);
    canvas.y_axis(&y, left, right, 15.0, format::percent_tick)?;
    canvas.x_axis(&x, top, bottom, 15.0, format::compact)?;
    canvas.line(&[(left, bottom), (right, bottom)], INK, 1.0)?;
    canvas.text("clicks over the whole data", (right, bottom + 46.0), 15.0, MUTED, Anchor::Right)?;
    canvas.dashed((left, y.at(account)), (right, y.at(account)), MUTED)?;
    canvas.text("conversions per click", (if wide { 24.0 } else { 10.0 }, top - 28.0), 15.0, MUTED, Anchor::Left)?;
    let rows_of_legend =
        if wide { [(210.0, 28.0), (510.0, 28.0), (650.0, 28.0)] } else { [(16.0, 24.0), (16.0, 50.0), (10.0, 76.0)] };
    legend(canvas, level, account, rows_of_legend)?;
    if rows.is_empty() {
        canvas.text("no term has clicks", (left + 20.0, f64::midpoint(top, bottom)), 18.0, MUTED, Anchor::Left)?;
    }
    let raw = |row: &Recommendation| row.cvr_raw.unwrap_or(0.0);
    for row in rows {
        let at = x.at(row.clicks_seen);
        canvas.line(
            &[(at, y.at(row.cvr_p05)), (at, y.at(row.cvr_p95))],
            PLAN.mix(0.22),
            if wide { 4.0 } else { 2.0 },
        )?;
        canvas.line(&[(at, y.at(raw(row))), (at, y.at(row.cvr_mean))], LESS.mix(0.55), 1.0)?;
    }
    for row in rows {
        canvas.diamond((x.at(row.clicks_seen), y.at(raw(row))), if wide { 5.0 } else { 3.5 }, LESS)?;
    }
    for row in rows {
        canvas.dot((x.at(row.clicks_seen), y.at(row.cvr_mean)), if wide { 4.0 } else { 2.5 }, PLAN)?;
    }
    let beyond = rows.iter().filter(|row| raw(row) > y.high).count();
    if beyond > 0 {
        let label = format!("{} above, held at the edge", format::counted(beyond, "counted rate", "counted rates"));
        canvas.text(&label, (right, top - 12.0), if wide { 14.0 } else { 12.0 }, LESS, Anchor::Right)?;
    }
    Ok(())
}

fn legend(canvas: &Canvas, level: &str, account: f64, at: [(f64, f64); 3]) -> Result<(), ReportError> {
    let [estimated, counted, all] = at;
    canvas.line(&[(estimated.0, estimated.1 - 9.0), (estimated.0, estimated.1 + 9.0)], PLAN.mix(0.22), 4.0)?;
    canvas.dot(estimated, 5.0, PLAN)?;
    let label = format!("estimated, with {level} interval");
    canvas.text(&label, (estimated.0 + 14.0, estimated.1), 16.0, INK, Anchor::Left)?;
    canvas.diamond(counted, 6.0, LESS)?;
    canvas.text("as counted", (counted.0 + 14.0, counted.1), 16.0, INK, Anchor::Left)?;
    canvas.dashed(all, (all.0 + 36.0, all.1), MUTED)?;
    canvas.text(&super::all_clicks(account), (all.0 + 44.0, all.1), 16.0, INK, Anchor::Left)
}
