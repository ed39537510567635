//! Closed sets: enums whose members have a text outside, such as the states of a job.
//!
//! `closed_set!` declares the enum once, each member with its text and its docs. The text is what JSON, queries,
//! settings and the command line hold; an unknown one is refused with all that are known. The OpenAPI document and
//! the help of the command line list the members with their docs.

use std::fmt::Display;
use std::str::FromStr;

/// An enum that `closed_set!` declared.
pub trait ClosedSet: Copy + Display + FromStr<Err = String> + Send + Sync + 'static {
    /// The docs of the set, on one line.
    const DOCS: &'static str;
    /// Its members, in the order of their declaration.
    const MEMBERS: &'static [Member];
}

/// A member of a closed set, as it is documented.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its text.
    pub text: &'static str,
    /// Its docs, on one line, with white space around them.
    pub docs: &'static str,
}

/// The error of a text that is no member: `must be one of a, b, c`.
pub fn must_be_one_of<T: ClosedSet>() -> String {
    let texts: Vec<_> = T::MEMBERS.iter().map(|member| member.text).collect();
    format!("must be one of {}", texts.join(", "))
}

/// Declares an enum with `ALL`, `as_str`, `Display`, `FromStr`, serde as text, and [`ClosedSet`]. The attribute
/// `#[default(Member)]` after its docs adds `Default`.
macro_rules! closed_set {
    (
        $(#[doc = $doc:literal])+
        $(#[default($default:ident)])?
        $vis:vis enum $name:ident {
            $($(#[doc = $member_doc:literal])+ $member:ident = $text:literal,)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        $vis enum $name {
            $($(#[doc = $member_doc])+ $member,)+
        }

        impl $name {
            /// All members, in the order of their declaration.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$member),+];

            /// The text of the member.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$member => $text,)+
                }
            }
        }

        $(impl Default for $name {
            fn default() -> Self {
                Self::$default
            }
        })?

        impl $crate::domain::ClosedSet for $name {
            const DOCS: &'static str = concat!($($doc),+);
            const MEMBERS: &'static [$crate::domain::Member] =
                &[$($crate::domain::Member { text: $text, docs: concat!($($member_doc),+) }),+];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$member),)+
                    _ => Err($crate::domain::must_be_one_of::<Self>()),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use closed_set;

#[cfg(test)]
mod tests {
    use super::*;

    closed_set! {
        /// Where a lamp
        /// stands.
        #[default(Off)]
        enum Lamp {
            /// It shines.
            On = "on",
            /// It does not.
            Off = "switched-off",
        }
    }

    #[test]
    fn a_member_reads_what_it_writes_and_another_text_is_refused_with_all_members() {
        for lamp in Lamp::ALL {
            assert_eq!(lamp.to_string().parse(), Ok(lamp));
            let json = serde_json::to_string(&lamp).unwrap();
            assert_eq!(json, format!("{:?}", lamp.as_str()));
            assert_eq!(serde_json::from_str::<Lamp>(&json).unwrap(), lamp);
        }
        assert_eq!("On".parse::<Lamp>().unwrap_err(), "must be one of on, switched-off");
        let error = serde_json::from_str::<Lamp>("\"dim\"").unwrap_err().to_string();
        assert!(error.starts_with("must be one of on, switched-off"), "{error}");
        assert_eq!(Lamp::default(), Lamp::Off);
    }

    #[test]
    fn a_set_and_its_members_know_their_docs() {
        assert_eq!(Lamp::DOCS.trim(), "Where a lamp stands.");
        let members: Vec<_> = Lamp::MEMBERS.iter().map(|member| (member.text, member.docs.trim())).collect();
        assert_eq!(members, [("on", "It shines."), ("switched-off", "It does not.")]);
    }
}
