//! What is looked up in the entries of a section, prepared once for each load.

use std::cell::OnceCell;

use hashbrown::HashMap;

use crate::schema::{Form, Key, Read, Slot, Table, TableSchema, Version};

/// How the entries of one section become rows.
pub(super) struct Plan {
    pub(super) table: &'static TableSchema,
    /// What messages call the table.
    pub(super) called: &'static str,
    /// In the order of the statement.
    pub(super) steps: Vec<Step>,
    /// The steps that a key belongs to, each with its rank among the spellings.
    names: HashMap<&'static str, Vec<(usize, usize)>>,
    /// Whether a column of the table holds passwords.
    pub(super) has_secrets: bool,
    /// The plans of all versions, made when an unknown key asks for them.
    of_all: OnceCell<Vec<(Version, Plan)>>,
}

/// A value of the statement.
pub(super) struct Step {
    /// The column's position.
    pub(super) position: usize,
    pub(super) column: &'static str,
    pub(super) source: Source,
}

pub(super) enum Source {
    /// Looked up.
    Key { key: &'static Key, spellings: Vec<&'static str>, read: Read, form: Form },
    /// Always this text of SQL.
    Fixed(&'static str),
}

impl Source {
    fn of(key: &'static Key, column: &'static str, version: Version) -> Self {
        let mut spellings = key.spellings.get(version).to_vec();
        if spellings.is_empty() {
            spellings.push(column);
        }
        Source::Key { key, spellings, read: key.read.get(version), form: key.form.get(version) }
    }
}

impl Plan {
    /// `None` for a table without a section, or one that the version does not have.
    pub(super) fn new(table: Table, version: Version) -> Option<Self> {
        let schema = table.schema(version)?;
        let section = schema.section()?;
        let step = |slot: &Slot| {
            let (Slot::Column(index) | Slot::Fixed(index, _)) = *slot;
            let column = &schema.columns()[index];
            let source = match (*slot, column.key()) {
                (Slot::Fixed(_, text), _) => Source::Fixed(text),
                (Slot::Column(_), Some(key)) => Source::of(key, column.name(), version),
                // A test sees to it that every column of a statement has a key.
                (Slot::Column(_), None) => Source::Fixed("NULL"),
            };
            Step { position: column.position(), column: column.name(), source }
        };
        let steps: Vec<Step> = schema.statement()?.slots.iter().map(step).collect();
        let mut names: HashMap<_, Vec<_>> = HashMap::new();
        for (index, step) in steps.iter().enumerate() {
            if let Source::Key { spellings, .. } = &step.source {
                for (rank, spelling) in spellings.iter().enumerate() {
                    names.entry(*spelling).or_default().push((index, rank));
                }
            }
        }
        let has_secrets = schema.columns().iter().any(crate::schema::Column::is_secret);
        let called = section.called.unwrap_or(schema.name());
        Some(Plan { table: schema, called, steps, names, has_secrets, of_all: OnceCell::new() })
    }

    /// The steps that look for a key.
    pub(super) fn looks_for(&self, key: &str) -> &[(usize, usize)] {
        self.names.get(key).map_or(&[], Vec::as_slice)
    }

    /// The versions that look for a key.
    pub(super) fn read_by(&self, key: &str) -> Vec<Version> {
        let table = self.table.table();
        let plan = |version: &Version| Some((*version, Plan::new(table, *version)?));
        let plans = self.of_all.get_or_init(|| Version::ALL.iter().filter_map(plan).collect());
        plans
            .iter()
            .filter(|(_, plan)| !plan.looks_for(key).is_empty())
            .map(|(version, _)| *version)
            .collect()
    }

    /// The first of the keys that fill a column.
    pub(super) fn key_of(&self, column: &str) -> Option<&'static str> {
        let step = self.steps.iter().find(|step| step.column == column)?;
        match &step.source {
            Source::Key { spellings, .. } => spellings.first().copied(),
            Source::Fixed(_) => None,
        }
    }

    /// All keys that are looked for.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.steps
            .iter()
            .flat_map(|step| match &step.source {
                Source::Key { spellings, .. } => spellings.as_slice(),
                Source::Fixed(_) => &[],
            })
            .copied()
    }
}
