//! Placeholders: where they are values, and what takes their place.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proxysql_kit::libconfig::{
    Document, EditError, Fill, Filling, Fillings, FormatOptions, Limits, MemoryIncludes, ParseError,
    ParseOptions, PlaceholderKind, RenderError, RenderOptions, Setting, UnfilledReason, Value, ValueBuf,
    ValueType, Values,
};

fn options() -> ParseOptions<'static> {
    ParseOptions::new().placeholders(true)
}

fn read(text: &str) -> Document {
    Document::parse_with(text, &options()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> ParseError {
    Document::parse_with(text, &options()).unwrap_err()
}

/// Each error as `LINE code`.
fn codes(text: &str) -> Vec<String> {
    let error = refused(text);
    error.diagnostics().map(|found| format!("{} {}", found.location.line, found.cause.code())).collect()
}

fn text_of<'a>(setting: Setting<'a>) -> &'a str {
    let Value::Placeholder(placeholder) = setting.value() else { panic!("{setting:?}") };
    placeholder.text()
}

#[test]
fn outside_quotes_they_are_values() {
    let text = r#"a=${A} b : $B; c=( {{ .Values.c }}, 1, {d=$D} ) e=[${E},1,2] f=10${N}L g="${G}""#;
    let document = read(text);
    assert_eq!(document.to_bytes(), text.as_bytes());
    for (path, found) in [
        ("a", "${A}"),
        ("b", "$B"),
        ("c.[0]", "{{ .Values.c }}"),
        ("c.[2].d", "$D"),
        ("e.[0]", "${E}"),
        ("f", "10${N}L"),
    ] {
        let setting = document.lookup(path).unwrap();
        assert_eq!(text_of(setting), found);
        assert_eq!(setting.value_type(), ValueType::Placeholder);
        assert_eq!(setting.source().unwrap(), found.as_bytes());
        assert_eq!((setting.in_cpp().int(), setting.in_c().str(), setting.as_bool()), (None, None, None));
    }
    let found: Vec<_> = document
        .placeholders()
        .map(|found| (found.name().unwrap(), found.setting().path(), found.is_in_string()))
        .collect();
    let expected = [
        ("A", "a", false),
        ("B", "b", false),
        ("c", "c.[0]", false),
        ("D", "c.[2].d", false),
        ("E", "e.[0]", false),
        ("N", "f", false),
        ("G", "g", true),
    ];
    assert_eq!(found, expected.map(|(name, path, quoted)| (name, path.to_owned(), quoted)));
    let values = Values::parse_with(text, &options()).unwrap();
    assert_eq!(text_of(values.lookup("a").unwrap()), "${A}");
}

#[test]
fn they_are_off_unless_asked_for() {
    for (text, code) in [
        ("a=1\nb=${B}\nc=2", "not-filled"),
        ("b=$B", "not-filled"),
        ("a={{ .Values.a }}\nb=1", "not-filled"),
        ("{{ include \"x\" . }}\nb=1", "not-filled"),
        ("a=$1", "bare-word"),
    ] {
        let error = Document::parse(text).unwrap_err();
        assert_eq!(error.first().cause.code(), code, "{text}");
        assert_eq!(error.diagnostics().count(), 1, "{text}: {error:?}");
    }
    assert!(Document::parse("a=\"${A} {{ .x }}\"").is_ok());
}

#[test]
fn actions_may_quote_within_strings() {
    let document = read(r#"a="{{ .Values.host | default "db1" }}:{{ .Values.port }}" b="{{ .x }}" c=1"#);
    assert_eq!(
        text_of(document.get("a").unwrap()),
        r#""{{ .Values.host | default "db1" }}:{{ .Values.port }}""#
    );
    assert_eq!(document.get("b").unwrap().as_str().unwrap(), "{{ .x }}");
    let found: Vec<_> = document.placeholders().map(|found| (found.name(), found.is_in_string())).collect();
    assert_eq!(found, [(Some("host"), true), (Some("port"), true), (None, true)]);
    let values = Fillings::new().value("port", 1);
    let template = read(r#"a="x\t{{ .Values.host | default "d\"b" }}:{{ .Values.port }}""#);
    assert_eq!(template.render(&values).unwrap().to_string(), r#"a="x\td\"b:1""#);
}

#[test]
fn elsewhere_they_are_errors_that_help() {
    let cases: &[(&str, &[&str])] = &[
        ("{{ include \"x\" . }}\nb=1\n", &["1 placeholder-place"]),
        ("a=1\n${B}=1\nc=1", &["2 placeholder-place"]),
        ("a${B}=1\nc=1", &["1 placeholder-place"]),
        ("a=\"x\"${B}\nc=1", &["1 placeholder-place"]),
        (
            "{{- if .Values.a }}\nb=1\n{{- else }}\nb=2\n{{- end }}\nc=d",
            &["1 template-control", "6 bare-word"],
        ),
        ("a={{ if .x }}1{{ else }}2{{ end }}\nb=1", &["1 template-control"]),
        ("a=( {{ range .x }}\n{b=1},\n{{ end }}\n)", &["1 template-control"]),
        ("g={\n{{/* remark */}}\na=1\n}", &["2 template-control"]),
        ("a=(1 ${B})", &["1 missing-comma"]),
        ("a=${B\nb=1", &["1 bare-word"]),
        ("@include \"${DIR}/x\"\n", &["1 file"]),
    ];
    for (text, expected) in cases {
        assert_eq!(&codes(text), expected, "{text}\n{}", refused(text));
    }
    assert!(refused("{{ if .x }}").first().help.as_ref().unwrap().contains("helm template"));
    let include = refused("@include \"${DIR}/x\"\n");
    assert!(include.first().help.as_ref().unwrap().contains("path of a directive"));
    let told = format!("{0} {0:?}", refused("${A:-hunter2}=1\n{{ f \"hunter2\" }}"));
    assert!(!told.contains("hunter"), "{told}");
}

#[test]
fn layout_edits_and_printers_keep_them() {
    let mut document = read("a:${A};b:( {{ .Values.b | default \"x\" }},1${N} );c=[$C,\"x\"]");
    let formatted = document.format(&FormatOptions::default());
    assert_eq!(
        String::from_utf8(formatted).unwrap(),
        "a=${A}\nb = ( {{ .Values.b | default \"x\" }}, 1${N} )\nc = [ $C, \"x\" ]\n"
    );
    assert_eq!(
        String::from_utf8(document.to_canonical()).unwrap(),
        "a = ${A};\nb = ( {{ .Values.b | default \"x\" }}, 1${N} );\nc = [ $C, \"x\" ];\n"
    );
    document.set("d", 1).unwrap();
    document.append("b", ValueBuf::Placeholder("${E}".into())).unwrap();
    document.remove("c").unwrap();
    document.set("a", ValueBuf::from(document.lookup("b").unwrap())).unwrap();
    assert_eq!(
        document.to_string(),
        "a:( {{ .Values.b | default \"x\" }}, 1${N}, ${E} );b:( {{ .Values.b | default \"x\" }},1${N}, ${E} );d:1"
    );
    for text in ["", "x", "1", "${A} b=1", "\"x\"", "${A};", "{{ if .x }}", "${A}\n"] {
        let refused = document.set("a", ValueBuf::Placeholder(text.into()));
        assert!(matches!(refused, Err(EditError::Value(_))), "{text}");
    }
    let plain = Document::parse("a=1").unwrap().set("a", ValueBuf::Placeholder("${A}".into()));
    assert!(matches!(plain, Err(EditError::Refused(_))));
}

#[test]
fn secrets_in_defaults_are_not_told() {
    let document = read("password=${PW:-hunter2} a=\"{{ .Values.pw | default \"hunter2\" }}\"");
    let setting = document.get("password").unwrap();
    let found: Vec<_> = document.placeholders().collect();
    let told =
        format!("{document:?} {setting:?} {:?} {found:?} {:?}", setting.value(), ValueBuf::from(setting));
    assert!(!told.contains("hunter"), "{told}");
    let error = document.render(&Fillings::new().variable("PW", "hunter2\0")).unwrap_err();
    let told = format!("{error} {error:?} {:?}", Fillings::new().variable("PW", "hunter2"));
    assert!(!told.contains("hunter"), "{told}");
}

fn values() -> Fillings {
    Fillings::new()
        .variable("HOST", "db1")
        .variable("PORT", "3306")
        .variable("EMPTY", "")
        .variable("QUOTE", "a\"b\\c\nd")
        .variable("YES", "True")
        .variable("F", "1.5")
        .variable("BIN", vec![0xff, b'x'])
        .variable("NUL", "a\0b")
        .variable("A", "VALUE")
        .variable("_", "/usr/bin/env")
        .value("db.host", "db2")
        .value("db.port", 3307)
        .value("db.zero", 0)
        .value("db.off", false)
        .value("db", Filling::NotScalar)
}

fn rendered(text: &str) -> String {
    read(text).render(&values()).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

#[test]
fn values_are_written_for_where_they_stand() {
    for (text, expected) in [
        ("a=${PORT}", "a=3306"),
        ("a=$PORT;b=$HOST", "a=3306;b=\"db1\""),
        ("a=${HOST}:${PORT}", "a=\"db1:3306\""),
        ("a=1${PORT}L", "a=13306L"),
        ("a=-${F}", "a=-1.5"),
        ("a=${YES}", "a=True"),
        ("a=${EMPTY}", "a=\"\""),
        ("a=${QUOTE}", r#"a="a\"b\\c\nd""#),
        ("a=\"${QUOTE}\"", r#"a="a\"b\\c\nd""#),
        ("a=\"${PORT}\"", "a=\"3306\""),
        ("a=0${PORT}", "a=\"03306\""),
        ("a=0x${PORT}", "a=0x3306"),
        ("a=0x${PORT}${PORT}${PORT}", "a=\"0x330633063306\""),
        ("a=${PORT}${PORT}${PORT}${PORT}${PORT}", "a=\"33063306330633063306\""),
        ("a=.${EMPTY}", "a=\".\""),
        ("a=\"${BIN}\"", r#"a="\xFFx""#),
        ("a=\"x\\t${PORT}\\d\" # ${NOT}", "a=\"x\\t3306\\d\" # ${NOT}"),
        (r#"a="\${HOST}" b="\x4${PORT}" c="\\${PORT}""#, r#"a="\\db1" b="\\x43306" c="\\3306""#),
        (r#"a="\${EMPTY}n" b="\x${EMPTY}41""#, r#"a="\\n" b="\\x41""#),
        ("a=\"${HOST}\" /* ${X} */ \"-${PORT}\"", "a=\"db1\" /* ${X} */ \"-3306\""),
        ("a=${NONE:-x y} b=${NONE-7} c=${EMPTY:-1} d=${EMPTY-1}", "a=\"x y\" b=7 c=1 d=\"\""),
        (r#"a=${NONE:-"7"} b="${NONE:-x\ty\"z}" c="${HOST:-x}""#, r#"a="7" b="x\ty\"z" c="db1""#),
        ("a={{ .Values.db.port }}", "a=3307"),
        ("a={{- .Values.db.port | quote -}}", "a=\"3307\""),
        ("a={{ $.Values.db.none | default 5 }} b={{ .Values.db.zero | default 6 }}", "a=5 b=6"),
        ("a={{ .Values.db.off | default `x` | quote }} b={{ quote .Values.db.zero }}", "a=\"x\" b=\"0\""),
        ("a=\"{{ .Values.db.host }}:{{.Values.db.port}}\"", "a=\"db2:3307\""),
        (r#"a="{{ .Values.none | default \"x\" }}""#, r#"a="x""#),
        // Types of arrays.
        ("a=[${PORT},${HOST}]", "a=[\"3306\",\"db1\"]"),
        ("a=[${PORT},${PORT}]", "a=[3306,3306]"),
        ("a=[\"x\",${PORT},\"${PORT}\"]", "a=[\"x\",\"3306\",\"3306\"]"),
        ("a=[1,${PORT}] b=[${YES},false]", "a=[1,3306] b=[True,false]"),
        ("a=(1,${HOST},${PORT})", "a=(1,\"db1\",3306)"),
        // What only looks like a placeholder.
        (r#"a="^x$|y$ $1 \$2 ${3} {{2}}""#, r#"a="^x$|y$ $1 \$2 ${3} {{2}}""#),
        (r#"a="$A$005$HOST""#, r#"a="$A$005$HOST""#),
        // Values are not looked through again.
        ("a=${NONE:-$HOST}", "a=\"$HOST\""),
    ] {
        assert_eq!(rendered(text), expected, "{text}");
    }
}

#[test]
fn bare_names_in_strings_are_a_matter_of_choice() {
    let bare = |text: &str| {
        let options = RenderOptions::default().bare_in_strings(true);
        read(text).render_with(&values(), &options).unwrap().to_string()
    };
    assert_eq!(bare(r#"a="$HOST:$PORT" b="$NONE$1" c="x$_""#), r#"a="db1:3306" b="$NONE$1" c="x$_""#);
    assert_eq!(bare(r#"a="$A$005$x""#), r#"a="VALUE$005$x""#);
}

#[test]
fn all_that_cannot_be_filled_is_told_at_once() {
    let text = r#"a=${X}
b="${Y:?z}" c=( "{{ .Values.z }}", { d={{ .Release.Name }} } )
e="{{ .Values.db.port | quote }}" f=${NUL} g=[1, ${HOST}] h="{{- .Values.db.port }}" i={{ .Values.db }}
j=${A:-${B}} k=${HOST}-${Z}"#;
    let Err(RenderError::Unfilled(found)) = read(text).render(&values()) else { panic!() };
    let told: Vec<_> = found
        .iter()
        .map(|found| (found.location.line, found.path.as_str(), found.placeholder.as_str(), found.reason))
        .collect();
    assert_eq!(
        told,
        [
            (1, "a", "${X}", UnfilledReason::Unset),
            (2, "b", "${Y}", UnfilledReason::Operator),
            (2, "c.[0]", "{{ .Values.z }}", UnfilledReason::Unset),
            (2, "c.[1].d", "{{ .Release.Name … }}", UnfilledReason::Template),
            (3, "e", "{{ .Values.db.port }}", UnfilledReason::QuoteInString),
            (3, "f", "${NUL}", UnfilledReason::Nul),
            (3, "g.[1]", "${HOST}", UnfilledReason::ArrayType),
            (3, "h", "{{ .Values.db.port }}", UnfilledReason::TrimInString),
            (3, "i", "{{ .Values.db }}", UnfilledReason::NotScalar),
            (4, "j", "${A}", UnfilledReason::Operator),
            (4, "k", "${Z}", UnfilledReason::Unset),
        ]
    );
}

#[test]
fn files_that_are_included_are_filled_too() {
    let files = MemoryIncludes::new()
        .with("in", "b=${PORT}\n")
        .with("border", "d=\"${HOST}")
        .with("nul", "e=\"x\0${HOST}\"");
    let options = options().includes(&files);
    let render = |text: &str| Document::parse_with(text, &options).unwrap().render(&values());
    let document = render("a=${HOST} c=( {\n@include \"in\"\n}, {\n@include \"in\"\n} )").unwrap();
    assert_eq!(document.sources()[1].text(), b"b=3306\n");
    assert_eq!(document.lookup("c.[1].b").unwrap().as_int(), Some(3306));
    let error = render("@include \"border\"\nx\"").unwrap_err();
    assert!(
        matches!(&error, RenderError::Unfilled(found) if found[0].reason == UnfilledReason::SeveralFiles)
    );
    assert!(matches!(render("@include \"nul\"\n"), Err(RenderError::Changed(path)) if path == "e"));
}

#[test]
fn rendering_has_limits() {
    let options = options().limits(Limits::default().bytes(1_000));
    let text = "a=( \"${X}\", \"${X}\", \"${X}\" )";
    let template = Document::parse_with(text, &options).unwrap();
    let render = |len| template.render(&Fillings::new().variable("X", "x".repeat(len)));
    assert!(render(300).is_ok());
    assert!(matches!(render(400), Err(RenderError::TooLarge { limit: 1_000 })));
    assert!(matches!(render(330), Err(RenderError::Refused { .. })));
}

#[cfg(feature = "serde")]
#[test]
fn serde_wants_them_filled() {
    use proxysql_kit::libconfig::{from_document, to_string};
    let document = read("a=1 g={ b=${B} }");
    let told = |error: String| assert!(error.contains("not filled in"), "{error}");
    told(from_document::<BTreeMap<String, ValueBuf>>(&document).unwrap_err().to_string());
    let error = from_document::<BTreeMap<String, BTreeMap<String, u16>>>(&read("g={ b=${B} }")).unwrap_err();
    assert_eq!(error.to_string(), "g.b: 1:5: the placeholder is not filled in yet");
    told(serde_json::to_string(&document.root().setting()).unwrap_err().to_string());
    told(to_string(&ValueBuf::group([("a", ValueBuf::Placeholder("${A}".into()))])).unwrap_err().to_string());
    assert!(from_document::<serde::de::IgnoredAny>(&document).is_ok());
}

#[cfg(feature = "serde")]
#[test]
fn values_are_read_from_maps() {
    let json = r#"{"a": 1, "b": {"c": "x", "d": null, "e.f": 1, "g": [1]}, "h": 1.0, "i": true, "j.k": 1}"#;
    let values: Fillings = serde_json::from_str(json).unwrap();
    let expected = Fillings::new()
        .variable("a", 1)
        .variable("b", Filling::NotScalar)
        .variable("h", Filling::Number("1.0".into()))
        .variable("i", true)
        .value("a", 1)
        .value("b", Filling::NotScalar)
        .value("b.c", "x")
        .value("b.g", Filling::NotScalar)
        .value("h", Filling::Number("1.0".into()))
        .value("i", true);
    assert_eq!(values, expected);
    assert!(serde_json::from_str::<Fillings>("[1]").is_err());
    assert!(serde_json::from_str::<Fillings>("null").is_ok());
}

#[test]
fn hostile_texts_take_linear_time() {
    let texts = [
        "{".repeat(3_000_000),
        format!("a=\"{}", "{{a".repeat(300_000)),
        format!("a=\"{}\"", "${a".repeat(300_000)),
        format!("a=\"{}\"", "${a-".repeat(300_000)),
        format!("a=\"{}\"", "{{a".repeat(300_000)),
        format!("a=\"{}\"", "{{a`".repeat(300_000)),
        format!("a=\"{{{{a\"b\"}}}}{}", "{{a\"b\"}}".repeat(300_000)),
        format!("a={}", "1.".repeat(300_000)),
        format!("a={}", "${A}".repeat(300_000)),
        format!("a=({}", "${A},".repeat(200_000)),
        "{{ if .x }}".repeat(300_000),
        "${A}\n".repeat(200_000),
    ];
    for text in texts {
        let begin = Instant::now();
        if let Ok(document) = Document::parse_with(text.as_str(), &options()) {
            let _ = document.placeholders().count();
            let _ = document.render(&values());
        }
        // Generous: this is a build without optimisation. Quadratic time would be hours.
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?} {:?}", &text[..20], begin.elapsed());
    }
}

/// One value for everything.
struct Everything(Vec<u8>);

impl Fill for Everything {
    fn variable(&self, _: &str) -> Option<Filling> {
        Some(Filling::Text(self.0.clone()))
    }

    fn value(&self, _: &str) -> Option<Filling> {
        Some(Filling::Text(self.0.clone()))
    }
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let token = prop::sample::select(vec![
        "\"",
        "\\",
        "\n",
        "=",
        ";",
        "}",
        "{",
        ")",
        "(",
        "]",
        ",",
        " ",
        "x",
        "41",
        "0",
        "1",
        "-",
        ".",
        "e5",
        "L",
        "0x",
        "true",
        "#",
        "/*",
        "*/",
        "//",
        "${X}",
        "{{ .Values.x }}",
        "$X",
        "@include \"x\"\n",
        "é",
        "admin=1",
    ]);
    let tokens = prop::collection::vec(token, 0..6).prop_map(|tokens| tokens.concat().into_bytes());
    prop_oneof![3 => tokens, 1 => prop::collection::vec(1_u8..=255, 0..8)]
}

/// The bytes of a value that was filled in outside quotes.
fn bytes_of(setting: Setting<'_>) -> Vec<u8> {
    match setting.as_bytes() {
        Some(bytes) => bytes.into_owned(),
        None => setting.source().unwrap().to_vec(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_value_is_anything_but_a_value(value in value(), before in prop::sample::select(vec![
        "", "x", "\\", "\\\\", "\\x", "\\x4", "\\n", "\\\"", "$", "{", "y\" \"",
    ])) {
        let text = format!(
            "a=${{X}};b=\"{before}${{X}}41\";c=(${{X}},{{{{ .Values.x }}}},1); d={{ e=[${{X}}] }} f=\"$X\"\n"
        );
        let template = read(&text);
        let document = template.render(&Everything(value.clone())).unwrap();
        prop_assert!(Document::parse(document.to_bytes()).is_ok());
        for path in ["a", "c.[0]", "c.[1]", "d.e.[0]"] {
            prop_assert_eq!(bytes_of(document.lookup(path).unwrap()), value.clone());
        }
        let literal = Document::parse(format!("b=\"{before}\"")).ok();
        if let Some(literal) = literal {
            let expected = [&*literal.get("b").unwrap().as_bytes().unwrap(), &value, b"41"].concat();
            prop_assert_eq!(document.get("b").unwrap().as_bytes().unwrap(), expected);
        }
        prop_assert_eq!(document.get("f").unwrap().as_str().unwrap(), "$X");
        prop_assert_eq!(document.root().len(), 5);
        prop_assert_eq!(document.lookup("c").unwrap().len(), 3);
        prop_assert_eq!(document.lookup("d.e").unwrap().len(), 1);
    }

    #[test]
    fn what_has_no_placeholder_reads_the_same(text in tokens()) {
        let with = Document::parse_with(text.as_str(), &options());
        match (Document::parse(text.as_str()), with) {
            (Ok(plain), Ok(with)) => {
                prop_assert_eq!(ValueBuf::from(plain.root().setting()), ValueBuf::from(with.root().setting()));
                prop_assert_eq!(plain.format(&FormatOptions::default()), with.format(&FormatOptions::default()));
            }
            (Err(_), Ok(with)) => {
                prop_assert!(with.placeholders().count() > 0);
                prop_assert_eq!(with.to_bytes(), text.as_bytes());
                let formatted = with.format(&FormatOptions::default());
                let again = Document::parse_with(formatted.clone(), &options()).unwrap();
                prop_assert_eq!(again.format(&FormatOptions::default()), formatted);
                let filled = with.render_with(&Everything(b"1\"".to_vec()), &RenderOptions::default().bare_in_strings(true));
                if let Ok(filled) = filled {
                    prop_assert_eq!(filled.root().len(), with.root().len());
                }
            }
            (Err(_), Err(with)) => prop_assert!(!with.to_string().is_empty()),
            (Ok(_), Err(with)) => prop_assert!(false, "{}", with),
        }
    }

    #[test]
    fn placeholders_lie_where_they_say(text in tokens()) {
        if let Ok(document) = Document::parse_with(text.as_str(), &options()) {
            for found in document.placeholders() {
                let source = &document.source(found.span().file).text()[found.span().range()];
                prop_assert_eq!(source, found.text().as_bytes());
                prop_assert_eq!(found.kind() == PlaceholderKind::Template, source.starts_with(b"{{"));
            }
        }
    }
}

fn tokens() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "a",
        "b",
        "c",
        "=",
        "=",
        ",",
        ";",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "\"x\"",
        "\"${S}\"",
        "1",
        "0x",
        "\n",
        " ",
        "${A}",
        "$B",
        "{{ .Values.c }}",
        "{{ .Values.d | default \"x\" }}",
        "{{",
        "}}",
        "${",
        "$",
        "\\",
        "{{ if .x }}",
        "#",
        "//",
        "é",
    ]);
    prop::collection::vec(token, 0..30).prop_map(|tokens| tokens.concat())
}
