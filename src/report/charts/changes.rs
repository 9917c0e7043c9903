//! Before and after: spend now and under the plan for the largest changes.

use super::super::format::{self, Money};
use super::super::top::largest_changes;
use super::super::{ReportError, Run};
use super::canvas::{self, Anchor, Canvas, INK, LESS, MUTED, NARROW, NOW, PLAN, WIDTH};
use super::label::fitted;
use super::scale::Scale;
use super::{AD_GROUP, CAMPAIGN, CHANNEL, Cell, Chart, ChartColumn, MATCH_TYPE, column, key_cells, per};
use crate::recommend::Recommendation;

pub(super) const STEM: &str = "changes";
const ROWS: usize = 15;

/// Where things stand, logical pixels.
struct Layout {
    width: f64,
    /// Where bars begin.
    left: f64,
    /// Room to the right of the longest bar.
    right: f64,
    /// Height of a row.
    row: f64,
    /// Whether names stand above their bars instead of beside them.
    above: bool,
    ticks: usize,
    /// Beginnings of the parts of the legend.
    legend: [f64; 3],
}

const WIDE: Layout = Layout {
    width: WIDTH,
    left: 330.0,
    right: 190.0,
    row: 42.0,
    above: false,
    ticks: 6,
    legend: [330.0, 420.0, 560.0],
};
const PHONE: Layout =
    Layout { width: NARROW, left: 10.0, right: 118.0, row: 58.0, above: true, ticks: 3, legend: [10.0, 90.0, 228.0] };

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("term", "text", "search term or keyword"),
    CAMPAIGN,
    AD_GROUP,
    MATCH_TYPE,
    CHANNEL,
    column("action", "text", "raise, cut, hold, pause, explore"),
    column("current_spend", "money a period", "mean spend of the baseline window"),
    column("recommended_spend", "money a period", "spend under the plan"),
    column("change", "money a period", "recommended minus current spend"),
];

pub(super) fn chart(run: &Run, money: &Money) -> Result<Chart, ReportError> {
    let rows = largest_changes(&run.plan.rows, ROWS);
    let title = "Spend now and under the plan".to_owned();
    let description = match rows.first() {
        None => "No term changes.".to_owned(),
        Some(first) => format!(
            "{}: {}, from {} to {}.",
            match rows.len() {
                1 => format!("The only change of spend, money {}", per(run)),
                changes => format!("{changes} largest changes of spend, money {}. The largest", per(run)),
            },
            format::shorten(&first.key.term, 40),
            money.sum(first.current_spend),
            money.sum(first.recommended_spend)
        ),
    };
    let height = |layout: &Layout| layout.row.mul_add(rows.len().max(2) as f64, 120.0);
    let layouts = [&WIDE, &PHONE].map(|layout| (layout, height(layout)));
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, |canvas, layout| {
        layout.draw(canvas, (&rows[..], money, per(run)), height(layout))
    })?;
    let table = rows
        .iter()
        .map(|row| {
            let figures = [
                Cell::text(row.action.name()),
                Cell::Money(Some(row.current_spend)),
                Cell::Money(Some(row.recommended_spend)),
                Cell::Money(Some(row.change)),
            ];
            key_cells(Some(&row.key)).into_iter().chain(figures).collect()
        })
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows: table })
}

impl Layout {
    fn draw(
        &self,
        canvas: &Canvas,
        (rows, money, per): (&[&Recommendation], &Money, &str),
        height: f64,
    ) -> Result<(), ReportError> {
        let (top, bottom, right) = (64.0, height - 56.0, self.width - self.right);
        if rows.is_empty() {
            return canvas.text("Nothing moves: no term changes.", (24.0, 0.5 * height), 18.0, MUTED, Anchor::Left);
        }
        let spends = rows.iter().flat_map(|row| [row.current_spend, row.recommended_spend]);
        let scale = Scale::with_zero(spends, self.left, right, self.ticks);
        canvas.x_axis(&scale, top - 8.0, bottom, 15.0, |tick| money.compact(tick))?;
        canvas.text(&format!("spend {per}"), (right, bottom + 42.0), 15.0, MUTED, Anchor::Right)?;
        let legend = [(NOW, "now"), (PLAN, "plan: more"), (LESS, "plan: less")];
        // no sample of a bar that is not there
        let more = rows.iter().any(|row| row.change >= 0.0);
        let less = rows.iter().any(|row| row.change < 0.0);
        let legend = legend.into_iter().zip([true, more, less]).filter_map(|(one, there)| there.then_some(one));
        for ((color, label), x) in legend.zip(self.legend) {
            canvas.bar((x, 22.0), (x + 22.0, 36.0), color)?;
            canvas.text(label, (x + 30.0, 29.0), 16.0, INK, Anchor::Left)?;
        }
        for (number, row) in (0_u32..).zip(rows) {
            let middle = self.row.mul_add(f64::from(number) + 0.5, top);
            let y = if self.above { middle + 11.0 } else { middle };
            let zero = scale.at(0.0);
            let color = if row.change < 0.0 { LESS } else { PLAN };
            canvas.bar((zero, y - 14.0), (scale.at(row.current_spend), y - 2.0), NOW)?;
            canvas.bar((zero, y), (scale.at(row.recommended_spend), y + 14.0), color)?;
            self.name(canvas, row, y)?;
            let end = scale.at(row.current_spend.max(row.recommended_spend)) + 10.0;
            let relative = row.change_pct.map(|change| format!(" ({})", format::change(change))).unwrap_or_default();
            let label = format!("{}{relative}", money.short_signed(row.change));
            let size = if self.above { 14.0 } else { 15.0 };
            canvas.text(&label, (end, y), size, if row.change < 0.0 { LESS } else { PLAN }, Anchor::Left)?;
        }
        canvas.line(&[(scale.at(0.0), top - 8.0), (scale.at(0.0), bottom)], INK, 1.0)
    }

    /// The term, and its campaign where there is room for it.
    fn name(&self, canvas: &Canvas, row: &Recommendation, y: f64) -> Result<(), ReportError> {
        if self.above {
            let name = fitted(&row.key.term, 15.0, self.width - 2.0 * self.left);
            return canvas.text(&name, (self.left + 2.0, y - 26.0), 15.0, INK, Anchor::Left);
        }
        let (at, room) = (self.left - 12.0, self.left - 36.0);
        canvas.text(&fitted(&row.key.term, 16.0, room), (at, y - 8.0), 16.0, INK, Anchor::Right)?;
        match row.key.campaign.as_deref().filter(|campaign| !campaign.is_empty()) {
            Some(campaign) => canvas.text(&fitted(campaign, 12.5, room), (at, y + 9.0), 12.5, MUTED, Anchor::Right),
            None => Ok(()),
        }
    }
}
