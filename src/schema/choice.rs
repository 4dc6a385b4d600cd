//! Columns that hold one of a few values, as enums.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::sealed::Sealed;

/// A value of a column that allows only a few.
pub trait Choice: Copy + Default + Eq + fmt::Debug + Send + Sync + Sealed + 'static {
    /// All values.
    const ALL: &'static [Self];
    /// Their names, in the same order.
    const NAMES: &'static [&'static str];

    /// The value as ProxySQL spells it; of a number its digits.
    fn name(self) -> &'static str;
}

/// A text is none of the values that a column allows.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{found}` is none of {allowed}")]
pub struct NotAllowed {
    found: String,
    allowed: String,
}

impl NotAllowed {
    fn new<C: Choice>(found: &str) -> Self {
        NotAllowed { found: found.to_owned(), allowed: C::NAMES.join(", ") }
    }
}

macro_rules! choice {
    (
        $(#[$doc:meta])*
        $name:ident { $( $(#[$variant_doc:meta])* $variant:ident = $text:literal, )+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[$variant_doc])* $variant, )+
        }

        impl $crate::schema::sealed::Sealed for $name {}

        impl Choice for $name {
            const ALL: &'static [Self] = &[$($name::$variant),+];
            const NAMES: &'static [&'static str] = &[$($text),+];

            fn name(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)+
                }
            }
        }

        /// Its name; a number where all the names are.
        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                super::serde::serialize_choice(*self, serializer)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                super::serde::deserialize_choice(deserializer)
            }
        }

        /// The first of them.
        impl Default for $name {
            fn default() -> Self {
                Self::ALL[0]
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        /// By its exact spelling.
        impl FromStr for $name {
            type Err = NotAllowed;

            fn from_str(text: &str) -> Result<Self, NotAllowed> {
                let found = Self::ALL.iter().copied().find(|choice| choice.name() == text);
                found.ok_or_else(|| NotAllowed::new::<Self>(text))
            }
        }
    };
}

choice! {
    /// `status` of a backend server.
    ServerStatus {
        /// In use.
        Online = "ONLINE",
        /// Kept out of use for a while after errors.
        Shunned = "SHUNNED",
        /// Keeps its transactions, takes nothing new.
        OfflineSoft = "OFFLINE_SOFT",
        /// Out of use at once.
        OfflineHard = "OFFLINE_HARD",
    }
}

choice! {
    /// `check_type`: the server variable that tells writers from readers.
    CheckType {
        /// `read_only`.
        ReadOnly = "read_only",
        /// `innodb_read_only`.
        InnodbReadOnly = "innodb_read_only",
        /// `super_read_only`.
        SuperReadOnly = "super_read_only",
        /// Either of the two. Since 2.7, and never from a file.
        ReadOnlyOrInnodb = "read_only|innodb_read_only",
        /// Both of the two. Since 2.7, and never from a file.
        ReadOnlyAndInnodb = "read_only&innodb_read_only",
    }
}

choice! {
    /// `method` of a route of the REST API.
    HttpMethod {
        /// GET.
        Get = "GET",
        /// POST.
        Post = "POST",
    }
}

choice! {
    /// `mode`: what the firewall does with a query of a user that no rule of it allows.
    FirewallMode {
        /// Nothing.
        Off = "OFF",
        /// Logs it.
        Detecting = "DETECTING",
        /// Blocks it.
        Protecting = "PROTECTING",
    }
}

choice! {
    /// `multiplex` of a query rule.
    Multiplex {
        /// The connection is kept for the session from then on.
        Disabled = "0",
        /// The connection may be shared again.
        Enabled = "1",
        /// Multiplexing stays as it is, whatever the query holds.
        Unchanged = "2",
    }
}

choice! {
    /// `writer_is_also_reader` of Galera and group replication hostgroups.
    WriterIsAlsoReader {
        /// Writers serve no reads.
        No = "0",
        /// Writers serve reads, too.
        Yes = "1",
        /// Only backup writers serve reads. (With 2.0.5 such a row of group replication ends the
        /// process.)
        BackupWriters = "2",
    }
}

choice! {
    /// `autocommit` of hostgroup attributes.
    Autocommit {
        /// As the client says.
        Client = "-1",
        /// Off on every connection.
        Off = "0",
        /// On on every connection.
        On = "1",
    }
}

choice! {
    /// `default_session_track_gtids`.
    TrackGtids {
        /// No tracking.
        Off = "OFF",
        /// Own transactions only.
        OwnGtid = "OWN_GTID",
    }
}

choice! {
    /// `default_authentication_plugin`.
    AuthenticationPlugin {
        /// `mysql_native_password`.
        NativePassword = "mysql_native_password",
        /// `caching_sha2_password`.
        CachingSha2Password = "caching_sha2_password",
    }
}

/// A choice whose column takes it in any case and keeps it as it was written.
///
/// ```
/// use proxysql_kit::schema::{AnyCase, ServerStatus};
///
/// let status: AnyCase<ServerStatus> = "Offline_Soft".parse()?;
/// assert_eq!(status, ServerStatus::OfflineSoft);
/// assert_eq!(status.to_string(), "Offline_Soft");
/// assert_ne!(status, AnyCase::from(ServerStatus::OfflineSoft), "another text");
/// # Ok::<(), proxysql_kit::schema::NotAllowed>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AnyCase<C> {
    value: C,
    /// The text, where it is not the usual one.
    written: Option<Box<[u8]>>,
}

impl<C: Choice> AnyCase<C> {
    /// A text in any case (of ASCII letters).
    pub(crate) fn from_bytes(text: &[u8]) -> Option<Self> {
        let value =
            C::ALL.iter().copied().find(|choice| text.eq_ignore_ascii_case(choice.name().as_bytes()))?;
        let written = (text != value.name().as_bytes()).then(|| text.into());
        Some(AnyCase { value, written })
    }

    /// The value.
    pub fn value(&self) -> C {
        self.value
    }

    /// The text as it is written.
    pub fn as_bytes(&self) -> &[u8] {
        self.written.as_deref().unwrap_or(self.value.name().as_bytes())
    }

    /// Whether it is spelled as ProxySQL itself does.
    pub fn is_usual(&self) -> bool {
        self.written.is_none()
    }
}

impl<C: Choice> From<C> for AnyCase<C> {
    fn from(value: C) -> Self {
        AnyCase { value, written: None }
    }
}

impl<C: Choice> Default for AnyCase<C> {
    fn default() -> Self {
        C::default().into()
    }
}

impl<C: Choice> PartialEq<C> for AnyCase<C> {
    fn eq(&self, other: &C) -> bool {
        self.value == *other
    }
}

impl<C: Choice> FromStr for AnyCase<C> {
    type Err = NotAllowed;

    fn from_str(text: &str) -> Result<Self, NotAllowed> {
        AnyCase::from_bytes(text.as_bytes()).ok_or_else(|| NotAllowed::new::<C>(text))
    }
}

impl<C: Choice> fmt::Display for AnyCase<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl<C: Choice> fmt::Debug for AnyCase<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_kept() {
        for text in ["ONLINE", "online", "OnLiNe", "offline_hard"] {
            let status: AnyCase<ServerStatus> = text.parse().unwrap();
            assert_eq!(status.to_string(), text);
            assert_eq!(status.is_usual(), text == "ONLINE");
        }
        let both: AnyCase<CheckType> = "READ_only&innodb_READ_ONLY".parse().unwrap();
        assert_eq!(both.to_string(), "READ_only&innodb_READ_ONLY");
        assert_eq!(both.value(), CheckType::ReadOnlyAndInnodb);
        assert!("on".parse::<AnyCase<ServerStatus>>().is_err());
        assert!("online".parse::<ServerStatus>().is_err());
    }
}
