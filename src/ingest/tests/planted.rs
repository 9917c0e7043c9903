//! Placed that are planted into random accounts: no term is lost, and no total is counted, unless it is said by name.

use super::*;
use std::collections::BTreeSet;
use std::fmt::Write;

/// What stands beside a term.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Names {
    Bare,
    Campaign,
    All,
}

/// Where totals stand.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Placed {
    Nowhere,
    Last,
    First,
    Campaigns,
    Overlapping,
    /// Their label stands where a campaign's name does.
    InCampaign,
    /// They have no label at all.
    Unlabelled,
}

/// How many terms begin with "total".
#[derive(Clone, Copy, Debug, PartialEq)]
enum Words {
    Few,
    Every,
    /// One of them is called `total` and nothing else.
    Label,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    names: Names,
    totals: Placed,
    words: Words,
    small: bool,
    shown: bool,
    seed: u64,
}

type Numbers = [u64; 4];

/// A file with what is true of it: lines of totals, lines of terms that are called `total`, terms, clicks.
struct Planted {
    text: String,
    totals: BTreeSet<u64>,
    labels: BTreeSet<u64>,
    terms: BTreeSet<String>,
    clicks: f64,
    line: u64,
}

impl Planted {
    fn put(&mut self, term: &str, names: &str, [shown, clicks, cents, conversions]: Numbers, case: Case) {
        self.line += 1;
        let impressions = if case.shown { format!("{shown},") } else { String::new() };
        let money = format!("{}.{:02}", cents / 100, cents % 100);
        writeln!(self.text, "{term}{names},{impressions}{clicks},{money},{conversions}").unwrap();
    }

    fn total(&mut self, term: &str, names: &str, numbers: Numbers, case: Case) {
        self.put(term, names, numbers, case);
        self.totals.insert(self.line);
    }
}

fn sum(all: &[Numbers]) -> Numbers {
    std::array::from_fn(|at| all.iter().map(|numbers| numbers[at]).sum())
}

/// Numbers as if thrown, the same for a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

fn numbers(dice: &mut Dice, small: bool) -> Numbers {
    let clicks = if small { dice.below(3) } else { 5 + dice.below(200) };
    let (price, more) = if small { (50, 0) } else { (30 + dice.below(90), dice.below(20)) };
    let shown = if small { clicks + dice.below(4) } else { 10 * clicks + dice.below(900) };
    [shown, clicks, clicks * price + more, if small { clicks / 2 } else { clicks / 9 }]
}

fn plant(case: Case) -> Planted {
    let mut dice = Dice(case.seed + 5);
    let shown = if case.shown { "Impr.," } else { "" };
    let columns = match case.names {
        Names::Bare => "",
        Names::Campaign => ",Campaign",
        Names::All => ",Match type,Campaign,Ad group",
    };
    let text = format!("Search term{columns},{shown}Clicks,Cost,Conversions\n");
    let (totals, labels, terms) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut planted = Planted { text, totals, labels, terms, clicks: 0.0, line: 1 };
    let campaigns = if case.names == Names::Bare { 1 } else { 1 + case.seed % 3 };
    let mut groups: Vec<Vec<(String, Numbers)>> = Vec::new();
    for campaign in 0..campaigns {
        let count = 4 + dice.below(14);
        let mut rows: Vec<(String, Numbers)> = Vec::new();
        for term in 0..count {
            let begins = case.words == Words::Every || term % 3 == 1;
            let word = if begins { "total " } else { "" };
            let own = if term > 2 && term % 4 == 3 {
                // by chance that of the two above it
                (
                    format!("total same {campaign} {term}"),
                    sum(&rows[rows.len() - 2..].iter().map(|row| row.1).collect::<Vec<_>>()),
                )
            } else {
                (format!("{word}thing {campaign} {term}"), numbers(&mut dice, case.small))
            };
            rows.push(own);
        }
        if case.words == Words::Label && campaign == 0 {
            rows[2].0 = "total".to_owned();
        }
        groups.push(rows);
    }
    let all: Vec<Numbers> = groups.iter().flatten().map(|(_, numbers)| *numbers).collect();
    let of_all = match case.names {
        Names::Bare => "",
        Names::Campaign => ", --",
        Names::All => ", --, --, --",
    };
    if case.totals == Placed::First {
        planted.total("Total", of_all, sum(&all), case);
    }
    for (campaign, rows) in groups.iter().enumerate() {
        for (number, (term, numbers)) in rows.iter().enumerate() {
            let names = match case.names {
                Names::Bare => String::new(),
                Names::Campaign => format!(",C{campaign}"),
                Names::All => format!(",Exact,C{campaign},G{}", number % 2),
            };
            planted.put(term, &names, *numbers, case);
            planted.terms.insert(term.clone());
            planted.clicks += numbers[1] as f64;
            if term == "total" {
                planted.labels.insert(planted.line);
            }
        }
        let of_part = match case.names {
            Names::Bare => continue,
            Names::Campaign => format!(",C{campaign}"),
            Names::All => format!(", --,C{campaign}, --"),
        };
        let own: Vec<Numbers> = rows.iter().map(|(_, numbers)| *numbers).collect();
        match case.totals {
            Placed::Campaigns | Placed::Overlapping => planted.total("Total", &of_part, sum(&own), case),
            Placed::Unlabelled => planted.total("", &of_part, sum(&own), case),
            _ => {}
        }
    }
    match case.totals {
        Placed::Last => planted.total("Total", of_all, sum(&all), case),
        Placed::Overlapping => {
            planted.total("Total: Search terms", of_all, sum(&all), case);
            planted.total("Total: Account", of_all, sum(&all), case);
        }
        Placed::InCampaign if case.names == Names::Campaign => planted.total("", ",Total", sum(&all), case),
        Placed::InCampaign if case.names == Names::All => planted.total(" --", ", --,Total, --", sum(&all), case),
        _ => {}
    }
    planted
}

#[test]
fn no_term_is_lost_and_no_total_counted_unless_it_is_said_by_name() {
    use Names::{All, Bare, Campaign};
    use Placed::{Campaigns, First, InCampaign, Last, Nowhere, Overlapping, Unlabelled};
    use Words::{Every, Few, Label};
    let (mut read, mut told, mut wrong) = (0, 0, Vec::new());
    for seed in 0..8 {
        for names in [Bare, Campaign, All] {
            for totals in [Nowhere, Last, First, Campaigns, Overlapping, InCampaign, Unlabelled] {
                for words in [Few, Every, Label] {
                    let case = Case { names, totals, words, small: seed % 2 == 0, shown: seed % 3 == 0, seed };
                    let planted = plant(case);
                    match read_text(&planted.text) {
                        Ok(ingested) => {
                            let found: BTreeSet<String> = terms(&ingested).into_iter().map(str::to_owned).collect();
                            let right = found == planted.terms && ingested.totals.clicks == planted.clicks;
                            // a term that is lost stands in the notes by its name
                            let said = |term: &String| {
                                ingested.notes.0.iter().any(|note| {
                                    matches!(note.code, "total-row" | "totals-named")
                                        && note.message.contains(&format!("`{term}`"))
                                })
                            };
                            let is_said = found.is_subset(&planted.terms) && planted.terms.difference(&found).all(said);
                            read += usize::from(right);
                            told += usize::from(!right && is_said);
                            if !right && !is_said {
                                let lost: Vec<_> = planted.terms.difference(&found).collect();
                                let more: Vec<_> = found.difference(&planted.terms).collect();
                                wrong.push(format!("{case:?}: lost {lost:?}, counted {more:?}\n{}", planted.text));
                            }
                        }
                        Err(error) => {
                            let lines: BTreeSet<u64> = error.refused().iter().map(|cell| cell.line).collect();
                            let may_be = planted.totals.union(&planted.labels).copied().collect();
                            // where no term is called `total` only totals without any label may be unclear
                            let unclear = words == Label || totals == Unlabelled || (names == Campaign && case.small);
                            told += 1;
                            if !(unclear && lines.is_subset(&may_be)) {
                                wrong.push(format!("{case:?}: {error}\n{}", planted.text));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {read} + {told}:\n{}", wrong.len(), wrong[..wrong.len().min(4)].join("\n"));
    assert!(read > 12 * told, "{read} read, {told} told");
}
