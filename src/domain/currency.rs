//! How finely a currency is divided: what platforms take, and what there is to pay with.
//!
//! In: a code as ISO 4217 has it, or a sign. Out: decimals and steps. Wrong where a platform divides a currency more
//! coarsely than its smallest unit, as some do for small change that is out of use.

/// Currencies without a smaller unit, ISO 4217.
const NONE: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
];
/// Currencies in thousandths, ISO 4217.
const THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// The smallest unit of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coin {
    decimals: u8,
}

impl Default for Coin {
    /// Cents, as where the currency is not known.
    fn default() -> Self {
        Self { decimals: 2 }
    }
}

impl Coin {
    /// Of a currency by its code or sign; cents where it is not known.
    #[must_use]
    pub fn of(currency: Option<&str>) -> Self {
        let code = currency.unwrap_or_default().trim().to_ascii_uppercase();
        let decimals = match code.as_str() {
            "₩" | "₫" | "￥" => 0,
            code if NONE.contains(&code) => 0,
            code if THOUSANDTHS.contains(&code) => 3,
            _ => 2,
        };
        Self { decimals }
    }

    /// Decimals of an amount.
    #[must_use]
    pub fn decimals(self) -> usize {
        usize::from(self.decimals)
    }

    /// How many make one unit of money: 1, 100 or 1000.
    #[must_use]
    pub fn per_unit(self) -> f64 {
        10_f64.powi(i32::from(self.decimals))
    }

    /// The smallest amount, money.
    #[must_use]
    pub fn step(self) -> f64 {
        1.0 / self.per_unit()
    }

    /// An amount in whole ones, the nearest; money.
    #[must_use]
    pub fn round(self, money: f64) -> f64 {
        (money * self.per_unit()).round() / self.per_unit()
    }

    /// The least that is not below an amount, money; what is above one by a millionth of it is rounding.
    #[must_use]
    pub fn up(self, money: f64) -> f64 {
        money.mul_add(self.per_unit(), -1e-6).ceil() / self.per_unit()
    }

    /// The most that is not above an amount, as [`Self::up`]; money.
    #[must_use]
    pub fn down(self, money: f64) -> f64 {
        money.mul_add(self.per_unit(), 1e-6).floor() / self.per_unit()
    }

    /// What amounts in whole ones are called: `whole cents`; without cents `whole units of money`.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self.decimals {
            0 => "whole units of money",
            2 => "whole cents",
            _ => "thousandths of a unit of money",
        }
    }

    /// One of them: `a cent`.
    #[must_use]
    pub fn one(self) -> &'static str {
        match self.decimals {
            0 => "one unit of money",
            2 => "a cent",
            _ => "a thousandth of a unit of money",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yen_have_no_cents_and_dinars_have_thousandths() {
        let decimals = |code| Coin::of(Some(code)).decimals();
        assert_eq!(["JPY", "krw", " VND ", "₩"].map(decimals), [0; 4]);
        assert_eq!(["KWD", "BHD", "TND", "jod"].map(decimals), [3; 4]);
        assert_eq!(["EUR", "$", "", "HUF"].map(decimals), [2; 4]);
        assert_eq!(Coin::of(None), Coin::default());
        assert_eq!(Coin::of(Some("JPY")).round(1234.5678), 1235.0);
        assert_eq!(Coin::of(Some("KWD")).round(1.2346), 1.235);
        assert_eq!(Coin::default().round(1.2346), 1.23);
        assert_eq!((Coin::default().up(1.231), Coin::default().down(1.239)), (1.24, 1.23));
        assert_eq!((Coin::default().up(1.001), Coin::default().down(0.999)), (1.01, 0.99));
        assert_eq!((Coin::default().up(0.57), Coin::default().down(0.57)), (0.57, 0.57));
    }
}
