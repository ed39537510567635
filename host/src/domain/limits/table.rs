//! The macro of the table of limits.

/// Makes of the rows [`Limits`](super::Limits), [`LimitsSpec`](super::LimitsSpec), and what goes from one to the other.
macro_rules! limits {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $type:ty, $title:literal { default: $default:expr, min: $min:expr, max: $max:expr }
    )+) => {
        /// The limits that a grant names; the others keep their defaults.
        #[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct LimitsSpec {
            $(
                $(#[doc = $doc])+
                #[serde(with = "quantity::optional", skip_serializing_if = "Option::is_none")]
                pub $name: Option<$type>,
            )+
        }

        /// All limits of an attempt.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl Limits {
            /// The limits of a grant that names none.
            pub const DEFAULT: Self = Self { $($name: $default),+ };
            /// The least that a grant may name.
            pub const MIN: Self = Self { $($name: $min),+ };
            /// The most that a grant may name.
            pub const MAX: Self = Self { $($name: $max),+ };
            /// The rows of the table.
            pub const TABLE: [Limit; [$($title),+].len()] = [$(Limit {
                name: stringify!($name),
                title: $title,
                docs: concat!($($doc),+),
                json: |limits| quantity::Quantity::to_json(limits.$name).into(),
                text: |limits| quantity::text(limits.$name),
            }),+];
        }

        impl LimitsSpec {
            /// The limits that a request names.
            pub fn read(reader: &mut impl LimitReader) -> Self {
                Self { $($name: quantity::Quantity::read(reader, stringify!($name))),+ }
            }

            /// Fills in the defaults.
            pub fn resolve(&self) -> Limits {
                Limits { $($name: self.$name.unwrap_or(Limits::DEFAULT.$name)),+ }
            }

            /// Those of these limits that are higher than others, or than their defaults.
            pub fn beyond(&self, others: &Self) -> Self {
                let others = others.resolve();
                Self { $($name: self.$name.filter(|limit| *limit > others.$name)),+ }
            }

            /// The name of every limit that is out of range, and the range.
            pub fn problems(&self) -> Vec<(&'static str, String)> {
                let problems = [$((
                    stringify!($name),
                    quantity::out_of_range(self.$name, Limits::MIN.$name, Limits::MAX.$name),
                )),+];
                problems.into_iter().filter_map(|(name, problem)| Some((name, problem?))).collect()
            }
        }
    };
}

pub(super) use limits;
