//! How values of other rooms are written with serde.

use serde::ser::{Serialize as _, SerializeStruct as _, Serializer};

use crate::digest::Digest;
use crate::schema::Text;

pub(super) fn bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    Text::from(bytes).serialize(serializer)
}

/// The text and its hash. (serde hands a reference to the field.)
#[allow(clippy::ref_option)]
pub(super) fn digest<S: Serializer>(digest: &Option<Digest>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(digest) = digest else { return serializer.serialize_none() };
    let mut fields = serializer.serialize_struct("Digest", 2)?;
    fields.serialize_field("text", &Text::from(digest.text()))?;
    fields.serialize_field("hash", &digest.hash().to_string())?;
    fields.end()
}
