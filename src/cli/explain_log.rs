//! `explain-log`: the story that logs of ProxySQL tell about their cluster.

use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};

use proxysql_kit::cluster::{Obstacle, Story, Storyteller};
use serde_json::json;

use super::{Exit, Output, report, source};

/// The longest line that is looked at; what is behind it is passed over.
const MOST_LINE: u64 = 64 << 10;

const NO_LINE: &str = "\x1b[31merror\x1b[0m: no line is one of ProxySQL's about a cluster: such lines have a date, \
                       [INFO], [WARNING] or [ERROR], and mostly `Cluster:`";

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The logs, each of one node; `NAME=FILE` names the node, `-` is standard input. Where `kubectl logs --prefix`
    /// or `docker compose logs` put a name before each line, one file can hold the logs of several nodes
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Tell only what keeps nodes apart where the logs end
    #[arg(long)]
    short: bool,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let mut teller = Storyteller::new();
    for file in &options.files {
        let (name, path) = named(file);
        if let Err(error) = read(&name, &path, &mut teller) {
            writeln!(anstream::stderr(), "\x1b[31merror\x1b[0m: {}: {error}", source::name(&path))?;
            return Ok(Exit::Failed);
        }
    }
    let story = teller.finish();
    if story.logs.iter().all(|log| log.understood == 0) {
        writeln!(anstream::stderr(), "{NO_LINE}")?;
        return Ok(Exit::Failed);
    }
    let is_apart = story.obstacles.iter().any(Obstacle::is_grave);
    if output.is_json() {
        let told = json!(story);
        let obstacles = story.obstacles.iter().map(|obstacle| {
            let mut told = json!(obstacle);
            told["text"] = json!(obstacle.to_string());
            told["remedy"] = json!(obstacle.remedy());
            told
        });
        let chapters = if options.short { json!([]) } else { told["chapters"].clone() };
        report::json(&json!({
            "logs": told["logs"], "chapters": chapters, "dropped": story.dropped,
            "obstacles": obstacles.collect::<Vec<_>>(),
        }))?;
    } else {
        tell(story, options.short)?;
    }
    Ok(if is_apart { Exit::Found } else { Exit::Fine })
}

/// The node's name, and the file: `NAME=FILE`, or the file's name without its ending.
fn named(file: &Path) -> (String, PathBuf) {
    if let Some((name, path)) = file.to_str().and_then(|text| text.split_once('='))
        && !file.exists()
        && !name.is_empty()
    {
        return (name.to_owned(), path.into());
    }
    let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    (name.filter(|name| name != "-").unwrap_or_else(|| "node".to_owned()), file.to_owned())
}

fn read(name: &str, path: &Path, teller: &mut Storyteller) -> std::io::Result<()> {
    let mut input: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(path)?))
    };
    if let Some(why) = no_text(input.fill_buf()?, path) {
        return Err(std::io::Error::other(why));
    }
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let mut limited = std::io::Read::take(&mut input, MOST_LINE);
        if limited.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        teller.line(name, &String::from_utf8_lossy(&bytes));
        if bytes.len() as u64 == MOST_LINE && !bytes.ends_with(b"\n") {
            input.skip_until(b'\n')?;
        }
    }
}

/// What the first bytes are of, if that is no text, and a way out.
fn no_text(start: &[u8], path: &Path) -> Option<String> {
    const COMPRESSED: &[(&[u8], &str, &str)] = &[
        (b"\x1f\x8b", "gzip", "zcat"),
        (b"BZh", "bzip2", "bzcat"),
        (b"\xfd7zXZ", "xz", "xzcat"),
        (b"\x28\xb5\x2f\xfd", "zstd", "zstdcat"),
        (b"PK\x03\x04", "zip", "unzip -p"),
    ];
    let file = path.display();
    if let Some((_, name, tool)) = COMPRESSED.iter().find(|(magic, ..)| start.starts_with(magic)) {
        return Some(format!("it is compressed ({name}): `{tool} {file} | proxysql-kit explain-log -`"));
    }
    let is_utf_16 = start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff");
    is_utf_16.then(|| format!("it is UTF-16: `iconv -f UTF-16 -t UTF-8 {file} | proxysql-kit explain-log -`"))
}

fn tell(mut story: Story, short: bool) -> std::io::Result<()> {
    if short {
        story.chapters.clear();
    }
    report::styled(&story.to_string(), |line| match line {
        _ if line.starts_with("! ") => "\x1b[31m",
        _ if line.contains("CONFLICT") || line.contains("FAILED") || line.contains("cannot reach") => {
            "\x1b[33m"
        }
        _ if line.contains("NOT saved") => "\x1b[33m",
        _ => "",
    })
}
