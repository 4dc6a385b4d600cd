//! Where `@include` finds its files: a trait, a loader in memory and one on a file system.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

/// Gives the content of files by the path that libconfig would open.
///
/// The path is what a directive says, with [`ParseOptions::include_dir`](super::ParseOptions::include_dir)
/// and `/` before it where it is relative and a folder was set.
pub trait Includes {
    /// The whole content of the file at `path`, which is never longer than `limit` bytes.
    ///
    /// # Errors
    /// Why it cannot be read; [`IncludeError::TooLarge`] where it is longer than `limit`.
    fn read(&self, path: &[u8], limit: usize) -> Result<Vec<u8>, IncludeError>;
}

/// Why a file could not be opened.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum IncludeError {
    /// Nothing is there.
    #[error("no such file")]
    NotFound,
    /// A folder is there. (libconfig ends the whole process here.)
    #[error("it is a folder")]
    Directory,
    /// The path leads out of the folder that paths may not leave.
    #[error("the path leaves {root}, the folder that includes may read from")]
    Outside {
        /// The folder.
        root: String,
    },
    /// The file is longer than [`Limits::bytes`](super::Limits::bytes) leaves room for.
    #[error("it is too large")]
    TooLarge,
    /// No loader was given, so no file is ever opened.
    #[error("includes are not enabled here")]
    Disabled,
    /// Any other reason, in the system's words.
    #[error("{0}")]
    Other(String),
}

/// Files that are held in memory, for tests and for files that come from elsewhere (a ConfigMap).
#[derive(Clone, Debug, Default)]
pub struct MemoryIncludes {
    files: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl MemoryIncludes {
    /// No files at all.
    pub fn new() -> Self {
        MemoryIncludes::default()
    }

    /// The same files and one more, in place of one with the same path.
    #[must_use]
    pub fn with(mut self, path: impl Into<Vec<u8>>, content: impl Into<Vec<u8>>) -> Self {
        self.insert(path, content);
        self
    }

    /// Adds a file, in place of one with the same path.
    pub fn insert(&mut self, path: impl Into<Vec<u8>>, content: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), content.into());
    }
}

impl Includes for MemoryIncludes {
    fn read(&self, path: &[u8], limit: usize) -> Result<Vec<u8>, IncludeError> {
        match self.files.get(path) {
            Some(content) if content.len() > limit => Err(IncludeError::TooLarge),
            Some(content) => Ok(content.clone()),
            None => Err(IncludeError::NotFound),
        }
    }
}

/// Files of a folder on this machine. Paths may not leave it unless that is allowed; links are
/// followed first, so a link that leads out is outside.
#[derive(Clone, Debug)]
pub struct FileIncludes {
    root: PathBuf,
    outside: bool,
}

impl FileIncludes {
    /// Relative paths begin in `root`, and no path may leave it.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        FileIncludes { root: root.into(), outside: false }
    }

    /// Relative paths begin in `root`; every file that this process may read can be included.
    #[must_use]
    pub fn allow_outside(mut self) -> Self {
        self.outside = true;
        self
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, IncludeError> {
        let full = self.root.join(path);
        if self.outside {
            return Ok(full);
        }
        let outside = || IncludeError::Outside { root: self.root.display().to_string() };
        let root = self.root.canonicalize().map_err(|error| reason(&error))?;
        // Said before the path is asked for, so that nothing can be learned about what is outside.
        if !stays_below(&full, &self.root) && !stays_below(&full, &root) {
            return Err(outside());
        }
        let real = full.canonicalize().map_err(|error| reason(&error))?;
        if real.starts_with(&root) { Ok(real) } else { Err(outside()) }
    }
}

impl Includes for FileIncludes {
    fn read(&self, path: &[u8], limit: usize) -> Result<Vec<u8>, IncludeError> {
        let file = self.resolve(&path_from_bytes(path).ok_or(IncludeError::NotFound)?)?;
        let metadata = std::fs::metadata(&file).map_err(|error| reason(&error))?;
        if metadata.is_dir() {
            return Err(IncludeError::Directory);
        }
        let file = std::fs::File::open(&file).map_err(|error| reason(&error))?;
        let mut content = Vec::new();
        // One byte more than allowed, and no trust in the length that the system tells.
        file.take(limit as u64 + 1).read_to_end(&mut content).map_err(|error| reason(&error))?;
        if content.len() > limit { Err(IncludeError::TooLarge) } else { Ok(content) }
    }
}

fn stays_below(full: &Path, root: &Path) -> bool {
    let Ok(inner) = full.strip_prefix(root) else {
        return false;
    };
    let mut depth = 0_usize;
    inner.components().all(|component| match component {
        Component::ParentDir => depth.checked_sub(1).is_some_and(|less| {
            depth = less;
            true
        }),
        Component::Normal(_) => {
            depth += 1;
            true
        }
        _ => true,
    })
}

#[cfg(unix)]
fn path_from_bytes(path: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    (!path.is_empty()).then(|| PathBuf::from(std::ffi::OsStr::from_bytes(path)))
}

#[cfg(not(unix))]
fn path_from_bytes(path: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(path).ok().filter(|path| !path.is_empty()).map(PathBuf::from)
}

fn reason(error: &std::io::Error) -> IncludeError {
    match error.kind() {
        std::io::ErrorKind::NotFound => IncludeError::NotFound,
        std::io::ErrorKind::IsADirectory => IncludeError::Directory,
        _ => IncludeError::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_do_not_leave_the_root() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        std::fs::create_dir_all(root.join("sub")).unwrap();
        std::fs::write(dir.path().join("secret"), "x=1").unwrap();
        std::fs::write(root.join("sub/a"), "a=1").unwrap();
        let files = FileIncludes::below(&root);
        assert_eq!(files.read(b"sub/../sub/a", 9).unwrap(), b"a=1");
        assert_eq!(files.read(b"sub/a", 2), Err(IncludeError::TooLarge));
        assert_eq!(files.read(b"sub", 9), Err(IncludeError::Directory));
        assert_eq!(files.read(b"none", 9), Err(IncludeError::NotFound));
        for path in ["../secret", "sub/../../secret", "/etc/hostname", "../root/sub/a"] {
            assert!(matches!(files.read(path.as_bytes(), 9), Err(IncludeError::Outside { .. })), "{path}");
        }
        assert_eq!(files.clone().allow_outside().read(b"../secret", 9).unwrap(), b"x=1");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(dir.path().join("secret"), root.join("link")).unwrap();
            assert!(matches!(files.read(b"link", 9), Err(IncludeError::Outside { .. })));
        }
    }
}
