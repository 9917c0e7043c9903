//! Two runs side by side, and the terms whose planned spends differ most.

use crate::domain::TermKey;
use crate::numeric::sum::ExactSum;
use crate::report::format::{self, Money};
use crate::report::terminal_table::aligned;
use crate::weekly::{Record, StoredTerm, fold_unnamed, in_cents};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Terms shown; the JSON has all.
const SHOWN: usize = 10;

/// A run as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// Its record.
    pub record: &'a Record,
    /// Its terms; none without a plan.
    pub terms: &'a [StoredTerm],
}

/// A term in both runs; `None` where a run does not have it.
struct Pair {
    key: TermKey,
    spends: [Option<f64>; 2],
}

impl Pair {
    fn difference(&self) -> f64 {
        self.spends[1].unwrap_or(0.0) - self.spends[0].unwrap_or(0.0)
    }
}

/// Terms whose planned spends differ, the largest difference first. What a run folds is named by none.
fn pairs(runs: [Stored<'_>; 2]) -> Vec<Pair> {
    let named: Vec<BTreeSet<&TermKey>> = runs
        .iter()
        .filter(|run| folds(run.record))
        .map(|run| run.terms.iter().map(|term| &term.key).collect())
        .collect();
    let mut terms: BTreeMap<TermKey, [Option<f64>; 2]> = BTreeMap::new();
    for (at, run) in runs.iter().enumerate() {
        let spends = in_cents(run.terms.iter().map(|term| (&term.key, term.recommended_spend)));
        for (key, cents) in fold_unnamed(&spends, |key| named.iter().all(|named| named.contains(key))) {
            terms.entry(key).or_default()[at] = Some(cents / 100.0);
        }
    }
    let mut pairs: Vec<Pair> = terms
        .into_iter()
        .map(|(key, spends)| Pair { key, spends })
        .filter(|pair| pair.difference().abs() >= 0.005)
        .collect();
    pairs.sort_by(|one, other| {
        other.difference().abs().total_cmp(&one.difference().abs()).then_with(|| one.key.cmp(&other.key))
    });
    pairs
}

/// Whether small terms are folded in a run.
fn folds(record: &Record) -> bool {
    let least = record.settings.as_ref().and_then(|settings| settings["privacy"]["min_count"].as_u64());
    least.is_some_and(|least| least > 0)
}

/// The comparison for machines.
#[must_use]
pub fn compared_json(runs: [Stored; 2]) -> Value {
    let terms: Vec<Value> = pairs(runs)
        .iter()
        .map(|pair| {
            json!({
                "term": pair.key,
                "spend": pair.spends,
                "difference": pair.difference(),
            })
        })
        .collect();
    json!({"runs": runs.map(|run| run.record), "terms": terms})
}

/// A row of figures of both runs, with their difference.
fn figures(
    runs: [Stored; 2],
    name: &str,
    figure: &dyn Fn(&Record) -> Option<f64>,
    show: &dyn Fn(f64) -> String,
) -> Vec<String> {
    let [one, other] = runs.map(|run| figure(run.record));
    let difference = format::or_none(one.zip(other).map(|(one, other)| other - one), |difference| {
        let text = show(difference);
        if difference > 0.0 { format!("+{text}") } else { text }
    });
    vec![name.to_owned(), format::or_none(one, show), format::or_none(other, show), difference]
}

/// The comparison in plain text.
#[must_use]
pub fn compare_runs(runs: [Stored; 2]) -> String {
    let money = Money::default();
    let mut rows =
        vec![vec![String::new(), runs[0].record.id.clone(), runs[1].record.id.clone(), "difference".to_owned()]];
    rows.push({
        let [one, other] = runs.map(|run| format::clean(run.record.currency.as_deref().unwrap_or(format::NONE)));
        vec!["currency".to_owned(), one, other, String::new()]
    });
    let mut row = |name: &str, figure: &dyn Fn(&Record) -> Option<f64>, show: &dyn Fn(f64) -> String| {
        rows.push(figures(runs, name, figure, show));
    };
    let short = |amount: f64| money.exact(amount);
    row("budget", &|record| Some(record.plan.as_ref()?.budget), &short);
    row("spend now", &|record| Some(record.plan.as_ref()?.current_spend), &short);
    row("spend planned", &|record| Some(record.plan.as_ref()?.spend), &short);
    row("conversions planned", &|record| Some(record.plan.as_ref()?.planned.conversions), &format::count);
    row("revenue planned", &|record| record.plan.as_ref()?.planned.revenue, &short);
    row("profit planned", &|record| record.plan.as_ref()?.planned.profit, &short);
    let gain = |record: &Record| record.plan.as_ref()?.gain();
    row("gain promised", &gain, &short);
    row("gain corrected by lift", &Record::corrected_gain, &short);
    row("spend of the last week", &|record| record.week?.cost, &short);
    row("conversions of it", &|record| Some(record.week?.conversions), &format::count);
    row("promise ratio", &|record| record.promise_ratio(), &format::ratio);
    row("adoption", &|record| record.adoption(), &format::ratio);
    let mut text = aligned(&rows);
    for run in runs.iter().filter(|run| run.record.held) {
        let _ = writeln!(text, "{} was held", format::clean(&run.record.id));
    }
    let pairs = pairs(runs);
    let moved: ExactSum = pairs.iter().map(|pair| pair.difference().abs()).collect();
    let _ = writeln!(
        text,
        "\n{} differ, {} moved between the plans",
        format::counted(pairs.len(), "term", "terms"),
        money.exact(moved.value())
    );
    let heads = ["term", "campaign", "first", "second", "difference"].map(str::to_owned).to_vec();
    let mut rows = vec![heads];
    for pair in pairs.iter().take(SHOWN) {
        rows.push(vec![
            format::name(&pair.key.term, 34),
            format::shorten(pair.key.campaign.as_deref().unwrap_or_default(), 22),
            format::or_none(pair.spends[0], |spend| money.exact(spend)),
            format::or_none(pair.spends[1], |spend| money.exact(spend)),
            money.signed(pair.difference()),
        ]);
    }
    if rows.len() > 1 {
        text.push_str(&aligned(&rows));
    }
    text.replace('−', "-").replace(format::NONE, "-").replace('\u{a0}', " ")
}
