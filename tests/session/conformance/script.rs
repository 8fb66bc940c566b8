//! The language of `cases.txt`.

use fixline::dictionary::Rule;
use fixline::session::{ConfigBuilder, Input, Refusal, ResetPolicy, Role, SeqNums, Version};
use fixline::wire::{Message, MsgKind, Tag};

use crate::dictionary_text::dictionaries;
use crate::line::{Line, acceptor, initiator, nums, seq};

/// One test case.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) level: String,
    pub(crate) title: String,
    pub(crate) since: Version,
    pub(crate) kind: Kind,
    role: String,
    lines: Vec<String>,
}

/// What a case is.
pub(crate) enum Kind {
    Script,
    /// Waits for something.
    Open(String),
    /// Does not apply.
    Void(String),
}

impl Case {
    pub(crate) fn name(&self) -> String {
        format!("{} ({})", self.id, self.title)
    }

    pub(crate) fn roles(&self) -> Vec<Role> {
        match self.role.as_str() {
            "I" => vec![Role::Initiator],
            "A" => vec![Role::Acceptor],
            _ => vec![Role::Initiator, Role::Acceptor],
        }
    }
}

/// Reads the cases of a file.
pub(crate) fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(head) = line.strip_prefix("== ") {
            let [id, role, level, title] = head
                .splitn(4, " | ")
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .try_into()
                .expect(head);
            let (since, kind, lines) = (Version::Fix40, Kind::Script, Vec::new());
            cases.push(Case { id, level, title, since, kind, role, lines });
            continue;
        }
        let case = cases.last_mut().expect("a case begins with ==");
        match line.split_once(' ').expect(line) {
            ("since", version) => case.since = Version::from_name(version).expect(version),
            ("open", why) => case.kind = Kind::Open(why.into()),
            ("void", why) => case.kind = Kind::Void(why.into()),
            _ => case.lines.push(line.into()),
        }
    }
    cases
}

/// Plays a case; the error says which line was not met, and what was said up to there.
pub(crate) fn play(case: &Case, role: Role, version: Version) -> Result<(), String> {
    let mut player = Player::new(case, role, version);
    let mut lines = case.lines.iter();
    let played = lines.try_for_each(|line| player.line(line)).and_then(|()| player.nothing_left());
    played.map_err(|error| format!("{error}\n{}", player.line.transcript))
}

/// A script under way.
struct Player {
    line: Line,
    version: Version,
    /// What happened and was not expected yet.
    happened: Vec<String>,
    /// The last application message that was delivered.
    last: Vec<u8>,
}

impl Player {
    fn new(case: &Case, role: Role, version: Version) -> Self {
        let words = |key: &str| {
            let line = case.lines.iter().find_map(|line| line.strip_prefix(key));
            line.map(str::trim).unwrap_or_default().to_owned()
        };
        let builder = match role {
            Role::Initiator => initiator(version),
            Role::Acceptor => acceptor(version),
        };
        let builder = configure(builder, version, &words("config "));
        let numbers = words("numbers ");
        let numbers = match numbers.split_once(' ') {
            Some((next_in, next_out)) => {
                nums(next_in.parse().expect("a number"), next_out.parse().expect("a number"))
            }
            None => SeqNums::FRESH,
        };
        let mut line = Line::new(builder, numbers);
        if words("from ") != "down" {
            line.log_on(1);
        }
        Self { line, version, happened: Vec::new(), last: Vec::new() }
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let text = self.expand(rest);
        match word {
            "from" | "numbers" | "config" => Ok(()),
            ">" => self.expect(&format!("> {text}")),
            "=" => self.expect(&text),
            "notes" => self.noted(&text),
            "next" => self.next(&text),
            _ => {
                self.nothing_left()?;
                self.line.notices.clear();
                self.happened = self.act(word, &text);
                Ok(())
            }
        }
    }

    fn act(&mut self, word: &str, text: &str) -> Vec<String> {
        match word {
            "<" => {
                self.last = self.line.peer_message(text);
                self.line.receive(text)
            }
            "raw" => {
                self.last = raw(text);
                let bytes = self.last.clone();
                self.line.receive_bytes(&bytes)
            }
            "wait" => self.line.wait(text.parse().expect("seconds")),
            "do" => self.perform(text),
            _ => panic!("unknown word {word}"),
        }
    }

    fn perform(&mut self, text: &str) -> Vec<String> {
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        match verb {
            "connect" => self.line.connect(),
            "accept" => self.line.accept(),
            "refuse" => self.line.refuse(Refusal::Silent),
            "close" => self.line.close(),
            "logout" => self.line.logout(rest),
            "send" => {
                let (msg_type, body) = rest.split_once(' ').expect("a type and a body");
                self.line.send(msg_type, body).expect("it can be sent");
                Vec::new()
            }
            "sequence" => {
                let new = rest.strip_prefix("reset ").expect("reset").parse().expect("a number");
                self.line.input(Input::SequenceReset { new: seq(new) })
            }
            "reject" => {
                let mut words = rest.splitn(3, ' ');
                let reason = words.next().and_then(|word| word.parse().ok());
                let tag = words.next().and_then(|word| word.parse().ok()).and_then(Tag::new);
                self.reject(reason, tag, words.next().unwrap_or_default())
            }
            // What an application answers with (S-VAL-22 to S-VAL-24).
            "unsupported" => self.business_reject("Unsupported Message Type", "380=3"),
            "unavailable" => self.business_reject("Application not available", "380=4"),
            "conditional" => self.business_reject("Conditionally required field missing", "380=5"),
            _ => panic!("unknown verb {verb}"),
        }
    }

    fn reject(&mut self, reason: Option<u16>, tag: Option<Tag>, text: &str) -> Vec<String> {
        let last = self.last.clone();
        let to = Message::parse(&last).expect("it was delivered");
        self.line.input(Input::Reject { to, reason, tag, text })
    }

    fn business_reject(&mut self, text: &str, reason: &str) -> Vec<String> {
        if !self.version.has_reject_details() {
            return self.reject(None, None, text);
        }
        let last = self.last.clone();
        let to = Message::parse(&last).expect("it was delivered");
        let msg_type = String::from_utf8_lossy(to.msg_type()).into_owned();
        let body = format!("45={}|58={text}|372={msg_type}|{reason}|", to.msg_seq_num());
        let seq = self.line.send("j", &body).expect("it can be sent");
        vec![format!("> 35=j|34={seq}|{}", body.trim_end_matches('|'))]
    }

    /// Replaces what depends on the version.
    fn expand(&self, text: &str) -> String {
        let old = !self.version.has_reject_details();
        let appl = self.version.default_appl_ver_id();
        let other = if self.version == Version::Fix44 { "FIX.4.2" } else { "FIX.4.4" };
        let mut text = text
            .replace("{inf}", if old { "999999" } else { "0" })
            .replace("{ms}", if old { "" } else { ".000" })
            .replace("{appl}", &appl.map(|code| format!("|1137={code}")).unwrap_or_default())
            .replace("{begin}", self.version.begin_string())
            .replace("{other}", other)
            .replace("{reversed}", "128=STRANGER|");
        for (name, words, code) in [
            ("{unsupported}", "Unsupported Message Type", 3),
            ("{unavailable}", "Application not available", 4),
            ("{conditional}", "Conditionally required field missing", 5),
        ] {
            let msg_type = if name == "{unsupported}" { "R" } else { "D" };
            let answer = if old {
                format!("35=3|34=2|45=2|58={words}")
            } else {
                format!("35=j|34=2|45=2|58={words}|372={msg_type}|380={code}")
            };
            text = text.replace(name, &answer);
            let by_rule = name.replace('}', " 44}");
            let answer = answer.replace(words, &format!("{words} (44)"));
            text = text.replace(&by_rule, &answer);
        }
        while let Some((before, macro_text, after)) = next_macro(&text) {
            text = format!("{before}{}{after}", self.details(&macro_text));
        }
        text
    }

    fn details(&self, macro_text: &str) -> String {
        let words: Vec<&str> = macro_text.split(' ').collect();
        match words.as_slice() {
            ["status", status] if self.version.has_session_status() => format!("|1409={status}"),
            ["reject", tag, msg_type, reason] if self.version.has_reject_details() => {
                let known = self.version.has_reject_reason(reason.parse().expect("a number"));
                let reason = if known { format!("|373={reason}") } else { String::new() };
                // The version in force, where the message does not say (S-VAL-07).
                let is_admin = MsgKind::of(msg_type.as_bytes()).is_admin();
                let appl = self.version.default_appl_ver_id().filter(|_| !is_admin);
                let appl = appl.map(|code| format!("|1130={code}")).unwrap_or_default();
                format!("|371={tag}|372={msg_type}{reason}{appl}")
            }
            ["status" | "reject", ..] => String::new(),
            _ => panic!("unknown macro {macro_text}"),
        }
    }

    fn expect(&mut self, expected: &str) -> Result<(), String> {
        if self.happened.first().is_some_and(|first| first == expected) {
            self.happened.remove(0);
            return Ok(());
        }
        Err(format!("  expected {expected}\n  got      {:?}", self.happened))
    }

    fn noted(&self, words: &str) -> Result<(), String> {
        let notices = &self.line.notices;
        if notices.iter().any(|notice| notice.to_lowercase().contains(&words.to_lowercase())) {
            return Ok(());
        }
        Err(format!("  expected a notice of \"{words}\"\n  got      {notices:?}"))
    }

    fn next(&self, numbers: &str) -> Result<(), String> {
        let got = format!("{} {}", self.line.next_in(), self.line.next_out());
        if got == numbers {
            return Ok(());
        }
        Err(format!("  expected numbers {numbers}\n  got              {got}"))
    }

    fn nothing_left(&self) -> Result<(), String> {
        if self.happened.is_empty() {
            return Ok(());
        }
        Err(format!("  not expected {:?}", self.happened))
    }
}

fn configure(builder: ConfigBuilder, version: Version, words: &str) -> ConfigBuilder {
    match words {
        "dictionary" => {
            // A limit order has a price.
            let rule = Rule::new("D", Tag::ORD_TYPE, &["2"], Tag::PRICE);
            builder.dictionaries(dictionaries(version).rule(rule))
        }
        "" => builder,
        "offline sends" => builder.offline_sends(true),
        "reset at logon" => builder.reset(ResetPolicy::NEVER.at_logon()),
        _ => panic!("unknown configuration {words}"),
    }
}

/// The bytes as written, but for a CheckSum of `000`, which is made right.
fn raw(text: &str) -> Vec<u8> {
    let bytes: Vec<u8> = text.replace('|', "\u{1}").into_bytes();
    let complete = text.contains("|9=") || text.starts_with("9=");
    if complete { bytes } else { fixline::wire::from_text(text) }
}

fn next_macro(text: &str) -> Option<(String, String, String)> {
    let (before, rest) = text.split_once('{')?;
    let (macro_text, after) = rest.split_once('}')?;
    Some((before.into(), macro_text.into(), after.into()))
}
