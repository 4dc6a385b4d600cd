//! The statement into which ProxySQL pastes the values of a row that it reads from a file, all but
//! the values.

use super::spec::Section;
use super::table::Column;
use super::version::Version;

/// `INSERT OR REPLACE INTO t (a, b) VALUES (…, …)`, byte by byte as the server has it: messages quote
/// it, blanks and all.
#[derive(Debug)]
pub(crate) struct Statement {
    /// What stands before the first value.
    pub(crate) head: String,
    /// What the values are, in order.
    pub(crate) slots: Vec<Slot>,
    before_last: &'static str,
}

/// Where a value of the statement comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The key of the column at this index of the table's [`columns`](super::TableSchema::columns).
    Column(usize),
    /// No key: this always stands there, for the column at this index.
    Fixed(usize, &'static str),
}

impl Statement {
    /// What stands behind the last value.
    pub(crate) const TAIL: &'static str = ")";

    pub(super) fn new(table: &str, section: &Section, columns: &[Column], version: Version) -> Self {
        let index = |name: &&str| columns.iter().position(|column| column.name() == *name);
        let own: Vec<usize> = section.order.iter().filter_map(index).collect();
        let slot = |&index: &usize| {
            let fixed = section.fixed.iter().find(|(name, _)| *name == columns[index].name());
            fixed.map_or(Slot::Column(index), |(_, text)| Slot::Fixed(index, text))
        };
        let names = own.iter().map(|&index| match section.spelled {
            Some((name, text)) if name == columns[index].name() => text,
            _ => columns[index].name(),
        });
        let names = names.collect::<Vec<_>>().join(", ");
        let (behind_names, before_last) =
            if version >= Version::V2_7 { (section.behind_names, section.before_last) } else { ("", ", ") };
        let names = if section.names_columns { format!(" ({names}{behind_names})") } else { String::new() };
        Statement {
            head: format!("INSERT OR REPLACE INTO {table}{names} VALUES ("),
            slots: own.iter().map(slot).collect(),
            before_last,
        }
    }

    /// What stands between the value at an index and the one before it.
    pub(crate) fn before(&self, index: usize) -> &'static str {
        if index == 0 {
            ""
        } else if index + 1 == self.slots.len() {
            self.before_last
        } else {
            ", "
        }
    }
}
