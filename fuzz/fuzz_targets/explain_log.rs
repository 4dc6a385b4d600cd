//! Any log: no panic, and a story with an end. Lines that are read are written as they were.

#![no_main]

use libfuzzer_sys::fuzz_target;
use proxysql_kit::cluster::{Event, LogLine, Storyteller};

fuzz_target!(|text: &str| {
    let mut teller = Storyteller::new();
    for line in text.lines() {
        teller.line("node", line);
        let event = LogLine::parse(line).and_then(|line| Some((line.text, line.text.parse::<Event>().ok()?)));
        if let Some((text, event)) = event {
            assert_eq!(event.to_string(), text);
        }
    }
    let story = teller.finish();
    assert!(story.chapters.len() <= text.len());
    assert!(!story.to_string().is_empty());
});
