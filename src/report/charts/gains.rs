//! Where the gain comes from: a waterfall of the objective's change, by campaign and by term.
//!
//! Each part is the expected outcome planned less that of now. Parts add up to the plan's whole change: in money to the
//! cent, since what is shown is rounded first and the rest is what remains.

use super::super::format::{self, Money};
use super::super::{ReportError, Run};
use super::canvas::{self, Anchor, Canvas, GRID, INK, LESS, MUTED, NARROW, NOW, PLAN, WIDTH};
use super::label::fitted;
use super::scale::Scale;
use super::{AD_GROUP, CHANNEL, Cell, Chart, ChartColumn, MATCH_TYPE, column, key_cells, per};
use crate::domain::{Objective, TermKey};
use crate::recommend::Recommendation;
use std::fmt::Write as _;

pub(super) const STEM: &str = "gains";
/// Parts with a bar of their own.
const LARGEST: usize = 10;
/// Smaller changes are those of arithmetic.
const NOTHING: f64 = 1e-9;
/// A change of the whole that rounding to cents can bring about, as a share of it.
const CENTS: f64 = 1e-5;
/// Height of a section's heading, logical pixels.
const HEADING: f64 = 45.0;

/// Where things stand, logical pixels.
struct Layout {
    width: f64,
    /// Where the axis begins, and the room to its right.
    sides: [f64; 2],
    /// Height of a row.
    row: f64,
    /// Height below the bar of a total, for its interval.
    below: f64,
    /// Whether names stand above their bars instead of beside them.
    above: bool,
}

const WIDE: Layout = Layout { width: WIDTH, sides: [330.0, 300.0], row: 30.0, below: 0.0, above: false };
const PHONE: Layout = Layout { width: NARROW, sides: [12.0, 70.0], row: 46.0, below: 22.0, above: true };

impl Layout {
    fn height(&self, sections: &[Section]) -> f64 {
        let rows: f64 =
            sections.iter().map(|section| (section.parts.len() as f64).mul_add(self.row, HEADING + self.below)).sum();
        rows + 96.0
    }

    /// The name of a row whose bar is at `y`.
    fn name(&self, canvas: &Canvas, name: &str, y: f64, bold: bool) -> Result<(), ReportError> {
        let left = self.sides[0];
        let (at, anchor, room) = if self.above {
            ((left, y - 21.0), Anchor::Left, self.width - 2.0 * left)
        } else {
            ((left - 12.0, y), Anchor::Right, left - 36.0)
        };
        let name = fitted(name, 16.0, room);
        if bold { canvas.bold(&name, at, 16.0, INK, anchor) } else { canvas.text(&name, at, 16.0, INK, anchor) }
    }
}

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("by", "text", "campaign or term: the change is told by both"),
    column("part", "text", "one (a campaign or term), rest (all others together), or total (the plan's whole change)"),
    column("term", "text", "search term or keyword; empty where the part is none"),
    column("campaign", "text", "campaign; empty where the data have none or the part is none"),
    AD_GROUP,
    MATCH_TYPE,
    CHANNEL,
    column("count", "count", "campaigns or terms of the part whose outcome changes"),
    column(
        "gain",
        "objective",
        "expected outcome planned less that of now, in what is maximized; parts add up to the total",
    ),
    column("from", "objective", "sum of the parts above: where the bar begins"),
    column("to", "objective", "where it ends"),
    column("gain_p05", "objective", "lower end of the {level} interval of the total; empty where not computed"),
    column("gain_p95", "objective", "upper end of that interval"),
];

/// One bar.
struct Part<'a> {
    kind: &'static str,
    term: Option<&'a TermKey>,
    campaign: Option<&'a str>,
    count: usize,
    gain: f64,
    from: f64,
}

/// Parts that add up, under one heading.
struct Section<'a> {
    by: &'static str,
    parts: Vec<Part<'a>>,
}

/// What the chart speaks of.
struct Measure<'a> {
    objective: Objective,
    money: &'a Money,
    total: f64,
    ends: Option<(f64, f64)>,
    level: String,
    per: &'static str,
}

impl Measure<'_> {
    /// Money in whole cents or what its currency has, as it is shown.
    fn rounded(&self, figure: f64) -> f64 {
        match self.objective {
            Objective::Conversions => figure,
            Objective::Revenue | Objective::Profit => self.money.coin().round(figure),
        }
    }

    fn signed(&self, figure: f64) -> String {
        match self.objective {
            Objective::Conversions => format::count_signed(figure),
            Objective::Revenue | Objective::Profit => self.money.short_signed(figure),
        }
    }

    fn tick(&self, figure: f64) -> String {
        match self.objective {
            Objective::Conversions => format::compact(figure),
            Objective::Revenue | Objective::Profit => self.money.compact(figure),
        }
    }

    fn cell(&self, figure: f64) -> Cell {
        match self.objective {
            Objective::Conversions => Cell::Count(Some(figure)),
            Objective::Revenue | Objective::Profit => Cell::Money(Some(figure)),
        }
    }

    /// The largest of some parts, the rest and the total; gains before losses, as a reader adds up.
    fn section<'a>(&self, by: &'static str, all: Vec<(f64, Option<&'a TermKey>, Option<&'a str>)>) -> Section<'a> {
        let mut all: Vec<_> = all.into_iter().filter(|one| one.0.is_finite() && one.0.abs() > NOTHING).collect();
        let changing = all.len();
        // stable: equal sizes in the order of the plan
        all.sort_by(|one, other| other.0.abs().total_cmp(&one.0.abs()));
        all.truncate(LARGEST);
        let rest = changing - all.len();
        let shown: f64 = all.iter().map(|one| self.rounded(one.0)).sum();
        let mut left = self.rounded(self.total - shown);
        if rest == 0 && left.abs() < 0.01 * all.len() as f64 {
            // no more than rounding: the largest takes it
            if let Some(largest) = all.first_mut() {
                largest.0 = self.rounded(largest.0) + left;
            }
            left = 0.0;
        }
        all.sort_by(|one, other| other.0.total_cmp(&one.0));
        let mut parts: Vec<Part> = Vec::new();
        let mut reached = 0.0;
        for &(gain, term, campaign) in &all {
            let gain = self.rounded(gain);
            parts.push(Part { kind: "one", term, campaign, count: 1, gain, from: reached });
            reached += gain;
        }
        if rest > 0 || left.abs() > NOTHING {
            parts.push(Part { kind: "rest", term: None, campaign: None, count: rest, gain: left, from: reached });
        }
        parts.push(Part { kind: "total", term: None, campaign: None, count: changing, gain: self.total, from: 0.0 });
        Section { by, parts }
    }
}

/// What a term adds to the objective.
fn gain(row: &Recommendation, objective: Objective) -> f64 {
    let difference = |now: Option<f64>, plan: Option<f64>| plan.unwrap_or(0.0) - now.unwrap_or(0.0);
    match objective {
        Objective::Conversions => row.conversions_plan - row.conversions_now,
        Objective::Revenue => difference(row.revenue_now, row.revenue_plan),
        Objective::Profit => difference(row.profit_now, row.profit_plan),
    }
}

pub(super) fn chart(run: &Run, money: &Money) -> Result<Chart, ReportError> {
    let summary = &run.plan.summary;
    let objective = summary.objective;
    let total = summary.planned.of(objective).unwrap_or(0.0) - summary.now.of(objective).unwrap_or(0.0);
    let ends = summary.differences.and_then(|differences| differences.of(objective));
    let mut measure = Measure { objective, money, total, ends, level: format::share(summary.level), per: per(run) };
    measure.total = measure.rounded(total);
    // what whole cents move where nothing else does is no gain
    let now = summary.now.of(objective).unwrap_or(0.0);
    let idle = summary.changes_nothing && total.abs() <= CENTS * now.abs();
    if idle {
        (measure.total, measure.ends) = (0.0, None);
    }
    let campaigns = &run.plan.campaigns;
    let mut sections = Vec::new();
    if campaigns.len() > 1 {
        let of = |outcome: &crate::recommend::Outcome| outcome.of(objective).unwrap_or(0.0);
        let all = campaigns.iter().map(|row| (of(&row.planned) - of(&row.now), None, row.campaign.as_deref()));
        sections.push(measure.section("campaign", all.filter(|_| !idle).collect()));
    }
    let all = run.plan.rows.iter().map(|row| (gain(row, objective), Some(&row.key), None));
    sections.push(measure.section("term", all.filter(|_| !idle).collect()));
    let title = format!("Where the change in {} comes from", objective.name());
    let description = described(&measure, &sections);
    let layouts = [&WIDE, &PHONE].map(|layout| (layout, layout.height(&sections)));
    let draw = |canvas: &Canvas, layout: &_| draw(canvas, layout, &measure, &sections);
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, draw)?;
    let rows = sections.iter().flat_map(|section| section.parts.iter().map(|part| cells(&measure, section.by, part)));
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows: rows.collect() })
}

fn described(measure: &Measure, sections: &[Section]) -> String {
    let name = measure.objective.name();
    let mut text = format!("Expected {name} {}, plan less now: {}", measure.per, measure.signed(measure.total));
    if let Some((low, high)) = measure.ends {
        let ends = [measure.signed(low), measure.signed(high)];
        let _ = write!(text, " ({} interval {} to {})", measure.level, ends[0], ends[1]);
    }
    let terms = sections.iter().filter(|section| section.by == "term").flat_map(|section| &section.parts);
    let largest =
        terms.filter(|part| part.kind == "one").max_by(|one, other| one.gain.abs().total_cmp(&other.gain.abs()));
    match largest {
        Some(part) => format!(
            "{text}. The largest part: {}, {}. Parts add up to the whole.",
            format::name(part.term.map_or("", |key| &key.term), 40),
            measure.signed(part.gain)
        ),
        None => format!("{text}. No term changes it."),
    }
}

fn draw(canvas: &Canvas, layout: &Layout, measure: &Measure, sections: &[Section]) -> Result<(), ReportError> {
    if sections.iter().all(|section| section.parts.len() <= 1) {
        let at = (24.0, 0.5 * layout.height(sections));
        return canvas.text("Nothing moves: there is no change to draw.", at, 18.0, MUTED, Anchor::Left);
    }
    let (top, bottom) = (30.0, layout.height(sections) - 56.0);
    let [left, right] = [layout.sides[0], layout.width - layout.sides[1]];
    let reached =
        sections.iter().flat_map(|section| &section.parts).flat_map(|part| [part.from, part.from + part.gain]);
    let ends = measure.ends.into_iter().flat_map(|(low, high)| [low, high]);
    let scale = Scale::with_zero(reached.chain(ends), left, right, if layout.above { 3 } else { 6 });
    canvas.x_axis(&scale, top, bottom, 15.0, |tick| measure.tick(tick))?;
    let unit = format!("change in expected {} {}", measure.objective.name(), measure.per);
    canvas.text(&unit, (right, bottom + 42.0), 15.0, MUTED, Anchor::Right)?;
    canvas.line(&[(scale.at(0.0), top), (scale.at(0.0), bottom)], INK, 1.0)?;
    let mut y = top;
    for section in sections {
        let edge = if layout.above { 10.0 } else { 24.0 };
        canvas.line(&[(edge, y), (layout.width - edge, y)], GRID, 1.0)?;
        let (x, anchor) = if layout.above { (left, Anchor::Left) } else { (left - 12.0, Anchor::Right) };
        canvas.bold(&format!("by {}", section.by), (x, 0.5f64.mul_add(HEADING, y)), 15.0, MUTED, anchor)?;
        y += HEADING;
        for (number, part) in section.parts.iter().enumerate() {
            let middle = 0.5f64.mul_add(layout.row, y) + if layout.above { 10.0 } else { 0.0 };
            draw_part(canvas, layout, (measure, &scale), (section.by, part), middle)?;
            // each bar hangs on the one above
            if number + 2 < section.parts.len() {
                let x = scale.at(part.from + part.gain);
                canvas.line(&[(x, middle + 9.0), (x, middle + layout.row - 9.0)], MUTED, 1.0)?;
            }
            y += layout.row;
        }
        y += layout.below;
    }
    Ok(())
}

fn draw_part(
    canvas: &Canvas,
    layout: &Layout,
    (measure, scale): (&Measure, &Scale),
    (by, part): (&str, &Part),
    y: f64,
) -> Result<(), ReportError> {
    let color = match part.kind {
        "rest" => NOW,
        _ if part.gain < 0.0 => LESS,
        _ => PLAN,
    };
    let (from, to) = (scale.at(part.from), scale.at(part.from + part.gain));
    canvas.bar((from.min(to), y - 9.0), (from.max(to), y + 9.0), color)?;
    let mut right = from.max(to);
    let mut label = measure.signed(part.gain);
    let mut interval = String::new();
    if let Some((low, high)) = measure.ends.filter(|_| part.kind == "total") {
        let ends = [scale.at(low), scale.at(high)];
        canvas.line(&[(ends[0], y), (ends[1], y)], INK, 2.5)?;
        for end in ends {
            canvas.line(&[(end, y - 6.0), (end, y + 6.0)], INK, 2.5)?;
            right = right.max(end);
        }
        interval = format!("{}: {} to {}", measure.level, measure.signed(low), measure.signed(high));
    }
    let at = right + 8.0;
    if part.kind == "total" {
        if layout.above {
            // the bar has no room beside it for an interval: the lines above and below have
            layout.name(canvas, &format!("plan less now {label}"), y, true)?;
            return canvas.text(&interval, (layout.sides[0], y + 22.0), 14.0, INK, Anchor::Left);
        }
        if !interval.is_empty() {
            label = format!("{label} ({interval})");
        }
        layout.name(canvas, "plan less now", y, true)?;
        // a long label of a long bar has no room to its right
        if at + 8.6 * format::width(&label) as f64 > layout.width {
            let left = from.min(to).min(measure.ends.map_or(f64::INFINITY, |ends| scale.at(ends.0.min(ends.1))));
            if left - layout.sides[0] > 8.6 * format::width(&label) as f64 {
                return canvas.bold(&label, (left - 8.0, y), 15.0, INK, Anchor::Right);
            }
            canvas.bold(&measure.signed(part.gain), (at, y), 15.0, INK, Anchor::Left)?;
            // below the name there is always room, and a reader looks there for what it says
            return canvas.text(&interval, (layout.sides[0] - 12.0, y + 16.0), 12.5, MUTED, Anchor::Right);
        }
        return canvas.bold(&label, (at, y), 15.0, INK, Anchor::Left);
    }
    let name = match (part.kind, by) {
        // rounding of the bars before it
        ("rest", _) if part.count == 0 => "rounding".to_owned(),
        ("rest", "campaign") => format::counted(part.count, "other campaign", "other campaigns"),
        ("rest", _) => format::counted(part.count, "other term", "other terms"),
        (_, "campaign") => match part.campaign.filter(|campaign| !campaign.trim().is_empty()) {
            Some(campaign) => campaign.to_owned(),
            None => "(no campaign)".to_owned(),
        },
        _ => part.term.map(|key| key.term.clone()).unwrap_or_default(),
    };
    layout.name(canvas, &name, y, false)?;
    let color = if part.kind == "rest" { MUTED } else { color };
    canvas.text(&label, (at, y), 15.0, color, Anchor::Left)
}

fn cells(measure: &Measure, by: &'static str, part: &Part) -> Vec<Cell> {
    let ends = measure.ends.filter(|_| part.kind == "total");
    let end = |pick: fn((f64, f64)) -> f64| ends.map_or(Cell::Money(None), |ends| measure.cell(pick(ends)));
    let mut key = key_cells(part.term);
    if let Some(campaign) = part.campaign {
        key[1] = Cell::text(campaign);
    }
    let figures = [
        Cell::Count(Some(part.count as f64)),
        measure.cell(part.gain),
        measure.cell(measure.rounded(part.from)),
        measure.cell(measure.rounded(part.from + part.gain)),
        end(|ends| ends.0),
        end(|ends| ends.1),
    ];
    [Cell::text(by), Cell::text(part.kind)].into_iter().chain(key).chain(figures).collect()
}
