//! From a query to what stands for all queries like it: the digest text, its hash, and the first comment. Knows
//! [`hash`](crate::hash) only, and where the variables are that decide how it is done.
//!
//! ```
//! use proxysql_kit::digest::{Options, digest};
//!
//! let digest = digest(b"SELECT c FROM sbtest1 /* app=shop */ WHERE id = 123456;", &Options::new());
//! assert_eq!(digest.text(), b"SELECT c FROM sbtest1 WHERE id = ?");
//! assert_eq!(digest.hash().to_string(), "0xAE9F00EBFA56AF9F");
//! assert_eq!(digest.first_comment(), Some(&b" app=shop "[..]));
//! ```
//!
//! All is as ProxySQL 2.7 does it, byte by byte: `match_digest` rules are written against this text, and
//! `digest` rules and the statistics name the hash. There is no grammar behind it. Roughly:
//!
//! - strings and numbers become `?`; with [`replace_null`](Options::replace_null) NULL, too. A number begins
//!   behind anything but a letter, digit, `$` or `_`, even between backticks;
//! - comments go; of `/*! ... */` the content stays;
//! - blanks become one space, or none beside brackets, commas, and operators of literals;
//! - lists of literals between brackets end in `...` ([`grouping_limit`](Options::grouping_limit)), and so do
//!   rows of such lists ([`groups_grouping_limit`](Options::groups_grouping_limit)).
//!
//! Case matters unless [`lowercase`](Options::lowercase) is set, and so does an alias, a different number of
//! values below the limit, or a blank around an operator.
//!
//! # Many queries
//! [`digest`] makes a new text for each query. A [`Digester`] keeps its buffers; once they are large enough it
//! allocates nothing:
//!
//! ```
//! use proxysql_kit::digest::{Digester, Options};
//!
//! let mut digester = Digester::new(&Options::new());
//! for query in ["SELECT 1", "SELECT 2"] {
//!     assert_eq!(digester.digest(query.as_bytes()).text(), b"SELECT ?");
//! }
//! ```
//!
//! # Digest of a digest
//! As a rule a digest text is its own digest. It is not:
//!
//! - behind a sign: `a + (b)` gives `a  (b)`, and that gives `a (b)`;
//! - with what begins like a number and is none, if it comes to stand at the end: `12a;` gives `12a`, and that
//!   gives `?`;
//! - where what a limit cut off made the difference, and with
//!   [`no_digits`](Options::no_digits), where digits that have become `?` are then taken for literals.
//!
//! # Undefined in ProxySQL
//! Two answers of ProxySQL hold what was in its memory before. Here they are always the same: the first comment,
//! if it is not closed, is what there is of it; and where a comment `# ...` or `-- ...` is glued to the word
//! before it and a blank follows its line, that blank stands. A negative
//! [`groups_grouping_limit`](Options::groups_grouping_limit) (128 to 255) ends a ProxySQL; here it acts as 0, and
//! it does so with a negative [`grouping_limit`](Options::grouping_limit), too.

mod byte;
mod comment;
mod fold;
mod number;
mod options;
mod scan;
mod text;

use std::fmt;

use crate::hash::spooky;
use comment::Comments;
use fold::Fold;
use scan::Scanner;
use text::Text;

pub use options::Options;

/// The digest of a query. For many queries use a [`Digester`].
pub fn digest(query: &[u8], options: &Options) -> Digest {
    Digester::new(options).digest(query).to_owned()
}

/// What stands for all queries of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    text: Vec<u8>,
    hash: DigestHash,
    first_comment: Option<Vec<u8>>,
}

impl Digest {
    /// The digest text. It holds no NUL, else any bytes.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Its hash.
    pub fn hash(&self) -> DigestHash {
        self.hash
    }

    /// The text of the query's first `/* comment */`, up to 1,021 bytes; blanks in it are spaces.
    pub fn first_comment(&self) -> Option<&[u8]> {
        self.first_comment.as_deref()
    }
}

/// A [`Digest`] that lies in the buffers of a [`Digester`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestRef<'d> {
    text: &'d [u8],
    hash: DigestHash,
    first_comment: Option<&'d [u8]>,
}

impl<'d> DigestRef<'d> {
    /// The digest text. It holds no NUL, else any bytes.
    pub fn text(&self) -> &'d [u8] {
        self.text
    }

    /// Its hash.
    pub fn hash(&self) -> DigestHash {
        self.hash
    }

    /// The text of the query's first `/* comment */`, up to 1,021 bytes; blanks in it are spaces.
    pub fn first_comment(&self) -> Option<&'d [u8]> {
        self.first_comment
    }

    /// A copy of its own.
    pub fn to_owned(&self) -> Digest {
        Digest {
            text: self.text.to_vec(),
            hash: self.hash,
            first_comment: self.first_comment.map(<[u8]>::to_vec),
        }
    }
}

/// The hash of a digest text: SpookyHash V2 of it, 64 bits.
///
/// It is shown as `stats_mysql_query_digest` and rules have it, `0x` and 16 upper-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DigestHash(u64);

impl DigestHash {
    /// The hash of a digest text, of at most its first `max_digest_length` bytes (2048 on a server).
    pub fn of(text: &[u8], max_digest_length: usize) -> Self {
        DigestHash(spooky::hash64(&text[..text.len().min(max_digest_length)], 0))
    }

    /// The number.
    pub fn value(self) -> u64 {
        self.0
    }
}

impl From<u64> for DigestHash {
    fn from(value: u64) -> Self {
        DigestHash(value)
    }
}

impl fmt::Display for DigestHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:016X}", self.0)
    }
}

impl fmt::Debug for DigestHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DigestHash({self})")
    }
}

/// The longest command without literals that is looked out for, in bytes.
const COMMAND: usize = 32;

/// Makes digests, with buffers that it keeps.
#[derive(Clone, Debug)]
pub struct Digester {
    options: Options,
    buffer: Vec<u8>,
    comments: Comments,
}

impl Digester {
    /// Makes digests with these options.
    pub fn new(options: &Options) -> Self {
        Digester { options: *options, buffer: Vec::new(), comments: Comments::default() }
    }

    /// How digests are made.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The digest of a query: any bytes.
    pub fn digest(&mut self, query: &[u8]) -> DigestRef<'_> {
        // Few queries need what lies behind the text; they are read again.
        let len = self
            .write_command(query)
            .or_else(|| self.write(query, false))
            .or_else(|| self.write(query, true))
            .unwrap_or(0);
        let text = &self.buffer[..len];
        let hash = DigestHash::of(text, self.options.max_digest_length);
        DigestRef { text, hash, first_comment: self.comments.first() }
    }

    /// Writes the text of `COMMIT` and the like, which is what they are themselves: a short query of letters and
    /// single spaces. Gives its length. Whatever else it is, [`write`](Self::write) makes the same of it, and all.
    #[inline]
    fn write_command(&mut self, query: &[u8]) -> Option<usize> {
        let Digester { options, buffer, comments } = self;
        // What has literals most often ends with one: that is seen at once.
        let ends_in_letter = query.last().is_some_and(u8::is_ascii_alphabetic);
        if !ends_in_letter || query.len() > COMMAND.min(options.max_query_length) || options.replace_null {
            return None;
        }
        if buffer.len() < COMMAND {
            buffer.resize(COMMAND, 0);
        }
        let mut before = b' ';
        for (to, &byte) in buffer.iter_mut().zip(query) {
            let is_plain = byte.is_ascii_alphabetic() || byte == b' ' && before != b' ';
            if !is_plain {
                return None;
            }
            *to = if options.lowercase { byte.to_ascii_lowercase() } else { byte };
            before = byte;
        }
        comments.begin(options.keep_comment);
        Some(query.len())
    }

    /// Writes the text; gives its length, or nothing if it has to be written exactly.
    fn write(&mut self, query: &[u8], exactly: bool) -> Option<usize> {
        let Digester { options, buffer, comments } = self;
        let most = query.len().min(options.max_query_length);
        let mut text = Text::new(buffer, most, exactly, options);
        comments.begin(options.keep_comment);
        let mut scanner = Scanner::new(query, most, options);
        let groups_limit = usize::try_from(options.groups_grouping_limit).unwrap_or(usize::MAX);
        let mut passes = Passes::default();
        loop {
            text = scanner.run(text, comments);
            let pending = scanner.pending();
            let came = text.came() + pending.len();
            text.finish(pending);
            let mut listed = text.len;
            let mut len = text.len;
            if text.seen.bracket() || text.seen.dots() {
                let mut fold = Fold::new(text.bytes, text.len, pending.len());
                text.cuts += fold.lists(passes.lists, options.grouping_limit);
                listed = fold.len() + fold.removed();
                // There are only groups of what was cut, unless the query has dots itself.
                if text.seen.dots() || text.cuts > groups_limit {
                    fold.groups(passes.groups, options.grouping_limit, options.groups_grouping_limit);
                }
                if fold.is_overrun() {
                    text.seen.add(0);
                }
                len = fold.len();
            }
            let out = len + pending.len();
            let shrunk = came.cast_signed() - out.cast_signed();
            if scanner.at >= query.len() || out >= most || shrunk == 0 {
                let len = text.close(len, pending.len(), out >= most);
                return (!text.wants_exact).then_some(len);
            }
            // The query is longer than the room for its text, and there is room again.
            passes = Passes::again(options, len, listed, shrunk);
            scanner.before = *text.bytes[..out].last().unwrap_or(&0);
            text = text.rewound(passes.squeeze, len);
        }
    }
}

/// Where the passes over the text begin.
#[derive(Clone, Copy, Debug, Default)]
struct Passes {
    squeeze: usize,
    lists: usize,
    groups: usize,
}

impl Passes {
    /// Those of the next round begin a little before the place where the text got longer. How much before it is
    /// ProxySQL's: it shows where a list or a group spans two rounds.
    fn again(options: &Options, len: usize, listed: usize, shrunk: isize) -> Self {
        let (values, groups) =
            (isize::from(options.grouping_limit), isize::from(options.groups_grouping_limit));
        let before = |place: usize, bytes: isize| place.checked_add_signed(-bytes).unwrap_or(0);
        Passes {
            squeeze: before(len, 6),
            lists: before(listed, shrunk + 2 * values + 8),
            groups: before(len, (2 * values + 6) * (groups + 2)),
        }
    }
}
