//! The words of SQL that mean something where values are listed.

use super::Sqlite;

/// What a word without quotes can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A name, or a word of the language that is one wherever values are listed.
    Name,
    /// A word that can stand nowhere among values.
    Reserved,
    All,
    And,
    As,
    Between,
    Case,
    Cast,
    Collate,
    Conflict,
    /// `CURRENT_DATE`, `CURRENT_TIME`, `CURRENT_TIMESTAMP`
    CurrentTime,
    Distinct,
    Do,
    Else,
    End,
    Escape,
    /// `EXCEPT`, `INTERSECT`
    Except,
    Exists,
    /// `FILTER`, `OVER`: names, unless behind the arguments of a function
    Filter,
    From,
    In,
    Is,
    /// `ISNULL`, `NOTNULL`
    IsNull,
    /// `INDEXED`, a name otherwise
    Indexed,
    /// `LEFT`, `NATURAL` and other words that say how tables are joined: names otherwise
    Join,
    /// `GLOB`, `LIKE`, `MATCH`, `REGEXP`
    Like,
    Not,
    Null,
    On,
    Or,
    Over,
    Raise,
    Returning,
    Select,
    Then,
    Union,
    Values,
    When,
    /// A name, unless `name AS` follows
    Window,
    With,
}

impl Word {
    /// Whether it can also be the name of something.
    pub(super) fn is_name(self) -> bool {
        self.is_plain_name() || matches!(self, Word::Indexed | Word::Join)
    }

    /// Whether it can also be a name where the words that say how tables are joined can not.
    pub(super) fn is_plain_name(self) -> bool {
        use Word::{Cast, Conflict, CurrentTime, Do, End, Filter, Like, Name, Over, Raise, Window, With};
        matches!(
            self,
            Name | Cast | Conflict | CurrentTime | Do | End | Filter | Like | Over | Raise | Window | With
        )
    }
}

/// The words with a meaning, in alphabetical order, in capitals.
const WORDS: &[(&str, Word)] = &[
    ("ADD", Word::Reserved),
    ("ALL", Word::All),
    ("ALTER", Word::Reserved),
    ("AND", Word::And),
    ("AS", Word::As),
    ("AUTOINCREMENT", Word::Reserved),
    ("BETWEEN", Word::Between),
    ("CASE", Word::Case),
    ("CAST", Word::Cast),
    ("CHECK", Word::Reserved),
    ("COLLATE", Word::Collate),
    ("COMMIT", Word::Reserved),
    ("CONFLICT", Word::Conflict),
    ("CONSTRAINT", Word::Reserved),
    ("CREATE", Word::Reserved),
    ("CROSS", Word::Join),
    ("CURRENT_DATE", Word::CurrentTime),
    ("CURRENT_TIME", Word::CurrentTime),
    ("CURRENT_TIMESTAMP", Word::CurrentTime),
    ("DEFAULT", Word::Reserved),
    ("DEFERRABLE", Word::Reserved),
    ("DELETE", Word::Reserved),
    ("DISTINCT", Word::Distinct),
    ("DO", Word::Do),
    ("DROP", Word::Reserved),
    ("ELSE", Word::Else),
    ("END", Word::End),
    ("ESCAPE", Word::Escape),
    ("EXCEPT", Word::Except),
    ("EXISTS", Word::Exists),
    ("FILTER", Word::Filter),
    ("FOREIGN", Word::Reserved),
    ("FROM", Word::From),
    ("FULL", Word::Join),
    ("GLOB", Word::Like),
    ("GROUP", Word::Reserved),
    ("HAVING", Word::Reserved),
    ("IN", Word::In),
    ("INDEX", Word::Reserved),
    ("INDEXED", Word::Indexed),
    ("INNER", Word::Join),
    ("INSERT", Word::Reserved),
    ("INTERSECT", Word::Except),
    ("INTO", Word::Reserved),
    ("IS", Word::Is),
    ("ISNULL", Word::IsNull),
    ("JOIN", Word::Reserved),
    ("LEFT", Word::Join),
    ("LIKE", Word::Like),
    ("LIMIT", Word::Reserved),
    ("MATCH", Word::Like),
    ("NATURAL", Word::Join),
    ("NOT", Word::Not),
    ("NOTHING", Word::Reserved),
    ("NOTNULL", Word::IsNull),
    ("NULL", Word::Null),
    ("ON", Word::On),
    ("OR", Word::Or),
    ("ORDER", Word::Reserved),
    ("OUTER", Word::Join),
    ("OVER", Word::Over),
    ("PRIMARY", Word::Reserved),
    ("RAISE", Word::Raise),
    ("REFERENCES", Word::Reserved),
    ("REGEXP", Word::Like),
    ("RETURNING", Word::Returning),
    ("RIGHT", Word::Join),
    ("SELECT", Word::Select),
    ("SET", Word::Reserved),
    ("TABLE", Word::Reserved),
    ("THEN", Word::Then),
    ("TO", Word::Reserved),
    ("TRANSACTION", Word::Reserved),
    ("UNION", Word::Union),
    ("UNIQUE", Word::Reserved),
    ("UPDATE", Word::Reserved),
    ("USING", Word::Reserved),
    ("VALUES", Word::Values),
    ("WHEN", Word::When),
    ("WHERE", Word::Reserved),
    ("WINDOW", Word::Window),
    ("WITH", Word::With),
];

/// What a word is, in any case.
pub(super) fn word(text: &[u8], sqlite: Sqlite) -> Word {
    let capitals = |byte: &u8| byte.to_ascii_uppercase();
    let found = WORDS.binary_search_by(|(word, _)| word.bytes().cmp(text.iter().map(capitals)));
    let word = found.map_or(Word::Name, |found| WORDS[found].1);
    match word {
        // They came with 3.24, 3.25 and 3.35.
        Word::Do | Word::Filter | Word::Over | Word::Returning | Word::Window if sqlite == Sqlite::V3_19 => {
            Word::Name
        }
        Word::Reserved if sqlite == Sqlite::V3_19 && text.eq_ignore_ascii_case(b"NOTHING") => Word::Name,
        word => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_in_order() {
        assert!(WORDS.is_sorted_by(|(a, _), (b, _)| a < b));
        assert!(
            WORDS
                .iter()
                .all(|(text, expected)| word(text.to_lowercase().as_bytes(), Sqlite::V3_43) == *expected)
        );
    }
}
