//! Shrinkage: posterior rates with intervals against the rates as counted.

use super::super::format;
use super::super::top::top;
use super::super::{ReportError, Run};
use super::canvas::{self, Anchor, Canvas, GRID, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::label::fitted;
use super::scale::Scale;
use super::{AD_GROUP, CAMPAIGN, CHANNEL, Cell, Chart, ChartColumn, MATCH_TYPE, column, key_cells};
use crate::domain::metrics;
use crate::recommend::Recommendation;

pub(super) const STEM: &str = "rates";
const LARGEST: usize = 24;
const EXTREME: usize = 8;
/// Where things stand, logical pixels.
struct Layout {
    width: f64,
    /// Where the axis begins, and the room to its right.
    sides: [f64; 2],
    /// Height of a row, and of a section's heading.
    row: f64,
    heading: f64,
    /// Where rows begin, below the legend.
    top: f64,
    /// Whether names stand above what they name instead of beside it.
    above: bool,
    legend: [(f64, f64); 3],
}

const WIDE: Layout = Layout {
    width: WIDTH,
    sides: [350.0, 150.0],
    row: 25.0,
    heading: 40.0,
    top: 60.0,
    above: false,
    legend: [(350.0, 28.0), (680.0, 28.0), (820.0, 28.0)],
};
const PHONE: Layout = Layout {
    width: NARROW,
    sides: [12.0, 30.0],
    row: 42.0,
    // below it stands the first name, above its row
    heading: 58.0,
    top: 116.0,
    above: true,
    legend: [(10.0, 24.0), (28.0, 50.0), (10.0, 76.0)],
};

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("term", "text", "search term or keyword"),
    CAMPAIGN,
    AD_GROUP,
    MATCH_TYPE,
    CHANNEL,
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
        "Posterior mean and {level} interval of the conversion rate of {}{}{}. Over all clicks of the account {} were \
         counted.",
        match largest.len() {
            1 => "the term with most clicks".to_owned(),
            terms => format!("the {} terms with most clicks", format::whole(terms)),
        },
        match extreme.len() {
            0 => String::new(),
            1 => ", and of 1 term with an extreme rate as counted".to_owned(),
            terms => format!(", and of {} terms with extreme rates as counted", format::whole(terms)),
        },
        super::counted_in_all(run),
        format::percent(account)
    );
    let drawn =
        Drawn { sections: [("most clicks", &largest), ("highest counted of the rest", &extreme)], account, level };
    let layouts = [&WIDE, &PHONE].map(|layout| (layout, drawn.height(layout)));
    let draw = |canvas: &canvas::Canvas, layout: &_| drawn.draw(canvas, layout);
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, draw)?;
    let table = [("largest", largest), ("extreme", extreme)]
        .into_iter()
        .flat_map(|(shown_as, rows)| rows.into_iter().map(move |row| cells(shown_as, row)))
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows: table })
}

/// What is drawn.
struct Drawn<'a> {
    sections: [(&'static str, &'a [&'a Recommendation]); 2],
    /// Conversions over all clicks.
    account: f64,
    level: String,
}

impl Drawn<'_> {
    fn shown(&self) -> impl Iterator<Item = (&'static str, &[&Recommendation])> {
        self.sections.iter().filter(|(_, rows)| !rows.is_empty()).map(|&(heading, rows)| (heading, rows))
    }

    fn height(&self, layout: &Layout) -> f64 {
        let shown: f64 = self.shown().map(|(_, rows)| (rows.len() as f64).mul_add(layout.row, layout.heading)).sum();
        shown.max(75.0) + layout.top + 66.0
    }

    fn draw(&self, canvas: &Canvas, layout: &Layout) -> Result<(), ReportError> {
        let [left, right] = [layout.sides[0], layout.width - layout.sides[1]];
        let (top, bottom) = (layout.top, self.height(layout) - 54.0);
        let widest = self.shown().flat_map(|(_, rows)| rows).map(|row| row.cvr_p95).fold(self.account, f64::max);
        // counted rates of 100% would squash everything else: they are held at the edge and labeled
        let counted = self.sections[0].1.iter().filter_map(|row| row.cvr_raw).filter(|&raw| raw < 1.6 * widest);
        let ticks = if layout.above { 4 } else { 8 };
        let scale = Scale::with_zero(counted.chain([1.02 * widest]), left, right, ticks);
        canvas.x_axis(&scale, top - 8.0, bottom, 15.0, format::percent_tick)?;
        canvas.text("conversions per click", (right, bottom + 40.0), 15.0, MUTED, Anchor::Right)?;
        let account_x = scale.at(self.account);
        canvas.dashed((account_x, top - 8.0), (account_x, bottom), MUTED)?;
        self.legend(canvas, layout)?;
        let mut y = top;
        for (heading, rows) in self.shown() {
            let middle = y + 15.0;
            let edge = if layout.above { 10.0 } else { 24.0 };
            canvas.line(&[(edge, y), (layout.width - edge, y)], GRID, 1.0)?;
            if layout.above {
                canvas.bold(heading, (left, middle), 13.0, MUTED, Anchor::Left)?;
            } else {
                canvas.bold(heading, (left - 92.0, middle), 13.0, MUTED, Anchor::Right)?;
                if y < top + 1.0 {
                    canvas.text("clicks", (left - 16.0, middle), 13.0, MUTED, Anchor::Right)?;
                    canvas.text("own data", (layout.width - 24.0, middle), 13.0, MUTED, Anchor::Right)?;
                }
            }
            y += layout.heading;
            for row in rows {
                draw_row(canvas, layout, &scale, row, y)?;
                y += layout.row;
            }
        }
        Ok(())
    }

    fn legend(&self, canvas: &Canvas, layout: &Layout) -> Result<(), ReportError> {
        let [(x, y), counted, all] = layout.legend;
        canvas.line(&[(x, y), (x + 36.0, y)], PLAN, 3.0)?;
        canvas.dot((x + 18.0, y), 6.0, PLAN)?;
        canvas.text(&format!("estimated, with {} interval", self.level), (x + 46.0, y), 16.0, INK, Anchor::Left)?;
        canvas.diamond(counted, 7.0, LESS)?;
        let shift = if layout.above { 28.0 } else { 14.0 };
        canvas.text("as counted", (counted.0 + shift, counted.1), 16.0, INK, Anchor::Left)?;
        canvas.dashed(all, (all.0 + 36.0, all.1), MUTED)?;
        canvas.text(&super::all_clicks(self.account), (all.0 + 46.0, all.1), 16.0, INK, Anchor::Left)
    }
}

fn draw_row(canvas: &Canvas, layout: &Layout, scale: &Scale, row: &Recommendation, y: f64) -> Result<(), ReportError> {
    let left = layout.sides[0];
    if layout.above {
        let clicks = format!("{} clicks", format::observed(row.clicks_seen));
        let room = layout.width - 2.0 * left - 110.0;
        canvas.text(&fitted(&row.key.term, 15.0, room), (left, y - 16.0), 15.0, INK, Anchor::Left)?;
        canvas.text(&clicks, (layout.width - 10.0, y - 16.0), 13.0, MUTED, Anchor::Right)?;
    } else {
        canvas.text(&fitted(&row.key.term, 15.0, left - 116.0), (left - 92.0, y), 15.0, INK, Anchor::Right)?;
        canvas.text(&format::observed(row.clicks_seen), (left - 16.0, y), 14.0, MUTED, Anchor::Right)?;
        canvas.text(&format::share(row.own_data_weight), (layout.width - 24.0, y), 14.0, MUTED, Anchor::Right)?;
    }
    canvas.line(&[(scale.at(row.cvr_p05), y), (scale.at(row.cvr_p95), y)], PLAN, 3.0)?;
    if let Some(raw) = row.cvr_raw {
        canvas.diamond((scale.at(raw), y), 6.5, LESS)?;
        if raw > scale.high {
            let label = format!("{} ›", format::percent(raw));
            canvas.text(&label, (scale.at(raw) - 12.0, y), 13.0, LESS, Anchor::Right)?;
        }
    }
    canvas.dot((scale.at(row.cvr_mean), y), 5.5, PLAN)
}

fn cells(shown_as: &str, row: &Recommendation) -> Vec<Cell> {
    let figures = [
        Cell::text(shown_as),
        Cell::Count(Some(row.clicks_seen)),
        Cell::Rate(row.cvr_raw),
        Cell::Rate(Some(row.cvr_mean)),
        Cell::Rate(Some(row.cvr_p05)),
        Cell::Rate(Some(row.cvr_p95)),
        Cell::Rate(Some(row.own_data_weight)),
    ];
    key_cells(Some(&row.key)).into_iter().chain(figures).collect()
}
