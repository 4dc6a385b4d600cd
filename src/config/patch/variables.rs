//! The variables of a file, set to what they should be.

use super::{Patcher, Phase};
use crate::config::Loaded;
use crate::config::output::{Place, differing, value_of};
use crate::libconfig::{Document, EditError, Edits, Setting, ValueBuf, ValueType};
use crate::schema::{Module, Text};

/// What was done about a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Written,
    Removed,
}

impl Patcher<'_> {
    /// Edits the section of a module. What was set and is still not right is taken out; then what a
    /// file of its own would name is named.
    pub(super) fn module<'d>(
        &mut self,
        module: Module,
        document: &'d Document,
        loaded: &Loaded,
        edits: &mut Edits<'d>,
    ) -> Result<(), EditError> {
        let section = document.get(module.section());
        let group = section.filter(|section| section.value_type() == ValueType::Group);
        let mut new = Vec::new();
        for (module, name) in differing(self.config, &loaded.memory, module) {
            let place = Place::Variable { module, name: name.clone() };
            if self.foreseen.iter().any(|lost| lost.place == place) {
                continue;
            }
            let there = name.to_str().and_then(|name| group?.get(name));
            if there.is_some_and(|there| self.leaves(there)) {
                self.left.insert(place);
                continue;
            }
            self.variable(module, &name, there, &mut new, edits)?;
        }
        let wrong = new.is_empty() && self.is_wrong(module, loaded);
        if wrong && self.phase == Phase::Add {
            self.name_the_rest(module, group, &mut new);
        }
        add(module, document, section, new, edits)
    }

    fn variable<'d>(
        &mut self,
        module: Module,
        name: &Text,
        there: Option<Setting<'d>>,
        new: &mut Vec<(String, ValueBuf)>,
        edits: &mut Edits<'d>,
    ) -> Result<(), EditError> {
        let key = (module, name.clone());
        let done = self.variables.get(&key).copied();
        let wanted = value_of(self.config, module, name);
        let next = match (done, wanted, there) {
            (Some(Done::Removed), _, _) => return Ok(()),
            (None, Some(wanted), Some(there)) if ValueBuf::from(there) != wanted => {
                self.set(there, &wanted, edits)?;
                Done::Written
            }
            (None, Some(wanted), None) if self.phase == Phase::Add => {
                new.push((name.to_string(), wanted));
                Done::Written
            }
            (None, Some(_), None) => return Ok(()),
            (_, _, Some(there)) => {
                edits.remove(there)?;
                Done::Removed
            }
            (_, _, None) => Done::Removed,
        };
        self.variables.insert(key, next);
        Ok(())
    }

    /// Whether a variable is still not as it can be.
    fn is_wrong(&self, module: Module, loaded: &Loaded) -> bool {
        let foreseen = |name: &Text| {
            let place = Place::Variable { module, name: name.clone() };
            self.foreseen.iter().any(|lost| lost.place == place)
        };
        differing(self.config, &loaded.memory, module).iter().any(|(_, name)| !foreseen(name))
    }

    /// Some variables come out otherwise when others are named.
    fn name_the_rest(
        &mut self,
        module: Module,
        group: Option<Setting<'_>>,
        new: &mut Vec<(String, ValueBuf)>,
    ) {
        let own = self.sections.sections.iter().filter(|(other, _)| *other == module);
        for (name, value) in own.flat_map(|(_, settings)| settings) {
            let key = (module, Text::from(name.as_str()));
            let is_there = group.is_some_and(|group| group.get(name).is_some());
            if !is_there && !self.variables.contains_key(&key) {
                self.variables.insert(key, Done::Written);
                new.push((name.clone(), value.clone()));
            }
        }
    }
}

/// Adds settings to the section of a module, or the section.
fn add<'d>(
    module: Module,
    document: &'d Document,
    section: Option<Setting<'d>>,
    new: Vec<(String, ValueBuf)>,
    edits: &mut Edits<'d>,
) -> Result<(), EditError> {
    match section {
        _ if new.is_empty() => Ok(()),
        None => edits.add(document.root().setting(), module.section(), &ValueBuf::Group(new)),
        Some(section) if section.value_type() == ValueType::Group => {
            new.iter().try_for_each(|(name, value)| edits.add(section, name, value))
        }
        Some(section) => edits.set(section, &ValueBuf::Group(new)),
    }
}
