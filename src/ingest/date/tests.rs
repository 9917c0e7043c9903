//! Dates as exports write them.

use super::*;

#[test]
fn numbers_of_days_are_those_of_the_years() {
    for (year, month, day) in [(1990, 1, 1), (2100, 12, 31)] {
        let number = number(ymd(year, month, day).unwrap());
        let outside = if year == 1990 { number - 1 } else { number + 1 };
        assert!(DAYS.contains(&number) && !DAYS.contains(&outside));
        assert_eq!(check_number(number), Ok(number));
        assert_eq!(check_number(outside), Err("has a year outside 1990 to 2100"));
    }
    assert_eq!(check_number(i32::MAX), Err("is not a date"));
}

#[test]
fn every_known_spelling_is_the_same_day() {
    for text in [
        "2021-05-03",
        "2021/05/03",
        "20210503",
        "03.05.2021",
        "3.5.2021",
        "3.5.21",
        "3-May-21",
        "03-MAY-2021",
        "2021-05-03T00:00:00",
        "2021-05-03 00:00:00 UTC",
        "May 3, 2021",
        "3. Mai 2021",
        "3 de mayo de 2021",
        "3 mai 2021",
        "2021-W18",
        "2021W18",
        "KW 18 2021",
        "KW18/2021",
        "2021 KW 18",
        "W18 2021",
        "Semaine 18, 2021",
        "Sem. 18 2021",
        "Semana 18 de 2021",
        "2021.05.03",
        "Mon, May 3, 2021",
        "2021-05-03T00:00:00+02:00",
        "2021-05-03 00:00:00-0500",
    ] {
        assert_eq!(parse(text, None), Ok(Date::from_ymd_opt(2021, 5, 3).unwrap()), "{text}");
    }
    assert_eq!(parse(" 2024-02-29 00:00:00.000 ", None), Ok(Date::from_ymd_opt(2024, 2, 29).unwrap()));
    assert_eq!(parse("1er mars 2024", None), Ok(Date::from_ymd_opt(2024, 3, 1).unwrap()));
}

#[test]
fn slashes_need_an_order_unless_only_one_is_possible() {
    let day = |month, day| Ok(Date::from_ymd_opt(2026, month, day).unwrap());
    assert_eq!(parse("2/1/2026", None), Err(AMBIGUOUS));
    assert_eq!(parse("2/1/2026", Some(DateOrder::MonthFirst)), day(2, 1));
    assert_eq!(parse("02/01/26", Some(DateOrder::DayFirst)), day(1, 2));
    assert_eq!(parse("2-1-2026", Some(DateOrder::DayFirst)), day(1, 2));
    assert_eq!(parse("2/28/2026 10:15:00 PM (GMT)", None), day(2, 28));
    assert_eq!(parse("28/2/2026", None), day(2, 28));
    assert_eq!(parse("3/3/2026", None), day(3, 3));
    assert_eq!(parse("28/2/2026", Some(DateOrder::MonthFirst)), Err(OTHER_ORDER));
    assert_eq!(parse("30/30/2026", None), Err(NO_DATE));
}

#[test]
fn other_spellings_are_refused() {
    for text in [
        "",
        "2023-02-29",
        "20241331",
        "Err:509",
        "31-Foo-21",
        "2024-W60",
        "2024-W5x",
        "KW 18",
        "KW 54 2021",
        "KW 18 2021 3",
        "S1 2026",
        "2026 S2",
        "18 2021",
        "5-2021-05",
        "x-y-z",
        "5",
        "May",
    ] {
        assert_eq!(parse(text, None), Err(NO_DATE), "{text}");
    }
    // of no certain day, and days of spreadsheets
    for text in ["Week 18 2021", "week 6, 2026", "Wk 6 2026"] {
        assert_eq!(parse(text, None), Err(NO_DAY), "{text}");
    }
    assert_eq!(
        (parse("46055", None), parse("46055.0", None), parse("99999", None)),
        (Err(SERIAL), Err(SERIAL), Err(NO_DATE))
    );
    for text in ["CW06/2026", "KW 6 2026", "CW 6, 2026", "Calendar week 6 2026"] {
        assert_eq!(parse(text, None), Ok(Date::from_ymd_opt(2026, 2, 2).unwrap()), "{text}");
    }
    assert_eq!(parse("0021-05-03", None), Err("has a year outside 1990 to 2100"));
    assert_eq!(parse("9999-12-31", None), Err("has a year outside 1990 to 2100"));
}

#[test]
fn halves_of_a_range_complete_each_other() {
    let (left, right) = (Words::read("January 5").unwrap(), Words::read("11, 2026").unwrap());
    assert_eq!(left.or(right).date(), Date::from_ymd_opt(2026, 1, 5));
    assert_eq!(right.or(left).date(), Date::from_ymd_opt(2026, 1, 11));
}
