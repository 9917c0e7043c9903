//! Candidates to exclude and to take up, on a simulated account with known truth.

use super::*;
use crate::recommend::CandidateKind;

#[test]
fn candidates_are_what_the_truth_says_they_are() {
    let simulated =
        SimulateSettings { terms: 300, weeks: 40, seed: 21, margin: Some(0.4), ..SimulateSettings::default() };
    let account = made(&simulated);
    let settings = PolicySettings { objective: Some(Objective::Profit), ..settings() };
    let (plan, responses) = planned(&account, &settings);
    let of = |kind| plan.candidates.iter().filter(move |candidate| candidate.kind == kind);
    let (negatives, exacts) = (of(CandidateKind::Negative).count(), of(CandidateKind::Exact).count());
    assert!(negatives >= 5 && exacts >= 5, "{negatives} {exacts}");
    let truth = &account.simulated.truth;
    let wrong = plan.candidates.iter().filter(|candidate| {
        let row = &plan.rows[candidate.index];
        let cpc = responses.current_spend[row.index] / responses.current_clicks[row.index];
        let margin = account.counts.terms[row.index].margin.unwrap_or(0.4);
        let earns = truth.cvr[row.index] * truth.order_value[row.index] * margin / cpc;
        match candidate.kind {
            CandidateKind::Negative => earns >= 0.5,
            CandidateKind::Exact => earns <= 1.0,
        }
    });
    // the end of a 90% interval lies on the wrong side of the truth in one of twenty
    assert!(wrong.count() as f64 <= 0.1 * (negatives + exacts) as f64);
    for candidate in &plan.candidates {
        let row = &plan.rows[candidate.index];
        assert!(row.own_data_weight >= 0.5 && row.state == State::Active && row.current_spend > 0.0);
        assert!(candidate.returns[1] <= candidate.returns[0] && candidate.returns[0] <= candidate.returns[2]);
        if candidate.kind == CandidateKind::Exact {
            let same = |other: &&Recommendation| other.key.term.eq_ignore_ascii_case(&row.key.term);
            assert!(!plan.rows.iter().filter(same).any(|other| other.key.match_type.as_deref() == Some("exact")));
        }
    }
}
