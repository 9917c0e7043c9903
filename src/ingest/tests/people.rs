//! Columns and values that are somebody's, or only look so.

use super::*;

const MD5: [&str; 2] = ["0cc175b9c0f1b6a831c399e269772661", "92eb5ffee6ae2fec3ad71c777531578f"];

/// Reads a table with one more column of these two values.
fn with_column(name: &str, values: [&str; 2], map: &[(&str, &str)]) -> Result<Ingested, IngestError> {
    let text = format!("term,clicks,conversions,{name}\nbed,10,1,{}\nsofa,20,2,{}\n", values[0], values[1]);
    let map = map.iter().map(|&(from, to)| (from.to_owned(), to.to_owned())).collect();
    read_with(&[&text], &IngestSettings { map, ..IngestSettings::default() })
}

/// What a value was taken for.
fn found(result: Result<Ingested, IngestError>) -> Option<&'static str> {
    match result {
        Ok(_) => None,
        Err(IngestError::Personal { what, .. }) => Some(what),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn keys_of_rows_pass_where_the_user_says_so_and_nobody_else() {
    let ignored = [("unique_key", "ignore")];
    let error = with_column("unique_key", MD5, &[]).unwrap_err();
    assert!(error.hint().is_some_and(|hint| hint.contains("--map \"unique_key=ignore\"")), "{error:?}");
    assert_eq!(with_column("unique_key", MD5, &ignored).unwrap().totals.clicks, 30.0);
    for (value, what) in [
        ("jane@example.com", "an e-mail address"),
        ("+49 170 1234567", "a phone number"),
        ("4111 1111 1111 1111", "a card number"),
    ] {
        assert_eq!(found(with_column("unique_key", [value, value], &ignored)), Some(what), "{value}");
    }
    // only the column that is named
    assert!(found(with_column("row_key", MD5, &[("clicks", "clicks")])).is_some());
}

#[test]
fn values_beside_the_table_are_looked_at() {
    let url = "https://shop.example/beds?gclid=EAIaIQobChMI7x&utm_source=a";
    assert_eq!(found(with_column("Final URL", ["https://shop.example/", url], &[])), Some("a click id"));
    let pattern = "https://shop.example/?gclid={gclid}";
    assert_eq!(found(with_column("Final URL", ["https://shop.example/", pattern], &[])), None);
    assert!(found(with_column("Dimension 1", ["1234567890.1785715200", "2234567890.1785715201"], &[])).is_some());
    assert_eq!(found(with_column("ext_id", ["ClMKCAjwzZmwBhBIEiQA", ""], &[])), Some("a click id"));
    assert_eq!(found(with_column("SDK version", ["4.12.0.1", "4.12.0.2"], &[])), None);
    assert_eq!(found(with_column("Server", ["4.12.0.1", "4.12.0.2"], &[])), Some("an IP address"));
}

#[test]
fn people_are_counted_and_not_named() {
    for name in ["Customer", "Kunde", "User", "Nutzer"] {
        assert!(with_column(name, ["12", "7"], &[]).is_ok(), "{name}");
        for values in [["Jane Doe", "John Roe"], ["u-17", "u-18"], ["12", "Jane Doe"]] {
            let error = with_column(name, values, &[]).unwrap_err();
            assert!(
                matches!(&error, IngestError::Identifies { column, .. } if column == name),
                "{values:?}: {error:?}"
            );
        }
    }
    // an agency's account stands in every row
    assert!(with_column("Client", ["Acme", "Acme"], &[]).is_ok());
}

#[test]
fn what_came_by_a_device_is_counted_and_may_be_left_out() {
    for name in ["Mobile", "Cell", "Cookies", "Contact", "Contacts", "Phone", "E-Mail", "Tel", "Móvil"] {
        assert!(with_column(name, ["12", "\"1,204\""], &[]).is_ok(), "{name}");
        for values in [["0170 1234567", "7"], ["1701234567", "1701234568"], ["jane@example.com", ""], ["a", "b"]] {
            let error = with_column(name, values, &[]).unwrap_err();
            assert!(matches!(error, IngestError::Identifies { .. }), "{name} {values:?}: {error:?}");
        }
        let ignored = [(name, "ignore")];
        assert!(with_column(name, ["yes", "no"], &ignored).is_ok(), "{name}");
        assert!(with_column(name, ["yes", "+49 170 1234567"], &ignored).is_err(), "{name}");
        assert!(with_column(name, ["jane@example.com", "no"], &ignored).is_err(), "{name}");
    }
    let error = with_column("Mobile", ["yes", "no"], &[]).unwrap_err();
    assert!(error.hint().is_some_and(|hint| hint.contains("--map \"Mobile=ignore\"")), "{error:?}");
    // what is a person's whatever it holds is not lifted
    assert!(with_column("user_id", ["1", "2"], &[("user_id", "ignore")]).is_err());
    assert!(with_column("Users", ["n/a", "1.2K"], &[]).is_ok());
    let counted = [("Contacts", "conversions"), ("conversions", "ignore")];
    let read = with_column("Contacts", ["3", "4"], &counted).unwrap();
    assert_eq!(read.totals.conversions, 7.0);
}

#[test]
fn columns_that_are_called_names_and_hold_peoples_stop_the_run() {
    for name in ["Name", "Nom", "Nombre", "Mitarbeiter", "Client"] {
        let error = with_column(name, ["Jane Doe", "John Roe"], &[]).unwrap_err();
        assert!(matches!(&error, IngestError::Identifies { column, .. } if column == name), "{name}: {error:?}");
        // campaigns, and an account, which few rows do not tell from people where it is called a client
        for values in [["Acme Beds", "Acme Beds"], ["spring", "summer"], ["Brand Search", "Generic Search"]] {
            assert!(name == "Client" || with_column(name, values, &[]).is_ok(), "{name} {values:?}");
        }
    }
    let accounts: String = (0..40).fold(String::from("term,clicks,conversions,Client\n"), |text, row| {
        format!("{text}t{row},5,1,{}\n", ["Jane Doe", "John Roe"][row % 2])
    });
    assert!(read_text(&accounts).is_ok());
}
