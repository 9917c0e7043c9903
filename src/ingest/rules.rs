//! The rules a row must keep.
//!
//! In: the cells of one record, from text or typed columns. Out: a row, or every rule it breaks with
//! line and column. A blank cell is zero in an optional measure (noted), refused in a required one,
//! and "not set" in a lever.

use super::aliases::Column;
use super::attributes::{self, NUMBERS, Observed};
use super::cell::{Record, Value, is_blank, is_damaged, read_number, read_share, shorten, text_of, write_text};
use super::date;
use super::error::Refused;
use super::number::{self, Kind};
use super::plan::{LEVERS, Plan};
use super::privacy;
use super::rows::{CLICKS, CONVERSIONS, END, MEASURES, Part, Person, Row, SIGNALS, UNDATED, report_recency};
use crate::domain::Status;

/// Reads records into one part.
#[derive(Debug)]
pub(super) struct Reader<'p> {
    plan: &'p Plan<'p>,
    pub part: Part,
    key: Vec<u8>,
    last_date: (String, i32),
    last_report: (String, i32),
    last_status: (String, Option<Status>),
    last_currency: String,
}

impl<'p> Reader<'p> {
    pub(super) fn new(plan: &'p Plan<'p>) -> Self {
        Self {
            plan,
            part: Part::default(),
            key: Vec::with_capacity(128),
            last_date: (String::new(), 0),
            last_report: (String::new(), 0),
            last_status: (String::new(), None),
            last_currency: String::new(),
        }
    }

    /// Records a rule that a whole record breaks.
    pub(super) fn refuse_record(&mut self, line: u64, text: &str, rule: &'static str) {
        self.part.records += 1;
        let file = self.plan.file;
        self.part.refuse(|| Refused { file: file.into(), line, column: String::new(), value: shorten(text), rule });
    }

    fn refuse(&mut self, line: u64, column: usize, value: Value<'_>, rule: &'static str) {
        let (file, name) = (self.plan.file, &self.plan.schema.names[column]);
        self.part.refuse(|| {
            let mut text = Vec::new();
            write_text(&mut text, value);
            let value = shorten(&String::from_utf8_lossy(&text));
            Refused { file: file.into(), line, column: name.clone(), value, rule }
        });
    }

    /// Reads one record that begins at `line`.
    pub(super) fn take<R: Record>(&mut self, line: u64, record: &R) {
        let plan = self.plan;
        if is_blank(record.value(plan.key[0])) && (0..record.width()).all(|at| is_blank(record.value(at))) {
            self.part.tally.blank_rows += 1;
            return;
        }
        self.part.records += 1;
        self.look_for_people(line, record);
        let before = self.part.refused_total;
        self.read_key(line, record);
        let day = self.read_day(line, record);
        let report = plan.report.map(|column| self.read_report(line, record, column, day));
        let mut blank = [false; MEASURES];
        let measures = self.read_measures(line, record, &mut blank);
        let mut currency_is_new = false;
        let currency = plan.currency.map(|at| record.value(at));
        if let Some(Value::Text(text)) = currency {
            currency_is_new = !is_blank(Value::Text(text)) && text != self.last_currency;
        }
        let levers = self.read_levers(line, record);
        let signals = self.read_signals(line, record, &levers);
        if self.part.refused_total > before {
            return;
        }
        self.part.see(day);
        if plan.as_of.is_some_and(|as_of| day > as_of) {
            self.part.tally.after_as_of += 1;
            return;
        }
        if let (true, Some(Value::Text(text))) = (currency_is_new, currency) {
            *self.part.currencies.entry(text.trim().to_uppercase()).or_default() += 1;
            text.clone_into(&mut self.last_currency);
        }
        for (sum, blank) in self.part.tally.blank.iter_mut().zip(blank) {
            *sum += usize::from(blank);
        }
        let has_attributes = plan.status.is_some() || plan.label.is_some() || plan.levers.iter().any(Option::is_some);
        let mut label_text = Vec::new();
        let observed = has_attributes.then(|| Observed {
            status: plan.status.and_then(|at| self.read_status(record.value(at))),
            label: plan.label.and_then(|at| text_of(record.value(at), &mut label_text)),
            numbers: levers,
        });
        let exported = report.filter(|_| plan.exported);
        let recency = i64::from(day) + exported.map_or(0, |report| report_recency(report, plan.as_of));
        self.part.push(&Row { key: &self.key, day, report, recency, measures, signals, observed });
    }

    /// Keeps the first value that identifies somebody, outside the terms, which are masked.
    fn look_for_people<R: Record>(&mut self, line: u64, record: &R) {
        let plan = self.plan;
        let text = |column: usize| if let Value::Text(text) = record.value(column) { text } else { "" };
        let in_key = plan.key[1..].iter().chain(&plan.label).map(|&at| (at, privacy::wholly_personal(text(at))));
        let beside = plan.unread.iter().map(|&at| (at, privacy::personal(text(at))));
        if self.part.person.is_none() {
            let found = in_key.chain(beside).find_map(|(column, what)| Some((column, what?)));
            self.part.person = found.map(|(column, what)| Person { line, column, what });
        }
    }

    fn read_key<R: Record>(&mut self, line: u64, record: &R) {
        self.key.clear();
        let plan = self.plan;
        for &column in &plan.key {
            write_text(&mut self.key, record.value(column));
            self.key.push(END);
        }
        let term = record.value(plan.key[0]);
        if matches!(self.key.first(), None | Some(&END)) {
            self.refuse(line, plan.key[0], term, "must not be blank");
        } else if is_damaged(&self.key) {
            self.refuse(
                line,
                plan.key[0],
                term,
                "is a formula or an error that a spreadsheet left in place of the term",
            );
        }
    }

    fn read_day<R: Record>(&mut self, line: u64, record: &R) -> i32 {
        let Some(column) = self.plan.when else {
            return 0;
        };
        let value = record.value(column);
        read_date(value, &mut self.last_date).unwrap_or_else(|rule| {
            self.refuse(line, column, value, rule);
            0
        })
    }

    /// The day of the report or of the conversion; a conversion may be without one.
    fn read_report<R: Record>(&mut self, line: u64, record: &R, column: usize, day: i32) -> i32 {
        let value = record.value(column);
        if !self.plan.exported && is_blank(value) {
            return UNDATED;
        }
        let read = read_date(value, &mut self.last_report);
        let (early, rule) = (
            read.is_ok_and(|report| report < day),
            if self.plan.exported { "is before the day that the row is of" } else { "is before the day of the click" },
        );
        read.and_then(|report| if early { Err(rule) } else { Ok(report) }).unwrap_or_else(|rule| {
            self.refuse(line, column, value, rule);
            UNDATED
        })
    }

    fn read_measures<R: Record>(
        &mut self,
        line: u64,
        record: &R,
        blank: &mut [bool; MEASURES],
    ) -> [Option<f64>; MEASURES] {
        let plan = self.plan;
        let mut measures = [None; MEASURES];
        for (measure, column) in plan.measures.iter().enumerate() {
            let Some(column) = *column else { continue };
            let value = record.value(column);
            let required = measure == CLICKS || measure == CONVERSIONS;
            measures[measure] = match read_number(value, Kind::Amount, plan.comma) {
                Ok(Some(number)) => Some(number / plan.divisors[measure]),
                Ok(None) if required => {
                    self.refuse(line, column, value, "must not be blank");
                    None
                }
                Ok(None) => {
                    blank[measure] = true;
                    Some(0.0)
                }
                Err(rule) => {
                    self.refuse(line, column, value, rule);
                    None
                }
            };
        }
        measures
    }

    fn read_levers<R: Record>(&mut self, line: u64, record: &R) -> [Option<f64>; NUMBERS] {
        let plan = self.plan;
        let mut numbers = [None; NUMBERS];
        for (lever, column) in plan.levers.iter().enumerate() {
            let Some(column) = *column else { continue };
            let value = record.value(column);
            let ratio = matches!(LEVERS[lever], Column::TargetRoas | Column::Margin);
            let read = read_number(value, if ratio { Kind::Ratio } else { Kind::Amount }, plan.comma);
            match read {
                Ok(Some(number)) if LEVERS[lever] == Column::Margin && number > 1.0 => {
                    self.refuse(line, column, value, "is not a share between 0 and 1 (write 0.35 or 35%)");
                }
                Ok(number) => {
                    numbers[lever] = number.map(|number| number / plan.lever_divisors[lever]);
                }
                Err(rule) => self.refuse(line, column, value, rule),
            }
        }
        numbers
    }

    /// The two levers that show how clicks answer to spend, and the shares of the auctions.
    fn read_signals<R: Record>(
        &mut self,
        line: u64,
        record: &R,
        levers: &[Option<f64>; NUMBERS],
    ) -> [Option<f64>; SIGNALS] {
        let plan = self.plan;
        let mut signals = [None; SIGNALS];
        for (signal, lever) in [(0, Column::MaxCpc), (1, Column::CampaignBudget)] {
            let at = LEVERS.iter().position(|&known| known == lever).unwrap_or_default();
            // a bid of nothing is none
            signals[signal] = plan.levers[at].map(|_| levers[at].filter(|&set| set > 0.0).unwrap_or(f64::NAN));
        }
        for (share, column) in plan.shares.iter().enumerate() {
            let Some(column) = *column else { continue };
            let value = record.value(column);
            let ends = read_share(value, plan.comma).unwrap_or_else(|rule| {
                self.refuse(line, column, value, rule);
                None
            });
            let (lower, upper) = ends.unwrap_or((f64::NAN, f64::NAN));
            (signals[2 + 2 * share], signals[3 + 2 * share]) = (Some(lower), Some(upper));
        }
        signals
    }

    /// The status of a word; words that are not known count as enabled and are listed.
    fn read_status(&mut self, value: Value<'_>) -> Option<Status> {
        let Value::Text(word) = value else {
            return None;
        };
        if number::is_blank(word) {
            return None;
        }
        if self.last_status.0 != word {
            self.last_status.1 = attributes::status(word);
            word.clone_into(&mut self.last_status.0);
        }
        if self.last_status.1.is_none() {
            let word = shorten(word.trim());
            *self.part.unknown_status.entry(word).or_default() += 1;
        }
        Some(self.last_status.1.unwrap_or_default())
    }
}

/// A day; `last` holds the text read last and its day, as most rows repeat it.
fn read_date(value: Value<'_>, last: &mut (String, i32)) -> Result<i32, &'static str> {
    match value {
        Value::Day(day) => date::date(day).ok_or("is not a date").and_then(date::check).map(date::number),
        Value::Text(text) if text == last.0 && !text.is_empty() => Ok(last.1),
        Value::Text(text) => {
            let read = date::parse(text).map(date::number);
            if let Ok(day) = read {
                last.1 = day;
                text.clone_into(&mut last.0);
            }
            read
        }
        Value::Blank => Err("must not be blank"),
        Value::Number(_) => Err("is not a date"),
    }
}
