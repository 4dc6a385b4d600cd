//! The table for people. The first character of a line is a sign, so that it reads without colours:
//! `=` in step, `+` the content that wins, `~` behind, but coming, `!` to be mended, `?` not known, `.` not synced.

use std::fmt;

use super::follow::short;
use super::{ClusterStatus, NodeStatus};
use crate::cluster::Date;
use crate::cluster::health::{Content, Holder, ModuleHealth, Verdict};

/// A clock so many seconds off is worth a word.
const TOLERANCE: u64 = 2;

impl fmt::Display for ClusterStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{}\n\n", self.headline());
        text += &self.nodes_table();
        if !self.health.modules.is_empty() {
            text += "\n";
            text += &self.modules_table(f.alternate());
        }
        text += &self.layers_list();
        text += &self.outlook();
        text += &self.remarks();
        // A node's answers may hold anything; none of it moves the cursor.
        for line in text.lines() {
            let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
            writeln!(f, "{}", line.chars().map(visible).collect::<String>().trim_end())?;
        }
        Ok(())
    }
}

impl ClusterStatus {
    /// How it stands, in one line.
    pub fn headline(&self) -> String {
        let reached = self.nodes.iter().filter(|node| node.is_reached()).count();
        let all = self.nodes.len();
        let mut parts = vec![match (reached, all) {
            (1, 1) => "1 node".to_owned(),
            _ if reached == all => format!("{all} nodes"),
            _ => format!("{reached} of {all} nodes answered"),
        }];
        let with = |verdict: Verdict| -> Vec<&str> {
            let modules = self.health.modules.iter().filter(|module| module.verdict == verdict);
            modules.map(|module| &*module.name).collect()
        };
        for (verdict, words) in [(Verdict::Apart, "APART"), (Verdict::Converging, "converging")] {
            let modules = with(verdict);
            if !modules.is_empty() {
                parts.push(format!("{words}: {}", modules.join(", ")));
            }
        }
        let unsettled = self.nodes.iter().filter_map(|node| node.layers.as_ref());
        let unsettled = unsettled.filter(|layers| !layers.is_settled()).count();
        let sign = if self.is_in_step() {
            parts.push("in step".to_owned());
            if unsettled == 0 { '=' } else { '~' }
        } else if self.health.is_well() {
            '~'
        } else {
            '!'
        };
        if unsettled > 0 {
            parts.push(format!("not all loaded and saved on {unsettled}"));
        }
        format!("{sign} {} UTC  {}", Date(self.at), parts.join(", "))
    }

    fn nodes_table(&self) -> String {
        let mut table = Table::new(["NODE", "VERSION", "UP", "ASKED AT"]);
        for node in &self.nodes {
            let version = node.version.as_ref().map(ToString::to_string).unwrap_or_default();
            let (sign, version) = match (node.is_reached(), node.errors.is_empty()) {
                (false, _) => ('!', "not reached".to_owned()),
                (true, false) => ('?', version),
                (true, true) => (' ', version),
            };
            let up = node.uptime.filter(|_| node.is_reached()).map(span).unwrap_or_default();
            table.row(sign, [node.name.clone(), version, up, place(node)]);
        }
        table.text()
    }

    fn modules_table(&self, is_brief: bool) -> String {
        let mut table = Table::new(["MODULE", "NODE", "VERSION", "EPOCH (UTC)", "AGE", "CHECKSUM", ""]);
        for module in &self.health.modules {
            let verdict = module.verdict.to_string();
            let cells = |node: String, version: String, epoch: u64, content: &Content| {
                let date = if epoch == 0 { "-".to_owned() } else { Date(epoch).to_string() };
                let checksum = short(&content.checksum.to_string());
                [module.name.clone(), node, version, date, age(self.at, epoch), checksum, verdict.clone()]
            };
            if let ([content], true) = (&*module.contents, is_brief && module.holders() > 1) {
                let holders = || content.holders.iter();
                let versions = holders().map(|holder| holder.version);
                let (least, most) = (versions.clone().min().unwrap_or(0), versions.max().unwrap_or(0));
                let version = if least == most { most.to_string() } else { format!("{least}..{most}") };
                let newest = holders().map(|holder| holder.epoch).max().unwrap_or(0);
                table.row('=', cells(format!("all {}", module.holders()), version, newest, content));
                continue;
            }
            if module.contents.is_empty() {
                let mut row: [String; 7] = Default::default();
                (row[0], row[6]) = (module.name.clone(), verdict);
                table.row('-', row);
                continue;
            }
            // Each node at its place, so that it stays there from look to look.
            let mut is_first = true;
            for node in &self.health.nodes {
                let Some((at, content, holder)) = module.holder(node) else { continue };
                let mut row = cells(node.clone(), holder.version.to_string(), holder.epoch, content);
                if !std::mem::take(&mut is_first) {
                    (row[0], row[6]) = (String::new(), String::new());
                }
                table.row(sign(module, node, at), row);
            }
        }
        table.text()
    }

    fn layers_list(&self) -> String {
        let read: Vec<_> = self.nodes.iter().filter_map(|node| Some((node, node.layers.as_ref()?))).collect();
        if read.is_empty() {
            return String::new();
        }
        if read.iter().all(|(_, layers)| layers.is_settled()) {
            return "\n= layers: everything is loaded and saved\n".to_owned();
        }
        let mut table = Table::new(["LAYERS OF", "MODULE", "STATE", "", "TO SETTLE IT"]);
        for (node, layers) in read {
            for module in &layers.modules {
                // Where disk has what runs, it counts in rows as they are written: an account is one, not two.
                let is_on_disk = module.after_restart.is_empty() || module.to_runtime.is_empty();
                let counts_on_disk = is_on_disk && !module.to_disk.is_empty();
                let plan = if counts_on_disk { &module.to_disk } else { &module.to_runtime };
                let summary = plan.summary();
                let count = format!("+{} ~{} -{}", summary.add, summary.change, summary.remove);
                let commands = module.commands().join("; ");
                let state = module.state().to_string();
                table.row('~', [node.name.clone(), module.module.to_string(), state, count, commands + ";"]);
            }
        }
        format!("\n{}", table.text())
    }

    /// Of each module that is not simply in step: who pulls, what is the matter, and what to do.
    fn outlook(&self) -> String {
        let mut text = String::new();
        for module in self.health.modules.iter().filter(|module| !module.is_quiet()) {
            let sign = match module.verdict {
                _ if !module.is_well() => '!',
                Verdict::Converging => '~',
                _ => '.',
            };
            text += &format!("\n{sign} {}: {}\n{}", module.name, module.verdict, module.outlook());
        }
        text
    }

    fn remarks(&self) -> String {
        let mut text = String::new();
        for node in &self.nodes {
            let sign = if node.is_reached() { '?' } else { '!' };
            for error in &node.errors {
                text += &format!("{sign} {}: {error}\n", node.name);
                if let Some(help) = error.error.help() {
                    text += &format!("  > {help}\n");
                }
            }
            let ahead = node.ahead.unwrap_or(0);
            if ahead.unsigned_abs() > TOLERANCE {
                let side = if ahead > 0 { "ahead of" } else { "behind" };
                let seconds = ahead.unsigned_abs();
                text += &format!("? {}: its clock is {seconds} s {side} the others\n", node.name);
            }
        }
        if !self.unmatched.is_empty() {
            text += &format!(
                "? who knows whom is not judged: {} could be any of the members {}\n",
                self.unmatched.join(", "),
                self.unasked.join(", ")
            );
        } else if !self.unasked.is_empty() {
            text += &format!("? members that were not asked: {}\n", self.unasked.join(", "));
        }
        if text.is_empty() { text } else { format!("\n{text}") }
    }
}

impl ModuleHealth {
    fn holders(&self) -> usize {
        self.contents.iter().map(|content| content.holders.len()).sum()
    }

    /// What a node holds, and at which place among the contents that is.
    fn holder(&self, node: &str) -> Option<(usize, &Content, &Holder)> {
        self.contents.iter().enumerate().find_map(|(at, content)| {
            let holder = content.holders.iter().find(|holder| holder.node == node)?;
            Some((at, content, holder))
        })
    }
}

fn sign(module: &ModuleHealth, node: &str, content: usize) -> char {
    match module.verdict {
        Verdict::InStep => '=',
        Verdict::Converging if content == 0 => '+',
        Verdict::Converging => '~',
        Verdict::Apart if module.ahead().any(|ahead| ahead == node) => '+',
        Verdict::Apart => '!',
        Verdict::NotSynced | Verdict::NotComputed => '.',
    }
}

/// Where it was asked, as far as its name does not say that.
fn place(node: &NodeStatus) -> String {
    let address = node.address.map(|address| address.to_string());
    let address = address.filter(|address| *address != node.name && *address != node.asked);
    let asked = Some(node.asked.clone()).filter(|asked| *asked != node.name);
    match (asked, address) {
        (Some(asked), Some(address)) => format!("{asked} ({address})"),
        (asked, address) => asked.or(address).unwrap_or_default(),
    }
}

fn age(at: u64, epoch: u64) -> String {
    match (epoch, epoch.checked_sub(at)) {
        (0, _) => String::new(),
        (_, Some(ahead)) if ahead > 0 => format!("in {}", span(ahead)),
        _ => span(at.saturating_sub(epoch)),
    }
}

/// A time in its largest unit.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Rows with a sign, in columns as wide as they must be.
struct Table<const N: usize> {
    rows: Vec<(char, [String; N])>,
}

impl<const N: usize> Table<N> {
    fn new(heads: [&str; N]) -> Self {
        Table { rows: vec![(' ', heads.map(str::to_owned))] }
    }

    fn row(&mut self, sign: char, cells: [String; N]) {
        self.rows.push((sign, cells));
    }

    /// Columns in which there is nothing are left out.
    fn text(&self) -> String {
        let is_empty = |at: usize| self.rows.iter().skip(1).all(|(_, row)| row[at].is_empty());
        let width = |at: usize| {
            self.rows.iter().filter_map(|(_, row)| row.get(at)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..N).map(|at| width(at).unwrap_or(0)).collect();
        let mut text = String::new();
        for (sign, row) in &self.rows {
            text.push(*sign);
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if is_empty(at) {
                    continue;
                }
                text += &format!("{}{cell:width$}", if at == 0 { " " } else { "  " });
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
    }
}
