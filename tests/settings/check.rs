//! `fixline check`.

use std::process::{Command, Output};

fn check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fixline"))
        .arg("check")
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/settings/cfg"))
        .env("FIX_HOST", "fix.example.com")
        .output()
        .expect("the program runs")
}

#[test]
fn a_file_that_is_right_says_what_its_sessions_do() {
    let output = check(&["initiator.cfg"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "\
initiator.cfg: OK, 2 sessions
  line 13: FIX.4.4 CLIENT -> BROKER, connects to fix.example.com:5001 or backup.example.com:5002
    heartbeats every 20s, reconnects after 5s
    never resets its numbers by itself
    keeps numbers and messages in memory: a restart begins at 1
    dictionary of FIX.4.4
  line 26: FIX.4.4 CLIENT -> VENUE, connects to fix.example.com:5001 or backup.example.com:5002
    heartbeats every 20s, reconnects after 30s
    resets its numbers after a Logout
    keeps numbers and messages in memory: a restart begins at 1
    dictionary of FIX.4.4
"
    );
    assert!(output.stderr.is_empty());
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn everything_that_is_wrong_goes_to_standard_error_with_its_line() {
    let output = check(&["--quiet", "wrong.cfg", "acceptance.cfg"]);
    assert!(output.stdout.is_empty());
    let expected: String =
        include_str!("cfg/wrong.txt").lines().map(|line| format!("wrong.cfg:{line}\n")).collect();
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    assert_eq!(output.status.code(), Some(1));
}
