//! Bodies and groups written along the dictionary.

use fixline::dictionary::{BodyFault, BodyWriter, Dictionary, Policy};
use fixline::wire::{Body, FieldErrorKind, Message, PutField as _, Tag, from_text};

use crate::{FIX44, dictionary};

fn tag(number: u32) -> Tag {
    Tag::new(number).unwrap()
}

/// What is written of a part of an order, as text; or what is wrong.
fn part(put: impl Fn(&mut BodyWriter<'_>)) -> Result<String, (BodyFault, u32, String)> {
    let dictionary = dictionary(FIX44);
    let mut order = dictionary.body_writer("D").unwrap();
    put(&mut order);
    let mut body = Body::new();
    let written = order.write_part(&mut body);
    let text = format!("{body:?}");
    written.map(|()| text.clone()).map_err(|error| {
        assert_eq!(text, "", "nothing is half-written");
        (error.fault(), error.tag().unwrap().get(), error.to_string())
    })
}

#[track_caller]
fn refused(expected: (BodyFault, u32, &str), put: impl Fn(&mut BodyWriter<'_>)) {
    let (fault, tag, text) = part(put).unwrap_err();
    assert_eq!((fault, tag, &*text), expected);
}

#[test]
fn entries_come_in_the_order_of_the_dictionary_and_are_counted() {
    let written = part(|order| {
        let mut parties = order.group(tag(453));
        let mut party = parties.entry();
        party.uint(tag(452), 1);
        let mut subs = party.group(tag(802));
        subs.entry().uint(tag(803), 2).str(tag(523), "x");
        subs.entry().str(tag(523), "y");
        party.char(tag(447), b'D').str(tag(448), "A");
        parties.entry().str(tag(448), "B");
        order.group(tag(386)).entry().str(tag(625), "a").str(tag(336), "1");
    });
    assert_eq!(
        written.unwrap(),
        "453=2|448=A|447=D|452=1|802=2|523=x|803=2|523=y|448=B|386=1|336=1|625=a|"
    );
}

#[test]
fn a_group_without_entries_is_not_written() {
    let written = part(|order| {
        order.group(tag(453));
        order.group(tag(386)).entry().str(tag(336), "1");
        order.group(tag(453)).entry().str(tag(448), "A").group(tag(802));
    });
    assert_eq!(written.unwrap(), "453=1|448=A|386=1|336=1|");
    assert_eq!(part(|_| {}).unwrap(), "");
}

#[test]
fn a_whole_body_has_what_it_requires() {
    let dictionary = dictionary(FIX44);
    let mut order = dictionary.body_writer("D").unwrap();
    let mut body = Body::new();
    let fill = |order: &mut BodyWriter<'_>| {
        order.char(tag(40), b'1').str(tag(60), "20261122-09:30:00").char(tag(54), b'1');
        order.str(tag(55), "MSFT").str(tag(11), "X");
    };
    fill(&mut order);
    order.write(&mut body).unwrap();
    assert_eq!(format!("{body:?}"), "11=X|55=MSFT|54=1|60=20261122-09:30:00|40=1|");

    body.clear();
    order.str(tag(11), "X");
    let error = order.write(&mut body).unwrap_err();
    assert_eq!(error.to_string(), "NewOrderSingle(D): Symbol(55) is required and missing");

    // An optional component requires something once it is there.
    fill(&mut order);
    order.str(tag(218), "1");
    let error = order.write(&mut body).unwrap_err();
    let expected = "NewOrderSingle(D): BenchmarkCurveCurrency(220) is required and missing";
    assert_eq!(error.to_string(), expected);
    assert_eq!(format!("{body:?}"), "");

    // The writer is as new.
    fill(&mut order);
    order.write(&mut body).unwrap();
    assert!(!format!("{body:?}").is_empty());
}

#[test]
fn what_a_reader_would_take_for_an_entrys_stands_before_the_group() {
    let put = |order: &mut BodyWriter<'_>| {
        order.group(tag(453)).entry().str(tag(448), "A");
        order.str(tag(58), "of the order").str(tag(44), "1");
    };
    assert_eq!(part(put).unwrap(), "58=of the order|453=1|448=A|44=1|");
}

#[test]
fn what_no_order_can_tell_apart_is_refused() {
    let text = FIX44.replace("802(523 803) 58)", "802(523 803 58) 58)");
    let dictionary = dictionary(&text);
    let mut order = dictionary.body_writer("D").unwrap();
    let mut body = Body::new();
    let put = |order: &mut BodyWriter<'_>, inner: Option<&str>| {
        let mut parties = order.group(tag(453));
        let mut party = parties.entry();
        party.str(tag(448), "A").str(tag(58), "outer");
        let mut subs = party.group(tag(802));
        let mut sub = subs.entry();
        sub.str(tag(523), "x");
        if let Some(text) = inner {
            sub.str(tag(58), text);
        }
    };
    put(&mut order, None);
    let error = order.write_part(&mut body).unwrap_err();
    assert_eq!(error.fault(), BodyFault::Ambiguous);
    assert_eq!(
        error.to_string(),
        "entry 1 of NoPartyIDs(453) in NewOrderSingle(D): Text(58) would be read as a field of the \
         group before it: give that group's last entry its own"
    );
    put(&mut order, Some("inner"));
    order.write_part(&mut body).unwrap();
    assert_eq!(format!("{body:?}"), "453=1|448=A|802=1|523=x|58=inner|58=outer|");
}

#[test]
fn data_stays_with_its_length() {
    let written = part(|order| {
        order.data(tag(5001), b"venue").data(tag(354), b"a\x01b").str(tag(58), "x");
    });
    assert_eq!(written.unwrap(), r"58=x|354=3|355=a\x01b|5001=5|5002=venue|");
    let written = part(|order| {
        order.str(tag(5002), "venue").str(tag(355), "a").uint(tag(5001), 5).uint(tag(354), 1);
    });
    assert_eq!(written.unwrap(), "354=1|355=a|5001=5|5002=venue|");
}

#[test]
fn what_does_not_belong_is_told_with_its_place() {
    use BodyFault::{CountByHand, DelimiterMissing, NotAGroup, NotAMember, Repeated};
    let order = "NewOrderSingle(D)";
    let first = "entry 1 of NoPartyIDs(453) in NewOrderSingle(D)";
    let second = "entry 2 of NoPartyIDs(453) in NewOrderSingle(D)";
    let sub = "entry 1 of NoPartySubIDs(802) in entry 1 of NoPartyIDs(453) in NewOrderSingle(D)";

    let stranger = "does not belong there: take it out, or lay an overlay over";
    let text = format!("{second}: Symbol(55) {stranger}");
    refused((NotAMember, 55, &text), |order| {
        let mut parties = order.group(tag(453));
        parties.entry().str(tag(448), "A");
        parties.entry().str(tag(448), "B").str(tag(55), "MSFT");
    });
    let text = format!("{order}: tag 7777 {stranger}");
    refused((NotAMember, 7777, &text), |order| {
        order.group(tag(7777)).entry();
    });
    let text = format!("{order}: NoHops(627) {stranger}");
    refused((NotAMember, 627, &text), |order| {
        order.group(tag(627)).entry();
    });
    let text = format!("{first}: NoPartySubIDs(802) counts a group: give its entries with `group`");
    refused((CountByHand, 802, &text), |order| {
        order.group(tag(453)).entry().str(tag(448), "A").uint(tag(802), 1);
    });
    let text = format!("{order}: Text(58) counts no group: put its value");
    refused((NotAGroup, 58, &text), |order| {
        order.group(tag(58)).entry().str(tag(448), "A");
    });
    let text = format!("{sub}: PartySubIDType(803) is put twice: put it once");
    refused((Repeated, 803, &text), |order| {
        let mut parties = order.group(tag(453));
        let mut party = parties.entry();
        let mut subs = party.group(tag(802));
        subs.entry().uint(tag(803), 1).str(tag(523), "x").uint(tag(803), 1);
    });
    let text = format!("{order}: NoPartyIDs(453) is put twice: put it once");
    refused((Repeated, 453, &text), |order| {
        order.group(tag(453)).entry().str(tag(448), "A");
        order.group(tag(453)).entry().str(tag(448), "B");
    });
    let text = format!("{first}: PartyID(448) begins every entry and is missing");
    refused((DelimiterMissing, 448, &text), |order| {
        let mut parties = order.group(tag(453));
        parties.entry().uint(tag(452), 1);
        parties.entry().str(tag(448), "A");
    });
    refused((DelimiterMissing, 448, &text), |order| {
        order.group(tag(453)).entry();
    });
}

#[test]
fn what_an_entry_requires_is_missed() {
    let text = FIX44.replace("453(448! 447 452", "453(448! 447 452!");
    let dictionary = dictionary(&text);
    let mut order = dictionary.body_writer("D").unwrap();
    order.group(tag(453)).entry().str(tag(448), "A");
    let error = order.write_part(&mut Body::new()).unwrap_err();
    assert_eq!((error.fault(), error.tag()), (BodyFault::Missing, Some(tag(452))));
    assert_eq!(
        error.to_string(),
        "entry 1 of NoPartyIDs(453) in NewOrderSingle(D): PartyRole(452) is required and missing"
    );
}

#[test]
fn what_must_not_be_written_is_not() {
    use FieldErrorKind::{DataPair, DelimiterInValue, EmptyValue};
    let place = "entry 1 of NoPartyIDs(453) in NewOrderSingle(D)";
    let text = format!("{place}: PartyID(448) must not be written: delimiter in the value");
    refused((BodyFault::Field(DelimiterInValue), 448, &text), |order| {
        order.group(tag(453)).entry().str(tag(448), "A\x01448=B");
    });
    let text = format!("{place}: PartyID(448) must not be written: empty value");
    refused((BodyFault::Field(EmptyValue), 448, &text), |order| {
        order.group(tag(453)).entry().str(tag(448), "");
    });
    let pair = "must not be written: length and data do not belong together";
    let data = |put: fn(&mut BodyWriter<'_>), number: u32, name: &str| {
        let text = format!("NewOrderSingle(D): {name}({number}) {pair}");
        refused((BodyFault::Field(DataPair), number, &text), put);
    };
    data(
        |order| {
            order.uint(tag(354), 3);
        },
        355,
        "EncodedText",
    );
    data(
        |order| {
            order.str(tag(355), "x");
        },
        355,
        "EncodedText",
    );
    data(
        |order| {
            order.uint(tag(354), 3).str(tag(355), "x");
        },
        355,
        "EncodedText",
    );
    data(
        |order| {
            order.uint(tag(5001), 3);
        },
        5001,
        "VenueLen",
    );
    data(
        |order| {
            order.str(tag(5002), "x");
        },
        5002,
        "VenueData",
    );
    data(
        |order| {
            order.uint(tag(5001), 3).str(tag(5002), "x");
        },
        5002,
        "VenueData",
    );
    data(
        |order| {
            order.str(tag(5001), "x").str(tag(5002), "x");
        },
        5002,
        "VenueData",
    );
    data(
        |order| {
            order.uint(tag(5001), 3).str(tag(5003), "1");
        },
        5003,
        "VenueCode",
    );
    data(
        |order| {
            order.data(tag(58), b"x");
        },
        58,
        "Text",
    );
}

#[test]
fn the_first_fault_is_told_and_what_was_written_before_stays() {
    let dictionary = dictionary(FIX44);
    let mut order = dictionary.body_writer("D").unwrap();
    let mut body = Body::new();
    body.str(tag(11), "X");
    let mut parties = order.group(tag(453));
    parties.entry().str(tag(55), "MSFT");
    parties.entry().str(tag(448), "").group(tag(58)).entry().str(tag(9999), "x");
    assert_eq!(order.write_part(&mut body).unwrap_err().tag(), Some(tag(55)));
    order.group(tag(453)).entry().str(tag(448), "A");
    order.write_part(&mut body).unwrap();
    assert_eq!(format!("{body:?}"), "11=X|453=1|448=A|");
}

#[test]
fn messages_that_are_not_known_have_no_writer() {
    let dictionary = dictionary(FIX44);
    let error = dictionary.body_writer("U7").unwrap_err();
    assert_eq!(error.fault(), BodyFault::UnknownMessage);
    assert_eq!(
        error.to_string(),
        "FIX.4.4: MsgType U7 is not in the dictionary: correct it, or lay an overlay over"
    );
}

#[test]
fn groups_are_written_as_deep_as_dictionaries_have_them() {
    // Group 2001 of 2011, which has group 2002 of 2012, and so on.
    let depth = u32::try_from(Dictionary::DEPTH_MAX).unwrap();
    let mut text = String::from("version FIX.4.4\n");
    for (number, name) in [(8, "BeginString"), (9, "BodyLength"), (10, "CheckSum"), (35, "MsgType")]
    {
        text += &format!("field {number} {name} String\n");
    }
    text += "header 8! 9! 35!\ntrailer 10!\n";
    for level in 1..=depth {
        let (count, id) = (2000 + level, 2010 + level);
        text += &format!("field {count} No{level} NumInGroup\nfield {id} Id{level} String\n");
    }
    text += "message D Order ";
    for level in 1..=depth {
        text += &format!("{}({} ", 2000 + level, 2010 + level);
    }
    let dictionary = dictionary(&(text + &")".repeat(depth as usize)));
    fn fill(mut entry: fixline::dictionary::EntryWriter<'_, '_>, level: u32, depth: u32) {
        if level < depth {
            let mut group = entry.group(tag(2001 + level));
            fill(group.entry(), level + 1, depth);
            fill(group.entry(), level + 1, depth);
        }
        entry.uint(tag(2010 + level), level.into());
    }
    let mut order = dictionary.body_writer("D").unwrap();
    fill(order.group(tag(2001)).entry(), 1, depth);
    let mut body = Body::new();
    order.write(&mut body).unwrap();
    let text = format!("{body:?}");
    assert!(text.starts_with("2001=1|2011=1|2002=2|2012=2|2003=2|"), "{text}");
    assert_eq!(text.matches(&format!("{}=", 2010 + depth)).count(), 1 << (depth - 1));
    let bytes = from_text(&format!("8=FIX.4.4|35=D|{text}"));
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(dictionary.validate(message, &Policy::STRICT), Ok(None));
}
