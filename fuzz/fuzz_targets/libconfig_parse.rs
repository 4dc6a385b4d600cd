//! Any bytes: no panic; what is read is kept; what is printed reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use proxysql_kit::libconfig::{Document, FormatOptions, ValueBuf, Values};

fuzz_target!(|bytes: &[u8]| {
    match Document::parse(bytes) {
        Ok(document) => {
            assert_eq!(document.to_bytes(), bytes);
            let values = ValueBuf::from(document.root().setting());
            let fast = Values::parse(bytes).expect("both sinks have one grammar");
            assert!(same(&ValueBuf::from(fast.root().setting()), &values));
            let formatted = document.format(&FormatOptions::default());
            let again = Document::parse(formatted.clone()).expect("a laid out file reads");
            assert!(same(&ValueBuf::from(again.root().setting()), &values));
            assert_eq!(again.format(&FormatOptions::default()), formatted);
        }
        Err(error) => {
            for found in error.diagnostics() {
                assert!(found.span.end <= error.source(found.span.file).text().len());
                assert!(!found.summary().is_empty());
            }
            assert!(Values::parse(bytes).is_err());
        }
    }
});

/// No float that is read is NaN, so equality will do.
fn same(one: &ValueBuf, other: &ValueBuf) -> bool {
    one == other
}
