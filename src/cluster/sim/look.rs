//! What the nodes of a run say at its end, as if somebody asked them.

use super::network::number;
use super::report::Report;
use super::run::Simulation;
use crate::cluster::health::{ModuleRow, NodeView, PeerRow};
use crate::cluster::{ModuleKind, ModuleState, Node, ServersAlgorithm};

impl Simulation<'_> {
    /// Runs it to its end, and asks every node for what
    /// [`Health`](crate::cluster::health::Health) wants to know. (In a large cluster that is much: some rows for
    /// each pair of nodes.)
    ///
    /// ```
    /// use proxysql_kit::cluster::health::{Finding, Health};
    /// use proxysql_kit::cluster::sim::{Action, Scenario, Simulation};
    ///
    /// let mut scenario = Scenario::new("equal epochs", 2);
    /// scenario.at(5_000, Action::load(0, "mysql_users", "one"));
    /// scenario.at(5_400, Action::load(1, "mysql_users", "other"));
    /// let (_, views) = Simulation::new(&scenario).run_and_look();
    ///
    /// let health = Health::of(&views);
    /// let users = health.module("mysql_users").unwrap();
    /// assert!(matches!(users.findings[..], [Finding::EqualEpochs { .. }]));
    /// ```
    pub fn run_and_look(mut self) -> (Report, Vec<NodeView>) {
        self.goes_on(&mut |_| {});
        let views = (0..self.machines.len()).map(|node| self.look(node)).collect();
        (self.record.report(self.scenario), views)
    }

    fn look(&self, at: usize) -> NodeView {
        let name = self.names[at].to_string();
        let Some(node) = &self.machines[at].node else { return NodeView::unreachable(name, "it is down") };
        let clock = self.clock(number(at));
        let modules = node.modules().iter().map(|(module, state)| row(module, state)).collect();
        let peers = node.peers().flat_map(|id| {
            let address = node.address(id).map(ToString::to_string).unwrap_or_default();
            // Of checks that find nothing new the node is not told.
            let is_quiet = self.has_skipped(number(at), id);
            let checked = if is_quiet { self.millis() } else { node.checked_at(id).unwrap_or(0) };
            let silence = self.millis().saturating_sub(checked).div_ceil(1_000);
            ModuleKind::ALL.map(|module| {
                let state = node.heard(id, module).unwrap_or_default();
                PeerRow {
                    peer: address.clone(),
                    module: row(module, &state),
                    changed_at: 0,
                    updated_at: if state.version > 0 { clock.saturating_sub(silence) } else { 0 },
                    diff_check: node.diff_check(id, module).map_or(0, u64::from),
                }
            })
        });
        let view = NodeView {
            modules,
            peers: Some(peers.collect()),
            ..NodeView::new(name).version(&*self.scenario.nodes[at].version)
        };
        with_settings(view, node)
    }
}

fn with_settings(view: NodeView, node: &Node) -> NodeView {
    let settings = node.settings();
    let own = |module: &ModuleKind| module.setting() == *module;
    let algorithm = match settings.servers_algorithm {
        ServersAlgorithm::LoadedAndRunning => "1",
        ServersAlgorithm::Loaded => "2",
        ServersAlgorithm::Auto => "3",
    };
    ModuleKind::ALL.into_iter().filter(own).fold(
        view.setting("cluster_check_interval_ms", &settings.check_interval_ms.to_string())
            .setting("cluster_mysql_servers_sync_algorithm", algorithm),
        |view, module| {
            let diffs = settings.diffs_before_sync[module].to_string();
            view.setting(&format!("cluster_{module}_diffs_before_sync"), &diffs)
        },
    )
}

fn row(module: ModuleKind, state: &ModuleState) -> ModuleRow {
    let ModuleState { version, epoch, checksum } = *state;
    ModuleRow { name: module.name().to_owned(), version, epoch, checksum }
}
