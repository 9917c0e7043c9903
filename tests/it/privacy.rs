//! Nothing that identifies people comes out, and nothing is sent anywhere.

use assert_cmd::Command;
use predicates::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Secrets, each as the end of a search term.
const SECRETS: [&str; 11] = [
    "jane.doe@secret-mail.example",
    "+49 170 7654321",
    "0171-7654321",
    "(555) 234-7654",
    "4111 1111 1111 1111",
    "5555555555554444",
    "3782-822463-10005",
    "m\u{fc}ller@b\u{fc}cher.example",
    "83.149.9.216",
    "CjwKCAjw-hidden-click-xyz",
    "shop?gclid=EAIaIQobChMI-abc",
];

fn termwise(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("termwise").unwrap();
    command.current_dir(folder);
    command
}

/// An account of a few weeks with the secrets in terms, ad groups and labels, and a term of few clicks.
fn account() -> String {
    let mut text = String::from("term,campaign,ad_group,label,week,clicks,cost,conversions,revenue\n");
    for week in ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02", "2026-02-09"] {
        for (number, term) in ["red shoes", "blue shoes", "green shoes"].iter().enumerate() {
            let clicks = 90 + 10 * number;
            text +=
                &format!("{term},Brand,main,a,{week},{clicks},{clicks}.50,{},{}.00\n", 2 + number, 80 * (2 + number));
        }
        for secret in SECRETS {
            text += &format!("find {secret},Brand,find {secret},owner {secret},{week},40,20.00,1,30.00\n");
        }
        text += &format!("one of a kind,Brand,main,a,{week},1,0.40,0,0.00\n");
    }
    text
}

/// Everything below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

/// A text without the decimals of its numbers: a rate of 0.4444 is no part of a card's number.
fn without_decimals(text: &str) -> String {
    let (mut kept, mut before, mut decimals) = (String::new(), ' ', false);
    for letter in text.chars() {
        decimals = letter.is_ascii_digit()
            && (decimals || (before == '.' && kept.trim_end_matches('.').ends_with(|l: char| l.is_ascii_digit())));
        if !decimals {
            kept.push(letter);
        }
        before = letter;
    }
    kept
}

/// A text without the SHA-256 of files: sixty-four hexadecimal digits hold most short numbers by chance.
fn without_hashes(text: &str) -> String {
    let mut kept = String::new();
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_hexdigit() {
            word.push(letter);
            continue;
        }
        if word.len() != 64 {
            kept.push_str(&word);
        }
        word.clear();
        kept.push(letter);
    }
    kept
}

/// Holds every output of every command against texts that must not be in it.
fn outputs_without(input: &str, flags: &[&str], secrets: &[&str]) {
    let folder = TempDir::new().unwrap();
    let data = TempDir::new().unwrap();
    let file = data.path().join("account.csv");
    fs::write(&file, input).unwrap();
    let mut seen = Vec::new();
    for (command, more) in [
        ("recommend", vec!["--out", "report"]),
        ("fit", vec!["--out", "posterior.csv"]),
        ("check", vec![]),
        ("backtest", vec!["--out", "past", "--min-train", "3"]),
    ] {
        let done =
            termwise(folder.path()).arg(command).arg(&file).arg("--json").args(flags).args(more).output().unwrap();
        assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
        seen.push((PathBuf::from(format!("{command}, standard output")), done.stdout));
        seen.push((PathBuf::from(format!("{command}, standard error")), done.stderr));
    }
    let written = files(folder.path());
    assert!(written.len() > 20, "{written:?}");
    seen.extend(written);
    for (place, bytes) in seen {
        let text = without_decimals(&without_hashes(&String::from_utf8(bytes).unwrap()));
        for secret in secrets {
            assert!(!text.contains(secret), "`{secret}` in {}", place.display());
        }
    }
}

#[test]
fn secrets_in_terms_come_out_nowhere() {
    let parts = [
        "jane.doe",
        "secret-mail",
        "7654321",
        "234-7654",
        "4111",
        "4444",
        "822463",
        "m\u{fc}ller",
        "b\u{fc}cher",
        "149.9.216",
        "hidden-click",
        "ChMI",
    ];
    outputs_without(&account(), &[], &[&SECRETS[..], &parts].concat());
}

#[test]
fn terms_of_few_clicks_come_out_nowhere() {
    let config = TempDir::new().unwrap();
    let file = config.path().join("termwise.toml");
    fs::write(&file, "[privacy]\nmin_count = 10\n").unwrap();
    outputs_without(&account(), &["--config", file.to_str().unwrap()], &["one of a kind"]);
}

#[test]
fn secrets_in_refused_cells_are_not_shown() {
    let folder = TempDir::new().unwrap();
    for (cell, secret) in [("jane@secret.example", "jane"), ("83.149.9.216", "149.9"), ("+49 170 7654321", "765")] {
        fs::write(folder.path().join("a.csv"), format!("term,clicks,conversions\nshoes,{cell},1\n")).unwrap();
        let check = termwise(folder.path()).args(["check", "a.csv", "--json"]).assert().code(3);
        check.stderr(predicate::str::contains(secret).not()).stdout(predicate::str::contains(secret).not());
    }
}

#[test]
fn columns_and_values_that_identify_people_stop_the_run() {
    let folder = TempDir::new().unwrap();
    for (column, values, wanted) in [
        ("E-Mail", ["x", "y"], "`E-Mail`"),
        ("user_id", ["1", "2"], "`user_id`"),
        ("Pr\u{e9}nom", ["a", "b"], "`Pr\u{e9}nom`"),
        ("Tel\u{e9}fono", ["0612345678", "0612345679"], "`Tel\u{e9}fono`"),
        ("Kundennummer", ["1", "2"], "`Kundennummer`"),
        ("note", ["fine", "jane@secret.example"], "line 3, column `note`: holds an e-mail address"),
        ("source", ["83.149.9.216", "83.149.9.217"], "line 2, column `source`: holds an IP address"),
        ("campaign", ["+49 170 7654321", "a"], "line 2, column `campaign`: holds a phone number"),
        ("ref", ["a", "CjwKCAjw-secret-secret-secret-secret"], "line 3, column `ref`: holds a click id"),
        ("ga_client_id", ["1", "2"], "`ga_client_id`"),
        ("Google Click ID", ["1", "2"], "`Google Click ID`"),
        ("Bestellnummer", ["1", "2"], "`Bestellnummer`"),
        ("Lead name", ["a", "b"], "`Lead name`"),
        ("Client name", ["Jane", "Joe"], "`Client name`"),
        ("row", ["x", "3F2504E0-4F89-11D3-9A0C-0305E82C3301"], "line 3, column `row`: holds a hash or an id"),
        ("key", ["d41d8cd98f00b204e9800998ecf8427e", "x"], "line 2, column `key`: holds a hash or an id"),
        ("pay", ["4111111111111111", "5555555555554444"], "line 2, column `pay`: holds a card number"),
        ("bank", ["x", "DE89 3704 0044 0532 0130 00"], "line 3, column `bank`: holds a bank account"),
    ] {
        let text = format!("term,{column},clicks,conversions\nshoes,{},9,1\nboots,{},9,1\n", values[0], values[1]);
        fs::write(folder.path().join("a.csv"), text).unwrap();
        let check =
            termwise(folder.path()).args(["check", "a.csv"]).assert().code(3).stdout(predicate::str::is_empty());
        check
            .stderr(predicate::str::contains(wanted))
            .stderr(predicate::str::contains("delete"))
            .stderr(predicate::str::contains("secret").not());
    }
    let fine =
        "Search term,Campaign Name,Ad group name,Profile Name,clicks,conversions\nshoes,Jane's shoes,Mr Smith,a,9,1\n";
    let account = "Customer ID,Client name,Search term,clicks,conversions,campaign ref\n\
        123-456-7890,Acme,shoes,9,1,4111111111111111\n123-456-7890,Acme,boots,9,1,4111111111111112\n";
    for text in [fine, account] {
        fs::write(folder.path().join("a.csv"), text).unwrap();
        termwise(folder.path()).args(["check", "a.csv"]).assert().success();
    }
}

/// Names of the crates that are linked, without features or versions.
fn linked() -> Vec<String> {
    let tree = std::process::Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--locked", "--offline", "-e", "normal", "--prefix", "none", "--format", "{p}"])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn no_client_of_http_or_tls_is_linked() {
    let linked = linked();
    assert!(linked.iter().any(|name| name == "polars"), "the tree is seen: {linked:?}");
    let clients = [
        "reqwest",
        "hyper",
        "hyper-util",
        "h2",
        "http",
        "ureq",
        "isahc",
        "curl",
        "curl-sys",
        "attohttpc",
        "rustls",
        "native-tls",
        "openssl",
        "openssl-sys",
        "tokio-rustls",
        "tokio-native-tls",
        "schannel",
        "security-framework",
        "aws-lc-rs",
        "ring",
        "object_store",
        "quinn",
        "tungstenite",
    ];
    let found: Vec<&String> = linked.iter().filter(|name| clients.contains(&name.as_str())).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_code_names_no_network() {
    let words = [
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "UnixStream",
        "ToSocketAddrs",
        "SocketAddr",
        "tokio::",
        "mio::",
        "socket2",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources = files(&root);
    assert!(sources.len() > 100, "the scan must see the tree");
    for (path, text) in sources.iter().filter(|(path, _)| path.extension().is_some_and(|ending| ending == "rs")) {
        let text = String::from_utf8_lossy(text);
        // of the standard library's network only the text of an address is known, to tell one
        let network = text.replace("use std::net::IpAddr;", "").contains("std::net");
        assert!(!network && !words.iter().any(|word| text.contains(word)), "{}", path.display());
    }
}

#[test]
fn a_traced_run_opens_no_socket() {
    if std::process::Command::new("strace").arg("-V").output().is_err() {
        eprintln!("skipped: strace is not installed, so the system calls of a run cannot be seen");
        return;
    }
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("account.csv"), account()).unwrap();
    let trace = folder.path().join("trace");
    let run = std::process::Command::new("strace")
        .current_dir(folder.path())
        .args(["-f", "-e", "trace=network,execve", "-o"])
        .arg(&trace)
        .arg(assert_cmd::cargo::cargo_bin("termwise"))
        .args(["recommend", "account.csv", "--out", "report", "--quiet"])
        .output()
        .unwrap();
    let calls = fs::read_to_string(&trace).unwrap_or_default();
    if !calls.contains("execve(") {
        eprintln!("skipped: this system does not let processes be traced");
        return;
    }
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    // a pair of sockets inside the process reaches nobody
    let sockets: Vec<&str> = calls
        .lines()
        .filter(|call| ["socket(", "connect(", "bind(", "sendto("].iter().any(|name| call.contains(name)))
        .collect();
    assert!(sockets.is_empty(), "{sockets:?}");
}
