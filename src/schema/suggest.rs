//! "Did you mean": the known name that is nearest to an unknown one.

/// The candidate that a word was probably meant to be: the nearest one, the first of several. `None`
/// where none is near.
///
/// Distance counts letters left out, put in, replaced, or changed with their neighbour; the case of
/// letters and `-` for `_` count nothing. A third of a candidate may be wrong, but not all of a short
/// one.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let plain_candidate = plain(candidate);
        let limit = (plain_candidate.len() / 3).min(best.map_or(usize::MAX, |(distance, _)| distance));
        // The lengths alone tell that most are too far, and a word of any length costs nothing.
        if word.len().abs_diff(plain_candidate.len()) > limit {
            continue;
        }
        let distance = distance(&word, &plain_candidate);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn plain(word: &str) -> Vec<u8> {
    word.bytes().map(|byte| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() }).collect()
}

/// Damerau-Levenshtein, each neighbouring pair swapped at most once.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![0; b.len() + 1];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_nearest_name() {
        let columns = ["match_pattern", "match_digest", "active", "apply", "port", "log"];
        let closest = |word| closest(word, columns);
        assert_eq!(closest("mathc_pattern"), Some("match_pattern"));
        assert_eq!(closest("matchdigest"), Some("match_digest"));
        assert_eq!(closest("MATCH-DIGEST"), Some("match_digest"));
        assert_eq!(closest("ative"), Some("active"));
        assert_eq!(closest("aplly"), Some("apply"));
        assert_eq!(closest("prot"), Some("port"));
        assert_eq!(closest("lag"), Some("log"));
        assert_eq!(closest("sort_of"), None);
        assert_eq!(closest("x"), None);
        assert_eq!(closest(""), None);
        assert_eq!(closest(&"port".repeat(1_000_000)), None);
    }

    #[test]
    fn the_first_of_equals_but_the_nearest_of_all() {
        assert_eq!(closest("arg6", ["arg1", "arg2"]), Some("arg1"));
        assert_eq!(closest("arg2", ["arg1", "arg2"]), Some("arg2"));
    }

    #[test]
    fn known_distances() {
        for (a, b, expected) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("kitten", "sitting", 3),
            ("ab", "ba", 1),
            ("abcd", "badc", 2),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn a_distance_is_the_same_both_ways(a in "[ab_]{0,8}", b in "[ab_]{0,8}") {
            prop_assert_eq!(distance(a.as_bytes(), b.as_bytes()), distance(b.as_bytes(), a.as_bytes()));
            prop_assert_eq!(distance(a.as_bytes(), b.as_bytes()) == 0, a == b);
        }
    }
}
