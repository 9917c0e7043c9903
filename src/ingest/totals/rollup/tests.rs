//! Layouts with totals over names, each made from rows whose sums are known.

use crate::ingest::{IngestError, IngestSettings, Ingested, read};
use std::fmt::Write;

fn read_text(text: &str) -> Result<Ingested, IngestError> {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("t.csv");
    std::fs::write(&file, text).unwrap();
    read(&[file], &IngestSettings::default())
}

fn note(ingested: &Ingested, code: &str) -> u64 {
    ingested.notes.0.iter().filter(|note| note.code == code).map(|note| note.count).sum()
}

/// Numbers that look like chance (Park and Miller, 1988).
fn chance(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state * 48_271 % 2_147_483_647;
        state % below
    }
}

/// A row of the report: names in the order of the columns, then clicks, cents and conversions.
type Row = (Vec<String>, [u64; 3]);

/// Rows of terms over names, some of which each term has; `small`: in small numbers.
fn leaves(columns: usize, terms: u64, small: bool, seed: u64) -> Vec<Row> {
    let mut next = chance(seed);
    let mut rows = Vec::new();
    for term in 0..terms {
        for combination in 0..3_u64.pow(u32::try_from(columns - 1).unwrap()) {
            if next(3) == 0 {
                continue;
            }
            let mut names = vec![format!("term {term}")];
            let mut rest = combination;
            for column in 1..columns {
                names.push(format!("{}{}", ["", "match", "camp", "group", "chan"][column], rest % 3));
                rest /= 3;
            }
            let clicks = if small { next(4) } else { 5 + next(300) };
            rows.push((names, [clicks, clicks * (20 + next(200)), if small { next(2) } else { next(9) }]));
        }
    }
    rows
}

/// The totals of the rows that share all names but those of a level, one bit a column, which have these labels.
fn totals(rows: &[Row], level: u32, labels: &[&str]) -> Vec<Row> {
    let mut sums: std::collections::BTreeMap<Vec<String>, [u64; 3]> = std::collections::BTreeMap::new();
    for (names, numbers) in rows {
        let whole =
            |(at, name): (usize, &String)| if level & (1 << at) == 0 { name.clone() } else { labels[at].to_owned() };
        let key: Vec<String> = names.iter().enumerate().map(whole).collect();
        let own = sums.entry(key).or_default();
        own.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
    }
    sums.into_iter().collect()
}

const HEADER: [&str; 5] = ["Keyword", "Match type", "Campaign", "Ad group", "Channel"];

fn csv(columns: &[&str], rows: &[Row]) -> String {
    let mut text = format!("{},Clicks,Cost,Conversions\n", columns.join(","));
    for (names, [clicks, cents, conversions]) in rows {
        writeln!(text, "{},{clicks},{}.{:02},{conversions}", names.join(","), cents / 100, cents % 100).unwrap();
    }
    text
}

/// Clicks and cents of the rows.
fn truth(rows: &[Row]) -> (f64, f64) {
    let sum = |at: usize| rows.iter().map(|(_, numbers)| numbers[at]).sum::<u64>() as f64;
    (sum(0), sum(1) / 100.0)
}

fn check(what: &str, text: &str, truth: (f64, f64)) {
    let ingested = read_text(text).unwrap_or_else(|error| panic!("{what}: {error}\n{}", &text[..text.len().min(600)]));
    let (clicks, cost) = (ingested.totals.clicks, ingested.totals.cost.unwrap());
    assert!(clicks == truth.0 && (cost - truth.1).abs() < 0.005, "{what}: {clicks} {cost} and not {truth:?}");
}

#[test]
fn totals_of_terms_are_not_counted_whatever_column_and_word_they_stand_in() {
    let layouts: [(&str, usize, &[u32], [&str; 5]); 22] = [
        ("match type, Total", 2, &[0b10], ["", "Total", "", "", ""]),
        ("match type, blank", 2, &[0b10], ["", "", "", "", ""]),
        ("match type, dash", 2, &[0b10], ["", " --", "", "", ""]),
        ("match type, Alle", 2, &[0b10], ["", "Alle", "", "", ""]),
        ("match type, star", 2, &[0b10], ["", "*", "", "", ""]),
        ("match type, null", 2, &[0b10], ["", "\\N", "", "", ""]),
        ("campaign, Gesamt", 3, &[0b100], ["", "", "Gesamt", "", ""]),
        ("campaign, blank", 3, &[0b100], ["", "", "", "", ""]),
        ("campaign, (all)", 3, &[0b100], ["", "", "(all)", "", ""]),
        ("campaign, All campaigns", 3, &[0b100], ["", "", "All campaigns", "", ""]),
        ("ad group, (null)", 4, &[0b1000], ["", "", "", "(null)", ""]),
        ("ad group, __ALL__", 4, &[0b1000], ["", "", "", "__ALL__", ""]),
        ("ad group, None", 4, &[0b1000], ["", "", "", "None", ""]),
        ("channel, Total", 5, &[0b1_0000], ["", "", "", "", "Total"]),
        ("trailing levels, blank", 4, &[0b1000, 0b1100, 0b1110], ["", "", "", "", ""]),
        ("trailing levels, words", 4, &[0b1000, 0b1100, 0b1110], ["", "Total", "Gesamt", "[All]", ""]),
        ("leading levels, blank", 4, &[0b10, 0b110, 0b1110], ["", "", "", "", ""]),
        ("every level but the term's", 4, &[0b10, 0b100, 0b1000, 0b110, 0b1010, 0b1100, 0b1110], ["", "", "", "", ""]),
        (
            "the same, one language a column",
            4,
            &[0b10, 0b100, 0b1000, 0b110, 0b1010, 0b1100, 0b1110],
            ["", "Total", "Alle", "Tous", ""],
        ),
        ("only the highest", 4, &[0b1110], ["", "", "", "", ""]),
        ("rollup of campaign, group and term", 4, &[0b1, 0b1001, 0b1101, 0b1111], ["", "", "", "", ""]),
        ("cube", 3, &[0b1, 0b10, 0b100, 0b11, 0b101, 0b110, 0b111], ["", "", "", "", ""]),
    ];
    for (what, columns, levels, labels) in layouts {
        for (seed, order) in [(3, 0), (17, 1), (29, 2)] {
            let rows = leaves(columns, 12, false, seed);
            let mut all = rows.clone();
            for &level in levels {
                let own = totals(&rows, level, &labels[..columns]);
                let at = if order == 0 { all.len() } else { 0 };
                all.splice(at..at, own);
            }
            if order == 2 {
                all.sort();
            }
            check(&format!("{what} {order}"), &csv(&HEADER[..columns], &all), truth(&rows));
        }
    }
}

#[test]
fn totals_of_small_numbers_are_told_by_their_number() {
    for labels in [["", "", ""], ["", "Total", "All"]] {
        let rows = leaves(3, 200, true, 5);
        for level in [0b10, 0b100, 0b110] {
            let mut all = rows.clone();
            all.extend(totals(&rows, level, &labels));
            check(&format!("{labels:?} {level}"), &csv(&HEADER[..3], &all), truth(&rows));
        }
    }
}

#[test]
fn a_name_that_is_honestly_blank_stays() {
    for seed in 1..12 {
        // small numbers, some of which are sums of others by chance
        let mut rows = leaves(3, 150, true, seed);
        let mut next = chance(seed + 100);
        for (names, _) in &mut rows {
            if next(4) == 0 {
                names[2] = String::new();
            }
        }
        check(&format!("campaign {seed}"), &csv(&HEADER[..3], &rows), truth(&rows));
        let mut rows = leaves(2, 150, true, seed);
        rows.retain(|_| next(8) > 0);
        for (names, _) in &mut rows {
            if names[1] == "match2" {
                names[1] = ["", "", "Total gym"][usize::try_from(next(3)).unwrap()].to_owned();
            }
        }
        check(&format!("match type {seed}"), &csv(&HEADER[..2], &rows), truth(&rows));
    }
    // a blank ad group as its campaign has none, under totals of ad groups that are blank, too
    let mut rows = leaves(4, 20, false, 9);
    for (names, _) in &mut rows {
        if names[2] == "camp1" {
            names[3] = String::new();
        }
    }
    let others: Vec<Row> = rows.iter().filter(|(names, _)| names[2] != "camp1").cloned().collect();
    let mut all = rows.clone();
    all.extend(totals(&others, 0b1000, &["", "", "", ""]));
    check("a campaign without ad groups", &csv(&HEADER[..4], &all), truth(&rows));
    all.extend(totals(&rows, 0b1100, &["", "", "", ""]));
    check("the same under another level", &csv(&HEADER[..4], &all), truth(&rows));
}

#[test]
fn a_blank_name_counts_to_the_total_beside_it() {
    // a warehouse writes both as null
    let mut rows = leaves(3, 30, false, 4);
    for (names, _) in &mut rows {
        if names[2] == "camp1" && names[1] == "match1" {
            names[2] = String::new();
        }
    }
    let mut all = rows.clone();
    all.extend(totals(&rows, 0b100, &["", "", ""]));
    check("null", &csv(&HEADER[..3], &all), truth(&rows));
    let mut all = rows.clone();
    all.extend(totals(&rows, 0b100, &["", "", "Total"]));
    check("label", &csv(&HEADER[..3], &all), truth(&rows));
}

#[test]
fn totals_over_days_and_beside_what_is_not_known_are_told() {
    let rows = leaves(2, 10, false, 6);
    let mut text = String::from("Keyword,Week,Country,Clicks,Cost,Conversions\n");
    let mut sums: std::collections::BTreeMap<&str, [u64; 3]> = std::collections::BTreeMap::new();
    for (at, (names, [clicks, cents, conversions])) in rows.iter().enumerate() {
        let week = ["2026-01-05", "2026-01-12", "2026-01-19"][at % 3];
        writeln!(text, "{},{week},DE,{clicks},{}.{:02},{conversions}", names[0], cents / 100, cents % 100).unwrap();
        let own = sums.entry(&names[0]).or_default();
        own.iter_mut().zip([clicks, cents, conversions]).for_each(|(sum, number)| *sum += number);
    }
    let leaves_only = text.clone();
    for (term, [clicks, cents, conversions]) in sums {
        writeln!(text, "{term},Total,DE,{clicks},{}.{:02},{conversions}", cents / 100, cents % 100).unwrap();
    }
    check("days", &leaves_only, truth(&rows));
    check("days", &text, truth(&rows));
    check("days, blank", &text.replace(",Total,", ",,"), truth(&rows));
    // totals of each country, which is none of the names
    let text = "Keyword,Match type,Country,Clicks,Cost,Conversions\nbed,exact,DE,40,31.50,3\nbed,broad,DE,30,21.70,1\nbed,Total,DE,70,53.20,4\n\
                bed,exact,FR,25,11.50,2\nbed,broad,FR,15,9.15,0\nbed,Total,FR,40,20.65,2\n";
    check("countries", text, (110.0, 73.85));
}

#[test]
fn what_is_told_is_told_by_name() {
    let head = "Keyword,Match type,Clicks,Cost,Conversions\nbed,exact,100,50.00,3\nbed,broad,10,7.00,4\n";
    let others = "sofa,exact,40,31.50,3\nsofa,broad,30,21.70,1\n";
    let ingested = read_text(&format!("{head}bed,Total,110,57.00,7\n{others}sofa,Total,70,53.20,4\n")).unwrap();
    let found = ingested.notes.0.iter().find(|note| note.code == "totals-of-terms").unwrap();
    assert!(found.count == 2 && found.message.contains("180 clicks and cost 110.20"), "{found:?}");
    // one alone, by numbers that are rare
    assert_eq!(read_text(&format!("{head}bed,,110,57.00,7\n{others}")).map(|read| read.totals.clicks).unwrap(), 180.0);
    // one that differs
    let ingested = read_text(&format!("{head}bed,Total,111,57.00,7\n{others}sofa,Total,70,53.20,4\n")).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-of-terms")), (180.0, 2));
    // no sum: a match type is not called so, and a campaign may be
    let error = read_text(&format!("{head}bed,Total,300,57.00,7\n{others}")).unwrap_err();
    assert!(error.to_string().contains("is called a total") && error.refused()[0].line == 4, "{error}");
    let campaign = format!("{head}bed,Total,300,57.00,7\n{others}").replace("Match type", "Campaign");
    let ingested = read_text(&campaign).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-counted")), (480.0, 1));
    // small numbers: never in silence
    let small = "Keyword,Match type,Clicks,Conversions\nbed,exact,1,0\nbed,broad,1,0\nbed,,2,0\nsofa,exact,4,1\n";
    let ingested = read_text(small).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-counted")), (8.0, 1));
    let error = read_text(
        &small
            .replace("bed,broad,1,", "bed,broad,4,")
            .replace("bed,,2,", "bed,,5,")
            .replace("1,0\n", "1,3\n")
            .replace("5,0", "5,3"),
    );
    assert!(error.is_err() || note(&error.unwrap(), "totals-counted") == 1);
}

#[test]
fn totals_over_devices_of_very_many_terms_are_not_counted() {
    let mut text = String::from("Keyword,Device,Clicks,Cost,Conversions\n");
    for term in 0..21_000 {
        write!(text, "t{term},Mobile,3,1.50,0\nt{term},Desktop,4,2.10,1\nt{term},Total,7,3.60,1\n").unwrap();
    }
    let ingested = read_text(&text).unwrap();
    assert_eq!(ingested.totals.clicks, 147_000.0);
}
