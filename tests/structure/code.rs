//! What the sources may hold, and what each layer may know of the others.

use crate::source::{Source, has_word, is_word, lines_outside_tests, paths, shipped};

/// A file of more code than this is two jobs. Its tests do not count.
const LINES_MAX: usize = 500;

/// Files that are too long all the same, until they are split. A file that is not is taken out.
const LONG_FOR_NOW: [&str; 0] = [];

/// Files that show things to the whole crate, until they are public or their layer's own.
const SHARED_FOR_NOW: [&str; 0] = [];

/// What would make the core depend on where it runs, or bring it down.
const BANNED: [(&str, &str); 19] = [
    ("std::", "the core is no_std: use core:: or alloc::"),
    ("extern crate std", "the core is no_std"),
    ("Instant::now", "time is an argument"),
    ("SystemTime", "time is an argument"),
    ("HashMap", "its order is not deterministic: use BTreeMap"),
    ("HashSet", "its order is not deterministic: use BTreeSet"),
    ("unsafe", "no unsafe code"),
    ("println!", "report with a Notice"),
    ("eprintln!", "report with a Notice"),
    ("print!", "report with a Notice"),
    ("dbg!", "left over from debugging"),
    (".unwrap()", "nothing the peer does may panic: handle the other case"),
    (".expect(", "nothing the peer does may panic: handle the other case"),
    ("panic!", "a peer's fault is data, misuse is a typed error"),
    ("unreachable!", "make the impossible unrepresentable, or handle it"),
    ("static mut", "no globals"),
    ("RefCell", "state is plain data"),
    ("Mutex", "state is plain data, and one thread's"),
    ("thread_local!", "no globals"),
];

/// Each layer with those below it, whose public items it may use.
const LAYERS: [(&str, &[&str]); 9] = [
    ("wire", &[]),
    ("dictionary", &["wire"]),
    ("session", &["wire", "dictionary"]),
    ("engine", &["wire", "dictionary", "session"]),
    ("processor", &["wire", "dictionary", "session", "engine"]),
    ("testing", &["wire", "dictionary", "session", "engine", "processor"]),
    ("adapters", &["wire", "dictionary", "session", "engine", "processor"]),
    ("settings", &["wire", "dictionary", "session", "engine"]),
    // A program: a user of the library, by its public interface.
    ("bin", &[]),
];

/// Whether the file belongs to the core: all that is no adapter, reads no files and is not the crate
/// root.
fn is_core(source: &Source) -> bool {
    !["adapters", "lib", "bin", "settings"].contains(&source.layer())
}

/// What the core must not name.
pub(crate) fn core_faults(sources: &[Source]) -> Vec<String> {
    let core = sources.iter().filter(|source| is_core(source) && !source.is_test_only(sources));
    let mut faults = Vec::new();
    for source in core {
        for (number, line) in shipped(&source.text).lines().enumerate() {
            for (word, advice) in BANNED.iter().filter(|(word, _)| has_word(line, word)) {
                faults.push(format!(
                    "{}:{}: `{word}` in the core: {advice}",
                    source.path,
                    number + 1
                ));
            }
        }
    }
    faults
}

/// What a layer must not know of the others.
pub(crate) fn layer_faults(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| source.layer() != "lib") {
        let layer = source.layer();
        let Some((_, below)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            faults.push(format!(
                "{}: `{layer}` is no known layer: add it to LAYERS with what it may use",
                source.path
            ));
            continue;
        };
        let code = shipped(&source.text);
        for path in paths(&code, "crate") {
            let parts: Vec<&str> = path.split("::").collect();
            let &[_, to, ..] = parts.as_slice() else {
                continue;
            };
            if to == layer {
                continue;
            }
            if !below.contains(&to) {
                faults.push(format!(
                    "{}: `{path}` is not below `{layer}`: move what is needed down, or hand it in",
                    source.path
                ));
            } else if let &[_, _, module, _, ..] = parts.as_slice()
                && is_private_module(sources, to, module)
            {
                faults.push(format!(
                    "{}: `{path}` goes past the public interface of `{to}`: use `crate::{to}::X`, \
                     and `pub use` it there if everyone may",
                    source.path
                ));
            }
        }
        if let Some(path) = climbs_out(&source.path, &code) {
            faults.push(format!(
                "{}: `{path}` leaves the layer: write `crate::layer::X`",
                source.path
            ));
        }
    }
    faults
}

/// What the crate can see and its users cannot: a way past a layer's public interface.
pub(crate) fn back_doors(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test_only(sources)) {
        let path = source.path.as_str();
        let is_open = shipped(&source.text).contains("pub(crate)");
        if SHARED_FOR_NOW.contains(&path) {
            if !is_open {
                faults.push(format!("{path}: take it out of SHARED_FOR_NOW"));
            }
        } else if is_open {
            faults.push(format!(
                "{path}: `pub(crate)` goes past the public interface of its layer: make it `pub`, \
                 or `pub(super)` for its own layer"
            ));
        }
    }
    faults
}

/// Whether `layer` has a module of this name that it does not make public.
fn is_private_module(sources: &[Source], layer: &str, module: &str) -> bool {
    let roots = [format!("src/{layer}/mod.rs"), format!("src/{layer}.rs")];
    let root = sources.iter().find(|source| roots.contains(&source.path));
    root.is_some_and(|root| {
        shipped(&root.text).lines().any(|line| {
            let declared = line.trim().strip_suffix(';');
            declared.is_some_and(|line| {
                !line.starts_with("pub mod") && line.ends_with(&format!("mod {module}"))
            })
        })
    })
}

/// The `super::super::..` that leads out of the file's layer.
fn climbs_out(path: &str, code: &str) -> Option<String> {
    let inside = path.strip_prefix("src/")?.trim_end_matches(".rs");
    let depth = inside.trim_end_matches("/mod").matches('/').count();
    let climb = "super::".repeat(depth + 1);
    code.match_indices(&climb).find_map(|(at, _)| {
        let before = code[..at].chars().next_back();
        (!before.is_some_and(|char| is_word(char) || char == ':')).then(|| climb.clone())
    })
}

/// Files that do too much.
pub(crate) fn size_faults(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources {
        let (path, lines) = (&source.path, lines_outside_tests(&source.text));
        let is_long = lines > LINES_MAX && !source.is_test_only(sources);
        if LONG_FOR_NOW.contains(&path.as_str()) {
            if !is_long {
                faults.push(format!("{path}: short enough now, take it out of LONG_FOR_NOW"));
            }
        } else if is_long {
            faults.push(format!(
                "{path}: {lines} lines without its tests, at most {LINES_MAX} are allowed: split \
                 it by job"
            ));
        }
    }
    faults
}

/// Files that the map of the architecture leaves out, and files on it that are not there.
pub(crate) fn map_faults(map: &str, sources: &[Source]) -> Vec<String> {
    let mapped: Vec<&str> = map
        .split(|char: char| !is_word(char) && char != '/' && char != '.')
        .filter(|word| word.ends_with(".rs") && !word.starts_with("tests/"))
        .collect();
    let stands_for = |word: &str, path: &str| path == word || path.ends_with(&format!("/{word}"));
    let mut faults = Vec::new();
    for source in sources {
        let path = source.path.as_str();
        let is_minor = path.ends_with("/mod.rs") || path == "src/lib.rs";
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // An adapter is mapped as a whole.
        let adapter = folder.strip_prefix("src/adapters/");
        let is_mapped = mapped.iter().any(|word| stands_for(word, path))
            || adapter.is_some_and(|name| map.contains(&format!("`adapters/{name}`")));
        if !is_minor && !is_mapped && !source.is_test_only(sources) {
            faults.push(format!("docs/ARCHITECTURE.md: the map leaves out {path}"));
        }
    }
    for word in mapped {
        if !sources.iter().any(|source| stands_for(word, &source.path)) {
            faults.push(format!("docs/ARCHITECTURE.md: there is no {word}"));
        }
    }
    faults
}

/// Work that was put off.
pub(crate) fn unfinished(sources: &[Source]) -> Vec<String> {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!"),
        concat!("unim", "plemented!"),
    ];
    let mut faults = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            for mark in marks.iter().filter(|mark| has_word(line, mark)) {
                faults.push(format!(
                    "{}:{}: `{mark}`: do it now, or file it where it is tracked",
                    source.path,
                    number + 1
                ));
            }
        }
    }
    faults
}

/// Rule ids that do not look like one: `S-SEQ-07`, `INV-04`.
pub(crate) fn rule_id_faults(documents: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for document in documents {
        for (number, line) in document.text.lines().enumerate() {
            for id in rule_ids(line).filter(|id| !is_rule_id(id)) {
                faults.push(format!(
                    "{}:{}: `{id}` is no rule id: they are written S-SEQ-07 or INV-04",
                    document.path,
                    number + 1
                ));
            }
        }
    }
    faults
}

/// Everything in `line` that begins like a rule id.
pub(crate) fn rule_ids(line: &str) -> impl Iterator<Item = &str> {
    ["S-", "INV-"].into_iter().flat_map(move |prefix| {
        line.match_indices(prefix).filter_map(move |(at, _)| {
            let before = line[..at].chars().next_back();
            if before.is_some_and(|char| is_word(char) || char == '-') {
                return None;
            }
            let rest = &line[at..];
            let end = rest.find(|char: char| !is_word(char) && char != '-').unwrap_or(rest.len());
            Some(&rest[..end])
        })
    })
}

fn is_rule_id(id: &str) -> bool {
    const FAMILIES: [&str; 19] = [
        "FRAME", "ID", "SEQ", "TIME", "PD", "VAL", "LOGON", "HB", "OUT", "RR", "RSND", "GAP",
        "RST", "RESET", "FIXT", "789", "Q", "SCHED", "TLS",
    ];
    let parts: Vec<&str> = id.split('-').collect();
    let is_number = |text: &str| text.len() == 2 && text.chars().all(|char| char.is_ascii_digit());
    match parts.as_slice() {
        // A whole family may be meant.
        ["S", family] => FAMILIES.contains(family),
        ["S", family, number] => FAMILIES.contains(family) && is_number(number),
        ["INV", number] => is_number(number),
        _ => false,
    }
}

#[cfg(test)]
mod each_check_can_fail {
    use super::*;

    fn faults(check: fn(&[Source]) -> Vec<String>, files: &[(&str, &str)]) -> usize {
        let sources: Vec<_> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        check(&sources).len()
    }

    #[test]
    fn the_core_is_searched_and_adapters_are_not() {
        for (word, _) in BANNED {
            let code = format!("fn f() {{ {word} }}\n");
            assert!(faults(core_faults, &[("src/wire/a.rs", &code)]) > 0, "{word}");
            assert_eq!(faults(core_faults, &[("src/adapters/a.rs", &code)]), 0);
        }
        let in_tests = "#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        assert_eq!(faults(core_faults, &[("src/wire/a.rs", in_tests)]), 0);
        let test_only = [
            ("src/wire/mod.rs", "#[cfg(test)]\nmod museum;\n"),
            ("src/wire/museum.rs", "use std::fs;\n"),
        ];
        assert_eq!(faults(core_faults, &test_only), 0);
    }

    #[test]
    fn layers_look_down_only() {
        let bad = [
            ("src/wire/a.rs", "use crate::session::Session;"),
            ("src/session/a.rs", "fn f() { crate::engine::g() }"),
            ("src/engine/a.rs", "use crate::{wire::Tag, adapters::X};"),
            ("src/session/a.rs", "use super::super::wire::Tag;"),
            ("src/elsewhere.rs", ""),
        ];
        for (path, code) in bad {
            assert_eq!(faults(layer_faults, &[(path, code)]), 1, "{path}: {code}");
        }
        let good = [
            ("src/session/a.rs", "use crate::wire::{Tag, scan}; use super::b::C;"),
            ("src/session/a/b.rs", "use super::super::c::D;"),
            ("src/adapters/a.rs", "use crate::engine::Connection;"),
        ];
        for (path, code) in good {
            assert_eq!(faults(layer_faults, &[(path, code)]), 0, "{path}: {code}");
        }
    }

    #[test]
    fn only_what_a_layer_makes_public_is_used() {
        let session = ("src/session/mod.rs", "mod gap;\npub mod open;\n");
        for (code, expected) in [
            ("use crate::session::gap::Gap;", 1),
            ("use crate::session::{Session, gap::Gap};", 1),
            ("use crate::session::{Session, open::Gap};", 0),
        ] {
            let files = [session, ("src/engine/a.rs", code)];
            assert_eq!(faults(layer_faults, &files), expected, "{code}");
        }
    }

    #[test]
    fn back_doors_are_found() {
        let open = [("src/wire/a.rs", "pub(crate) fn f() {}")];
        assert_eq!(faults(back_doors, &open), 1);
        for path in SHARED_FOR_NOW {
            assert_eq!(faults(back_doors, &[(path, "pub(super) fn f() {}")]), 1);
        }
    }

    #[test]
    fn long_files_are_found_and_tests_do_not_count() {
        let code = "let a = 1;\n".repeat(LINES_MAX + 1);
        assert_eq!(faults(size_faults, &[("src/wire/a.rs", &code)]), 1);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{code}}}\n");
        assert_eq!(faults(size_faults, &[("src/wire/a.rs", &tests)]), 0);
        for path in LONG_FOR_NOW {
            assert_eq!(faults(size_faults, &[(path, &code)]), 0);
            assert_eq!(faults(size_faults, &[(path, "")]), 1);
        }
    }

    #[test]
    fn a_map_with_gaps_and_ghosts_is_found() {
        let sources =
            [Source::new("src/wire/scan.rs", ""), Source::new("src/adapters/tokio/line.rs", "")];
        assert!(map_faults("`scan.rs`, `adapters/tokio`", &sources).is_empty());
        assert_eq!(map_faults("`wire`, `wire/scan.rs`", &sources).len(), 1);
        assert_eq!(map_faults("`wire`, `adapters/tokio`", &sources).len(), 1);
        assert_eq!(map_faults("`scan.rs`, `adapters/tokio`, `gone.rs`", &sources).len(), 1);
    }

    #[test]
    fn unfinished_work_is_found() {
        let text = concat!("// TO", "DO: later\n");
        assert_eq!(faults(unfinished, &[("docs/a.md", text)]), 1);
    }

    #[test]
    fn what_only_looks_like_a_rule_id_is_found() {
        for bad in ["S-SEQ-7", "S-SEQUENCE-07", "INV-4", "S-SEQ-07-a", "S-"] {
            assert_eq!(faults(rule_id_faults, &[("docs/a.md", bad)]), 1, "{bad}");
        }
        let good = "S-SEQ-07 (2.c), INV-04; ANALYSIS-7, S-LOGON-05 to S-LOGON-08";
        assert_eq!(faults(rule_id_faults, &[("docs/a.md", good)]), 0);
    }
}
