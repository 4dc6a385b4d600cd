//! Plans, carried out on a node.

use std::fmt;

use super::client::Client;
use super::error::{Error, ErrorKind};
use crate::config::{LoadModule, Plan, PlanStep, SqlOptions, StepKind};

/// How a plan is carried out.
#[derive(Clone, Copy, Debug)]
pub struct ApplyOptions {
    load: bool,
    save: bool,
    put_back: bool,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        ApplyOptions { load: true, save: false, put_back: true }
    }
}

impl ApplyOptions {
    /// Loads to runtime, does not save to disk, and puts memory back after an error.
    pub fn new() -> Self {
        ApplyOptions::default()
    }

    /// Whether the modules concerned are loaded to runtime.
    #[must_use]
    pub fn load(mut self, yes: bool) -> Self {
        self.load = yes;
        self
    }

    /// Whether the modules concerned are saved to disk.
    #[must_use]
    pub fn save(mut self, yes: bool) -> Self {
        self.save = yes;
        self
    }

    /// Whether, after an error, the memory tables are put back as they were. What was loaded to runtime or
    /// saved by then stays so.
    #[must_use]
    pub fn put_back(mut self, yes: bool) -> Self {
        self.put_back = yes;
        self
    }
}

/// What was done of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// How many statements changed memory.
    pub changes: usize,
    /// Which modules were loaded to runtime.
    pub loaded: Vec<LoadModule>,
    /// Which modules were saved to disk.
    pub saved: Vec<LoadModule>,
}

impl Applied {
    fn count(&mut self, step: &PlanStep) {
        match (step.kind(), step.module()) {
            (StepKind::Load, Some(module)) => self.loaded.push(module),
            (StepKind::Save, Some(module)) => self.saved.push(module),
            _ => self.changes += 1,
        }
    }
}

/// `3 changes; loaded: MYSQL USERS; saved: nothing`.
impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |modules: &[LoadModule]| match modules {
            [] => "nothing".to_owned(),
            modules => modules.iter().map(|module| module.words()).collect::<Vec<_>>().join(", "),
        };
        let changes = if self.changes == 1 { "change" } else { "changes" };
        write!(
            f,
            "{} {changes}; loaded: {}; saved: {}",
            self.changes,
            names(&self.loaded),
            names(&self.saved)
        )
    }
}

/// A plan that was carried out in part only.
#[derive(Debug)]
#[non_exhaustive]
pub struct ApplyError {
    /// What was done before.
    pub applied: Applied,
    /// The statement at which it stopped.
    pub failed: PlanStep,
    /// What was not done: the statements behind it.
    pub not_applied: Vec<PlanStep>,
    /// Why it stopped.
    pub error: Error,
    /// Whether memory is as it was.
    pub put_back: PutBack,
}

/// Whether memory was put back after an error.
#[derive(Debug)]
#[non_exhaustive]
pub enum PutBack {
    /// Nobody asked for it.
    NotAskedFor,
    /// Nothing had been changed.
    NothingToDo,
    /// Yes.
    Done,
    /// No, or in part: it failed, too. What memory holds is what is left of the plan's way.
    Failed(Error),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stopped at `{}`: {}. ", self.failed, self.error)?;
        write!(f, "Done before: {}. Not done: {} statements. ", self.applied, self.not_applied.len() + 1)?;
        match &self.put_back {
            PutBack::NotAskedFor => f.write_str("Memory was left as it is"),
            PutBack::NothingToDo => f.write_str("Memory is as it was"),
            PutBack::Done => f.write_str("Memory was put back as it was"),
            PutBack::Failed(error) => write!(f, "Memory could not be put back: {error}"),
        }
    }
}

impl std::error::Error for ApplyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl Client {
    /// Carries out a plan on the node's memory, then loads the modules concerned to runtime, and saves them
    /// if asked to. An empty plan does nothing.
    ///
    /// The admin knows no transactions: others may see, and change, what is between. Each change must find
    /// the row that it is for.
    ///
    /// # Errors
    /// At the first statement that fails; the error says what was done and what not, and puts memory back
    /// unless told otherwise.
    pub async fn apply(&mut self, plan: &Plan, options: &ApplyOptions) -> Result<Applied, Box<ApplyError>> {
        let mut steps = plan.to_steps(&SqlOptions::new().load(options.load).save(options.save));
        let mut applied = Applied::default();
        let mut stopped = None;
        for (index, step) in steps.iter().enumerate() {
            if let Err(error) = self.carry_out(step).await {
                stopped = Some((index, error));
                break;
            }
            applied.count(step);
        }
        let Some((index, error)) = stopped else { return Ok(applied) };
        let not_applied = steps.split_off(index + 1);
        let put_back = if options.put_back {
            self.put_back(steps.get(..index).unwrap_or_default()).await
        } else {
            PutBack::NotAskedFor
        };
        // The one that failed is the last that is left.
        let Some(failed) = steps.pop() else { return Ok(applied) };
        Err(Box::new(ApplyError { applied, failed, not_applied, error, put_back }))
    }

    async fn carry_out(&mut self, step: &PlanStep) -> Result<(), Error> {
        let done = self.execute(step.sql()).await?;
        if step.kind() == StepKind::Change && done.affected_rows == 0 {
            return Err(Error::new(self.node(), ErrorKind::Drift));
        }
        Ok(())
    }

    async fn put_back(&mut self, done: &[PlanStep]) -> PutBack {
        let undo: Vec<&str> = done.iter().rev().filter_map(PlanStep::undo).collect();
        if undo.is_empty() {
            return PutBack::NothingToDo;
        }
        for sql in undo {
            if let Err(error) = self.execute(sql).await {
                return PutBack::Failed(error);
            }
        }
        PutBack::Done
    }
}
