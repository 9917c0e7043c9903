//! Accidents are caught in their weeks, and a person may accept what was found.

use super::{Account, assert_whole, last_day};
use std::collections::BTreeMap;
use std::fs;

#[test]
fn each_accident_is_caught_in_its_week_and_no_other_week_is_held() {
    let account = Account::new(60, 25);
    let starts = account.starts();
    let (first, broken, dearer, late, slipped) = (9, 12, 15, 18, 21);
    account.export_all(&starts[..first]);
    let times = |cell: &str, factor: f64| Some(format!("{:.2}", cell.parse::<f64>().unwrap() * factor));
    let price = |at: usize| if at >= dearer { 1.6 } else { 1.0 };
    let good = |at: usize| {
        account.export(&starts[at], |name, cell| match name {
            "conversions" | "revenue" if at == broken => Some("0".to_owned()),
            "cost" | "max_cpc" => times(cell, price(at)),
            _ => None,
        });
    };
    let mut held = BTreeMap::new();
    let (mut previous, mut left_out) = (None, serde_json::Value::Null);
    for (at, start) in starts.iter().enumerate().skip(first) {
        if at == slipped {
            account.export(start, |name, cell| match name {
                "currency" => Some("USD".to_owned()),
                "cost" => times(cell, price(at) * 1.1),
                _ => None,
            });
        } else if at != late {
            good(at);
        }
        let ran = account.week(start, &[]);
        if ran.code == 5 {
            let guards: Vec<String> = ran.summary["weekly"]["findings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|finding| finding["guard"].as_str().unwrap().to_owned())
                .collect();
            // the reason is the first thing said, and the plan before stays
            assert!(ran.said.starts_with("error: held: "), "{}", ran.said);
            assert_eq!(Some(account.latest()), previous, "the plan before stays the latest");
            held.insert(at, guards);
        } else {
            assert_eq!(ran.code, 0, "{at}: {}", ran.said);
            assert_eq!(account.latest(), last_day(start));
        }
        left_out = ran.summary["weekly"]["left_out"].clone();
        previous = Some(account.latest());
        // what was late comes, and what was wrong is put right
        if at == late || at == slipped {
            good(at);
        }
    }
    assert_eq!(held.keys().copied().collect::<Vec<_>>(), [broken, dearer, late, slipped], "{held:?}");
    for (at, guard) in
        [(broken, "tracking-break"), (dearer, "price-range"), (late, "stale-week"), (slipped, "currency")]
    {
        assert!(held[&at].contains(&guard.to_owned()), "{at}: {held:?}");
    }
    // the price stayed, and what slipped was put right: both count, and the week that broke does not
    let weeks: Vec<&str> = left_out.as_array().unwrap().iter().map(|apart| apart["week"].as_str().unwrap()).collect();
    assert_eq!(weeks, [starts[broken].as_str()], "{left_out}");
    assert_whole(&account.path("state"));
}

#[test]
fn a_week_that_was_held_teaches_later_plans_nothing_until_it_is_put_right_or_accepted() {
    let account = Account::new(60, 15);
    let starts = account.starts();
    account.export_all(&starts);
    let (twice, next) = (starts[13].as_str(), starts[14].as_str());
    let plan = |state: &str| {
        fs::read(account.path(state).join("runs").join(last_day(next)).join("recommendations.csv")).unwrap()
    };
    let config = fs::read_to_string(account.path("termwise.toml")).unwrap();
    let fresh = |more: &str, state: &str| {
        let config = config.replace("\"state\"", &format!("\"{state}\""));
        fs::write(account.path("termwise.toml"), format!("{config}{more}")).unwrap();
        assert_eq!(account.week(next, &[]).code, 0);
        fs::write(account.path("termwise.toml"), config.replace(state, "state")).unwrap();
    };
    fresh("", "good");
    fresh(&format!("[data]\nexclude_weeks = [\"{twice}\"]\n"), "without");
    let measures = ["impressions", "clicks", "cost", "conversions", "revenue"];
    let double = |name: &str, cell: &str| {
        measures.contains(&name).then(|| {
            let figure = 2.0 * cell.parse::<f64>().unwrap();
            if name == "cost" || name == "revenue" { format!("{figure:.2}") } else { format!("{figure:.0}") }
        })
    };
    assert_eq!(account.week(&starts[12], &[]).code, 0);
    account.export(twice, double);
    let held = account.week(twice, &[]);
    assert!(held.code == 5 && held.said.contains("spend-range"), "{}", held.said);
    // what was planned was double, too, and is no evidence of anything
    let weekly = &held.summary["weekly"];
    assert!(weekly["adoption"].is_null() && weekly["promise_ratio"].is_null() && weekly["is_evidence"] == false);
    assert!(weekly["review"]["spend"].as_f64().unwrap() > 0.0, "{weekly}");
    let history = fs::read_to_string(account.path("state/runs").join(last_day(twice)).join("history.csv")).unwrap();
    let names: Vec<&str> = history.lines().next().unwrap().split(',').collect();
    let last: Vec<&str> = history.lines().last().unwrap().split(',').collect();
    for name in ["adoption", "adoption_error", "promise_ratio", "coverage_90_terms"] {
        assert_eq!(last[names.iter().position(|other| *other == name).unwrap()], "", "{name}: {history}");
    }
    let without = account.week(next, &[]);
    assert_eq!(without.code, 0, "{}", without.said);
    let left_out = &without.summary["weekly"]["left_out"];
    assert!(left_out[0]["week"] == twice && left_out[0]["guards"] == serde_json::json!(["spend-range"]), "{left_out}");
    assert!(without.summary["notes"].to_string().contains("broken-weeks-left-out"));
    let place = account.path("state/latest");
    let (message, page) =
        (fs::read_to_string(place.join("message.md")).unwrap(), fs::read_to_string(place.join("weekly.html")).unwrap());
    assert!(
        message.contains(&format!("Left out: the week begun {twice}")) && message.contains("--accept"),
        "{message}"
    );
    assert!(page.contains("Earlier weeks that were held"));
    // the plan is that of the data without the week
    assert!(plan("state") == plan("without") && plan("state") != plan("good"));
    // a person says that the week was so: the next is planned anew, with it
    let flags: Vec<String> = left_out[0]["guards"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|guard| ["--accept".to_owned(), guard.as_str().unwrap().to_owned()])
        .chain(["--accept", "turnover", "--accept", "interval-width", "--accept", "promise-ratio"].map(str::to_owned))
        .collect();
    let accepted = account.week(twice, &flags.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(accepted.code, 0, "{}", accepted.said);
    let with = account.week(next, &["--dry-run"]);
    assert_eq!(with.summary["weekly"]["left_out"], serde_json::json!([]), "{}", with.said);
    assert!(!with.said.contains("nothing changed"), "{}", with.said);
    // put right, it counts as ever
    fs::remove_dir_all(account.path("state/runs").join(format!("{}.2", last_day(twice)))).unwrap();
    account.export_all(&starts);
    assert_eq!(account.week(next, &[]).code, 0);
    let again = fs::read(account.path("state/latest/recommendations.csv")).unwrap();
    assert!(again == plan("good"));
}

#[test]
fn what_a_person_accepts_goes_through_and_is_recorded() {
    let account = Account::new(40, 13);
    let starts = account.starts();
    account.export_all(&starts[..12]);
    assert_eq!(account.week(&starts[11], &[]).code, 0);
    let due = starts[12].as_str();
    account.export(due, |name, cell| (name == "cost").then(|| format!("{:.2}", cell.parse::<f64>().unwrap() * 4.0)));
    let held = account.week(due, &[]);
    assert_eq!(held.code, 5, "{}", held.said);
    assert!(held.said.contains("--accept spend-range") && held.said.contains("--accept price-range"), "{}", held.said);
    let again = account.week(due, &[]);
    assert!(again.code == 5 && again.said.contains("nothing changed"), "{}", again.said);
    let one = account.week(due, &["--accept", "spend-range"]);
    assert_eq!(one.code, 5, "{}", one.said);
    let both = account.week(due, &["--accept", "price-range", "--accept", "price-shift", "--accept", "promise-ratio"]);
    assert_eq!(both.code, 0, "{}", both.said);
    let findings = both.summary["weekly"]["findings"].as_array().unwrap();
    assert!(findings.len() >= 2 && findings.iter().all(|finding| finding["accepted"] == true), "{findings:?}");
    let message = fs::read_to_string(account.path("state/latest/message.md")).unwrap();
    assert!(message.contains("Accepted: ") && message.contains("(`price-range`)"), "{message}");
    // held once more for other data, it is told which plan is the latest: that of this very week
    account.export(due, |name, cell| (name == "cost").then(|| format!("{:.2}", cell.parse::<f64>().unwrap() * 9.0)));
    let latest = account.latest();
    let anew = account.week(due, &["--dry-run"]);
    assert!(anew.code == 5 && anew.said.contains(&format!("the plan of {latest} stays the latest")), "{}", anew.said);
    account.export(due, |name, cell| (name == "cost").then(|| format!("{:.2}", cell.parse::<f64>().unwrap() * 4.0)));
    // every step stays, and it is done with
    assert_eq!(account.runs().len(), 4);
    let after = account.week(due, &[]);
    assert!(after.code == 0 && after.said.contains("nothing changed"), "{}", after.said);
    assert_eq!(account.run(&["--accept", "wishful"]).code, 2);
}

#[test]
fn what_is_accepted_in_several_calls_adds_up() {
    let account = Account::new(40, 13);
    let starts = account.starts();
    let config = fs::read_to_string(account.path("termwise.toml")).unwrap();
    let configured = |more: &str| fs::write(account.path("termwise.toml"), format!("{config}{more}")).unwrap();
    account.export_all(&starts[..12]);
    assert_eq!(account.week(&starts[11], &[]).code, 0);
    configured("[guards]\nmax_turnover_share = 0.01\n");
    let due = starts[12].as_str();
    let times = |factor: f64| {
        account.export(due, |name, cell| {
            (name == "cost").then(|| format!("{:.2}", cell.parse::<f64>().unwrap() * factor))
        });
    };
    times(4.0);
    assert_eq!(account.week(due, &[]).code, 5);
    // the plan is not made yet, so that nothing is found of it
    let early = account.week(due, &["--accept", "turnover"]);
    assert!(early.code == 5 && early.said.contains("is kept for this week"), "{}", early.said);
    assert_eq!(account.week(due, &["--accept", "spend-range"]).code, 5);
    let all = account.week(due, &["--accept", "price-range", "--accept", "price-shift", "--accept", "promise-ratio"]);
    assert_eq!(all.code, 0, "{}", all.said);
    let findings = all.summary["weekly"]["findings"].to_string();
    assert!(findings.contains("turnover") && !findings.contains("\"accepted\":false"), "{findings}");
    let again = account.week(due, &[]);
    assert!(again.code == 0 && again.said.contains("nothing changed"), "{}", again.said);
    // other settings plan anew: what was said of the data stands, and what was said of the plan was of another one
    configured("[guards]\nmax_turnover_share = 0.01\n[limits]\nmax_change = 0.2\n");
    let other = account.week(due, &["--dry-run"]);
    let open = |ran: &super::Ran| -> Vec<String> {
        let findings = ran.summary["weekly"]["findings"].as_array().unwrap().iter();
        let open = findings.filter(|finding| finding["accepted"] == false);
        open.map(|finding| finding["guard"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((other.code, open(&other)), (5, vec!["turnover".to_owned()]), "{}", other.said);
    configured("[guards]\nmax_turnover_share = 0.01\n");
    // other data are another matter, and those of before are what they were
    times(9.0);
    let data = account.week(due, &[]);
    assert!(data.code == 5 && open(&data).contains(&"spend-range".to_owned()), "{}", data.said);
    times(4.0);
    let back = account.week(due, &[]);
    assert_eq!(back.code, 0, "{}", back.said);
}

#[test]
fn what_was_accepted_although_conversions_broke_measures_no_forecast() {
    let account = Account::new(60, 22);
    let starts = account.starts();
    account.export_all(&starts[..18]);
    assert_eq!(account.week(&starts[17], &[]).code, 0);
    account.export(&starts[18], |name, _| ["conversions", "revenue"].contains(&name).then(|| "0".to_owned()));
    let all =
        ["--accept", "tracking-break", "--accept", "value-range", "--accept", "turnover", "--accept", "interval-width"];
    let accepted = account.week(&starts[18], &all);
    assert_eq!(accepted.code, 0, "{}", accepted.said);
    assert!(accepted.summary["weekly"]["promise_ratio"].is_null());
    assert!(accepted.summary["weekly"]["review"]["conversions"] == 0.0);
    let message = fs::read_to_string(account.path("state/latest/message.md")).unwrap();
    assert!(message.contains("no measure of the forecast"), "{message}");
    let history = fs::read_to_string(account.path("state/latest/history.csv")).unwrap();
    let at = history.lines().next().unwrap().split(',').position(|name| name == "promise_ratio").unwrap();
    assert_eq!(history.lines().last().unwrap().split(',').nth(at), Some(""), "{history}");
    // the weeks after are as they ever were, and no promise is called broken for the one
    for start in &starts[19..] {
        account.export(start, |_, _| None);
        let ran = account.week(start, &[]);
        let guards = ran.summary["weekly"]["findings"].to_string();
        assert!(!guards.contains("promise-ratio"), "{start}: {guards}");
    }
}

#[test]
fn amounts_of_another_currency_are_not_shown_in_the_new_one() {
    let account = Account::new(40, 12);
    let starts = account.starts();
    account.export_all(&starts[..10]);
    assert_eq!(account.week(&starts[9], &[]).code, 0);
    for start in &starts[..11] {
        account.export(start, |name, _| (name == "currency").then(|| "USD".to_owned()));
    }
    let changed = account.week(&starts[10], &["--accept", "currency"]);
    assert_eq!(changed.code, 0, "{}", changed.said);
    let weekly = &changed.summary["weekly"];
    assert!(weekly["review"].is_null() && weekly["diff"].is_null(), "{weekly}");
    let history = fs::read_to_string(account.path("state/latest/history.csv")).unwrap();
    assert_eq!(history.lines().count(), 2, "{history}");
    let ids = [last_day(&starts[9]), last_day(&starts[10])];
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("termwise"));
    command.args(["runs", "--state"]).arg(account.path("state")).arg("compare").args(&ids);
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.code() == Some(2) && said.contains("EUR") && said.contains("USD"), "{said}");
}

#[test]
fn what_is_accepted_in_vain_is_said() {
    let account = Account::new(30, 11);
    let starts = account.starts();
    account.export_all(&starts[..10]);
    let fine = account.week(&starts[9], &["--accept", "currency"]);
    assert!(fine.code == 0 && fine.said.contains("`--accept currency` has no effect"), "{}", fine.said);
    let rows = std::cell::Cell::new(0);
    account.export(&starts[10], |name, _| {
        (name == "currency").then(|| {
            rows.set(rows.get() + 1);
            if rows.get() % 2 == 0 { "USD".to_owned() } else { "EUR".to_owned() }
        })
    });
    let mixed = account.week(&starts[10], &["--accept", "currency"]);
    assert!(mixed.code == 5 && mixed.said.starts_with("error: held: "), "{}", mixed.said);
    assert!(mixed.said.contains("has no effect: the week that is due has amounts in two"), "{}", mixed.said);
}

#[test]
fn a_slip_of_a_tenth_and_a_week_counted_twice_are_caught_without_a_label() {
    let account = Account::new(150, 24);
    let starts = account.starts();
    account.export_all(&starts[..23]);
    for start in &starts[14..23] {
        let calm = account.week(start, &[]);
        assert_eq!(calm.code, 0, "{start}: {}", calm.said);
    }
    for (columns, factor, guard) in [
        (&["cost", "revenue", "max_cpc"][..], 1.1, "price-shift"),
        (&["cost", "revenue", "max_cpc"], 0.9, "price-shift"),
        (&["impressions", "clicks", "cost", "conversions", "revenue"], 2.0, "volume-range"),
    ] {
        let whole = |name: &str| ["impressions", "clicks"].contains(&name);
        account.export(&starts[23], |name, cell| {
            columns.contains(&name).then(|| {
                let figure = cell.parse::<f64>().unwrap() * factor;
                if whole(name) { format!("{figure:.0}") } else { format!("{figure:.4}") }
            })
        });
        let held = account.week(&starts[23], &["--dry-run"]);
        let guards = held.summary["weekly"]["findings"].to_string();
        assert!(held.code == 5 && guards.contains(guard), "{guard} {factor}: {guards}");
    }
    account.export(&starts[23], |_, _| None);
    let calm = account.week(&starts[23], &["--dry-run"]);
    assert_eq!(calm.code, 0, "{}", calm.said);
}
