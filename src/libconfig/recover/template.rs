//! Templates: placeholders where none can be, and control flow.

use super::super::placeholder::{self, label_at};
use super::place::behind;
use super::repair::Told;
use super::{
    At, Bracket, Cause, Expect, Fault, Finding, Recovery, Skip, Sources, Then, Token, line_end, to_pos,
};

/// What helps where a template makes more than values.
const RENDER_FIRST: &str = "render the template first (`helm template`, `envsubst`), and take what comes out";

const FILL_FIRST: &str = "fill it in (the command `render` does), or read the file with placeholders on";

impl Recovery {
    /// A placeholder where placeholders are not read.
    pub(super) fn not_filled(&mut self, fault: &Fault, rest: &[u8], sources: &Sources<'_>) -> Option<Told> {
        let label = label_at(rest).filter(|_| !self.placeholders)?;
        let len = placeholder::token(rest).map_or(0, |(behind, _)| rest.len() - behind.len());
        let (_, source) = sources.at(fault.at.start);
        let start = source.base + to_pos(source.text.len() - rest.len());
        let end = start + to_pos(len);
        self.skip = Skip::Until(end);
        if self.wants_value() {
            self.machine.end_value();
        }
        // libconfig refuses one byte of it.
        let fault = &Fault { at: At { start, end }, ..fault.clone() };
        Some((Finding::of(fault, Cause::NotFilled(label)).help(FILL_FIRST), Then::Drop))
    }

    /// The same for `{{ ... }}`, of which libconfig refuses the first brace or, in place of a value, the
    /// second one.
    pub(super) fn action_not_filled(&mut self, fault: &Fault, sources: &Sources<'_>) -> Option<Told> {
        if let Some(told) = self.not_filled(fault, behind(sources, fault.at.start), sources) {
            return Some(told);
        }
        let (_, first) = self.previous.filter(|(token, _)| *token == Token::Open(Bracket::Group))?;
        let near = first.end == fault.at.start && sources.same_file(first.start, fault.at.start);
        let told = self.not_filled(fault, if near { behind(sources, first.start) } else { b"" }, sources)?;
        self.machine.close_frame(fault.at);
        Some(told)
    }

    /// The first action of a template that decides which settings there are. All others of the file
    /// follow from it.
    pub(super) fn control(&mut self, fault: &Fault, text: &[u8], sources: &Sources<'_>) -> Told {
        self.controlled = true;
        if self.machine.expect == Expect::Value {
            // It chooses between values on this line.
            self.drop_line(fault, sources);
            self.machine.end_value();
        }
        let cause = Cause::TemplateControl(label_at(text).unwrap_or_default());
        (Finding::of(fault, cause).help(RENDER_FIRST), Then::Drop)
    }

    /// A placeholder where a name is due, or behind a complete value.
    pub(super) fn placeholder_place(&mut self, fault: &Fault, text: &[u8], sources: &Sources<'_>) -> Told {
        let beside = self.previous.filter(|(token, at)| {
            matches!(token, Token::Str { .. }) && line_end(sources, at.end) >= fault.at.start
        });
        let start = text.iter().position(|byte| matches!(byte, b'$' | b'{')).unwrap_or_default();
        let cause = Cause::PlaceholderPlace(label_at(&text[start..]).unwrap_or_default());
        self.drop_line(fault, sources);
        let finding = Finding::of(fault, cause);
        let finding = match beside {
            Some((_, at)) => finding.label(at, "beside this string").help("put it between the quotes"),
            None => finding.help(RENDER_FIRST),
        };
        (finding, Then::Drop)
    }
}
