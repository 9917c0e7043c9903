//! Why no query can be written.

use crate::ingest::cell::shorten;

/// Why no query can be written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// A column is mapped onto a name that is not known.
    #[error("`--{flag} '{column}={target}'`: there is no column `{target}`")]
    Unknown {
        /// The flag.
        flag: &'static str,
        /// Source column.
        column: String,
        /// As typed.
        target: String,
        /// The canonical name most like it.
        nearest: Option<&'static str>,
        /// Whether the source column is a canonical name, so that the two may be the wrong way round.
        reversed: bool,
    },
    /// A canonical column that the query does not have.
    #[error("`--{flag} '{column}={target}'`: `{target}` is not part of the query")]
    NotSummed {
        /// The flag.
        flag: &'static str,
        /// Source column.
        column: String,
        /// Canonical name.
        target: &'static str,
    },
    /// Two columns for one.
    #[error("`--{flag}` names two columns for `{name}`")]
    Twice {
        /// The flag.
        flag: &'static str,
        /// Canonical name.
        name: &'static str,
    },
    /// A column that is to be ignored is not used.
    #[error("`--{flag} '{column}=ignore'`: the query does not use a column `{column}`")]
    Unused {
        /// The flag.
        flag: &'static str,
        /// Source column.
        column: String,
    },
    /// Rows counted as something that is no count.
    #[error("`*` counts rows, and `{name}` is no count")]
    EachRow {
        /// Canonical name.
        name: &'static str,
    },
    /// A measure of the events among those of the purchases.
    #[error("`--purchase-map` names a column for `{name}`, which is added up over `--events`")]
    OfEvents {
        /// Canonical name.
        name: &'static str,
    },
    /// A column that the query needs.
    #[error("the query needs a column for `{name}`")]
    Required {
        /// Canonical name.
        name: &'static str,
    },
    /// A part of the key that one of the tables lacks.
    #[error("only one of the two tables has a column for `{name}`, and it is part of what identifies a term")]
    OneTable {
        /// Canonical name.
        name: &'static str,
    },
    /// A name that cannot be one.
    #[error("`{name}` cannot be the name of a table or column: {problem}")]
    Name {
        /// As typed.
        name: String,
        /// Why.
        problem: NameProblem,
    },
}

/// Why a name cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// It, or a part of it, is empty.
    #[error("it is empty, or a part of it between points is")]
    Empty,
    /// It holds control characters.
    #[error("it holds a control character")]
    Control,
    /// A quote is not closed, or something stands behind the closing one.
    #[error("a part in double quotes does not end with them")]
    Open,
}

impl SqlError {
    pub(super) fn unknown(
        flag: &'static str,
        column: &str,
        target: &str,
        nearest: Option<&'static str>,
        reversed: bool,
    ) -> Self {
        Self::Unknown { flag, column: shorten(column), target: shorten(target), nearest, reversed }
    }

    pub(super) fn not_summed(flag: &'static str, column: &str, target: &'static str) -> Self {
        Self::NotSummed { flag, column: shorten(column), target }
    }

    pub(super) fn unused(flag: &'static str, column: &str) -> Self {
        Self::Unused { flag, column: shorten(column) }
    }

    pub(super) fn name(name: &str, problem: NameProblem) -> Self {
        Self::Name { name: shorten(name), problem }
    }

    /// The same, of the whole name of a table.
    pub(super) fn of_table(self, typed: &str) -> Self {
        match self {
            Self::Name { problem, .. } => Self::name(typed, problem),
            other => other,
        }
    }

    /// What the user can change, without a final full stop.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        const NAMES: &str =
            "term, match_type, campaign, ad_group, channel, date, impressions, clicks, cost, conversions, revenue";
        Some(match self {
            Self::Unknown { flag, column, target, reversed: true, .. } => {
                format!("the table's own name comes first: `--{flag} '{target}={column}'`")
            }
            Self::Unknown { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::Unknown { .. } | Self::NotSummed { .. } => format!("the columns are {NAMES}, and `ignore` leaves one out"),
            Self::Twice { name, .. } => format!("say which one is `{name}`; sums of several columns need a view in the engine"),
            Self::Unused { .. } => "give the name that the column has in the table".to_owned(),
            Self::EachRow { .. } => "`*=clicks` says that each row is a click, `*=conversions` that each is a purchase".to_owned(),
            Self::OfEvents { name } => format!("give it as `--map 'COLUMN={name}'`"),
            Self::Required { name } => format!(
                "say which column it is: `--map 'COLUMN={name}'`{}",
                if matches!(*name, "clicks" | "conversions") { format!(", or `--map '*={name}'` if each row is one") } else { String::new() }
            ),
            Self::OneTable { name } => {
                format!("name it for both, with `--map` and `--purchase-map`, or leave `{name}` out of both")
            }
            Self::Name { .. } => {
                "write a table as catalog.schema.table; a part that holds points stands in double quotes: `'\"data/*.parquet\"'`"
                    .to_owned()
            }
        })
    }
}
