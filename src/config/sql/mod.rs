//! A [`Config`](super::Config) as admin SQL, and back. Knows the schema.
//!
//! The admin interface speaks SQLite's dialect over tables of its own, and a few commands beside it: `SET`,
//! `LOAD … TO RUNTIME`, `SAVE … TO DISK`. [`Config::to_sql`](super::Config::to_sql) writes such statements;
//! `SqlScript` (feature `sqlite`) runs scripts that people keep, in an SQLite of its own.

mod literal;
#[cfg(feature = "sqlite")]
mod read;
mod write;

#[cfg(feature = "sqlite")]
pub use read::{SqlCommand, SqlError, SqlErrorKind, SqlLimits, SqlReadOptions, SqlScript};
pub use write::{DeleteFirst, PlanStep, SqlOptions, StepKind};
pub(crate) use write::{Script, Statement};
