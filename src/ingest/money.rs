//! Currencies beside numbers and in headers.
//!
//! In: the text of a cell or of a header. Out: the number's text without its currency, or the currency:
//! an ISO 4217 code, or a sign that several currencies share.

/// Codes that stand beside amounts; other words of three capitals are not taken for money.
const CODES: [&str; 48] = [
    "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP", "HKD",
    "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "PEN", "PHP",
    "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
];
/// Signs with the code they mean; a bare dollar, yen or krona sign may be several.
const SIGNS: [(&str, &str); 20] = [
    ("US$", "USD"),
    ("CA$", "CAD"),
    ("AU$", "AUD"),
    ("NZ$", "NZD"),
    ("HK$", "HKD"),
    ("MX$", "MXN"),
    ("R$", "BRL"),
    ("A$", "AUD"),
    ("C$", "CAD"),
    ("S$", "SGD"),
    ("$", "$"),
    ("\u{20ac}", "EUR"),
    ("\u{a3}", "GBP"),
    ("\u{a5}", "\u{a5}"),
    ("\u{20b9}", "INR"),
    ("\u{20bd}", "RUB"),
    ("\u{20a9}", "KRW"),
    ("\u{20ba}", "TRY"),
    ("z\u{142}", "PLN"),
    ("kr", "kr"),
];
/// Currencies that a shared sign may stand for.
const SHARED: [(&str, &[&str]); 3] = [
    ("$", &["USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "ARS", "CLP", "COP", "TWD"]),
    ("\u{a5}", &["JPY", "CNY"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK", "CZK"]),
];

/// A number's text and the currency before or behind it.
fn split(text: &str) -> (&str, Option<&'static str>) {
    let text = text.trim();
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return (text, None);
    }
    let all = || SIGNS.into_iter().chain(CODES.into_iter().map(|code| (code, code)));
    for (sign, code) in all() {
        let rest = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign));
        if let Some(rest) = rest {
            return (rest.trim(), Some(code));
        }
    }
    (text, None)
}

/// The number's text without its currency.
pub(super) fn strip(text: &str) -> &str {
    // most cells begin and end with digits
    let plain = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    if plain(text.as_bytes().first()) && plain(text.as_bytes().last()) { text } else { split(text).0 }
}

/// The currency that stands beside a number.
pub(super) fn beside(text: &str) -> Option<&'static str> {
    split(text.trim().trim_start_matches(['-', '+'])).1
}

/// The currency in a header: `Cost (USD)`, `Spend ($)`, `Kosten (EUR)`.
pub(super) fn in_header(name: &str) -> Option<&'static str> {
    let inside = name.trim().strip_suffix(')')?.rsplit_once('(')?.1.trim();
    let code = CODES.into_iter().find(|&code| code == inside);
    code.or_else(|| SIGNS.iter().find(|(sign, _)| *sign == inside).map(|&(_, code)| code))
}

/// A header without the currency behind it, and the currency: `Cost EUR`, `cost_usd`, `Cost [EUR]`, `Kosten in €`.
pub(super) fn behind_header(name: &str) -> Option<(&str, &'static str)> {
    let name = name.trim();
    let inside = name.strip_suffix(']').unwrap_or(name);
    let (before, last) = inside.rsplit_once([' ', '_', '['])?;
    let code = CODES.into_iter().find(|code| code.eq_ignore_ascii_case(last));
    let code = code.or_else(|| SIGNS.iter().find(|(sign, _)| *sign == last).map(|&(_, code)| code))?;
    let before = before.trim_end_matches([' ', '_', '[']);
    Some((before.strip_suffix(" in").unwrap_or(before), code))
}

/// Whether two currencies cannot be the same one.
pub(super) fn differ(a: &str, b: &str) -> bool {
    let may_be = |sign: &str, code: &str| SHARED.iter().any(|(shared, codes)| *shared == sign && codes.contains(&code));
    a != b && !may_be(a, b) && !may_be(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_beside_numbers_and_in_headers() {
        for (text, currency) in
            [("$5", "$"), ("5 \u{20ac}", "EUR"), ("USD 1,000.5", "USD"), ("-R$3", "BRL"), ("7,5 kr", "kr")]
        {
            assert_eq!(beside(text), Some(currency), "{text}");
        }
        for text in ["5", "abc 5", "$", "EUR", "5 ABC"] {
            assert_eq!(beside(text), None, "{text}");
        }
        assert_eq!(in_header("Cost (USD)"), Some("USD"));
        assert_eq!(in_header("Payment ($)"), Some("$"));
        assert_eq!(in_header("Orders (#)"), None);
        assert_eq!(in_header("Conv. (ALL)"), None);
        for name in ["Cost EUR", "cost_eur", "Cost [EUR]", "Cost in \u{20ac}", "Cost_EUR"] {
            let (before, code) = behind_header(name).unwrap();
            assert!(before.eq_ignore_ascii_case("cost") && code == "EUR", "{name}");
        }
        assert_eq!(behind_header("Cost"), None);
        assert_eq!(behind_header("Conv. all"), None);
    }

    #[test]
    fn a_shared_sign_differs_from_none_of_its_currencies() {
        assert!(!differ("$", "CAD") && !differ("USD", "$") && !differ("EUR", "EUR"));
        assert!(differ("$", "EUR") && differ("USD", "CAD") && differ("GBP", "EUR"));
    }
}
