//! Whose messages these are: S-ID, test cases 2.h to 2.k.

use fixline::session::{SeqNums, Version};

use crate::line::{Line, acceptor, initiator};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

#[test]
fn a_comp_id_of_somebody_else_is_rejected_and_the_end() {
    // 2.k, S-ID-02, D-28; values are case sensitive (S-ID-01).
    for (id, tag) in
        [("49=STRANGER", 49), ("49=peer", 49), ("49=PEE", 49), ("56=OTHER", 56), ("56=us", 56)]
    {
        let mut line = up();
        assert_eq!(
            line.receive(&format!("35=D|34=2|{id}|11=A")),
            [
                format!("> 35=3|34=2|45=2|58=CompID problem ({tag})|371={tag}|372=D|373=9"),
                format!("> 35=5|34=3|58=CompID problem ({tag})")
            ]
        );
        assert_eq!(line.next_in(), 3);
        assert_eq!(line.take_rules().last(), Some(&"S-ID-02 (2.k)"));
        assert_eq!(line.wait(2.0), [format!("disconnect: CompID problem ({tag})")]);
    }
}

#[test]
fn a_comp_id_of_somebody_else_is_counted_in_sequence_only() {
    // S-VAL-02
    for seq in [1, 9] {
        let mut line = up();
        let log = line.receive(&format!("35=D|34={seq}|49=STRANGER|11=A"));
        assert_eq!(
            log,
            [
                &format!("> 35=3|34=2|45={seq}|58=CompID problem (49)|371=49|372=D|373=9"),
                "> 35=5|34=3|58=CompID problem (49)"
            ]
        );
        assert_eq!(line.next_in(), 2);
    }
}

#[test]
fn a_message_without_a_comp_id_is_rejected_and_the_session_goes_on() {
    // 14.b, 14.d, S-ID-09
    let mut line = up();
    assert_eq!(
        line.receive_without("35=D|34=2|11=A", "49="),
        ["> 35=3|34=2|45=2|58=Required tag missing (49)|371=49|372=D|373=1"]
    );
    assert_eq!(
        line.receive_without("35=D|34=3|11=A", "56="),
        ["> 35=3|34=3|45=3|58=Required tag missing (56)|371=56|372=D|373=1"]
    );
    assert_eq!(
        line.receive("35=D|34=4|49=|11=A"),
        ["> 35=3|34=4|45=4|58=Tag specified without a value (49)|371=49|372=D|373=4"]
    );
    assert_eq!(
        line.receive("35=D|34=5|56=|11=A"),
        ["> 35=3|34=5|45=5|58=Tag specified without a value (56)|371=56|372=D|373=4"]
    );
    assert_eq!(line.receive("35=D|34=6|11=A"), ["deliver D 6"]);
}

#[test]
fn a_comp_id_in_the_body_is_out_of_place() {
    // FRM-23: nothing in a body can pass for a header field.
    let mut line = up();
    let bytes =
        fixline::wire::from_text("8=FIX.4.4|35=D|34=2|52=20261122-09:30:00|56=US|11=A|49=PEER|");
    assert_eq!(
        line.receive_bytes(&bytes),
        ["> 35=3|34=2|45=2|58=Tag specified out of required order (49)|371=49|372=D|373=14"]
    );
    // Not even in a Logout, which is taken with other faults.
    let bytes =
        fixline::wire::from_text("8=FIX.4.4|35=5|34=3|52=20261122-09:30:00|56=US|58=A|49=PEER|");
    assert_eq!(
        line.receive_bytes(&bytes),
        ["> 35=3|34=3|45=3|58=Tag specified out of required order (49)|371=49|372=5|373=14"]
    );
}

#[test]
fn only_the_first_comp_id_counts_and_the_second_is_a_fault() {
    let mut line = up();
    assert_eq!(
        line.receive("35=D|34=2|49=PEER|49=STRANGER|11=A"),
        ["> 35=3|34=2|45=2|58=Tag appears more than once (49)|371=49|372=D|373=13"]
    );
}

#[test]
fn another_version_is_the_end() {
    // 2.i, S-ID-04, D-37, S-FRAME-13
    let mut line = up();
    assert_eq!(line.receive("8=FIX.4.2|35=D|34=2|11=A"), ["> 35=5|34=2|58=Incorrect BeginString"]);
    assert_eq!(line.next_in(), 3);
    assert_eq!(line.wait(2.0), ["disconnect: Incorrect BeginString"]);
    // Not counted where its number is not the expected one.
    let mut line = up();
    line.receive("8=FIXT.1.1|35=D|34=9|11=A");
    assert_eq!(line.next_in(), 2);
}

#[test]
fn a_version_that_does_not_exist_is_garbled() {
    let mut line = up();
    assert!(line.receive("8=FIX.9.9|35=D|34=2|11=A").is_empty());
    assert_eq!(line.take_rules().last(), Some(&"S-FRAME-13"));
    assert_eq!((line.next_in(), line.next_out()), (2, 2));
}

#[test]
fn a_message_without_a_number_is_the_end() {
    // S-SEQ-03, S-SEQ-04
    for message in ["35=D|11=A", "35=D|34=|11=A", "35=D|34=0|11=A", "35=D|34=-2|11=A", "35=D|34=2X"]
    {
        let mut line = up();
        assert_eq!(line.receive(message), ["> 35=5|34=2|58=Required tag missing: MsgSeqNum(34)"]);
        assert_eq!(line.next_in(), 2);
        assert_eq!(line.wait(2.0), ["disconnect: Required tag missing: MsgSeqNum(34)"]);
    }
}

#[test]
fn leading_zeros_in_a_number_are_accepted() {
    // S-VAL-33
    let mut line = up();
    assert_eq!(line.receive("35=D|34=0002|11=A"), ["deliver D 2"]);
}

#[test]
fn sub_and_location_ids_do_not_matter_unless_agreed() {
    // S-ID-05
    let mut line = up();
    assert_eq!(line.receive("35=D|34=2|50=TRADER|57=ADMIN|142=LDN|143=NY|11=A"), ["deliver D 2"]);
}

#[test]
fn a_first_message_of_somebody_else_gets_not_a_byte() {
    // S-ID-03, S-LOGON-19, 1S.c
    for (message, text) in [
        ("35=A|34=1|49=STRANGER|98=0|108=30", "CompID problem (49)"),
        ("35=A|34=1|56=OTHER|98=0|108=30", "CompID problem (56)"),
        ("35=A|34=1|49=|98=0|108=30", "CompID problem (49)"),
        ("8=FIX.4.2|35=A|34=1|98=0|108=30", "Incorrect BeginString"),
    ] {
        for mut line in [
            Line::new(acceptor(Version::Fix44), SeqNums::FRESH),
            Line::new(initiator(Version::Fix44), SeqNums::FRESH),
        ] {
            line.connect();
            let before = line.session.seq_nums();
            assert_eq!(line.receive(message), [format!("disconnect: {text}")]);
            assert_eq!(line.session.seq_nums(), before);
        }
    }
}
