//! How a cluster keeps its nodes alike. Knows config, schema and hash.
//!
//! - [`Checksums`], by which nodes see whether they hold the same.
//! - [`health`]: whether the nodes of a running cluster agree, and if they never will, what mends it.
//! - [`Layers`]: what of a node is loaded and not saved, or changed and not loaded.

mod checksums;
mod date;
pub mod health;
mod layers;
mod log;

pub use checksums::{Checksums, ModuleChecksum, Value};
pub use date::Date;
pub use layers::{LayerState, Layers, ModuleLayers};
pub use log::LogLine;
