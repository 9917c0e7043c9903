//! Tables and JSON files: columns, sums, and what is empty.

use super::*;

#[test]
fn main_table_has_the_documented_columns_in_order() {
    let files = files(&account(40));
    let header = records(&files["recommendations.csv"]).remove(0).join(", ");
    assert_eq!(
        header,
        "term, match_type, campaign, label, state, action, current_spend, recommended_spend, change, change_pct, \
         spend_p05, spend_p95, spend_p05_cut, spend_p95_cut, p_direction, clicks_now, clicks_plan, conversions_now, \
         conversions_plan, conversions_plan_p05, conversions_plan_p95, revenue_now, revenue_plan, profit_now, profit_plan, cpa_plan, \
         roas_plan, marginal_return_now, marginal_return_plan, marginal_return_plan_p05, marginal_return_plan_p95, cvr_raw, cvr_mean, cvr_p05, cvr_p95, own_data_weight, \
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
