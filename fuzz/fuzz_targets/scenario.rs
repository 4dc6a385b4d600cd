//! Any scenario: it is refused with a word, or runs to its end, in the same way each time.

#![no_main]

use libfuzzer_sys::fuzz_target;
use proxysql_kit::cluster::sim::{Scenario, Simulation};

fuzz_target!(|text: &str| {
    match Scenario::parse("x", text) {
        Ok(mut scenario) => {
            scenario.duration = scenario.duration.min(2_000);
            scenario.log_limit = scenario.log_limit.min(1_000);
            if scenario.nodes.len() <= 8 {
                let report = Simulation::new(&scenario).run();
                assert!(report.svg().ends_with("</svg>\n") && !report.to_string().is_empty());
                assert_eq!(report, Simulation::new(&scenario).run());
            }
        }
        Err(error) => assert!(!error.problems().is_empty()),
    }
});
