//! Comma-separated text: quoting and plain decimals, the same bytes for the same figures.
//!
//! RFC 4180 with `\n` line ends, UTF-8 without a byte-order mark. A text cell that a spreadsheet would
//! run as a formula (`=…`, `+broad`, `-shoes`, `@…`) begins with an apostrophe, which this program's
//! reader takes off again; the data dictionary and a note of the run say so.

use super::format::decimals_for;
use crate::domain::{Coin, guarded};
use std::fmt::Write as _;

/// One file being written, cell by cell.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: String,
    started: bool,
    /// What money is in.
    coin: Coin,
}

impl Line {
    /// An empty file with room for `bytes`.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), started: false, coin: Coin::default() }
    }

    /// The same with money in another currency.
    pub(super) fn of(self, coin: Coin) -> Self {
        Self { coin, ..self }
    }

    /// A text cell, quoted where it must be.
    pub(super) fn text(&mut self, cell: &str) {
        self.separate();
        let cell = guarded(cell);
        let quoted = cell.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'))
            || cell.starts_with([' ', '\t'])
            || cell.ends_with([' ', '\t']);
        if quoted {
            self.text.push('"');
            for (number, part) in cell.split('"').enumerate() {
                if number > 0 {
                    self.text.push_str("\"\"");
                }
                self.text.push_str(part);
            }
            self.text.push('"');
        } else {
            self.text.push_str(&cell);
        }
    }

    /// A text cell, empty where there is none.
    pub(super) fn optional_text(&mut self, cell: Option<&str>) {
        self.text(cell.unwrap_or_default());
    }

    /// Money: the currency's decimals; empty where not computed.
    pub(super) fn money(&mut self, amount: impl Into<Option<f64>>) {
        self.separate();
        if let Some(amount) = finite(amount.into()) {
            self.fixed(amount, self.coin.decimals());
        }
    }

    /// A figure with `digits` significant digits, no trailing zeros; empty where not computed.
    pub(super) fn figure(&mut self, number: impl Into<Option<f64>>, digits: usize) {
        self.separate();
        let Some(number) = finite(number.into()) else { return };
        let size = number.abs();
        if size != 0.0 && !(1e-6..1e15).contains(&size) {
            let _ = write!(self.text, "{number:.*e}", digits.saturating_sub(1));
            return;
        }
        let decimals = decimals_for(size, digits);
        let start = self.text.len();
        self.fixed(number, decimals);
        if decimals > 0 {
            let kept = self.text[start..].trim_end_matches('0').trim_end_matches('.').len();
            self.text.truncate(start + kept);
        }
    }

    /// A figure in full: the shortest text that reads back as the same number.
    pub(super) fn full(&mut self, number: impl Into<Option<f64>>) {
        self.separate();
        let Some(number) = finite(number.into()) else { return };
        if number.fract() == 0.0 && number.abs() < 1e15 {
            self.fixed(number, 0);
        } else {
            let _ = write!(self.text, "{number:?}");
        }
    }

    /// A whole number.
    pub(super) fn integer(&mut self, number: usize) {
        self.separate();
        let _ = write!(self.text, "{number}");
    }

    /// Ends the record.
    pub(super) fn end(&mut self) {
        self.text.push('\n');
        self.started = false;
    }

    /// The text written.
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn separate(&mut self) {
        if self.started {
            self.text.push(',');
        }
        self.started = true;
    }

    /// Fixed decimals by integer arithmetic where that is exact enough: a table of a million terms
    /// has tens of millions of such cells, and the general formatter takes ten times as long.
    fn fixed(&mut self, number: f64, decimals: usize) {
        const POWERS: [f64; 13] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12];
        let scaled = number.abs() * POWERS[decimals.min(12)];
        if decimals > 12 || scaled >= 9e15 {
            let _ = write!(self.text, "{number:.decimals$}");
            return;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 <= scaled < 9e15
        let mut rest = scaled.round() as u64;
        if number < 0.0 && rest > 0 {
            self.text.push('-');
        }
        let mut digits = [b'0'; 24];
        let mut at = digits.len();
        let mut written = 0;
        while rest > 0 || written <= decimals {
            if written == decimals && decimals > 0 {
                at -= 1;
                digits[at] = b'.';
            }
            at -= 1;
            #[allow(clippy::cast_possible_truncation)] // a single digit
            let digit = (rest % 10) as u8;
            digits[at] = b'0' + digit;
            rest /= 10;
            written += 1;
        }
        self.text.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
    }
}

fn finite(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Line)) -> String {
        let mut line = Line::default();
        write(&mut line);
        line.finish()
    }

    #[test]
    fn cells_are_quoted_only_where_they_must() {
        assert_eq!(written(|line| line.text("plain -term")), "plain -term");
        assert_eq!(written(|line| line.text("a,b")), "\"a,b\"");
        assert_eq!(written(|line| line.text("say \"x\"")), "\"say \"\"x\"\"\"");
        assert_eq!(written(|line| line.text("two\nlines")), "\"two\nlines\"");
        assert_eq!(written(|line| line.text(" padded")), "\" padded\"");
        assert_eq!(written(|line| line.text("=1+1")), "'=1+1");
        assert_eq!(written(|line| line.text("+broad")), "'+broad");
        assert_eq!(written(|line| line.text("=A1,\"x\"")), "\"'=A1,\"\"x\"\"\"");
        assert_eq!(written(|line| line.text("a-b")), "a-b");
    }

    #[test]
    fn figures_are_plain_decimals_and_empty_when_absent() {
        assert_eq!(written(|line| line.money(1234.5)), "1234.50");
        assert_eq!(written(|line| line.money(-0.004)), "0.00");
        assert_eq!(written(|line| line.money(-12.3)), "-12.30");
        assert_eq!(written(|line| line.money(None)), "");
        assert_eq!(written(|line| line.money(f64::NAN)), "");
        assert_eq!(written(|line| line.figure(0.012_345_678, 6)), "0.0123457");
        assert_eq!(written(|line| line.figure(0.5, 6)), "0.5");
        assert_eq!(written(|line| line.figure(123_456_789.0, 6)), "123456789");
        assert_eq!(written(|line| line.figure(100.0, 6)), "100");
        assert_eq!(written(|line| line.figure(0.0, 6)), "0");
        assert_eq!(written(|line| line.figure(1.5e-9, 3)), "1.50e-9");
        assert_eq!(written(|line| line.full(0.1)), "0.1");
        assert_eq!(written(|line| line.full(3.0)), "3");
        assert_eq!(written(|line| line.full(1e-9)), "1e-9");
    }

    #[test]
    fn fixed_decimals_agree_with_the_general_formatter() {
        for cents in (0..200_000).step_by(37) {
            let amount = f64::from(cents) / 100.0;
            assert_eq!(written(|line| line.money(amount)), format!("{amount:.2}"));
        }
        assert_eq!(written(|line| line.money(1e17)), format!("{:.2}", 1e17));
    }

    #[test]
    fn a_record_is_separated_and_ended() {
        let record = written(|line| {
            line.text("a");
            line.money(None);
            line.integer(3);
            line.end();
            line.text("b");
            line.end();
        });
        assert_eq!(record, "a,,3\nb\n");
    }
}
