//! A small, safe test of bids that would tell an account's elasticity.
//!
//! # Formula
//! ```text
//! bids × (1 + δ) for k weeks, then back:  z(cost) ≈ ln(1 + δ) / (1 − ε)
//! sd(ε) ≈ s(ε) √(1/k + 1/2k) / z(cost),   s(ε) as in the campaigns' own weeks
//! ```

use super::ResponseSettings;
use super::campaigns::{self, Course};
use crate::counts::{Counts, Groups};
use crate::numeric::sum::ExactSum;

/// Raise of the bids, ratio.
const RAISE: f64 = 0.1;
/// Weeks at the raised bids; as many before and after are compared.
const WEEKS: f64 = 4.0;
/// Standard deviation that is precise enough.
const PRECISE: f64 = 0.05;
/// Largest share of the account's spend that takes part.
const LARGEST_SHARE: f64 = 0.25;
/// Most campaigns.
const MOST: usize = 8;

/// What to test.
pub(super) struct Proposal {
    pub(super) campaigns: usize,
    pub(super) message: String,
}

/// Campaigns that tell most for the money, until they tell enough.
pub(super) fn propose(
    counts: &Counts,
    settings: &ResponseSettings,
    groups: &Groups,
    courses: &[&Course],
) -> Option<Proposal> {
    let spend: Vec<f64> =
        courses.iter().map(|course| course.cost.iter().copied().collect::<ExactSum>().value()).collect();
    let all = spend.iter().copied().collect::<ExactSum>().value();
    let step = RAISE.ln_1p() / (1.0 - settings.elasticity);
    let contrast = (1.0 / WEEKS + 0.5 / WEEKS).sqrt();
    let noise = campaigns::noise(courses, settings.elasticity);
    // information a campaign and what it spends
    let mut offers: Vec<(usize, f64)> = noise
        .iter()
        .enumerate()
        .filter_map(|(campaign, noise)| {
            // a campaign steadier than this has hidden its noise, not lost it
            let sd = noise.filter(|_| spend[campaign] > 0.0)?.max(0.01) * contrast / step;
            Some((campaign, 1.0 / (sd * sd)))
        })
        .collect();
    offers.sort_by(|a, b| (b.1 / spend[b.0]).total_cmp(&(a.1 / spend[a.0])).then(a.0.cmp(&b.0)));
    let (mut chosen, mut information, mut share) = (Vec::new(), 0.0, 0.0);
    for (campaign, more) in offers {
        let part = spend[campaign] / all;
        if information >= 1.0 / (PRECISE * PRECISE) || chosen.len() == MOST {
            break;
        }
        if share + part > LARGEST_SHARE && courses.len() > 1 {
            continue;
        }
        information += more;
        share += part;
        chosen.push(groups.names[campaign].as_str());
    }
    if chosen.is_empty() || counts.calendar.periods.len() < 2 {
        return None;
    }
    let names = if chosen == [""] { "all terms".to_owned() } else { chosen.join(", ") };
    Some(Proposal {
        campaigns: chosen.len(),
        message: format!(
            "a test of bids would tell the elasticity to about ±{:.2}: raise all bids of {names} ({:.0}% of spend) by \
             {:.0}% for {WEEKS:.0} weeks, then set them back, and export max. CPC week by week; their spend would rise by \
             about {:.0}% in these weeks",
            information.sqrt().recip(),
            100.0 * share,
            100.0 * RAISE,
            100.0 * step.exp_m1()
        ),
    })
}
