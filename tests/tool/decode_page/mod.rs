//! The page of `fixline decode --html`, in a browser.

mod browser;

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use browser::Browser;
use fixline::wire::from_text;
use serde_json::json;

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("fixline-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The page of these lines, each a prefix and a message.
fn page(folder: &Path, lines: &[(&str, &str)]) -> PathBuf {
    let line = |(prefix, message): &(&str, &str)| {
        [prefix.as_bytes(), b" ", &from_text(message), b"\n"].concat()
    };
    let (log, page) = (folder.join("log"), folder.join("page.html"));
    std::fs::write(&log, lines.iter().flat_map(line).collect::<Vec<u8>>()).unwrap();
    let mut decode = Command::new(env!("CARGO_BIN_EXE_fixline"));
    let run = decode.arg("decode").arg(&log).arg("--html").arg(&page).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    page
}

/// Says, past what catches the output of tests, that nothing was tried.
fn left_out() {
    let _ = writeln!(
        std::io::stderr(),
        "\nLEFT OUT: no chromium and chromedriver here, so that no page was tried in a browser: \
         apt-get install chromium chromium-driver\n"
    );
}

const LADDER: [(&str, &str); 5] = [
    ("10:00:00.000", "8=FIX.4.4|35=A|49=CLIENT|56=BROKER|34=1|98=0|108=30|554=hunter2|"),
    ("10:00:00.001", "8=FIX.4.4|35=A|49=BROKER|56=CLIENT|34=1|98=0|108=30|"),
    ("10:00:01.000", "8=FIX.4.4|35=D|49=CLIENT|56=BROKER|34=2|11=ORDER-1|55=VOD.L|54=1|40=2|"),
    ("10:00:01.002", "8=FIX.4.4|35=8|49=BROKER|56=CLIENT|34=2|11=ORDER-1|150=0|39=0|"),
    ("10:00:31.000", "8=FIX.4.4|35=0|49=CLIENT|56=BROKER|34=3|"),
];

// FILE-13
#[test]
fn a_page_is_a_ladder_that_can_be_searched_and_folded() {
    let folder = folder("ladder");
    let page = page(&folder, &LADDER);
    let Some(browser) = Browser::start(&folder) else { return left_out() };
    browser.load(&page);
    let shown = || {
        browser.ask(
            "return [...document.querySelectorAll('details')].filter(row => row.offsetHeight > 0)
                .map(row => row.querySelector('summary').textContent.split(/\\s+/)[3])",
        )
    };
    let open = || browser.ask("return document.querySelectorAll('details[open]').length");
    let count = || browser.ask("return document.getElementById('count').textContent");

    let all = json!(["Logon", "Logon", "NewOrderSingle", "ExecutionReport", "Heartbeat"]);
    assert_eq!((shown(), count(), open()), (all.clone(), json!("5 of 5 messages"), json!(0)));
    let sides = "return [...document.querySelectorAll('details')].map(row =>
        row.getBoundingClientRect().left > innerWidth / 5)";
    assert_eq!(browser.ask(sides), json!([false, true, false, true, false]));

    // What is searched for may stand in the fields that are folded, in either case.
    browser.enter("#search", "order-1 vod");
    assert_eq!((shown(), count()), (json!(["NewOrderSingle"]), json!("1 of 5 messages")));
    browser.enter("#search", "hunter2");
    assert_eq!(shown(), json!([]));
    browser.enter("#search", "broker");
    assert_eq!(shown(), all);
    browser.click("#beats");
    assert_eq!(count(), json!("4 of 5 messages"));

    // One by a click; all that are shown by a button.
    browser.click("details:nth-of-type(3) summary");
    assert_eq!(open(), json!(1));
    let text = browser.ask("return document.querySelector('details[open] pre').innerText");
    assert!(text.as_str().unwrap().contains("ClOrdID       ORDER-1"), "{text}");
    browser.click("#open");
    assert_eq!(open(), json!(4));
    browser.click("#close");
    assert_eq!(open(), json!(0));
    drop(browser);
    std::fs::remove_dir_all(&folder).unwrap();
}

// SAFE-05
#[test]
fn safe_05_what_others_wrote_is_shown_on_the_page_and_runs_nothing() {
    let folder = folder("hostile");
    // Whatever the page asked for would come here.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    let hostile = [
        "<script>window.ran=1</script>".to_owned(),
        "</script><script>window.ran=1</script>".to_owned(),
        "</pre></details></main><script>window.ran=1</script>".to_owned(),
        format!("<img src={url} onerror=window.ran=1>"),
        format!("<script src={url}></script><link rel=stylesheet href={url}>"),
        format!("<iframe src={url}></iframe><meta http-equiv=refresh content='0;url={url}'>"),
        "\" onmouseover=\"window.ran=1\" x=\"".to_owned(),
        "' onclick='window.ran=1".to_owned(),
        "<!-- --><svg onload=window.ran=1>&lt;&#60;".to_owned(),
        "javascript:window.ran=1".to_owned(),
    ];
    // As a text, a CompID, a message type, and as what the log wrote before.
    let messages: Vec<_> = hostile
        .iter()
        .map(|text| format!("8=FIX.4.4|35={text}|49={text}|56=B|34=1|58={text}|"))
        .collect();
    let lines: Vec<_> =
        hostile.iter().zip(&messages).map(|(text, message)| (&text[..], &message[..])).collect();
    let page = page(&folder, &lines);
    let Some(browser) = Browser::start(&folder) else { return left_out() };
    browser.load(&page);
    browser.enter("#search", "<script>");
    browser.enter("#search", "window.ran");
    browser.enter("#search", " ");
    browser.click("#open");
    browser.click("details:nth-of-type(7) summary");
    let found = browser.ask(
        "const count = what => document.querySelectorAll(what).length;
         return [typeof window.ran, count('details'), count('script'),
             count('img,iframe,link,svg,main ~ main,[onmouseover],[onclick],[onerror]'),
             performance.getEntriesByType('resource').length]",
    );
    assert_eq!(found, json!(["undefined", hostile.len(), 1, 0, 0]));
    let texts =
        browser.ask("return [...document.querySelectorAll('pre')].map(row => row.textContent)");
    for (text, expected) in texts.as_array().unwrap().iter().zip(&hostile) {
        let text = text.as_str().unwrap();
        assert!(text.matches(expected.as_str()).count() >= 3, "{expected}: {text}");
    }
    let asked = listener.accept().map(|(_, who)| who);
    assert_eq!(asked.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    drop(browser);
    std::fs::remove_dir_all(&folder).unwrap();
}
