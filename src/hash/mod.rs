//! The hash that ProxySQL uses for queries and for its cluster, and the text form of a cluster checksum.
//! Knows nothing of either.
//!
//! - [`spooky`] is SpookyHash V2, a public domain algorithm by Bob Jenkins.
//! - [`Checksum`] is the text that ProxySQL makes of a 64-bit hash to compare modules between nodes. It is
//!   *not* a plain hexadecimal number; the hash of a query digest is one (`0x%016X`).
//!
//! ```
//! use proxysql_kit::hash::{Checksum, spooky};
//!
//! let (first, _) = spooky::hash128(b"3000.*0CASELESS101", 19, 3);
//! let mut hasher = spooky::Hasher::new(19, 3);
//! hasher.update(b"3000.*0").update(b"CASELESS101");
//! assert_eq!(hasher.finish().0, first);
//! assert_eq!(Checksum::from_hash(0), "0x0000000000000000");
//! ```

mod checksum;
pub mod spooky;

pub use checksum::{Checksum, ChecksumError};
