//! What decides how a digest is made: the variables `mysql-query_digests_...`.

use crate::config::Config;
use crate::schema::MysqlVariables;

/// How digests are made. The default is a server's.
///
/// ```
/// use proxysql_kit::config::Config;
/// use proxysql_kit::digest::{Options, digest};
///
/// let options = Options::new().lowercase(true).replace_null(true);
/// assert_eq!(digest(b"INSERT INTO T VALUES (NULL, 7)", &options).text(), b"insert into t values (?,?)");
/// assert_eq!(Options::from(&Config::default()), Options::new());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)]
pub struct Options {
    pub(super) max_query_length: usize,
    pub(super) max_digest_length: usize,
    pub(super) lowercase: bool,
    pub(super) replace_null: bool,
    pub(super) no_digits: bool,
    pub(super) grouping_limit: i8,
    pub(super) groups_grouping_limit: i8,
    pub(super) keep_comment: bool,
}

impl Options {
    /// A server's defaults.
    pub fn new() -> Self {
        Options {
            max_query_length: 65_000,
            max_digest_length: 2048,
            lowercase: false,
            replace_null: false,
            no_digits: false,
            grouping_limit: 3,
            groups_grouping_limit: 10,
            keep_comment: false,
        }
    }

    /// Room for the text, in bytes (`mysql-query_digests_max_query_length`, 65000). A longer query is read
    /// on as long as grouping makes room.
    #[must_use]
    pub fn max_query_length(mut self, bytes: usize) -> Self {
        self.max_query_length = bytes;
        self
    }

    /// How many bytes of the text the hash covers (`mysql-query_digests_max_digest_length`, 2048).
    #[must_use]
    pub fn max_digest_length(mut self, bytes: usize) -> Self {
        self.max_digest_length = bytes;
        self
    }

    /// Whether the text is put in lower case (`mysql-query_digests_lowercase`, false). A `/*! command */` is
    /// not.
    #[must_use]
    pub fn lowercase(mut self, yes: bool) -> Self {
        self.lowercase = yes;
        self
    }

    /// Whether NULL becomes `?` (`mysql-query_digests_replace_null`, false).
    #[must_use]
    pub fn replace_null(mut self, yes: bool) -> Self {
        self.replace_null = yes;
        self
    }

    /// Whether digits inside names become `?` (`mysql-query_digests_no_digits`, false).
    #[must_use]
    pub fn no_digits(mut self, yes: bool) -> Self {
        self.no_digits = yes;
        self
    }

    /// After how many values a list goes on with `...` (`mysql-query_digests_grouping_limit`, 3); 0 never.
    /// Lists that are one value longer are left as they are.
    ///
    /// A server takes 1 to 2089, but has only a signed byte for it: 256 acts as 0, 259 as 3, and 128 to 255 as
    /// a negative number, which leaves nothing of a list.
    #[must_use]
    pub fn grouping_limit(mut self, values: i32) -> Self {
        self.grouping_limit = low_byte(values);
        self
    }

    /// After how many shortened lists the text goes on with `...` (`mysql-query_digests_groups_grouping_limit`,
    /// 10); 0 never. Kept in a byte as [`grouping_limit`](Self::grouping_limit) is.
    #[must_use]
    pub fn groups_grouping_limit(mut self, lists: i32) -> Self {
        self.groups_grouping_limit = low_byte(lists);
        self
    }

    /// Whether `/* comments */` stay in the text (`mysql-query_digests_keep_comment`, false).
    #[must_use]
    pub fn keep_comment(mut self, yes: bool) -> Self {
        self.keep_comment = yes;
        self
    }
}

#[allow(clippy::cast_possible_truncation)]
fn low_byte(limit: i32) -> i8 {
    limit as i8
}

impl Default for Options {
    fn default() -> Self {
        Options::new()
    }
}

/// As a server with these variables makes digests.
impl From<&MysqlVariables> for Options {
    fn from(variables: &MysqlVariables) -> Self {
        let bytes = |length: i32| usize::try_from(length).unwrap_or(0);
        Options::new()
            .max_query_length(bytes(variables.query_digests_max_query_length))
            .max_digest_length(bytes(variables.query_digests_max_digest_length))
            .lowercase(variables.query_digests_lowercase)
            .replace_null(variables.query_digests_replace_null)
            .no_digits(variables.query_digests_no_digits)
            .grouping_limit(variables.query_digests_grouping_limit)
            .groups_grouping_limit(variables.query_digests_groups_grouping_limit)
            .keep_comment(variables.query_digests_keep_comment)
    }
}

/// As a server with this configuration makes digests.
impl From<&Config> for Options {
    fn from(config: &Config) -> Self {
        Options::from(&config.mysql)
    }
}
