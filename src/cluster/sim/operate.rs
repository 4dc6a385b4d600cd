//! What happens to nodes from outside: the actions of a scenario.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::contents::{Id, Known};
use super::core::Core;
use super::network::number;
use super::pull::Work;
use super::report::MarkKind;
use super::run::{Due, Simulation, TICKS_PER_MS, What};
use super::scenario::{Action, Content};
use crate::cluster::event::{Event, LoadWords};
use crate::cluster::{ModuleKind, ModuleState, PerModule};

impl Simulation<'_> {
    pub(super) fn schedule_actions(&mut self) {
        // Names and clocks first: at the same moment they hold for the nodes that start.
        for index in 0..self.actions.len() {
            let (at, _) = self.actions[index];
            let due = Due { what: What::Act, life: 0, of: number(index) };
            self.queue.add(at.saturating_mul(TICKS_PER_MS), due);
        }
        let base = self.actions.len();
        for (node, spec) in self.scenario.nodes.iter().enumerate() {
            if let Some(at) = spec.starts {
                let due = Due { what: What::Act, life: 0, of: number(base + node) };
                self.queue.add(at.saturating_mul(TICKS_PER_MS), due);
            }
        }
    }

    pub(super) fn act(&mut self, of: usize) {
        let Some(&(_, index)) = self.actions.get(of) else {
            let node = of - self.actions.len();
            return self.start(node);
        };
        let Some((_, action)) = self.scenario.actions.get(index) else { return };
        let at = self.millis();
        self.record.disturb(at);
        let mark = |sim: &mut Self, kind, module: Option<ModuleKind>| {
            let module = module.map(|module| module as usize);
            sim.record.mark(at, action.node(), module, kind, action.to_string());
        };
        match action {
            Action::Load { node, module, content, save } => {
                let Some(module) = ModuleKind::from_name(module) else { return };
                if self.machines[*node].core.is_some() {
                    mark(self, MarkKind::Load, Some(module));
                    self.load(*node, module, content.as_ref(), *save);
                }
            }
            Action::Set { node, settings, save } => {
                if self.machines[*node].core.is_some() {
                    mark(self, MarkKind::Change, None);
                    self.set(*node, settings, *save);
                }
            }
            Action::Members { node, members, save } => {
                if self.machines[*node].core.is_some() {
                    mark(self, MarkKind::Load, Some(ModuleKind::ProxysqlServers));
                    let mut members: Vec<u32> = members.iter().map(|member| number(*member)).collect();
                    members.sort_unstable();
                    members.dedup();
                    let members: Arc<[u32]> = members.into();
                    let content = self.contents.members(&members, &self.names);
                    self.operator_loads(*node, ModuleKind::ProxysqlServers, content, *save);
                }
            }
            Action::Stop { node, loses_disk } => self.stop(*node, *loses_disk, &action.to_string()),
            Action::Start { node } => self.start(*node),
            Action::Split { groups } => {
                mark(self, MarkKind::Split, None);
                self.network.split(groups);
            }
            Action::Heal => {
                mark(self, MarkKind::Heal, None);
                self.network.heal();
                self.wake_stalled();
            }
            Action::Dns { node, to, observers } => {
                mark(self, MarkKind::Change, None);
                self.network.rename(*node, *to, observers);
            }
            Action::Clock { node, ahead } => {
                mark(self, MarkKind::Change, None);
                self.machines[*node].clock = *ahead;
            }
        }
    }

    fn load(&mut self, node: usize, module: ModuleKind, content: Option<&Content>, save: bool) {
        // Servers are loaded as a whole.
        let both: &[ModuleKind] = match module {
            ModuleKind::MysqlServers | ModuleKind::MysqlServersV2 => {
                &[ModuleKind::MysqlServersV2, ModuleKind::MysqlServers]
            }
            _ => &[module],
        };
        for &one in both {
            let memory = self.machines[node].memory[one];
            let id = match content {
                None => memory,
                Some(content) if one == module => self.changed(one, content.clone(), memory),
                Some(content) => self.changed(one, Content::named(one.name(), &content.label), memory),
            };
            self.operator_loads(node, one, id, save);
        }
    }

    /// A content by its name; what it does to a node is what the one before did.
    fn changed(&mut self, module: ModuleKind, content: Content, before: Id) -> Id {
        let Known { members, settings, .. } = self.contents.get(before).clone();
        self.contents.add(module, Known { content, members, settings })
    }

    fn set(&mut self, node: usize, new: &BTreeMap<String, String>, save: bool) {
        let before = self.machines[node].memory[ModuleKind::AdminVariables];
        let known = self.contents.get(before);
        let mut settings = known.settings.as_deref().cloned().unwrap_or_default();
        settings.extend(new.clone());
        let text: Vec<_> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let content = Content::named("admin_variables", &text.join(" "));
        let known = Known { content, members: None, settings: Some(Arc::new(settings)) };
        let id = self.contents.add(ModuleKind::AdminVariables, known);
        self.operator_loads(node, ModuleKind::AdminVariables, id, save);
    }

    fn operator_loads(&mut self, node: usize, module: ModuleKind, content: Id, save: bool) {
        let owner = number(node);
        let epoch = self.clock(owner);
        let words = module.words();
        // The two modules of servers are one command.
        if module != ModuleKind::MysqlServers {
            self.log(owner, &|| Event::CommandReceived {
                command: format!("LOAD {words} TO RUNTIME").into(),
            });
        }
        self.record.forgets(node, module as usize);
        self.now_holds(owner, module, content, epoch, save);
        // What the operator left is nothing that the node left.
        self.record.forgets(node, module as usize);
        let checksum = Some(self.contents.checksum(content));
        self.log(owner, &|| match module {
            ModuleKind::MysqlServers | ModuleKind::MysqlServersV2 => {
                Event::ServersComputed { module, checksum }
            }
            _ => Event::LoadComputed { load: LoadWords::of(module), checksum, epoch },
        });
        if save && module != ModuleKind::MysqlServers {
            self.log(owner, &|| Event::CommandReceived { command: format!("SAVE {words} TO DISK").into() });
        }
    }

    /// A process starts: everything has version 1.
    fn start(&mut self, node: usize) {
        if self.machines[node].core.is_some() {
            return;
        }
        let (at, owner) = (self.millis(), number(node));
        let epoch = self.clock(owner);
        self.lives[node] += 1;
        self.record.starts(at, node);
        if self.lives[node] > 1 || at > 0 {
            self.record.disturb(at);
            self.record.mark(at, Some(node), None, MarkKind::Start, Action::Start { node }.to_string());
        }
        let machine = &mut self.machines[node];
        let layer = machine.begins_with();
        (machine.running, machine.memory) = (layer, layer);
        let spec = &self.scenario.nodes[node];
        let mut settings = machine.settings(spec, self.contents.get(layer[ModuleKind::AdminVariables]));
        settings.uuid = uuid(node, self.lives[node]).as_str().into();
        let version = machine.version;
        let own = PerModule::from_fn(|module| match module.syncs_in(version) {
            true => ModuleState::new(1, epoch, self.contents.checksum(layer[module])),
            false => ModuleState::default(),
        });
        machine.core = Some(Core::new(settings, own));
        self.globals[node] = (super::machine::global(&own), self.lives[node]);
        for module in ModuleKind::ALL.into_iter().filter(|module| module.syncs_in(version)) {
            let Content { label, checksum } = self.contents.get(layer[module]).content.clone();
            self.record.holds(at, node, module as usize, &label, checksum);
        }
        self.takes_effect(owner, layer[ModuleKind::ProxysqlServers]);
    }

    fn stop(&mut self, node: usize, loses_disk: bool, text: &str) {
        if self.machines[node].core.is_none() {
            return;
        }
        let at = self.millis();
        self.record.stops(at, node);
        self.record.mark(at, Some(node), None, MarkKind::Stop, text.to_owned());
        for slot in 0..self.machines[node].monitors.len() {
            self.unwatch(number(node), number(slot));
        }
        let machine = &mut self.machines[node];
        machine.monitors.clear();
        machine.core = None;
        machine.work = Work::default();
        if loses_disk {
            machine.disk = None;
        }
        self.globals[node] = (0, 0);
    }

    /// What a content does to the node that has loaded it: other variables, other peers.
    pub(super) fn takes_effect(&mut self, owner: u32, content: Id) {
        let known = self.contents.get(content);
        if let Some(settings) = known.settings.clone() {
            self.new_settings(owner, &settings);
        }
        if let Some(members) = self.contents.get(content).members.clone() {
            self.new_members(owner, &members);
        }
    }

    fn new_settings(&mut self, owner: u32, settings: &BTreeMap<String, String>) {
        let machine = &mut self.machines[owner as usize];
        let Some(core) = &mut machine.core else { return };
        let before = core.settings.clone();
        for (name, value) in settings {
            core.settings.set(name, value);
        }
        let after = core.settings.clone();
        let is_2_0 = core.is_2_0();
        let diffs = |settings: &crate::cluster::Settings, module| settings.diffs_before_sync[module];
        let mut asks_again = false;
        for module in ModuleKind::ALL.into_iter().filter(|module| module.setting() == *module) {
            if !is_2_0 && diffs(&before, module) == 0 && diffs(&after, module) > 0 {
                asks_again = true;
                self.log(owner, &|| Event::Reenabled { setting: module });
            }
        }
        if before.servers_algorithm != after.servers_algorithm {
            asks_again = true;
            self.log(owner, &|| Event::AlgorithmChanged {});
        }
        let interval = ticks(after.check_interval_ms);
        for index in 0..self.machines[owner as usize].monitors.len() {
            let of = self.machines[owner as usize].monitors[index];
            if let Some(monitor) = self.monitors.get_mut(of as usize) {
                monitor.interval = interval;
                if asks_again {
                    monitor.last = 0;
                }
            }
        }
    }

    fn new_members(&mut self, owner: u32, members: &[u32]) {
        let mut wanted: Vec<u32> = members.to_vec();
        // Rows come by host and port.
        wanted.sort_by(|one, other| {
            let (one, other) = (self.address(*one), self.address(*other));
            (one.hostname.as_bytes(), one.port).cmp(&(other.hostname.as_bytes(), other.port))
        });
        let Some(core) = &mut self.machines[owner as usize].core else { return };
        let interval = ticks(core.settings.check_interval_ms);
        let is_known = |name: &u32, core: &Core| core.peers.iter().any(|peer| peer.name == *name);
        let gone: Vec<(usize, u32)> = core
            .peers
            .iter()
            .enumerate()
            .filter(|(_, peer)| peer.name != u32::MAX && !members.contains(&peer.name))
            .map(|(slot, peer)| (slot, peer.name))
            .collect();
        let is_first = core.peers.is_empty();
        let new: Vec<u32> = wanted.into_iter().filter(|name| is_first || !is_known(name, core)).collect();
        let mut slots = Vec::with_capacity(new.len());
        for &name in &new {
            let slot = core.add_peer(name, &self.nobody, is_first);
            core.order.add(&self.names[name as usize], slot);
            slots.push(slot);
        }
        for (&name, &slot) in new.iter().zip(&slots) {
            let peer = self.address(name);
            self.log(owner, &|| Event::Created { peer: peer.clone() });
            self.log(owner, &|| Event::MonitorStarted { peer: peer.clone() });
            self.watch(owner, slot, interval);
        }
        for (slot, name) in gone {
            let peer = self.address(name);
            self.log(owner, &|| Event::Destroyed { peer: peer.clone() });
            self.log(owner, &|| Event::MonitorEnded { peer: peer.clone() });
            let monitor = self.machines[owner as usize].monitors.get(slot).copied();
            if let Some(monitor) = monitor {
                self.drop_update_of(owner, monitor);
            }
            self.unwatch(owner, number(slot));
            if let Some(core) = &mut self.machines[owner as usize].core {
                core.order.remove(number(slot));
                core.peers[slot].name = u32::MAX;
            }
        }
    }
}

fn ticks(millis: u32) -> u32 {
    // A check interval is at most five minutes.
    u32::try_from(u64::from(millis.clamp(1, 300_000)) * TICKS_PER_MS).unwrap_or(u32::MAX)
}

/// A uuid for each life of a node.
fn uuid(node: usize, life: u32) -> String {
    format!("{life:08x}-0000-4000-8000-{node:012x}")
}
