//! Where two configurations differ.

use std::collections::HashMap;

use super::lost::{Place, RowPlace, shown, shown_unless};
use super::settings::setting_value;
use crate::config::settings::SETTINGS;
use crate::config::{AnyRows, Config};
use crate::schema::{
    Cell, ColumnSpec, Kind, Module, Row, Shape, Table, Text, ValueShape, VariableSpec, Version,
};

/// A place where a configuration differs from another one.
pub(crate) struct Difference {
    pub(crate) place: Place,
    /// What the other one has there, for people; `None` where it has nothing.
    pub(crate) becomes: Option<String>,
}

impl Difference {
    fn new(place: Place, becomes: Option<String>) -> Self {
        Difference { place, becomes }
    }
}

/// Where `read` differs from `written`, rows aside that are known to be lost. What the server calls itself
/// (`admin-version`) is the server's own.
pub(crate) fn differences(
    written: &Config,
    read: &Config,
    is_lost: &dyn Fn(Table, usize) -> bool,
) -> Vec<Difference> {
    let mut found = Vec::new();
    settings(written, read, &mut found);
    for module in Module::ALL {
        variables(written, read, module, &mut found);
    }
    for &table in Table::ALL {
        rows(written.table(table), read.table(table), &|index| is_lost(table, index), &mut found);
    }
    found
}

fn settings(written: &Config, read: &Config, found: &mut Vec<Difference>) {
    for setting in SETTINGS {
        let (ours, theirs) =
            (setting_value(setting, &written.settings), setting_value(setting, &read.settings));
        if ours != theirs {
            found.push(Difference::new(Place::Setting(setting.name), theirs.map(|value| value.to_string())));
        }
    }
}

/// The variables of a module in which two configurations differ.
pub(super) fn variables(written: &Config, read: &Config, module: Module, found: &mut Vec<Difference>) {
    let (ours, theirs) = (written.variables(module), read.variables(module));
    for (position, spec) in module.specs().iter().enumerate() {
        let (text, other) = (ours.text(position), theirs.text(position));
        if text != other && !is_own(spec, written.version) {
            let becomes = shown_unless(spec.shape == ValueShape::Secret, Cell::Text(&other));
            found.push(Difference::new(Place::Variable { module, name: spec.name.into() }, Some(becomes)));
        }
    }
    let mut unmatched: Vec<&(Text, Text)> = theirs.others().iter().collect();
    for other in ours.others() {
        match unmatched.iter().position(|theirs| *theirs == other) {
            Some(at) => drop(unmatched.remove(at)),
            None => {
                let value = theirs.others().iter().find(|(name, _)| *name == other.0);
                let becomes =
                    value.map(|(name, text)| shown_unless(may_be_secret(name), Cell::Text(text.as_bytes())));
                found.push(Difference::new(Place::Variable { module, name: other.0.clone() }, becomes));
            }
        }
    }
    for (name, text) in unmatched {
        let place = Place::Variable { module, name: name.clone() };
        if !found.iter().any(|difference| difference.place == place) {
            let becomes = shown_unless(may_be_secret(name), Cell::Text(text.as_bytes()));
            found.push(Difference::new(place, Some(becomes)));
        }
    }
}

/// Whether a row whose name is no variable's looks like one that holds a password.
fn may_be_secret(name: &Text) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    name.contains("password") || name.contains("credentials")
}

/// Whether a server fills the variable itself.
pub(super) fn is_own(spec: &VariableSpec, version: Version) -> bool {
    spec.kind.get(version) == Kind::Version
}

fn rows(
    written: &dyn AnyRows,
    read: &dyn AnyRows,
    is_lost: &dyn Fn(usize) -> bool,
    found: &mut Vec<Difference>,
) {
    let columns = written.table().spec().columns;
    let ours: Vec<usize> = (0..written.len()).filter(|&index| !is_lost(index)).collect();
    let pairs = Pairs::of(written, &ours, read);
    for &(index, twin) in &pairs.pairs {
        if let (Some(row), Some(twin)) = (written.row(index), read.row(twin)) {
            cells(columns, row, index, twin, found);
        }
    }
    for index in pairs.only_written {
        if let Some(row) = written.row(index) {
            found.push(Difference::new(Place::Row(RowPlace::new(row, index)), None));
        }
    }
    for index in pairs.only_read {
        if let Some(row) = read.row(index) {
            let place = Place::Row(RowPlace::new(row, index));
            found.push(Difference::new(place, Some("a row that was not written".to_owned())));
        }
    }
    if !pairs.pairs.is_sorted_by_key(|(_, twin)| *twin) {
        found.push(Difference::new(Place::Order(written.table()), None));
    }
}

/// Which row became which, by index.
struct Pairs {
    /// In the order of those that were written.
    pairs: Vec<(usize, usize)>,
    only_written: Vec<usize>,
    only_read: Vec<usize>,
}

impl Pairs {
    /// By primary key. Where as many are left on both sides, they are the same rows with other keys.
    fn of(written: &dyn AnyRows, ours: &[usize], read: &dyn AnyRows) -> Self {
        let mut theirs: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        for index in (0..read.len()).rev() {
            if let Some(row) = read.row(index) {
                theirs.entry(key_of(row)).or_default().push(index);
            }
        }
        let mut pairs = Vec::new();
        let mut only_written = Vec::new();
        for &index in ours {
            let twin = written.row(index).and_then(|row| theirs.get_mut(&key_of(row))).and_then(Vec::pop);
            match twin {
                Some(twin) => pairs.push((index, twin)),
                None => only_written.push(index),
            }
        }
        let mut only_read: Vec<usize> = theirs.into_values().flatten().collect();
        only_read.sort_unstable();
        if only_written.len() == only_read.len() {
            pairs.extend(only_written.drain(..).zip(only_read.drain(..)));
            pairs.sort_unstable();
        }
        Pairs { pairs, only_written, only_read }
    }
}

fn cells(
    columns: &[ColumnSpec],
    ours: &dyn Row,
    index: usize,
    theirs: &dyn Row,
    found: &mut Vec<Difference>,
) {
    for (position, column) in columns.iter().enumerate() {
        let other = theirs.cell(position);
        if ours.cell(position) != other {
            let place = Place::Column { row: RowPlace::new(ours, index), column: column.name };
            let becomes = shown_unless(column.shape == Shape::Secret, other);
            found.push(Difference::new(place, Some(becomes)));
        }
    }
}

/// The primary key of a row.
fn key_of(row: &dyn Row) -> Vec<u8> {
    let spec = row.table().spec();
    let mut key = Vec::new();
    for name in spec.primary_key {
        let Some(position) = spec.columns.iter().position(|column| column.name == *name) else { continue };
        match row.cell(position) {
            Cell::Text(text) => {
                key.extend(text.len().to_le_bytes());
                key.extend(text);
            }
            cell => key.extend(shown(cell).bytes().chain([0])),
        }
    }
    key
}
