//! Between libconfig and types of your own, through serde.
//!
//! | libconfig | Rust |
//! |---|---|
//! | group | struct, map |
//! | list, array | sequence, tuple, tuple struct |
//! | int, int64 | any integer type that holds it, floats |
//! | float | `f32`, `f64` |
//! | bool, string | `bool`; `String`, `&str`, `char`, bytes |
//! | string | unit variant of an enum |
//! | group of one setting | other variants: its name is that of the variant |
//! | no setting | `None` |

mod de;
mod error;
mod ser;

pub use de::{from_document, from_setting, from_slice, from_str};
pub use error::{DataError, SerdeError};
pub use ser::{to_string, to_value};

use super::value_buf::ValueBuf;

/// Under these names a [`ValueBuf`] passes through serde with its exact type. Other formats take a
/// newtype struct for what it holds.
const VALUE: &str = "$proxysql_kit::ValueBuf";
const INT64: &str = "$proxysql_kit::Int64";
const LIST: &str = "$proxysql_kit::List";
const ARRAY: &str = "$proxysql_kit::Array";

/// What is said of a placeholder, which has no value yet.
const NOT_FILLED: &str = "the placeholder is not filled in yet";

/// What holds elements of no declared type: an array where libconfig allows one and there is a type to
/// be seen, else a list.
fn sequence(elements: Vec<ValueBuf>) -> ValueBuf {
    let Some(first) = elements.first() else { return ValueBuf::List(elements) };
    let kind = std::mem::discriminant(first);
    if !first.is_aggregate() && elements.iter().all(|element| std::mem::discriminant(element) == kind) {
        ValueBuf::Array(elements)
    } else {
        ValueBuf::List(elements)
    }
}
