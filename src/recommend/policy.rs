//! The policy: which terms may move, and how far.

use super::decisions::Decided;
use super::origin::Origin;
use super::selector::listed;
use super::stretched::Stretched;
use super::{PolicySettings, RecommendError, TermRule, TurnoverSettings};
use crate::allocate::{Binding, Turnover};
use crate::counts::Counts;
use crate::domain::{Coin, Notes, State, Status, Term, Verdict};
use crate::numeric::sum::ExactSum;
use crate::response::Responses;

/// Bounds of every term, money a week. Shape of every vector: terms.
///
/// # Formula
/// ```text
/// active:  (1 − c) r ≤ x ≤ (1 + c) r,   r = current_spend × F / Σ current_spend of active terms
/// new:     0 ≤ x ≤ cap          fixed: x = current_spend          paused: x = 0
/// ```
/// with c the largest change and F the budget less the fixed terms' spend, so that a doubled budget
/// can be spent. Where the budget is a cap that need not be spent (profit, a target, a wanted volume), the
/// lower end uses min(r, `current_spend`) and the upper end max(r, `current_spend`): a smaller cap forces
/// nobody down while money is left. A rule's bounds replace these where it gives them; its relative bounds are
/// ratios of r (of min and max of r and `current_spend` under a cap). A rule's minimum m, nothing or at least
/// m, takes a lower end below m to zero and an upper end below m to m.
///
/// Impression shares say where searches end: no upper end lies above the spend that reaches them all.
///
/// An account without a single conversion says nothing of where money would do more: without a rule, active terms keep
/// their share, x = min(r, `current_spend`) under a cap and x = r else, to the cent either side, and new terms wait.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// What the plan may do with each term.
    pub state: Vec<State>,
    /// Least spend.
    pub lower: Vec<f64>,
    /// Most spend.
    pub upper: Vec<f64>,
    /// Nothing or at least this; 0 asks for nothing.
    pub minimum: Vec<f64>,
    /// F / Σ `current_spend` of active terms.
    pub change_reference: f64,
    /// Factor on `current_spend` that relative lower ends refer to.
    pub down_reference: f64,
    /// Factor on `current_spend` that relative upper ends refer to.
    pub up_reference: f64,
    /// Whether terms keep their share because the account has no conversions.
    pub(super) without_conversions: bool,
    pub(super) decided: Decided,
    pub(super) lower_origin: Vec<Origin>,
    pub(super) upper_origin: Vec<Origin>,
    /// Terms whose rule's minimum takes them beyond the change limit.
    pub(super) stretched: Vec<Stretched>,
}

/// What the plan may do with each term, before any bound.
///
/// A term whose clicks cost nothing has no price to plan with: it is kept where it is.
pub(super) fn states(
    counts: &Counts,
    spend: &[f64],
    clicks: &[f64],
    settings: &PolicySettings,
    notes: &mut Notes,
) -> Vec<State> {
    let fixed: Vec<&TermRule> = settings.rules.iter().filter(|rule| rule.fixed).collect();
    let rules =
        (1..).zip(&settings.rules).filter(|(_, rule)| !counts.terms.iter().any(|term| rule.selector().matches(term)));
    let unmatched: Vec<String> = rules.map(|(number, rule)| rule.selector().named("limits.terms", number)).collect();
    notes.add(
        "rule-without-term",
        unmatched.len(),
        format!("rules that match no term of the data: {}", listed(&unmatched)),
    );
    // terms that a scenario adds have no cells, and no other plan may fund them
    let absent = |at: usize, term: &Term| counts.cells.of_term(at).is_empty() && !settings.added.contains(&term.key);
    let resting = |at: usize, term: &Term| {
        term.status != Status::Enabled
            && (absent(at, term) || !settings.restart_paused && !settings.added.contains(&term.key))
    };
    let excluded = |term: &Term| settings.excluded.iter().any(|terms| terms.selector().matches(term));
    counts
        .terms
        .iter()
        .zip(spend.iter().zip(clicks))
        .enumerate()
        .map(|(at, (term, (&spend, &clicks)))| {
            if excluded(term) || resting(at, term) {
                State::Paused
            } else if fixed.iter().any(|rule| rule.selector().matches(term))
                || settings.held_back.iter().any(|held| held.matches(term))
                || (spend <= 0.0 && clicks > 0.0)
            {
                State::Fixed
            } else if spend <= 0.0 {
                State::New
            } else {
                State::Active
            }
        })
        .collect()
}

fn sum_where(values: &[f64], state: &[State], wanted: State) -> f64 {
    values.iter().zip(state).filter(|(_, s)| **s == wanted).map(|(value, _)| *value).collect::<ExactSum>().value()
}

/// Current spend that the change limit is scaled by: that of active terms, and of terms that a scenario leaves out, whose
/// absence is no reason for the others to move farther. What the platform has paused is at rest and spends nothing.
fn in_play(spend: &[f64], state: &[State]) -> f64 {
    sum_where(spend, state, State::Active) + sum_where(spend, state, State::Paused)
}

/// Current spend of the terms that may be funded: the budget when none is given, in whole cents.
pub(super) fn current_budget(spend: &[f64], state: &[State], coin: Coin) -> f64 {
    let fixed: f64 = spend
        .iter()
        .zip(state)
        .filter(|(_, s)| **s == State::Fixed)
        .map(|(x, _)| coin.round(*x))
        .collect::<ExactSum>()
        .value();
    coin.round(sum_where(spend, state, State::Active) + fixed)
}

impl Limits {
    /// Derives the bounds from states, budget and rules; `cap` says that the budget need not be spent.
    ///
    /// # Errors
    /// A rule whose lower bound lies above its upper bound.
    pub(super) fn new(
        counts: &Counts,
        responses: &Responses,
        state: Vec<State>,
        budget: f64,
        cap: bool,
        settings: &PolicySettings,
        notes: &mut Notes,
    ) -> Result<Self, RecommendError> {
        let spend = &responses.current_spend;
        let active = in_play(spend, &state);
        let free = (budget - sum_where(spend, &state, State::Fixed)).max(0.0);
        let change_reference = if active > 0.0 { free / active } else { 1.0 };
        let (down_reference, up_reference) = if cap {
            (change_reference.min(1.0), change_reference.max(1.0))
        } else {
            (change_reference, change_reference)
        };
        let terms = state.len();
        // an account that has not spent yet has nothing to hold
        let without_conversions = active > 0.0 && !counts.cells.conversions.iter().any(|&count| count > 0.0);
        // today's spend as a budget is in whole cents, which is no reason to move any
        let coin = settings.coin;
        let as_today = (free - active).abs() <= coin.step();
        let kept_reference = if as_today { 1.0 } else { down_reference };
        let down = down_reference * (1.0 - settings.max_change).max(0.0);
        let up = up_reference * (1.0 + settings.max_change);
        let mut limits = Self {
            lower: vec![0.0; terms],
            upper: vec![0.0; terms],
            lower_origin: vec![Origin::Change; terms],
            upper_origin: vec![Origin::Change; terms],
            minimum: if settings.rules.iter().any(|rule| rule.minimum.is_some()) {
                vec![0.0; terms]
            } else {
                Vec::new()
            },
            change_reference,
            down_reference,
            up_reference,
            without_conversions,
            decided: Decided::new(counts, &state, settings, notes)?,
            stretched: Vec::new(),
            state,
        };
        for (term, &spend) in spend.iter().enumerate() {
            let (lower, upper, origin) = match limits.state[term] {
                State::Active if without_conversions => {
                    let kept = kept_reference * spend;
                    (coin.down(kept), coin.up(kept), Origin::NoConversions)
                }
                State::New if without_conversions => (0.0, 0.0, Origin::NoConversions),
                // nothing may change: each term keeps the cents around its spend, and none is started
                State::Active if settings.max_change <= 0.0 => {
                    let kept = |reference: f64| if as_today { spend } else { reference * spend };
                    (coin.down(kept(down_reference)), coin.up(kept(up_reference)), Origin::Change)
                }
                State::New if settings.max_change <= 0.0 => (0.0, 0.0, Origin::Change),
                State::Active => (down * spend, up * spend, Origin::Change),
                State::New => (0.0, responses.cap[term].unwrap_or(0.0), Origin::NewCap),
                State::Fixed => (coin.round(spend), coin.round(spend), Origin::Fixed),
                State::Paused => (0.0, 0.0, Origin::Paused),
            };
            limits.lower[term] = lower;
            limits.upper[term] = upper;
            let is_held =
                origin == Origin::Fixed && settings.held_back.iter().any(|held| held.matches(&counts.terms[term]));
            let origin = if is_held { Origin::HeldBack } else { origin };
            limits.lower_origin[term] = origin;
            limits.upper_origin[term] = origin;
        }
        for (number, rule) in settings.rules.iter().enumerate().filter(|(_, rule)| !rule.fixed) {
            limits.apply(number, rule, counts, spend)?;
        }
        limits.keep_to_headroom(responses, settings);
        limits.decide(spend, coin);
        Ok(limits)
    }

    /// What a person decided holds, whatever else would; paused terms stay at rest.
    fn decide(&mut self, current: &[f64], coin: Coin) {
        for (term, &current) in current.iter().enumerate().filter(|(term, _)| self.state[*term] != State::Paused) {
            let Some((verdict, spend)) = self.decided.of(term) else { continue };
            // down to whole cents, so that all terms together stay within what they spend
            let spend = if verdict == Verdict::Reject { coin.down(current) } else { coin.round(spend) };
            (self.lower[term], self.upper[term]) = (spend, spend);
            (self.lower_origin[term], self.upper_origin[term]) = (Origin::Decision, Origin::Decision);
            if let Some(minimum) = self.minimum.get_mut(term) {
                *minimum = 0.0;
            }
        }
    }

    /// No term gets more than reaches every search, unless a rule forces it; and where searches run out, for a term or
    /// for a campaign held by its budget, the change limit forces none above today's spend.
    fn keep_to_headroom(&mut self, responses: &Responses, settings: &PolicySettings) {
        for (term, room) in responses.headroom.iter().enumerate() {
            let Some(room) = room.filter(|_| self.state[term] == State::Active) else { continue };
            let full = responses.full_spend(term);
            if self.lower_origin[term] == Origin::Change && (full.is_some() || room.straight.is_some()) {
                let today = (1.0 - settings.max_change).max(0.0) * responses.current_spend[term];
                self.lower[term] = self.lower[term].min(today);
            }
            if let Some(full) = full.filter(|&full| full < self.upper[term]) {
                self.upper[term] = full.max(self.lower[term]);
                self.upper_origin[term] = Origin::Reached;
            }
        }
    }

    /// Says what they do of themselves, without a rule.
    pub(super) fn tell(&self, counts: &Counts, notes: &mut Notes) {
        self.tell_stretched(counts, notes);
        notes.add(
            "held-without-conversions",
            usize::from(self.without_conversions),
            "the account has no conversions at all, so nothing says where money would do more: every term keeps its share \
             of the spend, but for rules in `limits.terms`",
        );
    }

    /// Holds the lower bounds against the budget.
    ///
    /// # Errors
    /// They need more, with the smallest budget that works: the change limits' own lower bounds grow with
    /// the budget, so it is B = (L + F − c s F / A) / (1 − c s / A), with L what rules and F what fixed terms
    /// need, c the lower end of the change limit, s the current spend it binds and A that of all active terms.
    pub(super) fn check(
        &self,
        counts: &Counts,
        spend: &[f64],
        budget: f64,
        settings: &PolicySettings,
    ) -> Result<(), RecommendError> {
        let c = self.down_reference * (1.0 - settings.max_change).max(0.0) / self.change_reference;
        let sum = |keep: &dyn Fn(usize) -> bool, values: &[f64]| {
            (0..values.len()).filter(|&term| keep(term)).map(|term| values[term]).collect::<ExactSum>().value()
        };
        let least = sum(&|_| true, &self.lower);
        // less than half a cent is rounding, of terms as of the budget
        if least <= budget + 0.5 * settings.coin.step() {
            return Ok(());
        }
        let rules = sum(&|term| matches!(self.lower_origin[term], Origin::Rule(_) | Origin::Decision), &self.lower);
        let fixed = sum(&|term| matches!(self.lower_origin[term], Origin::Fixed | Origin::HeldBack), &self.lower);
        let active = in_play(spend, &self.state);
        let bound = sum(&|term| self.state[term] == State::Active && self.lower_origin[term] == Origin::Change, spend);
        let share = if active > 0.0 { c * bound / active } else { 0.0 };
        let needed = (share.mul_add(-fixed, rules + fixed) / (1.0 - share).max(1e-9)).max(rules + fixed);
        let named = (0..self.lower.len())
            .filter(|&term| {
                matches!(self.lower_origin[term], Origin::Rule(_) | Origin::Decision | Origin::Fixed | Origin::HeldBack)
                    && self.lower[term] > 0.0
            })
            .max_by(|&a, &b| self.lower[a].total_cmp(&self.lower[b]).then(b.cmp(&a)));
        Err(RecommendError::Infeasible {
            budget,
            least,
            needed: settings.coin.up(needed),
            largest: named.map(|term| {
                let source = match self.lower_origin[term] {
                    Origin::Rule(number) => format!("`limits.terms` {}", number + 1),
                    Origin::Decision => "`--decisions`".to_owned(),
                    Origin::HeldBack => "`weekly.holdback`".to_owned(),
                    _ => "`limits.terms`, fixed".to_owned(),
                };
                (counts.terms[term].key.term.clone(), self.lower[term], source)
            }),
        })
    }

    fn apply(&mut self, number: usize, rule: &TermRule, counts: &Counts, spend: &[f64]) -> Result<(), RecommendError> {
        let origin = Origin::Rule(number);
        for (term, attributes) in counts.terms.iter().enumerate() {
            if !matches!(self.state[term], State::Active | State::New) || !rule.selector().matches(attributes) {
                continue;
            }
            let relative = |ratio: Option<f64>, reference: f64| ratio.map(|ratio| ratio * reference * spend[term]);
            let lower = rule.lower.or(relative(rule.lower_rel, self.down_reference));
            let upper = rule.upper.or(relative(rule.upper_rel, self.up_reference));
            if let Some(lower) = lower {
                self.lower[term] = lower;
                self.lower_origin[term] = origin;
                // a floor above the change limit moves the ceiling with it: the user's word counts
                if upper.is_none() && self.upper[term] < lower {
                    self.upper[term] = lower;
                    self.upper_origin[term] = origin;
                }
            }
            if let Some(upper) = upper {
                self.upper[term] = upper;
                self.upper_origin[term] = origin;
                if lower.is_none() && self.lower[term] > upper {
                    self.lower[term] = upper;
                    self.lower_origin[term] = origin;
                }
            }
            if let Some(minimum) = rule.minimum {
                self.minimum[term] = minimum;
                self.stretch(term, minimum, [lower, upper]);
                if lower.is_none() && self.lower[term] < minimum {
                    self.lower[term] = 0.0;
                    self.lower_origin[term] = origin;
                }
                if upper.is_none() && self.upper[term] < minimum {
                    self.upper[term] = minimum;
                    self.upper_origin[term] = origin;
                }
            }
            if self.lower[term] > self.upper[term] {
                return Err(RecommendError::RuleBounds {
                    rule: number + 1,
                    term: attributes.key.term.clone(),
                    lower: self.lower[term],
                    upper: self.upper[term],
                    line: String::new(),
                });
            }
        }
        Ok(())
    }

    /// Price and limit of moving money; `None` where neither is asked for. A fixed term does not move by the
    /// cents that it is rounded to.
    pub(super) fn turnover(&self, current: &[f64], settings: &PolicySettings) -> Option<Turnover> {
        let TurnoverSettings { limit, limit_share, price } = settings.turnover;
        let total = current.iter().copied().collect::<ExactSum>().value();
        let limit = limit.or(limit_share.map(|share| share * total));
        if limit.is_none() && price <= 0.0 {
            return None;
        }
        let current = current
            .iter()
            .enumerate()
            .map(|(term, &spend)| if self.state[term] == State::Fixed { self.lower[term] } else { spend })
            .collect();
        Some(Turnover { current, price, limit: limit.unwrap_or(f64::INFINITY) })
    }

    /// The spend that directions are measured from: current spend, scaled where the whole budget is spent.
    pub(super) fn reference(&self, current: &[f64], cap: bool) -> Vec<f64> {
        let scale = if cap { 1.0 } else { self.change_reference };
        current
            .iter()
            .zip(&self.state)
            .map(|(spend, s)| if *s == State::Active { scale * spend } else { *spend })
            .collect()
    }

    /// The bound that holds a term's spend, in words; empty when none does.
    pub(super) fn binding(&self, term: usize, binding: Binding) -> &'static str {
        match binding {
            Binding::None => "",
            Binding::Lower => self.words(term, true),
            Binding::Upper | Binding::Fixed => self.words(term, false),
        }
    }

    /// Where a bound is given.
    pub(super) fn source(&self, term: usize, lower: bool) -> &'static str {
        if lower { self.lower_origin[term].source() } else { self.upper_origin[term].source() }
    }

    /// Where a bound comes from, in words.
    pub(super) fn words(&self, term: usize, lower: bool) -> &'static str {
        if lower { self.lower_origin[term].words(true) } else { self.upper_origin[term].words(false) }
    }
}
