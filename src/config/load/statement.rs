//! The statements that the server makes of rows, by pasting values into text.

use std::borrow::Cow;
use std::io::Write as _;

use crate::schema::{Form, Module, Statement};

use super::plan::Plan;

/// A value as it is pasted.
#[derive(Clone, Debug)]
pub(super) enum Pasted<'d> {
    Null,
    Int(i64),
    Text(Cow<'d, [u8]>, Form),
    /// SQL as it stands.
    Fixed(&'static str),
}

impl Pasted<'_> {
    /// Whether a quote in the text ends the literal that it is pasted into.
    pub(super) fn is_broken(&self) -> bool {
        match self {
            Pasted::Text(text, Form::Single) => memchr::memchr(b'\'', text).is_some(),
            Pasted::Text(text, Form::Double) => memchr::memchr(b'"', text).is_some(),
            _ => false,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Pasted::Null => out.extend(b"NULL"),
            // Writing to a `Vec` cannot fail.
            Pasted::Int(number) => drop(write!(out, "{number}")),
            Pasted::Text(text, Form::Double) => quoted(text, b'"', out),
            Pasted::Text(text, Form::SingleDoubled) => {
                let doubled =
                    text.iter().flat_map(|&byte| std::iter::repeat_n(byte, 1 + usize::from(byte == b'\'')));
                quoted(&doubled.collect::<Vec<_>>(), b'\'', out);
            }
            Pasted::Text(text, _) => quoted(text, b'\'', out),
            Pasted::Fixed(text) => out.extend(text.bytes()),
        }
    }
}

fn quoted(text: &[u8], quote: u8, out: &mut Vec<u8>) {
    out.push(quote);
    out.extend(text);
    out.push(quote);
}

/// The statement for a row; one value for each step of the plan.
pub(super) fn insert(plan: &Plan, values: &[Pasted<'_>]) -> Vec<u8> {
    let Some(statement) = plan.table.statement() else { return Vec::new() };
    let mut sql = statement.head.clone().into_bytes();
    for (index, value) in values.iter().enumerate() {
        sql.extend(statement.before(index).bytes());
        value.write(&mut sql);
    }
    sql.extend(Statement::TAIL.bytes());
    sql
}

/// The statement for a variable.
pub(super) fn insert_variable(module: Module, name: &str, value: &[u8]) -> Vec<u8> {
    let mut sql =
        format!("INSERT OR REPLACE INTO global_variables VALUES (\"{module}-{name}\", ").into_bytes();
    quoted(value, b'"', &mut sql);
    sql.push(b')');
    sql
}
