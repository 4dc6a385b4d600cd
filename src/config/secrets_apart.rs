//! Secrets apart from the file: a cnf with placeholders in their places, for a ConfigMap that many may read,
//! and the values, for a Secret.

use std::collections::{HashMap, HashSet};

use memchr::memmem;

use crate::libconfig::{Document, EditError, Setting, Value, ValueBuf};
use crate::schema::{Secret, may_be_secret};

/// A file without secrets, and the secrets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SecretsApart {
    /// The file, with `${NAME}` where a secret stood.
    pub document: Document,
    /// The secrets by the names of their placeholders, in the order of the file.
    pub secrets: Vec<(String, Secret)>,
}

/// Puts placeholders in the place of the passwords and credentials of a file, and hands these out. Filling them in
/// again ([`Document::render`]) gives what was there.
///
/// Secrets that have placeholders already stay as they are, and so do empty ones. A name is made of the section, the user
/// where the entry has one, and the key: `ADMIN_ADMIN_CREDENTIALS`, `MYSQL_USERS_APP_PASSWORD`.
///
/// In a file that a program wrote a text that looks like a placeholder is none: read it without
/// [`placeholders`](crate::libconfig::ParseOptions::placeholders). With `literal` such texts are handed out as well, so
/// that filling in does not change them.
///
/// ```
/// use proxysql_kit::config::secrets_apart;
/// use proxysql_kit::libconfig::{Document, Fillings};
///
/// let file = "mysql_users = ( { username=\"app\" password=\"s3cret\\\"\" } )";
/// let apart = secrets_apart(&Document::parse(file)?, false)?;
/// assert_eq!(
///     apart.document.to_string(),
///     "mysql_users = ( { username=\"app\" password=\"${MYSQL_USERS_APP_PASSWORD}\" } )"
/// );
/// let (name, secret) = &apart.secrets[0];
/// assert_eq!(secret.expose(), "s3cret\"");
/// let values = Fillings::new().variable(name, secret.expose().as_bytes().to_vec());
/// assert_eq!(apart.document.render(&values)?.to_string(), file);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Where a secret begins in one file and ends in another.
pub fn secrets_apart(document: &Document, literal: bool) -> Result<SecretsApart, EditError> {
    let with_placeholder: HashSet<_> = document.placeholders().map(|found| found.setting().span()).collect();
    let taken = document.placeholders().filter(|found| !literal || !found.is_in_string());
    let mut names =
        Names { given: taken.filter_map(|found| Some((found.name()?.to_owned(), None))).collect() };
    let mut secrets = Vec::new();
    let mut edits = document.edits();
    let mut waiting = vec![document.root().setting()];
    while let Some(setting) = waiting.pop() {
        if let Value::Str(text) = setting.value() {
            let text = text.to_bytes();
            let is_filled = with_placeholder.contains(&setting.span());
            let is_secret = setting.name().is_some_and(may_be_secret) && !text.is_empty();
            // An opening alone can become a placeholder by what comes to stand behind it.
            let opens = ["${", "{{"].iter().any(|open| memmem::find(&text, open.as_bytes()).is_some());
            if (is_secret && !is_filled) || (literal && (is_filled || opens)) {
                let (name, is_new) = names.of(&name_parts(document, setting), &text);
                edits.set(setting, &ValueBuf::from(format!("${{{name}}}")))?;
                if is_new {
                    secrets.push((name, Secret::from(text.into_owned())));
                }
            }
        }
        let children: Vec<_> = setting.children().collect();
        waiting.extend(children.into_iter().rev());
    }
    let patch = edits.finish()?;
    let mut document = document.clone();
    document.apply(&patch)?;
    Ok(SecretsApart { document, secrets })
}

/// What a secret is named after: its section, the user of its entry, and its key.
fn name_parts(document: &Document, setting: Setting<'_>) -> Vec<String> {
    let path = setting.path();
    let section = path.split('.').next().unwrap_or_default();
    let section = section.strip_suffix("_variables").unwrap_or(section);
    let entry = path.rsplit_once('.').and_then(|(parent, _)| document.lookup(parent));
    let user = entry.and_then(|entry| entry.get("username")).and_then(|user| user.as_str().map(String::from));
    let key = setting.name().unwrap_or("value");
    let section = Some(section.to_owned()).filter(|section| section != key);
    section.into_iter().chain(user).chain([key.to_owned()]).collect()
}

/// The names that were given out, with what they stand for.
struct Names {
    /// Nothing is known of what the file's own placeholders stand for.
    given: HashMap<String, Option<Vec<u8>>>,
}

impl Names {
    /// The name for a value, and whether it is a new one: the same secret of the same user, as frontend and as
    /// backend, has one name.
    fn of(&mut self, parts: &[String], value: &[u8]) -> (String, bool) {
        let base = parts.iter().map(|part| word(part)).collect::<Vec<_>>().join("_");
        let mut number = 1;
        loop {
            let name = if number == 1 { base.clone() } else { format!("{base}_{number}") };
            match self.given.get(&name) {
                Some(Some(given)) if given == value => return (name, false),
                Some(_) => number += 1,
                None => {
                    self.given.insert(name.clone(), Some(value.to_vec()));
                    return (name, true);
                }
            }
        }
    }
}

/// Letters and digits in capitals, anything else as `_`, so that it can be the name of an environment variable.
fn word(text: &str) -> String {
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    text.chars().map(letter).collect()
}
