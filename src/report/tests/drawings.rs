//! The charts and their tables.

use super::*;
use crate::response::Headroom;

#[test]
fn drawings_are_described_and_balanced() {
    let files = files(&account(40));
    for (name, svg) in files.iter().filter(|(name, _)| name.ends_with(".svg")) {
        assert!(svg.starts_with("<svg xmlns=") && svg.contains("role=\"img\"") && svg.contains("<desc"), "{name}");
        assert!(!svg.contains("<script") && !svg.contains("NaN"), "{name}");
        let opened = svg.matches('<').count() - svg.matches("</").count() - svg.matches("/>").count();
        assert_eq!(opened, svg.matches("</").count(), "{name}");
    }
    assert!(files["charts/changes.csv"].contains("running shoes"));
}

#[test]
fn parts_of_the_gain_add_up_to_it_to_the_cent() {
    let cents = |text: &str| (100.0 * text.parse::<f64>().expect("money")).round();
    for (name, fixture) in degenerate().into_iter().chain([("account", account(40))]) {
        let rows = records(&files(&fixture)["charts/gains.csv"]);
        let summary = &fixture.plan.summary;
        let gain = summary.planned.of(summary.objective).zip(summary.now.of(summary.objective));
        for by in ["campaign", "term"] {
            let (mut sum, mut total, mut bars) = (0.0, None, 0.0);
            // figures that are not money have six digits instead of cents
            let near = |one: f64, other: f64, bars: f64| {
                let slack = if summary.objective == Objective::Profit { 0.0 } else { bars + 1.0 };
                assert!((one - other).abs() <= slack, "{name}, {by}: {one} and {other}");
            };
            for row in (0..rows.len() - 1).filter(|&row| cell(&rows, row, "by") == by) {
                let [part, from, to] = ["gain", "from", "to"].map(|column| cents(cell(&rows, row, column)));
                if cell(&rows, row, "part") == "total" {
                    total = Some(part);
                    near(from, 0.0, 0.0);
                } else {
                    near(from, sum, bars);
                    sum += part;
                    bars += 1.0;
                    near(to, sum, bars);
                }
            }
            assert!(bars <= 11.0, "{name}: ten and the rest");
            if let Some(total) = total {
                let (planned, now) = gain.expect("computed");
                near(total, (100.0 * (planned - now)).round(), 0.0);
                near(total, sum, bars);
            }
        }
    }
}

#[test]
fn returns_of_the_next_unit_stand_beside_their_price() {
    let fixture = account(40);
    let rows = records(&files(&fixture)["charts/marginal.csv"]);
    let of = |point: &str| (0..rows.len() - 1).filter(|&row| cell(&rows, row, "point") == point).collect::<Vec<_>>();
    assert_eq!(of("budget").len(), 20);
    // budgets that are not spent are no points: the line ends with the most that is
    let mut unspent = account(40);
    let most = unspent.plan.frontier[11].spend;
    for point in &mut unspent.plan.frontier {
        point.spend = point.spend.min(most);
    }
    let cut = records(&files(&unspent)["charts/marginal.csv"]);
    let spends = (0..cut.len() - 1).filter(|&row| cell(&cut, row, "point") == "budget");
    let spends: Vec<f64> = spends.map(|row| cell(&cut, row, "spend").parse().expect("money")).collect();
    assert_eq!(spends.len(), 12);
    assert!((spends[11] - most).abs() < 0.01, "{spends:?}");
    assert_eq!(cell(&rows, of("price")[0], "marginal_return"), "1.31");
    let plans = of("plan");
    assert_eq!(plans.len(), 11);
    for row in plans {
        let figure = |column: &str| cell(&rows, row, column).parse::<f64>().expect("a figure");
        let named = |one: &&crate::recommend::Recommendation| guarded(&one.key.term) == cell(&rows, row, "term");
        let term = fixture.plan.rows.iter().find(named).expect("of the plan");
        // a return is in proportion to the rate, and so are its ends
        for (end, rate) in [("marginal_return_p05", term.cvr_p05), ("marginal_return_p95", term.cvr_p95)] {
            assert!((figure(end) / figure("marginal_return") - rate / term.cvr_mean).abs() < 1e-4);
        }
    }
}

#[test]
fn curves_have_the_weeks_that_were_seen_and_a_band_of_their_elasticity() {
    let mut fixture = account(40);
    let spend = fixture.plan.rows[0].current_spend;
    let clicks = fixture.plan.rows[0].clicks_now;
    fixture.responses.headroom[0] =
        Some(Headroom { spend, clicks, straight: None, ceiling: [f64::INFINITY; 2], seen: 9.0, caution: 0.0 });
    fixture.responses.baseline = (0..13).map(|week| week < 2).collect();
    let rows = records(&files(&fixture)["charts/curves.csv"]);
    let heads = "term,campaign,ad_group,match_type,channel,point,spend,clicks,clicks_p05,clicks_p95,week,spend_seen,clicks_seen,demand";
    assert_eq!(rows[0].join(","), heads);
    let of = |point: &str| -> Vec<usize> {
        let own = |&row: &usize| cell(&rows, row, "term") == "running shoes" && cell(&rows, row, "point") == point;
        (0..rows.len() - 1).filter(own).collect()
    };
    let figure = |row: usize, column: &str| cell(&rows, row, column).parse::<f64>().expect("a figure");
    // Q (x / x₀)^ε with ε at the 5% and 95% ends of a normal with mean 0.7 and deviation 0.15
    for row in of("curve").into_iter().skip(1) {
        let ratio = figure(row, "spend") / spend;
        let ends = [-1.0, 1.0].map(|sign| clicks * ratio.powf(0.7 + sign * 1.644_853_627 * 0.15));
        let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        // spends are written in cents
        assert!((figure(row, "clicks_p05") / low - 1.0).abs() < 1e-3, "{ratio}");
        assert!((figure(row, "clicks_p95") / high - 1.0).abs() < 1e-3, "{ratio}");
        assert!(figure(row, "clicks_p05") <= figure(row, "clicks") * 1.001, "{ratio}");
    }
    // all thirteen weeks, each with what the data have; the band is not theirs
    let weeks = of("week");
    assert_eq!(weeks.len(), 13);
    assert_eq!(cell(&rows, weeks[0], "week"), "2026-03-09");
    assert_eq!((figure(weeks[0], "spend_seen"), figure(weeks[0], "clicks_seen")), (3360.0, 4200.0));
    // that week alone has clicks, and the baseline is it and an empty one: the planned week is searched half as much
    assert_eq!(figure(weeks[0], "demand"), 0.5);
    assert_eq!((figure(weeks[0], "spend"), figure(weeks[0], "clicks")), (1680.0, 2100.0));
    assert_eq!((figure(weeks[1], "spend"), figure(weeks[1], "clicks")), (0.0, 0.0));
    assert!(weeks.iter().all(|&row| cell(&rows, row, "clicks_p05").is_empty()));
    // without a headroom nothing is known of the band
    let unknown = (0..rows.len() - 1).filter(|&row| cell(&rows, row, "term") == "trail running shoes women");
    assert!(unknown.into_iter().all(|row| cell(&rows, row, "clicks_p95").is_empty()));
    // points of another unit than the axes are left out
    fixture.plan.summary.weekly = false;
    assert!(files(&fixture)["charts/curves.csv"].lines().skip(1).all(|line| !line.contains(",week,")));
}

/// Luminance of a color as `#rrggbb`, relative to white (WCAG 2.2).
fn luminance(color: &str) -> f64 {
    let channel = |at: usize| {
        let share = f64::from(u8::from_str_radix(&color[at..at + 2], 16).expect("a color")) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126f64.mul_add(channel(1), 0.7152f64.mul_add(channel(3), 0.0722 * channel(5)))
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_color_has_one_for_the_dark_that_can_be_read() {
    let rules = charts::canvas::DARK;
    let dark = |kind: &str, color: &str| {
        let rule = rules.split(&format!("svg [{kind}=\"{color}\"] {{ {kind}: ")).nth(1)?;
        Some(rule[..7].to_owned())
    };
    let sheet = dark("fill", "#FFFFFF").expect("a sheet");
    for (name, svg) in files(&account(40)).iter().filter(|(name, _)| name.ends_with(".svg")) {
        assert!(svg.contains("prefers-color-scheme: dark"), "{name}");
        for kind in ["fill", "stroke"] {
            for color in svg.split(&format!(" {kind}=\"")).skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(color == "none" || dark(kind, color).is_some(), "{name}: {kind} {color}");
            }
        }
        for text in svg.split("<text ").skip(1).filter_map(|rest| rest.split('>').next()) {
            let color = text.split("fill=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a color");
            let own = dark("fill", color).expect("a rule");
            assert!(contrast(&own, &sheet) >= 4.5, "{name}: {own} on {sheet}");
            assert!(contrast(color, "#FFFFFF") >= 4.5, "{name}: {color} on white");
        }
    }
}

#[test]
fn a_phone_has_drawings_of_its_own() {
    let page = files(&account(40)).remove("report.html").expect("a page");
    for stem in ["changes", "gains", "rates", "shrinkage", "marginal", "curves", "frontier"] {
        for id in [format!("id=\"{stem}-title\""), format!("id=\"{stem}-narrow-title\"")] {
            assert_eq!(page.matches(&id).count(), 1, "{id}");
        }
    }
    // one style, whose hash the page's policy names
    assert_eq!(page.matches("<style").count(), 1);
    for (name, fixture) in degenerate() {
        assert!(files(&fixture)["report.html"].contains("curves-narrow-title"), "{name}");
    }
}
