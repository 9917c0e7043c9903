//! Rows → counts.
//!
//! In: rows with numbered keys in any order. Out: terms in the order of their keys, cells as
//! compressed rows (see `sorted`), and totals that must agree.

use super::aliases::Column;
use super::attributes::Attributes;
use super::batch::Gathered;
use super::calendar::{self, Dated, Known, Placement};
use super::cell::shorten;
use super::date::date;
use super::overlap::{About, Repeated, Same};
use super::privacy::mask;
use super::reports::{self, Basis};
use super::rows::{CLICKS, CONVERSIONS, COST, END, IMPRESSIONS, MEASURES, Part, REVENUE};
use super::sorted::Sorted;
use super::{IngestError, IngestSettings, Ingested, InputFile, overlap, quality, summary, text, totals};
use crate::counts::{Counts, OTHER_TERMS, Totals};
use crate::domain::{Notes, Term, TermKey, counted, unguarded};
use crate::numeric::sum::ExactSum;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Makes counts of everything that was gathered.
///
/// # Errors
/// All rows lie after the day to look back from; the sums do not agree.
pub(super) fn assemble(
    mut gathered: Gathered,
    mut notes: Notes,
    settings: &IngestSettings,
) -> Result<Ingested, IngestError> {
    let (dated, mut placement) = place(&mut gathered, settings, &mut notes)?;

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
    let (key, marks_tell) = (gathered.key(), gathered.marks_tell());
    let part = &mut gathered.part;
    let chunks: Vec<&[Vec<f64>; MEASURES]> = part.rows.iter().map(|rows| &rows.measures).collect();
    let raw = sum_rows(&chunks, has);
    let (terms, place) = terms(part, key, marks_tell, &mut notes);
    let rows = std::mem::take(&mut part.rows);
    let mut sorted = Sorted::new(rows, &place, terms.len(), has);
    if basis == Some(Basis::LastDays)
        && let Some(repeated) = overlap::find_exports(&sorted)
    {
        return Err(same_export(&gathered.files, repeated, dated));
    }
    let reports = basis.map(|basis| reports::settle(basis, &mut sorted, &mut placement, settings, &mut notes));
    // rows of earlier reports have gone
    let totals_of_rows = if basis.is_some() { sum_rows(&[&sorted.measures], has) } else { raw };
    let about = About { searches: &gathered.searches, spans: &gathered.spans, weekly: placement.weekly };
    if basis.is_none()
        && !sorted.file.is_empty()
        && let Some(repeated) = overlap::find(&sorted, &campaigns(&terms), &|day| placement.period(day), &about)
    {
        return Err(same_days(&gathered.files, repeated, dated));
    }
    if basis.is_none()
        && let Some(same) = overlap::find_same_keys(&sorted)
    {
        note_same_keys(&mut notes, &gathered.files, &terms, &same);
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
        let item = if gathered.left_out { "left out where they have no dates" } else { "pooled" };
        let message = format!("terms that the platform does not show have {} clicks: they are {item}", hidden.clicks);
        notes.add("hidden-terms", 1, message);
    }
    let (mapping, files, file_totals) = (gathered.mapping, gathered.files, gathered.totals);
    Ok(Ingested { counts, mapping, files, rows, notes, totals, hidden, file_totals })
}

/// What the days stand for, and the calendar that they make.
///
/// # Errors
/// All rows lie after the day to look back from.
pub(super) fn place(
    gathered: &mut Gathered,
    settings: &IngestSettings,
    notes: &mut Notes,
) -> Result<(Dated, Placement), IngestError> {
    let mut known = Known::default();
    let dated = match (gathered.has(Column::Date), gathered.has(Column::Week)) {
        (true, _) if gathered.part.grain.is_of_weeks() => Dated::Week,
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
    Ok((dated, calendar::place(&days, dated, known, settings, notes)?))
}

fn name(files: &[InputFile], file: u32) -> String {
    files.get(file as usize).map(|file| file.path.clone()).unwrap_or_default()
}

fn same_export(files: &[InputFile], repeated: Repeated, dated: Dated) -> IngestError {
    let day = date(repeated.day)
        .filter(|_| dated != Dated::Not)
        .map_or_else(|| "not known".to_owned(), |day| day.to_string());
    let (first, second) = (name(files, repeated.files.0), name(files, repeated.files.1));
    IngestError::SameExport { first, second, day, what: format!("{} and dates", counted(repeated.terms, "term")) }
}

fn same_days(files: &[InputFile], repeated: Repeated, dated: Dated) -> IngestError {
    let numbers = match repeated.same {
        Same::Sums => {
            let of = if repeated.terms == 1 { "a campaign and period" } else { "campaigns and periods" };
            let many = if repeated.terms == 1 { String::new() } else { format!("{} ", repeated.terms) };
            format!("the same sums of {many}{of}, with other rows,")
        }
        Same::Numbers => format!("the same numbers of {}", counted(repeated.terms, "term")),
        Same::Terms => counted(repeated.terms, "term"),
        Same::Campaigns => "keywords and searches of the same campaigns".to_owned(),
    };
    let what = match date(repeated.day) {
        Some(day) if dated != Dated::Not && repeated.same == Same::Sums => format!("{numbers} the first from {day} on"),
        Some(day) if dated != Dated::Not => format!("{numbers} and dates, first on {day}"),
        _ => numbers.trim_end_matches(',').to_owned(),
    };
    let what = if matches!(repeated.same, Same::Terms) { format!("{what}, with other numbers") } else { what };
    IngestError::SameDays { first: name(files, repeated.files.0), second: name(files, repeated.files.1), what }
}

/// Says that two files may be one.
fn note_same_keys(notes: &mut Notes, files: &[InputFile], terms: &[Term], same: &overlap::SameKeys) {
    let (first, second) = (name(files, same.files.0), name(files, same.files.1));
    let message = format!(
        "terms and dates are in `{first}` and in `{second}` with other numbers, and both are counted, such as `{}` with {} and {} clicks: \
         give one of the files alone if it is a correction of the other",
        terms.get(same.term).map(|term| shorten(&term.key.term)).unwrap_or_default(),
        same.clicks.0,
        same.clicks.1
    );
    notes.add("same-terms", same.shared, message);
}

/// The number of each term's campaign; one for all where there are none.
fn campaigns(terms: &[Term]) -> Vec<u32> {
    let mut numbers: BTreeMap<Option<&str>, u32> = BTreeMap::new();
    let mut campaigns = Vec::with_capacity(terms.len());
    for term in terms {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        campaigns.push(*numbers.entry(term.key.campaign.as_deref()).or_insert(next));
    }
    campaigns
}

fn sum_rows(chunks: &[&[Vec<f64>; MEASURES]], has: [bool; MEASURES]) -> Totals {
    let sum = |measure: usize| {
        let mut sum = ExactSum::default();
        for measures in chunks {
            sum.merge(ExactSum::of(&measures[measure]));
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
fn terms(part: &mut Part, has: [bool; 5], marks_tell: bool, notes: &mut Notes) -> (Vec<Term>, Vec<u32>) {
    let mut keys: Vec<(TermKey, bool)> = part.take_keys().into_par_iter().map(|bytes| key(&bytes, has)).collect();
    if marks_tell {
        read_marks(keys.iter_mut().map(|(key, _)| key).collect(), notes);
    }
    let masked = keys.iter().filter(|(_, masked)| *masked).count();
    notes.add(
        "masked",
        masked,
        "terms hold an e-mail address, the number of a phone, card or bank account, the address of a machine or the id of a click, which is \
         replaced by (masked)",
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

/// Takes the match types from the marks, where any keyword has them; those without are broad.
fn read_marks(keys: Vec<&mut TermKey>, notes: &mut Notes) {
    let marked = keys.iter().filter(|key| text::marked(&key.term).is_some()).count();
    if marked == 0 {
        return;
    }
    for key in keys {
        let (term, kind) = text::marked(&key.term).unwrap_or((&key.term, "Broad"));
        (key.term, key.match_type) = (term.to_owned(), Some(kind.to_owned()));
    }
    let message =
        "there is no match type: `\"phrase\"` and `[exact]` are told by their marks, other keywords are broad";
    notes.add("match-type-from-marks", marked, message);
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
