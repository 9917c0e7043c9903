//! Web addresses as they stand in a log: query parameters, decoding, and the search term in them.
//!
//! In: slices of a log's line. Out: text. Percent signs, pluses and the servers' own escapes (`\xC3`) are undone
//! in one pass, bytes that are not UTF-8 become U+FFFD, and a term is lower-cased with single spaces.

use super::engines::Engines;
use memchr::memchr;

/// Longest term, characters: what is longer was not typed into a search box.
const LONGEST: usize = 200;

/// What a referrer or a landing address says of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Searched {
    /// The term, not yet masked.
    Term(String),
    /// A search engine that keeps its terms to itself.
    Hidden,
    /// No search at all.
    Not,
}

/// Path and query of a request's target, which may be a whole address.
pub(super) fn split(target: &[u8]) -> (&[u8], &[u8]) {
    let target = match without_scheme(target) {
        Some(rest) => memchr(b'/', rest).map_or(&b"/"[..], |slash| &rest[slash..]),
        None => target,
    };
    let target = memchr(b'#', target).map_or(target, |hash| &target[..hash]);
    memchr(b'?', target).map_or((target, &b""[..]), |mark| (&target[..mark], &target[mark + 1..]))
}

/// The raw value of a query's parameter.
pub(super) fn parameter<'q>(query: &'q [u8], name: &[u8]) -> Option<&'q [u8]> {
    query.split(|&byte| byte == b'&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix(b"="))
}

/// The term that an advertiser's own tag on the landing address names.
pub(super) fn tagged(query: &[u8]) -> Option<String> {
    let term = tidy(&decode(parameter(query, b"utm_term")?));
    // a placeholder that nobody filled in
    let filled = !(term.starts_with('{') && term.ends_with('}'));
    (!term.is_empty() && filled && term.chars().nth(LONGEST).is_none()).then_some(term)
}

/// The term of a referrer, where it is a search engine.
pub(super) fn searched(referrer: &[u8], engines: &mut Engines<'_>) -> Searched {
    let Some((host, query)) = without_scheme(referrer).and_then(host_and_query) else {
        return Searched::Not;
    };
    let names = engines.names(host);
    if names.is_empty() {
        return Searched::Not;
    }
    for name in names {
        let Some(raw) = parameter(query, name.as_bytes()) else { continue };
        let term = tidy(&decode(raw));
        // a redirect names the page it leads to
        let address = term.starts_with("http://") || term.starts_with("https://");
        if !term.is_empty() && !address && term.chars().nth(LONGEST).is_none() {
            return Searched::Term(term);
        }
    }
    Searched::Hidden
}

fn without_scheme(address: &[u8]) -> Option<&[u8]> {
    // a path, which is what most are asked for
    if !matches!(address.first(), Some(b'h' | b'H')) {
        return None;
    }
    ["http://", "https://"].iter().find_map(|scheme| {
        let (start, rest) = address.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme.as_bytes()).then_some(rest)
    })
}

/// Host, without user and port, and query.
fn host_and_query(address: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = address.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(address.len());
    let host = &address[..end];
    let host = memchr(b'@', host).map_or(host, |at| &host[at + 1..]);
    let host = memchr(b':', host).map_or(host, |colon| &host[..colon]);
    let rest = &address[end..];
    let query = memchr(b'?', rest).map_or(&b""[..], |mark| &rest[mark + 1..]);
    let query = memchr(b'#', query).map_or(query, |hash| &query[..hash]);
    (!host.is_empty()).then_some((host, query))
}

/// Undoes the encoding of a query's value.
pub(super) fn decode(raw: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&first, after)) = rest.split_first() {
        let hexadecimal = |digits: &[u8]| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let value = digit(*digits.first()?)? * 16 + digit(*digits.get(1)?)?;
            u8::try_from(value).ok()
        };
        let (byte, length) = match (first, after) {
            (b'+', _) => (b' ', 1),
            (b'%', digits) => hexadecimal(digits).map_or((b'%', 1), |byte| (byte, 3)),
            (b'\\', [b'x', digits @ ..]) => hexadecimal(digits).map_or((b'\\', 1), |byte| (byte, 4)),
            (b'\\', [escaped @ (b'"' | b'\\'), ..]) => (*escaped, 2),
            (other, _) => (other, 1),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Lower case, single spaces, no control characters.
fn tidy(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        if !(plain.is_empty() || word.is_empty()) {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    if plain.is_ascii() {
        plain.make_ascii_lowercase();
        plain
    } else {
        plain.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(referrer: &str) -> Searched {
        searched(referrer.as_bytes(), &mut Engines::new(&[("shop.example".to_owned(), "s".to_owned())]))
    }

    #[test]
    fn terms_of_search_engines() {
        for (referrer, wanted) in [
            ("http://www.google.com/search?q=Red+Shoes&hl=en", "red shoes"),
            ("https://www.google.co.uk/url?sa=t&q=%20the+logstash%20%20book%20", "the logstash book"),
            ("http://de.search.yahoo.com/search?p=Schuhe%2C+gr%C3%BCn", "schuhe, gr\u{fc}n"),
            ("http://www.bing.com/search?pc=x&q=a%26b", "a&b"),
            ("http://www.baidu.com/s?wd=%D0%F1", "\u{fffd}\u{fffd}"),
            ("https://yandex.ru/yandsearch?text=\\xD1\\x82\\xD1\\x83", "\u{442}\u{443}"),
            ("https://www.startpage.com/do/search?query=50%25+off", "50% off"),
            ("https://duckduckgo.com/?q=say+\\\"x\\\"#top", "say \"x\""),
            ("HTTP://WWW.GOOGLE.COM:80/search?q=a%zz+%", "a%zz %"),
            ("http://shop.example/find?s=boots", "boots"),
        ] {
            assert_eq!(term(referrer), Searched::Term(wanted.to_owned()), "{referrer}");
        }
    }

    #[test]
    fn hidden_terms_and_other_pages() {
        for referrer in
            ["http://www.google.ro/url?sa=t&q=&esrc=s", "https://www.google.com/", "https://www.bing.com/?x"]
        {
            assert_eq!(term(referrer), Searched::Hidden, "{referrer}");
        }
        assert_eq!(term("http://www.google.com/url?q=http%3A%2F%2Fwww.shop.example"), Searched::Hidden, "an address");
        for referrer in [
            "-",
            "",
            "http://forum.example/search?q=shoes",
            "http://google.shoes.example/?q=a",
            "http://mail.google.com/?q=a",
            "android-app://com.google.android.gm",
        ] {
            assert_eq!(term(referrer), Searched::Not, "{referrer}");
        }
    }

    #[test]
    fn terms_of_landing_addresses() {
        let tagged_as = |target: &str| tagged(split(target.as_bytes()).1);
        assert_eq!(tagged_as("/shoes?utm_source=x&utm_term=Red%20Shoes#top"), Some("red shoes".to_owned()));
        assert_eq!(tagged_as("http://shop.example/a?utm_term=b"), Some("b".to_owned()));
        for target in ["/", "/?utm_term=", "/?utm_term=%7Bkeyword%7D", "/?xutm_term=a", "/a#?utm_term=b"] {
            assert_eq!(tagged_as(target), None, "{target}");
        }
        assert_eq!(tagged_as(&format!("/?utm_term={}", "x".repeat(201))), None, "nobody typed that");
        assert_eq!(split(b"http://shop.example"), (&b"/"[..], &b""[..]));
    }
}
