use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Limits, overlay, read};
use crate::dictionary::{Finding, Reader, Requirements, Severity, Spec};

const VENUE: &str = "<?xml version='1.0'?>
<fix type='FIX' major='4' minor='4' servicepack='0'>
 <header><field name='BeginString' required='Y'/></header>
 <messages>
  <message name='NewOrderSingle' msgtype='D' msgcat='app'>
   <field name='ClOrdID' required='Y'/>
   <component name='Parties' required='N'/>
  </message>
  <message name='Logon' msgtype='A' msgcat='admin'/>
 </messages>
 <trailer><field name='CheckSum' required='Y'/></trailer>
 <components>
  <component name='Parties'>
   <group name='NoPartyIDs' required='N'>
    <field name='PartyID' required='N'/>
   </group>
  </component>
 </components>
 <fields>
  <field number='8' name='BeginString' type='STRING'/>
  <field number='10' name='CheckSum' type='STRING'/>
  <field number='11' name='ClOrdID' type='STRING'/>
  <field number='27' name='IOIQty' type='STRING' allowOtherValues='true'>
   <value enum='S' description='SMALL'/>
  </field>
  <field number='448' name='PartyID' type='STRING'/>
  <field number='453' name='NoPartyIDs' type='NUMINGROUP'/>
 </fields>
</fix>
";

const VENUE_TEXT: &str = "version FIX.4.4
requirements without-condition
field 8 BeginString String
field 10 CheckSum String
field 11 ClOrdID String
field 27 IOIQty String S=SMALL *
field 448 PartyID String
field 453 NoPartyIDs NumInGroup
header 8!
trailer 10!
component Parties 453( 448 )
message D NewOrderSingle 11! Parties
admin A Logon
";

const ORCHESTRA: &str = "<fixr:repository xmlns:fixr='http://fixprotocol.io/2020/orchestra/repository'
   name='V' version='FIX.4.4_EP1'>
 <fixr:metadata/>
 <fixr:datatypes><fixr:datatype name='VenueID' baseType='String'/></fixr:datatypes>
 <fixr:codeSets>
  <fixr:codeSet name='IOIQtyCodeSet' id='27' type='String'>
   <fixr:code value='S' name='SMALL' id='27001'/>
  </fixr:codeSet>
 </fixr:codeSets>
 <fixr:fields>
  <fixr:field id='8' name='BeginString' type='String'/>
  <fixr:field id='10' name='CheckSum' type='String'/>
  <fixr:field id='11' name='ClOrdID' type='VenueID'/>
  <fixr:field id='27' name='IOIQty' type='IOIQtyCodeSet' unionDataType='Qty'/>
  <fixr:field id='448' name='PartyID' type='String'/>
  <fixr:field id='453' name='NoPartyIDs' type='NumInGroup'/>
 </fixr:fields>
 <fixr:components>
  <fixr:component name='StandardHeader' id='1024'><fixr:fieldRef id='8' presence='required'/></fixr:component>
  <fixr:component name='StandardTrailer' id='1025'><fixr:fieldRef id='10' presence='required'/></fixr:component>
 </fixr:components>
 <fixr:groups>
  <fixr:group name='Parties' id='1012'>
   <fixr:numInGroup id='453'/>
   <fixr:fieldRef id='448'/>
  </fixr:group>
 </fixr:groups>
 <fixr:messages>
  <fixr:message name='NewOrderSingle' id='14' msgType='D' category='SingleGeneralOrderHandling'>
   <fixr:structure>
    <fixr:componentRef id='1024' presence='required'/>
    <fixr:fieldRef id='11' presence='required'/>
    <fixr:fieldRef id='27' presence='forbidden'/>
    <fixr:groupRef id='1012'/>
    <fixr:componentRef id='1025' presence='required'/>
   </fixr:structure>
  </fixr:message>
  <fixr:message name='NewOrderSingle' scenario='other' id='14' msgType='D'/>
  <fixr:message name='Logon' id='11' msgType='A' category='Session'/>
 </fixr:messages>
</fixr:repository>
";

fn fault(text: &str) -> String {
    read(text, &Limits::new()).unwrap_err().to_string()
}

/// What is noted of a text that is a dictionary.
fn notes(text: &str) -> Vec<String> {
    let mut reader = Reader::new();
    reader.add("", text.as_bytes());
    let reading = reader.finish();
    let is_note = |finding: &Finding| finding.severity == Severity::Note;
    assert!(reading.findings.iter().all(is_note), "{:?}", reading.findings);
    assert!(reading.dictionary.is_some());
    reading.findings.iter().map(ToString::to_string).collect()
}

/// `VENUE` with something else in the place of `from`.
fn venue(from: &str, to: &str) -> String {
    let text = VENUE.replace(from, to);
    assert_ne!(text, VENUE, "{from}");
    text
}

#[test]
fn quickfix_dictionaries_are_read() {
    assert_eq!(read(VENUE, &Limits::new()).unwrap().to_text(), VENUE_TEXT);
}

#[test]
fn orchestra_says_the_same() {
    // Whoever refers to a group may refer to it again, so that it stands on its own.
    let expected = VENUE_TEXT.replace("453( 448 )", "453!( 448 )");
    // What a field may be besides what is listed is its type.
    let expected = expected.replace("IOIQty String", "IOIQty Qty");
    let expected = expected.replace("requirements without-condition\n", "");
    assert_eq!(read(ORCHESTRA, &Limits::new()).unwrap().to_text(), expected);
}

#[test]
fn orchestra_says_what_may_stand_beside_a_code_set() {
    for (union, datatype) in [
        ("Qty", "Qty S=SMALL *"),
        ("Reserved100Plus", "String S=SMALL *"),
        ("Pattern", "String S=SMALL *"),
        ("VenueID", "String S=SMALL *"),
    ] {
        let text =
            ORCHESTRA.replace("unionDataType='Qty'", &format!("unionDataType='{union}'")).replace(
                "</fixr:datatypes>",
                "<fixr:datatype name='Reserved100Plus' baseType='Pattern'/></fixr:datatypes>",
            );
        let spec = read(&text, &Limits::new()).unwrap().to_text();
        assert!(spec.contains(&format!("field 27 IOIQty {datatype}\n")), "{union}: {spec}");
    }
}

#[test]
fn orchestra_s_components_and_groups_are_those_of_the_scenario_referred_to() {
    let text = ORCHESTRA
        .replace(
            "</fixr:groups>",
            "<fixr:group name='Parties' id='1012' scenario='Cross'>
               <fixr:numInGroup id='453'/><fixr:fieldRef id='11' presence='required'/>
             </fixr:group></fixr:groups>",
        )
        .replace("groupRef id='1012'", "groupRef id='1012' scenario='Cross'");
    let spec = read(&text, &Limits::new()).unwrap().to_text();
    assert!(spec.contains("component Parties 453!( 448 )\n"), "{spec}");
    assert!(spec.contains("component Parties.Cross 453!( 11! )\n"), "{spec}");
    assert!(spec.contains("message D NewOrderSingle 11! Parties.Cross\n"), "{spec}");
    assert_eq!(Spec::from_text(&spec).unwrap().to_text(), spec);
}

#[test]
fn versions_are_named_as_people_do() {
    for (attributes, version) in [
        ("type='FIX' major='5' minor='0' servicepack='2'", "FIX.5.0SP2"),
        ("type='FIXT' major='1' minor='1' servicepack='0'", "FIXT.1.1"),
        ("major='4' minor='0'", "FIX.4.0"),
        ("", ""),
    ] {
        let text = format!("<fix {attributes}/>");
        assert_eq!(read(&text, &Limits::new()).unwrap().version, version);
    }
}

#[test]
fn categories_are_read_in_any_case() {
    let text = VENUE.replace("'admin'", "'Admin'").replace("'app'", "'APP'");
    assert_eq!(read(&text, &Limits::new()).unwrap().to_text(), VENUE_TEXT);
}

#[test]
fn a_char_of_old_versions_is_text() {
    for (minor, datatype) in [("0", "String"), ("1", "String"), ("2", "char")] {
        let text = format!(
            "<fix major='4' minor='{minor}'><fields><field number='1' name='A' type='CHAR'/>\
             </fields></fix>"
        );
        let spec = read(&text, &Limits::new()).unwrap();
        assert_eq!(spec.fields[0].datatype.name(), datatype, "FIX.4.{minor}");
    }
}

#[test]
fn an_overlay_names_what_is_below_it() {
    let mut spec = Spec::from_text(VENUE_TEXT).unwrap();
    let text = "<fix><header><field name='Desk' required='N'/></header>
        <messages>
         <message msgtype='D'><field name='ClOrdID' required='N'/><field name='Desk'/></message>
         <message msgtype='U1' name='Ping' msgcat='app'><component name='Parties'/></message>
        </messages>
        <components><component name='Parties'><group name='NoPartyIDs' required='Y'>
         <field name='Desk' required='Y'/></group></component></components>
        <fields><field number='6001' name='Desk' type='CHAR'><value enum='A'/></field></fields>
        </fix>";
    overlay(&mut spec, text, &Limits::new()).unwrap();
    assert_eq!(
        spec.to_text(),
        VENUE_TEXT
            .replace("header 8!", "field 6001 Desk char A=A\nheader 8! 6001")
            .replace("Parties 453( 448 )", "Parties 453!( 448 6001! )")
            .replace("11! Parties\n", "11 Parties 6001\n")
            + "message U1 Ping Parties\n"
    );
}

#[test]
fn an_overlay_need_not_repeat_what_a_group_has() {
    let mut spec = Spec::from_text(VENUE_TEXT).unwrap();
    let text = "<fix><components><component name='Parties'>
        <group name='NoPartyIDs' required='Y'/></component></components></fix>";
    overlay(&mut spec, text, &Limits::new()).unwrap();
    assert_eq!(spec.to_text(), VENUE_TEXT.replace("Parties 453( 448 )", "Parties 453!( 448 )"));
}

#[test]
fn an_overlay_that_is_refused_changes_nothing() {
    let mut spec = Spec::from_text(VENUE_TEXT).unwrap();
    let text =
        "<fix><messages><message msgtype='D'><field name='Disk'/></message></messages></fix>";
    let error = overlay(&mut spec, text, &Limits::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1:37: field Disk is not defined: define it in <fields>, or correct its name"
    );
    assert_eq!(spec.to_text(), VENUE_TEXT);
}

#[test]
fn errors_name_the_place_and_the_thing_at_fault() {
    for (from, to, expected) in [
        ("name='ClOrdID' r", "name='ClOrdId' r", "6:4: field ClOrdId is not defined: define it"),
        ("<component name='Parties' r", "<component name='P' r", "7:4: component P is not defined"),
        ("<field name='ClOrdID' r", "<field r", "6:4: a <field> has no `name`: give it one"),
        ("msgtype='A'", "", "9:3: message Logon has no `msgtype`: give it one"),
        (
            "<fields>",
            "<fields><field number='5' name='ClOrdID' type='INT'/></fields><fields>",
            "22:3: field ClOrdID has two tags, the first in line 19: give one of them another name",
        ),
        ("<trailer>", "<trailer", "11:10: no attribute begins here: write a space, a name"),
        ("required='Y'/></trailer>", "required/></trailer>", "11:34: required has no value in quo"),
        ("</trailer>", "</header>", "11:48: </header> stands where <trailer> is open: end that"),
        ("</fix>", "</fix></fix>", "29:7: </fix> ends nothing: take it out"),
        ("</fix>", "", "30:1: <fix> does not end: the file is cut off"),
        ("</fix>\n", "</fi", "29:5: <fix> does not end: the file is cut off"),
    ] {
        let error = fault(&venue(from, to));
        assert!(error.starts_with(expected), "{from} -> {to}: {error}");
    }
    assert!(fault("<html/>").starts_with("1:1: <html> begins no dictionary: QuickFIX's begin"));
    assert!(fault("").starts_with("1:1: "));
}

#[test]
fn what_is_odd_is_named_with_its_place_and_what_was_made_of_it() {
    for (from, to, expected) in [
        (
            "number='11'",
            "number='8'",
            "22:3: tag 8 is defined twice, as BeginString and as ClOrdID: ",
        ),
        ("number='11'", "number=' 11x'", "22:3: ` 11x` is no tag: taken for 11; write a number"),
        ("name='IOIQty'", "", "23:3: field 27 has no `name`: no member can name it; give it one"),
        ("'NUMINGROUP'", "'NUMBER'", "27:3: type `NUMBER` of field NoPartyIDs is no datatype: tak"),
        ("'NUMINGROUP'", "'NUM-IN-GROUP '", "27:3: type `NUM-IN-GROUP ` of field NoPartyIDs is mi"),
        ("'NUMINGROUP'", "'CHAR'", "14:4: group 453 of NewOrderSingle is counted by a field that"),
        ("'Y'/></header>", "'yes'/></header>", "3:10: required='yes': taken for N; write Y or N"),
        (
            "msgtype='A'",
            "msgtype='D'",
            "9:3: message D is there twice: taken for one with the memb",
        ),
        (
            "msgtype='A'",
            "msgtype=''",
            "9:3: a `msgtype` is empty, or holds the delimiter: left out",
        ),
        (
            "name='Logon'",
            "name='NewOrderSingle'",
            "9:3: two messages are called NewOrderSingle: bo",
        ),
        ("name='Logon'", "", "9:3: message A has no `name`: called by its type; give it one"),
        (
            "msgcat='admin'",
            "msgcat='session'",
            "9:3: msgcat='session' of message A: taken for a se",
        ),
        (
            "<component name='Parties' r",
            "<field name='ClOrdID' r",
            "7:4: member ClOrdID is there tw",
        ),
        (
            "<header>",
            "<headers/><header>",
            "3:2: <headers> is not known here: passed over; take it",
        ),
        ("<value enum='S'", "<value", "24:4: a value has no `enum`: left out; give it one"),
        (
            "<value enum",
            "<enum value",
            "24:4: <enum> is not known here: passed over; take it out: ",
        ),
        (
            "enum='S'",
            "enum=''",
            "24:4: an enumerated value of tag 27 is empty or holds the delimiter",
        ),
        (
            "<value enum='S'",
            "<value enum='S'/><values><value enum='S'/></values><value enum='T'",
            "24:29: value S is there twice: the first stands; take one out",
        ),
        (
            "<trailer>",
            "<header/><trailer>",
            "11:2: <header> is there twice: the first stands; put t",
        ),
        ("<trailer>", "<trailer/><trailer>", "11:12: <trailer> is there twice: the first stands;"),
        (
            "</components>",
            "<component name='Parties'/></components>",
            "18:2: component Parties is th",
        ),
        (
            "<field name='PartyID' required='N'/>",
            "",
            "14:4: group NoPartyIDs has no members: taken f",
        ),
        (
            "<header>",
            "<!DOCTYPE fix [<!ENTITY a 'b>'>]><header>",
            "3:2: a DOCTYPE: passed over, and n",
        ),
        (
            "description='SMALL'",
            "description='R & D'",
            "24:35: an `&` that is none of &amp; &lt; &g",
        ),
        (
            "description='SMALL'",
            "description='<5'",
            "24:33: a `<` within a value: taken as it is; wr",
        ),
        (
            "enum='S'",
            "enum='S' enum='T'",
            "24:20: attribute `enum` is there twice: the first stands",
        ),
        (
            "</fix>",
            "</fix><fix/>",
            "29:7: <fix> stands behind the end of the dictionary: passed ov",
        ),
    ] {
        let found = notes(&venue(from, to));
        assert!(found.iter().any(|note| note.starts_with(expected)), "{from} -> {to}: {found:?}");
    }
    assert_eq!(notes(VENUE), Vec::<String>::new());
}

/// FILE-07
#[test]
fn file_07_everything_is_found_at_once() {
    let text = VENUE
        .replace("name='ClOrdID' r", "name='A' r")
        .replace("<component name='Parties' r", "<component name='B' r")
        .replace("msgtype='A'", "msgtype='A' msgtype='B'")
        .replace("'NUMINGROUP'", "'NUMBER'");
    let mut reader = Reader::new();
    reader.add("v.xml", text.as_bytes());
    let reading = reader.finish();
    let lines: Vec<_> =
        reading.findings.iter().map(|finding| (finding.line, finding.severity)).collect();
    let (error, note) = (Severity::Error, Severity::Note);
    assert_eq!(lines, [(6, error), (7, error), (9, note), (14, note), (27, note)]);
    assert!(reading.dictionary.is_none());
}

#[test]
fn errors_of_orchestra_name_the_place_too() {
    for (from, to, expected) in [
        ("fieldRef id='448'", "fieldRef id='449'", "25:4: field 449 is not defined: define it"),
        ("groupRef id='1012'", "groupRef id='7'", "34:5: 7 is the id of nothing that is defined"),
        ("msgType='A'", "msgType=''", "39:3: `msgType` is empty: write what it is"),
        ("<fixr:numInGroup id='453'/>", "", "23:3: a group has no <numInGroup>: add it"),
        ("id='448' name", "id='8' name", "15:3: field PartyID is defined twice"),
        ("name='Logon'", "name='NewOrderSingle'", "39:3: message NewOrderSingle is defined twice"),
        ("msgType='A'", "msgType='D'", "39:3: MsgType D is defined twice: take one out"),
        (
            "groupRef id='1012'",
            "groupRef id='1012' scenario='Cross'",
            "34:5: 1012 is the id of nothing that is defined in the scenario Cross: correct it",
        ),
        ("id='1025'>", "id='1024'>", "20:3: component or group StandardTrailer is defined twice"),
    ] {
        let text = ORCHESTRA.replace(from, to);
        assert_ne!(text, ORCHESTRA, "{from}");
        let mut reader = Reader::new();
        reader.add("", text.as_bytes());
        let found: Vec<_> = reader.finish().findings.iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|error| error.starts_with(expected)), "{from} -> {to}: {found:?}");
        assert!(read(&text, &Limits::new()).is_err());
    }
    for (from, to, expected) in [
        ("type='VenueID'", "type='VenID'", "13:3: `VenID` is no code set and no datatype: taken"),
        ("<fixr:fieldRef id='448'/>", "", "23:3: group 453 has no members: taken for a field"),
        ("type='NumInGroup'", "type='char'", "23:3: group 453 of NewOrderSingle is counted by a"),
        ("'forbidden'", "'forbiden'", "33:5: presence='forbiden': taken for optional; write"),
    ] {
        let text = ORCHESTRA.replace(from, to);
        assert_ne!(text, ORCHESTRA, "{from}");
        let found = notes(&text);
        assert!(found.iter().any(|note| note.starts_with(expected)), "{from} -> {to}: {found:?}");
    }
}

#[test]
fn orchestra_s_fields_and_code_sets_of_a_scenario_are_found_where_the_base_has_none() {
    const OTHER: &str = "scenario='Other' name='No' type='int'/>";
    let text = ORCHESTRA
        .replace("<fixr:field id='11' ", "<fixr:field id='11' scenario='Cross' ")
        .replace("<fixr:codeSet name", "<fixr:codeSet scenario='Cross' name")
        .replace("<fixr:datatype name", "<fixr:datatype scenario='Cross' name")
        .replace("</fixr:fields>", &format!("<fixr:field id='11' {OTHER}</fixr:fields>"));
    assert_eq!(read(&text, &Limits::new()), read(ORCHESTRA, &Limits::new()));
    let before = format!("<fixr:fields><fixr:field id='11' {OTHER}");
    let based = ORCHESTRA.replace("<fixr:fields>", &before);
    assert_eq!(read(&based, &Limits::new()), read(ORCHESTRA, &Limits::new()));
}

#[test]
fn components_do_not_contain_themselves() {
    let text = venue(
        "<field name='PartyID' required='N'/>",
        "<field name='PartyID' required='N'/><component name='Parties'/>",
    );
    assert_eq!(fault(&text), "13:3: component Parties contains itself: break the circle");
    // Where no message has it, it does no harm.
    let unused = text.replace("<component name='Parties' required='N'/>\n", "\n");
    let told =
        "15:41: component Parties contains itself: left out, no message has it; break the circle";
    assert_eq!(notes(&unused), [told]);
}

#[test]
fn components_do_not_explode() {
    use core::fmt::Write as _;
    // Each component is there twice in the one before: 2^60 members.
    let mut components = String::new();
    for level in 0..60 {
        let next = level + 1;
        write!(
            components,
            "<component name='C{level}'><component name='C{next}'/>\
             <group name='NoPartyIDs'><component name='C{next}'/></group></component>"
        )
        .unwrap();
    }
    components += "<component name='C60'><field name='PartyID'/></component></components>";
    let unused = venue("</components>", &components);
    let told = "has more than 20000 members, its components expanded: taken to be empty";
    assert!(notes(&unused).iter().any(|note| note.contains(told)));
    let member = "<field name='ClOrdID' r";
    let error = fault(&unused.replace(member, &format!("<component name='C0'/>{member}")));
    assert!(error.contains("has more than 20000 members, its components expanded"), "{error}");
}

#[test]
fn what_costs_too_much_is_refused() {
    let limits = || Limits::new().bytes(100_000).nodes(1000).depth(8).attributes(4).members(50);
    let many = |item: &str, count: usize| item.repeat(count);
    for (text, expected) in [
        (many("x", 100_001), "1:1: 100001 bytes are more than the limit of 100000"),
        (format!("<fix>{}</fix>", many("<a/>", 1001)), "1:4002: more than 1000 elements"),
        (many("<a>", 9), "1:25: more than 8 elements within each other"),
        (format!("<fix {}/>", many("a='' ", 5)), "1:1: an element has more than 4 attributes"),
    ] {
        let error = read(&text, &limits()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{expected}: {error}");
    }
    // Comments, CDATA and quotes hide nothing and are not counted.
    let harmless = "<!-- <a><a><a> <!DOCTYPE -- --><?x <a> ?><fix a='<>' b=\"'&lt;'\"/>";
    assert!(read(harmless, &limits()).unwrap().is_empty());
    // No entity is replaced.
    let entities = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!-- don't --><!ENTITY b '&a;&a;&a;'>]>
        <fix major='&b;' minor='4'>&b;</fix>";
    assert_eq!(read(entities, &limits()).unwrap().version, "FIX.&b;.4");
}

#[test]
fn what_is_written_in_another_way_is_read_as_it_is_meant() {
    let text = "<fix><fields><field number='1' name='A' type='STRING'>
        <value enum='&lt;' description='a&#x26;b&#32;&quot;\nc'/></field></fields></fix>";
    let spec = read(text, &Limits::new()).unwrap();
    let value = &spec.fields[0].values[0];
    assert_eq!((&*value.value, &*value.name), ("<", "a&b \" c"));
    assert_eq!(spec.requirements, Requirements::WithoutCondition);
}

#[test]
fn whatever_the_file_holds_messages_stay_short() {
    let long = "n".repeat(10_000);
    for text in [
        format!("<{long}/>"),
        format!("<fix></{long}>"),
        venue("name='ClOrdID' r", &format!("name='{long}' r")),
        venue("msgtype='A'", &format!("kind='{long}'")),
    ] {
        let error = fault(&text);
        assert!(error.len() < 400, "{error}");
    }
    for note in notes(&venue("'NUMINGROUP'", &format!("'{long}'"))) {
        assert!(note.len() < 400, "{note}");
    }
}

#[test]
fn a_file_that_is_cut_off_is_an_error() {
    let whole = VENUE.trim_end();
    for end in 0..whole.len() {
        assert!(read(&whole[..end], &Limits::new()).is_err(), "{end}");
    }
    let whole = ORCHESTRA.trim_end();
    for end in 0..whole.len() {
        assert!(read(&whole[..end], &Limits::new()).is_err(), "{end}");
    }
}

#[test]
fn the_deepest_and_the_widest_file_within_the_size_is_refused_quickly() {
    let limits = Limits::new();
    for text in [
        "<a>".repeat(5_000_000),
        format!("<fix {}/>", "a='' ".repeat(3_000_000)),
        format!("<fix>{}</fix>", "<field/>".repeat(2_000_000)),
        "<!--".repeat(4_000_000),
    ] {
        assert!(read(&text, &limits).is_err());
    }
}
