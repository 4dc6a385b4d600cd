//! The three layers of one node: what is changed and not loaded, loaded and not saved.

use std::fmt;

use crate::config::{ChangeKind, Config, LoadModule, Plan, Rows, diff, running_rows, taken_over};
use crate::schema::{AnyCase, MysqlUser, PgsqlUser, ServerStatus};

/// How memory, runtime and disk of one node differ, by what one LOAD or SAVE carries.
///
/// For runtime, what a node was told to run is better than what runs just now, as the monitor moves servers
/// (`admin::net::Client::fetch_loaded`).
///
/// Memory and disk are compared with runtime by what of them would run: rules and users that are not active do
/// not, nor do servers that are `OFFLINE_HARD` and chained hostgroups; a shunned server counts as online; an account
/// may stand as one row or as two, one for each direction; no default schema and an empty one are the same; passwords
/// of 2.0 are hashed; a variable may run as another text than the one that is stored, such as `mysql-server_version`
/// 5.1.30.
///
/// ```
/// use proxysql_kit::cluster::{LayerState, Layers};
/// use proxysql_kit::config::{Config, LoadModule};
/// use proxysql_kit::schema::MysqlUser;
///
/// let disk = Config::default();
/// let mut memory = disk.clone();
/// memory.mysql_users.push(MysqlUser { username: "app".into(), ..MysqlUser::default() });
///
/// let layers = Layers::of(&memory, &disk, &disk);
/// let users = layers.module(LoadModule::MysqlUsers).unwrap();
/// assert_eq!(users.state(), LayerState::NotLoaded);
/// assert_eq!(users.commands(), ["LOAD MYSQL USERS TO RUNTIME", "SAVE MYSQL USERS TO DISK"]);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Layers {
    /// The modules that differ in any of them, in the order in which they had best be loaded.
    pub modules: Vec<ModuleLayers>,
}

/// How the layers of one module differ.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ModuleLayers {
    /// What one LOAD carries.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::cluster::as_text::as_text"))]
    pub module: LoadModule,
    /// What LOAD ... TO RUNTIME would change.
    pub to_runtime: Plan,
    /// What SAVE ... TO DISK would change.
    pub to_disk: Plan,
    /// What a restart would change of what runs.
    pub after_restart: Plan,
}

/// What is to be done for a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum LayerState {
    /// Changed in memory, not loaded; disk has what runs.
    NotLoaded,
    /// Loaded, not saved: a restart loses it.
    NotSaved,
    /// Changed in memory and saved, not loaded: it will run after a restart.
    SavedNotLoaded,
    /// All three differ.
    AllDiffer,
}

impl Layers {
    /// Compares the layers of one node: the schemas `main`, the tables `runtime_*`, and `disk`.
    pub fn of(memory: &Config, runtime: &Config, disk: &Config) -> Self {
        let now = by_directions(what_runs(runtime));
        let to_runtime = diff(&now, &by_directions(would_run(memory, runtime)));
        let to_disk = going_to_disk(diff(disk, memory));
        let after_restart = diff(&now, &by_directions(would_run(disk, runtime)));
        let mut modules = [to_runtime.modules(), to_disk.modules()].concat();
        modules.sort_unstable();
        modules.dedup();
        let module = |module: LoadModule| ModuleLayers {
            module,
            to_runtime: to_runtime.only(&[module]),
            to_disk: to_disk.only(&[module]),
            after_restart: after_restart.only(&[module]),
        };
        Layers { modules: modules.into_iter().map(module).collect() }
    }

    /// How the layers of one module differ; `None` where they do not.
    pub fn module(&self, module: LoadModule) -> Option<&ModuleLayers> {
        self.modules.iter().find(|layers| layers.module == module)
    }

    /// Whether everything is loaded and saved.
    pub fn is_settled(&self) -> bool {
        self.modules.is_empty()
    }
}

impl ModuleLayers {
    /// What is to be done, in a word.
    pub fn state(&self) -> LayerState {
        let (is_loaded, is_saved) = (self.to_runtime.is_empty(), self.to_disk.is_empty());
        match (is_loaded, is_saved) {
            (true, _) => LayerState::NotSaved,
            _ if !self.module.has_disk() => LayerState::NotLoaded,
            (false, true) => LayerState::SavedNotLoaded,
            (false, false) if self.after_restart.is_empty() => LayerState::NotLoaded,
            (false, false) => LayerState::AllDiffer,
        }
    }

    /// The commands that bring memory to runtime and to disk.
    pub fn commands(&self) -> Vec<String> {
        let words = self.module.words();
        let load = (!self.to_runtime.is_empty()).then(|| format!("LOAD {words} TO RUNTIME"));
        let save = (!self.to_disk.is_empty()).then(|| format!("SAVE {words} TO DISK"));
        load.into_iter().chain(save).collect()
    }
}

impl fmt::Display for LayerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            LayerState::NotLoaded => "changed, not loaded",
            LayerState::NotSaved => "loaded, not saved",
            LayerState::SavedNotLoaded => "saved, not loaded",
            LayerState::AllDiffer => "memory, runtime and disk all differ",
        })
    }
}

/// A line for each module: its state, how much it is, and the commands that settle it. No secrets.
impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_settled() {
            return writeln!(f, "everything is loaded and saved");
        }
        let width = self.modules.iter().map(|layers| layers.module.words().len()).max().unwrap_or(0);
        for layers in &self.modules {
            let plan = if layers.to_runtime.is_empty() { &layers.to_disk } else { &layers.to_runtime };
            let summary = plan.summary();
            let commands = layers.commands().join("; ");
            writeln!(
                f,
                "{:width$}  {} (+{} ~{} -{}): {commands};",
                layers.module.words(),
                layers.state(),
                summary.add,
                summary.change,
                summary.remove
            )?;
        }
        Ok(())
    }
}

/// What of a configuration runs, or would run once it is loaded: without rows that LOAD passes over, such as
/// rules that are not active; servers that the monitor shuns are `ONLINE`; users without a default schema have an empty
/// one. So a layer can be compared with a runtime of the same texts; [`would_run`] also knows those that run otherwise.
///
/// ```
/// use proxysql_kit::cluster::what_runs;
/// use proxysql_kit::config::Config;
/// use proxysql_kit::schema::MysqlQueryRule;
///
/// let mut memory = Config::default();
/// memory.mysql_query_rules.push(MysqlQueryRule { active: false, ..MysqlQueryRule::default() });
/// assert!(what_runs(&memory).mysql_query_rules.is_empty());
/// ```
pub fn what_runs(config: &Config) -> Config {
    let mut config = running_rows(config);
    let online = |status: &mut AnyCase<ServerStatus>| {
        if status.value() == ServerStatus::Shunned {
            *status = ServerStatus::Online.into();
        }
    };
    // Runtime shows an empty text where memory has NULL (2.7.1).
    config.mysql_users.iter_mut().for_each(|user| {
        user.password.get_or_insert_default();
        user.default_schema.get_or_insert_default();
    });
    config.mysql_servers.iter_mut().for_each(|server| online(&mut server.status));
    config.pgsql_servers.iter_mut().for_each(|server| online(&mut server.status));
    config
}

/// What would run once this layer was loaded where `running` runs now: as [`what_runs`], and variables with
/// the texts that they run as there. `mysql-server_version` 5.1.30 runs as 5.5.30, and `mysql-server_capabilities` keeps
/// the bits that are those of other variables (2.7.1).
///
/// ```
/// use proxysql_kit::cluster::{what_runs, would_run};
/// use proxysql_kit::config::{Config, diff};
///
/// let mut running = Config::default();
/// running.mysql.server_version = "5.5.30".into();
/// let mut memory = Config::default();
/// memory.mysql.server_version = "5.1.30".into();
/// assert!(diff(&what_runs(&running), &would_run(&memory, &running)).is_empty());
/// ```
pub fn would_run(layer: &Config, running: &Config) -> Config {
    what_runs(&taken_over(layer, running))
}

/// What SAVE carries: nothing that has no place on disk, such as coredump filters; and it puts variables over those
/// that are there, so that rows that are no variable of the version stay (2.7.1).
fn going_to_disk(mut plan: Plan) -> Plan {
    plan.retain_variables(|variable| variable.kind() != ChangeKind::Removed);
    plan.retain_tables(|table| LoadModule::of(table).is_none_or(LoadModule::has_disk));
    plan
}

/// The same with users as runtime shows them.
fn by_directions(mut config: Config) -> Config {
    config.mysql_users =
        by_direction(&config.mysql_users, |user: &mut MysqlUser| [&mut user.backend, &mut user.frontend]);
    config.pgsql_users =
        by_direction(&config.pgsql_users, |user: &mut PgsqlUser| [&mut user.backend, &mut user.frontend]);
    config
}

/// A row for each direction of an account, as runtime shows them.
fn by_direction<R: Clone>(rows: &Rows<R>, directions: fn(&mut R) -> [&mut bool; 2]) -> Rows<R> {
    let mut split = Vec::new();
    for row in rows {
        let mut row = row.clone();
        let [backend, frontend] = directions(&mut row);
        if *backend && *frontend {
            let mut other = row.clone();
            *directions(&mut other)[0] = false;
            *directions(&mut row)[1] = false;
            split.push(other);
        }
        split.push(row);
    }
    split.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{CoredumpFilter, MysqlQueryRule, MysqlServer};

    fn config(users: &[&str]) -> Config {
        let mut config = Config::default();
        for name in users {
            config.mysql_users.push(MysqlUser { username: (*name).into(), ..MysqlUser::default() });
        }
        config
    }

    fn state(memory: &Config, runtime: &Config, disk: &Config) -> Option<LayerState> {
        Layers::of(memory, runtime, disk).module(LoadModule::MysqlUsers).map(ModuleLayers::state)
    }

    #[test]
    fn which_step_is_missing() {
        let (old, new, other) = (config(&["a"]), config(&["a", "b"]), config(&["c"]));
        assert_eq!(state(&old, &old, &old), None);
        assert_eq!(state(&new, &old, &old), Some(LayerState::NotLoaded));
        assert_eq!(state(&new, &new, &old), Some(LayerState::NotSaved));
        assert_eq!(state(&new, &old, &new), Some(LayerState::SavedNotLoaded));
        assert_eq!(state(&new, &old, &other), Some(LayerState::AllDiffer));
        let layers = Layers::of(&new, &new, &old);
        assert_eq!(
            layers.to_string(),
            "MYSQL USERS  loaded, not saved (+1 ~0 -0): SAVE MYSQL USERS TO DISK;\n"
        );
    }

    #[test]
    fn what_has_no_disk_is_not_missing_there() {
        let mut memory = Config::default();
        memory
            .coredump_filters
            .push(CoredumpFilter { filename: "a.cpp".into(), ..CoredumpFilter::default() });
        let empty = Config::default();
        assert!(Layers::of(&memory, &memory, &empty).is_settled());
        let layers = Layers::of(&memory, &empty, &empty);
        assert_eq!(layers.modules[0].state(), LayerState::NotLoaded);
        assert_eq!(layers.modules[0].commands(), ["LOAD COREDUMP TO RUNTIME"]);
        // What a file of another version has left on disk no SAVE takes away.
        let mut disk = empty.clone();
        disk.admin.others.push(("pgsql_ifaces".into(), "127.0.0.1:6132".into()));
        assert!(Layers::of(&empty, &empty, &disk).is_settled());
    }

    /// Runtime has an account twice, no rules that are not active, and statuses as the monitor left them.
    #[test]
    fn what_runtime_shows_otherwise_is_no_difference() {
        let mut memory = config(&["a"]);
        memory.mysql_query_rules.push(MysqlQueryRule {
            rule_id: 7,
            active: false,
            ..MysqlQueryRule::default()
        });
        memory.mysql_servers.push(MysqlServer { hostname: "db1".into(), ..MysqlServer::default() });
        let mut runtime = memory.clone();
        runtime.mysql_query_rules.clear();
        runtime.mysql_users =
            by_direction(&memory.mysql_users, |user| [&mut user.backend, &mut user.frontend]);
        assert_eq!(runtime.mysql_users.len(), 2);
        for server in runtime.mysql_servers.iter_mut() {
            server.status = ServerStatus::Shunned.into();
        }
        memory.mysql_users.get_mut(0).unwrap().default_schema = None;
        memory.mysql.server_version = "5.1.30".into();
        runtime.mysql.server_version = "5.5.30".into();
        let layers = Layers::of(&memory, &runtime, &memory);
        assert!(layers.is_settled(), "{layers}");
        let mut shared = memory.clone();
        shared.mysql_query_rules.clear();
        let layers = Layers::of(&memory, &runtime, &shared);
        assert_eq!(layers.modules.len(), 1);
        assert_eq!(layers.modules[0].state(), LayerState::NotSaved);
    }
}
