//! What to do about an error of the input.
//!
//! In: the error. Out: a hint that names what the user can change, in his own terms.

use super::IngestError;
use crate::ingest::file::HTML;
use crate::ingest::privacy::{HASH, may_be_vouched, may_count_people};

impl IngestError {
    /// Whether it is the settings that are at fault, not the data.
    #[must_use]
    pub fn is_of_settings(&self) -> bool {
        matches!(
            self,
            Self::UnknownTarget { .. }
                | Self::UnknownSource { .. }
                | Self::UnknownKey { .. }
                | Self::Pattern { .. }
                | Self::PeriodDays { .. }
        )
    }

    /// Whether data that identify people are among what is wrong.
    #[must_use]
    pub fn is_of_people(&self) -> bool {
        match self {
            Self::Identifies { .. } | Self::Personal { .. } => true,
            Self::Several { errors } => errors.iter().any(Self::is_of_people),
            _ => false,
        }
    }

    /// Whether amounts in several currencies are among what is wrong.
    #[must_use]
    pub fn is_of_currencies(&self) -> bool {
        match self {
            Self::Currencies { .. } => true,
            Self::Several { errors } => errors.iter().any(Self::is_of_currencies),
            _ => false,
        }
    }

    /// What the user can change, as one or more sentences without a final full stop.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::CurveColumns { missing, .. } if missing.iter().any(|name| name == "decision") => {
                "give recommendations.csv back with its column `decision` filled in".to_owned()
            }
            Self::CurveColumns { .. } => {
                "name the columns id, family, a, k, h, lower, upper, current_spend (points: id, spend, response; \
                 groups: id, parent, lower, upper; classes: id, lower, upper); see `termwise allocate --help`"
                    .into()
            }
            Self::CurveColumnTwice { .. } => "rename or remove one of them".into(),
            Self::Curve { .. } => "correct the curve's parameters; they are finite and not negative".into(),
            Self::NoInput => "name at least one file: CSV, TSV, Parquet or XLSX".into(),
            Self::Pattern { .. } => "`*` stands for any characters, `?` for one, `[0-9]` for one of several".into(),
            Self::NoMatch { .. } | Self::NoTables { .. } | Self::NotFound { .. } => "check the path and the working directory".into(),
            Self::IsDirectory { file } => format!("name the files, or a pattern such as `{file}/*`"),
            Self::Unreadable { .. } => "check that the file can be read by this user".into(),
            Self::Empty { .. } | Self::HeaderOnly { .. } => {
                "export it again; the report's period or filter may hold no data".into()
            }
            Self::Damaged { .. } => {
                "the file may have been cut short or saved in two encodings: export it again, as UTF-8 if there is a choice".into()
            }
            Self::Packed { .. } => "the file may have been cut short: write or copy it again, or unpack it".into(),
            Self::Workbook { .. } => "save it as CSV UTF-8".into(),
            Self::NotATable { looks_like, .. } if *looks_like == HTML => {
                "export it again as CSV or XLSX, or open it in a spreadsheet and save it so".into()
            }
            Self::NotATable { .. } => "save or unpack it as CSV, TSV, Parquet or XLSX".into(),
            Self::Parquet { .. } => "the file may have been cut short: write or copy it again".into(),
            Self::ColumnType { column, wanted, .. } => {
                format!("write `{column}` as {wanted}, or leave it out with `--map \"{column}=ignore\"`")
            }
            Self::MissingColumns { missing, .. } => format!(
                "if a column means {0} under another name, say so: `--map \"COLUMN={0}\"`, or in `[data.map]`",
                missing.first().unwrap_or(&"term")
            ),
            Self::Ambiguous { canonical, columns, .. } => format!(
                "choose one with `--map \"{}={canonical}\"`, or in `[data.map]`",
                columns.first().map_or("COLUMN", String::as_str)
            ),
            Self::NoTerms { .. } => {
                "export the keyword or search term report; if a column holds the terms under another name, say so: \
                 `--map \"COLUMN=term\"`, or in `[data.map]`"
                    .into()
            }
            Self::NoSimulator { .. } => {
                "a simulator has a bid or a daily budget, cost and clicks, and the keyword or campaign they are of; if a column \
                 means one of them under another name, say so: `--map \"COLUMN=max_cpc\"` (or term, campaign, campaign_budget, \
                 cost, clicks)"
                    .into()
            }
            Self::AmbiguousDates { .. } => {
                "say which comes first: `--date-order day-first` or `month-first`, or in `[data]`; or export dates as YYYY-MM-DD".into()
            }
            Self::LongPeriods { column, .. } => format!(
                "export the report by week or by day; or take all rows as one period with `--map \"{column}=ignore\"` and say how \
                 long it was with `--period-days`"
            ),
            Self::ShortYears { .. } => {
                "export dates as YYYY-MM-DD; if the year stands last, say which of day and month comes first: \
                 `--date-order day-first` or `month-first`"
                    .into()
            }
            Self::UnknownTarget { target, .. } => {
                let near = crate::ingest::aliases::nearest(target).map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
                format!("{near}the names are {}, or `ignore`", crate::ingest::aliases::names().join(", "))
            }
            Self::UnknownSource { .. } => "run `termwise check` on the files to see their columns".into(),
            Self::UnknownKey { .. } => "the key may have `match_type`, `campaign`, `ad_group` and `channel`".into(),
            Self::ColumnsDiffer { column, with, .. } => {
                format!("export all files with the same columns, or leave {column} of `{with}` out with `--map \"COLUMN=ignore\"`")
            }
            Self::SameContent { second, .. } => format!("leave `{second}` out"),
            Self::SameDays { second, .. } => {
                format!(
                    "leave `{second}` out; if they are successive exports of one account, give `--exports`; if they are of several \
                     accounts, give each file a column `channel` that tells them apart"
                )
            }
            Self::SameExport { second, .. } => format!(
                "leave `{second}` out; if it was exported later, say when in a column `reported_on` of both files"
            ),
            Self::Several { errors } => {
                let mut hints: Vec<String> = Vec::new();
                for hint in errors.iter().filter_map(Self::hint) {
                    if !hints.contains(&hint) {
                        hints.push(hint);
                    }
                }
                hints.join("; ")
            }
            Self::Currencies { .. } => "run each currency by itself, or convert the amounts first".into(),
            Self::Personal { column, what, .. } if *what == HASH => format!(
                "if `{column}` holds keys of the rows, as databases make them, leave it out with `--map \"{column}=ignore\"`; else \
                 delete it from the file, or add the rows up by term and week without it"
            ),
            Self::Identifies { column, .. } if may_be_vouched(column) => format!(
                "if `{column}` holds a few words or numbers that are nobody's, leave it out with `--map \"{column}=ignore\"`; else \
                 delete it from the file, or add the rows up by term and week without it"
            ),
            Self::Identifies { column, .. } if may_count_people(column) => format!(
                "if `{column}` counts people, leave it out with `--map \"{column}=ignore\"`; if it names or numbers them, delete it \
                 from the file, or add the rows up by term and week without it"
            ),
            Self::Identifies { column, .. } | Self::Personal { column, .. } => format!(
                "delete `{column}` from the file, or add the rows up by term and week without it"
            ),
            Self::NothingBefore { .. } => "choose a later `--as-of`".into(),
            Self::PeriodDays { .. } => "give `--period-days` a positive number".into(),
            Self::Refused { .. } => "correct these cells in the file, or export it again; nothing was left out silently and nothing was written".into(),
            Self::TooManyRows { .. } => "add the rows up by term and week first".into(),
            Self::Log(error) => error.hint(),
            Self::DoesNotReconcile { .. } => "this is a fault of termwise: please report it with the file's header".into(),
        })
    }
}
