//! Why nobody can tell whether a record is a total, and what to do about it.

/// No term, and the sum of its part.
pub(super) const MAY_BE_SUM: &str = "has no term, and its numbers are those of the rows of its part, so it may be their total: delete the \
     row if it is, write a name such as `(none)` as its term if it is not";
/// No term, and not the sum of its part, where other such rows are.
pub(super) const NO_SUM: &str = "has no term, as the totals of this file, and its numbers are not the sum of its part's rows: delete the \
     row if it is a total, write a name such as `(none)` as its term if it is not";
/// A label with the names of a term, and small numbers that are a sum.
pub(super) const MAY_BE_TERM: &str = "has the names that terms have and is called a total, and its numbers are the sum of other rows, which may be \
     by chance: delete the row if it is a total, give it another name if it is a term";
/// A label, and other numbers.
pub(super) const NO_TOTAL: &str = "is called a total, and its numbers are not the sum of the rows it may be of: delete the row if it is a \
     total, give it another name if it is a term";
/// A total of half of the rows.
pub(super) const NESTED: &str = "is half of what the rows above it add up to: they have totals among them that nothing marks, as a pivot table \
     in compact form has; export the rows without subtotals, one column a name";
/// No names where all rows have some, and other numbers.
pub(super) const NO_NAMES: &str = "has none of the names that the rows above it have, as totals have, and its numbers are not their sum: \
     delete the row if it is a total, give it their names if it is a term, or call it `Other search terms` if it is what the platform \
     does not show";
