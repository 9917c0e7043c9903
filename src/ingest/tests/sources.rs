//! Small files in the layouts of the platforms and connectors, made for these tests.

use super::*;

/// A small workbook with a title, a typed and a quoted cell, and a total, as XLSX and as XLS of 1997.
const WORKBOOKS: [(&str, &[u8]); 2] =
    [("a.xlsx", include_bytes!("keywords.xlsx")), ("a.xls", include_bytes!("keywords.xls"))];

#[test]
fn a_workbook_reads_like_the_same_text() {
    let text = "Keywords report\n\"August 3, 2026 - August 9, 2026\"\n\nKeyword,Campaign,Clicks,Cost,Conversions\n\"bed, king\",C,2206,1.125,0.5\nsofa,C,4,2.25,1\nTotal: Account,,2210,3.375,1.5\n";
    let text = read_text(text).unwrap();
    for workbook in WORKBOOKS {
        let ingested = read(&Files::new(&[workbook]).paths, &IngestSettings::default()).unwrap();
        assert_eq!((&ingested.counts, ingested.totals), (&text.counts, text.totals), "{}", workbook.0);
        assert_eq!(ingested.file_totals[0].line, 7);
    }
}

#[test]
fn other_sheets_with_data_are_named() {
    let ingested =
        read(&Files::new(&[("a.xlsx", include_bytes!("sheets.xlsx"))]).paths, &IngestSettings::default()).unwrap();
    let other = ingested.notes.0.iter().find(|note| note.code == "other-sheets").unwrap();
    assert!(
        ingested.totals.clicks < 4.0 && other.count == 1 && other.message.ends_with("`February`"),
        "{}",
        other.message
    );
}

/// What the columns were taken for, where they are used.
fn mapped(ingested: &Ingested) -> Vec<(&str, &str)> {
    ingested.mapping.iter().filter_map(|mapped| Some((mapped.column.as_str(), mapped.mapped_to?))).collect()
}

#[test]
fn apple_search_ads_count_taps_and_installs() {
    let text = "\"Keyword Report\"\n\"2026-01-05 to 2026-01-11\"\n\
        Campaign Name,Ad Group Name,Keyword,Match Type,Max CPT Bid,Spend,Avg CPT,Impressions,Taps,TTR,Installs,Conversion Rate\n\
        C,G,photo editor,EXACT,$1.50,$12.50,$1.25,500,10,2.00%,4,40.00%\n\
        C,G,collage,BROAD,$1.00,$2.00,$1.00,100,2,2.00%,0,0.00%\n";
    let ingested = read_text(text).unwrap();
    let Totals { impressions, clicks, cost, conversions, revenue } = ingested.totals;
    assert_eq!((impressions, clicks, cost, conversions, revenue), (Some(600.0), 12.0, Some(14.5), 4.0, None));
    for pair in [("Taps", "clicks"), ("Installs", "conversions"), ("Max CPT Bid", "max_cpc"), ("Keyword", "term")] {
        assert!(mapped(&ingested).contains(&pair), "{pair:?}");
    }
    assert_eq!(ingested.counts.calendar.periods[0].start, day("2026-01-05"));
}

#[test]
fn google_ads_editor_writes_tabs_in_utf_16() {
    let text = "Campaign\tAd Group\tKeyword\tCriterion Type\tMax CPC\tStatus\tClicks\tImpressions\tCost\tConversions\n\
        C\tG\tred shoes\tPhrase\t1.20\tEnabled\t5\t100\t6.00\t1.00\n\
        C\tG\tblue shoes\tExact\t0.90\tPaused\t1\t10\t0.90\t0.00\n";
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let ingested = read(&Files::new(&[("a.csv", &wide)]).paths, &IngestSettings::default()).unwrap();
    assert_eq!((terms(&ingested), ingested.totals.cost), (vec!["blue shoes", "red shoes"], Some(6.9)));
    let kinds: Vec<_> = ingested.counts.terms.iter().map(|term| term.key.match_type.as_deref()).collect();
    assert_eq!(kinds, [Some("Exact"), Some("Phrase")]);
    assert_eq!(ingested.counts.terms[0].levers.max_cpc, Some(0.9));
    assert_eq!(ingested.counts.terms[0].status, crate::domain::Status::Paused);
}

#[test]
fn schemas_of_warehouses_and_connectors_read_alike() {
    let rows = "2026-01-05,C,G,red,EXACT,10,1,COST,0,0\n2026-01-12,C,G,red,EXACT,10,2,COST,1,9\n";
    let headers = [
        // the interface's own transfer to a warehouse
        "segments_date,campaign_name,ad_group_name,ad_group_criterion_keyword_text,ad_group_criterion_keyword_match_type,metrics_impressions,metrics_clicks,metrics_cost_micros,metrics_conversions,metrics_conversions_value",
        // rows of the API
        "segments.date,campaign.name,ad_group.name,ad_group_criterion.keyword.text,ad_group_criterion.keyword.match_type,metrics.impressions,metrics.clicks,metrics.cost_micros,metrics.conversions,metrics.conversions_value",
        // connectors
        "date,campaign_name,ad_group_name,keyword_text,keyword_match_type,impressions,clicks,cost_micros,conversions,conversions_value",
        "Date,Campaign name,Ad group name,Search keyword,Match type,Impressions,Clicks,Cost,Conversions,Total conversion value",
        "Date,Campaign,Ad Group,Keyword,Match Type,Impressions,Clicks,Spend,Conversions,Conversion Value",
    ];
    let read = headers.map(|header| {
        let cost = if header.contains("micros") { "1500000" } else { "1.5" };
        read_text(&format!("{header}\n{}", rows.replace("COST", cost))).unwrap()
    });
    assert_eq!((read[0].totals.cost, read[0].totals.revenue), (Some(3.0), Some(9.0)));
    for (ingested, header) in read.iter().zip(headers) {
        assert_eq!(ingested.counts, read[0].counts, "{header}");
    }
}

/// Totals of a report as clicks, cost, conversions and revenue.
fn sums(text: &str, unit: TermUnit) -> (f64, Option<f64>, f64, Option<f64>) {
    let ingested = read_with(&[text], &IngestSettings { unit, ..IngestSettings::default() }).unwrap();
    let totals = ingested.totals;
    (totals.clicks, totals.cost, totals.conversions, totals.revenue)
}

#[test]
fn reports_of_amazon_in_the_languages_of_its_console() {
    let expected = (12.0, Some(6.0), 2.0, Some(59.9));
    for text in [
        "Startdatum;Enddatum;W\u{e4}hrung;Kampagnenname;Anzeigengruppenname;Ausrichtung;\u{dc}bereinstimmungstyp;Suchbegriff des Kunden;\
         Impressionen;Klicks;Klickrate (CTR);Kosten pro Klick (CPC);Ausgaben;Gesamtumsatz in 7 Tagen (\u{20ac});\
         Zugeordnete Umsatzkosten (ACOS) gesamt;Gesamtzahl der Bestellungen in 7 Tagen (#);Gesamtzahl der Einheiten in 7 Tagen (#)\n\
         02.02.2026;08.02.2026;EUR;SP;AG1;presse;Exakt;presse edelstahl;1.234;12;0,97%;0,50;6,00;59,90;10,02%;2;3\n",
        "Kampagnenname;\u{dc}bereinstimmungstyp;Suchbegriff eines Kunden;Impressionen;Klicks;Ausgaben;7 Tage, Verk\u{e4}ufe gesamt;\
         7 Tage, Bestellungen gesamt;7 Tage, verkaufte Einheiten gesamt\nSP;EXACT;presse;\"1.234\";12;\"6,00\";\"59,90\";2;3\n",
        "Fecha de inicio;Fecha de finalizaci\u{f3}n;Divisa;Nombre de campa\u{f1}a;Nombre del grupo de anuncios;Segmentaci\u{f3}n;\
         Tipo de coincidencia;T\u{e9}rmino de b\u{fa}squeda de cliente;Impresiones;Clics;Gasto;Ventas totales de 7 d\u{ed}as (\u{20ac});\
         Pedidos totales de 7 d\u{ed}as (#);Unidades totales de 7 d\u{ed}as (#);Ventas SKU anunciadas 7 d\u{ed}as (\u{20ac})\n\
         feb 2, 2026;feb 8, 2026;EUR;SP;G;presse;EXACTA;prensa;600;12;\u{20ac}6,00;\u{20ac}59,90;2;3;\u{20ac}1,00\n",
        "Date de d\u{e9}but;Date de fin;Devise;Nom de la campagne;Nom du groupe d'annonces;Ciblage;Type de correspondance;\
         Terme de recherche client;Impressions;Clics;D\u{e9}penses;Ventes totales sur 7 jours (\u{20ac});\
         Total des commandes sur 7 jours (n\u{b0})\n02/02/2026;08/02/2026;EUR;SP;G;presse;EXACT;presse inox;600;12;6,00;59,90;2\n",
    ] {
        let settings = IngestSettings { date_order: Some(DateOrder::DayFirst), ..IngestSettings::default() };
        let ingested = read_with(&[text], &settings).unwrap();
        let totals = ingested.totals;
        assert_eq!((totals.clicks, totals.cost, totals.conversions, totals.revenue), expected, "{text}");
        let searches = read_with(&[text], &IngestSettings { unit: TermUnit::SearchTerm, ..settings }).unwrap();
        assert_ne!(terms(&searches), ["(no term)"], "{text}");
    }
}

#[test]
fn rows_of_apple_flattened() {
    let by_points = "metadata.campaignName,metadata.adGroupName,metadata.keyword,metadata.matchType,metadata.keywordStatus,\
                     metadata.bidAmount.amount,metadata.bidAmount.currency,total.impressions,total.taps,total.totalInstalls,\
                     total.localSpend.amount,total.localSpend.currency,total.avgCPT.amount,granularity.date\n\
                     C,A,yoga app,EXACT,ACTIVE,1.5,USD,100,12,2,6.0,USD,0.5,2026-02-02\n";
    let ingested = read_text(by_points).unwrap();
    assert_eq!((terms(&ingested), ingested.totals.clicks), (vec!["yoga app"], 12.0));
    assert_eq!((ingested.totals.cost, ingested.totals.conversions), (Some(6.0), 2.0));
    assert_eq!(ingested.counts.terms[0].key.campaign.as_deref(), Some("C"));
    let by_lines = "metadata_keyword,total_impressions,total_taps,total_localSpend_amount,total_totalInstalls\nyoga,100,12,6.0,2\n";
    assert_eq!(sums(by_lines, TermUnit::Keyword), (12.0, Some(6.0), 2.0, None));
}

#[test]
fn weeks_as_dashboards_write_them() {
    for week in [
        "02.02.2026 \u{2013} 08.02.2026",
        "2026-02-02 - 2026-02-08",
        "\"Feb 2, 2026 to Feb 8, 2026 (Week 6)\"",
        "KW 6 2026",
        "2026.02.02",
        "2026-W06",
    ] {
        let ingested = read_text(&format!("week,term,clicks,conversions\n{week},a,3,1\n")).unwrap();
        assert_eq!(ingested.counts.calendar.periods[0].start, day("2026-02-02"), "{week}");
    }
    let found = refused("week,term,clicks,conversions\n2026-02-01 - 2026-02-28,a,3,1\n");
    assert!(found[0].3.contains("neither one day nor one week"), "{found:?}");
}

#[test]
fn weeks_are_seven_days_whatever_the_column_is_called() {
    for header in ["week", "Date", "Day", "Datum"] {
        for week in ["KW 6 2026", "2026-W06", "02.02.2026 \u{2013} 08.02.2026"] {
            let calendar =
                read_text(&format!("{header},term,clicks,conversions\n{week},a,3,1\n")).unwrap().counts.calendar;
            let period = &calendar.periods[0];
            assert_eq!((period.start, period.complete), (day("2026-02-02"), true), "{header}: {week}");
            assert_eq!((calendar.periods.len(), calendar.as_of), (1, day("2026-02-08")), "{header}: {week}");
        }
    }
    // above the header
    for week in ["KW 6 2026", "2026-W06", "Semaine 6 2026"] {
        let calendar = read_text(&format!("{week}\n\nterm,clicks,conversions\na,3,1\n")).unwrap().counts.calendar;
        assert_eq!((calendar.periods[0].start, calendar.as_of), (day("2026-02-02"), day("2026-02-08")), "{week}");
    }
    // days among them are of another length
    let found = refused("Date,term,clicks,conversions\n2026-02-02,a,3,1\nKW 7 2026,a,3,1\n");
    assert_eq!((found.len(), found[0].0, found[0].3), (1, 3, "is a week, and other cells of the column are days"));
    assert!(read_text("Date,term,clicks,conversions\nS1 2026,a,3,1\n").is_err());
}

#[test]
fn several_accounts_are_told() {
    let of = |account: &str| {
        format!("Account name,term,clicks,cost,conversions\nShop DE,bed,10,5,1\n{account},bed,20,9,2\n")
    };
    let ingested = read_text(&of("Shop AT")).unwrap();
    assert_eq!((ingested.counts.terms.len(), note(&ingested, "several-accounts")), (1, 2));
    assert_eq!(note(&read_text(&of("Shop DE")).unwrap(), "several-accounts"), 0);
    let map = [("Account name".to_owned(), "channel".to_owned())].into();
    let apart = read_with(&[&of("Shop AT")], &IngestSettings { map, ..IngestSettings::default() }).unwrap();
    assert_eq!((apart.counts.terms.len(), note(&apart, "several-accounts")), (2, 0));
    // one of two names of it is enough
    let both = of("Shop AT")
        .replace("Account name", "Account name,Account number")
        .replace(",bed", ",1,bed")
        .replace("1,bed,20", "2,bed,20");
    assert_eq!(note(&read_text(&both).unwrap(), "several-accounts"), 2);
    let map = [("Account number".to_owned(), "channel".to_owned())].into();
    let apart = read_with(&[&both], &IngestSettings { map, ..IngestSettings::default() }).unwrap();
    assert_eq!((apart.counts.terms.len(), note(&apart, "several-accounts")), (2, 0));
    // one file an account
    let own = |account: &str, clicks: u32| {
        format!("Account name,term,clicks,cost,conversions\n{account},bed,{clicks},5,1\n{account},sofa,{clicks}1,7,2\n")
    };
    let files = [own("Shop DE", 10), own("Shop AT", 12)];
    let both = read_with(&[&files[0], &files[1]], &IngestSettings::default()).unwrap();
    assert_eq!(note(&both, "several-accounts"), 2);
}
