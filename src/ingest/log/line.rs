//! One line of an access log.
//!
//! In: the bytes of a line in Common or Combined Log Format, as Apache httpd and nginx write it, also with the
//! virtual host in front. Out: its fields, as slices of the line, or what is wrong with it. Nothing is decoded here.

use crate::ingest::date;
use memchr::{memchr, memchr2, memrchr};

/// Longest line that is read, bytes: both servers cut requests and headers far below it.
pub(super) const LONGEST: usize = 64 << 10;
/// 1970-01-01 as days since the beginning of year 1.
const EPOCH: i32 = 719_163;

/// The fields that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'l> {
    /// Address of the visitor's machine.
    pub address: &'l [u8],
    pub time: Time,
    pub method: &'l [u8],
    pub target: &'l [u8],
    pub status: u16,
    /// Empty in Common Log Format.
    pub referrer: &'l [u8],
    /// `None` in Common Log Format.
    pub agent: Option<&'l [u8]>,
}

/// When a request came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Time {
    /// Seconds since 1970 in UTC.
    pub utc: i64,
    /// The day on the server's own clock, days since the beginning of year 1.
    pub day: i32,
    /// How far the server's clock is ahead of UTC, seconds.
    pub offset: i32,
}

/// Why a line cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Date,
    Request,
    Status,
    Cut,
    Long,
}

impl Fault {
    pub(super) const ALL: [Self; 5] = [Self::Date, Self::Request, Self::Status, Self::Cut, Self::Long];

    /// What is wrong, as the end of a sentence about lines.
    pub(super) fn rule(self) -> &'static str {
        match self {
            Self::Date => "have no date such as `[17/May/2015:10:05:03 +0000]`",
            Self::Request => "have no request such as `\"GET /page HTTP/1.1\"`",
            Self::Status => "have no status of three digits after the request",
            Self::Cut => "are cut short: a quote is never closed",
            Self::Long => "are longer than 64 KiB",
        }
    }
}

/// Reads lines; keeps the date read last, as neighbors share it.
#[derive(Debug, Default)]
pub(super) struct Parser {
    last: Option<([u8; 11], i32)>,
}

impl Parser {
    /// Reads one line without its line feed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse<'l>(&mut self, line: &'l [u8]) -> Result<Line<'l>, Fault> {
        if line.len() > LONGEST {
            return Err(Fault::Long);
        }
        let open = memchr(b'[', line).ok_or(Fault::Date)?;
        let time = line.get(open + 1..open + 28).and_then(|text| self.time(text)).ok_or(Fault::Date)?;
        let rest = &line[open + 28..];
        let (request, rest) = quoted(rest.trim_ascii_start(), Fault::Request)?;
        let (method, target) = split_request(request).ok_or(Fault::Request)?;
        let rest = rest.trim_ascii_start();
        let status = rest.get(..3).and_then(number).filter(|status| (100..600).contains(status));
        let status = status.filter(|_| rest.get(3).is_none_or(|&byte| byte == b' ')).ok_or(Fault::Status)?;
        let (mut referrer, mut agent) = (&b""[..], None);
        if let Some(quote) = memchr(b'"', rest) {
            let (text, rest) = quoted(&rest[quote..], Fault::Cut)?;
            referrer = text;
            agent = Some(quoted(rest.trim_ascii_start(), Fault::Cut)?.0);
        }
        let status = u16::try_from(status).unwrap_or_default();
        Ok(Line { address: address(&line[..open]), time, method, target, status, referrer, agent })
    }

    /// `17/May/2015:10:05:03 +0000]`.
    fn time(&mut self, text: &[u8]) -> Option<Time> {
        let (date, clock) = text.split_first_chunk::<11>()?;
        let &[b':', h1, h2, b':', m1, m2, b':', s1, s2, b' ', sign @ (b'+' | b'-'), zh1, zh2, zm1, zm2, b']'] = clock
        else {
            return None;
        };
        let two = |tens: u8, ones: u8| number(&[tens, ones]);
        let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
        let (ahead, ahead_minutes) = (two(zh1, zh2)?, two(zm1, zm2)?);
        // a leap second is written as 60
        if hour > 23 || minute > 59 || second > 60 || ahead > 15 || ahead_minutes > 59 {
            return None;
        }
        let day = match self.last {
            Some((last, day)) if last == *date => day,
            _ => self.day(date)?,
        };
        let offset = (ahead * 3600 + ahead_minutes * 60) * if sign == b'-' { -1 } else { 1 };
        let clock = i64::from(hour * 3600 + minute * 60 + second);
        Some(Time { utc: i64::from(day - EPOCH) * 86_400 + clock - i64::from(offset), day, offset })
    }

    /// `17/May/2015`.
    fn day(&mut self, text: &[u8; 11]) -> Option<i32> {
        let written = std::str::from_utf8(text).ok()?.replace('/', "-");
        let day = date::number(date::parse(&written, None).ok()?);
        self.last = Some((*text, day));
        Some(day)
    }
}

/// Digits alone.
fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i32::from(digit - b'0')))
}

/// What stands between quotes, and what follows. Both servers write a quote inside as `\"` or `\x22`.
fn quoted(text: &[u8], missing: Fault) -> Result<(&[u8], &[u8]), Fault> {
    let inside = text.strip_prefix(b"\"").ok_or(missing)?;
    let mut from = 0;
    loop {
        let at = from + memchr2(b'"', b'\\', &inside[from..]).ok_or(Fault::Cut)?;
        if inside[at] == b'"' {
            return Ok((&inside[..at], &inside[at + 1..]));
        }
        from = (at + 2).min(inside.len());
    }
}

/// Method and target of `GET /page HTTP/1.1`; targets may hold spaces that a client did not encode.
fn split_request(request: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = memchr(b' ', request)?;
    let (method, rest) = (&request[..space], &request[space + 1..]);
    let target = match memrchr(b' ', rest) {
        Some(last) if rest[last + 1..].starts_with(b"HTTP/") => &rest[..last],
        _ => rest,
    };
    let named = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    (named && !target.is_empty()).then_some((method, target))
}

/// The machine's address: the first word, or the second where a virtual host stands before it.
fn address(before: &[u8]) -> &[u8] {
    // nearly always there is neither a host before it nor an identity after it
    if let Some(space) = memchr(b' ', before)
        && before[space..].starts_with(b" - ")
    {
        return &before[..space];
    }
    let mut words = before.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let numeric = second.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'));
    let dotted = second.iter().any(|byte| matches!(byte, b'.' | b':'));
    if numeric && dotted && words.next().is_some() { second } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMBINED: &str = r#"83.149.9.216 - - [17/May/2015:10:05:03 +0200] "GET /a?b=c HTTP/1.1" 200 203 "http://x.example/?q=\"a\"" "Mozilla/5.0""#;

    fn parse(line: &str) -> Result<Line<'_>, Fault> {
        Parser::default().parse(line.as_bytes())
    }

    #[test]
    fn both_formats_are_read() {
        let line = parse(COMBINED).unwrap();
        assert_eq!((line.address, line.method, line.target), (&b"83.149.9.216"[..], &b"GET"[..], &b"/a?b=c"[..]));
        assert_eq!(line.status, 200);
        assert_eq!(line.referrer, br#"http://x.example/?q=\"a\""#);
        assert_eq!(line.agent, Some(&b"Mozilla/5.0"[..]));
        // date -u -d '2015-05-17 08:05:03' +%s
        assert_eq!((line.time.utc, line.time.offset), (1_431_849_903, 7200));
        let common = parse(r#"::1 - frank [17/May/2015:23:05:03 -0700] "GET / HTTP/1.0" 304 -"#).unwrap();
        assert_eq!((common.referrer, common.agent, common.address), (&b""[..], None, &b"::1"[..]));
        assert_eq!(common.time.day, line.time.day, "the server's own day");
        let host =
            parse(r#"shop.example:443 10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.0" 200 1 "-" "x""#);
        assert_eq!(host.unwrap().address, b"10.0.0.1");
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (line, fault) in [
            ("", Fault::Date),
            ("\0\0\0", Fault::Date),
            (r#"h - - [17/Foo/2015:10:05:03 +0000] "GET / HTTP/1.0" 200 1"#, Fault::Date),
            (r#"h - - [31/Feb/2015:10:05:03 +0000] "GET / HTTP/1.0" 200 1"#, Fault::Date),
            (r#"h - - [17/May/2015:24:05:03 +0000] "GET / HTTP/1.0" 200 1"#, Fault::Date),
            ("h - - [17/May/2015:10:05:03 +0000] GET", Fault::Request),
            (r#"h - - [17/May/2015:10:05:03 +0000] "-" 408 0"#, Fault::Request),
            (r#"h - - [17/May/2015:10:05:03 +0000] "\x16\x03\x01" 400 0"#, Fault::Request),
            (r#"h - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.0" 20x 1"#, Fault::Status),
            (r#"h - - [17/May/2015:10:05:03 +0000] "GET / HT"#, Fault::Cut),
        ] {
            assert_eq!(parse(line), Err(fault), "{line}");
        }
        // wherever a line is cut it is either told or lacks a field that is optional
        for end in 0..COMBINED.len() {
            if let Ok(line) = parse(&COMBINED[..end]) {
                assert_eq!((line.status, line.agent), (200, None), "{end}");
            }
        }
    }
}
