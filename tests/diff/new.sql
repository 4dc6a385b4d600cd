-- What the cluster should hold; kept by hand.
SET admin-admin_credentials = 'admin:hunter1';
SET mysql-max_connections = 4096;
SET mysql-server_version = '8.0.36';
UPDATE global_variables SET variable_value='hunter5' WHERE variable_name='mysql-monitor_password';

INSERT INTO mysql_servers (hostgroup_id, hostname, max_connections)
VALUES (10, 'db1', 200), (20, 'db3', 1000), (20, "db4", 1000);
UPDATE mysql_servers SET weight = 5 WHERE hostgroup_id = 20;
INSERT INTO mysql_replication_hostgroups (writer_hostgroup, reader_hostgroup) VALUES (10, 40), (30, 20);
INSERT INTO mysql_users (username, password) VALUES ('app', 'hunter6'), ('new', 'hunter7');
INSERT INTO mysql_query_rules (rule_id, active, match_pattern, destination_hostgroup, attributes)
VALUES (1, 1, '^SHOW' || ' VARIABLES LIKE ''y''', 20, '');

LOAD MYSQL SERVERS TO RUNTIME; LOAD MYSQL USERS TO RUNTIME;
SAVE MYSQL SERVERS TO DISK; SAVE MYSQL USERS TO DISK;
