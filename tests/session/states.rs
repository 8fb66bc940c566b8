//! Every state, every message, every place of its number, repeated or not, in both roles: what is
//! expected of each, written by hand from the rules, and compared with what happens.
//!
//! `docs/STATES.md` says in words what the gate decides; here is what comes of it.

use fixline::session::{ConfigBuilder, Input, ResetPermission, Role, Status, Version};

use crate::line::{Line, acceptor, initiator, nums, repetition};

/// The columns are: a number below the expected one, the expected one, and above it; `Y` is a
/// repetition (PossDupFlag and OrigSendingTime). In the cells:
///
/// - `-` nothing, `c` its number is counted, `j` the expected number becomes its NewSeqNo,
///   `d` it is delivered, `h` it is held, `a` the application is asked for a verdict, and accepts,
///   `r` both numbers restart, `x` the connection ends
/// - `0 1 2 3 5 A` a Heartbeat, TestRequest, ResendRequest, Reject, Logout, Logon goes out, `4` a
///   gap fill answers
const EXPECTED: &str = "
Active                  low  lowY exp  expY high highY
Heartbeat               5    -    c    c    2h   2h
TestRequest             5    -    c0   c    2h   2h
ResendRequest           5    -    c4   c    42   2h
Reject                  5    -    cd   cd   2h   2h
SequenceReset-GapFill   5    -    j    j    2    2
SequenceReset-Reset     j    j    j    j    j    j
Logout                  5d   -    c5d  c    2d   2h
Logon                   5    -    5    c    5    2h
Logon-141=Y-34=1        rA   -    rA   -    rA   -
application             5    -    cd   cd   2h   2h
application-empty-tag   5    -    c3   c3   2h   2h
application-stranger's  35   35   c35  c35  35   35

ResetProbe              as Active
ResendRequest           5    -    c41  c    42   2h

ResetSent               low  lowY exp  expY high highY
Heartbeat               -    -    -    -    -    -
TestRequest             -    -    -    -    -    -
ResendRequest           -    -    -    -    -    -
Reject                  -    -    d    d    -    -
SequenceReset-GapFill   -    -    -    -    -    -
SequenceReset-Reset     -    -    -    -    -    -
Logout                  5d   -    5d   -    5d   -
Logon                   5    5    5    5    5    5
Logon-141=Y-34=1        c    5    c    5    c    5
application             -    -    d    d    -    -
application-empty-tag   -    -    -    -    -    -
application-stranger's  35   35   35   35   35   35

LogoutDue               low  lowY exp  expY high highY
Heartbeat               5    -    c    c    -    -
TestRequest             5    -    c0   c    -    -
ResendRequest           5    -    c    c    -    -
Reject                  5    -    cd   cd   -    -
SequenceReset-GapFill   5    -    j    j    -    -
SequenceReset-Reset     j    j    j    j    j    j
Logout                  d    -    cd   c    d    -
Logon                   5    -    5    c    5    -
Logon-141=Y-34=1        5    -    5    -    5    -
application             5    -    cd   cd   -    -
application-empty-tag   5    -    c3   c3   -    -
application-stranger's  35   35   c35  c35  35   35

LogoutSent              low  lowY exp  expY high highY
Heartbeat               x    -    c    c    -    -
TestRequest             x    -    c    c    -    -
ResendRequest           x    -    c4   c    4    -
Reject                  x    -    cd   cd   -    -
SequenceReset-GapFill   x    -    j    j    -    -
SequenceReset-Reset     j    j    j    j    j    j
Logout                  dx   -    cdx  c    dx   -
Logon                   x    -    x    c    x    -
Logon-141=Y-34=1        x    -    x    -    x    -
application             x    -    cd   cd   -    -
application-empty-tag   x    -    -    -    -    -
application-stranger's  x    x    cx   cx   x    x

LogoutReceived          low  lowY exp  expY high highY
Heartbeat               5    -    c    c    h    h
TestRequest             5    -    c0   c    h    h
ResendRequest           5    -    c    c    -    h
Reject                  5    -    cd   cd   h    h
SequenceReset-GapFill   5    -    j    j    -    -
SequenceReset-Reset     j    j    j    j    j    j
Logout                  d    -    cd   c    d    h
Logon                   5    -    5    c    5    h
Logon-141=Y-34=1        5    -    5    -    5    -
application             5    -    cd   cd   h    h
application-empty-tag   5    -    c3   c3   h    h
application-stranger's  35   35   c35  c35  35   35

LogoutAcked             low  lowY exp  expY high highY
Heartbeat               x    -    c    c    -    -
TestRequest             x    -    c    c    -    -
ResendRequest           x    -    c4   c    4    -
Reject                  x    -    -    -    -    -
SequenceReset-GapFill   x    -    j    j    -    -
SequenceReset-Reset     j    j    j    j    j    j
Logout                  5d   -    c5d  c    5d   -
Logon                   x    -    x    c    x    -
Logon-141=Y-34=1        x    -    x    -    x    -
application             x    -    -    -    -    -
application-empty-tag   x    -    -    -    -    -
application-stranger's  x    x    cx   cx   x    x

Failing                 low  lowY exp  expY high highY
Heartbeat               -    -    -    -    -    -
TestRequest             -    -    -    -    -    -
ResendRequest           -    -    -    -    -    -
Reject                  -    -    -    -    -    -
SequenceReset-GapFill   -    -    -    -    -    -
SequenceReset-Reset     -    -    -    -    -    -
Logout                  dx   dx   cdx  cdx  dx   dx
Logon                   -    -    -    -    -    -
Logon-141=Y-34=1        -    -    -    -    -    -
application             -    -    -    -    -    -
application-empty-tag   -    -    -    -    -    -
application-stranger's  -    -    -    -    -    -

AwaitingLogon           low  lowY exp  expY high highY
Heartbeat               x    x    x    x    x    x
TestRequest             x    x    x    x    x    x
ResendRequest           x    x    x    x    x    x
Reject                  x    x    x    x    x    x
SequenceReset-GapFill   x    x    x    x    x    x
SequenceReset-Reset     x    x    x    x    x    x
Logout                  x    x    x    x    x    x
Logon                   a5x  a5x  caA  a5x  aA2  a5x
Logon-141=Y-34=1        arA  a5x  arA  a5x  arA  a5x
application             x    x    x    x    x    x
application-empty-tag   x    x    x    x    x    x
application-stranger's  x    x    x    x    x    x

LogonSent               low  lowY exp  expY high highY
Heartbeat               5x   5x   5x   5x   5x   5x
TestRequest             5x   5x   5x   5x   5x   5x
ResendRequest           5x   5x   5x   5x   5x   5x
Reject                  d    5x   cd   5x   d    5x
SequenceReset-GapFill   5x   5x   5x   5x   5x   5x
SequenceReset-Reset     5x   5x   5x   5x   5x   5x
Logout                  dx   dx   cdx  cdx  dx   dx
Logon                   5x   5x   cd   5x   2d   5x
Logon-141=Y-34=1        rAd  5x   rAd  5x   rAd  5x
application             5x   5x   5x   5x   5x   5x
application-empty-tag   5x   5x   5x   5x   5x   5x
application-stranger's  x    x    x    x    x    x

Deciding                nothing
Signing                 nothing
Ended                   nothing
";

/// What the rows stand for.
const MESSAGES: [(&str, &str); 12] = [
    ("Heartbeat", "35=0"),
    ("TestRequest", "35=1|112=T"),
    ("ResendRequest", "35=2|7=1|16=0"),
    ("Reject", "35=3|45=1"),
    ("SequenceReset-GapFill", "35=4|123=Y|36=99"),
    ("SequenceReset-Reset", "35=4|36=99"),
    ("Logout", "35=5"),
    ("Logon", "35=A|98=0|108=30"),
    ("Logon-141=Y-34=1", "35=A|98=0|108=30|141=Y"),
    ("application", "35=D|11=A"),
    ("application-empty-tag", "35=D|11="),
    ("application-stranger's", "35=D|49=STRANGER|11=A"),
];

/// A session in that state whose next expected number is 10; `None` where the role never is in it.
fn in_state(state: &str, role: Role) -> Option<Line> {
    let builder: fn(Version) -> ConfigBuilder =
        if role == Role::Initiator { initiator } else { acceptor };
    let config = builder(Version::Fix44).reset_permission(ResetPermission::ALL);
    let before_logons = match state {
        "AwaitingLogon" | "Deciding" => Some(Role::Acceptor),
        "LogonSent" | "Signing" => Some(Role::Initiator),
        _ => None,
    };
    if let Some(only) = before_logons {
        if role != only {
            return None;
        }
        let mut line = Line::new(config.sign_logon(state == "Signing"), nums(10, 20));
        line.connect();
        if state == "Deciding" {
            line.receive("35=A|34=10|98=0|108=30");
        }
        return Some(line);
    }
    // One message of the peer leads there, or none.
    let steps = match state {
        "ResetSent" | "LogoutDue" | "LogoutAcked" => 1,
        "LogoutReceived" => 2,
        _ => 0,
    };
    let mut line = Line::new(config, nums(9 - steps, 19));
    line.log_on(9 - steps);
    match state {
        "Active" => {}
        "ResetProbe" => drop(line.input(Input::ResetSeqNums)),
        "ResetSent" => {
            line.input(Input::ResetSeqNums);
            line.receive("35=0|34=9|112=20");
        }
        "LogoutDue" => {
            line.serves = false;
            line.receive("35=2|34=9|7=1|16=0");
            line.logout("bye");
        }
        "LogoutSent" => drop(line.logout("bye")),
        "LogoutReceived" => {
            line.serves = false;
            line.receive("35=2|34=8|7=1|16=0");
            line.receive("35=5|34=9");
        }
        "LogoutAcked" => drop(line.receive("35=5|34=9")),
        "Failing" => drop(line.receive("35=D|34=1|11=A")),
        "Ended" => drop(line.input(Input::Disconnect)),
        _ => panic!("no such state: {state}"),
    }
    Some(line)
}

/// What came of a message, in the letters of the table.
fn outcome(mut line: Line, message: &str) -> String {
    let before = line.session.seq_nums();
    let mut log = line.receive(message);
    let mut letters = String::new();
    if log.first().is_some_and(|entry| entry.starts_with("authenticate ")) {
        log.extend(line.accept());
    }
    let after = line.session.seq_nums();
    if after.epoch == before.epoch {
        match after.next_in.get() - before.next_in.get() {
            0 => {}
            1 => letters.push('c'),
            _ => {
                assert_eq!(after.next_in.get(), 99);
                letters.push('j');
            }
        }
    }
    for entry in &log {
        letters.push(match entry.split(' ').next().unwrap() {
            ">" => entry.strip_prefix("> 35=").and_then(|rest| rest.chars().next()).unwrap(),
            "deliver" => 'd',
            "hold" => 'h',
            "authenticate" => 'a',
            "reset" => 'r',
            "disconnect:" => 'x',
            "fetch" => continue,
            _ => panic!("{entry}"),
        });
    }
    assert_eq!(
        letters.contains('x'),
        matches!(line.session.status(), Status::Ended(_)) && !log.is_empty()
    );
    if letters.is_empty() { "-".to_owned() } else { letters }
}

/// The rows that are expected of each state.
fn expected() -> Vec<(&'static str, Vec<Vec<&'static str>>)> {
    let mut states: Vec<(&str, Vec<Vec<&str>>)> = Vec::new();
    for line in EXPECTED.lines().filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split_whitespace().collect();
        match cells.as_slice() {
            [state, "low", ..] => states.push((state, Vec::new())),
            [state, "as", other] => {
                let (_, rows) = states.iter().find(|(name, _)| name == other).expect("above");
                states.push((state, rows.clone()));
            }
            [state, "nothing"] => {
                let rows = MESSAGES.map(|(name, _)| [&[name], ["-"; 6].as_slice()].concat());
                states.push((state, rows.to_vec()));
            }
            // A row of the state above, in the place of the one it has from another state.
            [name, ..] => {
                let (_, rows) = states.last_mut().expect("a state above");
                rows.retain(|row| row[0] != *name);
                rows.push(cells);
            }
            [] => {}
        }
    }
    states
}

#[test]
fn every_message_has_the_expected_outcome_in_every_state_and_role() {
    let states = expected();
    assert_eq!(states.len(), 13);
    let mut differences = Vec::new();
    let mut cases = 0;
    for (state, rows) in states {
        assert_eq!(rows.len(), MESSAGES.len(), "{state}");
        for role in [Role::Initiator, Role::Acceptor] {
            let Some(line) = in_state(state, role) else { continue };
            for (name, fields) in MESSAGES {
                let cells = rows.iter().find(|row| row[0] == name).expect(name);
                assert_eq!(cells.len(), 7, "{state} {name}");
                let columns =
                    [(5, false), (5, true), (10, false), (10, true), (12, false), (12, true)];
                for (cell, (number, repeated)) in cells[1..].iter().zip(columns) {
                    let number = if name.ends_with("34=1") { 1 } else { number };
                    let message = format!("{fields}|34={number}");
                    let message = if repeated { repetition(&message) } else { message };
                    let found = outcome(line.clone(), &message);
                    cases += 1;
                    if found != *cell {
                        let case = format!("{state} {role:?}: {message}");
                        differences.push(format!("{case}: {found}, expected {cell}"));
                    }
                }
            }
        }
    }
    assert_eq!(cases, (9 * 2 + 4) * MESSAGES.len() * 6);
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
}
