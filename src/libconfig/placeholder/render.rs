//! Placeholders filled in, each escaped for where it stands.
//!
//! What is written is planned as pieces of text that take the place of placeholders. Then the result
//! is read by libconfig's own rules and held against what every setting is meant to be: so no value,
//! whatever it holds, can end its string or bring settings of its own.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::document::{Document, Reading};
use super::super::edit::{Patch, Splice};
use super::super::number;
use super::super::source::{FileId, Span, to_pos};
use super::super::text::{Escaping, Unescape, escape, quote};
use super::super::token::{Scalar, Token, token};
use super::super::tree::{Kind, NodeId, Tree};
use super::super::value::{Setting, ValueType};
use super::error::{RenderError, Unfilled, UnfilledReason};
use super::expression::{self, Expression, Unsupported, VariableDefault};
use super::fill::{Fill, Filling};
use super::{Placeholder, PlaceholderKind, PlaceholderRef, pieces_of, refs};

/// How placeholders are filled; [`Document::render`] takes the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenderOptions {
    /// Whether a `$NAME` without braces is filled in strings too, if it is set.
    pub bare_in_strings: bool,
}

impl RenderOptions {
    /// The same with another [`bare_in_strings`](RenderOptions::bare_in_strings). In a string a `$` can
    /// be anything: the end of a line in a regular expression (`a$|b`), a piece of a password's hash
    /// (`$A$005$...`). So `$NAME` is left alone there unless this is on, and even then one that is not
    /// set is left alone and is no error. `${NAME}` is filled always.
    #[must_use]
    pub fn bare_in_strings(mut self, bare_in_strings: bool) -> Self {
        self.bare_in_strings = bare_in_strings;
        self
    }
}

impl Document {
    /// The document with all placeholders filled in, in all its files; with default
    /// [`RenderOptions`].
    ///
    /// Each value is escaped for where it stands. In a string libconfig reads exactly its bytes.
    /// Outside quotes a value that looks like an integer, a float or a boolean is written as it is, and
    /// any other as a string: put quotes around the placeholder of a text that can look like a number,
    /// such as a password. A number that libconfig would read as another one (octal `010`, more than 64
    /// bits) is written as a string. Elements of an array get the type of the others.
    ///
    /// `${NAME:-text}` stands for the text where the variable is unset or empty, `${NAME-text}` where it
    /// is unset, and `{{ .Values.x | default "text" }}` where the value is unset, empty, 0 or false, as
    /// in Helm. Values are not looked through for placeholders again.
    ///
    /// ```
    /// use proxysql_kit::libconfig::{Document, Fillings, ParseOptions};
    ///
    /// let text = "threads=${THREADS} password=${PASSWORD} url=\"{{ .Values.url }}\"";
    /// let template = Document::parse_with(text, &ParseOptions::new().placeholders(true))?;
    /// let values = Fillings::new()
    ///     .variable("THREADS", "4")
    ///     .variable("PASSWORD", "x\" admin=1")
    ///     .value("url", "http://[::1]/");
    /// assert_eq!(
    ///     template.render(&values)?.to_string(),
    ///     r#"threads=4 password="x\" admin=1" url="http://[::1]/""#
    /// );
    /// let error = template.render(&Fillings::new().variable("THREADS", "4")).unwrap_err();
    /// assert_eq!(error.to_string(), "1:29: `${PASSWORD}` is not set (and 1 more)");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// All placeholders that cannot be filled at once. Nothing is filled then.
    pub fn render(&self, values: &dyn Fill) -> Result<Document, RenderError> {
        self.render_with(values, &RenderOptions::default())
    }

    /// The same with other options than the defaults.
    ///
    /// # Errors
    /// As [`Document::render`].
    pub fn render_with(&self, values: &dyn Fill, options: &RenderOptions) -> Result<Document, RenderError> {
        let mut renderer = Renderer {
            document: self,
            values,
            options,
            pieces: BTreeMap::new(),
            meant: BTreeMap::new(),
            unfilled: Vec::new(),
            bytes: 0,
        };
        renderer.plan()?;
        renderer.finish()
    }
}

struct Renderer<'d> {
    document: &'d Document,
    values: &'d dyn Fill,
    options: &'d RenderOptions,
    /// What is written, by file and place. A file that was opened twice is written once.
    pieces: BTreeMap<Place<'d>, (FileId, Vec<u8>)>,
    /// What the settings with placeholders are meant to be.
    meant: BTreeMap<NodeId, Meant>,
    unfilled: Vec<Unfilled>,
    /// How many bytes of values there are so far.
    bytes: usize,
}

/// What tells a file apart, and the range in it.
type Place<'d> = (&'d [u8], usize, usize);

/// What a setting is meant to be.
enum Meant {
    /// A string of these bytes.
    Text(Vec<u8>),
    /// What this source reads as.
    Source(Vec<u8>),
}

/// A value that takes the place of a placeholder outside quotes.
struct Value {
    text: Vec<u8>,
    /// Whether it is a string whatever it looks like.
    is_string: bool,
}

impl Value {
    /// The type that it has if it is written as it is.
    fn looks_like(&self) -> Option<ValueType> {
        if self.is_string { None } else { scalar_type(&self.text) }
    }
}

impl<'d> Renderer<'d> {
    fn plan(&mut self) -> Result<(), RenderError> {
        let tree = &self.document.tree;
        let mut array_end = 0;
        for id in 1..to_pos(tree.nodes.len()) {
            let setting = Setting { tree, id };
            match tree.node(id).kind {
                Kind::Array => {
                    array_end = tree.node(id).next;
                    self.array(setting)?;
                }
                Kind::Placeholder if id >= array_end => {
                    if let Some(value) = self.value(setting) {
                        let as_string = value.looks_like().is_none();
                        self.write_value(setting, value, as_string)?;
                    }
                }
                kind if kind.is_string() => self.string(setting)?,
                _ => {}
            }
            let limit = self.document.reading.limits.bytes;
            if self.bytes > limit {
                return Err(RenderError::TooLarge { limit });
            }
        }
        Ok(())
    }

    /// Reads the result and proves that it is what was meant.
    fn finish(mut self) -> Result<Document, RenderError> {
        if !self.unfilled.is_empty() {
            self.unfilled.sort_by_key(|unfilled| (unfilled.span.file, unfilled.span.start));
            return Err(RenderError::Unfilled(self.unfilled));
        }
        let splice = |((_, start, end), (file, text))| Splice { span: Span { file, start, end }, text };
        let patch = Patch { splices: self.pieces.into_iter().map(splice).collect() };
        let texts = self.document.patched(&patch).map_err(|_| RenderError::Changed(String::new()))?;
        let reading = Reading { placeholders: false, ..self.document.reading.clone() };
        let rendered = self.document.read_again(texts, reading).map_err(|error| RenderError::Refused {
            verdict: error.first().verdict,
            line: error.first().location.line,
        })?;
        match first_difference(&self.document.tree, &rendered.tree, &self.meant) {
            None => Ok(rendered),
            Some(id) => Err(RenderError::Changed(Setting { tree: &self.document.tree, id }.path())),
        }
    }

    /// Elements of an array have one type: that of those which are no placeholders; else their own, if
    /// it is the same for all; else they are strings.
    fn array(&mut self, array: Setting<'d>) -> Result<(), RenderError> {
        let mut known = None;
        let mut values = Vec::new();
        for element in array.children() {
            if element.value_type() == ValueType::Placeholder {
                values.extend(self.value(element).map(|value| (element, value)));
            } else {
                known = known.or(Some(element.value_type()));
            }
        }
        let looks: Vec<_> = values.iter().map(|(_, value)| value.looks_like()).collect();
        let alike = looks.windows(2).all(|pair| pair[0] == pair[1]);
        let wanted = known.or(looks.first().copied().flatten().filter(|_| alike));
        for ((element, value), look) in values.into_iter().zip(looks) {
            match wanted {
                Some(wanted) if wanted != ValueType::Str && look != Some(wanted) => {
                    let first = refs(element).into_iter().next();
                    self.unfilled.extend(first.map(|part| unfilled(&part, UnfilledReason::ArrayType)));
                }
                wanted => {
                    let as_string = wanted.is_none_or(|wanted| wanted == ValueType::Str);
                    self.write_value(element, value, as_string)?;
                }
            }
        }
        Ok(())
    }

    /// The value of a placeholder outside quotes, with the text that has grown together with it.
    fn value(&mut self, setting: Setting<'d>) -> Option<Value> {
        let is_quoted = Placeholder { setting }.is_quoted();
        let source = setting.source()?;
        let begin = setting.span().start;
        let mut value = Value { text: Vec::new(), is_string: is_quoted };
        let piece = pieces_of(Kind::Placeholder, source).next()?;
        let mut at = piece.start;
        let mut complete = true;
        let literal = |range: Range<usize>, text: &mut Vec<u8>| {
            if is_quoted {
                text.extend(unescaped(&source[range]));
            } else {
                text.extend(&source[range]);
            }
        };
        for part in refs(setting) {
            literal(at..part.span.start - begin, &mut value.text);
            at = part.span.end - begin;
            match self.value_of(&part) {
                Ok(found) => {
                    value.text.extend(found.text);
                    value.is_string |= found.is_string;
                }
                Err(reason) => {
                    complete = false;
                    self.unfilled.push(unfilled(&part, reason));
                }
            }
        }
        literal(at..piece.end, &mut value.text);
        complete.then_some(value)
    }

    fn write_value(
        &mut self,
        setting: Setting<'d>,
        value: Value,
        as_string: bool,
    ) -> Result<(), RenderError> {
        let mut out = Vec::new();
        let meant = if as_string {
            quote(&value.text, Escaping::Utf8, &mut out);
            Meant::Text(value.text)
        } else {
            out.clone_from(&value.text);
            Meant::Source(value.text)
        };
        self.meant.insert(setting.id, meant);
        self.write(setting, setting.span(), out)
    }

    /// Fills the placeholders in a string. The rest of its source stays as it is.
    fn string(&mut self, setting: Setting<'d>) -> Result<(), RenderError> {
        let found: Vec<_> = refs(setting).into_iter().filter(|part| self.is_filled(part)).collect();
        let Some(first) = found.first() else { return Ok(()) };
        let Some(source) = setting.source() else {
            self.unfilled.push(unfilled(first, UnfilledReason::SeveralFiles));
            return Ok(());
        };
        let begin = setting.span().start;
        let mut text = Vec::new();
        let mut complete = true;
        let mut parts = found.iter().peekable();
        for piece in pieces_of(Kind::Str, source) {
            let mut at = piece.start;
            while let Some(part) = parts.next_if(|part| part.span.end - begin <= piece.end) {
                let literal = &source[at..part.span.start - begin];
                at = part.span.end - begin;
                text.extend(unescaped(literal));
                match self.value_of(part) {
                    Ok(value) => {
                        // A backslash that would make an escape of what the value begins with.
                        let open = &literal[literal.len() - open_escape(literal)..];
                        let mut out = Vec::new();
                        escape(open, Escaping::Utf8, &mut out);
                        escape(&value.text, Escaping::Utf8, &mut out);
                        text.extend(value.text);
                        let span = Span { start: part.span.start - open.len(), ..part.span };
                        self.write(setting, span, out)?;
                    }
                    Err(reason) => {
                        complete = false;
                        self.unfilled.push(unfilled(part, reason));
                    }
                }
            }
            text.extend(unescaped(&source[at..piece.end]));
        }
        if complete {
            self.meant.insert(setting.id, Meant::Text(text));
        }
        Ok(())
    }

    /// Whether a placeholder in a string is to be filled.
    fn is_filled(&self, part: &PlaceholderRef<'_>) -> bool {
        let wanted = |name: &str| {
            // Every shell sets `$_` to something.
            self.options.bare_in_strings && name != "_" && self.values.variable(name).is_some()
        };
        part.kind != PlaceholderKind::Bare || part.name().is_some_and(wanted)
    }

    fn write(&mut self, setting: Setting<'d>, span: Span, text: Vec<u8>) -> Result<(), RenderError> {
        self.bytes = self.bytes.saturating_add(text.len());
        let place = (self.document.key(span.file), span.start, span.end);
        match self.pieces.get(&place) {
            Some((_, written)) if *written != text => return Err(RenderError::Changed(setting.path())),
            Some(_) => {}
            None => drop(self.pieces.insert(place, (span.file, text))),
        }
        Ok(())
    }

    /// The value of one placeholder.
    fn value_of(&self, part: &PlaceholderRef<'_>) -> Result<Value, UnfilledReason> {
        let asked = match part.kind {
            PlaceholderKind::Template => expression::template(part.text, part.in_string),
            _ => expression::variable(part.text),
        };
        let value = match asked {
            Ok(Expression::Variable { name, default }) => {
                variable(self.values.variable(&name), default, part.in_string)
            }
            Ok(Expression::Value { quote: true, .. }) if part.in_string => Err(UnfilledReason::QuoteInString),
            Ok(Expression::Value { trims: true, .. }) if part.in_string => Err(UnfilledReason::TrimInString),
            Ok(Expression::Value { path, default, quote, .. }) => {
                let found = self.values.value(&path).filter(|found| default.is_none() || !found.is_empty());
                let found = found.or(default.map(Filling::from)).ok_or(UnfilledReason::Unset)?;
                let text = found.into_text().ok_or(UnfilledReason::NotScalar)?;
                Ok(Value { text, is_string: quote })
            }
            Err(Unsupported::Operator) => Err(UnfilledReason::Operator),
            Err(Unsupported::Template) => Err(UnfilledReason::Template),
        }?;
        if value.text.contains(&0) { Err(UnfilledReason::Nul) } else { Ok(value) }
    }
}

fn unfilled(part: &PlaceholderRef<'_>, reason: UnfilledReason) -> Unfilled {
    Unfilled {
        span: part.span,
        location: part.location(),
        path: part.setting.path(),
        placeholder: part.label(),
        reason,
    }
}

/// The value of a variable, or its default.
fn variable(
    found: Option<Filling>,
    default: Option<VariableDefault>,
    in_string: bool,
) -> Result<Value, UnfilledReason> {
    let text = found.map(|found| found.into_text().ok_or(UnfilledReason::NotScalar)).transpose()?;
    match (text, default) {
        (Some(text), default) if !text.is_empty() || default.as_ref().is_none_or(|it| !it.for_empty) => {
            Ok(Value { text, is_string: false })
        }
        (_, Some(VariableDefault { text, .. })) => Ok(default_value(text, in_string)),
        (_, None) => Err(UnfilledReason::Unset),
    }
}

/// A default as it is written: in a string it is source of that string, outside it may be a string.
fn default_value(text: String, in_string: bool) -> Value {
    if in_string {
        return Value { text: unescaped(text.as_bytes()), is_string: false };
    }
    match token(text.as_bytes()) {
        Ok(([], Token::Str { .. })) => {
            Value { text: unescaped(&text.as_bytes()[1..text.len() - 1]), is_string: true }
        }
        _ => Value { text: text.into_bytes(), is_string: false },
    }
}

fn unescaped(source: &[u8]) -> Vec<u8> {
    let mut unescape = Unescape::default();
    unescape.push(source);
    unescape.finish()
}

/// How many bytes at the end of a piece of a string could be the beginning of an escape.
fn open_escape(source: &[u8]) -> usize {
    let mut rest = source;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        rest = &rest[at..];
        rest = match rest {
            [_] | [_, b'x' | b'X'] => return rest.len(),
            [_, b'x' | b'X', digit] if digit.is_ascii_hexdigit() => return rest.len(),
            // Any other escape is two bytes or more, and what follows is no backslash of its own.
            [_, b'\\' | b'"', ..] => &rest[2..],
            _ => &rest[1..],
        };
    }
    0
}

/// The type that a text has as a value of libconfig, if that value is what people see.
fn scalar_type(text: &[u8]) -> Option<ValueType> {
    let Ok(([], Token::Scalar(scalar))) = token(text) else { return None };
    let digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    match scalar {
        Scalar::Bool(_) => Some(ValueType::Bool),
        Scalar::Int { hex: false, .. } => is_plain_integer(text, digits).then_some(ValueType::Int),
        // With a suffix a number over 64 bits would be cut.
        Scalar::Int64 { hex: false, .. } => is_plain_integer(text, digits).then_some(ValueType::Int64),
        // `0x` and what 32 or, with `L`, 64 bits hold.
        Scalar::Int { hex: true, .. } => (digits.len() <= 10).then_some(ValueType::Int),
        Scalar::Int64 { hex: true, .. } => (without_suffix(digits).len() <= 18).then_some(ValueType::Int64),
        Scalar::Float(_) => digits.iter().any(u8::is_ascii_digit).then_some(ValueType::Float),
        Scalar::Placeholder => None,
    }
}

/// Whether an integer is decimal and within 64 bits. A leading 0 would make it octal.
fn is_plain_integer(text: &[u8], digits: &[u8]) -> bool {
    let octal = digits.starts_with(b"0") && without_suffix(digits).len() > 1;
    !octal && number::integer(without_suffix(text)).is_some()
}

fn without_suffix(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != b'L').map_or(0, |last| last + 1);
    &text[..end]
}

/// The first setting that differs although it was not filled, or that is not what was meant.
fn first_difference(before: &Tree<'_>, after: &Tree<'_>, meant: &BTreeMap<NodeId, Meant>) -> Option<NodeId> {
    if before.nodes.len() != after.nodes.len() {
        return Some(0);
    }
    let bytes = |tree: &Tree<'_>, id| match tree.plain_bytes(id) {
        Some(bytes) => bytes.to_vec(),
        None => tree.unescaped_bytes(id),
    };
    let same = |id: NodeId| {
        let (old, new) = (before.node(id), after.node(id));
        let value = match meant.get(&id) {
            Some(Meant::Text(text)) => new.kind.is_string() && bytes(after, id) == *text,
            Some(Meant::Source(source)) => {
                !new.kind.is_aggregate() && after.sources.slice(new.start, new.end) == source
            }
            None if old.kind.is_string() => new.kind.is_string() && bytes(before, id) == bytes(after, id),
            None => old.kind == new.kind && old.int64() == new.int64(),
        };
        value && old.next == new.next && before.name(id) == after.name(id)
    };
    (0..to_pos(before.nodes.len())).find(|id| !same(*id))
}
