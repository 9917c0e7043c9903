//! `report.html` of scenarios: one self-contained page, from already formatted text.

use super::{ScenarioRun, words};
use crate::domain::Objective;
use crate::report::ReportError;
use crate::report::charts::Chart;
use crate::report::charts::heads::Told;
use crate::report::format::{self, Money};
use crate::report::formats::Block;
use crate::report::html::{self, Card, Cell, Figure as Drawing, Table, data};
use crate::scenario::{Compared, Figure};
use serde::Serialize;

const TEMPLATE: &str = concat!(include_str!("../templates/parts.html"), include_str!("../templates/scenarios.html"));

/// Scenarios and moves on the page; the CSV files have all.
const ROWS: usize = 100;
const MOVES: usize = 5;

/// Everything the template shows.
#[derive(Clone, Debug, Serialize)]
struct Page {
    style: &'static str,
    title: String,
    headline: String,
    lead: String,
    caution: &'static str,
    /// Why less money earns more; empty where it does not.
    less_is_more: String,
    facts: Vec<String>,
    cards: Vec<Card>,
    differences: Option<Drawing>,
    frontier: Option<Drawing>,
    plans: Table,
    ratios: Table,
    binding: Table,
    moves: Table,
    longest: String,
    shown: String,
    complete: bool,
    level: String,
    per: &'static str,
    objective: &'static str,
    notes: Table,
    inputs: Table,
    mapping: Table,
    totals: Table,
    version: &'static str,
    seed: String,
}

/// The page.
///
/// # Errors
/// [`ReportError::Template`] where the template does not fit what it is given.
pub(super) fn page(run: &ScenarioRun, charts: &[Chart]) -> Result<String, ReportError> {
    html::filled_in("scenarios.html", TEMPLATE, filled(run, charts))
}

/// What the page says, without charts.
pub(super) fn blocks(run: &ScenarioRun) -> Vec<Block> {
    let money = Money::new(run.currency());
    let head = |level, words: &str| Block::Head(level, words.to_owned());
    vec![
        Block::Head(1, words::title(run)),
        Block::Head(2, words::headline(run, &money)),
        Block::Words(words::lead(run)),
        Block::Words(words::caution().to_owned()),
        head(2, "Outcomes"),
        Block::Table(outcomes(run, &money)),
        Block::Words(words::less_is_more(run, &money)),
        head(2, "CPA and ROAS"),
        Block::Table(ratios(run, &money)),
        head(2, "Limits that hold"),
        Block::Table(binding(run)),
        head(2, "Largest moves"),
        Block::Table(moves(run, &money)),
        head(2, "Notes"),
        Block::Table(data::notes(&run.notes())),
    ]
}

fn filled(run: &ScenarioRun, charts: &[Chart]) -> Page {
    let money = Money::new(run.currency());
    let (per, level) = (if run.per() == "week" { "a week" } else { "a period" }, format::share(run.comparison.level));
    let told = Told { money: &money, per, level: &level };
    let figure = |stem: &str| charts.iter().find(|chart| chart.stem == stem).map(|chart| html::drawn(chart, &told));
    let plans = &run.comparison.plans;
    Page {
        style: html::STYLE,
        title: words::title(run),
        headline: words::headline(run, &money),
        lead: words::lead(run),
        caution: words::caution(),
        less_is_more: words::less_is_more(run, &money),
        facts: words::facts(run, &money),
        cards: cards(run, &money),
        differences: figure("differences"),
        frontier: figure("frontier"),
        plans: outcomes(run, &money),
        ratios: ratios(run, &money),
        binding: binding(run),
        moves: moves(run, &money),
        longest: format::whole(run.comparison.longest),
        shown: format::whole(plans.len().min(ROWS)),
        complete: plans.len() <= ROWS,
        level: format::share(run.comparison.level),
        per: run.per(),
        objective: run.base().objective.name(),
        notes: data::notes(&run.notes()),
        inputs: data::inputs(run.context),
        mapping: data::mapping(run.context),
        totals: data::totals(run.context, &money),
        version: run.context.version,
        seed: run.context.seed.to_string(),
    }
}

/// The base plan in large figures.
fn cards(run: &ScenarioRun, money: &Money) -> Vec<Card> {
    let base = run.base();
    let card = |label: &str, figure: &Figure, show: &dyn Fn(f64) -> String| Card {
        label: format!("{label}, base plan"),
        figure: format::or_none(figure.mean, show),
        detail: words::interval(figure, show),
    };
    let short = |amount: f64| money.short(amount);
    let spend = Card {
        label: "Spend, base plan".to_owned(),
        figure: money.short(base.spend),
        detail: format!("of {} a {}", money.short(base.budget), run.per()),
    };
    let mut cards = vec![spend, card("Conversions", &base.conversions, &format::count)];
    if base.revenue.mean.is_some() {
        cards.push(card("Revenue", &base.revenue, &short));
    }
    if base.profit.mean.is_some() {
        cards.push(card("Profit", &base.profit, &short));
    }
    cards
}

fn measured(figure: &Figure, show: impl Fn(f64) -> String) -> Cell {
    Cell::detailed(format::or_none(figure.mean, &show), words::interval(figure, show))
}

/// Outcome of every plan, and its difference to the base.
fn outcomes(run: &ScenarioRun, money: &Money) -> Table {
    let level = format::share(run.comparison.level);
    let (objective, per) = (run.base().objective, run.per());
    let has = |figure: fn(&Compared) -> &Figure| run.comparison.plans.iter().any(|plan| figure(plan).mean.is_some());
    let (revenue, profit) = (has(|plan| &plan.revenue), has(|plan| &plan.profit));
    let difference = format!("#{} to base", format::capital(objective.name()));
    let mut heads = vec!["Scenario", "#Spend", "#Conversions"];
    heads.extend(revenue.then_some("#Revenue"));
    heads.extend(profit.then_some("#Profit"));
    heads.extend([difference.as_str(), "#Probability of more"]);
    let mut table = Table::new(format!("Plans of a {per}, with {level} intervals"), &heads);
    let row = |plan: &Compared| {
        let short = |amount: f64| money.short(amount);
        let unspent = if plan.unallocated >= 0.005 {
            format!("{} unspent", money.short(plan.unallocated))
        } else {
            String::new()
        };
        let mut row = vec![
            Cell::detailed(format::clean(&plan.name), goal(plan, objective)),
            Cell::detailed(money.short(plan.spend), unspent),
            measured(&plan.conversions, format::count),
        ];
        row.extend(revenue.then(|| measured(&plan.revenue, short)));
        row.extend(profit.then(|| measured(&plan.profit, short)));
        row.push(if plan.identical() {
            Cell::new("no difference")
        } else {
            measured(&plan.difference, |figure| words::signed(objective, figure, money))
        });
        row.push(Cell::new(format::or_none(plan.probability_more, format::probability)));
        row
    };
    table.rows = run.comparison.plans.iter().take(ROWS).map(row).collect();
    table
}

/// What a plan is for, where it is not what the base plan is for.
fn goal(plan: &Compared, base: Objective) -> String {
    if plan.objective == base { String::new() } else { format!("for {}", plan.objective.name()) }
}

/// Ratios and prices of every plan.
fn ratios(run: &ScenarioRun, money: &Money) -> Table {
    let heads = [
        "Scenario",
        "#Budget",
        "#CPA",
        "#ROAS",
        "#Next unit returns",
        "#Base plan's spends kept",
        "#Moved against base",
        "#Terms moved",
    ];
    let mut table = Table::new("Ratios, the price of money, and what planning anew moves", &heads);
    let row = |plan: &Compared| {
        vec![
            Cell::new(format::clean(&plan.name)),
            Cell::new(money.exact(plan.budget)),
            measured(&plan.cpa, |amount| money.exact(amount)),
            measured(&plan.roas, format::ratio),
            Cell::new(format::or_none(plan.marginal_return, |price| format::significant_trimmed(price, 4))),
            Cell::new(format::or_none(plan.kept, |figure| words::figure(plan.objective, figure, money))),
            Cell::new(money.exact(plan.moved)),
            Cell::new(format::whole(plan.terms_moved)),
        ]
    };
    table.rows = run.comparison.plans.iter().take(ROWS).map(row).collect();
    table
}

/// Which limits hold which plan.
fn binding(run: &ScenarioRun) -> Table {
    let heads = ["Scenario", "Limits that hold it", "#Terms held by a limit"];
    let mut table = Table::new("Limits that hold, and what relaxing each by one unit is worth", &heads);
    let row = |plan: &Compared| {
        let held = words::binding(plan);
        vec![
            Cell::new(format::clean(&plan.name)),
            Cell::new(if held.is_empty() {
                "none that terms share".to_owned()
            } else {
                format::shorten(&held.join("; "), 400)
            }),
            Cell::new(format::whole(plan.terms_held)),
        ]
    };
    table.rows = run.comparison.plans.iter().take(ROWS).map(row).collect();
    table
}

/// The largest moves of each scenario.
fn moves(run: &ScenarioRun, money: &Money) -> Table {
    let heads = ["Scenario", "Term", "#Base plan", "#Scenario", "#Change", "Limit that holds it"];
    let mut table = Table::new("Terms that move most against the base plan", &heads);
    for plan in run.comparison.plans.iter().take(ROWS) {
        for moved in plan.moves.iter().take(MOVES) {
            let key = &run.counts.terms[moved.term].key;
            table.rows.push(vec![
                Cell::new(format::clean(&plan.name)),
                Cell::detailed(
                    format::whole_name(&key.term),
                    format::clean(key.campaign.as_deref().unwrap_or_default()),
                ),
                Cell::new(money.exact(moved.base)),
                Cell::new(money.exact(moved.spend)),
                Cell::new(money.signed(moved.spend - moved.base)),
                Cell::new(format::clean(&moved.binding)),
            ]);
        }
    }
    table
}
