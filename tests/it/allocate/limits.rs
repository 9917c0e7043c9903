//! Groups, classes, turnover, minimums and goals against closed forms on `a √(x / k)` and `a ln(1 + x / k)`.

use super::{Case, HEADER};
use predicates::prelude::*;

/// Closed forms in `f64` against prices closed to the last bit; kinks of several limits cost digits.
const TOLERANCE: f64 = 1e-7;

/// Slope of `√(x / 10)`.
fn slope(x: f64) -> f64 {
    0.5 / (10.0 * x).sqrt()
}

#[track_caller]
fn close(found: &[f64], wanted: &[f64]) {
    assert_eq!(found.len(), wanted.len());
    for (x, y) in found.iter().zip(wanted) {
        assert!((x - y).abs() <= TOLERANCE * y.abs().max(1.0), "{found:?} is not {wanted:?}");
    }
}

/// Equal curves `√(x / 10)`, one for each row of what follows the bounds.
fn equal(columns: &str, rows: &[&str]) -> String {
    let row = |(number, row): (usize, &&str)| format!("i{number},power,1,10,0.5,0,1000,{row}\n");
    format!("id,family,a,k,h,lower,upper,{columns}\n{}", rows.iter().enumerate().map(row).collect::<String>())
}

#[test]
fn a_capped_group_leaves_its_money_to_the_other() {
    let curves = equal("group", &["g1", "g1", "g2", "g2"]);
    for limits in
        ["id,parent,lower,upper\ng1,,,100\ng2,,,\n", "id,upper\ng2,\ng1,25%\n", "id,upper_share\ng1,0.25\ng2,\n"]
    {
        let case = Case::new(&curves).with("groups.csv", limits);
        let done = case.allocate(&["--budget", "400", "--groups", "groups.csv", "--groups-out", "limits.csv"]);
        close(&done.column("spend"), &[50.0, 50.0, 150.0, 150.0]);
        assert_eq!(done.texts("binding"), ["group:g1", "group:g1", "none", "none"]);
        let groups = case.table("limits.csv");
        let capped = groups.row("g1");
        assert_eq!((capped["binding"].as_str(), capped["kind"].as_str()), ("upper", "group"));
        close(&[capped["spend"].parse().unwrap(), capped["upper"].parse().unwrap()], &[100.0, 100.0]);
        assert_eq!((groups.row("g2")["binding"].as_str(), groups.row("g2")["price"].as_str()), ("none", "0"));
        let price: f64 = capped["price"].parse().unwrap();
        // a share of the budget: the budget's own price pays for it too, so only money has the plain difference
        if limits.contains(",100") {
            close(&[price], &[slope(50.0) - slope(150.0)]);
            close(&[done.plan()["certificate"]["lambda"].as_f64().unwrap()], &[slope(150.0)]);
            let limit = &done.plan()["limits"][1];
            assert_eq!((limit["kind"].as_str(), limit["id"].as_str()), (Some("group-upper"), Some("g1")));
        }
        assert!(price > 0.0);
    }
}

#[test]
fn nested_groups_hold_together_in_any_order_of_rows() {
    let curves = equal("group", &["child", "child", "other", "other", ""]);
    for limits in [
        "id,parent,lower,upper\nparent,,,120\nchild,parent,90,\nother,parent,,\n",
        "id,parent,lower,upper\nchild,parent,90,\nother,parent,,\nparent,,,120\n",
    ] {
        let case = Case::new(&curves).with("groups.csv", limits);
        let done = case.allocate(&["--budget", "200", "--groups", "groups.csv", "--groups-out", "limits.csv"]);
        close(&done.column("spend"), &[45.0, 45.0, 15.0, 15.0, 80.0]);
        assert_eq!(done.texts("binding"), ["group:child", "group:child", "group:parent", "group:parent", "none"]);
        let groups = case.table("limits.csv");
        let price = |id| groups.row(id)["price"].parse().unwrap();
        close(
            &[price("parent"), price("child"), price("other")],
            &[slope(15.0) - slope(80.0), slope(45.0) - slope(15.0), 0.0],
        );
        assert_eq!(groups.row("child")["binding"], "lower");
    }
}

#[test]
fn a_class_cap_cuts_across_groups() {
    let curves = equal("group,classes", &["g1,brand", "g1,", "g2,other;brand", "g2,other"]);
    let case = Case::new(&curves)
        .with("groups.csv", "id,upper\ng1,500\ng2,500\n")
        .with("classes.csv", "id,lower,upper\nbrand,,20\nother,,\n");
    let flags = ["--budget", "220", "--groups", "groups.csv", "--classes", "classes.csv", "--groups-out", "limits.csv"];
    let done = case.allocate(&flags);
    close(&done.column("spend"), &[10.0, 100.0, 10.0, 100.0]);
    assert_eq!(done.texts("binding"), ["class:brand", "none", "class:brand", "none"]);
    let limits = case.table("limits.csv");
    close(&[limits.row("brand")["price"].parse().unwrap()], &[slope(10.0) - slope(100.0)]);
    close(&[limits.row("other")["spend"].parse().unwrap()], &[110.0]);
    assert_eq!(limits.row("brand")["kind"], "class");
}

#[test]
fn a_turnover_limit_stops_the_move_half_way() {
    let case = Case::new(&equal("current_spend", &["100", "300"]));
    for limit in ["100", "25%"] {
        let done = case.allocate(&["--budget", "400", "--max-turnover", limit]);
        close(&done.column("spend"), &[150.0, 250.0]);
        close(&[done.plan()["turnover"].as_f64().unwrap()], &[100.0]);
        let binding = done.plan()["limits"].as_array().unwrap();
        let turnover = binding.iter().find(|limit| limit["kind"] == "turnover").unwrap();
        // a unit of turnover moves half a unit from one item to the other
        close(&[turnover["price"].as_f64().unwrap()], &[0.5 * (slope(150.0) - slope(250.0))]);
    }
    close(&case.allocate(&["--budget", "400", "--max-turnover", "200"]).column("spend"), &[200.0, 200.0]);
}

#[test]
fn spend_is_left_alone_where_moving_does_not_pay() {
    let case = Case::new(&equal("current_spend", &["190", "210"]));
    let done = case.allocate(&["--budget", "400", "--turnover-price", "1"]);
    close(&done.column("spend"), &[190.0, 210.0]);
    assert_eq!(done.texts("binding"), ["turnover", "turnover"]);
    assert_eq!(done.plan()["turnover"].as_f64(), Some(0.0));
    close(&case.allocate(&["--budget", "400", "--turnover-price", "0"]).column("spend"), &[200.0, 200.0]);
}

#[test]
fn an_average_return_stops_before_the_budget() {
    // 40 √(x / 10) = 2 x at x = 40, and with half of the response counting at x = 10
    for (measure, spend) in [("", 40.0), ("0.5", 10.0)] {
        let row = |id| format!("{id},power,40,10,0.5,0,1000,{measure}\n");
        let case = Case::new(&format!("id,family,a,k,h,lower,upper,measure\n{}{}", row("a"), row("b")));
        let done = case.allocate(&["--budget", "1000", "--min-average-return", "2"]);
        close(&done.column("spend"), &[spend, spend]);
        close(&[done.plan()["average_return"].as_f64().unwrap()], &[2.0]);
        close(&[done.plan()["unallocated"].as_f64().unwrap()], &[1000.0 - 2.0 * spend]);
        assert_eq!(done.plan()["goal"]["name"], "average-return");
    }
}

#[test]
fn a_wanted_response_is_reached_with_the_least_spend() {
    let case = Case::new(&equal("current_spend", &["1", "1"]));
    for budget in [&[][..], &["--budget", "900"][..]] {
        let flags = [&["--wanted-response", "10"][..], budget].concat();
        let done = case.allocate(&flags);
        // √(x / 10) = 5 each
        close(&done.column("spend"), &[250.0, 250.0]);
        close(&[done.plan()["response"].as_f64().unwrap()], &[10.0]);
    }
    // 2 √(1000 / 10) = 20 is all there is
    let error = case.fails(&["--wanted-response", "1000"], 4);
    assert!(predicate::str::contains("--wanted-response").eval(&error), "{error}");
    assert!(error.contains("20.00"), "{error}");
}

#[test]
fn items_get_nothing_or_their_minimum() {
    let curves = |minimums: [f64; 2], second: f64| {
        let [a, b] = minimums;
        format!("id,family,a,k,h,minimum\na,power,1,1,0.5,{a}\nb,power,{second},1,0.5,{b}\n")
    };
    // both minimums together exceed the budget: the better one gets it all
    let done = Case::new(&curves([8.0, 8.0], 1.1)).allocate(&["--budget", "10"]);
    close(&done.column("spend"), &[0.0, 10.0]);
    // without its minimum the first would get 9.51 of 20
    let done = Case::new(&curves([9.8, 0.0], 1.05)).allocate(&["--budget", "20"]);
    close(&done.column("spend"), &[9.8, 10.2]);
    assert_eq!(done.texts("binding"), ["minimum", "none"]);
}

#[test]
fn limits_that_contradict_are_named_with_the_smallest_change() {
    let curves = equal("group", &["child", "child"]);
    let case = Case::new(&curves).with("groups.csv", "id,parent,lower,upper\nparent,,,80\nchild,parent,100,\n");
    let flags = ["--budget", "400", "--groups", "groups.csv"];
    let error = case.fails(&flags, 4);
    assert!(error.contains("groups.csv, line "), "{error}");
    assert!(error.contains("80.00") && error.contains("100.00"), "{error}");
    assert!(
        error.contains("hint: raise the upper limit of group `parent`")
            || error.contains("hint: lower the lower limit of group `child`"),
        "{error}"
    );
    let summary = case.failure(&flags);
    assert_eq!(summary["plan"]["certificate"]["status"], "infeasible");
    let changes = summary["plan"]["relaxation"].as_array().unwrap();
    let total: f64 = changes.iter().map(|c| (c["to"].as_f64().unwrap() - c["from"].as_f64().unwrap()).abs()).sum();
    close(&[total], &[20.0]);

    // the group's cap is below what its items must spend
    let curves = "id,family,a,k,h,lower,upper,group\na,power,1,10,0.5,50,100,g\nb,power,1,10,0.5,0,100,\n";
    let case = Case::new(curves).with("groups.csv", "id,upper\ng,30\n");
    let error = case.fails(&["--budget", "100", "--groups", "groups.csv"], 4);
    assert!(error.contains("group `g`") || error.contains("of `a`"), "{error}");

    // lower limits of classes and groups together exceed the budget
    let case = Case::new(&equal("classes", &["x", "y"])).with("classes.csv", "id,lower\nx,60\ny,70\n");
    let summary = case.failure(&["--budget", "100", "--classes", "classes.csv"]);
    assert_eq!(summary["exit_code"], 4);
    let changes = summary["plan"]["relaxation"].as_array().unwrap();
    let total: f64 = changes.iter().map(|c| (c["to"].as_f64().unwrap() - c["from"].as_f64().unwrap()).abs()).sum();
    close(&[total], &[30.0]);
}

#[test]
fn a_group_with_slack_limits_changes_nothing() {
    let flags = ["--budget", "400", "--groups", "groups.csv"];
    let case = Case::new(&equal("group", &["g", "g", ""])).with("groups.csv", "id,lower,upper\ng,1,399\n");
    let grouped = case.allocate(&flags);
    let free = Case::new(&equal("group", &["", "", ""])).allocate(&["--budget", "400"]);
    close(&grouped.column("spend"), &free.column("spend"));
    assert_eq!(grouped.texts("binding"), free.texts("binding"));
}

#[test]
fn groups_of_nobody_are_noted() {
    let case = Case::new(&format!("{HEADER}a,power,1,10,0.5,0,10,1\n")).with("groups.csv", "id,upper\ng,30\n");
    let done = case.allocate(&["--budget", "5", "--groups", "groups.csv"]);
    let note = &done.summary["notes"][0];
    assert_eq!((note["code"].as_str(), note["count"].as_u64()), (Some("groups-without-items"), Some(1)));
    // without the file, the column's names have no limits and that is said
    let done = Case::new(&equal("group", &["g"])).allocate(&["--budget", "5"]);
    assert_eq!(done.summary["notes"][0]["code"], "groups-without-limits");
}
