//! `watch`: the status of a cluster, kept on screen, and what changes. Its loop ends with Ctrl-C or SIGTERM.

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use proxysql_kit::admin::net::status::{Change, Cluster, ClusterStatus, Follower};
use proxysql_kit::cluster::Date;
use serde_json::{Value as Json, json};

use super::nodes::{block_on, ended};
use super::status::{Asked, Layers, coloured, exit, machine, people, time};
use super::{Exit, Output};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
On a terminal the table stays in place and what changes stands below it; on a pipe each change is a line, or with \
--format json an object a line.
Exit codes: 0 when it is ended with Ctrl-C or SIGTERM. With --once: 0 in step, 1 not in step (with --strict also if something is \
not loaded or not saved), 2 could not run.")]
pub(crate) struct Options {
    #[command(flatten)]
    asked: Asked,
    /// How long to wait between two looks
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = time)]
    interval: Duration,
    /// Look once and exit: for probes
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    layers: Layers,
    /// With --once: exit with 1 if something is not loaded or not saved, too
    #[arg(long, requires = "once")]
    strict: bool,
}

/// So many changes are kept for the screen.
const MOST_CHANGES: usize = 500;

pub(crate) fn run(options: &Options, output: &Output) -> io::Result<Exit> {
    let asked = &options.asked;
    let targets = match asked.targets() {
        Ok(targets) => targets,
        Err(trouble) => return trouble.tell().map(|()| Exit::Failed),
    };
    // The next look tries again anyway.
    let targets = targets.into_iter().map(|target| if options.once { target } else { target.retries(0) });
    let mut cluster = Cluster::new(targets, asked.options(options.layers.or(options.strict)));
    if options.once {
        let status = block_on(async { Ok(cluster.look().await) })?;
        if output.is_json() {
            line(&machine(&status))?;
        } else {
            people(&status, asked.discover)?;
        }
        return Ok(exit(&status, options.strict));
    }
    let mut screen: Box<dyn Show> = if output.is_json() {
        Box::new(Objects)
    } else if io::stdout().is_terminal() {
        Box::new(Screen::new())
    } else {
        Box::new(Lines)
    };
    let watched = block_on(watch(&mut cluster, options.interval, &mut *screen));
    screen.end()?;
    watched.map(|()| Exit::Fine)
}

async fn watch(cluster: &mut Cluster, interval: Duration, show: &mut dyn Show) -> io::Result<()> {
    let mut interrupted = std::pin::pin!(ended());
    let mut follower = Follower::new();
    let mut is_first = true;
    loop {
        let status = tokio::select! {
            end = &mut interrupted => return end,
            status = cluster.look() => status,
        };
        let changes = follower.next(&status);
        show.show(&status, &changes, std::mem::take(&mut is_first))?;
        tokio::select! {
            end = &mut interrupted => return end,
            () = tokio::time::sleep(interval) => {}
        }
    }
}

/// Where it is shown.
trait Show {
    fn show(&mut self, status: &ClusterStatus, changes: &[Change], is_first: bool) -> io::Result<()>;

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An object a line.
struct Objects;

impl Show for Objects {
    fn show(&mut self, status: &ClusterStatus, changes: &[Change], is_first: bool) -> io::Result<()> {
        if is_first {
            line(&json!({ "event": "start", "at": status.at, "status": machine(status) }))?;
        }
        for change in changes {
            let mut told = json!(change);
            told["at"] = json!(status.at);
            told["is_in_step"] = json!(status.is_in_step());
            line(&told)?;
        }
        Ok(())
    }
}

fn line(value: &Json) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

/// A line for each change.
struct Lines;

impl Show for Lines {
    fn show(&mut self, status: &ClusterStatus, changes: &[Change], is_first: bool) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        if is_first {
            writeln!(out, "{}", status.headline())?;
        }
        for change in changes {
            writeln!(out, "{}", logged(status.at, change))?;
        }
        out.flush()
    }
}

/// A change with its time; nothing in it moves the cursor.
fn logged(at: u64, change: &Change) -> String {
    let sign = match change {
        Change::Gone { .. } | Change::Left { .. } => '!',
        Change::Back { .. } | Change::Found { .. } => '=',
        _ => ' ',
    };
    let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    format!("{sign} {} UTC  {change}", Date(at)).chars().map(visible).collect()
}

/// The table on a screen of its own, the changes below it. When it ends, both stay on the screen from before.
struct Screen {
    changes: VecDeque<String>,
    last: String,
    is_open: bool,
}

const OPEN: &str = "\x1b[?1049h\x1b[?25l";
const CLOSE: &str = "\x1b[?25h\x1b[?1049l";
const HOME: &str = "\x1b[H";
const CLEAR_LINE: &str = "\x1b[K";
const CLEAR_BELOW: &str = "\x1b[J";

impl Screen {
    fn new() -> Self {
        Screen { changes: VecDeque::new(), last: String::new(), is_open: false }
    }

    fn close(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_open) {
            let mut out = io::stdout().lock();
            out.write_all(CLOSE.as_bytes())?;
            out.flush()?;
        }
        Ok(())
    }
}

impl Show for Screen {
    fn show(&mut self, status: &ClusterStatus, changes: &[Change], _: bool) -> io::Result<()> {
        self.changes.extend(changes.iter().map(|change| logged(status.at, change)));
        self.changes.drain(..self.changes.len().saturating_sub(MOST_CHANGES));
        self.last = format!("{status:#}");
        let size = terminal_size::terminal_size();
        let (width, height) = size.map_or((100, 40), |(width, height)| (width.0, height.0));
        let lines = laid_out(&self.last, &self.changes, usize::from(width), usize::from(height));
        let mut frame = String::new();
        if !std::mem::replace(&mut self.is_open, true) {
            frame += OPEN;
        }
        frame += HOME;
        frame += &lines
            .iter()
            .map(|line| format!("{}{CLEAR_LINE}", painted(line)))
            .collect::<Vec<_>>()
            .join("\r\n");
        frame += CLEAR_BELOW;
        let mut out = io::stdout().lock();
        out.write_all(frame.as_bytes())?;
        out.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        self.close()?;
        let mut out = anstream::stdout().lock();
        for line in self.last.lines().chain(self.changes.iter().map(String::as_str)) {
            writeln!(out, "{}", coloured(line))?;
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Where it cannot be written to, nobody sees it either.
        let _ = self.close();
    }
}

fn painted(line: &str) -> String {
    match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => line.to_owned(),
        _ => coloured(line),
    }
}

/// What fits on the screen: the table, and below it the newest changes, of which some lines are always seen.
fn laid_out(table: &str, changes: &VecDeque<String>, width: usize, height: usize) -> Vec<String> {
    let fits = |line: &str| line.chars().take(width).collect::<String>();
    let kept = if changes.is_empty() { 0 } else { changes.len().min(height / 4) + 2 };
    let mut lines: Vec<String> = table.lines().map(fits).collect();
    let room = height.saturating_sub(kept);
    if lines.len() > room {
        lines.truncate(room.saturating_sub(1));
        lines.push(fits("? the screen is too small for the rest"));
    }
    if !changes.is_empty() {
        lines.extend([String::new(), fits("  CHANGES")]);
        let room = height.saturating_sub(lines.len());
        lines.extend(changes.iter().skip(changes.len().saturating_sub(room)).map(|line| fits(line)));
    }
    lines.truncate(height);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_on_the_screen() {
        let changes: VecDeque<String> = (0..9).map(|number| format!("change {number}")).collect();
        let table = "one two\nthree\nfour";
        assert_eq!(laid_out(table, &VecDeque::new(), 5, 9), ["one t", "three", "four"]);
        let lines = laid_out(table, &changes, 80, 8);
        assert_eq!(lines, ["one two", "three", "four", "", "  CHANGES", "change 6", "change 7", "change 8"]);
        let lines = laid_out(table, &changes, 80, 5);
        assert_eq!(lines[1], "? the screen is too small for the rest");
        assert_eq!(lines[4], "change 8");
        assert!(laid_out(table, &changes, 80, 0).is_empty());
    }
}
