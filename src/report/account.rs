//! A synthetic account as Parquet, written a group of rows at a time.
//!
//! In: [`Observation`]s, each the next terms of the account. Out: one file with the columns of the CSV. What is in
//! memory is one group of rows. Text is plain, dates are days, measures are doubles; shares and margin are there only
//! where the first group has them.

use super::ReportError;
use crate::domain::{Date, Status, TermKey};
use crate::simulate::{Cell, Observation, lost_text, share_text};
use polars::io::parquet::write::{BatchedWriter, ParquetCompression, ParquetWriter};
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult, Series};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A Parquet file being written.
pub struct AccountWriter {
    path: PathBuf,
    file: Option<File>,
    writer: Option<BatchedWriter<File>>,
}

impl AccountWriter {
    /// Begins a file.
    ///
    /// # Errors
    /// [`ReportError::Io`] where it cannot be made.
    pub fn create(path: &Path) -> Result<Self, ReportError> {
        let failed = |source| ReportError::Io { action: "create", path: path.to_owned(), source };
        Ok(Self { path: path.to_owned(), file: Some(File::create(path).map_err(failed)?), writer: None })
    }

    /// Writes the rows of some terms as one group.
    ///
    /// # Errors
    /// [`ReportError::Io`] where they cannot be written.
    pub fn push(&mut self, observation: &Observation) -> Result<(), ReportError> {
        self.group(observation).map_err(|error| self.failed(error))
    }

    fn group(&mut self, observation: &Observation) -> PolarsResult<()> {
        let frame = frame(observation)?;
        if let Some(file) = self.file.take() {
            // snappy: every reader has it
            let writer = ParquetWriter::new(file).with_compression(ParquetCompression::Snappy);
            self.writer = Some(writer.batched(frame.schema())?);
        }
        self.writer.as_mut().map_or(Ok(()), |writer| writer.write_batch(&frame))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`ReportError::Io`] where it cannot be written.
    pub fn finish(mut self) -> Result<(), ReportError> {
        match self.writer.take() {
            Some(writer) => writer.finish().map(|_| ()).map_err(|error| self.failed(error)),
            None => Ok(()),
        }
    }

    fn failed(&self, error: impl std::error::Error + Send + Sync + 'static) -> ReportError {
        ReportError::Io { action: "write", path: self.path.clone(), source: std::io::Error::other(error) }
    }
}

/// The rows as a table.
fn frame(observation: &Observation) -> PolarsResult<DataFrame> {
    let rows = &observation.rows;
    let term = |row: usize| &observation.terms[rows.term[row] as usize];
    let key = |name: &str, part: fn(&TermKey) -> Option<&str>| -> Column {
        let texts: Vec<Option<&str>> = (0..rows.len()).map(|row| part(&term(row).key)).collect();
        Series::new(name.into(), texts).into_column()
    };
    let measure = |name: &str, values: &[f64]| Series::new(name.into(), values).into_column();
    let labels: Vec<Option<&str>> = (0..rows.len()).map(|row| term(row).label.as_deref()).collect();
    let states: Vec<&str> = (0..rows.len())
        .map(|row| match term(row).status {
            Status::Enabled => "enabled",
            Status::Paused => "paused",
            Status::Removed => "removed",
        })
        .collect();
    let days: Vec<i32> = rows.week.iter().map(|&week| days(observation.weeks[week as usize])).collect();
    let mut columns = vec![
        key("term", |key| Some(&key.term)),
        key("match_type", |key| key.match_type.as_deref()),
        key("campaign", |key| key.campaign.as_deref()),
        key("ad_group", |key| key.ad_group.as_deref()),
        Series::new("label".into(), labels).into_column(),
        Series::new("status".into(), states).into_column(),
        Series::new("week".into(), days).cast(&DataType::Date)?.into_column(),
        measure("impressions", &rows.impressions),
        measure("clicks", &rows.clicks),
        measure("cost", &rows.cost),
        measure("conversions", &rows.conversions),
        measure("revenue", &rows.revenue),
        measure("max_cpc", &rows.max_cpc),
    ];
    if rows.impression_share.iter().any(Option::is_some) {
        let shares = |of: fn(&Cell) -> Option<f64>, text: fn(Option<f64>) -> String| {
            let known = |row: usize| of(&rows.cell(row)).map(|share| text(Some(share)));
            (0..rows.len()).map(known).collect::<Vec<Option<String>>>()
        };
        let mut push = |name: &str, texts| columns.push(Series::new(name.into(), texts).into_column());
        push("impression_share", shares(|cell| cell.impression_share, share_text));
        push("lost_is_rank", shares(Cell::lost_to_rank, lost_text));
        if rows.has_budgets() {
            push("lost_is_budget", shares(|cell| cell.lost_to_budget, lost_text));
            let set = |&budget: &f64| (budget > 0.0).then_some(budget);
            let budgets: Vec<Option<f64>> = rows.campaign_budget.iter().map(set).collect();
            columns.push(Series::new("campaign_budget".into(), budgets).into_column());
        }
    }
    if observation.terms.iter().any(|term| term.margin.is_some()) {
        let margins: Vec<Option<f64>> = (0..rows.len()).map(|row| term(row).margin).collect();
        columns.push(Series::new("margin".into(), margins).into_column());
    }
    columns.push(Series::new("currency".into(), vec![observation.currency.as_str(); rows.len()]).into_column());
    DataFrame::new(rows.len(), columns)
}

/// Days since 1970.
pub(super) fn days(date: Date) -> i32 {
    i32::try_from((date - Date::default()).num_days()).unwrap_or(i32::MAX)
}
