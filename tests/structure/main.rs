//! What the architecture promises and no compiler checks: a core without `std`, clocks and I/O,
//! layers that look down only, files of one job, documents that agree with the code.
//!
//! `docs/ARCHITECTURE.md` says why. Every check is itself checked with something wrong.

mod code;
mod package;
mod rules;
mod source;

use source::{Source, files, read, root};

#[test]
fn the_core_is_free_of_std_clocks_and_panics() {
    none(code::core_faults(&sources()));
}

#[test]
fn layers_use_the_public_interface_of_those_below() {
    none(code::layer_faults(&sources()));
}

#[test]
fn layers_have_no_back_doors() {
    none(code::back_doors(&sources()));
}

#[test]
fn files_have_one_job() {
    none(code::size_faults(&sources()));
}

#[test]
fn nothing_is_left_unfinished() {
    let mut all = documents();
    for folder in ["src", "tests", "examples", "benches", "fuzz/fuzz_targets"] {
        all.extend(files(folder, "rs"));
    }
    none(code::unfinished(&all));
}

#[test]
fn rule_ids_look_like_rule_ids() {
    let mut all = documents();
    all.extend(sources());
    none(code::rule_id_faults(&all));
}

#[test]
fn every_rule_is_tested_or_it_is_said_why_not() {
    none(rules::untested_rules(rules::IDS, &read("docs/RULES.md"), &tests()));
}

#[test]
fn every_bug_of_the_museum_is_kept_out() {
    none(rules::museum_faults(&read("docs/MUSEUM.md"), &rules::BUGS, &tests()));
}

#[test]
fn no_rule_is_named_that_does_not_exist() {
    let mut all = documents();
    for folder in ["src", "tests", "examples", "benches", "fuzz/fuzz_targets"] {
        all.extend(files(folder, "rs"));
    }
    all.retain(|file| !file.path.starts_with("tests/structure/"));
    none(rules::unknown_rules(rules::IDS, &all));
    // The text is not part of the repository.
    if let Ok(text) = std::fs::read_to_string(root().join("../shared/spec/session-rules.md")) {
        none(rules::outdated_ids(rules::IDS, &text));
    }
}

#[test]
fn the_map_of_the_architecture_is_complete() {
    none(code::map_faults(&read("docs/ARCHITECTURE.md"), &sources()));
}

#[test]
fn the_readme_agrees_with_the_manifest() {
    none(package::readme_faults(&read("README.md"), &read("Cargo.toml")));
}

#[test]
fn the_package_stays_light() {
    let mut faults = package::manifest_faults(&read("Cargo.toml"));
    faults.extend(package::lib_faults(&read("src/lib.rs")));
    none(faults);
}

#[test]
fn links_lead_somewhere() {
    let exists = |path: &str| root().join(path).exists();
    none(
        documents()
            .iter()
            .flat_map(|document| package::link_faults(&document.path, &document.text, exists))
            .collect(),
    );
}

fn sources() -> Vec<Source> {
    let sources = files("src", "rs");
    assert!(sources.len() > 20, "found only {} sources", sources.len());
    sources
}

/// Everything that tests: the crate's sources for the tests in them, and `tests` but for this one.
fn tests() -> Vec<Source> {
    let mut tests = sources();
    for extension in ["rs", "txt"] {
        tests.extend(files("tests", extension));
    }
    tests.retain(|test| !test.path.starts_with("tests/structure/"));
    tests
}

fn documents() -> Vec<Source> {
    let mut documents = files("docs", "md");
    for path in ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"] {
        documents.push(Source::new(path, &read(path)));
    }
    documents
}

fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
