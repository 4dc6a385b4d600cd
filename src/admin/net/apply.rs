//! Plans, carried out on a node.

use std::fmt;

use super::client::Client;
use super::error::{Error, ErrorKind};
use crate::config::{LoadModule, Plan, PlanStep, SqlOptions, StepKind};

/// How a plan is carried out.
///
/// ```
/// use proxysql_kit::admin::net::ApplyOptions;
/// use proxysql_kit::config::LoadModule;
///
/// // Also what somebody changed in memory earlier and did not load.
/// let options = ApplyOptions::new().save(true).load_also([LoadModule::MysqlQueryRules]);
/// ```
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    load: bool,
    save: bool,
    put_back: bool,
    load_also: Vec<LoadModule>,
    save_also: Vec<LoadModule>,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        ApplyOptions { load: true, save: false, put_back: true, load_also: Vec::new(), save_also: Vec::new() }
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

    /// Modules to load although the plan changes nothing in them, such as those that memory holds as they are
    /// wanted and runtime does not ([`Layers`](crate::cluster::Layers) tells which). With [`load`](Self::load) off,
    /// none.
    #[must_use]
    pub fn load_also(mut self, modules: impl IntoIterator<Item = LoadModule>) -> Self {
        self.load_also.extend(modules);
        self
    }

    /// Modules to save although the plan changes nothing in them. With [`save`](Self::save) off, none.
    #[must_use]
    pub fn save_also(mut self, modules: impl IntoIterator<Item = LoadModule>) -> Self {
        self.save_also.extend(modules);
        self
    }

    /// All that is done, in order: the plan's changes, LOAD, SAVE.
    fn steps(&self, plan: &Plan) -> Vec<PlanStep> {
        let mut steps = plan.to_steps(&SqlOptions::new());
        let concerned: Vec<LoadModule> = steps.iter().filter_map(PlanStep::module).collect();
        let modules = |also: &[LoadModule]| {
            let is_meant = |module: &LoadModule| concerned.contains(module) || also.contains(module);
            LoadModule::ALL.into_iter().filter(is_meant).collect::<Vec<_>>()
        };
        if self.load {
            steps.extend(modules(&self.load_also).into_iter().map(PlanStep::load));
        }
        if self.save {
            steps.extend(modules(&self.save_also).into_iter().filter_map(PlanStep::save));
        }
        steps
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
    /// if asked to. An empty plan does nothing but what the options ask for besides
    /// ([`load_also`](ApplyOptions::load_also)).
    ///
    /// The admin knows no transactions: others may see, and change, what is between. Each change must find
    /// the row that it is for.
    ///
    /// ```no_run
    /// use proxysql_kit::admin::net::{ApplyOptions, Client, ConnectOptions};
    /// use proxysql_kit::config::{Layer, diff};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut node = Client::connect(&ConnectOptions::new("127.0.0.1", "radmin", "secret")).await?;
    /// let memory = node.fetch_config(Layer::Memory).await?.config;
    /// let mut wanted = memory.clone();
    /// wanted.mysql.max_connections = 4096;
    /// let applied = node.apply(&diff(&memory, &wanted), &ApplyOptions::new().save(true)).await?;
    /// println!("{applied}"); // 1 change; loaded: MYSQL VARIABLES; saved: MYSQL VARIABLES
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// At the first statement that fails; the error says what was done and what not, and puts memory back
    /// unless told otherwise.
    pub async fn apply(&mut self, plan: &Plan, options: &ApplyOptions) -> Result<Applied, Box<ApplyError>> {
        let mut steps = options.steps(plan);
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
