//! The names that constants have.

/// What capitals and small letters do not tell: how it would be written if they did.
const UNLIKE_OTHERS: [(&str, &str); 5] = [
    ("XMLnonFIX", "XmlNonFix"),
    ("IOIid", "IoiId"),
    ("IOIID", "IoiId"),
    ("FCMAPIorFIX", "FcmApiOrFix"),
    ("FpML", "Fpml"),
];

/// `ClOrdID` becomes `CL_ORD_ID`, `NoMDEntries` becomes `NO_MD_ENTRIES`, `NoPartyIDs` becomes
/// `NO_PARTY_IDS`.
pub(super) fn constant_name(name: &str) -> String {
    let mut name = name.to_owned();
    for (unlike, like) in UNLIKE_OTHERS {
        name = name.replace(unlike, like);
    }
    let chars: Vec<char> = name.chars().collect();
    let mut constant = String::with_capacity(name.len() + 4);
    for at in 0..chars.len() {
        if begins_word(&chars, at) {
            constant.push('_');
        }
        let char = chars[at];
        constant.push(if char.is_ascii_alphanumeric() { char.to_ascii_uppercase() } else { '_' });
    }
    constant
}

/// A capital begins a word behind a small letter, and before one behind whatever else.
fn begins_word(chars: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return false };
    chars[at].is_ascii_uppercase()
        && (is_small(chars, before)
            || (chars[before].is_ascii_alphanumeric() && is_small(chars, at + 1)))
}

/// Whether a letter is small, and not the plural of the capitals before it: `NoPartyIDs`, `OrdersRFQs`.
fn is_small(chars: &[char], at: usize) -> bool {
    let is_plural = || {
        chars[at] == 's'
            && at >= 2
            && chars[at - 2..at].iter().all(char::is_ascii_uppercase)
            && !chars.get(at + 1).is_some_and(char::is_ascii_lowercase)
    };
    chars.get(at).is_some_and(char::is_ascii_lowercase) && !is_plural()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_in_capitals() {
        for (name, constant) in [
            ("ClOrdID", "CL_ORD_ID"),
            ("NoMDEntries", "NO_MD_ENTRIES"),
            ("NoPartyIDs", "NO_PARTY_IDS"),
            ("OrdersRFQs", "ORDERS_RFQS"),
            ("SSIDBIDsProvided", "SSIDBIDS_PROVIDED"),
            ("SubmitIOIs", "SUBMIT_IOIS"),
            ("IOIQty", "IOI_QTY"),
            ("IOIid", "IOI_ID"),
            ("IOIID", "IOI_ID"),
            ("XMLnonFIX", "XML_NON_FIX"),
            ("ISDAFpMLURL", "ISDA_FPML_URL"),
            ("GOrderAndFCMAPIorFIX", "G_ORDER_AND_FCM_API_OR_FIX"),
            ("ComplexEventXIDRef", "COMPLEX_EVENT_XID_REF"),
            ("TradesOnTheSide", "TRADES_ON_THE_SIDE"),
            ("USStdContractInd", "US_STD_CONTRACT_IND"),
            ("Rule80A", "RULE80A"),
            ("NoNested2PartyIDs", "NO_NESTED2_PARTY_IDS"),
            ("VALUE1_32", "VALUE1_32"),
            ("MDReqID", "MD_REQ_ID"),
            ("FIX50SP2", "FIX50SP2"),
        ] {
            assert_eq!(constant_name(name), constant);
        }
    }
}
