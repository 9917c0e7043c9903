//! The charts of the report, each an SVG with the table of what it shows.
//!
//! In: a run. Out: [`Chart`]s. Drawn with plotters' SVG backend without font libraries: text stays
//! text and is laid out by whoever shows it, so labels here are anchored at the point they belong to
//! and never measured. Colors are from a palette that color-blind readers can tell apart, and every
//! distinction is made by shape or label as well.

pub(super) mod backtest;
pub(super) mod canvas;
mod changes;
mod curves;
#[cfg(feature = "tables")]
pub(super) mod diff;
mod frontier;
mod gains;
pub(super) mod heads;
mod label;
mod marginal;
pub(super) mod policies;
mod rates;
mod scale;
pub(super) mod scenarios;
mod shrinkage;
#[cfg(feature = "tables")]
pub(super) mod weekly;
pub(super) mod weeks;

use super::csv::Line;
use super::format::{self, Money};
use super::{ReportError, Run};
use crate::domain::{Coin, TermKey};

/// One chart: the drawing and its numbers.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    /// File name without extension, and anchor on the page.
    pub(super) stem: &'static str,
    /// What it shows, in a few words.
    pub(super) title: String,
    /// What it says, for those who cannot see it.
    pub(super) description: String,
    /// The drawing.
    pub(super) svg: String,
    /// The same for a phone, for the page alone; without one the page lets the drawing scroll.
    pub(super) narrow: Option<String>,
    /// Columns of the table of what it shows.
    pub(super) columns: &'static [ChartColumn],
    /// Its rows.
    pub(super) rows: Vec<Vec<Cell>>,
}

/// One column of a chart's table.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChartColumn {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) meaning: &'static str,
}

const fn column(name: &'static str, unit: &'static str, meaning: &'static str) -> ChartColumn {
    ChartColumn { name, unit, meaning }
}

/// One cell of a chart's table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Money(Option<f64>),
    Rate(Option<f64>),
    Count(Option<f64>),
    /// A score or a ratio, which may be negative.
    Score(Option<f64>),
    /// What a unit of money returns, of any size.
    Return(Option<f64>),
}

/// What tells a term from others of its name; empty where the data have none.
const CAMPAIGN: ChartColumn = column("campaign", "text", "campaign; empty where the data have none");
const AD_GROUP: ChartColumn = column("ad_group", "text", "ad group; empty where the data have none");
const MATCH_TYPE: ChartColumn = column("match_type", "text", "match type; empty where the data have none");
const CHANNEL: ChartColumn = column("channel", "text", "engine, network or publisher; empty where the data have none");

/// Cells of a term's key: its text, campaign, ad group, match type and channel.
fn key_cells(key: Option<&TermKey>) -> [Cell; 5] {
    let part = |of: fn(&TermKey) -> Option<&str>| Cell::text(key.and_then(of).unwrap_or_default());
    [
        part(|key| Some(&key.term)),
        part(|key| key.campaign.as_deref()),
        part(|key| key.ad_group.as_deref()),
        part(|key| key.match_type.as_deref()),
        part(|key| key.channel.as_deref()),
    ]
}

impl Cell {
    /// Whether there is nothing in it.
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Money(figure)
            | Self::Rate(figure)
            | Self::Count(figure)
            | Self::Score(figure)
            | Self::Return(figure) => figure.is_none(),
        }
    }

    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// As people read it.
    pub(super) fn shown(&self, money: &Money) -> String {
        match self {
            Self::Text(text) => format::clean(text),
            Self::Money(amount) => format::or_none(*amount, |amount| money.exact(amount)),
            Self::Rate(rate) => format::or_none(*rate, format::percent),
            // what is counted is whole; an expected count hardly ever is
            Self::Count(count) => format::or_none(*count, |count| {
                if count.fract() == 0.0 { format::observed(count) } else { format::count(count) }
            }),
            Self::Score(score) => format::or_none(*score, format::score),
            Self::Return(figure) => format::or_none(*figure, |figure| format::significant_trimmed(figure, 4)),
        }
    }
}

impl Chart {
    /// The table of what it shows.
    pub(super) fn csv(&self, coin: Coin) -> String {
        let mut line = Line::default().of(coin);
        for column in self.columns {
            line.text(column.name);
        }
        line.end();
        for row in &self.rows {
            for cell in row {
                match cell {
                    Cell::Text(text) => line.text(text),
                    Cell::Money(amount) => line.money(*amount),
                    Cell::Rate(figure) | Cell::Count(figure) | Cell::Score(figure) | Cell::Return(figure) => {
                        line.figure(*figure, 6);
                    }
                }
            }
            line.end();
        }
        line.finish()
    }
}

/// The name and the columns of every chart, for the data dictionary.
pub(super) fn tables() -> [(&'static str, &'static [ChartColumn]); 7] {
    [
        (changes::STEM, changes::COLUMNS),
        (gains::STEM, gains::COLUMNS),
        (rates::STEM, rates::COLUMNS),
        (shrinkage::STEM, shrinkage::COLUMNS),
        (marginal::STEM, marginal::COLUMNS),
        (curves::STEM, curves::COLUMNS),
        (frontier::STEM, frontier::COLUMNS),
    ]
}

/// Draws all charts.
pub(super) fn draw(run: &Run) -> Result<Vec<Chart>, ReportError> {
    let money = Money::new(run.currency());
    let mut charts = vec![
        changes::chart(run, &money)?,
        gains::chart(run, &money)?,
        rates::chart(run)?,
        shrinkage::chart(run)?,
        marginal::chart(run, &money)?,
        curves::chart(run, &money)?,
        frontier::chart(run, &money)?,
    ];
    charts.extend(weeks::chart(run, &money)?);
    charts.extend(super::backtest::brief::chart(run)?);
    Ok(charts)
}

/// Conversions over clicks of the whole account, as legends name it: the estimates' own rate of the account is another figure,
/// in which no term counts by its clicks.
fn all_clicks(rate: f64) -> String {
    format!("all clicks: {}", format::percent(rate))
}

/// What is counted is of everything read, while the estimates weigh recent periods more.
fn counted_in_all(run: &Run) -> String {
    run.counts.calendar.several().map_or_else(String::new, |periods| format!(", counted in all {periods}"))
}

/// "a week" or "a period".
pub(super) fn per(run: &Run) -> &'static str {
    run.plan.a_period()
}
