//! Where a FILE comes from: the file system, or `-` for standard input.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use proxysql_kit::libconfig::{
    Dialect, Document, FileIncludes, IncludeError, Includes, Limits, ParseError, ParseOptions,
};

use super::{DialectName, Reading};

/// A file that was opened, and what came of it.
pub(crate) enum Opened {
    Document(Document),
    Refused(ParseError),
    /// Not read at all, and why.
    Unreadable(String),
}

/// The name of standard input in messages.
pub(crate) fn name(file: &Path) -> String {
    if file.as_os_str() == "-" { "<stdin>".into() } else { file.display().to_string() }
}

/// Reads a file and what it includes.
pub(crate) fn open(file: &Path, reading: &Reading) -> Opened {
    let limits = limits(reading);
    let text = match read(file, limits.bytes) {
        Ok(text) => text,
        Err(error) => return Opened::Unreadable(format!("{}: {error}", name(file))),
    };
    let loader = Loader::new(reading);
    let mut options = ParseOptions::new().name(name(file)).limits(limits).includes(&loader).dialect(
        match reading.dialect {
            DialectName::V1_7_3 => Dialect::V1_7_3,
            DialectName::V1_7_2 => Dialect::V1_7_2,
        },
    );
    if let Some(dir) = &reading.include_dir {
        options = options.include_dir(dir.display().to_string());
    }
    match Document::parse_with(text, &options) {
        Ok(document) => Opened::Document(document),
        Err(error) => Opened::Refused(error),
    }
}

fn read(file: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    // One byte more than allowed, so that the parser sees that it is too much.
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
