//! The least spend for a wanted volume: the highest price floor whose plan still brings it.
//!
//! In: a prepared workspace and the response that is wanted. Out: the plan between the two ends of the search, or
//! why there is none. Wrong only where curves are not concave, and then the plan says that it falls short.

use super::aim::Wanted;
use super::error::AllocateError;
use super::goal::{ANY, Brought, CLOSED, GoalSearch, Kept, MAX_STEPS, MET, Met};
use super::problem::Problem;
use super::relax::Relaxed;
use std::borrow::Cow;

impl<'p> GoalSearch<'_, 'p> {
    /// The least spend that brings a response, net of what moving costs.
    pub(super) fn volume(&mut self, wanted: f64) -> Result<Met<'p>, AllocateError> {
        let reaches = |brought: &Brought| brought.envelopes >= (1.0 - MET) * wanted;
        let mut kept = Kept::default();
        let whole = self.solve(self.problem, ANY)?;
        let most = self.brought(&[], true);
        let crosses = self.problem.crosses();
        let may = reaches(&most) || crosses && most.envelopes + self.more(&whole) >= (1.0 - MET) * wanted;
        if !may {
            return Err(self.beyond_budget(wanted, most.envelopes));
        }
        if crosses && whole.crossed.met && most.meets(0.0, wanted) {
            kept.offer(-most.spend, &self.workspace.plan);
        }
        self.offer(wanted, &most, &mut kept);
        if crosses {
            let price = most.envelopes / most.spend.max(f64::MIN_POSITIVE);
            return self.jointly(Wanted::Volume { response: wanted }, price, kept);
        }
        let mut low = (0.0, most);
        let mut low_plan = self.workspace.plan.clone();
        // the least spend there is
        let price = f64::MAX.sqrt();
        let relaxed = self.solve(self.problem, price)?;
        let least = self.brought(&[], true);
        if reaches(&least) && (least.meets(0.0, wanted) || !least.holds) {
            return Ok(self.with_floor(relaxed, price, None, true));
        }
        let mut high = (price, least);
        let mut high_plan = self.workspace.plan.clone();
        let price = whole.crossed.poured.bracket.low.price - self.workspace.top_shift();
        // no price but an average one is at hand where all limits bind
        let average = most.envelopes / most.spend.max(f64::MIN_POSITIVE);
        let mut next = if price > 1e-9 * average && price.is_finite() { price } else { average };
        let (mut halve, mut iterations) = (false, whole.iterations);
        for _ in 0..MAX_STEPS {
            if !(next > low.0 && next < high.0) {
                break;
            }
            let relaxed = self.solve(self.problem, next)?;
            iterations += relaxed.iterations;
            let brought = self.brought(&[], true);
            self.offer(wanted, &brought, &mut kept);
            let before = (low.0, high.0);
            if reaches(&brought) {
                low = (next, brought);
                low_plan.clone_from(&self.workspace.plan);
            } else {
                high = (next, brought);
                high_plan.clone_from(&self.workspace.plan);
            }
            if low.0 > 0.0 && (high.0 - low.0) * (low.1.spend - high.1.spend) <= CLOSED * low.0 * low.1.spend {
                break;
            }
            next = middle_price((low.0, low.1.envelopes), (high.0, high.1.envelopes), wanted, halve);
            let ratio = |ends: (f64, f64)| if ends.0 > 0.0 { (ends.1 / ends.0).ln() } else { f64::INFINITY };
            halve = ratio((low.0, high.0)) > 0.5 * ratio(before);
        }
        let mut relaxed = self.solve(self.problem, low.0)?;
        relaxed.iterations = iterations;
        let (more, less) = (low.1.envelopes, high.1.envelopes);
        let share = if more > less { ((wanted - less) / (more - less)).clamp(0.0, 1.0) } else { 1.0 };
        let blend = low_plan.iter().zip(&high_plan).map(|(low, high)| share.mul_add(low - high, *high));
        self.workspace.plan = blend.collect();
        self.workspace.tidy(self.problem);
        let reached = self.brought(&[], true).meets(0.0, wanted);
        let instead = kept.plan.filter(|_| !reached);
        Ok(self.with_floor(relaxed, low.0, instead, reached))
    }

    /// How much more response than the plan of most found any plan could bring: a search over limits that cross may end
    /// before its plan is the best.
    fn more(&mut self, whole: &Relaxed) -> f64 {
        let mut prices = whole.prices();
        prices.spend = self.workspace.scale.total(&self.workspace.plan);
        self.workspace.tree.rescale(self.problem, prices.spend);
        self.workspace.appraise(self.problem, &prices).gap
    }

    /// Keeps a plan that brings the volume on the curves.
    fn offer(&self, wanted: f64, brought: &Brought, kept: &mut Kept) {
        if brought.envelopes > brought.curves && brought.meets(0.0, wanted) {
            kept.offer(-brought.spend, &self.workspace.plan);
        }
    }

    fn with_floor(&self, relaxed: Relaxed, floor: f64, instead: Option<Vec<f64>>, reached: bool) -> Met<'p> {
        let weighed = Cow::Owned(Problem { price_floor: floor, ..self.problem.clone() });
        Met { relaxed, weighed, reached, instead, target: None }
    }
}

/// Next price between two: by the secant over the logs, or in the middle of these.
fn middle_price(low: (f64, f64), high: (f64, f64), wanted: f64, halve: bool) -> f64 {
    if low.0 <= 0.0 {
        return 0.25 * high.0;
    }
    let (from, to) = (low.0.ln(), high.0.ln());
    if to - from > 8.0 {
        // not bracketed closely yet
        return if high.0 > 1e100 { 4.0 * low.0 } else { f64::midpoint(from, to).exp() };
    }
    let share = if halve || low.1 <= high.1 { 0.5 } else { (low.1 - wanted) / (low.1 - high.1) };
    (to - from).mul_add(share.clamp(0.001, 0.999), from).exp()
}
