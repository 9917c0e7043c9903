//! Columns of the table of limits that terms share.

use super::super::csv::Line;
use super::{Column, DIGITS, column};
use crate::recommend::LimitRow;

/// A row that holds a limit.
pub(in super::super) trait Limited {
    fn limit(&self) -> &LimitRow;
}

impl Limited for LimitRow {
    fn limit(&self) -> &LimitRow {
        self
    }
}

/// Columns of `limits.csv`.
pub(in super::super) fn shared_limits<R: Limited>() -> Vec<Column<R>> {
    vec![
        column(
            "kind",
            "text",
            "budget; account, channel, campaign or ad group limit; label, match type or class limit; turnover; the target; then bounds of single terms that hold them, all of a kind and side together: change limit, rule, cap of new terms, zero, fixed, paused and others",
            |row: &R, line: &mut Line| {
                line.text(row.limit().kind);
            },
        ),
        column("name", "text", "of what: the campaign, the label; empty where there is one such limit", |row, line| {
            line.text(&row.limit().name);
        }),
        column(
            "source",
            "text",
            "where it was given: config key with the number of the entry, or flag",
            |row, line| {
                line.text(&row.limit().source);
            },
        ),
        column(
            "unit",
            "text",
            "unit of lower, upper, now and planned: money a period, or the unit of the target",
            |row, line| {
                line.text(row.limit().unit);
            },
        ),
        column("terms", "terms", "terms that share it, or that such bounds hold; empty for targets", |row, line| {
            match row.limit().terms {
                Some(terms) => line.integer(terms),
                None => line.text(""),
            }
        }),
        column("lower", "see unit", "lower limit; empty where there is none", |row, line| {
            line.figure(row.limit().lower, LIMIT_DIGITS);
        }),
        column(
            "lower_given",
            "text",
            "how it was given: money, a share of planned spend, or a ratio of which reference (current spend, scaled to the budget as the change limit is)",
            |row, line| {
                line.text(&row.limit().lower_given);
            },
        ),
        column("upper", "see unit", "upper limit; empty where there is none", |row, line| {
            line.figure(row.limit().upper, LIMIT_DIGITS);
        }),
        column("upper_given", "text", "how it was given", |row, line| line.text(&row.limit().upper_given)),
        column("now", "see unit", "spend now (0 for turnover, the target's figure at current spends)", |row, line| {
            line.figure(row.limit().now, LIMIT_DIGITS);
        }),
        column(
            "planned",
            "see unit",
            "spend planned (money moved for turnover, the target's figure under the plan)",
            |row, line| {
                line.figure(row.limit().planned, LIMIT_DIGITS);
            },
        ),
        column(
            "binds",
            "text",
            "lower or upper: the side that holds the plan, both where they meet; empty where none does",
            |row, line| {
                line.text(row.limit().binds);
            },
        ),
        column(
            "worth",
            "objective per money",
            "objective gained by relaxing the limit by one unit of money, all others where they stand, for profit net of that unit; 0 where it does not bind. Of the budget: gained by planning anew with more of it, change limits and others that are relative to it included, so that it may be below zero and is not zero where money is left; empty over several weeks, with risk, with exploration and for wanted conversions. Of a target ROAS: gained where revenue may fall one unit of money short of it; of a target CPA: one conversion short; of wanted conversions: money for one conversion. Of bounds of single terms: gained where their sum gives way by one unit of money, each in proportion to its spend; empty where they hold no spend or a target prices each term apart",
            |row, line| {
                line.figure(row.limit().worth, DIGITS);
            },
        ),
        column(
            "worth_less",
            "objective per money",
            "of the budget: objective lost by planning anew with one unit of money less, below zero where less earns more; empty for other limits",
            |row, line| {
                line.figure(row.limit().worth_less, DIGITS);
            },
        ),
        column(
            "gap",
            "ratio",
            "for limits that cut across others: the relative gap of the plan, no better plan gains more; empty for the rest, which are solved exactly",
            |row, line| {
                line.figure(row.limit().gap, DIGITS);
            },
        ),
    ]
}

/// Significant digits of limits: cents of large accounts stay visible.
const LIMIT_DIGITS: usize = 12;
