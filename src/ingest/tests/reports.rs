use super::*;
use crate::counts::ReportSource;

const EXPORT: &str = "term,week,clicks,cost,conversions,revenue,reported_on\n";

/// Weeks × ages.
fn triangle(ingested: &Ingested) -> Vec<Vec<Option<f64>>> {
    let triangle = &ingested.counts.reports.triangle;
    (0..triangle.periods()).map(|w| (0..triangle.ages()).map(|d| triangle.known(w, d)).collect()).collect()
}

fn as_of(text: &str) -> IngestSettings {
    IngestSettings { as_of: day(text), ..IngestSettings::default() }
}

/// Two terms over three weeks, exported at the end of each week.
fn three_exports() -> [String; 3] {
    [
        format!("{EXPORT}a,2024-01-01,10,5,1,20,2024-01-07\nb,2024-01-01,20,9,2,40,2024-01-07\n"),
        format!(
            "{EXPORT}a,2024-01-01,10,5,3,60,2024-01-14\nb,2024-01-01,20,9,2,40,2024-01-14\n\
             a,2024-01-08,12,6,1,20,2024-01-14\n"
        ),
        format!(
            "{EXPORT}a,2024-01-01,10,5,4,80,2024-01-21\nb,2024-01-01,20,9,3,60,2024-01-21\n\
             a,2024-01-08,12,6,2,40,2024-01-21\nb,2024-01-15,25,9,1,20,2024-01-21\n"
        ),
    ]
}

#[test]
fn the_newest_report_of_a_week_counts_and_the_older_ones_show_its_growth() {
    let exports = three_exports();
    let texts: Vec<&str> = exports.iter().map(String::as_str).collect();
    let ingested = read_with(&texts, &IngestSettings::default()).unwrap();
    let newest = read_with(&[texts[2]], &IngestSettings::default()).unwrap();
    assert_eq!(ingested.counts.cells, newest.counts.cells);
    assert_eq!(ingested.totals, newest.totals);
    assert_eq!(ingested.totals.conversions, 10.0);
    assert_eq!((ingested.rows, note(&ingested, "rows-superseded"), note(&ingested, "rows-merged")), (9, 5, 0));
    let reports = &ingested.counts.reports;
    assert_eq!((reports.source, reports.known_on), (Some(ReportSource::Exports), day("2024-01-21")));
    assert_eq!(reports.ages, [2, 1, 0]);
    let expected = [[Some(3.0), Some(5.0), Some(7.0)], [Some(1.0), Some(2.0), None], [Some(1.0), None, None]];
    assert_eq!(triangle(&ingested), expected);
}

#[test]
fn neither_the_order_of_files_nor_their_division_matters() {
    let exports = three_exports();
    let texts: Vec<&str> = exports.iter().map(String::as_str).collect();
    let first = read_with(&texts, &IngestSettings::default()).unwrap();
    let backwards = read_with(&[texts[2], texts[0], texts[1]], &IngestSettings::default()).unwrap();
    assert_eq!(first.counts, backwards.counts);
    let mut lines: Vec<&str> = texts.iter().flat_map(|text| text.lines().skip(1)).collect();
    lines.reverse();
    let one = read_text(&format!("{EXPORT}{}\n", lines.join("\n"))).unwrap();
    assert_eq!(first.counts, one.counts);
}

#[test]
fn looking_back_sees_only_what_was_reported_by_then() {
    let exports = three_exports();
    let texts: Vec<&str> = exports.iter().map(String::as_str).collect();
    let ingested = read_with(&texts, &as_of("2024-01-14")).unwrap();
    let then = read_with(&texts[..2], &IngestSettings::default()).unwrap();
    assert_eq!(ingested.counts, then.counts);
    // with one export only, what it first said stands for what was known
    let ingested = read_with(&texts[2..], &as_of("2024-01-14")).unwrap();
    assert_eq!((ingested.totals.conversions, note(&ingested, "reported-after-as-of")), (9.0, 3));
    assert_eq!(ingested.counts.reports.known_on, None);
}

#[test]
fn files_that_overlap_without_a_reporting_date_are_refused_unless_said_to_be_exports() {
    let plain = |text: &str| -> String {
        text.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n").collect()
    };
    let exports = three_exports().map(|text| plain(&text));
    let texts: Vec<&str> = exports.iter().map(String::as_str).collect();
    let repeated = read_with(&texts, &IngestSettings::default()).unwrap_err();
    assert!(matches!(repeated, IngestError::SameDays { .. }) && repeated.hint().unwrap().contains("--exports"));
    let settings = IngestSettings { exports: true, ..IngestSettings::default() };
    let said = read_with(&texts, &settings).unwrap();
    let dated = three_exports();
    let dated: Vec<&str> = dated.iter().map(String::as_str).collect();
    assert_eq!(said.counts, read_with(&dated, &IngestSettings::default()).unwrap().counts);
    let settings = IngestSettings { exports: true, ..as_of("2024-01-14") };
    assert_eq!(read_with(&texts, &settings).unwrap().counts, read_with(&dated, &as_of("2024-01-14")).unwrap().counts);
}

#[test]
fn a_terms_status_is_that_of_the_newest_report() {
    let head = "term,week,clicks,conversions,status,bid,reported_on\n";
    let before = format!("{head}a,2024-01-01,1,0,enabled,2.5,2024-01-07\n");
    let after = format!("{head}a,2024-01-01,1,0,paused,1.5,2024-01-14\n");
    let ingested = read_with(&[&before, &after], &IngestSettings::default()).unwrap();
    let term = &ingested.counts.terms[0];
    assert_eq!((term.status, term.levers.max_cpc), (crate::domain::Status::Paused, Some(1.5)));
    assert_eq!(note(&ingested, "status-conflict"), 0);
    let ingested = read_with(&[&after, &before], &as_of("2024-01-10")).unwrap();
    assert_eq!(ingested.counts.terms[0].levers.max_cpc, Some(2.5));
}

#[test]
fn days_of_a_report_may_be_added_up() {
    let head = "term,date,clicks,conversions,reported_on\n";
    let text = format!(
        "{head}a,2024-01-01,1,1,2024-01-07\na,2024-01-02,2,0,2024-01-07\na,2024-01-02,2,1,2024-01-07\n\
         a,2024-01-02,5,3,2024-01-14\na,2024-01-01,1,1,2024-01-14\na,2024-01-14,1,0,2024-01-14\n"
    );
    let ingested = read_text(&text).unwrap();
    assert_eq!(ingested.counts.cells.conversions, [4.0, 0.0]);
    assert_eq!(triangle(&ingested), [[Some(2.0), Some(4.0)], [Some(0.0), None]]);
}

#[test]
fn a_week_that_was_not_over_when_reported_is_not_complete() {
    let text = format!("{EXPORT}a,2024-01-01,1,1,1,1,2024-01-10\na,2024-01-08,1,1,0,0,2024-01-10\n");
    let ingested = read_text(&text).unwrap();
    let complete: Vec<bool> = ingested.counts.calendar.periods.iter().map(|period| period.complete).collect();
    assert_eq!(complete, [true, false]);
    assert_eq!((ingested.counts.calendar.as_of, note(&ingested, "partial-last-week")), (day("2024-01-10"), 1));
    assert_eq!(ingested.counts.reports.ages, [0, 0]);
}

#[test]
fn conversions_with_their_dates_are_summed_and_their_lags_kept() {
    let text = "term,week,clicks,conversions,revenue,conversion_date\n\
                a,2024-01-01,50,2,40,2024-01-03\na,2024-01-01,0,1,20,2024-01-09\na,2024-01-01,0,1,20,2024-01-21\n\
                b,2024-01-01,20,0,0,\na,2024-01-08,40,3,60,2024-01-14\na,2024-01-15,30,1,20,2024-01-16\n\
                b,2024-01-15,30,2,20,\n";
    let ingested = read_text(text).unwrap();
    assert_eq!((ingested.totals.clicks, ingested.totals.conversions), (170.0, 10.0));
    let reports = &ingested.counts.reports;
    assert_eq!((reports.source, reports.known_on), (Some(ReportSource::ConversionDates), day("2024-01-21")));
    let expected = [[Some(2.0), Some(3.0), Some(4.0)], [Some(3.0), Some(3.0), None], [Some(1.0), None, None]];
    assert_eq!(triangle(&ingested), expected);
    assert_eq!((note(&ingested, "conversion-undated"), note(&ingested, "clicks-repeated")), (1, 0));
    // a week earlier two conversions of the first week and none of the last were known
    let earlier = read_with(&[text], &as_of("2024-01-14")).unwrap();
    assert_eq!((earlier.totals.clicks, earlier.totals.conversions), (110.0, 6.0));
    assert_eq!(earlier.totals.revenue, Some(120.0));
    assert_eq!(note(&earlier, "converted-after-as-of"), 1);
    assert_eq!(triangle(&earlier), [[Some(2.0), Some(3.0)], [Some(3.0), None]]);
}

#[test]
fn weeks_of_conversion_end_with_their_last_day() {
    let text = "term,week,clicks,conversions,conversion_week\n\
                a,2024-01-01,50,2,2024-01-01\na,2024-01-01,0,1,2024-01-08\na,2024-01-08,40,3,2024-01-08\n";
    let ingested = read_text(text).unwrap();
    assert_eq!(ingested.counts.reports.known_on, day("2024-01-14"));
    assert_eq!(triangle(&ingested), [[Some(2.0), Some(3.0)], [Some(3.0), None]]);
}

#[test]
fn clicks_that_a_join_repeated_are_told() {
    let text = "term,week,clicks,conversions,conversion_date\n\
                a,2024-01-01,50,2,2024-01-03\na,2024-01-01,50,1,2024-01-09\nb,2024-01-01,1,1,2024-01-03\nb,2024-01-01,1,1,2024-01-09\n";
    assert_eq!(note(&read_text(text).unwrap(), "clicks-repeated"), 1);
}

#[test]
fn reports_go_before_conversion_dates() {
    let text = "term,week,clicks,conversions,conversion_date,reported_on\na,2024-01-01,5,1,2024-01-03,2024-01-07\n";
    let ingested = read_text(text).unwrap();
    assert_eq!(ingested.counts.reports.source, Some(ReportSource::Exports));
    assert_eq!(note(&ingested, "unused-column"), 1);
}

#[test]
fn impossible_reporting_days_are_refused() {
    let text = format!("{EXPORT}a,2024-01-08,1,1,0,0,2024-01-07\na,2024-01-08,1,1,0,0,\na,2024-01-08,1,1,0,0,soon\n");
    let rules: Vec<_> = refused(&text).into_iter().map(|(line, column, _, rule)| (line, column, rule)).collect();
    let column = || "reported_on".to_owned();
    let expected = [
        (2, column(), "is before the day that the row is of"),
        (3, column(), "must not be blank"),
        (4, column(), "is not a date"),
    ];
    assert_eq!(rules, expected);
    let text = "term,week,clicks,conversions,conversion_date\na,2024-01-08,1,1,2024-01-07\n";
    assert_eq!(refused(text)[0].3, "is before the day of the click");
}

#[test]
fn undated_exports_keep_the_newest() {
    let text = "term,clicks,conversions,reported_on\na,5,1,2024-01-07\na,6,2,2024-01-14\n";
    let ingested = read_text(text).unwrap();
    assert_eq!(ingested.totals.conversions, 2.0);
    assert_eq!(ingested.counts.reports.source, None);
    // without a day of the click there is no lag
    let text = "term,clicks,conversions,conversion_date\na,5,1,2024-01-07\na,6,2,2024-01-14\n";
    assert_eq!(read_text(text).unwrap().totals.conversions, 3.0);
}

#[test]
fn two_exports_of_one_day_are_not_added_up() {
    let settings = IngestSettings { exports: true, ..IngestSettings::default() };
    let head = "term,date,clicks,conversions\n";
    let first = format!("{head}a,2024-01-01,10,1\nb,2024-01-02,20,2\n");
    let revised = format!("{head}a,2024-01-01,11,1\nb,2024-01-02,20,3\n");
    let error = read_with(&[&first, &revised], &settings).unwrap_err();
    assert!(matches!(&error, IngestError::SameExport { day, .. } if day == "2024-01-02"), "{error:?}");
    assert!(error.to_string().contains("2 terms and dates") && error.hint().unwrap().contains("reported_on"));
    assert_eq!(error.refused().len(), 1);
    // parts of an account
    let other = format!("{head}c,2024-01-01,10,1\nd,2024-01-02,20,2\n");
    assert_eq!(read_with(&[&first, &other], &settings).unwrap().totals.clicks, 60.0);
}

#[test]
fn a_total_row_in_every_export_counts_for_nothing() {
    let head = "term,week,clicks,conversions,reported_on\n";
    let export = |day: &str, conversions: [u32; 3]| {
        let total: u32 = conversions.iter().sum();
        let row =
            |term: &str, clicks: u32, conversions: u32| format!("{term},2024-01-01,{clicks},{conversions},{day}\n");
        let [a, b, c] = conversions;
        format!("{head}{}{}{}{}", row("a", 10, a), row("b", 20, b), row("c", 30, c), row("Total", 60, total))
    };
    let (before, after) = (export("2024-01-07", [1, 1, 2]), export("2024-01-14", [2, 2, 3]));
    let ingested = read_with(&[&before, &after], &IngestSettings::default()).unwrap();
    assert_eq!((terms(&ingested), ingested.totals.conversions), (vec!["a", "b", "c"], 7.0));
    assert_eq!(triangle(&ingested), [[Some(4.0), Some(7.0)]]);
}
