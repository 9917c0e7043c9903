//! Terms that a scenario adds: keywords that the account does not have.
//!
//! In: what is known of them ([`AddedTerm`]) and the counts. Out: the counts with them, paused and without a single cell, so that the
//! fit of everything else stays what it is; and what a scenario supposes of its own once there is a fit. A term without data
//! has its campaign's price, rate and value, and is wrong where it is unlike its campaign: whoever knows better says so.

use crate::counts::Counts;
use crate::domain::{Levers, Status, Term, TermKey, metrics};
use crate::estimate::Posterior;
use crate::recommend::{Change, PolicySettings, TermRule};
use crate::response::{Curve, Responses};

/// A term that the data do not have.
#[derive(Clone, Debug, PartialEq)]
pub struct AddedTerm {
    /// What identifies it.
    pub key: TermKey,
    /// Labels, separated by `;`.
    pub label: Option<String>,
    /// Share of revenue that is margin, ratio; its campaign's where `None` and the data have margins.
    pub margin: Option<f64>,
    /// Price of its first clicks, money a click; its campaign's where `None`.
    pub cpc: Option<f64>,
    /// Clicks a week that there are to be had; cautious where `None`.
    pub clicks: Option<f64>,
    /// Conversions per click; its campaign's where `None`.
    pub conversion_rate: Option<f64>,
    /// Revenue per conversion, money; its campaign's where `None`.
    pub value: Option<f64>,
}

/// Why a term cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unaddable {
    /// The data have it already.
    Known,
    /// The data tell terms apart by this column, and it is not given.
    Missing(&'static str),
    /// It is given, and the data have no such column.
    Foreign(&'static str),
}

/// A column that tells terms apart, and whether a key has it.
type Field = (&'static str, fn(&TermKey) -> bool);

impl AddedTerm {
    /// Whether the data can take it.
    ///
    /// # Errors
    /// A key that they have, or that is of other columns than theirs.
    pub fn check(&self, counts: &Counts) -> Result<(), Unaddable> {
        let fields: [Field; 4] = [
            ("match_type", |key| key.match_type.is_some()),
            ("campaign", |key| key.campaign.is_some()),
            ("ad_group", |key| key.ad_group.is_some()),
            ("channel", |key| key.channel.is_some()),
        ];
        for (name, has) in fields {
            match (has(&self.key), counts.terms.iter().any(|term| has(&term.key))) {
                (false, true) => return Err(Unaddable::Missing(name)),
                (true, false) => return Err(Unaddable::Foreign(name)),
                _ => {}
            }
        }
        if counts.terms.iter().any(|term| term.key == self.key) { Err(Unaddable::Known) } else { Ok(()) }
    }

    /// The term as the counts hold it: paused, so that only who adds it may fund it. Where the data have margins, its own is the mean
    /// of its campaign's, or of the account's.
    #[must_use]
    pub fn term(&self, counts: &Counts) -> Term {
        let mean = |of: &dyn Fn(&Term) -> bool| {
            let margins: Vec<f64> =
                counts.terms.iter().filter(|term| of(term)).filter_map(|term| term.margin).collect();
            metrics::ratio(margins.iter().sum(), margins.len() as f64)
        };
        let own = |term: &Term| term.key.campaign == self.key.campaign;
        Term {
            key: self.key.clone(),
            status: Status::Paused,
            label: self.label.clone(),
            levers: Levers::default(),
            margin: self.margin.or_else(|| mean(&own)).or_else(|| mean(&|_| true)),
        }
    }

    /// Lets a plan fund it, with what is known of it in the place of what its campaign tells. `counts` hold it.
    pub fn suppose(&self, counts: &Counts, posterior: &Posterior, responses: &Responses, policy: &mut PolicySettings) {
        policy.added.push(self.key.clone());
        let Some(term) = counts.terms.iter().position(|term| term.key == self.key) else { return };
        let Curve::Exp { a, k } = responses.curves[term] else { return };
        let factor =
            |wanted: Option<f64>, estimated: f64| wanted.filter(|_| estimated > 0.0).map(|own| own / estimated);
        let price = self.cpc.unwrap_or(k / a);
        let value = posterior.value.as_ref().map_or(0.0, |value| value.mean[term]);
        let change = Change {
            term: Some(self.key.term.clone()),
            match_type: self.key.match_type.clone(),
            campaign: self.key.campaign.clone(),
            ad_group: self.key.ad_group.clone(),
            cpc: factor(self.cpc, k / a),
            demand: factor(self.clicks, a),
            conversion_rate: factor(self.conversion_rate, posterior.rate.mean[term]),
            value: factor(self.value, value),
            ..Change::default()
        };
        if self.cpc.or(self.clicks).or(self.conversion_rate).or(self.value).is_some() {
            policy.changes.push(change);
        }
        if let Some(clicks) = self.clicks {
            // what all of them would cost at the price of the first
            let rule = TermRule {
                term: Some(self.key.term.clone()),
                match_type: self.key.match_type.clone(),
                campaign: self.key.campaign.clone(),
                ad_group: self.key.ad_group.clone(),
                upper: Some((clicks * price * 100.0).ceil() / 100.0),
                ..TermRule::default()
            };
            policy.rules.push(rule);
        }
    }
}
