//! How the price of an item differs from the price of its group: by the multipliers of the classes it
//! belongs to, and by the price of moving money away from today's spend. Groups whose limits are shares of a spend
//! that is to be found count as classes here, numbered after those.

use super::problem::Problem;
use super::tree::Tree;
use std::collections::BTreeMap;

/// The classes of an item and the side of today's spend; items that share both see the same price.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Signature {
    classes: Vec<u32>,
    /// −1 below today's spend, 1 above, 0 where it does not matter.
    side: i8,
}

/// All signatures, and which each item has.
#[derive(Debug, Default)]
pub(super) struct Shifts {
    signatures: Vec<Signature>,
    /// Index of the item's class signature; empty if all have the same.
    of_item: Vec<u32>,
    /// Index of the three sides' signatures for each class signature.
    sides: Vec<[u32; 3]>,
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Shifts {
    pub(super) fn new(problem: &Problem, tree: &Tree) -> Self {
        let mut of_item = Vec::new();
        let mut distinct = vec![Vec::new()];
        let mut shared = problem.shared_groups().peekable();
        if !problem.classes.is_empty() || shared.peek().is_some() {
            let mut classes: Vec<Vec<u32>> = vec![Vec::new(); problem.curves.len()];
            for (class, spec) in problem.classes.iter().enumerate() {
                spec.members.iter().for_each(|&item| classes[item as usize].push(index(class)));
            }
            for (at, group) in shared.enumerate() {
                let class = index(problem.classes.len() + at);
                tree.items_of(group).for_each(|item| classes[item].push(class));
            }
            let mut known: BTreeMap<Vec<u32>, u32> = BTreeMap::from([(Vec::new(), 0)]);
            // numbered in the order of the classes, not of the items
            for own in &classes {
                known.entry(own.clone()).or_insert(0);
            }
            for (at, number) in known.values_mut().enumerate() {
                *number = index(at);
            }
            of_item = classes.iter().map(|own| known[own]).collect();
            distinct = known.into_keys().collect();
        }
        let mut shifts = Self { of_item, ..Self::default() };
        let sides: &[i8] = if problem.turnover.is_some() { &[0, -1, 1] } else { &[0] };
        for classes in distinct {
            let first = index(shifts.signatures.len());
            shifts.signatures.extend(sides.iter().map(|&side| Signature { classes: classes.clone(), side }));
            shifts.sides.push(if sides.len() == 3 { [first, first + 1, first + 2] } else { [first; 3] });
        }
        shifts
    }

    /// The signatures of an item: anywhere, below and above today's spend.
    pub(super) fn of(&self, item: usize) -> [u32; 3] {
        self.sides[self.of_item.get(item).copied().unwrap_or(0) as usize]
    }

    /// Whether a signature's items belong to a class.
    pub(super) fn has(&self, signature: u32, class: usize) -> bool {
        self.signatures[signature as usize].classes.binary_search(&index(class)).is_ok()
    }

    /// The shift of each signature at a price of turnover and the classes' multipliers (absent ones zero).
    pub(super) fn at(&self, turnover: f64, classes: &[f64]) -> Vec<f64> {
        let shift = |signature: &Signature| {
            let own = |class: &u32| classes.get(*class as usize).copied().unwrap_or(0.0);
            signature.classes.iter().map(own).sum::<f64>() + f64::from(signature.side) * turnover
        };
        self.signatures.iter().map(shift).collect()
    }
}
