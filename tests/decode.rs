//! `fixline decode` as a program: what it prints for a log, and what it says of bad lines.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use fixline::wire::from_text;

/// Runs `fixline decode` with a log on standard input.
fn decode(arguments: &[&str], log: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fixline"))
        .arg("decode")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let log = log.to_vec();
    let writer = std::thread::spawn(move || {
        // The program may end before it has read everything.
        let _ = input.write_all(&log);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn printed(output: &Output) -> (&str, &str) {
    let text = |bytes| std::str::from_utf8(bytes).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// A message as a log has it.
fn line(text: &str) -> String {
    format!("{}\n", String::from_utf8(from_text(text)).unwrap().replace('\x01', "|"))
}

#[test]
fn a_log_becomes_text_with_names_and_indented_groups() {
    let order = line(
        "8=FIX.4.4|35=D|49=CLIENT|56=BROKER|34=7|52=20261123-10:00:00|11=O-1|453=2|448=ME|447=D|\
         452=1|448=YOU|447=D|452=3|54=1|60=20261123-10:00:00|40=2|",
    );
    let output = decode(&[], format!("10:00:00.001 OUT {order}").as_bytes());
    let expected = "\
line 1: FIX.4.4 NewOrderSingle (D)  CLIENT > BROKER  7
  10:00:00.001 OUT
      8 BeginString   FIX.4.4
      9 BodyLength    134  right
     35 MsgType       D  NewOrderSingle
     49 SenderCompID  CLIENT
     56 TargetCompID  BROKER
     34 MsgSeqNum     7
     52 SendingTime   20261123-10:00:00
     11 ClOrdID       O-1
    453 NoPartyIDs    2
        [1]
            448 PartyID        ME
            447 PartyIDSource  D  Proprietary
            452 PartyRole      1  ExecutingFirm
        [2]
            448 PartyID        YOU
            447 PartyIDSource  D  Proprietary
            452 PartyRole      3  ClientID
     54 Side          1  Buy
     60 TransactTime  20261123-10:00:00
     40 OrdType       2  Limit
     10 CheckSum      101  right

";
    let (text, told) = printed(&output);
    assert_eq!(text, expected);
    assert_eq!(told, "1 messages\n");
    assert!(output.status.success());
}

#[test]
fn bad_lines_are_told_by_number_and_the_rest_is_shown() {
    let good = line("8=FIX.4.2|35=0|49=A|56=B|34=7|");
    let log = format!("started\n{good}8=FIX.4.2|9=5|35=0|\n{good}");
    let output = decode(&["--json"], log.as_bytes());
    let (text, told) = printed(&output);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.starts_with(r#"{"line":2,"#), "{text}");
    assert_eq!(
        told,
        "line 3: the message ends without CheckSum(10): cut off\n\
         2 messages, 1 could not be read, 1 lines without a message\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn filters_are_by_type_session_and_number() {
    let log = [
        line("8=FIX.4.2|35=0|49=A|56=B|34=7|"),
        line("8=FIX.4.2|35=1|49=A|56=B|34=8|112=x|"),
        line("8=FIX.4.2|35=0|49=B|56=A|34=9|"),
    ]
    .concat();
    let shown = |arguments: &[&str]| {
        let output = decode(&[&["--json"], arguments].concat(), log.as_bytes());
        let (text, _) = printed(&output);
        let number = |line: &str| line[8..9].to_owned();
        text.lines().map(number).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown(&[]), "1 2 3");
    assert_eq!(shown(&["--type", "Heartbeat"]), "1 3");
    assert_eq!(shown(&["--type", "1,D"]), "2");
    assert_eq!(shown(&["--session", "B>A"]), "3");
    assert_eq!(shown(&["--number", "8-"]), "2 3");
    assert_eq!(shown(&["--number", "8-", "--session", "A>B"]), "2");
}

#[test]
fn what_is_asked_for_wrongly_is_explained() {
    for (arguments, expected) in [
        (&["--number", "x"][..], "`x` is no MsgSeqNum"),
        (&["--default-version", "FIX.9"], "--default-version FIX.9: give one of FIX.4.0"),
        (&["--dictionary", "nowhere.xml"], "nowhere.xml: No such file"),
        (&["nowhere.log"], "nowhere.log: No such file"),
    ] {
        let output = decode(arguments, b"");
        let (_, told) = printed(&output);
        assert!(told.contains(expected), "{told}");
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn a_dictionary_of_ones_own_gives_its_names() {
    let folder = std::env::temp_dir().join(format!("fixline-decode-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let xml = r#"<fix type="FIX" major="4" minor="4" servicepack="0">
        <header><field name="MsgType" required="Y"/></header><trailer/>
        <messages><message name="Own" msgtype="U1" msgcat="app">
            <field name="Ours" required="N"/></message></messages>
        <components/>
        <fields><field number="35" name="MsgType" type="STRING"/>
            <field number="5001" name="Ours" type="STRING"/></fields></fix>"#;
    let text = "field 35 MsgType String\nfield 5001 Ours String\nheader 35!\nmessage U1 Own 5001\n";
    let log = line("8=FIX.4.4|35=U1|49=A|56=B|34=7|5001=x|");
    for dictionary in [xml, text] {
        let path = folder.join("own");
        std::fs::write(&path, dictionary).unwrap();
        let output = decode(&["--dictionary", path.to_str().unwrap()], log.as_bytes());
        let (text, told) = printed(&output);
        assert!(text.contains("Own (U1)"), "{text}{told}");
        assert!(text.contains("   5001 Ours     x\n"), "{text}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
