//! What is said of files that libconfig refuses, and what hostile ones cost.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proxysql_kit::libconfig::{
    Dialect, Document, FormatOptions, Limits, MemoryIncludes, ParseError, ParseOptions, ValueBuf, Values,
    Verdict,
};

fn refused(text: &str) -> ParseError {
    Document::parse(text).unwrap_err()
}

/// Each error as `LINE code`.
fn codes(text: &str) -> Vec<String> {
    let error = refused(text);
    error.diagnostics().map(|found| format!("{} {}", found.location.line, found.cause.code())).collect()
}

#[test]
fn the_cause_is_found() {
    let cases: &[(&str, &[&str])] = &[
        ("a='x y'\nb=1", &["1 single-quotes"]),
        ("a=\u{201c}x\u{201d}\nb=1", &["1 curly-quotes"]),
        ("a=foo\nb=/var/lib\nc=1", &["1 bare-word", "2 bare-word"]),
        ("a=192.168.0.1\nb=1", &["1 bare-word"]),
        ("a=yes\nb=off", &["1 yes-no", "2 yes-no"]),
        ("\u{feff}a=1", &["1 byte-order-mark"]),
        ("a=1\n\u{200b}\nb=\u{a0}2", &["2 invisible-character", "3 invisible-character"]),
        ("l=(\n  {a=1},\n  {a=2}\nm=(\n)\n", &["4 unclosed"]),
        ("g={\n  a=1\nh={\n  b=1\n}\n", &["6 unclosed"]),
        ("a=\"x\nb=\"y\"\nc=1\n", &["4 unclosed"]),
        ("a=1 /* x\nb=2", &[]),
        ("a=/* x\nb=2", &["2 unclosed"]),
        ("a=\"x\nb=2", &["2 unclosed"]),
        ("l=({a=1}{a=2}\n{a=3})", &["1 missing-comma", "2 missing-comma"]),
        ("a=1\na=2\nb=3\nb=4", &["2 duplicate-name", "4 duplicate-name"]),
        ("a=99999999999999999999\nb=08", &["1 integer-range", "2 octal"]),
        ("a=[1,\"x\",2]", &["1 mixed-array"]),
        ("a=[1,{b=1}]\nc=d", &["1 nested-in-array", "2 bare-word"]),
        ("l=( address=\"x\", port=1 )\na=1", &["1 setting-in-list"]),
        (
            "g={ {a=1}, {a=2} }\nb=c",
            &["1 nameless-in-group", "1 extra-separator", "1 nameless-in-group", "2 bare-word"],
        ),
        ("a=\nb=2", &["2 missing-value"]),
        ("a 1\nb=2", &["1 missing-assign"]),
        ("some prose here\nb=2", &["1 missing-assign"]),
        ("a.b=1\nc=d", &["1 invalid-name", "2 bare-word"]),
        ("a=1;;b=2", &["1 extra-separator"]),
        ("a=1)\nb=c", &["1 unopened", "2 bare-word"]),
        ("x=1; @include \"f\"", &["1 misplaced-include"]),
        ("@include \"f\"", &["1 file"]),
    ];
    for (text, expected) in cases.iter().filter(|(_, expected)| !expected.is_empty()) {
        assert_eq!(&codes(text), expected, "{text}\n{}", refused(text));
    }
}

#[test]
fn labels_point_at_the_other_place() {
    let error = refused("mysql_users =\n(\n  { a=1 }\n\nmysql_servers =\n(\n)\n");
    let first = error.first();
    assert_eq!(first.to_owned().summary(), "5:1: syntax error: a list is never closed");
    assert_eq!(error.location(first.labels[0].span).to_string(), "2:1");
    let error = refused("a=1\nb=2\na=3");
    assert_eq!(error.location(error.first().labels[0].span).to_string(), "1:1");
    assert_eq!(error.first().verdict.to_string(), "duplicate setting name");
}

#[test]
fn secrets_are_not_told() {
    let text = "mysql_users = ( { password = hunter2 } ) admin_credentials=adm:hunter3";
    let told = format!("{0:?} {0}", refused(text));
    assert!(!told.contains("hunter"), "{told}");
    let document = Document::parse("password=\"hunter2\"").unwrap();
    let told = format!("{document:?} {:?} {:?}", document.root(), document.get("password").unwrap().value());
    assert!(!told.contains("hunter"), "{told}");
}

#[test]
fn at_most_so_many_errors_are_told() {
    let text: String = (0..500).map(|number| format!("n{number}=oops\n")).collect();
    let error = refused(&text);
    assert_eq!(error.diagnostics().count(), 100);
    assert!(error.is_truncated());
    let options = ParseOptions::new().limits(Limits::default().errors(3));
    assert_eq!(Document::parse_with(text, &options).unwrap_err().diagnostics().count(), 3);
}

#[test]
fn limits_hold() {
    let nested = |depth: usize| format!("a={}{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Document::parse(nested(1_000)).is_ok());
    assert_eq!(refused(&nested(1_001)).first().verdict, Verdict::TooDeep);
    let deep = ParseOptions::new().limits(Limits::default().depth(usize::MAX));
    assert!(Document::parse_with(nested(4_996), &deep).is_ok());
    let exhausted = Document::parse_with(nested(4_997), &deep).unwrap_err();
    assert_eq!(exhausted.first().verdict, Verdict::MemoryExhausted);
    let document = Document::parse_with(nested(4_996), &deep).unwrap();
    assert!(document.format(&FormatOptions::default()).starts_with(b"a =\n(\n    (\n"));
    assert!(document.to_canonical().starts_with(b"a = ( ( ("));
    // What the default limits let in is no danger on the small stack of a thread.
    let document = Document::parse(nested(1_000)).unwrap();
    let copy = ValueBuf::from(document.root().setting());
    assert!(copy == copy.clone() && copy.check().is_err());
    assert!(document.format(&FormatOptions::default()).starts_with(b"a =\n(\n    (\n"));
    let small = ParseOptions::new().limits(Limits::default().bytes(3));
    assert!(Document::parse_with("a=1", &small).is_ok());
    assert_eq!(Document::parse_with("a=10", &small).unwrap_err().first().verdict, Verdict::TooLarge);
}

#[test]
fn includes_end() {
    let files = MemoryIncludes::new().with("me", "x=(1,\n@include \"me\"\n)");
    let options = ParseOptions::new().includes(&files).name("main");
    let error = Document::parse_with("@include \"me\"", &options).unwrap_err();
    assert_eq!(error.first().verdict, Verdict::Syntax);
    let files = MemoryIncludes::new().with("me", "\n@include \"me\"\n");
    let error = Document::parse_with("@include \"me\"", &options.clone().includes(&files)).unwrap_err();
    assert_eq!(error.first().verdict, Verdict::IncludeTooDeep);
    assert_eq!(error.first().location.file, "me");
    assert!(error.to_string().contains("includes itself"), "{error}");
    // Ten files of ten directives each would open ten thousand million files.
    let many = |next: u32| format!("@include \"{next}\"\n").repeat(10);
    let files = (0..10)
        .fold(MemoryIncludes::new(), |files, level: u32| files.with(level.to_string(), many(level + 1)));
    let files = files.with("10", "");
    let options = ParseOptions::new().includes(&files);
    let error = Document::parse_with(many(1), &options).unwrap_err();
    assert_eq!(error.first().verdict, Verdict::TooManyIncludes);
}

#[test]
fn hostile_texts_take_linear_time() {
    let million: String = (0..200_000).map(|number| format!("name{number}=1\n")).collect();
    let texts = [
        "(".repeat(20_000_000),
        format!("a={}", "{a=".repeat(5_000_000)),
        format!("a=\"{}", "x".repeat(50_000_000)),
        format!("a={}", "'".repeat(2_000_000)),
        "a=1\n".repeat(1_000_000),
        "@".repeat(2_000_000),
        format!("{}@", " ".repeat(20_000_000)),
        "a=\"\n".repeat(1_000_000),
        format!("a=({}", "{},".repeat(1_000_000)),
        format!("g={{{million}"),
    ];
    for text in texts {
        let begin = Instant::now();
        assert!(Document::parse(text.as_str()).is_err());
        // Generous: this is a build without optimisation. Quadratic time would be hours.
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?} {:?}", &text[..20], begin.elapsed());
    }
    assert_eq!(Values::parse(&million).unwrap().root().len(), 200_000);
}

#[test]
fn in_1_7_2_a_comment_needs_its_line_end() {
    let old = ParseOptions::new().dialect(Dialect::V1_7_2);
    assert!(Document::parse("a=1 # x").is_ok());
    assert_eq!(Document::parse_with("a=1 # x", &old).unwrap_err().first().verdict, Verdict::Syntax);
    assert!(Document::parse_with("a=1 # x\n", &old).is_ok());
    let document = Document::parse_with("a=(1)\nb={}\n", &old).unwrap();
    assert_eq!(document.lookup("...").unwrap().path(), "");
    assert_eq!(document.lookup("b.[").unwrap().path(), "b");
    assert!(Document::parse("b={}").unwrap().lookup("b.[").is_none());
}

fn tokens() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "a",
        "b",
        "=",
        ":",
        ",",
        ";",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\"x\"",
        "\"",
        "'",
        "1",
        "08",
        "1.5",
        "true",
        "yes",
        "#",
        "/*",
        "*/",
        "\n",
        "\n  ",
        " ",
        "\u{feff}",
        "\u{a0}",
        "@include \"f\"",
        "@",
        "\0",
        "é",
    ]);
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_comes_is_kept_or_explained(text in tokens()) {
        let files = MemoryIncludes::new().with("f", "c=1 (");
        let options = ParseOptions::new().includes(&files);
        match Document::parse_with(text.as_str(), &options) {
            Ok(document) => prop_assert_eq!(document.to_bytes(), text.as_bytes()),
            Err(error) => {
                for found in error.diagnostics() {
                    let source = error.source(found.span.file);
                    prop_assert!(found.span.start <= found.span.end && found.span.end <= source.text().len());
                    for label in &found.labels {
                        prop_assert!(error.source(label.span.file).text().get(label.span.range()).is_some());
                    }
                    prop_assert!(!found.summary().is_empty());
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_kept_or_explained(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(document) = Document::parse(bytes.clone()) {
            prop_assert_eq!(document.to_bytes(), bytes.as_slice());
            let again = Document::parse(document.to_canonical()).unwrap();
            prop_assert_eq!(again.to_canonical(), document.to_canonical());
        }
    }
}
