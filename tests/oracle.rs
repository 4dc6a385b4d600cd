//! What real servers and libraries answered, vector by vector.
//!
//! The vectors are read from the folder that `PROXYSQL_KIT_ORACLE` names, else from `tests/oracle/`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    clippy::explicit_write,
    clippy::needless_pass_by_value
)]

#[path = "oracle/libconfig.rs"]
mod libconfig_vectors;
#[path = "oracle/support.rs"]
mod support;

#[test]
fn libconfig() {
    support::all_agree("libconfig", libconfig_vectors::text);
}

#[test]
fn libconfig_files() {
    support::all_agree("libconfig_files", libconfig_vectors::files);
}

#[test]
fn libconfig_lookups() {
    support::all_agree("libconfig_lookups", libconfig_vectors::lookups);
}
