//! Which days the rows of all files are of.
//!
//! In: for each file whether its rows have a day, a first and a last day, or only the report as a whole has.
//! Out: whether the days are days, weeks, or nothing but the bounds of one period; and what is wrong where
//! reports of overlapping days would be counted twice. Rows that run over seven days are weeks, rows that run
//! over one are days; anything else cannot be divided and is one period of known length.

use super::calendar::Dated;
use super::date::{date, number};
use super::error::IngestError;
use super::plan::Plan;
use super::rows::Part;
use super::span::Span;

/// Days of a week.
const WEEK: i32 = 7;

/// What the days stand for so far.
#[derive(Debug, Default)]
pub(super) struct Dating {
    /// Files whose rows have no day, with what the report as a whole is of.
    reports: Vec<(String, Option<Span>)>,
    /// Whether rows run from a day to a day.
    runs: bool,
}

impl Dating {
    /// Takes in one file; rows without a day get the first of their report.
    pub(super) fn see(&mut self, file: &str, plan: &Plan<'_>, part: &mut Part, span: Option<Span>) {
        self.runs |= plan.until.is_some();
        if plan.when.is_none() {
            if let Some(span) = span {
                part.date_all(number(span.first));
                part.spans.see(number(span.first), number(span.last));
            }
            self.reports.push((file.to_owned(), span));
        }
    }

    /// Two reports of overlapping, different days.
    pub(super) fn problem(&self, exports: bool) -> Option<IngestError> {
        let named: Vec<(&String, Span)> =
            self.reports.iter().filter_map(|(file, span)| Some((file, (*span)?))).collect();
        let pairs =
            named.iter().enumerate().flat_map(|(at, one)| named[at + 1..].iter().map(move |other| (one, other)));
        let twice = |(one, other): &(&(&String, Span), &(&String, Span))| one.1 != other.1 && one.1.overlaps(other.1);
        let (one, other) = pairs.filter(|_| !exports).find(twice)?;
        let (first, last) = (one.1.first.max(other.1.first), one.1.last.min(other.1.last));
        let what = if first == last { format!("{first}") } else { format!("{first} to {last}") };
        Some(IngestError::SameDays { first: one.0.clone(), second: other.0.clone(), what })
    }

    /// What the days of rows that run from a day to a day, or of whole reports, stand for; the part's days go
    /// where they cannot be told apart.
    pub(super) fn settle(&self, part: &mut Part) -> (Dated, Option<Span>) {
        let lengths: Vec<i32> = part.spans.lengths.iter().copied().collect();
        let complete = self.reports.iter().all(|(_, span)| span.is_some());
        match (complete, lengths.as_slice()) {
            (true, [WEEK]) => return (Dated::Week, None),
            (true, [1]) if part.days.len() > 1 => return (Dated::Day, None),
            _ => {}
        }
        let ends = part.spans.ends.filter(|_| complete);
        part.date_all(0);
        let span = ends.and_then(|(first, last)| Some(Span { first: date(first)?, last: date(last)? }));
        (Dated::Not, span)
    }

    /// Days that the reports are of, without those between them; `None` where rows run from a day to a day.
    pub(super) fn days(&self) -> Option<i64> {
        let mut spans: Vec<Span> = self.reports.iter().filter_map(|(_, span)| *span).collect();
        spans.sort_unstable_by_key(|span| span.first);
        spans.dedup();
        (!self.runs && !spans.is_empty()).then(|| spans.iter().map(|span| span.days()).sum())
    }
}
