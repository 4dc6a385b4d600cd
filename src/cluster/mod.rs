//! How a cluster keeps its nodes alike. Knows config, schema and hash.
//!
//! So far there is one part: the [`Checksums`] by which nodes see whether they hold the same.

mod checksums;
mod log;

pub use checksums::{Checksums, ModuleChecksum, Value};
pub use log::LogLine;
