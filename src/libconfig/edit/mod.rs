//! Edits that leave the rest of the file alone.
//!
//! An edit is planned on the document as it is, as pieces of text that take the place of others. Then
//! the files are read again with these pieces in place. So libconfig's own rules decide whether an
//! edit is possible, and a document that refuses one stays as it was.

mod plan;
mod style;
mod surroundings;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::document::Document;
use super::error::ParseError;
use super::source::{FileId, Span};
use super::tree::NodeId;
use super::value::{Setting, ValueType};
use super::value_buf::{ValueBuf, ValueError, is_name};

/// Why an edit is not possible. The document is as it was.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum EditError {
    /// Nothing is at this path.
    #[error("there is no setting `{0}`")]
    NotFound(String),
    /// Something else is at this path than the edit needs.
    #[error("`{path}` is no {needed}")]
    WrongType {
        /// The path.
        path: String,
        /// What it must be.
        needed: &'static str,
    },
    /// A list or array has fewer elements.
    #[error("`{path}` has only {len} elements")]
    Position {
        /// The path.
        path: String,
        /// How many elements there are.
        len: usize,
    },
    /// A value that libconfig cannot hold.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// What is to be changed begins in one file and ends in another.
    #[error("`{0}` begins in one file and ends in another")]
    SeveralFiles(String),
    /// Two edits of one batch change the same place.
    #[error("two edits change the same place, in line {0}")]
    Conflict(usize),
    /// libconfig would refuse the file.
    #[error("the file would be refused: {0}")]
    Refused(#[source] ParseError),
}

/// A piece of text that takes the place of another.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Splice {
    /// The place; empty where text is only added.
    pub span: Span,
    /// The new text.
    pub text: Vec<u8>,
}

/// The place and the length only: the text may hold a secret.
impl std::fmt::Debug for Splice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Splice").field("span", &self.span).field("bytes", &self.text.len()).finish()
    }
}

/// A batch of edits, ready to be applied to the document that it was made for.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    pub(super) splices: Vec<Splice>,
}

impl Patch {
    /// The pieces in the order of the text, file by file.
    pub fn splices(&self) -> &[Splice] {
        &self.splices
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.splices.is_empty()
    }
}

impl Document {
    /// Sets the value at a path, or adds a setting of that name to its group, behind the others and in
    /// their style. Comments inside a group, list or array that is replaced go with it.
    ///
    /// Takes as long as reading the file; for many changes use [`Document::edits`].
    ///
    /// ```
    /// # use proxysql_kit::libconfig::Document;
    /// let mut document = Document::parse("mysql_variables = {\n\tthreads : 4; # cores\n}\n")?;
    /// document.set("mysql_variables.threads", 8)?;
    /// document.set("mysql_variables.interfaces", "0.0.0.0:6033")?;
    /// assert_eq!(
    ///     document.to_string(),
    ///     "mysql_variables = {\n\tthreads : 8; # cores\n\tinterfaces : \"0.0.0.0:6033\";\n}\n"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where there is no such group, or libconfig cannot hold the value.
    pub fn set(&mut self, path: impl AsRef<[u8]>, value: impl Into<ValueBuf>) -> Result<(), EditError> {
        let (place, value) = (path.as_ref(), value.into());
        let mut edits = self.edits();
        if let Some(setting) = self.lookup(place) {
            edits.set(setting, &value)?;
        } else {
            let (group, name) = self.parent(place)?;
            edits.add(group, &name, &value)?;
        }
        let patch = edits.finish()?;
        self.apply(&patch)
    }

    /// Adds an element at the end of a list or array.
    ///
    /// ```
    /// # use proxysql_kit::libconfig::{Document, ValueBuf};
    /// let mut document = Document::parse("mysql_servers =\n(\n    { address=\"db1\", port=3306 } # primary\n)\n")?;
    /// document.append("mysql_servers", ValueBuf::group([("address", "db2".into()), ("port", 3307.into())]))?;
    /// assert_eq!(
    ///     document.to_string(),
    ///     "mysql_servers =\n(\n    { address=\"db1\", port=3306 }, # primary\n    { address=\"db2\", port=3307 }\n)\n"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where no list or array is at this path, or it cannot hold the value.
    pub fn append(&mut self, path: impl AsRef<[u8]>, value: impl Into<ValueBuf>) -> Result<(), EditError> {
        let list = self.found(path.as_ref())?;
        self.edited(|edits| edits.insert(list, list.len(), &value.into()))
            .and_then(|patch| self.apply(&patch))
    }

    /// Adds an element before the one at this position, or at the end.
    ///
    /// # Errors
    /// As [`Document::append`], and where the list has fewer elements.
    pub fn insert(
        &mut self,
        path: impl AsRef<[u8]>,
        position: usize,
        value: impl Into<ValueBuf>,
    ) -> Result<(), EditError> {
        let list = self.found(path.as_ref())?;
        self.edited(|edits| edits.insert(list, position, &value.into())).and_then(|patch| self.apply(&patch))
    }

    /// Removes a setting or element, with the comment behind it and the one on the lines right above it.
    ///
    /// # Errors
    /// Where nothing is at this path.
    pub fn remove(&mut self, path: impl AsRef<[u8]>) -> Result<(), EditError> {
        let setting = self.found(path.as_ref())?;
        self.edited(|edits| edits.remove(setting)).and_then(|patch| self.apply(&patch))
    }

    /// Begins a batch of edits: all are planned on the document as it is, and applied at once.
    ///
    /// ```
    /// # use proxysql_kit::libconfig::Document;
    /// let mut document = Document::parse("a=1 b=2 c=3")?;
    /// let mut edits = document.edits();
    /// edits.set(document.get("a").unwrap(), &10.into())?;
    /// edits.remove(document.get("b").unwrap())?;
    /// let patch = edits.finish()?;
    /// document.apply(&patch)?;
    /// assert_eq!(document.to_string(), "a=10 c=3");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn edits(&self) -> Edits<'_> {
        Edits {
            document: self,
            splices: Vec::new(),
            added: BTreeMap::new(),
            tails: BTreeMap::new(),
            removed: BTreeSet::new(),
        }
    }

    /// Applies a batch of edits that was planned on this document. Each goes to the file that holds
    /// its place. All of it is done, or nothing.
    ///
    /// # Errors
    /// Where libconfig would refuse the result.
    pub fn apply(&mut self, patch: &Patch) -> Result<(), EditError> {
        if patch.is_empty() {
            return Ok(());
        }
        let texts = self.patched(patch)?;
        *self = self.read_again(texts, self.reading.clone()).map_err(EditError::Refused)?;
        Ok(())
    }

    /// The text of each file with the edits done. A file that was opened twice is changed in both.
    pub(super) fn patched(&self, patch: &Patch) -> Result<Vec<Vec<u8>>, EditError> {
        let mut by_name: BTreeMap<&[u8], Vec<&Splice>> = BTreeMap::new();
        for splice in &patch.splices {
            by_name.entry(self.key(splice.span.file)).or_default().push(splice);
        }
        for splices in by_name.values_mut() {
            // Stable, so that what is added at one place stays in the order of the calls.
            splices.sort_by_key(|splice| (splice.span.start, splice.span.end));
            for pair in splices.windows(2) {
                if pair[1].span.start < pair[0].span.end {
                    return Err(EditError::Conflict(self.location(pair[1].span).line));
                }
            }
        }
        let text = |(index, source): (usize, &super::Source<'static>)| {
            let splices = by_name.get(self.key(FileId(super::source::to_pos(index))));
            splice(source.text(), splices.map_or(&[], Vec::as_slice))
        };
        Ok(self.sources().iter().enumerate().map(text).collect())
    }

    /// What tells files apart: the main file has a key that no name can be.
    pub(super) fn key(&self, file: FileId) -> &[u8] {
        if file == FileId::MAIN { b"\0" } else { &self.source(file).name }
    }

    fn edited<'d>(
        &'d self,
        edit: impl FnOnce(&mut Edits<'d>) -> Result<(), EditError>,
    ) -> Result<Patch, EditError> {
        let mut edits = self.edits();
        edit(&mut edits)?;
        edits.finish()
    }

    fn found(&self, path: &[u8]) -> Result<Setting<'_>, EditError> {
        self.lookup(path).ok_or_else(|| EditError::NotFound(super::text::lossy(path).into_owned()))
    }

    /// The group that a path leads to but for its last part, and that part.
    fn parent(&self, path: &[u8]) -> Result<(Setting<'_>, String), EditError> {
        let is_separator = |byte: &u8| matches!(byte, b'.' | b':' | b'/');
        let end = path.iter().rposition(|byte| !is_separator(byte)).map_or(0, |last| last + 1);
        let start = path[..end].iter().rposition(is_separator).map_or(0, |before| before + 1);
        let name = super::text::lossy(&path[start..end]).into_owned();
        let outer = &path[..start];
        if outer.iter().all(is_separator) {
            return Ok((self.root().setting(), name));
        }
        Ok((self.found(outer)?, name))
    }
}

/// A batch of edits on one document; see [`Document::edits`].
///
/// Edits do not see each other: one that changes what another one removes is a conflict.
#[derive(Clone, Debug)]
pub struct Edits<'d> {
    document: &'d Document,
    splices: Vec<Splice>,
    /// How many elements or settings were added behind a sibling without a separator, or to a group,
    /// list or array that was empty.
    added: BTreeMap<(NodeId, Side), usize>,
    /// What stands behind all that was added to such a one.
    tails: BTreeMap<(NodeId, Side), Splice>,
    /// What is to be removed. Planned at the end, when it is known what goes with it.
    removed: BTreeSet<NodeId>,
}

impl<'d> Edits<'d> {
    /// Replaces a value.
    ///
    /// # Errors
    /// Where libconfig cannot hold the value, or the old one lies in several files.
    pub fn set(&mut self, setting: Setting<'d>, value: &ValueBuf) -> Result<(), EditError> {
        value.check()?;
        self.plan_set(setting, value)
    }

    /// Adds a setting to a group, behind the others.
    ///
    /// # Errors
    /// Where it is no group, or libconfig cannot hold the name or the value.
    pub fn add(&mut self, group: Setting<'d>, name: &str, value: &ValueBuf) -> Result<(), EditError> {
        value.check()?;
        if !is_name(name) {
            return Err(ValueError::Name(name.to_owned()).into());
        }
        if group.value_type() != ValueType::Group {
            return Err(EditError::WrongType { path: group.path(), needed: "group" });
        }
        self.plan_insert(group, group.len(), Some(name), value)
    }

    /// Adds an element to a list or array, before the one at this position or at the end.
    ///
    /// # Errors
    /// Where it is none, has fewer elements, or cannot hold the value.
    pub fn insert(&mut self, list: Setting<'d>, position: usize, value: &ValueBuf) -> Result<(), EditError> {
        value.check()?;
        if !matches!(list.value_type(), ValueType::List | ValueType::Array) {
            return Err(EditError::WrongType { path: list.path(), needed: "list or array" });
        }
        if position > list.len() {
            return Err(EditError::Position { path: list.path(), len: list.len() });
        }
        self.plan_insert(list, position, None, value)
    }

    /// Removes a setting or element, with the comments that belong to it.
    ///
    /// # Errors
    /// Where it lies in several files, or is the root group.
    pub fn remove(&mut self, setting: Setting<'d>) -> Result<(), EditError> {
        if setting.id == 0 {
            return Err(EditError::WrongType { path: String::new(), needed: "setting" });
        }
        Self::full_span(setting)?;
        self.removed.insert(setting.id);
        Ok(())
    }

    /// Ends the batch.
    ///
    /// # Errors
    /// Where two edits change the same place.
    pub fn finish(mut self) -> Result<Patch, EditError> {
        self.plan_removals()?;
        self.splices.extend(std::mem::take(&mut self.tails).into_values());
        let patch = Patch { splices: self.splices };
        self.document.patched(&patch).map(|_| patch)
    }
}

/// Where something was added, as seen from a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Behind,
    Inside,
}

fn splice(text: &[u8], splices: &[&Splice]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for splice in splices {
        out.extend_from_slice(&text[at..splice.span.start]);
        out.extend_from_slice(&splice.text);
        at = splice.span.end;
    }
    out.extend_from_slice(&text[at..]);
    out
}
