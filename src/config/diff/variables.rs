//! Variables, compared by name and text.

use std::collections::BTreeMap;
use std::fmt;

use crate::config::Config;
use crate::schema::{Module, REDACTED, Text, Variable, may_be_secret};

/// What becomes of a variable, or of a row of `global_variables` that is none's.
#[derive(Clone, PartialEq, Eq)]
pub struct VariableDiff {
    module: Module,
    name: Text,
    old: Option<Text>,
    new: Option<Text>,
    is_secret: bool,
    /// Whether neither version has a variable of this name.
    is_mere_row: bool,
}

impl VariableDiff {
    /// The module.
    pub fn module(&self) -> Module {
        self.module
    }

    /// Its name, without the module.
    pub fn name(&self) -> &Text {
        &self.name
    }

    /// Its name as `global_variables` has it.
    pub fn full_name(&self) -> Text {
        [self.module.name().as_bytes(), b"-", self.name.as_bytes()].concat().into()
    }

    /// Its text; `None` where there is none, because that version does not have it.
    pub fn before(&self) -> Option<&Text> {
        self.old.as_ref()
    }

    /// Its new text.
    pub fn after(&self) -> Option<&Text> {
        self.new.as_ref()
    }

    /// Whether its texts must not be shown.
    pub fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// What becomes of it.
    pub fn kind(&self) -> super::ChangeKind {
        super::kind_of(self.old.as_ref(), self.new.as_ref())
    }

    pub(super) fn is_mere_row(&self) -> bool {
        self.is_mere_row
    }

    pub(super) fn reversed(&self) -> Self {
        VariableDiff { old: self.new.clone(), new: self.old.clone(), ..self.clone() }
    }
}

/// Secrets stay hidden.
impl fmt::Debug for VariableDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &Option<Text>| {
            text.as_ref().map(|text| if self.is_secret { Text::from(REDACTED) } else { text.clone() })
        };
        f.debug_struct("VariableDiff")
            .field("name", &self.full_name())
            .field("old", &shown(&self.old))
            .field("new", &shown(&self.new))
            .finish_non_exhaustive()
    }
}

/// The variables of all modules that are not the same.
pub(super) fn compare(from: &Config, to: &Config) -> Vec<VariableDiff> {
    let mut found = Vec::new();
    for module in Module::ALL {
        let (mut old, mut new) = (texts(from, module), texts(to, module));
        let mut names: Vec<Text> = old.keys().chain(new.keys()).cloned().collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (old, new) = (old.remove(&name), new.remove(&name));
            if old != new {
                let spec = |config: &Config| module.variable(config.version, name.to_str()?);
                let known = spec(to).or_else(|| spec(from));
                found.push(VariableDiff {
                    is_secret: known.map_or_else(|| may_be_secret(&name), Variable::is_secret),
                    is_mere_row: known.is_none(),
                    module,
                    name,
                    old,
                    new,
                });
            }
        }
    }
    found
}

/// The rows of a module in `global_variables`, by name. Of two of one name the last counts.
fn texts(config: &Config, module: Module) -> BTreeMap<Text, Text> {
    if !module.is_in(config.version) {
        return BTreeMap::new();
    }
    let values = config.variables(module);
    let known = module.variables(config.version).iter();
    let known =
        known.map(|variable| (variable.name().into(), values.text(variable.position()).as_ref().into()));
    known.chain(values.others().iter().cloned()).collect()
}
