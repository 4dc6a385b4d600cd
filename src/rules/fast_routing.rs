//! Exact routes from user, schema and flag to a hostgroup.

use hashbrown::{Equivalent, HashMap};

use super::route::ChosenBy;
use crate::config::Rows;
use crate::schema::{MysqlFastRoute, Text};

#[derive(Debug, Default)]
pub(super) struct FastRouting(HashMap<Key, i32>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    username: Text,
    schemaname: Text,
    flag: i32,
}

/// A key that is looked up.
#[derive(Hash)]
struct Lookup<'a> {
    username: &'a [u8],
    schemaname: &'a [u8],
    flag: i32,
}

impl Equivalent<Key> for Lookup<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.flag == key.flag
            && self.username == key.username.as_bytes()
            && self.schemaname == key.schemaname.as_bytes()
    }
}

impl FastRouting {
    pub(super) fn new(rows: &Rows<MysqlFastRoute>) -> Self {
        let key = |row: &MysqlFastRoute| Key {
            username: row.username.clone(),
            schemaname: row.schemaname.clone(),
            flag: row.flag_in,
        };
        let routes = rows.iter().filter(|row| row.destination_hostgroup >= 0);
        FastRouting(routes.map(|row| (key(row), row.destination_hostgroup)).collect())
    }

    /// The row of this user, else that of any user.
    pub(super) fn find(&self, username: &[u8], schemaname: &[u8], flag: i32) -> Option<(i32, ChosenBy)> {
        if self.0.is_empty() {
            return None;
        }
        let find = |username| self.0.get(&Lookup { username, schemaname, flag }).copied();
        let own = find(username).map(|hostgroup| (hostgroup, ChosenBy::FastRouting { any_user: false }));
        own.or_else(|| find(b"").map(|hostgroup| (hostgroup, ChosenBy::FastRouting { any_user: true })))
    }
}
