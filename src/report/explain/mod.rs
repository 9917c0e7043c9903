//! Everything that a run knows of one recommendation, from the files that it wrote.
//!
//! In: a report directory and the text of a term or the name of a campaign. Out: [`Explained`], as text for a terminal and
//! as JSON. Nothing is computed anew but what follows from the files: the curve at a few spends, and what would have to be
//! different for the opposite advice.

mod campaign;
mod curve;
mod stored;
mod term;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use stored::{Row, Stored};

/// What is to be explained.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Text of a term, or name of a campaign.
    pub name: String,
    /// Campaign of the term, where several have it.
    pub campaign: Option<String>,
    /// Match type of the term, where several have it.
    pub match_type: Option<String>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Explained {
    /// For a terminal, at most 79 columns, each line ended by a line end.
    pub text: String,
    /// The same figures.
    pub json: Value,
}

/// Why nothing could be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// Not a report directory of a plan.
    #[error("`{}` is no report of `termwise recommend`: it lacks {missing}", folder.display())]
    NotARun {
        /// The directory.
        folder: PathBuf,
        /// What is missing.
        missing: &'static str,
    },
    /// A file of the report that cannot be read.
    #[error("can't read `{}`{}: it was cut or changed", path.display(), at(*line))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Line, where it is known.
        line: Option<u64>,
    },
    /// A file of a weekly run, which later runs are held against, that is not as it was written.
    #[error("`{}` is damaged: its bytes are not those that the run wrote (SHA-256)", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// No such term or campaign.
    #[error("neither a term nor a campaign of the run is called `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest names.
        nearest: Vec<String>,
    },
}

fn at(line: Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!(", line {line}"))
}

impl ExplainError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotARun { .. } => {
                Some("give the directory that `recommend --out` wrote, as in `--run reports/demo`".to_owned())
            }
            Self::Changed { .. } => Some("bring the run back from a copy, or ask another run".to_owned()),
            Self::Damaged { .. } => Some("run `termwise recommend` again".to_owned()),
            Self::Unknown { nearest, .. } if nearest.is_empty() => None,
            Self::Unknown { nearest, .. } => {
                let names: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
                Some(format!("did you mean {}?", names.join(" or ")))
            }
        }
    }

    /// Exit code of the program: 3 for damaged files, 1 for those of a weekly run, else 2.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Changed { .. } => 1,
            Self::Damaged { .. } => 3,
            Self::NotARun { .. } | Self::Unknown { .. } => 2,
        }
    }
}

/// Most terms of one text that are explained; more are counted.
const MOST: usize = 5;

/// Explains a term or a campaign of the run in `folder`.
///
/// # Errors
/// No run, damaged files, a name that the run does not know.
pub fn explain(folder: &Path, question: &Question) -> Result<Explained, ExplainError> {
    let stored = Stored::open(folder)?;
    let name = question.name.as_str();
    let asked = |row: &Row, column: &str, wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| row.text(column).is_some_and(|found| same(found, wanted)))
    };
    let narrowed =
        |row: &Row| asked(row, "campaign", &question.campaign) && asked(row, "match_type", &question.match_type);
    let terms = |matches: &dyn Fn(&str) -> bool| {
        stored.rows("recommendations.csv", |row| row.text("term").is_some_and(matches) && narrowed(row))
    };
    let mut found = terms(&|term| term == name)?;
    if found.is_empty() {
        found = terms(&|term| same(term, name))?;
    }
    let campaigns = stored.rows("campaigns.csv", |row| row.text("campaign").is_some_and(|found| same(found, name)))?;
    if found.is_empty() && campaigns.is_empty() {
        return Err(ExplainError::Unknown { name: name.to_owned(), nearest: nearest(&stored, name)? });
    }
    let mut answer = Explained { text: String::new(), json: json!({"run": folder.display().to_string()}) };
    let more = found.len().saturating_sub(MOST);
    let (mut shown, mut of_terms, mut of_campaigns) = (Vec::new(), Vec::new(), Vec::new());
    for row in found.into_iter().take(MOST) {
        let (text, json) = term::explain(&stored, &row)?;
        shown.push(text);
        of_terms.push(json);
    }
    for row in campaigns {
        let (text, json) = campaign::explain(&stored, &row)?;
        shown.push(text);
        of_campaigns.push(json);
    }
    answer.text = shown.join("\n");
    if more > 0 {
        let _ = writeln!(answer.text, "\nand {more} more of that text: narrow it with --campaign or --match-type");
    }
    for file in stored.changed() {
        let _ = writeln!(answer.text, "\n{file} is not as the run wrote it: the figures are those of the changed file");
    }
    answer.json["terms"] = Value::from(of_terms);
    answer.json["campaigns"] = Value::from(of_campaigns);
    answer.json["changed_files"] = json!(stored.changed());
    Ok(answer)
}

/// Whether two names differ in case and spaces at most.
fn same(one: &str, other: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(one) == words(other)
}

/// The names of the run that are most like one.
fn nearest(stored: &Stored, name: &str) -> Result<Vec<String>, ExplainError> {
    /// Similarity below which a name is another one.
    const ALIKE: f64 = 0.75;
    let mut names: Vec<String> = Vec::new();
    for (file, column) in [("recommendations.csv", "term"), ("campaigns.csv", "campaign")] {
        names.extend(stored.rows(file, |_| true)?.iter().filter_map(|row| row.text(column).map(str::to_owned)));
    }
    let lower = name.to_lowercase();
    let mut scored: Vec<(f64, String)> = names
        .into_iter()
        .map(|other| (strsim::jaro_winkler(&lower, &other.to_lowercase()), other))
        .filter(|(alike, _)| *alike > ALIKE)
        .collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    scored.dedup_by(|one, other| one.1 == other.1);
    Ok(scored.into_iter().take(3).map(|(_, name)| name).collect())
}
