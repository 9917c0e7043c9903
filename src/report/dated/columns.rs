//! Tables of a plan over dated weeks: by week, by campaign and week, by term and week, by month.

use super::super::columns::{Column, DIGITS, Keyed, Presence, column, key_columns};
use super::super::csv::Line;
use super::super::tables::{presence, table};
use super::super::{Artifact, Run};
use crate::counts::Groups;
use crate::domain::{TermKey, metrics};
use crate::numeric::sum::ExactSum;
use crate::recommend::{Dated, DatedWeek, MonthPlan, Outcome, WeekSpan};

/// One row of `weeks.csv`.
pub(in super::super) struct WeekRow<'a> {
    week: &'a DatedWeek,
    /// Planned up to the end of the week, with what was spent before.
    so_far: f64,
    /// The same where every day gets the same money.
    even_so_far: f64,
}

/// One row of `week_plan.csv`.
pub(in super::super) struct TermWeekRow<'a> {
    key: &'a TermKey,
    span: WeekSpan,
    spend: f64,
    outcome: Outcome,
}

impl Keyed for TermWeekRow<'_> {
    fn key(&self) -> &TermKey {
        self.key
    }
}

/// One row of `week_budgets.csv`.
pub(in super::super) struct CampaignWeekRow {
    pub(super) campaign: Option<String>,
    channel: Option<String>,
    pub(super) span: WeekSpan,
    pub(super) spend: f64,
    outcome: Outcome,
}

impl CampaignWeekRow {
    /// Money a day.
    pub(super) fn daily(&self) -> f64 {
        self.spend / f64::from(self.span.days())
    }
}

/// A row that something is expected of.
trait Expected {
    fn outcome(&self) -> &Outcome;
}

impl Expected for TermWeekRow<'_> {
    fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

impl Expected for CampaignWeekRow {
    fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

/// What is expected of a row.
fn outcome_columns<R: Expected>(presence: Presence) -> Vec<Column<R>> {
    let mut columns = vec![
        column("clicks", "clicks", "expected clicks", |row: &R, line: &mut Line| {
            line.figure(row.outcome().clicks, DIGITS);
        }),
        column("conversions", "conversions", "expected conversions", |row, line| {
            line.figure(row.outcome().conversions, DIGITS);
        }),
    ];
    if presence.value {
        columns.extend([
            column("revenue", "money", "expected revenue", |row: &R, line: &mut Line| {
                line.money(row.outcome().revenue);
            }),
            column("profit", "money", "expected margin on revenue minus spend", |row, line| {
                line.money(row.outcome().profit);
            }),
        ]);
    }
    columns
}

/// Files of the plan.
pub(super) fn artifacts(run: &Run, dated: &Dated) -> Vec<Artifact> {
    let presence = presence(run);
    let (mut so_far, mut even_so_far) = (dated.pace.spent, dated.pace.spent);
    let weeks: Vec<WeekRow> = (dated.weeks.iter())
        .map(|week| {
            so_far += week.total;
            even_so_far += week.even;
            WeekRow { week, so_far, even_so_far }
        })
        .collect();
    let budgets = budgets(run, dated);
    let coin = run.coin();
    let terms = run.counts.terms.len();
    vec![
        Artifact::new("weeks.csv", table(coin, &of_weeks(presence), weeks.len(), |row, write| write(&weeks[row]))),
        Artifact::new(
            "week_budgets.csv",
            table(coin, &of_budgets(presence), budgets.len(), |row, write| write(&budgets[row])),
        ),
        Artifact::new(
            "week_plan.csv",
            table(coin, &of_terms(presence), terms * dated.weeks.len(), |row, write| {
                let (week, term) = (&dated.weeks[row / terms], row % terms);
                write(&TermWeekRow {
                    key: &run.counts.terms[term].key,
                    span: week.span,
                    spend: week.spend[term],
                    outcome: week.outcome[term],
                });
            }),
        ),
        Artifact::new(
            "months.csv",
            table(coin, &of_months(), dated.months.len(), |row, write| write(&dated.months[row])),
        ),
    ]
}

/// Campaigns in every week, in the order of weeks and names.
pub(super) fn budgets(run: &Run, dated: &Dated) -> Vec<CampaignWeekRow> {
    let members: Vec<Vec<usize>> =
        Groups::by_campaign(run.counts).members().into_iter().filter(|members| !members.is_empty()).collect();
    let row = |week: &DatedWeek, members: &[usize]| {
        let key = &run.counts.terms[members[0]].key;
        let sum = |of: &dyn Fn(usize) -> f64| members.iter().map(|&term| of(term)).collect::<ExactSum>().value();
        let all = |of: &dyn Fn(usize) -> Option<f64>| {
            members.iter().map(|&term| of(term)).collect::<Option<ExactSum>>().map(|sum| sum.value())
        };
        CampaignWeekRow {
            campaign: key.campaign.clone(),
            channel: key.channel.clone(),
            span: week.span,
            spend: sum(&|term| week.spend[term]),
            outcome: Outcome {
                clicks: sum(&|term| week.outcome[term].clicks),
                conversions: sum(&|term| week.outcome[term].conversions),
                revenue: all(&|term| week.outcome[term].revenue),
                profit: all(&|term| week.outcome[term].profit),
            },
        }
    };
    dated.weeks.iter().flat_map(|week| members.iter().map(move |members| row(week, members))).collect()
}

/// Columns of `weeks.csv`.
pub(super) fn of_weeks<'a>(presence: Presence) -> Vec<Column<WeekRow<'a>>> {
    type Row<'r> = WeekRow<'r>;
    let mut columns = vec![
        column("week", "date", "first day of the week that is planned", |row: &Row, line: &mut Line| {
            line.text(&row.week.span.start.to_string());
        }),
        column(
            "last_day",
            "date",
            "its last day; the first and the last week may be shorter than seven days",
            |row, line| {
                line.text(&row.week.span.end.to_string());
            },
        ),
        column("iso_week", "text", "ISO 8601 week of the last day", |row, line| line.text(&row.week.span.iso())),
        column("days", "days", "days of the week that are planned", |row, line| {
            line.integer(row.week.span.days() as usize);
        }),
        column("demand_index", "ratio", "searches over those in the baseline weeks, of the account", |row, line| {
            line.figure(row.week.demand, DIGITS);
        }),
        column(
            "seasons",
            "years",
            "earlier years that the index was seen in; 0 where it is assumed to be 1",
            |row, line| {
                line.integer(row.week.years);
            },
        ),
        column("spend", "money", "spend planned in the week", |row, line| line.money(row.week.total)),
        column("even_spend", "money", "spend of the week where every day gets the same", |row, line| {
            line.money(row.week.even);
        }),
        column("spend_so_far", "money", "planned up to its end, what was spent before included", |row, line| {
            line.money(row.so_far);
        }),
        column("even_so_far", "money", "the same where every day gets the same", |row, line| {
            line.money(row.even_so_far);
        }),
        column("lower", "money", "least money of the week; empty without", |row, line| line.money(row.week.limit[0])),
        column("upper", "money", "most money of the week; empty without", |row, line| line.money(row.week.limit[1])),
        column("binds", "text", "lower or upper where that limit holds the week", |row, line| {
            line.text(row.week.binds);
        }),
        column("clicks", "clicks", "expected clicks", |row, line| line.figure(row.week.planned.clicks, DIGITS)),
        column("conversions", "conversions", "expected conversions", |row, line| {
            line.figure(row.week.planned.conversions, DIGITS);
        }),
        column("conversions_p05", "conversions", "lower end of the {level} interval", |row, line| {
            line.figure(row.week.planned_p05.map(|end| end.conversions), DIGITS);
        }),
        column("conversions_p95", "conversions", "upper end of the {level} interval", |row, line| {
            line.figure(row.week.planned_p95.map(|end| end.conversions), DIGITS);
        }),
        column("cpa", "money a conversion", "spend per expected conversion", |row, line| {
            line.money(metrics::cpa(row.week.total, row.week.planned.conversions));
        }),
        column(
            "marginal_return",
            "objective per money",
            "what the next unit of money in this week earns, in the objective's units (gross of that unit for profit)",
            |row, line| {
                line.figure(row.week.marginal_return, DIGITS);
            },
        ),
    ];
    if presence.value {
        columns.extend([
            column("revenue", "money", "expected revenue", |row: &Row, line: &mut Line| {
                line.money(row.week.planned.revenue);
            }),
            column("revenue_p05", "money", "lower end of the {level} interval", |row, line| {
                line.money(row.week.planned_p05.and_then(|end| end.revenue));
            }),
            column("revenue_p95", "money", "upper end of the {level} interval", |row, line| {
                line.money(row.week.planned_p95.and_then(|end| end.revenue));
            }),
            column("roas", "ratio", "expected revenue per spend", |row, line| {
                let roas = row.week.planned.revenue.and_then(|revenue| metrics::roas(revenue, row.week.total));
                line.figure(roas, DIGITS);
            }),
            column("profit", "money", "expected margin on revenue minus spend", |row, line| {
                line.money(row.week.planned.profit);
            }),
            column("profit_p05", "money", "lower end of the {level} interval", |row, line| {
                line.money(row.week.planned_p05.and_then(|end| end.profit));
            }),
            column("profit_p95", "money", "upper end of the {level} interval", |row, line| {
                line.money(row.week.planned_p95.and_then(|end| end.profit));
            }),
        ]);
    }
    columns
}

/// Columns of `week_budgets.csv`.
pub(super) fn of_budgets(presence: Presence) -> Vec<Column<CampaignWeekRow>> {
    type Row = CampaignWeekRow;
    let mut columns = vec![
        column("week", "date", "first day of the week that is planned", |row: &Row, line: &mut Line| {
            line.text(&row.span.start.to_string());
        }),
        column("last_day", "date", "its last day", |row, line| line.text(&row.span.end.to_string())),
        column("days", "days", "days of the week that are planned", |row, line| line.integer(row.span.days() as usize)),
        column("campaign", "text", "campaign; empty where the data have none", |row, line| {
            line.optional_text(row.campaign.as_deref());
        }),
    ];
    if presence.channel {
        columns.push(column("channel", "text", "engine, network or publisher", |row: &Row, line: &mut Line| {
            line.optional_text(row.channel.as_deref());
        }));
    }
    columns.extend([
        column("spend", "money", "spend planned in the week", |row: &Row, line: &mut Line| line.money(row.spend)),
        column("daily_budget", "money a day", "the daily budget to set: that spend over its days", |row, line| {
            line.money(row.daily());
        }),
    ]);
    columns.extend(outcome_columns(presence));
    columns
}

/// Columns of `week_plan.csv`.
pub(super) fn of_terms<'a>(presence: Presence) -> Vec<Column<TermWeekRow<'a>>> {
    type Row<'r> = TermWeekRow<'r>;
    let mut columns =
        vec![column("week", "date", "first day of the week that is planned", |row: &Row, line: &mut Line| {
            line.text(&row.span.start.to_string());
        })];
    columns.extend(key_columns(presence));
    columns.extend([column("spend", "money", "spend planned in the week", |row: &Row, line: &mut Line| {
        line.money(row.spend);
    })]);
    columns.extend(outcome_columns(presence));
    columns
}

/// Columns of `months.csv`.
pub(super) fn of_months() -> Vec<Column<MonthPlan>> {
    vec![
        column("month", "text", "calendar month", |row: &MonthPlan, line: &mut Line| {
            line.text(&row.start.format("%Y-%m").to_string());
        }),
        column("first_day", "date", "first day of the plan in it", |row, line| line.text(&row.start.to_string())),
        column("last_day", "date", "last day of the plan in it", |row, line| line.text(&row.end.to_string())),
        column(
            "spend",
            "money",
            "spend planned on these days; a week that two months share is split by its days",
            |row, line| {
                line.money(row.spend);
            },
        ),
    ]
}
