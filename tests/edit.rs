//! Edits: what they change, and that they change nothing else.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

use proptest::prelude::*;
use proxysql_kit::libconfig::{Document, EditError, MemoryIncludes, ParseOptions, ValueBuf};

fn edited(text: &str, edit: impl FnOnce(&mut Document) -> Result<(), EditError>) -> String {
    let mut document = Document::parse(text).unwrap();
    edit(&mut document).unwrap();
    document.to_string()
}

fn row(number: i32) -> ValueBuf {
    ValueBuf::group([("id", number.into()), ("name", "x".into())])
}

#[test]
fn a_value_is_replaced_in_its_place() {
    let text = "a = 1; # one\nb:{ c=\"x\" /* y */, d = ( 1, 2 ) }\n";
    assert_eq!(edited(text, |document| document.set("a", true)), text.replace("a = 1", "a = true"));
    assert_eq!(
        edited(text, |document| document.set("b.c", "it's \"q\"")),
        text.replace("\"x\"", "\"it's \\\"q\\\"\"")
    );
    assert_eq!(edited(text, |document| document.set("b.d.[1]", "z")), text.replace(", 2 )", ", \"z\" )"));
    // Without a blank the name would grow into the value.
    assert_eq!(edited("a=1b=2", |document| document.set("a", true)), "a=true b=2");
}

#[test]
fn new_settings_take_the_style_of_their_siblings() {
    let cases = [
        ("g=\n{\n  a : 1;\n  b : 2; # two\n}\n", "g=\n{\n  a : 1;\n  b : 2; # two\n  c : 3;\n}\n"),
        ("g={ a=1, b=2 }", "g={ a=1, b=2, c=3 }"),
        ("g={ a=1; b=2; }", "g={ a=1; b=2; c=3; }"),
        ("g={ a=1 b=2 }", "g={ a=1 b=2 c=3 }"),
        ("g={ a = 1 }", "g={ a = 1, c = 3 }"),
        ("g={a=1}", "g={a=1, c=3}"),
        ("g={}", "g={ c=3 }"),
        ("g={ }", "g={ c=3 }"),
        ("g =\r\n{\r\n\ta=1\r\n}\r\n", "g =\r\n{\r\n\ta=1\r\n\tc=3\r\n}\r\n"),
        ("g =\n{\n    # nothing yet\n}\n", "g =\n{\n    # nothing yet\n    c=3\n}\n"),
        (
            "g =\n{\n    a=1,\n    b=2\n    # last\n}\n",
            "g =\n{\n    a=1,\n    b=2,\n    c=3\n    # last\n}\n",
        ),
        ("g={\n a=1 }\n", "g={\n a=1\n c=3\n }\n"),
        ("g={a=1 # x\n}", "g={a=1, # x\nc=3\n}"),
    ];
    for (before, after) in cases {
        assert_eq!(edited(before, |document| document.set("g.c", 3)), after, "{before}");
    }
    assert_eq!(edited("a=1 # x", |document| document.set("b", 2)), "a=1 # x\nb=2");
    assert_eq!(edited("", |document| document.set("b", 2)), "b=2\n");
    let section = ValueBuf::group([("x", 1.into())]);
    assert_eq!(edited("a=1\n", |document| document.set("s", section)), "a=1\ns=\n{\n    x=1\n}\n");
}

#[test]
fn new_elements_take_the_style_of_their_siblings() {
    let cases = [
        ("l = ( 1, 2 )", "l = ( 1, 2, 9 )"),
        ("l = (1,2,)", "l = (1,2, 9,)"),
        ("l = ()", "l = ( 9 )"),
        ("l =\n(\n)\n", "l =\n(\n    9\n)\n"),
        ("l =\n(\n#  1\n)\n", "l =\n(\n#  1\n    9\n)\n"),
        ("l = (\n  1, # one\n  2  # two\n)\n", "l = (\n  1, # one\n  2,  # two\n  9\n)\n"),
        ("l = (\n  1,\n  2,\n)\n", "l = (\n  1,\n  2,\n  9,\n)\n"),
        ("l = [ 1 ]", "l = [ 1, 9 ]"),
    ];
    for (before, after) in cases {
        assert_eq!(edited(before, |document| document.append("l", 9)), after, "{before}");
    }
    let tall = "l =\n(\n    {\n        id=1\n        name=\"a\"\n    }\n)\n";
    let taller = "l =\n(\n    {\n        id=1\n        name=\"a\"\n    },\n    {\n        id=2\n        name=\"x\"\n    }\n)\n";
    assert_eq!(edited(tall, |document| document.append("l", row(2))), taller);
    let first = "l =\n(\n    # the first\n    { id=1 }\n)\n";
    let inserted = "l =\n(\n    { id=2, name=\"x\" },\n    # the first\n    { id=1 }\n)\n";
    assert_eq!(edited(first, |document| document.insert("l", 0, row(2))), inserted);
    assert_eq!(edited("l=(1,3)", |document| document.insert("l", 1, 2)), "l=(1, 2, 3)");
}

#[test]
fn several_elements_of_one_batch_stay_in_order() {
    for (before, after) in [
        ("l = ()", "l = ( 1, 2, 3 )"),
        ("l =\n(\n)\n", "l =\n(\n    1,\n    2,\n    3\n)\n"),
        ("l = ( 0 )", "l = ( 0, 1, 2, 3 )"),
        ("l = (\n  0 # x\n)", "l = (\n  0, # x\n  1,\n  2,\n  3\n)"),
    ] {
        let mut document = Document::parse(before).unwrap();
        let mut edits = document.edits();
        for value in 1..=3 {
            let list = document.get("l").unwrap();
            edits.insert(list, list.len(), &value.into()).unwrap();
        }
        let patch = edits.finish().unwrap();
        document.apply(&patch).unwrap();
        assert_eq!(document.to_string(), after);
    }
}

#[test]
fn what_is_removed_takes_its_comments_along() {
    let text = "# file\n\n# of a\na=1 # a too\nb=2\n";
    assert_eq!(edited(text, |document| document.remove("a")), "# file\n\nb=2\n");
    let list = "l = (\n  { x=1 }, # one\n  # of two\n  { x=2 }\n)\n";
    assert_eq!(edited(list, |document| document.remove("l.[0]")), "l = (\n  # of two\n  { x=2 }\n)\n");
    assert_eq!(edited(list, |document| document.remove("l.[1]")), "l = (\n  { x=1 } # one\n)\n");
    for (before, path, after) in [
        ("l=( 1, 2, 3 )", "l.[1]", "l=( 1, 3 )"),
        ("l=( 1, 2, 3 )", "l.[2]", "l=( 1, 2 )"),
        ("l=( 1, 2, 3 )", "l.[0]", "l=( 2, 3 )"),
        ("l=( 1 )", "l.[0]", "l=( )"),
        ("g={ a=1 b=2 c=3 }", "g.b", "g={ a=1 c=3 }"),
        ("g={ a=1; b=2; }", "g.b", "g={ a=1; }"),
    ] {
        assert_eq!(edited(before, |document| document.remove(path)), after, "{before}");
    }
}

#[test]
fn an_edit_goes_to_the_file_that_holds_the_place() {
    let files = MemoryIncludes::new().with("rows", "{ id=1 },\n{ id=2 } # two\n");
    let options = ParseOptions::new().includes(&files);
    let mut document = Document::parse_with("l = (\n@include \"rows\"\n)\na=1\n", &options).unwrap();
    document.set("l.[0].id", 7).unwrap();
    document.append("l", row(3)).unwrap();
    document.remove("l.[1]").unwrap();
    assert_eq!(document.to_string(), "l = (\n@include \"rows\"\n)\na=1\n");
    let rows = String::from_utf8(document.sources()[1].text().to_vec()).unwrap();
    assert_eq!(rows, "{ id=7 },\n{ id=3, name=\"x\" }\n");
}

#[test]
fn an_edit_that_libconfig_would_refuse_changes_nothing() {
    let text = "a=[1,2] g={ x=1 } s=1";
    let mut document = Document::parse(text).unwrap();
    assert!(matches!(document.append("a", "text"), Err(EditError::Refused(_))));
    assert!(matches!(document.set("g.not a name", 1), Err(EditError::Value(_))));
    assert!(matches!(document.set("none.x", 1), Err(EditError::NotFound(_))));
    assert!(matches!(document.set("s.x", 1), Err(EditError::WrongType { .. })));
    assert!(matches!(document.insert("a", 3, 1), Err(EditError::Position { .. })));
    assert!(matches!(document.set("s", f64::NAN), Err(EditError::Value(_))));
    assert_eq!(document.to_string(), text);
}

fn scalar() -> impl Strategy<Value = ValueBuf> {
    prop_oneof![
        any::<bool>().prop_map(ValueBuf::Bool),
        any::<i32>().prop_map(ValueBuf::Int),
        any::<i64>().prop_map(ValueBuf::Int64),
        any::<f64>().prop_filter("NaN", |value| !value.is_nan()).prop_map(ValueBuf::Float),
        prop::collection::vec(1..=255_u8, 0..8).prop_map(ValueBuf::Str),
    ]
}

fn value() -> impl Strategy<Value = ValueBuf> {
    scalar().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(ValueBuf::List),
            prop::collection::btree_map("[a-z]{1,3}_", inner, 0..4).prop_map(ValueBuf::group),
            prop::collection::vec(any::<i32>().prop_map(ValueBuf::Int), 0..4).prop_map(ValueBuf::Array),
        ]
    })
}

/// Texts of a group `g` and a list `l` in many layouts.
fn layouts() -> impl Strategy<Value = (String, usize, usize)> {
    let gap =
        prop::sample::select(vec![" ", "\n", "\n  ", " # c\n", " /* c */ ", "\r\n\t", "\n\n  # c\n  ", ""]);
    let gaps = prop::collection::vec(gap, 16);
    let separator = prop::sample::select(vec!["", ",", ";"]);
    (gaps, separator, 0..4_usize, 0..4_usize, any::<bool>()).prop_map(
        |(gaps, separator, settings, elements, trailing)| {
            let mut gap = gaps.into_iter().cycle();
            let mut next = || gap.next().unwrap_or(" ");
            let mut text = format!("g{}={}{{{}", next(), next(), next());
            for index in 0..settings {
                text += &format!(
                    "n{index} ={}{index}{separator}{}",
                    next(),
                    if separator.is_empty() { " " } else { next() }
                );
            }
            text += &format!("}}{};{}l=({}", next(), next(), next());
            for index in 0..elements {
                let comma = if index + 1 < elements || trailing { "," } else { "" };
                text += &format!("{}{{ x={index} }}{}{comma}{}", next(), next(), next());
            }
            text += &format!("){}z=1{}", next(), next());
            (text, settings, elements)
        },
    )
}

fn plain(document: &Document) -> ValueBuf {
    document.root().setting().into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_edit_does_what_it_says_and_nothing_else(
        (text, settings, elements) in layouts(), value in value(), pick in any::<prop::sample::Index>(), kind in 0..5
    ) {
        let mut document = Document::parse(text.as_str()).unwrap();
        let ValueBuf::Group(mut expected) = plain(&document) else { unreachable!() };
        match kind {
            0 => {
                document.set("g.new", value.clone()).unwrap();
                let ValueBuf::Group(group) = &mut expected[0].1 else { unreachable!() };
                group.push(("new".into(), value));
            }
            1 => {
                let position = pick.index(elements + 1);
                document.insert("l", position, value.clone()).unwrap();
                let ValueBuf::List(list) = &mut expected[1].1 else { unreachable!() };
                list.insert(position, value);
            }
            2 if elements > 0 => {
                let position = pick.index(elements);
                document.remove(format!("l.[{position}]")).unwrap();
                let ValueBuf::List(list) = &mut expected[1].1 else { unreachable!() };
                list.remove(position);
            }
            3 if settings > 0 => {
                let position = pick.index(settings);
                document.remove(format!("g.n{position}")).unwrap();
                let ValueBuf::Group(group) = &mut expected[0].1 else { unreachable!() };
                group.remove(position);
            }
            _ => {
                let position = pick.index(expected.len());
                document.set(expected[position].0.clone(), value.clone()).unwrap();
                expected[position].1 = value;
            }
        }
        prop_assert_eq!(plain(&document), ValueBuf::Group(expected), "{}\n--->\n{}", text, document);
    }
}

#[test]
fn elements_at_the_end_are_removed_together() {
    let cases = [
        (
            "a =\n(\n    { x=1 },\n    # two\n    { x=2 }, # zwei\n    { x=3 }\n)\n",
            "a =\n(\n    { x=1 }\n)\n",
        ),
        ("a=( {x=1}, {x=2}, {x=3} )", "a=( {x=1} )"),
        ("a=( {x=1}, {x=2}, {x=3}, )", "a=( {x=1}, )"),
        ("a=({x=1},{x=2},{x=3})", "a=({x=1})"),
        ("a={ x=1; y=2; z=3; }", "a={ x=1; }"),
        ("a=({ x=1\n},\n{ x=2\n} , { x=3\n}\n)", "a=({ x=1\n}\n\n)"),
    ];
    for (before, after) in cases {
        let mut document = Document::parse(before).unwrap();
        let mut edits = document.edits();
        // In any order.
        for at in [2, 1] {
            edits.remove(document.get("a").unwrap().at(at).unwrap()).unwrap();
        }
        let patch = edits.finish().unwrap();
        document.apply(&patch).unwrap();
        assert_eq!(document.to_string(), after, "{before}");
    }
}

#[test]
fn elements_are_added_where_the_line_goes_on() {
    let mut document = Document::parse("a=(\n{ x=1\n} , { x=4 }\n)").unwrap();
    let mut edits = document.edits();
    for x in [2, 3] {
        edits.insert(document.get("a").unwrap(), 1, &ValueBuf::group([("x", x.into())])).unwrap();
    }
    let patch = edits.finish().unwrap();
    document.apply(&patch).unwrap();
    assert_eq!(document.to_string(), "a=(\n{ x=1\n} ,\n{\n    x=2\n},\n{\n    x=3\n},\n{ x=4 }\n)");
}
