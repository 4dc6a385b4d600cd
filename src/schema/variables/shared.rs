//! Variables that `mysql_variables` and `pgsql_variables` share. Where a version is named, it is one of MySQL:
//! all of them are in 3.0 for PostgreSQL.

/// Declares the variables that the modules of both protocols have, beside their own.
macro_rules! thread_variables {
    ($($own:tt)*) => {
        variables! {
            $($own)*

            /// Name under which the client's LDAP user is added to each query as a comment; empty adds
            /// none.
            add_ldap_user_comment: Text = text_or_null("");

            /// Base name of the audit log files, relative to datadir unless absolute; empty turns the
            /// log off.
            auditlog_filename: Text = filename("");

            /// Size at which a new audit log file is begun, in bytes.
            auditlog_filesize: i32 = int("104857600", 1_048_576, 1_073_741_824).bytes();

            /// Number of candidate servers from which a query with `max_lag_ms` leaves out the Aurora
            /// writer; 0 never does.
            aurora_max_lag_ms_only_read_from_replicas: i32 = int("2", 0, 100).count().since(V2_7);

            /// Number of queries a connection stays with its session after an insert made an auto-
            /// increment id; 0 for none.
            auto_increment_delay_multiplex: i32 = int("5", 0, 1_000_000).count();

            /// Idle time that ends the hold of `auto_increment_delay_multiplex`, in milliseconds; 0 for
            /// no limit.
            auto_increment_delay_multiplex_timeout_ms: i32 = int("10000", 0, 3_600_000)
                .milliseconds()
                .since(V2_7);

            /// Whether a connection with autocommit off counts as being in a transaction.
            autocommit_false_is_transaction: bool = boolean("false");

            /// Whether a connection with autocommit off is reset instead of going back to the pool as
            /// it is.
            autocommit_false_not_reusable: bool = boolean("false");

            /// Whether queries are checked for SQL injection, closing the client's connection on a hit.
            automatic_detect_sqli: bool = boolean("false").since(V2_7);

            /// Pause before a lost binlog reader connection (GTID tracking) is tried again, in
            /// milliseconds.
            binlog_reader_connect_retry_msec: i32 = int("3000", 200, 120_000).milliseconds();

            /// Most client addresses whose failed connections are remembered; 0 turns this off.
            client_host_cache_size: i32 = int("0", 0, 1_048_576).count().since(V2_7);

            /// Failed connections after which a remembered client address is refused.
            client_host_error_counts: i32 = int("0", 0, 1_048_576).count().since(V2_7);

            /// Whether GTIDs seen from servers are tracked and passed to clients that support session
            /// tracking.
            client_session_track_gtid: bool = boolean("true").since(V2_7);

            /// Whether counts and times are collected for each kind of command.
            commands_stats: bool = boolean("true");

            /// Pause before another attempt to connect to a server, in milliseconds.
            connect_retries_delay: i32 = int("1", 0, 10_000).milliseconds();

            /// How many more times a failed connection to a server is tried.
            connect_retries_on_failure: i32 = int("10", 0, 1000).count();

            /// Time in which a client must finish logging in, in milliseconds.
            connect_timeout_client: i32 = int("10000", 500, 3_600_000).milliseconds().since(V2_7);

            /// Time allowed for one attempt to connect to a server, in milliseconds.
            connect_timeout_server: i32 = int("1000", 10, 120_000).milliseconds();

            /// Time in which a query must get a server connection, all attempts included, in
            /// milliseconds.
            connect_timeout_server_max: i32 = int("10000", 10, 3_600_000).milliseconds();

            /// Time a server connection stays with its session after a query before others may use it,
            /// in milliseconds.
            connection_delay_multiplex_ms: i32 = int("0", 0, 300_000).milliseconds();

            /// Age after which an idle server connection is closed, in milliseconds; 0 for no limit.
            connection_max_age_ms: i32 = int("0", 0, 86_400_000).milliseconds();

            /// Whether new server connections are opened until a server has `free_connections_pct` of its
            /// `max_connections`.
            connection_warming: bool = boolean("false").since(V2_7);

            /// Number of packets remembered for each connection, for debugging; 0 remembers none.
            data_packets_history_size: i32 = int("0", 0, 2_147_483_646).count().since(V2_7);

            /// Character set of sessions whose client does not choose one.
            default_charset: Text = charset("utf8").kind_in_2_0(Kind::CharsetNr);

            /// Collation of sessions whose client does not choose one; it must belong to
            /// `default_charset`.
            default_collation_connection: Text = collation("utf8_general_ci").since(V2_7);

            /// Ping time above which a server is passed over, where its `max_latency_ms` is 0, in
            /// milliseconds.
            default_max_latency_ms: i32 = int("1000", 0, 1_728_000_000).milliseconds();

            /// Delay added before each query for which no rule sets one, in milliseconds.
            default_query_delay: i32 = int("0", 0, 3_600_000).milliseconds();

            /// Run time after which a query is killed when no rule sets a timeout, in milliseconds.
            default_query_timeout: i32 = int("86400000", 1000, 1_728_000_000).milliseconds();

            /// Accepted, but has no effect; it was meant to say whether lost connections are reopened.
            default_reconnect: bool = boolean("true");

            /// Schema of clients that name none and whose user has no default of its own.
            default_schema: Text = nonempty("information_schema");

            /// Value of `session_track_gtids` that is set on server connections: OFF or `OWN_GTID`.
            default_session_track_gtids: TrackGtids = one_of("OFF", false).since(V2_7);

            /// Whether clients are offered a protocol without EOF packets (`CLIENT_DEPRECATE_EOF`).
            enable_client_deprecate_eof: bool = boolean("true").since(V2_7);

            /// Whether LOAD DATA LOCAL INFILE is let through to servers.
            enable_load_data_local_infile: bool = boolean("false").since(V2_7);

            /// Whether servers are asked for a protocol without EOF packets (`CLIENT_DEPRECATE_EOF`).
            enable_server_deprecate_eof: bool = boolean("true").since(V2_7);

            /// Whether a client's autocommit=0 is set on the server before plain SELECTs too.
            enforce_autocommit_on_reads: bool = boolean("false");

            /// Whether queries are logged when no rule decides: 1 for yes, 0 for no.
            eventslog_default_log: i32 = int("0", 0, 1).since(V2_7);

            /// Base name of the query log files, relative to datadir unless absolute; empty turns the
            /// log off.
            eventslog_filename: Text = filename("");

            /// Size at which a new query log file is begun, in bytes.
            eventslog_filesize: i32 = int("104857600", 1_048_576, 1_073_741_824).bytes();

            /// Format of the query log: 1 for binary, 2 for JSON lines.
            eventslog_format: i32 = int("1", 1, 2).since(V2_7);

            /// Whether the firewall whitelist tables decide which queries may run.
            firewall_whitelist_enabled: bool = boolean("false").since(V2_7);

            /// Error message a client gets for a query that the firewall blocks.
            firewall_whitelist_errormsg: Text = text_or_null("Firewall blocked this query").since(V2_7);

            /// Share of a server's `max_connections` that may be kept open but idle, in percent.
            free_connections_pct: i32 = int("10", 0, 100).percent();

            /// When a server lacks the client's collation: 0 ends the connection, 1 uses the default
            /// and warns, 2 is silent.
            handle_unknown_charset: i32 = int("1", 0, 3).since(V2_7);

            /// Whether a session keeps its connection after a query with warnings, so they can be read:
            /// 1 yes, 0 no.
            handle_warnings: i32 = int("1", 0, 1).since(V2_7);

            /// Whether clients may use protocol compression.
            have_compress: bool = boolean("true").capability(32);

            /// Whether clients may connect with TLS.
            have_ssl: bool = boolean("false").default_since_2_7("true").capability(2048);

            /// How much is logged when servers are loaded or moved: from 0 (little) to 3 (most).
            hostgroup_manager_verbose: i32 = int("1", 0, 2).range_since_2_7(0, 3);

            /// SQL statements run on each new server connection; empty runs none.
            init_connect: Text = text_or_null("");

            /// Addresses on which clients are served, as ADDRESS:PORT or socket paths separated by
            /// semicolons.
            interfaces: Text = interfaces("");

            /// Names of variables that may be read with SELECT @@NAME without pinning the connection,
            /// separated by commas.
            keep_multiplexing_variables: Text = nonempty("tx_isolation,version")
                .default_since_2_7("tx_isolation,transaction_isolation,version");

            /// Whether a query still running on a server is killed when its connection is given up.
            kill_backend_connection_when_disconnect: bool = boolean("true");

            /// Session variable that is set to the client's LDAP user on server connections; empty sets
            /// none.
            ldap_user_variable: Text = text_or_null("");

            /// Whether warnings raised by queries are fetched and written to the error log.
            log_mysql_warnings_enabled: bool = boolean("false").since(V2_7);

            /// Whether a client connection closed as unhealthy is logged.
            log_unhealthy_connections: bool = boolean("true").since(V2_7);

            /// Run time above which a query counts as slow in the statistics, in milliseconds.
            long_query_time: i32 = int("1000", 0, 1_728_000_000).milliseconds();

            /// Largest packet accepted from a client, in bytes.
            max_allowed_packet: i32 = int("4194304", 8192, 1_073_741_824)
                .default_since_2_7("67108864")
                .bytes();

            /// Most client connections open at the same time.
            max_connections: i32 = int("10000", 1, 1_000_000).count();

            /// Number of prepared statements remembered above which unused ones are dropped.
            max_stmts_cache: i32 = int("10000", 1024, 1_048_576).range_since_2_7(128, 1_048_576).count();

            /// Number of prepared statements above which a server connection is reset or closed instead
            /// of reused.
            max_stmts_per_connection: i32 = int("20", 1, 1024).count();

            /// Idle time after which a client with an open transaction is disconnected, in
            /// milliseconds.
            max_transaction_idle_time: i32 = int("14400000", 1000, 1_728_000_000)
                .milliseconds()
                .since(V2_7);

            /// Age of a transaction at which its client is disconnected, in milliseconds.
            max_transaction_time: i32 = int("14400000", 1000, 1_728_000_000).milliseconds();

            /// Number of candidate servers from which slower ones are passed over by ping time; 0 never
            /// does.
            min_num_servers_lantency_awareness: i32 = int("1000", 0, 10_000).count();

            /// Most mirrored queries run at the same time.
            mirror_max_concurrency: i32 = int("16", 1, 8192).count();

            /// Most mirrored queries waiting to run; further ones are dropped.
            mirror_max_queue_length: i32 = int("32000", 0, 1_048_576).count();

            /// How often the monitor tries to connect to each server, in milliseconds.
            monitor_connect_interval: i32 = int("120000", 100, 604_800_000).milliseconds();

            /// Time allowed for a connection check of the monitor, in milliseconds.
            monitor_connect_timeout: i32 = int("600", 100, 600_000).milliseconds();

            /// Whether the monitor checks servers.
            monitor_enabled: bool = boolean("true");

            /// How long the results of the monitor's checks are kept, in milliseconds.
            monitor_history: i32 = int("600000", 1000, 604_800_000)
                .default_since_2_7("7200000")
                .milliseconds();

            /// Password with which the monitor logs in to servers.
            monitor_password: Secret = text("monitor");

            /// How often the monitor pings each server, in milliseconds.
            monitor_ping_interval: i32 = int("8000", 100, 604_800_000).milliseconds();

            /// Number of failed pings in a row after which a server is shunned and its connections are
            /// closed.
            monitor_ping_max_failures: i32 = int("3", 1, 1_000_000).count();

            /// Time allowed for a ping of the monitor, in milliseconds.
            monitor_ping_timeout: i32 = int("1000", 100, 600_000).milliseconds();

            /// User with which the monitor logs in to servers.
            monitor_username: Text = nonempty("monitor");

            /// Whether sessions share server connections; false leaves each connection with its
            /// session.
            multiplexing: bool = boolean("true");

            /// Whether a SET that cannot be parsed is logged as its digest text, without literals.
            parse_failure_logs_digest: bool = boolean("false").since(V2_7);

            /// How often idle connections in the pool are pinged to keep them open, in milliseconds.
            ping_interval_server_msec: i32 = int("10000", 1000, 604_800_000).milliseconds();

            /// Time allowed for pinging an idle connection in the pool, in milliseconds.
            ping_timeout_server: i32 = int("200", 10, 600_000).milliseconds();

            /// Longest time a thread waits for network events before it goes round again, in
            /// milliseconds.
            poll_timeout: i32 = int("2000", 10, 20_000).milliseconds();

            /// Longest time a thread waits for network events while a query lacks a server connection,
            /// in milliseconds.
            poll_timeout_on_failure: i32 = int("100", 10, 20_000).milliseconds();

            /// Whether result sets that came with warnings are cached: 1 for yes, 0 for no.
            query_cache_handle_warnings: i32 = int("0", 0, 1).since(V2_7);

            /// Size of the query cache, in megabytes.
            query_cache_size_mb("query_cache_size_MB"): i32 = int("256", 0, 10_485_760).megabytes();

            /// Share of `cache_ttl` after which one query refreshes the entry, in percent; 0 and 100 turn
            /// this off.
            query_cache_soft_ttl_pct: i32 = int("0", 0, 100).percent().since(V2_7);

            /// Meant to say whether empty result sets are cached; without effect in 2.7.1.
            query_cache_stores_empty_result: bool = boolean("true");

            /// Whether query digests are computed and counted; `match_digest` rules and comment hints
            /// need them.
            query_digests: bool = boolean("true");

            /// Number of values in one list after which a digest text continues with `...`.
            query_digests_grouping_limit: i32 = int("3", 1, 2089).count().since(V2_7);

            /// Number of shortened value lists after which a digest text continues with `...`; 0 never
            /// shortens.
            query_digests_groups_grouping_limit: i32 = int("10", 0, 2089).count().since(V2_7);

            /// Whether comments stay in the digest text.
            query_digests_keep_comment: bool = boolean("false").since(V2_7);

            /// Whether the digest text is put in lower case.
            query_digests_lowercase: bool = boolean("false");

            /// Length at which digest texts are cut for the hash and the statistics, in bytes.
            query_digests_max_digest_length: i32 = int("2048", 16, 1_048_576).bytes();

            /// Room for the digest text of a query, which limits how much of it is read, in bytes.
            query_digests_max_query_length: i32 = int("65000", 16, 16_777_216)
                .range_since_2_7(16, 1_048_576)
                .bytes();

            /// Whether digits inside names are replaced by `?` in the digest text.
            query_digests_no_digits: bool = boolean("false").since(V2_7);

            /// Whether the statistics store each digest text once and share it between rows.
            query_digests_normalize_digest_text: bool = boolean("false");

            /// Whether NULL is replaced by `?` in the digest text, like a literal.
            query_digests_replace_null: bool = boolean("false").since(V2_7);

            /// Whether the digest statistics are kept apart by client address.
            query_digests_track_hostname: bool = boolean("false");

            /// How many times a rule with `flagOUT` may restart the walk at the first rule; 0 only goes
            /// on.
            query_processor_iterations: i32 = int("0", 0, 1_000_000).count();

            /// Regular expression engine of the query rules: 1 for PCRE, 2 for RE2.
            query_processor_regex: i32 = int("1", 1, 2);

            /// How many times a query is run again when it fails on a lost connection, unless its rule
            /// says otherwise.
            query_retries_on_failure: i32 = int("1", 0, 1000).count();

            /// Where fast routing rules are kept: 1 for a copy in each thread, 2 for one map shared by
            /// all threads.
            query_rules_fast_routing_algorithm: i32 = int("1", 1, 2).since(V2_7);

            /// Bit mask of protocol capabilities that are announced to clients.
            server_capabilities: u32 = uint32("569899", 11, 65_535)
                .range_since_2_7(11, 4_294_967_295)
                .kind_in_2_0(Kind::Int)
                .default_since_2_7("569867")
                .flags()
                .first_row_in_2_0("569867");

            /// Accepted, but has no effect; it was meant to say whether statistics of servers are
            /// collected.
            servers_stats: bool = boolean("true");

            /// Idle time after which a session moves to the idle threads, if those are on, in
            /// milliseconds.
            session_idle_ms: i32 = int("1000", 100, 3_600_000)
                .range_since_2_7(1, 3_600_000)
                .default_since_2_7("1")
                .milliseconds();

            /// Whether sessions in the idle threads appear in the process list.
            session_idle_show_processlist: bool = boolean("true");

            /// Whether a thread serves the sessions that have waited longest for a connection first.
            sessions_sort: bool = boolean("true");

            /// How SET statements are parsed: 1 for the old parser, 2 for the one of 2.6.0.
            set_parser_algorithm: i32 = int("2", 1, 2).since(V2_7);

            /// Whether a SET that is not understood locks its session to one hostgroup: 1 for yes, 0
            /// for no.
            set_query_lock_on_hostgroup: i32 = int("1", 0, 1).since(V2_7);

            /// JSON details of each session in the process list: 0 for none, 1 on one line, 2 indented.
            show_processlist_extended: i32 = int("0", 0, 2);

            /// Connection errors within one second after which a server is shunned.
            shun_on_failures: i32 = int("5", 0, 10_000_000).count();

            /// Time after which a shunned server is used again, in seconds; 0 leaves it shunned.
            shun_recovery_time_sec: i32 = int("10", 0, 31_536_000).seconds();

            /// File with the certificate authorities that TLS connections to servers trust; empty for
            /// none.
            ssl_p2s_ca: Text = text_or_null("");

            /// Directory with the certificate authorities that TLS connections to servers trust; empty
            /// for none.
            ssl_p2s_capath: Text = text_or_null("").since(V2_7);

            /// File with the client certificate shown to servers in TLS connections; empty for none.
            ssl_p2s_cert: Text = text_or_null("");

            /// Ciphers allowed in TLS connections to servers; empty for the library's choice.
            ssl_p2s_cipher: Text = text_or_null("");

            /// File with the revoked certificates that TLS connections to servers refuse; empty for
            /// none.
            ssl_p2s_crl: Text = text_or_null("").since(V2_7);

            /// Directory with the lists of revoked certificates that TLS connections to servers refuse;
            /// empty for none.
            ssl_p2s_crlpath: Text = text_or_null("").since(V2_7);

            /// File with the private key of the client certificate in TLS connections to servers; empty
            /// for none.
            ssl_p2s_key: Text = text_or_null("");

            /// Stack size of the threads that serve clients and server connections, in bytes.
            stacksize: i32 = int("1048576", 262_144, 4_194_304).bytes();

            /// Whether the CPU time spent on reading from servers is measured.
            stats_time_backend_query: bool = boolean("false");

            /// Whether the CPU time spent on query rules is measured.
            stats_time_query_processor: bool = boolean("false");

            /// Idle time before TCP keepalive probes start, in seconds; 0 for the system's default.
            tcp_keepalive_time: i32 = int("120", 0, 7200).seconds().since(V2_7);

            /// Number of threads that serve clients; it cannot change while they run.
            threads: i32 = int("4", 1, 255).count();

            /// Size of the largest query above which its connection is closed instead of pooled, in
            /// bytes.
            threshold_query_length: i32 = int("524288", 1024, 1_073_741_824).bytes();

            /// Size from which a result set is sent on while it is still being read, in bytes.
            threshold_resultset_size: i32 = int("4194304", 1024, 1_073_741_824).bytes();

            /// Most new connections opened in each second to one hostgroup.
            throttle_connections_per_sec_to_hostgroup: i32 = int("1000000", 1, 100_000_000).count();

            /// Most bytes sent in each second to one client; 0 for no limit.
            throttle_max_bytes_per_second_to_client: i32 = int("0", 0, 2_147_483_647).bytes();

            /// How many times faster than the client's limit a server may be read; 0 does not slow it
            /// down.
            throttle_ratio_server_to_client: i32 = int("0", 0, 100);

            /// How a server recovers: 0 in each hostgroup by itself, 1 in all hostgroups as soon as one
            /// recovers.
            unshun_algorithm: i32 = int("0", 0, 1).since(V2_7);

            /// Whether TCP keepalive is turned on for connections.
            use_tcp_keepalive: bool = boolean("true").since(V2_7);

            /// Whether a failed query is logged with its user, schema and digest.
            verbose_query_error: bool = boolean("false");

            /// Idle time after which a client without an open transaction is disconnected, in
            /// milliseconds.
            wait_timeout: i32 = int("28800000", 0, 1_728_000_000).milliseconds();
        }
    };
}

pub(super) use thread_variables;
