//! What serde makes of the types that are not its own: names and numbers as people write them.

use core::fmt;
use core::time::Duration;

use serde::de::{Error as _, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::session_options::SessionOptions;
use super::units::{Seconds, Threshold};
use crate::session::{Config, HeartBtIntAnswer, RejectTexts, Role, SilenceFrom, Version};
use crate::wire::{Precision, SeqNum, Tag};

/// Reads and writes a type by the names of its values.
macro_rules! by_name {
    ($type:ty, $expected:literal, $from:expr, $name:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = alloc::string::String::deserialize(deserializer)?;
                let from: fn(&str) -> Option<Self> = $from;
                from(&name)
                    .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&name), &$expected))
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let name: fn(Self) -> &'static str = $name;
                serializer.serialize_str(name(*self))
            }
        }
    };
}

by_name!(Version, "a version such as FIX.4.4 or FIX.5.0SP2", Self::from_name, Self::name);
by_name!(
    Role,
    "initiator or acceptor",
    |name| match name {
        "initiator" => Some(Self::Initiator),
        "acceptor" => Some(Self::Acceptor),
        _ => None,
    },
    |role| match role {
        Self::Initiator => "initiator",
        Self::Acceptor => "acceptor",
    }
);

by_name!(
    SilenceFrom,
    "test_request or last_receipt",
    |name| match name {
        "test_request" => Some(Self::TestRequest),
        "last_receipt" => Some(Self::LastReceipt),
        _ => None,
    },
    |from| match from {
        Self::TestRequest => "test_request",
        Self::LastReceipt => "last_receipt",
    }
);
by_name!(
    HeartBtIntAnswer,
    "refused, adopted or ignored",
    |name| match name {
        "refused" => Some(Self::Refused),
        "adopted" => Some(Self::Adopted),
        "ignored" => Some(Self::Ignored),
        _ => None,
    },
    |answer| match answer {
        Self::Refused => "refused",
        Self::Adopted => "adopted",
        Self::Ignored => "ignored",
    }
);
by_name!(
    RejectTexts,
    "detailed or standard",
    |name| match name {
        "detailed" => Some(Self::Detailed),
        "standard" => Some(Self::Standard),
        _ => None,
    },
    |texts| match texts {
        Self::Detailed => "detailed",
        Self::Standard => "standard",
    }
);

/// The options of [`SessionOptions`], checked by the builder.
impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SessionOptions::deserialize(deserializer)?.build().map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Precision {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = u8::deserialize(deserializer)?;
        Self::new(digits).ok_or_else(|| {
            D::Error::invalid_value(Unexpected::Unsigned(digits.into()), &"0 to 9 digits")
        })
    }
}

impl Serialize for Precision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.digits())
    }
}

impl<'de> Deserialize<'de> for SeqNum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        Self::new(number)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Unsigned(number), &"1 or more"))
    }
}

impl Serialize for SeqNum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.get())
    }
}

/// Tags are keys of tables, and those are text in most formats.
impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Tag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a tag such as 553")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Tag, E> {
                let number = text.parse().ok();
                number
                    .and_then(Tag::new)
                    .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Tag, E> {
                let tag = u32::try_from(number).ok().and_then(Tag::new);
                tag.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Tag, E> {
                let tag = u32::try_from(number).ok().and_then(Tag::new);
                tag.ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
            }
        }
        deserializer.deserialize_any(Number)
    }
}

impl Serialize for Tag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.get())
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds, 0 or more")
    }

    fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Seconds, E> {
        Ok(Seconds::new(seconds))
    }

    fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<Seconds, E> {
        let unsigned = u64::try_from(seconds);
        unsigned.map(Seconds::new).map_err(|_| E::invalid_value(Unexpected::Signed(seconds), &self))
    }

    fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<Seconds, E> {
        let duration = Duration::try_from_secs_f64(seconds);
        duration.map(Seconds).map_err(|_| E::invalid_value(Unexpected::Float(seconds), &self))
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecondsVisitor)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.subsec_nanos() == 0 {
            serializer.serialize_u64(self.0.as_secs())
        } else {
            serializer.serialize_f64(self.0.as_secs_f64())
        }
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OrOff;
        impl Visitor<'_> for OrOff {
            type Value = Threshold;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("seconds, or \"off\"")
            }

            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Threshold, E> {
                SecondsVisitor.visit_u64(seconds).map(Threshold::Within)
            }

            fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<Threshold, E> {
                SecondsVisitor.visit_i64(seconds).map(Threshold::Within)
            }

            fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<Threshold, E> {
                SecondsVisitor.visit_f64(seconds).map(Threshold::Within)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Threshold, E> {
                match text {
                    "off" => Ok(Threshold::Off),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(OrOff)
    }
}

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Within(seconds) => seconds.serialize(serializer),
            Self::Off => serializer.serialize_str("off"),
        }
    }
}
