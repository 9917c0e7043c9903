use super::{account, sum};
use crate::simulate::hidden::{lost_text, share_text};
use crate::simulate::{OTHER_TERMS, Rows, SimulateSettings, hide_small_terms, observation_csv, play_week, simulate};

#[test]
fn hidden_terms_keep_the_totals() {
    let made = account(|settings| (settings.terms, settings.weeks) = (300, 12));
    let (whole, shown) = (&made.observation, hide_small_terms(&made.observation, 3.0));
    assert!(shown.terms.len() < whole.terms.len());
    assert!(shown.terms.is_sorted_by(|one, other| one.key < other.key));
    let pools = shown.terms.iter().filter(|term| term.key.term == OTHER_TERMS).count();
    assert!((1..=made.truth.campaigns.len()).contains(&pools));
    let measures: [fn(&Rows) -> &[f64]; 5] = [
        |rows| &rows.impressions,
        |rows| &rows.clicks,
        |rows| &rows.conversions,
        |rows| &rows.cost,
        |rows| &rows.revenue,
    ];
    for measure in measures {
        let (all, seen) = (sum(measure(&whole.rows)), sum(measure(&shown.rows)));
        assert!((all - seen).abs() <= 1e-9 * all);
    }
    let counts = shown.to_counts();
    let clicks = counts.by_term(&counts.cells.clicks);
    for (term, clicks) in shown.terms.iter().zip(clicks) {
        assert!(term.key.term == OTHER_TERMS || clicks >= 36.0);
    }
    assert_eq!(hide_small_terms(whole, 0.0), *whole);
}

#[test]
fn shares_are_written_as_platforms_write_them() {
    assert_eq!(share_text(Some(0.4321)), "43.21%");
    assert_eq!(share_text(Some(0.0999)), "< 10%");
    assert_eq!(share_text(Some(0.9)), "90.00%");
    assert_eq!(share_text(Some(0.91)), "> 90%");
    assert_eq!(share_text(None), "");
    assert_eq!((lost_text(Some(0.031)), lost_text(Some(0.95))), ("3.10%".to_owned(), "> 90%".to_owned()));
}

#[test]
fn a_ceiling_ends_what_money_buys_and_shows_as_impression_share() {
    let made = account(|settings| (settings.terms, settings.weeks, settings.ceiling) = (120, 8, Some(2.0)));
    let truth = &made.truth;
    for term in 0..120 {
        let full = truth.full_spend(term);
        let most = truth.ceiling[term] * truth.demand[term];
        assert!((truth.clicks(term, full, 1.0) / most - 1.0).abs() < 1e-9);
        assert!((truth.clicks(term, 3.0 * full, 1.0) / most - 1.0).abs() < 1e-9);
        assert!(truth.clicks(term, 0.9 * full, 1.0) < most);
    }
    let shares = &made.observation.rows.impression_share;
    assert!(shares.iter().flatten().count() * 10 > shares.len() * 9);
    assert!(shares.iter().flatten().all(|share| (0.0..=1.0).contains(share)));
    let text = observation_csv(&made.observation);
    assert!(text.lines().next().expect("a head").contains("max_cpc,impression_share,lost_is_rank,margin"));
    // nothing else changes but what a ceiling stops
    let free = account(|settings| (settings.terms, settings.weeks) = (120, 8));
    assert_eq!(free.truth.cvr, truth.cvr);
    let spend = &free.truth.reference_spend;
    assert!((0..120).all(|term| truth.clicks(term, spend[term], 1.0) <= free.truth.clicks(term, spend[term], 1.0)));
}

#[test]
fn a_trend_multiplies_demand() {
    let of = |trend| {
        let settings = SimulateSettings { terms: 5, weeks: 53, trend, ..SimulateSettings::default() };
        simulate(&settings).expect("the settings are in range").truth.season
    };
    let (still, rising) = (of(0.0), of(0.5));
    assert_eq!(still[0], rising[0]);
    assert!((rising[52] / still[52] - 0.5_f64.exp()).abs() < 1e-12);
}

#[test]
fn a_budget_ends_before_the_searches_and_shows_as_a_lost_share() {
    let made = account(|settings| {
        (settings.terms, settings.weeks, settings.ceiling, settings.budget_limited) = (150, 20, Some(2.5), 0.5);
    });
    let (truth, rows) = (&made.truth, &made.observation.rows);
    let held = truth.campaigns.iter().filter(|campaign| campaign.served.is_some()).count();
    assert!(held > 2 && held < truth.campaigns.len() - 2, "{held}");
    for row in 0..rows.len() {
        let cell = rows.cell(row);
        let Some(share) = cell.impression_share else { continue };
        let lost = [cell.lost_to_budget.expect("reported"), cell.lost_to_rank().expect("reported")];
        assert!((share + lost[0] + lost[1] - 1.0).abs() < 1e-12, "{cell:?}");
        let campaign = &truth.campaigns[truth.campaign[rows.term[row] as usize] as usize];
        assert_eq!(cell.campaign_budget > 0.0, campaign.served.is_some());
        assert!(campaign.served.is_some() || lost[0] == 0.0);
    }
    for term in 0..truth.terms.len() {
        let Some(end) = truth.straight[term] else { continue };
        let clicks = |spend| truth.clicks(term, spend, 1.0);
        assert!((clicks(0.5 * end) - 0.5 * clicks(end)).abs() <= 1e-12 * clicks(end));
        assert!((truth.click_curves()[term].value(1.1 * end) - clicks(1.1 * end)).abs() <= 1e-9 * clicks(end));
        assert!((truth.click_curves()[term].value(0.7 * end) - clicks(0.7 * end)).abs() <= 1e-9 * clicks(end));
    }
}

#[test]
fn held_campaigns_spend_their_budget_and_little_more() {
    let mut settings = SimulateSettings { terms: 150, weeks: 20, season: 0.3, ..SimulateSettings::default() };
    (settings.ceiling, settings.budget_limited, settings.lever_moves) = (Some(2.5), 1.0, 0.0);
    let mut made = simulate(&settings).expect("the settings are in range");
    // every term on air: budgets are those of all of them
    let weeks = made.observation.weeks.len();
    let before = sum(&made.observation.rows.cost) / weeks as f64;
    let spend = made.truth.current_spend.clone();
    let outcome = play_week(&mut made, &settings, &spend).expect("a plan that fits");
    let expected = sum(&spend);
    assert!(outcome.spend <= expected * (1.0 + 1e-9), "{outcome:?} against {expected}");
    // terms come and go, and demand below the budget leaves some of it
    assert!(before > 0.7 * expected && before < 1.1 * expected, "{before} against {expected}");
    // half the spend is half the clicks
    let half: Vec<f64> = spend.iter().map(|spend| 0.5 * spend).collect();
    let clicks = |plan: &[f64]| made.truth.expected(plan).expect("a plan that fits").clicks;
    assert!((clicks(&half) / clicks(&spend) - 0.5).abs() < 1e-9);
}
