//! How a cluster keeps its nodes alike. Knows config, schema and hash.
//!
//! - [`Checksums`], by which nodes see whether they hold the same.
//! - [`health`]: whether the nodes of a running cluster agree, and if they never will, what mends it.
//! - [`sim`]: a cluster without a network, and what becomes of it in a scenario.
//! - [`Layers`]: what of a node is loaded and not saved, or changed and not loaded.

mod checksums;
mod date;
mod event;
pub mod health;
mod layers;
mod module;
mod settings;
pub mod sim;

pub use checksums::{Checksums, ModuleChecksum, Value};
pub use date::Date;
pub use event::{Event, Level};
pub use layers::{LayerState, Layers, ModuleLayers};
pub use module::{ChecksumRow, ModuleKind, ModuleState, PerModule, UnknownModule};
pub use settings::{Address, ServersAlgorithm, Settings};
