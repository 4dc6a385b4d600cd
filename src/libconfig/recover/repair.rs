//! Causes and repairs, one kind of fault after the other.

use super::super::error::Unclosed;
use super::super::grammar::Frame;
use super::character::{curly_partner, first, invisible, shown};
use super::place::{assign_follows, behind, rest_of_line, word};
use super::{
    At, Bracket, Cause, Expect, Fault, Finding, Recovery, Scalar, Skip, Sources, Then, Token, Unfinished,
    Verdict, column, line_end, to_pos,
};

/// How a fault is told and what becomes of its token.
pub(super) type Told = (Finding, Then);

impl Recovery {
    /// Says what a fault is and puts the machine in a state from which it can go on.
    pub(super) fn repair(
        &mut self,
        fault: &Fault,
        token: Token,
        text: &[u8],
        sources: &Sources<'_>,
    ) -> Result<Then, Fault> {
        let follows = self.controlled && (token == Token::Control || fault.verdict == Verdict::DuplicateName);
        let (finding, then) = match fault.verdict {
            Verdict::DuplicateName => self.duplicate(fault, text),
            Verdict::ElementType => self.mixed_array(fault, token),
            Verdict::Syntax => self.syntax(fault, token, text, sources),
            Verdict::TooDeep => {
                let cause = Cause::Limit { limit: self.limits.depth, what: "open brackets" };
                (Finding::of(fault, cause), Then::Drop)
            }
            Verdict::TooLarge => {
                let cause = Cause::Limit { limit: self.limits.bytes, what: "bytes" };
                (Finding::of(fault, cause), Then::Drop)
            }
            _ => (Finding::of(fault, Cause::ParserStack), Then::Drop),
        };
        if !follows {
            self.report(finding, fault, sources)?;
        }
        Ok(then)
    }

    fn syntax(&mut self, fault: &Fault, token: Token, text: &[u8], sources: &Sources<'_>) -> Told {
        if let Some(told) = self.string_over_lines(fault, sources) {
            return told;
        }
        match (token, self.machine.expect) {
            (Token::Garbage, _) => self.garbage(fault, sources),
            (Token::Control, _) => self.control(fault, text, sources),
            (Token::BadInteger, _) => self.bad_integer(fault, text),
            (Token::End, _) => self.end(fault, sources),
            (_, Expect::Assign) => self.no_assign(fault, token, sources),
            (_, Expect::Value) => self.no_value(fault, token, text, sources),
            (Token::Close(bracket), _) => self.wrong_close(fault, bracket),
            (_, Expect::Setting | Expect::Separator) => self.no_setting(fault, token, text, sources),
            _ => self.no_element(fault, token, text, sources),
        }
    }

    fn duplicate(&mut self, fault: &Fault, text: &[u8]) -> Told {
        let mut finding = Finding::of(fault, Cause::Duplicate(shown(text)))
            .help("libconfig refuses the whole file; keep one of the two");
        if let Some(first) = fault.first {
            finding = finding.label(first, "set here first");
        }
        self.machine.name = Some(fault.at);
        self.machine.expect = Expect::Assign;
        (finding, Then::Drop)
    }

    fn mixed_array(&mut self, fault: &Fault, token: Token) -> Told {
        let finding = Finding::of(fault, Cause::MixedArray)
            .label(self.machine.frame.at, "the array begins here")
            .help("a list, in parentheses, may hold elements of several types");
        // The type of a string is looked at when the token behind it is read.
        let then = if self.machine.expect == Expect::Str { Then::Again } else { Then::Drop };
        let consumed = matches!(token, Token::Scalar(_)) || then == Then::Again;
        if consumed {
            self.machine.end_value();
        }
        (finding, then)
    }

    /// A string without its closing quote ends at the next quote, some lines on, and what stands
    /// between that one and its partner makes no sense.
    fn string_over_lines(&mut self, fault: &Fault, sources: &Sources<'_>) -> Option<Told> {
        let (string, depth) = self.long_string?;
        let near = sources.same_file(string.start, fault.at.start)
            && string.end <= fault.at.start
            && line_end(sources, string.end) >= fault.at.start;
        if !near {
            return None;
        }
        self.long_string = None;
        let end = line_end(sources, string.start);
        let opening = At { start: string.start, end: string.start + 1 };
        let finding = Finding::of(fault, Cause::Unclosed(Unclosed::String))
            .label(opening, "this string runs over the end of its line")
            .help("close the string with a double quote");
        if self.machine.outer.len() == depth && end > self.rewound {
            self.machine.end_value();
            self.rewind = Some(end);
            self.rewound = end;
        }
        Some((finding, Then::Drop))
    }

    fn garbage(&mut self, fault: &Fault, sources: &Sources<'_>) -> Told {
        let at = fault.at.start;
        let rest = behind(sources, at);
        let (character, len) = first(rest);
        self.skip = Skip::Until(at + to_pos(len));
        // The token is one byte; people see the character.
        let fault = &Fault { at: At { start: at, end: at + to_pos(len) }, ..fault.clone() };
        if character == '\u{FEFF}' && at == sources.at(at).1.base {
            let finding = Finding::of(fault, Cause::ByteOrderMark).help("save the file as UTF-8 without it");
            return (finding, Then::Drop);
        }
        if let Some(name) = invisible(character) {
            let finding =
                Finding::of(fault, Cause::Invisible { character, name }).help("replace it by a blank");
            return (finding, Then::Drop);
        }
        if character == '\'' {
            self.quoted_otherwise(fault, '\'', sources);
            let finding = Finding::of(fault, Cause::SingleQuotes).help("write \"...\" instead of '...'");
            return (finding, Then::Drop);
        }
        if let Some(partner) = curly_partner(character) {
            self.quoted_otherwise(fault, partner, sources);
            return (Finding::of(fault, Cause::CurlyQuotes(character)).help("write \"...\""), Then::Drop);
        }
        if rest.starts_with(b"@include") {
            self.skip = Skip::Until(line_end(sources, at));
            return (Finding::of(fault, Cause::MisplacedInclude), Then::Drop);
        }
        if self.machine.expect == Expect::Assign {
            return self.no_assign(fault, Token::Garbage, sources);
        }
        if let Some(told) = self.not_filled(fault, rest, sources) {
            return told;
        }
        if self.wants_value() {
            return self.bare_word(fault, word(rest), sources);
        }
        if let Some(told) = self.after_scalar(fault, sources) {
            return told;
        }
        self.skip = Skip::Until(at + to_pos(word(rest).len().max(len)));
        (self.unexpected(fault, format!("`{character}`")), Then::Drop)
    }

    /// Passes over text in quotes of another kind.
    fn quoted_otherwise(&mut self, fault: &Fault, closing: char, sources: &Sources<'_>) {
        let line = rest_of_line(sources, fault.at.start);
        let (_, opening) = first(line);
        let closing = closing.to_string();
        let end = memchr::memmem::find(&line[opening.min(line.len())..], closing.as_bytes());
        let len = end.map_or(line.len(), |end| opening + end + closing.len());
        self.skip = Skip::Until(fault.at.start + to_pos(len));
        match self.machine.expect {
            Expect::Value | Expect::First | Expect::Next => self.machine.end_value(),
            // A name in quotes.
            Expect::Setting | Expect::Separator => self.skip = Skip::Line(line_end(sources, fault.at.start)),
            _ => {}
        }
    }

    fn bad_integer(&mut self, fault: &Fault, text: &[u8]) -> Told {
        let digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
        let octal = digits.starts_with(b"0") && digits.iter().any(|digit| *digit > b'7');
        let finding = if octal {
            Finding::of(fault, Cause::Octal).help("leave out the leading 0")
        } else {
            Finding::of(fault, Cause::IntegerRange)
        };
        if self.wants_value() {
            self.machine.end_value();
        }
        (finding, Then::Drop)
    }

    fn end(&mut self, fault: &Fault, sources: &Sources<'_>) -> Told {
        let told = |cause, start, len, label: &str| {
            let at = At { start, end: start + len };
            (Finding::of(fault, cause).label(at, label), Then::Drop)
        };
        match self.unfinished {
            Some((Unfinished::String, start)) => {
                // The quote that opens it was meant to close an earlier one.
                let earlier = self.long_string.map(|(string, _)| string);
                let earlier = earlier.filter(|string| {
                    sources.same_file(string.end, start)
                        && string.end <= start
                        && line_end(sources, string.end) >= start
                });
                let start = earlier.map_or(start, |string| string.start);
                return told(Cause::Unclosed(Unclosed::String), start, 1, "the string begins here");
            }
            Some((Unfinished::Comment, start)) => {
                return told(Cause::Unclosed(Unclosed::Comment), start, 2, "the comment begins here");
            }
            Some((Unfinished::IncludePath, start)) => {
                return told(Cause::Unclosed(Unclosed::IncludePath), start, 8, "the directive begins here");
            }
            None => {}
        }
        if self.machine.at_top() {
            return (self.unexpected(fault, "the end of the file".into()), Then::Drop);
        }
        // The bracket in which a setting stands that looks as if it stood outside; else the innermost.
        let open = || self.machine.outer.iter().skip(1).chain(std::iter::once(&self.machine.frame));
        let suspect = open().zip(self.suspects.iter().skip(1)).find_map(|(frame, at)| Some((frame, (*at)?)));
        let (frame, inside) = suspect.map_or((&self.machine.frame, None), |(frame, at)| (frame, Some(at)));
        let mut finding = unclosed(fault, frame);
        if let Some(inside) = inside {
            finding = finding.label(inside, "this would be a part of it");
        }
        (finding, Then::Drop)
    }

    fn no_assign(&mut self, fault: &Fault, token: Token, sources: &Sources<'_>) -> Told {
        let name = self.machine.name.unwrap_or(fault.at);
        let text = sources.slice(name.start, name.end);
        if name.end == fault.at.start && matches!(token, Token::Garbage | Token::Scalar(_)) {
            let line = rest_of_line(sources, name.start);
            let all = word(line);
            let finding = Finding::of(fault, Cause::InvalidName(shown(all)));
            match line.iter().position(|byte| matches!(byte, b'=' | b':')) {
                Some(assign) => self.skip = Skip::Until(name.start + to_pos(assign)),
                None => self.drop_line(fault, sources),
            }
            return (finding, Then::Drop);
        }
        let cause = Cause::MissingAssign(shown(text));
        let finding = Finding::of(fault, cause).label(name, "this name");
        match token {
            Token::Open(_) | Token::Scalar(_) | Token::Str { .. } => {
                self.machine.expect = Expect::Value;
                (finding.help(format!("write `{} =`", shown(text))), Then::Again)
            }
            Token::Close(_) | Token::Comma | Token::Semicolon => {
                self.machine.expect = Expect::Separator;
                (finding, Then::Again)
            }
            _ if line_end(sources, name.end) < fault.at.start => {
                self.machine.expect = Expect::Separator;
                (finding.help("if this is a remark, put `#` before it"), Then::Again)
            }
            _ => {
                self.drop_line(fault, sources);
                (finding.help("if this is a remark, put `#` before it"), Then::Drop)
            }
        }
    }

    fn no_value(&mut self, fault: &Fault, token: Token, text: &[u8], sources: &Sources<'_>) -> Told {
        let name = self.machine.name.unwrap_or(fault.at);
        let same_line = line_end(sources, name.end) > fault.at.start;
        let bare = token == Token::Name && (same_line || !assign_follows(sources, fault.at.end));
        if bare {
            return self.bare_word(fault, word(behind(sources, fault.at.start)), sources);
        }
        if token == Token::Assign {
            return (self.unexpected(fault, format!("`{}`", shown(text))), Then::Drop);
        }
        let cause = Cause::MissingValue(shown(sources.slice(name.start, name.end)));
        self.machine.end_value();
        (Finding::of(fault, cause).label(name, "this setting"), Then::Again)
    }

    fn bare_word(&mut self, fault: &Fault, word: &[u8], sources: &Sources<'_>) -> Told {
        self.skip = Skip::Line(line_end(sources, fault.at.start));
        let boolean = match word.to_ascii_lowercase().as_slice() {
            b"yes" | b"on" | b"y" | b"enabled" | b"enable" => Some("true"),
            b"no" | b"off" | b"n" | b"disabled" | b"disable" => Some("false"),
            _ => None,
        };
        let finding = match boolean {
            Some(value) => Finding::of(fault, Cause::YesNo(shown(word))).help(format!("write `{value}`")),
            None => {
                let shown = if self.is_secret(sources) { "…".to_owned() } else { shown(word) };
                Finding::of(fault, Cause::BareWord(shown)).help("put the text in double quotes")
            }
        };
        self.machine.end_value();
        (finding, Then::Drop)
    }

    fn wrong_close(&mut self, fault: &Fault, bracket: Bracket) -> Told {
        let frame = &self.machine.frame;
        if self.machine.at_top() {
            let finding = Finding::of(fault, Cause::Unopened(bracket.close()));
            return (finding, Then::Drop);
        }
        let finding = unclosed(fault, frame);
        let fits = |frame: &Frame| frame.bracket == bracket;
        // The root is a group that nothing closes.
        if self.machine.outer.iter().skip(1).any(fits) {
            self.machine.close_frame(fault.at);
            return (finding, Then::Again);
        }
        let help = format!("`{}` closes it", frame.bracket.close());
        self.machine.close_frame(fault.at);
        (finding.help(help), Then::Drop)
    }

    fn no_setting(&mut self, fault: &Fault, token: Token, text: &[u8], sources: &Sources<'_>) -> Told {
        match token {
            Token::Comma => (Finding::of(fault, Cause::ExtraSeparator(',')), Then::Drop),
            Token::Semicolon => (Finding::of(fault, Cause::ExtraSeparator(';')), Then::Drop),
            Token::Scalar(Scalar::Placeholder) => self.placeholder_place(fault, text, sources),
            Token::Open(_) => {
                if let Some(told) = self.action_not_filled(fault, sources) {
                    return told;
                }
                self.skip = Skip::ToClose(1);
                let mut finding = Finding::of(fault, Cause::NamelessInGroup);
                if !self.machine.at_top() {
                    finding = finding.label(self.machine.frame.at, "the group begins here");
                }
                (finding.help("rows stand in parentheses: `name = ( { ... }, { ... } )`"), Then::Drop)
            }
            _ => {
                if let Some(told) = self.after_scalar(fault, sources) {
                    return told;
                }
                self.drop_line(fault, sources);
                (self.unexpected(fault, found(token, text)), Then::Drop)
            }
        }
    }

    /// `192.168.0.1` or `4x`: text that begins as a number does.
    fn after_scalar(&mut self, fault: &Fault, sources: &Sources<'_>) -> Option<Told> {
        let (token, at) = self.previous?;
        if !matches!(token, Token::Scalar(_)) || at.end != fault.at.start {
            return None;
        }
        let text = word(behind(sources, at.start));
        self.skip = Skip::Line(line_end(sources, fault.at.start));
        let shown = if self.is_secret(sources) { "…".to_owned() } else { shown(text) };
        Some((Finding::of(fault, Cause::BareWord(shown)).help("put the text in double quotes"), Then::Drop))
    }

    fn no_element(&mut self, fault: &Fault, token: Token, text: &[u8], sources: &Sources<'_>) -> Told {
        let array = self.machine.frame.bracket == Bracket::Array;
        match token {
            Token::Name if assign_follows(sources, fault.at.end) => self.setting_in_list(fault, sources),
            Token::Name => {
                let told = self.bare_word(fault, word(behind(sources, fault.at.start)), sources);
                (told.0, told.1)
            }
            Token::Open(_) if array => {
                self.skip = Skip::ToClose(1);
                self.machine.end_value();
                let help = "a list, in parentheses, may hold groups and lists";
                (Finding::of(fault, Cause::NestedInArray).help(help), Then::Drop)
            }
            Token::Open(_) | Token::Scalar(_) | Token::Str { .. } if self.machine.expect == Expect::Comma => {
                let mut finding = Finding::of(fault, Cause::MissingComma);
                if let Some((_, at)) = self.previous {
                    finding =
                        finding.label(At { start: at.end - 1, end: at.end }, "a comma belongs behind this");
                }
                self.machine.expect = Expect::Next;
                (finding, Then::Again)
            }
            Token::Semicolon if self.machine.expect == Expect::Comma => {
                self.machine.expect = Expect::Next;
                let finding = Finding::of(fault, Cause::ExtraSeparator(';'));
                (finding.help("elements are separated by commas"), Then::Drop)
            }
            Token::Comma => (Finding::of(fault, Cause::ExtraSeparator(',')), Then::Drop),
            Token::Semicolon => (Finding::of(fault, Cause::ExtraSeparator(';')), Then::Drop),
            _ => {
                self.drop_line(fault, sources);
                (self.unexpected(fault, found(token, text)), Then::Drop)
            }
        }
    }

    /// `name =` within a list: the list was never closed, or the braces were forgotten.
    fn setting_in_list(&mut self, fault: &Fault, sources: &Sources<'_>) -> Told {
        let frame = &self.machine.frame;
        let begin = frame.name.unwrap_or(frame.at);
        let outside = sources.same_file(begin.start, fault.at.start)
            && line_end(sources, begin.end) < fault.at.start
            && column(sources, fault.at.start) <= column(sources, begin.start);
        if outside {
            let finding = unclosed(fault, frame);
            while self.machine.frame.bracket != Bracket::Group {
                self.machine.close_frame(fault.at);
            }
            return (finding, Then::Again);
        }
        let finding = Finding::of(fault, Cause::SettingInList).label(frame.at, "the list begins here");
        self.skip = Skip::ToClose(0);
        (finding.help("put the settings of a row in braces: `( { name=value ... } )`"), Then::Drop)
    }

    fn unexpected(&self, fault: &Fault, found: String) -> Finding {
        let close = self.machine.frame.bracket.close();
        let expected = match self.machine.expect {
            Expect::Setting | Expect::Separator if self.machine.at_top() => {
                "the name of a setting".to_owned()
            }
            Expect::Setting | Expect::Separator => format!("the name of a setting or `{close}`"),
            Expect::Assign => "`=`".to_owned(),
            Expect::Value | Expect::Str => "a value".to_owned(),
            Expect::First | Expect::Next => format!("a value or `{close}`"),
            Expect::Comma => format!("`,` or `{close}`"),
        };
        Finding::of(fault, Cause::Unexpected { expected, found })
    }

    pub(super) fn wants_value(&self) -> bool {
        matches!(self.machine.expect, Expect::Value | Expect::First | Expect::Next)
    }

    /// Passes over the rest of the line and begins anew behind it.
    pub(super) fn drop_line(&mut self, fault: &Fault, sources: &Sources<'_>) {
        if self.machine.expect == Expect::Assign {
            self.machine.expect = Expect::Separator;
        }
        self.skip = Skip::Line(line_end(sources, fault.at.start).max(fault.at.end));
    }

    /// Whether the value of the setting at hand had better not be told.
    fn is_secret(&self, sources: &Sources<'_>) -> bool {
        self.machine.name.is_some_and(|name| {
            let name = sources.slice(name.start, name.end).to_ascii_lowercase();
            [&b"password"[..], b"credentials", b"secret"]
                .iter()
                .any(|word| memchr::memmem::find(&name, word).is_some())
        })
    }
}

fn unclosed(fault: &Fault, frame: &Frame) -> Finding {
    let what = match frame.bracket {
        Bracket::Group => Unclosed::Group,
        Bracket::List => Unclosed::List,
        Bracket::Array => Unclosed::Array,
    };
    Finding::of(fault, Cause::Unclosed(what))
        .label(frame.at, format!("`{}` opens it here", frame.bracket.open()))
}

fn found(token: Token, text: &[u8]) -> String {
    match token {
        Token::Str { .. } => "a string".into(),
        Token::Scalar(_) => format!("the value `{}`", shown(text)),
        Token::End => "the end of the file".into(),
        _ => format!("`{}`", shown(text)),
    }
}
