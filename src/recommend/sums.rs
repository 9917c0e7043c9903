//! Limits on what terms spend together: from the words of the config to the allocator's tree of groups,
//! and to classes where a limit cuts across it.
//!
//! Every limit is a set of terms. Sets are placed one after another: one whose terms all lie in the same
//! innermost group becomes a group inside it, so that limits that nest (account, channel, campaign, ad
//! group; labels that lie within or apart) are solved exactly. A set that cuts across becomes a class.

use super::PolicySettings;
use super::policy::Limits;
use super::selector::listed;
use super::settings::End;
use crate::allocate::{Amount, Class, Group, Problem};
use crate::counts::Counts;
use crate::domain::{Coin, Notes, Term};
use crate::numeric::sum::ExactSum;
use crate::response::{CampaignRoom, Responses};
use std::cmp::Reverse;

/// Where a limit stands in the allocator's problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A group of the tree.
    Group(usize),
    /// A class that cuts across the tree.
    Class(usize),
}

/// A limit on what some terms spend together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SumLimit {
    /// `campaign limit`, `label limit` and so on.
    pub(super) kind: &'static str,
    /// Which: `Trail Running`.
    pub(super) name: String,
    /// Where it was given: `limits.groups` 2.
    pub(super) source: String,
    /// Whether it was given as a class.
    pub(super) class: bool,
    /// Its terms, ascending.
    pub(super) members: Vec<u32>,
    /// Lower and upper end as given.
    pub(super) ends: [End; 2],
    /// Current spend of its terms, money.
    pub(super) current: f64,
    /// What relative ends refer to: current spend times the factor of the change limit, lower and upper.
    pub(super) reference: [f64; 2],
    pub(super) place: Place,
}

/// All limits on sums, and the allocator's words for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SumLimits {
    /// In the order of the config: groups, then classes.
    pub(super) limits: Vec<SumLimit>,
    groups: Vec<Group>,
    /// Which limit each group is.
    limit_of_group: Vec<usize>,
    group_of: Vec<Option<u32>>,
    classes: Vec<Class>,
}

impl SumLimits {
    pub(super) fn new(
        counts: &Counts,
        responses: &Responses,
        bounds: &Limits,
        settings: &PolicySettings,
        notes: &mut Notes,
    ) -> Self {
        let current = &responses.current_spend;
        let mut limits = headrooms(responses, bounds);
        let mut without_term = Vec::new();
        let factors = [bounds.down_reference, bounds.up_reference];
        let mut add =
            |class, kind, name: String, (source, named): (String, String), ends, matches: &dyn Fn(&Term) -> bool| {
                let members: Vec<u32> =
                    (0_u32..).zip(&counts.terms).filter(|(_, term)| matches(term)).map(|(at, _)| at).collect();
                if members.is_empty() {
                    without_term.push(named);
                    return;
                }
                let current = members.iter().map(|&at| current[at as usize]).collect::<ExactSum>().value();
                let reference = factors.map(|factor| factor * current);
                let place = Place::Class(0);
                limits.push(SumLimit { kind, name, source, class, members, ends, current, reference, place });
            };
        for (number, limit) in settings.groups.iter().enumerate() {
            let kind = match (&limit.ad_group, &limit.campaign, &limit.channel) {
                (Some(_), _, _) => "ad group limit",
                (None, Some(_), _) => "campaign limit",
                (None, None, Some(_)) => "channel limit",
                (None, None, None) => "account limit",
            };
            let name = joined(&[&limit.channel, &limit.campaign, &limit.ad_group], "account");
            add(
                false,
                kind,
                name,
                (format!("`limits.groups` {}", number + 1), limit.named(number + 1)),
                limit.ends(),
                &|term| limit.matches(term),
            );
        }
        for (number, limit) in settings.classes.iter().enumerate() {
            let others = [&limit.term, &limit.campaign, &limit.ad_group];
            let kind = match (&limit.label, &limit.match_type, others.iter().all(|field| field.is_none())) {
                (Some(_), None, true) => "label limit",
                (None, Some(_), true) => "match type limit",
                _ => "class limit",
            };
            let fields = [&limit.label, &limit.match_type, &limit.campaign, &limit.ad_group, &limit.term];
            let name = joined(&fields, "all");
            add(
                true,
                kind,
                name,
                (format!("`limits.classes` {}", number + 1), limit.selector().named("limits.classes", number + 1)),
                limit.ends(),
                &|term| limit.selector().matches(term),
            );
        }
        notes.add(
            "limit-without-term",
            without_term.len(),
            format!("limits that match no term of the data, so that they limit nothing: {}", listed(&without_term)),
        );
        Self::place(limits, counts.terms.len(), notes)
    }

    /// Places sets largest first, which finds a tree where there is one; else groups before classes, so that
    /// it is the classes that are not part of the tree.
    fn place(limits: Vec<SumLimit>, terms: usize, notes: &mut Notes) -> Self {
        let mut order: Vec<usize> = (0..limits.len()).collect();
        // stable: of equal sets the one given first lies outside
        order.sort_by_key(|&at| Reverse(limits[at].members.len()));
        let mut sums = Self::in_order(limits, &order, terms);
        if !sums.classes.is_empty() {
            order.sort_by_key(|&at| sums.limits[at].class);
            sums = Self::in_order(sums.limits, &order, terms);
        }
        notes.add(
            "limits-cross",
            sums.classes.len(),
            "limits on classes or groups cut across others: the plan keeps them, and how far it may be from the best is the relative gap",
        );
        sums
    }

    fn in_order(mut limits: Vec<SumLimit>, order: &[usize], terms: usize) -> Self {
        let (mut groups, mut limit_of_group) = (Vec::new(), Vec::new());
        let mut classes: Vec<Class> = Vec::new();
        let mut group_of: Vec<Option<u32>> = if limits.is_empty() { Vec::new() } else { vec![None; terms] };
        for &at in order {
            let limit = &mut limits[at];
            let innermost = group_of[limit.members[0] as usize];
            let [lower, upper] = limit.amounts();
            if limit.members.iter().all(|&term| group_of[term as usize] == innermost) {
                let index = u32::try_from(groups.len()).unwrap_or(u32::MAX);
                groups.push(Group { parent: innermost, lower, upper });
                limit_of_group.push(at);
                for &term in &limit.members {
                    group_of[term as usize] = Some(index);
                }
                limit.place = Place::Group(groups.len() - 1);
            } else {
                classes.push(Class { members: limit.members.clone(), lower, upper });
                limit.place = Place::Class(classes.len() - 1);
            }
        }
        Self { limits, groups, limit_of_group, group_of, classes }
    }

    /// Puts the limits into a problem.
    pub(super) fn apply(&self, problem: &mut Problem) {
        problem.groups.clone_from(&self.groups);
        problem.classes.clone_from(&self.classes);
        if !self.groups.is_empty() {
            problem.group_of.clone_from(&self.group_of);
        }
    }

    /// The limits that a term shares with others: its innermost group first, outwards, then classes.
    pub(super) fn of_term(&self, term: usize) -> impl Iterator<Item = &SumLimit> {
        let innermost = self.group_of.get(term).copied().flatten();
        let member = u32::try_from(term).unwrap_or(u32::MAX);
        let within = move |limit: &&SumLimit| {
            matches!(limit.place, Place::Class(_)) && limit.members.binary_search(&member).is_ok()
        };
        std::iter::successors(innermost, |group| self.groups[*group as usize].parent)
            .map(|group| &self.limits[self.limit_of_group[group as usize]])
            .chain(self.limits.iter().filter(within))
    }

    /// The limit at a place.
    pub(super) fn at(&self, place: Place) -> Option<&SumLimit> {
        self.limits.iter().find(|limit| limit.place == place)
    }
}

impl SumLimit {
    /// Both ends for the allocator; money in whole cents.
    pub(super) fn amounts(&self) -> [Amount; 2] {
        let amount = |end: End, reference: f64, none: f64| match end {
            End { share: Some(share), .. } => Amount::Share(share),
            End { money: Some(money), .. } => Amount::Money(money),
            End { relative: Some(relative), .. } => Amount::Money(Coin::default().round(relative * reference)),
            End { .. } => Amount::Money(none),
        };
        [amount(self.ends[0], self.reference[0], 0.0), amount(self.ends[1], self.reference[1], f64::INFINITY)]
    }

    /// Both ends in money, for a plan that spends `total`; `None` where there is no limit.
    pub(super) fn money(&self, total: f64) -> [Option<f64>; 2] {
        let money = |amount: Amount, end: End| {
            (end.given() > 0).then_some(match amount {
                Amount::Money(money) => money,
                Amount::Share(share) => share * total,
            })
        };
        let [lower, upper] = self.amounts();
        [money(lower, self.ends[0]), money(upper, self.ends[1])]
    }

    /// How both ends were given, in words; empty where there is no limit.
    pub(super) fn given(&self) -> [String; 2] {
        let words = |end: End, reference: f64| match end {
            End { money: Some(_), .. } => "money".to_owned(),
            End { share: Some(share), .. } => format!("{} of planned spend", percent(share)),
            End { relative: Some(relative), .. } => format!("{} of {reference:.2}", percent(relative)),
            End { .. } => String::new(),
        };
        [words(self.ends[0], self.reference[0]), words(self.ends[1], self.reference[1])]
    }
}

/// What campaigns that their budget holds can spend before bids have to rise; none that the terms' own bounds keep
/// below anyway. What rules and fixed terms need is never cut.
fn headrooms(responses: &Responses, bounds: &Limits) -> Vec<SumLimit> {
    let limit = |room: &CampaignRoom| {
        let sum = |values: &[f64]| room.members.iter().map(|&at| values[at as usize]).collect::<ExactSum>().value();
        let (least, most) = (sum(&bounds.lower), sum(&bounds.upper));
        let current = sum(&responses.current_spend);
        let upper = Coin::default().round(room.spend).max(least);
        (upper < most).then(|| SumLimit {
            kind: "campaign headroom",
            name: if room.name.is_empty() { "account".to_owned() } else { room.name.clone() },
            source: format!("{} of impressions lost to the budget", percent((room.lost * 1e3).round() / 1e3)),
            class: false,
            members: room.members.clone(),
            ends: [End::default(), End { money: Some(upper), ..End::default() }],
            current,
            reference: [current; 2],
            place: Place::Class(0),
        })
    };
    responses.rooms.iter().filter_map(limit).collect()
}

/// 0.125 → "12.5%".
pub(super) fn percent(share: f64) -> String {
    let rounded = (share * 1e8).round() / 1e6;
    format!("{rounded}%")
}

fn joined(fields: &[&Option<String>], none: &str) -> String {
    let given: Vec<&str> = fields.iter().filter_map(|field| field.as_deref()).collect();
    if given.is_empty() { none.to_owned() } else { given.join(" · ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(members: &[u32]) -> SumLimit {
        SumLimit {
            kind: "campaign limit",
            name: String::new(),
            source: String::new(),
            class: false,
            members: members.to_vec(),
            ends: [End::default(), End { money: Some(1.0), ..End::default() }],
            current: 0.0,
            reference: [0.0; 2],
            place: Place::Class(0),
        }
    }

    #[test]
    fn nested_sets_make_a_tree_whatever_their_order() {
        let mut notes = Notes::default();
        let sums = SumLimits::place(vec![limit(&[1]), limit(&[0, 1, 2, 3]), limit(&[0, 1])], 5, &mut notes);
        assert_eq!(sums.groups.iter().map(|group| group.parent).collect::<Vec<_>>(), [None, Some(0), Some(1)]);
        assert_eq!(sums.group_of, [Some(1), Some(2), Some(0), Some(0), None]);
        assert!(sums.classes.is_empty() && notes.0.is_empty());
        let chain: Vec<Place> = sums.of_term(1).map(|limit| limit.place).collect();
        assert_eq!(chain, [Place::Group(2), Place::Group(1), Place::Group(0)]);
    }

    #[test]
    fn a_set_that_cuts_across_becomes_a_class() {
        let mut notes = Notes::default();
        let sums = SumLimits::place(vec![limit(&[0, 1, 2]), limit(&[2, 3])], 5, &mut notes);
        assert_eq!((sums.groups.len(), sums.classes.len(), notes.0[0].count), (1, 1, 1));
        assert_eq!(sums.classes[0].members, [2, 3]);
        let chain: Vec<Place> = sums.of_term(2).map(|limit| limit.place).collect();
        assert_eq!(chain, [Place::Group(0), Place::Class(0)]);
    }

    #[test]
    fn a_large_class_gives_way_to_the_groups_it_cuts() {
        let mut notes = Notes::default();
        let class = SumLimit { class: true, ..limit(&[0, 1, 2, 4]) };
        let sums = SumLimits::place(vec![limit(&[0, 3]), limit(&[1, 2]), class], 5, &mut notes);
        let places: Vec<Place> = sums.limits.iter().map(|limit| limit.place).collect();
        assert_eq!(places, [Place::Group(0), Place::Group(1), Place::Class(0)]);
    }
}
