use alloc::string::ToString as _;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

use super::*;
use crate::engine::{Admission, AdmissionOptions, Lobby, Look, Peer};
use crate::session::{ConfigBuilder, ResendPolicy, Version};
use crate::wire::{Tag, from_text};

const PATIENCE: Duration = Duration::from_secs(3);
const REPLACE: Newcomer = Newcomer::ReplaceStale { patience: PATIENCE };

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// The deadline of every connection, where it is not what a test is about.
const DEADLINE: Instant = Instant::from_millis(10_000);

fn builder(peer: &str) -> ConfigBuilder {
    Config::acceptor(Version::Fix44, "US", peer, ResendPolicy::All)
}

fn config(peer: &str) -> Config {
    builder(peer).build().expect("valid")
}

/// A directory with one session, for which `7` is kept.
fn one() -> (Directory<u32>, SessionId) {
    let mut directory = Directory::new();
    let id = directory.add(config("PEER"), 7).expect("the first");
    (directory, id)
}

/// The same, with the session up.
fn up(newcomer: Newcomer) -> (Directory<u32>, SessionId) {
    let (mut directory, id) = one();
    directory.set_newcomer(newcomer);
    assert_eq!(directory.take(&id), Ok(7));
    directory.connected(&id);
    assert_eq!(directory.logged_on(&id), None);
    assert_eq!(directory.state(&id), Some(SessionState::Up));
    (directory, id)
}

fn connections<const N: usize>() -> [ConnectionId; N] {
    let mut admission = Admission::new(AdmissionOptions::TASKS);
    core::array::from_fn(|_| admission.arrive(at(0), Peer::Local).connection)
}

fn turned_away<C>(arrival: Arrival<C>) -> Option<TurnedAway> {
    match arrival {
        Arrival::TurnAway(turned_away) => Some(turned_away),
        Arrival::Take(_) | Arrival::Prove { .. } | Arrival::Wait => None,
    }
}

/// The session that a Logon of these header fields is for.
fn found(directory: &Directory<u32>, header: &str) -> Result<SessionId, TurnedAway> {
    let mut lobby = Lobby::with_options(at(1), directory.first_message(4096));
    let bytes = from_text(&alloc::format!("8=FIX.4.4|35=A|34=1|{header}98=0|108=30|"));
    lobby.spare()[..bytes.len()].copy_from_slice(&bytes);
    lobby.filled(bytes.len());
    match lobby.look(at(0)) {
        Look::Identity(identity) => directory.find(&identity),
        Look::Close(turned_away) => Err(turned_away),
        Look::NeedMore => Err(TurnedAway::Late),
    }
}

const HEADER: &str = "49=PEER|52=20261122-09:30:00|56=US|";

#[test]
fn an_idle_session_is_taken_and_comes_back() {
    let (mut directory, id) = one();
    let [first] = connections();
    assert_eq!(directory.state(&id), Some(SessionState::Idle));
    let arrival = directory.arrive(&id, first, DEADLINE, at(0));
    assert!(matches!(arrival, Arrival::Take(7)), "{arrival:?}");
    assert_eq!(directory.state(&id), Some(SessionState::Loading));
    directory.connected(&id);
    assert_eq!(directory.state(&id), Some(SessionState::LoggingOn));
    assert_eq!(directory.logged_on(&id), None);
    directory.connected(&id);
    assert_eq!(directory.state(&id), Some(SessionState::Up));
    assert!(matches!(directory.give_back(&id, 8), GivenBack::Kept));
    assert_eq!(directory.state(&id), Some(SessionState::Idle));
    let kept: Vec<u32> = directory.kept().map(|(_, kept)| *kept).collect();
    assert_eq!(kept, [8]);
}

#[test]
fn an_unknown_session_is_that_everywhere() {
    let mut directory = Directory::<u32>::new();
    let id = SessionId::of(&config("PEER"));
    let [first] = connections();
    let arrival = directory.arrive(&id, first, DEADLINE, at(0));
    assert_eq!(turned_away(arrival), Some(TurnedAway::Unknown));
    assert_eq!(directory.take(&id), Err(TurnedAway::Unknown));
    assert_eq!(directory.logged_on(&id), None);
    assert_eq!(directory.proved(&id, Proof::Alive, at(0)), Proved::Nothing);
    assert!(matches!(directory.give_back(&id, 7), GivenBack::Left(7)));
    assert!(directory.disable(&id).is_none());
    assert!(directory.remove(&id).is_none());
    assert!(!directory.enable(&id));
    assert_eq!((directory.state(&id), directory.config(&id)), (None, None));
    assert_eq!(found(&directory, HEADER), Err(TurnedAway::Unknown));
}

// S-LOGON-22, INV-13; SAFE-10: before, who was back at once was closed at once.
#[test]
fn safe_10_by_default_a_newcomer_waits_a_moment_and_is_refused() {
    let (mut directory, id) = up(Newcomer::default());
    let [first, second, third] = connections();
    assert!(matches!(directory.arrive(&id, first, DEADLINE, at(0)), Arrival::Wait));
    let arrival = directory.arrive(&id, second, DEADLINE, at(1));
    assert_eq!(turned_away(arrival), Some(TurnedAway::AnotherWaits));
    assert_eq!(directory.state(&id), Some(SessionState::Up));
    assert_eq!(directory.next_deadline(), Some(at(250)));
    assert_eq!(directory.expired(at(249)), None);
    assert_eq!(directory.expired(at(250)), Some((id.clone(), first, TurnedAway::Busy)));
    assert_eq!(directory.expired(at(250)), None);
    assert_eq!(directory.next_deadline(), None);
    // The old connection was gone already, and nobody had noticed.
    assert!(matches!(directory.arrive(&id, third, DEADLINE, at(300)), Arrival::Wait));
    let back = directory.give_back(&id, 7);
    assert!(matches!(back, GivenBack::ToNext(connection, 7) if connection == third), "{back:?}");
    assert_eq!(directory.state(&id), Some(SessionState::Loading));
    assert_eq!(directory.next_deadline(), None);
}

// EDGE-21: a vanished peer kept its session from itself.
#[test]
fn edge_21_a_stale_connection_is_replaced() {
    let (mut directory, id) = up(REPLACE);
    let [first, second] = connections();
    let arrival = directory.arrive(&id, first, at(100), at(0));
    assert!(matches!(arrival, Arrival::Prove { patience: PATIENCE }), "{arrival:?}");
    assert_eq!(directory.state(&id), Some(SessionState::Proving));
    assert_eq!(directory.next_deadline(), Some(at(5_000)));
    let arrival = directory.arrive(&id, second, DEADLINE, at(1));
    assert_eq!(turned_away(arrival), Some(TurnedAway::AnotherWaits));
    assert_eq!(directory.proved(&id, Proof::Stale, at(3_000)), Proved::EndOld);
    assert_eq!(directory.state(&id), Some(SessionState::Replacing));
    assert_eq!(directory.next_deadline(), Some(at(5_000)));
    assert_eq!(directory.proved(&id, Proof::Alive, at(3_001)), Proved::Nothing);
    let back = directory.give_back(&id, 7);
    assert!(matches!(back, GivenBack::ToNext(connection, 7) if connection == first), "{back:?}");
}

// EDGE-21
#[test]
fn edge_21_a_connection_that_proves_itself_stays() {
    for (proof, reason) in [
        (Proof::Alive, TurnedAway::OldAlive),
        (Proof::NotDriven, TurnedAway::OldNotDriven),
        (Proof::Behind, TurnedAway::OldBehind),
    ] {
        let (mut directory, id) = up(REPLACE);
        let [first, second] = connections();
        let _proof = directory.arrive(&id, first, DEADLINE, at(0));
        let proved = directory.proved(&id, proof, at(10));
        assert_eq!(proved, Proved::TurnAway(first, reason));
        assert_eq!(directory.state(&id), Some(SessionState::Up));
        assert_eq!(directory.proved(&id, proof, at(10)), Proved::Nothing);
        assert_eq!(directory.next_deadline(), None);
        let arrival = directory.arrive(&id, second, DEADLINE, at(20));
        assert!(matches!(arrival, Arrival::Prove { .. }), "{arrival:?}");
    }
}

#[test]
fn a_proof_that_nobody_reports_is_waited_for_so_long() {
    let (mut directory, id) = up(REPLACE);
    let [first, second, third] = connections();
    let _proof = directory.arrive(&id, first, DEADLINE, at(0));
    assert_eq!(directory.expired(at(4_999)), None);
    let expired = directory.expired(at(5_000));
    assert_eq!(expired, Some((id.clone(), first, TurnedAway::OldNotDriven)));
    assert_eq!(directory.state(&id), Some(SessionState::Up));
    // Nor is one that does not end.
    let _proof = directory.arrive(&id, second, DEADLINE, at(6_000));
    assert_eq!(directory.proved(&id, Proof::Stale, at(7_000)), Proved::EndOld);
    let expired = directory.expired(at(9_000));
    assert_eq!(expired, Some((id.clone(), second, TurnedAway::OldNotDriven)));
    assert_eq!(directory.state(&id), Some(SessionState::Replacing));
    assert!(matches!(directory.arrive(&id, third, DEADLINE, at(9_000)), Arrival::Wait));
    assert_eq!(directory.next_deadline(), Some(at(11_000)));
    assert_eq!(directory.proved(&id, Proof::Stale, at(9_500)), Proved::Nothing);
}

#[test]
fn a_proof_that_was_not_asked_for_proves_nothing() {
    let (mut directory, id) = up(Newcomer::Refuse);
    let [first] = connections();
    assert!(matches!(directory.arrive(&id, first, DEADLINE, at(0)), Arrival::Wait));
    assert_eq!(directory.proved(&id, Proof::Stale, at(10)), Proved::Nothing);
    assert_eq!(directory.state(&id), Some(SessionState::Up));
}

#[test]
fn who_waits_and_leaves_makes_room_for_the_next() {
    let (mut directory, id) = up(REPLACE);
    let [first, second] = connections();
    let _proof = directory.arrive(&id, first, DEADLINE, at(0));
    directory.left(&id, second);
    assert_eq!(directory.state(&id), Some(SessionState::Proving));
    directory.left(&id, first);
    assert_eq!(directory.state(&id), Some(SessionState::Up));
    assert_eq!(directory.next_deadline(), None);
    let arrival = directory.arrive(&id, second, DEADLINE, at(1));
    assert!(matches!(arrival, Arrival::Prove { .. }), "{arrival:?}");
    // It ends by itself, before it is proved to be stale.
    let back = directory.give_back(&id, 7);
    assert!(matches!(back, GivenBack::ToNext(connection, 7) if connection == second), "{back:?}");
}

// SAFE-03: a verdict that is slow kept the session from a good Logon.
#[test]
fn safe_03_a_verdict_that_hangs_does_not_hold_the_session() {
    for newcomer in [Newcomer::Refuse, REPLACE] {
        let (mut directory, id) = one();
        directory.set_newcomer(newcomer);
        let [bad, good, other] = connections();
        assert!(matches!(directory.arrive(&id, bad, DEADLINE, at(0)), Arrival::Take(7)));
        directory.connected(&id);
        assert!(matches!(directory.arrive(&id, good, at(9_000), at(100)), Arrival::Wait));
        assert_eq!(directory.expired(at(8_999)), None);
        // The verdict comes: no.
        let back = directory.give_back(&id, 7);
        assert!(matches!(back, GivenBack::ToNext(connection, 7) if connection == good), "{back:?}");
        directory.connected(&id);
        assert!(matches!(directory.arrive(&id, other, DEADLINE, at(200)), Arrival::Wait));
        // The verdict comes: yes.
        assert_eq!(directory.logged_on(&id), Some((other, TurnedAway::Busy)));
        assert_eq!(directory.next_deadline(), None);
        assert_eq!(directory.logged_on(&id), None);
    }
}

#[test]
fn who_waits_until_the_deadline_is_told_for_what() {
    let (mut directory, id) = one();
    let [first, second, third] = connections();
    assert!(matches!(directory.arrive(&id, first, DEADLINE, at(0)), Arrival::Take(7)));
    assert!(matches!(directory.arrive(&id, second, at(50), at(0)), Arrival::Wait));
    assert_eq!(directory.expired(at(50)), Some((id.clone(), second, TurnedAway::Loading)));
    directory.connected(&id);
    assert!(matches!(directory.arrive(&id, third, at(60), at(50)), Arrival::Wait));
    assert_eq!(directory.expired(at(60)), Some((id, third, TurnedAway::Busy)));
}

#[test]
fn what_an_operator_works_on_cannot_be_logged_on_to() {
    let (mut directory, id) = one();
    let [first] = connections();
    assert_eq!(directory.take(&id), Ok(7));
    assert_eq!(directory.take(&id), Err(TurnedAway::Busy));
    assert_eq!(directory.kept().count(), 0);
    assert!(matches!(directory.arrive(&id, first, DEADLINE, at(0)), Arrival::Wait));
    assert!(matches!(directory.give_back(&id, 7), GivenBack::ToNext(_, 7)));
    assert!(matches!(directory.give_back(&id, 7), GivenBack::Kept));
    // Nobody can have two of it.
    assert!(matches!(directory.give_back(&id, 8), GivenBack::Left(8)));
}

#[test]
fn a_disabled_session_takes_nobody_until_it_is_enabled() {
    let (mut directory, id) = one();
    let [first, second] = connections();
    let stopped = directory.disable(&id).expect("there");
    assert_eq!(stopped, Stopped { is_taken: false, turned_away: None });
    assert_eq!(directory.state(&id), Some(SessionState::Disabled));
    let arrival = directory.arrive(&id, first, DEADLINE, at(0));
    assert_eq!(turned_away(arrival), Some(TurnedAway::Disabled));
    assert!(directory.enable(&id));
    assert!(matches!(directory.arrive(&id, first, DEADLINE, at(0)), Arrival::Take(7)));
    assert!(matches!(directory.arrive(&id, second, DEADLINE, at(0)), Arrival::Wait));
    let stopped = directory.disable(&id).expect("there");
    let turned_away = Some((second, TurnedAway::Disabled));
    assert_eq!(stopped, Stopped { is_taken: true, turned_away });
    assert_eq!(directory.next_deadline(), None);
    assert!(matches!(directory.give_back(&id, 7), GivenBack::Kept));
    assert_eq!(directory.state(&id), Some(SessionState::Disabled));
}

#[test]
fn a_session_is_removed_when_its_connection_is_over() {
    let (mut directory, id) = up(REPLACE);
    let [first, second] = connections();
    let _proof = directory.arrive(&id, first, DEADLINE, at(0));
    let removed = directory.remove(&id);
    let Some(Removed::Later(stopped)) = removed else { panic!("{removed:?}") };
    let turned_away_first = Some((first, TurnedAway::Disabled));
    assert_eq!(stopped, Stopped { is_taken: true, turned_away: turned_away_first });
    assert_eq!(directory.state(&id), Some(SessionState::Leaving));
    let arrival = directory.arrive(&id, second, DEADLINE, at(0));
    assert_eq!(turned_away(arrival), Some(TurnedAway::Disabled));
    // Its store is in use.
    assert!(matches!(directory.add(config("PEER"), 8), Err((AddError::Duplicate { .. }, 8))));
    assert!(matches!(directory.give_back(&id, 7), GivenBack::Left(7)));
    assert!(directory.is_empty());
    assert_eq!(directory.add(config("PEER"), 8).ok(), Some(id.clone()));
    assert!(matches!(directory.remove(&id), Some(Removed::Now(8))));
    assert_eq!(directory.len(), 0);
}

#[test]
fn a_shutdown_lets_nobody_in_and_waits_for_those_who_are() {
    let (mut directory, id) = up(REPLACE);
    let idle = directory.add(config("OTHER"), 9).expect("another");
    let [first, second] = connections();
    let _proof = directory.arrive(&id, first, DEADLINE, at(0));
    assert_eq!(directory.len(), 2);
    let shutdown = directory.shut_down();
    assert_eq!(shutdown.kept, vec![(idle.clone(), 9)]);
    assert_eq!(shutdown.taken, vec![id.clone()]);
    assert_eq!(shutdown.turned_away, vec![(id.clone(), first, TurnedAway::ShuttingDown)]);
    let arrival = directory.arrive(&id, second, DEADLINE, at(0));
    assert_eq!(turned_away(arrival), Some(TurnedAway::ShuttingDown));
    assert!(matches!(directory.add(config("THIRD"), 8), Err((AddError::ShuttingDown, 8))));
    assert_eq!(directory.may_make(), Err(TurnedAway::ShuttingDown));
    assert!(!directory.is_empty());
    assert!(matches!(directory.give_back(&id, 7), GivenBack::Left(7)));
    assert!(directory.is_empty());
}

#[test]
fn sessions_that_cannot_be_told_apart_are_refused_by_name() {
    let (mut directory, id) = one();
    let refused = |directory: &mut Directory<u32>, builder: ConfigBuilder| {
        let (error, kept) = directory.add(builder.build().expect("valid"), 8).expect_err("refused");
        assert_eq!(kept, 8);
        error
    };
    let other = id.clone();
    assert_eq!(refused(&mut directory, builder("PEER")), AddError::Duplicate { other });
    let other = id.clone();
    let qualified = refused(&mut directory, builder("PEER").session_qualifier("Q"));
    assert_eq!(qualified, AddError::OnlyQualifierDiffers { other });
    let initiator = Config::initiator(Version::Fix44, "US", "X", ResendPolicy::All);
    assert_eq!(refused(&mut directory, initiator), AddError::NotAcceptor);
    let sub_id = builder("PEER").sender_sub_id("K").sub_ids_are_identity(true);
    let other = directory.add(sub_id.build().expect("valid"), 9).expect("more specific");
    let error = refused(&mut directory, builder("PEER").target_sub_id("T"));
    assert!(error.to_string().contains("FIX.4.4:US/K->PEER"), "{error}");
    assert_eq!(error, AddError::FitsEqually { other });
    assert_eq!(directory.sessions().count(), 2);
    assert_eq!(directory.config(&id).map(|config| config.target_comp_id()), Some("PEER"));
}

#[test]
fn a_logon_finds_its_session_by_its_header() {
    let (mut directory, id) = one();
    assert_eq!(found(&directory, HEADER), Ok(id.clone()));
    let with_sub_id = "49=PEER|50=T|52=20261122-09:30:00|56=US|57=K|";
    assert_eq!(found(&directory, with_sub_id), Ok(id.clone()));
    let desk =
        builder("PEER").sender_sub_id("K").sub_ids_are_identity(true).build().expect("valid");
    let desk = directory.add(desk, 8).expect("more specific");
    assert_eq!(found(&directory, with_sub_id), Ok(desk));
    assert_eq!(found(&directory, HEADER), Ok(id));
    // Those of another one inform only.
    let informed = builder("OTHER").sender_sub_id("K").build().expect("valid");
    let informed = directory.add(informed, 9).expect("another");
    assert_eq!(found(&directory, &HEADER.replace("PEER", "OTHER")), Ok(informed));
    let checked = builder("THIRD").sender_sub_id("K").sub_ids_are_identity(true);
    directory.add(checked.build().expect("valid"), 10).expect("another");
    assert_eq!(found(&directory, &HEADER.replace("PEER", "THIRD")), Err(TurnedAway::Unknown));
    assert_eq!(found(&directory, &HEADER.replace("PEER", "P\\xe9")), Err(TurnedAway::Unknown));
}

// CORE-08
#[test]
fn core_08_the_first_message_is_as_lenient_as_the_sessions_that_are_there() {
    let (mut directory, id) = one();
    let header = "5050=X|49=PEER|52=20261122-09:30:00|56=US|";
    assert_eq!(found(&directory, header), Err(TurnedAway::Nameless));
    let desk = builder("OTHER").header_tags(&[Tag::new(5050).expect("positive")]);
    let other = directory.add(desk.build().expect("valid"), 8).expect("another");
    assert_eq!(found(&directory, header), Ok(id.clone()));
    assert!(directory.remove(&id).is_some());
    assert_eq!(found(&directory, &header.replace("PEER", "OTHER")), Ok(other.clone()));
    assert!(directory.remove(&other).is_some());
    assert_eq!(found(&directory, header), Err(TurnedAway::Nameless));
}

#[test]
fn a_template_makes_so_many_sessions() {
    let (mut directory, _) = one();
    assert_eq!(directory.may_make(), Err(TurnedAway::TooManySessions));
    assert_eq!(directory.add_from_template(config("A"), 1), Err((AddError::TooManySessions, 1)));
    directory.set_template_max(2);
    assert_eq!(directory.may_make(), Ok(()));
    let first = directory.add_from_template(config("A"), 1).expect("one");
    assert!(directory.add_from_template(config("A"), 1).is_err());
    directory.add_from_template(config("B"), 2).expect("two");
    assert_eq!(directory.may_make(), Err(TurnedAway::TooManySessions));
    assert_eq!(directory.add_from_template(config("C"), 3), Err((AddError::TooManySessions, 3)));
    directory.add(config("D"), 4).expect("not from the template");
    assert!(directory.remove(&first).is_some());
    assert_eq!(directory.may_make(), Ok(()));
}

#[test]
fn a_directory_prints_where_its_sessions_are() {
    let (mut directory, _) = one();
    let id = directory.add(config("OTHER"), 8).expect("another");
    assert_eq!(directory.take(&id), Ok(8));
    let printed = alloc::format!("{directory:?}");
    assert_eq!(printed, "{FIX.4.4:US->OTHER: Loading, FIX.4.4:US->PEER: Idle}");
    assert!(Directory::<u32>::default().is_empty());
}

#[derive(Clone, Debug)]
enum Op {
    Arrive(u64),
    Take,
    Connected,
    LoggedOn,
    Proved(Proof),
    Left(usize),
    Expire,
    GiveBack,
    Disable,
    Enable,
    Pass(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let proof = prop_oneof![
        Just(Proof::Alive),
        Just(Proof::Stale),
        Just(Proof::NotDriven),
        Just(Proof::Behind)
    ];
    prop_oneof![
        4 => (0u64..9_000).prop_map(Op::Arrive),
        1 => Just(Op::Take),
        2 => Just(Op::Connected),
        2 => Just(Op::LoggedOn),
        2 => proof.prop_map(Op::Proved),
        1 => (0usize..9).prop_map(Op::Left),
        2 => Just(Op::Expire),
        3 => Just(Op::GiveBack),
        1 => Just(Op::Disable),
        1 => Just(Op::Enable),
        2 => (0u64..3_000).prop_map(Op::Pass),
    ]
}

proptest! {
    /// INV-13: whatever happens, there is one `C`, each connection has one fate, and nobody waits
    /// without a deadline.
    #[test]
    fn inv_13_a_session_has_one_owner(
        replaces in any::<bool>(),
        ops in proptest::collection::vec(op(), 1..80),
    ) {
        let (mut directory, id) = one();
        if replaces {
            directory.set_newcomer(REPLACE);
        }
        let mut admission = Admission::new(AdmissionOptions::TASKS);
        let (mut now, mut taken) = (0, false);
        let mut waiting: Vec<ConnectionId> = Vec::new();
        let mut all: Vec<ConnectionId> = Vec::new();
        for op in ops {
            let mut gone = None;
            match op {
                Op::Arrive(wait) => {
                    let connection = admission.arrive(at(now), Peer::Local).connection;
                    all.push(connection);
                    match directory.arrive(&id, connection, at(now + wait), at(now)) {
                        Arrival::Take(kept) => {
                            prop_assert!(!taken && kept == 7);
                            taken = true;
                        }
                        Arrival::Prove { .. } | Arrival::Wait => {
                            prop_assert!(taken);
                            waiting.push(connection);
                        }
                        Arrival::TurnAway(_) => {}
                    }
                }
                Op::Take => {
                    prop_assert_eq!(directory.take(&id).is_ok(), !taken);
                    taken = true;
                }
                Op::Connected => directory.connected(&id),
                Op::LoggedOn => gone = directory.logged_on(&id).map(|(connection, _)| connection),
                Op::Proved(proof) => {
                    if let Proved::TurnAway(connection, _) = directory.proved(&id, proof, at(now)) {
                        gone = Some(connection);
                    }
                }
                Op::Left(which) => {
                    if let Some(&connection) = all.get(which) {
                        directory.left(&id, connection);
                        waiting.retain(|waiting| *waiting != connection);
                    }
                }
                Op::Expire => {
                    gone = directory.expired(at(now)).map(|(_, connection, _)| connection);
                    prop_assert_eq!(directory.expired(at(now)), None);
                }
                Op::GiveBack if taken => match directory.give_back(&id, 7) {
                    GivenBack::Kept => taken = false,
                    GivenBack::ToNext(connection, 7) => gone = Some(connection),
                    other @ (GivenBack::ToNext(..) | GivenBack::Left(_)) => {
                        prop_assert!(false, "{:?}", other);
                    }
                },
                Op::GiveBack => {
                    prop_assert!(matches!(directory.give_back(&id, 8), GivenBack::Left(8)));
                }
                Op::Disable => {
                    let stopped = directory.disable(&id).expect("there");
                    prop_assert_eq!(stopped.is_taken, taken);
                    gone = stopped.turned_away.map(|(connection, _)| connection);
                }
                Op::Enable => prop_assert!(directory.enable(&id)),
                Op::Pass(millis) => now += millis,
            }
            if let Some(connection) = gone {
                prop_assert_eq!(waiting.pop(), Some(connection));
            }
            prop_assert!(waiting.len() <= 1);
            prop_assert_eq!(directory.next_deadline().is_some(), !waiting.is_empty());
            prop_assert_eq!(directory.deadlines.len(), waiting.len());
            prop_assert_eq!(directory.kept().count(), usize::from(!taken));
        }
    }
}
