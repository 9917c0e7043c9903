use super::*;

fn dates(texts: &[&str]) -> HashSet<Slashed> {
    texts.iter().map(|text| Slashed::read(text).unwrap()).collect()
}

#[test]
fn years_of_two_digits_may_stand_first() {
    let open = |texts: &[&str]| year_may_be_first(&dates(texts)).is_some();
    assert!(open(&["26-01-05", "26-01-12"]) && open(&["26/01/05"]) && open(&["01/02/03"]));
    assert!(!open(&["05-01-26", "12-01-26"]), "a year stays");
    assert!(!open(&["31-13-26", "05-01-26"]) && !open(&["1/5/26", "1/12/26"]) && !open(&["26-01-2005"]));
    assert!(!open(&["01/31/26"]), "no month has that number");
}

#[test]
fn an_order_is_justified_or_refused() {
    let none = Context::default();
    let by_day = Ok(Some(DateOrder::DayFirst));
    let by_month = Ok(Some(DateOrder::MonthFirst));
    assert_eq!(order_of(&dates(&["1/2/2026", "13/2/2026"]), &none), by_day);
    assert_eq!(order_of(&dates(&["1/2/2026", "2/13/2026"]), &none), by_month);
    // weeks from Sunday, 1 February; as days of January to December they fall on other weekdays
    let weeks = ["2/1/2026", "2/8/2026", "3/1/2026", "3/8/2026"];
    assert!(order_of(&dates(&weeks), &none).is_err(), "two are missing");
    assert_eq!(order_of(&dates(&weeks), &Context { weekly: true, ..none }), by_month);
    let weeks = ["1/11/2026", "2/1/2026", "2/8/2026", "3/1/2026"];
    assert!(order_of(&dates(&weeks), &none).is_err());
    let weeks = ["3/1/2026", "3/8/2026", "2/22/2026", "2/1/2026"];
    assert_eq!(order_of(&dates(&weeks), &none), by_month);
    // a week apart, or half a year
    let two = dates(&["2/1/2026", "2/8/2026"]);
    assert!(order_of(&two, &none).is_err());
    assert!(order_of(&dates(&["1/2/2026", "1/9/2026", "2/6/2026"]), &none).is_err(), "three Fridays or three days");
    let days = ["9/3/2026", "10/3/2026", "11/3/2026", "12/3/2026"];
    assert_eq!(order_of(&dates(&days), &none), by_day);
    assert_eq!(order_of(&dates(&["2/2/2026", "3/3/2026"]), &none), Ok(None), "nothing to decide");
    assert!(order_of(&dates(&["2/2/2026", "3/4/2026"]), &none).is_err());
    assert_eq!(order_of(&two, &Context { weekly: true, ..none }), by_month);
    assert_eq!(order_of(&two, &Context { order: Some(DateOrder::DayFirst), ..none }), by_day);
    assert_eq!(order_of(&two, &Context { chosen: Some(DateOrder::DayFirst), ..none }), by_day);
    let day = |month, day| Date::from_ymd_opt(2026, month, day).unwrap();
    let span = Some(Span { first: day(2, 1), last: day(2, 28) });
    assert_eq!(order_of(&dates(&["2/1/2026"]), &Context { span, ..none }), by_month);
    // January, or the first of each month
    let months = ["1/1/2026", "2/1/2026", "3/1/2026", "4/1/2026", "5/1/2026"];
    assert!(order_of(&dates(&months), &none).is_err());
    assert!(order_of(&dates(&["01/01/2026", "01/02/2026", "01/03/2026", "01/04/2026"]), &none).is_err());
    let refused = order_of(&dates(&["2/1/2026", "3/1/2026"]), &none);
    assert_eq!(refused, Err(("2/1/2026".to_owned(), [day(1, 2), day(2, 1)])));
}
