//! Why a script was not read.

use thiserror::Error;

use crate::config::LoadModule;
use crate::schema::{Column, FieldError, REDACTED, Table, TableSchema, VariableError, Version, closest};

/// Why a script was not read, and where.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// use proxysql_kit::config::Config;
///
/// let error = Config::from_sql("DELETE FROM mysql_users;\nDROP TABLE mysql_users;").unwrap_err();
/// assert_eq!((error.line(), error.column()), (2, 1));
/// # }
/// ```
#[derive(Debug, Error)]
#[error("line {line}, column {column}: {kind}")]
pub struct SqlError {
    offset: usize,
    line: usize,
    column: usize,
    kind: Box<SqlErrorKind>,
}

impl SqlError {
    pub(super) fn new(script: &[u8], offset: usize, kind: SqlErrorKind) -> Self {
        let offset = offset.min(script.len());
        let before = &script[..offset];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
        SqlError { offset, line, column, kind: Box::new(kind) }
    }

    /// The place, in bytes from the beginning of the script.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The line, from 1. What shows only after the last statement stands at the end of the script.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column, from 1, in characters.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What is wrong.
    pub fn kind(&self) -> &SqlErrorKind {
        &self.kind
    }

    /// A way out, where there is one to tell.
    pub fn help(&self) -> Option<String> {
        self.kind.help()
    }
}

/// What is wrong with a script.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SqlErrorKind {
    /// `SQLite` refuses a statement.
    #[error("{message}")]
    #[non_exhaustive]
    Sqlite {
        /// What it says.
        message: String,
    },
    /// A statement that changes no table of the configuration, and is no LOAD, SAVE or SET.
    #[error("`{word}` is nothing that a script of a configuration may do")]
    #[non_exhaustive]
    Statement {
        /// Its first word.
        word: String,
    },
    /// `SQLite` could do it, but it reaches outside of the configuration's tables.
    #[error("{what} is not allowed here")]
    #[non_exhaustive]
    NotAllowed {
        /// What it would do.
        what: String,
    },
    /// `ROLLBACK`.
    #[error("ProxySQL answers OK to ROLLBACK and takes nothing back")]
    Rollback,
    /// The text of a statement has `SHOW VARIABLES LIKE` or `… WHERE` in it.
    #[error("ProxySQL puts a SELECT in the place of `SHOW VARIABLES` here, within quotes too")]
    Rewritten,
    /// SET of a name that no variable has.
    #[error("there is no variable `{name}` in {version}: ProxySQL answers OK and sets nothing")]
    #[non_exhaustive]
    NoVariable {
        /// The name.
        name: String,
        /// The version.
        version: Version,
        /// A name that was probably meant.
        closest: Option<String>,
    },
    /// SET of `mysql-init_connect`.
    #[error("ProxySQL does not take `mysql-init_connect` from SET")]
    InitConnect,
    /// SET whose value has a `=`, where ProxySQL cuts it.
    #[error("ProxySQL cuts the value of SET at its `=`, so that {message}")]
    #[non_exhaustive]
    Cut {
        /// What `SQLite` says to the rest.
        message: String,
    },
    /// LOAD or SAVE of a module that there is not.
    #[error("there is no `{words}` to LOAD or SAVE in {version}")]
    #[non_exhaustive]
    NoModule {
        /// The words in the module's place.
        words: String,
        /// The version.
        version: Version,
    },
    /// A LOAD or SAVE that is none.
    #[error("this is no LOAD or SAVE that ProxySQL knows")]
    Direction,
    /// `LOAD … FROM CONFIG`.
    #[error("LOAD {module} FROM CONFIG reads a file, which a script does not have")]
    #[non_exhaustive]
    FromFile {
        /// The module.
        module: LoadModule,
    },
    /// A quote or a bracket without its end.
    #[error("this quote is never closed")]
    Unclosed,
    /// Bytes that are no UTF-8.
    #[error("this is no UTF-8")]
    NotUtf8,
    /// A NUL, at which `SQLite` would stop.
    #[error("a NUL in a script")]
    Nul,
    /// The script is longer than allowed.
    #[error("the script is longer than {limit} bytes")]
    #[non_exhaustive]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// A statement does more work than a script of its size may.
    #[error("this goes on for too long")]
    TooMuchWork,
    /// A row that a table may hold and its typed row does not.
    #[error("{table}, row {key}: column {column}: {reason}")]
    #[non_exhaustive]
    Value {
        /// The table.
        table: &'static str,
        /// The primary key, as `column=value`.
        key: String,
        /// The column.
        column: &'static str,
        /// Why.
        reason: FieldError,
    },
    /// A BLOB in a table.
    #[error("{table}, row {key}: column {column}: a BLOB is no value of a configuration")]
    #[non_exhaustive]
    Blob {
        /// The table.
        table: &'static str,
        /// The primary key.
        key: String,
        /// The column.
        column: &'static str,
    },
    /// A text that means nothing for its variable.
    #[error("global_variables, `{name}`: {reason}")]
    #[non_exhaustive]
    Variable {
        /// The variable.
        name: String,
        /// Why.
        reason: VariableError,
    },
    /// A row of `global_variables` that belongs to no module that this version has.
    #[error("global_variables: no module of {version} has a variable `{name}`")]
    #[non_exhaustive]
    NoModuleOfVariable {
        /// The name.
        name: String,
        /// The version.
        version: Version,
    },
}

impl SqlErrorKind {
    /// A way out, where there is one to tell.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            SqlErrorKind::Sqlite { message } => return sqlite_help(message),
            SqlErrorKind::Statement { .. } => {
                "INSERT, REPLACE, UPDATE and DELETE change tables; SET, LOAD and SAVE are understood; SELECT and SHOW \
                 are passed over"
            }
            SqlErrorKind::NotAllowed { .. } => "use the tables of the configuration, and plain functions",
            SqlErrorKind::Rollback => "take the statements out that are not meant to count",
            SqlErrorKind::Rewritten => "cut the text in two: 'SHOW' || ' VARIABLES LIKE …'",
            SqlErrorKind::NoVariable { closest, .. } => {
                return closest.as_ref().map(|closest| format!("did you mean `{closest}`?"));
            }
            SqlErrorKind::InitConnect | SqlErrorKind::Cut { .. } => {
                "say UPDATE global_variables SET variable_value='…' WHERE variable_name='…'"
            }
            SqlErrorKind::NoModule { version, .. } => {
                let known = LoadModule::ALL.into_iter().filter(|module| module.is_in(*version));
                let known: Vec<_> = known.map(LoadModule::words).collect();
                return Some(format!("these are: {}", known.join(", ")));
            }
            SqlErrorKind::Direction => {
                "LOAD … TO RUNTIME, LOAD … FROM DISK, SAVE … TO DISK, SAVE … FROM RUNTIME; nothing may follow"
            }
            SqlErrorKind::FromFile { .. } => "read the file, and run the script on what it gives",
            SqlErrorKind::Unclosed => "SQLite knows no backslash before a quote: double the quote",
            SqlErrorKind::NotUtf8 => "write such bytes as CAST(X'…' AS TEXT)",
            SqlErrorKind::Nul => "write it as char(0)",
            SqlErrorKind::TooLong { .. } | SqlErrorKind::TooMuchWork => {
                "raise it with SqlLimits, or cut the script in two"
            }
            SqlErrorKind::Blob { .. } => "write CAST(X'…' AS TEXT), or a text",
            SqlErrorKind::Value { .. } | SqlErrorKind::Variable { .. } => return None,
            SqlErrorKind::NoModuleOfVariable { .. } => "say which version it is for, or leave it out",
        };
        Some(text.to_owned())
    }
}

fn sqlite_help(message: &str) -> Option<String> {
    let help = if message.starts_with("near ") || message.starts_with("unrecognized token") {
        "SQLite knows no backslash before a quote: a quote in a text is doubled"
    } else if message.starts_with("UNIQUE constraint failed") {
        "DELETE what is there first, or say REPLACE"
    } else {
        return names_help(message);
    };
    Some(help.to_owned())
}

/// An error of a statement without a part of it that may be a secret: the pieces of a text whose quote
/// ended too early, or a value without quotes, where the statement fills a table that has secrets.
pub(super) fn without_secret(kind: SqlErrorKind, statement: &str) -> SqlErrorKind {
    let SqlErrorKind::Sqlite { message } = kind else { return kind };
    let lower = statement.to_ascii_lowercase();
    let has_secrets = ["_users", "global_variables"].iter().any(|table| lower.contains(table));
    let secret = Some(&message).filter(|_| has_secrets).and_then(|message| told_token(message));
    let is_behind_quote = |token: &str| {
        let quote = statement.find(['\'', '"']).unwrap_or(statement.len());
        statement.rfind(token).is_some_and(|place| place > quote)
    };
    let message = match secret {
        Some(Token::Quoted(token)) if is_behind_quote(token) && token.contains(char::is_alphanumeric) => {
            message.replacen(&format!("\"{token}\""), &format!("\"{REDACTED}\""), 1)
        }
        Some(Token::Column(name)) if !is_near_column(name) => {
            format!("no such column: {REDACTED}")
        }
        _ => message,
    };
    SqlErrorKind::Sqlite { message }
}

/// What `SQLite` quotes of a statement.
enum Token<'m> {
    Quoted(&'m str),
    Column(&'m str),
}

fn told_token(message: &str) -> Option<Token<'_>> {
    if let Some(name) = message.strip_prefix("no such column: ") {
        return Some(Token::Column(name));
    }
    let rest = message.strip_prefix("near \"").or_else(|| message.strip_prefix("unrecognized token: \""))?;
    rest.rfind('"').map(|end| Token::Quoted(&rest[..end]))
}

/// Whether a name is a column's, or a misspelled one.
fn is_near_column(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name);
    let schemas = Table::ALL.iter().filter_map(|table| table.schema(Version::V3_0));
    let columns = schemas.flat_map(TableSchema::columns).map(Column::name);
    closest(name, columns.chain(["variable_name", "variable_value"])).is_some()
}

/// The name that `SQLite` does not know, of a table or a column.
pub(super) fn unknown_name(message: &str) -> Option<&str> {
    match message.strip_prefix("no such table: ") {
        Some(table) => Some(table),
        None => message.split_once(" has no column named ").map(|(_, column)| column),
    }
}

fn names_help(message: &str) -> Option<String> {
    let name = unknown_name(message)?;
    let table = |table: &str| Table::from_name(table.rsplit('.').next().unwrap_or(table));
    let closest = match message.strip_prefix("table ").and_then(|rest| rest.split_once(' ')) {
        Some((known, _)) => {
            let columns =
                Version::ALL.iter().rev().find_map(|&version| table(known)?.schema(version))?.columns();
            closest(name, columns.iter().map(Column::name))
        }
        None => closest(name, Table::ALL.iter().map(|table| table.name())),
    };
    match closest {
        Some(closest) if closest != name => Some(format!("did you mean `{closest}`?")),
        _ if table(name).is_some() => {
            Some("another version has it: say which one the script is for".to_owned())
        }
        _ => Some(
            "a script sees the tables of memory, as its version has them: no runtime_, no stats".to_owned(),
        ),
    }
}
