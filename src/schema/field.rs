//! The Rust types of columns: from and to what SQLite holds.

use thiserror::Error;

use super::cell::Cell;
use super::choice::{AnyCase, Autocommit, Choice, FirewallMode, Multiplex, WriterIsAlsoReader};
use super::text::{Secret, Text};

/// What a column's Rust type allows; for JSON Schema and for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// 0 or 1.
    Bool,
    /// An integer.
    Int {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// Any text.
    Text,
    /// A text that must not be shown.
    Secret,
    /// One of a few numbers.
    Numbers(&'static [&'static str]),
    /// One of a few texts.
    OneOf {
        /// The texts.
        names: &'static [&'static str],
        /// Whether they are taken in any case.
        any_case: bool,
    },
}

/// Why a value is none of a column.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldError {
    /// NULL, where the column has none.
    #[error("it cannot be NULL")]
    Null,
    /// A text where a number is due, or the reverse.
    #[error("{needed} is needed, not {found}")]
    Type {
        /// What the column holds.
        needed: &'static str,
        /// What was found.
        found: &'static str,
    },
    /// A number outside of what the column's type holds.
    #[error("{value} is not between {min} and {max}")]
    Range {
        /// The number.
        value: i64,
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// There is no column at this position.
    #[error("there is no such column")]
    NoColumn,
    /// A text that is none of those allowed.
    #[error("`{value}` is none of {allowed}")]
    Choice {
        /// The text.
        value: String,
        /// The texts that are.
        allowed: String,
    },
}

/// A Rust type that a column can have.
pub(crate) trait Field: Sized + Default {
    const SHAPE: Shape;
    const NULLABLE: bool = false;

    fn cell(&self) -> Cell<'_>;
    fn from_cell(cell: Cell<'_>) -> Result<Self, FieldError>;
}

impl Field for Text {
    const SHAPE: Shape = Shape::Text;

    fn cell(&self) -> Cell<'_> {
        Cell::Text(self.as_bytes())
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, FieldError> {
        text(cell).map(Text::from)
    }
}

impl Field for Secret {
    const SHAPE: Shape = Shape::Secret;

    fn cell(&self) -> Cell<'_> {
        self.expose().cell()
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, FieldError> {
        text(cell).map(Secret::from)
    }
}

impl Field for bool {
    const SHAPE: Shape = Shape::Bool;

    fn cell(&self) -> Cell<'_> {
        Cell::Int((*self).into())
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, FieldError> {
        match int(cell)? {
            0 => Ok(false),
            1 => Ok(true),
            value => Err(FieldError::Range { value, min: 0, max: 1 }),
        }
    }
}

macro_rules! integer {
    ($int:ty) => {
        impl Field for $int {
            const SHAPE: Shape = Shape::Int { min: <$int>::MIN as i64, max: <$int>::MAX as i64 };

            fn cell(&self) -> Cell<'_> {
                Cell::Int(i64::from(*self))
            }

            fn from_cell(cell: Cell<'_>) -> Result<Self, FieldError> {
                let value = int(cell)?;
                <$int>::try_from(value).map_err(|_| FieldError::Range {
                    value,
                    min: <$int>::MIN.into(),
                    max: <$int>::MAX.into(),
                })
            }
        }
    };
}

integer!(i32);
integer!(u16);

impl<T: Field> Field for Option<T> {
    const SHAPE: Shape = T::SHAPE;
    const NULLABLE: bool = true;

    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Null, T::cell)
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, FieldError> {
        if cell == Cell::Null { Ok(None) } else { T::from_cell(cell).map(Some) }
    }
}

impl<C: Choice> Field for AnyCase<C> {
    const SHAPE: Shape = Shape::OneOf { names: C::NAMES, any_case: true };

    fn cell(&self) -> Cell<'_> {
        Cell::Text(self.as_bytes())
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, FieldError> {
        let text = text(cell)?;
        AnyCase::from_bytes(text).ok_or_else(|| not_allowed::<C>(text))
    }
}

impl Field for FirewallMode {
    const SHAPE: Shape = Shape::OneOf { names: FirewallMode::NAMES, any_case: false };

    fn cell(&self) -> Cell<'_> {
        Cell::Text(self.name().as_bytes())
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, FieldError> {
        let text = text(cell)?;
        let found = FirewallMode::ALL.iter().copied().find(|mode| mode.name().as_bytes() == text);
        found.ok_or_else(|| not_allowed::<FirewallMode>(text))
    }
}

macro_rules! number_choice {
    ($choice:ident: $($variant:ident = $number:literal),+) => {
        impl Field for $choice {
            const SHAPE: Shape = Shape::Numbers($choice::NAMES);

            fn cell(&self) -> Cell<'_> {
                Cell::Int(match self {
                    $($choice::$variant => $number,)+
                })
            }

            fn from_cell(cell: Cell<'_>) -> Result<Self, FieldError> {
                match int(cell)? {
                    $($number => Ok($choice::$variant),)+
                    other => Err(not_allowed::<$choice>(other.to_string().as_bytes())),
                }
            }
        }
    };
}

number_choice!(Multiplex: Disabled = 0, Enabled = 1, Unchanged = 2);
number_choice!(WriterIsAlsoReader: No = 0, Yes = 1, BackupWriters = 2);
number_choice!(Autocommit: Client = -1, Off = 0, On = 1);

fn text(cell: Cell<'_>) -> Result<&[u8], FieldError> {
    match cell {
        Cell::Text(text) => Ok(text),
        Cell::Null => Err(FieldError::Null),
        Cell::Int(_) | Cell::Real(_) => Err(FieldError::Type { needed: "a text", found: "a number" }),
    }
}

fn int(cell: Cell<'_>) -> Result<i64, FieldError> {
    match cell {
        Cell::Int(value) => Ok(value),
        Cell::Null => Err(FieldError::Null),
        Cell::Real(_) => Err(FieldError::Type { needed: "an integer", found: "a number with a fraction" }),
        Cell::Text(_) => Err(FieldError::Type { needed: "an integer", found: "a text" }),
    }
}

fn not_allowed<C: Choice>(text: &[u8]) -> FieldError {
    let value = String::from_utf8_lossy(text).into_owned();
    FieldError::Choice { value, allowed: C::NAMES.join(", ") }
}
