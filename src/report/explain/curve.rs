//! A response curve as the report wrote it.

use super::stored::Row;
use crate::response::{Curve, Stretch};

/// The curve of a row of `response_curves.csv`; `None` where it is of no family that is known.
pub(super) fn curve(row: &Row) -> Option<Curve> {
    let parameter = |name: &str| row.number(name);
    Some(match row.text("family")? {
        "hill" => Curve::Hill { a: parameter("a")?, k: parameter("k")?, h: parameter("h")? },
        "exp" => Curve::Exp { a: parameter("a")?, k: parameter("k")? },
        "power" => Curve::Power { a: parameter("a")?, k: parameter("k")?, h: parameter("h")? },
        "log" => Curve::Log { a: parameter("a")?, k: parameter("k")? },
        "points" => {
            let pair = |pair: &str| {
                let (spend, clicks) = pair.split_once(':')?;
                Some((spend.parse().ok()?, clicks.parse().ok()?))
            };
            Curve::Points(row.text("points")?.split(';').map(pair).collect::<Option<Vec<_>>>()?.into())
        }
        "bent" => {
            let stretch = |text: &str| {
                let parts: Vec<&str> = text.split(':').collect();
                let [a, k, h, to] = parts[..] else { return None };
                let to = if to.is_empty() { f64::INFINITY } else { to.parse().ok()? };
                Some(Stretch { a: a.parse().ok()?, k: k.parse().ok()?, h: h.parse().ok()?, to })
            };
            Curve::Bent(row.text("stretches")?.split(';').map(stretch).collect::<Option<Vec<_>>>()?.into())
        }
        _ => return None,
    })
}
