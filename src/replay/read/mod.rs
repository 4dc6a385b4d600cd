//! A file for each format; each gives the next event, or nothing at the end.

pub(super) mod binary;
pub(super) mod csv;
pub(super) mod digests;
pub(super) mod events_json;
pub(super) mod objects;
pub(super) mod sql;
