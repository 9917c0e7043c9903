//! What changed since the plan before: parts that add up to the cent, each held against plans made by other runs.

use super::{Account, last_day};
use std::collections::BTreeMap;
use std::fs;

/// Whole cents of a cell; an empty one is none.
fn cents(cell: &str) -> Option<i64> {
    (!cell.is_empty()).then(|| cell.replace('.', "").parse().unwrap())
}

/// Cells of a table by the term's key, a column each.
fn cells(account: &Account, file: &str, columns: &[&str]) -> BTreeMap<Vec<String>, Vec<Option<i64>>> {
    let text = fs::read_to_string(account.path(file)).unwrap();
    let (header, body) = text.split_once('\n').unwrap();
    let names: Vec<&str> = header.split(',').collect();
    let at = |name: &str| names.iter().position(|other| *other == name).unwrap_or_else(|| panic!("{name}: {header}"));
    let key = ["term", "match_type", "campaign", "ad_group"].map(at);
    body.lines()
        .map(|line| {
            let row: Vec<&str> = line.split(',').collect();
            let figures = columns.iter().map(|name| cents(row[at(name)])).collect();
            (key.iter().map(|&at| row[at].to_owned()).collect(), figures)
        })
        .collect()
}

const PARTS: [&str; 6] = ["new_data", "drift", "delay", "prior", "config", "limits"];

fn with_config(account: &Account, more: &str) {
    let config = format!("[weekly]\ninputs = [\"in/*.csv\"]\nstate = \"state\"\n{more}");
    fs::write(account.path("termwise.toml"), config).unwrap();
}

#[test]
fn parts_of_a_term_add_up_to_its_change_and_each_is_what_another_run_shows() {
    let account = Account::new(40, 14);
    let starts = account.starts();
    account.export_all(&starts[..13]);
    let base = "[plan]\nmargin = 0.4\n";
    with_config(&account, base);
    let (first, second) = (last_day(&starts[11]), last_day(&starts[12]));
    let ran = account.week(&starts[11], &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert!(ran.summary["weekly"]["diff"].is_null());
    let place = |run: &str, file: &str| format!("state/runs/{run}/{file}");
    // the same week thrice: as before, with other limits, with another objective beside them
    let mut plans = Vec::new();
    for (number, config) in [
        base.to_owned(),
        format!("{base}[limits]\nmax_change = 0.1\n"),
        "[plan]\nmargin = 0.4\nobjective = \"revenue\"\n[limits]\nmax_change = 0.1\n".to_owned(),
        "[plan]\nmargin = 0.4\n[estimate]\ndrift = false\n".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        with_config(&account, config);
        let ran = account.week(&starts[12], &[]);
        assert_eq!(ran.code, 0, "{}", ran.said);
        let run = if number == 0 { second.clone() } else { format!("{second}.{}", number + 1) };
        let spends = cells(&account, &place(&run, "recommendations.csv"), &["recommended_spend"]);
        let mut columns = vec!["before", "after", "change"];
        columns.extend(PARTS);
        let rows = cells(&account, &place(&run, "diff.csv"), &columns);
        plans.push((run, ran.summary["weekly"]["diff"].clone(), spends, rows));
    }
    let before = cells(&account, &place(&first, "recommendations.csv"), &["recommended_spend"]);
    for (run, total, after, rows) in &plans {
        let mut sums = [0_i64; 6];
        assert!(rows.len() >= after.len());
        for (key, row) in rows {
            let was = before.get(key).and_then(|cells| cells[0]);
            let is = after.get(key).and_then(|cells| cells[0]);
            assert_eq!((row[0], row[1]), (was, is), "{run} {key:?}");
            let parts: Vec<i64> = row[3..].iter().map(|part| part.unwrap()).collect();
            assert_eq!(parts.iter().sum::<i64>(), row[2].unwrap(), "{run} {key:?}");
            assert_eq!(is.unwrap_or(0) - was.unwrap_or(0), row[2].unwrap(), "{run} {key:?}");
            sums.iter_mut().zip(&parts).for_each(|(sum, part)| *sum += part);
        }
        // the totals of the record are the sums of the table
        for (at, sum) in sums.iter().enumerate() {
            let told = total["parts"][at]["change"].as_f64().unwrap();
            assert_eq!(cents(&format!("{told:.2}")), Some(*sum), "{run} {}", PARTS[at]);
        }
        let told = |name: &str| cents(&format!("{:.2}", total[name].as_f64().unwrap())).unwrap();
        assert_eq!(told("after") - told("before"), sums.iter().sum::<i64>());
        assert!(total["unexplained"].is_null() && told("moved") > 0);
    }
    let part = |plan: usize, name: &str| -> BTreeMap<&Vec<String>, i64> {
        let at = 3 + PARTS.iter().position(|other| *other == name).unwrap();
        plans[plan].3.iter().map(|(key, row)| (key, row[at].unwrap())).collect()
    };
    let apart = |one: usize, other: usize| -> BTreeMap<&Vec<String>, i64> {
        plans[one].2.iter().map(|(key, spend)| (key, plans[other].2[key][0].unwrap() - spend[0].unwrap())).collect()
    };
    // nothing was changed but the data
    for name in ["delay", "config", "limits"] {
        assert!(part(0, name).values().all(|cents| *cents == 0), "{name}");
    }
    assert!(part(0, "new_data").values().any(|cents| *cents != 0));
    // other limits alone: the parts before are those of the run without them, and theirs is the difference of the two
    for name in ["new_data", "drift", "prior", "config"] {
        assert_eq!(part(1, name), part(0, name), "{name}");
    }
    assert_eq!(part(1, "limits"), apart(0, 1));
    assert!(part(1, "limits").values().any(|cents| *cents != 0));
    // another objective as well, whose step comes before that of limits: together they are the whole difference
    assert_eq!(part(2, "new_data"), part(0, "new_data"));
    assert!(part(2, "config").values().any(|cents| *cents != 0));
    let both: BTreeMap<&Vec<String>, i64> =
        part(2, "config").into_iter().map(|(key, cents)| (key, cents + part(2, "limits")[key])).collect();
    assert_eq!(both, apart(0, 2));
    // settings of the fit need a fit of their own; what they change is theirs
    assert_eq!(part(3, "config"), apart(0, 3));
    // people get it in words
    let message = fs::read_to_string(account.path(&place(&plans[1].0, "message.md"))).unwrap();
    assert!(message.contains(&format!("**Against the plan of {first}**")) && message.contains("limits "), "{message}");
    let page = fs::read_to_string(account.path(&place(&plans[1].0, "weekly.html"))).unwrap();
    assert!(page.contains("The order is part of the answer") && page.contains("diff-title"));
    let chart = fs::read_to_string(account.path(&place(&plans[1].0, "charts/diff.csv"))).unwrap();
    assert!(chart.lines().count() > 2 && chart.lines().count() <= 11, "{chart}");
}

#[test]
fn settings_of_the_delay_are_told_as_delay() {
    let account = Account::new(40, 14);
    let starts = account.starts();
    account.export_all(&starts[..13]);
    with_config(&account, "[plan]\nmargin = 0.4\n");
    assert_eq!(account.week(&starts[11], &[]).code, 0);
    with_config(&account, "[plan]\nmargin = 0.4\n[delay]\ncompleted = [0.5, 0.9, 1.0]\n");
    let ran = account.week(&starts[12], &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    let parts = &ran.summary["weekly"]["diff"]["parts"];
    let moved = |at: usize| parts[at]["moved"].as_f64().unwrap();
    assert_eq!((&parts[2]["cause"], &parts[4]["cause"]), (&"delay".into(), &"config".into()));
    assert!(moved(2) > 0.0 && moved(4).abs() < 1e-9, "{parts}");
}

#[test]
fn terms_that_are_folded_from_now_on_are_not_named_by_the_difference() {
    let account = Account::new(60, 14);
    let starts = account.starts();
    account.export_all(&starts[..13]);
    with_config(&account, "");
    assert_eq!(account.week(&starts[11], &[]).code, 0);
    with_config(&account, "[privacy]\nmin_count = 400\n");
    let ran =
        account.week(&starts[12], &["--accept", "turnover", "--accept", "rows-range", "--accept", "volume-range"]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    // clicks of each term, from the exports themselves
    let at = |name: &str| account.header.split(',').position(|other| other == name).unwrap();
    let mut clicks: BTreeMap<String, f64> = BTreeMap::new();
    for line in starts[..13].iter().flat_map(|week| &account.weeks[week]) {
        let cells: Vec<&str> = line.split(',').collect();
        *clicks.entry(cells[at("term")].to_owned()).or_default() += cells[at("clicks")].parse::<f64>().unwrap();
    }
    let small: Vec<&String> = clicks.iter().filter(|(_, count)| **count < 400.0).map(|(term, _)| term).collect();
    assert!(small.len() > 5 && small.len() < clicks.len(), "{}", small.len());
    let place = account.path("state/latest");
    let mut looked_at = 0;
    for (path, (bytes, _)) in super::files(&fs::canonicalize(place).unwrap()) {
        let text = String::from_utf8_lossy(&bytes);
        for term in &small {
            // as a cell or in words; a longer term may hold a shorter one
            for shown in [format!("\n{term},"), format!("\"{term}\""), format!("- {term}:"), format!(">{term}<")] {
                assert!(!text.contains(&shown), "{} names `{term}`", path.display());
            }
        }
        looked_at += 1;
    }
    assert!(looked_at > 10);
    let table = fs::read_to_string(account.path("state/latest/diff.csv")).unwrap();
    assert!(table.contains("(other terms)"), "{table}");
    // comparing the runs names them as little
    let compared = super::Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(account.folder.path())
        .args(["runs", "--state", "state", "compare", &last_day(&starts[11]), "latest", "--json"])
        .output()
        .unwrap();
    let compared = String::from_utf8(compared.stdout).unwrap();
    assert!(compared.contains("(other terms)"));
    for term in &small {
        assert!(!compared.contains(&format!("\"term\": \"{term}\"")), "{term}");
    }
}
