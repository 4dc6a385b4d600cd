//! Traits of this crate that only its own types have, so that they can grow.

/// What all those types are.
pub trait Sealed {}
