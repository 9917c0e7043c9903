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
