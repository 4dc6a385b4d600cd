//! LOAD ... TO RUNTIME: what of memory is in use.

use std::sync::Arc;

use sha1::{Digest as _, Sha1};

use hashbrown::{HashMap, HashSet};

use crate::config::pasted::{self, Literal, Outcome};
use crate::config::{AnyRows, Config, Rows};
use crate::libconfig::Span;
use crate::schema::{
    AnyCase, Cell, Column, MysqlUser, RestapiRoute, Row, Secret, ServerStatus, Table, TableSchema, Text,
    Version,
};

use super::{Loader, Message, MessageKind, Note, NoteKind};

impl Loader<'_> {
    /// The runtime tables; `running` has the variables already.
    pub(super) fn runtime(&mut self, running: Config) -> Config {
        let memory = Config {
            version: self.version,
            admin: running.admin,
            mysql: running.mysql,
            pgsql: running.pgsql,
            ..self.memory.clone()
        };
        let mut runtime = in_use(&memory);
        self.leave_out_chained(&mut runtime);
        if self.version < Version::V2_7 {
            // Only a test build loads them.
            runtime.mysql_aws_aurora_hostgroups.clear();
        }
        self.paste_routes(&mut runtime);
        runtime
    }

    /// Rows whose writer is the reader (or backup writer, or offline) hostgroup of any row of their table
    /// stay in memory.
    fn leave_out_chained(&mut self, runtime: &mut Config) {
        for table in CHAINED {
            if let Some(schema) = table.schema(self.version) {
                self.chained(schema, runtime.table_mut(table));
            }
        }
    }

    fn chained(&mut self, schema: &TableSchema, rows: &mut dyn AnyRows) {
        let table = schema.table();
        let taken = numbers(rows, schema, &ROLES);
        let writers: Vec<i64> = numbers(rows, schema, &["writer_hostgroup"]).concat();
        let mut all: HashSet<i64> = HashSet::new();
        // One line for each row and each hostgroup that it meets, role by role.
        for role in 0..taken.first().map_or(0, Vec::len) {
            let mut met: HashMap<i64, usize> = HashMap::new();
            for roles in &taken {
                *met.entry(roles[role]).or_default() += 1;
                all.insert(roles[role]);
            }
            // The server's own look-up passes over hostgroup 0.
            met.remove(&0);
            for (index, times) in
                writers.iter().enumerate().filter_map(|(at, writer)| Some((at, *met.get(writer)?)))
            {
                let kind = MessageKind::Incompatible { table, values: named(schema, rows.row(index)) };
                let span = self.origins.row(table, index).map(|origin| origin.span());
                self.messages.extend(std::iter::repeat_n(Message { kind, span }, times));
            }
        }
        let is_chained = |index: usize| writers.get(index).is_some_and(|writer| all.contains(writer));
        let in_silence = |index: usize| writers[index] == 0 && is_chained(index);
        for index in (0..writers.len()).filter(|&index| in_silence(index)) {
            if let Some(origin) = self.origins.row(table, index) {
                let why = "its writer hostgroup is another role of a row of this table";
                self.notes.push(Note { kind: NoteKind::NotLoaded { table, why }, span: origin.span() });
            }
        }
        rows.retain_indices(&mut |index| !is_chained(index));
    }

    /// Routes are pasted once more, between single quotes.
    fn paste_routes(&mut self, runtime: &mut Config) {
        let quoted = |text: &Text| memchr::memchr(b'\'', text.as_bytes()).is_some();
        let is_quoted =
            |route: &RestapiRoute| quoted(&route.uri) || quoted(&route.script) || quoted(&route.comment);
        if !self.memory.restapi_routes.iter().any(is_quoted) {
            return;
        }
        let routes = self.memory.restapi_routes.clone();
        let pasted = routes.shared().iter().enumerate().filter_map(|(index, route)| {
            if !is_quoted(route) {
                return Some(route.clone());
            }
            let span = self.origins.row(Table::RestapiRoutes, index).map(|origin| origin.span());
            self.paste_route(route, span).map(Arc::new)
        });
        runtime.restapi_routes = pasted.collect();
    }

    /// What the statement makes of a route with a quote in it; `None` where it fails.
    fn paste_route(&mut self, route: &RestapiRoute, span: Option<Span>) -> Option<RestapiRoute> {
        let table = Table::RestapiRoutes;
        let statement = route_statement(route);
        match pasted::read(&statement, ROUTE_COLUMNS, super::table::sqlite(self.version)) {
            Outcome::Rows(rows) => {
                if let Some(pasted) = only_route(route, rows) {
                    return Some(pasted);
                }
            }
            Outcome::Error(error) => {
                let (error, statement) = (error.into(), statement.into());
                let kind = MessageKind::Sqlite { table: Some(table), error, statement, secret: false };
                self.messages.push(Message { kind, span });
                return None;
            }
            Outcome::Unpredictable(_) => {}
        }
        if let Some(span) = span {
            let why = "a route is pasted once more for runtime".to_owned();
            self.notes.push(Note { kind: NoteKind::Unpredictable { table: Some(table), why }, span });
        }
        None
    }
}

/// The columns of `restapi_routes`.
const ROUTE_COLUMNS: usize = 7;

/// The route with the texts of the only row, if there is no other.
fn only_route(route: &RestapiRoute, rows: Vec<Vec<Literal>>) -> Option<RestapiRoute> {
    let [row]: [Vec<Literal>; 1] = rows.try_into().ok()?;
    let [_, _, _, _, uri, script, comment]: [Literal; ROUTE_COLUMNS] = row.try_into().ok()?;
    let text = |literal| match literal {
        Literal::Text(text) => Some(Text::from(text)),
        _ => None,
    };
    let (uri, script, comment) = (text(uri)?, text(script)?, text(comment)?);
    Some(RestapiRoute { uri, script, comment, ..route.clone() })
}

/// The tables with rows that can be chained.
const CHAINED: [Table; 5] = [
    Table::MysqlReplicationHostgroups,
    Table::PgsqlReplicationHostgroups,
    Table::MysqlGroupReplicationHostgroups,
    Table::MysqlGaleraHostgroups,
    Table::MysqlAwsAuroraHostgroups,
];
/// The roles that make the row chained whose writer hostgroup has one of them.
const ROLES: [&str; 3] = ["reader_hostgroup", "backup_writer_hostgroup", "offline_hostgroup"];

/// What of memory is in use, by rows alone; its variables are those that run.
fn in_use(memory: &Config) -> Config {
    let mut runtime = memory.clone();
    runtime.mysql_servers = servers(&memory.mysql_servers, |row| &row.status, |row| &mut row.status);
    runtime.pgsql_servers = servers(&memory.pgsql_servers, |row| &row.status, |row| &mut row.status);
    runtime.mysql_query_rules.retain(|rule| rule.active);
    runtime.pgsql_query_rules.retain(|rule| rule.active);
    runtime.mysql_users.retain(|user| user.active);
    runtime.pgsql_users.retain(|user| user.active);
    if memory.version < Version::V2_7 && runtime.admin.hash_passwords {
        runtime.mysql_users = runtime.mysql_users.shared().iter().map(hashed).collect();
    }
    runtime
}

/// The rows of a layer that run, as runtime has them.
pub(crate) fn running_rows(layer: &Config) -> Config {
    let mut runtime = in_use(layer);
    for schema in CHAINED.iter().filter_map(|table| table.schema(layer.version)) {
        let rows = runtime.table_mut(schema.table());
        let taken: HashSet<i64> = numbers(rows, schema, &ROLES).concat().into_iter().collect();
        let writers = numbers(rows, schema, &["writer_hostgroup"]).concat();
        rows.retain_indices(&mut |index| writers.get(index).is_none_or(|writer| !taken.contains(writer)));
    }
    if layer.version < Version::V2_7 {
        runtime.mysql_aws_aurora_hostgroups.clear();
    }
    runtime
}

/// The numbers in these columns, row by row.
fn numbers(rows: &dyn AnyRows, schema: &TableSchema, columns: &[&str]) -> Vec<Vec<i64>> {
    let positions = columns.iter().filter_map(|name| schema.column(name)).map(Column::position);
    let positions: Vec<usize> = positions.collect();
    rows.iter().map(|row| positions.iter().map(|&at| number(row.cell(at))).collect()).collect()
}

fn number(cell: Cell<'_>) -> i64 {
    if let Cell::Int(number) = cell { number } else { 0 }
}

/// What the server names of a row that it leaves out: the values of its first columns.
fn named(schema: &TableSchema, row: Option<&dyn Row>) -> Vec<i64> {
    let count = if schema.column("active").is_some() { 4 } else { 2 };
    let first = schema.columns().iter().take(count);
    row.map(|row| first.map(|column| number(row.cell(column.position()))).collect()).unwrap_or_default()
}

/// The statement that puts a route into its runtime table.
fn route_statement(route: &RestapiRoute) -> Vec<u8> {
    let active = i32::from(route.active);
    let mut statement =
        format!("INSERT INTO  runtime_restapi_routes  VALUES({},{active},{}", route.id, route.timeout_ms)
            .into_bytes();
    let texts = [&route.uri, &route.script, &route.comment].map(Text::as_bytes);
    for text in std::iter::once(route.method.as_bytes()).chain(texts) {
        statement.extend(b",'");
        statement.extend(text);
        statement.push(b'\'');
    }
    statement.push(b')');
    statement
}

/// Servers with their status as the server spells it, without those that are `OFFLINE_HARD`.
fn servers<R: Clone>(
    rows: &Rows<R>,
    status: fn(&R) -> &AnyCase<ServerStatus>,
    status_mut: fn(&mut R) -> &mut AnyCase<ServerStatus>,
) -> Rows<R> {
    let running = |row: &Arc<R>| {
        let value = status(row).value();
        if value == ServerStatus::OfflineHard {
            return None;
        }
        if status(row).is_usual() {
            return Some(row.clone());
        }
        let mut row = R::clone(row);
        *status_mut(&mut row) = value.into();
        Some(Arc::new(row))
    };
    rows.shared().iter().filter_map(running).collect()
}

/// A clear-text password becomes `*` and the hex of its double SHA-1.
fn hashed(user: &Arc<MysqlUser>) -> Arc<MysqlUser> {
    let clear = user.password.as_ref().map(Secret::expose).filter(|password| !password.is_empty());
    let Some(clear) = clear.filter(|password| !password.as_bytes().starts_with(b"*")) else {
        return user.clone();
    };
    let twice = Sha1::digest(Sha1::digest(clear.as_bytes()));
    let hex: String = twice.iter().map(|byte| format!("{byte:02X}")).collect();
    Arc::new(MysqlUser { password: Some(format!("*{hex}").into()), ..MysqlUser::clone(user) })
}
