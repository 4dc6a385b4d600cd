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
