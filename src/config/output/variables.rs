//! The variables of a configuration as settings of their sections.
//!
//! Only those are written whose text is not the one that a server has anyway. Some depend on each other
//! (a character set and its collation, `have_compress` and `server_capabilities`): what comes out of a file
//! is tried, and what is missing then is written too, and what the server does not keep is left out.

use std::collections::{BTreeMap, HashSet};

use super::compare::{self, is_own};
use super::entry::doubled;
use super::lost::{Lost, Place, Reason};
use crate::config::Config;
use crate::libconfig::{ValueBuf, is_name};
use crate::schema::{Kind, Module, Text, Variable, VariableSpec, Version, atoi, strtoul_low_32};

/// More rounds than any variables that depend on each other take.
const ROUNDS: usize = 8;

/// The sections of variables.
#[derive(Default)]
pub(crate) struct Sections {
    pub(crate) sections: Vec<(Module, Vec<(String, ValueBuf)>)>,
    pub(super) lost: Vec<Lost>,
}

/// Makes the sections of a configuration. `load` gives what a server holds that has read such sections.
pub(super) fn sections(config: &Config, load: impl Fn(&Sections) -> Config) -> Sections {
    let mut choices = Choices { config, chosen: BTreeMap::new(), lost: Vec::new() };
    choices.begin(&load(&Sections::default()));
    for _ in 0..ROUNDS {
        let loaded = load(&choices.sections());
        if !choices.improve(&loaded) {
            break;
        }
    }
    Sections { lost: std::mem::take(&mut choices.lost), ..choices.sections() }
}

/// What is written of each variable.
struct Choices<'a> {
    config: &'a Config,
    /// Those that were looked at, in the order of their names; `None`: left out for good.
    chosen: BTreeMap<(Module, Text), Option<ValueBuf>>,
    lost: Vec<Lost>,
}

impl Choices<'_> {
    /// All that differs from what a server has without any section.
    fn begin(&mut self, untouched: &Config) {
        for module in Module::ALL {
            for (module, name) in differing(self.config, untouched, module) {
                if !self.name_capabilities(module, &name) {
                    self.choose(module, name);
                }
            }
        }
    }

    /// A 2.0 corrects the first text of `server_capabilities`, unless the file names the variable that it
    /// would be corrected for; whether that is wanted here.
    fn name_capabilities(&mut self, module: Module, name: &Text) -> bool {
        let version = self.config.version;
        let Some(variable) = module.variables(version).iter().find(|variable| *name == variable.name())
        else {
            return false;
        };
        let first = variable.spec().first_row_in_2_0.filter(|_| version == Version::V2_0);
        if first.map(str::as_bytes) != Some(&self.config.variables(module).text(variable.position())) {
            return false;
        }
        let sets_it = |other: &&Variable| other.spec().capability.is_some() && other.default() == "true";
        for other in module.variables(version).iter().filter(sets_it) {
            self.choose(module, other.name().into());
        }
        true
    }

    /// Writes what was missing, leaves out what was not kept; whether anything changed.
    fn improve(&mut self, loaded: &Config) -> bool {
        let mut changed = false;
        for module in Module::ALL {
            for (module, name) in differing(self.config, loaded, module) {
                match self.chosen.get(&(module, name.clone())) {
                    Some(None) => {}
                    Some(Some(_)) => {
                        let reason = refusal(self.config, module, &name);
                        self.leave_out(module, name, reason);
                        changed = true;
                    }
                    None => {
                        self.choose(module, name);
                        changed = true;
                    }
                }
            }
        }
        changed
    }

    fn choose(&mut self, module: Module, name: Text) {
        let version = self.config.version;
        let own = module.variables(version).iter().find(|variable| name == variable.name());
        if own.is_none() && module.specs().iter().any(|spec| name == spec.name) {
            return self.leave_out(module, name, Reason::NotInVersion(version));
        }
        // One that only the other configuration has: nothing written here takes it away.
        let Some(text) = text_of(self.config, module, &name) else { return };
        if !module.is_in(version) {
            self.leave_out(module, name, Reason::NotInVersion(version));
        } else if !name.to_str().is_some_and(is_name) {
            self.leave_out(module, name, Reason::Name);
        } else if text.contains(&0) {
            self.leave_out(module, name, Reason::Nul);
        } else {
            self.chosen.insert((module, name), Some(value(own, &text)));
        }
    }

    fn leave_out(&mut self, module: Module, name: Text, reason: Reason) {
        let place = Place::Variable { module, name: name.clone() };
        self.lost.push(Lost::new(place, reason, None));
        self.chosen.insert((module, name), None);
    }

    fn sections(&self) -> Sections {
        let mut sections: Vec<(Module, Vec<(String, ValueBuf)>)> = Vec::new();
        for ((module, name), value) in &self.chosen {
            let (Some(name), Some(value)) = (name.to_str(), value) else { continue };
            let setting = (name.to_owned(), value.clone());
            match sections.last_mut() {
                Some((last, settings)) if last == module => settings.push(setting),
                _ => sections.push((*module, vec![setting])),
            }
        }
        Sections { sections, lost: Vec::new() }
    }
}

/// The variables in which two configurations differ.
pub(crate) fn differing(config: &Config, other: &Config, module: Module) -> Vec<(Module, Text)> {
    let mut found = Vec::new();
    compare::variables(config, other, module, &mut found);
    let mut seen = HashSet::new();
    let names = found.into_iter().filter_map(|difference| match difference.place {
        Place::Variable { module, name } => Some((module, name)),
        _ => None,
    });
    names.filter(|(_, name)| seen.insert(name.clone())).collect()
}

/// The value that gives a variable the text that it has in a configuration; `None` where it has none there.
pub(crate) fn value_of(config: &Config, module: Module, name: &Text) -> Option<ValueBuf> {
    let own = module.variables(config.version).iter().find(|variable| *name == variable.name());
    let text = text_of(config, module, name).filter(|text| !text.contains(&0))?;
    name.to_str().is_some_and(is_name).then(|| value(own, &text))
}

fn text_of(config: &Config, module: Module, name: &Text) -> Option<Vec<u8>> {
    match module.variables(config.version).iter().find(|variable| *name == variable.name()) {
        Some(variable) => Some(config.variables(module).text(variable.position()).into_owned()),
        None => other(config, module, name),
    }
}

/// The text of a row whose name is no variable's; of two with one name, only one can stand in a group.
fn other(config: &Config, module: Module, name: &Text) -> Option<Vec<u8>> {
    let rows = config.variables(module).others();
    rows.iter().find(|(other, _)| other == name).map(|(_, text)| text.as_bytes().to_vec())
}

/// The value that is stored as this text: a boolean or number where that gives just this text.
fn value(variable: Option<&Variable>, text: &[u8]) -> ValueBuf {
    let plain = std::str::from_utf8(text).unwrap_or_default();
    match variable.map(Variable::kind) {
        Some(Kind::Bool) if matches!(plain, "true" | "false") => ValueBuf::Bool(plain == "true"),
        Some(Kind::Bool | Kind::Int | Kind::Uint32) => match plain.parse::<i32>() {
            Ok(number) if number.to_string() == plain => ValueBuf::Int(number),
            _ => string(text),
        },
        _ => string(text),
    }
}

/// Texts of variables are pasted between double quotes.
fn string(text: &[u8]) -> ValueBuf {
    ValueBuf::Str(doubled(text, b'"'))
}

/// Why a server does not keep a text.
fn refusal(config: &Config, module: Module, name: &Text) -> Reason {
    let named = |spec: &&VariableSpec| spec.name.as_bytes().eq_ignore_ascii_case(name.as_bytes());
    let Some(spec) = module.specs().iter().find(named).filter(|spec| has(spec, config.version)) else {
        return Reason::UnknownVariable;
    };
    let position = module.specs().iter().position(|other| other.name == spec.name).unwrap_or_default();
    let text = if *name == spec.name {
        config.variables(module).text(position).into_owned()
    } else {
        other(config, module, name).unwrap_or_default()
    };
    let (min, max) = spec.range.get(config.version);
    let number = match spec.kind.get(config.version) {
        Kind::Int => i64::from(atoi(&text)),
        Kind::Uint32 => i64::from(strtoul_low_32(&text)),
        _ => return Reason::NotKept,
    };
    if (min..=max).contains(&number) { Reason::NotKept } else { Reason::Range { min, max } }
}

fn has(spec: &VariableSpec, version: Version) -> bool {
    spec.lifetime.holds(version) && !is_own(spec, version)
}
