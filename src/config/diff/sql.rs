//! A plan as SQL in which every step is allowed.

use std::collections::{HashMap, HashSet};

use super::rows::key_of;
use super::{ChangeKind, Plan, RowDiff, TableDiff, VariableDiff};
use crate::config::LoadModule;
use crate::config::sql::{PlanStep, Script, SqlOptions, Statement};
use crate::schema::variables::Kind;
use crate::schema::{Column, Row, TableSchema};

impl Plan {
    /// The least SQL that turns a running server from the one into the other, with passwords and all; with
    /// LOAD and SAVE of the modules concerned, if `options` ask for it.
    ///
    /// Every statement is allowed where it stands: a row moves before its place is taken, and where rows
    /// change places (the readers of two hostgroup pairs, say), one of them goes and comes back. No statement
    /// replaces rows: if the server holds something else than the plan was made for, it refuses.
    ///
    /// What SQL does not reach is left out: [settings](Plan::settings), what the server calls itself
    /// (`admin-version`), and what its version ([`Plan::from`]) does not have.
    pub fn to_sql(&self, options: &SqlOptions) -> String {
        let mut script = Script::new(options);
        self.write(&mut script);
        script.finish()
    }

    /// The statements of [`to_sql`](Plan::to_sql) one by one, each with the one that takes it back.
    pub fn to_steps(&self, options: &SqlOptions) -> Vec<PlanStep> {
        let mut script = Script::in_steps(options);
        self.write(&mut script);
        script.finish_steps()
    }

    fn write(&self, script: &mut Script<'_>) {
        for variable in &self.variables {
            if let Some(statement) = self.variable(variable) {
                let module = Some(LoadModule::of_variables(variable.module()));
                script.add_with(module, &statement, || undo(variable));
            }
        }
        let module = |table: &&TableDiff| LoadModule::of(table.table());
        let mut tables: Vec<&TableDiff> = self.tables.iter().collect();
        // As LOAD goes, what has no LOAD at the end; and within it as the tables stand.
        tables.sort_by_key(|table| (module(table).is_none(), module(table)));
        for table in tables {
            if let Some(schema) = table.table().schema(self.from) {
                Steps::new(schema, table).write(script);
            }
        }
    }

    fn variable(&self, variable: &VariableDiff) -> Option<Statement> {
        let name = variable.full_name();
        let known = variable.name().to_str().and_then(|own| variable.module().variable(self.from, own));
        match (known, variable.after()) {
            (Some(known), _) if known.kind() == Kind::Version => None,
            (Some(_), Some(text)) => Some(Statement::set_variable(name.as_bytes(), text.as_bytes())),
            // The other version does not have it; this one does, whatever is said.
            (Some(_), None) => None,
            (None, _) if !variable.is_mere_row() || !variable.module().is_in(self.from) => None,
            (None, Some(text)) if variable.before().is_some() => {
                Some(Statement::set_variable(name.as_bytes(), text.as_bytes()))
            }
            (None, Some(text)) => Some(Statement::insert_variable(name.as_bytes(), text.as_bytes())),
            (None, None) => Some(Statement::delete_variable(name.as_bytes())),
        }
    }
}

/// What puts a variable back.
fn undo(variable: &VariableDiff) -> Option<Statement> {
    let name = variable.full_name();
    Some(match (variable.before(), variable.after()) {
        (Some(text), Some(_)) => Statement::set_variable(name.as_bytes(), text.as_bytes()),
        (Some(text), None) => Statement::insert_variable(name.as_bytes(), text.as_bytes()),
        (None, Some(_)) => Statement::delete_variable(name.as_bytes()),
        (None, None) => return None,
    })
}

/// The changes of one table, brought into an order in which each is allowed.
struct Steps<'a> {
    schema: &'a TableSchema,
    table: &'a TableDiff,
    /// Which changed row holds a value now, for each set of columns that allows one of a kind.
    holders: Vec<HashMap<Vec<u8>, usize>>,
    updates: Vec<&'a RowDiff>,
}

impl<'a> Steps<'a> {
    fn new(schema: &'a TableSchema, table: &'a TableDiff) -> Self {
        let updates: Vec<&RowDiff> = table.rows_of(ChangeKind::Changed).collect();
        let holders = schema.unique().iter().map(|set| {
            let held = updates
                .iter()
                .enumerate()
                .filter_map(|(index, row)| Some((key_of(row.before()?, set)?, index)));
            held.collect()
        });
        Steps { schema, table, holders: holders.collect(), updates }
    }

    fn write(&self, script: &mut Script<'_>) {
        let module = LoadModule::of(self.schema.table());
        let (order, detour) = self.order();
        let gone =
            self.table.rows_of(ChangeKind::Removed).chain(detour.iter().map(|&index| self.updates[index]));
        let insert = script.insert(self.schema);
        let old = |row: &RowDiff| row.before().map(|row| insert.row(|position| row.cell(position)));
        for row in gone {
            let delete = Statement::delete(self.schema, |position| row.cell(position));
            script.add_with(module, &delete, || old(row));
        }
        for index in order {
            let row = self.updates[index];
            let changed = self.changed(row);
            if !changed.is_empty() {
                let Some(after) = row.after() else { continue };
                let update = |row: &dyn Row| {
                    Statement::update(self.schema, changed.iter().copied(), |position| row.cell(position))
                };
                script.add_with(module, &update(after), || row.before().map(update));
            }
        }
        let come = detour.iter().map(|&index| self.updates[index]);
        for row in come.chain(self.table.rows_of(ChangeKind::Added)) {
            let new = insert.row(|position| row.cell(position));
            let delete = || Some(Statement::delete(self.schema, |position| row.cell(position)));
            script.add_with(module, &new, delete);
        }
    }

    /// The columns that change and that the server has.
    fn changed(&self, row: &RowDiff) -> Vec<&'a Column> {
        let positions: Vec<usize> = row.changes().map(|change| change.column().position()).collect();
        self.schema.columns().iter().filter(|column| positions.contains(&column.position())).collect()
    }

    /// The updates, each behind those that give it room; and those that must make room first by going, where
    /// they wait for each other in a circle.
    fn order(&self) -> (Vec<usize>, Vec<usize>) {
        let mut order = Vec::new();
        let mut detour = Vec::new();
        // What is settled, or on the way that is being followed.
        let mut seen: HashSet<usize> = HashSet::new();
        let mut settled: HashSet<usize> = HashSet::new();
        for start in 0..self.updates.len() {
            let mut way = vec![start];
            while let Some(&index) = way.last() {
                if settled.contains(&index) {
                    way.pop();
                    continue;
                }
                seen.insert(index);
                match self.blockers(index).find(|blocker| !settled.contains(blocker)) {
                    // A circle: its first row goes and comes back at the end.
                    Some(blocker) if seen.contains(&blocker) => {
                        settled.insert(blocker);
                        detour.push(blocker);
                    }
                    Some(blocker) => way.push(blocker),
                    None => {
                        settled.insert(index);
                        order.push(index);
                        way.pop();
                    }
                }
            }
        }
        (order, detour)
    }

    /// The other changed rows that hold now what a row shall hold.
    fn blockers(&self, index: usize) -> impl Iterator<Item = usize> {
        let new: Option<&dyn Row> = self.updates[index].after();
        let sets = self.schema.unique().iter().zip(&self.holders);
        let holders = sets.filter_map(move |(set, holders)| holders.get(&key_of(new?, set)?).copied());
        holders.filter(move |&holder| holder != index)
    }
}
