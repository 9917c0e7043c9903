//! Tables and cards as the template shows them: text, and what class it wears.

use serde::Serialize;

/// A table: heads, then rows of cells, the first of each row being its head.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::report) struct Table {
    caption: String,
    heads: Vec<Head>,
    pub(in crate::report) rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Head {
    text: String,
    /// `n` for numbers, which stand to the right, else empty.
    class: &'static str,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::report) struct Cell {
    text: String,
    /// A second, smaller line.
    pub(super) detail: String,
    /// `up`, `down` or empty: color for what the sign says already; `long` where a figure may take two lines.
    tone: &'static str,
    /// Whether what stands between backticks is code.
    marked: bool,
}

impl Cell {
    /// A text in which what stands between backticks is code.
    pub(super) fn marked(text: impl Into<String>) -> Self {
        Self { marked: true, ..Self::new(text) }
    }

    /// With a smaller line below.
    pub(super) fn below(self, detail: &str) -> Self {
        Self { detail: detail.to_owned(), ..self }
    }

    pub(in crate::report) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(in crate::report) fn detailed(text: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { text: text.into(), detail: detail.into(), ..Self::default() }
    }

    /// An interval, which takes two lines where it would take the width of the page.
    pub(super) fn wrapping(text: String) -> Self {
        /// Letters that stand in a line.
        const LINE: usize = 26;
        let tone = if text.chars().count() > LINE { "long" } else { "" };
        Self { text, tone, ..Self::default() }
    }

    pub(super) fn toned(text: impl Into<String>, change: f64) -> Self {
        let tone = if change >= 0.005 {
            "up"
        } else if change <= -0.005 {
            "down"
        } else {
            ""
        };
        Self { text: text.into(), tone, ..Self::default() }
    }
}

impl Cell {
    /// What it says, and the smaller line below.
    pub(in crate::report) fn words(&self) -> (&str, &str) {
        (&self.text, &self.detail)
    }
}

impl Table {
    /// Heads, and whether they are of numbers.
    pub(in crate::report) fn heads(&self) -> impl Iterator<Item = (&str, bool)> {
        self.heads.iter().map(|head| (head.text.as_str(), head.class == "n"))
    }

    /// Heads that begin with `#` are of numbers.
    pub(in crate::report) fn new(caption: impl Into<String>, heads: &[&str]) -> Self {
        let heads = heads
            .iter()
            .map(|head| match head.strip_prefix('#') {
                Some(text) => Head { text: text.to_owned(), class: "n" },
                None => Head { text: (*head).to_owned(), class: "" },
            })
            .collect();
        Self { caption: caption.into(), heads, rows: Vec::new() }
    }
}

/// A large figure at the head of the page.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Card {
    pub(in crate::report) label: String,
    pub(in crate::report) figure: String,
    pub(in crate::report) detail: String,
}
