//! Elasticities against the truth of simulated accounts.

mod budgets;

use super::hierarchy::{Campaign, Evidence};
use super::track::Track;
use super::*;
use crate::simulate::{SimulateSettings, play_week, simulate};

fn learned(counts: &Counts) -> Elasticities {
    let baseline = Baseline::new(counts, 4);
    let terms = counts.terms.len();
    elasticities(counts, &baseline, &vec![true; terms], &vec![false; terms], &ResponseSettings::default())
}

/// Slope of log clicks in log cost of each term, least squares: what not to do.
fn naive(counts: &Counts, term: usize) -> Option<f64> {
    let cost = counts.cells.cost.as_ref()?;
    let rows: Vec<(f64, f64)> = counts
        .cells
        .of_term(term)
        .filter(|&cell| counts.cells.clicks[cell] > 0.0 && cost[cell] > 0.0)
        .map(|cell| (cost[cell].ln(), counts.cells.clicks[cell].ln()))
        .collect();
    let count = rows.len() as f64;
    let (x, y) = (rows.iter().map(|r| r.0).sum::<f64>() / count, rows.iter().map(|r| r.1).sum::<f64>() / count);
    let xx: f64 = rows.iter().map(|r| (r.0 - x) * (r.0 - x)).sum();
    let xy: f64 = rows.iter().map(|r| (r.0 - x) * (r.1 - y)).sum();
    (rows.len() > 3 && xx > 0.0).then_some(xy / xx)
}

/// Sums over the terms of simulated accounts: terms, those whose 90% interval holds the truth, absolute errors, and those of
/// the naive slope.
#[derive(Default)]
struct Score {
    terms: f64,
    held: f64,
    error: f64,
    naive: f64,
}

impl Score {
    fn add(&mut self, settings: &SimulateSettings) {
        let made = simulate(settings).expect("an account");
        let counts = made.observation.to_counts();
        let told = learned(&counts);
        assert!(told.evidence.moved_terms > 0);
        for (term, known) in counts.terms.iter().enumerate() {
            let Some(slope) = naive(&counts, term) else { continue };
            let at = made.truth.terms.binary_search(&known.key).expect("a term of the account");
            let miss = (made.truth.elasticity[at] - told.mean[term]).abs();
            self.terms += 1.0;
            // 1.645 standard deviations hold 90% of a normal
            self.held += f64::from(u8::from(miss < 1.645 * told.sd[term].total()));
            self.error += miss;
            self.naive += (made.truth.elasticity[at] - slope).abs();
        }
    }

    /// Coverage, and the error over the naive one.
    fn figures(&self) -> (f64, f64) {
        (self.held / self.terms, self.error / self.naive)
    }
}

/// The same with half of the campaigns held by their budget.
fn held(settings: &SimulateSettings) -> SimulateSettings {
    SimulateSettings { ceiling: Some(4.0), budget_limited: 0.5, ..settings.clone() }
}

/// Intervals hold 85 to 95% of the truths and errors are at most half of the naive ones, whether demand is told by the
/// rest of the campaign or by impression share, in short accounts and in small ones. Terms of an account share what is not
/// known of it, so each figure is over several accounts: one of small accounts has a standard error of about 0.02.
#[test]
fn bids_that_moved_tell_the_elasticity() {
    let usual = |seed| SimulateSettings { seed, weeks: 52, ..SimulateSettings::default() };
    let accounts: [(&str, Vec<SimulateSettings>); 5] = [
        ("usual", (1..=5).map(usual).collect()),
        ("by share", (1..=5).map(|seed| SimulateSettings { ceiling: Some(4.0), ..usual(seed) }).collect()),
        ("held by budgets", (1..=5).map(|seed| held(&usual(seed))).collect()),
        ("half a year", (1..=5).map(|seed| SimulateSettings { weeks: 26, ..usual(seed) }).collect()),
        ("small", (1..=24).map(|seed| SimulateSettings { terms: 40, ..usual(seed) }).collect()),
    ];
    for (name, settings) in accounts {
        let mut score = Score::default();
        for settings in &settings {
            score.add(settings);
        }
        let (coverage, ratio) = score.figures();
        assert!((0.85..=0.95).contains(&coverage), "{name}: coverage {coverage:.3}");
        assert!(ratio <= 0.5, "{name}: {ratio:.3} of the naive error");
    }
}

/// Mean of what is learned less the truth, over the terms of six accounts.
fn bias(settings: &SimulateSettings) -> f64 {
    let (mut miss, mut terms) = (0.0, 0.0);
    for seed in 1..=6 {
        let made = simulate(&SimulateSettings { seed, ..settings.clone() }).expect("an account");
        let counts = made.observation.to_counts();
        for (term, mean) in counts.terms.iter().zip(learned(&counts).mean) {
            let at = made.truth.terms.binary_search(&term.key).expect("a term of the account");
            miss += mean - made.truth.elasticity[at];
            terms += 1.0;
        }
    }
    miss / terms
}

/// In these accounts bids move until spend has changed as wanted, so elastic terms have the small moves and say least; the
/// others must not speak for all. If they do, means are 0.027 too low, and 0.012 as they are learned; six accounts tell that to
/// ± 0.004.
#[test]
fn elasticities_are_right_on_average_where_bids_follow_wanted_spend() {
    let bias = bias(&SimulateSettings { terms: 500, weeks: 52, ..SimulateSettings::default() });
    assert!(bias.abs() < 0.02, "{bias}");
}

/// Whoever follows a plan week after week raises all bids of a good campaign together, every week: no still weeks, and no rest of
/// the campaign to hold a term against. Its largest term is then told by its own clicks and cost against the rest of the
/// account: to a mean error of 0.05 after 16 weeks of 15% more, where the prior's is 0.066 (without its own course the
/// answer is the prior).
#[test]
fn a_campaign_that_is_raised_every_week_tells_of_its_largest_term() {
    let (mut error, mut prior, mut seeds) = (0.0, 0.0, 0.0);
    for seed in 1..=12 {
        let settings = SimulateSettings { seed, terms: 200, lever_moves: 0.0, ..SimulateSettings::default() };
        let mut made = simulate(&settings).expect("an account");
        let mut spend = made.truth.current_spend.clone();
        let largest = (0..spend.len()).max_by(|&a, &b| spend[a].total_cmp(&spend[b])).expect("terms");
        let campaign = made.truth.campaign.clone();
        for _ in 0..16 {
            for (spend, _) in spend.iter_mut().zip(&campaign).filter(|(_, own)| **own == campaign[largest]) {
                *spend *= 1.15;
            }
            play_week(&mut made, &settings, &spend).expect("a week");
        }
        let counts = made.observation.to_counts();
        let term = counts.terms.iter().position(|term| term.key == made.truth.terms[largest]).expect("the term");
        let told = learned(&counts);
        let truth = made.truth.elasticity[largest];
        assert_eq!(told.basis[term], CurveBasis::Data, "seed {seed}");
        assert!(
            (told.mean[term] - truth).abs() < 3.0 * told.sd[term].total(),
            "seed {seed}: {} {truth}",
            told.mean[term]
        );
        error += (told.mean[term] - truth).abs();
        prior += (0.7 - truth).abs();
        seeds += 1.0;
    }
    assert!(error / seeds < 0.055 && error < 0.8 * prior, "{} {}", error / seeds, prior / seeds);
}

/// Where all bids of an account are raised together, nothing tells demand from the answer: no certainty comes of it, and the prior is
/// not given back as data.
#[test]
fn bids_that_all_move_together_leave_the_prior() {
    for seed in 1..=4 {
        let settings = SimulateSettings { seed, terms: 120, lever_moves: 0.0, ..SimulateSettings::default() };
        let mut made = simulate(&settings).expect("an account");
        let still = made.truth.current_spend.clone();
        for week in 0..12 {
            let spend: Vec<f64> = still.iter().map(|spend| if week < 6 { 1.4 * spend } else { *spend }).collect();
            play_week(&mut made, &settings, &spend).expect("a week");
        }
        let told = learned(&made.observation.to_counts());
        let sure = told.sd.iter().filter(|sd| sd.total() < 0.08).count();
        assert!(20 * sure < told.sd.len(), "seed {seed}: {sure} of {}", told.sd.len());
    }
}

/// In an account of one campaign nobody else tells the season: the answer is that of the campaign's other terms, as it is for the
/// same campaign beside others.
#[test]
fn a_season_is_not_taken_for_an_answer_where_there_is_one_campaign() {
    let (mut miss, mut held, mut terms) = (0.0, 0.0, 0.0);
    for seed in 1..=8 {
        let settings = SimulateSettings { seed, weeks: 40, season: 0.5, terms: 300, ..SimulateSettings::default() };
        let made = simulate(&settings).expect("an account");
        let mut counts = made.observation.to_counts();
        for term in &mut counts.terms {
            term.key.campaign = Some("one".into());
        }
        let told = learned(&counts);
        for (term, known) in made.truth.elasticity.iter().zip(told.mean.iter().zip(&told.sd)) {
            miss += (term - known.0).abs();
            held += f64::from(u8::from((term - known.0).abs() < 1.645 * known.1.total()));
            terms += 1.0;
        }
    }
    assert!(miss / terms < 0.08 && held / terms > 0.85, "{} {}", miss / terms, held / terms);
}

/// A term of 40 clicks a week without a row did not run; one of a click a week may have had none.
#[test]
fn weeks_in_which_a_term_rested_are_no_weeks_without_answers() {
    let settings = SimulateSettings { seed: 2, terms: 60, weeks: 20, ..SimulateSettings::default() };
    let mut made = simulate(&settings).expect("an account");
    let mut spend = made.truth.current_spend.clone();
    let largest = (0..spend.len()).max_by(|&a, &b| spend[a].total_cmp(&spend[b])).expect("terms");
    let set = spend[largest];
    for week in 0..8 {
        spend[largest] = if (2..5).contains(&week) { 0.0 } else { set };
        play_week(&mut made, &settings, &spend).expect("a week");
    }
    let counts = made.observation.to_counts();
    let term = counts.terms.iter().position(|term| term.key == made.truth.terms[largest]).expect("the term");
    let track = Track::of(&counts, term).expect("a track");
    let rested: Vec<usize> = (1..track.ran.len()).filter(|&at| !track.ran[at]).map(|at| track.first + at).collect();
    assert_eq!(rested, [22, 23, 24]);
    let weeks: Vec<usize> = track.weeks().map(|(period, ..)| period).collect();
    assert!(weeks.contains(&21) && weeks.contains(&25) && !weeks.contains(&23));
    let mean = |term: usize| {
        let cells = counts.cells.of_term(term);
        let impressions = counts.cells.impressions.as_ref().expect("impressions");
        cells.clone().map(|cell| impressions[cell]).sum::<f64>() / cells.count() as f64
    };
    let small = (0..counts.terms.len()).filter(|&term| mean(term) < 5.0);
    let tracks: Vec<Track> = small.filter_map(|term| Track::of(&counts, term)).collect();
    assert!(tracks.iter().any(|track| track.clicks.len() > 3));
    assert!(tracks.iter().all(|track| track.ran[1..].iter().all(|&ran| ran)));
}

/// Spend that only followed demand teaches nothing, whether bids are known not to have moved or are not known at all: the
/// prior, exactly.
#[test]
fn demand_alone_teaches_nothing() {
    for seed in 1..=8 {
        let settings = SimulateSettings { seed, lever_moves: 0.0, season: 0.4, ..SimulateSettings::default() };
        let still = simulate(&settings).expect("an account").observation.to_counts();
        let mut unknown = still.clone();
        unknown.cells.signals = crate::counts::Signals::default();
        for counts in [still, unknown] {
            let told = learned(&counts);
            assert!(told.mean.iter().all(|&mean| mean == 0.7));
            assert!(told.sd.iter().all(|sd| (sd.total() - 0.15).abs() < 1e-15));
            assert!(told.basis.iter().all(|&basis| basis == CurveBasis::Prior));
        }
    }
}

#[test]
fn a_test_of_bids_is_proposed_where_nothing_moved() {
    let settings = SimulateSettings { lever_moves: 0.0, ..SimulateSettings::default() };
    let still = simulate(&settings).expect("an account").observation.to_counts();
    let mut unknown = still.clone();
    unknown.cells.signals = crate::counts::Signals::default();
    for counts in [still, unknown] {
        let told = learned(&counts);
        let notes: Vec<&str> = told.notes.0.iter().map(|note| note.code).collect();
        assert_eq!(notes, ["elasticity-prior", "lever-test"]);
    }
}

/// The test that is proposed, played on accounts in which nothing moved: what it tells is as precise as was said, and the terms' true
/// elasticities are where it says. Figures are over several accounts, as one test is one draw.
#[test]
fn a_test_of_bids_tells_what_was_promised() {
    let (mut promised, mut told_sd, mut held, mut terms) = (0.0, 0.0, 0.0, 0.0);
    for seed in 1..=8 {
        let settings =
            SimulateSettings { seed, terms: 200, lever_moves: 0.0, weeks: 52, ..SimulateSettings::default() };
        let mut made = simulate(&settings).expect("an account");
        let counts = made.observation.to_counts();
        let groups = Groups::by_campaign(&counts);
        let surveyed: Vec<Surveyed> = groups.members().iter().map(|members| survey(&counts, members)).collect();
        let courses: Vec<&Course> = surveyed.iter().map(|surveyed| &surveyed.course).collect();
        let response = ResponseSettings::default();
        let proposal = proposal::propose(&counts, &response, &courses).expect("a test");
        let tested: Vec<&str> = proposal.campaigns.iter().map(|&campaign| groups.names[campaign].as_str()).collect();
        let is_tested = |term: usize, made: &crate::simulate::Simulated| {
            made.truth.terms[term].campaign.as_deref().is_some_and(|campaign| tested.contains(&campaign))
        };
        let still = made.truth.current_spend.clone();
        for week in 0..8 {
            let spend: Vec<f64> = (0..still.len())
                .map(|term| {
                    // a bid of a tenth more
                    let raised = week < 4 && is_tested(term, &made);
                    let factor = if raised { 1.1_f64.powf(1.0 / (1.0 - made.truth.elasticity[term])) } else { 1.0 };
                    factor * still[term]
                })
                .collect();
            play_week(&mut made, &settings, &spend).expect("a week");
        }
        let counts = made.observation.to_counts();
        let told = learned(&counts);
        let own: Vec<usize> = (0..counts.terms.len())
            .filter(|&term| {
                let at = made.truth.terms.binary_search(&counts.terms[term].key).expect("a term of the account");
                is_tested(at, &made) && still[at] > 0.0
            })
            .collect();
        let shared = |sd: &ElasticitySd| sd.account.hypot(sd.campaign);
        promised += proposal.common;
        told_sd += own.iter().map(|&term| shared(&told.sd[term])).sum::<f64>() / own.len() as f64;
        for term in own {
            let at = made.truth.terms.binary_search(&counts.terms[term].key).expect("a term of the account");
            let miss = (told.mean[term] - made.truth.elasticity[at]).abs();
            held += f64::from(u8::from(miss < 1.645 * told.sd[term].total()));
            terms += 1.0;
        }
    }
    let ratio = told_sd / promised;
    assert!((0.7..1.3).contains(&ratio), "told {:.3}, promised {:.3}", told_sd / 8.0, promised / 8.0);
    assert!(held / terms > 0.8, "{:.3}", held / terms);
}

/// Weeks in which a term had every search there is say nothing of how it answers to bids below that: taken for answers they
/// make elasticities 0.06 too low at a ceiling of twice the clicks, and 0.13 at 1.3.
#[test]
fn full_terms_do_not_lower_elasticities() {
    for ceiling in [2.0, 1.3] {
        let bias = bias(&SimulateSettings { weeks: 52, ceiling: Some(ceiling), ..SimulateSettings::default() });
        assert!(bias.abs() < 0.03, "{ceiling}: {bias:.3}");
    }
}

/// Without evidence, the hierarchy gives back its prior: 2e-3 is what a grid of 64 nodes rounds.
#[test]
fn a_hierarchy_without_evidence_is_its_prior() {
    for (mean, sd) in [(0.7, 0.15), (0.5, 0.2), (0.85, 0.08)] {
        let flat = Evidence { term: 0, likelihood: vec![0.0; grid::NODES], weight: 1.0, size: None };
        let told = learn(&[Campaign { terms: vec![flat], common: None }, Campaign::default()], mean, sd);
        for known in [told.terms[0][0], told.campaign[0], told.campaign[1]] {
            assert!((known.mean - mean).abs() < 2e-3 && (known.total().sqrt() - sd).abs() < 2e-3, "{known:?}");
        }
    }
}

/// Two levels of a bid in equal demand: the likelihood is that of a binomial, whose best answer is the log of the ratio of
/// clicks over the step.
#[test]
fn the_likelihood_of_a_step_is_binomial() {
    let grid: Vec<f64> = (0..400).map(|at| 0.01 * f64::from(at)).collect();
    let mut counts = Counts::default();
    let weeks = 12;
    counts.calendar.periods = vec![crate::counts::Period { start: None, end: None, complete: true }; weeks];
    counts.terms = vec![crate::domain::Term::default()];
    counts.cells.offsets = vec![0, weeks];
    counts.cells.period = (0..12).collect();
    counts.cells.impressions = Some(vec![1000.0; weeks]);
    counts.cells.clicks = (0..12).map(|week| if week < 6 { 40.0 } else { 60.0 }).collect();
    counts.cells.signals.max_cpc = Some((0..12).map(|week| if week < 6 { 1.0 } else { 1.25 }).collect());
    let half = vec![0.5; weeks];
    counts.cells.signals.impression_share = Some(crate::counts::Shares { lower: half.clone(), upper: half });
    let panel = Panel::new(&counts, &[0]);
    let told = terms::tell(&panel, 0, 1.0, &grid).expect("a step");
    let best = grid[(0..grid.len()).max_by(|&a, &b| told.likelihood[a].total_cmp(&told.likelihood[b])).unwrap()];
    assert!((best - 1.5_f64.ln() / 1.25_f64.ln()).abs() < 0.006, "{best}");
    let binomial = |r: f64| {
        let p = 1.25_f64.powf(r) / (1.0 + 1.25_f64.powf(r));
        360.0 * p.ln() + 240.0 * (1.0 - p).ln()
    };
    for at in [50, 150, 300] {
        let (here, there) = (told.likelihood[at] - told.likelihood[0], binomial(grid[at]) - binomial(grid[0]));
        assert!((here - there).abs() < 1e-9, "{here} {there}");
    }
}

/// One campaign, half of its bids up while the other half is down: an experiment, not a move of the campaign.
#[test]
fn bids_that_take_turns_are_told_apart_from_moves_of_the_campaign() {
    let weeks = 40;
    let mut counts = Counts::default();
    counts.calendar.periods = vec![crate::counts::Period { start: None, end: None, complete: true }; weeks];
    counts.cells.offsets = vec![0];
    let mut stream = crate::numeric::stream::Stream::new(5, 1);
    let mut bids = Vec::new();
    let demand: Vec<f64> = (0..weeks).map(|_| (0.3 * stream.normal()).exp()).collect();
    for term in 0..10 {
        let mut key = crate::domain::Term::default();
        key.key.term = format!("{term:02}");
        counts.terms.push(key);
        for (week, demand) in demand.iter().enumerate() {
            let bid: f64 = if (week / 4 + term) % 2 == 0 { 1.0 } else { 1.2 };
            counts.cells.period.push(u32::try_from(week).unwrap());
            counts.cells.clicks.push(stream.poisson(100.0 * demand * bid.powf(1.5)));
            bids.push(bid);
        }
        counts.cells.offsets.push(counts.cells.period.len());
    }
    counts.cells.signals.max_cpc = Some(bids);
    let told = learned(&counts);
    assert_eq!((told.evidence.moved_terms, told.evidence.moved_campaigns), (10, 0));
    // r = 1.5 is an elasticity of 0.6
    let mean = told.mean.iter().sum::<f64>() / 10.0;
    assert!((mean - 0.6).abs() < 0.04, "{mean}");
    assert!(told.sd.iter().all(|sd| sd.total() < 0.06));
}
