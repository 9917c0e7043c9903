//! Which source column is which canonical column.
//!
//! In: the names in a file's header. Out: the canonical column of each, or the reason why that
//! cannot be said. What the user mapped goes before all names; among names the best rank wins, and
//! two columns of one rank are an error, never a guess.

use super::aliases::{COLUMNS, Candidate, Column, Family, IDS, is_money, normalize, recognize};
use super::error::IngestError;
use super::privacy;
use super::{IngestSettings, TermUnit};

use Column as C;

/// What the columns of one file are.
#[derive(Clone, Debug, Default)]
pub(super) struct Schema {
    /// Names in the file.
    pub names: Vec<String>,
    /// The canonical column of each, also where it is not read.
    pub mapped: Vec<Option<Column>>,
    /// Position of each canonical column that is read.
    position: [Option<usize>; COLUMNS],
    /// Whether amounts of a canonical column are in millionths.
    micros: [bool; COLUMNS],
    /// Names of columns that are known and not read.
    pub unused: Vec<String>,
    /// Columns that the user says to leave out.
    pub ignored: Vec<usize>,
    /// Whether the term is of the other family than the one asked for.
    pub other_unit: bool,
    /// Whether the term is a keyword.
    pub keywords: bool,
    /// Whether a column holds what people searched for.
    pub searches: bool,
    /// Required measures that no column holds.
    pub missing: Vec<&'static str>,
    /// The values of the last columns, which are the same in every row.
    pub constants: Vec<String>,
}

impl Schema {
    /// Where a canonical column stands in the file.
    pub(super) fn position(&self, column: Column) -> Option<usize> {
        self.position[column as usize]
    }

    /// What the amounts of a column must be divided by.
    pub(super) fn divisor(&self, column: Column) -> f64 {
        if self.micros[column as usize] { 1e6 } else { 1.0 }
    }

    /// Decides what each column is.
    ///
    /// # Errors
    /// A column that identifies people; two columns for one thing; a required column absent; a
    /// mapping onto an unknown name.
    #[cfg(test)]
    pub(super) fn decide(file: &str, names: Vec<String>, settings: &IngestSettings) -> Result<Self, IngestError> {
        let schema = Self::with_constants(file, names, &[], settings, &|_| false)?;
        schema.complete(file).map_or(Ok(()), Err)?;
        Ok(schema)
    }

    /// As [`Self::decide`], with columns behind the file's own that are the same in every row: name and value.
    /// A column of the file goes before one of the same name. `is_account` tells whether a column that is named like people's is
    /// an account's. Required measures that are absent are left in [`Self::missing`], so that the rows can be looked at.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub(super) fn with_constants(
        file: &str,
        mut names: Vec<String>,
        constants: &[(String, String)],
        settings: &IngestSettings,
        is_account: &dyn Fn(usize) -> bool,
    ) -> Result<Self, IngestError> {
        let own: Vec<String> = names.iter().map(|name| normalize(name)).collect();
        let added: Vec<_> = constants.iter().filter(|(name, _)| !own.contains(&normalize(name))).collect();
        names.extend(added.iter().map(|(name, _)| name.clone()));
        let constants = added.iter().map(|(_, value)| value.clone()).collect();
        let identifies = |column: &&String| IngestError::Identifies {
            file: file.into(),
            column: privacy::shown(column).into_owned(),
        };
        let mut people: Vec<IngestError> = privacy::identifying(&names, is_account).iter().map(identifies).collect();
        match people.len() {
            0 => {}
            1 => return Err(people.remove(0)),
            _ => return Err(IngestError::Several { errors: people }),
        }
        let mut schema = Self { mapped: vec![None; names.len()], names, constants, ..Self::default() };
        let is_ignored = |name: &String| settings.target_of(name).is_some_and(is_ignore);
        schema.ignored = (0..schema.names.len()).filter(|&at| is_ignored(&schema.names[at])).collect();
        let candidates = schema.candidates(settings)?;
        for column in Column::all() {
            schema.choose(file, column, &candidates, settings.unit)?;
        }
        schema.searches = candidates.iter().flatten().any(|found| found.family == Family::SearchTerm);
        schema.settle_dates(settings.exports);
        if let Some(column) = schema.long_period(settings) {
            return Err(IngestError::LongPeriods { file: file.into(), column: column.clone() });
        }
        let missing: Vec<_> = [C::Term, C::Clicks, C::Conversions]
            .into_iter()
            .filter(|&column| schema.position(column).is_none())
            .map(Column::name)
            .collect();
        if missing.is_empty() {
            Ok(schema)
        } else if missing.contains(&C::Term.name()) {
            let level = [C::AdGroup, C::Campaign].into_iter().find(|&level| schema.position(level).is_some());
            Err(IngestError::NoTerms {
                file: file.into(),
                level: level.map(Column::name),
                missing,
                found: schema.names,
            })
        } else {
            schema.missing = missing;
            Ok(schema)
        }
    }

    /// What is wrong where required measures are absent.
    pub(super) fn complete(&self, file: &str) -> Option<IngestError> {
        let (missing, found) = (self.missing.clone(), self.names.clone());
        (!missing.is_empty()).then(|| IngestError::MissingColumns { file: file.into(), missing, found })
    }

    /// Keyword and match type of a report of searches by keyword, whose match type may be that of the search.
    pub(super) fn doubtful_match_type(&self, settings: &IngestSettings) -> Option<(usize, usize)> {
        const OF_SEARCH: [&str; 10] = [
            "matchtype",
            "searchtermmatchtype",
            "searchtermsmatchtype",
            "deliveredmatchtype",
            "matchsource",
            "ubereinstimmungstyp",
            "keywordoption",
            "keywordoptionen",
            "typedecorrespondance",
            "tipodeconcordancia",
        ];
        let (term, at) = self.position(C::Term).zip(self.position(C::MatchType))?;
        let name = &self.names[at];
        let is_told = settings.target_of(name).is_some();
        let may_be = OF_SEARCH.contains(&normalize(name).as_str());
        (self.keywords && self.searches && !is_told && may_be).then_some((term, at))
    }

    /// Takes the match type for that of the search: the keyword's is told by its marks.
    pub(super) fn drop_match_type(&mut self) {
        if let Some(at) = self.position(C::MatchType) {
            self.leave_out(C::MatchType);
            self.mapped[at] = None;
        }
    }

    /// Of several dates, those that say most.
    fn settle_dates(&mut self, exports: bool) {
        // a date says more than the week it lies in, and both more than the days that a row runs from and to
        if self.position(C::Date).is_some() {
            self.leave_out(C::Week);
        }
        let dated = self.position(C::Date).or(self.position(C::Week)).is_some();
        let both = self.position(C::StartDate).is_some() && self.position(C::EndDate).is_some();
        // alone it is the day of the rows; under other names it may be that of a campaign
        if let (Some(at), false, false) = (self.position(C::StartDate), dated, both)
            && normalize(&self.names[at]) == "datestart"
        {
            self.position[C::StartDate as usize] = None;
            self.position[C::Date as usize] = Some(at);
            self.mapped[at] = Some(C::Date);
            return self.settle_dates(exports);
        }
        if dated || !both {
            self.leave_out(C::StartDate);
            self.leave_out(C::EndDate);
        }
        // successive reports show the lag of all conversions, also of those without a date
        if self.position(C::ReportedOn).is_some() || exports {
            self.leave_out(C::ConversionDate);
        }
    }

    /// A column of months or quarters where no other says when a row was, unless the user said what it is.
    fn long_period(&self, settings: &IngestSettings) -> Option<&String> {
        const LONG: [&str; 12] = [
            "month",
            "monat",
            "mois",
            "mes",
            "quarter",
            "quartal",
            "trimestre",
            "yearmonth",
            "year",
            "jahr",
            "annee",
            "ano",
        ];
        let dated = [C::Date, C::Week, C::StartDate].iter().any(|&column| self.position(column).is_some());
        let is_long = |name: &&String| LONG.contains(&normalize(name).as_str()) && settings.target_of(name).is_none();
        self.names.iter().find(is_long).filter(|_| !dated)
    }

    fn leave_out(&mut self, column: Column) {
        if let Some(at) = self.position[column as usize].take() {
            self.unused.push(self.names[at].clone());
        }
    }

    /// What each column could be: the user's word first, then its name.
    fn candidates(&self, settings: &IngestSettings) -> Result<Vec<Option<Candidate>>, IngestError> {
        let mut candidates = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let Some(target) = settings.target_of(name) else {
                candidates.push(recognize(name));
                continue;
            };
            if is_ignore(target) {
                candidates.push(None);
                continue;
            }
            let column = Column::from_name(target)
                .ok_or_else(|| IngestError::UnknownTarget { column: name.clone(), target: target.into() })?;
            let micros = is_money(column) && normalize(name).ends_with("micros");
            candidates.push(Some(Candidate { column, rank: MAPPED, family: Family::Neutral, micros }));
        }
        self.settle_sales(&mut candidates, settings);
        Ok(candidates)
    }

    /// `sales` is money where another column counts conversions, and the count where none does: shops
    /// that export both call the count "orders" and the money "sales".
    fn settle_sales(&self, candidates: &mut [Option<Candidate>], settings: &IngestSettings) {
        let counted = candidates.iter().flatten().any(|candidate| candidate.column == C::Conversions);
        for (name, candidate) in self.names.iter().zip(candidates) {
            let normal = normalize(name);
            if settings.target_of(name).is_none() && matches!(normal.as_str(), "sales" | "verkaufe") {
                let money = counted || name.contains('(');
                let (column, rank) = if money { (C::Revenue, 3) } else { (C::Conversions, 4) };
                *candidate = Some(Candidate { column, rank, family: Family::Neutral, micros: false });
            }
        }
    }

    fn choose(
        &mut self,
        file: &str,
        column: Column,
        candidates: &[Option<Candidate>],
        unit: TermUnit,
    ) -> Result<(), IngestError> {
        let mut here: Vec<(usize, Candidate)> = candidates
            .iter()
            .enumerate()
            .filter_map(|(at, candidate)| {
                candidate.filter(|candidate| candidate.column == column).map(|found| (at, found))
            })
            .collect();
        for &(at, _) in &here {
            self.mapped[at] = Some(column);
        }
        if column == C::Term {
            self.choose_family(&mut here, unit);
        }
        let Some(best) = here.iter().map(|(_, candidate)| candidate.rank).min() else {
            return Ok(());
        };
        let chosen: Vec<usize> = here.iter().filter(|(_, found)| found.rank == best).map(|&(at, _)| at).collect();
        if chosen.len() > 1 {
            let columns = chosen.iter().map(|&at| self.names[at].clone()).collect();
            return Err(IngestError::Ambiguous { file: file.into(), canonical: column.name(), columns });
        }
        for (at, candidate) in here {
            if at == chosen[0] {
                self.keywords |= candidate.family == Family::Keyword;
                self.position[column as usize] = Some(at);
                self.micros[column as usize] = candidate.micros;
            } else {
                self.unused.push(self.names[at].clone());
                self.mapped[at] = None;
            }
        }
        Ok(())
    }

    /// Where a file has both keyword and search term, the unit decides; an id does not count as having
    /// the keyword.
    fn choose_family(&mut self, here: &mut Vec<(usize, Candidate)>, unit: TermUnit) {
        let wanted = match unit {
            TermUnit::Keyword => Family::Keyword,
            TermUnit::SearchTerm => Family::SearchTerm,
        };
        if here.iter().any(|(_, found)| found.family == Family::Neutral) {
            return;
        }
        let has_wanted = here.iter().any(|(_, found)| found.family == wanted && found.rank < IDS);
        if has_wanted {
            let names = &self.names;
            let mapped = &mut self.mapped;
            let unused = &mut self.unused;
            here.retain(|&(at, found)| {
                let keep = found.family == wanted;
                if !keep {
                    unused.push(names[at].clone());
                    mapped[at] = None;
                }
                keep
            });
        } else {
            self.other_unit = !here.is_empty() && here.iter().all(|(_, found)| found.family != wanted);
        }
    }
}

/// Whether a column that is mapped to this is left out.
pub(super) fn is_ignore(target: &str) -> bool {
    matches!(normalize(target).as_str(), "" | "ignore")
}

/// The rank of a column that the user mapped: before all names.
const MAPPED: usize = 0;

#[cfg(test)]
mod tests;
