//! Placeholders: `${VAR}`, `$VAR` and `{{ .Values.x }}`, which an entrypoint or Helm fills in before
//! ProxySQL reads the file.
//!
//! `lex` finds them, outside quotes (as tokens) and in strings; `expression` reads what they ask for;
//! `fill` is where values come from, and `render` puts them in.

mod error;
mod expression;
mod fill;
mod lex;
mod render;

use std::fmt;
use std::ops::Range;

use super::document::Document;
use super::source::{Location, Span, to_pos};
use super::strings;
use super::token::{Scalar, Token};
use super::tree::Kind;
use super::value::Setting;
pub use error::{RenderError, Unfilled, UnfilledReason};
pub use fill::{Fill, Filling, Fillings};
pub(super) use lex::token;
pub use render::RenderOptions;

/// A value outside quotes of which a placeholder is a part, or the whole. Its type is not known.
#[derive(Clone, Copy)]
pub struct Placeholder<'a> {
    pub(super) setting: Setting<'a>,
}

impl<'a> Placeholder<'a> {
    /// The whole value as it is written, such as `${PORT}` or `10${N}`. Defaults in it can be secrets.
    pub fn text(&self) -> &'a str {
        let source = self.setting.source().unwrap_or_default();
        std::str::from_utf8(source).unwrap_or_default()
    }

    /// The placeholders that are its parts.
    pub fn parts(&self) -> impl Iterator<Item = PlaceholderRef<'a>> {
        refs(self.setting).into_iter()
    }

    /// Whether quotes are around it: a string in which an action of a template has quotes of its own.
    pub fn is_quoted(&self) -> bool {
        self.text().starts_with('"')
    }
}

/// The parts, without defaults: they may be secrets.
impl fmt::Debug for Placeholder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = self.parts().map(|part| part.label());
        write!(f, "Placeholder({:?}, {:?})", labels.collect::<Vec<_>>(), self.setting.span())
    }
}

/// How a placeholder is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PlaceholderKind {
    /// `${NAME}`, with or without a default.
    Braces,
    /// `$NAME`.
    Bare,
    /// `{{ ... }}`.
    Template,
}

/// One placeholder, with its place.
#[derive(Clone, Copy)]
pub struct PlaceholderRef<'a> {
    setting: Setting<'a>,
    kind: PlaceholderKind,
    span: Span,
    text: &'a str,
    in_string: bool,
}

impl<'a> PlaceholderRef<'a> {
    /// How it is written.
    pub fn kind(&self) -> PlaceholderKind {
        self.kind
    }

    /// Its text as it is written. A default in it can be a secret.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The name of the variable, or the path behind `.Values.` that an action begins with. `None` for
    /// other actions.
    pub fn name(&self) -> Option<&'a str> {
        name(self.text, self.kind)
    }

    /// Its place.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The place where it begins.
    pub fn location(&self) -> Location {
        self.setting.tree.sources.location(self.span)
    }

    /// Whether it stands in a string, so that its value is text whatever it looks like.
    pub fn is_in_string(&self) -> bool {
        self.in_string
    }

    /// The setting or element whose value it is a part of.
    pub fn setting(&self) -> Setting<'a> {
        self.setting
    }

    /// The placeholder without what could be a secret, for messages.
    pub(super) fn label(&self) -> String {
        label(self.text, self.kind)
    }
}

/// Without defaults: they may be secrets.
impl fmt::Debug for PlaceholderRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaceholderRef")
            .field("placeholder", &self.label())
            .field("span", &self.span)
            .field("in_string", &self.in_string)
            .finish()
    }
}

impl Document {
    /// All placeholders in values, in the order of the settings: outside quotes (where
    /// [`ParseOptions::placeholders`](super::ParseOptions::placeholders) was set), and in strings.
    ///
    /// A `$NAME` in a string can also be a part of a regular expression (`a$|b`), a password's hash
    /// (`$A$005$...`) or a path in JSON; [`PlaceholderKind::Bare`] tells it apart. Comments, names and
    /// paths of include directives are not looked at.
    ///
    /// ```
    /// use proxysql_kit::libconfig::{Document, ParseOptions};
    ///
    /// let text = "mysql_variables = { threads=${THREADS:-4}, version=\"{{ .Values.version }}\" }";
    /// let document = Document::parse_with(text, &ParseOptions::new().placeholders(true))?;
    /// let found: Vec<_> = document
    ///     .placeholders()
    ///     .map(|found| (found.name().unwrap(), found.is_in_string(), found.location().column))
    ///     .collect();
    /// assert_eq!(found, [("THREADS", false, 29), ("version", true, 53)]);
    /// # Ok::<(), proxysql_kit::libconfig::ParseError>(())
    /// ```
    pub fn placeholders(&self) -> impl Iterator<Item = PlaceholderRef<'_>> {
        let tree = &self.tree;
        let ids = 1..to_pos(tree.nodes.len());
        ids.flat_map(move |id| refs(Setting { tree, id }))
    }
}

/// Whether a text can stand outside quotes as a placeholder.
pub(super) fn is_placeholder(text: &[u8]) -> bool {
    matches!(token(text), Ok(([], Token::Scalar(Scalar::Placeholder))))
}

/// Whether there is a placeholder in a text.
pub(super) fn has_some(text: &[u8]) -> bool {
    lex::atoms(text).next().is_some()
}

/// The placeholder that a text begins with, as messages tell it.
pub(super) fn label_at(text: &[u8]) -> Option<String> {
    let (len, kind) = lex::atom(text)?;
    std::str::from_utf8(&text[..len]).ok().map(|text| label(text, kind))
}

/// The placeholders in a scalar.
fn refs(setting: Setting<'_>) -> Vec<PlaceholderRef<'_>> {
    let Setting { tree, id } = setting;
    let node = tree.node(id);
    if node.kind == Kind::StrAcross {
        return refs_across(setting, tree.plain_bytes(id).unwrap_or_default());
    }
    if !(node.kind.is_string() || node.kind == Kind::Placeholder) {
        return Vec::new();
    }
    let source = setting.source().unwrap_or_default();
    if memchr::memchr2(b'$', b'{', source).is_none() {
        return Vec::new();
    }
    let in_string = source.starts_with(b"\"");
    let mut found = Vec::new();
    for piece in pieces_of(node.kind, source) {
        for atom in lex::atoms(&source[piece.clone()]) {
            let (start, end) = (piece.start + atom.start, piece.start + atom.end);
            let span = tree.sources.span(node.start + to_pos(start), node.start + to_pos(end));
            let text = std::str::from_utf8(&source[start..end]).unwrap_or_default();
            found.push(PlaceholderRef { setting, kind: atom.kind, span, text, in_string });
        }
    }
    found
}

/// Of a string that goes over the border of a file no place is known but its own.
fn refs_across<'a>(setting: Setting<'a>, bytes: &'a [u8]) -> Vec<PlaceholderRef<'a>> {
    let placed = |atom: lex::Atom| PlaceholderRef {
        setting,
        kind: atom.kind,
        span: setting.span(),
        text: std::str::from_utf8(&bytes[atom.start..atom.end]).unwrap_or_default(),
        in_string: true,
    };
    lex::atoms(bytes).map(placed).collect()
}

/// The stretches of a scalar's source in which placeholders stand.
fn pieces_of(kind: Kind, source: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let is_text = kind != Kind::Placeholder;
    let whole = if source.starts_with(b"\"") { 1..source.len() - 1 } else { 0..source.len() };
    let pieces = strings::pieces(if is_text { source } else { b"" });
    (!is_text).then_some(whole).into_iter().chain(pieces)
}

/// The name of a variable, or the path behind `.Values.` that an action begins with.
fn name(text: &str, kind: PlaceholderKind) -> Option<&str> {
    if kind != PlaceholderKind::Template {
        let name = text.trim_start_matches(['$', '{']);
        return name.get(..lex::variable_len(name.as_bytes()));
    }
    let action = text.trim_start_matches(['{', '-', ' ', '\t']);
    expression::path(action.split([' ', '\t', '|', '}']).next()?)
}

fn label(text: &str, kind: PlaceholderKind) -> String {
    match (kind, name(text, kind)) {
        (PlaceholderKind::Braces, Some(name)) => format!("${{{name}}}"),
        (PlaceholderKind::Template, Some(name)) => format!("{{{{ .Values.{name} }}}}"),
        (_, Some(name)) => format!("${name}"),
        (_, None) => {
            let inner = text.trim_start_matches(['{', '-', ' ', '\t']);
            let end = inner.find(|character: char| !(character.is_alphanumeric() || character == '.'));
            format!("{{{{ {} … }}}}", &inner[..end.unwrap_or(inner.len())])
        }
    }
}
