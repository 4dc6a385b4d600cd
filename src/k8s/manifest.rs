//! ConfigMaps and Secrets to be written.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::objects::Kind;

/// The most bytes that the entries of an object may have together: what the API server takes.
const MOST_BYTES: usize = 1 << 20;
/// The longest name of an object or key.
const MOST_NAME: usize = 253;

/// A ConfigMap or Secret that holds files or values, as YAML for `kubectl apply`.
///
/// ```
/// use proxysql_kit::k8s::{Embedded, Manifest};
///
/// let yaml = Manifest::config_map("proxysql")
///     .namespace("db")
///     .entry("proxysql.cnf", "mysql_servers=\n(\n)\n")
///     .to_yaml()?;
/// assert_eq!(
///     yaml,
///     "apiVersion: v1
/// kind: ConfigMap
/// metadata:
///   name: proxysql
///   namespace: db
/// data:
///   proxysql.cnf: |
///     mysql_servers=
///     (
///     )
/// "
/// );
/// assert_eq!(Embedded::find(yaml, None)?.content(), b"mysql_servers=\n(\n)\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Manifest {
    kind: Kind,
    name: String,
    namespace: Option<String>,
    entries: Vec<(String, Vec<u8>)>,
}

/// Why a [`Manifest`] cannot be written: the API server would refuse it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestError {
    /// No name of an object or namespace.
    #[error(
        "`{0}` is no name of an object: lower-case letters, digits, `-` and `.`, and a letter or digit at both ends"
    )]
    Name(String),
    /// No name of an entry.
    #[error("`{0}` is no key of a ConfigMap or Secret: letters, digits, `-`, `_` and `.`")]
    Key(String),
    /// Two entries of one name.
    #[error("the key `{0}` is there twice")]
    Twice(String),
    /// More than the API server takes.
    #[error("the entries have {0} bytes together, and an object takes no more than {MOST_BYTES}")]
    TooLarge(usize),
}

impl Manifest {
    /// A ConfigMap without entries.
    pub fn config_map(name: impl Into<String>) -> Self {
        Manifest::new(Kind::ConfigMap, name.into())
    }

    /// A Secret without entries.
    pub fn secret(name: impl Into<String>) -> Self {
        Manifest::new(Kind::Secret, name.into())
    }

    fn new(kind: Kind, name: String) -> Self {
        Manifest { kind, name, namespace: None, entries: Vec::new() }
    }

    /// The same in a namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// The same with one entry more. Any bytes are a content.
    #[must_use]
    pub fn entry(mut self, key: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.entries.push((key.into(), content.into()));
        self
    }

    /// The YAML. A content of several lines is a literal block, so that it can be read and edited; one that YAML
    /// cannot hold is base64.
    ///
    /// # Errors
    /// What the API server would refuse: a name, a key, or more than 1 MiB.
    pub fn to_yaml(&self) -> Result<String, ManifestError> {
        self.check()?;
        let Manifest { kind, name, namespace, entries } = self;
        let mut yaml = format!("apiVersion: v1\nkind: {}\nmetadata:\n  name: {}\n", kind.name(), plain(name));
        if let Some(namespace) = namespace {
            yaml.push_str(&format!("  namespace: {}\n", plain(namespace)));
        }
        let (text, bytes) = match kind {
            Kind::ConfigMap => ("data", "binaryData"),
            Kind::Secret => ("stringData", "data"),
        };
        let as_text = |content: &[u8]| std::str::from_utf8(content).is_ok();
        for (field, is_text) in [(text, true), (bytes, false)] {
            let mut fields = entries.iter().filter(|(_, content)| as_text(content) == is_text).peekable();
            if fields.peek().is_some() {
                yaml.push_str(&format!("{field}:\n"));
            }
            for (key, content) in fields {
                let value = match std::str::from_utf8(content) {
                    Ok(text) => scalar(text),
                    Err(_) => STANDARD.encode(content),
                };
                yaml.push_str(&format!("  {}: {value}\n", plain(key)));
            }
        }
        Ok(yaml)
    }

    fn check(&self) -> Result<(), ManifestError> {
        for name in [Some(&self.name), self.namespace.as_ref()].into_iter().flatten() {
            if !is_object_name(name) {
                return Err(ManifestError::Name(name.clone()));
            }
        }
        for (position, (key, _)) in self.entries.iter().enumerate() {
            if !is_key(key) {
                return Err(ManifestError::Key(key.clone()));
            }
            if self.entries[..position].iter().any(|(other, _)| other == key) {
                return Err(ManifestError::Twice(key.clone()));
            }
        }
        let bytes = self.entries.iter().map(|(_, content)| content.len()).sum();
        if bytes > MOST_BYTES { Err(ManifestError::TooLarge(bytes)) } else { Ok(()) }
    }
}

/// Without the contents: they may hold secrets.
impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manifest")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .field("namespace", &self.namespace)
            .field("keys", &self.entries.iter().map(|(key, _)| key).collect::<Vec<_>>())
            .finish()
    }
}

/// A DNS subdomain, as objects are named.
fn is_object_name(name: &str) -> bool {
    let part = |part: &str| {
        let letters =
            part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        letters && !part.is_empty() && !part.starts_with('-') && !part.ends_with('-')
    };
    name.len() <= MOST_NAME && name.split('.').all(part)
}

fn is_key(key: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=MOST_NAME).contains(&key.len()) && key.bytes().all(letter) && key != "." && key != ".."
}

/// A name or key, which has no characters that mean something to YAML; in quotes where it could be taken for a
/// number or another value.
fn plain(name: &str) -> String {
    const WORDS: [&str; 8] = ["null", "true", "false", "yes", "no", "on", "off", "y"];
    let lower = name.to_ascii_lowercase();
    let starts_as_word = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if starts_as_word && !WORDS.contains(&lower.as_str()) && lower != "n" {
        return name.to_owned();
    }
    format!("\"{name}\"")
}

/// A text as a literal block, or in double quotes where it has one line or such a block cannot hold it.
fn scalar(text: &str) -> String {
    let printable = |letter: char| matches!(letter, '\n' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..);
    let has_words = !text.trim_matches(['\n', ' ']).is_empty();
    if !text.contains('\n') || !has_words || !text.chars().all(|letter| printable(letter) || letter == '\t') {
        return quoted(text);
    }
    let chomp = match text.len() - text.trim_end_matches('\n').len() {
        0 => "-",
        1 => "",
        _ => "+",
    };
    // A first line that begins with a blank, or is empty, does not show how far the block is set in.
    let indent = if text.starts_with([' ', '\n', '\t']) { "2" } else { "" };
    let mut block = format!("|{indent}{chomp}");
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        block.push('\n');
        if !line.is_empty() {
            block.push_str("    ");
            block.push_str(line);
        }
    }
    block
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            ' '..='~' => quoted.push(letter),
            _ if u32::from(letter) <= 0xff => quoted.push_str(&format!("\\x{:02x}", u32::from(letter))),
            _ if letter.is_alphanumeric() => quoted.push(letter),
            _ => quoted.push_str(&format!("\\U{:08x}", u32::from(letter))),
        }
    }
    quoted.push('"');
    quoted
}
