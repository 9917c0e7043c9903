//! Bid and budget simulators: tables of what other levers would have brought.
//!
//! In: a table with a lever (a bid, a target that bids follow, or a daily budget), cost and clicks, and what it is of: keyword, ad group, campaign.
//! Google's and Microsoft's names of columns are known, those of their programming interfaces too, with amounts in
//! millionths. Out: one [`SimulatedCurve`] for each thing simulated. A table of something else, a cell that is no number
//! and a lever that stands twice are refused with their place; points without clicks or cost say nothing of a slope and
//! are left out with a note.

use super::IngestSettings;
use super::InputFile;
use super::aliases::{Column, fold, recognize};
use super::curves::sheet::{Sheet, cell, finish};
use super::date;
use super::error::IngestError;
use super::file::File;
use super::number::{self, Kind, Marks, Shape, shape_of};
use super::privacy;
use super::source::Table;
use crate::counts::{SimulatedCurve, SimulatedLever};
use crate::domain::{Notes, unguarded};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was read from all tables of simulators.
#[derive(Clone, Debug, Default)]
pub struct Simulators {
    /// One for each thing simulated, in the order of what they are of.
    pub curves: Vec<SimulatedCurve>,
    /// The files, in the order given.
    pub files: Vec<InputFile>,
    /// What a reader should know about them.
    pub notes: Notes,
}

/// Names that simulators give to their columns, in lower-case letters alone, beside those of reports.
const NAMES: [(&str, Column); 9] = [
    ("keywordtext", Column::Term),
    ("cpcbid", Column::MaxCpc),
    ("bidamount", Column::MaxCpc),
    ("cpcbidceiling", Column::MaxCpc),
    ("simulatedbid", Column::MaxCpc),
    ("budgetamount", Column::CampaignBudget),
    ("simulatedbudget", Column::CampaignBudget),
    ("localclicks", Column::Clicks),
    ("localcost", Column::Cost),
];
/// Words before the name of a measure that say no more than that it is simulated.
const PREFIXES: [&str; 7] =
    ["estimatedweekly", "estweekly", "estimated", "est", "projected", "geschatzte", "geschatzter"];
/// Of those, the ones that name a week.
const WEEKLY: [&str; 2] = ["estimatedweekly", "estweekly"];

/// What a table is of: term, match type, campaign, ad group, then the lever and the days it is of.
type Subject = ([Option<String>; 4], SimulatedLever, Option<i64>, Option<String>);

/// Reads tables of simulators.
///
/// # Errors
/// A file that cannot be read, has no lever, cost or clicks, is of nothing in particular, or has cells that break a rule
/// (all of a file are collected).
pub fn read_simulators(paths: &[PathBuf], settings: &IngestSettings) -> Result<Simulators, IngestError> {
    let mut read = Simulators::default();
    let mut points: BTreeMap<Subject, Vec<[f64; 3]>> = BTreeMap::new();
    let mut empty = 0;
    for path in paths {
        let file = File::open(path)?;
        let (sheet, days) = table(&file, settings)?;
        let columns = Columns::of(&sheet, days, settings)?;
        empty += columns.read(&sheet, settings, &mut points)?;
        read.files.push(InputFile {
            path: file.name.clone(),
            sha256: file.sha256.clone(),
            rows: sheet.rows.len() as u64,
            bytes: file.size,
        });
    }
    read.notes.add(
        "simulator-empty-points",
        empty,
        "points of simulators are without clicks or cost, which says nothing of a slope: left out",
    );
    for ((names, lever, days, _), mut points) in points {
        // a higher target of ROAS buys less
        points.sort_by(|a, b| a[1].total_cmp(&b[1]).then(a[0].total_cmp(&b[0])));
        let [term, match_type, campaign, ad_group] = names;
        let points = points.into_iter().map(|[_, cost, clicks]| (cost, clicks)).collect();
        let days = days.map(|days| days as f64);
        read.curves.push(SimulatedCurve { term, match_type, campaign, ad_group, lever, days, points });
    }
    Ok(read)
}

/// The table in a file, and the days that lines above its header name.
fn table(file: &File, settings: &IngestSettings) -> Result<(Sheet, Option<i64>), IngestError> {
    let table = Table::find(file, settings)?;
    let days = table.span(settings).map(super::span::Span::days);
    let sheet = match table.rows() {
        Some((text, header)) => Sheet::under(&file.name, text, header)?,
        None => Sheet::parquet(file)?,
    };
    Ok((sheet, days))
}

/// What a name stands for in a simulator, whether its amounts are in millionths, and whether it names a week.
fn column_of(name: &str, settings: &IngestSettings) -> Option<(Column, bool, bool)> {
    if let Some(target) = settings.target_of(name) {
        return Column::from_name(target).map(|column| (column, fold(name).ends_with("micros"), false));
    }
    // programming interfaces put the path before the name; interfaces for people abbreviate
    let path = name.rsplit_once('.').filter(|_| !name.contains(' '));
    let own = path.map_or(name, |(_, own)| own);
    let whole = fold(own).chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    let prefix = PREFIXES.into_iter().find(|prefix| whole.len() > prefix.len() && whole.starts_with(prefix));
    let rest = &whole[prefix.map_or(0, str::len)..];
    let (rest, micros) = rest.strip_suffix("micros").map_or((rest, false), |rest| (rest, true));
    let extra = NAMES.into_iter().find(|(known, _)| *known == rest).map(|(_, column)| column);
    let known = || [name, own, rest].into_iter().find_map(recognize).map(|found| found.column);
    let column = extra.or_else(known)?;
    Some((column, micros, prefix.is_some_and(|prefix| WEEKLY.contains(&prefix))))
}

/// Where a table has what.
struct Columns {
    /// Term, match type, campaign, ad group.
    subject: [Option<usize>; 4],
    lever: (SimulatedLever, usize),
    cost: usize,
    clicks: usize,
    dates: Option<[usize; 2]>,
    micros: Vec<bool>,
    /// Of all rows that have no dates of their own.
    days: Option<i64>,
}

impl Columns {
    /// `days` are those that the file as a whole is of.
    fn of(sheet: &Sheet, days: Option<i64>, settings: &IngestSettings) -> Result<Self, IngestError> {
        let (file, names) = (&sheet.file, &sheet.names);
        if let Some(column) = privacy::identifying(names, &|_| false).first() {
            return Err(IngestError::Identifies { file: file.clone(), column: privacy::shown(column).into_owned() });
        }
        let known: Vec<_> = names.iter().map(|name| column_of(name, settings)).collect();
        let place = |wanted: Column| known.iter().position(|found| found.is_some_and(|(column, ..)| column == wanted));
        let (bid, budget) = (place(Column::MaxCpc), place(Column::CampaignBudget));
        let targets = [Column::TargetCpa, Column::TargetRoas];
        let lever = match (bid, budget) {
            // a simulator of budgets may name the bid that it needs
            (_, Some(at)) => Some((SimulatedLever::Budget, at)),
            (Some(at), None) => Some((SimulatedLever::Bid, at)),
            // targets of automated bidding move bids
            (None, None) => targets.into_iter().find_map(place).map(|at| (SimulatedLever::Bid, at)),
        };
        let subject = [Column::Term, Column::MatchType, Column::Campaign, Column::AdGroup].map(place);
        let (cost, clicks) = (place(Column::Cost), place(Column::Clicks));
        let (Some(lever), Some(cost), Some(clicks)) = (lever, cost, clicks) else {
            let missing =
                [(lever.is_none(), Column::MaxCpc), (cost.is_none(), Column::Cost), (clicks.is_none(), Column::Clicks)];
            let missing =
                missing.into_iter().filter(|(missing, _)| *missing).map(|(_, column)| column.name()).collect();
            return Err(IngestError::NoSimulator { file: file.clone(), missing, found: names.clone() });
        };
        if subject[0].is_none() && subject[2].is_none() {
            let missing = vec![Column::Term.name(), Column::Campaign.name()];
            return Err(IngestError::NoSimulator { file: file.clone(), missing, found: names.clone() });
        }
        let dates = place(Column::StartDate).zip(place(Column::EndDate)).map(|(first, last)| [first, last]);
        let micros = known.iter().map(|found| found.is_some_and(|(_, micros, _)| micros)).collect();
        let weekly = known[clicks].is_some_and(|(.., weekly)| weekly);
        let days = if weekly { Some(7) } else { days };
        Ok(Self { subject, lever, cost, clicks, dates, micros, days })
    }

    /// Reads the points; how many say nothing.
    fn read(
        &self,
        sheet: &Sheet,
        settings: &IngestSettings,
        into: &mut BTreeMap<Subject, Vec<[f64; 3]>>,
    ) -> Result<usize, IngestError> {
        let marks = self.marks(sheet);
        let (mut empty, mut refused) = (0, Vec::new());
        for (row, &line) in sheet.rows.iter().zip(&sheet.line) {
            let mut wrong = |column: usize, rule| {
                refused.push(cell(&sheet.file, line, &sheet.names[column], &row[column], rule));
            };
            let [lever, cost, clicks] = [self.lever.1, self.cost, self.clicks].map(|column| {
                if number::is_blank(&row[column]) {
                    return Some(0.0);
                }
                match number::parse(&row[column], Kind::Amount, marks) {
                    Ok(value) => Some(if self.micros[column] { value / 1e6 } else { value }),
                    Err(rule) => {
                        wrong(column, rule);
                        None
                    }
                }
            });
            let days = match self.days(row, settings) {
                Ok(days) => days.or(self.days),
                Err((column, rule)) => {
                    wrong(column, rule);
                    continue;
                }
            };
            let (Some(lever), Some(cost), Some(clicks)) = (lever, cost, clicks) else { continue };
            if !(lever > 0.0 && cost > 0.0 && clicks > 0.0) {
                empty += 1;
                continue;
            }
            let first = self.dates.map(|[first, _]| row[first].trim().to_owned());
            let points = into.entry((self.names(row), self.lever.0, days, first)).or_default();
            if points.iter().any(|point| point[0].to_bits() == lever.to_bits()) {
                wrong(
                    self.lever.1,
                    "stands twice for one thing simulated: a simulator has one row for each bid or budget",
                );
                continue;
            }
            points.push([lever, cost, clicks]);
        }
        finish(refused)?;
        Ok(empty)
    }

    /// What a row is of; a keyword without the punctuation of its match type.
    fn names(&self, row: &[String]) -> [Option<String>; 4] {
        let text = |at: usize| self.subject[at].map(|column| unguarded(row[column].trim()).to_owned());
        let bare = |term: String| {
            let words: Vec<&str> =
                term.trim_matches(['[', ']', '"']).split(' ').map(|word| word.trim_start_matches('+')).collect();
            words.join(" ").to_lowercase()
        };
        let term = text(0).map(bare);
        [term.filter(|term| !term.is_empty()), text(1), text(2), text(3)]
    }

    /// Days of a row's cost and clicks, where it has dates.
    fn days(&self, row: &[String], settings: &IngestSettings) -> Result<Option<i64>, (usize, &'static str)> {
        let Some(dates) = self.dates else { return Ok(None) };
        if dates.iter().all(|&column| number::is_blank(&row[column])) {
            return Ok(None);
        }
        let mut ends = [None; 2];
        for (end, column) in ends.iter_mut().zip(dates) {
            *end = Some(date::parse(&row[column], settings.date_order).map_err(|rule| (column, rule))?);
        }
        let [Some(first), Some(last)] = ends else { return Ok(None) };
        let days = (last - first).num_days() + 1;
        if days < 1 { Err((dates[1], "lies before the first day")) } else { Ok(Some(days)) }
    }

    /// What points and commas mean in its numbers: what the plain ones of all three columns say.
    fn marks(&self, sheet: &Sheet) -> Marks {
        let (mut point, mut comma) = (0, 0);
        for row in &sheet.rows {
            for column in [self.lever.1, self.cost, self.clicks] {
                match shape_of(&row[column]) {
                    Shape::Point => point += 1,
                    Shape::Comma => comma += 1,
                    // clicks are counts: marks in them group
                    Shape::EitherComma if column == self.clicks => point += 1,
                    Shape::EitherPoint if column == self.clicks => comma += 1,
                    _ => {}
                }
            }
        }
        if comma > point { Marks::Comma } else { Marks::Point }
    }
}

#[cfg(test)]
mod tests;
