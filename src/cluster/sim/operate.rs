//! What happens to nodes from outside: the actions of a scenario.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::contents::{Id, Known};
use super::machine::{members_of, settings_with};
use super::network::number;
use super::report::MarkKind;
use super::run::{Due, Simulation, TICKS_PER_MS, What};
use super::scenario::{Action, Content};
use crate::cluster::{Event, Input, ModuleKind, ModuleState, Node, PerModule, Settings};

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
        if action.node().is_some_and(|node| node >= self.machines.len()) {
            return;
        }
        let at = self.millis();
        self.record.disturb(at);
        let mark = |sim: &mut Self, kind, module: Option<ModuleKind>| {
            let module = module.map(|module| module as usize);
            sim.record.mark(at, action.node(), module, kind, action.to_string());
        };
        match action {
            Action::Load { node, module, content, save } => {
                let Some(module) = ModuleKind::from_name(module) else { return };
                if self.machines[*node].node.is_some() {
                    mark(self, MarkKind::Load, Some(module));
                    self.load(*node, module, content.as_ref(), *save);
                }
            }
            Action::Set { node, settings, save } => {
                if self.machines[*node].node.is_some() {
                    mark(self, MarkKind::Change, None);
                    self.set(*node, settings, *save);
                }
            }
            Action::Members { node, members, save } => {
                if self.machines[*node].node.is_some() {
                    mark(self, MarkKind::Load, Some(ModuleKind::ProxysqlServers));
                    let members = members_of(members, self.machines.len());
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
                let to = to.filter(|to| *to < self.machines.len());
                self.network.rename(*node, to, observers);
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
        let words = module.words();
        // The two modules of servers are one command.
        let is_own_command = module != ModuleKind::MysqlServers || self.is_2_0(owner);
        if is_own_command {
            self.log(owner, &Event::CommandReceived { command: format!("LOAD {words} TO RUNTIME").into() });
        }
        self.machines[node].holds(module, content, save);
        self.holds(owner, module, content);
        // What the operator left is nothing that the node left.
        self.record.forgets(node, module as usize);
        let checksum = Some(self.contents.checksum(content));
        if module.syncs_in(self.machines[node].version) {
            self.give(owner, Input::Operator { module, checksum });
        }
        self.says(owner);
        self.takes_effect(owner, content);
        if save && is_own_command {
            self.log(owner, &Event::CommandReceived { command: format!("SAVE {words} TO DISK").into() });
        }
    }

    /// A process starts: everything has version 1.
    fn start(&mut self, node: usize) {
        if self.machines[node].node.is_some() {
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
        let version = machine.version;
        let mut settings = Settings::new(version);
        settings.version_string = self.scenario.nodes[node].version.clone();
        settings.uuid = uuid(node, self.lives[node]).as_str().into();
        let settings = settings_with(settings, self.contents.get(layer[ModuleKind::AdminVariables]));
        let own = PerModule::from_fn(|module| {
            let state = || ModuleState::new(1, epoch, self.contents.checksum(layer[module]));
            if module.syncs_in(version) { state() } else { ModuleState::default() }
        });
        machine.node = Some(Node::new(settings, own));
        self.globals[node].1 = self.lives[node];
        self.says(owner);
        for module in ModuleKind::ALL {
            self.holds(owner, module, layer[module]);
        }
        // Nodes that start at the same moment are there for each other.
        self.due(owner, 1, What::Boot);
    }

    /// The peers come in.
    pub(super) fn boots(&mut self, owner: u32) {
        let running = self.machines[owner as usize].running[ModuleKind::ProxysqlServers];
        let members = self.contents.get(running).members.clone();
        let members = self.rows_of(members.as_deref().unwrap_or_default());
        self.give(owner, Input::Members(members));
    }

    fn stop(&mut self, node: usize, loses_disk: bool, text: &str) {
        if self.machines[node].node.is_none() {
            return;
        }
        let at = self.millis();
        self.record.stops(at, node);
        self.record.mark(at, Some(node), None, MarkKind::Stop, text.to_owned());
        self.all_end(number(node));
        let machine = &mut self.machines[node];
        machine.node = None;
        machine.pull = None;
        if loses_disk {
            machine.disk = None;
        }
        self.globals[node] = (0, 0);
        self.is_busy[node] = false;
    }

    /// What a content does to the node whose operator has loaded it: other variables, other peers.
    fn takes_effect(&mut self, owner: u32, content: Id) {
        let known = self.contents.get(content).clone();
        if known.settings.is_some() {
            let node = self.machines[owner as usize].node.as_ref();
            let Some(settings) = node.map(|node| node.settings().clone()) else { return };
            self.give(owner, Input::Settings(Box::new(settings_with(settings, &known))));
            self.monitors_look_again(owner);
        }
        if let Some(members) = known.members {
            let rows = self.rows_of(&members);
            self.give(owner, Input::Members(rows));
            self.monitors_look_again(owner);
        }
    }
}

/// A uuid for each life of a node.
fn uuid(node: usize, life: u32) -> String {
    format!("{life:08x}-0000-4000-8000-{node:012x}")
}
