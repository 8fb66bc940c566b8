//! In which versions something has its name.

use fixline::dictionary::Spec;

/// Versions by their place in a list of all, oldest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Versions(u32);

impl Versions {
    pub(super) const fn insert(&mut self, at: usize) {
        self.0 |= 1 << at;
    }

    /// The oldest, without the points: `FIX42`.
    pub(super) fn first(self, all: &[Spec]) -> String {
        let first = all.get(self.0.trailing_zeros() as usize);
        first.map_or_else(String::new, |spec| spec.version.replace('.', ""))
    }

    /// `FIX.4.2, FIX.4.4 to FIX.5.0SP2, FIXT.1.1`.
    pub(super) fn text(self, all: &[Spec]) -> String {
        let has = |at: usize| self.0 >> at & 1 == 1;
        let kind = |at: usize| Some(all.get(at)?.version.split('.').next());
        let has_both = |at: usize| has(at) && has(at + 1) && kind(at) == kind(at + 1);
        let mut text = String::new();
        for (at, spec) in all.iter().enumerate().filter(|(at, _)| has(*at)) {
            let (goes_on, continues) = (has_both(at), at > 0 && has_both(at - 1));
            match (text.is_empty(), continues) {
                (_, true) if goes_on => continue,
                (_, true) => text.push_str(" to "),
                (false, false) => text.push_str(", "),
                (true, false) => {}
            }
            text.push_str(&spec.version);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_told_together() {
        let all: Vec<Spec> = ["A.1", "A.2", "A.3", "A.4", "A.5", "AT.1"]
            .map(|version| Spec { version: version.into(), ..Spec::default() })
            .into();
        for (places, text) in [
            (&[0][..], "A.1"),
            (&[0, 1], "A.1 to A.2"),
            (&[0, 1, 2, 4], "A.1 to A.3, A.5"),
            (&[1, 3, 4], "A.2, A.4 to A.5"),
            (&[3, 4, 5], "A.4 to A.5, AT.1"),
        ] {
            let mut versions = Versions::default();
            places.iter().for_each(|at| versions.insert(*at));
            assert_eq!(versions.text(&all), text);
        }
        let mut versions = Versions::default();
        versions.insert(0);
        assert_eq!(versions.first(&all), "A1");
    }
}
