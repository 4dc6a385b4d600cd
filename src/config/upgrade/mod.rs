//! What another version of ProxySQL makes of the same file.

#[cfg(feature = "serde")]
mod json;
mod show;

use std::collections::HashSet;

use super::load::{Level, LoadOptions, Loaded, Note, NoteKind};
use super::{Config, Plan, VariableDiff, diff};
use crate::libconfig::{Document, Location, Span};
use crate::schema::{Module, Version};

/// Loads a file as two versions do, each into an empty database, and compares what comes of it.
///
/// ```
/// use proxysql_kit::config::{Fate, upgrade};
/// use proxysql_kit::libconfig::Document;
/// use proxysql_kit::schema::Version;
///
/// let file = Document::parse(r#"
///     mysql_variables = { default_sql_mode = "ANSI" }
///     mysql_servers = ( { address="db1", hostgroup_id=1 } )
/// "#)?;
/// let upgrade = upgrade(&file, Version::V2_0, Version::V2_7);
/// let gone = upgrade.variables().find(|variable| variable.span().is_some()).unwrap();
/// assert_eq!((gone.diff().name().to_str(), gone.fate()), (Some("default_sql_mode"), Fate::Gone));
/// // 2.0 reads `hostgroup` only, and drops the row.
/// assert_eq!(upgrade.memory().tables()[0].rows().len(), 1);
/// assert_eq!(upgrade.only_from()[0].code(), "row-skipped");
/// # Ok::<(), proxysql_kit::libconfig::ParseError>(())
/// ```
pub fn upgrade(document: &Document, from: Version, to: Version) -> Upgrade {
    let load = |version| Config::load(document, &LoadOptions::new().version(version));
    let (old, new) = (load(from), load(to));
    let memory = diff(&old.memory, &new.memory);
    let runtime = diff(&old.runtime, &new.runtime);
    let set = |variable: &VariableDiff| {
        let name = variable.name().to_str()?;
        let (module, old, new) = (variable.module(), &old.origins, &new.origins);
        old.variable(module, name).or_else(|| new.variable(module, name))
    };
    let spans = memory.variables().iter().map(set).collect();
    let (old, new) = (findings(document, &old), findings(document, &new));
    Upgrade { memory, runtime, spans, only_from: without(&old, &new), only_to: without(&new, &old) }
}

/// What another version makes of the same file; made by [`upgrade`].
///
/// As text (`Display`) and as JSON (serde) it shows no secrets; [`Upgrade::with_secrets`] shows them.
#[derive(Clone, Debug)]
pub struct Upgrade {
    memory: Plan,
    runtime: Plan,
    /// Where the file sets each variable of `memory`.
    spans: Vec<Option<Span>>,
    only_from: Vec<UpgradeFinding>,
    only_to: Vec<UpgradeFinding>,
}

impl Upgrade {
    /// The version that there is.
    pub fn from(&self) -> Version {
        self.memory.from()
    }

    /// The version that shall be.
    pub fn to(&self) -> Version {
        self.memory.to()
    }

    /// How memory differs: tables and variables, those that the file does not name included.
    pub fn memory(&self) -> &Plan {
        &self.memory
    }

    /// How what runs differs.
    pub fn runtime(&self) -> &Plan {
        &self.runtime
    }

    /// The variables whose text in memory is another one, or that only one of the versions has. What the
    /// server calls itself (`admin-version`) is none of them.
    pub fn variables(&self) -> impl Iterator<Item = UpgradedVariable<'_>> {
        let all = self.memory.variables().iter().zip(&self.spans);
        all.filter(|(diff, _)| !is_own(diff)).map(|(diff, &span)| UpgradedVariable { diff, span })
    }

    /// What runs otherwise although memory is the same: passwords that 2.0 keeps hashed, for example.
    pub fn runs_otherwise(&self) -> Plan {
        self.runtime.besides(&self.memory)
    }

    /// What only the version that there is says of the file, or passes over in it.
    pub fn only_from(&self) -> &[UpgradeFinding] {
        &self.only_from
    }

    /// What only the version that shall be says of the file, or passes over in it.
    pub fn only_to(&self) -> &[UpgradeFinding] {
        &self.only_to
    }

    /// Whether what the file says comes to the same: other defaults, and variables that it does not name,
    /// count for nothing.
    pub fn keeps_file(&self) -> bool {
        self.memory.tables().is_empty()
            && self.memory.settings().is_empty()
            && self.variables().all(|variable| variable.span.is_none())
            && self.only_from.iter().chain(&self.only_to).all(|finding| !finding.is_lost)
    }

    /// The same for those who may see passwords.
    pub fn with_secrets(&self) -> ShownUpgrade<'_> {
        ShownUpgrade { upgrade: self, secrets: true }
    }

    fn shown(&self) -> ShownUpgrade<'_> {
        ShownUpgrade { upgrade: self, secrets: false }
    }
}

/// An upgrade, with secrets or without, as text and as JSON; see [`Upgrade::with_secrets`].
#[derive(Clone, Copy, Debug)]
pub struct ShownUpgrade<'a> {
    upgrade: &'a Upgrade,
    secrets: bool,
}

/// What becomes of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fate {
    /// The other version does not have it.
    Gone,
    /// Only the other version has it.
    New,
    /// The file does not set it, and its default is another one.
    Default,
    /// The file sets it, and the other version makes another text of it.
    Value,
}

/// A variable that is not the same in both versions.
#[derive(Clone, Copy, Debug)]
pub struct UpgradedVariable<'a> {
    diff: &'a VariableDiff,
    span: Option<Span>,
}

impl<'a> UpgradedVariable<'a> {
    /// Its name and texts.
    pub fn diff(&self) -> &'a VariableDiff {
        self.diff
    }

    /// Where the file sets it, if it does.
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// What becomes of it.
    pub fn fate(&self) -> Fate {
        match (self.diff.before(), self.diff.after(), self.span) {
            (_, None, _) => Fate::Gone,
            (None, _, _) => Fate::New,
            (_, _, None) => Fate::Default,
            (_, _, Some(_)) => Fate::Value,
        }
    }
}

/// Something that only one version says of the file, or passes over in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradeFinding {
    code: &'static str,
    text: String,
    location: Option<Location>,
    span: Option<Span>,
    is_lost: bool,
}

impl UpgradeFinding {
    /// A stable name for what it says.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What is said, without secrets.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place in the file.
    pub fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }

    /// The same as a span.
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// Whether something that the file says has no effect.
    pub fn is_lost(&self) -> bool {
        self.is_lost
    }
}

/// What the server calls itself.
fn is_own(diff: &VariableDiff) -> bool {
    diff.module() == Module::Admin && *diff.name() == "version"
}

/// All that a version says of a file, or passes over in it. Messages on defaults are about the version.
fn findings(document: &Document, loaded: &Loaded) -> Vec<UpgradeFinding> {
    let finding = |code, text, span: Option<Span>, is_lost| UpgradeFinding {
        code,
        text,
        location: span.map(|span| document.location(span)),
        span,
        is_lost,
    };
    let failure = loaded.failure.iter();
    let failure =
        failure.map(|failure| finding("does-not-start", failure.to_string(), Some(failure.span()), true));
    let messages =
        loaded.messages.iter().filter(|message| message.span.is_some() && message.level() > Level::Info);
    let messages =
        messages.map(|message| finding("message", message.to_string(), message.span, message.is_loss()));
    let notes = loaded.notes.iter();
    let notes = notes.map(|note| finding(note.code(), note.to_string(), Some(note.span), loses(note)));
    let mut all: Vec<_> = failure.chain(messages).chain(notes).collect();
    all.sort_by_key(|finding| finding.span.map(|span| (span.file.index(), span.start)));
    all
}

/// Whether a note is on something of the file that has no effect at all.
fn loses(note: &Note) -> bool {
    matches!(
        note.kind,
        NoteKind::UnknownSetting { .. }
            | NoteKind::TableNotRead { .. }
            | NoteKind::UnknownKey { .. }
            | NoteKind::RowSkipped { .. }
            | NoteKind::VariableDropped { .. }
            | NoteKind::VariableUnused { .. }
            | NoteKind::NotLoaded { .. }
    )
}

/// What stands in the one and not in the other. Words count for nothing: each version has its own for a
/// row that is lost.
fn without(one: &[UpgradeFinding], other: &[UpgradeFinding]) -> Vec<UpgradeFinding> {
    let what = |finding: &UpgradeFinding| {
        let is_row = finding.is_lost && matches!(finding.code, "message" | "row-skipped");
        (if is_row { "lost" } else { finding.code }, finding.span)
    };
    let known: HashSet<_> = other.iter().map(what).collect();
    one.iter().filter(|finding| !known.contains(&what(finding))).cloned().collect()
}
