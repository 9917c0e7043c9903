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
    let mut previous = None;
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
    assert_whole(&account.path("state"));
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
    let both = account.week(due, &["--accept", "price-range", "--accept", "promise-ratio"]);
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
