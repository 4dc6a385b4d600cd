//! LOAD ... TO RUNTIME: what of memory is in use.

use std::sync::Arc;

use sha1::{Digest as _, Sha1};

use crate::config::{Config, Rows};
use crate::schema::{AnyCase, MysqlUser, RestapiRoute, Secret, ServerStatus, Table, TableRow, Text, Version};

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

    /// Rows whose writer is the reader (or backup writer, or offline) hostgroup of any row stay in
    /// memory.
    fn leave_out_chained(&mut self, runtime: &mut Config) {
        self.chained(
            &mut runtime.mysql_replication_hostgroups,
            |row| row.writer_hostgroup,
            |row| vec![row.reader_hostgroup],
            |row| vec![row.writer_hostgroup, row.reader_hostgroup],
        );
        self.chained(
            &mut runtime.pgsql_replication_hostgroups,
            |row| row.writer_hostgroup,
            |row| vec![row.reader_hostgroup],
            |row| vec![row.writer_hostgroup, row.reader_hostgroup],
        );
        self.chained(
            &mut runtime.mysql_group_replication_hostgroups,
            |row| row.writer_hostgroup,
            |row| vec![row.reader_hostgroup, row.backup_writer_hostgroup, row.offline_hostgroup],
            |row| {
                vec![
                    row.writer_hostgroup,
                    row.backup_writer_hostgroup,
                    row.reader_hostgroup,
                    row.offline_hostgroup,
                ]
            },
        );
        self.chained(
            &mut runtime.mysql_galera_hostgroups,
            |row| row.writer_hostgroup,
            |row| vec![row.reader_hostgroup, row.backup_writer_hostgroup, row.offline_hostgroup],
            |row| {
                vec![
                    row.writer_hostgroup,
                    row.backup_writer_hostgroup,
                    row.reader_hostgroup,
                    row.offline_hostgroup,
                ]
            },
        );
        self.chained(
            &mut runtime.mysql_aws_aurora_hostgroups,
            |row| row.writer_hostgroup,
            |row| vec![row.reader_hostgroup],
            |row| vec![row.writer_hostgroup, row.reader_hostgroup, i32::from(row.active), row.aurora_port],
        );
    }

    fn chained<R: TableRow>(
        &mut self,
        rows: &mut Rows<R>,
        writer: fn(&R) -> i32,
        others: fn(&R) -> Vec<i32>,
        named: fn(&R) -> Vec<i32>,
    ) {
        let taken: Vec<Vec<i32>> = rows.iter().map(others).collect();
        let width = taken.first().map_or(0, Vec::len);
        let is_chained = |row: &R| taken.iter().any(|others| others.contains(&writer(row)));
        // One line for each row and each hostgroup that it meets, kind by kind.
        for kind in 0..width {
            for (index, row) in rows.iter().enumerate() {
                // The server's own look-up passes over hostgroup 0.
                let met =
                    taken.iter().filter(|others| others[kind] == writer(row) && others[kind] != 0).count();
                let span = self.origins.row(R::TABLE, index).map(|origin| origin.span());
                for _ in 0..met {
                    let kind = MessageKind::Incompatible { table: R::TABLE, hostgroups: named(row) };
                    self.messages.push(Message { kind, span });
                }
            }
        }
        for (index, row) in rows.iter().enumerate() {
            if is_chained(row)
                && let Some(origin) = self.origins.row(R::TABLE, index)
            {
                let why = "its writer hostgroup is another role of a row of this table";
                self.notes
                    .push(Note { kind: NoteKind::NotLoaded { table: R::TABLE, why }, span: origin.span() });
            }
        }
        rows.retain(|row| !is_chained(row));
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
