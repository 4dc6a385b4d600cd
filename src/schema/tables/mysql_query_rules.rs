//! `mysql_query_rules`, and what its PostgreSQL twin shares with it.

use crate::schema::choice::Multiplex;
use crate::schema::declare::table;
use crate::schema::spec::{
    Form, double, double_or_null, int, int_or_null, section, single_or_null, sql, table,
};
use crate::schema::text::Text;
use crate::schema::version::Version::{V2_0, V2_7};

/// Declares the table for MySQL or PostgreSQL, which differ in the columns that are handed in.
macro_rules! query_rules_table {
    (
        $(#[doc = $doc:literal])+
        $Row:ident, $table:literal, since $since:ident, schema { $($schema:tt)* }, gtid_from_hostgroup { $($gtid_from_hostgroup:tt)* }
    ) => {
        table! {
            $(#[doc = $doc])+
            $Row, table($table, &["rule_id"])
                .since($since)
                .section(
                    section(
                        $table,
                        &[
                            "rule_id", "active", "username", "schemaname", "database", "flagIN",
                            "client_addr", "proxy_addr", "proxy_port", "digest", "match_digest",
                            "match_pattern", "negate_match_pattern", "re_modifiers", "flagOUT",
                            "replace_pattern", "destination_hostgroup", "cache_ttl",
                            "cache_empty_result", "cache_timeout", "reconnect", "timeout", "retries",
                            "delay", "next_query_flagIN", "mirror_flagOUT", "mirror_hostgroup",
                            "error_msg", "OK_msg", "sticky_conn", "multiplex", "gtid_from_hostgroup",
                            "log", "apply", "attributes", "comment",
                        ],
                    )
                        .spelled("OK_msg", "ok_msg"),
                )
                .saved();

            /// Number of the rule; rules are tried in ascending order.
            rule_id: i32 = sql("INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL")
                .key(int(0).mandatory("rule_id"));

            /// 1 loads the rule, 0 leaves it out.
            active: bool = sql("INT CHECK (active IN (0,1)) NOT NULL DEFAULT 0").key(int(1));

            /// Matches queries of this user, in exact case; NULL or empty matches any.
            username: Option<Text> = sql("VARCHAR").key(double_or_null());

            $($schema)*

            /// Matches queries whose flag has this value; a query starts with 0 and `flagOUT` changes it.
            flag_in("flagIN"): i32 = sql("INT CHECK (flagIN >= 0) NOT NULL DEFAULT 0")
                .key(int(0).or_null());

            /// Matches clients at this address, where a % at the end stands for anything; NULL or empty
            /// matches any.
            client_addr: Option<Text> = sql("VARCHAR").key(double_or_null());

            /// Matches queries that came in at this local address; NULL or empty matches any.
            proxy_addr: Option<Text> = sql("VARCHAR").key(double_or_null());

            /// Matches queries that came in at this local port; NULL matches any.
            proxy_port: Option<u16> = sql("INT CHECK (proxy_port >= 0 AND proxy_port <= 65535)")
                .key(int_or_null());

            /// Matches queries with this digest, written as 0x and hex digits; NULL matches any.
            digest: Option<Text> = sql("VARCHAR").key(double_or_null());

            /// Regular expression that the digest text must match; NULL matches any.
            match_digest: Option<Text> = sql("VARCHAR").key(double_or_null());

            /// Regular expression that the query text must match; NULL matches any.
            match_pattern: Option<Text> = sql("VARCHAR").key(double_or_null());

            /// 1 turns `match_digest` and `match_pattern` around, so that the rule matches what they do
            /// not; the other criteria stay as they are.
            negate_match_pattern: bool = sql(
                "INT CHECK (negate_match_pattern IN (0,1)) NOT NULL DEFAULT 0",
            )
                .key(int(0).zero_one());

            /// Options of both regular expressions, with commas between: CASELESS ignores case, GLOBAL
            /// replaces every match. NULL for none.
            re_modifiers: Option<Text> = sql("VARCHAR DEFAULT 'CASELESS'").key(double("CASELESS"));

            /// Flag the query gets on a match, for rules with that `flagIN`; NULL leaves the flag.
            flag_out("flagOUT"): Option<i32> = sql("INT CHECK (flagOUT >= 0)").key(int_or_null());

            /// Text that replaces what `match_pattern` matched, with \0 to \9 for its groups; NULL leaves
            /// the query.
            replace_pattern: Option<Text> = sql(
                "VARCHAR CHECK(CASE WHEN replace_pattern IS NULL THEN 1 WHEN replace_pattern IS NOT \
                     NULL AND match_pattern IS NOT NULL THEN 1 ELSE 0 END)",
            )
                .key(double_or_null());

            /// Hostgroup the query is sent to; NULL leaves what was set before, at first the user's
            /// default.
            destination_hostgroup: Option<i32> = sql("INT DEFAULT NULL").key(int_or_null());

            /// How long the result set stays in the query cache, in milliseconds; NULL does not cache
            /// it.
            cache_ttl: Option<i32> = sql("INT CHECK(cache_ttl > 0)").key(int_or_null());

            /// Whether empty result sets are cached. In 2.7.1, 0 keeps every result of the rule out of
            /// the cache; 1 and NULL cache all.
            cache_empty_result: Option<bool> = sql(
                "INT CHECK (cache_empty_result IN (0,1)) DEFAULT NULL",
            )
                .key(int_or_null());

            /// Stored, but without effect in 2.7.1; a wait in milliseconds. NULL for none.
            cache_timeout: Option<i32> = sql("INT CHECK(cache_timeout >= 0)").key(int_or_null());

            /// Stored, but without effect in 2.7.1. NULL for none.
            reconnect: Option<bool> = sql("INT CHECK (reconnect IN (0,1)) DEFAULT NULL")
                .key(int_or_null());

            /// Run time in milliseconds after which the query is killed; NULL or 0 uses the variable
            /// `default_query_timeout`.
            timeout: Option<i32> = sql("INT UNSIGNED CHECK (timeout >= 0)").key(int_or_null());

            /// How many times the query is run again when it fails on a lost connection; NULL uses the
            /// variable `query_retries_on_failure`.
            retries: Option<i32> = sql("INT CHECK (retries>=0 AND retries <=1000)").key(int_or_null());

            /// Delay in milliseconds before the query is run; NULL uses the variable
            /// `default_query_delay`.
            delay: Option<i32> = sql("INT UNSIGNED CHECK (delay >=0)").key(int_or_null());

            /// Flag with which the session's next queries start, until another rule sets one; NULL
            /// leaves it.
            next_query_flag_in("next_query_flagIN"): Option<i32> = sql("INT UNSIGNED")
                .key(int_or_null());

            /// Flag from which a mirrored copy of the query is taken through the rules; NULL leaves it
            /// unset.
            mirror_flag_out("mirror_flagOUT"): Option<i32> = sql("INT UNSIGNED").key(int_or_null());

            /// Hostgroup that gets a mirrored copy of the query; NULL leaves it unset.
            mirror_hostgroup: Option<i32> = sql("INT UNSIGNED").key(int_or_null());

            /// Error message the client gets in place of an answer, and the query is not run; NULL for
            /// none.
            error_msg: Option<Text> = sql("VARCHAR").key(double_or_null());

            /// Text of the OK the client gets in place of an answer, and the query is not run; it wins
            /// over `error_msg`. NULL for none.
            ok_msg("OK_msg"): Option<Text> = sql("VARCHAR").key(double_or_null());

            /// Stored, but without effect in 2.7.1. NULL for none.
            sticky_conn: Option<bool> = sql("INT CHECK (sticky_conn IN (0,1))").key(int_or_null());

            /// 0 pins the connection to the session, 1 takes that back, 2 does not pin it for variables
            /// in this query; NULL changes nothing.
            multiplex: Option<Multiplex> = sql("INT CHECK (multiplex IN (0,1,2))").key(int_or_null());

            $($gtid_from_hostgroup)*

            /// 1 writes the query to the query log, 0 does not; NULL uses the variable
            /// `eventslog_default_log`.
            log: Option<bool> = sql("INT CHECK (log IN (0,1))").key(int_or_null());

            /// 1 ends the walk over the rules on a match, 0 goes on with the next rule.
            apply: bool = sql("INT CHECK(apply IN (0,1)) NOT NULL DEFAULT 0").key(int(0).zero_one());

            /// JSON object with further settings; `flagOUTs` lists weighted flags of which one is picked
            /// at random. Empty for none.
            attributes: Text = sql(
                "VARCHAR CHECK (JSON_VALID(attributes) OR attributes = '') NOT NULL DEFAULT ''",
            )
                .since(V2_7)
                .key(single_or_null());

            /// Free text; ProxySQL does not use it.
            comment: Option<Text> = sql("VARCHAR").key(double_or_null().form_since_2_7(Form::Single));
        }
    };
}

pub(super) use query_rules_table;

query_rules_table! {
    /// A query rule: criteria that a query is compared with, and what happens when all of them hold.
    /// Active rules are tried in the order of `rule_id`.
    MysqlQueryRule, "mysql_query_rules", since V2_0,
    schema {
        /// Matches queries with this current schema, in exact case; NULL or empty matches any.
        schemaname: Option<Text> = sql("VARCHAR").key(double_or_null());
    },
    gtid_from_hostgroup {
        /// Hostgroup whose last GTID of the session the chosen server must have executed; NULL does not
        /// ask for one.
        gtid_from_hostgroup: Option<i32> = sql("INT UNSIGNED").key(int_or_null());
    }
}
