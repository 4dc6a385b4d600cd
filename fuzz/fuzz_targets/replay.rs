//! Any log: no panic, an end, and the same events whether or not the format is said; and as many, with the same error,
//! when it is read in blocks by several threads.

#![no_main]

use libfuzzer_sys::fuzz_target;
use proxysql_kit::config::Config;
use proxysql_kit::replay::{LogFormat, Reader, Replay, Spread};

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, log) = input;
    let format = LogFormat::ALL.get(usize::from(choice)).copied();
    let Ok(reader) = Reader::new(log, format) else { return };
    let found = reader.format();
    let events = reader.filter(Result::is_ok).count();
    assert!(events <= log.len());
    let said = Reader::new(log, Some(found)).map(|reader| reader.filter(Result::is_ok).count());
    assert_eq!(said.ok(), Some(events));

    let Ok(reader) = Reader::new(log, Some(found)) else { return };
    let error = reader.filter_map(Result::err).next().map(|error| error.to_string());
    let Ok(reader) = Reader::new(log, Some(found)) else { return };
    let (mut spread, mut read) = (Spread::default(), 0);
    let replay = Replay::new(&Config::default()).threads(2);
    let run = replay.run(reader, &mut spread, &mut |progress| read = progress.events);
    assert_eq!(run.err().map(|error| error.to_string()), error);
    assert_eq!(usize::try_from(read).ok(), Some(events));
});
