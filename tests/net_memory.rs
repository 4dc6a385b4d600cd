//! How much memory it takes to read what a node holds: in a test of its own, because it looks at all of it.

#![allow(clippy::unwrap_used)]

#[path = "support/bulk.rs"]
mod bulk;

use std::sync::atomic::Ordering;

use peak_alloc::PeakAlloc;
use proxysql_kit::admin::net::{Client, ConnectOptions};
use proxysql_kit::config::Layer;

#[global_allocator]
static PEAK: PeakAlloc = PeakAlloc;

#[test]
fn no_more_than_ten_times_the_data() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        for table in ["mysql_query_rules", "mysql_users"] {
            let port = bulk::start(table, 20_000).await;
            let options = ConnectOptions::new("127.0.0.1", "u", "p").port(port);
            let mut client = Client::connect(&options).await.unwrap();
            bulk::SENT.store(0, Ordering::Relaxed);
            PEAK.reset_peak_usage();
            let before = PEAK.current_usage();
            let fetched = client.fetch_config(Layer::Memory).await.unwrap();
            let rows = fetched.config.mysql_query_rules.len() + fetched.config.mysql_users.len();
            assert_eq!(rows, 20_000);
            let data = usize::try_from(bulk::SENT.load(Ordering::Relaxed)).unwrap();
            let peak = PEAK.peak_usage() - before;
            assert!(peak < 10 * data, "{table}: {peak} bytes for {data}");
        }
    });
}
