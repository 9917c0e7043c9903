//! Bounds from states, multiples of current spend and the largest change.

use super::{Case, HEADER};

fn spends(curves: &str, flags: &[&str]) -> Vec<f64> {
    Case::new(curves).allocate(flags).column("spend")
}

#[track_caller]
fn close(found: &[f64], wanted: &[f64]) {
    // 1e-9: sums of a few bounds, exact but for the last bits
    let near = found.len() == wanted.len() && found.iter().zip(wanted).all(|(x, y)| (x - y).abs() <= 1e-9 * y.max(1.0));
    assert!(near, "{found:?} is not {wanted:?}");
}

#[test]
fn states_keep_stop_and_start_items() {
    let header = "id,family,a,k,h,current_spend,upper_rel,state\n";
    let rows = "a,power,1,10,0.5,60,0.1,fixed\nb,power,9,10,0.5,50,2,paused\nc,power,1,10,0.5,0,2,new\n\
                d,power,1,10,0.5,50,1.2,active\n";
    // d may have 60 at most, a is kept at 60, and c starts with the rest
    let case = Case::new(&format!("{header}{rows}"));
    let done = case.allocate(&["--budget", "200"]);
    close(&done.column("spend"), &[60.0, 0.0, 80.0, 60.0]);
    assert_eq!(done.texts("binding"), ["fixed", "fixed", "none", "upper"]);
    assert_eq!(done.plan()["references"][0], "bounds relative to current_spend");
}

#[test]
fn the_tighter_of_absolute_and_relative_bounds_holds() {
    let header = "id,family,a,k,h,lower,upper,lower_rel,upper_rel,current_spend\n";
    let rows = "a,power,1,10,0.5,10,200,0.8,1.1,100\nb,power,9,10,0.5,0,105,0.5,1.1,100\n";
    close(&spends(&format!("{header}{rows}"), &["--budget", "190"]), &[85.0, 105.0]);
    close(&spends(&format!("{header}{rows}"), &["--budget", "180"]), &[80.0, 100.0]);
}

#[test]
fn the_largest_change_is_relative_to_what_is_said() {
    let curves = format!("{HEADER}a,power,1,10,0.5,,,100\nb,power,3,10,0.5,,,100\n");
    let case = Case::new(&curves);
    let done = case.allocate(&["--budget", "250", "--max-change", "0.2"]);
    close(&done.column("spend"), &[100.0, 150.0]);
    assert_eq!(done.plan()["references"][0], "changes of at most 20% relative to current_spend × 1.25");
    let done = case.allocate(&["--budget", "250", "--max-change", "0.2", "--change-reference", "current"]);
    close(&done.column("spend"), &[120.0, 120.0]);
    assert_eq!(done.plan()["references"][0], "changes of at most 20% relative to current_spend");
    assert_eq!(done.plan()["certificate"]["status"], "budget-not-exhausted");
    let words = case.human(&["--budget", "250", "--max-change", "0.2"]);
    assert!(words.contains("relative to current_spend × 1.25"), "{words}");
    assert!(words.contains("1 lower, 1 upper"), "{words}");
}

#[test]
fn bounds_that_contradict_name_both_and_the_change() {
    let curves = format!("{HEADER}a,power,1,10,0.5,200,,100\nb,power,3,10,0.5,,,100\n");
    let case = Case::new(&curves);
    let flags = ["--budget", "300", "--max-change", "0.3", "--change-reference", "current"];
    let error = case.fails(&flags, 4);
    let wanted = "the upper bound of `a` (`--max-change`, curves.csv, line 2) is 130.00 and has to be at least 200.00";
    assert!(error.contains(wanted), "{error}");
    assert!(error.contains("the lower bound of `a` (curves.csv, line 2, column `lower`) of 200.00"), "{error}");
    assert!(error.contains("hint: raise"), "{error}");
    let summary = case.failure(&flags);
    assert_eq!(summary["plan"]["certificate"]["status"], "infeasible");
    let change = &summary["plan"]["relaxation"][0];
    assert_eq!((change["kind"].as_str(), change["id"].as_str()), (Some("item-upper"), Some("a")));
    assert_eq!((change["from"].as_f64(), change["to"].as_f64()), (Some(130.0), Some(200.0)));
}

#[test]
fn lower_bounds_above_the_budget_name_the_flag() {
    let case = Case::new(&format!("{HEADER}a,power,1,10,0.5,8.005,10,1\n"));
    let error = case.fails(&["--budget", "5"], 4);
    // rounded up, so that doing what it says suffices
    assert!(error.contains("the budget (`--budget`) is 5.00 and has to be at least 8.005"), "{error}");
    assert_eq!(case.failure(&["--budget", "5"])["plan"]["relaxation"][0]["to"].as_f64(), Some(8.005));
}

#[test]
fn what_starts_from_nothing_is_said_and_not_guessed() {
    let curves = format!("{HEADER}a,power,1,10,0.5,,,0\nb,power,3,10,0.5,,,100\n");
    let done = Case::new(&curves).allocate(&["--budget", "100", "--max-change", "0.2"]);
    assert_eq!(done.summary["notes"][0]["code"], "nothing-to-scale");
    close(&done.column("spend"), &[0.0, 100.0]);
    let blank = format!("{HEADER}a,power,1,10,0.5,,,\nb,power,3,10,0.5,,,100\n");
    let error = Case::new(&blank).fails(&["--budget", "100", "--max-change", "0.2"], 3);
    assert!(error.contains("curves.csv, line 2, column `current_spend`"), "{error}");
}

#[test]
fn a_price_floor_leaves_money_that_would_earn_less() {
    // 10 / (1 + x) = 0.5 at x = 19
    let case = Case::new(&format!("{HEADER}a,log,10,1,,,,\n"));
    let done = case.allocate(&["--budget", "100", "--min-marginal-return", "0.5"]);
    close(&done.column("spend"), &[19.0]);
    assert_eq!(done.plan()["min_marginal_return"].as_f64(), Some(0.5));
    assert!((done.plan()["unallocated"].as_f64().unwrap() - 81.0).abs() < 1e-9);
}

#[test]
fn a_minimum_above_the_upper_bound_is_nothing_and_noted() {
    let case = Case::new("id,family,a,k,h,upper,minimum\na,power,1,10,0.5,5,8\nb,power,1,10,0.5,50,\n");
    let done = case.allocate(&["--budget", "20"]);
    close(&done.column("spend"), &[0.0, 20.0]);
    assert_eq!(done.summary["notes"][0]["code"], "minimum-above-upper");
}
