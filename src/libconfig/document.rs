//! Files that were read: the lossless document and the bare values.

use std::fmt;
use std::sync::Arc;

use super::error::ParseError;
use super::grammar::{At, Machine, Sink};
use super::include::MemoryIncludes;
use super::options::{Dialect, Limits, ParseOptions};
use super::print;
use super::reader::{self, Unfinished};
use super::recover;
use super::source::{FileId, Location, Pos, Source, Span, Text};
use super::strings::StringValue;
use super::token::{Bracket, Scalar};
use super::tree::{NodeId, Tree, TreeSink};
use super::value::{Group, Setting};

/// A file with every byte of it: values, spans, comments and blanks.
///
/// What was not edited prints as it was read: [`Document::to_bytes`] of a file that was parsed is that
/// file. Cloning is cheap in text (it is shared) and copies the arena.
///
/// ```
/// use proxysql_kit::libconfig::Document;
///
/// let mut document = Document::parse("threads=4 # cores\r\n")?;
/// assert_eq!(document.lookup("threads").unwrap().as_int(), Some(4));
/// document.set("threads", 8)?;
/// assert_eq!(document.to_string(), "threads=8 # cores\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Document {
    pub(super) tree: Tree<'static>,
    /// For each setting the `,` or `;` behind its value.
    pub(super) separators: Vec<Option<PackedPos>>,
    pub(super) reading: Reading,
    unfinished: Option<(Unfinished, Span)>,
}

/// How a document was read, to read it again after an edit.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) limits: Limits,
    pub(super) include_dir: Option<Vec<u8>>,
    pub(super) placeholders: bool,
}

/// A position that leaves room for "none" in 32 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedPos(std::num::NonZeroU32);

impl PackedPos {
    fn new(pos: Pos) -> Option<Self> {
        std::num::NonZeroU32::new(pos.wrapping_add(1)).map(PackedPos)
    }

    pub(super) fn get(self) -> Pos {
        self.0.get() - 1
    }
}

impl Document {
    /// Reads a text as libconfig 1.7.3 does. No file is ever opened: an `@include` is an error.
    ///
    /// # Errors
    /// All errors that could be found, the first with libconfig's own verdict and line.
    pub fn parse(text: impl Into<Vec<u8>>) -> Result<Self, ParseError> {
        Document::parse_with(text, &ParseOptions::default())
    }

    /// Reads a text with other options than the defaults.
    ///
    /// # Errors
    /// As [`Document::parse`], and where a limit is exceeded.
    pub fn parse_with(text: impl Into<Vec<u8>>, options: &ParseOptions<'_>) -> Result<Self, ParseError> {
        let text = Text::Shared(Arc::new(text.into()));
        let sink = DocumentSink { tree: TreeSink::new(text.len()), separators: Vec::new() };
        let mut machine = Machine::new(sink, &options.limits);
        let outcome = reader::read(text.clone(), options, &mut machine);
        if let Err(fault) = outcome.result {
            return Err(recover::explain(text, options, &fault));
        }
        let unfinished =
            outcome.unfinished.map(|(what, start)| (what, outcome.sources.span(start, Pos::MAX)));
        let DocumentSink { tree, separators } = machine.sink;
        Ok(Document {
            tree: tree.finish(outcome.sources, options.dialect),
            separators,
            reading: Reading {
                limits: options.limits,
                include_dir: options.include_dir.clone(),
                placeholders: options.placeholders,
            },
            unfinished,
        })
    }

    /// Reads a file through the loader of the options, by the path as it is given: the include
    /// folder does not count for it.
    ///
    /// # Errors
    /// As [`Document::parse_with`]; libconfig's `file I/O error` where the file cannot be read.
    pub fn open(path: impl Into<Vec<u8>>, options: &ParseOptions<'_>) -> Result<Self, ParseError> {
        let path = path.into();
        match recover::open(&path, options) {
            Ok(text) => Document::parse_with(text, &options.clone().name(path)),
            Err(error) => Err(error),
        }
    }

    /// The root group.
    pub fn root(&self) -> Group<'_> {
        Group { setting: Setting::root(&self.tree) }
    }

    /// The setting at a path, by the rules of libconfig's `config_lookup`.
    ///
    /// Parts are separated by any of `.` `:` `/`, in runs of any length. A part that begins with `[`
    /// is a position in a list, array or group. The empty path finds nothing.
    ///
    /// ```
    /// # use proxysql_kit::libconfig::Document;
    /// let document = Document::parse("mysql_servers = ( { port=3306 }, { port=3307 } )")?;
    /// assert_eq!(document.lookup("mysql_servers.[1].port").unwrap().as_int(), Some(3307));
    /// assert!(document.lookup("mysql_servers.[2]").is_none());
    /// # Ok::<(), proxysql_kit::libconfig::ParseError>(())
    /// ```
    pub fn lookup(&self, path: impl AsRef<[u8]>) -> Option<Setting<'_>> {
        Setting::root(&self.tree).lookup(path)
    }

    /// The setting of this name in the root group.
    pub fn get(&self, name: &str) -> Option<Setting<'_>> {
        Setting::root(&self.tree).get(name)
    }

    /// The bytes of the file itself, as they were read and edited.
    pub fn to_bytes(&self) -> &[u8] {
        self.source(FileId::MAIN).text()
    }

    /// The values as libconfig's `config_write` prints them under default options, byte for byte:
    /// without comments, included files in their places. A float that it cuts does not read back equal,
    /// and an infinite one does not read back at all.
    pub fn to_canonical(&self) -> Vec<u8> {
        print::canonical(&self.tree)
    }

    /// The version of libconfig that it is read for.
    pub fn dialect(&self) -> Dialect {
        self.tree.dialect
    }

    /// All files that it was read from, the text itself first, then in the order of the directives.
    pub fn sources(&self) -> &[Source<'static>] {
        self.tree.sources.files()
    }

    /// One of its files.
    pub fn source(&self, file: FileId) -> &Source<'static> {
        self.tree.sources.get(file)
    }

    /// The place where a span begins.
    pub fn location(&self, span: Span) -> Location {
        self.tree.sources.location(span)
    }

    /// What the end of the file cut off: an open string, comment or path, which libconfig drops
    /// without a word.
    pub fn unfinished(&self) -> Option<(Unfinished, Span)> {
        self.unfinished
    }

    /// Reads it as it was read, with other texts in the place of its files: one for each of
    /// [`sources`](Document::sources), or less where the others stay.
    pub(super) fn read_again(&self, texts: Vec<Vec<u8>>, reading: Reading) -> Result<Document, ParseError> {
        let mut texts = texts.into_iter();
        let main = texts.next().unwrap_or_default();
        let mut files = MemoryIncludes::new();
        for source in self.sources().iter().skip(1) {
            files.insert(source.name.clone(), texts.next().unwrap_or_else(|| source.text().to_vec()));
        }
        let options = ParseOptions {
            dialect: self.dialect(),
            limits: reading.limits,
            name: self.source(FileId::MAIN).name.clone(),
            include_dir: reading.include_dir,
            includes: Some(&files),
            placeholders: reading.placeholders,
        };
        Document::parse_with(main, &options)
    }
}

/// The text where it is UTF-8; other bytes as U+FFFD.
impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::text::lossy(self.to_bytes()))
    }
}

/// The size only: the text may hold secrets.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("bytes", &self.to_bytes().len())
            .field("files", &self.sources().len())
            .field("settings", &(self.tree.nodes.len() - 1))
            .finish_non_exhaustive()
    }
}

/// The values of a text that is borrowed: the fastest way from text to typed values, for programs that
/// only read. Its settings are those of a [`Document`].
///
/// ```
/// use proxysql_kit::libconfig::Values;
///
/// let text = b"admin_variables = { refresh_interval = 2000 }";
/// let values = Values::parse(text)?;
/// assert_eq!(values.lookup("admin_variables.refresh_interval").unwrap().as_int(), Some(2000));
/// # Ok::<(), proxysql_kit::libconfig::ParseError>(())
/// ```
#[derive(Clone)]
pub struct Values<'i> {
    pub(super) tree: Tree<'i>,
}

impl<'i> Values<'i> {
    /// Reads a text as [`Document::parse`] does.
    ///
    /// # Errors
    /// The same.
    pub fn parse(text: &'i (impl AsRef<[u8]> + ?Sized)) -> Result<Self, ParseError> {
        Values::parse_with(text, &ParseOptions::default())
    }

    /// Reads a text with other options than the defaults.
    ///
    /// # Errors
    /// As [`Document::parse_with`].
    pub fn parse_with(
        text: &'i (impl AsRef<[u8]> + ?Sized),
        options: &ParseOptions<'_>,
    ) -> Result<Self, ParseError> {
        let text = Text::Borrowed(text.as_ref());
        let mut machine = Machine::new(TreeSink::new(text.len()), &options.limits);
        let outcome = reader::read(text.clone(), options, &mut machine);
        match outcome.result {
            Ok(()) => Ok(Values { tree: machine.sink.finish(outcome.sources, options.dialect) }),
            Err(fault) => Err(recover::explain(Text::Shared(Arc::new(text.to_vec())), options, &fault)),
        }
    }

    /// The root group.
    pub fn root(&self) -> Group<'_> {
        Group { setting: Setting::root(&self.tree) }
    }

    /// The setting at a path; see [`Document::lookup`].
    pub fn lookup(&self, path: impl AsRef<[u8]>) -> Option<Setting<'_>> {
        Setting::root(&self.tree).lookup(path)
    }

    /// How many bytes of memory the values take beside the text.
    pub fn memory(&self) -> usize {
        self.tree.nodes.capacity() * size_of::<super::tree::Node>()
    }
}

/// The size only: the text may hold secrets.
impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("settings", &(self.tree.nodes.len() - 1)).finish_non_exhaustive()
    }
}

/// Makes a document: the tree, and where the separators stand.
#[derive(Debug)]
struct DocumentSink {
    tree: TreeSink,
    separators: Vec<Option<PackedPos>>,
}

impl DocumentSink {
    #[inline]
    fn place(&mut self) {
        self.separators.push(None);
    }
}

impl Sink for DocumentSink {
    #[inline]
    fn name(&mut self, at: At) {
        self.tree.name(at);
    }

    #[inline]
    fn scalar(&mut self, at: At, scalar: Scalar) {
        self.tree.scalar(at, scalar);
        self.place();
    }

    #[inline]
    fn string(&mut self, string: StringValue) {
        self.tree.string(string);
        self.place();
    }

    #[inline]
    fn open(&mut self, at: At, bracket: Bracket) -> NodeId {
        let opened = self.tree.open(at, bracket);
        self.place();
        opened
    }

    #[inline]
    fn close(&mut self, at: At, opened: NodeId) {
        self.tree.close(at, opened);
    }

    #[inline]
    fn separator(&mut self, at: At) {
        let last = self.tree.complete() as usize;
        // Of `1,,2` the first comma is the one behind the 1.
        let separator = &mut self.separators[last];
        *separator = separator.or(PackedPos::new(at.start));
    }
}
