//! Draws the true parameters of an account, and how it is managed.
//!
//! In: settings. Out: [`Truth`] and, for the history, each term's time on air and the course of the
//! bids. Every term and campaign draws from a stream of its own, keyed by its name, so none depends
//! on which others there are. Distributions are chosen to look like a retailer's account, not
//! fitted to one.

use super::drift::SharedWalks;
use super::settings::{Misallocation, SimulateSettings};
use super::texts::{self, Title, index};
use super::truth::{TrueCampaign, Truth};
use super::words::Kind;
use crate::domain::{TermKey, stable_hash};
use crate::numeric::stream::Stream;
use crate::numeric::sum::ExactSum;
use chrono::{Datelike, Days};
use rayon::prelude::*;

/// An account before its history.
pub(super) struct Account {
    /// The true parameters; `current_spend` is still to be set by the history.
    pub(super) truth: Truth,
    /// How each term is managed. Shape: terms.
    pub(super) managed: Vec<Managed>,
    /// Log of the factor by which a campaign's bids move the spend of its terms, by week.
    /// Shape: campaigns × (weeks + 1); the last entry is how bids stand at the end.
    pub(super) campaign_levers: Vec<Vec<f64>>,
    /// Daily budget of each campaign that its budget holds, account currency; 0 for the others. Shape: campaigns.
    pub(super) budgets: Vec<f64>,
}

/// How the advertiser manages a term.
#[derive(Clone, Copy, Debug)]
pub(super) struct Managed {
    /// First week on air.
    pub(super) first: usize,
    /// Week after the last on air; the number of weeks unless paused.
    pub(super) end: usize,
    /// Starting spend over reference spend, ratio.
    pub(super) intensity: f64,
}

/// Stream of one thing drawn for a term, apart from the streams of other things.
pub(super) fn term_stream(seed: u64, key: &TermKey, purpose: &str) -> Stream {
    Stream::new(seed, stable_hash(&[purpose, &format!("{:016x}", key.stable_hash())]))
}

/// `exp` of a normal variable with mean 0 and the given standard deviation.
fn spread(sd: f64, stream: &mut Stream) -> f64 {
    (sd * stream.normal()).exp()
}

/// Draws everything but the history.
pub(super) fn draw(settings: &SimulateSettings) -> Account {
    let count = settings.campaign_count();
    let titles: Vec<Title> = (0..count).map(|number| texts::title(number, count)).collect();
    let sizes = campaign_sizes(settings, count);
    let mut keys: Vec<(TermKey, u32)> = (0_u32..)
        .zip(titles.iter().zip(&sizes).collect::<Vec<_>>())
        .collect::<Vec<_>>()
        .into_par_iter()
        .flat_map_iter(|(number, (title, &size))| {
            texts::keys(title, size, settings.seed, settings.match_types).into_iter().map(move |key| (key, number))
        })
        .collect();
    keys.par_sort_unstable();
    let (campaigns, campaign_levers): (Vec<TrueCampaign>, Vec<Vec<f64>>) =
        titles.iter().map(|title| draw_campaign(title, settings)).unzip();
    let drawn: Vec<Drawn> = keys
        .par_iter()
        .map(|(key, campaign)| {
            let campaign = *campaign as usize;
            draw_term(key, titles[campaign].kind, &campaigns[campaign], settings)
        })
        .collect();
    let (terms, campaign): (Vec<TermKey>, Vec<u32>) = keys.into_iter().unzip();
    let column = |field: fn(&Drawn) -> f64| drawn.iter().map(field).collect::<Vec<f64>>();
    let cpc = column(|term| term.cpc);
    let mut demand = column(|term| term.demand);
    if let Some(budget) = settings.weekly_budget {
        let planned = |(term, demand): (&Drawn, &f64)| demand * term.cpc * term.managed.intensity;
        let total = drawn.iter().zip(&demand).map(planned).collect::<ExactSum>().value();
        for demand in &mut demand {
            *demand *= budget / total;
        }
    }
    let reference_spend = demand.iter().zip(&cpc).map(|(demand, cpc)| demand * cpc).collect();
    let walks = SharedWalks::draw(&campaigns, settings);
    let truth = Truth {
        campaign,
        log_rates: walks,
        reporting: None,
        cvr: column(|term| term.cvr),
        order_value: column(|term| term.order_value),
        order_log_sd: column(|term| term.order_log_sd),
        cpc,
        elasticity: column(|term| term.elasticity),
        demand,
        reference_spend,
        current_spend: vec![0.0; terms.len()],
        ctr: column(|term| term.ctr),
        headroom: column(|term| term.headroom),
        ceiling: ceilings(&terms, settings),
        straight: vec![None; terms.len()],
        terms,
        campaigns,
        season: season(settings),
        misallocation: settings.misallocation,
        margin: settings.margin,
    };
    let managed: Vec<Managed> = drawn.iter().map(|term| term.managed).collect();
    let budgets = budgets(&truth, &managed);
    Account { truth, managed, campaign_levers, budgets }
}

/// Daily budgets: what the terms would spend at the opening bids in an average week, as far as they are served.
fn budgets(truth: &Truth, managed: &[Managed]) -> Vec<f64> {
    let mut wanted = vec![ExactSum::default(); truth.campaigns.len()];
    for (index, managed) in managed.iter().enumerate() {
        wanted[truth.campaign[index] as usize].add(truth.reference_spend[index] * managed.intensity);
    }
    let daily = |(campaign, wanted): (&TrueCampaign, ExactSum)| {
        campaign.served.map_or(0.0, |served| (served * wanted.value() / 7.0 * 100.0).ceil() / 100.0)
    };
    truth.campaigns.iter().zip(wanted).map(daily).collect()
}

/// All clicks over those at the reference spend; drawn apart, so that switching it on changes nothing else.
fn ceilings(terms: &[TermKey], settings: &SimulateSettings) -> Vec<f64> {
    let Some(median) = settings.ceiling else { return vec![f64::INFINITY; terms.len()] };
    let draw = |key| (median * spread(0.3, &mut term_stream(settings.seed, key, "ceiling"))).max(1.05);
    terms.par_iter().map(draw).collect()
}

/// What a campaign's budget buys of what its bids could win; drawn apart, so that switching it on changes nothing else.
fn served(title: &Title, settings: &SimulateSettings) -> Option<f64> {
    let mut stream = Stream::new(settings.seed, stable_hash(&["budget", &title.name]));
    let (held, share) = (stream.uniform(), stream.uniform());
    (held < settings.budget_limited).then(|| 0.4_f64.mul_add(share, 0.5))
}

/// How many terms each campaign has: one each, the rest at random with weights (1 + number)^−0.4.
fn campaign_sizes(settings: &SimulateSettings, count: usize) -> Vec<usize> {
    let mut sizes = vec![1_usize; count];
    let mut cumulative = Vec::with_capacity(count);
    let mut total = 0.0;
    for number in 0..count {
        total += (1.0 + number as f64).powf(-0.4);
        cumulative.push(total);
    }
    let mut stream = Stream::new(settings.seed, stable_hash(&["campaign sizes"]));
    for _ in count..settings.terms {
        let at = stream.uniform() * total;
        let number = cumulative.partition_point(|&upper| upper <= at);
        sizes[number.min(count - 1)] += 1;
    }
    sizes
}

/// Shared demand by week: an annual sine that peaks in late November, and slow noise of 3%.
pub(super) fn season(settings: &SimulateSettings) -> Vec<f64> {
    let mut stream = Stream::new(settings.seed, stable_hash(&["season"]));
    let mut noise = 0.03 * stream.normal();
    (0..settings.weeks)
        .map(|week| {
            let day = (settings.start + Days::new(7 * week as u64)).ordinal0();
            let angle = std::f64::consts::TAU * (f64::from(day) - 235.0) / 365.25;
            noise = 0.7_f64.mul_add(noise, 0.03 * 0.51_f64.sqrt() * stream.normal());
            let trend = (settings.trend * week as f64 / 52.0).exp();
            settings.season.mul_add(angle.sin(), 1.0) * noise.exp() * trend
        })
        .collect()
}

/// Probability of a move in a week, for the campaign and again for each of its terms.
pub(super) fn move_probability(settings: &SimulateSettings) -> f64 {
    (settings.lever_moves / 2.0 / 52.0).min(1.0)
}

/// A new level after a deliberate move: log of the factor on spend.
pub(super) fn moved_level(stream: &mut Stream) -> f64 {
    0.9_f64.mul_add(stream.uniform(), -0.45)
}

/// A campaign's parameters, its demand by week, and the course of its bids (weeks + 1). Weeks come
/// one after the other from the stream, so more weeks leave the first ones as they were.
pub(super) fn draw_campaign(title: &Title, settings: &SimulateSettings) -> (TrueCampaign, Vec<f64>) {
    let mut stream = Stream::new(settings.seed, stable_hash(&["campaign", &title.name]));
    let (cvr, cpc) = match title.kind {
        Kind::Brand => (0.072, 0.36),
        Kind::Generic => (0.026, 1.0),
        Kind::Makers => (0.035, 0.92),
        Kind::Sale => (0.021, 0.7),
        Kind::Local => (0.028, 0.8),
    };
    let order_value = match title.kind {
        Kind::Brand => 82.0,
        Kind::Sale => 0.75 * title.line.order_value,
        Kind::Generic | Kind::Makers | Kind::Local => title.line.order_value,
    } * spread(0.1, &mut stream);
    let mut campaign = TrueCampaign {
        name: title.name.clone(),
        cvr: cvr * spread(0.25, &mut stream),
        cvr_shape: 5.0_f64.mul_add(stream.uniform(), 3.0),
        order_value,
        cpc: 0.8 * cpc * (order_value / 80.0).sqrt() * spread(0.18, &mut stream),
        elasticity: 0.06_f64.mul_add(stream.normal(), 0.7).clamp(0.5, 0.88),
        served: served(title, settings),
        demand: Vec::new(),
    };
    // weeks come last: the parameters above do not depend on how many there are
    let mut noise = 0.08 * stream.normal();
    let mut level = 0.0;
    let mut levers = vec![level];
    for _ in 0..settings.weeks {
        campaign.demand.push(noise.exp());
        noise = 0.8_f64.mul_add(noise, 0.08 * 0.36_f64.sqrt() * stream.normal());
        if stream.uniform() < move_probability(settings) {
            level = moved_level(&mut stream);
        }
        levers.push(level);
    }
    (campaign, levers)
}

/// One term's parameters.
struct Drawn {
    cvr: f64,
    order_value: f64,
    order_log_sd: f64,
    cpc: f64,
    elasticity: f64,
    demand: f64,
    ctr: f64,
    headroom: f64,
    managed: Managed,
}

fn draw_term(key: &TermKey, kind: Kind, campaign: &TrueCampaign, settings: &SimulateSettings) -> Drawn {
    let mut stream = term_stream(settings.seed, key, "term");
    let (rate_factor, ctr_factor) = match key.match_type.as_deref() {
        Some("exact") => (1.15, 1.3),
        Some("broad") => (0.8, 0.7),
        _ => (1.0, 1.0),
    };
    let (ctr, volume) = match kind {
        Kind::Brand => (0.22, 1.6),
        Kind::Generic => (0.035, 1.1),
        Kind::Makers => (0.06, 0.9),
        Kind::Sale => (0.05, 0.8),
        Kind::Local => (0.06, 0.5),
    };
    // a busy head and a long tail, about six to four, with the wordy searches in the tail; the cut
    // keeps one term from being the whole account
    let wordy = key.term.split(' ').count() as f64 - 3.5;
    let head = stream.uniform() < (-0.13_f64).mul_add(wordy, 0.6).clamp(0.1, 0.95);
    let size = stream.normal().min(2.0);
    let (median, sd) = if head { (MEDIAN_HEAD, 1.6) } else { (0.15, 0.9) };
    let demand = match settings.zipf {
        None => median * volume * 0.35_f64.mul_add(-wordy, sd * size).exp(),
        Some(exponent) => zipf(exponent, settings.terms, stable_uniform(settings.seed, key)),
    };
    let gamma = stream.gamma(campaign.cvr_shape) / campaign.cvr_shape;
    let cvr = (campaign.cvr * rate_factor * gamma).clamp(1e-5, 0.4);
    let order_value = campaign.order_value * spread(0.15, &mut stream);
    let order_log_sd = settings.value_tail * 0.4_f64.mul_add(stream.uniform(), 0.4);
    let cpc = (campaign.cpc * spread(0.3, &mut stream)).clamp(0.05, 8.0);
    let elasticity = 0.08_f64.mul_add(stream.normal(), campaign.elasticity).clamp(0.3, 0.95);
    let ctr = (ctr * ctr_factor * spread(0.3, &mut stream)).clamp(0.002, 0.6);
    let headroom = 0.45_f64.mul_add(stream.uniform(), 1.15);
    let scatter = stream.normal();
    let log_intensity = match settings.misallocation {
        Misallocation::Volume => 0.0,
        Misallocation::Scattered => (0.6 * scatter).clamp(-1.5, 1.5),
        Misallocation::Inverted => (-0.5 * (cvr * order_value / cpc / 3.5).ln()).clamp(-1.2, 1.2),
        Misallocation::TopHeavy => (0.15 * (demand / 40.0).ln()).clamp(-1.2, 1.2),
    };
    let mut managed = Managed { first: 0, end: settings.weeks, intensity: log_intensity.exp() };
    time_on_air(&mut managed, settings.weeks, &mut stream);
    Drawn { cvr, order_value, order_log_sd, cpc, elasticity, demand, ctr, headroom, managed }
}

/// Clicks a week of a term whose rank, from the top, is `place` of all: `rank^−s`, scaled to [`MEAN_ZIPF`] a term. Independent draws
/// of places have the ranks of Zipf's law as far as chance allows.
fn zipf(exponent: f64, terms: usize, place: f64) -> f64 {
    let n = terms as f64;
    // ∫ from 1/n to 1 of u^−s du, and what the first rank has beyond
    let mean = if (exponent - 1.0).abs() < 1e-9 {
        n.ln() + 1.0
    } else {
        (1.0 - n.powf(exponent - 1.0)) / (1.0 - exponent) + n.powf(exponent - 1.0)
    };
    MEAN_ZIPF / mean * place.max(1.0 / n).powf(-exponent)
}

/// A number in (0, 1) of a term that nothing else is drawn from.
fn stable_uniform(seed: u64, key: &TermKey) -> f64 {
    term_stream(seed, key, "rank").uniform()
}

/// Clicks a week of the mean term under [`zipf`].
const MEAN_ZIPF: f64 = 60.0;
/// Clicks a week of the median busy term; puts an account of a few hundred terms at about 60 a term and week.
const MEDIAN_HEAD: f64 = 34.0;

/// Three in a hundred are paused in the last third, six are new in the last weeks, half of those
/// with a timid opening bid; twelve began somewhere on the way.
fn time_on_air(managed: &mut Managed, weeks: usize, stream: &mut Stream) {
    let fate = stream.uniform();
    if weeks < 6 {
        return;
    }
    if fate < 0.03 {
        managed.end = weeks - 1 - index(weeks / 3, stream);
    } else if fate < 0.09 {
        managed.first = weeks - 1 - index((weeks / 3).min(8), stream);
        if stream.uniform() < 0.5 {
            managed.intensity *= 0.05;
        }
    } else if fate < 0.21 {
        managed.first = index(weeks - 2, stream);
    }
}
