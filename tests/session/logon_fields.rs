//! Fields of a Logon that are not the session's: they go through, in and out.

use fixline::session::{Action, Input, SeqNums, Version};
use fixline::wire::{Body, Tag};

use crate::line::{Line, acceptor, initiator};

/// The value of `tag` in the Logon that the application is shown.
fn shown(line: &Line, logon: &str, tag: u32) -> Option<String> {
    let (mut session, mut out) = (line.session.clone(), line.out.clone());
    let bytes = line.peer_message(logon);
    let actions = session.handle(Input::Bytes(&bytes), line.now, &mut out).expect("connected");
    let mut logons = actions.filter_map(|action| match action {
        Action::Authenticate { logon, .. } => Some(logon),
        Action::Deliver { message, .. } => Some(message),
        _ => None,
    });
    let logon = logons.next().expect("the Logon is shown");
    logon.get(Tag::new(tag).unwrap()).map(|value| String::from_utf8_lossy(value).into_owned())
}

#[test]
fn what_is_the_applications_is_shown_to_it_and_changes_nothing() {
    // S-LOGON-11, S-LOGON-12, S-LOGON-14, S-LOGON-17, S-LOGON-18, S-FIXT-08: whatever the version
    // that has them, a peer may put them on any.
    let fields = [
        (r"95=3|96=\x01=\x01", 96, "\u{1}=\u{1}"),
        ("553=ME", 553, "ME"),
        ("554=SECRET", 554, "SECRET"),
        ("925=NEWSECRET", 925, "NEWSECRET"),
        ("1400=101|1401=3|1402=ABC", 1402, "ABC"),
        ("1403=3|1404=ABC", 1404, "ABC"),
        ("58=HELLO", 58, "HELLO"),
        ("384=2|372=D|385=R|372=8|385=S|1130=9", 384, "2"),
        ("1407=210", 1407, "210"),
        ("1408=OURS", 1408, "OURS"),
        ("1600=ENGINE|1601=1.0|1602=VENDOR|1603=APP|1604=2.0|1605=US", 1605, "US"),
    ];
    for version in [Version::Fix40, Version::Fix44, Version::Fix50Sp2] {
        let appl = if version.is_fixt() { "|1137=9" } else { "" };
        for (more, tag, value) in fields {
            let logon = format!("35=A|34=1|98=0|108=30{appl}|{more}");
            let mut line = Line::new(acceptor(version), SeqNums::FRESH);
            line.connect();
            assert_eq!(shown(&line, &logon, tag).as_deref(), Some(value), "{version} {more}");
            line.receive(&logon);
            assert_eq!(line.accept(), [format!("> 35=A|34=1|98=0|108=30{appl}")]);

            let mut line = Line::new(initiator(version), SeqNums::FRESH);
            line.connect();
            assert_eq!(shown(&line, &logon, tag).as_deref(), Some(value), "{version} {more}");
            assert_eq!(line.receive(&logon), ["deliver A 1"]);
        }
    }
}

#[test]
fn what_the_application_wants_to_say_goes_out_in_any_version() {
    // S-LOGON-12, S-LOGON-14, S-LOGON-17, S-LOGON-18, S-FIXT-08: only where it is configured.
    let text = "58=HELLO|384=1|372=D|385=R|553=ME|1407=210|1408=OURS|1600=ENGINE|1605=US";
    let fields = Body::parse(text).unwrap();
    for version in [Version::Fix40, Version::Fix44] {
        let mut line = Line::new(initiator(version), SeqNums::FRESH);
        let logon = fields.as_fields().unwrap();
        assert_eq!(
            line.input(Input::Connected { logon }),
            ["> 35=A|34=1|58=HELLO|98=0|108=30|384=1|372=D|385=R|553=ME|1407=210|1408=OURS|\
              1600=ENGINE|1605=US"]
        );
    }
}
