//! The currency of the account: a slip of one week is held and teaches nothing, a change that stays goes on once a person says so.

use super::{Account, last_day};
use serde_json::{Value, json};

/// The first week in the other currency.
const CHANGE: usize = 14;

/// An account whose currency changes and stays changed, with the weeks of both among its files.
fn moved(weeks: usize) -> (Account, Vec<String>) {
    let account = Account::new(40, weeks);
    let starts = account.starts();
    (0..weeks).for_each(|at| export(&account, &starts, at, at >= CHANGE));
    (account, starts)
}

fn export(account: &Account, starts: &[String], at: usize, is_dollars: bool) {
    account.export(&starts[at], |name, cell| match name {
        "currency" if is_dollars => Some("USD".to_owned()),
        "cost" | "revenue" | "max_cpc" if is_dollars => Some(format!("{:.2}", cell.parse::<f64>().unwrap() * 1.1)),
        _ => None,
    });
}

/// Whatever else so few weeks in a new currency bring about.
const ACCEPTED: [&str; 6] = ["--accept", "currency", "--accept", "turnover", "--accept", "interval-width"];

fn guards(summary: &Value) -> Vec<&str> {
    let findings = summary["weekly"]["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["guard"].as_str().unwrap()).collect()
}

#[test]
fn a_currency_that_changed_for_good_is_accepted_once_and_a_slip_is_held_as_ever() {
    let (account, starts) = moved(27);
    let replayed = account.run(&["--as-of", &last_day(&starts[20]), "--backfill", "--from", &starts[11]]);
    // nobody knows whether limits and budgets of the config are meant in the other currency: every week asks
    let held = replayed.summary["backfill"]["held"].as_array().unwrap();
    assert_eq!((replayed.code, held.len()), (0, 21 - CHANGE), "{}", replayed.said);
    let asked = account.week(&starts[21], &[]);
    assert!(asked.code == 5 && asked.said.contains("--accept currency"), "{}", asked.said);
    let accepted = account.week(&starts[21], &ACCEPTED);
    assert_eq!(accepted.code, 0, "{}", accepted.said);
    assert_eq!(accepted.summary["currency"], "USD");
    assert!(guards(&accepted.summary).contains(&"currency"), "{}", accepted.summary["weekly"]["findings"]);
    assert_eq!(accepted.summary["weekly"]["unread"], json!(starts[..CHANGE]), "the weeks before the change");
    // all weeks since the change count, those among them that were held, and no other
    let at = account.header.split(',').position(|name| name == "conversions").unwrap();
    let rows = starts[CHANGE..22].iter().flat_map(|start| &account.weeks[start]);
    let conversions: f64 = rows.map(|row| row.split(',').nth(at).unwrap().parse::<f64>().unwrap()).sum();
    assert_eq!(accepted.summary["totals"]["conversions"], conversions);
    let next = account.week(&starts[22], &[]);
    assert_eq!((next.code, &next.summary["currency"]), (0, &json!("USD")), "{}", next.said);
    assert!(!guards(&next.summary).contains(&"currency"));
    assert_eq!(next.summary["weekly"]["review"]["plan"], accepted.summary["weekly"]["run"]);
    // a week in the currency of before is a slip now
    export(&account, &starts, 23, false);
    let slip = account.week(&starts[23], &[]);
    assert!(slip.code == 5 && guards(&slip.summary) == ["currency"], "{}", slip.said);
    let after = account.week(&starts[24], &[]);
    assert_eq!((after.code, &after.summary["currency"]), (0, &json!("USD")), "{}", after.said);
    assert!(after.summary["weekly"]["unread"].as_array().unwrap().contains(&json!(starts[23])));
}

#[test]
fn weeks_that_were_held_for_the_currency_are_replayed_once_it_is_accepted() {
    let (account, starts) = moved(20);
    let replay = || account.run(&["--as-of", &last_day(&starts[19]), "--backfill", "--from", &starts[11]]);
    assert_eq!(replay().summary["backfill"]["held"].as_array().unwrap().len(), 20 - CHANGE);
    let again = replay();
    assert_eq!((&again.summary["backfill"]["made"], &again.summary["backfill"]["there"]), (&json!(0), &json!(9)));
    let accepted = account.week(&starts[CHANGE + 1], &ACCEPTED);
    assert_eq!(accepted.code, 0, "{}", accepted.said);
    let replayed = replay();
    let made = &replayed.summary["backfill"]["made"];
    assert_eq!(made, &json!(20 - CHANGE - 2), "{}", replayed.said);
    let held = replayed.summary["backfill"]["held"].to_string();
    assert!(!held.contains("currency"), "{held}");
}
