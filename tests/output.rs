//! What is written of a configuration, and that it reads back.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

#[path = "support/configs.rs"]
mod configs;

use configs::Scope;
use proptest::prelude::*;
use proxysql_kit::schema::Table;

proptest! {
    #[test]
    fn strategies_fill_tables(config in configs::any_version(Scope::Cnf)) {
        for schema in Table::of(config.version) {
            let rows = config.table(schema.table());
            prop_assert!(rows.is_empty() || schema.cnf_section().is_some());
        }
    }
}
