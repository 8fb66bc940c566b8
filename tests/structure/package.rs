//! What `README.md`, `Cargo.toml` and `src/lib.rs` say of each other.

/// The README's two commands: everything there is to see, and everything there is to check.
const COMMANDS: [&str; 2] =
    ["cargo run --release --all-features --example trading_day", "cargo test --all-features"];

/// What a default build may depend on.
const DEPENDENCIES: [&str; 2] = ["thiserror", "memchr"];

/// Where README and manifest do not agree.
pub(crate) fn readme_faults(readme: &str, manifest: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for command in COMMANDS {
        if readme.lines().filter(|line| *line == command).count() != 1 {
            faults.push(format!(
                "README.md: `{command}` must stand once, alone on a line of a code block"
            ));
        }
    }
    let version = value(manifest, "package", "rust-version").unwrap_or("nothing");
    let version = version.trim_matches('"');
    if !readme.contains(&format!("Rust {version} ")) {
        faults.push(format!(
            "README.md: must name the rust-version of Cargo.toml, as `Rust {version} `"
        ));
    }
    let listed: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(feature, _)| feature)
        .collect();
    for (feature, _) in entries(manifest, "features") {
        let expected = usize::from(feature != "default");
        if listed.iter().filter(|name| **name == feature).count() != expected {
            faults.push(format!(
                "README.md: the table of features must have `{feature}` {expected} times, as \
                 \"| `{feature}` | ..\""
            ));
        }
    }
    for name in listed {
        if value(manifest, "features", name).is_none() {
            faults.push(format!(
                "README.md: Cargo.toml has no feature `{name}`: take it out of the table"
            ));
        }
    }
    faults
}

/// What a package of this kind must not become.
pub(crate) fn manifest_faults(manifest: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if value(manifest, "features", "default") != Some("[\"std\"]") {
        faults.push("Cargo.toml: the default features are `std` and nothing else".to_owned());
    }
    for (name, value) in entries(manifest, "dependencies") {
        if !DEPENDENCIES.contains(&name) && !value.contains("optional = true") {
            faults.push(format!(
                "Cargo.toml: `{name}` would be in every default build: make it optional"
            ));
        }
    }
    faults
}

/// What the crate root must promise.
pub(crate) fn lib_faults(lib: &str) -> Vec<String> {
    ["#![no_std]", "#![forbid(unsafe_code)]"]
        .into_iter()
        .filter(|promise| !lib.lines().any(|line| line == *promise))
        .map(|promise| format!("src/lib.rs: `{promise}` must stay"))
        .collect()
}

/// Links to files that are not there; `exists` looks.
pub(crate) fn link_faults(path: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .map(|target| resolve(folder, target))
        .filter(|target| !exists(target))
        .map(|target| format!("{path}: the link to {target} leads nowhere"))
        .collect()
}

fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

/// `key = value` lines of a section of a TOML file.
fn entries<'t>(toml: &'t str, section: &str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let header = format!("[{section}]");
    toml.lines()
        .skip_while(move |line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
}

fn value<'t>(toml: &'t str, section: &str, key: &str) -> Option<&'t str> {
    entries(toml, section).find(|(name, _)| *name == key).map(|(_, value)| value)
}

#[cfg(test)]
mod each_check_can_fail {
    use super::*;

    const MANIFEST: &str = "[package]\nrust-version = \"1.88\"\n[features]\n\
        default = [\"std\"]\nstd = []\n[dependencies]\nthiserror = \"2\"\n\
        tokio = { version = \"1\", optional = true }\n";

    fn readme() -> String {
        format!("{}\n{}\nNeeds Rust 1.88 or later.\n| `std` | yes |\n", COMMANDS[0], COMMANDS[1])
    }

    #[test]
    fn what_agrees_is_left_alone() {
        assert!(readme_faults(&readme(), MANIFEST).is_empty());
        assert!(manifest_faults(MANIFEST).is_empty());
        assert!(lib_faults("#![no_std]\n#![forbid(unsafe_code)]\n").is_empty());
    }

    #[test]
    fn a_readme_that_says_something_else_is_found() {
        for (from, to) in [
            ("cargo test --all-features", "cargo test"),
            ("trading_day", "day"),
            ("1.88", "1.87"),
            ("`std`", "`stdio`"),
            ("| `std` | yes |\n", ""),
        ] {
            let wrong = readme().replace(from, to);
            assert!(!readme_faults(&wrong, MANIFEST).is_empty(), "{from} -> {to}");
        }
    }

    #[test]
    fn a_heavier_default_build_is_found() {
        for (from, to) in
            [("default = [\"std\"]", "default = [\"std\", \"tokio\"]"), (", optional = true", "")]
        {
            let wrong = MANIFEST.replace(from, to);
            assert_eq!(manifest_faults(&wrong).len(), 1, "{from} -> {to}");
        }
        assert_eq!(lib_faults("#![no_std]\n").len(), 1);
    }

    #[test]
    fn dead_links_are_found() {
        let text = "[a](A.md) [b](../README.md#part) [c](https://example.com) [d](#here)";
        let there = |path: &str| path == "README.md";
        assert_eq!(
            link_faults("docs/GUIDE.md", text, there),
            ["docs/GUIDE.md: the link to docs/A.md leads nowhere"]
        );
    }
}
