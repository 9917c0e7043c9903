//! Tables of a synthetic account as CSV text; the caller writes the files.
//!
//! Fields are quoted after RFC 4180 where they need it, numbers are plain decimals, lines end in a
//! line feed.

use super::hidden::{lost_text, share_text};
use super::observation::Observation;
use super::reporting::Export;
use super::truth::Truth;
use crate::domain::{Status, TermKey, guarded};
use rayon::prelude::*;
use std::fmt::Write;

/// The report as the platform would export it, one row for each term and week in which it was
/// shown. Columns: `term, match_type, campaign, ad_group, label, status, week, impressions, clicks,
/// cost, conversions, revenue, max_cpc, impression_share, lost_is_rank, lost_is_budget, campaign_budget, margin, currency`;
/// shares, budgets and `margin` only where one is known.
#[must_use]
pub fn observation_csv(observation: &Observation) -> String {
    report_csv(observation, None)
}

/// The same of an earlier day, with the column `reported_on` at the end.
#[must_use]
pub fn export_csv(export: &Export) -> String {
    report_csv(&export.observation, Some(&export.reported_on.to_string()))
}

fn report_csv(observation: &Observation, reported_on: Option<&str>) -> String {
    let with_margin = observation.terms.iter().any(|term| term.margin.is_some());
    let mut head = String::from(
        "term,match_type,campaign,ad_group,label,status,week,impressions,clicks,cost,conversions,revenue,max_cpc",
    );
    let with_share = observation.rows.impression_share.iter().any(Option::is_some);
    if with_share {
        head.push_str(",impression_share,lost_is_rank");
    }
    let with_budget = observation.rows.has_budgets();
    if with_budget {
        head.push_str(",lost_is_budget,campaign_budget");
    }
    head.push_str(if with_margin { ",margin,currency" } else { ",currency" });
    head.push_str(if reported_on.is_some() { ",reported_on\n" } else { "\n" });
    let rows = &observation.rows;
    let weeks: Vec<String> = observation.weeks.iter().map(ToString::to_string).collect();
    let currency = field(&observation.currency);
    let starts = &rows.term;
    let body: Vec<String> = (0..observation.terms.len())
        .into_par_iter()
        .map(|number| {
            let term = &observation.terms[number];
            let (from, to) = (
                starts.partition_point(|&owner| (owner as usize) < number),
                starts.partition_point(|&owner| (owner as usize) <= number),
            );
            let label = field(term.label.as_deref().unwrap_or_default());
            let status = match term.status {
                Status::Enabled => "enabled",
                Status::Paused => "paused",
                Status::Removed => "removed",
            };
            let lead = format!("{},{label},{status}", key_fields(&term.key));
            let mut tail = String::new();
            if with_margin {
                tail.push(',');
                tail.push_str(&term.margin.map(|margin| margin.to_string()).unwrap_or_default());
            }
            tail.push(',');
            tail.push_str(&currency);
            if let Some(day) = reported_on {
                tail.push(',');
                tail.push_str(day);
            }
            let mut text = String::with_capacity((to - from) * (lead.len() + tail.len() + 56));
            for row in from..to {
                let cell = rows.cell(row);
                let week = &weeks[rows.week[row] as usize];
                // writing to a String cannot fail
                let _ = write!(
                    text,
                    "{lead},{week},{},{},{:.2},{},{:.2},",
                    cell.impressions, cell.clicks, cell.cost, cell.conversions, cell.revenue
                );
                // a pool of hidden terms has no bid
                if cell.max_cpc > 0.0 {
                    let _ = write!(text, "{:.2}", cell.max_cpc);
                }
                if with_share {
                    let (share, lost) = (share_text(cell.impression_share), lost_text(cell.lost_to_rank()));
                    let _ = write!(text, ",{share},{lost}");
                }
                if with_budget {
                    let _ = write!(text, ",{},", lost_text(cell.lost_to_budget));
                    if cell.campaign_budget > 0.0 {
                        let _ = write!(text, "{:.2}", cell.campaign_budget);
                    }
                }
                let _ = writeln!(text, "{tail}");
            }
            text
        })
        .collect();
    joined(head, &body)
}

/// The true parameters, one row a term, in the order of the terms of the report. Rates and
/// elasticity with six decimals; prices and spends in account currency, per click and per week.
/// Columns: `term, match_type, campaign, ad_group, cvr, value, cpc, elasticity, demand,
/// reference_spend, current_spend, ctr`.
#[must_use]
pub fn truth_csv(truth: &Truth) -> String {
    let head = "term,match_type,campaign,ad_group,cvr,value,cpc,elasticity,demand,reference_spend,current_spend,ctr\n";
    let body: Vec<String> = (0..truth.terms.len())
        .into_par_iter()
        .map(|index| {
            format!(
                "{},{:.6},{:.4},{:.4},{:.6},{:.4},{:.4},{:.4},{:.6}\n",
                key_fields(&truth.terms[index]),
                truth.cvr[index],
                truth.order_value[index],
                truth.cpc[index],
                truth.elasticity[index],
                truth.demand[index],
                truth.reference_spend[index],
                truth.current_spend[index],
                truth.ctr[index],
            )
        })
        .collect();
    joined(head.to_owned(), &body)
}

fn joined(mut text: String, parts: &[String]) -> String {
    text.reserve(parts.iter().map(String::len).sum());
    for part in parts {
        text.push_str(part);
    }
    text
}

fn key_fields(key: &TermKey) -> String {
    let optional = |value: &Option<String>| field(value.as_deref().unwrap_or_default());
    let (match_type, campaign) = (optional(&key.match_type), optional(&key.campaign));
    format!("{},{match_type},{campaign},{}", field(&key.term), optional(&key.ad_group))
}

/// One field, kept from running as a formula, and quoted if it holds a separator, a quote or a line break (RFC 4180, section 2).
fn field(text: &str) -> String {
    let text = guarded(text);
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into_owned() }
}
