//! Where a FILE comes from: the file system, `-` for standard input, or a ConfigMap or Secret in a
//! manifest (`FILE`, or `FILE#KEY`).

use std::io::Read as _;
use std::path::{Path, PathBuf};

use proxysql_kit::admin::net::NodeUrl;
use proxysql_kit::k8s::{self, Embedded};
use proxysql_kit::libconfig::{
    Dialect, Document, FileIncludes, IncludeError, Includes, Limits, ParseError, ParseOptions,
};

use proxysql_kit::schema::Version;

use super::view::View;
use super::{DialectName, Reading};

/// A file that was opened, and what came of it.
pub(crate) enum Opened {
    Document(Document),
    Refused(ParseError),
    /// Not read at all, and why.
    Unreadable(String),
}

/// The name of a file in messages; of a node without its password.
pub(crate) fn name(file: &Path) -> String {
    match file.to_str().filter(|text| NodeUrl::is_meant(text)).map(str::parse::<NodeUrl>) {
        Some(Ok(url)) => url.to_string(),
        Some(Err(_)) => "<node>".into(),
        None if file.as_os_str() == "-" => "<stdin>".into(),
        None => file.display().to_string(),
    }
}

/// Reads a file and what it includes.
pub(crate) fn open(file: &Path, reading: &Reading) -> (Opened, View) {
    let limits = limits(reading);
    let (text, view) = match load(file, limits.bytes) {
        Ok(loaded) => loaded,
        Err(why) => return (Opened::Unreadable(why), View::file(name(file), None)),
    };
    let loader = Loader::new(reading);
    let mut options = ParseOptions::new()
        .name(view.name())
        .limits(limits)
        .includes(&loader)
        .placeholders(true)
        .dialect(dialect(reading));
    if let Some(dir) = &reading.include_dir {
        options = options.include_dir(dir.display().to_string());
    }
    match Document::parse_with(text, &options) {
        Ok(document) => (Opened::Document(document), view),
        Err(error) => (Opened::Refused(error), view),
    }
}

/// The text of a cnf, and where its places are shown. Up to one byte more than `limit`, so that who
/// reads it sees that it is too much.
///
/// # Errors
/// Why there is none, with the file's name.
pub(crate) fn load(file: &Path, limit: usize) -> Result<(Vec<u8>, View), String> {
    let (path, key) = located(file);
    let name = name(path);
    let text = read(path, limit).map_err(|error| format!("{name}: {error}"))?;
    let view = View::file(name, (path.as_os_str() != "-").then(|| path.to_owned()));
    if key.is_none() && !is_manifest(path, &text) {
        return Ok((text, view));
    }
    let limits = k8s::Limits::default();
    let limits = limits.bytes(limits.bytes.min(limit));
    let cnf =
        Embedded::find_within(text, key, &limits).map_err(|error| format!("{}: {error}", view.name()))?;
    Ok((cnf.content().to_vec(), view.within(cnf)))
}

/// The path and the key of `FILE#KEY`; a file that is really named so comes first.
pub(crate) fn located(file: &Path) -> (&Path, Option<&str>) {
    let parts = file.to_str().and_then(|file| file.rsplit_once('#'));
    match parts {
        Some((path, key)) if !path.is_empty() && !key.is_empty() && !file.exists() => {
            (Path::new(path), Some(key))
        }
        _ => (file, None),
    }
}

/// Whether a file of YAML or JSON is a manifest rather than plain data.
pub(crate) fn holds_manifest(file: &Path) -> bool {
    let text = read(file, usize::try_from(u32::MAX).unwrap_or(usize::MAX)).unwrap_or_default();
    looks_like_manifest(&text)
}

/// Whether a file is a manifest: its name says so, or it begins as no cnf does.
fn is_manifest(path: &Path, text: &[u8]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if ["yaml", "yml"].iter().any(|yaml| extension.eq_ignore_ascii_case(yaml)) {
        return true;
    }
    looks_like_manifest(text)
}

fn looks_like_manifest(text: &[u8]) -> bool {
    let has_line = |start: &[u8]| text.split(|byte| *byte == b'\n').any(|line| line.starts_with(start));
    let is_json =
        text.trim_ascii_start().starts_with(b"{") && memchr::memmem::find(text, b"\"apiVersion\"").is_some();
    is_json || (has_line(b"apiVersion:") && has_line(b"kind:"))
}

pub(crate) fn dialect(reading: &Reading) -> Dialect {
    match reading.dialect {
        Some(DialectName::V1_7_2) => Dialect::V1_7_2,
        Some(DialectName::V1_7_3) => Dialect::V1_7_3,
        None => dialect_of(reading.target.version()),
    }
}

/// The libconfig that a version of `ProxySQL` has.
pub(crate) fn dialect_of(version: Version) -> Dialect {
    if version == Version::V2_0 { Dialect::V1_7_2 } else { Dialect::V1_7_3 }
}

/// The bytes of a file, up to one more than `limit`.
pub(crate) fn read(file: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    let limit = (limit as u64).saturating_add(1);
    let mut text = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin().take(limit).read_to_end(&mut text)?;
    } else {
        std::fs::File::open(file)?.take(limit).read_to_end(&mut text)?;
    }
    Ok(text)
}

fn limits(reading: &Reading) -> Limits {
    let default = Limits::default();
    default
        .bytes(reading.max_bytes.unwrap_or(default.bytes))
        .depth(reading.max_depth.unwrap_or(default.depth))
        .errors(reading.max_errors.unwrap_or(default.errors))
}

/// Reads includes as the process itself would open them, but from one folder only.
struct Loader {
    files: FileIncludes,
}

impl Loader {
    fn new(reading: &Reading) -> Self {
        let root = reading.include_root.clone().or_else(|| reading.include_dir.clone());
        let root = root.unwrap_or_else(|| PathBuf::from("."));
        // Paths come with the include folder before them, relative to the working directory.
        let root = std::fs::canonicalize(&root).unwrap_or(root);
        Loader { files: FileIncludes::below(root) }
    }
}

impl Includes for Loader {
    fn read(&self, path: &[u8], limit: usize) -> Result<Vec<u8>, IncludeError> {
        if path.is_empty() || path.starts_with(b"/") {
            return self.files.read(path, limit);
        }
        let here = std::env::current_dir().map_err(|error| IncludeError::Other(error.to_string()))?;
        let full = [here.display().to_string().as_bytes(), b"/", path].concat();
        self.files.read(&full, limit)
    }
}
