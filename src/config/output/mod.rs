//! Writing: a configuration as the text of a `proxysql.cnf`, and what such a text cannot hold.
//!
//! `cnf` lays the file out, with the rows of `entry` and the variables of `variables`. What a file cannot
//! say is foreseen there with its reason. `compare` then holds what the written file loads as against what
//! was to be written, so that nothing is lost without being told. `saved` writes as the server itself does.

mod cnf;
mod compare;
mod entry;
mod lost;
mod plan;
mod saved;
mod settings;
mod variables;

pub use cnf::Cnf;
pub use lost::{Lost, Place, Reason, RowPlace};
