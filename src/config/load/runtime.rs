//! LOAD ... TO RUNTIME: what of memory is in use.

use std::sync::Arc;

use sha1::{Digest as _, Sha1};

use hashbrown::{HashMap, HashSet};

use crate::config::{AnyRows, Config, Rows};
use crate::schema::{
    AnyCase, Cell, Column, MysqlUser, RestapiRoute, Row, Secret, ServerStatus, Table, TableSchema, Text,
    Version,
};

use super::{Loader, Message, MessageKind, Note, NoteKind};

impl Loader<'_> {
    /// The runtime tables; `running` has the variables already.
    pub(super) fn runtime(&mut self, running: Config) -> Config {
        let mut runtime = Config {
            version: self.version,
            admin: running.admin,
            mysql: running.mysql,
            pgsql: running.pgsql,
            ..self.memory.clone()
        };
        runtime.mysql_servers = servers(&self.memory.mysql_servers, |row| &row.status, |row| &mut row.status);
        runtime.pgsql_servers = servers(&self.memory.pgsql_servers, |row| &row.status, |row| &mut row.status);
        runtime.mysql_query_rules.retain(|rule| rule.active);
        runtime.pgsql_query_rules.retain(|rule| rule.active);
        runtime.mysql_users.retain(|user| user.active);
        runtime.pgsql_users.retain(|user| user.active);
        if self.version < Version::V2_7 && runtime.admin.hash_passwords {
            runtime.mysql_users = runtime.mysql_users.shared().iter().map(hashed).collect();
        }
        self.leave_out_chained(&mut runtime);
        if self.version < Version::V2_7 {
            // Only a test build loads them.
            runtime.mysql_aws_aurora_hostgroups.clear();
        }
        self.leave_out_quoted_routes(&mut runtime);
        runtime
    }

    /// Rows whose writer is the reader (or backup writer, or offline) hostgroup of any row of their table
    /// stay in memory.
    fn leave_out_chained(&mut self, runtime: &mut Config) {
        for table in [
            Table::MysqlReplicationHostgroups,
            Table::PgsqlReplicationHostgroups,
            Table::MysqlGroupReplicationHostgroups,
            Table::MysqlGaleraHostgroups,
            Table::MysqlAwsAuroraHostgroups,
        ] {
            if let Some(schema) = table.schema(self.version) {
                self.chained(schema, runtime.table_mut(table));
            }
        }
    }

    fn chained(&mut self, schema: &TableSchema, rows: &mut dyn AnyRows) {
        let table = schema.table();
        let positions = |names: &[&str]| -> Vec<usize> {
            names.iter().filter_map(|name| schema.column(name)).map(Column::position).collect()
        };
        let roles = positions(&["reader_hostgroup", "backup_writer_hostgroup", "offline_hostgroup"]);
        let writers = positions(&["writer_hostgroup"]);
        let numbers = |positions: &[usize]| -> Vec<Vec<i64>> {
            rows.iter().map(|row| positions.iter().map(|&at| number(row.cell(at))).collect()).collect()
        };
        let taken = numbers(&roles);
        let writers: Vec<i64> = numbers(&writers).concat();
        let mut all: HashSet<i64> = HashSet::new();
        // One line for each row and each hostgroup that it meets, role by role.
        for role in 0..roles.len() {
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
        for index in (0..writers.len()).filter(|&index| is_chained(index)) {
            if let Some(origin) = self.origins.row(table, index) {
                let why = "its writer hostgroup is another role of a row of this table";
                self.notes.push(Note { kind: NoteKind::NotLoaded { table, why }, span: origin.span() });
            }
        }
        rows.retain_indices(&mut |index| !is_chained(index));
    }

    /// Routes are pasted once more, between single quotes.
    fn leave_out_quoted_routes(&mut self, runtime: &mut Config) {
        let quoted = |text: &Text| memchr::memchr(b'\'', text.as_bytes()).is_some();
        let breaks =
            |route: &RestapiRoute| quoted(&route.uri) || quoted(&route.script) || quoted(&route.comment);
        let routes = self.memory.restapi_routes.clone();
        for (index, route) in routes.iter().enumerate().filter(|(_, route)| breaks(route)) {
            let span = self.origins.row(Table::RestapiRoutes, index).map(|origin| origin.span());
            self.refuse_route(&route_statement(route), span);
        }
        runtime.restapi_routes.retain(|route| !breaks(route));
    }

    fn refuse_route(&mut self, statement: &[u8], span: Option<crate::libconfig::Span>) {
        use crate::config::pasted::{self, Outcome};
        let columns = 7;
        match pasted::read(statement, columns, super::table::sqlite(self.version)) {
            Outcome::Error(error) => {
                let kind = MessageKind::Sqlite {
                    table: Some(Table::RestapiRoutes),
                    error: error.into(),
                    statement: statement.into(),
                    secret: false,
                };
                self.messages.push(Message { kind, span });
            }
            Outcome::Rows(_) | Outcome::Unpredictable(_) => {
                if let Some(span) = span {
                    let why = "a quote in it is read as SQL once more".to_owned();
                    let kind = NoteKind::Unpredictable { table: Some(Table::RestapiRoutes), why };
                    self.notes.push(Note { kind, span });
                }
            }
        }
    }
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
