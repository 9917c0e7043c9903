//! `DATA_DICTIONARY.md`: every column of every file, from the lists that the files are made from.

use super::columns::{self, Column};
use super::format;
use super::{Forecasts, Run, charts, dated, import, tables};
use crate::recommend::LimitRow;
use std::fmt::Write as _;

/// Keys of the JSON files: file, key, meaning.
const KEYS: &[(&str, &str, &str)] = &[
    ("summary.json", "version, command", "the program's version and the command that ran"),
    (
        "summary.json",
        "as_of, terms, weeks, first_week, last_week",
        "last day the data are known for; size and span of the data (null for undated data)",
    ),
    ("summary.json", "currency", "currency of all money; null where the data do not say"),
    ("summary.json", "totals, hidden_terms", "sums of everything read; sums of what the platform hides"),
    ("summary.json", "mapping", "how each column of each input was understood; `as` is null for columns not used"),
    (
        "summary.json",
        "model",
        "rate and value model, level of intervals, rate of the account, strength (clicks of its own that a term needs to count as much as its group), elasticity (mean; terms by its basis; evidence: terms and campaigns whose lever moved, share of all weeks of terms with the lever elsewhere than mostly, percent that the price of a click moves with one percent of the bid)",
    ),
    (
        "summary.json",
        "plan",
        "objective, budget, spend, unallocated money, expected outcome now and planned with interval ends, probability that the plan is better",
    ),
    (
        "summary.json",
        "plan.goal",
        "kind (most-response, target-roas, target-cpa, wanted-conversions), target, the same figure now and planned, least marginal return asked for. Averages are over all that the account spends and earns under the plan, fixed terms and free clicks included",
    ),
    ("summary.json", "plan.limits", "the rows of limits.csv"),
    (
        "summary.json",
        "plan.decisions",
        "terms that a person locked, rejected or set, and what they cost: the objective of the plan without them less that of this one. Null without",
    ),
    (
        "summary.json",
        "plan.weeks",
        "only where the plan is over dated weeks, of which `plan` is the first: span, total, pace (spent, days gone and left), spend, planned outcome with interval ends, the same with even money a day, weeks, months, limits over all weeks, certificate of the split over terms and weeks",
    ),
    ("summary.json", "plan.step", "spends are multiples of this, money"),
    (
        "summary.json",
        "plan.bids",
        "what bids in the currency's steps (whole cents) do: terms whose bid moves, planned_spend on them and spend at the bids to set, loss of objective and share_of_gain, terms outside their bounds, goal (ROAS, cost per conversion or conversions at the bids to set; null without a target), misses_goal, above_budget (money), limits_missed, turned (bids that go the other way than the planned spend, as the target is kept only so). Null where no bid moves",
    ),
    (
        "summary.json",
        "plan.risk",
        "kind (expected, tail-mean, mean-variance), tail or aversion; mean, mean of the worst draws and standard deviation of the objective over posterior draws of rates and values, for the plan and for the plan with the highest expectation: the difference is what caution costs and buys. Null for `expected`",
    ),
    (
        "summary.json",
        "plan.exploration",
        "share of the budget, the draw it follows, terms that get more for it, money moved, expected_cost (objective given up today), perfect_information (objective a period that knowing everything would add: the most that learning can buy). Null without",
    ),
    (
        "summary.json",
        "plan.relaxation, plan.needs",
        "only where no plan satisfies the limits (exit code 4, `--json`): changes (limit, source, from, to, unit) that together let a plan exist, and what asks for the money; plan.certificate.status is then infeasible",
    ),
    (
        "summary.json",
        "plan.certificate",
        "status (optimal, or budget-not-exhausted where limits keep money from being spent: both mean that no split is better by more than a relative gap of 1e-6; within-gap: all limits are met, but a split may be better, by the relative gap at most; iteration-limit), objective reached, upper bound of any split's objective, relative gap between them, lambda (return at which money is exchanged), largest violation of a limit by the plan as written (money), kkt_residual (largest distance of a term's slope from its price where no bound holds it, as a share of the price), what rounding cost, iterations",
    ),
    (
        "summary.json",
        "backtest",
        "how good forecasts were, as `termwise backtest` writes it, of the last few periods: terms looked at, of_terms (terms with data), folds, coverage by level with its standard error, actual over forecast, log scores beside those of simpler forecasts, verdict",
    ),
    ("summary.json", "notes", "what a reader should know: code, count, message"),
    ("summary.json", "outputs", "files of this directory"),
    (
        "manifest.json",
        "program, version, command, seed, settings",
        "what computed the files, with which resolved settings",
    ),
    ("manifest.json", "inputs", "path, SHA-256, rows and bytes of each file read"),
    ("manifest.json", "terms, periods, cells", "size of the data: terms, periods, and term-period pairs observed"),
    (
        "manifest.json",
        "outputs",
        "path, SHA-256, bytes and rows of each file written, except the manifest and the timings",
    ),
    (
        "timings.json",
        "stages, seconds",
        "seconds of each stage and in all; the only file that may differ between two runs",
    ),
];

/// How every table is written.
pub(super) const CONVENTIONS: &str = "\
CSV files are UTF-8 without a byte-order mark, separated by commas, with a decimal point and no thousands separators; text \
with commas, quotes or line ends is quoted. A text that a spreadsheet would run as a formula, because it begins with `=`, `+`, \
`-` or `@` (`+broad`, `-shoes`), has an apostrophe before it. termwise takes it off when it reads the file again; take it off \
as well where files are joined by term. The JSON files have all texts as they came.\n";

/// The dictionary of a run's files.
pub(super) fn markdown(run: &Run) -> String {
    let level = run.plan.summary.level;
    let mut text = String::from("# Data dictionary\n\n");
    let money =
        run.currency().map_or_else(|| "the account's currency (the data do not name it)".to_owned(), format::clean);
    let period = match run.plan.per() {
        "week" => "a week".to_owned(),
        "period" => "the period that the undated data cover".to_owned(),
        days => format!("the {days} of the first week that is planned (of response_curves.csv: a week)"),
    };
    let _ = write!(
        text,
        "Money is in {money}. \"A period\" is {period}. Rates and shares are ratios (0.05 = 5%). An empty cell is a figure that was \
         not computed or does not apply, never zero.\n\n{CONVENTIONS}"
    );
    for table in described(run) {
        table.write(&mut text);
    }
    for (file, about, heads) in import::tables() {
        heading(&mut text, file, about);
        for (name, unit, meaning) in heads {
            row(&mut text, level, name, unit, meaning);
        }
    }
    let weeks = run.plan.dated.as_ref().map(|_| ("weeks", charts::weeks::COLUMNS));
    let tested = matches!(run.context.forecasts, Forecasts::Tested(_));
    let coverage = tested.then_some(charts::backtest::COVERAGE);
    for (stem, columns) in charts::tables().into_iter().chain(weeks).chain(coverage) {
        heading(&mut text, &format!("charts/{stem}.csv"), &format!("the figures that `charts/{stem}.svg` shows"));
        for column in columns {
            row(&mut text, level, column.name, column.unit, column.meaning);
        }
    }
    let weeks = run.plan.dated.is_some();
    let has = |key: &str| match key {
        "plan.weeks" => weeks,
        "backtest" => tested,
        _ => true,
    };
    let own: Vec<_> = KEYS.iter().copied().filter(|(_, key, _)| has(key)).collect();
    keys(&mut text, &own);
    text
}

/// A table that is written: its columns as the dictionary tells them.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub(super) file: String,
    pub(super) about: String,
    pub(super) heads: Vec<Head>,
}

/// One column.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) name: &'static str,
    pub(super) unit: String,
    pub(super) meaning: String,
}

/// Describes a table by its columns; `level` is that of its intervals.
pub(super) fn describe<R>(level: f64, file: &str, about: impl Into<String>, columns: &[Column<R>]) -> Described {
    let level = format::share(level);
    let head = |column: &Column<R>| Head {
        name: column.name,
        unit: column.unit.to_owned(),
        meaning: column.meaning.replace("{level}", &level),
    };
    Described { file: file.to_owned(), about: about.into(), heads: columns.iter().map(head).collect() }
}

impl Described {
    pub(super) fn write(&self, text: &mut String) {
        heading(text, &self.file, &self.about);
        for head in &self.heads {
            let _ = writeln!(text, "| `{}` | {} | {} |", head.name, head.unit, head.meaning.replace('|', "\\|"));
        }
    }
}

/// The tables of a run.
pub(super) fn described(run: &Run) -> Vec<Described> {
    let presence = tables::presence(run);
    let level = run.plan.summary.level;
    let mut all = vec![
        describe(
            level,
            "recommendations.csv",
            "one row per term: what to do, and why",
            &columns::recommendations(presence),
        ),
        describe(level, "campaigns.csv", "the roll-up by campaign, with daily budgets", &columns::campaigns(presence)),
        describe(
            level,
            "candidates.csv",
            "terms to exclude, and terms to take up as exact keywords, with what speaks for it; absent rows say that there are none",
            &columns::candidates(presence),
        ),
        describe(
            level,
            "posterior.csv",
            "one row per term: what is known of its rate and value",
            &columns::posterior(presence),
        ),
        describe(level, "response_curves.csv", "one row per term: clicks against spend", &columns::curves(presence)),
        describe(
            level,
            "frontier.csv",
            "best outcome for each budget, change limits ignored, no term above three times what it spends today",
            &columns::frontier(),
        ),
        describe(
            level,
            "limits.csv",
            "one row per limit that terms share (budget, groups, classes, turnover, target), then one per kind and side of the bounds of single terms that hold: where the plan stands in it, and what relaxing it is worth",
            &columns::shared_limits::<LimitRow>(),
        ),
    ];
    all.extend(dated::described(run));
    all
}

/// Keys of JSON files: file, key, meaning.
pub(super) fn keys(text: &mut String, keys: &[(&str, &str, &str)]) {
    let mut file = "";
    for &(of, key, meaning) in keys {
        if of != file {
            file = of;
            let _ = write!(text, "\n## {file}\n\n| key | meaning |\n| --- | --- |\n");
        }
        let _ = writeln!(text, "| {key} | {meaning} |");
    }
}

pub(super) fn section<R>(text: &mut String, level: f64, file: &str, about: &str, columns: &[Column<R>]) {
    heading(text, file, about);
    for column in columns {
        row(text, level, column.name, column.unit, column.meaning);
    }
}

pub(super) fn heading(text: &mut String, file: &str, about: &str) {
    let _ = write!(text, "\n## {file}\n\n{about}\n\n| column | unit | meaning |\n| --- | --- | --- |\n");
}

pub(super) fn row(text: &mut String, level: f64, name: &str, unit: &str, meaning: &str) {
    let level = format::share(level);
    let _ = writeln!(text, "| `{name}` | {unit} | {} |", meaning.replace("{level}", &level).replace('|', "\\|"));
}
