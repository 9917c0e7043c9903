use super::*;
use crate::counts::OTHER_TERMS;
use crate::domain::Date;
use std::io::Write;
use std::path::Path;
use tempfile::TempDir;

/// A line of a visitor at minute and second of Monday, 2026-03-02, ten o'clock.
fn line(visitor: u32, clock: &str, target: &str, referrer: &str) -> String {
    format!(
        "192.0.2.{visitor} - - [02/Mar/2026:10:{clock} +0000] \"GET {target} HTTP/1.1\" 200 512 \"{referrer}\" \
         \"Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0\"\n"
    )
}

fn from_search(visitor: u32, clock: &str, term: &str) -> String {
    line(visitor, clock, "/", &format!("https://www.google.com/search?q={term}"))
}

fn settings() -> LogSettings {
    LogSettings {
        purchase: Some("/thanks*".into()),
        value: Some("total".into()),
        min_count: 1,
        ..LogSettings::default()
    }
}

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn read(text: &str, settings: &LogSettings) -> Result<Logged, IngestError> {
    let folder = TempDir::new().unwrap();
    read_logs(&[write(&folder, "access.log", text)], settings)
}

/// Term, start of the period, visits, purchases and revenue of every row.
fn rows(logged: &Logged) -> Vec<(String, String, f64, f64, f64)> {
    let (counts, cells) = (&logged.counts, &logged.counts.cells);
    let of_term = |term: usize| {
        cells.of_term(term).map(move |cell| {
            let start = counts.calendar.periods[cells.period[cell] as usize].start.unwrap();
            let revenue = cells.revenue.as_ref().map_or(0.0, |revenue| revenue[cell]);
            (
                counts.terms[term].key.term.clone(),
                start.to_string(),
                cells.clicks[cell],
                cells.conversions[cell],
                revenue,
            )
        })
    };
    (0..counts.terms.len()).flat_map(of_term).collect()
}

fn row(term: &str, start: &str, visits: f64, purchases: f64, revenue: f64) -> (String, String, f64, f64, f64) {
    (term.into(), start.into(), visits, purchases, revenue)
}

fn noted(logged: &Logged, code: &str) -> u64 {
    logged.notes.0.iter().filter(|note| note.code == code).map(|note| note.count).sum()
}

#[test]
fn visits_and_purchases_are_counted_by_term_and_week() {
    let text = [
        from_search(1, "00:00", "Red+Shoes"),
        line(1, "01:00", "/cart", "https://shop.example/"),
        line(1, "02:00", "/thanks?order=1&total=49.90", "https://shop.example/cart"),
        // the page is loaded again
        line(1, "02:10", "/thanks?order=1&total=49.90", "https://shop.example/cart"),
        line(1, "03:00", "/thanks/again?order=2&total=10%2C10", "https://shop.example/cart"),
        from_search(2, "05:00", "red%20shoes"),
        line(3, "06:00", "/landing?utm_term=boots", "https://www.google.com/search?q=shoes"),
        // nobody's purchase
        line(4, "06:00", "/thanks?order=3&total=5", "-"),
    ]
    .concat();
    let logged = read(&text, &settings()).unwrap();
    assert_eq!(
        rows(&logged),
        [row("boots", "2026-03-02", 1.0, 0.0, 0.0), row("red shoes", "2026-03-02", 2.0, 2.0, 60.0)]
    );
    assert_eq!((logged.lines, noted(&logged, "purchases-without-term")), (8, 1));
    let by_day = read(&text, &LogSettings { period: PeriodChoice::Day, ..settings() }).unwrap();
    assert_eq!(by_day.counts.calendar.as_of, Date::from_ymd_opt(2026, 3, 2));
}

#[test]
fn weeks_are_those_of_the_servers_clock_and_sessions_those_of_utc() {
    // Sunday 23:50 in New York is Monday 03:50 in UTC; ten minutes later a server in UTC goes on with the session
    let agent = "\"https://www.bing.com/search?q=a\" \"Firefox\"";
    let text = format!(
        "192.0.2.1 - - [01/Mar/2026:23:50:00 -0500] \"GET / HTTP/1.1\" 200 1 {agent}\n\
         192.0.2.1 - - [02/Mar/2026:05:00:00 +0000] \"GET /thanks?total=3 HTTP/1.1\" 200 1 {agent}\n"
    );
    let logged = read(&text, &settings()).unwrap();
    assert_eq!(rows(&logged), [row("a", "2026-02-23", 1.0, 1.0, 3.0)]);
    assert_eq!(noted(&logged, "time-zones"), 1);
}

#[test]
fn what_is_no_visit_is_left_out_and_told() {
    let robot = line(9, "00:00", "/", "https://www.google.com/search?q=a").replace("Firefox", "Googlebot");
    let text = [
        from_search(1, "00:00", "a"),
        robot,
        line(2, "00:00", "/gone", "https://www.google.com/search?q=b").replace(" 200 ", " 404 "),
        line(2, "00:00", "/", "https://www.google.com/search?q=c").replace("GET", "POST"),
        line(3, "00:00", "/", "https://www.google.com/"),
        "no log line\n".to_owned(),
        "192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] \"GET / HT\n".to_owned(),
        "\n".to_owned(),
    ]
    .concat();
    let logged = read(&text, &settings()).unwrap();
    assert_eq!(rows(&logged), [row("a", "2026-03-02", 1.0, 0.0, 0.0)]);
    for (code, count) in
        [("robots", 1), ("failed-requests", 1), ("other-methods", 1), ("hidden-terms", 1), ("unreadable-lines", 2)]
    {
        assert_eq!(noted(&logged, code), count, "{code}");
    }
    assert_eq!(logged.lines, 7);
    let places: Vec<&str> = logged
        .notes
        .0
        .iter()
        .filter(|note| note.code == "unreadable-lines")
        .map(|note| note.message.as_str())
        .collect();
    assert!(places[0].contains("line 6") && places[1].contains("line 7"), "{places:?}");
}

#[test]
fn terms_of_few_visitors_are_folded() {
    let mut text: String = (0..10).map(|visitor| from_search(visitor, "00:00", "popular")).collect();
    // ten visits of nine visitors
    text += &(0..9).map(|visitor| from_search(visitor, "40:00", "rare")).collect::<String>();
    text += &from_search(3, "01:00", "popular").replace("[02/Mar", "[03/Mar").replace("popular", "rare");
    text += &from_search(50, "50:00", "mine");
    let logged = read(&text, &LogSettings { min_count: 10, ..settings() }).unwrap();
    assert_eq!(
        rows(&logged),
        [row(OTHER_TERMS, "2026-03-02", 11.0, 0.0, 0.0), row("popular", "2026-03-02", 10.0, 0.0, 0.0)]
    );
    assert_eq!(noted(&logged, "folded-terms"), 2);
    // three visitors are no crowd under any name
    let mut text: String = (0..10).map(|visitor| from_search(visitor, "00:00", "popular")).collect();
    text += &(20..23).map(|visitor| from_search(visitor, "40:00", "rare")).collect::<String>();
    let logged = read(&text, &LogSettings { min_count: 10, ..settings() }).unwrap();
    assert_eq!(rows(&logged), [row("popular", "2026-03-02", 10.0, 0.0, 0.0)]);
    assert_eq!((noted(&logged, "folded-terms"), noted(&logged, "left-out-terms")), (0, 1));
}

#[test]
fn personal_terms_are_masked_before_they_are_counted() {
    let text = from_search(1, "00:00", "login+jane.doe%40example.com") + &from_search(2, "00:00", "0171-1234567+wer");
    let logged = read(&text, &settings()).unwrap();
    let terms: Vec<String> = rows(&logged).into_iter().map(|row| row.0).collect();
    assert_eq!(terms, ["(masked) wer", "login (masked)"]);
    assert_eq!(noted(&logged, "masked"), 2);
}

/// A log of many visitors over two days, in the order of time.
fn long_log() -> Vec<String> {
    (0..20_000_u32)
        .map(|step| {
            let second = u64::from(step) * 8;
            let (day, hour, minute) = (2 + second / 86_400, second / 3600 % 24, second / 60 % 60);
            let target = if step % 7 == 0 { format!("/thanks?order={step}&total={}.5", step % 90) } else { "/".to_owned() };
            let referrer = if step % 3 == 0 { format!("https://www.google.com/search?q=t{}", step % 11) } else { "-".into() };
            format!(
                "192.0.2.{} - - [{day:02}/Mar/2026:{hour:02}:{minute:02}:{:02} +0000] \"GET {target} HTTP/1.1\" 200 512 \
                 \"{referrer}\" \"Mozilla/5.0 Firefox/{}\"\n",
                step * 7919 % 200,
                second % 60,
                step % 5
            )
        })
        .collect()
}

fn packed(path: &Path, text: &str) {
    let mut file = flate2::write::GzEncoder::new(std::fs::File::create(path).unwrap(), flate2::Compression::fast());
    file.write_all(text.as_bytes()).unwrap();
    file.finish().unwrap();
}

#[test]
fn neither_rotation_nor_the_order_of_files_nor_threads_change_a_bit() {
    let folder = TempDir::new().unwrap();
    let lines = long_log();
    let whole = vec![write(&folder, "whole.log", &lines.concat())];
    let pieces: Vec<PathBuf> = lines
        .chunks(3001)
        .enumerate()
        .map(|(number, lines)| {
            let path = folder.path().join(format!("access.log.{number}.gz"));
            packed(&path, &lines.concat());
            path
        })
        .collect();
    // two servers behind one address, each with every other line, and neighbors that changed places
    let servers: Vec<PathBuf> = (0..2)
        .map(|server| {
            let mut own: Vec<&str> = lines.iter().skip(server).step_by(2).map(String::as_str).collect();
            own.chunks_mut(50).for_each(<[&str]>::reverse);
            write(&folder, &format!("server{server}.log"), &own.concat())
        })
        .collect();
    let backwards: Vec<PathBuf> = pieces.iter().rev().cloned().collect();
    let twice: Vec<PathBuf> = whole.iter().chain(&pieces).cloned().collect();
    let expected = read_logs(&whole, &settings()).unwrap();
    assert!(rows(&expected).len() > 10 && expected.counts.totals().conversions > 100.0);
    for (name, files) in [("pieces", &pieces), ("backwards", &backwards), ("servers", &servers), ("twice", &twice)] {
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let logged = pool.install(|| read_logs(files, &settings())).unwrap();
            assert_eq!(logged.counts, expected.counts, "{name}, {threads} threads");
        }
    }
}

#[test]
fn lines_may_stand_in_any_order() {
    let folder = TempDir::new().unwrap();
    let lines = long_log();
    let sorted = write(&folder, "sorted.log", &lines.concat());
    // 7919 is prime to the number of lines
    let shuffled: String = (0..lines.len()).map(|at| lines[at * 7919 % lines.len()].as_str()).collect();
    let shuffled = write(&folder, "shuffled.log", &shuffled);
    let backwards = folder.path().join("backwards.log.gz");
    packed(&backwards, &lines.iter().rev().map(String::as_str).collect::<String>());
    let expected = read_logs(&[sorted], &settings()).unwrap();
    assert_eq!(noted(&expected, "unordered-log"), 0);
    for path in [&shuffled, &backwards] {
        let logged = read_logs(std::slice::from_ref(path), &settings()).unwrap();
        assert_eq!(logged.counts, expected.counts, "{}", path.display());
        assert_eq!((logged.lines, noted(&logged, "unordered-log")), (expected.lines, 1));
        let uncredited = |logged| noted(logged, "purchases-without-term");
        assert_eq!(uncredited(&logged), uncredited(&expected));
    }
    // one shuffled file among others in order
    let (head, tail) = lines.split_at(4000);
    let head = write(&folder, "head.log", &head.concat());
    let tail: String = (0..tail.len()).map(|at| tail[at * 7919 % tail.len()].as_str()).collect();
    let logged = read_logs(&[head, write(&folder, "tail.log", &tail)], &settings()).unwrap();
    assert_eq!(logged.counts, expected.counts);
}

#[test]
fn visitors_are_taken_in_parts_where_memory_does_not_hold_them() {
    let folder = TempDir::new().unwrap();
    let lines = long_log();
    let sorted = write(&folder, "sorted.log", &lines.concat());
    let backwards = write(&folder, "backwards.log", &lines.iter().rev().map(String::as_str).collect::<String>());
    let (settings, purchases) = (settings(), purchases("/thanks*", &settings()).unwrap());
    let expected = read_logs(&[sorted], &settings).unwrap();
    for most in [4000, usize::MAX] {
        let seen = shuffled::read(&[&backwards], &settings, Some(&purchases), most).unwrap();
        let uncredited = seen.sessions.uncredited;
        let texts = seen.sessions.terms.into_texts();
        let counts = seen.tables.into_counts(&texts, &settings, &mut Notes::default()).unwrap();
        assert_eq!(counts, expected.counts, "{most}");
        assert_eq!((uncredited, seen.done[0].tally.lines), (noted(&expected, "purchases-without-term"), 20_000));
    }
}

#[test]
#[cfg(unix)]
fn a_pipe_in_no_order_is_refused() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let lines = long_log();
    let text: String = lines.iter().rev().map(String::as_str).collect();
    let error = std::thread::scope(|scope| {
        // the reader leaves when it has seen enough
        let _ = scope.spawn(|| std::fs::write(&pipe, text));
        read_logs(std::slice::from_ref(&pipe), &settings()).unwrap_err()
    });
    assert!(matches!(&error, IngestError::Log(LogError::Disorder { .. })), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("write standard input")));
}

#[test]
fn one_wrong_clock_does_not_spoil_the_rest() {
    let lines = long_log();
    let expected = read(&lines.concat(), &settings()).unwrap();
    let mut wrong = lines.clone();
    for at in [0, 7000, 19_999] {
        wrong.insert(at, from_search(77, "00:00", "future").replace("02/Mar/2026", "02/Mar/2093"));
    }
    let logged = read(&wrong.concat(), &settings()).unwrap();
    assert_eq!(logged.counts, expected.counts);
    assert_eq!(noted(&logged, "lines-out-of-order"), 3);
}

#[test]
fn one_wrong_clock_does_not_spoil_a_log_in_no_order() {
    let mut lines = long_log();
    let expected = read(&lines.concat(), &settings()).unwrap();
    lines.reverse();
    for (at, year) in [(7000, "2099"), (9000, "1991")] {
        lines.insert(at, from_search(77, "00:00", "future").replace("02/Mar/2026", &format!("02/Mar/{year}")));
    }
    let logged = read(&lines.concat(), &settings()).unwrap();
    assert_eq!(logged.counts, expected.counts);
    assert_eq!((noted(&logged, "unordered-log"), noted(&logged, "lines-out-of-order")), (1, 2));
}

#[test]
fn what_is_no_log_is_refused() {
    for text in ["term,clicks\na,1\n".to_owned(), "\0\0\0\n\0".to_owned(), "x".repeat(5 << 20)] {
        let error = read(&text, &settings()).unwrap_err();
        assert!(matches!(error, IngestError::Log(LogError::NotALog { .. })), "{error}");
    }
    for text in ["", "\n\n", &line(1, "00:00", "/", "-")] {
        let error = read(text, &settings()).unwrap_err();
        assert!(matches!(error, IngestError::Log(LogError::NoTerms { .. })), "{error}");
    }
    assert_eq!(read_logs(&["absent.log".into()], &settings()).unwrap_err().to_string(), "`absent.log` does not exist");
    assert!(matches!(
        read("", &LogSettings { purchase: Some("[".into()), ..settings() }),
        Err(IngestError::Pattern { .. })
    ));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400), at in 0_usize..300) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("access.log");
        let mut text = (from_search(1, "00:00", "a%e2%82") + &line(1, "01:00", "/thanks?total=1", "-")).into_bytes();
        let at = at.min(text.len());
        text.splice(at..at, bytes);
        std::fs::write(&path, text).unwrap();
        // whatever the bytes are, neither a panic nor a visit that is none
        if let Ok(logged) = read_logs(&[path], &settings()) {
            proptest::prop_assert!(logged.counts.totals().clicks <= 3.0);
        }
    }
}
