//! Workbooks made to fill memory, and stray cells.

use super::*;
use std::io::Write;

/// A workbook of one sheet with these rows, in XML; `claimed`: the size its directory gives of the sheet.
fn workbook(rows: &[u8], claimed: Option<u32>) -> Vec<u8> {
    workbook_with(rows, claimed, &[])
}

/// The same with texts that cells can name.
fn workbook_with(rows: &[u8], claimed: Option<u32>, texts: &[&str]) -> Vec<u8> {
    let types =
        br#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
    let relation = |targets: &[(&str, &str)]| {
        let one = |(number, (kind, target)): (usize, &(&str, &str))| {
            format!(
                r#"<Relationship Id="r{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>"#,
                number + 1
            )
        };
        let all: String = targets.iter().enumerate().map(one).collect();
        format!(
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{all}</Relationships>"#
        )
    };
    let strings: String = texts.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
    let strings = format!(
        r#"<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{strings}</sst>"#
    );
    let book = br#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>"#;
    let sheet = [
        br#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#.as_slice(),
        rows,
        b"</sheetData></worksheet>",
    ]
    .concat();
    archive(&[
        ("[Content_Types].xml", types, None),
        ("_rels/.rels", relation(&[("officeDocument", "xl/workbook.xml")]).as_bytes(), None),
        ("xl/workbook.xml", book, None),
        (
            "xl/_rels/workbook.xml.rels",
            relation(&[("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml")]).as_bytes(),
            None,
        ),
        ("xl/sharedStrings.xml", strings.as_bytes(), None),
        ("xl/worksheets/sheet1.xml", &sheet, claimed),
    ])
}

/// A ZIP archive (APPNOTE 6.3.10, sections 4.3.7 to 4.3.16).
fn archive(files: &[(&str, &[u8], Option<u32>)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let number = |number: usize| u32::try_from(number).unwrap();
    for (name, content, claimed) in files {
        let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(content).unwrap();
        let packed = packed.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        for number in [crc.sum(), number(packed.len()), claimed.unwrap_or(number(content.len())), number(name.len())] {
            common.extend(number.to_le_bytes());
        }
        let begins = number(bytes.len());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.as_bytes());
        bytes.extend(packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(begins.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let begins = number(bytes.len());
    let size = number(directory.len());
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\x00\x00\x00\x00");
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    bytes.extend([count, count].concat());
    bytes.extend(size.to_le_bytes());
    bytes.extend(begins.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// A row with texts and numbers.
fn row(number: u64, cells: &[(&str, &str)]) -> String {
    let cell = |&(column, text): &(&str, &str)| {
        if text.parse::<f64>().is_ok() {
            format!("<c r=\"{column}{number}\"><v>{text}</v></c>")
        } else {
            format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        }
    };
    format!("<row r=\"{number}\">{}</row>", cells.iter().map(cell).collect::<String>())
}

fn table() -> String {
    row(1, &[("A", "Keyword"), ("B", "Clicks"), ("C", "Conversions")])
        + &row(2, &[("A", "bed"), ("B", "10"), ("C", "1.5")])
        + &row(3, &[("A", "sofa"), ("B", "20"), ("C", "2")])
}

fn read_bytes(name: &str, bytes: &[u8]) -> Result<Ingested, IngestError> {
    read(&Files::new(&[(name, bytes)]).paths, &IngestSettings::default())
}

#[test]
fn a_stray_cell_at_the_far_end_is_one_refused_cell() {
    let plain = read_bytes("a.xlsx", &workbook(table().as_bytes(), None)).unwrap();
    assert_eq!((plain.totals.clicks, plain.totals.conversions), (30.0, 3.5));
    for (column, line) in [("XFD", 1_048_576), ("GR", 1_000_000), ("F", 5)] {
        let rows = table() + &row(line, &[(column, "x")]);
        match read_bytes("a.xlsx", &workbook(rows.as_bytes(), None)) {
            Err(IngestError::Refused { refused, total: 1 }) => assert_eq!(refused[0].line, line),
            other => panic!("{column}{line}: {other:?}"),
        }
    }
    for (column, line) in [("A", 4_294_967_295), ("ZZZZZZ", 4)] {
        let rows = table() + &row(line, &[(column, "x")]);
        let error = read_bytes("a.xlsx", &workbook(rows.as_bytes(), None)).unwrap_err();
        assert!(error.to_string().contains("beyond what a sheet can hold"), "{error}");
    }
}

#[test]
fn a_sheet_is_as_large_as_it_is_and_not_as_its_directory_claims() {
    let mut rows = table().into_bytes();
    rows.resize(300 << 20, b' ');
    let error = read_bytes("a.xlsx", &workbook(&rows, Some(1000))).unwrap_err();
    assert!(error.to_string().contains("many times its size"), "{error}");
}

#[test]
fn an_archive_is_no_workbook() {
    let bytes = archive(&[("report.csv", b"Keyword,Clicks,Conversions\na,1,0\n", None)]);
    let error = read_bytes("a.zip", &bytes).unwrap_err();
    assert!(error.to_string().contains("a ZIP archive"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("unpack")));
}

#[test]
fn ids_that_were_rounded_as_numbers_are_noted() {
    let rows = row(1, &[("A", "Keyword ID"), ("B", "Clicks"), ("C", "Conversions")])
        + &row(2, &[("A", "12345678901234567"), ("B", "10"), ("C", "1")])
        + &row(3, &[("A", "12345678901234568"), ("B", "20"), ("C", "2")]);
    let ingested = read_bytes("a.xlsx", &workbook(rows.as_bytes(), None)).unwrap();
    assert_eq!((note(&ingested, "rounded-ids"), note(&ingested, "long-ids")), (2, 0));
}

#[test]
fn a_text_that_every_row_names_is_bounded() {
    let rows = |last: u64| {
        let row = |number: u64| {
            format!(
                "<row r=\"{number}\"><c r=\"A{number}\" t=\"s\"><v>0</v></c><c r=\"B{number}\"><v>1</v></c><c r=\"C{number}\"><v>0</v></c></row>"
            )
        };
        row_of_names() + &(2..=last).map(row).collect::<String>()
    };
    let long = "x".repeat(32_000);
    let few = read_bytes("a.xlsx", &workbook_with(rows(3).as_bytes(), None, &[&long])).unwrap();
    assert_eq!(few.totals.clicks, 2.0);
    let error = read_bytes("a.xlsx", &workbook_with(rows(10_000).as_bytes(), None, &[&long])).unwrap_err();
    assert!(error.to_string().contains("the sheet `Data`: it grows to many times its size"), "{error}");
}

fn row_of_names() -> String {
    row(1, &[("A", "Keyword"), ("B", "Clicks"), ("C", "Conversions")])
}
