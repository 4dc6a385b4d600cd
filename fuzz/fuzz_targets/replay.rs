//! Any log: no panic, an end, and the same events whether or not the format is said.

#![no_main]

use libfuzzer_sys::fuzz_target;
use proxysql_kit::replay::{LogFormat, Reader};

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, log) = input;
    let format = LogFormat::ALL.get(usize::from(choice)).copied();
    let Ok(reader) = Reader::new(log, format) else { return };
    let found = reader.format();
    let events = reader.filter(Result::is_ok).count();
    assert!(events <= log.len());
    let said = Reader::new(log, Some(found)).map(|reader| reader.filter(Result::is_ok).count());
    assert_eq!(said.ok(), Some(events));
});
