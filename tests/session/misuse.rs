//! What a driver must not do: a typed error, and nothing changes.

use fixline::session::{Config, Input, Misuse, ResendPolicy, SeqNums, Session, Version};
use fixline::wire::{Fields, SendBuffer};

use crate::line::{Line, acceptor, nums, seq};

/// Fails unless `input` is that misuse and changes nothing.
#[track_caller]
fn misuse(line: &mut Line, input: Input<'_>, expected: Misuse) {
    let before = (line.session.clone(), line.out.end());
    assert_eq!(line.input(input), [format!("misuse: {expected}")]);
    assert_eq!((&line.session, line.out.end()), (&before.0, before.1));
}

fn down() -> Line {
    Line::new(acceptor(Version::Fix44), SeqNums::FRESH)
}

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

#[test]
fn without_a_connection_there_is_nothing_to_do() {
    for input in
        [Input::Bytes(b"8=FIX"), Input::Closed, Input::Disconnect, Input::Logout { text: "" }]
    {
        misuse(&mut down(), input, Misuse::NotConnected);
    }
    assert!(down().tick().is_empty());
}

#[test]
fn a_connection_begins_once() {
    let connected = Input::Connected { logon: Fields::EMPTY };
    misuse(&mut up(), connected, Misuse::AlreadyConnected);
    let mut line = up();
    line.input(Input::Disconnect);
    misuse(&mut line, connected, Misuse::AlreadyConnected);
    line.close();
    assert!(line.connect().is_empty());
}

#[test]
fn a_connection_ends_once() {
    let mut line = up();
    line.close();
    misuse(&mut line, Input::Closed, Misuse::NotConnected);
}

#[test]
fn a_send_buffer_that_is_too_small_is_refused_at_once() {
    let config = Config::acceptor(Version::Fix44, "US", "PEER", ResendPolicy::All)
        .message_len_max(2048)
        .build()
        .unwrap();
    let needed = config.send_buffer_min();
    assert_eq!(needed, 2048 + 4096 + 1024);
    let mut session = Session::new(config, SeqNums::FRESH);
    let now = down().now;
    let connected = Input::Connected { logon: Fields::EMPTY };
    let mut out = SendBuffer::with_capacity(needed - 1);
    let outcome = session.handle(connected, now, &mut out).map(|_| ());
    assert_eq!(outcome, Err(Misuse::SendBufferTooSmall { capacity: needed - 1, needed }));
    let mut out = SendBuffer::with_capacity(needed);
    assert!(session.handle(connected, now, &mut out).is_ok());
}

// Held messages.

/// 3 is held and recalled, and the driver has not answered.
fn recalled() -> Line {
    let mut line = up();
    line.receive("35=D|34=3|11=B");
    line.gives_back = false;
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    line
}

#[test]
fn a_recalled_message_comes_before_any_bytes() {
    let mut line = recalled();
    let bytes = line.peer_message("35=D|34=4|11=C");
    misuse(&mut line, Input::Bytes(&bytes), Misuse::HeldExpected);
    // Ticks and the application's messages are no harm.
    assert!(line.tick().is_empty());
    assert_eq!(line.send("D", "11=X"), Ok(3));
    let message = line.held[&3].clone();
    assert_eq!(line.input(Input::Held { seq: seq(3), message: Some(&message) }), ["deliver D 3"]);
    assert_eq!(line.receive_bytes(&bytes), ["deliver D 4"]);
}

#[test]
fn another_message_than_the_one_recalled_is_refused() {
    let mut line = recalled();
    for number in [2, 4] {
        let held = Input::Held { seq: seq(number), message: None };
        misuse(&mut line, held, Misuse::HeldUnexpected);
    }
}

#[test]
fn a_message_that_nobody_recalled_any_more_is_ignored() {
    // A tick in between may have ended what asked for it.
    let held = Input::Held { seq: seq(3), message: None };
    let mut line = recalled();
    assert!(line.input(held).is_empty());
    assert!(line.input(held).is_empty());
    assert_eq!(line.take_rules().last(), Some(&"INV-16"));

    let mut line = recalled();
    line.wait(72.0);
    line.take_rules();
    assert!(line.input(held).is_empty());
    assert_eq!(line.take_rules(), ["INV-16"]);
    line.close();
    assert!(line.input(held).is_empty());
}

#[test]
fn a_recall_is_asked_for_once() {
    // Whatever else happens before its answer.
    let mut line = recalled();
    line.recalls.clear();
    line.serves = false;
    misuse(&mut line, Input::StoreEnd { id: 99 }, Misuse::UnknownId);
    line.input(Input::TestRequest);
    assert!(line.recalls.is_empty());
}

// Ranges and numbers: see replay, operator, logon.

#[test]
fn errors_are_written_out() {
    // So that a driver's log says what to do about it.
    for (misuse, text) in [
        (Misuse::NotConnected, "there is no connection: feed Input::Connected first"),
        (
            Misuse::AlreadyConnected,
            "there is a connection already: feed Input::Closed before the next Connected",
        ),
        (Misuse::NotLoggedOn, "the session is not logged on"),
        (
            Misuse::HeldExpected,
            "a recalled message is awaited: answer Action::Recall with Input::Held first",
        ),
        (
            Misuse::SendBufferTooSmall { capacity: 1, needed: 2 },
            "the send buffer holds 1 bytes and must hold at least 2",
        ),
    ] {
        assert_eq!(misuse.to_string(), text);
    }
}

#[test]
fn a_blocked_or_refused_input_moves_no_clock_back() {
    let mut line = up();
    let now = line.now;
    line.sleep(5.0);
    misuse_only(&mut line);
    line.now = now;
    assert!(line.tick().is_empty());
    assert_eq!(line.session.seq_nums(), nums(2, 2));
}

fn misuse_only(line: &mut Line) {
    let connected = Input::Connected { logon: Fields::EMPTY };
    let log = line.input(connected);
    assert_eq!(log, [format!("misuse: {}", Misuse::AlreadyConnected)]);
}
