//! Before and after: spend now and under the plan for the largest changes.

use super::super::format::{self, Money};
use super::super::top::largest_changes;
use super::super::{ReportError, Run};
use super::canvas::{self, Anchor, INK, LESS, MUTED, NOW, PLAN, WIDTH};
use super::label::fitted;
use super::scale::Scale;
use super::{Cell, Chart, ChartColumn, column, per};

pub(super) const STEM: &str = "changes";
const ROWS: usize = 15;
const ROW: f64 = 42.0;
const LEFT: f64 = 330.0;
const RIGHT: f64 = 190.0;
/// Room of a name.
const NAME: f64 = LEFT - 36.0;

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("term", "text", "search term or keyword"),
    column("campaign", "text", "campaign; empty where the data have none"),
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
            "{} of spend, money {}. The largest: {}, from {} to {}.",
            format::counted(rows.len(), "largest change", "largest changes"),
            per(run),
            format::shorten(&first.key.term, 40),
            money.exact(first.current_spend),
            money.exact(first.recommended_spend)
        ),
    };
    let height = ROW.mul_add(rows.len().max(2) as f64, 120.0);
    let svg = canvas::sheet(STEM, &title, &description, height, |canvas| {
        let (top, bottom) = (64.0, height - 56.0);
        let spends = rows.iter().flat_map(|row| [row.current_spend, row.recommended_spend]);
        let scale = Scale::with_zero(spends, LEFT, WIDTH - RIGHT, 6);
        canvas.x_axis(&scale, top - 8.0, bottom, 15.0, |tick| money.compact(tick))?;
        canvas.text(&format!("spend {}", per(run)), (WIDTH - RIGHT, bottom + 42.0), 15.0, MUTED, Anchor::Right)?;
        let legend = [(NOW, "now"), (PLAN, "plan: more"), (LESS, "plan: less")];
        for ((color, label), x) in legend.into_iter().zip([LEFT, LEFT + 90.0, LEFT + 230.0]) {
            canvas.bar((x, 22.0), (x + 22.0, 36.0), color)?;
            canvas.text(label, (x + 30.0, 29.0), 16.0, INK, Anchor::Left)?;
        }
        if rows.is_empty() {
            canvas.text(
                "no term changes",
                (scale.at(scale.low) + 20.0, f64::midpoint(top, bottom)),
                18.0,
                MUTED,
                Anchor::Left,
            )?;
        }
        for (number, row) in (0_u32..).zip(&rows) {
            let y = ROW.mul_add(f64::from(number) + 0.5, top);
            let zero = scale.at(0.0);
            let color = if row.change < 0.0 { LESS } else { PLAN };
            canvas.bar((zero, y - 14.0), (scale.at(row.current_spend), y - 2.0), NOW)?;
            canvas.bar((zero, y), (scale.at(row.recommended_spend), y + 14.0), color)?;
            canvas.text(&fitted(&row.key.term, 16.0, NAME), (LEFT - 12.0, y - 8.0), 16.0, INK, Anchor::Right)?;
            if let Some(campaign) = row.key.campaign.as_deref().filter(|campaign| !campaign.is_empty()) {
                canvas.text(&fitted(campaign, 12.5, NAME), (LEFT - 12.0, y + 9.0), 12.5, MUTED, Anchor::Right)?;
            }
            let end = scale.at(row.current_spend.max(row.recommended_spend)) + 10.0;
            let relative = row.change_pct.map(|change| format!(" ({})", format::change(change))).unwrap_or_default();
            let label = format!("{}{relative}", money.short_signed(row.change));
            canvas.text(&label, (end, y), 15.0, if row.change < 0.0 { LESS } else { PLAN }, Anchor::Left)?;
        }
        canvas.line(&[(scale.at(0.0), top - 8.0), (scale.at(0.0), bottom)], INK, 1.0)
    })?;
    let table = rows
        .iter()
        .map(|row| {
            vec![
                Cell::text(row.key.term.as_str()),
                Cell::text(row.key.campaign.clone().unwrap_or_default()),
                Cell::text(row.action.name()),
                Cell::Money(Some(row.current_spend)),
                Cell::Money(Some(row.recommended_spend)),
                Cell::Money(Some(row.change)),
            ]
        })
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, columns: COLUMNS, rows: table })
}
