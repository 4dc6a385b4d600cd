//! Helm's values: a YAML map, for the placeholders of a template.

use std::collections::HashSet;

use serde_saphyr::granit_parser::ScalarStyle;
use thiserror::Error;

use super::embedded::content;
use super::yaml::{Limits, NodeId, Scalar, Tree};
use super::{EmbeddedError, objects};
use crate::libconfig::{Filling, Fillings};

/// Why values could not be read. No value is told: it may be a secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValuesError {
    /// The text is no YAML, or beyond the limits.
    #[error(transparent)]
    Yaml(#[from] EmbeddedError),
    /// There is something else than one map.
    #[error("values are one map of names and values")]
    NotMap,
    /// A map has a name twice.
    #[error("the name `{0}` stands twice in one map")]
    Duplicate(String),
    /// Aliases make more of it than the limits allow.
    #[error("more than the limit of {limit} {what}")]
    Limit {
        /// The limit.
        limit: usize,
        /// What was counted.
        what: &'static str,
    },
}

/// Reads a file such as Helm's `values.yaml` (JSON is YAML too) for
/// [`Document::render`](crate::libconfig::Document::render): `{{ .Values.a.b }}` is `b` in the map `a`,
/// and what is at the top is the variable `${a}` too.
///
/// Numbers are taken as they are written: `5.10` is not `5.1`. As in YAML 1.1, and so in Helm, `yes`,
/// `no`, `on` and `off` without quotes are booleans. `null` is as if nothing were there. Merge keys
/// (`<<`) are followed.
///
/// A manifest gives what its Secrets and ConfigMaps hold, as variables, as `envFrom` gives it to a container; what
/// is no UTF-8, too.
///
/// ```
/// use proxysql_kit::k8s::{Limits, values};
/// use proxysql_kit::libconfig::Document;
///
/// let values = values("mysql: { version: 5.10, ssl: on }", &Limits::default())?;
/// let template = Document::parse("version=\"{{ .Values.mysql.version }}\" ssl=\"{{ .Values.mysql.ssl }}\"")?;
/// assert_eq!(template.render(&values)?.to_string(), "version=\"5.10\" ssl=\"true\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The text is no YAML, no map, or beyond the limits.
pub fn values(text: &str, limits: &Limits) -> Result<Fillings, ValuesError> {
    let tree = Tree::read(text, limits)?;
    if objects::is_manifest(&tree) {
        return of_manifest(&tree, text, limits);
    }
    let mut reader = Reader { tree: &tree, limits, values: Fillings::new(), count: 0, bytes: 0 };
    match tree.documents() {
        [] => {}
        [root] if tree.is_mapping(*root) => reader.map(*root)?,
        [root] if tree.scalar(*root).is_some_and(|scalar| filling(scalar).is_none()) => {}
        _ => return Err(ValuesError::NotMap),
    }
    Ok(reader.values)
}

/// The entries of Secrets and ConfigMaps; of two of one name the last one.
fn of_manifest(tree: &Tree<'_>, text: &str, limits: &Limits) -> Result<Fillings, ValuesError> {
    let mut values = Fillings::new();
    for entry in objects::entries(tree, text, limits)? {
        let line = objects::line(text, entry.key_offset);
        values = values.variable(entry.key, content(&entry, tree, line)?);
    }
    Ok(values)
}

struct Reader<'t> {
    tree: &'t Tree<'t>,
    limits: &'t Limits,
    values: Fillings,
    /// Values looked at, and bytes of paths and texts: aliases can make many of few.
    count: usize,
    bytes: usize,
}

impl<'t> Reader<'t> {
    fn map(&mut self, root: NodeId) -> Result<(), ValuesError> {
        let mut left = vec![(String::new(), root, 0)];
        while let Some((path, map, depth)) = left.pop() {
            if depth > self.limits.depth {
                return Err(ValuesError::Limit { limit: self.limits.depth, what: "levels of nesting" });
            }
            for (name, node) in self.members(map)? {
                // A name with a point in it is none that a path could lead to.
                if name.contains('.') {
                    continue;
                }
                let inner = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                self.set(&inner, node, depth)?;
                if self.tree.is_mapping(node) {
                    left.push((inner, node, depth + 1));
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, path: &str, node: NodeId, depth: usize) -> Result<(), ValuesError> {
        let found = match self.tree.scalar(node) {
            Some(scalar) => filling(scalar),
            None => Some(Filling::NotScalar),
        };
        self.bytes += path.len() + self.tree.scalar(node).map_or(0, |scalar| scalar.text.len());
        if self.bytes > self.limits.bytes {
            return Err(ValuesError::Limit { limit: self.limits.bytes, what: "bytes" });
        }
        if let Some(found) = found {
            let values = std::mem::take(&mut self.values);
            let values = if depth == 0 { values.variable(path, found.clone()) } else { values };
            self.values = values.value(path, found);
        }
        Ok(())
    }

    /// The members of a map, with those that it merges, each name once.
    fn members(&mut self, map: NodeId) -> Result<Vec<(&'t str, NodeId)>, ValuesError> {
        let tree = self.tree;
        let mut members = Vec::new();
        let mut seen = HashSet::new();
        // The maps to look at, the next one on top, and whether names may be there already.
        let mut left = vec![(map, false)];
        while let Some((map, merges)) = left.pop() {
            let mut inner = Vec::new();
            for (name, node) in tree.entries(map) {
                self.count += 1;
                if name.text == "<<" && name.style == ScalarStyle::Plain {
                    let elements = tree.elements(node);
                    inner.extend(if elements.is_empty() { vec![node] } else { elements.to_vec() });
                } else if seen.insert(name.text.as_ref()) {
                    members.push((name.text.as_ref(), node));
                } else if !merges {
                    return Err(ValuesError::Duplicate(name.text.to_string()));
                }
            }
            self.count += inner.len();
            if self.count > self.limits.nodes {
                return Err(ValuesError::Limit { limit: self.limits.nodes, what: "values" });
            }
            left.extend(inner.into_iter().rev().map(|node| (node, true)));
        }
        Ok(members)
    }
}

/// The value of a scalar; nothing for `null`.
fn filling(scalar: &Scalar<'_>) -> Option<Filling> {
    let text = scalar.text.as_ref();
    if scalar.style != ScalarStyle::Plain {
        return Some(text.into());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return None,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some(true.into()),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Some(false.into());
        }
        _ => {}
    }
    let begins = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'));
    let is_number = begins && text.parse::<f64>().is_ok_and(f64::is_finite);
    Some(if is_number { Filling::Number(text.to_owned()) } else { text.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Fillings, ValuesError> {
        values(text, &Limits::default())
    }

    #[test]
    fn scalars_are_taken_as_they_are_written() {
        let text = "a: 5.10\nb: 0123\nc: \"on\"\nd: off\ne: ~\nf: |\n  x\n  y\ng: !!str 1\nh:\ni: x y\n";
        let number = |text: &str| Filling::Number(text.to_owned());
        let expected = [
            ("a", number("5.10")),
            ("b", number("0123")),
            ("c", "on".into()),
            ("d", false.into()),
            ("f", "x\ny\n".into()),
            ("g", number("1")),
            ("i", "x y".into()),
        ];
        let all = |all: Fillings, (name, value): (&str, Filling)| {
            all.variable(name, value.clone()).value(name, value)
        };
        assert_eq!(read(text).unwrap(), expected.into_iter().fold(Fillings::new(), all));
    }

    #[test]
    fn a_manifest_gives_its_entries() {
        let text = "apiVersion: v1\nkind: ConfigMap\ndata: { A: 'x', p.cnf: 'y' }\n---\napiVersion: v1\nkind: Secret\n\
                    data: { B: /wA=, C: eA== }\nstringData: { C: '0123' }\n";
        let expected = Fillings::new().variable("A", "x").variable("p.cnf", "y");
        let expected = expected.variable("B", vec![0xff, 0]).variable("C", "0123");
        assert_eq!(read(text).unwrap(), expected);
        let bad = "apiVersion: v1\nkind: Secret\ndata: { B: hunter2! }\n";
        let told = read(bad).unwrap_err().to_string();
        assert!(told.contains("is no base64") && !told.contains("hunter2"), "{told}");
        let plain = Fillings::new().variable("kind", "Secret").value("kind", "Secret");
        assert_eq!(read("kind: Secret\n").unwrap(), plain);
    }

    #[test]
    fn maps_make_paths() {
        let text = "x: &x { p: 1, q: 2, r.s: 3 }\ny: { <<: *x, q: 4, z: [1] }\n";
        let nested = Fillings::new().variable("x", Filling::NotScalar).variable("y", Filling::NotScalar);
        let nested = nested.value("x", Filling::NotScalar).value("x.p", 1).value("x.q", 2);
        let nested = nested.value("y", Filling::NotScalar).value("y.p", 1).value("y.q", 4);
        assert_eq!(read(text).unwrap(), nested.value("y.z", Filling::NotScalar));
        assert_eq!(read("").unwrap(), Fillings::new());
        assert_eq!(read("# nothing\n~").unwrap(), Fillings::new());
    }

    #[test]
    fn what_is_no_map_is_refused() {
        for text in ["- 1", "x", "a: 1\n---\nb: 2\n"] {
            assert_eq!(read(text), Err(ValuesError::NotMap), "{text}");
        }
        assert_eq!(read("a: 1\na: 2\n"), Err(ValuesError::Duplicate("a".into())));
        assert!(matches!(read("a: [\n"), Err(ValuesError::Yaml(_))));
    }

    #[test]
    fn aliases_cannot_make_too_much() {
        let mut text = String::from("a0: &a0 { x: 1, y: 1 }\n");
        for level in 1..40 {
            let before = level - 1;
            text.push_str(&format!("a{level}: &a{level} {{ x: *a{before}, y: *a{before} }}\n"));
        }
        let limits = Limits::default().nodes(10_000);
        assert!(matches!(values(&text, &limits), Err(ValuesError::Limit { .. })));
        assert!(matches!(read("a: &a { b: *a }"), Err(ValuesError::Limit { .. } | ValuesError::Yaml(_))));
        assert!(matches!(read("a: &a { <<: *a }"), Err(ValuesError::Limit { .. } | ValuesError::Yaml(_))));
    }
}
