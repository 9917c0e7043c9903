//! The report as a whole, on a made-up account and on degenerate ones.

#![allow(clippy::case_sensitive_file_extension_comparisons)] // names of our own making

use super::fixture::{Fixture, account};
use super::*;
use crate::counts::PeriodUnit;
use crate::domain::{Objective, guarded, unguarded};
use crate::recommend::{Action, Outcome};
use std::collections::BTreeMap;

fn files(fixture: &Fixture) -> BTreeMap<String, String> {
    render(&fixture.run())
        .expect("rendered")
        .into_iter()
        .map(|artifact| (artifact.name, String::from_utf8(artifact.bytes).expect("UTF-8")))
        .collect()
}

/// Records of a CSV text, unquoted.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            other => cell.push(other),
        }
    }
    assert!(record.is_empty() && cell.is_empty(), "the last record is ended");
    records
}

fn cell<'a>(records: &'a [Vec<String>], row: usize, column: &str) -> &'a str {
    let at = records[0].iter().position(|name| name == column).expect("column");
    &records[row + 1][at]
}

#[test]
fn the_directory_is_complete() {
    let names: Vec<String> = files(&account(40)).into_keys().collect();
    assert_eq!(
        names,
        [
            "DATA_DICTIONARY.md",
            "campaigns.csv",
            "candidates.csv",
            "charts/changes.csv",
            "charts/changes.svg",
            "charts/curves.csv",
            "charts/curves.svg",
            "charts/frontier.csv",
            "charts/frontier.svg",
            "charts/gains.csv",
            "charts/gains.svg",
            "charts/marginal.csv",
            "charts/marginal.svg",
            "charts/rates.csv",
            "charts/rates.svg",
            "charts/shrinkage.csv",
            "charts/shrinkage.svg",
            "frontier.csv",
            "import/google_ads_editor.csv",
            "import/microsoft_editor.csv",
            "limits.csv",
            "manifest.json",
            "posterior.csv",
            "recommendations.csv",
            "report.html",
            "response_curves.csv",
            "summary.json",
            "timings.json",
        ]
    );
}

#[test]
fn main_table_has_the_documented_columns_in_order() {
    let files = files(&account(40));
    let header = records(&files["recommendations.csv"]).remove(0).join(", ");
    assert_eq!(
        header,
        "term, match_type, campaign, label, state, action, current_spend, recommended_spend, change, change_pct, \
         spend_p05, spend_p95, spend_p05_cut, spend_p95_cut, p_direction, clicks_now, clicks_plan, conversions_now, \
         conversions_plan, conversions_plan_p05, conversions_plan_p95, revenue_now, revenue_plan, profit_now, profit_plan, cpa_plan, \
         roas_plan, marginal_return_now, marginal_return_plan, cvr_raw, cvr_mean, cvr_p05, cvr_p95, own_data_weight, \
         value_mean, elasticity, elasticity_sd, curve_basis, impression_share, full_spend, seen_spend, demand_index, incrementality, \
         lever, lever_now, lever_plan, max_cpc_now, max_cpc_plan, binding, reason, decision, decision_spend"
    );
    let header = records(&files["posterior.csv"]).remove(0).join(", ");
    assert_eq!(
        header,
        "term, match_type, campaign, clicks, conversions, cvr_raw, cvr_prior, cvr_mean, cvr_sd, cvr_p05, cvr_p95, \
         own_data_weight, value_mean, value_sd"
    );
}

#[test]
fn dictionary_names_every_column_of_every_table() {
    let files = files(&account(40));
    let dictionary = &files["DATA_DICTIONARY.md"];
    assert!(!dictionary.contains("{level}") && dictionary.contains("90% interval"));
    for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".csv")) {
        let section = dictionary.split(&format!("\n## {name}\n")).nth(1).expect(name);
        let section = section.split("\n## ").next().expect("section");
        let described: Vec<&str> =
            section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(records(text)[0], described, "{name}");
    }
}

#[test]
fn limits_targets_risk_and_exploration_are_told_as_what_they_are() {
    let files = files(&account(40));
    let table = records(&files["limits.csv"]);
    assert_eq!(table.len(), 5);
    assert_eq!((cell(&table, 1, "kind"), cell(&table, 1, "binds")), ("campaign limit", "upper"));
    assert_eq!((cell(&table, 1, "worth"), cell(&table, 1, "gap")), ("0.42", ""));
    assert_eq!(cell(&table, 3, "terms"), "");
    let page = &files["report.html"];
    for wanted in
        ["Limits that terms share", "is exploration", "worst draws", "2.50 in revenue", "25% of planned spend"]
    {
        assert!(page.contains(wanted), "{wanted}");
    }
    assert!(!page.contains("<b>brand</b>"), "names of labels are text");
    let summary: serde_json::Value = serde_json::from_str(&files["summary.json"]).unwrap();
    assert_eq!(summary["plan"]["goal"]["kind"], "target-roas");
    assert_eq!(summary["plan"]["limits"][1]["name"], "Competitors & Co");
    assert_eq!(summary["plan"]["risk"]["plan"]["tail_mean"], 900.0);
    assert_eq!(summary["plan"]["exploration"]["perfect_information"], 40.0);
}

#[test]
fn tables_are_rectangular_and_terms_byte_true() {
    let fixture = account(40);
    let files = files(&fixture);
    for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".csv")) {
        let records = records(text);
        assert!(records.iter().all(|record| record.len() == records[0].len()), "{name}");
    }
    let rows = records(&files["recommendations.csv"]);
    let terms: Vec<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
    let wanted: Vec<&str> = fixture.counts.terms.iter().map(|term| term.key.term.as_str()).collect();
    // what a spreadsheet would run is guarded, and comes back as it was
    assert_eq!(terms, wanted.iter().map(|term| guarded(term)).collect::<Vec<_>>());
    assert_eq!(terms.into_iter().map(unguarded).collect::<Vec<_>>(), wanted);
}

#[test]
fn money_adds_up_to_the_budget_to_the_cent() {
    let fixture = account(40);
    let files = files(&fixture);
    let rows = records(&files["recommendations.csv"]);
    let cents = |text: &str| text.replace('.', "").parse::<i64>().expect("two decimals");
    let spend: i64 = (0..rows.len() - 1).map(|row| cents(cell(&rows, row, "recommended_spend"))).sum();
    let summary: serde_json::Value = serde_json::from_str(&files["summary.json"]).expect("JSON");
    let figure = |key: &str| (100.0 * summary["plan"][key].as_f64().expect("number")).round();
    assert_eq!(spend as f64, figure("spend"));
    assert_eq!(figure("spend") + figure("unallocated"), figure("budget"));
}

#[test]
fn what_was_not_computed_is_empty_and_never_zero() {
    let mut fixture = account(3);
    let row = &mut fixture.plan.rows[1];
    (row.change_pct, row.revenue_now, row.cvr_raw, row.lever_now) = (None, None, None, None);
    (row.spend_p05, row.p_direction, row.cpa_plan) = (None, None, None);
    row.roas_plan = Some(f64::NAN);
    let files = files(&fixture);
    let rows = records(&files["recommendations.csv"]);
    for column in
        ["change_pct", "revenue_now", "cvr_raw", "lever_now", "spend_p05", "p_direction", "cpa_plan", "roas_plan"]
    {
        assert_eq!(cell(&rows, 1, column), "", "{column}");
    }
    assert_eq!(cell(&rows, 0, "revenue_now"), "2600.22");
}

#[test]
fn same_run_gives_the_same_bytes() {
    let (mut one, other) = (account(40), account(40));
    one.context.timings = vec![("load".into(), 99.0)];
    let (one, other) = (files(&one), files(&other));
    for (name, text) in &one {
        assert_eq!(name == "timings.json", text != &other[name], "{name}");
    }
}

#[test]
fn manifest_holds_the_hash_of_every_other_file() {
    let files = files(&account(12));
    let manifest: serde_json::Value = serde_json::from_str(&files["manifest.json"]).expect("JSON");
    let outputs = manifest["outputs"].as_array().expect("list");
    assert_eq!(outputs.len(), files.len() - 2);
    for output in outputs {
        let name = output["path"].as_str().expect("path");
        assert_eq!(output["sha256"], sha256_hex(files[name].as_bytes()), "{name}");
    }
    assert_eq!(manifest["inputs"][0]["rows"], 1040);
    assert_eq!(manifest["settings"]["max_change"], 0.3);
}

#[test]
fn page_escapes_terms_and_fetches_nothing() {
    let files = files(&account(40));
    let page = &files["report.html"];
    // one script, the page's own, and a policy that lets no other run
    assert!(page.matches("<script").count() == 1 && page.contains("&lt;script&gt;alert(1)"));
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).and_then(|rest| rest.split('"').next());
    let policy = policy.expect("a policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("; script-src 'sha256-"));
    assert!(!policy.contains("unsafe") && !policy.contains("data:"), "{policy}");
    for outside in ["http:", "https:", "src=", "url(", "@import", "<link", "<iframe"] {
        assert!(!page.contains(outside), "{outside}");
    }
    for inside in ["<th scope=\"row\">", "<th scope=\"col\"", "prefers-color-scheme: dark", "@media print", "<svg "] {
        assert!(page.contains(inside), "{inside}");
    }
    for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
    }
    for target in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(target.starts_with('#') || files.contains_key(target), "{target}");
    }
}

#[test]
fn drawings_are_described_and_balanced() {
    let files = files(&account(40));
    for (name, svg) in files.iter().filter(|(name, _)| name.ends_with(".svg")) {
        assert!(svg.starts_with("<svg xmlns=") && svg.contains("role=\"img\"") && svg.contains("<desc"), "{name}");
        assert!(!svg.contains("<script") && !svg.contains("NaN"), "{name}");
        let opened = svg.matches('<').count() - svg.matches("</").count() - svg.matches("/>").count();
        assert_eq!(opened, svg.matches("</").count(), "{name}");
    }
    assert!(files["charts/changes.csv"].contains("running shoes"));
}

#[test]
fn long_tables_are_cut_on_the_page_only() {
    let mut fixture = account(40);
    let rows = fixture.plan.rows.clone();
    fixture.plan.rows = (0..55).flat_map(|_| rows.clone()).collect();
    let made = files(&fixture);
    assert!(made["report.html"].contains("The 2,000 of 2,200 terms with the largest changes"));
    assert!(made["report.html"].contains("On paper stand the first 200"));
    assert!(!files(&account(40))["report.html"].contains("On paper"));
    assert_eq!(records(&made["recommendations.csv"]).len(), 2201);
    // names of paragraphs: fewer of them, so that the page opens at once
    for row in &mut fixture.plan.rows {
        row.key.term = "<long> ".repeat(200);
    }
    let campaign = fixture.plan.campaigns[0].clone();
    fixture.plan.campaigns = vec![campaign; 3000];
    let page = &files(&fixture)["report.html"];
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    assert!(page.contains("Shown are the 500 of 3,000 with the most spend."));
}

#[test]
fn names_stand_whole_in_tables_and_short_in_drawings() {
    let mut fixture = account(40);
    let names = ["登山靴".repeat(70), "חולצה אדומה ".repeat(17), "x".repeat(200)];
    for (row, name) in fixture.plan.rows.iter_mut().zip(&names) {
        row.key.term.clone_from(name);
        (row.recommended_spend, row.change) = (row.recommended_spend + 900.0, row.change + 900.0);
    }
    let files = files(&fixture);
    for name in names {
        assert!(files["report.html"].contains(&format!("<bdi>{name}</bdi>")), "{name}");
        for (file, text) in files.iter().filter(|(file, _)| file.ends_with(".svg")) {
            assert!(!text.contains(&name), "{file}");
        }
        assert!(files["charts/changes.csv"].contains(name.trim_end()), "{name}");
    }
}

#[test]
fn parts_of_the_gain_add_up_to_it_to_the_cent() {
    let cents = |text: &str| (100.0 * text.parse::<f64>().expect("money")).round();
    for (name, fixture) in degenerate().into_iter().chain([("account", account(40))]) {
        let rows = records(&files(&fixture)["charts/gains.csv"]);
        let summary = &fixture.plan.summary;
        let gain = summary.planned.of(summary.objective).zip(summary.now.of(summary.objective));
        for by in ["campaign", "term"] {
            let (mut sum, mut total, mut bars) = (0.0, None, 0.0);
            // figures that are not money have six digits instead of cents
            let near = |one: f64, other: f64, bars: f64| {
                let slack = if summary.objective == Objective::Profit { 0.0 } else { bars + 1.0 };
                assert!((one - other).abs() <= slack, "{name}, {by}: {one} and {other}");
            };
            for row in (0..rows.len() - 1).filter(|&row| cell(&rows, row, "by") == by) {
                let [part, from, to] = ["gain", "from", "to"].map(|column| cents(cell(&rows, row, column)));
                if cell(&rows, row, "part") == "total" {
                    total = Some(part);
                    near(from, 0.0, 0.0);
                } else {
                    near(from, sum, bars);
                    sum += part;
                    bars += 1.0;
                    near(to, sum, bars);
                }
            }
            assert!(bars <= 11.0, "{name}: ten and the rest");
            if let Some(total) = total {
                let (planned, now) = gain.expect("computed");
                near(total, (100.0 * (planned - now)).round(), 0.0);
                near(total, sum, bars);
            }
        }
    }
}

#[test]
fn returns_of_the_next_unit_stand_beside_their_price() {
    let fixture = account(40);
    let rows = records(&files(&fixture)["charts/marginal.csv"]);
    let of = |point: &str| (0..rows.len() - 1).filter(|&row| cell(&rows, row, "point") == point).collect::<Vec<_>>();
    assert_eq!(of("budget").len(), 20);
    assert_eq!(cell(&rows, of("price")[0], "marginal_return"), "1.31");
    let plans = of("plan");
    assert_eq!(plans.len(), 11);
    for row in plans {
        let figure = |column: &str| cell(&rows, row, column).parse::<f64>().expect("a figure");
        let named = |one: &&crate::recommend::Recommendation| guarded(&one.key.term) == cell(&rows, row, "term");
        let term = fixture.plan.rows.iter().find(named).expect("of the plan");
        // a return is in proportion to the rate, and so are its ends
        for (end, rate) in [("marginal_return_p05", term.cvr_p05), ("marginal_return_p95", term.cvr_p95)] {
            assert!((figure(end) / figure("marginal_return") - rate / term.cvr_mean).abs() < 1e-4);
        }
    }
}

/// Accounts that leave the drawings little to show.
fn degenerate() -> Vec<(&'static str, Fixture)> {
    let mut still = account(5);
    for row in &mut still.plan.rows {
        (row.recommended_spend, row.change, row.change_pct, row.action) =
            (row.current_spend, 0.0, Some(0.0), Action::Hold);
    }
    let mut loss = account(8);
    let lose = |outcome: &mut Outcome| outcome.profit = outcome.profit.map(|profit| -profit.abs());
    lose(&mut loss.plan.summary.now);
    lose(&mut loss.plan.summary.planned);
    loss.plan.frontier.iter_mut().for_each(|point| lose(&mut point.outcome));
    let mut silent = account(8);
    for row in &mut silent.plan.rows {
        (row.cvr_raw, row.cvr_mean, row.cvr_p05, row.cvr_p95, row.conversions_seen) = (Some(0.0), 0.0, 0.0, 0.0, 0.0);
        (row.current_spend, row.recommended_spend, row.change) = (0.0, 0.0, 0.0);
    }
    silent.posterior.rate.account_rate = 0.0;
    let mut bare = account(8);
    bare.posterior.value = None;
    bare.context.currency = None;
    bare.counts.currency = None;
    bare.counts.calendar.unit = PeriodUnit::Undated { days: None };
    bare.counts.calendar.as_of = None;
    bare.counts.calendar.periods.truncate(1);
    bare.counts.calendar.periods[0].start = None;
    let summary = &mut bare.plan.summary;
    (summary.objective, summary.weekly, summary.probability_better) = (Objective::Conversions, false, None);
    (summary.gain_p05, summary.gain_p95, summary.planned_p05, summary.planned_p95) = (None, None, None, None);
    (summary.unallocated, summary.certificate.lambda) = (0.0, None);
    for outcome in [&mut summary.now, &mut summary.planned] {
        (outcome.revenue, outcome.profit) = (None, None);
    }
    bare.plan.frontier.clear();
    let mut wild = account(8);
    wild.plan.rows[0].cvr_raw = Some(f64::INFINITY);
    wild.plan.rows[1].cvr_p95 = f64::NAN;
    wild.plan.rows[2].recommended_spend = 1e12;
    wild.plan.rows[3].key.term = "\u{0}\u{1b}[31m\u{202e}".into();
    wild.plan.rows[4].key.term = String::new();
    vec![
        ("no terms", account(0)),
        ("one term", account(1)),
        ("no change", still),
        ("a loss", loss),
        ("no conversions and no spend", silent),
        ("no revenue, no dates, no currency", bare),
        ("figures and names out of bounds", wild),
    ]
}

#[test]
fn degenerate_plans_render() {
    for (name, fixture) in degenerate() {
        let files = files(&fixture);
        // but for those that say what to set, where there is something
        assert_eq!(files.keys().filter(|file| !file.starts_with("import/")).count(), 26, "{name}");
        let page = &files["report.html"];
        assert!(!page.contains("NaN") && !page.contains("inf%") && !page.contains('\u{1b}'), "{name}");
        assert!(!terminal_table(&fixture.plan, None).is_empty(), "{name}");
    }
}

#[test]
fn terminal_table_fits_and_is_plain() {
    for (name, fixture) in degenerate().into_iter().chain([("account", account(40))]) {
        let table = terminal_table(&fixture.plan, Some("EUR"));
        for line in table.lines() {
            assert!(format::width(line) <= 79, "{name}: {line}");
            assert!(!line.chars().any(char::is_control) && !line.ends_with(' '), "{name}: {line}");
        }
    }
    let table = terminal_table(&account(40).plan, Some("EUR"));
    assert!(table.contains("trail running shoes women") && table.contains("+19.3%"), "{table}");
    assert!(table.contains("97%") && table.contains("probability of a gain"), "{table}");
    let mut idle = account(40);
    let summary = &mut idle.plan.summary;
    (summary.changes_nothing, summary.probability_better) = (true, None);
    (summary.gain_p05, summary.gain_p95) = (None, None);
    let table = terminal_table(&idle.plan, Some("EUR"));
    assert!(table.contains("the plan changes nothing") && !table.contains("probability"), "{table}");
}

#[test]
fn summary_has_the_keys_of_the_schema() {
    let fixture = account(12);
    let value = summary(&fixture.run(), &["a.csv".to_owned()], Some(0.25));
    for key in [
        "version",
        "command",
        "as_of",
        "currency",
        "terms",
        "weeks",
        "first_week",
        "last_week",
        "totals",
        "mapping",
        "model",
        "plan",
        "notes",
        "outputs",
    ] {
        assert!(value.get(key).is_some(), "{key}");
    }
    assert!(value.get("hidden_terms").is_none() && value.get("backtest").is_none());
    assert_eq!(value["plan"]["certificate"]["seconds"], 0.25);
    assert_eq!(value["plan"]["certificate"]["status"], "budget-not-exhausted");
    assert!(value["plan"]["planned"]["profit_p05"].is_number());
    assert_eq!(value["model"]["rate"], "gamma-poisson");
    let checked =
        SummaryBuilder::new("0.1.0", "check").counts(&fixture.counts).with("refused", Vec::<String>::new()).build();
    assert!(checked.get("plan").is_none() && checked["refused"].is_array());
}

#[test]
fn notes_warn_of_terms_that_look_like_formulas() {
    let fixture = account(40);
    let notes = fixture.run().notes();
    let warning = notes.0.iter().find(|note| note.code == "formula-like-terms").expect("noted");
    assert_eq!(warning.count, 3);
    let mut twice = account(40);
    twice.context.notes.extend(twice.plan.notes.clone());
    assert_eq!(twice.run().notes().0.len(), notes.0.len());
}
