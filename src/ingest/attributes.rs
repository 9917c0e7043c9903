//! What a term is besides its counts: status, label, levers, margin; the latest values seen.
//!
//! In: values with the day of their row, or the report and the day. Out: one value each. Where several rows of one day differ,
//! the answer may not depend on their order: the largest number, the label that sorts last, and
//! enabled before paused before removed.

use crate::domain::{Levers, Status};

/// The numbers that are kept: the levers and the margin.
pub(super) const NUMBERS: usize = 5;

/// What one row says about its term.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Observed<'a> {
    pub status: Option<Status>,
    pub label: Option<&'a str>,
    /// `max_cpc`, `target_cpa`, `target_roas`, `campaign_budget`, margin.
    pub numbers: [Option<f64>; NUMBERS],
}

#[derive(Clone, Copy, Debug)]
struct Latest<T> {
    day: i64,
    value: T,
}

impl<T: Copy> Latest<T> {
    fn see(&mut self, day: i64, value: T, join: impl FnOnce(T, T) -> T) {
        if day > self.day {
            (self.day, self.value) = (day, value);
        } else if day == self.day {
            self.value = join(self.value, value);
        }
    }
}

/// No value yet.
const NEVER: i64 = i64::MIN;

/// The latest values of one term.
#[derive(Clone, Debug)]
pub(super) struct Attributes {
    /// Statuses of the latest day, as a set of bits.
    status: Latest<u8>,
    label: Latest<u32>,
    numbers: [Latest<f64>; NUMBERS],
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            status: Latest { day: NEVER, value: 0 },
            label: Latest { day: NEVER, value: 0 },
            numbers: [Latest { day: NEVER, value: 0.0 }; NUMBERS],
        }
    }
}

fn bit(status: Status) -> u8 {
    match status {
        Status::Enabled => 1,
        Status::Paused => 2,
        Status::Removed => 4,
    }
}

fn last_text(texts: &[String]) -> impl Fn(u32, u32) -> u32 {
    |a, b| {
        if texts[a as usize] >= texts[b as usize] { a } else { b }
    }
}

impl Attributes {
    /// Takes in what a row says; `label` is the number of its label in `texts`.
    pub(super) fn see(&mut self, day: i64, observed: &Observed<'_>, label: Option<u32>, texts: &[String]) {
        if let Some(status) = observed.status {
            self.status.see(day, bit(status), |a, b| a | b);
        }
        if let Some(label) = label {
            self.label.see(day, label, last_text(texts));
        }
        for (latest, number) in self.numbers.iter_mut().zip(observed.numbers) {
            if let Some(number) = number {
                latest.see(day, number, f64::max);
            }
        }
    }

    /// Adds what a report's rows are more recent than those of earlier reports.
    pub(super) fn reported(&mut self, recency: i64) {
        let days = [&mut self.status.day, &mut self.label.day];
        for day in days.into_iter().chain(self.numbers.iter_mut().map(|latest| &mut latest.day)) {
            if *day != NEVER {
                *day += recency;
            }
        }
    }

    /// Takes in what another part of the input said of the same term; `renumber` translates its labels.
    pub(super) fn merge(&mut self, other: &Self, renumber: Option<&[u32]>, texts: &[String]) {
        if other.status.day != NEVER {
            self.status.see(other.status.day, other.status.value, |a, b| a | b);
        }
        if other.label.day != NEVER {
            let label = renumber.map_or(other.label.value, |numbers| numbers[other.label.value as usize]);
            self.label.see(other.label.day, label, last_text(texts));
        }
        for (latest, number) in self.numbers.iter_mut().zip(other.numbers) {
            if number.day != NEVER {
                latest.see(number.day, number.value, f64::max);
            }
        }
    }

    /// The status: enabled where the data say nothing.
    pub(super) fn status(&self) -> Status {
        match self.status.value {
            bits if bits & 1 != 0 || bits == 0 => Status::Enabled,
            bits if bits & 2 != 0 => Status::Paused,
            _ => Status::Removed,
        }
    }

    /// Whether rows of the latest day name different statuses.
    pub(super) fn status_conflicts(&self) -> bool {
        self.status.value.count_ones() > 1
    }

    /// Number of the label.
    pub(super) fn label(&self) -> Option<u32> {
        (self.label.day != NEVER).then_some(self.label.value)
    }

    /// The levers as they are set.
    pub(super) fn levers(&self) -> Levers {
        let [max_cpc, target_cpa, target_roas, campaign_budget, _] = self.known();
        Levers { max_cpc, target_cpa, target_roas, campaign_budget }
    }

    /// Share of revenue that is margin, ratio.
    pub(super) fn margin(&self) -> Option<f64> {
        self.known()[NUMBERS - 1]
    }

    fn known(&self) -> [Option<f64>; NUMBERS] {
        self.numbers.map(|latest| (latest.day != NEVER).then_some(latest.value))
    }
}

/// The status that a platform's word stands for; `None` where the word is not known.
pub(super) fn status(word: &str) -> Option<Status> {
    match word.trim().to_lowercase().as_str() {
        "enabled" | "active" | "live" | "approved" | "eligible" | "sent" | "aktiv" | "aktiviert"
        | "eligible (limited)" | "approved (limited)" | "running" | "activ\u{e9}" | "activ\u{e9}e" | "actif"
        | "habilitado" | "habilitada" | "activo" | "activa" => Some(Status::Enabled),
        "paused"
        | "deactivated"
        | "unavailable"
        | "unassigned"
        | "inactive"
        | "disabled"
        | "on hold"
        | "campaign paused"
        | "ad group paused"
        | "pausiert"
        | "inaktiv"
        | "deaktiviert"
        | "en veille"
        | "mis en veille"
        | "en pause"
        | "suspendu"
        | "d\u{e9}sactiv\u{e9}"
        | "d\u{e9}sactiv\u{e9}e"
        | "inactif"
        | "en pausa"
        | "pausado"
        | "pausada"
        | "detenido"
        | "detenida"
        | "inhabilitado"
        | "inhabilitada"
        | "desactivado"
        | "desactivada"
        | "inactivo" => Some(Status::Paused),
        "removed" | "deleted" | "archived" | "ended" | "entfernt" | "gel\u{f6}scht" | "campaign removed"
        | "ad group removed" | "supprim\u{e9}" | "supprim\u{e9}e" | "archiviert" | "archiv\u{e9}" | "archiv\u{e9}e"
        | "quitado" | "quitada" | "eliminado" | "eliminada" | "retirado" | "retirada" | "archivado" | "archivada" => {
            Some(Status::Removed)
        }
        _ => None,
    }
}
