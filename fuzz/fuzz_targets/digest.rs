//! Any query and options: no panic; a used buffer gives the same; the text is never longer than its room.

#![no_main]

use libfuzzer_sys::fuzz_target;
use proxysql_kit::digest::{Digester, Options, digest};

fuzz_target!(|input: (&[u8], &[u8], [u8; 6])| {
    let (query, other, choice) = input;
    let yes = |bit: u8| choice[0] >> bit & 1 == 1;
    let options = Options::new()
        .max_query_length(if yes(0) { 65_000 } else { choice[1].into() })
        .max_digest_length(if yes(1) { 2048 } else { choice[2].into() })
        .lowercase(yes(2))
        .replace_null(yes(3))
        .no_digits(yes(4))
        .keep_comment(yes(5))
        .grouping_limit(if yes(6) { 3 } else { choice[3].into() })
        .groups_grouping_limit(if yes(7) { 10 } else { choice[4].into() });
    let fresh = digest(query, &options);
    let mut used = Digester::new(&options);
    used.digest(other);
    assert_eq!(used.digest(query).to_owned(), fresh);
    assert!(fresh.text().len() <= query.len() + 256 && !fresh.text().contains(&0));
    assert!(fresh.first_comment().is_none_or(|comment| comment.len() <= 1023));
});
