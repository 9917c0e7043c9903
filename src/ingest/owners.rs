//! Advertising accounts that share a table.
//!
//! In: the names of columns, and the cells of one that names the account. Out: a note where there are several, because rows of one
//! term and campaign are added up over them. An account is no level of its own: two accounts with one name of a campaign
//! may be one business in two countries or two businesses, which only the user knows, who can make it the channel.

use super::aliases::normalize;
use crate::domain::Notes;
use std::collections::BTreeSet;

/// How many are kept.
const KEPT: usize = 50;
/// Names of columns that name the account, the better first.
const COLUMNS: [&str; 22] = [
    "account",
    "accountname",
    "customername",
    "clientname",
    "customerdescriptivename",
    "konto",
    "kontoname",
    "kundenname",
    "compte",
    "nomducompte",
    "cuenta",
    "nombredelacuenta",
    "accountid",
    "accountnumber",
    "customerid",
    "clientcustomerid",
    "externalcustomerid",
    "kontoid",
    "kundenid",
    "iddecompte",
    "iddecuenta",
    "profileid",
];

/// The accounts of a file's rows.
#[derive(Debug, Default)]
pub(super) struct Owners(BTreeSet<String>);

impl Owners {
    /// Sees the account of a row.
    pub(super) fn see(&mut self, account: &str) {
        let account = account.trim();
        if !account.is_empty() && self.0.len() < KEPT && !self.0.contains(account) {
            self.0.insert(account.to_owned());
        }
    }

    /// Takes in those of another part.
    pub(super) fn merge(&mut self, other: Self) {
        let room = KEPT.saturating_sub(self.0.len());
        self.0.extend(other.0.into_iter().take(room));
    }

    /// Says that there are several, if so.
    pub(super) fn note(&self, column: Option<&str>, notes: &mut Notes) {
        let Some(column) = column.filter(|_| self.0.len() > 1) else { return };
        let message = format!(
            "accounts are in `{column}`; rows of the same term and campaign are added up over them: `--map \"{column}=channel\"` \
             keeps accounts apart"
        );
        notes.add("several-accounts", self.0.len(), message);
    }
}

/// Of some columns of a table the one that names the account; none where a column that names it is the channel, which keeps
/// accounts apart.
pub(super) fn column(names: &[String], among: &[usize], channel: Option<usize>) -> Option<usize> {
    let rank = |at: usize| COLUMNS.iter().position(|known| *known == normalize(&names[at]));
    if channel.and_then(rank).is_some() {
        return None;
    }
    among.iter().copied().filter_map(|at| Some((rank(at)?, at))).min().map(|(_, at)| at)
}
