//! Names of what Amazon attributes within a window of days, as its console exports them.
//!
//! In: a name such as `7 Tage, Bestellungen gesamt (#)`, `Gesamtzahl der Bestellungen in 7 Tagen (#)`, `Ventas totales de 7
//! días (€)` or `Total des commandes sur 7 jours`. Out: whether it is all orders or all sales, and of which window. The
//! console has changed its words several times, so that they are read one by one: a word that is not known, as in the names of
//! rates, units and sales of the advertised item alone, makes it another column.

use super::{Candidate, Column, Family, fold};

/// What is attributed.
const ORDERS: [&str; 10] = [
    "orders",
    "bestellungen",
    "commandes",
    "pedidos",
    "purchases",
    "kaufe",
    "achats",
    "compras",
    "commande",
    "bestellung",
];
const SALES: [&str; 9] =
    ["sales", "verkaufe", "umsatz", "umsatze", "gesamtumsatz", "ventes", "ventas", "verkaufen", "gesamtverkaufe"];
/// That it is all of it; some names say it in the word for sales.
const ALL: [&str; 10] = [
    "total",
    "totals",
    "totale",
    "totales",
    "totaux",
    "gesamt",
    "gesamtzahl",
    "insgesamt",
    "gesamtumsatz",
    "gesamtverkaufe",
];
/// Days, and words that say nothing.
const DAYS: [&str; 7] = ["day", "days", "tage", "tagen", "tag", "jours", "dias"];
const FILLING: [&str; 19] = [
    "der",
    "des",
    "de",
    "die",
    "in",
    "im",
    "innerhalb",
    "nach",
    "von",
    "sur",
    "en",
    "a",
    "within",
    "of",
    "the",
    "n",
    "no",
    "nombre",
    "numero",
];

/// The column that a name with a window of 7 or 14 days stands for.
pub(super) fn recognize(name: &str) -> Option<Candidate> {
    if !name.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let bare = without_units(&fold(name))?;
    let (mut window, mut column) = (None, None);
    let (mut days, mut all) = (false, false);
    for word in bare.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let is_known = if let "7" | "14" = word {
            window.replace(word).is_none()
        } else if ORDERS.contains(&word) {
            column.replace(Column::Conversions).is_none()
        } else if SALES.contains(&word) {
            column.replace(Column::Revenue).is_none()
        } else {
            DAYS.contains(&word) || ALL.contains(&word) || FILLING.contains(&word)
        };
        if !is_known {
            return None;
        }
        days |= DAYS.contains(&word);
        all |= ALL.contains(&word);
    }
    // the shorter window goes before
    let rank = if window? == "7" { 3 } else { 4 };
    let column = column.filter(|_| days && all)?;
    Some(Candidate { column, rank, family: Family::Neutral, micros: false })
}

/// A folded name without currencies and number signs in brackets, which say nothing here; `None` where brackets hold anything
/// else, such as what is attributed to clicks alone (`(Click)`).
fn without_units(folded: &str) -> Option<String> {
    /// `n\u{b0}` and `n\u{ba}` as they may be folded, and codes of currencies of the stores.
    const UNITS: [&str; 24] = [
        "n", "no", "nb", "eur", "usd", "gbp", "chf", "cad", "aud", "mxn", "brl", "jpy", "inr", "sek", "pln", "try",
        "aed", "sar", "egp", "sgd", "cny", "zar", "dkk", "nok",
    ];
    let mut bare = String::with_capacity(folded.len());
    let mut parts = folded.split('(');
    bare.push_str(parts.next()?);
    for part in parts {
        let (inside, behind) = part.split_once(')')?;
        let letters: String = inside.chars().filter(char::is_ascii_alphanumeric).collect();
        if !letters.is_empty() && !UNITS.contains(&letters.as_str()) {
            return None;
        }
        bare.push(' ');
        bare.push_str(behind);
    }
    Some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_sales_of_a_window_in_four_languages() {
        for (name, column, rank) in [
            ("7 Tage, Bestellungen gesamt (#)", Column::Conversions, 3),
            ("Gesamtzahl der Bestellungen in 7 Tagen (#)", Column::Conversions, 3),
            ("14 Tage, Bestellungen gesamt", Column::Conversions, 4),
            ("7 Tage, Verk\u{e4}ufe gesamt (\u{20ac})", Column::Revenue, 3),
            ("Gesamtumsatz in 7 Tagen (\u{20ac})", Column::Revenue, 3),
            ("Pedidos totales de 7 d\u{ed}as (#)", Column::Conversions, 3),
            ("Ventas totales de 7 d\u{ed}as (\u{20ac})", Column::Revenue, 3),
            ("Total des commandes sur 7 jours (n\u{b0})", Column::Conversions, 3),
            ("Ventes totales sur 14 jours (\u{20ac})", Column::Revenue, 4),
            ("7 Day Total Sales ($)", Column::Revenue, 3),
            ("14 Day Total Sales (EUR)", Column::Revenue, 4),
        ] {
            let found = recognize(name).unwrap();
            assert_eq!((found.column, found.rank), (column, rank), "{name}");
        }
        for name in [
            "7 Day Total Units (#)",
            "7 Tage, verkaufte Einheiten gesamt",
            "7 Day Conversion Rate",
            "7 Day Advertised SKU Sales",
            "Ventas SKU anunciadas 7 d\u{ed}as (\u{20ac})",
            "Otras ventas SKU de 7 d\u{ed}as (\u{20ac})",
            "Orders (7 days)",
            "30 Day Total Sales",
            "7 Day Total Sales and Orders",
            "Week 7 total",
            "Total sales 7",
            "Top 7",
            "14 Day Total Orders (#) - (Click)",
            "14 Day Total Sales - (Click)",
            "14 Day Total Orders (New-to-brand)",
            "14 Day Total Orders (#",
        ] {
            assert!(recognize(name).is_none(), "{name}");
        }
    }
}
