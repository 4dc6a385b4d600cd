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

#[path = "oracle/cluster.rs"]
mod cluster_vectors;
#[path = "oracle/config.rs"]
mod config_vectors;
#[path = "oracle/digest.rs"]
mod digest_vectors;
#[path = "oracle/libconfig.rs"]
mod libconfig_vectors;
#[path = "oracle/rules.rs"]
mod rules_vectors;
#[path = "oracle/support.rs"]
mod support;

use proxysql_kit::schema::Version;

#[test]
fn cluster() {
    support::all_agree("cluster", cluster_vectors::cluster);
}

#[test]
fn peer_order() {
    support::all_agree("peer_order", cluster_vectors::peer_order);
}

#[test]
fn config() {
    let defaults = config_vectors::defaults("defaults-2.7.1");
    support::all_agree("config", |vector| config_vectors::check(vector, Version::V2_7, &defaults));
}

#[test]
fn config_2_0() {
    let defaults = config_vectors::defaults("defaults-2.0");
    support::all_agree("config_2_0", |vector| config_vectors::check(vector, Version::V2_0, &defaults));
}

#[test]
fn config_3_0() {
    let defaults = config_vectors::defaults("defaults-3.0");
    support::all_agree("config_3_0", |vector| config_vectors::check(vector, Version::V3_0, &defaults));
}

#[test]
fn digest() {
    support::all_agree("digest", digest_vectors::check);
}

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

#[test]
fn rules() {
    support::all_agree("rules", rules_vectors::check);
}
