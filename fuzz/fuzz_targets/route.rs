//! Any rules, sessions and queries: no panic, an end, and by the index the same route as by a look at every rule,
//! which is what an explanation takes.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use proxysql_kit::config::Config;
use proxysql_kit::rules::{Engine, Session};
use proxysql_kit::schema::{MysqlFastRoute, MysqlQueryRule, Text};

/// What patterns and queries are made of.
const WORDS: [&str; 16] = [
    "SELECT ", "select", " FROM ", "UPDATE ", "t1", "t12", "users", "U", " WHERE id = 7", "FOR UPDATE", "\n", "\0",
    "/* hostgroup=3 */", "'x'", "ß", "ſ",
];
/// What stands between the words of a pattern.
const BETWEEN: [&str; 8] = ["", ".*", r"\s+", "|", "^", "$", "?", "(?!x)"];

#[derive(Arbitrary, Debug)]
struct Input {
    rules: Vec<Rule>,
    routes: Vec<(u8, u8, u8, u8)>,
    sessions: Vec<(u8, u8, u8, u8)>,
    queries: Vec<Vec<u8>>,
    raw_query: Vec<u8>,
    iterations: u8,
    re2: bool,
    digests: bool,
}

#[derive(Arbitrary, Debug)]
struct Rule {
    flags: (u8, Option<u8>, Option<u8>, Option<u8>),
    user: Option<u8>,
    schema: Option<u8>,
    port: Option<u8>,
    digest_of: Option<Vec<u8>>,
    match_digest: Option<Pattern>,
    match_pattern: Option<Pattern>,
    negate: bool,
    cased: bool,
    global: bool,
    replacement: Option<Vec<u8>>,
    hostgroup: Option<u8>,
    mirror: Option<u8>,
    error: bool,
    apply: bool,
}

#[derive(Arbitrary, Debug)]
enum Pattern {
    Words(Vec<(u8, u8)>),
    Raw(Vec<u8>),
}

fn pick<T: Copy>(all: &[T], number: u8) -> T {
    all[usize::from(number) % all.len()]
}

fn words(numbers: &[u8]) -> Vec<u8> {
    numbers.iter().take(24).map(|&number| pick(&WORDS, number)).collect::<String>().into_bytes()
}

fn name(number: u8) -> Text {
    pick(&["", "app", "web", "shop"], number).into()
}

impl Pattern {
    fn text(&self) -> Text {
        match self {
            Pattern::Words(words) => {
                let parts = words.iter().take(12).map(|&(between, word)| pick(&BETWEEN, between).to_owned() + pick(&WORDS, word));
                parts.collect::<String>().into()
            }
            Pattern::Raw(bytes) => bytes[..bytes.len().min(32)].into(),
        }
    }
}

impl Rule {
    fn row(&self, rule_id: i32, options: &proxysql_kit::digest::Options) -> MysqlQueryRule {
        let flag = |flag: u8| i32::from(flag % 4);
        let digest = |words_of: &Vec<u8>| {
            proxysql_kit::digest::digest(&words(words_of), options).hash().to_string().into()
        };
        let modifiers = [(!self.cased).then_some("CASELESS"), self.global.then_some("GLOBAL")];
        MysqlQueryRule {
            rule_id,
            active: true,
            flag_in: flag(self.flags.0),
            flag_out: self.flags.1.map(flag),
            next_query_flag_in: self.flags.2.map(flag),
            mirror_flag_out: self.flags.3.map(flag),
            username: self.user.map(name),
            schemaname: self.schema.map(name),
            proxy_port: self.port.map(|port| u16::from(port % 3)),
            digest: self.digest_of.as_ref().map(digest),
            match_digest: self.match_digest.as_ref().map(Pattern::text),
            match_pattern: self.match_pattern.as_ref().map(Pattern::text),
            negate_match_pattern: self.negate,
            re_modifiers: Some(modifiers.into_iter().flatten().collect::<Vec<_>>().join(",").into()),
            replace_pattern: self.replacement.as_ref().map(|words_of| words(words_of).into()),
            destination_hostgroup: self.hostgroup.map(i32::from),
            mirror_hostgroup: self.mirror.map(i32::from),
            error_msg: self.error.then(|| "no".into()),
            apply: self.apply,
            ..MysqlQueryRule::default()
        }
    }
}

fuzz_target!(|input: Input| {
    let mut config = Config::default();
    config.mysql.query_processor_iterations = i32::from(input.iterations % 8);
    config.mysql.query_processor_regex = if input.re2 { 2 } else { 1 };
    config.mysql.query_digests = input.digests;
    let options = proxysql_kit::digest::Options::from(&config);
    for (rule_id, rule) in (0..).zip(input.rules.iter().take(48)) {
        config.mysql_query_rules.push(rule.row(rule_id, &options));
    }
    for (row, &(user, schema, flag, hostgroup)) in input.routes.iter().take(4).enumerate() {
        config.mysql_query_rules_fast_routing.push(MysqlFastRoute {
            username: name(user),
            schemaname: name(schema),
            flag_in: i32::from(flag % 4),
            destination_hostgroup: i32::from(hostgroup),
            comment: row.to_string().into(),
        });
    }
    let engine = Engine::new(&config);
    let raw = &input.raw_query[..input.raw_query.len().min(200)];
    let queries = input.queries.iter().take(4).map(|numbers| words(numbers)).chain([raw.to_vec()]);
    for (index, query) in queries.enumerate() {
        let (user, schema, flag, port) = input.sessions.get(index).copied().unwrap_or_default();
        let session = Session::new(name(user))
            .schema(name(schema))
            .flag_in(i32::from(flag % 4))
            .proxy("", u16::from(port % 3));
        let route = engine.route(&session, &query);
        assert_eq!(route, engine.explain(&session, &query).route);
    }
});
