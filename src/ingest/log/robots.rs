//! Programs that are no visitors.
//!
//! In: the user agent of a request. Out: whether it calls itself a program. Programs that pass for a browser are
//! counted as visitors: nothing in a log tells them apart.

/// Words of programs, lower case.
const WORDS: [&str; 33] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "archiver",
    "scan",
    "monitor",
    "uptime",
    "preview",
    "fetch",
    "feed",
    "rss",
    "validator",
    "lighthouse",
    "headless",
    "phantomjs",
    "selenium",
    "curl",
    "wget",
    "libwww",
    "python",
    "perl",
    "ruby",
    "java/",
    "okhttp",
    "go-http",
    "http-client",
    "httpclient",
    "axios",
    "node-fetch",
    "facebookexternalhit",
    "mediapartners",
    "pingdom",
];
/// Words of people's browsers that hold one of the words of programs.
const HARMLESS: [&str; 2] = ["cubot", "previewer"];

/// Whether a user agent is a program's own; none at all is one's too, where the log has user agents.
pub(super) fn is_robot(agent: &[u8]) -> bool {
    if matches!(agent, b"" | b"-") {
        return true;
    }
    let mut lower = String::from_utf8_lossy(agent).to_ascii_lowercase();
    for word in HARMLESS {
        lower = lower.replace(word, "");
    }
    WORDS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::is_robot;

    #[test]
    fn programs_and_browsers() {
        for agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            "Mozilla/5.0 (compatible; YandexBot/3.0)",
            "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
            "curl/7.19.7",
            "Python-urllib/2.7",
            "Tiny Tiny RSS/1.11",
            "UniversalFeedParser/4.2",
            "-",
            "",
        ] {
            assert!(is_robot(agent.as_bytes()), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.107 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 7_0_4 like Mac OS X) AppleWebKit/537.51.1 Version/7.0 Mobile/11B554a",
            "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 Chrome/80.0",
            "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.16",
        ] {
            assert!(!is_robot(agent.as_bytes()), "{agent}");
        }
    }
}
