//! The lines: each with its level and its template.

use std::fmt;
use std::sync::Arc;

use super::super::module::ModuleKind;
use super::super::settings::Address;
use super::field::{CheckQuery, Field, LoadWords, Subject, Variables, Word, YesNo};
use super::template;
use crate::config::Level;
use crate::hash::Checksum;

/// A checksum, as a line has it.
type Sum = Option<Checksum>;
/// A text of any kind.
type Text = Arc<str>;

/// The enum of lines, how each is written, and how it is read. Where a text fits several, the first is it.
macro_rules! lines {
    ($($(#[$doc:meta])+ $level:ident $variant:ident { $($field:ident: $kind:ty),* } = $template:literal;)*) => {
        /// A line of the log about the cluster. Its `Display` is the text behind the level.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Event {
            $(
                $(#[$doc])+
                #[doc = concat!("\n\n`", $template, "`")]
                $variant { $(
                    #[doc = concat!("`{", stringify!($field), "}`")]
                    $field: $kind,
                )* },
            )*
        }

        impl Event {
            /// How serious it is.
            pub fn level(&self) -> Level {
                match self {
                    $(Event::$variant { .. } => Level::$level,)*
                }
            }

            /// The text with its fields in braces: the same for all events of a kind.
            pub fn template(&self) -> &'static str {
                match self {
                    $(Event::$variant { .. } => $template,)*
                }
            }

            pub(super) fn read(text: &str) -> Option<Event> {
                $({
                    $(let mut $field: Option<$kind> = None;)*
                    let fits = template::read($template, text, &mut |name, _piece| match name {
                        $(stringify!($field) => { $field = Field::read(_piece); $field.is_some() })*
                        _ => false,
                    });
                    if fits {
                        return Some(Event::$variant { $($field: $field?),* });
                    }
                })*
                None
            }
        }

        impl fmt::Display for Event {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Event::$variant { $($field),* } => {
                        template::write($template, f, &|name, _f| match name {
                            $(stringify!($field) => Field::write($field, _f),)*
                            _ => Ok(()),
                        })
                    })*
                }
            }
        }
    };
}

lines! {
    // Peers.
    /// A row of a cnf, before it is inserted.
    Info Adding { peer: Address } = "Cluster: Adding ProxySQL Servers {peer} from config file";
    /// A peer comes into the loaded `proxysql_servers`.
    Info Created { peer: Address } = "Created new Cluster Node Entry for host {peer}";
    /// A peer leaves the loaded `proxysql_servers`.
    Info Destroyed { peer: Address } = "Destroyed Cluster Node Entry for host {peer}";
    /// Its monitor starts.
    Info MonitorStarted { peer: Address } = "Cluster: starting thread for peer {peer}";
    /// Its monitor ends.
    Info MonitorEnded { peer: Address } = "Cluster: closing thread for peer {peer}";
    /// Connected, and the versions are the same.
    Info Clustering { peer: Address, remote: Word, own: Word } =
        "Cluster: clustering with peer {peer} . Remote version: {remote} . Self version: {own}";
    /// The own uuid is sent.
    Info SendingUuid { uuid: Word, peer: Address } = "Cluster: sending CLUSTER_NODE_UUID {uuid} to peer {peer}";
    /// Connected, but the versions differ: closed again, for 30 s.
    Warning DifferentVersion { peer: Address, remote: Word, own: Word } =
        "Cluster: different ProxySQL version with peer {peer} . Remote: {remote} . Self: {own}";
    /// Not connected.
    Warning CannotConnect { peer: Address, error: Text } = "Cluster: unable to connect to peer {peer} . Error: {error}";
    /// A query of a check failed.
    Error QueryFailed { peer: Address, user: Word, ms: u64, query: CheckQuery, error: Text } =
        "Cluster: unable to run query on {peer} using user {user} after {ms}ms : {query} . Error: {error}";
    /// The same in 2.0: only the first of 20 in a row.
    Error QueryFailed2_0 { peer: Address, user: Word, query: CheckQuery } =
        "Cluster: unable to run query on {peer} using user {user} : {query}";
    /// A peer's name has several addresses.
    Warning SeveralAddresses { host: Word, count: u32 } =
        "ProxySQL Cluster node '{host}' has more than one ({count}) mapped IP address: under some circumstances this may lead to undefined behavior. It is recommended to provide IP address or hostname with only one resolvable IP.";
    /// The command of a node, but not from TCP.
    Warning UuidNotFromTcp {} = "Received PROXYSQL CLUSTER_NODE_UUID not from TCP socket. Exiting client";
    /// A node has connected, with a text that is no uuid and no interface.
    Warning UuidInvalid { client: Word, text: Text } =
        "Received PROXYSQL CLUSTER_NODE_UUID from {client} with invalid format: {text} . Exiting client";
    /// A node has connected.
    Info UuidReceived { client: Word, uuid: Word, interfaces: Word } =
        "Received PROXYSQL CLUSTER_NODE_UUID from {client} : {uuid} {interfaces}";
    /// A node has connected, and is known by its uuid now.
    Info LinkCreated { client: Word, uuid: Word, interfaces: Word } =
        "Created new link with Cluster node {client} : {uuid} at interface {interfaces}";
    /// A node says its uuid once more.
    Info UuidAgain { client: Word, uuid: Word } = "Cluster node {client} is sending again its UUID : {uuid}";
    /// A node says another uuid on the same connection.
    Error UuidChanged { client: Word, uuid: Word, former: Word } =
        "Cluster node {client} is sending a new UUID : {uuid} . Former UUID : {former} . Exiting client";

    // A check.
    /// A peer's module has another checksum than before.
    Info NewChecksum { module: ModuleKind, peer: Address, version: u64, epoch: u64, checksum: Sum } =
        "Cluster: detected a new checksum for {module} from peer {peer}, version {version}, epoch {epoch}, checksum {checksum} . Not syncing yet ...";
    /// The same, where the module does not sync.
    Info NewChecksumOff { module: ModuleKind, peer: Address, version: u64, epoch: u64, checksum: Sum, setting: ModuleKind } =
        "Cluster: detected a new checksum for {module} from peer {peer}, version {version}, epoch {epoch}, checksum {checksum} . Not syncing due to 'admin-cluster_{setting}_diffs_before_sync=0'.";
    /// It is the own one.
    Info SameChecksum { module: ModuleKind, peer: Address, checksum: Sum } =
        "Cluster: checksum for {module} from peer {peer} matches with local checksum {checksum} , we won't sync.";
    /// A pull is to follow.
    Info Proceeding { peer: Address, module: ModuleKind, version: u64, epoch: u64, diff_check: u32, own_version: u64, own_epoch: u64 } =
        "Cluster: detected a peer {peer} with {module} version {version}, epoch {epoch}, diff_check {diff_check}. Own version: {own_version}, epoch: {own_epoch}. Proceeding with remote sync";
    /// What of the servers will be pulled.
    Info FetchServers { running: YesNo, peer: Address } =
        "Cluster: Fetch mysql_servers_v2:'YES', mysql_servers:'{running}' from peer {peer}";
    /// Both sides were loaded in the same second, and differ.
    Error SyncConflict {
        peer: Address, module: ModuleKind, version: u64, epoch: u64, diff_check: u32, checksum: Sum,
        own_version: u64, own_epoch: u64, own_checksum: Sum, checks: u32, load: LoadWords
    } =
        "Cluster: detected a peer {peer} with {module} version {version}, epoch {epoch}, diff_check {diff_check}, checksum {checksum}. Own version: {own_version}, epoch: {own_epoch}, checksum {own_checksum}. Sync conflict, epoch times are EQUAL, can't determine which server holds the latest config, we won't sync. This message will be repeated every {checks} checks until LOAD {load} TO RUNTIME is executed on candidate master.";
    /// The peer has not loaded the module since its start.
    Warning VersionOne {
        peer: Address, module: ModuleKind, version: u64, epoch: u64, diff_check: u32,
        own_version: u64, own_epoch: u64, checks: u32, load: LoadWords
    } =
        "Cluster: detected a peer {peer} with {module} version {version}, epoch {epoch}, diff_check {diff_check}. Own version: {own_version}, epoch: {own_epoch}. diff_check is increasing, but version 1 doesn't allow sync. This message will be repeated every {checks} checks until LOAD {load} TO RUNTIME is executed on candidate master.";

    // A pull: its source.
    /// It is this one.
    Info Source { peer: Address, module: ModuleKind, version: u64, epoch: u64 } =
        "Cluster: detected peer {peer} with {module} version {version}, epoch {epoch}";
    /// A later epoch was seen that is not ready: nothing is pulled.
    Warning SourceNotReady { module: ModuleKind, seen: u64, best: u64 } =
        "Cluster: detected a peer with {module} epoch {seen} , but not enough diff_check. We won't sync from epoch {best}: temporarily skipping sync";
    /// The same for variables, without a blank.
    Warning VariablesNotReady { module: ModuleKind, seen: u64, best: u64 } =
        "Cluster: detected a peer with {module} epoch {seen}, but not enough diff_check. We won't sync from epoch {best}: temporarily skipping sync";
    /// Follows for query rules.
    Info NoHostname {} = "No hostname found";

    // A pull: fetching.
    /// Rules, users, nodes.
    Info FetchStarted { subject: Subject, peer: Address, expected: Sum } =
        "Cluster: Fetching {subject} from peer {peer} started. Expected checksum: {expected}";
    /// Servers as they were loaded; in 2.0 servers.
    Info FetchServersStarted { subject: Subject, peer: Address, expected: Sum } =
        "Cluster: Fetching {subject} from peer {peer} started. Expected checksum {expected}";
    /// Servers as they run.
    Info FetchRunningStarted { peer: Address, expected: Sum } =
        "Cluster: Fetching 'MySQL Servers' from peer {peer} started. Expected checksum {expected}";
    /// Variables.
    Info FetchVariablesStarted { variables: Variables, peer: Address } =
        "Cluster: Fetching {variables} variables from peer {peer} started";
    /// In 2.0: rules, users, nodes.
    Info FetchStarted2_0 { subject: Subject, peer: Address } = "Cluster: Fetching {subject} from peer {peer} started";
    /// All rows have come.
    Info Fetched { subject: Subject, peer: Address } = "Cluster: Fetching {subject} from peer {peer} completed";
    /// All rows have come, and this is their checksum: nodes.
    Info FetchedAndComputed { subject: Subject, peer: Address, computed: Sum } =
        "Cluster: Fetching {subject} from peer {peer} completed. Computed checksum: {computed}";
    /// Rows of servers have come.
    Info FetchedTable { subject: Subject, peer: Address } = "Cluster: Fetching '{subject}' from peer {peer} completed";
    /// A table is asked for.
    Info FetchingTable { subject: Subject, peer: Address } = "Cluster: Fetching '{subject}' from peer {peer}";
    /// The checksum of what came.
    Info Computed { subject: Subject, peer: Address, computed: Sum } =
        "Cluster: Computed checksum for {subject} from peer {peer} : {computed}";
    /// Of servers it is the expected one.
    Info ServersConfirmed { peer: Address, computed: Sum } =
        "Cluster: Fetching checksum for 'MySQL Servers' from peer {peer} successful. Checksum: {computed}";
    /// In 2.0: the checksum of servers is asked for once more.
    Info AskingChecksum { peer: Address } = "Cluster: Fetching checksum for MySQL Servers from peer {peer} before proceessing";
    /// In 2.0: it is the expected one still.
    Info ChecksumConfirmed { peer: Address, checksum: Sum } =
        "Cluster: Fetching checksum for MySQL Servers from peer {peer} successful. Checksum: {checksum}";
    /// In 2.0: what was pulled is not saved. (The text says something else.)
    Info ServersNotSaved2_0 { peer: Address, checksum: Sum } =
        "Cluster: Fetching checksum for MySQL Servers from peer {peer} failed. Checksum: {checksum}";
    /// In 2.0: the checksum could not be asked for.
    Info ChecksumFailed { peer: Address, error: Text } =
        "Cluster: Fetching checksum for MySQL Servers from peer {peer} failed: {error}";

    // A pull: its end.
    /// What came has another checksum than expected.
    Info WrongChecksum { subject: Subject, peer: Address, expected: Sum, computed: Sum } =
        "Cluster: Fetching {subject} from peer {peer} failed: Checksum changed from {expected} to {computed}";
    /// The same for rules.
    Info WrongRulesChecksum { subject: Subject, peer: Address, expected: Sum, computed: Sum } =
        "Cluster: Fetching {subject} from peer {peer} failed because of mismatching checksum. Expected: {expected} , Computed: {computed}";
    /// Not connected, or a query failed.
    Info FetchFailed { subject: Subject, peer: Address, error: Text } =
        "Cluster: Fetching {subject} from peer {peer} failed: {error}";
    /// A query for servers failed. The text has a line break, and none at its end.
    Info FetchTableFailed { subject: Subject, peer: Address, error: Text } =
        "Cluster: Fetching '{subject}' from peer {peer} failed: \n{error}";
    /// A table of servers is written.
    Info Writing { table: Word } = "Cluster: Writing {table} table";
    /// Rows follow on standard error.
    Info Dumping { table: Word } = "Dumping fetched '{table}'";
    /// What came becomes what runs.
    Info Loading { subject: Subject, peer: Address } = "Cluster: Loading to runtime {subject} from peer {peer}";
    /// And is saved.
    Info Saving { subject: Subject, peer: Address } = "Cluster: Saving to disk {subject} from peer {peer}";
    /// And is not saved.
    Info NotSaving { subject: Subject, peer: Address } = "Cluster: NOT saving to disk {subject} from peer {peer}";
    /// Servers are not saved. (Nothing failed.)
    Info ServersNotSaved { peer: Address } = "Cluster: Not saving to disk MySQL Servers from peer {peer} failed.";

    // Settings and loads.
    /// A module syncs again: all peers are asked for their rows.
    Info Reenabled { setting: ModuleKind } =
        "Re-enabled previously disabled 'admin-cluster_{setting}_diffs_before_sync'. Resetting global checksums to force Cluster re-sync.";
    /// Another part of the servers syncs: all peers are asked for their rows.
    Info AlgorithmChanged {} =
        "'cluster_mysql_servers_sync_algorithm' updated. Resetting global checksums to force Cluster re-sync.";
    /// LOAD or SAVE, as it was typed.
    Info CommandReceived { command: Text } = "Received {command} command";
    /// A module was loaded.
    Info LoadComputed { load: LoadWords, checksum: Sum, epoch: u64 } =
        "Computed checksum for 'LOAD {load} TO RUNTIME' was '{checksum}', with epoch '{epoch}'";
    /// Servers were loaded.
    Info ServersComputed { module: ModuleKind, checksum: Sum } =
        "New computed global checksum for '{module}' is '{checksum}'";
    /// The hash of one table.
    Info TableChecksum { table: Word, checksum: Word } = "Checksum for table {table} is {checksum}";
    /// A chained row is left out.
    Error Incompatible { table: Word, hostgroups: Text } =
        "Incompatible entry in {table} will be ignored : ( {hostgroups} )";
}
