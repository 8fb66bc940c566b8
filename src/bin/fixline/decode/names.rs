//! Which dictionary a message is read with.

use fixline::dictionary::{ApplVerId, Spec, Standard};
use fixline::wire::{MsgKind, Tag};

use super::layout::Layout;
use super::record::Record;
use super::told::Told;

/// The version that has the session messages of FIXT.1.1.
const TRANSPORT: &str = "FIXT.1.1";

/// What finds the dictionary of a version that the program has.
pub(super) type Shipped = Box<dyn Fn(&str) -> Option<Spec> + Send>;

/// The dictionaries, each made when the first message needs it.
pub(super) struct Names {
    given: Vec<Spec>,
    default_version: String,
    made: Vec<(Version, Layout)>,
    /// For versions that nobody knows.
    unknown: Layout,
    shipped: Shipped,
}

/// What a message is read with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    /// `FIX.4.4`; the application's under FIXT.1.1.
    name: String,
    /// What stands beside it.
    transport: Transport,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    /// The version has its session messages itself.
    Own,
    /// A session message is FIXT.1.1's, whatever the version says (S-FIXT-09).
    First,
    /// What the application version lacks is FIXT.1.1's.
    Last,
}

impl Names {
    /// Messages are read with those of `given` that are of their version or of none, then with
    /// what `shipped` has for it, then with the others of `given`.
    pub(super) fn new(given: Vec<Spec>, default_version: &str, shipped: Shipped) -> Self {
        let mut unknown = Layout::default();
        given.iter().for_each(|spec| unknown.add(spec));
        Self {
            given,
            default_version: default_version.to_owned(),
            made: Vec::new(),
            unknown,
            shipped,
        }
    }

    /// The dictionary of a message, by itself or by what Logons before it told.
    pub(super) fn of(&mut self, told: &Told, record: &Record<'_>) -> &Layout {
        let (name, transport) = self.version(told, record);
        let is_meant =
            |(made, _): &(Version, Layout)| made.name == name && made.transport == transport;
        let at = match self.made.iter().position(is_meant) {
            Some(at) => Some(at),
            None => self.make(Version { name: name.to_owned(), transport }),
        };
        at.and_then(|at| self.made.get(at)).map_or(&self.unknown, |(_, layout)| layout)
    }

    /// Where the layout of a version is now, if it is known.
    fn make(&mut self, version: Version) -> Option<usize> {
        let layout = version.layout(&self.given, &self.shipped)?;
        self.made.push((version, layout));
        Some(self.made.len() - 1)
    }

    /// The version of a message, and what stands beside it.
    fn version<'v>(&'v self, told: &Told, record: &Record<'v>) -> (&'v str, Transport) {
        let begin_string = record.get(Tag::BEGIN_STRING).unwrap_or_default();
        if begin_string == TRANSPORT.as_bytes() {
            let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
            let is_admin = MsgKind::of(msg_type).is_admin();
            let transport = if is_admin { Transport::First } else { Transport::Last };
            return (application(told, record).unwrap_or(&self.default_version), transport);
        }
        let name = str::from_utf8(begin_string).unwrap_or(&self.default_version);
        let is_application = name.starts_with("FIX.5");
        (name, if is_application { Transport::Last } else { Transport::Own })
    }
}

impl Version {
    /// The layout of the version, if it is known.
    fn layout(&self, given: &[Spec], shipped: &Shipped) -> Option<Layout> {
        let own = shipped(&self.name);
        let is_mine = |spec: &&Spec| spec.version.is_empty() || spec.version == self.name;
        // A log may hold as many versions as it likes.
        if own.is_none() && !given.iter().any(|spec| spec.version == self.name) {
            return None;
        }
        let is_transport = |spec: &&Spec| spec.version == TRANSPORT;
        let transport = match self.transport {
            Transport::Own => None,
            Transport::First | Transport::Last => shipped(TRANSPORT),
        };
        let application = given.iter().filter(is_mine).chain(&own);
        let session = given.iter().filter(is_transport).chain(&transport);
        let rest = given.iter();
        let mut layout = Layout::default();
        match self.transport {
            Transport::Own => application.chain(rest).for_each(|spec| layout.add(spec)),
            Transport::First => {
                session.chain(application).chain(rest).for_each(|spec| layout.add(spec));
            }
            Transport::Last => {
                application.chain(session).chain(rest).for_each(|spec| layout.add(spec));
            }
        }
        Some(layout)
    }
}

/// The application version of a message under FIXT.1.1, if it or its Logon tells one (S-FIXT-04).
fn application(told: &Told, record: &Record<'_>) -> Option<&'static str> {
    let own = record.get(Tag::APPL_VER_ID).and_then(ApplVerId::parse).and_then(version_of);
    own.or_else(|| version_of(told.of(record)?))
}

/// The version of an ApplVerID, if the program knows it (S-FIXT-03).
fn version_of(appl_ver_id: ApplVerId) -> Option<&'static str> {
    Standard::from_name(appl_ver_id.name()?).map(Standard::name)
}

#[cfg(test)]
mod tests {
    use fixline::dictionary::MessageSpec;

    use super::super::tests::first;
    use super::*;

    /// Every version has an `X` message; FIXT.1.1, and those before it, a Logon: named after it.
    #[expect(clippy::unnecessary_wraps, reason = "versions that are not shipped have none")]
    fn shipped(version: &str) -> Option<Spec> {
        let messages = ["A", "X"].map(|msg_type| MessageSpec {
            msg_type: msg_type.to_owned(),
            name: version.to_owned(),
            admin: false,
            members: Vec::new(),
        });
        let version = version.to_owned();
        Some(Spec { version, messages: messages.into(), ..Spec::default() })
    }

    fn read_with((names, told): &mut (Names, Told), line: &str) -> String {
        let record = first(line.as_bytes());
        let msg_type = record.get(Tag::MSG_TYPE).unwrap();
        told.learn(&record);
        names.of(told, &record).message_name(msg_type).unwrap().to_owned()
    }

    #[test]
    fn the_application_version_is_that_of_the_message_its_logon_or_the_default() {
        let names = &mut (Names::new(Vec::new(), "FIX.5.0", Box::new(shipped)), Told::default());
        assert_eq!(read_with(names, "8=FIX.4.2|9=1|35=X|10=1|"), "FIX.4.2");
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=X|49=A|56=B|10=1|"), "FIX.5.0");
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=A|49=A|56=B|1137=8|10=1|"), "FIXT.1.1");
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=X|49=A|56=B|10=1|"), "FIX.5.0SP1");
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=X|49=B|56=A|10=1|"), "FIX.5.0");
        let own = "8=FIXT.1.1|9=1|35=X|1128=6|49=A|56=B|10=1|";
        assert_eq!(read_with(names, own), "FIX.4.4");
        let latest = "8=FIXT.1.1|9=1|35=X|1128=10|49=B|56=A|10=1|";
        assert_eq!(read_with(names, latest), Standard::FixLatest.name());
        let old = "8=FIXT.1.1|9=1|35=X|1128=0|49=B|56=A|10=1|";
        assert_eq!(read_with(names, old), "FIX.5.0");
    }

    #[test]
    fn a_logon_tells_the_versions_of_its_direction_by_message_type_and_nothing_else_does() {
        let names = &mut (Names::new(Vec::new(), "FIX.5.0", Box::new(shipped)), Told::default());
        let other = "8=FIXT.1.1|9=1|35=X|49=A|56=B|1137=8|10=1|";
        assert_eq!(read_with(names, other), "FIX.5.0");
        let by_type = "384=2|372=D|1130=8|1410=Y|372=X|1130=6|1410=Y|";
        let logon = format!("8=FIXT.1.1|9=1|35=A|49=A|56=B|1137=9|{by_type}10=1|");
        read_with(names, &logon);
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=X|49=A|56=B|10=1|"), "FIX.4.4");
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=X|49=B|56=A|10=1|"), "FIX.5.0");
        read_with(names, "8=FIXT.1.1|9=1|35=A|49=A|56=B|1137=9|10=1|");
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=X|49=A|56=B|10=1|"), "FIX.5.0SP2");
    }

    // FILE-13
    #[test]
    fn a_dictionary_of_ones_own_stands_before_the_shipped_ones_and_not_alone() {
        let message = |msg_type: &str| MessageSpec {
            msg_type: msg_type.to_owned(),
            name: "ours".to_owned(),
            admin: false,
            members: Vec::new(),
        };
        let of = |version: &str| Spec {
            version: version.to_owned(),
            messages: vec![message("X"), message("U1")],
            ..Spec::default()
        };
        let names =
            &mut (Names::new(vec![of("FIX.5.0")], "FIX.5.0", Box::new(shipped)), Told::default());
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=X|49=A|56=B|10=1|"), "ours");
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=A|49=A|56=B|10=1|"), "FIXT.1.1");
        assert_eq!(read_with(names, "8=FIX.4.2|9=1|35=X|10=1|"), "FIX.4.2");
        assert_eq!(read_with(names, "8=FIX.4.2|9=1|35=U1|10=1|"), "ours");
        let names = &mut (Names::new(vec![of("")], "FIX.5.0", Box::new(|_| None)), Told::default());
        assert_eq!(read_with(names, "8=FIX.9.9|9=1|35=X|10=1|"), "ours");
    }

    #[test]
    fn versions_that_nobody_knows_take_no_memory() {
        let (names, told) =
            &mut (Names::new(Vec::new(), "FIX.5.0", Box::new(|_| None)), Told::default());
        for version in 0..100 {
            let line = format!("8=FIX.{version}|9=1|35=A|10=1|");
            let record = first(line.as_bytes());
            assert_eq!(names.of(told, &record).message_name(b"A"), None);
        }
        assert!(names.made.is_empty());
    }
}
