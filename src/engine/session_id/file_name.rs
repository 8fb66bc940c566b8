//! Session ids as names of files.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::sha256;
use super::{Party, SessionId};

/// What every file system takes, with room for an extension.
const LEN_MAX: usize = 120;

/// The hexadecimal digits of a SHA-256 sum, and the mark before them.
const SUM_LEN: usize = 65;

/// The name. It can be read back however the case of its letters changes, unless it ends with a
/// sum; so that no two ids share one.
pub(super) fn of(id: &SessionId) -> String {
    let mut name = String::new();
    push_escaped(&mut name, id.begin_string());
    name.push('-');
    push_party(&mut name, id.us());
    name.push('-');
    push_party(&mut name, id.peer());
    if let Some(qualifier) = id.qualifier() {
        name.push('-');
        push_escaped(&mut name, qualifier);
    }
    escape_ends(&mut name);
    push_cases(&mut name);
    if name.len() > LEN_MAX {
        name.truncate(LEN_MAX - SUM_LEN);
        name.push('~');
        for word in sha256::sum(id.to_string().as_bytes()) {
            name.push_str(&format!("{word:08x}"));
        }
    }
    name
}

fn push_party(name: &mut String, party: &Party) {
    push_escaped(name, party.comp_id());
    if party.sub_id().is_some() || party.location_id().is_some() {
        name.push('+');
        push_escaped(name, party.sub_id().unwrap_or_default());
    }
    if let Some(location_id) = party.location_id() {
        name.push('+');
        push_escaped(name, location_id);
    }
}

fn push_escaped(name: &mut String, id: &str) {
    for byte in id.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' => name.push(char::from(byte)),
            _ => name.push_str(&escape(byte)),
        }
    }
}

fn escape(byte: u8) -> String {
    format!("%{byte:02X}")
}

/// What hides a file, what Windows takes for a device, and what it drops from the end.
fn escape_ends(name: &mut String) {
    if name.ends_with('.') {
        name.pop();
        name.push_str(&escape(b'.'));
    }
    let stem = name.split('.').next().unwrap_or_default();
    if (stem.is_empty() || is_device(stem))
        && let Some(first) = name.bytes().next()
    {
        name.replace_range(..1, &escape(first));
    }
}

fn is_device(stem: &str) -> bool {
    let is = |name: &str| stem.eq_ignore_ascii_case(name);
    let numbered = stem.strip_suffix(|last: char| last.is_ascii_digit());
    let is_numbered = |name: &str| numbered.is_some_and(|stem| stem.eq_ignore_ascii_case(name));
    ["CON", "PRN", "AUX", "NUL"].into_iter().any(is) || ["COM", "LPT"].into_iter().any(is_numbered)
}

/// `=` and which of the letters so far are small, four a hexadecimal digit, if any is.
fn push_cases(name: &mut String) {
    let small: Vec<bool> = name
        .bytes()
        .filter(u8::is_ascii_alphabetic)
        .map(|letter| letter.is_ascii_lowercase())
        .collect();
    let Some(last) = small.iter().rposition(|&small| small) else { return };
    name.push('=');
    for four in small.get(..=last).unwrap_or_default().chunks(4) {
        let digit =
            (0..4).fold(0u8, |digit, at| digit << 1 | u8::from(four.get(at) == Some(&true)));
        name.push_str(&format!("{digit:x}"));
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    use super::super::written::tests::any_id;
    use super::*;

    fn name(begin_string: &str, us: &str, peer: &str) -> String {
        of(&SessionId::new(begin_string, Party::new(us), Party::new(peer)))
    }

    #[test]
    fn usual_ids_stand_as_they_are() {
        assert_eq!(name("FIX.4.4", "BROKER", "CLIENT_1"), "FIX.4.4-BROKER-CLIENT_1");
        let us = Party::new("BROKER").with_sub_id("DESK").with_location_id("NY");
        let peer = Party::new("CLIENT").with_location_id("LDN");
        let id = SessionId::new("FIX.4.2", us, peer).with_qualifier("2");
        assert_eq!(of(&id), "FIX.4.2-BROKER+DESK+NY-CLIENT++LDN-2");
        let sub = SessionId::new("FIX.4.2", Party::new("A").with_sub_id("T"), Party::new("B"));
        assert_eq!(of(&sub), "FIX.4.2-A+T-B");
    }

    // EDGE-06: on a file system without case these were one file.
    #[test]
    fn edge_06_small_letters_are_counted_at_the_end() {
        assert_eq!(name("FIX.4.4", "ABC", "X"), "FIX.4.4-ABC-X");
        assert_eq!(name("FIX.4.4", "Abc", "X"), "FIX.4.4-Abc-X=0c");
        assert_eq!(name("FIX.4.4", "abc", "X"), "FIX.4.4-abc-X=1c");
        assert_eq!(name("FIX.4.4", "ABC", "x"), "FIX.4.4-ABC-x=02");
        assert_eq!(name("FIX.4.4", "A", "bcdefg"), "FIX.4.4-A-bcdefg=0fc");
    }

    // EDGE-06
    #[test]
    fn edge_06_what_leads_elsewhere_is_escaped() {
        assert_eq!(name("FIX.4.4", "..", "/etc/x\\0"), "FIX.4.4-..-%2Fetc%2Fx%5C0=0e8");
        assert_eq!(name("FIX.4.4", "A-B", "C\u{0}\u{e9}"), "FIX.4.4-A%2DB-C%00%C3%A9");
        assert_eq!(name("FIX.4.4", "A", "B."), "FIX.4.4-A-B%2E");
        assert_eq!(name(".", "A", "B"), "%2E-A-B");
        assert_eq!(name("..", "A", "B"), "%2E.-A-B");
    }

    // EDGE-06
    #[test]
    fn edge_06_no_name_is_a_device() {
        assert_eq!(name("CON.1", "A", "B"), "%43ON.1-A-B");
        assert_eq!(name("nul.x", "A", "B"), "%6Eul.x-A-B=7");
        assert_eq!(name("COM1.x", "A", "B"), "%43OM1.x-A-B=2");
        assert_eq!(name("lpt9.x", "A", "B"), "%6Cpt9.x-A-B=7");
        for other in ["CON", "CON1.1", "COM.1", "COM10.1", "COMA.1", "LPT.1", "1CON.1"] {
            assert_eq!(name(other, "A", "B"), alloc::format!("{other}-A-B"));
        }
    }

    // EDGE-06
    #[test]
    fn edge_06_long_ids_end_with_their_sum() {
        let long = |last: &str| alloc::format!("{}{last}", "X".repeat(101));
        let fits = name("FIX.4.4", &long("YZ"), "PEER23");
        assert_eq!((fits.len(), fits.contains('~')), (118, false));
        let just = name("FIX.4.4", &long("YZ"), "PEER2345");
        assert_eq!((just.len(), just.contains('~')), (120, false));
        let one = name("FIX.4.4", &long("YZ"), "PEER23456");
        let two = name("FIX.4.4", &long("Yz"), "PEER23456");
        assert_eq!((one.len(), two.len()), (120, 120));
        assert_eq!(one[..56], alloc::format!("FIX.4.4-{}~", "X".repeat(47)));
        assert!(!one.eq_ignore_ascii_case(&two));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        // EDGE-06: few ids of few letters, so that any two that could meet do.
        #[test]
        fn edge_06_two_sessions_never_share_a_file(
            ids in proptest::collection::vec(any_id(), 2..40),
            long in any::<bool>(),
        ) {
            let mut owners = BTreeMap::new();
            for id in ids {
                let id = if long { id.with_qualifier(&"q".repeat(100)) } else { id };
                let name = of(&id);
                prop_assert!(name.len() <= LEN_MAX);
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+=%~".contains(&byte);
                prop_assert!(name.bytes().all(plain), "{}", name);
                prop_assert!(!name.starts_with('.') && !name.ends_with('.'), "{}", name);
                if let Some(other) = owners.insert(name.to_ascii_lowercase(), id.clone()) {
                    prop_assert_eq!(other, id);
                }
            }
        }

        // EDGE-06: nearly the same.
        #[test]
        fn edge_06_one_letter_makes_another_file(id in any_id(), small in "[a-c./+-]{1,9}") {
            let others = [
                SessionId::new(id.begin_string(), id.us().clone(), Party::new(&small)),
                SessionId::new(id.begin_string(), id.us().clone(), Party::new(&small.to_uppercase())),
                SessionId::new(id.begin_string(), Party::new(&small), id.peer().clone()),
                id.with_qualifier(&small),
                id.with_qualifier(&small.to_uppercase()),
            ];
            for one in &others {
                for other in &others {
                    let same = of(one).eq_ignore_ascii_case(&of(other));
                    prop_assert_eq!(one == other, same, "{} {}", one, other);
                }
            }
        }
    }
}
