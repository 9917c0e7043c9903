//! Files that hold the same counts, and files that only look so.

use super::*;
use std::fmt::Write;

fn refused(texts: &[&str]) -> String {
    match read_with(texts, &IngestSettings::default()) {
        Err(IngestError::SameDays { what, .. }) => what,
        other => panic!("not refused: {:?}", other.map(|read| read.totals)),
    }
}

/// Numbers that look like chance (Park and Miller, 1988).
fn chance(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state * 48_271 % 2_147_483_647;
        state % below
    }
}

#[test]
fn small_counts_that_are_all_the_same_are_one_count() {
    let mut next = chance(7);
    let rows: Vec<String> = (0..60).map(|term| format!("term {term},{},{}\n", next(9), next(2))).collect();
    let text = |rows: &[String]| format!("term,clicks,conversions\n{}", rows.concat());
    let reversed: Vec<String> = rows.iter().rev().cloned().collect();
    assert!(refused(&[&text(&rows), &text(&reversed)]).contains("the same numbers of"));
    assert!(refused(&[&text(&rows), &text(&rows).replace('\n', "\r\n")]).contains("the same numbers of"));
    // parts of an account by device: rare terms with one click in nearly every row
    let mut part = || {
        let rows: String = (0..400)
            .map(|term| format!("term {term},{},{}\n", if next(10) < 8 { 1 } else { 2 + next(3) }, next(20) / 19))
            .collect();
        format!("term,clicks,conversions\n{rows}")
    };
    let parts = [part(), part()];
    read_with(&[&parts[0], &parts[1]], &IngestSettings::default()).unwrap();
}

#[test]
fn days_and_weeks_of_one_account_are_counted_once() {
    let mut next = chance(11);
    let (mut daily, mut weekly) =
        (String::from("term,date,clicks,conversions\n"), String::from("term,date,clicks,conversions\n"));
    for week in 0..4_i64 {
        for term in 0..5 {
            let mut sum = 0;
            let monday = "2026-01-05".parse::<Date>().unwrap() + chrono::TimeDelta::days(7 * week);
            for at in 0..7 {
                let clicks = next(20);
                sum += clicks;
                writeln!(daily, "t{term},{},{clicks},0", monday + chrono::TimeDelta::days(at)).unwrap();
            }
            writeln!(weekly, "t{term},{monday},{sum},0").unwrap();
        }
    }
    let what = refused(&[&daily, &weekly]);
    assert!(what.contains("the same sums of 4 campaigns and periods"), "{what}");
    // the second half of the weeks alone
    let cut = weekly.find("t0,2026-01-19").unwrap();
    let rest = format!("term,date,clicks,conversions\n{}", &weekly[cut..]);
    let first = format!("{}\n", &daily[..daily.find("\nt0,2026-01-19").unwrap()]);
    assert!(read_with(&[&first, &rest], &IngestSettings::default()).is_ok());
}

#[test]
fn keywords_and_the_searches_they_brought_are_one_count() {
    let mut next = chance(13);
    let mut keywords = String::from("Week,Keyword,Campaign,Clicks,Cost,Conversions\n");
    let mut searches = String::from("Week,Search term,Campaign,Clicks,Cost,Conversions\n");
    for week in ["2026-01-05", "2026-01-12"] {
        for campaign in ["A", "B"] {
            let (a, b) = (20 + next(50), 20 + next(50));
            writeln!(keywords, "{week},beds,{campaign},{},{}.50,2", a + b, 2 * a + b).unwrap();
            writeln!(searches, "{week},oak bed,{campaign},{a},{}.25,1", 2 * a).unwrap();
            writeln!(searches, "{week},pine bed,{campaign},{b},{b}.25,1").unwrap();
        }
    }
    assert!(refused(&[&keywords, &searches]).contains("the same sums of 4 campaigns and periods"));
    let other = searches.replace(",A,", ",C,").replace(",B,", ",D,");
    assert!(read_with(&[&keywords, &other], &IngestSettings::default()).is_ok());
}

#[test]
fn a_few_counts_that_were_all_revised_a_little_are_one_count() {
    let rows = |more: u64, first: u64| -> String {
        (first..first + 20)
            .map(|term| format!("t{term},{},{}.50,1\n", 40 + 3 * term + more, 50 + term + more))
            .collect()
    };
    let text = |rows: String| format!("term,clicks,cost,conversions\n{rows}");
    // ten are in both
    refused(&[&text(rows(0, 0)), &text(rows(1, 10))]);
    assert!(read_with(&[&text(rows(0, 0)), &text(rows(1, 15))], &IngestSettings::default()).is_ok());
}

#[test]
fn exports_that_follow_each_other_share_no_day() {
    let a = "day,keyword,clicks,cost,conversions\n2026-08-03,bed,10,5,1\n2026-08-04,bed,4,2,0\n";
    let b = "day,keyword,clicks,cost,conversions\n2026-08-04,bed,11,6,1\n2026-08-05,bed,9,4,1\n";
    let what = refused(&[a, b]);
    assert_eq!(what, "1 term and dates, first on 2026-08-04, with other numbers");
    // of other terms, or of the same days from end to end, they divide a count
    read_with(&[a, &b.replace("bed", "sofa")], &IngestSettings::default()).unwrap();
    let ingested = read_with(&[a, &b.replace("08-05", "08-03")], &IngestSettings::default()).unwrap();
    let found = ingested.notes.0.iter().find(|note| note.code == "same-terms").unwrap();
    assert!(found.count == 2 && found.message.contains("`bed` with 10 and 9 clicks"), "{found:?}");
    let other = b.replace("bed", "sofa").replace("08-05", "08-03");
    let other = read_with(&[a, &other], &IngestSettings::default()).unwrap();
    assert!(other.notes.0.iter().all(|note| note.code != "same-terms"));
}

#[test]
fn a_report_of_searches_counts_the_clicks_of_its_keywords() {
    let keywords = "\"3 August 2026 - 9 August 2026\"\nKeyword,Campaign,Clicks,Cost,Conversions\nbed,A,100,50,5\n";
    let searches = "\"3 August 2026 - 9 August 2026\"\nSearch term,Campaign,Keyword,Clicks,Cost,Conversions\ncheap bed,A,bed,60,30,3\n";
    assert_eq!(refused(&[keywords, searches]), "1 term and dates, first on 2026-08-03, with other numbers");
    // of another week, or of campaigns without keywords
    read_with(&[keywords, &searches.replace('3', "10").replace("- 9", "- 16")], &IngestSettings::default()).unwrap();
    read_with(&[keywords, &searches.replace(",A,", ",B,")], &IngestSettings::default()).unwrap();
}

#[test]
fn reports_of_months_share_the_week_that_turns() {
    let report = |days: &str, weeks: [(&str, u32); 3]| {
        let rows: String = weeks.map(|(week, clicks)| format!("{week},bed,A,{clicks},20.00,1\n")).concat();
        format!("Search keyword report\n\"{days}\"\nWeek,Keyword,Campaign,Clicks,Cost,Conversions\n{rows}")
    };
    let august =
        report("August 1, 2026 - August 31, 2026", [("2026-08-17", 40), ("2026-08-24", 44), ("2026-08-31", 6)]);
    let september =
        report("September 1, 2026 - September 30, 2026", [("2026-08-31", 35), ("2026-09-07", 41), ("2026-09-14", 39)]);
    let ingested = read_with(&[&august, &september], &IngestSettings::default()).unwrap();
    assert_eq!(ingested.totals.clicks, 205.0);
    // also where no title says so
    let bare = |text: &str| text.splitn(3, '\n').last().unwrap().to_owned();
    read_with(&[&bare(&august), &bare(&september)], &IngestSettings::default()).unwrap();
}

#[test]
fn searches_of_a_campaign_count_the_clicks_of_its_keywords() {
    let keywords =
        "Day,Keyword,Campaign,Clicks,Cost,Conversions\n2026-08-03,bed frame,A,100,80,5\n2026-08-04,sofa,A,50,42,2\n";
    let searches = "Day,Search term,Campaign,Clicks,Cost,Conversions\n2026-08-03,buy wooden bed,A,60,48,3\n2026-08-04,cheap sofas,A,30,25,1\n";
    assert_eq!(
        refused(&[keywords, searches]),
        "keywords and searches of the same campaigns and dates, first on 2026-08-03"
    );
    read_with(&[keywords, &searches.replace(",A,", ",DSA,")], &IngestSettings::default()).unwrap();
}
