//! `fixline decode` as a program: what it prints for a log, and what it says of bad lines.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

use fixline::wire::from_text;

/// Starts `fixline decode`.
fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_fixline"))
        .arg("decode")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs `fixline decode` with a log on standard input.
fn decode(arguments: &[&str], log: &[u8]) -> Output {
    let mut child = start(arguments);
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
    assert_eq!(told, "1 message\n");
    assert!(output.status.success());
}

#[test]
fn session_messages_under_fixt_are_read_as_such_whatever_the_application_version() {
    let logon = line(
        "8=FIXT.1.1|35=A|49=A|56=B|34=1|98=0|108=30|1137=6|1400=0|1401=4|1409=0|\
         384=1|372=X|1130=9|1410=Y|",
    );
    let of_type = |msg_type| line(&format!("8=FIXT.1.1|35={msg_type}|49=A|56=B|34=2|1128=6|"));
    let (order, admin) = (of_type("D"), of_type("0"));
    let incremental = line("8=FIXT.1.1|35=X|49=A|56=B|34=3|268=1|279=0|1500=S|");
    let output = decode(&[], [logon, order, admin, incremental].concat().as_bytes());
    let (text, _) = printed(&output);
    for name in [
        "   1137 DefaultApplVerID ",
        "   1400 EncryptedPasswordMethod ",
        "   1409 SessionStatus ",
        "line 2: FIXT.1.1 NewOrderSingle (D)",
        "   1128 ApplVerID ",
        "line 3: FIXT.1.1 Heartbeat (0)",
        // FIX.4.4 has no such field: the Logon says FIX.5.0SP2 for this type of message.
        "   1500 MDStreamID ",
    ] {
        assert!(text.contains(name), "{name}: {text}");
    }
}

#[test]
fn a_secret_that_a_wrong_data_length_covers_is_not_shown() {
    let log = "8=FIX.4.4|9=5|35=A|354=15|355=abc|554=hunter2|10=000|\n";
    for arguments in [&[][..], &["--json"]] {
        let output = decode(arguments, log.as_bytes());
        let (text, told) = printed(&output);
        assert!(text.contains("***") && !text.contains("hunter2"), "{text}");
        assert!(!told.contains("hunter2"), "{told}");
    }
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
         2 messages, 1 could not be read, 1 line without a message\n"
    );
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(decode(&["--strict"], log.as_bytes()).status.code(), Some(2));
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
fn a_misspelt_type_is_told_when_nothing_is_shown() {
    let log = line("8=FIX.4.2|35=0|49=A|56=B|34=7|");
    let told = |types| printed(&decode(&["--type", types], log.as_bytes())).1.to_owned();
    let left_out = "0 messages, 1 left out by the filters\n";
    let hint = "--type Hartbeat: did you mean Heartbeat?\n";
    assert_eq!(told("Hartbeat,D"), format!("{left_out}{hint}"));
    assert_eq!(told("D"), left_out);
    assert_eq!(told("Hartbeat,0"), "1 message\n");
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
        assert!(text.contains("   5001 Ours          x\n"), "{text}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn every_way_to_write_a_line_is_read() {
    let heartbeat = line("8=FIX.4.2|35=0|49=A|56=B|34=7|");
    let log = [
        heartbeat.replace('|', "^A").replace('\n', "\r\n"),
        heartbeat.replace('|', "\u{1}"),
        format!("2026-11-23T10:00:00.000001Z INFO session[A->B] in: {heartbeat}"),
    ];
    let mut bytes = b"caf\xe9 ".to_vec();
    bytes.extend_from_slice(log.concat().as_bytes());
    let output = decode(&[], &bytes);
    let (text, told) = printed(&output);
    let titles: Vec<_> = text.lines().filter(|line| !line.starts_with(' ')).collect();
    let title = |number| format!("line {number}: FIX.4.2 Heartbeat (0)  A > B  7");
    assert_eq!(titles, [title(1), String::new(), title(2), String::new(), title(3), String::new()]);
    assert!(text.contains("\n  caf\\xe9\n"), "{text}");
    assert!(text.contains("\n  2026-11-23T10:00:00.000001Z INFO session[A->B] in:\n"), "{text}");
    assert_eq!(told, "3 messages\n");
}

#[test]
fn what_is_no_log_is_no_harm() {
    let output = decode(&[], b"");
    assert_eq!(printed(&output), ("", "0 messages\n"));
    assert_eq!(output.status.code(), Some(1));
}

/// `fixline decode log | head`.
#[test]
fn a_reader_who_has_read_enough_ends_it_quietly() {
    let log = line("8=FIX.4.2|35=0|49=A|56=B|34=7|").repeat(20_000);
    for arguments in [&[][..], &["--json"]] {
        let mut child = start(arguments);
        let mut input = child.stdin.take().unwrap();
        let log = log.clone();
        let writer = std::thread::spawn(move || {
            // The program ends before it has read everything.
            let _ = input.write_all(log.as_bytes());
        });
        let mut first = String::new();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        reader.read_line(&mut first).unwrap();
        drop(reader);
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        assert!(first.contains("Heartbeat"), "{first}");
        assert_eq!((output.status.code(), printed(&output).1), (Some(0), ""));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_stays_the_same_however_long_lines_and_logs_are() {
    let mut child = start(&["--json"]);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        std::io::copy(&mut output, &mut std::io::sink()).unwrap();
    });
    let mut input = child.stdin.take().unwrap();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        input.write_all(&piece).unwrap();
    }
    let many = line("8=FIX.4.2|35=0|49=A|56=B|34=7|").repeat(1000);
    input.write_all(b"\n").unwrap();
    for _ in 0..20 {
        input.write_all(many.as_bytes()).unwrap();
    }
    // All but what a pipe holds has been read.
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    reader.join().unwrap();
    assert!(peak < 40 << 10, "{peak} KiB");
    let (_, told) = printed(&output);
    assert_eq!(told, "20000 messages, 1 line without a message\n");
    assert_eq!(output.status.code(), Some(0));
}

/// With `script`, which makes a terminal; without it, there is nothing to see.
#[test]
#[cfg(target_os = "linux")]
fn a_bar_on_the_terminal_shows_how_far_it_is_and_is_gone_at_the_end() {
    let folder = std::env::temp_dir().join(format!("fixline-bar-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let log = line("8=FIX.4.2|35=0|49=A|56=B|34=7|").repeat(5_000);
    std::fs::write(path("log"), log).unwrap();
    let program = env!("CARGO_BIN_EXE_fixline");
    let command = format!("{program} decode {} > {}", path("log"), path("out"));
    let run = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output();
    let text = std::fs::read_to_string(path("out"));
    std::fs::remove_dir_all(&folder).unwrap();
    let Ok(run) = run else { return };
    let shown = String::from_utf8_lossy(&run.stdout);
    assert!(shown.contains("% of ") && shown.contains("B/s") && shown.contains("left"), "{shown}");
    // The line is cleared before the summary is written.
    assert!(shown.ends_with("\x1b[2K5000 messages\r\n"), "{shown:?}");
    let text = text.unwrap();
    assert_eq!((text.matches("Heartbeat (0)").count(), text.contains('\x1b')), (5000, false));
}

/// A folder of its own for a test.
fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("fixline-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

const HEARTBEAT: &str = "8=FIX.4.2|35=0|49=A|56=B|34=7|";

// FILE-12
#[test]
fn file_12_logs_are_read_with_any_delimiter_packed_and_in_utf_16() {
    let folder = folder("packed");
    let log = line(HEARTBEAT).replace('|', ";");
    let utf16: Vec<u8> =
        format!("\u{feff}{log}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&utf16).unwrap();
    let gzip = packer.finish().unwrap();
    let expected = "-:-     A>B 7 Heartbeat\n".replace("-:-", "--:--:--");
    let files = [("plain", log.clone().into_bytes()), ("utf16", utf16), ("gzip", gzip)];
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        let output = decode(&["--short", path.to_str().unwrap()], b"");
        assert_eq!(printed(&output), (expected.as_str(), "1 message\n"), "{name}");
        assert_eq!(output.status.code(), Some(0));
    }
    let path = folder.join("log.xz");
    std::fs::write(&path, b"\xfd7zXZ\0").unwrap();
    let output = decode(&[path.to_str().unwrap()], b"");
    let told = format!("error: {}: is packed by xz: unpack it with `xz -dc`\n", path.display());
    assert_eq!(printed(&output).1, format!("{told}0 messages\n"));
    assert_eq!(output.status.code(), Some(2));
    // Cut off: what is there is shown.
    let path = folder.join("gzip");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 4]).unwrap();
    let output = decode(&["--short", path.to_str().unwrap()], b"");
    assert_eq!((printed(&output).0, output.status.code()), (expected.as_str(), Some(2)));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn file_12_a_sum_over_the_delimiter_of_the_log_is_said_to_be_such() {
    let log = "8=FIX.4.2;9=5;35=0;10=079;\n";
    let output = decode(&[], log.as_bytes());
    let (text, told) = printed(&output);
    assert!(
        text.contains("10 CheckSum     079  right, counted over `;` in place of SOH\n"),
        "{text}"
    );
    assert_eq!(told, "1 message\n");
}

// FILE-13
#[test]
fn file_13_each_message_is_shown_as_soon_as_it_is_there() {
    let mut child = start(&["--short"]);
    let mut input = child.stdin.take().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    for number in 1..4 {
        let log = line(&HEARTBEAT.replace("34=7", &format!("34={number}")));
        input.write_all(log.as_bytes()).unwrap();
        let mut first = String::new();
        reader.read_line(&mut first).unwrap();
        assert!(first.contains(&format!("A>B {number} Heartbeat")), "{first}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

// FILE-13
#[test]
fn file_13_a_growing_file_is_followed_through_what_befalls_it() {
    let folder = folder("follow");
    let path = folder.join("log");
    let log = |number: u32| line(&HEARTBEAT.replace("34=7", &format!("34={number}")));
    std::fs::write(&path, log(1)).unwrap();
    let mut child = start(&["--short", "--follow", path.to_str().unwrap()]);
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut expect = |number: u32| {
        let mut first = String::new();
        reader.read_line(&mut first).unwrap();
        assert!(first.contains(&format!("A>B {number} Heartbeat")), "{first}");
    };
    expect(1);
    let mut file = std::fs::File::options().append(true).open(&path).unwrap();
    file.write_all(log(2).as_bytes()).unwrap();
    expect(2);
    // It was put away, and another has taken its name.
    if cfg!(unix) {
        std::fs::rename(&path, folder.join("old")).unwrap();
        std::fs::write(&path, log(3)).unwrap();
        expect(3);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

// FILE-13
#[test]
#[cfg(target_os = "linux")]
fn file_13_standard_error_that_is_full_or_closed_is_no_harm() {
    let program = env!("CARGO_BIN_EXE_fixline");
    for end in ["2>/dev/full", "2>&-"] {
        for arguments in
            ["decode", "decode nowhere.log", "decode --default-version x", "check none.cfg"]
        {
            let command = format!("printf '8=FIX.4.2|9=5|35=0|' | {program} {arguments} {end}");
            let status = Command::new("sh").args(["-c", &command]).status().unwrap();
            assert!(matches!(status.code(), Some(1 | 2)), "{arguments} {end}: {status}");
        }
    }
    let command = format!("printf '8=FIX.4.2|9=5|35=0|10=000|' | {program} decode >/dev/full");
    let output = Command::new("sh").args(["-c", &command]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

// FILE-13
#[test]
fn file_13_filters_are_by_field_and_time() {
    let log = [
        line("8=FIX.4.4|35=D|49=A|56=B|34=7|52=20261123-09:00:00|11=O1|"),
        line("8=FIX.4.4|35=8|49=B|56=A|34=8|52=20261123-10:00:00|11=O1|37=X|"),
        line("8=FIX.4.4|35=G|49=A|56=B|34=9|52=20261123-11:00:00|11=O2|41=O1|"),
        line("8=FIX.4.4|35=8|49=B|56=A|34=9|52=20261123-12:00:00|11=O9|37=Y|"),
    ]
    .concat();
    let folder = folder("filters");
    let path = folder.join("log");
    std::fs::write(&path, &log).unwrap();
    let shown = |arguments: &[&str]| {
        let arguments = [&["--json", path.to_str().unwrap()], arguments].concat();
        let output = decode(&arguments, b"");
        let (text, _) = printed(&output);
        let numbers: Vec<_> = text.lines().map(|line| line[8..9].to_owned()).collect();
        (numbers.join(" "), output.status.code())
    };
    let found = |numbers: &str| (numbers.to_owned(), Some(0));
    assert_eq!(shown(&["--field", "11=O1"]), found("1 2"));
    assert_eq!(shown(&["--field", "clordid=O1", "--field", "OrderID=X"]), found("2"));
    assert_eq!(shown(&["--field", "41"]), found("3"));
    assert_eq!(shown(&["--field", "11=O7"]), (String::new(), Some(1)));
    assert_eq!(shown(&["--since", "10:00", "--until", "12:00"]), found("2 3"));
    assert_eq!(shown(&["--around", "O2"]), found("1 2 3"));
    assert_eq!(shown(&["--around", "X"]), found("1 2 3"));
    std::fs::remove_dir_all(&folder).unwrap();
}

// FILE-13
#[test]
fn file_13_one_bad_file_of_several_does_not_keep_the_others_back() {
    let folder = folder("several");
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    std::fs::write(folder.join("b.log"), line(HEARTBEAT)).unwrap();
    std::fs::write(folder.join("sub/a.log"), line(HEARTBEAT)).unwrap();
    std::fs::write(folder.join(".hidden"), line(HEARTBEAT)).unwrap();
    let path = folder.to_str().unwrap();
    let output = decode(&["--short", "nowhere.log", path], b"");
    let (text, told) = printed(&output);
    let expected = format!(
        "{path}/b.log:1 --:--:--     A>B 7 Heartbeat\n{path}/sub/a.log:1 --:--:--     A>B 7 Heartbeat\n"
    );
    assert_eq!(text, expected);
    assert!(told.starts_with("error: nowhere.log: ") && told.ends_with("2 messages\n"), "{told}");
    assert_eq!(output.status.code(), Some(2));
    std::fs::remove_dir_all(&folder).unwrap();
}

// FILE-13
#[test]
fn file_13_a_dictionary_of_fix_5_leaves_the_logon_its_name() {
    let folder = folder("five");
    let path = folder.join("five.txt");
    std::fs::write(&path, "version FIX.5.0\nfield 35 MsgType String\nmessage D Ours 35\n").unwrap();
    let log = line("8=FIXT.1.1|35=A|49=A|56=B|34=1|") + &line("8=FIXT.1.1|35=D|49=A|56=B|34=2|");
    let output = decode(&["--short", "--dictionary", path.to_str().unwrap()], log.as_bytes());
    let (text, told) = printed(&output);
    assert!(text.contains("A>B 1 Logon") && text.contains("A>B 2 Ours"), "{text}{told}");
    // A venue's own field, whatever the version.
    std::fs::write(&path, "field 5001 VenueFlag String\n").unwrap();
    let log = line("8=FIX.4.4|35=D|49=A|56=B|34=1|5001=x|").replace("34=1|", "34=1|11=1|");
    let output = decode(&["--overlay", path.to_str().unwrap()], log.as_bytes());
    assert!(printed(&output).0.contains("5001 VenueFlag "), "{:?}", printed(&output));
    std::fs::remove_dir_all(&folder).unwrap();
}

// FILE-13
#[test]
fn file_13_colour_stats_pages_completions_and_manual() {
    let log = line(HEARTBEAT);
    for option in ["--color", "--colour"] {
        let output = decode(&["--short", option, "always"], log.as_bytes());
        assert!(printed(&output).0.contains("\u{1b}[1;36mHeartbeat\u{1b}[0m"));
    }
    let output = decode(&["--stats"], log.as_bytes());
    assert!(printed(&output).0.starts_with("A>B  1 messages"), "{:?}", printed(&output));
    let folder = folder("page");
    let page = folder.join("page.html");
    let output = decode(&["--html", page.to_str().unwrap()], log.as_bytes());
    assert_eq!((printed(&output).0, output.status.code()), ("", Some(0)));
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.contains("<details class=\"\" data-type=\"0\"><summary>"), "{text}");
    assert!(text.starts_with("<!DOCTYPE html>") && text.ends_with("</html>\n"));
    std::fs::remove_dir_all(&folder).unwrap();
    for (arguments, expected) in [
        (&["completions", "bash"][..], "--around"),
        (&["completions", "zsh"], "--around"),
        (&["man"], ".TH fixline"),
        (&["man", "decode"], "\\-\\-follow"),
    ] {
        let run = Command::new(env!("CARGO_BIN_EXE_fixline")).args(arguments).output().unwrap();
        assert!(String::from_utf8_lossy(&run.stdout).contains(expected), "{arguments:?}");
        assert!(run.status.success());
    }
}

// SAFE-05
#[test]
fn safe_05_what_a_terminal_obeys_is_escaped_wherever_it_comes_from() {
    let folder = folder("escape");
    let dictionary = folder.join("own");
    std::fs::write(
        &dictionary,
        "field 35 MsgType String X=Re\u{1b}[2J\nfield 58 Te\u{202e}xt String\nmessage X N\u{1b}[31m 58\n",
    )
    .unwrap();
    let log = folder.join("log\u{1b}[2J");
    std::fs::write(&log, line("8=FIX.4.4|35=X|49=A|56=B|34=7|58=a\u{2067}\u{200b}b|")).unwrap();
    let (log, dictionary) = (log.to_str().unwrap(), dictionary.to_str().unwrap());
    for form in ["--short", "--long", "--json", "--stats"] {
        let output = decode(&[form, "--dictionary", dictionary, log, log, "no\u{1b}[2J"], b"");
        let (text, told) = printed(&output);
        let is_plain = |char: char| char == '\n' || fixline::settings::Shown::is_plain(char);
        assert!(text.chars().all(is_plain), "{form}: {text:?}");
        assert!(told.chars().all(is_plain), "{form}: {told:?}");
        assert!(text.len() > 10, "{form}: {told}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A log of many shapes, longer than several pieces of what is read at once: values over several
/// lines, data, every delimiter, lines cut off, Logons that change how others are read.
fn mixed_log() -> Vec<u8> {
    let mut log = Vec::new();
    for number in 0..4_000_usize {
        let heading = ["", "10:00:00.001 OUT ", "20261123-10:00:00 : ", "x=1|"][number % 4];
        let version = ["FIX.4.2", "FIXT.1.1", "FIX.4.4", "FIX.9.9"][number / 7 % 4];
        let head = format!("8={version}|35=%|49=A{}|56=B|34={number}|", number % 3);
        let text = head
            + match number % 11 {
                0 => "11=O1|453=2|448=ME|447=D|452=1|448=YOU|447=D|452=3|54=1|",
                1 => "58=first\nsecond\n\nthird|",
                2 => "95=5|96=a\\x0110=|58=c|",
                3 => "98=0|1137=7|",
                4 => "98=0|1137=9|384=1|372=D|1130=6|",
                _ => "55=X|54=1|40=2|",
            };
        let kind = match number % 11 {
            3 | 4 => "A",
            _ => ["D", "8", "0", "U7"][number % 4],
        };
        let wire = String::from_utf8(from_text(&text.replace('%', kind))).unwrap();
        let delimiter = ["\x01", "|", "^A", ";", "<SOH>"][number / 100 % 5];
        let line = wire.replace('\x01', delimiter);
        let len = if number % 313 == 0 { line.len() / 2 } else { line.len() };
        let end = ["\n", "\r\n", "\nnothing here\n", ""][number / 3 % 4];
        log.extend([heading, &line[..len], end].concat().into_bytes());
        if number % 2_000 == 0 {
            // Longer than what is read at once.
            let long = line_of("8=FIX.4.4|35=B|148=x|58=", &"many words\n".repeat(25_000));
            log.extend(long);
        }
    }
    log
}

fn line_of(head: &str, value: &str) -> Vec<u8> {
    from_text(&format!("{head}{value}|"))
}

#[test]
fn the_output_is_the_same_however_many_threads_decode() {
    let folder = folder("threads");
    let (log, page) = (folder.join("log"), folder.join("page"));
    std::fs::write(&log, mixed_log()).unwrap();
    let (log, page) = (log.to_str().unwrap(), page.to_str().unwrap());
    for arguments in [
        &["--short"][..],
        &["--long"],
        &["--json", "--type", "D"],
        &["--field", "34=777"],
        &["--stats"],
        &["--around", "O1"],
        &["--html", page],
    ] {
        let run = |threads: &str| {
            let _ = std::fs::remove_file(page);
            let arguments = [arguments, &["--threads", threads, log]].concat();
            let output = decode(&arguments, b"");
            let page = std::fs::read(page).unwrap_or_default();
            (output.status.code(), output.stdout, output.stderr, page)
        };
        let one = run("1");
        assert_eq!(one.0, Some(0), "{}", String::from_utf8_lossy(&one.2));
        for threads in ["2", "5"] {
            let several = run(threads);
            assert!(several == one, "{arguments:?} with {threads} threads");
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}
