//! ProxySQL's tables: what their CHECK constraints demand, and the values they judge.

mod cell;
mod check;
mod json;

pub use cell::Cell;
pub use check::{Check, CheckError};
