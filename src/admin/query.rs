//! What a query asks of the admin, as far as it is not SQLite that answers it.

use crate::cluster::PullQuery;
use crate::config::command::{self, Kind};
use crate::config::{Layer, LoadModule};
use crate::schema::Version;

/// What a query asks of ProxySQL's admin (2.7.1).
///
/// Queries are compared without regard to case, with each run of blanks as one, none at the ends, and
/// without semicolons there.
///
/// ```
/// use proxysql_kit::admin::AdminQuery;
/// use proxysql_kit::config::{Layer, LoadModule};
///
/// assert_eq!(AdminQuery::read(b" select  @@Version ;"), AdminQuery::Version);
/// let load = AdminQuery::LoadOrSave { module: LoadModule::MysqlUsers, from: Layer::Memory, to: Layer::Runtime };
/// assert_eq!(AdminQuery::read(b"load mysql users to run"), load);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdminQuery {
    /// `SELECT @@version`: which ProxySQL it is.
    Version,
    /// `SELECT GLOBAL_CHECKSUM()`.
    GlobalChecksum,
    /// `PROXYSQL CLUSTER_NODE_UUID`: another node introduces itself.
    ClusterNodeUuid {
        /// Its identity, as it says it.
        uuid: String,
        /// The interfaces of its admin.
        interfaces: String,
    },
    /// One of the queries by which a node pulls from another one.
    Pull(PullQuery),
    /// `PROXY_SELECT` in any other way: no SQL.
    UnknownProxySelect,
    /// LOAD or SAVE.
    LoadOrSave {
        /// What it carries.
        module: LoadModule,
        /// From where.
        from: Layer,
        /// Where to.
        to: Layer,
    },
    /// `SET variable=value`; the value is a piece of SQL.
    Set {
        /// The variable.
        name: String,
        /// Its value, as it stands there.
        value: String,
    },
    /// What the server accepts and does nothing for: BEGIN, COMMIT, USE and the like.
    Nothing,
    /// Anything else: SQLite answers.
    Sql,
}

impl AdminQuery {
    /// Tells what a query asks.
    pub fn read(query: &[u8]) -> AdminQuery {
        let folded = normalize(query);
        let Ok(text) = std::str::from_utf8(&folded) else { return AdminQuery::Sql };
        if text.eq_ignore_ascii_case("SELECT @@version") {
            return AdminQuery::Version;
        }
        if text.eq_ignore_ascii_case("SELECT GLOBAL_CHECKSUM()") {
            return AdminQuery::GlobalChecksum;
        }
        if let Some(rest) = behind(text, "PROXYSQL CLUSTER_NODE_UUID ") {
            let (uuid, interfaces) = rest.split_once(' ').unwrap_or((rest, ""));
            return AdminQuery::ClusterNodeUuid { uuid: uuid.to_owned(), interfaces: interfaces.to_owned() };
        }
        if behind(text, "PROXY_SELECT").is_some() {
            let known = |query: &PullQuery| behind(text, query.text(Version::V2_7)).is_some();
            let known = PROXY_SELECTS.into_iter().find(known);
            return known.map_or(AdminQuery::UnknownProxySelect, AdminQuery::Pull);
        }
        match command::kind(text) {
            Kind::LoadOrSave => command::load_or_save(text)
                .map_or(AdminQuery::Sql, |(module, from, to)| AdminQuery::LoadOrSave { module, from, to }),
            Kind::Set => {
                let assignment = command::set(text);
                AdminQuery::Set { name: assignment.name, value: assignment.value }
            }
            Kind::Nothing | Kind::Rollback => AdminQuery::Nothing,
            Kind::Sql | Kind::Query | Kind::Other => AdminQuery::Sql,
        }
    }
}

/// A query as the admin compares it: each run of blanks as one blank, none at the ends, no semicolons there.
fn normalize(query: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(query.len());
    for word in query.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(b' ');
        }
        folded.extend_from_slice(word);
    }
    while let Some(b';' | b' ') = folded.last() {
        folded.pop();
    }
    folded
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

/// What stands behind a beginning, without regard to case.
fn behind<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let head = text.get(..start.len())?;
    if head.eq_ignore_ascii_case(start) { text.get(start.len()..) } else { None }
}

/// What `PROXY_SELECT` may ask for.
const PROXY_SELECTS: [PullQuery; 11] = [
    PullQuery::Users,
    PullQuery::Rules,
    PullQuery::FastRouting,
    PullQuery::LoadedServers,
    PullQuery::ReplicationHostgroups,
    PullQuery::GroupReplicationHostgroups,
    PullQuery::GaleraHostgroups,
    PullQuery::AuroraHostgroups,
    PullQuery::HostgroupAttributes,
    PullQuery::ServersSslParams,
    PullQuery::RunningServers,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pulls_are_known_word_for_word() {
        for query in PROXY_SELECTS {
            let text = query.text(Version::V2_7);
            assert!(text.starts_with("PROXY_SELECT "), "{text}");
            assert_eq!(AdminQuery::read(text.as_bytes()), AdminQuery::Pull(query));
            let spread = format!("  {} WHERE x ", text.to_lowercase().replace(' ', " \t"));
            assert_eq!(AdminQuery::read(spread.as_bytes()), AdminQuery::Pull(query));
            let other = text.replacen("SELECT ", "SELECT 1, ", 1);
            assert_eq!(AdminQuery::read(other.as_bytes()), AdminQuery::UnknownProxySelect);
        }
    }

    #[test]
    fn what_queries_ask() {
        let read = |text: &str| AdminQuery::read(text.as_bytes());
        assert_eq!(read(" \n select\tGLOBAL_checksum() ; "), AdminQuery::GlobalChecksum);
        assert_eq!(read("SELECT @@version, 1"), AdminQuery::Sql);
        assert_eq!(read("PROXY_SELECT 1"), AdminQuery::UnknownProxySelect);
        let no_blank = PullQuery::Users.text(Version::V2_7).replace(", ", ",");
        assert_eq!(read(&no_blank), AdminQuery::UnknownProxySelect);
        let uuid = AdminQuery::ClusterNodeUuid { uuid: "a-b".into(), interfaces: "127.0.0.1:6032".into() };
        assert_eq!(read("PROXYSQL CLUSTER_NODE_UUID a-b 127.0.0.1:6032"), uuid);
        assert_eq!(read("SET NAMES utf8"), AdminQuery::Nothing);
        let set = AdminQuery::Set { name: "mysql-threads".into(), value: "'4'".into() };
        assert_eq!(read("SET mysql-threads='4';"), set);
        assert_eq!(AdminQuery::read(b"SELECT '\xff'"), AdminQuery::Sql);
    }
}
