//! Rows of any table.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeStruct as _, Serializer};

use super::found::{Found, no_text_quoted, shortened};
use super::positions::Positions;
use crate::schema::field::{FieldError, Shape};
use crate::schema::spec::ColumnSpec;
use crate::schema::suggest::closest;
use crate::schema::{Cell, Row, Table, TableRow, TableSchema, Version};

/// A row alone: all columns that its struct has.
pub(crate) fn serialize_row<S: Serializer>(row: &dyn Row, serializer: S) -> Result<S::Ok, S::Error> {
    let columns = row.table().spec().columns;
    let all = columns.iter().enumerate().map(|(position, column)| (column.name, position));
    write(row, columns.len(), all, serializer)
}

/// A row with the columns of a version.
pub(crate) fn serialize_columns<S: Serializer>(
    row: &dyn Row,
    schema: &TableSchema,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let columns = schema.columns();
    let own = columns.iter().map(|column| (column.name(), column.position()));
    write(row, columns.len(), own, serializer)
}

fn write<S: Serializer>(
    row: &dyn Row,
    count: usize,
    columns: impl Iterator<Item = (&'static str, usize)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_struct(row.table().name(), count)?;
    for (name, position) in columns {
        object.serialize_field(name, &row.cell(position))?;
    }
    object.end()
}

/// A row alone: what any version has may be there, what all versions need must be there.
pub(crate) fn deserialize_row<'de, R: TableRow, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<R, D::Error> {
    let mut row = R::default();
    let seed = RowSeed { row: &mut row, place: &R::TABLE.name(), version: None };
    let given = seed.deserialize(deserializer)?;
    let lifetime = R::TABLE.spec().lifetime;
    let missing = missing(R::TABLE, lifetime.until, given, |column| {
        column.lifetime.since <= lifetime.since && column.lifetime.until >= lifetime.until
    });
    match missing {
        Some(message) => Err(de::Error::custom(format_args!("{}: {message}", R::TABLE.name()))),
        None => Ok(row),
    }
}

/// Reads a row into one that has the defaults, and tells which columns were there.
///
/// With a version it is [judged](judge_row) at once, which gives errors their place.
pub(crate) struct RowSeed<'a> {
    pub(crate) row: &'a mut dyn Row,
    /// What stands before every error.
    pub(crate) place: &'a dyn fmt::Display,
    pub(crate) version: Option<Version>,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = Positions;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Positions, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = Positions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map from columns to values as {}", self.place)
    }

    no_text_quoted!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Positions, A::Error> {
        let table = self.row.table();
        let mut given = Positions::default();
        while let Some(name) = map.next_key::<String>()? {
            let at_row = |message| de::Error::custom(format_args!("{}: {message}", self.place));
            let position = position(table, self.version, &name).map_err(at_row)?;
            if !given.insert(position) {
                return Err(at_row(format!("the column {} is there twice", shortened(&name))));
            }
            let found: Found = map.next_value()?;
            let column = &table.spec().columns[position];
            cell(&found, column)
                .and_then(|cell| {
                    self.row.set(position, cell).map_err(|error| refusal(&error, column, &found))
                })
                .map_err(|message| de::Error::custom(format_args!("{}.{name}: {message}", self.place)))?;
        }
        match self.version.map(|version| judge_row(table, version, given)) {
            Some(Err(message)) => Err(de::Error::custom(format_args!("{}: {message}", self.place))),
            _ => Ok(given),
        }
    }
}

/// Whether a version has all columns that were given, and none is missing that must be there.
pub(crate) fn judge_row(table: Table, version: Version, given: Positions) -> Result<(), String> {
    for (position, column) in table.spec().columns.iter().enumerate() {
        if given.contains(position) && !column.lifetime.holds(version) {
            return Err(of_other_versions(column, version));
        }
    }
    missing(table, version, given, |_| true).map_or(Ok(()), Err)
}

fn missing(
    table: Table,
    version: Version,
    given: Positions,
    counts: impl Fn(&ColumnSpec) -> bool,
) -> Option<String> {
    let columns = table.schema(version)?.columns();
    let mut needed = columns.iter().filter(|column| column.is_required());
    let missing = needed.find(|column| {
        !given.contains(column.position()) && counts(&table.spec().columns[column.position()])
    })?;
    Some(format!("the column `{}` is missing, which has no default", missing.name()))
}

fn position(table: Table, version: Option<Version>, name: &str) -> Result<usize, String> {
    let columns = table.spec().columns;
    let Some(position) = columns.iter().position(|column| column.name == name) else {
        return Err(unknown(table, version, name));
    };
    match version {
        Some(version) if !columns[position].lifetime.holds(version) => {
            Err(of_other_versions(&columns[position], version))
        }
        _ => Ok(position),
    }
}

fn of_other_versions(column: &ColumnSpec, version: Version) -> String {
    format!("{version} has no column `{}` (it is there in {})", column.name, column.lifetime)
}

fn unknown(table: Table, version: Option<Version>, name: &str) -> String {
    let columns = || {
        let all = table.spec().columns.iter();
        all.filter(|column| version.is_none_or(|version| column.lifetime.holds(version)))
    };
    let spelled = |column: &&ColumnSpec| {
        let key = column.key.as_ref();
        key.is_some_and(|key| key.spellings.get(version.unwrap_or_default()).contains(&name))
    };
    let meant = columns().find(spelled).map(|column| column.name);
    let meant = meant.or_else(|| closest(name, columns().map(|column| column.name)));
    let help = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
    format!("there is no column {}{help}", shortened(name))
}

/// What a column holds of a value, if its kind is right.
fn cell<'a>(found: &'a Found, column: &ColumnSpec) -> Result<Cell<'a>, String> {
    match found {
        Found::Null => Ok(Cell::Null),
        Found::Bool(value) if column.shape == Shape::Bool => Ok(Cell::Int((*value).into())),
        Found::Int(value) => Ok(Cell::Int(*value)),
        Found::Text(text) => Ok(Cell::Text(text)),
        other => Err(format!("{} is needed, not {}", needed(column), other.kind())),
    }
}

fn needed(column: &ColumnSpec) -> &'static str {
    match column.shape {
        Shape::Bool => "0 or 1",
        Shape::Int { .. } | Shape::Numbers(_) => "an integer",
        Shape::Text | Shape::Secret | Shape::OneOf { .. } => "a text in quotes",
    }
}

fn refusal(error: &FieldError, column: &ColumnSpec, found: &Found) -> String {
    match error {
        FieldError::Type { .. } => format!("{} is needed, not {}", needed(column), found.kind()),
        FieldError::Choice { value, allowed } => format!("{} is none of {allowed}", shortened(value)),
        other => other.to_string(),
    }
}
