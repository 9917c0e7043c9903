//! The runs one after another: a table for machines, and one for a terminal.

use super::WeeklyRun;
use crate::domain::Coin;
use crate::report::columns::{Column, column};
use crate::report::format::{self, Money};
use crate::report::tables::table;
use crate::report::terminal_table::aligned;
use crate::weekly::{Record, Review};

/// Significant digits of counts and ratios.
const DIGITS: usize = 6;

fn review(record: &Record) -> Option<&Review> {
    record.review.as_ref()
}

/// Columns of `history.csv`.
pub(super) fn columns() -> Vec<Column<Record>> {
    vec![
        column("run", "text", "name of the run", |record, line| line.text(&record.id)),
        column("week", "date", "first day of the last week of its data", |record, line| {
            line.text(&record.week.and_then(|week| week.start).map(|day| day.to_string()).unwrap_or_default());
        }),
        column("held", "true, false", "whether a guard held the plan", |record, line| {
            line.text(if record.held { "true" } else { "false" });
        }),
        column(
            "guards",
            "text",
            "guards that found something, accepted ones in brackets, separated by `;`",
            |record, line| {
                line.text(&guards(record));
            },
        ),
        column("spend", "money", "spend of the week, as the run saw it", |record, line| {
            line.money(record.week.and_then(|week| week.cost));
        }),
        column("clicks", "count", "clicks of the week", |record, line| {
            line.figure(record.week.map(|week| week.clicks), DIGITS);
        }),
        column("conversions", "count", "conversions of the week, as far as they were reported", |record, line| {
            line.figure(record.week.map(|week| week.conversions), DIGITS);
        }),
        column("revenue", "money", "revenue of the week", |record, line| {
            line.money(record.week.and_then(|week| week.revenue));
        }),
        column("spend_planned", "money", "spend that the plan in force had for the week", |record, line| {
            line.money(review(record).map(|review| review.spend_planned));
        }),
        column(
            "adoption",
            "ratio",
            "share of the planned moves that was made; below 0 where spends moved the other way, above 1 where they moved further; empty \
             where a guard holds the week for its figures",
            |record, line| {
                line.figure(record.adoption(), DIGITS);
            },
        ),
        column("adoption_error", "ratio", "its standard error", |record, line| {
            line.figure(record.followed().and_then(|review| review.adoption_error), DIGITS);
        }),
        column(
            "conversions_forecast",
            "count",
            "conversions forecast at the spend that happened, of which so many were reported",
            |record, line| {
                line.figure(review(record).map(|review| review.conversions_forecast), DIGITS);
            },
        ),
        column("conversions_given_clicks", "count", "the same given the clicks that came", |record, line| {
            line.figure(review(record).map(|review| review.conversions_given_clicks), DIGITS);
        }),
        column("conversions_p05", "count", "lower end of its 90% interval", |record, line| {
            line.figure(review(record).and_then(|review| review.conversions_p05), DIGITS);
        }),
        column("conversions_p95", "count", "upper end of it", |record, line| {
            line.figure(review(record).and_then(|review| review.conversions_p95), DIGITS);
        }),
        column(
            "promise_ratio",
            "ratio",
            "conversions that came for each one forecast at the spend that happened; empty where the week is no evidence: a guard found its data not what they seem, or holds it for its figures",
            |record, line| {
                line.figure(record.promise_ratio(), DIGITS);
            },
        ),
        column(
            "coverage_90_terms",
            "ratio",
            "share of terms inside their 90% interval, by randomised PIT; empty as `promise_ratio`",
            |record, line| {
                line.figure(record.evidence().and_then(|review| review.coverage_90_terms), DIGITS);
            },
        ),
        column(
            "lift_realised_over_promised",
            "ratio",
            "lift measured over lift promised; empty without a holdback",
            |record, line| {
                line.figure(record.lift_realised_over_promised, DIGITS);
            },
        ),
    ]
}

/// Names of the guards that found something; accepted ones in brackets.
pub(super) fn guards(record: &Record) -> String {
    let names: Vec<String> = record
        .findings
        .iter()
        .map(|finding| {
            let name = finding.guard.name();
            if finding.accepted { format!("({name})") } else { name.to_owned() }
        })
        .collect();
    names.join(";")
}

/// The runs up to this one.
pub(super) fn csv(run: &WeeklyRun) -> String {
    let records: Vec<&Record> = run.past.iter().chain([run.record]).collect();
    table(Coin::of(run.record.currency.as_deref()), &columns(), records.len(), |row, write: &mut dyn FnMut(&Record)| {
        write(records[row]);
    })
}

/// The runs in plain text, one line each.
#[must_use]
pub fn runs_table(records: &[Record]) -> String {
    let money = Money::default();
    let heads = ["run", "held by", "currency", "spend", "conv.", "forecast", "ratio", "adopted", "planned"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for record in records {
        let review = review(record);
        rows.push(vec![
            record.id.clone(),
            if record.held || !record.findings.is_empty() {
                format::shorten(&guards(record), 24)
            } else {
                String::new()
            },
            record.currency.as_deref().map_or_else(String::new, |code| format::shorten(code, 8)),
            format::or_none(record.week.and_then(|week| week.cost), |cost| money.short(cost)),
            format::or_none(record.week.map(|week| week.conversions), format::count),
            format::or_none(review.map(|review| review.conversions_forecast), format::count),
            format::or_none(record.promise_ratio(), format::ratio),
            format::or_none(record.adoption(), format::share),
            format::or_none(record.plan.as_ref().map(|plan| plan.spend), |spend| money.short(spend)),
        ]);
    }
    aligned(&rows).replace('−', "-").replace(format::NONE, "-").replace('\u{a0}', " ")
}
