use super::*;

#[test]
fn blank_cells_are_zero_where_optional_and_refused_where_required() {
    let ingested = read_text(&format!("{HEADER}a,2024-01-01,,3,,0,\nb,2024-01-01, --,1,2.5,0,$1\n")).unwrap();
    let totals = ingested.totals;
    assert_eq!((totals.impressions, totals.cost, totals.revenue), (Some(0.0), Some(2.5), Some(1.0)));
    assert_eq!(note(&ingested, "blank-as-zero"), 4);
    let found = refused(&format!("{HEADER}a,2024-01-01,1,,1,,1\n,2024-01-01,1,1,1,1,1\n"));
    let blank = |line, column: &str| (line, column.to_owned(), String::new(), "must not be blank");
    assert_eq!(found, [blank(2, "clicks"), blank(2, "conversions"), blank(3, "term")]);
}

#[test]
fn every_bad_cell_is_listed_with_line_column_and_value() {
    let rows = "a,2024-01-01,1,-3,1,0.5,1\nb,2024-01-01,nan,1,inf,1.5,12%\nc,yesterday,1,1,1,\"4,5\",1\n";
    let cell = |line, column: &str, value: &str, rule| (line, column.to_owned(), value.to_owned(), rule);
    assert_eq!(
        refused(&format!("{HEADER}{rows}")),
        [
            cell(2, "clicks", "-3", "must not be negative"),
            cell(3, "impressions", "nan", "must be a finite number"),
            cell(3, "cost", "inf", "must be a finite number"),
            cell(3, "revenue", "12%", "is a percentage where a count or an amount is expected"),
            cell(4, "week", "yesterday", "is not a date"),
            cell(4, "conversions", "4,5", "has a decimal comma, and the column has decimal points"),
        ]
    );
}

#[test]
fn columns_are_named_as_in_the_file() {
    let error = read_text("Keyword,Klicks,Conv.\na,x,0\n").unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("1 cell cannot be read: "), "{message}");
    assert!(message.ends_with(".csv, line 2, column `Klicks`: `x` is not a number"), "{message}");
}

#[test]
fn a_thousand_refused_cells_are_kept_and_all_are_counted() {
    let text = "term,clicks,conversions\n".to_owned() + &"a,x,0\n".repeat(1500);
    let Err(IngestError::Refused { refused, total }) = read_text(&text) else { panic!() };
    assert_eq!((refused.len(), total), (1000, 1500));
}

#[test]
fn lines_are_right_in_text_read_in_pieces() {
    let mut text = "term,clicks,conversions\n".to_owned() + &"some term,1,0\n".repeat(800_000);
    text.push_str("bad,x,0\n");
    assert_eq!(refused(&text)[0].0, 800_002);
}

#[test]
fn terms_damaged_by_a_spreadsheet_are_restored_or_kept_under_their_error() {
    let rows = "Err:509,1,0\n=+pool +software,2,0\n#NAME?,4,0\n#name tags,8,0\nerr:509 fix,16,0\n";
    let ingested = read_text(&format!("term,clicks,conversions\n{rows}")).unwrap();
    assert_eq!(terms(&ingested), ["#NAME?", "#name tags", "+pool +software", "Err:509", "err:509 fix"]);
    assert_eq!((note(&ingested, "terms-restored"), note(&ingested, "terms-lost")), (1, 2));
    assert_eq!(ingested.totals.clicks, 31.0);
}

#[test]
fn marks_are_told_from_the_whole_column() {
    let read = |rows: &str| read_text(&format!("term;impressions;clicks;cost;conversions\n{rows}")).unwrap();
    // a count that is grouped beside money with decimal commas
    let ingested = read("a;2.206;194;275,03;9,33\nb;82;4;1.004,34;0,00\n");
    let totals = ingested.totals;
    assert_eq!((totals.impressions, totals.cost, totals.conversions), (Some(2288.0), Some(1279.37), 9.33));
    assert_eq!(note(&ingested, "decimal-comma"), 3);
    // the same digits in a file with decimal points
    let text = "term,clicks,cost,conversions\na,4,2.206,0\nb,5,1.5,0\n";
    assert_eq!(read_text(text).unwrap().totals.cost, Some(3.706));
    // one column of each kind
    let text = "term,clicks,cost,conversions\na,4,\"2,5\",0.5\nb,5,\"1,25\",1.5\n";
    let totals = read_text(text).unwrap().totals;
    assert_eq!((totals.cost, totals.conversions), (Some(3.75), 2.0));
}

#[test]
fn what_comes_after_the_sample_decides_too() {
    let mut text = "term,clicks,cost,conversions\n".to_owned();
    for row in 0..80_000 {
        text += &["some term ", &row.to_string(), ",1,3,0\n"].concat();
    }
    let plain = text.clone() + "last,1,\"2,5\",0\n";
    assert_eq!(read_text(&plain).unwrap().totals.cost, Some(240_002.5));
    text = text.replace("term 3,1,3,", "term 3,1,1.5,");
    let found = refused(&(text + "last,1,\"2,5\",0\n"));
    assert_eq!(found[0].0, 80_002);
}

#[test]
fn money_with_currencies_beside_it_is_one_currency() {
    let ingested = read_text("term,clicks,conversions,cost\na,1,0,USD 5.50\nb,1,0,$1\n").unwrap();
    assert_eq!((ingested.totals.cost, ingested.counts.currency.as_deref()), (Some(6.5), Some("USD")));
    let error = read_text("term,clicks,conversions,cost\na,1,0,\u{20ac}5.50\nb,1,0,$1\n").unwrap_err();
    let found: Vec<_> = error.refused().into_iter().map(|cell| (cell.line, cell.column, cell.value)).collect();
    let cell = |line, value: &str| (line, "cost".to_owned(), value.to_owned());
    assert_eq!(found, [cell(3, "$"), cell(2, "EUR")]);
}

#[test]
fn money_is_read_as_written_and_millionths_are_divided() {
    let ingested = read_text("term,clicks,conversions,cost_micros,Payment ($)\na,1,0,1950000,\"$1,188\"\n").unwrap();
    assert_eq!((ingested.totals.cost, ingested.totals.revenue), (Some(1.95), Some(1188.0)));
}

#[test]
fn long_ids_stay_text() {
    let ingested = read_text("keyword_id,clicks,conversions\n00184229205190000001,1,0\n").unwrap();
    assert_eq!(terms(&ingested), ["00184229205190000001"]);
}

#[test]
fn odd_rows_are_counted_and_noted() {
    let rows = "a,2024-01-01,10,1,1,2,1\nb,2024-01-01,10,0,1,1,1\nc,2024-01-01,1,5,1,0,1\nd,2024-01-01,9,2.5,1,0,1\n";
    let ingested = read_text(&format!("{HEADER}{rows}")).unwrap();
    for (code, count) in [
        ("conversions-exceed-clicks", 1),
        ("conversions-without-clicks", 1),
        ("clicks-exceed-impressions", 1),
        ("cost-without-clicks", 1),
        ("fractional-counts", 1),
    ] {
        assert_eq!(note(&ingested, code), count, "{code}");
    }
    assert_eq!(ingested.totals.conversions, 3.0);
}

#[test]
fn addresses_in_terms_are_masked_and_their_counts_kept() {
    let text = "term,clicks,conversions\nmail jane@example.com,1,0\nmail joe@example.org,2,1\nplain,4,0\n";
    let ingested = read_text(text).unwrap();
    assert_eq!(terms(&ingested), ["mail (masked)", "plain"]);
    assert_eq!(ingested.counts.cells.clicks, [3.0, 4.0]);
    assert_eq!(note(&ingested, "masked"), 2);
    let Err(IngestError::Refused { refused, .. }) = read_text("term,clicks,conversions\na,jane@example.com,0\n") else {
        panic!()
    };
    assert_eq!(refused[0].value, "(masked)");
}

#[test]
fn columns_that_identify_people_stop_the_run() {
    let error = read_text("term,clicks,conversions,gclid\na,1,0,x\n").unwrap_err();
    assert!(matches!(error, IngestError::Identifies { column, .. } if column == "gclid"));
}

#[test]
fn two_currencies_stop_the_run() {
    let ingested = read_text("term,clicks,conversions,currency\na,1,0,eur\nb,1,0,EUR\nc,1,0,\n").unwrap();
    assert_eq!(ingested.counts.currency.as_deref(), Some("EUR"));
    let error = read_text("term,clicks,conversions,currency\na,1,0,USD\nb,1,0,EUR\n").unwrap_err();
    assert_eq!(error.to_string(), "the input has amounts in `EUR`, `USD`");
}
