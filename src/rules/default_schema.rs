//! The schema of a client that names none.

use crate::config::Config;
use crate::schema::Text;

/// The schema of a user's new connection that names none: that of the user's row in `mysql_users`, or else
/// `mysql-default_schema`.
///
/// ```
/// use proxysql_kit::config::Config;
/// use proxysql_kit::rules::default_schema;
///
/// assert_eq!(default_schema(&Config::default(), b"app"), "information_schema");
/// ```
pub fn default_schema(config: &Config, username: &[u8]) -> Text {
    let mut users = config.mysql_users.iter().filter(|user| user.active && user.frontend);
    let user = users.find(|user| user.username.as_bytes() == username);
    let own = user.and_then(|user| user.default_schema.clone()).filter(|schema| !schema.is_empty());
    own.unwrap_or_else(|| config.mysql.default_schema.clone())
}
