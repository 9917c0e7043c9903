//! The rules a row must keep.
//!
//! In: the cells of one record, from text or typed columns. Out: a row, or every rule it breaks with
//! line and column. A blank cell is zero in an optional measure (noted), refused in a required one (of the
//! conversions the whole column tells), and "not set" in a lever. A record without any of the names that rows have is put aside: it may be a total.

mod signals;

use super::aliases::Column;
use super::attributes::Observed;
use super::cell::{LastDate, Record, Value, is_blank, is_empty, read_date, read_number, shorten, text_of, write_text};
use super::error::Refused;
use super::grain;
use super::money;
use super::names::Names;
use super::number::{self, Kind, Unit};
use super::plan::Plan;
use super::rows::{CLICKS, CONVERSIONS, COST, END, MEASURES, Part, REVENUE, Row, UNDATED, report_recency};
use super::text::{self, Condition};
use super::totals::{self, Aside};
use crate::counts::OTHER_TERMS;
use crate::domain::Status;

/// Records put aside, at most: totals are few, and where most rows have no names these are no totals.
pub(super) const ASIDE: usize = 20_000;

/// The same of those that are named as totals are.
pub(super) const NAMED_ASIDE: usize = 50 * ASIDE;

/// Reads records into one part.
#[derive(Debug)]
pub(super) struct Reader<'p> {
    pub plan: &'p Plan<'p>,
    pub part: Part,
    key: Vec<u8>,
    /// The cells of the record, where they tell it from others.
    cells: Vec<u8>,
    /// What befell the term of `key`.
    condition: Condition,
    /// Whether the record is of what the platform hides.
    hidden: bool,
    /// Those of the row pushed last.
    names: Names,
    /// Where the record stands that had them last.
    names_line: u64,
    /// Whether days are wanted, so that a week in their place is seven.
    of_days: bool,
    last_date: LastDate,
    last_until: LastDate,
    last_report: LastDate,
    last_status: (String, Option<Status>),
    last_currency: String,
    /// What the shares are in, in the order of the plan's.
    units: [Unit; 3],
}

/// A cell of the conversions that is blank where the column does not show what that means.
const NO_CONVERSIONS: &str =
    "must not be blank, as nothing shows whether it is zero or was not measured (write 0 where it is)";
/// The same beside a value of conversions.
const WORTH_SOMETHING: &str = "must not be blank, as the row has a value of conversions above 0";

impl<'p> Reader<'p> {
    pub(super) fn new(plan: &'p Plan<'p>) -> Self {
        Self {
            plan,
            part: Part::default(),
            key: Vec::with_capacity(128),
            cells: Vec::new(),
            condition: Condition::Fine,
            hidden: false,
            names: Names::default(),
            names_line: 0,
            of_days: plan.when.is_some() && plan.when == plan.schema.position(Column::Date),
            last_date: LastDate::default(),
            last_until: LastDate::default(),
            last_report: LastDate::default(),
            last_status: (String::new(), None),
            last_currency: String::new(),
            units: plan.shares.map(|column| column.map_or(Unit::ByValue, |column| plan.unit(column))),
        }
    }

    /// Records a rule that a whole record breaks.
    pub(super) fn refuse_record(&mut self, line: u64, text: &str, rule: &'static str) {
        self.part.records += 1;
        let file = self.plan.file;
        let place = self.plan.place;
        self.part.refuse(|| Refused {
            file: file.into(),
            line,
            place,
            column: String::new(),
            value: shorten(text),
            rule,
        });
    }

    fn refuse(&mut self, line: u64, column: usize, value: Value<'_>, rule: &'static str) {
        let plan = self.plan;
        self.part.refuse(|| plan.refused(line, column, value, rule));
    }

    /// Reads one record that begins at `line`.
    pub(super) fn take<R: Record>(&mut self, line: u64, record: &R) {
        if !self.plan.rolled.is_empty()
            && self.plan.rolled.contains(&totals::identity(record, self.plan, &mut self.cells))
        {
            return;
        }
        let of_all_segments = self.plan.whole_of(record).is_some();
        if !of_all_segments && self.has_names(line, record) {
            self.names_line = line;
            self.look_beside(line, record);
            self.read(line, record, true);
            return;
        }
        let plan = self.plan;
        self.part.wholes.see(record, plan);
        let term = plan.value(record, plan.key[0]);
        let term_is_empty = is_empty(term);
        if term_is_empty && (0..record.width()).all(|at| is_blank(record.value(at))) {
            self.part.tally.blank_rows += 1;
            return;
        }
        self.look_for_people(line, record);
        self.look_beside(line, record);
        let unnamed = |at: &usize| is_empty(plan.value(record, *at));
        let nameless = if plan.names.is_empty() { term_is_empty } else { plan.names.iter().all(unnamed) };
        // some reports write the label where a campaign's name stands
        let is_label = |&at: &usize| matches!(plan.value(record, at), Value::Text(text) if totals::is_label(text));
        // folded terms have lost their names, and are no total
        let is_pool = matches!(term, Value::Text(text) if text == OTHER_TERMS);
        let is_doubtful = totals::is_doubtful(term);
        let may_be_total = of_all_segments || (!is_pool && (nameless || is_doubtful));
        // what is named as totals are stays apart however many there are: counted as a row it would double the account
        let is_named_so = is_doubtful && (!term_is_empty || plan.names.iter().any(is_label));
        if may_be_total && (self.part.aside.len() < ASIDE || (is_named_so && self.part.aside.len() < NAMED_ASIDE)) {
            let width = plan.width;
            self.part.aside.push(Aside::new(line, (0..width).map(|at| record.value(at))));
            return;
        }
        self.part.aside_full |= may_be_total;
        self.read_row(line, record);
    }

    /// Whether a record has the names of the row pushed last.
    fn has_names<R: Record>(&self, line: u64, record: &R) -> bool {
        let follows = self.names_line + 1 == line && self.names.are_known();
        (follows && record.repeats(&self.plan.named)) || self.names.are_in(record, self.plan)
    }

    /// Reads one record as a row of a term, whatever it looks like.
    pub(super) fn read_row<R: Record>(&mut self, line: u64, record: &R) {
        self.read(line, record, false);
    }

    /// The same for what the platform hides, whatever it is called.
    pub(super) fn read_hidden<R: Record>(&mut self, line: u64, record: &R) {
        self.hidden = true;
        self.read_row(line, record);
        self.hidden = false;
        self.names.forget();
    }

    /// `repeated`: whether it has the names of the row pushed last, so that what follows from them is known.
    fn read<R: Record>(&mut self, line: u64, record: &R, repeated: bool) {
        let plan = self.plan;
        self.part.records += 1;
        self.part.lines.see(line);
        if self.is_entity(record) {
            self.part.tally.entities += 1;
            return;
        }
        let before = self.part.refused_total;
        if !repeated {
            self.names.forget();
            self.condition = self.read_key(line, record);
        }
        let (so_far, day) = (self.part.refused_total, self.read_day(line, record));
        let is_dated = self.part.refused_total == so_far;
        let until = plan.until.map(|column| self.read_until(line, record, column, day));
        if is_dated {
            // of rows that are refused, too: their days tell when a file came
            self.part.see(day);
        }
        if is_dated && plan.is_unread(day) {
            if let Some(until) = until {
                self.part.spans.see(day, until);
            }
            // what stands in it is not looked at, so that it can stop nobody
            self.part.tally.after_as_of += usize::from(plan.as_of.is_some_and(|as_of| day > as_of));
            return;
        }
        let report = plan.report.map(|column| self.read_report(line, record, column, day));
        let mut blank = [false; MEASURES];
        let measures = self.read_measures(line, record, &mut blank);
        let levers = self.read_levers(line, record);
        let signals = self.read_signals(line, record, &levers);
        if self.part.refused_total > before {
            return;
        }
        if let Some(until) = until {
            self.part.spans.see(day, until);
        }
        self.part.tally.see(self.condition);
        if let Some(column) = plan.currency
            && let Value::Text(text) = plan.value(record, column)
            && text != self.last_currency
            && !number::is_blank(text)
        {
            text.clone_into(&mut self.last_currency);
            self.see_currency(line, column, &text.trim().to_uppercase());
        }
        for (sum, blank) in self.part.tally.blank.iter_mut().zip(blank) {
            *sum += usize::from(blank);
        }
        let has_attributes = plan.status.is_some() || plan.label.is_some() || plan.levers.iter().any(Option::is_some);
        let mut label_text = Vec::new();
        let observed = has_attributes.then(|| Observed {
            status: plan.status.and_then(|at| self.read_status(plan.value(record, at))),
            label: plan.label.and_then(|at| text_of(plan.value(record, at), &mut label_text)),
            numbers: levers,
        });
        let exported = report.filter(|_| plan.exported);
        let recency = i64::from(day) + exported.map_or(0, |report| report_recency(report, plan.as_of));
        self.part.push(&Row { key: &self.key, repeated, day, report, recency, measures, signals, observed });
        if !repeated {
            self.names.keep(record, plan);
            self.names_line = line;
        }
    }

    /// Notes where a currency was first seen.
    fn see_currency(&mut self, line: u64, column: usize, code: &str) {
        if !self.part.currencies.contains_key(code) {
            let (file, column) = (self.plan.file.to_owned(), self.plan.schema.names[column].clone());
            let rule = "is another currency than that of other rows";
            let first = Refused { file, line, place: self.plan.place, column, value: shorten(code), rule };
            self.part.currencies.insert(code.to_owned(), first);
        }
    }

    fn read_key<R: Record>(&mut self, line: u64, record: &R) -> Condition {
        self.key.clear();
        let plan = self.plan;
        let match_type = plan.match_type.map(|at| plan.value(record, at));
        let mut condition = Condition::Fine;
        for (field, &column) in plan.key.iter().enumerate() {
            match plan.value(record, column) {
                Value::Text(term) if field == 0 => {
                    let read = text::term(term.trim(), match_type);
                    self.key.extend_from_slice(read.0.as_bytes());
                    condition = read.1;
                }
                other => {
                    // beyond it a typed number is no longer the id it was made from
                    if matches!(other, Value::Number(number) if number.abs() >= text::EXACT) {
                        condition = Condition::RoundedId;
                    }
                    write_text(&mut self.key, other);
                }
            }
            self.key.push(END);
        }
        let term = plan.value(record, plan.key[0]);
        let name = if self.hidden { totals::HIDDEN } else { text::NONE };
        if !self.hidden && !is_empty(term) {
            return condition;
        }
        if !self.hidden && plan.names.iter().all(|&at| is_empty(plan.value(record, at))) {
            self.refuse(line, plan.key[0], term, "must not be blank");
            return condition;
        }
        // ads that no keyword triggered have a campaign all the same
        let end = self.key.iter().position(|&byte| byte == END).unwrap_or(0);
        self.key.splice(..end, name.bytes());
        if self.hidden { Condition::Fine } else { Condition::None }
    }

    fn read_day<R: Record>(&mut self, line: u64, record: &R) -> i32 {
        let Some(column) = self.plan.when else {
            return 0;
        };
        let value = self.plan.value(record, column);
        match read_date(value, self.plan.styles.when, &mut self.last_date) {
            Ok(day) => {
                if self.of_days {
                    let is_week = self.last_date.is_week && matches!(value, Value::Text(_));
                    let plan = self.plan;
                    self.part.grain.see(is_week, || plan.refused(line, column, value, grain::MIXED));
                }
                day
            }
            Err(rule) => {
                self.part.wholes.see_day(value, self.plan);
                self.refuse(line, column, value, rule);
                0
            }
        }
    }

    /// The last day of what the row is of.
    fn read_until<R: Record>(&mut self, line: u64, record: &R, column: usize, day: i32) -> i32 {
        let value = self.plan.value(record, column);
        let read = read_date(value, self.plan.styles.when, &mut self.last_until);
        let rule = "is before the day that the row begins on";
        read.and_then(|until| if until < day { Err(rule) } else { Ok(until) }).unwrap_or_else(|rule| {
            self.refuse(line, column, value, rule);
            day
        })
    }

    /// The day of the report or of the conversion; a conversion may be without one.
    fn read_report<R: Record>(&mut self, line: u64, record: &R, column: usize, day: i32) -> i32 {
        let value = self.plan.value(record, column);
        if !self.plan.exported && is_blank(value) {
            return UNDATED;
        }
        let read = read_date(value, self.plan.styles.report, &mut self.last_report);
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
            let value = plan.value(record, column);
            if (measure == COST || measure == REVENUE)
                && let Value::Text(text) = value
                && !text
                    .bytes()
                    .next_back()
                    .is_some_and(|byte| byte.is_ascii_digit() && text.as_bytes()[0].is_ascii_digit())
                && let Some(currency) = money::beside(text)
            {
                self.see_currency(line, column, currency);
            }
            measures[measure] = match read_number(value, Kind::Amount, plan.marks(column)) {
                Ok(Some(number)) => {
                    if measure == CONVERSIONS {
                        self.part.unmeasured.see(number);
                    }
                    Some(number / plan.divisors[measure])
                }
                Ok(None) if measure == CLICKS => {
                    self.refuse(line, column, value, "must not be blank");
                    None
                }
                Ok(None) if measure == CONVERSIONS => {
                    if let Some(rule) = self.not_zero(record, measures[CLICKS]) {
                        self.refuse(line, column, value, rule);
                        None
                    } else {
                        self.part.unmeasured.miss(|| plan.refused(line, column, value, NO_CONVERSIONS));
                        Some(0.0)
                    }
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

    /// Why blank conversions are no zero whatever the column shows: the row has no clicks, or a value.
    fn not_zero<R: Record>(&self, record: &R, clicks: Option<f64>) -> Option<&'static str> {
        let plan = self.plan;
        let worth = plan.measures[REVENUE].is_some_and(|column| {
            let read = read_number(plan.value(record, column), Kind::Amount, plan.marks(column));
            read.is_ok_and(|amount| amount.is_some_and(|amount| amount > 0.0))
        });
        if worth { Some(WORTH_SOMETHING) } else { clicks.is_none().then_some(NO_CONVERSIONS) }
    }
}
