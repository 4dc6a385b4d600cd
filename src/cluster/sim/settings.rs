//! The admin variables that the cluster follows, by name and text.

use crate::config::Config;
use crate::schema::{Module, ValueShape, Version};

/// All that begin so are followed.
const PREFIX: &str = "cluster_";
/// Not shown, and not needed here.
const SECRET: &str = "cluster_password";

/// The names, in the newest version.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    Module::Admin
        .variables(Version::V3_0)
        .iter()
        .map(crate::schema::Variable::name)
        .filter(|name| is_followed(name))
}

/// Whether there is such a variable.
pub(super) fn is_known(name: &str) -> bool {
    names().any(|known| known == name)
}

/// Why a server refuses a value; `None` where it does not, or does not know the variable.
pub(super) fn refuses(name: &str, text: &str) -> Option<String> {
    let variable = Module::Admin.variable(Version::V3_0, name).filter(|_| is_known(name))?;
    if let Some((least, most)) = variable.range() {
        let is_in = text.parse::<i64>().is_ok_and(|number| (least..=most).contains(&number));
        return (!is_in).then(|| format!("a number from {least} to {most}"));
    }
    let is_flag = variable.shape() == ValueShape::Bool;
    (is_flag && !["true", "false", "1", "0"].contains(&text)).then(|| "true or false".to_owned())
}

/// The names and texts of a configuration.
pub(super) fn of_config(config: &Config) -> Vec<(String, String)> {
    let variables = Module::Admin.variables(config.version).iter();
    let followed = variables.filter(|variable| is_followed(variable.name()));
    let text =
        |position| String::from_utf8_lossy(&config.variables(Module::Admin).text(position)).into_owned();
    followed.map(|variable| (variable.name().to_owned(), text(variable.position()))).collect()
}

fn is_followed(name: &str) -> bool {
    name != SECRET && name.starts_with(PREFIX)
}
