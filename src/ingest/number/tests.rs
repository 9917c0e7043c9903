use super::*;

fn amount(text: &str) -> Result<f64, &'static str> {
    parse(text, Kind::Amount, Marks::Point)
}

fn german(text: &str) -> Result<f64, &'static str> {
    parse(text, Kind::Amount, Marks::Comma)
}

#[test]
fn numbers_as_people_write_them() {
    for (text, value) in [
        ("0", 0.0),
        ("1234.5", 1234.5),
        ("1,234.50", 1234.5),
        ("1,234", 1234.0),
        ("1.234", 1.234),
        ("$1,188", 1188.0),
        ("12 \u{20ac}", 12.0),
        ("\u{a3}3.20", 3.2),
        ("USD 1,234.50", 1234.5),
        ("4.50 EUR", 4.5),
        ("US$5", 5.0),
        ("R$ 5.10", 5.1),
        (" 7 ", 7.0),
        ("1e3", 1000.0),
        ("1e-15", 1e-15),
        (".5", 0.5),
        ("5.", 5.0),
        ("-0", 0.0),
        ("12,345,678.9", 12_345_678.9),
        ("12,34,567.5", 1_234_567.5),
        ("1'234.50", 1234.5),
        ("1 234 567", 1_234_567.0),
        ("0.1", 0.1),
        ("9007199254.740993", 9_007_199_254.740_993),
    ] {
        assert_eq!(amount(text), Ok(value), "{text}");
    }
    assert_eq!(parse("30 %", Kind::Ratio, Marks::Point), Ok(0.3));
}

#[test]
fn numbers_with_decimal_commas() {
    for (text, value) in [
        ("275,03", 275.03),
        ("2.206", 2206.0),
        ("2,206", 2.206),
        ("1.234.567,8", 1_234_567.8),
        ("1\u{202f}234,50 \u{20ac}", 1234.5),
        ("-0,00", 0.0),
        ("1,5E-03", 0.0015),
    ] {
        assert_eq!(german(text), Ok(value), "{text}");
    }
    // one unit in the last place from the division by 100
    assert!((parse("4,88%", Kind::Ratio, Marks::Comma).unwrap() - 0.0488).abs() < 1e-16);
}

#[test]
fn shares_that_are_cut_off_are_intervals() {
    for (text, ends) in [
        ("45%", (0.45, 0.45)),
        ("0.45", (0.45, 0.45)),
        ("45", (0.45, 0.45)),
        ("< 10%", (0.0, 0.1)),
        ("> 90%", (0.9, 1.0)),
        ("0.0999", (0.0, 0.1)),
        ("0.9001", (0.9, 1.0)),
        ("100%", (1.0, 1.0)),
    ] {
        assert_eq!(parse_share(text, Marks::Point, Unit::ByValue), Ok(ends), "{text}");
    }
    assert_eq!(parse_share("44,10 %", Marks::Comma, Unit::Ratio), Ok((0.441, 0.441)));
    assert!(
        parse_share("250%", Marks::Point, Unit::Percent).is_err()
            && parse_share("-3%", Marks::Point, Unit::ByValue).is_err()
    );
}

#[test]
fn what_a_number_says_of_its_marks() {
    for (text, expected) in [
        ("1234", Shape::Whole),
        ("1.5", Shape::Point),
        ("0.125", Shape::Point),
        ("1234.567", Shape::Point),
        ("1,234.5", Shape::Point),
        ("1,234,567", Shape::Point),
        ("12,34,567", Shape::Point),
        ("1e-15", Shape::Whole),
        ("1,5", Shape::Comma),
        ("4,88%", Shape::Comma),
        ("0,125", Shape::Comma),
        ("1.234,5", Shape::Comma),
        ("1.234.567", Shape::Comma),
        ("2.206", Shape::EitherPoint),
        ("$1,188", Shape::EitherComma),
        ("1.2.3", Shape::Wrong),
        ("abc", Shape::Wrong),
        ("", Shape::Wrong),
    ] {
        assert_eq!(shape_of(text), expected, "{text}");
    }
}

#[test]
fn marks_against_those_of_the_column_are_refused() {
    for text in ["4,88", "0,125", "1.234,50", "1234,567"] {
        assert_eq!(amount(text), Err("has a decimal comma, and the column has decimal points"), "{text}");
    }
    for text in ["4.88", "1,234.5", "1,234,567"] {
        assert_eq!(german(text), Err("has a decimal point, and the column has decimal commas"), "{text}");
    }
    for text in ["4.88", "1,234", "4,8"] {
        let open = parse(text, Kind::Amount, Marks::Open);
        assert_eq!(open, Err("has a mark that may be a decimal mark or group thousands"), "{text}");
    }
    assert_eq!(parse("1234", Kind::Amount, Marks::Open), Ok(1234.0));
}

#[test]
fn doubtful_numbers_are_refused() {
    for text in
        ["abc", "1 2", "1.2.3", "Err:509", "=1+2", ".", "e", "0x10", "$", "\u{ff11}", "1,234,", "5 apples", "12 34 567"]
    {
        assert_eq!(amount(text), Err("is not a number"), "{text}");
    }
    for text in ["NaN", "inf", "-inf", "Infinity", "1e999"] {
        assert_eq!(amount(text), Err("must be a finite number"), "{text}");
    }
    for text in ["-1", "-$5", "$-5", "\u{2212}3"] {
        assert_eq!(amount(text), Err("must not be negative"), "{text}");
    }
    assert_eq!(amount("12%"), Err("is a percentage where a count or an amount is expected"));
    assert_eq!(amount("2e12"), Err("is larger than 1e12"));
}

#[test]
fn plain_numbers_equal_the_standard_reader() {
    for text in ["0.1", "123456.789", "99999999999999", "0.000000000001", "4503599627370.49", "8.07"] {
        assert_eq!(plain(text.as_bytes()).map(|(value, _)| value), text.parse().ok(), "{text}");
    }
}
