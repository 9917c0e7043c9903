use super::*;
use crate::response::{Responses, Searches, respond};
use crate::simulate::{SimulateSettings, Simulated, simulate};

/// An account with an end to its searches, half of its campaigns held by their budget.
fn account() -> (Simulated, Counts, Baseline) {
    let settings = SimulateSettings {
        terms: 240,
        weeks: 26,
        seed: 5,
        ceiling: Some(1.6),
        budget_limited: 0.5,
        lever_moves: 0.0,
        season: 0.0,
        ..SimulateSettings::default()
    };
    let simulated = simulate(&settings).unwrap();
    let counts = simulated.observation.to_counts();
    let baseline = Baseline::new(&counts, 4);
    (simulated, counts, baseline)
}

fn responses(counts: &Counts, baseline: &Baseline, lever: LeverChoice) -> Responses {
    respond(counts, baseline, 1e4, &ResponseSettings { lever, ..ResponseSettings::default() })
}

/// Terms busy enough for their own weeks to be near their truth.
fn busy(counts: &Counts, baseline: &Baseline) -> Vec<usize> {
    (0..counts.terms.len()).filter(|&term| baseline.clicks[term] > 60.0 && baseline.spend[term] > 0.0).collect()
}

#[test]
fn budgets_hold_the_campaigns_that_lose_impressions_to_them() {
    let (simulated, counts, baseline) = account();
    let responses = responses(&counts, &baseline, LeverChoice::Auto);
    let truth = &simulated.truth;
    let mut straight = 0;
    for term in busy(&counts, &baseline) {
        let room = responses.headroom[term].unwrap();
        let served = truth.campaigns[truth.campaign[term] as usize].served;
        // demand moves what is lost by a few percent of it
        let is_straight = room.straight.is_some();
        assert_eq!(is_straight, served.is_some_and(|served| served < 0.97), "{served:?} {room:?}");
        straight += usize::from(is_straight);
    }
    assert!(straight > 5);
    let named: Vec<&str> = responses.rooms.iter().map(|room| room.name.as_str()).collect();
    let held = truth.campaigns.iter().filter(|campaign| campaign.served.is_some_and(|served| served < 0.97)).count();
    assert!(named.len() + 2 >= held && named.len() <= held, "{named:?} of {held}");
}

#[test]
fn clicks_beyond_today_are_those_of_the_truth() {
    let (simulated, counts, baseline) = account();
    let responses = responses(&counts, &baseline, LeverChoice::Auto);
    let truth = &simulated.truth;
    let (mut by_budget, mut ends, mut count) = ([0.0; 2], [0.0; 2], 0);
    for term in busy(&counts, &baseline) {
        let (Some(end), Some(room)) = (truth.straight[term], responses.headroom[term]) else { continue };
        let Some(straight) = room.straight else { continue };
        let spend = baseline.spend[term];
        ends = [ends[0] + spend * straight, ends[1] + end];
        let more = spend * (1.0 + 0.5 * (straight - 1.0));
        by_budget[0] += responses.clicks(term, more) / responses.clicks(term, spend);
        by_budget[1] += truth.clicks(term, more, 1.0) / truth.clicks(term, spend, 1.0);
        count += 1;
    }
    assert!(count > 5);
    // bids have to rise where the truth has them rise, but for what four weeks of demand differ from an average one
    assert!((ends[0] / ends[1] - 1.0).abs() < 0.15, "{ends:?}");
    let [predicted, true_gain] = by_budget.map(|sum| sum / f64::from(count) - 1.0);
    // both are the share of the way to the headroom
    assert!((predicted / true_gain - 1.0).abs() < 0.1, "{predicted} against {true_gain}");
}

#[test]
fn clicks_end_where_every_search_is_reached() {
    let (simulated, counts, baseline) = account();
    let responses = responses(&counts, &baseline, LeverChoice::Bid);
    assert!(responses.rooms.is_empty());
    let truth = &simulated.truth;
    for term in busy(&counts, &baseline) {
        let [least, most] = responses.headroom[term].unwrap().ceiling;
        let all = truth.ceiling[term] * truth.demand[term];
        let now = truth.clicks(term, truth.current_spend[term], 1.0);
        if now > 0.0 && responses.headroom[term].unwrap().straight.is_none() && most.is_finite() {
            // what four weeks of demand differ from an average week
            assert!(all / now > 0.6 * least && all / now < 1.6 * most, "{} in {least}..{most}", all / now);
        }
        let end = responses.clicks(term, 1e9);
        let point = responses.headroom[term].unwrap().point();
        assert!(end <= point * baseline.clicks[term] * (1.0 + 1e-9), "{end}");
    }
}

#[test]
fn a_budget_as_lever_needs_to_know_what_is_lost_to_it() {
    let (_, mut counts, baseline) = account();
    counts.cells.signals.lost_to_budget = None;
    let responses = responses(&counts, &baseline, LeverChoice::Budget);
    assert!(responses.rooms.is_empty());
    let told = responses.notes.0.iter().find(|note| note.code == "budget-untold").expect("said aloud");
    assert_eq!(told.count, Groups::by_campaign(&counts).names.len() as u64);
}

#[test]
fn a_censored_share_is_an_interval() {
    let room =
        Headroom { spend: 10.0, clicks: 5.0, straight: None, ceiling: [1.0, 1.0 / 0.9], seen: 1.3, caution: 0.1 };
    assert!(room.is_open());
    assert!((room.point() - 1.0 / 0.95).abs() < 1e-12);
    assert!((room.ceiling_at(0.0) - 1.0 / 0.9).abs() < 1e-12 && (room.ceiling_at(1.0) - 1.0).abs() < 1e-12);
    let open = Headroom { ceiling: [10.0, f64::INFINITY], ..room };
    assert!((open.point() - 20.0).abs() < 1e-9 && open.ceiling_at(0.0) == f64::INFINITY);
}

#[test]
fn a_busy_week_has_more_room_in_it() {
    let settings = SimulateSettings {
        terms: 120,
        weeks: 78,
        seed: 6,
        ceiling: Some(1.6),
        budget_limited: 0.5,
        season: 0.4,
        ..SimulateSettings::default()
    };
    let counts = simulate(&settings).unwrap().observation.to_counts();
    let baseline = Baseline::new(&counts, 4);
    // a quarter of a year on, where the season stands elsewhere
    let week = counts.calendar.as_of.map(|day| day + chrono::Days::new(1 + 7 * 13));
    let [busy, usual] = [true, false].map(|seasonality| {
        let settings = ResponseSettings { week, seasonality, ..ResponseSettings::default() };
        respond(&counts, &baseline, 1e4, &settings)
    });
    assert!(!busy.rooms.is_empty() && busy.rooms.len() == usual.rooms.len());
    let mut furthest: f64 = 0.0;
    for (busy_room, room) in busy.rooms.iter().zip(&usual.rooms) {
        let index = busy.demand_index[room.members[0] as usize];
        furthest = furthest.max((index - 1.0).abs());
        // what the terms can take and what the campaign can take grow alike
        assert_eq!(busy_room.spend, room.spend * index);
        for &term in &room.members {
            let ends = [&busy, &usual].map(|responses| responses.headroom[term as usize].map(|room| room.spend));
            if let [Some(busy), Some(usual)] = ends {
                assert_eq!(busy, usual * index);
            }
        }
    }
    assert!(furthest > 0.05, "{furthest}");
}

#[test]
fn a_value_at_one_spend_is_that_of_the_curve() {
    let ceilings = [[f64::INFINITY; 2], [1.4, 1.9], [1.05, 1.05]];
    for straight in [None, Some(1.0), Some(1.25), Some(3.0)] {
        for (ceiling, caution) in ceilings.into_iter().zip([0.0, 0.12, 0.3]) {
            let room = Headroom { spend: 80.0, clicks: 37.0, straight, ceiling, seen: 1.3, caution };
            for elasticity in [0.05, 0.4, 0.71, 1.0] {
                for demand in [0.8, 1.0, 1.3] {
                    for spend in [0.0, 0.5, 60.0, 80.0, 95.0, 104.0, 130.0, 250.0, 5000.0] {
                        let top = room.ceiling_at(0.3);
                        let wanted = room.at(demand).curve(elasticity, top).value(spend);
                        let mut found = [0.0];
                        let searches = Searches::new(vec![demand]);
                        room.at_spend(spend).clicks(&[elasticity], &[top], &searches, &mut found);
                        // exp of a sum of logarithms against powers: a few units in the last place
                        let near = (found[0] - wanted).abs() <= 1e-12 * wanted.max(1.0);
                        assert!(near, "{room:?} {elasticity} {demand} {spend}: {found:?} {wanted}");
                        // next to a joint or ceiling rounding may decide the side
                        let slope = |spend: f64| room.at(demand).curve(elasticity, top).marginal(spend);
                        let sides = [slope(spend * (1.0 - 1e-12)), slope(spend), slope(spend * (1.0 + 1e-12))];
                        room.at_spend(spend).slopes(&[elasticity], &[top], &searches, &mut found);
                        let near = |wanted: f64| {
                            found[0].total_cmp(&wanted).is_eq() || (found[0] - wanted).abs() <= 1e-9 * wanted
                        };
                        assert!(
                            sides.into_iter().any(near),
                            "{room:?} {elasticity} {demand} {spend}: {found:?} {sides:?}"
                        );
                    }
                }
            }
        }
    }
}

/// The inverse of the slope without the curve is that of the curve: on every stretch, at joints, ceilings, straight lines.
#[test]
fn spends_at_a_price_are_those_of_the_curve() {
    let ceilings = [[f64::INFINITY; 2], [1.6, 1.6], [1.05, 2.4]];
    let mut least_and_most = (f64::INFINITY, 0.0_f64);
    for straight in [None, Some(1.0), Some(1.25), Some(3.0)] {
        for (ceiling, caution) in ceilings.into_iter().zip([0.0, 0.12, 0.3]) {
            let room = Headroom { spend: 80.0, clicks: 37.0, straight, ceiling, seen: 1.3, caution };
            for elasticity in [0.05, 0.4, 0.71, 0.97, 1.0] {
                for demand in [0.8, 1.0, 1.3] {
                    for worth in [0.03, 2.5] {
                        // prices of a click around what it costs today, 2.16
                        for ratio in [1e-3, 0.2, 0.5, 0.69, 0.9, 0.999, 1.001, 4.0] {
                            let price = worth * ratio * 37.0 / 80.0;
                            let top = room.ceiling_at(0.3);
                            let curve = room.at(demand).curve(elasticity, top).scaled(worth);
                            let wanted = curve.spend_at_marginal(price);
                            let mut found = [0.0];
                            let searches = Searches::new(vec![demand]);
                            room.at_price(price).spends(&[worth], (&[elasticity], &[top]), &searches, &mut found);
                            // rounding of logarithms, magnified by 1 / (1 − ε) in the exponent; beyond the largest double
                            // both are as good as infinite
                            let near =
                                (found[0] - wanted).abs() <= 1e-11 * wanted || wanted > 1e300 && found[0] > 1e300;
                            assert!(near, "{room:?} {elasticity} {demand} {ratio}: {found:?} {wanted}");
                            least_and_most = (least_and_most.0.min(wanted), least_and_most.1.max(wanted));
                        }
                    }
                }
            }
        }
    }
    assert!(least_and_most.0 <= 0.0 && least_and_most.1 > 1e6, "{least_and_most:?}");
}

/// Levers that stood at 80 on average over weeks that cost 100 for 50 clicks: clicks cost 2 in any season, so 80 buys 40, and
/// what the levers are set to now lies on the curve from there. Where it is not known what they stood at, today's point stays.
#[test]
fn todays_point_follows_what_levers_are_set_to() {
    let counts = simulate(&SimulateSettings { terms: 40, seed: 4, ..SimulateSettings::default() })
        .expect("an account")
        .observation
        .to_counts();
    let baseline = Baseline::new(&counts, 4);
    let made = responses(&counts, &baseline, LeverChoice::Auto);
    let term = (0..40).find(|&term| made.headroom[term].is_some()).expect("a term with spend");
    let (room, elasticity) = (made.headroom[term].unwrap(), made.elasticity[term].unwrap());
    let (now, before) = (0.9 * room.spend, 0.8 * room.spend);
    let point = |before: f64| {
        let mut moved = made.clone();
        let all = |value: f64| vec![value; counts.terms.len()];
        moved.set_to(&all(now), &all(before), 0.3);
        (moved.current_spend[term], moved.current_clicks[term])
    };
    let (spend, clicks) = point(before);
    let wanted = 0.8 * room.clicks * (0.9_f64 / 0.8).powf(elasticity);
    assert!((spend - now).abs() < 1e-12 && (clicks / wanted - 1.0).abs() < 1e-9, "{clicks} {wanted}");
    let stays = room.clicks * 0.9_f64.powf(elasticity);
    assert!((point(f64::NAN).1 / stays - 1.0).abs() < 1e-9);
}
