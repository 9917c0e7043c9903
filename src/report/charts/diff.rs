//! The plan against the one before: the largest changes by what made them, a column a cause.

use super::super::ReportError;
use super::super::format::{self, Money};
use super::canvas::{self, Anchor, GRID, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::label::fitted;
use super::scale::Scale;
use super::{AD_GROUP, CAMPAIGN, CHANNEL, Cell, Chart, ChartColumn, MATCH_TYPE, column, key_cells};
use crate::weekly::{CAUSES, Cause, Diff, DiffRow, largest};

const STEM: &str = "diff";
/// Terms drawn.
const ROWS: usize = 10;
const ROW: f64 = 44.0;
const LEFT: f64 = 300.0;
const TOP: f64 = 92.0;
/// The causes, and the change itself before them.
const PANELS: usize = CAUSES + 1;

pub(in crate::report) const COLUMNS: &[ChartColumn] = &[
    column("term", "text", "search term or keyword"),
    CAMPAIGN,
    AD_GROUP,
    MATCH_TYPE,
    CHANNEL,
    column("change", "money a week", "spend in this plan less that in the plan before"),
    column("new_data", "money a week", "what the counts that came add to it"),
    column("drift", "money a week", "what another speed of drift adds"),
    column("delay", "money a week", "what another reporting delay adds"),
    column("prior", "money a week", "what another prior adds"),
    column("config", "money a week", "what other settings add"),
    column("limits", "money a week", "what other limits add"),
];

/// The chart; `None` where nothing changes or the change is not taken apart.
pub(in crate::report) fn chart(
    diff: Option<&Diff>,
    rows: &[DiffRow],
    money: &Money,
) -> Result<Option<Chart>, ReportError> {
    let Some(diff) = diff.filter(|diff| !diff.parts.is_empty()) else { return Ok(None) };
    let shown = largest(rows, ROWS);
    let Some(first) = shown.first() else { return Ok(None) };
    let title = "What changed since the plan before, by cause".to_owned();
    let description = format!(
        "{} against the plan of {}, each taken apart: in every row the parts add up to the change. The largest: {}, {}.",
        format::counted(shown.len(), "largest change", "largest changes"),
        diff.plan,
        format::shorten(&first.key.term, 40),
        money.signed(first.change),
    );
    let height = ROW.mul_add(shown.len() as f64, TOP + 40.0);
    let svg = canvas::sheet(STEM, &title, &description, height, |canvas| {
        let bottom = height - 36.0;
        let panel = (WIDTH - 24.0 - LEFT) / PANELS as f64;
        let figures = |row: &DiffRow| {
            let mut figures = [Some(row.change); PANELS];
            figures[1..].copy_from_slice(&row.parts);
            figures
        };
        let most =
            shown.iter().flat_map(|row| figures(row)).flatten().fold(0.0_f64, |most, figure| most.max(figure.abs()));
        canvas.text("spend planned, money a week", (24.0, 30.0), 15.0, MUTED, Anchor::Left)?;
        let heads = std::iter::once("change").chain(Cause::ALL.map(Cause::name));
        for (number, head) in heads.enumerate() {
            let middle = (number as f64 + 0.5).mul_add(panel, LEFT);
            let text = if number == 0 { format!("{head} =") } else { head.to_owned() };
            canvas.bold(&text, (middle, 62.0), 16.0, INK, Anchor::Middle)?;
            canvas.line(&[(middle, TOP - 8.0), (middle, bottom)], GRID, 2.0)?;
        }
        for (place, row) in (0_u32..).zip(&shown) {
            let y = ROW.mul_add(f64::from(place) + 0.5, TOP);
            canvas.text(&format::name(&row.key.term, 30), (LEFT - 12.0, y - 8.0), 15.0, INK, Anchor::Right)?;
            if let Some(campaign) = row.key.campaign.as_deref().filter(|campaign| !campaign.is_empty()) {
                canvas.text(&format::shorten(campaign, 36), (LEFT - 12.0, y + 9.0), 12.0, MUTED, Anchor::Right)?;
            }
            for (number, figure) in figures(row).into_iter().enumerate() {
                let middle = (number as f64 + 0.5).mul_add(panel, LEFT);
                let at = |figure: f64| (figure / most).mul_add(0.5 * panel - 10.0, middle);
                let Some(figure) = figure else {
                    canvas.text(format::NONE, (at(0.0), y), 14.0, MUTED, Anchor::Middle)?;
                    continue;
                };
                if figure.abs() < 0.005 {
                    continue;
                }
                let color = if figure < 0.0 { LESS } else { PLAN };
                canvas.bar((at(0.0), y), (at(figure), y + 13.0), color)?;
                canvas.text(&money.short_signed(figure), (at(0.0), y - 9.0), 13.0, color, Anchor::Middle)?;
            }
        }
        Ok(())
    })?;
    let narrow = Some(narrow(&shown, [&title, &description], money)?);
    let rows = shown
        .iter()
        .map(|row| {
            let figures = std::iter::once(Cell::Money(Some(row.change))).chain(row.parts.map(Cell::Money));
            key_cells(Some(&row.key)).into_iter().chain(figures).collect()
        })
        .collect();
    Ok(Some(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows }))
}

/// A phone has no room for seven panels: the changes, each with its largest cause in words.
fn narrow(shown: &[&DiffRow], [title, description]: [&str; 2], money: &Money) -> Result<String, ReportError> {
    /// Height of a row, and room above the first and beside the bars.
    const PHONE: [f64; 3] = [62.0, 50.0, 12.0];
    let [row_height, top, edge] = PHONE;
    let height = row_height.mul_add(shown.len() as f64, top + 56.0);
    canvas::narrow(STEM, title, description, height, |canvas| {
        let bottom = top + row_height * shown.len() as f64;
        let scale = Scale::with_zero(shown.iter().map(|row| row.change), edge + 8.0, NARROW - edge - 8.0, 3);
        canvas.text("change of spend planned, money a week", (edge, 24.0), 14.0, MUTED, Anchor::Left)?;
        canvas.x_axis(&scale, top, bottom, 14.0, |tick| money.compact(tick))?;
        for (place, row) in (0_u32..).zip(shown) {
            let y = row_height.mul_add(f64::from(place), top);
            let change = money.short_signed(row.change);
            let color = if row.change < 0.0 { LESS } else { PLAN };
            canvas.text(&fitted(&row.key.term, 15.0, 270.0), (edge, y + 12.0), 15.0, INK, Anchor::Left)?;
            canvas.text(&change, (NARROW - edge, y + 12.0), 14.0, color, Anchor::Right)?;
            let causes = Cause::ALL.into_iter().zip(row.parts).filter_map(|(cause, part)| Some((cause, part?)));
            let largest = causes.max_by(|one, other| one.1.abs().total_cmp(&other.1.abs()));
            if let Some((cause, part)) = largest {
                let words = format!("most from {}: {}", cause.name(), money.short_signed(part));
                canvas.text(&words, (edge, y + 30.0), 12.5, MUTED, Anchor::Left)?;
            }
            canvas.bar((scale.at(0.0), y + 40.0), (scale.at(row.change), y + 52.0), color)?;
        }
        canvas.line(&[(scale.at(0.0), top), (scale.at(0.0), bottom)], INK, 1.0)
    })
}
