//! `digest`: what stands for all queries like these.

use std::io::{BufRead as _, Read as _, Write};

use proxysql_kit::digest::{self, DigestRef, Digester};
use serde_json::{Map, Value as Json};

use super::{Exit, Output};

/// The longest query of standard input with its end, in bytes: a packet that `ProxySQL` takes, and a bit.
const MOST: u64 = (64 << 20) + (64 << 10);

#[derive(clap::Args, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Options {
    /// The queries [default: those of standard input, one a line]
    #[arg(value_name = "QUERY")]
    queries: Vec<String>,
    /// Queries on standard input end with a NUL, not with the line
    #[arg(short = '0', long, conflicts_with = "queries")]
    null: bool,
    /// With --json, leave the query out
    #[arg(long)]
    no_query: bool,
    /// Room for the text; longer queries are read on as long as grouping makes room
    #[arg(long, value_name = "BYTES", default_value_t = 65_000, value_parser = clap::value_parser!(u32).range(16..=16_777_216))]
    max_query_length: u32,
    /// How much of the text the hash covers
    #[arg(long, value_name = "BYTES", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(16..=1_048_576))]
    max_digest_length: u32,
    /// Put the text in lower case
    #[arg(long)]
    lowercase: bool,
    /// NULL becomes `?`
    #[arg(long)]
    replace_null: bool,
    /// Digits in names become `?`
    #[arg(long)]
    no_digits: bool,
    /// Keep comments in the text
    #[arg(long)]
    keep_comment: bool,
    /// After how many values a list goes on with `...`
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..=2089))]
    grouping_limit: i32,
    /// After how many such lists the text goes on with `...`; 0: never
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(i32).range(0..=2089))]
    groups_grouping_limit: i32,
}

impl Options {
    fn digester(&self) -> Digester {
        let length = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
        Digester::new(
            &digest::Options::new()
                .max_query_length(length(self.max_query_length))
                .max_digest_length(length(self.max_digest_length))
                .lowercase(self.lowercase)
                .replace_null(self.replace_null)
                .no_digits(self.no_digits)
                .keep_comment(self.keep_comment)
                .grouping_limit(self.grouping_limit)
                .groups_grouping_limit(self.groups_grouping_limit),
        )
    }
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let mut digester = options.digester();
    let mut out = std::io::BufWriter::new(anstream::stdout().lock());
    let mut put = |query: &[u8]| {
        let digest = digester.digest(query);
        if output.is_json() {
            put_json(&mut out, (!options.no_query).then_some(query), &digest)
        } else {
            put_line(&mut out, &digest)
        }
    };
    if options.queries.is_empty() {
        from_stdin(options.null, &mut put)?;
    } else {
        options.queries.iter().try_for_each(|query| put(query.as_bytes()))?;
    }
    out.flush()?;
    Ok(Exit::Fine)
}

/// Gives the queries of standard input, one at a time; empty ones are none.
fn from_stdin(null: bool, put: &mut dyn FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<()> {
    let end = if null { 0 } else { b'\n' };
    let mut stdin = std::io::stdin().lock();
    let mut query = Vec::new();
    while stdin.by_ref().take(MOST + 1).read_until(end, &mut query)? > 0 {
        if query.len() as u64 > MOST {
            return Err(std::io::Error::other(format!("a query of more than {MOST} bytes")));
        }
        if query.last() == Some(&end) {
            query.pop();
        }
        if !null && query.last() == Some(&b'\r') {
            query.pop();
        }
        if !query.is_empty() {
            put(&query)?;
        }
        query.clear();
    }
    Ok(())
}

/// The hash and the text. A line end in it (a `/*! command */` can hold one) is shown as a space.
fn put_line(out: &mut impl Write, digest: &DigestRef<'_>) -> std::io::Result<()> {
    write!(out, "{}  ", digest.hash())?;
    for line in digest.text().split_inclusive(|&byte| byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => out.write_all(&[line, b" "].concat())?,
            None => out.write_all(line)?,
        }
    }
    out.write_all(b"\n")
}

/// One object a line. Bytes that are no UTF-8 are replaced: the digest still says which query it is.
fn put_json(out: &mut impl Write, query: Option<&[u8]>, digest: &DigestRef<'_>) -> std::io::Result<()> {
    let text = |bytes: &[u8]| Json::from(String::from_utf8_lossy(bytes));
    let mut object = Map::new();
    if let Some(query) = query {
        object.insert("query".into(), text(query));
    }
    object.insert("digest_text".into(), text(digest.text()));
    object.insert("digest".into(), digest.hash().to_string().into());
    object.insert("first_comment".into(), digest.first_comment().map_or(Json::Null, text));
    serde_json::to_writer(&mut *out, &object)?;
    out.write_all(b"\n")
}
