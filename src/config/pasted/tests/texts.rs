//! Texts to paste.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Any text at all.
pub(super) fn any_text() -> BoxedStrategy<String> {
    "\\PC{0,12}|[^\\x00]{0,8}|[ -~\\t\\r\\n\\x0b\\x0c]{0,24}".boxed()
}

/// Mostly quotes and signs.
pub(super) fn quotes() -> BoxedStrategy<String> {
    let piece = prop_oneof![
        6 => select(vec!["'", "\"", "''", "\"\"", "' ", " '"]).prop_map(str::to_owned),
        4 => "[a-z]{1,4}|[0-9]{1,3}| ",
        4 => "[-,()+*/%<>=!|&~.;:?@#$^`{}\\[\\]\\\\]",
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat()).boxed()
}

/// What looks like SQL behind a quote.
pub(super) fn sql() -> BoxedStrategy<String> {
    let words = vec![
        "AND",
        "OR",
        "NOT",
        "IS",
        "IN",
        "LIKE",
        "GLOB",
        "MATCH",
        "REGEXP",
        "BETWEEN",
        "ESCAPE",
        "ISNULL",
        "NOTNULL",
        "NULL",
        "COLLATE",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "CAST",
        "RAISE",
        "EXISTS",
        "DISTINCT",
        "FROM",
        "AS",
        "ALL",
        "UNION",
        "EXCEPT",
        "ON",
        "CONFLICT",
        "DO",
        "RETURNING",
        "SELECT",
        "VALUES",
        "WITH",
        "OVER",
        "FILTER",
        "WINDOW",
        "LEFT",
        "INDEXED",
        "CURRENT_TIME",
        "TRUE",
        "FALSE",
        "DEFAULT",
        "KEY",
        "nocase",
        "name",
        "is",
        "not",
        "table",
        "limit",
    ];
    let signs = vec![
        "(", ")", ",", "+", "-", "*", "/", "%", "<", "<=", "<>", "<<", ">", ">=", ">>", "=", "==", "!=", "!",
        "|", "||", "&", "~", ".", ";", "->", "->>", "--", "/*", "*/", "?", "?1", "?0", ":a", "@b", "$c",
        "#1", "#d", "$e(f)", "::", "[x]", "`y`", "`", "[",
    ];
    let values = vec![
        "1",
        "-1",
        "9223372036854775807",
        "9223372036854775808",
        "9223372036854775809",
        "0x10",
        "0xffffffffffffffff",
        "0x",
        "1.5",
        ".5",
        "1e3",
        "1e20",
        "1e",
        "1a",
        "x'41'",
        "x'4'",
        "x'zz'",
        "'s'",
        "\"d\"",
        "''",
        "'it''s'",
        "' 12 '",
        "'-0x1'",
        "'1e2'",
        "'1.0'",
        "007",
        "1e999",
    ];
    let piece = prop_oneof![
        3 => select(words).prop_map(|word| format!(" {word} ")),
        4 => select(signs).prop_map(str::to_owned),
        4 => select(values).prop_map(|value| format!(" {value} ")),
        1 => select(vec!["'", "\""]).prop_map(str::to_owned),
        1 => "[\\PC]{1}",
    ];
    let opening = select(vec!["", "'", "\"", "',", "\",", "'+", "a' ", "b\" "]);
    let ending = select(vec!["", "'", "\"", ",'", ",\"", "+'", "--", ");", "/*", ");--"]);
    (opening, prop::collection::vec(piece, 0..12), ending)
        .prop_map(|(open, pieces, end)| open.to_owned() + &pieces.concat() + end)
        .boxed()
}

/// An expression, mostly well-formed, behind a quote.
pub(super) fn expressions() -> BoxedStrategy<String> {
    type Pieces = Vec<String>;
    fn words(text: &str) -> Pieces {
        text.split(' ').map(str::to_owned).collect()
    }
    let operand = select(vec![
        "'s'",
        "\"d\"",
        "1",
        "-1",
        "- 2.5",
        "NULL",
        "TRUE",
        "name",
        "[a]",
        "a.b",
        "\"a\".'b'",
        "?",
        "CURRENT_DATE",
        "9223372036854775808",
        "- 9223372036854775808",
        "+ 'x'",
        "f ( )",
        "count ( * )",
        "EXISTS ( SELECT 1 )",
        "( VALUES ( 1 ) )",
    ])
    .prop_map(words);
    let infix = select(vec![
        "+",
        "-",
        "*",
        "||",
        "=",
        "<",
        "AND",
        "OR",
        "IS",
        "IS NOT",
        "IS DISTINCT FROM",
        "IS NOT DISTINCT FROM",
        "LIKE",
        "NOT LIKE",
        "GLOB",
        "->",
        "|",
        "<>",
        "MATCH",
        "NOT MATCH",
    ]);
    let templates = vec![
        "NOT # ",
        "~ # ",
        "- # ",
        "( # )",
        "( # , # )",
        "# ISNULL",
        "# NOT NULL",
        "# NOTNULL",
        "# COLLATE nocase",
        "# BETWEEN # AND #",
        "# NOT BETWEEN # AND #",
        "# IN ( )",
        "# IN ( # , # )",
        "# NOT IN ( # )",
        "# IN t",
        "# IN t . u ( # )",
        "# LIKE # ESCAPE #",
        "f ( # , # )",
        "f ( DISTINCT # )",
        "CASE WHEN # THEN # END",
        "CASE # WHEN # THEN # ELSE # END",
        "CAST ( # AS INT )",
        "# IS NOT NULL",
        "# = # ",
        "# + # * #",
        "# OR # AND #",
    ];
    let tree = operand.prop_recursive(4, 24, 4, move |inner| {
        let filled = (select(templates.clone()), prop::collection::vec(inner.clone(), 4)).prop_map(
            |(template, mut inner)| {
                template
                    .split_whitespace()
                    .flat_map(
                        |piece| if piece == "#" { inner.pop().unwrap() } else { vec![piece.to_owned()] },
                    )
                    .collect::<Pieces>()
            },
        );
        let between = (inner.clone(), infix.clone(), inner)
            .prop_map(|(left, infix, right)| [left, words(infix), right].concat());
        prop_oneof![2 => filled, 1 => between]
    });
    let opening = select(vec!["', ", "\", ", "a' + ", "a\" || ", "a' , ( "]);
    let ending = select(vec![", '", ", \"", " + '", " || \"", ") ; ", " , '' , ( '", ") -- "]);
    (opening, changed(tree.boxed()), ending)
        .prop_map(|(opening, pieces, ending)| opening.to_owned() + &pieces.join(" ") + ending)
        .boxed()
}

/// The same with one piece gone, twice, or elsewhere; or not.
fn changed(pieces: BoxedStrategy<Vec<String>>) -> impl Strategy<Value = Vec<String>> {
    let change = prop_oneof![
        3 => Just(None),
        2 => (any::<Index>(), any::<Index>(), 0..3).prop_map(Some),
    ];
    (pieces, change).prop_map(|(mut pieces, change)| {
        if let Some((one, other, kind)) = change {
            let (one, other) = (one.index(pieces.len()), other.index(pieces.len()));
            match kind {
                0 => drop(pieces.remove(one)),
                1 => pieces.swap(one, other),
                _ => pieces.insert(one, pieces[other].clone()),
            }
        }
        pieces
    })
}

/// A value as people write it, with one quote too many.
pub(super) fn ordinary() -> BoxedStrategy<String> {
    (
        "[a-zA-Z0-9_ .,:;/()!#$%^&*+=@-]{0,16}",
        select(vec!["'", "\""]),
        "[a-zA-Z0-9_ .,:;/()!#$%^&*+=@-]{0,16}",
    )
        .prop_map(|(before, quote, behind)| before + quote + &behind)
        .boxed()
}
