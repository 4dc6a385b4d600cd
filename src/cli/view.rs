//! Where places of a file are shown: those of a cnf inside a manifest as places of the manifest.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;

use proxysql_kit::k8s::Embedded;
use proxysql_kit::libconfig::{FileId, Location, Source, Span};

use super::mask::Secrets;

/// How the files of a document are shown. The text itself may come from a manifest; what it
/// includes are files.
pub(crate) struct View {
    name: String,
    path: Option<PathBuf>,
    manifest: Option<Manifest>,
    /// Of each file that was shown, where its secrets are.
    secrets: RefCell<HashMap<usize, Rc<Secrets>>>,
}

/// A manifest around the cnf.
struct Manifest {
    name: String,
    cnf: Embedded,
    /// Where its lines begin.
    starts: Vec<usize>,
}

/// A text of which lines are shown.
#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    File(&'a Source<'static>),
    Manifest(&'a str, &'a [usize]),
}

impl View {
    /// A file as it is; without a path it is standard input.
    pub(crate) fn file(name: String, path: Option<PathBuf>) -> Self {
        View { name, path, manifest: None, secrets: RefCell::default() }
    }

    /// The same file as a manifest with a cnf in it.
    pub(crate) fn within(self, cnf: Embedded) -> Self {
        let behind = cnf.yaml().match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(behind).collect();
        let name = format!("{}#{}", self.name, cnf.key());
        View {
            name,
            path: self.path,
            manifest: Some(Manifest { name: self.name, cnf, starts }),
            secrets: RefCell::default(),
        }
    }

    /// The name of the text: `FILE`, or `FILE#KEY`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The file that it is in; none for standard input.
    pub(crate) fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    /// The place that people look up.
    pub(crate) fn location(&self, sources: &[Source<'static>], location: Location) -> Location {
        let (Some(manifest), Some(main)) = (&self.manifest, sources.first()) else { return location };
        if location.file != main.name() {
            return location;
        }
        let line = main.line_range(location.line);
        let column = location.column.saturating_sub(1);
        let text = &main.text()[line.clone()];
        let offset = match std::str::from_utf8(text) {
            Ok(text) => text.char_indices().nth(column).map_or(text.len(), |(at, _)| at),
            Err(_) => column.min(text.len()),
        };
        let Some(there) = manifest.cnf.offset(line.start + offset) else { return location };
        let text = self.text(sources, FileId::MAIN);
        let line = text.line(there);
        let before = &manifest.cnf.yaml()[text.line_range(line).start..there];
        let mut shown = location;
        shown.file.clone_from(&manifest.name);
        shown.line = line;
        shown.column = 1 + before.chars().count();
        shown
    }

    /// The place that the server names: it knows nothing of the manifest.
    pub(crate) fn told(&self, location: &Location) -> String {
        match &self.manifest {
            Some(manifest) if location.file == self.name => {
                format!("{}:{}", manifest.cnf.key(), location.line)
            }
            _ => format!("{}:{}", location.file, location.line),
        }
    }

    /// What to know of the way in which the text is written.
    pub(crate) fn note(&self) -> Option<&'static str> {
        let is_folded = self.manifest.as_ref().is_some_and(|manifest| manifest.cnf.is_folded());
        is_folded.then_some("the block is folded (`>`), so that its lines are joined; `|` keeps them")
    }

    /// A span of the text in which it is shown.
    pub(crate) fn range(&self, span: Span) -> Range<usize> {
        match self.mapped(span.file) {
            Some(manifest) => {
                let place = |offset| manifest.cnf.offset(offset).unwrap_or_default();
                let start = place(span.start);
                start..place(span.end).max(start)
            }
            None => span.range(),
        }
    }

    /// The text in which the places of a file are shown.
    pub(crate) fn text<'a>(&'a self, sources: &'a [Source<'static>], file: FileId) -> Text<'a> {
        match self.mapped(file) {
            Some(manifest) => Text::Manifest(manifest.cnf.yaml(), &manifest.starts),
            None => Text::File(&sources[file.index()]),
        }
    }

    /// Where that text has secrets.
    pub(crate) fn secrets(&self, sources: &[Source<'static>], file: FileId) -> Rc<Secrets> {
        let find = || Rc::new(Secrets::of(self.text(sources, file).bytes()));
        self.secrets.borrow_mut().entry(file.index()).or_insert_with(find).clone()
    }

    /// The name of that text.
    pub(crate) fn text_name(&self, sources: &[Source<'static>], file: FileId) -> String {
        match self.mapped(file) {
            Some(manifest) => manifest.name.clone(),
            None => sources[file.index()].name().into_owned(),
        }
    }

    /// The whole file with another text in the place of this one, and whether that changes it.
    ///
    /// # Errors
    /// Why a manifest cannot take it.
    pub(crate) fn replaced(&self, old: &[u8], new: Vec<u8>) -> (bool, Result<Vec<u8>, String>) {
        let Some(Manifest { cnf, .. }) = &self.manifest else { return (old != new, Ok(new)) };
        match cnf.replaced(&new) {
            Ok(yaml) => (yaml != cnf.yaml(), Ok(yaml.into_bytes())),
            Err(error) => (old != new, Err(format!("{}: {error}", self.name))),
        }
    }

    /// The manifest, where the places of a file are shown in it.
    fn mapped(&self, file: FileId) -> Option<&Manifest> {
        self.manifest.as_ref().filter(|manifest| file == FileId::MAIN && manifest.cnf.is_mapped())
    }
}

impl<'a> Text<'a> {
    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            Text::File(source) => source.text(),
            Text::Manifest(text, _) => text.as_bytes(),
        }
    }

    /// The line, counted from 1, of a byte.
    pub(crate) fn line(self, offset: usize) -> usize {
        match self {
            Text::File(source) => source.line(offset),
            Text::Manifest(_, starts) => starts.partition_point(|&start| start <= offset),
        }
    }

    /// The bytes of a line, without its line feed.
    pub(crate) fn line_range(self, line: usize) -> Range<usize> {
        match self {
            Text::File(source) => source.line_range(line),
            Text::Manifest(text, starts) => {
                let start = line.checked_sub(1).and_then(|index| starts.get(index)).copied();
                let start = start.unwrap_or(text.len());
                let end = starts.get(line).map_or(text.len(), |&next| next - 1);
                start..end.max(start)
            }
        }
    }
}
