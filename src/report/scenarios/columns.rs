//! The CSV tables of scenarios, column by column.

use super::ScenarioRun;
use crate::domain::{Coin, Objective, TermKey};
use crate::recommend::{CampaignFrontier, FrontierPoint, LimitRow};
use crate::report::Artifact;
use crate::report::columns::{
    self, Column, DIGITS, Keyed, Limited, Pointed, Presence, column, frontier_figures, key_columns, shared_limits,
};
use crate::report::csv::Line;
use crate::report::tables::table;
use crate::scenario::{Compared, Figure, Moved};

/// A scenario and one of its moves.
pub(super) struct MoveRow<'a> {
    scenario: &'a str,
    key: &'a TermKey,
    moved: &'a Moved,
}

impl Keyed for MoveRow<'_> {
    fn key(&self) -> &TermKey {
        self.key
    }
}

/// A scenario and one of its limits.
pub(super) struct ScenarioLimit<'a> {
    scenario: &'a str,
    limit: &'a LimitRow,
}

/// A campaign and a point of its frontier.
pub(super) struct CampaignPoint<'a> {
    line: &'a CampaignFrontier,
    point: &'a FrontierPoint,
}

impl Pointed for CampaignPoint<'_> {
    fn point(&self) -> &FrontierPoint {
        self.point
    }
}

impl Limited for ScenarioLimit<'_> {
    fn limit(&self) -> &LimitRow {
        self.limit
    }
}

/// All tables of the directory.
pub(super) fn artifacts(run: &ScenarioRun) -> Vec<Artifact> {
    let plans = &run.comparison.plans;
    let moves: Vec<MoveRow> = plans
        .iter()
        .flat_map(|plan| {
            plan.moves.iter().map(|moved| MoveRow {
                scenario: &plan.name,
                key: &run.counts.terms[moved.term].key,
                moved,
            })
        })
        .collect();
    let limits: Vec<ScenarioLimit> = plans
        .iter()
        .flat_map(|plan| plan.limits.iter().map(|limit| ScenarioLimit { scenario: &plan.name, limit }))
        .collect();
    let coin = Coin::of(run.currency());
    let frontiers = &run.comparison.frontiers;
    let lines: Vec<CampaignPoint> = frontiers
        .campaigns
        .iter()
        .flat_map(|line| line.points.iter().map(move |point| CampaignPoint { line, point }))
        .collect();
    vec![
        Artifact::new("scenarios.csv", table(coin, &scenarios(), plans.len(), |row, write| write(&plans[row]))),
        Artifact::new(
            "moves.csv",
            table(coin, &self::moves(presence(run)), moves.len(), |row, write| write(&moves[row])),
        ),
        Artifact::new(
            "frontier.csv",
            table(coin, &columns::frontier(), frontiers.account.len(), |row, write| write(&frontiers.account[row])),
        ),
        Artifact::new(
            "campaign_frontiers.csv",
            table(coin, &campaign_frontiers(presence(run)), lines.len(), |row, write| write(&lines[row])),
        ),
        Artifact::new("limits.csv", table(coin, &self::limits(), limits.len(), |row, write| write(&limits[row]))),
    ]
}

/// Which columns identify a term.
pub(super) fn presence(run: &ScenarioRun) -> Presence {
    Presence::of(run.counts, false)
}

/// A figure of the objective: money or a count.
fn outcome(line: &mut Line, objective: Objective, figure: Option<f64>) {
    match objective {
        Objective::Conversions => line.figure(figure, DIGITS),
        Objective::Revenue | Objective::Profit => line.money(figure),
    }
}

/// Columns of a figure with its interval.
macro_rules! figure {
    ($name:literal, $unit:literal, $meaning:literal, $field:ident, $write:ident $(, $digits:expr)?) => {
        [
            column($name, $unit, $meaning, |row: &Compared, line| line.$write(row.$field.mean $(, $digits)?)),
            column(
                concat!($name, "_p05"),
                $unit,
                "lower end of its {level} interval; empty where not computed",
                |row: &Compared, line| line.$write(row.$field.lower $(, $digits)?),
            ),
            column(
                concat!($name, "_p95"),
                $unit,
                "upper end of its {level} interval; empty where not computed",
                |row: &Compared, line| line.$write(row.$field.upper $(, $digits)?),
            ),
        ]
    };
}

/// Columns of `scenarios.csv`.
pub(super) fn scenarios() -> Vec<Column<Compared>> {
    let mut columns = vec![
        column("scenario", "text", "name of the scenario; `base` is the plan without one", |row: &Compared, line| {
            line.text(&row.name);
        }),
        column("objective", "text", "what is maximized", |row, line| line.text(row.objective.name())),
        column("budget", "money a period", "money to be split", |row, line| line.money(row.budget)),
        column("spend", "money a period", "money planned", |row, line| line.money(row.spend)),
        column(
            "unallocated",
            "money a period",
            "budget that stays unspent; spend + unallocated = budget",
            |row, line| {
                line.money(row.unallocated);
            },
        ),
    ];
    columns.extend(figure!("clicks", "clicks a period", "clicks expected", clicks, figure, DIGITS));
    columns.extend(figure!("conversions", "conversions a period", "conversions expected", conversions, figure, DIGITS));
    columns.extend(figure!("revenue", "money a period", "revenue expected", revenue, money));
    columns.extend(figure!(
        "profit",
        "money a period",
        "margin on revenue minus spend; empty without a margin",
        profit,
        money
    ));
    columns.extend(figure!("cpa", "money", "spend per conversion", cpa, figure, DIGITS));
    columns.extend(figure!("roas", "ratio", "revenue per spend", roas, figure, DIGITS));
    columns.extend([
        column(
            "difference",
            "base objective a period",
            "figure of the base plan's objective, less what it is in the base plan",
            |row: &Compared, line| difference(line, row, |figure| figure.mean),
        ),
        column(
            "difference_p05",
            "base objective a period",
            "lower end of its {level} interval, from the same draws of rates, values and elasticities in both plans",
            |row, line| difference(line, row, |figure| figure.lower),
        ),
        column("difference_p95", "base objective a period", "upper end of that interval", |row, line| {
            difference(line, row, |figure| figure.upper);
        }),
        column(
            "probability_more",
            "probability",
            "that the figure is above that of the base plan; draws in which both have as much count half. Empty where the two are one plan",
            |row, line| line.figure(row.probability_more, DIGITS),
        ),
        column(
            "kept",
            "objective a period",
            "what the base plan's spends would bring under the scenario's suppositions, in the scenario's objective: planning anew adds the rest. Empty where the two spend another amount and the objective is not profit",
            |row, line| outcome(line, row.objective, row.kept),
        ),
        column(
            "marginal_return",
            "objective per money",
            "what the next unit of money earns (gross of that unit for profit)",
            |row, line| line.figure(row.marginal_return, DIGITS),
        ),
        column(
            "moved",
            "money a period",
            "money that lies elsewhere than in the base plan: what is raised plus what is cut",
            |row, line| line.money(row.moved),
        ),
        column("terms_moved", "terms", "terms with another spend than in the base plan", |row, line| {
            line.integer(row.terms_moved);
        }),
        column("terms_held", "terms", "terms that a limit holds", |row, line| line.integer(row.terms_held)),
        column("binding_limits", "text", "limits that hold the plan, separated by `; `: limits.csv has all", |row, line| {
            line.text(&super::words::binding(row).join("; "));
        }),
        column("status", "text", "outcome of the split: optimal, budget-not-exhausted, within-gap, iteration-limit", |row, line| {
            line.text(row.certificate.status.name());
        }),
        column("relative_gap", "ratio", "upper bound of what the best plan could be better by", |row, line| {
            line.figure(row.certificate.relative_gap, DIGITS);
        }),
    ]);
    columns
}

/// A figure of the difference: in money where both plans count money, else a count.
fn difference(line: &mut Line, row: &Compared, end: fn(&Figure) -> Option<f64>) {
    outcome(line, row.difference_of, end(&row.difference));
}

/// Columns of `moves.csv`.
pub(super) fn moves<'a>(presence: Presence) -> Vec<Column<MoveRow<'a>>> {
    let mut columns = vec![column("scenario", "text", "name of the scenario", |row: &MoveRow, line: &mut Line| {
        line.text(row.scenario);
    })];
    columns.extend(key_columns(presence));
    columns.extend([
        column("base_spend", "money a period", "spend in the base plan", |row: &MoveRow, line: &mut Line| {
            line.money(row.moved.base);
        }),
        column("spend", "money a period", "spend in the scenario", |row, line| line.money(row.moved.spend)),
        column("change", "money a period", "spend less that of the base plan", |row, line| {
            line.money(row.moved.spend - row.moved.base);
        }),
        column("binding", "text", "the limit that holds it in the scenario; empty when none does", |row, line| {
            line.text(&row.moved.binding);
        }),
    ]);
    columns
}

/// Columns of `campaign_frontiers.csv`.
pub(super) fn campaign_frontiers<'a>(presence: Presence) -> Vec<Column<CampaignPoint<'a>>> {
    let mut columns = vec![column(
        "campaign",
        "text",
        "campaign; empty where the data have none",
        |row: &CampaignPoint, line: &mut Line| line.optional_text(row.line.campaign.as_deref()),
    )];
    if presence.channel {
        columns.push(column("channel", "text", "engine, network or publisher", |row, line| {
            line.optional_text(row.line.channel.as_deref());
        }));
    }
    columns.push(column("current_spend", "money a period", "spend now", |row, line| {
        line.money(row.line.current_spend);
    }));
    columns.extend(frontier_figures());
    columns
}

/// Columns of `limits.csv`: those of a plan's, after the scenario.
pub(super) fn limits<'a>() -> Vec<Column<ScenarioLimit<'a>>> {
    let mut columns =
        vec![column("scenario", "text", "name of the scenario", |row: &ScenarioLimit, line: &mut Line| {
            line.text(row.scenario);
        })];
    columns.extend(shared_limits());
    columns
}
