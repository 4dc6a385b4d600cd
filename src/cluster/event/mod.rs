//! What a node logs about its cluster, typed: each [`Event`] is one line of ProxySQL's log.
//!
//! A line is a date, for warnings and errors a place in the source, a level in brackets, and the text. The
//! text is the event's `Display`, word for word; `FromStr` reads it back. Each template stands once, in
//! `lines.rs`, for both.
//!
//! ```
//! use proxysql_kit::cluster::{Event, ModuleKind};
//! use proxysql_kit::config::Level;
//!
//! let text = "Cluster: detected peer proxysql-1:6032 with mysql_users version 2, epoch 1564718027";
//! let event: Event = text.parse()?;
//! assert!(matches!(&event, Event::Source { module: ModuleKind::MysqlUsers, version: 2, .. }));
//! assert_eq!(event.to_string(), text);
//! assert_eq!(event.level(), Level::Info);
//! # Ok::<(), proxysql_kit::cluster::UnknownEvent>(())
//! ```

mod field;
mod lines;
mod template;

pub use field::{CheckQuery, LoadWords, Subject, Variables, Word, YesNo};
pub use lines::Event;

use std::str::FromStr;

use thiserror::Error;

/// A text that is no line of ProxySQL about its cluster.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("this is no line of ProxySQL 2.0.5, 2.7.1 or 3.0.0-alpha about its cluster: {0}")]
pub struct UnknownEvent(String);

impl FromStr for Event {
    type Err = UnknownEvent;

    /// Reads the text of a line: what stands behind `[INFO] `, `[WARNING] ` or `[ERROR] `.
    fn from_str(text: &str) -> Result<Self, UnknownEvent> {
        Event::read(text).ok_or_else(|| UnknownEvent(text.chars().take(200).collect()))
    }
}

#[cfg(test)]
mod tests;
