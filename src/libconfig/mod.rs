//! The libconfig format: parse, look up, edit, print. Knows nothing of ProxySQL.
//!
//! A `proxysql.cnf` is a libconfig file. This room reads it exactly as libconfig 1.7.3 does (the
//! version inside ProxySQL 2.7 and 3.0; 1.7.2, inside 2.0, is the other [`Dialect`]), and keeps what
//! the C library throws away: comments, blanks, and the place of everything.
//!
//! | to | use |
//! |---|---|
//! | read, edit and write a file | [`Document`] |
//! | read values fast from a text at hand | [`Values`] |
//! | read into types of your own, write them (feature `serde`) | `from_str`, `from_document`, `to_string` |
//! | make values in code | [`ValueBuf`] |
//! | lay a file out anew | [`Document::format`] |
//! | find placeholders (`${VAR}`), fill them in | [`Document::placeholders`], [`Document::render`] |
//! | print as libconfig's `config_write` | [`Document::to_canonical`] |
//!
//! ```
//! use proxysql_kit::libconfig::{Document, Value};
//!
//! let text = "mysql_servers = ( { address=\"db1\", port=3306 } ) # primary";
//! let document = Document::parse(text)?;
//! for server in document.lookup("mysql_servers").unwrap().children() {
//!     let Value::Group(row) = server.value() else { continue };
//!     assert_eq!(row.get("address").unwrap().as_str().unwrap(), "db1");
//!     assert_eq!(row.get("port").unwrap().line(), 1);
//! }
//! # Ok::<(), proxysql_kit::libconfig::ParseError>(())
//! ```
//!
//! # How it is made
//! `token` recognises tokens with nom; `reader` makes one stream of the tokens of a file and of what it
//! includes; `grammar` turns them into events, with a stack of its own; `tree` and `document` are the
//! two sinks of these events. `recover` goes over a refused text once more and finds the cause.
//! `placeholder` stands in for `token` where placeholders are values, and fills them in.

mod document;
mod edit;
mod error;
mod format;
mod grammar;
mod include;
mod layout;
mod lookup;
mod names;
mod number;
mod options;
mod placeholder;
mod print;
mod reader;
mod recover;
#[cfg(feature = "serde")]
mod serde;
mod source;
mod strings;
mod text;
mod token;
mod tree;
mod value;
mod value_buf;

#[cfg(feature = "serde")]
pub use self::serde::{
    DataError, SerdeError, from_document, from_setting, from_slice, from_str, to_string, to_value,
};
pub use document::{Document, Values};
pub use edit::{EditError, Edits, Patch, Splice};
pub use error::{Cause, Diagnostic, Label, ParseError, Unclosed, Verdict};
pub use format::FormatOptions;
pub use include::{FileIncludes, IncludeError, Includes, MemoryIncludes};
pub(crate) use layout::section as write_section;
pub use lookup::{CValue, CppValue};
pub use options::{Dialect, Limits, ParseOptions};
pub use placeholder::{
    Fill, Filling, Fillings, Placeholder, PlaceholderKind, PlaceholderRef, RenderError, RenderOptions,
    Unfilled, UnfilledReason,
};
pub use reader::Unfinished;
pub use source::{FileId, Location, Source, Span};
pub use value::{Array, Group, List, Setting, Settings, Str, Value, ValueType};
pub(crate) use value_buf::is_name;
pub use value_buf::{ValueBuf, ValueError};
