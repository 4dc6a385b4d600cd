//! Secrets in the lines of diagnostics: hidden, by the names of settings.

use std::ops::Range;

/// A line with what follows the names of secrets hidden, each byte of it behind one `*`. Placeholders
/// that tell nothing but a name stay.
pub(crate) fn masked(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    let mut text = String::with_capacity(line.len());
    while let Some(secret) = next_secret(line, &lower, text.len()) {
        text.push_str(&line[text.len()..secret.start]);
        if tells_nothing(&line[secret.clone()]) {
            text.push_str(&line[secret]);
            continue;
        }
        for character in line[secret].chars() {
            match character {
                '"' | '\'' | '\r' => text.push(character),
                _ => text.extend(std::iter::repeat_n('*', character.len_utf8())),
            }
        }
    }
    text.push_str(&line[text.len()..]);
    text
}

/// The next value, at or behind `from`, of a setting whose name tells that it is a secret.
fn next_secret(line: &str, lower: &str, from: usize) -> Option<Range<usize>> {
    const SECRET: [&str; 3] = ["password", "credentials", "secret"];
    let name = from + SECRET.iter().filter_map(|word| lower[from..].find(word)).min()?;
    let assign = name + line[name..].find(['=', ':'])? + 1;
    let start = line.len() - line[assign..].trim_start().len();
    Some(start..start + value_len(&line[start..])?)
}

/// How long the value at the beginning of a text is. Quotes and separators within placeholders do not
/// end it.
fn value_len(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let quoted = matches!(quote, '"' | '\'');
    let mut at = usize::from(quoted);
    while let Some(character) = text[at..].chars().next() {
        let rest = &text[at..];
        let placeholder = [("{{", "}}"), ("${", "}")].into_iter().find(|(open, _)| rest.starts_with(open));
        if let Some((open, close)) = placeholder
            && let Some(end) = rest.find(close)
        {
            at += end.max(open.len()) + close.len();
            continue;
        }
        match character {
            '\\' if quoted => at += rest.chars().take(2).map(char::len_utf8).sum::<usize>(),
            _ if quoted && character == quote => return Some(at + 1),
            ',' | ';' | '}' | ')' | '#' if !quoted => return Some(at),
            _ => at += character.len_utf8(),
        }
    }
    Some(text.len())
}

/// Whether a value is one placeholder without a default.
fn tells_nothing(value: &str) -> bool {
    let value = value.trim_end();
    let inner = value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
    let is_name =
        |name: &str| name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    let text = inner.unwrap_or(value);
    if let Some(name) = text.strip_prefix("${").and_then(|name| name.strip_suffix('}')) {
        return is_name(name);
    }
    if let Some(action) = text.strip_prefix("{{").and_then(|action| action.strip_suffix("}}")) {
        let path = action.trim().strip_prefix(".Values.");
        return path.is_some_and(|path| path.split('.').all(is_name));
    }
    // In quotes it may be a password.
    inner.is_none() && text.strip_prefix('$').is_some_and(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_placeholders_stay() {
        for (line, shown) in [
            ("a=1, password=\"ab\", b=2", "a=1, password=\"**\", b=2"),
            (r#"password="a\"bc" b=1"#, r#"password="**"**" b=1"#),
            ("password=abc, x=1", "password=***, x=1"),
            ("password=${PASSWORD}, x=1", "password=${PASSWORD}, x=1"),
            ("password=\"${PW}\" x=1", "password=\"${PW}\" x=1"),
            ("password=${PW:-a,b}, x=1", "password=**********, x=1"),
            ("password=$PW, secret=\"$ecret\"", "password=$PW, secret=\"******\""),
            ("password={{ .Values.pw }} }", "password={{ .Values.pw }} }"),
            (r#"password="{{ .x | default "a;b" }}" x=1"#, r#"password="****************"***"***" x=1"#),
            ("password=\"{{ab\"", "password=\"****\""),
            ("password=", "password="),
        ] {
            assert_eq!(masked(line), shown);
        }
    }
}
