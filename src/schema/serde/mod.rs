//! Rows, variables and their values through serde.
//!
//! | ProxySQL | serde |
//! |---|---|
//! | number, flag (0 or 1) | integer; `true` and `false` are read for a flag, too |
//! | text | string; bytes that are no UTF-8: a map `{"hex": "ff00"}` |
//! | NULL | none |
//! | row | struct of its columns, in table order, under ProxySQL's names |
//! | variable | boolean, integer or string; a string where the text is not the usual one for the value |
//!
//! A row, or the variables of a module, has all that its struct has when it stands alone; inside of a
//! [`Config`](crate::config::Config) what its version has. What is not there takes its default; what
//! has none must be there, and a name that nobody knows is an error. Secrets are written as they are.
//!
//! What is read may come from any format that tells its types (`deserialize_any`).

mod found;
mod positions;
mod rows;
mod values;
mod variables;

pub(crate) use found::{Found, no_text_quoted, shortened};
pub(crate) use positions::Positions;
pub(crate) use rows::{RowSeed, deserialize_row, judge_row, serialize_columns, serialize_row};
pub(crate) use values::{deserialize_choice, serialize_choice};
pub(crate) use variables::{
    VariablesSeed, deserialize_variables, judge_variables, serialize_known, serialize_variables,
};
