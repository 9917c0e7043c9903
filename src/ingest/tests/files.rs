use super::*;

fn read_bytes(name: &str, bytes: &[u8]) -> Result<Ingested, IngestError> {
    read(&Files::new(&[(name, bytes)]).paths, &IngestSettings::default())
}

#[test]
fn separators_are_told_from_the_header() {
    for separator in [",", "\t", ";"] {
        let text = "term|clicks|conversions\n\"a, b; c\"|3|1.5\n".replace('|', separator);
        let ingested = read_text(&text).unwrap();
        assert_eq!((terms(&ingested), ingested.totals.clicks), (vec!["a, b; c"], 3.0));
    }
}

#[test]
fn marks_line_ends_and_empty_lines_do_not_matter() {
    let plain = read_text("term,clicks,conversions\na,1,0\nb,2,1\n").unwrap();
    for text in [
        "\u{feff}term,clicks,conversions\r\na,1,0\r\nb,2,1\r\n",
        "\n\nterm,clicks,conversions\na,1,0\n\n\r\nb,2,1",
        "term,clicks,conversions\n a ,1, 0\nb,\"2\",1\n,,\n",
    ] {
        assert_eq!(read_text(text).unwrap().counts, plain.counts, "{text:?}");
    }
}

#[test]
fn quotes_open_a_cell_only_at_its_beginning() {
    let text = "term,clicks,conversions\n5\" pipe,1,0\n\"12\"\" ruler, wood\",2,0\n\"two\nlines\",3,0\n\"a\"b,4,0\n";
    let ingested = read_text(text).unwrap();
    assert_eq!(terms(&ingested), ["12\" ruler, wood", "5\" pipe", "ab", "two\nlines"]);
}

#[test]
fn lines_are_physical_lines() {
    let text = "term,clicks,conversions\n\"two\nlines\",3,0\n\nbad,x,0\n\"more\n\n\",y,0\n";
    let lines: Vec<u64> = refused(text).into_iter().map(|(line, ..)| line).collect();
    assert_eq!(lines, [5, 6]);
}

#[test]
fn a_quote_too_many_swallows_no_rows() {
    // the quote of the next line closes it, and the letters behind are another row's
    let text = "term,clicks,conversions\n\"bed,1,0\nsofa,2,0\n\"tv\",3,0\nlamp,4,0\n";
    let found = refused(text);
    assert!(found.len() == 1 && found[0].0 == 2 && found[0].3.contains("a quote is missing"), "{found:?}");
    // the last quote of a name two rows on closes it: the rows between are gone
    for text in [
        "term,clicks,conversions,cost\n\"pipe,10,1,5\nbed,12,2,6\nlamp\",1,0,1\nsofa,1,0,1\n",
        "clicks,conversions,cost,term\n10,1,5,\"pipe\n12,2,6,bed\n1,0,1,lamp\"\n1,0,1,sofa\n",
        "term,clicks,conversions\n\"pipe,10,1\nlamp\",1,0\nsofa,1,0\n",
    ] {
        let found = refused(text);
        assert!(found.len() == 1 && found[0].0 == 2 && found[0].3.contains("a quote is missing"), "{found:?}");
    }
    // rows whose numbers are mostly blank
    for text in [
        "term,clicks,conversions,cost\n\"pipe,10,,\nbed,12,,\nlamp\",1,0,1\nsofa,1,0,1\n",
        "term,match type,clicks,conversions\n\"pipe,exact,,\nbed,broad,,\nlamp\",exact,1,0\n",
    ] {
        let found = refused(text);
        assert!(found.len() == 1 && found[0].0 == 2 && found[0].3.contains("a quote is missing"), "{found:?}");
    }
    let comments =
        "term,clicks,conversions,label\nlamp,4,0,\"good, cheap, new,\nand old\"\npipe,1,0,\"3/4\"\" pipe\"\n";
    assert_eq!(read_text(comments).unwrap().totals.clicks, 5.0);
    // a name of two lines and a comment are none
    let lines =
        "term,clicks,conversions,label\nlamp,4,0,\"seen on 3, 4, and 5 May\nand, as told, later\"\n\"a\nlamp\",1,0,x\n";
    assert_eq!(read_text(lines).unwrap().totals.clicks, 5.0);
    // inches are not
    assert_eq!(read_text("term,clicks,conversions\n\"15\" screen\",1,0\nlamp,4,0\n").unwrap().totals.clicks, 5.0);
}

#[test]
fn ragged_rows_are_refused() {
    let found = refused("term,clicks,conversions\na,1,0,9\nb,1\nc,1,0\n\"d,1,0\n");
    let rules: Vec<(u64, &str)> = found.iter().map(|&(line, _, _, rule)| (line, rule)).collect();
    let expected = [
        (2, "has more cells than the header"),
        (3, "has fewer cells than the header"),
        (5, "has a quote that is never closed"),
    ];
    assert_eq!(rules, expected);
    assert_eq!(found[0].2, "a,1,0,9");
}

#[test]
fn text_in_other_encodings_reads_the_same() {
    let text = "term,clicks,conversions\nb\u{fc}ro,1,0\n";
    let plain = read_text(text).unwrap();
    let latin: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, encoding) in [(latin, "Windows-1252"), (wide, "UTF-16 (little-endian)")] {
        let ingested = read_bytes("a.csv", &bytes).unwrap();
        assert_eq!(ingested.counts, plain.counts, "{encoding}");
        assert!(ingested.notes.0.iter().any(|note| note.code == "encoding" && note.message.ends_with(encoding)));
    }
    let error = read_bytes("a.csv", b"term,clicks,conversions\nb\xc3\xbcro,1,0\nm\xfcller,1,0\n").unwrap_err();
    assert!(matches!(error, IngestError::Damaged { offset: 35, line: 3, .. }), "{error:?}");
    assert!(error.hint().is_some());
}

#[test]
fn packed_files_are_unpacked() {
    use std::io::Write;
    let text = b"term,clicks,conversions\na,1,0\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstandard = zstd::encode_all(&text[..], 0).unwrap();
    for packed in [&gzip, &zstandard] {
        let ingested = read_bytes("a.csv.packed", packed).unwrap();
        assert_eq!((ingested.totals.clicks, ingested.files[0].bytes), (1.0, packed.len() as u64));
        let error = read_bytes("a.csv.packed", &packed[..packed.len() - 5]).unwrap_err();
        assert!(matches!(error, IngestError::Packed { .. }), "{error:?}");
    }
    // two members, one after the other, as `cat a.gz b.gz` makes them
    let mut more = flate2::write::GzEncoder::new(gzip, flate2::Compression::default());
    more.write_all(b"b,2,1\n").unwrap();
    assert_eq!(read_bytes("a.gz", &more.finish().unwrap()).unwrap().totals.clicks, 3.0);
}

#[test]
fn what_is_not_a_table_is_told() {
    for bytes in [&b""[..], b" \n\r\n ", b"\xef\xbb\xbf"] {
        assert!(matches!(read_bytes("a.csv", bytes), Err(IngestError::Empty { .. })), "{bytes:?}");
    }
    for text in [&b"term,clicks,conversions"[..], b"term,clicks,conversions\n\n,,\n"] {
        assert!(matches!(read_bytes("a.csv", text), Err(IngestError::HeaderOnly { .. })));
    }
    assert!(matches!(read_bytes("a.csv", b"ab\0cd\x01\x02"), Err(IngestError::NotATable { .. })));
    assert!(matches!(read_bytes("a.csv", b"\x1f\x8babc"), Err(IngestError::Packed { .. })));
    assert!(matches!(read_bytes("a.csv", b"PK\x03\x04abc"), Err(IngestError::Workbook { .. })));
    let files = Files::new(&[]);
    let directory = read(&[files.directory.path().to_path_buf()], &IngestSettings::default());
    assert!(matches!(directory, Err(IngestError::IsDirectory { .. })));
    let missing = read(&[files.directory.path().join("none.csv")], &IngestSettings::default());
    assert!(matches!(missing, Err(IngestError::NotFound { .. })));
    assert!(matches!(read(&[], &IngestSettings::default()), Err(IngestError::NoInput)));
}

#[test]
fn random_bytes_never_panic() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for length in [1, 7, 100, 5000] {
        for prefix in [&b""[..], b"PAR1", b"term,clicks,conversions\n", b"\"", b"term;clicks;conversions\n\""] {
            let mut bytes = prefix.to_vec();
            for _ in 0..length {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                bytes.push(state.to_le_bytes()[3] & if length == 100 { 0x7f } else { 0xff });
            }
            let error = read_bytes("a.csv", &bytes).unwrap_err();
            assert!(!error.to_string().is_empty() && error.hint().is_some());
        }
    }
}

#[test]
fn files_are_fingerprinted_and_mapped() {
    let text = "Keyword,Klicks,Conv.,other\na,1,0,x\nb,2,1,y\n";
    let ingested = read_text(text).unwrap();
    let file = &ingested.files[0];
    assert_eq!((ingested.rows, file.rows, file.bytes), (2, 2, text.len() as u64));
    let mapped: Vec<_> = ingested.mapping.iter().map(|one| (one.column.as_str(), one.mapped_to)).collect();
    let expected =
        [("Keyword", Some("term")), ("Klicks", Some("clicks")), ("Conv.", Some("conversions")), ("other", None)];
    assert_eq!(mapped, expected);
    let hash = read_text("term,clicks,conversions\na,1,0\n").unwrap().files[0].sha256.clone();
    assert_eq!(hash, "17b22834afdb09800e424ef5956100235db0b39d18e138404d11e84968209489"); // sha256sum of the same bytes
}

#[test]
fn several_files_are_one_input() {
    let first = "term,clicks,conversions\na,1,0\nb,2,1\n";
    let second = "conversions;term;clicks\n2;b;5\n0;c;1\n";
    let both = read_with(&[first, second], &IngestSettings::default()).unwrap();
    assert_eq!(terms(&both), ["a", "b", "c"]);
    assert_eq!((both.counts.cells.clicks.clone(), both.rows), (vec![1.0, 7.0, 1.0], 4));
    let turned = read_with(&[second, first], &IngestSettings::default()).unwrap();
    assert_eq!(both.counts, turned.counts);
    assert_eq!(both.notes, turned.notes);
}

#[test]
fn files_that_cannot_be_added_up_are_refused() {
    let settings = IngestSettings::default();
    let plain = "term,clicks,conversions\na,1,0\n";
    for (other, name) in [
        ("term,clicks,conversions,cost\na,1,0,2\n", "cost"),
        ("term,clicks,conversions,campaign\na,1,0,x\n", "campaign"),
        ("term,clicks,conversions,week\na,1,0,2024-01-01\n", "week"),
    ] {
        let error = read_with(&[plain, other], &settings).unwrap_err();
        let IngestError::ColumnsDiffer { column, with, without } = error else { panic!("{error:?}") };
        assert!(column == name && with.ends_with("1.csv") && without.ends_with("0.csv"));
    }
    let twice = read_with(&[plain, plain], &settings);
    assert!(matches!(twice, Err(IngestError::SameContent { .. })));
}

#[test]
fn everything_that_is_wrong_is_said_in_one_run() {
    let texts = ["term,clicks,conversions\na,x,0\n", "term,clicks\na,1\n", "term,clicks,conversions\nb,-1,0\n"];
    let error = read_with(&texts, &IngestSettings::default()).unwrap_err();
    let found: Vec<_> = error.refused().into_iter().map(|cell| (cell.line, cell.column, cell.rule)).collect();
    let cell = |line, column: &str, rule| (line, column.to_owned(), rule);
    assert_eq!(
        found,
        [
            cell(0, "conversions", "is required, and no column holds it"),
            cell(2, "clicks", "is not a number"),
            cell(2, "clicks", "must not be negative"),
        ]
    );
    assert!(error.hint().unwrap().contains("--map"));
}

#[test]
fn files_that_repeat_counts_are_refused_and_files_that_divide_them_are_added_up() {
    let rows = |clicks: [u32; 3]| {
        let [a, b, c] = clicks;
        format!("term,date,clicks,conversions\na,2024-01-01,{a},1\nb,2024-01-01,{b},2\nc,2024-01-02,{c},0\n")
    };
    let first = rows([20, 31, 12]);
    // the same days again, with one day more
    let longer = rows([20, 31, 12]) + "a,2024-01-03,5,0\n";
    let error = read_with(&[&first, &longer], &IngestSettings::default()).unwrap_err();
    let IngestError::SameDays { first: one, second, what } = &error else { panic!("{error:?}") };
    assert!(one.ends_with("0.csv") && second.ends_with("1.csv") && what.contains("2024-01-01"), "{what}");
    assert_eq!(error.refused().len(), 1);
    let other_device = rows([7, 14, 33]);
    let both = read_with(&[&first, &other_device], &IngestSettings::default()).unwrap();
    assert_eq!(both.totals.clicks, 117.0);
}

#[test]
fn a_later_export_of_the_same_days_is_refused_although_its_counts_were_revised() {
    let rows = |more: usize| {
        let row =
            |number: usize| format!("t{},2024-01-0{},{},{},1\n", number / 4, 1 + number % 4, 20 + number + more, 9.5);
        format!("term,date,clicks,cost,conversions\n{}", (0..40).map(row).collect::<String>())
    };
    let error = read_with(&[&rows(0), &rows(2)], &IngestSettings::default()).unwrap_err();
    assert!(matches!(error, IngestError::SameDays { .. }), "{error:?}");
    // halves of an account differ by chance
    let other = rows(0).replace(",9.5,", ",14.5,");
    assert!(read_with(&[&rows(0), &other], &IngestSettings::default()).is_ok());
}

#[test]
fn a_file_of_totals_alone_has_no_terms() {
    let text = "Keyword,Campaign,Ad group,Clicks,Cost,Conversions\nTotal: Account,,,25,10.00,2\n";
    assert!(read_with(&[text], &IngestSettings::default()).map_or(true, |read| read.counts.terms.is_empty()));
}

#[test]
fn an_access_log_is_named_and_nothing_of_it_is_shown() {
    let line = "198.51.100.7 - - [17/May/2015:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 203 \"-\" \"Mozilla\"\n";
    let error = read_with(&[&line.repeat(3)], &IngestSettings::default()).unwrap_err().to_string();
    assert!(error.contains("an access log") && !error.contains("198.51"), "{error}");
}

#[test]
fn folders_divided_by_a_column_have_it() {
    let directory = tempfile::tempdir().unwrap();
    for (week, clicks) in [("2024-01-01", 1), ("2024-01-08", 2)] {
        let folder = directory.path().join(format!("week={week}"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("part-0.csv"), format!("term,clicks,conversions\na,{clicks},0\n")).unwrap();
    }
    let paths = ["2024-01-01", "2024-01-08"].map(|week| directory.path().join(format!("week={week}/part-0.csv")));
    let ingested = read(&paths, &IngestSettings::default()).unwrap();
    assert_eq!((ingested.counts.cells.clicks.clone(), ingested.counts.calendar.periods.len()), (vec![1.0, 2.0], 2));
    assert!(ingested.mapping.iter().any(|column| column.column == "week" && column.mapped_to == Some("week")));
    #[cfg(feature = "cli")]
    assert_eq!(expand(&[directory.path().display().to_string()]).unwrap(), paths);
}

#[test]
fn one_path_named_twice_is_read_once() {
    let files = Files::new(&[("a.csv", b"term,clicks,conversions\na,1,0\n")]);
    let paths = [files.paths[0].clone(), files.paths[0].clone()];
    assert_eq!(read(&paths, &IngestSettings::default()).unwrap().rows, 1);
}

#[cfg(feature = "cli")]
#[test]
fn patterns_are_expanded_sorted_and_once() {
    let files = Files::new(&[("b.csv", b"x"), ("a.csv", b"x"), ("c.tsv", b"x"), ("[1].csv", b"x")]);
    let pattern = |tail: &str| files.directory.path().join(tail).display().to_string();
    let names = |patterns: &[String]| -> Vec<String> {
        let paths = expand(patterns).unwrap();
        paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names(&[pattern("*.csv"), pattern("a.csv"), pattern("a.*")]), ["[1].csv", "a.csv", "b.csv"]);
    assert_eq!(names(&[pattern("[1].csv")]), ["[1].csv"]);
    assert!(matches!(expand(&[pattern("*.parquet")]), Err(IngestError::NoMatch { .. })));
    assert!(matches!(expand(&[pattern("[.csv")]), Err(IngestError::Pattern { .. })));
}

#[test]
fn a_text_without_lines_is_refused() {
    let error = read_text(&"ab,12 ".repeat(3 << 20)).unwrap_err();
    assert!(error.to_string().contains("text without lines"), "{error}");
    let text = format!("Keyword,Clicks,Conversions\na,1,0\n\"{}", "b,2,0\n".repeat(4 << 20));
    match read_text(&text) {
        Err(IngestError::Refused { refused, total: 1 }) => {
            assert_eq!((refused[0].line, refused[0].rule), (3, "has a quote that is never closed"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn thousands_of_columns_of_accounts_are_read_once() {
    // by column each file would be read three thousand times
    let names = ",customer_id".repeat(3000);
    let cells = ",55".repeat(3000);
    let rows: String = (0..100).map(|row| format!("term{row},1,0{cells}\n")).collect();
    let ingested = read_text(&format!("term,clicks,conversions{names}\n{rows}")).unwrap();
    assert_eq!(ingested.totals.clicks, 100.0);
}
