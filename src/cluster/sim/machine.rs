//! A node with all that survives its process: disk, file, clock.

use std::sync::Arc;

use super::contents::{Contents, Id, Known};
use super::core::{Core, States};
use super::network::number;
use super::scenario::{Content, NodeSpec};
use crate::cluster::{ModuleKind, PerModule, Settings};
use crate::hash::spooky;
use crate::schema::Version;

/// The contents of all modules.
pub(super) type Layer = PerModule<Id>;

/// A node.
#[derive(Debug)]
pub(super) struct Machine {
    /// The process, while it is up.
    pub(super) core: Option<Core>,
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
    /// The update that waits for a pull, and those behind it.
    pub(super) work: super::pull::Work,
}

impl Machine {
    pub(super) fn new(spec: &NodeSpec, names: &[Arc<str>], contents: &mut Contents) -> Self {
        let mut members: Vec<u32> = spec.members.iter().map(|member| number(*member)).collect();
        members.sort_unstable();
        members.dedup();
        let members: Arc<[u32]> = members.into();
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
            core: None,
            version: spec.version.parse().unwrap_or_default(),
            running: file,
            memory: file,
            disk: spec.has_disk.then_some(file),
            file,
            clock: spec.clock,
            monitors: Vec::new(),
            work: super::pull::Work::default(),
        }
    }

    /// What it begins with: its disk, or its file.
    pub(super) fn begins_with(&self) -> Layer {
        self.disk.unwrap_or(self.file)
    }

    /// The settings that a content of `admin_variables` makes, beside what the version says.
    pub(super) fn settings(&self, spec: &NodeSpec, known: &Known) -> Settings {
        let mut settings = Settings::new(self.version);
        settings.version_string = spec.version.clone();
        for (name, value) in known.settings.iter().flat_map(|settings| settings.iter()) {
            settings.set(name, value);
        }
        settings
    }
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
    /// By name.
    const ORDER: [ModuleKind; ModuleKind::COUNT] = [
        ModuleKind::AdminVariables,
        ModuleKind::MysqlQueryRules,
        ModuleKind::MysqlServers,
        ModuleKind::MysqlServersV2,
        ModuleKind::MysqlUsers,
        ModuleKind::MysqlVariables,
        ModuleKind::ProxysqlServers,
    ];
    let mut hasher = spooky::Hasher::new(9, 5);
    for state in ORDER.map(|module| states[module]) {
        if let (1.., Some(checksum)) = (state.version, state.checksum) {
            hasher.update(checksum.to_string().as_bytes()).update(&state.version.to_le_bytes());
        }
    }
    hasher.finish().0 / 2
}
