//! Every column of every table, once: name, unit, meaning and cell.
//!
//! Headers, cells and the data dictionary are made from these lists, so they cannot disagree.
//! `{level}` in a meaning stands for the level of the intervals.

mod limits;
mod plan;
mod recommendations;
mod terms;

pub(super) use limits::{Limited, shared_limits};
pub use plan::LimitRow;
pub(super) use plan::{ItemRow, Pointed, campaigns, candidates, frontier, frontier_figures, items, limits};
pub(super) use recommendations::recommendations;
pub(super) use terms::{CurveRow, PosteriorRow, curves, posterior};

use super::csv::Line;
use crate::counts::Counts;
use crate::domain::TermKey;

/// Significant digits of expected counts and ratios in tables.
pub(super) const DIGITS: usize = 6;

/// Which columns the data have.
#[allow(clippy::struct_excessive_bools)] // one per column that may be absent
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Presence {
    pub(super) match_type: bool,
    pub(super) campaign: bool,
    pub(super) ad_group: bool,
    pub(super) channel: bool,
    pub(super) value: bool,
}

impl Presence {
    pub(super) fn of(counts: &Counts, value: bool) -> Self {
        let any = |field: fn(&TermKey) -> bool| counts.terms.iter().any(|term| field(&term.key));
        Self {
            match_type: any(|key| key.match_type.is_some()),
            campaign: any(|key| key.campaign.is_some()),
            ad_group: any(|key| key.ad_group.is_some()),
            channel: any(|key| key.channel.is_some()),
            value,
        }
    }
}

/// One column of a table whose rows are made from `R`.
pub(super) struct Column<R> {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) meaning: &'static str,
    pub(super) cell: fn(&R, &mut Line),
}

impl<R> Clone for Column<R> {
    fn clone(&self) -> Self {
        Self { name: self.name, unit: self.unit, meaning: self.meaning, cell: self.cell }
    }
}

pub(super) const fn column<R>(
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
    cell: fn(&R, &mut Line),
) -> Column<R> {
    Column { name, unit, meaning, cell }
}

/// A row that belongs to a term.
pub(super) trait Keyed {
    fn key(&self) -> &TermKey;
}

pub(super) fn key_columns<R: Keyed>(presence: Presence) -> Vec<Column<R>> {
    let mut columns =
        vec![column("term", "text", "search term or keyword", |row: &R, line| line.text(&row.key().term))];
    let mut add = |present: bool, more: Column<R>| {
        if present {
            columns.push(more);
        }
    };
    add(
        presence.match_type,
        column("match_type", "text", "match type of the keyword", |row, line| {
            line.optional_text(row.key().match_type.as_deref());
        }),
    );
    add(
        presence.campaign,
        column("campaign", "text", "campaign", |row, line| line.optional_text(row.key().campaign.as_deref())),
    );
    add(
        presence.ad_group,
        column("ad_group", "text", "ad group", |row, line| line.optional_text(row.key().ad_group.as_deref())),
    );
    add(
        presence.channel,
        column("channel", "text", "engine, network or publisher", |row, line| {
            line.optional_text(row.key().channel.as_deref());
        }),
    );
    columns
}
