//! What a placeholder asks for.

use thiserror::Error;

use super::super::text::Unescape;
use super::lex::{has_open_quote, variable_len};

/// What a placeholder asks for, as far as it can be filled here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Variable {
        name: String,
        default: Option<VariableDefault>,
    },
    /// `{{ .Values.PATH }}`
    Value {
        path: String,
        default: Option<String>,
        /// Whether the value is to be put in quotes.
        quote: bool,
        /// Whether blanks around it are to go.
        trims: bool,
    },
}

/// `${NAME:-TEXT}` or `${NAME-TEXT}`, the text as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VariableDefault {
    pub(super) text: String,
    /// Whether it also stands for an empty value.
    pub(super) for_empty: bool,
}

/// A placeholder of another kind.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum Unsupported {
    #[error("only `${{NAME}}`, `${{NAME:-text}}` and `${{NAME-text}}` can be filled")]
    Operator,
    #[error("only `.Values.a.b`, `default` and `quote` can be filled")]
    Template,
}

/// Reads `$NAME` or `${NAME...}`.
pub(super) fn variable(text: &str) -> Result<Expression, Unsupported> {
    let inner = text.strip_prefix('$').unwrap_or(text);
    let inner = inner.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(inner);
    let (name, operator) = inner.split_at(variable_len(inner.as_bytes()));
    let default = match operator {
        "" => None,
        _ if operator.contains("${") => return Err(Unsupported::Operator),
        _ => Some(match (operator.strip_prefix(":-"), operator.strip_prefix('-')) {
            (Some(text), _) => VariableDefault { text: text.to_owned(), for_empty: true },
            (None, Some(text)) => VariableDefault { text: text.to_owned(), for_empty: false },
            (None, None) => return Err(Unsupported::Operator),
        }),
    };
    Ok(Expression::Variable { name: name.to_owned(), default })
}

/// Reads `{{ .Values.a.b | default "x" | quote }}`; `{{ default "x" .Values.a.b }}` and
/// `{{ quote .Values.a.b }}` are the same. In a string of libconfig all of it may be escaped.
pub(super) fn template(text: &str, in_string: bool) -> Result<Expression, Unsupported> {
    let mut source = text.to_owned();
    if in_string && !has_open_quote(text.as_bytes()) {
        let mut unescape = Unescape::default();
        unescape.push(text.as_bytes());
        source = String::from_utf8(unescape.finish()).map_err(|_| Unsupported::Template)?;
    }
    let (inner, trims) = between_braces(&source).ok_or(Unsupported::Template)?;
    let words = words(inner).ok_or(Unsupported::Template)?;
    let mut commands = words.split(|word| *word == Word::Pipe);
    let (path, first_default, first_quote) = match commands.next().unwrap_or_default() {
        [Word::Path(path)] => (path, None, false),
        [Word::Other("default"), Word::Literal(text), Word::Path(path)] => (path, Some(text), false),
        [Word::Other("quote"), Word::Path(path)] => (path, None, true),
        _ => return Err(Unsupported::Template),
    };
    let (mut default, mut quote) = (first_default, first_quote);
    for command in commands {
        match command {
            [Word::Other("default"), Word::Literal(text)] if default.is_none() && !quote => {
                default = Some(text);
            }
            [Word::Other("quote")] if !quote => quote = true,
            _ => return Err(Unsupported::Template),
        }
    }
    Ok(Expression::Value { path: path.clone(), default: default.cloned(), quote, trims })
}

/// The action without braces and trim markers, and whether there are any of these.
fn between_braces(action: &str) -> Option<(&str, bool)> {
    let inner = action.strip_prefix("{{")?.strip_suffix("}}")?;
    let left = inner.strip_prefix('-').filter(|rest| rest.starts_with([' ', '\t']));
    let inner_left = left.unwrap_or(inner);
    let right = inner_left.strip_suffix('-').filter(|rest| rest.ends_with([' ', '\t']));
    Some((right.unwrap_or(inner_left), left.is_some() || right.is_some()))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word<'a> {
    Pipe,
    /// What stands behind `.Values.`.
    Path(String),
    /// A text, a number or a boolean.
    Literal(String),
    Other(&'a str),
}

/// The words of an action; nothing where they are none that are known here.
fn words(text: &str) -> Option<Vec<Word<'_>>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let word;
        (word, rest) = match first {
            '|' => (Word::Pipe, &rest[1..]),
            '`' => {
                let (literal, behind) = rest[1..].split_once('`')?;
                (Word::Literal(literal.to_owned()), behind)
            }
            '"' => quoted(&rest[1..])?,
            _ => {
                let end = rest.find(|character: char| character.is_ascii_whitespace() || character == '|');
                let (text, behind) = rest.split_at(end.unwrap_or(rest.len()));
                (bare(text), behind)
            }
        };
        words.push(word);
        rest = rest.trim_start();
    }
    Some(words)
}

fn bare(text: &str) -> Word<'_> {
    if let Some(path) = path(text) {
        return Word::Path(path.to_owned());
    }
    let is_number = text.parse::<f64>().is_ok_and(f64::is_finite);
    if is_number || matches!(text, "true" | "false") {
        return Word::Literal(text.to_owned());
    }
    Word::Other(text)
}

/// What stands behind `.Values.` in a path.
pub(super) fn path(text: &str) -> Option<&str> {
    let text = text.strip_prefix('$').unwrap_or(text);
    let path = text.strip_prefix(".Values.")?;
    let is_name = |name: &str| {
        let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        begins && variable_len(name.as_bytes()) == name.len()
    };
    path.split('.').all(is_name).then_some(path)
}

/// A text in quotes, from behind the first of them, and what comes behind the last.
fn quoted(text: &str) -> Option<(Word<'_>, &str)> {
    let mut literal = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((Word::Literal(literal), &text[at + 1..])),
            '\\' => literal.push(match characters.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                same @ ('"' | '\\') => same,
                _ => return None,
            }),
            character => literal.push(character),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(path: &str, default: Option<&str>, quote: bool) -> Expression {
        let (path, default) = (path.to_owned(), default.map(str::to_owned));
        Expression::Value { path, default, quote, trims: false }
    }

    #[test]
    fn variables() {
        let default = |text: &str, for_empty| Some(VariableDefault { text: text.to_owned(), for_empty });
        let found = |default| Ok(Expression::Variable { name: "A".to_owned(), default });
        assert_eq!(variable("$A"), found(None));
        assert_eq!(variable("${A}"), found(None));
        assert_eq!(variable("${A:-x y}"), found(default("x y", true)));
        assert_eq!(variable("${A-}"), found(default("", false)));
        for text in ["${A:?x}", "${A%x}", "${A:-${B}}", "${A[0]}"] {
            assert_eq!(variable(text), Err(Unsupported::Operator), "{text}");
        }
    }

    #[test]
    fn templates() {
        assert_eq!(template("{{ .Values.a.b1 }}", false).unwrap(), value("a.b1", None, false));
        assert_eq!(template("{{.Values.a|quote}}", false).unwrap(), value("a", None, true));
        assert_eq!(
            template("{{ $.Values.a | default 5 | quote }}", false).unwrap(),
            value("a", Some("5"), true)
        );
        assert_eq!(
            template("{{ default \"a \\\" b\" .Values.a }}", false).unwrap(),
            value("a", Some("a \" b"), false)
        );
        assert_eq!(
            template("{{ .Values.a | default \\\"x\\\" }}", true).unwrap(),
            value("a", Some("x"), false)
        );
        assert_eq!(template("{{ .Values.a | default `x` }}", true).unwrap(), value("a", Some("x"), false));
        let Ok(Expression::Value { trims, .. }) = template("{{- .Values.a -}}", false) else { panic!() };
        assert!(trims);
        for text in [
            "{{ .Release.Name }}",
            "{{ .Values }}",
            "{{ .Values.a-b }}",
            "{{ include \"x\" . }}",
            "{{ .Values.a | int }}",
            "{{ .Values.a | quote | default 1 }}",
            "{{ .Values.a | default .Values.b }}",
            "{{ .Values.a .Values.b }}",
            "{{ .Values.a | }}",
        ] {
            assert_eq!(template(text, false), Err(Unsupported::Template), "{text}");
        }
    }
}
