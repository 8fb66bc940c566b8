//! What is played over both adapters.

use std::fs;
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::time::Duration;

use fixline::adapters::{FileStore, Handle, Left, Told};
use fixline::engine::{Draft, Event, SessionId, Store as _, TurnedAway};
use fixline::session::{Notice, Reason};
use fixline::settings::SettingsError;
use fixline::wire::{PutField as _, Tag};

use crate::Side;
use crate::desk::{Desk, Folder, PATIENCE, free_port, id, market, wait_told};

pub(crate) fn two_initiators_and_an_acceptor_trade_and_end(side: impl Side) {
    let (folder, desk) = (Folder::new("trade"), Desk::default());
    let settings = folder.settings(&market(free_port())).expect("valid");
    let running = side.start(settings, desk.handler()).expect("it starts");
    let ids: Vec<String> = running.sessions().map(|(id, _)| id.to_string()).collect();
    let expected = [
        "FIX.4.4:BROKER->CLIENT1",
        "FIX.4.4:BROKER->CLIENT2",
        "FIX.4.4:CLIENT1->BROKER",
        "FIX.4.4:CLIENT2->BROKER",
    ];
    assert_eq!(ids, expected);
    desk.wait("CLIENT1 fill CLIENT1", 1);
    desk.wait("CLIENT2 fill CLIENT2", 1);
    for id in running.sessions().map(|(id, _)| id) {
        let session = running.handle(id).expect("it is there");
        assert_eq!(session.wait_logged_on(PATIENCE), Some(Ok(())), "{id}");
    }
    assert!(!running.wait_join(Duration::ZERO));
    assert!(running.wait_shutdown("done", PATIENCE));
    assert!(running.wait_join(Duration::ZERO));
    desk.wait("CLIENT1 disconnected: ", 1);
    desk.wait("BROKER disconnected: ", 2);
    let mut left = 0;
    while let Ok(Some(told)) = running.wait_next(Duration::ZERO) {
        left += u32::from(matches!(told, Told::Left { how: Left::Ended(_), .. }));
    }
    assert_eq!(left, 4, "each session has ended");
}

pub(crate) fn what_was_traded_is_in_the_folder_of_the_file(side: impl Side) {
    let (folder, desk) = (Folder::new("folder"), Desk::default());
    let text = market(free_port());
    for day in 1..=2 {
        let settings = folder.settings(&text).expect("valid");
        let running = side.start(settings, desk.handler()).expect("it starts");
        assert!(running.notes().iter().all(|note| note.key.as_deref() != Some("FileStorePath")));
        desk.wait("CLIENT1 fill CLIENT1", day);
        assert!(running.wait_shutdown("", PATIENCE));
    }
    let broker = id("FIX.4.4:BROKER->CLIENT1");
    let mut store = FileStore::open_in(folder.path().join("store"), &broker);
    let std::task::Poll::Ready(Ok(saved)) = store.load(None) else { panic!("it is free") };
    // A Logon, a fill and a Logout each day.
    assert_eq!(saved.numbers.next_out.get(), 7);
}

/// What is said of a file that must not start.
fn refused(side: &impl Side, folder: &Folder, text: &str) -> (SettingsError, String) {
    let (settings, desk) = (folder.settings(text).expect("valid"), Desk::default());
    let error = side.start(settings, desk.handler()).expect_err("it must not start");
    assert_eq!(desk.lines(), [""; 0]);
    let place = folder.path().display().to_string();
    let said = error.to_string().replace(&place, "");
    (error, said)
}

pub(crate) fn a_port_that_is_taken_starts_nothing(side: impl Side) {
    let folder = Folder::new("port");
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("bound").port();
    let (error, said) = refused(&side, &folder, &market(port));
    assert_eq!(error.problems.len(), 1, "{said}");
    let begin = format!(
        "/test.cfg:10: SocketAcceptPort: FIX.4.4:BROKER->CLIENT1: cannot listen on \
         127.0.0.1:{port}: "
    );
    assert!(said.starts_with(&begin), "{said}");
    let end = "; end the program that has the port, or give another port or address";
    assert!(said.ends_with(end), "{said}");
    // Everything that was taken is free again.
    let folder = folder.path().join("store");
    for session in ["FIX.4.4:CLIENT1->BROKER", "FIX.4.4:BROKER->CLIENT2"] {
        let loaded = FileStore::open_in(&folder, &id(session)).load(None);
        assert!(matches!(loaded, std::task::Poll::Ready(Ok(_))), "{loaded:?}");
    }
}

pub(crate) fn a_store_that_somebody_has_starts_nothing(side: impl Side) {
    let folder = Folder::new("store");
    let session = id("FIX.4.4:CLIENT2->BROKER");
    let mut store = FileStore::create_in(folder.path().join("store"), &session);
    assert!(store.load(None).is_ready());
    let port = free_port();
    let (_, said) = refused(&side, &folder, &market(port));
    assert_eq!(
        said,
        "/test.cfg:6: FileStorePath: FIX.4.4:CLIENT2->BROKER: the store \
         /store/FIX.4.4-CLIENT2-BROKER.fix is in use, by another process or by another store of \
         this one: end that one first, or give each session its own file"
    );
    TcpListener::bind(("127.0.0.1", port)).expect("the port is free again");
}

pub(crate) fn a_dictionary_that_cannot_be_read_starts_nothing(side: impl Side) {
    let folder = Folder::new("dictionary");
    let text = market(free_port()).replace("UseDataDictionary=N", "DataDictionary=venue.xml");
    let (_, said) = refused(&side, &folder, &text);
    assert!(said.starts_with("/test.cfg:5: DataDictionary: /venue.xml"), "{said}");
    assert!(!folder.path().join("store").exists(), "no store was touched");
}

pub(crate) fn everything_that_is_wrong_is_said_at_once(side: impl Side) {
    let folder = Folder::new("all");
    fs::write(folder.path().join("store"), "no folder").expect("written");
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("bound").port();
    let (error, said) = refused(&side, &folder, &market(port));
    let lines: Vec<usize> = error.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [6, 6, 6, 6, 10], "{said}");
}

pub(crate) fn one_session_twice_starts_nothing(side: impl Side) {
    let folder = Folder::new("twice");
    let text = market(free_port()).replace("SenderCompID=BROKER", "SenderCompID=CLIENT1");
    let text = text.replace("TargetCompID=CLIENT1", "TargetCompID=BROKER");
    let text = text.replace("FileStorePath=store\n", "\n");
    let (_, said) = refused(&side, &folder, &text);
    assert_eq!(
        said,
        "/test.cfg:21: SenderCompID: FIX.4.4:CLIENT1->BROKER: is the session of line 13 once more; \
         give one of them a SessionQualifier"
    );
}

pub(crate) fn a_host_that_does_not_exist_is_tried_again(side: impl Side) {
    let (folder, desk) = (Folder::new("host"), Desk::default());
    let port = free_port();
    let text = market(port).replace("ConnectHost=127.0.0.1", "ConnectHost=no-such-host.invalid");
    let running = side.start(folder.settings(&text).expect("valid"), desk.handler());
    let running = running.expect("a host may be there later");
    desk.wait(&format!("CLIENT1 not connected to no-such-host.invalid:{port}"), 2);
    assert!(running.wait_shutdown("", PATIENCE));
}

pub(crate) fn the_next_host_is_tried_where_the_first_does_not_answer(side: impl Side) {
    let (folder, desk) = (Folder::new("hosts"), Desk::default());
    let (port, nobody) = (free_port(), free_port());
    let second = format!(
        "SocketConnectPort={nobody}\nSocketConnectHost1=127.0.0.1\nSocketConnectPort1={port}"
    );
    let text = market(port).replace(&format!("SocketConnectPort={port}"), &second);
    let running = side.start(folder.settings(&text).expect("valid"), desk.handler());
    let running = running.expect("it starts");
    desk.wait(&format!("CLIENT1 not connected to 127.0.0.1:{nobody}"), 1);
    desk.wait(&format!("CLIENT1 connected to 127.0.0.1:{port}"), 1);
    desk.wait("CLIENT1 fill CLIENT1", 1);
    assert!(running.wait_shutdown("", PATIENCE));
}

/// What becomes of the market when the handler of one client gives up.
fn gives_up(side: &impl Side, name: &str, how: fn() -> ControlFlow<()>, panicked: bool) {
    let (folder, desk) = (Folder::new(name), Desk::default());
    let settings = folder.settings(&market(free_port())).expect("valid");
    let works = desk.clone();
    let handler = move |id: &SessionId, event: Event<'_>, session: &Handle| {
        if id.us().comp_id() == "CLIENT1"
            && let Event::Message { message, .. } = &event
            && message.msg_type() == b"8"
        {
            return how();
        }
        works.on(id, event, session)
    };
    let running = side.start(settings, handler).expect("it starts");
    let client = id("FIX.4.4:CLIENT1->BROKER");
    let told = wait_told(&running, |told| matches!(told, Told::Broke { .. }));
    let Told::Broke { session, panicked: so } = told else { unreachable!("it was looked for") };
    assert_eq!((&session, so), (&client, panicked));
    wait_told(
        &running,
        |told| matches!(told, Told::Left { session, how: Left::Ended(Reason::Requested) } if *session == client),
    );
    // The peer was told, and nothing was handled for it.
    desk.wait("BROKER disconnected: ", 1);
    let handle = running.handle(&client).expect("it was there");
    assert!(handle.wait_logged_on(PATIENCE).expect("it is over").is_err());
    // The other one goes on.
    desk.wait("CLIENT2 fill CLIENT2", 1);
    let other = running.handle(&id("FIX.4.4:CLIENT2->BROKER")).expect("it is there");
    assert_eq!(other.wait_logged_on(PATIENCE), Some(Ok(())));
    let disconnected = |line: &String| line.starts_with("CLIENT2 disconnected");
    assert!(!desk.lines().iter().any(disconnected), "{:#?}", desk.lines());
    assert!(running.wait_shutdown("", PATIENCE));
    let mut store = FileStore::open_in(folder.path().join("store"), &client);
    let std::task::Poll::Ready(Ok(saved)) = store.load(None) else { panic!("it is free") };
    // The Logon was handled, the fill was not.
    assert_eq!(saved.numbers.next_in.get(), 2);
}

pub(crate) fn a_handler_that_panics_ends_its_session_only(side: impl Side) {
    gives_up(&side, "panics", || panic!("a fault of the application"), true);
}

pub(crate) fn a_handler_that_breaks_ends_its_session_only(side: impl Side) {
    gives_up(&side, "breaks", || ControlFlow::Break(()), false);
}

pub(crate) fn an_acceptor_session_whose_handler_panicked_takes_no_logon(side: impl Side) {
    let (folder, desk) = (Folder::new("disabled"), Desk::default());
    let settings = folder.settings(&market(free_port())).expect("valid");
    let works = desk.clone();
    let handler = move |id: &SessionId, event: Event<'_>, session: &Handle| {
        let is_first = id.to_string() == "FIX.4.4:BROKER->CLIENT1";
        if is_first && matches!(event, Event::Notice(Notice::LoggedOn { .. })) {
            panic!("a fault of the application");
        }
        works.on(id, event, session)
    };
    let running = side.start(settings, handler).expect("it starts");
    let told = wait_told(&running, |told| matches!(told, Told::Broke { .. }));
    let said = "FIX.4.4:BROKER->CLIENT1: its handler panicked, and the session ends";
    assert_eq!(told.to_string(), said);
    desk.wait("CLIENT1 disconnected: ", 1);
    // One that was logged out by its peer waits for a minute otherwise.
    let client = running.handle(&id("FIX.4.4:CLIENT1->BROKER")).expect("it is there");
    assert_eq!(client.resume().wait(PATIENCE), Some(Ok(())));
    wait_told(&running, |told| matches!(told, Told::TurnedAway { why: TurnedAway::Disabled, .. }));
    desk.wait("CLIENT2 fill CLIENT2", 1);
    assert!(running.wait_shutdown("", PATIENCE));
}

pub(crate) fn a_session_that_logged_out_is_resumed(side: impl Side) {
    let (folder, desk) = (Folder::new("resumed"), Desk::default());
    let settings = folder.settings(&market(free_port())).expect("valid");
    let running = side.start(settings, desk.handler()).expect("it starts");
    desk.wait("CLIENT1 fill CLIENT1", 1);
    let client = running.handle(&id("FIX.4.4:CLIENT1->BROKER")).expect("it is there");
    assert_eq!(client.logout("a break").wait(PATIENCE), Some(Ok(())));
    desk.wait("CLIENT1 disconnected: ", 1);
    let mut watch = client.watch();
    while watch.wait(PATIENCE).expect("in time").expect("driven").stopped.is_none() {}
    assert_eq!(client.resume().wait(PATIENCE), Some(Ok(())));
    desk.wait("CLIENT1 fill CLIENT1", 2);
    assert!(running.wait_shutdown("", PATIENCE));
}

pub(crate) fn what_is_dropped_ends(side: impl Side) {
    let (folder, desk) = (Folder::new("dropped"), Desk::default());
    let port = free_port();
    let settings = folder.settings(&market(port)).expect("valid");
    let running = side.start(settings, desk.handler()).expect("it starts");
    desk.wait("CLIENT1 fill CLIENT1", 1);
    desk.wait("CLIENT2 fill CLIENT2", 1);
    let client = running.handle(&id("FIX.4.4:CLIENT1->BROKER")).expect("it is there").clone();
    drop(running);
    let mut watch = client.watch();
    while watch.wait(PATIENCE).expect("in time").is_ok() {}
    desk.wait("CLIENT1 disconnected: ", 1);
    desk.wait("BROKER disconnected: ", 2);
}

pub(crate) fn sessions_without_a_folder_are_noted(side: impl Side) {
    let (folder, desk) = (Folder::new("memory"), Desk::default());
    let text = market(free_port()).replace("FileStorePath=store\n", "\n");
    let running = side.start(folder.settings(&text).expect("valid"), desk.handler());
    let running = running.expect("it starts");
    let notes: Vec<String> =
        running.notes().iter().map(|note| format!("{}: {note}", note.line)).collect();
    assert_eq!(notes.len(), 4, "{notes:#?}");
    assert_eq!(
        notes[0],
        "13: FileStorePath: FIX.4.4:CLIENT1->BROKER: is missing: the session begins anew with each \
         process; give it a folder, so that numbers and messages outlive the process"
    );
    desk.wait("CLIENT1 fill CLIENT1", 1);
    assert!(running.wait_shutdown("", PATIENCE));
}

pub(crate) fn an_acceptor_shuts_down_whom_it_serves(side: impl Side) {
    let (folder, here, there) = (Folder::new("acceptor"), Desk::default(), Desk::default());
    let port = free_port();
    let text = market(port);
    let head = text.split("[SESSION]").next().expect("a head");
    let acceptor = format!(
        "{head}[SESSION]\nConnectionType=acceptor\nSenderCompID=BROKER\nTargetCompID=CLIENT1\n"
    );
    let initiator = format!("{head}[SESSION]\nSenderCompID=CLIENT1\n");
    let broker = side.start(folder.settings(&acceptor).expect("valid"), here.handler());
    let broker = broker.expect("it starts");
    let client = side.start(folder.settings(&initiator).expect("valid"), there.handler());
    let client = client.expect("it starts");
    there.wait("CLIENT1 fill CLIENT1", 1);
    assert!(broker.wait_shutdown("closing", PATIENCE));
    here.wait("BROKER disconnected: ", 1);
    there.wait("CLIENT1 disconnected: ", 1);
    assert_eq!(client.wait_next(Duration::ZERO).map(|told| told.is_some()), Ok(false));
    assert!(client.wait_shutdown("", PATIENCE));
}

pub(crate) fn what_became_of_each_message_is_told(side: impl Side) {
    let (folder, desk) = (Folder::new("sent"), Desk::default());
    let text = market(free_port()).replace("FileStorePath=store\n", "\n");
    let (works, many) = (desk.clone(), 6000);
    let handler = move |id: &SessionId, event: Event<'_>, session: &Handle| {
        if let Event::Sent { result, .. } = &event {
            works.note(format!("{} sent: {}", id.us().comp_id(), result.is_ok()));
        }
        works.on(id, event, session)
    };
    let running = side.start(folder.settings(&text).expect("valid"), handler);
    let running = running.expect("it starts");
    let client = running.handle(&id("FIX.4.4:CLIENT1->BROKER")).expect("it is there");
    desk.wait("CLIENT1 sent: true", 1);
    let mut order = Draft::new("D");
    order.str(Tag::CL_ORD_ID, "MANY").uint(Tag::ORDER_QTY, 100);
    for count in 0..many {
        if count % 200 == 0 {
            // A broker that answers at once has so much room for its fills.
            desk.wait("CLIENT1 fill MANY", count);
        }
        let begun = std::time::Instant::now();
        while client.try_send(&order).is_err() {
            assert!(begun.elapsed() < PATIENCE, "there is no room any more");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    desk.wait("CLIENT1 sent: true", many + 1);
    desk.wait("CLIENT1 fill MANY", many);
    assert!(running.wait_shutdown("", PATIENCE));
}

/// CLIENT1 and its acceptor session keep hours that are over, so does the acceptor session of CLIENT2,
/// which does not know of any.
#[cfg(feature = "schedule")]
pub(crate) fn the_hours_of_the_file_are_kept(side: impl Side) {
    let (folder, desk) = (Folder::new("hours"), Desk::default());
    // A minute, half a day away from now.
    let now = fixline::adapters::Clock::new().now().utc.saturating_add(Duration::from_secs(43_200));
    let minute = now.to_string()[11..16].to_owned();
    let hours = format!("StartTime={minute}:00\nEndTime={minute}:30\n");
    let text =
        market(free_port()).replace("TargetCompID=CLIENT", &format!("{hours}TargetCompID=CLIENT"));
    let text = text.replace("SenderCompID=CLIENT1", &format!("{hours}SenderCompID=CLIENT1"));
    let running =
        side.start(folder.settings(&text).expect("valid"), desk.handler()).expect("starts");
    desk.wait("CLIENT2 disconnected: the peer refused our Logon", 1);
    desk.wait("BROKER disconnected: we refused the Logon", 1);
    let lines = desk.lines();
    assert!(!lines.iter().any(|line| line.contains("logged on")), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.starts_with("CLIENT1 ")), "{lines:#?}");
    assert!(running.wait_shutdown("", PATIENCE));
}
