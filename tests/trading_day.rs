//! What the trading day prints of a message.

#[path = "../examples/trading_day/journal.rs"]
#[expect(dead_code, reason = "the rest is for the example")]
mod journal;

use fixline::dictionary::StandardNames;
use fixline::wire::from_text;

use journal::describe;

fn described(text: &str) -> String {
    describe(&StandardNames::new(), &from_text(text))
}

const HEAD: &str = "49=CLIENT|56=BROKER|34=7|52=20261123-10:00:00";

#[test]
#[cfg(feature = "dictionaries")]
fn messages_are_printed_with_the_names_of_their_version() {
    assert_eq!(
        described(&format!("8=FIX.4.4|35=D|{HEAD}|11=O-1|54=1|40=2|9999=x|")),
        "D NewOrderSingle      7  ClOrdID 11=O-1|Side 54=1 Buy|OrdType 40=2 Limit|9999=x|"
    );
    assert_eq!(
        described(&format!("8=FIXT.1.1|35=A|{HEAD}|98=0|108=30|554=secret|1137=9|")),
        "A Logon               7  EncryptMethod 98=0 None|HeartBtInt 108=30|Password 554=***|\
         DefaultApplVerID 1137=9 FIX50SP2|"
    );
    assert_eq!(
        described(&format!("8=FIX.4.4|35=3|{HEAD}|45=2|371=44|372=D|373=6|")),
        "3 Reject              7  RefSeqNum 45=2|RefTagID 371=44 Price|\
         RefMsgType 372=D NewOrderSingle|SessionRejectReason 373=6 IncorrectDataFormatForValue|"
    );
}

#[test]
#[cfg(not(feature = "dictionaries"))]
fn messages_are_printed_as_they_are_without_dictionaries() {
    assert_eq!(
        described(&format!("8=FIX.4.4|35=D|{HEAD}|11=O-1|54=1|554=secret|")),
        "D                     7  11=O-1|54=1|554=***|"
    );
}

#[test]
fn what_is_no_message_is_printed_all_the_same() {
    assert_eq!(describe(&StandardNames::new(), b"oops\x01554=secret"), "oops|554=***");
}
