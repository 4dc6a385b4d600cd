//! `mysql_galera_hostgroups`.

use super::mysql_group_replication_hostgroups::cluster_hostgroups_table;
use crate::schema::choice::WriterIsAlsoReader;
use crate::schema::declare::table;
use crate::schema::spec::{doubled, int, section, sql, table};
use crate::schema::text::Text;

cluster_hostgroups_table! {
    /// The four hostgroups of a Galera cluster. The monitor places each node in them by its state.
    MysqlGaleraHostgroup, "mysql_galera_hostgroups",
    max_transactions_behind {
        /// Length of a read-only node's receive queue, in transactions, above which it is taken offline.
    }
}
