//! What is noted of the way in which a table is written.
//!
//! In: the table and how it was read. Out: notes on days that are not read, marks and dates.

use super::{ROWS, Table};
use crate::domain::Notes;
use crate::ingest::IngestSettings;
use crate::ingest::date::DateOrder;
use crate::ingest::delimited::Records;
use crate::ingest::error::list;
use crate::ingest::number::{self, Marks};
use crate::ingest::parquet::Typed;
use crate::ingest::plan::{Plan, Wanted};
use crate::ingest::span;

impl Table<'_> {
    /// Columns that are not read and hold nothing but days, where no other column says when a row was.
    fn unread_days(&self, plan: &Plan<'_>) -> Vec<usize> {
        if plan.when.is_some() || plan.until.is_some() {
            return Vec::new();
        }
        let (text, header) = match self {
            Self::Text { text, layout, .. } => (text, &layout.header),
            Self::Parquet { columns } => {
                return plan.unread.iter().copied().filter(|&column| columns[column].is_dated()).collect();
            }
        };
        let is_day = |text: &str| {
            let orders = [DateOrder::DayFirst, DateOrder::MonthFirst];
            orders.into_iter().any(|order| span::cell(text, Some(order)).is_ok())
        };
        let mut records = Records::new(&text[header.end..header.until], header.separator);
        let mut open: Vec<(usize, bool)> = plan.unread.iter().map(|&column| (column, false)).collect();
        for _ in 0..ROWS {
            if open.is_empty() || records.advance().is_none() {
                break;
            }
            open.retain_mut(|(column, any)| {
                let text = records.text(*column);
                let blank = number::is_blank(text);
                *any |= !blank;
                blank || is_day(text)
            });
        }
        open.into_iter().filter(|(_, any)| *any).map(|(column, _)| column).collect()
    }

    /// Says which columns hold days that are not read or have decimal commas, and which order of dates the data show.
    pub(in crate::ingest) fn note_marks(&self, plan: &Plan<'_>, settings: &IngestSettings, notes: &mut Notes) {
        let days: Vec<&String> = self.unread_days(plan).iter().map(|&at| &plan.schema.names[at]).collect();
        let first = days.first().map_or("", |name| name.as_str());
        let message = format!(
            "`{}` has days in {}, which is not known as the date of the rows: if it is, say so with `--map \"{first}=date\"`",
            plan.file,
            list(&days)
        );
        notes.add("unread-dates", days.len(), message);
        if let Self::Parquet { columns } = self {
            note_zones(columns, plan, notes);
        }
        if let Self::Text { layout, .. } = self {
            let unclear =
                span::unclear(&layout.preamble).filter(|_| plan.when.is_none() && settings.date_order.is_none());
            if let Some(line) = unclear {
                let message = format!(
                    "`{}` names days above its header that can be read with the day or the month first, so they are not \
                     known: `{line}`; say which with `--date-order`",
                    plan.file
                );
                notes.add("unclear-days", 1, message);
            }
            let order = plan.styles.when.filter(|_| settings.date_order.is_none());
            if let (Some(order), Some(at)) = (order, plan.when) {
                let first = if order == DateOrder::DayFirst { "day" } else { "month" };
                let message =
                    format!("`{}` has dates with the {first} first in `{}`", plan.file, plan.schema.names[at]);
                notes.add("date-order", 1, message);
            }
            let assumed: Vec<&String> = plan.styles.assumed.iter().map(|&at| &plan.schema.names[at]).collect();
            let comma = plan.styles.assumed.iter().any(|&at| plan.marks(at) == Marks::Comma);
            let (mark, why) = if comma {
                ("comma", "as its headers or semicolons suggest")
            } else {
                ("point", "as nothing suggests another")
            };
            let message = format!(
                "nothing in `{}` shows whether the marks in {} divide decimals or group thousands: read with a decimal {mark}, \
                 {why}; compare the totals",
                plan.file,
                list(&assumed)
            );
            notes.add("assumed-marks", assumed.len(), message);
            // points in counts group thousands
            let (counts, commas): (Vec<usize>, Vec<usize>) = (0..plan.width)
                .filter(|&at| plan.wanted(at) == Wanted::Number && plan.marks(at) == Marks::Comma)
                .partition(|&at| plan.is_count(at));
            let names = |columns: &[usize]| list(&columns.iter().map(|&at| &plan.schema.names[at]).collect::<Vec<_>>());
            let message = format!("`{}` has decimal commas in {}", plan.file, names(&commas));
            notes.add("decimal-comma", commas.len(), message);
            let message = format!("`{}` groups thousands by points in {}", plan.file, names(&counts));
            notes.add("grouped-thousands", counts.len(), message);
        }
    }
}

/// Says in which zone the moments of a column were taken for days.
fn note_zones(columns: &[Typed], plan: &Plan<'_>, notes: &mut Notes) {
    for column in [plan.when, plan.until, plan.report].into_iter().flatten().filter_map(|at| columns.get(at)) {
        let Some((zone, is_known)) = column.zone() else { continue };
        let (file, name) = (plan.file, &column.name);
        let message = if is_known {
            format!("`{file}` has moments in `{name}`: their days are those of `{zone}`")
        } else {
            format!("`{file}` has moments in `{name}` in an unknown zone, `{zone}`: their days are those of UTC")
        };
        notes.add("time-zone", 1, message);
    }
}
