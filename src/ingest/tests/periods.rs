use super::*;
use crate::counts::PeriodUnit;
use chrono::Weekday;

fn dated(column: &str, days: &[&str]) -> String {
    let rows: String = days.iter().map(|day| format!("a,{day},1,0\n")).collect();
    format!("term,{column},clicks,conversions\n{rows}")
}

/// Starts of the periods with whether they are complete.
fn periods(ingested: &Ingested) -> Vec<(String, bool)> {
    let periods = &ingested.counts.calendar.periods;
    periods.iter().map(|period| (period.start.unwrap().to_string(), period.complete)).collect()
}

fn expect(periods: &[(&str, bool)]) -> Vec<(String, bool)> {
    periods.iter().map(|&(start, complete)| (start.to_owned(), complete)).collect()
}

#[test]
fn weeks_have_no_gaps_and_end_with_their_last_day() {
    let ingested = read_text(&dated("week", &["2024-01-15", "2024-01-01"])).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-01", true), ("2024-01-08", true), ("2024-01-15", true)]));
    assert_eq!(ingested.counts.calendar.as_of, day("2024-01-21"));
    assert_eq!(ingested.counts.cells.period, [0, 2]);
    assert_eq!(ingested.counts.calendar.unit, PeriodUnit::Week);
    assert_eq!((ingested.notes.0.len(), note(&ingested, "gaps")), (1, 1));
}

#[test]
fn weeks_keep_the_weekday_of_the_data_where_all_agree() {
    let ingested = read_text(&dated("week", &["2024-01-07", "2024-01-14"])).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-07", true), ("2024-01-14", true)]));
    assert_eq!(note(&ingested, "week-start-differs"), 2);
    let sunday = IngestSettings { week_start: Weekday::Sun, ..IngestSettings::default() };
    let ingested = read_with(&[&dated("week", &["2024-01-07"])], &sunday).unwrap();
    assert!(ingested.notes.0.is_empty());
}

#[test]
fn weeks_that_disagree_are_moved_to_the_configured_weekday() {
    let ingested = read_text(&dated("week", &["2024-01-01", "2024-01-10"])).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-01", true), ("2024-01-08", true)]));
    assert_eq!(note(&ingested, "weeks-moved"), 1);
}

#[test]
fn days_are_added_up_to_weeks() {
    // Wednesday to the Tuesday of the week after next
    let days = ["2024-01-03", "2024-01-04", "2024-01-08", "2024-01-16"];
    let ingested = read_text(&dated("date", &days)).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-01", false), ("2024-01-08", true), ("2024-01-15", false)]));
    assert_eq!(ingested.counts.cells.clicks, [2.0, 1.0, 1.0]);
    assert_eq!(ingested.counts.calendar.as_of, day("2024-01-16"));
    assert_eq!(note(&ingested, "partial-first-week"), 1);
    assert_eq!(note(&ingested, "partial-last-week"), 1);
    assert_eq!(note(&ingested, "rows-merged"), 0);
}

#[test]
fn weeks_begin_where_configured() {
    let settings = IngestSettings { week_start: Weekday::Wed, ..IngestSettings::default() };
    let ingested = read_with(&[&dated("date", &["2024-01-03", "2024-01-09", "2024-01-10"])], &settings).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-03", true), ("2024-01-10", false)]));
}

#[test]
fn days_stay_days_on_demand() {
    let settings = IngestSettings { period: PeriodChoice::Day, ..IngestSettings::default() };
    let ingested = read_with(&[&dated("date", &["2024-01-03", "2024-01-05"])], &settings).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-03", true), ("2024-01-04", true), ("2024-01-05", true)]));
    assert_eq!(ingested.counts.calendar.unit, PeriodUnit::Day);
    let ingested = read_with(&[&dated("week", &["2024-01-01"])], &settings).unwrap();
    assert_eq!((ingested.counts.calendar.unit, note(&ingested, "weekly-data")), (PeriodUnit::Week, 1));
}

#[test]
fn dates_whole_weeks_apart_are_weeks() {
    let ingested = read_text(&dated("date", &["2024-01-02", "2024-01-16"])).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-02", true), ("2024-01-09", true), ("2024-01-16", true)]));
    assert_eq!(note(&ingested, "weekly-dates"), 2);
    let single = read_text(&dated("date", &["2024-01-02"])).unwrap();
    assert_eq!(periods(&single), expect(&[("2024-01-01", false)]));
}

#[test]
fn rows_after_the_day_looked_back_from_are_left_out() {
    let as_of = |text: &str| IngestSettings { as_of: day(text), ..IngestSettings::default() };
    let weeks = dated("week", &["2024-01-01", "2024-01-08", "2024-01-15"]);
    let ingested = read_with(&[&weeks], &as_of("2024-01-14")).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-01", true), ("2024-01-08", true)]));
    assert_eq!((ingested.totals.clicks, note(&ingested, "after-as-of"), ingested.rows), (2.0, 1, 3));
    let ingested = read_with(&[&weeks], &as_of("2024-01-10")).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-01", true), ("2024-01-08", false)]));
    let days = dated("date", &["2024-01-01", "2024-01-02", "2024-01-07", "2024-01-08"]);
    let ingested = read_with(&[&days], &as_of("2024-01-07")).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-01", true)]));
    assert_eq!(ingested.counts.calendar.as_of, day("2024-01-07"));
    let error = read_with(&[&days], &as_of("2023-12-31")).unwrap_err();
    assert!(matches!(error, IngestError::NothingBefore { first, .. } if Some(first) == day("2024-01-01")));
}

#[test]
fn terms_and_attributes_of_later_rows_are_left_out_too() {
    let settings = IngestSettings { as_of: day("2024-01-07"), ..IngestSettings::default() };
    let text = "term,week,clicks,conversions,bid\na,2024-01-01,1,0,1.5\na,2024-01-08,1,0,2.5\nb,2024-01-08,1,0,1\n";
    let ingested = read_with(&[text], &settings).unwrap();
    assert_eq!(terms(&ingested), ["a"]);
    assert_eq!(ingested.counts.terms[0].levers.max_cpc, Some(1.5));
}

#[test]
fn a_later_day_invents_no_weeks() {
    let settings = IngestSettings { as_of: day("2024-03-01"), ..IngestSettings::default() };
    let ingested = read_with(&[&dated("week", &["2024-01-01"])], &settings).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-01", true)]));
    assert_eq!(ingested.counts.calendar.as_of, settings.as_of);
    assert_eq!(note(&ingested, "as-of-after-data"), 54);
    let ingested = read_with(&[&dated("date", &["2024-01-01", "2024-01-03"])], &settings).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2024-01-01", false)]));
}

#[test]
fn undated_rows_are_one_complete_period() {
    let settings = IngestSettings { period_days: Some(90.0), ..IngestSettings::default() };
    let ingested = read_with(&["term,clicks,conversions\na,1,0\na,2,1\n"], &settings).unwrap();
    let calendar = &ingested.counts.calendar;
    assert_eq!((calendar.unit, calendar.as_of), (PeriodUnit::Undated { days: Some(90.0) }, None));
    assert!(calendar.periods.len() == 1 && calendar.periods[0].complete);
    assert_eq!((note(&ingested, "undated"), note(&ingested, "rows-merged")), (1, 1));
    for days in [0.0, -1.0, f64::NAN] {
        let settings = IngestSettings { period_days: Some(days), ..IngestSettings::default() };
        assert!(matches!(read_with(&["x"], &settings), Err(IngestError::PeriodDays { .. })));
    }
}

#[test]
fn a_date_says_more_than_its_week() {
    let ingested = read_text("term,week,date,clicks,conversions\na,2024-01-01,2024-01-03,1,0\n").unwrap();
    assert_eq!(note(&ingested, "unused-column"), 1);
    assert_eq!(note(&ingested, "partial-first-week"), 1);
}

#[test]
fn weeks_from_sunday_count_where_most_of_their_days_are() {
    let monday = "week,term,clicks,conversions\n2026-06-01,bed,10,1\n2026-06-08,bed,11,1\n";
    let sunday = "week,term,clicks,conversions\n2026-05-31,sofa,20,1\n2026-06-07,sofa,21,1\n";
    let ingested = read_with(&[monday, sunday], &IngestSettings::default()).unwrap();
    assert_eq!(periods(&ingested), expect(&[("2026-06-01", true), ("2026-06-08", true)]));
    assert_eq!(ingested.counts.cells.clicks, [10.0, 11.0, 20.0, 21.0]);
}

#[test]
fn weeks_of_the_year_are_weeks_and_years_are_none() {
    let ingested = read_text("ISO Year Week,Keyword,Clicks,Conversions\n2026-W31,bed,1,0\n2026-W32,bed,2,0\n").unwrap();
    assert_eq!(periods(&ingested), expect(&[("2026-07-27", true), ("2026-08-03", true)]));
    let years = read_text("Year,Keyword,Clicks,Conversions\n2025,bed,1,0\n2026,bed,2,0\n");
    assert!(matches!(years, Err(IngestError::LongPeriods { .. })));
}
