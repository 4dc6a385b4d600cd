//! A cnf inside a manifest: found, mapped place by place, and written back.

#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use proxysql_kit::k8s::{Embedded, EmbeddedError, Limits, ReplaceError};

fn find(yaml: &str, key: Option<&str>) -> Result<Embedded, String> {
    Embedded::find(yaml, key).map_err(|error| error.to_string())
}

fn content(yaml: &str, key: Option<&str>) -> String {
    String::from_utf8(find(yaml, key).unwrap().content().to_vec()).unwrap()
}

const SEVERAL: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: one
data:
  a.cnf: a=1
  notes.txt: n
---
apiVersion: v1
kind: List
items:
- kind: Secret
  metadata: { name: one, namespace: blue }
  data: { a.cnf: YT0y, old.cnf: eA== }
  stringData: { old.cnf: b=3 }
- kind: ConfigMap
  metadata: { name: two, namespace: red }
  binaryData: { bin: /w== }
...
---
kind: StatefulSet
";

#[test]
fn keys_choose() {
    assert_eq!(content(SEVERAL, Some("ConfigMap/one/a.cnf")), "a=1");
    assert_eq!(content(SEVERAL, Some("Secret/one/a.cnf")), "a=2");
    assert_eq!(content(SEVERAL, Some("blue/one/a.cnf")), "a=2");
    assert_eq!(content(SEVERAL, Some("old.cnf")), "b=3");
    assert_eq!(content(SEVERAL, Some("one/notes.txt")), "n");
    assert_eq!(find(SEVERAL, Some("two/bin")).unwrap().content(), [0xff]);
    assert_eq!(
        find(SEVERAL, None).unwrap_err(),
        "several could be meant: name one as FILE#KEY; it has `ConfigMap/one/a.cnf`, \
         `Secret/one/a.cnf`, `old.cnf`"
    );
    assert_eq!(
        find(SEVERAL, Some("x")).unwrap_err(),
        "no ConfigMap or Secret has a key `x`; it has `ConfigMap/one/a.cnf`, `notes.txt`, \
         `Secret/one/a.cnf`, `old.cnf`, `bin`"
    );
    let found = find(SEVERAL, Some("Secret/one/a.cnf")).unwrap();
    assert_eq!((found.kind(), found.namespace(), found.object()), ("Secret", "blue", "one"));
    assert_eq!((found.key(), found.line()), ("a.cnf", 14));
}

#[test]
fn what_gives_no_cnf_says_why() {
    let error = |yaml: &str| find(yaml, None).unwrap_err();
    assert_eq!(error("kind: Service\n"), "no ConfigMap and no Secret in it, only `Service`");
    assert_eq!(error(""), "no ConfigMap and no Secret in it");
    let map = |data: &str| format!("kind: ConfigMap\ndata:\n{data}");
    assert_eq!(
        error(&map("  a.txt: x\n")),
        "no key of a ConfigMap or Secret ends in `.cnf`: name one as FILE#KEY; it has `a.txt`"
    );
    assert_eq!(
        error(&map("  a.cnf: {}\n")),
        "line 3: the value of `a.cnf` is no string: write the text as a block, `a.cnf: |`"
    );
    assert_eq!(error(&map("  a.cnf: x\n  a.cnf: y\n")), "line 4: the key `a.cnf` stands twice in one object");
    assert_eq!(
        error("kind: Secret\ndata: { a.cnf: 'a=1' }\n"),
        "line 2: the value of `a.cnf` is no base64: character 2 does not belong in it (plain text goes under `stringData`)"
    );
    assert_eq!(
        error(&map("  a.cnf: |\n{{ .Files.Get \"x\" | indent 4 }}\n")),
        "line 4, column 1: no YAML: simple key expected ':'; it looks like a template: render it first (`helm template`), and check the result"
    );
    assert_eq!(Embedded::find(b"a: \xff".as_slice(), None).unwrap_err(), EmbeddedError::Utf8 { offset: 3 });
}

#[test]
fn hostile_texts_cost_little() {
    let limits = Limits::default().bytes(200).nodes(50).depth(10).aliases(3);
    let within = |yaml: &str| Embedded::find_within(yaml, None, &limits).unwrap_err().to_string();
    assert_eq!(within(&"#".repeat(201)), "more than the limit of 200 bytes");
    assert_eq!(within(&"- a\n".repeat(50)), "more than the limit of 50 values");
    assert_eq!(within("a: &a [*a, *a, *a, *a]"), "more than the limit of 3 aliases");
    for open in ["[", "{a: ", "- "] {
        assert!(Embedded::find_within(open.repeat(40), None, &limits).is_err());
        assert!(Embedded::find(open.repeat(100_000), None).is_err());
    }
    // A list that holds itself, and a bomb of lists.
    assert!(find("kind: List\nitems: &a [{kind: List, items: *a}]", None).is_err());
    let mut bomb = "- &x0 {kind: List, items: []}\n".to_owned();
    for level in 1..100 {
        let before = level - 1;
        bomb += &format!("- &x{level} {{kind: List, items: [*x{before}, *x{before}, *x{before}]}}\n");
    }
    let bomb = format!("kind: List\nitems:\n{bomb}");
    assert!(find(&bomb, None).unwrap_err().starts_with("no ConfigMap"));
    let aliased = "kind: ConfigMap\nx: &d {a.cnf: a}\ndata: *d\n---\nkind: List\n";
    assert_eq!(content(aliased, None), "a");
}

/// Each byte that is no line end stands at its mapped place (a folded line end reads as a blank).
fn assert_mapped(found: &Embedded) {
    assert!(found.is_mapped());
    for (at, byte) in found.content().iter().enumerate() {
        let there = found.offset(at).unwrap();
        let bytes = found.yaml().as_bytes();
        if *byte != b'\n' && (*byte, bytes[there]) != (b' ', b'\n') {
            assert_eq!(bytes[there], *byte, "{at} of {:?}", found.yaml());
        }
    }
    assert!(found.offset(found.content().len()).unwrap() <= found.yaml().len());
}

#[test]
fn each_way_to_write_a_text_is_read() {
    let map = |value: &str| format!("kind: ConfigMap\ndata:\n  a.cnf: {value}\n  z: 1\n");
    for (value, text) in [
        ("|\n    a=1\n\n      b=2\n\n", "a=1\n\n  b=2\n"),
        ("|-\r\n    a=1\r\n    b=2\r\n", "a=1\nb=2"),
        ("|2+ # kept\n\n      a=1 \n    \t\n\n", "\n  a=1 \n\t\n\n\n"),
        ("&x !!str |\n   é='|'\n   # > |\n", "é='|'\n# > |\n"),
        ("\n    |\n     a=1\n", "a=1\n"),
        (">\n    a=1\n    b=2\n\n    c=3\n      d\n    e\n", "a=1 b=2\nc=3\n  d\ne\n"),
        (">-\n\n    a=1\n\n\n    b=2", "\na=1\n\nb=2"),
        ("a=1", "a=1"),
        ("'a=1'", "a=1"),
        ("\"é=1; b=2\"", "é=1; b=2"),
        ("|\n", ""),
    ] {
        let yaml = map(value);
        let found = find(&yaml, None).unwrap();
        assert_eq!(std::str::from_utf8(found.content()).unwrap(), text, "{value:?}");
        assert_mapped(&found);
    }
    for (value, text) in
        [("'it''s'", "it's"), ("\"a=1\\nb\"", "a=1\nb"), ("~", ""), ("", ""), ("a\n    b", "a b")]
    {
        let yaml = map(value);
        let found = find(&yaml, None).unwrap();
        assert_eq!(std::str::from_utf8(found.content()).unwrap(), text, "{value:?}");
        assert!(!found.is_mapped(), "{value:?}");
        assert_eq!(found.offset(0), None);
    }
    let json = r#"{"apiVersion":"v1","kind":"ConfigMap","data":{"a.cnf":"a=1\nb=\t\"\\u0041\"\n"}}"#;
    assert_eq!(content(json, None), "a=1\nb=\t\"\\u0041\"\n");
}

#[test]
fn only_a_literal_block_is_written_back() {
    let map = |value: &str| format!("# head\nkind: ConfigMap\ndata:\n  a.cnf: {value}# tail\n  z: 1\n");
    let replaced = |value: &str, text: &str| find(&map(value), None).unwrap().replaced(text.as_bytes());
    for (old, text, new) in [
        ("|\n    a:1\n\n", "a=1\n\nb=2\n", "|\n    a=1\n\n    b=2\n\n"),
        ("|- # c\n    a:1\n", "a=1\n", "|- # c\n    a=1\n"),
        ("| # |- no\n    a:1\n", "a=1\n\n", "| # |- no\n    a=1\n"),
        ("|+\n      a:1\n\n\n", "a=1\n", "|+\n      a=1\n"),
        ("|2\n      a:1\n", "  a=1", "|2\n      a=1\n"),
        ("|\r\n   a:1\r\n", "a=1\nb=2\n", "|\r\n   a=1\r\n   b=2\r\n"),
        ("|\n", "a=1\n", "|\n    a=1\n"),
        ("|\n        \n\n", "a=1\n", "|\n    a=1\n"),
    ] {
        assert_eq!(replaced(old, text), Ok(map(new)), "{old:?}");
    }
    assert_eq!(replaced("|\n    a:1\n", " a=1"), Err(ReplaceError::Unfit));
    assert_eq!(replaced("|\n    a:1\n", "a=\"\u{1}\""), Err(ReplaceError::Unfit));
    assert_eq!(replaced("|\n    a:1\n", "a=1\rz: 2"), Err(ReplaceError::Unfit));
    assert_eq!(replaced("'a=1' ", "a=2"), Err(ReplaceError::NotLiteral { style: "in quotes" }));
    assert_eq!(replaced(">\n    a=1\n", "a=2"), Err(ReplaceError::NotLiteral { style: "a folded block" }));
    let secret = find("kind: Secret\ndata: { a.cnf: YT0x }", None).unwrap();
    assert_eq!(secret.replaced(b"a=2"), Err(ReplaceError::NotLiteral { style: "base64" }));
    assert!(!format!("{secret:?}").contains("YT0x"));
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[ -~é\t]{0,20}", "[a-z_]{1,8}=\"[ -!#-~äß😀]{0,8}\"", "[ \t]{1,4}",]
}

/// A block as one writes it by hand: an indent for all lines, blank lines with fewer blanks.
fn block(lines: &[String], indent: usize, header: &str, end: &str) -> String {
    let pad = " ".repeat(indent);
    let lines = lines.iter().enumerate().map(|(at, line)| match line.as_str() {
        "" => format!("{}{end}", &pad[..at % (indent + 1)]),
        line => format!("{pad}{line}{end}"),
    });
    format!("{header}{end}{}", lines.collect::<String>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn each_line_of_a_literal_block_is_found_in_the_yaml(
        lines in prop::collection::vec(line(), 0..8),
        extra in 1_usize..6,
        chomp in prop::sample::select(vec!["", "-", "+"]),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        explicit in any::<bool>(),
    ) {
        let begins_blank = lines.iter().find(|line| !line.is_empty()).is_some_and(|line| line.starts_with(' '));
        let sign = if explicit || begins_blank { format!("|{extra}{chomp}") } else { format!("|{chomp}") };
        let block = block(&lines, 2 + extra, &format!("  a.cnf: {sign}"), end);
        let yaml = format!("kind: ConfigMap{end}data:{end}  b: |{end}    x=1{end}{block}  c: 1{end}");
        let found = find(&yaml, Some("a.cnf")).map_err(TestCaseError::fail)?;
        let text = String::from_utf8(found.content().to_vec()).unwrap();
        let whole: String = lines.iter().map(|line| format!("{line}\n")).collect();
        prop_assert_eq!(text.trim_end_matches('\n'), whole.trim_end_matches('\n'));
        assert_mapped(&found);
        // Line by line: the same line of the block.
        let mut at = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let there = found.offset(at).unwrap();
            prop_assert_eq!(yaml[..there].matches('\n').count(), 5 + index);
            at += line.len();
        }
        if let Some(last) = text.lines().last() {
            // Its end is the end of its last line, not the beginning of what follows.
            let before = &yaml[..found.offset(text.len()).unwrap()];
            let shown = before.rsplit('\n').next().unwrap_or_default();
            let expected = format!("{:1$}{last}", "", 2 + extra);
            prop_assert_eq!(shown.trim_end(), expected.trim_end());
        }
        // What is written back is the same file; and another text reads back.
        prop_assert_eq!(found.replaced(found.content()), Ok(yaml.clone()));
        if let Ok(other) = found.replaced(b"threads=4\n\n\n  # x\n") {
            let read = content(&other, Some("a.cnf"));
            prop_assert_eq!(read.trim_end(), "threads=4\n\n\n  # x");
            let head = yaml.find("a.cnf").unwrap();
            prop_assert_eq!(&other[..head], &yaml[..head]);
            let tail = format!("  c: 1{end}");
            prop_assert!(other.ends_with(&tail));
        } else {
            prop_assert!(false, "it takes any text");
        }
    }

    #[test]
    fn each_word_of_a_folded_block_is_found_in_the_yaml(
        first in "[a-z#=\"é][ -~]{0,12}[a-z]",
        more in prop::collection::vec(
            prop_oneof![Just(String::new()), "[a-z#=\"é][ -~]{0,12}[a-z]", " {1,3}[a-z]{1,3}"],
            0..8,
        ),
        blank in 0_usize..3,
    ) {
        let lines = [vec![String::new(); blank], vec![first], more].concat();
        let block = block(&lines, 4, "  a.cnf: >", "\n");
        let yaml = format!("kind: ConfigMap\ndata:\n{block}  c: 1\n");
        assert_mapped(&find(&yaml, None).map_err(TestCaseError::fail)?);
    }

    #[test]
    fn any_text_ends_in_a_result(text in "(?s).{0,80}", data in "[a.cnf:|>&*\"' \n{}\\[\\]-]{0,60}") {
        let _ = find(&text, None);
        if let Ok(found) = find(&format!("kind: ConfigMap\ndata:\n  a.cnf: {data}"), None)
            && found.is_mapped()
        {
            assert_mapped(&found);
        }
    }
}
