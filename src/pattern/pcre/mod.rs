//! PCRE's syntax: from text to [`Ast`](super::ast::Ast), with everything refused that PCRE 8.45 refuses when
//! it is built as in ProxySQL, without UTF-8.

mod check;
mod class;
mod escape;
mod group;
mod parser;

pub(super) use parser::parse;
