//! How a cluster keeps its nodes alike. Knows config, schema and hash.
//!
//! - [`Checksums`], by which nodes see whether they hold the same.
//! - [`health`]: whether the nodes of a running cluster agree, and if they never will, what mends it.
//! - [`Layers`]: what of a node is loaded and not saved, or changed and not loaded.

mod checksums;
mod date;
mod event;
pub mod health;
mod layers;
mod log;
mod module;
mod settings;

pub use checksums::{Checksums, ModuleChecksum, Value};
pub use date::Date;
pub use event::{CheckQuery, Event, Level, LoadWords, Subject, UnknownEvent, Variables, Word, YesNo};
pub use layers::{LayerState, Layers, ModuleLayers};
pub use log::{Chapter, Happening, LogLine, LogSummary, Obstacle, PullEnd, Sighting, Story, Storyteller};
pub use module::{ModuleKind, PerModule};
pub use settings::*;
