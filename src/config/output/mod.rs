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
pub(crate) use cnf::{load_like, loaded_like, prove, read_back, write};
pub(crate) use entry::{Entries, Entry, Unwritable, entries, written};
pub use lost::{Lost, Place, Reason, RowPlace};
pub(crate) use plan::{Keyed, Plan};
pub(crate) use settings::setting_value;
pub(crate) use variables::{Sections, differing, value_of};
