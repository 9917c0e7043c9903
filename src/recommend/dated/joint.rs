//! All weeks as one problem of the allocator, and one week's part of its answer.
//!
//! Items are terms within weeks: item `w · terms + i`. Where a week or something in it is limited, each week is a group under
//! the total, and the week's own groups lie within it. Limits given as a share of what the plan spends are classes over all weeks.

use super::WeekSpan;
use crate::allocate::{Allocation, Amount, Certificate, Class, Goal, Group, LimitRef, Problem, Turnover};
use crate::numeric::sum::ExactSum;
use crate::recommend::PolicySettings;
use crate::recommend::posed::Posed;
use crate::recommend::settings::End;
use crate::recommend::sums::{Place, SumLimit, SumLimits};

/// One week as posed on its own.
pub(super) struct PosedWeek {
    pub(super) span: WeekSpan,
    pub(super) posed: Posed,
    /// Least and most money of the week.
    pub(super) limit: [Option<f64>; 2],
    /// Whether they stand in an entry for the week.
    pub(super) entry: bool,
}

/// The problem of all weeks, and where its parts come from.
pub(super) struct Joint {
    pub(super) problem: Problem,
    terms: usize,
    /// Whether weeks are groups.
    grouped: bool,
    /// The group that each week is, which its own follow; one more at the end. Shape: weeks + 1.
    group: Vec<usize>,
    /// The first of each week's own classes; the shares' after the last. Shape: weeks + 1.
    class: Vec<usize>,
}

/// A limit of the joint problem in the terms of where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A limit of a week as posed on its own: the week, and the limit there.
    Week(usize, LimitRef),
    /// The money of a week, least or most.
    Money(usize, bool),
    /// A share over all weeks, by its place among the shares; least or most.
    Share(usize, bool),
    /// One over the whole plan.
    Whole(LimitRef),
}

impl Joint {
    /// Puts weeks together; `limit` is least and most money of a week, and `shares` are limits on shares of the whole, with the terms of one week as members.
    pub(super) fn new(
        weeks: &[PosedWeek],
        limit: impl Fn(usize) -> [Option<f64>; 2],
        shares: &SumLimits,
        budget: f64,
    ) -> Self {
        let terms = weeks.first().map_or(0, |week| week.posed.problem.curves.len());
        let first = weeks.first().map(|week| &week.posed.problem);
        let mut problem =
            Problem { budget, price_floor: first.map_or(0.0, |problem| problem.price_floor), ..Problem::default() };
        problem.goal = goal(weeks);
        if first.is_some_and(|problem| problem.turnover.is_some()) {
            let of = |week: &PosedWeek| week.posed.problem.turnover.clone();
            let all: Vec<Turnover> = weeks.iter().filter_map(of).collect();
            problem.turnover = Some(Turnover {
                current: all.iter().flat_map(|turnover| turnover.current.iter().copied()).collect(),
                price: all[0].price,
                limit: f64::INFINITY,
            });
        }
        let limited = |at: usize| !weeks[at].posed.problem.groups.is_empty() || limit(at).iter().any(Option::is_some);
        let grouped = (0..weeks.len()).any(limited);
        let minimums = weeks.iter().any(|week| !week.posed.problem.minimum.is_empty());
        let (mut group, mut class) = (Vec::new(), Vec::new());
        for (at, PosedWeek { posed: Posed { problem: own, .. }, .. }) in weeks.iter().enumerate() {
            problem.curves.extend(own.curves.iter().cloned());
            problem.lower.extend(&own.lower);
            problem.upper.extend(&own.upper);
            if minimums {
                let none = vec![0.0; terms];
                problem.minimum.extend(if own.minimum.is_empty() { &none } else { &own.minimum });
            }
            let root = problem.groups.len();
            group.push(root);
            if grouped {
                let [lower, upper] = limit(at);
                problem.groups.push(Group {
                    parent: None,
                    lower: Amount::Money(lower.unwrap_or(0.0)),
                    upper: Amount::Money(upper.unwrap_or(f64::INFINITY)),
                });
            }
            let inside = |group: u32| group + index(root + 1);
            problem.groups.extend(
                own.groups
                    .iter()
                    .map(|group| Group { parent: Some(group.parent.map_or(index(root), inside)), ..*group }),
            );
            let place = |term: usize| own.group_of.get(term).copied().flatten().map_or(index(root), inside);
            if grouped {
                problem.group_of.extend((0..terms).map(|term| Some(place(term))));
            }
            class.push(problem.classes.len());
            let offset = index(at * terms);
            problem.classes.extend(own.classes.iter().map(|class| Class {
                members: class.members.iter().map(|term| term + offset).collect(),
                ..class.clone()
            }));
        }
        group.push(problem.groups.len());
        class.push(problem.classes.len());
        for limit in &shares.limits {
            let [lower, upper] = limit.amounts();
            let members =
                (0..weeks.len()).flat_map(|at| limit.members.iter().map(move |term| term + index(at * terms)));
            problem.classes.push(Class { members: members.collect(), lower, upper });
        }
        Self { problem, terms, grouped, group, class }
    }

    /// Items of a week.
    pub(super) fn items(&self, week: usize) -> std::ops::Range<usize> {
        week * self.terms..(week + 1) * self.terms
    }

    /// Price of a week's own limit: above zero where its most holds, below where its least does.
    pub(super) fn week_price(&self, allocation: &Allocation, week: usize) -> f64 {
        if self.grouped { allocation.group_price[self.group[week]] } else { 0.0 }
    }

    /// Price of a share over all weeks.
    pub(super) fn share_price(&self, allocation: &Allocation, share: usize) -> f64 {
        allocation.class_price[self.class[self.class.len() - 1] + share]
    }

    /// The answer for one week: `spend` are its spends in the joint answer's continuous plan. Prices of shares stand at the
    /// entries of the week's limits that they come from, which have no end of their own.
    pub(super) fn slice(
        &self,
        allocation: &Allocation,
        week: usize,
        sums: &SumLimits,
        shares: &SumLimits,
    ) -> Allocation {
        let items = self.items(week);
        let groups = self.group[week] + usize::from(self.grouped)..self.group[week + 1];
        let classes = self.class[week]..self.class[week + 1];
        let mut own = Allocation {
            spend: allocation.spend[items.clone()].to_vec(),
            response: allocation.response[items.clone()].to_vec(),
            marginal: allocation.marginal[items.clone()].to_vec(),
            binding: allocation.binding[items].to_vec(),
            unallocated: 0.0,
            group_spend: allocation.group_spend[groups.clone()].to_vec(),
            group_price: allocation.group_price[groups].to_vec(),
            class_spend: allocation.class_spend[classes.clone()].to_vec(),
            class_price: allocation.class_price[classes].to_vec(),
            turnover: 0.0,
            turnover_price: 0.0,
            certificate: self.week_certificate(allocation, week),
        };
        let entry = |share: &SumLimit| sums.limits.iter().find(|limit| limit.source == share.source);
        for (at, share) in shares.limits.iter().enumerate() {
            let price = self.share_price(allocation, at);
            match entry(share).map(|limit| limit.place) {
                Some(Place::Group(group)) if price != 0.0 => own.group_price[group] = price,
                Some(Place::Class(class)) if price != 0.0 => own.class_price[class] = price,
                _ => {}
            }
        }
        own
    }

    /// The joint proof with a week's own price of money.
    fn week_certificate(&self, allocation: &Allocation, week: usize) -> Certificate {
        let own = self.week_price(allocation, week);
        Certificate {
            lambda: allocation.certificate.lambda.map(|lambda| lambda + own),
            ..allocation.certificate.clone()
        }
    }

    /// Where a limit of the joint problem comes from.
    pub(super) fn part(&self, limit: LimitRef) -> Part {
        let weeks = self.group.len() - 1;
        let week_of = |firsts: &[usize], at: usize| firsts[..weeks].partition_point(|&first| first <= at).max(1) - 1;
        let group = |at: usize, upper: bool| {
            let week = week_of(&self.group, at);
            match (at - self.group[week]).checked_sub(1) {
                None => Part::Money(week, upper),
                Some(own) if upper => Part::Week(week, LimitRef::GroupUpper(own)),
                Some(own) => Part::Week(week, LimitRef::GroupLower(own)),
            }
        };
        let class = |at: usize, upper: bool| {
            if at >= self.class[weeks] {
                return Part::Share(at - self.class[weeks], upper);
            }
            let week = week_of(&self.class, at);
            let own = at - self.class[week];
            Part::Week(week, if upper { LimitRef::ClassUpper(own) } else { LimitRef::ClassLower(own) })
        };
        match limit {
            LimitRef::GroupUpper(at) => group(at, true),
            LimitRef::GroupLower(at) => group(at, false),
            LimitRef::ClassUpper(at) => class(at, true),
            LimitRef::ClassLower(at) => class(at, false),
            LimitRef::ItemLower(at) => Part::Week(at / self.terms, LimitRef::ItemLower(at % self.terms)),
            LimitRef::ItemUpper(at) => Part::Week(at / self.terms, LimitRef::ItemUpper(at % self.terms)),
            whole => Part::Whole(whole),
        }
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The goal over all weeks: averages are of everything, volumes add up.
fn goal(weeks: &[PosedWeek]) -> Goal {
    let goals = || weeks.iter().map(|week| &week.posed.problem.goal);
    match goals().next() {
        None | Some(Goal::MostResponse) => Goal::MostResponse,
        Some(Goal::AverageReturn { ratio, .. }) => Goal::AverageReturn {
            ratio: *ratio,
            measure: goals()
                .filter_map(|goal| if let Goal::AverageReturn { measure, .. } = goal { Some(measure) } else { None })
                .flat_map(|measure| measure.iter().copied())
                .collect(),
        },
        Some(Goal::Volume { .. }) => {
            let volume = |goal: &Goal| if let Goal::Volume { response } = goal { *response } else { 0.0 };
            Goal::Volume { response: goals().map(volume).collect::<ExactSum>().value() }
        }
    }
}

/// Settings of a part of a week: money of limits and wanted volumes by its days. Those of `share` stand for the whole plan.
///
/// `first` is the share of the first week: what a person has decided is money of its days, as its recommendations are.
pub(super) fn settings_for(settings: &PolicySettings, share: f64, first: f64) -> PolicySettings {
    let mut own = settings.clone();
    let scale = |money: &mut Option<f64>| *money = money.map(|money| money * share);
    for rule in &mut own.rules {
        [&mut rule.lower, &mut rule.upper, &mut rule.minimum].into_iter().for_each(scale);
    }
    for limit in &mut own.groups {
        [&mut limit.lower, &mut limit.upper].into_iter().for_each(scale);
        (limit.lower_share, limit.upper_share) = (None, None);
    }
    for limit in &mut own.classes {
        [&mut limit.lower, &mut limit.upper].into_iter().for_each(scale);
        (limit.lower_share, limit.upper_share) = (None, None);
    }
    for decision in &mut own.decisions {
        decision.spend *= share / first;
    }
    scale(&mut own.targets.conversions);
    own
}

/// Settings with nothing but the limits given as shares; every entry stays in its place.
pub(super) fn shares_of(settings: &PolicySettings) -> PolicySettings {
    let mut own = settings.clone();
    for limit in &mut own.groups {
        (limit.lower, limit.upper, limit.lower_rel, limit.upper_rel) = (None, None, None, None);
    }
    for limit in &mut own.classes {
        (limit.lower, limit.upper, limit.lower_rel, limit.upper_rel) = (None, None, None, None);
    }
    own
}

/// Whether a limit has an end at all.
pub(super) fn limits_something(ends: &[End; 2]) -> bool {
    ends.iter().any(|end| end.given() > 0)
}
