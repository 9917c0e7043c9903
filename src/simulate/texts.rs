//! Campaign titles and search terms, composed from word lists.
//!
//! Owns the keys of the account: in, a campaign's number and a term's rank in it; out, names that
//! are unique and do not change when further terms are asked for. Wrong as a model of language:
//! words are combined independently.

use super::words::{
    BARGAINS, Kind, LINES, Line, MAKERS, MODELS, QUALIFIERS, REGIONS, SHOP, SHOP_ERRANDS, SUFFIXES, TOWNS, VARIANTS,
};
use crate::domain::{TermKey, stable_hash};
use crate::numeric::stream::Stream;
use std::collections::HashSet;

/// A campaign's title, kind and product line.
#[derive(Clone, Debug)]
pub(super) struct Title {
    /// Unique name.
    pub(super) name: String,
    /// Which searches it collects.
    pub(super) kind: Kind,
    /// What it sells.
    pub(super) line: Line,
}

/// Title of campaign `number` of `count`: the retailer's own brand first (unless it is the only
/// campaign), then every product line by kind, then the same once more for every region.
pub(super) fn title(number: usize, count: usize) -> Title {
    if number == 0 && count > 1 {
        return Title { name: "Brand".to_owned(), kind: Kind::Brand, line: LINES[0] };
    }
    let number = if count > 1 { number - 1 } else { number };
    let line = LINES[number % LINES.len()];
    let kind = Kind::OPENED[(number / LINES.len()) % Kind::OPENED.len()];
    let round = number / (LINES.len() * Kind::OPENED.len());
    let mut name = format!("{} | {}", line.name, kind.name());
    if round > 0 {
        let region = REGIONS[(round - 1) % REGIONS.len()];
        name = format!("{name} | {region}");
        let lap = (round - 1) / REGIONS.len();
        if lap > 0 {
            name = format!("{name} {}", lap + 1);
        }
    }
    Title { name, kind, line }
}

/// Keys of the first `count` terms of a campaign, unique, the same for any larger `count`; all exact without `match_types`.
pub(super) fn keys(title: &Title, count: usize, seed: u64, match_types: bool) -> Vec<TermKey> {
    let mut taken: HashSet<TermKey> = HashSet::with_capacity(count);
    let mut keys = Vec::with_capacity(count);
    let mut stream = Stream::new(seed, stable_hash(&["texts", &title.name]));
    for rank in 0..count {
        // a few draws find a free key unless the campaign has used up most combinations
        let fresh = (0..ATTEMPTS)
            .map(|_| key(title, None, match_types, &mut stream))
            .find(|key| makes_sense(&key.term) && !taken.contains(key));
        // people also search by article number, of which there is no end
        let key = fresh.unwrap_or_else(|| key(title, Some(rank), match_types, &mut stream));
        taken.insert(key.clone());
        keys.push(key);
    }
    keys
}

const ATTEMPTS: usize = 8;

/// Nobody repeats a word, or names two kinds of wearers in one search.
fn makes_sense(term: &str) -> bool {
    let words: Vec<&str> = term.split(' ').collect();
    let repeats = words.iter().enumerate().any(|(place, word)| words[..place].contains(word));
    let wearers = words.iter().filter(|word| WEARERS.contains(word)).count();
    !repeats && wearers < 2
}

const WEARERS: [&str; 9] = ["mens", "womens", "kids", "ladies", "unisex", "women", "men", "school", "beginners"];

fn key(title: &Title, article: Option<usize>, match_types: bool, stream: &mut Stream) -> TermKey {
    let (ad_group, mut term) = text(title, stream);
    if let Some(article) = article {
        term = format!("{term} art {:05}", article + 10_000);
    }
    let draw = stream.uniform();
    let match_type = if draw < 0.4 || !match_types {
        "exact"
    } else if draw < 0.75 {
        "phrase"
    } else {
        "broad"
    };
    TermKey {
        term,
        match_type: Some(match_type.to_owned()),
        campaign: Some(title.name.clone()),
        ad_group: Some(ad_group),
        channel: None,
    }
}

/// Ad group and search term.
fn text(title: &Title, stream: &mut Stream) -> (String, String) {
    let line = title.line;
    let product = pick(line.products, stream);
    let mut words: Vec<&str> = Vec::with_capacity(6);
    let ad_group = match title.kind {
        Kind::Brand => {
            words.push(pick(&SHOP, stream));
            let errand = stream.uniform();
            if errand < 0.45 {
                // most people type nothing but the name
                if errand > 0.12 {
                    words.push(pick(&SHOP_ERRANDS, stream));
                }
                "shop".to_owned()
            } else {
                let any = LINES[index(LINES.len(), stream)];
                words.push(pick(any.products, stream));
                maybe(0.3, &VARIANTS, &mut words, stream);
                any.name.to_lowercase()
            }
        }
        Kind::Generic => {
            maybe(0.35, &QUALIFIERS, &mut words, stream);
            maybe(0.35, &VARIANTS, &mut words, stream);
            words.push(product);
            maybe(0.2, line.sizes, &mut words, stream);
            maybe(0.4, &SUFFIXES, &mut words, stream);
            product.to_owned()
        }
        Kind::Makers => {
            words.push(pick(&MAKERS, stream));
            maybe(0.35, &MODELS, &mut words, stream);
            words.push(product);
            maybe(0.25, &VARIANTS, &mut words, stream);
            maybe(0.25, line.sizes, &mut words, stream);
            maybe(0.2, &SUFFIXES, &mut words, stream);
            words[0].to_owned()
        }
        Kind::Sale => {
            words.push(pick(&BARGAINS, stream));
            maybe(0.2, &MAKERS, &mut words, stream);
            maybe(0.35, &VARIANTS, &mut words, stream);
            words.push(product);
            maybe(0.3, line.sizes, &mut words, stream);
            product.to_owned()
        }
        Kind::Local => {
            maybe(0.3, &QUALIFIERS, &mut words, stream);
            words.push(product);
            maybe(0.3, &["shop", "store", "dealer", "buy"], &mut words, stream);
            words.push(pick(&TOWNS, stream));
            product.to_owned()
        }
    };
    (ad_group, words.join(" "))
}

fn maybe<'a>(probability: f64, words: &[&'a str], into: &mut Vec<&'a str>, stream: &mut Stream) {
    if stream.uniform() < probability && !words.is_empty() {
        into.push(pick(words, stream));
    }
}

fn pick<'a>(words: &[&'a str], stream: &mut Stream) -> &'a str {
    words[index(words.len(), stream)]
}

/// A number below `count`, which must be above 0, all equally likely.
pub(super) fn index(count: usize, stream: &mut Stream) -> usize {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // in 0..=count, cut below
    let drawn = (stream.uniform() * count as f64) as usize;
    drawn.min(count - 1)
}
