//! The official test cases, played for each role and version to which they apply.
//!
//! `docs/CONFORMANCE.md` is written from what came of them, and compared with what is checked in.

mod script;

use std::collections::BTreeMap;
use std::path::Path;

use fixline::session::{Role, Version};

use script::{Case, Kind, cases};

const HEAD: &str = "\
# Conformance

The session test cases of the FIX Trading Community (\"FIX Session Layer Test Cases\", June 2020),
played at virtual time for each role and version. The scripts are in `tests/session/conformance/cases.txt`;
`UPDATE_DOCS=1 cargo test --test session conformance` writes this page anew from what came of them, and
plain `cargo test` compares. A number stands for how many versions passed of those to which the
case applies.

| case | | title | initiator | acceptor |
|---|---|---|---|---|
";

const TAIL: &str = "
M is mandatory, O optional. *Void*: does not apply. 2.q and the rest of 14 that says so in the
scripts are played with a small dictionary that fits every version.

## What is deliberately different

- Encryption is not spoken: EncryptMethod(98) other than 0 is refused, cases 14.n and 17.c to 17.j
  do not apply.
- 1S.b: a second connection for a session that is in use is closed without a byte by what accepts
  connections (`engine::Lobby` and the acceptors), not by the session, which has one connection.
- 2.f, 2.k, 2.o: the Logout is sent, and answered or waited for 2 seconds.
- 10.e and 11.c do not use up the number of the SequenceReset.
- 14.k: a value with SOH in it makes the message garbled.
- 18.b: which routing fields are expected is the application's to know; it rejects with
  `Input::Reject`.
- 19: PossResend is passed on with its flag; the application compares business ids.
";

#[test]
fn every_case_passes_for_every_role_and_version_and_the_page_says_so() {
    let mut failures = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for case in cases(include_str!("cases.txt")) {
        let mut row = Row::new(&case);
        for role in case.roles() {
            for version in Version::ALL.into_iter().filter(|version| *version >= case.since) {
                match &case.kind {
                    Kind::Open(why) => row.mark(role, format!("open: {why}")),
                    Kind::Void(why) => row.mark(role, format!("void: {why}")),
                    Kind::Script => match script::play(&case, role, version) {
                        Ok(()) => row.passed(role),
                        Err(error) => {
                            row.failed(role);
                            failures.push(format!("{} {role:?} {version}\n{error}", case.name()));
                        }
                    },
                }
            }
        }
        rows.push(row);
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    compare(&document(&rows));
}

#[cfg(feature = "dictionaries")]
#[test]
fn what_fails_is_explained_with_names() {
    let cases = cases("== 0 | A | M | fails\n< 35=1|34=2|112=x\n> 35=0|34=2|112=y\n");
    let error = script::play(&cases[0], Role::Acceptor, Version::Fix44).unwrap_err();
    let (wire, said) = error.split_at(error.find("  <").expect("what was said"));
    assert_eq!(wire, "  expected > 35=0|34=2|112=y\n  got      [\"> 35=0|34=2|112=x\"]\n");
    let sent = "  > BeginString 8=FIX.4.4|BodyLength 9=55|MsgType 35=0 Heartbeat|MsgSeqNum 34=2|\
                SenderCompID 49=US|SendingTime 52=20261122-09:30:00.000|TargetCompID 56=PEER|\
                TestReqID 112=x|CheckSum 10=225|\n    (received TestRequest 2)\n";
    assert!(said.ends_with(sent), "{said}");
}

fn compare(document: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CONFORMANCE.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, document).expect("docs/ can be written");
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == document,
        "docs/CONFORMANCE.md is not what came of the cases: look at the difference, then run \
         UPDATE_DOCS=1 cargo test --test session conformance"
    );
}

/// One line of the page.
struct Row {
    id: String,
    level: String,
    title: String,
    cells: BTreeMap<&'static str, Cell>,
}

#[derive(Default)]
struct Cell {
    passed: usize,
    played: usize,
    mark: Option<String>,
}

impl Row {
    fn new(case: &Case) -> Self {
        Self {
            id: case.id.clone(),
            level: case.level.clone(),
            title: case.title.clone(),
            cells: BTreeMap::new(),
        }
    }

    fn cell(&mut self, role: Role) -> &mut Cell {
        self.cells.entry(column(role)).or_default()
    }

    fn mark(&mut self, role: Role, mark: String) {
        self.cell(role).mark = Some(mark);
    }

    fn passed(&mut self, role: Role) {
        let cell = self.cell(role);
        cell.passed += 1;
        cell.played += 1;
    }

    fn failed(&mut self, role: Role) {
        self.cell(role).played += 1;
    }

    fn text(&self, column: &str) -> String {
        match self.cells.get(column) {
            None => "-".into(),
            Some(Cell { mark: Some(mark), .. }) => mark.clone(),
            Some(cell) => format!("{} of {}", cell.passed, cell.played),
        }
    }
}

const fn column(role: Role) -> &'static str {
    match role {
        Role::Initiator => "initiator",
        Role::Acceptor => "acceptor",
    }
}

fn document(rows: &[Row]) -> String {
    let mut text = String::from(HEAD);
    for row in rows {
        let Row { id, level, title, .. } = row;
        let (initiator, acceptor) = (row.text("initiator"), row.text("acceptor"));
        text.push_str(&format!("| {id} | {level} | {title} | {initiator} | {acceptor} |\n"));
    }
    text.push_str(TAIL);
    text.push_str(&include_str!("other_engines.md").replace("{standard}\n", &standard_rows()));
    text
}

/// The scripts of other engines that fail with the standard profile, as rows of a table.
fn standard_rows() -> String {
    let rows =
        include_str!("../../defs/standard.txt").lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| format!("| {row} |\n")).collect()
}
