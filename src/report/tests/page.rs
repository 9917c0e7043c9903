//! The page: what it says, what it escapes, how long it gets.

use super::*;
use crate::backtest::{BacktestSettings, check};
use crate::simulate::{SimulateSettings, simulate};

#[test]
fn limits_targets_risk_and_exploration_are_told_as_what_they_are() {
    let files = files(&account(40));
    let table = records(&files["limits.csv"]);
    assert_eq!(table.len(), 6);
    assert_eq!((cell(&table, 4, "kind"), cell(&table, 4, "worth")), ("change limit", "0.52"));
    assert_eq!((cell(&table, 1, "kind"), cell(&table, 1, "binds")), ("campaign limit", "upper"));
    assert_eq!((cell(&table, 1, "worth"), cell(&table, 1, "gap")), ("0.42", ""));
    assert_eq!(cell(&table, 3, "terms"), "");
    let page = &files["report.html"];
    for wanted in [
        "Limits that terms share",
        "€1 more is worth, € of profit a week",
        ">0.52<",
        "is exploration",
        "worst draws",
        "2.50 in revenue",
        "25% of planned spend",
    ] {
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
fn the_first_screen_is_the_decision_the_money_and_the_chart() {
    let fixture = account(40);
    let page = files(&fixture).remove("report.html").expect("a page");
    let lead = page.split("<p class=\"lead\">").nth(1).and_then(|rest| rest.split("</p>").next()).expect("a lead");
    let sentences = lead.matches(". ").count();
    assert!((2..=3).contains(&sentences), "{lead}");
    let table = page.find("class=\"outcome stack\"").expect("a table");
    let chart = page.find("changes-title").expect("a chart");
    let second = page.find("<section id=\"moves\"").expect("a section");
    assert!(table < chart && chart < second);
    let head = page[table..chart].split("</thead>").next().expect("heads");
    for wanted in ["Now", "Plan", "Difference", "90% interval of the difference", "Probability of a gain"] {
        assert!(head.contains(&format!(">{wanted}</th>")), "{wanted}");
    }
    // a phone shows each figure below its head, and no dashes
    let body = &page[table..chart];
    assert!(body.contains("data-head=\"Difference\"") && body.contains("data-head=\"Probability of a gain\">97%"));
    let differences = |text: &str| text.matches("data-head=\"Difference\"").count();
    assert!(body.contains("class=\"n none\"") && differences(&page) == differences(body));
    // of what is maximized alone; the others have a dash
    assert_eq!(page[table..chart].matches(">97%</td>").count(), 1);
    // a plan without draws has no columns for them
    let mut bare = account(40);
    bare.plan.summary.probability_better = None;
    assert!(!files(&bare)["report.html"].contains("Probability of a gain"));
}

#[test]
fn the_change_limit_is_told_as_what_a_term_may_spend() {
    let told = |max_change: f64, reference: f64, factors: [f64; 2]| {
        let mut fixture = account(40);
        let summary = &mut fixture.plan.summary;
        (summary.max_change, summary.change_reference, summary.change_factors) = (max_change, reference, factors);
        let page = files(&fixture).remove("report.html").expect("a page");
        page.split("<h2>Limits that bind</h2>")
            .nth(1)
            .and_then(|rest| rest.split("</p>").next())
            .expect("words")
            .to_owned()
    };
    assert!(told(0.3, 1.0, [1.0, 1.0]).contains("may spend 70% to 130% of what it spends now (±30%). "));
    let scaled = told(0.3, 0.5, [0.5, 0.5]);
    assert!(scaled.contains(
        "may spend 35% to 65% of what it spends now (±30% of its current spend times 0.500; the budget is 0.500 times"
    ));
    // a smaller budget that is a cap leaves the upper end where it is
    let cap = told(0.3, 0.187, [0.187, 1.0]);
    assert!(cap.contains("may spend 13.1% to 130% of what it spends now (30% below its current spend times 0.187, 30% above its current spend;"), "{cap}");
    assert!(told(0.0, 1.0, [1.0, 1.0]).contains("The change limit is zero"));
    assert!(told(0.0, 0.5, [0.5, 1.0]).contains("may spend 50% to 100% of what it spends now"));
}

#[test]
fn a_plan_that_moves_nothing_says_so_and_what_rounding_leaves() {
    let mut fixture = account(40);
    for row in &mut fixture.plan.rows {
        (row.change, row.recommended_spend) = (0.0, row.current_spend);
    }
    fixture.plan.summary.unallocated = 0.12;
    let page = files(&fixture).remove("report.html").expect("a page");
    assert!(page.contains(" now: no term changes, and rounding to whole cents leaves €0.12."));
    assert!(!page.contains("moving €") && !page.contains("unspent. "));
}

#[test]
fn large_sums_stand_without_cents_in_tables() {
    let mut fixture = account(40);
    fixture.plan.summary.current_spend = 123_456_789.12;
    let page = files(&fixture).remove("report.html").expect("a page");
    assert!(page.contains("data-head=\"Now\">€123,456,789</td>"));
}

#[test]
fn moves_are_counted_once() {
    let mut fixture = account(40);
    // less than a cent is no move, in the words and in the tables
    let before = fixture.plan.rows.iter().filter(|row| row.moves()).count();
    let still = fixture.plan.rows.iter_mut().find(|row| row.moves()).expect("a move");
    (still.recommended_spend, still.change) = (still.current_spend + 0.006, 0.006);
    assert_eq!(fixture.plan.rows.iter().filter(|row| row.moves()).count(), before - 1);
    let page = files(&fixture).remove("report.html").expect("a page");
    let count = |raise: bool| fixture.plan.rows.iter().filter(|row| row.moves() && (row.change > 0.0) == raise).count();
    assert!(page.contains(&format!("raising {} terms by", count(true))), "{}", count(true));
    assert!(page.contains(&format!("cutting {} terms by", count(false))), "{}", count(false));
}

#[test]
fn a_plan_that_moves_cents_says_to_leave_all_as_it_is() {
    let mut fixture = account(40);
    for (number, row) in fixture.plan.rows.iter_mut().enumerate() {
        row.change = if number < 3 { 0.02 } else { 0.0 };
        row.recommended_spend = row.current_spend + row.change;
    }
    let page = files(&fixture).remove("report.html").expect("a page");
    assert!(page.contains("<h1>Leave all as it is</h1>"));
    assert!(page.contains("0.06 in all, which is not worth a change") && !page.contains("raising 3 terms"));
    let table = terminal_table(&fixture.plan, Some("EUR"));
    assert!(table.contains("leave all as it is: the plan moves") && !table.contains("probability"), "{table}");
    // two of half a unit of money are no cents any more
    for row in &mut fixture.plan.rows[..2] {
        (row.recommended_spend, row.change) = (row.current_spend + 0.5, 0.5);
    }
    assert!(!files(&fixture)["report.html"].contains("Leave all as it is"));
}

#[test]
fn rates_of_the_account_are_named_apart() {
    let page = files(&account(40)).remove("report.html").expect("a page");
    assert!(
        page.contains("all clicks: ") && !page.contains("account's rate is") && !page.contains("account’s rate is")
    );
    assert!(page.contains("in a campaign of which nothing is known, is 3.10%"));
}

#[test]
fn the_page_says_how_good_forecasts_were() {
    let mut fixture = account(12);
    let untested = files(&fixture);
    assert!(untested["report.html"].contains("Forecasts were not tested in this run."));
    assert!(!untested.contains_key("charts/coverage.svg"));
    fixture.context.forecasts = Forecasts::Impossible("3 complete weeks are too few".into());
    assert!(files(&fixture)["report.html"].contains("cannot be told yet: 3 complete weeks are too few."));
    let settings = SimulateSettings { terms: 30, campaigns: Some(1), weeks: 14, ..SimulateSettings::default() };
    let counts = simulate(&settings).expect("an account").observation.to_counts();
    let settings = BacktestSettings { folds: 4, ..BacktestSettings::default() };
    let tested = check(&counts, &settings, counts.cells.period.len() / 2).expect("tested");
    let (terms, of, folds) = (tested.terms, tested.of, tested.backtest.folds.len());
    assert!(terms < of);
    fixture.context.forecasts = Forecasts::Tested(Box::new(tested));
    let tested = files(&fixture);
    let page = &tested["report.html"];
    assert!(
        page.contains(&format!("on {terms} of {of} terms"))
            && page.contains(&format!("Tested are the last {folds} weeks"))
    );
    for wanted in
        ["<th scope=\"row\"><bdi>80%</bdi></th>", "<th scope=\"row\"><bdi>90%</bdi></th>", "came for each one forecast"]
    {
        assert!(page.contains(wanted), "{wanted}");
    }
    assert!(!page.contains("<th scope=\"row\"><bdi>95%</bdi></th>"));
    assert!(tested.contains_key("charts/coverage.svg") && tested.contains_key("charts/coverage.csv"));
    assert!(tested["DATA_DICTIONARY.md"].contains("## charts/coverage.csv"));
    let summary: serde_json::Value = serde_json::from_str(&tested["summary.json"]).expect("JSON");
    assert_eq!((&summary["backtest"]["terms"], &summary["backtest"]["of_terms"]), (&terms.into(), &of.into()));
    assert_eq!(summary["backtest"]["folds"], folds);
}

#[test]
fn figures_that_measured_lift_corrects_are_named_beside_the_correction() {
    let page = |gain: Option<&str>| {
        let mut fixture = account(40);
        fixture.context.measured_gain = gain.map(str::to_owned);
        files(&fixture)["report.html"].clone()
    };
    let (plain, corrected) = (page(None), page(Some("Promised: +100; corrected: +60.")));
    let told = "before the correction by measured lift";
    assert!(corrected.contains("Promised: +100; corrected: +60.") && corrected.contains(told));
    assert!(!plain.contains(told));
}
