//! What the cells of a whole column say of how it is written.
//!
//! In: rows of delimited text. Out: for each column whether its decimal mark is a point or a comma, and the
//! order of day and month. A column's own numbers decide; a column whose numbers can be read both ways follows
//! the others of its file; a count that stays open is whole, so that its marks group. A date order is never
//! guessed: it follows from a day above 12, from the lines above the header, or from weeks or days that follow each other only
//! in one order; else it is refused, and so are years of two digits that may stand first. A sample may leave a column open, the whole file may not.

use super::aliases::normalize;
use super::cell::Record;
use super::date::{DateOrder, Slashed};
use super::delimited::{Header, Records};
use super::error::IngestError;
use super::number::{self, Marks, Shape, Unit, shape_of};
use super::plan::{Plan, Wanted};
use super::span::Span;
use crate::domain::Date;
use chrono::Datelike;
use rayon::prelude::*;
use std::collections::HashSet;

/// Distinct dates kept, at most; a calendar of 27 years has as many.
const DATES: usize = 10_000;
/// Distinct days without a gap that do not follow each other by chance, and distinct weeks that do not fall on one weekday so;
/// fewer where the header says "week".
const DAYS: usize = 4;
const NAMED_WEEKS: usize = 2;
/// Days from one week, or day, to the next; days that follow each other so in one order only are rows of one.
const STEPS: [i64; 2] = [7, 1];

const BOTH: [DateOrder; 2] = [DateOrder::DayFirst, DateOrder::MonthFirst];

/// How often the numbers of a column were written in which way.
#[derive(Clone, Copy, Debug, Default)]
struct Votes {
    point: u64,
    comma: u64,
    either_point: u64,
    either_comma: u64,
    /// Those of both kinds that end with three zeros, as whole numbers with decimals do.
    zeros: u64,
    /// Shares above 1 without a sign, which are percent, and all without one.
    percent: u64,
    shares: u64,
    /// Cells of a segment's column without and with text.
    blank: u64,
    filled: u64,
}

impl Votes {
    /// Whether all numbers that can be read both ways end with three zeros: `12.000` may be 12 as well as 12,000.
    fn may_be_decimal(self) -> bool {
        self.zeros > 0 && self.zeros == self.either_point + self.either_comma
    }

    fn any(self) -> bool {
        self.point + self.comma + self.either_point + self.either_comma > 0
    }

    /// What numbers that can be read one way only say; the more frequent where both occur, so that the
    /// others are refused.
    fn certain(self) -> Option<Marks> {
        match self.point.cmp(&self.comma) {
            std::cmp::Ordering::Greater => Some(Marks::Point),
            std::cmp::Ordering::Less => Some(Marks::Comma),
            std::cmp::Ordering::Equal => (self.point > 0).then_some(Marks::Point),
        }
    }
}

/// How columns are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Styles {
    /// By column of the file.
    pub marks: Vec<Marks>,
    /// Of the days of the rows.
    pub when: Option<DateOrder>,
    /// Of the days of report or conversion.
    pub report: Option<DateOrder>,
    /// Columns of money whose marks nothing shows, so that the language of the header, or the separator, decided.
    pub assumed: Vec<usize>,
    /// What shares without a sign are in, by column of the file.
    pub units: Vec<Unit>,
    /// Whether some rows, and not most, have nothing in a segment's column, by column of the file.
    pub blanks: Vec<bool>,
}

impl Styles {
    /// What is assumed of typed columns: text in them has decimal points.
    pub(super) fn plain(columns: usize, order: Option<DateOrder>) -> Self {
        let (marks, units) = (vec![Marks::Point; columns], vec![Unit::ByValue; columns]);
        Self { marks, when: order, report: order, assumed: Vec::new(), units, blanks: Vec::new() }
    }
}

/// Names of columns in languages that write decimal commas and group with points.
const LOCAL: [&str; 22] = [
    "klicks",
    "kosten",
    "impressionen",
    "einblendungen",
    "umsatz",
    "ausgaben",
    "suchbegriff",
    "suchkeyword",
    "kampagne",
    "anzeigengruppe",
    "conversionen",
    "konversionen",
    "wert",
    "woche",
    "datum",
    "coste",
    "costo",
    "gasto",
    "impresiones",
    "conversiones",
    "palabraclave",
    "campa\u{f1}a",
];

/// Whether a column that is read has a name of such a language.
fn has_decimal_commas(header: &Header, plan: &Plan<'_>) -> bool {
    let known = |(at, name): (usize, &String)| {
        plan.schema.mapped.get(at).is_some_and(Option::is_some) && LOCAL.contains(&normalize(name).as_str())
    };
    header.names.iter().enumerate().any(known)
}

/// What is known of a file beside its rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    /// What the user said of day and month.
    pub chosen: Option<DateOrder>,
    /// What the lines above the header show.
    pub order: Option<DateOrder>,
    pub span: Option<Span>,
    /// Whether the days of the rows stand in a column of weeks.
    pub weekly: bool,
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Evidence {
    votes: Vec<Votes>,
    when: HashSet<Slashed>,
    report: HashSet<Slashed>,
}

impl Evidence {
    /// Looks through rows.
    pub(super) fn gather(pieces: &[&str], header: &Header, plan: &Plan<'_>) -> Self {
        let none =
            || Self { votes: vec![Votes::default(); header.names.len()], when: HashSet::new(), report: HashSet::new() };
        let parts: Vec<Self> = pieces.par_iter().map(|piece| Self::of_piece(none(), piece, header, plan)).collect();
        parts.into_iter().fold(none(), Self::join)
    }

    fn join(mut self, other: Self) -> Self {
        for (sum, votes) in self.votes.iter_mut().zip(other.votes) {
            sum.point += votes.point;
            sum.comma += votes.comma;
            sum.either_point += votes.either_point;
            sum.either_comma += votes.either_comma;
            sum.zeros += votes.zeros;
            sum.percent += votes.percent;
            sum.shares += votes.shares;
            sum.blank += votes.blank;
            sum.filled += votes.filled;
        }
        self.when.extend(other.when);
        self.report.extend(other.report);
        self
    }

    fn of_piece(mut self, piece: &str, header: &Header, plan: &Plan<'_>) -> Self {
        let numbers: Vec<usize> = (0..header.names.len()).filter(|&at| plan.may_be_number(at)).collect();
        let mut records = Records::new(piece, header.separator);
        let mut last = [String::new(), String::new(), String::new()];
        while records.advance().is_some() {
            if records.width() != header.names.len() {
                continue;
            }
            for &column in &numbers {
                let votes = &mut self.votes[column];
                match shape_of(records.text(column)) {
                    Shape::Whole | Shape::Wrong => {}
                    Shape::Point => votes.point += 1,
                    Shape::Comma => votes.comma += 1,
                    shape @ (Shape::EitherPoint | Shape::EitherComma) => {
                        let text = records.text(column).trim_end();
                        votes.zeros += u64::from(text.ends_with(".000") || text.ends_with(",000"));
                        if shape == Shape::EitherPoint {
                            votes.either_point += 1;
                        } else {
                            votes.either_comma += 1;
                        }
                    }
                }
            }
            for &column in plan.segments.iter().filter(|&&at| at < header.names.len()) {
                let is_blank = number::is_blank(records.text(column));
                self.votes[column].blank += u64::from(is_blank);
                self.votes[column].filled += u64::from(!is_blank);
            }
            for column in plan.shares.iter().flatten().filter(|&&at| at < header.names.len()) {
                let text = records.text(*column);
                self.votes[*column].percent += u64::from(number::is_above_one(text));
                self.votes[*column].shares += u64::from(!number::is_blank(text) && !text.contains('%'));
            }
            let days =
                [(plan.when, &mut self.when), (plan.until, &mut HashSet::new()), (plan.report, &mut self.report)];
            for ((column, dates), last) in days.into_iter().zip(&mut last) {
                let Some(text) = column.filter(|&at| at < header.names.len()).map(|at| records.text(at)) else {
                    continue;
                };
                if text != last && dates.len() < DATES {
                    dates.extend(Slashed::read(text));
                    text.clone_into(last);
                }
            }
        }
        self
    }

    /// Decides. `whole`: whether all rows were looked through.
    ///
    /// # Errors
    /// Dates that can be read both ways.
    pub(super) fn decide(
        &self,
        header: &Header,
        plan: &Plan<'_>,
        context: &Context,
        whole: bool,
    ) -> Result<Styles, IngestError> {
        let certain: HashSet<bool> =
            self.votes.iter().filter_map(|votes| votes.certain()).map(|marks| marks == Marks::Comma).collect();
        let only = |comma: bool, point: bool| match (comma, point) {
            (true, false) => Some(Marks::Comma),
            (false, true) => Some(Marks::Point),
            _ => None,
        };
        let of_file = only(certain.contains(&true), certain.contains(&false)).or_else(|| {
            // a count is whole, so its marks group, and the others of the file do the same
            let counts = || {
                let votes = self.votes.iter().enumerate().filter(|(_, votes)| !votes.may_be_decimal());
                votes.filter(|(at, _)| certain.is_empty() && plan.is_count(*at))
            };
            only(counts().any(|(_, votes)| votes.either_point > 0), counts().any(|(_, votes)| votes.either_comma > 0))
                .filter(|_| whole)
        });
        let local = header.separator == b';' || has_decimal_commas(header, plan);
        let assumed = if local { Marks::Comma } else { Marks::Point };
        let mut open = Vec::new();
        let marks: Vec<Marks> = self
            .votes
            .iter()
            .enumerate()
            .map(|(column, votes)| {
                let either = votes.either_point > 0 || votes.either_comma > 0;
                let is_count = plan.is_count(column) && !votes.may_be_decimal();
                match votes.certain() {
                    Some(marks) => marks,
                    None if either && of_file.is_some() && !is_count => of_file.unwrap_or(assumed),
                    None if !whole => Marks::Open,
                    None if !votes.any() => Marks::Point,
                    // a count is whole, so its marks group, whatever those of the file's amounts do
                    None if is_count && votes.either_comma == 0 => Marks::Comma,
                    None if is_count && votes.either_point == 0 => Marks::Point,
                    None if either && of_file.is_some() => of_file.unwrap_or(assumed),
                    None => {
                        open.push(column);
                        assumed
                    }
                }
            })
            .collect();
        let order = |dates: &HashSet<Slashed>, column: Option<usize>, weekly: bool| {
            let context = Context { weekly, ..*context };
            if let (true, Some(column), None, Some(date)) = (whole, column, context.chosen, year_may_be_first(dates)) {
                let (column, value) = (plan.schema.names[column].clone(), date.to_string());
                let readings = [date.year_first(), date.date(BOTH[0]).or(date.date(BOTH[1]))];
                let [year_first, year_last] = readings.map(Option::unwrap_or_default);
                return Err(IngestError::ShortYears { file: plan.file.into(), column, value, year_first, year_last });
            }
            order_of(dates, &context).or_else(|both| match (whole, column) {
                (true, Some(column)) => {
                    let (column, value) = (plan.schema.names[column].clone(), both.0);
                    let [day_first, month_first] = both.1;
                    Err(IngestError::AmbiguousDates { file: plan.file.into(), column, value, day_first, month_first })
                }
                _ => Ok(None),
            })
        };
        let when = order(&self.when, plan.when, context.weekly)?;
        let report = match order(&self.report, plan.report, false) {
            Err(_) if when.is_some() => when,
            other => other?,
        };
        open.retain(|&column| plan.wanted(column) == Wanted::Number);
        // a share above 1 that comes behind the sample is refused, and the whole column decides
        // so is one among many that are not
        let is_percent = |votes: &Votes| votes.percent > 0 && 4 * votes.percent >= votes.shares;
        let unit = |votes: &Votes| if is_percent(votes) { Unit::Percent } else { Unit::Ratio };
        let units = self.votes.iter().map(unit).collect();
        let blanks = self.votes.iter().map(|votes| votes.blank > 0 && votes.blank <= votes.filled).collect();
        Ok(Styles { marks, when, report, assumed: open, units, blanks })
    }
}

/// An example of dates with years of two digits that may stand first: all are dates so, and the last number does not stay
/// as it is from date to date more than the first does, as a year does.
fn year_may_be_first(dates: &HashSet<Slashed>) -> Option<Slashed> {
    let example = dates.iter().min_by_key(|date| date.year_first())?;
    let count = |end: fn(Slashed) -> u32| dates.iter().map(|&date| end(date)).collect::<HashSet<u32>>().len();
    let stays = count(|date| date.ends().1) < count(|date| date.ends().0);
    let is_one = |date: &Slashed| BOTH.iter().any(|&order| date.date(order).is_some());
    let open = dates.iter().all(|date| date.year_first().is_some()) && dates.iter().any(is_one);
    (open && !stays).then_some(*example)
}

/// The order of dates, or an example of one that can be read both ways.
fn order_of(dates: &HashSet<Slashed>, context: &Context) -> Result<Option<DateOrder>, (String, [Date; 2])> {
    if dates.is_empty() || context.chosen.is_some() {
        return Ok(context.chosen);
    }
    let count = |order| dates.iter().filter(|date| date.order() == Some(order)).count();
    let (by_day, by_month) = (count(BOTH[0]), count(BOTH[1]));
    if by_day + by_month > 0 {
        return Ok(Some(if by_day >= by_month { BOTH[0] } else { BOTH[1] }));
    }
    if dates.iter().all(|date| date.date(BOTH[0]) == date.date(BOTH[1])) {
        return Ok(None);
    }
    let fits = |order: &DateOrder| {
        let days: Option<HashSet<Date>> = dates.iter().map(|date| date.date(*order)).collect();
        days.map(|days| {
            let in_span =
                context.span.is_some_and(|span| days.iter().all(|&day| span.first <= day && day <= span.last));
            let weekdays: HashSet<_> = days.iter().map(Datelike::weekday).collect();
            let mut sorted: Vec<Date> = days.iter().copied().collect();
            sorted.sort_unstable();
            let least = if context.weekly { NAMED_WEEKS } else { DAYS };
            let by = |step: i64| sorted.windows(2).all(|pair| (pair[1] - pair[0]).num_days() == step);
            let follow = sorted.len() >= least && STEPS.into_iter().any(by);
            (in_span, context.weekly && days.len() >= NAMED_WEEKS && weekdays.len() == 1, follow)
        })
    };
    let [mut by_day, mut by_month] = BOTH.map(|order| fits(&order).unwrap_or_default());
    // the first of every month in one order is a row of days in January in the other
    let firsts = |order: DateOrder| dates.iter().all(|date| date.date(order).is_some_and(|day| day.day() == 1));
    if BOTH.into_iter().any(firsts) {
        (by_day.2, by_month.2) = (false, false);
    }
    let only = |a: bool, b: bool| match (a, b) {
        (true, false) => Some(BOTH[0]),
        (false, true) => Some(BOTH[1]),
        _ => None,
    };
    let justified =
        context.order.or(only(by_day.0, by_month.0)).or(only(by_day.1, by_month.1)).or(only(by_day.2, by_month.2));
    let open = dates.iter().filter(|date| date.date(BOTH[0]) != date.date(BOTH[1]));
    let example = open.min_by_key(|date| date.date(BOTH[1]));
    let both = example.and_then(|date| Some((date.to_string(), [date.date(BOTH[0])?, date.date(BOTH[1])?])));
    match (justified, both) {
        (Some(order), _) => Ok(Some(order)),
        (None, Some(both)) => Err(both),
        (None, None) => Ok(Some(BOTH[0])),
    }
}

#[cfg(test)]
mod tests;
