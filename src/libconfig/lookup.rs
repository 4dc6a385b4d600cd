//! Finding settings by path, and reading them with the types that libconfig's own functions demand.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::options::Dialect;
use super::value::{Setting, Value, ValueType};

/// The setting at a path from `start`; see [`Document::lookup`](super::Document::lookup).
pub(super) fn by_path<'a>(start: Setting<'a>, path: &[u8]) -> Option<Setting<'a>> {
    let mut found = start;
    let mut rest = skip_separators(path);
    while !rest.is_empty() {
        let len = rest.iter().position(|&byte| is_separator(byte)).unwrap_or(rest.len());
        let (part, behind) = rest.split_at(len);
        let inner = match part.strip_prefix(b"[") {
            Some(text) => position(text).and_then(|position| found.at(position)),
            None => named(found, part),
        };
        found = match inner {
            Some(inner) => inner,
            // 1.7.2 takes the bracket for nothing, as it has nothing behind it.
            None if start.tree.dialect == Dialect::V1_7_2 && rest == b"[" => return Some(found),
            None => return None,
        };
        rest = skip_separators(behind);
    }
    let moved = found.id != start.id;
    (moved || start.tree.dialect == Dialect::V1_7_2).then_some(found)
}

/// A path that leads from the root to a setting.
pub(super) fn path_to(setting: Setting<'_>) -> String {
    let mut path = String::new();
    let mut at = Setting::root(setting.tree);
    while at.id != setting.id {
        let holds = |(_, child): &(usize, Setting<'_>)| setting.id < child.tree.node(child.id).next;
        let Some((position, child)) = at.children().enumerate().find(holds) else { break };
        if !path.is_empty() {
            path.push('.');
        }
        match child.name() {
            Some(name) => path.push_str(name),
            None => {
                // Writing to a `String` cannot fail.
                let _ = write!(path, "[{position}]");
            }
        }
        at = child;
    }
    path
}

impl<'a> Setting<'a> {
    /// The member that `config_setting_get_member` finds: the name ends at the first of `.` `:` `/`,
    /// so asking for `a.b` finds `a`.
    pub fn member(&self, name: impl AsRef<[u8]>) -> Option<Setting<'a>> {
        let name = name.as_ref();
        let len = name.iter().position(|&byte| is_separator(byte)).unwrap_or(name.len());
        named(*self, &name[..len])
    }

    /// The value as libconfig's C functions (`config_lookup_int`, ...) give it.
    pub fn in_c(&self) -> CValue<'a> {
        CValue(*self)
    }

    /// The value as libconfig++'s `lookupValue` gives it. ProxySQL reads its files through these.
    ///
    /// ```
    /// # use proxysql_kit::libconfig::Document;
    /// let document = Document::parse("port = true; weight = \"1\"; max = 5L")?;
    /// for path in ["port", "weight", "max"] {
    ///     let setting = document.lookup(path).unwrap();
    ///     assert_eq!(setting.in_cpp().int(), None, "ProxySQL takes its default");
    /// }
    /// assert_eq!(document.lookup("max").unwrap().in_c().int(), Some(5));
    /// # Ok::<(), proxysql_kit::libconfig::ParseError>(())
    /// ```
    pub fn in_cpp(&self) -> CppValue<'a> {
        CppValue(*self)
    }
}

/// A value as the C library gives it (1.7, without `CONFIG_OPTION_AUTOCONVERT`).
#[derive(Clone, Copy, Debug)]
pub struct CValue<'a>(Setting<'a>);

impl<'a> CValue<'a> {
    /// From an int, or from an int64 that fits.
    pub fn int(&self) -> Option<i32> {
        self.0.as_int64().and_then(|value| value.try_into().ok())
    }

    /// From an int or an int64.
    pub fn int64(&self) -> Option<i64> {
        self.0.as_int64()
    }

    /// From a float.
    pub fn float(&self) -> Option<f64> {
        self.0.as_float()
    }

    /// From a boolean.
    pub fn bool(&self) -> Option<bool> {
        self.0.as_bool()
    }

    /// From a string.
    pub fn str(&self) -> Option<Cow<'a, [u8]>> {
        self.0.as_bytes()
    }
}

/// A value as libconfig++ gives it (1.7, without automatic conversion).
#[derive(Clone, Copy, Debug)]
pub struct CppValue<'a>(Setting<'a>);

impl<'a> CppValue<'a> {
    /// From an int only: no boolean, string, float or int64.
    pub fn int(&self) -> Option<i32> {
        self.0.as_int()
    }

    /// From an int only: its 32 bits without a sign.
    pub fn unsigned(&self) -> Option<u32> {
        self.0.as_int().map(i32::cast_unsigned)
    }

    /// From an int64 only.
    pub fn int64(&self) -> Option<i64> {
        if let Value::Int64(value) = self.0.value() { Some(value) } else { None }
    }

    /// From an int64 only: its 64 bits without a sign.
    pub fn unsigned64(&self) -> Option<u64> {
        self.int64().map(i64::cast_unsigned)
    }

    /// From a float only.
    pub fn float(&self) -> Option<f64> {
        self.0.as_float()
    }

    /// From a boolean only.
    pub fn bool(&self) -> Option<bool> {
        self.0.as_bool()
    }

    /// From a string only.
    pub fn str(&self) -> Option<Cow<'a, [u8]>> {
        self.0.as_bytes()
    }
}

fn named<'a>(group: Setting<'a>, name: &[u8]) -> Option<Setting<'a>> {
    if group.value_type() != ValueType::Group || name.is_empty() {
        return None;
    }
    group.children().find(|child| child.tree.name(child.id) == Some(name))
}

/// C's `atoi`: blanks, one sign, digits; what follows is ignored. Nothing for a negative number.
fn position(text: &[u8]) -> Option<usize> {
    let blanks = text.iter().take_while(|byte| matches!(byte, b'\t'..=b'\r' | b' ')).count();
    let text = &text[blanks..];
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = digits[..len]
        .iter()
        .try_fold(0_usize, |sum, digit| sum.checked_mul(10)?.checked_add(usize::from(digit - b'0')))?;
    (!negative || number == 0).then_some(number)
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'.' | b':' | b'/')
}

fn skip_separators(path: &[u8]) -> &[u8] {
    let len = path.iter().take_while(|&&byte| is_separator(byte)).count();
    &path[len..]
}
