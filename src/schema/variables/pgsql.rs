//! `pgsql_variables`.

use super::declare::variables;
use super::shared::thread_variables;
use super::spec::{
    Kind, boolean, charset, collation, filename, int, interfaces, nonempty, one_of, text, text_or_null,
    uint32,
};
use crate::schema::choice::TrackGtids;
use crate::schema::text::{Secret, Text};
use crate::schema::version::Version::V2_7;

thread_variables! {
    /// The variables of the module that speaks PostgreSQL; since 3.0.
    PgsqlVariables, Module::Pgsql;

    /// How clients log in: 1 for clear-text password, 2 for MD5, 3 for SCRAM-SHA-256.
    authentication_method: i32 = int("3", 1, 3);

    /// Value of `client_encoding` for clients that choose none.
    default_client_encoding: Text = nonempty("UTF8");

    /// Number of worker threads of the monitor.
    monitor_threads: i32 = int("2", 2, 256).count();

    /// Server version that clients are told.
    server_version: Text = nonempty("16.1");
}
