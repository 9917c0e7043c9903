//! What the page says in sentences.

use super::super::Run;
use super::super::bids;
use super::super::format::{self, Money};
use super::super::top::trifling;
use crate::allocate::AllocationStatus;
use crate::counts::PeriodUnit;
use crate::domain::Objective;
use crate::recommend::{CandidateKind, Dated, GoalKind, Outcome};
use crate::response::CurveBasis;

fn per(run: &Run) -> &'static str {
    run.plan.a_period()
}

/// "Search budget plan, 7 June 2026".
pub(super) fn title(run: &Run) -> String {
    let title = match run.counts.calendar.as_of {
        Some(date) => format!("Search budget plan, {}", date.format("%-d %B %Y")),
        None => "Search budget plan".to_owned(),
    };
    match several(run) {
        Some(dated) => format!("{title}: {} weeks from {}", dated.weeks.len(), dated.weeks[0].span.start),
        None => title,
    }
}

/// The weeks, where the plan is of more than one.
fn several<'a>(run: &Run<'a>) -> Option<&'a Dated> {
    run.plan.dated.as_ref().filter(|dated| dated.weeks.len() > 1)
}

/// What the plan was made from, in one line.
pub(super) fn facts(run: &Run) -> Vec<String> {
    let calendar = &run.counts.calendar;
    let periods = calendar.periods.len();
    let mut facts = vec![format::counted(run.counts.terms.len(), "term", "terms")];
    facts.push(match calendar.unit {
        PeriodUnit::Week => format::counted(periods, "week", "weeks"),
        PeriodUnit::Day => format::counted(periods, "day", "days"),
        PeriodUnit::Undated { days: Some(days) } => format!("one period of {} days", format::observed(days)),
        PeriodUnit::Undated { days: None } => "one undated period".to_owned(),
    });
    if let (Some(first), Some(last)) = (calendar.periods.first().and_then(|period| period.start), calendar.as_of) {
        facts.push(format!("data {first} to {last}"));
    }
    facts.push(run.currency().map_or_else(
        || "currency not named in the data".to_owned(),
        |name| format!("money in {}", format::clean(name)),
    ));
    facts.push(match run.plan.summary.goal.kind {
        GoalKind::WantedConversions => "least spend for wanted conversions".to_owned(),
        _ => format!("maximizes {}", run.plan.summary.objective.name()),
    });
    facts
}

/// Terms that move and their money, raised and cut, account currency.
fn moved(run: &Run) -> [(usize, f64); 2] {
    let sum = |raise: bool| {
        let rows = run.plan.rows.iter().filter(|row| row.moves() && (row.change > 0.0) == raise);
        rows.fold((0, 0.0), |(terms, money), row| (terms + 1, money + row.change.abs()))
    };
    [sum(true), sum(false)]
}

fn show(objective: Objective, money: &Money, figure: f64) -> String {
    match objective {
        Objective::Conversions => format!("{} conversions", format::count(figure)),
        Objective::Revenue | Objective::Profit => money.short(figure),
    }
}

/// The decision in a line; over several weeks that of the first one.
pub(super) fn headline(run: &Run, money: &Money) -> String {
    let own = of_the_week(run, money);
    match several(run) {
        Some(dated) => format!("First of {} weeks: {}", dated.weeks.len(), format::uncapital(&own)),
        None => own,
    }
}

fn of_the_week(run: &Run, money: &Money) -> String {
    let summary = &run.plan.summary;
    let [(_, up), (_, down)] = moved(run);
    if trifling(run.plan) {
        return "Leave all as it is".to_owned();
    }
    if up < 0.005 && down < 0.005 {
        return "Keep the current split".to_owned();
    }
    let total = summary.spend - summary.current_spend;
    if total.abs() <= 0.01 * summary.current_spend {
        return format!("Move {} {} between terms", money.short(up.min(down).max(0.005)), per(run));
    }
    let (verb, amount) = if total > 0.0 { ("more", total) } else { ("less", -total) };
    let spend = format!("Spend {} {} {verb}", money.short(amount), per(run));
    if up.min(down) < 0.005 { spend } else { format!("{spend}, and move {} between terms", money.short(up.min(down))) }
}

/// The decision in three sentences at most: the money, the outcome, and how sure it is.
pub(super) fn decision(run: &Run, money: &Money) -> Vec<String> {
    let summary = &run.plan.summary;
    let objective = summary.objective;
    let [(raised, up), (cut, down)] = moved(run);
    let moving = raised + cut > 0;
    let unspent = if summary.unallocated < 0.005 {
        String::new()
    } else if !moving && summary.unallocated <= 0.01 * run.plan.rows.len() as f64 {
        format!(", and rounding to {} leaves {}", money.steps(), money.sum(summary.unallocated))
    } else {
        format!(", leaving {} unspent", money.sum(summary.unallocated))
    };
    let part = |verb: &str, terms: usize, money: String| {
        (terms > 0).then(|| format!("{verb} {} by {money}", format::counted(terms, "term", "terms")))
    };
    let parts: Vec<String> =
        part("raising", raised, money.short(up)).into_iter().chain(part("cutting", cut, money.short(down))).collect();
    let trifling = trifling(run.plan);
    let parts = if parts.is_empty() {
        ": no term changes".to_owned()
    } else if trifling {
        format!(", moving {} in all, which is not worth a change", money.sum(up + down))
    } else {
        format!(", {}", parts.join(" and "))
    };
    let weeks = several(run);
    let mut sentences: Vec<String> = weeks.map(|dated| over_all_weeks(dated, run, money)).into_iter().collect();
    let [budget, spend, now] = [summary.budget, summary.spend, summary.current_spend].map(|amount| money.sum(amount));
    let first = match weeks {
        Some(dated) => {
            let span = dated.weeks[0].span;
            format!(
                "In the first week, {} to {}, it spends {spend} of a budget of {budget}, against {now} now{parts}{unspent}",
                span.start, span.end
            )
        }
        // without a budget it is what the plan spends
        None if summary.goal.kind == GoalKind::WantedConversions && summary.unallocated < 0.005 => format!(
            "For {} conversions {}, the plan spends {spend}, the least that brings them, against {now} now{parts}",
            format::or_none(summary.goal.target, format::count),
            per(run)
        ),
        None => {
            format!("Of a budget of {budget} {}, the plan spends {spend} against {now} now{parts}{unspent}", per(run))
        }
    };
    let mut outcome: Option<String> = None;
    if let (Some(now), Some(planned)) = (summary.now.of(objective), summary.planned.of(objective)) {
        let gain = planned - now;
        // a share of a loss says nothing
        let relative = crate::domain::metrics::ratio(gain, now)
            .filter(|_| now > 0.0)
            .map(|change| format!(" ({})", format::change(change)))
            .unwrap_or_default();
        let set = bids::beside_outcome(run.plan, planned, money);
        let name = objective.name();
        let verb = if gain < 0.0 { "goes" } else { "rises" };
        let (from, to) = (show(objective, money, now), show(objective, money, planned));
        let subject = if objective == Objective::Conversions {
            "The expected outcome".to_owned()
        } else {
            format!("Expected {name}")
        };
        outcome = Some(if trifling || gain.abs() <= 1e-9 * now.abs() {
            format!("{subject} stays at {from} {}", per(run))
        } else {
            format!("{subject} {verb} from {from} to {to} {}{relative}{set}", per(run))
        });
    }
    // three sentences in all: over several weeks one is of all of them
    sentences.extend(match (outcome, weeks) {
        (Some(outcome), Some(_)) => vec![format!("{first}; {}.", format::uncapital(&outcome))],
        (outcome, _) => std::iter::once(first).chain(outcome).map(|words| format!("{words}.")).collect(),
    });
    if moving && !trifling {
        sentences.extend(gain(run, money));
    }
    sentences.extend(run.context.measured_gain.clone());
    sentences
}

/// What several weeks come to: "Over 4 weeks, 2025-06-30 to 2025-07-27, the plan spends …".
fn over_all_weeks(dated: &Dated, run: &Run, money: &Money) -> String {
    let summary = &run.plan.summary;
    let figure = |outcome: &Outcome| outcome.of(summary.objective);
    let shown = |amount: f64| show(summary.objective, money, amount);
    let ends = dated.planned_p05.as_ref().and_then(figure).zip(dated.planned_p95.as_ref().and_then(figure));
    let interval = ends.map_or_else(String::new, |(low, high)| {
        format!(" ({} interval {} to {})", format::share(summary.level), shown(low), shown(high))
    });
    let expected = figure(&dated.planned).map_or_else(String::new, |planned| match summary.objective {
        Objective::Conversions => format!(", for {} expected{interval}", shown(planned)),
        Objective::Revenue | Objective::Profit => {
            format!(", for an expected {} of {}{interval}", summary.objective.name(), shown(planned))
        }
    });
    format!(
        "Over {} weeks, {} to {}, the plan spends {} of {}{expected}.",
        dated.weeks.len(),
        dated.weeks[0].span.start,
        dated.span.end,
        money.sum(dated.spend),
        money.sum(dated.spend + dated.unallocated)
    )
}

/// The gain with its interval and probability, and what it is measured against.
fn gain(run: &Run, money: &Money) -> Option<String> {
    let summary = &run.plan.summary;
    let probability = summary
        .probability_better
        .map(|probability| format!("the probability that it is a gain at all is {}", format::probability(probability)));
    // the interval is of the plan: what its bids lose is known, and shifts both ends
    let shift = summary.bids.filter(|bids| bids.material).map_or_else(String::new, |bids| {
        format!(", both less {} with the bids to set", show(summary.objective, money, bids.loss))
    });
    let interval = summary.gain_p05.zip(summary.gain_p95).map(|(low, high)| {
        format!(
            "the {} interval of the gain is {} to {}{shift}",
            format::share(summary.level),
            show(summary.objective, money, low),
            show(summary.objective, money, high)
        )
    });
    let parts: Vec<String> = interval.into_iter().chain(probability).collect();
    (!parts.is_empty())
        .then(|| format!("Against {}, {}, given the model.", summary.compared_with, parts.join(", and ")))
}

/// The heading of the table of outcomes.
pub(super) fn outcome_head(run: &Run) -> &'static str {
    if several(run).is_some() { "Expected outcome of the first week" } else { "Expected outcome" }
}

/// What the table of outcomes shows.
pub(super) fn outcome(run: &Run) -> String {
    let (per, summary) = (run.plan.per(), &run.plan.summary);
    let level = format::share(summary.level);
    let gain = if summary.probability_better.is_some() && !trifling(run.plan) {
        format!(
            " The {level} interval of the difference is surer than the two figures it lies between, since they share most of \
             what is not known. The probability of a gain is against {}, in what is maximized.",
            summary.compared_with
        )
    } else {
        String::new()
    };
    let measured = if run.context.measured_gain.is_some() {
        " They are the model's, before the correction by measured lift that stands above."
    } else {
        ""
    };
    format!(
        "Figures are expectations per {per}.{measured} The {level} interval of the plan is of the planned outcome itself, from what is \
         not known of rates, values and curves.{gain}"
    )
}

/// What the gain is not.
pub(super) fn caution(run: &Run) -> String {
    let terms = run.responses.basis.len();
    let assumed = run.responses.basis.iter().filter(|&&basis| basis == CurveBasis::Prior).count();
    let curves = if assumed == 0 {
        String::new()
    } else if assumed == terms {
        " How clicks respond to spend is a stated assumption for every term, not an estimate from this account."
            .to_owned()
    } else {
        format!(
            " For {} of {} how clicks respond to spend is a stated assumption, not an estimate from this account.",
            format::whole(assumed),
            format::counted(terms, "term", "terms")
        )
    };
    let brand =
        run.notes().0.iter().find(|note| note.code == "brand-incrementality").map_or_else(String::new, |note| {
            format!(
                " Of {}, whose buyers would often have come anyway, every conversion is counted in full.",
                format::counted(usize::try_from(note.count).unwrap_or(usize::MAX), "brand term", "brand terms")
            )
        });
    let loses = loses(run).map_or_else(String::new, |words| format!(" {words}"));
    format!(
        "The gain is a forecast of a model, not a measured lift: conversions are those the platform attributes to a click, \
         some of which would have come without it.{brand}{curves}{loses}"
    )
}

/// That the plan takes in less than it spends, where it maximizes something else than profit.
fn loses(run: &Run) -> Option<String> {
    let summary = &run.plan.summary;
    let revenue = summary.planned.revenue.filter(|revenue| *revenue < summary.spend)?;
    let money = Money::new(run.currency());
    (summary.objective != Objective::Profit).then(|| {
        format!(
            "The plan takes in less than it spends, {} of revenue for {}, so that it loses money whatever the margin: with a margin \
             given, what does not pay stays unspent.",
            money.sum(revenue),
            money.sum(summary.spend)
        )
    })
}

/// How many campaigns the page leaves out; empty where it shows all of them.
pub(super) fn campaigns(run: &Run, most: usize) -> String {
    let campaigns = run.plan.campaigns.len();
    if campaigns <= most {
        return String::new();
    }
    format!("Shown are the {} of {} with the most spend. ", format::whole(most), format::whole(campaigns))
}

/// How many terms are candidates, and what that means.
pub(super) fn candidates(run: &Run) -> String {
    let count = |kind| run.plan.candidates.iter().filter(|candidate| candidate.kind == kind).count();
    let (negatives, exacts) = (count(CandidateKind::Negative), count(CandidateKind::Exact));
    let shown = format!(
        "{} would return less than money earns elsewhere even at the upper end of what is known of the rate and with clicks at half the price, {} more even at the \
         lower end without being an exact keyword yet.",
        format::counted(negatives, "term", "terms"),
        if exacts == 1 {
            "1 broad or phrase term".to_owned()
        } else {
            format!("{} broad or phrase terms", format::whole(exacts))
        }
    );
    format!("{shown} Judged are terms whose rate is mostly their own data; the largest of each kind are shown.")
}

/// The certificate for people.
pub(super) fn certificate(run: &Run, money: &Money) -> Vec<String> {
    let summary = &run.plan.summary;
    let certificate = &summary.certificate;
    let unspent = money.sum(summary.unallocated);
    let gap = format::significant(certificate.relative_gap.abs(), 2);
    let mut words = vec![match certificate.status {
        AllocationStatus::Optimal => "Under the limits and the model, no split of this budget is better: the solver proves it with an upper bound that no split can exceed.".to_owned(),
        AllocationStatus::BudgetNotExhausted if summary.objective == Objective::Profit => format!("Under the limits and the model, no split is better. {unspent} of the budget stay unspent, because every term is at a limit or its next unit of money would earn less than it costs."),
        AllocationStatus::BudgetNotExhausted if summary.goal.min_marginal_return.is_some() || summary.goal.target.is_some() => format!("Under the limits and the model, no split is better. {unspent} of the budget stay unspent, because every term is at a limit or its next unit of money would return less than is asked for."),
        AllocationStatus::BudgetNotExhausted => format!("Under the limits and the model, no split is better. {unspent} of the budget stay unspent, because every term is at its upper limit or at one that it shares with others."),
        AllocationStatus::WithinGap => "Under the limits and the model, a better split may exist, by no more than the gap below: some curves are not concave, or limits cut across each other, and the search ended before it could prove that there is none.".to_owned(),
        AllocationStatus::Infeasible => "No split satisfies all limits at once; this one is the closest the solver found.".to_owned(),
        AllocationStatus::IterationLimit => "The solver stopped at its iteration limit. The split keeps all limits, but a better one may exist, by no more than the gap below.".to_owned(),
    }];
    words.push(format!("The gap between what this split reaches and that bound is {gap} of objective and spend together, before rounding."));
    // an average target, risk and exploration give every term a price of its own
    let averages = matches!(summary.goal.kind, GoalKind::TargetRoas | GoalKind::TargetCpa);
    let common = !averages && summary.risk.plan.is_none() && summary.exploration.is_none();
    if let Some(lambda) = certificate.lambda.filter(|_| common) {
        let moving = run.plan.limits.iter().any(|row| row.kind == "turnover");
        words.push(format!(
            "Between its limits, every term's next unit of money returns the same, {} {}{}: taking it from one and giving it to another gains nothing.",
            format::significant_trimmed(lambda, 4),
            match summary.objective {
                Objective::Conversions => "conversions",
                Objective::Revenue => "in revenue",
                Objective::Profit => "in margin",
            },
            if moving { ", give or take what moving money has to earn" } else { "" }
        ));
    }
    words
}
