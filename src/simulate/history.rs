//! Plays an account through its weeks: what the platform would have reported.
//!
//! In: an [`Account`]. Out: the rows of an [`Observation`], and the spend at which bids leave each
//! term. With season s, campaign demand c and bids that put spend at a times the reference,
//!
//! ```text
//! E[clicks]  = s·c · D · aᵋ                 counts are negative binomial around it
//! E[cost]    = s·c · r · a                  cost follows the clicks that came
//! price      = r/D · a¹⁻ᵋ                   so moving a moves bid, price and clicks together
//! conversions ~ Binomial(clicks, p)         or attribution shares with the same mean
//! p           = rate · e^(walks) · noise    own, campaign's and account's walk; gamma noise of mean 1
//! ```
//!
//! Spend follows demand, so clicks regressed on cost give an elasticity near 1; only the moves of
//! `max_cpc` show the true one.

use super::account::{Account, Managed, move_probability, moved_level, term_stream};
use super::drift::rate_noise;
use super::observation::{Cell, Observation, Rows};
use super::reporting;
use super::settings::SimulateSettings;
use super::truth::Truth;
use crate::domain::{Levers, Status, Term};
use crate::numeric::stream::Stream;
use chrono::Days;
use rayon::prelude::*;
use std::ops::Range;

/// Plays all weeks; sets `current_spend` and `straight` of the truth.
pub(super) fn play(mut account: Account, settings: &SimulateSettings) -> (Truth, Observation) {
    let (mut observation, ends) = play_terms(&account, 0..account.truth.terms.len(), settings);
    account.truth.leave(&ends);
    account.truth.reporting = reporting::hold_back(&mut observation, settings);
    (account.truth, observation)
}

/// How bids and budgets leave a term.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// Spend in an average week, account currency.
    pub(super) spend: f64,
    /// As [`Truth::straight`].
    pub(super) straight: Option<f64>,
}

impl Truth {
    /// Notes how bids and budgets leave the terms. Shape: terms.
    pub(super) fn leave(&mut self, ends: &[End]) {
        self.current_spend = ends.iter().map(|end| end.spend).collect();
        self.straight = ends.iter().map(|end| end.straight).collect();
    }
}

/// Plays all weeks of some terms, all conversions reported: their rows, and how each is left.
pub(super) fn play_terms(
    account: &Account,
    terms: Range<usize>,
    settings: &SimulateSettings,
) -> (Observation, Vec<End>) {
    let Account { truth, managed, campaign_levers, budgets } = account;
    let histories: Vec<History> = terms
        .clone()
        .into_par_iter()
        .map(|index| {
            let campaign = truth.campaign[index] as usize;
            history(truth, index, managed[index], (&campaign_levers[campaign], budgets[campaign]), settings)
        })
        .collect();
    let mut rows = Rows::with_capacity(histories.iter().map(|history| history.cells.len()).sum());
    let mut shown = Vec::with_capacity(histories.len());
    for ((number, key), history) in (0_u32..).zip(&truth.terms[terms]).zip(&histories) {
        for (week, cell) in &history.cells {
            rows.push(number, *week, cell);
        }
        let max_cpc = history.cells.last().map(|(_, cell)| cell.max_cpc);
        let budget = history.cells.last().map(|(_, cell)| cell.campaign_budget);
        let brand = key.campaign.as_deref() == Some("Brand");
        shown.push(Term {
            key: key.clone(),
            status: if history.paused { Status::Paused } else { Status::Enabled },
            label: brand.then(|| "brand".to_owned()),
            levers: Levers { max_cpc, campaign_budget: budget.filter(|&budget| budget > 0.0), ..Levers::default() },
            margin: truth.margin,
        });
    }
    let ends = histories.iter().map(|history| history.end).collect();
    let weeks = (0..settings.weeks as u64).map(|week| settings.start + Days::new(7 * week)).collect();
    (Observation { terms: shown, weeks, rows, currency: settings.currency.clone() }, ends)
}

/// One term's weeks.
struct History {
    cells: Vec<(u32, Cell)>,
    end: End,
    paused: bool,
}

fn history(
    truth: &Truth,
    index: usize,
    managed: Managed,
    (campaign_levers, budget): (&[f64], f64),
    settings: &SimulateSettings,
) -> History {
    let weeks = settings.weeks;
    let mut stream = term_stream(settings.seed, &truth.terms[index], "history");
    let mut noise = term_stream(settings.seed, &truth.terms[index], "dispersion");
    let shared = |week: usize| truth.log_rates.at(truth.campaign[index] as usize, week);
    let (levers, log_rates) = courses(settings, &mut stream);
    let campaign = &truth.campaigns[truth.campaign[index] as usize];
    let maker = CellMaker::new(truth, index, settings.fractional);
    let intensity = |week: usize| {
        let set = managed.intensity * (campaign_levers[week] + levers[week]).exp();
        if campaign.served.is_some() { set.min(maker.full_intensity()) } else { set }
    };
    // the budget stands still: more demand and higher bids use it up earlier
    let served = |week: usize, demand: f64| match campaign.served {
        Some(served) => Some((served / (demand * campaign_levers[week].exp())).min(1.0)),
        None => unheld(settings),
    };
    let mut cells = Vec::with_capacity(managed.end - managed.first);
    for (week, number) in (managed.first..managed.end).zip(week_numbers(managed.first)) {
        let demand = truth.season[week] * campaign.demand[week];
        let rate = truth.cvr[index] * (log_rates[week] + shared(week)).exp();
        let cvr = (rate * rate_noise(settings.dispersion, &mut noise)).min(HIGHEST_RATE);
        let set = Set { intensity: intensity(week), served: served(week, demand), budget };
        let cell = maker.draw(demand, set, cvr, &mut stream);
        if cell.impressions > 0.0 {
            cells.push((number, cell));
        }
    }
    if cells.is_empty() {
        // a term that was never shown would not be in the export at all
        let week = managed.end - 1;
        let max_cpc = maker.max_cpc(intensity(week));
        let number = u32::try_from(week).unwrap_or(u32::MAX);
        cells.push((number, Cell { impressions: 1.0, max_cpc, campaign_budget: budget, ..Cell::default() }));
    }
    let paused = managed.end < weeks;
    let wanted = truth.reference_spend[index] * intensity(weeks);
    let served = served(weeks, 1.0);
    let end = End {
        spend: if paused { 0.0 } else { served.unwrap_or(1.0) * wanted },
        straight: campaign.served.map(|_| wanted),
    };
    History { cells, end, paused }
}

/// What a campaign is served that no budget holds: everything, where the account reports what is lost to budgets.
pub(super) fn unheld(settings: &SimulateSettings) -> Option<f64> {
    (settings.budget_limited > 0.0).then_some(1.0)
}

fn week_numbers(first: usize) -> impl Iterator<Item = u32> {
    u32::try_from(first).unwrap_or(u32::MAX)..
}

/// Log factor of the term's own bids by week (weeks + 1), and log of its rate over the rate after
/// the last week (weeks): a random walk, drawn from the end so that the truth is where it ends.
fn courses(settings: &SimulateSettings, stream: &mut Stream) -> (Vec<f64>, Vec<f64>) {
    let mut level = 0.0;
    let mut levers = vec![level];
    for _ in 0..settings.weeks {
        if stream.uniform() < move_probability(settings) {
            level = moved_level(stream);
        }
        levers.push(level);
    }
    let mut log_rates = vec![0.0; settings.weeks];
    let mut walk = 0.0;
    for rate in log_rates.iter_mut().rev() {
        walk += settings.drift * (stream.normal() - settings.drift / 2.0);
        *rate = walk;
    }
    (levers, log_rates)
}

/// How bid and budget stand in a week.
#[derive(Clone, Copy)]
pub(super) struct Set {
    /// Spend that the bid is worth over the reference spend, ratio.
    pub(super) intensity: f64,
    /// Share of what the bid could win that the budget buys, ratio; `None` where nothing is reported of budgets.
    pub(super) served: Option<f64>,
    /// Daily budget of such a campaign, account currency; else 0.
    pub(super) budget: f64,
}

/// Draws the reported cells of one term.
pub(super) struct CellMaker {
    demand: f64,
    cpc: f64,
    elasticity: f64,
    ctr: f64,
    headroom: f64,
    ceiling: f64,
    order_value: f64,
    order_log_sd: f64,
    fractional: bool,
    /// Shape of the gamma factor on a week's demand: busy terms are steady, the tail comes in bursts.
    steadiness: f64,
}

impl CellMaker {
    pub(super) fn new(truth: &Truth, index: usize, fractional: bool) -> Self {
        let demand = truth.demand[index];
        Self {
            demand,
            cpc: truth.cpc[index],
            elasticity: truth.elasticity[index],
            ctr: truth.ctr[index],
            headroom: truth.headroom[index],
            ceiling: truth.ceiling[index],
            order_value: truth.order_value[index],
            order_log_sd: truth.order_log_sd[index],
            fractional,
            steadiness: 25.0 * demand / (demand + 5.0) + 0.8,
        }
    }

    /// Price of a click when spend is `intensity` times the reference, account currency.
    fn price(&self, intensity: f64) -> f64 {
        let level = intensity.powf(self.elasticity);
        if level > self.ceiling {
            // nothing more to buy: what is bid above that only raises the price
            return self.cpc * intensity / self.ceiling;
        }
        self.cpc * intensity.powf(1.0 - self.elasticity)
    }

    /// Share of the impressions there are that is won, ratio; `None` where there is no end to them.
    fn impression_share(&self, intensity: f64) -> Option<f64> {
        self.ceiling.is_finite().then(|| (intensity.powf(self.elasticity) / self.ceiling).min(1.0))
    }

    /// The bid at which all clicks there are are won, as a spend over the reference spend, ratio.
    pub(super) fn full_intensity(&self) -> f64 {
        self.ceiling.powf(1.0 / self.elasticity)
    }

    /// Highest bid, account currency, whole cents.
    pub(super) fn max_cpc(&self, intensity: f64) -> f64 {
        cents(self.price(intensity) * self.headroom).max(0.01)
    }

    /// One week's report.
    pub(super) fn draw(&self, demand: f64, set: Set, cvr: f64, stream: &mut Stream) -> Cell {
        let Set { intensity, served, budget: campaign_budget } = set;
        let max_cpc = self.max_cpc(intensity);
        if intensity <= 0.0 || served.is_some_and(|served| served <= 0.0) {
            return Cell { max_cpc, campaign_budget, ..Cell::default() };
        }
        let reached = served.unwrap_or(1.0);
        let burst = stream.gamma(self.steadiness) / self.steadiness;
        let expected = demand * self.demand * intensity.powf(self.elasticity).min(self.ceiling) * reached * burst;
        let won = self.impression_share(intensity);
        let impression_share = won.map(|won| won * reached);
        let lost_to_budget = won.zip(served).map(|(won, served)| won * (1.0 - served));
        let clicks = stream.poisson(expected);
        let mut impressions = clicks + stream.poisson(expected * (1.0 / self.ctr - 1.0));
        if clicks < 1.0 {
            return Cell { impressions, max_cpc, impression_share, lost_to_budget, campaign_budget, ..Cell::default() };
        }
        if clicks >= 2.0 && stream.uniform() < 0.002 {
            impressions = clicks - 1.0; // platforms count clicks and impressions on different days
        }
        // prices vary from auction to auction by a third, so their mean by a third over √clicks
        let shape = 9.0 * clicks;
        let cost = cents(clicks * self.price(intensity) * stream.gamma(shape) / shape).max(0.01);
        let (conversions, revenue) = self.sales(clicks, cvr, stream);
        Cell {
            impressions,
            clicks,
            cost,
            conversions,
            revenue,
            max_cpc,
            impression_share,
            lost_to_budget,
            campaign_budget,
        }
    }

    /// Conversions and their value.
    fn sales(&self, clicks: f64, cvr: f64, stream: &mut Stream) -> (f64, f64) {
        if !self.fractional {
            let conversions = stream.binomial(clicks, cvr);
            return (conversions, cents(self.orders(conversions, stream)));
        }
        // three in five of a sale's touches are credited on average, so more touches than sales
        let touches = stream.poisson(clicks * cvr / MEAN_SHARE);
        if touches > SINGLY {
            // the mean of many shares is nearly normal; Beta(1.5, 1) has a relative deviation of 0.436
            let share = MEAN_SHARE * (0.436 / touches.sqrt()).mul_add(stream.normal(), 1.0);
            return (cents(touches * share), cents(self.orders(touches, stream) * share));
        }
        let (mut conversions, mut revenue, mut touch) = (0.0, 0.0, 0.0);
        while touch < touches {
            let share = cents(stream.beta(1.5, 1.0)).max(0.01);
            conversions += share;
            revenue += share * self.orders(1.0, stream);
            touch += 1.0;
        }
        (cents(conversions), cents(revenue))
    }

    /// Up to how many orders are drawn one by one: their gamma has too light a tail for a heavy one's.
    fn singly(&self) -> f64 {
        if self.order_log_sd > USUAL_LOG_SD { 100.0 * SINGLY } else { SINGLY }
    }

    /// Total of so many log-normal orders; many of them by the gamma of equal mean and variance.
    fn orders(&self, count: f64, stream: &mut Stream) -> f64 {
        let variance = self.order_log_sd * self.order_log_sd;
        if count > self.singly() {
            let relative = variance.exp_m1();
            return self.order_value * relative * stream.gamma(count / relative);
        }
        let (mut total, mut order) = (0.0, 0.0);
        while order < count {
            total += self.order_value * self.order_log_sd.mul_add(stream.normal(), -variance / 2.0).exp();
            order += 1.0;
        }
        total
    }
}

/// No rate drifts above this.
pub(super) const HIGHEST_RATE: f64 = 0.5;
/// Mean of the attribution shares, Beta(1.5, 1).
const MEAN_SHARE: f64 = 0.6;
/// Up to so many are drawn one by one.
const SINGLY: f64 = 200.0;
/// Largest standard deviation of the log of an order's value without a heavier tail.
const USUAL_LOG_SD: f64 = 0.8;

fn cents(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
