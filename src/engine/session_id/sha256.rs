//! SHA-256 (FIPS 180-4), for names that must not be made to collide.

const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

const ROUNDS: [u32; 64] = [
    0x428a_2f98,
    0x7137_4491,
    0xb5c0_fbcf,
    0xe9b5_dba5,
    0x3956_c25b,
    0x59f1_11f1,
    0x923f_82a4,
    0xab1c_5ed5,
    0xd807_aa98,
    0x1283_5b01,
    0x2431_85be,
    0x550c_7dc3,
    0x72be_5d74,
    0x80de_b1fe,
    0x9bdc_06a7,
    0xc19b_f174,
    0xe49b_69c1,
    0xefbe_4786,
    0x0fc1_9dc6,
    0x240c_a1cc,
    0x2de9_2c6f,
    0x4a74_84aa,
    0x5cb0_a9dc,
    0x76f9_88da,
    0x983e_5152,
    0xa831_c66d,
    0xb003_27c8,
    0xbf59_7fc7,
    0xc6e0_0bf3,
    0xd5a7_9147,
    0x06ca_6351,
    0x1429_2967,
    0x27b7_0a85,
    0x2e1b_2138,
    0x4d2c_6dfc,
    0x5338_0d13,
    0x650a_7354,
    0x766a_0abb,
    0x81c2_c92e,
    0x9272_2c85,
    0xa2bf_e8a1,
    0xa81a_664b,
    0xc24b_8b70,
    0xc76c_51a3,
    0xd192_e819,
    0xd699_0624,
    0xf40e_3585,
    0x106a_a070,
    0x19a4_c116,
    0x1e37_6c08,
    0x2748_774c,
    0x34b0_bcb5,
    0x391c_0cb3,
    0x4ed8_aa4a,
    0x5b9c_ca4f,
    0x682e_6ff3,
    0x748f_82ee,
    0x78a5_636f,
    0x84c8_7814,
    0x8cc7_0208,
    0x90be_fffa,
    0xa450_6ceb,
    0xbef9_a3f7,
    0xc671_78f2,
];

/// The sum, as eight big-endian words.
pub(super) fn sum(bytes: &[u8]) -> [u32; 8] {
    let (blocks, rest) = bytes.as_chunks::<64>();
    let mut state = blocks.iter().fold(START, compress);
    let mut last = [0; 64];
    for (place, byte) in last.iter_mut().zip(rest.iter().chain(&[0x80])) {
        *place = *byte;
    }
    let bits = (bytes.len() as u64).wrapping_mul(8).to_be_bytes();
    // The bit and the length behind the rest take 9 bytes.
    if rest.len() > 64 - 9 {
        state = compress(state, &last);
        last = [0; 64];
    }
    for (place, byte) in last.iter_mut().skip(64 - 8).zip(bits) {
        *place = byte;
    }
    compress(state, &last)
}

fn compress(state: [u32; 8], block: &[u8; 64]) -> [u32; 8] {
    // The last 16 words of the message schedule, the oldest first.
    let mut schedule = [0; 16];
    for (word, bytes) in schedule.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
    for round in ROUNDS {
        let [word, second, .., ninth, _, _, _, _, fifteenth, _] = schedule;
        let next = word
            .wrapping_add(second.rotate_right(7) ^ second.rotate_right(18) ^ second >> 3)
            .wrapping_add(ninth)
            .wrapping_add(
                fifteenth.rotate_right(17) ^ fifteenth.rotate_right(19) ^ fifteenth >> 10,
            );
        schedule.rotate_left(1);
        if let Some(newest) = schedule.last_mut() {
            *newest = next;
        }
        let one = h
            .wrapping_add(e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25))
            .wrapping_add(e & f ^ !e & g)
            .wrapping_add(round)
            .wrapping_add(word);
        let two = (a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22))
            .wrapping_add(a & b ^ a & c ^ b & c);
        (h, g, f, e) = (g, f, e, d.wrapping_add(one));
        (d, c, b, a) = (c, b, a, one.wrapping_add(two));
    }
    let mut sum = state;
    for (word, more) in sum.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(more);
    }
    sum
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;
    use alloc::vec;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        sum(bytes).iter().map(|word| format!("{word:08x}")).collect()
    }

    #[test]
    fn the_examples_of_the_standard() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(b""), empty);
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(b"abc"), abc);
        let two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        let sum = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
        assert_eq!(hex(two_blocks), sum);
        let million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
        assert_eq!(hex(&vec![b'a'; 1_000_000]), million);
    }

    #[test]
    fn the_length_fits_behind_55_bytes_and_not_behind_56() {
        let fits = "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318";
        assert_eq!(hex(&[b'a'; 55]), fits);
        let not = "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a";
        assert_eq!(hex(&[b'a'; 56]), not);
    }
}
