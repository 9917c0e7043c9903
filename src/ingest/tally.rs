//! Rows that deserve a note.
//!
//! In: what befell terms, and the measures of rows. Out: how many rows there are of each kind.

use super::rows::{CLICKS, CONVERSIONS, COST, IMPRESSIONS, MEASURES};
use super::text::Condition;

/// Below this money is a rounding error of the platform: Amazon writes 1e-15 for nothing.
const SMALLEST_COST: f64 = 1e-9;

/// Rows that deserve a note, by kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub conversions_exceed_clicks: usize,
    pub conversions_without_clicks: usize,
    pub clicks_exceed_impressions: usize,
    pub cost_without_clicks: usize,
    pub fractional_counts: usize,
    pub after_as_of: usize,
    pub blank_rows: usize,
    /// Campaigns, ad groups and excluded keywords without any count.
    pub entities: usize,
    pub blank: [usize; MEASURES],
    /// Terms that had become formulas, were lost to errors, are long ids, or ids that were rounded.
    pub restored: usize,
    pub lost: usize,
    pub long_ids: usize,
    pub rounded_ids: usize,
    /// Rows of a campaign without a term.
    pub unnamed: usize,
    /// Cells of shares and levers in which a spreadsheet left an error.
    pub not_computed: usize,
}

impl Tally {
    /// Takes in what befell the term of a row.
    pub(super) fn see(&mut self, condition: Condition) {
        match condition {
            Condition::Fine => {}
            Condition::None => self.unnamed += 1,
            Condition::Restored => self.restored += 1,
            Condition::Lost => self.lost += 1,
            Condition::LongId => self.long_ids += 1,
            Condition::RoundedId => self.rounded_ids += 1,
        }
    }

    /// Takes in the measures of a row.
    pub(super) fn see_measures(&mut self, measures: &[Option<f64>; MEASURES]) {
        let of = |measure: usize| measures[measure].unwrap_or(0.0);
        let (clicks, conversions) = (of(CLICKS), of(CONVERSIONS));
        self.conversions_exceed_clicks += usize::from(clicks > 0.0 && conversions > clicks);
        self.conversions_without_clicks += usize::from(clicks <= 0.0 && conversions > 0.0);
        self.clicks_exceed_impressions += usize::from(measures[IMPRESSIONS].is_some_and(|shown| clicks > shown));
        self.cost_without_clicks += usize::from(clicks <= 0.0 && of(COST) > SMALLEST_COST);
        self.fractional_counts += usize::from(clicks.fract() > 0.0 || of(IMPRESSIONS).fract() > 0.0);
    }

    /// Adds the tally of another part.
    pub(super) fn add(&mut self, other: &Self) {
        self.conversions_exceed_clicks += other.conversions_exceed_clicks;
        self.conversions_without_clicks += other.conversions_without_clicks;
        self.clicks_exceed_impressions += other.clicks_exceed_impressions;
        self.cost_without_clicks += other.cost_without_clicks;
        self.fractional_counts += other.fractional_counts;
        self.after_as_of += other.after_as_of;
        self.blank_rows += other.blank_rows;
        self.entities += other.entities;
        self.restored += other.restored;
        self.lost += other.lost;
        self.long_ids += other.long_ids;
        self.rounded_ids += other.rounded_ids;
        self.unnamed += other.unnamed;
        self.not_computed += other.not_computed;
        for (sum, blank) in self.blank.iter_mut().zip(other.blank) {
            *sum += blank;
        }
    }
}
