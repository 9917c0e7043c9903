//! Logs in no order of time.
//!
//! In: paths of files. Out: what [`super::in_order`] makes of the same lines in order. A session may go on anywhere in such
//! files, so none can be closed before their end. The visitors are taken in parts by their hashes instead, as many as memory
//! holds, and the files are read once for each part. Nothing is late here: a line whose clock was wrong counts on its day.

use super::order::Order;
use super::sessions::Sessions;
use super::tables::Tables;
use super::{LogSettings, Purchases, Seen};
use crate::ingest::IngestError;
use std::path::Path;

/// Sessions that are held at once: some 300 MB.
pub(super) const SESSIONS: usize = 2_000_000;

/// Reads all files for each part of the visitors; `most`: sessions that are held at once.
///
/// # Errors
/// A file that cannot be read, or is no access log.
pub(super) fn read(
    paths: &[&Path],
    settings: &LogSettings,
    purchases: Option<&Purchases>,
    most: usize,
) -> Result<Seen, IngestError> {
    let order = Order::unopened(settings, purchases)?;
    let mut sessions = Sessions::new(i64::from(settings.session));
    let mut tables = Tables::new(settings);
    let mut done = Vec::new();
    let (mut first, mut last) = (0, u64::MAX);
    loop {
        let is_first = first == 0;
        for path in paths {
            let file = order.each(path, |hit| {
                if is_first {
                    tables.see(hit.day);
                }
                if !(first..=last).contains(&hit.visitor) {
                    return;
                }
                sessions.take(hit);
                while last > first && sessions.are_more_than(most) {
                    last = first + (last - first) / 2;
                    sessions.forget_above(last);
                }
            })?;
            if is_first {
                done.push(file);
            }
        }
        sessions.close(None, |visit| tables.add(&visit));
        if last == u64::MAX {
            break;
        }
        // the next part is as large, as hashes are spread evenly
        (first, last) = (last + 1, (last + 1).saturating_add(last - first));
    }
    done.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Seen { done, sessions, tables })
}
