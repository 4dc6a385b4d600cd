//! A report as a picture: nodes down, time across, a colour for each content, a panel for each module in which
//! something happened.

use std::fmt::{self, Write};

use super::report::{Mark, MarkKind, ModuleRun, Report};
use super::scenario::Millis;
use super::show::{Seconds, short_name};
use crate::cluster::Date;

impl Report {
    /// An SVG of 1,200 units width, for light and dark pages alike. Readable with up to some 50 nodes; with more,
    /// the rows lose their names.
    pub fn svg(&self) -> String {
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = Picture::new(self).draw(&mut text);
        text
    }
}

const WIDTH: f64 = 1200.0;
const RIGHT: f64 = 24.0;
/// A letter of the labels, roughly.
const LETTER: f64 = 6.7;
const HEAD: f64 = 74.0;
/// The title of a panel.
const TITLE: f64 = 46.0;
/// The axis below a panel, and its legend.
const AXIS: f64 = 26.0;
const LEGEND_LINE: f64 = 20.0;
const GAP: f64 = 18.0;
/// Between so many nodes, an arrow shows where a pull came from.
const ARROWS: usize = 16;
/// The most contents that the legend names.
const NAMED: usize = 12;

struct Picture<'r> {
    report: &'r Report,
    panels: Vec<&'r ModuleRun>,
    left: f64,
    row: f64,
}

impl<'r> Picture<'r> {
    fn new(report: &'r Report) -> Self {
        let mut panels: Vec<_> = report.modules.iter().filter(|module| module.is_eventful()).collect();
        if panels.is_empty() {
            panels.extend(report.modules.first());
        }
        let longest =
            report.nodes.iter().map(|node| short_name(&node.name).chars().count()).max().unwrap_or(0);
        let row = match report.nodes.len() {
            0..=8 => 26.0,
            9..=20 => 20.0,
            21..=60 => 14.0,
            _ => 5.0,
        };
        // Lengths of names are small numbers.
        #[allow(clippy::cast_precision_loss)]
        let left = if row < 10.0 { 60.0 } else { (longest as f64 * LETTER + 36.0).clamp(90.0, 330.0) };
        Picture { report, panels, left, row }
    }

    #[allow(clippy::cast_precision_loss)]
    fn rows_height(&self) -> f64 {
        self.report.nodes.len() as f64 * self.row
    }

    fn panel_height(&self, module: &ModuleRun) -> f64 {
        TITLE + self.rows_height() + AXIS + self.legend(module).1 + GAP
    }

    fn draw(&self, out: &mut String) -> fmt::Result {
        let height = HEAD + self.panels.iter().map(|module| self.panel_height(module)).sum::<f64>() + 34.0;
        writeln!(
            out,
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12">"#
        )?;
        writeln!(out, "<title>{}</title>", Escaped(&self.report.title))?;
        writeln!(out, "<style>{STYLE}</style>")?;
        out.push_str(PATTERNS);
        writeln!(out, r#"<rect class="page" width="{WIDTH}" height="{height}"/>"#)?;
        self.head(out)?;
        let mut top = HEAD;
        for module in &self.panels {
            self.panel(out, module, top)?;
            top += self.panel_height(module);
        }
        self.mark_legend(out, top + 8.0)?;
        out.push_str("</svg>\n");
        Ok(())
    }

    fn head(&self, out: &mut String) -> fmt::Result {
        let report = self.report;
        writeln!(out, r#"<text class="title" x="24" y="36">{}</text>"#, Escaped(&report.title))?;
        let (nodes, length, date) = (report.nodes.len(), Seconds(report.duration), Date(report.start));
        writeln!(
            out,
            r#"<text class="dim" x="24" y="57">{nodes} nodes, {length} from {date} UTC, seed {}</text>"#,
            report.seed
        )
    }

    fn panel(&self, out: &mut String, module: &ModuleRun, top: f64) -> fmt::Result {
        let right = WIDTH - RIGHT;
        let verdict = if module.converged { "good" } else { "bad" };
        writeln!(out, r#"<g><text class="name" x="24" y="{}">{}</text>"#, top + 18.0, Escaped(module.name))?;
        let note = |all: &[_]| if all.is_empty() { String::new() } else { format!("; lost: {}", names(all)) };
        writeln!(
            out,
            r#"<text class="{verdict}" x="24" y="{}">{}{}</text>"#,
            top + 36.0,
            Escaped(&module.outcome()),
            Escaped(&note(&module.lost))
        )?;
        let first = top + TITLE;
        let bottom = first + self.rows_height();
        self.axis(out, first, bottom)?;
        self.splits(out, first, bottom)?;
        for (node, held) in module.held.iter().enumerate() {
            self.node(out, module, node, held, first)?;
        }
        let marks = || self.report.marks.iter().filter(|mark| mark.module.is_none_or(|of| of == module.name));
        if self.report.nodes.len() <= ARROWS {
            for mark in marks() {
                self.arrow(out, mark, first)?;
            }
        }
        for mark in marks() {
            self.mark(out, mark, first)?;
        }
        writeln!(
            out,
            r#"<line class="frame" x1="{}" y1="{bottom}" x2="{right}" y2="{bottom}"/>"#,
            self.left
        )?;
        out.push_str(&self.legend(module).0(bottom + AXIS + 12.0));
        out.push_str("</g>\n");
        Ok(())
    }

    /// A node's name, and what it held.
    fn node(
        &self,
        out: &mut String,
        module: &ModuleRun,
        node: usize,
        held: &[super::report::Held],
        first: f64,
    ) -> fmt::Result {
        let Some(run) = self.report.nodes.get(node) else { return Ok(()) };
        let top = first + self.row * index(node);
        let (bar, middle) = (self.row * 0.72, top + self.row / 2.0);
        if self.row >= 10.0 {
            let size = if self.row < 18.0 { 10 } else { 12 };
            writeln!(
                out,
                r#"<text class="node" x="{}" y="{}" font-size="{size}">{}</text>"#,
                self.left - 12.0,
                middle + 4.0,
                Escaped(&cut(short_name(&run.name), 44))
            )?;
        }
        writeln!(
            out,
            r#"<line class="down" x1="{}" y1="{middle}" x2="{}" y2="{middle}"/>"#,
            self.left,
            WIDTH - RIGHT
        )?;
        for held in held {
            let (from, to) = (self.x(held.from), self.x(held.to));
            let Some(content) = module.contents.get(held.content) else { continue };
            writeln!(
                out,
                r#"<rect x="{from:.1}" y="{:.1}" width="{:.1}" height="{bar:.1}" rx="2" fill="{}"><title>{}: {} {}, {} to {}</title></rect>"#,
                middle - bar / 2.0,
                (to - from).max(0.6),
                colour(held.content),
                Escaped(&run.name),
                Escaped(&content.label),
                content.checksum,
                Seconds(held.from),
                Seconds(held.to)
            )?;
        }
        Ok(())
    }

    fn axis(&self, out: &mut String, first: f64, bottom: f64) -> fmt::Result {
        let step = step(self.report.duration);
        let mut at = 0;
        while at <= self.report.duration {
            let x = self.x(at);
            writeln!(
                out,
                r#"<line class="grid" x1="{x:.1}" y1="{first}" x2="{x:.1}" y2="{}"/>"#,
                bottom + 4.0
            )?;
            writeln!(out, r#"<text class="tick" x="{x:.1}" y="{}">{}</text>"#, bottom + 17.0, Seconds(at))?;
            at += step;
        }
        Ok(())
    }

    /// A shade for as long as the network is split.
    fn splits(&self, out: &mut String, first: f64, bottom: f64) -> fmt::Result {
        let mut since = None;
        let mut shade = |from: Millis, to: Millis| {
            let (x, end) = (self.x(from), self.x(to));
            writeln!(
                out,
                r#"<rect class="split" x="{x:.1}" y="{first}" width="{:.1}" height="{:.1}" rx="2"><title>the network is split, {} to {}</title></rect>"#,
                end - x,
                bottom - first,
                Seconds(from),
                Seconds(to)
            )
        };
        for mark in &self.report.marks {
            match (mark.kind, since) {
                (MarkKind::Split, None) => since = Some(mark.at),
                (MarkKind::Heal, Some(from)) => {
                    shade(from, mark.at)?;
                    since = None;
                }
                _ => {}
            }
        }
        since.map_or(Ok(()), |from| shade(from, self.report.duration))
    }

    /// A thin line from the node that a pull came from.
    fn arrow(&self, out: &mut String, mark: &Mark, first: f64) -> fmt::Result {
        let (MarkKind::Pull { from }, Some(node)) = (mark.kind, mark.node) else { return Ok(()) };
        let x = self.x(mark.at);
        let y = |node: usize| first + self.row * (index(node) + 0.5);
        let start = (x - 18.0).max(self.left);
        writeln!(
            out,
            r#"<path class="arrow" d="M{start:.1} {y:.1}L{x:.1} {:.1}"/><circle class="source" cx="{start:.1}" cy="{y:.1}" r="2.2"/>"#,
            y(node),
            y = y(from)
        )
    }

    fn mark(&self, out: &mut String, mark: &Mark, first: f64) -> fmt::Result {
        let Some(node) = mark.node else { return Ok(()) };
        let (x, y) = (self.x(mark.at), first + self.row * (index(node) + 0.5));
        let size = (self.row * 0.27).clamp(2.0, 6.0);
        let name = self.report.nodes.get(node).map_or("", |node| &*node.name);
        write!(out, "<g>")?;
        symbol(out, mark.kind, x, y, size)?;
        writeln!(out, "<title>{}, {}: {}</title></g>", Escaped(name), Seconds(mark.at), Escaped(&mark.text))
    }

    /// The contents with their colours; gives how to draw them at a height, and how high that is.
    fn legend(&self, module: &ModuleRun) -> (impl Fn(f64) -> String + use<>, f64) {
        let mut items = Vec::new();
        let (mut x, mut line) = (self.left, 0.0);
        let mut place = |text: String, colour: Option<String>| {
            let width = length(&text) * 7.3 + 40.0;
            if x + width > WIDTH - RIGHT && x > self.left {
                x = self.left;
                line += LEGEND_LINE;
            }
            items.push((x, line, text, colour));
            x += width;
        };
        for (index, content) in module.contents.iter().take(NAMED).enumerate() {
            let label = if content.label.is_empty() { "(empty)" } else { &content.label };
            place(format!("{} {}", cut(label, 40), content.checksum), Some(colour(index)));
        }
        if let Some(more @ 1..) = module.contents.len().checked_sub(NAMED) {
            place(format!("and {more} more"), None);
        }
        let height = line + LEGEND_LINE;
        let draw = move |top: f64| {
            let mut out = String::new();
            for (x, line, text, colour) in &items {
                let y = top + line;
                if let Some(colour) = colour {
                    let _ = writeln!(
                        out,
                        r#"<rect x="{x:.1}" y="{:.1}" width="12" height="12" rx="2" fill="{colour}"/>"#,
                        y - 10.0
                    );
                }
                let _ = writeln!(
                    out,
                    r#"<text class="dim" x="{:.1}" y="{y:.1}">{}</text>"#,
                    x + 18.0,
                    Escaped(text)
                );
            }
            out
        };
        (draw, height)
    }

    /// What the symbols mean: those that are there.
    fn mark_legend(&self, out: &mut String, y: f64) -> fmt::Result {
        let mut x = self.left;
        let mut told: Vec<&str> = Vec::new();
        for mark in self.report.marks.iter().filter(|mark| mark.node.is_some()) {
            let name = mark.kind.name();
            if told.contains(&name) {
                continue;
            }
            told.push(name);
            symbol(out, mark.kind, x + 6.0, y - 4.0, 6.0)?;
            writeln!(out, r#"<text class="dim" x="{}" y="{y}">{name}</text>"#, x + 18.0)?;
            x += length(name) * LETTER + 42.0;
        }
        if self.report.marks.iter().any(|mark| mark.kind == MarkKind::Split) {
            writeln!(out, r#"<rect class="split" x="{x}" y="{}" width="14" height="14"/>"#, y - 11.0)?;
            writeln!(out, r#"<text class="dim" x="{}" y="{y}">the network is split</text>"#, x + 20.0)?;
        }
        Ok(())
    }

    #[allow(clippy::cast_precision_loss)]
    fn x(&self, at: Millis) -> f64 {
        let part = at.min(self.report.duration) as f64 / self.report.duration.max(1) as f64;
        self.left + part * (WIDTH - RIGHT - self.left)
    }
}

/// The symbol of a mark, around a point.
fn symbol(out: &mut String, kind: MarkKind, x: f64, y: f64, size: f64) -> fmt::Result {
    let (left, right, top, bottom) = (x - size, x + size, y - size, y + size);
    match kind {
        MarkKind::Load => write!(
            out,
            r#"<path class="load" d="M{left:.1} {bottom:.1}L{x:.1} {top:.1}L{right:.1} {bottom:.1}Z"/>"#
        ),
        MarkKind::Pull { .. } => {
            write!(out, r#"<circle class="pull" cx="{x:.1}" cy="{y:.1}" r="{:.1}"/>"#, size * 0.8)
        }
        MarkKind::FailedPull => {
            write!(out, r#"<circle class="failed" cx="{x:.1}" cy="{y:.1}" r="{:.1}"/>"#, size * 0.8)
        }
        MarkKind::Conflict => write!(
            out,
            r#"<path class="conflict" d="M{left:.1} {top:.1}L{right:.1} {bottom:.1}M{left:.1} {bottom:.1}L{right:.1} {top:.1}"/>"#
        ),
        MarkKind::Start => write!(
            out,
            r#"<path class="start" d="M{left:.1} {top:.1}L{right:.1} {y:.1}L{left:.1} {bottom:.1}Z"/>"#
        ),
        MarkKind::Stop => write!(
            out,
            r#"<rect class="stop" x="{:.1}" y="{:.1}" width="{w:.1}" height="{w:.1}"/>"#,
            x - size * 0.8,
            y - size * 0.8,
            w = size * 1.6
        ),
        MarkKind::Change | MarkKind::Split | MarkKind::Heal => write!(
            out,
            r#"<path class="change" d="M{x:.1} {top:.1}L{right:.1} {y:.1}L{x:.1} {bottom:.1}L{left:.1} {y:.1}Z"/>"#
        ),
    }
}

/// Colours that differ for the colour-blind, too, and stand on white and on black; then those of a wheel.
const COLOURS: [&str; 8] =
    ["#4c86c6", "#e69f00", "#2a9d76", "#cc6fa4", "#d55e00", "#7fb8e6", "#b8a72e", "#8a6bbd"];

fn colour(content: usize) -> String {
    match COLOURS.get(content) {
        Some(colour) => (*colour).to_owned(),
        // The golden angle keeps neighbours apart.
        None => format!("hsl({},45%,{}%)", content * 137 % 360, 45 + content % 3 * 10),
    }
}

const STYLE: &str = "\
.page{fill:#fff}text{fill:#1f2328}.dim,.tick{fill:#59636e}.title{font-size:20px;font-weight:600}\
.name{font-size:14px;font-weight:600}.good{fill:#1a7f37}.bad{fill:#cf222e}.node{text-anchor:end}\
.tick{text-anchor:middle;font-size:11px}.grid{stroke:#d1d9e0;stroke-width:.6}.frame{stroke:#818b98}\
.down{stroke:#afb8c1;stroke-width:1;stroke-dasharray:2 3}.split{fill:url(#hatch)}.hatch{stroke:#cf222e;stroke-opacity:.5;stroke-width:1.6}\
.arrow{fill:none;stroke:#1f2328;stroke-width:1.1;stroke-opacity:.75}\
.load,.pull,.failed,.start,.stop,.change{stroke:#1f2328;stroke-width:1}\
.load,.source{fill:#1f2328}.pull{fill:#fff}.failed{fill:#fff;stroke:#cf222e;stroke-width:2}.start{fill:#7ee2a0}.stop{fill:#1f2328}\
.change{fill:#ffd866}.conflict{fill:none;stroke:#cf222e;stroke-width:2.4}\
@media(prefers-color-scheme:dark){.page{fill:#0d1117}text{fill:#e6edf3}.dim,.tick{fill:#9198a1}.good{fill:#3fb950}\
.bad{fill:#f85149}.grid{stroke:#2b3139}.frame{stroke:#656c76}.down{stroke:#4b535d}.hatch{stroke:#f85149}\
.arrow,.load,.pull,.start,.stop,.change{stroke:#e6edf3}.source{fill:#e6edf3}.load,.stop{fill:#e6edf3}.pull,.failed{fill:#0d1117}\
.failed,.conflict{stroke:#f85149}.start{fill:#238636}.change{fill:#bf8700}}";

const PATTERNS: &str = "<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
patternTransform=\"rotate(45)\"><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\"/></pattern></defs>\n";

/// A step of the axis that makes some 6 to 12 of them.
fn step(duration: Millis) -> Millis {
    const STEPS: [Millis; 20] = [
        10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000,
        600_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000,
    ];
    STEPS.into_iter().find(|step| duration / step <= 12).unwrap_or(duration / 10)
}

#[allow(clippy::cast_precision_loss)]
fn index(node: usize) -> f64 {
    node as f64
}

#[allow(clippy::cast_precision_loss)]
fn length(text: &str) -> f64 {
    text.chars().count() as f64
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn names(labels: &[std::sync::Arc<str>]) -> String {
    let quoted: Vec<_> = labels.iter().take(6).map(|label| format!("`{}`", cut(label, 40))).collect();
    quoted.join(", ")
}

/// A text that stands between tags.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                // What XML does not have.
                '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                    f.write_char(char::REPLACEMENT_CHARACTER)?;
                }
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}
