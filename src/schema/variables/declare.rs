//! The macro behind the declarations of variables.

/// Declares the variables of a module: the struct that holds them and their description.
macro_rules! variables {
    (
        $(#[doc = $doc:literal])+
        $Struct:ident, $module:expr;
        $(
            $(#[doc = $variable_doc:literal])+
            $field:ident $(($name:literal))? : $type:ty = $spec:expr;
        )+
    ) => {
        $(#[doc = $doc])+
        ///
        /// A value says what the server makes of the text that it keeps. Where that text is not the
        /// usual one (`1` for `true`), it stands in [`spellings`](Self::spellings), and counts as long
        /// as it means the value.
        #[derive(Clone)]
        pub struct $Struct {
            $(
                $(#[doc = $variable_doc])+
                pub $field: $type,
            )+
            /// Texts that mean their variable's value, but are not the usual text for it.
            pub spellings: $crate::schema::variables::Spellings,
            /// Rows of the module in `global_variables` whose names are none of these, by name without
            /// prefix: what a server keeps of a name in another case, for example.
            pub others: Vec<($crate::schema::text::Text, $crate::schema::text::Text)>,
        }

        const _: () = {
            use std::borrow::Cow;

            use $crate::schema::variables::{
                Module, Spellings, VariableError, Variables, spec::VariableSpec, value::Value,
            };

            /// The variables by position.
            #[allow(non_camel_case_types)]
            #[derive(Clone, Copy)]
            enum At {
                $($field,)+
            }

            static SPECS: &[VariableSpec] = &[
                $(
                    $spec.named::<$type>(
                        $crate::schema::declare::column_name!($field $($name)?),
                        concat!($($variable_doc, "\n"),+),
                    ),
                )+
            ];

            impl $Struct {
                pub(crate) fn specs() -> &'static [VariableSpec] {
                    SPECS
                }

                /// The defaults of a version. What only other versions have is at its default there.
                pub fn of(version: $crate::schema::Version) -> Self {
                    $Struct {
                        $($field: $crate::schema::variables::default_of(&SPECS[At::$field as usize], version),)+
                        spellings: Spellings::default(),
                        others: Vec::new(),
                    }
                }
            }

            /// The defaults of 2.7.
            impl Default for $Struct {
                fn default() -> Self {
                    $Struct::of($crate::schema::Version::default())
                }
            }

            impl $crate::schema::sealed::Sealed for $Struct {}

            impl Variables for $Struct {
                fn module(&self) -> Module {
                    $module
                }

                fn text(&self, position: usize) -> Cow<'_, [u8]> {
                    $(
                        if position == At::$field as usize {
                            return self.spellings.of(position, &self.$field);
                        }
                    )+
                    Cow::Borrowed(b"")
                }

                fn set_text(&mut self, position: usize, text: &[u8]) -> Result<(), VariableError> {
                    $(
                        if position == At::$field as usize {
                            let value = <$type as Value>::from_text(text)
                                .ok_or_else(|| VariableError::Meaningless(SPECS[position].name))?;
                            self.spellings.note(position, &value, text);
                            self.$field = value;
                            return Ok(());
                        }
                    )+
                    Err(VariableError::Unknown)
                }

                fn is_usual(&self, position: usize) -> bool {
                    $(
                        if position == At::$field as usize {
                            return self.spellings.of(position, &self.$field) == self.$field.text();
                        }
                    )+
                    false
                }

                fn others(&self) -> &[($crate::schema::text::Text, $crate::schema::text::Text)] {
                    &self.others
                }

                fn others_mut(
                    &mut self,
                ) -> &mut Vec<($crate::schema::text::Text, $crate::schema::text::Text)> {
                    &mut self.others
                }
            }

            #[cfg(feature = "serde")]
            impl serde::Serialize for $Struct {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    $crate::schema::serde::serialize_variables(self, serializer)
                }
            }

            #[cfg(feature = "serde")]
            impl<'de> serde::Deserialize<'de> for $Struct {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    $crate::schema::serde::deserialize_variables(deserializer)
                }
            }

            /// Without secrets.
            impl std::fmt::Debug for $Struct {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.debug_struct(stringify!($Struct))
                        $(.field(stringify!($field), &self.$field))+
                        .field("spellings", &self.spellings)
                        .field("others", &$crate::schema::variables::ShownOthers(&self.others))
                        .finish()
                }
            }

            /// By the texts that a server would keep.
            impl PartialEq for $Struct {
                fn eq(&self, other: &Self) -> bool {
                    self.others == other.others
                        && (0..SPECS.len()).all(|position| self.text(position) == other.text(position))
                }
            }

            impl Eq for $Struct {}
        };
    };
}

pub(crate) use variables;
