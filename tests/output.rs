//! What is written of a configuration, and that it reads back.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

#[path = "support/configs.rs"]
mod configs;

use configs::Scope;
use proptest::prelude::*;
use proxysql_kit::config::{Config, LoadOptions, PatchOptions, Reason};
use proxysql_kit::libconfig::{Dialect, Document, FormatOptions, ParseOptions};
use proxysql_kit::schema::Version;

fn parse(text: &[u8], version: Version) -> Document {
    let dialect = if version == Version::V2_0 { Dialect::V1_7_2 } else { Dialect::V1_7_3 };
    Document::parse_with(text, &ParseOptions::new().dialect(dialect)).unwrap()
}

/// What a server like this one holds that has read the text.
fn load(text: &[u8], like: &Config) -> Config {
    let own = like.admin.version.to_string();
    let options = LoadOptions::new().version(like.version).version_string(&own);
    Config::load(&parse(text, like.version), &options).memory
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn what_a_cnf_can_hold_reads_back_equal(config in configs::any_version(Scope::Cnf)) {
        let cnf = config.to_cnf();
        let lost: Vec<_> = cnf.lost.iter().map(ToString::to_string).collect();
        prop_assert!(lost.is_empty(), "{lost:#?}\n{}", String::from_utf8_lossy(&cnf.text));
        prop_assert!(load(&cnf.text, &config) == config);
        // The usual layout, and a text that editors can read.
        let formatted = parse(&cnf.text, config.version).format(&FormatOptions::default());
        prop_assert_eq!(String::from_utf8(formatted).unwrap(), String::from_utf8(cnf.text).unwrap());
    }

    #[test]
    fn what_is_lost_is_told_and_nothing_else(
        config in prop_oneof![configs::any_version(Scope::Server), configs::any_version(Scope::Any)]
    ) {
        let cnf = config.to_cnf();
        let equal = load(&cnf.text, &config) == config;
        prop_assert_eq!(equal, cnf.lost.is_empty(), "{:#?}", cnf.lost);
        for lost in &cnf.lost {
            prop_assert_ne!(&lost.reason, &Reason::Unforeseen, "{}", lost);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn a_patched_file_loads_as_wanted((old, new) in configs::related(Scope::Cnf)) {
        let file = parse(&old.to_cnf().text, old.version);
        let patched = new.patch(&file, &PatchOptions::default()).unwrap();
        let lost: Vec<_> = patched.lost.iter().map(ToString::to_string).collect();
        prop_assert!(lost.is_empty(), "{lost:#?}\n{file}\n{}", patched.document);
        prop_assert!(load(patched.document.to_bytes(), &new) == new);
        prop_assert_eq!(patched.changed, old != new);
        let again = new.patch(&patched.document, &PatchOptions::default()).unwrap();
        prop_assert!(!again.changed);
        prop_assert_eq!(again.document.to_bytes(), patched.document.to_bytes());
    }

    #[test]
    fn patching_tells_what_is_lost((old, new) in configs::related(Scope::Any)) {
        let file = parse(&old.to_cnf().text, old.version);
        let patched = new.patch(&file, &PatchOptions::default()).unwrap();
        let equal = load(patched.document.to_bytes(), &new) == new;
        prop_assert_eq!(equal, patched.lost.is_empty(), "{:#?}", patched.lost);
        let again = new.patch(&patched.document, &PatchOptions::default()).unwrap();
        prop_assert!(!again.changed, "{}\n{}", patched.document, again.document);
    }
}
