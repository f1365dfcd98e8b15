/// Declares a [`Kind`](crate::store::Kind) together with the [`Stored`](crate::store::Stored) implementation of its type.
///
/// Each column has one line: its name, its type, and how a record gives its value. The places of the columns become
/// constants of a module, so that rules name them without looking them up. An index is of all rows, `of present` ones (its
/// first column is there), or of those `where` a column says yes; `with` names columns that it carries along.
#[macro_export]
macro_rules! record_kind {
    (
        $(#[$meta:meta])*
        $vis:vis static $kind:ident: $record:ty {
            name: $name:literal,
            schema: $schema:literal,
            mark: $mark:expr,
            growing: $growing:literal,
            id: $id:expr,
            facts: $facts:expr,
            relations: $relations:expr,
            columns $places:ident {
                $($column:ident: $ty:ident $(in $tree:literal)? $(of $codes:expr)? => $get:expr,)*
            }
            indexes { $(
                $index:ident: [$($indexed:ident),+] $(of $present:ident)? $(where $holds:ident)?
                    $(with [$($carried:ident),+])?,
            )* }
            $(texts { $($text:ident => $gives:expr,)+ })?
        }
    ) => {
        #[doc = concat!("The places of the columns of `", $name, "`.")]
        #[expect(non_upper_case_globals, reason = "columns are named as in tables and conditions")]
        pub(crate) mod $places {
            use $crate::condition::Slot;
            #[expect(non_camel_case_types, reason = "columns are named as in tables and conditions")]
            #[repr(u16)]
            enum Place { $($column,)* }
            $(
                #[doc = concat!("The column `", stringify!($column), "`.")]
                pub(crate) const $column: Slot = Slot(Place::$column as u16);
            )*
            // Rules name only some of them.
            const _: &[Slot] = &[$($column,)*];
        }

        $(#[$meta])*
        $vis static $kind: $crate::store::Kind = $crate::store::Kind {
            name: $name,
            schema: $schema,
            columns: &[$(
                $crate::store::Column::new(stringify!($column), $crate::condition::FieldType::$ty)
                    $(.in_tree($tree))?
                    $(.one_of($codes))?,
            )*],
            indexes: &[$(
                $crate::store::Index::new(stringify!($index), &[$($places::$indexed),+])
                    $(.$present())?
                    $(.holding($places::$holds))?
                    $(.carrying(&[$($places::$carried),+]))?,
            )*],
            texts: &[$($(stringify!($text)),+)?],
            relations: $relations,
            mark: $mark,
            growing: $growing,
            decode: |_, body| match ::serde_json::from_str::<$record>(body) {
                Ok(record) => Ok(::std::sync::Arc::new(record)),
                Err(source) => Err($crate::store::DecodeError { kind: $name, source }),
            },
            decode_event: |body, content| match $facts(body, content) {
                Ok(fact) => Ok(::std::sync::Arc::new(fact)),
                Err(source) => Err($crate::store::DecodeError { kind: $name, source }),
            },
        };

        impl $crate::store::Stored for $record {
            fn kind(&self) -> &'static $crate::store::Kind {
                &$kind
            }

            fn id(&self) -> ::uuid::Uuid {
                let id: fn(&$record) -> ::uuid::Uuid = $id;
                id(self)
            }

            fn value(&self, slot: $crate::condition::Slot) -> $crate::condition::ValueRef<'_> {
                const VALUES: &[fn(&$record) -> $crate::condition::ValueRef<'_>] = &[$($get,)*];
                VALUES.get(usize::from(slot.0)).map_or($crate::condition::ValueRef::Absent, |value| value(self))
            }

            $(fn text(&self, place: usize) -> Option<&str> {
                const TEXTS: &[fn(&$record) -> Option<&str>] = &[$($gives),+];
                TEXTS.get(place).and_then(|text| text(self))
            })?

            fn encode(&self) -> Result<String, ::serde_json::Error> {
                ::serde_json::to_string(self)
            }
        }
    };
}
