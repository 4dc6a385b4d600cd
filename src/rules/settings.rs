//! The variables that decide how rules are walked.

use crate::digest;
use crate::schema::MysqlVariables;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Whether regular expressions are RE2's, not PCRE's.
    pub(super) re2: bool,
    /// How many times `flagOUT` restarts the walk.
    pub(super) iterations: u32,
    /// How digests are made; none with `query_digests=false`.
    pub(super) digest: Option<digest::Options>,
}

impl Settings {
    pub(super) fn of(variables: &MysqlVariables) -> Self {
        Settings {
            re2: variables.query_processor_regex == 2,
            iterations: u32::try_from(variables.query_processor_iterations).unwrap_or(0),
            digest: variables.query_digests.then(|| digest::Options::from(variables)),
        }
    }
}
