//! Which of many sessions a Logon is for.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::engine::{Party, SessionId};

/// The sessions of an acceptor by what a Logon says.
///
/// A Logon fits a session whose CompIDs it has, and whose SubIDs and LocationIDs it has as far as
/// these are configured (S-ID-01, S-ID-05). Of several, the one with the most of them wins; no two
/// with equally many can fit the same Logon.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// Without their qualifiers, which no Logon has.
    sessions: BTreeMap<SessionId, SessionId>,
    /// By BeginString and CompIDs alone.
    groups: BTreeMap<SessionId, Group>,
}

/// Sessions of the same BeginString and CompIDs.
#[derive(Clone, Debug, Default)]
struct Group {
    /// Without their qualifiers.
    members: BTreeSet<SessionId>,
    /// How many of them have which SubIDs and LocationIDs.
    patterns: BTreeMap<Pattern, usize>,
    /// Those whose SubIDs and LocationIDs inform only: the peer may have others.
    informed: BTreeSet<SessionId>,
}

/// Which of our SubID, our LocationID and the peer's there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pattern([bool; 4]);

impl Pattern {
    /// Those with the most ids first.
    fn all() -> impl Iterator<Item = Self> {
        let of_size = |size| {
            let all = (0..16u8).map(|bits| Self([1, 2, 4, 8].map(|bit| bits & bit != 0)));
            all.filter(move |pattern| pattern.size() == size)
        };
        (0..=4).rev().flat_map(of_size)
    }

    fn of(id: &SessionId) -> Self {
        Self(ids(id).map(|id| id.is_some()))
    }

    fn size(self) -> usize {
        self.0.into_iter().filter(|&is_there| is_there).count()
    }

    fn is_within(self, other: Self) -> bool {
        self.0.into_iter().zip(other.0).all(|(mine, theirs)| theirs || !mine)
    }
}

/// Why two sessions cannot both be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conflict {
    Same,
    OnlyQualifier,
    FitEqually,
}

impl Index {
    pub(super) const fn new() -> Self {
        Self { sessions: BTreeMap::new(), groups: BTreeMap::new() }
    }

    /// Adds a session that has no [`conflict`](Self::conflict). If its SubIDs and LocationIDs only `inform`, a Logon may have others where
    /// it fits no session and this is the only such session.
    pub(super) fn add(&mut self, id: &SessionId, inform: bool) {
        let bare = id.with_qualifier("");
        let group = self.groups.entry(with_pattern(id, Pattern([false; 4]))).or_default();
        let pattern = Pattern::of(id);
        *group.patterns.entry(pattern).or_default() += 1;
        if inform && pattern.size() > 0 {
            group.informed.insert(bare.clone());
        }
        group.members.insert(bare.clone());
        self.sessions.insert(bare, id.clone());
    }

    pub(super) fn remove(&mut self, id: &SessionId) {
        let bare = id.with_qualifier("");
        let comp_ids = with_pattern(id, Pattern([false; 4]));
        if self.sessions.get(&bare) != Some(id) {
            return;
        }
        self.sessions.remove(&bare);
        let Some(group) = self.groups.get_mut(&comp_ids) else { return };
        group.members.remove(&bare);
        group.informed.remove(&bare);
        let pattern = Pattern::of(id);
        if let Some(count) = group.patterns.get_mut(&pattern) {
            *count -= 1;
            if *count == 0 {
                group.patterns.remove(&pattern);
            }
        }
        if group.members.is_empty() {
            self.groups.remove(&comp_ids);
        }
    }

    /// The session that a Logon with exactly these ids is for.
    pub(super) fn find(&self, logon: &SessionId) -> Option<&SessionId> {
        let group = self.groups.get(&with_pattern(logon, Pattern([false; 4])))?;
        let said = Pattern::of(logon);
        let possible = Pattern::all()
            .filter(|pattern| pattern.is_within(said) && group.patterns.contains_key(pattern));
        let mut fitting =
            possible.filter_map(|pattern| self.sessions.get(&with_pattern(logon, pattern)));
        fitting.next().or_else(|| {
            let mut informed = group.informed.iter();
            let only = informed.next().filter(|_| informed.next().is_none())?;
            self.sessions.get(only)
        })
    }

    /// A session that this one cannot stand beside.
    pub(super) fn conflict(&self, id: &SessionId) -> Option<(Conflict, SessionId)> {
        if let Some(other) = self.sessions.get(&id.with_qualifier("")) {
            let conflict = if other == id { Conflict::Same } else { Conflict::OnlyQualifier };
            return Some((conflict, other.clone()));
        }
        let group = self.groups.get(&with_pattern(id, Pattern([false; 4])))?;
        let pattern = Pattern::of(id);
        let is_rival = |other: Pattern| other != pattern && other.size() == pattern.size();
        if !group.patterns.keys().any(|other| is_rival(*other)) {
            return None;
        }
        let rivals = group.members.iter().filter(|other| is_rival(Pattern::of(other)));
        let other = { rivals }.find(|other| {
            let both = ids(id).into_iter().zip(ids(other));
            { both }.all(|(mine, theirs)| mine.is_none() || theirs.is_none() || mine == theirs)
        })?;
        Some((Conflict::FitEqually, self.sessions.get(other)?.clone()))
    }
}

fn ids(id: &SessionId) -> [Option<&str>; 4] {
    let (us, peer) = (id.us(), id.peer());
    [us.sub_id(), us.location_id(), peer.sub_id(), peer.location_id()]
}

/// The same session with only these of its SubIDs and LocationIDs, and without its qualifier.
fn with_pattern(id: &SessionId, pattern: Pattern) -> SessionId {
    let mut ids = ids(id);
    for (id, is_there) in ids.iter_mut().zip(pattern.0) {
        *id = id.filter(|_| is_there);
    }
    let [us_sub, us_location, peer_sub, peer_location] = ids.map(Option::unwrap_or_default);
    let us = Party::new(id.us().comp_id()).with_sub_id(us_sub).with_location_id(us_location);
    let peer =
        Party::new(id.peer().comp_id()).with_sub_id(peer_sub).with_location_id(peer_location);
    SessionId::new(id.begin_string(), us, peer)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    use super::*;

    fn id(text: &str) -> SessionId {
        SessionId::parse(text).expect("a session")
    }

    /// The index of these sessions, which check their sub ids; those that begin with `~` do not.
    fn index(sessions: &[&str]) -> Index {
        let mut index = Index::new();
        for text in sessions {
            let (inform, text) = match text.strip_prefix('~') {
                Some(text) => (true, text),
                None => (false, *text),
            };
            assert_eq!(index.conflict(&id(text)), None, "{text}");
            index.add(&id(text), inform);
        }
        index
    }

    fn found(index: &Index, logon: &str) -> Option<String> {
        index.find(&id(logon)).map(ToString::to_string)
    }

    #[test]
    fn comp_ids_and_version_must_be_those_of_the_session() {
        let index = index(&["FIX.4.4:B->C", "FIX.4.2:B->C:Q", "FIX.4.4:C->B"]);
        assert_eq!(found(&index, "FIX.4.4:B->C").as_deref(), Some("FIX.4.4:B->C"));
        assert_eq!(found(&index, "FIX.4.2:B->C").as_deref(), Some("FIX.4.2:B->C:Q"));
        assert_eq!(found(&index, "FIX.4.4:C->B").as_deref(), Some("FIX.4.4:C->B"));
        for other in ["FIX.4.3:B->C", "FIX.4.4:B->D", "FIX.4.4:b->C", "FIX.4.2:C->B"] {
            assert_eq!(found(&index, other), None, "{other}");
        }
    }

    #[test]
    fn ids_that_are_not_configured_are_ignored_and_the_most_specific_wins() {
        let index = index(&["F:B->C", "F:B/K->C", "F:B/K/L->C", "F:B/K->C/T/M"]);
        for (logon, session) in [
            ("F:B->C", "F:B->C"),
            ("F:B/X->C/Y/Z", "F:B->C"),
            ("F:B/K->C", "F:B/K->C"),
            ("F:B/K/X->C/T", "F:B/K->C"),
            ("F:B/K/L->C", "F:B/K/L->C"),
            ("F:B/X->C/T/M", "F:B->C"),
            ("F:B/K->C/T/M", "F:B/K->C/T/M"),
            ("F:B/K/L->C/T/M", "F:B/K->C/T/M"),
            ("F:B//L->C", "F:B->C"),
        ] {
            assert_eq!(found(&index, logon).as_deref(), Some(session), "{logon}");
        }
    }

    #[test]
    fn ids_that_are_checked_must_be_there() {
        let index = index(&["F:B/K->C", "F:B/R->C"]);
        assert_eq!(found(&index, "F:B/R->C").as_deref(), Some("F:B/R->C"));
        assert_eq!(found(&index, "F:B/X->C"), None);
        assert_eq!(found(&index, "F:B->C"), None);
    }

    #[test]
    fn ids_that_inform_need_not_be_there_while_they_tell_no_two_apart() {
        let one = index(&["~F:B/K->C"]);
        assert_eq!(found(&one, "F:B->C").as_deref(), Some("F:B/K->C"));
        assert_eq!(found(&one, "F:B/X->C").as_deref(), Some("F:B/K->C"));
        assert_eq!(found(&one, "F:B->D"), None);
        let mut two = index(&["~F:B/K->C", "~F:B/R->C"]);
        assert_eq!(found(&two, "F:B/R->C").as_deref(), Some("F:B/R->C"));
        assert_eq!(found(&two, "F:B->C"), None);
        two.remove(&id("F:B/K->C"));
        assert_eq!(found(&two, "F:B->C").as_deref(), Some("F:B/R->C"));
        let beside = index(&["~F:B/K->C", "F:B/R->C", "F:B/R/L->C"]);
        assert_eq!(found(&beside, "F:B/R->C").as_deref(), Some("F:B/R->C"));
        assert_eq!(found(&beside, "F:B/X->C").as_deref(), Some("F:B/K->C"));
    }

    fn refused(sessions: &[&str], other: &str) -> Option<(Conflict, String)> {
        let conflict = index(sessions).conflict(&id(other));
        conflict.map(|(conflict, other)| (conflict, other.to_string()))
    }

    #[test]
    fn two_sessions_that_no_logon_tells_apart_are_refused() {
        let same = refused(&["F:B->C:Q"], "F:B->C:Q");
        assert_eq!(same, Some((Conflict::Same, "F:B->C:Q".into())));
        let qualifier = refused(&["F:B->C:Q"], "F:B->C");
        assert_eq!(qualifier, Some((Conflict::OnlyQualifier, "F:B->C:Q".into())));
        let equally = refused(&["F:B->C", "F:B/K->C:Q"], "F:B->C/T");
        assert_eq!(equally, Some((Conflict::FitEqually, "F:B/K->C:Q".into())));
        let equally = refused(&["F:B/K/L->C"], "F:B/K->C/T");
        assert_eq!(equally, Some((Conflict::FitEqually, "F:B/K/L->C".into())));
        // One id differs, or one has more of them.
        assert_eq!(refused(&["F:B/K/L->C"], "F:B/R->C/T"), None);
        assert_eq!(refused(&["F:B/K/L->C"], "F:B->C/T"), None);
        assert_eq!(refused(&["F:B/K->C"], "F:B/R->C"), None);
        assert_eq!(refused(&["F:B/K->C"], "F:B->D/T"), None);
    }

    #[test]
    fn what_is_removed_is_forgotten() {
        let mut index = index(&["F:B/K->C:Q", "F:B/R->C"]);
        index.remove(&id("F:B/K->C"));
        assert_eq!(found(&index, "F:B/K->C").as_deref(), Some("F:B/K->C:Q"));
        index.remove(&id("F:B/K->C:Q"));
        assert_eq!(found(&index, "F:B/K->C"), None);
        assert!(index.conflict(&id("F:B->C/T")).is_some());
        index.remove(&id("F:B/R->C"));
        assert!(index.conflict(&id("F:B->C/T")).is_none());
        assert!(index.groups.is_empty() && index.sessions.is_empty());
    }

    #[test]
    fn ten_thousand_sessions_are_no_matter() {
        let mut index = Index::new();
        for number in 0..10_000 {
            index.add(&id(&format!("F:B/{number}->C")), true);
            index.add(&id(&format!("F:B->C{number}")), false);
        }
        for number in 0..10_000 {
            let logon = format!("F:B/{number}/X->C/Y/Z");
            assert_eq!(found(&index, &logon), Some(format!("F:B/{number}->C")));
        }
        assert_eq!(found(&index, "F:B->C"), None);
    }

    fn any_id() -> impl Strategy<Value = SessionId> {
        let word = || "[xy]?";
        (word(), word(), word(), word()).prop_map(|(us, us_location, peer, peer_location)| {
            let us = Party::new("B").with_sub_id(&us).with_location_id(&us_location);
            let peer = Party::new("C").with_sub_id(&peer).with_location_id(&peer_location);
            SessionId::new("F", us, peer)
        })
    }

    proptest! {
        /// As said, by looking at all of them.
        #[test]
        fn the_one_that_fits_best_is_found(
            sessions in proptest::collection::vec(any_id(), 0..20),
            logon in any_id(),
        ) {
            let mut index = Index::new();
            let mut added = Vec::new();
            for id in sessions {
                if index.conflict(&id).is_none() {
                    index.add(&id, false);
                    added.push(id);
                }
            }
            let fits = |session: &&SessionId| {
                ids(session).into_iter().zip(ids(&logon)).all(|(own, said)| own.is_none() || own == said)
            };
            let mut fitting: Vec<&SessionId> = added.iter().filter(fits).collect();
            fitting.sort_by_key(|session| core::cmp::Reverse(Pattern::of(session).size()));
            if let [first, second, ..] = fitting[..] {
                prop_assert!(Pattern::of(first).size() > Pattern::of(second).size());
            }
            prop_assert_eq!(index.find(&logon), fitting.first().copied());
        }
    }
}
