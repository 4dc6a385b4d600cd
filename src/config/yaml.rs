//! A [`Config`] as YAML.

use serde_saphyr::{Budget, Location, budget, options, ser_options};

use super::{Config, FormatError};

impl Config {
    /// As YAML, of the same form as its JSON. Secrets stand in it as they are.
    ///
    /// Texts that could be taken for something else (`on`, `2.7`, `~`) are quoted.
    ///
    /// ```
    /// use proxysql_kit::config::Config;
    /// use proxysql_kit::schema::MysqlServer;
    ///
    /// let mut config = Config::default();
    /// config.mysql_servers.push(MysqlServer { hostname: "10".into(), ..MysqlServer::default() });
    /// let yaml = config.to_yaml()?;
    /// assert!(yaml.contains("hostname: \"10\"\n  port: 3306\n"), "{yaml}");
    /// assert_eq!(Config::from_yaml(&yaml)?, config);
    /// # Ok::<(), proxysql_kit::config::FormatError>(())
    /// ```
    ///
    /// # Errors
    /// None that is known.
    pub fn to_yaml(&self) -> Result<String, FormatError> {
        // Block scalars lose some line ends in serde-saphyr 1.1.
        let options = ser_options! { prefer_block_scalars: false };
        serde_saphyr::to_string_with_options(self, options)
            .map_err(|error| FormatError::new(error.to_string(), 0, 0))
    }

    /// Reads YAML of the form that [`to_yaml`](Config::to_yaml) gives, such as JSON. Whatever is absent
    /// takes the default of the version; flags may be true and false.
    ///
    /// ```
    /// use proxysql_kit::config::Config;
    ///
    /// let config = Config::from_yaml("
    /// mysql_variables: { threads: 8 }
    /// mysql_users:
    ///   - username: app
    ///     password: \"0123\"
    ///     use_ssl: true
    /// ")?;
    /// assert!(config.mysql_users[0].use_ssl);
    /// let error = Config::from_yaml("mysql_users: [{username: app, password: 1234}]").unwrap_err();
    /// assert_eq!(
    ///     error.message(),
    ///     "mysql_users[0].password: a text in quotes is needed, not a number"
    /// );
    /// # Ok::<(), proxysql_kit::config::FormatError>(())
    /// ```
    ///
    /// # Errors
    /// Where it is no YAML, or no configuration, as with [`from_json`](Config::from_json).
    pub fn from_yaml(yaml: &str) -> Result<Config, FormatError> {
        let options = options! {
            budget: limits(yaml),
            emit_comments: false,
            // A snippet may show a password.
            with_snippet: false,
        };
        serde_saphyr::from_str_with_options(yaml, options).map_err(|error| refused(&error))
    }
}

/// A value takes a byte of text at least: what is not an alias is limited by the text itself, and
/// configurations may be long.
fn limits(yaml: &str) -> Option<Budget> {
    let usual = Budget::default();
    budget! {
        max_nodes: usual.max_nodes.max(yaml.len()),
        max_events: usual.max_events.max(yaml.len().saturating_mul(2)),
        max_total_scalar_bytes: usual.max_total_scalar_bytes.max(yaml.len()),
    }
}

fn refused(error: &serde_saphyr::Error) -> FormatError {
    let place = |location: Location| {
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        (number(location.line()), number(location.column()))
    };
    let (line, column) = error.location().map_or((0, 0), place);
    let message = error.to_string();
    let message = match message.strip_suffix(&format!(" at line {line}, column {column}")) {
        Some(message) => message.to_owned(),
        None => message,
    };
    FormatError::new(message, line, column)
}
