//! Market data: a message of many fields in a group.

use fixline::wire::from_text;

/// A MarketDataSnapshot of twenty entries.
pub(crate) fn market_data(number: usize) -> Vec<u8> {
    let mut text = format!(
        "8=FIX.4.4|35=W|34={number}|49=CLIENT12|52=20260722-13:45:12.123|56=BROKER01|22=4|\
         48=US5949181045|55=MSFT|207=XNAS|262=MDREQ-1|268=20|"
    );
    for entry in 0..20 {
        let (side, level) = (entry / 10, entry % 10);
        let cents = if side == 0 { 41_235 - level } else { 41_235 + level };
        text += &format!(
            "269={side}|270={}.{:02}|271={}|273=13:45:12.123|346={}|290={}|",
            cents / 100,
            cents % 100,
            100 * (1 + level),
            1 + entry % 7,
            1 + level
        );
    }
    from_text(&text)
}
