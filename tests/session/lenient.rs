//! What venues and other engines do that the standard does not know, let pass by option.

use fixline::session::{ConfigBuilder, HeartBtIntAnswer, SeqNums, Version};

use crate::line::{Line, acceptor, initiator, nums};

fn logon_sent(config: ConfigBuilder) -> Line {
    let mut line = Line::new(config, SeqNums::FRESH);
    line.connect();
    line
}

#[test]
fn core_03_a_logon_may_lack_encrypt_method_and_heart_bt_int_by_option() {
    for logon in ["35=A|34=1|108=30", "35=A|34=1|98=0", "35=A|34=1"] {
        let config = || initiator(Version::Fix44).optional_logon_fields(true);
        let mut line = logon_sent(config());
        assert_eq!(line.receive(logon), ["deliver A 1"], "{logon}");
        // Our own interval.
        assert_eq!(line.wait(30.0), ["> 35=0|34=2"]);

        let config = acceptor(Version::Fix44).optional_logon_fields(true);
        let mut line = logon_sent(config);
        line.receive(logon);
        assert_eq!(line.accept(), ["> 35=A|34=1|98=0|108=30"], "{logon}");

        // Not without it.
        let mut line = logon_sent(initiator(Version::Fix44));
        assert!(line.receive(logon)[0].starts_with("> 35=5"), "{logon}");
    }
}

#[test]
fn core_03_what_is_there_is_still_looked_at() {
    for logon in ["35=A|34=1|98=1", "35=A|34=1|108=x", "35=A|34=1|108=29"] {
        let mut line = logon_sent(initiator(Version::Fix44).optional_logon_fields(true));
        assert!(line.receive(logon)[0].starts_with("> 35=5"), "{logon}");
    }
    // What we mean by nothing must be acceptable, too.
    let config = acceptor(Version::Fix44).optional_logon_fields(true).accept_heart_bt_int(60..=90);
    let mut line = logon_sent(config);
    line.receive("35=A|34=1|98=0");
    assert!(line.accept()[0].contains("Invalid HeartBtInt(108)"));
}

#[test]
fn core_03_an_interval_that_is_ignored_may_be_missing() {
    let ignored = || initiator(Version::Fix44).heart_bt_int_answer(HeartBtIntAnswer::Ignored);
    for logon in ["35=A|34=1|98=0", "35=A|34=1|98=0|108=x", "35=A|34=1|98=0|108=-3"] {
        assert_eq!(logon_sent(ignored()).receive(logon), ["deliver A 1"], "{logon}");
    }
    assert!(logon_sent(ignored()).receive("35=A|34=1|108=30")[0].starts_with("> 35=5"));
}

#[cfg(feature = "dictionaries")]
#[test]
fn core_03_a_dictionary_lets_the_same_pass() {
    use fixline::dictionary::{Dictionaries, Dictionary, Standard};
    let dictionary =
        || std::sync::Arc::new(Dictionary::compile(&Standard::Fix44.spec()).expect("shipped"));
    let config = || initiator(Version::Fix44).dictionaries(Dictionaries::new(dictionary()));
    for logon in ["35=A|34=1|108=30", "35=A|34=1|98=0", "35=A|34=1", "35=A|34=1|141=N|553=me"] {
        let mut line = logon_sent(config().optional_logon_fields(true));
        assert_eq!(line.receive(logon), ["deliver A 1"], "{logon}");
        assert!(logon_sent(config()).receive(logon)[0].starts_with("> 35=5"), "{logon}");
    }
    let mut line = logon_sent(config().heart_bt_int_answer(HeartBtIntAnswer::Ignored));
    assert_eq!(line.receive("35=A|34=1|98=0"), ["deliver A 1"]);
    // And nothing else.
    let mut line = logon_sent(config().optional_logon_fields(true));
    assert!(line.receive("35=A|34=1|11=X")[0].starts_with("> 35=5"));
}

#[test]
fn core_12_an_open_request_may_end_with_zero_in_every_version() {
    for version in [Version::Fix40, Version::Fix41, Version::Fix44] {
        let mut line = Line::up(acceptor(version).end_seq_no_zero(true));
        assert_eq!(line.receive("35=D|34=4|11=C")[0], "> 35=2|34=2|7=2|16=0");
    }
    let mut line = Line::up(acceptor(Version::Fix41));
    assert_eq!(line.receive("35=D|34=4|11=C")[0], "> 35=2|34=2|7=2|16=999999");
}

#[test]
fn core_12_a_peer_that_answers_every_logout_is_left() {
    let mut line = Line::up(acceptor(Version::Fix44));
    for seq in 2..=6 {
        let log = line.receive(&format!("35=5|34={seq}"));
        assert_eq!(log, [format!("> 35=5|34={seq}"), format!("deliver 5 {seq}")]);
    }
    assert_eq!(line.receive("35=5|34=7"), ["deliver 5 7", "disconnect: the peer logged us out"]);
}

#[test]
fn core_12_raw_data_may_stand_without_its_length_on_our_logon() {
    use fixline::session::{Input, Now, Session};
    use fixline::wire::{Body, Fields, PutField as _, SendBuffer, Tag};
    let config = || initiator(Version::Fix44).raw_data_without_length(true);
    let logon_of = |config: ConfigBuilder, logon: Fields<'_>| {
        let config = config.build().expect("valid");
        let mut out = SendBuffer::with_capacity(config.send_buffer_min());
        let signs = Session::new(config, SeqNums::FRESH);
        let mut session = signs.clone();
        let sent = session.handle(Input::Connected { logon }, Now::default(), &mut out);
        if sent.is_err() {
            session = signs;
            let connected = Input::Connected { logon: Fields::EMPTY };
            let _ = session.handle(connected, Now::default(), &mut out).expect("asks");
            let signed = Input::Signed { attempt: 1, logon };
            let _ = session.handle(signed, Now::default(), &mut out).expect("sends");
        }
        let bytes = out.bytes(fixline::wire::Span::new(0, u32::try_from(out.end()).unwrap()));
        String::from_utf8(bytes.to_vec()).unwrap().replace('\x01', "|")
    };
    // From the configuration.
    let configured = config().logon_field(Tag::RAW_DATA, "nonce");
    assert!(logon_of(configured, Fields::EMPTY).contains("|56=PEER|96=nonce|98=0|108=30|10="));
    // From the attempt.
    let mut body = Body::new().raw_data_without_length();
    body.str(Tag::RAW_DATA, "nonce").str(Tag::USERNAME, "me");
    let logon = body.as_fields().expect("agreed on");
    assert!(logon_of(config(), logon).contains("|56=PEER|96=nonce|98=0|108=30|553=me|10="));
    // Signed, as those who want it so do.
    let signed = logon_of(config().sign_logon(true), logon);
    assert!(signed.contains("|56=PEER|96=nonce|98=0|108=30|553=me|10="), "{signed}");
    // Not where nobody agreed on it.
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    assert_eq!(
        line.input(Input::Connected { logon }),
        ["misuse: tag 96 cannot be added to a Logon here"]
    );
    assert!(initiator(Version::Fix44).logon_field(Tag::RAW_DATA, "nonce").build().is_err());
    // No value can create a field, and other data needs its length.
    let mut body = Body::new().raw_data_without_length();
    body.str(Tag::RAW_DATA, "a\x01554=x");
    assert!(body.as_fields().is_err());
    let mut body = Body::new().raw_data_without_length();
    body.str(Tag::SIGNATURE, "x");
    assert!(body.as_fields().is_err());
}

#[test]
fn core_13_a_repeated_resend_request_is_served_by_option() {
    let up = |ignore| {
        let config = acceptor(Version::Fix44).ignore_poss_dup_resend_requests(ignore);
        let mut line = Line::up(config);
        line.send("8", "37=X").unwrap();
        line
    };
    let served = ["fetch 2 to 2", "> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X"];
    assert_eq!(up(false).again("35=2|34=2|7=2|16=0"), served);
    assert!(up(true).again("35=2|34=2|7=2|16=0").is_empty());
    // Ahead of a gap as well.
    let log = up(false).again("35=2|34=4|7=2|16=0");
    assert_eq!(log, [served[0], served[1], "> 35=2|34=3|7=2|16=0"]);
    assert_eq!(up(true).again("35=2|34=4|7=2|16=0"), ["> 35=2|34=3|7=2|16=0", "hold 4"]);
}

#[test]
fn core_13_header_fields_may_stand_anywhere_by_option() {
    let config = || acceptor(Version::Fix44).fields_out_of_order(true);
    let mut line = Line::up(config());
    for message in [
        // Those that every header must have, out of place or among the body.
        "8=FIX.4.4|35=D|11=A|49=PEER|56=US|52=20261122-09:30:00|34=2|55=X|",
        "8=FIX.4.4|35=D|34=3|49=PEER|56=US|11=A|52=20261122-09:30:00|97=Y|",
        // The body behind the trailer.
        "8=FIX.4.4|35=D|34=4|49=PEER|56=US|52=20261122-09:30:00|93=1|89=x|11=A|",
    ] {
        let bytes = fixline::wire::from_text(message);
        let log = line.receive_bytes(&bytes);
        assert!(log.len() == 1 && log[0].starts_with("deliver D"), "{message}: {log:?}");
    }
    // It counts where it stands: a repetition is one.
    let again = "8=FIX.4.4|35=D|34=4|49=PEER|56=US|52=20261122-09:30:00|11=A|\
                 122=20261122-09:29:00|43=Y|";
    assert!(line.receive_bytes(&fixline::wire::from_text(again)).is_empty());
    assert_eq!(line.next_in(), 5);
    // Another peer's is not taken for this one's, and twice is still once too often.
    let stranger = "8=FIX.4.4|35=D|34=5|56=US|52=20261122-09:30:00|11=A|49=EVIL|";
    let mut other = line.clone();
    assert!(other.receive_bytes(&fixline::wire::from_text(stranger))[0].contains("CompID problem"));
    let twice = "8=FIX.4.4|35=D|34=5|49=PEER|56=US|52=20261122-09:30:00|11=A|49=PEER|";
    assert!(line.receive_bytes(&fixline::wire::from_text(twice))[0].contains("373=13"));
}

#[test]
fn core_13_whether_numbers_are_read_again_before_each_logon_is_part_of_the_configuration() {
    let config = acceptor(Version::Fix44).refresh_on_logon(true).build().unwrap();
    assert!(config.refresh_on_logon());
    assert!(!acceptor(Version::Fix44).build().unwrap().refresh_on_logon());
    let line = Line::new(acceptor(Version::Fix44), nums(1, 1));
    assert!(!line.session.config().refresh_on_logon());
}
