-- What a server can hold, and files cannot.
UPDATE global_variables SET variable_value='admin:hunter2\"x' WHERE variable_name='admin-admin_credentials';
INSERT INTO mysql_users (username, password, backend, frontend) VALUES ('app', 'hunter2', 1, 0), ('app', 'hunter2', 0, 1);
INSERT INTO mysql_users (username, password, default_schema) VALUES ('null', NULL, '');
INSERT INTO mysql_replication_hostgroups VALUES (1, 2, 'read_only|innodb_read_only', '');
INSERT INTO mysql_query_rules_fast_routing VALUES ('app', 'shop', 0, 1, ''), ('app', 'blog', 0, 2, '');
INSERT INTO mysql_galera_hostgroups VALUES (11, 12, 13, 14, 0, 1, 0, 0, NULL);
INSERT INTO mysql_query_rules (rule_id, active, mirror_hostgroup, username, match_pattern) VALUES (1, 1, -5, '', '\bfoo');
INSERT INTO scheduler (id, interval_ms, filename, arg1) VALUES (1, 1000, '/opt/it''s.sh', '');
