//! Lines up the text of a scalar with the lines of the YAML that it stands on.
//!
//! None of YAML's rules for indentation and line ends is repeated here: what the parser read is held
//! against the lines, and where they do not agree there is no map.

use std::ops::Range;

/// Where each line of a text stands in another.
#[derive(Clone, Debug, Default)]
pub(super) struct LineMap {
    /// Beginnings of pieces: here and there, in ascending order.
    pieces: Vec<(usize, usize)>,
}

impl LineMap {
    /// One piece.
    pub(super) fn whole(there: usize) -> Self {
        LineMap { pieces: vec![(0, there)] }
    }

    /// The place there of an offset here.
    pub(super) fn offset(&self, here: usize) -> Option<usize> {
        let next = self.pieces.partition_point(|&(start, _)| start <= here);
        let (start, there) = *self.pieces.get(next.checked_sub(1)?)?;
        Some(there + (here - start))
    }
}

/// A block scalar in its YAML.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) map: LineMap,
    /// All lines of the content.
    pub(super) lines: Range<usize>,
    indent: String,
    /// The digit behind the `|`: so many blanks more than the key has.
    deeper: Option<usize>,
    chomp: Chomp,
    line_end: &'static str,
}

/// What becomes of the line ends behind the last line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chomp {
    /// `|`: one stays.
    Clip,
    /// `|-`: none stays.
    Strip,
    /// `|+`: all stay.
    Keep,
}

impl Block {
    /// Finds the lines of a literal block (`|`). `start` lies before the first character that is no blank,
    /// and behind the line with the `|`.
    pub(super) fn literal(yaml: &str, start: usize, content: &str) -> Option<Block> {
        let header = header(yaml, start);
        let mut block = Block::new(yaml, &header);
        let mut at = header.end;
        let mut here = 0;
        for line in content.split_inclusive('\n') {
            let there = line_at(yaml, at);
            let text = line.strip_suffix('\n').unwrap_or(line);
            let blank = there.text.len().checked_sub(text.len())?;
            if !there.text.ends_with(text) {
                return None;
            }
            if !text.is_empty() && block.indent.is_empty() {
                there.text[..blank].clone_into(&mut block.indent);
            }
            let is_indent = if text.is_empty() {
                there.is_blank()
            } else {
                there.text[..blank] == block.indent && block.indent.bytes().all(|byte| byte == b' ')
            };
            if !is_indent {
                return None;
            }
            block.map.pieces.push((here, at + blank));
            here += line.len();
            at = there.next;
        }
        // Blank lines of an empty block would be a part of what is put before them.
        while content.is_empty() && at < yaml.len() && line_at(yaml, at).is_blank() {
            at = line_at(yaml, at).next;
        }
        block.lines.end = at;
        if block.indent.is_empty() {
            // Nothing shows how deep the next content would stand: deeper than its key.
            let key = &yaml[header.clone()];
            let deeper = block.deeper.unwrap_or(2);
            block.indent = " ".repeat(key.len() - key.trim_start_matches(' ').len() + deeper);
        }
        if content.is_empty() {
            block.map = LineMap::whole(header.end);
        }
        Some(block)
    }

    fn new(yaml: &str, header: &Range<usize>) -> Self {
        let text = &yaml[header.clone()];
        let indicators =
            text.match_indices('|').find_map(|(at, _)| indicators(&text[at + 1..])).unwrap_or_default();
        Block {
            map: LineMap::default(),
            lines: header.end..header.end,
            indent: String::new(),
            deeper: indicators.bytes().find(u8::is_ascii_digit).map(|digit| usize::from(digit - b'0')),
            chomp: match indicators {
                _ if indicators.contains('-') => Chomp::Strip,
                _ if indicators.contains('+') => Chomp::Keep,
                _ => Chomp::Clip,
            },
            line_end: if text.ends_with("\r\n") { "\r\n" } else { "\n" },
        }
    }

    /// The YAML with another content in the lines of this block.
    pub(super) fn replaced(&self, yaml: &str, content: &str) -> String {
        let mut text = String::with_capacity(yaml.len() + content.len());
        text.push_str(&yaml[..self.lines.start]);
        let content = match self.chomp {
            Chomp::Keep => content,
            Chomp::Clip | Chomp::Strip => content.trim_end_matches('\n'),
        };
        for line in content.lines() {
            if !line.is_empty() {
                text.push_str(&self.indent);
                text.push_str(line);
            }
            text.push_str(self.line_end);
        }
        text.push_str(&yaml[self.lines.end..]);
        text
    }

    /// A content as it reads back from this block.
    pub(super) fn chomped(&self, content: &str) -> String {
        let bare = content.trim_end_matches('\n');
        match self.chomp {
            Chomp::Keep => content.to_owned(),
            Chomp::Strip => bare.to_owned(),
            Chomp::Clip if bare.is_empty() => String::new(),
            Chomp::Clip => format!("{bare}\n"),
        }
    }
}

/// The lines of a folded block (`>`), where line ends became blanks.
pub(super) fn folded(yaml: &str, start: usize, content: &str) -> Option<LineMap> {
    let mut at = header(yaml, start).end;
    let mut map = LineMap::whole(at);
    let mut here = 0;
    let mut indent = None;
    while here < content.trim_end_matches('\n').len() {
        let there = line_at(yaml, at);
        let bare = there.text.trim_start_matches(' ');
        if !bare.is_empty() {
            let folds = content[here..].len() - content[here..].trim_start_matches('\n').len();
            here += folds;
            if indent.is_some() && folds == 0 {
                here += content[here..].strip_prefix(' ').map(|_| 1)?;
            }
            let own = content[here..].len() - content[here..].trim_start_matches(' ').len();
            let blank = there.text.len() - bare.len();
            let indent = *indent.get_or_insert(blank.checked_sub(own)?);
            let text = there.text.get(indent..)?;
            if !content[here..].starts_with(text) {
                return None;
            }
            map.pieces.push((here, at + indent));
            here += text.len();
        }
        if there.next == at {
            return None;
        }
        at = there.next;
    }
    Some(map)
}

/// The digit and the sign behind a `|`, if nothing else than a comment follows.
fn indicators(behind: &str) -> Option<&str> {
    let rest = behind.trim_start_matches(|sign: char| sign.is_ascii_digit() || matches!(sign, '-' | '+'));
    let signs = &behind[..behind.len() - rest.len()];
    let comment = rest.trim_start_matches([' ', '\t']);
    let is_end = comment.trim_end().is_empty() || (comment.starts_with('#') && comment.len() < rest.len());
    is_end.then_some(signs)
}

/// The line with the `|` or `>`, line end included: the last one before the content that is not blank.
fn header(yaml: &str, start: usize) -> Range<usize> {
    let before = yaml[..start].trim_end();
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    begin..line_at(yaml, begin).next
}

struct Line<'y> {
    /// Without its line end.
    text: &'y str,
    /// Where the next one begins.
    next: usize,
}

impl Line<'_> {
    fn is_blank(&self) -> bool {
        self.text.bytes().all(|byte| byte == b' ')
    }
}

fn line_at(yaml: &str, start: usize) -> Line<'_> {
    let rest = &yaml[start..];
    let next = rest.find('\n').map_or(rest.len(), |at| at + 1);
    let text = rest[..next].trim_end_matches('\n');
    Line { text: text.strip_suffix('\r').unwrap_or(text), next: start + next }
}
