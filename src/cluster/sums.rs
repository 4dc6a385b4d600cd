//! How rows become checksums: of a configuration, and of what a peer answers. Which columns, and in which
//! order, follows from the schema.

use std::cmp::Ordering;

use super::module::{ModuleKind, ModuleState};
use super::queries::{PullQuery, answered};
use super::rows::Rows;
use crate::hash::{Checksum, spooky};
use crate::schema::{Cell, Column, Row, Table, TableSchema, Version};

/// The checksum of a module from the answers to the queries of a pull, in the order of [`PullQuery::of`]:
/// what the peer has in `runtime_checksums_values`, if it answered what it runs.
///
/// The order of rows does not matter: they are put into that of the definition. Answers that are not there
/// count as empty. In 2.0 the checksum of servers covers tables that no query brings, so it is only the same
/// where those are empty.
///
/// ```
/// use proxysql_kit::cluster::{ModuleKind, Rows, checksum_of_rows};
/// use proxysql_kit::schema::Version;
///
/// let rows: Rows = [[Some("127.0.0.1"), Some("18667"), Some("5"), Some("left")]].into_iter().collect();
/// let checksum = checksum_of_rows(ModuleKind::ProxysqlServers, Version::V2_7, &[rows]);
/// assert_eq!(checksum, "0x54AE99F0C07D7F65");
/// ```
pub fn checksum_of_rows(module: ModuleKind, version: Version, answers: &[Rows]) -> Checksum {
    Checksum::from_hash(hash_of_rows(module, version, answers))
}

/// What `SELECT GLOBAL_CHECKSUM()` answers of these modules, by name; those with version 0 do not count.
///
/// ```
/// use proxysql_kit::cluster::{ModuleState, global_checksum};
///
/// assert_ne!(global_checksum([]), global_checksum([ModuleState { version: 1, ..ModuleState::default() }]));
/// assert_eq!(global_checksum([]), global_checksum([ModuleState::default()]));
/// ```
pub fn global_checksum(modules: impl IntoIterator<Item = ModuleState>) -> u64 {
    let mut hasher = spooky::Hasher::new(9, 5);
    for module in modules.into_iter().filter(|module| module.version > 0) {
        if let Some(checksum) = module.checksum {
            hasher.update(b"0x").update(checksum.digits().as_bytes());
        }
        hasher.update(&module.version.to_le_bytes());
    }
    hasher.finish().0 / 2
}

fn hash_of_rows(module: ModuleKind, version: Version, answers: &[Rows]) -> u64 {
    let tables = |queries: &'static [PullQuery]| {
        queries.iter().zip(answers).filter_map(move |(query, rows)| {
            let table = query.table()?;
            Some((table.schema(version)?, rows))
        })
    };
    let raw_of = |(schema, rows): (&'static TableSchema, &Rows)| {
        let places = places(schema.table(), version);
        raw_of_table(schema, records(rows, &places))
    };
    let servers_of = |(schema, rows): (&'static TableSchema, &Rows)| {
        let places = places(schema.table(), version);
        raw_of_servers(schema, records(rows, &places))
    };
    match module {
        ModuleKind::AdminVariables | ModuleKind::MysqlVariables => {
            answers.first().map_or(0, raw_of_variables)
        }
        ModuleKind::MysqlQueryRules => {
            tables(&[PullQuery::Rules, PullQuery::FastRouting]).map(raw_of).fold(0, u64::wrapping_add)
        }
        ModuleKind::MysqlServers if version < Version::V2_7 => {
            let queries = &[PullQuery::RunningServers, PullQuery::ReplicationHostgroups];
            over_tables(tables(queries).enumerate().map(|(index, (schema, rows))| {
                let places = places(schema.table(), version);
                match index {
                    0 => raw_of_servers_2_0(schema, records(rows, &places)),
                    _ => raw_of_table(schema, records(rows, &places)),
                }
            }))
        }
        ModuleKind::MysqlServers => tables(&[PullQuery::RunningServers]).map(servers_of).sum(),
        ModuleKind::MysqlServersV2 => {
            let queries = &[
                PullQuery::LoadedServers,
                PullQuery::ReplicationHostgroups,
                PullQuery::GroupReplicationHostgroups,
                PullQuery::GaleraHostgroups,
                PullQuery::AuroraHostgroups,
                PullQuery::HostgroupAttributes,
                PullQuery::ServersSslParams,
            ];
            over_tables(tables(queries).enumerate().map(|(index, table)| match index {
                0 => servers_of(table),
                _ => raw_of(table),
            }))
        }
        ModuleKind::MysqlUsers => tables(&[PullQuery::Users])
            .map(|(schema, rows)| {
                let places = places(schema.table(), version);
                hash_of_users(schema, &records(rows, &places).collect::<Vec<_>>())
            })
            .sum(),
        ModuleKind::ProxysqlServers => tables(&[PullQuery::ProxysqlServers]).map(raw_of).sum(),
    }
}

/// A row, by the positions of columns.
pub(super) trait Record {
    fn cell(&self, position: usize) -> Cell<'_>;
}

impl Record for &dyn Row {
    fn cell(&self, position: usize) -> Cell<'_> {
        (**self).cell(position)
    }
}

/// A row of an answer. All its cells are texts.
struct Answered<'a> {
    rows: &'a Rows,
    row: usize,
    /// Where each position of the table is in the answer.
    places: &'a [Option<usize>],
}

impl Record for Answered<'_> {
    fn cell(&self, position: usize) -> Cell<'_> {
        let place = self.places.get(position).copied().flatten();
        place.and_then(|place| self.rows.cell(self.row, place)).map_or(Cell::Null, Cell::Text)
    }
}

fn records<'a>(rows: &'a Rows, places: &'a [Option<usize>]) -> impl Iterator<Item = Answered<'a>> {
    (0..rows.len()).map(move |row| Answered { rows, row, places })
}

fn places(table: Table, version: Version) -> Vec<Option<usize>> {
    let mut places = Vec::new();
    for (place, column) in answered(table, version).enumerate() {
        places.resize(places.len().max(column.position() + 1), None);
        places[column.position()] = Some(place);
    }
    places
}

/// The raw checksum of a table: all its columns but an `active` that is the same in all rows.
pub(super) fn raw_of_table<R: Record>(schema: &TableSchema, rows: impl Iterator<Item = R>) -> u64 {
    let columns: Vec<usize> = fed(schema.table(), schema.version()).map(Column::position).collect();
    raw(sorted(schema, rows), |row, feed| {
        for &position in &columns {
            feed.cell(row.cell(position));
        }
    })
}

/// The raw checksum of servers: not those that are `OFFLINE_HARD`, and `SHUNNED` is `ONLINE`.
pub(super) fn raw_of_servers<R: Record>(schema: &TableSchema, rows: impl Iterator<Item = R>) -> u64 {
    let status = schema.column("status").map_or(usize::MAX, Column::position);
    let rows = rows.filter(|row| row.cell(status) != Cell::Text(b"OFFLINE_HARD"));
    raw(sorted(schema, rows), |row, feed| {
        for column in schema.columns() {
            match row.cell(column.position()) {
                Cell::Text(b"SHUNNED") if column.position() == status => feed.text(b"ONLINE"),
                cell => feed.cell(cell),
            }
        }
    })
}

/// The same in 2.0, where the status is a number.
pub(super) fn raw_of_servers_2_0<R: Record>(schema: &TableSchema, rows: impl Iterator<Item = R>) -> u64 {
    let status = schema.column("status").map_or(usize::MAX, Column::position);
    let rows = rows.filter(|row| row.cell(status) != Cell::Text(b"OFFLINE_HARD"));
    raw(sorted(schema, rows), |row, feed| {
        for column in schema.columns() {
            match row.cell(column.position()) {
                Cell::Text(b"OFFLINE_SOFT") if column.position() == status => feed.text(b"2"),
                _ if column.position() == status => feed.text(b"0"),
                cell => feed.cell(cell),
            }
        }
    })
}

/// Accounts, once for each direction in which they are used.
pub(super) fn hash_of_users<R: Record>(schema: &TableSchema, rows: &[R]) -> u64 {
    ["backend", "frontend"]
        .map(|direction| users_towards(schema, rows, direction))
        .iter()
        .fold(0, |sum, hash| sum.wrapping_add(*hash))
}

fn users_towards<R: Record>(schema: &TableSchema, rows: &[R], direction: &str) -> u64 {
    let at = |name: &str| schema.column(name).map(Column::position);
    let (Some(direction), Some(hostgroup), Some(username)) =
        (at(direction), at("default_hostgroup"), at("username"))
    else {
        return 0;
    };
    let is_used = |row: &&R| {
        number(row.cell(direction)) == Some(1) && number(row.cell(hostgroup)).is_some_and(|group| group >= 0)
    };
    let key = |row: &R| match row.cell(username) {
        Cell::Text(name) => spooky::hash128(name, 1, 2).0,
        _ => 0,
    };
    let mut used: Vec<(u64, &R)> = rows.iter().filter(is_used).map(|row| (key(row), row)).collect();
    if used.is_empty() {
        return 0;
    }
    used.sort_by_key(|(key, _)| *key);
    // PostgreSQL's accounts have no `schema_locked` and no `default_schema`.
    let numbers: Vec<(usize, usize)> =
        USER_NUMBERS.iter().filter_map(|(name, width)| Some((at(name)?, *width))).collect();
    let texts: Vec<usize> = USER_TEXTS.iter().filter_map(|name| at(name)).collect();
    let mut hasher = spooky::Hasher::new(13, 4);
    for (_, row) in used {
        for &(position, width) in &numbers {
            if let Some(number) = number(row.cell(position)) {
                hasher.update(&number.to_le_bytes()[..width]);
            }
        }
        for &position in &texts {
            if let Cell::Text(text) = row.cell(position) {
                hasher.update(text);
            }
        }
    }
    hasher.finish().0
}

/// What an account feeds before its texts, with the number of bytes (little endian).
const USER_NUMBERS: &[(&str, usize)] = &[
    ("use_ssl", 1),
    ("default_hostgroup", 4),
    ("schema_locked", 1),
    ("transaction_persistent", 1),
    ("fast_forward", 1),
    ("max_connections", 4),
];

/// The texts that it feeds behind them.
const USER_TEXTS: &[&str] = &["username", "password", "default_schema", "comment", "attributes"];

/// The raw checksum of variables as they are answered.
fn raw_of_variables(rows: &Rows) -> u64 {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|row| rows.cell(*row, 0));
    raw(order, |row, feed| {
        for text in rows.row(row).flatten() {
            feed.text(text);
        }
    })
}

/// The rows in the order of their primary key.
fn sorted<R: Record>(schema: &TableSchema, rows: impl Iterator<Item = R>) -> Vec<R> {
    let column = |position: &usize| schema.columns().iter().find(|column| column.position() == *position);
    let key: Vec<(usize, bool)> = schema
        .primary_key()
        .iter()
        .filter_map(column)
        .map(|column| (column.position(), column.is_text()))
        .collect();
    let compare = |one: &R, other: &R| {
        let order = |&(at, is_text): &(usize, bool)| match (one.cell(at), other.cell(at)) {
            (one, other) if is_text => one.compare(other).unwrap_or(Ordering::Equal),
            (one, other) => number(one).cmp(&number(other)),
        };
        key.iter().map(order).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    let mut sorted: Vec<R> = rows.collect();
    sorted.sort_by(compare);
    sorted
}

/// A whole number, even where it is a text.
fn number(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Int(number) => Some(number),
        Cell::Text(text) => std::str::from_utf8(text).ok()?.parse().ok(),
        Cell::Null | Cell::Real(_) => None,
    }
}

/// The columns of a table that are hashed: all but the `active` of rules, which is the same in all that run.
fn fed(table: Table, version: Version) -> impl Iterator<Item = &'static Column> {
    let is_rule = matches!(table, Table::MysqlQueryRules | Table::PgsqlQueryRules);
    let columns = table.schema(version).map_or(&[][..], TableSchema::columns);
    columns.iter().filter(move |column| !(is_rule && column.name() == "active"))
}

/// Takes the fields of rows as the texts that `SQLite` gives.
pub(super) struct Feed {
    hasher: spooky::Hasher,
    digits: Vec<u8>,
}

impl Feed {
    fn cell(&mut self, cell: Cell<'_>) {
        use std::io::Write as _;
        match cell {
            Cell::Null | Cell::Real(_) => {}
            Cell::Text(text) => self.text(text),
            Cell::Int(number) => {
                self.digits.clear();
                // Writing to a `Vec` cannot fail.
                drop(write!(self.digits, "{number}"));
                self.hasher.update(&self.digits);
            }
        }
    }

    fn text(&mut self, text: &[u8]) {
        self.hasher.update(text);
    }
}

/// The raw checksum of rows; 0 if there are none.
fn raw<R>(rows: Vec<R>, fields: impl Fn(R, &mut Feed)) -> u64 {
    if rows.is_empty() {
        return 0;
    }
    let mut feed = Feed { hasher: spooky::Hasher::new(19, 3), digits: Vec::new() };
    for row in rows {
        fields(row, &mut feed);
    }
    feed.hasher.finish().0
}

/// One hash over the raw checksums of tables that have rows; 0 if none has.
pub(super) fn over_tables(tables: impl Iterator<Item = u64>) -> u64 {
    let bytes: Vec<u8> = tables.filter(|hash| *hash != 0).flat_map(u64::to_le_bytes).collect();
    if bytes.is_empty() { 0 } else { spooky::hash128(&bytes, 19, 3).0 }
}
