//! A tree made into instructions for the [matcher](super::backtrack).

use super::analysis::{first_bytes, first_bytes_of, is_anchored, min_length};
use super::ast::{Assert, Ast, Condition, Greed, Look, Node, Repeat, Test, Verb};
use super::byte_set::{ByteSet, is_vertical};

/// A place in [`Program::code`].
pub(super) type Place = u32;

/// No place.
pub(super) const NOWHERE: Place = u32::MAX;

/// One step of the matcher.
#[derive(Debug, Clone, Copy)]
pub(super) enum Inst {
    Byte(u8),
    /// An ASCII letter in either case, given in lower case.
    Letter(u8),
    Set(u32),
    /// Some bytes in a row: where they begin in [`Program::literals`], and how many.
    Literal(u32, u32),
    /// The same in lower case, for ASCII letters in either case.
    FoldedLiteral(u32, u32),
    Assert(Assert),
    Jump(Place),
    /// Tries the first, and the second when that fails.
    Split(Place, Place),
    /// A repeated single byte.
    Run(u32),
    Open(u32),
    Close(u32),
    /// Closes a group on the way out of `(*ACCEPT)`.
    CloseEarly(u32),
    /// Notes where a pass through a loop begins.
    LoopStart(u32),
    /// Leaves the loop when the pass took no byte.
    LoopCheck(u32, Place),
    BackReference(u32, bool),
    /// Begins a part that is not backtracked into when it has matched.
    Enter(u32),
    Leave,
    /// Steps back for a look behind.
    Back(u32),
    Call(u32),
    /// Goes on behind it if one of the groups took part, else to the place.
    IfGroup(u32, Place),
    IfAnyCall(Place),
    IfCall(u32, Place),
    Keep,
    Verb(Verb),
    Match,
}

/// What [`Inst::Enter`] begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) is_look: bool,
    pub(super) is_negative: bool,
    /// Where to go on when the part has matched; [`NOWHERE`]: that is a failure.
    pub(super) matched: Place,
    /// Where to go on when it has not.
    pub(super) failed: Place,
}

/// What [`Inst::Run`] repeats.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) what: RunOf,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) greed: Greed,
    /// What must come next, as far as it is known.
    pub(super) next: Option<Next>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum RunOf {
    Any,
    NotNewline,
    Set(u32),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Next {
    Byte(u8),
    Letter(u8),
    Literal(NextLiteral),
    /// A byte of a set.
    Set(u32),
}

/// A literal that must come next.
#[derive(Debug, Clone, Copy)]
pub(super) struct NextLiteral {
    /// Where it begins in [`Program::literals`].
    pub(super) start: u32,
    pub(super) length: u32,
    /// Letters are of either case.
    pub(super) folded: bool,
    /// Where in the literal the byte stands that few texts hold: it is looked for.
    pub(super) rare: u32,
}

/// Where a match can begin.
#[derive(Debug, Clone, Copy)]
pub(super) enum First {
    /// Anywhere.
    Any,
    /// At one of so many of these bytes.
    Bytes(u8, [u8; 3]),
    Set(ByteSet),
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) code: Vec<Inst>,
    pub(super) sets: Vec<ByteSet>,
    pub(super) literals: Vec<u8>,
    pub(super) runs: Vec<Run>,
    pub(super) parts: Vec<Part>,
    /// The groups that a reference means.
    pub(super) references: Vec<Vec<u32>>,
    /// Where the body of each group begins.
    pub(super) entries: Vec<Place>,
    /// Capturing groups, without the whole match.
    pub(super) groups: u32,
    /// Places to remember: two for each group and the whole, one for where each group was opened, one for how
    /// many groups are known, then loops.
    pub(super) slots: usize,
    /// Whether matching itself looks at what groups took.
    pub(super) needs_groups: bool,
    /// Every match begins at the start of the text.
    pub(super) anchored: bool,
    /// It begins with any number of any bytes but newlines: behind a place where that failed, only the next
    /// line needs to be tried.
    pub(super) by_line: bool,
    /// The bytes that a match can begin with, unless it can be empty.
    pub(super) first: First,
}

impl Program {
    pub(super) fn new(ast: &Ast) -> Program {
        let groups = ast.groups as usize;
        let mut compiler = Compiler {
            ast,
            program: Program {
                code: Vec::new(),
                sets: Vec::new(),
                literals: Vec::new(),
                runs: Vec::new(),
                parts: Vec::new(),
                references: ast.references.clone(),
                entries: vec![NOWHERE; groups + 1],
                groups: ast.groups,
                slots: 3 * (groups + 1) + 1,
                needs_groups: false,
                anchored: is_anchored(&ast.root),
                by_line: false,
                first: First::of(first_bytes(&ast.root)),
            },
            open: Vec::new(),
        };
        if let Some(entry) = compiler.program.entries.first_mut() {
            *entry = 0;
        }
        compiler.node(&ast.root);
        compiler.push(Inst::Match);
        let mut program = compiler.program;
        if !program.minds_start() {
            program.anchored |= begins_with_run(&ast.root, &ByteSet::ALL);
            program.by_line = begins_with_run(&ast.root, &ByteSet::of(b"\n").negated());
        }
        program.look_ahead_of_runs();
        program.shrink();
        program
    }

    /// The slot that remembers where a group was opened.
    pub(super) fn open_slot(&self, group: u32) -> u32 {
        2 * (self.groups + 1) + group
    }

    /// The slot that holds one more than the highest group that took part on this way.
    pub(super) fn known_slot(&self) -> u32 {
        3 * (self.groups + 1)
    }

    /// Whether something in it can depend on where a match begins, other than what stands there.
    fn minds_start(&self) -> bool {
        self.needs_groups || self.code.iter().any(|inst| matches!(inst, Inst::Verb(_)))
    }

    fn look_ahead_of_runs(&mut self) {
        for (place, inst) in self.code.iter().enumerate() {
            let Inst::Run(run) = *inst else { continue };
            let next = self.code.get(place + 1).and_then(|next| match *next {
                Inst::Byte(byte) => Some(Next::Byte(byte)),
                Inst::Letter(letter) => Some(Next::Letter(letter)),
                Inst::Literal(start, length) => Some(self.next_literal(start, length, false)),
                Inst::FoldedLiteral(start, length) => Some(self.next_literal(start, length, true)),
                _ => None,
            });
            if let Some(run) = self.runs.get_mut(run as usize) {
                run.next = next.or(run.next);
            }
        }
    }

    fn next_literal(&self, start: u32, length: u32, folded: bool) -> Next {
        let literal = self.literals.get(start as usize..(start + length) as usize).unwrap_or_default();
        let rare = literal.iter().enumerate().min_by_key(|(_, byte)| commonness(**byte));
        let rare = rare.map_or(0, |(place, _)| index(place));
        Next::Literal(NextLiteral { start, length, folded, rare })
    }

    fn shrink(&mut self) {
        self.code.shrink_to_fit();
        self.sets.shrink_to_fit();
        self.literals.shrink_to_fit();
        self.runs.shrink_to_fit();
        self.parts.shrink_to_fit();
    }
}

struct Compiler<'a> {
    ast: &'a Ast,
    program: Program,
    /// The groups around the place that is compiled.
    open: Vec<u32>,
}

impl Compiler<'_> {
    fn here(&self) -> Place {
        index(self.program.code.len())
    }

    fn push(&mut self, inst: Inst) -> Place {
        let place = self.here();
        self.program.code.push(inst);
        place
    }

    fn put(&mut self, place: Place, inst: Inst) {
        if let Some(target) = self.program.code.get_mut(place as usize) {
            *target = inst;
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Empty => {}
            Node::Byte(byte) => {
                self.push(Inst::Byte(*byte));
            }
            Node::Set(set) => self.set(set),
            Node::LineBreak => self.line_break(),
            Node::Assert(assert) => {
                self.push(Inst::Assert(*assert));
            }
            Node::Concat(parts) => self.concat(parts),
            Node::Alternate(parts) => self.alternate(parts, &[]),
            Node::Capture(group, inner) => self.capture(*group, inner),
            Node::Atomic(inner) => self.atomic(|compiler| compiler.node(inner)),
            Node::Look(look) => self.look(look),
            Node::Repeat(repeat) => self.repeat(repeat),
            Node::BackReference { reference, caseless } => {
                self.program.needs_groups = true;
                self.push(Inst::BackReference(index(*reference), *caseless));
            }
            Node::Condition(condition) => self.condition(condition),
            Node::Call(reference) => {
                let group = self.ast.references.get(*reference).and_then(|groups| groups.first());
                self.program.needs_groups = true;
                self.push(Inst::Call(group.copied().unwrap_or(0)));
            }
            Node::Keep => {
                self.push(Inst::Keep);
            }
            Node::Verb(verb) => {
                if *verb == Verb::Accept {
                    for group in self.open.clone().into_iter().rev() {
                        self.push(Inst::CloseEarly(group));
                    }
                }
                self.push(Inst::Verb(*verb));
            }
        }
    }

    fn set(&mut self, set: &ByteSet) {
        let inst = match set.letter() {
            Some(letter) => Inst::Letter(letter),
            None => Inst::Set(self.set_number(set)),
        };
        self.push(inst);
    }

    fn set_number(&mut self, set: &ByteSet) -> u32 {
        let sets = &mut self.program.sets;
        let number = sets.iter().take(64).position(|known| known == set).unwrap_or_else(|| {
            sets.push(*set);
            sets.len() - 1
        });
        index(number)
    }

    /// Bytes in a row become one instruction.
    fn concat(&mut self, parts: &[Node]) {
        let mut rest = parts;
        while let Some(first) = rest.first() {
            let (bytes, folded) = literal(rest);
            if bytes.len() > 1 {
                let start = index(self.program.literals.len());
                let length = index(bytes.len());
                self.program.literals.extend_from_slice(&bytes);
                let inst =
                    if folded { Inst::FoldedLiteral(start, length) } else { Inst::Literal(start, length) };
                self.push(inst);
                rest = rest.get(bytes.len()..).unwrap_or_default();
            } else {
                self.node(first);
                rest = rest.get(1..).unwrap_or_default();
                self.note_next(rest);
            }
        }
    }

    /// If a run was just made: the bytes that can come next.
    fn note_next(&mut self, rest: &[Node]) {
        let Some(Inst::Run(run)) = self.program.code.last().copied() else { return };
        let near = rest.get(..rest.len().min(NEAR)).unwrap_or_default();
        let Some(set) = first_bytes_of(near) else { return };
        let set = self.set_number(&set);
        if let Some(run) = self.program.runs.get_mut(run as usize) {
            run.next = Some(Next::Set(set));
        }
    }

    /// Alternatives; each may first step back (in a look behind).
    fn alternate(&mut self, parts: &[Node], back: &[usize]) {
        let mut ends = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let last = number + 1 == parts.len();
            let split = (!last).then(|| self.push(Inst::Match));
            if let Some(&back) = back.get(number).filter(|&&back| back > 0) {
                self.push(Inst::Back(index(back)));
            }
            self.node(part);
            if let Some(split) = split {
                ends.push(self.push(Inst::Match));
                let next = self.here();
                self.put(split, Inst::Split(split + 1, next));
            }
        }
        let end = self.here();
        for place in ends {
            self.put(place, Inst::Jump(end));
        }
    }

    fn capture(&mut self, group: u32, inner: &Node) {
        self.push(Inst::Open(group));
        let here = self.here();
        if let Some(entry) = self.program.entries.get_mut(group as usize)
            && *entry == NOWHERE
        {
            *entry = here;
        }
        self.open.push(group);
        self.node(inner);
        self.open.pop();
        self.push(Inst::Close(group));
    }

    fn part(&mut self, is_look: bool, is_negative: bool) -> usize {
        let number = self.program.parts.len();
        self.program.parts.push(Part { is_look, is_negative, matched: NOWHERE, failed: NOWHERE });
        self.push(Inst::Enter(index(number)));
        number
    }

    fn set_part(&mut self, number: usize, matched: Place, failed: Place) {
        if let Some(part) = self.program.parts.get_mut(number) {
            part.matched = matched;
            part.failed = failed;
        }
    }

    fn atomic(&mut self, inner: impl FnOnce(&mut Self)) {
        let number = self.part(false, false);
        inner(self);
        self.push(Inst::Leave);
        let here = self.here();
        self.set_part(number, here, NOWHERE);
    }

    fn line_break(&mut self) {
        let pair = Node::Concat(vec![Node::Byte(b'\r'), Node::Byte(b'\n')]);
        let single = Node::Set(Box::new(ByteSet::matching(is_vertical)));
        self.atomic(|compiler| compiler.alternate(&[pair, single], &[]));
    }

    fn look(&mut self, look: &Look) {
        let number = self.look_body(look);
        let here = self.here();
        if look.negative {
            self.set_part(number, NOWHERE, here);
        } else {
            self.set_part(number, here, NOWHERE);
        }
    }

    fn look_body(&mut self, look: &Look) -> usize {
        let number = self.part(true, look.negative);
        self.alternate(&look.body, &look.back);
        self.push(Inst::Leave);
        number
    }

    fn condition(&mut self, condition: &Condition) {
        self.program.needs_groups = true;
        let test = match &condition.test {
            Test::Never => return self.passed_over(&condition.yes),
            Test::Look(look) => {
                let number = self.look_body(look);
                let (yes, no) = self.branches(condition);
                if look.negative {
                    self.set_part(number, no, yes);
                } else {
                    self.set_part(number, yes, no);
                }
                return;
            }
            other => other,
        };
        let place = self.push(Inst::Match);
        let (_, no) = self.branches(condition);
        let inst = match test {
            Test::Group(reference) => Inst::IfGroup(index(*reference), no),
            Test::Call(reference) => Inst::IfCall(index(*reference), no),
            Test::AnyCall | Test::Never | Test::Look(_) => Inst::IfAnyCall(no),
        };
        self.put(place, inst);
    }

    /// Where the branches of a condition begin.
    fn branches(&mut self, condition: &Condition) -> (Place, Place) {
        let yes = self.here();
        self.node(&condition.yes);
        let jump = self.push(Inst::Match);
        let no = self.here();
        self.node(&condition.no);
        let end = self.here();
        self.put(jump, Inst::Jump(end));
        (yes, no)
    }

    fn repeat(&mut self, repeat: &Repeat) {
        if let Some(what) = self.run_of(&repeat.node) {
            let run = Run {
                what,
                min: repeat.min as usize,
                max: repeat.max.map_or(usize::MAX, |max| max as usize),
                greed: repeat.greed,
                next: None,
            };
            let number = index(self.program.runs.len());
            self.program.runs.push(run);
            self.push(Inst::Run(number));
            return;
        }
        match repeat.greed {
            Greed::Possessive => self.atomic(|compiler| compiler.copies(repeat, false)),
            Greed::Lazy => self.copies(repeat, true),
            Greed::Greedy => self.copies(repeat, false),
        }
    }

    fn run_of(&mut self, node: &Node) -> Option<RunOf> {
        match node {
            Node::Byte(byte) => Some(RunOf::Set(self.set_number(&ByteSet::of(&[*byte])))),
            Node::Set(set) if **set == ByteSet::ALL => Some(RunOf::Any),
            Node::Set(set) if **set == ByteSet::of(b"\n").negated() => Some(RunOf::NotNewline),
            Node::Set(set) => Some(RunOf::Set(self.set_number(set))),
            _ => None,
        }
    }

    /// Not matched here, but a group within may be called.
    fn passed_over(&mut self, node: &Node) {
        let jump = self.push(Inst::Match);
        self.node(node);
        let end = self.here();
        self.put(jump, Inst::Jump(end));
    }

    /// A repeated group, written out as often as it must come; the rest can be skipped.
    fn copies(&mut self, repeat: &Repeat, lazy: bool) {
        let Repeat { node, min, max, .. } = repeat;
        let split = |take, leave| if lazy { Inst::Split(leave, take) } else { Inst::Split(take, leave) };
        match max {
            Some(0) => self.passed_over(node),
            Some(max) => {
                for _ in 0..*min {
                    self.node(node);
                }
                let mut splits = Vec::new();
                for _ in *min..*max {
                    splits.push(self.push(Inst::Match));
                    self.node(node);
                }
                let end = self.here();
                for place in splits {
                    self.put(place, split(place + 1, end));
                }
            }
            None => {
                for _ in 1..*min {
                    self.node(node);
                }
                let skip = (*min == 0).then(|| self.push(Inst::Match));
                let start = self.here();
                let slot = index(self.program.slots);
                let check = (min_length(node) == 0).then(|| {
                    self.program.slots += 1;
                    self.push(Inst::LoopStart(slot))
                });
                self.node(node);
                let check = check.map(|_| self.push(Inst::Match));
                let again = self.push(Inst::Match);
                let end = self.here();
                self.put(again, split(start, end));
                if let Some(place) = check {
                    self.put(place, Inst::LoopCheck(slot, end));
                }
                if let Some(place) = skip {
                    self.put(place, split(start, end));
                }
            }
        }
    }
}

impl First {
    fn of(set: Option<ByteSet>) -> First {
        let Some(set) = set else { return First::Any };
        let mut bytes = set.iter();
        let Some(one) = bytes.next() else { return First::Set(set) };
        let two = bytes.next();
        let three = bytes.next();
        match (two, three, bytes.next()) {
            (_, _, Some(_)) => First::Set(set),
            (two, three, None) => {
                let count = 1 + u8::from(two.is_some()) + u8::from(three.is_some());
                First::Bytes(count, [one, two.unwrap_or(one), three.unwrap_or(one)])
            }
        }
    }
}

/// How many parts behind a run are looked at for what can come next.
const NEAR: usize = 8;

/// The bytes at the beginning of some parts, and whether they stand for letters of either case.
fn literal(parts: &[Node]) -> (Vec<u8>, bool) {
    let exact = parts.iter().map_while(|part| if let Node::Byte(byte) = part { Some(*byte) } else { None });
    let exact: Vec<u8> = exact.collect();
    let folded = parts.iter().map_while(|part| match part {
        Node::Byte(byte) if !byte.is_ascii_alphabetic() => Some(*byte),
        Node::Set(set) => set.letter(),
        _ => None,
    });
    let folded: Vec<u8> = folded.collect();
    if folded.len() > exact.len() { (folded, true) } else { (exact, false) }
}

/// Whether all matches begin with a run of these bytes, of any length.
fn begins_with_run(node: &Node, of: &ByteSet) -> bool {
    match node {
        Node::Concat(parts) => parts.first().is_some_and(|part| begins_with_run(part, of)),
        Node::Capture(_, inner) => begins_with_run(inner, of),
        Node::Repeat(repeat) => {
            let is_all = repeat.min == 0 && repeat.max.is_none() && repeat.greed != Greed::Possessive;
            is_all && matches!(&repeat.node, Node::Set(set) if **set == *of)
        }
        _ => false,
    }
}

/// A guess at how many queries hold a byte.
fn commonness(byte: u8) -> u8 {
    match byte {
        b' ' => 9,
        b'e' | b't' | b'a' | b'E' | b'T' | b'A' => 8,
        b'o' | b'i' | b'n' | b's' | b'r' | b'c' | b'd' | b'l' => 7,
        b'O' | b'I' | b'N' | b'S' | b'R' | b'C' | b'D' | b'L' => 7,
        b'0'..=b'9' | b',' | b'(' | b')' | b'=' | b'\'' => 6,
        b'a'..=b'z' | b'A'..=b'Z' => 5,
        _ => 3,
    }
}

/// Patterns are far shorter than 2^32.
fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(NOWHERE)
}
