//! `Counts` → `Posterior`: what the data say about conversion rates and values.
//!
//! One public entry, [`estimate`]. Pure: no files, no clock, no printing. In: counts by period. Out: for
//! every term the conversion rate of the next period and, where there is revenue, the value per
//! conversion, each with mean, standard deviation and interval, joint draws of both, and forecasts of counts. The
//! models and when they are wrong are described where they are fitted: [`RatePosterior`], [`Drift`],
//! [`ValuePosterior`].

mod delay;
mod draws;
mod drift;
mod effects;
mod error;
mod forecast;
mod held;
mod pairing;
mod rate;
mod scatter;
mod search;
mod value;

pub use delay::{Delay, DelaySettings, DelaySource, completion};
pub use draws::{Drawer, Draws};
pub use drift::Drift;
pub use effects::EffectKind;
pub use error::EstimateError;
pub use forecast::CountForecast;
pub use held::{Learned, PriorThen, rate_factors};
pub use pairing::Pairing;
pub use rate::{GroupHyper, RatePosterior};
pub use value::{CampaignValue, ValuePosterior, ValueScores, ValueSpread};

use crate::counts::{Counts, Groups};
use crate::domain::{Notes, counted};
use rate::{Exposure, SharedMovement};
use serde::{Deserialize, Serialize};

/// Likelihood of conversions given clicks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RateModel {
    /// Conversions ~ Poisson(clicks × rate), rate ~ gamma.
    GammaPoisson,
    /// Conversions ~ binomial(clicks, rate), rate ~ beta.
    BetaBinomial,
}

impl RateModel {
    /// The name used in settings, tables and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GammaPoisson => "gamma-poisson",
            Self::BetaBinomial => "beta-binomial",
        }
    }
}

/// Settings of the estimates.
#[derive(Clone, Debug, PartialEq)]
pub struct EstimateSettings {
    /// Likelihood; `None` chooses from the data.
    pub rate_model: Option<RateModel>,
    /// Level of the equal-tailed credible intervals, e.g. 0.90.
    pub level: f64,
    /// Whether rates may move over time, as far as the data say so; `false` takes them as constant.
    pub drift: bool,
    /// Whether match type, label, ad group, channel and volume tell about a term's rate, as far as the data say so.
    pub attributes: bool,
    /// Whether words that terms share do, too; off, as it made no backtest better.
    pub words: bool,
    /// What the user knows of the reporting delay.
    pub delay: DelaySettings,
}

impl Default for EstimateSettings {
    fn default() -> Self {
        Self {
            rate_model: None,
            level: 0.90,
            drift: true,
            attributes: true,
            words: false,
            delay: DelaySettings::default(),
        }
    }
}

/// What is known about every term after seeing the counts. All vectors have the shape: terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// Conversions per click.
    pub rate: RatePosterior,
    /// How much of each period's conversions is reported.
    pub delay: Delay,
    /// Variance of a count over its mean, its rate given: 1 for Poisson counts, less where counts were found to scatter less.
    pub scatter: f64,
    /// How rates move; `None` where the data have too few periods to tell, or nobody asked.
    pub drift: Option<Drift>,
    /// What attributes of terms were tried, and which are used; empty where none was.
    pub effects: Vec<EffectKind>,
    /// Revenue per conversion, account currency; `None` where the data have no revenue.
    pub value: Option<ValuePosterior>,
    /// Whether rates and values go together; `None` where too little is known to tell.
    pub pairing: Option<Pairing>,
    /// What the reader should know of the fit.
    pub notes: Notes,
}

impl Posterior {
    /// Expected rate × value of a term over the product of its two means; exactly 1 where no correlation is used.
    #[must_use]
    pub fn pair_factor(&self, term: usize) -> f64 {
        self.pairing.as_ref().map_or(1.0, |pairing| pairing.factor(term))
    }
}

/// Estimates conversion rate and value per conversion of every term.
///
/// # Errors
///
/// No terms, a count that is negative or not finite, a level outside (0, 1), or the beta-binomial model
/// demanded for counts that are not those of a binomial.
pub fn estimate(counts: &Counts, settings: &EstimateSettings) -> Result<Posterior, EstimateError> {
    let level = settings.level;
    if !(level > 0.0 && level < 1.0) {
        return Err(EstimateError::Level { level });
    }
    if counts.terms.is_empty() {
        return Err(EstimateError::NoTerms);
    }
    let revenue = counts.cells.revenue.as_deref().map(|revenue| counts.by_term(revenue));
    let sums = Exposure {
        clicks: counts.by_term(&counts.cells.clicks),
        conversions: counts.by_term(&counts.cells.conversions),
    };
    check(counts, "clicks", &sums.clicks, true)?;
    check(counts, "conversions", &sums.conversions, true)?;
    if let Some(revenue) = &revenue {
        // refunds may outweigh sales
        check(counts, "revenue", revenue, false)?;
    }
    let mut delay = completion(counts, &settings.delay);
    let is_delayed = delay.is_felt();
    let model = choose(counts, &sums, settings.rate_model, is_delayed)?;
    let mut notes = std::mem::take(&mut delay.notes);
    describe(&sums, model, &mut notes);
    let pooled = Exposure::per_click(sums.clicks.clone(), sums.conversions.clone());
    notes.add(
        "delay-ignored",
        usize::from(is_delayed && model == RateModel::BetaBinomial),
        "the beta-binomial model takes all conversions as reported",
    );
    let campaigns = Groups::by_campaign(counts);
    let groups = rate::telling(&pooled, &campaigns, &mut notes).into_owned();
    let value =
        revenue.and_then(|revenue| value::fit(counts, &campaigns, (&sums.conversions, revenue), level, &mut notes));
    let told = (model == RateModel::BetaBinomial && settings.rate_model.is_none() && asks_attributes(&sums, settings))
        .then(|| effects::learn(counts, &groups, &pooled, settings.words));
    let model = if matches!(&told, Some((Some(_), _))) { RateModel::GammaPoisson } else { model };
    let scatter =
        if model == RateModel::GammaPoisson { scatter::learn(counts, &sums, &delay, &mut notes) } else { 1.0 };
    let scaled = (scatter < 1.0).then(|| scatter::in_units(counts, scatter));
    let (pooled, evidence) = match &scaled {
        Some(scaled) => {
            let [clicks, conversions] =
                [&scaled.cells.clicks, &scaled.cells.conversions].map(|measure| scaled.by_term(measure));
            (Exposure::per_click(clicks, conversions), scaled)
        }
        None => (pooled, counts),
    };
    let periods = counts.calendar.periods.len();
    let still = || SharedMovement::none(groups.names.len());
    let (exposure, movement, drift) = if model == RateModel::BetaBinomial {
        (pooled, still(), None)
    } else if settings.drift && periods >= drift::FEWEST_PERIODS {
        let tracked = drift::track(evidence, &groups, &delay, &mut notes);
        let movement = SharedMovement { common: tracked.common_variance, groups: tracked.group_variance };
        (tracked.exposure.unwrap_or(pooled), movement, Some(tracked.drift))
    } else {
        (if is_delayed { drift::reported(evidence, &groups, &delay) } else { pooled }, still(), None)
    };
    if drift.is_none() {
        notes.add("static-rates", 1, format!("rates are taken as constant: {}", still_because(settings, periods)));
    }
    let (offsets, effects) = match told {
        Some(told) => told,
        None if settings.attributes && model == RateModel::GammaPoisson => {
            effects::learn(counts, &groups, &exposure, settings.words)
        }
        None => (None, Vec::new()),
    };
    let mut rate = rate::fit(model, level, exposure, &groups, movement, offsets, &mut notes);
    let pairing = value.as_ref().and_then(|value| pairing::learn(&rate, value, &sums.clicks, &mut notes));
    // back from the units in which counts are Poisson
    rate.strength *= scatter;
    for group in &mut rate.hyper {
        group.strength *= scatter;
    }
    Ok(Posterior { rate, delay, scatter, drift, effects, value, pairing, notes })
}

/// Refuses counts without a single click. [`estimate`] itself gives what is assumed before any data, as the first weeks
/// of a history may need it; a user who asks for estimates gets none from nothing.
///
/// # Errors
/// There is no click.
pub fn refuse_no_clicks(counts: &Counts) -> Result<(), EstimateError> {
    let has_clicks = counts.cells.clicks.iter().any(|&clicks| clicks > 0.0);
    if has_clicks { Ok(()) } else { Err(EstimateError::NoClicks { terms: counts.terms.len() }) }
}

/// Conversions per click above which a count of one period is binomial whatever attributes may say: below it, it is Poisson to
/// within 5% of its standard deviation.
const RARE: f64 = 0.1;

/// Whether one period is to be asked what attributes, the volume of a term among them, say of rates, which the beta-binomial
/// model can't use.
fn asks_attributes(sums: &Exposure, settings: &EstimateSettings) -> bool {
    let [clicks, conversions] = [&sums.clicks, &sums.conversions].map(|sums| sums.iter().sum::<f64>());
    settings.attributes && conversions < RARE * clicks
}

/// Why no movement of rates was looked for.
fn still_because(settings: &EstimateSettings, periods: usize) -> String {
    let fewest = drift::FEWEST_PERIODS;
    if !settings.drift {
        "their movement is switched off (`[estimate] drift = false`)".to_owned()
    } else if periods < fewest {
        format!("the data have {}, and how rates move shows from {fewest} on", counted(periods, "period"))
    } else {
        "the beta-binomial model pools all periods; `--rate-model gamma-poisson` lets rates move".to_owned()
    }
}

/// Refuses sums that no model can take.
fn check(counts: &Counts, measure: &'static str, sums: &[f64], positive: bool) -> Result<(), EstimateError> {
    match sums.iter().position(|&sum| !sum.is_finite() || (positive && sum < 0.0)) {
        None => Ok(()),
        Some(term) => {
            Err(EstimateError::NotACount { key: Box::new(counts.terms[term].key.clone()), measure, value: sums[term] })
        }
    }
}

/// Beta-binomial for one period of whole conversions not above clicks that are all reported, gamma-Poisson otherwise; where
/// attributes turn out to tell of rare conversions, [`estimate`] takes gamma-Poisson there, too.
fn choose(
    counts: &Counts,
    sums: &Exposure,
    wanted: Option<RateModel>,
    is_delayed: bool,
) -> Result<RateModel, EstimateError> {
    let Exposure { clicks, conversions } = sums;
    let is_binomial =
        |i: usize| conversions[i] <= clicks[i] && conversions[i].fract() == 0.0 && clicks[i].fract() == 0.0;
    match wanted {
        Some(RateModel::GammaPoisson) => Ok(RateModel::GammaPoisson),
        None if counts.calendar.periods.len() > 1 || is_delayed => Ok(RateModel::GammaPoisson),
        Some(RateModel::BetaBinomial) | None => {
            let unfit: Vec<usize> = (0..counts.terms.len()).filter(|&i| !is_binomial(i)).collect();
            match (unfit.first(), wanted) {
                (None, _) => Ok(RateModel::BetaBinomial),
                (Some(_), None) => Ok(RateModel::GammaPoisson),
                (Some(&term), Some(_)) => Err(EstimateError::NotBinomial {
                    key: Box::new(counts.terms[term].key.clone()),
                    clicks: clicks[term],
                    conversions: conversions[term],
                    terms: unfit.len(),
                }),
            }
        }
    }
}

/// Notes on what the data are and what the model leaves out.
fn describe(sums: &Exposure, model: RateModel, notes: &mut Notes) {
    let Exposure { clicks, conversions } = sums;
    let no_clicks = clicks.iter().all(|&clicks| clicks <= 0.0);
    notes.add(
        "no-clicks",
        usize::from(no_clicks),
        "there are no clicks at all: nothing can be estimated, and the rates given are what is assumed before any data",
    );
    notes.add(
        "no-conversions",
        usize::from(!no_clicks && conversions.iter().all(|&conversions| conversions <= 0.0)),
        "there are no conversions at all: rates are known only to be low",
    );
    if model == RateModel::GammaPoisson {
        let pairs = || clicks.iter().zip(conversions);
        notes.add(
            "conversions-without-clicks",
            pairs().filter(|(clicks, conversions)| **conversions > 0.0 && **clicks <= 0.0).count(),
            "terms have conversions but no clicks; they count in all sums, but say nothing of a rate per click",
        );
        notes.add(
            "fractional-conversions",
            conversions.iter().filter(|conversions| conversions.fract() > 0.0).count(),
            "terms have fractional conversions; the Poisson kernel is used for them as a quasi-likelihood",
        );
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod ranks_tests;
