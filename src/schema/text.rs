//! Texts as ProxySQL holds them: bytes, mostly UTF-8. And those that must not be shown.

use std::borrow::Cow;
use std::fmt;

/// A text of a table or variable: any bytes but NUL, as the server keeps them.
///
/// ```
/// use proxysql_kit::schema::Text;
///
/// let name = Text::from("db1");
/// assert_eq!(name, "db1");
/// assert_eq!(name.to_str(), Some("db1"));
/// assert_eq!(Text::from(b"\xff".as_slice()).to_str(), None);
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Box<[u8]>);

impl Text {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, where it is UTF-8.
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The text, with U+FFFD for what is no UTF-8.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_string_lossy())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string_lossy(), f)
    }
}

/// A text that must not be shown: a password, or credentials. Its `Debug` and `Display` say `***`.
///
/// serde writes and reads the text itself, or nothing would survive a round trip.
///
/// ```
/// use proxysql_kit::schema::Secret;
///
/// let password = Secret::from("pass");
/// assert_eq!(format!("{password:?} {password}"), "*** ***");
/// assert_eq!(password.expose(), "pass");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(Text);

/// What stands in the place of a secret.
pub const REDACTED: &str = "***";

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &Text {
        &self.0
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(REDACTED)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

macro_rules! from_text {
    ($from:ty) => {
        impl From<$from> for Text {
            fn from(text: $from) -> Self {
                let bytes: Vec<u8> = text.into();
                Text(bytes.into_boxed_slice())
            }
        }

        impl From<$from> for Secret {
            fn from(text: $from) -> Self {
                Secret(Text::from(text))
            }
        }
    };
}

from_text!(&str);
from_text!(String);
from_text!(&[u8]);
from_text!(Vec<u8>);

impl From<Text> for Secret {
    fn from(text: Text) -> Self {
        Secret(text)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}
