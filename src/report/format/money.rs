//! Money as people read it: sign or code, and the decimals that its currency has.

use super::{NONE, clean, compact, grouped};
use crate::domain::{Coin, Objective};

/// How money is written: a sign before or a code after the amount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::report) struct Money {
    sign: &'static str,
    code: String,
    coin: Coin,
}

impl Money {
    /// From a currency code or sign; none writes bare amounts.
    pub(in crate::report) fn new(currency: Option<&str>) -> Self {
        let name = clean(currency.unwrap_or_default().trim());
        let sign = match name.to_ascii_uppercase().as_str() {
            "EUR" | "€" => "€",
            "USD" | "$" => "$",
            "GBP" | "£" => "£",
            _ => return Self { sign: "", coin: Coin::of(Some(&name)), code: name },
        };
        Self { sign, code: String::new(), coin: Coin::default() }
    }

    /// The same without sign or code, for where those stand beside it.
    pub(in crate::report) fn bare(&self) -> Self {
        Self { coin: self.coin, ..Self::default() }
    }

    /// What the currency is divided into.
    pub(in crate::report) fn coin(&self) -> Coin {
        self.coin
    }

    /// What amounts in whole steps of the currency are called: `whole cents`, `whole JPY`.
    pub(in crate::report) fn steps(&self) -> String {
        match self.coin.decimals() {
            0 => format!("whole {}", self.code),
            2 => self.coin.in_words().to_owned(),
            _ => format!("thousandths of a {}", self.code),
        }
    }

    /// One such step: `a cent`, `1 JPY`.
    pub(in crate::report) fn step(&self) -> String {
        match self.coin.decimals() {
            2 => self.coin.one().to_owned(),
            _ => self.exact(self.coin.step()),
        }
    }

    /// As many decimals as the currency has: `€1,234.56`.
    pub(in crate::report) fn exact(&self, amount: f64) -> String {
        self.with(amount, self.coin.decimals(), false)
    }

    /// For tables that a page has room for: the currency's decimals, from a million on whole units, from a billion on
    /// millions with one decimal: `€10,284.7M`.
    pub(in crate::report) fn sum(&self, amount: f64) -> String {
        self.sized(amount, self.cents(amount), false)
    }

    /// As [`Money::sum`], always with a sign.
    pub(in crate::report) fn sum_signed(&self, amount: f64) -> String {
        self.sized(amount, self.cents(amount), true)
    }

    /// Decimals of an amount of which cents are told as long as they can matter.
    fn cents(&self, amount: f64) -> usize {
        if amount.abs() >= 999_999.5 { 0 } else { self.coin.decimals() }
    }

    /// For sentences and large figures: whole units from 1,000 on, millions as [`Self::sum`], else the currency's decimals.
    pub(in crate::report) fn short(&self, amount: f64) -> String {
        self.sized(amount, self.short_cents(amount), false)
    }

    fn short_cents(&self, amount: f64) -> usize {
        if amount.abs() >= 999.5 { 0 } else { self.coin.decimals() }
    }

    /// The currency's decimals and always a sign: `+€12.00`.
    pub(in crate::report) fn signed(&self, amount: f64) -> String {
        self.with(amount, self.coin.decimals(), true)
    }

    /// As [`Money::short`], always with a sign.
    pub(in crate::report) fn short_signed(&self, amount: f64) -> String {
        self.sized(amount, self.short_cents(amount), true)
    }

    /// For axes: `€1.2k`, `€3M`.
    pub(in crate::report) fn compact(&self, amount: f64) -> String {
        self.dress(&compact(amount.abs()), amount < 0.0, false)
    }

    /// One unit of it after `next` or `per`: `€1`, `1 CHF`; without a currency `unit of money`.
    pub(in crate::report) fn one(&self) -> String {
        if self.unit().is_empty() { "unit of money".to_owned() } else { self.dress("1", false, false) }
    }

    /// The same where it is told of by itself: `€1`, `a unit of money`.
    pub(in crate::report) fn a_unit(&self) -> String {
        if self.unit().is_empty() { "a unit of money".to_owned() } else { self.one() }
    }

    /// What an objective is counted in: `conversions`, `€ of revenue`; without a currency `revenue`.
    pub(in crate::report) fn objective(&self, objective: Objective) -> String {
        let name = objective.name();
        match objective {
            Objective::Conversions => name.to_owned(),
            Objective::Revenue | Objective::Profit if self.unit().is_empty() => name.to_owned(),
            Objective::Revenue | Objective::Profit => format!("{} of {name}", self.unit()),
        }
    }

    /// What the next unit of money brings, before it is paid: `conversions`, `€ of revenue`, `€ of margin`.
    pub(in crate::report) fn brought(&self, objective: Objective) -> String {
        match objective {
            Objective::Profit if self.unit().is_empty() => "margin".to_owned(),
            Objective::Profit => format!("{} of margin", self.unit()),
            Objective::Conversions | Objective::Revenue => self.objective(objective),
        }
    }

    /// The currency as it stands in a table head; empty where unknown.
    pub(in crate::report) fn unit(&self) -> &str {
        if self.sign.is_empty() { &self.code } else { self.sign }
    }

    /// As [`Self::with`], from a billion on in millions with one decimal.
    fn sized(&self, amount: f64, decimals: usize, plus: bool) -> String {
        if amount.is_finite() && amount.abs() >= 999_999_999.5 {
            return self.dress(&(grouped(amount.abs() / 1e6, 1) + "M"), amount < 0.0, plus);
        }
        self.with(amount, decimals, plus)
    }

    fn with(&self, amount: f64, decimals: usize, plus: bool) -> String {
        if !amount.is_finite() {
            return NONE.to_owned();
        }
        let digits = grouped(amount.abs(), decimals);
        let zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        self.dress(&digits, amount < 0.0 && !zero, plus && !zero)
    }

    fn dress(&self, digits: &str, negative: bool, plus: bool) -> String {
        let minus = if negative {
            "−"
        } else if plus {
            "+"
        } else {
            ""
        };
        let space = if self.code.is_empty() { "" } else { "\u{a0}" };
        format!("{minus}{}{digits}{space}{}", self.sign, self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_separators_sign_and_currency() {
        let euro = Money::new(Some("eur"));
        assert_eq!(euro.exact(1_234_567.891), "€1,234,567.89");
        assert_eq!(euro.signed(-12.0), "−€12.00");
        assert_eq!(euro.signed(12.0), "+€12.00");
        assert_eq!(euro.signed(-0.001), "€0.00");
        assert_eq!(euro.short(1234.56), "€1,235");
        assert_eq!(euro.compact(12_500.0), "€12.5k");
        assert_eq!(euro.sum(999_999.49), "€999,999.49");
        assert_eq!(euro.sum(999_999.5), "€1,000,000");
        assert_eq!(euro.sum_signed(-100_000_000.4), "−€100,000,000");
        assert_eq!((euro.sum(999_999_999.4).as_str(), euro.sum(999_999_999.5).as_str()), ("€999,999,999", "€1,000.0M"));
        assert_eq!(Money::new(Some("JPY")).short_signed(10_284_730_800.0), "+10,284.7M\u{a0}JPY");
        assert_eq!(Money::new(Some("SEK")).exact(5.0), "5.00\u{a0}SEK");
        assert_eq!(Money::new(None).exact(5.0), "5.00");
        assert_eq!(euro.exact(f64::NAN), NONE);
        let [yen, dinar] = ["JPY", "KWD"].map(|code| Money::new(Some(code)));
        assert_eq!(
            [yen.exact(1234.56), yen.signed(-0.4), yen.short(12.4)],
            ["1,235\u{a0}JPY", "0\u{a0}JPY", "12\u{a0}JPY"]
        );
        assert_eq!([dinar.exact(1.2346), dinar.sum(999_999.5)], ["1.235\u{a0}KWD", "1,000,000\u{a0}KWD"]);
        assert_eq!(
            [yen.bare().exact(5.0), yen.step(), dinar.step(), euro.step()],
            ["5", "1\u{a0}JPY", "0.001\u{a0}KWD", "a cent"]
        );
    }
}
