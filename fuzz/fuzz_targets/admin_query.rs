//! Any query to the admin: no panic; blanks around it, more of them within, semicolons and case change nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use proxysql_kit::admin::AdminQuery;
use proxysql_kit::cluster::{ModuleKind, PullQuery, Settings};
use proxysql_kit::schema::Version;

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, text) = input;
    let modules = [ModuleKind::MysqlUsers, ModuleKind::MysqlQueryRules, ModuleKind::MysqlServersV2];
    let settings = Settings::new(Version::V2_7);
    let mut known = modules.into_iter().flat_map(|module| PullQuery::of(module, &settings));
    let query = match known.nth(usize::from(choice)) {
        Some(known) => [known.text(Version::V2_7).as_bytes(), text].concat(),
        None => text.to_vec(),
    };
    let read = AdminQuery::read(&query);
    let mut spread = b" \n".to_vec();
    for byte in &query {
        spread.push(*byte);
        if *byte == b' ' {
            spread.push(b'\t');
        }
    }
    spread.extend_from_slice(b" ;; ");
    assert_eq!(AdminQuery::read(&spread), read);
    let upper = query.to_ascii_uppercase();
    // Names and values keep their case.
    if !matches!(read, AdminQuery::Set { .. } | AdminQuery::ClusterNodeUuid { .. }) {
        assert_eq!(AdminQuery::read(&upper), read);
    }
});
