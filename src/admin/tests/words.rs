//! The queries of nodes and their answers, word for word as they were observed between real nodes of 2.7.1.

use super::bytes::{NUMBER, TEXT, ask, definition, logged_in, packet, take, welcoming};
use crate::admin::{AdminQuery, ClientEvent, Column};
use crate::cluster::{CheckQuery, ModuleKind, MonitorQuery, PullQuery, Settings};
use crate::schema::Version;

/// A query, who asks it, and the columns of its answer in words with blanks between.
struct Said {
    query: &'static str,
    from: Asked,
    columns: &'static str,
}

enum Asked {
    Check(CheckQuery),
    Pull(PullQuery),
}

use Asked::{Check, Pull};

const SERVERS: &str = "hostgroup_id hostname port gtid_port status weight compression max_connections max_replication_lag \
                       use_ssl max_latency_ms comment";
const VARIABLES: &str = "variable_name variable_value";
const GROUPS: &str = "writer_hostgroup backup_writer_hostgroup reader_hostgroup offline_hostgroup active max_writers \
                      writer_is_also_reader max_transactions_behind comment";

const SAID: [Said; 18] = [
    Said {
        query: "SELECT * FROM runtime_checksums_values ORDER BY name",
        from: Check(CheckQuery::ChecksumRows),
        columns: "name version epoch checksum",
    },
    Said {
        query: "SELECT * FROM stats_mysql_global ORDER BY Variable_Name",
        from: Check(CheckQuery::Status),
        columns: "Variable_Name Variable_Value",
    },
    Said {
        query: "PROXY_SELECT username, password, use_ssl, default_hostgroup, default_schema, schema_locked, transaction_persistent, fast_forward, backend, frontend, max_connections, attributes, comment FROM runtime_mysql_users",
        from: Pull(PullQuery::Users),
        columns: "username password use_ssl default_hostgroup default_schema schema_locked transaction_persistent \
                  fast_forward backend frontend max_connections attributes comment",
    },
    Said {
        query: "PROXY_SELECT rule_id, username, schemaname, flagIN, client_addr, proxy_addr, proxy_port, digest, match_digest, match_pattern, negate_match_pattern, re_modifiers, flagOUT, replace_pattern, destination_hostgroup, cache_ttl, cache_empty_result, cache_timeout, reconnect, timeout, retries, delay, next_query_flagIN, mirror_flagOUT, mirror_hostgroup, error_msg, ok_msg, sticky_conn, multiplex, gtid_from_hostgroup, log, apply, attributes, comment FROM runtime_mysql_query_rules ORDER BY rule_id",
        from: Pull(PullQuery::Rules),
        columns: "rule_id username schemaname flagIN client_addr proxy_addr proxy_port digest match_digest \
                  match_pattern negate_match_pattern re_modifiers flagOUT replace_pattern destination_hostgroup \
                  cache_ttl cache_empty_result cache_timeout reconnect timeout retries delay next_query_flagIN \
                  mirror_flagOUT mirror_hostgroup error_msg OK_msg sticky_conn multiplex gtid_from_hostgroup log \
                  apply attributes comment",
    },
    Said {
        query: "PROXY_SELECT username, schemaname, flagIN, destination_hostgroup, comment FROM runtime_mysql_query_rules_fast_routing ORDER BY username, schemaname, flagIN",
        from: Pull(PullQuery::FastRouting),
        columns: "username schemaname flagIN destination_hostgroup comment",
    },
    Said {
        query: "PROXY_SELECT hostgroup_id, hostname, port, gtid_port, status, weight, compression, max_connections, max_replication_lag, use_ssl, max_latency_ms, comment FROM mysql_servers_v2 WHERE status<>'OFFLINE_HARD' ORDER BY hostgroup_id, hostname, port",
        from: Pull(PullQuery::LoadedServers),
        columns: SERVERS,
    },
    Said {
        query: "PROXY_SELECT writer_hostgroup, reader_hostgroup, comment FROM runtime_mysql_replication_hostgroups ORDER BY writer_hostgroup",
        from: Pull(PullQuery::ReplicationHostgroups),
        columns: "writer_hostgroup reader_hostgroup check_type comment",
    },
    Said {
        query: "PROXY_SELECT writer_hostgroup, backup_writer_hostgroup, reader_hostgroup, offline_hostgroup, active, max_writers, writer_is_also_reader, max_transactions_behind, comment FROM runtime_mysql_group_replication_hostgroups ORDER BY writer_hostgroup",
        from: Pull(PullQuery::GroupReplicationHostgroups),
        columns: GROUPS,
    },
    Said {
        query: "PROXY_SELECT writer_hostgroup, backup_writer_hostgroup, reader_hostgroup, offline_hostgroup, active, max_writers, writer_is_also_reader, max_transactions_behind, comment FROM runtime_mysql_galera_hostgroups ORDER BY writer_hostgroup",
        from: Pull(PullQuery::GaleraHostgroups),
        columns: GROUPS,
    },
    Said {
        query: "PROXY_SELECT writer_hostgroup, reader_hostgroup, active, aurora_port, domain_name, max_lag_ms, check_interval_ms, check_timeout_ms, writer_is_also_reader, new_reader_weight, add_lag_ms, min_lag_ms, lag_num_checks, comment FROM runtime_mysql_aws_aurora_hostgroups ORDER BY writer_hostgroup",
        from: Pull(PullQuery::AuroraHostgroups),
        columns: "writer_hostgroup reader_hostgroup active aurora_port domain_name max_lag_ms check_interval_ms \
                  check_timeout_ms writer_is_also_reader new_reader_weight add_lag_ms min_lag_ms lag_num_checks comment",
    },
    Said {
        query: "PROXY_SELECT hostgroup_id, max_num_online_servers, autocommit, free_connections_pct, init_connect, multiplex, connection_warming, throttle_connections_per_sec, ignore_session_variables, hostgroup_settings, servers_defaults, comment FROM runtime_mysql_hostgroup_attributes ORDER BY hostgroup_id",
        from: Pull(PullQuery::HostgroupAttributes),
        columns: "hostgroup_id max_num_online_servers autocommit free_connections_pct init_connect multiplex \
                  connection_warming throttle_connections_per_sec ignore_session_variables hostgroup_settings \
                  servers_defaults comment",
    },
    Said {
        query: "PROXY_SELECT hostname, port, username, ssl_ca, ssl_cert, ssl_key, ssl_capath, ssl_crl, ssl_crlpath, ssl_cipher, tls_version, comment FROM runtime_mysql_servers_ssl_params ORDER BY hostname, port, username",
        from: Pull(PullQuery::ServersSslParams),
        columns: "hostname port username ssl_ca ssl_cert ssl_key ssl_capath ssl_crl ssl_crlpath ssl_cipher tls_version \
                  comment",
    },
    Said {
        query: "PROXY_SELECT hostgroup_id, hostname, port, gtid_port, status, weight, compression, max_connections, max_replication_lag, use_ssl, max_latency_ms, comment FROM runtime_mysql_servers WHERE status<>'OFFLINE_HARD' ORDER BY hostgroup_id, hostname, port",
        from: Pull(PullQuery::RunningServers),
        columns: SERVERS,
    },
    Said {
        query: "SELECT hostname, port, weight, comment FROM runtime_proxysql_servers ORDER BY hostname, port",
        from: Pull(PullQuery::ProxysqlServers),
        columns: "hostname port weight comment",
    },
    Said {
        query: "SELECT * FROM runtime_global_variables WHERE variable_name LIKE 'mysql-%' AND variable_name NOT IN ('mysql-threads') AND variable_name NOT IN ('mysql-interfaces') ORDER BY variable_name",
        from: Pull(PullQuery::MysqlVariables),
        columns: VARIABLES,
    },
    Said {
        query: "SELECT * FROM runtime_global_variables WHERE variable_name LIKE 'admin-%' AND variable_name NOT IN ('admin-mysql_ifaces','admin-restapi_port','admin-telnet_admin_ifaces','admin-telnet_stats_ifaces','admin-web_port') ORDER BY variable_name",
        from: Pull(PullQuery::AdminVariables),
        columns: VARIABLES,
    },
    // The same two with admin-cluster_sync_interfaces.
    Said {
        query: "SELECT * FROM runtime_global_variables WHERE variable_name LIKE 'mysql-%' AND variable_name NOT IN ('mysql-threads') ORDER BY variable_name",
        from: Pull(PullQuery::AllMysqlVariables),
        columns: VARIABLES,
    },
    Said {
        query: "SELECT * FROM runtime_global_variables WHERE variable_name LIKE 'admin-%' ORDER BY variable_name",
        from: Pull(PullQuery::AllAdminVariables),
        columns: VARIABLES,
    },
];

/// Each goes out as these bytes, is understood as what it is, and its answer comes back as these bytes.
#[test]
fn queries_and_answers_word_for_word() {
    for Said { query, from, columns } in &SAID {
        let columns: Vec<&str> = columns.split(' ').collect();
        let read = AdminQuery::read(query.as_bytes());
        match from {
            Check(check) => {
                assert_eq!(check.text(), *query);
                assert_eq!(read, AdminQuery::Sql);
            }
            Pull(pull) => {
                assert_eq!(
                    (pull.text(Version::V2_7), pull.columns(Version::V2_7)),
                    (*query, columns.clone())
                );
                let is_special = query.starts_with("PROXY_SELECT");
                assert_eq!(read, if is_special { AdminQuery::Pull(*pull) } else { AdminQuery::Sql });
            }
        }
        let mut client = logged_in();
        client.query(query).unwrap();
        let bytes = client.outgoing().to_vec();
        client.sent(bytes.len());
        assert_eq!(bytes, packet(0, &[b"\x03", query.as_bytes()].concat()));

        let mut server = welcoming();
        ask(&mut server, query);
        let definitions: Vec<Column> = columns.iter().map(|name| Column::text(*name)).collect();
        server.begin_rows(&definitions).unwrap();
        server.row(columns.iter().map(|_| None)).unwrap();
        server.end_rows().unwrap();
        let mut expected = packet(1, &[u8::try_from(columns.len()).unwrap()]);
        let mut number = 2;
        for name in &columns {
            expected.extend(packet(number, &definition(name, TEXT)));
            number += 1;
        }
        for payload in [&[0xfe, 0, 0, 2, 2][..], &vec![0xfb; columns.len()], &[0xfe, 0, 0, 2, 2]] {
            expected.extend(packet(number, payload));
            number += 1;
        }
        let answer = take(&mut server);
        assert_eq!(answer, expected, "{query}");
        client.receive(&answer);
        let Some(ClientEvent::Columns(read)) = client.next_event().unwrap() else { panic!() };
        assert_eq!(read, definitions);
    }
}

/// What a monitor says first, and every so often.
#[test]
fn the_monitor_introduces_itself() {
    let mut settings = Settings::new(Version::V2_7);
    settings.uuid = "0a1b2c3d-1111-4222-8333-444455556666".into();
    settings.interfaces = "127.0.0.1:6032".into();
    let uuid = "PROXYSQL CLUSTER_NODE_UUID 0a1b2c3d-1111-4222-8333-444455556666 127.0.0.1:6032";
    assert_eq!(MonitorQuery::Uuid.text(&settings), uuid);
    let read = AdminQuery::read(uuid.as_bytes());
    let AdminQuery::ClusterNodeUuid { uuid, interfaces } = read else { panic!() };
    assert_eq!((uuid, interfaces), (settings.uuid.to_string(), "127.0.0.1:6032".to_owned()));

    assert_eq!(MonitorQuery::Version.text(&settings), "SELECT @@version");
    assert_eq!(AdminQuery::read(b"SELECT @@version"), AdminQuery::Version);
    let mut server = welcoming();
    ask(&mut server, "SELECT @@version");
    server.begin_rows(&[Column::text("@@version")]).unwrap();
    server.row([Some(&b"2.7.1-0-g2726c27"[..])]).unwrap();
    server.end_rows().unwrap();
    let expected = [
        packet(1, &[1]),
        packet(2, &definition("@@version", TEXT)),
        packet(3, &[0xfe, 0, 0, 2, 2]),
        packet(4, b"\x102.7.1-0-g2726c27"),
        packet(5, &[0xfe, 0, 0, 2, 2]),
    ];
    assert_eq!(take(&mut server), expected.concat());

    let checksum = CheckQuery::GlobalChecksum.text();
    assert_eq!(checksum, "SELECT GLOBAL_CHECKSUM()");
    assert_eq!(AdminQuery::read(checksum.as_bytes()), AdminQuery::GlobalChecksum);
    assert_eq!(Column::number("CHECKSUM").charset, u16::from(NUMBER[0]));
}

/// The queries of a pull come in this order.
#[test]
fn the_order_of_a_pull() {
    let settings = Settings::new(Version::V2_7);
    let of = |module| PullQuery::of(module, &settings);
    assert_eq!(of(ModuleKind::MysqlQueryRules), [PullQuery::Rules, PullQuery::FastRouting]);
    let servers: Vec<&str> =
        of(ModuleKind::MysqlServersV2).iter().map(|query| query.text(Version::V2_7)).collect();
    let observed = SAID.iter().map(|said| said.query).skip(5).take(servers.len());
    assert_eq!(servers, observed.collect::<Vec<_>>());
    assert!(servers.len() >= 7);
}
