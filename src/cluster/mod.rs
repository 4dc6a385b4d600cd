//! How a cluster keeps its nodes alike. Knows config, schema and hash.
//!
//! - [`Checksums`], by which nodes see whether they hold the same.
//! - [`Node`], what a node does about it, without I/O and clock; [`Event`], what it logs.
//! - [`Storyteller`], what logs tell of a cluster, and what keeps it from syncing.
//! - [`health`]: whether the nodes of a running cluster agree, and if they never will, what mends it.
//! - [`sim`]: a cluster without a network, and what becomes of it in a scenario.
//! - [`Layers`]: what of a node is loaded and not saved, or changed and not loaded; [`would_run`], to compare.
//!
//! # How nodes agree
//! Each node checks each of its peers every `admin-cluster_check_interval_ms`. While the peer's global checksum
//! stays, it only counts on; when it moves, the node asks for (version, epoch, checksum) of every module. A
//! module whose checksum is not the own one is counted (`diff_check`). Once `diffs_before_sync` checks in a row
//! have seen it, and the peer has loaded it (version above 1) later than the node did (a greater epoch), or
//! the node has only just started (own version 1), the node pulls it: from the peer with the greatest epoch
//! that is ready, not always the one that triggered. Equal epochs are a conflict, which only another LOAD mends.
//!
//! ```
//! use proxysql_kit::cluster::*;
//! use proxysql_kit::hash::Checksum;
//! use proxysql_kit::schema::Version;
//!
//! let own = ModuleState::new(2, 1000, Checksum::from_hash(1));
//! let mut node = Node::new(Settings::new(Version::V2_7), PerModule::from_fn(|_| own));
//! let now = Now { ms: 0, unix: 2000 };
//! node.handle(Input::Members(vec![Address::new("proxysql-1", 6032)]), now);
//! let Some(Output::Connect(peer)) = node.poll() else { panic!("it connects") };
//! let version = node.settings().version_string.clone();
//! let news = ModuleState::new(3, 1500, Checksum::from_hash(7));
//! let row = ChecksumRow { module: Some(ModuleKind::MysqlUsers), state: news };
//! for answer in [
//!     Answer::Connected,
//!     Answer::Version(Some(version)),
//!     Answer::Done,
//!     Answer::Global(Some(42)),
//!     Answer::Checksums(vec![row]),
//! ] {
//!     node.handle(Input::Peer(peer, answer), now);
//! }
//! let why = node.why(ModuleKind::MysqlUsers, peer).unwrap();
//! assert_eq!(
//!     why.to_string(),
//!     "mysql_users: 1 of 3 checks of proxysql-1:6032 have seen another checksum"
//! );
//! ```

#[cfg(feature = "serde")]
mod as_text;
mod checksums;
mod date;
mod event;
pub mod health;
mod layers;
mod log;
mod module;
mod node;
mod queries;
mod rows;
mod settings;
pub mod sim;
mod sums;

pub use checksums::{Checksums, ModuleChecksum, Value};
pub use date::Date;
pub use event::{CheckQuery, Event, LoadWords, Subject, UnknownEvent, Variables, Word, YesNo};
pub use layers::{LayerState, Layers, ModuleLayers, what_runs, would_run};
pub use log::{Chapter, Happening, LogLine, LogSummary, Obstacle, PullEnd, Sighting, Story, Storyteller};
pub use module::{ChecksumRow, ModuleKind, ModuleState, PerModule, UnknownModule};
pub use node::{
    Answer, Content, Decision, Input, Loaded, Node, Now, Output, PeerId, PeerOrder, PullAnswer, Reason, Sums,
};
pub use queries::{MonitorQuery, PullQuery};
pub use rows::Rows;
pub use settings::{Address, ServersAlgorithm, Settings};
pub use sums::{checksum_of_rows, global_checksum};
