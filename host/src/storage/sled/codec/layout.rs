//! How values lie on disk: field by field in the order that is written here, and the variants of an enum by
//! numbers that are written here.
//!
//! Nothing of it follows from how a type is declared elsewhere, so that fields and variants of the domain may
//! be put in another order without a thought for the disk. A new field or variant does not compile until it
//! has its place.

use std::num::NonZeroU32;
use std::time::Duration;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::domain::{
    Cron, Currency, Digest, EventName, JobId, Json, LeaseToken, OperationId, OrderId, PluginName, Price,
    QueueName, TaskName, Timestamp, TraceParent, WorkerId, Zone,
};

/// A value that has a place on disk.
pub trait Layout: Sized {
    /// Writes it.
    fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError>;

    /// Reads what was written.
    fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError>;
}

/// Structs: their fields, in the order in which they are named here.
macro_rules! fields {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {$(
        impl Layout for $name {
            fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
                let $name { $($field),+ } = self;
                $(Layout::write($field, to)?;)+
                Ok(())
            }

            fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
                Ok($name { $($field: Layout::read(from)?),+ })
            }
        }
    )+};
}

/// Enums: a byte with the number of the variant, then its fields. A number is never given to another variant.
macro_rules! numbered {
    ($($name:ident {
        $($number:literal = $variant:ident $(($inner:ident))? $({ $($field:ident),+ })?),+ $(,)?
    })+) => {$(
        impl Layout for $name {
            fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
                match self {
                    $($name::$variant $(($inner))? $({ $($field),+ })? => {
                        u8::write(&$number, to)?;
                        $(Layout::write($inner, to)?;)?
                        $($(Layout::write($field, to)?;)+)?
                    })+
                }
                Ok(())
            }

            fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
                match u8::read(from)? {
                    $($number => Ok($name::$variant
                        $(({ let $inner = Layout::read(from)?; $inner }))?
                        $({ $($field: Layout::read(from)?),+ })?
                    ),)+
                    number => Err($crate::storage::sled::codec::layout::unknown(stringify!($name), number)),
                }
            }
        }
    )+};
}

pub(super) use {fields, numbered};

/// A number that this version knows no variant for.
pub(super) fn unknown(what: &str, number: u8) -> DecodeError {
    DecodeError::OtherString(format!("{what} has no number {number} that this version knows"))
}

/// What bincode writes as the format wants it: integers of more than a byte by their size, texts behind their
/// length.
macro_rules! as_bincode {
    ($($name:ty),+) => {$(
        impl Layout for $name {
            fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
                self.encode(to)
            }

            fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
                <$name as Decode<D::Context>>::decode(from)
            }
        }
    )+};
}

as_bincode!(bool, u8, u16, u32, u64, i8, NonZeroU32, Duration, String, [u8; 16], [u8; 32]);

/// Values that are another one on disk.
macro_rules! through {
    ($($name:ty: $stored:ty, $to:expr, $of:expr;)+) => {$(
        impl Layout for $name {
            fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
                let stored: &$stored = &$to(self);
                stored.write(to)
            }

            fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
                Ok($of(<$stored>::read(from)?))
            }
        }
    )+};
}

through! {
    Timestamp: u64, |time: &Timestamp| time.as_millis(), Timestamp::from_millis;
    JobId: [u8; 16], |id: &JobId| *id.as_bytes(), JobId::from_bytes;
    OperationId: [u8; 16], |id: &OperationId| *id.as_bytes(), OperationId::from_bytes;
    OrderId: [u8; 16], |id: &OrderId| *id.as_bytes(), OrderId::from_bytes;
    LeaseToken: [u8; 16], |token: &LeaseToken| *token.as_bytes(), LeaseToken::from_bytes;
    Digest: [u8; 32], |digest: &Digest| *digest.as_bytes(), Digest::from_bytes;
    WorkerId: String, ToString::to_string, WorkerId::new;
}

/// Values that are text on disk, and are read as strictly as at the border.
macro_rules! texts {
    ($($name:ty: $text:expr;)+) => {$(
        impl Layout for $name {
            fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
                <str as Encode>::encode(($text(self)).as_ref(), to)
            }

            fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
                let parsed = String::read(from)?.parse::<$name>();
                parsed.map_err(|error| DecodeError::OtherString(error.to_string()))
            }
        }
    )+};
}

texts! {
    TaskName: TaskName::as_str;
    QueueName: QueueName::as_str;
    PluginName: PluginName::as_str;
    EventName: EventName::as_str;
    Zone: Zone::as_str;
    TraceParent: TraceParent::as_str;
    Cron: ToString::to_string;
    Price: ToString::to_string;
    Currency: ToString::to_string;
}

impl Layout for Json {
    fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
        <str as Encode>::encode(self.as_str(), to)
    }

    fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
        String::read(from).map(Json::checked_before)
    }
}

impl<T: Layout> Layout for Option<T> {
    fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
        self.is_some().write(to)?;
        self.as_ref().map_or(Ok(()), |value| value.write(to))
    }

    fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
        if bool::read(from)? { T::read(from).map(Some) } else { Ok(None) }
    }
}

impl<T: Layout> Layout for Vec<T> {
    fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
        (self.len() as u64).write(to)?;
        self.iter().try_for_each(|value| value.write(to))
    }

    /// Makes no room before there is something to put into it: a damaged length may be anything.
    fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
        (0..u64::read(from)?).map(|_| T::read(from)).collect()
    }
}

impl<T: Layout> Layout for Box<T> {
    fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
        T::write(self, to)
    }

    fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
        T::read(from).map(Box::new)
    }
}

/// Lends a value to bincode.
pub(super) struct Lent<'a, T>(pub &'a T);

impl<T: Layout> Encode for Lent<'_, T> {
    fn encode<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
        self.0.write(to)
    }
}

/// Takes a value from bincode.
pub(super) struct Taken<T>(pub T);

impl<T: Layout, Context> Decode<Context> for Taken<T> {
    fn decode<D: Decoder<Context = Context>>(from: &mut D) -> Result<Self, DecodeError> {
        T::read(from).map(Taken)
    }
}
