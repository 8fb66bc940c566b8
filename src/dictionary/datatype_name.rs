//! What the data types are called, in every version and by every source.

use super::Datatype;

/// Every type with its name in FIX 5.0SP2.
const NAMES: [(Datatype, &str); 32] = [
    (Datatype::Int, "int"),
    (Datatype::Length, "Length"),
    (Datatype::NumInGroup, "NumInGroup"),
    (Datatype::SeqNum, "SeqNum"),
    (Datatype::TagNum, "TagNum"),
    (Datatype::DayOfMonth, "DayOfMonth"),
    (Datatype::Float, "float"),
    (Datatype::Qty, "Qty"),
    (Datatype::Price, "Price"),
    (Datatype::PriceOffset, "PriceOffset"),
    (Datatype::Amt, "Amt"),
    (Datatype::Percentage, "Percentage"),
    (Datatype::Char, "char"),
    (Datatype::Boolean, "Boolean"),
    (Datatype::String, "String"),
    (Datatype::MultipleCharValue, "MultipleCharValue"),
    (Datatype::MultipleStringValue, "MultipleStringValue"),
    (Datatype::Country, "Country"),
    (Datatype::Currency, "Currency"),
    (Datatype::Exchange, "Exchange"),
    (Datatype::Language, "Language"),
    (Datatype::MonthYear, "MonthYear"),
    (Datatype::UtcTimestamp, "UTCTimestamp"),
    (Datatype::UtcTimeOnly, "UTCTimeOnly"),
    (Datatype::UtcDateOnly, "UTCDateOnly"),
    (Datatype::LocalMktDate, "LocalMktDate"),
    (Datatype::LocalMktTime, "LocalMktTime"),
    (Datatype::TzTimeOnly, "TZTimeOnly"),
    (Datatype::TzTimestamp, "TZTimestamp"),
    (Datatype::Tenor, "Tenor"),
    (Datatype::Data, "data"),
    (Datatype::XmlData, "XMLData"),
];

/// What older versions and other sources call the same.
const OTHER_NAMES: [(Datatype, &str); 8] = [
    // FIX.4.0 and 4.1.
    (Datatype::UtcTimestamp, "time"),
    (Datatype::LocalMktDate, "date"),
    // Up to FIX.4.3.
    (Datatype::UtcDateOnly, "UTCDate"),
    // Up to FIX.4.4.
    (Datatype::MultipleStringValue, "MultipleValueString"),
    // FIX Latest.
    (Datatype::LocalMktTime, "LocalMktTimeOnly"),
    (Datatype::String, "XID"),
    (Datatype::String, "XIDREF"),
    (Datatype::LocalMktDate, "LocalMktDateOnly"),
];

impl Datatype {
    /// What FIX 5.0SP2 calls it: `UTCTimestamp`.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(datatype, _)| *datatype == self).map_or("String", |(_, name)| name)
    }

    /// The type that any version of FIX, or another source, calls so. Upper and lower case are the
    /// same; `char` is [`Char`](Self::Char), also where it stands for any text.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .chain(&OTHER_NAMES)
            .find(|(_, known)| known.eq_ignore_ascii_case(name))
            .map(|(datatype, _)| *datatype)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back() {
        for (datatype, name) in NAMES {
            assert_eq!(datatype.name(), name);
            assert_eq!(Datatype::from_name(name), Some(datatype));
        }
    }

    #[test]
    fn old_names_and_capitals_are_understood() {
        for (name, datatype) in [
            ("UTCTIMESTAMP", Datatype::UtcTimestamp),
            ("time", Datatype::UtcTimestamp),
            ("MULTIPLEVALUESTRING", Datatype::MultipleStringValue),
            ("UTCDATE", Datatype::UtcDateOnly),
        ] {
            assert_eq!(Datatype::from_name(name), Some(datatype), "{name}");
        }
        assert_eq!(Datatype::from_name("Pattern"), None);
    }
}
