//! Values that serde writes as the texts that people know.

use std::fmt::Display;

use serde::Serializer;

/// A value by its `Display`.
pub(super) fn as_text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The same, where there is one.
#[allow(clippy::ref_option)] // serde hands over a reference.
pub(super) fn as_maybe_text<S: Serializer>(
    value: &Option<impl Display>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => as_text(value, serializer),
        None => serializer.serialize_none(),
    }
}
