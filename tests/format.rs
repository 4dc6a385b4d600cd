//! `fmt`: golden layouts, and its laws.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

use proptest::prelude::*;
use proxysql_kit::libconfig::{Document, FormatOptions, ValueBuf};

fn format(text: &str) -> String {
    let document = Document::parse(text).unwrap();
    String::from_utf8(document.format(&FormatOptions::default())).unwrap()
}

#[test]
fn the_usual_layout() {
    let cases = [
        ("a:1;b = \"x\"\n\n\n\n\nc=[1,2 ,3]", "a=1\nb=\"x\"\n\n\nc = [ 1, 2, 3 ]\n"),
        ("s={a=1,b=2}", "s =\n{\n    a=1\n    b=2\n}\n"),
        (
            "l:({a=1 b=2},\n{ a=2, # two\n b=3 },)",
            "l =\n(\n    { a=1, b=2 },\n    {\n        a=2 # two\n        b=3\n    }\n)\n",
        ),
        ("l=()\ng={ }", "l = ()\ng = {}\n"),
        ("# top\n\na=1 # one\n# end", "# top\n\na=1 # one\n# end\n"),
        ("l=(1 # one\n, 2 # two\n)", "l =\n(\n    1, # one\n    2 # two\n)\n"),
        ("a=1\r\ng={b=2}\r\n", "a=1\r\ng =\r\n{\r\n    b=2\r\n}\r\n"),
        ("a # c\n = # d\n 1", "a # c\n    = # d\n    1\n"),
        ("a=\"x\" \"y\"\n\"z\"", "a=\"x\" \"y\"\n    \"z\"\n"),
        ("g={\n\n\n  # first\n  a=1\n\n}", "g =\n{\n    # first\n    a=1\n}\n"),
        ("", ""),
        ("# only", "# only\n"),
    ];
    for (before, after) in cases {
        assert_eq!(format(before), after, "{before}");
    }
}

#[test]
fn the_seed_keeps_its_face() {
    let seed = include_str!("../examples/proxysql.cnf");
    let formatted = format(seed);
    let expected = include_str!("golden/seed.fmt.cnf");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/seed.fmt.cnf"), &formatted)
            .unwrap();
    } else {
        assert_eq!(formatted, expected);
    }
}

/// Tokens in any order that may or may not be a file, with comments and odd blanks between them.
fn text() -> impl Strategy<Value = String> {
    let gap = prop::sample::select(vec![
        " ",
        "\n",
        "\n\n",
        " # c\n",
        " /* c */ ",
        "\r\n",
        "\n// d\n",
        "\t",
        "/*\n*/",
    ]);
    let scalar =
        prop::sample::select(vec!["1", "true", "-2.5e3", "0xF", "5L", "\"s\"", "\"a\" \"b\"", "\"l\\n\nm\""]);
    let leaf = (scalar, gap.clone()).prop_map(|(scalar, gap)| format!("{scalar}{gap}"));
    let value = leaf.prop_recursive(3, 24, 4, move |inner| {
        let separator = prop::sample::select(vec![",", ";", "", " "]);
        let setting = (gap.clone(), gap.clone(), inner.clone(), separator);
        let settings = prop::collection::vec(setting, 0..4);
        let elements = prop::collection::vec((gap.clone(), inner, gap.clone()), 0..4);
        let group = (gap.clone(), settings).prop_map(|(gap, settings)| {
            let settings = settings.into_iter().enumerate();
            let all: String = settings
                .map(|(index, (a, b, value, end))| format!("n{index}{a}={b}{value}{end}\t"))
                .collect();
            format!("{{{gap}{all}}}{gap}")
        });
        let list = (elements, any::<bool>()).prop_map(|(elements, trailing)| {
            let all: Vec<String> =
                elements.into_iter().map(|(a, value, b)| format!("{a}{value}{b}")).collect();
            let end = if trailing && !all.is_empty() { "," } else { "" };
            format!("({}{end})", all.join(","))
        });
        prop_oneof![group, list]
    });
    prop::collection::vec(value, 0..5).prop_map(|values| {
        let settings = values.into_iter().enumerate();
        settings.map(|(index, value)| format!("s{index} = {value}\n")).collect()
    })
}

fn comments(text: &[u8]) -> usize {
    let text = String::from_utf8_lossy(text);
    text.matches("# c").count() + text.matches("/*").count() + text.matches("// d").count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn formatting_keeps_what_is_read_and_settles(text in text()) {
        let document = Document::parse(text.as_str()).unwrap();
        let once = document.format(&FormatOptions::default());
        let again = Document::parse(once.clone()).unwrap();
        prop_assert_eq!(ValueBuf::from(again.root().setting()), ValueBuf::from(document.root().setting()));
        prop_assert_eq!(comments(&once), comments(text.as_bytes()));
        let twice = again.format(&FormatOptions::default());
        prop_assert_eq!(String::from_utf8(twice).unwrap(), String::from_utf8(once.clone()).unwrap(), "{}", text);
        // It was really laid out, not given back because it would have been something else.
        let bare = |text: &[u8]| text.split(|&byte| byte == b'\n').any(|line| line.ends_with(b";"));
        prop_assert!(!bare(&once), "{}", String::from_utf8_lossy(&once));
    }
}
