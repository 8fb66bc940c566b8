use alloc::string::ToString as _;

use super::*;
use crate::session::{ConfigBuilder, ResendPolicy, Version};
use crate::wire::{Garbled, from_text};

const LOGON: &str = "8=FIX.4.4|35=A|34=1|49=CLIENT|52=20261122-09:30:00|56=BROKER|98=0|108=30|";

fn feed(lobby: &mut Lobby, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let spare = lobby.spare();
        let count = spare.len().min(bytes.len());
        if count == 0 {
            return;
        }
        spare[..count].copy_from_slice(&bytes[..count]);
        lobby.filled(count);
        bytes = &bytes[count..];
    }
}

fn lobby(bytes: &[u8]) -> Lobby {
    let mut lobby = Lobby::new(Instant::from_millis(0), Duration::from_secs(10));
    feed(&mut lobby, bytes);
    lobby
}

fn allowing(configs: &[ConfigBuilder], bytes: &[u8]) -> Lobby {
    let mut first_message = FirstMessage::new(4096);
    for config in configs {
        first_message.allow(config.clone().build().expect("valid").leniency());
    }
    let mut lobby = Lobby::with_options(Instant::from_millis(10_000), first_message);
    feed(&mut lobby, bytes);
    lobby
}

fn builder() -> ConfigBuilder {
    Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All)
}

fn closed(lobby: &Lobby, millis: u64) -> Option<TurnedAway> {
    match lobby.look(Instant::from_millis(millis)) {
        Look::Close(turned_away) => Some(turned_away),
        Look::NeedMore | Look::Identity(_) => None,
    }
}

fn identity(lobby: &Lobby) -> Option<Identity<'_>> {
    match lobby.look(Instant::from_millis(0)) {
        Look::Identity(identity) => Some(identity),
        Look::NeedMore | Look::Close(_) => None,
    }
}

fn tag(tag: u32) -> Tag {
    Tag::new(tag).expect("positive")
}

#[test]
fn a_complete_logon_says_who_it_is_from_and_for() {
    let bytes = from_text(LOGON);
    let lobby = lobby(&bytes);
    let identity = identity(&lobby).expect("a Logon");
    let config = |us, peer| {
        Config::acceptor(Version::Fix44, us, peer, ResendPolicy::All).build().expect("valid")
    };
    assert!(identity.is_for(&config("BROKER", "CLIENT")));
    assert!(!identity.is_for(&config("CLIENT", "BROKER")));
    assert!(
        !identity.is_for(&config("BROKER", "ELSE")) && !identity.is_for(&config("ELSE", "CLIENT"))
    );
    let older = Config::acceptor(Version::Fix42, "BROKER", "CLIENT", ResendPolicy::All);
    assert!(!identity.is_for(&older.build().expect("valid")));
    let id = SessionId::of(&config("BROKER", "CLIENT"));
    assert_eq!(identity.session_id(), Some(id.clone()));
    assert_eq!(lobby.claimed(), Some(id));
    assert_eq!(lobby.bytes(), bytes);
    assert_eq!(alloc::format!("{identity:?}"), "FIX.4.4:CLIENT->BROKER");
}

#[test]
fn sub_and_location_ids_are_those_of_their_sides() {
    let bytes = from_text(
        "8=FIX.4.4|35=A|34=1|49=CLIENT|50=C2|52=20261122-09:30:00|56=BROKER|57=B2|142=C3|\
         143=B3|98=0|108=30|",
    );
    let lobby = lobby(&bytes);
    let id = identity(&lobby).and_then(|identity| identity.session_id()).expect("a Logon");
    assert_eq!(id.to_string(), "FIX.4.4:BROKER/B2/B3->CLIENT/C2/C3");
    assert_eq!(lobby.claimed(), Some(id));
}

#[test]
fn ids_that_are_not_utf_8_are_those_of_no_session() {
    let bytes = from_text(&LOGON.replace("CLIENT", "CLI\\xe9NT"));
    let lobby = lobby(&bytes);
    assert_eq!(identity(&lobby).expect("a Logon").session_id(), None);
    let claimed = lobby.claimed().expect("names both sides");
    assert_eq!(claimed.peer().comp_id(), "CLI\u{fffd}NT");
}

#[test]
fn bytes_that_drip_do_not_move_the_deadline() {
    let bytes = from_text(LOGON);
    let lobby = lobby(&bytes[..bytes.len() - 1]);
    assert_eq!(lobby.deadline(), Instant::from_millis(10_000));
    assert_eq!(closed(&lobby, 9_999), None);
    assert_eq!(closed(&lobby, 10_000), Some(TurnedAway::Late));
}

// EDGE-14: the reasons were there, and told to nobody; those of other protocols were not.
#[test]
fn edge_14_what_is_no_logon_is_closed_with_a_reason() {
    let http = lobby(b"GET / HTTP/1.1\r\n");
    assert_eq!(closed(&http, 0), Some(TurnedAway::NotFix(Protocol::Http)));
    assert_eq!(http.claimed(), None);
    assert_eq!(closed(&lobby(b"\x16\x03\x01"), 0), Some(TurnedAway::NotFix(Protocol::Tls)));
    assert_eq!(closed(&lobby(b"PROXY "), 0), Some(TurnedAway::NotFix(Protocol::Proxy)));
    let heartbeat = from_text("8=FIX.4.4|35=0|34=1|49=A|52=20261122-09:30:00|56=B|");
    assert_eq!(closed(&lobby(&heartbeat), 0), Some(TurnedAway::NotLogon));
    let nameless = from_text("8=FIX.4.4|35=A|34=1|52=20261122-09:30:00|56=B|98=0|108=30|");
    assert_eq!(closed(&lobby(&nameless), 0), Some(TurnedAway::Nameless));
    let wrong_sum = lobby(&from_text(&alloc::format!("{LOGON}10=000|")));
    assert_eq!(closed(&wrong_sum, 0), Some(TurnedAway::Garbled(Garbled::CheckSumWrong)));
    let claimed = wrong_sum.claimed().map(|id| id.to_string());
    assert_eq!(claimed.as_deref(), Some("FIX.4.4:BROKER->CLIENT"));
    let stray = from_text(&LOGON.replace("98=0", "98=0|stray"));
    assert_eq!(closed(&lobby(&stray), 0), Some(TurnedAway::Garbled(Garbled::StrayToken)));
}

#[test]
fn the_beginning_of_anything_is_waited_for() {
    for bytes in [&b""[..], b"8=FI", b"G", b"\x16", b"PRO", b"\r\n\r\n"] {
        assert_eq!(closed(&lobby(bytes), 0), None, "{}", bytes.escape_ascii());
        assert_eq!(closed(&lobby(bytes), 10_000), Some(TurnedAway::Late));
    }
}

#[test]
fn a_long_first_message_is_not_waited_for() {
    let endless = b"8=FIX.4.4\x019=999999\x0135=A\x01";
    assert_eq!(closed(&lobby(endless), 0), Some(TurnedAway::TooLong));
}

#[test]
fn the_claim_of_an_incomplete_logon_names_both_sides_or_nobody() {
    let claimed = |text: &str| lobby(&from_text(text)).claimed().map(|id| id.to_string());
    assert_eq!(claimed("8=FIX.4.4|49=A|56=B|").as_deref(), Some("FIX.4.4:B->A"));
    for text in ["8=FIX.4.4|49=A|", "8=FIX.4.4|56=B|", "8=|49=A|56=B|", "8=FIX.4.4|49=|56=B|"] {
        assert_eq!(claimed(text), None, "{text}");
    }
}

// CORE-08: the bound was fixed.
#[test]
fn core_08_how_long_a_first_message_may_be_is_an_option() {
    let text = LOGON.replace("98=0", &alloc::format!("95=6000|96={}|98=0", "x".repeat(6000)));
    let bytes = from_text(&text);
    let look = |len_max| {
        let first_message = FirstMessage::new(len_max);
        let mut lobby = Lobby::with_options(Instant::from_millis(1), first_message);
        feed(&mut lobby, &bytes);
        (closed(&lobby, 0), lobby.bytes().len())
    };
    assert_eq!(look(4096), (Some(TurnedAway::TooLong), 4096));
    assert_eq!(look(bytes.len() - 1).0, Some(TurnedAway::TooLong));
    assert_eq!(look(bytes.len()), (None, bytes.len()));
    assert_eq!(look(100_000), (None, bytes.len()));
    assert_eq!(look(0), (Some(TurnedAway::TooLong), 0));
}

// INV-17
#[test]
fn memory_begins_small_and_grows_as_bytes_come() {
    let mut lobby = lobby(b"");
    assert_eq!(lobby.received.capacity(), 0);
    assert_eq!(lobby.spare().len(), 512);
    assert_eq!(lobby.spare().len(), 512);
    lobby.filled(512);
    assert_eq!(lobby.spare().len(), 512);
    lobby.filled(512);
    assert_eq!(lobby.spare().len(), 1024);
    lobby.filled(100_000);
    assert_eq!(lobby.spare().len(), 2048);
    lobby.filled(2048);
    assert_eq!(lobby.spare().len(), 0);
    assert_eq!(lobby.received.len(), 4096);
}

// CORE-08: the first message was framed and read strictly.
#[test]
fn core_08_the_check_sum_is_checked_as_the_sessions_do() {
    let bytes = from_text(&alloc::format!("{LOGON}10=000|"));
    assert!(identity(&allowing(&[builder()], &bytes)).is_none());
    let unchecked = builder().validate_check_sum(false);
    assert!(identity(&allowing(&[builder(), unchecked, builder()], &bytes)).is_some());
}

// CORE-08
#[test]
fn core_08_the_body_length_is_trusted_as_the_sessions_do() {
    let mut bytes = from_text(LOGON);
    bytes[12..14].copy_from_slice(b"99");
    let wrong = Some(TurnedAway::Garbled(Garbled::CheckSumNotLast));
    bytes.extend_from_slice(&from_text(LOGON));
    assert_eq!(closed(&allowing(&[builder()], &bytes), 0), wrong);
    // What it swallows may still be coming.
    let trusting = allowing(&[builder().trust_body_length(true)], &bytes[..bytes.len() - 3]);
    assert_eq!(closed(&trusting, 0), None);
    let trusting = allowing(&[builder().trust_body_length(true)], &bytes);
    assert_eq!(closed(&trusting, 0), wrong);
}

// CORE-08
#[test]
fn core_08_header_tags_are_those_of_any_session() {
    let bytes = from_text(&LOGON.replace("34=1", "5050=X|34=1"));
    assert_eq!(closed(&allowing(&[builder()], &bytes), 0), Some(TurnedAway::Nameless));
    let desk = builder().header_tags(&[tag(5050)]);
    let lobby = allowing(&[builder(), desk.clone()], &bytes);
    assert!(identity(&lobby).is_some_and(|identity| identity.session_id().is_some()));
    // More than fit into one set.
    let first: [Tag; 8] = [0, 1, 2, 3, 4, 5, 6, 7].map(|at| tag(6000 + at));
    let full = builder().header_tags(&first);
    let lobby = allowing(&[full.clone(), desk.clone(), full, desk], &bytes);
    assert_eq!(lobby.first_message.more_header_tags.len(), 1);
    assert!(identity(&lobby).is_some());
    let other = from_text(&LOGON.replace("34=1", "7070=X|34=1"));
    let lobby = Lobby::with_options(lobby.deadline, lobby.first_message);
    let mut lobby = lobby;
    feed(&mut lobby, &other);
    assert_eq!(closed(&lobby, 0), Some(TurnedAway::Nameless));
}

// CORE-08
#[test]
fn core_08_each_leniency_is_taken_over() {
    let strict = Leniency { raw_data_without_length: true, ..Leniency::default() };
    let lenient = [
        Leniency { trust_body_length: true, ..strict },
        Leniency { any_check_sum: true, ..strict },
        Leniency { empty_values: true, ..strict },
        Leniency { repeated: true, ..strict },
        Leniency { misplaced: true, ..strict },
    ];
    for leniency in lenient {
        let mut first_message = FirstMessage::new(4096);
        assert_eq!(first_message.leniency, strict);
        first_message.allow(leniency);
        assert_eq!(first_message.leniency, leniency);
        first_message.allow(Leniency::default());
        assert_eq!(first_message.leniency, leniency);
    }
}

#[test]
fn nothing_secret_is_printed() {
    let bytes = from_text(&LOGON.replace("98=0", "98=0|554=secret"));
    assert_eq!(
        alloc::format!("{:?}", lobby(&bytes)),
        "Lobby { deadline: Instant(10000000000), .. }"
    );
}
