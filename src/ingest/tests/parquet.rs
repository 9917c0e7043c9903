use super::*;
use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, IntoSeries, NamedFrom, ParquetWriter, Series, TimeUnit, TimeZone,
};

fn table(columns: Vec<Column>) -> Vec<u8> {
    let height = columns[0].len();
    let mut frame = DataFrame::new(height, columns).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

fn column<T, P: ?Sized>(name: &str, values: T) -> Column
where
    Series: NamedFrom<T, P>,
{
    Series::new(name.into(), values).into_column()
}

fn read_bytes(bytes: &[u8]) -> Result<Ingested, IngestError> {
    read(&Files::new(&[("a.data", bytes)]).paths, &IngestSettings::default())
}

fn dates(name: &str, days: &[i32], datetime: bool) -> Column {
    let days = Series::new(name.into(), days).cast(&DataType::Date).unwrap();
    let milliseconds = DataType::Datetime(TimeUnit::Milliseconds, None);
    if datetime { days.cast(&milliseconds).unwrap().into_column() } else { days.into_column() }
}

#[test]
fn a_parquet_table_reads_like_the_same_text() {
    let text = "criterion_id,week,impressions,clicks,cost,conversions\n12345678901234567,2024-01-01,10,3,$1.5,0\n7,2024-01-08,,4,2.25,1.5\n";
    let text = read_text(text).unwrap();
    for datetime in [false, true] {
        let bytes = table(vec![
            column("criterion_id", &[12_345_678_901_234_567_i64, 7]),
            dates("week", &[19_723, 19_730], datetime),
            column("impressions", &[Some(10_i64), None]),
            column("clicks", &[3_u32, 4]),
            column("cost", &["$1.5", "2.25"]),
            column("conversions", &[0.0_f32, 1.5]),
        ]);
        let table = read_bytes(&bytes).unwrap();
        assert_eq!((table.counts, table.notes, table.totals), (text.counts.clone(), text.notes.clone(), text.totals));
        assert_eq!((table.rows, table.files[0].bytes), (2, bytes.len() as u64));
    }
}

#[test]
fn days_of_the_report_are_read_as_dates() {
    let bytes = table(vec![
        column("term", &["a", "a"]),
        dates("week", &[19_723, 19_723], false),
        column("clicks", &[5_i64, 5]),
        column("conversions", &[1_i64, 2]),
        dates("reported_on", &[19_736, 19_729], true),
    ]);
    let ingested = read_bytes(&bytes).unwrap();
    let triangle = &ingested.counts.reports.triangle;
    assert_eq!((triangle.known(0, 0), triangle.known(0, 1)), (Some(2.0), Some(1.0)));
    assert_eq!(ingested.totals.conversions, 1.0);
}

#[test]
fn bad_cells_are_listed_by_row() {
    let bytes = table(vec![
        column("term", &[Some("a"), None, Some("c")]),
        column("clicks", &[Some(-1_i64), Some(1), None]),
        column("conversions", &[f64::NAN, 0.0, f64::INFINITY]),
    ]);
    let Err(IngestError::Refused { refused, total }) = read_bytes(&bytes) else { panic!() };
    let found: Vec<_> = refused.iter().map(|cell| (cell.line, cell.column.as_str(), cell.rule)).collect();
    assert_eq!(total, 5);
    assert_eq!(
        found,
        [
            (1, "clicks", "must not be negative"),
            (1, "conversions", "must be a finite number"),
            (2, "term", "must not be blank"),
            (3, "clicks", "must not be blank"),
            (3, "conversions", "must be a finite number"),
        ]
    );
}

#[test]
fn a_column_of_the_wrong_type_is_named() {
    let bytes = table(vec![column("term", &["a"]), column("clicks", &[true]), column("conversions", &[1_i64])]);
    let error = read_bytes(&bytes).unwrap_err();
    assert!(
        matches!(&error, IngestError::ColumnType { column, wanted: "a number", .. } if column == "clicks"),
        "{error:?}"
    );
    let bytes = table(vec![
        column("term", &["a"]),
        column("week", &[20_240_101_i64]),
        column("clicks", &[1_i64]),
        column("conversions", &[1_i64]),
    ]);
    assert!(matches!(read_bytes(&bytes), Err(IngestError::ColumnType { wanted: "a date", .. })));
}

#[test]
fn damage_is_an_error_wherever_it_is() {
    let bytes = table(vec![
        column("term", &["first", "second", "third"]),
        column("clicks", &[1_i64, 2, 3]),
        column("conversions", &[0.5_f64, 1.0, 2.0]),
    ]);
    for length in [4, 8, 11, 12, bytes.len() / 2, bytes.len() - 1] {
        let error = read_bytes(&bytes[..length]).unwrap_err();
        assert!(matches!(error, IngestError::Parquet { .. }), "{length}: {error:?}");
    }
    // the end is kept, the middle is lost
    let mut short = bytes[..40].to_vec();
    short.extend(&bytes[bytes.len() - 40..]);
    assert!(read_bytes(&short).is_err());
    for at in 4..bytes.len() {
        for flip in [0x01, 0x55, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            // a flipped bit inside a value cannot be seen; whatever happens, the reader comes back
            let _ = read_bytes(&damaged);
        }
    }
}

#[test]
fn an_empty_table_is_told() {
    let bytes = table(vec![
        column("term", Vec::<String>::new()),
        column("clicks", Vec::<i64>::new()),
        column("conversions", Vec::<i64>::new()),
    ]);
    assert!(matches!(read_bytes(&bytes), Err(IngestError::HeaderOnly { .. })));
}

#[test]
fn columns_that_are_not_read_are_looked_at_wherever_they_stand() {
    let of = |notes: [&str; 2]| {
        table(vec![
            column("term", &["a", ""]),
            column("clicks", &[3_u32, 4]),
            column("conversions", &[0_u32, 1]),
            column("note", &notes),
        ])
    };
    let error = read_bytes(&of(["fine", "jane@example.com"])).unwrap_err();
    assert!(matches!(&error, IngestError::Personal { line: 2, column, .. } if column == "note"), "{error:?}");
    assert!(matches!(read_bytes(&of(["fine", "fine"])), Err(IngestError::Refused { total: 1, .. })));
}

/// Every row of a file of moderate size is looked at; of a larger one the first rows of each piece.
#[test]
fn somebody_far_down_a_column_that_is_not_read_is_found() {
    let of = |rows: u32, persons: std::ops::Range<usize>| {
        let terms: Vec<String> = (0..rows).map(|row| format!("term {row}")).collect();
        let mut notes = vec!["fine"; rows as usize];
        notes[persons].fill("jane@example.com");
        let columns = vec![
            column("term", &terms),
            column("clicks", &vec![3_u32; rows as usize]),
            column("conversions", &vec![0_u32; rows as usize]),
            column("note", &notes),
        ];
        let mut frame = DataFrame::new(rows as usize, columns).unwrap();
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).with_row_group_size(Some(50_000)).finish(&mut frame).unwrap();
        bytes
    };
    let line_of = |bytes: &[u8]| match read_bytes(bytes) {
        Err(IngestError::Personal { line, column, .. }) if column == "note" => line,
        other => panic!("{:?}", other.map(|read| read.counts.terms.len())),
    };
    assert_eq!(line_of(&of(5000, 3210..3211)), 3211);
    // wherever its pieces begin
    assert!(line_of(&of(300_000, 140_000..300_000)) > 140_000);
}

#[test]
fn people_stop_the_run_in_every_encoding_and_packing() {
    let text = "Report of jane@example.com\nterm,clicks,conversions,note\na,1,0,fine\nTotal,1,0,+49 170 1234567\n";
    let wide: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for bytes in [text.as_bytes(), &wide, &packed] {
        let error = read_bytes(bytes).unwrap_err();
        assert!(matches!(&error, IngestError::Personal { line: 4, what: "a phone number", .. }), "{error:?}");
    }
    let ingested = read_text(&text.replace("+49 170 1234567", "")).unwrap();
    assert!(!format!("{:?}", ingested.notes).contains("jane"), "{:?}", ingested.notes);
}

#[test]
fn totals_of_a_rollup_are_told() {
    let bytes = table(vec![
        column("term", [Some("bed"), Some("sofa"), None, Some("desk"), Some("lamp"), None, None]),
        column("campaign", [Some("A"), Some("A"), Some("A"), Some("B"), Some("B"), Some("B"), None]),
        column("clicks", [10_i64, 20, 30, 30, 40, 70, 100]),
        column("cost", [5.1, 7.2, 12.3, 9.3, 11.4, 20.7, 33.0]),
        column("conversions", [1.0, 2.0, 3.0, 3.0, 1.0, 4.0, 7.0]),
    ]);
    let ingested = read_bytes(&bytes).unwrap();
    assert_eq!((ingested.totals.clicks, note(&ingested, "totals-agree")), (100.0, 3));
}

#[test]
fn accounts_are_told_from_people_by_their_values() {
    let bytes = |ids: [&str; 2]| {
        table(vec![
            column("term", ["bed", "sofa"]),
            column("customer_id", ids),
            column("clicks", [1_i64, 2]),
            column("conversions", [0_i64, 0]),
        ])
    };
    assert_eq!(read_bytes(&bytes(["7", "7"])).unwrap().totals.clicks, 3.0);
    assert!(matches!(read_bytes(&bytes(["7", "8"])), Err(IngestError::Identifies { .. })));
}

#[test]
fn ids_that_are_typed_numbers_are_noted_as_rounded() {
    let bytes = |first: f64| {
        table(vec![
            column("keyword_id", &[first, 7.0]),
            column("clicks", &[3_i64, 4]),
            column("conversions", &[0.0, 1.5]),
        ])
    };
    let ingested = read_bytes(&bytes(12_345_678_901_234_567.0)).unwrap();
    assert_eq!((note(&ingested, "rounded-ids"), note(&ingested, "long-ids")), (1, 0));
    assert_eq!(note(&read_bytes(&bytes(1_234_567_890.0)).unwrap(), "rounded-ids"), 0);
}

#[test]
fn decimals_of_a_warehouse_are_read_to_the_cent() {
    // written by another engine: 9, 18 and 38 digits, which Parquet stores as 32 and 64 bits and as bytes
    let ingested = read_bytes(include_bytes!("decimals.parquet")).unwrap();
    let totals = ingested.totals;
    assert_eq!((totals.clicks, totals.cost, totals.conversions), (60.0, Some(1_234_569.14), 3.625));
    // a sum of amounts, each the nearest number
    assert!((totals.revenue.unwrap() - 100.06).abs() < 1e-9);
    let cut = &include_bytes!("decimals.parquet")[..900];
    assert!(matches!(read_bytes(cut), Err(IngestError::Parquet { .. })));
}

#[test]
fn days_of_an_unknown_name_are_noted() {
    let bytes = table(vec![
        column("term", &["a"]),
        dates("bucket", &[19_723], false),
        column("clicks", &[5_i64]),
        column("conversions", &[1_i64]),
    ]);
    assert_eq!(note(&read_bytes(&bytes).unwrap(), "unread-dates"), 1);
}

#[test]
fn dictionaries_of_texts_are_texts_and_bounded() {
    let ingested = read_bytes(include_bytes!("../../../tests/corpus/good-dictionary.parquet")).unwrap();
    let campaigns: Vec<_> = ingested.counts.terms.iter().map(|term| term.key.campaign.as_deref()).collect();
    assert_eq!(terms(&ingested), ["bed", "bed", "caf\u{e9}", "sofa"]);
    assert_eq!((campaigns[2], campaigns[3]), (Some("Other"), Some("Brand")));
    assert_eq!(ingested.totals.conversions, 10.0);
    // one text of 100 kB in 3,000 rows
    let error = read_bytes(include_bytes!("../../../tests/corpus/bad-long-texts.parquet")).unwrap_err();
    assert!(error.to_string().contains("many times its size"), "{error}");
}

#[test]
fn moments_are_on_the_days_of_their_zone() {
    // midnights of 2026-02-02 and 2026-02-09 in Berlin
    let moments = [1_769_986_800_i64, 1_770_591_600];
    for (zone, first, last, expected) in [
        ("Europe/Berlin", "2026-02-02", "2026-02-09", "those of `Europe/Berlin`"),
        ("+01:00", "2026-02-02", "2026-02-09", "those of"),
        ("UTC", "2026-02-01", "2026-02-08", "those of `UTC`"),
        ("Mars/Olympus", "2026-02-01", "2026-02-08", "those of UTC"),
    ] {
        for (unit, factor) in [(TimeUnit::Milliseconds, 1000), (TimeUnit::Nanoseconds, 1_000_000_000)] {
            let name = zone;
            let moments = Series::new("date".into(), moments.map(|moment| moment * factor));
            // no name of a zone is checked
            let zone = TimeZone::opt_try_new(Some(zone)).unwrap();
            let bytes = table(vec![
                column("term", &["a", "a"]),
                // a cast drops the zone
                moments.i64().unwrap().clone().into_datetime(unit, zone).into_series().into_column(),
                column("clicks", &[3_i64, 4]),
                column("conversions", &[0_i64, 1]),
            ]);
            let settings = IngestSettings { period: PeriodChoice::Day, ..IngestSettings::default() };
            let ingested = read(&Files::new(&[("a.parquet", &bytes)]).paths, &settings).unwrap();
            let days: Vec<_> = ingested.counts.calendar.periods.iter().map(|period| period.start).collect();
            let ends = (days.first().copied().flatten(), days.last().copied().flatten());
            assert_eq!(ends, (day(first), day(last)), "{name}");
            let told = ingested.notes.0.iter().find(|note| note.code == "time-zone").unwrap();
            assert!(told.message.contains(expected), "{}", told.message);
        }
    }
}

#[test]
fn several_accounts_of_a_warehouse_are_told() {
    let bytes = |second: &str| {
        table(vec![
            column("term", &["bed", "bed"]),
            column("account_name", &["Shop DE", second]),
            column("clicks", &[3_i64, 4]),
            column("conversions", &[0_i64, 1]),
        ])
    };
    assert_eq!(note(&read_bytes(&bytes("Shop AT")).unwrap(), "several-accounts"), 2);
    assert_eq!(note(&read_bytes(&bytes("Shop DE")).unwrap(), "several-accounts"), 0);
}
