//! Search engines: which hosts are one, and which parameter holds the term.
//!
//! In: a host. Out: names of parameters, none where it is no search engine. A page of another site with a `q` in
//! its address is not counted, and neither is the site's own search, since those who use it have come already.

/// A host and its parameters. `name.*` is the name under any country's ending.
const ENGINES: [(&str, &[&str]); 44] = [
    ("google.*", &["q", "as_q"]),
    ("bing.*", &["q"]),
    ("search.yahoo.*", &["p", "q"]),
    ("yahoo.*", &["p"]),
    ("search.yahoo.co.jp", &["p"]),
    ("duckduckgo.com", &["q"]),
    ("baidu.*", &["wd", "word", "kw"]),
    ("yandex.*", &["text"]),
    ("ya.ru", &["text"]),
    ("ecosia.org", &["q"]),
    ("qwant.com", &["q"]),
    ("startpage.com", &["query", "q"]),
    ("ixquick.com", &["query"]),
    ("search.brave.com", &["q"]),
    ("swisscows.*", &["query", "q"]),
    ("mojeek.*", &["q"]),
    ("metager.*", &["eingabe"]),
    ("kagi.com", &["q"]),
    ("you.com", &["q"]),
    ("ask.com", &["q"]),
    ("search.aol.*", &["q", "query"]),
    ("aol.*", &["q", "query"]),
    ("search.lycos.*", &["q", "query"]),
    ("dogpile.com", &["q"]),
    ("excite.*", &["q", "search"]),
    ("search.naver.com", &["query"]),
    ("search.daum.net", &["q"]),
    ("search.seznam.cz", &["q"]),
    ("sogou.com", &["query", "keyword"]),
    ("so.com", &["q"]),
    ("m.sm.cn", &["q"]),
    ("go.mail.ru", &["q"]),
    ("nova.rambler.ru", &["query"]),
    ("suche.t-online.de", &["q"]),
    ("suche.web.de", &["q", "su"]),
    ("suche.gmx.net", &["q", "su"]),
    ("lemoteur.orange.fr", &["kw", "q"]),
    ("ricerca.virgilio.it", &["qs"]),
    ("arianna.libero.it", &["query"]),
    ("coccoc.com", &["query"]),
    ("petalsearch.com", &["query"]),
    ("presearch.com", &["q"]),
    ("search.ch", &["q"]),
    ("lilo.org", &["q"]),
];
/// Labels before an engine's name that lead to the same search.
const ENTRANCES: [&str; 9] = ["www", "www2", "m", "images", "image", "encrypted", "r", "html", "search"];

/// Search engines that are known, and those that the user adds.
#[derive(Debug)]
pub(super) struct Engines<'s> {
    more: &'s [(String, String)],
    /// Hosts asked for lately: most referrers of a log are the site itself and one or two engines.
    recent: [(Vec<u8>, Vec<&'s str>); RECENT],
    /// Which of them was put in last.
    newest: usize,
}

const RECENT: usize = 4;

impl<'s> Engines<'s> {
    /// `more`: host in lower case, and the parameter that holds the term.
    pub(super) fn new(more: &'s [(String, String)]) -> Self {
        Self { more, recent: Default::default(), newest: 0 }
    }

    /// Names of the parameters that may hold the term, the user's own first; none where the host is no engine.
    pub(super) fn names(&mut self, host: &[u8]) -> &[&'s str] {
        let known = self.recent.iter().position(|(recent, _)| recent == host);
        let at = known.unwrap_or_else(|| {
            self.newest = (self.newest + 1) % RECENT;
            let (recent, names) = &mut self.recent[self.newest];
            host.clone_into(recent);
            let host = host.to_ascii_lowercase();
            let own = self.more.iter().filter(|(name, _)| name.as_bytes() == host).map(|(_, name)| name.as_str());
            names.clear();
            names.extend(own.chain(parameters(&host).iter().copied()));
            self.newest
        });
        &self.recent[at].1
    }
}

/// Names of the parameters that may hold the term, the likeliest first. `host`: lower case.
fn parameters(host: &[u8]) -> &'static [&'static str] {
    let Ok(mut host) = std::str::from_utf8(host) else { return &[] };
    loop {
        if let Some((_, parameters)) = ENGINES.iter().find(|(engine, _)| is(host, engine)) {
            return parameters;
        }
        match host.split_once('.') {
            // a country's own entrance, as in de.search.yahoo.com
            Some((label, rest)) if ENTRANCES.contains(&label) || label.len() == 2 => host = rest,
            _ => return &[],
        }
    }
}

fn is(host: &str, engine: &str) -> bool {
    match engine.strip_suffix(".*") {
        None => host == engine,
        Some(name) => host
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('.'))
            .is_some_and(|ending| ending.split('.').count() <= 2 && ending.split('.').all(is_ending)),
    }
}

/// `com`, `de`, `co`: a part of a country's ending.
fn is_ending(label: &str) -> bool {
    (2..=3).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::parameters;

    #[test]
    fn hosts_are_told_apart() {
        for (host, first) in [
            ("google.com", "q"),
            ("www.google.com.hk", "q"),
            ("images.google.de", "q"),
            ("uk.search.yahoo.com", "p"),
            ("search.yahoo.co.jp", "p"),
            ("cn.bing.com", "q"),
            ("m.baidu.com", "wd"),
            ("yandex.com.tr", "text"),
        ] {
            assert_eq!(parameters(host.as_bytes()).first(), Some(&first), "{host}");
        }
        for host in ["mail.google.com", "google.shoes.example", "notgoogle.com", "google", "www", "de", "\u{e4}.de", ""]
        {
            assert!(parameters(host.as_bytes()).is_empty(), "{host}");
        }
    }
}
