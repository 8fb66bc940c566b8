//! The rules by their ids, as `docs/rules.txt` states them.
//!
//! A block for each rule: its id, what it says, and facts of the kinds in [`FACTS`], in that order.
//! `# ` begins a chapter. The test that writes `docs/RULES.md` reads the catalogue with this file too.

/// What may be said of a rule besides its words: the key in the catalogue, and for people.
pub(super) const FACTS: [(&str, &str); 5] = [
    ("source", "Source"),
    ("choice", "Choice"),
    ("elsewhere", "Seen elsewhere"),
    ("tests", "Tests"),
    ("untested", "Without a test"),
];

/// One rule.
#[derive(Debug)]
pub(super) struct Rule<'t> {
    /// Such as `S-SEQ-07`.
    pub(super) id: &'t str,
    /// What its chapter is about.
    pub(super) chapter: &'t str,
    /// The rule, in a sentence or two.
    pub(super) says: &'t str,
    /// What each of [`FACTS`] is, in their order.
    facts: [Option<&'t str>; FACTS.len()],
}

impl<'t> Rule<'t> {
    /// The facts that are stated, with their names for people.
    pub(super) fn facts(&self) -> impl Iterator<Item = (&'static str, &'t str)> {
        FACTS.iter().zip(self.facts).filter_map(|((_, name), fact)| Some((*name, fact?)))
    }
}

/// Every rule of a catalogue, or what is wrong with the text and in which block.
pub(super) fn read(text: &str) -> Result<Vec<Rule<'_>>, String> {
    let mut rules = Vec::new();
    let mut chapter = "";
    for block in text.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        match block.strip_prefix("# ") {
            Some(title) => chapter = title,
            None => rules.push(rule(block, chapter)?),
        }
    }
    Ok(rules)
}

fn rule<'t>(block: &'t str, chapter: &'t str) -> Result<Rule<'t>, String> {
    let mut lines = block.lines();
    let (Some(id), Some(says)) = (lines.next(), lines.next()) else {
        return Err(format!("`{block}`: an id and a sentence belong together"));
    };
    let mut facts = [None; FACTS.len()];
    let mut next = 0;
    for line in lines {
        let key = line.split_once(": ").map_or(line, |(key, _)| key);
        let place = FACTS.iter().skip(next).position(|(known, _)| *known == key);
        let (Some(place), Some((_, fact))) = (place, line.split_once(": ")) else {
            let keys = FACTS.map(|(key, _)| key).join(", ");
            return Err(format!("{id}: `{line}` is none of {keys}, each once and in this order"));
        };
        facts[next + place] = Some(fact);
        next += place + 1;
    }
    Ok(Rule { id, chapter, says, facts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_an_id_a_sentence_and_facts_in_order() {
        let text =
            "# Numbers\n\nS-SEQ-07\nToo low.\nsource: ours: all\ntests: a, b\n\nS-SEQ-08\nAgain.";
        let rules = read(text).unwrap();
        assert_eq!(rules.len(), 2);
        assert_eq!(
            (rules[0].id, rules[0].chapter, rules[0].says),
            ("S-SEQ-07", "Numbers", "Too low.")
        );
        let facts: Vec<_> = rules[0].facts().collect();
        assert_eq!(facts, [("Source", "ours: all"), ("Tests", "a, b")]);
        assert_eq!(rules[1].chapter, "Numbers");
        assert_eq!(rules[1].facts().count(), 0);
    }

    #[test]
    fn what_is_no_rule_is_told() {
        let order =
            "is none of source, choice, elsewhere, tests, untested, each once and in this order";
        for (text, told) in [
            ("S-SEQ-07", "`S-SEQ-07`: an id and a sentence belong together".to_owned()),
            ("S-SEQ-07\nLow.\nsaurce: x", format!("S-SEQ-07: `saurce: x` {order}")),
            ("S-SEQ-07\nLow.\ntests: a\nsource: x", format!("S-SEQ-07: `source: x` {order}")),
            ("S-SEQ-07\nLow.\nsource: x\nsource: y", format!("S-SEQ-07: `source: y` {order}")),
            ("S-SEQ-07\nLow.\nsource", format!("S-SEQ-07: `source` {order}")),
        ] {
            assert_eq!(read(text).unwrap_err(), told);
        }
    }
}
