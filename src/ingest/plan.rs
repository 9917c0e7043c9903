//! Where in a file's records to find what.
//!
//! In: the schema of a file and the settings. Out: positions, ready for the reading of records.

use super::aliases::Column;
use super::attributes::NUMBERS;
use super::rows::MEASURES;
use super::schema::Schema;

/// Key columns in the order of the key, and measures in the order of the rows.
pub(super) const KEY: [Column; 5] =
    [Column::Term, Column::MatchType, Column::Campaign, Column::AdGroup, Column::Channel];
const MEASURE: [Column; MEASURES] =
    [Column::Impressions, Column::Clicks, Column::Cost, Column::Conversions, Column::Revenue];
/// The levers and the margin, in the order of the attributes.
pub(super) const LEVERS: [Column; NUMBERS] =
    [Column::MaxCpc, Column::TargetCpa, Column::TargetRoas, Column::CampaignBudget, Column::Margin];

/// Shares of the auctions, in the order of the signals.
const SHARES: [Column; 3] = [Column::ImpressionShare, Column::LostIsBudget, Column::LostIsRank];

/// Where in a file's records to find what.
#[derive(Clone, Debug)]
pub(super) struct Plan<'a> {
    pub file: &'a str,
    pub schema: &'a Schema,
    /// Positions of the key's columns: the term first, then those that are part of the key.
    pub key: Vec<usize>,
    pub when: Option<usize>,
    /// Day of the report, or else of the conversion.
    pub report: Option<usize>,
    /// Whether `report` is the day of the report.
    pub exported: bool,
    pub measures: [Option<usize>; MEASURES],
    pub divisors: [f64; MEASURES],
    pub status: Option<usize>,
    pub label: Option<usize>,
    pub levers: [Option<usize>; NUMBERS],
    pub lever_divisors: [f64; NUMBERS],
    /// Impression share, lost to budget, lost to rank.
    pub shares: [Option<usize>; SHARES.len()],
    pub currency: Option<usize>,
    /// Columns that are looked at for personal values alone.
    pub unread: Vec<usize>,
    pub as_of: Option<i32>,
    pub comma: bool,
}

impl<'a> Plan<'a> {
    /// `key` says which of [`KEY`] belong to the term key, `comma` whether commas may group thousands.
    pub(super) fn new(file: &'a str, schema: &'a Schema, key: [bool; 5], as_of: Option<i32>, comma: bool) -> Self {
        let at = |column| schema.position(column);
        let mut plan = Self {
            file,
            schema,
            key: KEY.iter().zip(key).filter(|(_, is_key)| *is_key).filter_map(|(&column, _)| at(column)).collect(),
            when: at(Column::Date).or(at(Column::Week)),
            exported: at(Column::ReportedOn).is_some(),
            report: at(Column::ReportedOn).or(at(Column::ConversionDate)),
            measures: MEASURE.map(at),
            divisors: MEASURE.map(|column| schema.divisor(column)),
            status: at(Column::Status),
            label: at(Column::Label),
            levers: LEVERS.map(at),
            lever_divisors: LEVERS.map(|column| schema.divisor(column)),
            shares: SHARES.map(at),
            currency: at(Column::Currency),
            unread: Vec::new(),
            as_of,
            comma,
        };
        let read = plan.columns();
        plan.unread = (0..schema.names.len()).filter(|column| read.binary_search(column).is_err()).collect();
        plan
    }

    /// Every column of the file that is read, ascending.
    pub(super) fn columns(&self) -> Vec<usize> {
        let single = [self.when, self.report, self.status, self.label, self.currency];
        let all =
            self.key.iter().copied().map(Some).chain(self.measures).chain(self.levers).chain(self.shares).chain(single);
        let mut columns: Vec<usize> = all.flatten().collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// What a column is wanted for, for messages about its type.
    pub(super) fn wanted(&self, column: usize) -> Wanted {
        if self.when == Some(column) || self.report == Some(column) {
            Wanted::Date
        } else if self.measures.contains(&Some(column)) || self.levers.contains(&Some(column)) {
            Wanted::Number
        } else {
            Wanted::Text
        }
    }
}

/// What a column is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Text,
    Number,
    Date,
}
