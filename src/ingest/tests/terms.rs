use super::*;
use crate::domain::{Status, TermKey};

#[test]
fn the_key_is_the_term_and_what_is_present() {
    let text = "term,match_type,publisher,clicks,conversions\na,exact,x,1,0\na,broad,x,2,0\na,,x,4,0\na,exact,y,8,0\n";
    let ingested = read_text(text).unwrap();
    assert_eq!(ingested.counts.cells.clicks, [4.0, 2.0, 1.0, 8.0]);
    let key =
        TermKey { term: "a".into(), match_type: Some("broad".into()), channel: Some("x".into()), ..TermKey::default() };
    assert_eq!(ingested.counts.terms[1].key, key);
    let settings = IngestSettings { key: Some(vec!["match type".into()]), ..IngestSettings::default() };
    let ingested = read_with(&[text], &settings).unwrap();
    assert_eq!(ingested.counts.cells.clicks, [4.0, 2.0, 9.0]);
    assert!(ingested.counts.terms.iter().all(|term| term.key.channel.is_none()));
    let settings = IngestSettings { key: Some(vec!["colour".into()]), ..IngestSettings::default() };
    assert!(matches!(read_with(&[text], &settings), Err(IngestError::UnknownKey { .. })));
}

#[test]
fn rows_of_one_term_and_week_are_added_exactly() {
    let row = "a,2024-01-01,1,1,0.1,0,0\n";
    let ingested = read_text(&format!("{HEADER}{}b,2024-01-01,1,1,1,0,0\n", row.repeat(10))).unwrap();
    assert_eq!(ingested.counts.cells.cost, Some(vec![1.0, 1.0]));
    assert_eq!(note(&ingested, "rows-merged"), 9);
}

#[test]
fn status_words_are_known_or_noted() {
    let text =
        "term,status,clicks,conversions\na,Live,1,0\nb,Unavailable,1,0\nc,removed,1,0\nd,odd,1,0\ne,,1,0\nf,odd,1,0\n";
    let ingested = read_text(text).unwrap();
    let status: Vec<Status> = ingested.counts.terms.iter().map(|term| term.status).collect();
    use Status::{Enabled, Paused, Removed};
    assert_eq!(status, [Enabled, Paused, Removed, Enabled, Enabled, Enabled]);
    let unknown = ingested.notes.0.iter().find(|note| note.code == "unknown-status").unwrap();
    assert!(unknown.count == 1 && unknown.message.ends_with("`odd`"));
}

#[test]
fn the_latest_attributes_count_whatever_the_order() {
    let rows = [
        "a,2024-01-01,Enabled,old,1,10%,1,0",
        "a,2024-01-08,Paused,x;y,2,,1,0",
        "a,2024-01-08,Enabled,x,3,,1,0",
        "a,2024-01-15,,,,,1,0",
    ];
    for turn in 0..rows.len() {
        let mut rows = rows;
        rows.rotate_left(turn);
        let text = format!("term,week,status,label,bid,margin,clicks,conversions\n{}\n", rows.join("\n"));
        let ingested = read_text(&text).unwrap();
        let term = &ingested.counts.terms[0];
        assert_eq!((term.status, term.label.as_deref()), (Status::Enabled, Some("x;y")));
        assert_eq!((term.levers.max_cpc, term.margin), (Some(3.0), Some(0.1)));
        assert_eq!(note(&ingested, "status-conflict"), 1);
    }
}

#[test]
fn levers_are_read_and_checked() {
    let text =
        "term,clicks,conversions,target_cpa,Target ROAS,Budget,max_cpc_micros\na,1,0,12,400%,50,1200000\nb,1,0,,,,\n";
    let ingested = read_text(text).unwrap();
    let levers = ingested.counts.terms[0].levers;
    assert_eq!((levers.target_cpa, levers.target_roas), (Some(12.0), Some(4.0)));
    assert_eq!((levers.campaign_budget, levers.max_cpc), (Some(50.0), Some(1.2)));
    assert_eq!(ingested.counts.terms[1].levers, crate::domain::Levers::default());
    let found = refused("term,clicks,conversions,margin\na,1,0,35\n");
    assert_eq!((found[0].0, found[0].1.as_str(), found[0].2.as_str()), (2, "margin", "35"));
}

#[test]
fn neither_rows_nor_files_nor_pieces_have_an_order() {
    let mut rows: Vec<String> = Vec::new();
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for _ in 0..3000 {
        let date = Date::from_ymd_opt(2024, 1, 1).unwrap() + chrono::Days::new(next(60));
        let status = ["Enabled", "Paused", "removed", ""][usize::try_from(next(4)).unwrap()];
        rows.push(format!(
            "term {},c{},{date},{},{}.{:02},0.{:04},{},{status},l{},{}",
            next(90),
            next(3),
            next(40),
            next(9),
            next(100),
            next(9999),
            next(70),
            next(3),
            next(5)
        ));
    }
    let header = "term,campaign,date,clicks,cost,conversions,revenue,status,label,bid\n";
    let text = |rows: &[String]| format!("{header}{}\n", rows.join("\n"));
    let plain = read_text(&text(&rows)).unwrap();
    assert!(note(&plain, "rows-merged") > 0);
    for shuffle in 1..4 {
        for at in (1..rows.len()).rev() {
            rows.swap(at, usize::try_from(next(at as u64 + 1)).unwrap());
        }
        let (first, second) = rows.split_at(500 * shuffle);
        let other = read_with(&[&text(first), &text(second)], &IngestSettings::default()).unwrap();
        assert_eq!(plain.counts, other.counts);
        assert_eq!((plain.totals, &plain.notes), (other.totals, &other.notes));
    }
    assert_eq!(plain.counts.totals().clicks, plain.totals.clicks);
}

#[test]
fn marks_tell_the_match_type_where_nothing_else_does() {
    let text =
        "Keyword,Clicks,Conversions\noak table,1,0\n\"\"\"oak table\"\"\",2,0\n[oak table],4,0\n+oak +table,8,0\n";
    let keys = |ingested: &Ingested| -> Vec<(String, String)> {
        let kind = |key: &TermKey| key.match_type.clone().unwrap_or_default();
        ingested.counts.terms.iter().map(|term| (term.key.term.clone(), kind(&term.key))).collect()
    };
    let ingested = read_text(text).unwrap();
    let pair = |term: &str, kind: &str| (term.to_owned(), kind.to_owned());
    let expected = [("+oak +table", "Broad"), ("oak table", "Broad"), ("oak table", "Exact"), ("oak table", "Phrase")];
    assert_eq!(keys(&ingested), expected.map(|(term, kind)| pair(term, kind)));
    assert_eq!(ingested.counts.cells.clicks, [8.0, 1.0, 4.0, 2.0]);
    assert_eq!(note(&ingested, "match-type-from-marks"), 2);
    // what somebody typed into a search box is no match type, and neither is a key without one
    let searched = read_text(&text.replace("Keyword", "Search term")).unwrap();
    assert_eq!(terms(&searched), ["\"oak table\"", "+oak +table", "[oak table]", "oak table"]);
    let settings = IngestSettings { key: Some(vec!["campaign".into()]), ..IngestSettings::default() };
    assert_eq!(terms(&read_with(&[text], &settings).unwrap()).len(), 4);
    // without any mark nothing is known
    let plain = read_text("Keyword,Clicks,Conversions\noak table,1,0\n").unwrap();
    assert_eq!(plain.counts.terms[0].key.match_type, None);
}

#[test]
fn rows_of_an_editor_without_counts_are_left_out_with_a_note() {
    let header = "Campaign\tAd Group\tKeyword\tCriterion Type\tClicks\tCost\tConversions\n";
    let rows = "Beds\t\t\t\t\t\t\nBeds\tOak\t\t\t\t\t\nBeds\tOak\tfree\tNegative Broad\t\t\t\nBeds\tOak\toak bed\tExact\t10\t5.50\t1\n";
    let ingested = read_text(&format!("{header}{rows}")).unwrap();
    assert_eq!((terms(&ingested), note(&ingested, "rows-without-counts")), (vec!["oak bed"], 3));
    // a keyword without clicks is not known to have none
    assert_eq!(refused(&format!("{header}{rows}Beds\tOak\tpine bed\tExact\t\t\t\n")).len(), 2);
}

#[test]
fn a_keyword_has_its_own_match_type_not_that_of_the_search() {
    let rows = "bed frame,Exact match,A,\"\"\"bed frame\"\"\",10,1\ncheap bed frame,Phrase match,A,\"\"\"bed frame\"\"\",10,1\n\
                bedframe,Phrase match (close variant),A,\"\"\"bed frame\"\"\",10,1\n";
    let ingested = read_text(&format!("Search term,Match type,Campaign,Keyword,Clicks,Conversions\n{rows}")).unwrap();
    let keys: Vec<_> =
        ingested.counts.terms.iter().map(|term| (&*term.key.term, term.key.match_type.as_deref())).collect();
    assert_eq!(keys, [("bed frame", Some("Phrase"))]);
    // Amazon's is that of what the ad was aimed at
    let amazon =
        "Customer Search Term,Match Type,Campaign Name,Targeting,Clicks,7 Day Total Orders (#)\nx,EXACT,A,bed,1,0\n";
    assert_eq!(read_text(amazon).unwrap().counts.terms[0].key.match_type.as_deref(), Some("EXACT"));
    // what was bid on goes before what was delivered
    let microsoft =
        "Keyword,DeliveredMatchType,BidMatchType,Clicks,Conversions\nbed,Exact,Broad,1,0\nbed,Phrase,Broad,2,0\n";
    let counts = read_text(microsoft).unwrap().counts;
    assert_eq!((counts.terms.len(), counts.terms[0].key.match_type.as_deref()), (1, Some("Broad")));
}

#[test]
fn networks_are_summed_and_platforms_are_not() {
    let text = "Keyword,NAME,Clicks,Conversions\nbed,one,10,1\nbed,two,2,0\n";
    for (name, count) in [("Network", 1), ("Network (with search partners)", 1), ("platform", 2)] {
        assert_eq!(read_text(&text.replace("NAME", name)).unwrap().counts.terms.len(), count, "{name}");
    }
}

#[test]
fn what_databases_write_for_nothing_is_blank() {
    for none in ["\\N", "None", "(null)", "<null>", "NULL", "nan", "NaN"] {
        let text = format!(
            "term,campaign,clicks,cost,conversions\nbed,{none},5,{none},1\nsofa,A,7,2.00,0\n{none},A,3,1.00,0\n"
        );
        let ingested = read_text(&text).unwrap_or_else(|error| panic!("{none}: {error}"));
        assert_eq!((ingested.totals.clicks, ingested.totals.cost), (15.0, Some(3.0)), "{none}");
        let terms: Vec<&str> = ingested.counts.terms.iter().map(|term| term.key.term.as_str()).collect();
        assert_eq!(terms, ["(no term)", "bed", "sofa"], "{none}");
    }
    // as a part of a text they are words
    let ingested = read_text("term,clicks,conversions\nnan bread,5,1\nnone of it,7,0\n").unwrap();
    assert_eq!(ingested.counts.terms.len(), 2);
}
