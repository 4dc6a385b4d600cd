//! How a cluster keeps its nodes alike. Knows config, schema and hash.
//!
//! So far there is one part: the [`Checksums`] by which nodes see whether they hold the same.

mod checksums;
mod event;
mod module;
mod node;
mod queries;
mod rows;
mod settings;
mod sums;

pub use checksums::{Checksums, ModuleChecksum, Value};
pub use event::{CheckQuery, Event, Level, LoadWords, Subject, UnknownEvent, Variables, Word, YesNo};
pub use module::{ChecksumRow, ModuleKind, ModuleState, PerModule, UnknownModule};
pub use node::{
    Answer, Content, Decision, Input, Loaded, Node, Now, Output, PeerId, PeerOrder, PullAnswer, Reason, Sums,
};
pub use queries::{MonitorQuery, PullQuery};
pub use rows::Rows;
pub use settings::{Address, ServersAlgorithm, Settings};
pub use sums::checksum_of_rows;
