//! Which of the bids that a term can have: those that lose least, within the money and the limits that terms share, and so that
//! the target holds.
//!
//! Bids begin at the lower choice; dearer ones are taken in the order of what their money earns, as far as money, limits and
//! target allow. Where the lower choices miss a limit or the target already, bids go on by single cents, each time the one that
//! loses least for what it mends, within the terms' own bounds; what is over then is given back in the same way. No bid goes the
//! other way than the plan's spend, unless nothing else reaches the target. In: the bids that terms can have. Out: one for each. The choice is short of the best one by less than what one term's step earns
//! (Dantzig 1957), and misses a target only where no cents within the bounds keep it, but for that one step.
//!
//! # Formula
//! ```text
//! max Σ f(x(b)) − price floor · x(b)   with b in {⌊b(plan)⌋, ⌈b(plan)⌉, b(now) above them},  Σ x(b) ≤ money      (greedy by Δ objective / Δ x)
//! target:  Σ m f(x(b)) − ratio · x(b) ≥ 0        volume:  Σ f(x(b)) ≥ wanted                                    (greedy by Δ loss / Δ of it)
//! ```

use super::{BidGround, Choice, Options};
use crate::allocate::{Amount, Goal, Problem};
use crate::numeric::sum::ExactSum;
use crate::recommend::goal::NO_SPEND;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Bids being chosen.
pub(super) struct Chooser<'a> {
    ground: &'a BidGround<'a>,
    options: &'a [Options],
    /// One for each of the options.
    pub(super) chosen: Vec<Choice>,
    shared: Shared,
    /// What the plan has more of the goal's measure than it asks for; `None` without a target.
    surplus: Option<f64>,
    /// Whether bids may go the other way than the plan does.
    free: bool,
}

/// A step from one bid of a term to another.
#[derive(Clone, Copy, Debug)]
struct Offer {
    /// What it costs for what it does; the least goes first.
    score: f64,
    at: usize,
    from: Choice,
    to: Choice,
}

impl PartialEq for Offer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Offer {}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Offer {
    /// By score, then in the order of terms, then by spend.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let by_spend = || self.to.spend.total_cmp(&other.to.spend);
        self.score.total_cmp(&other.score).then(self.at.cmp(&other.at)).then_with(by_spend)
    }
}

impl<'a> Chooser<'a> {
    /// Begins at the lower choices. `planned` is what the plan spends. Shape of it: terms.
    pub(super) fn new(ground: &'a BidGround<'a>, options: &'a [Options], planned: &[f64]) -> Self {
        let chosen: Vec<Choice> = options.iter().map(|options| options.low).collect();
        let mut shared = Shared::new(ground.problem, planned);
        for option in options {
            shared.add(ground.problem, option.term, option.low.spend - option.exact.spend);
        }
        let mut chooser = Self { ground, options, chosen, shared, surplus: None, free: false };
        chooser.surplus = chooser.at_start(planned);
        chooser
    }

    /// The goal's surplus with the lower choices.
    fn at_start(&self, planned: &[f64]) -> Option<f64> {
        let problem = self.ground.problem;
        let wanted = match &problem.goal {
            Goal::MostResponse => return None,
            Goal::AverageReturn { .. } => 0.0,
            Goal::Volume { response } => *response,
        };
        let own = planned.iter().enumerate().map(|(term, &spend)| {
            // clicks that cost nothing bring something at no spend
            self.measured(term, if problem.upper[term] <= NO_SPEND { problem.upper[term] } else { spend })
        });
        let moved = self.options.iter().zip(&self.chosen).map(|(options, choice)| {
            self.measured(options.term, choice.spend) - self.measured(options.term, options.exact.spend)
        });
        let all = own.chain(moved).collect::<ExactSum>().value();
        // what is missed by this share is the rounding of sums
        let slack = 1e-9 * planned.iter().copied().collect::<ExactSum>().value().max(wanted);
        Some(all - wanted + slack)
    }

    /// What a term adds to the goal's measure at a spend.
    fn measured(&self, term: usize, spend: f64) -> f64 {
        let response = self.ground.problem.curves[term].value(spend);
        match &self.ground.problem.goal {
            Goal::MostResponse => 0.0,
            Goal::AverageReturn { ratio, measure } => {
                ratio.mul_add(-spend, measure.get(term).copied().unwrap_or(1.0) * response)
            }
            Goal::Volume { .. } => response,
        }
    }

    /// What a step adds to the goal's surplus.
    fn gained(&self, at: usize, from: Choice, to: Choice) -> f64 {
        let term = self.options[at].term;
        self.measured(term, to.spend) - self.measured(term, from.spend)
    }

    fn wants_volume(&self) -> bool {
        matches!(self.ground.problem.goal, Goal::Volume { .. })
    }

    /// What a step costs: money for a wanted volume, else what the objective loses.
    fn cost(&self, from: Choice, to: Choice) -> f64 {
        if self.wants_volume() { to.spend - from.spend } else { from.net - to.net }
    }

    /// Chooses.
    pub(super) fn choose(&mut self) {
        self.take_dearer();
        let mended = self.keep_limits();
        let pursued = self.surplus.is_some();
        if pursued {
            self.go_for_goal();
            if self.is_short() {
                // against the plan's way, where that reaches the goal: else it is for nothing
                let before = (self.chosen.clone(), self.shared.spends(), self.surplus);
                self.free = true;
                self.go_for_goal();
                self.free = false;
                if self.is_short() {
                    (self.chosen, self.surplus) = (before.0, before.2);
                    self.shared.set_spends(&before.1);
                }
            }
        }
        if mended || pursued {
            self.give_back();
        }
    }

    fn is_short(&self) -> bool {
        self.surplus.is_some_and(|surplus| surplus < 0.0)
    }

    /// Goes towards the goal as far as that leads; each pass may make room for what the one before had none for.
    fn go_for_goal(&mut self) {
        while self.is_short() && self.reach_goal() {}
    }

    /// Takes the dearer choices in the order of what their money earns.
    fn take_dearer(&mut self) {
        // what the money of a dearer bid earns, each from the one below it
        let rises = |(at, options): (usize, &Options)| {
            let mut below = options.low;
            options.higher.map(|higher| {
                let from = below;
                below = higher?;
                let more = below.spend - from.spend;
                let earned = if self.wants_volume() { self.gained(at, from, below) } else { below.net - from.net };
                (earned > 0.0).then_some(Offer { score: -(earned / more), at, from, to: below })
            })
        };
        let mut order: Vec<Offer> = self.options.iter().enumerate().flat_map(rises).flatten().collect();
        // a step from one bid to the next comes before that from the next on, since curves bend
        order.sort();
        for offer in order {
            if self.wants_volume() && !self.is_short() {
                break;
            }
            if self.fits(&offer) && self.keeps_goal(&offer) {
                self.take(&offer);
            }
        }
    }

    /// Lowers bids where terms together spend more than they may; whether any was lowered.
    fn keep_limits(&mut self) -> bool {
        let mut mended = false;
        for place in 0..self.shared.sums.len() {
            if !self.shared.is_beyond(place) {
                continue;
            }
            let problem = self.ground.problem;
            let members: Vec<bool> = self
                .options
                .iter()
                .map(|options| self.shared.of(problem, options.term).any(|own| own == place))
                .collect();
            mended |= self.pass(
                |chooser, at, from| {
                    let to = members[at].then(|| chooser.next(at, from, false)).flatten()?;
                    Some([Some(Offer { score: (from.net - to.net) / (from.spend - to.spend), at, from, to }), None])
                },
                |_, _| true,
                |chooser| !chooser.shared.is_beyond(place),
            );
        }
        mended
    }

    /// Goes cent by cent towards the goal; whether any bid moved.
    fn reach_goal(&mut self) -> bool {
        self.pass(
            |chooser, at, from| {
                Some([false, true].map(|up| {
                    let to = chooser.next(at, from, up)?;
                    let gained = chooser.gained(at, from, to);
                    (gained > 0.0).then(|| Offer { score: chooser.cost(from, to) / gained, at, from, to })
                }))
            },
            Self::fits,
            |chooser| !chooser.is_short(),
        )
    }

    /// Takes what limits and goal leave room for: for a wanted volume cheaper bids, else those that bring more.
    fn give_back(&mut self) {
        let up = !self.wants_volume();
        self.pass(
            |chooser, at, from| {
                let to = chooser.next(at, from, up)?;
                let (saved, size) = (-chooser.cost(from, to), (to.spend - from.spend).abs());
                (saved > 0.0).then(|| [Some(Offer { score: -saved / size, at, from, to }), None])
            },
            |chooser, offer| chooser.fits(offer) && chooser.keeps_goal(offer),
            |_| false,
        );
    }

    /// Takes offers, the best first, until it is done or there are none; whether any was taken.
    fn pass(
        &mut self,
        offers: impl Fn(&Self, usize, Choice) -> Option<[Option<Offer>; 2]> + Sync,
        allowed: impl Fn(&Self, &Offer) -> bool,
        done: impl Fn(&Self) -> bool,
    ) -> bool {
        let this = &*self;
        let first: Vec<Offer> = (0..this.options.len())
            .into_par_iter()
            .flat_map_iter(|at| offers(this, at, this.chosen[at]).into_iter().flatten().flatten())
            .collect();
        let mut heap: BinaryHeap<Reverse<Offer>> = first.into_iter().map(Reverse).collect();
        let mut moved = false;
        while !done(self) {
            let Some(Reverse(offer)) = heap.pop() else { break };
            if self.chosen[offer.at] != offer.from || !allowed(self, &offer) {
                continue;
            }
            self.take(&offer);
            moved = true;
            heap.extend(offers(self, offer.at, offer.to).into_iter().flatten().flatten().map(Reverse));
        }
        moved
    }

    fn next(&self, at: usize, from: Choice, up: bool) -> Option<Choice> {
        self.options[at].next(from, up, self.free, self.ground)
    }

    /// Whether a step stands where the term is, and money and limits have room for it.
    fn fits(&self, offer: &Offer) -> bool {
        let more = offer.to.spend - offer.from.spend;
        self.chosen[offer.at] == offer.from
            && (more <= 0.0 || self.shared.fits(self.ground.problem, self.options[offer.at].term, more))
    }

    /// Whether a step leaves the goal reached, or brings it nearer.
    fn keeps_goal(&self, offer: &Offer) -> bool {
        let gained = self.gained(offer.at, offer.from, offer.to);
        self.surplus.is_none_or(|surplus| gained >= 0.0 || surplus + gained >= 0.0)
    }

    fn take(&mut self, offer: &Offer) {
        let gained = self.gained(offer.at, offer.from, offer.to);
        self.surplus = self.surplus.map(|surplus| surplus + gained);
        self.shared.add(self.ground.problem, self.options[offer.at].term, offer.to.spend - offer.from.spend);
        self.chosen[offer.at] = offer.to;
    }

    /// Limits that terms share and that the choices miss by more than the plan does.
    pub(super) fn limits_missed(&self) -> usize {
        let beyond = |place: &usize| self.shared.is_beyond(*place) || self.shared.is_below(*place);
        (1..self.shared.sums.len()).filter(beyond).count()
    }
}

/// A sum of spends with its limits, money.
struct Sum {
    lower: f64,
    upper: f64,
    spend: f64,
}

/// Sums of spends that have limits: all terms, then groups, then classes.
struct Shared {
    sums: Vec<Sum>,
    /// Classes of each term; empty without any.
    classes: Vec<Vec<u32>>,
    /// What is rounding of sums, money.
    slack: f64,
}

impl Shared {
    fn new(problem: &Problem, planned: &[f64]) -> Self {
        let total = planned.iter().copied().collect::<ExactSum>().value();
        let amount = |limit: Amount| match limit {
            Amount::Money(money) => money,
            Amount::Share(share) => share * total,
        };
        let groups = problem.groups.iter().map(|group| (group.lower, group.upper));
        let ends = groups.chain(problem.classes.iter().map(|class| (class.lower, class.upper)));
        let mut classes = vec![Vec::new(); if problem.classes.is_empty() { 0 } else { planned.len() }];
        for (at, class) in (0..).zip(&problem.classes) {
            for &member in &class.members {
                classes[member as usize].push(at);
            }
        }
        let all = Sum { lower: 0.0, upper: problem.budget.max(total), spend: 0.0 };
        let ends = ends.map(|(lower, upper)| Sum { lower: amount(lower), upper: amount(upper), spend: 0.0 });
        let sums = std::iter::once(all).chain(ends).collect();
        let mut shared = Self { sums, classes, slack: 1e-9 * total };
        for (term, &spend) in planned.iter().enumerate() {
            shared.add(problem, term, spend);
        }
        // the plan's own sums are within limits, but for their cents
        for sum in &mut shared.sums {
            sum.upper = sum.upper.max(sum.spend);
            sum.lower = sum.lower.min(sum.spend);
        }
        shared
    }

    /// Places of the sums that a term is part of.
    fn of<'a>(&'a self, problem: &'a Problem, term: usize) -> impl Iterator<Item = usize> + 'a {
        let own = problem.group_of.get(term).copied().flatten();
        let groups = std::iter::successors(own, |&group| problem.groups[group as usize].parent);
        let classes = self.classes.get(term).into_iter().flatten();
        let first = 1 + problem.groups.len();
        std::iter::once(0)
            .chain(groups.map(|group| 1 + group as usize))
            .chain(classes.map(move |&class| first + class as usize))
    }

    fn fits(&self, problem: &Problem, term: usize, more: f64) -> bool {
        self.of(problem, term).all(|place| self.sums[place].spend + more <= self.sums[place].upper)
    }

    fn spends(&self) -> Vec<f64> {
        self.sums.iter().map(|sum| sum.spend).collect()
    }

    fn set_spends(&mut self, spends: &[f64]) {
        for (sum, spend) in self.sums.iter_mut().zip(spends) {
            sum.spend = *spend;
        }
    }

    fn is_beyond(&self, place: usize) -> bool {
        self.sums[place].spend > self.sums[place].upper + self.slack
    }

    fn is_below(&self, place: usize) -> bool {
        self.sums[place].spend < self.sums[place].lower - self.slack
    }

    fn add(&mut self, problem: &Problem, term: usize, money: f64) {
        let places: Vec<usize> = self.of(problem, term).collect();
        for place in places {
            self.sums[place].spend += money;
        }
    }
}
