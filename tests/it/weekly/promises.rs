//! Conversions that fall and stay low, less than what a broken tracking would do: asked about, and not for ever.

use super::Account;

/// The week from which on fewer conversions come.
const FALL: usize = 20;

/// An account whose conversions fall to a share in a week and stay there.
fn fallen(weeks: usize, share: f64) -> (Account, Vec<String>) {
    let account = Account::new(150, weeks);
    let starts = account.starts();
    for (at, start) in starts.iter().enumerate() {
        account.export(start, |name, cell| {
            let is_fallen = at >= FALL && ["conversions", "revenue"].contains(&name);
            is_fallen.then(|| {
                let figure = cell.parse::<f64>().unwrap() * share;
                if name == "revenue" { format!("{figure:.2}") } else { format!("{figure:.0}") }
            })
        });
    }
    (account, starts)
}

/// The weeks that are held, for nothing but what was promised.
fn held(account: &Account, starts: &[String], weeks: std::ops::Range<usize>) -> Vec<usize> {
    let is_held = |at: &usize| {
        let ran = account.week(&starts[*at], &[]);
        assert!([0, 5].contains(&ran.code), "{at}: {}", ran.said);
        let findings = ran.summary["weekly"]["findings"].as_array().unwrap();
        assert!(findings.iter().all(|finding| finding["guard"] == "promise-ratio"), "{at}: {findings:?}");
        ran.code == 5
    };
    weeks.filter(is_held).collect()
}

#[test]
fn a_lasting_fall_of_conversions_is_asked_about_and_not_for_ever() {
    let (account, starts) = fallen(31, 0.55);
    // plans that promised too much are in force until four weeks of them are short; a month later they are too old to be asked
    assert_eq!(held(&account, &starts, FALL - 4..28), [23, 24, 25, 26]);
    let summary = std::fs::read_to_string(account.path("state/latest/summary.json")).unwrap();
    assert!(summary.contains("promises-lapsed") && summary.contains("made 5 weeks ago"), "{summary}");
    // the plan that goes on has learned the new level
    assert_eq!(held(&account, &starts, 28..31), [0; 0]);
    let last = account.week(&starts[30], &[]);
    let ratio = last.summary["weekly"]["promise_ratio"].as_f64().unwrap();
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
}

#[test]
fn one_accept_of_what_was_promised_is_enough_until_promises_fail_again() {
    let (account, starts) = fallen(34, 0.55);
    assert_eq!(held(&account, &starts, FALL - 4..24), [23]);
    let accepted = account.week(&starts[23], &["--accept", "promise-ratio"]);
    assert_eq!(accepted.code, 0, "{}", accepted.said);
    // the plan of a few weeks at the new level may promise too much still, which the person who accepted knows
    assert_eq!(held(&account, &starts, 24..28), [0; 0]);
    // a further fall is asked about again
    let config = std::fs::read_to_string(account.path("termwise.toml")).unwrap();
    std::fs::write(account.path("termwise.toml"), format!("{config}[guards]\ntracking_ratio = 0.1\n")).unwrap();
    for start in &starts[28..] {
        account.export(start, |name, cell| {
            let figure = || cell.parse::<f64>().unwrap() * 0.55 * 0.25;
            match name {
                "conversions" => Some(format!("{:.0}", figure())),
                "revenue" => Some(format!("{:.2}", figure())),
                _ => None,
            }
        });
    }
    let mut again = (28..34).map(|at| account.week(&starts[at], &[]));
    assert!(again.any(|ran| ran.code == 5 && ran.summary["weekly"]["findings"].to_string().contains("promise-ratio")));
}
