//! One term explained.

use super::ExplainError;
use super::curve::curve;
use super::stored::{Row, Stored};
use crate::report::format::{self, Money};
use crate::report::terminal_table::{aligned, wrapped};
use crate::response::Curve;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What the sentences are made from.
struct Told<'a> {
    row: &'a Row,
    posterior: Option<Row>,
    curve: Option<Curve>,
    /// What the next unit of money earns elsewhere, in the objective's units.
    price: Option<f64>,
    /// Objective a click, as believed.
    worth: Option<f64>,
    objective: &'a str,
    per: &'a str,
    level: f64,
    money: Money,
}

/// Text and figures of a row of `recommendations.csv`.
pub(super) fn explain(stored: &Stored, row: &Row) -> Result<(String, Value), ExplainError> {
    let posterior = stored.rows("posterior.csv", |other| other.same_term(row))?.into_iter().next();
    let curve = stored.rows("response_curves.csv", |other| other.same_term(row))?.first().and_then(curve);
    let now = row.number("current_spend").unwrap_or(0.0);
    let slope = curve.as_ref().map(|curve| curve.marginal(now)).filter(|slope| *slope > 0.0 && slope.is_finite());
    let told = Told {
        row,
        posterior,
        price: stored.plan("certificate/lambda"),
        worth: row.number("marginal_return_now").zip(slope).map(|(marginal, slope)| marginal / slope),
        curve,
        objective: stored.plan_text("objective").unwrap_or("conversions"),
        per: stored.plan_text("per").unwrap_or("week"),
        level: stored.plan("level").unwrap_or(0.9),
        money: Money::new(stored.summary["currency"].as_str()),
    };
    let mut text = told.head();
    text += &told.belief();
    text += &told.curve_table();
    text += &told.price_words();
    text += &told.held(stored)?;
    text += &told.turning();
    if let Some(reason) = row.text("reason") {
        text += &wrapped(&format!("In a sentence: {reason}."));
    }
    Ok((plain(&text), told.json()))
}

/// Plain signs: not every terminal font has the typographic ones.
pub(super) fn plain(text: &str) -> String {
    text.replace('−', "-").replace(format::NONE, "-").replace('\u{a0}', " ")
}

/// What would have to be different for the opposite advice: factor on what a click is worth, elasticity, and factor on the
/// price of a click; each alone, all else as believed.
struct Turning {
    worth: f64,
    rate: Option<f64>,
    elasticity: Option<f64>,
    cpc: Option<f64>,
}

impl Told<'_> {
    fn number(&self, column: &str) -> Option<f64> {
        self.row.number(column)
    }

    /// Whether a person put it where it is.
    fn is_decided(&self) -> bool {
        self.row.text("binding") == Some("decision")
    }

    fn head(&self) -> String {
        let row = self.row;
        let parts = [row.text("campaign"), row.text("ad_group"), row.text("match_type"), row.text("channel")];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        let mut text = wrapped(&format::clean(row.text("term").unwrap_or("(no text)")));
        if !parts.is_empty() {
            text += &wrapped(&format!("  in {}", format::clean(&parts.join(", "))));
        }
        let (now, plan) =
            (self.number("current_spend").unwrap_or(0.0), self.number("recommended_spend").unwrap_or(0.0));
        let change =
            self.number("change_pct").map_or_else(String::new, |change| format!(" ({})", format::change(change)));
        let sure = self.number("p_direction").map_or_else(String::new, |p| {
            format!("; the direction is right with a probability of {}", format::probability(p))
        });
        text += &wrapped(&format!(
            "{}: from {} to {} a {}{change}{sure}.",
            row.text("action").unwrap_or("hold"),
            self.money.exact(now),
            self.money.exact(plan),
            self.per
        ));
        if let Some((low, high)) = self.number("spend_p05").zip(self.number("spend_p95")).filter(|_| !self.is_decided())
        {
            text += &wrapped(&format!(
                "The best spend lies between {} and {} in {} of the posterior draws.",
                self.money.exact(low),
                self.money.exact(high),
                format::share(self.level)
            ));
        }
        text
    }

    fn belief(&self) -> String {
        let (clicks, conversions) = (self.posterior_number("clicks"), self.posterior_number("conversions"));
        let rate = |column: &str| format::or_none(self.posterior_number(column), format::percent);
        let mut rows = vec![
            vec![
                "counted".to_owned(),
                rate("cvr_raw"),
                format!(
                    "{} conversions on {} clicks",
                    format::or_none(conversions, format::observed),
                    format::or_none(clicks, format::observed)
                ),
            ],
            vec!["expected before".to_owned(), rate("cvr_prior"), "of a term of its campaign and kind".to_owned()],
            vec![
                "believed".to_owned(),
                rate("cvr_mean"),
                format!(
                    "{} interval {} to {}, {} its own data",
                    format::share(self.level),
                    rate("cvr_p05"),
                    rate("cvr_p95"),
                    format::or_none(self.posterior_number("own_data_weight"), format::share)
                ),
            ],
        ];
        // a scenario supposes another
        let other = |(own, believed): &(f64, f64)| (own - believed).abs() > 1e-6 * believed;
        if let Some((own, _)) = self.number("cvr_mean").zip(self.posterior_number("cvr_mean")).filter(other) {
            rows.push(vec![
                "supposed".to_owned(),
                format::percent(own),
                "by the scenario, and planned with".to_owned(),
            ]);
        }
        if let Some(value) = self.posterior_number("value_mean") {
            rows.push(vec!["a conversion".to_owned(), self.money.exact(value), "in revenue, as believed".to_owned()]);
        }
        if let Some(factor) = self.number("incrementality").filter(|factor| (factor - 1.0).abs() > 1e-9) {
            rows.push(vec!["really brought".to_owned(), format::share(factor), "of what is counted".to_owned()]);
        }
        format!("\nConversion rate\n{}", indented(&rows))
    }

    fn posterior_number(&self, column: &str) -> Option<f64> {
        self.posterior.as_ref()?.number(column)
    }

    /// The curve at a few spends.
    fn curve_table(&self) -> String {
        let Some(curve) = &self.curve else { return String::new() };
        let (now, plan) =
            (self.number("current_spend").unwrap_or(0.0), self.number("recommended_spend").unwrap_or(0.0));
        let mut points = vec![("now", now), ("plan", plan)];
        if now > 0.0 {
            points.extend([("half of now", 0.5 * now), ("half more", 1.5 * now)]);
        }
        points.sort_by(|one, other| one.1.total_cmp(&other.1));
        let rate = self.number("cvr_mean").unwrap_or(0.0) * self.number("incrementality").unwrap_or(1.0);
        let mut rows = vec![["", "spend", "clicks", "conversions", "next unit returns"].map(str::to_owned).to_vec()];
        for (name, spend) in points {
            let clicks = curve.value(spend);
            let returns = self.worth.map(|worth| worth * curve.marginal(spend)).filter(|figure| figure.is_finite());
            rows.push(vec![
                name.to_owned(),
                self.money.exact(spend),
                format::count(clicks),
                format::count(clicks * rate),
                format::or_none(returns, |figure| format::significant_trimmed(figure, 3)),
            ]);
        }
        let elasticity = self.number("elasticity").map_or_else(
            || "It has no spend yet: its curve is that of its campaign's price of a click, under a cap.".to_owned(),
            |elasticity| {
                let sd = self
                    .number("elasticity_sd")
                    .map_or_else(String::new, |sd| format!(" (standard deviation {})", format::ratio(sd)));
                let source = match self.row.text("curve_basis") {
                    Some("data") => "learned from moves of its own bid or budget",
                    Some("simulator") => "told by the platform's simulator",
                    Some("pooled") => "learned from terms like it",
                    _ => "a stated prior: nothing moved that would tell",
                };
                format!(
                    "One percent more spend brings {}{sd} percent more clicks, {source}.",
                    format::ratio(elasticity)
                )
            },
        );
        format!("\nResponse curve\n{}{}", indented(&rows), wrapped(&elasticity))
    }

    fn unit(&self) -> &'static str {
        match self.objective {
            "profit" => "margin",
            "revenue" => "revenue",
            _ => "conversions",
        }
    }

    fn price_words(&self) -> String {
        let Some((price, now)) = self.price.zip(self.number("marginal_return_now")) else { return String::new() };
        let plan =
            format::or_none(self.number("marginal_return_plan"), |figure| format::significant_trimmed(figure, 3));
        let mut text = "\nPrice of money\n".to_owned();
        text += &wrapped(&format!(
            "Its next unit of money returns {} in {} now and {plan} under the plan; the account's price of money, what the last \
             unit earns elsewhere, is {}.",
            format::significant_trimmed(now, 3),
            self.unit(),
            format::significant_trimmed(price, 3)
        ));
        text
    }

    /// The limit that holds it, what it would get without, and the lever.
    fn held(&self, stored: &Stored) -> Result<String, ExplainError> {
        let mut text = String::new();
        if let Some(binding) = self.row.text("binding") {
            let free = self.free_spend().map_or_else(String::new, |free| {
                format!(" Free of every limit, at that price of money, it would get {}.", self.money.exact(free))
            });
            let mut sentence = format!("Held by: {binding}.{free}");
            if let Some((kind, name)) = binding.split_once(": ") {
                let kind = kind.trim_end_matches(" (upper)").trim_end_matches(" (lower)");
                let limits = stored
                    .rows("limits.csv", |row| row.text("kind") == Some(kind) && row.text("name") == Some(name))?;
                if let Some(worth) = limits.first().and_then(|row| row.number("worth")) {
                    let _ = write!(
                        sentence,
                        " One unit of money more in that limit is worth {} in {}.",
                        format::significant_trimmed(worth, 3),
                        self.unit()
                    );
                }
            }
            text += &wrapped(&sentence);
        }
        let lever = self.row.text("lever").unwrap_or("advisory").replace('_', " ");
        if let (Some(now), Some(plan)) = (self.number("lever_now"), self.number("lever_plan")) {
            text += &wrapped(&format!("To set: {lever} from {now} to {plan}."));
        } else if lever == "advisory" {
            text += &wrapped("Nothing on the platform sets its spend alone: its campaign's budget and bids do.");
        } else {
            text += &wrapped(&format!("To set: {lever}{}.", if lever == "status" { " to paused" } else { "" }));
        }
        Ok(text)
    }

    /// Spend at which its last unit of money earns the account's price.
    fn free_spend(&self) -> Option<f64> {
        let (curve, price, worth) = (self.curve.as_ref()?, self.price?, self.worth?);
        let spend = curve.spend_at_marginal(price / worth);
        spend.is_finite().then_some(spend)
    }

    /// What would have to be different for the opposite advice.
    fn turn(&self) -> Option<Turning> {
        let (now, price) = (self.number("marginal_return_now")?, self.price.filter(|price| *price > 0.0)?);
        let movable = matches!(self.row.text("state"), Some("active" | "new")) && !self.is_decided();
        if !movable || now <= 0.0 {
            return None;
        }
        let worth = price / now;
        let elasticity = self.number("elasticity");
        Some(Turning {
            worth,
            rate: self.number("cvr_mean").map(|rate| rate * worth),
            // the next click's price is the average one's over the elasticity
            elasticity: elasticity.map(|elasticity| elasticity * worth).filter(|needed| *needed <= 1.0),
            cpc: elasticity.map(|elasticity| worth.powf(-1.0 / elasticity)),
        })
    }

    fn turning(&self) -> String {
        let Some(turning) = self.turn() else { return String::new() };
        let (raised, worth) = (turning.worth < 1.0, turning.worth);
        let side = if raised { "less" } else { "more" };
        let mut ways = vec![format!("a click were worth {side} than {} of what is believed", format::share(worth))];
        if let Some(rate) = turning.rate {
            let ends = self.number("cvr_p05").zip(self.number("cvr_p95"));
            let inside = ends.map_or("", |(low, high)| {
                if (low..=high).contains(&rate) { ", inside its interval" } else { ", outside its interval" }
            });
            ways.push(format!("its rate were {side} than {}{inside}", format::percent(rate)));
        }
        if let Some(cpc) = turning.cpc.filter(|cpc| cpc.is_finite()) {
            let (size, way) = if cpc > 1.0 { (cpc - 1.0, "dearer") } else { (1.0 - cpc, "cheaper") };
            ways.push(format!("clicks were {} {way}", format::share(size)));
        }
        if let Some(elasticity) = turning.elasticity {
            ways.push(format!("its elasticity were {side} than {}", format::ratio(elasticity)));
        }
        let advice = if raised { "less" } else { "more" };
        format!(
            "\nWhat would turn it\n{}",
            wrapped(&format!("Money would earn more elsewhere, and the advice be to spend {advice} here, if one of these held: {}.", ways.join("; ")).replace(
                "Money would earn more elsewhere, and the advice be to spend more here",
                "Money would earn more here, and the advice be to spend more"
            ))
        )
    }

    fn json(&self) -> Value {
        let turning = self.turn();
        let cell = |column: &str| match (self.row.number(column), self.row.text(column)) {
            (Some(number), _) => json!(number),
            (None, Some(text)) => json!(text),
            (None, None) => Value::Null,
        };
        let columns = [
            "term",
            "match_type",
            "campaign",
            "ad_group",
            "channel",
            "state",
            "action",
            "current_spend",
            "recommended_spend",
            "change_pct",
            "spend_p05",
            "spend_p95",
            "p_direction",
            "marginal_return_now",
            "marginal_return_plan",
            "elasticity",
            "elasticity_sd",
            "curve_basis",
            "incrementality",
            "lever",
            "lever_now",
            "lever_plan",
            "binding",
            "reason",
        ];
        let mut value: Value =
            columns.iter().map(|column| ((*column).to_owned(), cell(column))).collect::<serde_json::Map<_, _>>().into();
        // a search for a number is a text
        value["term"] = json!(self.row.text("term"));
        for column in [
            "clicks",
            "conversions",
            "cvr_raw",
            "cvr_prior",
            "cvr_mean",
            "cvr_p05",
            "cvr_p95",
            "own_data_weight",
            "value_mean",
        ] {
            value[column] = json!(self.posterior_number(column));
        }
        value["price_of_money"] = json!(self.price);
        value["spend_free_of_limits"] = json!(self.free_spend());
        value["opposite_if"] = json!(turning.map(|turning| json!({
            "worth_factor": turning.worth,
            "cvr": turning.rate,
            "elasticity": turning.elasticity,
            "cpc_factor": turning.cpc,
        })));
        value
    }
}

/// Rows in columns, two spaces in.
fn indented(rows: &[Vec<String>]) -> String {
    aligned(rows).lines().flat_map(|line| ["  ", line, "\n"]).collect()
}
