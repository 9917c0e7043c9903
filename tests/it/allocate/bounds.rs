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

#[test]
fn what_holds_an_item_is_said_of_the_plan_in_steps() {
    let rows = "id,family,a,k,h,lower,upper,current_spend\na,exp,1,5,1,0,10,5\nb,exp,5,3,1,0,4,5\nc,exp,5,3,1,0,4,5\n";
    let done = Case::new(rows).allocate(&["--budget", "7", "--step", "5"]);
    // 4 holds no 5, so that only `a` can have a step, and it is at neither of its bounds
    close(&done.column("spend"), &[5.0, 0.0, 0.0]);
    assert_eq!(done.texts("binding"), ["none", "lower", "lower"]);
}

#[test]
fn lower_bounds_in_whole_steps_that_the_budget_cannot_take_are_told_as_such() {
    let rows = "id,family,a,k,h,lower,upper,current_spend\na,exp,1,5,1,3,10,5\nb,exp,5,3,1,3,10,5\n";
    let case = Case::new(rows);
    let error = case.fails(&["--budget", "7", "--step", "5"], 4);
    for wanted in
        ["in whole steps of 5.00", "is 7.00 and has to be at least 10.00", "lower bound of `a`", "lower bound of `b`"]
    {
        assert!(error.contains(wanted), "{error}");
    }
    close(&case.allocate(&["--budget", "10", "--step", "5"]).column("spend"), &[5.0, 5.0]);
    // without steps there is a plan
    close(&[case.allocate(&["--budget", "7"]).column("spend").iter().sum()], &[7.0]);
}

/// Three items, the first two in a group; bounds, the group's upper limit and the budget.
#[derive(Debug)]
struct Drawn {
    lower: [f64; 3],
    upper: [f64; 3],
    group: f64,
    budget: f64,
}

impl Drawn {
    /// The first item's bounds always contradict each other, the second one's often.
    fn new(seed: u64) -> Self {
        let mut state = seed + 1;
        let mut whole = |most: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 40).unwrap() % most)
        };
        let upper = [whole(9), 2.0 + whole(9), 4.0 + whole(9)];
        let lower = [upper[0] + 1.0 + whole(6), whole(9), whole(4)];
        Self { lower, upper, group: 4.0 + whole(20), budget: 4.0 + whole(25) }
    }

    fn case(&self) -> Case {
        let row = |at: usize| {
            let (id, group) = [("a", "g"), ("b", "g"), ("c", "")][at];
            format!("{id},exp,{},5,1,{:?},{:?},{group},1\n", at + 1, self.lower[at], self.upper[at])
        };
        let rows: String = (0..3).map(row).collect();
        Case::new(&format!("id,family,a,k,h,lower,upper_rel,group,current_spend\n{rows}"))
            .with("groups.csv", &format!("id,parent,lower,upper\ng,,,{:?}\n", self.group))
    }

    fn flags(&self) -> [String; 4] {
        ["--budget".to_owned(), format!("{:?}", self.budget), "--groups".to_owned(), "groups.csv".to_owned()]
    }

    /// Does what was told; answers by how much money.
    fn relax(&mut self, told: &serde_json::Value) -> f64 {
        let mut total = 0.0;
        for change in told.as_array().unwrap() {
            let at = change["id"].as_str().and_then(|id| ["a", "b", "c"].iter().position(|own| *own == id));
            let limit = match (change["kind"].as_str().unwrap(), at) {
                ("item-lower", Some(at)) => &mut self.lower[at],
                ("item-upper", Some(at)) => &mut self.upper[at],
                ("group-upper", _) => &mut self.group,
                ("budget", _) => &mut self.budget,
                other => panic!("{other:?}"),
            };
            assert_eq!(Some(*limit), change["from"].as_f64(), "{told}");
            let to = change["to"].as_f64().unwrap();
            total += (to - *limit).abs();
            *limit = to;
        }
        total
    }

    /// The least money over all limits that lets a plan in whole numbers exist, one of which is the best: all limits are
    /// whole numbers, and intervals of one nested chain.
    fn least(&self) -> f64 {
        let over = |x: f64, lower: f64, upper: f64| (lower - x).max(0.0) + (x - upper).max(0.0);
        let own = |at: usize, x: f64| {
            let (lower, upper) = (self.lower[at], self.upper[at]);
            // bounds that cross give way by what they are apart wherever the item stands
            over(x, lower.min(upper), lower.max(upper)) + (lower - upper).max(0.0)
        };
        let spends = || (0..16).map(f64::from);
        let plans = spends().flat_map(|a| spends().flat_map(move |b| spends().map(move |c| [a, b, c])));
        let cost = |[a, b, c]: [f64; 3]| {
            let limits = over(a + b, 0.0, self.group) + over(a + b + c, 0.0, self.budget);
            own(0, a) + own(1, b) + own(2, c) + limits
        };
        plans.map(cost).fold(f64::INFINITY, f64::min)
    }
}

#[test]
fn what_is_told_where_own_bounds_contradict_works_in_one_go() {
    let mut further = 0;
    for seed in 0..30 {
        let mut drawn = Drawn::new(seed);
        let flags = drawn.flags();
        let flags = flags.each_ref().map(String::as_str);
        let summary = drawn.case().failure(&flags);
        let least = drawn.least();
        let told = &summary["plan"]["relaxation"];
        let total = drawn.relax(told);
        let kinds = told
            .as_array()
            .unwrap()
            .iter()
            .filter(|change| matches!(change["kind"].as_str(), Some("budget" | "group-upper")));
        further += usize::from(kinds.count() > 0);
        // a thousandth by which limits on sums give way before bounds of items
        assert!((total - least).abs() <= 1e-3 * least, "{total}, {least} is enough: {told} of {seed}");
        let flags = drawn.flags();
        let done = drawn.case().command(&flags.each_ref().map(String::as_str));
        assert!(done.status.success(), "{told}, then {}", String::from_utf8_lossy(&done.stderr));
    }
    assert!(further > 0, "other limits must matter");
}

#[test]
fn an_upper_bound_and_a_budget_that_cannot_both_be_had_lower_what_asks_for_it() {
    let header = "id,family,a,k,h,lower,upper,upper_rel,lower_rel,current_spend\n";
    let case = Case::new(&format!("{header}a,exp,1,5,1,8,10,1.3,,5\nb,exp,5,3,1,0,3,,0.7,5\n"));
    let error = case.fails(&["--budget", "10"], 4);
    // 6.5 and 3 fit in 10, 8 and 3.5 do not
    assert!(error.contains("has to be at most 6.50") && error.contains("has to be at most 3.00"), "{error}");
}
