use super::*;

fn decide(names: &str, settings: &IngestSettings) -> Result<Schema, IngestError> {
    Schema::decide("a.csv", names.split('|').map(str::to_owned).collect(), settings)
}

fn mapped(names: &str) -> Vec<&'static str> {
    let schema = decide(names, &IngestSettings::default()).unwrap();
    schema.mapped.iter().map(|column| column.map_or("", Column::name)).collect()
}

fn with_map(pairs: &[(&str, &str)]) -> IngestSettings {
    let map = pairs.iter().map(|&(from, to)| (from.to_owned(), to.to_owned())).collect();
    IngestSettings { map, ..IngestSettings::default() }
}

#[test]
fn platform_names_are_known() {
    assert_eq!(
        mapped("Search Keyword|Impr.|Clicks|Cost ($)|Conv.|Conv. value|Keyword type|Campaign Name|Ad group|Max. CPC"),
        [
            "term",
            "impressions",
            "clicks",
            "cost",
            "conversions",
            "revenue",
            "match_type",
            "campaign",
            "ad_group",
            "max_cpc"
        ]
    );
    assert_eq!(
        mapped(
            "Suchbegriff|\u{dc}bereinstimmungstyp|Kampagne|Anzeigengruppe|Klicks|Impressionen|Kosten|Conversions|Conv.-Wert|Tag|W\u{e4}hrungscode"
        ),
        [
            "term",
            "match_type",
            "campaign",
            "ad_group",
            "clicks",
            "impressions",
            "cost",
            "conversions",
            "revenue",
            "date",
            "currency"
        ]
    );
    assert_eq!(
        mapped(
            "ad_group_criterion.keyword.text|segments.week|metrics.clicks|metrics.cost_micros|metrics.conversions|metrics.conversions_value|publisher|labels|Keyword Status"
        ),
        ["term", "week", "clicks", "cost", "conversions", "revenue", "channel", "label", "status"]
    );
    assert_eq!(
        mapped("criterion_id|clicks|conversions|Payment ($)|Spend (EUR)"),
        ["term", "clicks", "conversions", "revenue", "cost"]
    );
}

#[test]
fn ratios_are_not_mistaken_for_measures() {
    assert_eq!(
        mapped("term|clicks|conversions|Cost / conv.|Conv. rate|CTR|Avg. CPC|Conv. value / cost|Cost/Click"),
        ["term", "clicks", "conversions", "", "", "", "", "", ""]
    );
}

#[test]
fn sales_is_money_beside_a_count_and_a_count_otherwise() {
    assert_eq!(mapped("term|clicks|orders|sales"), ["term", "clicks", "conversions", "revenue"]);
    assert_eq!(mapped("term|clicks|sales"), ["term", "clicks", "conversions"]);
    assert_eq!(mapped("term|clicks|sales|revenue"), ["term", "clicks", "conversions", "revenue"]);
    assert!(decide("term|clicks|Sales ($)", &IngestSettings::default()).is_err());
}

#[test]
fn the_better_name_wins_and_equal_names_are_an_error() {
    assert_eq!(mapped("term|clicks|conversions|orders"), ["term", "clicks", "conversions", ""]);
    assert_eq!(mapped("term|clicks|Conversions|All conv."), ["term", "clicks", "conversions", ""]);
    let error = decide("term|clicks|orders|Purchases", &IngestSettings::default()).unwrap_err();
    assert_eq!(error.to_string(), "`a.csv`: the columns `orders`, `Purchases` could each be conversions");
    assert!(error.hint().unwrap().contains("--map \"orders=conversions\""));
    assert!(error.hint().unwrap().contains("[data.map]"));
    assert!(decide("term|clicks|clicks|conversions", &IngestSettings::default()).is_err());
}

#[test]
fn the_users_mapping_goes_before_names() {
    let schema = decide("term|clicks|orders|Purchases", &with_map(&[("purchases", "conversions")])).unwrap();
    assert_eq!(schema.position(C::Conversions), Some(3));
    let schema = decide("term|clicks|orders|Purchases", &with_map(&[("orders", "ignore")])).unwrap();
    assert_eq!(schema.position(C::Conversions), Some(3));
    assert_eq!(schema.mapped[2], None);
    let schema = decide("term|clicks|conversions|x", &with_map(&[("x", "conversions")])).unwrap();
    assert_eq!(schema.position(C::Conversions), Some(3));
    let error = decide("term|clicks|conversions|x", &with_map(&[("x", "revenu")])).unwrap_err();
    assert!(matches!(&error, IngestError::UnknownTarget { column, target } if column == "x" && target == "revenu"));
    assert!(error.hint().unwrap().starts_with("did you mean `revenue`?"));
}

#[test]
fn the_unit_decides_between_keyword_and_search_term() {
    let names = "Search term|Keyword|clicks|conversions";
    let keyword = decide(names, &IngestSettings::default()).unwrap();
    assert_eq!((keyword.position(C::Term), keyword.unused), (Some(1), vec!["Search term".to_owned()]));
    let search = IngestSettings { unit: TermUnit::SearchTerm, ..IngestSettings::default() };
    let schema = decide(names, &search).unwrap();
    assert_eq!((schema.position(C::Term), schema.unused), (Some(0), vec!["Keyword".to_owned()]));
    let schema = decide("Keyword|clicks|conversions", &search).unwrap();
    assert!(schema.other_unit && schema.position(C::Term) == Some(0));
}

#[test]
fn missing_columns_are_listed_with_what_was_found() {
    let error = decide("keyword|impr|cost", &IngestSettings::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`a.csv` has no column for `clicks`, `conversions`; its columns are `keyword`, `impr`, `cost`"
    );
    assert!(error.hint().unwrap().contains("--map \"COLUMN=clicks\""));
}

#[test]
fn a_column_that_identifies_people_stops_the_run() {
    for name in ["user_id", "gclid", "E-Mail", "Customer ID"] {
        let error = decide(&format!("term|clicks|conversions|{name}"), &IngestSettings::default()).unwrap_err();
        assert!(matches!(&error, IngestError::Identifies { column, .. } if column == name));
        assert!(error.hint().unwrap().contains(name));
    }
}

#[test]
fn shares_are_recognized() {
    let schema =
        decide("term|clicks|conversions|Search impr. share|lost_is_budget", &IngestSettings::default()).unwrap();
    assert_eq!(schema.mapped[3], Some(C::ImpressionShare));
    assert_eq!(schema.position(C::ImpressionShare), Some(3));
    assert_eq!(schema.position(C::LostIsBudget), Some(4));
    assert!(schema.unused.is_empty());
}

#[test]
fn currencies_behind_a_name_are_none_of_it() {
    for cost in ["Cost_USD", "cost_eur", "Cost EUR", "Cost [EUR]", "Kosten in \u{20ac}"] {
        assert_eq!(
            mapped(&format!("term|clicks|conversions|{cost}")),
            ["term", "clicks", "conversions", "cost"],
            "{cost}"
        );
    }
    assert_eq!(mapped("term|clicks|conversions|Campaign USD"), ["term", "clicks", "conversions", ""]);
}

#[test]
fn days_and_weeks_go_by_more_names_and_months_are_no_weeks() {
    for (name, column) in [
        ("date_day", "date"),
        ("Report date", "date"),
        ("date_start", "date"),
        ("Week (Mon-Sun)", "week"),
        ("Week (Sun-Sat)", "week"),
        ("Start of week", "week"),
    ] {
        assert_eq!(mapped(&format!("term|clicks|conversions|{name}"))[3], column, "{name}");
    }
    assert_eq!(mapped("term|clicks|conversions|date_start|date_stop")[3..], ["start_date", "end_date"]);
    for name in ["Month", "Quarter", "Monat"] {
        let names = format!("term|clicks|conversions|{name}");
        let error = decide(&names, &IngestSettings::default()).unwrap_err();
        assert!(matches!(&error, IngestError::LongPeriods { column, .. } if column == name), "{error:?}");
        assert!(decide(&names, &with_map(&[(name, "ignore")])).is_ok());
        assert!(decide(&format!("{names}|week"), &IngestSettings::default()).is_ok());
    }
}

#[test]
fn of_several_names_for_one_thing_the_better_one_is_read() {
    let read = |names: &str, column: Column| {
        let schema = decide(names, &IngestSettings::default()).unwrap();
        schema.names[schema.position(column).unwrap()].clone()
    };
    for (names, column, name) in [
        ("keyword_id|keyword_name|clicks|conversions", C::Term, "keyword_name"),
        ("Keyword|Clics|Conversions|\u{c9}tat|\u{c9}tat du mot cl\u{e9}", C::Status, "\u{c9}tat du mot cl\u{e9}"),
        ("Keyword|Clics|Conversiones|Estado|Estado de la palabra clave", C::Status, "Estado de la palabra clave"),
        ("Keyword|Taps|Installs (Total)|Installs (Tap-Through)", C::Conversions, "Installs (Total)"),
        ("Keyword|Taps|tapInstalls|totalInstalls", C::Conversions, "totalInstalls"),
        ("keyword|clicks|purchases14d|purchases7d", C::Conversions, "purchases7d"),
        ("keyword|clicks|conversions|cost_micros|cost", C::Cost, "cost"),
        (
            "Keyword|Klicks|Conversions|Entg. Impr. im Suchnetzwerk (Rang)",
            C::LostIsRank,
            "Entg. Impr. im Suchnetzwerk (Rang)",
        ),
    ] {
        assert_eq!(read(names, column), name, "{names}");
    }
}
