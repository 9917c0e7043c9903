use super::*;

#[test]
fn blank_cells_are_zero_where_optional_and_refused_where_required() {
    let ingested = read_text(&format!("{HEADER}a,2024-01-01,,3,,0,\nb,2024-01-01, --,1,2.5,0,$1\n")).unwrap();
    let totals = ingested.totals;
    assert_eq!((totals.impressions, totals.cost, totals.revenue), (Some(0.0), Some(2.5), Some(1.0)));
    assert_eq!(note(&ingested, "blank-as-zero"), 4);
    let found = refused(&format!("{HEADER}a,2024-01-01,1,,1,,1\n,2024-01-01,1,1,1,1,1\n"));
    let blank = |line, column: &str| (line, column.to_owned(), String::new(), "must not be blank");
    let conversions = |line| (line, "conversions".to_owned(), String::new(), found[1].3);
    assert_eq!(found, [blank(2, "clicks"), conversions(2), blank(3, "term")]);
}

#[test]
fn blank_conversions_are_zero_where_the_column_never_writes_one() {
    // a pivot table, and a join that found no orders
    for (first, blank) in [("2", ""), ("2.5", " "), ("2", "NULL")] {
        let ingested =
            read_text(&format!("{HEADER}a,2024-01-01,9,3,1,{first},1\nb,2024-01-01,9,1,1,{blank},0\n")).unwrap();
        assert_eq!((ingested.totals.clicks, note(&ingested, "blank-as-zero")), (4.0, 1), "{blank:?}");
    }
    for (first, second) in [("0", "2"), ("", "")] {
        let text =
            format!("{HEADER}a,2024-01-01,9,3,1,{first},1\nb,2024-01-01,9,1,1,{second},1\nc,2024-01-01,9,1,1,,\n");
        let found = refused(&text);
        let (line, column, _, rule) = found.last().unwrap();
        assert_eq!((*line, column.as_str()), (4, "conversions"));
        assert!(rule.contains("not measured"), "{rule}");
    }
}

#[test]
fn blank_conversions_beside_a_value_are_refused() {
    let found =
        refused(&format!("{HEADER}a,2024-01-01,9,3,1,2,10\nb,2024-01-01,9,1,1,,49.90\nc,2024-01-01,9,1,1,,0\n"));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, found[0].1.as_str()), (3, "conversions"));
    assert!(found[0].3.contains("value of conversions above 0"), "{}", found[0].3);
}

#[test]
fn counts_with_points_are_grouped_and_have_no_decimal_commas() {
    let ingested = read_text("Suchbegriff;Klicks;Kosten;Conversions\na;1.234;5,50;2,5\nb;12;1,00;0\n").unwrap();
    assert_eq!((ingested.totals.clicks, ingested.totals.cost), (1246.0, Some(6.5)));
    let told = |code: &str| ingested.notes.0.iter().find(|note| note.code == code).map(|note| note.message.clone());
    assert!(!told("decimal-comma").unwrap().contains("Klicks"));
    assert!(told("grouped-thousands").unwrap().contains("groups thousands by points in `Klicks`"));
}

#[test]
fn every_bad_cell_is_listed_with_line_column_and_value() {
    let rows = "a,2024-01-01,1,-3,1,0.5,1\nb,2024-01-01,inf,1,inf,1.5,12%\nc,yesterday,1,1,1,\"4,5\",1\n";
    let cell = |line, column: &str, value: &str, rule| (line, column.to_owned(), value.to_owned(), rule);
    assert_eq!(
        refused(&format!("{HEADER}{rows}")),
        [
            cell(2, "clicks", "-3", "must not be negative"),
            cell(3, "impressions", "inf", "must be a finite number"),
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
    assert_eq!(note(&ingested, "decimal-comma") + note(&ingested, "grouped-thousands"), 3);
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

#[test]
fn errors_of_spreadsheets_in_shares_and_bids_are_not_known_and_noted() {
    let text = "term,clicks,conversions,Search impr. share,Max. CPC\na,1,0,Err:509,#DIV/0!\nb,1,0,30%,1.5\n";
    let ingested = read_text(text).unwrap();
    assert_eq!(note(&ingested, "not-computed"), 2);
    assert_eq!((ingested.counts.terms[0].levers.max_cpc, ingested.counts.terms[1].levers.max_cpc), (None, Some(1.5)));
    assert_eq!(refused("term,clicks,conversions\na,Err:509,0\n")[0].3, "is not a number");
}

#[test]
fn what_is_missing_does_not_hide_what_is_wrong() {
    let text = "term,clicks,cost\na,x,$1\nb,2,\u{20ac}2\nc,-1,$3\n";
    let (error, notes) = read_noted(text);
    let IngestError::Several { errors } = &error else { panic!("{error:?}") };
    assert!(matches!(errors[0], IngestError::MissingColumns { .. }), "{error}");
    let rules: Vec<&str> = error.refused().iter().map(|cell| cell.rule).collect();
    let currency = "is another currency than that of other rows";
    assert_eq!(
        rules,
        ["is required, and no column holds it", "is not a number", "must not be negative", currency, currency]
    );
    assert!(notes.0.is_empty());
    let (_, notes) = read_noted("term,clicks,conversions\n,,\na,x,0\n");
    assert_eq!(notes.0[0].code, "blank-rows");
}

fn read_noted(text: &str) -> (IngestError, Notes) {
    let files = Files::new(&[("0.csv", text.as_bytes())]);
    read_noting(&files.paths, &IngestSettings::default()).unwrap_err()
}

#[test]
fn of_many_refused_cells_the_rest_is_counted() {
    let text = format!("term,clicks,conversions\n{}", "a,x,0\n".repeat(8));
    let message = read_text(&text).unwrap_err().to_string();
    assert!(message.ends_with("; and 3 more (`termwise check` lists them)"), "{message}");
}

#[test]
fn lines_may_end_with_carriage_returns_alone() {
    let ingested = read_text("term,clicks,conversions\ra,1,0\rb,2,1\r").unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "line-ends")), (3.0, 1));
}

#[test]
fn days_above_the_header_that_can_be_read_both_ways_are_named() {
    let text = "Report\n2/1/2026 - 3/4/2026\nterm,clicks,conversions\na,1,0\n";
    assert_eq!(note(&read_text(text).unwrap(), "unclear-days"), 1);
    let settings = IngestSettings { date_order: Some(DateOrder::DayFirst), ..IngestSettings::default() };
    let ingested = read_with(&[text], &settings).unwrap();
    assert_eq!((ingested.counts.calendar.as_of, note(&ingested, "unclear-days")), (day("2026-04-03"), 0));
}

#[test]
fn dates_that_are_the_same_either_way_have_no_order() {
    let ingested = read_text("term,date,clicks,conversions\na,02/02/2026,1,0\nb,03/03/2026,1,0\n").unwrap();
    assert_eq!((ingested.counts.calendar.as_of, note(&ingested, "date-order")), (day("2026-03-03"), 0));
    let ingested = read_text("term,date,clicks,conversions\na,2/1/2026,1,0\nb,2/13/2026,1,0\n").unwrap();
    assert_eq!((ingested.counts.calendar.as_of, note(&ingested, "date-order")), (day("2026-02-13"), 1));
}

#[test]
fn counts_tell_which_mark_groups_in_the_whole_file() {
    for text in [
        "Keyword\tKlicks\tKosten\tConversions\na\t2.206\t1.234\t1\nb\t3.100\t2.345\t0\n",
        "Keyword;Clicks;Cost;Conversions\na;2,206;1,234;1\nb;3,100;2,345;0\n",
    ] {
        let ingested = read_text(text).unwrap();
        assert_eq!((ingested.totals.clicks, ingested.totals.cost), (5306.0, Some(3579.0)), "{text}");
        assert_eq!(note(&ingested, "assumed-marks"), 0, "{text}");
    }
    // a number that can be read one way only goes before
    let ingested = read_text("Keyword\tClicks\tCost\tConversions\na\t2.206\t1.234\t1\nb\t3\t0.5\t0\n").unwrap();
    assert_eq!(ingested.totals.cost, Some(1.734));
    // nothing shows it: the language of the header decides, and it is said
    for (header, cost) in [("Keyword\tKlicks\tKosten", 1234.0), ("Keyword\tClicks\tCost", 1.234)] {
        let ingested = read_text(&format!("{header}\tConversions\na\t22\t1.234\t1\n")).unwrap();
        assert_eq!((ingested.totals.cost, note(&ingested, "assumed-marks")), (Some(cost), 1), "{header}");
    }
}

#[test]
fn years_of_two_digits_that_may_stand_first_are_refused() {
    for days in [["26-01-05", "26-01-12"], ["26/01/05", "26/01/12"]] {
        let [a, b] = days;
        let text = format!("Keyword,Day,Clicks,Cost,Conversions\na,{a},5,1.5,0\na,{b},5,1.5,0\n");
        let error = read_text(&text).unwrap_err();
        assert!(matches!(&error, IngestError::ShortYears { value, .. } if value == "26/01/05"), "{error:?}");
        assert!(error.to_string().contains("2026-01-05 or 2005-01-26"), "{error}");
    }
    let text = "Keyword,Day,Clicks,Cost,Conversions\na,05/01/26,5,1.5,0\na,19/01/26,5,1.5,0\n";
    assert_eq!(read_text(text).unwrap().counts.calendar.periods[0].start, day("2026-01-05"));
}

#[test]
fn three_days_on_one_weekday_do_not_decide_the_order() {
    let text = |days: &[&str]| {
        let rows: String = days.iter().map(|day| format!("a,{day},5,0\n")).collect();
        format!("Keyword,Day,Clicks,Conversions\n{rows}")
    };
    let error = read_text(&text(&["1/2/2026", "1/9/2026", "2/6/2026"])).unwrap_err();
    assert!(matches!(error, IngestError::AmbiguousDates { .. }), "{error:?}");
    let read = read_text(&text(&["2/1/2026", "2/8/2026", "3/1/2026", "2/22/2026"])).unwrap();
    assert_eq!(note(&read, "date-order"), 1);
}

#[test]
fn days_under_an_unknown_name_are_noted() {
    let text = "term,made on,clicks,conversions\na,2026-01-05,1,0\nb,,2,1\n";
    assert_eq!(note(&read_text(text).unwrap(), "unread-dates"), 1);
    assert_eq!(note(&read_text(&text.replace("b,,", "b,none,")).unwrap(), "unread-dates"), 0);
    let dated = text
        .replace("conversions", "conversions,week")
        .replace(",0\n", ",0,2026-01-05\n")
        .replace(",1\n", ",1,2026-01-05\n");
    assert_eq!(note(&read_text(&dated).unwrap(), "unread-dates"), 0);
}

#[test]
fn all_columns_of_people_are_named_at_once() {
    match read_text("term,clicks,conversions,gclid,work_email\na,1,0,x,y\n") {
        Err(IngestError::Several { errors }) => assert_eq!(errors.len(), 2),
        other => panic!("{other:?}"),
    }
}

#[test]
fn columns_of_numbers_of_phones_stop_the_run() {
    for (values, stops) in [
        (["01701234567", "01701234568"], true),
        (["555-234-5678", ""], true),
        // one that is none: ids that begin with a zero
        (["01701234567", "7"], false),
        (["0012345", "0012346"], false),
    ] {
        let [a, b] = values;
        let found = read_text(&format!("term,clicks,conversions,extra\na,1,0,{a}\nb,2,1,{b}\n"));
        let phone = matches!(&found, Err(IngestError::Personal { what: "a phone number", line: 2, .. }));
        assert_eq!((phone, found.is_ok()), (stops, !stops), "{values:?}");
    }
    // accounts are written like phones
    for name in ["Account ID", "Client account ID", "Account", "CID", "Konto-ID"] {
        let text = format!("term,clicks,conversions,{name}\na,1,0,234-567-8901\nb,2,1,234-567-8901\n");
        assert!(read_text(&text).is_ok(), "{name}");
    }
    assert!(read_text("term,clicks,conversions,Customer ID\na,1,0,555-234-5678\nb,2,1,555-234-5678\n").is_ok());
}

#[test]
fn marks_of_counts_group_whatever_those_of_amounts_do() {
    for (text, impressions, cost) in [
        ("Keyword,Impr.,Clicks,Cost,Conversions\nbed,1.204,10,12.50,1\nsofa,2.206,10,2.25,0\n", 3410.0, 14.75),
        ("Keyword;Impr.;Clicks;Cost;Conversions\nbed;1,204;10;12,50;1\nsofa;2,206;10;2,25;0\n", 3410.0, 14.75),
    ] {
        let totals = read_text(text).unwrap().totals;
        assert_eq!((totals.impressions, totals.cost), (Some(impressions), Some(cost)));
    }
}

#[test]
fn shares_are_in_percent_as_a_column() {
    let share = |text: &str| {
        let counts = read_text(text).unwrap().counts;
        counts.cells.signals.impression_share.map(|shares| shares.lower)
    };
    let rows = "bed,0.9,10,1\nsofa,45.3,10,0\ntv,1.0,3,0\n";
    let percent = Some(vec![0.9 / 100.0, 45.3 / 100.0, 0.01]);
    assert_eq!(share(&format!("Keyword,Search impr. share,Clicks,Conversions\n{rows}")), percent);
    let named = "Keyword,Impression share (%),Clicks,Conversions\nbed,0.9,10,1\nsofa,0.3,10,0\n";
    assert_eq!(share(named), Some(vec![0.9 / 100.0, 0.3 / 100.0]));
    let ratio = "Keyword,Search impr. share,Clicks,Conversions\nbed,0.9,10,1\nsofa,0.3,10,0\n";
    assert_eq!(share(ratio), Some(vec![0.9, 0.3]));
}

#[test]
fn counts_with_three_decimals_are_no_thousands() {
    let text = "Keyword,Clicks,Impressions,Cost,Conversions\nbed,12.000,1450.000,33.250,1.000\nsofa,7.000,980.000,12.125,0.000\n";
    let totals = read_text(text).unwrap().totals;
    assert_eq!((totals.clicks, totals.impressions, totals.cost), (19.0, Some(2430.0), Some(45.375)));
    let totals =
        read_text("Keyword,Clicks,Cost,Conversions\na,10.000,12.500,1.000\nb,20.000,8.250,2.000\n").unwrap().totals;
    assert_eq!((totals.clicks, totals.cost, totals.conversions), (30.0, Some(20.75), 3.0));
    // thousands where the amounts have commas
    let totals = read_text("Keyword;Clicks;Cost;Conversions\na;1.000;12,5;1\nb;2.000;8,25;2\n").unwrap().totals;
    assert_eq!((totals.clicks, totals.cost), (3000.0, Some(20.75)));
}

#[test]
fn one_share_above_one_is_refused() {
    let rows: String = (0..9).map(|term| format!("t{term},0.{term}5,10,1\n")).collect();
    let text = format!("Keyword,Search impr. share,Clicks,Conversions\n{rows}odd,1.02,3,0\n");
    assert_eq!(super::refused(&text)[0].0, 11);
}
