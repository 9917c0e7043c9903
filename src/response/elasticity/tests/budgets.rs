//! Budgets as levers.

use super::*;

/// A budget that is never used up moves nothing when it is moved.
#[test]
fn budgets_that_do_not_hold_teach_nothing() {
    let settings = SimulateSettings { lever_moves: 0.0, ..SimulateSettings::default() };
    let mut counts = simulate(&settings).expect("an account").observation.to_counts();
    let groups = Groups::by_campaign(&counts);
    let cost = counts.cells.cost.clone().expect("costs");
    let mut spend = vec![vec![0.0_f64; counts.calendar.periods.len()]; groups.names.len()];
    for term in 0..counts.terms.len() {
        for cell in counts.cells.of_term(term) {
            spend[groups.of_term[term] as usize][counts.cells.period[cell] as usize] += cost[cell];
        }
    }
    for (factor, is_told) in [(3.0, false), (0.9, true)] {
        let mut budgets = vec![0.0; cost.len()];
        for term in 0..counts.terms.len() {
            let campaign = groups.of_term[term] as usize;
            for cell in counts.cells.of_term(term) {
                let week = counts.cells.period[cell] as usize;
                let mean = spend[campaign].iter().sum::<f64>() / spend[campaign].len() as f64;
                budgets[cell] = factor * mean / 7.0 * if week % 12 < 6 { 1.0 } else { 1.2 };
            }
        }
        counts.cells.signals.campaign_budget = Some(budgets);
        let told = learned(&counts);
        assert_eq!(told.evidence.moved_campaigns > 0, is_told, "{factor}");
        assert!(is_told || told.mean.iter().all(|&mean| mean == 0.7));
    }
}

/// Budgets that moved tell the elasticity of campaigns without any bid: 12 campaigns whose clicks answer with 0.55.
#[test]
fn budgets_that_moved_tell_the_elasticity() {
    let (truth, weeks, campaigns) = (0.55, 40, 12);
    let mut counts = Counts::default();
    counts.calendar.periods = vec![crate::counts::Period { start: None, end: None, complete: true }; weeks];
    counts.cells.offsets = vec![0];
    let mut stream = crate::numeric::stream::Stream::new(11, 3);
    let (mut cost, mut budgets) = (Vec::new(), Vec::new());
    for campaign in 0..campaigns {
        let mut term = crate::domain::Term::default();
        term.key.campaign = Some(format!("{campaign:02}"));
        counts.terms.push(term);
        for week in 0..weeks {
            let budget: f64 = if (week / 8 + campaign) % 2 == 0 { 100.0 } else { 130.0 };
            let demand = (0.1 * stream.normal()).exp();
            let clicks = stream.poisson(400.0 * demand * (budget / 100.0).powf(truth));
            counts.cells.period.push(u32::try_from(week).unwrap());
            counts.cells.clicks.push(clicks);
            cost.push(budget * demand);
            budgets.push(budget / 7.0);
        }
        counts.cells.offsets.push(counts.cells.period.len());
    }
    counts.cells.cost = Some(cost);
    counts.cells.signals.campaign_budget = Some(budgets);
    let told = learned(&counts);
    assert_eq!(told.evidence.moved_campaigns, campaigns);
    for (mean, sd) in told.mean.iter().zip(&told.sd) {
        assert!((mean - truth).abs() < 2.0 * sd.total() && sd.total() < 0.12, "{mean} {sd:?}");
    }
}
