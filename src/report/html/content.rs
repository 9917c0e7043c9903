//! The tables and figures of the page, as text.

use super::super::format::{self, Money, NONE};
use super::super::top::{largest_changes, top, trifling};
use super::super::{Run, RunContext};
use super::{CAMPAIGNS, Cell, MOVES, NAMES, ROWS, Table};
use crate::counts::Totals;
use crate::domain::{LeverKind, Notes, State, TermKey, metrics};
use crate::recommend::{CampaignPlan, CandidateKind, Outcome, Recommendation};

/// Now, plan, difference, how sure it is, and the plan's interval.
pub(super) fn outcome(run: &Run, money: &Money) -> Table {
    let summary = &run.plan.summary;
    let per = run.plan.per();
    let level = format::share(summary.level);
    let sure = summary.probability_better.filter(|_| !trifling(run.plan));
    let interval = format!("#{level} interval of the plan");
    let of_difference = format!("#{level} interval of the difference");
    let mut heads = vec!["", "#Now", "#Plan", "#Difference", "#Change"];
    heads.extend(sure.map(|_| of_difference.as_str()));
    heads.extend(sure.map(|_| "#Probability of a gain"));
    heads.push(&interval);
    let mut table = Table::new(format!("Expected outcome per {per}"), &heads);
    let differences = summary.differences.unwrap_or_default();
    let ends = |figure: &dyn Fn(&Outcome) -> Option<f64>| {
        Some((figure(summary.planned_p05.as_ref()?)?, figure(summary.planned_p95.as_ref()?)?))
    };
    let mut add = |(name, unit): (&str, &str),
                   differ: Option<(f64, f64)>,
                   now: Option<f64>,
                   plan: Option<f64>,
                   ends: Option<(f64, f64)>,
                   show: &dyn Fn(f64) -> String,
                   signed: &dyn Fn(f64) -> String| {
        if now.is_none() && plan.is_none() {
            return;
        }
        let difference = now.zip(plan).map(|(now, plan)| plan - now);
        let relative = difference.zip(now).and_then(|(difference, now)| metrics::ratio(difference, now.abs()));
        let between = |ends: Option<(f64, f64)>, show: &dyn Fn(f64) -> String| {
            Cell::new(ends.map_or_else(|| NONE.to_owned(), |(low, high)| format!("{} to {}", show(low), show(high))))
        };
        let mut row = vec![
            Cell::detailed(name, unit),
            Cell::new(format::or_none(now, show)),
            Cell::new(format::or_none(plan, show)),
            Cell::new(format::or_none(difference, signed)),
            Cell::new(format::or_none(relative, format::change)),
        ];
        if let Some(sure) = sure {
            // the probability is of what is maximized
            let own = name.eq_ignore_ascii_case(summary.objective.name());
            row.push(between(differ, signed));
            row.push(Cell::new(if own { format::probability(sure) } else { NONE.to_owned() }));
        }
        row.push(between(ends, show));
        table.rows.push(row);
    };
    let (now, plan) = (&summary.now, &summary.planned);
    let exact = |amount: f64| money.exact(amount);
    let signed = |amount: f64| money.signed(amount);
    let (spend_now, spend_plan) = (summary.current_spend, summary.spend);
    add(("Spend", ""), None, Some(spend_now), Some(spend_plan), None, &exact, &signed);
    add(
        ("Clicks", ""),
        differences.clicks,
        Some(now.clicks),
        Some(plan.clicks),
        ends(&|outcome| Some(outcome.clicks)),
        &format::count,
        &format::count_signed,
    );
    add(
        ("Conversions", ""),
        differences.conversions,
        Some(now.conversions),
        Some(plan.conversions),
        ends(&|outcome| Some(outcome.conversions)),
        &format::count,
        &format::count_signed,
    );
    let (revenue, profit) = (ends(&|outcome| outcome.revenue), ends(&|outcome| outcome.profit));
    add(("Revenue", ""), differences.revenue, now.revenue, plan.revenue, revenue, &exact, &signed);
    add(("Profit", ""), differences.profit, now.profit, plan.profit, profit, &exact, &signed);
    let (cpa_now, cpa_plan) = (metrics::cpa(spend_now, now.conversions), metrics::cpa(spend_plan, plan.conversions));
    // at a given spend the one falls as the other rises
    let cpa = ends(&|outcome| metrics::cpa(spend_plan, outcome.conversions)).map(|(low, high)| (high, low));
    add(("Cost per conversion", ""), differences.cpa, cpa_now, cpa_plan, cpa, &exact, &signed);
    let roas = |revenue: Option<f64>, spend| revenue.and_then(|revenue| metrics::roas(revenue, spend));
    let ratio_signed = |ratio: f64| format!("{}{}", if ratio >= 0.005 { "+" } else { "" }, format::ratio(ratio));
    add(
        ("Return on ad spend", &format!("revenue per {}", money.one())),
        differences.roas,
        roas(now.revenue, spend_now),
        roas(plan.revenue, spend_plan),
        ends(&|outcome| roas(outcome.revenue, spend_plan)),
        &format::ratio,
        &ratio_signed,
    );
    table
}

/// The largest raises or cuts, with their reasons.
pub(super) fn moves(run: &Run, money: &Money, raise: bool) -> Table {
    let caption = if raise { "Largest raises" } else { "Largest cuts" };
    let mut table = Table::new(caption, &["Term", "#Now", "#Plan", "#Change", "#Sure of direction", "Why"]);
    let wanted = |row: &&Recommendation| row.moves() && (row.change > 0.0) == raise;
    let rows = top(run.plan.rows.iter().filter(wanted), MOVES, |row| row.change.abs());
    table.rows = rows
        .into_iter()
        .map(|row| {
            let mut change = Cell::toned(money.signed(row.change), row.change);
            change.detail = row.change_pct.map_or_else(|| "new".to_owned(), format::change);
            vec![
                term(row),
                Cell::new(money.exact(row.current_spend)),
                Cell::new(money.exact(row.recommended_spend)),
                change,
                Cell::new(format::or_none(row.p_direction, format::probability)),
                Cell::detailed(format::clean(&row.reason), setting(row, money)),
            ]
        })
        .collect();
    table
}

/// Terms to exclude, or to take up as exact keywords.
pub(super) fn candidates(run: &Run, money: &Money, kind: CandidateKind) -> Table {
    let caption = match kind {
        CandidateKind::Negative => "Candidates to exclude",
        CandidateKind::Exact => "Candidates for exact keywords",
    };
    let spend = format!("#Spend now, {}", run.plan.a_period());
    let of_all = |what: &str| match run.counts.calendar.several() {
        Some(periods) => format!("#{what}, all {periods}"),
        None => format!("#{what}"),
    };
    let (clicks, conversions) = (of_all("Clicks"), of_all("Conversions"));
    let (brought, one) = (money.brought(run.plan.summary.objective), money.a_unit());
    let level = format::share(run.plan.summary.level);
    let rate = format!("#Conversions per click, {level} interval");
    let returns = format!("#{} returns, {brought}, {level} interval", format::capital(&one));
    let elsewhere = format!("#{} elsewhere returns, {brought}", format::capital(&one));
    let heads = ["Term", &spend, &clicks, &conversions, "#Cost per click", &rate, &returns, &elsewhere];
    let mut table = Table::new(caption, &heads);
    let own = run.plan.candidates.iter().filter(|candidate| candidate.kind == kind).take(MOVES);
    let between = |low: f64, high: f64, show: fn(f64) -> String| format!("{} to {}", show(low), show(high));
    table.rows = own
        .map(|one| {
            vec![
                named(&one.key),
                Cell::new(money.exact(one.spend)),
                Cell::new(format::observed(one.clicks)),
                Cell::new(format::observed(one.conversions)),
                Cell::new(money.exact(one.cpc)),
                Cell::detailed(format::percent(one.cvr[0]), between(one.cvr[1], one.cvr[2], format::percent)),
                Cell::detailed(format::ratio(one.returns[0]), between(one.returns[1], one.returns[2], format::ratio)),
                Cell::new(format::ratio(one.price)),
            ]
        })
        .collect();
    table
}

/// The term of a row.
fn term(row: &Recommendation) -> Cell {
    named(&row.key)
}

/// A term, with its campaign and match type below.
fn named(key: &TermKey) -> Cell {
    let detail: Vec<String> = details(key).map(format::clean).collect();
    Cell::detailed(format::whole_name(&key.term), detail.join(" · "))
}

/// What tells a term from others of its name.
fn details(key: &TermKey) -> impl Iterator<Item = &str> {
    let parts = [&key.campaign, &key.ad_group, &key.match_type, &key.channel];
    parts.into_iter().flatten().map(String::as_str).filter(|part| !part.is_empty())
}

/// "set max CPC €0.80 → €0.86".
fn setting(row: &Recommendation, money: &Money) -> String {
    let (name, exact): (&str, &dyn Fn(f64) -> String) = match row.lever {
        LeverKind::MaxCpc => ("max CPC", &|amount| money.exact(amount)),
        LeverKind::CampaignBudget => ("the campaign's daily budget", &|amount| money.exact(amount)),
        LeverKind::TargetCpa => ("target CPA", &|amount| money.exact(amount)),
        LeverKind::TargetRoas => ("target ROAS", &format::ratio),
        LeverKind::Status => return "lever: status".to_owned(),
        LeverKind::Advisory => return String::new(),
    };
    match (row.lever_now, row.lever_plan) {
        (Some(now), Some(plan)) => format!("set {name} {} → {}", exact(now), exact(plan)),
        (None, Some(plan)) => format!("set {name} to {}", exact(plan)),
        _ => String::new(),
    }
}

/// The roll-up by campaign.
pub(super) fn campaigns(run: &Run, money: &Money) -> Table {
    let set = run.plan.campaigns.iter().any(|row| row.daily_budget_set.is_some());
    let daily = run.plan.campaigns.iter().any(|row| row.daily_budget_plan.is_some());
    let profit = run.plan.summary.planned.profit.is_some();
    let mut heads = vec!["Campaign", "#Terms", "#Spend now", "#Spend planned", "#Change", "#Conversions"];
    heads.extend(profit.then_some("#Profit"));
    heads.extend(daily.then_some("#Daily budget to set"));
    heads.extend(set.then_some("#Set today"));
    let mut table = Table::new("Campaigns", &heads);
    let mut rows: Vec<&CampaignPlan> = run.plan.campaigns.iter().collect();
    if rows.len() > CAMPAIGNS {
        // stable: equal spends in the order of names
        rows.sort_by(|one, other| size(other).total_cmp(&size(one)));
        rows.truncate(CAMPAIGNS);
    }
    table.rows = rows.into_iter().map(|row| campaign(row, money, [profit, daily, set])).collect();
    table
}

/// What makes a campaign large.
fn size(row: &CampaignPlan) -> f64 {
    row.current_spend.max(row.recommended_spend)
}

fn campaign(row: &CampaignPlan, money: &Money, [profit, daily, set]: [bool; 3]) -> Vec<Cell> {
    let name = row.campaign.as_deref().filter(|name| !name.is_empty()).unwrap_or("(whole account)");
    let mut change = Cell::toned(money.signed(row.change), row.change);
    change.detail = row.change_pct.map(format::change).unwrap_or_default();
    let amount = |amount: Option<f64>| format::or_none(amount, |amount| money.exact(amount));
    let now = |figure: String| format!("now {figure}");
    let mut cells = vec![
        Cell::detailed(format::clean(name), row.channel.as_deref().map(format::clean).unwrap_or_default()),
        Cell::detailed(
            format::whole(row.terms),
            format!("{} raised, {} cut", format::whole(row.raised), format::whole(row.cut)),
        ),
        Cell::new(money.exact(row.current_spend)),
        Cell::new(money.exact(row.recommended_spend)),
        change,
        Cell::detailed(format::count(row.planned.conversions), now(format::count(row.now.conversions))),
    ];
    if profit {
        cells.push(Cell::detailed(amount(row.planned.profit), now(amount(row.now.profit))));
    }
    if daily {
        cells.push(Cell::detailed(
            amount(row.daily_budget_plan),
            format!("spends {} now", amount(row.daily_budget_now)),
        ));
    }
    if set {
        cells.push(Cell::new(amount(row.daily_budget_set)));
    }
    cells
}

/// Notes of all stages.
pub(in crate::report) fn notes(notes: &Notes) -> Table {
    let mut table = Table::new("What to know about data and model", &["Note", "#Count", "Code"]);
    table.rows = notes
        .0
        .iter()
        .map(|note| {
            let count = format::observed(note.count as f64);
            vec![Cell::new(format::clean(&note.message)), Cell::new(count), Cell::new(note.code)]
        })
        .collect();
    table
}

/// The files that were read.
pub(in crate::report) fn inputs(context: &RunContext) -> Table {
    let mut table = Table::new("Files read", &["File", "#Rows", "#Bytes", "SHA-256"]);
    table.rows = context
        .inputs
        .iter()
        .map(|input| {
            let figure = |figure: u64| Cell::new(format::observed(figure as f64));
            let hash: String = input.sha256.chars().take(16).collect();
            vec![
                Cell::new(format::clean(&input.path)),
                figure(input.rows),
                figure(input.bytes),
                Cell::new(format!("{hash}…")),
            ]
        })
        .collect();
    table
}

/// How columns were understood.
pub(in crate::report) fn mapping(context: &RunContext) -> Table {
    let mut table = Table::new("Columns as understood", &["Column", "Used as", "File"]);
    table.rows = context
        .mapping
        .iter()
        .map(|mapping| {
            let to = mapping.mapped_to.clone().unwrap_or_else(|| "not used".to_owned());
            vec![Cell::new(format::clean(&mapping.column)), Cell::new(to), Cell::new(format::clean(&mapping.file))]
        })
        .collect();
    table
}

/// Sums of everything read.
pub(in crate::report) fn totals(context: &RunContext, money: &Money) -> Table {
    let mut table =
        Table::new("Sums of the data", &["", "#Impressions", "#Clicks", "#Cost", "#Conversions", "#Revenue"]);
    let mut add = |name: &str, totals: &Totals| {
        let observed = |figure: Option<f64>| Cell::new(format::or_none(figure, format::observed));
        let amount = |figure: Option<f64>| Cell::new(format::or_none(figure, |amount| money.exact(amount)));
        table.rows.push(vec![
            Cell::new(name),
            observed(totals.impressions),
            observed(Some(totals.clicks)),
            amount(totals.cost),
            observed(Some(totals.conversions)),
            amount(totals.revenue),
        ]);
    };
    add("everything read", &context.totals);
    if let Some(hidden) = &context.hidden_terms {
        add("of it hidden by the platform", hidden);
    }
    table
}

/// The certificate's figures.
pub(super) fn certificate(run: &Run, money: &Money) -> Table {
    let objective = run.plan.summary.objective;
    let unit = format!("{} {}", money.objective(objective), run.plan.a_period());
    let certificate = &run.plan.summary.certificate;
    let mut table = Table::new("Certificate", &["", "#Figure"]);
    let mut add = |name: &str, figure: Option<f64>, digits| {
        table.rows.push(vec![
            Cell::new(name),
            Cell::new(format::or_none(figure, |figure| format::significant_trimmed(figure, digits))),
        ]);
    };
    let per_one = format!("{} per {}", money.brought(objective), money.one());
    let coin = if money.unit().is_empty() { "money" } else { money.unit() };
    add(&format!("objective of the continuous plan, {unit}"), Some(certificate.objective), 10);
    add(&format!("upper bound of any plan, {unit}"), Some(certificate.upper_bound), 10);
    add("relative gap, ratio", Some(certificate.relative_gap), 2);
    add(&format!("λ, the return at which money is exchanged, {per_one}"), certificate.lambda, 6);
    add(&format!("largest violation of a limit by the plan as written, {coin}"), Some(certificate.max_violation), 3);
    add(&format!("largest distance of a slope from its price, {per_one}"), Some(certificate.kkt_residual), 3);
    add(&format!("cost of rounding to whole cents, {unit}"), certificate.rounding_loss, 3);
    add("iterations", Some(certificate.iterations as f64), 12);
    table
}

/// The full table, largest changes first, unchanged terms by spend after them.
pub(super) fn all(run: &Run, money: &Money) -> Table {
    let level = format!("#Conversions per click, {} interval", format::share(run.plan.summary.level));
    let per = run.plan.a_period();
    let conversions = format!("#Conversions {per}");
    let spends = [format!("#Spend now {per}"), format!("#Plan {per}")];
    let next = format!("#Next {} returns, {}", money.one(), money.brought(run.plan.summary.objective));
    let heads = [
        "Term",
        "Action",
        &spends[0],
        &spends[1],
        "#Change",
        "#Sure of direction",
        &conversions,
        &next,
        &level,
        "#Counted rate",
        "#Own data",
    ];
    let mut table = Table::new("Terms by size of change", &heads);
    let mut rows = largest_changes(&run.plan.rows, ROWS);
    let rest = ROWS - rows.len();
    rows.extend(top(run.plan.rows.iter().filter(|row| !row.moves()), rest, |row| row.current_spend));
    let mut room = NAMES;
    let fits = |row: &&Recommendation| {
        let taken = escaped_bytes(&row.key.term) + details(&row.key).map(escaped_bytes).sum::<usize>();
        let left = room.checked_sub(taken);
        room = left.unwrap_or(0);
        left.is_some()
    };
    table.rows = rows.into_iter().take_while(fits).map(|row| line(row, money)).collect();
    table
}

/// Bytes of a text on the page, where six letters stand for each that HTML would read as its own.
fn escaped_bytes(text: &str) -> usize {
    text.bytes().map(|byte| if matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'' | b'/') { 6 } else { 1 }).sum()
}

fn line(row: &Recommendation, money: &Money) -> Vec<Cell> {
    let mut change = Cell::toned(money.signed(row.change), row.change);
    change.detail = row.change_pct.map_or_else(String::new, format::change);
    let held = if row.binding.is_empty() && row.state != State::Active { row.state.name() } else { &*row.binding };
    let rate = format!("{} to {}", format::percent(row.cvr_p05), format::percent(row.cvr_p95));
    let counted = format!("{} of {}", format::observed(row.conversions_seen), format::observed(row.clicks_seen));
    vec![
        term(row),
        Cell::detailed(row.action.name(), held),
        Cell::new(money.exact(row.current_spend)),
        Cell::new(money.exact(row.recommended_spend)),
        change,
        Cell::new(format::or_none(row.p_direction, format::probability)),
        Cell::detailed(format::count(row.conversions_plan), format!("now {}", format::count(row.conversions_now))),
        Cell::new(format::or_none(row.marginal_return_plan, |figure| format::significant(figure, 3))),
        Cell::detailed(format::percent(row.cvr_mean), rate),
        Cell::detailed(format::or_none(row.cvr_raw, format::percent), counted),
        Cell::new(format::share(row.own_data_weight)),
    ]
}
