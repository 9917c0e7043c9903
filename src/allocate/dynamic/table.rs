//! Tables of the best value of each total, and how two of them are joined.

use std::cmp::Ordering;

/// Best value of each total from `lower` on; negative infinity where there is no plan.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) lower: i64,
    pub(super) values: Vec<f64>,
    pub(super) concave: bool,
}

/// By what the tables hold, so that the order of the items changes nothing.
pub(super) fn sort<P>(tables: &mut [(P, Table)]) {
    tables.sort_by(|(_, a), (_, b)| {
        let values = || a.values.iter().zip(&b.values).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
        let lengths = a.lower.cmp(&b.lower).then(a.values.len().cmp(&b.values.len()));
        lengths.then_with(|| values().unwrap_or(Ordering::Equal))
    });
}

/// The (max,+) convolution of two tables up to a total, and the steps above its lower end that the second
/// takes at each; `None` if it is empty.
pub(super) fn join(first: &Table, second: &Table, upper: i64) -> Option<(Table, Vec<u32>)> {
    let lower = first.lower.saturating_add(second.lower);
    let room = usize::try_from(upper.checked_sub(lower)?).ok()?.saturating_add(1);
    let length = (first.values.len() + second.values.len() - 1).min(room);
    let (a, b) = (&first.values, &second.values);
    let mut values = vec![f64::NEG_INFINITY; length];
    let mut choice = vec![0_u32; length];
    let concave = first.concave && second.concave;
    if concave {
        let (mut i, mut j) = (0, 0);
        for (value, choice) in values.iter_mut().zip(&mut choice) {
            *value = a[i] + b[j];
            *choice = index(j);
            let gain = |table: &[f64], at: usize| table.get(at + 1).map(|next| next - table[at]);
            match (gain(a, i), gain(b, j)) {
                (Some(one), Some(other)) if one >= other => i += 1,
                (Some(_), None) => i += 1,
                _ => j += 1,
            }
        }
    } else {
        for (j, &other) in b.iter().enumerate().take(length).filter(|entry| *entry.1 > f64::NEG_INFINITY) {
            let from = a.iter().zip(values[j..].iter_mut().zip(&mut choice[j..]));
            for (&one, (value, choice)) in from {
                let sum = one + other;
                let better = sum > *value;
                *value = if better { sum } else { *value };
                *choice = if better { index(j) } else { *choice };
            }
        }
    }
    Some((Table { lower, values, concave }, choice))
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A step of a concave item; the greatest gain first, then the first item.
pub(super) struct Increment {
    pub(super) gain: f64,
    pub(super) at: usize,
    pub(super) steps: i64,
}

impl Ord for Increment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.gain.total_cmp(&other.gain).then(other.at.cmp(&self.at))
    }
}

impl PartialOrd for Increment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Increment {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Increment {}
