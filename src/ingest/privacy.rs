//! Privacy at the door: columns that identify people, and e-mail addresses inside terms.
//!
//! In: a column name or the text of a term. Out: whether it identifies people, or the masked text.
//! It knows names and shapes, not people: a column of names under a harmless heading passes.

use super::aliases::normalize;
use std::borrow::Cow;

/// Owners of an id: `user_id`, `client id`, `DeviceID`, `customer_hash` all identify somebody.
const OWNERS: [&str; 14] = [
    "user",
    "client",
    "visitor",
    "customer",
    "device",
    "cookie",
    "session",
    "person",
    "member",
    "subscriber",
    "contact",
    "order",
    "transaction",
    "click",
];
const ID_WORDS: [&str; 5] = ["id", "uid", "uuid", "hash", "number"];
const WHOLE: [&str; 36] = [
    "email",
    "emailaddress",
    "mail",
    "mailaddress",
    "emailhash",
    "hashedemail",
    "phone",
    "phonenumber",
    "telephone",
    "telephonenumber",
    "telefon",
    "telefonnummer",
    "mobile",
    "mobilenumber",
    "mobilephone",
    "msisdn",
    "ip",
    "ipaddress",
    "ipaddr",
    "ipadresse",
    "clientip",
    "userip",
    "remoteip",
    "remoteaddr",
    "gclid",
    "wbraid",
    "gbraid",
    "msclkid",
    "fbclid",
    "dclid",
    "ttclid",
    "twclid",
    "yclid",
    "cookie",
    "userpseudoid",
    "idfa",
];

/// Whether a column of this name identifies people.
pub(super) fn identifies(column: &str) -> bool {
    let name = normalize(column);
    let id_of = |owner: &str| name.strip_prefix(owner).is_some_and(|rest| ID_WORDS.contains(&rest));
    OWNERS.iter().any(|owner| id_of(owner))
        || WHOLE.contains(&name.as_str())
        || name.ends_with("gclid")
        || name.ends_with("emailaddress")
        || ["user", "customer", "client", "contact"]
            .iter()
            .any(|owner| name.strip_prefix(owner).is_some_and(|rest| WHOLE.contains(&rest)))
}

/// Replaces every e-mail address in `text` by `(masked)`; borrows where there is none.
pub(super) fn mask_emails(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find('@') {
        let local = rest[..at].bytes().rev().take_while(|&byte| is_local(byte)).count();
        let domain = rest[at + 1..].bytes().take_while(|&byte| is_domain(byte)).count();
        let name = rest[at + 1..at + 1 + domain].trim_end_matches(['.', '-']);
        let last = name.rsplit_once('.').map_or("", |(_, last)| last);
        let address =
            local > 0 && last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
        let end = at + 1 + if address { name.len() } else { 0 };
        if address {
            masked.push_str(&rest[..at - local]);
            masked.push_str("(masked)");
        } else {
            masked.push_str(&rest[..end]);
        }
        found |= address;
        rest = &rest[end..];
    }
    masked.push_str(rest);
    if found { Cow::Owned(masked) } else { Cow::Borrowed(text) }
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-')
}

fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'.' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert!(identifies(name), "{name}");
        }
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
        ] {
            assert!(!identifies(name), "{name}");
        }
    }

    #[test]
    fn addresses_are_masked_and_nothing_else() {
        for (text, masked) in [
            ("jane.doe@example.com", "(masked)"),
            ("login jane+x@mail.example.co.uk now", "login (masked) now"),
            ("a@b.de, c@d.org.", "(masked), (masked)."),
            ("buy @home sofa", "buy @home sofa"),
            ("2 @ 5", "2 @ 5"),
            ("m\u{fc}ller@example.de", "(masked)"),
            ("@@a@b", "@@a@b"),
            ("user@localhost", "user@localhost"),
        ] {
            assert_eq!(mask_emails(text), masked, "{text}");
        }
    }
}
