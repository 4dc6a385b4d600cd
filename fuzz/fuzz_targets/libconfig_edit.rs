//! Any edits on any file: no panic; what was set reads back; what was refused changed nothing.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use proxysql_kit::libconfig::{Document, ValueBuf};

#[derive(Arbitrary, Debug)]
enum Scalar {
    Bool(bool),
    Int(i32),
    Int64(i64),
    Float(f64),
    Str(Vec<u8>),
    Group(Vec<(u8, i32)>),
    List(Vec<i32>),
}

#[derive(Arbitrary, Debug)]
enum Edit {
    Set(u8, Scalar),
    Add(u8, Scalar),
    Append(u8, Scalar),
    Insert(u8, u8, Scalar),
    Remove(u8),
}

impl From<Scalar> for ValueBuf {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Bool(value) => ValueBuf::Bool(value),
            Scalar::Int(value) => ValueBuf::Int(value),
            Scalar::Int64(value) => ValueBuf::Int64(value),
            Scalar::Float(value) => ValueBuf::Float(value),
            Scalar::Str(value) => ValueBuf::Str(value),
            Scalar::Group(settings) => {
                ValueBuf::group(settings.into_iter().map(|(name, value)| (format!("n{name}"), value.into())))
            }
            Scalar::List(elements) => ValueBuf::list(elements.into_iter().map(ValueBuf::from)),
        }
    }
}

fuzz_target!(|input: (&[u8], Vec<Edit>)| {
    let (text, edits) = input;
    let Ok(mut document) = Document::parse(text) else { return };
    for edit in edits.into_iter().take(4) {
        let before = document.to_bytes().to_vec();
        let done = match edit {
            Edit::Set(pick, value) => {
                let (path, value) = (path(&document, pick), ValueBuf::from(value));
                let done = document.set(&path, value.clone());
                if done.is_ok() && !path.is_empty() {
                    let set = document.lookup(&path).expect("what was set is there");
                    assert!(ValueBuf::from(set) == value);
                }
                done
            }
            Edit::Add(pick, value) => document.set(format!("{}.new", path(&document, pick)), value),
            Edit::Append(pick, value) => document.append(path(&document, pick), value),
            Edit::Insert(pick, position, value) => document.insert(path(&document, pick), position.into(), value),
            Edit::Remove(pick) => document.remove(path(&document, pick)),
        };
        if done.is_err() {
            assert_eq!(document.to_bytes(), before);
        }
    }
});

/// The path of one of the settings, in depth-first order.
fn path(document: &Document, pick: u8) -> String {
    let mut left = vec![document.root().setting()];
    let mut all = Vec::new();
    while let Some(setting) = left.pop() {
        if all.len() > 255 {
            break;
        }
        left.extend(setting.children().take(300));
        all.push(setting);
    }
    all[usize::from(pick) % all.len()].path()
}
