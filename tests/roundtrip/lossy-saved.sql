UPDATE global_variables SET variable_value='' WHERE variable_name='mysql-init_connect';
INSERT INTO mysql_users (username, password) VALUES ('null', NULL);
INSERT INTO mysql_users (username, frontend) VALUES ('back', 0);
INSERT INTO mysql_query_rules_fast_routing VALUES ('app', 'shop', 0, 1, ''), ('app', 'blog', 0, 2, '');
INSERT INTO mysql_query_rules (rule_id, active, username, match_pattern) VALUES (1, 1, '', '\\d\xFF');
INSERT INTO scheduler (id, interval_ms, filename) VALUES (1, 1000, '/opt/it''s.sh');
