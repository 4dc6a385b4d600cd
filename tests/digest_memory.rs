//! A digester whose buffers are large enough allocates nothing.

#![allow(clippy::unwrap_used)]

use peak_alloc::PeakAlloc;
use proxysql_kit::digest::{Digester, Options};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

#[test]
fn a_warm_digester_allocates_nothing() {
    let values = (0..5000).map(|number| format!("({number}, 'text', NULL, 1.5, 0x1F)")).collect::<Vec<_>>();
    let long = format!("INSERT INTO t /* comment */ VALUES {}# end\n  x", values.join(", "));
    let queries = ["SELECT 1", "/*! a */ SELECT 15# glued\n FROM t /* c */ WHERE a = 'x' -- y\n", &long];
    for options in [Options::new(), Options::new().keep_comment(true).lowercase(true).max_query_length(200)] {
        let mut digester = Digester::new(&options);
        let mut lengths = Vec::new();
        for query in queries {
            lengths.push(digester.digest(query.as_bytes()).text().len());
        }
        let before = ALLOCATED.current_usage();
        ALLOCATED.reset_peak_usage();
        for (query, length) in queries.into_iter().zip(&lengths) {
            assert_eq!(digester.digest(query.as_bytes()).text().len(), *length);
        }
        // Any allocation, were it freed at once, would have raised the peak.
        assert_eq!(ALLOCATED.peak_usage(), before);
    }
}
