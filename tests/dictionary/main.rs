//! Dictionaries: what may be compiled, and what messages are held to.

mod compile;
#[cfg(all(feature = "dictionaries", feature = "testing"))]
mod generate;
mod groups;
#[cfg(all(feature = "dictionaries", feature = "testing", feature = "xml"))]
mod judged;
#[cfg(feature = "xml")]
mod meaning;
#[cfg(all(feature = "dictionaries", feature = "testing", feature = "xml"))]
mod oddities;
#[cfg(all(feature = "dictionaries", feature = "xml"))]
mod orchestra;
#[cfg(all(feature = "dictionaries", feature = "xml"))]
mod orchestra_file;
#[cfg(feature = "dictionaries")]
mod overlay;
#[cfg(all(feature = "dictionaries", feature = "testing", feature = "xml"))]
mod quickfix_file;
#[cfg(all(feature = "dictionaries", feature = "testing"))]
mod random;
mod rules;
#[cfg(feature = "dictionaries")]
mod standard;
mod validate;
mod writing;
#[cfg(all(feature = "dictionaries", feature = "testing"))]
mod written;

use fixline::dictionary::{Dictionary, Spec};

/// Enough of FIX.4.4 to break every rule.
pub(crate) const FIX44: &str = "
version FIX.4.4
field 8 BeginString String
field 9 BodyLength Length
field 10 CheckSum String
field 34 MsgSeqNum SeqNum
field 35 MsgType String 0=Heartbeat D=NewOrderSingle
field 43 PossDupFlag Boolean Y=YES N=NO
field 49 SenderCompID String
field 52 SendingTime UTCTimestamp
field 56 TargetCompID String
field 89 Signature data
field 93 SignatureLength Length
field 627 NoHops NumInGroup
field 628 HopCompID String
field 629 HopSendingTime UTCTimestamp
field 11 ClOrdID String
field 18 ExecInst MultipleCharValue 1=NOT_HELD 6=PARTICIPATE
field 21 HandlInst char 1=AUTOMATED_NO_INTERVENTION 2=AUTOMATED 3=MANUAL
field 27 IOIQty Qty S=SMALL L=LARGE *
field 38 OrderQty Qty
field 40 OrdType char 1=MARKET 2=LIMIT
field 44 Price Price
field 54 Side char 1=BUY 2=SELL
field 55 Symbol String
field 58 Text String
field 60 TransactTime UTCTimestamp
field 112 TestReqID String
field 167 SecurityType String CS=COMMON_STOCK FUT=FUTURE
field 218 Spread PriceOffset
field 219 Benchmark char
field 220 BenchmarkCurveCurrency Currency
field 354 EncodedTextLen Length
field 355 EncodedText data
field 386 NoTradingSessions NumInGroup
field 336 TradingSessionID String
field 625 TradingSessionSubID String
field 453 NoPartyIDs NumInGroup
field 448 PartyID String
field 447 PartyIDSource char B=BIC D=PROPRIETARY
field 452 PartyRole int 1=EXECUTING_FIRM 3=CLIENT_ID
field 802 NoPartySubIDs NumInGroup
field 523 PartySubID String
field 803 PartySubIDType int 1=FIRM 2=PERSON
field 5001 VenueLen Length
field 5002 VenueData data
field 5003 VenueCode int
field 50000 Extension String
component Instrument 55! 167
component Parties 453(448! 447 452 802(523 803) 58)
component Spread 218 219 220!
component Deep Spread 38
header 8! 9! 35! 49! 56! 34! 43 52! 627(628 629)
trailer 93 89 10!
admin 0 Heartbeat 112
message D NewOrderSingle 11! Parties 386(336 625) 21 18 Instrument! 54! 60! Deep 40! 44 58 354 355 5001 5002 5003 50000 27
message AE Report 11!
";

/// The specification that a text says.
#[track_caller]
pub(crate) fn spec(text: &str) -> Spec {
    Spec::from_text(text).expect("the test's text can be read")
}

/// The dictionary that a text says.
#[track_caller]
pub(crate) fn dictionary(text: &str) -> Dictionary {
    Dictionary::compile(&spec(text)).expect("the test's specification is right")
}
