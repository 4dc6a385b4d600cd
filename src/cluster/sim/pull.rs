//! The connections of pulls, and what becomes of what they bring.

use super::contents::Id;
use super::machine::{global, settings_with};
use super::report::MarkKind;
use super::run::{Simulation, What};
use crate::cluster::{Address, Input, Loaded, ModuleKind, PullAnswer, PullQuery, Sums};
use crate::schema::Version;
use std::rc::Rc;

/// A pull that goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pull {
    module: ModuleKind,
    /// The node that the source's name leads to, and its life; `None`: it cannot be reached.
    target: Option<(u32, u32)>,
    /// The node of that name.
    name: u32,
    got: Option<Got>,
}

/// What the source holds when the queries arrive: the module, and what runs of the servers.
#[derive(Clone, Copy, Debug)]
struct Got {
    content: Id,
    servers: Id,
}

impl Simulation<'_> {
    pub(super) fn pull_connects(&mut self, owner: u32, address: &Address) {
        let name = self.by_address.get(address).copied().unwrap_or(owner);
        let target = self.network.resolve(owner, name).filter(|target| self.network.reaches(owner, *target));
        let target =
            target.map(|target| (target, self.globals[target as usize].1)).filter(|(_, life)| *life > 0);
        let module = self.machines[owner as usize].announced;
        self.machines[owner as usize].pull = Some(Pull { module, target, name, got: None });
        let delay = target.map_or(1, |(target, _)| self.delay(owner, target));
        self.due(owner, 8 * delay, What::PullConnected);
    }

    pub(super) fn pull_asks(&mut self, owner: u32) {
        let target = self.machines[owner as usize].pull.and_then(|pull| pull.target);
        let delay = target.map_or(1, |(target, _)| self.delay(owner, target));
        self.due(owner, delay, What::PullArrives);
    }

    pub(super) fn pull_happens(&mut self, owner: u32, what: What) {
        if what == What::PullAwake {
            return self.give(owner, Input::Pull(PullAnswer::Awake));
        }
        let Some(pull) = self.machines[owner as usize].pull else { return };
        let answer = match (what, pull.target) {
            (What::PullConnected, Some(_)) => PullAnswer::Connected,
            (What::PullConnected, None) => PullAnswer::Refused(self.connect_error(owner, pull.name).into()),
            (What::PullArrives, Some((target, life))) => {
                if self.looks_up(owner, target, life, pull) {
                    return;
                }
                PullAnswer::Error(super::monitor::LOST.into())
            }
            _ => match pull.got {
                Some(got) => PullAnswer::Sums(Sums {
                    checksum: self.contents.checksum(got.content),
                    running: (pull.module == ModuleKind::MysqlServersV2)
                        .then(|| self.contents.checksum(got.servers)),
                }),
                None => PullAnswer::Error(super::monitor::LOST.into()),
            },
        };
        self.give(owner, Input::Pull(answer));
    }

    /// The queries are at the source. Gives whether it answers.
    fn looks_up(&mut self, owner: u32, target: u32, life: u32, pull: Pull) -> bool {
        if self.globals[target as usize].1 != life || !self.network.reaches(owner, target) {
            return false;
        }
        let running = &self.machines[target as usize].running;
        let got = Got { content: running[pull.module], servers: running[ModuleKind::MysqlServers] };
        self.machines[owner as usize].pull = Some(Pull { got: Some(got), ..pull });
        let node = self.machines[owner as usize].node.as_ref();
        let queries = node.map_or(1, |node| PullQuery::of(pull.module, node.settings()).len());
        let journeys = 2 * u64::try_from(queries).unwrap_or(1) - 1;
        let wait = journeys * self.delay(owner, target);
        self.due(owner, wait, What::PullAnswered);
        true
    }

    /// What came is right: it is what runs now, and may be saved.
    pub(super) fn takes_over(&mut self, owner: u32, module: ModuleKind, save: bool) {
        let Some(Pull { target: Some((target, _)), got: Some(got), .. }) =
            self.machines[owner as usize].pull.take()
        else {
            return;
        };
        let (at, node) = (self.millis(), owner as usize);
        let known = self.contents.get(got.content).clone();
        let checksum = Some(known.content.checksum);
        let running = (module == ModuleKind::MysqlServersV2).then(|| self.contents.checksum(got.servers));
        let settings = known.settings.as_ref().and_then(|_| {
            let settings = self.machines[node].node.as_ref()?.settings().clone();
            Some(Box::new(settings_with(settings, &known)))
        });
        let members = known.members.as_ref().map(|members| self.rows_of(members));
        let changes_monitors = settings.is_some() || members.is_some();
        self.machines[node].holds(module, got.content, save);
        self.holds(owner, module, got.content);
        if module == ModuleKind::MysqlServersV2 {
            self.machines[node].holds(ModuleKind::MysqlServers, got.servers, save);
            self.holds(owner, ModuleKind::MysqlServers, got.servers);
            self.record.pulled(node, ModuleKind::MysqlServers as usize);
        }
        self.record.pulled(node, module as usize);
        let text = format!(
            "pull {module} `{}` from {}",
            known.content.label,
            super::show::short_name(&self.names[target as usize])
        );
        let kind = MarkKind::Pull { from: target as usize };
        self.record.mark(at, Some(node), Some(module as usize), kind, text);
        let now = self.now(owner);
        if let Some(node) = &mut self.machines[node].node {
            node.handle(Input::Loaded(Loaded { checksum, running, settings, members }), now);
        }
        self.says(owner);
        if changes_monitors {
            self.monitors_look_again(owner);
        }
    }

    /// The connection of a pull is closed; what was not loaded by then has failed.
    pub(super) fn pull_ends(&mut self, owner: u32) {
        let Some(pull) = self.machines[owner as usize].pull.take() else { return };
        let (at, node, module) = (self.millis(), owner as usize, pull.module);
        self.record.failed(module as usize);
        let text = format!("a pull of {module} fails");
        self.record.mark(at, Some(node), Some(module as usize), MarkKind::FailedPull, text);
    }

    /// Notes what a node holds, of modules that its version syncs.
    pub(super) fn holds(&mut self, owner: u32, module: ModuleKind, content: Id) {
        if module.syncs_in(self.machines[owner as usize].version) {
            let content = &self.contents.get(content).content;
            let (label, checksum) = (content.label.clone(), content.checksum);
            self.record.holds(self.millis(), owner as usize, module as usize, &label, checksum);
        }
    }

    /// What a node says of itself has changed.
    pub(super) fn says(&mut self, owner: u32) {
        let machine = &mut self.machines[owner as usize];
        if let Some(node) = &machine.node {
            machine.says = Rc::new(*node.modules());
            self.globals[owner as usize].0 = global(&machine.says);
        }
    }

    pub(super) fn monitors_look_again(&mut self, owner: u32) {
        let node = self.machines[owner as usize].node.as_ref();
        if let Some(interval) = node.map(|node| node.settings().check_interval_ms) {
            self.looks_again(owner, interval);
        }
    }

    /// The rows of `proxysql_servers`, by host and port.
    pub(super) fn rows_of(&self, members: &[u32]) -> Vec<Address> {
        let mut rows: Vec<Address> =
            members.iter().map(|member| self.addresses[*member as usize].clone()).collect();
        rows.sort_unstable();
        rows
    }

    pub(super) fn is_2_0(&self, owner: u32) -> bool {
        self.machines[owner as usize].version < Version::V2_7
    }
}
