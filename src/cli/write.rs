//! Puts texts into files: all of a text, or nothing.

use std::io::Write as _;
use std::path::Path;

/// Puts a text in the place of a file, or makes the file. A link stays one, permissions stay.
///
/// # Errors
/// The system's, with the file's name before it; the file is then as it was.
pub(crate) fn whole(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let put = match std::fs::canonicalize(file) {
        Ok(real) => replace(&real, text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(file, text),
        Err(error) => Err(error),
    };
    put.map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", file.display())))
}

/// The same with a file that only its owner may read.
///
/// # Errors
/// As [`whole`].
pub(crate) fn private(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let real = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let put = || -> std::io::Result<()> {
        // A temporary file is its owner's alone from the beginning.
        let mut new = temporary().tempfile_in(folder(&real))?;
        new.write_all(text)?;
        new.as_file().sync_all()?;
        new.persist(&real)?;
        Ok(())
    };
    put().map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", file.display())))
}

fn replace(real: &Path, text: &[u8]) -> std::io::Result<()> {
    let permissions = std::fs::metadata(real)?.permissions();
    let mut new = temporary().tempfile_in(folder(real))?;
    new.write_all(text)?;
    new.as_file().set_permissions(permissions)?;
    new.as_file().sync_all()?;
    new.persist(real)?;
    Ok(())
}

fn create(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut builder = temporary();
    // As any new file: the process's mask takes away what it should.
    #[cfg(unix)]
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(permissions);
    let mut new = builder.tempfile_in(folder(file))?;
    new.write_all(text)?;
    new.as_file().sync_all()?;
    new.persist(file)?;
    Ok(())
}

fn temporary<'a>() -> tempfile::Builder<'a, 'a> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".proxysql-kit-");
    builder
}

fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_made_and_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("new");
        whole(&file, b"1").unwrap();
        whole(&file, b"2").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"2");
        let error = whole(&dir.path().join("none/x"), b"1").unwrap_err();
        assert!(error.to_string().contains("none/x: "), "{error}");
        assert!(whole(dir.path(), b"1").is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        private(&file, b"3").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"3");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let plain = dir.path().join("plain");
            std::fs::write(&plain, "").unwrap();
            let mode = |file: &Path| std::fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode(&file) & 0o777, 0o600);
            std::fs::remove_file(&file).unwrap();
            whole(&file, b"1").unwrap();
            assert_eq!(mode(&file), mode(&plain));
        }
    }
}
