//! Any script: no panic and an end, no file; what was read is written, and reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use proxysql_kit::config::{Config, DeleteFirst, SqlOptions, SqlReadOptions, SqlScript, diff};
use proxysql_kit::schema::Version;

fuzz_target!(|script: &[u8]| {
    let version = Version::ALL[script.len() % Version::ALL.len()];
    let options = SqlReadOptions::new().version(version);
    match SqlScript::run(script, &options) {
        Ok(script) => {
            let options = SqlOptions::new().delete(DeleteFirst::All);
            let again =
                SqlScript::run(script.config.to_sql(&options), &SqlReadOptions::new().version(version));
            assert!(again.expect("what is written reads").config == script.config);
            assert!(diff(&script.config, &script.config).is_empty());
        }
        Err(error) => {
            assert!(error.offset() <= script.len());
            assert!(error.line() > 0 && error.column() > 0);
        }
    }
    // Nothing is left behind for the next one.
    assert!(Config::from_sql("").expect("an empty script") == Config::default());
});
