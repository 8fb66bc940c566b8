//! Orders whose fields differ in length, so that no branch predictor learns them by heart.

use fixline::wire::from_text;

/// An order of the client to the broker, under this number.
pub(crate) fn order(number: usize, random: &mut Random) -> Vec<u8> {
    let account = random.text(5, 12);
    let id = random.text(10, 24);
    let quantity = random.below(1_000_000) + 1;
    let price = random.below(100_000_000);
    let symbol = random.text(1, 6);
    let side = 1 + random.below(2);
    let text = match random.below(2) {
        0 => format!("58={}|", random.text(3, 30)),
        _ => String::new(),
    };
    let market = if random.below(2) == 0 { "207=XNAS|" } else { "" };
    from_text(&format!(
        "8=FIX.4.4|35=D|34={number}|49=CLIENT12|52=20260722-13:45:12.123|56=BROKER01|1={account}|\
         11={id}|15=USD|21=1|38={quantity}|40=2|44={}.{:02}|54={side}|55={symbol}|59=0|{text}\
         60=20260722-13:45:12.122|{market}",
        price / 100,
        price % 100,
    ))
}

/// A small generator of repeatable numbers.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn text(&mut self, min: u64, max: u64) -> String {
        let len = min + self.below(max - min + 1);
        (0..len).map(|_| char::from(b'A' + self.below(26) as u8)).collect()
    }
}
