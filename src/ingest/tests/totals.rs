//! Totals of parts, rows without a term, and what the platform hides.

use super::*;
use std::fmt::Write;

const HEADER: &str = "Keyword,Campaign,Clicks,Cost,Conversions\n";
const ROWS: [&str; 2] = ["bed,A,10,5.10,1\nsofa,A,20,7.20,2\n", "desk,B,30,9.30,3\nlamp,B,40,11.40,1\n"];
/// The sums of the rows of campaign A, of B, and of all.
const SUMS: [&str; 3] = ["30,12.30,3", "70,20.70,4", "100,33.00,7"];

/// The text of a report whose rows and totals follow each other by campaign, and its grand total.
fn divided(of_part: impl Fn(&str) -> String, grand: &str) -> String {
    let [a, b] = ROWS;
    let part = |name: &str, sums: &str| format!("{},{sums}\n", of_part(name));
    let grand = if grand.is_empty() { String::new() } else { format!("{grand},{}\n", SUMS[2]) };
    format!("{HEADER}{a}{}{b}{}{grand}", part("A", SUMS[0]), part("B", SUMS[1]))
}

fn rules(text: &str) -> Vec<(u64, &'static str)> {
    refused(text).into_iter().map(|(line, _, _, rule)| (line, rule)).collect()
}

#[test]
fn totals_of_campaigns_are_not_counted_whatever_they_are_called() {
    for label in [
        "Total,NAME",
        "Total: NAME,NAME",
        ",NAME",
        " --,NAME",
        "(no term),NAME",
        "Gesamt,NAME",
        ",NAME Total",
        ",Total: NAME",
    ] {
        for grand in ["", "Total,", "Total,A", "Grand total,", ","] {
            let text = divided(|name| label.replace("NAME", name), grand);
            let ingested = read_text(&text).unwrap_or_else(|error| panic!("{label} {grand}: {error}"));
            assert_eq!(terms(&ingested), ["bed", "desk", "lamp", "sofa"], "{label} {grand}");
            assert_eq!(ingested.totals.cost, Some(33.0), "{label} {grand}");
            assert_eq!(note(&ingested, "totals-agree"), 2 + u64::from(!grand.is_empty()), "{label} {grand}");
        }
    }
}

#[test]
fn totals_count_rows_without_a_term_and_these_are_rows() {
    let text = format!("{HEADER}{}{},A,5,1.00,0\nTotal,A,35,13.30,3\nTotal,B,70,20.70,4\n", ROWS[0], ROWS[1]);
    let ingested = read_text(&text).unwrap();
    assert_eq!(terms(&ingested), ["(no term)", "bed", "desk", "lamp", "sofa"]);
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-agree")), (105.0, 2));
    // the same where the total has no label either
    let ingested = read_text(&text.replace("Total,", ",")).unwrap();
    assert_eq!(ingested.totals.clicks, 105.0);
}

#[test]
fn terms_that_begin_with_total_are_terms() {
    let text = format!("{HEADER}{}total gym,A,20,7.00,1\nTotal,B,3,1.00,0\n{}A Total,A,2,1.00,0\n", ROWS[0], ROWS[1]);
    let ingested = read_text(&text).unwrap();
    assert_eq!(ingested.totals.clicks, 125.0);
    assert!(terms(&ingested).contains(&"Total") && ingested.file_totals.is_empty());
}

#[test]
fn what_nobody_can_tell_is_refused_with_what_to_do() {
    // more than its part's rows, under the name of a total
    let found = rules(&format!("{HEADER}{}Total,A,90,12.30,3\n", ROWS[0]));
    assert!(found.len() == 1 && found[0].0 == 4 && found[0].1.contains("delete the row if it is a total"), "{found:?}");
    // the only row of its campaign, again
    let found = rules(&format!("{HEADER}bed,A,10,5.10,1\n,A,10,5.10,1\n"));
    assert!(found[0].0 == 3 && found[0].1.contains("write a name such as `(none)`"), "{found:?}");
    let named = read_text(&format!("{HEADER}bed,A,10,5.10,1\n(none),A,10,5.10,1\n")).unwrap();
    assert_eq!(named.totals.clicks, 20.0);
    // one of several totals without a term is not its part's sum
    let text = divided(|name| format!(",{name}"), "").replace(",B,70,", ",B,71,");
    assert_eq!(rules(&text).len(), 1);
}

#[test]
fn totals_of_weeks_and_networks_are_held_against_their_rows() {
    let header = "Week,Keyword,Campaign,Network,Clicks,Cost,Conversions\n";
    let rows = "2026-01-05,bed,A,Search,10,5.10,1\n2026-01-05,sofa,A,Display,20,7.20,2\n\
                2026-01-12,bed,A,Search,30,9.30,3\n2026-01-12,sofa,A,Display,40,11.40,1\n";
    let totals = "2026-01-05,Total,,,30,12.30,3\n2026-01-12,Total,,,70,20.70,4\n,Total: Search,,,40,14.40,4\n\
                  ,Total,,Display,60,18.60,3\n,Total,,,100,33.00,7\n2026-01-12,Total,A,Search,30,9.30,3\n";
    let ingested = read_text(&format!("{header}{rows}{totals}")).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-agree"), ingested.file_totals.len()), (100.0, 6, 6));
    let segments: Vec<Option<&str>> = ingested.file_totals.iter().map(|total| total.segment.as_deref()).collect();
    assert_eq!(segments[..3], [Some("Week: 2026-01-05"), Some("Week: 2026-01-12"), Some("Network: Search")]);
    // a week's total that differs is shown against its week, one of what no row is of against nothing
    let other = totals.replace("30,12.30,3", "30,12.50,3") + ",Total: Video,,,7,1.00,0\n";
    let ingested = read_text(&format!("{header}{rows}{other}")).unwrap();
    let differs = ingested.file_totals.iter().find(|total| !total.agrees()).unwrap();
    assert_eq!((differs.measures[1].rows, note(&ingested, "totals-differ")), (12.3, 1));
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-apart")), (100.0, 1));
}

#[test]
fn totals_of_groups_that_are_named_once_are_those_of_the_rows_beside_them() {
    let text = format!(
        "{HEADER}bed,A,10,5.10,1\nsofa,,20,7.20,2\n,A Total,30,12.30,3\ndesk,B,30,9.30,3\nlamp,,40,11.40,1\n,B Total,70,20.70,4\n,Grand Total,100,33.00,7\n"
    );
    let ingested = read_text(&text).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-agree")), (100.0, 3));
    assert_eq!(ingested.file_totals[0].segment.as_deref(), Some("the rows beside it"));
}

#[test]
fn a_total_that_lacks_a_measure_is_one_by_the_others() {
    let ingested = read_text(&format!("{HEADER}{}Total,A,30,12.30, --\n", ROWS[0])).unwrap();
    assert_eq!((ingested.totals.clicks, ingested.file_totals[0].measures.len()), (30.0, 2));
}

#[test]
fn pooled_terms_are_hidden_ones_whatever_they_are_called() {
    let header = "Search term,Campaign,Impr.,Clicks,Conversions\nbed,A,100,10,1\nsofa,B,200,20,2\n";
    for row in [
        "Other search terms,,0,5,1",
        "Other search terms,A,0,5,1",
        "Sonstige Suchbegriffe,A,3,5,1",
        "(other),A,9,5,1",
        "Other,A,0,5,1",
        "Other,,0,5,1",
    ] {
        let ingested = read_text(&format!("{header}{row}\n")).unwrap();
        assert_eq!(terms(&ingested), ["(other search terms)", "bed", "sofa"], "{row}");
        assert_eq!(ingested.hidden.map(|hidden| hidden.clicks), Some(5.0), "{row}");
        assert_eq!(ingested.totals.clicks, 35.0, "{row}");
    }
    // a term of that name
    let ingested = read_text(&format!("{header}Other,A,50,5,1\n")).unwrap();
    assert_eq!((terms(&ingested), ingested.hidden), (vec!["Other", "bed", "sofa"], None));
    // without names beside the term, by week, and under the total of the account
    let text = "term,week,clicks,conversions\nbed,2026-01-05,10,1\nOther search terms,2026-01-05,5,0\n\
                bed,2026-01-12,10,1\nOther search terms,2026-01-12,7,0\nTotal,,32,2\n";
    let ingested = read_text(text).unwrap();
    assert_eq!((terms(&ingested), ingested.totals.clicks), (vec!["(other search terms)", "bed"], 32.0));
    assert_eq!((ingested.hidden.unwrap().clicks, note(&ingested, "totals-agree")), (12.0, 1));
}

#[test]
fn the_last_row_without_names_is_a_total_whatever_it_is_called_or_refused() {
    let rows = "Search term,Campaign,Clicks,Cost,Conversions\na,C,5,1.00,1\nb,C,7,2.00,0\n";
    for label in ["Totals", "Somme", "Sum", "Totales", "All", "Summa", "Totale", "\u{5408}\u{8ba1}"] {
        let differs = read_text(&format!("{rows}{label}, --,14,3.60,1\n")).unwrap();
        assert_eq!((differs.totals.clicks, note(&differs, "totals-differ")), (12.0, 1), "{label}");
        let agrees = read_text(&format!("{rows}{label}, --,12,3.00,1\n")).unwrap();
        assert_eq!((agrees.totals.clicks, note(&agrees, "totals-agree")), (12.0, 1), "{label}");
        // without names in the file the numbers have to say it
        let bare = format!("Keyword,Clicks,Cost,Conversions\na,5,1.00,1\nb,7,2.00,0\n{label},12,3.00,1\n");
        assert_eq!(read_text(&bare).unwrap().totals.clicks, 12.0, "{label}");
        assert_eq!(read_text(&bare.replace("12,3.00,1", "3,3.00,1")).unwrap().totals.clicks, 15.0, "{label}");
        // with names it is a term
        let named = read_text(&format!("{rows}{label},D,14,3.60,1\n")).unwrap();
        assert_eq!(named.totals.clicks, 26.0, "{label}");
    }
    let found = rules(&format!("{rows}Zusammen, --,14,3.60,1\n"));
    assert!(found.len() == 1 && found[0].1.contains("none of the names"), "{found:?}");
    // less than the rows above it
    assert_eq!(read_text(&format!("{rows}Zusammen, --,3,0.60,1\n")).unwrap().totals.clicks, 15.0);
    // a total that differs, where no column has names
    let bare = read_text("Keyword,Clicks,Cost,Conversions\na,5,1.00,1\nb,8,2.00,0\nTotal,14,3.50,1\n").unwrap();
    assert_eq!((bare.totals.clicks, note(&bare, "totals-differ")), (13.0, 1));
}

#[test]
fn terms_that_are_called_totals_count_to_the_sums() {
    for term in ["total", "total: war", "zzz"] {
        let text = format!(
            "Search term,Campaign,Clicks,Cost,Conversions\nred,C1,10,5.10,1\n{term},C2,7,3.33,1\nblue,C2,30,9.30,3\n\
             Total: Search terms, --,47,17.73,5\n"
        );
        let ingested = read_text(&text).unwrap();
        assert_eq!((ingested.totals.clicks, note(&ingested, "totals-agree")), (47.0, 1), "{term}");
        for at_end in [false, true] {
            let (a, b) = ("red,C1,10,5.10,1\npink,C1,11,5.20,1\n", format!("{term},C2,7,3.33,1\nblue,C2,30,9.30,3\n"));
            let (of_a, of_b) = (" --,C1,21,10.30,2\n", " --,C2,37,12.63,4\n");
            let rows = if at_end { format!("{a}{b}{of_a}{of_b}") } else { format!("{a}{of_a}{b}{of_b}") };
            let text = format!("Search term,Campaign,Clicks,Cost,Conversions\n{rows} --, --,58,22.93,6\n");
            let ingested = read_text(&text).unwrap_or_else(|error| panic!("{term} {at_end}: {error}"));
            assert_eq!((ingested.totals.clicks, note(&ingested, "totals-agree")), (58.0, 3), "{term} {at_end}");
        }
    }
}

#[test]
fn a_table_of_devices_with_terms_called_totals_is_not_doubled() {
    let header = "Search term,Match type,Campaign,Ad group,Device,Clicks,Impr.,Cost,Conversions\n";
    let rows = "red,Exact,C1,A,Computers,10,100,5.10,1\ntotal gym,Exact,C1,A,Mobile,20,200,7.20,2\n\
                total,Broad,C2,B,Computers,3,50,2.05,0\nblue,Broad,C2,B,Mobile,30,300,9.30,3.5\n\
                total: war,Broad,C2,B,Computers,7,70,3.33,1\n";
    let totals = " --, --,C1, --, --,30,300,12.30,3\n --, --,C2, --, --,40,420,14.68,4.5\n --, --, --, --, --,70,720,26.98,7.5\n";
    let ingested = read_text(&format!("{header}{rows}{totals}")).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-agree")), (70.0, 3));
}

#[test]
fn terms_of_low_volume_are_hidden_ones() {
    let text = "Search Term,Campaign Name,Taps,Installs\nbed,A,10,1\n(Low Volume Terms),A,5,2\n";
    let ingested = read_text(text).unwrap();
    assert_eq!(ingested.hidden.map(|hidden| hidden.clicks), Some(5.0));
    assert_eq!(terms(&ingested), ["(other search terms)", "bed"]);
}

#[test]
fn totals_that_lack_a_little_of_their_rows_are_totals() {
    // rounded money, revised conversions, an impression less: with and without names
    for (total, differ) in [("30,15,3", 1), ("30,15.40,1", 1), ("30,15.40,3", 0)] {
        let text = format!("Keyword,Clicks,Cost,Conversions\nbed,10,5.00,1\nsofa,20,10.40,2\nTotal,{total}\n");
        let ingested = read_text(&text).unwrap();
        assert_eq!((ingested.totals.clicks, terms(&ingested).len()), (30.0, 2), "{total}");
        assert_eq!((note(&ingested, "totals-differ"), note(&ingested, "totals-agree")), (differ, 1 - differ));
    }
    let text = format!("{HEADER}{}Total,A,30,12,3\n{}Total,B,70,20,4\n", ROWS[0], ROWS[1]);
    for text in [text.clone(), text.replace("Total", "")] {
        let ingested = read_text(&text).unwrap();
        assert_eq!((ingested.totals.clicks, note(&ingested, "totals-differ")), (100.0, 2));
    }
    // a term of that name that is much smaller than the rest
    let ingested = read_text("Keyword,Clicks,Cost,Conversions\nbed,10,5,1\nsofa,20,10,2\nTotal,12,4,0\n").unwrap();
    assert_eq!(ingested.totals.clicks, 42.0);
}

#[test]
fn totals_of_a_term_over_its_devices_are_not_counted() {
    for whole in ["Total", "All devices", "Alle Ger\u{e4}te", "", " --"] {
        let mut text = String::from("Campaign,Keyword,Device,Clicks,Cost,Conversions\n");
        for term in 0..12 {
            let (a, b) = (10 + term, 20);
            writeln!(text, "A,k{term},{whole},{},15.00,3", a + b).unwrap();
            write!(text, "A,k{term},Computers,{a},5.00,1\nA,k{term},Mobile phones,{b},10.00,2\n").unwrap();
        }
        // one device alone, and none
        write!(text, "A,solo,{whole},5,1.00,0\nA,solo,Computers,5,1.00,0\nB,only,{whole},7,1.00,0\n").unwrap();
        let ingested = read_text(&text).unwrap();
        assert_eq!((ingested.totals.clicks, terms(&ingested).len()), (438.0, 14), "{whole:?}");
        assert_eq!(note(&ingested, "totals-agree"), 13, "{whole:?}");
    }
    // a column without any is none of totals
    let ingested = read_text("Keyword,Device,Clicks,Conversions\nbed,,10,1\nsofa,,20,2\n").unwrap();
    assert_eq!((ingested.totals.clicks, terms(&ingested).len()), (30.0, 2));
}

#[test]
fn pivot_tables_are_not_doubled() {
    let rows =
        "Brand,,30,15.00,3\n,bed,10,5.00,1\n,sofa,20,10.00,2\nGeneric,,12,6.00,1\n,tv,5,2.00,0\n,desk,7,4.00,1\n";
    let header = "Campaign,Keyword,Clicks,Cost,Conversions\n";
    let ingested = read_text(&format!("{header}{rows}Grand Total,,42,21.00,4\n")).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-agree")), (42.0, 3));
    // in compact form nothing tells the groups from the terms but that the total is a part of their sum
    let compact = "Keyword,Clicks,Conversions\nBrand,30,3\nbed,10,1\nsofa,20,2\nGeneric,12,1\ntv,5,0\ndesk,7,1\nGrand Total,42,4\n";
    let found = rules(compact);
    assert!(found.len() == 1 && found[0].1.contains("pivot table"), "{found:?}");
}

#[test]
fn folded_terms_without_names_are_a_row_wherever_they_stand() {
    let [a, b] = ROWS;
    let pool = "(other terms),,90,50.00,9\n";
    for text in [format!("{HEADER}{a}{b}{pool}"), format!("{HEADER}{pool}{a}{b}"), format!("{HEADER}{a}{pool}{b}")] {
        let ingested = read_text(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(terms(&ingested), ["(other terms)", "bed", "desk", "lamp", "sofa"], "{text}");
        assert_eq!(ingested.totals.cost, Some(83.0), "{text}");
    }
}

#[test]
fn a_term_without_a_match_type_is_a_term_wherever_it_stands() {
    for rows in ["bed,,100,10,5\nsofa,Exact,50,5,3\n", "sofa,Exact,50,5,3\nbed,,100,10,5\n"] {
        let ingested = read_text(&format!("Keyword,Match type,Clicks,Cost,Conversions\n{rows}")).unwrap();
        assert_eq!((ingested.totals.clicks, terms(&ingested).len()), (150.0, 2));
    }
}

#[test]
fn rows_without_a_keyword_are_no_totals_by_chance() {
    // two of three have the clicks of the rows of their campaign, or of those beside them
    let text = "Keyword,Campaign,Clicks,Impr.,Cost,Conversions\nbed,A,12,240,12.00,1\nsofa,A,8,160,8.50,0\n,A,20,390,19.00,1\n\
                tv,B,9,180,5.00,0\n,B,15,300,9.00,0\nlamp,C,7,100,4.00,0\n,C,5,90,3.00,0\n";
    let ingested = read_text(text).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-differ")), (76.0, 0));
    let text = "Search term,Match type,Campaign,Ad group,Keyword,Clicks,Cost,Conversions\nbuy oak table,Broad match,G,AG,oak table,9,9.10,0\n\
                oak dining table,Broad match,G,AG,oak table,7,7.40,1\nbookshelf,Dynamic search ad,DSA,All, --,16,15.80,0\n\
                garden bench,Exact match,G,AG,garden bench,12,11,0\nlamp,Dynamic search ad,DSA,All, --,14,12.8,0\n\
                sofa,Exact match,G,AG,sofa,5,5,0\ndesk,Dynamic search ad,DSA,All, --,11,10,0\n";
    assert_eq!(read_text(text).unwrap().totals.clicks, 74.0);
}

#[test]
fn rows_without_a_device_are_totals_only_where_most_are() {
    // unknown devices, one of which has the clicks of the other row
    let text = "Keyword,Campaign,Device,Clicks,Conversions\nbed,A,Mobile,1,0\nbed,A,,1,0\nsofa,A,Mobile,5,0\nsofa,A,Desktop,4,0\n";
    assert_eq!(read_text(text).unwrap().totals.clicks, 11.0);
    // of another term, and of a term that has no other rows
    let text = "Keyword,Campaign,Device,Clicks,Cost,Conversions\nbed,A,All,30,15.5,2\nsofa,A,All,20,10.5,1\ntv,A,Mobile,20,10.5,1\n";
    assert_eq!(read_text(text).unwrap().totals.clicks, 70.0);
    // one differs from its rows, and the others prove what it is
    let text = "Keyword,Campaign,Device,Clicks,Cost,Conversions\nbed,A,Mobile,30,15.50,2\nbed,A,Computers,20,10.50,1\nbed,A,Total,52,26.90,3\n\
                sofa,A,Mobile,10,5.40,0\nsofa,A,Computers,10,5.40,0\nsofa,A,Total,20,10.80,0\ntv,A,Mobile,3,1,0\ntv,A,Computers,4,1,0\ntv,A,Total,7,2,0\n";
    let ingested = read_text(text).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-differ")), (77.0, 1));
    // all rows are of all networks
    let text = "Keyword,Campaign,Network,Clicks,Cost,Conversions\nbed,A,All networks,30,15.5,2\nsofa,A,All networks,20,10.5,1\n";
    assert_eq!(read_text(text).unwrap().totals.clicks, 50.0);
}

#[test]
fn where_every_term_begins_as_a_total_does_the_total_is_still_told() {
    let rows = "total war,5,1.00,1\ntotal gym,7,2.00,0\ntotal kit,1,0.60,0\n";
    let text = format!("Search term,Clicks,Cost,Conversions\n{rows}Total,13,3.60,1\n");
    let ingested = read_text(&text).unwrap();
    assert_eq!((terms(&ingested), ingested.totals.clicks), (vec!["total gym", "total kit", "total war"], 13.0));
    assert!(ingested.file_totals.len() == 1 && ingested.file_totals[0].agrees());
    // a term called `total` has the names that the total lacks
    let rows = "total war,C,5,1.00,1\ntotal gym,C,7,2.00,0\ntotal,C,1,0.60,0\n";
    let text = format!("Search term,Campaign,Clicks,Cost,Conversions\n{rows}Total, --,13,3.60,1\n");
    let ingested = read_text(&text).unwrap();
    assert_eq!((terms(&ingested).len(), ingested.totals.clicks, note(&ingested, "totals-agree")), (3, 13.0, 1));
    // a whole account of one brand, with totals of campaigns
    let mut text = String::from("Search term,Match type,Campaign,Ad group,Clicks,Cost,Conversions\n");
    for campaign in 0..3 {
        for term in 0..15 {
            writeln!(text, "totalenergies {term} total,Exact,C{campaign},G,{},{}.25,1", 5 + term, 3 * term).unwrap();
        }
        writeln!(text, "Total, --,C{campaign}, --,180,318.75,15").unwrap();
    }
    text.push_str("Total, --, --, --,540,956.25,45\n");
    let ingested = read_text(&text).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-agree")), (540.0, 4));
}

#[test]
fn terms_with_all_names_are_no_totals_by_chance() {
    // the sum of the two rows above it, in small numbers and in large ones
    for (a, b, sum) in [("1,0.50,0", "0,0,0", "1,0.50,0"), ("83,41.50,4", "17,8.57,1", "100,50.07,5")] {
        let text = format!(
            "Search term,Match type,Campaign,Ad group,Clicks,Cost,Conversions\nbed,Exact,A,G,{a}\nsofa,Exact,A,G,{b}\n\
             total gym,Exact,A,G,{sum}\nlamp,Exact,A,G,40,11.40,1\n"
        );
        let ingested = read_text(&text).unwrap();
        assert_eq!((terms(&ingested).len(), ingested.file_totals.len()), (4, 0), "{sum}");
        // a label alone is told by its numbers where they are rare, by name, and refused where they are not
        let text = text
            .replace("total gym", "total")
            .replace("sofa,Exact,A,G", "sofa,Exact,B,G")
            .replace("lamp,Exact,A", "lamp,Exact,B");
        match read_text(&text) {
            Ok(ingested) => assert_eq!((terms(&ingested).len(), ingested.file_totals.len()), (4, 0), "{sum}"),
            Err(error) => assert!(error.refused()[0].line == 4, "{sum}: {error}"),
        }
    }
    // the brand itself has more than all others, with and without a total that counts it
    let head = "Search term,Match type,Campaign,Ad group,Clicks,Cost,Conversions\n";
    let rows = "total,Exact,A,G,300,200.10,9\ntotal war,Exact,A,G,20,10.05,1\ntotal gym,Broad,A,G,30,12.20,0\n";
    for (total, agree) in [("", 0), ("Total, --, --, --,350,222.35,10\n", 1)] {
        let ingested = read_text(&format!("{head}{rows}{total}")).unwrap();
        assert_eq!((ingested.totals.clicks, note(&ingested, "totals-agree")), (350.0, agree));
        assert_eq!(note(&ingested, "totals-counted"), 1);
    }
    // totals of campaigns of one keyword each, known by the total of all rows
    let text = "Campaign,Keyword,Clicks,Cost,Conversions\nA,bed,10,5.25,1\nA,Total,10,5.25,1\nB,tv,11,6.25,1\n\
                B,Total,11,6.25,1\n,Total,21,11.50,2\n";
    let ingested = read_text(text).unwrap();
    assert_eq!(
        (ingested.totals.clicks, note(&ingested, "totals-agree"), note(&ingested, "totals-named")),
        (21.0, 3, 2)
    );
    let text = "Search term,Match type,Campaign,Ad group,Clicks,Cost,Conversions\nbed,Exact,A,G,83,41.50,4\n\
                sofa,Exact,A,G,17,8.57,1\nTotal,Exact,A,G,100,50.07,5\n";
    let ingested = read_text(text).unwrap();
    let named = ingested.notes.0.iter().find(|note| note.code == "totals-named").unwrap();
    assert!(ingested.totals.clicks == 100.0 && named.message.contains("`Total`") && named.message.contains("line 4"));
}

#[test]
fn a_total_behind_very_many_rows_without_names_does_not_double_the_account() {
    let rows: String = (0..20_001).fold(String::new(), |mut text, row| {
        writeln!(text, "t{row},,1,2,1.00,0").unwrap();
        text
    });
    let header = "Keyword,Campaign,Clicks,Impr.,Cost,Conversions\n";
    assert_eq!(read_text(&format!("{header}{rows}")).unwrap().totals.clicks, 20_001.0);
    let with = format!("{header}{rows}Total,,20001,40002,20001.00,0\n");
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let ingested = pool.install(|| read_text(&with)).unwrap();
        assert_eq!((ingested.totals.clicks, note(&ingested, "totals-agree")), (20_001.0, 1), "{threads}");
    }
}
