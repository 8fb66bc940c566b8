//! A small dictionary that fits every version, for scripts.

use std::sync::Arc;

use fixline::dictionary::{ApplVerId, Dictionaries, Dictionary, Spec};
use fixline::session::Version;

const HEAD: &str = "
field 8 BeginString String
field 9 BodyLength int
field 10 CheckSum String
field 34 MsgSeqNum int
field 35 MsgType String
field 43 PossDupFlag Boolean
field 49 SenderCompID String
field 50 SenderSubID String
field 52 SendingTime UTCTimestamp
field 56 TargetCompID String
field 57 TargetSubID String
field 97 PossResend Boolean
field 115 OnBehalfOfCompID String
field 122 OrigSendingTime UTCTimestamp
field 128 DeliverToCompID String
field 1128 ApplVerID String
header 8! 9! 35! 49! 56! 34! 43 97 50 52! 57 115 122 128 1128
trailer 10!
";

const ADMIN: &str = "
field 7 BeginSeqNo int
field 16 EndSeqNo int
field 36 NewSeqNo int
field 45 RefSeqNum int
field 58 Text String
field 98 EncryptMethod int 0=None
field 108 HeartBtInt int
field 112 TestReqID String
field 123 GapFillFlag Boolean
field 141 ResetSeqNumFlag Boolean
field 372 RefMsgType String
field 384 NoMsgTypes int
field 385 MsgDirection char
field 1130 RefApplVerID String
field 1137 DefaultApplVerID String
field 1410 DefaultVerIndicator Boolean
admin 0 Heartbeat 112
admin 1 TestRequest 112!
admin 2 ResendRequest 7! 16!
admin 3 Reject 45! 58
admin 4 SequenceReset 123 36!
admin 5 Logout 58
admin A Logon 98! 108! 141 384(372 385 1130 1410) 1137
";

const APPLICATION: &str = "
field 11 ClOrdID String
field 38 OrderQty Qty
field 40 OrdType char 1=Market 2=Limit
field 44 Price Price
field 58 Text String
field 126 ExpireTime UTCTimestamp
field 386 NoTradingSessions int
field 336 TradingSessionID String
field 625 TradingSessionSubID String
field 131 QuoteReqID String
message D NewOrderSingle 11! 38 40 44 126 386(336 625) 58
message R QuoteRequest 131!
";

pub(crate) fn compiled(version: &str, parts: &[&str]) -> Arc<Dictionary> {
    let text = format!("version {version}\n{}", parts.concat());
    let spec = Spec::from_text(&text).expect("the text can be read");
    Arc::new(Dictionary::compile(&spec).expect("the dictionary is right"))
}

/// The dictionaries of a session of this version.
pub(crate) fn dictionaries(version: Version) -> Dictionaries {
    let Some(code) = version.default_appl_ver_id() else {
        // One field stands in both parts.
        let application = APPLICATION.replace("field 58 Text String\n", "");
        return Dictionaries::new(compiled(version.name(), &[HEAD, ADMIN, &application]));
    };
    let session = compiled("FIXT.1.1", &[HEAD, ADMIN]);
    let code = ApplVerId::parse(code.as_bytes()).expect("a code");
    Dictionaries::new(session).application(code, compiled(version.name(), &[APPLICATION]))
}
