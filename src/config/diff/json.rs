//! A plan as JSON, or in whatever else serde writes.

use serde::ser::{Serialize, SerializeMap as _, SerializeStruct, Serializer};

use super::{ChangeKind, Plan, RowDiff, SettingDiff, Shown, TableDiff, VariableDiff};
use crate::schema::{Cell, REDACTED, Text};

/// Without secrets.
impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown().serialize(serializer)
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plan = self.plan;
        let settings: Vec<_> = plan.settings().iter().map(Named::setting).collect();
        let variables = plan.variables().iter().map(|variable| Named::variable(variable, self.secrets));
        let variables: Vec<_> = variables.collect();
        let mut out = serializer.serialize_struct("Plan", 6)?;
        out.serialize_field("from", plan.from().name())?;
        out.serialize_field("to", plan.to().name())?;
        out.serialize_field("settings", &settings)?;
        out.serialize_field("variables", &variables)?;
        out.serialize_field("tables", &Tables(*self))?;
        out.serialize_field("summary", &plan.summary())?;
        out.end()
    }
}

impl Serialize for super::Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Summary", 3)?;
        out.serialize_field("add", &self.add)?;
        out.serialize_field("change", &self.change)?;
        out.serialize_field("remove", &self.remove)?;
        out.end()
    }
}

/// A value that is shown, or not; `None` where there is none.
#[derive(Clone, Copy)]
struct Hidden<'a> {
    cell: Option<Cell<'a>>,
    hides: bool,
}

impl<'a> Hidden<'a> {
    fn text(text: Option<&'a Text>, hides: bool) -> Self {
        Hidden { cell: text.map(|text| Cell::Text(text.as_bytes())), hides }
    }
}

impl Serialize for Hidden<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.cell.unwrap_or(Cell::Null) {
            Cell::Null => serializer.serialize_none(),
            _ if self.hides => serializer.serialize_str(REDACTED),
            Cell::Int(number) => serializer.serialize_i64(number),
            Cell::Real(number) => serializer.serialize_f64(number),
            Cell::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => serializer.serialize_str(text),
                Err(_) => {
                    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    let mut out = serializer.serialize_map(Some(1))?;
                    out.serialize_entry("hex", &hex)?;
                    out.end()
                }
            },
        }
    }
}

/// A setting or a variable, and what becomes of it.
pub(crate) struct Named<'a> {
    name: Text,
    old: Hidden<'a>,
    new: Hidden<'a>,
}

impl<'a> Named<'a> {
    pub(crate) fn setting(setting: &'a SettingDiff) -> Self {
        Named {
            name: setting.name().into(),
            old: Hidden::text(setting.before(), false),
            new: Hidden::text(setting.after(), false),
        }
    }

    pub(crate) fn variable(variable: &'a VariableDiff, secrets: bool) -> Self {
        let hides = variable.is_secret() && !secrets;
        Named {
            name: variable.full_name(),
            old: Hidden::text(variable.before(), hides),
            new: Hidden::text(variable.after(), hides),
        }
    }

    pub(crate) fn fields<S: SerializeStruct>(&self, out: &mut S) -> Result<(), S::Error> {
        out.serialize_field("name", &Hidden::text(Some(&self.name), false))?;
        out.serialize_field("old", &self.old)?;
        out.serialize_field("new", &self.new)
    }
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Change", 3)?;
        self.fields(&mut out)?;
        out.end()
    }
}

pub(crate) struct Tables<'a>(pub(crate) Shown<'a>);

impl Serialize for Tables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tables = self.0.plan.tables();
        let mut out = serializer.serialize_map(Some(tables.len()))?;
        for table in tables {
            out.serialize_entry(table.table().name(), &OneTable { table, secrets: self.0.secrets })?;
        }
        out.end()
    }
}

struct OneTable<'a> {
    table: &'a TableDiff,
    secrets: bool,
}

impl Serialize for OneTable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = |kind| {
            let rows = self.table.rows_of(kind);
            rows.map(|row| WholeRow { row, secrets: self.secrets }).collect::<Vec<_>>()
        };
        let changed = self.table.rows_of(ChangeKind::Changed);
        let changed: Vec<_> = changed.map(|row| ChangedRow { row, secrets: self.secrets }).collect();
        let mut out = serializer.serialize_struct("Table", 3)?;
        out.serialize_field("added", &rows(ChangeKind::Added))?;
        out.serialize_field("changed", &changed)?;
        out.serialize_field("removed", &rows(ChangeKind::Removed))?;
        out.end()
    }
}

struct WholeRow<'a> {
    row: &'a RowDiff,
    secrets: bool,
}

impl Serialize for WholeRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let columns = self.row.columns().map(|change| {
            let hides = change.column().is_secret() && !self.secrets;
            (change.column().name(), Hidden { cell: change.after().or(change.before()), hides })
        });
        serializer.collect_map(columns)
    }
}

struct ChangedRow<'a> {
    row: &'a RowDiff,
    secrets: bool,
}

impl Serialize for ChangedRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Change", 2)?;
        out.serialize_field("key", &Key(self.row))?;
        out.serialize_field("columns", &Columns { row: self.row, secrets: self.secrets })?;
        out.end()
    }
}

struct Key<'a>(&'a RowDiff);

impl Serialize for Key<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key =
            self.0.key().map(|(column, cell)| (column.name(), Hidden { cell: Some(cell), hides: false }));
        serializer.collect_map(key)
    }
}

struct Columns<'a> {
    row: &'a RowDiff,
    secrets: bool,
}

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let columns = self.row.changes().map(|change| {
            let hides = change.column().is_secret() && !self.secrets;
            let cells = OldNew {
                old: Hidden { cell: change.before(), hides },
                new: Hidden { cell: change.after(), hides },
            };
            (change.column().name(), cells)
        });
        serializer.collect_map(columns)
    }
}

struct OldNew<'a> {
    old: Hidden<'a>,
    new: Hidden<'a>,
}

impl Serialize for OldNew<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Values", 2)?;
        out.serialize_field("old", &self.old)?;
        out.serialize_field("new", &self.new)?;
        out.end()
    }
}
