//! Logouts, ends and what comes after them.

use fixline::session::{Input, Refusal, ResetPermission, SeqNums, Status, Version};

use crate::line::{Line, acceptor, initiator, nums};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

fn connected(config: fixline::session::ConfigBuilder) -> Line {
    let mut line = Line::new(config, SeqNums::FRESH);
    line.connect();
    line
}

/// A session in each of the states that wait for something, with its name.
fn waiting() -> Vec<(&'static str, Line)> {
    let after = |step: fn(&mut Line)| {
        let mut line = up();
        line.serves = false;
        step(&mut line);
        line
    };
    let mut deciding = connected(acceptor(Version::Fix44));
    deciding.receive("35=A|34=1|98=0|108=0");
    let mut quiet = connected(acceptor(Version::Fix44));
    quiet.receive("35=A|34=1|98=0|108=0");
    quiet.accept();
    quiet.receive("35=D|34=9|11=A");
    vec![
        ("AwaitingLogon", connected(acceptor(Version::Fix44))),
        ("Deciding", deciding),
        ("Signing", connected(initiator(Version::Fix44).sign_logon(true))),
        ("LogonSent", connected(initiator(Version::Fix44))),
        ("a gap without heartbeats", quiet),
        (
            "ResetProbe",
            after(|line| {
                line.input(Input::ResetSeqNums);
            }),
        ),
        (
            "ResetSent",
            after(|line| {
                line.input(Input::ResetSeqNums);
                line.receive("35=0|34=2|112=2");
            }),
        ),
        (
            "a replay",
            after(|line| {
                line.receive("35=2|34=2|7=1|16=0");
            }),
        ),
        (
            "LogoutDue",
            after(|line| {
                line.receive("35=2|34=2|7=1|16=0");
                line.logout("bye");
            }),
        ),
        (
            "LogoutSent",
            after(|line| {
                line.logout("bye");
            }),
        ),
        (
            "LogoutReceived",
            after(|line| {
                line.receive("35=5|34=9");
            }),
        ),
        (
            "LogoutAcked",
            after(|line| {
                line.receive("35=5|34=2");
            }),
        ),
        (
            "Failing",
            after(|line| {
                line.receive("35=D|34=1|11=A");
            }),
        ),
    ]
}

/// END-02: a Logon or a Logout without an answer was waited for until somebody restarted it.
#[test]
fn whatever_waits_ends_by_itself() {
    for (name, mut line) in waiting() {
        assert!(line.session.deadline().is_some(), "{name}");
        let log = line.wait(300.0);
        assert!(matches!(line.session.status(), Status::Ended(_)), "{name}: {log:?}");
        assert_eq!(line.session.deadline(), None, "{name}");
    }
}

/// END-09, END-04: only some ways to end said so; a caller span on a dead session.
#[test]
fn every_end_is_told_once_and_nothing_comes_behind_it() {
    for (name, line) in waiting() {
        let ends: [fn(&mut Line) -> Vec<String>; 3] = [
            |line| line.wait(300.0),
            |line| line.input(Input::Disconnect),
            |line| line.input(Input::Closed),
        ];
        for end in ends {
            let mut line = line.clone();
            let mut log = end(&mut line);
            for _ in 0..2 {
                log.extend(line.tick());
                log.extend(line.input(Input::Bytes(b"8=FIX.4.4\x019=5\x0135=0\x01")));
                log.extend(line.input(Input::Disconnect));
            }
            let told = log.iter().filter(|entry| entry.starts_with("disconnect: ")).count();
            assert_eq!(told, 1, "{name}: {log:?}");
            let end = log.iter().position(|entry| entry.starts_with("disconnect: ")).unwrap();
            let behind = &log[end + 1..];
            assert!(behind.iter().all(|entry| entry.starts_with("misuse: ")), "{name}: {log:?}");
        }
    }
}

/// END-05: a Logout went out on no connection, or before the Logon.
#[test]
fn no_logout_comes_before_a_logon() {
    for config in [acceptor(Version::Fix44), initiator(Version::Fix44).sign_logon(true)] {
        let mut line = connected(config);
        assert_eq!(line.logout("bye"), ["disconnect: disconnected on request"]);
        assert_eq!(line.next_out(), 1);
        line.close();
        assert_eq!(line.logout("bye").len(), 1);
        assert_eq!(line.next_out(), 1);
    }
}

/// END-06, END-14: the application was not told why the peer left.
#[test]
fn the_words_of_a_logout_reach_the_application_once() {
    for (seq, fine) in [(2, true), (1, true), (5, true)] {
        let mut line = up();
        let log = line.receive(&format!("35=5|34={seq}|58=LUNCH"));
        let shown = log.iter().filter(|entry| entry.starts_with("deliver 5 ")).count();
        assert_eq!(shown == 1, fine, "{seq}: {log:?}");
        let log = line.wait(30.0);
        assert!(!log.iter().any(|entry| entry.starts_with("deliver")), "{log:?}");
    }
}

/// END-11: after a Logout a session stayed disabled until it was restarted.
#[test]
fn a_session_logs_on_again_after_every_kind_of_end() {
    let ends: [fn(&mut Line); 8] = [
        |line| {
            line.logout("bye");
            let answer = format!("35=5|34={}", line.next_in());
            line.receive(&answer);
        },
        |line| {
            line.logout("bye");
            line.wait(10.0);
        },
        |line| {
            let logout = format!("35=5|34={}", line.next_in());
            line.receive(&logout);
        },
        |line| {
            line.receive("35=D|34=1|11=Z");
        },
        |line| {
            line.wait(300.0);
        },
        |line| {
            line.input(Input::Disconnect);
        },
        |line| {
            line.close();
            line.connect();
            if !line.receive("35=A|34=1|49=STRANGER|98=0|108=30").is_empty() {
                line.refuse(Refusal::Silent);
            }
        },
        |_| {},
    ];
    for config in [acceptor, initiator] {
        let config = config(Version::Fix44).reset_permission(ResetPermission::ALL);
        let mut line = Line::up(config);
        for (at, end) in ends.iter().enumerate() {
            end(&mut line);
            line.close();
            assert_eq!(line.session.status(), Status::Disconnected, "end {at}");
            let numbers = line.session.seq_nums();
            line.log_on(numbers.next_in.get());
            let up = Status::LoggedOn { recovering: false, replaying: false };
            assert_eq!(line.session.status(), up, "end {at}");
            assert_eq!(line.send("D", "11=A"), Ok(numbers.next_out.get() + 1), "end {at}");
        }
        assert_eq!(line.session.seq_nums(), nums(line.next_in(), line.next_out()));
    }
}
