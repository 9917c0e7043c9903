//! Reports as platforms lay them out, small and made up.

use super::*;
use crate::counts::PeriodUnit;

fn with_unit(text: &str, unit: TermUnit) -> Ingested {
    read_with(&[text], &IngestSettings { unit, ..IngestSettings::default() }).unwrap()
}

/// Label, segment and whether it agrees, for each of a file's totals.
fn file_totals(ingested: &Ingested) -> Vec<(&str, Option<&str>, bool)> {
    let totals = ingested.file_totals.iter();
    totals.map(|total| (total.label.as_str(), total.segment.as_deref(), total.agrees())).collect()
}

const SEARCH_TERMS: &str = "\
Search terms report
\"January 5, 2026 - February 3, 2026\"
Search term,Match type,Campaign,Ad group,Impr.,Clicks,Currency code,Cost,Conversions,Campaign type
total gym,Exact match,C,A,\"1,020\",12,USD,10.25,1.50,Search
bed,Broad match,C,A,80,3,USD,2.50,0.00,Search
\"a \"\"quoted\"\" sofa\",Phrase match,C,A,7,0,USD,0.00,0.00,Search
total furniture,Broad match,C,A,75,6,USD,12.23,1.00,Search
Total: Search terms,,,,\"1,182\",21,USD,24.98,2.50,
Total: Other search terms,,,,0,9,USD,8.02,0.50,
Total: Account,,,,\"1,182\",30,USD,33.00,3.00,
Total: Display,,,,0,0,USD,0.00,0.00,Display
Total: Search,,,,\"1,182\",30,USD,33.00,3.00,Search
";

#[test]
fn totals_are_not_counted_and_hidden_terms_are_one_item() {
    let ingested = with_unit(SEARCH_TERMS, TermUnit::SearchTerm);
    let names = ["(other search terms)", "a \"quoted\" sofa", "bed", "total furniture", "total gym"];
    assert_eq!(terms(&ingested), names);
    let totals = ingested.totals;
    assert_eq!((totals.clicks, totals.cost, totals.conversions), (30.0, Some(33.0), 3.0));
    let hidden = ingested.hidden.unwrap();
    assert_eq!((hidden.clicks, hidden.cost, hidden.impressions), (9.0, Some(8.02), Some(0.0)));
    let expected = [("Total: Search terms", None, true), ("Total: Account", None, true), ("Total: Search", None, true)];
    assert_eq!(file_totals(&ingested), expected);
    let calendar = &ingested.counts.calendar;
    assert_eq!(calendar.unit, PeriodUnit::Undated { days: Some(30.0) });
    assert_eq!((calendar.periods[0].start, calendar.as_of), (day("2026-01-05"), day("2026-02-03")));
    assert_eq!(ingested.counts.currency.as_deref(), Some("USD"));
}

#[test]
fn a_total_that_differs_is_not_counted_and_shown() {
    let text = SEARCH_TERMS.replace("24.98", "25.00");
    let ingested = with_unit(&text, TermUnit::SearchTerm);
    assert_eq!(ingested.totals.clicks, 30.0);
    let differ: Vec<&FileTotal> = ingested.file_totals.iter().filter(|total| !total.agrees()).collect();
    assert_eq!((differ.len(), differ[0].line), (1, 8));
    let cost = differ[0].measures.iter().find(|measure| measure.measure == "cost").unwrap();
    assert!((cost.difference() - 0.02).abs() < 1e-9);
    assert_eq!(note(&ingested, "totals-differ"), 1);
}

#[test]
fn totals_may_stand_in_any_column_above_the_rows_and_by_segment() {
    let rows = "Computers,\"\"\"bed\"\"\",C,A,10,2,1.50,1\nMobile,\"\"\"bed\"\"\",C,A,20,3,2.25,0\nMobile,[sofa],C,A,5,1,0.50,0\n";
    let totals = ",Total: Filtered keywords,,,35,6,4.25,1\nComputers,Total: Filtered keywords,,,10,2,1.50,1\nMobile,Total: Filtered keywords,,,25,4,2.75,0\n";
    let header = "Device,Keyword,Campaign,Ad group,Impr.,Clicks,Cost,Conversions\n";
    let below = read_text(&format!("{header}{rows}{totals}")).unwrap();
    let above = read_text(&format!("{header}{totals}{rows}")).unwrap();
    assert_eq!(below.counts, above.counts);
    assert_eq!((below.totals.clicks, below.totals.cost), (6.0, Some(4.25)));
    let label = "Total: Filtered keywords";
    let expected =
        [(label, None, true), (label, Some("Device: Computers"), true), (label, Some("Device: Mobile"), true)];
    assert_eq!(file_totals(&below), expected);
    assert_eq!(file_totals(&above), expected);
    // without a column for the match type its marks tell it
    let key = |term: usize| (&*below.counts.terms[term].key.term, below.counts.terms[term].key.match_type.as_deref());
    assert_eq!((key(0), key(1)), (("bed", Some("Phrase")), ("sofa", Some("Exact"))));
}

#[test]
fn a_total_without_a_term_or_a_known_word_is_told_by_its_sums() {
    let rows =
        "keyword state,keyword,status,clicks,cost,conversions\non,bed,eligible,3,1.50,1\non,sofa,eligible,4,2.25,0\n";
    let ingested = read_text(&format!("{rows}Altogether, --, --,7,3.75,1\n")).unwrap();
    assert_eq!(file_totals(&ingested), [("Altogether", None, true)]);
    assert_eq!(ingested.totals.clicks, 7.0);
    // with other numbers and no word that says so it is a row without a term
    let found = refused(&format!("{rows}Altogether, --, --,8,3.75,1\n"));
    assert_eq!((found[0].0, found[0].3), (4, "must not be blank"));
}

#[test]
fn totals_labelled_in_the_column_of_the_status_are_totals() {
    let rows = "Keyword state\tKeyword\tStatus\tClicks\tCost\tConversions\nenabled\tbed\teligible\t3\t1.50\t1.0\nenabled\tsofa\teligible\t4\t2.25\t0.0\n";
    let totals = "Total - filtered\t --\t --\t7\t3.75\t1.0\nTotal - Display Network\t --\t --\t0\t0.00\t0.0\nTotal\t --\t --\t7\t3.75\t1.0\n";
    let ingested = read_text(&format!("Keyword report (Jun 14, 2016)\t\t\t\t\t\n{rows}{totals}")).unwrap();
    assert_eq!((terms(&ingested), ingested.totals.clicks), (vec!["bed", "sofa"], 7.0));
    assert_eq!(file_totals(&ingested), [("Total - filtered", None, true), ("Total", None, true)]);
    assert_eq!(ingested.counts.calendar.unit, PeriodUnit::Undated { days: Some(1.0) });
}

#[test]
fn rows_without_names_among_the_others_are_rows() {
    let text = "term,campaign,clicks,conversions\na,C,1,0\ntotal b,,2,0\nc,C,4,0\n";
    let ingested = read_text(text).unwrap();
    assert_eq!((terms(&ingested), ingested.totals.clicks), (vec!["a", "c", "total b"], 7.0));
    let text = "term,campaign,clicks,conversions\na,,1,0\nb,,2,0\n";
    assert_eq!(read_text(text).unwrap().totals.clicks, 3.0);
}

#[test]
fn a_german_report_reads_as_the_english_one() {
    let text = "Bericht zu Suchbegriffen\n8. Januar 2026 - 6. Februar 2026\nSuchbegriff\tKeyword-Option\tKampagne\tAnzeigengruppe\tKlicks\tImpressionen\tCTR\tW\u{e4}hrungscode\tKosten\tConversions\nb\u{fc}cherregal wei\u{df}\tGenau passend\tM\u{f6}bel\tA\t194\t2.206\t\"8,79%\"\tEUR\t\"275,03\"\t\"9,33\"\ngesamt m\u{f6}bel\tGenau passend\tM\u{f6}bel\tA\t1\t26\t\"3,85%\"\tEUR\t\"1,17\"\t\"0,00\"\nGesamt: Suchbegriffe\t\t\t\t195\t2.232\t\"8,74%\"\tEUR\t\"276,20\"\t\"9,33\"\nGesamt: Sonstige Suchbegriffe\t\t\t\t5\t68\t\"7,35%\"\tEUR\t\"3,80\"\t\"0,67\"\nGesamt: Konto\t\t\t\t200\t2.300\t\"8,70%\"\tEUR\t\"280,00\"\t\"10,00\"\n";
    let ingested = with_unit(text, TermUnit::SearchTerm);
    assert_eq!(terms(&ingested), ["(other search terms)", "b\u{fc}cherregal wei\u{df}", "gesamt m\u{f6}bel"]);
    let totals = ingested.totals;
    assert_eq!((totals.impressions, totals.clicks, totals.cost), (Some(2300.0), 200.0, Some(280.0)));
    assert!(ingested.file_totals.iter().all(FileTotal::agrees));
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let files = Files::new(&[("a.csv", &wide)]);
    let settings = IngestSettings { unit: TermUnit::SearchTerm, ..IngestSettings::default() };
    assert_eq!(read(&files.paths, &settings).unwrap().counts, ingested.counts);
}

#[test]
fn french_and_spanish_reports_are_known() {
    let french = "Terme de recherche;Type de correspondance;Campagne;Groupe d'annonces;Clics;Impr.;Co\u{fb}t;Conversions;Valeur de conv.\nlit;Exact;C;A;3;1\u{202f}200;1,50;1,00;20,00\n";
    let spanish = "T\u{e9}rmino de b\u{fa}squeda,Tipo de concordancia,Campa\u{f1}a,Grupo de anuncios,Clics,Impr.,Coste,Conversiones,Valor de conv.\nlit,Exact,C,A,3,1200,\"1,50\",\"1,00\",\"20,00\"\n";
    let french = with_unit(french, TermUnit::SearchTerm);
    assert_eq!(french.totals.impressions, Some(1200.0));
    assert_eq!((french.totals.cost, french.totals.revenue), (Some(1.5), Some(20.0)));
    assert_eq!(french.counts, with_unit(spanish, TermUnit::SearchTerm).counts);
}

#[test]
fn a_microsoft_report_says_its_order_of_dates_above() {
    let text = "\"Report Name: Keyword weekly\"\n\"Report Time: 2/1/2026-2/28/2026\"\n\"Rows: 2\"\n\n\"Week\",\"CampaignName\",\"AdGroupName\",\"Keyword\",\"DeliveredMatchType\",\"Impressions\",\"Clicks\",\"Spend\",\"Conversions\",\"Revenue\",\"ImpressionSharePercent\"\n\"2/1/2026\",\"C\",\"A\",\"bed\",\"Phrase\",\"2\",\"1\",\"0.5\",\"0\",\"0\",\"45.10%\"\n\"2/8/2026\",\"C\",\"A\",\"bed\",\"Phrase\",\"3\",\"2\",\"0.7\",\"1\",\"30\",\"< 10%\"\n\n\"\u{a9}2026 A Company. All rights reserved. \"\n";
    let ingested = read_text(text).unwrap();
    let starts: Vec<_> = ingested.counts.calendar.periods.iter().map(|period| period.start).collect();
    assert_eq!(starts, [day("2026-02-01"), day("2026-02-08")]);
    assert_eq!((note(&ingested, "preamble"), note(&ingested, "footer")), (3, 1));
    assert_eq!(ingested.totals.revenue, Some(30.0));
}

#[test]
fn dates_that_can_be_read_both_ways_are_refused_until_the_order_is_said() {
    let text = "term,date,clicks,conversions\na,2/1/2026,1,0\nb,3/1/2026,1,0\n";
    let error = read_text(text).unwrap_err();
    assert!(matches!(&error, IngestError::AmbiguousDates { value, .. } if value == "2/1/2026"), "{error:?}");
    assert!(error.hint().unwrap().contains("--date-order") && error.to_string().contains("2026-01-02"));
    let settings = IngestSettings { date_order: Some(DateOrder::DayFirst), ..IngestSettings::default() };
    let ingested = read_with(&[text], &settings).unwrap();
    assert_eq!(ingested.counts.calendar.as_of, day("2026-01-03"));
    assert_eq!(note(&ingested, "date-order"), 0, "the user knows");
    let decided = read_text(&format!("{text}c,2/13/2026,1,0\n")).unwrap();
    assert_eq!(note(&decided, "date-order"), 1);
    assert_eq!(decided.counts.calendar.as_of, day("2026-03-01"));
}

#[test]
fn rows_that_run_from_a_day_to_a_day_are_one_period_unless_all_are_weeks() {
    let header =
        "Start Date,End Date,Customer Search Term,Impressions,Clicks,Spend,7 Day Total Sales ,7 Day Total Orders (#)\n";
    let ingested = read_text(&format!(
        "{header}2026-05-04,2026-05-05,desk,24,3,1.5,19.99,1\n2026-05-01,2026-05-09,sofa,3,1,1.19,0.0,0\n"
    ))
    .unwrap();
    let calendar = &ingested.counts.calendar;
    assert_eq!(calendar.unit, PeriodUnit::Undated { days: Some(9.0) });
    assert_eq!((calendar.periods[0].start, calendar.as_of), (day("2026-05-01"), day("2026-05-09")));
    let weeks = read_text(&format!(
        "{header}2026-05-04,2026-05-10,desk,24,3,1.5,19.99,1\n2026-05-11,2026-05-17,desk,3,1,1.19,0.0,0\n"
    ))
    .unwrap();
    assert_eq!((weeks.counts.calendar.unit, weeks.counts.calendar.periods.len()), (PeriodUnit::Week, 2));
    let found = refused(&format!("{header}2026-05-04,2026-05-01,desk,24,3,1.5,19.99,1\n"));
    assert_eq!(found[0].3, "is before the day that the row begins on");
}

#[test]
fn reports_of_one_week_each_are_weeks_and_overlapping_ones_are_refused() {
    let report =
        |range: &str, clicks: u32| format!("Keywords\n\"{range}\"\nKeyword,Clicks,Conversions\nbed,{clicks},0\n");
    let (first, second) =
        (report("August 3, 2026 - August 9, 2026", 5), report("August 10, 2026 - August 16, 2026", 7));
    let ingested = read_with(&[&first, &second], &IngestSettings::default()).unwrap();
    assert_eq!(
        (ingested.counts.calendar.unit, ingested.counts.cells.clicks.clone()),
        (PeriodUnit::Week, vec![5.0, 7.0])
    );
    let overlapping = report("August 5, 2026 - August 20, 2026", 7);
    let error = read_with(&[&first, &overlapping], &IngestSettings::default()).unwrap_err();
    assert!(matches!(&error, IngestError::SameDays { what, .. } if what == "2026-08-05 to 2026-08-09"), "{error:?}");
}

#[test]
fn a_report_of_something_else_is_named() {
    let error = read_text("Campaign,Impr.,Clicks,Cost,Conversions\nC,10,2,1.5,0\n").unwrap_err();
    assert!(error.to_string().contains("not a report of keywords or search terms but of campaigns"), "{error}");
}

#[test]
fn rows_of_a_campaign_without_a_term_are_counted_under_no_term() {
    let text = "keyword,campaign,clicks,conversions\nbed,C,1,0\n,C,2,1\n --,D,4,0\nsofa,C,8,0\n";
    let ingested = read_text(text).unwrap();
    assert_eq!(terms(&ingested), ["(no term)", "(no term)", "bed", "sofa"]);
    assert_eq!((ingested.totals.clicks, note(&ingested, "no-term")), (15.0, 2));
}

#[test]
fn totals_labelled_in_the_column_of_campaigns_are_not_counted() {
    let rows = "Campaign,Keyword,Clicks,Cost,Conversions\nC,total gym,10,5.10,1\nC,b,20,7.20,2\nD,a,30,9.30,3\n";
    let ingested = read_text(&format!("{rows}Total: Search,,60,21.60,6\nTotal: Account,,100,40.00,9\n")).unwrap();
    assert_eq!((terms(&ingested), ingested.totals.clicks), (vec!["a", "b", "total gym"], 60.0));
    let agree: Vec<bool> = ingested.file_totals.iter().map(FileTotal::agrees).collect();
    assert_eq!(agree, [true, false]);
    // a campaign of that name whose ads no keyword triggered is none
    let ingested = read_text(&format!("{rows}Total Comfort,,4,1.00,0\n")).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "no-term")), (64.0, 1));
}

#[test]
fn totals_of_segments_need_no_label() {
    let text = "Campaign,Keyword,Device,Clicks,Cost,Conversions\nC,a,Mobile,10,5.10,1\nC,a,Desktop,20,7.20,2\n\
                C,b,Mobile,30,9.30,3\n,,Total,60,21.60,6\n,,Mobile,40,14.40,4\n,,Desktop,20,7.20,2\n";
    let ingested = read_text(text).unwrap();
    assert_eq!((ingested.totals.clicks, ingested.file_totals.len()), (60.0, 3));
    assert!(ingested.file_totals.iter().all(FileTotal::agrees));
    let segments: Vec<Option<&str>> = ingested.file_totals.iter().map(|total| total.segment.as_deref()).collect();
    assert_eq!(segments, [None, Some("Device: Mobile"), Some("Device: Desktop")]);
    // other numbers are no total of the segment, and a row must have a term
    assert!(read_text(&text.replace("Mobile,40", "Mobile,41")).is_err());
}
