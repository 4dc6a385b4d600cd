//! The canonical printer: byte for byte what libconfig 1.7's `config_write` writes under its default
//! options.

use std::io::Write as _;

use super::text::{Escaping, quote};
use super::tree::{Kind, Node, NodeId, Tree};

/// Prints a tree as `config_write` does.
pub(super) fn canonical(tree: &Tree<'_>) -> Vec<u8> {
    let mut printer = Printer { tree, out: Vec::with_capacity(64 * tree.nodes.len()), open: Vec::new() };
    let end = tree.node(0).next;
    let mut node = 1;
    while node < end {
        node = printer.element(node);
    }
    printer.out
}

struct Printer<'a> {
    tree: &'a Tree<'a>,
    out: Vec<u8>,
    /// The groups, lists and arrays around the next setting, the innermost last.
    open: Vec<NodeId>,
}

impl Printer<'_> {
    /// Prints a setting or element, or its beginning, and all that ends with it. Gives the next one.
    fn element(&mut self, id: NodeId) -> NodeId {
        let node = *self.tree.node(id);
        if let Some(name) = self.tree.name(id) {
            self.indent(self.open.len());
            self.out.extend_from_slice(name);
            self.out.extend_from_slice(if node.kind == Kind::Group { b" : " } else { b" = " });
        }
        match node.kind {
            Kind::Group => {
                self.out.push(b'\n');
                self.indent(self.open.len());
                self.out.extend_from_slice(b"{\n");
            }
            Kind::List => self.out.extend_from_slice(b"( "),
            Kind::Array => self.out.extend_from_slice(b"[ "),
            _ => self.scalar(id, &node),
        }
        if node.kind.is_aggregate() {
            self.open.push(id);
            if !node.is_empty() {
                return id + 1;
            }
        } else {
            self.behind(id);
        }
        while let Some(&open) = self.open.last() {
            if self.tree.node(open).next != self.tree.node(id).next {
                break;
            }
            self.open.pop();
            match self.tree.node(open).kind {
                Kind::Group => {
                    self.indent(self.open.len());
                    self.out.push(b'}');
                }
                Kind::List => self.out.push(b')'),
                _ => self.out.push(b']'),
            }
            self.behind(open);
        }
        self.tree.node(id).next
    }

    /// What follows a complete value: a line end behind a setting, a comma between elements.
    fn behind(&mut self, id: NodeId) {
        if self.tree.name(id).is_some() {
            self.out.extend_from_slice(b";\n");
            return;
        }
        let list_ends =
            self.open.last().is_none_or(|&list| self.tree.node(list).next == self.tree.node(id).next);
        self.out.extend_from_slice(if list_ends { b" " } else { b", " });
    }

    /// Two blanks for each group, list and array around, the root group aside.
    fn indent(&mut self, depth: usize) {
        self.out.resize(self.out.len() + 2 * depth, b' ');
    }

    fn scalar(&mut self, id: NodeId, node: &Node) {
        let out = &mut self.out;
        // Writing to a `Vec` cannot fail.
        let _ = match node.kind {
            Kind::Bool => write!(out, "{}", node.bool()),
            Kind::Int { hex: true } => write!(out, "0x{:X}", node.int()),
            Kind::Int { hex: false } => write!(out, "{}", node.int()),
            Kind::Int64 { hex: true } => write!(out, "0x{:X}L", node.int64()),
            Kind::Int64 { hex: false } => write!(out, "{}L", node.int64()),
            Kind::Float => write!(out, "{}", float(node.float())),
            Kind::Placeholder => out.write_all(self.tree.sources.slice(node.start, node.end)),
            _ => {
                match self.tree.plain_bytes(id) {
                    Some(text) => quote(text, Escaping::Canonical, out),
                    None => quote(&self.tree.unescaped_bytes(id), Escaping::Canonical, out),
                }
                Ok(())
            }
        };
    }
}

/// Six digits behind the point, cut where the C library's buffer ends, trailing zeros removed.
fn float(value: f64) -> String {
    const BUFFER: usize = 60;
    // C calls it `inf`, and so does Rust.
    let mut text = format!("{value:.6}");
    text.truncate(BUFFER);
    match text.find('.') {
        None => text.push_str(".0"),
        Some(point) => {
            let zeros = text.len() - text[point + 1..].trim_end_matches('0').len() - point - 1;
            let keep = (text.len() - zeros).max((point + 2).min(text.len()));
            text.truncate(keep);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn floats_are_cut_as_in_c() {
        for (value, text) in [
            (0.5, "0.5"),
            (1e-9, "0.0"),
            (-1e-9, "-0.0"),
            (f64::INFINITY, "inf.0"),
            (f64::NEG_INFINITY, "-inf.0"),
            (1.0, "1.0"),
            (100.25, "100.25"),
        ] {
            assert_eq!(float(value), text);
        }
        assert!(float(1e59).ends_with('.'));
        assert_eq!(float(1e60).len(), 62);
    }
}
