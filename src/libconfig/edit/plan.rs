//! From an edit to the pieces of text that make it.

use super::super::layout::{Style, entry_lines, one_line, setting_value};
use super::super::source::{FileId, Span};
use super::super::token::continues_name;
use super::super::value::{Setting, ValueType};
use super::super::value_buf::ValueBuf;
use super::style::style_of;
use super::surroundings::{
    behind_line_end, blanks_before, blanks_behind, comments_above, indent, line_indent, line_start,
    rest_of_line_is_free,
};
use super::{EditError, Edits, Side, Splice};

/// What is to be written: a setting with its name, or an element.
#[derive(Clone, Copy)]
struct New<'n> {
    name: Option<&'n str>,
    value: &'n ValueBuf,
    /// Whether entries of the list are written on several lines.
    tall: bool,
}

impl New<'_> {
    fn write(&self, style: &Style, indent: &[u8], own_line: bool, out: &mut Vec<u8>) {
        match self.name {
            Some(name) => {
                out.extend(name.bytes());
                if own_line {
                    setting_value(self.value, style, indent, out);
                } else {
                    out.extend(&style.assign);
                    one_line(self.value, style, out);
                }
            }
            None if own_line && self.tall => entry_lines(self.value, style, indent, out),
            None => one_line(self.value, style, out),
        }
    }
}

/// Where a setting that is removed stands in its container.
struct Among<'c, 'd> {
    container: Setting<'d>,
    before: Option<Setting<'d>>,
    children: &'c [Setting<'d>],
    /// From here on all are removed.
    tail: usize,
    index: usize,
}

impl<'d> Among<'_, 'd> {
    /// Whether the last one has no separator behind it.
    fn ends_bare(&self, edits: &Edits<'d>) -> bool {
        self.children.last().is_some_and(|last| edits.separator(*last).is_none())
    }
}

impl<'d> Edits<'d> {
    pub(super) fn plan_set(&mut self, setting: Setting<'d>, value: &ValueBuf) -> Result<(), EditError> {
        let span = span_of(setting)?;
        let text = self.text(span.file);
        let style = if value.is_aggregate() || !ValueBuf::is_scalar_type(setting.value_type()) {
            style_of(self.document, setting)
        } else {
            Style::default()
        };
        let mut out = Vec::new();
        let mut start = span.start;
        // A section keeps its layout: the bracket on a line of its own.
        let gap = setting.name_span().filter(|name| name.file == span.file).map(|name| name.end..span.start);
        let own_line = setting.name_span().is_some_and(|name| indent(text, name.start).is_some());
        let free_gap = gap.clone().is_some_and(|gap| {
            text[gap].iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b':'))
        });
        let moved = value.is_aggregate() == ValueBuf::is_scalar_type(setting.value_type());
        match gap {
            Some(gap) if own_line && free_gap && (value.is_aggregate() || moved) => {
                start = gap.start;
                setting_value(value, &style, line_indent(text, gap.start), &mut out);
            }
            None if value.is_aggregate() && text[span.range()].contains(&b'\n') => {
                entry_lines(value, &style, line_indent(text, span.start), &mut out);
            }
            _ => one_line(value, &style, &mut out),
        }
        // `1x=2` is a number and a name; a longer word would swallow it.
        if text.get(span.end).is_some_and(|&next| continues_name(next) || next == b'.') {
            out.push(b' ');
        }
        self.splice(span.file, start..span.end, out);
        Ok(())
    }

    pub(super) fn plan_insert(
        &mut self,
        container: Setting<'d>,
        position: usize,
        name: Option<&str>,
        value: &ValueBuf,
    ) -> Result<(), EditError> {
        let beside = container.at(position.saturating_sub(1));
        let tall = beside.is_some_and(|entry| entry.value_type() == ValueType::Group && has_lines(entry));
        let new = New { name, value, tall };
        let style = style_of(self.document, container);
        match beside {
            // A section that comes behind included ones belongs to the file itself.
            Some(last) if container.id == 0 && last.span().file != FileId::MAIN => {
                self.at_end(new, &style);
                Ok(())
            }
            Some(first) if position == 0 => self.before(first, new, &style),
            Some(last) => self.behind(container, position - 1, last, new, &style),
            None if container.id == 0 => {
                self.at_end(new, &style);
                Ok(())
            }
            None => self.fill(container, new, &style),
        }
    }

    /// Behind a setting or element that is there.
    fn behind(
        &mut self,
        container: Setting<'d>,
        position: usize,
        last: Setting<'d>,
        new: New<'_>,
        style: &Style,
    ) -> Result<(), EditError> {
        let span = Self::full_span(last)?;
        let text = self.text(span.file);
        let separator = self.separator(last);
        let usual = match new.name {
            None => Some(b','),
            Some(_) => separator.map(|(_, byte)| byte).or_else(|| {
                let before = position.checked_sub(1).and_then(|before| container.at(before));
                before.and_then(|before| self.separator(before)).map(|(_, byte)| byte)
            }),
        };
        let own = indent(text, span.start);
        let mut out = Vec::new();
        // Where the last one has a separator the new one gets one too; else one is put between them.
        let (end, terminator) = match separator {
            Some((at, byte)) if at.file == span.file => (at.end, Some(byte)),
            _ => {
                let between = match usual {
                    // Settings on one line are told apart by a comma, unless they do without.
                    None if own.is_none() && position == 0 => Some(b','),
                    usual => usual,
                };
                let count = self.added.entry((last.id, Side::Behind)).or_insert(0);
                *count += 1;
                match between {
                    // Something of this batch stands here already, and needs the separator.
                    Some(byte) if *count > 1 => out.push(byte),
                    Some(byte) => self.splice(span.file, span.end..span.end, vec![byte]),
                    None => {}
                }
                (span.end, None)
            }
        };
        let place = match (own, rest_of_line_is_free(text, end)) {
            (Some(indent), Some(free)) => {
                out.extend(style.newline);
                out.extend(indent);
                new.write(style, indent, true, &mut out);
                free
            }
            (Some(indent), None) => {
                out.extend(style.newline);
                out.extend(indent);
                new.write(style, indent, true, &mut out);
                // Something else stands on the line; it goes on behind all that is added here.
                out.extend(terminator);
                self.splice(span.file, end..end, out);
                let blanks = blanks_behind(text, end);
                let span = Span { start: blanks.start, end: blanks.end, ..span };
                let on = Splice { span, text: [style.newline, indent].concat() };
                self.tails.insert((last.id, Side::Behind), on);
                return Ok(());
            }
            (None, _) => {
                let comment = rest_of_line_is_free(text, end).filter(|&free| {
                    text[end..free].contains(&b'#') || text[end..free].windows(2).any(|pair| pair == b"//")
                });
                out.extend(if comment.is_some() { style.newline } else { b" " });
                new.write(style, b"", false, &mut out);
                comment.unwrap_or(end)
            }
        };
        out.extend(terminator);
        if text.get(place).is_some_and(|&next| continues_name(next) || next == b'.' || next == b'"') {
            out.push(b' ');
        }
        self.splice(span.file, place..place, out);
        Ok(())
    }

    /// Before the first element, and before the comment that belongs to it.
    fn before(&mut self, first: Setting<'d>, new: New<'_>, style: &Style) -> Result<(), EditError> {
        let span = Self::full_span(first)?;
        let text = self.text(span.file);
        let mut out = Vec::new();
        if let Some(indent) = indent(text, span.start) {
            let line = line_start(text, span.start);
            let place = comments_above(text, line, self.floor(first, span.file));
            out.extend(indent);
            new.write(style, indent, true, &mut out);
            out.push(b',');
            out.extend(style.newline);
            self.splice(span.file, place..place, out);
        } else {
            new.write(style, b"", false, &mut out);
            out.extend(b", ");
            self.splice(span.file, span.start..span.start, out);
        }
        Ok(())
    }

    /// Into a group, list or array that holds nothing but blanks and comments.
    fn fill(&mut self, container: Setting<'d>, new: New<'_>, style: &Style) -> Result<(), EditError> {
        let span = span_of(container)?;
        let text = self.text(span.file);
        let inside = &text[span.start + 1..span.end - 1];
        let count = self.added.entry((container.id, Side::Inside)).or_insert(0);
        *count += 1;
        let first = *count == 1;
        let close = span.end - 1;
        let mut out = Vec::new();
        let is_list = new.name.is_none();
        if inside.contains(&b'\n') {
            let outer = line_indent(text, close);
            let indent_inside = [outer, &style.step].concat();
            let alone = indent(text, close).is_some();
            if is_list && !first {
                out.push(b',');
                out.extend(style.newline);
            } else if !alone || !first {
                out.extend(style.newline);
            }
            let place = if alone { line_start(text, close) } else { close };
            out.extend(&indent_inside);
            new.write(style, &indent_inside, true, &mut out);
            // The last of them ends its line; the others' line ends come with the next one.
            self.splice(span.file, place..place, out);
            if first {
                let mut end = style.newline.to_vec();
                if !alone {
                    end.extend(outer);
                }
                self.tails.insert(
                    (container.id, Side::Inside),
                    Splice { span: Span { file: span.file, start: place, end: place }, text: end },
                );
            }
            return Ok(());
        }
        // On one line: `()` becomes `( x )`.
        let place = if inside.is_empty() { close } else { close - blanks_before(text, close).len() };
        out.extend(if first { &b" "[..] } else { b", " });
        new.write(style, b"", false, &mut out);
        self.splice(span.file, place..place, out);
        if first && inside.trim_ascii_end().len() == inside.len() {
            self.tails.insert(
                (container.id, Side::Inside),
                Splice { span: Span { file: span.file, start: place, end: place }, text: b" ".to_vec() },
            );
        }
        Ok(())
    }

    /// At the end of the file itself.
    fn at_end(&mut self, new: New<'_>, style: &Style) {
        let text = self.text(FileId::MAIN);
        let end = text.len();
        let mut out = Vec::new();
        if !text.is_empty()
            && !text.ends_with(b"\n")
            && self.added.get(&(0, Side::Inside)).is_none_or(|&count| count == 0)
        {
            out.extend(style.newline);
        }
        *self.added.entry((0, Side::Inside)).or_insert(0) += 1;
        new.write(style, b"", true, &mut out);
        out.extend(style.newline);
        self.splice(FileId::MAIN, end..end, out);
    }

    /// Plans the removals of a batch, container by container: those at the end of one go together.
    pub(super) fn plan_removals(&mut self) -> Result<(), EditError> {
        let removed = std::mem::take(&mut self.removed);
        let mut gone = Vec::new();
        let mut containers = vec![self.document.root().setting()];
        while let Some(container) = containers.pop().filter(|_| !removed.is_empty()) {
            let children: Vec<_> = container.children().collect();
            let tail = children.iter().rposition(|child| !removed.contains(&child.id)).map_or(0, |at| at + 1);
            for (index, &child) in children.iter().enumerate() {
                if removed.contains(&child.id) {
                    let before = index.checked_sub(1).map(|before| children[before]);
                    let among = Among { container, before, children: &children, tail, index };
                    self.plan_remove(child, &among, &mut gone)?;
                } else if removed.range(child.id..child.tree.node(child.id).next).next().is_some() {
                    containers.push(child);
                }
            }
        }
        for span in merged(gone) {
            let text = self.text(span.file);
            // What stood apart must not grow together: `a=1 b=2 c=3`.
            let joins = span.start > 0
                && continues_name(text[span.start - 1])
                && text.get(span.end).is_some_and(|&next| continues_name(next) || next == b'.');
            self.splice(span.file, span.range(), if joins { b" ".to_vec() } else { Vec::new() });
        }
        Ok(())
    }

    fn plan_remove(
        &self,
        setting: Setting<'d>,
        among: &Among<'_, 'd>,
        gone: &mut Vec<Span>,
    ) -> Result<(), EditError> {
        let span = Self::full_span(setting)?;
        let text = self.text(span.file);
        let separator = self.separator(setting).filter(|(at, _)| at.file == span.file);
        let end = separator.map_or(span.end, |(at, _)| at.end);
        let (before, is_last) = (among.before, among.index >= among.tail);
        // A comma that would be left at the end of a list goes too, and so does a separator on one line.
        let left_over = before.filter(|_| among.index == among.tail && among.ends_bare(self));
        let left_over = left_over.and_then(|before| self.separator(before));
        gone.extend(left_over.map(|(at, _)| at));
        let own = indent(text, span.start).is_some();
        let free = rest_of_line_is_free(text, end);
        let range = match free {
            Some(free) if own => {
                let floor = self.floor_behind(before, among.container, span.file);
                comments_above(text, line_start(text, span.start), floor)..behind_line_end(text, free)
            }
            _ if own || !is_last => span.start..blanks_behind(text, end).end,
            _ => {
                let blanks = blanks_before(text, span.start);
                // The blank that stands before a closing bracket stays.
                let keep = before.is_none() && blanks_behind(text, end).is_empty();
                if keep { span.start..end } else { blanks.start..end }
            }
        };
        let range = left_over
            .filter(|(at, _)| at.file == span.file && range.start < at.end)
            .map_or(range.clone(), |(at, _)| at.end..range.end);
        gone.push(Span { start: range.start, end: range.end, ..span });
        Ok(())
    }

    fn splice(&mut self, file: FileId, range: std::ops::Range<usize>, text: Vec<u8>) {
        self.splices.push(Splice { span: Span { file, start: range.start, end: range.end }, text });
    }

    fn text(&self, file: FileId) -> &'d [u8] {
        self.document.source(file).text()
    }

    /// From the name to the end of the value, in one file.
    pub(super) fn full_span(setting: Setting<'d>) -> Result<Span, EditError> {
        let value = span_of(setting)?;
        match setting.name_span() {
            Some(name) if name.file != value.file => Err(EditError::SeveralFiles(setting.path())),
            Some(name) => Ok(Span { start: name.start, ..value }),
            None => Ok(value),
        }
    }

    /// The `,` or `;` behind a value.
    fn separator(&self, setting: Setting<'d>) -> Option<(Span, u8)> {
        let at = self.document.separators[setting.id as usize]?.get();
        let span = self.document.tree.sources.span(at, at + 1);
        Some((span, self.text(span.file)[span.start]))
    }

    /// The one before, and whether there is none behind.
    fn neighbours(&self, setting: Setting<'d>) -> (Option<Setting<'d>>, bool) {
        let parent = self.parent(setting);
        let mut before = None;
        let mut children = parent.children();
        while let Some(child) = children.next() {
            if child.id == setting.id {
                return (before, children.next().is_none());
            }
            before = Some(child);
        }
        (None, true)
    }

    fn parent(&self, setting: Setting<'d>) -> Setting<'d> {
        let mut at = self.document.root().setting();
        loop {
            let holds =
                |child: &Setting<'d>| child.id < setting.id && setting.id < child.tree.node(child.id).next;
            match at.children().find(holds) {
                Some(inner) => at = inner,
                None => return at,
            }
        }
    }

    /// Where the comments of a setting cannot begin before: behind what comes before it in its file.
    fn floor(&self, setting: Setting<'d>, file: FileId) -> usize {
        let (before, _) = self.neighbours(setting);
        self.floor_behind(before, self.parent(setting), file)
    }

    fn floor_behind(&self, before: Option<Setting<'d>>, parent: Setting<'d>, file: FileId) -> usize {
        let end = match before {
            Some(before) => self.separator(before).map_or(before.span(), |(at, _)| at),
            None if parent.id == 0 => return 0,
            None => Span { end: parent.span().start + 1, ..parent.span() },
        };
        if end.file == file { behind_its_line(self.text(file), end.end) } else { 0 }
    }
}

/// Pieces of text without those that overlap: blanks between two settings go with either.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| (span.file.index(), span.start, span.end));
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if last.file == span.file && span.start < last.end => {
                last.end = last.end.max(span.end);
            }
            _ => merged.push(span),
        }
    }
    merged
}

/// The value's span, in one file.
fn span_of(setting: Setting<'_>) -> Result<Span, EditError> {
    match setting.source() {
        Some(_) => Ok(setting.span()),
        None => Err(EditError::SeveralFiles(setting.path())),
    }
}

fn has_lines(setting: Setting<'_>) -> bool {
    setting.source().is_some_and(|source| source.contains(&b'\n'))
}

fn behind_its_line(text: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1)
}
