//! The macros behind the declarations: one for the rows of a table, one for the list of tables.

/// Declares a table: the struct of its rows and its description, from one list of columns.
macro_rules! table {
    (
        $(#[doc = $doc:literal])+
        $Row:ident, $spec:expr;
        $(
            $(#[doc = $column_doc:literal])+
            $field:ident $(($name:literal))? : $type:ty = $column:expr;
        )+
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $Row {
            $(
                $(#[doc = $column_doc])+
                pub $field: $type,
            )+
        }

        impl $Row {
            pub(crate) const SPEC: $crate::schema::spec::TableSpec = $spec.declared(
                concat!($($doc, "\n"),+),
                &[
                    $(
                        $column.named::<$type>(
                            $crate::schema::declare::column_name!($field $($name)?),
                            concat!($($column_doc, "\n"),+),
                        ),
                    )+
                ],
            );
        }

        const _: () = {
            use $crate::schema::{Cell, FieldError, Row, Table, TableRow, field::Field};

            /// The columns by position.
            #[allow(non_camel_case_types)]
            #[derive(Clone, Copy)]
            enum At {
                $($field,)+
            }

            impl $crate::schema::sealed::Sealed for $Row {}

            impl Row for $Row {
                fn table(&self) -> Table {
                    <Self as TableRow>::TABLE
                }

                fn cell(&self, position: usize) -> Cell<'_> {
                    $(
                        if position == At::$field as usize {
                            return self.$field.cell();
                        }
                    )+
                    Cell::Null
                }

                fn set(&mut self, position: usize, cell: Cell<'_>) -> Result<(), FieldError> {
                    $(
                        if position == At::$field as usize {
                            self.$field = Field::from_cell(cell)?;
                            return Ok(());
                        }
                    )+
                    Err(FieldError::NoColumn)
                }
            }

            #[cfg(feature = "serde")]
            impl serde::Serialize for $Row {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    $crate::schema::serde::serialize_row(self, serializer)
                }
            }

            #[cfg(feature = "serde")]
            impl<'de> serde::Deserialize<'de> for $Row {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    $crate::schema::serde::deserialize_row(deserializer)
                }
            }

            /// The defaults of the table; an empty text and 0 where it has none.
            impl Default for $Row {
                fn default() -> Self {
                    static DEFAULT: std::sync::LazyLock<$Row> = std::sync::LazyLock::new(|| $Row {
                        $(
                            $field: $crate::schema::table::default_of(&$Row::SPEC.columns[At::$field as usize]),
                        )+
                    });
                    DEFAULT.clone()
                }
            }
        };
    };
}

/// The name of a column: the field's, or another one.
macro_rules! column_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $name:literal) => {
        $name
    };
}

/// Lists the tables: declares their modules, the enum [`Table`](crate::schema::Table), and a macro that
/// hands the list to others.
macro_rules! tables {
    ($($Variant:ident: $module:ident::$Row:ident,)+) => {
        $(mod $module;)+
        $(pub use $module::$Row;)+

        /// A table of ProxySQL's configuration.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Table {
            $(
                #[doc = concat!("`", stringify!($module), "`: rows of [`", stringify!($Row), "`].")]
                $Variant,
            )+
        }

        impl Table {
            /// All tables of all versions: those of MySQL, those of ProxySQL itself, those of PostgreSQL.
            pub const ALL: &'static [Table] = &[$(Table::$Variant),+];

            pub(crate) fn spec(self) -> &'static $crate::schema::spec::TableSpec {
                match self {
                    $(Table::$Variant => &$Row::SPEC,)+
                }
            }
        }

        $(
            impl $crate::schema::TableRow for $Row {
                const TABLE: Table = Table::$Variant;
            }
        )+

        /// Calls a macro with the list of tables: `Variant: table_name::RowType`.
        macro_rules! for_each_table {
            ($callback:path) => {
                $callback! { $($Variant: $module::$Row,)+ }
            };
        }
        pub(crate) use for_each_table;
    };
}

pub(crate) use {column_name, table, tables};
