//! The few variables that make the server open a file or a folder.

/// Answers for the file system of the server. Without it nothing is looked at.
pub trait Files {
    /// Whether a folder can be opened. Asked for `eventslog_filename` and `auditlog_filename` with an
    /// absolute path.
    fn can_open_folder(&self, path: &[u8]) -> bool;

    /// Whether a file can be opened to be written at its end, and made if it is not there. Asked for
    /// `ssl_keylog_file`; a relative path comes with `datadir` before it.
    fn can_append(&self, path: &[u8]) -> bool;
}

/// Everything can be opened; nothing is looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn can_open_folder(&self, _: &[u8]) -> bool {
        true
    }

    fn can_append(&self, _: &[u8]) -> bool {
        true
    }
}
