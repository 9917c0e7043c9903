//! Names of columns that identify people, in English, German, French and Spanish.
//!
//! In: a column's name. Out: whether it identifies people. Names are compared without case, accents, spaces and
//! punctuation. A word for a name that may be a campaign's (`Name`, `Nom`, `Nombre`) does not.

use super::account::Accounts;
use super::names::{
    ACCOUNTS, COUNTED, ENDS, ID_FIRST, ID_WORDS, NAME_OF, OF_PERSON, OWNERS, OWNERS_LAST, PERSONS, REACH, REACHED,
    WHOLE,
};
use super::personal;
use crate::ingest::aliases::normalize;

/// Whether a column of this name may be the account's, which its values tell.
pub(in crate::ingest) fn may_be_account(column: &str) -> bool {
    ACCOUNTS.contains(&plain(column).as_str())
}

/// What tells from its values whether a column of this name is of people, if they tell it.
pub(in crate::ingest) fn judged(column: &str) -> Option<Accounts> {
    let is_count = is_counted(column);
    (is_count || may_be_account(column)).then(|| Accounts::new(is_count))
}

/// Whether a column of this name may hold a count of people as well as their names.
fn is_counted(column: &str) -> bool {
    COUNTED.contains(&plain(column).as_str())
}

/// Whether a column of this name holds versions, which are written like addresses of machines.
pub(in crate::ingest) fn holds_versions(column: &str) -> bool {
    let lower = column.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| word.starts_with("version") || (word.ends_with("version") && !word.ends_with("conversion")))
}

/// A table's columns that identify people. In tables of Google Ads' own names `customer_id` is the
/// account; elsewhere `is_account` tells it from the values of a column, given its number: that they are accounts or counts.
pub(in crate::ingest) fn identifying<'n>(names: &'n [String], is_account: &dyn Fn(usize) -> bool) -> Vec<&'n String> {
    let metric = |name: &String| {
        let name = name.trim().to_ascii_lowercase();
        name.starts_with("metrics") || name.ends_with("cost_micros")
    };
    let is_report = names.iter().any(metric);
    let is_own = |at: usize, name: &str| {
        (is_report && normalize(name) == "customerid") || ((may_be_account(name) || is_counted(name)) && is_account(at))
    };
    let found = |&(at, name): &(usize, &String)| {
        ((identifies(name) || is_counted(name)) && !is_own(at, name)) || personal(name).is_some()
    };
    names.iter().enumerate().filter(found).map(|(_, name)| name).collect()
}

fn plain(column: &str) -> String {
    // the raised letters of `N\u{ba}` and the like say nothing
    normalize(column).chars().filter(|letter| !matches!(letter, '\u{aa}' | '\u{ba}')).map(without_accent).collect()
}

/// Whether a column of this name identifies people.
fn identifies(column: &str) -> bool {
    let name = plain(column);
    let id_of = |owner: &str| name.strip_prefix(owner).is_some_and(|rest| ID_WORDS.contains(&rest));
    let id_before = |owner: &str| name.strip_suffix(owner).is_some_and(|rest| ID_FIRST.contains(&rest));
    let contact_of = |owner: &str| name.strip_prefix(owner).is_some_and(|rest| WHOLE.contains(&rest));
    let reached = |way: &str| {
        let beside = name.strip_prefix(way).or_else(|| name.strip_suffix(way));
        // several of one person are numbered
        beside.is_some_and(|word| REACHED.contains(&word))
            || name.strip_prefix(way).is_some_and(|number| matches!(number.as_bytes(), [b'0'..=b'9']))
    };
    WHOLE.contains(&name.as_str())
        || REACH.iter().any(|way| reached(way))
        || NAME_OF.contains(&name.as_str())
        || OF_PERSON.iter().any(|of| name.strip_prefix(of).is_some_and(|person| PERSONS.contains(&person)))
        || OWNERS.iter().any(|owner| id_of(owner) || contact_of(owner))
        || OWNERS_LAST.iter().any(|owner| id_before(owner))
        || ENDS.iter().any(|end| name.ends_with(end))
}

fn without_accent(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' => 'o',
        'ù' | 'ú' | 'û' => 'u',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{holds_versions, identifies, identifying};

    #[test]
    fn names_that_identify_people() {
        for name in [
            "user_id",
            "Client ID",
            "E-Mail",
            "email",
            "phone",
            "IP",
            "ip_address",
            "gclid",
            "GCLID",
            "msclkid",
            "fbclid",
            "Cookie ID",
            "cookie",
            "device_id",
            "Customer ID",
            "customerId",
            "user email",
            "visitor_uuid",
            "order_id",
            "customer_phone",
            "First name",
            "last_name",
            "Surname",
            "Customer name",
            "user name",
            "Billing e-mail",
            "E-Mail-Adresse",
            "Telefonnummer",
            "IP-Adresse",
            "Vorname",
            "Nachname",
            "Kundenname",
            "Kundennummer",
            "Kunden-ID",
            "Nutzer-ID",
            "Benutzer ID",
            "Geräte-ID",
            "Klick-ID",
            "Geburtsdatum",
            "Adresse e-mail",
            "Courriel",
            "Téléphone",
            "Numéro de téléphone",
            "Adresse IP",
            "Prénom",
            "Nom de famille",
            "Nom du client",
            "ID client",
            "Identifiant utilisateur",
            "ID du clic",
            "Numéro client",
            "Correo electrónico",
            "Teléfono",
            "Dirección IP",
            "Apellidos",
            "Nombre completo",
            "Nombre del cliente",
            "ID de usuario",
            "ID de cliente",
            "ID del clic",
            "Fecha de nacimiento",
            "User agent",
            "idfa",
            "ga_client_id",
            "Google Click ID",
            "cliente_id",
            "advertising_id",
            "maid",
            "crm_id",
            "li_fat_id",
            "Bestellnummer",
            "Adresse",
            "Handy",
            "Lead name",
        ] {
            assert!(identifies(name), "{name}");
        }
    }

    #[test]
    fn more_names_that_identify_people() {
        for name in [
            "email_1",
            "Email (work)",
            "work_email",
            "recipient_email",
            "email_sha256",
            "Phone No.",
            "phone_e164",
            "Cell number",
            "Mobiltelefon",
            "Téléphone mobile",
            "N° de téléphone",
            "Móvil",
            "IPv6",
            "ip_v4",
            "remote_host",
            "E-Mail des Kunden",
            "Courriel du client",
            "Name des Kunden",
            "Name of customer",
            "Contact",
            "Kontaktname",
            "fname",
            "lname",
            "uid",
            "UUID",
            "guid",
            "anonymous_id",
            "distinct_id",
            "user id hash",
            "cookies",
            "Login",
            "Kreditkartennummer",
            "Adresse de messagerie",
            "ID de clic de Google",
            "Google-Klick-ID",
            "Vor- und Nachname",
            "Name des Nutzers",
            "Nom de l'utilisateur",
            "Celular",
            "Nutzerkennung",
            "Benutzerkennung",
            "cust_id",
            "Caller ID",
            "N\u{b0} de commande",
            "N\u{ba} de pedido",
            "ID de transacción",
            "SSN",
            "NIF",
            "DNI",
            "Kartennummer",
            "Carte bancaire",
            "Tarjeta de crédito",
        ] {
            assert!(identifies(name), "{name}");
        }
    }

    #[test]
    fn the_account_of_a_warehouse_table_is_nobody() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let found =
            |columns: &[&str], account: bool| identifying(&names(columns), &|_| account).first().copied().cloned();
        assert_eq!(found(&["customer_id", "campaign_id", "metrics_clicks"], false), None);
        assert_eq!(found(&["customer.id", "metrics.cost_micros", "gclid"], false).as_deref(), Some("gclid"));
        assert_eq!(found(&["customer_id", "term", "clicks"], false).as_deref(), Some("customer_id"));
        assert_eq!(found(&["Customer ID", "Client name", "term"], true), None);
        assert_eq!(found(&["gclid", "term"], true).as_deref(), Some("gclid"), "no account is called so");
        // a count is nobody, and a name is somebody
        for column in ["Customer", "Kunde", "User", "Nutzer", "Cliente"] {
            assert_eq!(found(&[column, "term", "clicks"], false).as_deref(), Some(column));
            assert_eq!(found(&[column, "term", "clicks"], true), None);
        }
        // a table without a header
        assert_eq!(found(&["term", "83.149.9.216"], false).as_deref(), Some("83.149.9.216"));
    }

    #[test]
    fn names_of_aggregates() {
        for name in [
            "Clicks",
            "Phone calls",
            "Phone impressions",
            "ad_group_id",
            "campaign_id",
            "criterion_id",
            "Device",
            "Description",
            "Click share",
            "Orders",
            "Order value",
            "users",
            "New customers",
            "Recipe",
            "Clicks (phone)",
            "Campaign Name",
            "Ad group name",
            "Account name",
            "Name",
            "Profile Name",
            "Portfolio name",
            "Kampagnenname",
            "Name der Kampagne",
            "Nom de la campagne",
            "Nom",
            "Nombre",
            "Nombre de la campaña",
            "Ad name",
            "Keyword ID",
            "Nutzer",
            "Clics",
            "Clientes nuevos",
            "Telefonanrufe",
            "Anrufe",
            "Appels",
            "Numéro",
            "Titel",
            "Tel Aviv",
            "Customer acquisition cost",
            "Email campaign",
            "Sessions",
            "Mobile bid adj.",
            "Ad ID",
            "Landing page address",
            "Bestellungen",
            "Phone 2024",
            "Contacts",
            "Logins",
            "Home phone calls",
            "Name der Anzeige",
            "Nom du groupe",
            "Kennung der Kampagne",
            "Callers",
            "Custom label",
        ] {
            assert!(!identifies(name), "{name}");
        }
    }

    #[test]
    fn versions_are_told_by_their_columns() {
        for name in ["SDK version", "sdk_version", "Versionsnummer", "App-Version", "appVersion"] {
            assert!(holds_versions(name), "{name}");
        }
        for name in ["Conversions", "All conversions", "Post-conversion", "Term"] {
            assert!(!holds_versions(name), "{name}");
        }
    }
}
