use super::{account, sum};
use crate::domain::Status;
use crate::simulate::{SimulateError, SimulateSettings, play_week, simulate};

#[test]
fn a_week_played_is_a_week_more() {
    let settings = SimulateSettings { terms: 200, weeks: 10, ..SimulateSettings::default() };
    let before = simulate(&settings).expect("the settings are in range");
    let mut after = before.clone();
    let plan = before.truth.current_spend.clone();
    let outcome = play_week(&mut after, &settings, &plan).expect("a full plan");
    assert_eq!(after.observation.weeks.len(), 11);
    assert_eq!(&after.observation.weeks[..10], &before.observation.weeks[..]);
    assert_eq!(&after.truth.season[..10], &before.truth.season[..]);
    assert_eq!(&after.truth.campaigns[3].demand[..10], &before.truth.campaigns[3].demand[..]);
    let (old, new) = (&before.observation.rows, &after.observation.rows);
    let kept: Vec<usize> = (0..new.len()).filter(|&row| new.week[row] < 10).collect();
    assert_eq!(kept.len(), old.len());
    assert!(kept.iter().enumerate().all(|(at, &row)| old.term[at] == new.term[row] && old.cell(at) == new.cell(row)));
    let added: f64 = (0..new.len()).filter(|&row| new.week[row] == 10).map(|row| new.cost[row]).sum();
    // demand varies by a fifth a term
    assert!((added / outcome.spend - 1.0).abs() < 0.25, "{added} for {}", outcome.spend);
    assert!((outcome.spend / sum(&plan) - 1.0).abs() < 0.5);
    assert_eq!(after.truth.current_spend, plan);
    assert!(after.truth.cvr.iter().zip(&before.truth.cvr).all(|(now, then)| (now / then).ln().abs() < 0.12));
}

#[test]
fn many_weeks_bring_what_was_expected_of_them() {
    let settings = SimulateSettings { terms: 150, weeks: 4, ..SimulateSettings::default() };
    let mut made = simulate(&settings).expect("the settings are in range");
    let plan: Vec<f64> = made.truth.reference_spend.iter().map(|spend| 0.8 * spend).collect();
    let (mut conversions, mut clicks, mut cost) = (0.0, 0.0, 0.0);
    for _ in 0..40 {
        let outcome = play_week(&mut made, &settings, &plan).expect("a full plan");
        conversions += outcome.conversions;
        clicks += outcome.clicks;
        cost += outcome.spend;
    }
    let rows = &made.observation.rows;
    let later =
        |measure: &[f64]| (0..rows.len()).filter(|&row| rows.week[row] >= 4).map(|row| measure[row]).sum::<f64>();
    assert!((later(&rows.clicks) / clicks - 1.0).abs() < 0.03, "{} for {clicks}", later(&rows.clicks));
    assert!((later(&rows.cost) / cost - 1.0).abs() < 0.03, "{} for {cost}", later(&rows.cost));
    assert!((later(&rows.conversions) / conversions - 1.0).abs() < 0.05, "{}", later(&rows.conversions));
}

#[test]
fn policies_meet_the_same_luck() {
    let settings = SimulateSettings { terms: 80, weeks: 6, ..SimulateSettings::default() };
    let start = simulate(&settings).expect("the settings are in range");
    let (mut one, mut other) = (start.clone(), start);
    let mut plan = one.truth.reference_spend.clone();
    play_week(&mut one, &settings, &plan).expect("a full plan");
    plan[0] = 0.0;
    play_week(&mut other, &settings, &plan).expect("a full plan");
    assert_eq!(one.truth.cvr, other.truth.cvr);
    let others = |made: &crate::simulate::Simulated| {
        let rows = &made.observation.rows;
        (0..rows.len()).filter(|&row| rows.term[row] > 0).map(|row| rows.cell(row)).collect::<Vec<_>>()
    };
    assert_eq!(others(&one), others(&other));
    let last = |made: &crate::simulate::Simulated| {
        let rows = &made.observation.rows;
        (0..rows.len()).filter(|&row| rows.term[row] == 0 && rows.week[row] == 6).count()
    };
    assert_eq!(last(&other), 0, "a term without spend is not shown");
}

#[test]
fn a_paused_term_with_spend_is_enabled() {
    let settings = SimulateSettings { weeks: 30, ..SimulateSettings::default() };
    let mut made = account(|settings| settings.weeks = 30);
    let paused = |made: &crate::simulate::Simulated| {
        made.observation.terms.iter().filter(|term| term.status == Status::Paused).count()
    };
    assert!(paused(&made) > 0);
    let plan = made.truth.reference_spend.clone();
    play_week(&mut made, &settings, &plan).expect("a full plan");
    assert_eq!(paused(&made), 0);
}

#[test]
fn a_plan_that_does_not_fit_changes_nothing() {
    let mut made = account(|settings| settings.weeks = 2);
    let before = made.clone();
    let settings = SimulateSettings { weeks: 2, ..SimulateSettings::default() };
    let error = play_week(&mut made, &settings, &[]).expect_err("an empty plan");
    assert_eq!(error, SimulateError::PlanLength { given: 0, terms: 400 });
    assert_eq!(made, before);
}
