//! The tables of terms and campaigns on the page, as text.

use super::super::Run;
use super::super::format::{self, Money};
use super::super::top::{largest_changes, top};
use super::{CAMPAIGNS, Cell, MOVES, NAMES, ROWS, Table};
use crate::domain::{LeverKind, State, TermKey};
use crate::recommend::{CampaignPlan, CandidateKind, Recommendation};

/// The largest raises or cuts, with their reasons.
pub(super) fn moves(run: &Run, money: &Money, raise: bool) -> Table {
    let caption = if raise { "Largest raises" } else { "Largest cuts" };
    let mut table = Table::new(caption, &["Term", "#Now", "#Plan", "#Change", "#Sure of direction", "Why"]);
    let wanted = |row: &&Recommendation| row.moves() && (row.change > 0.0) == raise;
    let rows = top(run.plan.rows.iter().filter(wanted), MOVES, |row| row.change.abs());
    table.rows = rows
        .into_iter()
        .map(|row| {
            let mut change = Cell::toned(money.sum_signed(row.change), row.change);
            change.detail = row.change_pct.map_or_else(|| "new".to_owned(), format::change);
            vec![
                term(row),
                Cell::new(money.sum(row.current_spend)),
                Cell::new(money.sum(row.recommended_spend)),
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
    let returns =
        format!("#{} of today’s spend returns on average, {brought}, {level} interval", format::capital(&one));
    let elsewhere = format!("#The last {} of the plan elsewhere returns, {brought}", money.one());
    let heads = ["Term", &spend, &clicks, &conversions, "#Cost per click", &rate, &returns, &elsewhere];
    let mut table = Table::new(caption, &heads);
    let own = run.plan.candidates.iter().filter(|candidate| candidate.kind == kind).take(MOVES);
    table.rows = own
        .map(|one| {
            vec![
                named(&one.key),
                Cell::new(money.sum(one.spend)),
                Cell::new(format::observed(one.clicks)),
                Cell::new(format::observed(one.conversions)),
                Cell::new(money.exact(one.cpc)),
                Cell::detailed(format::percent(one.cvr[0]), between(one.cvr[1], one.cvr[2], &format::percent)),
                Cell::detailed(format::ratio(one.returns[0]), between(one.returns[1], one.returns[2], &format::ratio)),
                Cell::new(format::ratio(one.price)),
            ]
        })
        .collect();
    table
}

/// The two ends of an interval.
fn between(low: f64, high: f64, show: &dyn Fn(f64) -> String) -> String {
    format!("{} to {}", show(low), show(high))
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
        // a bid in whole cents may have nowhere to go within the term's limits, or save what no other term can be given
        (Some(now), Some(plan)) if exact(now) == exact(plan) => {
            let step = if row.lever == LeverKind::TargetRoas { "0.01".to_owned() } else { money.step() };
            format!(
                "leave {name} at {}: moving it by {step} changes the spend by more than serves the plan",
                exact(now)
            )
        }
        // against the spend's way, which only a target asks for
        (Some(now), Some(plan)) if row.lever == LeverKind::MaxCpc && (plan - now) * row.change < 0.0 => {
            format!("set {name} {} → {}, so that the target holds", exact(now), exact(plan))
        }
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
    // the draws of a large account do not fit, so that its campaigns have no intervals
    let known = run.plan.campaigns.iter().any(|row| row.planned_p05.is_some());
    let level = if known { format!(", {} interval", format::share(run.plan.summary.level)) } else { String::new() };
    let (conversions, profits) = (format!("#Conversions{level}"), format!("#Profit{level}"));
    let mut heads = vec!["Campaign", "#Terms", "#Spend now", "#Spend planned", "#Change", &conversions];
    heads.extend(profit.then_some(profits.as_str()));
    heads.extend(daily.then_some("#Daily budget to set"));
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
    let mut change = Cell::toned(money.sum_signed(row.change), row.change);
    change.detail = row.change_pct.map(format::change).unwrap_or_default();
    let amount = |amount: Option<f64>| format::or_none(amount, |amount| money.sum(amount));
    let ends = row.planned_p05.zip(row.planned_p95);
    let detail = |now: String, between: Option<String>| match between {
        Some(between) => format!("{between}; now {now}"),
        None => format!("now {now}"),
    };
    let conversions = ends.map(|(low, high)| between(low.conversions, high.conversions, &format::count));
    let profits = ends.and_then(|(low, high)| Some(between(low.profit?, high.profit?, &|amount| money.sum(amount))));
    let mut cells = vec![
        Cell::detailed(format::clean(name), row.channel.as_deref().map(format::clean).unwrap_or_default()),
        Cell::detailed(
            format::whole(row.terms),
            format!("{} raised, {} cut", format::whole(row.raised), format::whole(row.cut)),
        ),
        Cell::new(money.sum(row.current_spend)),
        Cell::new(money.sum(row.recommended_spend)),
        change,
        Cell::detailed(format::count(row.planned.conversions), detail(format::count(row.now.conversions), conversions)),
    ];
    if profit {
        cells.push(Cell::detailed(amount(row.planned.profit), detail(amount(row.now.profit), profits)));
    }
    if daily {
        cells.push(Cell::detailed(
            amount(row.daily_budget_to_set),
            if set {
                format!("{} today; spends {} now", amount(row.daily_budget_set), amount(row.daily_budget_now))
            } else {
                format!("spends {} now", amount(row.daily_budget_now))
            },
        ));
    }
    cells
}

/// The full table, largest changes first, unchanged terms by spend after them.
pub(super) fn all(run: &Run, money: &Money) -> Table {
    let interval = format!("{} interval", format::share(run.plan.summary.level));
    let level = format!("#Conversions per click, {interval}");
    let per = run.plan.a_period();
    let conversions = format!("#Conversions {per}, {interval}");
    let spends = [format!("#Spend now {per}"), format!("#Plan {per}")];
    let next = format!(
        "#Next {} under the plan returns, {}, {interval}",
        money.one(),
        money.brought(run.plan.summary.objective)
    );
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
    let mut change = Cell::toned(money.sum_signed(row.change), row.change);
    change.detail = row.change_pct.map_or_else(String::new, format::change);
    let held = if row.binding.is_empty() && row.state != State::Active { row.state.name() } else { &*row.binding };
    let rate = between(row.cvr_p05, row.cvr_p95, &format::percent);
    let ends =
        |ends: Option<(f64, f64)>, show: &dyn Fn(f64) -> String| ends.map(|(low, high)| between(low, high, show));
    let conversions = ends(row.conversions_plan_p05.zip(row.conversions_plan_p95), &format::count)
        .map_or_else(String::new, |between| format!("{between}; "));
    let three = |figure: f64| format::significant(figure, 3);
    let returns = ends(row.marginal_return_plan_p05.zip(row.marginal_return_plan_p95), &three).unwrap_or_default();
    let counted = format!("{} of {}", format::observed(row.conversions_seen), format::observed(row.clicks_seen));
    vec![
        term(row),
        Cell::detailed(row.action.name(), held),
        Cell::new(money.sum(row.current_spend)),
        Cell::new(money.sum(row.recommended_spend)),
        change,
        Cell::new(format::or_none(row.p_direction, format::probability)),
        Cell::detailed(
            format::count(row.conversions_plan),
            format!("{conversions}now {}", format::count(row.conversions_now)),
        ),
        Cell::detailed(format::or_none(row.marginal_return_plan, three), returns),
        Cell::detailed(format::percent(row.cvr_mean), rate),
        Cell::detailed(format::or_none(row.cvr_raw, format::percent), counted),
        Cell::new(format::share(row.own_data_weight)),
    ]
}
