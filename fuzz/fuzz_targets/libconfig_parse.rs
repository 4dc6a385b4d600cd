//! Any bytes: no panic; what is read is kept; what is printed reads the same; with placeholders too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use proxysql_kit::libconfig::{
    Document, Fillings, FormatOptions, ParseOptions, RenderError, ValueBuf, Values,
};

fuzz_target!(|bytes: &[u8]| {
    match Document::parse(bytes) {
        Ok(document) => {
            assert_eq!(document.to_bytes(), bytes);
            let values = ValueBuf::from(document.root().setting());
            let fast = Values::parse(bytes).expect("both sinks have one grammar");
            assert!(same(&ValueBuf::from(fast.root().setting()), &values));
            let formatted = document.format(&FormatOptions::default());
            let again = Document::parse(formatted.clone()).expect("a laid out file reads");
            assert!(same(&ValueBuf::from(again.root().setting()), &values));
            assert_eq!(again.format(&FormatOptions::default()), formatted);
        }
        Err(error) => {
            for found in error.diagnostics() {
                assert!(found.span.end <= error.source(found.span.file).text().len());
                assert!(!found.summary().is_empty());
            }
            assert!(Values::parse(bytes).is_err());
        }
    }
    with_placeholders(bytes);
});

/// A file without placeholders reads the same; one with them is kept, laid out and rendered.
fn with_placeholders(bytes: &[u8]) {
    let options = ParseOptions::new().placeholders(true);
    let template = Document::parse_with(bytes, &options);
    if !bytes.contains(&b'$') && !bytes.windows(2).any(|pair| pair == b"{{") {
        match (Document::parse(bytes), template) {
            (Ok(plain), Ok(template)) => {
                let copy = |document: &Document| ValueBuf::from(document.root().setting());
                assert!(same(&copy(&plain), &copy(&template)));
            }
            (Err(plain), Err(template)) => assert_eq!(plain.to_string(), template.to_string()),
            _ => panic!("one is refused"),
        }
        return;
    }
    let Ok(template) = template else { return };
    assert_eq!(template.to_bytes(), bytes);
    for found in template.placeholders() {
        assert!(found.span().end <= bytes.len());
    }
    let formatted = template.format(&FormatOptions::default());
    let again = Document::parse_with(formatted.clone(), &options).expect("a laid out file reads");
    assert_eq!(again.format(&FormatOptions::default()), formatted);
    let values = ["A", "B", "C", "X"]
        .into_iter()
        .fold(Fillings::new(), |values, name| values.variable(name, "\"\\; a=1").value(name, "\"\\; a=1"));
    match template.render(&values) {
        Ok(rendered) => assert_eq!(rendered.root().len(), template.root().len()),
        Err(RenderError::Unfilled(found)) => assert!(!found.is_empty()),
        Err(_) => {}
    }
}

/// No float that is read is NaN, so equality will do.
fn same(one: &ValueBuf, other: &ValueBuf) -> bool {
    one == other
}
