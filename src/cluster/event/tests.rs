//! Lines, both ways.
