//! The checks of the `libconfig*.jsonl` vectors.

use proxysql_kit::libconfig::{
    Document, IncludeError, Includes, Limits, MemoryIncludes, ParseError, ParseOptions, Setting, Value,
    ValueType,
};
use serde_json::{Map, Value as Json, json};

use crate::support::{bytes, same, text as json_text};

/// libconfig's own limit of brackets lies above the default one.
fn options() -> ParseOptions<'static> {
    ParseOptions::new().limits(Limits::default().depth(100_000))
}

/// `libconfig.jsonl`: `config_read_string`, which ends at the first NUL.
pub fn text(vector: &Json) -> Result<(), String> {
    let mut text = bytes(&vector["text"]);
    if let Some(nul) = text.iter().position(|&byte| byte == 0) {
        text.truncate(nul);
    }
    verdict(vector, &Document::parse_with(text, &options()), "")
}

/// `libconfig_files.jsonl`: `config_read_file` on files that lie in memory here.
pub fn files(vector: &Json) -> Result<(), String> {
    const DIR: &str = "/vector";
    let place = |text: Vec<u8>| -> Vec<u8> { replace(&text, b"{DIR}", DIR.as_bytes()) };
    let mut files = Folder::default();
    for (name, content) in vector["files"].as_object().unwrap() {
        let content = place(bytes(content));
        let name = String::from_utf8(place(name.clone().into_bytes())).unwrap();
        // A relative path begins in the working directory, which is the same folder.
        files.add(DIR, &name, content);
    }
    for dir in vector["dirs"].as_array().into_iter().flatten() {
        files.dirs.push(format!("{DIR}/{}", dir.as_str().unwrap()));
    }
    files.dirs.push(DIR.to_owned());
    let mut options = options().includes(&files);
    if !vector["include_dir"].is_null() {
        options = options.include_dir(place(bytes(&vector["include_dir"])));
    }
    let open = place(bytes(&vector["open"]));
    let ours = Document::open(open.clone(), &options);
    if !vector["dies"].is_null() {
        return match ours {
            Ok(_) => Err("ours accepts what ends the process in C".into()),
            Err(_) => Ok(()),
        };
    }
    verdict(vector, &ours, &String::from_utf8_lossy(&open).replace(DIR, "{DIR}"))?;
    if let Some(as_string) = vector.get("as_string") {
        let mut text = place(bytes(&vector["files"][main_file(vector)]));
        text.truncate(text.iter().position(|&byte| byte == 0).unwrap_or(text.len()));
        let options = options.clone().includes(&files);
        verdict(as_string, &Document::parse_with(text, &options), "")
            .map_err(|why| format!("as string: {why}"))?;
    }
    Ok(())
}

/// `libconfig_lookups.jsonl`: paths and names, and what each typed look-up gives.
pub fn lookups(vector: &Json) -> Result<(), String> {
    let document =
        Document::parse_with(bytes(&vector["text"]), &options()).map_err(|error| error.to_string())?;
    for query in vector["paths"].as_array().unwrap() {
        let found = document.lookup(bytes(&query["path"]));
        looked_up(&document, query, found).map_err(|why| format!("path {}: {why}", query["path"]))?;
    }
    for query in vector["members"].as_array().unwrap() {
        let mut group = document.root().setting();
        for position in query["in"].as_array().unwrap() {
            group = group.at(usize::try_from(position.as_u64().unwrap()).unwrap()).unwrap();
        }
        let found = group.member(bytes(&query["name"]));
        looked_up(&document, query, found).map_err(|why| format!("member {}: {why}", query["name"]))?;
    }
    Ok(())
}

fn looked_up(document: &Document, query: &Json, found: Option<Setting<'_>>) -> Result<(), String> {
    let at = found.map(|setting| positions(document, setting));
    same("at", json!(at), query["at"].clone())?;
    same("c", found.map_or_else(|| json!({}), in_c), query["c"].clone())?;
    let mut cpp = found.map_or_else(|| json!({}), in_cpp);
    cpp["exists"] = json!(found.is_some());
    same("cpp", cpp, query["cpp"].clone())
}

fn in_c(setting: Setting<'_>) -> Json {
    let value = setting.in_c();
    object([
        ("int", value.int().map(Json::from)),
        ("int64", value.int64().map(Json::from)),
        ("float", value.float().map(|value| Json::from(float(value)))),
        ("bool", value.bool().map(Json::from)),
        ("string", value.str().map(|value| json_text(&value))),
    ])
}

fn in_cpp(setting: Setting<'_>) -> Json {
    let value = setting.in_cpp();
    object([
        ("int", value.int().map(Json::from)),
        ("unsigned", value.unsigned().map(Json::from)),
        ("int64", value.int64().map(Json::from)),
        ("unsigned64", value.unsigned64().map(Json::from)),
        ("float", value.float().map(|value| Json::from(float(value)))),
        ("bool", value.bool().map(Json::from)),
        ("string", value.str().map(|value| json_text(&value))),
    ])
}

fn object<const N: usize>(members: [(&str, Option<Json>); N]) -> Json {
    let given = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(given.collect())
}

/// The positions that lead to a setting from the root.
fn positions(document: &Document, setting: Setting<'_>) -> Vec<usize> {
    let mut at = document.root().setting();
    let mut positions = Vec::new();
    let inside = |outer: &Setting<'_>| {
        outer.path() == setting.path() || setting.path().starts_with(&format!("{}.", outer.path()))
    };
    while at.path() != setting.path() {
        let (position, child) = at.children().enumerate().find(|(_, child)| inside(child)).unwrap();
        positions.push(position);
        at = child;
    }
    positions
}

/// Compares a verdict, and the tree or the error. `open`: the name of the file that was opened.
fn verdict(vector: &Json, ours: &Result<Document, ParseError>, open: &str) -> Result<(), String> {
    let error = vector.get("error").map(|error| error.as_str().unwrap());
    match (ours, error) {
        (Ok(document), None) => {
            same("tree", settings(document.root().setting(), open), vector["root"].clone())?;
            same("printed", json_text(&document.to_canonical()), vector["printed"].clone())
        }
        (Err(error), Some(theirs)) => {
            let first = error.first();
            same("error", first.verdict.to_string().as_str(), theirs)?;
            same("line", json!(first.location.line), vector["line"].clone())?;
            match vector.get("file") {
                None => Ok(()),
                Some(Json::Null) => same("line", first.location.line, 0),
                Some(file) => same("file", &json!(first.location.file.replace("/vector", "{DIR}")), file),
            }
        }
        (Ok(_), Some(theirs)) => Err(format!("ours accepts, theirs says {theirs}")),
        (Err(error), None) => Err(format!("ours says {error}, theirs accepts")),
    }
}

fn settings(group: Setting<'_>, open: &str) -> Json {
    group.children().map(|setting| tree(setting, open)).collect()
}

fn tree(setting: Setting<'_>, open: &str) -> Json {
    let mut node = Map::new();
    if let Some(name) = setting.name() {
        node.insert("name".into(), json!(name));
    }
    node.insert("line".into(), json!(setting.line()));
    let file = setting.file().replace("/vector", "{DIR}");
    if file != open {
        node.insert("file".into(), json!(file));
    }
    let value = match setting.value() {
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Int64(value) => json!(value),
        Value::Float(value) => json!(float(value)),
        Value::Str(value) => json_text(&value.to_bytes()),
        Value::Placeholder(_) => panic!("placeholders are off"),
        Value::Group(_) | Value::List(_) | Value::Array(_) => settings(setting, open),
    };
    node.insert(setting.value_type().to_string(), value);
    if setting.is_hex() && matches!(setting.value_type(), ValueType::Int | ValueType::Int64) {
        node.insert("hex".into(), json!(true));
    }
    Json::Object(node)
}

/// A float as C's `%.17g` writes it.
fn float(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "inf".into() } else { "-inf".into() };
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0".into() } else { "0".into() };
    }
    let scientific = format!("{value:.16e}");
    let (digits, exponent) = scientific.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    let trim = |text: &str| match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text.to_owned(),
    };
    if (-4..17).contains(&exponent) {
        let behind = usize::try_from(16 - exponent).unwrap();
        return trim(&format!("{value:.behind$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim(digits), exponent.abs())
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with(from) {
            out.extend_from_slice(to);
            at += from.len();
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}

fn main_file(vector: &Json) -> &str {
    vector["open"].as_str().unwrap().trim_start_matches("{DIR}/")
}

/// A working directory in memory.
#[derive(Default)]
struct Folder {
    files: MemoryIncludes,
    dirs: Vec<String>,
}

impl Folder {
    fn add(&mut self, dir: &str, name: &str, content: Vec<u8>) {
        let mut parent = name;
        while let Some((above, _)) = parent.rsplit_once('/') {
            self.dirs.push(format!("{dir}/{above}"));
            parent = above;
        }
        self.files.insert(format!("{dir}/{name}"), content);
    }

    /// Removes what a file system does not see in a path: `//`, `/./`, a relative beginning.
    /// Nothing where a `..` follows what is no folder.
    fn real(&self, path: &str) -> Option<String> {
        let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { vec!["vector"] };
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    let folder = format!("/{}", parts.join("/"));
                    self.dirs.contains(&folder).then(|| parts.pop())?;
                }
                part => parts.push(part),
            }
        }
        Some(format!("/{}", parts.join("/")))
    }
}

impl Includes for Folder {
    fn read(&self, path: &[u8], limit: usize) -> Result<Vec<u8>, IncludeError> {
        let text = String::from_utf8_lossy(path);
        if text.is_empty() {
            return Err(IncludeError::NotFound);
        }
        let real = self.real(&text).ok_or(IncludeError::NotFound)?;
        if self.dirs.contains(&real) {
            return Err(IncludeError::Directory);
        }
        self.files.read(real.as_bytes(), limit)
    }
}
