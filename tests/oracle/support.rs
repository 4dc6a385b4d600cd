//! Reading vectors and counting those that agree.

use std::fmt::Debug;
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::Value as Json;

/// Runs a check on every line of `NAME.jsonl`, prints how many agree, and fails if one does not.
pub fn all_agree(name: &str, check: impl Fn(&Json) -> Result<(), String>) {
    let path = folder().join(format!("{name}.jsonl"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut vectors = 0;
    let mut wrong = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        vectors += 1;
        let vector: Json = serde_json::from_str(line).unwrap();
        if let Err(why) = check(&vector) {
            wrong.push(format!("{name}.jsonl:{}: {why}\n  {line}", index + 1));
        }
    }
    // Past the test harness, which would keep it to itself.
    writeln!(std::io::stdout(), "{name}: {} of {vectors} vectors agree", vectors - wrong.len()).unwrap();
    assert!(vectors > 0, "{name}.jsonl holds no vector");
    let shown = wrong.iter().take(5).map(|why| why.chars().take(3_000).collect::<String>());
    assert!(wrong.is_empty(), "{}", shown.collect::<Vec<_>>().join("\n"));
}

/// Fails with both sides where they differ.
pub fn same<T: PartialEq + Debug>(what: &str, ours: T, theirs: T) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("{what}: ours {ours:?}, theirs {theirs:?}")) }
}

/// A text of a vector: a string, or `{"hex": "..."}` where it is not UTF-8.
pub fn bytes(json: &Json) -> Vec<u8> {
    match json {
        Json::String(text) => text.clone().into_bytes(),
        Json::Object(hex) => {
            let digits = hex["hex"].as_str().unwrap().as_bytes();
            digits
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect()
        }
        other => panic!("no text: {other}"),
    }
}

/// Bytes as a vector holds them.
pub fn text(bytes: &[u8]) -> Json {
    match std::str::from_utf8(bytes) {
        Ok(text) => Json::from(text),
        Err(_) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            serde_json::json!({ "hex": hex })
        }
    }
}

/// The folder of the vectors.
pub fn folder() -> PathBuf {
    match std::env::var_os("PROXYSQL_KIT_ORACLE") {
        Some(folder) => folder.into(),
        None => [env!("CARGO_MANIFEST_DIR"), "tests", "oracle"].iter().collect(),
    }
}
