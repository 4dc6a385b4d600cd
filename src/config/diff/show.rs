//! A plan as people read it.

use std::fmt;

use super::{ChangeKind, ColumnDiff, Plan, RowDiff, VariableDiff, lossy};
use crate::schema::{Cell, Column, REDACTED, Text};

/// A plan, with secrets or without, as text and as JSON; see [`Plan::with_secrets`].
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    pub(super) plan: &'a Plan,
    pub(super) secrets: bool,
}

impl<'a> Shown<'a> {
    pub(super) fn new(plan: &'a Plan, secrets: bool) -> Self {
        Shown { plan, secrets }
    }

    pub(crate) fn settings(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.plan.settings().is_empty() {
            writeln!(f, "settings of the file")?;
        }
        self.plan.settings().iter().try_for_each(|setting| {
            let change = Change::of_texts(setting.before(), setting.after(), false);
            self.line(f, &setting.name(), &change)
        })
    }

    fn variables(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut module = None;
        for variable in self.plan.variables() {
            if module != Some(variable.module()) {
                module = Some(variable.module());
                writeln!(f, "{}", variable.module().section())?;
            }
            self.line(f, variable.name(), &Change::of_variable(variable))?;
        }
        Ok(())
    }

    pub(crate) fn tables(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in self.plan.tables() {
            writeln!(f, "{}", table.table().name())?;
            table.rows().iter().try_for_each(|row| self.row(f, row))?;
        }
        Ok(())
    }

    /// A variable by its whole name, without a line end.
    pub(crate) fn variable(self, f: &mut fmt::Formatter<'_>, variable: &VariableDiff) -> fmt::Result {
        let change = Change::of_variable(variable);
        write!(f, "  {} {}: {}", sign(change.kind()), variable.full_name(), change.shown(self.secrets))
    }

    fn line(self, f: &mut fmt::Formatter<'_>, name: &dyn fmt::Display, change: &Change<'_>) -> fmt::Result {
        let sign = sign(change.kind());
        writeln!(f, "  {sign} {name}: {}", change.shown(self.secrets))
    }

    fn row(self, f: &mut fmt::Formatter<'_>, row: &RowDiff) -> fmt::Result {
        write!(f, "  {}", sign(row.kind()))?;
        for (column, cell) in row.key() {
            write!(f, " {}={}", column.name(), Value(cell))?;
        }
        writeln!(f)?;
        if row.kind() != ChangeKind::Removed {
            for change in row.changes() {
                let name = change.column().name();
                writeln!(f, "      {name}: {}", Change::of_column(&change).shown(self.secrets))?;
            }
        }
        Ok(())
    }
}

/// Without secrets.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown().fmt(f)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan;
        if plan.is_empty() {
            return writeln!(f, "no differences");
        }
        if plan.from() != plan.to() {
            writeln!(f, "ProxySQL {} -> {}", plan.from(), plan.to())?;
        }
        self.settings(f)?;
        self.variables(f)?;
        self.tables(f)?;
        let summary = plan.summary();
        writeln!(f)?;
        writeln!(f, "{} to add, {} to change, {} to remove", summary.add, summary.change, summary.remove)
    }
}

fn sign(kind: ChangeKind) -> char {
    match kind {
        ChangeKind::Added => '+',
        ChangeKind::Changed => '~',
        ChangeKind::Removed => '-',
    }
}

/// One value, and what becomes of it.
struct Change<'a> {
    old: Option<Cell<'a>>,
    new: Option<Cell<'a>>,
    is_secret: bool,
}

impl<'a> Change<'a> {
    fn of_column(change: &ColumnDiff<'a>) -> Self {
        Change { old: change.before(), new: change.after(), is_secret: Column::is_secret(change.column()) }
    }

    fn of_variable(variable: &'a VariableDiff) -> Self {
        Change::of_texts(variable.before(), variable.after(), variable.is_secret())
    }

    fn of_texts(old: Option<&'a Text>, new: Option<&'a Text>, is_secret: bool) -> Self {
        let cell = |text: &'a Text| Cell::Text(text.as_bytes());
        Change { old: old.map(cell), new: new.map(cell), is_secret }
    }

    fn kind(&self) -> ChangeKind {
        super::kind_of(self.old.as_ref(), self.new.as_ref())
    }

    fn shown(&self, secrets: bool) -> String {
        let hides = |cell: Cell<'_>| self.is_secret && !secrets && cell != Cell::Null;
        let value = |cell| if hides(cell) { REDACTED.to_owned() } else { Value(cell).to_string() };
        match (self.old, self.new) {
            (Some(old), Some(new)) => {
                let note = if hides(old) && hides(new) { " (changed)" } else { "" };
                format!("{} -> {}{note}", value(old), value(new))
            }
            (Some(only), None) | (None, Some(only)) => value(only),
            (None, None) => String::new(),
        }
    }
}

/// A value as it stands in a line: texts quoted, with what would leave the line escaped.
struct Value<'a>(Cell<'a>);

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Cell::Null => f.write_str("NULL"),
            Cell::Int(number) => write!(f, "{number}"),
            Cell::Real(number) => write!(f, "{number:?}"),
            Cell::Text(text) => {
                f.write_str("'")?;
                for character in lossy(text).chars() {
                    match character {
                        '\'' => f.write_str("''")?,
                        // What moves a terminal's cursor, or hides what stands there.
                        '\n' | '\t' | '\r' => write!(f, "{}", character.escape_default())?,
                        control if control.is_control() => write!(f, "{}", control.escape_unicode())?,
                        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                            write!(f, "{}", character.escape_unicode())?;
                        }
                        other => write!(f, "{other}")?,
                    }
                }
                f.write_str("'")
            }
        }
    }
}
