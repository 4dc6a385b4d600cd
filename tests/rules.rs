//! Laws of the query rules' engine.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/reference_walk.rs"]
mod reference_walk;

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;
use proxysql_kit::config::Config;
use proxysql_kit::digest::{Options, digest};
use proxysql_kit::rules::{Engine, FastRoutingStep, Session, Step, Then, Verdict};
use proxysql_kit::schema::{MysqlFastRoute, MysqlQueryRule, MysqlUser, Text};
use reference_walk::{Outcome, Reference};

const USERS: [&str; 3] = ["app", "web", "o'hara"];
const SCHEMAS: [&str; 3] = ["shop", "Shop", ""];
const TABLES: [&str; 5] = ["t1", "t12", "users", "sessions", "große"];
const QUERIES: [&str; 13] = [
    "SELECT c FROM t1 WHERE id=1",
    "select * from users for update",
    "SELECT a FROM t12, t1 WHERE k IN (1,2,3,4,5,6)",
    "UPDATE sessions SET k=k+1",
    "INSERT INTO t1 VALUES (1,'x'),(2,'y')",
    "DELETE FROM große WHERE ſ='Ä'",
    "/* hostgroup=7 */ SELECT 1",
    "SELECT 2 /* mirror=4; query_timeout=3 */",
    "/* hostgroup=4294967295 */ SELECT c FROM users",
    "",
    "SELECT\n1\0 FROM users",
    "xxxx",
    "SELECT t1.a FROM \u{17f}eſſionſ, \u{212a}",
];

fn patterns() -> impl Strategy<Value = Text> {
    let tables = select(&TABLES[..]).prop_map(|table| format!("FROM {table}"));
    let fixed = select(
        &[
            "^SELECT",
            "^select .* from",
            "SELECT.*FOR UPDATE$",
            "t1",
            "t12?",
            r"\bt1\b",
            "(users|sessions)",
            "",
            ".*",
            "x*",
            "(a)|(b)",
            "[unclosed",
            "(?=SELECT)",
            r"(\w+) FROM (\w+)",
            r"^(?!SELECT)",
            "SESSIONS",
            "k",
            "s",
            "É|ä",
            "[0-9]+",
            "^UPDATE|^INSERT|^DELETE",
            r"\?",
            "^SELECT c FROM t1 WHERE id=",
            "from users$",
            "xx",
            r"(?i)Users",
            "(?-i)SELECT",
        ][..],
    );
    prop_oneof![2 => tables, 5 => fixed.prop_map(str::to_owned)].prop_map(Text::from)
}

fn digests() -> impl Strategy<Value = Text> {
    let of_query =
        select(&QUERIES[..]).prop_map(|query| digest(query.as_bytes(), &Options::new()).hash().to_string());
    prop_oneof![4 => of_query, 1 => Just("0x1".to_owned()), 1 => Just("zz".to_owned())].prop_map(Text::from)
}

fn names(names: &'static [&'static str]) -> impl Strategy<Value = Text> {
    select(names).prop_map(Text::from)
}

prop_compose! {
    fn criteria()(
        flag_in in prop_oneof![4 => Just(0), 1 => 1..4],
        username in weighted(0.2, names(&USERS)),
        schemaname in weighted(0.2, names(&SCHEMAS)),
        client_addr in weighted(0.15, names(&["10.0.0.%", "10.0.0.1", "%", "", "1%0"])),
        proxy_addr in weighted(0.1, names(&["10.9.9.9", "", "x"])),
        proxy_port in weighted(0.1, select(&[6033, 0, 1][..])),
        digest in weighted(0.15, digests()),
        match_digest in weighted(0.25, patterns()),
        match_pattern in weighted(0.5, patterns()),
        negate in prop::bool::weighted(0.15),
        modifiers in prop_oneof![5 => Just(Some("CASELESS")), 1 => Just(None), 2 => Just(Some("GLOBAL,CASELESS"))],
    ) -> MysqlQueryRule {
        MysqlQueryRule {
            active: true, flag_in, username, schemaname, client_addr, proxy_addr, proxy_port, digest, match_digest, match_pattern,
            negate_match_pattern: negate, re_modifiers: modifiers.map(Text::from), ..MysqlQueryRule::default()
        }
    }
}

prop_compose! {
    fn rule()(
        criteria in criteria(),
        flag_out in weighted(0.3, 0..4),
        replacement in weighted(0.2, names(&["", "x", r"\0\0", r"FROM t1 \1", r"bad \x", "SELECT", "a\\"])),
        hostgroup in weighted(0.7, -1..9),
        flags in (weighted(0.1, -1..4), weighted(0.15, -1..4), weighted(0.15, -1..9), weighted(0.2, 0..9)),
        messages in (weighted(0.08, names(&["", "no"])), weighted(0.05, names(&["", "fine"]))),
        attributes in prop_oneof![9 => Just(""), 1 => Just(r#"{"flagOUTs":[{"id":9,"weight":0},{"id":2,"weight":3},{"id":3,"weight":1}]}"#)],
        apply in prop::bool::weighted(0.3),
        active in prop::bool::weighted(0.95),
    ) -> MysqlQueryRule {
        MysqlQueryRule {
            active, flag_out, destination_hostgroup: hostgroup, next_query_flag_in: flags.0, mirror_flag_out: flags.1,
            mirror_hostgroup: flags.2, timeout: flags.3, error_msg: messages.0, ok_msg: messages.1, attributes: attributes.into(), apply,
            replace_pattern: replacement.filter(|_| criteria.match_pattern.is_some()),
            ..criteria
        }
    }
}

prop_compose! {
    fn config(most: usize)(
        rules in vec(rule(), 0..most),
        routes in vec((names(&["app", "web", ""]), names(&SCHEMAS), -1..4, 20..25), 0..4),
        iterations in prop_oneof![Just(0), Just(1), Just(5)],
        regex in 1..=2,
        digests in prop::bool::weighted(0.9),
    ) -> Config {
        let mut config = Config::default();
        for (index, rule) in rules.into_iter().enumerate() {
            let rule_id = i32::try_from(index).unwrap() * 3 - 4;
            config.mysql_query_rules.push(MysqlQueryRule { rule_id, ..rule });
        }
        for (username, schemaname, flag_in, destination_hostgroup) in routes {
            let known = config.mysql_query_rules_fast_routing.iter().any(|row| {
                (&row.username, &row.schemaname, row.flag_in) == (&username, &schemaname, flag_in)
            });
            if !known {
                let comment = Text::default();
                config.mysql_query_rules_fast_routing.push(MysqlFastRoute { username, schemaname, flag_in, destination_hostgroup, comment });
            }
        }
        config.mysql_users.push(MysqlUser { username: "app".into(), default_hostgroup: 90, ..MysqlUser::default() });
        config.mysql.query_processor_iterations = iterations;
        config.mysql.query_processor_regex = regex;
        config.mysql.query_digests = digests;
        config
    }
}

prop_compose! {
    fn session()(
        username in names(&USERS),
        schemaname in names(&SCHEMAS),
        client_addr in names(&["10.0.0.1", "10.0.0.17", "127.0.0.1"]),
        proxy_port in select(&[6033, 1, 0][..]),
        flag in prop_oneof![4 => Just(0), 1 => 1..4],
        default_hostgroup in of(91..93),
    ) -> Session {
        let session = Session::new(username).schema(schemaname).client_addr(client_addr).proxy("10.9.9.9", proxy_port);
        Session { default_hostgroup, ..session.flag_in(flag) }
    }
}

fn query() -> impl Strategy<Value = Vec<u8>> {
    let known = select(&QUERIES[..]).prop_map(|query| query.as_bytes().to_vec());
    prop_oneof![8 => known, 1 => vec(any::<u8>(), 0..40), 1 => vec(select(&QUERIES[..]), 0..3).prop_map(|all| all.concat().into_bytes())]
}

/// Words of which queries and patterns are made, so that literals of the index are there, or nearly.
const WORDS: [&str; 14] = [
    "orders",
    "orders_1",
    "orders_12",
    "rders",
    "items",
    "ITEMS",
    "item",
    "log",
    "logs",
    "a",
    "ab",
    "s",
    "k",
    "straße",
];

fn word() -> impl Strategy<Value = &'static str> {
    select(&WORDS[..])
}

/// Patterns that hold words.
fn patterns_of_words() -> impl Strategy<Value = Text> {
    let form = 0..16;
    (form, word(), word()).prop_map(|(form, one, two)| {
        Text::from(match form {
            0 => format!("FROM {one}"),
            1 => format!("^SELECT .* FROM {one}"),
            2 => format!("^SELECT .* FROM {one} .*{two}"),
            3 => format!("({one}|{two})"),
            4 => format!(r"FROM\s+{one}\b"),
            5 => format!("^(UPDATE|DELETE FROM) {one}"),
            6 => format!("{one}$"),
            7 => format!("(?-i){one}"),
            8 => format!("(?i){one}.+{two}"),
            9 => format!("^(?!.*{two}).*{one}"),
            10 => format!("({one})?{two}"),
            11 => format!(".*{one}.*"),
            12 => format!("[{one}]{two}"),
            13 => format!("(?m)^{one}"),
            14 => format!("({one}){{2}}|{two} "),
            _ => format!("^{one}"),
        })
    })
}

fn queries_of_words() -> impl Strategy<Value = Vec<u8>> {
    (0..8, word(), word(), word()).prop_map(|(form, one, two, three)| {
        let text = match form {
            0 => format!("SELECT {three} FROM {one} WHERE {two} = 1"),
            1 => format!("select * from {one} join {two} using ({three}) for update"),
            2 => format!("UPDATE {one} SET {two} = '{three}'"),
            3 => format!("DELETE FROM {one}"),
            4 => format!("{one}{two}{three}"),
            5 => format!("SELECT 1 FROM {one}\0 FROM {two}"),
            6 => format!("{one}\n{two}\n{three}"),
            _ => format!("/* {one} */ SELECT FROM  {two}"),
        };
        text.into_bytes()
    })
}

prop_compose! {
    /// Many rules, most of which the index finds by what they ask for.
    fn rules_of_words()(
        rules in vec((
            rule(),
            weighted(0.7, patterns_of_words()),
            weighted(0.2, patterns_of_words()),
            weighted(0.12, (word(), word()).prop_map(|(one, two)| format!("{one} {two} ")) ),
            weighted(0.15, queries_of_words()),
            prop::bool::weighted(0.05),
        ), 8..60),
        config in config(1),
    ) -> Config {
        let mut config = config;
        let options = Options::from(&config);
        config.mysql_query_rules = proxysql_kit::config::Rows::default();
        for (rule_id, (rule, match_pattern, match_digest, replace_pattern, digest_of, apply)) in (1..).zip(rules) {
            let of_query = |query: Vec<u8>| Text::from(digest(&query, &options).hash().to_string());
            config.mysql_query_rules.push(MysqlQueryRule {
                rule_id,
                replace_pattern: replace_pattern.filter(|_| match_pattern.is_some()).map(Text::from),
                match_pattern,
                match_digest,
                digest: digest_of.filter(|_| rule.digest.is_some()).map(of_query),
                apply,
                ..rule
            });
        }
        config
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn of_many_rules_none_is_missed(
        config in rules_of_words(),
        asked in vec((session(), queries_of_words()), 4..10),
    ) {
        let (engine, reference) = (Engine::new(&config), Reference::new(&config));
        for (session, query) in asked {
            let expected = reference.route(&session, &query);
            if !expected.is_endless {
                let route = engine.route(&session, &query);
                prop_assert_eq!(Outcome::of(&route, &session), expected, "{}", query.escape_ascii());
                prop_assert_eq!(engine.explain(&session, &query).route, route);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_engine_walks_as_one_would_by_hand(config in config(14), asked in vec((session(), query()), 1..6)) {
        let (engine, reference) = (Engine::new(&config), Reference::new(&config));
        for (session, query) in asked {
            let expected = reference.route(&session, &query);
            if !expected.is_endless {
                prop_assert_eq!(Outcome::of(&engine.route(&session, &query), &session), expected, "{:?}", query);
            }
        }
    }

    #[test]
    fn an_explanation_tells_what_happens(config in config(14), session in session(), query in query()) {
        let engine = Engine::new(&config);
        let explained = engine.explain(&session, &query);
        prop_assert_eq!(&explained.route, &engine.route(&session, &query));
        prop_assert_eq!(matched(&explained.steps), &explained.route.matched[..]);
        let mirrored = explained.route.mirror.as_ref().map_or(&[][..], |mirror| &mirror.matched);
        prop_assert_eq!(matched(&explained.mirror_steps), mirrored);
        prop_assert_eq!(explained.mirror_steps.is_empty(), explained.route.mirror.is_none());
        if !explained.to_string().contains("mirrored copy") {
            prop_assert_eq!(follow(&engine, &explained.steps), explained.steps.len());
        }
        let shown = explained.to_string();
        prop_assert!(shown.lines().all(|line| line.chars().count() < 1_000), "{}", shown);
        prop_assert!(serde_json::to_string(&explained).is_ok());
    }
}

/// The rules that matched by these steps.
fn matched(steps: &[Step]) -> Vec<i32> {
    let matched = steps.iter().filter_map(|step| match step {
        Step::Rule(step) if matches!(step.verdict, Verdict::Match(_)) => Some(step.rule_id),
        _ => None,
    });
    matched.collect()
}

/// How far the steps go through the rules as the steps themselves say that one goes.
fn follow(engine: &Engine, steps: &[Step]) -> usize {
    let rules: Vec<i32> = engine.rule_ids().collect();
    let mut at = 0;
    let mut ended = false;
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Rule(step) if !ended && rules.get(at) == Some(&step.rule_id) => {
                at += 1;
                if let Verdict::Match(step) = &step.verdict {
                    ended = step.then == Then::End;
                    at = if matches!(step.then, Then::Restart { .. }) { 0 } else { at };
                }
            }
            Step::FastRouting(FastRoutingStep::NotAsked { .. }) => return index + 1,
            Step::FastRouting(_) if !ended => return index + 1,
            _ => return index,
        }
    }
    steps.len()
}

/// The configuration of these rules.
fn of_rules(rules: impl IntoIterator<Item = MysqlQueryRule>) -> Config {
    let mut config = Config::default();
    for (rule_id, rule) in (1..).zip(rules) {
        config.mysql_query_rules.push(MysqlQueryRule { rule_id, active: true, ..rule });
    }
    config
}

#[test]
fn hostile_patterns_end_in_time() {
    let patterns = [r"^(a+)+$", r"(?:(\w+)\s*)+=\1", "(a|a)*b", r"(.*)(.*)(.*)(.*)(.*)x\1", "(?=(a+))a*b+c"];
    let rules =
        patterns.map(|pattern| MysqlQueryRule { match_pattern: Some(pattern.into()), ..Default::default() });
    let engine = Engine::new(&of_rules(rules));
    let begin = Instant::now();
    let query = [b"a".repeat(5_000), b"!".to_vec()].concat();
    let _ = engine.route(&Session::default(), &query);
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

/// Literals within literals, all of them at every place of a long text, and nothing that matches.
#[test]
fn many_literals_at_every_place_end_in_time() {
    let rules = (1..1_000).map(|length: usize| MysqlQueryRule {
        match_pattern: Some(format!("{}.*[b-z]!{length}", "a".repeat(1 + length % 60)).into()),
        negate_match_pattern: length.is_multiple_of(100),
        ..MysqlQueryRule::default()
    });
    let engine = Engine::new(&of_rules(rules));
    let query = b"a".repeat(50_000);
    let begin = Instant::now();
    assert_eq!(engine.route(&Session::default(), &query).matched.len(), 9);
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

#[test]
fn rewriting_does_not_fill_the_memory() {
    let double = MysqlQueryRule {
        match_pattern: Some("x".into()),
        re_modifiers: Some("GLOBAL".into()),
        replace_pattern: Some("x".repeat(10_000).into()),
        flag_out: Some(0),
        ..MysqlQueryRule::default()
    };
    let mut config = of_rules([double]);
    config.mysql.query_processor_iterations = 1_000;
    let engine = Engine::new(&config);
    let route = engine.route(&Session::default(), b"x");
    assert_eq!(route.matched.len(), 1_001);
    assert_eq!(route.query.len(), 10_000);
    let explained = engine.explain(&Session::default(), b"x");
    assert!(explained.to_string().contains("too long"), "{explained}");
}

#[test]
fn a_million_restarts_are_counted() {
    let again =
        MysqlQueryRule { flag_out: Some(0), match_pattern: Some("^SELECT .*1".into()), ..Default::default() };
    let others =
        (0..200).map(|_| MysqlQueryRule { match_pattern: Some("^(?!SELECT)".into()), ..Default::default() });
    let mut config = of_rules(others.chain([again]));
    config.mysql.query_processor_iterations = 1_000_000;
    let engine = Engine::new(&config);
    let begin = Instant::now();
    assert_eq!(engine.route(&Session::default(), b"SELECT 1").matched.len(), 1_000_001);
    let explained = engine.explain(&Session::default(), b"SELECT 1");
    assert_eq!(explained.steps.len(), 100_000);
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}
