//! The data types of FIX, of every version together.

/// What the value of a field looks like (FIX.4.4 volume 1, "FIX Data Types"; later versions add).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Datatype {
    /// A whole number, a sign and leading zeros allowed.
    Int,
    /// The length of the data field that follows.
    Length,
    /// The number of entries of the group that follows.
    NumInGroup,
    /// A MsgSeqNum.
    SeqNum,
    /// The tag of a field.
    TagNum,
    /// 1 to 31.
    DayOfMonth,
    /// A decimal number.
    Float,
    /// A quantity.
    Qty,
    /// A price, which may be negative.
    Price,
    /// An offset of a price.
    PriceOffset,
    /// An amount, usually price times quantity.
    Amt,
    /// A percentage, .05 for 5%.
    Percentage,
    /// One character. In FIX.4.0 and 4.1 this is any text: sources say [`String`](Self::String).
    Char,
    /// `Y` or `N`.
    Boolean,
    /// Any text.
    String,
    /// Single characters, separated by spaces.
    MultipleCharValue,
    /// Words, separated by spaces.
    MultipleStringValue,
    /// An ISO 3166 code of two letters.
    Country,
    /// An ISO 4217 code of three letters.
    Currency,
    /// An ISO 10383 code.
    Exchange,
    /// An ISO 639-1 code.
    Language,
    /// `YYYYMM`, `YYYYMMDD` or `YYYYMMWW`.
    MonthYear,
    /// A date and a time in UTC.
    UtcTimestamp,
    /// A time in UTC.
    UtcTimeOnly,
    /// A date in UTC.
    UtcDateOnly,
    /// A date at the place of a market.
    LocalMktDate,
    /// A time at the place of a market.
    LocalMktTime,
    /// A time with its distance from UTC.
    TzTimeOnly,
    /// A date and a time with its distance from UTC.
    TzTimestamp,
    /// `D`, `M`, `W` or `Y` and a number.
    Tenor,
    /// Bytes, whose length stands in the field before.
    Data,
    /// XML, whose length stands in the field before.
    XmlData,
}
