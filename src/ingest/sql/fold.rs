//! Small terms folded into one, as [`crate::counts::Counts::fold_small`] does it.
//!
//! In: sums by key and week, and the threshold. Out: steps after which every term has at least so many clicks: smaller ones
//! are added up by campaign and channel, small campaigns in the account, and where that is still too small the smallest
//! term joins it.

use super::{Shape, select, step};
use crate::counts::OTHER_TERMS;

/// Names that a pool of a campaign keeps.
const KEPT: [&str; 2] = ["campaign", "channel"];

/// The steps from `termwise_named` to `termwise_folded`.
pub(super) fn fold(shape: &Shape, least: u32) -> Vec<String> {
    let keys = shape.keys("").join(", ");
    let kept: Vec<&str> = KEPT.into_iter().filter(|key| shape.keys.contains(key)).collect();
    let same = |left: &str, right: &str, keys: &[&str]| {
        keys.iter().map(|key| format!("{left}.{key} = {right}.{key}")).collect::<Vec<_>>().join(" AND ")
    };
    let mut weeks = shape.keys("");
    weeks.push("week".to_owned());
    weeks.extend(shape.sums(""));
    let mut steps = vec![
        step("termwise_weeks", "", &select(&weeks, &format!("FROM termwise_named\n  GROUP BY {keys}, week"))),
        step(
            "termwise_terms",
            "",
            &format!("  SELECT {keys}, COALESCE(SUM(clicks), 0) AS clicks\n  FROM termwise_weeks\n  GROUP BY {keys}"),
        ),
    ];
    let small = format!("t.clicks < {least}");
    let (case, join) = if kept.is_empty() {
        (format!("CASE WHEN {small} THEN 2 ELSE 0 END"), String::new())
    } else {
        let names = kept.join(", ");
        steps.push(step(
            "termwise_campaigns",
            "",
            &format!(
                "  SELECT {names}, SUM(clicks) AS clicks\n  FROM termwise_terms\n  WHERE clicks < {least}\n  GROUP BY {names}"
            ),
        ));
        (
            format!("CASE WHEN NOT {small} THEN 0 WHEN c.clicks >= {least} THEN 1 ELSE 2 END"),
            format!("\n  LEFT JOIN termwise_campaigns AS c ON {}", same("t", "c", &kept)),
        )
    };
    steps.push(step(
        "termwise_pools",
        "0: named, 1: in the pool of its campaign, 2: in that of the account",
        &format!(
            "  SELECT {}, t.clicks, {case} AS pool\n  FROM termwise_terms AS t{join}",
            shape.keys("t.").join(", ")
        ),
    ));
    // terms without a campaign have the account's pool for their own
    let unnamed = kept.iter().map(|key| format!("{key} = ''")).collect::<Vec<_>>().join(" AND ");
    let whole = if kept.is_empty() { "pool = 2".to_owned() } else { format!("pool = 2 OR (pool = 1 AND {unnamed})") };
    steps.push(step(
        "termwise_rest",
        "",
        &format!("  SELECT COUNT(*) AS terms, SUM(clicks) AS clicks\n  FROM termwise_pools\n  WHERE {whole}"),
    ));
    steps.push(step(
        "termwise_smallest",
        "what is left could be found by subtraction, unless another term joins it",
        &format!(
            "  SELECT {}\n  FROM termwise_pools AS p\n  CROSS JOIN termwise_rest AS r\n  \
             WHERE p.pool = 0 AND r.terms > 0 AND r.clicks < {least}\n  ORDER BY p.clicks, {}\n  LIMIT 1",
            shape.keys("p.").join(", "),
            shape.keys("p.").join(", ")
        ),
    ));
    steps.push(step(
        "termwise_placed",
        "",
        &format!(
            "  SELECT {}, CASE WHEN l.term IS NULL THEN p.pool ELSE 2 END AS pool\n  FROM termwise_pools AS p\n  \
             LEFT JOIN termwise_smallest AS l ON {}",
            shape.keys("p.").join(", "),
            same("p", "l", &shape.keys)
        ),
    ));
    steps.push(step("termwise_folded", "", &folded(shape, &same("w", "p", &shape.keys))));
    steps
}

/// Every week of every term under the name that it goes by.
fn folded(shape: &Shape, of_term: &str) -> String {
    let name = |key: &&str| match *key {
        "term" => format!("CASE WHEN p.pool = 0 THEN w.term ELSE '{OTHER_TERMS}' END AS term"),
        key if KEPT.contains(&key) => format!("CASE WHEN p.pool < 2 THEN w.{key} ELSE '' END AS {key}"),
        key => format!("CASE WHEN p.pool = 0 THEN w.{key} ELSE '' END AS {key}"),
    };
    let mut columns: Vec<String> = shape.keys.iter().map(name).collect();
    columns.push("w.week".to_owned());
    columns.extend(shape.measures.iter().map(|measure| format!("w.{measure}")));
    select(&columns, &format!("FROM termwise_weeks AS w\n  JOIN termwise_placed AS p ON {of_term}"))
}
