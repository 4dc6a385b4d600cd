//! How a cluster keeps its nodes alike. Knows config, schema and hash.
//!
//! - [`Checksums`], by which nodes see whether they hold the same.
//! - [`Node`], what a node does about it, without I/O and clock; [`Event`], what it logs.
//! - [`Storyteller`], what logs tell of a cluster, and what keeps it from syncing.
//! - [`health`]: whether the nodes of a running cluster agree, and if they never will, what mends it.
//! - [`sim`]: a cluster without a network, and what becomes of it in a scenario.
//! - [`Layers`]: what of a node is loaded and not saved, or changed and not loaded.

mod checksums;
mod date;
mod event;
pub mod health;
mod layers;
mod log;
mod module;
mod node;
mod queries;
mod rows;
mod settings;
pub mod sim;
mod sums;

pub use checksums::{Checksums, ModuleChecksum, Value};
pub use date::Date;
pub use event::{CheckQuery, Event, LoadWords, Subject, UnknownEvent, Variables, Word, YesNo};
pub use layers::{LayerState, Layers, ModuleLayers};
pub use log::{Chapter, Happening, LogLine, LogSummary, Obstacle, PullEnd, Sighting, Story, Storyteller};
pub use module::{ChecksumRow, ModuleKind, ModuleState, PerModule, UnknownModule};
pub use node::{
    Answer, Content, Decision, Input, Loaded, Node, Now, Output, PeerId, PeerOrder, PullAnswer, Reason, Sums,
};
pub use queries::{MonitorQuery, PullQuery};
pub use rows::Rows;
pub use settings::{Address, ServersAlgorithm, Settings};
pub use sums::{checksum_of_rows, global_checksum};
