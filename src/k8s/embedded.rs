//! A cnf inside a manifest: which one is meant, what it says, and where it stands.

use std::fmt;
use std::ops::Range;

use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine as _, alphabet};
use serde_saphyr::granit_parser::ScalarStyle;

use super::block::{self, Block, LineMap};
use super::error::{EmbeddedError, MOST_CHOICES, ReplaceError};
use super::objects::{self, Entry, line};
use super::yaml::{Limits, Scalar, Tree};

/// A cnf that stands in a ConfigMap or Secret, with the manifest around it.
///
/// ```
/// use proxysql_kit::k8s::Embedded;
///
/// let manifest = "kind: ConfigMap
/// metadata: { name: proxysql }
/// data:
///   proxysql.cnf: |
///     threads=4
/// ";
/// let cnf = Embedded::find(manifest, None)?;
/// assert_eq!(cnf.content(), b"threads=4\n");
/// assert_eq!((cnf.object(), cnf.key()), ("proxysql", "proxysql.cnf"));
/// // The 4 stands here.
/// assert_eq!(cnf.offset(8), manifest.find('4'));
/// assert_eq!(cnf.replaced(b"threads=8\n")?, manifest.replace('4', "8"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Embedded {
    yaml: String,
    content: Vec<u8>,
    kind: &'static str,
    namespace: String,
    object: String,
    key: String,
    line: usize,
    /// Which of all entries it is.
    position: usize,
    limits: Limits,
    form: Form,
}

const FOLDED: &str = "a folded block";

/// How a value is written.
#[derive(Clone, Debug)]
enum Form {
    Literal(Block),
    /// In another way; its places where they are known.
    Other(&'static str, Option<LineMap>),
}

impl Embedded {
    /// Takes a cnf out of a manifest: of its ConfigMaps and Secrets the entry whose key ends in
    /// `.cnf`, or the one that `key` names. The text may hold several documents, and lists of objects.
    ///
    /// A `key` is `KEY`, `NAME/KEY` with the object's name, or `NAMESPACE/NAME/KEY` or `KIND/NAME/KEY`.
    ///
    /// # Errors
    /// Where the text is no YAML, and where not exactly one entry is meant.
    pub fn find(text: impl Into<Vec<u8>>, key: Option<&str>) -> Result<Self, EmbeddedError> {
        Embedded::find_within(text, key, &Limits::default())
    }

    /// The same within other limits.
    ///
    /// # Errors
    /// As [`Embedded::find`].
    pub fn find_within(
        text: impl Into<Vec<u8>>,
        key: Option<&str>,
        limits: &Limits,
    ) -> Result<Self, EmbeddedError> {
        let yaml = String::from_utf8(text.into())
            .map_err(|error| EmbeddedError::Utf8 { offset: error.utf8_error().valid_up_to() })?;
        let tree = Tree::read(&yaml, limits)?;
        let entries = objects::entries(&tree, &yaml, limits)?;
        let position = pick(&entries, key)?;
        let entry = entries[position];
        let line = line(&yaml, entry.key_offset);
        let content = content(&entry, &tree, line)?;
        let form = match tree.scalar(entry.value) {
            Some(scalar) if !entry.is_base64 => form(&yaml, scalar),
            _ => Form::Other("base64", None),
        };
        let kind = entry.kind.name();
        let [namespace, object, key] = [entry.namespace, entry.object, entry.key].map(str::to_owned);
        drop(tree);
        Ok(Embedded { yaml, content, kind, namespace, object, key, line, position, limits: *limits, form })
    }

    /// The cnf itself.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The manifest.
    pub fn yaml(&self) -> &str {
        &self.yaml
    }

    /// `ConfigMap` or `Secret`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The namespace of the object; empty where it says none.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name of the object; empty where it has none.
    pub fn object(&self) -> &str {
        &self.object
    }

    /// The key, which is the name of the file where the object is mounted.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The line of the manifest, counted from 1, on which the key stands.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Whether each place of the cnf has one in the manifest that shows the same text: so it is for a
    /// block (`|` or `>`) and for one line without escapes; not for base64 and for quoted text of
    /// several lines.
    pub fn is_mapped(&self) -> bool {
        self.map().is_some()
    }

    /// Whether it is a folded block (`>`), which joins lines: a comment then takes the rest with it.
    pub fn is_folded(&self) -> bool {
        matches!(self.form, Form::Other(FOLDED, _))
    }

    /// Where the byte at `offset` of the cnf stands in the manifest, in bytes; where
    /// [`is_mapped`](Embedded::is_mapped). The end of the cnf stands at the end of its last line.
    pub fn offset(&self, offset: usize) -> Option<usize> {
        let end = self.content.strip_suffix(b"\n").unwrap_or(&self.content).len();
        let place = self.map()?.offset(offset.min(end))?;
        Some(place.min(self.yaml.len()))
    }

    /// The manifest with another text in the place of the cnf, every other byte as it is.
    ///
    /// Line ends behind the last line become those that the block keeps: none for `|-`, one for `|`.
    ///
    /// # Errors
    /// Where the cnf is no literal block, and where such a block cannot hold the text.
    pub fn replaced(&self, content: &[u8]) -> Result<String, ReplaceError> {
        let block = match &self.form {
            Form::Literal(block) => block,
            Form::Other(style, _) => return Err(ReplaceError::NotLiteral { style }),
        };
        if content == self.content {
            return Ok(self.yaml.clone());
        }
        let content = std::str::from_utf8(content).map_err(|_| ReplaceError::Unfit)?;
        let yaml = block.replaced(&self.yaml, content);
        // YAML's own rules decide what a block can hold.
        match self.read_back(&yaml) {
            Some(found) if found == block.chomped(content) => Ok(yaml),
            _ => Err(ReplaceError::Unfit),
        }
    }

    /// What a changed manifest says in the place of this cnf.
    fn read_back(&self, yaml: &str) -> Option<String> {
        let tree = Tree::read(yaml, &self.limits).ok()?;
        let entries = objects::entries(&tree, yaml, &self.limits).ok()?;
        let entry = entries.get(self.position).filter(|entry| entry.key == self.key)?;
        tree.scalar(entry.value).map(|scalar| scalar.text.clone().into_owned())
    }

    fn map(&self) -> Option<&LineMap> {
        match &self.form {
            Form::Literal(block) => Some(&block.map),
            Form::Other(_, map) => map.as_ref(),
        }
    }
}

/// Without the texts: they may hold secrets.
impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded")
            .field("kind", &self.kind)
            .field("namespace", &self.namespace)
            .field("object", &self.object)
            .field("key", &self.key)
            .field("line", &self.line)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

/// What an entry holds, whose key stands on a line.
pub(super) fn content(entry: &Entry<'_>, tree: &Tree<'_>, line: usize) -> Result<Vec<u8>, EmbeddedError> {
    let key = || entry.key.to_owned();
    let Some(scalar) = tree.scalar(entry.value) else {
        return Err(EmbeddedError::NotText { key: key(), line });
    };
    if !entry.is_base64 {
        return Ok(said(scalar).as_bytes().to_vec());
    }
    decoded(scalar).map_err(|reason| EmbeddedError::Base64 { key: key(), line, reason })
}

/// The position of the one entry that is meant.
fn pick(entries: &[Entry<'_>], key: Option<&str>) -> Result<usize, EmbeddedError> {
    let is_meant = |entry: &Entry<'_>| match key {
        Some(key) => is_named(entry, key),
        None => entry.key.rsplit_once('.').is_some_and(|(_, extension)| extension == "cnf"),
    };
    let meant: Vec<usize> = (0..entries.len()).filter(|&at| is_meant(&entries[at])).collect();
    match (meant.as_slice(), key) {
        ([one], _) => Ok(*one),
        ([], Some(key)) => {
            Err(EmbeddedError::NoKey { key: key.to_owned(), keys: choices(entries, 0..entries.len()) })
        }
        ([], None) => Err(EmbeddedError::NoCnf { keys: choices(entries, 0..entries.len()) }),
        _ => Err(EmbeddedError::Ambiguous { keys: choices(entries, meant) }),
    }
}

/// Whether `KEY`, `NAME/KEY`, `KIND/NAME/KEY` or `NAMESPACE/NAME/KEY` names an entry.
fn is_named(entry: &Entry<'_>, selector: &str) -> bool {
    let mut parts = selector.rsplitn(3, '/');
    parts.next() == Some(entry.key)
        && parts.next().is_none_or(|object| object == entry.object)
        && parts.next().is_none_or(|scope| scope == entry.kind.name() || scope == entry.namespace)
}

/// The shortest names that tell entries from all others, or their lines where none does.
fn choices(entries: &[Entry<'_>], of: impl IntoIterator<Item = usize>) -> Vec<String> {
    let name = |at: usize| {
        let Entry { kind, namespace, object, key, .. } = entries[at];
        let names = [
            key.to_owned(),
            format!("{object}/{key}"),
            format!("{}/{object}/{key}", kind.name()),
            format!("{namespace}/{object}/{key}"),
        ];
        let is_one = |name: &&String| entries.iter().filter(|entry| is_named(entry, name)).count() == 1;
        names.iter().find(is_one).unwrap_or(&names[3]).clone()
    };
    of.into_iter().take(MOST_CHOICES).map(name).collect()
}

fn form(yaml: &str, scalar: &Scalar<'_>) -> Form {
    let Range { start, end } = scalar.span;
    let one_line = |range: Range<usize>| {
        let start = range.start;
        (yaml.get(range) == Some(scalar.text.as_ref())).then(|| LineMap::whole(start))
    };
    match scalar.style {
        ScalarStyle::Literal => match Block::literal(yaml, start, &scalar.text) {
            Some(block) => Form::Literal(block),
            None => Form::Other("a block with line ends that differ", None),
        },
        ScalarStyle::Folded => Form::Other(FOLDED, block::folded(yaml, start, &scalar.text)),
        ScalarStyle::Plain if is_null(scalar) => Form::Other("null", None),
        ScalarStyle::Plain => Form::Other("without quotes", one_line(start..end)),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            Form::Other("in quotes", one_line(start + 1..end.saturating_sub(1)))
        }
    }
}

/// What a scalar says.
fn said<'s>(scalar: &'s Scalar<'_>) -> &'s str {
    if is_null(scalar) { "" } else { &scalar.text }
}

/// Whether a scalar without quotes is YAML's null, which a manifest takes for an empty text.
fn is_null(scalar: &Scalar<'_>) -> bool {
    scalar.style == ScalarStyle::Plain && matches!(scalar.text.as_ref(), "" | "~" | "null" | "Null" | "NULL")
}

/// Base64 as the API server reads it: line ends do not count.
fn decoded(scalar: &Scalar<'_>) -> Result<Vec<u8>, String> {
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let letters: Vec<u8> = said(scalar).bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    GeneralPurpose::new(&alphabet::STANDARD, config).decode(letters).map_err(|error| match error {
        DecodeError::InvalidByte(offset, _) => format!("character {} does not belong in it", offset + 1),
        _ => "it is cut off".to_owned(),
    })
}
