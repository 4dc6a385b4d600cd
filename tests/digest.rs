//! Laws of digests: any bytes, any options, any buffer.

#![allow(clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::prelude::*;
use proxysql_kit::config::Config;
use proxysql_kit::digest::{DigestHash, Digester, Options, digest};

fn text(query: &str, options: &Options) -> String {
    String::from_utf8(digest(query.as_bytes(), options).text().to_vec()).unwrap()
}

fn options() -> impl Strategy<Value = Options> {
    let limits = (any::<i32>(), any::<i32>()).prop_map(|(values, groups)| (values % 300, groups % 300));
    let limits = prop_oneof![Just((3, 10)), Just((1, 1)), limits];
    let most = prop_oneof![Just(65_000), 0_usize..80];
    (most, limits, any::<[bool; 4]>()).prop_map(|(most, (values, groups), yes)| {
        Options::new()
            .max_query_length(most)
            .grouping_limit(values)
            .groups_grouping_limit(groups)
            .lowercase(yes[0])
            .replace_null(yes[1])
            .no_digits(yes[2])
            .keep_comment(yes[3])
    })
}

/// Bytes of which a digest makes something.
fn query() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        prop::sample::select(vec![
            "SELECT ",
            "a",
            "t1.c2",
            "NULL",
            " ",
            "\n",
            "'x'",
            "\"y''\"",
            "'",
            "\\",
            "12",
            "1.5e+3",
            "0x1F",
            "12a",
            "+",
            "-",
            "*",
            "/",
            "=",
            ",",
            ", ",
            "(",
            ")",
            "(?,?,?,...),",
            "(1,2,3,4,5),",
            "...",
            "?",
            ";",
            "/*",
            "*/",
            "/*! b */",
            "# c\n",
            "-- d\n",
            "--",
            "\0",
            "é",
        ])
        .prop_map(|token| token.as_bytes().to_vec()),
        vec(any::<u8>(), 0..3),
    ];
    vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_used_buffer_gives_the_same(query in query(), other in query(), options in options()) {
        let fresh = digest(&query, &options);
        let mut digester = Digester::new(&options);
        digester.digest(&other);
        prop_assert_eq!(digester.digest(&query).to_owned(), fresh.clone());
        prop_assert!(!fresh.text().contains(&0));
        prop_assert_eq!(fresh.hash(), DigestHash::of(fresh.text(), 2048));
    }

    /// Commands without literals are looked out for, and come to what the whole way gives: with `replace_null` it is
    /// taken always, and says the same where there is no NULL.
    #[test]
    fn commands_take_a_short_cut(query in "[A-MO-Za-mo-z ;]{0,36}", lowercase: bool, keep: bool, most in 0_usize..40) {
        let short = Options::new().lowercase(lowercase).keep_comment(keep).max_query_length(most);
        let whole = short.replace_null(true);
        prop_assert_eq!(digest(query.as_bytes(), &short), digest(query.as_bytes(), &whole));
    }

    /// Values do not show.
    #[test]
    fn queries_of_a_kind_have_one_digest(number in 0_u32.., word in "[a-z #/*-]*", more in vec(0_u32.., 5..20)) {
        let list = more.iter().map(u32::to_string).collect::<Vec<_>>().join(" , ");
        let query = format!("SELECT a  FROM t1\nWHERE b = {number} AND c='{word}' AND d IN ({list}) -- the end\n");
        prop_assert_eq!(text(&query, &Options::new()), "SELECT a FROM t1 WHERE b = ? AND c=? AND d IN (?,?,?,...)");
    }

    /// Where it should be: the digest of a statement without what the module's text names.
    #[test]
    fn a_digest_is_its_own_digest(
        parts in vec(
            prop::sample::select(vec![
                "a", "t1.c2", "`x`", "'y'", "12", "1.5e3", "(1,2,3)", "(1,2,3,4,5,6)", "(a, 'b')", ",", "=", "< 5",
                "/* c */", "f(7)", "* FROM", "IN (1,2,3,4,5)", "NULL",
            ]),
            1..40,
        ),
        replace_null: bool,
        lowercase: bool,
    ) {
        let options = Options::new().replace_null(replace_null).lowercase(lowercase);
        let once = digest(format!("SELECT {}", parts.join(" ")).as_bytes(), &options);
        let twice = digest(once.text(), &options);
        prop_assert_eq!(twice.text(), once.text());
    }
}

/// Groups without a comma between them: cutting them makes the text longer.
#[test]
fn a_text_that_grows_has_an_end() {
    for groups in [11, 12, 30, 500] {
        let query = "(?,...)".repeat(groups);
        let options = Options::new().grouping_limit(1);
        let found = digest(query.as_bytes(), &options);
        assert!(found.text().len() <= query.len() + 256, "{groups}");
        let _ = digest(query.as_bytes(), &options.groups_grouping_limit(127).max_query_length(900));
    }
}

/// Where a digest is not its own digest, as the documents of the module have it.
#[test]
fn a_digest_may_have_another_digest() {
    for (query, once, twice) in [
        ("SELECT a + (b)", "SELECT a  (b)", "SELECT a (b)"),
        ("SELECT 12a;", "SELECT 12a", "SELECT ?"),
        ("SELECT --", "SELECT -", "SELECT"),
    ] {
        assert_eq!((text(query, &Options::new()), text(once, &Options::new())), (once.into(), twice.into()));
    }
    let no_digits = Options::new().no_digits(true);
    assert_eq!(text("SELECT a * 0b1", &no_digits), "SELECT a * ?b?");
    assert_eq!(text("SELECT a * ?b?", &no_digits), "SELECT a *?b?");
}

#[test]
fn options_are_a_configurations() {
    let mut config = Config::default();
    assert_eq!(Options::from(&config), Options::default());
    config.mysql.query_digests_lowercase = true;
    config.mysql.query_digests_no_digits = true;
    config.mysql.query_digests_grouping_limit = 1;
    config.mysql.query_digests_groups_grouping_limit = 2;
    config.mysql.query_digests_max_query_length = 100;
    config.mysql.query_digests_max_digest_length = 16;
    let options = Options::from(&config);
    let found = digest(b"INSERT INTO T1 VALUES (1,2,3),(1,2,3),(1,2,3),(1,2,3)", &options);
    assert_eq!(found.text(), b"insert into t? values (?,...),(?,...),...");
    assert_eq!(found.hash(), DigestHash::of(b"insert into t? v", 2048));
}

#[test]
fn limits_have_one_signed_byte() {
    let query = "INSERT INTO t VALUES (1,2,3,4,5,6)";
    let with = |limit| text(query, &Options::new().grouping_limit(limit));
    assert_eq!(with(256), "INSERT INTO t VALUES (?,?,?,?,?,?)");
    assert_eq!(with(259), with(3));
    assert_eq!(with(200), "INSERT INTO t VALUES ()");
}

/// What a digest holds of memory that `ProxySQL` has not written.
#[test]
fn what_is_undefined_there_is_fixed_here() {
    let glued = digest(b"SELECT a# comment\n  FROM b", &Options::new());
    assert_eq!(glued.text(), b"SELECT a FROM b");
    // Written by the query itself: the second digit.
    let remains = digest(b"SELECT 15# comment\n FROM b", &Options::new());
    assert_eq!(remains.text(), b"SELECT ?5FROM b");
    let open = digest(b"SELECT 1 /* a comment", &Options::new());
    assert_eq!((open.text(), open.first_comment()), (&b"SELECT ?"[..], Some(&b" a comment"[..])));
}

#[test]
fn hashes_are_shown_as_rules_have_them() {
    let hash = DigestHash::from(0xAB);
    assert_eq!((hash.to_string().as_str(), hash.value()), ("0x00000000000000AB", 0xAB));
    assert_eq!(format!("{hash:?}"), "DigestHash(0x00000000000000AB)");
}
