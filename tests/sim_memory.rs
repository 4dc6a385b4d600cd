//! A thousand nodes in full mesh are a million monitors, and fit in 2 GB: so much may each take.

#![allow(missing_docs)]

use peak_alloc::PeakAlloc;
use proxysql_kit::cluster::sim::{Action, Scenario, Simulation};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const NODES: usize = 150;
const BYTES: usize = 1_800;

#[test]
fn a_pair_of_nodes_is_small() {
    let mut scenario = Scenario::new("full mesh", NODES);
    scenario.duration = 6_000;
    scenario.log_limit = 1_000;
    scenario.at(1_000, Action::load(0, "mysql_users", "new"));
    ALLOCATOR.reset_peak_usage();
    let report = Simulation::new(&scenario).run();
    assert!(report.checks > 100_000);
    let each = ALLOCATOR.peak_usage() / (NODES * NODES);
    println!("{each} bytes for each pair of nodes");
    assert!(each < BYTES, "{each} bytes for each pair of nodes");
}

/// A minute of a thousand nodes, whole: what it takes, and how long.
#[test]
#[ignore = "for release builds: cargo test --release --test sim_memory -- --ignored --nocapture"]
fn a_thousand_nodes_for_a_minute_fit_in_2_gb() {
    let mut scenario = Scenario::new("full mesh", 1_000);
    scenario.log_limit = 1_000;
    scenario.at(5_000, Action::load(0, "mysql_users", "new"));
    ALLOCATOR.reset_peak_usage();
    let begun = std::time::Instant::now();
    let mut connected = None;
    let report = Simulation::new(&scenario).run_with(&mut |now| {
        connected = connected.or((now >= 2_000).then(|| begun.elapsed()));
    });
    let (peak, took) = (ALLOCATOR.peak_usage(), begun.elapsed());
    println!("{} checks in {took:?}, {connected:?} of it for the first 2 s; {peak} bytes", report.checks);
    assert!(report.module("mysql_users").is_some_and(|users| users.converged));
    assert!(peak < 2_000_000_000, "{peak} bytes");
}
