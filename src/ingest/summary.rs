//! Notes on the rows: what is odd about the data, and what was done to it.

use super::error::list;
use super::rows::{COST, IMPRESSIONS, Part, REVENUE};
use crate::domain::Notes;

/// Adds the notes that the tallies call for, in a fixed order.
pub(super) fn describe(notes: &mut Notes, part: &Part, merged: usize, alike: usize) {
    let tally = &part.tally;
    notes.add("after-as-of", tally.after_as_of, "rows dated after the day to look back from are left out");
    notes.add("blank-rows", tally.blank_rows, "rows without any text are passed over");
    let message = "rows of campaigns, ad groups or excluded keywords have no counts, and are left out";
    notes.add("rows-without-counts", tally.entities, message);
    for (measure, name) in [(IMPRESSIONS, "impressions"), (COST, "cost"), (REVENUE, "revenue")] {
        let message = format!("blank cells in {name} count as zero");
        notes.add("blank-as-zero", tally.blank[measure], message);
    }
    notes.add("rows-merged", merged, "rows of the same term and date were added up");
    let message = "terms and dates have several rows with the same clicks, and they were added up; if they are \
                   successive exports of one account, give `--exports` or a column `reported_on`";
    notes.add("rows-alike", alike, message);
    let unknown: Vec<&String> = part.unknown_status.keys().collect();
    let message = format!("status words not known count as enabled: {}", list(&unknown));
    notes.add("unknown-status", unknown.len(), message);
    let restored = "terms had become formulas in a spreadsheet, and are read as they were typed";
    notes.add("terms-restored", tally.restored, format!("rows: {restored}"));
    let lost = "rows have the error of a spreadsheet in place of the term; they are counted under that name";
    notes.add("terms-lost", tally.lost, lost);
    let message = "cells of shares, bids and targets have the error of a spreadsheet in place of a number; they count as not known";
    notes.add("not-computed", tally.not_computed, message);
    notes.add("no-term", tally.unnamed, "rows of a campaign have no term; they are counted as (no term)");
    notes.add(
        "long-ids",
        tally.long_ids,
        "rows have an id of 16 digits or more, kept as text; a spreadsheet would round it",
    );
    let rounded = "rows have an id that was rounded as a number (1.23E+19): different terms may have become one; export ids as text";
    notes.add("rounded-ids", tally.rounded_ids, rounded);
    notes.add("conversions-exceed-clicks", tally.conversions_exceed_clicks, "rows have more conversions than clicks");
    notes.add("conversions-without-clicks", tally.conversions_without_clicks, "rows have conversions and no clicks");
    notes.add("clicks-exceed-impressions", tally.clicks_exceed_impressions, "rows have more clicks than impressions");
    notes.add("cost-without-clicks", tally.cost_without_clicks, "rows have cost and no clicks");
    notes.add(
        "fractional-counts",
        tally.fractional_counts,
        "rows have a fraction of a click or impression; a point may have been meant to group thousands",
    );
}
