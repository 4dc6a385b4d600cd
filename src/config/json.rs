//! A [`Config`] as JSON.

use super::{Config, FormatError};

impl Config {
    /// As JSON, in lines of two blanks a level, with a newline at the end. Secrets stand in it as they
    /// are.
    ///
    /// One member a table, named and spelled as in ProxySQL; rows are objects in column order, with
    /// null for NULL, and 0 and 1 for flags.
    ///
    /// ```
    /// use proxysql_kit::config::Config;
    /// use proxysql_kit::schema::MysqlServer;
    ///
    /// let mut config = Config::default();
    /// config.mysql_servers.push(MysqlServer { hostname: "db1".into(), ..MysqlServer::default() });
    /// let json = config.to_json()?;
    /// assert!(json.contains("\"hostname\": \"db1\",\n      \"port\": 3306,"));
    /// assert_eq!(Config::from_json(&json)?, config);
    /// # Ok::<(), proxysql_kit::config::FormatError>(())
    /// ```
    ///
    /// # Errors
    /// None that is known.
    pub fn to_json(&self) -> Result<String, FormatError> {
        let mut json = serde_json::to_string_pretty(self).map_err(|error| refused(&error))?;
        json.push('\n');
        Ok(json)
    }

    /// Reads JSON of the form that [`to_json`](Config::to_json) gives. Whatever is absent takes the
    /// default of the version; flags may be true and false, too.
    ///
    /// ```
    /// use proxysql_kit::config::Config;
    ///
    /// let config = Config::from_json(
    ///     r#"{
    ///         "version": "2.7",
    ///         "mysql_variables": {"threads": 8},
    ///         "mysql_users": [{"username": "app", "password": "pass", "active": true}]
    ///     }"#,
    /// )?;
    /// assert_eq!(config.mysql.threads, 8);
    /// assert_eq!(config.mysql_users[0].max_connections, 10_000);
    /// # Ok::<(), proxysql_kit::config::FormatError>(())
    /// ```
    ///
    /// # Errors
    /// Where it is no JSON, a name is not known, a value is none of its column or variable, or a column
    /// without default is missing.
    pub fn from_json(json: &str) -> Result<Config, FormatError> {
        serde_json::from_str(json).map_err(|error| refused(&error))
    }
}

fn refused(error: &serde_json::Error) -> FormatError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let message = match message.strip_suffix(&format!(" at line {line} column {column}")) {
        Some(message) => message.to_owned(),
        None => message,
    };
    FormatError::new(message, line, column)
}
