//! Logs of nodes: their lines, and the story that they tell.

mod line;

pub use line::LogLine;
