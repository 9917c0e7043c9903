//! Regret of policies week by week: one panel a scenario, one line a policy.

use super::super::ReportError;
use super::super::csv::Line;
use super::super::format::{self, Money};
use super::canvas::{self, Anchor, Canvas, FOURTH, INK, LESS, MUTED, NARROW, PLAN, THIRD, WIDTH};
use super::scale::Scale;
use super::{Chart, ChartColumn, column};
use crate::numeric::order::sample_quantile;
use crate::simulate::policies::{Contest, Policy};
use plotters::style::{Color as _, RGBColor};

const STEM: &str = "regret";
/// Where things stand in a panel, logical pixels.
struct Layout {
    /// Of the sheet.
    width: f64,
    /// Panels side by side, where there are several.
    across: usize,
    height: f64,
    /// From the panel's top to its axes, and from its sides.
    top: f64,
    sides: [f64; 2],
    /// Sizes of text: the sentence and unit, and ticks and names.
    text: [f64; 2],
    /// Length of the piece of a line beside its name, and what stands between it and the name.
    sample: [f64; 2],
    /// Parts of the unit, a line each.
    unit: &'static [&'static str],
    ticks: usize,
}

const UNIT: &str = "profit behind the oracle since the start, money; bands: middle 90% of seeds";
const WIDE: Layout = Layout {
    width: WIDTH,
    across: 2,
    height: 420.0,
    top: 84.0,
    sides: [90.0, 196.0],
    text: [13.0, 14.0],
    sample: [28.0, 14.0],
    unit: &[UNIT],
    ticks: 5,
};
const PHONE: Layout = Layout {
    width: NARROW,
    across: 1,
    height: 400.0,
    top: 102.0,
    sides: [58.0, 150.0],
    text: [12.0, 12.0],
    sample: [18.0, 12.0],
    unit: &["profit behind the oracle since the start, money;", "bands: middle 90% of seeds"],
    ticks: 3,
};
/// Shades of the program's own blue for its variants.
const NAVY: RGBColor = RGBColor(0x00, 0x43, 0x6b);
const INDIGO: RGBColor = RGBColor(0x4b, 0x5f, 0xc4);
/// From one name at the end of a line to the next.
const NAME: f64 = 18.0;

const COLUMNS: &[ChartColumn] = &[
    column("scenario", "text", "how the account stands at the start"),
    column("policy", "text", "who plays"),
    column("week", "count", "weeks played"),
    column("regret", "money", "oracle's profit less this policy's up to the end of the week, mean over seeds"),
    column("regret_p05", "money", "5% quantile over seeds"),
    column("regret_p95", "money", "95% quantile over seeds"),
];

/// A policy's dashes, drawn and left out, logical pixels: what tells the program's own three apart beside their shades.
fn dashes(policy: Policy) -> Option<[f64; 2]> {
    match policy {
        Policy::TermwiseExplore => Some([14.0, 5.0]),
        Policy::TermwiseMeasured => Some([3.0, 4.0]),
        _ => None,
    }
}

/// A policy's color: the program's own blue, the others apart by their names.
fn color(policy: Policy) -> RGBColor {
    match policy {
        Policy::Termwise => PLAN,
        Policy::TermwiseExplore => NAVY,
        Policy::TermwiseMeasured => INDIGO,
        Policy::Greedy => LESS,
        Policy::Proportional => THIRD,
        Policy::Equal => FOURTH,
        Policy::Hold | Policy::Oracle => MUTED,
    }
}

/// Cumulative regret up to the end of a week: mean over seeds, and its 5% and 95% quantiles.
type Week = (f64, [f64; 2]);

/// Policies of a contest but for the oracle, with their cumulative regret by week.
fn regrets(contest: &Contest) -> Vec<(Policy, Vec<Week>)> {
    let best = contest.cumulative(Policy::Oracle);
    let played = |policy: Policy| contest.tracks.iter().filter(move |track| track.policy == policy);
    Policy::ALL
        .into_iter()
        .filter(|&policy| policy != Policy::Oracle && played(policy).next().is_some())
        .map(|policy| {
            // each seed against the oracle of the same seed
            let mut sums = vec![0.0; played(policy).count()];
            let means = best.iter().zip(contest.cumulative(policy)).map(|(best, own)| best - own);
            let weeks = means.enumerate().map(|(week, mean)| {
                let pairs = played(Policy::Oracle).zip(played(policy));
                for (sum, (oracle, own)) in sums.iter_mut().zip(pairs) {
                    *sum += oracle.profit[week] - own.profit[week];
                }
                let mut sorted = sums.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                (mean, [0.05, 0.95].map(|p| sample_quantile(&sorted, p).unwrap_or(f64::NAN)))
            });
            (policy, weeks.collect())
        })
        .collect()
}

/// Draws the panels, two side by side.
pub(in super::super) fn chart(contests: &[Contest], money: &Money) -> Result<Chart, ReportError> {
    let title = "Regret of policies against the oracle".to_owned();
    let description = "Cumulative profit of an oracle that knows the true rates, values and curves, less that of each \
                       policy under the same limits, by week. Lines are means over seeds, bands hold the middle 90% of seeds. Lower is \
                       better."
        .to_owned();
    let draw = |canvas: &Canvas, layout: &Layout| {
        let across = layout.across.min(contests.len().max(1));
        for (number, contest) in contests.iter().enumerate() {
            let width = layout.width / across as f64;
            let corner = ((number % across) as f64 * width, (number / across) as f64 * layout.height);
            layout.panel(canvas, corner, width, contest, money)?;
        }
        Ok(())
    };
    let height = |layout: &Layout| contests.len().div_ceil(layout.across).max(1) as f64 * layout.height;
    let svg = canvas::sheet(STEM, &title, &description, height(&WIDE), |canvas| draw(canvas, &WIDE))?;
    let text = [title.as_str(), description.as_str()];
    let narrow = canvas::phone_sheet(STEM, text, height(&PHONE), |canvas| draw(canvas, &PHONE))?;
    Ok(Chart { stem: STEM, title, description, svg, narrow: Some(narrow), columns: COLUMNS, rows: Vec::new() })
}

/// The table of what is shown.
pub(in super::super) fn table(contests: &[Contest]) -> String {
    let mut line = Line::default();
    for column in COLUMNS {
        line.text(column.name);
    }
    line.end();
    for contest in contests {
        for (policy, regret) in regrets(contest) {
            for (week, regret) in regret.into_iter().enumerate() {
                line.text(contest.scenario.name());
                line.text(policy.name());
                line.integer(week + 1);
                let (mean, [low, high]) = regret;
                line.money(mean);
                line.money(low);
                line.money(high);
                line.end();
            }
        }
    }
    line.finish()
}

impl Layout {
    fn panel(
        &self,
        canvas: &Canvas,
        (x, y): (f64, f64),
        width: f64,
        contest: &Contest,
        money: &Money,
    ) -> Result<(), ReportError> {
        let [small, size] = self.text;
        let lines = regrets(contest);
        let (left, right, top, bottom) =
            (x + self.sides[0], x + width - self.sides[1], y + self.top, y + self.height - 50.0);
        let weeks = lines.first().map_or(1, |(_, regret)| regret.len());
        let figures = lines.iter().flat_map(|(_, regret)| regret).flat_map(|&(mean, [low, high])| [mean, low, high]);
        let down = Scale::with_zero(figures, bottom, top, 5);
        let across = Scale::rounded(0.0, weeks as f64, left, right, self.ticks);
        let names = if self.across > 1 { left } else { x + 16.0 };
        canvas.bold(contest.scenario.name(), (names, y + 24.0), 18.0, INK, Anchor::Left)?;
        canvas.text(contest.scenario.sentence(), (names, y + 44.0), small, MUTED, Anchor::Left)?;
        canvas.y_axis(&down, left, right, size, |tick| money.compact(tick))?;
        canvas.x_axis(&across, top, bottom, size, format::compact)?;
        canvas.text("weeks", (right, bottom + 36.0), size, MUTED, Anchor::Right)?;
        for (line, unit) in (0_u32..).zip(self.unit) {
            canvas.text(unit, (x + 16.0, 18.0f64.mul_add(f64::from(line), y + 66.0)), small, MUTED, Anchor::Left)?;
        }
        canvas.line(&[(left, down.at(0.0)), (right, down.at(0.0))], INK, 1.0)?;
        for (policy, regret) in &lines {
            let end = |pick: usize| {
                (1..)
                    .zip(regret)
                    .map(move |(week, (_, ends)): (u32, _)| (f64::from(week), ends[pick]))
                    .collect::<Vec<_>>()
            };
            let around = [(0.0, 0.0)].into_iter().chain(end(0)).chain(end(1).into_iter().rev());
            let around: Vec<(f64, f64)> = around.map(|(week, money)| (across.at(week), down.at(money))).collect();
            canvas.shape(&around, color(*policy).mix(0.12))?;
        }
        let mut names: Vec<(f64, Policy)> = Vec::new();
        for (policy, regret) in &lines {
            let points: Vec<(f64, f64)> = std::iter::once((across.at(0.0), down.at(0.0)))
                .chain(
                    (1..).zip(regret).map(|(week, &(mean, _)): (u32, _)| (across.at(f64::from(week)), down.at(mean))),
                )
                .collect();
            let thick = if *policy == Policy::Termwise { 3.5 } else { 2.0 };
            for piece in pieces(&points, dashes(*policy)) {
                canvas.line(&piece, color(*policy), thick)?;
            }
            names.push((points[points.len() - 1].1, *policy));
        }
        for (at, policy) in apart(names) {
            for piece in pieces(&[(right + 8.0, at), (right + 8.0 + self.sample[0], at)], dashes(policy)) {
                canvas.line(&piece, color(policy), 2.0)?;
            }
            canvas.text(
                policy.name(),
                (right + self.sample[0] + self.sample[1], at),
                size,
                color(policy),
                Anchor::Left,
            )?;
        }
        Ok(())
    }
}

/// A line as the pieces that are drawn of it.
fn pieces(points: &[(f64, f64)], dashes: Option<[f64; 2]>) -> Vec<Vec<(f64, f64)>> {
    let Some([on, off]) = dashes else { return vec![points.to_vec()] };
    let (mut pieces, mut piece) = (Vec::new(), points.iter().copied().take(1).collect::<Vec<_>>());
    let (mut drawing, mut left) = (true, on);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut rest = (to.0 - from.0).hypot(to.1 - from.1);
        while rest > left && rest.is_finite() {
            let share = left / rest;
            from = ((to.0 - from.0).mul_add(share, from.0), (to.1 - from.1).mul_add(share, from.1));
            rest -= left;
            piece.push(from);
            if drawing {
                pieces.push(std::mem::take(&mut piece));
            }
            (drawing, piece) = (!drawing, vec![from]);
            left = if drawing { on } else { off };
        }
        left -= rest;
        piece.push(to);
    }
    if drawing {
        pieces.push(piece);
    }
    pieces
}

/// Names from the lowest line up, each at its line or as far above it as those below need.
fn apart(mut names: Vec<(f64, Policy)>) -> Vec<(f64, Policy)> {
    names.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut below = f64::INFINITY;
    for (at, _) in &mut names {
        *at = at.min(below - NAME);
        below = *at;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::policies::{Scenario, Track};

    #[test]
    fn dashes_go_on_around_corners() {
        // ten along, ten up: drawn are 6 of every 8
        let drawn = pieces(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)], Some([6.0, 2.0]));
        assert_eq!(drawn[0], [(0.0, 0.0), (6.0, 0.0)]);
        assert_eq!(drawn[1], [(8.0, 0.0), (10.0, 0.0), (10.0, 4.0)]);
        assert_eq!(drawn[2], [(10.0, 6.0), (10.0, 10.0)]);
        assert_eq!(drawn.len(), 3);
        let own = [Policy::Termwise, Policy::TermwiseExplore, Policy::TermwiseMeasured];
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            assert_ne!(dashes(own[one]), dashes(own[other]));
            assert_ne!(color(own[one]), color(own[other]));
        }
    }

    #[test]
    fn regret_is_that_of_each_seed_against_its_own_oracle() {
        let track = |policy, seed, profit: [f64; 2]| Track {
            policy,
            seed,
            profit: profit.to_vec(),
            spend: vec![1.0; 2],
            promised: Vec::new(),
            realized: Vec::new(),
        };
        let tracks = vec![
            track(Policy::Hold, 1, [5.0, 5.0]),
            track(Policy::Oracle, 1, [6.0, 8.0]),
            track(Policy::Hold, 2, [50.0, 50.0]),
            track(Policy::Oracle, 2, [53.0, 57.0]),
        ];
        let contest = Contest { scenario: Scenario::AsGiven, tracks };
        let regrets = regrets(&contest);
        let [(Policy::Hold, weeks)] = &regrets[..] else { panic!("{regrets:?}") };
        // seeds regret 1 and 3 after a week, 4 and 10 after two
        assert_eq!((weeks[0].0, weeks[1].0), (2.0, 7.0));
        for ((_, [low, high]), (least, most)) in weeks.iter().zip([(1.0, 3.0), (4.0, 10.0)]) {
            assert!(*low >= least && *high <= most && high - low > 0.8 * (most - least), "{low} {high}");
        }
        let chart = chart(std::slice::from_ref(&contest), &Money::new(Some("EUR"))).expect("drawn");
        assert!(chart.narrow.as_deref().is_some_and(|svg| svg.contains("<polygon") && svg.contains("0 0 1600 ")));
        assert!(chart.svg.contains("<polygon") && chart.svg.contains("bands: middle 90% of seeds"));
        let table = table(&[contest]);
        assert!(table.starts_with("scenario,policy,week,regret,regret_p05,regret_p95\n"), "{table}");
    }
}
