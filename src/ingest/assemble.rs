//! Rows → counts.
//!
//! In: rows with numbered keys in any order. Out: terms in the order of their keys, cells as
//! compressed rows, and totals that must agree. Rows of one term and period are added exactly, so
//! that neither the order of rows nor the division of the input can change a bit.

use super::aliases::Column;
use super::attributes::Attributes;
use super::batch::Gathered;
use super::calendar::{self, Dated, Known, Placement};
use super::date::date;
use super::overlap::Repeated;
use super::privacy::mask;
use super::reports::{self, Basis, Repeats};
use super::rows::{CLICKS, CONVERSIONS, COST, END, IMPRESSIONS, MEASURES, Part, REVENUE, Rows, SIGNALS};
use super::{IngestError, IngestSettings, Ingested, InputFile, overlap, quality, summary, totals};
use crate::counts::{Cells, Counts, OTHER_TERMS, Shares, Signals, Totals};
use crate::domain::{Notes, Term, TermKey, counted, unguarded};
use crate::numeric::sum::ExactSum;
use rayon::prelude::*;
use std::borrow::Cow;

/// Makes counts of everything that was gathered.
///
/// # Errors
/// All rows lie after the day to look back from; the sums do not agree.
pub(super) fn assemble(
    mut gathered: Gathered,
    mut notes: Notes,
    settings: &IngestSettings,
) -> Result<Ingested, IngestError> {
    let mut known = Known::default();
    let dated = match (gathered.has(Column::Date), gathered.has(Column::Week)) {
        (true, _) => Dated::Day,
        (_, true) => Dated::Week,
        _ => {
            let (dated, span) = gathered.dating.settle(&mut gathered.part);
            known = Known { span, days: gathered.dating.days() };
            dated
        }
    };
    let mut days: Vec<i32> = gathered.part.days.iter().copied().collect();
    days.sort_unstable();
    let mut placement = calendar::place(&days, dated, known, settings, &mut notes)?;

    let mut has = [true; MEASURES];
    for (measure, column) in [(IMPRESSIONS, Column::Impressions), (COST, Column::Cost), (REVENUE, Column::Revenue)] {
        has[measure] = gathered.has(column);
    }
    let basis = match (gathered.has(Column::ReportedOn), gathered.has(Column::ConversionDate)) {
        (true, _) => Some(Basis::Reports),
        _ if settings.exports => Some(Basis::LastDays),
        (_, true) if dated != Dated::Not => Some(Basis::Conversions),
        _ => None,
    };
    let key = gathered.key();
    let part = &mut gathered.part;
    let chunks: Vec<&[Vec<f64>; MEASURES]> = part.rows.iter().map(|rows| &rows.measures).collect();
    let raw = sum_rows(&chunks, has);
    let (terms, place) = terms(part, key, &mut notes);
    let rows = std::mem::take(&mut part.rows);
    let mut sorted = Sorted::new(rows, &place, terms.len(), has);
    let reports = basis.map(|basis| reports::settle(basis, &mut sorted, &mut placement, settings, &mut notes));
    // rows of earlier reports have gone
    let totals_of_rows = if basis.is_some() { sum_rows(&[&sorted.measures], has) } else { raw };
    if basis.is_none()
        && let Some(repeated) = overlap::find(&sorted)
    {
        return Err(same_days(&gathered.files, repeated, dated));
    }
    sorted.file = Vec::new();
    let (cells, merged, repeats) = sorted.merge(&placement);

    // a code says more than a sign that several currencies share
    let codes = part.currencies.keys();
    let currency = codes.clone().find(|code| code.len() == 3).or_else(|| codes.clone().next()).cloned();
    let reports = reports.unwrap_or_default();
    let counts = Counts { terms, calendar: placement.calendar, cells, currency, reports, ..Counts::default() };
    reconcile(&totals_of_rows, &counts.totals())?;
    let terms = counts.terms.len();
    let counts = super::total::set_apart(counts, &mut notes);
    let totals = if counts.terms.len() < terms { counts.totals() } else { totals_of_rows };
    let (counts, folded) = counts.fold_small(f64::from(settings.min_count));
    let message = format!("terms with fewer than {} clicks are folded into {OTHER_TERMS}", settings.min_count);
    notes.add("folded-terms", folded, message);
    let alike = if basis.is_none() { repeats.count() } else { 0 };
    summary::describe(&mut notes, part, merged, alike);
    quality::describe(&mut notes, &counts);
    totals::describe(&mut notes, &gathered.totals);
    let rows = gathered.files.iter().map(|file| file.rows).sum();
    let hidden = gathered.hidden.map(|sums| totals::as_totals(&sums, |measure| has[measure]));
    if let Some(hidden) = hidden {
        let item = if gathered.pooled { "one item" } else { "left out, as they have no dates" };
        let message = format!("terms that the platform does not show have {} clicks: they are {item}", hidden.clicks);
        notes.add("hidden-terms", 1, message);
    }
    let (mapping, files, file_totals) = (gathered.mapping, gathered.files, gathered.totals);
    Ok(Ingested { counts, mapping, files, rows, notes, totals, hidden, file_totals })
}

fn same_days(files: &[InputFile], repeated: Repeated, dated: Dated) -> IngestError {
    let name = |file: u32| files.get(file as usize).map(|file| file.path.clone()).unwrap_or_default();
    let numbers = format!("the same numbers of {}", counted(repeated.terms, "term"));
    let what = match date(repeated.day) {
        Some(day) if dated != Dated::Not => format!("{numbers} and dates, first on {day}"),
        _ => numbers,
    };
    IngestError::SameDays { first: name(repeated.files.0), second: name(repeated.files.1), what }
}

fn sum_rows(chunks: &[&[Vec<f64>; MEASURES]], has: [bool; MEASURES]) -> Totals {
    let sum = |measure: usize| {
        let mut sum = ExactSum::default();
        for measures in chunks {
            sum.merge(measures[measure].iter().copied().collect());
        }
        sum.value()
    };
    let optional = |measure: usize| has[measure].then(|| sum(measure));
    Totals {
        impressions: optional(IMPRESSIONS),
        clicks: sum(CLICKS),
        cost: optional(COST),
        conversions: sum(CONVERSIONS),
        revenue: optional(REVENUE),
    }
}

/// The terms in order, and the place of each key number among them. Keys that differ only in an
/// e-mail address are one term once it is masked.
fn terms(part: &mut Part, has: [bool; 5], notes: &mut Notes) -> (Vec<Term>, Vec<u32>) {
    let keys: Vec<(TermKey, bool)> = part.take_keys().into_par_iter().map(|bytes| key(&bytes, has)).collect();
    let masked = keys.iter().filter(|(_, masked)| *masked).count();
    notes.add(
        "masked",
        masked,
        "terms hold an e-mail address, phone number or card number, which is replaced by (masked)",
    );
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.par_sort_unstable_by(|&a, &b| keys[a].0.cmp(&keys[b].0));
    let mut keys: Vec<Option<TermKey>> = keys.into_iter().map(|(key, _)| Some(key)).collect();
    let mut place = vec![0_u32; keys.len()];
    let mut terms: Vec<Term> = Vec::with_capacity(keys.len());
    let mut attributes: Vec<Attributes> = Vec::new();
    part.attributes.resize_with(if part.attributes.is_empty() { 0 } else { keys.len() }, Attributes::default);
    for number in order {
        let Some(key) = keys[number].take() else {
            continue;
        };
        let own = part.attributes.get(number);
        if terms.last().is_some_and(|last| last.key == key) {
            if let (Some(all), Some(own)) = (attributes.last_mut(), own) {
                all.merge(own, None, &part.labels.texts);
            }
        } else {
            terms.push(Term { key, ..Term::default() });
            attributes.extend(own.cloned());
        }
        // fewer terms than rows, and those are fewer than u32::MAX
        place[number] = u32::try_from(terms.len() - 1).unwrap_or(u32::MAX);
    }
    let mut conflicts = 0;
    for (term, latest) in terms.iter_mut().zip(&attributes) {
        term.status = latest.status();
        term.label = latest.label().map(|number| mask(unguarded(&part.labels.texts[number as usize])).into_owned());
        term.levers = latest.levers();
        term.margin = latest.margin();
        conflicts += usize::from(latest.status_conflicts());
    }
    let message = "rows of one term and day differ in status; enabled goes before paused, paused before removed";
    notes.add("status-conflict", conflicts, message);
    (terms, place)
}

/// A key from its bytes, and whether anything was masked in it.
fn key(bytes: &[u8], has: [bool; 5]) -> (TermKey, bool) {
    let mut fields = bytes.split(|&byte| byte == END).map(|field| String::from_utf8_lossy(field).into_owned());
    let mut field = |has: bool| if has { fields.next() } else { None };
    let mut masked = false;
    let mut clean = |text: String| match mask(unguarded(&text)) {
        Cow::Borrowed(plain) if plain.len() == text.len() => text,
        Cow::Borrowed(plain) => plain.to_owned(),
        Cow::Owned(clean) => {
            masked = true;
            clean
        }
    };
    let term = clean(field(true).unwrap_or_default());
    // ad groups are often named after their one term
    let [match_type, campaign, ad_group, channel] =
        [has[1], has[2], has[3], has[4]].map(|has| field(has).map(&mut clean));
    (TermKey { term, match_type, campaign, ad_group, channel }, masked)
}

/// Rows ordered by term, in any order within a term.
#[derive(Debug)]
pub(super) struct Sorted {
    /// Length: terms + 1.
    pub offsets: Vec<usize>,
    pub day: Vec<i32>,
    /// Number of the file; empty where there is one only.
    pub file: Vec<u32>,
    /// As in [`Rows::report`].
    pub report: Vec<i32>,
    pub measures: [Vec<f64>; MEASURES],
    /// As in [`Rows::signals`].
    pub signals: [Vec<f64>; SIGNALS],
}

impl Sorted {
    /// Counting sort by term; gives the chunks' memory back as it goes.
    fn new(chunks: Vec<Rows>, place: &[u32], terms: usize, has: [bool; MEASURES]) -> Self {
        let mut offsets = vec![0_usize; terms + 1];
        for key in chunks.iter().flat_map(|chunk| &chunk.key) {
            offsets[place[*key as usize] as usize + 1] += 1;
        }
        for term in 0..terms {
            offsets[term + 1] += offsets[term];
        }
        let rows = offsets[terms];
        let mut next = offsets.clone();
        let mut day = vec![0_i32; rows];
        let several = chunks.windows(2).any(|pair| pair[0].file != pair[1].file);
        let mut file = vec![0_u32; if several { rows } else { 0 }];
        let reported = chunks.iter().any(|chunk| !chunk.report.is_empty());
        let mut report = vec![0_i32; if reported { rows } else { 0 }];
        let mut measures = has.map(|has| vec![0.0_f64; if has { rows } else { 0 }]);
        let mut signals: [Vec<f64>; SIGNALS] = std::array::from_fn(|signal| {
            let has = chunks.iter().any(|chunk| chunk.signals[signal].iter().any(|value| !value.is_nan()));
            vec![f64::NAN; if has { rows } else { 0 }]
        });
        for chunk in chunks {
            let at: Vec<usize> = chunk
                .key
                .iter()
                .map(|&key| {
                    let slot = &mut next[place[key as usize] as usize];
                    *slot += 1;
                    *slot - 1
                })
                .collect();
            for (&at, &value) in at.iter().zip(&chunk.day) {
                day[at] = value;
            }
            if several {
                for &at in &at {
                    file[at] = chunk.file;
                }
            }
            for (&at, &value) in at.iter().zip(&chunk.report) {
                report[at] = value;
            }
            for (to, from) in measures.iter_mut().zip(&chunk.measures) {
                for (&at, &value) in at.iter().zip(from) {
                    to[at] = value;
                }
            }
            for (to, from) in signals.iter_mut().zip(&chunk.signals).filter(|(to, _)| !to.is_empty()) {
                for (&at, &value) in at.iter().zip(from) {
                    to[at] = value;
                }
            }
        }
        Self { offsets, day, file, report, measures, signals }
    }

    /// Adds up the rows of each term and period, in place; also how many rows were added to another row
    /// of the same term and day, and which of those repeat a count.
    fn merge(mut self, placement: &Placement) -> (Cells, usize, Repeats) {
        let mut offsets = vec![0_usize];
        let mut period = Vec::with_capacity(self.day.len());
        let mut merged = 0;
        let mut repeats = Repeats::default();
        let mut write = 0;
        let mut order: Vec<usize> = Vec::new();
        let mut own: Vec<f64> = Vec::new();
        for range in self.offsets.windows(2) {
            let (from, to) = (range[0], range[1]);
            let base = period.len();
            order.clear();
            order.extend(from..to);
            order.sort_unstable_by_key(|&row| self.day[row]);
            let added = order.windows(2).filter(|pair| self.day[pair[0]] == self.day[pair[1]]).count();
            if added > 0 {
                merged += added;
                // the rows of this term are still in their place
                repeats.see(&order, &self.day, &self.measures[CLICKS]);
            }
            for group in order.chunk_by(|&a, &b| placement.period(self.day[a]) == placement.period(self.day[b])) {
                period.push(placement.period(self.day[group[0]]));
            }
            let cells = period.len() - base;
            // before the measures: impressions, by which they are weighted, are still by row
            let impressions = Some(self.measures[IMPRESSIONS].as_slice()).filter(|values| !values.is_empty());
            for (signal, values) in self.signals.iter_mut().enumerate().filter(|(_, values)| !values.is_empty()) {
                own.clear();
                let mean = if IMPRESSION_SHARE.contains(&signal) { Cells::joint_share } else { Cells::mean_signal };
                for group in order.chunk_by(|&a, &b| placement.period(self.day[a]) == placement.period(self.day[b])) {
                    own.push(mean(values, impressions, group));
                }
                values[write..write + cells].copy_from_slice(&own);
            }
            for values in self.measures.iter_mut().filter(|values| !values.is_empty()) {
                own.clear();
                for group in order.chunk_by(|&a, &b| placement.period(self.day[a]) == placement.period(self.day[b])) {
                    own.push(match group {
                        [row] => values[*row],
                        rows => rows.iter().map(|&row| values[row]).collect::<ExactSum>().value(),
                    });
                }
                // never beyond this term's own rows: cells are at most rows
                values[write..write + cells].copy_from_slice(&own);
            }
            write += cells;
            offsets.push(write);
        }
        for values in self.measures.iter_mut().chain(&mut self.signals).filter(|values| !values.is_empty()) {
            values.truncate(write);
            values.shrink_to_fit();
        }
        let [impressions, clicks, cost, conversions, revenue] = self.measures;
        let optional = |values: Vec<f64>| (!values.is_empty()).then_some(values);
        let (impressions, cost, revenue) = (optional(impressions), optional(cost), optional(revenue));
        let [max_cpc, campaign_budget, share, share_most, budget, budget_most, rank, rank_most] = self.signals;
        let shares = |lower: Vec<f64>, upper: Vec<f64>| (!lower.is_empty()).then_some(Shares { lower, upper });
        let signals = Signals {
            max_cpc: optional(max_cpc),
            campaign_budget: optional(campaign_budget),
            impression_share: shares(share, share_most),
            lost_to_budget: shares(budget, budget_most),
            lost_to_rank: shares(rank, rank_most),
        };
        (Cells { offsets, period, impressions, clicks, cost, conversions, revenue, signals }, merged, repeats)
    }
}

/// Positions of the impression share's ends among the signals.
const IMPRESSION_SHARE: std::ops::Range<usize> = 2..4;

/// A sum of exact values differs from the sum of cells that were each rounded once by less than this
/// share of itself.
const ROUNDING: f64 = 1e-12;

fn reconcile(rows: &Totals, cells: &Totals) -> Result<(), IngestError> {
    let pairs = [
        ("impressions", rows.impressions, cells.impressions),
        ("clicks", Some(rows.clicks), Some(cells.clicks)),
        ("cost", rows.cost, cells.cost),
        ("conversions", Some(rows.conversions), Some(cells.conversions)),
        ("revenue", rows.revenue, cells.revenue),
    ];
    for (measure, rows, cells) in pairs {
        let agree = match (rows, cells) {
            (Some(rows), Some(cells)) => (rows - cells).abs() <= ROUNDING * rows.abs(),
            (None, None) => true,
            _ => false,
        };
        if !agree {
            let nothing = f64::NAN;
            let (rows, cells) = (rows.unwrap_or(nothing), cells.unwrap_or(nothing));
            return Err(IngestError::DoesNotReconcile { measure, rows, cells });
        }
    }
    Ok(())
}
