//! `report.html`: one self-contained page, from already formatted text.
//!
//! In: a run and its charts. Out: HTML with its style and drawings inside and nothing fetched from
//! anywhere. Terms are untrusted text: the template engine escapes everything but the drawings,
//! which escape their own text.

mod content;
pub(super) mod data;
mod limits;
mod outcome;
mod table;
mod words;

pub(super) use limits::limit_table;
pub(super) use table::{Card, Cell, Table};

use super::backtest::brief::{Brief, brief};
use super::charts::Chart;
use super::charts::canvas::inlined;
use super::charts::heads::{Told, heads};
use super::format::{self, Money};
use super::formats::Block;
use super::top::trifling;
use super::{ReportError, Run, bids, change_limit, dated};
use crate::domain::Objective;
use crate::estimate::RateModel;
use crate::recommend::CandidateKind;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, HtmlEscape, UndefinedBehavior, escape_formatter};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

const TEMPLATE: &str = concat!(include_str!("templates/parts.html"), include_str!("templates/report.html"));
/// The page's style, and what its drawings wear in the dark.
pub(super) const STYLE: &str = concat!(include_str!("templates/report.css"), include_str!("templates/charts.css"));
/// Sorts and filters tables. The page's policy names its hash, so that the browser runs this script and no other.
const SCRIPT: &str = include_str!("templates/tables.js");

/// Rows of the page's full table; the rest is in the CSV.
const ROWS: usize = 2_000;
/// Bytes that the names in that table may take: the page is to open at once even where each name is a paragraph.
const NAMES: usize = 1_500_000;
/// Rows of that table on paper, as the style sheet has it.
const PAPER: usize = 200;
/// Campaigns on the page.
const CAMPAIGNS: usize = 500;
/// Rows of the tables of what to raise and to cut.
const MOVES: usize = 10;

/// A chart on the page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    stem: &'static str,
    title: String,
    description: String,
    svg: String,
    /// The same for a phone; empty where there is none.
    narrow: String,
    table: Table,
}

/// Everything the template shows.
#[derive(Clone, Debug, Serialize)]
struct Page {
    style: &'static str,
    title: String,
    facts: Vec<String>,
    headline: String,
    decision: Vec<String>,
    caution: String,
    outcome: Table,
    outcome_head: &'static str,
    outcome_words: String,
    changes: Option<Figure>,
    gains: Option<Figure>,
    rates: Option<Figure>,
    shrinkage: Option<Figure>,
    marginal: Option<Figure>,
    curves: Option<Figure>,
    forecasts: Brief,
    frontier: Option<Figure>,
    weeks: Option<dated::Weeks>,
    raised: Table,
    negatives: Table,
    exacts: Table,
    candidates: String,
    cut: Table,
    /// What bids in whole cents cost; empty where no bid moves.
    bids: String,
    /// How far a term may change, where that is not what was asked for; else empty.
    change: String,
    campaigns: Table,
    campaigns_words: String,
    limits: Table,
    limits_words: String,
    limits_unit: String,
    shared_limits: Table,
    asked: Vec<String>,
    notes: Table,
    inputs: Table,
    mapping: Table,
    totals: Table,
    certificate: Table,
    certificate_words: Vec<String>,
    all: Table,
    shown: String,
    terms: String,
    /// Whether the page shows every term.
    complete: bool,
    /// What is said of them on paper, where fewer stand.
    paper: String,
    level: String,
    per: &'static str,
    /// One unit of money.
    one: String,
    /// The same after `next`.
    next: String,
    objective: &'static str,
    /// Whether profit is maximized, so that the budget is a cap.
    profit: bool,
    /// Whether the rate model is gamma-Poisson.
    poisson: bool,
    /// `weeks` or `days` where recent ones can weigh more in rates.
    periods: Option<&'static str>,
    value_model: Option<&'static str>,
    account_rate: String,
    /// Clicks that a term needs to count as much as its group.
    strength: String,
    version: &'static str,
    seed: String,
}

/// The page.
///
/// # Errors
/// [`ReportError::Template`] where the template does not fit what it is given.
pub(super) fn page(run: &Run, charts: &[Chart]) -> Result<String, ReportError> {
    filled_in("report.html", TEMPLATE, filled(run, charts))
}

/// A template with its figures in it; whoever calls it names the parts that it begins with.
///
/// # Errors
/// [`ReportError::Template`] where the template does not fit what it is given.
pub(super) fn filled_in(name: &str, template: &str, page: impl Serialize) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let failed = |error: minijinja::Error| ReportError::Template { message: format!("{error:#}") };
    environment.set_formatter(|out, state, value| match value.as_str().filter(|_| !value.is_safe()).and_then(joined) {
        Some(text) => escape_formatter(out, state, &text.into()),
        None => escape_formatter(out, state, value),
    });
    environment.add_filter("marked", |text: &str| Value::from_safe_string(marked(text)));
    environment.add_global("script", SCRIPT);
    environment.add_global("script_hash", base64(&Sha256::digest(SCRIPT)));
    environment.add_global("style_hash", base64(&Sha256::digest(STYLE)));
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(failed)?;
    environment.set_syntax(syntax);
    environment.add_template(name, template).map_err(failed)?;
    let template = environment.get_template(name).map_err(failed)?;
    template.render(Serde(page)).map_err(failed)
}

/// A text as HTML, with what stands between as many backticks as code; backticks without such others are themselves.
fn marked(text: &str) -> String {
    let text = joined(text).unwrap_or_else(|| text.to_owned());
    let ticks = |text: &str| text.len() - text.trim_start_matches('`').len();
    let mut into = String::new();
    let (mut rest, mut begin) = (text.as_str(), 0);
    while let Some(at) = rest[begin..].find('`').map(|at| begin + at) {
        let many = ticks(&rest[at..]);
        let inside = at + many;
        // the next run of exactly as many
        let mut end = inside;
        let closing = loop {
            let Some(found) = rest[end..].find('`').map(|found| end + found) else { break None };
            let run = ticks(&rest[found..]);
            if run == many {
                break Some(found);
            }
            end = found + run;
        };
        let Some(closing) = closing else {
            begin = inside;
            continue;
        };
        let code = &rest[inside..closing];
        // the spaces that keep backticks of a name from those around it
        let code = code.strip_prefix(' ').and_then(|code| code.strip_suffix(' ')).filter(|_| many > 1).unwrap_or(code);
        let _ = write!(into, "{}<code>{}</code>", HtmlEscape(&rest[..at]), HtmlEscape(code));
        (rest, begin) = (&rest[closing + many..], 0);
    }
    let _ = write!(into, "{}", HtmlEscape(rest));
    into
}

/// A text whose signs stay with their amounts where a line ends: `−€5` may break after the sign (Unicode annex 14 keeps signs
/// before digits, not before currencies). `None` where there is none.
fn joined(text: &str) -> Option<String> {
    const JOINER: char = '\u{2060}';
    let sign = |letter: char| matches!(letter, '−' | '+');
    let currency = |letter: char| matches!(letter, '€' | '$' | '£');
    let mut into = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        into.push(letter);
        let mut next = letters.clone();
        let amount = next.next().is_some_and(currency) && next.next().is_some_and(|digit| digit.is_ascii_digit());
        if sign(letter) && amount {
            into.push(JOINER);
        }
    }
    (into.len() > text.len()).then_some(into)
}

/// Base64 with padding (RFC 4648, section 4), as the policy of a page writes hashes.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let three = group.iter().chain(&[0; 2]).take(3).fold(0, |bits, &byte| bits << 8 | usize::from(byte));
        for place in 0..4 {
            let letter = char::from(LETTERS[three >> (18 - 6 * place) & 63]);
            text.push(if place <= group.len() { letter } else { '=' });
        }
    }
    text
}

/// What the page says, without charts and the table of all terms.
pub(super) fn blocks(run: &Run) -> Vec<Block> {
    let money = Money::new(run.currency());
    let head = |level, words: &str| Block::Head(level, words.to_owned());
    let mut blocks = vec![
        Block::Head(1, words::title(run)),
        Block::Head(2, words::headline(run, &money)),
        Block::Words(words::decision(run, &money).join(" ")),
        Block::Words(words::caution(run)),
        head(2, words::outcome_head(run)),
        Block::Table(outcome::outcome(run, &money)),
    ];
    blocks.extend(dated::blocks(run, &money));
    blocks.extend([
        head(2, "Raise most"),
        Block::Table(content::moves(run, &money, true)),
        head(2, "Cut most"),
        Block::Table(content::moves(run, &money, false)),
        head(2, "To exclude"),
        Block::Table(content::candidates(run, &money, CandidateKind::Negative)),
        head(2, "To take up as exact keywords"),
        Block::Table(content::candidates(run, &money, CandidateKind::Exact)),
        head(2, "Campaigns"),
        Block::Table(content::campaigns(run, &money)),
        head(2, "Limits"),
        Block::Words(change_limit::limits(run)),
        Block::Table(limits::limits(run, &money)),
        Block::Table(limits::shared(run, &money)),
        head(2, "Notes"),
        Block::Table(data::notes(&run.notes())),
    ]);
    blocks
}

fn filled(run: &Run, charts: &[Chart]) -> Page {
    let money = Money::new(run.currency());
    let summary = &run.plan.summary;
    let level = format::share(summary.level);
    let told = Told { money: &money, per: run.plan.a_period(), level: &level };
    // what moves by cents, or not at all, is no picture
    let moving = |stem: &&str| !(trifling(run.plan) && matches!(*stem, "changes" | "gains"));
    let figure = |stem: &str| {
        charts.iter().filter(|_| moving(&stem)).find(|chart| chart.stem == stem).map(|chart| drawn(chart, &told))
    };
    let all = content::all(run, &money);
    let shown = all.rows.len();
    Page {
        style: STYLE,
        title: words::title(run),
        facts: words::facts(run),
        headline: words::headline(run, &money),
        decision: words::decision(run, &money),
        caution: words::caution(run),
        outcome: outcome::outcome(run, &money),
        outcome_head: words::outcome_head(run),
        outcome_words: words::outcome(run),
        changes: figure("changes"),
        gains: figure("gains"),
        rates: figure("rates"),
        shrinkage: figure("shrinkage"),
        marginal: figure("marginal"),
        curves: figure("curves"),
        forecasts: brief(run, charts, &money),
        frontier: figure("frontier"),
        weeks: dated::weeks(run, charts, &money),
        raised: content::moves(run, &money, true),
        negatives: content::candidates(run, &money, CandidateKind::Negative),
        exacts: content::candidates(run, &money, CandidateKind::Exact),
        candidates: words::candidates(run),
        cut: content::moves(run, &money, false),
        bids: bids::words(run, &money),
        change: change_limit::moved(run.plan),
        campaigns: content::campaigns(run, &money),
        campaigns_words: words::campaigns(run, CAMPAIGNS),
        limits: limits::limits(run, &money),
        limits_words: change_limit::limits(run),
        limits_unit: limits::unit(run, &money),
        shared_limits: limits::shared(run, &money),
        asked: limits::asked(run, &money),
        notes: data::notes(&run.notes()),
        inputs: data::inputs(run.context),
        mapping: data::mapping(run.context),
        totals: data::totals(run.context, &money),
        certificate: data::certificate(run, &money),
        certificate_words: words::certificate(run, &money),
        all,
        shown: format::whole(shown),
        terms: format::whole(run.plan.rows.len()),
        complete: shown == run.plan.rows.len(),
        paper: if shown > PAPER { format!("On paper stand the first {PAPER} of these rows.") } else { String::new() },
        level: level.clone(),
        per: run.plan.per(),
        one: money.a_unit(),
        next: money.one(),
        objective: summary.objective.name(),
        profit: summary.objective == Objective::Profit,
        poisson: run.posterior.rate.model == RateModel::GammaPoisson,
        periods: run.counts.calendar.several(),
        value_model: run.posterior.value.as_ref().map(|value| value.model),
        account_rate: format::percent(run.posterior.rate.account_rate),
        strength: format::count(run.posterior.rate.strength),
        version: run.context.version,
        seed: run.context.seed.to_string(),
    }
}

/// A chart with the table of what it shows, for the page.
pub(super) fn drawn(chart: &Chart, told: &Told) -> Figure {
    /// Longer tables are not read on a page; their CSV is linked.
    const LONGEST: usize = 48;
    let columns = heads(chart, told);
    let head =
        |(at, head): &(usize, String)| format!("{}{head}", if chart.columns[*at].unit == "text" { "" } else { "#" });
    let heads: Vec<String> = columns.iter().map(head).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut table = Table::new(chart.title.as_str(), &heads);
    if chart.rows.len() <= LONGEST {
        let cells = |row: &Vec<super::charts::Cell>| {
            columns.iter().map(|(at, _)| Cell::new(row[*at].shown(told.money))).collect()
        };
        table.rows = chart.rows.iter().map(cells).collect();
    }
    Figure {
        stem: chart.stem,
        title: chart.title.clone(),
        description: chart.description.clone(),
        svg: inlined(&chart.svg),
        narrow: chart.narrow.as_deref().map(inlined).unwrap_or_default(),
        table,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_stay_with_amounts_and_other_words_as_they_are() {
        assert_eq!(joined("−€5 to +$7").as_deref(), Some("−\u{2060}€5 to +\u{2060}$7"));
        assert_eq!(joined("€5 − 3 + x and +$ or −€ alone"), None);
    }

    #[test]
    fn what_stands_between_backticks_is_code_and_nothing_is_markup() {
        assert_eq!(marked("see `[[a]]` & `b`"), "see <code>[[a]]</code> &amp; <code>b</code>");
        assert_eq!(marked("`<script>` <b> ` alone"), "<code>&lt;script&gt;</code> &lt;b&gt; ` alone");
        assert_eq!(marked(""), "");
        for name in ["a`b", "`", "``x`", "a` <b> `c", "plain"] {
            let shown = name.replace('<', "&lt;").replace('>', "&gt;");
            let told = format!("by {} and `code`", crate::domain::quoted(name));
            assert_eq!(marked(&told), format!("by <code>{shown}</code> and <code>code</code>"), "{told}");
        }
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        for (text, code) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(text.as_bytes()), code);
        }
        // the hash of nothing, as the specification of the policy writes it
        assert_eq!(base64(&Sha256::digest("")), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
