//! Response curves of the terms with most spend, as small multiples: the curve with its band, and the weeks that were seen.
//!
//! The band is of the curve: the plan's curve with the elasticity at the ends of its interval, through the same point of today.
//! Neither the rate (the axis is clicks) nor the luck of single weeks is in it, so that weeks lie outside it more often than
//! its level says.

use super::super::format::{self, Money};
use super::super::top::top;
use super::super::{ReportError, Run};
use super::canvas::{self, Anchor, Canvas, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::label::fitted;
use super::scale::Scale;
use super::{AD_GROUP, CAMPAIGN, CHANNEL, Cell, Chart, ChartColumn, MATCH_TYPE, column, key_cells, per};
use crate::counts::{Groups, PeriodUnit};
use crate::domain::{Date, metrics};
use crate::numeric::special::normal_quantile;
use crate::recommend::Recommendation;
use plotters::style::Color as _;

pub(super) const STEM: &str = "curves";
const TERMS: usize = 6;
const POINTS: u32 = 60;
/// Weeks whose points are shown, the last complete ones.
const WEEKS: usize = 26;
/// Height of a panel.
const PANEL: f64 = 320.0;
/// A week that spent more than so many times what the curve is drawn to would squash it.
const WIDEST: f64 = 1.5;

/// Where things stand, logical pixels.
struct Layout {
    width: f64,
    /// Panels side by side.
    across: usize,
    /// Where the first panel begins, below the legend.
    top: f64,
    /// The legend: now, plan, band, weeks, and the axes.
    legend: [(f64, f64); 5],
}

const WIDE: Layout = Layout {
    width: WIDTH,
    across: 3,
    top: 50.0,
    legend: [(38.0, 28.0), (124.0, 28.0), (214.0, 28.0), (560.0, 28.0), (WIDTH - 24.0, 28.0)],
};
const PHONE: Layout = Layout {
    width: NARROW,
    across: 1,
    top: 122.0,
    legend: [(20.0, 24.0), (96.0, 24.0), (14.0, 50.0), (30.0, 76.0), (NARROW - 12.0, 24.0)],
};

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("term", "text", "search term or keyword"),
    CAMPAIGN,
    AD_GROUP,
    MATCH_TYPE,
    CHANNEL,
    column("point", "text", "curve (as drawn), now, plan, or week (one of the last complete weeks)"),
    column("spend", "money a period", "spend; of a week what it had, times demand"),
    column("clicks", "clicks a period", "expected clicks at that spend; of a week those that came, times demand"),
    column(
        "clicks_p05",
        "clicks a period",
        "lower end of the {level} band of the curve, of its elasticity alone; empty for weeks and where nothing is known of it",
    ),
    column("clicks_p95", "clicks a period", "upper end of that band"),
    column("week", "date", "first day of the week; empty but for weeks"),
    column("spend_seen", "money a period", "what the week had; empty but for weeks"),
    column("clicks_seen", "clicks a period", "clicks that came in the week; empty but for weeks"),
    column(
        "demand",
        "ratio",
        "searches expected in the planned week over those of this week, by impressions (clicks where there are none) of the \
         campaign: what spend and clicks are multiplied with to stand on the planned week's curve; empty but for weeks",
    ),
];

/// Terms with most spend, now or planned.
fn largest<'a>(run: &Run<'a>) -> Vec<&'a Recommendation> {
    let size = |row: &Recommendation| row.current_spend.max(row.recommended_spend);
    let drawable = |row: &&Recommendation| size(row) > 0.0 && row.index < run.responses.curves.len();
    top(run.plan.rows.iter().filter(drawable), TERMS, size)
}

/// Which weeks have points: numbers of the calendar's periods, each week's first one. Empty where the plan is not for a whole
/// week or the data have no weeks, so that points would be of another unit than the axes.
struct Weeks {
    starts: Vec<Date>,
    /// Week of each period; `None` for periods without a point.
    of_period: Vec<Option<usize>>,
    /// Periods of a week, count.
    periods: usize,
}

impl Weeks {
    fn new(run: &Run) -> Self {
        let calendar = &run.counts.calendar;
        let mut weeks = Self { starts: Vec::new(), of_period: vec![None; calendar.periods.len()], periods: 1 };
        if run.plan.per() != "week" || run.counts.cells.cost.is_none() {
            return weeks;
        }
        let complete: Vec<usize> = (0..calendar.periods.len()).filter(|&at| calendar.periods[at].complete).collect();
        // days make weeks from the last one back
        let days = match calendar.unit {
            PeriodUnit::Week => 1,
            PeriodUnit::Day => 7,
            PeriodUnit::Undated { .. } => return weeks,
        };
        weeks.periods = days;
        let mut chunks: Vec<&[usize]> = complete.rchunks_exact(days).take(WEEKS).collect();
        chunks.reverse();
        for chunk in chunks {
            if let Some(start) = calendar.periods[chunk[0]].start {
                for &period in chunk {
                    weeks.of_period[period] = Some(weeks.starts.len());
                }
                weeks.starts.push(start);
            }
        }
        weeks
    }

    /// Spend and clicks of a term in each of them; a week without a row had neither.
    fn points(&self, run: &Run, term: usize) -> Vec<(f64, f64)> {
        let mut points = vec![(0.0, 0.0); self.starts.len()];
        let cells = &run.counts.cells;
        if let Some(cost) = cells.cost.as_deref().filter(|_| term + 1 < cells.offsets.len()) {
            for cell in cells.of_term(term) {
                if let Some(Some(week)) = self.of_period.get(cells.period[cell] as usize) {
                    points[*week].0 += cost[cell];
                    points[*week].1 += cells.clicks[cell];
                }
            }
        }
        points
    }

    /// Searches expected in the planned week over those of each week, by the campaign of a term; 1 where it is not known.
    ///
    /// Searches are told by impressions (clicks where there are none) of the campaign's terms that had some both in that week
    /// and in the baseline weeks, as those of the planned week are.
    fn demand(&self, run: &Run, groups: &Groups, term: usize) -> Vec<f64> {
        let (cells, inside) = (&run.counts.cells, &run.responses.baseline);
        let measure = cells.impressions.as_ref().unwrap_or(&cells.clicks);
        let counted = inside.iter().filter(|inside| **inside).count() as f64;
        let mut sums = vec![[0.0; 2]; self.starts.len()];
        let mut own = vec![0.0; self.starts.len()];
        let group = groups.of_term.get(term);
        let members = (0..groups.of_term.len()).filter(|&member| groups.of_term.get(member) == group);
        for member in members.filter(|&member| member + 1 < cells.offsets.len()) {
            own.fill(0.0);
            let mut base = 0.0;
            for cell in cells.of_term(member) {
                let period = cells.period[cell] as usize;
                if inside.get(period) == Some(&true) {
                    base += measure[cell] * self.periods as f64 / counted;
                }
                if let Some(Some(week)) = self.of_period.get(period) {
                    own[*week] += measure[cell];
                }
            }
            for (sum, own) in sums.iter_mut().zip(&own).filter(|(_, own)| base > 0.0 && **own > 0.0) {
                *sum = [sum[0] + base, sum[1] + own];
            }
        }
        let planned = run.responses.demand_index.get(term).copied().unwrap_or(1.0);
        sums.into_iter().map(|[base, own]| metrics::ratio(planned * base, own).unwrap_or(1.0)).collect()
    }

    /// "dots: the 26 complete weeks beginning 2025-12-01 to 2026-05-25".
    fn label(&self) -> String {
        match (self.starts.first(), self.starts.last()) {
            (Some(first), Some(last)) => {
                format!(
                    "the last {}, {first} to {last}",
                    format::counted(self.starts.len(), "complete week", "complete weeks")
                )
            }
            _ => String::new(),
        }
    }
}

/// The curves of a term at the ends of its elasticity's interval; `None` where nothing is known of it or it is certain.
fn ends(run: &Run, row: &Recommendation) -> Option<[crate::response::Curve; 2]> {
    let (responses, term) = (run.responses, row.index);
    responses.headroom.get(term)?.as_ref()?;
    let elasticity = responses.elasticity[term]?;
    let reach = normal_quantile(f64::midpoint(1.0, run.plan.summary.level)) * responses.elasticity_sd[term].total();
    // the bounds that draws are held in
    let at = |elasticity: f64| responses.drawn(term, elasticity.clamp(0.05, 1.0), 0.5, 1.0);
    (reach > 0.0 && reach.is_finite()).then(|| [at(elasticity - reach), at(elasticity + reach)])
}

pub(super) fn chart(run: &Run, money: &Money) -> Result<Chart, ReportError> {
    let weeks = Weeks::new(run);
    let groups = Groups::by_campaign(run.counts);
    let panels: Vec<Panel> = largest(run).into_iter().map(|row| Panel::new(run, (&weeks, &groups), row)).collect();
    let title = "Response curves of the largest terms".to_owned();
    let level = format::share(run.plan.summary.level);
    let seen = if weeks.starts.is_empty() {
        String::new()
    } else {
        format!(
            " Dots are single weeks ({}), spend and clicks brought to the searches expected in the planned week, for which the \
             curve is; their luck is their own. The table has them as counted, too.",
            weeks.label()
        )
    };
    let description = format!(
        "Expected clicks against spend, both {}, of the {} with most spend, with the points of today and of the plan. The band \
         holds the curve with {level} probability, given today's point: it is of the elasticity alone, not of the rate, and not of \
         single weeks.{seen}",
        per(run),
        format::counted(panels.len(), "term", "terms")
    );
    let drawn = Drawn { panels, weeks: weeks.label(), level, per: per(run), money };
    let layouts = [&WIDE, &PHONE].map(|layout| (layout, drawn.height(layout)));
    let draw = |canvas: &canvas::Canvas, layout: &_| drawn.draw(canvas, layout);
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, draw)?;
    let rows = drawn.panels.iter().flat_map(|panel| panel.table(&weeks)).collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows })
}

/// What is drawn.
struct Drawn<'a> {
    panels: Vec<Panel<'a>>,
    weeks: String,
    level: String,
    per: &'static str,
    money: &'a Money,
}

impl Drawn<'_> {
    fn height(&self, layout: &Layout) -> f64 {
        let lines = self.panels.len().div_ceil(layout.across).max(1) as f64;
        PANEL.mul_add(lines, layout.top + 10.0)
    }

    fn draw(&self, canvas: &Canvas, layout: &Layout) -> Result<(), ReportError> {
        let [now, plan, band, weeks, axes] = layout.legend;
        canvas.ring(now, 8.0, INK)?;
        canvas.text("now", (now.0 + 16.0, now.1), 16.0, INK, Anchor::Left)?;
        canvas.diamond(plan, 6.5, PLAN)?;
        canvas.text("plan", (plan.0 + 16.0, plan.1), 16.0, INK, Anchor::Left)?;
        canvas.shape(
            &[
                (band.0, band.1 - 8.0),
                (band.0 + 32.0, band.1 - 8.0),
                (band.0 + 32.0, band.1 + 8.0),
                (band.0, band.1 + 8.0),
            ],
            PLAN.mix(BAND),
        )?;
        canvas.line(&[band, (band.0 + 32.0, band.1)], MUTED, 2.5)?;
        let label = format!("curve with its {} band (elasticity)", self.level);
        canvas.text(&label, (band.0 + 42.0, band.1), 16.0, INK, Anchor::Left)?;
        let narrow = layout.across == 1;
        if !self.weeks.is_empty() {
            canvas.dot(weeks, DOT, LESS)?;
            let (size, shift) = if narrow { (12.5, 26.0) } else { (16.0, 12.0) };
            canvas.text(&self.weeks, (weeks.0 + shift, weeks.1), size, INK, Anchor::Left)?;
        }
        let label = if narrow {
            format!("clicks / spend, {}", self.per)
        } else {
            format!("clicks against spend, {}", self.per)
        };
        canvas.text(&label, axes, if narrow { 13.0 } else { 15.0 }, MUTED, Anchor::Right)?;
        if self.panels.is_empty() {
            canvas.text("no term has spend", (40.0, layout.top + 70.0), 18.0, MUTED, Anchor::Left)?;
        }
        let width = layout.width / layout.across as f64;
        for (number, panel) in self.panels.iter().enumerate() {
            let (column, line) = ((number % layout.across) as f64, (number / layout.across) as f64);
            panel.draw(canvas, (column * width, line.mul_add(PANEL, layout.top)), width, self.money)?;
        }
        Ok(())
    }
}

/// Opacity of the band.
const BAND: f64 = 0.18;
/// Radius of a week's dot.
const DOT: f64 = 3.5;

/// One term.
struct Panel<'a> {
    row: &'a Recommendation,
    /// Spend, clicks, and the ends of the band.
    curve: Vec<(f64, f64, Option<[f64; 2]>)>,
    /// The same of today and of the plan.
    points: [(&'static str, f64, f64, Option<[f64; 2]>); 2],
    /// Spend and clicks of weeks as counted.
    seen: Vec<(f64, f64)>,
    /// What brings each week to the searches of the planned one, ratio.
    demand: Vec<f64>,
    /// Spend and clicks of weeks, brought there.
    weeks: Vec<(f64, f64)>,
}

impl<'a> Panel<'a> {
    fn new(run: &Run, (weeks, groups): (&Weeks, &Groups), row: &'a Recommendation) -> Self {
        let curve = &run.responses.curves[row.index];
        let ends = ends(run, row);
        let band = |spend: f64| {
            let [one, other] = ends.as_ref()?.each_ref().map(|end| if spend > 0.0 { end.value(spend) } else { 0.0 });
            Some([one.min(other), one.max(other)])
        };
        let counted = weeks.points(run, row.index);
        let demand = weeks.demand(run, groups, row.index);
        let points: Vec<(f64, f64)> =
            counted.iter().zip(&demand).map(|((spend, clicks), demand)| (spend * demand, clicks * demand)).collect();
        let own = 1.6 * row.current_spend.max(row.recommended_spend);
        let seen = points.iter().map(|point| point.0).filter(|&spend| spend <= WIDEST * own).fold(0.0, f64::max);
        let widest = own.max(1.05 * seen);
        let of_curve = (0..=POINTS).map(|point| {
            let spend = widest * f64::from(point) / f64::from(POINTS);
            (spend, if spend > 0.0 { curve.value(spend) } else { 0.0 }, band(spend))
        });
        Self {
            row,
            curve: of_curve.collect(),
            points: [
                ("now", row.current_spend, row.clicks_now, band(row.current_spend)),
                ("plan", row.recommended_spend, row.clicks_plan, band(row.recommended_spend)),
            ],
            seen: counted,
            demand,
            weeks: points,
        }
    }

    fn draw(&self, canvas: &Canvas, (left, top): (f64, f64), width: f64, money: &Money) -> Result<(), ReportError> {
        let row = self.row;
        let (x0, x1, y0, y1) = (left + 66.0, left + width - 22.0, top + PANEL - 62.0, top + 46.0);
        let widest = self.curve.last().map_or(0.0, |point| point.0);
        let x = Scale::with_zero([widest], x0, x1, 4);
        let shown: Vec<(f64, f64)> = self.weeks.iter().copied().filter(|point| point.0 <= x.high).collect();
        let upper = self.curve.iter().map(|&(_, clicks, band)| band.map_or(clicks, |ends| ends[1]));
        let y = Scale::with_zero(upper.chain(shown.iter().map(|point| point.1)), y0, y1, 4);
        canvas.bold(&fitted(&row.key.term, 17.0, x1 - x0), (x0, top + 20.0), 16.0, INK, Anchor::Left)?;
        canvas.y_axis(&y, x0, x1, 13.0, format::compact)?;
        canvas.x_axis(&x, y1, y0, 13.0, |tick| money.compact(tick))?;
        let end = |pick: usize| self.curve.iter().filter_map(move |&(spend, _, band)| Some((spend, band?[pick])));
        let mut band: Vec<(f64, f64)> = end(0).collect();
        band.extend(end(1).collect::<Vec<_>>().into_iter().rev());
        let at = |(spend, clicks): (f64, f64)| (x.at(spend), y.at(clicks));
        canvas.shape(&band.into_iter().map(at).collect::<Vec<_>>(), PLAN.mix(BAND))?;
        for &point in &shown {
            canvas.dot(at(point), DOT, LESS)?;
        }
        let line: Vec<(f64, f64)> = self.curve.iter().map(|&(spend, clicks, _)| at((spend, clicks))).collect();
        canvas.line(&line, MUTED, 2.5)?;
        canvas.ring(at((row.current_spend, row.clicks_now)), 8.5, INK)?;
        canvas.diamond(at((row.recommended_spend, row.clicks_plan)), 6.5, PLAN)?;
        let elasticity = row
            .elasticity
            .map_or_else(|| "new term".to_owned(), |value| format!("elasticity {}", format::ratio(value)));
        let change = row.change_pct.map_or_else(|| money.signed(row.change), format::change);
        let beyond = match self.weeks.len() - shown.len() {
            0 => String::new(),
            weeks => format!(" · {} beyond", format::counted(weeks, "week", "weeks")),
        };
        let words = format!("{elasticity} ({}) · spend {change}{beyond}", row.curve_basis);
        canvas.text(&words, (x0, y0 + 40.0), 13.5, MUTED, Anchor::Left)
    }

    fn table(&self, weeks: &Weeks) -> Vec<Vec<Cell>> {
        let cells = |point: &str, (spend, clicks): (f64, f64), band: Option<[f64; 2]>, seen: [Cell; 4]| {
            let figures = [
                Cell::text(point),
                Cell::Money(Some(spend)),
                Cell::Count(Some(clicks)),
                Cell::Count(band.map(|ends| ends[0])),
                Cell::Count(band.map(|ends| ends[1])),
            ];
            key_cells(Some(&self.row.key)).into_iter().chain(figures).chain(seen).collect()
        };
        let unseen = || [Cell::text(""), Cell::Money(None), Cell::Count(None), Cell::Score(None)];
        let curve = self.curve.iter().map(|&(spend, clicks, band)| cells("curve", (spend, clicks), band, unseen()));
        let points =
            self.points.iter().map(|&(name, spend, clicks, band)| cells(name, (spend, clicks), band, unseen()));
        let of_week = |at: usize| {
            let (spend, clicks) = self.seen[at];
            let start = Cell::Text(weeks.starts[at].to_string());
            let seen = [start, Cell::Money(Some(spend)), Cell::Count(Some(clicks)), Cell::Score(Some(self.demand[at]))];
            cells("week", self.weeks[at], None, seen)
        };
        curve.chain(points).chain((0..weeks.starts.len()).map(of_week)).collect()
    }
}
