//! The commands beside SQL: LOAD and SAVE, SET, and those that do nothing.

use crate::config::LoadModule;

/// Where a configuration lies in a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// The database file.
    Disk,
    /// What SQL sees.
    Memory,
    /// What runs.
    Runtime,
    /// The file `proxysql.cnf`.
    File,
}

/// What the first words of a statement say that it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// INSERT and the like: `SQLite` runs it.
    Sql,
    /// A query: passed over.
    Query,
    /// A command that the server accepts and that does nothing.
    Nothing,
    /// ROLLBACK, which the server accepts and does not do.
    Rollback,
    Set,
    LoadOrSave,
    Other,
}

/// What a statement is, by its first words.
pub(crate) fn kind(statement: &str) -> Kind {
    let folded = fold(statement.get(..64).unwrap_or(statement));
    let first = folded.split(' ').next().unwrap_or_default().to_ascii_uppercase();
    if NOTHING.iter().any(|start| starts_with(&folded, start)) {
        return Kind::Nothing;
    }
    match first.as_str() {
        "INSERT" | "REPLACE" | "UPDATE" | "DELETE" | "WITH" => Kind::Sql,
        "SELECT" | "SHOW" => Kind::Query,
        "SET" => Kind::Set,
        "LOAD" | "SAVE" => Kind::LoadOrSave,
        "ROLLBACK" => Kind::Rollback,
        _ => Kind::Other,
    }
}

/// The beginnings of statements that ProxySQL answers with OK and does nothing for (2.7.1).
const NOTHING: [&str; 11] = [
    "BEGIN",
    "START TRANSACTION",
    "COMMIT",
    "SET NAMES",
    "SET AUTOCOMMIT",
    "SET character_set_results",
    "SET SESSION character_set_results",
    "SET SQL_AUTO_IS_NULL",
    "SET SQL_SAFE_UPDATES=1",
    "SET SQL_QUOTE_SHOW_CREATE=1",
    "USE ",
];

/// Why a LOAD or SAVE is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Misunderstood {
    /// No module of these words.
    Module(String),
    /// The module does not go there.
    Direction,
}

/// Reads a LOAD or SAVE: `LOAD MYSQL USERS TO RUNTIME`.
pub(crate) fn load_or_save(statement: &str) -> Result<(LoadModule, Layer, Layer), Misunderstood> {
    let folded = fold(statement).to_ascii_uppercase();
    let words: Vec<&str> = folded.split(' ').collect();
    let [verb, module @ .., preposition, layer] = words.as_slice() else {
        return Err(Misunderstood::Direction);
    };
    let layer = match *layer {
        "MEMORY" | "MEM" => Layer::Memory,
        "RUNTIME" | "RUN" => Layer::Runtime,
        "DISK" => Layer::Disk,
        "CONFIG" => Layer::File,
        _ => return Err(Misunderstood::Direction),
    };
    let (from, to) = match (*verb, *preposition, layer) {
        ("LOAD", "TO", Layer::Memory) | ("LOAD", "FROM", Layer::Disk) => (Layer::Disk, Layer::Memory),
        ("SAVE", "FROM", Layer::Memory) | ("SAVE", "TO", Layer::Disk) => (Layer::Memory, Layer::Disk),
        ("LOAD", "FROM", Layer::Memory) | ("LOAD", "TO", Layer::Runtime) => (Layer::Memory, Layer::Runtime),
        ("SAVE", "TO", Layer::Memory) | ("SAVE", "FROM", Layer::Runtime) => (Layer::Runtime, Layer::Memory),
        ("LOAD", "FROM", Layer::File) => (Layer::File, Layer::Memory),
        _ => return Err(Misunderstood::Direction),
    };
    // One user: LOAD MYSQL USER name TO RUNTIME.
    let one_user = matches!(module, ["MYSQL", "USER", _]) && to == Layer::Runtime;
    let module = if one_user { "MYSQL USERS".to_owned() } else { module.join(" ") };
    let known = LoadModule::ALL.into_iter().find(|known| known.words() == module);
    let known = known.ok_or(Misunderstood::Module(module))?;
    if known == LoadModule::Coredump && to != Layer::Runtime {
        return Err(Misunderstood::Direction);
    }
    Ok((known, from, to))
}

/// Name and value of a SET as ProxySQL takes it apart (2.7.1): blanks folded, also within quotes; the parts
/// between `=`, of which the third and further ones are lost. The value is a piece of SQL.
pub(crate) fn set(statement: &str) -> Assignment {
    let folded = fold(statement);
    let entry = folded.get(4..).unwrap_or_default();
    let mut parts = entry.split('=').filter(|part| !part.is_empty());
    let name = parts.next().unwrap_or_default().trim().to_owned();
    let value = parts.next().unwrap_or_default().to_owned();
    Assignment { name, value, is_cut: parts.next().is_some() }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Whether there was more behind a second `=`.
    pub(crate) is_cut: bool,
}

/// Each run of blanks as one blank, none at the ends.
fn fold(text: &str) -> String {
    let is_blank = |c: char| c.is_ascii_whitespace() || c == '\u{b}';
    text.split(is_blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_saying_it() {
        use Layer::{Disk, File, Memory, Runtime};
        for (text, from, to) in [
            ("load mysql users to memory", Disk, Memory),
            ("LOAD MYSQL USERS FROM DISK", Disk, Memory),
            ("SAVE MYSQL  USERS\nTO DISK", Memory, Disk),
            ("SAVE MYSQL USERS FROM MEM", Memory, Disk),
            ("LOAD MYSQL USERS TO RUN", Memory, Runtime),
            ("LOAD MYSQL USER app TO RUNTIME", Memory, Runtime),
            ("SAVE MYSQL USERS TO MEM", Runtime, Memory),
            ("SAVE MYSQL USERS FROM RUNTIME", Runtime, Memory),
            ("LOAD MYSQL USERS FROM CONFIG", File, Memory),
        ] {
            assert_eq!(load_or_save(text), Ok((LoadModule::MysqlUsers, from, to)), "{text}");
        }
        for text in [
            "LOAD",
            "LOAD MYSQL USERS",
            "LOAD MYSQL USERS TO DISK",
            "SAVE MYSQL USERS TO RUNTIME",
            "LOAD MYSQL USERS TO RUNTIME now",
            "SAVE COREDUMP TO DISK",
        ] {
            assert_eq!(load_or_save(text), Err(Misunderstood::Direction), "{text}");
        }
        let unknown = Err(Misunderstood::Module("MYSQL USER".into()));
        assert_eq!(load_or_save("LOAD MYSQL USER TO RUNTIME"), unknown);
    }

    #[test]
    fn set_is_taken_apart_as_the_server_does() {
        let set = |text| {
            let Assignment { name, value, is_cut } = set(text);
            (name, value, is_cut)
        };
        let expect = |name: &str, value: &str, is_cut| (name.to_owned(), value.to_owned(), is_cut);
        assert_eq!(set("SET mysql-threads = 4"), expect("mysql-threads", " 4", false));
        assert_eq!(set("set  a='x  y\n z'"), expect("a", "'x y z'", false));
        assert_eq!(set("SET a='b=c'"), expect("a", "'b", true));
        assert_eq!(set("SET a=='b'"), expect("a", "'b'", false));
        assert_eq!(set("SET a"), expect("a", "", false));
    }
}
