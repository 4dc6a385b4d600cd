//! The versions of ProxySQL that are known exactly.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A version of ProxySQL whose tables, variables and behaviour are known, each checked against a
/// running server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Version {
    /// 2.0, as 2.0.5 does it.
    V2_0,
    /// 2.7, as 2.7.1 does it.
    #[default]
    V2_7,
    /// 3.0, as 3.0.0-alpha does it; it speaks PostgreSQL too.
    V3_0,
}

impl Version {
    /// All of them, the oldest first.
    pub const ALL: [Version; 3] = [Version::V2_0, Version::V2_7, Version::V3_0];

    /// The name that options use: `2.0`, `2.7`, `3.0`.
    pub fn name(self) -> &'static str {
        match self {
            Version::V2_0 => "2.0",
            Version::V2_7 => "2.7",
            Version::V3_0 => "3.0",
        }
    }

    /// The release that was looked at.
    pub fn release(self) -> &'static str {
        match self {
            Version::V2_0 => "2.0.5",
            Version::V2_7 => "2.7.1",
            Version::V3_0 => "3.0.0-alpha",
        }
    }

    /// What a build of it calls itself (`admin-version`) where nothing else is said. A package of a
    /// distribution may be told anything else.
    pub fn version_string(self) -> &'static str {
        match self {
            Version::V2_0 => "2.0.5-37-gc8e32ee",
            Version::V2_7 => "2.7.1-0-g2726c27",
            Version::V3_0 => "3.0.0-alpha-0-g42bb0cf",
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// Its [`name`](Version::name).
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No version of that name is known.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` is no version that is known here; these are: 2.0, 2.7, 3.0")]
pub struct UnknownVersion(String);

/// Reads `2.7`, and what a server calls itself: `2.7.1-16-g2726c27`. Only the first two numbers count.
impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let mut numbers = text.trim_start_matches('v').splitn(3, '.');
        let major = numbers.next().unwrap_or_default();
        let minor = numbers.next().unwrap_or_default();
        let minor = minor.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        match (major, minor) {
            ("2", "0") => Ok(Version::V2_0),
            ("2", "7") => Ok(Version::V2_7),
            ("3", "0") => Ok(Version::V3_0),
            _ => Err(UnknownVersion(text.to_owned())),
        }
    }
}

/// A value that changed from one version to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByVersion<T: 'static> {
    first: T,
    later: Option<(Version, T)>,
}

impl<T: Copy + 'static> ByVersion<T> {
    pub(crate) const fn always(value: T) -> Self {
        ByVersion { first: value, later: None }
    }

    /// The same value up to a version, and another one from it on.
    pub(crate) const fn since(mut self, version: Version, value: T) -> Self {
        self.later = Some((version, value));
        self
    }

    /// The value of the first versions.
    pub(crate) const fn first(&self) -> T {
        self.first
    }

    pub(crate) fn get(&self, version: Version) -> T {
        match self.later {
            Some((since, value)) if version >= since => value,
            _ => self.first,
        }
    }
}

/// The first and the last version that has something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    pub(crate) since: Version,
    pub(crate) until: Version,
}

impl Lifetime {
    pub(crate) const ALWAYS: Lifetime = Lifetime { since: Version::V2_0, until: Version::V3_0 };

    pub(crate) fn holds(self, version: Version) -> bool {
        self.since <= version && version <= self.until
    }
}

/// The versions: `2.7 and 3.0`.
impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for version in Version::ALL.into_iter().filter(|version| self.holds(*version)) {
            let between = match version {
                version if version == self.since => "",
                version if version == self.until => " and ",
                _ => ", ",
            };
            write!(f, "{between}{version}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_in_words() {
        let words = |since, until| Lifetime { since, until }.to_string();
        assert_eq!(words(Version::V2_0, Version::V2_0), "2.0");
        assert_eq!(words(Version::V2_7, Version::V3_0), "2.7 and 3.0");
        assert_eq!(words(Version::V2_0, Version::V3_0), "2.0, 2.7 and 3.0");
    }

    #[test]
    fn names_of_servers_are_versions() {
        assert_eq!("2.7".parse(), Ok(Version::V2_7));
        assert_eq!("2.0.5-37-gc8e32ee".parse(), Ok(Version::V2_0));
        assert_eq!("v3.0-alpha".parse(), Ok(Version::V3_0));
        for text in ["", "2", "2.70", "1.4", "2.6.0", "latest"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
