//! Any text, and any entries of any section: loading never panics, for any version; what is faithful
//! about `to_cnf` is so.

#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use proxysql_kit::config::{Config, LoadOptions};
use proxysql_kit::libconfig::{Document, ParseOptions, ValueBuf};
use proxysql_kit::schema::{Module, Table, Version};

#[derive(Debug)]
struct Input {
    version: Version,
    text: Vec<u8>,
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let version = *input.choose(&Version::ALL)?;
        let text = if input.arbitrary()? { input.arbitrary()? } else { sections(version, input)? };
        Ok(Input { version, text })
    }
}

/// A file of sections that are read, with entries of keys that are.
fn sections(version: Version, input: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let mut sections: Vec<(String, ValueBuf)> = Vec::new();
    for _ in 0..input.int_in_range(0..=3)? {
        let (name, section) = if input.arbitrary()? {
            let module = *input.choose(&Module::ALL)?;
            let names: Vec<_> = module.variables(version).iter().map(|variable| variable.name()).collect();
            (module.section(), group(&names, input)?)
        } else {
            let schemas: Vec<_> = Table::of(version).filter(|table| table.cnf_section().is_some()).collect();
            let schema = *input.choose(&schemas)?;
            let names: Vec<_> = schema.columns().iter().map(|column| column.name()).collect();
            let mut entries = Vec::new();
            for _ in 0..input.int_in_range(0..=4)? {
                entries.push(group(&names, input)?);
            }
            (schema.cnf_section().unwrap_or_default(), ValueBuf::list(entries))
        };
        if sections.iter().all(|(known, _)| known != name) {
            sections.push((name.to_owned(), section));
        }
    }
    let mut document = Document::parse("").unwrap();
    for (name, section) in sections {
        // A text with a NUL is refused; the rest goes in.
        let _ = document.set(name, section);
    }
    Ok(document.to_bytes().to_vec())
}

fn group(names: &[&str], input: &mut Unstructured<'_>) -> arbitrary::Result<ValueBuf> {
    let mut settings: Vec<(String, ValueBuf)> = Vec::new();
    for _ in 0..input.int_in_range(0..=8)? {
        let Some(name) = (!names.is_empty()).then(|| input.choose(names)).transpose()? else { break };
        let value = match input.int_in_range(0..=4)? {
            0 => ValueBuf::Int(input.arbitrary()?),
            1 => ValueBuf::Int(input.int_in_range(-1..=3)?),
            2 => ValueBuf::Bool(input.arbitrary()?),
            _ => ValueBuf::Str(input.arbitrary()?),
        };
        if settings.iter().all(|(known, _)| known != name) {
            settings.push(((*name).to_owned(), value));
        }
    }
    Ok(ValueBuf::group(settings))
}

fuzz_target!(|input: Input| {
    let Input { version, text } = input;
    let options = ParseOptions::new().placeholders(true);
    let Ok(document) = Document::parse_with(text, &options) else { return };
    let load = LoadOptions::new().version(version);
    let loaded = Config::load(&document, &load);
    for message in &loaded.messages {
        let _ = (message.to_string(), message.log_line(), message.help(version));
    }
    for note in &loaded.notes {
        let _ = (note.to_string(), note.help());
    }
    if loaded.failure.is_some() {
        return;
    }
    let cnf = loaded.memory.to_cnf();
    if cnf.lost.is_empty() {
        let again = Config::load(&Document::parse(cnf.text).unwrap(), &load);
        assert_eq!(again.memory, loaded.memory);
    }
});
