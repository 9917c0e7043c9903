//! Arguments of `termwise allocate`.

use super::Common;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

pub(super) const HELP: &str = "\
CURVES is a CSV, TSV or Parquet file, one row per item:
  id, family          required; families: hill a*x^h/(k^h+x^h), exp a*(1-e^(-x/k)), power a*(x/k)^h,
                      log a*ln(1+x/k), and points, whose points stand in the file of --points
  a, k, h             parameters of the family
  lower, upper        least and most spend, money
  current_spend       spend today, money
  lower_rel, upper_rel  least and most spend as multiples of current_spend; the tighter bound holds
  minimum             nothing, or at least this
  state               active; fixed: kept at current_spend; paused: kept at 0; new: starts from 0
  group, classes      innermost group; classes separated by ;
  measure             what --min-average-return counts, per unit of response [default: 1]
Blank cells and absent columns limit nothing.

--groups FILE has id, parent, lower, upper (blank parent: directly under the budget), --classes FILE
has id, lower, upper. A limit is money, or a share of what the plan spends: 30%, or 0.3 in a column
lower_share or upper_share.

--max-change is relative to current_spend x budget / total current spend, so that another budget can
be spent; --change-reference current makes it relative to current_spend itself.

FILE of --out gets id, spend, response, marginal, binding. binding is what holds the spend: lower,
upper or fixed (its own bounds), minimum, turnover (left alone), group:ID, class:ID, else none.
FILE of --groups-out gets id, parent, lower, upper, spend, price, binding, kind: price is what one
more unit of money of that limit would earn, negative where a lower limit binds.

Examples:
  termwise allocate curves.csv --budget 10000 --out plan.csv --step 0.01
  termwise allocate curves.csv --budget 10000 --groups groups.csv --max-change 0.3 --out plan.csv
  termwise allocate curves.csv --budget 10000 --min-average-return 4 --out plan.csv
  termwise allocate curves.csv --wanted-response 500 --max-turnover 20% --out plan.csv";

#[derive(Debug, Args)]
pub(in crate::cli) struct Allocate {
    /// Response curves: CSV, TSV or Parquet
    pub(in crate::cli) curves: PathBuf,
    /// Money to split; a cap with --wanted-response
    #[arg(
        long,
        value_name = "MONEY",
        allow_negative_numbers = true,
        required_unless_present = "wanted_response",
        help_heading = "Goal"
    )]
    pub(in crate::cli) budget: Option<f64>,
    /// Spends only while the next unit of money earns at least this
    #[arg(
        long,
        value_name = "R",
        allow_negative_numbers = true,
        conflicts_with = "wanted_response",
        help_heading = "Goal"
    )]
    pub(in crate::cli) min_marginal_return: Option<f64>,
    /// Earns at least this on average, in units of `measure` per unit of money
    #[arg(
        long,
        value_name = "R",
        allow_negative_numbers = true,
        conflicts_with = "wanted_response",
        help_heading = "Goal"
    )]
    pub(in crate::cli) min_average_return: Option<f64>,
    /// Spends as little as brings this response [budget: a cap, by default the sum of the upper bounds]
    #[arg(long, value_name = "V", allow_negative_numbers = true, help_heading = "Goal")]
    pub(in crate::cli) wanted_response: Option<f64>,
    /// Groups with limits, a tree: id, parent, lower, upper
    #[arg(long, value_name = "FILE", help_heading = "Limits")]
    pub(in crate::cli) groups: Option<PathBuf>,
    /// Classes with limits, across groups: id, lower, upper
    #[arg(long, value_name = "FILE", help_heading = "Limits")]
    pub(in crate::cli) classes: Option<PathBuf>,
    /// Largest change of an item, as 0.3 for 30%
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, help_heading = "Limits")]
    pub(in crate::cli) max_change: Option<f64>,
    /// What --max-change is relative to [default: scaled, where there is a budget]
    #[arg(long, value_name = "NAME", value_enum, requires = "max_change", help_heading = "Limits")]
    pub(in crate::cli) change_reference: Option<ChangeReference>,
    /// Most money that may move, over all items: money, or NN% of current spend
    #[arg(
        long,
        value_name = "MONEY|NN%",
        value_parser = parse_turnover,
        allow_hyphen_values = true,
        help_heading = "Limits"
    )]
    pub(in crate::cli) max_turnover: Option<TurnoverLimit>,
    /// Response that moving one unit of money costs: spend moves only where that pays, and the rest of the budget is left
    #[arg(long, value_name = "P", allow_negative_numbers = true, help_heading = "Limits")]
    pub(in crate::cli) turnover_price: Option<f64>,
    /// Rounds spends to multiples of this, as 0.01 for cents
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true, help_heading = "Limits")]
    pub(in crate::cli) step: Option<f64>,
    /// Points of the curves of family `points`: CSV, TSV or Parquet with id, spend, response
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) points: Option<PathBuf>,
    /// Plan to write (CSV)
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: PathBuf,
    /// Groups and classes to write, with what their limits cost (CSV)
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) groups_out: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
}

/// What the largest change of an item is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ChangeReference {
    /// Current spend
    Current,
    /// Current spend × budget / total current spend
    Scaled,
}

/// Most money that may move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::cli) enum TurnoverLimit {
    /// Money.
    Money(f64),
    /// Share of current spend.
    Share(f64),
}

fn parse_turnover(text: &str) -> Result<TurnoverLimit, String> {
    let (number, share) = text.trim().strip_suffix('%').map_or((text.trim(), false), |number| (number, true));
    match number.trim().parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => {
            Ok(if share { TurnoverLimit::Share(value / 100.0) } else { TurnoverLimit::Money(value) })
        }
        _ => Err("expected money such as 250, or a share of current spend such as 20%".to_owned()),
    }
}
