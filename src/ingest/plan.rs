//! Where in a file's records to find what.
//!
//! In: the schema of a file and the settings. Out: positions, ready for the reading of records.

use super::aliases::{Column, normalize};
use super::attributes::NUMBERS;
use super::cell::{Record, Value, shorten, write_text};
use super::date;
use super::error::{Place, Refused};
use super::evidence::Styles;
use super::number::{self, Marks, Unit};
use super::owners;
use super::privacy::{Allowed, holds_versions};
use super::rows::{CLICKS, IMPRESSIONS, MEASURES};
use super::schema::Schema;
use super::totals;
use std::collections::HashSet;

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

/// Names of segments as `normalize` leaves them.
const SEGMENTS: [&str; 24] = [
    "device",
    "devices",
    "devicetype",
    "gerat",
    "gerate",
    "geratetyp",
    "appareil",
    "appareils",
    "dispositivo",
    "dispositivos",
    "network",
    "networkwithsearchpartners",
    "adnetworktype",
    "netzwerk",
    "netzwerkmitsuchnetzwerkpartnern",
    "reseau",
    "red",
    "clicktype",
    "klicktyp",
    "topvsother",
    "slot",
    "dayofweek",
    "wochentag",
    "hourofday",
];

/// Names beside the term that every row of a term has, if the file has them.
/// The status is none of them: some reports have the label of a total there.
pub(super) const NAMES: [Column; 3] = [Column::MatchType, Column::Campaign, Column::AdGroup];

/// Where in a file's records to find what.
#[derive(Clone, Debug)]
pub(super) struct Plan<'a> {
    pub file: &'a str,
    /// What the lines of its rows are.
    pub place: Place,
    pub schema: &'a Schema,
    /// Positions of the key's columns: the term first, then those that are part of the key.
    pub key: Vec<usize>,
    pub when: Option<usize>,
    /// Last day of what the row is of, where `when` is only the first.
    pub until: Option<usize>,
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
    /// Which of them names the account.
    pub owner: Option<usize>,
    /// By column, what its values may be although they are written like somebody's.
    pub allowed: Vec<Allowed>,
    pub as_of: Option<i32>,
    /// Spans of days that are not read.
    pub unread_days: Vec<(i32, i32)>,
    pub styles: Styles,
    /// Columns of names beside the term: a row without any of them is no row of a term.
    pub names: Vec<usize>,
    /// Columns of segments, such as devices, which are summed: their totals stand beside their rows.
    pub segments: Vec<usize>,
    /// Columns of names of which rows may be totals.
    pub rolls: Vec<usize>,
    /// Records that are such totals (see `totals`), which are passed over.
    pub rolled: HashSet<u64>,
    /// Every column of the file that is read, ascending.
    pub read: Vec<usize>,
    /// Columns of which key, label and people are read: where they are as in the row before, so is what follows.
    pub named: Vec<usize>,
    /// The column of the match type where the term is a keyword, whose punctuation repeats it.
    pub match_type: Option<usize>,
    /// How many columns the file itself has; those behind them are the same in every row.
    pub width: usize,
}

impl<'a> Plan<'a> {
    /// `key` says which of [`KEY`] belong to the term key.
    pub(super) fn new(file: &'a str, schema: &'a Schema, key: [bool; 5], as_of: Option<i32>) -> Self {
        let at = |column| schema.position(column);
        let width = schema.names.len() - schema.constants.len();
        let mut plan = Self {
            file,
            place: Place::Line,
            schema,
            key: KEY.iter().zip(key).filter(|(_, is_key)| *is_key).filter_map(|(&column, _)| at(column)).collect(),
            when: at(Column::Date).or(at(Column::Week)).or(at(Column::StartDate)),
            until: at(Column::EndDate),
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
            owner: None,
            allowed: schema
                .names
                .iter()
                .map(|name| Allowed { versions: holds_versions(name), hashes: false })
                .collect(),
            as_of,
            unread_days: Vec::new(),
            styles: Styles::plain(schema.names.len(), None),
            names: NAMES.into_iter().filter_map(at).filter(|&column| column < width).collect(),
            segments: Vec::new(),
            rolls: Vec::new(),
            rolled: HashSet::new(),
            read: Vec::new(),
            named: Vec::new(),
            match_type: at(Column::MatchType).filter(|_| schema.keywords),
            width,
        };
        for &column in &schema.ignored {
            plan.allowed[column].hashes = true;
        }
        let named = plan.key.iter().chain(&plan.names).chain(&plan.match_type).chain(&plan.label).chain(&plan.currency);
        plan.named = named.copied().collect();
        plan.named.sort_unstable();
        plan.named.dedup();
        let term = plan.key[0];
        // what changes most is compared first
        plan.named.sort_by_key(|&column| column != term);
        let read = plan.columns();
        let unread = (0..width).filter(|column| read.binary_search(column).is_err());
        plan.unread = unread.filter(|&column| !is_connectors(&schema.names[column])).collect();
        plan.owner =
            owners::column(&schema.names, &plan.unread, at(Column::Channel)).filter(|at| !schema.ignored.contains(at));
        let is_segment = |column: &usize| SEGMENTS.contains(&normalize(&schema.names[*column]).as_str());
        plan.segments = plan.unread.iter().copied().filter(is_segment).collect();
        plan.rolls = totals::rolled_columns(&plan);
        plan.read = plan.columns();
        plan
    }

    /// Whether rows of a day are not read: it lies after the day to look back from, or in a span that is left out.
    pub(super) fn is_unread(&self, day: i32) -> bool {
        self.as_of.is_some_and(|as_of| day > as_of)
            || self.unread_days.iter().any(|&(first, last)| (first..=last).contains(&day))
    }

    /// The column of a segment in which a record says that it is of all segments.
    pub(super) fn whole_of(&self, record: &(impl Record + ?Sized)) -> Option<usize> {
        self.segments.iter().copied().find(|&column| match record.value(column) {
            Value::Text(text) if !number::is_blank(text) => totals::is_whole_segment(text),
            Value::Blank | Value::Text(_) => self.styles.blanks.get(column) == Some(&true),
            Value::Number(_) | Value::Day(_) => false,
        })
    }

    /// A cell, also of the columns that are the same in every row.
    pub(super) fn value<'r, R: Record + ?Sized>(&'r self, record: &'r R, column: usize) -> Value<'r> {
        match column.checked_sub(self.width) {
            None => record.value(column),
            Some(constant) => match self.schema.constants[constant].as_str() {
                "" => Value::Blank,
                text => Value::Text(text),
            },
        }
    }

    /// A cell that breaks a rule.
    pub(super) fn refused(&self, line: u64, column: usize, value: Value<'_>, rule: &'static str) -> Refused {
        let mut text = Vec::new();
        write_text(&mut text, value);
        let text = String::from_utf8_lossy(&text);
        // a person must see which day is none, and days are grouped as no number of a person is
        let is_date = self.wanted(column) == Wanted::Date && date::is_written_as_one(&text);
        let value = if is_date { text.into_owned() } else { shorten(&text) };
        Refused {
            file: self.file.into(),
            line,
            place: self.place,
            column: self.schema.names[column].clone(),
            value,
            rule,
        }
    }

    /// What points and commas mean in a column.
    pub(super) fn marks(&self, column: usize) -> Marks {
        self.styles.marks.get(column).copied().unwrap_or(Marks::Point)
    }

    /// What a share without a sign is in.
    pub(super) fn unit(&self, column: usize) -> Unit {
        let name = &self.schema.names[column];
        if name.contains('%') || normalize(name).ends_with("percent") {
            return Unit::Percent;
        }
        self.styles.units.get(column).copied().unwrap_or(Unit::ByValue)
    }

    /// Whether a column holds impressions or clicks, which are whole.
    pub(super) fn is_count(&self, column: usize) -> bool {
        [IMPRESSIONS, CLICKS].iter().any(|&measure| self.measures[measure] == Some(column))
    }

    /// Whether a column may hold numbers: it is read as such, or its meaning is not known.
    pub(super) fn may_be_number(&self, column: usize) -> bool {
        let read = self.wanted(column) == Wanted::Number || self.shares.contains(&Some(column));
        read || self.schema.mapped[column].is_none()
    }

    /// Every column of the file that is read, ascending.
    pub(super) fn columns(&self) -> Vec<usize> {
        let single = [self.when, self.until, self.report, self.status, self.label, self.currency];
        let all =
            self.key.iter().copied().map(Some).chain(self.measures).chain(self.levers).chain(self.shares).chain(single);
        let all = all.chain(self.names.iter().chain(&self.segments).copied().map(Some));
        let mut columns: Vec<usize> = all.flatten().filter(|&column| column < self.width).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// What a column is wanted for, for messages about its type.
    pub(super) fn wanted(&self, column: usize) -> Wanted {
        if [self.when, self.until, self.report].contains(&Some(column)) {
            Wanted::Date
        } else if self.measures.contains(&Some(column)) || self.levers.contains(&Some(column)) {
            Wanted::Number
        } else {
            Wanted::Text
        }
    }
}

/// Whether a column is a connector's own: what it writes there identifies a row, not a person.
fn is_connectors(name: &str) -> bool {
    ["_fivetran_", "_airbyte_", "_sdc_", "_dlt_"].iter().any(|prefix| name.starts_with(prefix))
}

/// What a column is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Text,
    Number,
    Date,
}
