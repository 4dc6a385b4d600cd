//! Admin SQL that people keep in scripts, read by running it in an SQLite of its own.

mod database;
mod error;
mod split;

use database::Database;
pub use error::{SqlError, SqlErrorKind};
use split::{Piece, Pieces, Unclosed};

use super::literal;
use crate::config::command::{self, Kind, Layer, Misunderstood};
use crate::config::{Config, LoadModule};
use crate::schema::closest;
use crate::schema::{Module, Variable, Version};

impl Config {
    /// What a script of admin SQL makes of an empty server of the default version; see [`SqlScript`] for
    /// another one to begin with, and for what the script loads and saves.
    ///
    /// ```
    /// use proxysql_kit::config::Config;
    ///
    /// let config = Config::from_sql(
    ///     "INSERT INTO mysql_servers (hostname) VALUES ('db1'), ('db2');
    ///      UPDATE mysql_servers SET max_connections = 200;
    ///      SET mysql-max_connections = 2048;
    ///      LOAD MYSQL SERVERS TO RUNTIME; -- only memory counts here",
    /// )?;
    /// assert_eq!(config.mysql_servers[1].max_connections, 200);
    /// assert_eq!(config.mysql.max_connections, 2048);
    /// # Ok::<(), proxysql_kit::config::SqlError>(())
    /// ```
    ///
    /// # Errors
    /// At the first statement that `SQLite` refuses, that is none for a configuration, or that goes on for too
    /// long; and where a table holds what its typed rows do not.
    pub fn from_sql(script: impl AsRef<[u8]>) -> Result<Config, SqlError> {
        SqlScript::run(script, &SqlReadOptions::new()).map(|script| script.config)
    }
}

/// What a script of admin SQL is run on.
#[derive(Clone, Debug, Default)]
pub struct SqlReadOptions {
    start: Config,
    limits: SqlLimits,
}

impl SqlReadOptions {
    /// An empty server of the default version.
    pub fn new() -> Self {
        SqlReadOptions::default()
    }

    /// An empty server of a version: its variables at their defaults.
    #[must_use]
    pub fn version(self, version: Version) -> Self {
        self.start(Config::new(version))
    }

    /// A server that holds this, in memory and on disk, and is of its version.
    #[must_use]
    pub fn start(mut self, config: Config) -> Self {
        self.start = config;
        self
    }

    /// What a script may cost.
    #[must_use]
    pub fn limits(mut self, limits: SqlLimits) -> Self {
        self.limits = limits;
        self
    }
}

/// What a script may cost at most, so that one from a stranger is no danger.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqlLimits {
    /// Of the script, in bytes.
    pub script_bytes: usize,
    /// Of one row, in bytes; a longer script may hold rows up to its own length.
    pub row_bytes: usize,
    /// Of all tables, in bytes.
    pub database_bytes: usize,
    /// Of the work in one statement, in thousands of `SQLite`'s operations. More is granted for each byte of
    /// the statement and each row in the tables, so that honest scripts of any size run.
    pub work: u32,
}

impl Default for SqlLimits {
    fn default() -> Self {
        SqlLimits { script_bytes: 64 << 20, row_bytes: 16 << 10, database_bytes: 512 << 20, work: 200 }
    }
}

/// A LOAD or SAVE of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SqlCommand {
    /// The line on which it begins.
    pub line: usize,
    /// What it carries.
    pub module: LoadModule,
    /// From where.
    pub from: Layer,
    /// Where to.
    pub to: Layer,
}

/// A script of admin SQL that was run, and what came of it.
///
/// `SQLite` runs INSERT, REPLACE, UPDATE and DELETE, on ProxySQL's own tables with their CHECKs. `SET` does
/// what ProxySQL 2.7.1 makes of it. `SELECT` and `SHOW` are passed over. `BEGIN` and `COMMIT` do nothing, as
/// in the server. Everything else is an error, with its line; nothing reaches a file or the network.
///
/// LOAD and SAVE are understood: between memory and disk they do what they say (before the first SAVE, disk
/// holds what the script began with); what goes to or comes from runtime changes nothing here, and is noted.
///
/// ```
/// use proxysql_kit::config::{Layer, SqlReadOptions, SqlScript};
/// use proxysql_kit::schema::Version;
///
/// let options = SqlReadOptions::new().version(Version::V3_0);
/// let script = SqlScript::run("INSERT INTO pgsql_servers (hostname) VALUES ('pg1'); LOAD PGSQL SERVERS TO RUN;", &options)?;
/// assert_eq!(script.config.pgsql_servers[0].port, 5432);
/// assert_eq!(script.commands[0].to, Layer::Runtime);
/// # Ok::<(), proxysql_kit::config::SqlError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SqlScript {
    /// What memory holds at the end.
    pub config: Config,
    /// The LOADs and SAVEs, in order.
    pub commands: Vec<SqlCommand>,
}

impl SqlScript {
    /// Runs a script.
    ///
    /// # Errors
    /// See [`Config::from_sql`].
    pub fn run(script: impl AsRef<[u8]>, options: &SqlReadOptions) -> Result<SqlScript, SqlError> {
        let bytes = script.as_ref();
        let at = |offset, kind| SqlError::new(bytes, offset, kind);
        let text = checked(bytes, &options.limits).map_err(|(offset, kind)| at(offset, kind))?;
        let mut limits = options.limits.clone();
        limits.row_bytes = limits.row_bytes.max(bytes.len());
        let database = Database::new(&options.start, &limits).map_err(|kind| at(0, kind))?;
        let mut run = Run { script: bytes, options, database, disk: None, commands: Vec::new() };
        for piece in Pieces::new(text) {
            let done = match &piece {
                Ok(piece) => run.statement(piece).map_err(|(place, kind)| (piece.start + place, kind)),
                Err(unclosed) => Err(run.unclosed(unclosed)),
            };
            done.map_err(|(place, kind)| at(place, kind))?;
        }
        let config = run.database.read(&options.start).map_err(|kind| at(bytes.len(), kind))?;
        Ok(SqlScript { config, commands: run.commands })
    }
}

/// The text of a script that `SQLite` can take.
fn checked<'a>(bytes: &'a [u8], limits: &SqlLimits) -> Result<&'a str, (usize, SqlErrorKind)> {
    if bytes.len() > limits.script_bytes {
        return Err((0, SqlErrorKind::TooLong { limit: limits.script_bytes }));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| (error.valid_up_to(), SqlErrorKind::NotUtf8))?;
    match memchr::memchr(0, bytes) {
        Some(nul) => Err((nul, SqlErrorKind::Nul)),
        None => Ok(text),
    }
}

/// A script under way.
struct Run<'a> {
    script: &'a [u8],
    options: &'a SqlReadOptions,
    database: Database,
    /// What was saved; what the script began with, as long as nothing was.
    disk: Option<Config>,
    commands: Vec<SqlCommand>,
}

/// A place within a statement, and what is wrong there.
type Refused = (usize, SqlErrorKind);

impl Run<'_> {
    fn statement(&mut self, piece: &Piece<'_>) -> Result<(), Refused> {
        let text = &*piece.text;
        let whole = |kind| (0, kind);
        match command::kind(text) {
            Kind::Nothing | Kind::Query => Ok(()),
            Kind::Sql => self.sql(text),
            Kind::Set => self.set(text).map_err(whole),
            Kind::LoadOrSave => self.load_or_save(piece.start, text).map_err(whole),
            Kind::Rollback => Err(whole(SqlErrorKind::Rollback)),
            Kind::Other => {
                let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
                let word = text.chars().take(text[..end].chars().count().clamp(1, 40)).collect();
                Err(whole(SqlErrorKind::Statement { word }))
            }
        }
    }

    /// Where `SQLite` stumbles before the quote that is never closed, that is the place to look at: a quote
    /// too many before it, most likely.
    fn unclosed(&self, Unclosed { at, piece }: &Unclosed<'_>) -> Refused {
        if command::kind(&piece.text) == Kind::Sql
            && let Err((place, kind @ SqlErrorKind::Sqlite { .. })) = self.sql(&piece.text)
            && piece.start + place < *at
        {
            return (piece.start + place, kind);
        }
        (*at, SqlErrorKind::Unclosed)
    }

    fn sql(&self, text: &str) -> Result<(), Refused> {
        if let Some(place) = literal::rewritten_at(text) {
            return Err((place, SqlErrorKind::Rewritten));
        }
        let done = self.database.run(text, self.work(text));
        done.map_err(|(place, kind)| (place, error::without_secret(kind, text)))
    }

    /// What a statement may cost: linear in its length and in what there is.
    fn work(&self, text: &str) -> i64 {
        let rows = i64::try_from(self.database.changes()).unwrap_or(i64::MAX);
        let own = i64::try_from(text.len()).unwrap_or(i64::MAX);
        let base = i64::from(self.options.limits.work) * 1000;
        base.saturating_add(own.saturating_mul(64)).saturating_add(rows.saturating_mul(200))
    }

    fn set(&self, text: &str) -> Result<(), SqlErrorKind> {
        let command::Assignment { name, value, is_cut } = command::set(text);
        if name == "mysql-init_connect" {
            return Err(SqlErrorKind::InitConnect);
        }
        self.must_be_a_variable(&name)?;
        let sql = format!("UPDATE global_variables SET variable_value={value} WHERE variable_name='{name}'");
        let done = self.database.run(&sql, self.work(text));
        match done.map_err(|(_, kind)| error::without_secret(kind, &sql)) {
            Err(SqlErrorKind::Sqlite { message }) if is_cut => Err(SqlErrorKind::Cut { message }),
            done => done,
        }
    }

    fn must_be_a_variable(&self, name: &str) -> Result<(), SqlErrorKind> {
        let version = self.options.start.version;
        let known = Module::ALL.into_iter().find_map(|module| {
            let own = name.strip_prefix(module.name())?.strip_prefix('-')?;
            module.variable(version, own)
        });
        if known.is_some() {
            return Ok(());
        }
        let modules = Module::ALL.into_iter();
        let names = modules.flat_map(|module| module.variables(version)).map(Variable::full_name);
        let names: Vec<String> = names.collect();
        // A name without its module, or one that is nearly right.
        let own = names.iter().find(|full| full.split_once('-').is_some_and(|(_, own)| own == name));
        let near = || closest(name, names.iter().map(String::as_str));
        let closest = own.map(String::as_str).or_else(near).map(str::to_owned);
        Err(SqlErrorKind::NoVariable { name: name.to_owned(), version, closest })
    }

    fn load_or_save(&mut self, start: usize, text: &str) -> Result<(), SqlErrorKind> {
        let version = self.options.start.version;
        let (module, from, to) = match command::load_or_save(text) {
            Ok(known) => known,
            Err(Misunderstood::Module(words)) => return Err(SqlErrorKind::NoModule { words, version }),
            Err(Misunderstood::Direction) => return Err(SqlErrorKind::Direction),
        };
        if !module.is_in(version) {
            return Err(SqlErrorKind::NoModule { words: module.words().to_owned(), version });
        }
        match (from, to) {
            (Layer::File, _) => return Err(SqlErrorKind::FromFile { module }),
            (Layer::Disk, Layer::Memory) => self.load_from_disk(module)?,
            (Layer::Memory, Layer::Disk) => self.save_to_disk(module)?,
            _ => {}
        }
        let line = memchr::memchr_iter(b'\n', &self.script[..start]).count() + 1;
        self.commands.push(SqlCommand { line, module, from, to });
        Ok(())
    }

    fn load_from_disk(&self, module: LoadModule) -> Result<(), SqlErrorKind> {
        self.database.replace(self.disk.as_ref().unwrap_or(&self.options.start), module)
    }

    fn save_to_disk(&mut self, module: LoadModule) -> Result<(), SqlErrorKind> {
        let disk = self.disk.get_or_insert_with(|| self.options.start.clone());
        self.database.read_module(disk, module)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(script: &str) -> SqlError {
        match Config::from_sql(script) {
            Err(error) => error,
            Ok(_) => panic!("read: {script}"),
        }
    }

    fn read(script: &str) -> Config {
        Config::from_sql(script).unwrap_or_else(|error| panic!("{error}: {script}"))
    }

    #[test]
    fn scripts_as_people_keep_them() {
        let config = read(
            "\u{feff}-- servers; of one hostgroup\n\
             # mysql's own comment; it's one\n\
             BEGIN; USE main; SET NAMES utf8;\n\
             INSERT INTO mysql_users (username, password) VALUES ('it''s; me', 'p;w') /* ; */;\n\
             insert into mysql_query_rules (active, match_pattern) values (1, '^SELECT'); -- done\n\
             SELECT * FROM runtime_mysql_servers; SHOW TABLES; COMMIT",
        );
        assert_eq!(config.mysql_users[0].username, "it's; me");
        assert_eq!(config.mysql_query_rules[0].rule_id, 1);
    }

    #[test]
    fn what_it_makes() {
        let config = read(
            "REPLACE INTO main.mysql_servers (hostgroup_id, hostname, port) VALUES (1, \"db1\", '3307'), (1, 'db2', 3306);
             INSERT INTO mysql_servers (hostgroup_id, hostname) SELECT 2, hostname FROM mysql_servers WHERE port=3306;
             DELETE FROM mysql_servers WHERE hostname LIKE '%1' RETURNING hostname;
             INSERT INTO mysql_query_rules (rule_id, active) values (20, 1), (10, 1);
             UPDATE global_variables SET variable_value=4 WHERE variable_name='mysql-threads';
             SET mysql-monitor_enabled = true;
             SET mysql-monitor_username='a  \n b';
             INSERT INTO global_variables VALUES ('mysql-Threads', '5');",
        );
        let servers: Vec<_> =
            config.mysql_servers.iter().map(|row| (row.hostgroup_id, row.hostname.to_string())).collect();
        assert_eq!(servers, [(1, "db2".to_owned()), (2, "db2".to_owned())]);
        assert_eq!(config.mysql_query_rules[0].rule_id, 10);
        assert_eq!(config.mysql.threads, 4);
        assert_eq!(config.mysql.monitor_username, "a b", "SET folds blanks");
        assert_eq!(config.mysql.others, [("Threads".into(), "5".into())]);
    }

    #[test]
    fn errors_have_a_place_and_a_way_out() {
        for (script, line, column, part) in [
            (
                "DELETE FROM mysql_users;\n  INSERT INTO mysql_users VALUES ('a', 'it's');",
                2,
                44,
                "near \"***\"",
            ),
            ("\n\nINSERT INTO mysql_user (username) VALUES ('a');", 3, 13, "no such table"),
            (
                "INSERT INTO mysql_servers (hostname, port) VALUES ('a', 70000)",
                1,
                1,
                "CHECK constraint failed",
            ),
            ("é; ATTACH 'x' AS y", 1, 1, "`é`"),
            ("/* é */ DROP TABLE mysql_users", 1, 9, "`DROP`"),
            ("SET mysql-thread=4", 1, 1, "no variable"),
            ("SET mysql-server_version='8=0'", 1, 1, "cuts"),
            ("SET mysql-init_connect='SET a=1'", 1, 1, "does not take"),
            ("LOAD MYSQL USERS FROM CONFIG", 1, 1, "reads a file"),
            ("LOAD PGSQL USERS TO RUNTIME", 1, 1, "PGSQL USERS"),
            ("SAVE MYSQL SERVRS TO DISK", 1, 1, "SERVRS"),
            ("ROLLBACK", 1, 1, "takes nothing back"),
            ("INSERT INTO mysql_users VALUES ('a", 1, 33, "never closed"),
            (
                "INSERT INTO mysql_query_rules (match_digest) VALUES ('^show variables  like')",
                1,
                56,
                "SELECT in the place",
            ),
            ("INSERT INTO mysql_servers (hostname) VALUES (x'00')", 1, 52, "BLOB"),
            ("INSERT INTO mysql_servers (hostname, weight) VALUES ('a', 1.5)", 1, 63, "fraction"),
            ("SET mysql-monitor_enabled='maybe'", 1, 34, "mysql-monitor_enabled"),
            ("INSERT INTO global_variables VALUES ('pgsql-threads', '1')", 1, 59, "pgsql-threads"),
            ("a\0b", 1, 2, "NUL"),
        ] {
            let error = error(script);
            let told = error.to_string();
            assert!(told.contains(part), "{script}: {told}");
            assert_eq!((error.line(), error.column()), (line, column), "{script}: {told}");
        }
        for (script, help) in [
            ("DELETE FROM mysql_user", "did you mean `mysql_users`?"),
            ("INSERT INTO mysql_users (user_name) VALUES ('a')", "did you mean `username`?"),
            ("DELETE FROM pgsql_users", "another version has it: say which one the script is for"),
        ] {
            assert_eq!(error(script).help().unwrap(), help);
        }
        assert_eq!(error("SET mysql-thread=4").help().unwrap(), "did you mean `mysql-threads`?");
        assert_eq!(error("SET max_connections=4").help().unwrap(), "did you mean `mysql-max_connections`?");
        assert!(Config::from_sql(b"a\xff").unwrap_err().to_string().contains("UTF-8"));
    }

    #[test]
    fn nothing_reaches_outside() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("made").display().to_string();
        for script in [
            format!("ATTACH '{file}' AS a"),
            format!("VACUUM INTO '{file}'"),
            format!(
                "WITH a AS (SELECT 1) INSERT INTO mysql_users (username) SELECT load_extension('{file}')"
            ),
            format!("INSERT INTO mysql_users (username) SELECT writefile('{file}', 'x')"),
            format!("PRAGMA temp_store_directory = '{file}'"),
            "INSERT INTO mysql_users (username) SELECT name FROM pragma_database_list".to_owned(),
            "INSERT INTO mysql_users (username) SELECT sql FROM sqlite_master".to_owned(),
            "UPDATE sqlite_sequence SET seq=1".to_owned(),
            "INSERT INTO mysql_users (username) SELECT fts3_tokenizer('a')".to_owned(),
            "INSERT INTO mysql_users (username) SELECT hex(randomblob(9))".to_owned(),
            "INSERT INTO mysql_users (username) SELECT value FROM generate_series(1,9)".to_owned(),
            "CREATE TABLE a (b)".to_owned(),
            "EXPLAIN INSERT INTO mysql_users (username) VALUES ('a')".to_owned(),
            format!("SET mysql-threads=1; ATTACH '{file}' AS a"),
        ] {
            error(&script);
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "{script}");
        }
        // Within what it does: an OR in place of a value, but nothing more.
        read("SET mysql-threads=(SELECT count(*) FROM mysql_users)");
    }

    #[test]
    fn no_script_goes_on_for_ever() {
        let fill = "INSERT INTO mysql_query_rules (rule_id) VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9);";
        let many = "INSERT INTO mysql_users (username) SELECT 'x' FROM mysql_query_rules a, mysql_query_rules b, \
                    mysql_query_rules c, mysql_query_rules d, mysql_query_rules e, mysql_query_rules f, \
                    mysql_query_rules g, mysql_query_rules h WHERE a.rule_id+b.rule_id+h.rule_id>99";
        assert!(matches!(error(&format!("{fill}{many}")).kind(), SqlErrorKind::TooMuchWork));
        let endless = "WITH RECURSIVE a(b) AS (SELECT 1 UNION ALL SELECT b+1 FROM a) \
                       INSERT INTO mysql_users (username) SELECT b FROM a";
        assert!(matches!(error(endless).kind(), SqlErrorKind::NotAllowed { .. }));
        let big = "INSERT INTO mysql_users (username) VALUES (printf('%.*c', 100000000, 'x'))";
        assert!(matches!(error(big).kind(), SqlErrorKind::Sqlite { .. }));
    }

    #[test]
    fn long_values_are_no_matter() {
        let mut config = Config::default();
        let comment = "x".repeat(100_000);
        let row = crate::schema::MysqlServer { comment: comment.as_str().into(), ..Default::default() };
        config.mysql_servers.push(row);
        let script = config.to_sql(&crate::config::SqlOptions::new());
        assert!(read(&script) == config);
        let options = SqlReadOptions::new().start(config.clone());
        let script = SqlScript::run("SET mysql-threads=4; LOAD MYSQL SERVERS FROM DISK", &options).unwrap();
        assert!(script.config.mysql_servers == config.mysql_servers);
    }

    #[test]
    fn load_and_save_do_what_they_say() {
        let start = read("INSERT INTO mysql_users (username) VALUES ('first')");
        let options = SqlReadOptions::new().start(start);
        let run = |script: &str| SqlScript::run(script, &options).unwrap();
        let names = |script: &SqlScript| {
            script
                .config
                .mysql_users
                .iter()
                .map(|user| user.username.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let script = run("DELETE FROM mysql_users; LOAD MYSQL USERS FROM DISK;");
        assert_eq!(names(&script), "first");
        let script =
            run("INSERT INTO mysql_users (username) VALUES ('second');\nSAVE MYSQL USERS TO DISK;\n\
             DELETE FROM mysql_users;\nLOAD MYSQL USERS TO MEMORY;\nLOAD MYSQL USERS TO RUN;");
        assert_eq!(names(&script), "first second");
        let lines: Vec<_> = script.commands.iter().map(|command| (command.line, command.to)).collect();
        assert_eq!(lines, [(2, Layer::Disk), (4, Layer::Memory), (5, Layer::Runtime)]);
    }

    #[test]
    fn errors_tell_no_secret() {
        for script in [
            "INSERT INTO mysql_users (username, password) VALUES ('a', 'it's hunter2')",
            "INSERT INTO mysql_users (username, password) VALUES ('a', 'it'hunter2')",
            "UPDATE mysql_users SET password=hunter2",
            "UPDATE mysql_users SET password='a' 'hunter2'",
            "SET mysql-monitor_password=hunter2'x",
            "SET admin-admin_credentials='x'hunter2",
            "INSERT INTO mysql_users (username, password) VALUES ('a', 'hunter2)",
        ] {
            let error = error(script);
            assert!(!format!("{error} {error:?} {:?}", error.help()).contains("hunter2"), "{error}");
        }
        let told = |script| error(script).kind().to_string();
        assert_eq!(told("UPDATE mysql_users SET pasword='a'"), "no such column: pasword");
        assert_eq!(
            told("INSRT INTO mysql_users VALUES ('a')"),
            "`INSRT` is nothing that a script of a configuration may do"
        );
        assert_eq!(told("UPDATE mysql_servers SET hostname=it's'"), "near \"'s'\": syntax error");
        assert_eq!(told("DELETE FORM mysql_users"), "near \"FORM\": syntax error");
    }
}
