//! What the architecture promises and no compiler checks: a core without `std`, clocks and I/O,
//! layers that look down only, files of one job, documents that agree with the code.
//!
//! `docs/ARCHITECTURE.md` says why. Every check is itself checked with something wrong.

#[path = "../../src/bin/fixline/rule/catalogue.rs"]
mod catalogue;
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
    all.extend(rust());
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
    let text = read("docs/rules.txt");
    none(rules::catalogue_faults(&catalogue::read(&text).unwrap(), &tests()));
}

#[test]
fn the_document_of_the_rules_is_what_the_catalogue_says() {
    let text = read("docs/rules.txt");
    let document = rules::document(&catalogue::read(&text).unwrap());
    let path = root().join("docs/RULES.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == document,
        "docs/RULES.md is not what docs/rules.txt says: look at the difference, then run \
         UPDATE_DOCS=1 cargo test --test structure"
    );
}

#[test]
fn every_bug_of_the_museum_is_kept_out() {
    none(rules::museum_faults(&read("docs/MUSEUM.md"), &rules::BUGS, &tests()));
}

#[test]
fn every_id_that_is_cited_is_explained() {
    let (text, museum) = (read("docs/rules.txt"), read("docs/MUSEUM.md"));
    let rules = catalogue::read(&text).unwrap();
    let ids = rules.iter().map(|rule| rule.id).chain(rules::bugs(&museum));
    none(rules::unknown_ids(&ids.collect(), &everything()));
}

#[test]
fn nothing_is_cited_that_readers_do_not_have() {
    none(rules::unpublished(&everything()));
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

/// Everything that a person reads, but for these tests, which name what is wrong.
fn everything() -> Vec<Source> {
    let mut all = documents();
    all.extend(rust());
    all.extend(files("docs", "txt"));
    for extension in ["txt", "md"] {
        all.extend(files("tests", extension));
    }
    all.retain(|file| !file.path.starts_with("tests/structure/"));
    all
}

/// All that is written in Rust.
fn rust() -> Vec<Source> {
    let folders = ["src", "tests", "examples", "benches", "fuzz/fuzz_targets"];
    folders.into_iter().flat_map(|folder| files(folder, "rs")).collect()
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
