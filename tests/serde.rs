//! serde both ways: into types, out of types, and what cannot be.

#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use proxysql_kit::libconfig::{
    Document, FormatOptions, SerdeError, ValueBuf, from_document, from_setting, from_slice, from_str,
    to_string, to_value,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, Serialize, PartialEq)]
struct Config {
    datadir: String,
    mysql_servers: Vec<Server>,
    #[serde(default)]
    ports: Vec<u16>,
}

#[derive(Debug, Deserialize, Serialize, PartialEq)]
struct Server {
    #[serde(alias = "hostname")]
    address: String,
    port: u16,
    weight: Option<i64>,
    #[serde(default)]
    status: Status,
    check: Option<Check>,
}

#[derive(Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    #[default]
    Online,
    Shunned,
}

#[derive(Debug, Deserialize, Serialize, PartialEq)]
enum Check {
    Never,
    Every(u32),
    Between(u32, f64),
    At { hour: u8, name: char },
}

const TEXT: &str = r#"
datadir="/var/lib/proxysql"
mysql_servers = (
    { address="db1", port=3306, status="SHUNNED", check="Never" },
    { hostname="db2", port=3307L, weight=0x10, unknown=(1, { x=true }), check={ Every=5 } },
    { hostname="db3", port=1, check={ Between=(1, 2.5) } },
    { hostname="db4", port=1, check={ At={ hour=3, name="é" } } }
)
ports=[1, 2]
"#;

#[test]
fn a_file_becomes_a_type_and_back() {
    let config: Config = from_str(TEXT).unwrap();
    assert_eq!(config.mysql_servers[0].status, Status::Shunned);
    assert_eq!(config.mysql_servers[0].weight, None);
    assert_eq!(config.mysql_servers[1].weight, Some(16));
    assert_eq!(config.mysql_servers[2].check, Some(Check::Between(1, 2.5)));
    assert_eq!(config.mysql_servers[3].check, Some(Check::At { hour: 3, name: 'é' }));
    assert_eq!(config.ports, [1, 2]);
    let document = Document::parse(TEXT).unwrap();
    assert_eq!(from_document::<Config>(&document).unwrap(), config);
    let server: Server = from_setting(document.lookup("mysql_servers.[1]").unwrap()).unwrap();
    assert_eq!(server, config.mysql_servers[1]);
    let text = to_string(&config).unwrap();
    assert!(text.contains("address=\"db1\", port=3306"), "{text}");
    assert_eq!(from_str::<Config>(&text).unwrap(), config);
}

#[test]
fn strings_are_borrowed_where_they_stand_in_the_text() {
    #[derive(Deserialize)]
    struct Borrowed<'a> {
        name: &'a str,
        #[serde(borrow)]
        bytes: &'a [u8],
    }
    let text = String::from("name=\"plain\" bytes=\"also\"");
    let found: Borrowed<'_> = from_str(&text).unwrap();
    assert_eq!((found.name, found.bytes), ("plain", &b"also"[..]));
    assert!(text.as_bytes().as_ptr_range().contains(&found.name.as_ptr()));
    let document = Document::parse(text).unwrap();
    assert_eq!(from_document::<Borrowed<'_>>(&document).unwrap().name, "plain");
    let escaped = from_str::<Borrowed<'_>>(r#"name="a\n" bytes="""#);
    assert!(escaped.is_err(), "what must be unescaped cannot be borrowed");
    let raw: BTreeMap<String, Vec<u8>> = from_slice(b"a=[1, 255]").unwrap();
    assert_eq!(raw["a"], [1, 255]);
}

#[test]
fn errors_name_the_path_and_the_line() {
    let error = from_str::<Config>(&TEXT.replace("port=3307L", "port=70000")).unwrap_err();
    assert_eq!(error.path(), "mysql_servers.[1].port");
    assert_eq!(error.location().unwrap().line, 5);
    let error = from_str::<Config>(&TEXT.replace("port=3306, ", "")).unwrap_err();
    assert!(error.to_string().contains("missing field `port`"), "{error}");
    assert_eq!(error.location().unwrap().line, 4);
    assert!(matches!(from_str::<Config>("a=").unwrap_err(), SerdeError::Parse(_)));
    let secret = from_str::<BTreeMap<String, i32>>("admin_credentials=\"hunter2\"").unwrap_err();
    assert!(!format!("{secret} {secret:?}").contains("hunter2"));
}

#[test]
fn what_libconfig_cannot_hold_is_an_error() {
    let one = |key: &str, value: ValueBuf| BTreeMap::from([(key.to_owned(), value)]);
    assert!(to_string(&BTreeMap::from([("a", f64::NAN)])).is_err());
    assert!(to_string(&BTreeMap::from([("a", u64::MAX)])).is_err());
    assert!(to_string(&BTreeMap::from([("a", i128::MIN)])).is_err());
    assert!(to_string(&BTreeMap::from([("a", vec![Some(1), None])])).is_err());
    assert!(to_string(&BTreeMap::from([("a", vec![()])])).is_err());
    assert!(to_string(&BTreeMap::from([("a", "b\0")])).is_err());
    for name in ["", "1a", "a b", "true", "a.b"] {
        let error = to_string(&one(name, 1.into())).unwrap_err();
        assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
    }
    assert!(to_string(&[1, 2]).is_err());
    let error =
        to_string(&BTreeMap::from([("outer", BTreeMap::from([("inner", vec![f64::NAN])]))])).unwrap_err();
    assert_eq!(error.path(), "outer.inner.[0]");
    assert_eq!(to_string(&BTreeMap::from([("a", Some(1_i64)), ("b", None)])).unwrap(), "a=1\n");
    assert_eq!(to_string(&BTreeMap::from([("a", 1_i64 << 40)])).unwrap(), "a=1099511627776L\n");
}

#[test]
fn deep_values_end_in_an_error() {
    let mut value = ValueBuf::Int(1);
    for _ in 0..ValueBuf::MAX_DEPTH + 2 {
        value = ValueBuf::list([value]);
    }
    assert!(to_value(&value).is_err());
}

#[test]
fn other_formats_see_what_is_held() {
    let seed = Document::parse(include_str!("../examples/proxysql.cnf")).unwrap();
    let json = serde_json::to_value(seed.root().setting()).unwrap();
    assert_eq!(json["mysql_servers"][0]["port"], 3306);
    assert_eq!(json["datadir"], "/var/lib/proxysql");
    let back: ValueBuf = serde_json::from_str(r#"{ "a": [1, true], "b": 5000000000, "c": "x" }"#).unwrap();
    assert_eq!(to_string(&back).unwrap(), "a=( 1, true )\nb=5000000000L\nc=\"x\"\n");
}

fn scalar() -> impl Strategy<Value = ValueBuf> {
    prop_oneof![
        any::<bool>().prop_map(ValueBuf::Bool),
        any::<i32>().prop_map(ValueBuf::Int),
        any::<i64>().prop_map(ValueBuf::Int64),
        Just(ValueBuf::Int64(5)),
        any::<f64>().prop_filter("NaN", |value| !value.is_nan()).prop_map(ValueBuf::Float),
        prop::sample::select(vec![f64::INFINITY, -0.0, f64::MIN_POSITIVE, 1e300]).prop_map(ValueBuf::Float),
        prop::collection::vec(1..=255_u8, 0..8).prop_map(ValueBuf::Str),
        "\\PC{0,6}".prop_map(ValueBuf::from),
    ]
}

fn value() -> impl Strategy<Value = ValueBuf> {
    let array = prop_oneof![
        prop::collection::vec(any::<i32>().prop_map(ValueBuf::Int), 0..4),
        prop::collection::vec(any::<i64>().prop_map(ValueBuf::Int64), 0..4),
        prop::collection::vec(any::<bool>().prop_map(ValueBuf::Bool), 0..4),
    ];
    prop_oneof![scalar(), array.prop_map(ValueBuf::Array)].prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(ValueBuf::List),
            prop::collection::btree_map("[A-Za-z*][A-Za-z0-9_*-]{0,5}_", inner, 0..4)
                .prop_map(ValueBuf::group),
        ]
    })
}

fn group() -> impl Strategy<Value = ValueBuf> {
    prop::collection::btree_map("[A-Za-z*][A-Za-z0-9_*-]{0,5}_", value(), 0..5).prop_map(ValueBuf::group)
}

fn holds_float(value: &ValueBuf) -> bool {
    match value {
        ValueBuf::Float(_) => true,
        ValueBuf::Group(settings) => settings.iter().any(|(_, value)| holds_float(value)),
        ValueBuf::List(elements) | ValueBuf::Array(elements) => elements.iter().any(holds_float),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_value_that_libconfig_can_hold_comes_back(value in group()) {
        let text = to_string(&value).unwrap();
        let back: ValueBuf = from_str(&text).unwrap();
        prop_assert_eq!(&back, &value, "{}", text);
        let document = Document::parse(text.as_str()).unwrap();
        prop_assert_eq!(&ValueBuf::from(document.root().setting()), &value);
        prop_assert_eq!(&to_value(&document.root().setting()).unwrap(), &value);
        // The printers agree on what is read, but for the digits that the canonical one cuts.
        let formatted = Document::parse(document.format(&FormatOptions::default())).unwrap();
        prop_assert_eq!(&ValueBuf::from(formatted.root().setting()), &value);
        if !holds_float(&value) {
            let canonical = Document::parse(document.to_canonical()).unwrap();
            prop_assert_eq!(&ValueBuf::from(canonical.root().setting()), &value);
        }
    }
}
