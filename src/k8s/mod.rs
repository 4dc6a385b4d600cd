//! Kubernetes manifests, as far as they carry a `proxysql.cnf`: finds the one inside a ConfigMap or
//! Secret, and knows where each of its bytes stands in the YAML.
//!
//! Knows nothing of ProxySQL but that its file's name ends in `.cnf`. What the file says is for
//! [`libconfig`](crate::libconfig) to read.
//!
//! | to | use |
//! |---|---|
//! | take the cnf out of a manifest | [`Embedded::find`] |
//! | tell where a place of it stands in the YAML | [`Embedded::offset`] |
//! | read Helm's values, for a template's placeholders | [`values()`] |
//! | put another text in its place | [`Embedded::replaced`] |
//! | write a ConfigMap or Secret | [`Manifest`] |
//!
//! # How it is made
//! `yaml` makes a small tree of the whole text, within [`Limits`]; `objects` finds the ConfigMaps and
//! Secrets in it; `embedded` picks the one entry that is meant; `block` lines the text up with the
//! lines of the YAML.

mod block;
mod embedded;
mod error;
mod manifest;
mod objects;
mod values;
mod yaml;

pub use embedded::Embedded;
pub use error::{EmbeddedError, ReplaceError};
pub use manifest::{Manifest, ManifestError};
pub use values::{ValuesError, values};
pub use yaml::Limits;
