//! The config file explained: its JSON Schema, and a reference of every key, both from the types that read it.

use super::Config;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// JSON Schema (draft 2020-12) of `termwise.toml`, for editors.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Config).to_value();
    schema["title"] = Value::from("termwise.toml");
    schema
}

/// Every key of `termwise.toml` with its type, default and meaning, as Markdown.
#[must_use]
pub fn reference() -> String {
    let schema = schema();
    let mut text = String::from(HEAD);
    let definitions = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut waiting: Vec<(String, Value)> = Vec::new();
    let properties = properties(&schema);
    let of_file: Vec<_> = properties.iter().filter(|(_, value)| table_of(value, &definitions).is_none()).collect();
    section(&mut text, "Of the whole file", "", &of_file, &definitions);
    for (key, value) in &properties {
        if let Some((name, inner)) = table_of(value, &definitions) {
            waiting.push((heading(key, value), inner.clone()));
            let _ = name;
        }
    }
    while !waiting.is_empty() {
        let (name, inner) = waiting.remove(0);
        let own = self::properties(&inner);
        let about = inner.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
        let plain: Vec<_> = own.iter().filter(|(_, value)| table_of(value, &definitions).is_none()).collect();
        section(&mut text, &format!("`{name}`"), &about, &plain, &definitions);
        let path = name.trim_matches(['[', ']']).to_owned();
        let nested = own.iter().filter_map(|(key, value)| {
            let (_, inner) = table_of(value, &definitions)?;
            Some((heading(&format!("{path}.{key}"), value), inner.clone()))
        });
        waiting.splice(0..0, nested.collect::<Vec<_>>());
    }
    text
}

const HEAD: &str = "\
# termwise.toml

Every key has a default, so a file holds only what differs from it; an unknown key is refused with the nearest that there
is. Flags of the command line win over the file. Money is in the account's currency, a week (a period for undated data).
Days are written 2026-12-21. `[[…]]` may stand any number of times.
";

/// Keys of a table with their schemas, in the order of the alphabet.
fn properties(schema: &Value) -> Map<String, Value> {
    schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// `[plan]` or `[[scenarios]]`.
fn heading(path: &str, value: &Value) -> String {
    if value.get("type").and_then(Value::as_str) == Some("array") { format!("[[{path}]]") } else { format!("[{path}]") }
}

/// The table, or the entries of the list, that a key holds: name of its type and its schema; `None` for plain values.
fn table_of<'a>(value: &'a Value, definitions: &'a Map<String, Value>) -> Option<(&'a str, &'a Value)> {
    let referred = value.get("$ref").or_else(|| value.get("items")?.get("$ref")).or_else(|| {
        let any = value.get("anyOf")?.as_array()?;
        any.iter().find_map(|one| one.get("$ref"))
    });
    let name = referred?.as_str()?.rsplit('/').next()?;
    let inner = definitions.get(name)?;
    inner.get("properties").is_some().then_some((name, inner))
}

fn section(text: &mut String, title: &str, about: &str, keys: &[(&String, &Value)], definitions: &Map<String, Value>) {
    if keys.is_empty() {
        return;
    }
    let _ = write!(text, "\n## {title}\n\n");
    // the type's own words begin with the name that stands above
    let about = about.split_once(": ").filter(|(first, _)| first.starts_with('`')).map_or(about, |(_, rest)| rest);
    if !about.is_empty() {
        let _ = writeln!(text, "{}\n", capital(about));
    }
    let _ = writeln!(text, "| key | type | default | meaning |\n| --- | --- | --- | --- |");
    for (key, value) in keys {
        let meaning = value.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ");
        let default = value.get("default").map_or_else(String::new, written);
        let kind = kind(value, definitions);
        let _ = writeln!(text, "| `{key}` | {kind} | {default} | {} |", meaning.replace('|', "\\|"));
    }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A default as the file would write it; nothing where the key is absent by default.
fn written(default: &Value) -> String {
    match default {
        Value::Null => String::new(),
        Value::Array(values) if values.is_empty() => String::new(),
        Value::Object(values) if values.is_empty() => String::new(),
        other => format!("`{other}`"),
    }
}

/// The type of a value in words.
fn kind(value: &Value, definitions: &Map<String, Value>) -> String {
    if let Some(any) = value.get("anyOf").and_then(Value::as_array) {
        let known: Vec<String> = any
            .iter()
            .filter(|one| one.get("type").and_then(Value::as_str) != Some("null"))
            .map(|one| kind(one, definitions))
            .collect();
        return known.join(" or ");
    }
    if let Some(name) = value.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
        return definitions.get(name).map_or_else(String::new, |inner| kind(inner, definitions));
    }
    if let Some(names) = names(value) {
        return names.join(", ");
    }
    let types: Vec<&str> = match value.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).filter(|one| *one != "null").collect(),
        _ => Vec::new(),
    };
    let word = |one: &str| match (one, value.get("format").and_then(Value::as_str)) {
        ("string", Some("date")) => "day".to_owned(),
        ("string", _) => "text".to_owned(),
        ("integer", _) => "whole number".to_owned(),
        ("boolean", _) => "true, false".to_owned(),
        ("array", _) => {
            format!("list of {}", value.get("items").map_or_else(String::new, |items| kind(items, definitions)))
        }
        ("object", _) => "table".to_owned(),
        (other, _) => other.to_owned(),
    };
    types.into_iter().map(word).collect::<Vec<_>>().join(" or ")
}

/// The names that a value may have, where it is one of a few.
fn names(value: &Value) -> Option<Vec<String>> {
    let quoted = |name: &Value| format!("`{name}`");
    if let Some(names) = value.get("enum").and_then(Value::as_array) {
        return Some(names.iter().map(quoted).collect());
    }
    let one_of = value.get("oneOf")?.as_array()?;
    let names = one_of.iter().flat_map(|one| match (one.get("const"), one.get("enum").and_then(Value::as_array)) {
        (Some(name), _) => vec![quoted(name)],
        (None, Some(names)) => names.iter().map(quoted).collect(),
        (None, None) => Vec::new(),
    });
    Some(names.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_explained() {
        let schema = schema();
        let mut keys = 0;
        let mut tables = vec![("termwise.toml".to_owned(), schema.clone())];
        let definitions = schema["$defs"].as_object().unwrap();
        tables.extend(definitions.iter().map(|(name, table)| (name.clone(), table.clone())));
        let text = reference();
        for (name, table) in tables {
            for (key, value) in properties(&table) {
                keys += 1;
                let explained = value.get("description").is_some() || table_of(&value, definitions).is_some();
                assert!(explained, "{name}.{key} has no words");
                let shown = text.contains(&format!("| `{key}` |")) || text.contains(&format!("{key}]"));
                assert!(shown, "{name}.{key} is not in the reference");
            }
        }
        assert!(keys > 90, "{keys}");
    }

    #[test]
    fn defaults_and_names_stand_in_the_reference() {
        let text = reference();
        for wanted in [
            "| `max_change` | number | `0.3` |",
            "| `objective` | `\"conversions\"`, `\"revenue\"`, `\"profit\"` |  |",
            "## `[[limits.groups]]`",
            "## `[[scenarios.change]]`",
            "| `week` | day |",
            "| `draws` | whole number | `200` |",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
    }
}
