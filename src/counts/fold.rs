//! Small terms, folded into one.
//!
//! In: counts and a threshold. Out: counts in which every term has at least so many clicks: smaller ones are added up
//! by campaign, small campaigns into one item of the account, and where that one is still small, the smallest terms
//! join it, since what is left could be found by subtraction. All sums stay what they are.

use super::{Cells, Counts};
use crate::domain::{Status, Term, TermKey};
use crate::numeric::sum::ExactSum;
use std::collections::BTreeMap;

/// The term that small terms are folded into.
pub const OTHER_TERMS: &str = "(other terms)";

impl Counts {
    /// Folds terms with fewer than `least` clicks; also how many were folded. Bids, labels and statuses of folded terms
    /// are given up: a pool that holds an enabled term is enabled. The margin of a pool is the mean weighted by revenue.
    #[must_use]
    pub fn fold_small(self, least: f64) -> (Self, usize) {
        if least <= 0.0 {
            return (self, 0);
        }
        let clicks = self.by_term(&self.cells.clicks);
        let small = |clicks: f64| clicks < least;
        let mut pools: Vec<Option<TermKey>> =
            self.terms.iter().zip(&clicks).map(|(term, &own)| small(own).then(|| pool_of(&term.key, true))).collect();
        // campaigns whose small terms are too small together
        let by_pool = sums(&pools, &clicks);
        for (term, pool) in self.terms.iter().zip(&mut pools) {
            if pool.as_ref().is_some_and(|pool| small(by_pool[pool])) {
                *pool = Some(pool_of(&term.key, false));
            }
        }
        // terms are in order, so that of two alike the first is taken
        let kept = (0..pools.len()).filter(|&term| pools[term].is_none());
        if let Some(smallest) = kept.min_by(|&a, &b| clicks[a].total_cmp(&clicks[b])) {
            let rest = pool_of(&self.terms[smallest].key, false);
            if sums(&pools, &clicks).get(&rest).is_some_and(|&together| small(together)) {
                pools[smallest] = Some(rest);
            }
        }
        let folded = pools.iter().flatten().count();
        if folded == 0 { (self, 0) } else { (self.pooled(&pools), folded) }
    }

    /// Adds up the terms that share a pool.
    fn pooled(self, pools: &[Option<TermKey>]) -> Self {
        let mut members: BTreeMap<&TermKey, Vec<usize>> = BTreeMap::new();
        for (term, pool) in pools.iter().enumerate() {
            members.entry(pool.as_ref().unwrap_or(&self.terms[term].key)).or_default().push(term);
        }
        let revenue = self.cells.revenue.as_deref().map(|revenue| self.by_term(revenue));
        let mut terms = Vec::with_capacity(members.len());
        let mut offsets = vec![0];
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut kept = Vec::new();
        let mut period = Vec::new();
        for (key, members) in members {
            let is_pool = pools[members[0]].is_some();
            terms.push(if is_pool {
                self.pool(key, &members, revenue.as_deref())
            } else {
                self.terms[members[0]].clone()
            });
            let mut by_period: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
            for cell in members.iter().flat_map(|&term| self.cells.of_term(term)) {
                by_period.entry(self.cells.period[cell]).or_default().push(cell);
            }
            for (number, cells) in by_period {
                period.push(number);
                kept.push(if is_pool { None } else { Some(cells[0]) });
                groups.push(cells);
            }
            offsets.push(groups.len());
        }
        let add = |measure: &[f64]| -> Vec<f64> {
            groups.iter().map(|cells| cells.iter().map(|&cell| measure[cell]).collect::<ExactSum>().value()).collect()
        };
        let cells = Cells {
            offsets,
            period,
            impressions: self.cells.impressions.as_deref().map(add),
            clicks: add(&self.cells.clicks),
            cost: self.cells.cost.as_deref().map(add),
            conversions: add(&self.cells.conversions),
            revenue: self.cells.revenue.as_deref().map(add),
            // bids and shares of a pool are not known
            signals: self.cells.signals.pick(&kept),
        };
        Self { terms, cells, ..self }
    }

    fn pool(&self, key: &TermKey, members: &[usize], revenue: Option<&[f64]>) -> Term {
        let enabled = members.iter().any(|&term| self.terms[term].status == Status::Enabled);
        let status = if enabled { Status::Enabled } else { self.terms[members[0]].status };
        // a term without revenue weighs a little, so that a pool without any has a margin too
        let weight = |term: usize| revenue.map_or(0.0, |revenue| revenue[term]) + 1e-9;
        let margins = || members.iter().filter_map(|&term| Some((weight(term), self.terms[term].margin?)));
        let total: ExactSum = margins().map(|(weight, _)| weight).collect();
        let weighted: ExactSum = margins().map(|(weight, margin)| weight * margin).collect();
        let margin = (total.value() > 0.0).then(|| weighted.value() / total.value());
        Term { key: key.clone(), status, margin, ..Term::default() }
    }
}

/// What a pool holds together.
fn sums(pools: &[Option<TermKey>], clicks: &[f64]) -> BTreeMap<TermKey, f64> {
    let mut sums: BTreeMap<TermKey, f64> = BTreeMap::new();
    for (pool, own) in pools.iter().zip(clicks) {
        if let Some(pool) = pool {
            *sums.entry(pool.clone()).or_default() += own;
        }
    }
    sums
}

/// The key of a term's pool: that of its campaign, or that of the account.
#[must_use]
pub fn pool_of(key: &TermKey, by_campaign: bool) -> TermKey {
    let keep =
        |field: &Option<String>| field.as_ref().map(|text| if by_campaign { text.clone() } else { String::new() });
    let blank = |field: &Option<String>| field.as_ref().map(|_| String::new());
    TermKey {
        term: OTHER_TERMS.to_owned(),
        match_type: blank(&key.match_type),
        campaign: keep(&key.campaign),
        ad_group: blank(&key.ad_group),
        channel: keep(&key.channel),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::{Calendar, Period};

    /// Campaign, term and clicks by period.
    fn counts(rows: &[(&str, &str, &[f64])]) -> Counts {
        let mut counts = Counts {
            calendar: Calendar { periods: vec![Period::default(); 2], ..Calendar::default() },
            cells: Cells { offsets: vec![0], revenue: Some(vec![]), cost: Some(vec![]), ..Cells::default() },
            ..Counts::default()
        };
        counts.cells.signals.max_cpc = Some(vec![]);
        for (campaign, term, clicks) in rows {
            let key = TermKey { term: (*term).into(), campaign: Some((*campaign).into()), ..TermKey::default() };
            counts.terms.push(Term { key, margin: Some(0.5), ..Term::default() });
            for (period, &clicks) in (0..).zip(*clicks) {
                counts.cells.period.push(period);
                counts.cells.clicks.push(clicks);
                counts.cells.conversions.push(clicks / 10.0);
                counts.cells.cost.as_mut().unwrap().push(clicks * 0.3);
                counts.cells.revenue.as_mut().unwrap().push(clicks * 1.7);
                counts.cells.signals.max_cpc.as_mut().unwrap().push(0.4);
            }
            counts.cells.offsets.push(counts.cells.period.len());
        }
        counts.terms.sort_by(|a, b| a.key.cmp(&b.key));
        counts
    }

    fn folded(counts: Counts, least: f64) -> (Vec<(String, String, f64)>, usize) {
        let before = counts.totals();
        let (counts, folded) = counts.fold_small(least);
        let after = counts.totals();
        assert_eq!(before.clicks, after.clicks);
        assert!((before.cost.unwrap() - after.cost.unwrap()).abs() < 1e-9);
        assert!(counts.terms.is_sorted_by(|a, b| a.key < b.key));
        assert_eq!(counts.cells.offsets.len(), counts.terms.len() + 1);
        let clicks = counts.by_term(&counts.cells.clicks);
        let rows = counts.terms.iter().zip(clicks);
        let rows = rows.map(|(term, clicks)| (term.key.campaign.clone().unwrap(), term.key.term.clone(), clicks));
        (rows.collect(), folded)
    }

    fn row(campaign: &str, term: &str, clicks: f64) -> (String, String, f64) {
        (campaign.into(), term.into(), clicks)
    }

    #[test]
    fn small_terms_join_their_campaign_and_small_campaigns_the_account() {
        let all = counts(&[
            ("A", "a", &[50.0, 50.0]),
            ("A", "b", &[3.0, 4.0]),
            ("A", "c", &[4.0, 0.0]),
            ("B", "d", &[20.0]),
            ("B", "e", &[2.0]),
            ("C", "f", &[9.0]),
        ]);
        let expected =
            vec![row("", OTHER_TERMS, 11.0), row("A", OTHER_TERMS, 11.0), row("A", "a", 100.0), row("B", "d", 20.0)];
        assert_eq!(folded(all.clone(), 10.0), (expected, 4));
        assert_eq!(folded(all, 0.0).1, 0, "nothing is below nothing");
    }

    #[test]
    fn what_is_left_small_takes_the_smallest_term_with_it() {
        let all = counts(&[("A", "a", &[50.0]), ("A", "b", &[12.0]), ("B", "c", &[1.0])]);
        assert_eq!(folded(all, 10.0), (vec![row("", OTHER_TERMS, 13.0), row("A", "a", 50.0)], 2));
        let alone = counts(&[("A", "a", &[3.0]), ("B", "b", &[1.0])]);
        assert_eq!(folded(alone, 10.0), (vec![row("", OTHER_TERMS, 4.0)], 2));
    }

    #[test]
    fn bids_of_pools_are_not_known() {
        let (counts, _) = counts(&[("A", "a", &[50.0]), ("A", "b", &[5.0]), ("A", "c", &[6.0])]).fold_small(10.0);
        let bids = counts.cells.signals.max_cpc.unwrap();
        assert!(bids[0].is_nan() && bids[1] == 0.4, "{bids:?}");
        assert_eq!(counts.terms[0].margin, Some(0.5));
    }
}
