//! Whether the server takes a text for a variable, and what it runs as.

use crate::schema::{CHARSETS, Kind, Module, ValueShape, Variable, Version, atoi, strtoul_low_32};

use super::{Files, Level, MessageKind};

/// Judges the texts of one variable.
pub(super) struct Judge<'a> {
    pub(super) variable: &'static Variable,
    pub(super) version: Version,
    pub(super) files: &'a dyn Files,
    pub(super) datadir: &'a [u8],
}

/// What the server does with a text.
pub(super) enum Verdict {
    /// Memory keeps the text, and this one runs.
    Accepted(Vec<u8>),
    /// Memory gets what runs. `current` is what runs from then on, if that changes.
    Refused {
        current: Option<Vec<u8>>,
        /// No line where the text is what runs.
        silent_if_equal: bool,
        read_only: bool,
    },
    /// Memory gets what runs, without a line.
    ResetInSilence,
    /// Memory keeps the text, and nothing changes.
    Ignored,
}

impl Judge<'_> {
    /// The verdict on a text while another one runs. What the server says first goes to `said`.
    pub(super) fn judge(&self, text: &[u8], current: &[u8], said: &mut Vec<MessageKind>) -> Verdict {
        let itself = || Verdict::Accepted(text.to_vec());
        let is_null = text.is_empty() || text == b"(null)";
        match self.variable.kind() {
            Kind::Bool => self.boolean(text),
            Kind::Int => self.int(text, said),
            Kind::Uint32 => self.uint32(text),
            Kind::Text => itself(),
            Kind::NonEmpty if text.is_empty() => self.refused(),
            Kind::NonEmpty => itself(),
            Kind::EmptyIgnored if text.is_empty() => Verdict::Ignored,
            Kind::EmptyIgnored => itself(),
            Kind::TextOrNull if is_null => Verdict::Accepted(Vec::new()),
            Kind::TextOrNull => itself(),
            Kind::TextOrDefault if is_null => Verdict::Accepted(self.variable.default().into()),
            Kind::TextOrDefault => itself(),
            Kind::OneOf => self.one_of(text, said),
            Kind::Interfaces => {
                let free = current.is_empty() && !text.is_empty();
                if free || (text == current && !current.is_empty()) { itself() } else { self.refused() }
            }
            Kind::ServerVersion if text.is_empty() => self.refused(),
            Kind::ServerVersion if text == b"5.1.30" => Verdict::Accepted(b"5.5.30".to_vec()),
            Kind::ServerVersion => itself(),
            Kind::Version => self.own_version(text, current),
            Kind::Filename => self.filename(text, said),
            Kind::Heartbeat => self.heartbeat(text, said),
            Kind::Networks if are_networks(text) => itself(),
            Kind::Networks => Verdict::Ignored,
            Kind::Keylog => self.keylog(text, said),
            Kind::CharsetNr => {
                let known = CHARSETS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name.as_bytes()));
                match known {
                    Some((name, _)) => Verdict::Accepted(name.as_bytes().to_vec()),
                    None => self.refused(),
                }
            }
            Kind::Charset => self.charset(text, "utf8", said),
            Kind::Collation => self.charset(text, "utf8_general_ci", said),
        }
    }

    fn refused(&self) -> Verdict {
        let silent_if_equal = match self.variable.module() {
            Module::Pgsql => true,
            Module::Mysql => self.version < Version::V2_7,
            Module::Admin => false,
        };
        Verdict::Refused { current: None, silent_if_equal, read_only: false }
    }

    fn boolean(&self, text: &[u8]) -> Verdict {
        if text == b"1" || text.eq_ignore_ascii_case(b"true") {
            Verdict::Accepted(b"true".to_vec())
        } else if text == b"0" || text.eq_ignore_ascii_case(b"false") {
            Verdict::Accepted(b"false".to_vec())
        } else {
            self.refused()
        }
    }

    fn int(&self, text: &[u8], said: &mut Vec<MessageKind>) -> Verdict {
        let number = atoi(text);
        self.warn_of_low_values(number, said);
        if !self.in_range(number.into()) {
            return self.refused();
        }
        let intervals = self.variable.spec().rounded_up_to.get(self.version);
        let rounded = match (intervals.iter().find(|&&interval| number <= interval), intervals.last()) {
            (Some(&interval), _) | (None, Some(&interval)) => interval,
            (None, None) => number,
        };
        if rounded != number && self.version >= Version::V2_7 {
            said.push(warning(format!(
                "Variable '{}' rounded to interval '{rounded}'",
                self.variable.name()
            )));
        }
        Verdict::Accepted(rounded.to_string().into_bytes())
    }

    /// Two variables are warned of, whether they are in range or not.
    fn warn_of_low_values(&self, number: i32, said: &mut Vec<MessageKind>) {
        if self.version < Version::V2_7 || self.variable.module() == Module::Admin {
            return;
        }
        match self.variable.name() {
            "wait_timeout" if number < 5000 => {
                said.push(warning(format!("mysql-wait_timeout is set to a low value: {number}ms")));
            }
            "auto_increment_delay_multiplex_timeout_ms" if number.cast_unsigned() <= 60 => {
                said.push(warning(format!(
                    "'mysql-auto_increment_delay_multiplex_timeout_ms' is set to a low value: {}ms. \
                     Remember value is in 'ms'",
                    number.cast_unsigned()
                )));
            }
            _ => {}
        }
    }

    fn uint32(&self, text: &[u8]) -> Verdict {
        let number = strtoul_low_32(text);
        if self.in_range(number.into()) {
            Verdict::Accepted(number.cast_signed().to_string().into_bytes())
        } else {
            self.refused()
        }
    }

    fn in_range(&self, number: i64) -> bool {
        self.variable.range().is_none_or(|(min, max)| (min..=max).contains(&number))
    }

    fn one_of(&self, text: &[u8], said: &mut Vec<MessageKind>) -> Verdict {
        let ValueShape::OneOf(names) = self.variable.shape() else { return self.refused() };
        let exact = self.variable.spec().exact_case;
        let same = |name: &&&str| {
            if exact { name.as_bytes() == text } else { name.as_bytes().eq_ignore_ascii_case(text) }
        };
        if let Some(name) = names.iter().find(same) {
            return Verdict::Accepted(name.as_bytes().to_vec());
        }
        if exact {
            said.push(self.invalid(text, ""));
            return self.refused();
        }
        // The old value is gone before the new one is looked at.
        let Verdict::Refused { silent_if_equal, read_only, .. } = self.refused() else {
            return Verdict::Ignored;
        };
        Verdict::Refused { current: Some(self.variable.default().into()), silent_if_equal, read_only }
    }

    fn own_version(&self, text: &[u8], current: &[u8]) -> Verdict {
        if text.eq_ignore_ascii_case(current) {
            Verdict::Accepted(current.to_vec())
        } else if self.version < Version::V2_7 {
            Verdict::ResetInSilence
        } else {
            Verdict::Refused { current: None, silent_if_equal: false, read_only: true }
        }
    }

    fn filename(&self, text: &[u8], said: &mut Vec<MessageKind>) -> Verdict {
        if text.ends_with(b"/") {
            said.push(self.invalid(text, ", please specify a filename not just the path"));
            return self.refused();
        }
        if text.starts_with(b"/") {
            let slash = text.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
            let folder = if slash == 0 { &b"/"[..] } else { &text[..slash] };
            if !self.files.can_open_folder(folder) {
                let name = self.variable.name();
                let folder = String::from_utf8_lossy(folder);
                said.push(error(format!(
                    "{folder} is an invalid value for {name} path, the directory cannot be accessed"
                )));
                return self.refused();
            }
        }
        Verdict::Accepted(text.to_vec())
    }

    fn heartbeat(&self, text: &[u8], said: &mut Vec<MessageKind>) -> Verdict {
        if text.is_empty() || is_heartbeat(text) {
            return Verdict::Accepted(text.to_vec());
        }
        said.push(self.invalid(text, r#", not matching regex "`?([a-z\d_]+)`?\.`?([a-z\d_]+)`?""#));
        self.refused()
    }

    fn keylog(&self, text: &[u8], said: &mut Vec<MessageKind>) -> Verdict {
        if text.is_empty() || text == b"(null)" {
            return Verdict::Accepted(Vec::new());
        }
        let full = if text.starts_with(b"/") { text.to_vec() } else { [self.datadir, b"/", text].concat() };
        if self.files.can_append(&full) {
            return Verdict::Accepted(full);
        }
        let shown = String::from_utf8_lossy(text);
        said.push(warning(format!("Cannot open SSLKEYLOGFILE '{shown}' for writing.")));
        self.refused()
    }

    fn charset(&self, text: &[u8], default: &str, said: &mut Vec<MessageKind>) -> Verdict {
        if !text.is_empty() && text != b"(null)" {
            return Verdict::Accepted(text.to_vec());
        }
        let (name, shown) = (self.variable.name(), String::from_utf8_lossy(text));
        said.push(warning(format!(
            "Variable {name} with value \"{shown}\" is being replaced with value \"{default}\"."
        )));
        Verdict::Accepted(default.into())
    }

    fn invalid(&self, text: &[u8], why: &str) -> MessageKind {
        let shown = String::from_utf8_lossy(text);
        error(format!("{shown} is an invalid value for {}{why}", self.variable.name()))
    }
}

fn error(text: String) -> MessageKind {
    MessageKind::Line { level: Level::Error, text }
}

fn warning(text: String) -> MessageKind {
    MessageKind::Line { level: Level::Warning, text }
}

/// `database.table`, each word with or without a backtick before and behind.
fn is_heartbeat(text: &[u8]) -> bool {
    let mut words = text.split(|&byte| byte == b'.');
    let is_word = |word: Option<&[u8]>| {
        let Some(word) = word else { return false };
        let word = word.strip_prefix(b"`").unwrap_or(word);
        let word = word.strip_suffix(b"`").unwrap_or(word);
        !word.is_empty() && word.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    is_word(words.next()) && is_word(words.next()) && words.next().is_none()
}

/// Empty, `*`, or addresses with masks, joined by commas.
fn are_networks(text: &[u8]) -> bool {
    text.is_empty() || text == b"*" || text.split(|&byte| byte == b',').all(is_network)
}

fn is_network(text: &[u8]) -> bool {
    let Some((address, mask)) = std::str::from_utf8(text).ok().and_then(|text| text.split_once('/')) else {
        return false;
    };
    let mask = !mask.is_empty()
        && mask.bytes().all(|byte| byte.is_ascii_digit())
        && mask.parse().is_ok_and(|mask: u8| mask <= 128);
    mask && address.parse::<std::net::IpAddr>().is_ok()
}
