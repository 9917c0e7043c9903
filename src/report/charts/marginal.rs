//! Marginal returns: what the next unit of money brings, of the whole account by budget and of each term now and under the
//! plan, beside the price at which the plan exchanges money.
//!
//! The interval of a term is that of its rate alone: value and curve are held at what the plan assumes.

use super::super::format::{self, Money};
use super::super::top::top;
use super::super::{ReportError, Run};
use super::canvas::{self, Anchor, Canvas, GRID, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::label::fitted;
use super::scale::Scale;
use super::{AD_GROUP, CAMPAIGN, CHANNEL, Cell, Chart, ChartColumn, MATCH_TYPE, column, key_cells, per};
use crate::domain::{Objective, TermKey, metrics};
use crate::recommend::{FrontierKind, Recommendation};

pub(super) const STEM: &str = "marginal";
const TERMS: usize = 11;
/// Spends that differ by less are one.
const CENT: f64 = 0.01;
/// Height of the panel by budget.
const PANEL: f64 = 400.0;

/// Where things stand, logical pixels.
struct Layout {
    width: f64,
    /// Around the axes of the panel by budget: to their left and right.
    budget: [f64; 2],
    /// The same of the terms.
    terms: [f64; 2],
    /// Height of a term's row.
    row: f64,
    /// Height of the terms' legend.
    legend: f64,
    /// Whether names stand above their rows instead of beside them.
    above: bool,
}

const WIDE: Layout =
    Layout { width: WIDTH, budget: [110.0, 40.0], terms: [330.0, 230.0], row: 34.0, legend: 50.0, above: false };
const PHONE: Layout =
    Layout { width: NARROW, budget: [52.0, 16.0], terms: [16.0, 20.0], row: 46.0, legend: 112.0, above: true };

pub(super) const COLUMNS: &[ChartColumn] = &[
    column(
        "point",
        "text",
        "budget (the whole account), now or plan (a term), or price (at which the plan exchanges money)",
    ),
    column("term", "text", "search term or keyword; empty for the account and the price"),
    CAMPAIGN,
    AD_GROUP,
    MATCH_TYPE,
    CHANNEL,
    column(
        "spend",
        "money a period",
        "what the best split of a budget spends, or the term's spend; for the price the planned spend",
    ),
    column(
        "marginal_return",
        "objective per money",
        "what the next unit of money brings there, in what is maximized; for profit in margin, before that unit is paid",
    ),
    column(
        "marginal_return_p05",
        "objective per money",
        "lower end of its {level} interval, of the term's rate alone; empty for the account",
    ),
    column("marginal_return_p95", "objective per money", "upper end of that interval"),
];

/// What is drawn.
struct Drawn<'a> {
    objective: Objective,
    /// Spend at the best split of a budget and marginal return there, of the whole account.
    budgets: Vec<(f64, f64)>,
    terms: Vec<&'a Recommendation>,
    price: Option<f64>,
    now: f64,
    plan: f64,
    level: String,
    per: &'static str,
}

/// A term's return at a point with the ends of its interval.
fn with_ends(row: &Recommendation, figure: f64) -> [f64; 3] {
    let scaled = |end: f64| metrics::ratio(end, row.cvr_mean).map_or(f64::NAN, |ratio| ratio * figure);
    [figure, scaled(row.cvr_p05), scaled(row.cvr_p95)]
}

pub(super) fn chart(run: &Run, money: &Money) -> Result<Chart, ReportError> {
    let summary = &run.plan.summary;
    let finite = |figure: Option<f64>| figure.filter(|figure| figure.is_finite());
    let of_line = run.plan.frontier.iter().filter(|point| point.kind == FrontierKind::Budget && point.budget > 0.0);
    // budgets beyond the last unit that earns what it costs are not spent: the line ends there
    let mut budgets: Vec<(f64, f64)> =
        of_line.filter_map(|point| Some((point.spend, finite(point.marginal_return)?))).collect();
    budgets.dedup_by(|next, last| next.0 - last.0 < CENT);
    let drawable = |row: &&Recommendation| {
        row.current_spend.max(row.recommended_spend) > 0.0
            && finite(row.marginal_return_now).is_some()
            && finite(row.marginal_return_plan).is_some()
    };
    let drawn = Drawn {
        objective: summary.objective,
        budgets,
        terms: top(run.plan.rows.iter().filter(drawable), TERMS, |row| row.current_spend.max(row.recommended_spend)),
        price: finite(summary.certificate.lambda).filter(|&price| price > 0.0),
        now: summary.current_spend,
        plan: summary.spend,
        level: format::share(summary.level),
        per: per(run),
    };
    let title = "What the next unit of money returns".to_owned();
    let (unit, one) = (unit(drawn.objective), money.one());
    let price = drawn.price.map_or_else(
        || "The plan has no single price.".to_owned(),
        |price| {
            format!(
                "The plan exchanges money at a return of {} ({} per {}).",
                format::significant_trimmed(price, 3),
                money.brought(drawn.objective),
                money.one()
            )
        },
    );
    let description = format!(
        "{unit} of the next {one}: of the account at its best split by budget, change limits ignored, and of the {} \
         with most spend, now and under the plan, with the {} interval of its rate. {price} Limits keep terms away from it.",
        format::counted(drawn.terms.len(), "term", "terms"),
        drawn.level
    );
    let height = |layout: &Layout| layout.row.mul_add(drawn.terms.len().max(1) as f64, PANEL + layout.legend + 80.0);
    let layouts = [&WIDE, &PHONE].map(|layout| (layout, height(layout)));
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, |canvas, layout| {
        by_budget(canvas, layout, &drawn, money)?;
        by_term(canvas, layout, &drawn, money, height(layout))
    })?;
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows: table(&drawn) })
}

fn unit(objective: Objective) -> &'static str {
    match objective {
        Objective::Conversions => "Conversions",
        Objective::Revenue => "Revenue",
        Objective::Profit => "Margin",
    }
}

/// What is drawn, with its unit.
fn returned(objective: Objective, money: &Money) -> String {
    format!("{} from the next {}", money.brought(objective), money.one())
}

fn tick(figure: f64) -> String {
    format::significant_trimmed(figure, 3)
}

/// The account's curve, with today's spend and the plan's.
fn by_budget(canvas: &Canvas, layout: &Layout, drawn: &Drawn, money: &Money) -> Result<(), ReportError> {
    let (left, right) = (layout.budget[0], layout.width - layout.budget[1]);
    let (top, bottom, edge) = (70.0, PANEL - 70.0, if layout.above { 10.0 } else { 24.0 });
    canvas.bold("the whole account, by spend", (edge, 26.0), 16.0, INK, Anchor::Left)?;
    let split = if layout.above { "" } else { ", at the best split without change limits" };
    let name = format!("{}{split}", returned(drawn.objective, money));
    canvas.text(&name, (edge, 48.0), 14.0, MUTED, Anchor::Left)?;
    if drawn.budgets.is_empty() {
        return canvas.text("not computed", (left, f64::midpoint(top, bottom)), 18.0, MUTED, Anchor::Left);
    }
    let x = Scale::with_zero(
        drawn.budgets.iter().map(|point| point.0).chain([drawn.now, drawn.plan]),
        left,
        right,
        if layout.above { 3 } else { 7 },
    );
    let y = Scale::ratios(drawn.budgets.iter().map(|point| point.1).chain(drawn.price), bottom, top);
    canvas.y_axis(&y, left, right, 15.0, tick)?;
    canvas.x_axis(&x, top, bottom, 15.0, |tick| money.compact(tick))?;
    canvas.text(&format!("spend {}", drawn.per), (right, bottom + 44.0), 15.0, MUTED, Anchor::Right)?;
    let line: Vec<(f64, f64)> = drawn.budgets.iter().map(|&(budget, figure)| (x.at(budget), y.at(figure))).collect();
    canvas.line(&line, PLAN, 3.0)?;
    if line.len() == 1 {
        canvas.dot(line[0], 5.0, PLAN)?;
    }
    if let Some(price) = drawn.price {
        canvas.dashed((left, y.at(price)), (right, y.at(price)), LESS)?;
        let label = format!("the plan's price, {}", format::significant_trimmed(price, 3));
        canvas.text(&label, (right, y.at(price) - 11.0), 14.0, LESS, Anchor::Right)?;
    }
    // named away from each other, whichever is the larger
    let sides = if drawn.now <= drawn.plan { [Anchor::Right, Anchor::Left] } else { [Anchor::Left, Anchor::Right] };
    for ((name, spend), side) in [("spend now", drawn.now), ("planned spend", drawn.plan)].into_iter().zip(sides) {
        let at = x.at(spend);
        canvas.line(&[(at, top), (at, bottom)], MUTED, 1.5)?;
        let shift = if side == Anchor::Left { 6.0 } else { -6.0 };
        canvas.text(name, (at + shift, top + 10.0), 14.0, INK, side)?;
    }
    Ok(())
}

/// What the signs of the terms mean.
fn legend(canvas: &Canvas, layout: &Layout, drawn: &Drawn) -> Result<(), ReportError> {
    let (left, first) = (layout.terms[0], PANEL + 16.0);
    let edge = if layout.above { 10.0 } else { 24.0 };
    canvas.bold("terms with most spend", (edge, first), 16.0, INK, Anchor::Left)?;
    let [now, plan, price] = if layout.above {
        [(left + 2.0, first + 28.0), (left + 70.0, first + 28.0), (left - 6.0, first + 56.0)]
    } else {
        [(left + 8.0, first), (left + 80.0, first), (left + 440.0, first)]
    };
    canvas.ring(now, 7.0, INK)?;
    canvas.text("now", (now.0 + 16.0, now.1), 15.0, INK, Anchor::Left)?;
    canvas.line(&[plan, (plan.0 + 36.0, plan.1)], PLAN, 3.0)?;
    canvas.diamond((plan.0 + 18.0, plan.1), 6.5, PLAN)?;
    let label = format!("plan, with the {} interval of the rate", drawn.level);
    canvas.text(&label, (plan.0 + 46.0, plan.1), 15.0, INK, Anchor::Left)?;
    if drawn.price.is_some() {
        canvas.dashed(price, (price.0 + 36.0, price.1), LESS)?;
        canvas.text("the plan's price", (price.0 + 46.0, price.1), 15.0, INK, Anchor::Left)?;
    }
    let spend = (layout.width - edge, if layout.above { first + 56.0 } else { first });
    canvas.text(&format!("spend {}", drawn.per), spend, 14.0, MUTED, Anchor::Right)
}

/// The terms, each from its return now to that under the plan.
fn by_term(canvas: &Canvas, layout: &Layout, drawn: &Drawn, money: &Money, height: f64) -> Result<(), ReportError> {
    let (top, bottom) = (PANEL + layout.legend, height - 60.0);
    let (left, right) = (layout.terms[0], layout.width - layout.terms[1]);
    let edge = if layout.above { 10.0 } else { 24.0 };
    canvas.line(&[(edge, PANEL - 8.0), (layout.width - edge, PANEL - 8.0)], GRID, 1.0)?;
    legend(canvas, layout, drawn)?;
    if drawn.terms.is_empty() {
        return canvas.text("no term has spend", (left, f64::midpoint(top, bottom)), 18.0, MUTED, Anchor::Left);
    }
    let returns = drawn.terms.iter().flat_map(|row| {
        let plan = with_ends(row, row.marginal_return_plan.unwrap_or(f64::NAN));
        [row.marginal_return_now.unwrap_or(f64::NAN), plan[0], plan[1], plan[2]]
    });
    let x = Scale::ratios(returns.chain(drawn.price), left, right);
    canvas.x_axis(&x, top, bottom, 15.0, tick)?;
    canvas.text(&returned(drawn.objective, money), (right, bottom + 42.0), 15.0, MUTED, Anchor::Right)?;
    if let Some(price) = drawn.price {
        canvas.dashed((x.at(price), top), (x.at(price), bottom), LESS)?;
    }
    for (number, row) in (0_u32..).zip(&drawn.terms) {
        let middle = layout.row.mul_add(f64::from(number) + 0.5, top);
        let y = if layout.above { middle + 12.0 } else { middle };
        let (now, plan) = (row.marginal_return_now.unwrap_or(f64::NAN), row.marginal_return_plan.unwrap_or(f64::NAN));
        let [plan, low, high] = with_ends(row, plan);
        let spends = format!("{} → {}", money.short(row.current_spend), money.short(row.recommended_spend));
        if layout.above {
            let name = fitted(&row.key.term, 15.0, layout.width - 150.0);
            canvas.text(&name, (edge, y - 21.0), 15.0, INK, Anchor::Left)?;
            canvas.text(&spends, (layout.width - edge, y - 21.0), 13.0, MUTED, Anchor::Right)?;
        } else {
            canvas.text(&fitted(&row.key.term, 16.0, left - 40.0), (left - 16.0, y), 16.0, INK, Anchor::Right)?;
            canvas.text(&spends, (layout.width - edge, y), 14.0, MUTED, Anchor::Right)?;
        }
        canvas.line(&[(x.at(now), y), (x.at(plan), y)], MUTED, 1.5)?;
        canvas.ring((x.at(now), y), 7.0, INK)?;
        // above the ring, which would hide half of a short interval
        if low.is_finite() && high.is_finite() {
            canvas.line(&[(x.at(low), y), (x.at(high), y)], PLAN, 3.0)?;
        }
        canvas.diamond((x.at(plan), y), 6.5, PLAN)?;
    }
    Ok(())
}

/// A row of the table.
fn with_key(point: &'static str, key: Option<&TermKey>, figures: [Cell; 4]) -> Vec<Cell> {
    std::iter::once(Cell::text(point)).chain(key_cells(key)).chain(figures).collect()
}

fn table(drawn: &Drawn) -> Vec<Vec<Cell>> {
    let account = |point: &'static str, spend: f64, figure: f64| {
        let empty = || Cell::Return(None);
        let figure = Cell::Return(Some(figure));
        with_key(point, None, [Cell::Money(Some(spend)), figure, empty(), empty()])
    };
    let mut rows: Vec<Vec<Cell>> =
        drawn.budgets.iter().map(|&(budget, figure)| account("budget", budget, figure)).collect();
    rows.extend(drawn.price.map(|price| account("price", drawn.plan, price)));
    for row in &drawn.terms {
        let points = [
            ("now", row.current_spend, row.marginal_return_now),
            ("plan", row.recommended_spend, row.marginal_return_plan),
        ];
        for (point, spend, figure) in points {
            let [figure, low, high] = with_ends(row, figure.unwrap_or(f64::NAN));
            let figures = [
                Cell::Money(Some(spend)),
                Cell::Return(Some(figure)),
                Cell::Return(Some(low)),
                Cell::Return(Some(high)),
            ];
            rows.push(with_key(point, Some(&row.key), figures));
        }
    }
    rows
}
