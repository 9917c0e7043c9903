use super::{account, sum};
use crate::simulate::hidden::share_text;
use crate::simulate::{OTHER_TERMS, Rows, SimulateSettings, hide_small_terms, observation_csv, simulate};

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
