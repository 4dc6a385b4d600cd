//! A node with all that survives its process: disk, file, clock.

use std::rc::Rc;
use std::sync::Arc;

use super::contents::{Contents, Id, Known};
use super::network::number;
use super::pull::Pull;
use super::scenario::{Content, NodeSpec};
use crate::cluster::{ModuleKind, ModuleState, Node, PerModule, Settings, global_checksum};
use crate::schema::Version;

/// The contents of all modules.
pub(super) type Layer = PerModule<Id>;
/// The states of all modules of a node at a time.
pub(super) type States = PerModule<ModuleState>;

/// A node.
#[derive(Debug)]
pub(super) struct Machine {
    /// The process, while it is up.
    pub(super) node: Option<Node>,
    /// What it says of its modules.
    pub(super) says: Rc<States>,
    pub(super) version: Version,
    /// What runs, and what stands in memory.
    pub(super) running: Layer,
    pub(super) memory: Layer,
    pub(super) disk: Option<Layer>,
    /// What the configuration file says.
    file: Layer,
    /// By how many milliseconds the clock is ahead.
    pub(super) clock: i64,
    /// The monitors, by slot of the peer.
    pub(super) monitors: Vec<u32>,
    /// The module of the last pull that was announced.
    pub(super) announced: ModuleKind,
    pub(super) pull: Option<Pull>,
}

impl Machine {
    pub(super) fn new(spec: &NodeSpec, names: &[Arc<str>], contents: &mut Contents) -> Self {
        let members = members_of(&spec.members, names.len());
        let file = PerModule::from_fn(|module| {
            let given = spec.contents.get(module.name()).cloned();
            match module {
                ModuleKind::ProxysqlServers => match given {
                    Some(content) => contents
                        .add(module, Known { content, members: Some(members.clone()), settings: None }),
                    None => contents.members(&members, names),
                },
                ModuleKind::AdminVariables => {
                    let content = given.unwrap_or_else(|| variables(spec));
                    let settings = Some(Arc::new(spec.settings.clone()));
                    contents.add(module, Known { content, members: None, settings })
                }
                _ => {
                    contents.plain(module, given.unwrap_or_else(|| Content::named(module.name(), "initial")))
                }
            }
        });
        Machine {
            node: None,
            says: Rc::default(),
            version: spec.version.parse().unwrap_or_default(),
            running: file,
            memory: file,
            disk: spec.has_disk.then_some(file),
            file,
            clock: spec.clock,
            monitors: Vec::new(),
            announced: ModuleKind::AdminVariables,
            pull: None,
        }
    }

    /// What it begins with: its disk, or its file.
    pub(super) fn begins_with(&self) -> Layer {
        self.disk.unwrap_or(self.file)
    }

    /// A module holds a content from now on, and the disk too if it is saved there.
    pub(super) fn holds(&mut self, module: ModuleKind, content: Id, saves: bool) {
        self.running[module] = content;
        self.memory[module] = content;
        if saves {
            // A disk comes into being with the first that is saved.
            let mut disk = self.begins_with();
            disk[module] = content;
            self.disk = Some(disk);
        }
    }
}

/// Members by their places, in order and once each; those that there are.
pub(super) fn members_of(members: &[usize], count: usize) -> Arc<[u32]> {
    let known = members.iter().filter(|member| **member < count);
    let mut members: Vec<u32> = known.map(|member| number(*member)).collect();
    members.sort_unstable();
    members.dedup();
    members.into()
}

/// The settings that a content of `admin_variables` makes of others.
pub(super) fn settings_with(mut settings: Settings, known: &Known) -> Settings {
    for (name, value) in known.settings.iter().flat_map(|settings| settings.iter()) {
        settings.set(name, value);
    }
    // The peers' statistics change nothing here.
    settings.check_status_frequency = 0;
    // What the variable can be.
    settings.check_interval_ms = settings.check_interval_ms.clamp(10, 300_000);
    settings
}

/// A node's variables as a content: those of another version or with other settings are another one.
fn variables(spec: &NodeSpec) -> Content {
    if spec.settings.is_empty() {
        return Content::named("admin_variables", "initial");
    }
    let text: Vec<_> = spec.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Content::named("admin_variables", &text.join(" "))
}

/// What `SELECT GLOBAL_CHECKSUM()` answers.
pub(super) fn global(states: &States) -> u64 {
    global_checksum(ModuleKind::BY_NAME.map(|module| states[module]))
}
