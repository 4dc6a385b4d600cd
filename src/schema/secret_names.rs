//! Names that tell that a value is a secret, wherever the schema does not say so itself.

use std::sync::OnceLock;

use super::{Module, Variable, Version, closest};

/// Whether the value of a name is probably a secret: for names that people write, which need not be those
/// of a variable or column.
///
/// ```
/// use proxysql_kit::schema::may_be_secret;
///
/// assert!(may_be_secret("password") && may_be_secret("Admin_Credentials"));
/// assert!(may_be_secret("monitor_pasword") && may_be_secret("cluster_passwd"));
/// assert!(!may_be_secret("hash_passwords") && !may_be_secret("username"));
/// ```
pub fn may_be_secret(name: impl AsRef<[u8]>) -> bool {
    const WORDS: [&str; 5] = ["pass", "pwd", "credential", "secret", "token"];
    let lower = String::from_utf8_lossy(name.as_ref()).to_ascii_lowercase();
    if variables().any(|variable| !variable.is_secret() && variable.name() == lower) {
        return false;
    }
    WORDS.iter().any(|word| lower.contains(word)) || closest(&lower, secret_names().iter().copied()).is_some()
}

/// The names of secrets, of columns and of variables.
fn secret_names() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let variables = variables().filter(|variable| variable.is_secret());
        ["password", "credentials"].into_iter().chain(variables.map(Variable::name)).collect()
    })
}

fn variables() -> impl Iterator<Item = &'static Variable> {
    let modules = Module::ALL.into_iter();
    modules.flat_map(|module| Version::ALL.iter().flat_map(move |version| module.variables(*version)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Table;

    #[test]
    fn all_that_the_schema_knows_is_told_right() {
        for variable in variables() {
            assert_eq!(may_be_secret(variable.name()), variable.is_secret(), "{}", variable.name());
        }
        for table in Table::ALL {
            let schema = Version::ALL.iter().find_map(|version| table.schema(*version)).unwrap();
            assert!(!may_be_secret(schema.name()));
            for column in schema.columns() {
                assert_eq!(may_be_secret(column.name()), column.is_secret(), "{}", column.name());
            }
        }
        for section in ["admin_variables", "mysql_variables", "pgsql_variables", "datadir", "hostgroup"] {
            assert!(!may_be_secret(section), "{section}");
        }
    }

    #[test]
    fn misspelled_secrets_are_secrets() {
        for name in ["pasword", "Passwd", "stats_credetials", "mysql-monitor_password", "PWD", "api_token"] {
            assert!(may_be_secret(name), "{name}");
        }
    }
}
