//! Logs of nodes: their lines, and the story that they tell. Knows [`Event`](super::Event) and nothing of files.
//!
//! `line` takes a line apart, `storyteller` puts lines together to [`Chapter`]s, and `obstacle` says what keeps
//! the nodes apart where the logs end; `across` asks one log about another.

mod across;
mod chapter;
mod line;
mod obstacle;
mod storyteller;

pub use chapter::{Chapter, Happening, PullEnd, Sighting};
pub use line::LogLine;
pub use obstacle::Obstacle;
pub use storyteller::{LogSummary, Story, Storyteller};
