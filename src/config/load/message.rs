//! What the server logs while it loads a file.

use std::fmt;

use crate::libconfig::Span;
use crate::schema::{Module, REDACTED, Table, Text, Variable, Version, closest, may_be_secret};

/// A line of the server's log, without its time and source position.
///
/// `Display` redacts what may be a password, and puts the table's name in the place of a statement
/// that failed; [`Message::log_line`] is what the server writes.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// What is said.
    pub kind: MessageKind,
    /// What in the file it is about; `None` where it is a default.
    pub span: Option<Span>,
}

/// How grave a message is, as the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// INFO.
    Info,
    /// WARNING.
    Warning,
    /// ERROR.
    Error,
}

impl Level {
    /// As it stands in the log.
    pub fn name(self) -> &'static str {
        match self {
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a message says.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageKind {
    /// A row without a key that it must have. It is skipped.
    MissingKey {
        /// The table.
        table: Table,
        /// What the server calls the table.
        called: &'static str,
        /// The key.
        key: &'static str,
    },
    /// SQLite refused a statement. Its row is lost.
    Sqlite {
        /// The table; `None` for `global_variables`.
        table: Option<Table>,
        /// SQLite's words.
        error: Text,
        /// The whole statement, passwords included.
        statement: Text,
        /// Whether `error` may quote a secret.
        secret: bool,
    },
    /// A peer was read (before it is inserted, even if that fails).
    AddingPeer {
        /// Its `hostname`.
        hostname: Text,
        /// Its `port`.
        port: i32,
    },
    /// A variable was not accepted.
    Refused {
        /// The module.
        module: Module,
        /// The name as it is written, without the module.
        name: Text,
        /// The text.
        value: Text,
        /// What it is set to instead.
        current: Text,
        /// Whether the variable can never be set.
        read_only: bool,
        /// Whether the texts are secrets.
        secret: bool,
    },
    /// A variable of that name does not exist. Its row is deleted.
    NoSuchVariable {
        /// The module.
        module: Module,
        /// The name as it is written, without the module.
        name: Text,
        /// The text.
        value: Text,
    },
    /// A false `checksum_` variable sets another one to 0.
    Disabling {
        /// The variable that is false, without the module.
        name: &'static str,
        /// The variable that becomes 0.
        disabled: &'static str,
    },
    /// A row that would move servers in a circle stays in memory only.
    Incompatible {
        /// The table.
        table: Table,
        /// The values that the server names.
        values: Vec<i64>,
    },
    /// Any other line about a variable, in full.
    Line {
        /// Its level.
        level: Level,
        /// Its text.
        text: String,
    },
}

impl Message {
    /// How grave it is.
    pub fn level(&self) -> Level {
        match &self.kind {
            MessageKind::MissingKey { .. }
            | MessageKind::Sqlite { .. }
            | MessageKind::Incompatible { .. } => Level::Error,
            MessageKind::AddingPeer { .. } => Level::Info,
            MessageKind::Refused { .. }
            | MessageKind::NoSuchVariable { .. }
            | MessageKind::Disabling { .. } => Level::Warning,
            MessageKind::Line { level, .. } => *level,
        }
    }

    /// Whether a row or a variable of the file is lost.
    pub fn is_loss(&self) -> bool {
        match &self.kind {
            MessageKind::MissingKey { .. }
            | MessageKind::Sqlite { .. }
            | MessageKind::Refused { .. }
            | MessageKind::NoSuchVariable { .. } => self.span.is_some(),
            _ => false,
        }
    }

    /// A stable name for what it says.
    pub fn code(&self) -> &'static str {
        match self.kind {
            MessageKind::MissingKey { .. } => "missing-key",
            MessageKind::Sqlite { .. } => "sqlite",
            MessageKind::AddingPeer { .. } => "adding-peer",
            MessageKind::Refused { .. } => "refused-value",
            MessageKind::NoSuchVariable { .. } => "no-such-variable",
            MessageKind::Disabling { .. } => "disabling",
            MessageKind::Incompatible { .. } => "incompatible-row",
            MessageKind::Line { .. } => "variable",
        }
    }

    /// A way out, where one is plain.
    pub fn help(&self, version: Version) -> Option<String> {
        match &self.kind {
            MessageKind::Sqlite { error, .. } => help_with_sqlite(&error.to_string_lossy()),
            MessageKind::Refused { module, name, read_only, .. } => {
                let (min, max) = module.variable(version, name.to_str()?)?.range().filter(|_| !read_only)?;
                Some(format!("numbers from {min} to {max} are accepted"))
            }
            MessageKind::NoSuchVariable { module, name, .. } => {
                help_with_name(*module, name.to_str()?, version)
            }
            _ => None,
        }
    }

    /// The line as the server writes it, behind its level: passwords included.
    pub fn log_line(&self) -> Vec<u8> {
        match &self.kind {
            MessageKind::Sqlite { error, statement, .. } => {
                [b"SQLITE error: ", error.as_bytes(), b" --- ", statement.as_bytes()].concat()
            }
            MessageKind::Refused { name, value, current, read_only, .. } => {
                refused(name, value.as_bytes(), current.as_bytes(), *read_only)
            }
            MessageKind::NoSuchVariable { name, value, .. } => no_such_variable(name, value.as_bytes()),
            MessageKind::Line { text, .. } => text.clone().into_bytes(),
            _ => self.text().into_bytes(),
        }
    }

    /// The line without secrets.
    pub fn text(&self) -> String {
        let lossy = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        match &self.kind {
            MessageKind::MissingKey { called, key, .. } => {
                format!("Admin: detected a {called} in config file without a mandatory {key}")
            }
            MessageKind::Sqlite { table, error, secret, .. } => {
                let table = table.map_or("global_variables", Table::name);
                let error = error.to_string_lossy();
                let error = if *secret { without_quoted(&error) } else { error.into_owned() };
                format!("SQLITE error: {error} --- {table}")
            }
            MessageKind::AddingPeer { hostname, port } => {
                format!("Cluster: Adding ProxySQL Servers {hostname}:{port} from config file")
            }
            MessageKind::Refused { name, value, current, read_only, secret, .. } => {
                let shown = |text: &Text| if *secret { REDACTED.into() } else { text.clone() };
                lossy(refused(name, shown(value).as_bytes(), shown(current).as_bytes(), *read_only))
            }
            MessageKind::NoSuchVariable { name, value, .. } => {
                let secret = may_be_secret(name);
                let value = if secret { REDACTED.as_bytes() } else { value.as_bytes() };
                lossy(no_such_variable(name, value))
            }
            MessageKind::Disabling { name, disabled } => {
                format!("Disabling deprecated 'admin-{name}', setting 'admin-{disabled}=0'")
            }
            MessageKind::Incompatible { table, values } => {
                let values = values.iter().map(i64::to_string).collect::<Vec<_>>().join(" , ");
                format!("Incompatible entry in {} will be ignored : ( {values} )", table.name())
            }
            MessageKind::Line { text, .. } => text.clone(),
        }
    }
}

/// The level, and the line without secrets.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.level(), self.text())
    }
}

/// Without secrets.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("kind", &self.kind).field("span", &self.span).finish()
    }
}

/// Without secrets.
impl fmt::Debug for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = Message { kind: self.clone(), span: None };
        f.debug_tuple("MessageKind").field(&message.to_string()).finish()
    }
}

fn refused(name: &Text, value: &[u8], current: &[u8], read_only: bool) -> Vec<u8> {
    let what: &[u8] = if read_only { b"read-only variable " } else { b"variable " };
    [
        b"Impossible to set ",
        what,
        name.as_bytes(),
        b" with value \"",
        value,
        b"\". Resetting to current \"",
        current,
        b"\".",
    ]
    .concat()
}

fn no_such_variable(name: &Text, value: &[u8]) -> Vec<u8> {
    [
        b"Impossible to set not existing variable ",
        name.as_bytes(),
        b" with value \"",
        value,
        b"\". Deleting. If the variable name is correct, this version doesn't support it",
    ]
    .concat()
}

fn help_with_sqlite(error: &str) -> Option<String> {
    let broken = ["near", "unrecognized", "incomplete", "no such column"];
    let is_broken = broken.iter().any(|word| error.starts_with(word)) || error.contains("values");
    is_broken.then(|| "the server pastes values into SQL: double the quote in the value".to_owned())
}

/// Where a name that is no variable of its module belongs.
fn help_with_name(module: Module, name: &str, version: Version) -> Option<String> {
    let unprefixed = Module::ALL.into_iter().find_map(|other| {
        let rest = name.strip_prefix(other.name())?.strip_prefix('-')?;
        other.variable(version, rest).map(|variable| (other, variable.name()))
    });
    if let Some((other, rest)) = unprefixed {
        return Some(if other == module {
            format!("write `{rest}`: the section says the module already")
        } else {
            format!("write `{rest}` in `{}`", other.section())
        });
    }
    let variables = |module: Module, version: Version| module.variables(version).iter().map(Variable::name);
    if let Some(name) = closest(name, variables(module, version)) {
        return Some(format!("did you mean `{name}`?"));
    }
    if let Some(other) = Module::ALL.into_iter().find(|other| other.variable(version, name).is_some()) {
        return Some(format!("it is a variable of `{}`", other.section()));
    }
    let has = |other: &&Version| module.variable(**other, name).is_some();
    let versions: Vec<&str> = Version::ALL.iter().filter(has).map(|version| version.name()).collect();
    (!versions.is_empty()).then(|| format!("ProxySQL {} has it", versions.join(", ")))
}

/// SQLite's words without the token that they quote, or name at their end.
fn without_quoted(error: &str) -> String {
    match (error.find('"'), error.rfind('"'), error.split_once(": ")) {
        (Some(first), Some(last), _) if first < last => {
            format!("{}{REDACTED}{}", &error[..=first], &error[last..])
        }
        (_, _, Some((what, _))) => format!("{what}: {REDACTED}"),
        _ => error.to_owned(),
    }
}
